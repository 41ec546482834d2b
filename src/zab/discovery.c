/* discovery.c -- agree on an epoch that is above all that a quorum has ever accepted.
 *
 *   learner                                       leader
 *   FOLLOWERINFO, OBSERVERINFO  acceptedEpoch ---> until a quorum has sent one: choose the highest
 *                                                 plus 1, make it durable as acceptedEpoch
 *   <----------------------------------- LEADERINFO
 *   make it durable as acceptedEpoch
 *   ACKEPOCH  last zxid, currentEpoch -----------> until a quorum has: whoever knows more than this
 *                                                 leader is sent away.  Durable as currentEpoch
 *
 * Invariants
 *   1. LEADERINFO and ACKEPOCH of an epoch leave after it is durable here.
 *   2. No two leaders are given the same epoch by a quorum.
 *
 * Facts: upstream Leader.java (getEpochToPropose, waitForEpochAck), Learner.java
 * (registerWithLeader); quorum notes, section 7. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mutation.h"
#include "base/log.h"
#include "base/status.h"
#include "zab/machine.h"

enum {
    PROTOCOL_VERSION = 0x10000,
    STEP_DOWN_PAUSE_MS = 60000 /* between two roles given up for the sake of a higher epoch */
};

#define EPOCH_MAX INT64_C(0x7ffffffe)

/* ---- the leader's end ---- */

static void send_leader_info(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs)
{
    char version[4];

    zk_put_u32(version, PROTOCOL_VERSION);
    peer->stage = ZK_PEER_WAIT_ACK;
    zk_machine_send(peer->link,
                    zk_machine_encode(outputs, ZK_PACKET_LEADERINFO, zab->lead.epoch << 32,
                                      zk_str_n(version, sizeof(version))),
                    outputs);
}

/* SID, who accepted EPOCH_BEFORE, has come: is it a quorum now? */
static void count_connected(zk_zab_t *zab, int64_t sid, int64_t epoch_before,
                            zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    int32_t place = zk_quorum_place(&zab->options.voters, sid);

    if (lead->is_epoch_chosen)
        return;
    if (epoch_before >= lead->epoch)
        lead->epoch = epoch_before + 1;
    if (place >= 0)
        lead->connecting[place] = true;
    if (!zk_leader_has_quorum(zab, lead->connecting))
        return;
    lead->is_epoch_chosen = true;
    zk_machine_save_epoch(zab, lead->epoch, false, outputs);
}

void zk_discovery_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    int64_t epoch = zab->accepted_epoch;

    zab->lead.summary_epoch = zab->current_epoch;
    zab->lead.summary_zxid = zk_zab_last_durable(zab);
    if (zab->epoch_seen > epoch)
        epoch = zab->epoch_seen;
    count_connected(zab, zab->options.self, epoch, outputs);
}

static bool is_listed(const zk_zab_t *zab, int64_t sid)
{
    zk_str_t text = zab->options.config_text;
    char key[40];
    int length = snprintf(key, sizeof(key), "server.%" PRId64 "=", sid);
    int32_t i;

    if (zk_quorum_place(&zab->options.voters, sid) >= 0)
        return true;
    for (i = 0; i + length <= text.length; i++)
        if ((i == 0 || text.data[i - 1] == '\n') && memcmp(text.data + i, key, (size_t)length) == 0)
            return true;
    return false;
}

/* May this learner come in? Logs why not. */
static bool is_welcome(const zk_zab_t *zab, const zk_peer_t *peer, int64_t config_version)
{
    if (peer->sid == zab->options.self)
        zk_warn("a learner says that it is server %" PRId64 ", which is this one", peer->sid);
    else if (config_version > zab->options.config_version)
        zk_warn("learner sid %" PRId64 " has a later activated configuration", peer->sid);
    else if (peer->accepted_epoch < 0 || peer->accepted_epoch >= EPOCH_MAX)
        zk_warn("learner sid %" PRId64 " names an epoch that cannot be", peer->sid);
    else if (zab->options.strict_members && !is_listed(zab, peer->sid))
        zk_warn("learner sid %" PRId64 " is in no server's list and strict membership is on",
                peer->sid);
    else
        return true;
    return false;
}

/* A voter that took part in an attempt to lead in a higher epoch can not follow ours, however often
 * it tries: make room for an epoch above, but not again and again. */
static void make_room(zk_zab_t *zab, int64_t epoch, zk_zab_outputs_t *outputs)
{
    if (zab->stepped_down_ms != INT64_MIN &&
        zab->now_ms - zab->stepped_down_ms < STEP_DOWN_PAUSE_MS)
        return;
    zab->stepped_down_ms = zab->now_ms;
    zk_warn("a voter has accepted epoch %" PRId64 ", this leader's is %" PRId64
            ": stepping down once so that the next one is above both",
            epoch, zab->lead.epoch);
    zk_machine_leave(zab, outputs);
}

void zk_discovery_info(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                       zk_zab_outputs_t *outputs)
{
    zk_reader_t reader = zk_reader(packet->data.data, zk_str_size(packet->data));
    int64_t config_version = 0;
    bool is_voter;
    size_t i;

    if (packet->type != ZK_PACKET_FOLLOWERINFO && packet->type != ZK_PACKET_OBSERVERINFO) {
        zk_error("First packet of type %d is neither FOLLOWERINFO nor OBSERVERINFO", packet->type);
        zk_leader_drop(zab, peer, outputs);
        return;
    }
    peer->is_observer = packet->type == ZK_PACKET_OBSERVERINFO;
    peer->sid = zk_read_long(&reader);
    if (zk_reader_left(&reader) >= 4)
        zk_read_int(&reader);
    if (zk_reader_left(&reader) >= 8)
        config_version = zk_read_long(&reader);
    peer->accepted_epoch = zk_zxid_epoch(packet->zxid);
    if (reader.failed || !is_welcome(zab, peer, config_version)) {
        zk_leader_drop(zab, peer, outputs);
        return;
    }
    for (i = 0; i < zab->lead.count; i++)
        if (zab->lead.peers[i] != peer && zab->lead.peers[i]->sid == peer->sid &&
            zab->lead.peers[i]->stage > ZK_PEER_OPENED) {
            zk_warn("learner sid %" PRId64 " has come again: its former connection ends",
                    peer->sid);
            zk_leader_drop(zab, zab->lead.peers[i], outputs);
        }
    zk_info("%s sid: %" PRId64 " : accepted epoch 0x%" PRIx64,
            peer->is_observer ? "Observer" : "Follower", peer->sid, (uint64_t)peer->accepted_epoch);
    is_voter = !peer->is_observer && zk_quorum_weight(&zab->options.voters, peer->sid) > 0;
    if (is_voter && peer->accepted_epoch > zab->epoch_seen)
        zab->epoch_seen = peer->accepted_epoch;
    peer->stage = ZK_PEER_WAIT_EPOCH;
    count_connected(zab, peer->is_observer ? -1 : peer->sid, peer->accepted_epoch, outputs);
    if (!zab->lead.is_epoch_fixed)
        return;
    if (is_voter && peer->accepted_epoch > zab->lead.epoch) {
        make_room(zab, peer->accepted_epoch, outputs);
        if (zab->phase == ZK_ZAB_LEAVING)
            return;
    }
    send_leader_info(zab, peer, outputs);
}

static void count_acked(zk_zab_t *zab, int64_t sid, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    int32_t place = zk_quorum_place(&zab->options.voters, sid);

    if (place >= 0)
        lead->electing[place] = true;
    if (lead->is_elected || !zk_leader_has_quorum(zab, lead->electing))
        return;
    lead->is_elected = true;
    zk_machine_save_epoch(zab, lead->epoch, true, outputs);
}

void zk_discovery_ack_epoch(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                            zk_zab_outputs_t *outputs)
{
    const zk_leader_t *lead = &zab->lead;
    zk_reader_t reader = zk_reader(packet->data.data, zk_str_size(packet->data));
    int64_t epoch = zk_read_int(&reader);

    if (packet->type != ZK_PACKET_ACKEPOCH || reader.failed) {
        zk_error("learner sid %" PRId64 " sent packet of type %d instead of ACKEPOCH", peer->sid,
                 packet->type);
        zk_leader_drop(zab, peer, outputs);
        return;
    }
    peer->last_zxid = packet->zxid;
    peer->stage = ZK_PEER_WAIT_SYNC;
    if (lead->is_elected) {
        if (zab->phase != ZK_ZAB_DISCOVERY)
            zk_sync_begin(zab, peer, outputs);
        return;
    }
    if (epoch != -1 && !peer->is_observer &&
        (epoch > lead->summary_epoch ||
         (epoch == lead->summary_epoch && peer->last_zxid > lead->summary_zxid))) {
        zk_warn("Follower sid %" PRId64 " is ahead of the leader: epoch 0x%" PRIx64
                ", zxid 0x%" PRIx64 " there, 0x%" PRIx64 ", 0x%" PRIx64 " here",
                peer->sid, (uint64_t)epoch, (uint64_t)peer->last_zxid,
                (uint64_t)lead->summary_epoch, (uint64_t)lead->summary_zxid);
        zk_leader_drop(zab, peer, outputs);
        return;
    }
    if (epoch != -1 && peer->last_zxid != -1 && !peer->is_observer)
        count_acked(zab, peer->sid, outputs);
}

void zk_discovery_saved(zk_zab_t *zab, bool is_current, zk_zab_outputs_t *outputs)
{
    zk_leader_t *lead = &zab->lead;
    size_t i;

    if (!is_current) {
        lead->is_epoch_fixed = true;
        lead->phase_ms = zab->now_ms;
        for (i = 0; i < lead->count; i++)
            if (!lead->peers[i]->is_gone && lead->peers[i]->stage == ZK_PEER_WAIT_EPOCH)
                send_leader_info(zab, lead->peers[i], outputs);
        count_acked(zab, zab->options.self, outputs);
        return;
    }
    zab->phase = ZK_ZAB_SYNCHRONIZATION;
    lead->phase_ms = zab->now_ms;
    lead->last_proposed = lead->epoch << 32;
    for (i = 0; i < lead->count; i++)
        if (!lead->peers[i]->is_gone && lead->peers[i]->stage == ZK_PEER_WAIT_SYNC)
            zk_sync_begin(zab, lead->peers[i], outputs);
    zk_leader_count_newleader(zab, zab->options.self, outputs);
}

/* ---- the learner's end ---- */

void zk_discovery_greet(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    char info[20];

    zk_put_u64(info, (uint64_t)zab->options.self);
    zk_put_u32(info + 8, PROTOCOL_VERSION);
    zk_put_u64(info + 12, (uint64_t)zab->options.config_version);
    zab->learner.stage = ZK_LEARNER_GREETED;
    zk_learner_send(zab, zab->options.is_observer ? ZK_PACKET_OBSERVERINFO : ZK_PACKET_FOLLOWERINFO,
                    zab->accepted_epoch << 32, zk_str_n(info, sizeof(info)), outputs);
}

void zk_discovery_leader_info(zk_zab_t *zab, const zk_quorum_packet_t *packet,
                              zk_zab_outputs_t *outputs)
{
    zk_learner_t *learner = &zab->learner;
    int64_t epoch = zk_zxid_epoch(packet->zxid);

    if (packet->type != ZK_PACKET_LEADERINFO || zk_str_size(packet->data) < 4) {
        zk_error("First packet of the leader is of type %d, not LEADERINFO", packet->type);
        zk_machine_leave(zab, outputs);
        return;
    }
    if (epoch < zab->accepted_epoch || epoch > EPOCH_MAX) {
        zk_warn("Leaders epoch, 0x%" PRIx64 " is less than accepted epoch, 0x%" PRIx64,
                (uint64_t)epoch, (uint64_t)zab->accepted_epoch);
        zk_machine_leave(zab, outputs);
        return;
    }
    learner->epoch = epoch;
    learner->repeats_epoch = epoch == zab->accepted_epoch;
    if (learner->repeats_epoch) {
        zk_discovery_answer(zab, outputs);
        return;
    }
    learner->stage = ZK_LEARNER_SAVING_ACCEPTED;
    zk_machine_save_epoch(zab, epoch, false, outputs);
    if (ZK_MUTATION(ackepoch_before_saved)) {
        zab->accepted_epoch = epoch;
        zk_discovery_answer(zab, outputs);
    }
}

void zk_discovery_answer(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    int64_t epoch = zab->learner.repeats_epoch ? -1 : zab->current_epoch;
    int64_t last = zab->may_vote && !zab->asks_for_snapshot ? zk_zab_last_durable(zab) : -1;
    char bytes[4];

    zab->asks_for_snapshot = false;
    zk_put_u32(bytes, (uint32_t)(int32_t)epoch);
    zab->learner.stage = ZK_LEARNER_ACKED_EPOCH;
    zab->phase = ZK_ZAB_SYNCHRONIZATION;
    zk_learner_send(zab, ZK_PACKET_ACKEPOCH, last, zk_str_n(bytes, sizeof(bytes)), outputs);
}
