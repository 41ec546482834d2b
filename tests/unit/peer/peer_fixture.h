/* peer_fixture.h -- servers on loopback in one thread: each a net and its peers, all pumped in
 * turn. */
#ifndef PEER_FIXTURE_H
#define PEER_FIXTURE_H

#include "lib/zk_test.h"
#include "peer/peer.h"

enum { FIXTURE_SERVERS = 3 };

typedef struct fixture_server {
    zk_net_t *net;
    zk_peers_t *peers;
    apr_pool_t *pool;
    char heard[4096]; /* "sid:text;" of notifications; "P:..." of packets, "S:n[!]" of streams */
    int notifications, connected, connect_failed, opened, gone, packets, drained, refused;
    int64_t refused_sid;
    int64_t stream_bytes;
    int streams_done;
    bool pause_streams; /* pause after each part */
    uint64_t link;      /* the last one connected or opened */
} fixture_server_t;

extern fixture_server_t servers[FIXTURE_SERVERS + 1]; /* by sid; 0 is not used */

/* Ports of server SID. */
#define QUORUM_PORT(sid) ((uint16_t)(22000 + (sid)))
#define ELECTION_PORT(sid) ((uint16_t)(22010 + (sid)))

void peer_setup(void);
void peer_teardown(void);
/* Start server SID; its list has the first LISTED servers. */
void peer_start(int sid, int listed);
void peer_stop(int sid);
/* One pass of each server. */
void peer_pump(void);
/* Pump until *VALUE >= WANTED, for at most ten seconds. */
bool peer_pump_until(const int *value, int wanted);
void peer_say(int from, int to, const char *text);
/* A plain connection to PORT on loopback, with a time limit. */
apr_socket_t *peer_plain(uint16_t port);
/* Bytes until SIZE are there or the other side ends (returned short), pumping meanwhile. */
size_t peer_plain_read(apr_socket_t *socket, void *bytes, size_t size);

#endif
