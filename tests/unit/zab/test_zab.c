/* test_zab.c -- stories of whole ensembles: elections, crashes, partitions, slow disks. */
#include "lib/zk_test.h"

#include "cluster.h"

static void three_servers_elect_and_replicate(void)
{
    cluster_start_all(3, 3);
    CU_ASSERT_EQUAL(cluster_leader(), 3);
    CU_ASSERT_EQUAL(cluster_propose(7), 0x100000001);
    CU_ASSERT_EQUAL(cluster_propose(8), 0x100000002);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(1, 8));
    CU_ASSERT_TRUE(cluster_agree(3));
    CU_ASSERT_EQUAL(zk_zab_synced_followers(cluster_servers[3].zab), 2);
    CU_ASSERT_EQUAL(cluster_servers[1].current_epoch, 1);
}

static void a_lone_server_leads_at_once_and_counts_on(void)
{
    cluster_add(1, 1)->is_alone = true;
    cluster_servers[1].snapshot_zxid = 41;
    cluster_start(1);
    CU_ASSERT_EQUAL(cluster_leader(), 1);
    CU_ASSERT_EQUAL(cluster_propose(7), 42);
    CU_ASSERT_FALSE(cluster_has(1, 7));
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(1, 7));
    CU_ASSERT_EQUAL(cluster_servers[1].accepted_epoch, 0);
    cluster_shut_down(1);
    CU_ASSERT_TRUE(cluster_servers[1].is_stopped);
}

static void an_ensemble_of_one_voter_works(void)
{
    cluster_start_all(1, 1);
    CU_ASSERT_EQUAL(cluster_leader(), 1);
    CU_ASSERT_EQUAL(cluster_propose(7), 0x100000001);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(1, 7));
    CU_ASSERT_EQUAL(cluster_confirm(1), cluster_servers[1].confirmed);
}

static void a_write_survives_the_death_of_its_leader(void)
{
    cluster_start_all(3, 3);
    cluster_propose(7);
    cluster_settle();
    cluster_crash(3);
    cluster_run(4000);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
    CU_ASSERT_EQUAL(cluster_propose(8), 0x200000001);
    cluster_settle();
    cluster_start(3);
    cluster_run(3000);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
    CU_ASSERT_TRUE(cluster_has(3, 7));
    CU_ASSERT_TRUE(cluster_has(3, 8));
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void a_proposal_that_only_its_leader_had_disappears(void)
{
    cluster_start_all(3, 3);
    cluster_propose(7);
    cluster_settle();
    cluster_stall(3, 1, true);
    cluster_stall(3, 2, true);
    cluster_propose(8);
    cluster_settle();
    CU_ASSERT_FALSE(cluster_has(3, 8));
    cluster_crash(3);
    cluster_stall(3, 1, false);
    cluster_stall(3, 2, false);
    cluster_run(4000);
    cluster_propose(9);
    cluster_settle();
    cluster_start(3);
    cluster_run(3000);
    CU_ASSERT_FALSE(cluster_has(3, 8));
    CU_ASSERT_TRUE(cluster_has(3, 9));
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void an_isolated_leader_steps_down_and_catches_up(void)
{
    cluster_start_all(3, 3);
    cluster_propose(7);
    cluster_settle();
    cluster_isolate(3, true);
    cluster_propose(8); /* nobody hears of it */
    cluster_run(4000);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
    CU_ASSERT_FALSE(zk_zab_is_serving(cluster_servers[3].zab));
    cluster_propose(9);
    cluster_settle();
    cluster_isolate(3, false);
    cluster_run(6000);
    CU_ASSERT_TRUE(zk_zab_is_serving(cluster_servers[3].zab));
    CU_ASSERT_FALSE(cluster_has(3, 8));
    CU_ASSERT_TRUE(cluster_agree(3));
}

static void a_leader_that_hears_nobody_leaves_within_its_limits(void)
{
    int32_t stops;

    cluster_start_all(3, 3);
    stops = cluster_servers[3].stops;
    cluster_stall(1, 3, true);
    cluster_stall(2, 3, true);
    cluster_run(7 * CLUSTER_TICK_MS); /* syncLimit is 5 ticks */
    CU_ASSERT_EQUAL(cluster_servers[3].stops, stops + 1);
}

static void a_follower_that_hears_nothing_leaves_after_sync_limit(void)
{
    cluster_start_all(3, 3);
    cluster_stall(3, 1, true);
    cluster_run(4 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(cluster_servers[1].stops, 0);
    cluster_run(2 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(cluster_servers[1].stops, 1);
}

static void an_observer_sees_everything_and_has_no_say(void)
{
    cluster_start_all(4, 3);
    cluster_propose(7);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(4, 7));
    CU_ASSERT_EQUAL(cluster_count(4, 3, ZK_PACKET_ACK), 2); /* NEWLEADER and UPTODATE */
    CU_ASSERT_EQUAL(cluster_count(3, 4, ZK_PACKET_INFORM), 1);
    CU_ASSERT_EQUAL(cluster_servers[4].synced, 1);
    cluster_crash(1);
    cluster_crash(2);
    cluster_run(3000);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
}

static void an_observer_may_do_without_a_log(void)
{
    int64_t sid;

    for (sid = 1; sid <= 4; sid++)
        cluster_add(sid, 3)->observer_logs = false;
    for (sid = 1; sid <= 4; sid++)
        cluster_start(sid);
    cluster_run(1000);
    cluster_propose(7);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(4, 7));
    CU_ASSERT_EQUAL(cluster_servers[4].log.count, 0);
    cluster_crash(4);
    cluster_start(4);
    cluster_run(2000);
    CU_ASSERT_TRUE(cluster_agree(4));
}

static void confirmation_takes_a_quorum_of_answers_asked_for_later(void)
{
    int64_t ticket;

    cluster_start_all(3, 3);
    ticket = cluster_confirm(3);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[3].confirmed, ticket);
    cluster_stall(1, 3, true);
    cluster_stall(2, 3, true);
    ticket = cluster_confirm(3);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[3].confirmed, ticket - 1);
    CU_ASSERT_EQUAL(cluster_confirm(3), ticket + 1); /* it waits for the next round */
    cluster_stall(1, 3, false);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[3].confirmed, ticket + 1);
}

/* ZOOKEEPER-1675, 2136, 3600. */
static void an_isolated_leader_confirms_nothing(void)
{
    int64_t before;

    cluster_start_all(3, 3);
    before = cluster_servers[3].confirmed;
    cluster_isolate(3, true);
    cluster_confirm(3);
    cluster_run(4000);
    CU_ASSERT_EQUAL(cluster_servers[3].confirmed, before);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
}

/* ZOOKEEPER-2845: tree and log are equal when a role ends. */
static void at_the_end_of_a_role_every_logged_proposal_is_delivered(void)
{
    cluster_start_all(3, 3);
    cluster_stall(3, 1, true);
    cluster_hold_disk(3, true); /* 2 logs it; the leader does not, so nothing is committed */
    cluster_propose(7);
    cluster_settle();
    CU_ASSERT_FALSE(cluster_has(2, 7));
    cluster_stall(3, 1, false);
    cluster_isolate(2, true);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(2, 7));
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[2].zab), ZK_ZAB_ELECTION);
}

/* ZOOKEEPER-4541, 4712: nothing of a role writes after it. */
static void no_election_begins_before_the_last_sync_of_the_role(void)
{
    cluster_start_all(3, 3);
    cluster_hold_disk(1, true);
    cluster_propose(7);
    cluster_settle();
    cluster_isolate(1, true);
    cluster_run(2000);
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[1].zab), ZK_ZAB_LEAVING);
    cluster_hold_disk(1, false);
    cluster_settle();
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[1].zab), ZK_ZAB_ELECTION);
    CU_ASSERT_EQUAL(zk_zab_last_durable(cluster_servers[1].zab), 0x100000001);
}

/* ZOOKEEPER-2789, 4883. */
static void the_counter_never_runs_over(void)
{
    int64_t sid;

    for (sid = 1; sid <= 3; sid++) {
        cluster_add(sid, 3);
        cluster_servers[sid].snapshot_zxid = 0x100000000;
        cluster_servers[sid].accepted_epoch = cluster_servers[sid].current_epoch = 1;
        cluster_start(sid);
    }
    cluster_run(1000);
    CU_ASSERT_EQUAL(cluster_leader(), 3);
    CU_ASSERT_EQUAL(zk_zab_next_zxid(cluster_servers[3].zab), 0x200000001);
}

static void a_shutdown_leaves_nothing_behind(void)
{
    cluster_start_all(3, 3);
    cluster_hold_disk(3, true);
    cluster_propose(7);
    cluster_shut_down(3);
    cluster_settle();
    CU_ASSERT_FALSE(cluster_servers[3].is_stopped);
    cluster_hold_disk(3, false);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_servers[3].is_stopped);
    CU_ASSERT_EQUAL(cluster_servers[3].synced, 1);
    cluster_run(3000);
    CU_ASSERT_EQUAL(cluster_leader(), 2);
}

/* ZOOKEEPER-4643: a crash between logging and saving currentEpoch. */
static void who_holds_a_txn_of_an_epoch_says_so(void)
{
    cluster_add(1, 3);
    cluster_servers[1].snapshot_zxid = 0x200000003;
    cluster_servers[1].accepted_epoch = 2;
    cluster_servers[1].current_epoch = 1;
    cluster_start(1);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[1].current_epoch, 2);
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[1].zab), ZK_ZAB_ELECTION);
}

static void a_server_that_lost_its_state_has_no_vote_until_it_is_synchronised(void)
{
    cluster_start_all(3, 3);
    cluster_propose(7);
    cluster_settle();
    cluster_crash(1);
    cluster_servers[1].log.count = cluster_servers[1].synced = 0;
    cluster_servers[1].may_vote = false;
    cluster_crash(2);
    cluster_run(3000);
    cluster_start(1);
    cluster_run(5000);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
    cluster_start(2);
    cluster_run(5000);
    CU_ASSERT_EQUAL(cluster_leader(), 3);
    CU_ASSERT_TRUE(zk_zab_may_vote(cluster_servers[1].zab));
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* A leader loses its disk and comes back so soon that the others still say they follow it. */
static void a_server_that_lost_its_state_is_not_talked_into_leading(void)
{
    cluster_servers[1].is_puppet = cluster_servers[2].is_puppet = true;
    cluster_add(3, 3);
    cluster_servers[3].accepted_epoch = cluster_servers[3].current_epoch = 2;
    cluster_servers[3].may_vote = false;
    cluster_start(3);
    cluster_settle();
    cluster_vote(1, 3, ZK_SERVER_FOLLOWING, 3, 0x100000005, 1);
    cluster_vote(2, 3, ZK_SERVER_FOLLOWING, 3, 0x100000005, 1);
    cluster_run(500);
    CU_ASSERT_EQUAL(zk_zab_state(cluster_servers[3].zab), ZK_SERVER_LOOKING);
    CU_ASSERT_FALSE(zk_zab_may_vote(cluster_servers[3].zab));
}

static const zk_test_t tests[] = {
    {"three servers elect and replicate", three_servers_elect_and_replicate},
    {"a lone server leads at once and counts on", a_lone_server_leads_at_once_and_counts_on},
    {"an ensemble of one voter works", an_ensemble_of_one_voter_works},
    {"a write survives the death of its leader", a_write_survives_the_death_of_its_leader},
    {"a proposal that only its leader had disappears",
     a_proposal_that_only_its_leader_had_disappears},
    {"an isolated leader steps down and catches up", an_isolated_leader_steps_down_and_catches_up},
    {"a leader that hears nobody leaves within its limits",
     a_leader_that_hears_nobody_leaves_within_its_limits},
    {"a follower that hears nothing leaves after syncLimit",
     a_follower_that_hears_nothing_leaves_after_sync_limit},
    {"an observer sees everything and has no say", an_observer_sees_everything_and_has_no_say},
    {"an observer may do without a log", an_observer_may_do_without_a_log},
    {"confirmation takes a quorum of answers asked for later",
     confirmation_takes_a_quorum_of_answers_asked_for_later},
    {"an isolated leader confirms nothing (1675, 2136, 3600)", an_isolated_leader_confirms_nothing},
    {"at the end of a role every logged proposal is delivered (2845)",
     at_the_end_of_a_role_every_logged_proposal_is_delivered},
    {"no election begins before the last sync of the role (4541, 4712)",
     no_election_begins_before_the_last_sync_of_the_role},
    {"a new epoch starts its counter anew (2789)", the_counter_never_runs_over},
    {"a shutdown leaves nothing behind", a_shutdown_leaves_nothing_behind},
    {"who holds a txn of an epoch says so (2354, 4643)", who_holds_a_txn_of_an_epoch_says_so},
    {"a server that lost its state has no vote until it is synchronised",
     a_server_that_lost_its_state_has_no_vote_until_it_is_synchronised},
    {"a server that lost its state is not talked into leading",
     a_server_that_lost_its_state_is_not_talked_into_leading},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_zab, "zab/zab", tests, cluster_setup, cluster_teardown);
