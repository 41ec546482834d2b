/* map.c -- hash maps that iterate in order of insertion.
 *
 * Entries stand in a dense array in the order in which they came; the index beside it holds entry
 * numbers and is searched by linear probing.  Removal only empties the entry: its place in the
 * index stays taken, so that probes still pass over it, until the array is full and both are
 * rebuilt without holes.
 *
 * Invariants
 *   1. places of the index = 2 * capacity, a power of two: every probe meets an empty place.
 *   2. An entry is live exactly when its value is not NULL; live <= used <= capacity.
 *   3. A rebuild leaves at least half of the array free, so its cost is constant per change.
 */
#include "base/map.h"

#define FIRST_CAPACITY 8u
#define CAPACITY_MAX (UINT32_MAX / 4 + 1) /* 2^30: index places fit 32 bits */

uint64_t zk_hash_bytes(const void *data, size_t size, uint64_t seed)
{
    const uint64_t prime = 0x9e3779b97f4a7c15ULL;
    const uint8_t *at = data;
    uint64_t hash = seed ^ ((uint64_t)size * prime);
    uint64_t word;

    for (; size >= 8; size -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32;
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, at, size);
        hash = (hash ^ word) * prime;
    }
    return zk_hash_u64(hash);
}

/* Capacity after a rebuild with LIVE entries: at least half stays free; much too large is halved.
 */
static uint32_t next_capacity(uint32_t capacity, uint32_t live)
{
    if (capacity == 0)
        return FIRST_CAPACITY;
    if (live > capacity / 2) {
        ZK_ASSERT(capacity < CAPACITY_MAX);
        return capacity * 2;
    }
    return live < capacity / 8 && capacity > FIRST_CAPACITY ? capacity / 2 : capacity;
}

/* ---- the index ---- */

/* Empty INDEX, with places for CAPACITY entries. */
static void index_reset(zk_map_index_t *index, uint32_t capacity)
{
    size_t places = (size_t)capacity * 2;

    if (index->places != NULL && index->mask == places - 1) {
        memset(index->places, 0, places * sizeof(*index->places));
        return;
    }
    zk_free(index->places);
    index->places = zk_calloc(places, sizeof(*index->places));
    index->mask = (uint32_t)places - 1;
}

static void index_put(zk_map_index_t *index, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & index->mask;

    while (index->places[at] != 0)
        at = (at + 1) & index->mask;
    index->places[at] = number + 1;
}

/* Probe: *AT starts at the hash.  Receives in *NUMBER an entry to compare; false: no more. */
static bool index_next(const zk_map_index_t *index, uint32_t *at, uint32_t *number)
{
    uint32_t place = index->places[*at & index->mask];

    *number = place - 1;
    (*at)++;
    return place != 0;
}

/* ---- 64-bit keys ---- */

/* The live entry of KEY, or NULL. */
static zk_map64_entry_t *find64(const zk_map64_t *map, uint64_t key)
{
    uint32_t at = (uint32_t)zk_hash_u64(key);
    uint32_t number;

    if (map->live == 0)
        return NULL;
    while (index_next(&map->index, &at, &number)) {
        zk_map64_entry_t *entry = &map->entries[number];

        if (entry->key == key && entry->value != NULL)
            return entry;
    }
    return NULL;
}

static void rebuild64(zk_map64_t *map)
{
    uint32_t capacity = next_capacity(map->capacity, map->live);
    uint32_t kept = 0;
    uint32_t i;

    for (i = 0; i < map->used; i++)
        if (map->entries[i].value != NULL)
            map->entries[kept++] = map->entries[i];
    ZK_ASSERT(kept == map->live && kept < capacity);
    map->used = kept;
    if (capacity != map->capacity) {
        map->entries = zk_realloc(map->entries, capacity * sizeof(*map->entries));
        map->capacity = capacity;
    }
    index_reset(&map->index, capacity);
    for (i = 0; i < kept; i++)
        index_put(&map->index, (uint32_t)zk_hash_u64(map->entries[i].key), i);
}

void *zk_map64_get(const zk_map64_t *map, uint64_t key)
{
    zk_map64_entry_t *entry = find64(map, key);

    return entry == NULL ? NULL : entry->value;
}

void *zk_map64_set(zk_map64_t *map, uint64_t key, void *value)
{
    zk_map64_entry_t *entry = find64(map, key);

    ZK_ASSERT(value != NULL);
    if (entry != NULL) {
        void *before = entry->value;

        entry->value = value;
        return before;
    }
    if (map->used == map->capacity)
        rebuild64(map);
    map->entries[map->used].key = key;
    map->entries[map->used].value = value;
    index_put(&map->index, (uint32_t)zk_hash_u64(key), map->used);
    map->used++;
    map->live++;
    return NULL;
}

void *zk_map64_remove(zk_map64_t *map, uint64_t key)
{
    zk_map64_entry_t *entry = find64(map, key);
    void *value;

    if (entry == NULL)
        return NULL;
    value = entry->value;
    entry->value = NULL;
    map->live--;
    return value;
}

zk_map64_entry_t *zk_map64_next(const zk_map64_t *map, uint32_t *cursor)
{
    if (map->live == 0)
        return NULL;
    while (*cursor < map->used) {
        zk_map64_entry_t *entry = &map->entries[(*cursor)++];

        if (entry->value != NULL)
            return entry;
    }
    return NULL;
}

void zk_map64_free(zk_map64_t *map)
{
    zk_free(map->entries);
    zk_free(map->index.places);
    *map = ZK_MAP64_INIT;
}

/* ---- byte-string keys ---- */

static uint32_t hash_str(zk_str_t key)
{
    return (uint32_t)zk_hash_bytes(key.data, zk_str_size(key), 0);
}

static zk_map_str_entry_t *find_str(const zk_map_str_t *map, zk_str_t key, uint32_t hash)
{
    uint32_t at = hash;
    uint32_t number;

    if (map->live == 0)
        return NULL;
    while (index_next(&map->index, &at, &number)) {
        zk_map_str_entry_t *entry = &map->entries[number];

        if (entry->hash == hash && entry->value != NULL && entry->key_length == key.length &&
            (key.length == 0 || memcmp(entry->key, key.data, zk_str_size(key)) == 0))
            return entry;
    }
    return NULL;
}

static void rebuild_str(zk_map_str_t *map)
{
    uint32_t capacity = next_capacity(map->capacity, map->live);
    uint32_t kept = 0;
    uint32_t i;

    for (i = 0; i < map->used; i++)
        if (map->entries[i].value != NULL)
            map->entries[kept++] = map->entries[i];
    ZK_ASSERT(kept == map->live && kept < capacity);
    map->used = kept;
    if (capacity != map->capacity) {
        map->entries = zk_realloc(map->entries, capacity * sizeof(*map->entries));
        map->capacity = capacity;
    }
    index_reset(&map->index, capacity);
    for (i = 0; i < kept; i++)
        index_put(&map->index, map->entries[i].hash, i);
}

void *zk_map_str_get(const zk_map_str_t *map, zk_str_t key)
{
    zk_map_str_entry_t *entry;

    ZK_ASSERT(!zk_str_is_null(key));
    entry = find_str(map, key, hash_str(key));
    return entry == NULL ? NULL : entry->value;
}

void *zk_map_str_set(zk_map_str_t *map, zk_str_t key, void *value)
{
    uint32_t hash;
    zk_map_str_entry_t *entry;

    ZK_ASSERT(!zk_str_is_null(key) && value != NULL);
    hash = hash_str(key);
    entry = find_str(map, key, hash);
    if (entry != NULL) {
        void *before = entry->value;

        entry->value = value;
        return before;
    }
    if (map->used == map->capacity)
        rebuild_str(map);
    entry = &map->entries[map->used];
    entry->key = zk_malloc(zk_str_size(key) + 1);
    if (key.length > 0)
        memcpy(entry->key, key.data, zk_str_size(key));
    entry->key[key.length] = '\0';
    entry->key_length = key.length;
    entry->hash = hash;
    entry->value = value;
    index_put(&map->index, hash, map->used);
    map->used++;
    map->live++;
    return NULL;
}

void *zk_map_str_remove(zk_map_str_t *map, zk_str_t key)
{
    zk_map_str_entry_t *entry;
    void *value;

    ZK_ASSERT(!zk_str_is_null(key));
    entry = find_str(map, key, hash_str(key));
    if (entry == NULL)
        return NULL;
    value = entry->value;
    entry->value = NULL;
    zk_free(entry->key);
    entry->key = NULL;
    map->live--;
    return value;
}

zk_map_str_entry_t *zk_map_str_next(const zk_map_str_t *map, uint32_t *cursor)
{
    if (map->live == 0)
        return NULL;
    while (*cursor < map->used) {
        zk_map_str_entry_t *entry = &map->entries[(*cursor)++];

        if (entry->value != NULL)
            return entry;
    }
    return NULL;
}

void zk_map_str_free(zk_map_str_t *map)
{
    uint32_t i;

    for (i = 0; i < map->used; i++)
        if (map->entries[i].value != NULL)
            zk_free(map->entries[i].key);
    zk_free(map->entries);
    zk_free(map->index.places);
    *map = ZK_MAP_STR_INIT;
}
