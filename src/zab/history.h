/* history.h -- the proposals in zxid order: what was delivered lately, and what is still under way.
 *
 * One ring holds them all.  Five positions, counted without wrapping, tell how far each thing got:
 *
 *   first ...... delivered ...... committed ...... tail        what may be applied
 *   first ...... durable ........ logged ......... tail        what is on disk
 *
 * What is delivered and durable stays for a while, so that a learner that was away for a moment
 * gets the difference; the bounds say how much.  `base` is the zxid before the first one kept.
 *
 * Invariants (zk_history_check)
 *   1. Within an epoch each zxid is the one before plus 1; an epoch begins above counter 0.
 *   2. first <= delivered <= committed <= tail, first <= durable <= logged <= tail. */
#ifndef ZK_ZAB_HISTORY_H
#define ZK_ZAB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"

typedef struct zk_proposal {
    int64_t zxid;
    zk_blob_t *payload;
} zk_proposal_t;

typedef struct zk_history {
    zk_proposal_t *ring;
    size_t capacity; /* a power of two */
    size_t first, delivered, committed, durable, logged, tail;
    int64_t base;
    int64_t kept_bytes; /* payloads from first to delivered */
    int64_t bytes_max;
    size_t count_max;
} zk_history_t;

static inline int64_t zk_zxid_epoch(int64_t zxid)
{
    return zxid >> 32;
}

static inline int64_t zk_zxid_counter(int64_t zxid)
{
    return zxid & 0xffffffff;
}

/* May NEXT come directly behind BEFORE? */
static inline bool zk_zxid_follows(int64_t before, int64_t next)
{
    bool begins = zk_zxid_epoch(next) > zk_zxid_epoch(before) ||
                  (zk_zxid_counter(before) == 0 && zk_zxid_epoch(next) == zk_zxid_epoch(before));

    return (next == before + 1 || begins) && zk_zxid_counter(next) != 0;
}

/* The same, where epochs are known to begin at FIRST_COUNTER with leaders of ours: behind the bare
 * beginning of an epoch nothing else of it comes first. */
static inline bool zk_zxid_is_next(int64_t before, int64_t next, int64_t first_counter)
{
    return zk_zxid_follows(before, next) &&
           (next == before + 1 || zk_zxid_epoch(next) > zk_zxid_epoch(before) ||
            zk_zxid_counter(next) == first_counter);
}

/* An empty history that keeps at most COUNT_MAX delivered proposals of BYTES_MAX in all. */
void zk_history_init(zk_history_t *history, size_t count_max, int64_t bytes_max);
void zk_history_free(zk_history_t *history);

/* Forget everything: the state is that of a snapshot of ZXID. */
void zk_history_reset(zk_history_t *history, int64_t zxid);

/* Append; a reference of its own is taken. */
void zk_history_push(zk_history_t *history, int64_t zxid, zk_blob_t *payload);

/* The proposal at POSITION, first <= POSITION < tail. */
zk_proposal_t *zk_history_at(const zk_history_t *history, size_t position);

/* Zxid of the last one before POSITION, first <= POSITION <= tail. */
int64_t zk_history_before(const zk_history_t *history, size_t position);

/* Position of the first one above ZXID, tail when there is none. */
size_t zk_history_above(const zk_history_t *history, int64_t zxid);

/* The oldest one not yet delivered; its payload with a reference of the caller's. */
void zk_history_deliver(zk_history_t *history, int64_t *zxid, zk_blob_t **payload);

/* Forget what was never logged. */
void zk_history_drop_unlogged(zk_history_t *history);

const char *zk_history_check(const zk_history_t *history, char *text, size_t size);

#endif
