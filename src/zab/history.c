/* history.c -- see history.h. */
#include "zab/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

enum { FIRST_CAPACITY = 64 };

void zk_history_init(zk_history_t *history, size_t count_max, int64_t bytes_max)
{
    memset(history, 0, sizeof(*history));
    history->count_max = count_max;
    history->bytes_max = bytes_max;
    history->capacity = FIRST_CAPACITY;
    history->ring = zk_malloc(history->capacity * sizeof(*history->ring));
}

static void release_from(zk_history_t *history, size_t position)
{
    size_t i;

    for (i = position; i != history->tail; i++)
        zk_blob_release(zk_history_at(history, i)->payload);
}

void zk_history_free(zk_history_t *history)
{
    if (history->ring == NULL)
        return;
    release_from(history, history->first);
    zk_free(history->ring);
    history->ring = NULL;
}

void zk_history_reset(zk_history_t *history, int64_t zxid)
{
    release_from(history, history->first);
    history->first = history->delivered = history->committed = 0;
    history->durable = history->logged = history->tail = 0;
    history->kept_bytes = 0;
    history->base = zxid;
}

zk_proposal_t *zk_history_at(const zk_history_t *history, size_t position)
{
    ZK_ASSERT(position >= history->first && position < history->tail);
    return &history->ring[position & (history->capacity - 1)];
}

int64_t zk_history_before(const zk_history_t *history, size_t position)
{
    return position == history->first ? history->base : zk_history_at(history, position - 1)->zxid;
}

static void grow(zk_history_t *history)
{
    size_t capacity = history->capacity * 2;
    zk_proposal_t *ring = zk_malloc(capacity * sizeof(*ring));
    size_t i;

    for (i = history->first; i != history->tail; i++)
        ring[i & (capacity - 1)] = *zk_history_at(history, i);
    zk_free(history->ring);
    history->ring = ring;
    history->capacity = capacity;
}

void zk_history_push(zk_history_t *history, int64_t zxid, zk_blob_t *payload)
{
    ZK_ASSERT(payload != NULL);
    ZK_ASSERT(zk_zxid_follows(zk_history_before(history, history->tail), zxid));
    if (history->tail - history->first == history->capacity)
        grow(history);
    history->tail++;
    *zk_history_at(history, history->tail - 1) = (zk_proposal_t){zxid, zk_blob_hold(payload)};
}

size_t zk_history_above(const zk_history_t *history, int64_t zxid)
{
    size_t low = history->first, high = history->tail;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zk_history_at(history, middle)->zxid > zxid)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void trim(zk_history_t *history)
{
    while (history->first < history->delivered && history->first < history->durable &&
           (history->delivered - history->first > history->count_max ||
            history->kept_bytes > history->bytes_max)) {
        zk_proposal_t *oldest = zk_history_at(history, history->first);

        history->kept_bytes -= (int64_t)oldest->payload->size;
        history->base = oldest->zxid;
        zk_blob_release(oldest->payload);
        history->first++;
    }
}

void zk_history_deliver(zk_history_t *history, int64_t *zxid, zk_blob_t **payload)
{
    zk_proposal_t *proposal = zk_history_at(history, history->delivered);

    ZK_ASSERT(history->delivered < history->committed);
    *zxid = proposal->zxid;
    *payload = zk_blob_hold(proposal->payload);
    history->kept_bytes += (int64_t)proposal->payload->size;
    history->delivered++;
    trim(history);
}

void zk_history_drop_unlogged(zk_history_t *history)
{
    ZK_ASSERT(history->delivered <= history->logged);
    release_from(history, history->logged);
    history->tail = history->logged;
    if (history->committed > history->tail)
        history->committed = history->tail;
}

const char *zk_history_check(const zk_history_t *history, char *text, size_t size)
{
    int64_t before = history->base;
    size_t i;

    if (history->first > history->delivered || history->delivered > history->committed ||
        history->committed > history->tail || history->first > history->durable ||
        history->durable > history->logged || history->logged > history->tail) {
        snprintf(text, size, "positions of the history are not in order");
        return text;
    }
    for (i = history->first; i != history->tail; i++) {
        int64_t zxid = zk_history_at(history, i)->zxid;

        if (!zk_zxid_follows(before, zxid)) {
            snprintf(text, size, "proposal 0x%" PRIx64 " follows 0x%" PRIx64, (uint64_t)zxid,
                     (uint64_t)before);
            return text;
        }
        before = zxid;
    }
    return NULL;
}
