/* test_learner.c -- one server that follows, its leader played by the test.
 *
 * Server 3 is the puppet that leads; server 1 is real.  What a leader can say in which order, and
 * what must be on disk before which answer, is each a test; the numbers are those of upstream's
 * tracker. */
#include "lib/zk_test.h"

#include "base/status.h"
#include "cluster.h"

static uint64_t link_id;

static void find_leader(int64_t epoch)
{
    char version[4];

    cluster_vote(2, 1, ZK_SERVER_FOLLOWING, 3, 0, epoch);
    cluster_vote(3, 1, ZK_SERVER_LEADING, 3, 0, epoch);
    cluster_run(100);
    link_id = cluster_link(1, 3);
    CU_ASSERT_NOT_EQUAL_FATAL(link_id, 0);
    zk_put_u32(version, 0x10000);
    cluster_send(link_id, 3, ZK_PACKET_LEADERINFO, epoch << 32, zk_str_n(version, 4));
}

/* Server 1 finds 3 leading and has agreed on EPOCH with it. */
static void follow(int64_t epoch)
{
    cluster_servers[2].is_puppet = cluster_servers[3].is_puppet = true;
    cluster_add(1, 3);
    cluster_start(1);
    cluster_settle();
    find_leader(epoch);
}

static void say(int32_t type, int64_t zxid)
{
    cluster_send(link_id, 3, type, zxid, ZK_STR_NULL);
}

static void propose(int64_t zxid)
{
    char tag[8];

    zk_put_u64(tag, (uint64_t)zxid);
    cluster_send(link_id, 3, ZK_PACKET_PROPOSAL, zxid, zk_str_n(tag, 8));
}

static size_t acks_of(int64_t zxid)
{
    size_t at = 0, count = 0;

    while ((at = cluster_find(at, 1, 3, ZK_PACKET_ACK, zxid)) != SIZE_MAX) {
        at++;
        count++;
    }
    return count;
}

static bool has_left(void)
{
    return cluster_link(1, 3) != link_id;
}

/* Two proposals, then NEWLEADER and UPTODATE of epoch 1. */
static void join(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 0);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    say(ZK_PACKET_UPTODATE, -1);
    CU_ASSERT_TRUE(zk_zab_is_serving(cluster_servers[1].zab));
}

static void accepted_epoch_is_durable_before_ackepoch(void)
{
    cluster_hold_disk(1, true);
    follow(4);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_ACKEPOCH), 0);
    cluster_hold_disk(1, false);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_servers[1].accepted_epoch, 4);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_ACKEPOCH), 1);
}

static void a_lower_epoch_than_accepted_is_refused(void)
{
    cluster_servers[1].accepted_epoch = 5;
    follow(4);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].accepted_epoch, 5);
}

/* ZOOKEEPER-3911, 4646, 3023: the ACK of NEWLEADER waits for the history on disk. */
static void newleader_is_acked_when_the_history_is_durable(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 2);
    propose(1);
    say(ZK_PACKET_COMMIT, 1);
    cluster_hold_disk(1, true);
    propose(2);
    say(ZK_PACKET_COMMIT, 2);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    CU_ASSERT_EQUAL(acks_of(0x100000000), 0);
    CU_ASSERT_FALSE(cluster_has(1, 2)); /* applied only once it is durable */
    cluster_hold_disk(1, false);
    cluster_settle();
    CU_ASSERT_EQUAL(acks_of(0x100000000), 1);
    CU_ASSERT_EQUAL(cluster_servers[1].synced, 2);
    CU_ASSERT_TRUE(cluster_has(1, 2));
}

/* ZOOKEEPER-4643: currentEpoch is not raised before the history is durable. */
static void current_epoch_follows_the_history(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 1);
    cluster_hold_disk(1, true);
    propose(1);
    say(ZK_PACKET_COMMIT, 1);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    cluster_crash(1);
    CU_ASSERT_EQUAL(cluster_servers[1].current_epoch, 0);
    CU_ASSERT_EQUAL(cluster_servers[1].accepted_epoch, 1);
    CU_ASSERT_EQUAL(cluster_servers[1].synced, 0);
}

/* ZOOKEEPER-4394, 4925: what is not committed at NEWLEADER is neither lost nor logged; a COMMIT may
 * come before UPTODATE, and the history has no hole. */
static void a_commit_between_newleader_and_uptodate_is_remembered(void)
{
    zk_zab_t *zab;

    follow(1);
    say(ZK_PACKET_DIFF, 1);
    propose(1);
    say(ZK_PACKET_COMMIT, 1);
    propose(2);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
    say(ZK_PACKET_COMMIT, 2);
    propose(3);
    CU_ASSERT_FALSE(cluster_has(1, 2));
    say(ZK_PACKET_UPTODATE, -1);
    CU_ASSERT_TRUE(cluster_has(1, 2));
    CU_ASSERT_FALSE(cluster_has(1, 3));
    CU_ASSERT_EQUAL(cluster_servers[1].synced, 3);
    zab = cluster_servers[1].zab;
    CU_ASSERT_EQUAL(zk_zab_last_committed(zab), 2);
    CU_ASSERT_EQUAL(zk_zab_last_logged(zab), 3);
}

/* ZOOKEEPER-4685: the first ACK is that of NEWLEADER; those of proposals come one by one behind
 * UPTODATE's. */
static void no_ack_of_a_proposal_comes_before_that_of_newleader(void)
{
    size_t first;

    follow(1);
    say(ZK_PACKET_DIFF, 0);
    propose(1);
    propose(2);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_ACK), 1);
    say(ZK_PACKET_UPTODATE, -1);
    first = cluster_find(0, 1, 3, ZK_PACKET_ACK, -2);
    CU_ASSERT_EQUAL(cluster_trace[first].zxid, 0x100000000);
    CU_ASSERT_EQUAL(acks_of(0x100000000), 2);
    CU_ASSERT_EQUAL(acks_of(1), 1);
    CU_ASSERT_TRUE(cluster_find(0, 1, 3, ZK_PACKET_ACK, 1) <
                   cluster_find(0, 1, 3, ZK_PACKET_ACK, 2));
    CU_ASSERT_TRUE(cluster_find(first + 1, 1, 3, ZK_PACKET_ACK, 0x100000000) <
                   cluster_find(0, 1, 3, ZK_PACKET_ACK, 1));
}

static void every_proposal_is_acked_after_its_sync(void)
{
    join();
    cluster_hold_disk(1, true);
    propose(0x100000001);
    propose(0x100000002);
    say(ZK_PACKET_COMMIT, 0x100000001); /* the others are a quorum */
    CU_ASSERT_TRUE(cluster_has(1, 0x100000001));
    CU_ASSERT_EQUAL(acks_of(0x100000001), 0);
    cluster_hold_disk(1, false);
    cluster_settle();
    CU_ASSERT_EQUAL(acks_of(0x100000001), 1);
    CU_ASSERT_EQUAL(acks_of(0x100000002), 1);
}

static void a_proposal_that_comes_twice_ends_the_link(void)
{
    join();
    propose(0x100000001);
    propose(0x100000001);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
}

/* ZOOKEEPER-4925: a hole is never taken over. */
static void a_gap_in_the_history_ends_the_link(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 3);
    propose(1);
    say(ZK_PACKET_COMMIT, 1);
    propose(3);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
}

static void a_commit_of_another_proposal_than_the_oldest_ends_the_link(void)
{
    join();
    propose(0x100000001);
    propose(0x100000002);
    say(ZK_PACKET_COMMIT, 0x100000002);
    CU_ASSERT_TRUE(has_left());
}

static void newleader_of_another_epoch_ends_the_link(void)
{
    follow(2);
    say(ZK_PACKET_DIFF, 0);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].current_epoch, 0);
}

static void a_truncation_takes_back_what_was_never_committed(void)
{
    int64_t i;

    for (i = 1; i <= 3; i++) {
        cluster_servers[1].log.items =
            zk_realloc(cluster_servers[1].log.items, (size_t)i * sizeof(cluster_txn_t));
        cluster_servers[1].log.items[i - 1] = (cluster_txn_t){0x100000000 + i, 0x100000000 + i};
        cluster_servers[1].log.count = cluster_servers[1].log.capacity = (size_t)i;
        cluster_servers[1].synced = (size_t)i;
    }
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = 1;
    follow(2);
    say(ZK_PACKET_TRUNC, 0x100000001);
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
    CU_ASSERT_FALSE(cluster_has(1, 0x100000002));
    propose(0x100000002); /* the leader's own */
    say(ZK_PACKET_COMMIT, 0x100000002);
    say(ZK_PACKET_NEWLEADER, 0x200000000);
    say(ZK_PACKET_UPTODATE, -1);
    CU_ASSERT_TRUE(zk_zab_is_serving(cluster_servers[1].zab));
    CU_ASSERT_EQUAL(zk_zab_last_durable(cluster_servers[1].zab), 0x100000002);
}

/* ZOOKEEPER-3642: packets behind a SNAP wait until the snapshot is the only state. */
static void what_comes_behind_a_snapshot_waits_until_it_is_installed(void)
{
    follow(1);
    cluster_hold_disk(1, true);
    say(ZK_PACKET_SNAP, 0x100000000);
    cluster_send_stream(link_id, 3);
    propose(0x100000001);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_ACK), 0);
    cluster_hold_disk(1, false);
    cluster_settle();
    CU_ASSERT_EQUAL(acks_of(0x100000000), 1);
    say(ZK_PACKET_UPTODATE, -1);
    say(ZK_PACKET_COMMIT, 0x100000001);
    CU_ASSERT_TRUE(cluster_has(1, 0x100000001));
    CU_ASSERT_EQUAL(zk_zab_last_logged(cluster_servers[1].zab), 0x100000001);
}

/* Upstream's leaders may send again what their snapshot holds, and its COMMIT much later. */
static void what_a_snapshot_holds_may_be_told_again(void)
{
    follow(1);
    say(ZK_PACKET_SNAP, 0x100000002);
    cluster_send_stream(link_id, 3);
    propose(0x100000001);
    say(ZK_PACKET_COMMIT, 0x100000001);
    propose(0x100000002);
    propose(0x100000003);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    say(ZK_PACKET_UPTODATE, -1);
    say(ZK_PACKET_COMMIT, 0x100000002);
    say(ZK_PACKET_COMMIT, 0x100000003);
    CU_ASSERT_FALSE(has_left());
    CU_ASSERT_FALSE(cluster_has(1, 0x100000002));
    CU_ASSERT_TRUE(cluster_has(1, 0x100000003));
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
}

/* ZOOKEEPER-2872, 3642: a snapshot that is cut short leaves the former state. */
static void a_snapshot_cut_short_changes_nothing(void)
{
    cluster_servers[1].snapshot_zxid = 0x100000005;
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = 1;
    follow(2);
    say(ZK_PACKET_SNAP, 0x200000000);
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[1].zab), ZK_ZAB_SYNCHRONIZATION);
    cluster_cut(1, 3, true);
    cluster_settle();
    CU_ASSERT_EQUAL(zk_zab_phase(cluster_servers[1].zab), ZK_ZAB_ELECTION);
    CU_ASSERT_EQUAL(zk_zab_last_durable(cluster_servers[1].zab), 0x100000005);
    CU_ASSERT_EQUAL(cluster_servers[1].current_epoch, 1);
}

static void pings_are_not_answered_before_uptodate(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 0);
    say(ZK_PACKET_PING, 0);
    say(ZK_PACKET_NEWLEADER, 0x100000000);
    say(ZK_PACKET_PING, 0);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_PING), 0);
    say(ZK_PACKET_UPTODATE, -1);
    say(ZK_PACKET_PING, 0);
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_PING), 1);
}

/* Neither the end of the link nor a first part comes: the leader lost power, or a cable. */
static void a_leader_that_falls_silent_behind_the_word_snap_is_left(void)
{
    follow(1);
    say(ZK_PACKET_SNAP, 0x100000000);
    CU_ASSERT_FALSE(has_left());
    cluster_run(11 * CLUSTER_TICK_MS);
    CU_ASSERT_TRUE(has_left());
}

static void a_leader_that_falls_silent_before_uptodate_is_left(void)
{
    follow(1);
    say(ZK_PACKET_DIFF, 0);
    cluster_run(9 * CLUSTER_TICK_MS);
    CU_ASSERT_FALSE(has_left());
    cluster_run(2 * CLUSTER_TICK_MS);
    CU_ASSERT_TRUE(has_left());
}

static void bytes_that_are_no_packet_end_the_link(void)
{
    join();
    cluster_send(link_id, 3, ZK_PACKET_PROPOSAL, 0x100000001, ZK_STR_NULL);
    CU_ASSERT_TRUE(has_left());
}

static void no_proposal_bears_the_beginning_of_an_epoch(void)
{
    join();
    propose(0x100000000);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 0);
}

static void a_proposal_of_an_epoch_above_the_leaders_ends_the_link(void)
{
    join();
    propose(0x200000001);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 0);
    CU_ASSERT_EQUAL(cluster_servers[1].accepted_epoch, 1);
}

static void no_snapshot_is_from_an_epoch_above_the_leaders(void)
{
    follow(1);
    say(ZK_PACKET_SNAP, 0x200000000);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].streams_on, 0);
}

static void no_snapshot_is_from_before_the_first_txn(void)
{
    follow(1);
    say(ZK_PACKET_SNAP, -5);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].streams_on, 0);
}

/* Server 1 has 1, 2 of epoch 1 and one of EPOCH. */
static void have_history_of(int64_t epoch)
{
    static cluster_txn_t log[3];
    cluster_txns_t *txns = &cluster_servers[1].log;
    int i;

    log[0] = (cluster_txn_t){0x100000001, 1};
    log[1] = (cluster_txn_t){0x100000002, 2};
    log[2] = (cluster_txn_t){epoch << 32 | 1, 3};
    txns->items = zk_malloc(sizeof(log));
    for (i = 0; i < 3; i++)
        txns->items[i] = log[i];
    txns->count = txns->capacity = 3;
    cluster_servers[1].synced = 3;
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = epoch;
}

/* The last zxid in server 1's latest ACKEPOCH. */
static int64_t last_told(void)
{
    size_t at = 0, found = SIZE_MAX;

    while ((at = cluster_find(at, 1, 3, ZK_PACKET_ACKEPOCH, -2)) != SIZE_MAX)
        found = at++;
    CU_ASSERT_NOT_EQUAL_FATAL(found, SIZE_MAX);
    return cluster_trace[found].zxid;
}

/* A leader whose last zxid is the bare beginning of an epoch says "truncate to there".  Who has a
 * txn of that epoch knows what that means. */
static void a_truncation_to_the_beginning_of_an_epoch_we_know_is_done(void)
{
    have_history_of(2);
    follow(3);
    say(ZK_PACKET_TRUNC, 0x200000000);
    CU_ASSERT_FALSE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 2);
}

/* Who has none cannot tell what belongs before it, and asks for everything next time. */
static void a_truncation_to_the_beginning_of_an_unknown_epoch_is_not_done(void)
{
    have_history_of(3);
    follow(4);
    say(ZK_PACKET_TRUNC, 0x200000000);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 3);
}

static void who_could_not_truncate_asks_for_a_snapshot(void)
{
    have_history_of(3);
    follow(4);
    say(ZK_PACKET_TRUNC, 0x200000000);
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 3);
    cluster_traced = 0;
    cluster_run(500);
    find_leader(4);
    CU_ASSERT_EQUAL(last_told(), -1);
    say(ZK_PACKET_NEWLEADER, 0); /* nor does this leader give one */
    cluster_run(500);
    find_leader(4);
    CU_ASSERT_EQUAL(last_told(), 0x300000001);
    say(ZK_PACKET_TRUNC, 0x200000000);
    CU_ASSERT_FALSE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 2);
}

/* A snapshot of a leader that nobody confirmed is named after its epoch.  A leader of upstream's
 * answers with a difference to that name; it may never have had that history. */
static void no_difference_is_added_to_an_epoch_the_leader_may_not_know(void)
{
    cluster_servers[1].snapshot_zxid = 0x200000000;
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = 2;
    follow(3);
    CU_ASSERT_EQUAL(last_told(), 0x200000000);
    say(ZK_PACKET_DIFF, 0x300000001);
    propose(0x300000001);
    CU_ASSERT_TRUE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 0);
    cluster_traced = 0;
    cluster_run(500);
    find_leader(3);
    CU_ASSERT_EQUAL(last_told(), -1);
    say(ZK_PACKET_PROPOSAL, 0); /* no snapshot comes of that role either */
    cluster_run(500);
    find_leader(3);
    CU_ASSERT_EQUAL(last_told(), 0x200000000);
    say(ZK_PACKET_DIFF, 0x300000001);
    propose(0x300000001);
    CU_ASSERT_FALSE(has_left());
}

/* Where both ends are at the same beginning there is no doubt, and the first txn of the next epoch
 * comes behind it. */
static void the_first_txn_behind_a_bare_beginning_is_taken(void)
{
    cluster_servers[1].snapshot_zxid = 0x200000000;
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = 2;
    follow(3);
    say(ZK_PACKET_DIFF, 0x200000000);
    say(ZK_PACKET_NEWLEADER, 0x300000000);
    say(ZK_PACKET_UPTODATE, -1);
    propose(0x300000001);
    CU_ASSERT_FALSE(has_left());
    CU_ASSERT_EQUAL(acks_of(0x300000001), 1);
}

static void a_difference_from_the_beginning_of_the_leaders_own_epoch_is_added(void)
{
    cluster_servers[1].snapshot_zxid = 0x200000000;
    cluster_servers[1].accepted_epoch = cluster_servers[1].current_epoch = 2;
    follow(3);
    say(ZK_PACKET_DIFF, 0x300000001);
    propose(0x200000001);
    say(ZK_PACKET_COMMIT, 0x200000001);
    propose(0x300000001);
    CU_ASSERT_FALSE(has_left());
    CU_ASSERT_EQUAL(cluster_servers[1].log.count, 1);
}

static const zk_test_t tests[] = {
    {"acceptedEpoch is durable before ACKEPOCH", accepted_epoch_is_durable_before_ackepoch},
    {"a lower epoch than the accepted one is refused", a_lower_epoch_than_accepted_is_refused},
    {"NEWLEADER is acked when the history is durable (3911, 4646, 3023)",
     newleader_is_acked_when_the_history_is_durable},
    {"currentEpoch follows the history (4643)", current_epoch_follows_the_history},
    {"a COMMIT between NEWLEADER and UPTODATE is remembered (4394, 4925)",
     a_commit_between_newleader_and_uptodate_is_remembered},
    {"no ACK of a proposal comes before that of NEWLEADER (4685)",
     no_ack_of_a_proposal_comes_before_that_of_newleader},
    {"every proposal is acked after its sync", every_proposal_is_acked_after_its_sync},
    {"a proposal that comes twice ends the link", a_proposal_that_comes_twice_ends_the_link},
    {"a gap in the history ends the link (4925)", a_gap_in_the_history_ends_the_link},
    {"a COMMIT of another proposal than the oldest ends the link",
     a_commit_of_another_proposal_than_the_oldest_ends_the_link},
    {"NEWLEADER of another epoch ends the link", newleader_of_another_epoch_ends_the_link},
    {"a truncation takes back what was never committed",
     a_truncation_takes_back_what_was_never_committed},
    {"what comes behind a snapshot waits until it is installed (3642)",
     what_comes_behind_a_snapshot_waits_until_it_is_installed},
    {"what a snapshot holds may be told again", what_a_snapshot_holds_may_be_told_again},
    {"a snapshot cut short changes nothing (2872, 3642)", a_snapshot_cut_short_changes_nothing},
    {"pings are not answered before UPTODATE", pings_are_not_answered_before_uptodate},
    {"a leader that falls silent behind the word SNAP is left",
     a_leader_that_falls_silent_behind_the_word_snap_is_left},
    {"a leader that falls silent before UPTODATE is left",
     a_leader_that_falls_silent_before_uptodate_is_left},
    {"a proposal without a payload ends the link", bytes_that_are_no_packet_end_the_link},
    {"no proposal bears the beginning of an epoch", no_proposal_bears_the_beginning_of_an_epoch},
    {"a proposal of an epoch above the leader's ends the link",
     a_proposal_of_an_epoch_above_the_leaders_ends_the_link},
    {"no snapshot is from an epoch above the leader's",
     no_snapshot_is_from_an_epoch_above_the_leaders},
    {"no snapshot is from before the first txn", no_snapshot_is_from_before_the_first_txn},
    {"a truncation to the beginning of an epoch we know is done",
     a_truncation_to_the_beginning_of_an_epoch_we_know_is_done},
    {"a truncation to the beginning of an unknown epoch is not done",
     a_truncation_to_the_beginning_of_an_unknown_epoch_is_not_done},
    {"who could not truncate asks for a snapshot", who_could_not_truncate_asks_for_a_snapshot},
    {"no difference is added to an epoch the leader may not know",
     no_difference_is_added_to_an_epoch_the_leader_may_not_know},
    {"the first txn behind a bare beginning is taken",
     the_first_txn_behind_a_bare_beginning_is_taken},
    {"a difference from the beginning of the leader's own epoch is added",
     a_difference_from_the_beginning_of_the_leaders_own_epoch_is_added},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_learner, "zab/learner", tests, cluster_setup, cluster_teardown);
