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
    response.read_only = false;
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
    client->session = session;
    client->session_id = session->id;
    client->state = ZK_CLIENT_CONNECTING;
    zk_session_touch(replica->sessions, session, replica->mono_ms);
}

static void create(zk_replica_t *replica, zk_client_t *client)
{
    int64_t id = replica->next_session_id;
    zk_session_t *session;

    while (id == 0 || zk_session_find(replica->sessions, id) != NULL)
        id++;
    replica->next_session_id = id + 1;
    session = zk_session_propose(replica->sessions, id, client->timeout_ms);
    attach(replica, client, session);
    zk_prepare_create_session(replica, client, session);
}

static void renew(zk_replica_t *replica, zk_client_t *client, const zk_connect_request_t *request)
{
    zk_session_t *session = zk_session_find(replica->sessions, request->session_id);
    zk_client_t *old;
    zk_request_t *wait;

    if (!zk_session_password_matches(request->session_id, request->passwd)) {
        zk_say_wrong_password(replica, client, request->session_id);
        refuse(replica, client, request->session_id);
        return;
    }
    if (session == NULL || session->closing) {
        refuse(replica, client, request->session_id);
        return;
    }
    old = session->attached ? zk_client_find(replica, session->client) : NULL;
    if (old != NULL)
        zk_client_finish(replica, old);
    attach(replica, client, session);
    if (session->last_zxid <= zk_replica_last_zxid(replica)) {
        zk_session_renewed(replica, client);
        return;
    }
    wait = zk_order_add(replica, client, ZK_REQUEST_RENEW, 0, ZK_OP_CREATE_SESSION, 0);
    wait->zxid = session->last_zxid;
    client->is_barred = true;
    replica->barred_count++;
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
    if (!zk_throttle_takes_connection(replica)) {
        replica->stats.connections_rejected++;
        zk_say_throttled(replica);
        zk_client_finish(replica, client);
        return;
    }
    if (request.last_zxid_seen > zk_replica_last_zxid(replica)) {
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
    zk_prepare_close_session(replica, NULL, session, 0);
}

static void wake(void *baton, const zk_session_t *session)
{
    zk_replica_t *replica = baton;

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
