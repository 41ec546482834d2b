/* config.c -- the parameters of a run, drawn from its seed: every run is of another kind. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

static int pick(zk_random_t *random, const int *values, size_t count)
{
    return values[zk_random_below(random, count)];
}
#define PICK(random, ...)                                                                          \
    pick(random, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void draw_ensemble(sim_config_t *config, zk_random_t *random)
{
    config->voters = PICK(random, 3, 3, 3, 5, 5);
    config->observers = PICK(random, 0, 0, 1, 2);
    config->is_hierarchical = config->voters == 5 && sim_percent(random, 15);
    config->observer_logs = !sim_percent(random, 30);
    config->trunc_peers = sim_percent(random, 50);
    config->force_snapshot_sync = sim_percent(random, 5);
    config->notification_max_ms = PICK(random, 400, 2000, 10000);
    config->epoch_wait_max_ms = PICK(random, 1000, 1000, -1);
    config->leader_serves = !sim_percent(random, 15);
}

static void draw_weights(sim_config_t *config, zk_random_t *random)
{
    static const int usual[SIM_OP_KINDS] = {8, 20, 6, 3, 14, 6, 6, 6, 6, 8, 8, 5, 2, 1, 1};
    int i;

    for (i = 0; i < SIM_OP_KINDS; i++)
        config->op_weights[i] = usual[i] * PICK(random, 0, 1, 1, 1, 2, 5);
    config->op_weights[SIM_OP_CREATE] += 4;
    config->op_weights[SIM_OP_SET_ANY] += 1;
    for (i = 0; i < SIM_FAULT_KINDS; i++)
        config->fault_weights[i] = PICK(random, 0, 0, 1, 1, 3, 8);
    if (sim_percent(random, 5))
        memset(config->fault_weights, 0, sizeof(config->fault_weights));
}

void sim_config_draw(sim_config_t *config, uint64_t seed)
{
    zk_random_t random;

    memset(config, 0, sizeof(*config));
    zk_random_seed(&random, seed);
    config->voters = 1;
    config->in_ensemble = sim_percent(&random, 90);
    if (config->in_ensemble)
        draw_ensemble(config, &random);
    config->tick_ms = PICK(&random, 200, 500, 500, 2000);
    config->init_limit = PICK(&random, 5, 10);
    config->sync_limit = PICK(&random, 2, 5);
    config->snap_count = PICK(&random, 5, 20, 60, 200, 100000);
    config->history_count_max = PICK(&random, 1, 5, 20, 100, 500);
    config->link_bytes_max = 64 * 1024 * 1024;
    if (config->in_ensemble &&
        sim_percent(&random, 15)) /* the end of an epoch's counters is near */
        config->first_zxid = (INT64_C(1) << 32 | 0xffffffff) - PICK(&random, 2, 20, 100, 300);
    /* ... of every epoch, not only of the first: the very end, or where idle leaders go early. */
    if (config->first_zxid != 0)
        config->first_counter = (config->first_zxid & 0xffffffff) - 30;
    if (config->first_zxid != 0 && (config->first_zxid & 0x20) != 0)
        config->first_counter -= 0xfff;
    config->clients = PICK(&random, 1, 3, 5, 8);
    config->session_timeout_ms = config->tick_ms * PICK(&random, 2, 4, 10, 20);
    config->think_us =
        (int64_t)PICK(&random, 2, 10, 30, 100, 300) * SIM_MS * config->tick_ms / 400 + 1;
    config->outstanding_max = PICK(&random, 1, 4, 16);
    config->net_min_us = PICK(&random, 50, 200, 2000);
    config->net_max_us = config->net_min_us * PICK(&random, 1, 4, 20);
    config->sync_min_us = PICK(&random, 50, 500, 3000);
    config->sync_max_us = config->sync_min_us * PICK(&random, 1, 5, 20);
    config->election_loss_percent = PICK(&random, 0, 0, 5, 20);
    config->election_copy_percent = PICK(&random, 0, 0, 10);
    config->chaos_us = (int64_t)config->tick_ms * SIM_MS * PICK(&random, 60, 120, 240);
    config->calm_us =
        (int64_t)config->tick_ms * SIM_MS * (4 * config->init_limit + 40) + 8 * SIM_SECOND;
    /* At most some thousand requests: more seeds find more than longer ones. */
    if (config->think_us < (config->chaos_us + config->calm_us) * config->clients / 12000)
        config->think_us = (config->chaos_us + config->calm_us) * config->clients / 12000;
    config->faults = PICK(&random, 3, 8, 20, 40, 80);
    draw_weights(config, &random);
}

void sim_config_print(const sim_config_t *config, char *text, size_t size)
{
    snprintf(
        text, size,
        "%s%d voters%s, %d observers, tick %d ms, limits %d %d, snapCount %d, history %d, first "
        "zxid 0x%" PRIx64 ", first counter 0x%" PRIx64 ", %d clients of %d ms, %d faults in %.1f s",
        config->in_ensemble ? "" : "alone, ", config->voters,
        config->is_hierarchical ? " in groups" : "", config->observers, config->tick_ms,
        config->init_limit, config->sync_limit, config->snap_count, config->history_count_max,
        (uint64_t)config->first_zxid, (uint64_t)config->first_counter, config->clients,
        config->session_timeout_ms, config->faults, (double)config->chaos_us / 1e6);
}
