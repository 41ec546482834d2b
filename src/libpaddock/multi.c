/* multi.c -- several operations in one request: all or none, or several reads.
 *
 * The list on the wire has a header before each operation and a marker at its end.  In the answer
 * to a multi that failed every entry is an error: 0 before the operation that failed, its code, and
 * ZRUNTIMEINCONSISTENCY behind it. */
#include "libpaddock/session.h"

#include <string.h>

#include "client/path.h"
#include "libpaddock/build.h"
#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"

static int create_type(int mode, int otherwise)
{
    if (mode == ZK_CREATE_CONTAINER)
        return ZOO_CREATE_CONTAINER_OP;
    if (mode == ZK_CREATE_TTL || mode == ZK_CREATE_TTL_SEQUENTIAL)
        return ZOO_CREATE_TTL_OP;
    return otherwise;
}

static void init_create(zoo_op_t *op, const char *path, const char *value, int valuelen,
                        const struct ACL_vector *acl, int mode, char *path_buffer,
                        int path_buffer_len)
{
    op->create_op.path = path;
    op->create_op.data = value;
    op->create_op.datalen = valuelen;
    op->create_op.buf = path_buffer;
    op->create_op.buflen = path_buffer_len;
    op->create_op.acl = acl;
    op->create_op.flags = mode;
    op->create_op.ttl = 0;
}

void zoo_create_op_init(zoo_op_t *op, const char *path, const char *value, int valuelen,
                        const struct ACL_vector *acl, int mode, char *path_buffer,
                        int path_buffer_len)
{
    op->type = create_type(mode, ZOO_CREATE_OP);
    init_create(op, path, value, valuelen, acl, mode, path_buffer, path_buffer_len);
}

void zoo_create2_op_init(zoo_op_t *op, const char *path, const char *value, int valuelen,
                         const struct ACL_vector *acl, int mode, char *path_buffer,
                         int path_buffer_len)
{
    op->type = create_type(mode, ZOO_CREATE2_OP);
    init_create(op, path, value, valuelen, acl, mode, path_buffer, path_buffer_len);
}

void zoo_delete_op_init(zoo_op_t *op, const char *path, int version)
{
    op->type = ZOO_DELETE_OP;
    op->delete_op.path = path;
    op->delete_op.version = version;
}

void zoo_set_op_init(zoo_op_t *op, const char *path, const char *buffer, int buflen, int version,
                     struct Stat *stat)
{
    op->type = ZOO_SETDATA_OP;
    op->set_op.path = path;
    op->set_op.data = buffer;
    op->set_op.datalen = buflen;
    op->set_op.version = version;
    op->set_op.stat = stat;
}

void zoo_check_op_init(zoo_op_t *op, const char *path, int version)
{
    op->type = ZOO_CHECK_OP;
    op->check_op.path = path;
    op->check_op.version = version;
}

/* ---- the request ---- */

static int append_create(zhandle_t *zh, zk_request_t *request, const zoo_op_t *op)
{
    zk_multi_header_encode(&request->body, op->type, false, -1);
    return zk_build_create_record(zh, &request->body, op->type, op->create_op.path,
                                  op->create_op.data, op->create_op.datalen, op->create_op.acl,
                                  op->create_op.flags, op->create_op.ttl);
}

static int append_other(zhandle_t *zh, zk_request_t *request, const zoo_op_t *op)
{
    const char *path = op->type == ZOO_DELETE_OP    ? op->delete_op.path
                       : op->type == ZOO_SETDATA_OP ? op->set_op.path
                                                    : op->check_op.path;
    int rc = zk_request_check(zh, path, 0);
    zk_delete_request_t delete_;
    zk_set_data_request_t set;
    zk_check_version_request_t check;
    char *owned;

    if (rc != ZOK)
        return rc;
    zk_multi_header_encode(&request->body, op->type, false, -1);
    delete_.path = set.path = check.path = zk_request_path(zh, path, &owned);
    if (op->type == ZOO_DELETE_OP) {
        delete_.version = op->delete_op.version;
        zk_record_encode(&zk_record_delete_request, &delete_, &request->body);
    } else if (op->type == ZOO_SETDATA_OP) {
        set.data = zk_build_bytes(op->set_op.data, op->set_op.datalen);
        set.version = op->set_op.version;
        zk_record_encode(&zk_record_set_data_request, &set, &request->body);
    } else {
        check.version = op->check_op.version;
        zk_record_encode(&zk_record_check_version_request, &check, &request->body);
    }
    zk_free(owned);
    return ZOK;
}

static int append_op(zhandle_t *zh, zk_request_t *request, const zoo_op_t *op,
                     zoo_op_result_t *result)
{
    memset(result, 0, sizeof(*result));
    switch (op->type) {
    case ZOO_CREATE_OP:
    case ZOO_CREATE2_OP:
    case ZOO_CREATE_CONTAINER_OP:
    case ZOO_CREATE_TTL_OP:
        result->value = op->create_op.buf;
        result->valuelen = op->create_op.buflen;
        return append_create(zh, request, op);
    case ZOO_SETDATA_OP:
        result->stat = op->set_op.stat;
        return append_other(zh, request, op);
    case ZOO_DELETE_OP:
    case ZOO_CHECK_OP:
        return append_other(zh, request, op);
    default:
        return ZUNIMPLEMENTED;
    }
}

static int build_multi(zhandle_t *zh, int count, const zoo_op_t *ops, zoo_op_result_t *results,
                       zk_request_t **made)
{
    zk_request_t *request;
    int rc = zk_request_check(zh, "/", 0);
    int i;

    if (rc == ZOK && (count < 0 || (count > 0 && (ops == NULL || results == NULL))))
        rc = ZBADARGUMENTS;
    if (rc != ZOK)
        return rc;
    request = zk_request_create(zh, ZK_OP_MULTI, ZK_REPLY_MULTI);
    request->count = count;
    request->results = results;
    for (i = 0; i < count && rc == ZOK; i++)
        rc = append_op(zh, request, &ops[i], &results[i]);
    zk_multi_end_encode(&request->body);
    if (rc != ZOK)
        zk_request_free(request);
    else
        *made = request;
    return rc;
}

int zoo_amulti(zhandle_t *zh, int count, const zoo_op_t *ops, zoo_op_result_t *results,
               void_completion_t completion, const void *data)
{
    zk_request_t *request;
    int rc = build_multi(zh, count, ops, results, &request);

    return rc != ZOK ? rc : zk_session_submit(zh, request, (zk_completion_fn_t *)completion, data);
}

int zoo_multi(zhandle_t *zh, int count, const zoo_op_t *ops, zoo_op_result_t *results)
{
    zk_request_t *request;
    int rc = build_multi(zh, count, ops, results, &request);
    zk_answer_t answer;

    return rc != ZOK ? rc : zk_build_call(zh, request, &answer, NULL);
}

/* ---- the answer ---- */

/* Put PATH where the caller of a create wants it, cut to the room there. */
static void put_path(const zhandle_t *zh, zoo_op_result_t *result, zk_str_t path)
{
    size_t size;

    path = zk_client_path_relative(zh->chroot, path);
    size = zk_str_size(path);
    if (result->value == NULL || result->valuelen <= 0 || zk_str_is_null(path))
        return;
    if (size > (size_t)result->valuelen - 1)
        size = (size_t)result->valuelen - 1;
    memcpy(result->value, path.data, size);
    result->value[size] = '\0';
    result->valuelen = (int)size + 1;
}

/* Read the entry that follows HEADER into RESULT; false when it does not decode. */
static bool read_entry(zk_request_t *request, const zk_multi_header_t *header,
                       zoo_op_result_t *result, zk_reader_t *reader)
{
    zk_error_response_t error;
    zk_create_response_t create;
    zk_create2_response_t create2;
    zk_set_data_response_t set;

    result->err = header->err;
    switch (header->type) {
    case ZK_OP_ERROR:
        if (!zk_record_decode(&zk_record_error_response, &error, reader, NULL))
            return false;
        result->err = error.err;
        return true;
    case ZK_OP_CREATE:
        if (!zk_record_decode(&zk_record_create_response, &create, reader, NULL))
            return false;
        put_path(request->zh, result, create.path);
        return true;
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
    case ZK_OP_CREATE_TTL:
        if (!zk_record_decode(&zk_record_create2_response, &create2, reader, NULL))
            return false;
        put_path(request->zh, result, create2.path);
        return true;
    case ZK_OP_SET_DATA:
        if (!zk_record_decode(&zk_record_set_data_response, &set, reader, NULL))
            return false;
        if (result->stat != NULL)
            zk_copy_stat(result->stat, &set.stat);
        return true;
    case ZK_OP_DELETE:
    case ZK_OP_CHECK:
        return true;
    default:
        return false;
    }
}

static int fail_all(zk_request_t *request, int rc)
{
    int i;

    for (i = 0; request->results != NULL && i < request->count; i++)
        request->results[i].err = rc;
    return rc;
}

int zk_multi_answer(zk_request_t *request)
{
    zk_reader_t reader = zk_request_reader(request);
    int rc = ZOK;
    int i;

    if (request->code != ZOK)
        return fail_all(request, request->code);
    for (i = 0;; i++) {
        zk_multi_header_t header;

        if (!zk_record_decode(&zk_record_multi_header, &header, &reader, NULL))
            return fail_all(request, ZMARSHALLINGERROR);
        if (header.done)
            return i == request->count ? rc : fail_all(request, ZMARSHALLINGERROR);
        if (i >= request->count || !read_entry(request, &header, &request->results[i], &reader))
            return fail_all(request, ZMARSHALLINGERROR);
        if (rc == ZOK && request->results[i].err != ZRUNTIMEINCONSISTENCY)
            rc = request->results[i].err;
    }
}

/* ---- several reads ---- */

static int build_reads(zhandle_t *zh, int count, const zoo_read_op_t *ops, zk_request_t **made)
{
    zk_request_t *request;
    int rc = zk_request_check(zh, "/", 0);
    int i;

    if (rc == ZOK && (count < 0 || (count > 0 && ops == NULL)))
        rc = ZBADARGUMENTS;
    if (rc != ZOK)
        return rc;
    request = zk_request_create(zh, ZK_OP_MULTI_READ, ZK_REPLY_READS);
    request->count = count;
    for (i = 0; i < count && rc == ZOK; i++) {
        zk_get_data_request_t record = {{NULL, 0}, false}; /* get children has the same fields */
        char *owned;

        rc = zk_request_check(zh, ops[i].path, 0);
        if (ops[i].type != ZOO_GETDATA_OP && ops[i].type != ZOO_GETCHILDREN_OP)
            rc = ZUNIMPLEMENTED;
        if (rc != ZOK)
            break;
        record.path = zk_request_path(zh, ops[i].path, &owned);
        zk_multi_header_encode(&request->body, ops[i].type, false, -1);
        zk_record_encode(&zk_record_get_data_request, &record, &request->body);
        zk_free(owned);
    }
    zk_multi_end_encode(&request->body);
    if (rc != ZOK)
        zk_request_free(request);
    else
        *made = request;
    return rc;
}

static bool read_result(const zk_multi_header_t *header, zoo_read_result_t *result,
                        zk_reader_t *reader, zk_arena_t *arena)
{
    zk_error_response_t error;
    zk_get_data_response_t data;
    zk_get_children_response_t children;

    memset(result, 0, sizeof(*result));
    result->err = header->err;
    switch (header->type) {
    case ZK_OP_ERROR:
        if (!zk_record_decode(&zk_record_error_response, &error, reader, arena))
            return false;
        result->err = error.err;
        return true;
    case ZK_OP_GET_DATA:
        if (!zk_record_decode(&zk_record_get_data_response, &data, reader, arena))
            return false;
        zk_copy_stat(&result->stat, &data.stat);
        result->data_len = zk_str_is_null(data.data) ? -1 : (int)zk_str_size(data.data);
        if (result->data_len >= 0)
            result->data = zk_arena_copy(arena, data.data.data, zk_str_size(data.data));
        return true;
    case ZK_OP_GET_CHILDREN:
        if (!zk_record_decode(&zk_record_get_children_response, &children, reader, arena))
            return false;
        result->children = zk_copy_strings(&children.children, NULL, arena);
        return true;
    default:
        return false;
    }
}

int zk_reads_answer(zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena)
{
    zk_reader_t reader = zk_request_reader(request);
    int i;

    if (request->code != ZOK)
        return request->code;
    answer->reads = zk_arena_calloc(arena, (size_t)request->count + 1, sizeof(*answer->reads));
    for (i = 0;; i++) {
        zk_multi_header_t header;

        if (!zk_record_decode(&zk_record_multi_header, &header, &reader, NULL))
            return ZMARSHALLINGERROR;
        if (header.done)
            return i == request->count ? ZOK : ZMARSHALLINGERROR;
        if (i >= request->count || !read_result(&header, &answer->reads[i], &reader, arena))
            return ZMARSHALLINGERROR;
    }
}

int zoo_amulti_read(zhandle_t *zh, int count, const zoo_read_op_t *ops,
                    reads_completion_t completion, const void *data)
{
    zk_request_t *request;
    int rc = build_reads(zh, count, ops, &request);

    return rc != ZOK ? rc : zk_session_submit(zh, request, (zk_completion_fn_t *)completion, data);
}

int zoo_multi_read(zhandle_t *zh, int count, const zoo_read_op_t *ops, zoo_read_result_t *results)
{
    zk_arena_t *arena = zk_arena_create();
    zk_request_t *request;
    zk_answer_t answer;
    int rc = build_reads(zh, count, ops, &request);
    int i;

    if (rc == ZOK)
        rc = zk_build_call(zh, request, &answer, arena);
    for (i = 0; rc == ZOK && i < count; i++) {
        const zoo_read_result_t *from = &answer.reads[i];

        results[i] = *from;
        if (from->data != NULL) {
            results[i].data = zk_malloc((size_t)from->data_len + 1);
            memcpy(results[i].data, from->data, (size_t)from->data_len + 1);
        }
        zk_own_strings(&results[i].children, &from->children);
    }
    zk_arena_destroy(arena);
    return rc;
}

void zoo_free_read_results(int count, zoo_read_result_t *results)
{
    int i;

    for (i = 0; i < count; i++) {
        deallocate_String(&results[i].data);
        deallocate_String_vector(&results[i].children);
    }
}
