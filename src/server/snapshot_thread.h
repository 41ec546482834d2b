/* snapshot_thread.h -- the thread that writes snapshots and purges old files, so that neither the
 * brain nor the log waits for a large file.
 *
 * The brain's walk produces a body in chunks; a few may be under way, then the brain waits for
 * room.  The thread compresses, writes, syncs and renames, and reports.  Purging runs between
 * snapshots on the same thread, so the two never race. */
#ifndef ZK_SERVER_SNAPSHOT_THREAD_H
#define ZK_SERVER_SNAPSHOT_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/blob.h"
#include "base/status.h"
#include "store/store.h"

typedef struct zk_snapshot_thread zk_snapshot_thread_t;

typedef struct zk_snapshot_report {
    apr_status_t status;
    bool is_aborted; /* nothing broke: zk_snapshot_thread_abort */
    int64_t zxid;
    int64_t took_ms;
    int64_t bytes;
    zk_note_t note;
} zk_snapshot_report_t;

/* Start the thread.  WAKE as for the disk thread.  A purge keeps RETAIN_COUNT snapshots. */
apr_status_t zk_snapshot_thread_start(zk_snapshot_thread_t **thread, zk_store_t *store,
                                      int retain_count, void (*wake)(void *baton), void *baton,
                                      apr_pool_t *pool, zk_note_t *note);

/* IS_RECEIVED: the chunks come from a leader.  One report follows each begin, in order. */
void zk_snapshot_thread_begin(zk_snapshot_thread_t *thread, int64_t zxid, bool is_received);
/* CHUNK's reference passes over. */
void zk_snapshot_thread_chunk(zk_snapshot_thread_t *thread, zk_blob_t *chunk);
void zk_snapshot_thread_end(zk_snapshot_thread_t *thread, uint64_t digest);
/* The snapshot begun is not wanted: its file is dropped and it is reported as failed.  Nothing when
 * it has its end already. */
void zk_snapshot_thread_abort(zk_snapshot_thread_t *thread);

/* Purge when the work queued so far is done. */
void zk_snapshot_thread_purge(zk_snapshot_thread_t *thread);

/* A snapshot of ours is under way and another chunk may be handed over. */
bool zk_snapshot_thread_has_room(const zk_snapshot_thread_t *thread);

/* A snapshot is being received and the disk does not keep up: stop reading it from the link. */
bool zk_snapshot_thread_is_behind(const zk_snapshot_thread_t *thread);

/* The next finished snapshot, or NULL; freed by the caller with zk_free. */
zk_snapshot_report_t *zk_snapshot_thread_report(zk_snapshot_thread_t *thread);

/* As zk_queue_sleep: false when a report waits.  Chunk completions wake too. */
bool zk_snapshot_thread_may_sleep(zk_snapshot_thread_t *thread);

/* End; a snapshot under way that did not get its end is dropped. */
void zk_snapshot_thread_stop(zk_snapshot_thread_t *thread);

#endif
