/* script.c -- the server of script.h. */
#include "script.h"

#include <string.h>
#include <apr_network_io.h>
#include <apr_thread_mutex.h>
#include <apr_time.h>

#include "base/plat.h"
#include "lib/zk_test.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum { FRAME_MAX = 4 * 1024 * 1024, WAIT_MS = 10000, SESSION = 0x1234, TIMEOUT_MS = 6000 };

static apr_pool_t *pool;
static script_options_t options;
static script_seen_t seen;
static apr_thread_mutex_t *lock; /* guards all that follows, seen, and writing */
static apr_socket_t *connection;
static bool stopping;
static apr_socket_t *listener;
static apr_port_t port;
static plat_thread_t thread;
static zk_buffer_t input;

static void lock_all(void)
{
    apr_thread_mutex_lock(lock);
}

static void unlock_all(void)
{
    apr_thread_mutex_unlock(lock);
}

static void send_all(apr_socket_t *socket, const zk_buffer_t *out)
{
    size_t sent = 0;

    while (sent < zk_buffer_size(out)) {
        apr_size_t size = zk_buffer_size(out) - sent;

        if (apr_socket_send(socket, (const char *)zk_buffer_bytes(out) + sent, &size) !=
            APR_SUCCESS)
            return;
        sent += size;
    }
}

static void greet(apr_socket_t *socket, zk_reader_t *reader)
{
    zk_connect_request_t request;
    zk_connect_response_t response = {0, TIMEOUT_MS, SESSION, {"sixteen bytes ..", 16}, false};
    bool has_read_only;
    zk_buffer_t out = ZK_BUFFER_INIT;
    size_t mark = zk_frame_begin(&out);

    if (!zk_connect_request_decode(&request, &has_read_only, reader))
        return;
    lock_all();
    seen.connections++;
    seen.session_asked = request.session_id;
    if (options.refuse_from > 0 && seen.connections >= options.refuse_from) {
        response.time_out = 0;
        response.session_id = 0;
    }
    response.read_only = options.is_read_only;
    zk_connect_response_encode(&response, has_read_only, &out);
    zk_frame_end(&out, mark);
    connection = socket;
    send_all(socket, &out);
    unlock_all();
    zk_buffer_free(&out);
}

static void count_watches(int32_t opcode, zk_reader_t *reader)
{
    int lists = opcode == ZK_OP_SET_WATCHES2 ? 5 : 3;
    int32_t bytes = (int32_t)zk_reader_left(reader);

    zk_read_long(reader);
    lock_all();
    seen.watch_frames++;
    if (bytes > seen.watch_frame_bytes)
        seen.watch_frame_bytes = bytes;
    while (lists-- > 0) {
        int32_t count = zk_read_int(reader);

        for (; count > 0 && !reader->failed; count--) {
            zk_read_str(reader);
            seen.watch_paths++;
        }
    }
    unlock_all();
}

/* False: the connection is to be closed. */
static bool answer(apr_socket_t *socket, zk_reader_t *reader)
{
    int32_t xid = zk_read_int(reader);
    int32_t opcode = zk_read_int(reader);
    script_verdict_t verdict = SCRIPT_ANSWER;
    zk_buffer_t body = ZK_BUFFER_INIT;
    zk_buffer_t out = ZK_BUFFER_INIT;
    int32_t code = 0;
    size_t mark;

    if (xid == ZK_XID_SET_WATCHES) {
        count_watches(opcode, reader);
    } else if (xid == ZK_XID_AUTH) {
        lock_all();
        seen.auths++;
        unlock_all();
        code = options.auth_code;
    } else if (xid != ZK_XID_PING) {
        lock_all();
        seen.requests++;
        seen.last_opcode = opcode;
        unlock_all();
        if (options.handler != NULL && opcode != ZK_OP_CLOSE_SESSION)
            verdict = options.handler(opcode, reader, &code, &body);
    }
    if (verdict == SCRIPT_ANSWER) {
        mark = zk_frame_begin(&out);
        zk_reply_header_encode(&out, xid, 7, code);
        zk_buffer_append(&out, zk_buffer_bytes(&body), zk_buffer_size(&body));
        zk_frame_end(&out, mark);
        lock_all();
        send_all(socket, &out);
        unlock_all();
    }
    zk_buffer_free(&out);
    zk_buffer_free(&body);
    return verdict != SCRIPT_DROP;
}

/* Read one frame and deal with it; false at the end of the connection. */
static bool serve_frame(apr_socket_t *socket, bool *is_greeted)
{
    zk_frame_t frame;
    zk_reader_t reader;
    bool going = true;

    while (zk_frame_scan(&frame, zk_buffer_bytes(&input), zk_buffer_size(&input), FRAME_MAX) !=
           ZK_FRAME_WHOLE) {
        apr_size_t size = 65536;
        uint8_t *at = zk_buffer_extend(&input, size);
        apr_status_t rv = apr_socket_recv(socket, (char *)at, &size);

        input.length -= 65536 - size;
        if (rv != APR_SUCCESS || size == 0)
            return false;
    }
    reader = zk_frame_reader(&frame);
    if (*is_greeted)
        going = answer(socket, &reader);
    else
        greet(socket, &reader);
    *is_greeted = true;
    zk_buffer_consume(&input, frame.bytes);
    return going;
}

static bool is_stopping(void)
{
    bool stop;

    lock_all();
    stop = stopping;
    unlock_all();
    return stop;
}

static void serve(void *baton)
{
    (void)baton;
    while (!is_stopping()) {
        apr_socket_t *socket;
        bool is_greeted = false;

        if (apr_socket_accept(&socket, listener, pool) != APR_SUCCESS)
            continue;
        apr_socket_timeout_set(socket, -1);
        zk_buffer_clear(&input);
        while (serve_frame(socket, &is_greeted))
            ;
        lock_all();
        connection = NULL;
        apr_socket_close(socket);
        unlock_all();
    }
}

int script_start(const script_options_t *wanted)
{
    apr_sockaddr_t *address;

    options = *wanted;
    memset(&seen, 0, sizeof(seen));
    stopping = false;
    connection = NULL;
    input = ZK_BUFFER_INIT;
    apr_pool_create(&pool, NULL);
    apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, pool);
    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, 0, 0, pool);
    CU_ASSERT_EQUAL_FATAL(apr_socket_create(&listener, APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_bind(listener, address), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_listen(listener, 5), APR_SUCCESS);
    apr_socket_addr_get(&address, APR_LOCAL, listener);
    port = address->port;
    CU_ASSERT_EQUAL_FATAL(plat_thread_start(&thread, serve, NULL), APR_SUCCESS);
    return port;
}

script_seen_t script_seen(void)
{
    script_seen_t copy;

    lock_all();
    copy = seen;
    unlock_all();
    return copy;
}

void script_event(int32_t type, const char *path)
{
    zk_watcher_event_t event = {type, ZK_STATE_SYNC_CONNECTED, zk_str(path)};
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_frame_append_reply(&out, ZK_XID_NOTIFICATION, 42, 0, &zk_record_watcher_event, &event);
    lock_all();
    if (connection != NULL)
        send_all(connection, &out);
    unlock_all();
    zk_buffer_free(&out);
}

void script_drop(void)
{
    lock_all();
    if (connection != NULL)
        apr_socket_shutdown(connection, APR_SHUTDOWN_READWRITE);
    unlock_all();
}

/* Let the thread come back from accept, which on some systems knows no time limit. */
static void knock(void)
{
    apr_sockaddr_t *address;
    apr_socket_t *socket;

    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, port, 0, pool);
    if (apr_socket_create(&socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool) != APR_SUCCESS)
        return;
    apr_socket_connect(socket, address);
    apr_socket_close(socket);
}

void script_stop(void)
{
    lock_all();
    stopping = true;
    unlock_all();
    script_drop();
    knock();
    plat_thread_join(thread);
    apr_socket_close(listener);
    zk_buffer_free(&input);
    apr_pool_destroy(pool);
}

bool script_wait(bool (*condition)(void))
{
    int64_t end = plat_monotonic_ms() + WAIT_MS;

    while (!condition()) {
        if (plat_monotonic_ms() >= end)
            return false;
        apr_sleep(2000);
    }
    return true;
}
