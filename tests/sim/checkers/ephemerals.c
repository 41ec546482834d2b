/* ephemerals.c -- I16: ephemerals go exactly with their session, on every server. */
#include "sim/sim.h"

typedef struct looking {
    sim_t *sim;
    sim_server_t *server;
    int64_t zxid;
} looking_t;

static void look(void *baton, int64_t session_id)
{
    looking_t *looking = baton;
    const sim_session_t *session =
        zk_map64_get(&looking->sim->history.sessions, (uint64_t)session_id);

    if (session == NULL || session->created_zxid == 0)
        sim_fail(looking->sim,
                 "I16: server %" PRId64 " has ephemerals of session 0x%" PRIx64 ", which never was",
                 looking->server->sid, (uint64_t)session_id);
    else if (session->closed_zxid != 0 && session->closed_zxid <= looking->zxid)
        sim_fail(looking->sim,
                 "I16: server %" PRId64 " has ephemerals at 0x%" PRIx64 " of session 0x%" PRIx64
                 ", closed at 0x%" PRIx64,
                 looking->server->sid, (uint64_t)looking->zxid, (uint64_t)session_id,
                 (uint64_t)session->closed_zxid);
}

void sim_check_ephemerals(sim_t *sim, sim_server_t *server)
{
    looking_t looking = {sim, server, sim_server_delivered(server)};

    zk_tree_visit_owners(zk_replica_tree(server->replica), look, &looking);
}
