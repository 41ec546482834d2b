/* apply.c -- from a txn to the tree: the only writer.
 *
 * Values in a txn are absolute (versions, the parent's count of creations), so that replay over a
 * snapshot that already holds a part of the effects ends in the right state: what fits no more
 * changes nothing, except that the parent still learns of the child, and that a znode that is
 * already there takes the ACL of the create.  Live and replayed txns take the same code.
 *
 * Where upstream's server would end on a txn that should never have been proposed, this one applies
 * it leniently: a TTL out of range gives a plain znode, a quota on the root stays inactive,
 * unreadable usage is counted afresh.  A delete of a znode with children (only possible when
 * replaying over a fuzzy snapshot that already holds the znode's successor) takes the whole
 * subtree; the txns that follow bring back what belongs there.
 *
 * Order within one change: tree, sums, quota, then the listener, which therefore sees the state
 * after the change.
 *
 * Facts: upstream DataTree.java (processTxn, createNode, deleteNode, setData, setACL, killSession,
 * setCversionPzxid) at 3.9.5. */
#include <string.h>

#include "tree/digest.h"
#include "tree/path.h"
#include "tree/tree.h"
#include "tree/znode.h"
#include "wire/opcode.h"

static void tell(const zk_tree_t *tree, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                 int64_t zxid)
{
    if (tree->listener.changed != NULL)
        tree->listener.changed(tree->listener.baton, event_type,
                               path.length == 0 ? zk_str("/") : path, acl, zxid);
}

static const zk_acl_list_t *acl_of(const zk_tree_t *tree, const zk_znode_t *znode)
{
    return zk_acl_at(tree->acls, znode->acl);
}

/* Around every change of stat or data of ZNODE at PATH, which stays. */
static void change_begin(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path)
{
    zk_walk_before_change(tree, znode, false);
    if (zk_digest_counts(path))
        tree->digest -= zk_znode_digest(znode);
}

static void change_end(zk_tree_t *tree, zk_znode_t *znode, zk_str_t path)
{
    if (zk_digest_counts(path))
        tree->digest += zk_znode_digest(znode);
}

static void replace_acl(zk_tree_t *tree, zk_znode_t *znode, zk_acl_list_t *acl)
{
    zk_walk_before_change(tree, znode, false);
    zk_acl_release(tree->acls, zk_acl_at(tree->acls, znode->acl));
    znode->acl = acl->slot;
}

static int32_t plus_one(int32_t value)
{
    return (int32_t)((uint32_t)value + 1U);
}

/* A child was created below PARENT: its count of creations and pzxid, unless it has seen a later
 * one. */
static void note_creation(zk_tree_t *tree, zk_znode_t *parent, zk_str_t parent_path,
                          int32_t parent_cversion, int64_t zxid)
{
    int32_t cversion = parent_cversion == -1 ? plus_one(parent->cversion) : parent_cversion;

    if (cversion <= parent->cversion)
        return;
    change_begin(tree, parent, parent_path);
    parent->cversion = cversion;
    parent->pzxid = zxid;
    change_end(tree, parent, parent_path);
}

/* ---- create ---- */

typedef struct creation {
    zk_str_t path;
    zk_str_t data;
    const zk_acl_vector_t *acl;
    int64_t owner;
    int32_t parent_cversion;
} creation_t;

static zk_code_t create_znode(zk_tree_t *tree, const zk_txn_header_t *header,
                              const creation_t *creation)
{
    zk_stat_persisted_t stat = {.czxid = header->zxid,
                                .mzxid = header->zxid,
                                .pzxid = header->zxid,
                                .ctime = header->time,
                                .mtime = header->time,
                                .ephemeral_owner = creation->owner};
    zk_str_t path = creation->path;
    zk_str_t parent_path;
    zk_znode_t *parent;
    zk_znode_t *znode;
    zk_acl_list_t *acl;

    if (!zk_path_is_plain(path))
        return zk_str_equal_c(path, "/") ? ZK_CODE_NODE_EXISTS : ZK_CODE_NO_NODE;
    parent_path = zk_path_parent(path);
    parent = zk_tree_find(tree, parent_path);
    if (parent == NULL)
        return ZK_CODE_NO_NODE;
    acl = zk_acl_intern(tree->acls, creation->acl);
    znode = zk_tree_find(tree, path);
    if (znode != NULL) {
        replace_acl(tree, znode, acl);
        note_creation(tree, parent, parent_path, creation->parent_cversion, header->zxid);
        return ZK_CODE_NODE_EXISTS;
    }
    note_creation(tree, parent, parent_path, creation->parent_cversion, header->zxid);
    zk_tree_add_znode(tree, parent, path, creation->data, acl, &stat);
    zk_quota_after_create(tree, path, (int64_t)zk_str_size(creation->data));
    tell(tree, ZK_EVENT_TYPE_CREATED, path, acl, header->zxid);
    tell(tree, ZK_EVENT_TYPE_CHILDREN_CHANGED, parent_path, acl_of(tree, parent), header->zxid);
    return ZK_CODE_OK;
}

/* ---- delete ---- */

/* Remove what is below TOP, lowest first. */
static void remove_descendants(zk_tree_t *tree, zk_znode_t *top)
{
    zk_buffer_t path = ZK_BUFFER_INIT;

    while (top->first_child != 0) {
        zk_znode_t *leaf = zk_znode_at(tree, top->first_child);
        int64_t bytes;

        while (leaf->first_child != 0)
            leaf = zk_znode_at(tree, leaf->first_child);
        bytes = (int64_t)zk_str_size(zk_znode_data(leaf));
        zk_buffer_clear(&path);
        zk_znode_path(leaf, &path);
        zk_tree_remove_znode(tree, leaf, zk_str_n((const char *)path.data, zk_buffer_size(&path)));
        zk_quota_after_delete(tree, zk_str_n((const char *)path.data, zk_buffer_size(&path)),
                              bytes);
    }
    zk_buffer_free(&path);
}

static zk_code_t delete_znode(zk_tree_t *tree, zk_str_t path, int64_t zxid)
{
    zk_str_t parent_path;
    zk_znode_t *parent;
    zk_znode_t *znode;
    zk_acl_list_t *acl;
    int64_t bytes;

    if (!zk_path_is_plain(path))
        return ZK_CODE_NO_NODE; /* the root never goes */
    parent_path = zk_path_parent(path);
    parent = zk_tree_find(tree, parent_path);
    if (parent == NULL)
        return ZK_CODE_NO_NODE;
    if (zxid > parent->pzxid) {
        change_begin(tree, parent, parent_path);
        parent->pzxid = zxid;
        change_end(tree, parent, parent_path);
    }
    znode = zk_tree_find(tree, path);
    if (znode == NULL)
        return ZK_CODE_NO_NODE;
    if (znode->first_child != 0)
        remove_descendants(tree, znode);
    acl = zk_acl_hold(zk_acl_at(tree->acls, znode->acl)); /* the listener still needs it */
    bytes = (int64_t)zk_str_size(zk_znode_data(znode));
    zk_tree_remove_znode(tree, znode, path);
    zk_quota_after_delete(tree, path, bytes);
    tell(tree, ZK_EVENT_TYPE_DELETED, path, acl, zxid);
    tell(tree, ZK_EVENT_TYPE_CHILDREN_CHANGED, parent_path, acl_of(tree, parent), zxid);
    zk_acl_release(tree->acls, acl);
    return ZK_CODE_OK;
}

/* ---- set ---- */

static zk_code_t set_data(zk_tree_t *tree, zk_str_t path, zk_str_t data, int32_t version,
                          int64_t zxid, int64_t time_ms)
{
    zk_znode_t *znode = zk_tree_find(tree, path);
    int64_t delta;

    if (znode == NULL)
        return ZK_CODE_NO_NODE;
    delta = (int64_t)zk_str_size(data) - (int64_t)zk_str_size(zk_znode_data(znode));
    change_begin(tree, znode, path);
    zk_znode_set_data(tree, znode, data);
    znode->digest_base = zk_digest_base(path, data);
    znode->version = version;
    znode->mzxid = zxid;
    znode->mtime = time_ms;
    change_end(tree, znode, path);
    tree->approximate_bytes += delta;
    zk_quota_after_set(tree, path, delta);
    tell(tree, ZK_EVENT_TYPE_DATA_CHANGED, path, acl_of(tree, znode), zxid);
    return ZK_CODE_OK;
}

static zk_code_t set_acl(zk_tree_t *tree, const zk_set_acl_txn_t *txn)
{
    zk_znode_t *znode = zk_tree_find(tree, txn->path);

    if (znode == NULL)
        return ZK_CODE_NO_NODE;
    change_begin(tree, znode, txn->path);
    replace_acl(tree, znode, zk_acl_intern(tree->acls, &txn->acl));
    znode->aversion = txn->version;
    change_end(tree, znode, txn->path);
    return ZK_CODE_OK;
}

void zk_tree_set_config(zk_tree_t *tree, zk_str_t text, int64_t version, int64_t now_ms)
{
    zk_tree_ensure_config(tree);
    (void)set_data(tree, zk_str("/zookeeper/config"), text, -1, version, now_ms);
}

/* ---- sessions ---- */

/* Delete the ephemerals of SESSION_ID one by one, oldest first; the set goes with the last.  The
 * cursor stays, because what was removed leaves holes in front. */
static void delete_ephemerals(zk_tree_t *tree, int64_t session_id, int64_t zxid)
{
    zk_buffer_t path = ZK_BUFFER_INIT;
    const zk_ephemeral_set_t *set;
    uint32_t cursor = 0;

    while ((set = zk_map64_get(&tree->owners, (uint64_t)session_id)) != NULL) {
        zk_map64_entry_t *entry = zk_map64_next(&set->znodes, &cursor);

        ZK_ASSERT(entry != NULL);
        zk_buffer_clear(&path);
        zk_znode_path(entry->value, &path);
        (void)delete_znode(tree, zk_str_n((const char *)path.data, zk_buffer_size(&path)), zxid);
    }
    zk_buffer_free(&path);
}

static void close_session(zk_tree_t *tree, const zk_txn_header_t *header,
                          const zk_close_session_txn_t *txn)
{
    int32_t i;

    for (i = 0; i < txn->paths2_delete.count; i++)
        (void)delete_znode(tree, txn->paths2_delete.items[i], header->zxid);
    delete_ephemerals(tree, header->client_id, header->zxid);
}

void zk_tree_drop_ephemerals(zk_tree_t *tree, int64_t session_id)
{
    delete_ephemerals(tree, session_id, tree->last_zxid);
}

/* ---- txns ---- */

static zk_code_t apply_create(zk_tree_t *tree, const zk_txn_header_t *header, int32_t type,
                              const zk_txn_body_t *body)
{
    creation_t creation = {.owner = 0};

    switch (type) {
    case ZK_OP_CREATE_CONTAINER:
        creation.path = body->create_container.path;
        creation.data = body->create_container.data;
        creation.acl = &body->create_container.acl;
        creation.owner = ZK_OWNER_CONTAINER;
        creation.parent_cversion = body->create_container.parent_cversion;
        break;
    case ZK_OP_CREATE_TTL:
        creation.path = body->create_ttl.path;
        creation.data = body->create_ttl.data;
        creation.acl = &body->create_ttl.acl;
        if (body->create_ttl.ttl > 0 && body->create_ttl.ttl <= ZK_TTL_MAX_MS)
            creation.owner = zk_owner_for_ttl(body->create_ttl.ttl);
        creation.parent_cversion = body->create_ttl.parent_cversion;
        break;
    default:
        creation.path = body->create.path;
        creation.data = body->create.data;
        creation.acl = &body->create.acl;
        creation.owner = body->create.ephemeral ? header->client_id : 0;
        creation.parent_cversion = body->create.parent_cversion;
        break;
    }
    return create_znode(tree, header, &creation);
}

/* Index of the first sub-txn that says the multi failed, or -1. */
static int32_t find_error(const zk_multi_txn_t *multi)
{
    int32_t i;

    for (i = 0; i < multi->txns.count; i++)
        if (multi->txns.items[i].type == ZK_OP_ERROR)
            return i;
    return -1;
}

/* The first error code other than 0 among the entries of a failed multi. */
static zk_code_t error_of_failed(const zk_multi_txn_t *multi, zk_arena_t *arena)
{
    int32_t i;

    for (i = 0; i < multi->txns.count; i++) {
        const zk_txn_t *entry = &multi->txns.items[i];
        zk_reader_t reader = zk_reader(entry->data.data, zk_str_size(entry->data));
        zk_txn_body_t body;

        if (entry->type == ZK_OP_ERROR && zk_txn_decode_body(&body, entry->type, &reader, arena) &&
            body.error.err != 0)
            return (zk_code_t)body.error.err;
    }
    return ZK_CODE_OK;
}

static zk_code_t apply_multi(zk_tree_t *tree, const zk_txn_header_t *header,
                             const zk_multi_txn_t *multi, zk_arena_t *arena)
{
    zk_code_t result = ZK_CODE_OK;
    int32_t i;

    if (find_error(multi) >= 0)
        return error_of_failed(multi, arena);
    for (i = 0; i < multi->txns.count; i++) {
        const zk_txn_t *entry = &multi->txns.items[i];
        zk_reader_t reader = zk_reader(entry->data.data, zk_str_size(entry->data));
        zk_txn_body_t body;
        zk_code_t code = ZK_CODE_MARSHALLING_ERROR;

        if (entry->type != ZK_OP_MULTI && zk_txn_decode_body(&body, entry->type, &reader, arena))
            code = zk_tree_apply_op(tree, header, entry->type, &body, arena);
        if (result == ZK_CODE_OK)
            result = code;
    }
    return result;
}

zk_code_t zk_tree_apply_op(zk_tree_t *tree, const zk_txn_header_t *header, int32_t type,
                           const zk_txn_body_t *body, zk_arena_t *arena)
{
    ZK_ASSERT(tree->root != NULL);
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
    case ZK_OP_CREATE_TTL:
        return apply_create(tree, header, type, body);
    case ZK_OP_DELETE:
    case ZK_OP_DELETE_CONTAINER:
        return delete_znode(tree, body->delete_.path, header->zxid);
    case ZK_OP_SET_DATA:
    case ZK_OP_RECONFIG:
        return set_data(tree, body->set_data.path, body->set_data.data, body->set_data.version,
                        header->zxid, header->time);
    case ZK_OP_SET_ACL:
        return set_acl(tree, &body->set_acl);
    case ZK_OP_CLOSE_SESSION:
        close_session(tree, header, &body->close_session);
        return ZK_CODE_OK;
    case ZK_OP_ERROR:
        return (zk_code_t)body->error.err;
    case ZK_OP_MULTI:
        return apply_multi(tree, header, &body->multi, arena);
    default: /* check, createSession, types of a newer server: nothing to do here */
        return ZK_CODE_OK;
    }
}

void zk_tree_applied(zk_tree_t *tree, int64_t zxid)
{
    size_t at;

    if (zxid > tree->last_zxid)
        tree->last_zxid = zxid;
    if (zxid % ZK_DIGEST_HISTORY_INTERVAL != 0)
        return;
    at = (tree->history_first + tree->history_count) % ZK_DIGEST_HISTORY_MAX;
    tree->history[at] = (zk_digest_entry_t){zxid, tree->digest};
    if (tree->history_count < ZK_DIGEST_HISTORY_MAX)
        tree->history_count++;
    else
        tree->history_first = (tree->history_first + 1) % ZK_DIGEST_HISTORY_MAX;
}

zk_code_t zk_tree_apply(zk_tree_t *tree, const zk_txn_decoded_t *txn, zk_arena_t *arena)
{
    zk_code_t code = zk_tree_apply_op(tree, &txn->header, txn->header.type, &txn->body, arena);

    zk_tree_applied(tree, txn->header.zxid);
    return code;
}
