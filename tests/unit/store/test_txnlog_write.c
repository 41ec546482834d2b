/* test_txnlog_write.c -- appends, groups, rolling, and every call that can fail. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/txnlog_read.h"

static zk_txnlog_t *open_log(zk_store_t *store)
{
    zk_txnlog_t *log = NULL;

    CU_ASSERT_EQUAL_FATAL(zk_txnlog_open(&log, store, zk_test_pool()), APR_SUCCESS);
    return log;
}

static int64_t size_of(const char *name)
{
    return zk_test_size(fixture_path(name));
}

static void appended_records_are_loaded_in_order(void)
{
    fixture_poured_t poured;

    fixture_write_log(fixture_store(), 1, 100);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 100);
    CU_ASSERT_EQUAL(poured.first_zxid, 1);
    CU_ASSERT_EQUAL(poured.last_zxid, 100);
    CU_ASSERT_TRUE(poured.in_order);
    CU_ASSERT_FALSE(poured.loaded.torn_tail);
}

static void nothing_is_written_before_a_sync(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    fixture_poured_t poured;
    size_t size;
    const uint8_t *payload = fixture_payload(1, 10, &size);

    CU_ASSERT_EQUAL(zk_txnlog_append(log, 1, payload, size, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(size_of("log.1"), 16);
    zk_txnlog_close(log);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 0);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 1, payload, size, NULL), ZK_E_CLOSED);
}

static void files_are_padded_as_upstream_pads(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    size_t size;
    const uint8_t *payload;
    int64_t took_ns;

    fixture_append(log, 1, 1);
    CU_ASSERT_EQUAL(size_of("log.1"), 16 + 8192);
    CU_ASSERT_EQUAL(zk_txnlog_bytes(log), 16 + 8192);
    fixture_append(log, 2, 44); /* 16 + 44 * 91 = 4020: the next one sees less than 4096 ahead */
    CU_ASSERT_EQUAL(size_of("log.1"), 16 + 8192);
    fixture_append(log, 45, 47);
    CU_ASSERT_EQUAL(size_of("log.1"), 16 + 2 * 8192);
    payload = fixture_payload(48, 20000, &size);
    zk_txnlog_append(log, 48, payload, size, NULL);
    zk_txnlog_sync(log, &took_ns, NULL);
    CU_ASSERT_EQUAL(size_of("log.1"), 16 + 13 * 48 + 47 * 78 + 20058);
    fixture_append(log, 49, 49);
    CU_ASSERT_EQUAL(size_of("log.1") % 8192, 0);
    zk_txnlog_close(log);
}

static void padding_can_be_off(void)
{
    zk_store_options_t options = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;

    options.preallocate_bytes = 0;
    store = fixture_open(&options, &pool);
    fixture_write_log(store, 1, 2);
    CU_ASSERT_EQUAL(size_of("log.1"), 16 + 2 * 91);
    apr_pool_destroy(pool);
}

static void rolling_begins_a_file_named_after_the_next_record(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    fixture_poured_t poured;

    fixture_append(log, 1, 5);
    zk_txnlog_roll(log);
    zk_txnlog_roll(log);
    CU_ASSERT_EQUAL(zk_txnlog_bytes(log), 0);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.1");
    fixture_append(log, 6, 20);
    zk_txnlog_roll(log);
    fixture_append(log, 21, 21);
    zk_txnlog_close(log);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.1 log.15 log.6");
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 21);
}

static void rolling_does_not_lose_what_was_not_synced(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    fixture_poured_t poured;
    size_t size;
    const uint8_t *payload = fixture_payload(1, 10, &size);

    zk_txnlog_append(log, 1, payload, size, NULL);
    zk_txnlog_roll(log);
    fixture_append(log, 2, 2);
    zk_txnlog_close(log);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 2);
}

static void a_size_limit_rolls_after_a_sync(void)
{
    zk_store_options_t options = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;
    zk_txnlog_t *log;

    options.preallocate_bytes = 0;
    options.log_bytes_max = 300;
    store = fixture_open(&options, &pool);
    CU_ASSERT_EQUAL_FATAL(zk_txnlog_open(&log, store, pool), APR_SUCCESS);
    fixture_append(log, 1, 3); /* 289 bytes */
    CU_ASSERT_EQUAL(zk_txnlog_bytes(log), 289);
    fixture_append(log, 4, 4);
    CU_ASSERT_EQUAL(zk_txnlog_bytes(log), 380); /* a finished file still counts */
    fixture_append(log, 5, 5);
    CU_ASSERT_EQUAL(zk_txnlog_bytes(log), 380 + 16 + 91);
    CU_ASSERT_STRING_EQUAL(fixture_names(zk_store_log_dir(store), "log"), "log.1 log.5");
    apr_pool_destroy(pool);
}

static void a_record_that_we_could_not_read_back_is_refused(void)
{
    zk_store_options_t options = fixture_options();
    zk_txnlog_t *log = open_log(fixture_store());
    fixture_poured_t poured;
    size_t size;
    size_t limit = (size_t)options.record_bytes_max;
    const uint8_t *payload = fixture_payload(1, limit - 58, &size);

    CU_ASSERT_EQUAL(size, limit);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 1, payload, size, NULL), APR_SUCCESS);
    payload = fixture_payload(2, limit - 57, &size);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 2, payload, size, NULL), ZK_E_TOO_LARGE);
    CU_ASSERT_EQUAL(fixture_append(log, 2, 2), APR_SUCCESS); /* the log is as well as before */
    zk_txnlog_close(log);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 2);
}

static void the_limit_follows_the_configuration(void)
{
    zk_store_options_t options = fixture_options();

    CU_ASSERT_EQUAL(zk_store_record_bytes_max(&options), 1049599);
    options.record_bytes_max = 8 << 20;
    CU_ASSERT_EQUAL(zk_store_record_bytes_max(&options), (4 << 20) + 1024);
    options.record_bytes_max = 1048575 + 1024;
    CU_ASSERT_EQUAL(zk_store_record_bytes_max(&options), 1048575 + 1024);
    options.record_bytes_max = 2000;
    CU_ASSERT_EQUAL(zk_store_record_bytes_max(&options), 2000);
}

static void a_lower_zxid_is_refused_and_an_equal_one_taken(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    size_t size;
    const uint8_t *payload;

    fixture_append(log, 5, 5);
    payload = fixture_payload(4, 10, &size);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 4, payload, size, NULL), APR_EINVAL);
    payload = fixture_payload(5, 10, &size);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 5, payload, size, NULL), APR_SUCCESS);
    zk_txnlog_close(log);
}

static void a_file_of_the_same_name_is_begun_again(void)
{
    fixture_poured_t poured;
    uint8_t *garbage = apr_palloc(zk_test_pool(), 50000);

    memset(garbage, 'x', 50000);
    fixture_store();
    zk_test_write(fixture_path("log.1"), garbage, 50000);
    fixture_write_log(fixture_store(), 1, 2);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 2);
}

static void a_file_with_a_whole_record_is_never_overwritten(void)
{
    zk_txnlog_t *log = open_log(fixture_store());
    fixture_poured_t poured;
    size_t size;
    const uint8_t *payload = fixture_payload(1, 10, &size);

    fixture_write_log(fixture_store(), 1, 3);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 1, payload, size, NULL), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(zk_txnlog_append(log, 9, payload, size, NULL), ZK_E_CORRUPT);
    zk_txnlog_close(log);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
}

/* Two groups of records with a roll between them; the zxid up to which a sync was reported. */
static int64_t write_groups(zk_store_t *store, apr_status_t *last)
{
    int64_t promised = 0;
    apr_pool_t *pool;
    zk_txnlog_t *log;
    int64_t group;

    apr_pool_create(&pool, zk_test_pool());
    *last = zk_txnlog_open(&log, store, pool);
    for (group = 0; *last == APR_SUCCESS && group < 4; group++) {
        *last = fixture_append(log, group * 5 + 1, group * 5 + 5);
        if (*last == APR_SUCCESS)
            promised = group * 5 + 5;
        if (group == 1)
            zk_txnlog_roll(log);
    }
    if (*last != APR_SUCCESS) { /* and now the disk is well again */
        size_t size;
        int64_t took_ns;
        const uint8_t *payload = fixture_payload(50, 10, &size);

        store->faults->countdown = 1000000;
        CU_ASSERT_EQUAL(zk_txnlog_append(log, 50, payload, size, NULL), *last);
        CU_ASSERT_EQUAL(zk_txnlog_sync(log, &took_ns, NULL), *last);
    }
    zk_txnlog_close(log);
    apr_pool_destroy(pool);
    return promised;
}

static void a_call_that_fails_anywhere_never_loses_a_synced_record(void)
{
    apr_status_t rv = APR_EGENERAL;
    int64_t n;

    for (n = 1; rv != APR_SUCCESS && n < 100; n++) {
        zk_store_options_t options = fixture_options();
        zk_disk_faults_t faults = {n, 0, APR_ENOSPC};
        fixture_poured_t poured;
        apr_pool_t *pool;
        zk_store_t *store;
        int64_t promised;

        options.data_dir = apr_psprintf(zk_test_pool(), "%s/%d", zk_test_dir(), (int)n);
        store = fixture_open(&options, &pool);
        store->faults = &faults;
        promised = write_groups(store, &rv);
        apr_pool_destroy(pool);
        store = fixture_open(&options, &pool);
        CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
        CU_ASSERT(poured.loaded.last_zxid >= promised);
        CU_ASSERT(poured.loaded.last_zxid <= promised + 5);
        CU_ASSERT_EQUAL(poured.txns, poured.loaded.last_zxid);
        /* and the next server goes on from there */
        fixture_write_log(store, poured.loaded.last_zxid + 1, poured.loaded.last_zxid + 3);
        CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.txns, poured.loaded.last_zxid);
        apr_pool_destroy(pool);
    }
    CU_ASSERT(n > 10 && n < 100);
}

static void without_force_sync_everything_is_still_written(void)
{
    zk_store_options_t options = fixture_options();
    fixture_poured_t poured;
    apr_pool_t *pool;
    zk_store_t *store;

    options.force_sync = false;
    store = fixture_open(&options, &pool);
    fixture_write_log(store, 1, 3);
    CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
    apr_pool_destroy(pool);
}

static void a_slow_sync_is_reported_in_upstreams_words(void)
{
    zk_store_options_t options = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;
    const char *text;

    options.fsync_warning_ms = -1; /* every sync is slow */
    options.sync_thread_name = "SyncThread:7";
    store = fixture_open(&options, &pool);
    zk_test_begin_log(ZK_LOG_INFO);
    fixture_write_log(store, 0x1f, 0x20);
    text = zk_test_end_log();
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " - Creating new log file: log.1f"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " WARN  ["));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "fsync-ing the write ahead log in SyncThread:7 took "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text,
                                  "ms which will adversely effect operation latency.File size "
                                  "is 8208 bytes. See the ZooKeeper troubleshooting guide"));
    apr_pool_destroy(pool);
}

static const zk_test_t tests[] = {
    {"appended records are loaded in order", appended_records_are_loaded_in_order},
    {"nothing is written before a sync", nothing_is_written_before_a_sync},
    {"files are padded as upstream pads", files_are_padded_as_upstream_pads},
    {"padding can be off", padding_can_be_off},
    {"rolling begins a file named after the next record",
     rolling_begins_a_file_named_after_the_next_record},
    {"rolling does not lose what was not synced", rolling_does_not_lose_what_was_not_synced},
    {"a size limit rolls after a sync", a_size_limit_rolls_after_a_sync},
    {"a record that we could not read back is refused",
     a_record_that_we_could_not_read_back_is_refused},
    {"the limit follows the configuration", the_limit_follows_the_configuration},
    {"a lower zxid is refused and an equal one taken",
     a_lower_zxid_is_refused_and_an_equal_one_taken},
    {"a file of the same name is begun again", a_file_of_the_same_name_is_begun_again},
    {"a file with a whole record is never overwritten",
     a_file_with_a_whole_record_is_never_overwritten},
    {"a call that fails anywhere never loses a synced record",
     a_call_that_fails_anywhere_never_loses_a_synced_record},
    {"a slow sync is reported in upstream's words", a_slow_sync_is_reported_in_upstreams_words},
    {"without forceSync everything is still written",
     without_force_sync_everything_is_still_written},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_txnlog_write, "store/txnlog_write", tests, NULL, fixture_close);
