/* observer.c -- those who see everything and have no say.
 *
 * An observer is told of a proposal once, when it is committed: INFORM carries what PROPOSAL and
 * COMMIT carry together.  It acks NEWLEADER and UPTODATE, never a proposal, and counts in no
 * quorum. Its log only makes a restart fast, so it may do without.  While being synchronised a
 * learner of either kind takes both forms, because observers get their history from leaders as
 * PROPOSAL and COMMIT, and from other observers' masters as INFORM.
 *
 * Facts: upstream Observer.java; quorum notes, section 11. */
#include "base/log.h"
#include "base/status.h"
#include "zab/machine.h"

enum { DESIGNATED_LEADER_BYTES = 8 };

void zk_observer_inform(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;
    zk_str_t payload = packet->data;

    if (packet->type == ZK_PACKET_INFORM_AND_ACTIVATE) {
        if (zk_str_size(payload) < DESIGNATED_LEADER_BYTES) {
            zk_error("INFORMANDACTIVATE without a leader: the link ends");
            zk_machine_leave(zab, outputs);
            return;
        }
        payload = zk_str_n(payload.data + DESIGNATED_LEADER_BYTES,
                           zk_str_size(payload) - DESIGNATED_LEADER_BYTES);
    }
    if (history->committed != history->tail) {
        zk_error("INFORM while a proposal waits for its COMMIT: the link ends");
        zk_machine_leave(zab, outputs);
        return;
    }
    if (!zk_learner_take(zab, packet->zxid, payload, outputs))
        return;
    history->committed = history->tail;
}

void zk_observer_packet(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    switch (packet->type) {
    case ZK_PACKET_INFORM:
    case ZK_PACKET_INFORM_AND_ACTIVATE:
        zk_observer_inform(zab, packet, outputs);
        if (zab->phase != ZK_ZAB_LEAVING)
            zk_machine_append(zab, zab->history.tail, outputs);
        break;
    case ZK_PACKET_PING:
    case ZK_PACKET_REVALIDATE:
    case ZK_PACKET_SYNC:
        zk_machine_upward(0, 0, packet, outputs);
        break;
    default:
        zk_warn("Ignoring packet of type %d, which is not for observers", packet->type);
        break;
    }
}
