/* walk.c -- a snapshot of a live tree, taken in bounded steps while writes go on.
 *
 * The cursor is the next znode to look at, in preorder.  A bitmap with one bit per slot says which
 * znodes the walk is done with: emitted, born after the start, or gone.  Before a znode that is not
 * done changes, its image (stat, data, ACL) is kept, and emitted in its place when the cursor
 * comes; before it goes, the image moves to the ghosts.  New children are pushed to the front of
 * lists and carry the bit, so they never show.
 *
 * Invariants
 *   1. The cursor is 0 (end) or a znode of the tree; a znode that goes takes the cursor to its
 *      successor first.
 *   2. Every znode that was there at the start is emitted exactly once.
 *   3. A parent comes before its children: preorder among those that stay, ghosts last and in
 *      reverse order of their deaths (a parent dies after its children), and a ghost's parent is
 *      emitted or a ghost that died later.
 *   4. Every ACL list the walk names was in the table at the start: images hold theirs, so no
 *      other list takes its id.
 *
 * Costs: an image per changed znode the walk has not reached; nothing else is copied.  A step is
 * bounded in bytes and in znodes looked at, the ones it skips included.  Several walks may run,
 * such as one to the disk and one to a learner; each has its own bitmap and images. */
#include "tree/walk.h"

#include <string.h>

#include "tree/digest.h"
#include "tree/znode.h"

typedef struct image {
    zk_stat_persisted_t stat;
    zk_acl_list_t *acl; /* held */
    int32_t data_length;
    int32_t path_length; /* ghosts only */
    uint8_t bytes[];     /* data, then the path of a ghost */
} image_t;

struct zk_walk {
    zk_tree_t *tree;
    zk_walk_t *next; /* of those that run */
    int64_t zxid;
    uint64_t digest;
    zk_buffer_t acls; /* the table as of the start, what is not yet emitted */
    uint8_t *done;    /* a bit per slot below slots_count; slots above were born later */
    uint32_t slots_count;
    uint32_t cursor;
    zk_map64_t images; /* by slot */
    image_t **ghosts;  /* in order of death */
    size_t ghosts_count;
    size_t ghosts_capacity;
    bool ended; /* the end marker was emitted */
};

static bool is_done(const zk_walk_t *walk, uint32_t slot)
{
    return slot >= walk->slots_count || (walk->done[slot / 8] >> slot % 8 & 1) != 0;
}

static void set_done(zk_walk_t *walk, uint32_t slot)
{
    if (slot < walk->slots_count)
        walk->done[slot / 8] = (uint8_t)(walk->done[slot / 8] | 1U << slot % 8);
}

/* ---- images ---- */

static image_t *take_image(const zk_tree_t *tree, const zk_znode_t *znode, bool with_path)
{
    zk_str_t data = zk_znode_data(znode);
    size_t path_size = with_path && znode->parent != 0 ? zk_znode_path_size(znode) : 0;
    image_t *image = zk_malloc(sizeof(*image) + zk_str_size(data) + path_size);
    zk_buffer_t path = ZK_BUFFER_INIT;

    zk_znode_stat_persisted(znode, &image->stat);
    image->acl = zk_acl_hold(zk_acl_at(tree->acls, znode->acl));
    image->data_length = data.length;
    image->path_length = (int32_t)path_size;
    if (data.length > 0)
        memcpy(image->bytes, data.data, zk_str_size(data));
    if (path_size > 0) {
        zk_znode_path(znode, &path);
        memcpy(image->bytes + zk_str_size(data), path.data, path_size);
        zk_buffer_free(&path);
    }
    return image;
}

static void free_image(zk_tree_t *tree, image_t *image)
{
    zk_acl_release(tree->acls, image->acl);
    zk_free(image);
}

/* IMAGE with the path of ZNODE, which it belongs to. */
static image_t *add_path(image_t *image, const zk_znode_t *znode)
{
    size_t data_size = image->data_length > 0 ? (size_t)image->data_length : 0;
    zk_buffer_t path = ZK_BUFFER_INIT;
    size_t path_size;

    zk_znode_path(znode, &path);
    path_size = zk_buffer_size(&path);
    image = zk_realloc(image, sizeof(*image) + data_size + path_size);
    image->path_length = (int32_t)path_size;
    memcpy(image->bytes + data_size, path.data, path_size);
    zk_buffer_free(&path);
    return image;
}

static void add_ghost(zk_walk_t *walk, const zk_znode_t *znode)
{
    image_t *image = zk_map64_remove(&walk->images, zk_znode_slot(znode));

    image = image == NULL ? take_image(walk->tree, znode, true) : add_path(image, znode);
    if (walk->ghosts_count == walk->ghosts_capacity) {
        walk->ghosts_capacity = walk->ghosts_capacity == 0 ? 64 : walk->ghosts_capacity * 2;
        walk->ghosts = zk_realloc(walk->ghosts, walk->ghosts_capacity * sizeof(image_t *));
    }
    walk->ghosts[walk->ghosts_count++] = image;
}

static void note_change(zk_walk_t *walk, const zk_znode_t *znode, bool gone)
{
    const zk_tree_t *tree = walk->tree;
    uint32_t slot = zk_znode_slot(znode);

    if (gone && walk->cursor == slot) {
        const zk_znode_t *next = zk_znode_preorder(tree, znode, tree->root, true);

        walk->cursor = next == NULL ? 0 : zk_znode_slot(next);
    }
    if (is_done(walk, slot))
        return;
    if (gone) {
        add_ghost(walk, znode);
        set_done(walk, slot);
    } else if (zk_map64_get(&walk->images, slot) == NULL) {
        (void)zk_map64_set(&walk->images, slot, take_image(tree, znode, false));
    }
}

void zk_walk_before_change(zk_tree_t *tree, const zk_znode_t *znode, bool gone)
{
    zk_walk_t *walk;

    for (walk = tree->walks; walk != NULL; walk = walk->next)
        note_change(walk, znode, gone);
}

void zk_walk_after_birth(zk_tree_t *tree, const zk_znode_t *znode)
{
    zk_walk_t *walk;

    for (walk = tree->walks; walk != NULL; walk = walk->next)
        set_done(walk, zk_znode_slot(znode));
}

/* ---- life ---- */

zk_walk_t *zk_walk_begin(zk_tree_t *tree)
{
    zk_walk_t *walk = zk_calloc(1, sizeof(*walk));

    walk->tree = tree;
    walk->zxid = tree->last_zxid;
    walk->digest = tree->digest;
    zk_acl_table_encode(tree->acls, &walk->acls);
    walk->slots_count = tree->slab.used;
    walk->done = zk_calloc((size_t)walk->slots_count / 8 + 1, 1);
    walk->cursor = tree->root == NULL ? 0 : zk_znode_slot(tree->root);
    walk->next = tree->walks;
    tree->walks = walk;
    return walk;
}

void zk_walk_end(zk_walk_t *walk)
{
    zk_walk_t **link;
    uint32_t cursor = 0;
    zk_map64_entry_t *entry;

    if (walk == NULL)
        return;
    for (link = &walk->tree->walks; *link != walk; link = &(*link)->next)
        ZK_ASSERT(*link != NULL);
    *link = walk->next;
    while ((entry = zk_map64_next(&walk->images, &cursor)) != NULL)
        free_image(walk->tree, entry->value);
    while (walk->ghosts_count > 0)
        free_image(walk->tree, walk->ghosts[--walk->ghosts_count]);
    zk_map64_free(&walk->images);
    zk_buffer_free(&walk->acls);
    zk_free(walk->ghosts);
    zk_free(walk->done);
    zk_free(walk);
}

int64_t zk_walk_zxid(const zk_walk_t *walk)
{
    return walk->zxid;
}

uint64_t zk_walk_digest(const zk_walk_t *walk)
{
    return walk->digest;
}

/* ---- emitting ---- */

static void emit(zk_buffer_t *buffer, zk_str_t data, int64_t acl_id,
                 const zk_stat_persisted_t *stat)
{
    zk_write_str(buffer, data);
    zk_write_long(buffer, acl_id);
    zk_write_long(buffer, stat->czxid);
    zk_write_long(buffer, stat->mzxid);
    zk_write_long(buffer, stat->ctime);
    zk_write_long(buffer, stat->mtime);
    zk_write_int(buffer, stat->version);
    zk_write_int(buffer, stat->cversion);
    zk_write_int(buffer, stat->aversion);
    zk_write_long(buffer, stat->ephemeral_owner);
    zk_write_long(buffer, stat->pzxid);
}

static void emit_image(zk_buffer_t *buffer, const image_t *image)
{
    zk_str_t data = {(const char *)image->bytes, image->data_length};

    emit(buffer, data, image->acl->id, &image->stat);
}

static void emit_path(zk_buffer_t *buffer, const zk_znode_t *znode)
{
    if (znode->parent == 0) {
        zk_write_int(buffer, 0); /* the root is written "" */
        return;
    }
    zk_write_int(buffer, (int32_t)zk_znode_path_size(znode));
    zk_znode_path(znode, buffer);
}

static void emit_znode(zk_walk_t *walk, const zk_znode_t *znode, zk_buffer_t *buffer)
{
    image_t *image = zk_map64_remove(&walk->images, zk_znode_slot(znode));
    zk_stat_persisted_t stat;

    emit_path(buffer, znode);
    if (image != NULL) {
        emit_image(buffer, image);
        free_image(walk->tree, image);
        return;
    }
    zk_znode_stat_persisted(znode, &stat);
    emit(buffer, zk_znode_data(znode), zk_acl_at(walk->tree->acls, znode->acl)->id, &stat);
}

static void emit_ghost(zk_walk_t *walk, zk_buffer_t *buffer)
{
    image_t *image = walk->ghosts[--walk->ghosts_count];
    size_t data_size = image->data_length > 0 ? (size_t)image->data_length : 0;
    zk_str_t path = {(const char *)image->bytes + data_size, image->path_length};

    zk_write_str(buffer, path);
    emit_image(buffer, image);
    free_image(walk->tree, image);
}

bool zk_walk_step(zk_walk_t *walk, zk_buffer_t *buffer, size_t max_bytes, size_t max_znodes)
{
    size_t begin = zk_buffer_size(buffer);
    size_t left = zk_buffer_size(&walk->acls);
    size_t looked_at = 0;

    if (left > 0) {
        left = left < max_bytes ? left : max_bytes;
        zk_buffer_append(buffer, zk_buffer_bytes(&walk->acls), left);
        zk_buffer_consume(&walk->acls, left);
        if (zk_buffer_size(&walk->acls) > 0)
            return true;
    }
    while (walk->cursor != 0) {
        const zk_znode_t *znode = zk_znode_at(walk->tree, walk->cursor);
        bool skip = is_done(walk, walk->cursor);
        const zk_znode_t *next;

        if (looked_at++ >= max_znodes || zk_buffer_size(buffer) - begin >= max_bytes)
            return true;
        if (!skip) {
            emit_znode(walk, znode, buffer);
            set_done(walk, walk->cursor);
        }
        /* What is skipped was born later, and so was all below it. */
        next = zk_znode_preorder(walk->tree, znode, walk->tree->root, skip);
        walk->cursor = next == NULL ? 0 : zk_znode_slot(next);
    }
    while (walk->ghosts_count > 0) {
        if (looked_at++ >= max_znodes || zk_buffer_size(buffer) - begin >= max_bytes)
            return true;
        emit_ghost(walk, buffer);
    }
    if (!walk->ended) {
        ZK_ASSERT(zk_map64_count(&walk->images) == 0);
        zk_write_str(buffer, zk_str("/"));
        walk->ended = true;
    }
    return false;
}
