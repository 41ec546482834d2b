/* znode.c -- memory of znodes, their lists of children and the index by path.  See znode.h for the
 * layout. */
#include "tree/znode.h"

#include <string.h>

_Static_assert(sizeof(zk_znode_chunk_t) <= ZK_CHUNK_BYTES, "a chunk holds its znodes");

#define LONG_NAME 255
#define CHUNKS_PER_BLOCK_MAX 16u

/* ---- text: name and data ---- */

static size_t name_prefix_size(size_t name_size)
{
    return name_size < LONG_NAME ? 1 : 5;
}

static uint8_t *create_text(zk_tree_t *tree, zk_str_t name, zk_str_t data)
{
    size_t name_size = zk_str_size(name);
    size_t prefix = name_prefix_size(name_size);
    uint8_t *text = zk_cells_alloc(&tree->slab.texts, prefix + name_size + zk_str_size(data));

    if (prefix == 1) {
        text[0] = (uint8_t)name_size;
    } else {
        text[0] = LONG_NAME;
        zk_put_u32(text + 1, (uint32_t)name_size);
    }
    if (name_size > 0)
        memcpy(text + prefix, name.data, name_size);
    if (zk_str_size(data) > 0)
        memcpy(text + prefix + name_size, data.data, zk_str_size(data));
    return text;
}

zk_str_t zk_znode_name(const zk_znode_t *znode)
{
    const uint8_t *text = znode->text;

    if (text[0] < LONG_NAME)
        return zk_str_n((const char *)text + 1, text[0]);
    return zk_str_n((const char *)text + 5, zk_get_u32(text + 1));
}

zk_str_t zk_znode_data(const zk_znode_t *znode)
{
    zk_str_t name = zk_znode_name(znode);

    if (znode->data_length < 0)
        return ZK_STR_NULL;
    return zk_str_n(name.data + name.length, (size_t)znode->data_length);
}

static void free_text(zk_tree_t *tree, const zk_znode_t *znode)
{
    size_t name_size = zk_str_size(zk_znode_name(znode));
    size_t data_size = znode->data_length > 0 ? (size_t)znode->data_length : 0;

    zk_cells_free(&tree->slab.texts, znode->text,
                  name_prefix_size(name_size) + name_size + data_size);
}

void zk_znode_set_data(zk_tree_t *tree, zk_znode_t *znode, zk_str_t data)
{
    size_t name_size = zk_str_size(zk_znode_name(znode));
    uint8_t *text = znode->text;

    if (zk_str_size(data) == zk_str_size(zk_znode_data(znode))) {
        if (zk_str_size(data) > 0)
            memmove(text + name_prefix_size(name_size) + name_size, data.data, zk_str_size(data));
    } else {
        text = create_text(tree, zk_znode_name(znode), data);
        free_text(tree, znode);
        znode->text = text;
    }
    znode->data_length = zk_str_is_null(data) ? -1 : data.length;
}

/* ---- slots ---- */

/* Room for one chunk more: a block of several at a time, cut at multiples of the chunk's size. */
static void add_block(zk_tree_t *tree)
{
    zk_znode_slab_t *slab = &tree->slab;
    uint32_t count = slab->chunks_ready;
    uint8_t *block;
    uintptr_t at;
    uint32_t i;

    if (count == 0)
        count = 1;
    else if (count > CHUNKS_PER_BLOCK_MAX)
        count = CHUNKS_PER_BLOCK_MAX;
    block = zk_malloc(((size_t)count + 1) * ZK_CHUNK_BYTES - 16);
    if (slab->chunks_ready + count > slab->chunks_capacity) {
        slab->chunks_capacity = slab->chunks_capacity * 2 + count;
        slab->chunks =
            zk_realloc(slab->chunks, (size_t)slab->chunks_capacity * sizeof(*slab->chunks));
    }
    slab->blocks = zk_realloc(slab->blocks, ((size_t)slab->blocks_count + 1) * sizeof(void *));
    slab->blocks[slab->blocks_count++] = block;
    at = ((uintptr_t)block + ZK_CHUNK_BYTES - 1) & ~(uintptr_t)(ZK_CHUNK_BYTES - 1);
    for (i = 0; i < count; i++) {
        zk_znode_chunk_t *chunk = (zk_znode_chunk_t *)(at + i * ZK_CHUNK_BYTES);

        chunk->tree = tree;
        chunk->number = slab->chunks_ready;
        slab->chunks[slab->chunks_ready++] = chunk;
    }
}

static uint32_t take_slot(zk_tree_t *tree)
{
    zk_znode_slab_t *slab = &tree->slab;
    uint32_t slot = slab->free_first;

    if (slot != 0) {
        slab->free_first = zk_znode_link_at(tree, slot)->next;
        return slot;
    }
    if (slab->used == 0)
        slab->used = 1;
    slot = slab->used;
    ZK_ASSERT(slot < UINT32_MAX);
    if (slot / ZK_CHUNK_ZNODES >= slab->chunks_ready)
        add_block(tree);
    slab->used++;
    return slot;
}

zk_znode_t *zk_znode_create(zk_tree_t *tree, zk_str_t name, zk_str_t data)
{
    zk_znode_t *znode = zk_znode_at(tree, take_slot(tree));

    memset(znode, 0, sizeof(*znode));
    znode->text = create_text(tree, name, data);
    znode->data_length = zk_str_is_null(data) ? -1 : data.length;
    return znode;
}

void zk_znode_free(zk_tree_t *tree, zk_znode_t *znode)
{
    uint32_t slot = zk_znode_slot(znode);

    ZK_ASSERT(znode->text != NULL && znode->first_child == 0);
    free_text(tree, znode);
    znode->text = NULL;
    zk_znode_link_at(tree, slot)->next = tree->slab.free_first;
    tree->slab.free_first = slot;
}

void zk_znode_slab_clear(zk_tree_t *tree)
{
    zk_znode_slab_t *slab = &tree->slab;
    uint32_t slot;
    uint32_t i;

    for (slot = 1; slot < slab->used; slot++)
        if (zk_znode_at(tree, slot)->text != NULL)
            free_text(tree, zk_znode_at(tree, slot));
    zk_cells_clear(&slab->texts);
    for (i = 0; i < slab->blocks_count; i++)
        zk_free(slab->blocks[i]);
    zk_free(slab->blocks);
    zk_free(slab->chunks);
    memset(slab, 0, sizeof(*slab));
}

/* ---- children ---- */

void zk_znode_link(zk_tree_t *tree, zk_znode_t *parent, zk_znode_t *child)
{
    uint32_t slot = zk_znode_slot(child);
    zk_znode_t *first = zk_znode_at(tree, parent->first_child);

    child->parent = zk_znode_slot(parent);
    child->next = parent->first_child;
    child->prev = 1;
    if (first != NULL) {
        child->prev = first->prev + 1;
        first->prev = slot;
    }
    parent->first_child = slot;
}

void zk_znode_unlink(zk_tree_t *tree, zk_znode_t *child)
{
    uint32_t slot = zk_znode_slot(child);
    zk_znode_t *parent = zk_znode_at(tree, child->parent);
    zk_znode_t *next = zk_znode_at(tree, child->next);

    ZK_ASSERT(parent != NULL && parent->first_child != 0);
    if (parent->first_child == slot) {
        uint32_t count = child->prev;

        ZK_ASSERT((count == 1) == (next == NULL));
        parent->first_child = child->next;
        if (next != NULL)
            next->prev = count - 1;
    } else {
        zk_znode_at(tree, child->prev)->next = child->next;
        if (next != NULL)
            next->prev = child->prev;
        zk_znode_at(tree, parent->first_child)->prev--;
    }
    child->parent = child->next = child->prev = 0;
}

zk_znode_t *zk_znode_preorder(const zk_tree_t *tree, const zk_znode_t *znode, const zk_znode_t *top,
                              bool skip_children)
{
    if (!skip_children && znode->first_child != 0)
        return zk_znode_at(tree, znode->first_child);
    while (znode != top && znode->next == 0)
        znode = zk_znode_at(tree, znode->parent);
    return znode == top ? NULL : zk_znode_at(tree, znode->next);
}

size_t zk_znode_path_size(const zk_znode_t *znode)
{
    const zk_tree_t *tree = zk_znode_tree(znode);
    size_t size = 0;

    for (; znode->parent != 0; znode = zk_znode_at(tree, znode->parent))
        size += 1 + zk_str_size(zk_znode_name(znode));
    return size == 0 ? 1 : size;
}

void zk_znode_path(const zk_znode_t *znode, zk_buffer_t *buffer)
{
    const zk_tree_t *tree = zk_znode_tree(znode);
    size_t size = zk_znode_path_size(znode);
    uint8_t *end = zk_buffer_extend(buffer, size) + size;

    if (znode->parent == 0)
        *--end = '/';
    for (; znode->parent != 0; znode = zk_znode_at(tree, znode->parent)) {
        zk_str_t name = zk_znode_name(znode);

        end -= zk_str_size(name);
        if (name.length > 0)
            memcpy(end, name.data, zk_str_size(name));
        *--end = '/';
    }
}

/* ---- index ---- */

uint32_t zk_index_hash(const zk_tree_t *tree, zk_str_t path)
{
    uint64_t hash = zk_hash_bytes(path.data, zk_str_size(path), tree->options.hash_seed);

    return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *bucket_of(const zk_znode_index_t *index, uint32_t hash)
{
    uint32_t bucket = hash & index->mask;

    if (bucket < index->split)
        bucket = hash & (index->mask * 2 + 1);
    return &index->segments[bucket / ZK_BUCKET_SEGMENT][bucket % ZK_BUCKET_SEGMENT];
}

/* Is PATH, which is not the root's, the path of ZNODE?  Compared from its end, component by
 * component. */
static bool path_matches(const zk_tree_t *tree, const zk_znode_t *znode, zk_str_t path)
{
    size_t left = zk_str_size(path);

    for (; znode->parent != 0; znode = zk_znode_at(tree, znode->parent)) {
        zk_str_t name = zk_znode_name(znode);
        size_t size = zk_str_size(name);

        if (left < size + 1 || path.data[left - size - 1] != '/' ||
            memcmp(path.data + left - size, name.data, size) != 0)
            return false;
        left -= size + 1;
    }
    return left == 0;
}

zk_znode_t *zk_index_find(const zk_tree_t *tree, zk_str_t path, uint32_t hash)
{
    uint32_t slot;

    if (tree->index.count == 0)
        return NULL;
    slot = *bucket_of(&tree->index, hash);
    while (slot != 0) {
        const zk_znode_link_t *link = zk_znode_link_at(tree, slot);

        if (link->hash == hash && path_matches(tree, zk_znode_at(tree, slot), path))
            return zk_znode_at(tree, slot);
        slot = link->next;
    }
    return NULL;
}

static void add_segment(zk_znode_index_t *index)
{
    if (index->segments_count == index->segments_capacity) {
        index->segments_capacity = index->segments_capacity * 2 + 8;
        index->segments =
            zk_realloc(index->segments, (size_t)index->segments_capacity * sizeof(uint32_t *));
    }
    index->segments[index->segments_count++] = zk_calloc(ZK_BUCKET_SEGMENT, sizeof(uint32_t));
}

/* One bucket more: its znodes come from the bucket that is split. */
static void split_bucket(zk_tree_t *tree)
{
    zk_znode_index_t *index = &tree->index;
    uint32_t from = index->split;
    uint32_t to = from + index->mask + 1;
    uint32_t *low = &index->segments[from / ZK_BUCKET_SEGMENT][from % ZK_BUCKET_SEGMENT];
    uint32_t slot = *low;
    uint32_t *high;

    if (index->mask >= UINT32_MAX / 4)
        return; /* chains may grow longer instead */
    if (to / ZK_BUCKET_SEGMENT >= index->segments_count)
        add_segment(index);
    high = &index->segments[to / ZK_BUCKET_SEGMENT][to % ZK_BUCKET_SEGMENT];
    *low = 0;
    while (slot != 0) {
        zk_znode_link_t *link = zk_znode_link_at(tree, slot);
        uint32_t next = link->next;
        uint32_t *bucket = (link->hash & (index->mask * 2 + 1)) == from ? low : high;

        link->next = *bucket;
        *bucket = slot;
        slot = next;
    }
    if (++index->split > index->mask) {
        index->mask = index->mask * 2 + 1;
        index->split = 0;
    }
}

void zk_index_add(zk_tree_t *tree, zk_znode_t *znode, uint32_t hash)
{
    zk_znode_index_t *index = &tree->index;
    uint32_t slot = zk_znode_slot(znode);
    uint32_t *bucket;

    if (index->segments_count == 0) {
        add_segment(index);
        index->mask = ZK_BUCKETS_FIRST - 1;
    }
    if (index->count > index->mask + index->split)
        split_bucket(tree);
    bucket = bucket_of(index, hash);
    *zk_znode_link_at(tree, slot) = (zk_znode_link_t){hash, *bucket};
    *bucket = slot;
    index->count++;
}

void zk_index_remove(zk_tree_t *tree, zk_znode_t *znode)
{
    uint32_t slot = zk_znode_slot(znode);
    uint32_t *at = bucket_of(&tree->index, zk_znode_link_at(tree, slot)->hash);

    while (*at != slot) {
        ZK_ASSERT(*at != 0);
        at = &zk_znode_link_at(tree, *at)->next;
    }
    *at = zk_znode_link_at(tree, slot)->next;
    tree->index.count--;
}

void zk_index_clear(zk_tree_t *tree)
{
    zk_znode_index_t *index = &tree->index;
    uint32_t i;

    for (i = 0; i < index->segments_count; i++)
        zk_free(index->segments[i]);
    zk_free(index->segments);
    memset(index, 0, sizeof(*index));
}
