/* net_internal.h -- what the files of this room share; nobody else includes it.
 *
 *   loop.c      one pass: poll, hand events out, timers, flush; creation and wake-up
 *   listener.c  listening sockets, accepting, limits
 *   guest.c     sockets of others in the same pass
 *   conn.c      one connection: bytes in, frames out of them, output, the ways it ends
 *   stream.h    the byte-stream seam below conn.c
 *   address.c   a peer's address as Java prints it
 *   rate_log.c  a log line that repeats is counted instead
 *
 * States of a connection and who moves it:
 *
 *   FREE -> OPEN         accepted                                    [zk_conn_open]
 *   OPEN -> CLOSING      we want it closed, output may be waiting    [zk_net_close]
 *   CLOSING -> LINGER    output written, sending side shut down      [zk_conn_flush]
 *   OPEN, CLOSING -> BROKEN   read or write failed, bad frame, idle  [zk_conn_drop]
 *   LINGER -> BROKEN or FREE  peer closed too, or patience ended     [zk_conn_end_linger]
 *   BROKEN -> FREE       `gone` was told                             [zk_net_tell_gone]
 *
 * Invariants
 *   1. `gone` is told exactly once for each `opened`, from zk_net_pass.
 *   2. A slot is released only when its socket is closed and `gone` was told; its generation then
 * moves on, so a number given out earlier finds nothing.
 *   3. Work lists hold numbers, not pointers: an entry of a connection that ended meanwhile finds
 * nothing.
 *   4. An idle connection holds no buffer: both are given back when they run empty. */
#ifndef ZK_NET_NET_INTERNAL_H
#define ZK_NET_NET_INTERNAL_H

#include "net/net.h"

#include <apr_network_io.h>
#include <apr_poll.h>

#include "base/buffer.h"
#include "base/map.h"

#define ZK_NET_READ_BYTES ((size_t)64 * 1024) /* shared read buffer: most bytes of one recv */
#define ZK_NET_POLL_MAX 32768      /* descriptors of a pollset (results per pass on epoll) */
#define ZK_NET_ACCEPTS_PER_PASS 64 /* so that a storm of connects leaves room for requests */
#define ZK_NET_ACCEPT_PAUSE_MS 10  /* rest after accept failed (out of descriptors) */
#define ZK_NET_LINGER_MS 2000      /* patience after our last byte */
#define ZK_NET_LINGER_BYTES_MAX ((int64_t)1024 * 1024) /* input drained meanwhile */
#define ZK_NET_CLOSE_STALL_MS 5000 /* closing, and the peer takes no byte for this long */
#define ZK_NET_OUTPUT_HARD_MAX ((size_t)1 << 30)   /* output that ends the connection */
#define ZK_NET_SPARES_MAX 64                       /* warm buffers kept ... */
#define ZK_NET_SPARE_BYTES_MAX ((size_t)64 * 1024) /* ... up to this size each */
#define ZK_NET_BACKLOG_DEFAULT 1024

/* What apr_pollfd_t's client_data points to begins with its kind. */
typedef enum zk_net_kind {
    ZK_NET_KIND_CONN = 0x636f6e6e,
    ZK_NET_KIND_LISTENER = 0x6c697374,
    ZK_NET_KIND_GUEST = 0x67756573
} zk_net_kind_t;

typedef enum zk_conn_state {
    ZK_CONN_FREE,
    ZK_CONN_OPEN,
    ZK_CONN_CLOSING,
    ZK_CONN_LINGER,
    ZK_CONN_BROKEN
} zk_conn_state_t;

/* A peer's IP: IPv6 or v4-mapped, and the scope of a link-local one. */
typedef struct zk_net_address {
    uint8_t bytes[16];
    uint32_t scope;
} zk_net_address_t;

typedef struct zk_conn {
    zk_net_kind_t kind;
    zk_conn_state_t state;
    uint32_t slot;
    uint32_t generation;
    apr_socket_t *socket; /* belongs to the slot, its descriptor to the tenant */
    apr_pollfd_t poll;    /* the pollset keeps a pointer to it */
    zk_buffer_t in;       /* bytes of frames not yet delivered */
    zk_buffer_t out;      /* bytes not yet written */
    struct zk_conn *timer_prev, *timer_next;
    struct zk_conn_timers *timers; /* the list it is in, or NULL */
    int64_t deadline_ms;
    int64_t drained_bytes; /* while closing */
    zk_net_address_t address;
    uint16_t port;
    zk_net_gone_t why;
    bool registered : 1;             /* in the pollset, with poll.reqevents */
    bool checked : 1;                /* the first four bytes are known to be a length */
    bool word : 1;                   /* a four-letter word was taken: further input means nothing */
    bool paused : 1;                 /* by zk_net_pause */
    bool stalled : 1;                /* output above its ceiling */
    bool blocked : 1;                /* a write was cut short: wait for the socket */
    bool input_ended : 1;            /* while closing: nothing more to drain */
    bool told : 1;                   /* `gone` was told */
    bool in_dirty : 1, in_ready : 1; /* in these work lists */
} zk_conn_t;

/* Connections with the same patience, so in order of their deadlines. */
typedef struct zk_conn_timers {
    zk_conn_t *first, *last;
} zk_conn_timers_t;

/* A list of connection numbers. */
typedef struct zk_net_list {
    uint64_t *items;
    size_t count, capacity;
} zk_net_list_t;

typedef struct zk_listener {
    zk_net_kind_t kind;
    apr_socket_t *socket;
    apr_pollfd_t poll;
    bool registered;
    int64_t rest_until_ms; /* 0: not resting */
    struct zk_listener *next;
} zk_listener_t;

struct zk_net_guest {
    zk_net_kind_t kind;
    zk_net_t *net;
    apr_pollfd_t poll;
    unsigned want;
    bool registered;
    bool removed; /* freed at the end of the pass */
    void (*ready)(void *baton, unsigned what);
    void *baton;
    struct zk_net_guest *prev, *next;
};

#define ZK_RATE_LOG_INTERVAL_MS 100

/* One message that is logged at once, then counted and logged once per interval. */
typedef struct zk_rate_log {
    char text[256];
    int64_t since_ms;
    int64_t count;
} zk_rate_log_t;

struct zk_net {
    apr_pool_t *pool;
    apr_pool_t *accept_scratch; /* emptied after each accept */
    zk_net_options_t options;
    zk_net_handlers_t handlers;
    apr_pollset_t *pollset;
    volatile apr_uint32_t woken;
    zk_listener_t *listeners;
    zk_net_guest_t *guests;
    zk_net_guest_t *removed_guests; /* their results may still be ahead in this pass */

    zk_conn_t **slots; /* every slot ever used, by number */
    uint32_t slots_used, slots_capacity;
    uint32_t *free_slots; /* stack */
    uint32_t free_count;
    zk_map_str_t by_address; /* 16 bytes -> number of connections, as a pointer */
    int32_t count;           /* OPEN and CLOSING */

    zk_net_list_t dirty; /* output or a close to carry out */
    zk_net_list_t ready; /* input that waits in `in` may be delivered */
    zk_net_list_t gone;  /* `gone` to tell */
    zk_conn_timers_t sessionless;
    zk_conn_timers_t lingering;
    zk_conn_timers_t closing;

    uint8_t *input; /* ZK_NET_READ_BYTES, shared */
    zk_buffer_t spares[ZK_NET_SPARES_MAX];
    size_t spares_count;
    int64_t now_ms; /* as of this pass */
    bool in_pass;
    int64_t bytes_received;
    int64_t rejected;
    int64_t sessionless_expired;
    int64_t dropped;
    void (*woke)(void *baton);
    zk_rate_log_t accept_log;
};

/* ---- loop.c ---- */
void zk_net_list_push(zk_net_list_t *list, uint64_t client);

/* ---- listener.c ---- */
/* Accept what waits at LISTENER, a bounded number. */
void zk_listener_accept(zk_net_t *net, zk_listener_t *listener);
/* Listen again where the rest is over; returns ms until the next one, -1: none rests. */
int64_t zk_listener_wake_rested(zk_net_t *net);

/* ---- guest.c ---- */
/* The socket of GUEST reported EVENTS. */
void zk_guest_event(zk_net_guest_t *guest, apr_int16_t events);
/* Free what was removed. */
void zk_guest_bury(zk_net_t *net);
void zk_guest_free_all(zk_net_t *net);

/* ---- conn.c ---- */
/* The connection in a slot, whatever its state, as long as CLIENT is its present tenant. */
zk_conn_t *zk_conn_find(const zk_net_t *net, uint64_t client);
uint64_t zk_conn_number(const zk_conn_t *conn);
/* Give the freshly accepted ACCEPTED (options set) a slot and register it; on success its
 * descriptor belongs to the slot.  Fails with the pollset's status. */
apr_status_t zk_conn_open(zk_net_t *net, apr_socket_t *accepted, const zk_net_address_t *address,
                          uint16_t port);
/* The socket of CONN reported EVENTS (APR_POLLIN and kin). */
void zk_conn_event(zk_net_t *net, zk_conn_t *conn, apr_int16_t events);
/* Deliver frames that wait in CONN's own buffer. */
void zk_conn_deliver_waiting(zk_net_t *net, zk_conn_t *conn);
/* Write what gathered; carry out a close once all is written. */
void zk_conn_flush(zk_net_t *net, zk_conn_t *conn);
/* End CONN at once; WHY goes to the handler. */
void zk_conn_drop(zk_net_t *net, zk_conn_t *conn, zk_net_gone_t why);
void zk_conn_end_linger(zk_net_t *net, zk_conn_t *conn);
/* Back to the free slots (BROKEN and told). */
void zk_conn_release(zk_net_t *net, zk_conn_t *conn);
/* Number of connections from ADDRESS. */
int32_t zk_conn_count_from(const zk_net_t *net, const zk_net_address_t *address);
/* Put CONN at the end of TIMERS with DEADLINE_MS, out of any other list; NULL: only out. */
void zk_conn_set_timer(zk_conn_t *conn, zk_conn_timers_t *timers, int64_t deadline_ms);

/* ---- address.c ---- */
/* Fill ADDRESS from SOCKADDR; the port is SOCKADDR->port. */
void zk_net_address_from(zk_net_address_t *address, const apr_sockaddr_t *sockaddr);
/* Java's text form in TEXT; returns its length. */
size_t zk_net_address_print(const zk_net_address_t *address, char text[ZK_NET_ADDRESS_BYTES]);

/* ---- rate_log.c ---- */
/* Log TEXT as a warning now, or count it when it was the last one too and its interval is not over.
 */
void zk_rate_log_warn(zk_rate_log_t *log, int64_t now_ms, const char *text);
/* Log what was counted and forget it. */
void zk_rate_log_flush(zk_rate_log_t *log);

#endif
