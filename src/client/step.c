/* step.c -- one step of a client: what is due is done, then sockets and timers are waited for.
 *
 *   open a link whose turn it is, or take up its lookup -> write -> wait -> connected, or read ->
 *   timers -> the question to another server -> write what all this has queued
 *
 * This is the only place that waits, and the only one that writes to the socket: the other files
 * queue bytes and note times, and a step sees to both.  zk_client_interest lets a caller wait in
 * our place; the step after that is the same.
 *
 * Invariants
 *   1. Callbacks run inside a step, or inside the call that brings them about: closing, forgetting
 * watches, changing the servers, a request to a session that has ended.
 *   2. The socket is registered for what is wanted now; the pollset is told of it before each wait.
 *
 * Facts: upstream ClientCnxn.java: read timeout 2/3 of the session's, a ping when nothing was sent
 * for half of that. */
#include "client/handle.h"

#include <apr_poll.h>
#include <apr_portable.h>

#include "base/plat.h"
#include "client/probe.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum { PING_MS_MAX = 10000, LOOKUP_POLL_MS = 20 };

/* ---- the socket ---- */

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

/* ---- the step ---- */

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
        zk_incoming_read(client);
    check_timers(client);
    zk_probe_step(client, is_probed);
    if (client->socket != NULL)
        write_socket(client);
}

void zk_client_wake(zk_client_t *client)
{
    apr_pollset_wakeup(client->pollset);
}

void zk_client_pause(zk_client_t *client, bool pauses)
{
    client->is_paused = pauses;
}

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
