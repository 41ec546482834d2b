/* leading.c -- stories of leaders: deposed without knowing, paused, out of counters, elected in
 * vain. */
#include "sim/scenarios/story.h"

#include <string.h>

/* Mostly syncs and reads, and some writes. */
static void many_syncs(sim_config_t *config)
{
    memset(config->op_weights, 0, sizeof(config->op_weights));
    config->op_weights[SIM_OP_SYNC] = 60;
    config->op_weights[SIM_OP_GET] = 60;
    config->op_weights[SIM_OP_SET_ANY] = 20;
    config->op_weights[SIM_OP_CREATE] = 10;
    config->clients = 8;
    config->tick_ms = 2000; /* a long time not to notice */
    config->sync_limit = 2;
    config->session_timeout_ms = 40000;
    config->think_us = 200 * SIM_MS;
    config->calm_us = 90 * SIM_SECOND;
}

static void near_the_end(sim_config_t *config)
{
    config->first_zxid = (INT64_C(1) << 32 | 0xffffffff) - 40;
    config->first_counter = 0xffffffff - 40;
    config->calm_us = 12 * SIM_SECOND;
}

static void beyond_the_early_end(sim_config_t *config)
{
    config->first_counter = 0xfffff000 - 20;
    config->clients = 8;
    config->think_us = 4 * SIM_MS;
    config->calm_us = 12 * SIM_SECOND;
}

static void long_patience(sim_config_t *config)
{
    config->init_limit = 100;
    config->calm_us = 30 * SIM_SECOND;
}

static void busy_sessions(sim_config_t *config)
{
    config->clients = 8;
    config->sync_limit = 10;
    config->session_timeout_ms = 4000;
}

static void five(sim_config_t *config)
{
    config->voters = 5;
}

/* A leader is cut off with its clients, who sync and read; the others go on and write.  It takes
 * longer than they do to notice that it leads no more. */
static void deposed_leader_and_sync(sim_t *sim, int variant)
{
    sim_server_t *old = story_leader(sim, 3);
    int i;

    story_commits(sim, 9 + variant);
    for (i = 0; i < sim->clients_count; i++) {
        sim->clients[i].only_reads = sim->clients[i].server == old->index;
        sim->clients[i].avoids = sim->clients[i].only_reads ? 0 : old->index + 1;
    }
    story_pass(sim, 1500); /* nothing is outstanding there */
    sim_clock_set_rate(&old->clock, sim->now_us, 200000);
    story_cut(sim, old, true);
    story_pass(sim, 16000);
    sim_clock_set_rate(&old->clock, sim->now_us, 1000000);
    story_cut(sim, old, false);
    for (i = 0; i < sim->clients_count; i++) {
        sim->clients[i].only_reads = false;
        sim->clients[i].avoids = 0;
    }
    story_pass(sim, 2000);
    story_leader(sim, 3);
}

static void out_of_counters(sim_t *sim, int variant)
{
    int64_t epoch;

    story_leader(sim, 3);
    epoch = sim_history_last(&sim->history) >> 32;
    story_commits(sim, 150 + variant * 9);
    if (!sim->failed && sim_history_last(&sim->history) >> 32 < epoch + 2)
        sim_fail(sim, "no new epoch after the counters of one");
}

/* What a session wrote through one server is under way for longer than its move to another takes.
 */
static void moves_ahead_of_its_writes(sim_t *sim, int variant)
{
    sim_server_t *left, *leader = story_leader(sim, 3);
    int i;

    story_commits(sim, 20 + variant);
    left = story_follower(sim, variant % 2);
    sim_block(sim, left->index, leader->index, true); /* what is sent waits */
    story_pass(sim, 100);
    for (i = 0; i < sim->clients_count; i++) {
        sim->clients[i].avoids = left->index + 1;
        if (sim->clients[i].server == left->index && sim->clients[i].conn != NULL)
            sim_client_drop(sim, &sim->clients[i], true);
    }
    story_pass(sim, 250);
    sim_block(sim, left->index, leader->index, false);
    story_pass(sim, 2000);
    for (i = 0; i < sim->clients_count; i++)
        sim->clients[i].avoids = 0;
}

/* Nobody writes for a moment: that is when the next epoch begins, with thousands of counters left.
 */
static void handed_over_early(sim_t *sim, int variant)
{
    int64_t epoch;

    story_leader(sim, 3);
    story_commits(sim, 40 + variant);
    epoch = sim_history_last(&sim->history) >> 32;
    story_hush(sim, true);
    story_pass(sim, 4000);
    story_leader(sim, 3);
    story_hush(sim, false);
    story_commits(sim, 5);
    if (!sim->failed && sim_history_last(&sim->history) >> 32 == epoch)
        sim_fail(sim, "an idle leader kept its last counters");
}

/* Voters change their minds while the elected one waits for them. */
static void elected_in_vain(sim_t *sim, int variant)
{
    sim_server_t *leader;
    int i;

    for (i = 0; i < 5 && !sim->failed; i++) {
        int64_t began_us;

        leader = story_leader(sim, sim->config.voters - 1);
        sim_server_crash(sim, leader, false, 300 * SIM_MS + variant * 50 * SIM_MS);
        story_pass(sim, 190 + variant * 7); /* the others decide about now */
        sim_server_crash(sim, story_follower(sim, i % 2), false, 100 * SIM_MS);
        began_us = sim->now_us;
        story_leader(sim, 3);
        if (sim->now_us - began_us > 15 * SIM_SECOND)
            sim_fail(sim, "J10: %" PRId64 " ms without a leader", (sim->now_us - began_us) / 1000);
        story_commits(sim, 5);
    }
}

/* One server reaches everybody, the two halves do not reach each other. */
static void bridge(sim_t *sim, int variant)
{
    sim_server_t *leader = story_leader(sim, 5);
    int i;

    for (i = 0; i < 3; i++)
        if (i != leader->index) {
            sim_block(sim, leader->index, i, true);
            if (variant % 2 == 0)
                sim_block(sim, i, leader->index, true);
        }
    story_pass(sim, 15000);
    for (i = 0; i < 3; i++)
        if (i != leader->index) {
            sim_block(sim, leader->index, i, false);
            if (variant % 2 == 0)
                sim_block(sim, i, leader->index, false);
        }
    story_leader(sim, 5);
}

static void five_by_snapshots(sim_config_t *config)
{
    config->voters = 5;
    config->force_snapshot_sync = true;
}

/* What a follower acked goes with the snapshot that it is sent, and its disk is slow to take that
 * in: its ack counts no more, while one more ack is all that the leader waits for. */
static void acked_and_overwritten(sim_t *sim, int variant)
{
    sim_server_t *leader = story_leader(sim, 5), *quick = story_follower(sim, variant % 2);

    story_commits(sim, 5);
    story_slow_disk(sim, leader, 300);
    story_slow_disk(sim, story_follower(sim, 2), 900);
    story_slow_disk(sim, story_follower(sim, 3), 900);
    story_pass(sim, 20 + variant * 7);
    sim_server_crash(sim, quick, true, 5 * SIM_MS);
    story_pass(sim, 10);
    story_slow_disk(sim, quick, 40 + variant * 5);
    story_pass(sim, 2000);
    story_slow_disk(sim, quick, 1);
    story_slow_disk(sim, leader, 1);
    story_slow_disk(sim, story_follower(sim, 2), 1);
    story_slow_disk(sim, story_follower(sim, 3), 1);
    story_leader(sim, 4);
}

const story_t sim_stories_leading[] = {
    {"1675", "a sync is answered by who still leads", "sync_without_quorum", many_syncs,
     deposed_leader_and_sync, 12},
    {"moved", "what a session wrote where it is no more does not come behind its later writes",
     "moved_session_writes", busy_sessions, moves_ahead_of_its_writes, 12},
    {"2789", "an epoch out of counters makes place for the next, nothing is carried into it",
     "rollover_ignored", near_the_end, out_of_counters, 12},
    {"2789 idle", "a leader with few counters left goes when nobody is bothered by it",
     "no_early_handover", beyond_the_early_end, handed_over_early, 8},
    {"J10", "who was elected in vain does not wait long", "epoch_wait_for_ever", long_patience,
     elected_in_vain, 12},
    {"lost ack", "who is sent a snapshot has acked nothing beyond it", "acks_kept_over_snap",
     five_by_snapshots, acked_and_overwritten, 40},
    /* Nothing of ours is there for this case alone that could be taken out: two leaders would break
     * S1, none would break L1. */
    {"bridge", "one server between two halves", NULL, five, bridge, 8},
    {NULL, NULL, NULL, NULL, NULL, 0}};
