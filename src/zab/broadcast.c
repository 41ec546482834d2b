/* broadcast.c -- propose, count acks, deliver.
 *
 * Proposals wait in a ring in zxid order.  Per voter one number says how far its log reaches; a
 * proposal is committed when the voters that reach it form a quorum.  Because the order is total,
 * only the head of the ring is ever asked. */
#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "zab/zab.h"

typedef struct proposal {
    int64_t zxid;
    zk_blob_t *payload;
} proposal_t;

struct zk_zab {
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

static proposal_t *at(const zk_zab_t *zab, size_t position)
{
    return &zab->ring[position & (zab->capacity - 1)];
}

zk_zab_t *zk_zab_create(int64_t self, const zk_quorum_t *voters, int64_t last_zxid)
{
    zk_zab_t *zab = zk_calloc(1, sizeof(*zab));
    int32_t i;

    ZK_ASSERT(zk_quorum_place(voters, self) >= 0);
    zab->self = self;
    zab->voters = *voters;
    zab->last_proposed = last_zxid;
    zab->last_committed = last_zxid;
    for (i = 0; i < voters->count; i++)
        zab->acked[i] = INT64_MIN;
    zab->acked[zk_quorum_place(voters, self)] = last_zxid;
    zab->capacity = FIRST_CAPACITY;
    zab->ring = zk_malloc(zab->capacity * sizeof(*zab->ring));
    return zab;
}

void zk_zab_destroy(zk_zab_t *zab)
{
    if (zab == NULL)
        return;
    for (; zab->head != zab->tail; zab->head++)
        zk_blob_release(at(zab, zab->head)->payload);
    zk_free(zab->ring);
    zk_free(zab);
}

int64_t zk_zab_next_zxid(const zk_zab_t *zab)
{
    return zab->last_proposed + 1;
}

static void grow(zk_zab_t *zab)
{
    size_t capacity = zab->capacity * 2;
    proposal_t *ring = zk_malloc(capacity * sizeof(*ring));
    size_t i;

    for (i = zab->head; i != zab->tail; i++)
        ring[i & (capacity - 1)] = *at(zab, i);
    zk_free(zab->ring);
    zab->ring = ring;
    zab->capacity = capacity;
}

void zk_zab_propose(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload)
{
    ZK_ASSERT(zxid == zk_zab_next_zxid(zab));
    ZK_ASSERT(payload != NULL);
    if (zab->tail - zab->head == zab->capacity)
        grow(zab);
    at(zab, zab->tail)->zxid = zxid;
    at(zab, zab->tail)->payload = zk_blob_hold(payload);
    zab->tail++;
    zab->last_proposed = zxid;
}

void zk_zab_acked(zk_zab_t *zab, int64_t sid, int64_t zxid)
{
    int32_t place = zk_quorum_place(&zab->voters, sid);

    ZK_ASSERT(zxid <= zab->last_proposed);
    if (place >= 0 && zxid > zab->acked[place])
        zab->acked[place] = zxid;
}

static bool is_committed(const zk_zab_t *zab, int64_t zxid)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX];
    int32_t i;

    for (i = 0; i < zab->voters.count; i++)
        agrees[i] = zab->acked[i] >= zxid;
    return zk_quorum_reached(&zab->voters, agrees);
}

bool zk_zab_deliver(zk_zab_t *zab, int64_t *zxid, zk_blob_t **payload)
{
    proposal_t *oldest;

    if (zab->head == zab->tail)
        return false;
    oldest = at(zab, zab->head);
    if (!is_committed(zab, oldest->zxid))
        return false;
    ZK_ASSERT(oldest->zxid > zab->last_committed);
    *zxid = oldest->zxid;
    *payload = oldest->payload;
    zab->last_committed = oldest->zxid;
    zab->head++;
    return true;
}

int64_t zk_zab_last_proposed(const zk_zab_t *zab)
{
    return zab->last_proposed;
}

int64_t zk_zab_last_committed(const zk_zab_t *zab)
{
    return zab->last_committed;
}

size_t zk_zab_outstanding(const zk_zab_t *zab)
{
    return zab->tail - zab->head;
}

const char *zk_zab_check(const zk_zab_t *zab, char *text, size_t size)
{
    int64_t before = zab->last_committed;
    size_t i;

    for (i = zab->head; i != zab->tail; i++) {
        int64_t zxid = at(zab, i)->zxid;

        if (zxid != before + 1) {
            snprintf(text, size, "proposal 0x%" PRIx64 " follows 0x%" PRIx64, (uint64_t)zxid,
                     (uint64_t)before);
            return text;
        }
        before = zxid;
    }
    if (before != zab->last_proposed) {
        snprintf(text, size, "last proposal is 0x%" PRIx64 ", not 0x%" PRIx64, (uint64_t)before,
                 (uint64_t)zab->last_proposed);
        return text;
    }
    for (i = 0; i < (size_t)zab->voters.count; i++)
        if (zab->acked[i] > zab->last_proposed) {
            snprintf(text, size, "voter %" PRId64 " acked what was never proposed",
                     zab->voters.sids[i]);
            return text;
        }
    return NULL;
}
