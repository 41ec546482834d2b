/* leadership.c -- S1, S2: an epoch has one leader, for ever, and has it once. */
#include "sim/sim.h"

void sim_check_leadership(sim_t *sim, sim_server_t *server)
{
    const zk_zab_t *zab;
    zk_zab_phase_t phase;
    int64_t epoch;

    if (!sim->config.in_ensemble)
        return;
    zab = zk_replica_zab(server->replica);
    phase = zk_zab_phase(zab);
    if (zk_zab_state(zab) != ZK_SERVER_LEADING ||
        (phase != ZK_ZAB_SYNCHRONIZATION && phase != ZK_ZAB_BROADCAST)) {
        server->role_epoch = 0;
        return;
    }
    epoch = zk_zab_accepted_epoch(zab);
    if (server->role_epoch == epoch)
        return;
    server->role_epoch = epoch;
    sim->stats.elections++;
    if (zk_map64_get(&sim->history.leaders, (uint64_t)epoch + 1) != NULL)
        sim_fail(sim, "S1, S2: server %" PRId64 " leads epoch %" PRId64 ", which has had a leader",
                 server->sid, epoch);
    else
        zk_map64_set(&sim->history.leaders, (uint64_t)epoch + 1, server);
    sim_history_began(sim, epoch, zk_zab_last_logged(zab));
    sim_trace(sim, "server %" PRId64 " leads epoch %" PRId64, server->sid, epoch);
}
