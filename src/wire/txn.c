/* txn.c -- header, body and digest of a logged transaction.
 *
 * Which record a type names is one table (body_desc).  Two types need more than that:
 *
 *   create (1)          logs older than 3.4 lack the last int; the record then ends right there
 * (V0). closeSession (-11)  may have no body at all.  Where upstream was told not to write the
 * body, a digest can follow the header directly: exactly 12 bytes are left and the first int is the
 * digest's version.  Upstream misreads that as a vector; we read it and never write it.
 *
 * Bytes behind the digest are ignored, as are fewer bytes than a digest.
 * Facts: upstream SerializeUtils.deserializeTxn, Util.marshallTxnEntry; golden log files. */
#include "wire/txn.h"

#include "wire/codec.h"
#include "wire/opcode.h"

enum { DIGEST_BYTES = 12, DIGEST_VERSION = 2 };

static const zk_record_desc_t *body_desc(int32_t type)
{
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
        return &zk_record_create_txn;
    case ZK_OP_CREATE_CONTAINER:
        return &zk_record_create_container_txn;
    case ZK_OP_CREATE_TTL:
        return &zk_record_create_ttl_txn;
    case ZK_OP_DELETE:
    case ZK_OP_DELETE_CONTAINER:
        return &zk_record_delete_txn;
    case ZK_OP_SET_DATA:
    case ZK_OP_RECONFIG:
        return &zk_record_set_data_txn;
    case ZK_OP_SET_ACL:
        return &zk_record_set_acl_txn;
    case ZK_OP_CHECK:
        return &zk_record_check_version_txn;
    case ZK_OP_CREATE_SESSION:
        return &zk_record_create_session_txn;
    case ZK_OP_CLOSE_SESSION:
        return &zk_record_close_session_txn;
    case ZK_OP_ERROR:
        return &zk_record_error_txn;
    case ZK_OP_MULTI:
        return &zk_record_multi_txn;
    default:
        return NULL;
    }
}

static void set_no_body(zk_txn_body_t *body)
{
    body->close_session.paths2_delete.count = -1;
    body->close_session.paths2_delete.items = NULL;
}

/* A closeSession whose header is followed by nothing, or by a digest alone. */
static bool close_session_has_no_body(const zk_reader_t *reader)
{
    size_t left = zk_reader_left(reader);

    return left == 0 || (left == DIGEST_BYTES && zk_get_u32(reader->at) == DIGEST_VERSION);
}

bool zk_txn_decode_body(zk_txn_body_t *body, int32_t type, zk_reader_t *reader, zk_arena_t *arena)
{
    const zk_record_desc_t *desc = body_desc(type);

    if (desc == NULL)
        reader->failed = true;
    if (reader->failed)
        return false;
    if (type == ZK_OP_CLOSE_SESSION && close_session_has_no_body(reader)) {
        set_no_body(body);
        return true;
    }
    return zk_record_decode(desc, body, reader, arena);
}

static bool decode_create_v0(zk_txn_body_t *body, zk_reader_t *reader, zk_arena_t *arena)
{
    zk_create_txn_v0_t old;

    if (!zk_record_decode(&zk_record_create_txn_v0, &old, reader, arena) ||
        zk_reader_left(reader) != 0)
        return false;
    body->create.path = old.path;
    body->create.data = old.data;
    body->create.acl = old.acl;
    body->create.ephemeral = old.ephemeral;
    body->create.parent_cversion = -1;
    return true;
}

bool zk_txn_decode(zk_txn_decoded_t *txn, const void *data, size_t size, zk_arena_t *arena)
{
    zk_reader_t reader = zk_reader(data, size);
    zk_reader_t body;

    txn->has_digest = false;
    if (!zk_record_decode(&zk_record_txn_header, &txn->header, &reader, arena))
        return false;
    body = reader;
    if (!zk_txn_decode_body(&txn->body, txn->header.type, &reader, arena)) {
        reader = body;
        if (txn->header.type != ZK_OP_CREATE || !decode_create_v0(&txn->body, &reader, arena))
            return false;
    }
    if (zk_reader_left(&reader) >= DIGEST_BYTES)
        txn->has_digest = zk_record_decode(&zk_record_txn_digest, &txn->digest, &reader, arena);
    return true;
}

void zk_txn_encode_body(const zk_txn_body_t *body, int32_t type, zk_buffer_t *buffer)
{
    const zk_record_desc_t *desc = body_desc(type);

    ZK_ASSERT(desc != NULL);
    if (type == ZK_OP_CLOSE_SESSION && body->close_session.paths2_delete.count < 0)
        return;
    zk_record_encode(desc, body, buffer);
}

void zk_txn_encode(const zk_txn_decoded_t *txn, zk_buffer_t *buffer)
{
    zk_record_encode(&zk_record_txn_header, &txn->header, buffer);
    if (txn->header.type == ZK_OP_CLOSE_SESSION && txn->has_digest &&
        txn->body.close_session.paths2_delete.count < 0)
        zk_write_int(buffer, 0); /* an empty list means the same and is read alike by everyone */
    else
        zk_txn_encode_body(&txn->body, txn->header.type, buffer);
    if (txn->has_digest)
        zk_record_encode(&zk_record_txn_digest, &txn->digest, buffer);
}
