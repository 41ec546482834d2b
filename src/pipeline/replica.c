/* replica.c -- birth, steps and death of one server's mind.
 *
 * zk_replica_step is one switch: which file deals with an event.  What zab has committed is applied
 * at the end of the step that made it so. */
#include "pipeline/mind.h"

#include <inttypes.h>
#include <stdio.h>

#include "tree/digest.h"

/* ---- life ---- */

static void make_tree(zk_replica_t *replica)
{
    zk_tree_options_t options = {.emulate_353_ttl = replica->options.emulate_353_ttl,
                                 .hash_seed = zk_random_next(&replica->random)};
    zk_tree_listener_t listener = {replica, zk_watching_changed};

    replica->tree = zk_tree_create(&options);
    zk_tree_listen(replica->tree, &listener);
}

/* Everything that counts from the tree's last zxid. */
static void begin_broadcast(zk_replica_t *replica)
{
    int64_t self = replica->options.server_id;
    zk_quorum_t voters;

    zk_quorum_set(&voters, &self, 1);
    zk_broadcast_destroy(replica->zab);
    replica->zab = zk_broadcast_create(self, &voters, zk_replica_last_zxid(replica));
    zk_pending_free(&replica->pending);
    zk_pending_init(&replica->pending, replica->tree, replica->options.digest_enabled);
}

zk_replica_t *zk_replica_create(const zk_replica_options_t *options)
{
    zk_replica_t *replica = zk_calloc(1, sizeof(*replica));

    replica->options = *options;
    if (replica->options.reply_bytes_max <= 0)
        replica->options.reply_bytes_max = ZK_REPLY_BYTES_MAX;
    zk_random_seed(&replica->random, options->random_seed);
    replica->watches = zk_watch_create();
    zk_watch_seed(replica->watches, zk_random_next(&replica->random));
    replica->sessions = zk_session_table_create(options->tick_ms);
    replica->arena = zk_arena_create();
    replica->tokens = options->connection_tokens;
    make_tree(replica);
    begin_broadcast(replica);
    zk_snapshots_reset(replica);
    zk_replica_reset_stats(replica);
    return replica;
}

void zk_replica_destroy(zk_replica_t *replica)
{
    zk_request_t *request;

    if (replica == NULL)
        return;
    zk_clients_free(replica);
    for (; zk_flights_count(replica) > 0; replica->flights_head++) {
        request = replica->flights[replica->flights_head & (replica->flights_capacity - 1)].request;
        if (request != NULL)
            zk_order_free_request(replica, request);
    }
    while ((request = replica->spare_requests) != NULL) {
        replica->spare_requests = request->next;
        zk_free(request);
    }
    zk_free(replica->flights);
    if (replica->snapshotting.walk != NULL)
        zk_walk_end(replica->snapshotting.walk);
    zk_pending_free(&replica->pending);
    zk_broadcast_destroy(replica->zab);
    zk_session_table_destroy(replica->sessions);
    zk_watch_destroy(replica->watches);
    zk_tree_destroy(replica->tree);
    zk_arena_destroy(replica->arena);
    zk_reservoir_free(&replica->stats.read_latency);
    zk_reservoir_free(&replica->stats.update_latency);
    zk_reservoir_free(&replica->stats.propagation_latency);
    zk_buffer_free(&replica->record);
    zk_buffer_free(&replica->parts);
    zk_buffer_free(&replica->text);
    zk_free(replica);
}

/* ---- recovery ---- */

void zk_replica_load_begin(zk_replica_t *replica, int64_t zxid)
{
    ZK_ASSERT(!replica->serving);
    (void)zxid; /* said again when the snapshot has been read to its end */
    zk_pending_free(&replica->pending);
    zk_tree_destroy(replica->tree);
    make_tree(replica);
    zk_session_clear(replica->sessions);
    replica->load_has_znodes = false;
    replica->fuzzy_until = 0;
}

/* The first thing of a snapshot that the tree keeps: what a fresh tree holds goes. */
static void expect_znodes(zk_replica_t *replica)
{
    if (!replica->load_has_znodes)
        zk_tree_load_begin(replica->tree);
    replica->load_has_znodes = true;
}

bool zk_replica_load_session(zk_replica_t *replica, int64_t session_id, int32_t timeout_ms)
{
    if (session_id == 0 || timeout_ms < 0)
        return false;
    zk_session_add(replica->sessions, session_id, timeout_ms);
    return true;
}

bool zk_replica_load_acl(zk_replica_t *replica, int64_t acl_id, const zk_acl_vector_t *acl)
{
    expect_znodes(replica);
    zk_acl_load(zk_tree_acls(replica->tree), acl_id, acl);
    return true;
}

bool zk_replica_load_znode(zk_replica_t *replica, zk_str_t path, zk_str_t data, int64_t acl_id,
                           const zk_stat_persisted_t *stat)
{
    expect_znodes(replica);
    return zk_tree_load_node(replica->tree, path, data, acl_id, stat);
}

bool zk_replica_load_snapshot_end(zk_replica_t *replica, int64_t zxid, int64_t digest_zxid,
                                  int32_t digest_version, int64_t digest, bool *digest_ok)
{
    *digest_ok = true;
    if (zxid < 0 || zxid > ZK_ZXID_MAX)
        return false;
    if (!replica->load_has_znodes && zxid == 0)
        return true; /* a fresh tree, as it was made */
    expect_znodes(replica);
    if (!zk_tree_load_end(replica->tree, zxid))
        return false;
    if (digest_version != ZK_DIGEST_VERSION)
        return true;
    if (digest_zxid == zxid && zxid != 0)
        *digest_ok = zk_tree_digest(replica->tree) == (uint64_t)digest;
    else if (digest_zxid > zxid)
        replica->fuzzy_until = digest_zxid;
    return true;
}

bool zk_replica_load_txn(zk_replica_t *replica, const zk_txn_decoded_t *txn, zk_str_t payload)
{
    (void)payload;
    zk_arena_reset(replica->arena);
    zk_commit_replayed(replica, txn);
    if (!replica->options.digest_enabled || !txn->has_digest ||
        txn->digest.version != ZK_DIGEST_VERSION || txn->header.zxid < replica->fuzzy_until)
        return true;
    if ((uint64_t)txn->digest.tree_digest == zk_tree_digest(replica->tree))
        return true;
    replica->stats.digest_mismatches++;
    return false;
}

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

static void drop_orphans(zk_replica_t *replica)
{
    orphans_t orphans = {replica->sessions, NULL, 0, 0};
    size_t i;

    zk_tree_visit_owners(replica->tree, note_orphan, &orphans);
    for (i = 0; i < orphans.count; i++)
        zk_tree_drop_ephemerals(replica->tree, orphans.ids[i]);
    zk_free(orphans.ids);
}

void zk_replica_start(zk_replica_t *replica, int64_t wall_ms, int64_t mono_ms)
{
    ZK_ASSERT(!replica->serving);
    drop_orphans(replica);
    replica->next_session_id = zk_session_first_id(replica->options.server_id, wall_ms);
    replica->wall_ms = wall_ms;
    replica->mono_ms = mono_ms;
    zk_session_wake_all(replica);
    replica->tokens_filled_ms = mono_ms;
    replica->last_tick_ms = mono_ms;
    replica->reap_last_ms = mono_ms;
    replica->reap_next_ms = mono_ms + replica->options.container_check_ms;
    begin_broadcast(replica);
    replica->serving = true;
}

/* ---- steps ---- */

static void tick(zk_replica_t *replica)
{
    if (!replica->shutting_down) {
        zk_session_expire_due(replica);
        zk_reap_tick(replica);
    }
    zk_snapshots_tick(replica);
    replica->last_tick_ms = replica->mono_ms;
}

bool zk_replica_has_more(const zk_replica_t *replica)
{
    return replica->backlog_first != NULL || replica->deliveries_wait;
}

static void tell_drained(zk_replica_t *replica)
{
    if (!replica->shutting_down || replica->drained || replica->backlog_first != NULL ||
        zk_broadcast_outstanding(replica->zab) > 0)
        return;
    replica->drained = true;
    zk_emit(replica, ZK_ACTION_DRAINED, 0);
}

/* What an earlier step left over, because it had said enough. */
static void take_up(zk_replica_t *replica)
{
    if (replica->backlog_first != NULL)
        zk_order_run_backlog(replica);
    if (replica->deliveries_wait)
        zk_commit_delivered(replica);
}

void zk_replica_step(zk_replica_t *replica, const zk_event_t *event, zk_actions_t *actions)
{
    ZK_ASSERT(replica->serving);
    replica->actions = actions;
    replica->wall_ms = event->wall_ms;
    replica->mono_ms = event->mono_ms;
    zk_arena_reset(replica->arena);
    switch (event->type) {
    case ZK_EVENT_CLIENT_FRAME:
        zk_receive_frame(replica, event);
        break;
    case ZK_EVENT_LOG_SYNCED:
        zk_broadcast_acked(replica->zab, replica->options.server_id, event->zxid);
        zk_commit_delivered(replica);
        break;
    case ZK_EVENT_TICK:
        tick(replica);
        break;
    case ZK_EVENT_CLIENT_OPENED:
        zk_client_opened(replica, event);
        break;
    case ZK_EVENT_CLIENT_GONE:
        zk_client_gone(replica, event->client);
        break;
    case ZK_EVENT_SNAPSHOT_ROOM:
        zk_snapshots_step(replica);
        break;
    case ZK_EVENT_SNAPSHOT_DONE:
        zk_snapshots_done(replica, event);
        break;
    case ZK_EVENT_SHUTDOWN:
        replica->shutting_down = true;
        break;
    default:
        break; /* events of members of an ensemble */
    }
    take_up(replica); /* after the event, which may say that a client is gone */
    tell_drained(replica);
    replica->actions = NULL;
}

/* ---- looking in ---- */

const zk_replica_stats_t *zk_replica_stats(const zk_replica_t *replica)
{
    return &replica->stats;
}

void zk_replica_reset_stats(zk_replica_t *replica)
{
    int64_t outstanding = replica->stats.outstanding;
    int64_t snapshots = replica->stats.snapshots;
    int64_t last_snapshot_zxid = replica->stats.last_snapshot_zxid;
    int64_t last_snapshot_wall_ms = replica->stats.last_snapshot_wall_ms;
    zk_reservoir_t read_latency = replica->stats.read_latency;
    zk_reservoir_t update_latency = replica->stats.update_latency;
    zk_reservoir_t propagation_latency = replica->stats.propagation_latency;

    memset(&replica->stats, 0, sizeof(replica->stats));
    replica->stats.response_last_bytes = -1;
    replica->stats.response_min_bytes = -1;
    replica->stats.response_max_bytes = -1;
    replica->stats.outstanding = outstanding;
    replica->stats.snapshots = snapshots;
    replica->stats.last_snapshot_zxid = last_snapshot_zxid;
    replica->stats.last_snapshot_wall_ms = last_snapshot_wall_ms;
    zk_reservoir_reset(&read_latency);
    zk_reservoir_reset(&update_latency);
    zk_reservoir_reset(&propagation_latency);
    replica->stats.read_latency = read_latency;
    replica->stats.update_latency = update_latency;
    replica->stats.propagation_latency = propagation_latency;
}

zk_tree_t *zk_replica_tree(zk_replica_t *replica)
{
    return replica->tree;
}

zk_watch_table_t *zk_replica_watches(zk_replica_t *replica)
{
    return replica->watches;
}

zk_session_table_t *zk_replica_sessions(zk_replica_t *replica)
{
    return replica->sessions;
}
