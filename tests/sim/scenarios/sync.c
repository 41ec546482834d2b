/* sync.c -- stories of learners that come back: DIFF, TRUNC and SNAP, and what may befall them
 * meanwhile. */
#include "sim/scenarios/story.h"

static void three(sim_config_t *config)
{
    (void)config;
}

static void short_memory(sim_config_t *config)
{
    config->history_count_max = 3;
}

static void snapshots_often(sim_config_t *config)
{
    config->snap_count = 8;
    config->history_count_max = 3;
}

static void many_sessions(sim_config_t *config)
{
    config->clients = 6;
    config->session_timeout_ms = 4 * config->tick_ms;
    config->op_weights[SIM_OP_EPHEMERAL] = 40;
    config->op_weights[SIM_OP_MOVE] = 6;
    config->op_weights[SIM_OP_CLOSE] = 6;
}

/* A follower was away, comes back by DIFF on a slow disk, and all lose power at once. */
static void diff_on_slow_disk(sim_t *sim, int variant)
{
    sim_server_t *away;

    story_leader(sim, 3);
    away = story_follower(sim, variant % 2);
    story_off(sim, away);
    story_commits(sim, 20);
    story_off(sim, story_follower(
                       sim, variant % 2 == 0 ? 1 : 0)); /* a quorum needs the one that was away */
    story_slow_disk(sim, away, 200);
    story_on(sim, away);
    story_serves(sim, away);
    story_pass(sim, variant * 3);
    sim_server_crash(sim, away, true, 100 * SIM_MS);
    story_pass(sim, 500);
}

/* The same, losing power at each step of the way. */
static void diff_cut_anywhere(sim_t *sim, int variant)
{
    sim_server_t *away;

    story_leader(sim, 3);
    away = story_follower(sim, 0);
    story_off(sim, away);
    story_commits(sim, 12);
    story_slow_disk(sim, away, 20);
    story_on(sim, away);
    story_crash_at(away, variant * 2);
    story_pass(sim, 1500);
    story_off(sim, story_leader(sim, 1));
    story_pass(sim, 4000);
}

/* One learns by DIFF, then leads, and teaches another from what it remembers. */
static void learner_teaches(sim_t *sim, int variant)
{
    sim_server_t *first, *second, *leader = story_leader(sim, 3);

    first = story_follower(sim, variant % 2);
    second = story_follower(sim, 1 - variant % 2);
    story_off(sim, second);
    story_commits(sim, 5);
    story_off(sim, first);
    story_on(sim, second);
    story_serves(sim, second);
    story_commits(sim, 10 + variant);
    story_on(sim, first); /* learns while writes go on */
    story_serves(sim, first);
    story_off(sim, second);
    story_commits(sim, 5 + variant);
    story_off(sim, leader);
    story_on(sim, second); /* FIRST must lead, SECOND has less */
    story_leader(sim, 2);
    story_commits(sim, 5);
}

/* Writes go on, and wait for slow disks, while a follower is synchronised. */
static void proposals_while_syncing(sim_t *sim, int variant)
{
    sim_server_t *away, *leader = story_leader(sim, 3);

    away = story_follower(sim, variant % 2);
    story_off(sim, away);
    story_commits(sim, 10);
    story_slow_disk(sim, leader, 40);
    story_slow_disk(sim, story_follower(sim, variant % 2 == 0 ? 1 : 0), 40);
    story_pass(sim, 200);
    story_on(sim, away);
    story_serves(sim, away);
    story_pass(sim, 3000);
    if (away->served > 1 || !sim_server_serves(sim, away))
        sim_fail(sim, "a learner under load is sent away again and again: it began %d times",
                 away->served);
}

/* As above, with a learner that acks what it is sent before NEWLEADER. */
static void early_acks(sim_t *sim, int variant)
{
    int i;

    story_leader(sim, 3);
    for (i = 0; i < 3; i++)
        sim->servers[i].acks_early = true;
    proposals_while_syncing(sim, variant);
    sim_server_crash(sim, story_leader(sim, 3), false, 100 * SIM_MS);
    story_pass(sim, 1000);
    story_leader(sim, 3);
    story_commits(sim, 5);
}

/* A leader alone proposes what nobody else gets, and must forget it. */
static void forget_alone(sim_t *sim, int variant)
{
    sim_server_t *old = story_leader(sim, 3);

    story_commits(sim, 20);
    story_slow_disk(sim, old, variant % 4 == 1 ? 300 : 1);
    story_cut(sim, old, true);
    story_pass(sim, 20 + variant * 37); /* proposes until it gives up */
    story_pass(sim, 4000);
    story_leader(sim, 2);
    story_commits(sim, 10);
    if (variant % 2 == 1)
        story_crash_at(old, variant);
    story_cut(sim, old, false);
    story_pass(sim, 4000);
    story_leader(sim, 3);
    if (variant % 3 == 0)
        sim_server_crash(sim, old, true, 50 * SIM_MS); /* what it starts from is what it must be */
    story_pass(sim, 1000);
}

static void many_outstanding(sim_config_t *config)
{
    snapshots_often(config);
    config->clients = 8;
    config->outstanding_max = 16;
}

/* A leader that has proposed for itself begins again with one other, who is taught all that before
 * anybody has committed it. */
static void taught_uncommitted(sim_t *sim, int variant)
{
    sim_server_t *old = story_leader(sim, 3), *pupil = story_follower(sim, variant % 2);
    sim_server_t *third = story_follower(sim, 1 - variant % 2);

    story_commits(sim, 10);
    story_cut(sim, old, true);
    story_pass(sim, 100 + variant * 10);
    story_off(sim, old);
    story_off(sim, pupil);
    story_off(sim, third);
    story_cut(sim, old, false);
    story_on(sim, old);
    story_on(sim, pupil);
    story_leader(sim, 2);
    story_on(sim, third);
    story_leader(sim, 3);
}

/* Away for longer than memory and log reach: a snapshot, cut at each step of the way. */
static void snapshot_cut_anywhere(sim_t *sim, int variant)
{
    sim_server_t *away;

    story_leader(sim, 3);
    away = story_follower(sim, 0);
    story_off(sim, away);
    story_commits(sim, 60);
    story_on(sim, away);
    story_crash_at(away, variant * 2);
    story_pass(sim, 3000);
    story_commits(sim, 5);
    story_leader(sim, 3);
}

/* The same by time, of one that has acked much: on a slow disk most of the way is the writing of
 * the snapshot. */
static void snapshot_cut_while_written(sim_t *sim, int variant)
{
    sim_server_t *away;

    story_leader(sim, 3);
    story_commits(sim, 20);
    away = story_follower(sim, 0);
    story_off(sim, away);
    story_commits(sim, 60);
    story_slow_disk(sim, away, 100);
    story_on(sim, away);
    story_pass(sim, 10 + variant * 5);
    sim_server_crash(sim, away, true, 100 * SIM_MS);
    story_slow_disk(sim, away, 1);
    story_pass(sim, 3000);
    story_leader(sim, 3);
}

/* A snapshot came over an old log; later this server leads and must not teach from that log. */
static void log_before_snapshot(sim_t *sim, int variant)
{
    sim_server_t *old = story_leader(sim, 3), *low;

    low = story_follower(sim, variant % 2);
    story_off(sim, low);
    story_commits(sim, 10);
    story_cut(sim, old, true);
    story_on(sim, low);
    story_pass(sim, 100 + variant * 11); /* OLD proposes for itself */
    story_leader(sim, 2);
    story_off(sim, low);
    story_cut(sim, old, false);
    story_leader(sim, 2);
    story_commits(sim, 80);
    story_pass(sim, 500);
    story_off(sim, story_follower(sim, 0) == low ? story_follower(sim, 1) : story_follower(sim, 0));
    story_pass(sim, 500);
    story_on(sim, low);
    story_leader(sim, 2);
    story_commits(sim, 5);
}

static void five_with_gaps(sim_config_t *config)
{
    config->voters = 5;
    config->clients = 6;
    config->snap_count = 20;
    config->history_count_max = 3;
}

/* LOW gets a snapshot behind what its log held, leads later, and THIRD lacks less than LOW's oldest
 * records and more than it remembers: what LOW had before the snapshot would be a DIFF with a hole.
 */
static void log_with_a_hole(sim_t *sim, int variant)
{
    sim_server_t *third = &sim->servers[0], *low = &sim->servers[4], *leader;

    story_leader(sim, 5);
    story_commits(sim, 3 + variant % 4);
    story_off(sim, third);
    story_commits(sim, 4);
    story_off(sim, low);
    story_leader(sim, 3);
    story_commits(sim, 200);
    story_on(sim, low);
    story_serves(sim, low);
    story_commits(sim, 8 + variant % 3);
    story_hush(sim, true);
    story_pass(sim, 1000);
    leader = story_leader(sim, 4);
    if (leader != low)
        story_off(sim, leader); /* all have the same, the largest id wins */
    leader = story_leader(sim, 3);
    sim_trace(sim, "server %" PRId64 " teaches", leader->sid);
    story_hush(sim, false);
    story_commits(sim, 6);
    story_on(sim, third);
    story_serves(sim, third);
    story_commits(sim, 5);
}

/* The leader goes as soon as it serves; whoever follows has all its history. */
static void leader_goes_at_once(sim_t *sim, int variant)
{
    int i;

    story_leader(sim, 3);
    for (i = 0; i < 4 && !sim->failed; i++) {
        sim_server_t *leader = story_leader(sim, 2);

        story_pass(sim, variant);
        sim_server_crash(sim, leader, true, 200 * SIM_MS);
        story_pass(sim, 5);
    }
}

const story_t sim_stories_sync[] = {
    {"3911", "a follower acks NEWLEADER when its history is durable", "newleader_ack_before_sync",
     three, diff_on_slow_disk, 8},
    {"4643", "currentEpoch follows the history it stands for", "epoch_before_history", three,
     diff_cut_anywhere, 40},
    {"4925", "what came by DIFF is remembered for others", "history_hole_after_sync", three,
     learner_teaches, 12},
    {"4394", "a COMMIT between NEWLEADER and UPTODATE finds its proposal",
     "uncommitted_dropped_at_newleader", three, proposals_while_syncing, 12},
    {"4685", "an ack of a proposal before that of NEWLEADER is borne", "early_ack_ends_link", three,
     early_acks, 12},
    {"4785", "nothing is lost between DIFF and broadcast", "learner_registered_late", three,
     proposals_while_syncing, 12},
    {"2845", "tree and log are equal when a role ends", "tail_not_applied", many_sessions,
     forget_alone, 12},
    {"4712", "an old role writes nothing more", "role_ends_without_drain", many_sessions,
     forget_alone, 12},
    {"4837", "no snapshot is of what nobody committed", "snapshot_without_role", many_outstanding,
     taught_uncommitted, 24},
    /* The same fault from another side: it takes that of the row above to be seen here. */
    {"4837 branch", "a branch that is cut leaves no snapshot behind", NULL, snapshots_often,
     forget_alone, 24},
    {"3642", "a snapshot cut short changes nothing", "snap_replaces_at_begin", snapshots_often,
     snapshot_cut_while_written, 40},
    {"2872", "a snapshot that came is durable before it counts", "snapshot_named_before_sync",
     snapshots_often, snapshot_cut_anywhere, 60},
    {"2846", "a log from before a snapshot teaches nobody", "snap_keeps_old_log", five_with_gaps,
     log_with_a_hole, 24},
    /* With a snapshot the whole old log goes (the row above), its branches with it. */
    {"2846 branch", "nor does one of a branch that was cut", NULL, snapshots_often,
     log_before_snapshot, 40},
    {"3104", "NEWLEADER comes behind the whole history", "newleader_before_history", three,
     leader_goes_at_once, 12},
    /* No old fault: the way of 4925 by the disk; what is missing there is a SNAP, which is no
       fault. */
    {"short memory", "what memory lacks comes from the log on disk", NULL, short_memory,
     learner_teaches, 12},
    {NULL, NULL, NULL, NULL, NULL, 0}};
