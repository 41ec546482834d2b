/* client_check.h -- holds what a client is told against what is true: see client_check.c. */
#ifndef SIM_CLIENT_CHECK_H
#define SIM_CLIENT_CHECK_H

#include "sim/sim.h"

/* The session is said to be no more. */
void sim_check_told_expired(sim_t *sim, sim_client_t *client);
/* A reply of ZXID came: time goes on, and all events up to it must have come before. */
void sim_client_saw(sim_t *sim, sim_client_t *client, int32_t xid, int64_t zxid);
void sim_client_event(sim_t *sim, sim_client_t *client, zk_reader_t *reader);
void sim_client_watches_set(sim_t *sim, sim_client_t *client, int64_t zxid);
void sim_client_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                         int32_t err, zk_reader_t *body);

#endif
