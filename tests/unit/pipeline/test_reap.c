/* test_reap.c -- containers and TTL znodes go when their time has come. */
#include "world.h"

#include <stdio.h>

static peer_t *peer;

static void setup(void)
{
    zk_connect_response_t response;

    world_setup();
    world_options()->session_timeout_max_ms = 100000000;
    world_restart();
    peer = peer_open();
    peer_send_connect(peer, 0, NULL, 100000000, 0);
    peer_next_response(peer, &response);
}

static int32_t create_container(const char *path)
{
    return peer_create_as(peer, ZK_OP_CREATE_CONTAINER, path, acl_open(), ZK_CREATE_CONTAINER, 0);
}

static int32_t create_ttl(const char *path, int64_t ttl_ms)
{
    return peer_create_as(peer, ZK_OP_CREATE_TTL, path, acl_open(), ZK_CREATE_TTL, ttl_ms);
}

static void a_container_goes_after_its_last_child(void)
{
    zk_txn_decoded_t txn;

    create_container("/c");
    peer_create(peer, "/c/x", "", 0);
    world_pass(130000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/c", false, NULL), ZK_CODE_OK);
    peer_delete(peer, "/c/x", -1);
    world_pass(61000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/c", false, NULL), ZK_CODE_NO_NODE);
    txn = world_record(world_logged());
    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_DELETE_CONTAINER);
    CU_ASSERT_EQUAL(txn.header.client_id, 0);
    CU_ASSERT_EQUAL(txn.header.cxid, 0);
    CU_ASSERT_TRUE(txn.has_digest);
}

static void a_container_that_never_had_a_child_stays(void)
{
    create_container("/c");
    world_pass(200000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/c", false, NULL), ZK_CODE_OK);
}

static void a_never_used_container_goes_where_that_is_limited(void)
{
    zk_connect_response_t response;

    world_options()->container_never_used_ms = 100000;
    world_restart();
    peer = peer_open();
    peer_send_connect(peer, 0, NULL, 100000000, 0);
    peer_next_response(peer, &response);
    create_container("/c");
    world_pass(90000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/c", false, NULL), ZK_CODE_OK);
    world_pass(61000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/c", false, NULL), ZK_CODE_NO_NODE);
}

static void a_ttl_znode_goes_after_its_time_unless_it_is_set_again(void)
{
    create_ttl("/t", 50000);
    create_ttl("/u", 50000);
    peer_add_watch(peer, "/t", ZK_ADD_WATCH_PERSISTENT);
    world_pass(40000);
    CU_ASSERT_EQUAL(peer_set(peer, "/u", "again", -1), ZK_CODE_OK);
    world_pass(21000);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DELETED, "/t"));
    CU_ASSERT_EQUAL(peer_exists(peer, "/t", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_exists(peer, "/u", false, NULL), ZK_CODE_OK);
    world_pass(60000);
    CU_ASSERT_EQUAL(peer_exists(peer, "/u", false, NULL), ZK_CODE_NO_NODE);
}

static void a_child_in_flight_keeps_its_ttl_parent(void)
{
    create_ttl("/t", 1000);
    world_pass(59000);
    world_auto_sync(false);
    peer_post_create(peer, "/t/x", "", 0);
    world_pass(2000);
    world_sync();
    world_auto_sync(true);
    peer_next(peer);
    CU_ASSERT_EQUAL(peer_exists(peer, "/t", false, NULL), ZK_CODE_OK);
}

static void a_znode_is_reaped_once_however_slow_the_disk_is(void)
{
    int64_t logged;

    create_ttl("/t", 1000);
    world_pass(59000);
    logged = world_logged();
    world_auto_sync(false);
    world_pass(200000);
    CU_ASSERT_EQUAL(world_logged(), logged + 1);
    world_sync();
}

static void deletions_keep_to_their_rate(void)
{
    zk_connect_response_t response;
    char path[32];
    int64_t logged;
    int i;

    world_options()->container_max_per_minute = 60; /* one a second */
    world_restart();
    peer = peer_open();
    peer_send_connect(peer, 0, NULL, 100000000, 0);
    peer_next_response(peer, &response);
    for (i = 0; i < 30; i++) {
        snprintf(path, sizeof(path), "/t%d", i);
        create_ttl(path, 1000);
    }
    world_pass(60000);
    logged = world_logged();
    world_pass(10000);
    CU_ASSERT_TRUE(world_logged() - logged >= 9 && world_logged() - logged <= 11);
    world_pass(30000);
    CU_ASSERT_EQUAL(peer_children(peer, "/", false), ZK_CODE_OK);
    CU_ASSERT_EQUAL(
        zk_znode_num_children(zk_tree_find(zk_replica_tree(world_replica()), zk_str(""))), 1);
}

static const zk_test_t tests[] = {
    {"a container goes after its last child", a_container_goes_after_its_last_child},
    {"a container that never had a child stays", a_container_that_never_had_a_child_stays},
    {"a never-used container goes where that is limited",
     a_never_used_container_goes_where_that_is_limited},
    {"a TTL znode goes after its time unless it is set again",
     a_ttl_znode_goes_after_its_time_unless_it_is_set_again},
    {"a child in flight keeps its TTL parent", a_child_in_flight_keeps_its_ttl_parent},
    {"a znode is reaped once however slow the disk is",
     a_znode_is_reaped_once_however_slow_the_disk_is},
    {"deletions keep to their rate", deletions_keep_to_their_rate},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_reap, "pipeline/reap", tests, setup, world_teardown);
