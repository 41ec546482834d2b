/* locals.c -- sessions that only this server knows.
 *
 * With localSessionsEnabled a new session costs no txn: it lives and expires here, is in no
 * snapshot, and ends with this server's role.  It may write, but own nothing: its first ephemeral
 * makes it a global one where that is allowed, by a createSession of the same id that goes ahead of
 * the create, and is refused otherwise.  In read-only mode every new session is local.
 *
 * Facts: upstream LocalSessionTracker, UpgradeableSessionTracker, QuorumZooKeeperServer.java. */
#include "pipeline/mind.h"

#include "wire/codec.h"

void zk_locals_create(zk_replica_t *replica, zk_client_t *client, zk_session_t *session)
{
    ZK_ASSERT(session->local && client->session == session);
    zk_session_welcome(replica, client);
}

static bool is_ephemeral(int32_t flags)
{
    return flags == ZK_CREATE_EPHEMERAL || flags == ZK_CREATE_EPHEMERAL_SEQUENTIAL;
}

/* Does a request of TYPE create an ephemeral?  What does not decode does not. */
static bool wants_ephemeral(zk_replica_t *replica, int32_t type, zk_reader_t reader)
{
    zk_create_request_t create;
    zk_multi_request_t multi;
    int32_t i;

    if (type == ZK_OP_CREATE || type == ZK_OP_CREATE2)
        return zk_record_decode(&zk_record_create_request, &create, &reader, replica->arena) &&
               is_ephemeral(create.flags);
    if (type != ZK_OP_MULTI ||
        !zk_multi_decode(&multi, ZK_MULTI_WRITE, NULL, &reader, replica->arena))
        return false;
    for (i = 0; i < multi.count; i++)
        if ((multi.ops[i].type == ZK_OP_CREATE || multi.ops[i].type == ZK_OP_CREATE2) &&
            is_ephemeral(multi.ops[i].request.create.flags))
            return true;
    return false;
}

static void upgrade(zk_replica_t *replica, zk_session_t *session)
{
    session->local = false;
    session->owner = replica->options.server_id;
    if (replica->role == ZK_ROLE_LEADER) {
        zk_prepare_create_session(replica, NULL, session);
        return;
    }
    zk_session_rest(replica->sessions, session); /* the leader expires it from now on */
    zk_forward_create_session(replica, NULL, session);
    zk_session_alive(replica, session);
}

bool zk_locals_admit(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                     zk_reader_t reader)
{
    if (!client->session->local || !wants_ephemeral(replica, type, reader))
        return true;
    if (!replica->options.local_sessions_upgrading) {
        zk_order_answer(replica, client, xid, type, ZK_ZXID_LAST_APPLIED,
                        ZK_CODE_EPHEMERAL_ON_LOCAL_SESSION, false);
        return false;
    }
    if (replica->role == ZK_ROLE_LEADER && !zk_prepare_may(replica)) {
        zk_client_finish(replica, client);
        return false;
    }
    upgrade(replica, client->session);
    return true;
}

void zk_locals_close(zk_replica_t *replica, zk_client_t *client, int32_t xid)
{
    if (client->session->local)
        zk_session_set_closing(replica->sessions, client->session);
    zk_order_answer(replica, client, xid, ZK_OP_CLOSE_SESSION, ZK_ZXID_LAST_APPLIED, ZK_CODE_OK,
                    true);
}

void zk_locals_expired(zk_replica_t *replica, zk_session_t *session)
{
    zk_client_t *client = session->attached ? zk_client_find(replica, session->client) : NULL;

    if (client != NULL)
        zk_client_finish(replica, client);
    zk_session_remove(replica->sessions, session->id);
}
