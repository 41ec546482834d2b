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

static void make_zab(zk_replica_t *replica)
{
    zk_zab_options_t options = replica->options.zab;

    options.accepts = zk_proposals_accept;
    options.accepts_baton = replica;
    if (!replica->options.in_ensemble) {
        memset(&options, 0, sizeof(options));
        options.self = replica->options.server_id;
        options.is_alone = true;
        options.tick_ms = replica->options.tick_ms;
        zk_quorum_set(&options.voters, &options.self, 1);
    }
    replica->zab = zk_zab_create(&options);
}

zk_replica_t *zk_replica_create(const zk_replica_options_t *options)
{
    zk_replica_t *replica = zk_calloc(1, sizeof(*replica));

    replica->options = *options;
    if (replica->options.reply_bytes_max <= 0)
        replica->options.reply_bytes_max = ZK_REPLY_BYTES_MAX;
    if (replica->options.learner_requests_max <= 0)
        replica->options.learner_requests_max = ZK_LEARNER_REQUESTS_MAX;
    if (replica->options.learner_touches_max <= 0)
        replica->options.learner_touches_max = ZK_LEARNER_TOUCHES_MAX;
    if (options->in_ensemble)
        replica->options.server_id = options->zab.self;
    replica->looking_since_ms = -1;
    replica->confirm_ticket = -1;
    zk_random_seed(&replica->random, options->random_seed);
    replica->watches = zk_watch_create();
    zk_watch_seed(replica->watches, zk_random_next(&replica->random));
    replica->sessions = zk_session_table_create(options->tick_ms);
    replica->arena = zk_arena_create();
    replica->proposal_arena = zk_arena_create();
    replica->tokens = options->connection_tokens;
    make_tree(replica);
    make_zab(replica);
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
    zk_syncs_drop(replica);
    zk_streams_stop(replica, 0);
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
    zk_zab_outputs_free(&replica->outputs);
    zk_zab_destroy(replica->zab);
    zk_free(replica->syncs);
    zk_free(replica->loads);
    zk_session_table_destroy(replica->sessions);
    zk_watch_destroy(replica->watches);
    zk_tree_destroy(replica->tree);
    zk_arena_destroy(replica->arena);
    zk_arena_destroy(replica->proposal_arena);
    zk_reservoir_free(&replica->stats.read_latency);
    zk_reservoir_free(&replica->stats.update_latency);
    zk_reservoir_free(&replica->stats.propagation_latency);
    zk_buffer_free(&replica->record);
    zk_buffer_free(&replica->parts);
    zk_buffer_free(&replica->text);
    zk_buffer_free(&replica->touched);
    zk_buffer_free(&replica->packet);
    zk_free(replica);
}

/* ---- recovery ---- */

void zk_replica_load_begin(zk_replica_t *replica, int64_t zxid)
{
    ZK_ASSERT(!replica->started || replica->truncating ||
              replica->incoming.phase == ZK_INCOMING_INSTALL);
    ZK_ASSERT(replica->role == ZK_ROLE_NONE && replica->snapshotting.walk == NULL);
    zk_zab_load_begin(replica->zab, zxid);
    zk_pending_free(&replica->pending);
    zk_tree_destroy(replica->tree);
    make_tree(replica);
    zk_session_clear(replica->sessions);
    replica->load_has_znodes = false;
    replica->fuzzy_until = 0;
    replica->reach_unknown = false;
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
    zk_zab_load_begin(replica->zab, zxid);
    if (!replica->load_has_znodes && zxid == 0)
        return true; /* a fresh tree, as it was made */
    expect_znodes(replica);
    if (!zk_tree_load_end(replica->tree, zxid))
        return false;
    if (digest_version != ZK_DIGEST_VERSION || digest_zxid < zxid) {
        replica->reach_unknown = true;
        return true;
    }
    if (digest_zxid == zxid && zxid != 0)
        *digest_ok = zk_tree_digest(replica->tree) == (uint64_t)digest;
    else if (digest_zxid > zxid)
        replica->fuzzy_until = digest_zxid;
    return true;
}

bool zk_replica_load_txn(zk_replica_t *replica, const zk_txn_decoded_t *txn, zk_str_t payload)
{
    zk_blob_t *blob;

    if (replica->options.in_ensemble) {
        blob = zk_blob_copy(payload.data, zk_str_size(payload));
        zk_zab_load_txn(replica->zab, txn->header.zxid, blob);
        zk_blob_release(blob);
    }
    zk_arena_reset(replica->arena);
    zk_commit_replayed(replica, txn);
    if (!replica->options.digest_enabled || !txn->has_digest ||
        txn->digest.version != ZK_DIGEST_VERSION ||
        zk_commit_agrees(replica, txn->header.zxid, (uint64_t)txn->digest.tree_digest))
        return true;
    replica->stats.digest_mismatches++;
    return false;
}

/* What start and join have in common. */
static void begin(zk_replica_t *replica, int64_t wall_ms, int64_t mono_ms)
{
    ZK_ASSERT(!replica->started);
    replica->next_session_id = zk_session_first_id(replica->options.server_id, wall_ms);
    replica->wall_ms = wall_ms;
    replica->mono_ms = mono_ms;
    replica->tokens_filled_ms = mono_ms;
    replica->last_tick_ms = mono_ms;
    replica->started = true;
}

void zk_replica_start(zk_replica_t *replica, int64_t wall_ms, int64_t mono_ms)
{
    zk_actions_t actions;

    ZK_ASSERT(!replica->options.in_ensemble);
    zk_role_drop_orphans(replica);
    begin(replica, wall_ms, mono_ms);
    zk_actions_init(&actions);
    replica->actions = &actions;
    replica->outputs.bytes = &actions.bytes;
    zk_zab_load_begin(replica->zab, zk_replica_last_zxid(replica));
    zk_zab_start(replica->zab, 0, 0, true, mono_ms, &replica->outputs);
    zk_links_carry_out(replica);
    ZK_ASSERT(replica->role == ZK_ROLE_LEADER && actions.count == 0);
    replica->actions = NULL;
    zk_actions_free(&actions);
}

void zk_replica_join(zk_replica_t *replica, int64_t accepted_epoch, int64_t current_epoch,
                     bool may_vote, int64_t wall_ms, int64_t mono_ms, zk_actions_t *actions)
{
    ZK_ASSERT(replica->options.in_ensemble);
    begin(replica, wall_ms, mono_ms);
    replica->has_state = may_vote;
    zk_session_end_role(replica->sessions);
    replica->actions = actions;
    replica->outputs.bytes = &actions->bytes;
    zk_arena_reset(replica->arena);
    zk_zab_start(replica->zab, accepted_epoch, current_epoch, may_vote, mono_ms, &replica->outputs);
    zk_links_carry_out(replica);
    zk_commit_delivered(replica);
    replica->actions = NULL;
}

/* ---- steps ---- */

static void tick(zk_replica_t *replica)
{
    zk_zab_event_t step = {.type = ZK_ZAB_TICK};

    if (replica->options.in_ensemble)
        zk_links_step(replica, &step);
    if (!replica->shutting_down) {
        if (replica->role != ZK_ROLE_NONE)
            zk_session_expire_due(replica);
        if (replica->role == ZK_ROLE_LEADER)
            zk_reap_tick(replica);
    }
    zk_role_tick(replica);
    zk_snapshots_tick(replica);
    replica->last_tick_ms = replica->mono_ms;
}

static void shut_down(zk_replica_t *replica)
{
    zk_zab_event_t step = {.type = ZK_ZAB_SHUTDOWN};

    if (replica->shutting_down)
        return;
    replica->shutting_down = true;
    if (replica->options.in_ensemble)
        zk_links_step(replica, &step);
}

bool zk_replica_has_more(const zk_replica_t *replica)
{
    return replica->backlog_first != NULL || replica->deliveries_wait;
}

static void tell_drained(zk_replica_t *replica)
{
    if (!replica->shutting_down || replica->drained || replica->options.in_ensemble ||
        replica->backlog_first != NULL || zk_zab_outstanding(replica->zab) > 0)
        return;
    replica->drained = true;
    zk_emit(replica, ZK_ACTION_DRAINED, 0);
}

/* What an earlier step left over, because it had said enough. */
static void take_up(zk_replica_t *replica)
{
    if (replica->backlog_first != NULL)
        zk_order_run_backlog(replica);
    if (replica->zab_moved || replica->deliveries_wait)
        zk_commit_delivered(replica);
    zk_role_settle(replica);
}

void zk_replica_step(zk_replica_t *replica, const zk_event_t *event, zk_actions_t *actions)
{
    ZK_ASSERT(replica->started);
    replica->actions = actions;
    replica->outputs.bytes = &actions->bytes;
    replica->zab_moved = false;
    replica->confirm_ticket = -1;
    replica->wall_ms = event->wall_ms;
    replica->mono_ms = event->mono_ms;
    zk_arena_reset(replica->arena);
    switch (event->type) {
    case ZK_EVENT_CLIENT_FRAME:
        zk_receive_frame(replica, event);
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
        shut_down(replica);
        break;
    default:
        ZK_ASSERT(zk_links_event(replica, event));
        break;
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
    int64_t pending_syncs = replica->stats.pending_syncs;
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
    replica->stats.pending_syncs = pending_syncs;
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
