/* reply.c -- what a client hears about its write.
 *
 * The record of a reply is written by hand, straight into the bytes to send: the two or three
 * fields are always the same, and a codec driven by descriptors would cost more than the write
 * itself. */
#include "pipeline/mind.h"

void zk_put_stat(zk_buffer_t *buffer, const zk_stat_t *stat)
{
    uint8_t *at = zk_buffer_extend(buffer, 68);

    zk_put_u64(at, (uint64_t)stat->czxid);
    zk_put_u64(at + 8, (uint64_t)stat->mzxid);
    zk_put_u64(at + 16, (uint64_t)stat->ctime);
    zk_put_u64(at + 24, (uint64_t)stat->mtime);
    zk_put_u32(at + 32, (uint32_t)stat->version);
    zk_put_u32(at + 36, (uint32_t)stat->cversion);
    zk_put_u32(at + 40, (uint32_t)stat->aversion);
    zk_put_u64(at + 44, (uint64_t)stat->ephemeral_owner);
    zk_put_u32(at + 52, (uint32_t)stat->data_length);
    zk_put_u32(at + 56, (uint32_t)stat->num_children);
    zk_put_u64(at + 60, (uint64_t)stat->pzxid);
}

void zk_put_znode_stat(zk_buffer_t *buffer, const zk_znode_t *znode)
{
    zk_stat_t stat;

    zk_znode_stat(znode, &stat);
    zk_put_stat(buffer, &stat);
}

/* The record behind the header of a write that succeeded. */
static void put_record(zk_replica_t *replica, int32_t type, const zk_txn_decoded_t *txn)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    zk_str_t path = txn->body.create.path; /* every body here begins with its path */
    const zk_znode_t *znode = NULL;

    if (type == ZK_OP_DELETE || type == ZK_OP_CLOSE_SESSION)
        return;
    if (type != ZK_OP_CREATE) {
        znode = zk_tree_find(replica->tree, path);
        ZK_ASSERT(znode != NULL);
    }
    if (type != ZK_OP_SET_DATA && type != ZK_OP_SET_ACL)
        zk_write_str(bytes, path);
    if (znode != NULL)
        zk_put_znode_stat(bytes, znode);
}

/* The reply to REQUEST, begun at MARK: sent, or kept until what stands before it is answered. */
static void end_reply(zk_replica_t *replica, zk_request_t *request, size_t mark)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    size_t size = zk_buffer_size(bytes) - mark;

    if (request->client->first == request) {
        zk_reply_end(replica, request->client, mark);
        return;
    }
    zk_free(request->frame);
    request->frame = zk_malloc(size);
    request->frame_bytes = (int32_t)size;
    memcpy(request->frame, zk_buffer_bytes(bytes) + mark, size);
    bytes->length = mark;
    request->kind = ZK_REQUEST_ANSWERED;
}

void zk_reply_write(zk_replica_t *replica, zk_request_t *request, const zk_txn_decoded_t *txn,
                    int32_t err)
{
    size_t mark;

    if (txn->header.type == ZK_OP_ERROR)
        err = txn->body.error.err;
    mark = zk_reply_begin(replica, request->xid, txn->header.zxid, err);
    if (err == ZK_CODE_OK)
        put_record(replica, request->type, txn);
    end_reply(replica, request, mark);
    zk_count_answer(replica, request->client, request->type, request->xid, txn->header.zxid,
                    request->received_mono_ms);
}

static void put_op(zk_buffer_t *bytes, const zk_op_result_t *result, bool wants_stat)
{
    bool is_create = result->type != ZK_OP_DELETE && result->type != ZK_OP_CHECK &&
                     result->type != ZK_OP_SET_DATA;

    if (result->err != ZK_CODE_OK || result->type == ZK_OP_ERROR) {
        zk_multi_error_encode(bytes, result->err);
        return;
    }
    zk_multi_header_encode(bytes, is_create && wants_stat ? ZK_OP_CREATE2 : result->type, false, 0);
    if (is_create)
        zk_write_str(bytes, result->path);
    if (result->type == ZK_OP_SET_DATA || (is_create && wants_stat)) {
        ZK_ASSERT(result->has_stat);
        zk_put_stat(bytes, &result->stat);
    }
}

void zk_reply_multi(zk_replica_t *replica, zk_request_t *request, int64_t zxid,
                    const zk_op_result_t *results, int32_t count)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    size_t mark = zk_reply_begin(replica, request->xid, zxid, ZK_CODE_OK);
    int32_t i;

    ZK_ASSERT(request->frame_bytes == count);
    for (i = 0; i < count; i++)
        put_op(bytes, &results[i], request->frame[i] != 0);
    zk_multi_end_encode(bytes);
    end_reply(replica, request, mark);
    zk_count_answer(replica, request->client, request->type, request->xid, zxid,
                    request->received_mono_ms);
}
