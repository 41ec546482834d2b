/* api_read.c -- reading: existence, data, children, ACL, and what upstream's library cannot ask. */
#include "libpaddock/build.h"

#include <string.h>

#include "wire/opcode.h"

/* REQUEST is built if RC says so: submit it. */
static int submit(zhandle_t *zh, int rc, zk_request_t *request, zk_completion_fn_t *completion,
                  const void *data)
{
    return rc != ZOK ? rc : zk_session_submit(zh, request, completion, data);
}

/* ---- exists ---- */

static int build_exists(zhandle_t *zh, const char *path, zk_watcher_t watcher, zk_request_t **made)
{
    return zk_build_watched(zh, ZK_OP_EXISTS, ZK_REPLY_STAT, path, ZK_WATCH_DATA, watcher, made);
}

int zoo_aexists(zhandle_t *zh, const char *path, int watch, stat_completion_t completion,
                const void *data)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_awexists(zh, path, own.fn, own.context, completion, data);
}

int zoo_awexists(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                 stat_completion_t completion, const void *data)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request = NULL;
    int rc = build_exists(zh, path, set, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_exists(zhandle_t *zh, const char *path, int watch, struct Stat *stat)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_wexists(zh, path, own.fn, own.context, stat);
}

int zoo_wexists(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                struct Stat *stat)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    zk_answer_t answer;
    int rc = build_exists(zh, path, set, &request);

    if (rc == ZOK)
        rc = zk_build_call(zh, request, &answer, NULL);
    if (rc == ZOK && stat != NULL)
        *stat = answer.stat;
    return rc;
}

/* ---- data ---- */

static int build_get(zhandle_t *zh, const char *path, zk_watcher_t watcher, zk_request_t **made)
{
    return zk_build_watched(zh, ZK_OP_GET_DATA, ZK_REPLY_DATA, path, ZK_WATCH_DATA, watcher, made);
}

int zoo_aget(zhandle_t *zh, const char *path, int watch, data_completion_t completion,
             const void *data)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_awget(zh, path, own.fn, own.context, completion, data);
}

int zoo_awget(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
              data_completion_t completion, const void *data)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request = NULL;
    int rc = build_get(zh, path, set, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_agetconfig(zhandle_t *zh, int watch, data_completion_t completion, const void *data)
{
    return zoo_aget(zh, ZOO_CONFIG_NODE, watch, completion, data);
}

int zoo_awgetconfig(zhandle_t *zh, watcher_fn watcher, void *watcherCtx,
                    data_completion_t completion, const void *data)
{
    return zoo_awget(zh, ZOO_CONFIG_NODE, watcher, watcherCtx, completion, data);
}

int zoo_get(zhandle_t *zh, const char *path, int watch, char *buffer, int *buffer_len,
            struct Stat *stat)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_wget(zh, path, own.fn, own.context, buffer, buffer_len, stat);
}

int zoo_wget(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx, char *buffer,
             int *buffer_len, struct Stat *stat)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    int rc = buffer_len == NULL ? ZBADARGUMENTS : build_get(zh, path, set, &request);

    return rc != ZOK ? rc : zk_build_call_data(zh, request, buffer, buffer_len, stat);
}

int zoo_getconfig(zhandle_t *zh, int watch, char *buffer, int *buffer_len, struct Stat *stat)
{
    return zoo_get(zh, ZOO_CONFIG_NODE, watch, buffer, buffer_len, stat);
}

int zoo_wgetconfig(zhandle_t *zh, watcher_fn watcher, void *watcherCtx, char *buffer,
                   int *buffer_len, struct Stat *stat)
{
    return zoo_wget(zh, ZOO_CONFIG_NODE, watcher, watcherCtx, buffer, buffer_len, stat);
}

/* ---- children ---- */

static int build_children(zhandle_t *zh, const char *path, zk_watcher_t watcher, bool with_stat,
                          zk_request_t **made)
{
    return zk_build_watched(zh, with_stat ? ZK_OP_GET_CHILDREN2 : ZK_OP_GET_CHILDREN,
                            with_stat ? ZK_REPLY_STRINGS_STAT : ZK_REPLY_STRINGS, path,
                            ZK_WATCH_CHILD, watcher, made);
}

int zoo_aget_children(zhandle_t *zh, const char *path, int watch, strings_completion_t completion,
                      const void *data)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_awget_children(zh, path, own.fn, own.context, completion, data);
}

int zoo_awget_children(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                       strings_completion_t completion, const void *data)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request = NULL;
    int rc = build_children(zh, path, set, false, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_aget_children2(zhandle_t *zh, const char *path, int watch,
                       strings_stat_completion_t completion, const void *data)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_awget_children2(zh, path, own.fn, own.context, completion, data);
}

int zoo_awget_children2(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                        strings_stat_completion_t completion, const void *data)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request = NULL;
    int rc = build_children(zh, path, set, true, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

/* Call REQUEST, whose answer is strings, perhaps with a stat. */
static int call_strings(zhandle_t *zh, zk_request_t *request, struct String_vector *strings,
                        struct Stat *stat)
{
    zk_arena_t *arena = zk_arena_create();
    zk_answer_t answer;
    int rc = zk_build_call(zh, request, &answer, arena);

    if (rc == ZOK && strings != NULL)
        zk_own_strings(strings, &answer.strings);
    if (rc == ZOK && stat != NULL)
        *stat = answer.stat;
    zk_arena_destroy(arena);
    return rc;
}

int zoo_get_children(zhandle_t *zh, const char *path, int watch, struct String_vector *strings)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_wget_children(zh, path, own.fn, own.context, strings);
}

int zoo_wget_children(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                      struct String_vector *strings)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    int rc = build_children(zh, path, set, false, &request);

    return rc != ZOK ? rc : call_strings(zh, request, strings, NULL);
}

int zoo_get_children2(zhandle_t *zh, const char *path, int watch, struct String_vector *strings,
                      struct Stat *stat)
{
    zk_watcher_t own = zk_build_own_watcher(zh, watch);

    return zoo_wget_children2(zh, path, own.fn, own.context, strings, stat);
}

int zoo_wget_children2(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                       struct String_vector *strings, struct Stat *stat)
{
    zk_watcher_t set = {watcher, watcherCtx};
    zk_request_t *request;
    int rc = build_children(zh, path, set, true, &request);

    return rc != ZOK ? rc : call_strings(zh, request, strings, stat);
}

/* ---- ACL ---- */

int zoo_aget_acl(zhandle_t *zh, const char *path, acl_completion_t completion, const void *data)
{
    zk_request_t *request = NULL;
    int rc = zk_build_path(zh, ZK_OP_GET_ACL, ZK_REPLY_ACL, path, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_get_acl(zhandle_t *zh, const char *path, struct ACL_vector *acl, struct Stat *stat)
{
    zk_request_t *request;
    zk_arena_t *arena;
    zk_answer_t answer;
    int rc = zk_build_path(zh, ZK_OP_GET_ACL, ZK_REPLY_ACL, path, &request);

    if (rc != ZOK)
        return rc;
    arena = zk_arena_create();
    rc = zk_build_call(zh, request, &answer, arena);
    if (rc == ZOK && acl != NULL)
        zk_own_acl(acl, &answer.acl);
    if (rc == ZOK && stat != NULL)
        *stat = answer.stat;
    zk_arena_destroy(arena);
    return rc;
}

/* ---- beyond upstream ---- */

int zoo_aget_ephemerals(zhandle_t *zh, const char *prefix, strings_completion_t completion,
                        const void *data)
{
    zk_request_t *request = NULL;
    int rc = zk_build_path(zh, ZK_OP_GET_EPHEMERALS, ZK_REPLY_EPHEMERALS, prefix, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_get_ephemerals(zhandle_t *zh, const char *prefix, struct String_vector *paths)
{
    zk_request_t *request;
    int rc = zk_build_path(zh, ZK_OP_GET_EPHEMERALS, ZK_REPLY_EPHEMERALS, prefix, &request);

    return rc != ZOK ? rc : call_strings(zh, request, paths, NULL);
}

int zoo_aget_all_children_number(zhandle_t *zh, const char *path, number_completion_t completion,
                                 const void *data)
{
    zk_request_t *request = NULL;
    int rc = zk_build_path(zh, ZK_OP_GET_ALL_CHILDREN_NUMBER, ZK_REPLY_NUMBER, path, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_get_all_children_number(zhandle_t *zh, const char *path, int *number)
{
    zk_request_t *request;
    zk_answer_t answer;
    int rc = zk_build_path(zh, ZK_OP_GET_ALL_CHILDREN_NUMBER, ZK_REPLY_NUMBER, path, &request);

    if (rc == ZOK)
        rc = zk_build_call(zh, request, &answer, NULL);
    if (rc == ZOK && number != NULL)
        *number = answer.number;
    return rc;
}

static int build_whoami(zhandle_t *zh, zk_request_t **made)
{
    int rc = zk_request_check(zh, "/", 0);

    if (rc == ZOK)
        *made = zk_request_create(zh, ZK_OP_WHO_AM_I, ZK_REPLY_CLIENT_INFOS);
    return rc;
}

int zoo_awhoami(zhandle_t *zh, client_infos_completion_t completion, const void *data)
{
    zk_request_t *request = NULL;
    int rc = build_whoami(zh, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_whoami(zhandle_t *zh, struct ClientInfo_vector *infos)
{
    zk_request_t *request;
    zk_arena_t *arena;
    zk_answer_t answer;
    int rc = build_whoami(zh, &request);

    if (rc != ZOK)
        return rc;
    arena = zk_arena_create();
    rc = zk_build_call(zh, request, &answer, arena);
    if (rc == ZOK && infos != NULL)
        zk_own_infos(infos, &answer.infos);
    zk_arena_destroy(arena);
    return rc;
}
