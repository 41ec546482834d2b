/* disk_thread.h -- the thread that makes records durable, in groups.
 *
 * The brain hands over encoded records in zxid order; the thread appends whatever has gathered,
 * syncs once, and reports the highest durable zxid.  The sync in progress is what lets the next
 * group gather, so the group grows by itself under load and is a single record when idle.  After a
 * failure nothing more is written: the report carries the note and the server ends.
 *
 * Whatever else decides about the log goes through the same queue, so it keeps its place among the
 * records: epochs, truncation, the installation of a leader's snapshot, reading. */
#ifndef ZK_SERVER_DISK_THREAD_H
#define ZK_SERVER_DISK_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/blob.h"
#include "base/status.h"
#include "store/store.h"

typedef struct zk_disk_thread zk_disk_thread_t;

/* What a report is about. */
typedef enum zk_disk_kind {
    ZK_DISK_SYNCED, /* a group of records */
    ZK_DISK_EPOCH_SAVED,
    ZK_DISK_TRUNCATED,
    ZK_DISK_INSTALLED,
    ZK_DISK_LOG_READ
} zk_disk_kind_t;

/* What one group, or one of the other jobs, came to. */
typedef struct zk_disk_report {
    zk_disk_kind_t kind;
    apr_status_t status; /* APR_SUCCESS: durable up to zxid, saved, done, read whole */
    int64_t zxid;
    int64_t epoch;   /* EPOCH_SAVED */
    bool is_current; /* EPOCH_SAVED */
    uint64_t link;   /* LOG_READ */
    int64_t *zxids;  /* LOG_READ, as zk_zab_log_part_t; freed with the report */
    zk_blob_t **payloads;
    size_t payloads_count;
    int64_t records;  /* in the group */
    int64_t sync_ns;  /* time of the sync itself */
    int64_t flush_ns; /* append, write and sync */
    zk_note_t note;   /* where status is a failure */
} zk_disk_report_t;

/* Start the thread on STORE.  WAKE(BATON) is called when a report is ready and the brain may be
 * asleep.  Joined when POOL goes, or by zk_disk_thread_stop. */
apr_status_t zk_disk_thread_start(zk_disk_thread_t **thread, zk_store_t *store,
                                  void (*wake)(void *baton), void *baton, apr_pool_t *pool,
                                  zk_note_t *note);

/* Append RECORD (an encoded txn; its reference passes over).  Called by the brain's thread only;
 * waits only when the queue is full, which the limits on outstanding requests prevent. */
void zk_disk_thread_append(zk_disk_thread_t *thread, zk_blob_t *record);

/* The record appended next begins a new file. */
void zk_disk_thread_roll(zk_disk_thread_t *thread);

/* The others are done in their turn, after the sync of every record before them, and reported. */

/* Make EPOCH durable as currentEpoch or acceptedEpoch. */
void zk_disk_thread_save_epoch(zk_disk_thread_t *thread, int64_t epoch, bool is_current);
/* zk_store_truncate and zk_store_install; the log goes on in a new file. */
void zk_disk_thread_truncate(zk_disk_thread_t *thread, int64_t zxid);
void zk_disk_thread_install(zk_disk_thread_t *thread, int64_t zxid);
/* Read the records above ZXID for LINK, if they are not more than BYTES_MAX. */
void zk_disk_thread_read_log(zk_disk_thread_t *thread, int64_t zxid, uint64_t link,
                             int64_t bytes_max);

/* The next report, or NULL; given back with zk_disk_report_free. */
zk_disk_report_t *zk_disk_thread_report(zk_disk_thread_t *thread);
void zk_disk_report_free(zk_disk_report_t *report);

/* As zk_queue_sleep for the reports: false when one is waiting. */
bool zk_disk_thread_may_sleep(zk_disk_thread_t *thread);

/* Records handed over and not yet reported. */
int64_t zk_disk_thread_queued(const zk_disk_thread_t *thread);

/* Finish what was handed over, then end. */
void zk_disk_thread_stop(zk_disk_thread_t *thread);

#endif
