/* expiry.c -- when sessions end: buckets of one tick.
 *
 * A session touched at T with timeout t expires at the end of the tick in which T + t lies, so it
 * lives between t and t plus one tick.  Touching within the same tick changes nothing, which is
 * what makes a touch per request cheap.
 *
 * Invariants
 *   1. A session with expires_mono_ms != 0 is in exactly the bucket of that time.
 *   2. A closing session is in no bucket and never enters one again.
 *   3. next_due_ms is not after the end of any bucket.
 *
 * Facts: upstream ExpiryQueue.java. */
#include <stdlib.h>
#include <string.h>

#include "session/table.h"

static int64_t bucket_end(const zk_session_table_t *table, int64_t mono_ms)
{
    return (mono_ms / table->tick_ms + 1) * table->tick_ms;
}

void zk_session_unlink(zk_session_table_t *table, zk_session_t *session)
{
    zk_session_bucket_t *bucket;

    if (session->expires_mono_ms == 0)
        return;
    bucket = zk_map64_get(&table->buckets, (uint64_t)session->expires_mono_ms);
    ZK_ASSERT(bucket != NULL && bucket->count > 0);
    if (session->bucket_prev != NULL)
        session->bucket_prev->bucket_next = session->bucket_next;
    else
        bucket->first = session->bucket_next;
    if (session->bucket_next != NULL)
        session->bucket_next->bucket_prev = session->bucket_prev;
    if (--bucket->count == 0) {
        ZK_ASSERT(bucket->first == NULL);
        zk_map64_remove(&table->buckets, (uint64_t)session->expires_mono_ms);
        zk_free(bucket);
    }
    session->bucket_next = NULL;
    session->bucket_prev = NULL;
    session->expires_mono_ms = 0;
    if (zk_map64_count(&table->buckets) == 0)
        table->next_due_ms = INT64_MAX;
}

static void link_session(zk_session_table_t *table, zk_session_t *session, int64_t end_ms)
{
    zk_session_bucket_t *bucket = zk_map64_get(&table->buckets, (uint64_t)end_ms);

    if (bucket == NULL) {
        bucket = zk_calloc(1, sizeof(*bucket));
        zk_map64_set(&table->buckets, (uint64_t)end_ms, bucket);
    }
    session->bucket_prev = NULL;
    session->bucket_next = bucket->first;
    if (bucket->first != NULL)
        bucket->first->bucket_prev = session;
    bucket->first = session;
    bucket->count++;
    session->expires_mono_ms = end_ms;
    if (end_ms < table->next_due_ms)
        table->next_due_ms = end_ms;
}

void zk_session_touch(zk_session_table_t *table, zk_session_t *session, int64_t mono_ms)
{
    int64_t end_ms = bucket_end(table, mono_ms + session->touch_ms);

    if (session->closing || end_ms == session->expires_mono_ms)
        return;
    zk_session_unlink(table, session);
    link_session(table, session, end_ms);
}

void zk_session_set_closing(zk_session_table_t *table, zk_session_t *session)
{
    session->closing = true;
    zk_session_unlink(table, session);
}

/* Empty the bucket that ends at END_MS. */
static int32_t expire_bucket(zk_session_table_t *table, int64_t end_ms,
                             void (*expired)(void *baton, zk_session_t *session), void *baton)
{
    zk_session_bucket_t *bucket;
    int32_t count = 0;

    while ((bucket = zk_map64_get(&table->buckets, (uint64_t)end_ms)) != NULL) {
        zk_session_t *session = bucket->first;

        zk_session_unlink(table, session);
        expired(baton, session);
        count++;
    }
    return count;
}

int32_t zk_session_expire(zk_session_table_t *table, int64_t mono_ms,
                          void (*expired)(void *baton, zk_session_t *session), void *baton)
{
    int32_t count = 0;

    while (table->next_due_ms <= mono_ms) {
        int64_t due_ms = table->next_due_ms;

        count += expire_bucket(table, due_ms, expired, baton);
        if (table->next_due_ms == due_ms)
            table->next_due_ms = due_ms + table->tick_ms;
    }
    return count;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

void zk_session_visit_buckets(const zk_session_table_t *table,
                              void (*visit)(void *baton, int64_t expires_mono_ms,
                                            const zk_session_t *const *sessions, uint32_t count),
                              void *baton)
{
    uint32_t total = zk_map64_count(&table->buckets);
    int64_t *times = zk_malloc((total + 1) * sizeof(*times));
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;
    uint32_t used = 0;
    uint32_t i;

    while ((entry = zk_map64_next(&table->buckets, &cursor)) != NULL)
        times[used++] = (int64_t)entry->key;
    qsort(times, used, sizeof(*times), compare_times);
    for (i = 0; i < used; i++) {
        zk_session_bucket_t *bucket = zk_map64_get(&table->buckets, (uint64_t)times[i]);
        const zk_session_t **members = zk_malloc(bucket->count * sizeof(zk_session_t *));
        uint32_t count = 0;
        zk_session_t *session;

        for (session = bucket->first; session != NULL; session = session->bucket_next)
            members[count++] = session;
        visit(baton, times[i], members, count);
        zk_free(members);
    }
    zk_free(times);
}
