/* learner.c -- the end that follows: take over the leader's history, then its broadcast.
 *
 *   stage             on                                             to
 *   CONNECTING        the link is up: FOLLOWERINFO                   GREETED          [discovery.c]
 *   GREETED           LEADERINFO                                     SAVING_ACCEPTED  [discovery.c]
 *   SAVING_ACCEPTED   acceptedEpoch is durable: ACKEPOCH             ACKED_EPOCH      [discovery.c]
 *   ACKED_EPOCH       DIFF; TRUNC or SNAP, and then reload           SYNCING          [begin_sync]
 *   SYNCING           PROPOSAL, COMMIT: logged as they are committed
 *   SYNCING           NEWLEADER                                      NEWLEADER
 *   NEWLEADER         the initial history is durable, then delivered SAVING_CURRENT
 *   SAVING_CURRENT    currentEpoch is durable: ACK of NEWLEADER      ACKED
 *   ACKED             UPTODATE: ACK, serve, log what waited          SERVING
 *
 * The order from NEWLEADER on is what four losses of committed data in upstream's history were
 * about: history on disk, then the epoch, then the ACK, then any ACK of a proposal.  Proposals that
 * are not committed by then are neither dropped nor logged before UPTODATE, and a COMMIT in between
 * is remembered.
 *
 * While a truncation or a snapshot is being carried out no packet is taken; they wait.
 *
 * Facts: upstream Learner.java (syncWithLeader), Follower.java; quorum notes, sections 7.4, 8.7 to
 * 8.9, 9. */
#include <inttypes.h>
#include <string.h>

#include "base/mutation.h"
#include "base/log.h"
#include "base/status.h"
#include "zab/machine.h"

void zk_learner_send(zk_zab_t *zab, int32_t type, int64_t zxid, zk_str_t data,
                     zk_zab_outputs_t *outputs)
{
    if (zab->learner.link != 0)
        zk_machine_send(zab->learner.link, zk_machine_encode(outputs, type, zxid, data), outputs);
}

/* ---- begin and end ---- */

void zk_learner_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    zk_buffer_free(&learner->deferred);
    *learner =
        (zk_learner_t){.stage = ZK_LEARNER_CONNECTING, .heard_ms = zab->now_ms, .snap_zxid = -1};
    zk_zab_output(outputs, ZK_ZAB_CONNECT)->sid = zab->leader_sid;
}

void zk_learner_end(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    if (learner->link != 0 || learner->stage == ZK_LEARNER_CONNECTING)
        zk_machine_close(learner->link, outputs);
    learner->link = 0;
    zk_buffer_free(&learner->deferred);
}

/* ---- proposals and commits ---- */

/* Could a txn that this leader tells of bear ZXID? */
static bool is_possible(const zk_zab_t *zab, int64_t zxid)
{
    return zxid > 0 && zk_zxid_counter(zxid) != 0 && zk_zxid_epoch(zxid) <= zab->learner.epoch;
}

/* Our last zxid is the bare beginning of an epoch, and ZXID is of a later one.  A leader of ours
 * sends a snapshot then; one of upstream's may lack what ours holds.  It is doubted once: where
 * nobody but this server can make that leader a quorum, asking for a snapshot leads nowhere,
 * because who asks has no vote. */
static bool is_doubtful(const zk_zab_t *zab, int64_t before, int64_t zxid)
{
    return zab->learner.is_diff && before > 0 && zk_zxid_counter(before) == 0 &&
           zk_zxid_epoch(zxid) > zk_zxid_epoch(before) && before != zab->doubted_zxid;
}

bool zk_learner_take(zk_zab_t *zab, int64_t zxid, zk_str_t payload, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;
    int64_t before = zk_history_before(history, history->tail);
    zk_blob_t *blob;

    if (is_doubtful(zab, before, zxid)) {
        zk_warn("the leader goes on with 0x%" PRIx64 " behind 0x%" PRIx64
                ", the beginning of an epoch that it may not know: a snapshot will tell",
                (uint64_t)zxid, (uint64_t)before);
        zab->asks_for_snapshot = true;
        zab->doubted_zxid = before;
        zk_machine_leave(zab, outputs);
        return false;
    }
    if (zk_str_is_null(payload) || !is_possible(zab, zxid) || zxid <= before ||
        (!zk_zxid_is_next(before, zxid, zab->options.first_counter) &&
         !ZK_MUTATION(gap_accepted))) {
        zk_error("Got zxid 0x%" PRIx64 " expected 0x%" PRIx64 ": the link to the leader ends",
                 (uint64_t)zxid, (uint64_t)(before + 1));
        zk_machine_leave(zab, outputs);
        return false;
    }
    if (zab->options.accepts != NULL &&
        !zab->options.accepts(zab->options.accepts_baton, zxid, payload)) {
        zk_machine_leave(zab, outputs);
        zab->look_ms = zab->now_ms + zab->options.tick_ms; /* it will be proposed again */
        return false;
    }
    if (zxid != before + 1 && zk_zxid_counter(zxid) != 1)
        zk_warn("epoch 0x%" PRIx64 " begins at 0x%" PRIx64, (uint64_t)zk_zxid_epoch(zxid),
                (uint64_t)zxid);
    blob = zk_blob_copy(payload.data, zk_str_size(payload));
    zk_history_push(history, zxid, blob);
    zk_blob_release(blob);
    return true;
}

static void commit(zk_zab_t *zab, int64_t zxid, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;
    bool has_pending = history->committed < history->tail;

    if (has_pending && zk_history_at(history, history->committed)->zxid == zxid) {
        history->committed++;
        return;
    }
    if (!has_pending && zab->is_serving) {
        zk_warn("Committing 0x%" PRIx64 " without seeing txn", (uint64_t)zxid);
        return;
    }
    zk_error("Committing zxid 0x%" PRIx64 " but next pending txn 0x%" PRIx64
             ": the link to the leader ends",
             (uint64_t)zxid,
             has_pending ? (uint64_t)zk_history_at(history, history->committed)->zxid : 0);
    zk_machine_leave(zab, outputs);
}

/* ---- synchronisation ---- */

static void begin_reload(zk_zab_t *zab, bool is_truncating, int64_t zxid, zk_zab_outputs_t *outputs)
{
    zk_zab_output_t *output =
        zk_zab_output(outputs, is_truncating ? ZK_ZAB_TRUNCATE : ZK_ZAB_RECEIVE_SNAPSHOT);

    output->zxid = zxid;
    output->link = zab->learner.link;
    zab->is_reloading = true;
    zab->is_truncating = is_truncating;
    zab->learner.reports_parts = !is_truncating; /* the leader's turn from the first part on */
    zab->truncate_zxid = zxid;
    zab->load_began = false;
}

/* Is ZXID a place in what this server has?  The bare beginning of an epoch is one only with a txn
 * of that epoch behind it: its leader's history is what comes before.  That is asked for once, as
 * above. */
static bool is_place(const zk_zab_t *zab, int64_t zxid)
{
    const zk_history_t *history = &zab->history;
    size_t position = zk_history_above(history, zxid);

    if (zk_zxid_counter(zxid) != 0)
        return true; /* the log will say */
    return zxid >= history->base &&
           (zk_history_before(history, position) == zxid ||
            (position < history->tail &&
             zk_zxid_epoch(zk_history_at(history, position)->zxid) == zk_zxid_epoch(zxid)));
}

static void begin_truncation(zk_zab_t *zab, int64_t zxid, zk_zab_outputs_t *outputs)
{
    int64_t last = zk_zab_last_logged(zab);

    zk_warn("Truncating log to get in sync with the leader 0x%" PRIx64, (uint64_t)zxid);
    if (zxid == last)
        return;
    if (zxid >= 0 && zxid < last && (is_place(zab, zxid) || zxid == zab->doubted_zxid)) {
        begin_reload(zab, true, zxid, outputs);
        return;
    }
    zk_error("Not able to truncate the log 0x%" PRIx64, (uint64_t)zxid);
    zab->asks_for_snapshot = true;
    zab->doubted_zxid = zxid;
    zk_machine_leave(zab, outputs);
}

static void begin_sync(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    zab->learner.stage = ZK_LEARNER_SYNCING;
    switch (packet->type) {
    case ZK_PACKET_DIFF:
        zk_info("Getting a diff from the leader 0x%" PRIx64, (uint64_t)packet->zxid);
        zab->learner.is_diff = packet->zxid != zk_zab_last_logged(zab);
        if (zab->may_vote)
            return;
        zk_error("a DIFF to a server that has nothing to add it to");
        break;
    case ZK_PACKET_SNAP:
        zk_info("Getting a snapshot from leader 0x%" PRIx64, (uint64_t)packet->zxid);
        if (packet->zxid < 0 || zk_zxid_epoch(packet->zxid) > zab->learner.epoch) {
            zk_error("a snapshot of 0x%" PRIx64 " in epoch 0x%" PRIx64, (uint64_t)packet->zxid,
                     (uint64_t)zab->learner.epoch);
            break;
        }
        zab->learner.snap_zxid = packet->zxid;
        begin_reload(zab, false, packet->zxid, outputs);
        return;
    case ZK_PACKET_TRUNC:
        begin_truncation(zab, packet->zxid, outputs);
        return;
    default:
        zk_error("Got unexpected packet from leader: type %d", packet->type);
        break;
    }
    zk_machine_leave(zab, outputs);
}

static void new_leader(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    zk_info("Learner received NEWLEADER message");
    if (learner->stage != ZK_LEARNER_SYNCING || packet->zxid != learner->epoch << 32) {
        zk_error("NEWLEADER 0x%" PRIx64 " does not belong to epoch 0x%" PRIx64,
                 (uint64_t)packet->zxid, (uint64_t)learner->epoch);
        zk_machine_leave(zab, outputs);
        return;
    }
    learner->stage = ZK_LEARNER_NEWLEADER;
    learner->initial = zab->history.committed;
    if (ZK_MUTATION(epoch_before_history))
        zk_machine_save_epoch(zab, learner->epoch, true, outputs);
    if (ZK_MUTATION(uncommitted_dropped_at_newleader))
        zab->history.tail = zab->history.committed;
    zk_machine_append(zab, learner->initial, outputs);
}

static void up_to_date(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    zk_info("Learner received UPTODATE message");
    if (learner->stage != ZK_LEARNER_ACKED) {
        zk_error("UPTODATE before NEWLEADER was acked");
        zk_machine_leave(zab, outputs);
        return;
    }
    learner->stage = ZK_LEARNER_SERVING;
    if (ZK_MUTATION(history_hole_after_sync))
        zab->history.first = zab->history.delivered;
    zk_learner_send(zab, ZK_PACKET_ACK, learner->epoch << 32, ZK_STR_NULL, outputs);
    zk_machine_serve(zab, learner->epoch, outputs);
    zk_machine_append(zab, zab->history.tail, outputs);
}

static void sync_packet(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    switch (packet->type) {
    case ZK_PACKET_PROPOSAL:
        zk_learner_take(zab, packet->zxid, packet->data, outputs);
        break;
    case ZK_PACKET_COMMIT:
    case ZK_PACKET_COMMIT_AND_ACTIVATE:
        commit(zab, packet->zxid, outputs);
        break;
    case ZK_PACKET_INFORM:
    case ZK_PACKET_INFORM_AND_ACTIVATE:
        zk_observer_inform(zab, packet, outputs);
        break;
    case ZK_PACKET_NEWLEADER:
        new_leader(zab, packet, outputs);
        break;
    case ZK_PACKET_UPTODATE:
        up_to_date(zab, outputs);
        break;
    default: /* a PING or SYNC of a leader that serves already: not for us yet */
        break;
    }
    if (zab->learner.stage == ZK_LEARNER_SYNCING && zab->phase != ZK_ZAB_LEAVING)
        zk_machine_append(zab, zab->history.committed, outputs);
}

/* ---- broadcast ---- */

static void follower_packet(zk_zab_t *zab, const zk_quorum_packet_t *packet,
                            zk_zab_outputs_t *outputs)
{
    switch (packet->type) {
    case ZK_PACKET_PROPOSAL:
        if (zk_learner_take(zab, packet->zxid, packet->data, outputs))
            zk_machine_append(zab, zab->history.tail, outputs);
        break;
    case ZK_PACKET_COMMIT:
    case ZK_PACKET_COMMIT_AND_ACTIVATE:
        commit(zab, packet->zxid, outputs);
        break;
    case ZK_PACKET_PING:
    case ZK_PACKET_REVALIDATE:
    case ZK_PACKET_SYNC:
        zk_machine_upward(0, 0, packet, outputs);
        break;
    default:
        zk_warn("Unknown packet type %d from the leader", packet->type);
        break;
    }
}

/* Upstream's leaders note where the broadcast to a learner begins before they look how far the tree
 * is that they send: what came in between is in the snapshot and is told again. */
static bool is_in_snapshot(const zk_zab_t *zab, const zk_quorum_packet_t *packet)
{
    switch (packet->type) {
    case ZK_PACKET_PROPOSAL:
    case ZK_PACKET_COMMIT:
    case ZK_PACKET_COMMIT_AND_ACTIVATE:
    case ZK_PACKET_INFORM:
    case ZK_PACKET_INFORM_AND_ACTIVATE:
        return packet->zxid <= zab->learner.snap_zxid;
    default:
        return false;
    }
}

static void handle(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs)
{
    if (zab->learner.stage >= ZK_LEARNER_SYNCING && is_in_snapshot(zab, packet))
        return;
    switch (zab->learner.stage) {
    case ZK_LEARNER_GREETED:
        zk_discovery_leader_info(zab, packet, outputs);
        break;
    case ZK_LEARNER_ACKED_EPOCH:
        begin_sync(zab, packet, outputs);
        break;
    case ZK_LEARNER_SYNCING:
    case ZK_LEARNER_NEWLEADER:
    case ZK_LEARNER_SAVING_CURRENT:
    case ZK_LEARNER_ACKED:
        sync_packet(zab, packet, outputs);
        break;
    case ZK_LEARNER_SERVING:
        if (zab->state == ZK_SERVER_OBSERVING)
            zk_observer_packet(zab, packet, outputs);
        else
            follower_packet(zab, packet, outputs);
        break;
    case ZK_LEARNER_CONNECTING:
    case ZK_LEARNER_SAVING_ACCEPTED:
        zk_warn("packet of type %d from the leader comes too early: ignored", packet->type);
        break;
    }
}

static void take_bytes(zk_zab_t *zab, zk_str_t bytes, zk_zab_outputs_t *outputs)
{
    const zk_quorum_packet_t *packet = zk_machine_decode(zab, bytes);

    if (packet != NULL) {
        handle(zab, packet, outputs);
        return;
    }
    zk_error("a packet of the leader does not decode: the link ends");
    zk_machine_leave(zab, outputs);
}

static void defer(zk_zab_t *zab, zk_str_t bytes, zk_zab_outputs_t *outputs)
{
    zk_buffer_t *deferred = &zab->learner.deferred;

    zk_write_str(deferred, bytes);
    if ((int64_t)zk_buffer_size(deferred) <= zab->options.link_bytes_max)
        return;
    zk_error("more than %" PRId64 " bytes came from the leader while the state is replaced",
             zab->options.link_bytes_max);
    zk_machine_leave(zab, outputs);
}

static void take_deferred(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_buffer_t *deferred = &zab->learner.deferred;

    while (zab->phase != ZK_ZAB_LEAVING && zk_buffer_size(deferred) > 0) {
        zk_reader_t reader = zk_reader(zk_buffer_bytes(deferred), zk_buffer_size(deferred));
        zk_str_t bytes = zk_read_str(&reader);
        size_t size = zk_str_size(bytes);

        bytes = zk_str_n(zk_arena_copy(zab->arena, bytes.data, size), size);
        zk_buffer_consume(deferred, 4 + size);
        take_bytes(zab, bytes, outputs);
    }
}

/* ---- events ---- */

static void connected(zk_zab_t *zab, uint64_t link, zk_zab_outputs_t *outputs)
{
    if (zab->learner.stage != ZK_LEARNER_CONNECTING) {
        zk_machine_close(link, outputs);
        return;
    }
    zab->learner.link = link;
    zab->learner.heard_ms = zab->now_ms;
    zk_discovery_greet(zab, outputs);
}

static void reloaded(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    int64_t last = zk_zab_last_logged(zab);
    bool is_there = last == zab->truncate_zxid ||
                    (zk_zxid_counter(zab->truncate_zxid) == 0 && last < zab->truncate_zxid);

    zab->learner.heard_ms = zab->now_ms;
    if (!event->failed && is_there) {
        take_deferred(zab, outputs);
        return;
    }
    zk_error("the state could not be brought to 0x%" PRIx64 " of the leader, it ends at 0x%" PRIx64,
             (uint64_t)zab->truncate_zxid, (uint64_t)last);
    zk_machine_leave(zab, outputs);
}

static void saved(zk_zab_t *zab, bool is_current, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    if (!is_current && learner->stage == ZK_LEARNER_SAVING_ACCEPTED) {
        zk_discovery_answer(zab, outputs);
    } else if (is_current && learner->stage == ZK_LEARNER_SAVING_CURRENT) {
        learner->stage = ZK_LEARNER_ACKED;
        zab->may_vote = true;
        zk_learner_send(zab, ZK_PACKET_ACK, learner->epoch << 32, ZK_STR_NULL, outputs);
    } else {
        return;
    }
    learner->heard_ms = zab->now_ms;
}

static bool is_of_leader(const zk_zab_t *zab, const zk_zab_event_t *event)
{
    return zab->learner.link != 0 && event->link == zab->learner.link;
}

void zk_learner_event(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    switch (event->type) {
    case ZK_ZAB_CONNECTED:
        connected(zab, event->link, outputs);
        break;
    case ZK_ZAB_CONNECT_FAILED:
        if (learner->stage != ZK_LEARNER_CONNECTING)
            break;
        zk_warn("server %" PRId64 ", the elected leader, cannot be reached", zab->leader_sid);
        zk_machine_leave(zab, outputs);
        break;
    case ZK_ZAB_PACKET:
        if (!is_of_leader(zab, event))
            break;
        learner->heard_ms = zab->now_ms;
        if (zab->is_reloading)
            defer(zab, event->bytes, outputs);
        else
            take_bytes(zab, event->bytes, outputs);
        break;
    case ZK_ZAB_STREAM_PART:
        if (!is_of_leader(zab, event))
            break;
        learner->reports_parts = !event->last; /* then it is our disk's turn */
        learner->heard_ms = zab->now_ms;
        break;
    case ZK_ZAB_LINK_GONE:
        if (!is_of_leader(zab, event))
            break;
        zk_warn("the link to leader %" PRId64 " is gone", zab->leader_sid);
        learner->link = 0;
        zk_machine_leave(zab, outputs);
        break;
    case ZK_ZAB_RELOADED:
    case ZK_ZAB_STREAMED:
        reloaded(zab, event, outputs);
        break;
    case ZK_ZAB_EPOCH_SAVED:
        saved(zab, event->is_current, outputs);
        break;
    default:
        break;
    }
}

/* How long the leader may be silent in this stage; -1: it is our turn. */
static int64_t patience_ms(const zk_zab_t *zab)
{
    const zk_zab_options_t *options = &zab->options;

    if (zab->is_reloading && (zab->is_truncating || !zab->learner.reports_parts))
        return -1;
    switch (zab->learner.stage) {
    case ZK_LEARNER_CONNECTING:
        return zk_machine_ms(zab, options->connect_limit);
    case ZK_LEARNER_GREETED:
    case ZK_LEARNER_ACKED_EPOCH:
    case ZK_LEARNER_SYNCING:
        return zk_machine_ms(zab, options->init_limit);
    case ZK_LEARNER_ACKED:
    case ZK_LEARNER_SERVING:
        return zk_machine_ms(zab, options->sync_limit);
    case ZK_LEARNER_SAVING_ACCEPTED:
    case ZK_LEARNER_NEWLEADER:
    case ZK_LEARNER_SAVING_CURRENT:
        break;
    }
    return -1;
}

void zk_learner_tick(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    int64_t patience = patience_ms(zab);
    int64_t silence_ms = zab->now_ms - zab->learner.heard_ms;

    if (patience < 0 || silence_ms <= patience)
        return;
    zk_warn("leader %" PRId64 " was not heard for %" PRId64 " ms", zab->leader_sid, silence_ms);
    zk_machine_leave(zab, outputs);
}

void zk_learner_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;

    if (learner->stage != ZK_LEARNER_NEWLEADER || zab->is_reloading ||
        ((zab->history.durable < learner->initial || zab->history.delivered < learner->initial) &&
         !ZK_MUTATION(newleader_ack_before_sync)))
        return;
    learner->stage = ZK_LEARNER_SAVING_CURRENT;
    zk_machine_save_epoch(zab, learner->epoch, true, outputs);
}
