/* summary.c -- see summary.h.
 *
 * The sample is Vitter's algorithm R: value number n replaces a random one of the 4096 with
 * probability 4096/n.  The position of quantile q among n sorted values is q * (n + 1), with linear
 * interpolation between neighbours. */
#include "base/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* splitmix64: any state will do, so an all-zero reservoir needs no seeding. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

void zk_reservoir_add(zk_reservoir_t *reservoir, int64_t value)
{
    uint64_t place = (uint64_t)reservoir->summary.count;

    zk_summary_add(&reservoir->summary, value);
    if (reservoir->values == NULL)
        reservoir->values = zk_calloc(ZK_RESERVOIR_VALUES, sizeof(*reservoir->values));
    /* The bias of the remainder is below 2^-30 for any count that a server reaches. */
    if (place >= ZK_RESERVOIR_VALUES)
        place = next_random(&reservoir->state) % (place + 1);
    if (place < ZK_RESERVOIR_VALUES)
        reservoir->values[place] = value;
}

void zk_reservoir_reset(zk_reservoir_t *reservoir)
{
    zk_summary_reset(&reservoir->summary);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static int64_t interpolate(const int64_t *sorted, int64_t count, double quantile)
{
    double position = quantile * (double)(count + 1);
    int64_t index = (int64_t)position;
    double value;

    if (index < 1)
        return sorted[0];
    if (index >= count)
        return sorted[count - 1];
    value = (double)sorted[index - 1] +
            (position - (double)index) * (double)(sorted[index] - sorted[index - 1]);
    value += 0.5;
    index = (int64_t)value; /* towards zero */
    return value < (double)index ? index - 1 : index;
}

void zk_reservoir_percentiles(const zk_reservoir_t *reservoir, const double *quantiles, int count,
                              int64_t *results)
{
    int64_t values = reservoir->summary.count;
    int64_t *sorted;

    memset(results, 0, (size_t)count * sizeof(*results));
    if (values == 0)
        return;
    if (values > ZK_RESERVOIR_VALUES)
        values = ZK_RESERVOIR_VALUES;
    sorted = zk_malloc((size_t)values * sizeof(*sorted));
    memcpy(sorted, reservoir->values, (size_t)values * sizeof(*sorted));
    qsort(sorted, (size_t)values, sizeof(*sorted), compare);
    for (int i = 0; i < count; i++)
        results[i] = interpolate(sorted, values, quantiles[i]);
    zk_free(sorted);
}

void zk_reservoir_free(zk_reservoir_t *reservoir)
{
    zk_free(reservoir->values);
    *reservoir = (zk_reservoir_t){{0, 0, 0, 0}, NULL, 0};
}
