/* session_ops.c -- the handshake, and how sessions end.
 *
 *   from         on                             to
 *   NEW          ConnectRequest, new session    CONNECTING   [create]
 *   NEW          ConnectRequest, renewal        ESTABLISHED  [renew], or
 *                                               CONNECTING   while its older writes are in flight
 *   CONNECTING   createSession applied          ESTABLISHED  [zk_session_welcome]
 *   CONNECTING   older writes applied           ESTABLISHED  [zk_session_renewed]
 *   any          refused, expired, closed       CLOSED       [zk_client_close]
 *
 * A client may send requests right behind its ConnectRequest: they are prepared as they come, and
 * answered behind the ConnectResponse, which stands first in the client's queue.
 *
 * A renewal with a wrong password changes nothing: it is checked before the living connection of
 * that session is closed, which upstream does first.  A renewed session is welcomed when its writes
 * that are still in flight from the old connection are applied, so that it reads what it wrote.
 *
 * On a learner nothing is read from it before: what it writes here is matched with its txn by
 * session, number and type, and must not be taken for what it wrote elsewhere.
 *
 * Who did not run cannot tell who was silent: after a gap of more than tickTime between two ticks
 * (a stopped process, a sleeping machine) no session expires before it had its full timeout again.
 *
 * Facts: upstream ZooKeeperServer.processConnectRequest, reopenSession, finishSessionInit; protocol
 * notes, section 4. */
#include "pipeline/mind.h"

#include <inttypes.h>

#include "wire/codec.h"
#include "wire/frame.h"

static void put_response(zk_replica_t *replica, zk_client_t *client, int32_t timeout_ms,
                         int64_t session_id, const uint8_t password[16])
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    zk_connect_response_t response;
    size_t mark = zk_frame_begin(bytes);

    response.protocol_version = 0;
    response.time_out = timeout_ms;
    response.session_id = session_id;
    response.passwd = zk_str_n((const char *)password, 16);
    response.read_only = replica->role == ZK_ROLE_READ_ONLY;
    zk_connect_response_encode(&response, client->has_read_only, bytes);
    zk_reply_end(replica, client, mark);
}

void zk_session_welcome(zk_replica_t *replica, zk_client_t *client)
{
    uint8_t password[16];

    ZK_ASSERT(client->state == ZK_CLIENT_CONNECTING && client->session != NULL);
    zk_session_password(client->session_id, password);
    put_response(replica, client, client->timeout_ms, client->session_id, password);
    client->state = ZK_CLIENT_ESTABLISHED;
    zk_say_established(client);
}

/* There is no session SESSION_ID (any more): say so and close. */
static void refuse(zk_replica_t *replica, zk_client_t *client, int64_t session_id)
{
    static const uint8_t zeros[16];

    zk_say_invalid(replica, client, session_id);
    put_response(replica, client, 0, 0, zeros);
    zk_client_finish(replica, client);
}

void zk_session_renewed(zk_replica_t *replica, zk_client_t *client)
{
    if (client->session == NULL || client->session->closing) {
        refuse(replica, client, client->session_id);
        return;
    }
    zk_session_welcome(replica, client);
    replica->stats.connections_revalidated++;
}

static void attach(zk_replica_t *replica, zk_client_t *client, zk_session_t *session)
{
    ZK_ASSERT(!session->attached && client->session == NULL);
    session->client = client->handle;
    session->attached = true;
    session->owner = replica->options.server_id;
    session->touch_ms = client->timeout_ms;
    if (session->local)
        session->timeout_ms = client->timeout_ms;
    client->session = session;
    client->session_id = session->id;
    client->state = ZK_CLIENT_CONNECTING;
    zk_session_alive(replica, session);
}

static void create(zk_replica_t *replica, zk_client_t *client)
{
    int64_t id = replica->next_session_id;
    zk_session_t *session;
    zk_request_t *request;

    while (id == 0 || zk_session_find(replica->sessions, id) != NULL)
        id++;
    replica->next_session_id = id + 1;
    if (replica->options.local_sessions_enabled || replica->role == ZK_ROLE_READ_ONLY) {
        session = zk_session_add_local(replica->sessions, id, client->timeout_ms);
        attach(replica, client, session);
        zk_locals_create(replica, client, session);
        return;
    }
    if (replica->role == ZK_ROLE_LEADER && !zk_prepare_may(replica)) {
        zk_client_finish(replica, client);
        return;
    }
    session = zk_session_propose(replica->sessions, id, client->timeout_ms);
    attach(replica, client, session);
    request = zk_order_add(replica, client, ZK_REQUEST_CONNECT, 0, ZK_OP_CREATE_SESSION, 0);
    if (replica->role == ZK_ROLE_LEARNER)
        zk_forward_create_session(replica, request, session);
    else
        zk_prepare_create_session(replica, request, session);
}

/* The session of ID that a client renews here; NULL: there is none.  On a learner only the leader
 * knows, and this one may not have heard of the session yet.  Who serves for reading only cannot
 * ask anyone: the password will do. */
static zk_session_t *find_renewed(zk_replica_t *replica, int64_t id, int32_t timeout_ms)
{
    zk_session_t *session = zk_session_find(replica->sessions, id);

    if (session != NULL)
        return session->closing ? NULL : session;
    if (replica->role == ZK_ROLE_READ_ONLY)
        return zk_session_add_local(replica->sessions, id, timeout_ms);
    if (replica->role == ZK_ROLE_LEARNER)
        return zk_session_propose(replica->sessions, id, timeout_ms);
    return NULL;
}

static void renew(zk_replica_t *replica, zk_client_t *client, const zk_connect_request_t *request)
{
    zk_session_t *session;
    zk_client_t *old;
    zk_request_t *wait;
    bool asks;

    if (!zk_session_password_matches(request->session_id, request->passwd)) {
        zk_say_wrong_password(replica, client, request->session_id);
        refuse(replica, client, request->session_id);
        return;
    }
    session = find_renewed(replica, request->session_id, client->timeout_ms);
    if (session == NULL) {
        refuse(replica, client, request->session_id);
        return;
    }
    asks = replica->role == ZK_ROLE_LEARNER && !session->local;
    old = session->attached ? zk_client_find(replica, session->client) : NULL;
    if (old != NULL)
        zk_client_finish(replica, old);
    attach(replica, client, session);
    if (session->last_flight <= replica->flights_head && !asks) {
        zk_session_renewed(replica, client);
        return;
    }
    wait = zk_order_add(replica, client, ZK_REQUEST_RENEW, 0, ZK_OP_CREATE_SESSION, 0);
    wait->flight = session->last_flight;
    wait->awaits_leader = wait->bars_reading = asks;
    client->is_barred = true;
    replica->barred_count++;
    if (asks) {
        zk_throttle_sync_begins(replica, client);
        zk_forward_revalidate(replica, client);
    }
}

void zk_session_revalidated(zk_replica_t *replica, int64_t id, bool valid)
{
    zk_session_t *session = zk_session_find(replica->sessions, id);
    zk_client_t *client =
        session != NULL && session->attached ? zk_client_find(replica, session->client) : NULL;

    if (client != NULL && client->is_barred && client->first->awaits_leader) {
        if (valid && zk_zab_state(replica->zab) == ZK_SERVER_OBSERVING) {
            zk_syncs_ask_to_renew(replica, client);
        } else if (valid) {
            client->first->awaits_leader = false;
            zk_order_run(replica, client);
        } else {
            refuse(replica, client, id);
            client = NULL;
        }
    }
    if (!valid && session != NULL && !session->applied && !session->attached)
        zk_session_remove(replica->sessions, id);
}

void zk_session_caught_up(zk_replica_t *replica, uint64_t handle)
{
    zk_client_t *client = zk_client_find(replica, handle);

    if (client == NULL || !client->is_barred)
        return;
    client->first->awaits_leader = false;
    zk_order_run(replica, client);
}

void zk_session_note(zk_replica_t *replica, zk_session_t *session)
{
    if (replica->role != ZK_ROLE_LEARNER || session->local || session->touched)
        return;
    session->touched = true;
    zk_write_long(&replica->touched, session->id);
    zk_write_int(&replica->touched, session->touch_ms);
}

void zk_session_alive(zk_replica_t *replica, zk_session_t *session)
{
    if (session->local || replica->role == ZK_ROLE_LEADER)
        zk_session_touch(replica->sessions, session, replica->mono_ms);
    else
        zk_session_note(replica, session);
}

static int32_t clamp_timeout(const zk_replica_t *replica, int32_t timeout_ms)
{
    if (timeout_ms < replica->options.session_timeout_min_ms)
        return replica->options.session_timeout_min_ms;
    if (timeout_ms > replica->options.session_timeout_max_ms)
        return replica->options.session_timeout_max_ms;
    return timeout_ms;
}

void zk_session_connect(zk_replica_t *replica, zk_client_t *client, zk_str_t frame)
{
    zk_reader_t reader = zk_reader(frame.data, zk_str_size(frame));
    zk_connect_request_t request;

    if (!zk_connect_request_decode(&request, &client->has_read_only, &reader)) {
        zk_client_finish(replica, client);
        return;
    }
    replica->stats.connection_requests++;
    if (replica->role == ZK_ROLE_READ_ONLY && !request.read_only) {
        zk_say_not_read_only(replica, client);
        zk_client_finish(replica, client);
        return;
    }
    if (!zk_throttle_takes_connection(replica)) {
        replica->stats.connections_rejected++;
        zk_say_throttled(replica);
        zk_client_finish(replica, client);
        return;
    }
    if (request.last_zxid_seen > zk_role_reached_zxid(replica)) {
        /* it has seen more than we have: another server will do */
        zk_say_ahead(replica, client, &request);
        zk_client_finish(replica, client);
        return;
    }
    client->timeout_ms = clamp_timeout(replica, request.time_out);
    if (request.session_id == 0)
        create(replica, client);
    else
        renew(replica, client, &request);
}

static void expired(void *baton, zk_session_t *session)
{
    zk_replica_t *replica = baton;

    zk_say_expiring(session);
    replica->stats.sessions_expired++;
    if (session->local)
        zk_locals_expired(replica, session);
    else
        zk_prepare_close_session(replica, NULL, session, 0);
}

static void wake(void *baton, const zk_session_t *session)
{
    zk_replica_t *replica = baton;

    if (session->local || replica->role == ZK_ROLE_LEADER)
        zk_session_touch(replica->sessions, zk_session_find(replica->sessions, session->id),
                         replica->mono_ms);
}

void zk_session_wake_all(zk_replica_t *replica)
{
    zk_session_visit(replica->sessions, wake, replica);
}

void zk_session_expire_due(zk_replica_t *replica)
{
    int64_t gap_ms = replica->mono_ms - replica->last_tick_ms;

    if (gap_ms > replica->options.tick_ms) {
        zk_warn("did not run for %" PRId64 "ms, every session gets its full timeout", gap_ms);
        zk_session_wake_all(replica);
    }
    zk_session_expire(replica->sessions, replica->mono_ms, expired, replica);
}
