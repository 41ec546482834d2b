/* handle.c -- the session: one socket, timers, requests waiting for their answers.
 *
 *   link      from -> to                          [function]
 *   DOWN      -> RESOLVING   a server's turn        [zk_link_open]
 *   RESOLVING -> CONNECTING  name resolved         [zk_link_finish_lookup]
 *   RESOLVING -> DOWN        not resolved          [zk_link_lose]
 *   CONNECTING-> HANDSHAKE   connection opened     [zk_link_begin_handshake]
 *   CONNECTING-> DOWN        no address answers    [zk_link_lose]
 *   HANDSHAKE -> UP          session granted       [on_handshake]
 *   HANDSHAKE -> DOWN        refused or lost       [zk_link_lose]
 *   UP        -> DOWN        lost, silent too long [zk_link_lose]
 *   any       -> DOWN        closed, expired       [end_session]
 *
 * A request waits with its encoded frame until there is a session, then it is sent and becomes
 * pending.  When a link that was up is lost, everything pending and waiting fails: the caller
 * cannot know whether it was done.  A request that was never sent fails only after every server has
 * been tried in vain.
 *
 * Invariants
 *   1. Pending requests are in the order of their xids; answers come in that order or the link is
 * dropped.
 *   2. Frames leave in the order of submission: nothing waits while the link is up.
 *   3. Callbacks run inside zk_client_step or zk_client_close only.
 *
 * Facts: upstream ClientCnxn.java: read timeout 2/3 of the session's, a ping when nothing was sent
 * for half of that. */
#include "client/handle.h"

#include <inttypes.h>
#include <string.h>
#include <apr_network_io.h>
#include <apr_poll.h>
#include <apr_portable.h>
#include <apr_strings.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/plat.h"
#include "base/random.h"
#include "client/hosts.h"
#include "client/path.h"
#include "client/probe.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum {
    READ_BYTES = 64 * 1024,
    FRAME_BYTES_MAX = 64 * 1024 * 1024, /* replies may be larger than jute.maxbuffer */
    CLOSE_WAIT_MS = 5000,
    PING_MS_MAX = 10000,
    ROUND_DELAY_MS = 1000,
    SESSION_TIMEOUT_MIN_MS = 30,
    LOOKUP_POLL_MS = 20
};

/* ---- lists of requests ---- */

static void push_call(call_list_t *list, call_t *call)
{
    call->next = NULL;
    *list->end = call;
    list->end = &call->next;
}

static call_t *pop_call(call_list_t *list)
{
    call_t *call = list->first;

    if (call != NULL) {
        list->first = call->next;
        if (list->first == NULL)
            list->end = &list->first;
    }
    return call;
}

static void free_call(call_t *call)
{
    zk_buffer_free(&call->frame);
    zk_free(call->watch_path);
    zk_free(call);
}

static void finish_call(call_t *call, int32_t code, zk_str_t body)
{
    call->done(call->baton, code, body);
    free_call(call);
}

/* Fail what is in LIST now; what the callbacks submit meanwhile stays. */
static void fail_calls(call_list_t *list, int32_t code)
{
    call_list_t failed = *list;
    call_t *call;

    if (failed.first == NULL)
        return;
    list->first = NULL;
    list->end = &list->first;
    while ((call = failed.first) != NULL) {
        failed.first = call->next;
        finish_call(call, code, zk_str(""));
    }
}

/* ---- events ---- */

static void tell_session(zk_client_t *client, int32_t state)
{
    zk_client_event_t event = {ZK_EVENT_TYPE_NONE, state, ZK_STR_NULL, -1};

    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

static void on_event(zk_client_t *client, int64_t zxid, zk_reader_t *reader)
{
    zk_watcher_event_t wire;
    zk_client_event_t event;

    if (!zk_record_decode(&zk_record_watcher_event, &wire, reader, NULL))
        return;
    if (!zk_watches_fire(&client->watches, wire.type, wire.path))
        return;
    event.type = wire.type;
    event.state = wire.state;
    event.path = zk_client_path_relative(client->hosts->chroot, wire.path);
    event.zxid = zxid;
    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

/* ---- the link ---- */

void zk_link_close_socket(zk_client_t *client)
{
    if (client->polled != 0) {
        apr_pollfd_t fd = {0};

        fd.desc_type = APR_POLL_SOCKET;
        fd.desc.s = client->socket;
        fd.reqevents = client->polled;
        apr_pollset_remove(client->pollset, &fd);
        client->polled = 0;
    }
    if (client->socket != NULL)
        apr_socket_close(client->socket);
    client->socket = NULL;
}

static void close_link(zk_client_t *client)
{
    zk_link_close_socket(client);
    client->phase = LINK_DOWN;
    zk_client_lookup_drop(client->lookup);
    client->lookup = NULL;
    client->address = NULL;
    client->judged_next = NULL;
    client->auth_waiting = 0;
    zk_buffer_clear(&client->in);
    zk_buffer_clear(&client->out);
    apr_pool_clear(client->link_pool);
}

static void tell_credential(credential_t *credential, int32_t code)
{
    zk_client_done_fn_t *done = credential->done;

    credential->done = NULL;
    if (done != NULL)
        done(credential->baton, code, zk_str(""));
}

/* The session is over; STATE is what the caller sees from now on. */
static void end_session(zk_client_t *client, zk_client_state_t state, int32_t event, int32_t code)
{
    credential_t *credential;

    close_link(client);
    client->state = state;
    for (credential = client->credentials; credential != NULL; credential = credential->next)
        tell_credential(credential, code);
    tell_session(client, event);
    fail_calls(&client->pending, code);
    fail_calls(&client->waiting, code);
}

/* The link failed because of WHY; another will be tried. */
void zk_link_lose(zk_client_t *client, const char *why)
{
    link_phase_t phase = client->phase;
    uint64_t delay = zk_random_below(&client->random, ROUND_DELAY_MS / 4);

    close_link(client);
    if (client->is_closing)
        return;
    zk_warn("session 0x%" PRIx64 ", server %s:%u: %s, reconnecting", (uint64_t)client->session_id,
            client->host->name, (unsigned)client->host->port, why);
    client->state = ZK_CLIENT_CONNECTING;
    if (phase == LINK_UP) {
        tell_session(client, ZK_CLIENT_EVENT_DISCONNECTED);
        fail_calls(&client->pending, ZK_CODE_CONNECTION_LOSS);
        fail_calls(&client->waiting, ZK_CODE_CONNECTION_LOSS);
    } else if (client->tried % client->hosts->count == 0) {
        client->failed_rounds++;
        delay = ROUND_DELAY_MS;
        fail_calls(&client->waiting, ZK_CODE_CONNECTION_LOSS);
    }
    client->retry_at_ms = plat_monotonic_ms() + (int64_t)delay;
}

static void queue_handshake(zk_client_t *client)
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

void zk_link_begin_handshake(zk_client_t *client)
{
    apr_socket_opt_set(client->socket, APR_TCP_NODELAY, 1);
    client->phase = LINK_HANDSHAKE;
    client->heard_at_ms = plat_monotonic_ms();
    client->sent_at_ms = client->heard_at_ms;
    queue_handshake(client);
}

/* ---- what the server sends ---- */

static void send_credential(zk_client_t *client, const credential_t *credential)
{
    zk_auth_packet_t packet = {0, zk_str(credential->scheme), credential->auth};

    zk_frame_append_request(&client->out, ZK_XID_AUTH, ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    client->auth_waiting++;
}

static void send_waiting(zk_client_t *client)
{
    call_t *call;

    while ((call = pop_call(&client->waiting)) != NULL) {
        zk_buffer_append(&client->out, zk_buffer_bytes(&call->frame), zk_buffer_size(&call->frame));
        zk_buffer_free(&call->frame);
        push_call(&client->pending, call);
    }
}

static void on_session_up(zk_client_t *client, bool read_only)
{
    const credential_t *credential;

    client->phase = LINK_UP;
    client->judged_next = client->credentials;
    client->tried = 0;
    client->failed_rounds = 0;
    zk_probe_reset(client);
    client->seen_read_write = client->seen_read_write || !read_only;
    client->state = read_only ? ZK_CLIENT_CONNECTED_READ_ONLY : ZK_CLIENT_CONNECTED;
    zk_info("Session establishment complete on server %s:%u, %s = 0x%" PRIx64
            ", negotiated timeout = %" PRId32,
            client->host->name, (unsigned)client->host->port, client->session_word,
            (uint64_t)client->session_id, client->timeout_ms);
    for (credential = client->credentials; credential != NULL; credential = credential->next)
        send_credential(client, credential);
    zk_watches_encode(&client->watches, client->last_zxid, &client->out);
    send_waiting(client);
    tell_session(client,
                 read_only ? ZK_CLIENT_EVENT_CONNECTED_READ_ONLY : ZK_CLIENT_EVENT_CONNECTED);
}

/* The reply to the handshake; servers older than read-only mode leave its last byte out. */
static void on_handshake(zk_client_t *client, zk_reader_t *reader)
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
        end_session(client, ZK_CLIENT_CLOSED, ZK_CLIENT_EVENT_EXPIRED, ZK_CODE_SESSION_EXPIRED);
        return;
    }
    client->session_id = session_id;
    memcpy(client->password, password.data, PASSWORD_BYTES);
    client->timeout_ms = timeout_ms > SESSION_TIMEOUT_MIN_MS ? timeout_ms : SESSION_TIMEOUT_MIN_MS;
    on_session_up(client, read_only);
}

static void remember_watch(zk_client_t *client, const call_t *call, int32_t code)
{
    zk_str_t path;

    if (call->watch_path == NULL)
        return;
    path = zk_str_n(call->watch_path, (size_t)call->watch_path_length);
    if (code == ZK_CODE_OK)
        zk_watches_add(&client->watches, call->watch, path);
    else if (code == ZK_CODE_NO_NODE && call->opcode == ZK_OP_EXISTS)
        zk_watches_add(&client->watches, ZK_WATCH_EXIST, path);
}

static void on_reply(zk_client_t *client, const zk_reply_header_t *header, zk_reader_t *reader)
{
    call_t *call = client->pending.first;
    zk_str_t body = zk_str("");

    if (call == NULL || call->xid != header->xid) {
        zk_link_lose(client, "an answer is out of order");
        return;
    }
    pop_call(&client->pending);
    if (header->zxid > client->last_zxid)
        client->last_zxid = header->zxid;
    remember_watch(client, call, header->err);
    if (header->err == ZK_CODE_OK)
        body = zk_str_n((const char *)reader->at, zk_reader_left(reader));
    finish_call(call, header->err, body);
}

static void on_auth(zk_client_t *client, int32_t err)
{
    credential_t *credential = client->judged_next;

    if (credential == NULL) {
        zk_link_lose(client, "an answer to no credential");
        return;
    }
    client->auth_waiting--;
    client->judged_next = credential->next;
    tell_credential(credential, err);
    if (err != ZK_CODE_OK)
        end_session(client, ZK_CLIENT_AUTH_FAILED, ZK_CLIENT_EVENT_AUTH_FAILED,
                    ZK_CODE_AUTH_FAILED);
}

static void on_frame(zk_client_t *client, zk_reader_t *reader)
{
    zk_reply_header_t header;

    if (client->phase == LINK_HANDSHAKE) {
        on_handshake(client, reader);
        return;
    }
    if (!zk_record_decode(&zk_record_reply_header, &header, reader, NULL)) {
        zk_link_lose(client, "a reply does not decode");
        return;
    }
    switch (header.xid) {
    case ZK_XID_NOTIFICATION:
        on_event(client, header.zxid, reader);
        break;
    case ZK_XID_AUTH:
        on_auth(client, header.err);
        break;
    case ZK_XID_PING:
    case ZK_XID_SET_WATCHES:
        break;
    default:
        on_reply(client, &header, reader);
    }
}

/* Cut and handle the frames read so far.  The link may go down meanwhile, which empties the buffer.
 */
static void handle_frames(zk_client_t *client)
{
    while (client->phase != LINK_DOWN) {
        zk_frame_t frame;
        zk_reader_t reader;
        zk_frame_scan_t scan = zk_frame_scan(&frame, zk_buffer_bytes(&client->in),
                                             zk_buffer_size(&client->in), client->frame_bytes_max);

        if (scan == ZK_FRAME_PARTIAL)
            return;
        if (scan == ZK_FRAME_REFUSED) {
            zk_link_lose(client, "the length of a frame is not acceptable");
            return;
        }
        reader = zk_frame_reader(&frame);
        on_frame(client, &reader);
        if (client->phase != LINK_DOWN)
            zk_buffer_consume(&client->in, frame.bytes);
    }
}

/* ---- moving bytes ---- */

static void read_socket(zk_client_t *client)
{
    apr_size_t size = READ_BYTES;
    uint8_t *at = zk_buffer_extend(&client->in, READ_BYTES);
    apr_status_t rv = apr_socket_recv(client->socket, (char *)at, &size);

    if (rv != APR_SUCCESS && size == READ_BYTES)
        size = 0;
    client->in.length -= READ_BYTES - size;
    if (size > 0) {
        client->heard_at_ms = plat_monotonic_ms();
        handle_frames(client);
    } else if (APR_STATUS_IS_EOF(rv)) {
        zk_link_lose(client, "the server closed the connection");
    } else if (!APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv)) {
        char text[128];

        zk_link_lose(client, zk_status_text(rv, text, sizeof(text)));
    }
}

/* apr_socket_send, but without the signal that ends a program whose peer is gone: it need not have
 * been told to ignore it, since it may be any program that uses the library. */
apr_status_t zk_link_send(apr_socket_t *socket, const void *data, apr_size_t *size)
{
#ifdef MSG_NOSIGNAL
    apr_os_sock_t os_socket;
    ssize_t sent;

    apr_os_sock_get(&os_socket, socket);
    sent = send(os_socket, data, *size, MSG_NOSIGNAL);
    if (sent < 0)
        return apr_get_netos_error();
    *size = (apr_size_t)sent;
    return APR_SUCCESS;
#else
    return apr_socket_send(socket, data, size);
#endif
}

static void write_socket(zk_client_t *client)
{
    while (zk_buffer_size(&client->out) > 0) {
        apr_size_t size = zk_buffer_size(&client->out);
        apr_status_t rv = zk_link_send(client->socket, zk_buffer_bytes(&client->out), &size);

        if (rv != APR_SUCCESS) {
            char text[128];

            if (!APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv))
                zk_link_lose(client, zk_status_text(rv, text, sizeof(text)));
            return;
        }
        client->sent_at_ms = plat_monotonic_ms();
        zk_buffer_consume(&client->out, size);
    }
}

/* Register the socket for what is wanted now: reading unless paused, writing while output is left.
 */
static void update_pollset(zk_client_t *client)
{
    bool pauses = client->is_paused && client->phase == LINK_UP;
    apr_int16_t wanted = client->phase == LINK_CONNECTING ? APR_POLLOUT : pauses ? 0 : APR_POLLIN;
    apr_pollfd_t fd = {0};

    if (zk_buffer_size(&client->out) > 0)
        wanted |= APR_POLLOUT;
    if (client->polled == wanted)
        return;
    fd.desc_type = APR_POLL_SOCKET;
    fd.desc.s = client->socket;
    if (client->polled != 0) {
        fd.reqevents = client->polled;
        apr_pollset_remove(client->pollset, &fd);
    }
    fd.reqevents = wanted;
    ZK_ASSERT(wanted == 0 || apr_pollset_add(client->pollset, &fd) == APR_SUCCESS);
    client->polled = wanted;
}

/* ---- timers ---- */

/* When the link is given up for lack of any frame. */
static int64_t silent_at_ms(const zk_client_t *client)
{
    if (client->phase != LINK_UP)
        return client->heard_at_ms + zk_link_connect_timeout_ms(client);
    return client->heard_at_ms + client->timeout_ms * (int64_t)2 / 3;
}

static int64_t ping_at_ms(const zk_client_t *client)
{
    int64_t idle_ms = client->timeout_ms / 3;

    return client->sent_at_ms + (idle_ms < PING_MS_MAX ? idle_ms : PING_MS_MAX);
}

/* Do what time demands of an open link. */
static void check_timers(zk_client_t *client)
{
    int64_t now = plat_monotonic_ms();

    if (client->phase == LINK_DOWN)
        return;
    if (client->is_paused && client->phase == LINK_UP)
        client->heard_at_ms = now;
    if (now >= silent_at_ms(client) && client->phase == LINK_RESOLVING)
        zk_link_lose(client, "its name has not been resolved in time");
    else if (now >= silent_at_ms(client) && client->phase == LINK_CONNECTING)
        zk_link_connect_next(client, APR_TIMEUP);
    else if (now >= silent_at_ms(client))
        zk_link_lose(client, "the server has been silent too long");
    else if (client->phase == LINK_UP && now >= ping_at_ms(client))
        zk_frame_append_request(&client->out, ZK_XID_PING, ZK_OP_PING, NULL, NULL);
}

static int64_t time_to_wait_ms(const zk_client_t *client, int64_t timeout_ms)
{
    int64_t now = plat_monotonic_ms();
    int64_t until = now + timeout_ms;

    if (client->phase == LINK_DOWN) {
        if (zk_client_is_alive(client) && client->retry_at_ms < until)
            until = client->retry_at_ms;
    } else {
        if (silent_at_ms(client) < until)
            until = silent_at_ms(client);
        if (client->phase == LINK_UP && ping_at_ms(client) < until)
            until = ping_at_ms(client);
        if (zk_probe_due_ms(client) < until)
            until = zk_probe_due_ms(client);
    }
    return until > now ? until - now : 0;
}

/* ---- the public calls ---- */

apr_status_t zk_client_create(zk_client_t **client, const char *connect,
                              const zk_client_options_t *options, apr_pool_t *pool, zk_note_t *note)
{
    zk_client_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv = zk_hosts_parse(&made->hosts, connect, pool, note);

    if (rv != APR_SUCCESS)
        return rv;
    made->pool = pool;
    made->options = *options;
    zk_random_seed(&made->random, options->seed);
    zk_hosts_shuffle(made->hosts, &made->random);
    made->state = ZK_CLIENT_CONNECTING;
    made->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : SESSION_TIMEOUT_MIN_MS;
    made->next_xid = 1;
    made->frame_bytes_max = FRAME_BYTES_MAX;
    made->session_word = "session id";
    made->watches = ZK_WATCHES_INIT;
    made->waiting.end = &made->waiting.first;
    made->pending.end = &made->pending.first;
    made->in = ZK_BUFFER_INIT;
    made->out = ZK_BUFFER_INIT;
    made->retry_at_ms = plat_monotonic_ms();
    apr_pool_create(&made->link_pool, pool);
    rv = apr_pollset_create(&made->pollset, 2, pool, APR_POLLSET_WAKEABLE);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot create a pollset");
    *client = made;
    return APR_SUCCESS;
}

void zk_client_step(zk_client_t *client, int64_t timeout_ms)
{
    const apr_pollfd_t *ready = NULL;
    apr_int32_t count = 0;
    apr_int32_t i;
    apr_int16_t events = 0;
    bool is_probed = false;

    if (client->phase == LINK_DOWN && zk_client_is_alive(client) &&
        plat_monotonic_ms() >= client->retry_at_ms) {
        zk_link_open(client);
        timeout_ms = client->phase == LINK_DOWN ? 0 : timeout_ms; /* the caller may want to know */
    } else if (client->phase == LINK_RESOLVING) {
        zk_link_finish_lookup(client);
        timeout_ms = client->phase == LINK_DOWN ? 0 : timeout_ms;
    }
    if (client->socket != NULL)
        write_socket(client);
    if (client->socket != NULL)
        update_pollset(client);
    if (apr_pollset_poll(client->pollset, time_to_wait_ms(client, timeout_ms) * 1000, &count,
                         &ready) != APR_SUCCESS)
        count = 0;
    for (i = 0; i < count; i++) {
        if (ready[i].desc.s == client->socket)
            events |= ready[i].rtnevents;
        else
            is_probed = true;
    }
    if (events != 0 && client->phase == LINK_CONNECTING)
        zk_link_finish_connect(client);
    else if ((events & ~APR_POLLOUT) != 0 && client->socket != NULL)
        read_socket(client);
    check_timers(client);
    zk_probe_step(client, is_probed);
    if (client->socket != NULL)
        write_socket(client);
}

void zk_client_pause(zk_client_t *client, bool pauses)
{
    client->is_paused = pauses;
}

void zk_client_wake(zk_client_t *client)
{
    apr_pollset_wakeup(client->pollset);
}

static int32_t take_xid(zk_client_t *client)
{
    int32_t xid = client->next_xid;

    client->next_xid = xid == INT32_MAX - 1 ? 1 : xid + 1;
    return xid;
}

void zk_client_submit(zk_client_t *client, const zk_client_request_t *request,
                      zk_client_done_fn_t *done, void *baton)
{
    call_t *call = zk_calloc(1, sizeof(*call));
    size_t mark;

    call->xid = take_xid(client);
    call->opcode = request->opcode;
    call->done = done;
    call->baton = baton;
    call->watch = request->watch;
    if (request->watch != ZK_WATCH_NONE) {
        size_t size = zk_str_size(request->watch_path);

        call->watch_path = zk_malloc(size + 1);
        memcpy(call->watch_path, request->watch_path.data, size);
        call->watch_path_length = (int32_t)size;
    }
    mark = zk_frame_begin(&call->frame);
    zk_write_int(&call->frame, call->xid);
    zk_write_int(&call->frame, request->opcode);
    if (request->desc != NULL)
        zk_record_encode(request->desc, request->record, &call->frame);
    else
        zk_write_raw(&call->frame, request->raw.data, zk_str_size(request->raw));
    zk_frame_end(&call->frame, mark);
    push_call(&client->waiting, call);
    if (client->phase == LINK_UP)
        send_waiting(client);
    else if (!zk_client_is_alive(client))
        fail_calls(&client->waiting, client->state == ZK_CLIENT_AUTH_FAILED
                                         ? ZK_CODE_AUTH_FAILED
                                         : ZK_CODE_SESSION_EXPIRED);
}

void zk_client_allow_frames(zk_client_t *client, int32_t bytes)
{
    if (bytes > client->frame_bytes_max)
        client->frame_bytes_max = bytes;
}

void zk_client_spell_session(zk_client_t *client, const char *word)
{
    client->session_word = word;
}

/* Tell that a watch on PATH was removed, in the state the connection is in. */
static void tell_removed(zk_client_t *client, int32_t type, zk_str_t path)
{
    zk_client_event_t event = {
        type, client->phase == LINK_UP ? ZK_CLIENT_EVENT_CONNECTED : ZK_CLIENT_EVENT_DISCONNECTED,
        zk_client_path_relative(client->hosts->chroot, path), -1};

    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

bool zk_client_has_watch(const zk_client_t *client, zk_watch_kind_t kind, zk_str_t path)
{
    return zk_watches_has(&client->watches, kind, path);
}

bool zk_client_forget_watches(zk_client_t *client, zk_str_t path, int32_t type)
{
    zk_watches_t *watches = &client->watches;
    bool any = type == ZK_WATCHER_ANY;
    bool child =
        (any || type == ZK_WATCHER_CHILDREN) && zk_watches_remove(watches, ZK_WATCH_CHILD, path);
    bool data = (any || type == ZK_WATCHER_DATA) && zk_watches_remove(watches, ZK_WATCH_DATA, path);
    bool exist =
        (any || type == ZK_WATCHER_DATA) && zk_watches_remove(watches, ZK_WATCH_EXIST, path);
    bool persistent = (any || type == ZK_WATCHER_PERSISTENT) &&
                      zk_watches_remove(watches, ZK_WATCH_PERSISTENT, path);
    bool recursive = (any || type == ZK_WATCHER_PERSISTENT_RECURSIVE) &&
                     zk_watches_remove(watches, ZK_WATCH_RECURSIVE, path);

    if (child)
        tell_removed(client, ZK_CLIENT_EVENT_CHILD_WATCH_REMOVED, path);
    if (data || exist)
        tell_removed(client, ZK_CLIENT_EVENT_DATA_WATCH_REMOVED, path);
    if (persistent || recursive)
        tell_removed(client, ZK_CLIENT_EVENT_PERSISTENT_WATCH_REMOVED, path);
    return child || data || exist || persistent || recursive;
}

void zk_client_add_auth(zk_client_t *client, const char *scheme, zk_str_t auth)
{
    zk_client_submit_auth(client, scheme, auth, NULL, NULL);
}

void zk_client_submit_auth(zk_client_t *client, const char *scheme, zk_str_t auth,
                           zk_client_done_fn_t *done, void *baton)
{
    credential_t *credential = apr_pcalloc(client->pool, sizeof(*credential));
    credential_t **end = &client->credentials;

    credential->scheme = apr_pstrdup(client->pool, scheme);
    credential->auth = ZK_STR_NULL;
    if (!zk_str_is_null(auth))
        credential->auth =
            zk_str_n(apr_pmemdup(client->pool, auth.data, zk_str_size(auth)), zk_str_size(auth));
    while (*end != NULL)
        end = &(*end)->next;
    *end = credential;
    credential->done = done;
    credential->baton = baton;
    if (client->judged_next == NULL && client->phase == LINK_UP)
        client->judged_next = credential;
    if (!zk_client_is_alive(client))
        tell_credential(credential, client->state == ZK_CLIENT_AUTH_FAILED
                                        ? ZK_CODE_AUTH_FAILED
                                        : ZK_CODE_SESSION_EXPIRED);
    else if (client->phase == LINK_UP)
        send_credential(client, credential);
}

int zk_client_auth_waiting(const zk_client_t *client)
{
    return client->auth_waiting;
}

zk_client_state_t zk_client_state(const zk_client_t *client)
{
    return client->state;
}

bool zk_client_is_alive(const zk_client_t *client)
{
    return client->state != ZK_CLIENT_CLOSED && client->state != ZK_CLIENT_AUTH_FAILED;
}

int zk_client_failed_rounds(const zk_client_t *client)
{
    return client->failed_rounds;
}

const char *zk_client_chroot(const zk_client_t *client)
{
    return client->hosts->chroot;
}

int64_t zk_client_session_id(const zk_client_t *client)
{
    return client->session_id;
}

const char *zk_client_password(const zk_client_t *client)
{
    return client->password;
}

void zk_client_resume(zk_client_t *client, int64_t session_id, const char *password)
{
    client->session_id = session_id;
    memcpy(client->password, password, PASSWORD_BYTES);
    client->seen_read_write = true;
}

int32_t zk_client_timeout_ms(const zk_client_t *client)
{
    return client->timeout_ms;
}

/* ---- driven from outside ---- */

bool zk_client_interest(zk_client_t *client, apr_os_sock_t *os_socket, bool *reads, bool *writes,
                        int64_t *wait_ms)
{
    *wait_ms = time_to_wait_ms(client, client->timeout_ms);
    if (client->phase == LINK_RESOLVING && *wait_ms > LOOKUP_POLL_MS)
        *wait_ms = LOOKUP_POLL_MS; /* the lookup wakes our pollset, not the caller's */
    if (client->probe.lookup != NULL && *wait_ms > LOOKUP_POLL_MS)
        *wait_ms = LOOKUP_POLL_MS; /* nor can the caller wait for the socket of a question */
    *reads = client->phase == LINK_HANDSHAKE || client->phase == LINK_UP;
    *writes = client->phase == LINK_CONNECTING || zk_buffer_size(&client->out) > 0;
    return client->socket != NULL && apr_os_sock_get(os_socket, client->socket) == APR_SUCCESS;
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
    end_session(client, ZK_CLIENT_CLOSED, ZK_CLIENT_EVENT_CLOSED, ZK_CODE_SESSION_EXPIRED);
    client->is_closing = false;
}

void zk_client_destroy(zk_client_t *client)
{
    call_t *call;

    close_link(client);
    zk_probe_reset(client);
    zk_hosts_drop_lookups(client->hosts);
    while ((call = pop_call(&client->pending)) != NULL)
        free_call(call);
    while ((call = pop_call(&client->waiting)) != NULL)
        free_call(call);
    zk_watches_free(&client->watches);
    zk_buffer_free(&client->in);
    zk_buffer_free(&client->out);
    apr_pollset_destroy(client->pollset);
    apr_pool_destroy(client->link_pool);
}
