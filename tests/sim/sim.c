/* sim.c -- one run: a world out of a seed, chaos, calm, and the verdict. */
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "sim/client_check.h"

void sim_trace(sim_t *sim, const char *format, ...)
{
    va_list arguments;

    if (!sim->trace)
        return;
    printf("%10.3f ", (double)sim->now_us / 1e6);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

void sim_fail(sim_t *sim, const char *format, ...)
{
    va_list arguments;

    if (sim->failed)
        return;
    sim->failed = true;
    va_start(arguments, format);
    vsnprintf(sim->failure, sizeof(sim->failure), format, arguments);
    va_end(arguments);
    sim_trace(sim, "FAILED: %s", sim->failure);
}

void sim_mix(sim_t *sim, uint64_t value)
{
    sim->trace_hash = zk_hash_u64(sim->trace_hash ^ value) + 0x9e3779b97f4a7c15u;
}

sim_t *sim_create(const sim_config_t *config, uint64_t seed)
{
    sim_t *sim = zk_calloc(1, sizeof(*sim));
    int i;

    sim->config = *config;
    sim->arena = zk_arena_create();
    zk_random_seed(&sim->server_random, seed * 4 + 1);
    zk_random_seed(&sim->net_random, seed * 4 + 2);
    zk_random_seed(&sim->disk_random, seed * 4 + 3);
    zk_random_seed(&sim->client_random, seed * 4 + 4);
    sim->servers_count = config->voters + config->observers;
    sim->clients_count = config->clients;
    /* With weights nobody may be missing: each quorum needs the heavy ones. */
    sim->lost_disks_max = config->is_hierarchical ? 0 : (config->voters - 1) / 2;
    sim_network_init(sim);
    sim_ensemble_name_members(sim);
    sim_history_init(sim);
    sim_faults_draw(sim);
    for (i = 0; i < sim->servers_count; i++)
        sim_server_create(sim, i);
    for (i = 0; i < sim->servers_count; i++)
        sim_server_start(sim, &sim->servers[i]);
    for (i = 0; i < sim->clients_count; i++)
        sim_client_create(sim, i);
    sim_faults_start(sim);
    return sim;
}

void sim_run_until(sim_t *sim, int64_t until_us)
{
    while (!sim->failed && sim_next(sim, until_us))
        continue;
}

/* What was committed by now reaches everybody, in the time that a link and a disk take for it; and
 * an epoch that has just run out of counters makes place for the next. */
static void settle(sim_t *sim)
{
    const sim_config_t *config = &sim->config;
    int64_t last = sim_history_last(&sim->history);
    int64_t end_us = sim->now_us + 20 * config->net_max_us + 10 * config->sync_max_us;

    if (config->first_counter > 1)
        end_us += 8 * SIM_SECOND + (int64_t)config->tick_ms * SIM_MS * 2 * config->init_limit;
    while (!sim->failed && !sim_is_settled(sim, last) && sim->now_us < end_us)
        sim_run_until(sim, sim->now_us + 5 * SIM_MS);
    if (!sim->failed)
        sim_check_end(sim, last);
}

void sim_run(sim_t *sim)
{
    int i;

    sim_run_until(sim, sim->config.chaos_us);
    if (sim->failed)
        return;
    sim_trace(sim, "calm");
    sim_faults_end(sim);
    for (i = 0; i < sim->clients_count; i++)
        sim->clients[i].write_answers = 0;
    sim_run_until(sim, sim->config.chaos_us + sim->config.calm_us);
    for (i = 0; i < sim->clients_count; i++)
        sim->clients[i].stopping = true;
    sim_run_until(sim, sim->now_us + sim->config.calm_us / 4);
    settle(sim);
    sim->stats.sim_us = sim->now_us;
}

void sim_destroy(sim_t *sim)
{
    int i;

    for (i = 0; i < sim->servers_count; i++)
        sim_server_free(&sim->servers[i]);
    for (i = 0; i < sim->clients_count; i++)
        sim_client_free(&sim->clients[i]);
    sim_network_free(sim);
    sim_jobs_free(sim);
    sim_history_free(&sim->history);
    zk_arena_destroy(sim->arena);
    zk_free(sim->faults);
    zk_free(sim);
}
