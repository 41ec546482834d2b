/* requests.c -- one request: made, checked, and at its end decoded for whoever asked.
 *
 * Decoding happens on the thread that wants the result, so the I/O thread only moves bytes. */
#include "libpaddock/session.h"

#include <string.h>

#include "client/path.h"
#include "wire/codec.h"
#include "wire/opcode.h"

zk_request_t *zk_request_create(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind)
{
    zk_request_t *request = zk_calloc(1, sizeof(*request));

    request->zh = zh;
    request->opcode = opcode;
    request->kind = kind;
    request->watch = ZK_WATCH_NONE;
    return request;
}

void zk_request_free(zk_request_t *request)
{
    zk_buffer_free(&request->body);
    zk_buffer_free(&request->answer);
    zk_free(request->text);
    zk_free(request->watch_path);
    zk_free(request->types);
    zk_free(request->watchers.items);
    zk_free(request);
}

static bool is_sequential(int mode)
{
    return mode == ZK_CREATE_PERSISTENT_SEQUENTIAL || mode == ZK_CREATE_EPHEMERAL_SEQUENTIAL ||
           mode == ZK_CREATE_TTL_SEQUENTIAL;
}

int zk_request_check(zhandle_t *zh, const char *path, int mode)
{
    zk_note_t note;
    bool is_final;

    if (zh == NULL || path == NULL ||
        !zk_client_path_check(zk_str(path), is_sequential(mode), &note))
        return ZBADARGUMENTS;
    zk_session_lock(zh);
    is_final = zk_state_is_final(zh->state) || zh->is_closing;
    zk_session_unlock(zh);
    return is_final ? ZINVALIDSTATE : ZOK;
}

zk_str_t zk_request_path(const zhandle_t *zh, const char *path, char **owned)
{
    size_t root = strlen(zh->chroot);
    size_t rest = strcmp(path, "/") == 0 ? 0 : strlen(path);

    *owned = NULL;
    if (root == 0 || strcmp(path, ZOO_CONFIG_NODE) == 0)
        return zk_str(path);
    *owned = zk_malloc(root + rest + 1);
    memcpy(*owned, zh->chroot, root);
    memcpy(*owned + root, path, rest);
    (*owned)[root + rest] = '\0';
    return zk_str(*owned);
}

/* ---- decoding ---- */

static void put_text(zk_answer_t *answer, zk_str_t text, zk_arena_t *arena)
{
    answer->is_null = zk_str_is_null(text);
    answer->bytes = answer->is_null ? -1 : (int)zk_str_size(text);
    answer->text = answer->is_null ? NULL : zk_arena_copy(arena, text.data, zk_str_size(text));
}

static char *copy_text(zk_str_t text, zk_arena_t *arena)
{
    return zk_str_is_null(text) ? NULL : zk_arena_copy(arena, text.data, zk_str_size(text));
}

static void put_path(zk_answer_t *answer, const zhandle_t *zh, zk_str_t path, zk_arena_t *arena)
{
    put_text(answer, zk_client_path_relative(zh->chroot, path), arena);
}

static void put_acl(zk_answer_t *answer, const zk_acl_vector_t *acl, zk_arena_t *arena)
{
    int32_t count = acl->count > 0 ? acl->count : 0;
    int32_t i;

    answer->acl.count = count;
    answer->acl.data = zk_arena_calloc(arena, (size_t)count, sizeof(*answer->acl.data));
    for (i = 0; i < count; i++) {
        answer->acl.data[i].perms = acl->items[i].perms;
        answer->acl.data[i].id.scheme = copy_text(acl->items[i].id.scheme, arena);
        answer->acl.data[i].id.id = copy_text(acl->items[i].id.id, arena);
    }
}

static void put_infos(zk_answer_t *answer, const zk_client_info_vector_t *infos, zk_arena_t *arena)
{
    int32_t count = infos->count > 0 ? infos->count : 0;
    int32_t i;

    answer->infos.count = count;
    answer->infos.data = zk_arena_calloc(arena, (size_t)count, sizeof(*answer->infos.data));
    for (i = 0; i < count; i++) {
        answer->infos.data[i].auth_scheme = copy_text(infos->items[i].auth_scheme, arena);
        answer->infos.data[i].user = copy_text(infos->items[i].user, arena);
    }
}

/* Any of the records that answers are made of. */
typedef union reply {
    zk_set_data_response_t stat;
    zk_get_data_response_t data;
    zk_get_children_response_t children;
    zk_get_children2_response_t children2;
    zk_get_ephemerals_response_t ephemerals;
    zk_create_response_t create;
    zk_create2_response_t create2;
    zk_get_acl_response_t acl;
    zk_get_all_children_number_response_t number;
    zk_whoami_response_t whoami;
} reply_t;

static const zk_record_desc_t *record_of(zk_reply_kind_t kind)
{
    switch (kind) {
    case ZK_REPLY_STAT:
        return &zk_record_set_data_response;
    case ZK_REPLY_DATA:
        return &zk_record_get_data_response;
    case ZK_REPLY_STRINGS:
        return &zk_record_get_children_response;
    case ZK_REPLY_STRINGS_STAT:
        return &zk_record_get_children2_response;
    case ZK_REPLY_EPHEMERALS:
        return &zk_record_get_ephemerals_response;
    case ZK_REPLY_PATH:
        return &zk_record_create_response;
    case ZK_REPLY_PATH_OF_STAT:
    case ZK_REPLY_PATH_STAT:
        return &zk_record_create2_response;
    case ZK_REPLY_ACL:
        return &zk_record_get_acl_response;
    case ZK_REPLY_NUMBER:
        return &zk_record_get_all_children_number_response;
    case ZK_REPLY_CLIENT_INFOS:
        return &zk_record_whoami_response;
    default:
        return NULL;
    }
}

static void convert(zk_answer_t *answer, const zk_request_t *request, const reply_t *reply,
                    zk_arena_t *arena)
{
    const zhandle_t *zh = request->zh;

    switch (request->kind) {
    case ZK_REPLY_STAT:
        zk_copy_stat(&answer->stat, &reply->stat.stat);
        break;
    case ZK_REPLY_DATA:
        put_text(answer, reply->data.data, arena);
        zk_copy_stat(&answer->stat, &reply->data.stat);
        break;
    case ZK_REPLY_STRINGS:
        answer->strings = zk_copy_strings(&reply->children.children, NULL, arena);
        break;
    case ZK_REPLY_STRINGS_STAT:
        answer->strings = zk_copy_strings(&reply->children2.children, NULL, arena);
        zk_copy_stat(&answer->stat, &reply->children2.stat);
        break;
    case ZK_REPLY_EPHEMERALS:
        answer->strings = zk_copy_strings(&reply->ephemerals.ephemerals, zh->chroot, arena);
        break;
    case ZK_REPLY_PATH:
        put_path(answer, zh, reply->create.path, arena);
        break;
    case ZK_REPLY_PATH_OF_STAT:
    case ZK_REPLY_PATH_STAT:
        put_path(answer, zh, reply->create2.path, arena);
        zk_copy_stat(&answer->stat, &reply->create2.stat);
        break;
    case ZK_REPLY_ACL:
        put_acl(answer, &reply->acl.acl, arena);
        zk_copy_stat(&answer->stat, &reply->acl.stat);
        break;
    case ZK_REPLY_NUMBER:
        answer->number = reply->number.total_number;
        break;
    case ZK_REPLY_CLIENT_INFOS:
        put_infos(answer, &reply->whoami.client_info, arena);
        break;
    default:
        break;
    }
}

zk_reader_t zk_request_reader(const zk_request_t *request)
{
    size_t size = zk_buffer_size(&request->answer);

    return zk_reader(size > 0 ? (const void *)zk_buffer_bytes(&request->answer) : "", size);
}

void zk_request_decode(zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena)
{
    const zk_record_desc_t *desc = record_of(request->kind);
    zk_reader_t reader = zk_request_reader(request);
    reply_t reply;

    memset(answer, 0, sizeof(*answer));
    answer->rc = request->code;
    if (request->kind == ZK_REPLY_MULTI) {
        answer->rc = zk_multi_answer(request);
    } else if (request->kind == ZK_REPLY_READS) {
        answer->rc = zk_reads_answer(request, answer, arena);
    } else if (request->code == ZOK && desc != NULL) {
        if (zk_record_decode(desc, &reply, &reader, arena))
            convert(answer, request, &reply, arena);
        else
            answer->rc = ZMARSHALLINGERROR;
    }
}

/* ---- completions ---- */

static void call(const zk_request_t *request, zk_answer_t *answer)
{
    const void *data = request->data;
    int rc = answer->rc;
    bool ok = rc == ZOK;
    struct Stat *stat = ok ? &answer->stat : NULL;
    const struct String_vector *strings = ok ? &answer->strings : NULL;

    switch (request->kind) {
    case ZK_REPLY_VOID:
    case ZK_REPLY_MULTI:
        ((void_completion_t)request->completion)(rc, data);
        break;
    case ZK_REPLY_STAT:
        ((stat_completion_t)request->completion)(rc, stat, data);
        break;
    case ZK_REPLY_DATA:
        ((data_completion_t)request->completion)(rc, answer->text, ok ? answer->bytes : 0, stat,
                                                 data);
        break;
    case ZK_REPLY_STRINGS:
    case ZK_REPLY_EPHEMERALS:
        ((strings_completion_t)request->completion)(rc, strings, data);
        break;
    case ZK_REPLY_STRINGS_STAT:
        ((strings_stat_completion_t)request->completion)(rc, strings, stat, data);
        break;
    case ZK_REPLY_PATH:
    case ZK_REPLY_PATH_OF_STAT:
        ((string_completion_t)request->completion)(rc, answer->text, data);
        break;
    case ZK_REPLY_PATH_STAT:
        ((string_stat_completion_t)request->completion)(rc, answer->text, stat, data);
        break;
    case ZK_REPLY_ACL:
        ((acl_completion_t)request->completion)(rc, ok ? &answer->acl : NULL, stat, data);
        break;
    case ZK_REPLY_READS:
        ((reads_completion_t)request->completion)(rc, ok ? request->count : 0, answer->reads, data);
        break;
    case ZK_REPLY_NUMBER:
        ((number_completion_t)request->completion)(rc, answer->number, data);
        break;
    case ZK_REPLY_CLIENT_INFOS:
        ((client_infos_completion_t)request->completion)(rc, ok ? &answer->infos : NULL, data);
        break;
    case ZK_REPLY_EVENT:
        break;
    }
}

void zk_request_complete(zk_request_t *request)
{
    zk_arena_t *arena = zk_arena_create();
    zk_answer_t answer;

    zk_request_decode(request, &answer, arena);
    if (request->completion != NULL)
        call(request, &answer);
    zk_arena_destroy(arena);
}
