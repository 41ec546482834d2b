/* quota.h -- the text of a quota and of its use: count=N,bytes=N=;byteHardLimit=N;countHardLimit=N.
 *
 * Facts: upstream StatsTrack.java.  The soft limits come first and the lone '=' behind them makes
 * readers older than 3.7 overlook the rest. */
#ifndef ZK_CLI_QUOTA_H
#define ZK_CLI_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

typedef struct zk_quota {
    int64_t count; /* -1: no limit, in all four */
    int64_t bytes;
    int64_t count_hard;
    int64_t bytes_hard;
    bool has_count_hard; /* the text names it, be it -1 */
    bool has_bytes_hard;
} zk_quota_t;

/* Read TEXT; what it does not name, or names with no number, is -1. */
void zk_quota_parse(zk_quota_t *quota, zk_str_t text);

void zk_quota_print(const zk_quota_t *quota, zk_buffer_t *out);

#endif
