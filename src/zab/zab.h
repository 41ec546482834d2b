/* zab.h -- atomic broadcast: every server applies the same payloads in the same order.
 *
 * Payloads are opaque bytes here.  The one who leads gives each a zxid, proposes it, counts who has it on
 * disk, and delivers it once a quorum has.  A standalone server is an ensemble of one: the leader is the
 * whole quorum, and its only ack is its own log sync.
 *
 *        propose(zxid, payload)             acked(self, zxid)  [log synced]
 *   pipeline ---------------> proposals ----------------------------------> deliver(zxid, payload)
 *                                 |         acked(sid, zxid)   [ACK packet]       |
 *                                 +-- to learners (when there are any)            +-> apply, reply
 *
 * Events that come in: propose (from the pipeline), acked by this server (its log is synced up to a
 * zxid), acked by a learner.  What goes out: zk_zab_deliver hands over what is committed, in order.
 * Election, discovery and synchronisation precede this phase: they decide who leads, with which epoch, and
 * from which zxid on.
 *
 * Invariants (zk_zab_check)
 *   1. Proposals are in strictly increasing zxid order, each above last_committed.
 *   2. Nothing is delivered before a quorum of the voters acked it.
 *   3. Deliveries are in proposal order without gaps.
 *   4. Acks only grow: an ack of zxid covers all before it, because logs are written in order.
 *
 * Facts: upstream Leader.java (propose, processAck, tryToCommit). */
#ifndef ZK_ZAB_ZAB_H
#define ZK_ZAB_ZAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "zab/quorum.h"

typedef struct zk_zab zk_zab_t;

/* The broadcast of server SELF (a member of VOTERS) whose log ends at LAST_ZXID, all of it committed. */
zk_zab_t *zk_zab_create(int64_t self, const zk_quorum_t *voters, int64_t last_zxid);
void zk_zab_destroy(zk_zab_t *zab);

/* The zxid that the next proposal must bear. */
int64_t zk_zab_next_zxid(const zk_zab_t *zab);

/* Propose PAYLOAD as ZXID == zk_zab_next_zxid.  Takes a reference of its own. */
void zk_zab_propose(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload);

/* Voter SID has everything up to ZXID on disk.  Others than voters, and acks that say nothing new, are
 * ignored; an ack above the last proposal is the caller's mistake. */
void zk_zab_acked(zk_zab_t *zab, int64_t sid, int64_t zxid);

/* The next committed proposal: its zxid and payload with a reference that is now the caller's.  False
 * when there is none yet. */
bool zk_zab_deliver(zk_zab_t *zab, int64_t *zxid, zk_blob_t **payload);

int64_t zk_zab_last_proposed(const zk_zab_t *zab);
int64_t zk_zab_last_committed(const zk_zab_t *zab);
/* Proposals not yet delivered. */
size_t zk_zab_outstanding(const zk_zab_t *zab);

/* Prove the invariants; NULL or a sentence in TEXT. */
const char *zk_zab_check(const zk_zab_t *zab, char *text, size_t size);

#endif
