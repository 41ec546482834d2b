/* api_write.c -- changing what is there: delete, set data, set ACL, reconfig; and sync. */
#include "libpaddock/build.h"

#include "wire/codec.h"
#include "wire/opcode.h"

static int submit(zhandle_t *zh, int rc, zk_request_t *request, zk_completion_fn_t *completion,
                  const void *data)
{
    return rc != ZOK ? rc : zk_session_submit(zh, request, completion, data);
}

/* Call a REQUEST whose answer is void or a stat. */
static int call(zhandle_t *zh, int rc, zk_request_t *request, struct Stat *stat)
{
    zk_answer_t answer;

    if (rc == ZOK)
        rc = zk_build_call(zh, request, &answer, NULL);
    if (rc == ZOK && stat != NULL)
        *stat = answer.stat;
    return rc;
}

/* ---- delete ---- */

static int build_delete(zhandle_t *zh, const char *path, int version, zk_request_t **made)
{
    zk_delete_request_t record;
    int rc = zk_request_check(zh, path, 0);
    char *owned;

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_DELETE, ZK_REPLY_VOID);
    record.path = zk_request_path(zh, path, &owned);
    record.version = version;
    zk_record_encode(&zk_record_delete_request, &record, &(*made)->body);
    zk_free(owned);
    return ZOK;
}

int zoo_adelete(zhandle_t *zh, const char *path, int version, void_completion_t completion,
                const void *data)
{
    zk_request_t *request = NULL;
    int rc = build_delete(zh, path, version, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_delete(zhandle_t *zh, const char *path, int version)
{
    zk_request_t *request = NULL;
    int rc = build_delete(zh, path, version, &request);

    return call(zh, rc, request, NULL);
}

/* ---- set data ---- */

static int build_set(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version,
                     zk_request_t **made)
{
    zk_set_data_request_t record;
    int rc = zk_request_check(zh, path, 0);
    char *owned;

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_SET_DATA, ZK_REPLY_STAT);
    record.path = zk_request_path(zh, path, &owned);
    record.data = zk_build_bytes(buffer, buflen);
    record.version = version;
    zk_record_encode(&zk_record_set_data_request, &record, &(*made)->body);
    zk_free(owned);
    return ZOK;
}

int zoo_aset(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version,
             stat_completion_t completion, const void *data)
{
    zk_request_t *request = NULL;
    int rc = build_set(zh, path, buffer, buflen, version, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_set(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version)
{
    return zoo_set2(zh, path, buffer, buflen, version, NULL);
}

int zoo_set2(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version,
             struct Stat *stat)
{
    zk_request_t *request = NULL;
    int rc = build_set(zh, path, buffer, buflen, version, &request);

    return call(zh, rc, request, stat);
}

/* ---- set ACL ---- */

static int build_set_acl(zhandle_t *zh, const char *path, int version, const struct ACL_vector *acl,
                         zk_request_t **made)
{
    int rc = zk_request_check(zh, path, 0);
    char *owned;

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_SET_ACL, ZK_REPLY_VOID);
    zk_write_str(&(*made)->body, zk_request_path(zh, path, &owned));
    zk_build_acl(&(*made)->body, acl);
    zk_write_int(&(*made)->body, version);
    zk_free(owned);
    return ZOK;
}

int zoo_aset_acl(zhandle_t *zh, const char *path, int version, struct ACL_vector *acl,
                 void_completion_t completion, const void *data)
{
    zk_request_t *request = NULL;
    int rc = build_set_acl(zh, path, version, acl, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_set_acl(zhandle_t *zh, const char *path, int version, const struct ACL_vector *acl)
{
    zk_request_t *request = NULL;
    int rc = build_set_acl(zh, path, version, acl, &request);

    return call(zh, rc, request, NULL);
}

/* ---- reconfig ---- */

static zk_str_t text_or_null(const char *text)
{
    return text != NULL ? zk_str(text) : ZK_STR_NULL;
}

static int build_reconfig(zhandle_t *zh, const char *joining, const char *leaving,
                          const char *members, int64_t version, zk_request_t **made)
{
    zk_reconfig_request_t record = {text_or_null(joining), text_or_null(leaving),
                                    text_or_null(members), version};
    int rc = zk_request_check(zh, "/", 0);

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_RECONFIG, ZK_REPLY_DATA);
    zk_record_encode(&zk_record_reconfig_request, &record, &(*made)->body);
    return ZOK;
}

int zoo_areconfig(zhandle_t *zh, const char *joining, const char *leaving, const char *members,
                  int64_t version, data_completion_t dc, const void *data)
{
    zk_request_t *request = NULL;
    int rc = build_reconfig(zh, joining, leaving, members, version, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)dc, data);
}

int zoo_reconfig(zhandle_t *zh, const char *joining, const char *leaving, const char *members,
                 int64_t version, char *buffer, int *buffer_len, struct Stat *stat)
{
    zk_request_t *request;
    int rc = buffer_len == NULL ? ZBADARGUMENTS
                                : build_reconfig(zh, joining, leaving, members, version, &request);

    return rc != ZOK ? rc : zk_build_call_data(zh, request, buffer, buffer_len, stat);
}

/* ---- sync ---- */

int zoo_async(zhandle_t *zh, const char *path, string_completion_t completion, const void *data)
{
    zk_request_t *request = NULL;
    int rc = zk_build_path(zh, ZK_OP_SYNC, ZK_REPLY_PATH, path, &request);

    return submit(zh, rc, request, (zk_completion_fn_t *)completion, data);
}

int zoo_sync(zhandle_t *zh, const char *path)
{
    zk_request_t *request;
    zk_arena_t *arena;
    zk_answer_t answer;
    int rc = zk_build_path(zh, ZK_OP_SYNC, ZK_REPLY_PATH, path, &request);

    if (rc != ZOK)
        return rc;
    arena = zk_arena_create();
    rc = zk_build_call(zh, request, &answer, arena);
    zk_arena_destroy(arena);
    return rc;
}
