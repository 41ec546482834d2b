/* broadcast.h -- atomic broadcast: every server applies the same payloads in the same order.
 *
 * Payloads are opaque bytes here.  The one who leads gives each a zxid, proposes it, counts who has
 * it on disk, and delivers it once a quorum has.  A standalone server is an ensemble of one: the
 * leader is the whole quorum, and its only ack is its own log sync.
 *
 *        propose(zxid, payload)             acked(self, zxid)  [log synced]
 *   pipeline ---------------> proposals ----------------------------------> deliver(zxid, payload)
 *                                 |         acked(sid, zxid)   [ACK packet]       |
 *                                 +-- to learners (when there are any)            +-> apply, reply
 *
 * Events that come in: propose (from the pipeline), acked by this server (its log is synced up to a
 * zxid), acked by a learner.  What goes out: zk_broadcast_deliver hands over what is committed, in
 * order. Election, discovery and synchronisation precede this phase: they decide who leads, with
 * which epoch, and from which zxid on.
 *
 * Invariants (zk_broadcast_check)
 *   1. Proposals are in strictly increasing zxid order, each above last_committed.
 *   2. Nothing is delivered before a quorum of the voters acked it.
 *   3. Deliveries are in proposal order without gaps.
 *   4. Acks only grow: an ack of zxid covers all before it, because logs are written in order.
 *
 * Facts: upstream Leader.java (propose, processAck, tryToCommit). */
#ifndef ZK_ZAB_BROADCAST_H
#define ZK_ZAB_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "zab/quorum.h"

typedef struct zk_broadcast zk_broadcast_t;

/* The broadcast of server SELF (a member of VOTERS) whose log ends at LAST_ZXID, all of it
 * committed. */
zk_broadcast_t *zk_broadcast_create(int64_t self, const zk_quorum_t *voters, int64_t last_zxid);
void zk_broadcast_destroy(zk_broadcast_t *broadcast);

/* The zxid that the next proposal must bear. */
int64_t zk_broadcast_next_zxid(const zk_broadcast_t *broadcast);

/* Propose PAYLOAD as ZXID == zk_broadcast_next_zxid.  Takes a reference of its own. */
void zk_broadcast_propose(zk_broadcast_t *broadcast, int64_t zxid, zk_blob_t *payload);

/* Voter SID has everything up to ZXID on disk.  Others than voters, and acks that say nothing new,
 * are ignored; an ack above the last proposal is the caller's mistake. */
void zk_broadcast_acked(zk_broadcast_t *broadcast, int64_t sid, int64_t zxid);

/* The next committed proposal: its zxid and payload with a reference that is now the caller's.
 * False when there is none yet. */
bool zk_broadcast_deliver(zk_broadcast_t *broadcast, int64_t *zxid, zk_blob_t **payload);

int64_t zk_broadcast_last_proposed(const zk_broadcast_t *broadcast);
int64_t zk_broadcast_last_committed(const zk_broadcast_t *broadcast);
/* Proposals not yet delivered. */
size_t zk_broadcast_outstanding(const zk_broadcast_t *broadcast);

/* Prove the invariants; NULL or a sentence in TEXT. */
const char *zk_broadcast_check(const zk_broadcast_t *broadcast, char *text, size_t size);

#endif
