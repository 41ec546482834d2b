/* snapshot_tree.c -- builds a tree of znodes from a snapshot.
 *
 * Children are sorted by name once all are there, so that two snapshots of one state print alike;
 * upstream prints them in the order of a hash table. */
#include "tool/snapshot_tree.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define STRING_BYTES_MAX ((int64_t)1 << 30)

static apr_status_t free_tree(void *data)
{
    zk_snapshot_tree_t *tree = data;
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map_str_next(&tree->nodes, &cursor)) != NULL) {
        zk_snapshot_node_t *node = entry->value;

        zk_free(node->children);
        zk_free(node);
    }
    zk_map_str_free(&tree->nodes);
    zk_free(tree->sessions);
    return APR_SUCCESS;
}

static zk_str_t keep(zk_snapshot_tree_t *tree, zk_str_t str)
{
    str.data = apr_pstrmemdup(tree->pool, str.data == NULL ? "" : str.data, zk_str_size(str));
    return str;
}

static void add_child(zk_snapshot_node_t *parent, zk_snapshot_node_t *child)
{
    if (parent->children_count == parent->children_capacity) {
        parent->children_capacity =
            parent->children_capacity == 0 ? 4 : parent->children_capacity * 2;
        parent->children =
            zk_realloc(parent->children, parent->children_capacity * sizeof(*parent->children));
    }
    parent->children[parent->children_count++] = child;
}

static apr_status_t on_session(void *baton, int64_t session_id, int32_t timeout_ms)
{
    zk_snapshot_tree_t *tree = baton;

    if (tree->sessions_count == tree->sessions_capacity) {
        tree->sessions_capacity = tree->sessions_capacity == 0 ? 16 : tree->sessions_capacity * 2;
        tree->sessions =
            zk_realloc(tree->sessions, tree->sessions_capacity * sizeof(*tree->sessions));
    }
    tree->sessions[tree->sessions_count].id = session_id;
    tree->sessions[tree->sessions_count++].timeout_ms = timeout_ms;
    return APR_SUCCESS;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    zk_snapshot_tree_t *tree = baton;
    zk_snapshot_node_t *parent = NULL;
    zk_snapshot_node_t *node;
    int32_t slash = path.length;

    (void)acl_id;
    while (slash > 0 && path.data[slash - 1] != '/')
        slash--;
    if (path.length > 0) {
        if (slash == 0)
            return ZK_E_CORRUPT;
        parent = zk_map_str_get(&tree->nodes, zk_str_n(path.data, (size_t)slash - 1));
    }
    if ((path.length > 0 && parent == NULL) || zk_map_str_get(&tree->nodes, path) != NULL)
        return ZK_E_CORRUPT;
    node = zk_calloc(1, sizeof(*node));
    node->path = keep(tree, path);
    node->data = tree->with_data && !zk_str_is_null(data) ? keep(tree, data) : ZK_STR_NULL;
    node->data_length = (int32_t)zk_str_size(data);
    node->stat = *stat;
    node->depth = parent == NULL ? 0 : parent->depth + 1;
    if (node->depth > tree->depth_max)
        tree->depth_max = node->depth;
    zk_map_str_set(&tree->nodes, node->path, node);
    if (parent == NULL)
        tree->root = node;
    else
        add_child(parent, node);
    return APR_SUCCESS;
}

static int compare_nodes(const void *a, const void *b)
{
    return zk_str_compare((*(zk_snapshot_node_t *const *)a)->path,
                          (*(zk_snapshot_node_t *const *)b)->path);
}

/* Sums from the leaves up: entries are in order of insertion, parents first. */
static void finish(zk_snapshot_tree_t *tree)
{
    uint32_t i = tree->nodes.used;

    while (i-- > 0) {
        zk_snapshot_node_t *node = tree->nodes.entries[i].value;
        uint32_t child;

        if (node == NULL)
            continue;
        if (node->children_count > 1)
            qsort(node->children, node->children_count, sizeof(*node->children), compare_nodes);
        node->subtree_bytes = node->data_length;
        node->descendants_count = node->children_count;
        for (child = 0; child < node->children_count; child++) {
            node->subtree_bytes += node->children[child]->subtree_bytes;
            node->descendants_count += node->children[child]->descendants_count;
        }
    }
}

apr_status_t zk_snapshot_tree_read(zk_snapshot_tree_t **tree, const char *path, bool with_data,
                                   apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_tree_t *made = apr_pcalloc(pool, sizeof(*made));
    zk_store_sink_t sink = {.baton = made, .session = on_session, .node = on_node};
    apr_status_t rv;

    made->pool = pool;
    made->with_data = with_data;
    made->nodes = ZK_MAP_STR_INIT;
    apr_pool_cleanup_register(pool, made, free_tree, apr_pool_cleanup_null);
    rv = zk_snapshot_read(path, STRING_BYTES_MAX, &sink, &made->info, pool, note);
    if (rv == APR_SUCCESS && made->root == NULL)
        rv = zk_note(note, ZK_E_CORRUPT, "snapshot '%s' has no root znode", path);
    if (rv != APR_SUCCESS)
        return rv;
    finish(made);
    *tree = made;
    return APR_SUCCESS;
}

zk_snapshot_node_t *zk_snapshot_tree_find(const zk_snapshot_tree_t *tree, const char *path)
{
    return zk_map_str_get(&tree->nodes, strcmp(path, "/") == 0 ? zk_str("") : zk_str(path));
}

zk_str_t zk_snapshot_node_name(const zk_snapshot_node_t *node)
{
    int32_t at = node->path.length;

    if (at == 0)
        return zk_str("/");
    while (at > 0 && node->path.data[at - 1] != '/')
        at--;
    return zk_str_n(node->path.data + at, (size_t)(node->path.length - at));
}
