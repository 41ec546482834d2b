/* test_lessons.c -- faults of the systems before us, as far as they concern one server's mind. Each
 * test bears the number of the issue whose fault would fail it. */
#include "world.h"

#include <string.h>

#include <apr_strings.h>

static peer_t *peer;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
}

/* A snapshot bears a zxid whose effects it holds completely.  A multi is one zxid, so no snapshot
 * may be named after it that holds only the first of its operations. */
static void zk3127_a_multi_is_applied_as_one(void)
{
    zk_create_request_t a = {zk_str("/a"), zk_str(""), acl_open(), 0};
    zk_create_request_t b = {zk_str("/b"), zk_str(""), acl_open(), 0};
    zk_buffer_t body = ZK_BUFFER_INIT;
    int64_t zxid;
    uint64_t digest;
    zk_buffer_t snapshot = ZK_BUFFER_INIT;
    int64_t snapshot_zxid;

    zk_multi_header_encode(&body, ZK_OP_CREATE, false, -1);
    zk_record_encode(&zk_record_create_request, &a, &body);
    zk_multi_header_encode(&body, ZK_OP_CREATE, false, -1);
    zk_record_encode(&zk_record_create_request, &b, &body);
    zk_multi_end_encode(&body);
    world_auto_sync(false);
    peer_send_raw(peer, ZK_OP_MULTI, zk_buffer_bytes(&body), zk_buffer_size(&body));
    zk_buffer_free(&body);
    zk_replica_snapshot_now(world_replica(), &snapshot, &snapshot_zxid, &digest);
    CU_ASSERT_EQUAL(snapshot_zxid, world_logged() - 1); /* nothing of it */
    world_sync();
    zxid = world_logged();
    zk_buffer_clear(&snapshot);
    zk_replica_snapshot_now(world_replica(), &snapshot, &snapshot_zxid, &digest);
    CU_ASSERT_EQUAL(snapshot_zxid, zxid); /* or all of it */
    CU_ASSERT_PTR_NOT_NULL(zk_tree_find(zk_replica_tree(world_replica()), zk_str("/b")));
    zk_buffer_free(&snapshot);
}

/* A parent's pzxid must survive replaying records that a snapshot already holds. */
static void zk3125_replaying_a_delete_twice_keeps_pzxid(void)
{
    zk_txn_decoded_t txn;
    zk_stat_t before;
    zk_stat_t after;

    peer_create(peer, "/p", "", 0);
    peer_create(peer, "/p/c", "", 0);
    peer_delete(peer, "/p/c", -1);
    txn = world_record(world_logged());
    peer_exists(peer, "/p", false, &before);
    CU_ASSERT_EQUAL(before.pzxid, txn.header.zxid);
    world_recover();
    zk_znode_stat(zk_tree_find(zk_replica_tree(world_replica()), zk_str("/p")), &after);
    CU_ASSERT_EQUAL(after.pzxid, before.pzxid);
    CU_ASSERT_EQUAL(after.cversion, before.cversion);
}

/* The watches of a client that lived long make a request larger than many others; it is one all the
 * same, and what does not decode ends in an answer and not in a loop. */
static void zk706_many_watches_are_set_again_in_one_request(void)
{
    enum { COUNT = 20000 };
    zk_str_t *paths = zk_arena_calloc(world_arena(), COUNT, sizeof(*paths));
    zk_set_watches_t request = {0, {COUNT, paths}, {0, NULL}, {0, NULL}};
    int32_t xid;
    int i;

    for (i = 0; i < COUNT; i++)
        paths[i] = zk_str(apr_psprintf(zk_test_pool(), "/a/long/path/that/was/watched/%d", i));
    world_check_every_step(false);
    xid = peer_send(peer, ZK_OP_SET_WATCHES, &zk_record_set_watches, &request);
    for (i = 0; i < COUNT; i++)
        CU_ASSERT_TRUE(peer_next_is_event(
            peer, ZK_EVENT_TYPE_DELETED,
            apr_psprintf(zk_test_pool(), "%.*s", paths[i].length, paths[i].data)));
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
}

/* A closed session's ephemeral must go everywhere, also one that was created in the same breath. */
static void zk4541_no_ephemeral_outlives_its_session(void)
{
    world_auto_sync(false);
    peer_post_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    peer_post_close(peer);
    world_sync();
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
    world_recover();
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
}

/* A closeSession whose list of paths would make too large a record deletes them all, and replays.
 */
static void zk3496_no_record_is_larger_than_its_readers_take(void)
{
    int64_t zxid;
    int i;

    world_options()->record_bytes_max = 2000;
    world_restart();
    world_check_every_step(false);
    peer = peer_connect();
    for (i = 0; i < 200; i++)
        CU_ASSERT_EQUAL(peer_create(peer, "/an-ephemeral-", "", ZK_CREATE_EPHEMERAL_SEQUENTIAL),
                        ZK_CODE_OK);
    peer_post_close(peer);
    for (zxid = 1; zxid <= world_logged(); zxid++)
        CU_ASSERT_TRUE(world_record_bytes(zxid) <= 2000);
    CU_ASSERT_TRUE(world_record(world_logged()).body.close_session.paths2_delete.count < 200);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
    world_recover();
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
}

/* A vector that claims two thousand million entries costs nothing. */
static void a_huge_count_is_not_believed(void)
{
    zk_buffer_t body = ZK_BUFFER_INIT;

    zk_write_str(&body, zk_str("/a"));
    zk_write_str(&body, zk_str(""));
    zk_write_int(&body, INT32_MAX);
    zk_write_long(&body, 0);
    CU_ASSERT_EQUAL(peer_answer(peer, peer_send_raw(peer, ZK_OP_CREATE, zk_buffer_bytes(&body),
                                                    zk_buffer_size(&body)))
                        .err,
                    ZK_CODE_MARSHALLING_ERROR);
    zk_buffer_free(&body);
}

/* Upstream closes the living connection of a session before it looks at the password of a renewal.
 */
static void a_stranger_cannot_cut_a_session_off(void)
{
    peer_t *stranger = peer_open();
    uint8_t password[16] = {1, 2, 3};

    peer_create(peer, "/lock", "", ZK_CREATE_EPHEMERAL);
    peer_send_connect(stranger, peer_session(peer), password, 10000, 0);
    CU_ASSERT_TRUE(peer_is_closed(stranger));
    CU_ASSERT_FALSE(peer_is_closed(peer));
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
}

/* Opcodes that only servers use among themselves are not for clients. */
static void a_client_cannot_speak_for_the_server(void)
{
    zk_delete_request_t request = {zk_str("/a"), -1};

    peer_create_as(peer, ZK_OP_CREATE, "/a", acl_of(1, "world", "anyone"), 0, 0);
    peer_send(peer, ZK_OP_DELETE_CONTAINER, &zk_record_delete_request, &request);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_EQUAL(peer_exists(peer_connect(), "/a", false, NULL), ZK_CODE_OK);
}

static const zk_test_t tests[] = {
    {"ZOOKEEPER-3127: a multi is applied as one", zk3127_a_multi_is_applied_as_one},
    {"ZOOKEEPER-3125: replaying a delete keeps pzxid", zk3125_replaying_a_delete_twice_keeps_pzxid},
    {"ZOOKEEPER-706: many watches are set again in one request",
     zk706_many_watches_are_set_again_in_one_request},
    {"ZOOKEEPER-4541: no ephemeral outlives its session", zk4541_no_ephemeral_outlives_its_session},
    {"ZOOKEEPER-3496: no record is larger than its readers take",
     zk3496_no_record_is_larger_than_its_readers_take},
    {"a huge count is not believed", a_huge_count_is_not_believed},
    {"a stranger cannot cut a session off", a_stranger_cannot_cut_a_session_off},
    {"a client cannot speak for the server", a_client_cannot_speak_for_the_server},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_lessons, "pipeline/lessons", tests, setup, world_teardown);
