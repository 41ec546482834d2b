/* test_disk_thread.c -- groups become durable in order, and a failure is the end. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/bytes.h"
#include "lib/texts.h"
#include "server/disk_thread.h"
#include "wire/opcode.h"
#include "wire/txn.h"

/* Of a member of NAME's thread (NULL: of a server alone), each of whose syncs is called slow when
 * WARNING_MS is -1. */
static zk_store_t *open_store_as(const char *dir, const char *name, int32_t warning_ms)
{
    const zk_store_options_t options = {
        .data_dir = dir,
        .autocreate_dirs = true,
        .autocreate_db = true,
        .trust_empty_snapshot = true,
        .force_sync = true,
        .preallocate_bytes = 65536,
        .record_bytes_max = 2 * 1024 * 1024,
        .fsync_warning_ms = warning_ms,
        .sync_thread_name = name,
    };
    zk_store_t *store = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    return store;
}

static zk_store_t *open_store(const char *dir)
{
    return open_store_as(dir, NULL, 1000);
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
        zk_disk_report_free(report);
    }
    CU_ASSERT_EQUAL(last, 3000);
    CU_ASSERT_EQUAL(zk_disk_thread_queued(thread), 0);
    zk_disk_thread_stop(thread);
}

/* ---- what else decides about the log ---- */

static void expect(zk_disk_thread_t *thread, zk_disk_kind_t kind, int64_t zxid)
{
    zk_disk_report_t *report = wait_report(thread);

    CU_ASSERT_EQUAL(report->kind, kind);
    CU_ASSERT_EQUAL(report->status, APR_SUCCESS);
    CU_ASSERT_EQUAL(report->zxid, zxid);
    zk_disk_report_free(report);
}

static void an_epoch_keeps_its_place_among_the_records(void)
{
    const char *dir = zk_test_dir();
    zk_store_t *store = open_store(dir);
    zk_disk_thread_t *thread = start(store);
    zk_disk_report_t *report;
    int64_t epoch = 0;
    int64_t records = 0;
    int64_t zxid;
    zk_note_t note;

    for (zxid = 1; zxid <= 5; zxid++)
        zk_disk_thread_append(thread, error_record(zxid));
    zk_disk_thread_save_epoch(thread, 9, true);
    zk_disk_thread_append(thread, error_record(6));
    do {
        report = wait_report(thread);
        if (report->kind == ZK_DISK_SYNCED)
            records = report->zxid;
        else
            CU_ASSERT_EQUAL(records, 5);
        if (report->kind == ZK_DISK_EPOCH_SAVED)
            CU_ASSERT_EQUAL(zk_epoch_read(&epoch, store, "currentEpoch", zk_test_pool(), &note),
                            APR_SUCCESS);
        CU_ASSERT_EQUAL(report->status, APR_SUCCESS);
        zk_disk_report_free(report);
    } while (records < 6);
    CU_ASSERT_EQUAL(epoch, 9);
    zk_disk_thread_stop(thread);
}

static void records_follow_a_truncation_where_it_ended(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));
    int64_t zxid;

    for (zxid = 1; zxid <= 5; zxid++) {
        zk_disk_thread_append(thread, error_record(zxid));
        expect(thread, ZK_DISK_SYNCED, zxid);
    }
    zk_disk_thread_truncate(thread, 3);
    expect(thread, ZK_DISK_TRUNCATED, 3);
    zk_disk_thread_append(thread, error_record(0x100000001));
    expect(thread, ZK_DISK_SYNCED, 0x100000001);
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/log.100000001")));
    zk_disk_thread_read_log(thread, 2, 7, 1000000);
    do {
        zk_disk_report_t *report = wait_report(thread);

        CU_ASSERT_EQUAL(report->kind, ZK_DISK_LOG_READ);
        CU_ASSERT_EQUAL(report->link, 7);
        CU_ASSERT_EQUAL_FATAL(report->payloads_count, 2);
        CU_ASSERT_EQUAL(report->zxids[0], 3);
        CU_ASSERT_EQUAL(report->zxids[1], 0x100000001);
        zk_disk_report_free(report);
    } while (false);
    zk_disk_thread_stop(thread);
}

static void a_log_that_is_too_long_or_not_there_is_only_reported(void)
{
    zk_disk_thread_t *thread = start(open_store(zk_test_dir()));
    static const apr_status_t wanted[] = {ZK_E_TOO_LARGE, ZK_E_NOT_FOUND};
    int i;

    zk_disk_thread_append(thread, error_record(1));
    zk_disk_thread_append(thread, error_record(2));
    zk_disk_thread_read_log(thread, 1, 7, 10);
    zk_disk_thread_read_log(thread, 9, 7, 1000);
    zk_disk_thread_append(thread, error_record(3));
    for (i = 0; i < 2;) {
        zk_disk_report_t *report = wait_report(thread);

        if (report->kind == ZK_DISK_LOG_READ)
            CU_ASSERT_EQUAL(report->status, wanted[i++]);
        zk_disk_report_free(report);
    }
    expect(thread, ZK_DISK_SYNCED, 3);
    zk_disk_thread_stop(thread);
}

/* An install renames what the snapshot thread left; what is in it only a start will read. */
static void leave_received_snapshot(const char *name)
{
    zk_test_write_text(zk_test_path(apr_pstrcat(zk_test_pool(), "version-2/", name, NULL)), "");
}

static void an_install_puts_the_log_aside(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));

    leave_received_snapshot("tmp-snapshot.received-snapshot.200000000");
    zk_disk_thread_append(thread, error_record(1));
    expect(thread, ZK_DISK_SYNCED, 1);
    zk_disk_thread_install(thread, 0x200000000);
    expect(thread, ZK_DISK_INSTALLED, 0x200000000);
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/log.1")));
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/log-1.superseded")));
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.200000000")));
    zk_disk_thread_append(thread, error_record(0x200000001));
    expect(thread, ZK_DISK_SYNCED, 0x200000001);
    zk_disk_thread_stop(thread);
}

static void a_truncation_to_where_nothing_leads_is_survived(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));
    zk_disk_report_t *report;

    zk_disk_thread_append(thread, error_record(0x100000007));
    expect(thread, ZK_DISK_SYNCED, 0x100000007);
    zk_disk_thread_truncate(thread, 0x100000003);
    report = wait_report(thread);
    CU_ASSERT_EQUAL(report->status, ZK_E_NO_SNAPSHOT);
    zk_disk_report_free(report);
    zk_disk_thread_append(thread, error_record(0x100000008));
    expect(thread, ZK_DISK_SYNCED, 0x100000008);
    zk_disk_thread_stop(thread);
}

static void what_was_handed_over_before_a_stop_is_written(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));

    zk_disk_thread_append(thread, error_record(7));
    zk_disk_thread_stop(thread);
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/log.7")));
}

static void a_roll_begins_a_new_file_with_the_next_record(void)
{
    const char *dir = zk_test_dir();
    zk_disk_thread_t *thread = start(open_store(dir));

    zk_disk_thread_append(thread, error_record(1));
    zk_disk_thread_roll(thread);
    zk_disk_thread_append(thread, error_record(2));
    zk_disk_thread_stop(thread);
    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/log.2")));
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
    zk_disk_report_free(report);
    apr_file_rename(apr_pstrcat(zk_test_pool(), dir, "/gone", NULL), folder, zk_test_pool());
    zk_disk_thread_append(thread, error_record(2));
    apr_sleep(50000);
    CU_ASSERT_PTR_NULL(zk_disk_thread_report(thread));
    zk_disk_thread_stop(thread);
}

/* What is logged while one record is written by a thread of NAME. */
static const char *said_by(const char *name)
{
    const char *dir = zk_test_dir();
    zk_store_t *store = open_store_as(
        apr_pstrcat(zk_test_pool(), dir, name != NULL ? "/member" : "/alone", NULL), name, -1);
    zk_disk_thread_t *thread;

    zk_test_begin_log(ZK_LOG_INFO);
    thread = start(store);
    zk_disk_thread_append(thread, error_record(1));
    zk_disk_report_free(wait_report(thread));
    zk_disk_thread_stop(thread);
    return zk_test_end_log();
}

static void its_lines_bear_the_number_of_the_member(void)
{
    CU_ASSERT_PTR_NOT_NULL(strstr(said_by("SyncThread:7"), "[SyncThread:7:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said_by(NULL), "[SyncThread:0:"));
}

static const zk_test_t tests[] = {
    {"its lines bear the number of the member", its_lines_bear_the_number_of_the_member},
    {"every record is reported in order and once", every_record_is_reported_in_order_and_once},
    {"what was handed over before a stop is written",
     what_was_handed_over_before_a_stop_is_written},
    {"a roll begins a new file with the next record",
     a_roll_begins_a_new_file_with_the_next_record},
    {"after a failure nothing is reported durable", after_a_failure_nothing_is_reported_durable},
    {"an epoch keeps its place among the records", an_epoch_keeps_its_place_among_the_records},
    {"records follow a truncation where it ended", records_follow_a_truncation_where_it_ended},
    {"a log that is too long or not there is only reported",
     a_log_that_is_too_long_or_not_there_is_only_reported},
    {"an install puts the log aside", an_install_puts_the_log_aside},
    {"a truncation to where nothing leads is survived",
     a_truncation_to_where_nothing_leads_is_survived},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_disk_thread, "server/disk_thread", tests, NULL, NULL);
