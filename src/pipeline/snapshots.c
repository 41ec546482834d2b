/* snapshots.c -- when to take a snapshot, and how it leaves the living tree in steps.
 *
 * After a random number of records or bytes, so that the servers of an ensemble do not all do it at
 * once, the log is rolled and a walk begins.  Each step encodes a bounded part; writes go on
 * between the steps, and the walk shows the state of the zxid where it began all the same.  The
 * session table is encoded at once, at that same zxid.  While one snapshot is under way the log
 * still rolls, but no second one begins.
 *
 * Facts: upstream SyncRequestProcessor.java; storage notes, section 4.7. */
#include "base/mutation.h"
#include "pipeline/mind.h"

#include <inttypes.h>

#define CHUNK_BYTES ((size_t)256 * 1024)
#define CHUNK_ZNODES ((size_t)2048)
#define RECORD_FRAMING_BYTES 13 /* checksum, length and end byte in the log */

/* Between half of LIMIT and all of it. */
static int64_t draw(zk_replica_t *replica, int64_t limit)
{
    int64_t half = limit / 2;

    return half < 1 ? 1 : half + (int64_t)zk_random_below(&replica->random, (uint64_t)half);
}

void zk_snapshots_reset(zk_replica_t *replica)
{
    zk_snapshotting_t *snapshotting = &replica->snapshotting;

    snapshotting->records = 0;
    snapshotting->bytes = 0;
    snapshotting->records_trigger = draw(replica, replica->options.snap_count);
    snapshotting->bytes_trigger = replica->options.snap_bytes_max > 0
                                      ? draw(replica, replica->options.snap_bytes_max)
                                      : INT64_MAX;
}

static void emit_chunk(zk_replica_t *replica)
{
    zk_action_t *chunk = zk_emit(replica, ZK_ACTION_SNAPSHOT_CHUNK, 0);

    chunk->zxid = replica->snapshotting.zxid;
    chunk->blob = zk_blob_copy(zk_buffer_bytes(&replica->text), zk_buffer_size(&replica->text));
    zk_buffer_clear(&replica->text);
    replica->snapshotting.moved = true;
}

static void begin(zk_replica_t *replica)
{
    zk_snapshotting_t *snapshotting = &replica->snapshotting;

    snapshotting->walk = zk_walk_begin(replica->tree);
    ZK_ASSERT(snapshotting->walk != NULL);
    snapshotting->awaits_done = true;
    snapshotting->zxid = zk_walk_zxid(snapshotting->walk);
    zk_emit(replica, ZK_ACTION_SNAPSHOT_BEGIN, 0)->zxid = snapshotting->zxid;
    zk_buffer_clear(&replica->text);
    zk_session_table_encode(replica->sessions, &replica->text);
    emit_chunk(replica);
}

void zk_snapshots_logged(zk_replica_t *replica, size_t bytes)
{
    zk_snapshotting_t *snapshotting = &replica->snapshotting;

    snapshotting->records++;
    snapshotting->bytes += (int64_t)bytes + RECORD_FRAMING_BYTES;
    if ((replica->role == ZK_ROLE_NONE || replica->role == ZK_ROLE_READ_ONLY) &&
        !ZK_MUTATION(snapshot_without_role))
        return; /* what is logged without a role may not be the history that will be */
    if (snapshotting->records <= snapshotting->records_trigger &&
        snapshotting->bytes <= snapshotting->bytes_trigger)
        return;
    zk_snapshots_reset(replica);
    zk_emit(replica, ZK_ACTION_ROLL_LOG, 0);
    if (snapshotting->awaits_done)
        zk_warn("Too busy to snap, skipping");
    else
        begin(replica);
}

void zk_snapshots_step(zk_replica_t *replica)
{
    zk_snapshotting_t *snapshotting = &replica->snapshotting;
    zk_action_t *end;
    bool more;

    if (snapshotting->walk == NULL)
        return;
    zk_buffer_clear(&replica->text);
    more = zk_walk_step(snapshotting->walk, &replica->text, CHUNK_BYTES, CHUNK_ZNODES);
    emit_chunk(replica);
    if (more)
        return;
    end = zk_emit(replica, ZK_ACTION_SNAPSHOT_END, 0);
    end->zxid = snapshotting->zxid;
    end->digest = zk_walk_digest(snapshotting->walk);
    zk_walk_end(snapshotting->walk);
    snapshotting->walk = NULL;
}

void zk_snapshots_tick(zk_replica_t *replica)
{
    if (!replica->snapshotting.moved)
        zk_snapshots_step(replica);
    replica->snapshotting.moved = false;
}

void zk_snapshots_done(zk_replica_t *replica, const zk_event_t *event)
{
    if (replica->snapshotting.aborted > 0) {
        replica->snapshotting.aborted--;
        return;
    }
    if (zk_streams_event(replica, event))
        return;
    replica->snapshotting.awaits_done = false;
    if (event->failed) {
        zk_warn("snapshot of zxid 0x%" PRIx64 " failed", (uint64_t)event->zxid);
        if (replica->snapshotting.walk != NULL)
            zk_walk_end(replica->snapshotting.walk);
        replica->snapshotting.walk = NULL;
        return;
    }
    replica->stats.snapshots++;
    replica->stats.last_snapshot_zxid = event->zxid;
    replica->stats.last_snapshot_wall_ms = event->wall_ms;
}

void zk_snapshots_abort(zk_replica_t *replica)
{
    zk_snapshotting_t *snapshotting = &replica->snapshotting;

    if (snapshotting->walk != NULL)
        zk_walk_end(snapshotting->walk);
    snapshotting->walk = NULL;
    if (!snapshotting->awaits_done)
        return;
    snapshotting->awaits_done = false;
    snapshotting->aborted++;
    zk_emit(replica, ZK_ACTION_SNAPSHOT_ABORT, 0)->zxid = snapshotting->zxid;
}

void zk_replica_snapshot_now(zk_replica_t *replica, zk_buffer_t *body, int64_t *zxid,
                             uint64_t *digest)
{
    zk_walk_t *walk = zk_walk_begin(replica->tree);

    ZK_ASSERT(walk != NULL);
    zk_session_table_encode(replica->sessions, body);
    while (zk_walk_step(walk, body, CHUNK_BYTES, CHUNK_ZNODES))
        continue;
    *zxid = zk_walk_zxid(walk);
    *digest = zk_walk_digest(walk);
    zk_walk_end(walk);
}
