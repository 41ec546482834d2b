/* quorum.c -- majority of a voter set, or of weights within a majority of groups. */
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
    quorum->is_hierarchical = false;
    for (i = 0; i < quorum->count; i++) {
        quorum->weights[i] = 1;
        quorum->groups[i] = 0;
    }
}

void zk_quorum_set_group(zk_quorum_t *quorum, int64_t sid, int64_t group, int64_t weight)
{
    int32_t place = zk_quorum_place(quorum, sid);

    ZK_ASSERT(place >= 0 && weight >= 0 && weight <= ZK_QUORUM_WEIGHT_MAX);
    quorum->is_hierarchical = true;
    quorum->groups[place] = group;
    quorum->weights[place] = weight;
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

int64_t zk_quorum_weight(const zk_quorum_t *quorum, int64_t sid)
{
    int32_t place = zk_quorum_place(quorum, sid);

    return place < 0 ? 0 : quorum->weights[place];
}

static bool has_majority(const zk_quorum_t *quorum, const bool *agrees)
{
    int32_t agreeing = 0;
    int32_t i;

    for (i = 0; i < quorum->count; i++)
        agreeing += agrees[i] ? 1 : 0;
    return agreeing > quorum->count / 2;
}

/* The first voter of each group speaks for it, so that every group is looked at once. */
static bool is_first_of_group(const zk_quorum_t *quorum, int32_t place)
{
    int32_t i;

    for (i = 0; i < place; i++)
        if (quorum->groups[i] == quorum->groups[place])
            return false;
    return true;
}

static bool has_weight(const zk_quorum_t *quorum, const bool *agrees)
{
    int32_t counting = 0;
    int32_t agreeing = 0;
    int32_t place;
    int32_t i;

    for (place = 0; place < quorum->count; place++) {
        int64_t total = 0;
        int64_t held = 0;

        if (!is_first_of_group(quorum, place))
            continue;
        for (i = place; i < quorum->count; i++)
            if (quorum->groups[i] == quorum->groups[place]) {
                total += quorum->weights[i];
                held += agrees[i] ? quorum->weights[i] : 0;
            }
        counting += total > 0 ? 1 : 0;
        agreeing += held > total / 2 ? 1 : 0;
    }
    return agreeing > counting / 2;
}

bool zk_quorum_reached(const zk_quorum_t *quorum, const bool *agrees)
{
    return quorum->is_hierarchical ? has_weight(quorum, agrees) : has_majority(quorum, agrees);
}
