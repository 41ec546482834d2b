/* ensemble.c -- what a member of an ensemble does besides: links to other servers, epochs,
 * truncation, snapshots that come.
 *
 * A learner's link is a stream: QuorumPackets without any outer length, and behind a SNAP the raw
 * body of a snapshot with its end mark and a signature.  As the real room of links does, the
 * receiving end finds where each of them ends.
 *
 * A directory whose data was found damaged is put aside, and it is remembered durably (disk.lost)
 * that this server has no say until a leader has given it a state. */
#include "sim/ensemble.h"

#include <stdio.h>
#include <string.h>

#include "base/mutation.h"
#include "sim/packets.h"
#include "wire/codec.h"

enum { CONNECT_TRIES = 5, CONNECT_PAUSE_MS = 100 };

/* ---- options ---- */

void sim_ensemble_voters(const sim_t *sim, zk_quorum_t *voters)
{
    int64_t sids[SIM_SERVERS_MAX];
    int i;

    for (i = 0; i < sim->config.voters; i++)
        sids[i] = i + 1;
    zk_quorum_set(voters, sids, sim->config.voters);
    if (sim->config.is_hierarchical) /* two groups of weight and one without */
        for (i = 0; i < sim->config.voters; i++)
            zk_quorum_set_group(voters, i + 1, i % 3, i % 3 == 2 ? 0 : 1 + i % 2);
}

void sim_ensemble_options(sim_t *sim, sim_server_t *server, zk_replica_options_t *options)
{
    zk_zab_options_t *zab = &options->zab;

    options->in_ensemble = true;
    options->leader_serves = sim->config.leader_serves;
    zab->self = server->sid;
    zab->is_observer = server->is_observer;
    sim_ensemble_voters(sim, &zab->voters);
    zab->config_text = zk_str(sim->config_text);
    zab->tick_ms = sim->config.tick_ms;
    zab->init_limit = sim->config.init_limit;
    zab->sync_limit = sim->config.sync_limit;
    zab->notification_min_ms = 200;
    zab->notification_max_ms = sim->config.notification_max_ms;
    zab->epoch_wait_max_ms = sim->config.epoch_wait_max_ms;
    zab->observer_logs = sim->config.observer_logs;
    zab->trunc_peers = sim->config.trunc_peers;
    zab->force_snapshot_sync = sim->config.force_snapshot_sync;
    zab->history_count_max = sim->config.history_count_max;
    zab->history_bytes_max = 64 * 1024 * 1024;
    zab->link_bytes_max = sim->config.link_bytes_max;
    zab->first_counter = sim->config.first_counter;
    zab->random_seed = zk_random_next(&sim->server_random);
}

void sim_ensemble_name_members(sim_t *sim)
{
    int i, used = 0;

    for (i = 0; i < sim->servers_count; i++)
        used += snprintf(sim->config_text + used, sizeof(sim->config_text) - (size_t)used,
                         "server.%d=127.0.0.1:%d:%d:%s;0.0.0.0:%d\n", i + 1, 2881 + i, 3881 + i,
                         i < sim->config.voters ? "participant" : "observer", 2181 + i);
    snprintf(sim->config_text + used, sizeof(sim->config_text) - (size_t)used, "version=0");
}

/* ---- life ---- */

bool sim_ensemble_takes_clients(const sim_server_t *server)
{
    return server->up && zk_replica_is_serving(server->replica);
}

bool sim_server_serves(const sim_t *sim, const sim_server_t *server)
{
    if (!server->up)
        return false;
    return !sim->config.in_ensemble || zk_zab_is_serving(zk_replica_zab(server->replica));
}

bool sim_server_leads(const sim_t *sim, const sim_server_t *server)
{
    if (!sim_server_serves(sim, server))
        return false;
    return !sim->config.in_ensemble ||
           zk_zab_state(zk_replica_zab(server->replica)) == ZK_SERVER_LEADING;
}

/* The epochs as the files have them, repaired where a crash came between a record and currentEpoch.
 */
static void settle_epochs(sim_t *sim, sim_server_t *server)
{
    sim_disk_t *disk = &server->disk;
    int64_t epoch = sim_server_delivered(server) >> 32;

    if (!disk->has_epochs) {
        disk->accepted_epoch = disk->current_epoch = epoch;
        disk->has_epochs = true;
    }
    if (epoch > disk->accepted_epoch)
        sim_fail(sim,
                 "I1: server %" PRId64 " holds a record of epoch %" PRId64
                 ", but accepted only %" PRId64,
                 server->sid, epoch, disk->accepted_epoch);
    if (epoch > disk->current_epoch)
        disk->current_epoch = epoch;
}

static void put_aside(sim_t *sim, sim_server_t *server)
{
    sim->stats.damaged_starts++;
    sim_disk_put_aside(&server->disk);
    server->disk.lost = true;
    zk_replica_load_begin(server->replica, 0);
    sim_server_first_snapshot(server, 0);
}

void sim_ensemble_join(sim_t *sim, sim_server_t *server, sim_recovery_t recovery)
{
    if (recovery == SIM_RECOVERY_DAMAGED)
        put_aside(sim, server);
    server->delivered = sim_server_delivered(server);
    settle_epochs(sim, server);
    zk_replica_join(server->replica, server->disk.accepted_epoch, server->disk.current_epoch,
                    !server->disk.lost || ZK_MUTATION(damaged_server_votes),
                    sim_clock_wall_ms(&server->clock, sim->now_us),
                    sim_clock_mono_ms(&server->clock, sim->now_us), &server->actions);
    sim_server_carry_out(sim, server);
}

/* ---- the election port ---- */

void sim_server_notified(sim_t *sim, sim_server_t *server, int from, zk_blob_t *bytes)
{
    zk_event_t event = {.type = ZK_EVENT_PEER_NOTIFICATION, .sid = from + 1};

    event.bytes = zk_str_n((const char *)bytes->bytes, bytes->size);
    sim_server_step(sim, server, &event);
}

static void notify(sim_t *sim, sim_server_t *server, const zk_action_t *action)
{
    const uint8_t *bytes = server->actions.bytes.data + action->offset;

    if (action->sid < 1 || action->sid > sim->servers_count || action->sid == server->sid)
        return;
    sim_check_vote(sim, server, bytes, action->length);
    sim_notify(sim, server->index, (int)action->sid - 1, zk_blob_copy(bytes, action->length));
}

/* ---- dialling the leader ---- */

static void dial(sim_t *sim, sim_server_t *server)
{
    server->dialled = sim_connect(sim, SIM_CONN_LEARNER, server->index, (int)server->dial_sid - 1);
    server->dial_tries++;
}

static void stop_dialling(sim_t *sim, sim_server_t *server)
{
    if (server->dialled != NULL)
        sim_conn_close(sim, server->dialled, 0, false);
    server->dialled = NULL;
    server->dial_number++;
}

static bool is_old_dial(sim_t *sim, sim_server_t *server, uint64_t life, sim_run_t *run,
                        uint64_t number)
{
    return sim_server_is_not_now(sim, server, life, run, number) || server->dial_number != number;
}

static void dial_again(sim_t *sim, void *object, uint64_t life, uint64_t number)
{
    if (!is_old_dial(sim, object, life, dial_again, number))
        dial(sim, object);
}

static void dial_failed(sim_t *sim, void *object, uint64_t life, uint64_t number)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_PEER_CONNECT_FAILED};

    if (is_old_dial(sim, server, life, dial_failed, number))
        return;
    stop_dialling(sim, server);
    sim_server_step(sim, server, &event);
}

static void connect_leader(sim_t *sim, sim_server_t *server, int64_t sid)
{
    stop_dialling(sim, server);
    server->dial_sid = sid;
    server->dial_tries = 0;
    sim_at(sim, sim->now_us + (int64_t)sim->config.init_limit * sim->config.tick_ms * SIM_MS,
           dial_failed, server, server->life, server->dial_number);
    dial(sim, server);
}

/* ---- links ---- */

static int side_of(const sim_server_t *server, const sim_conn_t *conn)
{
    return conn->end[0] == server->index ? 0 : 1;
}

static sim_conn_t *link_of(sim_t *sim, const sim_server_t *server, uint64_t link)
{
    sim_conn_t *conn = link >= 1 && link <= sim->conns_count ? sim->conns[link - 1] : NULL;

    if (conn == NULL || conn->kind != SIM_CONN_LEARNER || !conn->open[side_of(server, conn)] ||
        conn->end[side_of(server, conn)] != server->index)
        return NULL;
    return conn;
}

static void link_drained(sim_t *sim, void *object, uint64_t life, uint64_t link)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_PEER_DRAINED, .link = link};

    if (sim_server_is_not_now(sim, server, life, link_drained, link) ||
        link_of(sim, server, link) == NULL)
        return;
    sim_server_step(sim, server, &event);
}

static void link_gone(sim_t *sim, void *object, uint64_t life, uint64_t link)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_PEER_GONE, .link = link};

    if (sim_server_is_not_now(sim, server, life, link_gone, link))
        return;
    sim_server_step(sim, server, &event);
}

/* An ACK of a proposal that came with the synchronisation: true, and in front of NEWLEADER's. */
static void ack_early(sim_t *sim, sim_server_t *server, sim_conn_t *conn)
{
    zk_quorum_packet_t packet = {.type = 3, .zxid = sim_disk_durable(&server->disk)};
    zk_buffer_t bytes = {0};

    if ((uint32_t)packet.zxid == 0)
        return;
    zk_record_encode(&zk_record_quorum_packet, &packet, &bytes);
    sim_trace(sim, "server %" PRId64 " acks 0x%" PRIx64 " early", server->sid,
              (uint64_t)packet.zxid);
    sim_conn_send(sim, conn, side_of(server, conn), SIM_MESSAGE_BYTES,
                  zk_blob_copy(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes)));
    zk_buffer_free(&bytes);
}

static void peer_send(sim_t *sim, sim_server_t *server, const zk_action_t *action)
{
    sim_conn_t *conn = link_of(sim, server, action->link);
    const uint8_t *bytes = server->actions.bytes.data + action->offset;
    int64_t at_us = sim->now_us + (int64_t)sim_between(&sim->net_random, 10, 2000);

    if (conn == NULL)
        return;
    if (server->acks_early && sim_packets_is_first_ack(sim, server, bytes))
        ack_early(sim, server, conn);
    sim_packets_sent(sim, server, conn, side_of(server, conn), bytes, action->length);
    sim_conn_send(sim, conn, side_of(server, conn), SIM_MESSAGE_BYTES,
                  zk_blob_copy(bytes, action->length));
    if (action->tells_drained)
        sim_at(sim, at_us, link_drained, server, server->life, action->link);
}

static void peer_close(sim_t *sim, sim_server_t *server, uint64_t link)
{
    sim_conn_t *conn = link_of(sim, server, link);

    if (link == 0) {
        stop_dialling(sim, server);
    } else if (conn != NULL) {
        sim_conn_close(sim, conn, side_of(server, conn), false);
        sim_at(sim, sim->now_us, link_gone, server, server->life, link);
    }
}

static void opened(sim_t *sim, sim_server_t *server, sim_conn_t *conn)
{
    zk_event_t event = {
        .type = ZK_EVENT_PEER_OPENED, .link = conn->id, .bytes = zk_str("127.0.0.1")};

    conn->open[1] = true;
    if (!server->listens) {
        sim_conn_close(sim, conn, 1, false);
        return;
    }
    sim_conn_send(sim, conn, 1, SIM_MESSAGE_OPENED, NULL);
    sim_server_step(sim, server, &event);
}

static void ended(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side)
{
    zk_event_t event = {.type = ZK_EVENT_PEER_GONE, .link = conn->id};

    if (!conn->open[side])
        return;
    sim_conn_close(sim, conn, side, true);
    if (server->dialled != conn) {
        sim_server_step(sim, server, &event);
        return;
    }
    server->dialled = NULL;
    if (server->dial_tries < CONNECT_TRIES)
        sim_at(sim, sim->now_us + CONNECT_PAUSE_MS * SIM_MS, dial_again, server, server->life,
               server->dial_number);
    else
        dial_failed(sim, server, server->life, server->dial_number);
}

void sim_ensemble_receive(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                          const sim_message_t *message)
{
    zk_event_t event = {.link = conn->id};

    switch (message->kind) {
    case SIM_MESSAGE_OPEN:
        opened(sim, server, conn);
        break;
    case SIM_MESSAGE_OPENED:
        if (server->dialled != conn)
            return;
        server->dialled = NULL;
        server->dial_number++;
        event.type = ZK_EVENT_PEER_CONNECTED;
        sim_server_step(sim, server, &event);
        break;
    case SIM_MESSAGE_END:
        ended(sim, server, conn, side);
        break;
    case SIM_MESSAGE_BYTES:
        sim_packets_received(sim, server, conn, side, message->bytes);
        break;
    }
}

/* ---- disk ---- */

static void disk_op(sim_t *sim, sim_server_t *server, sim_disk_op_kind_t kind,
                    const zk_action_t *action)
{
    sim_disk_op_t op = {.kind = kind,
                        .zxid = action->zxid,
                        .epoch = action->epoch,
                        .is_current = action->is_current,
                        .link = action->link};

    sim_server_disk_op(sim, server, &op);
}

/* The writer of a snapshot tells that it has stopped, as it tells that it is done. */
static void snapshot_aborted(sim_t *sim, void *object, uint64_t life, uint64_t zxid)
{
    sim_server_t *server = object;
    zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_DONE, .zxid = (int64_t)zxid, .failed = true};

    if (!sim_server_is_not_now(sim, server, life, snapshot_aborted, zxid))
        sim_server_step(sim, server, &event);
}

void sim_ensemble_carry_out(sim_t *sim, sim_server_t *server, zk_action_t *action)
{
    switch (action->type) {
    case ZK_ACTION_NOTIFY:
        notify(sim, server, action);
        break;
    case ZK_ACTION_LISTEN:
        server->listens = true;
        break;
    case ZK_ACTION_UNLISTEN:
        server->listens = false;
        break;
    case ZK_ACTION_CONNECT_LEADER:
        connect_leader(sim, server, action->sid);
        break;
    case ZK_ACTION_PEER_SEND:
        peer_send(sim, server, action);
        break;
    case ZK_ACTION_PEER_CLOSE:
        peer_close(sim, server, action->link);
        break;
    case ZK_ACTION_SAVE_EPOCH:
        if (action->is_current && server->disk.synced < server->disk.count)
            sim_fail(sim,
                     "I3: server %" PRId64 " enters epoch %" PRId64
                     " before its history is durable",
                     server->sid, action->epoch);
        disk_op(sim, server, SIM_DISK_SAVE_EPOCH, action);
        break;
    case ZK_ACTION_READ_LOG:
        disk_op(sim, server, SIM_DISK_READ_LOG, action);
        break;
    case ZK_ACTION_TRUNCATE_LOG:
        disk_op(sim, server, SIM_DISK_TRUNCATE, action);
        break;
    case ZK_ACTION_SNAPSHOT_ABORT:
        if (server->snapshot_open)
            sim_at(sim, sim->now_us + SIM_MS, snapshot_aborted, server, server->life,
                   (uint64_t)action->zxid);
        server->snapshot_open = false;
        zk_buffer_clear(&server->snapshot);
        break;
    case ZK_ACTION_INSTALL_SNAPSHOT:
        disk_op(sim, server, SIM_DISK_INSTALL, action);
        break;
    default:
        break;
    }
}

static void epoch_saved(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    sim_disk_t *disk = &server->disk;
    zk_event_t event = {
        .type = ZK_EVENT_EPOCH_SAVED, .epoch = op->epoch, .is_current = op->is_current};
    int64_t *file = op->is_current ? &disk->current_epoch : &disk->accepted_epoch;

    if (op->epoch < *file)
        sim_fail(sim, "I1: server %" PRId64 " takes an epoch back from %" PRId64 " to %" PRId64,
                 server->sid, *file, op->epoch);
    *file = op->epoch;
    if (disk->current_epoch > disk->accepted_epoch)
        sim_fail(sim, "I1: server %" PRId64 " is in epoch %" PRId64 ", having accepted %" PRId64,
                 server->sid, disk->current_epoch, disk->accepted_epoch);
    sim_server_step(sim, server, &event);
}

/* Load what is on disk now and say so. */
static void reload(sim_t *sim, sim_server_t *server, bool usable)
{
    zk_event_t event = {.type = ZK_EVENT_RELOADED};

    if (usable && sim_disk_recover(sim, &server->disk, server->replica) == SIM_RECOVERY_DAMAGED) {
        put_aside(sim, server);
        usable = false;
    } else if (!usable) {
        zk_replica_load_begin(server->replica, 0);
    }
    event.failed = !usable;
    event.zxid = sim_server_delivered(server);
    server->delivered = event.zxid;
    if (usable)
        sim_check_recovered(sim, server);
    sim_server_step(sim, server, &event);
}

static void truncated(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    bool usable = server->disk.snapshots_count > 0 && server->disk.snapshots[0].zxid <= op->zxid;

    sim->stats.truncations++;
    if (usable)
        sim_disk_truncate(&server->disk, op->zxid);
    reload(sim, server, usable);
}

static void installed(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    const sim_snapshot_t *received = &server->disk.received;

    sim->stats.snapshots_received++;
    if (received->body == NULL || received->zxid != op->zxid) {
        sim_fail(sim, "server %" PRId64 " installs a snapshot that it does not have", server->sid);
        return;
    }
    sim_disk_install(&server->disk);
    reload(sim, server, true);
}

/* The records above ZXID that are durable, whole and without a gap. */
static void log_read(sim_t *sim, sim_server_t *server, const sim_disk_op_t *op)
{
    const sim_disk_t *disk = &server->disk;
    size_t first = sim_disk_above(disk, op->zxid), count = 0, i;
    int64_t *zxids = zk_calloc(disk->count + 1, sizeof(*zxids));
    zk_blob_t **payloads = zk_calloc(disk->count + 1, sizeof(*payloads));
    zk_zab_log_part_t part = {zxids, payloads, 0, true};
    zk_event_t event = {
        .type = ZK_EVENT_LOG_READ, .link = op->link, .zxid = op->zxid, .log = &part};
    int64_t before = op->zxid;

    sim->stats.log_reads++;
    if (sim_disk_find(disk, op->zxid) == NULL &&
        (first >= disk->count || disk->records[first].zxid != op->zxid + 1 ||
         (uint32_t)op->zxid != 0))
        part.usable = false;
    for (i = first; i < disk->synced && part.usable; i++) {
        int64_t zxid = disk->records[i].zxid;

        if (disk->records[i].damaged || (zxid != before + 1 && !sim_begins_epoch(sim, zxid) &&
                                         !ZK_MUTATION(snap_keeps_old_log)))
            part.usable = false;
        zxids[count] = zxid;
        payloads[count++] = disk->records[i].blob;
        before = zxid;
    }
    part.count = part.usable ? count : 0;
    sim_server_step(sim, server, &event);
    zk_free(zxids);
    zk_free(payloads);
}

void sim_ensemble_disk_done(sim_t *sim, sim_server_t *server, sim_disk_op_t *op)
{
    switch (op->kind) {
    case SIM_DISK_SAVE_EPOCH:
        epoch_saved(sim, server, op);
        break;
    case SIM_DISK_TRUNCATE:
        truncated(sim, server, op);
        break;
    case SIM_DISK_INSTALL:
        installed(sim, server, op);
        break;
    case SIM_DISK_READ_LOG:
        log_read(sim, server, op);
        break;
    default:
        break;
    }
}
