/* test_snapshot_thread.c -- a snapshot in chunks, what bounds them, and what a failure leaves. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_atomic.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "lib/texts.h"
#include "pipeline/replica.h"
#include "server/snapshot_thread.h"

static volatile apr_uint32_t wakes;

static void count_wake(void *baton)
{
    (void)baton;
    apr_atomic_inc32(&wakes);
}

static void setup(void)
{
    apr_atomic_set32(&wakes, 0);
}

static zk_snapshot_thread_t *start(const char *dir)
{
    const zk_store_options_t options = {
        .data_dir = dir,
        .autocreate_dirs = true,
        .autocreate_db = true,
        .record_bytes_max = 2 * 1024 * 1024,
    };
    zk_store_t *store = NULL;
    zk_snapshot_thread_t *thread = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        zk_snapshot_thread_start(&thread, store, 3, count_wake, NULL, zk_test_pool(), &note),
        APR_SUCCESS);
    return thread;
}

/* The body of an empty tree. */
static zk_blob_t *body(uint64_t *digest)
{
    const zk_replica_options_t options = {.server_id = 1, .tick_ms = 1000, .snap_count = 100};
    zk_replica_t *replica = zk_replica_create(&options);
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_blob_t *blob;
    int64_t zxid;

    zk_replica_snapshot_now(replica, &bytes, &zxid, digest);
    blob = zk_blob_copy(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes));
    zk_buffer_free(&bytes);
    zk_replica_destroy(replica);
    return blob;
}

/* The next report; the test fails after ten seconds without one. */
static zk_snapshot_report_t *wait_report(zk_snapshot_thread_t *thread)
{
    int tries;

    for (tries = 0; tries < 10000; tries++) {
        zk_snapshot_report_t *report = zk_snapshot_thread_report(thread);

        if (report != NULL)
            return report;
        apr_sleep(1000);
    }
    CU_FAIL_FATAL("no report from the snapshot thread");
    return NULL;
}

/* A whole snapshot of ZXID; its report's status. */
static apr_status_t take(zk_snapshot_thread_t *thread, int64_t zxid)
{
    zk_snapshot_report_t *report;
    apr_status_t status;
    uint64_t digest;
    zk_blob_t *chunk = body(&digest);

    zk_snapshot_thread_begin(thread, zxid, false);
    zk_snapshot_thread_chunk(thread, chunk);
    zk_snapshot_thread_end(thread, digest);
    report = wait_report(thread);
    status = report->status;
    CU_ASSERT_EQUAL(report->zxid, zxid);
    zk_free(report);
    return status;
}

static void a_snapshot_that_is_reported_has_its_name(void)
{
    const char *dir = zk_test_dir();
    zk_snapshot_thread_t *thread = start(dir);

    CU_ASSERT_EQUAL(take(thread, 0x1f), APR_SUCCESS);
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.1f")));
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/tmp-snapshot.1f")));
    zk_snapshot_thread_stop(thread);
}

static void a_snapshot_broken_off_leaves_no_file_and_one_report(void)
{
    const char *dir = zk_test_dir();
    zk_snapshot_thread_t *thread = start(dir);
    zk_snapshot_report_t *report;
    uint64_t digest;

    zk_snapshot_thread_begin(thread, 0x2f, true);
    CU_ASSERT_FALSE(zk_snapshot_thread_has_room(thread)); /* not for a walk of ours */
    zk_snapshot_thread_chunk(thread, body(&digest));
    zk_snapshot_thread_abort(thread);
    zk_snapshot_thread_abort(thread);
    report = wait_report(thread);
    CU_ASSERT_EQUAL(report->zxid, 0x2f);
    CU_ASSERT_TRUE(report->is_aborted);
    CU_ASSERT_NOT_EQUAL(report->status, APR_SUCCESS);
    zk_free(report);
    CU_ASSERT_EQUAL(take(thread, 0x30), APR_SUCCESS);
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/snapshot.2f")));
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/tmp-snapshot.2f")));
    zk_snapshot_thread_stop(thread);
}

static void four_chunks_may_be_under_way(void)
{
    zk_snapshot_thread_t *thread = start(zk_test_dir());
    int i, tries;

    CU_ASSERT_FALSE(zk_snapshot_thread_has_room(thread));
    zk_snapshot_thread_begin(thread, 1, false);
    for (i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(zk_snapshot_thread_has_room(thread));
        zk_snapshot_thread_chunk(thread, zk_blob_copy("chunk", 5));
    }
    /* written or not: room comes with the news of it */
    CU_ASSERT_FALSE(zk_snapshot_thread_has_room(thread));
    for (tries = 0; tries < 10000 && !zk_snapshot_thread_has_room(thread); tries++) {
        CU_ASSERT_PTR_NULL(zk_snapshot_thread_report(thread));
        apr_sleep(1000);
    }
    CU_ASSERT_TRUE(zk_snapshot_thread_has_room(thread));
    zk_snapshot_thread_stop(thread);
}

static void one_that_sleeps_is_woken_for_a_chunk(void)
{
    zk_snapshot_thread_t *thread = start(zk_test_dir());
    int tries;

    zk_snapshot_thread_begin(thread, 1, false);
    CU_ASSERT_TRUE(zk_snapshot_thread_may_sleep(thread));
    zk_snapshot_thread_chunk(thread, zk_blob_copy("chunk", 5));
    for (tries = 0; tries < 10000 && apr_atomic_read32(&wakes) == 0; tries++)
        apr_sleep(1000);
    CU_ASSERT_EQUAL(apr_atomic_read32(&wakes), 1);
    CU_ASSERT_FALSE(zk_snapshot_thread_may_sleep(thread));
    zk_snapshot_thread_stop(thread);
}

static void one_without_an_end_leaves_no_file(void)
{
    const char *dir = zk_test_dir();
    zk_snapshot_thread_t *thread = start(dir);

    zk_snapshot_thread_begin(thread, 7, false);
    zk_snapshot_thread_chunk(thread, zk_blob_copy("chunk", 5));
    zk_snapshot_thread_stop(thread);
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/snapshot.7")));
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/tmp-snapshot.7")));
}

static void a_failure_is_reported_with_the_name_and_room_is_not_lost(void)
{
    const char *dir = zk_test_dir();
    const char *folder = apr_pstrcat(zk_test_pool(), dir, "/version-2", NULL);
    const char *away = apr_pstrcat(zk_test_pool(), dir, "/away", NULL);
    zk_snapshot_thread_t *thread = start(dir);
    zk_snapshot_report_t *report;
    int i;

    CU_ASSERT_EQUAL_FATAL(apr_file_rename(folder, away, zk_test_pool()), APR_SUCCESS);
    zk_snapshot_thread_begin(thread, 2, false);
    for (i = 0; i < 4; i++)
        zk_snapshot_thread_chunk(thread, zk_blob_copy("chunk", 5));
    zk_snapshot_thread_end(thread, 0);
    report = wait_report(thread);
    CU_ASSERT_NOT_EQUAL(report->status, APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(report->note.text, "tmp-snapshot.2"));
    zk_free(report);
    CU_ASSERT_EQUAL_FATAL(apr_file_rename(away, folder, zk_test_pool()), APR_SUCCESS);
    CU_ASSERT_EQUAL(take(thread, 3), APR_SUCCESS);
    zk_snapshot_thread_stop(thread);
}

static void a_purge_behind_snapshots_keeps_the_newest(void)
{
    const char *dir = zk_test_dir();
    zk_snapshot_thread_t *thread = start(dir);
    int64_t zxid;

    for (zxid = 1; zxid <= 5; zxid++)
        CU_ASSERT_EQUAL(take(thread, zxid), APR_SUCCESS);
    zk_snapshot_thread_purge(thread);
    zk_snapshot_thread_stop(thread); /* what was asked for is done first */
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/snapshot.1")));
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/snapshot.2")));
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.3")));
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.4")));
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.5")));
}

static const zk_test_t tests[] = {
    {"a snapshot that is reported has its name", a_snapshot_that_is_reported_has_its_name},
    {"four chunks may be under way", four_chunks_may_be_under_way},
    {"one that sleeps is woken for a chunk", one_that_sleeps_is_woken_for_a_chunk},
    {"one without an end leaves no file", one_without_an_end_leaves_no_file},
    {"a failure is reported with the name, and room is not lost",
     a_failure_is_reported_with_the_name_and_room_is_not_lost},
    {"a purge behind snapshots keeps the newest", a_purge_behind_snapshots_keeps_the_newest},
    {"a snapshot broken off leaves no file and one report",
     a_snapshot_broken_off_leaves_no_file_and_one_report},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_snapshot_thread, "server/snapshot_thread", tests, setup, NULL);
