/* world.h -- a replica and a body made of arrays: what the tests of the pipeline room share.
 *
 * The body carries out every action at once: bytes go to inboxes, records to a log in memory,
 * chunks to a snapshot.  Records become durable when the test says so (world_sync), or at once when
 * it does not care (world_auto_sync, the default).  After every step the replica proves its
 * invariants. */
#ifndef PIPELINE_WORLD_H
#define PIPELINE_WORLD_H

#include "lib/zk_test.h"

#include "base/arena.h"
#include "pipeline/replica.h"
#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"

#define WORLD_CLIENTS_MAX 64

/* ---- time, disk, life ---- */

/* Before and after each test: a started replica on a fresh tree, with TTLs allowed, digests on. */
void world_setup(void);
void world_teardown(void);

/* Options of the next replica; change them, then world_restart. */
zk_replica_options_t *world_options(void);
/* A new replica on a fresh tree; the log in memory is forgotten and all connections are. */
void world_restart(void);
/* A new replica that replays the log in memory; connections are gone. */
void world_recover(void);
zk_replica_t *world_replica(void);

void world_auto_sync(bool on);
void world_sync(void); /* everything appended is durable */
void world_sync_to(int64_t zxid);
int64_t world_logged(void); /* zxid of the newest record appended */
int64_t world_synced(void);
/* The record of ZXID, decoded in world_arena(). */
zk_txn_decoded_t world_record(int64_t zxid);
size_t world_record_bytes(int64_t zxid);

void world_pass(int64_t ms); /* time goes by in ticks of 500 ms */
void world_sleep(int64_t ms);     /* the server does not run */
void world_set_wall(int64_t wall_ms);
int64_t world_wall(void);
void world_event(zk_event_type_t type); /* an event without content */
void world_step(zk_event_t event);      /* any event, at the present time */
zk_arena_t *world_arena(void);          /* emptied by world_teardown only */
bool world_drained(void);
int world_rolls(void); /* ROLL_LOG actions so far */
/* Step without sanity check of the whole replica (large trees). */
void world_check_every_step(bool on);

/* ---- snapshots ---- */

bool world_snapshot_running(void);
int world_snapshots_finished(void);
bool world_snapshot_waits(void); /* it ended, and world_snapshot_done has not been called */
void world_snapshot_room(void);
void world_snapshot_done(bool failed);
const zk_buffer_t *world_snapshot_bytes(void);
int64_t world_snapshot_zxid(void);
uint64_t world_snapshot_digest(void);
size_t world_snapshot_chunk_max(void);

/* ---- clients ---- */

typedef struct peer peer_t;

peer_t *peer_open(void);                 /* a connection from 127.0.0.1, no handshake */
peer_t *peer_connect(void);              /* and a new session of 10 s, answered */
bool peer_is_closed(const peer_t *peer); /* the replica gave CLOSE */
bool peer_is_paused(const peer_t *peer);
void peer_hang_up(peer_t *peer); /* the connection is gone */
int64_t peer_session(const peer_t *peer);
uint32_t peer_slot(const peer_t *peer);

/* Send a frame: raw bytes, the bytes that hex TEXT spells (prefix included), or a request with the
 * next xid, which is returned. */
void peer_send_bytes(peer_t *peer, const void *bytes, size_t size);
void peer_send_hex(peer_t *peer, const char *text);
int32_t peer_send(peer_t *peer, int32_t op, const zk_record_desc_t *desc, const void *record);
/* The same with BODY as it is. */
int32_t peer_send_raw(peer_t *peer, int32_t op, const void *body, size_t size);
void peer_send_connect(peer_t *peer, int64_t session_id, const uint8_t *password,
                       int32_t timeout_ms, int64_t last_zxid_seen);

/* One frame that came for PEER. */
typedef struct frame {
    bool present;
    int32_t xid;
    int64_t zxid;
    int32_t err;
    zk_reader_t body;     /* behind the header */
    const uint8_t *bytes; /* behind the prefix */
    size_t size;
} frame_t;

frame_t peer_next(peer_t *peer); /* the oldest frame not taken yet */
bool peer_has_frame(const peer_t *peer);
/* The next frame with its prefix is exactly what hex TEXT spells; prints both when not. */
bool peer_next_is(peer_t *peer, const char *text);
/* The next frame is event TYPE on PATH. */
bool peer_next_is_event(peer_t *peer, int type, const char *path);
/* The next frame is a ConnectResponse; decodes it. */
bool peer_next_response(peer_t *peer, zk_connect_response_t *response);

/* ---- asking and waiting for the answer; each returns the error code of the reply ---- */

int32_t peer_create(peer_t *peer, const char *path, const char *data, int32_t flags);
/* As above; NAME (64 bytes) receives the path of the reply. */
int32_t peer_create_named(peer_t *peer, const char *path, int32_t flags, char *name);
int32_t peer_create_as(peer_t *peer, int32_t op, const char *path, zk_acl_vector_t acl,
                       int32_t flags, int64_t ttl);
int32_t peer_delete(peer_t *peer, const char *path, int32_t version);
int32_t peer_set(peer_t *peer, const char *path, const char *data, int32_t version);
int32_t peer_set_acl(peer_t *peer, const char *path, zk_acl_vector_t acl, int32_t version);
int32_t peer_exists(peer_t *peer, const char *path, bool watch, zk_stat_t *stat);
int32_t peer_get(peer_t *peer, const char *path, bool watch, char *data, zk_stat_t *stat);
int32_t peer_children(peer_t *peer, const char *path, bool watch);
int32_t peer_add_watch(peer_t *peer, const char *path, int32_t mode);
int32_t peer_auth(peer_t *peer, const char *scheme, const char *credential);
int32_t peer_ping(peer_t *peer);
/* The reply to XID, which must be the next frame that is not an event; fails the test otherwise. */
frame_t peer_answer(peer_t *peer, int32_t xid);

/* Without waiting. */
int32_t peer_post_create(peer_t *peer, const char *path, const char *data, int32_t flags);
int32_t peer_post_set(peer_t *peer, const char *path, const char *data, int32_t version);
int32_t peer_post_delete(peer_t *peer, const char *path, int32_t version);
int32_t peer_post_get(peer_t *peer, const char *path, bool watch);
int32_t peer_post_close(peer_t *peer);

/* ACL lists. */
zk_acl_vector_t acl_open(void);
zk_acl_vector_t acl_of(int32_t perms, const char *scheme, const char *id);

#endif
