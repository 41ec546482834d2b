/* watchers.c -- which functions are to be called for the events of which path.
 *
 * The client (client/watches.h) knows the paths that are watched, once each; here are the functions
 * of the program, any number per path and kind.  The same function with the same context is set
 * only once, and is called once for an event even if it waits for it in several ways. */
#include "libpaddock/session.h"

#include <stdlib.h>
#include <string.h>

#include "wire/opcode.h"

enum { LIST_FIRST = 2 };

static void append(zk_watcher_list_t *list, zk_watcher_t watcher)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? LIST_FIRST : list->capacity * 2;
        list->items = zk_realloc(list->items, (size_t)list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = watcher;
}

static bool is_same(zk_watcher_t a, zk_watcher_t b)
{
    return a.fn == b.fn && a.context == b.context;
}

static int find(const zk_watcher_list_t *list, zk_watcher_t watcher)
{
    int i;

    for (i = 0; i < list->count; i++) {
        if (is_same(list->items[i], watcher))
            return i;
    }
    return -1;
}

static void append_once(zk_watcher_list_t *list, zk_watcher_t watcher)
{
    if (find(list, watcher) < 0)
        append(list, watcher);
}

static void append_all(zk_watcher_list_t *list, const zk_watcher_list_t *from)
{
    int i;

    for (i = 0; from != NULL && i < from->count; i++)
        append_once(list, from->items[i]);
}

static void free_list(zk_watcher_list_t *list)
{
    if (list != NULL)
        zk_free(list->items);
    zk_free(list);
}

void zk_watchers_add(zhandle_t *zh, zk_watch_kind_t kind, const char *path, zk_watcher_t watcher)
{
    zk_watcher_list_t *list = zk_map_str_get(&zh->watchers[kind], zk_str(path));

    if (list == NULL) {
        list = zk_calloc(1, sizeof(*list));
        zk_map_str_set(&zh->watchers[kind], zk_str(path), list);
    }
    append_once(list, watcher);
}

/* Whether a removal of TYPE means watches of KIND. */
static bool type_means(int32_t type, zk_watch_kind_t kind)
{
    switch (kind) {
    case ZK_WATCH_DATA:
    case ZK_WATCH_EXIST:
        return type == ZK_WATCHER_DATA || type == ZK_WATCHER_ANY;
    case ZK_WATCH_CHILD:
        return type == ZK_WATCHER_CHILDREN || type == ZK_WATCHER_ANY;
    case ZK_WATCH_PERSISTENT:
        return type == ZK_WATCHER_PERSISTENT || type == ZK_WATCHER_ANY;
    case ZK_WATCH_RECURSIVE:
        return type == ZK_WATCHER_PERSISTENT_RECURSIVE || type == ZK_WATCHER_ANY;
    default:
        return false;
    }
}

bool zk_watchers_have(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher,
                      bool *is_last)
{
    bool found = false;
    int kind;

    *is_last = true;
    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        const zk_watcher_list_t *list;

        if (!type_means(type, (zk_watch_kind_t)kind))
            continue;
        list = zk_map_str_get(&zh->watchers[kind], zk_str(path));
        if (list == NULL)
            continue;
        if (watcher.fn == NULL || find(list, watcher) >= 0) {
            found = true;
            if (watcher.fn != NULL && list->count > 1)
                *is_last = false;
        } else {
            *is_last = false;
        }
    }
    return found;
}

void zk_watchers_remove(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher)
{
    int kind;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        zk_watcher_list_t *list;
        int at;

        if (!type_means(type, (zk_watch_kind_t)kind))
            continue;
        list = zk_map_str_get(&zh->watchers[kind], zk_str(path));
        if (list == NULL)
            continue;
        at = watcher.fn != NULL ? find(list, watcher) : -1;
        if (at >= 0) {
            list->count--;
            memmove(list->items + at, list->items + at + 1,
                    (size_t)(list->count - at) * sizeof(*list->items));
        }
        if (watcher.fn == NULL || list->count == 0)
            free_list(zk_map_str_remove(&zh->watchers[kind], zk_str(path)));
    }
}

/* Move the one-shot watches of KIND on PATH to LIST. */
static void use_up(zhandle_t *zh, zk_watch_kind_t kind, const char *path, zk_watcher_list_t *list)
{
    zk_watcher_list_t *used = zk_map_str_remove(&zh->watchers[kind], zk_str(path));

    append_all(list, used);
    free_list(used);
}

/* The recursive watches on PATH and all its ancestors. */
static void append_recursive(zhandle_t *zh, const char *path, zk_watcher_list_t *list)
{
    const zk_map_str_t *map = &zh->watchers[ZK_WATCH_RECURSIVE];
    size_t length = strlen(path);

    if (zk_map_str_count(map) == 0)
        return;
    while (length > 0) {
        append_all(list, zk_map_str_get(map, zk_str_n(path, length)));
        if (length == 1)
            return;
        while (length > 1 && path[length - 1] != '/')
            length--;
        length = length > 1 ? length - 1 : 1;
    }
}

void zk_watchers_fire(zhandle_t *zh, int32_t type, const char *path, zk_watcher_list_t *list)
{
    if (type == ZK_EVENT_TYPE_CREATED || type == ZK_EVENT_TYPE_DATA_CHANGED ||
        type == ZK_EVENT_TYPE_DELETED) {
        use_up(zh, ZK_WATCH_DATA, path, list);
        use_up(zh, ZK_WATCH_EXIST, path, list);
    }
    if (type == ZK_EVENT_TYPE_CHILDREN_CHANGED || type == ZK_EVENT_TYPE_DELETED)
        use_up(zh, ZK_WATCH_CHILD, path, list);
    append_all(list, zk_map_str_get(&zh->watchers[ZK_WATCH_PERSISTENT], zk_str(path)));
    if (type != ZK_EVENT_TYPE_CHILDREN_CHANGED)
        append_recursive(zh, path, list);
}

static int compare_watchers(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(zk_watcher_t));
}

void zk_watchers_all(zhandle_t *zh, zk_watcher_list_t *list)
{
    zk_watcher_t own = {zh->watcher, zh->context};
    zk_map_str_entry_t *entry;
    int kept = 0;
    int kind;
    int i;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        uint32_t cursor = 0;

        while ((entry = zk_map_str_next(&zh->watchers[kind], &cursor)) != NULL) {
            const zk_watcher_list_t *set = entry->value;

            for (i = 0; i < set->count; i++)
                append(list, set->items[i]);
        }
    }
    if (list->count > 1)
        qsort(list->items, (size_t)list->count, sizeof(*list->items), compare_watchers);
    for (i = 0; i < list->count; i++) {
        if (!is_same(list->items[i], own) &&
            (kept == 0 || !is_same(list->items[i], list->items[kept - 1])))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (own.fn != NULL) {
        append(list, own);
        memmove(list->items + 1, list->items, (size_t)kept * sizeof(*list->items));
        list->items[0] = own;
    }
}

void zk_watchers_free(zhandle_t *zh)
{
    zk_map_str_entry_t *entry;
    int kind;

    for (kind = 0; kind < ZK_WATCH_KINDS; kind++) {
        uint32_t cursor = 0;

        while ((entry = zk_map_str_next(&zh->watchers[kind], &cursor)) != NULL)
            free_list(entry->value);
        zk_map_str_free(&zh->watchers[kind]);
    }
}
