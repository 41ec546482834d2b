/* link.c -- which server is next, and the way to it.
 *
 * Names are resolved anew at every attempt; all addresses of a name are tried, one after the other,
 * before the next server has its turn.  A lookup that takes longer than a server may take goes on
 * while others are tried, and serves the next attempt at its server: so there is never more than
 * one per server, and a slow name server is waited for in the end. */
#include "client/handle.h"

#include <string.h>
#include <apr_portable.h>

#include "base/plat.h"
#include "client/probe.h"

int64_t zk_link_connect_timeout_ms(const zk_client_t *client)
{
    return client->timeout_ms / client->hosts->count;
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
        zk_link_begin_handshake(client);
    else if (!APR_STATUS_IS_EINPROGRESS(rv) && !APR_STATUS_IS_EAGAIN(rv))
        return rv;
    return APR_SUCCESS;
}

void zk_link_connect_next(zk_client_t *client, apr_status_t rv)
{
    char text[128];

    while (client->address != NULL && client->address->next != NULL) {
        zk_link_close_socket(client);
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
        zk_link_begin_handshake(client);
    else
        zk_link_connect_next(client, APR_FROM_OS_ERROR(error));
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

const zk_host_t *zk_client_server(const zk_client_t *client)
{
    return client->host;
}

apr_sockaddr_t *zk_client_address(const zk_client_t *client)
{
    return client->phase == LINK_UP ? client->address : NULL;
}
