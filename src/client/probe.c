/* probe.c -- see probe.h.
 *
 * A question has a second socket in the client's pollset and a second for all: name, connection and
 * answer.  Between questions the pause doubles, so that an ensemble that is cut in two for long is
 * not pestered. */
#include "client/probe.h"

#include <string.h>

#include "base/log.h"
#include "base/plat.h"

enum { PAUSE_MS_MIN = 500, PAUSE_MS_MAX = 60000, QUESTION_MS = 1000 };

static bool is_wanted(const zk_client_t *client)
{
    return client->phase == LINK_UP && client->state == ZK_CLIENT_CONNECTED_READ_ONLY &&
           client->hosts->count > 1 && !client->is_closing;
}

static void register_for(zk_probe_t *probe, apr_pollset_t *pollset, apr_int16_t events)
{
    apr_pollfd_t fd = {0};

    fd.desc_type = APR_POLL_SOCKET;
    fd.desc.s = probe->socket;
    if (probe->polled != 0) {
        fd.reqevents = probe->polled;
        apr_pollset_remove(pollset, &fd);
    }
    fd.reqevents = events;
    if (events != 0 && apr_pollset_add(pollset, &fd) != APR_SUCCESS)
        events = 0;
    probe->polled = events;
}

static void end_question(zk_client_t *client)
{
    zk_probe_t *probe = &client->probe;

    if (probe->socket != NULL) {
        register_for(probe, client->pollset, 0);
        apr_socket_close(probe->socket);
    }
    probe->socket = NULL;
    zk_client_lookup_drop(probe->lookup);
    probe->lookup = NULL;
    if (probe->pool != NULL)
        apr_pool_destroy(probe->pool);
    probe->pool = NULL;
}

void zk_probe_reset(zk_client_t *client)
{
    end_question(client);
    client->probe.pause_ms = PAUSE_MS_MIN;
    client->probe.due_ms = plat_monotonic_ms() + PAUSE_MS_MIN;
}

/* The question is answered, or will not be; it is another server's turn, after a pause. */
static void pause_probing(zk_client_t *client)
{
    zk_probe_t *probe = &client->probe;

    end_question(client);
    probe->due_ms = plat_monotonic_ms() + probe->pause_ms;
    probe->pause_ms = probe->pause_ms * 2 < PAUSE_MS_MAX ? probe->pause_ms * 2 : PAUSE_MS_MAX;
}

static void begin_question(zk_client_t *client)
{
    zk_probe_t *probe = &client->probe;
    const zk_host_t *host;

    probe->turn = (probe->turn + 1) % client->hosts->count;
    if (&client->hosts->items[probe->turn] == client->host)
        probe->turn = (probe->turn + 1) % client->hosts->count;
    host = &client->hosts->items[probe->turn];
    apr_pool_create(&probe->pool, client->pool);
    probe->due_ms = plat_monotonic_ms() + QUESTION_MS;
    probe->lookup = zk_client_lookup_start(
        host->name, host->port, client->options.blocks_in_lookup ? NULL : client->pollset);
}

static apr_status_t connect_probe(zk_client_t *client)
{
    zk_probe_t *probe = &client->probe;
    apr_sockaddr_t *address;
    apr_status_t rv = zk_client_lookup_result(probe->lookup, &address);

    if (rv == APR_SUCCESS)
        rv = apr_socket_create(&probe->socket, address->family, SOCK_STREAM, APR_PROTO_TCP,
                               probe->pool);
    if (rv != APR_SUCCESS) {
        probe->socket = NULL;
        return rv;
    }
    apr_socket_timeout_set(probe->socket, 0);
    rv = apr_socket_connect(probe->socket, address);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EINPROGRESS(rv) && !APR_STATUS_IS_EAGAIN(rv))
        return rv;
    register_for(probe, client->pollset, APR_POLLOUT);
    return APR_SUCCESS;
}

/* The socket is ready: to be asked, or to be read.  False when the question has ended, with *WRITES
 * set where the server says so. */
static bool go_on(zk_client_t *client, bool *writes)
{
    zk_probe_t *probe = &client->probe;
    apr_size_t size = 4;
    char answer[4] = {0};

    if (probe->polled == APR_POLLOUT) {
        register_for(probe, client->pollset, APR_POLLIN);
        return zk_link_send(probe->socket, "isro", &size) == APR_SUCCESS && size == 4;
    }
    size = sizeof(answer) - 1;
    if (apr_socket_recv(probe->socket, answer, &size) == APR_SUCCESS && size >= 2)
        *writes = memcmp(answer, "rw", 2) == 0;
    return false;
}

void zk_probe_step(zk_client_t *client, bool ready)
{
    zk_probe_t *probe = &client->probe;
    bool writes = false;
    bool goes_on = true;

    if (!is_wanted(client)) {
        end_question(client);
        return;
    }
    if (probe->lookup == NULL) {
        if (plat_monotonic_ms() < probe->due_ms)
            return;
        begin_question(client);
    }
    if (probe->socket == NULL && zk_client_lookup_is_done(probe->lookup))
        goes_on = connect_probe(client) == APR_SUCCESS;
    else if (probe->socket != NULL && ready)
        goes_on = go_on(client, &writes);
    if (writes) {
        int turn = probe->turn;

        end_question(client);
        client->hosts->next = turn;
        zk_link_lose(client, "another server writes");
    } else if (!goes_on || plat_monotonic_ms() >= probe->due_ms) {
        pause_probing(client);
    }
}

int64_t zk_probe_due_ms(const zk_client_t *client)
{
    return is_wanted(client) ? client->probe.due_ms : INT64_MAX;
}
