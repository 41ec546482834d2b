/* sync.c -- bring a learner to this leader's history: the difference, a truncation, or everything.
 *
 *   [DIFF | TRUNC | SNAP and stream] {PROPOSAL x, COMMIT x}* {PROPOSAL outstanding}* NEWLEADER
 *        ... ACK of NEWLEADER ... UPTODATE, and then what was held back
 *
 * From NEWLEADER on the learner is part of the broadcast.  What the broadcast adds is held back
 * until UPTODATE, because learners before 3.9.3 fail on a COMMIT in between; behind the stream of a
 * snapshot everything waits, since nothing may come between its bytes.
 *
 * Beyond upstream
 *   - A learner whose last zxid is the bare beginning of an epoch gets a DIFF only when that epoch
 * is known to be in our history: it may have taken over a history that never was confirmed.
 *   - SNAP instead of TRUNC unless told that all learners truncate soundly.
 *   - SNAP and TRUNC take from the learner what it acked: those acks stop counting first, and a
 *     snapshot waits until it holds all that was committed with their help.
 *
 * Facts: upstream LearnerHandler.java (syncFollower, queueCommittedProposals), Leader.java
 * (startForwarding); quorum notes, section 8. */
#include <inttypes.h>

#include "base/mutation.h"
#include "base/log.h"
#include "base/status.h"
#include "zab/machine.h"

/* A packet of ours around its data: type, zxid, the two lengths. */
enum { PACKET_FIXED_BYTES = 20 };

/* ---- sending ---- */

static void keep(zk_zab_t *zab, zk_peer_t *peer, zk_buffer_t *buffer, zk_span_t span,
                 zk_zab_outputs_t *outputs)
{
    zk_buffer_append(buffer, outputs->bytes->data + span.offset, span.length);
    if ((int64_t)(zk_buffer_size(&peer->queue) + zk_buffer_size(&peer->held)) <=
        zab->options.link_bytes_max)
        return;
    zk_warn("learner sid %" PRId64 " is too slow: more than %" PRId64 " bytes wait for it",
            peer->sid, zab->options.link_bytes_max);
    zk_leader_drop(zab, peer, outputs);
}

void zk_sync_send(zk_zab_t *zab, zk_peer_t *peer, zk_span_t span, zk_zab_outputs_t *outputs)
{
    if (peer->is_gone)
        return;
    if (peer->stage == ZK_PEER_SERVED)
        zk_machine_send(peer->link, span, outputs);
    else
        keep(zab, peer, &peer->held, span, outputs);
}

/* A packet of the synchronisation itself. */
static void queue(zk_zab_t *zab, zk_peer_t *peer, int32_t type, int64_t zxid, zk_str_t data,
                  zk_zab_outputs_t *outputs)
{
    zk_span_t span;

    if (peer->is_gone)
        return;
    span = zk_machine_encode(outputs, type, zxid, data);
    if (peer->stage == ZK_PEER_SNAPSHOT)
        keep(zab, peer, &peer->queue, span, outputs);
    else
        zk_machine_send(peer->link, span, outputs);
}

/* Send what BUFFER keeps, packet by packet: ours have no authinfo, so their length is in them. */
static void flush(const zk_peer_t *peer, zk_buffer_t *buffer, zk_zab_outputs_t *outputs)
{
    enum { DATA_AT = 12 };

    while (zk_buffer_size(buffer) > 0) {
        const uint8_t *at = zk_buffer_bytes(buffer);
        int32_t data = (int32_t)zk_get_u32(at + DATA_AT);
        zk_span_t span = {outputs->bytes->length,
                          PACKET_FIXED_BYTES + (data > 0 ? (size_t)data : 0)};

        ZK_ASSERT(span.length <= zk_buffer_size(buffer));
        zk_buffer_append(outputs->bytes, at, span.length);
        zk_buffer_consume(buffer, span.length);
        zk_machine_send(peer->link, span, outputs);
    }
    zk_buffer_free(buffer);
}

static zk_str_t bytes_of(const zk_blob_t *blob)
{
    return zk_str_n((const char *)blob->bytes, blob->size);
}

static void queue_committed(zk_zab_t *zab, zk_peer_t *peer, int64_t zxid, const zk_blob_t *payload,
                            zk_zab_outputs_t *outputs)
{
    queue(zab, peer, ZK_PACKET_PROPOSAL, zxid, bytes_of(payload), outputs);
    queue(zab, peer, ZK_PACKET_COMMIT, zxid, ZK_STR_NULL, outputs);
}

/* The rest of the history from POSITION on, and NEWLEADER. */
static void queue_rest(zk_zab_t *zab, zk_peer_t *peer, size_t position, zk_zab_outputs_t *outputs)
{
    const zk_history_t *history = &zab->history;

    if (ZK_MUTATION(newleader_before_history))
        queue(zab, peer, ZK_PACKET_NEWLEADER, zab->lead.epoch << 32, zab->options.config_text,
              outputs);
    for (; position < history->committed; position++) {
        const zk_proposal_t *proposal = zk_history_at(history, position);

        queue_committed(zab, peer, proposal->zxid, proposal->payload, outputs);
    }
    for (; position < history->tail && !peer->is_observer; position++) {
        const zk_proposal_t *proposal = zk_history_at(history, position);

        queue(zab, peer, ZK_PACKET_PROPOSAL, proposal->zxid, bytes_of(proposal->payload), outputs);
        peer->sent_zxid = proposal->zxid;
    }
    if (!ZK_MUTATION(newleader_before_history))
        queue(zab, peer, ZK_PACKET_NEWLEADER, zab->lead.epoch << 32, zab->options.config_text,
              outputs);
    if (peer->stage != ZK_PEER_SNAPSHOT)
        peer->stage = ZK_PEER_WAIT_NEWLEADER;
    peer->heard_ms = zab->now_ms;
}

/* ---- choosing ---- */

static void send_diff(zk_zab_t *zab, zk_peer_t *peer, size_t position, zk_zab_outputs_t *outputs)
{
    int64_t last = zk_zab_last_committed(zab);

    zk_info("Sending DIFF zxid=0x%" PRIx64 " for peer sid: %" PRId64, (uint64_t)last, peer->sid);
    queue(zab, peer, ZK_PACKET_DIFF, last > peer->last_zxid ? last : peer->last_zxid, ZK_STR_NULL,
          outputs);
    queue_rest(zab, peer, position, outputs);
}

/* The learner has nothing above ZXID, or will lose it: its acks of that count no more. */
static void forget_acks(zk_zab_t *zab, const zk_peer_t *peer, int64_t zxid)
{
    int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

    if (place >= 0 && zab->lead.acked[place] > zxid && !ZK_MUTATION(acks_kept_over_snap))
        zab->lead.acked[place] = zxid;
}

/* The learner is here anew.  What it said on a former link was of a disk that it may have lost
 * since: what it says now is what counts. */
static void begin_anew(zk_zab_t *zab, const zk_peer_t *peer)
{
    int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

    forget_acks(zab, peer, peer->last_zxid);
    if (place >= 0 && zab->phase == ZK_ZAB_SYNCHRONIZATION)
        zab->lead.newleader[place] = false;
}

static void send_trunc(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    int64_t last = zk_zab_last_committed(zab);

    forget_acks(zab, peer, last);
    zk_info("Sending TRUNC zxid to truncate to 0x%" PRIx64 " for peer sid: %" PRId64,
            (uint64_t)last, peer->sid);
    queue(zab, peer, ZK_PACKET_TRUNC, last, ZK_STR_NULL, outputs);
    queue_rest(zab, peer, zab->history.committed, outputs);
}

static void want_snap(zk_zab_t *zab, zk_peer_t *peer)
{
    forget_acks(zab, peer, zk_zab_last_committed(zab));
    peer->stage = ZK_PEER_WAIT_SNAP;
}

/* Nothing is to be delivered: the tree is of exactly the last commit until the next step. */
static void send_snap(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    int64_t zxid = zk_zab_last_delivered(zab);
    zk_zab_output_t *output;

    /* The name that a learner of upstream's gives its snapshot must be above any that it has. */
    if (zxid < zab->lead.epoch << 32)
        zxid = zab->lead.epoch << 32;
    zk_info("Sending snapshot last zxid of peer is 0x%" PRIx64 ", zxid of leader is 0x%" PRIx64
            " for peer sid: %" PRId64,
            (uint64_t)peer->last_zxid, (uint64_t)zxid, peer->sid);
    queue(zab, peer, ZK_PACKET_SNAP, zxid, ZK_STR_NULL, outputs);
    output = zk_zab_output(outputs, ZK_ZAB_SEND_SNAPSHOT);
    output->link = peer->link;
    output->sid = peer->sid;
    output->zxid = zxid;
    peer->stage = ZK_PEER_SNAPSHOT;
    queue_rest(zab, peer, zab->history.committed, outputs);
}

/* Does the learner hold exactly our history up to its last zxid, and is that in memory?  *POSITION
 * is then what it lacks first. */
static bool find_place(const zk_zab_t *zab, const zk_peer_t *peer, size_t *position)
{
    const zk_history_t *history = &zab->history;
    int64_t zxid = peer->last_zxid;

    *position = zk_history_above(history, zxid);
    if (zxid < history->base)
        return false;
    /* Behind the beginning of an epoch that came to nothing a learner of ours wants a snapshot. */
    if (zk_history_before(history, *position) == zxid)
        return zxid == 0 || zk_zxid_counter(zxid) != 0 || *position == history->committed ||
               zk_zxid_epoch(zxid) == zk_zxid_epoch(zk_history_at(history, *position)->zxid);
    if (zk_zxid_counter(zxid) != 0)
        return false;
    /* The beginning of an epoch: this leader's own, or one that has a proposal in our history. */
    return zk_zxid_epoch(zxid) == zab->lead.epoch ||
           (*position < history->committed &&
            zk_zxid_epoch(zk_history_at(history, *position)->zxid) == zk_zxid_epoch(zxid));
}

/* It has logged what is proposed and not committed yet, and did so as a follower of this leader's
 * epoch: its log says that it acked. */
static bool holds_outstanding(zk_zab_t *zab, const zk_peer_t *peer)
{
    int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

    return place >= 0 && !peer->is_observer && zab->lead.newleader[place] &&
           peer->last_zxid > zk_zab_last_committed(zab) && zk_zxid_counter(peer->last_zxid) != 0 &&
           zk_zxid_epoch(peer->last_zxid) == zab->lead.epoch &&
           peer->last_zxid <= zab->lead.last_proposed;
}

void zk_sync_begin(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    int64_t last = zk_zab_last_committed(zab);
    int64_t zxid = peer->last_zxid;
    size_t position;

    zk_info("Synchronizing with Learner sid: %" PRId64 " maxCommittedLog=0x%" PRIx64
            " minCommittedLog=0x%" PRIx64 " lastProcessedZxid=0x%" PRIx64
            " peerLastZxid=0x%" PRIx64,
            peer->sid, (uint64_t)last, (uint64_t)zab->history.base,
            (uint64_t)zk_zab_last_delivered(zab), (uint64_t)zxid);
    begin_anew(zab, peer);
    if (zab->options.force_snapshot_sync || zxid < 0) {
        want_snap(zab, peer);
    } else if (holds_outstanding(zab, peer)) {
        zk_broadcast_ack(zab, peer->sid, zxid);
        peer->stage = ZK_PEER_WAIT_COMMIT;
    } else if (zxid > last && zk_zxid_counter(zxid) != 0 && ZK_MUTATION(diff_instead_of_trunc)) {
        send_diff(zab, peer, zab->history.committed, outputs);
    } else if (zxid > last && zk_zxid_counter(zxid) != 0) {
        if (zab->options.trunc_peers)
            send_trunc(zab, peer, outputs);
        else
            want_snap(zab, peer);
    } else if (find_place(zab, peer, &position)) {
        send_diff(zab, peer, position, outputs);
    } else if (zxid < zab->history.base) {
        zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_READ_LOG);

        output->link = peer->link;
        output->zxid = zxid;
        peer->stage = ZK_PEER_READING_LOG;
    } else {
        want_snap(zab, peer);
    }
}

/* What a proposal of PAYLOAD and its commit are on the link. */
static int64_t bytes_sent(const zk_blob_t *payload)
{
    return 2 * PACKET_FIXED_BYTES + (int64_t)payload->size;
}

static int64_t history_bytes_sent(const zk_history_t *history)
{
    int64_t bytes = 0;
    size_t position;

    for (position = history->first; position < history->tail; position++)
        bytes += bytes_sent(zk_history_at(history, position)->payload);
    return bytes;
}

/* How much of PART leads from the learner's last zxid without a gap to what is in memory; 0: it
 * does not, or all that must be sent at once, since it is one step, would not fit in the link,
 * which would end, and begin anew with the same.  Half of the link is for what comes meanwhile. */
static size_t usable_part(const zk_zab_t *zab, const zk_peer_t *peer, const zk_zab_log_part_t *part)
{
    int64_t bytes_max = zab->options.link_bytes_max / 2;
    int64_t before = peer->last_zxid;
    int64_t bytes = history_bytes_sent(&zab->history);
    size_t i;

    for (i = 0; part->usable && i < part->count && part->zxids[i] <= zab->history.base; i++) {
        int64_t zxid = part->zxids[i];
        bool is_first = zk_zxid_counter(zxid) == zab->options.first_counter;
        bool begins_epoch =
            zk_zxid_epoch(zxid) > zk_zxid_epoch(before) && is_first && zk_zxid_counter(before) != 0;

        bytes += bytes_sent(part->payloads[i]);
        if ((zxid != before + 1 && !begins_epoch && !ZK_MUTATION(snap_keeps_old_log)) ||
            bytes > bytes_max)
            return 0;
        before = zxid;
    }
    return before == zab->history.base ? i : 0;
}

void zk_sync_log_read(zk_zab_t *zab, zk_peer_t *peer, const zk_zab_log_part_t *part,
                      zk_zab_outputs_t *outputs)
{
    size_t count, i;

    if (peer->stage != ZK_PEER_READING_LOG)
        return;
    count = part == NULL ? 0 : usable_part(zab, peer, part);
    if (count == 0) {
        want_snap(zab, peer);
        return;
    }
    zk_info("Sending DIFF zxid=0x%" PRIx64 " for peer sid: %" PRId64 ", %" PRIu64
            " proposals of it from the log",
            (uint64_t)zk_zab_last_committed(zab), peer->sid, (uint64_t)count);
    queue(zab, peer, ZK_PACKET_DIFF, zk_zab_last_committed(zab), ZK_STR_NULL, outputs);
    for (i = 0; i < count; i++)
        queue_committed(zab, peer, part->zxids[i], part->payloads[i], outputs);
    queue_rest(zab, peer, zab->history.first, outputs);
}

/* ---- going on ---- */

void zk_sync_snapshot_sent(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    if (peer->stage != ZK_PEER_SNAPSHOT)
        return;
    flush(peer, &peer->queue, outputs);
    peer->stage = ZK_PEER_WAIT_NEWLEADER;
    peer->heard_ms = zab->now_ms;
    peer->deadline_tick = zab->lead.tick + zab->options.init_limit + zab->options.sync_limit;
}

void zk_sync_up_to_date(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    ZK_ASSERT(peer->stage == ZK_PEER_ACKED && zab->is_serving);
    zk_machine_send(peer->link, zk_machine_encode(outputs, ZK_PACKET_UPTODATE, -1, ZK_STR_NULL),
                    outputs);
    peer->stage = ZK_PEER_SERVED;
    /* It may have waited for this for long, with nothing to say. */
    peer->heard_ms = zab->now_ms;
    peer->deadline_tick = zab->lead.tick + zab->options.sync_limit;
    flush(peer, &peer->held, outputs);
    if (peer->sent_zxid > peer->early_acked) {
        peer->watched_zxid = peer->sent_zxid;
        peer->watched_ms = zab->now_ms;
    }
}

void zk_sync_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    size_t i;

    for (i = 0; i < zab->lead.count; i++) {
        zk_peer_t *peer = zab->lead.peers[i];

        if (peer->is_gone)
            continue;
        if (peer->stage == ZK_PEER_WAIT_COMMIT && peer->last_zxid <= zk_zab_last_committed(zab))
            zk_sync_begin(zab, peer, outputs);
        if (peer->stage == ZK_PEER_WAIT_SNAP && zab->history.delivered == zab->history.committed)
            send_snap(zab, peer, outputs);
    }
}
