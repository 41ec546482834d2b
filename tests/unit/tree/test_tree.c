/* test_tree.c -- a fresh tree, reading, kinds of owners, loading. */
#include <string.h>

#include "tree_fixture.h"

static void a_fresh_tree_looks_as_upstreams(void)
{
    CU_ASSERT_EQUAL(zk_tree_count(fixture_tree()), 5); /* the root counts twice */
    CU_ASSERT_EQUAL(zk_tree_approximate_bytes(fixture_tree()), 44);
    CU_ASSERT_EQUAL(fixture_stat("/").cversion, -1);
    CU_ASSERT_EQUAL(fixture_stat("/").num_children, 1);
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper").cversion, -2);
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper").num_children, 2);
    CU_ASSERT_EQUAL(fixture_stored("/zookeeper/config").aversion, -1);
    CU_ASSERT_EQUAL(fixture_acl_id("/zookeeper/config"), 1);
    CU_ASSERT_EQUAL(fixture_acl_id("/zookeeper/quota"), -1);
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/config", ""));
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "");
}

static void the_root_has_two_names(void)
{
    zk_tree_t *tree = fixture_tree();

    CU_ASSERT_PTR_NOT_NULL(zk_tree_find(tree, zk_str("")));
    CU_ASSERT_PTR_EQUAL(zk_tree_find(tree, zk_str("")), zk_tree_find(tree, zk_str("/")));
    CU_ASSERT_PTR_NULL(zk_tree_find(tree, ZK_STR_NULL));
    CU_ASSERT_PTR_NULL(zk_tree_find(tree, zk_str("a")));
    CU_ASSERT_PTR_NULL(zk_tree_find(tree, zk_str("/zookeeper/")));
    CU_ASSERT_PTR_NULL(zk_tree_find(tree, zk_str("//zookeeper")));
}

static void neighbours_are_reached_without_the_tree(void)
{
    zk_buffer_t path = ZK_BUFFER_INIT;
    zk_znode_t *b;

    fixture_create("/a", "x");
    fixture_create("/a/b", NULL);
    b = zk_tree_find(fixture_tree(), zk_str("/a/b"));
    CU_ASSERT_PTR_EQUAL(zk_znode_parent(b), zk_tree_find(fixture_tree(), zk_str("/a")));
    CU_ASSERT_PTR_EQUAL(zk_znode_first_child(zk_znode_parent(b)), b);
    CU_ASSERT_PTR_NULL(zk_znode_next_sibling(b));
    CU_ASSERT_PTR_NULL(zk_znode_parent(zk_tree_find(fixture_tree(), zk_str("/"))));
    CU_ASSERT_TRUE(zk_str_is_null(zk_znode_data(b)));
    zk_znode_path(b, &path);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_str_n((char *)path.data, zk_buffer_size(&path)), "/a/b"));
    zk_buffer_clear(&path);
    zk_znode_path(zk_tree_find(fixture_tree(), zk_str("")), &path);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_str_n((char *)path.data, zk_buffer_size(&path)), "/"));
    zk_buffer_free(&path);
}

static void descendants_count_as_upstream_counts_them(void)
{
    zk_tree_t *tree = fixture_tree();

    fixture_create("/a", NULL);
    fixture_create("/a/b", NULL);
    fixture_create("/a/b/c", NULL);
    fixture_create("/ab", NULL);
    CU_ASSERT_EQUAL(zk_tree_descendants(tree, zk_tree_find(tree, zk_str("/a"))), 2);
    CU_ASSERT_EQUAL(zk_tree_descendants(tree, zk_tree_find(tree, zk_str("/ab"))), 0);
    CU_ASSERT_EQUAL(zk_tree_descendants(tree, zk_tree_find(tree, zk_str("/"))), 7);
}

static void owners_tell_their_kind(void)
{
    int64_t ttl;

    CU_ASSERT_EQUAL(zk_owner_kind(0, false, &ttl), ZK_ZNODE_PERSISTENT);
    CU_ASSERT_EQUAL(zk_owner_kind(INT64_MIN, true, NULL), ZK_ZNODE_CONTAINER);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0xff0000000000ea60, false, &ttl), ZK_ZNODE_TTL);
    CU_ASSERT_EQUAL(ttl, 60000);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0xff0000ffffffffff, false, &ttl), ZK_ZNODE_TTL);
    CU_ASSERT_EQUAL(ttl, ZK_TTL_MAX_MS);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0xff00010000000001, false, &ttl), ZK_ZNODE_EPHEMERAL);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0xfe00000000000001, false, &ttl), ZK_ZNODE_EPHEMERAL);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0x8000000000000005, false, NULL), ZK_ZNODE_EPHEMERAL);
    CU_ASSERT_EQUAL(zk_owner_kind((int64_t)0x8000000000000005, true, &ttl), ZK_ZNODE_TTL);
    CU_ASSERT_EQUAL(ttl, 5);
    CU_ASSERT_EQUAL(zk_owner_for_ttl(1), (int64_t)0xff00000000000001);
    CU_ASSERT_EQUAL(zk_owner_for_ttl(ZK_TTL_MAX_MS), (int64_t)0xff0000ffffffffff);
}

static bool load(const char *path, const char *data, int64_t acl_id)
{
    zk_stat_persisted_t stat = {.czxid = 1, .mzxid = 2, .pzxid = 3, .cversion = 4};

    return zk_tree_load_node(fixture_tree(), zk_str(path), zk_str(data), acl_id, &stat);
}

static void a_snapshot_replaces_everything(void)
{
    fixture_create("/old", "x");
    zk_tree_load_begin(fixture_tree());
    CU_ASSERT_PTR_NULL(zk_tree_find(fixture_tree(), zk_str("/")));
    CU_ASSERT_TRUE(load("", "", -1));
    CU_ASSERT_TRUE(load("/a", "1", -1));
    CU_ASSERT_TRUE(load("/a/b", NULL, -1));
    CU_ASSERT_TRUE(zk_tree_load_end(fixture_tree(), 9));
    CU_ASSERT_FALSE(fixture_exists("/old"));
    CU_ASSERT_FALSE(fixture_exists("/zookeeper"));
    CU_ASSERT_TRUE(fixture_data_is("/a", "1"));
    CU_ASSERT_EQUAL(fixture_stored("/a/b").cversion, 4);
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 9);
    CU_ASSERT_EQUAL(zk_tree_count(fixture_tree()), 4);
}

static void a_damaged_snapshot_is_refused(void)
{
    zk_tree_load_begin(fixture_tree());
    CU_ASSERT_FALSE(load("/a", "", -1)); /* before the root */
    CU_ASSERT_FALSE(zk_tree_load_end(fixture_tree(), 1));
    zk_tree_load_begin(fixture_tree());
    CU_ASSERT_TRUE(load("", "", -1));
    CU_ASSERT_FALSE(load("", "", -1));
    CU_ASSERT_FALSE(load("/a/b", "", -1));
    CU_ASSERT_FALSE(load("a", "", -1));
    CU_ASSERT_FALSE(load("//a", "", -1));
    CU_ASSERT_FALSE(load(NULL, "", -1));
    CU_ASSERT_TRUE(load("/a", "", -1));
    CU_ASSERT_FALSE(load("/a", "", -1));
    CU_ASSERT_TRUE(zk_tree_load_end(fixture_tree(), 1));
}

static void the_configuration_is_set_without_a_txn(void)
{
    zk_stat_persisted_t stat;
    uint64_t digest = zk_tree_digest(fixture_tree());

    fixture_set_zxid(5);
    zk_tree_set_config(fixture_tree(), zk_str("server.1=a\nversion=5"), 5, 777);
    stat = fixture_stored("/zookeeper/config");
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/config", "server.1=a\nversion=5"));
    CU_ASSERT_EQUAL(stat.version, -1);
    CU_ASSERT_EQUAL(stat.mzxid, 5);
    CU_ASSERT_EQUAL(stat.mtime, 777);
    CU_ASSERT_EQUAL(stat.czxid, 0);
    CU_ASSERT_EQUAL(stat.aversion, -1);
    CU_ASSERT_EQUAL(zk_tree_digest(fixture_tree()), digest);
}

static void an_old_snapshot_gets_the_configuration_znode(void)
{
    zk_tree_load_begin(fixture_tree());
    CU_ASSERT_TRUE(load("", "", -1));
    CU_ASSERT_TRUE(zk_tree_load_end(fixture_tree(), 1));
    fixture_set_zxid(1);
    zk_tree_set_config(fixture_tree(), zk_str("v"), 1, 2);
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/config", "v"));
    CU_ASSERT_EQUAL(
        zk_znode_acl(zk_tree_find(fixture_tree(), zk_str("/zookeeper/config")))->acl.items[0].perms,
        ZK_PERM_READ);
}

static void a_session_visit(void *baton, zk_znode_t *znode)
{
    zk_buffer_append((zk_buffer_t *)baton, zk_znode_name(znode).data,
                     zk_str_size(zk_znode_name(znode)));
}

static void an_owner_visit(void *baton, int64_t session_id)
{
    zk_buffer_printf((zk_buffer_t *)baton, "%d,", (int)session_id);
}

static void ephemerals_are_visited_in_order_of_creation(void)
{
    zk_buffer_t names = ZK_BUFFER_INIT;

    fixture_set_session(2);
    fixture_create_ephemeral("/c");
    fixture_set_session(1);
    fixture_create_ephemeral("/x");
    fixture_set_session(2);
    fixture_create_ephemeral("/a");
    fixture_create_ephemeral("/b");
    fixture_delete("/a");
    zk_tree_visit_ephemerals(fixture_tree(), 2, a_session_visit, &names);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_str_n((char *)names.data, zk_buffer_size(&names)), "cb"));
    CU_ASSERT_EQUAL(zk_tree_session_ephemerals_count(fixture_tree(), 2), 2);
    CU_ASSERT_EQUAL(zk_tree_session_ephemerals_count(fixture_tree(), 3), 0);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(fixture_tree()), 3);
    zk_buffer_clear(&names);
    zk_tree_visit_owners(fixture_tree(), an_owner_visit, &names);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_str_n((char *)names.data, zk_buffer_size(&names)), "2,1,"));
    zk_buffer_free(&names);
    fixture_heard();
}

static void dead_sessions_are_dropped_without_a_txn(void)
{
    fixture_create("/p", "");
    fixture_create_ephemeral("/p/e");
    fixture_create_ephemeral("/f");
    fixture_set("/p", "x", 1);
    zk_tree_drop_ephemerals(fixture_tree(), 0x1234);
    CU_ASSERT_FALSE(fixture_exists("/p/e"));
    CU_ASSERT_FALSE(fixture_exists("/f"));
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, fixture_zxid());
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), fixture_zxid());
}

static const zk_test_t tests[] = {
    {"a fresh tree looks as upstream's", a_fresh_tree_looks_as_upstreams},
    {"the root has two names", the_root_has_two_names},
    {"neighbours are reached without the tree", neighbours_are_reached_without_the_tree},
    {"descendants count as upstream counts them", descendants_count_as_upstream_counts_them},
    {"owners tell their kind", owners_tell_their_kind},
    {"a snapshot replaces everything", a_snapshot_replaces_everything},
    {"a damaged snapshot is refused", a_damaged_snapshot_is_refused},
    {"the configuration is set without a txn", the_configuration_is_set_without_a_txn},
    {"an old snapshot gets the configuration znode", an_old_snapshot_gets_the_configuration_znode},
    {"ephemerals are visited in order of creation", ephemerals_are_visited_in_order_of_creation},
    {"dead sessions are dropped without a txn", dead_sessions_are_dropped_without_a_txn},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_tree, "tree/tree", tests, tree_setup, tree_teardown);
