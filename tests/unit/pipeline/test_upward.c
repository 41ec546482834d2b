/* test_upward.c -- what learners may ask of their leader, and how much of it. */
#include "trio.h"

#include <stdio.h>

enum { FEW = 20 };

static void post_creates(guest_t *guest, const char *prefix, int count)
{
    char path[32];
    int i;

    for (i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/%s%d", prefix, i);
        guest_post_create(guest, path, "", 0);
    }
}

static void who_sends_on_while_nothing_is_committed_loses_its_link(void)
{
    guest_t *guest;
    int leader, learner;
    int i;

    trio_options()->learner_requests_max = FEW;
    trio_start_all();
    leader = trio_leader();
    learner = trio_follower(0);
    guest = guest_connect(learner);
    for (i = 0; i < 3; i++)
        trio_hold_disk(i, true);
    post_creates(guest, "few", FEW);
    trio_move();
    CU_ASSERT_TRUE(zk_replica_is_serving(trio_replica(learner)));
    post_creates(guest, "more", 10);
    trio_move();
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_EQUAL(trio_leader(), leader);
    CU_ASSERT_TRUE(zk_replica_is_serving(trio_replica(3 - leader - learner)));
    CU_ASSERT_TRUE(zk_zab_outstanding(zk_replica_zab(trio_replica(leader))) <= FEW);
    for (i = 0; i < 3; i++)
        trio_hold_disk(i, false);
    CU_ASSERT_TRUE(trio_settle(3));
    CU_ASSERT_TRUE(trio_all_have("/few19"));
    CU_ASSERT_FALSE(trio_has(leader, "/more0"));
}

static void what_is_answered_counts_no_more(void)
{
    guest_t *guest;
    int i;

    trio_options()->learner_requests_max = FEW;
    trio_start_all();
    guest = guest_connect(trio_follower(0));
    for (i = 0; i < 5; i++) {
        char prefix[4] = {(char)('a' + i), '\0'};

        post_creates(guest, prefix, FEW - 1);
        guest_post_sync(guest, "/");
        trio_move();
    }
    CU_ASSERT_FALSE(guest_is_closed(guest));
    CU_ASSERT_TRUE(trio_all_have("/e18"));
}

static size_t largest_ping;

static void measure_ping(uint8_t *packet, size_t size)
{
    size_t bytes = size >= 20 ? zk_get_u32(packet + 12) : 0;

    if (zk_get_u32(packet) == ZK_PACKET_PING && bytes < size && bytes > largest_ping)
        largest_ping = bytes;
}

static void sessions_that_do_not_fit_a_ping_wait_for_the_next(void)
{
    guest_t *guests[5];
    int round, i;

    trio_options()->learner_touches_max = 2;
    trio_start_all();
    for (i = 0; i < 5; i++)
        guests[i] = guest_connect(trio_follower(0));
    largest_ping = 0;
    trio_tamper(measure_ping);
    for (round = 0; round < 10; round++) {
        for (i = 0; i < 5; i++)
            guest_post_ping(guests[i]);
        trio_run(3000);
    }
    CU_ASSERT_EQUAL(largest_ping, 2 * 12);
    for (i = 0; i < 5; i++)
        CU_ASSERT_FALSE(guest_is_closed(guests[i]));
    trio_run(15000);
    for (i = 0; i < 5; i++)
        CU_ASSERT_TRUE(guest_is_closed(guests[i]));
}

static void a_session_that_nobody_knows_is_refused_and_leaves_nothing(void)
{
    const int64_t id = 0x0700000000000001;
    int learner, leader;
    int i;

    trio_start_all();
    learner = trio_follower(0);
    leader = trio_leader();
    for (i = 0; i < 20; i++) {
        guest_t *guest = guest_open(i % 2 == 0 ? learner : leader);

        guest_hello(guest, id + i, false);
        trio_move();
        CU_ASSERT_FALSE(guest_is_welcome(guest));
        CU_ASSERT_TRUE(guest_is_closed(guest));
        CU_ASSERT_PTR_NULL(zk_session_find(zk_replica_sessions(trio_replica(learner)), id + i));
        CU_ASSERT_PTR_NULL(zk_session_find(zk_replica_sessions(trio_replica(leader)), id + i));
    }
    CU_ASSERT_TRUE(zk_replica_is_serving(trio_replica(learner)));
}

static void who_has_seen_more_goes_elsewhere_with_its_session(void)
{
    guest_t *guest;
    guest_t *moved;
    int64_t zxid;
    int first, second;

    trio_start_all();
    first = trio_follower(0);
    second = trio_follower(1);
    guest = guest_connect(first);
    zxid = guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL).zxid;
    moved = guest_open(second);
    guest_hello_seen(moved, guest_session(guest), zxid + 1);
    trio_move();
    CU_ASSERT_FALSE(guest_is_welcome(moved));
    CU_ASSERT_TRUE(guest_is_closed(moved));
    CU_ASSERT_FALSE(guest_is_closed(guest)); /* it lost nothing by that */
    CU_ASSERT_EQUAL(guest_create(guest, "/more", "", 0).zxid, zxid + 1);
    moved = guest_open(second);
    guest_hello_seen(moved, guest_session(guest), zxid + 1);
    trio_move();
    CU_ASSERT_TRUE(guest_is_welcome(moved));
    CU_ASSERT_EQUAL(guest_session(moved), guest_session(guest));
    CU_ASSERT_TRUE(trio_all_have("/e"));
}

/* A leader of upstream's tells its clients the beginning of its epoch, which is no txn. */
static void the_beginning_of_the_epoch_is_seen_by_everybody(void)
{
    guest_t *guest;
    int i;

    trio_start_all();
    for (i = 0; i < 3; i++) {
        guest = guest_open(i);
        guest_hello_seen(guest, 0, zk_zab_current_epoch(zk_replica_zab(trio_replica(i))) << 32);
        trio_move();
        CU_ASSERT_TRUE(guest_is_welcome(guest));
    }
}

static const zk_test_t tests[] = {
    {"who has seen more goes elsewhere with its session",
     who_has_seen_more_goes_elsewhere_with_its_session},
    {"the beginning of the epoch is seen by everybody",
     the_beginning_of_the_epoch_is_seen_by_everybody},
    {"who sends on while nothing is committed loses its link",
     who_sends_on_while_nothing_is_committed_loses_its_link},
    {"what is answered counts no more", what_is_answered_counts_no_more},
    {"sessions that do not fit a ping wait for the next",
     sessions_that_do_not_fit_a_ping_wait_for_the_next},
    {"a session that nobody knows is refused and leaves nothing",
     a_session_that_nobody_knows_is_refused_and_leaves_nothing},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_upward, "pipeline/upward", tests, trio_begin_three, trio_end);
