/* multi.c -- reading and writing the one list that is not a jute record.
 *
 * A MultiHeader announces each record by its opcode; one with `done` set ends the list, whatever
 * else it holds.  The number of operations is not known before the end, so the list grows by
 * doubling in the arena: with at least 17 bytes per operation, memory stays within a fixed multiple
 * of the input.
 *
 * Reads and writes never mix.  A list of writes under multiRead decodes to its end, because
 * upstream refuses it only when it comes to execute the first of them; so INVALID_AT is 0 or -1,
 * and a list that mixes both fails.
 *
 * Facts: upstream MultiOperationRecord.java, Op.java, CreateMode.java at 3.9.5. */
#include "wire/multi.h"

#include <string.h>

#include "wire/codec.h"
#include "wire/opcode.h"

enum { FIRST_CAPACITY = 8 };

static bool flags_have_ttl(int32_t flags)
{
    return flags == ZK_CREATE_TTL || flags == ZK_CREATE_TTL_SEQUENTIAL;
}

static bool flags_are_known(int32_t flags)
{
    return flags >= ZK_CREATE_PERSISTENT && flags <= ZK_CREATE_TTL_SEQUENTIAL;
}

static bool decode_create(zk_multi_op_t *op, zk_reader_t *reader, zk_arena_t *arena)
{
    zk_create_request_t *create = &op->request.create;

    if (!zk_record_decode(&zk_record_create_request, create, reader, arena))
        return false;
    if (!flags_are_known(create->flags) || flags_have_ttl(create->flags) || create->acl.count < 0)
        return false;
    if (create->flags == ZK_CREATE_CONTAINER)
        op->type = ZK_OP_CREATE_CONTAINER;
    return true;
}

static bool decode_create_ttl(zk_multi_op_t *op, zk_reader_t *reader, zk_arena_t *arena)
{
    zk_create_ttl_request_t ttl;
    zk_create_request_t create;

    if (!zk_record_decode(&zk_record_create_ttl_request, &ttl, reader, arena))
        return false;
    if (!flags_are_known(ttl.flags))
        return false;
    if (flags_have_ttl(ttl.flags)) {
        op->request.create_ttl = ttl;
        return true;
    }
    create.path = ttl.path;
    create.data = ttl.data;
    create.acl = ttl.acl;
    create.flags = ttl.flags;
    op->type = ttl.flags == ZK_CREATE_CONTAINER ? ZK_OP_CREATE_CONTAINER : ZK_OP_CREATE;
    op->request.create = create;
    return true;
}

/* Decode the record of OP->type.  *KIND tells which of the two opcodes the operation belongs to. */
static bool decode_op(zk_multi_op_t *op, zk_multi_kind_t *kind, zk_reader_t *reader,
                      zk_arena_t *arena)
{
    *kind = ZK_MULTI_WRITE;
    switch (op->type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
        return decode_create(op, reader, arena);
    case ZK_OP_CREATE_TTL:
        return decode_create_ttl(op, reader, arena);
    case ZK_OP_DELETE:
        return zk_record_decode(&zk_record_delete_request, &op->request.delete_, reader, arena);
    case ZK_OP_SET_DATA:
        return zk_record_decode(&zk_record_set_data_request, &op->request.set_data, reader, arena);
    case ZK_OP_CHECK:
        return zk_record_decode(&zk_record_check_version_request, &op->request.check, reader,
                                arena);
    case ZK_OP_GET_DATA:
        *kind = ZK_MULTI_READ;
        if (!zk_record_decode(&zk_record_get_data_request, &op->request.get_data, reader, arena))
            return false;
        op->request.get_data.watch = false; /* multiRead sets no watches */
        return true;
    case ZK_OP_GET_CHILDREN:
        *kind = ZK_MULTI_READ;
        if (!zk_record_decode(&zk_record_get_children_request, &op->request.get_children, reader,
                              arena))
            return false;
        op->request.get_children.watch = false;
        return true;
    default:
        return false;
    }
}

/* Upstream looks at the paths of all writes before it checks the first, and fails the whole on a
 * null one.  Every write's record begins with its path. */
static bool has_null_path(const zk_multi_request_t *request)
{
    int32_t i;

    for (i = 0; i < request->count; i++)
        if (zk_str_is_null(request->ops[i].request.delete_.path))
            return true;
    return false;
}

/* Room for one operation more; returns it, not yet counted. */
static zk_multi_op_t *next_op(zk_multi_request_t *request, int32_t *capacity, zk_arena_t *arena)
{
    if (request->count == *capacity) {
        int32_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
        zk_multi_op_t *ops = zk_arena_alloc(arena, (size_t)larger * sizeof(*ops));

        if (request->count > 0)
            memcpy(ops, request->ops, (size_t)request->count * sizeof(*ops));
        request->ops = ops;
        *capacity = larger;
    }
    return &request->ops[request->count];
}

static bool decode_list(zk_multi_request_t *request, zk_multi_kind_t *kind, zk_reader_t *reader,
                        zk_arena_t *arena)
{
    int32_t capacity = 0;

    for (;;) {
        int32_t type = zk_read_int(reader);
        bool done = zk_read_bool(reader);
        zk_multi_kind_t op_kind;
        zk_multi_op_t *op;

        zk_read_int(reader);
        if (reader->failed)
            return false;
        if (done)
            return true;
        op = next_op(request, &capacity, arena);
        op->type = type;
        if (!decode_op(op, &op_kind, reader, arena))
            return false;
        if (request->count > 0 && op_kind != *kind)
            return false;
        *kind = op_kind;
        request->count++;
    }
}

bool zk_multi_decode(zk_multi_request_t *request, zk_multi_kind_t kind, int32_t *invalid_at,
                     zk_reader_t *reader, zk_arena_t *arena)
{
    zk_multi_kind_t found = kind;

    request->count = 0;
    request->ops = NULL;
    if (invalid_at != NULL)
        *invalid_at = -1;
    if (decode_list(request, &found, reader, arena)) {
        if (found == kind && (kind == ZK_MULTI_READ || !has_null_path(request)))
            return true;
        if (kind == ZK_MULTI_READ && invalid_at != NULL) {
            *invalid_at = 0;
            request->count = 0;
            return true;
        }
    }
    reader->failed = true;
    return false;
}

void zk_multi_header_encode(zk_buffer_t *buffer, int32_t type, bool done, int32_t err)
{
    uint8_t *at = zk_buffer_extend(buffer, 9);

    zk_put_u32(at, (uint32_t)type);
    at[4] = done ? 1 : 0;
    zk_put_u32(at + 5, (uint32_t)err);
}

void zk_multi_end_encode(zk_buffer_t *buffer)
{
    zk_multi_header_encode(buffer, -1, true, -1);
}

void zk_multi_error_encode(zk_buffer_t *buffer, int32_t err)
{
    zk_multi_header_encode(buffer, ZK_OP_ERROR, false, err);
    zk_write_int(buffer, err);
}
