/* test_clients.c -- connections by slot, and what an operator sees of them. */
#include "world.h"

#include <string.h>

static zk_client_view_t seen[WORLD_CLIENTS_MAX];
static int seen_count;

static void note(void *baton, const zk_client_view_t *view)
{
    (void)baton;
    seen[seen_count++] = *view;
}

static const zk_client_view_t *view_of(const peer_t *peer)
{
    int i;

    seen_count = 0;
    zk_replica_visit_clients(world_replica(), note, NULL);
    for (i = 0; i < seen_count; i++)
        if ((uint32_t)seen[i].client == peer_slot(peer))
            return &seen[i];
    return NULL;
}

static void a_connection_without_session_is_seen_by_its_address(void)
{
    peer_t *peer = peer_open();
    const zk_client_view_t *view = view_of(peer);

    CU_ASSERT_PTR_NOT_NULL_FATAL(view);
    CU_ASSERT_TRUE(zk_str_equal_c(view->address, "127.0.0.1"));
    CU_ASSERT_EQUAL(view->session_id, 0);
    CU_ASSERT_EQUAL(view->last_cxid, -1);
    CU_ASSERT_EQUAL(view->established_wall_ms, world_wall());
}

static void a_connection_shows_its_session_and_last_request(void)
{
    peer_t *peer = peer_connect();
    const zk_client_view_t *view;

    peer_create(peer, "/a", "", 0);
    peer_exists(peer, "/a", false, NULL);
    view = view_of(peer);
    CU_ASSERT_EQUAL(view->session_id, peer_session(peer));
    CU_ASSERT_EQUAL(view->timeout_ms, 10000);
    CU_ASSERT_EQUAL(view->received, 3);
    CU_ASSERT_EQUAL(view->sent, 3);
    CU_ASSERT_EQUAL(view->last_op, ZK_OP_EXISTS);
    CU_ASSERT_EQUAL(view->last_cxid, 2);
    CU_ASSERT_EQUAL(view->last_zxid, world_logged());
    CU_ASSERT_EQUAL(view->outstanding, 0);
}

static void latency_is_the_time_from_request_to_answer(void)
{
    peer_t *peer = peer_connect();
    const zk_client_view_t *view;
    int32_t xid;

    zk_replica_reset_stats(world_replica());
    zk_replica_reset_client_stats(world_replica());
    world_auto_sync(false);
    xid = peer_post_create(peer, "/a", "", 0);
    CU_ASSERT_EQUAL(view_of(peer)->outstanding, 1);
    world_pass(1500);
    world_sync();
    peer_answer(peer, xid);
    peer_ping(peer);
    view = view_of(peer);
    CU_ASSERT_EQUAL(view->max_latency_ms, 1500);
    CU_ASSERT_EQUAL(view->min_latency_ms, 0);
    CU_ASSERT_EQUAL(view->last_latency_ms, 0);
    CU_ASSERT_EQUAL(view->total_latency_ms, 1500);
    CU_ASSERT_EQUAL(view->latency_count, 2);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->latency_max_ms, 1500);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->latency_count, 2);
}

static void resetting_keeps_what_is_still_open(void)
{
    peer_t *peer = peer_connect();

    world_auto_sync(false);
    peer_post_create(peer, "/a", "", 0);
    zk_replica_reset_stats(world_replica());
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->outstanding, 1);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->packets_received, 0);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->response_min_bytes, -1);
    world_sync();
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->outstanding, 0);
}

static void a_late_event_for_an_old_connection_does_not_reach_its_successor(void)
{
    peer_t *old = peer_connect();
    zk_event_t late = {.type = ZK_EVENT_CLIENT_FRAME};
    peer_t *peer;
    uint8_t close_session[8];

    late.client = (uint64_t)1 << 32 | peer_slot(old); /* the first generation given out */
    peer_hang_up(old);
    peer = peer_connect();
    CU_ASSERT_EQUAL(peer_slot(peer), (uint32_t)late.client);
    zk_put_u32(close_session, 1);
    zk_put_u32(close_session + 4, (uint32_t)ZK_OP_CLOSE_SESSION);
    late.bytes = zk_str_n((const char *)close_session, sizeof(close_session));
    world_step(late);
    late.type = ZK_EVENT_CLIENT_GONE;
    world_step(late);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
}

static const zk_test_t tests[] = {
    {"a connection without session is seen by its address",
     a_connection_without_session_is_seen_by_its_address},
    {"a connection shows its session and last request",
     a_connection_shows_its_session_and_last_request},
    {"latency is the time from request to answer", latency_is_the_time_from_request_to_answer},
    {"resetting keeps what is still open", resetting_keeps_what_is_still_open},
    {"a late event for an old connection does not reach its successor",
     a_late_event_for_an_old_connection_does_not_reach_its_successor},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_clients, "pipeline/clients", tests, world_setup, world_teardown);
