/* net.h -- sockets, frames and the first four bytes; decides nothing about requests.
 *
 * One zk_net_t belongs to one thread: a pollset, its listeners, its connections.  Bytes become
 * frames in place in a read buffer shared by all connections of the thread; only a frame that is
 * not yet whole is kept with its connection.  Output gathers in the connection's buffer and is
 * written once per pass.  A connection is known outside by a 64-bit number: slot in the low 32
 * bits, generation above, so that a late answer can never reach the slot's next tenant.
 *
 * Behind a small seam (bytes in, bytes out) so that TLS can be one more file.
 * Facts: upstream NIOServerCnxn.java, NIOServerCnxnFactory.java; protocol notes, sections 2 and 3.
 */
#ifndef ZK_NET_NET_H
#define ZK_NET_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_network_io.h>
#include <apr_pools.h>

#include "base/bytes.h"
#include "base/status.h"

typedef struct zk_net zk_net_t;

typedef enum zk_net_gone {
    ZK_NET_GONE_PEER,      /* the peer closed or broke the connection */
    ZK_NET_GONE_OURS,      /* zk_net_close */
    ZK_NET_GONE_BAD_FRAME, /* length refused */
    ZK_NET_GONE_IDLE       /* no handshake in time */
} zk_net_gone_t;

/* Who hears of what happens; called from zk_net_pass only, never from zk_net_send and the like. */
typedef struct zk_net_handlers {
    void *baton;
    /* Accepted (limits passed).  ADDRESS is Java's text form of the peer's IP, without port. */
    void (*opened)(void *baton, uint64_t client, zk_str_t address, uint16_t port);
    /* One whole frame, without its length; BYTES are good during the call. */
    void (*frame)(void *baton, uint64_t client, zk_str_t bytes);
    /* Before the first frame of a connection, its first four bytes as a number: true when they are
     * a four-letter word that the handler takes (it sends the reply and closes).  ARGUMENT are the
     * bytes that came with it (for stmk: called again as more arrive until the handler returns true
     * or ARGUMENT has 8 bytes). */
    bool (*word)(void *baton, uint64_t client, uint32_t word, zk_str_t argument);
    /* The connection is gone; the number is void from now on. */
    void (*gone)(void *baton, uint64_t client, zk_net_gone_t why);
} zk_net_handlers_t;

typedef struct zk_net_options {
    int32_t frame_bytes_max; /* jute.maxbuffer */
    int32_t per_address_max; /* maxClientCnxns; 0: none */
    int32_t connections_max; /* maxCnxns; 0: none */
    int32_t sockets_max; /* as many as the system's limit leaves us, lingering ones too; 0: none */
    int32_t sessionless_timeout_ms; /* nio.sessionlessCnxnTimeout */
    bool tcp_keepalive;             /* clientTcpKeepAlive */
    size_t output_bytes_max; /* stop reading from a connection that does not read its replies */
} zk_net_options_t;

apr_status_t zk_net_create(zk_net_t **net, const zk_net_options_t *options,
                           const zk_net_handlers_t *handlers, apr_pool_t *pool, zk_note_t *note);

/* Listen on HOST (NULL: every address, both families) and PORT (0: any).  *BOUND_PORT receives the
 * port.  BACKLOG -1: the default. */
apr_status_t zk_net_listen(zk_net_t *net, const char *host, uint16_t port, int backlog,
                           uint16_t *bound_port, zk_note_t *note);

/* Stop accepting (shutdown). */
void zk_net_stop_listening(zk_net_t *net);

/* One pass: wait up to TIMEOUT_MS for sockets or a wake-up, read, call handlers, write what
 * gathered.  Frames of one read are delivered back to back. */
apr_status_t zk_net_pass(zk_net_t *net, int32_t timeout_ms);

/* From any thread: end the wait of the present or next pass.  Coalesced. */
void zk_net_wake(zk_net_t *net);

/* Queue BYTES for CLIENT; ignored when it is gone.  Written at the end of the pass, or by
 * zk_net_flush. */
void zk_net_send(zk_net_t *net, uint64_t client, const void *bytes, size_t size);

/* Write what gathered since the pass (answers produced after it). */
void zk_net_flush(zk_net_t *net);

/* Close CLIENT once its output is written: shut down sending, drain input, close, so that the last
 * bytes arrive. */
void zk_net_close(zk_net_t *net, uint64_t client);

/* Stop and resume reading from CLIENT.  Frames already read but not yet delivered wait as well. */
void zk_net_pause(zk_net_t *net, uint64_t client);
void zk_net_resume(zk_net_t *net, uint64_t client);

/* The handshake of CLIENT is done: no sessionless timeout. */
void zk_net_set_established(zk_net_t *net, uint64_t client);

/* Idle timeout of the connection itself once a session has been negotiated is the session's
 * business. */

uint16_t zk_net_peer_port(const zk_net_t *net, uint64_t client);
/* Java's text form of CLIENT's IP in TEXT; false when CLIENT is gone. */
#define ZK_NET_ADDRESS_BYTES 64
bool zk_net_peer_address(const zk_net_t *net, uint64_t client, char text[ZK_NET_ADDRESS_BYTES]);
int32_t zk_net_count(const zk_net_t *net);
/* Nothing is waiting to be written and no connection is being closed. */
bool zk_net_is_idle(const zk_net_t *net);
int64_t zk_net_bytes_received(const zk_net_t *net);
/* Bit 0 reading, bit 1 waiting to write: the interest shown by `cons`. */
unsigned zk_net_interest(const zk_net_t *net, uint64_t client);

/* Connections refused so far by limits; sessionless ones expired. */
int64_t zk_net_rejected(const zk_net_t *net);
int64_t zk_net_sessionless_expired(const zk_net_t *net);
/* Connections that the peer closed or that broke. */
int64_t zk_net_dropped(const zk_net_t *net);

/* Call WOKE(baton of the handlers) in each pass right after the wait, before any handler: the
 * moment to read the clocks that handlers use.  NULL: nobody. */
void zk_net_set_woke(zk_net_t *net, void (*woke)(void *baton));

/* ---- guests: sockets of others in the same pass (links between servers) ---- */

typedef struct zk_net_guest zk_net_guest_t;

enum { ZK_NET_GUEST_READ = 1, ZK_NET_GUEST_WRITE = 2 };

/* Watch SOCKET (non-blocking, stays the caller's) for WANT; READY(BATON, what) is called from
 * zk_net_pass, with errors and hang-ups as READ.  Level-triggered. */
apr_status_t zk_net_guest_add(zk_net_guest_t **guest, zk_net_t *net, apr_socket_t *socket,
                              unsigned want, void (*ready)(void *baton, unsigned what), void *baton,
                              zk_note_t *note);
/* Change what is watched; 0 is allowed. */
void zk_net_guest_want(zk_net_guest_t *guest, unsigned want);
/* Watch no more; to be called before the socket is closed.  Allowed inside READY, also of others.
 */
void zk_net_guest_remove(zk_net_guest_t *guest);

#endif
