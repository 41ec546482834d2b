/* reaper.h -- which containers and TTL znodes have had their time.  Facts: upstream
 * ContainerManager.java. */
#ifndef ZK_TREE_REAPER_H
#define ZK_TREE_REAPER_H

#include <stdint.h>

#include "base/buffer.h"
#include "tree/tree.h"

typedef struct zk_reaper_limits {
    int64_t never_used_ms; /* znode.container.maxNeverUsedIntervalMs; 0: never */
} zk_reaper_limits_t;

/* Visit up to MAX candidates at wall-clock NOW_MS, continuing behind *CURSOR (0: from the start; 0
 * again when the round is complete).  One call looks at a bounded number of znodes, so fewer than
 * MAX may be visited while *CURSOR is not 0. The visitor must not change the tree.  Returns how
 * many were visited. */
int32_t zk_reaper_candidates(const zk_tree_t *tree, const zk_reaper_limits_t *limits,
                             int64_t now_ms, uint32_t *cursor, int32_t max,
                             void (*visit)(void *baton, const zk_znode_t *znode), void *baton);

#endif
