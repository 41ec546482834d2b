/* test_snapshot_write.c -- whole, durable, or not there. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>

#include "store/snapshot_read.h"

static void a_snapshot_has_its_name_only_when_finished(void)
{
    zk_snapshot_writer_t *writer;
    int64_t bytes = 0;
    const char *name;
    static const uint8_t body[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, '/'};

    CU_ASSERT_EQUAL_FATAL(zk_snapshot_begin(&writer, fixture_store(), 0x1f, zk_test_pool(), NULL),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_snapshot_append(writer, body, sizeof(body), NULL), APR_SUCCESS);
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("tmp-snapshot.1f")));
    CU_ASSERT_FALSE(zk_test_exists(fixture_path("snapshot.1f")));
    CU_ASSERT_EQUAL(zk_snapshot_finish(writer, 0, &name, &bytes, NULL), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(name, fixture_path("snapshot.1f"));
    CU_ASSERT_EQUAL(bytes, 16 + 13 + 13 + 54);
    CU_ASSERT_TRUE(zk_test_exists(name));
    CU_ASSERT_FALSE(zk_test_exists(fixture_path("tmp-snapshot.1f")));
}

static void a_snapshot_without_a_digest_says_so(void)
{
    static const uint8_t body[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, '/'};
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_snapshot_writer_t *writer;
    zk_snapshot_info_t info;
    int64_t bytes;
    const char *name;

    CU_ASSERT_EQUAL_FATAL(zk_snapshot_begin(&writer, fixture_store(), 6, zk_test_pool(), NULL),
                          APR_SUCCESS);
    zk_snapshot_append(writer, body, sizeof(body), NULL);
    CU_ASSERT_EQUAL(zk_snapshot_finish(writer, 0, &name, &bytes, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_snapshot_read(name, 1000, &nothing, &info, zk_test_pool(), NULL),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(info.digest_zxid, 0);
    CU_ASSERT_EQUAL(info.last_zxid, 6);
}

static void giving_up_leaves_nothing(void)
{
    zk_snapshot_writer_t *writer;

    CU_ASSERT_EQUAL_FATAL(zk_snapshot_begin(&writer, fixture_store(), 5, zk_test_pool(), NULL),
                          APR_SUCCESS);
    zk_snapshot_append(writer, "half", 4, NULL);
    zk_snapshot_abort(writer);
    CU_ASSERT_STRING_EQUAL(fixture_names(zk_store_snapshot_dir(fixture_store()), "snap"), "");
    CU_ASSERT_STRING_EQUAL(fixture_names(zk_store_snapshot_dir(fixture_store()), "tmp"), "");
}

static void a_snapshot_of_the_same_zxid_is_replaced(void)
{
    fixture_poured_t poured;

    CU_ASSERT_EQUAL(fixture_write_snapshot(fixture_store(), 5, 1, 5), APR_SUCCESS);
    CU_ASSERT_EQUAL(fixture_write_snapshot(fixture_store(), 5, 3, 5), APR_SUCCESS);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.nodes, 4);
}

static void every_compression_is_read_back(void)
{
    static const zk_compression_t kinds[] = {ZK_COMPRESSION_NONE, ZK_COMPRESSION_GZIP,
                                             ZK_COMPRESSION_SNAPPY};
    static const char *const names[] = {"snapshot.10", "snapshot.11.gz", "snapshot.12.snappy"};
    fixture_poured_t poured;
    int i;

    for (i = 0; i < 3; i++) {
        zk_store_options_t options = fixture_options();
        apr_pool_t *pool;
        zk_store_t *store;

        options.snapshot_compression = kinds[i];
        store = fixture_open(&options, &pool);
        CU_ASSERT_EQUAL(fixture_write_snapshot(store, 16 + i, 2000, 16), APR_SUCCESS);
        CU_ASSERT_TRUE(zk_test_exists(fixture_path(names[i])));
        CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.begun_zxid, 16 + i);
        CU_ASSERT_EQUAL(poured.nodes, 2001);
        CU_ASSERT_EQUAL(poured.digest, (16 + i) * 7);
        apr_pool_destroy(pool);
    }
}

static void a_write_that_fails_anywhere_leaves_the_old_snapshot(void)
{
    zk_store_t *store = fixture_store();
    apr_status_t rv = APR_EGENERAL;
    int64_t n;

    fixture_write_snapshot(store, 4, 2, 4);
    for (n = 1; rv != APR_SUCCESS && n < 100; n++) {
        zk_disk_faults_t faults = {n, 0, APR_ENOSPC};
        fixture_poured_t poured;
        bool there;

        store->faults = &faults;
        rv = fixture_write_snapshot(store, 5, 2000, 5);
        store->faults = NULL;
        there = zk_test_exists(fixture_path("snapshot.5"));
        CU_ASSERT(rv == APR_SUCCESS || rv == APR_ENOSPC);
        CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.begun_zxid, there ? 5 : 4);
        CU_ASSERT_EQUAL(poured.nodes, there ? 2001 : 3);
        CU_ASSERT_STRING_EQUAL(fixture_names(zk_store_snapshot_dir(store), "tmp"), "");
        apr_file_remove(fixture_path("snapshot.5"), zk_test_pool());
    }
    CU_ASSERT(n > 5 && n < 100);
}

static void a_failed_writer_refuses_to_go_on(void)
{
    zk_disk_faults_t faults = {0, 0, APR_ENOSPC};
    zk_snapshot_writer_t *writer;
    const char *name;
    int64_t bytes;
    uint8_t *much = apr_pcalloc(zk_test_pool(), 1 << 20);

    faults.countdown = 1000;
    fixture_store()->faults = &faults;
    CU_ASSERT_EQUAL_FATAL(zk_snapshot_begin(&writer, fixture_store(), 5, zk_test_pool(), NULL),
                          APR_SUCCESS);
    faults.countdown = 1;
    CU_ASSERT_EQUAL(zk_snapshot_append(writer, much, 1 << 20, NULL), APR_ENOSPC);
    faults.countdown = 1000; /* the disk is well again, the snapshot is not */
    CU_ASSERT_EQUAL(zk_snapshot_append(writer, much, 1, NULL), APR_ENOSPC);
    CU_ASSERT_EQUAL(zk_snapshot_finish(writer, 0, &name, &bytes, NULL), APR_ENOSPC);
    CU_ASSERT_STRING_EQUAL(fixture_names(zk_store_snapshot_dir(fixture_store()), "snap"), "");
    fixture_store()->faults = NULL;
}

static const zk_test_t tests[] = {
    {"a snapshot has its name only when finished", a_snapshot_has_its_name_only_when_finished},
    {"a snapshot without a digest says so", a_snapshot_without_a_digest_says_so},
    {"giving up leaves nothing", giving_up_leaves_nothing},
    {"a snapshot of the same zxid is replaced", a_snapshot_of_the_same_zxid_is_replaced},
    {"every compression is read back", every_compression_is_read_back},
    {"a write that fails anywhere leaves the old snapshot",
     a_write_that_fails_anywhere_leaves_the_old_snapshot},
    {"a failed writer refuses to go on", a_failed_writer_refuses_to_go_on},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshot_write, "store/snapshot_write", tests, NULL, fixture_close);
