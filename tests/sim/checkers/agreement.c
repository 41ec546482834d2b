/* agreement.c -- S3 to S8: all servers deliver the same transactions in the same order, from the
 * first on.
 *
 * What a serving server has applied is committed.  When it begins to serve its whole log counts,
 * from then on what each step adds.  The committed history grows at its end only, so equal bytes at
 * equal zxids and no gap make every server's sequence a prefix of it. */
#include "sim/sim.h"

/* All that SERVER holds in (FROM, TO] is the committed history. */
static void check_range(sim_t *sim, sim_server_t *server, int64_t from, int64_t to)
{
    const sim_disk_t *disk = &server->disk;
    const sim_history_t *history = &sim->history;
    int64_t before = from;
    size_t i;

    for (i = sim_disk_above(disk, from); i < disk->count && disk->records[i].zxid <= to; i++) {
        sim_history_commit(sim, server, &disk->records[i]);
        if (sim->failed)
            return;
        before = disk->records[i].zxid;
    }
    /* What this very step logs and delivers (an observer). */
    for (i = 0; i < server->actions.count; i++) {
        const zk_action_t *action = &server->actions.items[i];
        sim_record_t record = {action->zxid, action->blob, false};

        if (action->type == ZK_ACTION_APPEND_LOG && action->zxid > before && action->zxid <= to) {
            sim_history_commit(sim, server, &record);
            before = action->zxid;
        }
        if (sim->failed)
            return;
    }
    /* A state that came as a snapshot, or a new epoch without a txn, must be within what is known.
     */
    if (before > sim_history_last(history) && (uint32_t)before != 0)
        sim_fail(sim, "S4: server %" PRId64 " delivered 0x%" PRIx64 ", which nobody committed",
                 server->sid, (uint64_t)before);
}

/* From where on the log of SERVER means anything. */
static int64_t log_begins(const sim_server_t *server)
{
    return server->disk.snapshots_count > 0 ? server->disk.snapshots[0].zxid : 0;
}

/* Nothing committed may be missing in the log of who begins to serve: up to where it is, and for a
 * leader up to the end (I6, S9). */
static void check_complete(sim_t *sim, sim_server_t *server, int64_t delivered)
{
    const sim_disk_t *disk = &server->disk;
    const sim_history_t *history = &sim->history;
    bool leads = sim_server_leads(sim, server);
    int64_t floor = 0;
    size_t i;

    for (i = 0; i < (size_t)disk->snapshots_count; i++)
        if (i == 0 || disk->snapshots[i].came || disk->snapshots[i].zxid <= delivered)
            floor = disk->snapshots[i].zxid;
    if (disk->count > 0 && disk->records[0].zxid - 1 > floor && disk->snapshots_count > 1)
        floor = disk->records[0].zxid - 1;
    for (i = history->count; i > 0 && history->txns[i - 1].zxid > floor; i--) {
        const sim_txn_t *txn = &history->txns[i - 1];

        if ((leads || txn->zxid <= delivered) && sim_disk_find(disk, txn->zxid) == NULL) {
            sim_fail(sim, "S5, I6, I10: server %" PRId64 " %s at 0x%" PRIx64 " without 0x%" PRIx64,
                     server->sid, leads ? "leads" : "serves", (uint64_t)delivered,
                     (uint64_t)txn->zxid);
            return;
        }
    }
    if (leads && floor < delivered && delivered < sim_history_last(history))
        sim_fail(sim, "S9: server %" PRId64 " leads at 0x%" PRIx64 ", committed is 0x%" PRIx64,
                 server->sid, (uint64_t)delivered, (uint64_t)sim_history_last(history));
}

void sim_check_agreement(sim_t *sim, sim_server_t *server)
{
    int64_t delivered = sim_server_delivered(server);
    bool logs = !server->is_observer || sim->config.observer_logs;

    if (!sim_server_serves(sim, server))
        return;
    if (!server->was_serving && logs) {
        int64_t from = log_begins(server);
        const sim_snapshot_t *newest = sim_disk_newest(&server->disk);

        if (newest != NULL && newest->came && newest->zxid > sim_history_last(&sim->history) &&
            sim_server_leads(sim, server))
            sim_history_catch_up(sim, server, delivered);
        check_range(sim, server, from < delivered ? from : delivered, delivered);
        if (!sim->failed)
            check_complete(sim, server, delivered);
    } else if (delivered > server->delivered && logs) {
        check_range(sim, server, server->delivered, delivered);
    } else if (delivered < server->delivered && server->was_serving) {
        sim_fail(sim, "S8: server %" PRId64 " goes back from 0x%" PRIx64 " to 0x%" PRIx64,
                 server->sid, (uint64_t)server->delivered, (uint64_t)delivered);
    }
}
