/* watch.h -- who waits for which path: one-shot, persistent, recursive, side by side.
 *
 * Watches belong to connections (a client number given by the pipeline) and die with them.  Two
 * tables, data and child; per (client, path) a set of modes.  A watch record is a few 32-bit links
 * in a slab, in its path's list and in its client's hash: under 24 bytes each beside the path's one
 * entry.
 *
 * Facts: upstream WatchManager.java, WatchStats.java at 3.9.5; protocol notes, section 14. */
#ifndef ZK_TREE_WATCH_H
#define ZK_TREE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct zk_watch_table zk_watch_table_t;

/* Bits of a watch's modes, over both tables. */
enum {
    ZK_WATCH_DATA = 1,  /* one-shot, data table (getData, exists) */
    ZK_WATCH_CHILD = 2, /* one-shot, child table */
    ZK_WATCH_PERSISTENT_DATA = 4,
    ZK_WATCH_PERSISTENT_CHILD = 8,
    ZK_WATCH_RECURSIVE = 16 /* data table only */
};

zk_watch_table_t *zk_watch_create(void);
void zk_watch_destroy(zk_watch_table_t *table);

/* Place paths by SEED (best one that clients cannot guess) from now on; TABLE must be empty.
 * Nothing visible depends on it. */
void zk_watch_seed(zk_watch_table_t *table, uint64_t seed);

/* Register MODES for CLIENT on PATH; idempotent. */
void zk_watch_add(zk_watch_table_t *table, uint32_t client, zk_str_t path, unsigned modes);

/* Remove those of MODES that CLIENT has on PATH; returns the bits removed. */
unsigned zk_watch_remove(zk_watch_table_t *table, uint32_t client, zk_str_t path, unsigned modes);

/* Modes CLIENT has on PATH. */
unsigned zk_watch_modes(const zk_watch_table_t *table, uint32_t client, zk_str_t path);

void zk_watch_remove_client(zk_watch_table_t *table, uint32_t client);

/* Fire EVENT_TYPE on PATH: FIRED(BATON, client) once per client that hears it, in order of
 * registration; one-shot bits are consumed.  Created and data changed look in the data table;
 * deleted in both, each client once; children changed in the child table.  FIRED must not touch the
 * table.  Returns how many were told. */
int32_t zk_watch_trigger(zk_watch_table_t *table, int event_type, zk_str_t path,
                         void (*fired)(void *baton, uint32_t client), void *baton);

/* ---- counts and listings (four-letter words) ---- */
int64_t zk_watch_count(const zk_watch_table_t *table); /* both tables, as upstream's watch_count */
int64_t zk_watch_data_count(const zk_watch_table_t *table); /* data table */
int64_t zk_watch_data_paths(const zk_watch_table_t *table);
int64_t zk_watch_data_clients(const zk_watch_table_t *table);
/* Data-table watches by client and by path; visit is called once per pair, grouped. */
void zk_watch_visit_by_client(const zk_watch_table_t *table,
                              void (*visit)(void *baton, uint32_t client, zk_str_t path),
                              void *baton);
void zk_watch_visit_by_path(const zk_watch_table_t *table,
                            void (*visit)(void *baton, uint32_t client, zk_str_t path),
                            void *baton);

/* Prove the invariants; NULL or a sentence in TEXT. */
const char *zk_watch_check(const zk_watch_table_t *table, char *text, size_t size);

#endif
