/* test_disk_thread.c -- groups become durable in order, and a failure is the end. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/bytes.h"
#include "server/disk_thread.h"
#include "wire/opcode.h"
#include "wire/txn.h"

static zk_store_t *open_store(const char *dir)
{
    const zk_store_options_t options = {
        .data_dir = dir,
        .autocreate_dirs = true,
        .autocreate_db = true,
        .trust_empty_snapshot = true,
        .force_sync = true,
        .preallocate_bytes = 65536,
        .record_bytes_max = 2 * 1024 * 1024,
        .fsync_warning_ms = 1000,
    };
    zk_store_t *store = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    return store;
}

static zk_blob_t *error_record(int64_t zxid)
{
    zk_txn_decoded_t txn = {.header = {.zxid = zxid, .type = ZK_OP_ERROR, .time = 1}};
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_blob_t *record;

    txn.body.error.err = -101;
    zk_txn_encode(&txn, &buffer);
    record = zk_blob_copy(zk_buffer_bytes(&buffer), zk_buffer_size(&buffer));
    zk_buffer_free(&buffer);
    return record;
}

static void no_wake(void *baton)
{
    (void)baton;
}

static zk_disk_thread_t *start(zk_store_t *store)
{
    zk_disk_thread_t *thread = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(
        zk_disk_thread_start(&thread, store, no_wake, NULL, zk_test_pool(), &note), APR_SUCCESS);
    return thread;
}

/* The next report; the test fails after ten seconds without one. */
static zk_disk_report_t *wait_report(zk_disk_thread_t *thread)
{
    int tries;

    for (tries = 0; tries < 10000; tries++) {
        zk_disk_report_t *report = zk_disk_thread_report(thread);

        if (report != NULL)
            return report;
        apr_sleep(1000);
    }
    CU_FAIL_FATAL("no report from the disk thread");
    return NULL;
}

static void every_record_is_reported_in_order_and_once(void)
{
    zk_disk_thread_t *thread = start(open_store(zk_test_dir()));
    int64_t reported = 0, last = 0;
    int64_t zxid;

    for (zxid = 1; zxid <= 3000; zxid++)
        zk_disk_thread_append(thread, error_record(zxid));
    while (reported < 3000) {
        zk_disk_report_t *report = wait_report(thread);

        CU_ASSERT_EQUAL_FATAL(report->status, APR_SUCCESS);
        CU_ASSERT_TRUE(report->records <= 1000);
        CU_ASSERT_EQUAL(report->zxid, last + report->records);
        last = report->zxid;
        reported += report->records;
        zk_free(report);
    }
    CU_ASSERT_EQUAL(last, 3000);
    CU_ASSERT_EQUAL(zk_disk_thread_queued(thread), 0);
    zk_disk_thread_stop(thread);
}

static void what_was_handed_over_before_a_stop_is_written(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));
    apr_finfo_t info;

    zk_disk_thread_append(thread, error_record(7));
    zk_disk_thread_stop(thread);
    CU_ASSERT_EQUAL(apr_stat(&info, apr_pstrcat(zk_test_pool(), dir, "/version-2/log.7", NULL),
                             APR_FINFO_SIZE, zk_test_pool()),
                    APR_SUCCESS);
}

static void a_roll_begins_a_new_file_with_the_next_record(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));
    apr_finfo_t info;

    zk_disk_thread_append(thread, error_record(1));
    zk_disk_thread_roll(thread);
    zk_disk_thread_append(thread, error_record(2));
    zk_disk_thread_stop(thread);
    CU_ASSERT_EQUAL(apr_stat(&info, apr_pstrcat(zk_test_pool(), dir, "/version-2/log.2", NULL),
                             APR_FINFO_SIZE, zk_test_pool()),
                    APR_SUCCESS);
}

/* After a failed sync pages are marked clean: a retry would report a success that is none. */
static void after_a_failure_nothing_is_reported_durable(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));
    const char *folder = apr_pstrcat(zk_test_pool(), dir, "/version-2", NULL);
    zk_disk_report_t *report;

    CU_ASSERT_EQUAL_FATAL(
        apr_file_rename(folder, apr_pstrcat(zk_test_pool(), dir, "/gone", NULL), zk_test_pool()),
        APR_SUCCESS);
    zk_disk_thread_append(thread, error_record(1));
    report = wait_report(thread);
    CU_ASSERT_NOT_EQUAL(report->status, APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(report->note.text, "log.1"));
    zk_free(report);
    apr_file_rename(apr_pstrcat(zk_test_pool(), dir, "/gone", NULL), folder, zk_test_pool());
    zk_disk_thread_append(thread, error_record(2));
    apr_sleep(50000);
    CU_ASSERT_PTR_NULL(zk_disk_thread_report(thread));
    zk_disk_thread_stop(thread);
}

static const zk_test_t tests[] = {
    {"every record is reported in order and once", every_record_is_reported_in_order_and_once},
    {"what was handed over before a stop is written",
     what_was_handed_over_before_a_stop_is_written},
    {"a roll begins a new file with the next record",
     a_roll_begins_a_new_file_with_the_next_record},
    {"after a failure nothing is reported durable", after_a_failure_nothing_is_reported_durable},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_disk_thread, "server/disk_thread", tests, NULL, NULL);
