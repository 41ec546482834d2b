/* stream.h -- the seam below conn.c: bytes in, bytes out, never waiting.
 *
 * Everything conn.c does with a peer goes through these four.  Plain sockets are the only stream
 * now; TLS would be another body behind the same four, with its own state beside the socket.
 * Statuses are tested with APR_STATUS_IS_EAGAIN (nothing now) and else mean that the connection is
 * lost. */
#ifndef ZK_NET_STREAM_H
#define ZK_NET_STREAM_H

#include "net/net_internal.h"

/* Up to *SIZE bytes into BYTES; *SIZE receives how many.  The end of input is APR_EOF. */
apr_status_t zk_stream_receive(zk_conn_t *conn, void *bytes, size_t *size);

/* Write up to *SIZE bytes; *SIZE receives how many were taken, with APR_SUCCESS even when not all.
 */
apr_status_t zk_stream_send(zk_conn_t *conn, const void *bytes, size_t *size);

/* Tell the peer that nothing more comes from us. */
void zk_stream_end(zk_conn_t *conn);

/* Give the descriptor back. */
void zk_stream_close(zk_conn_t *conn);

#endif
