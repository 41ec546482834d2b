/* commit.c -- what zab delivers is applied, watchers are told, and then the one who asked is
 * answered.
 *
 * A txn is decoded from the very bytes that were logged, so that applying it here, on another
 * server and at the next start is one code path.  Nothing is read while it is applied; an event
 * reaches a client before any reply that shows the change.
 *
 * Invariants
 *   1. Deliveries match the flights in order and number.
 *   2. After each, the tree's digest is the one that its record carries. */
#include "pipeline/mind.h"

#include <inttypes.h>

#include "tree/digest.h"
#include "wire/codec.h"

enum { FIRST_FLIGHTS = 256 };

static zk_flight_t *flight_at(zk_replica_t *replica, size_t position)
{
    return &replica->flights[position & (replica->flights_capacity - 1)];
}

static void grow_flights(zk_replica_t *replica)
{
    size_t capacity =
        replica->flights_capacity == 0 ? FIRST_FLIGHTS : replica->flights_capacity * 2;
    zk_flight_t *ring = zk_malloc(capacity * sizeof(*ring));
    size_t i;

    for (i = replica->flights_head; i != replica->flights_tail; i++)
        ring[i & (capacity - 1)] = *flight_at(replica, i);
    zk_free(replica->flights);
    replica->flights = ring;
    replica->flights_capacity = capacity;
}

void zk_flight_push(zk_replica_t *replica, const zk_flight_t *flight, zk_session_t *session)
{
    if (zk_flights_count(replica) == replica->flights_capacity)
        grow_flights(replica);
    *flight_at(replica, replica->flights_tail) = *flight;
    replica->flights_tail++;
    if (flight->request != NULL)
        flight->request->flight = replica->flights_tail;
    if (session != NULL)
        session->last_flight = replica->flights_tail;
}

void zk_flights_drop(zk_replica_t *replica)
{
    for (; replica->flights_head != replica->flights_tail; replica->flights_head++) {
        zk_request_t *request = flight_at(replica, replica->flights_head)->request;

        if (request == NULL)
            continue;
        ZK_ASSERT(request->client == NULL);
        zk_order_free_request(replica, request);
    }
    replica->loads_count = 0;
}

/* ---- applying ---- */

static bool has_error(const zk_multi_txn_t *multi)
{
    int32_t i;

    for (i = 0; i < multi->txns.count; i++)
        if (multi->txns.items[i].type == ZK_OP_ERROR)
            return true;
    return false;
}

/* What a failed multi tells each of its operations. */
static void list_errors(const zk_multi_txn_t *multi, zk_op_result_t *results)
{
    int32_t i;

    for (i = 0; i < multi->txns.count; i++) {
        const zk_txn_t *entry = &multi->txns.items[i];

        results[i].type = ZK_OP_ERROR;
        results[i].err = entry->type == ZK_OP_ERROR && entry->data.length >= 4
                             ? (int32_t)zk_get_u32(entry->data.data)
                             : ZK_CODE_OK;
    }
}

/* Apply one operation of a multi and note what its reply needs to know, as of now. */
static void apply_op(zk_replica_t *replica, const zk_txn_header_t *header, const zk_txn_t *entry,
                     zk_op_result_t *result)
{
    zk_reader_t reader = zk_reader(entry->data.data, zk_str_size(entry->data));
    zk_txn_body_t body;
    const zk_znode_t *znode;

    ZK_ASSERT(zk_txn_decode_body(&body, entry->type, &reader, replica->arena));
    result->type = entry->type;
    result->err =
        (int32_t)zk_tree_apply_op(replica->tree, header, entry->type, &body, replica->arena);
    if (entry->type == ZK_OP_DELETE || entry->type == ZK_OP_CHECK)
        return;
    /* creates and setData all begin with the path */
    result->path = body.create.path;
    znode = zk_tree_find(replica->tree, result->path);
    if (znode == NULL)
        return;
    result->has_stat = true;
    zk_znode_stat(znode, &result->stat);
}

static void commit_multi(zk_replica_t *replica, zk_request_t *request, const zk_txn_decoded_t *txn)
{
    const zk_multi_txn_t *multi = &txn->body.multi;
    int32_t count = multi->txns.count > 0 ? multi->txns.count : 0;
    zk_op_result_t *results = zk_arena_calloc(replica->arena, (size_t)count + 1, sizeof(*results));
    int32_t i;

    if (has_error(multi)) {
        list_errors(multi, results);
    } else {
        for (i = 0; i < count; i++)
            apply_op(replica, &txn->header, &multi->txns.items[i], &results[i]);
    }
    zk_tree_applied(replica->tree, txn->header.zxid);
    if (request->client != NULL && request->frame_bytes == count)
        zk_reply_multi(replica, request, txn->header.zxid, results, count);
}

/* The session part of TXN, which the tree does not know.  A log may say what no server would: there
 * is no session 0, and a timeout below zero is none. */
static void apply_session(zk_replica_t *replica, const zk_txn_decoded_t *txn)
{
    if (txn->header.client_id == 0)
        return;
    if (txn->header.type == ZK_OP_CREATE_SESSION)
        zk_session_note(replica, zk_session_add(replica->sessions, txn->header.client_id,
                                                txn->body.create_session.time_out < 0
                                                    ? 0
                                                    : txn->body.create_session.time_out));
    else if (txn->header.type == ZK_OP_CLOSE_SESSION)
        zk_session_remove(replica->sessions, txn->header.client_id);
}

void zk_commit_replayed(zk_replica_t *replica, const zk_txn_decoded_t *txn)
{
    zk_tree_apply(replica->tree, txn, replica->arena);
    apply_session(replica, txn);
}

/* ---- one delivery ---- */

/* REQUEST (may be NULL) waits for nothing more, unless its answer has to. */
static void landed(zk_replica_t *replica, zk_request_t *request)
{
    if (request != NULL && request->kind != ZK_REQUEST_ANSWERED)
        zk_order_done(replica, request);
}

/* The session of TXN is over: answer the one who closed it, and close its connection in any case.
 */
static void commit_close(zk_replica_t *replica, zk_request_t *request, const zk_txn_decoded_t *txn)
{
    const zk_session_t *session = zk_session_find(replica->sessions, txn->header.client_id);
    zk_client_t *client =
        session != NULL && session->attached ? zk_client_find(replica, session->client) : NULL;

    zk_tree_apply(replica->tree, txn, replica->arena);
    if (request != NULL && request->client != NULL)
        zk_reply_write(replica, request, txn, ZK_CODE_OK);
    if (request != NULL && request->kind == ZK_REQUEST_ANSWERED && request->client == client) {
        request->closes = true; /* once what stands before it is answered */
        client->session->attached = false;
        client->session = NULL;
        client = NULL;
    }
    landed(replica, request);
    if (client != NULL)
        zk_client_finish(replica, client);
    apply_session(replica, txn);
}

/* The session of CLIENT is connected elsewhere by now: its old connection ends without a word. */
static void commit_moved(zk_replica_t *replica, zk_request_t *request, zk_client_t *client,
                         const zk_txn_decoded_t *txn)
{
    zk_tree_apply(replica->tree, txn, replica->arena);
    zk_client_finish(replica, client);
    zk_order_done(replica, request);
}

/* TXN is a multi of other operations than REQUEST asked for. */
static bool is_another_multi(const zk_request_t *request, const zk_txn_decoded_t *txn)
{
    int32_t count = txn->body.multi.txns.count;

    return txn->header.type == ZK_OP_MULTI && request->frame_bytes != (count > 0 ? count : 0);
}

static void commit_one(zk_replica_t *replica, zk_request_t *request, const zk_txn_decoded_t *txn)
{
    zk_client_t *client = request == NULL ? NULL : request->client;
    zk_code_t code;
    bool is_foreign = client != NULL && is_another_multi(request, txn);

    if (client != NULL && txn->header.type == ZK_OP_ERROR &&
        (txn->body.error.err == ZK_CODE_SESSION_MOVED || request->kind == ZK_REQUEST_CONNECT)) {
        commit_moved(replica, request, client, txn);
        return;
    }
    if (txn->header.type == ZK_OP_CLOSE_SESSION) {
        commit_close(replica, request, txn);
        return;
    }
    if (txn->header.type == ZK_OP_MULTI && request != NULL) {
        commit_multi(replica, request, txn);
    } else {
        code = zk_tree_apply(replica->tree, txn, replica->arena);
        apply_session(replica, txn);
        if (client != NULL && request->kind == ZK_REQUEST_CONNECT) {
            zk_session_welcome(replica, client);
            zk_count_answer(replica, client, request->type, request->xid, txn->header.zxid,
                            request->received_mono_ms);
        } else if (client != NULL)
            zk_reply_write(replica, request, txn, (int32_t)code);
    }
    if (is_foreign) {
        zk_client_finish(replica, client); /* that is not what it asked for */
        client = NULL;
    }
    landed(replica, request);
    if (client != NULL)
        zk_order_run(replica, client);
}

bool zk_commit_agrees(zk_replica_t *replica, int64_t zxid, uint64_t digest)
{
    if (zk_tree_digest(replica->tree) == digest) {
        replica->reach_unknown = false;
        return true;
    }
    return replica->reach_unknown || zxid < replica->fuzzy_until;
}

/* The tree's digest after TXN; FLIGHT (may be NULL) knows what was foreseen. */
static void check_digest(zk_replica_t *replica, const zk_flight_t *flight,
                         const zk_txn_decoded_t *txn)
{
    uint64_t expected;

    if (!replica->options.digest_enabled)
        return;
    if (flight != NULL && replica->role == ZK_ROLE_LEADER)
        expected = flight->digest;
    else if (txn->has_digest && txn->digest.version == ZK_DIGEST_VERSION)
        expected = (uint64_t)txn->digest.tree_digest;
    else
        return;
    if (zk_commit_agrees(replica, txn->header.zxid, expected))
        return;
    replica->stats.digest_mismatches++;
    zk_say_digest(replica, txn->header.zxid, expected);
#ifndef NDEBUG
    ZK_ASSERT(replica->role != ZK_ROLE_LEADER || flight == NULL);
#endif
}

/* A renewed session that still waits to be welcomed has done so by the time its own write is next:
 * what it waited for came before. */
static void welcome_first(zk_replica_t *replica, const zk_request_t *request)
{
    if (request != NULL && request->client != NULL && request->client->is_barred)
        zk_order_run(replica, request->client);
}

/* What here waits for TXN; false: nothing does, it is another server's or of an older leader. */
static bool take_flight(zk_replica_t *replica, const zk_txn_header_t *header, zk_flight_t *flight)
{
    if (replica->role == ZK_ROLE_LEARNER)
        return zk_forward_match(replica, header, flight);
    if (replica->role != ZK_ROLE_LEADER || zk_flights_count(replica) == 0)
        return false;
    *flight = *flight_at(replica, replica->flights_head);
    ZK_ASSERT(flight->zxid == header->zxid);
    replica->flights_head++;
    zk_upward_landed(replica, flight->link, flight->bytes);
    return true;
}

static void deliver(zk_replica_t *replica, int64_t zxid, const zk_blob_t *payload)
{
    zk_flight_t flight = {.request = NULL};
    zk_txn_decoded_t txn;
    zk_reader_t reader = zk_reader(payload->bytes, payload->size);
    zk_txn_header_t header;
    bool is_ours;

    zk_arena_reset(replica->arena);
    ZK_ASSERT(zk_record_decode(&zk_record_txn_header, &header, &reader, replica->arena));
    ZK_ASSERT(header.zxid == zxid);
    is_ours = take_flight(replica, &header, &flight);
    welcome_first(replica, flight.request);
    ZK_ASSERT(zk_txn_decode(&txn, payload->bytes, payload->size, replica->arena));
    commit_one(replica, flight.request, &txn);
    if (replica->role == ZK_ROLE_LEADER)
        zk_pending_applied(&replica->pending, zxid);
    check_digest(replica, is_ours ? &flight : NULL, &txn);
    replica->stats.commits++;
    if (replica->wall_ms >= txn.header.time)
        zk_reservoir_add(&replica->stats.propagation_latency, replica->wall_ms - txn.header.time);
}

static bool deliver_next(zk_replica_t *replica)
{
    zk_blob_t *payload;
    int64_t zxid;

    if (!zk_zab_deliver(replica->zab, &zxid, &payload, &replica->outputs))
        return false;
    deliver(replica, zxid, payload);
    zk_blob_release(payload);
    return true;
}

void zk_commit_all(zk_replica_t *replica)
{
    while (deliver_next(replica))
        continue;
    zk_links_carry_out(replica);
}

void zk_commit_delivered(zk_replica_t *replica)
{
    replica->deliveries_wait = true;
    while (!zk_step_is_full(replica) && replica->backlog_first == NULL) {
        if (!deliver_next(replica)) {
            replica->deliveries_wait = false;
            break;
        }
    }
    zk_links_carry_out(replica);
    zk_order_run_barred(replica);
    zk_syncs_run(replica);
}
