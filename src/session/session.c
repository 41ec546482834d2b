/* session.c -- the table of sessions.
 *
 * A session enters when its createSession is proposed, because requests may follow at once, and
 * counts as applied when that txn is.  Only applied sessions go into a snapshot, which is of one
 * zxid.  It leaves when its closeSession is applied. */
#include "session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "session/table.h"

zk_session_table_t *zk_session_table_create(int32_t tick_ms)
{
    zk_session_table_t *table = zk_calloc(1, sizeof(*table));

    ZK_ASSERT(tick_ms > 0);
    table->tick_ms = tick_ms;
    table->next_due_ms = INT64_MAX;
    return table;
}

void zk_session_table_destroy(zk_session_table_t *table)
{
    if (table == NULL)
        return;
    zk_session_clear(table);
    zk_map64_free(&table->sessions);
    zk_map64_free(&table->buckets);
    zk_free(table);
}

zk_session_t *zk_session_find(const zk_session_table_t *table, int64_t id)
{
    return zk_map64_get(&table->sessions, (uint64_t)id);
}

zk_session_t *zk_session_propose(zk_session_table_t *table, int64_t id, int32_t timeout_ms)
{
    zk_session_t *session = zk_session_find(table, id);

    if (session != NULL)
        return session;
    session = zk_calloc(1, sizeof(*session));
    session->id = id;
    session->timeout_ms = timeout_ms;
    session->touch_ms = timeout_ms;
    zk_map64_set(&table->sessions, (uint64_t)id, session);
    return session;
}

zk_session_t *zk_session_add(zk_session_table_t *table, int64_t id, int32_t timeout_ms)
{
    zk_session_t *session = zk_session_propose(table, id, timeout_ms);

    if (!session->applied)
        table->applied_count++;
    session->applied = true;
    session->local = false;
    session->timeout_ms = timeout_ms;
    return session;
}

zk_session_t *zk_session_add_local(zk_session_table_t *table, int64_t id, int32_t timeout_ms)
{
    zk_session_t *session;

    ZK_ASSERT(zk_session_find(table, id) == NULL);
    session = zk_session_propose(table, id, timeout_ms);
    session->local = true;
    return session;
}

void zk_session_remove(zk_session_table_t *table, int64_t id)
{
    zk_session_t *session = zk_map64_remove(&table->sessions, (uint64_t)id);

    if (session == NULL)
        return;
    zk_session_unlink(table, session);
    if (session->applied)
        table->applied_count--;
    zk_free(session);
}

void zk_session_clear(zk_session_table_t *table)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map64_next(&table->sessions, &cursor)) != NULL)
        zk_session_remove(table, (int64_t)entry->key);
}

void zk_session_rest(zk_session_table_t *table, zk_session_t *session)
{
    zk_session_unlink(table, session);
}

void zk_session_end_role(zk_session_table_t *table)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map64_next(&table->sessions, &cursor)) != NULL) {
        zk_session_t *session = entry->value;

        if (!session->applied) {
            zk_session_remove(table, session->id);
            continue;
        }
        zk_session_unlink(table, session);
        session->touch_ms = session->timeout_ms;
        session->owner = 0;
        session->attached = false;
        session->closing = false;
        session->touched = false;
    }
}

uint32_t zk_session_count(const zk_session_table_t *table)
{
    return zk_map64_count(&table->sessions);
}

void zk_session_visit(const zk_session_table_t *table,
                      void (*visit)(void *baton, const zk_session_t *session), void *baton)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map64_next(&table->sessions, &cursor)) != NULL)
        visit(baton, entry->value);
}

void zk_session_table_encode(const zk_session_table_t *table, zk_buffer_t *buffer)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    zk_write_int(buffer, (int32_t)table->applied_count);
    while ((entry = zk_map64_next(&table->sessions, &cursor)) != NULL) {
        const zk_session_t *session = entry->value;

        if (!session->applied)
            continue;
        zk_write_long(buffer, session->id);
        zk_write_int(buffer, session->timeout_ms);
    }
}

/* What is wrong with one session, or NULL. */
static const char *session_fault(const zk_session_table_t *table, uint64_t key,
                                 const zk_session_t *session)
{
    const zk_session_bucket_t *bucket;
    const zk_session_t *member;

    if ((uint64_t)session->id != key || session->id == 0)
        return "is filed under another id";
    if (session->expires_mono_ms == 0)
        return session->bucket_next == NULL && session->bucket_prev == NULL ? NULL
                                                                            : "is half in a bucket";
    if (session->closing)
        return "is closing and still in a bucket";
    if (session->expires_mono_ms < table->next_due_ms)
        return "expires before the next bucket looked at";
    bucket = zk_map64_get(&table->buckets, (uint64_t)session->expires_mono_ms);
    if (bucket == NULL)
        return "has no bucket";
    for (member = bucket->first; member != NULL; member = member->bucket_next)
        if (member == session)
            return NULL;
    return "is not in its bucket";
}

const char *zk_session_check(const zk_session_table_t *table, char *text, size_t size)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;
    uint32_t applied = 0;
    uint32_t in_buckets = 0;
    uint32_t members = 0;

    while ((entry = zk_map64_next(&table->sessions, &cursor)) != NULL) {
        const zk_session_t *session = entry->value;
        const char *fault = session_fault(table, entry->key, session);

        if (fault != NULL) {
            snprintf(text, size, "session 0x%" PRIx64 " %s", (uint64_t)session->id, fault);
            return text;
        }
        applied += session->applied ? 1 : 0;
        in_buckets += session->expires_mono_ms != 0 ? 1 : 0;
    }
    cursor = 0;
    while ((entry = zk_map64_next(&table->buckets, &cursor)) != NULL)
        members += ((const zk_session_bucket_t *)entry->value)->count;
    if (applied != table->applied_count || members != in_buckets) {
        snprintf(text, size, "session counts disagree: %u applied of %u, %u in buckets of %u",
                 applied, table->applied_count, in_buckets, members);
        return text;
    }
    return NULL;
}
