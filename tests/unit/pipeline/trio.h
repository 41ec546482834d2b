/* trio.h -- a few replicas joined by links, each with a body made of arrays: what the tests of
 * ensembles share.
 *
 * Links are FIFO and lose nothing unless they are cut.  Whatever is written becomes durable at the
 * next turn of its member.  After every step the replica proves its invariants. */
#ifndef PIPELINE_TRIO_H
#define PIPELINE_TRIO_H

#include "lib/zk_test.h"

#include "pipeline/replica.h"
#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"
#include "wire/packet.h"

enum { TRIO_MAX = 5 };

/* COUNT members, the last OBSERVERS of them without a vote, with empty disks; none is up. */
void trio_begin(int count, int observers);
void trio_begin_three(void); /* all with a vote */
void trio_end(void);
zk_replica_options_t *trio_options(void); /* for those that are started from now on */

void trio_start(int member);
void trio_stop(int member); /* as if killed: what is not durable is lost */
void trio_wipe(int member); /* its disk is empty again */
void trio_shut_down(int member);
bool trio_is_drained(int member);
void trio_isolate(int member); /* its links are cut and no new ones are made */
void trio_reconnect(int member);
bool trio_is_up(int member);
zk_replica_t *trio_replica(int member);

void trio_run(int64_t ms);                /* time goes by, everything moves */
void trio_move(void);                     /* everything moves, no time goes by */
void trio_hold_disk(int member, bool on); /* no record or snapshot becomes durable */
void trio_hold_streams(bool on);          /* snapshots stop after their first part */
void trio_slow_streams(int64_t ms);       /* each part of a snapshot takes so long */
/* Whole packets pass through HOOK, which may change bytes of them; NULL: they do not. */
void trio_tamper(void (*hook)(uint8_t *packet, size_t size));
int trio_leader(void);         /* member that serves as leader; -1: none */
int trio_follower(int number); /* the first, second ... that serves as learner; -1 */
/* Run until COUNT members serve; false when that does not happen within a minute. */
bool trio_settle(int count);
void trio_start_all(void);
bool trio_has(int member, const char *path);
bool trio_all_have(const char *path); /* all are up and have it */
int trio_snapshots_received(int member);
int trio_snapshots_aborted(int member);

/* ---- clients ---- */

typedef struct guest guest_t;

guest_t *guest_open(int member);
guest_t *guest_connect(int member); /* a new session of 10 s; NULL when there is no answer */
/* Take over the session of OLD through MEMBER. */
guest_t *guest_renew(int member, const guest_t *old);
void guest_hello(guest_t *guest, int64_t session_id, bool read_only);
/* The same, by a client that has seen ZXID. */
void guest_hello_seen(guest_t *guest, int64_t session_id, int64_t zxid);
bool guest_is_welcome(guest_t *guest); /* the ConnectResponse came, and it was not a refusal */
bool guest_is_read_only(const guest_t *guest);
bool guest_is_closed(const guest_t *guest);
void guest_leave(guest_t *guest); /* the connection is gone */
int64_t guest_session(const guest_t *guest);

int32_t guest_post(guest_t *guest, int32_t op, const zk_record_desc_t *desc, const void *record);
int32_t guest_post_raw(guest_t *guest, int32_t op, const void *body, size_t size);
int32_t guest_post_create(guest_t *guest, const char *path, const char *data, int32_t flags);
int32_t guest_post_get(guest_t *guest, const char *path);
int32_t guest_post_sync(guest_t *guest, const char *path);
int32_t guest_post_close(guest_t *guest);
int32_t guest_post_ping(guest_t *guest);

/* The next reply, if there is one. */
typedef struct answer {
    bool present;
    int32_t xid;
    int64_t zxid;
    int32_t err;
    const uint8_t *body;
    size_t size;
} answer_t;
answer_t guest_next(guest_t *guest);

/* Post, move everything, and take the answer; err INT32_MIN when none came. */
answer_t guest_create(guest_t *guest, const char *path, const char *data, int32_t flags);
answer_t guest_get(guest_t *guest, const char *path);
answer_t guest_sync(guest_t *guest);

#endif
