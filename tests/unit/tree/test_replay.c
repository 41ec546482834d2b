/* test_replay.c -- txns applied over a snapshot that already holds a part of them, as upstream's
 * fuzzy snapshots do. Named after the faults that upstream had there. */
#include <string.h>

#include "tree_fixture.h"

static void load_begin(void)
{
    zk_stat_persisted_t root = {.cversion = 1, .pzxid = 1};

    zk_tree_load_begin(fixture_tree());
    CU_ASSERT_TRUE(zk_tree_load_node(fixture_tree(), zk_str(""), zk_str(""), -1, &root));
}

static void load(const char *path, int64_t acl_id, int32_t cversion, int64_t pzxid, int64_t owner)
{
    zk_stat_persisted_t stat = {
        .czxid = 1, .mzxid = 1, .pzxid = pzxid, .cversion = cversion, .ephemeral_owner = owner};

    CU_ASSERT_TRUE(zk_tree_load_node(fixture_tree(), zk_str(path), zk_str("d"), acl_id, &stat));
}

static void load_end(int64_t zxid)
{
    CU_ASSERT_TRUE(zk_tree_load_end(fixture_tree(), zxid));
    fixture_set_zxid(zxid);
}

/* The snapshot has the parent as it was after zxid 9, replay begins at 5. */
static void zookeeper_3125_replay_never_takes_pzxid_back(void)
{
    load_begin();
    load("/p", -1, 3, 9, 0);
    load("/p/c", -1, 0, 1, 0);
    load_end(4);
    fixture_delete("/p/c"); /* zxid 5 */
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 9);
    fixture_create_full(ZK_OP_CREATE, "/p/d", "", fixture_open_acl(), 2); /* zxid 6, older count */
    CU_ASSERT_EQUAL(fixture_stored("/p").cversion, 3);
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 9);
    fixture_set_zxid(9);
    fixture_create_full(ZK_OP_CREATE, "/p/e", "", fixture_open_acl(), 4); /* zxid 10 */
    CU_ASSERT_EQUAL(fixture_stored("/p").cversion, 4);
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 10);
}

/* The child is gone from the snapshot, the parent was written before: only the delete tells it. */
static void zookeeper_3125_a_delete_of_what_is_gone_still_moves_pzxid(void)
{
    load_begin();
    load("/p", -1, 1, 2, 0);
    load_end(4);
    CU_ASSERT_EQUAL(fixture_delete("/p/c"), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 5);
    CU_ASSERT_EQUAL(fixture_delete("/q/c"), ZK_CODE_NO_NODE);
}

/* The child is in the snapshot, the parent was written before it was born; every type of create
 * repairs it. */
static void a_create_of_what_is_there_still_counts_for_the_parent(void)
{
    static const int32_t types[] = {ZK_OP_CREATE, ZK_OP_CREATE2, ZK_OP_CREATE_CONTAINER};
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        load_begin();
        load("/p", -1, 1, 2, 0);
        load("/p/c", -1, 0, 5, types[i] == ZK_OP_CREATE_CONTAINER ? INT64_MIN : 0);
        load_end(4);
        CU_ASSERT_EQUAL(fixture_create_full(types[i], "/p/c", "x", fixture_open_acl(), 2),
                        ZK_CODE_NODE_EXISTS);
        CU_ASSERT_EQUAL(fixture_stored("/p").cversion, 2);
        CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 5);
        CU_ASSERT_TRUE(fixture_data_is("/p/c", "d"));
        CU_ASSERT_PTR_NULL(fixture_check());
    }
}

static void zookeeper_3144_ephemerals_of_a_session_closed_in_the_fuzzy_range_go(void)
{
    const char *const paths[] = {"/p/a", NULL};

    load_begin();
    load("/p", -1, 2, 6, 0);
    load("/p/b", -1, 0, 4, 0x1234); /* /p/a was deleted before the walk came by, /p/b not */
    load_end(4);
    fixture_close_session(paths);
    CU_ASSERT_FALSE(fixture_exists("/p/b"));
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(fixture_tree()), 0);
    CU_ASSERT_EQUAL(fixture_stored("/p").pzxid, 6);
}

static void zookeeper_3145_an_ephemeral_born_again_for_another_session_keeps_its_owner(void)
{
    load_begin();
    load("/e", -1, 0, 7, 0x77); /* already the later one */
    load_end(4);
    fixture_close_session(NULL); /* of 0x1234, zxid 5 */
    fixture_set_session(0x77);
    CU_ASSERT_EQUAL(fixture_create_ephemeral("/e"), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(zk_tree_session_ephemerals_count(fixture_tree(), 0x77), 1);
}

/* The snapshot's ACL table was written before the list came into being. */
static void zookeeper_3306_an_acl_missing_in_the_snapshot_comes_back_with_the_create(void)
{
    load_begin();
    load("/a", 8, 0, 5, 0);
    load_end(4);
    CU_ASSERT_TRUE(zk_znode_acl(zk_tree_find(fixture_tree(), zk_str("/a")))->unknown);
    CU_ASSERT_EQUAL(
        fixture_create_full(ZK_OP_CREATE, "/a", "d", fixture_acl(ZK_PERM_READ, "ip", "1.1.1.1"), 1),
        ZK_CODE_NODE_EXISTS);
    CU_ASSERT_FALSE(zk_znode_acl(zk_tree_find(fixture_tree(), zk_str("/a")))->unknown);
    CU_ASSERT_EQUAL(zk_acl_unknown_count(zk_tree_acls(fixture_tree())), 0);
}

static void zookeeper_3306_an_acl_missing_in_the_snapshot_comes_back_with_set_acl(void)
{
    load_begin();
    load("/a", 8, 0, 5, 0);
    load("/b", 8, 0, 5, 0);
    load_end(4);
    CU_ASSERT_EQUAL(fixture_set_acl("/a", fixture_acl(1, "ip", "1.1.1.1"), 1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_acl_unknown_count(zk_tree_acls(fixture_tree())), 1);
    CU_ASSERT_EQUAL(fixture_delete("/b"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_acl_unknown_count(zk_tree_acls(fixture_tree())), 0);
}

static int64_t zxid_when_heard;

static void hear_zxid(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                      int64_t zxid)
{
    (void)event_type;
    (void)path;
    (void)acl;
    (void)zxid;
    zxid_when_heard = zk_tree_last_zxid(baton);
}

static void zookeeper_3127_a_multi_moves_the_zxid_only_when_it_is_whole(void)
{
    zk_tree_listener_t listener = {fixture_tree(), hear_zxid};
    zk_txn_header_t header;
    zk_txn_body_t first = {.create = {zk_str("/a"), zk_str(""), {-1, NULL}, false, -1}};
    zk_txn_body_t second = {.create = {zk_str("/b"), zk_str(""), {-1, NULL}, false, -1}};

    fixture_create("/x", "");
    zk_tree_listen(fixture_tree(), &listener);
    header = fixture_header(ZK_OP_MULTI);
    zk_tree_apply_op(fixture_tree(), &header, ZK_OP_CREATE, &first, fixture_arena());
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 1);
    zk_tree_apply_op(fixture_tree(), &header, ZK_OP_CREATE, &second, fixture_arena());
    CU_ASSERT_EQUAL(zxid_when_heard, 1);
    zk_tree_applied(fixture_tree(), header.zxid);
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 2);
    zk_tree_listen(fixture_tree(), NULL);
}

/* Upstream threw when a dangling id was met while creating or deleting below the znode. */
static void zookeeper_4846_a_dangling_acl_stops_no_replay(void)
{
    load_begin();
    load("/p", 42, 1, 2, 0);
    load("/p/old", 43, 0, 2, 0);
    load_end(4);
    CU_ASSERT_EQUAL(fixture_create("/p/c", ""), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_delete("/p/old"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_set("/p", "x", 1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_acl_unknown_count(zk_tree_acls(fixture_tree())), 1);
}

static void zookeeper_4689_the_next_list_does_not_take_a_dangling_id(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_tree_t *again;
    int64_t dangling;

    load_begin();
    zk_acl_load(zk_tree_acls(fixture_tree()), 1, fixture_acl(1, "ip", "1.1.1.1"));
    load("/known", 1, 0, 1, 0);
    load("/dangling", 2, 0, 1, 0); /* the id upstream would give next */
    load_end(4);
    fixture_create_full(ZK_OP_CREATE, "/new", "", fixture_acl(31, "digest", "a:b"), -1);
    dangling = fixture_acl_id("/dangling");
    CU_ASSERT_NOT_EQUAL(fixture_acl_id("/new"), dangling);
    fixture_walk(fixture_tree(), &buffer, 10);
    again = fixture_load(buffer.data, zk_buffer_size(&buffer), fixture_zxid());
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    CU_ASSERT_TRUE(fixture_same(fixture_tree(), again));
    zk_tree_destroy(again);
    zk_buffer_free(&buffer);
}

/* A snapshot that already holds the second /a with its child, replayed from before the first was
 * deleted. */
static void a_delete_of_a_znode_with_children_takes_them_along(void)
{
    load_begin();
    load("/a", -1, 1, 8, 0);
    load("/a/c", -1, 0, 8, 0x1234);
    load("/a/c/d", -1, 0, 8, INT64_MIN);
    load_end(4);
    CU_ASSERT_EQUAL(fixture_delete("/a"), ZK_CODE_OK);
    CU_ASSERT_FALSE(fixture_exists("/a/c/d"));
    CU_ASSERT_PTR_NULL(fixture_check());
    CU_ASSERT_EQUAL(fixture_create("/a", ""), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_create_ephemeral("/a/c"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_stat("/a").num_children, 1);
}

/* Everything is absolute: a log replayed twice gives the same tree. */
static void applying_a_log_twice_is_harmless(void)
{
    zk_buffer_t once = ZK_BUFFER_INIT;
    zk_buffer_t twice = ZK_BUFFER_INIT;
    int round;

    for (round = 0; round < 2; round++) {
        fixture_set_zxid(0);
        fixture_create_full(ZK_OP_CREATE, "/a", "1", fixture_open_acl(), 1);
        fixture_create_full(ZK_OP_CREATE2, "/a/b", "2", fixture_acl(1, "ip", "1.1.1.1"), 1);
        fixture_create_full(ZK_OP_CREATE, "/a/c", "3", fixture_open_acl(), 2);
        fixture_set("/a/b", "4", 1);
        fixture_delete("/a/c");
        fixture_set_acl("/a", fixture_acl(3, "ip", "1.1.1.1"), 1);
        fixture_print(fixture_tree(), round == 0 ? &once : &twice);
        zk_buffer_append(round == 0 ? &once : &twice, "", 1);
    }
    CU_ASSERT_STRING_EQUAL((char *)once.data, (char *)twice.data);
    zk_buffer_free(&once);
    zk_buffer_free(&twice);
}

static const zk_test_t tests[] = {
    {"ZOOKEEPER-3125: replay never takes pzxid back", zookeeper_3125_replay_never_takes_pzxid_back},
    {"ZOOKEEPER-3125: a delete of what is gone still moves pzxid",
     zookeeper_3125_a_delete_of_what_is_gone_still_moves_pzxid},
    {"a create of what is there still counts for the parent",
     a_create_of_what_is_there_still_counts_for_the_parent},
    {"ZOOKEEPER-3144: ephemerals of a session closed in the fuzzy range go",
     zookeeper_3144_ephemerals_of_a_session_closed_in_the_fuzzy_range_go},
    {"ZOOKEEPER-3145: an ephemeral born again for another session keeps its owner",
     zookeeper_3145_an_ephemeral_born_again_for_another_session_keeps_its_owner},
    {"ZOOKEEPER-3306: an ACL missing in the snapshot comes back with the create",
     zookeeper_3306_an_acl_missing_in_the_snapshot_comes_back_with_the_create},
    {"ZOOKEEPER-3306: an ACL missing in the snapshot comes back with setACL",
     zookeeper_3306_an_acl_missing_in_the_snapshot_comes_back_with_set_acl},
    {"ZOOKEEPER-3127: a multi moves the zxid only when it is whole",
     zookeeper_3127_a_multi_moves_the_zxid_only_when_it_is_whole},
    {"ZOOKEEPER-4846: a dangling ACL stops no replay",
     zookeeper_4846_a_dangling_acl_stops_no_replay},
    {"ZOOKEEPER-4689: the next list does not take a dangling id",
     zookeeper_4689_the_next_list_does_not_take_a_dangling_id},
    {"a delete of a znode with children takes them along",
     a_delete_of_a_znode_with_children_takes_them_along},
    {"applying a log twice is harmless", applying_a_log_twice_is_harmless},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_replay, "tree/replay", tests, tree_setup, tree_teardown);
