/* liveness.c -- L1 to L3: when faults have ended, somebody leads, all serve the same state, and
 * every client gets an answer to a write. */
#include "sim/sim.h"

bool sim_is_settled(const sim_t *sim, int64_t zxid)
{
    int i;

    for (i = 0; i < sim->servers_count; i++)
        if (!sim_server_serves(sim, &sim->servers[i]) ||
            sim_server_delivered(&sim->servers[i]) < zxid)
            return false;
    return true;
}

void sim_check_end(sim_t *sim, int64_t last)
{
    int i;

    for (i = 0; i < sim->servers_count; i++) {
        sim_server_t *server = &sim->servers[i];

        if (!server->up || !sim_server_serves(sim, server)) {
            sim_fail(sim, "L2: server %" PRId64 " does not serve after all faults have ended: %s",
                     server->sid, server->up ? "it is up" : "it is down");
            return;
        }
        if (sim_server_delivered(server) < last) {
            sim_fail(sim, "L2: server %" PRId64 " is at 0x%" PRIx64 " and stays behind 0x%" PRIx64,
                     server->sid, (uint64_t)sim_server_delivered(server), (uint64_t)last);
            return;
        }
    }
    for (i = 0; i < sim->clients_count; i++)
        if (sim->clients[i].write_answers == 0)
            sim_fail(sim, "L3: client %d got no write answered in the calm", i);
}
