/* api_create.c -- creating nodes, in eight forms.
 *
 * The opcode follows from the mode: containers and nodes with a time to live have their own, all
 * others are create, or create2 where a stat is wanted. */
#include "libpaddock/build.h"

#include <string.h>

#include "wire/opcode.h"

typedef struct node {
    const char *path;
    const char *value;
    int length;
    const struct ACL_vector *acl;
    int mode;
    int64_t ttl;
} node_t;

static int check_ttl(const node_t *node)
{
    if (node->mode == ZK_CREATE_TTL || node->mode == ZK_CREATE_TTL_SEQUENTIAL)
        return node->ttl > 0 ? ZOK : ZBADARGUMENTS;
    return node->ttl == -1 ? ZOK : ZBADARGUMENTS;
}

static int opcode_for(int mode, bool with_stat)
{
    if (mode == ZK_CREATE_CONTAINER)
        return ZOO_CREATE_CONTAINER_OP;
    if (mode == ZK_CREATE_TTL || mode == ZK_CREATE_TTL_SEQUENTIAL)
        return ZOO_CREATE_TTL_OP;
    return with_stat ? ZOO_CREATE2_OP : ZOO_CREATE_OP;
}

static int build(zhandle_t *zh, const node_t *node, bool with_stat, zk_request_t **made)
{
    int opcode = opcode_for(node->mode, with_stat);
    zk_reply_kind_t kind = with_stat                 ? ZK_REPLY_PATH_STAT
                           : opcode == ZOO_CREATE_OP ? ZK_REPLY_PATH
                                                     : ZK_REPLY_PATH_OF_STAT;
    zk_request_t *request;
    int rc = check_ttl(node);

    if (rc != ZOK)
        return rc;
    request = zk_request_create(zh, opcode, kind);
    rc = zk_build_create_record(zh, &request->body, opcode, node->path, node->value, node->length,
                                node->acl, node->mode, node->ttl);
    if (rc != ZOK)
        zk_request_free(request);
    else
        *made = request;
    return rc;
}

static int submit(zhandle_t *zh, const node_t *node, bool with_stat, zk_completion_fn_t *completion,
                  const void *data)
{
    zk_request_t *request;
    int rc = build(zh, node, with_stat, &request);

    return rc != ZOK ? rc : zk_session_submit(zh, request, completion, data);
}

static int create(zhandle_t *zh, const node_t *node, bool with_stat, char *path_buffer,
                  int path_buffer_len, struct Stat *stat)
{
    zk_request_t *request;
    zk_arena_t *arena;
    zk_answer_t answer;
    int rc = build(zh, node, with_stat, &request);

    if (rc != ZOK)
        return rc;
    arena = zk_arena_create();
    rc = zk_build_call(zh, request, &answer, arena);
    if (rc == ZOK && path_buffer != NULL && path_buffer_len > 0 && answer.text != NULL) {
        int size = answer.bytes < path_buffer_len ? answer.bytes : path_buffer_len - 1;

        memcpy(path_buffer, answer.text, (size_t)size);
        path_buffer[size] = '\0';
    }
    if (rc == ZOK && stat != NULL)
        *stat = answer.stat;
    zk_arena_destroy(arena);
    return rc;
}

int zoo_acreate(zhandle_t *zh, const char *path, const char *value, int valuelen,
                const struct ACL_vector *acl, int mode, string_completion_t completion,
                const void *data)
{
    return zoo_acreate_ttl(zh, path, value, valuelen, acl, mode, -1, completion, data);
}

int zoo_acreate_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                    const struct ACL_vector *acl, int mode, int64_t ttl,
                    string_completion_t completion, const void *data)
{
    node_t node = {path, value, valuelen, acl, mode, ttl};

    return submit(zh, &node, false, (zk_completion_fn_t *)completion, data);
}

int zoo_acreate2(zhandle_t *zh, const char *path, const char *value, int valuelen,
                 const struct ACL_vector *acl, int mode, string_stat_completion_t completion,
                 const void *data)
{
    return zoo_acreate2_ttl(zh, path, value, valuelen, acl, mode, -1, completion, data);
}

int zoo_acreate2_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                     const struct ACL_vector *acl, int mode, int64_t ttl,
                     string_stat_completion_t completion, const void *data)
{
    node_t node = {path, value, valuelen, acl, mode, ttl};

    return submit(zh, &node, true, (zk_completion_fn_t *)completion, data);
}

int zoo_create(zhandle_t *zh, const char *path, const char *value, int valuelen,
               const struct ACL_vector *acl, int mode, char *path_buffer, int path_buffer_len)
{
    return zoo_create_ttl(zh, path, value, valuelen, acl, mode, -1, path_buffer, path_buffer_len);
}

int zoo_create_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                   const struct ACL_vector *acl, int mode, int64_t ttl, char *path_buffer,
                   int path_buffer_len)
{
    node_t node = {path, value, valuelen, acl, mode, ttl};

    return create(zh, &node, false, path_buffer, path_buffer_len, NULL);
}

int zoo_create2(zhandle_t *zh, const char *path, const char *value, int valuelen,
                const struct ACL_vector *acl, int mode, char *path_buffer, int path_buffer_len,
                struct Stat *stat)
{
    return zoo_create2_ttl(zh, path, value, valuelen, acl, mode, -1, path_buffer, path_buffer_len,
                           stat);
}

int zoo_create2_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                    const struct ACL_vector *acl, int mode, int64_t ttl, char *path_buffer,
                    int path_buffer_len, struct Stat *stat)
{
    node_t node = {path, value, valuelen, acl, mode, ttl};

    return create(zh, &node, true, path_buffer, path_buffer_len, stat);
}
