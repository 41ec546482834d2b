/* tree.h -- the znodes, a pure in-memory state machine.
 *
 * One hash table by full path; children are linked below their parent, so that a listing and a
 * snapshot walk need no sorting.  How znodes lie in memory is znode.h's.  Only tree/apply.c changes
 * znodes; everyone else reads.
 *
 * Invariants (zk_tree_check proves them)
 *   1. Every znode but the root has a parent that lists it; num_children equals the length of
 *      that list.
 *   2. The running digest equals the sum over all znodes outside /zookeeper/.
 *   3. A znode whose owner is a session is in that session's ephemeral set, and the reverse.
 *   4. Containers and TTL znodes are in the reaper's sets.
 *   5. approximate_bytes and count equal the sums over all znodes.
 *
 * Stored cversion counts creations only; what clients see is 2 * stored - num_children.  Never mix
 * the two.
 *
 * Facts: upstream DataTree.java, DataNode.java, DigestCalculator.java. */
#ifndef ZK_TREE_TREE_H
#define ZK_TREE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/scheme.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "tree/acl.h"
#include "wire/code.h"
#include "wire/records.h"
#include "wire/txn.h"

typedef struct zk_tree zk_tree_t;
typedef struct zk_znode zk_znode_t;

/* What a change means to watchers.  Called inside zk_tree_apply, in order, before anything later is
 * applied. PATH and ACL are good during the call.  ACL is the list that decides READ: the znode's
 * own for created, deleted and data changed, the parent's for children changed (there PATH is the
 * parent). */
typedef struct zk_tree_listener {
    void *baton;
    void (*changed)(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                    int64_t zxid);
} zk_tree_listener_t;

typedef struct zk_tree_options {
    bool emulate_353_ttl; /* zookeeper.emulate353TTLNodes */
    uint64_t hash_seed; /* any value, best one that clients cannot guess; nothing visible depends on
                           it */
} zk_tree_options_t;

/* A fresh tree with "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config". */
zk_tree_t *zk_tree_create(const zk_tree_options_t *options);
void zk_tree_destroy(zk_tree_t *tree);

/* LISTENER (may be NULL) is copied. */
void zk_tree_listen(zk_tree_t *tree, const zk_tree_listener_t *listener);

/* ---- reading ---- */

/* The znode at PATH ("" and "/" are the root), or NULL. */
zk_znode_t *zk_tree_find(const zk_tree_t *tree, zk_str_t path);

zk_str_t zk_znode_name(const zk_znode_t *znode); /* last component; empty for the root */
zk_str_t zk_znode_data(const zk_znode_t *znode); /* null kept null */
const zk_acl_list_t *zk_znode_acl(const zk_znode_t *znode);
void zk_znode_stat(const zk_znode_t *znode, zk_stat_t *stat); /* as clients see it */
void zk_znode_stat_persisted(const zk_znode_t *znode, zk_stat_persisted_t *stat); /* as stored */
int64_t zk_znode_owner(const zk_znode_t *znode); /* stored ephemeralOwner */
int64_t zk_znode_mzxid(const zk_znode_t *znode);
int64_t zk_znode_pzxid(const zk_znode_t *znode);
int32_t zk_znode_num_children(const zk_znode_t *znode);
zk_znode_t *zk_znode_parent(const zk_znode_t *znode);
zk_znode_t *zk_znode_first_child(const zk_znode_t *znode);
zk_znode_t *zk_znode_next_sibling(const zk_znode_t *znode);
/* Append the full path ("/" for the root) to BUFFER. */
void zk_znode_path(const zk_znode_t *znode, zk_buffer_t *buffer);

/* CRC-32 over path and data, the part of a znode's digest that a stat change leaves alone. */
uint32_t zk_znode_digest_base(const zk_znode_t *znode);

int64_t zk_tree_count(const zk_tree_t *tree); /* upstream's count: the root counts twice */
int64_t zk_tree_ephemerals_count(const zk_tree_t *tree);
int64_t zk_tree_approximate_bytes(const zk_tree_t *tree); /* paths + data */
uint64_t zk_tree_digest(const zk_tree_t *tree);
int64_t zk_tree_last_zxid(const zk_tree_t *tree);
zk_acl_table_t *zk_tree_acls(zk_tree_t *tree);
/* All descendants of ZNODE, as getAllChildrenNumber counts them. */
int32_t zk_tree_descendants(const zk_tree_t *tree, const zk_znode_t *znode);

/* Prove all invariants; returns NULL or a sentence about the first one broken (static buffer is not
 * used: TEXT of SIZE bytes is the caller's). */
const char *zk_tree_check(const zk_tree_t *tree, char *text, size_t size);

/* ---- ephemeral owners ---- */

typedef enum zk_znode_kind {
    ZK_ZNODE_PERSISTENT,
    ZK_ZNODE_EPHEMERAL,
    ZK_ZNODE_CONTAINER,
    ZK_ZNODE_TTL
} zk_znode_kind_t;
#define ZK_OWNER_CONTAINER INT64_MIN
#define ZK_TTL_MAX_MS INT64_C(0xFFFFFFFFFF)

/* Kind of a stored owner; *TTL_MS for TTL znodes (may be NULL). */
zk_znode_kind_t zk_owner_kind(int64_t owner, bool emulate_353, int64_t *ttl_ms);
int64_t zk_owner_for_ttl(int64_t ttl_ms);

/* Visit the ephemerals of SESSION in order of creation (the znode must not be changed during the
 * walk). */
void zk_tree_visit_ephemerals(const zk_tree_t *tree, int64_t session_id,
                              void (*visit)(void *baton, zk_znode_t *znode), void *baton);
int32_t zk_tree_session_ephemerals_count(const zk_tree_t *tree, int64_t session_id);
/* Visit each session that owns ephemerals, in the order of its first one. */
void zk_tree_visit_owners(const zk_tree_t *tree, void (*visit)(void *baton, int64_t session_id),
                          void *baton);

/* ---- changing ---- */

/* Apply TXN (header, decoded body) and set last_zxid and digest.  Never fails on content: what does
 * not fit (NoNode, NodeExists on replay) changes nothing and is told in the return value, the
 * result of the txn (of the failing sub of a multi; 0 else).  createSession and the session part of
 * closeSession are the caller's. */
zk_code_t zk_tree_apply(zk_tree_t *tree, const zk_txn_decoded_t *txn, zk_arena_t *arena);

/* As zk_tree_apply for one op of a multi (BODY of TYPE under HEADER): lets the caller take the stat
 * right after it. The caller ends the txn with zk_tree_applied(HEADER->zxid). */
zk_code_t zk_tree_apply_op(zk_tree_t *tree, const zk_txn_header_t *header, int32_t type,
                           const zk_txn_body_t *body, zk_arena_t *arena);
void zk_tree_applied(zk_tree_t *tree, int64_t zxid);

/* Remove the ephemerals of SESSION directly, not logged (start-up: the session is not in the
 * table). */
void zk_tree_drop_ephemerals(zk_tree_t *tree, int64_t session_id);

/* ---- loading a snapshot into an empty tree ---- */

/* Remove every znode, the built-in ones too.  */
void zk_tree_load_begin(zk_tree_t *tree);
/* Parents first.  False when the parent is missing or the path is bad (damaged snapshot). */
bool zk_tree_load_node(zk_tree_t *tree, zk_str_t path, zk_str_t data, int64_t acl_id,
                       const zk_stat_persisted_t *stat);
/* Drop unused ACLs, build quotas, set last_zxid. False when there is no root.
 * Nothing is added: a snapshot of 3.4 lacks /zookeeper/config, and so does the tree. */
bool zk_tree_load_end(zk_tree_t *tree, int64_t zxid);
/* Ensembles: set /zookeeper/config without a txn (version -1, mzxid = config version, mtime = now).
 */
void zk_tree_set_config(zk_tree_t *tree, zk_str_t text, int64_t version, int64_t now_ms);

/* Digest history: one {zxid, digest} per zxid divisible by 128, newest 1024, oldest first (4lw
 * hash). */
typedef struct zk_digest_entry {
    int64_t zxid;
    uint64_t digest;
} zk_digest_entry_t;
size_t zk_tree_digest_history(const zk_tree_t *tree, zk_digest_entry_t *entries, size_t max);

#endif
