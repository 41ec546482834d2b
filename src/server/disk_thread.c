/* disk_thread.c -- see disk_thread.h.
 *
 * Invariants
 *   1. A report of zxid Z is made only after the sync that covers Z returned.
 *   2. After the first failure no record is written and no success is reported.
 *
 *   3. A job other than a record begins when every record before it is synced and reported.
 *
 * A queue item is a record's blob, the address of `roll_mark`, or a job's address plus one. */
#include "server/disk_thread.h"

#include <apr_thread_proc.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "base/queue.h"

enum { QUEUE_RECORDS_MAX = 65536, GROUP_RECORDS_MAX = 1000, REPORTS_MAX = 65536 };

/* zxid's place in an encoded record: behind the session (8 bytes) and the cxid (4). */
enum { RECORD_ZXID_OFFSET = 12 };

typedef struct disk_job {
    zk_disk_kind_t kind;
    int64_t zxid, epoch, bytes_max;
    uint64_t link;
    bool is_current;
} disk_job_t;

struct zk_disk_thread {
    zk_store_t *store;
    zk_txnlog_t *log; /* NULL: none could be opened again */
    apr_pool_t *log_pool;
    zk_queue_t *records; /* brain -> disk */
    zk_queue_t *reports; /* disk -> brain */
    apr_thread_t *thread;
    apr_pool_t *pool;
    int64_t handed_over, reported; /* brain's thread only */
    bool stopped;
};

static int64_t roll_mark; /* even address */

static bool is_job(const void *item)
{
    return ((uintptr_t)item & 1) != 0;
}

static disk_job_t *job_of(const void *item)
{
    return (disk_job_t *)((uintptr_t)item - 1);
}

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
        if (is_job(items[i]))
            zk_free(job_of(items[i]));
        else if (items[i] != &roll_mark)
            zk_blob_release(items[i]);
}

static void send_report(zk_disk_thread_t *thread, zk_disk_report_t *report)
{
    if (zk_queue_put_wait(thread->reports, report) != APR_SUCCESS)
        zk_disk_report_free(report);
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
    send_report(thread, report);
    return rv;
}

/* ---- the other jobs ---- */

static apr_status_t open_log(zk_disk_thread_t *thread)
{
    apr_pool_create_ex(&thread->log_pool, thread->pool, zk_pool_abort, NULL);
    return zk_txnlog_open(&thread->log, thread->store, thread->log_pool);
}

static void close_log(zk_disk_thread_t *thread)
{
    if (thread->log != NULL)
        zk_txnlog_close(thread->log);
    thread->log = NULL;
    if (thread->log_pool != NULL)
        apr_pool_destroy(thread->log_pool);
    thread->log_pool = NULL;
}

/* Truncate or install, with no writer open meanwhile. */
static apr_status_t change_files(zk_disk_thread_t *thread, const disk_job_t *job,
                                 apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t opened;
    apr_status_t rv;

    close_log(thread);
    rv = job->kind == ZK_DISK_TRUNCATED ? zk_store_truncate(thread->store, job->zxid, scratch, note)
                                        : zk_store_install(thread->store, job->zxid, scratch, note);
    opened = open_log(thread);
    if (opened != APR_SUCCESS)
        return zk_note(note, opened, "cannot open the log again");
    return rv;
}

typedef struct log_part {
    zk_disk_report_t *report;
    size_t capacity;
    int64_t bytes_left;
} log_part_t;

static bool take_record(void *baton, int64_t zxid, zk_str_t payload)
{
    log_part_t *part = baton;
    zk_disk_report_t *report = part->report;

    part->bytes_left -= payload.length;
    if (part->bytes_left < 0)
        return false;
    if (report->payloads_count == part->capacity) {
        part->capacity = part->capacity > 0 ? part->capacity * 2 : 256;
        report->zxids = zk_realloc(report->zxids, part->capacity * sizeof(*report->zxids));
        report->payloads = zk_realloc(report->payloads, part->capacity * sizeof(*report->payloads));
    }
    report->zxids[report->payloads_count] = zxid;
    report->payloads[report->payloads_count++] = zk_blob_copy(payload.data, zk_str_size(payload));
    return true;
}

static apr_status_t read_log(zk_disk_thread_t *thread, const disk_job_t *job,
                             zk_disk_report_t *report, apr_pool_t *scratch)
{
    log_part_t part = {.report = report, .bytes_left = job->bytes_max};
    apr_status_t rv;

    report->link = job->link;
    rv = zk_store_read_log(thread->store, job->zxid, take_record, &part, scratch, &report->note);
    return rv == APR_SUCCESS && part.bytes_left < 0 ? ZK_E_TOO_LARGE : rv;
}

/* Returns a failure that is final; a log that cannot be read or truncated is only reported. */
static apr_status_t do_job(zk_disk_thread_t *thread, const disk_job_t *job)
{
    zk_disk_report_t *report = zk_calloc(1, sizeof(*report));
    apr_pool_t *scratch;
    apr_status_t rv = APR_SUCCESS;

    apr_pool_create_ex(&scratch, thread->pool, zk_pool_abort, NULL);
    report->kind = job->kind;
    report->zxid = job->zxid;
    report->epoch = job->epoch;
    report->is_current = job->is_current;
    switch (job->kind) {
    case ZK_DISK_SYNCED:
        break;
    case ZK_DISK_EPOCH_SAVED:
        rv = zk_epoch_save(thread->store, job->is_current ? "currentEpoch" : "acceptedEpoch",
                           job->epoch, scratch, &report->note);
        /* currentEpoch is raised only when the leader's history is durable here. */
        if (rv == APR_SUCCESS && job->is_current)
            rv = zk_store_has_state(thread->store, scratch, &report->note);
        break;
    case ZK_DISK_TRUNCATED:
    case ZK_DISK_INSTALLED:
        rv = change_files(thread, job, scratch, &report->note);
        break;
    case ZK_DISK_LOG_READ:
        rv = read_log(thread, job, report, scratch);
        break;
    }
    report->status = rv;
    apr_pool_destroy(scratch);
    if (job->kind == ZK_DISK_LOG_READ || rv == ZK_E_NO_SNAPSHOT || rv == ZK_E_CORRUPT)
        rv = APR_SUCCESS;
    send_report(thread, report);
    return rv;
}

/* Records up to the next job, the job, and so on. */
static apr_status_t do_items(zk_disk_thread_t *thread, void *const *items, size_t count)
{
    apr_status_t rv = APR_SUCCESS;
    size_t begin = 0;
    size_t i;

    for (i = 0; rv == APR_SUCCESS && i <= count; i++) {
        if (i < count && !is_job(items[i]))
            continue;
        if (i > begin)
            rv = flush_group(thread, items + begin, i - begin);
        if (rv == APR_SUCCESS && i < count)
            rv = do_job(thread, job_of(items[i]));
        begin = i + 1;
    }
    return rv;
}

static void *APR_THREAD_FUNC run(apr_thread_t *self, void *baton)
{
    zk_disk_thread_t *thread = baton;
    void *items[GROUP_RECORDS_MAX];
    apr_status_t rv = APR_SUCCESS;
    size_t count;

    zk_log_name_thread(zk_store_sync_thread_name(thread->store));
    plat_thread_set_name("zk-disk");
    while ((count = zk_queue_take_wait(thread->records, items, GROUP_RECORDS_MAX)) > 0) {
        if (rv == APR_SUCCESS)
            rv = do_items(thread, items, count);
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
    thread->store = store;
    if (rv == APR_SUCCESS)
        rv = open_log(thread);
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

static void put_job(zk_disk_thread_t *thread, disk_job_t proto)
{
    disk_job_t *job = zk_malloc(sizeof(*job));

    *job = proto;
    if (zk_queue_put_wait(thread->records, (void *)((uintptr_t)job + 1)) != APR_SUCCESS)
        zk_free(job);
}

void zk_disk_thread_save_epoch(zk_disk_thread_t *thread, int64_t epoch, bool is_current)
{
    put_job(thread,
            (disk_job_t){.kind = ZK_DISK_EPOCH_SAVED, .epoch = epoch, .is_current = is_current});
}

void zk_disk_thread_truncate(zk_disk_thread_t *thread, int64_t zxid)
{
    put_job(thread, (disk_job_t){.kind = ZK_DISK_TRUNCATED, .zxid = zxid});
}

void zk_disk_thread_install(zk_disk_thread_t *thread, int64_t zxid)
{
    put_job(thread, (disk_job_t){.kind = ZK_DISK_INSTALLED, .zxid = zxid});
}

void zk_disk_thread_read_log(zk_disk_thread_t *thread, int64_t zxid, uint64_t link,
                             int64_t bytes_max)
{
    put_job(
        thread,
        (disk_job_t){.kind = ZK_DISK_LOG_READ, .zxid = zxid, .link = link, .bytes_max = bytes_max});
}

void zk_disk_report_free(zk_disk_report_t *report)
{
    size_t i;

    for (i = 0; i < report->payloads_count; i++)
        zk_blob_release(report->payloads[i]);
    zk_free(report->payloads);
    zk_free(report->zxids);
    zk_free(report);
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
        zk_disk_report_free(report);
    zk_queue_close(thread->reports);
    close_log(thread);
    apr_pool_destroy(thread->pool);
}
