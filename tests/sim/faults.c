/* faults.c -- the schedule of what goes wrong, drawn from the seed before the run.
 *
 * Each fault has its own numbers, so that leaving one out changes nothing in the others.  What a
 * fault hits is decided when its time comes where that depends on the state (who leads).  All end
 * with the chaos: then everything heals and the rest of the run must show progress. */
#include "sim/sim.h"

#include <string.h>

const char *const sim_fault_names[SIM_FAULT_KINDS] = {"crash",
                                                      "power cut",
                                                      "power cut of all",
                                                      "crash at an operation",
                                                      "power cut of the leader",
                                                      "leader cut off",
                                                      "leader paused",
                                                      "partition",
                                                      "one-way block",
                                                      "isolated server",
                                                      "bridge",
                                                      "reset",
                                                      "half-open",
                                                      "pause",
                                                      "slow disk",
                                                      "failed sync",
                                                      "full disk",
                                                      "rotten record",
                                                      "rotten snapshot",
                                                      "clock jump",
                                                      "clock drift",
                                                      "slow network",
                                                      "client reset",
                                                      "rolling restart"};

static int kind_of(const sim_config_t *config, uint64_t drawn)
{
    int sum = 0, i;

    for (i = 0; i < SIM_FAULT_KINDS; i++)
        sum += config->fault_weights[i];
    if (sum == 0)
        return SIM_FAULT_CRASH;
    drawn %= (uint64_t)sum;
    for (i = 0; i < SIM_FAULT_KINDS; i++) {
        if (drawn < (uint64_t)config->fault_weights[i])
            return i;
        drawn -= (uint64_t)config->fault_weights[i];
    }
    return SIM_FAULT_CRASH;
}

static int compare(const sim_fault_t *a, const sim_fault_t *b)
{
    return a->at_us < b->at_us ? -1 : a->at_us > b->at_us;
}

void sim_faults_draw(sim_t *sim)
{
    zk_random_t *random = &sim->server_random; /* before anything else draws from it */
    int i, j;

    sim->faults_count = sim->config.faults;
    sim->faults = zk_calloc((size_t)sim->faults_count + 1, sizeof(*sim->faults));
    for (i = 0; i < sim->faults_count; i++) {
        sim_fault_t fault = {0};

        fault.at_us = (int64_t)zk_random_below(random, (uint64_t)sim->config.chaos_us);
        /* Mostly short beside the timeouts, sometimes long. */
        fault.lasts_us = (int64_t)zk_random_below(
            random, (uint64_t)sim->config.tick_ms * 1000 *
                        (sim_percent(random, 20) ? 2 * (uint64_t)sim->config.init_limit : 3));
        fault.kind = (sim_fault_kind_t)kind_of(&sim->config, zk_random_next(random));
        fault.a = zk_random_next(random) >> 8;
        fault.b = zk_random_next(random) >> 8;
        for (j = i; j > 0 && compare(&fault, &sim->faults[j - 1]) < 0; j--)
            sim->faults[j] = sim->faults[j - 1];
        sim->faults[j] = fault;
    }
}

/* ---- ways ---- */

/* Places in the group of MASK and the others do not hear of each other; ONE_WAY: only one
 * direction. */
static void split(sim_t *sim, uint64_t mask, bool one_way, bool on)
{
    int from, to;

    for (from = 0; from < SIM_PLACES_MAX; from++)
        for (to = 0; to < SIM_PLACES_MAX; to++) {
            bool from_in = (mask >> from & 1) != 0, to_in = (mask >> to & 1) != 0;

            if (from_in && !to_in)
                sim_block(sim, from, to, on);
            if (!from_in && to_in && !one_way)
                sim_block(sim, from, to, on);
        }
}

static void bridge(sim_t *sim, uint64_t mask, int middle, bool on)
{
    int from, to;

    for (from = 0; from < SIM_SERVERS_MAX; from++)
        for (to = 0; to < SIM_SERVERS_MAX; to++)
            if (from != middle && to != middle && (mask >> from & 1) != (mask >> to & 1))
                sim_block(sim, from, to, on);
}

static void join_again(sim_t *sim, void *object, uint64_t mask, uint64_t what)
{
    (void)object;
    if (what >= 2)
        bridge(sim, mask, (int)what - 2, false);
    else
        split(sim, mask, what == 1, false);
}

static void split_for(sim_t *sim, uint64_t mask, uint64_t what, int64_t lasts_us)
{
    if (what >= 2)
        bridge(sim, mask, (int)what - 2, true);
    else
        split(sim, mask, what == 1, true);
    sim_at(sim, sim->now_us + lasts_us, join_again, NULL, mask, what);
}

/* ---- the state ---- */

static sim_server_t *leader_of(sim_t *sim, uint64_t choice)
{
    int i;

    for (i = 0; i < sim->servers_count; i++)
        if (sim_server_leads(sim, &sim->servers[i]))
            return &sim->servers[i];
    return &sim->servers[choice % (uint64_t)sim->servers_count];
}

static void reset_conns(sim_t *sim, const sim_fault_t *fault, bool half_open)
{
    int place = (int)(fault->a % (uint64_t)sim->servers_count);
    size_t i;

    for (i = sim->conns_live_from; i < sim->conns_count; i++) {
        sim_conn_t *conn = sim->conns[i];

        if (conn->end[1] != place && conn->end[0] != place)
            continue;
        if (half_open && (fault->b >> (i % 32) & 1) != 0)
            continue;
        if (conn->open[0] && conn->open[1]) {
            int side = (int)(fault->b & 1);
            sim_message_t end = {.kind = SIM_MESSAGE_END};

            /* One side is told at once; the other hears of it, or finds out when it speaks. */
            if (conn->end[side] >= SIM_SERVERS_MAX) {
                sim_client_receive(sim, &sim->clients[conn->end[side] - SIM_SERVERS_MAX], conn,
                                   &end);
                sim_conn_close(sim, conn, side, half_open);
            } else if (sim->servers[conn->end[side]].up &&
                       !sim_server_is_paused(sim, &sim->servers[conn->end[side]])) {
                if (!half_open)
                    sim_conn_send(sim, conn, side, SIM_MESSAGE_END, NULL);
                sim_server_receive(sim, &sim->servers[conn->end[side]], conn, side, &end);
            }
        }
    }
}

/* May one more server lose what it had?  Only while the others can make up for it. */
static bool may_lose(const sim_t *sim)
{
    int lost = 0, i;

    for (i = 0; i < sim->config.voters; i++)
        lost += !sim_disk_is_sound(&sim->servers[i].disk);
    return sim->config.in_ensemble && lost < sim->lost_disks_max;
}

static void rot(sim_t *sim, sim_server_t *server, const sim_fault_t *fault)
{
    bool done;

    if (!sim->config.in_ensemble ||
        (!server->is_observer && sim_disk_is_sound(&server->disk) && !may_lose(sim)))
        return;
    done = fault->kind == SIM_FAULT_ROT_RECORD ? sim_disk_rot_record(&server->disk, fault->b)
                                               : sim_disk_rot_snapshot(&server->disk, fault->b);
    if (!done)
        return;
    sim_server_crash(sim, server, false, fault->lasts_us);
}

static void roll(sim_t *sim, void *object, uint64_t number, uint64_t b)
{
    const sim_fault_t *fault = object;

    (void)b;
    if (number >= (uint64_t)sim->servers_count || sim->calm)
        return;
    sim_server_crash(sim, &sim->servers[number], fault->a % 2 == 0, fault->lasts_us / 4);
    sim_at(sim, sim->now_us + fault->lasts_us / 2 + SIM_MS, roll, object, number + 1, 0);
}

static void slow_again(sim_t *sim, void *object, uint64_t a, uint64_t b)
{
    (void)object;
    (void)a;
    (void)b;
    sim->slow_net--;
}

static void hit_server(sim_t *sim, const sim_fault_t *fault, sim_server_t *server)
{
    switch (fault->kind) {
    case SIM_FAULT_CRASH:
        sim_server_crash(sim, server, false, fault->lasts_us);
        break;
    case SIM_FAULT_POWER:
    case SIM_FAULT_LEADER_POWER:
        sim_server_crash(sim, server, true, fault->lasts_us);
        break;
    case SIM_FAULT_CRASH_AT:
        server->crash_in = (int64_t)(fault->b % 60);
        server->crash_power = (fault->b & 64) != 0;
        server->crash_lasts_us = fault->lasts_us / 2;
        break;
    case SIM_FAULT_PAUSE:
    case SIM_FAULT_LEADER_PAUSE:
        sim_server_pause(sim, server, fault->lasts_us);
        break;
    case SIM_FAULT_SLOW_DISK:
        server->disk.slow_until_us = sim->now_us + fault->lasts_us;
        server->disk.slow_factor = 2 + (int)(fault->b % 400);
        break;
    case SIM_FAULT_SYNC_FAILS:
        server->disk.fails_next = true;
        break;
    case SIM_FAULT_DISK_FULL:
        server->disk.full = true;
        break;
    case SIM_FAULT_ROT_RECORD:
    case SIM_FAULT_ROT_SNAPSHOT:
        rot(sim, server, fault);
        break;
    case SIM_FAULT_CLOCK_JUMP:
        server->clock.wall_offset_us += ((int64_t)(fault->b % 7200) - 3600) * SIM_SECOND;
        break;
    case SIM_FAULT_DRIFT:
        sim_clock_set_rate(&server->clock, sim->now_us, 970000 + (int64_t)(fault->b % 60000));
        break;
    default:
        break;
    }
}

static void hit(sim_t *sim, void *object, uint64_t number, uint64_t b)
{
    const sim_fault_t *fault = object;
    sim_server_t *server = &sim->servers[fault->a % (uint64_t)sim->servers_count];
    uint64_t places = ((uint64_t)1 << SIM_PLACES_MAX) - 1;
    sim_client_t *client = &sim->clients[fault->a % (uint64_t)sim->clients_count];

    (void)b;
    if (sim->calm || fault->left_out)
        return;
    sim->stats.faults[fault->kind]++;
    if (fault->kind == SIM_FAULT_LEADER_POWER || fault->kind == SIM_FAULT_LEADER_CUT ||
        fault->kind == SIM_FAULT_LEADER_PAUSE)
        server = leader_of(sim, fault->a);
    sim_trace(sim, "fault %d: %s, server %" PRId64 ", for %" PRId64 " ms", (int)number,
              sim_fault_names[fault->kind], server->sid, fault->lasts_us / 1000);
    switch (fault->kind) {
    case SIM_FAULT_POWER_ALL: {
        int i;

        for (i = 0; i < sim->servers_count; i++)
            sim_server_crash(sim, &sim->servers[i], true, fault->lasts_us / (1 + i));
        break;
    }
    case SIM_FAULT_PARTITION:
        split_for(sim, fault->b & places, 0, fault->lasts_us);
        break;
    case SIM_FAULT_ISOLATE:
    case SIM_FAULT_LEADER_CUT: {
        /* Its clients may be cut off with it, or stay with it alone. */
        uint64_t mask = (uint64_t)1 << server->index | (fault->b << SIM_SERVERS_MAX & places);

        split_for(sim, mask, fault->b % 4 == 0 ? 1 : 0, fault->lasts_us);
        break;
    }
    case SIM_FAULT_ONE_WAY:
        split_for(sim, fault->b & places, 1, fault->lasts_us);
        break;
    case SIM_FAULT_BRIDGE:
        split_for(sim, fault->b & places, 2 + (uint64_t)server->index, fault->lasts_us);
        break;
    case SIM_FAULT_RESET:
    case SIM_FAULT_HALF_OPEN:
        reset_conns(sim, fault, fault->kind == SIM_FAULT_HALF_OPEN);
        break;
    case SIM_FAULT_SLOW_NET:
        sim->slow_net++;
        sim_at(sim, sim->now_us + fault->lasts_us, slow_again, NULL, 0, 0);
        break;
    case SIM_FAULT_CLIENT_RESET:
        sim_client_drop(sim, client, fault->b % 2 == 0);
        break;
    case SIM_FAULT_ROLLING:
        roll(sim, object, 0, 0);
        break;
    default:
        hit_server(sim, fault, server);
        break;
    }
}

void sim_faults_start(sim_t *sim)
{
    int i;

    for (i = 0; i < sim->faults_count; i++)
        sim_at(sim, sim->faults[i].at_us, hit, &sim->faults[i], (uint64_t)i, 0);
}

/* Everything heals. */
void sim_faults_end(sim_t *sim)
{
    int i;

    sim->calm = true;
    sim->calm_since_us = sim->now_us;
    for (i = 0; i < sim->servers_count; i++) {
        sim_server_t *server = &sim->servers[i];

        server->paused_until_us = 0;
        server->crash_in = -1;
        server->disk.slow_until_us = 0;
        server->disk.fails_next = server->disk.full = false;
        sim_clock_set_rate(&server->clock, sim->now_us, 1000000);
        if (!server->up)
            sim_server_start(sim, server);
    }
}
