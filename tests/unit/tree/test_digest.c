/* test_digest.c -- digests of znodes; the digest of a fresh tree is the Java server's. */
#include "tree/digest.h"
#include "tree_fixture.h"

static void a_fresh_tree_has_the_digest_of_a_fresh_java_server(void)
{
    CU_ASSERT_EQUAL(zk_tree_digest(fixture_tree()), UINT64_C(1371985504));
}

static void null_and_empty_data_give_one_digest(void)
{
    CU_ASSERT_EQUAL(zk_digest_base(zk_str("/a"), ZK_STR_NULL),
                    zk_digest_base(zk_str("/a"), zk_str("")));
}

static void the_root_has_no_path(void)
{
    CU_ASSERT_EQUAL(zk_digest_base(zk_str("/"), zk_str("x")),
                    zk_digest_base(zk_str(""), zk_str("x")));
}

static void every_field_of_the_stat_counts(void)
{
    zk_stat_persisted_t zero = {.czxid = 0};
    uint32_t base = zk_digest_base(zk_str("/a"), zk_str("b"));
    zk_stat_persisted_t stats[9] = {{.czxid = 1},    {.mzxid = 1},   {.ctime = 1},
                                    {.mtime = 1},    {.version = 1}, {.cversion = 1},
                                    {.aversion = 1}, {.pzxid = 1},   {.ephemeral_owner = 1}};
    size_t i;
    size_t j;

    for (i = 0; i < 9; i++) {
        CU_ASSERT_NOT_EQUAL(zk_digest_znode(base, &stats[i]), zk_digest_znode(base, &zero));
        for (j = 0; j < i; j++)
            CU_ASSERT_NOT_EQUAL(zk_digest_znode(base, &stats[i]), zk_digest_znode(base, &stats[j]));
    }
}

static void what_is_below_zookeeper_does_not_count(void)
{
    CU_ASSERT_TRUE(zk_digest_counts(zk_str("/")));
    CU_ASSERT_TRUE(zk_digest_counts(zk_str("/zookeeper")));
    CU_ASSERT_TRUE(zk_digest_counts(zk_str("/zookeeper2/a")));
    CU_ASSERT_FALSE(zk_digest_counts(zk_str("/zookeeper/quota")));
}

static void one_entry_is_kept_per_128_zxids(void)
{
    zk_digest_entry_t entries[2000];
    int64_t i;
    size_t count;

    fixture_create("/a", "x");
    for (i = 1; i <= 128 * 1030; i++)
        zk_tree_applied(fixture_tree(), i);
    count = zk_tree_digest_history(fixture_tree(), entries, 2000);
    CU_ASSERT_EQUAL(count, 1024);
    CU_ASSERT_EQUAL(entries[0].zxid, 128 * 7);
    CU_ASSERT_EQUAL(entries[1023].zxid, 128 * 1030);
    CU_ASSERT_EQUAL(entries[5].digest, zk_tree_digest(fixture_tree()));
    CU_ASSERT_EQUAL(zk_tree_digest_history(fixture_tree(), entries, 2), 2);
    CU_ASSERT_EQUAL(entries[0].zxid, 128 * 1029);
    CU_ASSERT_EQUAL(entries[1].zxid, 128 * 1030);
}

static const zk_test_t tests[] = {
    {"a fresh tree has the digest of a fresh Java server",
     a_fresh_tree_has_the_digest_of_a_fresh_java_server},
    {"null and empty data give one digest", null_and_empty_data_give_one_digest},
    {"the root has no path", the_root_has_no_path},
    {"every field of the stat counts", every_field_of_the_stat_counts},
    {"what is below /zookeeper does not count", what_is_below_zookeeper_does_not_count},
    {"one entry is kept per 128 zxids", one_entry_is_kept_per_128_zxids},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_digest, "tree/digest", tests, tree_setup, tree_teardown);
