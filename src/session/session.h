/* session.h -- who is connected in the protocol's sense: id, timeout, owner, and when it expires.
 *
 * A session is born by a createSession txn and dies by a closeSession txn; between them it is only touched.  Expiry is
 * bucketed: times are rounded up to the next tick, so that one tick looks at one bucket.  Monotonic time only.
 *
 * Facts: upstream SessionTrackerImpl.java, ExpiryQueue.java, ZooKeeperServer.generatePasswd. */
#ifndef ZK_SESSION_SESSION_H
#define ZK_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

typedef struct zk_session {
    int64_t id;
    int32_t timeout_ms;     /* of the createSession txn: what snapshots keep */
    int32_t touch_ms;       /* negotiated by the present connection */
    int64_t owner;          /* server id that serves it; 0: not claimed */
    uint64_t client;        /* connection on this server */
    bool attached;          /* `client` is valid */
    bool closing;           /* closeSession was proposed */
    bool local;
    bool applied;           /* its createSession txn is applied; else only proposed */
    bool touched;           /* learner: told to the leader with the next ping */
    uint64_t last_flight;   /* its newest write that passed through this server is over once so many have landed */
    int64_t expires_mono_ms; /* end of its bucket */
    struct zk_session *bucket_next, *bucket_prev;
} zk_session_t;

typedef struct zk_session_table zk_session_table_t;

zk_session_table_t *zk_session_table_create(int32_t tick_ms);
void zk_session_table_destroy(zk_session_table_t *table);

/* First id to hand out: layout of upstream, from SERVER_ID and a millisecond clock. */
int64_t zk_session_first_id(int64_t server_id, int64_t clock_ms);

/* The 16 bytes that go with ID: deterministic, so that every server can check them without state. */
void zk_session_password(int64_t id, uint8_t password[16]);
bool zk_session_password_matches(int64_t id, zk_str_t password);

zk_session_t *zk_session_find(const zk_session_table_t *table, int64_t id);
/* Add (or find) ID, whose createSession is proposed and not yet applied: it may be touched and send
 * requests, but is not in snapshots. */
zk_session_t *zk_session_propose(zk_session_table_t *table, int64_t id, int32_t timeout_ms);
/* Add (or find) ID with TIMEOUT_MS: its createSession is applied. */
zk_session_t *zk_session_add(zk_session_table_t *table, int64_t id, int32_t timeout_ms);
/* Add ID, which is not there, as a session that only this server knows. */
zk_session_t *zk_session_add_local(zk_session_table_t *table, int64_t id, int32_t timeout_ms);
void zk_session_remove(zk_session_table_t *table, int64_t id);
/* This server serves no more: what is not applied is forgotten, local sessions too; nobody owns,
 * closes or expires the others here. */
void zk_session_end_role(zk_session_table_t *table);
/* SESSION expires no more. */
void zk_session_rest(zk_session_table_t *table, zk_session_t *session);
void zk_session_clear(zk_session_table_t *table);
uint32_t zk_session_count(const zk_session_table_t *table);

/* Push the expiry of SESSION to at least timeout after MONO_MS, rounded up to a tick. */
void zk_session_touch(zk_session_table_t *table, zk_session_t *session, int64_t mono_ms);

/* Its closeSession is proposed: SESSION leaves its bucket and is touched no more. */
void zk_session_set_closing(zk_session_table_t *table, zk_session_t *session);

/* Sessions whose bucket ended at or before MONO_MS: EXPIRED(BATON, session) once each; they leave their bucket, not the
 * table.  Returns how many. */
int32_t zk_session_expire(zk_session_table_t *table, int64_t mono_ms,
                          void (*expired)(void *baton, zk_session_t *session), void *baton);

/* In order of creation. */
void zk_session_visit(const zk_session_table_t *table,
                      void (*visit)(void *baton, const zk_session_t *session), void *baton);

/* Visit by bucket, earliest first (4lw dump). */
void zk_session_visit_buckets(const zk_session_table_t *table,
                              void (*visit)(void *baton, int64_t expires_mono_ms,
                                            const zk_session_t *const *sessions, uint32_t count),
                              void *baton);

/* Append the table in snapshot form: int count, then {long id, int timeout}. */
void zk_session_table_encode(const zk_session_table_t *table, zk_buffer_t *buffer);

const char *zk_session_check(const zk_session_table_t *table, char *text, size_t size);

#endif
