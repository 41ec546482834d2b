/* znode.h -- private to tree/: how znodes lie in memory, and how one is found by its path.
 *
 * The bar is 128 bytes per znode beside its name and data, whatever the allocator adds.  So znodes
 * are slots of 96 + 8 bytes in aligned chunks and refer to each other by 32-bit numbers; name and
 * data share one cell (cells.h):
 *
 *   text: name length (1 byte, or 255 and 4 bytes), name, data
 *
 * A chunk begins at a multiple of its size, so the address of a znode gives its chunk, the chunk
 * gives the tree, and readers need only the znode.  The number of children is kept where the first
 * child would have its predecessor.
 *
 * Lookup is linear hashing over the full path: buckets are split one at a time as znodes come, so
 * no insertion ever waits for a rehash of the whole.  Children are pushed to the front of their
 * parent's list, which is what lets a walk go on under them.
 *
 * Slot 0 means none; a free slot has text NULL and its successor in its link. */
#ifndef ZK_TREE_ZNODE_H
#define ZK_TREE_ZNODE_H

#include "base/map.h"
#include "tree/cells.h"
#include "tree/tree.h"

struct zk_znode {
    uint8_t *text; /* what a lookup reads stands together */
    uint32_t parent;
    uint32_t next;
    uint32_t prev; /* of the first child: how many children there are */
    uint32_t first_child;
    uint32_t acl;        /* slot in the ACL table */
    int32_t data_length; /* -1: null */
    int64_t czxid;
    int64_t mzxid;
    int64_t ctime;
    int64_t mtime;
    int64_t pzxid;
    int64_t owner;
    int32_t version;
    int32_t cversion;
    int32_t aversion;
    uint32_t digest_base; /* CRC over path and data */
};

/* What the index needs of every znode, apart from the rest: a search that fails, and the split of a
 * bucket, read only these eight bytes per znode. */
typedef struct zk_znode_link {
    uint32_t hash; /* of the full path */
    uint32_t next; /* slot in the same bucket, or of the next free one */
} zk_znode_link_t;

#define ZK_CHUNK_BYTES ((size_t)128 * 1024)
#define ZK_CHUNK_HEADER_BYTES 16
#define ZK_CHUNK_ZNODES                                                                            \
    ((uint32_t)((ZK_CHUNK_BYTES - ZK_CHUNK_HEADER_BYTES) /                                         \
                (sizeof(zk_znode_t) + sizeof(zk_znode_link_t))))

typedef struct zk_znode_chunk {
    zk_tree_t *tree;
    uint32_t number;
    zk_znode_link_t links[ZK_CHUNK_ZNODES];
    zk_znode_t znodes[ZK_CHUNK_ZNODES];
} zk_znode_chunk_t;

typedef struct zk_znode_slab {
    zk_znode_chunk_t **chunks;
    uint32_t chunks_count; /* in use */
    uint32_t chunks_ready; /* allocated */
    uint32_t chunks_capacity;
    void **blocks; /* what malloc gave, several chunks each */
    uint32_t blocks_count;
    zk_cells_t texts;
    uint32_t used;       /* highest slot ever used, plus one; slot 0 counts */
    uint32_t free_first; /* chain of free slots */
} zk_znode_slab_t;

#define ZK_BUCKETS_FIRST 64u
#define ZK_BUCKET_SEGMENT 4096u

typedef struct zk_znode_index {
    uint32_t **segments; /* ZK_BUCKET_SEGMENT buckets each; a bucket is a slot number */
    uint32_t segments_count;
    uint32_t segments_capacity;
    uint32_t mask;  /* buckets at the beginning of this round - 1 */
    uint32_t split; /* next bucket to split; buckets in use: mask + 1 + split */
    uint32_t count;
} zk_znode_index_t;

/* A session's ephemerals by slot, in order of creation. */
typedef struct zk_ephemeral_set {
    zk_map64_t znodes;
} zk_ephemeral_set_t;

#define ZK_DIGEST_HISTORY_MAX 1024
#define ZK_DIGEST_HISTORY_INTERVAL 128

struct zk_tree {
    zk_tree_options_t options;
    zk_tree_listener_t listener;
    zk_acl_table_t *acls;
    zk_znode_slab_t slab;
    zk_znode_index_t index;
    zk_znode_t *root; /* NULL between load_begin and the root's arrival */
    int64_t approximate_bytes;
    uint64_t digest;
    int64_t last_zxid;
    zk_map64_t owners; /* session id -> zk_ephemeral_set_t */
    int64_t ephemerals_count;
    zk_map64_t reaped;   /* containers and TTL znodes by slot */
    zk_map_str_t quotas; /* active quota paths; the value only says that it is there */
    zk_digest_entry_t history[ZK_DIGEST_HISTORY_MAX];
    size_t history_first;
    size_t history_count;
    struct zk_walk *walks; /* those that run, NULL when none does */
};

/* ---- slots ---- */

static inline zk_znode_t *zk_znode_at(const zk_tree_t *tree, uint32_t slot)
{
    return slot == 0 ? NULL
                     : &tree->slab.chunks[slot / ZK_CHUNK_ZNODES]->znodes[slot % ZK_CHUNK_ZNODES];
}

static inline zk_znode_link_t *zk_znode_link_at(const zk_tree_t *tree, uint32_t slot)
{
    return &tree->slab.chunks[slot / ZK_CHUNK_ZNODES]->links[slot % ZK_CHUNK_ZNODES];
}

static inline const zk_znode_chunk_t *zk_znode_chunk(const zk_znode_t *znode)
{
    return (const zk_znode_chunk_t *)((uintptr_t)znode & ~(uintptr_t)(ZK_CHUNK_BYTES - 1));
}

static inline uint32_t zk_znode_slot(const zk_znode_t *znode)
{
    const zk_znode_chunk_t *chunk = zk_znode_chunk(znode);

    return chunk->number * ZK_CHUNK_ZNODES + (uint32_t)(znode - chunk->znodes);
}

static inline zk_tree_t *zk_znode_tree(const zk_znode_t *znode)
{
    return zk_znode_chunk(znode)->tree;
}

/* A zeroed znode with NAME and DATA, in no list yet. */
zk_znode_t *zk_znode_create(zk_tree_t *tree, zk_str_t name, zk_str_t data);

/* Replace the data (NAME is kept). */
void zk_znode_set_data(zk_tree_t *tree, zk_znode_t *znode, zk_str_t data);

/* Give slot and text back; the znode is in no list any more. */
void zk_znode_free(zk_tree_t *tree, zk_znode_t *znode);

/* Forget all znodes and give the chunks back. */
void zk_znode_slab_clear(zk_tree_t *tree);

/* ---- children ---- */

void zk_znode_link(zk_tree_t *tree, zk_znode_t *parent, zk_znode_t *child);
void zk_znode_unlink(zk_tree_t *tree, zk_znode_t *child);

/* The znode after ZNODE in preorder within the subtree of TOP, or NULL; without ZNODE's own
 * children where SKIP_CHILDREN. */
zk_znode_t *zk_znode_preorder(const zk_tree_t *tree, const zk_znode_t *znode, const zk_znode_t *top,
                              bool skip_children);

/* Can PATH be the one name of a znode?  Refuses what would be an alias: no leading '/', "/" itself,
 * "//name". */
static inline bool zk_path_is_plain(zk_str_t path)
{
    return path.length > 1 && path.data[0] == '/' && path.data[1] != '/';
}

/* Bytes of the full path; "/" has 1. */
size_t zk_znode_path_size(const zk_znode_t *znode);

/* ---- index ---- */

uint32_t zk_index_hash(const zk_tree_t *tree, zk_str_t path);
zk_znode_t *zk_index_find(const zk_tree_t *tree, zk_str_t path, uint32_t hash);
void zk_index_add(zk_tree_t *tree, zk_znode_t *znode, uint32_t hash);
void zk_index_remove(zk_tree_t *tree, zk_znode_t *znode);
void zk_index_clear(zk_tree_t *tree);

/* ---- what apply.c, tree.c, quota.c and walk.c share ---- */

/* The digest of ZNODE as it stands. */
uint64_t zk_znode_digest(const zk_znode_t *znode);

void zk_znode_set_stat(zk_znode_t *znode, const zk_stat_persisted_t *stat);

/* A new znode at PATH below PARENT (NULL: the root), in all sets and sums.  Takes over the
 * reference to ACL. */
zk_znode_t *zk_tree_add_znode(zk_tree_t *tree, zk_znode_t *parent, zk_str_t path, zk_str_t data,
                              zk_acl_list_t *acl, const zk_stat_persisted_t *stat);

/* Take ZNODE at PATH, without children, out of all sets and sums, and free it. */
void zk_tree_remove_znode(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path);

/* Create /zookeeper/config and what leads to it where missing (an old snapshot); the znode. */
zk_znode_t *zk_tree_ensure_config(zk_tree_t *tree);

/* Running walks keep the image of ZNODE, which is about to change, or to go when GONE. */
void zk_walk_before_change(zk_tree_t *tree, const zk_znode_t *znode, bool gone);
/* ZNODE was born: running walks will not show it. */
void zk_walk_after_birth(zk_tree_t *tree, const zk_znode_t *znode);

/* Quota bookkeeping of a change at PATH that was applied; BYTES of its data, or by how much it
 * grew. */
void zk_quota_after_create(zk_tree_t *tree, zk_str_t path, int64_t bytes);
void zk_quota_after_delete(zk_tree_t *tree, zk_str_t path, int64_t bytes);
void zk_quota_after_set(zk_tree_t *tree, zk_str_t path, int64_t bytes_delta);
/* Find all limits and recount, after a load. */
void zk_quota_rebuild(zk_tree_t *tree);

#endif
