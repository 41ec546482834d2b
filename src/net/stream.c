/* stream.c -- plain sockets behind the seam of stream.h.
 *
 * APR's send and receive return at once because the socket's timeout is 0 (set in listener.c).  A
 * write to a connection that the peer has reset must not raise a signal: plat_process_init has seen
 * to that. */
#include "net/stream.h"

apr_status_t zk_stream_receive(zk_conn_t *conn, void *bytes, size_t *size)
{
    apr_size_t length = *size;
    apr_status_t rv = apr_socket_recv(conn->socket, bytes, &length);

    *size = length;
    if (rv == APR_SUCCESS && length == 0)
        return APR_EOF;
    if (APR_STATUS_IS_EOF(rv) && length > 0)
        return APR_SUCCESS;
    return rv;
}

apr_status_t zk_stream_send(zk_conn_t *conn, const void *bytes, size_t *size)
{
    apr_size_t length = *size;
    apr_status_t rv = apr_socket_send(conn->socket, bytes, &length);

    *size = length;
    return length > 0 ? APR_SUCCESS : rv;
}

void zk_stream_end(zk_conn_t *conn)
{
    (void)apr_socket_shutdown(conn->socket, APR_SHUTDOWN_WRITE);
}

void zk_stream_close(zk_conn_t *conn)
{
    (void)apr_socket_close(conn->socket);
}
