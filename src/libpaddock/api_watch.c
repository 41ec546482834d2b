/* api_watch.c -- watches that stay, and the removal of watches.
 *
 * The server knows one watch per session, path and kind, however many functions of the program wait
 * for it.  So removing one function of several only asks the server whether the watch is there
 * (checkWatches), and removing the last one removes it (removeWatches).  With LOCAL the server is
 * not asked: its events find nobody. */
#include "libpaddock/build.h"

#include <string.h>

#include "wire/codec.h"
#include "wire/opcode.h"

static int build_add(zhandle_t *zh, const char *path, int32_t mode, zk_watcher_t watcher,
                     zk_request_t **made)
{
    zk_add_watch_request_t record;
    int rc = watcher.fn == NULL ? ZBADARGUMENTS : zk_request_check(zh, path, 0);
    char *owned;

    if (rc == ZOK && mode != ZK_ADD_WATCH_PERSISTENT && mode != ZK_ADD_WATCH_RECURSIVE)
        rc = ZBADARGUMENTS;
    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_ADD_WATCH, ZK_REPLY_VOID);
    record.path = zk_request_path(zh, path, &owned);
    record.mode = mode;
    zk_record_encode(&zk_record_add_watch_request, &record, &(*made)->body);
    zk_free(owned);
    (*made)->watch = mode == ZK_ADD_WATCH_RECURSIVE ? ZK_WATCH_RECURSIVE : ZK_WATCH_PERSISTENT;
    (*made)->watch_path = zk_own_text(path);
    (*made)->watcher = watcher;
    return ZOK;
}

int zoo_aadd_watch(zhandle_t *zh, const char *path, ZooAddWatchMode mode, watcher_fn watcher,
                   void *watcherCtx, void_completion_t completion, const void *data)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    int rc = build_add(zh, path, (int32_t)mode, set, &request);

    return rc != ZOK ? rc : zk_session_submit(zh, request, (zk_completion_fn_t *)completion, data);
}

int zoo_add_watch(zhandle_t *zh, const char *path, ZooAddWatchMode mode, watcher_fn watcher,
                  void *watcherCtx)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    zk_answer_t answer;
    int rc = build_add(zh, path, (int32_t)mode, set, &request);

    return rc != ZOK ? rc : zk_build_call(zh, request, &answer, NULL);
}

/* ---- removal ---- */

/* Take WATCHER out here and now, and have the client forget the path where it was the last one. */
static int remove_here(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher)
{
    zk_request_t *errand;
    bool is_last;
    bool found;

    zk_session_lock(zh);
    found = zk_watchers_have(zh, path, type, watcher, &is_last);
    if (found)
        zk_watchers_remove(zh, path, type, watcher);
    zk_session_unlock(zh);
    if (!found)
        return ZNOWATCHER;
    if (is_last) {
        errand = zk_request_create(zh, 0, ZK_REPLY_VOID);
        errand->errand = ZK_ERRAND_FORGET;
        errand->watch_path = zk_own_text(path);
        errand->watch_type = type;
        zk_session_submit(zh, errand, NULL, NULL);
    }
    return ZOK;
}

static int build_remove(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher,
                        zk_request_t **made)
{
    zk_remove_watches_request_t record;
    bool is_last;
    bool found;
    char *owned;

    zk_session_lock(zh);
    found = zk_watchers_have(zh, path, type, watcher, &is_last);
    zk_session_unlock(zh);
    if (!found)
        return ZNOWATCHER;
    *made =
        zk_request_create(zh, is_last ? ZK_OP_REMOVE_WATCHES : ZK_OP_CHECK_WATCHES, ZK_REPLY_VOID);
    record.path = zk_request_path(zh, path, &owned);
    record.type = type;
    zk_record_encode(&zk_record_remove_watches_request, &record, &(*made)->body);
    zk_free(owned);
    (*made)->watch_path = zk_own_text(path);
    (*made)->watch_type = type;
    (*made)->watcher = watcher;
    return ZOK;
}

static int check_removal(zhandle_t *zh, const char *path, int32_t type, int local)
{
    int rc = zk_request_check(zh, path, 0);

    if (rc == ZINVALIDSTATE && local)
        rc = ZOK; /* the tables are ours */
    if (rc == ZOK && (type < ZK_WATCHER_CHILDREN || type > ZK_WATCHER_PERSISTENT_RECURSIVE))
        rc = ZBADARGUMENTS;
    return rc;
}

static int submit_removal(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher,
                          int local, zk_completion_fn_t *completion, const void *data)
{
    zk_request_t *request;
    int rc = check_removal(zh, path, type, local);

    if (rc != ZOK)
        return rc;
    if (local)
        return remove_here(zh, path, type, watcher);
    rc = build_remove(zh, path, type, watcher, &request);
    return rc != ZOK ? rc : zk_session_submit(zh, request, completion, data);
}

static int call_removal(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher,
                        int local)
{
    zk_request_t *request;
    zk_answer_t answer;
    int rc = check_removal(zh, path, type, local);

    if (rc != ZOK)
        return rc;
    if (local)
        return remove_here(zh, path, type, watcher);
    rc = build_remove(zh, path, type, watcher, &request);
    return rc != ZOK ? rc : zk_build_call(zh, request, &answer, NULL);
}

/* The function that is passed as if it were a pointer to one. */
static zk_completion_fn_t *completion_of(void_completion_t *passed)
{
    zk_completion_fn_t *completion;

    memcpy(&completion, &passed, sizeof(completion));
    return completion;
}

int zoo_aremove_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, watcher_fn watcher,
                        void *watcherCtx, int local, void_completion_t *completion,
                        const void *data)
{
    zk_watcher_t which = {watcher, watcherCtx};

    return submit_removal(zh, path, (int32_t)wtype, which, local, completion_of(completion), data);
}

int zoo_aremove_all_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, int local,
                            void_completion_t *completion, const void *data)
{
    zk_watcher_t any = {NULL, NULL};

    return submit_removal(zh, path, (int32_t)wtype, any, local, completion_of(completion), data);
}

int zoo_remove_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, watcher_fn watcher,
                       void *watcherCtx, int local)
{
    zk_watcher_t which = {watcher, watcherCtx};

    return call_removal(zh, path, (int32_t)wtype, which, local);
}

int zoo_remove_all_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, int local)
{
    zk_watcher_t any = {NULL, NULL};

    return call_removal(zh, path, (int32_t)wtype, any, local);
}
