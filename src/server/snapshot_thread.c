/* snapshot_thread.c -- see snapshot_thread.h.
 *
 * Jobs are small tagged structs in one queue, in order.  A job of kind CHUNK_WRITTEN travels back
 * for each chunk, so that the brain learns of room by the same path as of reports. */
#include "server/snapshot_thread.h"

#include <inttypes.h>

#include <apr_thread_proc.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/queue.h"

enum { JOBS_MAX = 1024, CHUNKS_UNDER_WAY_MAX = 4 };

typedef enum job_kind { JOB_BEGIN, JOB_CHUNK, JOB_END, JOB_ABORT, JOB_PURGE } job_kind_t;

typedef struct job {
    job_kind_t kind;
    int64_t zxid;
    uint64_t digest;
    zk_blob_t *chunk;
    bool is_received; /* JOB_BEGIN */
} job_t;

/* What comes back: a report, or only the news that a chunk is written. */
typedef struct news {
    bool is_report;
    zk_snapshot_report_t report;
} news_t;

struct zk_snapshot_thread {
    zk_store_t *store;
    int retain_count;
    zk_queue_t *jobs;
    zk_queue_t *back;
    apr_thread_t *thread;
    apr_pool_t *pool;
    /* brain's side */
    bool active;   /* begun and not ended */
    bool received; /* its chunks come from a leader, not from our walk */
    int under_way;
    bool stopped;
    /* thread's side */
    apr_pool_t *file_pool;
    zk_snapshot_writer_t *writer;
    int64_t zxid, began_ms;
    apr_status_t status;
    zk_note_t note;
};

static void send_back(zk_snapshot_thread_t *thread, news_t *news)
{
    if (zk_queue_put_wait(thread->back, news) != APR_SUCCESS)
        zk_free(news);
}

static void drop_file(zk_snapshot_thread_t *thread)
{
    if (thread->writer != NULL)
        zk_snapshot_abort(thread->writer);
    thread->writer = NULL;
    if (thread->file_pool != NULL)
        apr_pool_destroy(thread->file_pool);
    thread->file_pool = NULL;
}

static void do_begin(zk_snapshot_thread_t *thread, const job_t *job)
{
    drop_file(thread);
    apr_pool_create_ex(&thread->file_pool, thread->pool, zk_pool_abort, NULL);
    thread->zxid = job->zxid;
    thread->began_ms = plat_monotonic_ms();
    thread->status = (job->is_received ? zk_snapshot_receive : zk_snapshot_begin)(
        &thread->writer, thread->store, job->zxid, thread->file_pool, &thread->note);
}

static void do_chunk(zk_snapshot_thread_t *thread, const job_t *job)
{
    if (thread->status == APR_SUCCESS && thread->writer != NULL)
        thread->status =
            zk_snapshot_append(thread->writer, job->chunk->bytes, job->chunk->size, &thread->note);
    zk_blob_release(job->chunk);
    send_back(thread, zk_calloc(1, sizeof(news_t)));
}

static void do_end(zk_snapshot_thread_t *thread, const job_t *job)
{
    news_t *news = zk_calloc(1, sizeof(*news));
    const char *name;

    if (thread->status == APR_SUCCESS && thread->writer != NULL) {
        thread->status = zk_snapshot_finish(thread->writer, (int64_t)job->digest, &name,
                                            &news->report.bytes, &thread->note);
        if (thread->status == APR_SUCCESS)
            thread->writer = NULL;
    }
    news->is_report = true;
    news->report.status = thread->status;
    news->report.zxid = thread->zxid;
    news->report.took_ms = plat_monotonic_ms() - thread->began_ms;
    news->report.note = thread->note;
    drop_file(thread);
    if (news->report.status == APR_SUCCESS)
        zk_info("Snapshot taken in %" PRId64 " ms", news->report.took_ms);
    send_back(thread, news);
}

static void do_abort(zk_snapshot_thread_t *thread)
{
    news_t *news = zk_calloc(1, sizeof(*news));

    news->is_report = true;
    news->report.status = thread->status != APR_SUCCESS ? thread->status : ZK_E_CLOSED;
    news->report.is_aborted = thread->status == APR_SUCCESS;
    news->report.zxid = thread->zxid;
    news->report.note = thread->note;
    drop_file(thread);
    send_back(thread, news);
}

static void purged(void *baton, const char *path, apr_time_t mtime)
{
    char date[APR_CTIME_LEN];

    (void)baton;
    apr_ctime(date, mtime);
    zk_info("Removing file: %s\t%s", date, path);
}

static void do_purge(zk_snapshot_thread_t *thread)
{
    apr_pool_t *scratch;
    zk_note_t note;
    apr_status_t rv;

    apr_pool_create_ex(&scratch, thread->pool, zk_pool_abort, NULL);
    zk_info("Purge task started.");
    rv = zk_store_purge_own(thread->store, thread->retain_count, purged, NULL, scratch, &note);
    if (rv != APR_SUCCESS)
        zk_error("Error occurred while purging: %s", note.text);
    zk_info("Purge task completed.");
    apr_pool_destroy(scratch);
}

static void *APR_THREAD_FUNC run(apr_thread_t *self, void *baton)
{
    zk_snapshot_thread_t *thread = baton;
    void *item;

    zk_log_name_thread("Snapshot Thread");
    plat_thread_set_name("zk-snapshot");
    while (zk_queue_take_wait(thread->jobs, &item, 1) > 0) {
        job_t *job = item;

        switch (job->kind) {
        case JOB_BEGIN:
            do_begin(thread, job);
            break;
        case JOB_CHUNK:
            do_chunk(thread, job);
            break;
        case JOB_END:
            do_end(thread, job);
            break;
        case JOB_ABORT:
            do_abort(thread);
            break;
        case JOB_PURGE:
            do_purge(thread);
            break;
        }
        zk_free(job);
    }
    drop_file(thread);
    (void)self;
    return NULL;
}

static void put_job(zk_snapshot_thread_t *thread, job_t proto)
{
    job_t *job = zk_malloc(sizeof(*job));

    *job = proto;
    if (zk_queue_put_wait(thread->jobs, job) != APR_SUCCESS) {
        zk_blob_release(job->chunk);
        zk_free(job);
    }
}

static apr_status_t stop_cleanup(void *baton)
{
    zk_snapshot_thread_stop(baton);
    return APR_SUCCESS;
}

apr_status_t zk_snapshot_thread_start(zk_snapshot_thread_t **out, zk_store_t *store,
                                      int retain_count, void (*wake)(void *baton), void *baton,
                                      apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_thread_t *thread = apr_pcalloc(pool, sizeof(*thread));
    apr_status_t rv;

    thread->store = store;
    thread->retain_count = retain_count;
    /* Its own pool: APR pools belong to one thread. */
    rv = apr_pool_create_ex(&thread->pool, NULL, zk_pool_abort, NULL);
    if (rv == APR_SUCCESS)
        rv = zk_queue_create(&thread->jobs, JOBS_MAX, NULL, NULL, pool);
    if (rv == APR_SUCCESS)
        rv = zk_queue_create(&thread->back, JOBS_MAX, wake, baton, pool);
    if (rv == APR_SUCCESS)
        rv = apr_thread_create(&thread->thread, NULL, run, thread, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot start the snapshot thread");
    apr_pool_pre_cleanup_register(pool, thread, stop_cleanup);
    *out = thread;
    return APR_SUCCESS;
}

void zk_snapshot_thread_begin(zk_snapshot_thread_t *thread, int64_t zxid, bool is_received)
{
    thread->active = true;
    thread->received = is_received;
    put_job(thread, (job_t){.kind = JOB_BEGIN, .zxid = zxid, .is_received = is_received});
}

void zk_snapshot_thread_chunk(zk_snapshot_thread_t *thread, zk_blob_t *chunk)
{
    thread->under_way++;
    put_job(thread, (job_t){JOB_CHUNK, 0, 0, chunk, false});
}

void zk_snapshot_thread_end(zk_snapshot_thread_t *thread, uint64_t digest)
{
    thread->active = false;
    put_job(thread, (job_t){JOB_END, 0, digest, NULL, false});
}

void zk_snapshot_thread_abort(zk_snapshot_thread_t *thread)
{
    if (!thread->active)
        return;
    thread->active = false;
    put_job(thread, (job_t){JOB_ABORT, 0, 0, NULL, false});
}

void zk_snapshot_thread_purge(zk_snapshot_thread_t *thread)
{
    put_job(thread, (job_t){JOB_PURGE, 0, 0, NULL, false});
}

bool zk_snapshot_thread_has_room(const zk_snapshot_thread_t *thread)
{
    return thread->active && !thread->received && thread->under_way < CHUNKS_UNDER_WAY_MAX;
}

bool zk_snapshot_thread_is_behind(const zk_snapshot_thread_t *thread)
{
    return thread->active && thread->received && thread->under_way >= CHUNKS_UNDER_WAY_MAX;
}

zk_snapshot_report_t *zk_snapshot_thread_report(zk_snapshot_thread_t *thread)
{
    zk_snapshot_report_t *report;
    void *item;

    while (zk_queue_take_some(thread->back, &item, 1) > 0) {
        news_t *news = item;

        if (!news->is_report) {
            thread->under_way--;
            zk_free(news);
            continue;
        }
        report = zk_malloc(sizeof(*report));
        *report = news->report;
        zk_free(news);
        return report;
    }
    return NULL;
}

bool zk_snapshot_thread_may_sleep(zk_snapshot_thread_t *thread)
{
    return zk_queue_sleep(thread->back);
}

void zk_snapshot_thread_stop(zk_snapshot_thread_t *thread)
{
    apr_status_t ignored;
    void *item;

    if (thread->stopped)
        return;
    thread->stopped = true;
    zk_queue_close(thread->jobs);
    apr_thread_join(&ignored, thread->thread);
    while (zk_queue_take_some(thread->back, &item, 1) > 0)
        zk_free(item);
    zk_queue_close(thread->back);
    apr_pool_destroy(thread->pool);
}
