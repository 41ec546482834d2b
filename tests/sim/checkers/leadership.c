/* leadership.c -- S1, S2: one leader per epoch, for ever; and who serves may (I12). */
#include "sim/sim.h"
#include "sim/ensemble.h"

void sim_check_leadership(sim_t *sim, sim_server_t *server)
{
    (void)server;
    if (!sim->config.in_ensemble)
        return;
}
