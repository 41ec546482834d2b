/* tree.c -- making, filling and reading the tree.
 *
 * A znode enters and leaves all sums and sets at one place each (zk_tree_add_znode,
 * zk_tree_remove_znode), whether it comes from a txn or from a snapshot.  Changes of a znode that
 * stays are in apply.c.
 *
 * Facts: upstream DataTree.java, DataNode.java, EphemeralType.java and its 353 twin. */
#include "tree/tree.h"

#include <stdlib.h>
#include <string.h>

#include "tree/digest.h"
#include "tree/path.h"
#include "tree/znode.h"
#include "wire/opcode.h"

#define OWNER_TOP_BYTE 0xff00000000000000ULL
#define OWNER_FEATURE_BITS 0x00ffff0000000000ULL
#define OWNER_TTL_353_MAX INT64_C(0x7fffffffffffffff)

static const char zookeeper_path[] = "/zookeeper";
static const char quota_path[] = "/zookeeper/quota";
static const char config_path[] = "/zookeeper/config";

/* ---- owners ---- */

zk_znode_kind_t zk_owner_kind(int64_t owner, bool emulate_353, int64_t *ttl_ms)
{
    uint64_t bits = (uint64_t)owner;

    if (ttl_ms != NULL)
        *ttl_ms = 0;
    if (owner == 0)
        return ZK_ZNODE_PERSISTENT;
    if (owner == ZK_OWNER_CONTAINER)
        return ZK_ZNODE_CONTAINER;
    if ((bits & OWNER_TOP_BYTE) == OWNER_TOP_BYTE && (bits & OWNER_FEATURE_BITS) == 0) {
        if (ttl_ms != NULL)
            *ttl_ms = owner & ZK_TTL_MAX_MS;
        return ZK_ZNODE_TTL;
    }
    if (emulate_353 && owner < 0) {
        if (ttl_ms != NULL)
            *ttl_ms = owner & OWNER_TTL_353_MAX;
        return ZK_ZNODE_TTL;
    }
    return ZK_ZNODE_EPHEMERAL;
}

int64_t zk_owner_for_ttl(int64_t ttl_ms)
{
    ZK_ASSERT(ttl_ms > 0 && ttl_ms <= ZK_TTL_MAX_MS);
    return (int64_t)(OWNER_TOP_BYTE | (uint64_t)ttl_ms);
}

static zk_znode_kind_t kind_of(const zk_tree_t *tree, const zk_znode_t *znode)
{
    return zk_owner_kind(znode->owner, tree->options.emulate_353_ttl, NULL);
}

static void own(zk_tree_t *tree, zk_znode_t *znode)
{
    zk_ephemeral_set_t *set = zk_map64_get(&tree->owners, (uint64_t)znode->owner);

    if (set == NULL) {
        set = zk_calloc(1, sizeof(*set));
        zk_map64_set(&tree->owners, (uint64_t)znode->owner, set);
    }
    zk_map64_set(&set->znodes, zk_znode_slot(znode), znode);
    tree->ephemerals_count++;
}

static void disown(zk_tree_t *tree, zk_znode_t *znode)
{
    zk_ephemeral_set_t *set = zk_map64_get(&tree->owners, (uint64_t)znode->owner);

    void *removed;

    ZK_ASSERT(set != NULL);
    removed = zk_map64_remove(&set->znodes, zk_znode_slot(znode));
    ZK_ASSERT(removed == znode);
    tree->ephemerals_count--;
    if (zk_map64_count(&set->znodes) > 0)
        return;
    zk_map64_remove(&tree->owners, (uint64_t)znode->owner);
    zk_map64_free(&set->znodes);
    zk_free(set);
}

/* ---- in and out ---- */

uint64_t zk_znode_digest(const zk_znode_t *znode)
{
    zk_stat_persisted_t stat;

    zk_znode_stat_persisted(znode, &stat);
    return zk_digest_znode(znode->digest_base, &stat);
}

static int64_t bytes_of(const zk_znode_t *znode, zk_str_t path)
{
    int64_t path_bytes = path.length > 0 ? path.length : 1;

    return path_bytes + (znode->data_length > 0 ? znode->data_length : 0);
}

static void account_in(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path)
{
    zk_znode_kind_t kind = kind_of(tree, znode);

    znode->digest_base = zk_digest_base(path, zk_znode_data(znode));
    if (zk_digest_counts(path))
        tree->digest += zk_znode_digest(znode);
    tree->approximate_bytes += bytes_of(znode, path);
    if (kind == ZK_ZNODE_EPHEMERAL)
        own(tree, znode);
    else if (kind != ZK_ZNODE_PERSISTENT)
        zk_map64_set(&tree->reaped, zk_znode_slot(znode), znode);
}

static void account_out(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path)
{
    zk_znode_kind_t kind = kind_of(tree, znode);
    void *removed;

    if (zk_digest_counts(path))
        tree->digest -= zk_znode_digest(znode);
    tree->approximate_bytes -= bytes_of(znode, path);
    if (kind == ZK_ZNODE_EPHEMERAL) {
        disown(tree, znode);
    } else if (kind != ZK_ZNODE_PERSISTENT) {
        removed = zk_map64_remove(&tree->reaped, zk_znode_slot(znode));
        ZK_ASSERT(removed == znode);
    }
}

zk_znode_t *zk_tree_add_znode(zk_tree_t *tree, zk_znode_t *parent, zk_str_t path, zk_str_t data,
                              zk_acl_list_t *acl, const zk_stat_persisted_t *stat)
{
    zk_znode_t *znode =
        zk_znode_create(tree, parent == NULL ? zk_str("") : zk_path_name(path), data);

    zk_znode_set_stat(znode, stat);
    znode->acl = acl->slot;
    if (parent == NULL) {
        ZK_ASSERT(tree->root == NULL);
        tree->root = znode;
    } else {
        zk_index_add(tree, znode, zk_index_hash(tree, path));
        zk_znode_link(tree, parent, znode);
    }
    account_in(tree, znode, path);
    zk_walk_after_birth(tree, znode);
    return znode;
}

void zk_tree_remove_znode(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path)
{
    ZK_ASSERT(znode != tree->root && znode->first_child == 0);
    zk_walk_before_change(tree, znode, true);
    account_out(tree, znode, path);
    zk_acl_release(tree->acls, zk_acl_at(tree->acls, znode->acl));
    zk_index_remove(tree, znode);
    zk_znode_unlink(tree, znode);
    zk_znode_free(tree, znode);
}

/* ---- a tree's life ---- */

static zk_acl_list_t *read_only_acl(zk_tree_t *tree)
{
    zk_acl_t entry = {ZK_PERM_READ, {zk_str("world"), zk_str("anyone")}};
    zk_acl_vector_t acl = {1, &entry};

    return zk_acl_intern(tree->acls, &acl);
}

static zk_znode_t *ensure_open(zk_tree_t *tree, zk_znode_t *parent, const char *path)
{
    static const zk_stat_persisted_t zero;
    zk_acl_vector_t open = {-1, NULL};
    zk_znode_t *znode = parent == NULL ? tree->root : zk_tree_find(tree, zk_str(path));

    if (znode != NULL)
        return znode;
    return zk_tree_add_znode(tree, parent, zk_str(path), zk_str(""),
                             zk_acl_intern(tree->acls, &open), &zero);
}

zk_znode_t *zk_tree_ensure_config(zk_tree_t *tree)
{
    zk_stat_persisted_t stat = {.aversion = -1};
    zk_znode_t *znode = zk_tree_find(tree, zk_str(config_path));
    zk_znode_t *parent;

    if (znode != NULL)
        return znode;
    parent = ensure_open(tree, ensure_open(tree, NULL, ""), zookeeper_path);
    return zk_tree_add_znode(tree, parent, zk_str(config_path), zk_str(""), read_only_acl(tree),
                             &stat);
}

zk_tree_t *zk_tree_create(const zk_tree_options_t *options)
{
    zk_tree_t *tree = zk_calloc(1, sizeof(*tree));
    zk_znode_t *root;

    if (options != NULL)
        tree->options = *options;
    tree->acls = zk_acl_table_create();
    root = ensure_open(tree, NULL, "");
    ensure_open(tree, ensure_open(tree, root, zookeeper_path), quota_path);
    zk_tree_ensure_config(tree);
    return tree;
}

static void clear(zk_tree_t *tree)
{
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;
    uint32_t slot;

    ZK_ASSERT(tree->walks == NULL);
    while ((entry = zk_map64_next(&tree->owners, &cursor)) != NULL) {
        zk_map64_free(&((zk_ephemeral_set_t *)entry->value)->znodes);
        zk_free(entry->value);
    }
    zk_map64_free(&tree->owners);
    tree->owners = ZK_MAP64_INIT;
    zk_map64_free(&tree->reaped);
    tree->reaped = ZK_MAP64_INIT;
    zk_map_str_free(&tree->quotas);
    tree->quotas = ZK_MAP_STR_INIT;
    for (slot = 1; slot < tree->slab.used; slot++)
        if (zk_znode_at(tree, slot)->text != NULL)
            zk_acl_release(tree->acls, zk_acl_at(tree->acls, zk_znode_at(tree, slot)->acl));
    zk_index_clear(tree);
    zk_znode_slab_clear(tree);
    zk_acl_load_end(tree->acls);
    tree->root = NULL;
    tree->approximate_bytes = 0;
    tree->digest = 0;
    tree->ephemerals_count = 0;
    tree->history_first = 0;
    tree->history_count = 0;
    tree->last_zxid = 0;
}

void zk_tree_destroy(zk_tree_t *tree)
{
    if (tree == NULL)
        return;
    clear(tree);
    zk_acl_table_destroy(tree->acls);
    zk_free(tree);
}

void zk_tree_listen(zk_tree_t *tree, const zk_tree_listener_t *listener)
{
    if (listener != NULL)
        tree->listener = *listener;
    else
        memset(&tree->listener, 0, sizeof(tree->listener));
}

/* ---- loading ---- */

void zk_tree_load_begin(zk_tree_t *tree)
{
    clear(tree);
}

bool zk_tree_load_node(zk_tree_t *tree, zk_str_t path, zk_str_t data, int64_t acl_id,
                       const zk_stat_persisted_t *stat)
{
    zk_znode_t *parent = NULL;

    if (zk_str_is_null(path))
        return false;
    if (path.length == 0) {
        if (tree->root != NULL)
            return false;
    } else {
        if (!zk_path_is_plain(path) || tree->root == NULL)
            return false;
        parent = zk_tree_find(tree, zk_path_parent(path));
        if (parent == NULL || zk_tree_find(tree, path) != NULL)
            return false;
    }
    zk_tree_add_znode(tree, parent, path, data, zk_acl_by_id(tree->acls, acl_id), stat);
    return true;
}

bool zk_tree_load_end(zk_tree_t *tree, int64_t zxid)
{
    zk_acl_load_end(tree->acls);
    if (tree->root == NULL)
        return false;
    tree->last_zxid = zxid;
    zk_quota_rebuild(tree);
    return true;
}

/* ---- reading ---- */

zk_znode_t *zk_tree_find(const zk_tree_t *tree, zk_str_t path)
{
    if (path.length <= 1 && (path.length == 0 || (path.length == 1 && path.data[0] == '/')))
        return tree->root;
    if (path.length <= 0)
        return NULL;
    return zk_index_find(tree, path, zk_index_hash(tree, path));
}

const zk_acl_list_t *zk_znode_acl(const zk_znode_t *znode)
{
    return zk_acl_at(zk_znode_tree(znode)->acls, znode->acl);
}

void zk_znode_stat_persisted(const zk_znode_t *znode, zk_stat_persisted_t *stat)
{
    stat->czxid = znode->czxid;
    stat->mzxid = znode->mzxid;
    stat->ctime = znode->ctime;
    stat->mtime = znode->mtime;
    stat->version = znode->version;
    stat->cversion = znode->cversion;
    stat->aversion = znode->aversion;
    stat->ephemeral_owner = znode->owner;
    stat->pzxid = znode->pzxid;
}

void zk_znode_set_stat(zk_znode_t *znode, const zk_stat_persisted_t *stat)
{
    znode->czxid = stat->czxid;
    znode->mzxid = stat->mzxid;
    znode->ctime = stat->ctime;
    znode->mtime = stat->mtime;
    znode->version = stat->version;
    znode->cversion = stat->cversion;
    znode->aversion = stat->aversion;
    znode->owner = stat->ephemeral_owner;
    znode->pzxid = stat->pzxid;
}

void zk_znode_stat(const zk_znode_t *znode, zk_stat_t *stat)
{
    const zk_tree_t *tree = zk_znode_tree(znode);
    int32_t num_children = zk_znode_num_children(znode);

    stat->czxid = znode->czxid;
    stat->mzxid = znode->mzxid;
    stat->ctime = znode->ctime;
    stat->mtime = znode->mtime;
    stat->version = znode->version;
    stat->cversion = (int32_t)(2U * (uint32_t)znode->cversion - (uint32_t)num_children);
    stat->aversion = znode->aversion;
    stat->ephemeral_owner = kind_of(tree, znode) == ZK_ZNODE_EPHEMERAL ? znode->owner : 0;
    stat->data_length = znode->data_length > 0 ? znode->data_length : 0;
    stat->num_children = num_children;
    stat->pzxid = znode->pzxid;
}

int64_t zk_znode_owner(const zk_znode_t *znode)
{
    return znode->owner;
}

int64_t zk_znode_mzxid(const zk_znode_t *znode)
{
    return znode->mzxid;
}

int64_t zk_znode_pzxid(const zk_znode_t *znode)
{
    return znode->pzxid;
}

int32_t zk_znode_num_children(const zk_znode_t *znode)
{
    if (znode->first_child == 0)
        return 0;
    return (int32_t)zk_znode_at(zk_znode_tree(znode), znode->first_child)->prev;
}

zk_znode_t *zk_znode_parent(const zk_znode_t *znode)
{
    return zk_znode_at(zk_znode_tree(znode), znode->parent);
}

zk_znode_t *zk_znode_first_child(const zk_znode_t *znode)
{
    return zk_znode_at(zk_znode_tree(znode), znode->first_child);
}

zk_znode_t *zk_znode_next_sibling(const zk_znode_t *znode)
{
    return zk_znode_at(zk_znode_tree(znode), znode->next);
}

uint32_t zk_znode_digest_base(const zk_znode_t *znode)
{
    return znode->digest_base;
}

int64_t zk_tree_count(const zk_tree_t *tree)
{
    return tree->root == NULL ? 0 : (int64_t)tree->index.count + 2;
}

int64_t zk_tree_ephemerals_count(const zk_tree_t *tree)
{
    return tree->ephemerals_count;
}

int64_t zk_tree_approximate_bytes(const zk_tree_t *tree)
{
    return tree->approximate_bytes;
}

uint64_t zk_tree_digest(const zk_tree_t *tree)
{
    return tree->digest;
}

int64_t zk_tree_last_zxid(const zk_tree_t *tree)
{
    return tree->last_zxid;
}

zk_acl_table_t *zk_tree_acls(zk_tree_t *tree)
{
    return tree->acls;
}

int32_t zk_tree_descendants(const zk_tree_t *tree, const zk_znode_t *znode)
{
    const zk_znode_t *at = znode;
    int32_t count = 0;

    if (znode == tree->root)
        return (int32_t)tree->index.count;
    while ((at = zk_znode_preorder(tree, at, znode, false)) != NULL)
        count++;
    return count;
}

/* ---- owners, read ---- */

void zk_tree_visit_ephemerals(const zk_tree_t *tree, int64_t session_id,
                              void (*visit)(void *baton, zk_znode_t *znode), void *baton)
{
    const zk_ephemeral_set_t *set = zk_map64_get(&tree->owners, (uint64_t)session_id);
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;

    if (set == NULL)
        return;
    while ((entry = zk_map64_next(&set->znodes, &cursor)) != NULL)
        visit(baton, entry->value);
}

int32_t zk_tree_session_ephemerals_count(const zk_tree_t *tree, int64_t session_id)
{
    const zk_ephemeral_set_t *set = zk_map64_get(&tree->owners, (uint64_t)session_id);

    return set == NULL ? 0 : (int32_t)zk_map64_count(&set->znodes);
}

void zk_tree_visit_owners(const zk_tree_t *tree, void (*visit)(void *baton, int64_t session_id),
                          void *baton)
{
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;

    while ((entry = zk_map64_next(&tree->owners, &cursor)) != NULL)
        visit(baton, (int64_t)entry->key);
}

size_t zk_tree_digest_history(const zk_tree_t *tree, zk_digest_entry_t *entries, size_t max)
{
    size_t count = tree->history_count < max ? tree->history_count : max;
    size_t skip = tree->history_count - count;
    size_t i;

    for (i = 0; i < count; i++)
        entries[i] = tree->history[(tree->history_first + skip + i) % ZK_DIGEST_HISTORY_MAX];
    return count;
}
