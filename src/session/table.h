/* table.h -- the inside of a session table, shared by session.c and expiry.c and nobody else. */
#ifndef ZK_SESSION_TABLE_H
#define ZK_SESSION_TABLE_H

#include "base/map.h"
#include "session/session.h"

/* Sessions that expire together.  Never empty while it is in the map. */
typedef struct zk_session_bucket {
    zk_session_t *first;
    uint32_t count;
} zk_session_bucket_t;

struct zk_session_table {
    zk_map64_t sessions; /* id -> zk_session_t, in order of creation */
    zk_map64_t buckets;  /* end of bucket, monotonic ms -> zk_session_bucket_t */
    uint32_t applied_count;
    int32_t tick_ms;
    int64_t next_due_ms; /* no bucket ends before this; INT64_MAX without buckets */
};

/* Take SESSION out of its bucket, if it is in one. */
void zk_session_unlink(zk_session_table_t *table, zk_session_t *session);

#endif
