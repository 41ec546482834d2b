/* session.c -- the session: asked for, granted, ended.
 *
 *   state       from -> to                                  [function]
 *   CONNECTING  -> CONNECTED, CONNECTED_READ_ONLY  granted  [zk_client_take_grant]
 *   CONNECTED*  -> CONNECTING   the link was lost           [zk_link_lose]
 *   any         -> CLOSED       closed, or expired          [zk_client_end_session]
 *   any         -> AUTH_FAILED  a credential was refused    [zk_client_end_session]
 *
 * A session outlives its connections: its number and password are shown to the next server, which
 * goes on with it or says that it has expired.  What the new connection does not know is said
 * before anybody's request: credentials first, then watches, so that a request finds the same
 * identity and misses no event.
 *
 * A session that only read-only servers know is not shown: a server that writes has never heard of
 * it, and asked for it would answer that it has expired.
 *
 * Invariants
 *   1. What is ended stays so: no link is opened, a request or credential fails at once.
 *   2. Of an end those who wait for credentials are told first, then the event, then the requests.
 *
 * Facts: upstream ClientCnxn.java (primeConnection, onConnected, close). */
#include "client/handle.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/plat.h"
#include "client/probe.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum { CLOSE_WAIT_MS = 5000 };

/* ---- asked for and granted ---- */

void zk_client_resume(zk_client_t *client, int64_t session_id, const char *password)
{
    client->session_id = session_id;
    memcpy(client->password, password, PASSWORD_BYTES);
    client->seen_read_write = true;
}

void zk_client_greet(zk_client_t *client)
{
    zk_connect_request_t request = {0,
                                    client->last_zxid,
                                    client->options.timeout_ms,
                                    client->seen_read_write ? client->session_id : 0,
                                    zk_str_n(client->password, PASSWORD_BYTES),
                                    client->options.read_only};
    size_t mark = zk_frame_begin(&client->out);

    zk_record_encode(&zk_record_connect_request, &request, &client->out);
    zk_frame_end(&client->out, mark);
}

static void begin_session(zk_client_t *client, bool read_only)
{
    client->phase = LINK_UP;
    client->tried = 0;
    client->failed_rounds = 0;
    zk_probe_reset(client);
    client->seen_read_write = client->seen_read_write || !read_only;
    client->state = read_only ? ZK_CLIENT_CONNECTED_READ_ONLY : ZK_CLIENT_CONNECTED;
    zk_info("Session establishment complete on server %s:%u, %s = 0x%" PRIx64
            ", negotiated timeout = %" PRId32,
            client->host->name, (unsigned)client->host->port, client->session_word,
            (uint64_t)client->session_id, client->timeout_ms);
    zk_credentials_send(client);
    zk_watches_encode(&client->watches, client->last_zxid, &client->out);
    zk_calls_send(client);
    zk_events_tell_session(client, read_only ? ZK_CLIENT_EVENT_CONNECTED_READ_ONLY
                                             : ZK_CLIENT_EVENT_CONNECTED);
}

/* Servers older than read-only mode leave the last byte out. */
void zk_client_take_grant(zk_client_t *client, zk_reader_t *reader)
{
    int32_t timeout_ms;
    int64_t session_id;
    zk_str_t password;
    bool read_only;

    zk_read_int(reader);
    timeout_ms = zk_read_int(reader);
    session_id = zk_read_long(reader);
    password = zk_read_str(reader);
    read_only = !reader->failed && zk_reader_left(reader) > 0 && zk_read_bool(reader);
    if (reader->failed || (timeout_ms > 0 && password.length != PASSWORD_BYTES)) {
        zk_link_lose(client, "the reply to the handshake does not decode");
        return;
    }
    if (timeout_ms <= 0) {
        zk_client_end_session(client, ZK_CLIENT_CLOSED, ZK_CLIENT_EVENT_EXPIRED,
                              ZK_CODE_SESSION_EXPIRED);
        return;
    }
    client->session_id = session_id;
    memcpy(client->password, password.data, PASSWORD_BYTES);
    client->timeout_ms = timeout_ms > SESSION_TIMEOUT_MIN_MS ? timeout_ms : SESSION_TIMEOUT_MIN_MS;
    begin_session(client, read_only);
}

/* ---- ended ---- */

void zk_client_end_session(zk_client_t *client, zk_client_state_t state, int32_t event,
                           int32_t code)
{
    zk_link_close(client);
    client->state = state;
    zk_credentials_tell(client, code);
    zk_events_tell_session(client, event);
    zk_calls_fail(client, code);
}

int32_t zk_client_end_code(const zk_client_t *client)
{
    return client->state == ZK_CLIENT_AUTH_FAILED ? ZK_CODE_AUTH_FAILED : ZK_CODE_SESSION_EXPIRED;
}

static void on_closed(void *baton, int32_t code, zk_str_t body)
{
    (void)code;
    (void)body;
    *(bool *)baton = true;
}

void zk_client_close(zk_client_t *client)
{
    int64_t until = plat_monotonic_ms() + CLOSE_WAIT_MS;
    bool closed = false;

    if (!zk_client_is_alive(client))
        return;
    client->is_closing = true;
    client->is_paused = false;
    if (client->phase == LINK_UP) {
        zk_client_request_t request = {ZK_OP_CLOSE_SESSION, NULL,          NULL,
                                       ZK_STR_NULL,         ZK_WATCH_NONE, ZK_STR_NULL};

        zk_client_submit(client, &request, on_closed, &closed);
        while (!closed && client->phase == LINK_UP && plat_monotonic_ms() < until)
            zk_client_step(client, until - plat_monotonic_ms());
    }
    zk_client_end_session(client, ZK_CLIENT_CLOSED, ZK_CLIENT_EVENT_CLOSED,
                          ZK_CODE_SESSION_EXPIRED);
    client->is_closing = false;
}

/* ---- what there is to know of it ---- */

zk_client_state_t zk_client_state(const zk_client_t *client)
{
    return client->state;
}

bool zk_client_is_alive(const zk_client_t *client)
{
    return client->state != ZK_CLIENT_CLOSED && client->state != ZK_CLIENT_AUTH_FAILED;
}

int64_t zk_client_session_id(const zk_client_t *client)
{
    return client->session_id;
}

const char *zk_client_password(const zk_client_t *client)
{
    return client->password;
}

int32_t zk_client_timeout_ms(const zk_client_t *client)
{
    return client->timeout_ms;
}
