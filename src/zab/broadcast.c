/* broadcast.c -- propose, count acks, commit: the leader's end of the atomic broadcast.
 *
 *        propose(zxid, payload)          LOG_SYNCED, ACK zxid
 *   pipeline ---------------> history -------------------------> committed -> zk_zab_deliver
 *                                |  PROPOSAL to followers            |  COMMIT to followers,
 *                                +---------------->                  +-> INFORM to observers
 *
 * Per voter one number says how far its log reaches; a proposal is committed when the voters that
 * reach it form a quorum.  The order is total, so only the oldest one is ever asked.  A packet is
 * encoded once and sent to many.
 *
 * Invariants
 *   1. Nothing is committed before a quorum of the voters has it on disk.
 *   2. Acks only grow, and one of zxid covers all before it, because logs are written in order. The
 *      exception is a voter that is about to lose its tail (sync.c).
 *   3. An ack counts from the sender's NEWLEADER ACK on: before that it would not hold on to the
 *      proposal in an election, since its currentEpoch is of a former leader.
 *
 * Facts: upstream Leader.java (propose, processAck, tryToCommit, inform); quorum notes, 9.5. */
#include "base/mutation.h"
#include "base/status.h"
#include "zab/machine.h"

/* Counters end here: what would be the last one is never given. */
#define COUNTER_END INT64_C(0xffffffff)

void zk_broadcast_ack(zk_zab_t *zab, int64_t sid, int64_t zxid)
{
    int32_t place = zk_quorum_place(&zab->options.voters, sid);

    if (place >= 0 && zxid > zab->lead.acked[place])
        zab->lead.acked[place] = zxid;
}

static bool is_committed(const zk_zab_t *zab, int64_t zxid)
{
    const zk_quorum_t *voters = &zab->options.voters;
    bool agrees[ZK_QUORUM_VOTERS_MAX];
    int32_t i;

    for (i = 0; i < voters->count; i++)
        agrees[i] = zab->lead.acked[i] >= zxid;
    return ZK_MUTATION(committed_by_leader_alone) || zk_quorum_reached(voters, agrees);
}

/* Is PEER told of what is committed now? */
static bool is_in_broadcast(const zk_peer_t *peer)
{
    return !peer->is_gone &&
           peer->stage >=
               (ZK_MUTATION(learner_registered_late) ? ZK_PEER_SERVED : ZK_PEER_SNAPSHOT);
}

static void tell_committed(zk_zab_t *zab, const zk_proposal_t *proposal, zk_zab_outputs_t *outputs)
{
    const zk_blob_t *payload = proposal->payload;
    zk_span_t commit = {0, 0}, inform = {0, 0};
    size_t i;

    for (i = 0; i < zab->lead.count; i++) {
        zk_peer_t *peer = zab->lead.peers[i];

        if (!is_in_broadcast(peer))
            continue;
        if (peer->is_observer && inform.length == 0)
            inform = zk_machine_encode(outputs, ZK_PACKET_INFORM, proposal->zxid,
                                       zk_str_n((const char *)payload->bytes, payload->size));
        if (!peer->is_observer && commit.length == 0)
            commit = zk_machine_encode(outputs, ZK_PACKET_COMMIT, proposal->zxid, ZK_STR_NULL);
        zk_sync_send(zab, peer, peer->is_observer ? inform : commit, outputs);
    }
}

void zk_broadcast_commit(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;

    while (history->committed < history->tail) {
        const zk_proposal_t *oldest = zk_history_at(history, history->committed);

        if (!is_committed(zab, oldest->zxid))
            return;
        history->committed++;
        tell_committed(zab, oldest, outputs);
    }
}

int64_t zk_zab_next_zxid(const zk_zab_t *zab)
{
    int64_t next = zab->lead.last_proposed + 1;

    if (zk_zxid_counter(next) == 1 && !zab->options.is_alone)
        next += zab->options.first_counter - 1;
    if (zk_zxid_counter(next) != COUNTER_END || ZK_MUTATION(rollover_ignored))
        return next;
    /* Nobody else is there to agree on an epoch with a server alone. */
    return zab->options.is_alone ? next + 2 : -1;
}

void zk_zab_propose(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;
    zk_span_t span = {0, 0};
    size_t i;

    ZK_ASSERT(zab->state == ZK_SERVER_LEADING && zab->phase == ZK_ZAB_BROADCAST);
    ZK_ASSERT(zxid == zk_zab_next_zxid(zab));
    zk_history_push(history, zxid, payload);
    history->logged = history->tail;
    zab->lead.last_proposed = zxid;
    for (i = 0; i < zab->lead.count; i++) {
        zk_peer_t *peer = zab->lead.peers[i];

        if (!is_in_broadcast(peer) || peer->is_observer)
            continue;
        if (span.length == 0)
            span = zk_machine_encode(outputs, ZK_PACKET_PROPOSAL, zxid,
                                     zk_str_n((const char *)payload->bytes, payload->size));
        zk_sync_send(zab, peer, span, outputs);
        peer->sent_zxid = zxid;
        peer->sent_ms = zab->now_ms;
        if (peer->stage == ZK_PEER_SERVED && peer->watched_zxid == 0) {
            peer->watched_zxid = zxid;
            peer->watched_ms = zab->now_ms;
        }
    }
}
