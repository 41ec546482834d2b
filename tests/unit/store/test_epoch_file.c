/* test_epoch_file.c -- acceptedEpoch and currentEpoch. */
#include "store_fixture.h"

#include <string.h>

static apr_status_t read_text(const char *text, int64_t *epoch)
{
    zk_test_write_text(fixture_path("currentEpoch"), text);
    return zk_epoch_read(epoch, fixture_store(), "currentEpoch", zk_test_pool(), NULL);
}

static void a_saved_epoch_is_read_back(void)
{
    static const int64_t epochs[] = {0, 1, 4711, INT64_MAX, -1, INT64_MIN};
    int64_t epoch;
    size_t size;
    size_t i;

    for (i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++) {
        CU_ASSERT_EQUAL(
            zk_epoch_save(fixture_store(), "acceptedEpoch", epochs[i], zk_test_pool(), NULL),
            APR_SUCCESS);
        CU_ASSERT_EQUAL(
            zk_epoch_read(&epoch, fixture_store(), "acceptedEpoch", zk_test_pool(), NULL),
            APR_SUCCESS);
        CU_ASSERT_EQUAL(epoch, epochs[i]);
    }
    CU_ASSERT_FALSE(zk_test_exists(fixture_path("acceptedEpoch.tmp")));
    zk_epoch_save(fixture_store(), "acceptedEpoch", 12, zk_test_pool(), NULL);
    CU_ASSERT_EQUAL(memcmp(zk_test_read(fixture_path("acceptedEpoch"), &size), "12", 2), 0);
    CU_ASSERT_EQUAL(size, 2);
}

static void the_first_line_counts(void)
{
    int64_t epoch;

    fixture_store();
    CU_ASSERT_EQUAL(read_text("7\n", &epoch), APR_SUCCESS);
    CU_ASSERT_EQUAL(epoch, 7);
    CU_ASSERT_EQUAL(read_text("+8\r\nmore", &epoch), APR_SUCCESS);
    CU_ASSERT_EQUAL(epoch, 8);
}

static void what_is_not_a_number_is_damage(void)
{
    static const char *const texts[] = {"",   " 7", "7 ", "x", "-", "0x7", "9223372036854775808",
                                        "\n7"};
    int64_t epoch;
    size_t i;

    fixture_store();
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_EQUAL(read_text(texts[i], &epoch), ZK_E_CORRUPT);
}

static void a_missing_file_is_told_apart(void)
{
    int64_t epoch;

    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(
        zk_epoch_read(&epoch, fixture_store(), "currentEpoch", zk_test_pool(), NULL)));
}

static void a_save_that_fails_anywhere_leaves_the_old_or_the_new_epoch(void)
{
    zk_disk_faults_t faults = {0, 0, APR_ENOSPC};
    zk_store_t *store = fixture_store();
    int64_t epoch;
    int64_t n;
    apr_status_t rv = APR_EGENERAL;

    for (n = 1; rv != APR_SUCCESS && n < 50; n++) {
        zk_epoch_save(store, "currentEpoch", 5, zk_test_pool(), NULL);
        faults.countdown = n;
        store->faults = &faults;
        rv = zk_epoch_save(store, "currentEpoch", 6, zk_test_pool(), NULL);
        store->faults = NULL;
        CU_ASSERT_EQUAL(zk_epoch_read(&epoch, store, "currentEpoch", zk_test_pool(), NULL),
                        APR_SUCCESS);
        CU_ASSERT(epoch == 6 || (epoch == 5 && rv != APR_SUCCESS));
    }
    CU_ASSERT_EQUAL(n, 7); /* open, write, sync, replace, sync of the directory; then none */
}

static const zk_test_t tests[] = {
    {"a saved epoch is read back", a_saved_epoch_is_read_back},
    {"the first line counts", the_first_line_counts},
    {"what is not a number is damage", what_is_not_a_number_is_damage},
    {"a missing file is told apart", a_missing_file_is_told_apart},
    {"a save that fails anywhere leaves the old or the new epoch",
     a_save_that_fails_anywhere_leaves_the_old_or_the_new_epoch},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_epoch_file, "store/epoch_file", tests, NULL, fixture_close);
