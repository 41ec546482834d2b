/* watch_internal.h -- the table of watches as watch.c keeps it and watch_list.c looks at it. */
#ifndef ZK_TREE_WATCH_INTERNAL_H
#define ZK_TREE_WATCH_INTERNAL_H

#include "tree/watch.h"

#include "base/map.h"
#include "tree/cells.h"

#define MODE_BITS 5
#define MODES_ALL 31u
#define MODES_DATA (ZK_WATCH_DATA | ZK_WATCH_PERSISTENT_DATA | ZK_WATCH_RECURSIVE)
#define MODES_CHILD (ZK_WATCH_CHILD | ZK_WATCH_PERSISTENT_CHILD)
#define PATHS_MAX (UINT32_MAX >> MODE_BITS)

#define RECORDS_PER_CHUNK 4096u
#define PATHS_PER_CHUNK 1024u

typedef struct record {
    uint32_t path_modes; /* path << MODE_BITS | modes */
    uint32_t client;
    uint32_t next; /* of the same path; of the free ones */
    uint32_t prev;
} record_t;

typedef struct path {
    char *text; /* NULL in a free one */
    int32_t length;
    uint32_t hash;
    uint32_t hash_next; /* of the same bucket; of the free ones */
    uint32_t first;
    uint32_t last;
    uint32_t data_count; /* records in the data table */
} path_t;

typedef struct client {
    uint32_t number;
    uint32_t count;
    uint32_t data_count;
    uint32_t size;    /* of places */
    uint32_t *places; /* record numbers by path, 0 where empty */
    uint64_t told;    /* the trigger that told this client last */
    uint64_t salt;    /* its own: see home_of in watch.c */
} client_t;

/* Things of one kind in chunks that never move, each named by a number; 0 means none. */
typedef struct numbered {
    void **chunks;
    uint32_t used; /* numbers below it were given out at least once */
    uint32_t free; /* the first that was given back */
} numbered_t;

struct zk_watch_table {
    numbered_t records;
    numbered_t paths;
    uint32_t paths_count;
    zk_cells_t texts;
    uint32_t *buckets;
    uint32_t buckets_capacity;
    uint32_t mask; /* as in the index of znodes: buckets in use are mask + 1 + split */
    uint32_t split;
    zk_map64_t clients;
    int64_t data_count;
    int64_t child_count;
    int64_t data_paths;
    int64_t data_clients;
    int64_t recursive_count;
    uint64_t clients_ever;
    uint64_t trigger; /* number of the running one */
    uint64_t seed;
};

static inline record_t *record_at(const zk_watch_table_t *table, uint32_t number)
{
    record_t *chunk = table->records.chunks[number / RECORDS_PER_CHUNK];

    return &chunk[number % RECORDS_PER_CHUNK];
}

static inline path_t *path_at(const zk_watch_table_t *table, uint32_t number)
{
    path_t *chunk = table->paths.chunks[number / PATHS_PER_CHUNK];

    return &chunk[number % PATHS_PER_CHUNK];
}

static inline unsigned modes_of(const record_t *record)
{
    return record->path_modes & MODES_ALL;
}

static inline uint32_t path_of(const record_t *record)
{
    return record->path_modes >> MODE_BITS;
}

static inline zk_str_t text_of(const path_t *path)
{
    return zk_str_n(path->text, (size_t)path->length);
}

/* The number of the path TEXT; 0 when nobody waits for it. */
uint32_t zk_watch_find_path(const zk_watch_table_t *table, zk_str_t text);

/* The client NUMBER; NULL when it waits for nothing. */
client_t *zk_watch_find_client(const zk_watch_table_t *table, uint32_t number);

/* Where in CLIENT's places its record of PATH is, or would be. */
uint32_t zk_watch_place_of(const zk_watch_table_t *table, const client_t *client, uint32_t path);

#endif
