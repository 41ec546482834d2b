/* disk_thread.c -- see disk_thread.h.
 *
 * Invariants
 *   1. A report of zxid Z is made only after the sync that covers Z returned.
 *   2. After the first failure no record is written and no success is reported.
 *
 * A queue item is a record's blob, or the address of `roll_mark`. */
#include "server/disk_thread.h"

#include <apr_thread_proc.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "base/queue.h"

enum { QUEUE_RECORDS_MAX = 65536, GROUP_RECORDS_MAX = 1000, REPORTS_MAX = 65536 };

/* zxid's place in an encoded record: behind the session (8 bytes) and the cxid (4). */
enum { RECORD_ZXID_OFFSET = 12 };

struct zk_disk_thread {
    zk_txnlog_t *log;
    zk_queue_t *records; /* brain -> disk */
    zk_queue_t *reports; /* disk -> brain */
    apr_thread_t *thread;
    apr_pool_t *pool;
    int64_t handed_over, reported; /* brain's thread only */
    bool stopped;
};

static char roll_mark;

/* Append one group to the log.  Returns the number of records appended. */
static apr_status_t append_group(zk_disk_thread_t *thread, void *const *items, size_t count,
                                 zk_disk_report_t *report)
{
    size_t i;

    for (i = 0; i < count; i++) {
        zk_blob_t *record = items[i];
        apr_status_t rv;
        int64_t zxid;

        if (items[i] == &roll_mark) {
            zk_txnlog_roll(thread->log);
            continue;
        }
        ZK_ASSERT(record->size >= RECORD_ZXID_OFFSET + 8);
        zxid = (int64_t)zk_get_u64(record->bytes + RECORD_ZXID_OFFSET);
        rv = zk_txnlog_append(thread->log, zxid, record->bytes, record->size, &report->note);
        if (rv != APR_SUCCESS)
            return rv;
        report->zxid = zxid;
        report->records++;
    }
    return APR_SUCCESS;
}

static void release_group(void *const *items, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (items[i] != &roll_mark)
            zk_blob_release(items[i]);
}

/* Write, sync and report one group. */
static apr_status_t flush_group(zk_disk_thread_t *thread, void *const *items, size_t count)
{
    zk_disk_report_t *report = zk_calloc(1, sizeof(*report));
    int64_t began_ns = plat_monotonic_ns();
    apr_status_t rv = append_group(thread, items, count, report);

    if (rv == APR_SUCCESS && report->records > 0)
        rv = zk_txnlog_sync(thread->log, &report->sync_ns, &report->note);
    if (rv == APR_SUCCESS && report->records == 0) {
        zk_free(report);
        return APR_SUCCESS;
    }
    report->flush_ns = plat_monotonic_ns() - began_ns;
    report->status = rv;
    if (zk_queue_put_wait(thread->reports, report) != APR_SUCCESS)
        zk_free(report);
    return rv;
}

static void *APR_THREAD_FUNC run(apr_thread_t *self, void *baton)
{
    zk_disk_thread_t *thread = baton;
    void *items[GROUP_RECORDS_MAX];
    apr_status_t rv = APR_SUCCESS;
    size_t count;

    zk_log_name_thread("SyncThread:0");
    plat_thread_set_name("zk-disk");
    while ((count = zk_queue_take_wait(thread->records, items, GROUP_RECORDS_MAX)) > 0) {
        if (rv == APR_SUCCESS)
            rv = flush_group(thread, items, count);
        release_group(items, count);
    }
    (void)self;
    return NULL;
}

static apr_status_t stop_cleanup(void *baton)
{
    zk_disk_thread_stop(baton);
    return APR_SUCCESS;
}

apr_status_t zk_disk_thread_start(zk_disk_thread_t **out, zk_store_t *store,
                                  void (*wake)(void *baton), void *baton, apr_pool_t *pool,
                                  zk_note_t *note)
{
    zk_disk_thread_t *thread = apr_pcalloc(pool, sizeof(*thread));
    apr_status_t rv;

    /* Its own pool for the log's files: APR pools belong to one thread. */
    rv = apr_pool_create_ex(&thread->pool, NULL, zk_pool_abort, NULL);
    if (rv == APR_SUCCESS)
        rv = zk_txnlog_open(&thread->log, store, thread->pool);
    if (rv == APR_SUCCESS)
        rv = zk_queue_create(&thread->records, QUEUE_RECORDS_MAX, NULL, NULL, pool);
    if (rv == APR_SUCCESS)
        rv = zk_queue_create(&thread->reports, REPORTS_MAX, wake, baton, pool);
    if (rv == APR_SUCCESS)
        rv = apr_thread_create(&thread->thread, NULL, run, thread, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot start the disk thread");
    apr_pool_pre_cleanup_register(pool, thread, stop_cleanup);
    *out = thread;
    return APR_SUCCESS;
}

void zk_disk_thread_append(zk_disk_thread_t *thread, zk_blob_t *record)
{
    thread->handed_over++;
    if (zk_queue_put_wait(thread->records, record) != APR_SUCCESS)
        zk_blob_release(record);
}

void zk_disk_thread_roll(zk_disk_thread_t *thread)
{
    (void)zk_queue_put_wait(thread->records, &roll_mark);
}

zk_disk_report_t *zk_disk_thread_report(zk_disk_thread_t *thread)
{
    void *item;
    zk_disk_report_t *report;

    if (zk_queue_take_some(thread->reports, &item, 1) == 0)
        return NULL;
    report = item;
    thread->reported += report->records;
    return report;
}

bool zk_disk_thread_may_sleep(zk_disk_thread_t *thread)
{
    return zk_queue_sleep(thread->reports);
}

int64_t zk_disk_thread_queued(const zk_disk_thread_t *thread)
{
    return thread->handed_over - thread->reported;
}

void zk_disk_thread_stop(zk_disk_thread_t *thread)
{
    apr_status_t ignored;
    zk_disk_report_t *report;

    if (thread->stopped)
        return;
    thread->stopped = true;
    zk_queue_close(thread->records);
    apr_thread_join(&ignored, thread->thread);
    while ((report = zk_disk_thread_report(thread)) != NULL)
        zk_free(report);
    zk_queue_close(thread->reports);
    zk_txnlog_close(thread->log);
    apr_pool_destroy(thread->pool);
}
