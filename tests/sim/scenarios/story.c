/* story.c -- what stories are told with. */
#include "sim/scenarios/story.h"

enum { PATIENCE_S = 120 };

static int count_serving(const sim_t *sim)
{
    int count = 0, i;

    for (i = 0; i < sim->servers_count; i++)
        count += sim_server_serves(sim, &sim->servers[i]);
    return count;
}

static sim_server_t *find_leader(sim_t *sim)
{
    int i;

    for (i = 0; i < sim->servers_count; i++)
        if (sim_server_leads(sim, &sim->servers[i]))
            return &sim->servers[i];
    return NULL;
}

void story_pass(sim_t *sim, int64_t ms)
{
    sim_run_until(sim, sim->now_us + ms * SIM_MS);
}

sim_server_t *story_leader(sim_t *sim, int wanted)
{
    int64_t end_us = sim->now_us + PATIENCE_S * SIM_SECOND;

    while (!sim->failed && (find_leader(sim) == NULL || count_serving(sim) < wanted)) {
        story_pass(sim, 10);
        if (sim->now_us > end_us)
            sim_fail(sim, "L1: nobody leads %d servers within %d s", wanted, PATIENCE_S);
    }
    return sim->failed ? &sim->servers[0] : find_leader(sim);
}

sim_server_t *story_follower(sim_t *sim, int number)
{
    int i;

    for (i = 0; i < sim->config.voters; i++)
        if (!sim_server_leads(sim, &sim->servers[i]) && number-- == 0)
            return &sim->servers[i];
    return &sim->servers[0];
}

void story_commits(sim_t *sim, int64_t count)
{
    int64_t end_us = sim->now_us + PATIENCE_S * SIM_SECOND, wanted = sim->stats.commits + count;

    while (!sim->failed && sim->stats.commits < wanted) {
        story_pass(sim, 2);
        if (sim->now_us > end_us)
            sim_fail(sim, "L3: %" PRId64 " writes are not done within %d s", count, PATIENCE_S);
    }
}

void story_serves(sim_t *sim, sim_server_t *server)
{
    int64_t end_us = sim->now_us + PATIENCE_S * SIM_SECOND;

    while (!sim->failed && !sim_server_serves(sim, server)) {
        story_pass(sim, 1);
        if (sim->now_us > end_us)
            sim_fail(sim, "L2: server %" PRId64 " does not serve within %d s", server->sid,
                     PATIENCE_S);
    }
}

void story_cut(sim_t *sim, const sim_server_t *server, bool on)
{
    int i;

    sim_trace(sim, "server %" PRId64 " is %s", server->sid, on ? "cut off" : "connected again");
    for (i = 0; i < sim->servers_count; i++)
        if (i != server->index) {
            sim_block(sim, server->index, i, on);
            sim_block(sim, i, server->index, on);
        }
}

void story_hush(sim_t *sim, bool on)
{
    int i;

    for (i = 0; i < sim->clients_count; i++)
        sim->clients[i].stopping = on;
}

void story_off(sim_t *sim, sim_server_t *server)
{
    sim_server_crash(sim, server, true, 3600 * SIM_SECOND);
}

void story_on(sim_t *sim, sim_server_t *server)
{
    if (!server->up && !sim->failed)
        sim_server_start(sim, server);
}

void story_slow_disk(sim_t *sim, sim_server_t *server, int factor)
{
    server->disk.slow_until_us = factor > 1 ? sim->now_us + 3600 * SIM_SECOND : 0;
    server->disk.slow_factor = factor;
}

void story_crash_at(sim_server_t *server, int number)
{
    server->crash_in = number;
    server->crash_power = true;
    server->crash_lasts_us = 300 * SIM_MS;
}
