/* test_prepare.c -- which check comes first, and what a write leaves behind. */
#include "world.h"

#include <string.h>

static peer_t *peer;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
}

/* ---- create ---- */

static void create_checks_its_mode_before_anything_else(void)
{
    zk_acl_vector_t none = {0, NULL};

    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "nowhere", none, 7, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl_open(), -1, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, NULL, none, 99, 0), ZK_CODE_BAD_ARGUMENTS);
}

static void a_mode_must_fit_its_opcode(void)
{
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl_open(), ZK_CREATE_CONTAINER, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE2, "/a", acl_open(), ZK_CREATE_TTL, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE_CONTAINER, "/a", acl_open(), 0, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE_TTL, "/a", acl_open(), 0, -1),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", false, NULL), ZK_CODE_NO_NODE);
}

static void a_ttl_has_limits(void)
{
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE_TTL, "/a", acl_open(), ZK_CREATE_TTL, 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(
        peer_create_as(peer, ZK_OP_CREATE_TTL, "/a", acl_open(), ZK_CREATE_TTL, ZK_TTL_MAX_MS + 1),
        ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(
        peer_create_as(peer, ZK_OP_CREATE_TTL, "/a", acl_open(), ZK_CREATE_TTL, ZK_TTL_MAX_MS),
        ZK_CODE_OK);
}

static void ttl_modes_are_unimplemented_where_extended_types_are_off(void)
{
    world_options()->extended_types_enabled = false;
    world_restart();
    peer = peer_connect();
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE_TTL, "/a", acl_open(), ZK_CREATE_TTL, 0),
                    ZK_CODE_UNIMPLEMENTED);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl_open(), ZK_CREATE_TTL, 0),
                    ZK_CODE_UNIMPLEMENTED);
    CU_ASSERT_EQUAL(
        peer_create_as(peer, ZK_OP_CREATE_CONTAINER, "/a", acl_open(), ZK_CREATE_CONTAINER, 0),
        ZK_CODE_OK);
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static void a_path_without_slash_beats_a_bad_acl(void)
{
    zk_acl_vector_t none = {0, NULL};

    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "a", none, 0, 0), ZK_CODE_BAD_ARGUMENTS);
}

static void a_bad_acl_beats_a_missing_parent(void)
{
    zk_acl_vector_t none = {0, NULL};
    zk_acl_vector_t null = {-1, NULL};

    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/no/a", none, 0, 0), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/no/a", null, 0, 0), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/no/a", acl_of(31, "nosuch", "x"), 0, 0),
                    ZK_CODE_INVALID_ACL);
}

static void a_missing_parent_beats_a_bad_final_name(void)
{
    CU_ASSERT_EQUAL(peer_create(peer, "/no//a", "", 0), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_create(peer, "/./a", "", 0), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_create(peer, "/..", "", 0), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create(peer, "/a\x01", "", 0), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create(peer, "", "", 0), ZK_CODE_BAD_ARGUMENTS);
}

static void no_permission_beats_a_bad_name_and_an_existing_znode(void)
{
    CU_ASSERT_EQUAL(
        peer_create_as(peer, ZK_OP_CREATE, "/p", acl_of(ZK_PERM_READ, "world", "anyone"), 0, 0),
        ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/p/..", "", 0), ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(peer_create(peer, "/p/a", "", 0), ZK_CODE_NO_AUTH);
}

static void an_existing_znode_beats_an_ephemeral_parent(void)
{
    CU_ASSERT_EQUAL(peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/e/c", "", 0), ZK_CODE_NO_CHILDREN_FOR_EPHEMERALS);
    CU_ASSERT_EQUAL(peer_create(peer, "/e", "", 0), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(peer_create(peer, "/", "", 0), ZK_CODE_NODE_EXISTS);
}

static void containers_and_ttl_znodes_take_children(void)
{
    CU_ASSERT_EQUAL(
        peer_create_as(peer, ZK_OP_CREATE_CONTAINER, "/c", acl_open(), ZK_CREATE_CONTAINER, 0),
        ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE_TTL, "/t", acl_open(), ZK_CREATE_TTL, 1000),
                    ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/c/x", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/t/x", "", 0), ZK_CODE_OK);
}

static void only_a_session_owned_znode_shows_its_owner(void)
{
    zk_stat_t stat;

    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    peer_exists(peer, "/e", false, &stat);
    CU_ASSERT_EQUAL(stat.ephemeral_owner, peer_session(peer));
    peer_create_as(peer, ZK_OP_CREATE_TTL, "/t", acl_open(), ZK_CREATE_TTL, 1000);
    peer_exists(peer, "/t", false, &stat);
    CU_ASSERT_EQUAL(stat.ephemeral_owner, 0);
}

/* ---- sequence names ---- */

static void sequence_numbers_count_all_creates_and_no_deletes(void)
{
    char name[64];

    CU_ASSERT_EQUAL(peer_create(peer, "/p", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_named(peer, "/p/s-", 2, name), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(name, "/p/s-0000000000");
    CU_ASSERT_EQUAL(peer_create(peer, "/p/plain", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/p/plain", "", 0), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "/p/plain", -1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_named(peer, "/p/s-", 3, name), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(name, "/p/s-0000000002");
    CU_ASSERT_EQUAL(peer_create_named(peer, "/p/", 2, name), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(name, "/p/0000000003");
}

static void sequence_numbers_see_creates_that_are_not_durable_yet(void)
{
    frame_t frame;
    int32_t first;
    int32_t second;

    CU_ASSERT_EQUAL(peer_create(peer, "/p", "", 0), ZK_CODE_OK);
    world_auto_sync(false);
    first = peer_post_create(peer, "/p/s", "", 2);
    second = peer_post_create(peer, "/p/s", "", 2);
    world_sync();
    frame = peer_answer(peer, first);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/p/s0000000000"));
    frame = peer_answer(peer, second);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/p/s0000000001"));
}

static void a_sequence_name_can_collide_with_a_plain_one(void)
{
    char name[64];

    peer_create(peer, "/p", "", 0);
    CU_ASSERT_EQUAL(peer_create(peer, "/p/s0000000001", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_named(peer, "/p/s", 2, name), ZK_CODE_NODE_EXISTS);
}

/* ---- delete ---- */

static void delete_checks_in_order(void)
{
    CU_ASSERT_EQUAL(peer_delete(peer, "/zookeeper", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "/zookeeper/quota", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "/zookeeper/config", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "/", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "a", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a/b", -1), ZK_CODE_NO_NODE);
    peer_create(peer, "/a", "", 0);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a/", -1), ZK_CODE_NO_NODE);
    peer_create(peer, "/a/b", "", 0);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a", 5), ZK_CODE_BAD_VERSION);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a", 0), ZK_CODE_NOT_EMPTY);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a/b", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_delete(peer, "/a", -1), ZK_CODE_OK);
}

static void without_permission_delete_does_not_tell_whether_the_znode_exists(void)
{
    peer_create_as(peer, ZK_OP_CREATE, "/p",
                   acl_of(ZK_PERM_READ | ZK_PERM_CREATE, "world", "anyone"), 0, 0);
    peer_create(peer, "/p/here", "", 0);
    CU_ASSERT_EQUAL(peer_delete(peer, "/p/here", -1), ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(peer_delete(peer, "/p/gone", -1), ZK_CODE_NO_AUTH);
}

static void children_that_are_not_durable_yet_keep_their_parent(void)
{
    int32_t create;
    int32_t refused;
    int32_t child;
    int32_t parent;

    peer_create(peer, "/a", "", 0);
    world_auto_sync(false);
    create = peer_post_create(peer, "/a/b", "", 0);
    refused = peer_post_delete(peer, "/a", -1);
    child = peer_post_delete(peer, "/a/b", -1);
    parent = peer_post_delete(peer, "/a", -1);
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, create).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, refused).err, ZK_CODE_NOT_EMPTY);
    CU_ASSERT_EQUAL(peer_answer(peer, child).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, parent).err, ZK_CODE_OK);
}

/* ---- setData, setACL ---- */

static void set_data_checks_in_order(void)
{
    CU_ASSERT_EQUAL(peer_set(peer, "a", "", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set(peer, "", "", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set(peer, "/a/", "", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", 4), ZK_CODE_NO_NODE);
    peer_create_as(peer, ZK_OP_CREATE, "/r", acl_of(ZK_PERM_READ, "world", "anyone"), 0, 0);
    CU_ASSERT_EQUAL(peer_set(peer, "/r", "", 4), ZK_CODE_NO_AUTH);
    peer_create(peer, "/a", "", 0);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", 4), ZK_CODE_BAD_VERSION);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", 1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer, "/", "root", -1), ZK_CODE_OK);
}

static void versions_count_on_through_writes_in_flight(void)
{
    int32_t first;
    int32_t wrong;
    int32_t second;

    peer_create(peer, "/a", "", 0);
    world_auto_sync(false);
    first = peer_post_set(peer, "/a", "1", 0);
    wrong = peer_post_set(peer, "/a", "2", 0);
    second = peer_post_set(peer, "/a", "3", 1);
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, first).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, wrong).err, ZK_CODE_BAD_VERSION);
    CU_ASSERT_EQUAL(peer_answer(peer, second).err, ZK_CODE_OK);
}

static void null_data_stays_null(void)
{
    frame_t frame;

    peer_create(peer, "/n", NULL, 0);
    frame = peer_answer(peer, peer_post_get(peer, "/n", false));
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), -1);
    peer_set(peer, "/n", "", -1);
    frame = peer_answer(peer, peer_post_get(peer, "/n", false));
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 0);
}

static void set_acl_checks_in_order(void)
{
    zk_acl_vector_t none = {0, NULL};

    CU_ASSERT_EQUAL(peer_set_acl(peer, "a", none, -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/a", none, -1), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/a", acl_open(), 9), ZK_CODE_NO_NODE);
    peer_create_as(peer, ZK_OP_CREATE, "/w",
                   acl_of(ZK_PERM_ALL & ~ZK_PERM_ADMIN, "world", "anyone"), 0, 0);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/w", acl_open(), 9), ZK_CODE_NO_AUTH);
    peer_create(peer, "/a", "", 0);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/a", acl_open(), 9), ZK_CODE_BAD_VERSION);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/a", acl_of(1, "world", "anyone"), 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", -1), ZK_CODE_NO_AUTH);
}

static void set_acl_moves_only_the_acl_version(void)
{
    zk_stat_t before;
    zk_stat_t after;

    peer_create(peer, "/a", "", 0);
    peer_exists(peer, "/a", false, &before);
    world_pass(100);
    CU_ASSERT_EQUAL(peer_set_acl(peer, "/a", acl_open(), -1), ZK_CODE_OK);
    peer_exists(peer, "/a", false, &after);
    CU_ASSERT_EQUAL(after.aversion, before.aversion + 1);
    before.aversion = after.aversion;
    CU_ASSERT_TRUE(zk_record_equal(&zk_record_stat, &before, &after));
}

/* ---- zxids, records ---- */

static void a_failed_write_uses_a_zxid_and_is_logged_as_an_error(void)
{
    int64_t before = world_logged();
    frame_t frame = peer_answer(peer, peer_post_delete(peer, "/none", -1));
    zk_txn_decoded_t txn;

    CU_ASSERT_EQUAL(frame.zxid, before + 1);
    CU_ASSERT_EQUAL(world_logged(), before + 1);
    txn = world_record(before + 1);
    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_ERROR);
    CU_ASSERT_EQUAL(txn.body.error.err, ZK_CODE_NO_NODE);
    CU_ASSERT_FALSE(txn.has_digest);
    CU_ASSERT_EQUAL(txn.header.client_id, peer_session(peer));
    CU_ASSERT_EQUAL(txn.header.cxid, frame.xid);
}

static void what_cannot_be_decoded_is_answered_without_a_zxid(void)
{
    static const int32_t ops[] = {ZK_OP_CREATE,     ZK_OP_DELETE,   ZK_OP_SET_DATA,
                                  ZK_OP_SET_ACL,    ZK_OP_CREATE2,  ZK_OP_MULTI,
                                  ZK_OP_CREATE_TTL, ZK_OP_RECONFIG, ZK_OP_CREATE_CONTAINER};
    int64_t before = world_logged();
    size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        int32_t xid = peer_send_raw(peer, ops[i], "\0\0\0\7x", 5);

        CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_MARSHALLING_ERROR);
    }
    CU_ASSERT_EQUAL(world_logged(), before);
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static void creating_or_deleting_a_null_path_is_a_marshalling_error(void)
{
    CU_ASSERT_EQUAL(peer_create(peer, NULL, "", 0), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(peer_delete(peer, NULL, -1), ZK_CODE_MARSHALLING_ERROR);
}

static void setting_a_null_path_is_a_bad_argument_like_any_other_path(void)
{
    int64_t before = world_logged();

    CU_ASSERT_EQUAL(peer_set(peer, NULL, "", -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set_acl(peer, NULL, acl_open(), -1), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(world_logged(), before + 2);
}

static void a_null_acl_id_is_a_marshalling_error(void)
{
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl_of(31, "world", NULL), 0, 0),
                    ZK_CODE_MARSHALLING_ERROR);
}

static void poisoned_quota_txns_are_refused(void)
{
    CU_ASSERT_EQUAL(peer_create(peer, "/zookeeper/quota/zookeeper_limits", "count=1,bytes=1", 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create(peer, "/zookeeper/quota/a", "", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/zookeeper/quota/a/zookeeper_limits", "count=many", 0),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create(peer, "/zookeeper/quota/a/zookeeper_limits", "count=5,bytes=-1", 0),
                    ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/zookeeper/quota/a/zookeeper_stats", "count=0,bytes=0", 0),
                    ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer, "/zookeeper/quota/a/zookeeper_stats", "rubbish", -1),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_set(peer, "/zookeeper/quota/a/zookeeper_stats", NULL, -1),
                    ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(peer_create(peer, "/a", "", 0), ZK_CODE_OK);
}

static void a_hard_quota_is_kept_where_it_is_enforced(void)
{
    world_options()->enforce_quota = true;
    world_restart();
    peer = peer_connect();
    peer_create(peer, "/a", "", 0);
    peer_create(peer, "/zookeeper/quota/a", "", 0);
    peer_create(peer, "/zookeeper/quota/a/zookeeper_limits",
                "count=-1,bytes=-1=;byteHardLimit=4;countHardLimit=2", 0);
    peer_create(peer, "/zookeeper/quota/a/zookeeper_stats", "count=0,bytes=0", 0);
    CU_ASSERT_EQUAL(peer_create(peer, "/a/b", "1234", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create(peer, "/a/c", "", 0), ZK_CODE_QUOTA_EXCEEDED);
    CU_ASSERT_EQUAL(peer_create(peer, "/a/b", "", 0), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(peer_set(peer, "/a/b", "12345", 77), ZK_CODE_QUOTA_EXCEEDED);
    CU_ASSERT_EQUAL(peer_set(peer, "/a/b", "123", 77), ZK_CODE_BAD_VERSION);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->quota_exceeded, 2);
}

static void reconfig_is_refused_by_a_standalone_server(void)
{
    zk_reconfig_request_t request = {ZK_STR_NULL, ZK_STR_NULL, ZK_STR_NULL, -1};
    int32_t xid = peer_send(peer, ZK_OP_RECONFIG, &zk_record_reconfig_request, &request);

    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_RECONFIG_DISABLED);
    world_options()->reconfig_enabled = true;
    world_restart();
    peer = peer_connect();
    xid = peer_send(peer, ZK_OP_RECONFIG, &zk_record_reconfig_request, &request);
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_UNIMPLEMENTED);
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static void unknown_and_internal_opcodes_are_refused_and_close(void)
{
    static const int32_t ops[] = {0, -1, 10, 13, 20, -10, 4711};
    size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        peer_t *other = peer_connect();
        frame_t frame = peer_answer(other, peer_send_raw(other, ops[i], "", 0));

        CU_ASSERT_EQUAL(frame.err, ZK_CODE_UNIMPLEMENTED);
        CU_ASSERT_EQUAL(frame.zxid, -1);
        CU_ASSERT_TRUE(peer_is_closed(other));
    }
}

static void the_identities_of_the_moment_count(void)
{
    zk_acl_vector_t acl = acl_of(ZK_PERM_ALL, "auth", "");

    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl, 0, 0), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(peer_auth(peer, "digest", "u:p"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl, 0, 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", -1), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_set(peer_connect(), "/a", "", -1), ZK_CODE_NO_AUTH);
}

static void a_record_above_the_readers_limit_is_refused(void)
{
    char data[3000];
    int64_t before;

    memset(data, 'x', sizeof(data) - 1);
    data[sizeof(data) - 1] = '\0';
    world_options()->record_bytes_max = 2000;
    world_restart();
    peer = peer_connect();
    before = world_logged();
    CU_ASSERT_EQUAL(peer_create(peer, "/big", data, 0), ZK_CODE_BAD_ARGUMENTS);
    CU_ASSERT_EQUAL(world_logged(), before + 1);
    CU_ASSERT_EQUAL(peer_exists(peer, "/big", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_create(peer, "/big", "small", 0), ZK_CODE_OK);
}

static void the_digest_in_the_record_is_the_trees_after_it(void)
{
    zk_txn_decoded_t txn;

    peer_create(peer, "/a", "1", 0);
    txn = world_record(world_logged());
    CU_ASSERT_TRUE(txn.has_digest);
    CU_ASSERT_EQUAL(txn.digest.version, 2);
    CU_ASSERT_EQUAL((uint64_t)txn.digest.tree_digest,
                    zk_tree_digest(zk_replica_tree(world_replica())));
}

static void without_digests_records_have_none(void)
{
    world_options()->digest_enabled = false;
    world_restart();
    peer = peer_connect();
    peer_create(peer, "/a", "1", 0);
    CU_ASSERT_FALSE(world_record(world_logged()).has_digest);
}

static const zk_test_t tests[] = {
    {"create checks its mode before anything else", create_checks_its_mode_before_anything_else},
    {"a mode must fit its opcode", a_mode_must_fit_its_opcode},
    {"a TTL has limits", a_ttl_has_limits},
    {"TTL modes are unimplemented where extended types are off",
     ttl_modes_are_unimplemented_where_extended_types_are_off},
    {"a path without slash beats a bad ACL", a_path_without_slash_beats_a_bad_acl},
    {"a bad ACL beats a missing parent", a_bad_acl_beats_a_missing_parent},
    {"a missing parent beats a bad final name", a_missing_parent_beats_a_bad_final_name},
    {"no permission beats a bad name and an existing znode",
     no_permission_beats_a_bad_name_and_an_existing_znode},
    {"an existing znode beats an ephemeral parent", an_existing_znode_beats_an_ephemeral_parent},
    {"containers and TTL znodes take children", containers_and_ttl_znodes_take_children},
    {"only a session-owned znode shows its owner", only_a_session_owned_znode_shows_its_owner},
    {"sequence numbers count all creates and no deletes",
     sequence_numbers_count_all_creates_and_no_deletes},
    {"sequence numbers see creates that are not durable yet",
     sequence_numbers_see_creates_that_are_not_durable_yet},
    {"a sequence name can collide with a plain one", a_sequence_name_can_collide_with_a_plain_one},
    {"delete checks in order", delete_checks_in_order},
    {"without permission delete does not tell whether the znode exists",
     without_permission_delete_does_not_tell_whether_the_znode_exists},
    {"children that are not durable yet keep their parent",
     children_that_are_not_durable_yet_keep_their_parent},
    {"setData checks in order", set_data_checks_in_order},
    {"versions count on through writes in flight", versions_count_on_through_writes_in_flight},
    {"null data stays null", null_data_stays_null},
    {"setACL checks in order", set_acl_checks_in_order},
    {"setACL moves only the ACL version", set_acl_moves_only_the_acl_version},
    {"a failed write uses a zxid and is logged as an error",
     a_failed_write_uses_a_zxid_and_is_logged_as_an_error},
    {"what cannot be decoded is answered without a zxid",
     what_cannot_be_decoded_is_answered_without_a_zxid},
    {"creating or deleting a null path is a marshalling error",
     creating_or_deleting_a_null_path_is_a_marshalling_error},
    {"setting a null path is a bad argument like any other path",
     setting_a_null_path_is_a_bad_argument_like_any_other_path},
    {"a null ACL id is a marshalling error", a_null_acl_id_is_a_marshalling_error},
    {"poisoned quota txns are refused", poisoned_quota_txns_are_refused},
    {"a hard quota is kept where it is enforced", a_hard_quota_is_kept_where_it_is_enforced},
    {"reconfig is refused by a standalone server", reconfig_is_refused_by_a_standalone_server},
    {"unknown and internal opcodes are refused and close",
     unknown_and_internal_opcodes_are_refused_and_close},
    {"the identities of the moment count", the_identities_of_the_moment_count},
    {"a record above the readers' limit is refused", a_record_above_the_readers_limit_is_refused},
    {"the digest in the record is the tree's after it",
     the_digest_in_the_record_is_the_trees_after_it},
    {"without digests records have none", without_digests_records_have_none},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_prepare, "pipeline/prepare", tests, setup, world_teardown);
