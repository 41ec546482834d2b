/* digests.c -- I17: equal digests at equal zxids, on every server that serves and after every
 * recovery.
 *
 * The digest is compared with that of a tree fed with the committed history alone.  Ephemerals and
 * their sessions are in it, so one that outlives its session on one server shows here. */
#include "sim/sim.h"

static const uint64_t *expected_digest(sim_t *sim, int64_t zxid)
{
    const sim_txn_t *txn = sim_history_find(&sim->history, zxid);

    return txn == NULL ? NULL : &txn->digest;
}

void sim_check_digest(sim_t *sim, sim_server_t *server)
{
    int64_t zxid = sim_server_delivered(server);
    const uint64_t *expected;
    uint64_t digest;

    if (!sim_server_serves(sim, server) || (zxid == server->delivered && server->was_serving))
        return;
    expected = expected_digest(sim, zxid);
    if (expected == NULL)
        return;
    digest = zk_tree_digest(zk_replica_tree(server->replica));
    if (digest != *expected)
        sim_fail(sim,
                 "I17: server %" PRId64 " has digest %" PRIu64 " at 0x%" PRIx64 ", others %" PRIu64,
                 server->sid, digest, (uint64_t)zxid, *expected);
    sim_check_ephemerals(sim, server);
}

/* I10: what a directory gives after a crash is the prefix that ends at its last record. */
void sim_check_recovered(sim_t *sim, sim_server_t *server)
{
    int64_t zxid = sim_server_delivered(server);
    const sim_txn_t *txn = sim_history_find(&sim->history, zxid);
    const sim_record_t *record = sim_disk_find(&server->disk, zxid);
    uint64_t digest = zk_tree_digest(zk_replica_tree(server->replica));

    if (!sim->config.in_ensemble && zxid < sim->history.acknowledged)
        sim_fail(sim, "a server alone forgot 0x%" PRIx64 ", it comes back at 0x%" PRIx64,
                 (uint64_t)sim->history.acknowledged, (uint64_t)zxid);
    if (txn == NULL || (record != NULL && record->damaged))
        return;
    if (record != NULL && zk_hash_bytes(record->blob->bytes, record->blob->size, 1) != txn->hash)
        return; /* of a branch that a leader will cut */
    if (digest != txn->digest)
        sim_fail(sim,
                 "I10: server %" PRId64 " recovers digest %" PRIu64 " at 0x%" PRIx64
                 ", not %" PRIu64,
                 server->sid, digest, (uint64_t)zxid, txn->digest);
}
