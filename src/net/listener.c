/* listener.c -- listening sockets, accepting, and who is turned away at the door.
 *
 * "Every address" means both families: one IPv6 socket that takes IPv4 too, or an IPv4 one where
 * the machine has no IPv6.  Limits are checked before a connection gets a slot; one that is refused
 * is closed without a byte, four-letter words included.  Some descriptors are never given to
 * clients, or the next log file could not be opened, and that ends the server.  When accept itself
 * fails the listener rests for a moment instead of spinning.
 *
 * An accepted socket is made in scratch memory and its descriptor then moves into the slot's own
 * apr_socket_t, which is reused from tenant to tenant: a connection costs no pool of its own.
 *
 * Facts: upstream NIOServerCnxnFactory.java (doAccept, pauseAccept, limitTotalNumberOfCnxns). */
#include "net/net_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <apr_portable.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"

/* Create, bind and listen on ADDRESS. */
static apr_status_t open_socket(apr_socket_t **socket, apr_sockaddr_t *address, int backlog,
                                bool both_families, apr_pool_t *pool)
{
    apr_status_t rv = apr_socket_create(socket, address->family, SOCK_STREAM, APR_PROTO_TCP, pool);

    if (rv != APR_SUCCESS)
        return rv;
#if APR_HAVE_IPV6
    if (both_families && address->family == APR_INET6)
        rv = apr_socket_opt_set(*socket, APR_IPV6_V6ONLY, 0);
#else
    (void)both_families;
#endif
    /* Where that option would let us take a port away from a running server, a port in its waiting
     * state is free without it. */
    if (rv == APR_SUCCESS && !plat_socket_reuse_steals())
        rv = apr_socket_opt_set(*socket, APR_SO_REUSEADDR, 1);
    if (rv == APR_SUCCESS)
        rv = plat_socket_own_port(*socket);
    if (rv == APR_SUCCESS)
        rv = apr_socket_opt_set(*socket, APR_TCP_NODELAY,
                                1); /* inherited by what we accept, on most systems */
    if (rv == APR_SUCCESS)
        rv = apr_socket_timeout_set(*socket, 0);
    if (rv == APR_SUCCESS)
        rv = apr_socket_bind(*socket, address);
    if (rv == APR_SUCCESS)
        rv = apr_socket_listen(*socket, backlog > 0 ? backlog : ZK_NET_BACKLOG_DEFAULT);
    if (rv != APR_SUCCESS) {
        (void)apr_socket_close(*socket);
        *socket = NULL;
    }
    return rv;
}

/* Every address of the machine: IPv6 with IPv4 inside, else IPv4 alone. */
static apr_status_t open_everywhere(apr_socket_t **socket, uint16_t port, int backlog,
                                    apr_pool_t *pool)
{
    apr_sockaddr_t *address = NULL;
    apr_status_t rv;

#if APR_HAVE_IPV6
    rv = apr_sockaddr_info_get(&address, "::", APR_INET6, port, 0, pool);
    if (rv == APR_SUCCESS)
        rv = open_socket(socket, address, backlog, true, pool);
    if (rv == APR_SUCCESS)
        return rv;
#endif
    rv = apr_sockaddr_info_get(&address, "0.0.0.0", APR_INET, port, 0, pool);
    return rv == APR_SUCCESS ? open_socket(socket, address, backlog, false, pool) : rv;
}

/* The first address of the list at ADDRESS that can be bound, of IPv4 or of the others. */
static apr_status_t open_first(apr_socket_t **socket, apr_sockaddr_t *address, bool v4, int backlog,
                               apr_pool_t *pool)
{
    apr_status_t rv = APR_EGENERAL;

    for (; address != NULL && rv != APR_SUCCESS; address = address->next)
        if ((address->family == APR_INET) == v4)
            rv = open_socket(socket, address, backlog, false, pool);
    return rv;
}

/* One address of HOST, an IPv4 one where there is one: `localhost` has both on most systems, and a
 * JVM takes 127.0.0.1. */
static apr_status_t open_host(apr_socket_t **socket, const char *host, uint16_t port, int backlog,
                              apr_pool_t *pool)
{
    apr_sockaddr_t *address = NULL;
    apr_status_t rv = apr_sockaddr_info_get(&address, host, APR_UNSPEC, port, 0, pool);
    apr_status_t second;

    if (rv != APR_SUCCESS)
        return rv;
    rv = open_first(socket, address, true, backlog, pool);
    if (rv == APR_SUCCESS)
        return rv;
    second = open_first(socket, address, false, backlog, pool);
    return second == APR_EGENERAL ? rv : second; /* the reason of one that was tried */
}

static apr_status_t watch_listener(zk_net_t *net, zk_listener_t *listener, bool on)
{
    apr_status_t rv = APR_SUCCESS;

    if (listener->registered == on)
        return rv;
    rv = on ? apr_pollset_add(net->pollset, &listener->poll)
            : apr_pollset_remove(net->pollset, &listener->poll);
    listener->registered = on && rv == APR_SUCCESS;
    return rv;
}

apr_status_t zk_net_listen(zk_net_t *net, const char *host, uint16_t port, int backlog,
                           uint16_t *bound_port, zk_note_t *note)
{
    bool everywhere = host == NULL || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    zk_listener_t *listener = apr_pcalloc(net->pool, sizeof(*listener));
    apr_sockaddr_t *local = NULL;
    apr_status_t rv;

    rv = everywhere ? open_everywhere(&listener->socket, port, backlog, net->pool)
                    : open_host(&listener->socket, host, port, backlog, net->pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot listen on '%s' port %u", everywhere ? "0.0.0.0" : host,
                       port);
    listener->kind = ZK_NET_KIND_LISTENER;
    listener->poll.p = net->pool;
    listener->poll.desc_type = APR_POLL_SOCKET;
    listener->poll.desc.s = listener->socket;
    listener->poll.reqevents = APR_POLLIN;
    listener->poll.client_data = listener;
    rv = watch_listener(net, listener, true);
    if (rv == APR_SUCCESS && port == 0)
        rv = apr_socket_addr_get(&local, APR_LOCAL, listener->socket);
    if (rv != APR_SUCCESS) {
        (void)watch_listener(net, listener, false);
        (void)apr_socket_close(listener->socket);
        return zk_note(note, rv, "cannot wait for connections on port %u", port);
    }
    if (bound_port != NULL)
        *bound_port = local != NULL ? local->port : port;
    listener->next = net->listeners;
    net->listeners = listener;
    return APR_SUCCESS;
}

void zk_net_stop_listening(zk_net_t *net)
{
    for (zk_listener_t *listener = net->listeners; listener != NULL; listener = listener->next) {
        (void)watch_listener(net, listener, false);
        (void)apr_socket_close(listener->socket);
    }
    net->listeners = NULL;
    zk_rate_log_flush(&net->accept_log);
}

static void reject(zk_net_t *net, const char *text)
{
    net->rejected++;
    zk_rate_log_warn(&net->accept_log, net->now_ms, text);
}

/* Whether a connection from ADDRESS may come in; logs when not. */
static bool within_limits(zk_net_t *net, const zk_net_address_t *address)
{
    char text[200];
    char ip[ZK_NET_ADDRESS_BYTES];

    if (net->options.sockets_max > 0 &&
        net->slots_used - net->free_count >= (uint32_t)net->options.sockets_max) {
        snprintf(text, sizeof(text),
                 "Error accepting new connection: %" PRId32
                 " are open and the rest of the limit of "
                 "open files is for the server's own; raise it (ulimit -n, LimitNOFILE)",
                 net->options.sockets_max);
        reject(net, text);
        return false;
    }
    if (net->options.connections_max > 0 && net->count >= net->options.connections_max) {
        snprintf(text, sizeof(text),
                 "Error accepting new connection: Too many connections max allowed is %" PRId32,
                 net->options.connections_max);
        if (strcmp(net->accept_log.text, text) != 0)
            zk_error("Too many connections %" PRId32 " - max is %" PRId32, net->count,
                     net->options.connections_max);
        reject(net, text);
        return false;
    }
    if (net->options.per_address_max > 0 &&
        zk_conn_count_from(net, address) >= net->options.per_address_max) {
        zk_net_address_print(address, ip);
        snprintf(text, sizeof(text),
                 "Error accepting new connection: Too many connections from /%s - max is %" PRId32,
                 ip, net->options.per_address_max);
        reject(net, text);
        return false;
    }
    return true;
}

static apr_status_t set_options(zk_net_t *net, apr_socket_t *socket)
{
    apr_status_t rv = apr_socket_timeout_set(socket, 0); /* never wait */

    if (rv == APR_SUCCESS)
        rv = apr_socket_opt_set(socket, APR_TCP_NODELAY, 1);
    if (rv == APR_SUCCESS && net->options.tcp_keepalive)
        rv = apr_socket_opt_set(socket, APR_SO_KEEPALIVE, 1);
    return rv;
}

/* Admit ACCEPTED or close it.  Either way its descriptor is no longer ACCEPTED's. */
static void admit(zk_net_t *net, apr_socket_t *accepted)
{
    zk_net_address_t address;
    apr_sockaddr_t *remote = NULL;
    char text[200];
    char reason[120];
    apr_status_t rv = apr_socket_addr_get(&remote, APR_REMOTE, accepted);

    if (rv == APR_SUCCESS) {
        zk_net_address_from(&address, remote);
        if (!within_limits(net, &address)) {
            (void)apr_socket_close(accepted);
            return;
        }
        rv = set_options(net, accepted);
    }
    if (rv == APR_SUCCESS)
        rv = zk_conn_open(net, accepted, &address, remote->port);
    if (rv != APR_SUCCESS) {
        (void)apr_socket_close(accepted);
        snprintf(text, sizeof(text), "Error accepting new connection: %s",
                 zk_status_text(rv, reason, sizeof(reason)));
        reject(net, text);
        return;
    }
    if (net->accept_log.text[0] != '\0')
        zk_rate_log_flush(&net->accept_log);
}

void zk_listener_accept(zk_net_t *net, zk_listener_t *listener)
{
    char text[200];
    char reason[120];

    for (int i = 0; i < ZK_NET_ACCEPTS_PER_PASS; i++) {
        apr_socket_t *accepted = NULL;
        apr_status_t rv = apr_socket_accept(&accepted, listener->socket, net->accept_scratch);

        if (rv == APR_SUCCESS) {
            admit(net, accepted);
            apr_pool_clear(net->accept_scratch);
            continue;
        }
        if (APR_STATUS_IS_EAGAIN(rv))
            return;
        if (APR_STATUS_IS_ECONNABORTED(rv) || APR_STATUS_IS_EINTR(rv))
            continue;
        snprintf(text, sizeof(text), "Error accepting new connection: %s",
                 zk_status_text(rv, reason, sizeof(reason)));
        zk_rate_log_warn(&net->accept_log, net->now_ms, text);
        (void)watch_listener(net, listener, false);
        listener->rest_until_ms = net->now_ms + ZK_NET_ACCEPT_PAUSE_MS;
        return;
    }
}

int64_t zk_listener_wake_rested(zk_net_t *net)
{
    int64_t wait_ms = -1;

    for (zk_listener_t *listener = net->listeners; listener != NULL; listener = listener->next) {
        if (listener->rest_until_ms == 0)
            continue;
        if (listener->rest_until_ms <= net->now_ms) {
            listener->rest_until_ms = 0;
            (void)watch_listener(net, listener, true);
            continue;
        }
        if (wait_ms < 0 || listener->rest_until_ms - net->now_ms < wait_ms)
            wait_ms = listener->rest_until_ms - net->now_ms;
    }
    return wait_ms;
}
