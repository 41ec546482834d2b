/* test_sync.c -- DIFF, TRUNC or SNAP: what a leader chooses, and that it brings everyone to one
 * history. */
#include "lib/zk_test.h"

#include "cluster.h"
#include "zab/machine.h"

/* Server 1 goes, and COUNT proposals are made without it. */
static void go_away(int32_t count)
{
    int32_t i;

    cluster_propose(1);
    cluster_settle();
    cluster_crash(1);
    for (i = 0; i < count; i++)
        cluster_propose(100 + i);
    cluster_settle();
}

static void come_back(void)
{
    cluster_traced = 0;
    cluster_start(1);
    cluster_run(2000);
}

static void miss(int32_t count)
{
    go_away(count);
    come_back();
}

static void a_short_absence_is_made_up_by_a_diff(void)
{
    cluster_start_all(3, 3);
    miss(20);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_DIFF), 1);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 0);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_PROPOSAL), 20);
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void a_longer_absence_is_made_up_from_the_log(void)
{
    cluster_start_all(3, 3);
    miss(300); /* memory keeps 100 */
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_DIFF), 1);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_PROPOSAL), 300);
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void a_log_that_does_not_reach_back_makes_a_snapshot(void)
{
    cluster_txns_t *log = &cluster_servers[3].log;

    cluster_start_all(3, 3);
    go_away(300);
    log->items[0].zxid = 0x50; /* the one that server 1 ends with is not there */
    come_back();
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 1);
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* ZOOKEEPER-4925, 2846: a log with a hole is not handed on. */
static void a_log_with_a_hole_makes_a_snapshot(void)
{
    cluster_txns_t *log = &cluster_servers[3].log;

    cluster_start_all(3, 3);
    go_away(300);
    log->items[50].zxid = log->items[49].zxid;
    come_back();
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 1);
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* 300 proposals of 8 bytes with their commits are 14 400 bytes on the link: were they sent, the
 * link would end, and the learner would come back for the same. */
static void a_part_of_the_log_that_does_not_fit_the_link_makes_a_snapshot(void)
{
    int64_t sid;

    for (sid = 1; sid <= 3; sid++)
        cluster_add(sid, 3)->link_bytes_max = 28000; /* half of it for what comes meanwhile */
    for (sid = 1; sid <= 3; sid++)
        cluster_start(sid);
    cluster_run(1000);
    miss(300);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_DIFF), 0);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 1);
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void snapshots_can_be_forced(void)
{
    int64_t sid;

    for (sid = 1; sid <= 3; sid++)
        cluster_add(sid, 3)->force_snapshot_sync = true;
    for (sid = 1; sid <= 3; sid++)
        cluster_start(sid);
    cluster_run(2000);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 1);
    cluster_propose(1);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_agree(3));
    CU_ASSERT_EQUAL(cluster_servers[1].snapshot_zxid, 0x100000000); /* epoch << 32 */
}

/* The former leader comes back with a proposal that nobody else has. */
static void come_back_ahead(bool trunc_peers)
{
    int64_t sid;

    for (sid = 1; sid <= 3; sid++)
        cluster_add(sid, 3)->trunc_peers = trunc_peers;
    for (sid = 1; sid <= 3; sid++)
        cluster_start(sid);
    cluster_run(1000);
    cluster_propose(1);
    cluster_settle();
    cluster_stall(3, 1, true);
    cluster_stall(3, 2, true);
    cluster_propose(2);
    cluster_settle();
    cluster_crash(3);
    cluster_stall(3, 1, false);
    cluster_stall(3, 2, false);
    cluster_run(4000);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
    CU_ASSERT_EQUAL(cluster_servers[3].synced, 2);
    cluster_traced = 0;
    cluster_start(3);
    cluster_run(2000);
    CU_ASSERT_TRUE(zk_zab_is_serving(cluster_servers[3].zab));
    CU_ASSERT_TRUE(cluster_agree(3));
    CU_ASSERT_FALSE(cluster_has(3, 2));
    cluster_propose(3);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void who_is_ahead_gets_a_snapshot(void)
{
    come_back_ahead(false);
    CU_ASSERT_EQUAL(cluster_count(2, 3, ZK_PACKET_SNAP), 1);
    CU_ASSERT_EQUAL(cluster_count(2, 3, ZK_PACKET_TRUNC), 0);
}

static void who_is_ahead_is_truncated_where_all_peers_can(void)
{
    come_back_ahead(true);
    CU_ASSERT_EQUAL(cluster_count(2, 3, ZK_PACKET_SNAP), 0);
    CU_ASSERT_EQUAL(cluster_count(2, 3, ZK_PACKET_TRUNC), 1);
}

/* A follower blinks while proposals are outstanding: its log counts, and nothing is sent again. */
static void who_holds_what_is_outstanding_waits_for_the_commit(void)
{
    cluster_start_all(3, 3);
    cluster_hold_disk(3, true);
    cluster_stall(3, 2, true);
    cluster_propose(1);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[1].synced, 1);
    cluster_traced = 0;
    cluster_crash(1);
    cluster_start(1);
    cluster_run(300);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_SNAP), 0);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_DIFF), 0);
    cluster_hold_disk(3, false);
    cluster_stall(3, 2, false);
    cluster_run(1000);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_DIFF), 1);
    CU_ASSERT_EQUAL(cluster_count(3, 1, ZK_PACKET_PROPOSAL), 0);
    CU_ASSERT_TRUE(cluster_has(1, 1));
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* What is proposed while a snapshot streams comes behind it, once. */
static void proposals_during_a_snapshot_come_behind_it(void)
{
    int64_t i;

    cluster_start_all(3, 3);
    cluster_propose(1);
    cluster_settle();
    cluster_crash(1);
    cluster_servers[1].log.count = cluster_servers[1].synced = 0;
    cluster_servers[1].may_vote = false;
    cluster_start(1);
    cluster_stall(3, 1, true);
    cluster_run(500);
    for (i = 0; i < 5; i++) {
        cluster_propose(10 + i);
        cluster_run(20);
    }
    cluster_stall(3, 1, false);
    for (i = 0; i < 50; i++) {
        cluster_propose(20 + i);
        cluster_run(20);
    }
    cluster_run(1000);
    CU_ASSERT_TRUE(zk_zab_is_serving(cluster_servers[1].zab));
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* An election in which everyone crashes at random moments of its disk loses no committed write. */
static void committed_writes_survive_random_crashes(void)
{
    zk_random_t random;
    int64_t committed[4000];
    size_t count = 0, i;
    int64_t tag = 1000, sid;
    int round;

    zk_random_seed(&random, 42);
    cluster_start_all(3, 3);
    for (round = 0; round < 400; round++) {
        int64_t leader = cluster_leader();

        sid = 1 + (int64_t)zk_random_below(&random, 3);
        switch (zk_random_below(&random, 6)) {
        case 0:
            if (cluster_servers[sid].zab != NULL)
                cluster_crash(sid);
            break;
        case 1:
            cluster_hold_disk(sid,
                              cluster_servers[sid].zab != NULL && zk_random_below(&random, 2) == 0);
            break;
        case 2:
            cluster_isolate(sid, zk_random_below(&random, 2) == 0);
            break;
        default:
            if (leader != 0 && zk_zab_next_zxid(cluster_servers[leader].zab) > 0)
                cluster_propose(tag++);
            break;
        }
        cluster_run((int64_t)zk_random_below(&random, 400));
        leader = cluster_leader();
        for (i = 0; leader != 0 && i < cluster_servers[leader].tree.count; i++) {
            const cluster_txn_t *txn = &cluster_servers[leader].tree.items[i];

            if (txn->zxid <= zk_zab_last_delivered(cluster_servers[leader].zab) &&
                (count == 0 || txn->tag > committed[count - 1]))
                committed[count++] = txn->tag;
        }
        for (sid = 1; sid <= 3; sid++)
            if (cluster_servers[sid].zab == NULL && zk_random_below(&random, 3) == 0)
                cluster_start(sid);
        if (cluster_traced > CLUSTER_TRACE_MAX / 2)
            cluster_traced = 0;
    }
    for (sid = 1; sid <= 3; sid++) {
        cluster_hold_disk(sid, false);
        cluster_isolate(sid, false);
        if (cluster_servers[sid].zab == NULL)
            cluster_start(sid);
    }
    cluster_run(15000);
    CU_ASSERT_NOT_EQUAL(cluster_leader(), 0);
    CU_ASSERT_TRUE(cluster_agree(3));
    CU_ASSERT_TRUE(count > 20);
    for (i = 0; i < count; i++)
        CU_ASSERT_TRUE(cluster_has(1, committed[i]));
}

/* Two of three, one with no more than a snapshot named after an epoch that came to nothing. */
static void a_bare_beginning_is_made_up_by_a_snapshot(void)
{
    int64_t sid;

    for (sid = 2; sid <= 3; sid++) {
        cluster_add(sid, 3);
        cluster_servers[sid].snapshot_zxid = 0x200000000;
        cluster_servers[sid].accepted_epoch = cluster_servers[sid].current_epoch = 2;
    }
    cluster_add(1, 3);
    cluster_start(1);
    cluster_start(3);
    cluster_run(1000);
    cluster_propose(1);
    cluster_settle();
    cluster_crash(1);
    cluster_crash(3);
    cluster_start(2);
    cluster_start(3);
    cluster_traced = 0;
    cluster_run(2000);
    CU_ASSERT_EQUAL(cluster_leader(), 3);
    CU_ASSERT_EQUAL(cluster_count(3, 2, ZK_PACKET_SNAP), 1);
    CU_ASSERT_TRUE(cluster_has(2, 1));
}

static const zk_test_t tests[] = {
    {"a short absence is made up by a DIFF", a_short_absence_is_made_up_by_a_diff},
    {"a longer absence is made up from the log", a_longer_absence_is_made_up_from_the_log},
    {"a log that does not reach back makes a SNAP",
     a_log_that_does_not_reach_back_makes_a_snapshot},
    {"a log with a hole makes a SNAP (4925, 2846)", a_log_with_a_hole_makes_a_snapshot},
    {"a part of the log that does not fit the link makes a SNAP",
     a_part_of_the_log_that_does_not_fit_the_link_makes_a_snapshot},
    {"snapshots can be forced", snapshots_can_be_forced},
    {"who is ahead gets a SNAP", who_is_ahead_gets_a_snapshot},
    {"who is ahead is truncated where all peers can",
     who_is_ahead_is_truncated_where_all_peers_can},
    {"who holds what is outstanding waits for the commit",
     who_holds_what_is_outstanding_waits_for_the_commit},
    {"proposals during a SNAP come behind it", proposals_during_a_snapshot_come_behind_it},
    {"committed writes survive random crashes", committed_writes_survive_random_crashes},
    {"a bare beginning is made up by a snapshot", a_bare_beginning_is_made_up_by_a_snapshot},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_sync, "zab/sync", tests, cluster_setup, cluster_teardown);
