/* test_roles.c -- how roles begin and end: full epochs, shutdowns, orphans, truncation, reading
 * only. */
#include "trio.h"

#include <stdio.h>

#include "pipeline/mind.h"
#include "zab/machine.h"

/* ---- the end of an epoch ---- */

enum { LEFT = 14, SOON = 9, POSTED = 20 };

/* Post more creates than the epoch has zxids left; how many were answered is how many are there. */
static void fill_epoch(bool at_leader)
{
    guest_t *guest;
    char path[16];
    answer_t answer;
    int answered = 0;
    int leader;
    int i;

    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(at_leader ? leader : trio_follower(0));
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    trio_stop(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    trio_start(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    leader = trio_leader();
    guest = guest_renew(at_leader ? leader : trio_follower(0), guest);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(guest));
    /* nothing was proposed in this epoch yet */
    CU_ASSERT_EQUAL_FATAL((uint32_t)trio_replica(leader)->zab->lead.last_proposed, 0);
    trio_replica(leader)->zab->lead.last_proposed += 0xfffffffe - LEFT;
    for (i = 0; i < POSTED; i++) {
        snprintf(path, sizeof(path), "/n%02d", i);
        guest_post_create(guest, path, "", 0);
        if (i == SOON)
            trio_move();
    }
    trio_move();
    while ((answer = guest_next(guest)).present) {
        CU_ASSERT_EQUAL(answer.err, ZK_CODE_OK);
        answered++;
    }
    CU_ASSERT_TRUE(answered > SOON && answered <= LEFT);
    trio_run(1000);
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    for (i = 0; i < answered; i++) {
        snprintf(path, sizeof(path), "/n%02d", i);
        CU_ASSERT_TRUE(trio_all_have(path));
    }
    CU_ASSERT_FALSE(trio_has(0, "/n19"));
    CU_ASSERT_TRUE(zk_zab_current_epoch(zk_replica_zab(trio_replica(0))) > 2);
    guest = guest_renew(trio_follower(0), guest);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(guest));
    CU_ASSERT_EQUAL(guest_create(guest, "/next", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_all_have("/next"));
}

static void nothing_acknowledged_is_lost_when_an_epoch_is_full(void)
{
    fill_epoch(true);
}

static void nor_is_what_learners_forwarded(void)
{
    fill_epoch(false);
}

static void a_leader_shows_the_beginning_of_its_epoch(void)
{
    const int64_t begun = INT64_C(1) << 32;
    int leader;
    int i;

    trio_start_all();
    leader = trio_leader();
    for (i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(zk_replica_shown_zxid(trio_replica(i)), i == leader ? begun : 0);
    CU_ASSERT_PTR_NOT_NULL(guest_connect(leader));
    for (i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(zk_replica_shown_zxid(trio_replica(i)), begun + 1);
    trio_stop(leader);
    trio_stop(3 - leader - (leader == 0 ? 1 : 0));
    trio_run(10000);
    i = leader == 0 ? 1 : 0;
    CU_ASSERT_EQUAL(zk_replica_shown_zxid(trio_replica(i)), begun + 1);
}

/* ---- shutting down ---- */

static void a_leader_that_stops_is_drained_and_another_leads(void)
{
    guest_t *guest;
    guest_t *again;
    int leader;

    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(leader);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
    trio_hold_disk(leader, true);
    guest_post_create(guest, "/b", "", 0);
    trio_move();
    trio_shut_down(leader);
    trio_move();
    CU_ASSERT_FALSE(trio_is_drained(leader)); /* the log is not durable */
    trio_hold_disk(leader, false);
    trio_run(100);
    CU_ASSERT_TRUE(trio_is_drained(leader));
    CU_ASSERT_TRUE(guest_is_closed(guest));
    trio_stop(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    again = guest_renew(trio_leader(), guest);
    CU_ASSERT_TRUE(guest_is_welcome(again));
    CU_ASSERT_EQUAL(guest_get(again, "/a").err, ZK_CODE_OK);
}

static void a_learner_that_stops_is_drained_and_the_others_go_on(void)
{
    guest_t *guest;
    int learner;

    trio_end();
    trio_begin(4, 1);
    trio_start_all();
    for (learner = trio_follower(0);; learner = 3) { /* a follower, then the observer */
        guest = guest_connect(learner);
        CU_ASSERT_EQUAL(guest_create(guest, learner == 3 ? "/o" : "/f", "", 0).err, ZK_CODE_OK);
        trio_shut_down(learner);
        trio_run(100);
        CU_ASSERT_TRUE(trio_is_drained(learner));
        CU_ASSERT_TRUE(guest_is_closed(guest));
        CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(learner)));
        guest = guest_connect(trio_leader());
        CU_ASSERT_PTR_NOT_NULL(guest);
        if (learner == 3)
            break;
    }
}

static void a_server_that_looks_for_a_leader_stops_at_once(void)
{
    trio_start(0);
    trio_run(5000);
    trio_shut_down(0);
    trio_run(100);
    CU_ASSERT_TRUE(trio_is_drained(0));
    trio_run(5000); /* and says so once */
    CU_ASSERT_EQUAL(zk_zab_phase(zk_replica_zab(trio_replica(0))), ZK_ZAB_LEAVING);
}

/* In the middle of taking over a snapshot. */
static void a_learner_that_is_brought_up_to_date_stops_too(void)
{
    int fresh;

    trio_options()->zab.force_snapshot_sync = true;
    trio_start_all();
    fresh = trio_follower(0);
    trio_stop(fresh);
    trio_wipe(fresh);
    trio_start(fresh);
    trio_hold_disk(fresh, true);
    trio_run(1000);
    trio_shut_down(fresh);
    trio_run(100);
    CU_ASSERT_FALSE(trio_is_drained(fresh));
    trio_hold_disk(fresh, false);
    trio_run(100);
    CU_ASSERT_TRUE(trio_is_drained(fresh));
}

/* ---- orphans ---- */

/* ZOOKEEPER-2355 and its kin: an ephemeral whose session is in no table.  It is made by a member's
 * snapshot that lost the table. */
static void ephemerals_without_a_session_go_by_a_txn_of_the_new_leader(void)
{
    guest_t *guest;
    int i;

    trio_start_all();
    guest = guest_connect(trio_leader());
    CU_ASSERT_EQUAL(guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(guest_create(guest, "/p", "", 0).err, ZK_CODE_OK);
    trio_run(100);
    guest_leave(guest);
    for (i = 0; i < 3; i++) /* as if all had forgotten */
        zk_session_remove(zk_replica_sessions(trio_replica(i)), guest_session(guest));
    trio_stop(trio_leader());
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    trio_run(100);
    for (i = 0; i < 3; i++)
        if (trio_is_up(i)) {
            CU_ASSERT_FALSE(trio_has(i, "/e"));
            CU_ASSERT_TRUE(trio_has(i, "/p"));
        }
}

/* ---- truncation ---- */

static void what_no_quorum_ever_had_is_truncated_and_loaded_anew(void)
{
    guest_t *guest;
    int leader;
    int before;

    trio_options()->zab.trunc_peers = true;
    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(leader);
    CU_ASSERT_EQUAL(guest_create(guest, "/kept", "", 0).err, ZK_CODE_OK);
    before = trio_snapshots_received(leader);
    trio_isolate(leader);
    guest_post_create(guest, "/lost", "", 0);
    guest_post_create(guest, "/lost/too", "", 0);
    trio_move();
    trio_run(6500); /* the session still lives: nothing is proposed in the new epoch */
    CU_ASSERT_TRUE_FATAL(trio_leader() >= 0 && trio_leader() != leader);
    CU_ASSERT_TRUE(trio_has(leader, "/lost")); /* a role's end hands over all that is logged */
    trio_reconnect(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_EQUAL(trio_snapshots_received(leader), before);
    CU_ASSERT_FALSE(trio_has(leader, "/lost"));
    CU_ASSERT_TRUE(trio_all_have("/kept"));
    guest = guest_connect(leader);
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    CU_ASSERT_EQUAL(guest_create(guest, "/lost", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_all_have("/lost"));
}

/* ---- reading only ---- */

static void reading_only_begins_after_two_seconds_and_ends_with_a_leader(void)
{
    guest_t *guest;

    trio_options()->read_only_mode = true;
    trio_start_all();
    trio_stop(1);
    trio_stop(2);
    trio_run(1000);
    CU_ASSERT_FALSE(zk_replica_is_read_only(trio_replica(0)));
    trio_run(20000);
    CU_ASSERT_TRUE_FATAL(zk_replica_is_read_only(trio_replica(0)));
    guest = guest_open(0);
    guest_hello(guest, 0, true);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(guest));
    CU_ASSERT_TRUE(guest_is_read_only(guest));
    CU_ASSERT_EQUAL(guest_create(guest, "/x", "", 0).err, ZK_CODE_NOT_READ_ONLY);
    trio_shut_down(0);
    trio_run(100);
    CU_ASSERT_TRUE(trio_is_drained(0));
    CU_ASSERT_FALSE(zk_replica_is_read_only(trio_replica(0)));
    CU_ASSERT_TRUE(guest_is_closed(guest));
    trio_run(5000);
    CU_ASSERT_FALSE(zk_replica_is_read_only(trio_replica(0)));
}

static void who_is_not_configured_for_it_never_reads_only(void)
{
    trio_start_all();
    trio_stop(1);
    trio_stop(2);
    trio_run(30000);
    CU_ASSERT_FALSE(zk_replica_is_read_only(trio_replica(0)));
    CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(0)));
    CU_ASSERT_PTR_NULL(guest_connect(0));
}

static const zk_test_t tests[] = {
    {"nothing acknowledged is lost when an epoch is full",
     nothing_acknowledged_is_lost_when_an_epoch_is_full},
    {"nor is what learners forwarded", nor_is_what_learners_forwarded},
    {"a leader shows the beginning of its epoch", a_leader_shows_the_beginning_of_its_epoch},
    {"a leader that stops is drained and another leads",
     a_leader_that_stops_is_drained_and_another_leads},
    {"a learner that stops is drained and the others go on",
     a_learner_that_stops_is_drained_and_the_others_go_on},
    {"a server that looks for a leader stops at once",
     a_server_that_looks_for_a_leader_stops_at_once},
    {"a learner that is brought up to date stops too",
     a_learner_that_is_brought_up_to_date_stops_too},
    {"ephemerals without a session go by a txn of the new leader",
     ephemerals_without_a_session_go_by_a_txn_of_the_new_leader},
    {"what no quorum ever had is truncated and loaded anew",
     what_no_quorum_ever_had_is_truncated_and_loaded_anew},
    {"reading only begins after two seconds and ends with a leader",
     reading_only_begins_after_two_seconds_and_ends_with_a_leader},
    {"who is not configured for it never reads only",
     who_is_not_configured_for_it_never_reads_only},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_roles, "pipeline/roles", tests, trio_begin_three, trio_end);
