/* disk_stories.c -- stories of disks that fail, fill up and rot. */
#include "sim/scenarios/story.h"

static void three(sim_config_t *config)
{
    (void)config;
}

static void long_memory(sim_config_t *config)
{
    config->snap_count = 100000;
}

/* The leader's disk is full in the middle of the load. */
static void leader_disk_full(sim_t *sim, int variant)
{
    sim_server_t *leader = story_leader(sim, 3);

    story_commits(sim, 5 + variant);
    leader->disk.full = true;
    story_pass(sim, 5000);
    story_leader(sim, 2);
    story_commits(sim, 10);
}

/* A sync fails once and would succeed again. */
static void sync_fails_once(sim_t *sim, int variant)
{
    sim_server_t *server;

    story_leader(sim, 3);
    server = variant % 2 == 0 ? story_leader(sim, 3) : story_follower(sim, 0);
    story_commits(sim, 5 + variant);
    server->disk.fails_next = true;
    story_commits(sim, 10);
    sim_server_crash(sim, server, true, 100 * SIM_MS);
    story_pass(sim, 3000);
}

/* A record rots on one server; it comes back through the others and has no say before. */
static void rot_comes_back(sim_t *sim, int variant)
{
    sim_server_t *rotten, *other, *leader;

    leader = story_leader(sim, 3);
    story_commits(sim, 30);
    rotten = story_follower(sim, 0);
    other = story_follower(sim, 1);
    story_off(sim, other);
    story_commits(sim, 10); /* on LEADER and ROTTEN only */
    story_off(sim, rotten);
    sim_disk_rot_record(&rotten->disk, (uint64_t)variant * 7);
    story_off(sim, leader);
    story_on(sim, rotten);
    story_on(sim, other); /* these two must not agree on what OTHER has */
    story_pass(sim, 8000);
    if (sim_server_serves(sim, other) || sim_server_serves(sim, rotten))
        sim_fail(sim, "who lost what it had acked has a say");
    story_on(sim, leader);
    story_leader(sim, 3);
    story_commits(sim, 5);
}

/* A process ends with records written and not synced; they count only when they are. */
static void tail_is_synced(sim_t *sim, int variant)
{
    int i;

    story_leader(sim, 3);
    for (i = 0; i < 6 && !sim->failed; i++) {
        sim_server_t *follower = story_follower(sim, i % 2);

        story_slow_disk(sim, follower, 50);
        story_pass(sim, 20 + variant);
        sim_server_crash(sim, follower, false, 10 * SIM_MS);
        story_pass(sim, 60 + i * variant);
        sim_server_crash(sim, follower, true, 10 * SIM_MS);
        story_pass(sim, 1000);
        story_slow_disk(sim, follower, 1);
        story_leader(sim, 2);
    }
}

const story_t sim_stories_disk[] = {
    {"3701", "a full disk ends the server", "failed_sync_ignored", three, leader_disk_full, 6},
    {"4882", "a failed sync is not tried again", "failed_sync_ignored", three, sync_fails_once, 12},
    {"rot", "a damaged log is mended by peers and has no vote before", "damaged_server_votes",
     long_memory, rot_comes_back, 12},
    {"tail", "the end of a log is synced before it is believed", "tail_trusted_without_sync", three,
     tail_is_synced, 12},
    {NULL, NULL, NULL, NULL, NULL, 0}};
