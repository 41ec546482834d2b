/* disk.c -- one server's directory as a model: what was written, what was synced, and what a crash
 * leaves.
 *
 * The log is an array of records, of which the first `synced` would survive a power cut.  A power
 * cut keeps a random part of what was written but not synced; the record behind it may be torn,
 * which recovery cuts, because nothing whole lies behind it.  Snapshots exist once they have their
 * name, which is after their sync; one that a leader sent has none before its install, and a crash
 * finds that install decided, when the start finishes it, or the old files untouched.  The epochs
 * are written atomically.
 *
 * Rot hits what was synced long ago.  Recovery notices it by checksum: a damaged record that is to
 * be replayed, or snapshots none of which loads, and the server has no usable state. */
#include "sim/sim.h"

#include <string.h>

#include "base/mutation.h"
#include "store/snapshot_body.h"
#include "wire/txn.h"

static void drop_record(sim_record_t *record)
{
    zk_blob_release(record->blob);
    record->blob = NULL;
}

static void cut_to(sim_disk_t *disk, size_t count)
{
    while (disk->count > count)
        drop_record(&disk->records[--disk->count]);
    if (disk->synced > count)
        disk->synced = count;
}

static void drop_snapshots(sim_disk_t *disk, int from)
{
    while (disk->snapshots_count > from)
        zk_blob_release(disk->snapshots[--disk->snapshots_count].body);
}

static void drop_received(sim_disk_t *disk)
{
    zk_blob_release(disk->received.body);
    disk->received.body = NULL;
}

void sim_disk_free(sim_disk_t *disk)
{
    sim_lane_t *lane = disk->lanes;

    cut_to(disk, 0);
    drop_snapshots(disk, 0);
    drop_received(disk);
    zk_free(disk->records);
    for (; lane < &disk->lanes[SIM_LANES]; lane++)
        for (; lane->count > 0; lane->count--, lane->first++)
            zk_blob_release(lane->ops[lane->first % SIM_DISK_OPS_MAX].body);
}

void sim_disk_append(sim_disk_t *disk, int64_t zxid, zk_blob_t *blob)
{
    if (disk->count == disk->capacity) {
        disk->capacity = disk->capacity == 0 ? 256 : disk->capacity * 2;
        disk->records = zk_realloc(disk->records, disk->capacity * sizeof(*disk->records));
    }
    disk->records[disk->count++] = (sim_record_t){zxid, blob, false};
}

size_t sim_disk_above(const sim_disk_t *disk, int64_t zxid)
{
    size_t low = 0, high = disk->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (disk->records[middle].zxid > zxid)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const sim_record_t *sim_disk_find(const sim_disk_t *disk, int64_t zxid)
{
    size_t above = sim_disk_above(disk, zxid);

    return above > 0 && disk->records[above - 1].zxid == zxid ? &disk->records[above - 1] : NULL;
}

int64_t sim_disk_durable(const sim_disk_t *disk)
{
    int64_t zxid = disk->snapshots_count > 0 ? disk->snapshots[disk->snapshots_count - 1].zxid : 0;

    if (disk->synced > 0 && disk->records[disk->synced - 1].zxid > zxid)
        zxid = disk->records[disk->synced - 1].zxid;
    return zxid;
}

bool sim_disk_holds(const sim_disk_t *disk, int64_t zxid)
{
    size_t above = sim_disk_above(disk, zxid);

    if (above > 0 && above <= disk->synced && disk->records[above - 1].zxid == zxid)
        return true;
    return disk->snapshots_count > 0 && disk->snapshots[disk->snapshots_count - 1].zxid >= zxid;
}

/* ---- a crash ---- */

/* What was under way when the process ended may have happened. */
static void end_first(sim_t *sim, sim_disk_t *disk, const sim_disk_op_t *op)
{
    int keep = disk->snapshots_count;

    if (!sim_percent(&sim->disk_random, 50))
        return;
    if (op->kind == SIM_DISK_SAVE_EPOCH) {
        *(op->is_current ? &disk->current_epoch : &disk->accepted_epoch) = op->epoch;
        disk->has_epochs = true;
    } else if (op->kind == SIM_DISK_TRUNCATE && keep > 0 && disk->snapshots[0].zxid <= op->zxid) {
        /* it removes snapshots first, and did not get further */
        while (keep > 1 && disk->snapshots[keep - 1].zxid > op->zxid)
            keep--;
        drop_snapshots(disk, keep);
    } else if (op->kind == SIM_DISK_INSTALL && disk->received.body != NULL) {
        sim_disk_install(disk); /* decided: the next start finishes it */
    }
}

void sim_disk_crash(sim_t *sim, sim_disk_t *disk, bool power)
{
    zk_random_t *random = &sim->disk_random;
    sim_lane_t *lane = disk->lanes;
    size_t left = disk->count - disk->synced;
    int i;

    for (; lane < &disk->lanes[SIM_LANES]; lane++) {
        if (lane->count > 0)
            end_first(sim, disk, &lane->ops[lane->first % SIM_DISK_OPS_MAX]);
        for (; lane->count > 0; lane->count--, lane->first++) {
            zk_blob_release(lane->ops[lane->first % SIM_DISK_OPS_MAX].body);
            lane->ops[lane->first % SIM_DISK_OPS_MAX].body = NULL;
        }
    }
    drop_received(disk);
    for (i = 0; i < disk->snapshots_count && power; i++)
        if (disk->snapshots[i].unsynced)
            disk->snapshots[i].damaged = true;
    if (left > 0) {
        /* The queue of a process is lost with it, what it wrote is lost with the machine: a prefix
         * stays. */
        size_t keep =
            sim_percent(random, power ? 40 : 15) ? 0 : (size_t)sim_between(random, 0, left);

        cut_to(disk, disk->synced + keep);
    }
    disk->fails_next = false;
    disk->full = false;
}

/* ---- recovery ---- */

typedef struct loading {
    zk_replica_t *replica;
} loading_t;

static apr_status_t on_session(void *baton, int64_t id, int32_t timeout_ms)
{
    return zk_replica_load_session(((loading_t *)baton)->replica, id, timeout_ms) ? APR_SUCCESS
                                                                                  : ZK_E_CORRUPT;
}

static apr_status_t on_acl(void *baton, int64_t id, const zk_acl_vector_t *acl)
{
    return zk_replica_load_acl(((loading_t *)baton)->replica, id, acl) ? APR_SUCCESS : ZK_E_CORRUPT;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    return zk_replica_load_znode(((loading_t *)baton)->replica, path, data, acl_id, stat)
               ? APR_SUCCESS
               : ZK_E_CORRUPT;
}

static void load_snapshot(sim_t *sim, const sim_snapshot_t *snapshot, zk_replica_t *replica)
{
    loading_t loading = {replica};
    const zk_store_sink_t sink = {
        .baton = &loading, .session = on_session, .acl = on_acl, .node = on_node};
    zk_snapshot_body_t body;
    zk_note_t note;
    size_t used = 0;
    bool digest_ok = false;

    zk_replica_load_begin(replica, snapshot->zxid);
    zk_snapshot_body_init(&body, &sink, 4 * 1024 * 1024);
    if (zk_snapshot_body_feed(&body, snapshot->body->bytes, snapshot->body->size, &used, &note) !=
            APR_SUCCESS ||
        body.part != ZK_SNAPSHOT_DONE)
        sim_fail(sim, "a snapshot that was written whole does not load");
    zk_snapshot_body_free(&body);
    if (!zk_replica_load_snapshot_end(
            replica, snapshot->zxid, snapshot->digest != 0 ? snapshot->zxid : 0,
            snapshot->digest != 0 ? 2 : 0, (int64_t)snapshot->digest, &digest_ok))
        sim_fail(sim, "a snapshot that was written whole has no root");
    else if (!digest_ok)
        sim_fail(sim, "the snapshot of 0x%" PRIx64 " has another digest than its tree",
                 (uint64_t)snapshot->zxid);
}

static bool replay(sim_t *sim, sim_disk_t *disk, int64_t above_zxid, zk_replica_t *replica)
{
    int64_t before = above_zxid;
    size_t i;

    for (i = sim_disk_above(disk, above_zxid); i < disk->count; i++) {
        const sim_record_t *record = &disk->records[i];
        zk_txn_decoded_t txn;

        /* A snapshot may be ahead of the log that a crash cut; without it there is a gap. */
        if (record->damaged || (record->zxid != before + 1 && !sim_begins_epoch(sim, record->zxid)))
            return false;
        before = record->zxid;
        zk_arena_reset(sim->arena);
        if (!zk_txn_decode(&txn, record->blob->bytes, record->blob->size, sim->arena)) {
            sim_fail(sim, "the record of 0x%" PRIx64 " does not decode", (uint64_t)record->zxid);
            return false;
        }
        if (!zk_replica_load_txn(replica, &txn,
                                 zk_str_n((const char *)record->blob->bytes, record->blob->size)))
            sim_fail(sim, "the record of 0x%" PRIx64 " has another digest than the replayed tree",
                     (uint64_t)record->zxid);
    }
    return true;
}

sim_recovery_t sim_disk_recover(sim_t *sim, sim_disk_t *disk, zk_replica_t *replica)
{
    int newest = disk->snapshots_count - 1;
    int64_t from = 0;

    /* The log's file is synced once before its end is believed. */
    if (!ZK_MUTATION(tail_trusted_without_sync))
        disk->synced = disk->count;
    while (newest >= 0 && disk->snapshots[newest].damaged)
        newest--;
    if (newest < 0 && disk->snapshots_count > 0)
        return SIM_RECOVERY_DAMAGED;
    /* An older snapshot needs the records behind it; a log put aside has a gap there. */
    if (newest >= 0 && newest < disk->snapshots_count - 1 &&
        (disk->count == 0 || disk->records[0].zxid > disk->snapshots[newest].zxid + 1))
        return SIM_RECOVERY_DAMAGED;
    if (newest >= 0) {
        load_snapshot(sim, &disk->snapshots[newest], replica);
        from = disk->snapshots[newest].zxid;
    } else {
        zk_replica_load_begin(replica, 0);
    }
    if (!replay(sim, disk, from, replica))
        return SIM_RECOVERY_DAMAGED;
    return newest < 0 && disk->count == 0 ? SIM_RECOVERY_FRESH : SIM_RECOVERED;
}

/* ---- what learners do to their files ---- */

void sim_disk_truncate(sim_disk_t *disk, int64_t zxid)
{
    int keep = disk->snapshots_count;

    while (keep > 0 && disk->snapshots[keep - 1].zxid > zxid)
        keep--;
    if (!ZK_MUTATION(trunc_keeps_newer_snapshots))
        drop_snapshots(disk, keep);
    cut_to(disk, sim_disk_above(disk, zxid));
    disk->synced = disk->count;
    if (disk->promised_zxid > zxid)
        disk->promised_zxid = zxid;
}

void sim_disk_add_snapshot(sim_disk_t *disk, sim_snapshot_t snapshot)
{
    int at;

    for (at = 0; at < disk->snapshots_count; at++)
        if (disk->snapshots[at].zxid == snapshot.zxid) {
            zk_blob_release(disk->snapshots[at].body);
            disk->snapshots[at] = snapshot;
            return;
        }
    if (disk->snapshots_count == SIM_SNAPSHOTS_MAX) { /* the purge */
        sim_lane_t *log = &disk->lanes[SIM_LANE_LOG];
        size_t i, gone = sim_disk_above(disk, disk->snapshots[1].zxid);

        zk_blob_release(disk->snapshots[0].body);
        memmove(&disk->snapshots[0], &disk->snapshots[1],
                (SIM_SNAPSHOTS_MAX - 1) * sizeof(disk->snapshots[0]));
        disk->snapshots_count--;
        if (gone > disk->synced)
            gone = disk->synced;
        for (i = 0; i < gone; i++)
            drop_record(&disk->records[i]);
        memmove(disk->records, disk->records + gone, (disk->count - gone) * sizeof(*disk->records));
        disk->count -= gone;
        disk->synced -= gone;
        for (i = 0; i < (size_t)log->count;
             i++) { /* the sync under way counts from the new begin */
            sim_disk_op_t *op = &log->ops[((size_t)log->first + i) % SIM_DISK_OPS_MAX];

            op->covers = op->covers > gone ? op->covers - gone : 0;
        }
    }
    at = disk->snapshots_count++;
    while (at > 0 && disk->snapshots[at - 1].zxid > snapshot.zxid) {
        disk->snapshots[at] = disk->snapshots[at - 1];
        at--;
    }
    disk->snapshots[at] = snapshot;
}

void sim_disk_receive(sim_disk_t *disk, sim_snapshot_t snapshot)
{
    drop_received(disk);
    snapshot.came = true;
    disk->received = snapshot;
}

const sim_snapshot_t *sim_disk_newest(const sim_disk_t *disk)
{
    return disk->snapshots_count > 0 ? &disk->snapshots[disk->snapshots_count - 1] : NULL;
}

void sim_disk_promise(sim_disk_t *disk, int64_t zxid)
{
    if (zxid > disk->promised_zxid)
        disk->promised_zxid = zxid;
}

bool sim_disk_is_sound(const sim_disk_t *disk)
{
    size_t i;

    for (i = 0; i < (size_t)disk->snapshots_count; i++)
        if (disk->snapshots[i].damaged)
            return false;
    for (i = 0; i < disk->count; i++)
        if (disk->records[i].damaged)
            return false;
    return !disk->lost;
}

void sim_disk_install(sim_disk_t *disk)
{
    if (!ZK_MUTATION(snap_keeps_old_log)) { /* ZOOKEEPER-2846 */
        disk->promised_zxid = 0;
        sim_disk_wipe(disk);
    }
    sim_disk_add_snapshot(disk, disk->received);
    disk->received.body = NULL;
}

void sim_disk_wipe(sim_disk_t *disk)
{
    drop_snapshots(disk, 0);
    cut_to(disk, 0);
}

void sim_disk_put_aside(sim_disk_t *disk)
{
    if (sim_disk_durable(disk) > disk->lost_zxid)
        disk->lost_zxid = sim_disk_durable(disk);
    disk->promised_zxid = 0;
    drop_snapshots(disk, 0);
    cut_to(disk, 0);
}

/* ---- rot ---- */

bool sim_disk_rot_record(sim_disk_t *disk, uint64_t choice)
{
    if (disk->synced == 0)
        return false;
    disk->records[choice % disk->synced].damaged = true;
    return true;
}

bool sim_disk_rot_snapshot(sim_disk_t *disk, uint64_t choice)
{
    if (disk->snapshots_count == 0)
        return false;
    disk->snapshots[choice % (uint64_t)disk->snapshots_count].damaged = true;
    return true;
}
