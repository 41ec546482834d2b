/* roles.c -- when clients are served, and as what.
 *
 *   NONE --- SERVE ---> LEADER or LEARNER --- STOP_SERVING ---> NONE
 *   NONE --- no leader for two seconds or a tick ---> READ_ONLY --- no longer looking ---> NONE
 *
 * At the end of any role all connections are closed and nobody waits for anything any more: what
 * was proposed or forwarded may still happen or not, and no one is told either.  Deliveries go on
 * without a role.  What is known of sessions beyond the applied txns (who owns, closes or expires
 * them) is forgotten, because another leader decides that anew.
 *
 * A leader gives every session its full timeout when it begins, because it does not know when each
 * was last heard of, and closes those that own ephemerals and are in no table.
 *
 * Facts: upstream LeaderZooKeeperServer, LearnerZooKeeperServer, ReadOnlyZooKeeperServer.java,
 * QuorumPeer.run. */
#include "pipeline/mind.h"

#include <inttypes.h>

enum { READ_ONLY_GRACE_MS = 2000 };

typedef struct orphans {
    const zk_session_table_t *sessions;
    int64_t *ids;
    size_t count, capacity;
} orphans_t;

static void note_orphan(void *baton, int64_t session_id)
{
    orphans_t *orphans = baton;

    if (zk_session_find(orphans->sessions, session_id) != NULL)
        return;
    if (orphans->count == orphans->capacity) {
        orphans->capacity = orphans->capacity == 0 ? 16 : orphans->capacity * 2;
        orphans->ids = zk_realloc(orphans->ids, orphans->capacity * sizeof(*orphans->ids));
    }
    orphans->ids[orphans->count++] = session_id;
}

/* Owners of ephemerals that are in no table. */
static orphans_t find_orphans(const zk_replica_t *replica)
{
    orphans_t orphans = {replica->sessions, NULL, 0, 0};

    zk_tree_visit_owners(replica->tree, note_orphan, &orphans);
    return orphans;
}

/* All members must agree on what goes, so it goes by txns. */
static void close_orphans(zk_replica_t *replica)
{
    orphans_t orphans = find_orphans(replica);
    size_t i;

    for (i = 0; i < orphans.count; i++) {
        zk_warn("Session 0x%" PRIx64 " is in no table and owns ephemerals, closing it",
                (uint64_t)orphans.ids[i]);
        zk_prepare_close_forwarded(replica, orphans.ids[i], 0);
    }
    zk_free(orphans.ids);
}

void zk_role_drop_orphans(zk_replica_t *replica)
{
    orphans_t orphans = find_orphans(replica);
    size_t i;

    for (i = 0; i < orphans.count; i++)
        zk_tree_drop_ephemerals(replica->tree, orphans.ids[i]);
    zk_free(orphans.ids);
}

/* Nothing is proposed: what is pending is what the tree has. */
static void forget_pending(zk_replica_t *replica)
{
    zk_pending_free(&replica->pending);
    zk_pending_init(&replica->pending, replica->tree, replica->options.digest_enabled);
}

static void begin_leading(zk_replica_t *replica)
{
    zk_session_wake_all(replica);
    replica->reap_running = false;
    replica->reap_last_ms = replica->mono_ms;
    replica->reap_next_ms = replica->mono_ms + replica->options.container_check_ms;
    if (replica->options.in_ensemble)
        close_orphans(replica);
}

/* What the snapshot of a leader holds was committed before it said that we are up to date. */
static void know_reach(zk_replica_t *replica)
{
    if (replica->reach_unknown && zk_zab_last_logged(replica->zab) >= replica->fuzzy_until)
        replica->fuzzy_until = zk_zab_last_logged(replica->zab) + 1;
    replica->reach_unknown = false;
}

void zk_role_comes(zk_replica_t *replica)
{
    if (replica->role != ZK_ROLE_NONE)
        zk_role_ends(replica);
    zk_commit_all(replica);
    know_reach(replica);
    forget_pending(replica);
    replica->has_state = true;
    replica->confirm_ticket = -1;
    replica->confirmed_ticket = -1;
    if (zk_zab_state(replica->zab) == ZK_SERVER_LEADING) {
        replica->role = ZK_ROLE_LEADER;
        begin_leading(replica);
    } else {
        replica->role = ZK_ROLE_LEARNER;
    }
}

static void close_clients(zk_replica_t *replica)
{
    uint32_t slot;

    for (slot = 0; slot < replica->clients_capacity; slot++)
        if (replica->clients[slot] != NULL)
            zk_client_finish(replica, replica->clients[slot]);
}

void zk_role_ends(zk_replica_t *replica)
{
    close_clients(replica);
    zk_flights_drop(replica);
    zk_syncs_drop(replica);
    zk_streams_stop(replica, 0);
    zk_pending_free(&replica->pending);
    zk_session_end_role(replica->sessions);
    zk_buffer_clear(&replica->touched);
    replica->role = ZK_ROLE_NONE;
    replica->looking_since_ms = -1;
}

int64_t zk_role_reached_zxid(const zk_replica_t *replica)
{
    int64_t zxid = zk_replica_last_zxid(replica);
    int64_t begun;

    if (!replica->options.in_ensemble ||
        (replica->role != ZK_ROLE_LEADER && replica->role != ZK_ROLE_LEARNER))
        return zxid;
    begun = (int64_t)((uint64_t)zk_zab_current_epoch(replica->zab) << 32);
    return begun > zxid ? begun : zxid;
}

/* ---- reading only ---- */

static bool looks_for_leader(const zk_replica_t *replica)
{
    return zk_zab_state(replica->zab) == ZK_SERVER_LOOKING &&
           zk_zab_phase(replica->zab) == ZK_ZAB_ELECTION;
}

void zk_role_settle(zk_replica_t *replica)
{
    if (replica->role == ZK_ROLE_READ_ONLY && !looks_for_leader(replica)) {
        zk_info("Leaving read-only mode");
        zk_role_ends(replica);
    }
}

void zk_role_tick(zk_replica_t *replica)
{
    int64_t grace_ms = replica->options.tick_ms;

    if (!replica->options.in_ensemble || !replica->options.read_only_mode)
        return;
    if (replica->role != ZK_ROLE_NONE || !looks_for_leader(replica) || replica->shutting_down) {
        replica->looking_since_ms = -1;
        return;
    }
    if (replica->looking_since_ms < 0)
        replica->looking_since_ms = replica->mono_ms;
    if (grace_ms < READ_ONLY_GRACE_MS)
        grace_ms = READ_ONLY_GRACE_MS;
    if (!replica->has_state || replica->mono_ms - replica->looking_since_ms < grace_ms)
        return;
    zk_info("No leader, starting read-only mode");
    forget_pending(replica);
    replica->role = ZK_ROLE_READ_ONLY;
}

/* ---- looking in ---- */

const zk_zab_t *zk_replica_zab(const zk_replica_t *replica)
{
    return replica->zab;
}

bool zk_replica_is_serving(const zk_replica_t *replica)
{
    return replica->started && zk_role_takes_clients(replica);
}

int64_t zk_replica_shown_zxid(const zk_replica_t *replica)
{
    return replica->role == ZK_ROLE_LEADER ? zk_role_reached_zxid(replica)
                                           : zk_replica_last_zxid(replica);
}

bool zk_replica_is_read_only(const zk_replica_t *replica)
{
    return replica->role == ZK_ROLE_READ_ONLY;
}
