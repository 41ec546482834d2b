/* packets.h -- where packets and streams on a learner's link begin and end: see packets.c. */
#ifndef SIM_PACKETS_H
#define SIM_PACKETS_H

#include "sim/sim.h"

/* SERVER, which is SIDE of CONN, sends SIZE bytes: each packet goes past the checkers. */
void sim_packets_sent(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                      const uint8_t *bytes, size_t size);
/* Does a message of SERVER's, which BYTES begin, say that it has its leader's whole history? */
bool sim_packets_is_first_ack(const sim_t *sim, const sim_server_t *server, const uint8_t *bytes);
/* Bytes came: give SERVER each whole packet and each part of a stream. */
void sim_packets_received(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                          const zk_blob_t *bytes);
void sim_packets_free(sim_conn_t *conn);

#endif
