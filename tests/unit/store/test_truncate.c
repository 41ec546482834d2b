/* test_truncate.c -- forgetting what a new leader does not have. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>

static fixture_poured_t poured;

static apr_status_t cut(int64_t zxid)
{
    return zk_store_truncate(fixture_store(), zxid, zk_test_pool(), &poured.note);
}

static void two_logs(void)
{
    apr_file_remove(fixture_path("log.1"), zk_test_pool());
    apr_file_remove(fixture_path("log.6"), zk_test_pool());
    fixture_write_snapshot(fixture_store(), 0, 1, 0);
    fixture_write_log(fixture_store(), 1, 5);
    fixture_write_log(fixture_store(), 6, 9);
}

static void records_above_are_gone_and_later_files_too(void)
{
    int64_t zxid;

    for (zxid = 9; zxid >= 0; zxid--) {
        two_logs();
        CU_ASSERT_EQUAL(cut(zxid), APR_SUCCESS);
        CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, zxid);
        CU_ASSERT_EQUAL(poured.txns, zxid);
        CU_ASSERT_FALSE(poured.loaded.torn_tail);
        CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), zxid >= 6   ? "log.1 log.6"
                                                         : zxid >= 1 ? "log.1"
                                                                     : "");
    }
}

static void a_zxid_that_is_not_there_cuts_behind_the_last_below(void)
{
    fixture_write_snapshot(fixture_store(), 0, 1, 0);
    fixture_write_log(fixture_store(), 1, 5);
    fixture_write_log(fixture_store(), 0x100000001, 0x100000003);
    CU_ASSERT_EQUAL(cut(0x77), APR_SUCCESS);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 5);
}

static void the_next_record_goes_on_behind_the_cut(void)
{
    two_logs();
    CU_ASSERT_EQUAL(cut(7), APR_SUCCESS);
    fixture_write_log(fixture_store(), 8, 12);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 12);
}

static void snapshots_that_are_newer_are_removed(void)
{
    two_logs();
    fixture_write_snapshot(fixture_store(), 4, 1, 4);
    fixture_write_snapshot(fixture_store(), 8, 1, 8);
    CU_ASSERT_EQUAL(cut(7), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.0 snapshot.4");
}

static void a_fuzzy_snapshot_that_holds_newer_changes_is_removed(void)
{
    two_logs();
    fixture_write_snapshot(fixture_store(), 4, 3, 8); /* named 4, but a znode changed at 8 */
    CU_ASSERT_EQUAL(cut(7), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.0");
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 7);
}

static void without_an_old_enough_snapshot_nothing_is_touched(void)
{
    fixture_write_snapshot(fixture_store(), 20, 1, 20);
    fixture_write_log(fixture_store(), 15, 25);
    CU_ASSERT_EQUAL(cut(18), ZK_E_NO_SNAPSHOT);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.14");
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 25);
}

static void damage_before_the_cut_refuses(void)
{
    size_t size;
    uint8_t *bytes;

    two_logs();
    bytes = zk_test_read(fixture_path("log.1"), &size);
    bytes[16 + 91 + 50] ^= 1;
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(cut(4), ZK_E_CORRUPT);
    bytes[16 + 91 + 50] ^= 1;
    bytes[16 + 91 + 90] ^= 1; /* the end byte: what follows cannot be reached, and was to stay */
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(cut(4), ZK_E_CORRUPT);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.1 log.6");
}

static void damage_does_not_matter_below_a_snapshot_of_just_this_zxid(void)
{
    size_t size;
    uint8_t *bytes;

    two_logs();
    bytes = zk_test_read(fixture_path("log.6"), &size);
    bytes[16 + 50] ^= 1;
    zk_test_write(fixture_path("log.6"), bytes, size);
    fixture_write_snapshot(fixture_store(), 7, 1, 7); /* as it came from a leader */
    CU_ASSERT_EQUAL(cut(7), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log"), "log.1");
    fixture_write_log(fixture_store(), 8, 9);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.snapshot_zxid, 7);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 9);
}

static void a_truncation_that_fails_anywhere_can_be_done_again(void)
{
    apr_status_t rv = APR_EGENERAL;
    int64_t n;

    for (n = 1; rv != APR_SUCCESS && n < 50; n++) {
        zk_disk_faults_t faults = {n, 0, APR_ENOSPC};

        two_logs();
        fixture_write_snapshot(fixture_store(), 3, 1, 3);
        fixture_write_snapshot(fixture_store(), 8, 1, 8);
        fixture_store()->faults = &faults;
        rv = cut(4);
        fixture_store()->faults = NULL;
        CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        CU_ASSERT(poured.loaded.last_zxid >= 4 && poured.loaded.last_zxid <= 9);
        CU_ASSERT_EQUAL(cut(4), APR_SUCCESS);
        CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 4);
    }
    CU_ASSERT(n > 5 && n < 50);
}

static const zk_test_t tests[] = {
    {"records above are gone, and later files too", records_above_are_gone_and_later_files_too},
    {"a zxid that is not there cuts behind the last below",
     a_zxid_that_is_not_there_cuts_behind_the_last_below},
    {"the next record goes on behind the cut", the_next_record_goes_on_behind_the_cut},
    {"snapshots that are newer are removed", snapshots_that_are_newer_are_removed},
    {"a fuzzy snapshot that holds newer changes is removed",
     a_fuzzy_snapshot_that_holds_newer_changes_is_removed},
    {"without an old enough snapshot nothing is touched",
     without_an_old_enough_snapshot_nothing_is_touched},
    {"damage before the cut refuses", damage_before_the_cut_refuses},
    {"damage does not matter below a snapshot of just this zxid",
     damage_does_not_matter_below_a_snapshot_of_just_this_zxid},
    {"a truncation that fails anywhere can be done again",
     a_truncation_that_fails_anywhere_can_be_done_again},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_truncate, "store/truncate", tests, NULL, fixture_close);
