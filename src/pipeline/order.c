/* order.c -- a session's requests are answered in the order in which they came.
 *
 * Each client has a queue of what it waits for.  A proposed write stands in it until its txn is
 * applied; whatever came after it waits behind: reads, so that they see the write, and answers that
 * are known already, so that the client can match them.  An empty queue costs nothing.
 *
 * Invariants
 *   1. Writes of one client are applied in the order of its queue, so the one applied is its head.
 *   2. The head is never a READ or DONE once zk_order_run has returned, unless the step is full and
 *      the client is in the backlog; while anyone is, nothing is delivered.
 *   3. stats.outstanding counts the requests in all queues and those whose client has gone. */
#include "pipeline/mind.h"

zk_request_t *zk_order_add(zk_replica_t *replica, zk_client_t *client, zk_request_kind_t kind,
                           int32_t xid, int32_t type, size_t frame_bytes)
{
    zk_request_t *request = replica->spare_requests;

    if (request != NULL)
        replica->spare_requests = request->next;
    else
        request = zk_malloc(sizeof(*request));
    memset(request, 0, sizeof(*request));
    request->client = client;
    request->kind = kind;
    request->xid = xid;
    request->type = type;
    request->received_mono_ms = replica->mono_ms;
    if (client->last == NULL)
        client->first = request;
    else
        client->last->next = request;
    client->last = request;
    client->outstanding++;
    replica->stats.outstanding++;
    request->bytes = (int32_t)frame_bytes;
    request->large_bytes = zk_throttle_large(replica, frame_bytes);
    replica->bytes_in_process += request->bytes;
    replica->large_bytes_in_process += request->large_bytes;
    zk_throttle_added(replica, client);
    return request;
}

void zk_order_free_request(zk_replica_t *replica, zk_request_t *request)
{
    if (request->identities != NULL)
        zk_identities_release(request->identities);
    zk_free(request->frame);
    replica->bytes_in_process -= request->bytes;
    replica->large_bytes_in_process -= request->large_bytes;
    replica->stats.outstanding--;
    request->next = replica->spare_requests;
    replica->spare_requests = request;
}

void zk_order_done(zk_replica_t *replica, zk_request_t *request)
{
    zk_client_t *client = request->client;

    if (client != NULL) {
        ZK_ASSERT(client->first == request);
        client->first = request->next;
        if (client->first == NULL)
            client->last = NULL;
        client->outstanding--;
        client->answer_bytes -= request->answer_bytes;
        if (request->type == ZK_OP_SYNC)
            zk_throttle_sync_ends(replica, client);
    }
    zk_order_free_request(replica, request);
    zk_throttle_eased(replica, client);
}

static void answer_done(zk_replica_t *replica, zk_client_t *client, const zk_request_t *request)
{
    int64_t zxid =
        request->zxid == ZK_ZXID_LAST_APPLIED ? zk_replica_last_zxid(replica) : request->zxid;
    size_t mark = zk_reply_begin(replica, request->xid, zxid, request->err);

    if (request->has_null_token)
        zk_write_int(&replica->actions->bytes, -1);
    zk_reply_end(replica, client, mark);
    zk_count_answer(replica, client, request->type, request->xid, zxid, request->received_mono_ms);
}

static void answer_read(zk_replica_t *replica, zk_client_t *client, const zk_request_t *request)
{
    zk_reader_t reader = zk_reader(request->frame == NULL ? (const uint8_t *)"" : request->frame,
                                   (size_t)request->frame_bytes);
    int64_t zxid = zk_replica_last_zxid(replica);

    if (zk_throttle_is_stale(replica, request->type, request->received_mono_ms)) {
        replica->stats.throttled_ops++;
        zk_reply_plain(replica, client, request->xid, zxid, ZK_CODE_THROTTLED_OP);
    } else {
        zk_answer_read(replica, client, request->identities, request->xid, request->type, &reader);
    }
    zk_count_answer(replica, client, request->type, request->xid, zxid, request->received_mono_ms);
}

static void answer_kept(zk_replica_t *replica, zk_client_t *client, const zk_request_t *request)
{
    size_t mark = zk_buffer_size(&replica->actions->bytes);

    zk_buffer_append(&replica->actions->bytes, request->frame, (size_t)request->frame_bytes);
    zk_reply_end(replica, client, mark);
}

/* Answer REQUEST, the head; false where it has to wait or the client was closed. */
static bool answer_head(zk_replica_t *replica, zk_client_t *client, zk_request_t *request)
{
    bool closes = request->closes;
    bool bars_reading = request->bars_reading;

    switch (request->kind) {
    case ZK_REQUEST_WRITE:
    case ZK_REQUEST_CONNECT:
    case ZK_REQUEST_SYNC:
        return false;
    case ZK_REQUEST_READ:
        answer_read(replica, client, request);
        zk_order_done(replica, request);
        return true;
    case ZK_REQUEST_DONE:
        answer_done(replica, client, request);
        zk_order_done(replica, request);
        if (closes)
            zk_client_finish(replica, client);
        return !closes;
    case ZK_REQUEST_ANSWERED:
        answer_kept(replica, client, request);
        zk_order_done(replica, request);
        if (closes)
            zk_client_finish(replica, client);
        return !closes;
    case ZK_REQUEST_RENEW:
        if (request->awaits_leader || request->flight > replica->flights_head)
            return false;
        ZK_ASSERT(client->is_barred && replica->barred_count > 0);
        client->is_barred = false;
        replica->barred_count--;
        zk_order_done(replica, request);
        if (bars_reading)
            zk_throttle_sync_ends(replica, client);
        zk_session_renewed(replica, client);
        return client->state != ZK_CLIENT_CLOSED;
    }
    return false;
}

static void add_to_backlog(zk_replica_t *replica, zk_client_t *client)
{
    if (client->is_backlogged)
        return;
    client->is_backlogged = true;
    client->backlog_next = NULL;
    if (replica->backlog_last == NULL)
        replica->backlog_first = client;
    else
        replica->backlog_last->backlog_next = client;
    replica->backlog_last = client;
}

static void leave_backlog(zk_replica_t *replica, zk_client_t *client)
{
    zk_client_t *before = NULL;
    zk_client_t *at = replica->backlog_first;

    if (!client->is_backlogged)
        return;
    for (; at != client; at = at->backlog_next) {
        ZK_ASSERT(at != NULL);
        before = at;
    }
    if (before == NULL)
        replica->backlog_first = client->backlog_next;
    else
        before->backlog_next = client->backlog_next;
    if (replica->backlog_last == client)
        replica->backlog_last = before;
    client->backlog_next = NULL;
    client->is_backlogged = false;
}

static bool waits_for_a_write(const zk_client_t *client)
{
    return client->first == NULL || client->first->kind == ZK_REQUEST_WRITE ||
           client->first->kind == ZK_REQUEST_CONNECT || client->first->kind == ZK_REQUEST_RENEW ||
           client->first->kind == ZK_REQUEST_SYNC;
}

void zk_order_run(zk_replica_t *replica, zk_client_t *client)
{
    while (client->first != NULL) {
        if (zk_step_is_full(replica) && !waits_for_a_write(client)) {
            add_to_backlog(replica, client);
            return;
        }
        if (!answer_head(replica, client, client->first))
            return;
    }
}

void zk_order_run_backlog(zk_replica_t *replica)
{
    while (replica->backlog_first != NULL && !zk_step_is_full(replica)) {
        zk_client_t *client = replica->backlog_first;

        leave_backlog(replica, client);
        zk_order_run(replica, client);
    }
}

static zk_request_t *add_done(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                              int64_t zxid, int32_t err)
{
    zk_request_t *request = zk_order_add(replica, client, ZK_REQUEST_DONE, xid, type, 0);

    request->zxid = zxid;
    request->err = err;
    return request;
}

void zk_order_answer(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                     int64_t zxid, int32_t err, bool closes)
{
    zk_request_t *request = add_done(replica, client, xid, type, zxid, err);

    request->closes = closes;
    client->doomed = closes;
    if (client->first == request)
        zk_order_run(replica, client);
}

void zk_order_answer_sasl(zk_replica_t *replica, zk_client_t *client, int32_t xid)
{
    zk_request_t *request = add_done(replica, client, xid, ZK_OP_SASL, 0, ZK_CODE_OK);

    request->has_null_token = true;
    if (client->first == request)
        zk_order_run(replica, client);
}

void zk_order_drop(zk_replica_t *replica, zk_client_t *client)
{
    zk_request_t *request = client->first;

    leave_backlog(replica, client);
    while (request != NULL) {
        zk_request_t *next = request->next;

        request->next = NULL;
        request->client = NULL;
        if (request->kind != ZK_REQUEST_WRITE && request->kind != ZK_REQUEST_CONNECT &&
            request->kind != ZK_REQUEST_SYNC)
            zk_order_free_request(replica, request);
        request = next;
    }
    client->first = NULL;
    client->last = NULL;
    client->outstanding = 0;
    client->answer_bytes = 0;
    client->gorged = false;
    client->syncs = 0;
    if (client->is_barred) {
        client->is_barred = false;
        replica->barred_count--;
    }
}

void zk_order_run_barred(zk_replica_t *replica)
{
    uint32_t slot;

    for (slot = 0; replica->barred_count > 0 && slot < replica->clients_capacity; slot++)
        if (replica->clients[slot] != NULL && replica->clients[slot]->is_barred)
            zk_order_run(replica, replica->clients[slot]);
}
