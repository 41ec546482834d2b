/* mind.h -- the inside of a replica, shared by the files of this room and nobody else.
 *
 * Who calls whom: replica.c takes an event and hands it to the file it concerns.  receive.c reads a
 * client's frame and decides: a write goes to prepare.c at once, a read is answered by read.c at
 * once unless the client still waits for something (order.c).  commit.c applies what zab delivers
 * and lets reply.c answer. */
#ifndef ZK_PIPELINE_MIND_H
#define ZK_PIPELINE_MIND_H

#include "base/arena.h"
#include "base/log.h"
#include "base/random.h"
#include "pipeline/pending.h"
#include "pipeline/replica.h"
#include "tree/walk.h"
#include "wire/multi.h"
#include "wire/opcode.h"
#include "wire/packet.h"
#include "zab/zab.h"

/* In the place of a zxid: the last applied one at the time of the answer. */
#define ZK_ZXID_LAST_APPLIED INT64_MIN

/* A step that has produced this many bytes leaves the rest of its work to the next one: what is
 * still to be answered waits in the backlog, what is still to be delivered waits in zab. */
#define ZK_STEP_BYTES_MAX ((size_t)16 * 1024 * 1024)
/* A multiRead that answers more than this is broken off. */
#define ZK_MULTI_READ_BYTES_MAX ((size_t)64 * 1024 * 1024)

typedef struct zk_client zk_client_t;

/* ---- one request that could not be answered at once ---- */

typedef enum zk_request_kind {
    ZK_REQUEST_WRITE,   /* proposed as `zxid`; answered when that is applied */
    ZK_REQUEST_CONNECT, /* the same, for the createSession of a new connection */
    ZK_REQUEST_READ,    /* `frame` waits for its turn */
    ZK_REQUEST_DONE,    /* the answer is known: `err`, and `tail` behind the header */
    ZK_REQUEST_RENEW,   /* a renewed session waits for its older writes up to `flight`, and on a
                         * learner for the leader's word */
    ZK_REQUEST_SYNC,    /* a sync that is under way; becomes a READ when it is through */
    ZK_REQUEST_ANSWERED /* a WRITE that was applied while a sync stands before it: `frame` goes out
                         * in its turn */
} zk_request_kind_t;

typedef struct zk_request {
    struct zk_request *next; /* the client's next request, in order of arrival */
    zk_client_t *client;     /* NULL once the client is gone, and for internal requests */
    zk_request_kind_t kind;
    int32_t xid;
    int32_t type;
    int64_t zxid;    /* DONE */
    uint64_t flight; /* WRITE, CONNECT, RENEW: over once so many flights have landed */
    int64_t received_mono_ms;
    zk_identities_t *identities; /* READ: as they were when the request was read; held */
    uint8_t *frame;              /* READ: body behind the header; multi: one byte per op */
    int32_t frame_bytes;
    int32_t bytes; /* of its frame, and what a READ will answer: counted in bytes_in_process */
    int32_t answer_bytes; /* READ: what it will answer, part of `bytes` */
    int32_t large_bytes;  /* the same where it is a large one: counted in large_bytes_in_process */
    int32_t err;          /* DONE */
    bool has_null_token;  /* DONE: a SetSASLResponse with a null token follows the header */
    bool closes;          /* the connection ends with this answer */
    bool awaits_leader;   /* RENEW: the leader has not said yet whether the session lives */
    bool bars_reading;    /* RENEW: PAUSE was given until it is through */
} zk_request_t;

/* A txn that is proposed and not yet applied; front to back in zxid order, as zab delivers.  On a
 * learner: a request that was forwarded, whose txn is told by session, cxid and type. */
typedef struct zk_flight {
    int64_t zxid;          /* learner: the txn's is above this */
    zk_request_t *request; /* NULL for internal ones */
    uint64_t digest;       /* of the tree after it */
    int64_t session_id;
    int32_t cxid;
    int32_t type;
    uint64_t link; /* leader: of the learner that sent it; 0: none */
    int64_t bytes; /* of its request */
} zk_flight_t;

/* ---- the ensemble ---- */

/* What this server may do for its clients. */
typedef enum zk_role {
    ZK_ROLE_NONE,     /* nothing: there is no leader */
    ZK_ROLE_LEADER,   /* prepare their writes; also a standalone server */
    ZK_ROLE_LEARNER,  /* forward them */
    ZK_ROLE_READ_ONLY /* answer reads, of those who agreed */
} zk_role_t;

/* A sync under way, in order of arrival. */
typedef struct zk_sync {
    zk_request_t *request; /* of a client here; its client may be gone */
    uint64_t link;         /* else: of a learner */
    uint64_t renews;       /* observer, with `is_own`: the client that renews a session */
    bool is_own;
    int64_t zxid;   /* what must be applied first; learner: once `is_confirmed` */
    int64_t ticket; /* leader: what zk_zab_confirm gave */
    bool is_confirmed;
} zk_sync_t;

/* A snapshot that is sent to a learner. */
typedef struct zk_outgoing {
    uint64_t link;
    zk_walk_t *walk; /* NULL: all of it is sent, PEER_DRAINED is waited for */
    struct zk_outgoing *next;
} zk_outgoing_t;

/* The snapshot that the leader sends. */
typedef enum zk_incoming_phase {
    ZK_INCOMING_NONE,
    ZK_INCOMING_STREAM, /* parts come on `link` */
    ZK_INCOMING_FINISH, /* all have come; SNAPSHOT_DONE is waited for */
    ZK_INCOMING_INSTALL /* RELOADED is */
} zk_incoming_phase_t;

typedef struct zk_incoming {
    zk_incoming_phase_t phase;
    uint64_t link;
    int64_t zxid;
    bool link_gone; /* told to zab when the snapshot is installed */
} zk_incoming_t;

/* What a learner has under way here; see upward.c. */
typedef struct zk_learner_load {
    uint64_t link;
    int64_t requests; /* and syncs */
    int64_t bytes;
    bool is_closed; /* it had too many */
} zk_learner_load_t;

/* ---- one connection ---- */

typedef enum zk_client_state {
    ZK_CLIENT_NEW,        /* no ConnectRequest yet */
    ZK_CLIENT_CONNECTING, /* a ConnectResponse is on its way */
    ZK_CLIENT_ESTABLISHED,
    ZK_CLIENT_CLOSED /* CLOSE was given; only GONE matters */
} zk_client_state_t;

struct zk_client {
    uint64_t handle; /* as in events */
    zk_client_state_t state;
    bool has_read_only; /* the ConnectRequest had the byte: the reply mirrors it */
    bool doomed;        /* an answer that closes is queued: later frames are ignored */
    bool paused;        /* PAUSE was given, for all that is in process */
    bool gorged;        /* PAUSE was given, for what its own reads will answer */
    int32_t syncs;      /* under way; PAUSE was given until they are answered */
    bool is_barred;     /* a RENEW is in its queue */
    zk_session_t *session;
    int64_t session_id; /* also after the session is gone, for admin */
    int32_t timeout_ms;
    zk_identities_t *identities;
    zk_request_t *first;
    zk_request_t *last;
    int32_t outstanding;  /* requests in the queue */
    int64_t answer_bytes; /* what the reads among them will answer */
    zk_client_t *paused_next;
    zk_client_t *paused_prev;
    bool is_backlogged; /* answers that could be given wait for the next step */
    zk_client_t *backlog_next;
    char *address;
    uint16_t port; /* the peer's, for log lines */
    int64_t established_wall_ms;
    int64_t received, sent;
    int32_t last_op;
    int64_t last_cxid, last_zxid;
    int64_t last_response_mono_ms;
    int64_t last_latency_ms, min_latency_ms, max_latency_ms, total_latency_ms, latency_count;
};

/* ---- the whole ---- */

/* At most one line a second, and how many were left out since. */
typedef struct zk_log_pace {
    int64_t next_mono_ms;
    int64_t left_out;
} zk_log_pace_t;

/* The kinds of lines that clients can provoke; each has its own pace. */
typedef enum zk_line_kind {
    ZK_LINE_AHEAD,
    ZK_LINE_THROTTLED,
    ZK_LINE_PASSWORD,
    ZK_LINE_INVALID,
    ZK_LINE_AUTH_PACKET,
    ZK_LINE_AUTH_OK,
    ZK_LINE_AUTH_FAILED,
    ZK_LINE_NOT_AUTHENTICATED,
    ZK_LINE_USER_LEVEL,
    ZK_LINE_QUOTA,
    ZK_LINE_DIGEST,
    ZK_LINE_KINDS
} zk_line_kind_t;

typedef struct zk_snapshotting {
    int64_t records; /* since the last trigger */
    int64_t bytes;
    int64_t records_trigger; /* the present random thresholds */
    int64_t bytes_trigger;
    zk_walk_t *walk;  /* NULL: no snapshot is being produced */
    bool awaits_done; /* between BEGIN and SNAPSHOT_DONE */
    int32_t aborted;  /* so many SNAPSHOT_DONE to come are of aborted ones */
    bool moved;       /* a chunk was produced since the last tick */
    int64_t zxid;
} zk_snapshotting_t;

struct zk_replica {
    zk_replica_options_t options;
    zk_random_t random;
    zk_tree_t *tree;
    zk_watch_table_t *watches;
    zk_session_table_t *sessions;
    zk_zab_t *zab;
    zk_zab_outputs_t outputs;
    bool carrying_out; /* the outputs are being worked through */
    zk_role_t role;
    bool has_state; /* what is loaded is worth reading without a leader */
    bool zab_moved; /* zab was stepped in this step */
    int64_t looking_since_ms;
    zk_buffer_t touched; /* learner: {long session, int timeout} since the last PING */
    zk_buffer_t packet;  /* being encoded */
    zk_sync_t *syncs;    /* ring */
    size_t syncs_capacity, syncs_head, syncs_tail;
    int64_t confirm_ticket; /* asked for in this step; -1: none */
    int64_t confirmed_ticket;
    zk_outgoing_t *outgoing;
    zk_incoming_t incoming;
    bool truncating; /* RELOADED is waited for */
    zk_learner_load_t *loads;
    size_t loads_count, loads_capacity;
    uint64_t sender_link; /* of the request being prepared; 0: it is our own */
    int64_t sender_bytes;
    zk_pending_t pending;
    zk_arena_t *arena;
    zk_arena_t *proposal_arena; /* of one look at a leader's proposal */
    zk_buffer_t record;         /* the txn being encoded */
    zk_buffer_t parts;          /* sub-records of a multi */
    zk_buffer_t text;
    /* of the step under way */
    zk_actions_t *actions;
    int64_t wall_ms;
    int64_t mono_ms;
    int64_t last_tick_ms; /* monotonic */
    bool started;
    bool shutting_down;
    bool drained;
    /* recovery */
    bool load_has_znodes;
    int64_t fuzzy_until; /* digests of records before this zxid mean nothing */
    bool reach_unknown;  /* nor do those until one agrees: the snapshot does not say how far */
    /* sessions */
    int64_t next_session_id;
    int64_t tokens;
    int64_t tokens_filled_ms;
    /* connections by slot */
    zk_client_t **clients;
    uint32_t clients_capacity;
    zk_client_t *paused_first; /* those paused by the outstanding limit */
    int32_t barred_count;
    zk_client_t *backlog_first;
    zk_client_t *backlog_last;
    bool deliveries_wait; /* zab may have more to deliver */
    /* in flight */
    zk_flight_t *flights; /* ring */
    size_t flights_capacity, flights_head, flights_tail;
    zk_request_t *spare_requests;
    int64_t bytes_in_process;
    int64_t large_bytes_in_process;
    zk_snapshotting_t snapshotting;
    /* reaping */
    int64_t reap_next_ms;
    int64_t reap_last_ms;
    int64_t reap_allowance_ms; /* time for which deletions may still be made up */
    uint32_t reap_cursor;
    bool reap_running;
    zk_replica_stats_t stats;
    /* when something that clients can repeat at will was last logged */
    zk_log_pace_t paces[ZK_LINE_KINDS];
};

static inline int64_t zk_replica_last_zxid(const zk_replica_t *replica)
{
    return zk_tree_last_zxid(replica->tree);
}

static inline bool zk_step_is_full(const zk_replica_t *replica)
{
    return zk_buffer_size(&replica->actions->bytes) >= ZK_STEP_BYTES_MAX;
}

/* ---- emit.c: actions ---- */

zk_action_t *zk_emit(zk_replica_t *replica, zk_action_type_t type, uint64_t client);
/* Send bytes[OFFSET, OFFSET + LENGTH) to CLIENT; joins the SEND before it where they touch. */
void zk_emit_send(zk_replica_t *replica, zk_client_t *client, size_t offset, size_t length);
/* Begin a reply in actions->bytes: room for the prefix, and the header.  Returns the mark for
 * zk_reply_end; between the two nothing else may be emitted. */
size_t zk_reply_begin(zk_replica_t *replica, int32_t xid, int64_t zxid, int32_t err);
void zk_reply_end(zk_replica_t *replica, zk_client_t *client, size_t mark);
/* A reply without a record. */
void zk_reply_plain(zk_replica_t *replica, zk_client_t *client, int32_t xid, int64_t zxid,
                    int32_t err);
/* Count CLIENT's request TYPE (XID, answered with ZXID), received at RECEIVED_MONO_MS, as answered
 * now. */
void zk_count_answer(zk_replica_t *replica, zk_client_t *client, int32_t type, int32_t xid,
                     int64_t zxid, int64_t received_mono_ms);

/* May a line be logged now?  When so, *LEFT_OUT tells how many were not since the one before. */
bool zk_pace_allows(const zk_replica_t *replica, zk_log_pace_t *pace, int64_t *left_out);

/* ---- words.c: what is logged, in upstream's sentences ---- */

/* CLIENT has seen more than this server. */
void zk_say_ahead(zk_replica_t *replica, const zk_client_t *client,
                  const zk_connect_request_t *request);
/* CLIENT does not agree to read only. */
void zk_say_not_read_only(zk_replica_t *replica, const zk_client_t *client);
/* A new connection was refused for want of tokens. */
void zk_say_throttled(zk_replica_t *replica);
void zk_say_wrong_password(zk_replica_t *replica, const zk_client_t *client, int64_t session_id);
void zk_say_invalid(zk_replica_t *replica, const zk_client_t *client, int64_t session_id);
void zk_say_established(const zk_client_t *client);
void zk_say_expiring(const zk_session_t *session);
void zk_say_auth_packet(zk_replica_t *replica, const zk_client_t *client);
void zk_say_auth_ok(zk_replica_t *replica, const zk_client_t *client, zk_str_t scheme);
/* SCHEME may be null. */
void zk_say_auth_failed(zk_replica_t *replica, zk_str_t scheme);
/* CLIENT asks before it has authenticated as it must. */
void zk_say_not_authenticated(zk_replica_t *replica, const zk_client_t *client);
/* A write of TYPE on PATH (may be null) became an error record. */
void zk_say_failed(zk_replica_t *replica, const zk_txn_header_t *header, int32_t type,
                   zk_str_t path, int32_t err);
void zk_say_multi_failed(zk_replica_t *replica, const zk_txn_header_t *header, zk_str_t path,
                         int32_t err);
void zk_say_quota(zk_replica_t *replica, const zk_buffer_t *message);
/* The tree's digest after ZXID is not EXPECTED; counted already. */
void zk_say_digest(zk_replica_t *replica, int64_t zxid, uint64_t expected);

/* ---- clients.c ---- */

zk_client_t *zk_client_find(const zk_replica_t *replica, uint64_t handle);
zk_client_t *zk_client_by_slot(const zk_replica_t *replica, uint32_t slot);
void zk_client_opened(zk_replica_t *replica, const zk_event_t *event);
void zk_client_gone(zk_replica_t *replica, uint64_t handle);
/* Give CLOSE: queue, watches and session are let go, and nothing more is sent. */
void zk_client_finish(zk_replica_t *replica, zk_client_t *client);
void zk_clients_free(zk_replica_t *replica);
static inline uint32_t zk_client_slot(const zk_client_t *client)
{
    return (uint32_t)client->handle;
}

/* ---- receive.c ---- */

void zk_receive_frame(zk_replica_t *replica, const zk_event_t *event);

/* ---- order.c ---- */

/* A request of CLIENT (may be NULL: internal), at the end of its queue; counted as in process. */
zk_request_t *zk_order_add(zk_replica_t *replica, zk_client_t *client, zk_request_kind_t kind,
                           int32_t xid, int32_t type, size_t frame_bytes);
/* Answer with an error or plain success that is already known, in CLIENT's order; CLOSES: then
 * close. */
void zk_order_answer(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                     int64_t zxid, int32_t err, bool closes);
/* REQUEST, at the head of its client's queue, has been answered: drop it. */
void zk_order_done(zk_replica_t *replica, zk_request_t *request);
/* Answer what CLIENT's queue holds up to the next unapplied write. */
void zk_order_run(zk_replica_t *replica, zk_client_t *client);
/* Answers that earlier steps left over. */
void zk_order_run_backlog(zk_replica_t *replica);
/* Let go of CLIENT's queue: proposed writes stay in flight without it. */
void zk_order_drop(zk_replica_t *replica, zk_client_t *client);
/* Renewed sessions whose older writes are applied. */
void zk_order_run_barred(zk_replica_t *replica);
void zk_order_free_request(zk_replica_t *replica, zk_request_t *request);
/* The SetSASLResponse of a server without SASL, in order. */
void zk_order_answer_sasl(zk_replica_t *replica, zk_client_t *client, int32_t xid);

/* ---- prepare.c, operations.c, multi.c, sessions' txns ---- */

/* Who asks, while one request is prepared. */
typedef struct zk_asker {
    int64_t session_id;
    const zk_session_t *session; /* NULL: the server itself */
    const zk_identities_t *identities;
} zk_asker_t;

/* Check one create, delete, setData, setACL or check operation against the pending state and do it
 * there; the txn body (views into the request, the arena) and its type go to BODY and TXN_TYPE.  A
 * failing one changes nothing. */
zk_code_t zk_prepare_create(zk_replica_t *replica, const zk_asker_t *asker, int32_t type,
                            const zk_create_ttl_request_t *create, zk_txn_body_t *body,
                            int32_t *txn_type);
zk_code_t zk_prepare_delete(zk_replica_t *replica, const zk_asker_t *asker,
                            const zk_delete_request_t *request, zk_txn_body_t *body);
zk_code_t zk_prepare_set_data(zk_replica_t *replica, const zk_asker_t *asker,
                              const zk_set_data_request_t *request, zk_txn_body_t *body);
zk_code_t zk_prepare_set_acl(zk_replica_t *replica, const zk_asker_t *asker,
                             const zk_set_acl_request_t *request, zk_txn_body_t *body);
zk_code_t zk_prepare_check(zk_replica_t *replica, const zk_asker_t *asker,
                           const zk_check_version_request_t *request, zk_txn_body_t *body);
/* Is PROSPECT the ephemeral of a session? */
bool zk_prepare_is_owned(const zk_replica_t *replica, const zk_prospect_t *prospect);

/* Is TYPE a request that becomes a txn: a change of the tree that a client asks for?  The leader
 * takes these alone from learners, and a read-only server none of them. */
bool zk_prepare_is_write(int32_t type);
/* A write of CLIENT: its txn is proposed, or it is answered -5. */
void zk_prepare_write(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                      zk_reader_t *reader, size_t frame_bytes);
/* A multi; called by zk_prepare_write with the txn begun.  Returns -5 where the whole is refused.
 * *KINDS receives one byte per operation (1: answered with a Stat), in the arena. */
zk_code_t zk_prepare_multi(zk_replica_t *replica, const zk_asker_t *asker,
                           const zk_multi_request_t *multi, zk_txn_decoded_t *txn, uint8_t **kinds);
/* Can a txn be proposed at all (this epoch has zxids left)? */
bool zk_prepare_may(const zk_replica_t *replica);
/* A write that a learner forwarded, for a session of its own (NULL: of another's, or local to it).
 * Exactly one txn is proposed.  REFUSAL: what is wrong with the asker. */
void zk_prepare_forwarded(zk_replica_t *replica, const zk_asker_t *asker, zk_code_t refusal,
                          int32_t cxid, int32_t type, zk_reader_t *reader);
/* Does BODY decode as a request of TYPE?  *KINDS as for zk_prepare_multi, with *COUNT. */
bool zk_prepare_decodes(zk_replica_t *replica, int32_t type, zk_reader_t reader, uint8_t **kinds,
                        int32_t *count);
/* Is an operation of TYPE in a multi answered with a Stat? */
uint8_t zk_multi_wants_stat(int32_t type);
/* REQUEST waits for it; NULL: nobody here does. */
void zk_prepare_create_session(zk_replica_t *replica, zk_request_t *request, zk_session_t *session);
/* A closeSession of a session that a learner's client ends, maybe not known (any more). */
void zk_prepare_close_forwarded(zk_replica_t *replica, int64_t session_id, int32_t cxid);
/* CLIENT NULL: the session expired. */
void zk_prepare_close_session(zk_replica_t *replica, zk_client_t *client, zk_session_t *session,
                              int32_t xid);
/* A container or TTL znode whose time has come; nothing happens when it may not go. */
void zk_prepare_delete_container(zk_replica_t *replica, zk_str_t path);

/* ---- commit.c, reply.c ---- */

void zk_commit_delivered(zk_replica_t *replica);
/* The same, however much it is. */
void zk_commit_all(zk_replica_t *replica);
/* Is DIGEST, told for the tree at ZXID, that of our tree? Also true where nobody can say:
 * upstream's servers go on while they write a snapshot, so it holds some of what follows it. */
bool zk_commit_agrees(zk_replica_t *replica, int64_t zxid, uint64_t digest);
/* Apply TXN to tree and sessions during recovery. */
void zk_commit_replayed(zk_replica_t *replica, const zk_txn_decoded_t *txn);
/* FLIGHT is under way; its request and SESSION (may be NULL) learn its number. */
void zk_flight_push(zk_replica_t *replica, const zk_flight_t *flight, zk_session_t *session);
/* The role is over: nobody waits for what was proposed or forwarded. */
void zk_flights_drop(zk_replica_t *replica);
static inline size_t zk_flights_count(const zk_replica_t *replica)
{
    return replica->flights_tail - replica->flights_head;
}

/* What one operation of a multi came to. */
typedef struct zk_op_result {
    int32_t type; /* as logged */
    int32_t err;
    bool has_stat; /* `stat` was taken right after the operation */
    zk_stat_t stat;
    zk_str_t path; /* creates */
} zk_op_result_t;

void zk_reply_write(zk_replica_t *replica, zk_request_t *request, const zk_txn_decoded_t *txn,
                    int32_t err);
void zk_reply_multi(zk_replica_t *replica, zk_request_t *request, int64_t zxid,
                    const zk_op_result_t *results, int32_t count);
/* Append STAT, 68 bytes. */
void zk_put_stat(zk_buffer_t *buffer, const zk_stat_t *stat);
void zk_put_znode_stat(zk_buffer_t *buffer, const zk_znode_t *znode);

/* ---- read.c, watching.c ---- */

/* Is TYPE answered from this server's state alone? */
bool zk_read_is(int32_t type);
/* Answer a read of CLIENT made with IDENTITIES. */
void zk_answer_read(zk_replica_t *replica, zk_client_t *client, const zk_identities_t *identities,
                    int32_t xid, int32_t type, zk_reader_t *reader);
/* About how many bytes a read of TYPE, whose body READER is at, will answer with once what is
 * pending is applied. */
int64_t zk_read_expect(zk_replica_t *replica, const zk_client_t *client, int32_t type,
                       zk_reader_t reader);
/* setWatches, addWatch and their kin; false where TYPE is none of them. */
bool zk_answer_watching(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                        zk_reader_t *reader);
/* The tree's listener: tell those who watch. */
void zk_watching_changed(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                         int64_t zxid);

/* ---- session_ops.c ---- */

void zk_session_connect(zk_replica_t *replica, zk_client_t *client, zk_str_t frame);
/* The ConnectResponse for a session that lives. */
void zk_session_welcome(zk_replica_t *replica, zk_client_t *client);
void zk_session_renewed(zk_replica_t *replica, zk_client_t *client);
/* The leader's word on session ID, which a client of ours renews. */
void zk_session_revalidated(zk_replica_t *replica, int64_t id, bool valid);
/* All that was proposed when the leader said that CLIENT's renewed session lives is applied. */
void zk_session_caught_up(zk_replica_t *replica, uint64_t client);
/* SESSION has shown signs of life. */
void zk_session_alive(zk_replica_t *replica, zk_session_t *session);
/* A learner touched SESSION_ID, which its leader must hear of. */
void zk_session_note(zk_replica_t *replica, zk_session_t *session);
/* End the sessions whose time is over; after a time in which this server did not run, give each its
 * full timeout instead. */
void zk_session_expire_due(zk_replica_t *replica);
void zk_session_wake_all(zk_replica_t *replica);

/* ---- throttle.c ---- */

/* A request came in: pause CLIENT where too many are in process. */
void zk_throttle_added(zk_replica_t *replica, zk_client_t *client);
/* REQUEST, a read that waits, will answer with about BYTES: they count as in process. */
void zk_throttle_expect(zk_replica_t *replica, zk_request_t *request, int64_t bytes);
/* A request of CLIENT (NULL: it is gone) was answered: resume whom we may. */
void zk_throttle_eased(zk_replica_t *replica, zk_client_t *client);
/* CLIENT's sync is under way, and answered: nothing is read meanwhile. */
void zk_throttle_sync_begins(zk_replica_t *replica, zk_client_t *client);
void zk_throttle_sync_ends(zk_replica_t *replica, zk_client_t *client);
/* CLIENT is closed or gone: it is paused no more. */
void zk_throttle_forget(zk_replica_t *replica, zk_client_t *client);
/* May a frame of BYTES be taken?  Counts large_rejected. */
bool zk_throttle_admits(zk_replica_t *replica, size_t bytes);
/* Bytes to count while a request of a frame of BYTES is in process. */
int32_t zk_throttle_large(const zk_replica_t *replica, size_t bytes);
bool zk_throttle_takes_connection(zk_replica_t *replica);
/* Has a request that came in at RECEIVED_MONO_MS waited too long? */
bool zk_throttle_is_stale(const zk_replica_t *replica, int32_t type, int64_t received_mono_ms);

/* ---- snapshots.c ---- */

void zk_snapshots_reset(zk_replica_t *replica);
/* A record of BYTES was appended to the log. */
void zk_snapshots_logged(zk_replica_t *replica, size_t bytes);
/* Produce the next chunk, if a snapshot is under way. */
void zk_snapshots_step(zk_replica_t *replica);
void zk_snapshots_tick(zk_replica_t *replica);
void zk_snapshots_done(zk_replica_t *replica, const zk_event_t *event);
/* Give up the one under way, if there is one. */
void zk_snapshots_abort(zk_replica_t *replica);

/* ---- reap.c ---- */

void zk_reap_tick(zk_replica_t *replica);

/* ---- links.c: zab's outputs become actions, events of peers become zab's ---- */

void zk_links_carry_out(zk_replica_t *replica);
void zk_links_step(zk_replica_t *replica, zk_zab_event_t *event);
/* False where EVENT is none of those. */
bool zk_links_event(zk_replica_t *replica, const zk_event_t *event);
/* Send DATA (may be null) and AUTHINFO (count -1: null) as a packet on LINK; 0: to our leader. */
void zk_links_send(zk_replica_t *replica, uint64_t link, int32_t type, int64_t zxid, zk_str_t data,
                   const zk_id_vector_t *authinfo);

/* ---- roles.c: when clients are served, and as what ---- */

/* Ephemerals without a session go, before a standalone server serves. */
void zk_role_drop_orphans(zk_replica_t *replica);
void zk_role_comes(zk_replica_t *replica);
void zk_role_ends(zk_replica_t *replica);
/* zab may have moved on: end what it does not allow any more. */
void zk_role_settle(zk_replica_t *replica);
void zk_role_tick(zk_replica_t *replica);
/* May a client say anything? */
static inline bool zk_role_takes_clients(const zk_replica_t *replica)
{
    return replica->role != ZK_ROLE_NONE &&
           (replica->role != ZK_ROLE_LEADER || !replica->options.in_ensemble ||
            replica->options.leader_serves);
}
/* The highest zxid that this server's state is known to have reached: a leader's epoch begins with
 * one of its own, which is no txn. */
int64_t zk_role_reached_zxid(const zk_replica_t *replica);

/* ---- forward.c: a learner's side of its clients' writes ---- */

void zk_forward_write(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                      zk_reader_t *reader, size_t frame_bytes);
void zk_forward_create_session(zk_replica_t *replica, zk_request_t *request, zk_session_t *session);
void zk_forward_close_session(zk_replica_t *replica, zk_client_t *client, zk_session_t *session,
                              int32_t xid);
void zk_forward_sync(zk_replica_t *replica, zk_client_t *client, int32_t xid, zk_reader_t reader);
void zk_forward_revalidate(zk_replica_t *replica, const zk_client_t *client);
/* The request that TXN answers, if it is the oldest one; taken out of flight. */
bool zk_forward_match(zk_replica_t *replica, const zk_txn_header_t *header, zk_flight_t *flight);
/* A packet of our leader's. */
void zk_forward_packet(zk_replica_t *replica, const zk_quorum_packet_t *packet);

/* ---- proposals.c ---- */

/* zk_zab_options_t.accepts; BATON is the replica. */
bool zk_proposals_accept(void *baton, int64_t zxid, zk_str_t payload);

/* ---- upward.c: a leader's side of its learners' packets ---- */

void zk_upward_packet(zk_replica_t *replica, int64_t sid, uint64_t link,
                      const zk_quorum_packet_t *packet);
void zk_upward_gone(zk_replica_t *replica, uint64_t link);
/* A request of BYTES, or a sync, that came on LINK is over. */
void zk_upward_landed(zk_replica_t *replica, uint64_t link, int64_t bytes);
/* May a session of ID (SESSION NULL: not known here) write through OWNER? */
zk_code_t zk_upward_check_session(zk_replica_t *replica, int64_t id, zk_session_t *session,
                                  int64_t owner);

/* ---- syncs.c ---- */

/* Has a sync to wait here? */
bool zk_syncs_wait(const zk_replica_t *replica);
/* A sync of CLIENT, at the end of its queue. */
void zk_syncs_ask(zk_replica_t *replica, zk_client_t *client, int32_t xid, zk_reader_t *reader,
                  size_t frame_bytes);
/* An observer's own, before CLIENT, which renews a session here, may be welcomed. */
void zk_syncs_ask_to_renew(zk_replica_t *replica, zk_client_t *client);
/* A sync of a learner's, to be answered on LINK. */
void zk_syncs_ask_for(zk_replica_t *replica, uint64_t link);
/* The leader has answered our oldest one. */
void zk_syncs_answered(zk_replica_t *replica);
void zk_syncs_forget(zk_replica_t *replica, uint64_t link);
void zk_syncs_drop(zk_replica_t *replica);
/* Let through what may go. */
void zk_syncs_run(zk_replica_t *replica);

/* ---- streams.c: snapshots between servers ---- */

void zk_streams_send(zk_replica_t *replica, uint64_t link);
/* Everything sent on LINK is written.  True when the snapshot is over. */
bool zk_streams_drained(zk_replica_t *replica, uint64_t link);
void zk_streams_stop(zk_replica_t *replica, uint64_t link); /* 0: all */
void zk_streams_receive(zk_replica_t *replica, uint64_t link, int64_t zxid);
void zk_streams_part(zk_replica_t *replica, const zk_event_t *event);
/* LINK ends.  False: zab is not to hear of it before the snapshot is installed. */
bool zk_streams_link_ends(zk_replica_t *replica, uint64_t link, bool is_gone);
/* Is EVENT, a SNAPSHOT_DONE or RELOADED, of a snapshot that came from the leader?  It is dealt
 * with then. */
bool zk_streams_event(zk_replica_t *replica, const zk_event_t *event);

/* ---- locals.c: sessions that only this server knows ---- */

/* May the session of CLIENT do this?  False: it was answered. */
bool zk_locals_admit(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                     zk_reader_t reader);
void zk_locals_create(zk_replica_t *replica, zk_client_t *client, zk_session_t *session);
void zk_locals_close(zk_replica_t *replica, zk_client_t *client, int32_t xid);
void zk_locals_expired(zk_replica_t *replica, zk_session_t *session);

#endif
