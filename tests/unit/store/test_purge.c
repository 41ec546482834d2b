/* test_purge.c -- what may go. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>

static void count_removed(void *baton, const char *path, apr_time_t mtime)
{
    int *count = baton;

    CU_ASSERT_TRUE(zk_test_exists(path)); /* it is said before it goes */
    CU_ASSERT(mtime > 0);
    (*count)++;
}

static apr_status_t purge(int retain_count, int *removed)
{
    const char *dir = zk_store_log_dir(fixture_store());

    *removed = 0;
    return zk_store_purge(dir, dir, retain_count, count_removed, removed, zk_test_pool(), NULL);
}

/* The directory of upstream's own example. */
static void example(void)
{
    static const int64_t snapshots[] = {0, 0x11, 0x20, 0x31, 0x3d, 0x48};
    static const char *const logs[] = {"log.1", "log.13", "log.22", "log.33", "log.3f", "log.4a"};
    size_t i;

    for (i = 0; i < 6; i++) {
        fixture_write_snapshot(fixture_store(), snapshots[i], 1, snapshots[i]);
        zk_test_write(fixture_path(logs[i]), "ZKLG\0\0\0\2\0\0\0\0\0\0\0\0", 16);
    }
}

static void the_newest_snapshots_and_the_logs_they_need_stay(void)
{
    int removed;

    example();
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.31 snapshot.3d snapshot.48");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.22 log.33 log.3f log.4a");
    CU_ASSERT_EQUAL(removed, 5);
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_EQUAL(removed, 0);
}

static void fewer_than_three_are_never_kept(void)
{
    int removed;

    example();
    CU_ASSERT_EQUAL(purge(0, &removed), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.31 snapshot.3d snapshot.48");
}

static void a_snapshot_that_only_looks_good_is_not_counted(void)
{
    size_t size;
    uint8_t *bytes;
    int removed;

    example();
    bytes = zk_test_read(fixture_path("snapshot.3d"), &size);
    bytes[size / 2] ^= 1;
    zk_test_write(fixture_path("snapshot.3d"), bytes, size);
    zk_test_write(fixture_path("snapshot.50.gz"), "\x1f\x8b\x08", 3);
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"),
                           "snapshot.20 snapshot.31 snapshot.3d snapshot.48 snapshot.50.gz");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.13 log.22 log.33 log.3f log.4a");
}

static void without_a_good_snapshot_nothing_goes(void)
{
    int removed;

    fixture_store();
    zk_test_write(fixture_path("snapshot.5"), "\0\0\0\0\0\0\0\0\0\1/", 11);
    zk_test_write(fixture_path("log.1"), "", 0);
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_EQUAL(removed, 0);
}

static void names_that_do_not_parse_stay(void)
{
    int removed;

    example();
    zk_test_write(fixture_path("log.foo"), "", 0);
    zk_test_write(fixture_path("snapshot."), "", 0);
    zk_test_write(fixture_path("snapshot.xyz.gz"), "", 0);
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("log.foo")));
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("snapshot.")));
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("snapshot.xyz.gz")));
    CU_ASSERT_EQUAL(removed, 5);
}

static void the_log_that_ends_at_the_snapshot_stays(void)
{
    static const int64_t zxids[] = {5, 6, 7};
    int removed;
    size_t i;

    for (i = 0; i < 3; i++)
        fixture_write_snapshot(fixture_store(), zxids[i], 1, zxids[i]);
    fixture_write_log(fixture_store(), 1, 4);
    fixture_write_log(fixture_store(), 5, 9);
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.5");
}

static void a_purged_directory_loads_from_every_snapshot_kept(void)
{
    fixture_poured_t poured;
    int removed;
    int64_t zxid;

    for (zxid = 1; zxid < 60; zxid += 10) {
        fixture_write_log(fixture_store(), zxid, zxid + 9);
        fixture_write_snapshot(fixture_store(), zxid + 7, 1, zxid + 7);
    }
    CU_ASSERT_EQUAL(purge(3, &removed), APR_SUCCESS);
    for (;;) {
        char newest[40];

        CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 60);
        if (poured.loaded.snapshot_zxid == 38)
            break;
        apr_snprintf(newest, sizeof(newest), "snapshot.%x", (unsigned)poured.loaded.snapshot_zxid);
        CU_ASSERT_EQUAL_FATAL(apr_file_remove(fixture_path(newest), zk_test_pool()), APR_SUCCESS);
    }
}

static const zk_test_t tests[] = {
    {"the newest snapshots and the logs they need stay",
     the_newest_snapshots_and_the_logs_they_need_stay},
    {"fewer than three are never kept", fewer_than_three_are_never_kept},
    {"a snapshot that only looks good is not counted",
     a_snapshot_that_only_looks_good_is_not_counted},
    {"without a good snapshot nothing goes", without_a_good_snapshot_nothing_goes},
    {"names that do not parse stay", names_that_do_not_parse_stay},
    {"the log that ends at the snapshot stays", the_log_that_ends_at_the_snapshot_stays},
    {"a purged directory loads from every snapshot kept",
     a_purged_directory_loads_from_every_snapshot_kept},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_purge, "store/purge", tests, NULL, fixture_close);
