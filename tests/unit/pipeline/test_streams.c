/* test_streams.c -- snapshots between servers: how long they may take, and what they break off. */
#include "trio.h"

#include <stdio.h>
#include <string.h>

enum { PART_MS = 6000 }; /* four parts: more than the initLimit of 10 s */

static void begin_with_snapshots(void)
{
    trio_begin_three();
    trio_options()->zab.force_snapshot_sync = true;
}

/* Znodes of 20000 bytes, numbered FIRST to END - 1; a part of a stream has 256 KiB. */
static void write_much(int member, int first, int end)
{
    guest_t *guest = guest_connect(member);
    char *data = zk_malloc(20001);
    char path[32];
    int i;

    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    memset(data, 'x', 20000);
    data[20000] = '\0';
    for (i = first; i < end; i++) {
        snprintf(path, sizeof(path), "/much%d", i);
        CU_ASSERT_EQUAL(guest_create(guest, path, data, 0).err, ZK_CODE_OK);
    }
    zk_free(data);
}

static int with_an_empty_member(void)
{
    int fresh;

    trio_start_all();
    fresh = trio_follower(0);
    write_much(trio_leader(), 0, 40);
    trio_stop(fresh);
    trio_wipe(fresh);
    return fresh;
}

static void a_long_stream_that_moves_is_not_cut_by_the_learner(void)
{
    int fresh = with_an_empty_member();
    int before = trio_snapshots_received(fresh);

    trio_slow_streams(PART_MS);
    trio_start(fresh);
    trio_run(15000);
    CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(fresh)));
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_EQUAL(trio_snapshots_received(fresh), before + 1);
    CU_ASSERT_EQUAL(trio_snapshots_aborted(fresh), 0);
    CU_ASSERT_TRUE(trio_all_have("/much39"));
}

/* The leader needs the learner for its quorum, and serves nobody before. */
static void a_long_stream_that_moves_is_not_cut_by_a_leader_that_begins(void)
{
    int fresh = with_an_empty_member();
    int before = trio_snapshots_received(fresh);
    int leader = trio_leader();

    trio_stop(3 - leader - fresh);
    trio_run(10000);
    CU_ASSERT_EQUAL(trio_leader(), -1);
    trio_slow_streams(PART_MS);
    trio_start(fresh);
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    CU_ASSERT_EQUAL(trio_leader(), leader);
    CU_ASSERT_EQUAL(trio_snapshots_received(fresh), before + 1);
    CU_ASSERT_EQUAL(trio_snapshots_aborted(fresh), 0);
    CU_ASSERT_TRUE(trio_has(fresh, "/much39"));
}

/* The leader waits for the ack as long as initLimit says, the learner for its own disk. */
static void a_slow_disk_behind_the_stream_does_not_make_the_learner_look_again(void)
{
    int fresh = with_an_empty_member();

    trio_start(fresh);
    trio_hold_disk(fresh, true);
    trio_run(9000);
    CU_ASSERT_EQUAL(trio_snapshots_received(fresh), 2);
    CU_ASSERT_EQUAL(zk_zab_state(zk_replica_zab(trio_replica(fresh))), ZK_SERVER_FOLLOWING);
    trio_hold_disk(fresh, false);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_EQUAL(trio_snapshots_received(fresh), 2);
    CU_ASSERT_EQUAL(trio_snapshots_aborted(fresh), 0);
}

static void a_stream_that_stands_still_is_given_up(void)
{
    int fresh = with_an_empty_member();

    trio_hold_streams(true);
    trio_start(fresh);
    trio_run(5000);
    CU_ASSERT_EQUAL(trio_snapshots_aborted(fresh), 0);
    trio_run(10000);
    CU_ASSERT_EQUAL(trio_snapshots_aborted(fresh), 1);
    trio_hold_streams(false);
    CU_ASSERT_TRUE(trio_settle(3));
    CU_ASSERT_TRUE(trio_all_have("/much39"));
}

static void a_periodic_snapshot_gives_way_to_the_leaders(void)
{
    int follower;

    trio_options()->snap_count = 10;
    trio_start_all();
    follower = trio_follower(0);
    write_much(trio_leader(), 0, 200);
    trio_isolate(follower);
    trio_reconnect(follower);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_EQUAL(trio_snapshots_aborted(follower), 1);
    CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(follower))->snapshots, 0);
    CU_ASSERT_EQUAL(trio_snapshots_received(follower), 2);
    CU_ASSERT_TRUE(trio_all_have("/much199"));
    write_much(trio_leader(), 200, 220);
    trio_run(5000);
    CU_ASSERT_TRUE(zk_replica_stats(trio_replica(follower))->snapshots > 0);
}

static const zk_test_t tests[] = {
    {"a long stream that moves is not cut by the learner",
     a_long_stream_that_moves_is_not_cut_by_the_learner},
    {"a long stream that moves is not cut by a leader that begins",
     a_long_stream_that_moves_is_not_cut_by_a_leader_that_begins},
    {"a slow disk behind the stream does not make the learner look again",
     a_slow_disk_behind_the_stream_does_not_make_the_learner_look_again},
    {"a stream that stands still is given up", a_stream_that_stands_still_is_given_up},
    {"a periodic snapshot gives way to the leader's", a_periodic_snapshot_gives_way_to_the_leaders},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_streams, "pipeline/streams", tests, begin_with_snapshots, trio_end);
