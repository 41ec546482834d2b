/* check.c -- proof of the invariants that tree.h states.  For tests and the simulator: it visits
 * everything. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tree/digest.h"
#include "tree/tree.h"
#include "tree/znode.h"

typedef struct proof {
    const zk_tree_t *tree;
    char *text;
    size_t size;
    bool broken;
    zk_buffer_t path;
    int64_t count; /* without the root */
    int64_t bytes;
    uint64_t digest;
    int64_t ephemerals;
    int64_t reaped;
    uint64_t acl_uses;
} proof_t;

static void ZK_PRINTF(2, 3) fail(proof_t *proof, const char *format, ...)
{
    va_list arguments;

    if (proof->broken)
        return;
    proof->broken = true;
    va_start(arguments, format);
    vsnprintf(proof->text, proof->size, format, arguments);
    va_end(arguments);
}

static void check_owner(proof_t *proof, zk_znode_t *znode, zk_str_t path)
{
    const zk_tree_t *tree = proof->tree;
    uint32_t slot = zk_znode_slot(znode);
    zk_ephemeral_set_t *set = zk_map64_get(&tree->owners, (uint64_t)znode->owner);

    switch (zk_owner_kind(znode->owner, tree->options.emulate_353_ttl, NULL)) {
    case ZK_ZNODE_PERSISTENT:
        break;
    case ZK_ZNODE_EPHEMERAL:
        proof->ephemerals++;
        if (set == NULL || zk_map64_get(&set->znodes, slot) != znode)
            fail(proof, "ephemeral '%.*s' is not in its session's set", (int)path.length,
                 path.data);
        break;
    default:
        proof->reaped++;
        if (zk_map64_get(&tree->reaped, slot) != znode)
            fail(proof, "container or TTL znode '%.*s' is not in the set", (int)path.length,
                 path.data);
        break;
    }
}

static void check_children(proof_t *proof, const zk_znode_t *znode, zk_str_t path)
{
    int64_t count = 0;
    uint32_t slot = zk_znode_slot(znode);
    const zk_znode_t *before = NULL;
    const zk_znode_t *child = zk_znode_first_child(znode);

    for (; child != NULL; before = child, child = zk_znode_next_sibling(child)) {
        count++;
        if (child->text == NULL || child->parent != slot ||
            (before != NULL && child->prev != zk_znode_slot(before))) {
            fail(proof, "list of children of '%.*s' is torn", (int)path.length, path.data);
            return;
        }
    }
    if (count != zk_znode_num_children(znode))
        fail(proof, "'%.*s' has %" PRId64 " children and counts %d", (int)path.length, path.data,
             count, (int)zk_znode_num_children(znode));
}

static void check_znode(proof_t *proof, zk_znode_t *znode)
{
    const zk_tree_t *tree = proof->tree;
    zk_str_t path;

    zk_buffer_clear(&proof->path);
    zk_znode_path(znode, &proof->path);
    path = zk_str_n((const char *)proof->path.data, zk_buffer_size(&proof->path));
    if (zk_tree_find(tree, path) != znode)
        fail(proof, "'%.*s' is not found by its path", (int)path.length, path.data);
    if (znode->digest_base != zk_digest_base(path, zk_znode_data(znode)))
        fail(proof, "digest base of '%.*s' is stale", (int)path.length, path.data);
    if (zk_digest_counts(path))
        proof->digest += zk_znode_digest(znode);
    proof->count += znode != tree->root;
    proof->bytes += path.length + (int64_t)zk_str_size(zk_znode_data(znode));
    proof->acl_uses += zk_acl_at(tree->acls, znode->acl)->id != -1;
    check_owner(proof, znode, path);
    check_children(proof, znode, path);
}

static int64_t count_owned(const zk_tree_t *tree)
{
    uint32_t cursor = 0;
    int64_t count = 0;
    zk_map64_entry_t *entry;

    while ((entry = zk_map64_next(&tree->owners, &cursor)) != NULL)
        count += zk_map64_count(&((zk_ephemeral_set_t *)entry->value)->znodes);
    return count;
}

static void check_sums(proof_t *proof)
{
    const zk_tree_t *tree = proof->tree;

    if (proof->count != tree->index.count)
        fail(proof, "%" PRId64 " znodes are in the tree and %" PRIu32 " in the index", proof->count,
             tree->index.count);
    if (proof->bytes != tree->approximate_bytes)
        fail(proof, "approximate bytes are %" PRId64 " instead of %" PRId64,
             tree->approximate_bytes, proof->bytes);
    if (proof->digest != tree->digest)
        fail(proof, "digest is %" PRIu64 " instead of %" PRIu64, tree->digest, proof->digest);
    if (proof->ephemerals != tree->ephemerals_count || proof->ephemerals != count_owned(tree))
        fail(proof, "%" PRId64 " ephemerals, counted as %" PRId64 ", owned %" PRId64,
             proof->ephemerals, tree->ephemerals_count, count_owned(tree));
    if (proof->reaped != zk_map64_count(&tree->reaped))
        fail(proof, "%" PRId64 " containers and TTL znodes, %" PRIu32 " in the set", proof->reaped,
             zk_map64_count(&tree->reaped));
    if (proof->acl_uses > zk_acl_references(tree->acls)) /* others may hold some as well */
        fail(proof, "ACL lists are used %" PRIu64 " times and counted %" PRIu64, proof->acl_uses,
             zk_acl_references(tree->acls));
}

const char *zk_tree_check(const zk_tree_t *tree, char *text, size_t size)
{
    proof_t proof = {.tree = tree, .text = text, .size = size, .path = ZK_BUFFER_INIT};
    zk_znode_t *znode = tree->root;

    if (znode == NULL)
        fail(&proof, "no root");
    while (znode != NULL && !proof.broken) {
        check_znode(&proof, znode);
        znode = proof.broken ? NULL : zk_znode_preorder(tree, znode, tree->root, false);
    }
    check_sums(&proof);
    zk_buffer_free(&proof.path);
    return proof.broken ? text : NULL;
}
