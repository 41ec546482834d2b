/* server.c -- the body of one simulated server: events to its mind, actions to disk and network.
 *
 * A process has a life number; what was under way for an earlier life is ignored.  Actions are
 * carried out in order, and between any two of them the process may end.  The disk works at
 * operations one at a time in the order given; appends gather behind the sync under way, as with
 * the real disk thread. */
#include "sim/sim.h"

#include <string.h>

#include "base/mutation.h"
#include "sim/ensemble.h"

static void disk_start(sim_t *sim, sim_server_t *server, uint64_t lane);
static void tick(sim_t *sim, void *object, uint64_t life, uint64_t b);

/* ---- who is who ---- */

int64_t sim_server_delivered(const sim_server_t *server)
{
    return zk_tree_last_zxid(zk_replica_tree(server->replica));
}

bool sim_server_is_paused(const sim_t *sim, const sim_server_t *server)
{
    return server->paused_until_us > sim->now_us;
}

/* A job of an earlier life, or of a paused process (which gets it later). */
bool sim_server_is_not_now(sim_t *sim, sim_server_t *server, uint64_t life, sim_run_t *run,
                           uint64_t b)
{
    if (!server->up || server->life != life)
        return true;
    if (!sim_server_is_paused(sim, server))
        return false;
    sim_at(sim, server->paused_until_us, run, server, life, b);
    return true;
}

/* ---- crash points ---- */

static void start_again(sim_t *sim, void *object, uint64_t life, uint64_t b)
{
    sim_server_t *server = object;

    (void)b;
    if (!server->up && server->life == life)
        sim_server_start(sim, server);
}

void sim_server_crash(sim_t *sim, sim_server_t *server, bool power, int64_t lasts_us)
{
    if (!server->up)
        return;
    sim_trace(sim, "server %" PRId64 " %s", server->sid, power ? "loses power" : "ends");
    sim->stats.crashes++;
    server->up = false;
    server->crash_in = -1;
    server->paused_until_us = 0;
    server->was_serving = false;
    zk_replica_destroy(server->replica);
    server->replica = NULL;
    zk_actions_clear(&server->actions);
    memset(server->slots, 0, sizeof(server->slots));
    server->listens = false;
    server->dialled = NULL;
    server->dial_number++;
    server->role_epoch = 0;
    server->tick_scheduled = server->more_scheduled = false;
    server->snapshot_open = server->snapshot_room_scheduled = false;
    zk_buffer_clear(&server->snapshot);
    sim_network_place_gone(sim, server->index, power);
    sim_disk_crash(sim, &server->disk, power);
    server->down_until_us = sim->now_us + lasts_us;
    sim_at(sim, server->down_until_us, start_again, server, server->life, 0);
}

bool sim_server_crash_point(sim_t *sim, sim_server_t *server)
{
    if (server->crash_in < 0 || server->crash_in-- > 0)
        return false;
    sim_server_crash(sim, server, server->crash_power, server->crash_lasts_us);
    return true;
}

void sim_server_pause(sim_t *sim, sim_server_t *server, int64_t lasts_us)
{
    if (!server->up)
        return;
    sim_trace(sim, "server %" PRId64 " pauses for %" PRId64 " ms", server->sid, lasts_us / 1000);
    server->paused_until_us = sim->now_us + lasts_us;
}

/* ---- disk operations ---- */

/* However slow the disk was when an operation began: the calm is to be longer than what began
 * before it. */
#define DISK_DELAY_MAX_US (4 * SIM_SECOND)

static int64_t disk_delay(sim_t *sim, sim_server_t *server)
{
    int64_t delay = (int64_t)sim_between(&sim->disk_random, (uint64_t)sim->config.sync_min_us,
                                         (uint64_t)sim->config.sync_max_us);

    if (sim->now_us >= server->disk.slow_until_us)
        return delay;
    delay *= server->disk.slow_factor;
    return delay < DISK_DELAY_MAX_US ? delay : DISK_DELAY_MAX_US;
}

static sim_lane_kind_t lane_of(sim_disk_op_kind_t kind)
{
    return kind == SIM_DISK_SAVE_EPOCH ? SIM_LANE_EPOCHS
           : kind == SIM_DISK_SNAPSHOT ? SIM_LANE_SNAPSHOTS
                                       : SIM_LANE_LOG;
}

static sim_disk_op_t *first_op(sim_server_t *server, uint64_t lane)
{
    return &server->disk.lanes[lane].ops[server->disk.lanes[lane].first % SIM_DISK_OPS_MAX];
}

static void synced(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    sim_disk_t *disk = &server->disk;
    zk_event_t event = {.type = ZK_EVENT_LOG_SYNCED};

    if (op->covers == 0 || op->covers > disk->count)
        return; /* cut off by a truncation meanwhile */
    if (op->covers > disk->synced)
        disk->synced = op->covers;
    event.zxid = disk->records[op->covers - 1].zxid;
    sim_server_step(sim, server, &event);
}

static void snapshot_synced(sim_t *sim, void *object, uint64_t life, uint64_t zxid)
{
    sim_server_t *server = object;
    int i;

    if (sim_server_is_not_now(sim, server, life, snapshot_synced, zxid))
        return;
    for (i = 0; i < server->disk.snapshots_count; i++)
        if (server->disk.snapshots[i].zxid == (int64_t)zxid)
            server->disk.snapshots[i].unsynced = false;
    if (server->disk.received.zxid == (int64_t)zxid)
        server->disk.received.unsynced = false;
}

static void snapshot_written(sim_t *sim, sim_server_t *server, sim_disk_op_t *op)
{
    zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_DONE, .zxid = op->zxid};
    sim_snapshot_t snapshot = {.zxid = op->zxid, .digest = op->digest, .body = op->body};

    /* The mutation: it counts before its bytes are on the disk. */
    snapshot.unsynced = op->is_current && ZK_MUTATION(snapshot_named_before_sync);
    sim->stats.snapshots++;
    if (!op->is_current && op->zxid > sim_history_last(&sim->history) && (uint32_t)op->zxid != 0)
        sim_fail(sim,
                 "I10: server %" PRId64 " writes a snapshot of 0x%" PRIx64
                 ", which nobody committed",
                 server->sid, (uint64_t)op->zxid);
    if (op->is_current)
        sim_disk_receive(&server->disk, snapshot);
    else
        sim_disk_add_snapshot(&server->disk, snapshot);
    op->body = NULL;
    if (snapshot.unsynced)
        sim_at(sim, sim->now_us + SIM_SECOND, snapshot_synced, server, server->life,
               (uint64_t)op->zxid);
    sim_server_step(sim, server, &event);
}

/* Failed once, ended for good: never tried again, never reported. */
static void disk_failed(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    sim_trace(sim, "server %" PRId64 ": the disk fails", server->sid);
    if (!ZK_MUTATION(failed_sync_ignored)) {
        sim_server_crash(sim, server, true, 2 * SIM_SECOND);
        return;
    }
    server->disk.fails_next = false;
    if (op->kind == SIM_DISK_SYNC && op->covers > 0 && op->covers <= server->disk.count) {
        zk_event_t event = {.type = ZK_EVENT_LOG_SYNCED,
                            .zxid = server->disk.records[op->covers - 1].zxid};

        sim_server_step(sim, server, &event);
    }
}

static void disk_done(sim_t *sim, void *object, uint64_t life, uint64_t lane)
{
    sim_server_t *server = object;
    sim_disk_t *disk = &server->disk;
    sim_disk_op_t op;

    if (sim_server_is_not_now(sim, server, life, disk_done, lane))
        return;
    op = *first_op(server, lane);
    first_op(server, lane)->body = NULL;
    disk->lanes[lane].first++;
    disk->lanes[lane].count--;
    disk_start(sim, server, lane);
    if ((op.kind == SIM_DISK_SYNC || op.kind == SIM_DISK_SAVE_EPOCH) &&
        (disk->fails_next || disk->full)) {
        disk_failed(sim, server, &op);
        zk_blob_release(op.body);
        return;
    }
    switch (op.kind) {
    case SIM_DISK_SYNC:
        synced(sim, server, &op);
        break;
    case SIM_DISK_SNAPSHOT:
        snapshot_written(sim, server, &op);
        break;
    default:
        sim_ensemble_disk_done(sim, server, &op);
        break;
    }
    zk_blob_release(op.body);
}

static void disk_start(sim_t *sim, sim_server_t *server, uint64_t lane)
{
    if (server->disk.lanes[lane].count == 0)
        return;
    if (first_op(server, lane)->kind == SIM_DISK_SYNC)
        first_op(server, lane)->covers = server->disk.count;
    sim_at(sim, sim->now_us + disk_delay(sim, server), disk_done, server, server->life, lane);
}

void sim_server_disk_op(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    uint64_t number = lane_of(op->kind);
    sim_lane_t *lane = &server->disk.lanes[number];
    int last = (lane->first + lane->count - 1) % SIM_DISK_OPS_MAX;

    /* A sync that waits covers this append too. */
    if (op->kind == SIM_DISK_SYNC && lane->count > 1 && lane->ops[last].kind == SIM_DISK_SYNC)
        return;
    if (lane->count == SIM_DISK_OPS_MAX) {
        sim_fail(sim, "server %" PRId64 " has %d disk operations under way", server->sid,
                 lane->count);
        return;
    }
    lane->ops[(lane->first + lane->count++) % SIM_DISK_OPS_MAX] = *op;
    if (lane->count == 1)
        disk_start(sim, server, number);
}

/* ---- the snapshot being written ---- */

static void snapshot_room(sim_t *sim, void *object, uint64_t life, uint64_t b)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_ROOM};

    if (sim_server_is_not_now(sim, server, life, snapshot_room, b))
        return;
    server->snapshot_room_scheduled = false;
    sim_server_step(sim, server, &event);
}

static void take_chunk(sim_t *sim, sim_server_t *server, const zk_action_t *action)
{
    zk_buffer_append(&server->snapshot, action->blob->bytes, action->blob->size);
    if (server->snapshot_room_scheduled || action->is_received)
        return;
    server->snapshot_room_scheduled = true;
    sim_at(sim, sim->now_us + disk_delay(sim, server), snapshot_room, server, server->life, 0);
}

static void end_snapshot(sim_t *sim, sim_server_t *server, const zk_action_t *action)
{
    sim_disk_op_t op = {.kind = SIM_DISK_SNAPSHOT,
                        .zxid = server->snapshot_zxid,
                        .digest = action->is_received ? 0 : action->digest,
                        .is_current = action->is_received};

    op.body = zk_blob_copy(zk_buffer_bytes(&server->snapshot), zk_buffer_size(&server->snapshot));
    server->snapshot_open = false;
    sim_server_disk_op(sim, server, &op);
}

/* ---- clients ---- */

static sim_conn_t *client_of(sim_server_t *server, uint64_t client)
{
    uint32_t slot = (uint32_t)client;

    if (slot >= SIM_SLOTS_MAX || server->generations[slot] != (uint32_t)(client >> 32))
        return NULL;
    return server->slots[slot];
}

static void open_client(sim_t *sim, sim_server_t *server, sim_conn_t *conn)
{
    zk_event_t event = {.type = ZK_EVENT_CLIENT_OPENED, .port = 4711, .bytes = zk_str("127.0.0.1")};
    uint32_t slot = 0;

    while (slot < SIM_SLOTS_MAX && server->slots[slot] != NULL)
        slot++;
    if (slot == SIM_SLOTS_MAX || (sim->config.in_ensemble && !sim_ensemble_takes_clients(server))) {
        conn->open[1] = true;
        sim_conn_close(sim, conn, 1, false);
        return;
    }
    conn->open[1] = true;
    conn->slot[1] = slot;
    server->slots[slot] = conn;
    event.client = (uint64_t)++server->generations[slot] << 32 | slot;
    sim_server_step(sim, server, &event);
}

static void client_gone(sim_t *sim, sim_server_t *server, sim_conn_t *conn)
{
    uint32_t slot = (uint32_t)conn->slot[1];
    zk_event_t event = {.type = ZK_EVENT_CLIENT_GONE,
                        .client = (uint64_t)server->generations[slot] << 32 | slot};

    server->slots[slot] = NULL;
    sim_server_step(sim, server, &event);
}

static void client_message(sim_t *sim, sim_server_t *server, sim_conn_t *conn,
                           const sim_message_t *message)
{
    uint32_t slot = (uint32_t)conn->slot[1];
    zk_event_t event = {.type = ZK_EVENT_CLIENT_FRAME,
                        .client = (uint64_t)server->generations[slot] << 32 | slot};

    if (message->kind == SIM_MESSAGE_OPEN) {
        open_client(sim, server, conn);
    } else if (message->kind == SIM_MESSAGE_END) {
        sim_conn_close(sim, conn, 1, true);
        client_gone(sim, server, conn);
    } else {
        event.bytes = zk_str_n((const char *)message->bytes->bytes, message->bytes->size);
        sim_server_step(sim, server, &event);
    }
}

void sim_server_receive(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                        const sim_message_t *message)
{
    if (conn->kind == SIM_CONN_CLIENT)
        client_message(sim, server, conn, message);
    else
        sim_ensemble_receive(sim, server, conn, side, message);
}

static void close_later(sim_t *sim, void *object, uint64_t life, uint64_t id)
{
    sim_server_t *server = object;
    sim_conn_t *conn = sim->conns[id - 1];

    if (sim_server_is_not_now(sim, server, life, close_later, id) ||
        server->slots[conn->slot[1]] != conn)
        return;
    sim_conn_close(sim, conn, 1, false);
    client_gone(sim, server, conn);
}

/* ---- carrying out ---- */

static void append_log(sim_t *sim, sim_server_t *server, zk_action_t *action)
{
    sim_disk_op_t op = {.kind = SIM_DISK_SYNC};

    sim_history_proposed(sim, server, action->zxid, action->blob);
    if (server->disk.count > 0 && action->zxid <= server->disk.records[server->disk.count - 1].zxid)
        sim_fail(sim, "I10: server %" PRId64 " logs 0x%" PRIx64 " behind 0x%" PRIx64, server->sid,
                 (uint64_t)action->zxid,
                 (uint64_t)server->disk.records[server->disk.count - 1].zxid);
    sim_disk_append(&server->disk, action->zxid, action->blob);
    action->blob = NULL;
    sim_server_disk_op(sim, server, &op);
}

static void carry_out_client(sim_t *sim, sim_server_t *server, const zk_action_t *action)
{
    sim_conn_t *conn = client_of(server, action->client);

    if (conn == NULL) {
        sim_fail(sim, "server %" PRId64 " speaks to a client that is gone", server->sid);
        return;
    }
    switch (action->type) {
    case ZK_ACTION_SEND:
        sim_conn_send(sim, conn, 1, SIM_MESSAGE_BYTES,
                      zk_blob_copy(server->actions.bytes.data + action->offset, action->length));
        break;
    case ZK_ACTION_CLOSE:
        sim_at(sim, sim->now_us, close_later, server, server->life, conn->id);
        break;
    case ZK_ACTION_PAUSE:
        sim_conn_read(sim, conn, 1, false);
        break;
    default:
        sim_conn_read(sim, conn, 1, true);
        break;
    }
}

static void carry_out(sim_t *sim, sim_server_t *server, zk_action_t *action)
{
    switch (action->type) {
    case ZK_ACTION_SEND:
    case ZK_ACTION_CLOSE:
    case ZK_ACTION_PAUSE:
    case ZK_ACTION_RESUME:
        carry_out_client(sim, server, action);
        break;
    case ZK_ACTION_APPEND_LOG:
        append_log(sim, server, action);
        break;
    case ZK_ACTION_ROLL_LOG:
        break;
    case ZK_ACTION_SNAPSHOT_BEGIN:
        server->snapshot_open = true;
        server->snapshot_zxid = action->zxid;
        server->snapshot_is_received = action->is_received;
        if (action->is_received && ZK_MUTATION(snap_replaces_at_begin))
            sim_disk_wipe(&server->disk);
        zk_buffer_clear(&server->snapshot);
        break;
    case ZK_ACTION_SNAPSHOT_CHUNK:
        take_chunk(sim, server, action);
        break;
    case ZK_ACTION_SNAPSHOT_END:
        end_snapshot(sim, server, action);
        break;
    default:
        sim_ensemble_carry_out(sim, server, action);
        break;
    }
}

static void more(sim_t *sim, void *object, uint64_t life, uint64_t b)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (sim_server_is_not_now(sim, server, life, more, b))
        return;
    server->more_scheduled = false;
    sim_server_step(sim, server, &event);
}

void sim_server_carry_out(sim_t *sim, sim_server_t *server)
{
    uint64_t life = server->life;
    size_t i;

    for (i = 0; i < server->actions.count && !sim->failed; i++) {
        if (sim_server_crash_point(sim, server))
            return;
        sim_mix(sim, (uint64_t)server->actions.items[i].type * 31 +
                         (uint64_t)server->actions.items[i].zxid);
        carry_out(sim, server, &server->actions.items[i]);
        if (!server->up || server->life != life)
            return;
    }
    zk_actions_clear(&server->actions);
}

void sim_server_step(sim_t *sim, sim_server_t *server, zk_event_t *event)
{
    char text[256];
    const char *fault;

    if (!server->up || sim->failed)
        return;
    if (sim_server_crash_point(sim, server))
        return;
    event->wall_ms = sim_clock_wall_ms(&server->clock, sim->now_us);
    event->mono_ms = sim_clock_mono_ms(&server->clock, sim->now_us);
    sim->stats.steps++;
    sim_mix(sim,
            (uint64_t)sim->now_us ^ (uint64_t)event->type << 48 ^ (uint64_t)server->index << 56);
    zk_replica_step(server->replica, event, &server->actions);
    /* All of a tree is much to prove: not each time. */
    fault = NULL;
    if (sim->stats.steps % 16 == 0)
        fault = zk_replica_check(server->replica, text, sizeof(text));
    else if (sim->config.in_ensemble)
        fault = zk_zab_check(zk_replica_zab(server->replica), text, sizeof(text));
    if (fault != NULL) {
        sim_fail(sim, "server %" PRId64 ": %s", server->sid, fault);
        return;
    }
    sim_check_step(sim, server);
    if (zk_replica_has_more(server->replica) && !server->more_scheduled) {
        server->more_scheduled = true;
        sim_at(sim, sim->now_us + 50, more, server, server->life, 0);
    }
    sim_server_carry_out(sim, server);
}

/* ---- life ---- */

static void tick(sim_t *sim, void *object, uint64_t life, uint64_t b)
{
    sim_server_t *server = object;
    int64_t period_us = (int64_t)sim->config.tick_ms * SIM_MS / 4;
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (sim_server_is_not_now(sim, server, life, tick, b))
        return;
    if (sim->config.in_ensemble && period_us > 50 * SIM_MS)
        period_us = 50 * SIM_MS;
    sim_at(sim, sim->now_us + period_us, tick, server, server->life, 0);
    sim_server_step(sim, server, &event);
}

/* A directory without a snapshot gets one before anything is logged. */
void sim_server_first_snapshot(sim_server_t *server, int64_t at_zxid)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    int64_t zxid;
    uint64_t digest;

    zk_replica_snapshot_now(server->replica, &body, &zxid, &digest);
    sim_disk_add_snapshot(
        &server->disk,
        (sim_snapshot_t){.zxid = at_zxid,
                         .digest = digest,
                         .body = zk_blob_copy(zk_buffer_bytes(&body), zk_buffer_size(&body))});
    zk_buffer_free(&body);
}

static void make_options(sim_t *sim, sim_server_t *server, zk_replica_options_t *options)
{
    memset(options, 0, sizeof(*options));
    options->server_id = server->sid;
    options->random_seed = zk_random_next(&sim->server_random);
    options->tick_ms = sim->config.tick_ms;
    options->session_timeout_min_ms = 2 * sim->config.tick_ms;
    options->session_timeout_max_ms = 20 * sim->config.tick_ms;
    options->snap_count = sim->config.snap_count;
    options->extended_types_enabled = true;
    options->digest_enabled = true;
    options->outstanding_max = 1000;
    options->record_bytes_max = 0xfffff * 2;
    options->large_request_threshold = -1;
    options->large_request_bytes_max = 100 * 1024 * 1024;
    options->container_check_ms = 60000;
    options->container_max_per_minute = 10000;
    options->auth.digest_enabled = true;
    options->auth.digest_algorithm = "SHA1";
    if (sim->config.in_ensemble)
        sim_ensemble_options(sim, server, options);
}

void sim_server_start(sim_t *sim, sim_server_t *server)
{
    zk_replica_options_t options;
    sim_recovery_t recovery;

    ZK_ASSERT(!server->up);
    server->life++;
    server->served = 0;
    server->up = true;
    make_options(sim, server, &options);
    server->replica = zk_replica_create(&options);
    recovery = sim_disk_recover(sim, &server->disk, server->replica);
    if (sim->failed)
        return;
    if (recovery == SIM_RECOVERY_FRESH)
        sim_server_first_snapshot(server, 0);
    sim_trace(sim,
              "server %" PRId64 " starts at 0x%" PRIx64 " in epochs %" PRId64 ", %" PRId64 "%s",
              server->sid, (uint64_t)sim_server_delivered(server), server->disk.accepted_epoch,
              server->disk.current_epoch, recovery == SIM_RECOVERY_DAMAGED ? ", damaged" : "");
    if (recovery != SIM_RECOVERY_DAMAGED) {
        sim_check_promised(sim, server);
        sim_check_recovered(sim, server);
    }
    server->delivered = sim_server_delivered(server);
    if (sim->config.in_ensemble) {
        sim_ensemble_join(sim, server, recovery);
    } else {
        if (recovery == SIM_RECOVERY_DAMAGED)
            sim_fail(sim, "a server alone found damage that was never done");
        zk_replica_start(server->replica, sim_clock_wall_ms(&server->clock, sim->now_us),
                         sim_clock_mono_ms(&server->clock, sim->now_us));
    }
    if (server->up && !sim->failed)
        sim_at(sim, sim->now_us, tick, server, server->life, 0);
}

/* A directory that has seen nearly all of epoch 1 (it says so, the tree is empty). */
static void begin_late(sim_t *sim, sim_server_t *server)
{
    zk_replica_options_t options;

    make_options(sim, server, &options);
    server->replica = zk_replica_create(&options);
    zk_replica_load_begin(server->replica, 0);
    sim_server_first_snapshot(server, sim->config.first_zxid);
    zk_replica_destroy(server->replica);
    server->replica = NULL;
    server->disk.accepted_epoch = server->disk.current_epoch = sim->config.first_zxid >> 32;
}

void sim_server_create(sim_t *sim, int index)
{
    sim_server_t *server = &sim->servers[index];

    server->index = index;
    server->sid = index + 1;
    server->is_observer = index >= sim->config.voters;
    server->crash_in = -1;
    sim_clock_init(&server->clock, (int64_t)zk_random_below(&sim->server_random, 1000000) * SIM_MS,
                   INT64_C(1700000000) * SIM_SECOND);
    zk_actions_init(&server->actions);
    if (sim->config.first_zxid != 0)
        begin_late(sim, server);
}

void sim_server_free(sim_server_t *server)
{
    zk_replica_destroy(server->replica);
    zk_actions_free(&server->actions);
    zk_buffer_free(&server->snapshot);
    sim_disk_free(&server->disk);
}
