/* conn.c -- one connection: bytes become frames, answers become bytes, and every way it can end.
 *
 * Reading: one recv into the buffer that all connections share; frames are cut in place and handed
 * out as views.  Only a frame that is not yet whole, or frames that must wait because the
 * connection is paused, are copied into its own buffer.  Memory grows with bytes that came, never
 * with a length that was merely announced.
 *
 * Writing: answers gather in the connection's buffer; one send per pass.  Only when it is cut short
 * does the pollset learn that we wait to write.  A peer that does not read its answers is not read
 * from either, above a ceiling.
 *
 * Ending: after our last byte we shut down the sending side and drain, bounded in bytes and time,
 * what the peer still sends.  Closing a socket with unread input would send a reset, which can
 * destroy our last bytes on their way.
 *
 * Reading interest is withdrawn lazily: a paused connection stays registered until it really has
 * input, since most pauses end before that.
 *
 * Facts: upstream NIOServerCnxn.java (readLength, checkFourLetterWord, closeSock); protocol notes,
 * sections 2 and 3. */
#include "net/net_internal.h"

#include <string.h>

#include <apr_portable.h>

#include "base/log.h"
#include "net/stream.h"
#include "wire/frame.h"

#define SLOTS_FIRST 64
/* The one word that has an argument: "stmk" and eight bytes. */
#define WORD_SET_TRACE_MASK 0x73746d6bu
#define WORD_ARGUMENT_BYTES 8

/* ---- slots ---- */

uint64_t zk_conn_number(const zk_conn_t *conn)
{
    return (uint64_t)conn->generation << 32 | conn->slot;
}

zk_conn_t *zk_conn_find(const zk_net_t *net, uint64_t client)
{
    uint32_t slot = (uint32_t)client;
    zk_conn_t *conn;

    if (slot >= net->slots_used)
        return NULL;
    conn = net->slots[slot];
    if (conn->state == ZK_CONN_FREE || conn->generation != (uint32_t)(client >> 32))
        return NULL;
    return conn;
}

/* As above, but only while its user may still talk to it. */
static zk_conn_t *find_open(const zk_net_t *net, uint64_t client)
{
    zk_conn_t *conn = zk_conn_find(net, client);

    return conn != NULL && conn->state == ZK_CONN_OPEN ? conn : NULL;
}

static zk_conn_t *take_slot(zk_net_t *net)
{
    zk_conn_t *conn;

    if (net->free_count > 0)
        return net->slots[net->free_slots[--net->free_count]];
    if (net->slots_used == net->slots_capacity) {
        net->slots_capacity = net->slots_capacity > 0 ? net->slots_capacity * 2 : SLOTS_FIRST;
        net->slots = zk_realloc(net->slots, net->slots_capacity * sizeof(zk_conn_t *));
        net->free_slots = zk_realloc(net->free_slots, net->slots_capacity * sizeof(uint32_t));
    }
    conn = zk_calloc(1, sizeof(*conn));
    conn->kind = ZK_NET_KIND_CONN;
    conn->slot = net->slots_used;
    conn->generation = 1;
    net->slots[net->slots_used++] = conn;
    return conn;
}

void zk_conn_release(zk_net_t *net, zk_conn_t *conn)
{
    ZK_ASSERT(conn->state == ZK_CONN_BROKEN && conn->told);
    ZK_ASSERT(!conn->registered && conn->timers == NULL);
    conn->state = ZK_CONN_FREE;
    conn->generation = conn->generation == UINT32_MAX ? 1 : conn->generation + 1;
    net->free_slots[net->free_count++] = conn->slot;
}

/* ---- buffers: warm ones go round ---- */

static void take_buffer(zk_net_t *net, zk_buffer_t *buffer)
{
    if (buffer->data == NULL && net->spares_count > 0)
        *buffer = net->spares[--net->spares_count];
}

static void give_buffer(zk_net_t *net, zk_buffer_t *buffer)
{
    zk_buffer_clear(buffer);
    if (buffer->data == NULL)
        return;
    if (net->spares_count < ZK_NET_SPARES_MAX && buffer->capacity <= ZK_NET_SPARE_BYTES_MAX) {
        net->spares[net->spares_count++] = *buffer;
        *buffer = ZK_BUFFER_INIT;
        return;
    }
    zk_buffer_free(buffer);
}

/* ---- counts by address ---- */

static zk_str_t address_key(const zk_net_address_t *address)
{
    return zk_str_n((const char *)address->bytes, sizeof(address->bytes));
}

int32_t zk_conn_count_from(const zk_net_t *net, const zk_net_address_t *address)
{
    return (int32_t)(intptr_t)zk_map_str_get(&net->by_address, address_key(address));
}

static void count_in(zk_net_t *net, const zk_conn_t *conn)
{
    intptr_t count = zk_conn_count_from(net, &conn->address) + 1;

    net->count++;
    zk_map_str_set(&net->by_address, address_key(&conn->address), (void *)count);
}

static void count_out(zk_net_t *net, const zk_conn_t *conn)
{
    intptr_t count = zk_conn_count_from(net, &conn->address) - 1;

    ZK_ASSERT(net->count > 0 && count >= 0);
    net->count--;
    if (count == 0)
        zk_map_str_remove(&net->by_address, address_key(&conn->address));
    else
        zk_map_str_set(&net->by_address, address_key(&conn->address), (void *)count);
}

/* ---- timers ---- */

void zk_conn_set_timer(zk_conn_t *conn, zk_conn_timers_t *timers, int64_t deadline_ms)
{
    zk_conn_timers_t *old = conn->timers;

    if (old != NULL) {
        if (conn->timer_prev != NULL)
            conn->timer_prev->timer_next = conn->timer_next;
        else
            old->first = conn->timer_next;
        if (conn->timer_next != NULL)
            conn->timer_next->timer_prev = conn->timer_prev;
        else
            old->last = conn->timer_prev;
    }
    conn->timer_prev = conn->timer_next = NULL;
    conn->timers = timers;
    conn->deadline_ms = deadline_ms;
    if (timers == NULL)
        return;
    conn->timer_prev = timers->last;
    if (timers->last != NULL)
        timers->last->timer_next = conn;
    else
        timers->first = conn;
    timers->last = conn;
}

/* ---- what the pollset watches ---- */

/* Watch for EVENTS; 0 still reports that the connection broke. */
static apr_status_t watch(zk_net_t *net, zk_conn_t *conn, apr_int16_t events)
{
    apr_status_t rv;

    if (conn->registered && conn->poll.reqevents == events)
        return APR_SUCCESS;
    if (conn->registered) {
        (void)apr_pollset_remove(net->pollset, &conn->poll);
        conn->registered = false;
    }
    conn->poll.reqevents = events;
    rv = apr_pollset_add(net->pollset, &conn->poll);
    conn->registered = rv == APR_SUCCESS;
    return rv;
}

static void unwatch(zk_net_t *net, zk_conn_t *conn)
{
    if (conn->registered)
        (void)apr_pollset_remove(net->pollset, &conn->poll);
    conn->registered = false;
}

static void mark_dirty(zk_net_t *net, zk_conn_t *conn)
{
    if (conn->in_dirty)
        return;
    conn->in_dirty = true;
    zk_net_list_push(&net->dirty, zk_conn_number(conn));
}

static void mark_ready(zk_net_t *net, zk_conn_t *conn)
{
    if (conn->in_ready)
        return;
    conn->in_ready = true;
    zk_net_list_push(&net->ready, zk_conn_number(conn));
}

/* Close without the output that waits.  Safe inside a handler that still looks at CONN's input:
 * what frees that happens at the next flush. */
static void abandon(zk_net_t *net, zk_conn_t *conn)
{
    if (conn->state != ZK_CONN_OPEN && conn->state != ZK_CONN_CLOSING)
        return;
    give_buffer(net, &conn->out);
    conn->blocked = false;
    conn->state = ZK_CONN_CLOSING;
    mark_dirty(net, conn);
}

/* Change the watched bits; a pollset that refuses has lost the connection for us. */
static void set_interest(zk_net_t *net, zk_conn_t *conn, apr_int16_t add, apr_int16_t drop)
{
    apr_int16_t events = (apr_int16_t)((conn->poll.reqevents | add) & ~drop);

    if (watch(net, conn, events) != APR_SUCCESS)
        abandon(net, conn);
}

/* ---- birth and the ways to end ---- */

apr_status_t zk_conn_open(zk_net_t *net, apr_socket_t *accepted, const zk_net_address_t *address,
                          uint16_t port)
{
    apr_os_sock_t nobody = (apr_os_sock_t)-1;
    apr_os_sock_t descriptor;
    char text[ZK_NET_ADDRESS_BYTES];
    zk_conn_t *conn = take_slot(net);
    apr_status_t rv = apr_os_sock_get(&descriptor, accepted);

    ZK_ASSERT(conn->state == ZK_CONN_FREE && conn->in.data == NULL && conn->out.data == NULL);
    if (rv == APR_SUCCESS)
        rv = apr_os_sock_put(&conn->socket, &descriptor, net->pool);
    if (rv == APR_SUCCESS)
        rv = apr_socket_timeout_set(conn->socket, 0);
    if (rv == APR_SUCCESS) {
        conn->poll.p = net->pool;
        conn->poll.desc_type = APR_POLL_SOCKET;
        conn->poll.desc.s = conn->socket;
        conn->poll.client_data = conn;
        rv = watch(net, conn, APR_POLLIN);
    }
    if (rv != APR_SUCCESS) {
        net->free_slots[net->free_count++] = conn->slot;
        return rv;
    }
    (void)apr_os_sock_put(&accepted, &nobody, net->accept_scratch);
    conn->state = ZK_CONN_OPEN;
    conn->drained_bytes = 0;
    conn->address = *address;
    conn->port = port;
    conn->checked = conn->word = conn->paused = conn->stalled = conn->blocked = false;
    conn->input_ended = conn->told = conn->in_dirty = conn->in_ready = false;
    count_in(net, conn);
    if (net->options.sessionless_timeout_ms > 0)
        zk_conn_set_timer(conn, &net->sessionless,
                          net->now_ms + net->options.sessionless_timeout_ms);
    zk_net_address_print(&conn->address, text);
    zk_debug("Accepted socket connection from /%s:%u", text, conn->port);
    net->handlers.opened(net->handlers.baton, zk_conn_number(conn), zk_str(text), conn->port);
    return APR_SUCCESS;
}

/* Everything of an OPEN or CLOSING connection that is no longer needed once nobody talks to it. */
static void retire(zk_net_t *net, zk_conn_t *conn, zk_net_gone_t why)
{
    ZK_ASSERT(conn->state == ZK_CONN_OPEN || conn->state == ZK_CONN_CLOSING);
    count_out(net, conn);
    give_buffer(net, &conn->in);
    give_buffer(net, &conn->out);
    zk_conn_set_timer(conn, NULL, 0);
    conn->why = why;
    zk_net_list_push(&net->gone, zk_conn_number(conn));
}

void zk_conn_drop(zk_net_t *net, zk_conn_t *conn, zk_net_gone_t why)
{
    if (conn->state == ZK_CONN_LINGER) {
        zk_conn_end_linger(net, conn);
        return;
    }
    if (conn->state == ZK_CONN_CLOSING)
        why = ZK_NET_GONE_OURS;
    if (why == ZK_NET_GONE_PEER)
        net->dropped++;
    retire(net, conn, why);
    unwatch(net, conn);
    zk_stream_close(conn);
    conn->state = ZK_CONN_BROKEN;
}

/* All is written: say so to the peer and wait a little for its own end. */
static void begin_linger(zk_net_t *net, zk_conn_t *conn)
{
    bool ended = conn->input_ended;

    retire(net, conn, ZK_NET_GONE_OURS);
    conn->state = ZK_CONN_LINGER;
    zk_stream_end(conn);
    zk_conn_set_timer(conn, &net->lingering, net->now_ms + ZK_NET_LINGER_MS);
    if (ended || watch(net, conn, APR_POLLIN) != APR_SUCCESS)
        zk_conn_end_linger(net, conn);
}

void zk_conn_end_linger(zk_net_t *net, zk_conn_t *conn)
{
    ZK_ASSERT(conn->state == ZK_CONN_LINGER);
    zk_conn_set_timer(conn, NULL, 0);
    unwatch(net, conn);
    zk_stream_close(conn);
    conn->state = ZK_CONN_BROKEN;
    if (conn->told)
        zk_conn_release(net, conn);
}

/* ---- reading ---- */

/* The first four bytes: a four-letter word, or a length like any other.  Returns false when more
 * bytes must come before that is known. */
static bool check_word(zk_net_t *net, zk_conn_t *conn, const uint8_t *data, size_t size)
{
    uint32_t word;
    size_t argument;

    if (size < ZK_FRAME_PREFIX_BYTES)
        return false;
    word = zk_get_u32(data);
    argument = size - ZK_FRAME_PREFIX_BYTES;
    if (argument > WORD_ARGUMENT_BYTES)
        argument = WORD_ARGUMENT_BYTES;
    if (net->handlers.word(net->handlers.baton, zk_conn_number(conn), word,
                           zk_str_n((const char *)data + ZK_FRAME_PREFIX_BYTES, argument))) {
        conn->word = true;
        return true;
    }
    if (word == WORD_SET_TRACE_MASK && argument < WORD_ARGUMENT_BYTES)
        return false;
    conn->checked = true;
    return true;
}

static void refuse_frame(zk_net_t *net, zk_conn_t *conn, int32_t length)
{
    char text[ZK_NET_ADDRESS_BYTES];

    zk_net_address_print(&conn->address, text);
    zk_warn("Len error. A message from /%s:%u with advertised length of %d is either a malformed "
            "message or too "
            "large to process (length is greater than jute.maxbuffer=%d)",
            text, conn->port, (int)length, (int)net->options.frame_bytes_max);
    zk_conn_drop(net, conn, ZK_NET_GONE_BAD_FRAME);
}

static bool may_deliver(const zk_conn_t *conn)
{
    return conn->state == ZK_CONN_OPEN && !conn->paused && !conn->stalled && !conn->word;
}

/* Hand out the whole frames among SIZE bytes at DATA; returns how many bytes are done with. */
static size_t deliver(zk_net_t *net, zk_conn_t *conn, const uint8_t *data, size_t size)
{
    uint64_t client = zk_conn_number(conn);
    size_t used = 0;
    zk_frame_t frame;

    if (!conn->checked && may_deliver(conn) && !check_word(net, conn, data, size))
        return 0;
    while (used < size && may_deliver(conn)) {
        zk_frame_scan_t found =
            zk_frame_scan(&frame, data + used, size - used, net->options.frame_bytes_max);

        if (found == ZK_FRAME_PARTIAL)
            break;
        if (found == ZK_FRAME_REFUSED) {
            refuse_frame(net, conn, frame.length);
            return size;
        }
        used += frame.bytes;
        net->handlers.frame(net->handlers.baton, client,
                            zk_str_n((const char *)frame.body, (size_t)frame.length));
    }
    return conn->word ? size : used;
}

/* Deliver from the connection's own buffer and give it back when it is empty. */
void zk_conn_deliver_waiting(zk_net_t *net, zk_conn_t *conn)
{
    size_t size = zk_buffer_size(&conn->in);
    size_t used = size > 0 ? deliver(net, conn, zk_buffer_bytes(&conn->in), size) : 0;

    if (conn->state != ZK_CONN_OPEN) /* then its buffers are given back, or will be */
        return;
    zk_buffer_consume(&conn->in, used);
    if (zk_buffer_size(&conn->in) == 0)
        give_buffer(net, &conn->in);
}

static void read_open(zk_net_t *net, zk_conn_t *conn)
{
    size_t size = ZK_NET_READ_BYTES;
    size_t used;
    apr_status_t rv = zk_stream_receive(conn, net->input, &size);

    if (rv != APR_SUCCESS) {
        if (!APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv))
            zk_conn_drop(net, conn, ZK_NET_GONE_PEER);
        return;
    }
    net->bytes_received += (int64_t)size;
    if (zk_buffer_size(&conn->in) > 0) {
        zk_buffer_append(&conn->in, net->input, size);
        zk_conn_deliver_waiting(net, conn);
        return;
    }
    used = deliver(net, conn, net->input, size);
    if (used < size && conn->state == ZK_CONN_OPEN) {
        take_buffer(net, &conn->in);
        zk_buffer_append(&conn->in, net->input + used, size - used);
    }
}

/* Input of a connection that we are closing means nothing any more. */
static void drain(zk_net_t *net, zk_conn_t *conn)
{
    size_t size = ZK_NET_READ_BYTES;
    apr_status_t rv = zk_stream_receive(conn, net->input, &size);

    if (rv == APR_SUCCESS)
        conn->drained_bytes += (int64_t)size;
    else if (APR_STATUS_IS_EAGAIN(rv) || APR_STATUS_IS_EINTR(rv))
        return;
    if (rv == APR_SUCCESS && conn->drained_bytes <= ZK_NET_LINGER_BYTES_MAX)
        return;
    conn->input_ended = true;
    if (conn->state == ZK_CONN_LINGER)
        zk_conn_end_linger(net, conn);
    else
        set_interest(net, conn, 0, APR_POLLIN);
}

static void on_readable(zk_net_t *net, zk_conn_t *conn)
{
    if (conn->state == ZK_CONN_LINGER || conn->state == ZK_CONN_CLOSING)
        drain(net, conn);
    else if (conn->paused || conn->stalled)
        set_interest(net, conn, 0, APR_POLLIN);
    else
        read_open(net, conn);
}

void zk_conn_event(zk_net_t *net, zk_conn_t *conn, apr_int16_t events)
{
    const apr_int16_t broken = APR_POLLERR | APR_POLLHUP | APR_POLLNVAL;
    bool reading = conn->registered && (conn->poll.reqevents & APR_POLLIN) != 0;

    if (!conn->registered)
        return;
    if ((events & APR_POLLOUT) != 0 && conn->state != ZK_CONN_LINGER)
        zk_conn_flush(net, conn);
    if (!conn->registered)
        return;
    if (reading && (events & (APR_POLLIN | broken)) != 0)
        on_readable(net, conn);
    else if ((events & broken) != 0 && conn->state != ZK_CONN_BROKEN)
        zk_conn_drop(net, conn, ZK_NET_GONE_PEER);
}

/* ---- writing ---- */

void zk_net_send(zk_net_t *net, uint64_t client, const void *bytes, size_t size)
{
    zk_conn_t *conn = find_open(net, client);
    size_t gathered;

    if (conn == NULL || size == 0)
        return;
    gathered = zk_buffer_size(&conn->out);
    if (size > ZK_NET_OUTPUT_HARD_MAX || gathered > ZK_NET_OUTPUT_HARD_MAX - size) {
        zk_warn("connection 0x%llx reads none of its answers: closed", (unsigned long long)client);
        abandon(net, conn);
        return;
    }
    take_buffer(net, &conn->out);
    zk_buffer_append(&conn->out, bytes, size);
    if (net->options.output_bytes_max > 0 && gathered + size > net->options.output_bytes_max)
        conn->stalled = true;
    mark_dirty(net, conn);
}

/* Output fell below half of its ceiling: read again. */
static void unstall(zk_net_t *net, zk_conn_t *conn)
{
    conn->stalled = false;
    if (conn->state != ZK_CONN_OPEN || conn->paused)
        return;
    if (zk_buffer_size(&conn->in) > 0)
        mark_ready(net, conn);
    set_interest(net, conn, APR_POLLIN, 0);
}

void zk_conn_flush(zk_net_t *net, zk_conn_t *conn)
{
    size_t left = zk_buffer_size(&conn->out);

    if (conn->state != ZK_CONN_OPEN && conn->state != ZK_CONN_CLOSING)
        return;
    if (left > 0) {
        size_t size = left;
        apr_status_t rv = zk_stream_send(conn, zk_buffer_bytes(&conn->out), &size);

        if (rv != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv)) {
            zk_conn_drop(net, conn, ZK_NET_GONE_PEER);
            return;
        }
        if (rv != APR_SUCCESS)
            size = 0;
        zk_buffer_consume(&conn->out, size);
        left -= size;
        if (size > 0 && conn->timers == &net->closing)
            zk_conn_set_timer(conn, &net->closing, net->now_ms + ZK_NET_CLOSE_STALL_MS);
    }
    if (conn->stalled && left <= net->options.output_bytes_max / 2)
        unstall(net, conn);
    if (conn->state != ZK_CONN_OPEN && conn->state != ZK_CONN_CLOSING)
        return;
    if (left > 0) {
        conn->blocked = true;
        set_interest(net, conn, APR_POLLOUT, 0);
        return;
    }
    give_buffer(net, &conn->out);
    conn->blocked = false;
    if (conn->state == ZK_CONN_CLOSING)
        begin_linger(net, conn);
    else
        set_interest(net, conn, 0, APR_POLLOUT);
}

/* ---- what the user asks for ---- */

void zk_net_close(zk_net_t *net, uint64_t client)
{
    zk_conn_t *conn = find_open(net, client);

    if (conn == NULL)
        return;
    conn->state = ZK_CONN_CLOSING;
    zk_conn_set_timer(conn, &net->closing, net->now_ms + ZK_NET_CLOSE_STALL_MS);
    mark_dirty(net, conn);
}

void zk_net_pause(zk_net_t *net, uint64_t client)
{
    zk_conn_t *conn = find_open(net, client);

    if (conn != NULL)
        conn->paused = true;
}

void zk_net_resume(zk_net_t *net, uint64_t client)
{
    zk_conn_t *conn = find_open(net, client);

    if (conn == NULL || !conn->paused)
        return;
    conn->paused = false;
    if (conn->stalled)
        return;
    if (zk_buffer_size(&conn->in) > 0)
        mark_ready(net, conn);
    set_interest(net, conn, APR_POLLIN, 0);
}

void zk_net_set_established(zk_net_t *net, uint64_t client)
{
    zk_conn_t *conn = find_open(net, client);

    if (conn != NULL && conn->timers == &net->sessionless)
        zk_conn_set_timer(conn, NULL, 0);
}

uint16_t zk_net_peer_port(const zk_net_t *net, uint64_t client)
{
    const zk_conn_t *conn = zk_conn_find(net, client);

    return conn != NULL ? conn->port : 0;
}

bool zk_net_peer_address(const zk_net_t *net, uint64_t client, char text[ZK_NET_ADDRESS_BYTES])
{
    const zk_conn_t *conn = zk_conn_find(net, client);

    if (conn == NULL)
        return false;
    zk_net_address_print(&conn->address, text);
    return true;
}

unsigned zk_net_interest(const zk_net_t *net, uint64_t client)
{
    const zk_conn_t *conn = zk_conn_find(net, client);
    unsigned interest = 0;

    if (conn == NULL)
        return 0;
    if (may_deliver(conn))
        interest |= 1u;
    if (zk_buffer_size(&conn->out) > 0)
        interest |= 2u;
    return interest;
}
