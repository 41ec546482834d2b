/* multi.c -- several operations in one txn: all or nothing, each seeing the effects of those
 * before.
 *
 * A failed multi is a txn as well, of the same type: what was done before the failure as it would
 * have been, then the error, then -2 for the rest.  Readers take any error in it to mean that
 * nothing is to be applied.  create2 is logged as create, which has the same body and which old
 * readers know; the reply is built from what the client asked.
 *
 * Facts: upstream PrepRequestProcessor.pRequest (multi), DataTree.processTxn. */
#include "pipeline/mind.h"

#include "wire/codec.h"

static zk_code_t prepare_op(zk_replica_t *replica, const zk_asker_t *asker, const zk_multi_op_t *op,
                            zk_txn_body_t *body, int32_t *txn_type)
{
    zk_create_ttl_request_t ttl;
    const zk_create_request_t *create = &op->request.create;

    *txn_type = op->type;
    switch (op->type) {
    case ZK_OP_DELETE:
        return zk_prepare_delete(replica, asker, &op->request.delete_, body);
    case ZK_OP_SET_DATA:
        return zk_prepare_set_data(replica, asker, &op->request.set_data, body);
    case ZK_OP_CHECK:
        return zk_prepare_check(replica, asker, &op->request.check, body);
    case ZK_OP_CREATE_TTL:
        return zk_prepare_create(replica, asker, op->type, &op->request.create_ttl, body, txn_type);
    default:
        ttl = (zk_create_ttl_request_t){create->path, create->data, create->acl, create->flags, -1};
        return zk_prepare_create(replica, asker, op->type, &ttl, body, txn_type);
    }
}

uint8_t zk_multi_wants_stat(int32_t type)
{
    return type == ZK_OP_CREATE2 || type == ZK_OP_CREATE_CONTAINER || type == ZK_OP_CREATE_TTL;
}

static void append_error(zk_replica_t *replica, zk_txn_t *entry, int32_t err)
{
    entry->type = ZK_OP_ERROR;
    entry->data.length = 4;
    zk_write_int(&replica->parts, err);
}

static void append_body(zk_replica_t *replica, zk_txn_t *entry, int32_t type,
                        const zk_txn_body_t *body)
{
    size_t before = zk_buffer_size(&replica->parts);

    entry->type = type == ZK_OP_CREATE2 ? ZK_OP_CREATE : type;
    zk_txn_encode_body(body, type, &replica->parts);
    entry->data.length = (int32_t)(zk_buffer_size(&replica->parts) - before);
}

/* The parts lie behind each other; point each entry at its own, now that they do not move any more.
 */
static void point_at_parts(zk_replica_t *replica, zk_txn_t *entries, int32_t count)
{
    const char *at = (const char *)zk_buffer_bytes(&replica->parts);
    int32_t i;

    for (i = 0; i < count; i++) {
        entries[i].data.data = at;
        at += entries[i].data.length;
    }
}

/* ACLs grow when `auth` is expanded: do not go on to a record that no reader would take. */
static bool is_too_much(const zk_replica_t *replica)
{
    int32_t limit = replica->options.record_bytes_max;

    return limit > 0 && zk_buffer_size(&replica->parts) > (size_t)limit;
}

/* Do the operations one by one; stops at the first that fails and returns its code, *DONE before
 * it. */
static zk_code_t prepare_ops(zk_replica_t *replica, const zk_asker_t *asker,
                             const zk_multi_request_t *multi, zk_txn_t *entries, uint8_t *kinds,
                             int32_t *done)
{
    for (*done = 0; *done < multi->count; (*done)++) {
        const zk_multi_op_t *op = &multi->ops[*done];
        zk_txn_body_t body;
        int32_t type;
        zk_code_t code = prepare_op(replica, asker, op, &body, &type);

        if (code != ZK_CODE_OK)
            return code;
        kinds[*done] = zk_multi_wants_stat(op->type);
        append_body(replica, &entries[*done], type, &body);
        if (is_too_much(replica)) {
            replica->parts.length -= zk_str_size(entries[*done].data);
            return ZK_CODE_BAD_ARGUMENTS;
        }
    }
    return ZK_CODE_OK;
}

zk_code_t zk_prepare_multi(zk_replica_t *replica, const zk_asker_t *asker,
                           const zk_multi_request_t *multi, zk_txn_decoded_t *txn, uint8_t **kinds)
{
    size_t count = (size_t)multi->count;
    zk_txn_t *entries = zk_arena_calloc(replica->arena, count + 1, sizeof(*entries));
    int32_t done;
    int32_t i;
    zk_code_t code;

    *kinds = zk_arena_calloc(replica->arena, count + 1, 1);
    zk_buffer_clear(&replica->parts);
    code = prepare_ops(replica, asker, multi, entries, *kinds, &done);
    if (code == ZK_CODE_MARSHALLING_ERROR)
        return code;
    if (code != ZK_CODE_OK) {
        int64_t zxid = replica->pending.zxid;
        int64_t time_ms = replica->pending.time_ms;

        /* all its requests begin with the path */
        zk_say_multi_failed(replica, &txn->header, multi->ops[done].request.create.path, code);
        for (i = done; i < multi->count; i++)
            append_error(replica, &entries[i],
                         i == done ? (int32_t)code : ZK_CODE_RUNTIME_INCONSISTENCY);
        zk_pending_rollback(&replica->pending);
        zk_pending_begin(&replica->pending, zxid, time_ms);
    }
    point_at_parts(replica, entries, multi->count);
    txn->body.multi.txns.count = multi->count;
    txn->body.multi.txns.items = entries;
    return ZK_CODE_OK;
}
