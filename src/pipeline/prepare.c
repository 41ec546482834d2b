/* prepare.c -- a request becomes a txn, and the txn a proposal.
 *
 * A failed write uses up a zxid and is logged as an error, because the ensemble must agree on
 * failures too; only what cannot be decoded is answered -5 here and never becomes a txn.  What one
 * operation may do is in operations.c; several in one txn are in multi.c.
 *
 * Facts: upstream PrepRequestProcessor.java; protocol notes, sections 9 and 23. */
#include "pipeline/mind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree/digest.h"
#include "tree/path.h"
#include "wire/codec.h"

bool zk_prepare_is_write(int32_t type)
{
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
    case ZK_OP_CREATE_CONTAINER:
    case ZK_OP_CREATE_TTL:
    case ZK_OP_DELETE:
    case ZK_OP_SET_DATA:
    case ZK_OP_SET_ACL:
    case ZK_OP_MULTI:
    case ZK_OP_RECONFIG:
        return true;
    default:
        return false;
    }
}

/* ---- proposing ---- */

static void begin(zk_replica_t *replica)
{
    zk_pending_begin(&replica->pending, zk_zab_next_zxid(replica->zab), replica->wall_ms);
}

/* Encode TXN, whose header has client, cxid and type, into replica->record; the pending state holds
 * its effects.  False when some reader of logs would refuse the record for its size. */
static bool encode_record(zk_replica_t *replica, zk_txn_decoded_t *txn)
{
    int32_t limit = replica->options.record_bytes_max;

    txn->header.zxid = zk_zab_next_zxid(replica->zab);
    txn->header.time = replica->wall_ms;
    txn->has_digest = replica->options.digest_enabled && txn->header.type != ZK_OP_ERROR;
    txn->digest.version = ZK_DIGEST_VERSION;
    txn->digest.tree_digest = (int64_t)replica->pending.digest;
    zk_buffer_clear(&replica->record);
    zk_txn_encode(txn, &replica->record);
    return limit <= 0 || zk_buffer_size(&replica->record) <= (size_t)limit;
}

bool zk_prepare_may(const zk_replica_t *replica)
{
    return replica->role == ZK_ROLE_LEADER && zk_zab_next_zxid(replica->zab) > 0;
}

/* Log and propose what encode_record left, the txn HEADER begins.  REQUEST waits for it; NULL:
 * nobody does.  SESSION may be NULL. */
static void propose(zk_replica_t *replica, const zk_txn_header_t *header, zk_request_t *request,
                    zk_session_t *session)
{
    int64_t zxid = header->zxid;
    zk_flight_t flight = {.zxid = zxid,
                          .request = request,
                          .digest = replica->pending.digest,
                          .session_id = header->client_id,
                          .cxid = header->cxid,
                          .type = header->type,
                          .link = replica->sender_link,
                          .bytes = replica->sender_bytes};
    zk_blob_t *blob =
        zk_blob_copy(zk_buffer_bytes(&replica->record), zk_buffer_size(&replica->record));
    zk_action_t *append;

    ZK_ASSERT(replica->pending.zxid == 0);
    zk_zab_propose(replica->zab, zxid, blob, &replica->outputs);
    zk_flight_push(replica, &flight, session);
    replica->stats.proposals++;
    append = zk_emit(replica, ZK_ACTION_APPEND_LOG, 0);
    append->zxid = zxid;
    append->blob = blob;
    zk_snapshots_logged(replica, blob->size);
    zk_links_carry_out(replica);
}

static zk_code_t prepare_any_create(zk_replica_t *replica, const zk_asker_t *asker, int32_t type,
                                    zk_reader_t *reader, zk_txn_decoded_t *txn)
{
    zk_create_ttl_request_t ttl;
    zk_create_request_t create;

    if (type == ZK_OP_CREATE_TTL) {
        if (!zk_record_decode(&zk_record_create_ttl_request, &ttl, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
    } else {
        if (!zk_record_decode(&zk_record_create_request, &create, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        ttl = (zk_create_ttl_request_t){create.path, create.data, create.acl, create.flags, -1};
    }
    return zk_prepare_create(replica, asker, type, &ttl, &txn->body, &txn->header.type);
}

static zk_code_t prepare_reconfig(zk_replica_t *replica, zk_reader_t *reader)
{
    zk_reconfig_request_t request;

    if (!zk_record_decode(&zk_record_reconfig_request, &request, reader, replica->arena))
        return ZK_CODE_MARSHALLING_ERROR;
    return replica->options.reconfig_enabled ? ZK_CODE_UNIMPLEMENTED : ZK_CODE_RECONFIG_DISABLED;
}

static zk_code_t prepare_multi(zk_replica_t *replica, const zk_asker_t *asker, zk_reader_t *reader,
                               zk_txn_decoded_t *txn, uint8_t **kinds)
{
    zk_multi_request_t multi;

    if (!zk_multi_decode(&multi, ZK_MULTI_WRITE, NULL, reader, replica->arena))
        return ZK_CODE_MARSHALLING_ERROR;
    return zk_prepare_multi(replica, asker, &multi, txn, kinds);
}

/* Decode the body of TYPE, check it, do it in the pending state, and fill TXN. */
static zk_code_t prepare_body(zk_replica_t *replica, const zk_asker_t *asker, int32_t type,
                              zk_reader_t *reader, zk_txn_decoded_t *txn, uint8_t **kinds)
{
    union {
        zk_delete_request_t delete_;
        zk_set_data_request_t set_data;
        zk_set_acl_request_t set_acl;
    } request;

    txn->header.type = type;
    switch (type) {
    case ZK_OP_DELETE:
        if (!zk_record_decode(&zk_record_delete_request, &request, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        return zk_prepare_delete(replica, asker, &request.delete_, &txn->body);
    case ZK_OP_SET_DATA:
        if (!zk_record_decode(&zk_record_set_data_request, &request, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        return zk_prepare_set_data(replica, asker, &request.set_data, &txn->body);
    case ZK_OP_SET_ACL:
        if (!zk_record_decode(&zk_record_set_acl_request, &request, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        return zk_prepare_set_acl(replica, asker, &request.set_acl, &txn->body);
    case ZK_OP_RECONFIG:
        return prepare_reconfig(replica, reader);
    case ZK_OP_MULTI:
        return prepare_multi(replica, asker, reader, txn, kinds);
    default:
        return prepare_any_create(replica, asker, type, reader, txn);
    }
}

/* Keep one byte per operation of a multi with REQUEST: the reply needs to know what was asked. */
static void keep_kinds(zk_request_t *request, const zk_txn_decoded_t *txn, const uint8_t *kinds)
{
    if (kinds == NULL || txn->body.multi.txns.count <= 0)
        return;
    request->frame_bytes = txn->body.multi.txns.count;
    request->frame = zk_malloc((size_t)request->frame_bytes);
    memcpy(request->frame, kinds, (size_t)request->frame_bytes);
}

/* The path that a request of TYPE is about, null for a multi: they all begin with it. */
static zk_str_t first_path(int32_t type, zk_reader_t reader)
{
    zk_str_t path = zk_read_str(&reader);

    return type == ZK_OP_MULTI || type == ZK_OP_RECONFIG || reader.failed ? ZK_STR_NULL : path;
}

/* Prepare a write of ASKER, unless REFUSAL says that it may not: TXN, encoded and done in the
 * pending state, or what it failed with, and nothing done. */
static zk_code_t build(zk_replica_t *replica, const zk_asker_t *asker, zk_code_t refusal,
                       int32_t cxid, int32_t type, zk_reader_t *reader, zk_txn_decoded_t *txn,
                       uint8_t **kinds)
{
    zk_code_t code = refusal;

    memset(&txn->header, 0, sizeof(txn->header));
    begin(replica);
    txn->header.client_id = asker->session_id;
    txn->header.cxid = cxid;
    txn->header.zxid = replica->pending.zxid;
    if (code == ZK_CODE_OK)
        code = prepare_body(replica, asker, type, reader, txn, kinds);
    if (code == ZK_CODE_OK && !encode_record(replica, txn))
        code = ZK_CODE_BAD_ARGUMENTS;
    if (code == ZK_CODE_OK)
        zk_pending_keep(&replica->pending);
    else
        zk_pending_rollback(&replica->pending);
    return code;
}

/* TXN becomes the record of a request of TYPE that failed with CODE. */
static void build_error(zk_replica_t *replica, zk_txn_decoded_t *txn, int32_t type, zk_str_t path,
                        zk_code_t code)
{
    txn->header.type = ZK_OP_ERROR;
    txn->body.error.err = code;
    encode_record(replica, txn);
    zk_say_failed(replica, &txn->header, type, path, code);
}

void zk_prepare_write(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                      zk_reader_t *reader, size_t frame_bytes)
{
    zk_asker_t asker = {client->session->id, client->session, client->identities};
    zk_session_t *session = client->session;
    zk_txn_decoded_t txn;
    zk_request_t *request;
    uint8_t *kinds = NULL;
    zk_str_t path = first_path(type, *reader);
    zk_code_t code;

    if (!zk_prepare_may(replica)) {
        zk_client_finish(replica, client);
        return;
    }
    code = zk_upward_check_session(replica, session->id, session, replica->options.server_id);
    code = build(replica, &asker, code, xid, type, reader, &txn, &kinds);
    if (code == ZK_CODE_MARSHALLING_ERROR) {
        zk_order_answer(replica, client, xid, type, ZK_ZXID_LAST_APPLIED, code, false);
        return;
    }
    if (code != ZK_CODE_OK)
        build_error(replica, &txn, type, path, code);
    request = zk_order_add(replica, client, ZK_REQUEST_WRITE, xid, type, frame_bytes);
    if (code == ZK_CODE_OK)
        keep_kinds(request, &txn, kinds);
    propose(replica, &txn.header, request, session);
}

void zk_prepare_forwarded(zk_replica_t *replica, const zk_asker_t *asker, zk_code_t refusal,
                          int32_t cxid, int32_t type, zk_reader_t *reader)
{
    zk_session_t *session = zk_session_find(replica->sessions, asker->session_id);
    zk_str_t path = ZK_STR_NULL;
    zk_txn_decoded_t txn;
    uint8_t *kinds = NULL;
    zk_code_t code = refusal;

    if (code == ZK_CODE_OK && !zk_prepare_is_write(type))
        code = ZK_CODE_UNIMPLEMENTED;
    if (zk_prepare_is_write(type))
        path = first_path(type, *reader);
    code = build(replica, asker, code, cxid, type, reader, &txn, &kinds);
    if (code != ZK_CODE_OK)
        build_error(replica, &txn, type, path, code);
    propose(replica, &txn.header, NULL, session);
}

/* ---- what a learner looks at before it forwards ---- */

/* A null path is refused where standalone servers refuse it as undecodable. */
static bool op_decodes(int32_t type, const zk_multi_op_t *op)
{
    return (type == ZK_OP_SET_DATA || type == ZK_OP_CHECK) ||
           !zk_str_is_null(op->request.create.path); /* all begin with it */
}

static bool multi_decodes(zk_replica_t *replica, zk_reader_t *reader, uint8_t **kinds,
                          int32_t *count)
{
    zk_multi_request_t multi;
    int32_t i;

    if (!zk_multi_decode(&multi, ZK_MULTI_WRITE, NULL, reader, replica->arena))
        return false;
    *kinds = zk_arena_calloc(replica->arena, (size_t)multi.count + 1, 1);
    *count = multi.count;
    for (i = 0; i < multi.count; i++) {
        if (!op_decodes(multi.ops[i].type, &multi.ops[i]))
            return false;
        (*kinds)[i] = zk_multi_wants_stat(multi.ops[i].type);
    }
    return true;
}

bool zk_prepare_decodes(zk_replica_t *replica, int32_t type, zk_reader_t reader, uint8_t **kinds,
                        int32_t *count)
{
    union {
        zk_create_request_t create;
        zk_create_ttl_request_t create_ttl;
        zk_delete_request_t delete_;
        zk_set_data_request_t set_data;
        zk_set_acl_request_t set_acl;
        zk_reconfig_request_t reconfig;
    } request;

    switch (type) {
    case ZK_OP_MULTI:
        return multi_decodes(replica, &reader, kinds, count);
    case ZK_OP_DELETE:
        return zk_record_decode(&zk_record_delete_request, &request, &reader, replica->arena) &&
               !zk_str_is_null(request.delete_.path);
    case ZK_OP_SET_DATA:
        return zk_record_decode(&zk_record_set_data_request, &request, &reader, replica->arena);
    case ZK_OP_SET_ACL:
        return zk_record_decode(&zk_record_set_acl_request, &request, &reader, replica->arena);
    case ZK_OP_RECONFIG:
        return zk_record_decode(&zk_record_reconfig_request, &request, &reader, replica->arena);
    case ZK_OP_CREATE_TTL:
        return zk_record_decode(&zk_record_create_ttl_request, &request, &reader, replica->arena) &&
               !zk_str_is_null(request.create_ttl.path);
    default:
        return zk_record_decode(&zk_record_create_request, &request, &reader, replica->arena) &&
               !zk_str_is_null(request.create.path);
    }
}

/* ---- sessions and reaping ---- */

void zk_prepare_create_session(zk_replica_t *replica, zk_request_t *request, zk_session_t *session)
{
    zk_txn_decoded_t txn;

    memset(&txn.header, 0, sizeof(txn.header));
    txn.header.client_id = session->id;
    txn.header.type = ZK_OP_CREATE_SESSION;
    txn.body.create_session.time_out = session->timeout_ms;
    encode_record(replica, &txn);
    propose(replica, &txn.header, request, session);
}

/* Encode the closeSession TXN with as many of its paths as a record may hold: the rest goes all the
 * same when the txn is applied, because the session owns it. */
static void encode_close(zk_replica_t *replica, zk_txn_decoded_t *txn)
{
    zk_str_vector_t *paths = &txn->body.close_session.paths2_delete;

    while (!encode_record(replica, txn) && paths->count > 0)
        paths->count /= 2;
}

static int longer_first(const void *a, const void *b)
{
    return ((const zk_str_t *)b)->length - ((const zk_str_t *)a)->length;
}

/* Delete PATH in the pending state, if it is still there. */
static void end_znode(zk_replica_t *replica, zk_str_t path)
{
    zk_prospect_t prospect;

    if (zk_pending_look(&replica->pending, path, &prospect) &&
        zk_pending_look(&replica->pending, zk_path_parent(path), &prospect))
        zk_pending_delete(&replica->pending, path);
}

static const zk_znode_t *lowest_first(const zk_znode_t *znode)
{
    while (zk_znode_first_child(znode) != NULL)
        znode = zk_znode_first_child(znode);
    return znode;
}

/* Delete what is below PATH, lowest first. */
static void end_descendants(zk_replica_t *replica, zk_str_t path)
{
    const zk_znode_t *top = zk_tree_find(replica->tree, path);
    const zk_znode_t *at = top == NULL ? NULL : lowest_first(top);

    while (at != top) {
        const zk_znode_t *next = zk_znode_next_sibling(at);

        zk_buffer_clear(&replica->text);
        zk_znode_path(at, &replica->text);
        end_znode(replica, zk_str_n((const char *)zk_buffer_bytes(&replica->text),
                                    zk_buffer_size(&replica->text)));
        at = next != NULL ? lowest_first(next) : zk_znode_parent(at);
    }
}

/* Delete the ephemerals PATHS in the pending state, as applying the txn will.  No server creates
 * children of an ephemeral, but a snapshot or a log may hold some: they go with it. */
static void end_ephemerals(zk_replica_t *replica, const zk_str_vector_t *paths)
{
    zk_prospect_t prospect;
    bool has_children = false;
    int32_t i;

    for (i = 0; i < paths->count && !has_children; i++)
        has_children = zk_pending_look(&replica->pending, paths->items[i], &prospect) &&
                       prospect.num_children > 0;
    if (has_children)
        qsort(paths->items, (size_t)paths->count, sizeof(*paths->items), longer_first);
    for (i = 0; i < paths->count; i++) {
        if (has_children)
            end_descendants(replica, paths->items[i]);
        end_znode(replica, paths->items[i]);
    }
}

/* The end of session SESSION_ID, whom REQUEST (or nobody) waits for; SESSION may be NULL. */
static void close_session(zk_replica_t *replica, int64_t session_id, int32_t cxid,
                          zk_request_t *request, zk_session_t *session)
{
    zk_txn_decoded_t txn;
    zk_str_vector_t paths;

    memset(&txn.header, 0, sizeof(txn.header));
    txn.header.client_id = session_id;
    txn.header.cxid = cxid;
    txn.header.type = ZK_OP_CLOSE_SESSION;
    begin(replica);
    paths = zk_pending_ephemerals(&replica->pending, session_id, replica->arena);
    end_ephemerals(replica, &paths);
    zk_pending_keep(&replica->pending);
    txn.body.close_session.paths2_delete = paths;
    encode_close(replica, &txn);
    propose(replica, &txn.header, request, session);
}

void zk_prepare_close_session(zk_replica_t *replica, zk_client_t *client, zk_session_t *session,
                              int32_t xid)
{
    zk_request_t *request = NULL;

    ZK_ASSERT(!session->closing);
    if (!zk_prepare_may(replica)) {
        if (client != NULL)
            zk_client_finish(replica, client);
        return;
    }
    zk_session_set_closing(replica->sessions, session);
    if (client != NULL)
        request = zk_order_add(replica, client, ZK_REQUEST_WRITE, xid, ZK_OP_CLOSE_SESSION, 0);
    close_session(replica, session->id, xid, request, session);
}

void zk_prepare_close_forwarded(zk_replica_t *replica, int64_t session_id, int32_t cxid)
{
    zk_session_t *session = zk_session_find(replica->sessions, session_id);

    if (!zk_prepare_may(replica))
        return;
    if (session != NULL && !session->closing)
        zk_session_set_closing(replica->sessions, session);
    close_session(replica, session_id, cxid, NULL, session);
}

void zk_prepare_delete_container(zk_replica_t *replica, zk_str_t path)
{
    zk_prospect_t znode;
    zk_prospect_t parent;
    zk_txn_decoded_t txn;

    if (!zk_prepare_may(replica) || !zk_path_has_parent_form(path) || zk_path_is_special(path) ||
        !zk_pending_look(&replica->pending, path, &znode) || znode.num_children > 0 ||
        zk_prepare_is_owned(replica, &znode) ||
        !zk_pending_look(&replica->pending, zk_path_parent(path), &parent))
        return;
    memset(&txn.header, 0, sizeof(txn.header));
    txn.header.type = ZK_OP_DELETE_CONTAINER;
    txn.body.delete_.path = path;
    begin(replica);
    zk_pending_delete(&replica->pending, path);
    zk_pending_keep(&replica->pending);
    encode_record(replica, &txn);
    propose(replica, &txn.header, NULL, NULL);
}
