/* link.c -- the connection: which server is next, the way to it, and its loss.
 *
 *   link      from -> to                          [function]
 *   DOWN      -> RESOLVING   a server's turn        [zk_link_open]
 *   RESOLVING -> CONNECTING  name resolved         [zk_link_finish_lookup]
 *   RESOLVING -> DOWN        not resolved          [zk_link_lose]
 *   CONNECTING-> HANDSHAKE   connection opened     [begin_handshake]
 *   CONNECTING-> DOWN        no address answers    [zk_link_lose]
 *   HANDSHAKE -> UP          session granted       [zk_client_take_grant]
 *   HANDSHAKE -> DOWN        refused or lost       [zk_link_lose]
 *   UP        -> DOWN        lost, silent too long [zk_link_lose]
 *   any       -> DOWN        closed, expired       [zk_client_end_session]
 *
 * Names are resolved anew at every attempt; all addresses of a name are tried, one after the other,
 * before the next server has its turn.  A lookup that takes longer than a server may take goes on
 * while others are tried, and serves the next attempt at its server: so there is never more than
 * one per server, and a slow name server is waited for in the end.
 *
 * The pause before the next attempt is short and random, so that the clients of a dead server do
 * not all knock at another one at once; after a round in vain it is a whole second.  Losing a link
 * costs the requests what nobody can know of them: see calls.c. */
#include "client/handle.h"

#include <inttypes.h>
#include <string.h>
#include <apr_network_io.h>
#include <apr_poll.h>
#include <apr_portable.h>

#include "base/log.h"
#include "base/plat.h"
#include "client/probe.h"
#include "wire/code.h"

enum { ROUND_DELAY_MS = 1000 };

/* ---- opened ---- */

static void close_socket(zk_client_t *client)
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

int64_t zk_link_connect_timeout_ms(const zk_client_t *client)
{
    return client->timeout_ms / client->hosts->count;
}

static void begin_handshake(zk_client_t *client)
{
    apr_socket_opt_set(client->socket, APR_TCP_NODELAY, 1);
    client->phase = LINK_HANDSHAKE;
    client->heard_at_ms = plat_monotonic_ms();
    client->sent_at_ms = client->heard_at_ms;
    zk_client_greet(client);
}

/* Begin to connect to client->address, without waiting. */
static apr_status_t connect_address(zk_client_t *client)
{
    apr_status_t rv = apr_socket_create(&client->socket, client->address->family, SOCK_STREAM,
                                        APR_PROTO_TCP, client->link_pool);

    if (rv != APR_SUCCESS) {
        client->socket = NULL;
        return rv;
    }
    apr_socket_timeout_set(client->socket, 0);
    client->phase = LINK_CONNECTING;
    client->heard_at_ms = plat_monotonic_ms();
    rv = apr_socket_connect(client->socket, client->address);
    if (rv == APR_SUCCESS)
        begin_handshake(client);
    else if (!APR_STATUS_IS_EINPROGRESS(rv) && !APR_STATUS_IS_EAGAIN(rv))
        return rv;
    return APR_SUCCESS;
}

void zk_link_connect_next(zk_client_t *client, apr_status_t rv)
{
    char text[128];

    while (client->address != NULL && client->address->next != NULL) {
        close_socket(client);
        client->address = client->address->next;
        rv = connect_address(client);
        if (rv == APR_SUCCESS)
            return;
    }
    zk_link_lose(client, zk_status_text(rv, text, sizeof(text)));
}

void zk_link_open(zk_client_t *client)
{
    zk_host_t *host = zk_hosts_take(client->hosts);

    client->host = host;
    client->tried++;
    client->phase = LINK_RESOLVING;
    client->heard_at_ms = plat_monotonic_ms();
    if (host->lookup == NULL)
        host->lookup = zk_client_lookup_start(
            host->name, host->port, client->options.blocks_in_lookup ? NULL : client->pollset);
    zk_link_finish_lookup(client);
}

void zk_link_finish_lookup(zk_client_t *client)
{
    apr_status_t rv;

    if (!zk_client_lookup_is_done(client->host->lookup))
        return;
    client->lookup = client->host->lookup;
    client->host->lookup = NULL;
    rv = zk_client_lookup_result(client->lookup, &client->address);
    if (rv == APR_SUCCESS)
        rv = connect_address(client);
    if (rv != APR_SUCCESS)
        zk_link_connect_next(client, rv);
}

void zk_link_finish_connect(zk_client_t *client)
{
    apr_os_sock_t os_socket;
    int error = 0;
    socklen_t size = sizeof(error);

    apr_os_sock_get(&os_socket, client->socket);
    if (getsockopt(os_socket, SOL_SOCKET, SO_ERROR, (void *)&error, &size) != 0)
        error = apr_get_netos_error();
    if (error == 0)
        begin_handshake(client);
    else
        zk_link_connect_next(client, APR_FROM_OS_ERROR(error));
}

/* ---- lost and closed ---- */

void zk_link_close(zk_client_t *client)
{
    close_socket(client);
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

void zk_link_lose(zk_client_t *client, const char *why)
{
    link_phase_t phase = client->phase;
    uint64_t delay = zk_random_below(&client->random, ROUND_DELAY_MS / 4);

    zk_link_close(client);
    if (client->is_closing)
        return;
    zk_warn("session 0x%" PRIx64 ", server %s:%u: %s, reconnecting", (uint64_t)client->session_id,
            client->host->name, (unsigned)client->host->port, why);
    client->state = ZK_CLIENT_CONNECTING;
    if (phase == LINK_UP) {
        zk_events_tell_session(client, ZK_CLIENT_EVENT_DISCONNECTED);
        zk_calls_fail(client, ZK_CODE_CONNECTION_LOSS);
    } else if (client->tried % client->hosts->count == 0) {
        client->failed_rounds++;
        delay = ROUND_DELAY_MS;
        zk_calls_fail_unsent(client, ZK_CODE_CONNECTION_LOSS);
    }
    client->retry_at_ms = plat_monotonic_ms() + (int64_t)delay;
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

/* ---- the list of servers ---- */

static zk_host_t *find_host(const zk_hosts_t *hosts, const zk_host_t *wanted)
{
    int i;

    for (i = 0; wanted != NULL && i < hosts->count; i++) {
        if (hosts->items[i].port == wanted->port && strcmp(hosts->items[i].name, wanted->name) == 0)
            return &hosts->items[i];
    }
    return NULL;
}

/* Whether this client, served by one of OLD_COUNT servers, is among those that move when there are
 * NEW_COUNT: as many as it takes for all servers to have the same share. */
static bool has_to_move(zk_client_t *client, int old_count, int new_count)
{
    return new_count > old_count &&
           zk_random_below(&client->random, (uint64_t)new_count) >= (uint64_t)old_count;
}

apr_status_t zk_client_set_servers(zk_client_t *client, const char *connect, bool shuffle,
                                   zk_note_t *note)
{
    apr_pool_t *pool;
    zk_hosts_t *hosts;
    zk_host_t *host;
    apr_status_t rv;

    apr_pool_create(&pool, client->pool);
    rv = zk_hosts_parse(&hosts, connect, pool, note);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return rv;
    }
    if (shuffle)
        zk_hosts_shuffle(hosts, &client->random);
    hosts->chroot = client->hosts->chroot;
    host = find_host(hosts, client->host);
    if (client->phase != LINK_DOWN &&
        (host == NULL || has_to_move(client, client->hosts->count, hosts->count)))
        zk_link_lose(client, "the list of servers has changed");
    if (client->phase == LINK_RESOLVING) {
        host->lookup = client->host->lookup;
        client->host->lookup = NULL;
    }
    zk_hosts_drop_lookups(client->hosts);
    zk_probe_reset(client); /* its turn was one of the old list */
    client->probe.turn = 0;
    client->hosts = hosts;
    client->host = host;
    client->tried = 0;
    if (client->phase == LINK_DOWN)
        client->retry_at_ms = plat_monotonic_ms(); /* these may answer: no pause */
    if (client->hosts_pool != NULL)
        apr_pool_destroy(client->hosts_pool);
    client->hosts_pool = pool;
    return APR_SUCCESS;
}

void zk_client_next_server(zk_client_t *client)
{
    zk_hosts_take(client->hosts);
}

int zk_client_failed_rounds(const zk_client_t *client)
{
    return client->failed_rounds;
}

const zk_host_t *zk_client_server(const zk_client_t *client)
{
    return client->host;
}

apr_sockaddr_t *zk_client_address(const zk_client_t *client)
{
    return client->phase == LINK_UP ? client->address : NULL;
}
