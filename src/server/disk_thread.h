/* disk_thread.h -- the thread that makes records durable, in groups.
 *
 * The brain hands over encoded records in zxid order; the thread appends whatever has gathered,
 * syncs once, and reports the highest durable zxid.  The sync in progress is what lets the next
 * group gather, so the group grows by itself under load and is a single record when idle.  After a
 * failure nothing more is written: the report carries the note and the server ends. */
#ifndef ZK_SERVER_DISK_THREAD_H
#define ZK_SERVER_DISK_THREAD_H

#include <stdint.h>
#include <apr_pools.h>

#include "base/blob.h"
#include "base/status.h"
#include "store/store.h"

typedef struct zk_disk_thread zk_disk_thread_t;

/* What one group came to. */
typedef struct zk_disk_report {
    apr_status_t status; /* APR_SUCCESS: durable up to zxid */
    int64_t zxid;
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

/* The next report, or NULL.  The caller frees it with zk_free. */
zk_disk_report_t *zk_disk_thread_report(zk_disk_thread_t *thread);

/* As zk_queue_sleep for the reports: false when one is waiting. */
bool zk_disk_thread_may_sleep(zk_disk_thread_t *thread);

/* Records handed over and not yet reported. */
int64_t zk_disk_thread_queued(const zk_disk_thread_t *thread);

/* Finish what was handed over, then end. */
void zk_disk_thread_stop(zk_disk_thread_t *thread);

#endif
