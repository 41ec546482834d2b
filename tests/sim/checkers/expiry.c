/* expiry.c -- I16: a session that was touched within its timeout is not expired.
 *
 * Held when faults have ended and elections are over: who was answered in time is alive, whatever
 * server it speaks to.  The time that a learner's table of touched sessions needs to reach the
 * leader is allowed for. */
#include "sim/sim.h"

void sim_check_expiry(sim_t *sim, int64_t session_id)
{
    int i;

    for (i = 0; i < sim->clients_count; i++) {
        const sim_client_t *client = &sim->clients[i];
        int64_t timeout_us = (int64_t)client->timeout_ms * SIM_MS;
        int64_t settled_us = sim->calm_since_us + 2 * timeout_us +
                             (int64_t)(sim->config.init_limit + 10) * sim->config.tick_ms * SIM_MS;

        if (client->session_id != session_id || !sim->calm || sim->now_us < settled_us)
            continue;
        if (sim->now_us - client->touched_us <
            timeout_us - (int64_t)sim->config.tick_ms * SIM_MS - 30 * sim->config.net_max_us)
            sim_fail(sim,
                     "I16: session 0x%" PRIx64 " of client %d is expired %" PRId64
                     " ms after it was touched, its timeout is %d ms",
                     (uint64_t)session_id, client->index, (sim->now_us - client->touched_us) / 1000,
                     client->timeout_ms);
    }
}
