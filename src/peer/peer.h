/* peer.h -- the connections between the servers of an ensemble; decides nothing about votes or
 * txns.
 *
 * Two kinds.  Election links: one per pair of servers, kept by the one with the larger id, each way
 * a frame with a length in front; a queue of one per peer, because a stale vote is worthless.
 * Learner links: from a learner to the leader's quorum port, a stream of QuorumPackets without any
 * outer length, and behind a SNAP packet the raw snapshot; this room finds where each packet ends
 * and where the stream does.
 *
 * All sockets live in the pass of one zk_net_t, as its guests, so the brain's thread reads packets
 * as it reads clients' frames.  Names are resolved by a thread of this room's own, because that
 * blocks.
 *
 * Facts: upstream QuorumCnxManager.java, Learner.java, LearnerHandler.java; quorum notes, sections
 * 4 and 6. */
#ifndef ZK_PEER_PEER_H
#define ZK_PEER_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/bytes.h"
#include "base/status.h"
#include "net/net.h"

typedef struct zk_peer_address {
    const char *host; /* name or number, IPv6 without brackets */
    uint16_t quorum_port, election_port;
} zk_peer_address_t;

typedef struct zk_peer_member {
    int64_t sid;
    const zk_peer_address_t *addresses; /* at least one */
    int32_t addresses_count;
} zk_peer_member_t;

typedef struct zk_peers_options {
    int64_t self;                    /* among the members */
    const zk_peer_member_t *members; /* the caller's, as long as the peers live */
    int32_t members_count;
    bool listen_on_all_ips;        /* quorumListenOnAllIPs */
    bool multi_address;            /* multiAddress.enabled: initial message of version 2 */
    int32_t connect_timeout_ms;    /* cnxTimeout, election port */
    int32_t handshake_timeout_ms;  /* quorumCnxnTimeoutMs, election port */
    int32_t leader_connect_ms;     /* in all, for reaching the leader */
    int32_t leader_retry_delay_ms; /* leaderConnectDelayDuringRetryMs, between at most 5 tries */
    int32_t bind_retries;          /* electionPortBindRetry, a second apart; 0: for ever */
    bool tcp_keepalive;            /* on election links */
    int64_t record_bytes_max;      /* ceiling of one buffer or string in a packet or stream */
    size_t output_bytes_max;       /* a learner link with more waiting is closed */
} zk_peers_options_t;

/* Who hears of what happens; called from zk_net_pass and zk_peers_tick only, never from the calls
 * below. */
typedef struct zk_peers_handlers {
    void *baton;
    void (*notification)(void *baton, int64_t sid, zk_str_t bytes); /* body of a frame */
    void (*connected)(void *baton, uint64_t link);                  /* zk_peers_connect succeeded */
    void (*connect_failed)(void *baton);
    void (*opened)(void *baton, uint64_t link, zk_str_t address); /* a learner came */
    void (*packet)(void *baton, uint64_t link, zk_str_t bytes);   /* one whole QuorumPacket */
    /* The next part of the body behind a SNAP that came on a link we dialled; LAST: its end mark
     * was in it and the signature behind it was good (a bad one ends the link). */
    void (*stream)(void *baton, uint64_t link, zk_str_t bytes, bool last);
    void (*drained)(void *baton, uint64_t link); /* zk_peers_await_drained */
    void (*gone)(void *baton, uint64_t link);    /* once for each connected and opened one, also for
                                                  * those we    closed */
    /* Nobody listens on SID's election port although its host answers: no such process.  May be
     * NULL. */
    void (*refused)(void *baton, int64_t sid);
} zk_peers_handlers_t;

typedef struct zk_peers zk_peers_t;

/* Bind the election port(s) and begin.  PEERS lives in POOL, whose destruction closes everything.
 */
apr_status_t zk_peers_create(zk_peers_t **peers, const zk_peers_options_t *options,
                             const zk_peers_handlers_t *handlers, zk_net_t *net, apr_pool_t *pool,
                             zk_note_t *note);

/* Queue a notification for SID (not self), replacing what still waits; connects when there is no
 * link. */
void zk_peers_notify(zk_peers_t *peers, int64_t sid, const void *bytes, size_t size);

/* Accept learners on our quorum port(s), or no more.  Links stay until closed.  A port that cannot
 * be bound is tried again at each tick and logged. */
void zk_peers_listen(zk_peers_t *peers);
void zk_peers_unlisten(zk_peers_t *peers);

/* Reach SID's quorum port: names resolved anew, all addresses tried, at most 5 tries; one attempt
 * at a time. */
void zk_peers_connect(zk_peers_t *peers, int64_t sid);

/* Queue bytes on LINK; ignored when it is gone.  Written at the end of the pass. */
void zk_peers_send(zk_peers_t *peers, uint64_t link, const void *bytes, size_t size);

/* When all that was sent on LINK is written, tell `drained`, once. */
void zk_peers_await_drained(zk_peers_t *peers, uint64_t link);

/* Bytes that wait to be written on LINK; 0 when it is gone. */
size_t zk_peers_output_bytes(const zk_peers_t *peers, uint64_t link);
/* Whether LINK is there and may be written to. */
bool zk_peers_is_open(const zk_peers_t *peers, uint64_t link);

/* Write what was queued since (called with zk_net_flush). */
void zk_peers_flush(zk_peers_t *peers);

/* End LINK once its output is written, within a second; 0: the attempt to connect. */
void zk_peers_close(zk_peers_t *peers, uint64_t link);

/* Stop and resume reading from LINK (a snapshot comes faster than the disk takes it). */
void zk_peers_pause(zk_peers_t *peers, uint64_t link);
void zk_peers_resume(zk_peers_t *peers, uint64_t link);

/* Timers; at least every 50 ms.  Returns in how many ms the next is due. */
int32_t zk_peers_tick(zk_peers_t *peers, int64_t mono_ms);

/* No election port could be bound, and all tries are used up: nobody will ever hear us. */
bool zk_peers_is_deaf(const zk_peers_t *peers);

/* Nothing is waiting to be written. */
bool zk_peers_is_idle(const zk_peers_t *peers);

#endif
