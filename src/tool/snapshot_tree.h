/* snapshot_tree.h -- a snapshot in memory, for the tools that print or compare one. */
#ifndef ZK_TOOL_SNAPSHOT_TREE_H
#define ZK_TOOL_SNAPSHOT_TREE_H

#include <apr_pools.h>

#include "base/map.h"
#include "store/snapshot_read.h"

typedef struct zk_snapshot_node {
    zk_str_t path;       /* empty for the root */
    zk_str_t data;       /* null unless data was asked for */
    int32_t data_length; /* 0 for null */
    zk_stat_persisted_t stat;
    struct zk_snapshot_node **children; /* by name, in byte order */
    uint32_t children_count;
    uint32_t children_capacity;
    int64_t subtree_bytes; /* data of this node and all below */
    int64_t descendants_count;
    int depth; /* 0 for the root */
} zk_snapshot_node_t;

typedef struct zk_snapshot_session {
    int64_t id;
    int32_t timeout_ms;
} zk_snapshot_session_t;

typedef struct zk_snapshot_tree {
    apr_pool_t *pool;
    bool with_data;
    zk_snapshot_node_t *root;
    zk_map_str_t nodes; /* by path */
    zk_snapshot_session_t *sessions;
    size_t sessions_count;
    size_t sessions_capacity;
    int depth_max;
    zk_snapshot_info_t info;
} zk_snapshot_tree_t;

/* Read snapshot PATH into TREE, with the data of znodes when WITH_DATA.  All seals are verified.
 * TREE lives in POOL. */
apr_status_t zk_snapshot_tree_read(zk_snapshot_tree_t **tree, const char *path, bool with_data,
                                   apr_pool_t *pool, zk_note_t *note);

/* The znode at PATH ("/" is the root), or NULL. */
zk_snapshot_node_t *zk_snapshot_tree_find(const zk_snapshot_tree_t *tree, const char *path);

/* Name of NODE: the last part of its path, "/" for the root. */
zk_str_t zk_snapshot_node_name(const zk_snapshot_node_t *node);

#endif
