/* history.c -- what is known to be true: all committed transactions, and the tree they make.
 *
 * A record becomes part of it when the first server that serves applies it.  The tree here is fed
 * with the committed records only, in order; its listener says what watchers of a path have to
 * hear, and what the path was afterwards.  Checkers hold what servers and clients say against this.
 */
#include "sim/sim.h"

#include <string.h>

#include "wire/opcode.h"
#include "wire/txn.h"

static uint64_t hash_blob(const zk_blob_t *blob)
{
    return zk_hash_bytes(blob->bytes, blob->size, 1);
}

static void add_change(sim_history_t *history, zk_str_t path, const sim_change_t *change)
{
    sim_changes_t *changes = zk_map_str_get(&history->changes, path);

    if (changes == NULL) {
        changes = zk_calloc(1, sizeof(*changes));
        zk_map_str_set(&history->changes, path, changes);
    }
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity == 0 ? 4 : changes->capacity * 2;
        changes->items = zk_realloc(changes->items, changes->capacity * sizeof(*changes->items));
    }
    changes->items[changes->count++] = *change;
}

static uint64_t hash_children(zk_znode_t *znode)
{
    uint64_t sum = 0;
    zk_znode_t *child;

    for (child = zk_znode_first_child(znode); child != NULL; child = zk_znode_next_sibling(child)) {
        zk_str_t name = zk_znode_name(child);

        sum += zk_hash_bytes(name.data, zk_str_size(name), 3);
    }
    return sum;
}

/* Called while the txn is applied: the tree is already as it will be for PATH. */
static void changed(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                    int64_t zxid)
{
    sim_history_t *history = baton;
    zk_znode_t *znode = zk_tree_find(history->tree, path);
    sim_change_t change = {.zxid = zxid, .type = event_type};

    (void)acl;
    if (znode != NULL && event_type != ZK_EVENT_TYPE_DELETED) {
        zk_stat_t stat;
        zk_str_t data = zk_znode_data(znode);

        zk_znode_stat(znode, &stat);
        change.exists = true;
        change.version = stat.version;
        change.mzxid = stat.mzxid;
        change.data_hash = zk_hash_bytes(data.data, zk_str_size(data), 2);
        change.children_hash = hash_children(znode);
    }
    add_change(history, path, &change);
}

void sim_history_init(sim_t *sim)
{
    sim_history_t *history = &sim->history;
    zk_tree_options_t options = {.hash_seed = 1};
    zk_tree_listener_t listener = {history, changed};

    history->sim = sim;
    history->tree = zk_tree_create(&options);
    zk_tree_listen(history->tree, &listener);
    history->base_zxid = sim->config.first_zxid;
    history->acknowledged = 0;
}

static void free_proposals(zk_map64_t *map)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map64_next(map, &cursor)) != NULL)
        zk_blob_release(((sim_proposal_t *)entry->value)->blob);
}

static void free_map64(zk_map64_t *map)
{
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map64_next(map, &cursor)) != NULL)
        zk_free(entry->value);
    zk_map64_free(map);
}

void sim_history_free(sim_history_t *history)
{
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map_str_next(&history->changes, &cursor)) != NULL) {
        zk_free(((sim_changes_t *)entry->value)->items);
        zk_free(entry->value);
    }
    zk_map_str_free(&history->changes);
    free_map64(&history->sessions);
    free_proposals(&history->proposals);
    free_map64(&history->proposals);
    free_map64(&history->begins);
    zk_map64_free(&history->leaders);
    zk_map64_free(&history->digests);
    zk_tree_destroy(history->tree);
    zk_free(history->txns);
}

int64_t sim_history_last(const sim_history_t *history)
{
    return history->count > 0 ? history->txns[history->count - 1].zxid : history->base_zxid;
}

const sim_txn_t *sim_history_find(const sim_history_t *history, int64_t zxid)
{
    size_t low = 0, high = history->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (history->txns[middle].zxid < zxid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < history->count && history->txns[low].zxid == zxid ? &history->txns[low] : NULL;
}

/* The first change above ZXID, by place. */
static size_t place_above(const sim_changes_t *changes, int64_t zxid)
{
    size_t low = 0, high = changes->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (changes->items[middle].zxid <= zxid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const sim_change_t *sim_history_at(const sim_history_t *history, const char *path, int64_t zxid,
                                   bool children)
{
    const sim_changes_t *changes = zk_map_str_get(&history->changes, zk_str(path));
    size_t at;

    if (changes == NULL)
        return NULL;
    for (at = place_above(changes, zxid); at > 0; at--)
        if (children || changes->items[at - 1].type != ZK_EVENT_TYPE_CHILDREN_CHANGED)
            return &changes->items[at - 1];
    return NULL;
}

static bool is_heard(int type, sim_watch_kind_t kind)
{
    switch (kind) {
    case SIM_WATCH_EXISTS:
        return type == ZK_EVENT_TYPE_CREATED;
    case SIM_WATCH_DATA:
    case SIM_WATCH_RECURSIVE:
        return type != ZK_EVENT_TYPE_CHILDREN_CHANGED;
    case SIM_WATCH_CHILD:
        return type == ZK_EVENT_TYPE_CHILDREN_CHANGED || type == ZK_EVENT_TYPE_DELETED;
    case SIM_WATCH_PERSISTENT:
        return true;
    }
    return false;
}

const sim_change_t *sim_history_after(const sim_history_t *history, const char *path, int64_t zxid,
                                      sim_watch_kind_t kind)
{
    const sim_changes_t *changes = zk_map_str_get(&history->changes, zk_str(path));
    size_t at;

    if (changes == NULL)
        return NULL;
    for (at = place_above(changes, zxid); at < changes->count; at++)
        if (is_heard(changes->items[at].type, kind))
            return &changes->items[at];
    return NULL;
}

/* ---- proposals: one zxid means one transaction for ever (I9) ---- */

void sim_history_proposed(sim_t *sim, sim_server_t *server, int64_t zxid, zk_blob_t *blob)
{
    sim_proposal_t *proposal = zk_map64_get(&sim->history.proposals, (uint64_t)zxid + 1);
    uint64_t hash = hash_blob(blob);

    if ((uint32_t)zxid == 0 || (uint32_t)zxid == 0xffffffff)
        sim_fail(sim, "I9: server %" PRId64 " logs 0x%" PRIx64 ", a counter that nobody may use",
                 server->sid, (uint64_t)zxid);
    if (proposal == NULL) {
        proposal = zk_calloc(1, sizeof(*proposal));
        proposal->hash = hash;
        proposal->blob = zk_blob_hold(blob);
        zk_map64_set(&sim->history.proposals, (uint64_t)zxid + 1, proposal);
    } else if (proposal->hash != hash && sim->config.in_ensemble) {
        sim_fail(sim,
                 "I9: two transactions of 0x%" PRIx64 ", the second in the log of server %" PRId64,
                 (uint64_t)zxid, server->sid);
    } else {
        /* alone, what was lost unsynced was never seen by anybody */
        zk_blob_release(proposal->blob);
        proposal->blob = zk_blob_hold(blob);
        proposal->hash = hash;
    }
}

/* ---- commits ---- */

static sim_session_t *session_of(sim_history_t *history, int64_t id)
{
    sim_session_t *session = zk_map64_get(&history->sessions, (uint64_t)id);

    if (session == NULL) {
        session = zk_calloc(1, sizeof(*session));
        zk_map64_set(&history->sessions, (uint64_t)id, session);
    }
    return session;
}

/* Sessions begin once, end once, and own nothing afterwards (I16). */
static void check_session(sim_t *sim, const zk_txn_decoded_t *txn)
{
    sim_history_t *history = &sim->history;
    sim_session_t *session = session_of(history, txn->header.client_id);
    uint64_t id = (uint64_t)txn->header.client_id, zxid = (uint64_t)txn->header.zxid;

    if (txn->header.type == ZK_OP_CREATE_SESSION) {
        if (session->created_zxid != 0 && session->closed_zxid != 0)
            sim_fail(sim, "I16: session 0x%" PRIx64 " is created again at 0x%" PRIx64, id, zxid);
        session->created_zxid = txn->header.zxid;
    } else if (txn->header.type == ZK_OP_CLOSE_SESSION) {
        int32_t owned = zk_tree_session_ephemerals_count(history->tree, txn->header.client_id);
        int32_t listed = txn->body.close_session.paths2_delete.count;

        if (owned != (listed < 0 ? 0 : listed))
            sim_fail(sim,
                     "I16: closeSession 0x%" PRIx64 " lists %" PRId32 " of %" PRId32 " ephemerals",
                     zxid, listed, owned);
        if (txn->header.cxid == 0)
            sim_check_expiry(sim, txn->header.client_id);
        if (session->closed_zxid == 0)
            session->closed_zxid = txn->header.zxid;
    } else if (txn->header.type != ZK_OP_ERROR && session->closed_zxid != 0) {
        sim_fail(sim,
                 "I16: session 0x%" PRIx64 " was closed at 0x%" PRIx64 " and writes at 0x%" PRIx64,
                 id, (uint64_t)session->closed_zxid, zxid);
    }
}

/* A session's requests take effect in its order, wherever it moves meanwhile (I14).  What comes by
 * a server that it has left, or after its end, is refused; but who
 * has asked for the end of a session and goes on with it gets what it asked for, when it comes. */
static void check_order(sim_t *sim, const zk_txn_decoded_t *txn, int32_t err)
{
    sim_session_t *session = session_of(&sim->history, txn->header.client_id);

    if (txn->header.cxid <= 0 || txn->header.type == ZK_OP_CLOSE_SESSION ||
        err == ZK_CODE_SESSION_MOVED || err == ZK_CODE_SESSION_EXPIRED)
        return;
    if (txn->header.cxid <= session->last_cxid)
        sim_fail(sim,
                 "I14: request %" PRId32 " of session 0x%" PRIx64 ", type %" PRId32
                 ", takes effect at 0x%" PRIx64 " behind its request %" PRId32 " with %" PRId32,
                 txn->header.cxid, (uint64_t)txn->header.client_id, txn->header.type,
                 (uint64_t)txn->header.zxid, session->last_cxid, err);
    session->last_cxid = txn->header.cxid;
}

static void check_next(sim_t *sim, const sim_server_t *server, int64_t zxid)
{
    int64_t last = sim_history_last(&sim->history);
    bool same_epoch = zxid >> 32 == last >> 32;

    if (same_epoch ? zxid != last + 1 : (zxid < last || !sim_begins_epoch(sim, zxid)))
        sim_fail(sim, "S3, S8, I9: server %" PRId64 " commits 0x%" PRIx64 " after 0x%" PRIx64,
                 server->sid, (uint64_t)zxid, (uint64_t)last);
}

static void append(sim_history_t *history, const sim_txn_t *txn)
{
    if (history->count == history->capacity) {
        history->capacity = history->capacity == 0 ? 256 : history->capacity * 2;
        history->txns = zk_realloc(history->txns, history->capacity * sizeof(*history->txns));
    }
    history->txns[history->count++] = *txn;
}

void sim_history_commit(sim_t *sim, sim_server_t *server, const sim_record_t *record)
{
    sim_history_t *history = &sim->history;
    const sim_txn_t *known = sim_history_find(history, record->zxid);
    sim_txn_t entry = {.zxid = record->zxid, .hash = hash_blob(record->blob)};
    zk_txn_decoded_t txn;

    if (known != NULL) {
        if (known->hash != entry.hash)
            sim_fail(sim, "S3: server %" PRId64 " has another transaction 0x%" PRIx64, server->sid,
                     (uint64_t)record->zxid);
        return;
    }
    check_next(sim, server, record->zxid);
    zk_arena_reset(sim->arena);
    if (!zk_txn_decode(&txn, record->blob->bytes, record->blob->size, sim->arena)) {
        sim_fail(sim, "the committed 0x%" PRIx64 " does not decode", (uint64_t)record->zxid);
        return;
    }
    entry.client_id = txn.header.client_id;
    entry.cxid = txn.header.cxid;
    entry.type = txn.header.type;
    entry.err = txn.header.type == ZK_OP_ERROR ? txn.body.error.err : 0;
    check_session(sim, &txn);
    {
        zk_code_t result = zk_tree_apply(history->tree, &txn, sim->arena);

        if (entry.type == ZK_OP_MULTI)
            entry.err = result;
    }
    check_order(sim, &txn, entry.err);
    entry.digest = zk_tree_digest(history->tree);
    append(history, &entry);
    sim->stats.commits++;
    if (sim->config.in_ensemble)
        sim_check_durable(sim, server, record->zxid);
    sim_trace(sim, "  committed 0x%" PRIx64 " type %d session 0x%" PRIx64 " cxid %d err %d",
              (uint64_t)entry.zxid, entry.type, (uint64_t)entry.client_id, entry.cxid, entry.err);
}

/* The zxid that comes before ZXID in the one history that leads to it: in its epoch, or where the
 * leader of that epoch began. */
static int64_t zxid_before(const sim_t *sim, int64_t zxid)
{
    int64_t first = sim->config.first_counter > 0 ? sim->config.first_counter : 1;
    const int64_t *began;

    if ((zxid & 0xffffffff) > first)
        return zxid - 1;
    began = zk_map64_get(&sim->history.begins, (uint64_t)(zxid >> 32) + 1);
    return began == NULL ? 0 : *began;
}

void sim_history_began(sim_t *sim, int64_t epoch, int64_t zxid)
{
    int64_t *began = zk_calloc(1, sizeof(*began));

    *began = zxid;
    zk_map64_set(&sim->history.begins, (uint64_t)epoch + 1, began);
}

void sim_history_catch_up(sim_t *sim, sim_server_t *server, int64_t delivered)
{
    int64_t last = sim_history_last(&sim->history), zxid;
    zk_buffer_t path = {0}; /* of zxids, the latest first */
    size_t count;

    for (zxid = delivered; zxid > last; zxid = zxid_before(sim, zxid))
        zk_buffer_append(&path, &zxid, sizeof(zxid));
    for (count = zk_buffer_size(&path) / sizeof(zxid); count > 0 && !sim->failed; count--) {
        const sim_proposal_t *proposal;
        sim_record_t record = {0};

        memcpy(&record.zxid, zk_buffer_bytes(&path) + (count - 1) * sizeof(zxid), sizeof(zxid));
        proposal = zk_map64_get(&sim->history.proposals, (uint64_t)record.zxid + 1);
        if (proposal == NULL)
            continue; /* where an epoch begins is no transaction */
        record.blob = proposal->blob;
        sim_history_commit(sim, server, &record);
    }
    zk_buffer_free(&path);
}
