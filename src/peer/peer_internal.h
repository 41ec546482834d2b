/* peer_internal.h -- what the files of this room share; nobody else includes it.
 *
 *   peers.c            creation, timers, flushing: the parts in their order
 *   endpoint.c         addresses, sockets made, connects finished
 *   resolver.c         names to numbers, on threads of their own
 *   dial.c             one attempt to reach a server, all its addresses
 *   doorway.c          a listening port: bound, bound again, accepting
 *   hello.c            the initial message of the election port: bytes to fields and back
 *   election_link.c    one connection per pair of servers, frames, the queue of one
 *   packet_scan.c      where a QuorumPacket ends
 *   snapshot_stream.c  where the stream behind a SNAP ends
 *   learner_link.c     the links of the quorum port, both directions
 *
 * Invariants
 *   1. Handlers are called from a guest's READY and from zk_peers_tick only.
 *   2. A link's memory is freed in zk_peers_tick only, after `gone` was told, so whoever called a
 * handler may look at its link afterwards.
 *   3. A learner link's number is never 0 and never used twice.
 *   4. Memory for what comes in grows with bytes that came, never with a length announced. */
#ifndef ZK_PEER_PEER_INTERNAL_H
#define ZK_PEER_PEER_INTERNAL_H

#include "peer/peer.h"

#include <apr_network_io.h>

#include "base/buffer.h"
#include "store/snapshot_body.h"

enum {
    ZK_PEER_ADDRESSES_MAX = 16, /* of one server, names resolved */
    ZK_PEER_STAGGER_MS = 250,   /* before the next address is tried beside the last one */
    ZK_PEER_BIND_PAUSE_MS = 1000,
    ZK_PEER_CLOSE_MS = 1000, /* for the output of a link that we end, and for its peer's end */
    ZK_PEER_TICK_MS = 50,    /* while anything is under way */
    ZK_PEER_IDLE_MS = 1000,
    ZK_PEER_REDIAL_MS = 1000, /* after the last message, a link that breaks is made again */
    ZK_PEER_ANSWER_MS = 250,  /* a larger id that was told to dial us is given so long */
    ZK_PEER_CONNECT_TRIES = 5,
    ZK_PEER_QUICK_TRIES = 4, /* before them, with pauses that begin at ... */
    ZK_PEER_QUICK_PAUSE_MS =
        10, /* ... and double: a new leader listens a moment after it was elected */
    ZK_PEER_ACCEPTS_PER_PASS = 16,
    ZK_PEER_ACCEPT_PAUSE_MS = 10, /* rest after accept failed (out of descriptors) */
    ZK_PEER_FILES_RESERVED = 16,  /* descriptors that no caller gets */
    ZK_PEER_NEWCOMERS_MAX = 64,   /* accepted on the election port, not yet known who */
    ZK_PEER_STRANGERS_MAX = 256,  /* servers in nobody's list that we remember */
    ZK_PEER_LEARNERS_MAX = 1024,
    ZK_PEER_READ_BYTES = 128 * 1024,
    ZK_PEER_HOST_BYTES = 256,
    ZK_PEER_IP_BYTES = 64,
    ZK_PEER_SHOWN_BYTES = ZK_PEER_HOST_BYTES + ZK_PEER_IP_BYTES + 16
};

#define ZK_PEER_FRAME_BYTES_MAX 524288 /* of the election port */
#define ZK_PEER_HELLO_BYTES_MAX 2048   /* of the address text in the initial message */

/* ---- endpoint.c ---- */

typedef struct zk_endpoint {
    char host[ZK_PEER_HOST_BYTES];
    uint16_t port;
} zk_endpoint_t;

/* Whether HOST is an address in digits, which needs no resolver. */
bool zk_endpoint_is_numeric(const char *host);
/* 0.0.0.0, :: and the like. */
bool zk_endpoint_is_wildcard(const char *host);
/* As Java prints an InetSocketAddress: name/ip:port.  IP may be NULL or empty. */
const char *zk_endpoint_show(char text[ZK_PEER_SHOWN_BYTES], const char *host, const char *ip,
                             uint16_t port);
/* No waiting, no delay of small packets. */
apr_status_t zk_endpoint_tune(apr_socket_t *socket, bool keepalive);
/* Begin to connect a new socket in POOL to IP and PORT. */
apr_status_t zk_endpoint_connect(apr_socket_t **socket, const char *ip, uint16_t port,
                                 bool keepalive, apr_pool_t *pool);
/* How the connect of SOCKET ended. */
apr_status_t zk_endpoint_connected(apr_socket_t *socket);
/* A listening socket on HOST (NULL: every address) and PORT. */
apr_status_t zk_endpoint_listen(apr_socket_t **socket, const char *host, uint16_t port,
                                apr_pool_t *pool);
/* The peer's address as text. */
void zk_endpoint_of(apr_socket_t *socket, char ip[ZK_PEER_IP_BYTES], uint16_t *port);

/* ---- resolver.c ---- */

typedef struct zk_resolver zk_resolver_t;
typedef struct zk_lookup zk_lookup_t;

typedef struct zk_found_address {
    int target; /* index of the endpoint it belongs to */
    char ip[ZK_PEER_IP_BYTES];
} zk_found_address_t;

/* Wakes NET when a lookup is done. */
zk_resolver_t *zk_resolver_create(zk_net_t *net);
/* Threads that are still waiting for an answer end by themselves later. */
void zk_resolver_destroy(zk_resolver_t *resolver);

/* Look up the names of COUNT endpoints, which are copied.  Numbers are done at once. */
zk_lookup_t *zk_lookup_start(zk_resolver_t *resolver, const zk_endpoint_t *targets, int count);
bool zk_lookup_is_done(const zk_lookup_t *lookup);
/* Once done: the addresses, IPv4 first within a name; at most ZK_PEER_ADDRESSES_MAX. */
int zk_lookup_found(const zk_lookup_t *lookup, const zk_found_address_t **found);
void zk_lookup_drop(zk_lookup_t *lookup);

/* ---- dial.c ---- */

typedef struct zk_dial zk_dial_t;

typedef enum zk_dial_state { ZK_DIAL_UNDER_WAY, ZK_DIAL_CONNECTED, ZK_DIAL_FAILED } zk_dial_state_t;

/* Try to reach one of COUNT endpoints.  DONE(BATON) is called from a guest's READY or from
 * zk_dial_tick, never from here. */
zk_dial_t *zk_dial_start(zk_peers_t *peers, const zk_endpoint_t *targets, int count, bool keepalive,
                         int64_t deadline_ms, void (*done)(void *baton), void *baton);
void zk_dial_tick(zk_dial_t *dial, int64_t now_ms);
zk_dial_state_t zk_dial_state(const zk_dial_t *dial);
/* Connected: the socket and the pool it lives in are the caller's from now on. */
apr_socket_t *zk_dial_take(zk_dial_t *dial, apr_pool_t **pool);
/* The address that was reached, or tried last, and why that failed. */
const char *zk_dial_show(const zk_dial_t *dial, char text[ZK_PEER_SHOWN_BYTES]);
apr_status_t zk_dial_status(const zk_dial_t *dial);
/* Allowed inside DONE. */
void zk_dial_drop(zk_dial_t *dial);

/* ---- doorway.c ---- */

typedef struct zk_doorway {
    zk_peers_t *peers;
    const char *kind; /* "election" or "quorum", for the log */
    const char *host; /* NULL: every address */
    uint16_t port;
    int32_t tries_left; /* -1: for ever */
    int64_t next_try_ms;
    bool warned;
    bool resting;         /* accept failed a moment ago */
    apr_pool_t *pool;     /* of the socket; NULL: not bound */
    apr_pool_t *accepted; /* scratch of accept */
    apr_socket_t *socket;
    zk_net_guest_t *guest;
    /* The accepted SOCKET, in POOL, both now the callee's. */
    void (*enter)(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool);
    struct zk_doorway *next;
} zk_doorway_t;

/* Try to bind, or to accept again, when it is time; true when the door is open. */
bool zk_doorway_open(zk_doorway_t *door, int64_t now_ms);
void zk_doorway_close(zk_doorway_t *door);
bool zk_doorway_gave_up(const zk_doorway_t *door);

/* ---- hello.c ---- */

typedef enum zk_hello_scan { ZK_HELLO_PARTIAL, ZK_HELLO_WHOLE, ZK_HELLO_REFUSED } zk_hello_scan_t;

typedef struct zk_hello {
    int64_t sid;
    size_t bytes;                              /* how long the message was */
    zk_endpoint_t from[ZK_PEER_ADDRESSES_MAX]; /* where the sender says it can be reached */
    int from_count;
    bool has_addresses; /* false: a server from before 3.5 */
} zk_hello_t;

void zk_hello_write(zk_buffer_t *out, int64_t sid, const zk_peer_address_t *addresses, int count,
                    bool multi_address);
zk_hello_scan_t zk_hello_read(zk_hello_t *hello, const uint8_t *data, size_t size);

/* ---- packet_scan.c ---- */

typedef enum zk_packet_scan {
    ZK_PACKET_PARTIAL, /* offer at least *NEEDED bytes next time */
    ZK_PACKET_WHOLE,   /* *NEEDED bytes long */
    ZK_PACKET_REFUSED  /* a length that is not believed */
} zk_packet_scan_t;

/* Where the QuorumPacket at DATA ends.  RECORD_BYTES_MAX: ceiling of its data and of each string;
 * its identities together are held to the same. */
zk_packet_scan_t zk_packet_scan(const uint8_t *data, size_t size, int64_t record_bytes_max,
                                size_t *needed);

/* ---- snapshot_stream.c ---- */

typedef struct zk_peer_stream {
    zk_snapshot_body_t body;
    bool begun;
    size_t held; /* bytes of the body's last part, not given out before the signature is seen */
} zk_peer_stream_t;

typedef enum zk_stream_scan {
    ZK_STREAM_MORE, /* *PART bytes of body may go out; then more must come */
    ZK_STREAM_LAST, /* *PART bytes of body are the last; *USED bytes are done with */
    ZK_STREAM_REFUSED
} zk_stream_scan_t;

void zk_peer_stream_begin(zk_peer_stream_t *stream, int64_t record_bytes_max);
void zk_peer_stream_end(zk_peer_stream_t *stream);
/* Look at SIZE bytes at DATA, which begin with those not yet done with.  *PART of them are body to
 * be given out now, *USED of them (PART, and behind the last part the signature) are done with. */
zk_stream_scan_t zk_peer_stream_feed(zk_peer_stream_t *stream, const uint8_t *data, size_t size,
                                     size_t *part, size_t *used, zk_note_t *note);

/* ---- election_link.c ---- */

/* One connection of the election port. */
typedef struct zk_election_link {
    zk_peers_t *peers;
    struct zk_remote *remote; /* NULL: accepted, not yet known who it is */
    apr_pool_t *pool;
    apr_socket_t *socket;
    zk_net_guest_t *guest;
    zk_buffer_t in, out;
    bool blocked;        /* the socket takes no more just now */
    bool only_hello;     /* ours is the smaller id: end it when our message is written */
    bool dead;           /* freed by the next tick */
    int64_t deadline_ms; /* of the handshake; 0: done */
    char ip[ZK_PEER_IP_BYTES];
    uint16_t port;
    struct zk_election_link *next;
} zk_election_link_t;

/* Another server, as far as the election port is concerned. */
typedef struct zk_remote {
    zk_peers_t *peers;
    int64_t sid;
    const zk_peer_member_t *member;            /* NULL: in nobody's list that we know */
    zk_endpoint_t told[ZK_PEER_ADDRESSES_MAX]; /* where its last message said it is */
    int told_count;
    zk_election_link_t *link; /* the one that is kept; NULL: none */
    zk_dial_t *dial;
    zk_buffer_t queued, last;
    bool has_queued, has_last;
    bool unreachable;    /* the last attempt failed */
    bool wanted;         /* a link, once a larger id had its time to dial us */
    int64_t notified_ms; /* when we last had something to say to it */
    int64_t greeted_ms;  /* when a larger id was last told to dial us; 0: never */
    struct zk_remote *next;
} zk_remote_t;

void zk_peers_election_enter(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool);
void zk_peers_election_flush(zk_peers_t *peers);
/* Returns whether timers run. */
bool zk_peers_election_tick(zk_peers_t *peers);
bool zk_peers_election_is_idle(const zk_peers_t *peers);
void zk_peers_election_destroy(zk_peers_t *peers);

/* ---- learner_link.c ---- */

typedef enum zk_learner_state {
    ZK_LEARNER_OPEN,
    ZK_LEARNER_CLOSING, /* output is written, then the end */
    ZK_LEARNER_LINGER,  /* nothing more from us; the peer's end is waited for */
    ZK_LEARNER_BROKEN   /* socket closed */
} zk_learner_state_t;

typedef struct zk_learner_link {
    zk_peers_t *peers;
    uint64_t number;
    zk_learner_state_t state;
    apr_pool_t *pool;
    apr_socket_t *socket;
    zk_net_guest_t *guest;
    zk_buffer_t in, out;
    size_t needed; /* bytes in `in` before another look is of use */
    bool dialled;
    bool blocked;
    bool paused;
    bool awaited; /* `drained` is to be told when the output is written */
    bool waiting; /* `in` may be looked at again, by the next tick */
    bool delivering;
    bool told; /* `gone` was told */
    bool in_stream;
    zk_peer_stream_t stream;
    int64_t deadline_ms; /* CLOSING, LINGER */
    char ip[ZK_PEER_IP_BYTES];
    uint16_t port;
    struct zk_learner_link *next;
} zk_learner_link_t;

/* The attempt to reach the leader. */
typedef struct zk_leader_dial {
    bool active;
    bool failed; /* connect_failed is to be told */
    int64_t sid;
    int tries;
    int quick_tries;
    int64_t deadline_ms; /* of all tries */
    int64_t next_try_ms; /* 0: a try is under way */
    zk_dial_t *dial;
} zk_leader_dial_t;

void zk_peers_learner_enter(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool);
void zk_peers_learner_flush(zk_peers_t *peers);
bool zk_peers_learner_tick(zk_peers_t *peers);
bool zk_peers_learner_is_idle(const zk_peers_t *peers);
void zk_peers_learner_destroy(zk_peers_t *peers);

/* ---- the whole ---- */

struct zk_peers {
    apr_pool_t *pool;
    zk_peers_options_t options;
    zk_peers_handlers_t handlers;
    zk_net_t *net;
    zk_resolver_t *resolver;
    const zk_peer_member_t *self;
    int64_t now_ms;
    zk_doorway_t *election_doors, *quorum_doors;
    bool listening; /* quorum doors */
    zk_buffer_t hello;
    zk_remote_t *remotes;
    int strangers;
    zk_election_link_t *election_links; /* every one, whose ever it is */
    int newcomers;
    bool election_dirty;
    zk_learner_link_t *learners;
    int learners_count;
    uint64_t next_number;
    bool learner_dirty;
    zk_leader_dial_t leader;
    uint8_t *input; /* ZK_PEER_READ_BYTES, shared */
};

const zk_peer_member_t *zk_peers_member(const zk_peers_t *peers, int64_t sid);
/* Read once into peers->input; APR_EOF at the end. */
apr_status_t zk_peers_receive(zk_peers_t *peers, apr_socket_t *socket, size_t *size);
/* Write what OUT holds as far as the socket takes it; *BLOCKED says that some is left. */
apr_status_t zk_peers_write(apr_socket_t *socket, zk_buffer_t *out, bool *blocked);
apr_pool_t *zk_peers_subpool(zk_peers_t *peers);

#endif
