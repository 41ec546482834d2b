/* quorum.c -- majority of a voter set. */
#include "zab/quorum.h"

#include <stdlib.h>

#include "base/status.h"

static int compare_sids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

void zk_quorum_set(zk_quorum_t *quorum, const int64_t *sids, int32_t count)
{
    int32_t i;

    ZK_ASSERT(count > 0 && count <= ZK_QUORUM_VOTERS_MAX);
    for (i = 0; i < count; i++)
        quorum->sids[i] = sids[i];
    qsort(quorum->sids, (size_t)count, sizeof(quorum->sids[0]), compare_sids);
    quorum->count = 1;
    for (i = 1; i < count; i++)
        if (quorum->sids[i] != quorum->sids[quorum->count - 1])
            quorum->sids[quorum->count++] = quorum->sids[i];
}

int32_t zk_quorum_place(const zk_quorum_t *quorum, int64_t sid)
{
    int32_t low = 0;
    int32_t high = quorum->count - 1;

    while (low <= high) {
        int32_t middle = low + (high - low) / 2;

        if (quorum->sids[middle] == sid)
            return middle;
        if (quorum->sids[middle] < sid)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}

bool zk_quorum_reached(const zk_quorum_t *quorum, const bool *agrees)
{
    int32_t agreeing = 0;
    int32_t i;

    for (i = 0; i < quorum->count; i++)
        agreeing += agrees[i] ? 1 : 0;
    return agreeing > quorum->count / 2;
}
