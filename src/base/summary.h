/* summary.h -- figures of a stream of numbers: count, sum, least, greatest, and percentiles from a
 * sample.
 *
 * zk_summary_t costs a few additions per value.  zk_reservoir_t keeps besides a uniform sample of
 * at most 4096 values, allocated with the first one; percentiles interpolate in it.  Pure: the
 * sample is drawn with a generator of its own, so the same values give the same sample.
 *
 * Facts: upstream AvgMinMaxCounter.java, AvgMinMaxPercentileCounter.java and the metrics library's
 * UniformSnapshot. */
#ifndef ZK_BASE_SUMMARY_H
#define ZK_BASE_SUMMARY_H

#include <stdint.h>

#define ZK_RESERVOIR_VALUES 4096

/* All zero is an empty one. */
typedef struct zk_summary {
    int64_t count, total;
    int64_t min, max; /* 0 while empty */
} zk_summary_t;

/* All zero is an empty one. */
typedef struct zk_reservoir {
    zk_summary_t summary;
    int64_t *values; /* NULL until the first one */
    uint64_t state;  /* of the generator */
} zk_reservoir_t;

static inline void zk_summary_add(zk_summary_t *summary, int64_t value)
{
    if (summary->count == 0 || value < summary->min)
        summary->min = value;
    if (summary->count == 0 || value > summary->max)
        summary->max = value;
    summary->count++;
    summary->total += value;
}

static inline void zk_summary_reset(zk_summary_t *summary)
{
    *summary = (zk_summary_t){0, 0, 0, 0};
}

void zk_reservoir_add(zk_reservoir_t *reservoir, int64_t value);

/* Forget the values, keep the memory. */
void zk_reservoir_reset(zk_reservoir_t *reservoir);

/* The values below which the fractions QUANTILES (0 to 1, COUNT of them) of the sample lie, rounded
 * half up, into RESULTS; 0 while empty. */
void zk_reservoir_percentiles(const zk_reservoir_t *reservoir, const double *quantiles, int count,
                              int64_t *results);

/* Give the memory back. */
void zk_reservoir_free(zk_reservoir_t *reservoir);

#endif
