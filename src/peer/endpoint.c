/* endpoint.c -- addresses and sockets: the few steps that every link shares.
 *
 * Everything is non-blocking.  A name with several addresses is bound once, on an IPv4 address
 * where it has one, because that is where a JVM listens; "every address" is one IPv6 socket that
 * takes IPv4 too, or an IPv4 one where the machine has no IPv6. */
#include "peer/peer_internal.h"

#include <stdio.h>
#include <string.h>

#include <apr_portable.h>
#include <apr_strings.h>

#include "base/plat.h"

enum { BACKLOG = 128 };

bool zk_endpoint_is_numeric(const char *host)
{
    if (strchr(host, ':') != NULL)
        return true;
    return host[0] != '\0' && strspn(host, "0123456789.") == strlen(host);
}

bool zk_endpoint_is_wildcard(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 ||
           (strchr(host, ':') != NULL && strspn(host, "0:") == strlen(host));
}

const char *zk_endpoint_show(char text[ZK_PEER_SHOWN_BYTES], const char *host, const char *ip,
                             uint16_t port)
{
    if (strchr(host, ':') != NULL)
        snprintf(text, ZK_PEER_SHOWN_BYTES, "/[%s]:%u", host, (unsigned)port);
    else if (zk_endpoint_is_numeric(host))
        snprintf(text, ZK_PEER_SHOWN_BYTES, "/%s:%u", host, (unsigned)port);
    else if (ip == NULL || ip[0] == '\0')
        snprintf(text, ZK_PEER_SHOWN_BYTES, "%s/<unresolved>:%u", host, (unsigned)port);
    else
        snprintf(text, ZK_PEER_SHOWN_BYTES, strchr(ip, ':') != NULL ? "%s/[%s]:%u" : "%s/%s:%u",
                 host, ip, (unsigned)port);
    return text;
}

apr_status_t zk_endpoint_tune(apr_socket_t *socket, bool keepalive)
{
    apr_status_t rv = apr_socket_timeout_set(socket, 0);

    if (rv == APR_SUCCESS)
        rv = apr_socket_opt_set(socket, APR_TCP_NODELAY, 1);
    if (rv == APR_SUCCESS && keepalive)
        rv = apr_socket_opt_set(socket, APR_SO_KEEPALIVE, 1);
    return rv;
}

apr_status_t zk_endpoint_connect(apr_socket_t **socket, const char *ip, uint16_t port,
                                 bool keepalive, apr_pool_t *pool)
{
    apr_sockaddr_t *address;
    apr_status_t rv = apr_sockaddr_info_get(&address, ip, APR_UNSPEC, port, 0, pool);

    if (rv == APR_SUCCESS)
        rv = apr_socket_create(socket, address->family, SOCK_STREAM, APR_PROTO_TCP, pool);
    if (rv == APR_SUCCESS)
        rv = zk_endpoint_tune(*socket, keepalive);
    if (rv == APR_SUCCESS)
        rv = apr_socket_connect(*socket, address);
    if (APR_STATUS_IS_EINPROGRESS(rv) || APR_STATUS_IS_EAGAIN(rv))
        rv = APR_SUCCESS;
    return rv;
}

apr_status_t zk_endpoint_connected(apr_socket_t *socket)
{
    apr_os_sock_t os_socket;
    int error = 0;
    socklen_t size = sizeof(error);

    apr_os_sock_get(&os_socket, socket);
    if (getsockopt(os_socket, SOL_SOCKET, SO_ERROR, (void *)&error, &size) != 0)
        return apr_get_netos_error();
    return error == 0 ? APR_SUCCESS : APR_FROM_OS_ERROR(error);
}

static apr_status_t bind_address(apr_socket_t **out, apr_sockaddr_t *address, bool both_families,
                                 apr_pool_t *pool)
{
    apr_socket_t *socket;
    apr_status_t rv = apr_socket_create(&socket, address->family, SOCK_STREAM, APR_PROTO_TCP, pool);

    if (rv != APR_SUCCESS)
        return rv;
#if APR_HAVE_IPV6
    if (both_families && address->family == APR_INET6)
        rv = apr_socket_opt_set(socket, APR_IPV6_V6ONLY, 0);
#else
    (void)both_families;
#endif
    if (rv == APR_SUCCESS && !plat_socket_reuse_steals())
        rv = apr_socket_opt_set(socket, APR_SO_REUSEADDR, 1);
    if (rv == APR_SUCCESS)
        rv = plat_socket_own_port(socket);
    if (rv == APR_SUCCESS)
        rv = apr_socket_timeout_set(socket, 0);
    if (rv == APR_SUCCESS)
        rv = apr_socket_bind(socket, address);
    if (rv == APR_SUCCESS)
        rv = apr_socket_listen(socket, BACKLOG);
    if (rv == APR_SUCCESS)
        *out = socket;
    else
        (void)apr_socket_close(socket);
    return rv;
}

static apr_status_t listen_everywhere(apr_socket_t **socket, uint16_t port, apr_pool_t *pool)
{
    apr_sockaddr_t *address;
    apr_status_t rv;

#if APR_HAVE_IPV6
    rv = apr_sockaddr_info_get(&address, "::", APR_INET6, port, 0, pool);
    if (rv == APR_SUCCESS)
        rv = bind_address(socket, address, true, pool);
    if (rv == APR_SUCCESS)
        return rv;
#endif
    rv = apr_sockaddr_info_get(&address, "0.0.0.0", APR_INET, port, 0, pool);
    return rv == APR_SUCCESS ? bind_address(socket, address, false, pool) : rv;
}

apr_status_t zk_endpoint_listen(apr_socket_t **socket, const char *host, uint16_t port,
                                apr_pool_t *pool)
{
    apr_sockaddr_t *first;
    apr_sockaddr_t *address;
    apr_status_t rv;

    if (host == NULL || zk_endpoint_is_wildcard(host))
        return listen_everywhere(socket, port, pool);
    rv = apr_sockaddr_info_get(&first, host, APR_UNSPEC, port, 0, pool);
    if (rv != APR_SUCCESS)
        return rv;
    for (address = first; address != NULL && address->family != APR_INET; address = address->next)
        ;
    return bind_address(socket, address != NULL ? address : first, false, pool);
}

void zk_endpoint_of(apr_socket_t *socket, char ip[ZK_PEER_IP_BYTES], uint16_t *port)
{
    apr_sockaddr_t *remote = NULL;

    ip[0] = '\0';
    *port = 0;
    if (apr_socket_addr_get(&remote, APR_REMOTE, socket) != APR_SUCCESS || remote == NULL)
        return;
    if (apr_sockaddr_ip_getbuf(ip, ZK_PEER_IP_BYTES, remote) != APR_SUCCESS)
        ip[0] = '\0';
    *port = remote->port;
}
