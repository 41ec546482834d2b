/* zab.h -- one server's part in the ensemble: election, discovery, synchronisation, broadcast.
 *
 * A step function like the replica's: an event in, things to do out.  Payloads are opaque bytes.
 * What is to be said to a client, what a txn means, what a session is: none of that is known here.
 * A standalone server is an ensemble of one that leads from the start.
 *
 *          election.c decides
 *   LOOKING -----------------> FOLLOWING / OBSERVING          learner.c
 *      ^  \                     DISCOVERY        connect, FOLLOWERINFO .. ACKEPOCH
 *      |   \                    SYNCHRONIZATION  DIFF|TRUNC|SNAP .. NEWLEADER, ACK, UPTODATE
 *      |    \                   BROADCAST        PROPOSAL .. ACK, COMMIT
 *      |     +----------------> LEADING                        leader.c, sync.c, broadcast.c
 *      |                        DISCOVERY        an epoch above all that a quorum has seen
 *      |                        SYNCHRONIZATION  until a quorum acked NEWLEADER
 *      |                        BROADCAST        propose, count acks, commit
 *      |
 *      +---- any end of a role: stop serving, wait for the log's last sync, hand over every
 *            logged proposal that is not yet delivered (so that tree and log are equal), only
 *            then look again
 *
 * Durability: nothing that depends on a sync is sent before the event that reports it.  An ACK of
 * zxid waits for LOG_SYNCED, ACKEPOCH and LEADERINFO for EPOCH_SAVED of acceptedEpoch, the ACK of
 * NEWLEADER for the sync of the whole initial history and then for EPOCH_SAVED of currentEpoch. The
 * vote's zxid covers durable records only.
 *
 * Order with the one who steps (pipeline): outputs are carried out in order.  zk_zab_deliver is
 * pulled after each step, and may be left for later when the step is full; what zab counts as
 * delivered is what was pulled, and a SNAP is of exactly that state.
 *
 * Invariants (zk_zab_check)
 *   1. History (the latest delivered proposals, kept for DIFF) is contiguous: within an epoch each
 *      zxid is the one before plus 1.  A new epoch begins at counter 1 (first_counter) with us, and
 *      anywhere with a leader of upstream's that was told so to test its rollover: that is taken as
 *      it comes, since no second counter of an epoch can be told from a first one.  Counter 0 is no
 *      txn's.
 *   2. Proposals are in the same order behind it; delivered <= committed <= logged or proposed.
 *   3. acceptedEpoch >= currentEpoch >= epoch of the last delivered zxid, as far as they are
 *      durable.
 *   4. Who is not LEADING in BROADCAST or a learner after UPTODATE is not serving.
 *
 * Facts: upstream FastLeaderElection, Leader, LearnerHandler, Learner, Follower, Observer .java. */
#ifndef ZK_ZAB_ZAB_H
#define ZK_ZAB_ZAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/records.h"
#include "zab/quorum.h"

/* As on the wire, in notifications. */
typedef enum zk_server_state {
    ZK_SERVER_LOOKING = 0,
    ZK_SERVER_FOLLOWING = 1,
    ZK_SERVER_LEADING = 2,
    ZK_SERVER_OBSERVING = 3
} zk_server_state_t;

typedef enum zk_zab_phase {
    ZK_ZAB_ELECTION,
    ZK_ZAB_DISCOVERY,
    ZK_ZAB_SYNCHRONIZATION,
    ZK_ZAB_BROADCAST,
    ZK_ZAB_LEAVING /* a role has ended; waits for the log and for the last deliveries */
} zk_zab_phase_t;

typedef struct zk_zab_options {
    int64_t self;
    bool is_alone; /* no ensemble: leads at once, zxids go on, nobody is listened to */
    bool is_observer;
    zk_quorum_t voters;
    zk_str_t config_text; /* the server list as in notifications and NEWLEADER; the caller's */
    int64_t config_version;
    int32_t tick_ms;
    int32_t init_limit, sync_limit; /* ticks */
    int32_t connect_limit;          /* ticks for reaching the leader; 0: init_limit */
    int32_t notification_min_ms, notification_max_ms; /* resend interval, doubling; 200, 60000 */
    int32_t epoch_wait_max_ms; /* a leader whose voters look again gives up after this; -1: never */
    bool observer_logs;        /* syncEnabled */
    bool force_snapshot_sync;
    bool strict_members; /* refuse learners that are in nobody's list */
    bool trunc_peers;    /* every learner truncates soundly: TRUNC instead of SNAP.  Upstream's
                          * cannot (it keeps newer snapshots), hence not by default */
    int32_t history_count_max; /* delivered proposals kept in memory; 0: 500 */
    int64_t history_bytes_max; /* 0: 32 MiB */
    int64_t link_bytes_max;    /* what may wait for one learner while it is being synchronised, or
                                * for ourselves while we reload; 0: 256 MiB */
    int64_t first_counter; /* of each epoch that this server leads; 0: 1.  For tests of what comes
                            * at the end of an epoch's counters; all members must have the same */
    uint64_t random_seed;
    /* May PAYLOAD, which our leader proposes as ZXID, be logged?  False (and why is logged by
     * then): it is not, and the role ends.  NULL: anything may. */
    bool (*accepts)(void *baton, int64_t zxid, zk_str_t payload);
    void *accepts_baton;
} zk_zab_options_t;

/* ---- events ---- */

typedef enum zk_zab_event_type {
    ZK_ZAB_TICK,         /* time passed; at least every 50 ms while not alone */
    ZK_ZAB_NOTIFICATION, /* `bytes`, one frame of the election port, from server `sid` */
    ZK_ZAB_REFUSED, /* nobody listens on the election port of server `sid`: its process has ended */
    ZK_ZAB_CONNECTED,      /* the link to the leader asked for by CONNECT is up, as `link` */
    ZK_ZAB_CONNECT_FAILED, /* it is not, all tries are used up */
    ZK_ZAB_OPENED,         /* someone connected to our quorum port, as `link` */
    ZK_ZAB_PACKET,         /* `bytes`, one whole QuorumPacket, on `link` */
    ZK_ZAB_STREAMED,       /* the stream behind a SNAP has come whole on `link`, and its snapshot is
                            * durable and installed as the only state (zk_zab_load_* was called), or
                            * `failed`, also because the link is gone: exactly one follows each
                            * RECEIVE_SNAPSHOT.  After a failure the old state stands, unless
                            * zk_zab_load_begin was called meanwhile: then nothing is left */
    ZK_ZAB_LINK_GONE,      /* `link` is void */
    ZK_ZAB_SNAPSHOT_SENT,  /* the stream asked for by SEND_SNAPSHOT is in `link` to its end */
    ZK_ZAB_LOG_SYNCED,     /* every appended record up to `zxid` is durable */
    ZK_ZAB_EPOCH_SAVED,    /* `epoch` is durable as `is_current` says */
    ZK_ZAB_RELOADED,   /* after TRUNCATE: log and tree end at `zxid` (zk_zab_load_* was called), or
                        * `failed`: nothing is left to start from */
    ZK_ZAB_LOG_READ,   /* what READ_LOG asked for: `log`, for `link` */
    ZK_ZAB_SHUTDOWN,   /* leave the role for good; no election follows */
    ZK_ZAB_STREAM_PART /* more of the stream behind a SNAP has come, all of it when `last`, or more
                        * of the one to a learner was written.  No limit is set to a stream that
                        * moves; who reports this gets a stalled one noticed after init_limit */
} zk_zab_event_type_t;

/* A part of the log on disk, from the record behind the one asked for. */
typedef struct zk_zab_log_part {
    const int64_t *zxids;
    zk_blob_t *const *payloads; /* the caller's references */
    size_t count;
    bool usable; /* false: the place asked for is not there, there is a gap, or it is too much to
                    send */
} zk_zab_log_part_t;

typedef struct zk_zab_event {
    zk_zab_event_type_t type;
    int64_t mono_ms;
    int64_t sid;
    uint64_t link; /* never 0 */
    zk_str_t bytes;
    int64_t zxid;
    int64_t epoch;
    bool is_current; /* EPOCH_SAVED: currentEpoch, else acceptedEpoch */
    bool failed;
    bool last; /* STREAM_PART */
    const zk_zab_log_part_t *log;
} zk_zab_event_t;

/* ---- outputs, to be carried out in order ---- */

typedef enum zk_zab_output_type {
    ZK_ZAB_NOTIFY,   /* bytes[offset, +length) of the election port's frame body to server `sid` */
    ZK_ZAB_LISTEN,   /* accept learners on the quorum port ... */
    ZK_ZAB_UNLISTEN, /* ... or no more; their links are closed one by one */
    ZK_ZAB_CONNECT,  /* reach server `sid`'s quorum port; then CONNECTED or CONNECT_FAILED */
    ZK_ZAB_SEND,     /* bytes[offset, +length) on `link` */
    ZK_ZAB_CLOSE,    /* end `link` (LINK_GONE follows), or with link 0 the try to connect */
    ZK_ZAB_SAVE_EPOCH, /* `epoch`, as `is_current` says; then EPOCH_SAVED */
    ZK_ZAB_APPEND,     /* log `blob` as `zxid`; LOG_SYNCED follows.  One reference, the caller's */
    ZK_ZAB_TRUNCATE,   /* forget every record above `zxid`; then RELOADED */
    ZK_ZAB_RECEIVE_SNAPSHOT, /* the stream of a SNAP of `zxid` follows on `link`; then STREAMED */
    ZK_ZAB_SEND_SNAPSHOT,    /* stream the tree as delivered now on `link`, end mark and signature
                              * included; then    SNAPSHOT_SENT.  What zab sends on that link meanwhile
                              * it    holds back itself */
    ZK_ZAB_READ_LOG,         /* records above `zxid` for `link`; then LOG_READ */
    ZK_ZAB_SERVE,            /* serve clients, as zk_zab_state says */
    ZK_ZAB_STOP_SERVING, /* drop clients, requests and what is pending; deliveries may still come */
    ZK_ZAB_UPWARD, /* a packet for the pipeline: REQUEST, PING with sessions, REVALIDATE, SYNC;
                    * `packet` is good until the next step; `link` and `sid` (0: our leader) */
    ZK_ZAB_LEARNER_GONE, /* a learner that was served is no more: `sid`, `link` */
    ZK_ZAB_CONFIRMED,    /* we still led after zk_zab_confirm gave `zxid` as its ticket */
    ZK_ZAB_STOPPED       /* after SHUTDOWN: everything logged is durable and delivered */
} zk_zab_output_type_t;

typedef struct zk_zab_output {
    zk_zab_output_type_t type;
    int64_t sid;
    uint64_t link;
    size_t offset, length;
    int64_t zxid;
    int64_t epoch;
    bool is_current;
    zk_blob_t *blob;
    const zk_quorum_packet_t *packet;
} zk_zab_output_t;

typedef struct zk_zab_outputs {
    zk_zab_output_t *items;
    size_t count, capacity;
    zk_buffer_t *bytes; /* the caller's, appended to */
} zk_zab_outputs_t;

/* Empty the list; blobs still in it are released unless the caller set them NULL.  BYTES is not
 * touched. */
void zk_zab_outputs_clear(zk_zab_outputs_t *outputs);
void zk_zab_outputs_free(zk_zab_outputs_t *outputs);

/* ---- life ---- */

typedef struct zk_zab zk_zab_t;

/* OPTIONS are copied; config_text stays the caller's. */
zk_zab_t *zk_zab_create(const zk_zab_options_t *options);
void zk_zab_destroy(zk_zab_t *zab);

/* What recovery found (at start, and again between TRUNCATE and RELOADED or during a SNAP): a
 * snapshot of ZXID, then each record above it.  PAYLOAD: zab takes a reference of its own. */
void zk_zab_load_begin(zk_zab_t *zab, int64_t zxid);
void zk_zab_load_txn(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload);

/* Begin: look for a leader, or lead when alone.  The epochs are those of the files (durable).
 * MAY_VOTE false: the state was lost or damaged; this server follows, and votes again once it is
 * synchronised. */
void zk_zab_start(zk_zab_t *zab, int64_t accepted_epoch, int64_t current_epoch, bool may_vote,
                  int64_t mono_ms, zk_zab_outputs_t *outputs);

void zk_zab_step(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs);

/* ---- broadcast ---- */

/* Leader in BROADCAST: the zxid that the next proposal must bear, or -1 when this epoch has none
 * left (the role ends then by itself). */
int64_t zk_zab_next_zxid(const zk_zab_t *zab);

/* Leader in BROADCAST: propose PAYLOAD as ZXID == zk_zab_next_zxid to all learners, with a
 * reference of its own. The caller logs it: LOG_SYNCED of it is this server's own ack. */
void zk_zab_propose(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload, zk_zab_outputs_t *outputs);

/* The next committed proposal (or, when a role has ended, logged one): zxid and payload with a
 * reference that is now the caller's.  False when there is none yet. */
bool zk_zab_deliver(zk_zab_t *zab, int64_t *zxid, zk_blob_t **payload, zk_zab_outputs_t *outputs);

/* Leader in BROADCAST: ask a quorum whether it still follows.  Returns a ticket, above all before;
 * CONFIRMED with it or a higher one follows, unless the role ends first. */
int64_t zk_zab_confirm(zk_zab_t *zab, zk_zab_outputs_t *outputs);

/* Send PACKET of the pipeline's (REQUEST, REVALIDATE, SYNC, a PING's answer) on LINK, 0: to our
 * leader.  Ignored when the link is gone. */
void zk_zab_send_packet(zk_zab_t *zab, uint64_t link, const zk_quorum_packet_t *packet,
                        zk_zab_outputs_t *outputs);

/* ---- looking in ---- */

zk_server_state_t zk_zab_state(const zk_zab_t *zab);
zk_zab_phase_t zk_zab_phase(const zk_zab_t *zab);
bool zk_zab_is_serving(const zk_zab_t *zab);
int64_t zk_zab_leader(const zk_zab_t *zab); /* sid; -1: none */
bool zk_zab_may_vote(const zk_zab_t *zab);  /* as given to start, true once synchronised */
int64_t zk_zab_accepted_epoch(const zk_zab_t *zab);
int64_t zk_zab_current_epoch(const zk_zab_t *zab);
int64_t zk_zab_last_logged(const zk_zab_t *zab); /* appended or proposed, durable or not */
int64_t zk_zab_last_durable(const zk_zab_t *zab);
int64_t zk_zab_last_committed(const zk_zab_t *zab);
int64_t zk_zab_last_delivered(const zk_zab_t *zab);
size_t zk_zab_outstanding(const zk_zab_t *zab); /* proposals not yet delivered */
/* As leader: learners by kind (mntr, stat); voters that follow, those with an acked NEWLEADER,
 * observers. */
int32_t zk_zab_followers(const zk_zab_t *zab);
int32_t zk_zab_synced_followers(const zk_zab_t *zab);
int32_t zk_zab_observers(const zk_zab_t *zab);
int64_t zk_zab_election_ms(const zk_zab_t *zab); /* how long the last one took */
/* Voters whose vote is known in the present or last election, our own included. */
int32_t zk_zab_heard(const zk_zab_t *zab);

/* Prove the invariants; NULL or a sentence in TEXT. */
const char *zk_zab_check(const zk_zab_t *zab, char *text, size_t size);

#endif
