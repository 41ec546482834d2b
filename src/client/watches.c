/* watches.c -- which paths are watched, by kind.
 *
 * A set of paths per kind: the values of the maps only say that the key is there.  Persistent
 * watches survive their events; all others are used up by the first. */
#include "client/watches.h"

#include "base/arena.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum { BATCH_BYTES = 128 * 1024 };

static char present; /* what every key maps to */

void zk_watches_add(zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path)
{
    ZK_ASSERT(kind < ZK_WATCH_KINDS);
    zk_map_str_set(&watches->paths[kind], path, &present);
}

bool zk_watches_has(const zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path)
{
    ZK_ASSERT(kind < ZK_WATCH_KINDS);
    return zk_map_str_get(&watches->paths[kind], path) != NULL;
}

bool zk_watches_remove(zk_watches_t *watches, zk_watch_kind_t kind, zk_str_t path)
{
    return zk_map_str_remove(&watches->paths[kind], path) != NULL;
}

/* A recursive watch on PATH or on an ancestor of it. */
static bool has_recursive(const zk_watches_t *watches, zk_str_t path)
{
    const zk_map_str_t *paths = &watches->paths[ZK_WATCH_RECURSIVE];

    if (zk_map_str_count(paths) == 0)
        return false;
    for (;;) {
        if (zk_map_str_get(paths, path) != NULL)
            return true;
        if (path.length <= 1)
            return false;
        while (path.length > 1 && path.data[path.length - 1] != '/')
            path.length--;
        if (path.length > 1)
            path.length--;
    }
}

bool zk_watches_fire(zk_watches_t *watches, int32_t type, zk_str_t path)
{
    bool fired = zk_map_str_get(&watches->paths[ZK_WATCH_PERSISTENT], path) != NULL;

    if (type != ZK_EVENT_TYPE_CHILDREN_CHANGED && has_recursive(watches, path))
        fired = true;
    if (type == ZK_EVENT_TYPE_CREATED || type == ZK_EVENT_TYPE_DATA_CHANGED ||
        type == ZK_EVENT_TYPE_DELETED) {
        fired = zk_watches_remove(watches, ZK_WATCH_DATA, path) || fired;
        fired = zk_watches_remove(watches, ZK_WATCH_EXIST, path) || fired;
    }
    if (type == ZK_EVENT_TYPE_CHILDREN_CHANGED || type == ZK_EVENT_TYPE_DELETED)
        fired = zk_watches_remove(watches, ZK_WATCH_CHILD, path) || fired;
    return fired;
}

uint32_t zk_watches_count(const zk_watches_t *watches)
{
    uint32_t count = 0;
    int kind;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++)
        count += zk_map_str_count(&watches->paths[kind]);
    return count;
}

/* Send what BATCH holds as one request and empty it. */
static void encode_batch(zk_str_vector_t *batch, int64_t last_zxid, zk_buffer_t *buffer)
{
    zk_set_watches2_t all = {last_zxid,
                             batch[ZK_WATCH_DATA],
                             batch[ZK_WATCH_EXIST],
                             batch[ZK_WATCH_CHILD],
                             batch[ZK_WATCH_PERSISTENT],
                             batch[ZK_WATCH_RECURSIVE]};
    zk_set_watches_t old = {last_zxid, all.data_watches, all.exist_watches, all.child_watches};
    int kind;

    if (all.persistent_watches.count + all.persistent_recursive_watches.count > 0)
        zk_frame_append_request(buffer, ZK_XID_SET_WATCHES, ZK_OP_SET_WATCHES2,
                                &zk_record_set_watches2, &all);
    else
        zk_frame_append_request(buffer, ZK_XID_SET_WATCHES, ZK_OP_SET_WATCHES,
                                &zk_record_set_watches, &old);
    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        batch[kind].items += batch[kind].count;
        batch[kind].count = 0;
    }
}

void zk_watches_encode(const zk_watches_t *watches, int64_t last_zxid, zk_buffer_t *buffer)
{
    zk_str_vector_t batch[ZK_WATCH_KINDS];
    zk_arena_t *arena = zk_arena_create();
    size_t bytes = 0;
    int kind;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        batch[kind].count = 0;
        batch[kind].items = zk_arena_calloc(arena, zk_map_str_count(&watches->paths[kind]),
                                            sizeof(batch[kind].items[0]));
    }
    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        zk_map_str_entry_t *entry;
        uint32_t cursor = 0;

        while ((entry = zk_map_str_next(&watches->paths[kind], &cursor)) != NULL) {
            batch[kind].items[batch[kind].count++] =
                zk_str_n(entry->key, (size_t)entry->key_length);
            bytes += (size_t)entry->key_length + 4;
            if (bytes >= BATCH_BYTES) {
                encode_batch(batch, last_zxid, buffer);
                bytes = 0;
            }
        }
    }
    if (bytes > 0)
        encode_batch(batch, last_zxid, buffer);
    zk_arena_destroy(arena);
}

void zk_watches_free(zk_watches_t *watches)
{
    int kind;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++)
        zk_map_str_free(&watches->paths[kind]);
}
