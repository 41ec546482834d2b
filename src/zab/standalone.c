/* standalone.c -- propose, count acks, deliver: the broadcast of a server that has no ensemble.
 *
 * Proposals wait in a ring in zxid order.  Per voter one number says how far its log reaches; a
 * proposal is committed when the voters that reach it form a quorum.  Because the order is total,
 * only the head of the ring is ever asked. */
#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "zab/broadcast.h"

typedef struct proposal {
    int64_t zxid;
    zk_blob_t *payload;
} proposal_t;

struct zk_broadcast {
    int64_t self;
    zk_quorum_t voters;
    int64_t acked[ZK_QUORUM_VOTERS_MAX]; /* by place in voters */
    int64_t last_proposed;
    int64_t last_committed;
    proposal_t *ring;
    size_t capacity; /* a power of two */
    size_t head;     /* position of the oldest, counted without wrapping */
    size_t tail;     /* behind the newest */
};

enum { FIRST_CAPACITY = 64 };

static proposal_t *at(const zk_broadcast_t *broadcast, size_t position)
{
    return &broadcast->ring[position & (broadcast->capacity - 1)];
}

zk_broadcast_t *zk_broadcast_create(int64_t self, const zk_quorum_t *voters, int64_t last_zxid)
{
    zk_broadcast_t *broadcast = zk_calloc(1, sizeof(*broadcast));
    int32_t i;

    ZK_ASSERT(zk_quorum_place(voters, self) >= 0);
    broadcast->self = self;
    broadcast->voters = *voters;
    broadcast->last_proposed = last_zxid;
    broadcast->last_committed = last_zxid;
    for (i = 0; i < voters->count; i++)
        broadcast->acked[i] = INT64_MIN;
    broadcast->acked[zk_quorum_place(voters, self)] = last_zxid;
    broadcast->capacity = FIRST_CAPACITY;
    broadcast->ring = zk_malloc(broadcast->capacity * sizeof(*broadcast->ring));
    return broadcast;
}

void zk_broadcast_destroy(zk_broadcast_t *broadcast)
{
    if (broadcast == NULL)
        return;
    for (; broadcast->head != broadcast->tail; broadcast->head++)
        zk_blob_release(at(broadcast, broadcast->head)->payload);
    zk_free(broadcast->ring);
    zk_free(broadcast);
}

int64_t zk_broadcast_next_zxid(const zk_broadcast_t *broadcast)
{
    return broadcast->last_proposed + 1;
}

static void grow(zk_broadcast_t *broadcast)
{
    size_t capacity = broadcast->capacity * 2;
    proposal_t *ring = zk_malloc(capacity * sizeof(*ring));
    size_t i;

    for (i = broadcast->head; i != broadcast->tail; i++)
        ring[i & (capacity - 1)] = *at(broadcast, i);
    zk_free(broadcast->ring);
    broadcast->ring = ring;
    broadcast->capacity = capacity;
}

void zk_broadcast_propose(zk_broadcast_t *broadcast, int64_t zxid, zk_blob_t *payload)
{
    ZK_ASSERT(zxid == zk_broadcast_next_zxid(broadcast));
    ZK_ASSERT(payload != NULL);
    if (broadcast->tail - broadcast->head == broadcast->capacity)
        grow(broadcast);
    at(broadcast, broadcast->tail)->zxid = zxid;
    at(broadcast, broadcast->tail)->payload = zk_blob_hold(payload);
    broadcast->tail++;
    broadcast->last_proposed = zxid;
}

void zk_broadcast_acked(zk_broadcast_t *broadcast, int64_t sid, int64_t zxid)
{
    int32_t place = zk_quorum_place(&broadcast->voters, sid);

    ZK_ASSERT(zxid <= broadcast->last_proposed);
    if (place >= 0 && zxid > broadcast->acked[place])
        broadcast->acked[place] = zxid;
}

static bool is_committed(const zk_broadcast_t *broadcast, int64_t zxid)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX];
    int32_t i;

    for (i = 0; i < broadcast->voters.count; i++)
        agrees[i] = broadcast->acked[i] >= zxid;
    return zk_quorum_reached(&broadcast->voters, agrees);
}

bool zk_broadcast_deliver(zk_broadcast_t *broadcast, int64_t *zxid, zk_blob_t **payload)
{
    proposal_t *oldest;

    if (broadcast->head == broadcast->tail)
        return false;
    oldest = at(broadcast, broadcast->head);
    if (!is_committed(broadcast, oldest->zxid))
        return false;
    ZK_ASSERT(oldest->zxid > broadcast->last_committed);
    *zxid = oldest->zxid;
    *payload = oldest->payload;
    broadcast->last_committed = oldest->zxid;
    broadcast->head++;
    return true;
}

int64_t zk_broadcast_last_proposed(const zk_broadcast_t *broadcast)
{
    return broadcast->last_proposed;
}

int64_t zk_broadcast_last_committed(const zk_broadcast_t *broadcast)
{
    return broadcast->last_committed;
}

size_t zk_broadcast_outstanding(const zk_broadcast_t *broadcast)
{
    return broadcast->tail - broadcast->head;
}

const char *zk_broadcast_check(const zk_broadcast_t *broadcast, char *text, size_t size)
{
    int64_t before = broadcast->last_committed;
    size_t i;

    for (i = broadcast->head; i != broadcast->tail; i++) {
        int64_t zxid = at(broadcast, i)->zxid;

        if (zxid != before + 1) {
            snprintf(text, size, "proposal 0x%" PRIx64 " follows 0x%" PRIx64, (uint64_t)zxid,
                     (uint64_t)before);
            return text;
        }
        before = zxid;
    }
    if (before != broadcast->last_proposed) {
        snprintf(text, size, "last proposal is 0x%" PRIx64 ", not 0x%" PRIx64, (uint64_t)before,
                 (uint64_t)broadcast->last_proposed);
        return text;
    }
    for (i = 0; i < (size_t)broadcast->voters.count; i++)
        if (broadcast->acked[i] > broadcast->last_proposed) {
            snprintf(text, size, "voter %" PRId64 " acked what was never proposed",
                     broadcast->voters.sids[i]);
            return text;
        }
    return NULL;
}
