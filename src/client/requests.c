/* requests.c -- blocking calls: submit one request, step until its answer is there, decode it.
 *
 * The answer is copied into the caller's arena, because the callback's view ends with the callback.
 */
#include "client/requests.h"

#include <string.h>

#include "base/plat.h"
#include "client/path.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"

enum { STEP_MS = 1000 };

typedef struct answer {
    bool arrived;
    int32_t code;
    zk_str_t body;
    zk_arena_t *arena;
} answer_t;

static void on_answer(void *baton, int32_t code, zk_str_t body)
{
    answer_t *answer = baton;

    answer->arrived = true;
    answer->code = code;
    answer->body =
        zk_str_n(zk_arena_copy(answer->arena, body.data, zk_str_size(body)), zk_str_size(body));
}

/* Send REQUEST and wait.  When the answer is OK, decode it as REPLY_DESC into REPLY (NULL: nothing
 * to decode). */
static int32_t call(zk_client_t *client, const zk_client_request_t *request,
                    const zk_record_desc_t *reply_desc, void *reply, zk_arena_t *arena)
{
    answer_t answer = {false, ZK_CODE_OK, {NULL, 0}, arena};
    zk_reader_t reader;

    zk_client_submit(client, request, on_answer, &answer);
    while (!answer.arrived)
        zk_client_step(client, STEP_MS);
    if (answer.code != ZK_CODE_OK || reply_desc == NULL)
        return answer.code;
    reader = zk_reader(answer.body.data, zk_str_size(answer.body));
    if (!zk_record_decode(reply_desc, reply, &reader, arena))
        return ZK_CODE_MARSHALLING_ERROR;
    return ZK_CODE_OK;
}

/* A request without a watch. */
static zk_client_request_t plain(int32_t opcode, const zk_record_desc_t *desc, const void *record)
{
    zk_client_request_t request = {opcode, desc, record, ZK_STR_NULL, ZK_WATCH_NONE, ZK_STR_NULL};

    return request;
}

static zk_client_request_t watching(int32_t opcode, const zk_record_desc_t *desc,
                                    const void *record, bool watch, zk_watch_kind_t kind,
                                    zk_str_t path)
{
    zk_client_request_t request = plain(opcode, desc, record);

    if (watch) {
        request.watch = kind;
        request.watch_path = path;
    }
    return request;
}

static zk_str_t absolute(const zk_client_t *client, zk_str_t path, zk_arena_t *arena)
{
    return zk_client_path_absolute(zk_client_chroot(client), path, arena);
}

static void put_stat(zk_stat_t *to, const zk_stat_t *from)
{
    if (to != NULL)
        *to = *from;
}

zk_acl_vector_t zk_client_acl_open(void)
{
    static zk_acl_t everything = {ZK_PERM_ALL, {{"world", 5}, {"anyone", 6}}};
    zk_acl_vector_t open = {1, &everything};

    return open;
}

static bool flags_have_ttl(int32_t flags)
{
    return flags == ZK_CREATE_TTL || flags == ZK_CREATE_TTL_SEQUENTIAL;
}

int32_t zk_client_create_node(zk_client_t *client, zk_str_t path, zk_str_t data,
                              zk_acl_vector_t acl, int32_t flags, int64_t ttl_ms, zk_str_t *created,
                              zk_arena_t *arena)
{
    zk_create_ttl_request_t ttl = {absolute(client, path, arena), data, acl, flags, ttl_ms};
    zk_create_request_t create = {ttl.path, data, acl, flags};
    zk_create_response_t reply = {{NULL, 0}};
    zk_create2_response_t reply2;
    zk_client_request_t request;
    int32_t code;

    if (flags_have_ttl(flags)) {
        request = plain(ZK_OP_CREATE_TTL, &zk_record_create_ttl_request, &ttl);
        code = call(client, &request, &zk_record_create2_response, &reply2, arena);
    } else if (flags == ZK_CREATE_CONTAINER) {
        request = plain(ZK_OP_CREATE_CONTAINER, &zk_record_create_request, &create);
        code = call(client, &request, &zk_record_create2_response, &reply2, arena);
    } else {
        request = plain(ZK_OP_CREATE, &zk_record_create_request, &create);
        code = call(client, &request, &zk_record_create_response, &reply, arena);
        reply2.path = reply.path;
    }
    if (code == ZK_CODE_OK && created != NULL)
        *created = zk_client_path_relative(zk_client_chroot(client), reply2.path);
    return code;
}

int32_t zk_client_delete(zk_client_t *client, zk_str_t path, int32_t version, zk_arena_t *arena)
{
    /* The root is never deleted, chroot or not: the server shall say so, as it does for upstream's
     * client. */
    bool is_root = zk_str_equal_c(path, "/");
    zk_delete_request_t record = {is_root ? path : absolute(client, path, arena), version};
    zk_client_request_t request = plain(ZK_OP_DELETE, &zk_record_delete_request, &record);

    return call(client, &request, NULL, NULL, arena);
}

int32_t zk_client_exists(zk_client_t *client, zk_str_t path, bool watch, zk_stat_t *stat,
                         zk_arena_t *arena)
{
    zk_exists_request_t record = {absolute(client, path, arena), watch};
    zk_client_request_t request = watching(ZK_OP_EXISTS, &zk_record_exists_request, &record, watch,
                                           ZK_WATCH_DATA, record.path);
    zk_exists_response_t reply;
    int32_t code = call(client, &request, &zk_record_exists_response, &reply, arena);

    if (code == ZK_CODE_OK)
        put_stat(stat, &reply.stat);
    return code;
}

int32_t zk_client_get_data(zk_client_t *client, zk_str_t path, bool watch, zk_str_t *data,
                           zk_stat_t *stat, zk_arena_t *arena)
{
    zk_get_data_request_t record = {absolute(client, path, arena), watch};
    zk_client_request_t request = watching(ZK_OP_GET_DATA, &zk_record_get_data_request, &record,
                                           watch, ZK_WATCH_DATA, record.path);
    zk_get_data_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_data_response, &reply, arena);

    if (code == ZK_CODE_OK) {
        *data = reply.data;
        put_stat(stat, &reply.stat);
    }
    return code;
}

int32_t zk_client_set_data(zk_client_t *client, zk_str_t path, zk_str_t data, int32_t version,
                           zk_stat_t *stat, zk_arena_t *arena)
{
    zk_set_data_request_t record = {absolute(client, path, arena), data, version};
    zk_client_request_t request = plain(ZK_OP_SET_DATA, &zk_record_set_data_request, &record);
    zk_set_data_response_t reply;
    int32_t code = call(client, &request, &zk_record_set_data_response, &reply, arena);

    if (code == ZK_CODE_OK)
        put_stat(stat, &reply.stat);
    return code;
}

int32_t zk_client_get_children(zk_client_t *client, zk_str_t path, bool watch,
                               zk_str_vector_t *children, zk_stat_t *stat, zk_arena_t *arena)
{
    zk_get_children2_request_t record = {absolute(client, path, arena), watch};
    zk_client_request_t request = watching(ZK_OP_GET_CHILDREN2, &zk_record_get_children2_request,
                                           &record, watch, ZK_WATCH_CHILD, record.path);
    zk_get_children2_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_children2_response, &reply, arena);

    if (code == ZK_CODE_OK) {
        *children = reply.children;
        put_stat(stat, &reply.stat);
    }
    return code;
}

int32_t zk_client_get_acl(zk_client_t *client, zk_str_t path, zk_acl_vector_t *acl, zk_stat_t *stat,
                          zk_arena_t *arena)
{
    zk_get_acl_request_t record = {absolute(client, path, arena)};
    zk_client_request_t request = plain(ZK_OP_GET_ACL, &zk_record_get_acl_request, &record);
    zk_get_acl_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_acl_response, &reply, arena);

    if (code == ZK_CODE_OK) {
        *acl = reply.acl;
        put_stat(stat, &reply.stat);
    }
    return code;
}

int32_t zk_client_set_acl(zk_client_t *client, zk_str_t path, zk_acl_vector_t acl, int32_t version,
                          zk_stat_t *stat, zk_arena_t *arena)
{
    zk_set_acl_request_t record = {absolute(client, path, arena), acl, version};
    zk_client_request_t request = plain(ZK_OP_SET_ACL, &zk_record_set_acl_request, &record);
    zk_set_acl_response_t reply;
    int32_t code = call(client, &request, &zk_record_set_acl_response, &reply, arena);

    if (code == ZK_CODE_OK)
        put_stat(stat, &reply.stat);
    return code;
}

int32_t zk_client_sync(zk_client_t *client, zk_str_t path, zk_arena_t *arena)
{
    zk_sync_request_t record = {absolute(client, path, arena)};
    zk_client_request_t request = plain(ZK_OP_SYNC, &zk_record_sync_request, &record);

    return call(client, &request, NULL, NULL, arena);
}

int32_t zk_client_add_watch(zk_client_t *client, zk_str_t path, int32_t mode, zk_arena_t *arena)
{
    zk_add_watch_request_t record = {absolute(client, path, arena), mode};
    zk_client_request_t request = watching(
        ZK_OP_ADD_WATCH, &zk_record_add_watch_request, &record, true,
        mode == ZK_ADD_WATCH_RECURSIVE ? ZK_WATCH_RECURSIVE : ZK_WATCH_PERSISTENT, record.path);

    return call(client, &request, NULL, NULL, arena);
}

int32_t zk_client_count_descendants(zk_client_t *client, zk_str_t path, int32_t *count,
                                    zk_arena_t *arena)
{
    zk_get_all_children_number_request_t record = {absolute(client, path, arena)};
    zk_client_request_t request =
        plain(ZK_OP_GET_ALL_CHILDREN_NUMBER, &zk_record_get_all_children_number_request, &record);
    zk_get_all_children_number_response_t reply;
    int32_t code =
        call(client, &request, &zk_record_get_all_children_number_response, &reply, arena);

    if (code == ZK_CODE_OK)
        *count = reply.total_number;
    return code;
}

int32_t zk_client_get_ephemerals(zk_client_t *client, zk_str_t prefix, zk_str_vector_t *paths,
                                 zk_arena_t *arena)
{
    zk_get_ephemerals_request_t record = {absolute(client, prefix, arena)};
    zk_client_request_t request =
        plain(ZK_OP_GET_EPHEMERALS, &zk_record_get_ephemerals_request, &record);
    zk_get_ephemerals_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_ephemerals_response, &reply, arena);
    int32_t i;

    if (code != ZK_CODE_OK)
        return code;
    for (i = 0; i < reply.ephemerals.count; i++)
        reply.ephemerals.items[i] =
            zk_client_path_relative(zk_client_chroot(client), reply.ephemerals.items[i]);
    *paths = reply.ephemerals;
    return code;
}

int32_t zk_client_whoami(zk_client_t *client, zk_client_info_vector_t *identities,
                         zk_arena_t *arena)
{
    zk_client_request_t request = plain(ZK_OP_WHO_AM_I, NULL, NULL);
    zk_whoami_response_t reply;
    int32_t code = call(client, &request, &zk_record_whoami_response, &reply, arena);

    if (code == ZK_CODE_OK)
        *identities = reply.client_info;
    return code;
}

int32_t zk_client_remove_watches(zk_client_t *client, zk_str_t path, int32_t type, bool local,
                                 zk_arena_t *arena)
{
    zk_remove_watches_request_t record = {absolute(client, path, arena), type};
    zk_client_request_t request =
        plain(ZK_OP_REMOVE_WATCHES, &zk_record_remove_watches_request, &record);
    int32_t code = call(client, &request, NULL, NULL, arena);

    if (code != ZK_CODE_OK && !local)
        return code;
    return zk_client_forget_watches(client, record.path, type) ? ZK_CODE_OK : ZK_CODE_NO_WATCHER;
}

int32_t zk_client_delete_all(zk_client_t *client, const zk_str_t *paths, int32_t count,
                             zk_arena_t *arena)
{
    zk_client_request_t request = plain(ZK_OP_MULTI, NULL, NULL);
    zk_buffer_t body = ZK_BUFFER_INIT;
    zk_multi_header_t first = {0, false, 0};
    int32_t code;
    int32_t i;

    for (i = 0; i < count; i++) {
        zk_delete_request_t record = {absolute(client, paths[i], arena), -1};

        zk_multi_header_encode(&body, ZK_OP_DELETE, false, -1);
        zk_record_encode(&zk_record_delete_request, &record, &body);
    }
    zk_multi_end_encode(&body);
    request.raw = zk_str_n((const char *)zk_buffer_bytes(&body), zk_buffer_size(&body));
    code = call(client, &request, &zk_record_multi_header, &first, arena);
    zk_buffer_free(&body);
    /* When one fails, all entries are errors, those before it with code 0: the first tells. */
    if (code == ZK_CODE_OK && first.type == ZK_OP_ERROR && !first.done)
        return first.err != ZK_CODE_OK ? first.err : ZK_CODE_RUNTIME_INCONSISTENCY;
    return code;
}

int32_t zk_client_get_config(zk_client_t *client, bool watch, zk_str_t *data, zk_stat_t *stat,
                             zk_arena_t *arena)
{
    zk_get_data_request_t record = {zk_str("/zookeeper/config"), watch};
    zk_client_request_t request = watching(ZK_OP_GET_DATA, &zk_record_get_data_request, &record,
                                           watch, ZK_WATCH_DATA, record.path);
    zk_get_data_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_data_response, &reply, arena);

    if (code == ZK_CODE_OK) {
        *data = reply.data;
        put_stat(stat, &reply.stat);
    }
    return code;
}

int32_t zk_client_reconfig(zk_client_t *client, zk_str_t joining, zk_str_t leaving,
                           zk_str_t members, int64_t version, zk_str_t *config, zk_stat_t *stat,
                           zk_arena_t *arena)
{
    zk_reconfig_request_t record = {joining, leaving, members, version};
    zk_client_request_t request = plain(ZK_OP_RECONFIG, &zk_record_reconfig_request, &record);
    zk_get_data_response_t reply;
    int32_t code = call(client, &request, &zk_record_get_data_response, &reply, arena);

    if (code == ZK_CODE_OK) {
        *config = reply.data;
        put_stat(stat, &reply.stat);
    }
    return code;
}

void zk_client_authenticate(zk_client_t *client, const char *scheme, zk_str_t auth)
{
    int rounds = zk_client_failed_rounds(client);

    zk_client_add_auth(client, scheme, auth);
    while (zk_client_state(client) == ZK_CLIENT_CONNECTING &&
           zk_client_failed_rounds(client) == rounds)
        zk_client_step(client, STEP_MS);
    while (zk_client_auth_waiting(client) > 0)
        zk_client_step(client, STEP_MS);
}

bool zk_client_wait_connected(zk_client_t *client, int64_t timeout_ms)
{
    int64_t until = plat_monotonic_ms() + timeout_ms;

    while (zk_client_state(client) == ZK_CLIENT_CONNECTING) {
        int64_t left = until - plat_monotonic_ms();

        if (left <= 0)
            return false;
        zk_client_step(client, left);
    }
    return zk_client_is_alive(client);
}
