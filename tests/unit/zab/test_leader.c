/* test_leader.c -- one server that leads, its learners played by the test.
 *
 * Server 3 is real and leads; 1 and 2, and whoever else connects, are puppets. */
#include "lib/zk_test.h"

#include "base/status.h"
#include "cluster.h"
#include "zab/machine.h"

enum { REAL = 3 };

static void elect(void)
{
    cluster_servers[1].is_puppet = cluster_servers[2].is_puppet = true;
    if (cluster_servers[REAL].options.tick_ms == 0)
        cluster_add(REAL, 3);
    cluster_start(REAL);
    cluster_settle();
    cluster_vote(1, REAL, ZK_SERVER_LOOKING, REAL, cluster_servers[REAL].snapshot_zxid,
                 cluster_servers[REAL].current_epoch);
    cluster_vote(2, REAL, ZK_SERVER_LOOKING, REAL, cluster_servers[REAL].snapshot_zxid,
                 cluster_servers[REAL].current_epoch);
    cluster_run(10);
    CU_ASSERT_EQUAL_FATAL(zk_zab_state(cluster_servers[REAL].zab), ZK_SERVER_LEADING);
}

static uint64_t introduce(int64_t sid, int64_t accepted_epoch)
{
    uint64_t link = cluster_open(sid, REAL);
    char info[20] = {0};

    zk_put_u64(info, (uint64_t)sid);
    zk_put_u32(info + 8, 0x10000);
    cluster_send(link, sid, ZK_PACKET_FOLLOWERINFO, accepted_epoch << 32, zk_str_n(info, 20));
    return link;
}

static void ack_epoch(uint64_t link, int64_t sid, int64_t zxid, int32_t epoch)
{
    char bytes[4];

    zk_put_u32(bytes, (uint32_t)epoch);
    cluster_send(link, sid, ZK_PACKET_ACKEPOCH, zxid, zk_str_n(bytes, 4));
}

static void ack(uint64_t link, int64_t sid, int64_t zxid)
{
    cluster_send(link, sid, ZK_PACKET_ACK, zxid, ZK_STR_NULL);
}

/* Puppet SID follows in EPOCH from ZXID on. */
static uint64_t join(int64_t sid, int64_t zxid, int64_t epoch)
{
    uint64_t link = introduce(sid, epoch - 1);

    ack_epoch(link, sid, zxid, (int32_t)(epoch - 1));
    ack(link, sid, epoch << 32);
    return link;
}

static bool is_open(int64_t sid, uint64_t link)
{
    return cluster_link(sid, REAL) == link;
}

static void leaderinfo_waits_for_a_quorum_and_for_the_disk(void)
{
    elect();
    CU_ASSERT_EQUAL(cluster_servers[REAL].accepted_epoch, 0);
    cluster_hold_disk(REAL, true);
    introduce(1, 6);
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_LEADERINFO), 0);
    cluster_hold_disk(REAL, false);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[REAL].accepted_epoch, 7);
    CU_ASSERT_NOT_EQUAL(cluster_find(0, REAL, 1, ZK_PACKET_LEADERINFO, 0x700000000), SIZE_MAX);
}

static void who_knows_more_than_the_leader_is_sent_away(void)
{
    uint64_t link;

    elect();
    link = introduce(1, 0);
    ack_epoch(link, 1, 5, 0);
    CU_ASSERT_FALSE(is_open(1, link));
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[REAL].zab), ZK_ZAB_DISCOVERY);
}

static void minus_one_is_allowed_and_not_counted(void)
{
    uint64_t link;

    elect();
    link = introduce(1, 0);
    ack_epoch(link, 1, 0, -1);
    CU_ASSERT_TRUE(is_open(1, link));
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[REAL].zab), ZK_ZAB_DISCOVERY);
    link = introduce(2, 0);
    ack_epoch(link, 2, 0, 0);
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[REAL].zab), ZK_ZAB_SYNCHRONIZATION);
}

static void current_epoch_is_durable_before_newleader(void)
{
    uint64_t link;

    elect();
    link = introduce(1, 0);
    cluster_hold_disk(REAL, true);
    ack_epoch(link, 1, 0, 0);
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_NEWLEADER), 0);
    cluster_hold_disk(REAL, false);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[REAL].current_epoch, 1);
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_NEWLEADER), 1);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
    ack(link, 1, 0x100000000);
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
}

/* ZOOKEEPER-4685: an ACK of a proposal before the ACK of NEWLEADER neither replaces it nor is lost;
 * it counts from then on, because before the sender would not hold on to the proposal. */
static void an_early_ack_counts_from_the_newleader_ack_on(void)
{
    uint64_t link;

    elect();
    join(2, 0, 1);
    cluster_propose(7);
    link = introduce(1, 0);
    ack_epoch(link, 1, 0, 0);
    cluster_settle();
    ack(link, 1, 0x100000001);
    CU_ASSERT_TRUE(is_open(1, link));
    CU_ASSERT_FALSE(cluster_has(REAL, 7));
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_UPTODATE), 0);
    ack(link, 1, 0x100000000);
    CU_ASSERT_TRUE(cluster_has(REAL, 7));
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_UPTODATE), 1);
}

/* ZOOKEEPER-4394: peers before 3.9.3 fail on a COMMIT between NEWLEADER and UPTODATE. */
static void broadcasts_are_held_back_between_newleader_and_uptodate(void)
{
    uint64_t link;

    elect();
    link = join(2, 0, 1);
    introduce(1, 0);
    ack_epoch(cluster_link(1, REAL), 1, 0, 0);
    cluster_propose(7);
    cluster_settle();
    ack(link, 2, 0x100000001);
    CU_ASSERT_EQUAL(cluster_count(REAL, 2, ZK_PACKET_COMMIT), 1);
    CU_ASSERT_EQUAL(cluster_count(REAL, 1, ZK_PACKET_PROPOSAL), 0);
    ack(cluster_link(1, REAL), 1, 0x100000000);
    CU_ASSERT_TRUE(cluster_find(0, REAL, 1, ZK_PACKET_UPTODATE, -1) <
                   cluster_find(0, REAL, 1, ZK_PACKET_PROPOSAL, 0x100000001));
    CU_ASSERT_TRUE(cluster_find(0, REAL, 1, ZK_PACKET_PROPOSAL, 0x100000001) <
                   cluster_find(0, REAL, 1, ZK_PACKET_COMMIT, 0x100000001));
}

/* ZOOKEEPER-3104: NEWLEADER comes behind all that was ever proposed. */
static void newleader_comes_behind_the_history(void)
{
    uint64_t link;

    elect();
    link = join(2, 0, 1);
    cluster_propose(7);
    cluster_settle();
    ack(link, 2, 0x100000001);
    cluster_propose(8);
    cluster_settle();
    introduce(1, 0);
    ack_epoch(cluster_link(1, REAL), 1, 0, 0);
    CU_ASSERT_TRUE(cluster_find(0, REAL, 1, ZK_PACKET_DIFF, 0x100000001) <
                   cluster_find(0, REAL, 1, ZK_PACKET_PROPOSAL, 0x100000001));
    CU_ASSERT_TRUE(cluster_find(0, REAL, 1, ZK_PACKET_COMMIT, 0x100000001) <
                   cluster_find(0, REAL, 1, ZK_PACKET_PROPOSAL, 0x100000002));
    CU_ASSERT_TRUE(cluster_find(0, REAL, 1, ZK_PACKET_PROPOSAL, 0x100000002) <
                   cluster_find(0, REAL, 1, ZK_PACKET_NEWLEADER, 0x100000000));
    CU_ASSERT_EQUAL(cluster_find(0, REAL, 1, ZK_PACKET_COMMIT, 0x100000002), SIZE_MAX);
}

static void a_learner_too_slow_for_its_bound_is_let_go(void)
{
    uint64_t link;
    int i;

    cluster_add(REAL, 3)->link_bytes_max = 300;
    elect();
    join(2, 0, 1);
    link = introduce(1, 0);
    ack_epoch(link, 1, 0, 0);
    for (i = 0; i < 10; i++) /* 28 bytes each wait for its ACK of NEWLEADER */
        cluster_propose(i);
    CU_ASSERT_TRUE(is_open(1, link));
    cluster_propose(i);
    CU_ASSERT_FALSE(is_open(1, link));
}

/* On a quiet ensemble nothing else would end it, and what the tree was is kept for it meanwhile. */
static void a_learner_that_does_not_read_its_snapshot_is_let_go(void)
{
    uint64_t link;

    cluster_start_all(3, 3);
    CU_ASSERT_EQUAL_FATAL(cluster_leader(), REAL);
    cluster_servers[7].is_puppet = true;
    cluster_servers[REAL].is_unread = true;
    link = introduce(7, 0);
    ack_epoch(link, 7, -1, 0);
    CU_ASSERT_EQUAL(cluster_count(REAL, 7, ZK_PACKET_SNAP), 1);
    cluster_run(9 * CLUSTER_TICK_MS);
    CU_ASSERT_TRUE(is_open(7, link));
    cluster_run(3 * CLUSTER_TICK_MS);
    CU_ASSERT_FALSE(is_open(7, link));
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
}

static void an_ack_of_what_was_never_proposed_ends_the_link(void)
{
    uint64_t link;

    elect();
    link = join(2, 0, 1);
    ack(link, 2, 0x100000009);
    CU_ASSERT_FALSE(is_open(2, link));
}

static void a_stranger_is_served_and_never_counted(void)
{
    uint64_t link;

    elect();
    join(2, 0, 1);
    cluster_servers[7].is_puppet = true;
    link = introduce(7, 0);
    ack_epoch(link, 7, 0, 0);
    ack(link, 7, 0x100000000);
    cluster_propose(7);
    cluster_settle();
    ack(link, 7, 0x100000001);
    CU_ASSERT_EQUAL(cluster_count(REAL, 7, ZK_PACKET_PROPOSAL), 1);
    CU_ASSERT_FALSE(cluster_has(REAL, 7));
}

static void strict_membership_refuses_strangers(void)
{
    uint64_t link;

    cluster_add(REAL, 3)->strict_members = true;
    cluster_servers[REAL].options.config_text = zk_str("server.6=h:1:2:observer\nversion=0");
    cluster_servers[6].is_puppet = cluster_servers[7].is_puppet = true;
    elect();
    link = introduce(7, 0);
    CU_ASSERT_FALSE(is_open(7, link));
    link = introduce(6, 0);
    CU_ASSERT_TRUE(is_open(6, link));
}

static void a_voter_of_a_higher_epoch_makes_the_leader_step_down_once(void)
{
    elect();
    join(2, 0, 1);
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
    introduce(1, 9);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
    cluster_settle();
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[REAL].zab), ZK_ZAB_ELECTION);
}

static void a_voter_that_looks_again_ends_the_wait_for_an_epoch(void)
{
    elect();
    cluster_run(3 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(zk_zab_state(cluster_servers[REAL].zab), ZK_SERVER_LEADING);
    cluster_vote(1, REAL, ZK_SERVER_LOOKING, 1, 0, 0);
    cluster_run(20);
    CU_ASSERT_EQUAL(zk_zab_state(cluster_servers[REAL].zab), ZK_SERVER_LOOKING);
}

static void without_a_quorum_of_epochs_the_role_ends_after_init_limit(void)
{
    elect();
    cluster_run(9 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(zk_zab_state(cluster_servers[REAL].zab), ZK_SERVER_LEADING);
    cluster_run(2 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(zk_zab_state(cluster_servers[REAL].zab), ZK_SERVER_LOOKING);
}

static void who_does_not_ack_a_proposal_is_let_go(void)
{
    uint64_t one, two;
    int i;

    elect();
    one = join(1, 0, 1);
    two = join(2, 0, 1);
    cluster_propose(7);
    cluster_settle();
    ack(two, 2, 0x100000001);
    for (i = 0; i < 14; i++) { /* both answer pings, one does not write */
        cluster_run(CLUSTER_TICK_MS / 2);
        cluster_send(one, 1, ZK_PACKET_PING, 0, zk_str_n("", 0));
        cluster_send(two, 2, ZK_PACKET_PING, 0, zk_str_n("", 0));
    }
    CU_ASSERT_FALSE(is_open(1, one));
    CU_ASSERT_TRUE(is_open(2, two));
}

/* ZOOKEEPER-2789, 4883: the role ends behind counter 0xfffffffe, and nothing is lost by that. */
static void the_last_counter_is_never_proposed(void)
{
    cluster_start_all(3, 3);
    cluster_servers[REAL].zab->lead.last_proposed = 0x1fffffffc;
    CU_ASSERT_EQUAL(cluster_propose(1), 0x1fffffffd);
    CU_ASSERT_EQUAL(cluster_propose(2), 0x1fffffffe);
    CU_ASSERT_EQUAL(zk_zab_next_zxid(cluster_servers[REAL].zab), -1);
    cluster_run(2000);
    CU_ASSERT_EQUAL(cluster_leader(), 3);
    CU_ASSERT_EQUAL(cluster_propose(3), 0x200000001);
    cluster_settle();
    CU_ASSERT_TRUE(cluster_has(1, 2));
    CU_ASSERT_TRUE(cluster_agree(3));
}

/* Every epoch's last counters, not only those of the first: nothing is lost between them. */
static void end_epochs(bool by_snapshot)
{
    int64_t sid, tag;

    for (sid = 1; sid <= 3; sid++) {
        cluster_add(sid, 3)->first_counter = 0xfffffffd;
        cluster_servers[sid].options.force_snapshot_sync = by_snapshot;
    }
    for (sid = 1; sid <= 3; sid++)
        cluster_start(sid);
    cluster_run(1000);
    for (tag = 1; tag <= 6; tag += 2) {
        int64_t epoch = cluster_servers[REAL].current_epoch << 32;

        CU_ASSERT_EQUAL(cluster_propose(tag), epoch | 0xfffffffd);
        CU_ASSERT_EQUAL(cluster_propose(tag + 1), epoch | 0xfffffffe);
        CU_ASSERT_EQUAL(zk_zab_next_zxid(cluster_servers[REAL].zab), -1);
        cluster_run(2000);
        CU_ASSERT_EQUAL_FATAL(cluster_leader(), 3);
        CU_ASSERT_EQUAL(cluster_servers[REAL].current_epoch << 32, epoch + 0x100000000);
    }
    for (tag = 1; tag <= 6; tag++)
        CU_ASSERT_TRUE(cluster_has(1, tag));
    CU_ASSERT_TRUE(cluster_agree(3));
    cluster_run(5000); /* an epoch in which nothing was proposed has nothing to run out of */
    CU_ASSERT_EQUAL(cluster_servers[REAL].current_epoch, 4);
}

static void epochs_end_one_after_the_other(void)
{
    end_epochs(false);
}

/* The snapshot is named after the beginning of an epoch, whose first txn is not the next counter.
 */
static void epochs_end_one_after_the_other_by_snapshots(void)
{
    end_epochs(true);
}

/* Puppets 1 and 2 of five voters have acked the epoch of a leader that needs one more. */
static void assemble_three_of_five(uint64_t *early, uint64_t *late)
{
    cluster_add(REAL, 5);
    cluster_servers[1].is_puppet = cluster_servers[2].is_puppet = true;
    cluster_start(REAL);
    cluster_settle();
    cluster_vote(1, REAL, ZK_SERVER_LOOKING, REAL, 0, 0);
    cluster_vote(2, REAL, ZK_SERVER_LOOKING, REAL, 0, 0);
    cluster_run(300);
    *early = introduce(1, 0);
    *late = introduce(2, 0);
    ack_epoch(*early, 1, 0, 0);
    ack_epoch(*late, 2, 0, 0);
}

/* Of five voters two ack NEWLEADER early and must wait for the third, longer than syncLimit: they
 * are not taken for dead when they are served at last. */
static void who_waited_long_for_uptodate_is_not_let_go(void)
{
    uint64_t early, late;

    assemble_three_of_five(&early, &late);
    ack(early, 1, 0x100000000);
    cluster_run(7 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
    ack(late, 2, 0x100000000);
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
    cluster_run(2 * CLUSTER_TICK_MS);
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
    CU_ASSERT_TRUE(is_open(1, early));
}

/* An ack stands for what its sender has on disk.  Who comes back with less has lost it. */
static void who_comes_back_with_less_has_acked_less(void)
{
    uint64_t link;

    elect();
    link = join(2, 0, 1);
    cluster_hold_disk(REAL, true);
    cluster_propose(7);
    cluster_settle();
    ack(link, 2, 0x100000001);
    link = introduce(2, 1);
    ack_epoch(link, 2, 0x100000000, -1);
    cluster_hold_disk(REAL, false);
    cluster_settle();
    CU_ASSERT_EQUAL(zk_zab_last_durable(cluster_servers[REAL].zab), 0x100000001);
    CU_ASSERT_FALSE(cluster_has(REAL, 7));
    ack(link, 2, 0x100000000);
    ack(link, 2, 0x100000001);
    CU_ASSERT_TRUE(cluster_has(REAL, 7));
}

/* The same before this leader serves: the NEWLEADER that was acked is not held any more. */
static void a_newleader_ack_counts_as_long_as_its_sender_stays(void)
{
    uint64_t early, late;

    assemble_three_of_five(&early, &late);
    ack(early, 1, 0x100000000);
    early = introduce(1, 1);
    ack_epoch(early, 1, -1, -1); /* it has lost everything */
    ack(late, 2, 0x100000000);
    CU_ASSERT_EQUAL(cluster_leader(), 0);
    ack(early, 1, 0x100000000);
    CU_ASSERT_EQUAL(cluster_leader(), REAL);
}

static const zk_test_t tests[] = {
    {"LEADERINFO waits for a quorum and for the disk",
     leaderinfo_waits_for_a_quorum_and_for_the_disk},
    {"who knows more than the leader is sent away", who_knows_more_than_the_leader_is_sent_away},
    {"-1 is allowed and not counted", minus_one_is_allowed_and_not_counted},
    {"currentEpoch is durable before NEWLEADER", current_epoch_is_durable_before_newleader},
    {"an early ACK counts from the NEWLEADER ACK on (4685)",
     an_early_ack_counts_from_the_newleader_ack_on},
    {"broadcasts are held back between NEWLEADER and UPTODATE (4394)",
     broadcasts_are_held_back_between_newleader_and_uptodate},
    {"NEWLEADER comes behind the history (3104)", newleader_comes_behind_the_history},
    {"a learner too slow for its bound is let go", a_learner_too_slow_for_its_bound_is_let_go},
    {"a learner that does not read its snapshot is let go",
     a_learner_that_does_not_read_its_snapshot_is_let_go},
    {"an ACK of what was never proposed ends the link",
     an_ack_of_what_was_never_proposed_ends_the_link},
    {"a stranger is served and never counted", a_stranger_is_served_and_never_counted},
    {"strict membership refuses strangers", strict_membership_refuses_strangers},
    {"a voter of a higher epoch makes the leader step down once",
     a_voter_of_a_higher_epoch_makes_the_leader_step_down_once},
    {"a voter that looks again ends the wait for an epoch",
     a_voter_that_looks_again_ends_the_wait_for_an_epoch},
    {"without a quorum of epochs the role ends after initLimit",
     without_a_quorum_of_epochs_the_role_ends_after_init_limit},
    {"who does not ack a proposal is let go", who_does_not_ack_a_proposal_is_let_go},
    {"the last counter is never proposed (2789, 4883)", the_last_counter_is_never_proposed},
    {"epochs of few counters end one after the other", epochs_end_one_after_the_other},
    {"epochs of few counters end, and all come by snapshots",
     epochs_end_one_after_the_other_by_snapshots},
    {"who waited long for UPTODATE is not let go", who_waited_long_for_uptodate_is_not_let_go},
    {"who comes back with less has acked less", who_comes_back_with_less_has_acked_less},
    {"a NEWLEADER ACK counts as long as its sender stays",
     a_newleader_ack_counts_as_long_as_its_sender_stays},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_leader, "zab/leader", tests, cluster_setup, cluster_teardown);
