/* test_throttle.c -- everything bounded, and refused politely. */
#include "world.h"

#include <string.h>

static void restart(void)
{
    world_restart();
    world_auto_sync(true);
}

static void too_many_requests_in_process_stop_the_reading(void)
{
    peer_t *peer;
    peer_t *other;
    int i;

    world_options()->outstanding_max = 8;
    restart();
    peer = peer_connect();
    other = peer_connect();
    world_auto_sync(false);
    for (i = 0; i < 8; i++)
        peer_post_create(peer, "/s-", "", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_FALSE(peer_is_paused(peer));
    peer_post_create(peer, "/s-", "", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_TRUE(peer_is_paused(peer));
    CU_ASSERT_FALSE(peer_is_paused(other));
    world_sync();
    CU_ASSERT_FALSE(peer_is_paused(peer));
}

static void reading_goes_on_when_a_quarter_is_free(void)
{
    peer_t *peer;
    int64_t first;
    int i;

    world_options()->outstanding_max = 8;
    restart();
    peer = peer_connect();
    world_auto_sync(false);
    first = world_logged();
    for (i = 0; i < 9; i++)
        peer_post_create(peer, "/s-", "", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    world_sync_to(first + 2);
    CU_ASSERT_TRUE(peer_is_paused(peer));
    world_sync_to(first + 3);
    CU_ASSERT_FALSE(peer_is_paused(peer));
}

static void a_paused_client_may_hang_up(void)
{
    peer_t *peer;
    int i;

    world_options()->outstanding_max = 2;
    restart();
    peer = peer_connect();
    world_auto_sync(false);
    for (i = 0; i < 4; i++)
        peer_post_create(peer, "/s-", "", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_TRUE(peer_is_paused(peer));
    peer_hang_up(peer);
    world_sync();
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->outstanding, 0);
}

static void large_requests_above_the_budget_close_the_connection(void)
{
    char data[1001];
    peer_t *peer;
    peer_t *other;

    memset(data, 'x', 1000);
    data[1000] = '\0';
    world_options()->large_request_threshold = 500;
    world_options()->large_request_bytes_max = 2500;
    restart();
    peer = peer_connect();
    other = peer_connect();
    world_auto_sync(false);
    peer_post_create(peer, "/a", data, 0);
    peer_post_create(peer, "/b", data, 0);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    peer_post_create(other, "/c", data, 0);
    CU_ASSERT_TRUE(peer_is_closed(other));
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->large_rejected, 1);
    world_sync();
    peer_post_create(peer, "/c", data, 0);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    world_sync();
}

static bool is_taken(void)
{
    peer_t *peer = peer_open();
    bool closed;

    peer_send_connect(peer, 0, NULL, 10000, 0);
    closed = peer_is_closed(peer);
    peer_hang_up(peer);
    return !closed;
}

static void connections_cost_tokens_that_come_back_with_time(void)
{
    world_options()->connection_tokens = 2;
    world_options()->connection_fill_ms = 1000;
    world_options()->connection_fill_count = 1;
    restart();
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_FALSE(is_taken());
    world_pass(1000);
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_FALSE(is_taken());
    world_pass(1000000);
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->connections_rejected, 3);
    CU_ASSERT_TRUE(zk_replica_stats(world_replica())->token_deficit.count > 0);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->token_deficit.max,
                    world_options()->connection_tokens);
}

static void a_read_that_waited_too_long_is_not_executed(void)
{
    peer_t *peer;
    int32_t write;
    int32_t read;

    world_options()->throttled_op_wait_ms = 1000;
    restart();
    peer = peer_connect();
    world_auto_sync(false);
    write = peer_post_create(peer, "/a", "", 0);
    read = peer_post_get(peer, "/a", true);
    peer_send(peer, ZK_OP_PING, NULL, NULL);
    world_pass(2000);
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, read).err, ZK_CODE_THROTTLED_OP);
    CU_ASSERT_EQUAL(peer_answer(peer, ZK_XID_PING).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->throttled_ops, 1);
}

/* What is queued is answered at once, read or not: 300 times 1 MB must not gather behind a write.
 */
static void reads_that_wait_count_with_what_they_will_answer(void)
{
    static char large[1000001];
    peer_t *peer;
    peer_t *other;
    int sent = 0;
    int i;

    memset(large, 'x', sizeof(large) - 1);
    restart();
    peer = peer_connect();
    other = peer_connect();
    peer_create(peer, "/a", "small", 0);
    world_auto_sync(false);
    peer_post_set(peer, "/a", large, -1); /* the reads will see this */
    while (!peer_is_paused(peer) && sent < 400) {
        peer_post_get(peer, "/a", false);
        sent++;
    }
    CU_ASSERT_TRUE(sent > 3 && sent < 6);
    peer_post_set(other, "/a", large, -1); /* another's write does not let it go on */
    world_sync_to(world_logged() - 1);
    CU_ASSERT_FALSE(peer_is_paused(peer));
    for (i = 0; i < sent + 5; i++)
        peer_post_get(peer, "/zookeeper", false);
    CU_ASSERT_FALSE(peer_is_paused(peer));
    world_sync();
}

static void the_time_from_proposed_to_applied_is_counted(void)
{
    const zk_summary_t *summary;
    peer_t *peer = peer_connect();

    zk_replica_reset_stats(world_replica());
    world_auto_sync(false);
    peer_post_create(peer, "/a", "", 0);
    world_pass(1500);
    world_sync();
    summary = &zk_replica_stats(world_replica())->propagation_latency.summary;
    CU_ASSERT_EQUAL(summary->count, 1);
    CU_ASSERT_EQUAL(summary->max, 1500);
}

static const zk_test_t tests[] = {
    {"too many requests in process stop the reading",
     too_many_requests_in_process_stop_the_reading},
    {"reading goes on when a quarter is free", reading_goes_on_when_a_quarter_is_free},
    {"a paused client may hang up", a_paused_client_may_hang_up},
    {"large requests above the budget close the connection",
     large_requests_above_the_budget_close_the_connection},
    {"connections cost tokens that come back with time",
     connections_cost_tokens_that_come_back_with_time},
    {"a read that waited too long is not executed", a_read_that_waited_too_long_is_not_executed},
    {"reads that wait count with what they will answer",
     reads_that_wait_count_with_what_they_will_answer},
    {"the time from proposed to applied is counted", the_time_from_proposed_to_applied_is_counted},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_throttle, "pipeline/throttle", tests, world_setup, world_teardown);
