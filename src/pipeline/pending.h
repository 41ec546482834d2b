/* pending.h -- the tree as it will be when everything proposed is applied.
 *
 * A write is checked against this state, not against the tree, so writes need not wait for one
 * another.  It is an overlay: paths that a proposed txn touches, with what the znode will be; all
 * other paths are read from the tree.  The digest that the tree will have is kept as well, because
 * a log record carries it.
 *
 * One txn at a time is prepared: zk_pending_begin, edits, then zk_pending_keep (it is proposed) or
 * zk_pending_rollback (it failed; everything is as before, digest included).  zk_pending_applied
 * drops what the tree now has itself.
 *
 * Invariants (zk_pending_check)
 *   1. An entry's zxid is that of the newest proposed txn that touched it, and is not yet applied.
 *   2. Without proposals in flight the overlay is empty and its digest is the tree's.
 *   3. Session-owned entries that exist are in their owner's list. */
#ifndef ZK_PIPELINE_PENDING_H
#define ZK_PIPELINE_PENDING_H

#include "base/map.h"
#include "tree/tree.h"

/* A znode as it will be.  Fields but `exists` mean nothing where it does not exist. */
typedef struct zk_prospect {
    bool exists;
    int32_t num_children;
    int32_t data_length;  /* 0 for null */
    uint32_t digest_base; /* CRC over path and data */
    zk_stat_persisted_t stat;
    const zk_acl_list_t *acl;
} zk_prospect_t;

typedef struct zk_change zk_change_t;

typedef struct zk_touch {
    zk_change_t *change;
    int64_t zxid;
} zk_touch_t;

typedef struct zk_undo {
    zk_change_t *change;
    bool was_absent;
    int64_t zxid;
    zk_prospect_t before; /* holds a reference on its ACL */
} zk_undo_t;

typedef struct zk_pending {
    zk_tree_t *tree;
    bool digest_enabled;
    uint64_t digest; /* of the tree when all in flight is applied */
    /* the txn being prepared */
    int64_t zxid;
    int64_t time_ms;
    uint64_t digest_before;
    zk_undo_t *undo;
    size_t undo_count, undo_capacity;
    /* the overlay */
    zk_change_t **buckets;
    uint32_t mask;
    uint32_t count;
    zk_touch_t *touches; /* ring in zxid order */
    size_t touches_capacity, touches_head, touches_tail;
    zk_map64_t owners;  /* session id -> first zk_change_t of its list */
    zk_change_t *spare; /* freed entries with short paths */
} zk_pending_t;

void zk_pending_init(zk_pending_t *pending, zk_tree_t *tree, bool digest_enabled);
void zk_pending_free(zk_pending_t *pending);

/* What will be at PATH ("" and "/" are the root).  Returns PROSPECT->exists. */
bool zk_pending_look(const zk_pending_t *pending, zk_str_t path, zk_prospect_t *prospect);

void zk_pending_begin(zk_pending_t *pending, int64_t zxid, int64_t time_ms);
void zk_pending_keep(zk_pending_t *pending);
void zk_pending_rollback(zk_pending_t *pending);

/* Edits of the txn begun; the caller has checked that they are allowed.  They do what tree/apply.c
 * will do. */
void zk_pending_create(zk_pending_t *pending, zk_str_t path, zk_str_t data,
                       const zk_acl_vector_t *acl, int64_t owner, int32_t parent_cversion);
void zk_pending_delete(zk_pending_t *pending, zk_str_t path);
void zk_pending_set_data(zk_pending_t *pending, zk_str_t path, zk_str_t data, int32_t version);
void zk_pending_set_acl(zk_pending_t *pending, zk_str_t path, const zk_acl_vector_t *acl,
                        int32_t aversion);

/* Everything up to ZXID is in the tree. */
void zk_pending_applied(zk_pending_t *pending, int64_t zxid);

/* Every ephemeral that SESSION will own, each once, copied into ARENA. */
zk_str_vector_t zk_pending_ephemerals(const zk_pending_t *pending, int64_t session_id,
                                      zk_arena_t *arena);

const char *zk_pending_check(const zk_pending_t *pending, char *text, size_t size);

#endif
