/* fuzz_multi.c -- the list of multi (first byte even) and multiRead (odd).
 *
 * Every operation that comes out must be of the kind asked for and encode again; the list made of
 * them must decode to the same number. */
#include "fuzz.h"

#include "wire/codec.h"
#include "wire/multi.h"
#include "wire/opcode.h"

static const zk_record_desc_t *op_desc(int32_t type, zk_multi_kind_t kind)
{
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
        return kind == ZK_MULTI_WRITE ? &zk_record_create_request : NULL;
    case ZK_OP_CREATE_TTL:
        return kind == ZK_MULTI_WRITE ? &zk_record_create_ttl_request : NULL;
    case ZK_OP_DELETE:
        return kind == ZK_MULTI_WRITE ? &zk_record_delete_request : NULL;
    case ZK_OP_SET_DATA:
        return kind == ZK_MULTI_WRITE ? &zk_record_set_data_request : NULL;
    case ZK_OP_CHECK:
        return kind == ZK_MULTI_WRITE ? &zk_record_check_version_request : NULL;
    case ZK_OP_GET_DATA:
        return kind == ZK_MULTI_READ ? &zk_record_get_data_request : NULL;
    case ZK_OP_GET_CHILDREN:
        return kind == ZK_MULTI_READ ? &zk_record_get_children_request : NULL;
    default:
        return NULL;
    }
}

/* A createTTL that was turned into a create may lack its ACL; a plain create may not, so that list
 * cannot be read again. */
static bool lacks_acl(const zk_multi_op_t *op)
{
    return (op->type == ZK_OP_CREATE || op->type == ZK_OP_CREATE_CONTAINER) &&
           op->request.create.acl.count < 0;
}

static void check_decoded(const zk_multi_request_t *request, zk_multi_kind_t kind,
                          zk_arena_t *arena)
{
    zk_buffer_t encoded = ZK_BUFFER_INIT;
    zk_multi_request_t again;
    zk_reader_t reader;
    int32_t invalid_at;
    int32_t i;

    for (i = 0; i < request->count; i++)
        if (lacks_acl(&request->ops[i]))
            return;
    for (i = 0; i < request->count; i++) {
        const zk_record_desc_t *desc = op_desc(request->ops[i].type, kind);

        ZK_ASSERT(desc != NULL);
        zk_multi_header_encode(&encoded, request->ops[i].type, false, -1);
        zk_record_encode(desc, &request->ops[i].request, &encoded);
    }
    zk_multi_end_encode(&encoded);
    reader = zk_reader(zk_buffer_bytes(&encoded), zk_buffer_size(&encoded));
    ZK_ASSERT(zk_multi_decode(&again, kind, &invalid_at, &reader, arena));
    ZK_ASSERT(again.count == request->count && invalid_at == -1);
    for (i = 0; i < request->count; i++) {
        ZK_ASSERT(again.ops[i].type == request->ops[i].type);
        ZK_ASSERT(zk_record_equal(op_desc(again.ops[i].type, kind), &again.ops[i].request,
                                  &request->ops[i].request));
    }
    zk_buffer_free(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    zk_arena_t *arena;
    zk_multi_request_t request;
    zk_multi_kind_t kind;
    zk_reader_t reader;
    int32_t invalid_at;

    if (size == 0)
        return 0;
    arena = zk_arena_create();
    kind = data[0] % 2 == 0 ? ZK_MULTI_WRITE : ZK_MULTI_READ;
    reader = zk_reader(data + 1, size - 1);
    if (zk_multi_decode(&request, kind, &invalid_at, &reader, arena))
        check_decoded(&request, kind, arena);
    else
        ZK_ASSERT(reader.failed);
    zk_arena_destroy(arena);
    return 0;
}
