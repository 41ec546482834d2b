/* client_check.c -- holds what a client is told against what is true.
 *
 *   writes   the zxid of the answer is that of the client's own transaction, with its result; it
 * lies above all that anybody had been told before the question (real time order) reads    the
 * content is exactly what the path was at the answer's zxid; behind a sync, and always with one
 * server, that zxid is not below what had been acknowledged before order    answers in the order of
 * the questions, zxids never go back for one client, whatever servers it speaks to watches  a
 * change is told exactly once to who waits for it, with its own type, before any answer of its zxid
 * or above sessions who is told that his session is gone has one that is closed by a transaction */
#include "sim/client_check.h"

#include <stdio.h>
#include <string.h>

#include "wire/codec.h"
#include "wire/opcode.h"

void sim_check_told_expired(sim_t *sim, sim_client_t *client)
{
    sim_session_t *session = zk_map64_get(&sim->history.sessions, (uint64_t)client->session_id);

    if (session != NULL)
        session->told_expired = true;
}

/* ---- watches ---- */

static const char *const kind_names[] = {"data", "exists", "child", "persistent", "recursive"};

static void forget_watch(sim_client_t *client, int at)
{
    client->watches[at] = client->watches[--client->watches_count];
}

static void arm(sim_t *sim, sim_client_t *client, sim_watch_kind_t kind, const char *path,
                int64_t zxid)
{
    int i;

    for (i = 0; i < client->watches_count; i++)
        if (client->watches[i].kind == kind && strcmp(client->watches[i].path, path) == 0) {
            client->watches[i].zxid = zxid;
            return;
        }
    if (client->watches_count == SIM_WATCHES_MAX) {
        sim_fail(sim, "the simulator has no room for a watch");
        return;
    }
    client->watches[client->watches_count].kind = kind;
    client->watches[client->watches_count].zxid = zxid;
    memcpy(client->watches[client->watches_count++].path, path, SIM_PATH_BYTES);
}

/* Nothing that CLIENT waits for may have changed up to ZXID without its having been told. */
static void check_told(sim_t *sim, sim_client_t *client, int64_t zxid)
{
    int i;

    for (i = 0; i < client->watches_count; i++) {
        const sim_watch_t *watch = &client->watches[i];
        const sim_change_t *change =
            sim_history_after(&sim->history, watch->path, watch->zxid, watch->kind);

        if (change != NULL && change->zxid <= zxid) {
            sim_fail(sim,
                     "client %d sees 0x%" PRIx64 " and was not told of event %d of %s at 0x%" PRIx64
                     ", for its %s watch of 0x%" PRIx64,
                     client->index, (uint64_t)zxid, change->type, watch->path,
                     (uint64_t)change->zxid, kind_names[watch->kind], (uint64_t)watch->zxid);
            return;
        }
    }
}

void sim_client_saw(sim_t *sim, sim_client_t *client, int32_t xid, int64_t zxid)
{
    if (zxid <= 0)
        return;
    /* An epoch without a transaction is above all before it, but not every server speaks of it. */
    if (zxid < client->last_txn_zxid) {
        sim_fail(sim, "client %d goes back from 0x%" PRIx64 " to 0x%" PRIx64, client->index,
                 (uint64_t)client->last_txn_zxid, (uint64_t)zxid);
        return;
    }
    if ((uint32_t)zxid != 0)
        client->last_txn_zxid = zxid;
    if (client->watches_settled && xid != ZK_XID_SET_WATCHES)
        check_told(sim, client, zxid);
    if (zxid > client->last_zxid)
        client->last_zxid = zxid;
}

/* Does an event of TYPE concern WATCH, whose next change is CHANGE? */
static bool concerns(const sim_client_t *client, const sim_watch_t *watch,
                     const sim_change_t *change, int type)
{
    if (change == NULL)
        return false;
    if (client->watches_settled)
        return change->type == type;
    /* What changed while it was away comes as one event about what is now. */
    switch (watch->kind) {
    case SIM_WATCH_DATA:
        return type != ZK_EVENT_TYPE_CHILDREN_CHANGED;
    case SIM_WATCH_EXISTS:
        return type == ZK_EVENT_TYPE_CREATED;
    case SIM_WATCH_CHILD:
        return type == ZK_EVENT_TYPE_CHILDREN_CHANGED || type == ZK_EVENT_TYPE_DELETED;
    default:
        return false;
    }
}

void sim_client_event(sim_t *sim, sim_client_t *client, zk_reader_t *reader)
{
    zk_watcher_event_t event;
    bool expected = false;
    int i;

    zk_arena_reset(sim->arena);
    if (!zk_record_decode(&zk_record_watcher_event, &event, reader, sim->arena)) {
        sim_fail(sim, "client %d got an event that does not decode", client->index);
        return;
    }
    sim->stats.events++;
    for (i = client->watches_count - 1; i >= 0; i--) {
        sim_watch_t *watch = &client->watches[i];
        const sim_change_t *change;

        if (!zk_str_equal_c(event.path, watch->path))
            continue;
        change = sim_history_after(&sim->history, watch->path, watch->zxid, watch->kind);
        if (!concerns(client, watch, change, event.type))
            continue;
        expected = true;
        if (watch->kind >= SIM_WATCH_PERSISTENT)
            watch->zxid = change->zxid;
        else
            forget_watch(client, i);
    }
    if (!expected)
        sim_fail(sim, "client %d is told of event %d of %.*s, for which it does not wait",
                 client->index, event.type, (int)event.path.length, event.path.data);
}

void sim_client_watches_set(sim_t *sim, sim_client_t *client, int64_t zxid)
{
    int i;

    client->watches_settled = true;
    for (i = 0; i < client->watches_count; i++) {
        sim_watch_t *watch = &client->watches[i];
        const sim_change_t *now = sim_history_at(&sim->history, watch->path, zxid, false);

        /* What came and went meanwhile is nothing to who waits for it to exist, and those that stay
         * have missed what they have missed. */
        if (watch->kind >= SIM_WATCH_PERSISTENT ||
            (watch->kind == SIM_WATCH_EXISTS && (now == NULL || !now->exists)))
            watch->zxid = zxid;
    }
    check_told(sim, client, zxid);
}

/* ---- writes ---- */

static int32_t body_error(const sim_txn_t *txn)
{
    return txn->type == ZK_OP_MULTI ? 0 : txn->err; /* a multi tells its failure in the body */
}

static void check_write(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                        int32_t err)
{
    const sim_txn_t *txn = sim_history_find(&sim->history, zxid);

    if (txn == NULL || txn->client_id != client->session_id || txn->cxid != op->xid) {
        if (err == ZK_CODE_SESSION_EXPIRED || err == ZK_CODE_SESSION_MOVED)
            return;
        sim_fail(sim,
                 "I13: client %d, session 0x%" PRIx64
                 ", is told %d for its write %d of %s at 0x%" PRIx64 ", which is %s",
                 client->index, (uint64_t)client->session_id, err, op->xid, op->path,
                 (uint64_t)zxid, txn == NULL ? "not committed" : "not its own");
        return;
    }
    if (err != body_error(txn) && op->kind != SIM_OP_MULTI)
        sim_fail(sim, "I13: client %d is told %d for 0x%" PRIx64 ", which ended with %d",
                 client->index, err, (uint64_t)zxid, txn->err);
    if (zxid <= op->floor_zxid)
        sim_fail(sim,
                 "linearizability: client %d writes 0x%" PRIx64 " after 0x%" PRIx64
                 " had been acknowledged",
                 client->index, (uint64_t)zxid, (uint64_t)op->floor_zxid);
    if (zxid > sim->history.acknowledged)
        sim->history.acknowledged = zxid;
    client->write_answers++;
}

static void note_version(sim_client_t *client, const char *path, int32_t version)
{
    int number = sim_register_of(zk_str(path));

    if (number >= 0 && number < SIM_REGISTERS)
        client->versions[number] = version;
}

static void check_stat(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                       const zk_stat_t *stat)
{
    const sim_change_t *change = sim_history_at(&sim->history, op->path, zxid, false);

    if (change == NULL || !change->exists)
        sim_fail(sim, "client %d reads %s at 0x%" PRIx64 ", where it does not exist", client->index,
                 op->path, (uint64_t)zxid);
    else if (change->version != stat->version || change->mzxid != stat->mzxid)
        sim_fail(sim,
                 "client %d reads %s at 0x%" PRIx64 " with version %d of 0x%" PRIx64
                 ", but that is version %d of 0x%" PRIx64,
                 client->index, op->path, (uint64_t)zxid, stat->version, (uint64_t)stat->mzxid,
                 change->version, (uint64_t)change->mzxid);
    note_version(client, op->path, stat->version);
}

static void set_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                         zk_reader_t *body)
{
    zk_set_data_response_t response;

    if (!zk_record_decode(&zk_record_set_data_response, &response, body, sim->arena))
        sim_fail(sim, "client %d got an answer to setData that does not decode", client->index);
    else
        check_stat(sim, client, op, zxid, &response.stat);
}

static void create_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                            zk_reader_t *body)
{
    zk_str_t path = zk_read_str(body);
    const sim_change_t *change;
    char text[SIM_PATH_BYTES] = "";

    if (body->failed || path.length <= 0 || path.length >= SIM_PATH_BYTES) {
        sim_fail(sim, "client %d got an answer to create that does not decode", client->index);
        return;
    }
    memcpy(text, path.data, (size_t)path.length);
    change = sim_history_at(&sim->history, text, zxid, false);
    if (change == NULL || change->zxid != zxid)
        sim_fail(sim, "client %d is told that it created %s at 0x%" PRIx64 ", which did not",
                 client->index, text, (uint64_t)zxid);
    note_version(client, text, 0);
    if ((op->kind == SIM_OP_SEQUENTIAL || op->kind == SIM_OP_EPHEMERAL) &&
        client->own_count < SIM_OWN_MAX)
        memcpy(client->own[client->own_count++], text, SIM_PATH_BYTES);
}

/* ---- reads ---- */

static void get_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                         zk_reader_t *body)
{
    zk_get_data_response_t response;
    const sim_change_t *change = sim_history_at(&sim->history, op->path, zxid, false);

    if (!zk_record_decode(&zk_record_get_data_response, &response, body, sim->arena)) {
        sim_fail(sim, "client %d got an answer to getData that does not decode", client->index);
        return;
    }
    check_stat(sim, client, op, zxid, &response.stat);
    if (change != NULL &&
        change->data_hash != zk_hash_bytes(response.data.data, zk_str_size(response.data), 2))
        sim_fail(sim, "client %d reads other data of %s than 0x%" PRIx64 " wrote", client->index,
                 op->path, (uint64_t)change->mzxid);
}

static void exists_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                            zk_reader_t *body)
{
    zk_exists_response_t response;

    if (!zk_record_decode(&zk_record_exists_response, &response, body, sim->arena))
        sim_fail(sim, "client %d got an answer to exists that does not decode", client->index);
    else
        check_stat(sim, client, op, zxid, &response.stat);
}

static void children_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                              zk_reader_t *body)
{
    zk_get_children_response_t response;
    const sim_change_t *change = sim_history_at(&sim->history, op->path, zxid, true);
    uint64_t sum = 0;
    int32_t i;

    if (!zk_record_decode(&zk_record_get_children_response, &response, body, sim->arena)) {
        sim_fail(sim, "client %d got an answer to getChildren that does not decode", client->index);
        return;
    }
    for (i = 0; i < response.children.count; i++)
        sum += zk_hash_bytes(response.children.items[i].data,
                             zk_str_size(response.children.items[i]), 3);
    /* What others left behind is tidied up, so that the tree stays small. */
    for (i = 0; i < response.children.count && response.children.count > 20 && op->path[1] == 's' &&
                client->own_count < SIM_OWN_MAX / 2;
         i++) {
        char *own = client->own[client->own_count++];

        snprintf(own, SIM_PATH_BYTES, "/s/%.*s", (int)response.children.items[i].length,
                 response.children.items[i].data);
    }
    if (change != NULL && change->children_hash != sum)
        sim_fail(sim, "client %d reads other children of %s than were there at 0x%" PRIx64,
                 client->index, op->path, (uint64_t)zxid);
}

static void check_missing(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid)
{
    const sim_change_t *change = sim_history_at(&sim->history, op->path, zxid, true);

    if (change != NULL && change->exists)
        sim_fail(sim, "client %d does not find %s at 0x%" PRIx64 ", where it exists", client->index,
                 op->path, (uint64_t)zxid);
    note_version(client, op->path, 0);
}

static void read_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                          int32_t err, zk_reader_t *body)
{
    if (zxid < op->floor_zxid)
        sim_fail(sim,
                 "linearizability: client %d reads %s as of 0x%" PRIx64 " after 0x%" PRIx64
                 " had been acknowledged%s",
                 client->index, op->path, (uint64_t)zxid, (uint64_t)op->floor_zxid,
                 sim->config.in_ensemble ? " before its sync" : "");
    if (op->kind == SIM_OP_SYNC) {
        if (err != 0)
            client->synced_floor = -1;
        return;
    }
    if (err == ZK_CODE_NO_NODE) {
        check_missing(sim, client, op, zxid);
        if (op->watch && op->kind == SIM_OP_EXISTS)
            arm(sim, client, SIM_WATCH_EXISTS, op->path, zxid);
        return;
    }
    if (err != 0) {
        if (err != ZK_CODE_SESSION_EXPIRED && err != ZK_CODE_SESSION_MOVED)
            sim_fail(sim, "client %d is told %d for a read of %s", client->index, err, op->path);
        return;
    }
    if (op->kind == SIM_OP_GET)
        get_answered(sim, client, op, zxid, body);
    else if (op->kind == SIM_OP_EXISTS)
        exists_answered(sim, client, op, zxid, body);
    else
        children_answered(sim, client, op, zxid, body);
    if (op->watch)
        arm(sim, client, op->kind == SIM_OP_CHILDREN ? SIM_WATCH_CHILD : SIM_WATCH_DATA, op->path,
            zxid);
}

void sim_client_answered(sim_t *sim, sim_client_t *client, const sim_op_t *op, int64_t zxid,
                         int32_t err, zk_reader_t *body)
{
    zk_arena_reset(sim->arena);
    switch (op->kind) {
    case SIM_OP_GET:
    case SIM_OP_EXISTS:
    case SIM_OP_CHILDREN:
    case SIM_OP_SYNC:
        read_answered(sim, client, op, zxid, err, body);
        return;
    case SIM_OP_ADD_WATCH:
        if (err == 0)
            arm(sim, client,
                op->mode == ZK_ADD_WATCH_RECURSIVE ? SIM_WATCH_RECURSIVE : SIM_WATCH_PERSISTENT,
                op->path, zxid);
        return;
    default:
        break;
    }
    check_write(sim, client, op, zxid, err);
    if (sim->failed || err != 0)
        return;
    if (op->kind == SIM_OP_SET || op->kind == SIM_OP_SET_ANY)
        set_answered(sim, client, op, zxid, body);
    else if (op->kind == SIM_OP_CREATE || op->kind == SIM_OP_SEQUENTIAL ||
             op->kind == SIM_OP_EPHEMERAL)
        create_answered(sim, client, op, zxid, body);
}
