/* ensemble.c -- the links between simulated servers. */
#include "sim/ensemble.h"

void sim_ensemble_options(sim_t *sim, sim_server_t *server, zk_replica_options_t *options)
{
    (void)sim;
    (void)server;
    (void)options;
}
void sim_ensemble_join(sim_t *sim, sim_server_t *server, sim_recovery_t recovery)
{
    (void)sim;
    (void)server;
    (void)recovery;
}
void sim_ensemble_receive(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                          const sim_message_t *message)
{
    (void)sim;
    (void)server;
    (void)conn;
    (void)side;
    (void)message;
}
void sim_ensemble_carry_out(sim_t *sim, sim_server_t *server, zk_action_t *action)
{
    (void)sim;
    (void)server;
    (void)action;
}
void sim_ensemble_disk_done(sim_t *sim, sim_server_t *server, sim_disk_op_t *op)
{
    (void)sim;
    (void)server;
    (void)op;
}
bool sim_ensemble_takes_clients(const sim_server_t *server)
{
    return server->up;
}
bool sim_server_leads(const sim_server_t *server)
{
    return server->up;
}
bool sim_server_serves(const sim_server_t *server)
{
    return server->up;
}
void sim_server_notified(sim_t *sim, sim_server_t *server, int from, zk_blob_t *bytes)
{
    (void)sim;
    (void)server;
    (void)from;
    (void)bytes;
}
void sim_check_durable(sim_t *sim, const sim_server_t *server, int64_t zxid)
{
    (void)sim;
    (void)server;
    (void)zxid;
}
