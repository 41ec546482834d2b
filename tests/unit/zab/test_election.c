/* test_election.c -- whole elections among up to six servers whose messages wait in one queue.
 *
 * Time stands still until the queue is empty, then moves to where a tick does something.  The trace
 * of a test is what each server decided and when. */
#include "lib/zk_test.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/status.h"
#include "zab/election.h"
#include "zab/outputs.h"

enum { SERVERS_MAX = 7, QUEUE_MAX = 4096, TICK_MS = 10 };

typedef struct message {
    int64_t from, to;
    char bytes[600];
    size_t size;
} message_t;

static struct {
    zk_zab_options_t options[SERVERS_MAX];
    zk_election_t *elections[SERVERS_MAX]; /* by sid; 0 is free */
    bool is_up[SERVERS_MAX];               /* it has begun to look */
    bool cut[SERVERS_MAX][SERVERS_MAX];    /* from, to */
    message_t queue[QUEUE_MAX];
    size_t head, tail;
    int64_t mono_ms;
    zk_buffer_t bytes;
    zk_zab_outputs_t outputs;
    bool voter_left; /* what the last zk_election_receive returned */
    zk_random_t random;
    int32_t loss_percent;
} world;

static const char *list_text(const int64_t *sids, int32_t count)
{
    char *text = apr_palloc(zk_test_pool(), 1024);
    size_t used = 0;
    int32_t i;

    for (i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, 1024 - used, "server.%d=h:1:2:participant;h:3\n",
                                 (int)sids[i]);
    snprintf(text + used, 1024 - used, "version=0");
    return text;
}

static void add_server(int64_t sid, const int64_t *list, int32_t count)
{
    zk_zab_options_t *options = &world.options[sid];

    memset(options, 0, sizeof(*options));
    options->self = sid;
    options->notification_min_ms = 200;
    options->notification_max_ms = 1600;
    zk_quorum_set(&options->voters, list, count);
    options->is_observer = zk_quorum_place(&options->voters, sid) < 0;
    options->config_text = zk_str(list_text(list, count));
    zk_election_destroy(world.elections[sid]);
    world.is_up[sid] = false;
    world.elections[sid] = zk_election_create(options);
}

static void setup(void)
{
    memset(&world, 0, sizeof(world));
    world.outputs.bytes = &world.bytes;
    world.mono_ms = 1000;
}

static void teardown(void)
{
    int i;

    for (i = 0; i < SERVERS_MAX; i++)
        zk_election_destroy(world.elections[i]);
    zk_zab_outputs_free(&world.outputs);
    zk_buffer_free(&world.bytes);
}

/* What server FROM said goes into the queue. */
static void collect(int64_t from)
{
    size_t i;

    for (i = 0; i < world.outputs.count; i++) {
        const zk_zab_output_t *output = &world.outputs.items[i];
        message_t *message = &world.queue[world.tail++ % QUEUE_MAX];

        ZK_ASSERT(output->type == ZK_ZAB_NOTIFY && world.tail - world.head < QUEUE_MAX);
        ZK_ASSERT(output->length <= sizeof(message->bytes) && output->sid != from);
        message->from = from;
        message->to = output->sid;
        message->size = output->length;
        memcpy(message->bytes, world.bytes.data + output->offset, output->length);
    }
    zk_zab_outputs_clear(&world.outputs);
    zk_buffer_clear(&world.bytes);
}

static void look(int64_t sid, int64_t zxid, int64_t peer_epoch)
{
    world.is_up[sid] = true;
    zk_election_begin(world.elections[sid], zxid, peer_epoch, world.mono_ms, &world.outputs);
    collect(sid);
}

static void pump(void)
{
    while (world.head != world.tail) {
        const message_t *message = &world.queue[world.head++ % QUEUE_MAX];

        if (message->to >= SERVERS_MAX || !world.is_up[message->to] ||
            world.cut[message->from][message->to] ||
            (world.loss_percent > 0 &&
             (int32_t)zk_random_below(&world.random, 100) < world.loss_percent))
            continue;
        world.voter_left |= zk_election_receive(world.elections[message->to], message->from,
                                                zk_str_n(message->bytes, message->size),
                                                world.mono_ms, &world.outputs);
        collect(message->to);
    }
}

static void run_ms(int64_t duration_ms)
{
    int64_t end_ms = world.mono_ms + duration_ms;
    int64_t sid;

    pump();
    while (world.mono_ms < end_ms) {
        world.mono_ms += TICK_MS;
        for (sid = 1; sid < SERVERS_MAX; sid++)
            if (world.is_up[sid]) {
                zk_election_tick(world.elections[sid], world.mono_ms, &world.outputs);
                collect(sid);
            }
        pump();
    }
}

/* Whom SID has decided for; 0 while it looks. */
static int64_t leader_of(int64_t sid)
{
    zk_vote_t vote;

    return zk_election_is_decided(world.elections[sid], &vote) ? vote.leader : 0;
}

static void add_three(void)
{
    static const int64_t list[] = {1, 2, 3};
    int64_t sid;

    for (sid = 1; sid <= 3; sid++)
        add_server(sid, list, 3);
}

static void with_equal_histories_the_highest_id_leads(void)
{
    int64_t sid;

    add_three();
    for (sid = 1; sid <= 3; sid++)
        look(sid, 0, 0);
    run_ms(0);
    for (sid = 1; sid <= 3; sid++)
        CU_ASSERT_EQUAL(leader_of(sid), 3);
    CU_ASSERT_EQUAL(zk_election_state(world.elections[3]), ZK_SERVER_LEADING);
    CU_ASSERT_EQUAL(zk_election_state(world.elections[1]), ZK_SERVER_FOLLOWING);
}

static void two_of_three_wait_a_moment_for_the_third(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(190);
    CU_ASSERT_EQUAL(leader_of(1), 0);
    run_ms(30);
    CU_ASSERT_EQUAL(leader_of(1), 2);
    CU_ASSERT_EQUAL(leader_of(2), 2);
}

static void who_comes_late_joins_the_leader_that_is_there(void)
{
    zk_vote_t vote;

    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(300);
    zk_election_synced(world.elections[1], 1);
    zk_election_synced(world.elections[2], 1);
    look(3, 0, 0);
    run_ms(0);
    CU_ASSERT_EQUAL(leader_of(3), 2);
    CU_ASSERT_TRUE(zk_election_is_decided(world.elections[3], &vote));
    CU_ASSERT_EQUAL(vote.peer_epoch, 1);
    CU_ASSERT_EQUAL(leader_of(2), 2);
}

static void the_longest_history_leads_whatever_the_id(void)
{
    add_three();
    look(1, 0x100000005, 1);
    look(2, 0x100000004, 1);
    look(3, 0x0000000ff, 0);
    run_ms(300);
    CU_ASSERT_EQUAL(leader_of(1), 1);
    CU_ASSERT_EQUAL(leader_of(2), 1);
    CU_ASSERT_EQUAL(leader_of(3), 1);
}

static void a_higher_epoch_beats_a_longer_log(void)
{
    add_three();
    look(1, 0x100000001, 2); /* it took part in epoch 2 */
    look(2, 0x100000009, 1);
    look(3, 0x100000009, 1);
    run_ms(300);
    CU_ASSERT_EQUAL(leader_of(3), 1);
}

static void a_better_vote_within_the_moment_wins(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(150);
    look(3, 7, 0);
    run_ms(100);
    CU_ASSERT_EQUAL(leader_of(1), 3);
    CU_ASSERT_EQUAL(leader_of(2), 3);
    CU_ASSERT_EQUAL(leader_of(3), 3);
}

static void a_minority_never_elects(void)
{
    add_three();
    look(2, 0, 0);
    run_ms(60000);
    CU_ASSERT_EQUAL(leader_of(2), 0);
}

static void a_server_without_state_neither_votes_nor_is_elected(void)
{
    add_three();
    look(1, 0, 0);
    look(3, -1, 0);
    run_ms(5000);
    CU_ASSERT_EQUAL(leader_of(1), 0);
    look(2, 0, 0);
    run_ms(5000);
    CU_ASSERT_EQUAL(leader_of(1), 2);
    CU_ASSERT_EQUAL(leader_of(3), 2);
}

static void an_observer_finds_the_leader_and_is_none(void)
{
    static const int64_t list[] = {1, 2};

    add_server(1, list, 2);
    add_server(2, list, 2);
    add_server(5, list, 2);
    look(5, 0x500000000, 5);
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(2000);
    CU_ASSERT_EQUAL(leader_of(5), 2);
    CU_ASSERT_EQUAL(zk_election_state(world.elections[5]), ZK_SERVER_OBSERVING);
    CU_ASSERT_EQUAL(leader_of(1), 2);
}

/* It asked after 200, 400, 800 ms and so on, up to a minute, and stood aside for as long. */
static void an_observer_that_has_waited_long_finds_a_new_leader_soon(void)
{
    static const int64_t list[] = {1, 2};
    int64_t sid;

    for (sid = 1; sid <= 3; sid++) {
        add_server(sid, list, 2);
        world.options[sid].notification_max_ms = 60000;
    }
    look(3, 0, 0);
    run_ms(60000);
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(4000);
    CU_ASSERT_EQUAL(leader_of(1), 2);
    CU_ASSERT_EQUAL(leader_of(3), 2);
}

static void messages_may_be_lost_as_long_as_some_arrive(void)
{
    uint64_t seed;
    int64_t sid;

    for (seed = 1; seed <= 200; seed++) {
        teardown();
        setup();
        zk_random_seed(&world.random, seed);
        world.loss_percent = 40;
        add_three();
        for (sid = 1; sid <= 3; sid++)
            look(sid, (int64_t)zk_random_below(&world.random, 3), 0);
        run_ms(120000);
        for (sid = 1; sid <= 3; sid++)
            CU_ASSERT_NOT_EQUAL(leader_of(sid), 0);
        /* Two may lead for a moment; but every follower's leader must have decided as well. */
        CU_ASSERT_TRUE(leader_of(leader_of(1)) != 0);
    }
}

static void after_a_partition_the_old_round_is_caught_up_with(void)
{
    int i;

    add_three();
    for (i = 1; i <= 3; i++) {
        world.cut[3][i] = true;
        world.cut[i][3] = true;
    }
    for (i = 0; i < 5; i++) /* server 3 begins again and again, alone */
        look(3, 0, 0);
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(100);
    memset(world.cut, 0, sizeof(world.cut));
    run_ms(5000);
    CU_ASSERT_EQUAL(leader_of(1), leader_of(3));
    CU_ASSERT_EQUAL(leader_of(2), leader_of(3));
    CU_ASSERT_NOT_EQUAL(leader_of(3), 0);
}

static void the_leader_hears_when_a_voter_of_its_own_looks_again(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    run_ms(300);
    world.voter_left = false;
    look(3, 0, 0);
    run_ms(0);
    CU_ASSERT_FALSE(world.voter_left);
    look(1, 0, 0);
    run_ms(0);
    CU_ASSERT_TRUE(world.voter_left);
}

static void a_killed_leader_is_not_waited_for(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    look(3, 0, 0);
    run_ms(300);
    CU_ASSERT_EQUAL(leader_of(1), 3);
    world.is_up[3] = false;
    look(1, 0, 1);
    look(2, 0, 1);
    pump();
    CU_ASSERT_EQUAL(leader_of(2), 0);
    zk_election_refused(world.elections[1], 3, world.mono_ms);
    zk_election_refused(world.elections[2], 3, world.mono_ms);
    CU_ASSERT_EQUAL(leader_of(1), 2);
    CU_ASSERT_EQUAL(leader_of(2), 2);
}

static void who_has_not_come_yet_is_waited_for_at_the_first_election(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    pump();
    zk_election_refused(world.elections[1], 3, world.mono_ms);
    CU_ASSERT_EQUAL(leader_of(1), 0);
    run_ms(250);
    CU_ASSERT_EQUAL(leader_of(1), 2);
}

static void a_vote_that_came_while_its_hearer_still_followed_is_told_again(void)
{
    add_three();
    look(1, 0, 0);
    look(2, 0, 0);
    look(3, 0, 0);
    run_ms(300);
    world.is_up[3] = false;
    look(2, 0, 1);
    pump(); /* server 1 still follows */
    look(1, 0, 1);
    zk_election_refused(world.elections[1], 3, world.mono_ms);
    zk_election_refused(world.elections[2], 3, world.mono_ms);
    pump();
    CU_ASSERT_EQUAL(leader_of(1), 2);
    CU_ASSERT_EQUAL(leader_of(2), 2);
}

static void a_lone_voter_leads_at_once(void)
{
    static const int64_t list[] = {4};

    add_server(4, list, 1);
    look(4, 9, 1);
    CU_ASSERT_EQUAL(leader_of(4), 4);
}

static void strangers_are_answered_and_not_counted(void)
{
    static const int64_t pair[] = {1, 2};
    static const int64_t all[] = {1, 2, 3};

    add_server(1, pair, 2);
    add_server(3, all, 3);
    look(1, 0, 0);
    look(3, 99, 9);
    run_ms(3000);
    CU_ASSERT_EQUAL(leader_of(1), 0);
}

static bool leads(int64_t sid)
{
    return zk_election_state(world.elections[sid]) == ZK_SERVER_LEADING;
}

/* Who found that its choice does not lead looks again after a second, as a learner does. */
static void run_with_second_thoughts(int32_t seconds)
{
    int64_t sid;

    while (seconds-- > 0) {
        run_ms(1000);
        for (sid = 1; sid < SERVERS_MAX; sid++)
            if (world.is_up[sid] && leader_of(sid) != 0 && !leads(leader_of(sid)))
                look(sid, 5, 1);
    }
}

/* Three servers go by the list of three, three more by that of six, and the leader 3 is started
 * again with the list of six: in upstream {1,2} elect 2 and {3,4,5,6} elect 3, and both commit. */
static void contradicting_lists_elect_nobody_rather_than_two(void)
{
    static const int64_t three[] = {1, 2, 3};
    static const int64_t six[] = {1, 2, 3, 4, 5, 6};
    int64_t sid;

    for (sid = 1; sid <= 6; sid++)
        add_server(sid, sid <= 2 ? three : six, sid <= 2 ? 3 : 6);
    for (sid = 1; sid <= 6; sid++)
        look(sid, 5, 1);
    run_with_second_thoughts(30);
    for (sid = 1; sid <= 6; sid++)
        CU_ASSERT_FALSE(leads(sid));
    add_server(1, six, 6); /* the operator brings one more in line: that is enough */
    look(1, 5, 1);
    run_with_second_thoughts(30);
    for (sid = 3; sid <= 6; sid++)
        CU_ASSERT_EQUAL(leader_of(sid), 6);
    CU_ASSERT_EQUAL(leader_of(1), 6);
    CU_ASSERT_FALSE(leads(2)); /* by its list there is no server 6 */
}

static void a_list_one_server_longer_is_no_contradiction(void)
{
    static const int64_t three[] = {1, 2, 3};
    static const int64_t four[] = {1, 2, 3, 4};

    add_server(1, three, 3);
    add_server(2, three, 3);
    add_server(3, four, 4);
    add_server(4, four, 4);
    look(1, 5, 1);
    look(2, 5, 1);
    look(3, 5, 1);
    run_ms(1000);
    CU_ASSERT_EQUAL(leader_of(1), 3);
    CU_ASSERT_EQUAL(leader_of(2), 3);
    CU_ASSERT_EQUAL(leader_of(3), 3);
    look(4, 5, 1);
    run_ms(3000);
    CU_ASSERT_EQUAL(leader_of(4), 3);
}

static const zk_test_t tests[] = {
    {"with equal histories the highest id leads", with_equal_histories_the_highest_id_leads},
    {"two of three wait a moment for the third", two_of_three_wait_a_moment_for_the_third},
    {"who comes late joins the leader that is there",
     who_comes_late_joins_the_leader_that_is_there},
    {"the longest history leads, whatever the id", the_longest_history_leads_whatever_the_id},
    {"a higher epoch beats a longer log", a_higher_epoch_beats_a_longer_log},
    {"a better vote within the moment wins", a_better_vote_within_the_moment_wins},
    {"a minority never elects", a_minority_never_elects},
    {"a server without state neither votes nor is elected",
     a_server_without_state_neither_votes_nor_is_elected},
    {"an observer finds the leader and is none", an_observer_finds_the_leader_and_is_none},
    {"an observer that has waited long finds a new leader soon",
     an_observer_that_has_waited_long_finds_a_new_leader_soon},
    {"messages may be lost as long as some arrive", messages_may_be_lost_as_long_as_some_arrive},
    {"after a partition the old round is caught up with",
     after_a_partition_the_old_round_is_caught_up_with},
    {"the leader hears when a voter of its own looks again",
     the_leader_hears_when_a_voter_of_its_own_looks_again},
    {"a killed leader is not waited for", a_killed_leader_is_not_waited_for},
    {"who has not come yet is waited for at the first election",
     who_has_not_come_yet_is_waited_for_at_the_first_election},
    {"a vote that came while its hearer still followed is told again",
     a_vote_that_came_while_its_hearer_still_followed_is_told_again},
    {"a lone voter leads at once", a_lone_voter_leads_at_once},
    {"strangers are answered and not counted", strangers_are_answered_and_not_counted},
    {"contradicting lists elect nobody rather than two",
     contradicting_lists_elect_nobody_rather_than_two},
    {"a list one server longer is no contradiction", a_list_one_server_longer_is_no_contradiction},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_election, "zab/election", tests, setup, teardown);
