/* agreement.c -- S3 to S8: all servers deliver the same transactions in the same order, from the first on.
 *
 * What a serving server has applied is committed.  When it begins to serve its whole log counts, from then
 * on what each step adds.  The committed history grows at its end only, so equal bytes at equal zxids and no
 * gap make every server's sequence a prefix of it. */
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
    /* A state that came as a snapshot, or a new epoch without a txn, must be within what is known. */
    if (before > sim_history_last(history) && (uint32_t)before != 0)
        sim_fail(sim, "S4: server %" PRId64 " delivered 0x%" PRIx64 ", which nobody committed", server->sid,
                 (uint64_t)before);
}

/* No committed transaction up to DELIVERED may be missing in the log of who begins to serve. */
static void check_complete(sim_t *sim, sim_server_t *server, int64_t delivered)
{
    const sim_disk_t *disk = &server->disk;
    const sim_history_t *history = &sim->history;
    size_t i = history->count;
    int64_t floor = disk->snapshots_count > 0 ? disk->snapshots[0].zxid : 0;

    if (disk->count > 0 && disk->records[0].zxid > floor)
        floor = disk->records[0].zxid;
    for (; i > 0 && history->txns[i - 1].zxid > floor; i--) {
        const sim_txn_t *txn = &history->txns[i - 1];

        if (txn->zxid <= delivered && sim_disk_find(disk, txn->zxid) == NULL) {
            sim_fail(sim, "S5, I10: server %" PRId64 " serves at 0x%" PRIx64 " without 0x%" PRIx64,
                     server->sid, (uint64_t)delivered, (uint64_t)txn->zxid);
            return;
        }
    }
}

void sim_check_agreement(sim_t *sim, sim_server_t *server)
{
    int64_t delivered = sim_server_delivered(server);
    bool logs = !server->is_observer || sim->config.observer_logs;

    if (!sim_server_serves(server))
        return;
    if (!server->was_serving && logs) {
        int64_t from = server->disk.snapshots_count > 0 ? server->disk.snapshots[0].zxid : 0;

        check_range(sim, server, from < delivered ? from : delivered, delivered);
        if (!sim->failed)
            check_complete(sim, server, delivered);
    } else if (delivered > server->delivered && logs) {
        check_range(sim, server, server->delivered, delivered);
    } else if (delivered < server->delivered && server->was_serving) {
        sim_fail(sim, "S8: server %" PRId64 " goes back from 0x%" PRIx64 " to 0x%" PRIx64, server->sid,
                 (uint64_t)server->delivered, (uint64_t)delivered);
    }
}
