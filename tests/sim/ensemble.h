/* ensemble.h -- the part of a server's body that a member of an ensemble has besides: see
 * ensemble.c. */
#ifndef SIM_ENSEMBLE_H
#define SIM_ENSEMBLE_H

#include "sim/sim.h"

void sim_ensemble_options(sim_t *sim, sim_server_t *server, zk_replica_options_t *options);
/* Begin after recovery. */
void sim_ensemble_join(sim_t *sim, sim_server_t *server, sim_recovery_t recovery);
/* A message of a learner's link. */
void sim_ensemble_receive(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                          const sim_message_t *message);
void sim_ensemble_carry_out(sim_t *sim, sim_server_t *server, zk_action_t *action);
void sim_ensemble_disk_done(sim_t *sim, sim_server_t *server, sim_disk_op_t *op);
bool sim_ensemble_takes_clients(const sim_server_t *server);

#endif
