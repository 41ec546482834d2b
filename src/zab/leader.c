/* leader.c -- learners that come and go, the timers, and whether this server leads still.
 *
 *   a learner's stage   on                                             to          [where]
 *   OPENED              FOLLOWERINFO, OBSERVERINFO                     WAIT_EPOCH  [discovery.c]
 *   WAIT_EPOCH          the epoch is durable here: LEADERINFO          WAIT_ACK    [discovery.c]
 *   WAIT_ACK            ACKEPOCH                                       WAIT_SYNC   [discovery.c]
 *   WAIT_SYNC           discovery is over                       one of the next    [zk_sync_begin]
 *   WAIT_COMMIT, READING_LOG, WAIT_SNAP, SNAPSHOT                WAIT_NEWLEADER    [sync.c]
 *   WAIT_NEWLEADER      ACK of NEWLEADER                               ACKED       [take_ack]
 *   ACKED               this leader serves: UPTODATE                   SERVED      [sync.c]
 *
 * Confirmation of leadership: a round is one PING to every learner that is served; it is answered
 * in order, so counting answers tells which ones were sent after the question.  Who answers still
 * followed us then, and a newer leader needs one of any quorum.  Questions that come during a round
 * wait for the next one.
 *
 * Facts: upstream Leader.java (lead), LearnerHandler.java (run, ping, SyncLimitCheck); quorum
 * notes, sections 7 to 9. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mutation.h"
#include "base/log.h"
#include "base/status.h"
#include "zab/machine.h"

enum { LEARNERS_MAX = 1024 };

/* Hand over early when nobody is bothered by it. */
#define COUNTER_HIGH INT64_C(0xfffff000)

bool zk_leader_has_quorum(const zk_zab_t *zab, const bool *agrees)
{
    int32_t own = zk_quorum_place(&zab->options.voters, zab->options.self);

    return own >= 0 && agrees[own] && zk_quorum_reached(&zab->options.voters, agrees);
}

/* ---- learners ---- */

zk_peer_t *zk_leader_find(const zk_zab_t *zab, uint64_t link)
{
    size_t i;

    for (i = 0; i < zab->lead.count; i++)
        if (zab->lead.peers[i]->link == link && !zab->lead.peers[i]->is_gone)
            return zab->lead.peers[i];
    return NULL;
}

static void forget(zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    peer->is_gone = true;
    if (peer->stage == ZK_PEER_SERVED) {
        zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_LEARNER_GONE);

        output->sid = peer->sid;
        output->link = peer->link;
    }
}

void zk_leader_drop(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    (void)zab;
    if (peer->is_gone)
        return;
    zk_machine_close(peer->link, outputs);
    forget(peer, outputs);
}

void zk_leader_sweep(zk_zab_t *zab)
{
    zk_leader_t *lead = &zab->lead;
    size_t i, left = 0;

    for (i = 0; i < lead->count; i++) {
        zk_peer_t *peer = lead->peers[i];

        if (!peer->is_gone) {
            lead->peers[left++] = peer;
            continue;
        }
        zk_buffer_free(&peer->queue);
        zk_buffer_free(&peer->held);
        zk_free(peer);
    }
    lead->count = left;
}

static void open_peer(zk_zab_t *zab, uint64_t link, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    zk_peer_t *peer;

    if (lead->count == LEARNERS_MAX) {
        zk_warn("%d learners are here already: one more is refused", LEARNERS_MAX);
        zk_machine_close(link, outputs);
        return;
    }
    if (lead->count == lead->capacity) {
        lead->capacity = lead->capacity == 0 ? 8 : lead->capacity * 2;
        lead->peers = zk_realloc(lead->peers, lead->capacity * sizeof(*lead->peers));
    }
    peer = zk_calloc(1, sizeof(*peer));
    peer->link = link;
    peer->sid = -1;
    peer->stage = ZK_PEER_OPENED;
    peer->early_acked = INT64_MIN;
    peer->heard_ms = zab->now_ms;
    peer->deadline_tick = lead->tick + zab->options.init_limit + zab->options.sync_limit;
    lead->peers[lead->count++] = peer;
}

/* ---- begin and end ---- */

static void reset(zk_zab_t *zab)
{
    zk_leader_t *lead = &zab->lead;
    zk_peer_t **peers = lead->peers;
    size_t capacity = lead->capacity;
    int64_t asked = lead->confirm_asked;
    int32_t i;

    zk_leader_sweep(zab);
    ZK_ASSERT(lead->count == 0);
    *lead = (zk_leader_t){.peers = peers, .capacity = capacity, .confirm_asked = asked};
    for (i = 0; i < zab->options.voters.count; i++)
        lead->acked[i] = INT64_MIN;
    lead->began_ms = lead->phase_ms = zab->now_ms;
    lead->next_tick_ms = zab->now_ms + zab->options.tick_ms;
    lead->next_ping_ms = zab->now_ms + zab->options.tick_ms / 2;
}

void zk_leader_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    reset(zab);
    zk_zab_output(outputs, ZK_ZAB_LISTEN);
    zk_discovery_begin(zab, outputs);
}

void zk_leader_begin_alone(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    reset(zab);
    zab->state = ZK_SERVER_LEADING;
    zab->leader_sid = zab->options.self;
    zab->lead.last_proposed = zk_zab_last_logged(zab);
    zab->lead.epoch = zk_zxid_epoch(zab->lead.last_proposed);
    zk_broadcast_ack(zab, zab->options.self, zk_zab_last_durable(zab));
    zk_machine_serve(zab, zab->lead.epoch, outputs);
}

void zk_leader_end(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    size_t i;

    if (zab->options.is_alone)
        return;
    zk_zab_output(outputs, ZK_ZAB_UNLISTEN);
    for (i = 0; i < zab->lead.count; i++)
        zk_leader_drop(zab, zab->lead.peers[i], outputs);
    zab->lead.is_round_open = false;
}

/* ---- NEWLEADER ---- */

static void log_supporters(const zk_zab_t *zab)
{
    char text[512] = "";
    size_t used = 0;
    int32_t i;

    for (i = 0; i < zab->options.voters.count && used < sizeof(text) - 24; i++)
        if (zab->lead.newleader[i])
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%" PRId64,
                                     used > 0 ? "," : "", zab->options.voters.sids[i]);
    zk_info("Have quorum of supporters, sids: [%s]; starting up and setting last processed zxid: "
            "0x%" PRIx64,
            text, (uint64_t)(zab->lead.epoch << 32));
}

void zk_leader_count_newleader(zk_zab_t *zab, int64_t sid, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    int32_t place = zk_quorum_place(&zab->options.voters, sid);
    size_t i;

    if (place >= 0)
        lead->newleader[place] = true;
    if (sid == zab->options.self)
        zk_broadcast_ack(zab, sid, zk_zab_last_durable(zab));
    if (zab->phase == ZK_ZAB_SYNCHRONIZATION && zk_leader_has_quorum(zab, lead->newleader)) {
        log_supporters(zab);
        zab->may_vote = true;
        zk_machine_serve(zab, lead->epoch, outputs);
    }
    for (i = 0; zab->is_serving && i < lead->count; i++)
        if (!lead->peers[i]->is_gone && lead->peers[i]->stage == ZK_PEER_ACKED)
            zk_sync_up_to_date(zab, lead->peers[i], outputs);
}

/* The snapshot for PEER moves, or is sent: what init_limit bounds begins anew. */
static void stream_moves(zk_zab_t *zab, zk_peer_t *peer)
{
    peer->heard_ms = zab->now_ms;
    if (zab->phase == ZK_ZAB_SYNCHRONIZATION && !peer->is_observer &&
        zk_quorum_place(&zab->options.voters, peer->sid) >= 0)
        zab->lead.phase_ms = zab->now_ms;
}

/* ---- packets ---- */

static void take_ack(zk_zab_t *zab, zk_peer_t *peer, int64_t zxid, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;

    if (zxid == lead->epoch << 32) {
        if (peer->stage != ZK_PEER_WAIT_NEWLEADER)
            return; /* the one that answers UPTODATE */
        zk_info("Received NEWLEADER-ACK message from %" PRId64, peer->sid);
        peer->stage = ZK_PEER_ACKED;
        if (!peer->is_observer) {
            zk_broadcast_ack(zab, peer->sid, peer->early_acked);
            zk_leader_count_newleader(zab, peer->sid, outputs);
        } else if (zab->is_serving) {
            zk_sync_up_to_date(zab, peer, outputs);
        }
        return;
    }
    if (zxid > lead->last_proposed) {
        zk_error("learner sid %" PRId64 " acks 0x%" PRIx64 ", which was never proposed", peer->sid,
                 (uint64_t)zxid);
        zk_leader_drop(zab, peer, outputs);
        return;
    }
    if (zk_zxid_counter(zxid) == 0 || peer->is_observer)
        return;
    if (peer->stage < ZK_PEER_ACKED) {
        if (ZK_MUTATION(early_ack_ends_link))
            zk_leader_drop(zab, peer, outputs);
        if (zxid > peer->early_acked)
            peer->early_acked = zxid;
        return;
    }
    if (peer->watched_zxid != 0 && zxid >= peer->watched_zxid) {
        peer->watched_zxid = peer->sent_zxid > zxid ? peer->sent_zxid : 0;
        peer->watched_ms = peer->sent_ms;
    }
    zk_broadcast_ack(zab, peer->sid, zxid);
}

static bool is_confirmed(const zk_zab_t *zab)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};
    int32_t own = zk_quorum_place(&zab->options.voters, zab->options.self);
    size_t i;

    agrees[own] = true;
    for (i = 0; i < zab->lead.count; i++) {
        const zk_peer_t *peer = zab->lead.peers[i];
        int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

        if (place >= 0 && !peer->is_gone && !peer->is_observer && peer->round_ping != 0 &&
            peer->pings_answered >= peer->round_ping)
            agrees[place] = true;
    }
    return zk_leader_has_quorum(zab, agrees);
}

static void ping(zk_zab_t *zab, zk_peer_t *peer, zk_span_t *span, zk_zab_outputs_t *outputs)
{
    if (span->length == 0)
        *span = zk_machine_encode(outputs, ZK_PACKET_PING, zab->lead.last_proposed, ZK_STR_NULL);
    zk_machine_send(peer->link, *span, outputs);
    if (peer->stage != ZK_PEER_SERVED)
        return; /* it does not answer yet */
    peer->pings_sent++;
    if (zab->lead.is_round_open && peer->round_ping == 0)
        peer->round_ping = peer->pings_sent;
}

static void begin_round(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    zk_span_t span = {0, 0};
    size_t i;

    lead->is_round_open = true;
    lead->confirm_round = lead->confirm_asked;
    for (i = 0; i < lead->count; i++)
        lead->peers[i]->round_ping = 0;
    for (i = 0; i < lead->count; i++)
        if (!lead->peers[i]->is_gone && lead->peers[i]->stage == ZK_PEER_SERVED &&
            zk_quorum_place(&zab->options.voters, lead->peers[i]->sid) >= 0)
            ping(zab, lead->peers[i], &span, outputs);
}

static void end_round(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;

    while (lead->is_round_open && is_confirmed(zab)) {
        lead->is_round_open = false;
        zk_zab_output(outputs, ZK_ZAB_CONFIRMED)->zxid = lead->confirm_round;
        if (lead->confirm_asked > lead->confirm_round)
            begin_round(zab, outputs);
    }
}

int64_t zk_zab_confirm(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;

    ZK_ASSERT(zab->state == ZK_SERVER_LEADING && zab->phase == ZK_ZAB_BROADCAST);
    lead->confirm_asked++;
    if (!lead->is_round_open)
        begin_round(zab, outputs);
    end_round(zab, outputs);
    return lead->confirm_asked;
}

static void served_packet(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                          zk_zab_outputs_t *outputs)
{
    switch (packet->type) {
    case ZK_PACKET_PING:
        if (peer->pings_answered < peer->pings_sent)
            peer->pings_answered++;
        zk_machine_upward(peer->sid, peer->link, packet, outputs);
        end_round(zab, outputs);
        break;
    case ZK_PACKET_REQUEST:
    case ZK_PACKET_REVALIDATE:
        zk_machine_upward(peer->sid, peer->link, packet, outputs);
        break;
    default:
        zk_warn("unexpected quorum packet of type %d from learner sid %" PRId64, packet->type,
                peer->sid);
        break;
    }
}

void zk_leader_packet(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                      zk_zab_outputs_t *outputs)
{
    peer->heard_ms = zab->now_ms;
    if (peer->stage != ZK_PEER_OPENED)
        peer->deadline_tick = zab->lead.tick + zab->options.sync_limit;
    if (peer->stage == ZK_PEER_OPENED)
        zk_discovery_info(zab, peer, packet, outputs);
    else if (peer->stage == ZK_PEER_WAIT_ACK)
        zk_discovery_ack_epoch(zab, peer, packet, outputs);
    else if (packet->type == ZK_PACKET_ACK && peer->stage >= ZK_PEER_WAIT_NEWLEADER)
        take_ack(zab, peer, packet->zxid, outputs);
    else if (peer->stage == ZK_PEER_SERVED)
        served_packet(zab, peer, packet, outputs);
    else
        zk_warn("packet of type %d from learner sid %" PRId64 " comes too early: ignored",
                packet->type, peer->sid);
}

void zk_leader_event(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    zk_peer_t *peer = zk_leader_find(zab, event->link);
    const zk_quorum_packet_t *packet;

    if (event->type == ZK_ZAB_OPENED) {
        open_peer(zab, event->link, outputs);
        return;
    }
    if (peer == NULL)
        return;
    switch (event->type) {
    case ZK_ZAB_PACKET:
        packet = zk_machine_decode(zab, event->bytes);
        if (packet != NULL) {
            zk_leader_packet(zab, peer, packet, outputs);
            break;
        }
        zk_error("a packet of learner sid %" PRId64 " does not decode", peer->sid);
        zk_leader_drop(zab, peer, outputs);
        break;
    case ZK_ZAB_LINK_GONE:
        zk_warn("learner sid %" PRId64 " is gone", peer->sid);
        forget(peer, outputs);
        break;
    case ZK_ZAB_STREAM_PART:
        if (peer->stage == ZK_PEER_SNAPSHOT)
            stream_moves(zab, peer);
        break;
    case ZK_ZAB_SNAPSHOT_SENT:
        stream_moves(zab, peer);
        zk_sync_snapshot_sent(zab, peer, outputs);
        break;
    case ZK_ZAB_LOG_READ:
        zk_sync_log_read(zab, peer, event->log, outputs);
        break;
    default:
        break;
    }
}

/* ---- time ---- */

/* Is it the learner's turn?  In a snapshot it is, because each part must be read before the next
 * is made; one that moves counts as a sign of life. */
static bool waits_for_learner(const zk_peer_t *peer)
{
    return peer->stage == ZK_PEER_OPENED || peer->stage == ZK_PEER_WAIT_ACK ||
           peer->stage == ZK_PEER_SNAPSHOT || peer->stage == ZK_PEER_WAIT_NEWLEADER ||
           peer->stage == ZK_PEER_SERVED;
}

static void drop_silent(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    size_t i;

    for (i = 0; i < zab->lead.count; i++) {
        zk_peer_t *peer = zab->lead.peers[i];
        bool is_synced = peer->stage == ZK_PEER_SERVED;
        int64_t limit_ms =
            zk_machine_ms(zab, is_synced ? zab->options.sync_limit : zab->options.init_limit);

        if (peer->is_gone || !waits_for_learner(peer) || zab->now_ms - peer->heard_ms <= limit_ms)
            continue;
        zk_warn("learner sid %" PRId64 " was not heard for %" PRId64 " ms: its connection ends",
                peer->sid, zab->now_ms - peer->heard_ms);
        zk_leader_drop(zab, peer, outputs);
    }
}

static void ping_all(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    int64_t limit_ms = zk_machine_ms(zab, zab->options.sync_limit);
    zk_span_t span = {0, 0};
    size_t i;

    for (i = 0; i < zab->lead.count; i++) {
        zk_peer_t *peer = zab->lead.peers[i];

        if (peer->is_gone || peer->stage < ZK_PEER_WAIT_NEWLEADER)
            continue;
        if (peer->watched_zxid != 0 && zab->now_ms - peer->watched_ms > limit_ms) {
            zk_warn("Closing connection to peer due to transaction timeout: sid %" PRId64
                    " has not acked 0x%" PRIx64,
                    peer->sid, (uint64_t)peer->watched_zxid);
            zk_leader_drop(zab, peer, outputs);
            continue;
        }
        ping(zab, peer, &span, outputs);
    }
}

/* Is there a quorum that was heard of lately? */
static bool is_followed(const zk_zab_t *zab)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};
    size_t i;

    agrees[zk_quorum_place(&zab->options.voters, zab->options.self)] = true;
    for (i = 0; i < zab->lead.count; i++) {
        const zk_peer_t *peer = zab->lead.peers[i];
        int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

        if (place >= 0 && !peer->is_gone && !peer->is_observer &&
            peer->deadline_tick >= zab->lead.tick)
            agrees[place] = true;
    }
    return zk_leader_has_quorum(zab, agrees);
}

/* Are those who are connected enough to begin with? */
static bool has_enough_learners(const zk_zab_t *zab)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};
    size_t i;

    agrees[zk_quorum_place(&zab->options.voters, zab->options.self)] = true;
    for (i = 0; i < zab->lead.count; i++) {
        const zk_peer_t *peer = zab->lead.peers[i];
        int32_t place = zk_quorum_place(&zab->options.voters, peer->sid);

        if (place >= 0 && !peer->is_gone && !peer->is_observer && peer->stage > ZK_PEER_OPENED)
            agrees[place] = true;
    }
    return zk_leader_has_quorum(zab, agrees);
}

/* Why the role must end now, or NULL. */
static const char *reason_to_leave(const zk_zab_t *zab)
{
    const zk_leader_t *lead = &zab->lead;
    int64_t init_ms = zk_machine_ms(zab, zab->options.init_limit);
    bool is_idle = zab->history.delivered == zab->history.tail;

    if (zab->phase == ZK_ZAB_BROADCAST) {
        if (is_idle && zk_zxid_counter(lead->last_proposed) >= COUNTER_HIGH &&
            (!ZK_MUTATION(no_early_handover) || zk_zab_next_zxid(zab) < 0))
            return "zxid lower 32 bits have rolled over, forcing re-election, and therefore new "
                   "epoch start";
        return NULL;
    }
    if (lead->voter_left && zab->options.epoch_wait_max_ms >= 0 &&
        !ZK_MUTATION(epoch_wait_for_ever) &&
        zab->now_ms - lead->began_ms > zab->options.epoch_wait_max_ms &&
        (!lead->is_epoch_chosen || !has_enough_learners(zab)))
        return "a voter looks for another leader while this one waits for a quorum";
    if (zab->now_ms - lead->phase_ms <= init_ms)
        return NULL;
    if (zab->phase == ZK_ZAB_SYNCHRONIZATION)
        return "Waiting for a quorum of followers, only synced with too few of them";
    return lead->is_epoch_fixed ? "Timeout while waiting for epoch to be acked by quorum"
                                : "Timeout while waiting for epoch from quorum";
}

void zk_leader_tick(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    const char *reason;

    if (zab->options.is_alone)
        return;
    reason = reason_to_leave(zab);
    if (reason == NULL && zab->now_ms >= lead->next_tick_ms) {
        lead->next_tick_ms = zab->now_ms + zab->options.tick_ms;
        lead->tick++;
        if (zab->phase == ZK_ZAB_BROADCAST && !is_followed(zab))
            reason = "Not sufficient followers synced: no quorum can be reached, this leader steps "
                     "down";
    }
    if (reason != NULL) {
        zk_warn("Shutdown called. %s", reason);
        zk_machine_leave(zab, outputs);
        return;
    }
    drop_silent(zab, outputs);
    if (zab->now_ms >= lead->next_ping_ms) {
        lead->next_ping_ms = zab->now_ms + zab->options.tick_ms / 2;
        ping_all(zab, outputs);
    }
}

void zk_leader_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    if (zab->phase == ZK_ZAB_BROADCAST)
        zk_broadcast_commit(zab, outputs);
    zk_sync_progress(zab, outputs);
}

/* ---- looking in ---- */

static int32_t count_peers(const zk_zab_t *zab, bool is_observer, zk_peer_stage_t least)
{
    int32_t count = 0;
    size_t i;

    if (zab->state != ZK_SERVER_LEADING)
        return 0;
    for (i = 0; i < zab->lead.count; i++)
        if (!zab->lead.peers[i]->is_gone && zab->lead.peers[i]->stage >= least &&
            zab->lead.peers[i]->is_observer == is_observer)
            count++;
    return count;
}

int32_t zk_zab_followers(const zk_zab_t *zab)
{
    return count_peers(zab, false, ZK_PEER_WAIT_EPOCH);
}

int32_t zk_zab_synced_followers(const zk_zab_t *zab)
{
    return count_peers(zab, false, ZK_PEER_ACKED);
}

int32_t zk_zab_observers(const zk_zab_t *zab)
{
    return count_peers(zab, true, ZK_PEER_WAIT_EPOCH);
}
