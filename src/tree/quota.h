/* quota.h -- limits below /zookeeper/quota, and the usage kept beside them.
 *
 * For a quota on /a/b the znodes /zookeeper/quota/a/b/zookeeper_limits and .../zookeeper_stats.
 * Usage changes only the data of the stats znode: no version, no zxid, no event, outside log and
 * digest.  Only the deepest quota that covers a path counts.  Facts: upstream Quotas.java,
 * StatsTrack.java, DataTree.java. */
#ifndef ZK_TREE_QUOTA_H
#define ZK_TREE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "tree/tree.h"

typedef struct zk_quota_track {
    int64_t count, bytes, count_hard, bytes_hard; /* -1: none */
} zk_quota_track_t;

/* Parse a limits or stats text; false when a number does not parse. */
bool zk_quota_parse(zk_quota_track_t *track, zk_str_t text);
void zk_quota_print(const zk_quota_track_t *track, zk_buffer_t *buffer);

/* Would PATH growing by COUNT_DELTA znodes and BYTES_DELTA bytes break the deepest quota above it?
 * ZK_CODE_OK, ZK_CODE_QUOTA_EXCEEDED (a hard limit, when ENFORCE), ZK_CODE_MARSHALLING_ERROR
 * (garbage in the limits, when ENFORCE).  Whenever a limit, soft or hard, is passed, a sentence for
 * the log goes to MESSAGE (`Quota exceeded: ...` text of upstream), else it stays empty. */
zk_code_t zk_quota_check(const zk_tree_t *tree, zk_str_t path, int64_t count_delta,
                         int64_t bytes_delta, bool enforce, zk_buffer_t *message);

/* Visit each active quota: path, limits, usage (metrics per namespace). */
void zk_quota_visit(const zk_tree_t *tree,
                    void (*visit)(void *baton, zk_str_t path, const zk_quota_track_t *limits,
                                  const zk_quota_track_t *usage),
                    void *baton);

/* Must data for PATH be refused before it is proposed (unparsable limits or stats, quota on the
 * root)?  Poisoned txns end upstream's servers when applied. */
bool zk_quota_refuses(zk_str_t path, zk_str_t data, bool is_create);

#endif
