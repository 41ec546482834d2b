/* cluster.h -- whole ensembles in memory: machines, links that keep order, disks that can be slow.
 *
 * A server's tree is the list of what it applied, its disk a snapshot and records of which some are
 * not synced yet.  A server may be a puppet: it has no machine, the test speaks for it and reads in
 * the trace what it was sent.  Time moves in steps of 10 ms; everything that is not held back
 * happens at once. After every step the machine proves its invariants. */
#ifndef ZAB_CLUSTER_H
#define ZAB_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/packet.h"
#include "zab/election.h"
#include "zab/history.h"
#include "zab/outputs.h"
#include "zab/zab.h"

enum { CLUSTER_SERVERS_MAX = 8, CLUSTER_TICK_MS = 200, CLUSTER_TRACE_MAX = 20000 };

typedef struct cluster_txn {
    int64_t zxid, tag;
} cluster_txn_t;

typedef struct cluster_txns {
    cluster_txn_t *items;
    size_t count, capacity;
} cluster_txns_t;

/* One thing that left a server. */
typedef struct cluster_sent {
    int64_t from, to;
    int32_t type;
    int64_t zxid;
    char bytes[256]; /* its beginning */
    size_t size;
} cluster_sent_t;

typedef struct cluster_server {
    zk_zab_options_t options;
    zk_zab_t *zab; /* NULL: down, or a puppet */
    bool is_puppet;
    bool holds_disk; /* syncs are not reported, and a crash loses what waits */
    bool is_unread;  /* what it streams is not read to its end */
    bool may_vote;
    cluster_txns_t tree, snapshot, log;
    size_t synced; /* records */
    int64_t snapshot_zxid;
    int64_t accepted_epoch, current_epoch; /* durable */
    uint64_t streams_on;                   /* link on which a snapshot is awaited */
    int64_t stream_zxid;
    int64_t confirmed;
    int32_t serves, stops, snapshots_sent;
    bool is_stopped;
} cluster_server_t;

extern cluster_server_t cluster_servers[CLUSTER_SERVERS_MAX];
extern cluster_sent_t cluster_trace[CLUSTER_TRACE_MAX];
extern size_t cluster_traced;
extern int64_t cluster_ms;

void cluster_setup(void);
void cluster_teardown(void);

/* Options of SID among VOTERS voters 1..n; more sids are observers. */
zk_zab_options_t *cluster_add(int64_t sid, int32_t voters);
void cluster_start(int64_t sid);
void cluster_start_all(int32_t servers, int32_t voters);
void cluster_crash(int64_t sid);
void cluster_shut_down(int64_t sid);

/* Deliver what is under way; then let time pass. */
void cluster_settle(void);
void cluster_run(int64_t duration_ms);

/* No message passes between A and B; links break. */
void cluster_cut(int64_t a, int64_t b, bool is_cut);
void cluster_isolate(int64_t sid, bool is_cut);
/* Messages on links from A to B wait. */
void cluster_stall(int64_t a, int64_t b, bool is_stalled);
void cluster_hold_disk(int64_t sid, bool holds);

int64_t cluster_leader(void); /* who serves as leader; 0: nobody */
/* The leader proposes TAG; returns its zxid. */
int64_t cluster_propose(int64_t tag);
bool cluster_has(int64_t sid, int64_t tag);
bool cluster_agree(int32_t servers);
int64_t cluster_confirm(int64_t sid);

/* The test as server SID: a vote, a link to a server's quorum port, packets. */
void cluster_vote(int64_t from, int64_t to, zk_server_state_t state, int64_t leader, int64_t zxid,
                  int64_t epoch);
uint64_t cluster_open(int64_t puppet, int64_t to);
void cluster_send(uint64_t link, int64_t puppet, int32_t type, int64_t zxid, zk_str_t data);
void cluster_send_stream(uint64_t link, int64_t puppet);
uint64_t cluster_link(int64_t a, int64_t b); /* the open one; 0: none */

/* How many packets of TYPE went from FROM to TO; and the place of the first of ZXID (-2: any) at or
 * behind AT, or SIZE_MAX. */
size_t cluster_count(int64_t from, int64_t to, int32_t type);
size_t cluster_find(size_t at, int64_t from, int64_t to, int32_t type, int64_t zxid);

#endif
