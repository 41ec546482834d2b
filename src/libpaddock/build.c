/* build.c -- bodies of requests, out of what the API is given. */
#include "libpaddock/build.h"

#include <string.h>

#include "client/path.h"
#include "wire/codec.h"
#include "wire/opcode.h"

zk_str_t zk_build_bytes(const char *data, int length)
{
    if (length < 0 || (data == NULL && length > 0))
        return ZK_STR_NULL;
    return zk_str_n(data != NULL ? data : "", (size_t)length);
}

int zk_build_path(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind, const char *path,
                  zk_request_t **made)
{
    zk_sync_request_t record; /* all of these records are a path alone */
    int rc = zk_request_check(zh, path, 0);
    char *owned;

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, opcode, kind);
    record.path = zk_request_path(zh, path, &owned);
    zk_record_encode(&zk_record_sync_request, &record, &(*made)->body);
    zk_free(owned);
    return ZOK;
}

int zk_build_watched(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind, const char *path,
                     zk_watch_kind_t kind_of_watch, zk_watcher_t watcher, zk_request_t **made)
{
    zk_get_data_request_t record; /* all of these records have its fields */
    int rc = zk_request_check(zh, path, 0);
    char *owned;

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, opcode, kind);
    record.path = zk_request_path(zh, path, &owned);
    record.watch = watcher.fn != NULL;
    zk_record_encode(&zk_record_get_data_request, &record, &(*made)->body);
    zk_free(owned);
    if (record.watch) {
        (*made)->watch = kind_of_watch;
        (*made)->watch_path = zk_own_text(path);
        (*made)->watcher = watcher;
    }
    return ZOK;
}

void zk_build_acl(zk_buffer_t *body, const struct ACL_vector *acl)
{
    int32_t count = acl != NULL ? acl->count : 0;
    int32_t i;

    zk_write_int(body, count);
    for (i = 0; i < count; i++) {
        const struct ACL *from = &acl->data[i];
        zk_acl_t item = {from->perms,
                         {from->id.scheme != NULL ? zk_str(from->id.scheme) : ZK_STR_NULL,
                          from->id.id != NULL ? zk_str(from->id.id) : ZK_STR_NULL}};

        zk_record_encode(&zk_record_acl, &item, body);
    }
}

int zk_build_create_record(zhandle_t *zh, zk_buffer_t *body, int type, const char *path,
                           const char *data, int length, const struct ACL_vector *acl, int mode,
                           int64_t ttl)
{
    int rc = zk_request_check(zh, path, mode);
    char *owned;

    if (rc != ZOK)
        return rc;
    zk_write_str(body, zk_request_path(zh, path, &owned));
    zk_free(owned);
    zk_write_str(body, zk_build_bytes(data, length));
    zk_build_acl(body, acl);
    zk_write_int(body, mode);
    if (type == ZOO_CREATE_TTL_OP)
        zk_write_long(body, ttl);
    return ZOK;
}

zk_watcher_t zk_build_own_watcher(zhandle_t *zh, int watch)
{
    zk_watcher_t watcher = {NULL, NULL};

    if (zh == NULL || watch == 0)
        return watcher;
    zk_session_lock(zh);
    watcher.fn = zh->watcher;
    watcher.context = zh->context;
    zk_session_unlock(zh);
    return watcher;
}

int zk_build_call(zhandle_t *zh, zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena)
{
    int rc = zk_session_call(zh, &request);

    request->code = rc;
    zk_request_decode(request, answer, arena);
    zk_request_free(request);
    return answer->rc;
}

int zk_build_call_data(zhandle_t *zh, zk_request_t *request, char *buffer, int *buffer_len,
                       struct Stat *stat)
{
    zk_arena_t *arena = zk_arena_create();
    zk_answer_t answer;
    int rc = zk_build_call(zh, request, &answer, arena);

    if (rc == ZOK) {
        int size = answer.bytes < *buffer_len ? answer.bytes : *buffer_len;

        if (size > 0 && buffer != NULL)
            memcpy(buffer, answer.text, (size_t)size);
        *buffer_len = size;
        if (stat != NULL)
            *stat = answer.stat;
    }
    zk_arena_destroy(arena);
    return rc;
}
