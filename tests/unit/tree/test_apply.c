/* test_apply.c -- what each txn does to the tree, and what the listener hears. */
#include <stdio.h>
#include <string.h>

#include "tree_fixture.h"

static void create_makes_a_znode_and_tells_its_parent(void)
{
    zk_stat_t stat;

    CU_ASSERT_EQUAL(fixture_create("/a", "hello"), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "created /a; children /; ");
    CU_ASSERT_EQUAL(fixture_create("/a/b", NULL), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "created /a/b; children /a; ");
    stat = fixture_stat("/a");
    CU_ASSERT_EQUAL(stat.czxid, 1);
    CU_ASSERT_EQUAL(stat.mzxid, 1);
    CU_ASSERT_EQUAL(stat.pzxid, 2);
    CU_ASSERT_EQUAL(stat.ctime, 1001);
    CU_ASSERT_EQUAL(stat.mtime, 1001);
    CU_ASSERT_EQUAL(stat.version, 0);
    CU_ASSERT_EQUAL(stat.cversion, 1);
    CU_ASSERT_EQUAL(stat.aversion, 0);
    CU_ASSERT_EQUAL(stat.ephemeral_owner, 0);
    CU_ASSERT_EQUAL(stat.data_length, 5);
    CU_ASSERT_EQUAL(stat.num_children, 1);
}

static void create_without_parent_is_no_node(void)
{
    CU_ASSERT_EQUAL(fixture_create("/a/b", ""), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_create("a", ""), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_create("//a", ""), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_create("", ""), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_create("/", ""), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "");
}

static void visible_cversion_counts_births_and_deaths(void)
{
    fixture_create("/p", "");
    fixture_create("/p/a", "");
    fixture_create("/p/b", "");
    fixture_create("/p/c", "");
    fixture_delete("/p/b");
    CU_ASSERT_EQUAL(fixture_stored("/p").cversion, 3);
    CU_ASSERT_EQUAL(fixture_stat("/p").num_children, 2);
    CU_ASSERT_EQUAL(fixture_stat("/p").cversion, 4);
    CU_ASSERT_EQUAL(fixture_stat("/p").pzxid, fixture_zxid());
}

static void the_kinds_have_their_owners(void)
{
    fixture_create_ephemeral("/e");
    fixture_create_container("/c");
    fixture_create_ttl("/t", 60000);
    CU_ASSERT_EQUAL(fixture_stored("/e").ephemeral_owner, 0x1234);
    CU_ASSERT_EQUAL(fixture_stored("/c").ephemeral_owner, INT64_MIN);
    CU_ASSERT_EQUAL(fixture_stored("/t").ephemeral_owner, (int64_t)0xff0000000000ea60);
    CU_ASSERT_EQUAL(fixture_stat("/e").ephemeral_owner, 0x1234);
    CU_ASSERT_EQUAL(fixture_stat("/c").ephemeral_owner, 0);
    CU_ASSERT_EQUAL(fixture_stat("/t").ephemeral_owner, 0);
}

static void delete_tells_the_znode_and_its_parent(void)
{
    fixture_create("/a", "");
    fixture_create("/a/b", "");
    fixture_heard();
    CU_ASSERT_EQUAL(fixture_delete("/a/b"), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "deleted /a/b; children /a; ");
    CU_ASSERT_EQUAL(fixture_delete("/a"), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "deleted /a; children /; ");
    CU_ASSERT_EQUAL(fixture_delete("/a"), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_delete("/"), ZK_CODE_NO_NODE);
    CU_ASSERT_TRUE(fixture_exists("/"));
}

static void set_data_takes_the_version_of_the_txn(void)
{
    fixture_create("/a", "old");
    fixture_heard();
    CU_ASSERT_EQUAL(fixture_set("/a", "new data", 7), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "changed /a; ");
    CU_ASSERT_TRUE(fixture_data_is("/a", "new data"));
    CU_ASSERT_EQUAL(fixture_stat("/a").version, 7);
    CU_ASSERT_EQUAL(fixture_stat("/a").mzxid, 2);
    CU_ASSERT_EQUAL(fixture_stat("/a").mtime, 1002);
    CU_ASSERT_EQUAL(fixture_stat("/a").pzxid, 1);
    CU_ASSERT_EQUAL(fixture_set("/b", "x", 1), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(fixture_set("/", "root", 1), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "changed /; ");
    CU_ASSERT_PTR_NULL(fixture_check());
}

static void set_acl_is_silent_and_leaves_mzxid(void)
{
    fixture_create("/a", "");
    fixture_heard();
    CU_ASSERT_EQUAL(fixture_set_acl("/a", fixture_acl(1, "ip", "1.1.1.1"), 3), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "");
    CU_ASSERT_EQUAL(fixture_stat("/a").aversion, 3);
    CU_ASSERT_EQUAL(fixture_stat("/a").mzxid, 1);
    CU_ASSERT_NOT_EQUAL(fixture_acl_id("/a"), -1);
    CU_ASSERT_EQUAL(fixture_set_acl("/b", fixture_open_acl(), 1), ZK_CODE_NO_NODE);
}

static void reconfig_sets_the_data_of_the_configuration(void)
{
    zk_txn_header_t header = fixture_header(ZK_OP_RECONFIG);
    zk_txn_body_t body = {.set_data = {zk_str("/zookeeper/config"), zk_str("c"), -1}};

    CU_ASSERT_EQUAL(fixture_apply(&header, &body), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "changed /zookeeper/config; ");
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper/config").version, -1);
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper/config").mzxid, 1);
}

static void close_session_deletes_in_the_order_of_the_txn(void)
{
    const char *const paths[] = {"/c", "/missing", "/a", NULL};

    fixture_create_ephemeral("/a");
    fixture_create_ephemeral("/b");
    fixture_create_ephemeral("/c");
    fixture_set_session(5);
    fixture_create_ephemeral("/other");
    fixture_set_session(0x1234);
    fixture_heard();
    CU_ASSERT_EQUAL(fixture_close_session(paths), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "deleted /c; children /; deleted /a; children /; "
                                            "deleted /b; children /; ");
    CU_ASSERT_TRUE(fixture_exists("/other"));
    CU_ASSERT_EQUAL(zk_tree_session_ephemerals_count(fixture_tree(), 0x1234), 0);
}

static void close_session_without_a_body_deletes_the_sessions_own(void)
{
    fixture_create_ephemeral("/a");
    fixture_create_ephemeral("/b");
    fixture_heard();
    fixture_close_session(NULL);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "deleted /a; children /; deleted /b; children /; ");
}

static void a_session_with_many_ephemerals_closes_at_once(void)
{
    char path[20];
    int i;

    for (i = 0; i < 30000; i++) {
        snprintf(path, sizeof(path), "/e%d", i);
        fixture_create_ephemeral(path);
        zk_arena_reset(fixture_arena());
    }
    fixture_close_session(NULL);
    fixture_heard();
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(fixture_tree()), 0);
    CU_ASSERT_EQUAL(zk_tree_count(fixture_tree()), 5);
}

/* ---- multi ---- */

static zk_txn_t sub(int32_t type, const zk_txn_body_t *body)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_txn_t entry;

    zk_txn_encode_body(body, type, &buffer);
    entry.type = type;
    entry.data = zk_str_n(zk_arena_copy(fixture_arena(), buffer.data, zk_buffer_size(&buffer)),
                          zk_buffer_size(&buffer));
    zk_buffer_free(&buffer);
    return entry;
}

static zk_code_t apply_multi(zk_txn_t *entries, int32_t count)
{
    zk_txn_header_t header = fixture_header(ZK_OP_MULTI);
    zk_txn_body_t body = {.multi = {{count, entries}}};

    return fixture_apply(&header, &body);
}

static void a_multi_applies_its_parts_in_order_under_one_zxid(void)
{
    zk_txn_body_t create = {.create = {zk_str("/m"), zk_str("1"), {-1, NULL}, false, 1}};
    zk_txn_body_t child = {.create = {zk_str("/m/c"), zk_str("2"), {-1, NULL}, true, 1}};
    zk_txn_body_t set = {.set_data = {zk_str("/m"), zk_str("3"), 1}};
    zk_txn_body_t check = {.check = {zk_str("/m"), 1}};
    zk_txn_body_t delete = {.delete_ = {zk_str("/m/c")}};
    zk_txn_t entries[] = {sub(ZK_OP_CREATE, &create), sub(ZK_OP_CREATE2, &child),
                          sub(ZK_OP_SET_DATA, &set), sub(ZK_OP_CHECK, &check),
                          sub(ZK_OP_DELETE, &delete)};

    CU_ASSERT_EQUAL(apply_multi(entries, 5), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "created /m; children /; created /m/c; children /m; "
                                            "changed /m; deleted /m/c; children /m; ");
    CU_ASSERT_TRUE(fixture_data_is("/m", "3"));
    CU_ASSERT_EQUAL(fixture_stored("/m").czxid, 1);
    CU_ASSERT_EQUAL(fixture_stored("/m").pzxid, 1);
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 1);
}

static void a_multi_with_an_error_changes_nothing(void)
{
    zk_txn_body_t create = {.create = {zk_str("/m"), zk_str("1"), {-1, NULL}, false, 1}};
    zk_txn_body_t ok = {.error = {0}};
    zk_txn_body_t error = {.error = {ZK_CODE_BAD_VERSION}};
    zk_txn_t entries[] = {sub(ZK_OP_CREATE, &create), sub(ZK_OP_ERROR, &ok),
                          sub(ZK_OP_ERROR, &error)};

    CU_ASSERT_EQUAL(apply_multi(entries, 3), ZK_CODE_BAD_VERSION);
    CU_ASSERT_FALSE(fixture_exists("/m"));
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "");
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 1);
}

static void a_failing_part_does_not_stop_the_rest(void)
{
    zk_txn_body_t delete = {.delete_ = {zk_str("/missing")}};
    zk_txn_body_t create = {.create = {zk_str("/m"), zk_str("1"), {-1, NULL}, false, 1}};
    zk_txn_t entries[] = {sub(ZK_OP_DELETE, &delete),
                          {ZK_OP_CREATE, zk_str("torn")},
                          {ZK_OP_MULTI, zk_str("")},
                          sub(ZK_OP_CREATE, &create)};

    CU_ASSERT_EQUAL(apply_multi(entries, 4), ZK_CODE_NO_NODE);
    CU_ASSERT_TRUE(fixture_exists("/m"));
}

static void errors_and_unknown_types_only_move_the_zxid(void)
{
    zk_txn_header_t header = fixture_header(ZK_OP_ERROR);
    zk_txn_body_t body = {.error = {ZK_CODE_NO_AUTH}};
    uint64_t digest = zk_tree_digest(fixture_tree());

    CU_ASSERT_EQUAL(fixture_apply(&header, &body), ZK_CODE_NO_AUTH);
    header = fixture_header(ZK_OP_CREATE_SESSION);
    CU_ASSERT_EQUAL(fixture_apply(&header, &body), ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_tree_last_zxid(fixture_tree()), 2);
    CU_ASSERT_EQUAL(zk_tree_digest(fixture_tree()), digest);
}

/* ---- what only a broken server would have proposed ---- */

static void a_ttl_out_of_range_gives_a_plain_znode(void)
{
    CU_ASSERT_EQUAL(fixture_create_ttl("/t", -1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_create_ttl("/u", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_create_ttl("/v", ZK_TTL_MAX_MS + 1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixture_stored("/t").ephemeral_owner, 0);
    CU_ASSERT_EQUAL(fixture_stored("/v").ephemeral_owner, 0);
}

/* ---- events and permission (CVE-2024-23944) ---- */

static int64_t heard_acl[2];
static int32_t heard_count;

static void hear_acl(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                     int64_t zxid)
{
    (void)baton;
    (void)event_type;
    (void)path;
    (void)zxid;
    if (heard_count < 2)
        heard_acl[heard_count] = acl->id;
    heard_count++;
}

static void events_carry_the_acl_that_decides_who_may_hear(void)
{
    zk_tree_listener_t listener = {NULL, hear_acl};
    int64_t parent_id;
    int64_t child_id;

    fixture_create_full(ZK_OP_CREATE, "/p", "", fixture_acl(1, "ip", "1.1.1.1"), -1);
    parent_id = fixture_acl_id("/p");
    zk_tree_listen(fixture_tree(), &listener);
    heard_count = 0;
    fixture_create_full(ZK_OP_CREATE, "/p/c", "", fixture_acl(1, "ip", "2.2.2.2"), -1);
    child_id = fixture_acl_id("/p/c");
    CU_ASSERT_EQUAL(heard_count, 2);
    CU_ASSERT_EQUAL(heard_acl[0], child_id);
    CU_ASSERT_EQUAL(heard_acl[1], parent_id);
    heard_count = 0;
    fixture_set("/p/c", "x", 1);
    CU_ASSERT_EQUAL(heard_acl[0], child_id);
    heard_count = 0;
    fixture_delete("/p/c"); /* the last to use its list */
    CU_ASSERT_EQUAL(heard_count, 2);
    CU_ASSERT_EQUAL(heard_acl[0], child_id);
    CU_ASSERT_EQUAL(heard_acl[1], parent_id);
    CU_ASSERT_EQUAL(zk_acl_table_count(zk_tree_acls(fixture_tree())), 2);
    zk_tree_listen(fixture_tree(), NULL);
}

static const zk_test_t tests[] = {
    {"create makes a znode and tells its parent", create_makes_a_znode_and_tells_its_parent},
    {"create without parent is NoNode", create_without_parent_is_no_node},
    {"visible cversion counts births and deaths", visible_cversion_counts_births_and_deaths},
    {"the kinds have their owners", the_kinds_have_their_owners},
    {"delete tells the znode and its parent", delete_tells_the_znode_and_its_parent},
    {"setData takes the version of the txn", set_data_takes_the_version_of_the_txn},
    {"setACL is silent and leaves mzxid", set_acl_is_silent_and_leaves_mzxid},
    {"reconfig sets the data of the configuration", reconfig_sets_the_data_of_the_configuration},
    {"closeSession deletes in the order of the txn", close_session_deletes_in_the_order_of_the_txn},
    {"closeSession without a body deletes the session's own",
     close_session_without_a_body_deletes_the_sessions_own},
    {"a session with many ephemerals closes at once",
     a_session_with_many_ephemerals_closes_at_once},
    {"a multi applies its parts in order under one zxid",
     a_multi_applies_its_parts_in_order_under_one_zxid},
    {"a multi with an error changes nothing", a_multi_with_an_error_changes_nothing},
    {"a failing part does not stop the rest", a_failing_part_does_not_stop_the_rest},
    {"errors and unknown types only move the zxid", errors_and_unknown_types_only_move_the_zxid},
    {"a TTL out of range gives a plain znode", a_ttl_out_of_range_gives_a_plain_znode},
    {"CVE-2024-23944: events carry the ACL that decides who may hear",
     events_carry_the_acl_that_decides_who_may_hear},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_apply, "tree/apply", tests, tree_setup, tree_teardown);
