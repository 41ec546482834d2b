/* map.h -- hash maps whose order of iteration is defined, for state that reaches the wire, the disk
 * or a trace.
 *
 * zk_map64_t maps a 64-bit key (session id, zxid, pointer value) to a pointer.  Open addressing in
 * an index beside a dense array of entries in order of insertion; removal leaves a hole that the
 * next growth closes.  Iteration is in order of insertion, the same in every run, whatever the
 * addresses. zk_map_str_t is the same with byte-string keys, which it copies. */
#ifndef ZK_BASE_MAP_H
#define ZK_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Where the entries of a map stand, found by hash; the inside of both maps. */
typedef struct zk_map_index {
    uint32_t *places; /* entry number + 1, 0 where empty */
    uint32_t mask;    /* number of places - 1 */
} zk_map_index_t;

/* ---- 64-bit keys ---- */

typedef struct zk_map64_entry {
    uint64_t key;
    void *value; /* never NULL in a live entry; NULL marks a hole */
} zk_map64_entry_t;

typedef struct zk_map64 {
    zk_map64_entry_t *entries; /* dense, in order of insertion, with holes */
    zk_map_index_t index;
    uint32_t used;     /* entries in use, holes included */
    uint32_t live;     /* entries without holes */
    uint32_t capacity; /* of entries */
} zk_map64_t;

#define ZK_MAP64_INIT ((zk_map64_t){NULL, {NULL, 0}, 0, 0, 0})

/* The value at KEY, or NULL. */
void *zk_map64_get(const zk_map64_t *map, uint64_t key);

/* Set KEY to VALUE (not NULL); returns the value it replaced, or NULL. */
void *zk_map64_set(zk_map64_t *map, uint64_t key, void *value);

/* Remove KEY; returns its value, or NULL when it was not there. */
void *zk_map64_remove(zk_map64_t *map, uint64_t key);

static inline uint32_t zk_map64_count(const zk_map64_t *map)
{
    return map->live;
}

/* Iterate: *CURSOR starts at 0; returns the next live entry or NULL at the end.  Entries may be
 * removed during the walk; entries added during it are seen, unless the map grows, which restarts
 * nothing and keeps the order (holes are closed, so do not add while walking unless you can bear a
 * skipped entry). */
zk_map64_entry_t *zk_map64_next(const zk_map64_t *map, uint32_t *cursor);

void zk_map64_free(zk_map64_t *map);

/* ---- byte-string keys ---- */

typedef struct zk_map_str_entry {
    char *key; /* owned by the map; NUL-terminated copy */
    int32_t key_length;
    uint32_t hash;
    void *value;
} zk_map_str_entry_t;

typedef struct zk_map_str {
    zk_map_str_entry_t *entries;
    zk_map_index_t index;
    uint32_t used;
    uint32_t live;
    uint32_t capacity;
} zk_map_str_t;

#define ZK_MAP_STR_INIT ((zk_map_str_t){NULL, {NULL, 0}, 0, 0, 0})

/* As their namesakes above.  KEY is not null and stays the caller's. */
void *zk_map_str_get(const zk_map_str_t *map, zk_str_t key);
void *zk_map_str_set(zk_map_str_t *map, zk_str_t key, void *value);
void *zk_map_str_remove(zk_map_str_t *map, zk_str_t key);
zk_map_str_entry_t *zk_map_str_next(const zk_map_str_t *map, uint32_t *cursor);
void zk_map_str_free(zk_map_str_t *map);

static inline uint32_t zk_map_str_count(const zk_map_str_t *map)
{
    return map->live;
}

/* The hash both maps use for strings: 64 bits over SIZE bytes, seeded.  Fast, not cryptographic. */
uint64_t zk_hash_bytes(const void *data, size_t size, uint64_t seed);

/* Mix of a 64-bit value. */
static inline uint64_t zk_hash_u64(uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ULL;
    return value ^ value >> 33;
}

#endif
