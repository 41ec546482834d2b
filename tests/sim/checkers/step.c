/* step.c -- what is looked at after every step of a server, and in which order. */
#include "sim/sim.h"

void sim_check_step(sim_t *sim, sim_server_t *server)
{
    sim_check_leadership(sim, server);
    if (!sim->failed)
        sim_check_agreement(sim, server);
    if (!sim->failed)
        sim_check_digest(sim, server);
    server->delivered = sim_server_delivered(server);
    if (!server->was_serving && sim_server_serves(sim, server)) {
        server->disk.lost = false; /* a leader has given it a state */
        server->served++;
    }
    server->was_serving = sim_server_serves(sim, server);
}
