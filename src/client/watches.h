/* watches.h -- the watches a client has set, so that it can set them again on another connection
 * and tell which events somebody waits for.
 *
 * Paths are the server's (with chroot).  Facts: upstream ZKWatchManager.java. */
#ifndef ZK_CLIENT_WATCHES_H
#define ZK_CLIENT_WATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/map.h"

typedef enum zk_watch_kind {
    ZK_WATCH_DATA,       /* getData, and exists on a znode that is there */
    ZK_WATCH_EXIST,      /* exists on a znode that is not */
    ZK_WATCH_CHILD,      /* getChildren */
    ZK_WATCH_PERSISTENT, /* addWatch */
    ZK_WATCH_RECURSIVE,
    ZK_WATCH_KINDS,
    ZK_WATCH_NONE = ZK_WATCH_KINDS
} zk_watch_kind_t;

typedef struct zk_watches {
    zk_map_str_t paths[ZK_WATCH_KINDS];
} zk_watches_t;

#define ZK_WATCHES_INIT                                                                            \
    ((zk_watches_t){                                                                               \
        {ZK_MAP_STR_INIT, ZK_MAP_STR_INIT, ZK_MAP_STR_INIT, ZK_MAP_STR_INIT, ZK_MAP_STR_INIT}})

void zk_watches_add(zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path);

bool zk_watches_has(const zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path);

/* True when there was one. */
bool zk_watches_remove(zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path);

/* An event of TYPE at PATH arrived: true when a watch waits for it.  One-shot watches that it uses
 * up are gone afterwards. */
bool zk_watches_fire(zk_watches_t *watches, int32_t type, zk_str_t path);

/* How many are set, of all kinds. */
uint32_t zk_watches_count(const zk_watches_t *watches);

/* Append to BUFFER the frames of as many setWatches or setWatches2 requests as it takes to set all
 * of them again, seen from LAST_ZXID; each holds at most about 128 KiB of paths. */
void zk_watches_encode(const zk_watches_t *watches, int64_t last_zxid, zk_buffer_t *buffer);

void zk_watches_free(zk_watches_t *watches);

#endif
