/* replica.h -- one server's whole mind: an event in, actions out.
 *
 * This is what the server runs and what a simulator runs.  Pure: time comes with the event,
 * randomness from the seed given at creation; no clock, file, socket or thread in here or in
 * anything below.
 *
 * Life of a write in here: a client frame is decoded and checked against the tree and the changes
 * still pending (prepare.c), becomes a txn with a zxid (zab proposes it) and an APPEND_LOG action.
 * Nothing is answered until LOG_SYNCED reports that zxid durable: then it is committed, applied
 * (tree/apply.c), watchers are told, and the reply goes out (reply.c).  A session's reads wait
 * behind its own writes (order.c).
 *
 * Memory: an event stays the caller's.  Actions are appended to the caller's zk_actions_t; a SEND's
 * bytes lie in actions->bytes; blobs in actions carry one reference that the caller takes over. */
#ifndef ZK_PIPELINE_REPLICA_H
#define ZK_PIPELINE_REPLICA_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/scheme.h"
#include "base/blob.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/summary.h"
#include "session/session.h"
#include "tree/tree.h"
#include "tree/watch.h"
#include "wire/records.h"
#include "wire/txn.h"
#include "zab/zab.h"

/* What one learner may have under way at its leader while commits stall: after that its link ends.
 * A learner of ours, and of upstream's, lets its clients have far less (globalOutstandingLimit). */
#define ZK_LEARNER_REQUESTS_MAX 100000
#define ZK_LEARNER_BYTES_MAX (INT64_C(256) * 1024 * 1024)
/* Sessions that a learner tells of with one answer to a ping; the others wait for the next.  Their
 * packet fits what every leader reads. */
#define ZK_LEARNER_TOUCHES_MAX 65536

/* ---- configuration: all that decides, nothing about files and sockets ---- */

/* Lists of children and of ephemerals have no bound of their own; a frame has, and so has what a
 * connection may hold. */
#define ZK_REPLY_BYTES_MAX (INT64_C(512) * 1024 * 1024)

typedef struct zk_replica_options {
    int64_t server_id; /* top byte of session ids; 1 for a standalone server */
    uint64_t random_seed;
    int32_t tick_ms;
    int32_t session_timeout_min_ms; /* already defaulted: 2 ticks */
    int32_t session_timeout_max_ms; /* 20 ticks */
    int32_t snap_count;             /* zookeeper.snapCount */
    int64_t snap_bytes_max;         /* snapSizeLimitInKb in bytes; <= 0: off */
    bool extended_types_enabled;    /* TTL znodes may be created */
    bool emulate_353_ttl;
    bool digest_enabled; /* write digests into txns */
    bool enforce_quota;
    bool reconfig_enabled;
    int32_t outstanding_max;         /* globalOutstandingLimit */
    int32_t record_bytes_max;        /* largest log record that every reader takes */
    int64_t proposal_bytes_max;      /* largest that our own reader takes; 0: no bound */
    int64_t reply_bytes_max;         /* a longer list is refused, -5; 0: ZK_REPLY_BYTES_MAX */
    int32_t throttled_op_wait_ms;    /* 0: off */
    int64_t large_request_threshold; /* -1: off */
    int64_t large_request_bytes_max;
    int64_t container_check_ms; /* znode.container.checkIntervalMs */
    int32_t container_max_per_minute;
    int64_t container_never_used_ms;
    int32_t connection_tokens; /* connection_throttle_tokens; 0: off */
    int32_t connection_fill_ms;
    int32_t connection_fill_count;
    zk_auth_config_t auth;
    /* ensemble; all of it off for a standalone server */
    bool in_ensemble;
    zk_zab_options_t zab;         /* self, voters, limits; read when in_ensemble */
    bool leader_serves;           /* leaderServes: the leader takes clients */
    int64_t learner_requests_max; /* 0: ZK_LEARNER_REQUESTS_MAX */
    int32_t learner_touches_max;  /* 0: ZK_LEARNER_TOUCHES_MAX */
    bool local_sessions_enabled;
    bool local_sessions_upgrading; /* a local session becomes global by its first ephemeral */
    bool read_only_mode;           /* readonlymode.enabled */
} zk_replica_options_t;

/* ---- events ---- */

typedef enum zk_event_type {
    ZK_EVENT_TICK,          /* time passed; the caller sends one at least every tick_ms / 4 */
    ZK_EVENT_CLIENT_OPENED, /* a connection was accepted */
    ZK_EVENT_CLIENT_FRAME,  /* one whole frame, without its length prefix */
    ZK_EVENT_CLIENT_GONE,   /* the connection is closed; nothing may be sent to it any more */
    ZK_EVENT_LOG_SYNCED,    /* every record up to `zxid` is durable */
    ZK_EVENT_SNAPSHOT_ROOM, /* the snapshot writer can take more chunks */
    ZK_EVENT_SNAPSHOT_DONE, /* the snapshot of `zxid` has its final name and is synced (or `failed`)
                             */
    ZK_EVENT_SHUTDOWN,      /* accept no more requests; what is under way is finished */
    /* members of an ensemble only; see peer/peer.h for the links */
    ZK_EVENT_PEER_NOTIFICATION, /* `bytes`, a frame of the election port, from server `sid` */
    ZK_EVENT_PEER_REFUSED,   /* nobody listens on the election port of server `sid`: no such process
                              */
    ZK_EVENT_PEER_CONNECTED, /* the link that CONNECT_LEADER asked for is up, as `link` */
    ZK_EVENT_PEER_CONNECT_FAILED, /* it cannot be had */
    ZK_EVENT_PEER_OPENED,         /* a learner came, as `link`; `bytes`: its address */
    ZK_EVENT_PEER_PACKET,         /* `bytes`, one whole QuorumPacket, on `link` */
    ZK_EVENT_PEER_STREAM,         /* `bytes`, the next part of the snapshot body behind a SNAP on
                                   * `link`, up to and with its end mark, without the signature; the
                                   * end mark is in it, and the signature was good, when `last` */
    ZK_EVENT_PEER_DRAINED, /* all that was sent on `link` up to a PEER_SEND with `tells_drained` is
                            * written (also when that happened at once) */
    ZK_EVENT_PEER_GONE,    /* `link` is void */
    ZK_EVENT_EPOCH_SAVED,  /* `epoch` is durable as acceptedEpoch or, `is_current`, currentEpoch */
    ZK_EVENT_LOG_READ,     /* `log`, what READ_LOG asked for, for `link` */
    ZK_EVENT_RELOADED /* TRUNCATE_LOG or INSTALL_SNAPSHOT is done and what is on disk now was loaded
                       * (zk_replica_load_*), it ends at `zxid`; or `failed`: nothing usable is
                       * left */
} zk_event_type_t;

typedef struct zk_event {
    zk_event_type_t type;
    int64_t wall_ms; /* ms since 1970, for the times in stats */
    int64_t mono_ms; /* monotonic, for sessions and every timeout */
    uint64_t
        client; /* OPENED, FRAME, GONE: the connection: slot in the low 32 bits, generation above.
                 * Slots are small and reused, so the brain may index an array by them. */
    uint16_t port;   /* OPENED: the peer's port */
    zk_str_t bytes;  /* FRAME: the frame; OPENED: the peer's address in Java's text form; PEER_* */
    int64_t zxid;    /* LOG_SYNCED, SNAPSHOT_DONE, RELOADED */
    bool failed;     /* SNAPSHOT_DONE, RELOADED */
    int64_t sid;     /* PEER_NOTIFICATION */
    uint64_t link;   /* PEER_*, LOG_READ; never 0 */
    bool last;       /* PEER_STREAM */
    int64_t epoch;   /* EPOCH_SAVED */
    bool is_current; /* EPOCH_SAVED */
    const zk_zab_log_part_t *log; /* LOG_READ */
} zk_event_t;

/* ---- actions, to be carried out in order ---- */

typedef enum zk_action_type {
    ZK_ACTION_SEND,       /* send bytes[offset, offset + length) of actions->bytes to `client` */
    ZK_ACTION_CLOSE,      /* flush what was sent to `client`, then close it */
    ZK_ACTION_PAUSE,      /* stop reading from `client` ... */
    ZK_ACTION_RESUME,     /* ... and go on */
    ZK_ACTION_APPEND_LOG, /* append `blob` as record `zxid` and sync; then LOG_SYNCED */
    ZK_ACTION_ROLL_LOG,   /* the next append begins a new log file */
    ZK_ACTION_SNAPSHOT_BEGIN, /* begin snapshot.<zxid> */
    ZK_ACTION_SNAPSHOT_CHUNK, /* append `blob` to it */
    ZK_ACTION_SNAPSHOT_END,   /* finish it with `digest`; then SNAPSHOT_DONE */
    ZK_ACTION_DRAINED,        /* after SHUTDOWN: everything accepted is durable and answered */
    /* members of an ensemble only */
    ZK_ACTION_NOTIFY,         /* bytes[offset, offset + length): a frame for server `sid` */
    ZK_ACTION_LISTEN,         /* accept learners on the quorum port ... */
    ZK_ACTION_UNLISTEN,       /* ... and no more; their links stay until PEER_CLOSE */
    ZK_ACTION_CONNECT_LEADER, /* reach server `sid`'s quorum port */
    ZK_ACTION_PEER_SEND,    /* bytes[offset, offset + length) on `link`; ignored when it is gone */
    ZK_ACTION_PEER_CLOSE,   /* flush and end `link`; 0: the attempt to connect */
    ZK_ACTION_SAVE_EPOCH,   /* make `epoch` durable as `is_current` says; then EPOCH_SAVED */
    ZK_ACTION_READ_LOG,     /* records above `zxid`, for `link`; then LOG_READ */
    ZK_ACTION_TRUNCATE_LOG, /* forget every record above `zxid`, load anew; then RELOADED */
    ZK_ACTION_SNAPSHOT_ABORT, /* the snapshot begun is not wanted, drop its file.  One SNAPSHOT_DONE
                               * follows each SNAPSHOT_BEGIN in any case, in order: this says
                               * `failed` unless it is on its way already */
    ZK_ACTION_INSTALL_SNAPSHOT /* snapshot.<zxid>, which came from the leader and is durable, is the
                                * only state now (zk_store_install): load it; then RELOADED */
} zk_action_type_t;

typedef struct zk_action {
    zk_action_type_t type;
    uint64_t client;
    size_t offset, length; /* SEND, NOTIFY, PEER_SEND */
    int64_t zxid;
    int64_t sid;        /* NOTIFY, CONNECT_LEADER */
    uint64_t link;      /* PEER_SEND, PEER_CLOSE, READ_LOG */
    bool tells_drained; /* PEER_SEND: PEER_DRAINED is to follow */
    int64_t epoch;      /* SAVE_EPOCH */
    bool is_current;    /* SAVE_EPOCH */
    bool is_received;   /* SNAPSHOT_BEGIN, _CHUNK, _END: of a leader's stream, whose chunks come as
                         * fast as the link gives them (pause it when the writer is behind); its
                         * digest is not known: write none */
    uint64_t digest;    /* SNAPSHOT_END */
    zk_blob_t *blob;    /* APPEND_LOG, SNAPSHOT_CHUNK: one reference, the caller's */
} zk_action_t;

typedef struct zk_actions {
    zk_action_t *items;
    size_t count, capacity;
    zk_buffer_t bytes;
} zk_actions_t;

void zk_actions_init(zk_actions_t *actions);
/* Empty it for the next pass; blobs still in it are released unless the caller set them NULL. */
void zk_actions_clear(zk_actions_t *actions);
void zk_actions_free(zk_actions_t *actions);

/* ---- life ---- */

typedef struct zk_replica zk_replica_t;

/* A replica with a fresh tree, zxid 0.  OPTIONS are copied, the strings in them stay the caller's.
 */
zk_replica_t *zk_replica_create(const zk_replica_options_t *options);
void zk_replica_destroy(zk_replica_t *replica);

/* Recovery, before the first event, and again before a RELOADED event: what the store reads goes in
 * here (same meaning as zk_store_sink_t).  The bool ones return false on content that cannot be
 * (damaged). */
void zk_replica_load_begin(zk_replica_t *replica, int64_t zxid);
bool zk_replica_load_session(zk_replica_t *replica, int64_t session_id, int32_t timeout_ms);
bool zk_replica_load_acl(zk_replica_t *replica, int64_t acl_id, const zk_acl_vector_t *acl);
bool zk_replica_load_znode(zk_replica_t *replica, zk_str_t path, zk_str_t data, int64_t acl_id,
                           const zk_stat_persisted_t *stat);
/* *DIGEST_OK tells whether the snapshot's own digest, if it is of ZXID, agrees with the tree. */
bool zk_replica_load_snapshot_end(zk_replica_t *replica, int64_t zxid, int64_t digest_zxid,
                                  int32_t digest_version, int64_t digest, bool *digest_ok);
/* Replay one record, whose encoded form is PAYLOAD (kept for learners when in an ensemble). Returns
 * false when its digest disagrees with the tree afterwards (reported, never fatal). */
bool zk_replica_load_txn(zk_replica_t *replica, const zk_txn_decoded_t *txn, zk_str_t payload);
/* Done: drop ephemerals of unknown sessions, give every session its full timeout from MONO_MS,
 * start serving. */
void zk_replica_start(zk_replica_t *replica, int64_t wall_ms, int64_t mono_ms);

/* The same for a member of an ensemble, which looks for a leader first.  The epochs are those of
 * the two files, durable.  MAY_VOTE false: there was no usable state (lost or damaged), so this
 * server has no say until a leader has given it one. */
void zk_replica_join(zk_replica_t *replica, int64_t accepted_epoch, int64_t current_epoch,
                     bool may_vote, int64_t wall_ms, int64_t mono_ms, zk_actions_t *actions);

/* Encode the present state as one snapshot body (start-up of a fresh directory; tests). */
void zk_replica_snapshot_now(zk_replica_t *replica, zk_buffer_t *body, int64_t *zxid,
                             uint64_t *digest);

/* Handle EVENT and append to ACTIONS what the caller must now do, in order. */
void zk_replica_step(zk_replica_t *replica, const zk_event_t *event, zk_actions_t *actions);

/* The last step had no room for all that there is to say: step again soon, a TICK will do. */
bool zk_replica_has_more(const zk_replica_t *replica);

/* ---- looking in: admin and tests, from the thread that steps ---- */

/* One connection as `cons` and `stat` show it. */
typedef struct zk_client_view {
    uint64_t client;
    zk_str_t address;   /* as given at OPENED */
    int64_t session_id; /* 0: none yet */
    int32_t timeout_ms;
    int64_t established_wall_ms;
    int32_t outstanding;          /* requests not answered */
    int64_t received, sent;       /* packets */
    int32_t last_op;              /* zk_opcode_t; 0: NA */
    int64_t last_cxid, last_zxid; /* -1: none */
    int64_t last_response_mono_ms;
    int64_t last_latency_ms, min_latency_ms, max_latency_ms, total_latency_ms, latency_count;
    bool paused;
} zk_client_view_t;

typedef struct zk_replica_stats {
    int64_t packets_received, packets_sent;
    int64_t latency_count, latency_total_ms, latency_min_ms, latency_max_ms;
    int64_t outstanding;
    int64_t response_last_bytes, response_min_bytes, response_max_bytes; /* -1 before the first */
    int64_t commits, proposals, sessions_expired, connections_revalidated, connection_requests,
        connections_rejected, digest_mismatches, stale_requests, throttled_ops, large_rejected,
        quota_exceeded, response_bytes, watch_bytes, bytes_received;
    int64_t watch_fired[5];                      /* by event type 1..4 */
    zk_summary_t watch_told[5];                  /* clients told of one event, by type */
    zk_reservoir_t read_latency, update_latency; /* ms */
    zk_reservoir_t propagation_latency;          /* from proposed to applied, wall clock, ms */
    zk_summary_t token_deficit; /* tokens missing in the connection throttle, at each handshake */
    int64_t snapshots, last_snapshot_zxid, last_snapshot_wall_ms;
    int64_t pending_syncs; /* in an ensemble: asked for and not answered yet */
} zk_replica_stats_t;

/* The live counters; the caller may reset them with zk_replica_reset_stats (srst). */
const zk_replica_stats_t *zk_replica_stats(const zk_replica_t *replica);
void zk_replica_reset_stats(zk_replica_t *replica);
void zk_replica_reset_client_stats(zk_replica_t *replica); /* crst */

zk_tree_t *zk_replica_tree(zk_replica_t *replica);
zk_watch_table_t *zk_replica_watches(zk_replica_t *replica);
zk_session_table_t *zk_replica_sessions(zk_replica_t *replica);
void zk_replica_visit_clients(zk_replica_t *replica,
                              void (*visit)(void *baton, const zk_client_view_t *view),
                              void *baton);
int64_t zk_replica_session_of(const zk_replica_t *replica, uint32_t client_slot); /* 0: none */

/* The ensemble as this server sees it.  Never NULL. */
const zk_zab_t *zk_replica_zab(const zk_replica_t *replica);
/* Does this server take clients now?  In read-only mode it does, for those who agreed. */
bool zk_replica_is_serving(const zk_replica_t *replica);
bool zk_replica_is_read_only(const zk_replica_t *replica);
/* The Zxid of srvr and stat: the last txn applied, or on a leader that has proposed nothing yet the
 * beginning of its epoch, as upstream shows it. */
int64_t zk_replica_shown_zxid(const zk_replica_t *replica);

/* Prove all invariants of all rooms; NULL or a sentence in TEXT. */
const char *zk_replica_check(zk_replica_t *replica, char *text, size_t size);

#endif
