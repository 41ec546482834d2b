/* zab.c -- the door of the room: events go to the phase and role they concern.
 *
 *   from        to                                                                 [where]
 *   (created)   ELECTION, or for a server alone BROADCAST                          [zk_zab_start]
 *   ELECTION    DISCOVERY, as what the election decided                            [enter_role]
 *   any role    LEAVING                                                   [zk_machine_leave]
 *   LEAVING     ELECTION, or stopped                                               [finish_leaving]
 *
 * LEAVING lasts until nothing of the role can change durable state any more: appends are synced,
 * epochs saved, a truncation or an incoming snapshot done, and every logged proposal delivered.
 * Then tree and log are equal whatever became of the proposals, and the next election neither
 * waits for a tree to be loaded nor offers what is not on disk. */
#include "zab/zab.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mutation.h"
#include "base/log.h"
#include "base/status.h"
#include "wire/codec.h"
#include "zab/machine.h"

enum {
    HISTORY_COUNT = 500,
    HISTORY_BYTES = 32 * 1024 * 1024,
    LINK_BYTES = 256 * 1024 * 1024,
    EPOCH_WAIT_TICKS = 2,
    OBSERVER_PAUSE_MS = 200 /* most an observer waits before it looks again */
};

/* ---- life ---- */

zk_zab_t *zk_zab_create(const zk_zab_options_t *options)
{
    zk_zab_t *zab = zk_calloc(1, sizeof(*zab));
    zk_zab_options_t *own = &zab->options;

    ZK_ASSERT(options->is_alone || options->is_observer ||
              zk_quorum_place(&options->voters, options->self) >= 0);
    *own = *options;
    if (own->is_alone)
        zk_quorum_set(&own->voters, &own->self, 1);
    if (own->first_counter <= 0)
        own->first_counter = 1;
    if (own->history_count_max <= 0)
        own->history_count_max = HISTORY_COUNT;
    if (own->history_bytes_max <= 0)
        own->history_bytes_max = HISTORY_BYTES;
    if (own->link_bytes_max <= 0)
        own->link_bytes_max = LINK_BYTES;
    if (own->connect_limit <= 0)
        own->connect_limit = own->init_limit;
    if (own->epoch_wait_max_ms == 0)
        own->epoch_wait_max_ms = EPOCH_WAIT_TICKS * own->tick_ms;
    zab->leader_sid = -1;
    zab->accepted_epoch = zab->current_epoch = 0;
    zab->stepped_down_ms = INT64_MIN;
    zab->arena = zk_arena_create();
    zk_random_seed(&zab->random, own->random_seed);
    zk_history_init(&zab->history, own->is_alone ? 0 : (size_t)own->history_count_max,
                    own->history_bytes_max);
    if (!own->is_alone)
        zab->election = zk_election_create(own);
    return zab;
}

static void free_peers(zk_zab_t *zab)
{
    size_t i;

    for (i = 0; i < zab->lead.count; i++)
        zab->lead.peers[i]->is_gone = true;
    zk_leader_sweep(zab);
    zk_free(zab->lead.peers);
}

void zk_zab_destroy(zk_zab_t *zab)
{
    if (zab == NULL)
        return;
    free_peers(zab);
    zk_buffer_free(&zab->learner.deferred);
    zk_election_destroy(zab->election);
    zk_history_free(&zab->history);
    zk_arena_destroy(zab->arena);
    zk_free(zab);
}

void zk_zab_load_begin(zk_zab_t *zab, int64_t zxid)
{
    zk_history_reset(&zab->history, zxid);
    zab->load_began = true;
}

void zk_zab_load_txn(zk_zab_t *zab, int64_t zxid, zk_blob_t *payload)
{
    zk_history_t *history = &zab->history;
    int64_t before = zk_history_before(history, history->tail);
    zk_blob_t *delivered;

    if (zxid <= before)
        return; /* the snapshot has it */
    if (!zk_zxid_is_next(before, zxid, zab->options.first_counter)) {
        zk_warn("the log goes on with 0x%" PRIx64 " behind 0x%" PRIx64
                ": what is before cannot be handed on",
                (uint64_t)zxid, (uint64_t)before);
        zk_history_reset(history, zxid);
        return;
    }
    zk_history_push(history, zxid, payload);
    history->committed = history->logged = history->durable = history->tail;
    zk_history_deliver(history, &zxid, &delivered);
    zk_blob_release(delivered);
}

/* ---- outputs ---- */

zk_span_t zk_machine_encode(zk_zab_outputs_t *outputs, int32_t type, int64_t zxid, zk_str_t data)
{
    zk_span_t span = {outputs->bytes->length, 0};

    zk_write_int(outputs->bytes, type);
    zk_write_long(outputs->bytes, zxid);
    zk_write_str(outputs->bytes, data);
    zk_write_int(outputs->bytes, -1);
    span.length = outputs->bytes->length - span.offset;
    return span;
}

void zk_machine_send(uint64_t link, zk_span_t span, zk_zab_outputs_t *outputs)
{
    zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_SEND);

    output->link = link;
    output->offset = span.offset;
    output->length = span.length;
}

void zk_machine_close(uint64_t link, zk_zab_outputs_t *outputs)
{
    zk_zab_output(outputs, ZK_ZAB_CLOSE)->link = link;
}

void zk_machine_save_epoch(zk_zab_t *zab, int64_t epoch, bool is_current, zk_zab_outputs_t *outputs)
{
    zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_SAVE_EPOCH);

    ZK_ASSERT(epoch >= (is_current ? zab->current_epoch : zab->accepted_epoch));
    output->epoch = epoch;
    output->is_current = is_current;
    zab->saves_pending++;
}

void zk_machine_upward(int64_t sid, uint64_t link, const zk_quorum_packet_t *packet,
                       zk_zab_outputs_t *outputs)
{
    zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_UPWARD);

    output->sid = sid;
    output->link = link;
    output->packet = packet;
}

const zk_quorum_packet_t *zk_machine_decode(zk_zab_t *zab, zk_str_t bytes)
{
    zk_quorum_packet_t *packet = zk_arena_calloc(zab->arena, 1, sizeof(*packet));
    zk_reader_t reader = zk_reader(bytes.data, zk_str_size(bytes));

    return zk_record_decode(&zk_record_quorum_packet, packet, &reader, zab->arena) ? packet : NULL;
}

void zk_machine_append(zk_zab_t *zab, size_t position, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;

    for (; history->logged < position; history->logged++) {
        const zk_proposal_t *proposal = zk_history_at(history, history->logged);
        zk_zab_output_t *output;

        if (zab->options.is_observer && !zab->options.observer_logs)
            continue;
        output = zk_zab_output(outputs, ZK_ZAB_APPEND);
        output->zxid = proposal->zxid;
        output->blob = zk_blob_hold(proposal->payload);
        if (ZK_MUTATION(ack_before_sync) && zab->state == ZK_SERVER_FOLLOWING && zab->is_serving)
            zk_learner_send(zab, ZK_PACKET_ACK, proposal->zxid, ZK_STR_NULL, outputs);
    }
    if (zab->options.is_observer && !zab->options.observer_logs)
        history->durable = history->logged;
}

/* ---- roles ---- */

void zk_machine_serve(zk_zab_t *zab, int64_t epoch, zk_zab_outputs_t *outputs)
{
    ZK_ASSERT(!zab->is_serving);
    zab->phase = ZK_ZAB_BROADCAST;
    zab->is_serving = true;
    if (zab->election != NULL)
        zk_election_synced(zab->election, epoch);
    zk_zab_output(outputs, ZK_ZAB_SERVE);
}

void zk_machine_leave(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    if (zab->phase == ZK_ZAB_LEAVING)
        return;
    if (zab->state == ZK_SERVER_LEADING)
        zk_leader_end(zab, outputs);
    else if (zab->state != ZK_SERVER_LOOKING)
        zk_learner_end(zab, outputs);
    if (zab->is_serving)
        zk_zab_output(outputs, ZK_ZAB_STOP_SERVING);
    zab->is_serving = false;
    if (zab->state == ZK_SERVER_OBSERVING)
        zab->look_ms = zab->now_ms + (int64_t)zk_random_below(&zab->random, OBSERVER_PAUSE_MS);
    zab->phase = ZK_ZAB_LEAVING;
    zk_history_drop_unlogged(&zab->history);
    zab->history.committed = zab->history.logged;
}

static void look(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zab->state = ZK_SERVER_LOOKING;
    zab->phase = ZK_ZAB_ELECTION;
    zab->leader_sid = -1;
    zk_info("LOOKING");
    zk_election_begin(zab->election,
                      zab->may_vote                       ? zk_zab_last_durable(zab)
                      : ZK_MUTATION(damaged_server_votes) ? 0
                                                          : -1,
                      zab->current_epoch, zab->now_ms, outputs);
}

/* Who holds a txn of an epoch holds all that its leader began with, because histories come in
 * order: it may say so, and must, or it would lose an election that it ought to win. */
static bool repair_epochs(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    int64_t epoch = zk_zxid_epoch(zk_zab_last_durable(zab));

    if (zab->options.is_alone || !zab->may_vote)
        return false;
    if (epoch > zab->accepted_epoch)
        zk_machine_save_epoch(zab, epoch, false, outputs);
    if (epoch > zab->current_epoch)
        zk_machine_save_epoch(zab, epoch, true, outputs);
    return zab->saves_pending > 0;
}

static void finish_leaving(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    const zk_history_t *history = &zab->history;

    if (zab->is_stopped || zab->is_reloading || zab->saves_pending > 0 ||
        (history->durable < history->tail && !ZK_MUTATION(role_ends_without_drain)) ||
        (history->delivered < history->tail && !ZK_MUTATION(tail_not_applied)))
        return;
    if (ZK_MUTATION(tail_not_applied))
        zab->history.delivered = zab->history.tail;
    if (repair_epochs(zab, outputs))
        return;
    if (zab->shuts_down) {
        zab->is_stopped = true;
        zk_zab_output(outputs, ZK_ZAB_STOPPED);
    } else if (zab->now_ms >= zab->look_ms) {
        look(zab, outputs);
    }
}

static void enter_role(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zk_vote_t vote;

    if (!zk_election_is_decided(zab->election, &vote))
        return;
    zab->state = zk_election_state(zab->election);
    zab->phase = ZK_ZAB_DISCOVERY;
    zab->leader_sid = vote.leader;
    zk_info("%s - LEADER ELECTION TOOK - %" PRId64 " MS",
            zab->state == ZK_SERVER_LEADING     ? "LEADING"
            : zab->state == ZK_SERVER_FOLLOWING ? "FOLLOWING"
                                                : "OBSERVING",
            zk_election_took_ms(zab->election));
    if (zab->state == ZK_SERVER_LEADING)
        zk_leader_begin(zab, outputs);
    else
        zk_learner_begin(zab, outputs);
}

void zk_zab_start(zk_zab_t *zab, int64_t accepted_epoch, int64_t current_epoch, bool may_vote,
                  int64_t mono_ms, zk_zab_outputs_t *outputs)
{
    ZK_ASSERT(zab->history.delivered == zab->history.tail);
    zab->now_ms = mono_ms;
    zab->accepted_epoch = accepted_epoch;
    zab->current_epoch = current_epoch;
    zab->may_vote = may_vote;
    if (zab->options.is_alone) {
        zk_leader_begin_alone(zab, outputs);
        return;
    }
    zab->phase = ZK_ZAB_LEAVING; /* the end of a role that never was */
    finish_leaving(zab, outputs);
    if (zab->phase == ZK_ZAB_ELECTION)
        enter_role(zab, outputs);
}

/* ---- events ---- */

static void progress(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    if (zab->phase == ZK_ZAB_LEAVING)
        finish_leaving(zab, outputs);
    if (zab->phase == ZK_ZAB_ELECTION)
        enter_role(zab, outputs);
    if (zab->phase == ZK_ZAB_LEAVING || zab->phase == ZK_ZAB_ELECTION)
        return;
    if (zab->state == ZK_SERVER_LEADING)
        zk_leader_progress(zab, outputs);
    else
        zk_learner_progress(zab, outputs);
}

static void hear_notification(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    if (zab->election == NULL || zab->shuts_down)
        return;
    if (zk_election_receive(zab->election, event->sid, event->bytes, zab->now_ms, outputs) &&
        zab->state == ZK_SERVER_LEADING)
        zab->lead.voter_left = true;
}

static void log_synced(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    zk_history_t *history = &zab->history;

    while (history->durable < history->logged &&
           zk_history_at(history, history->durable)->zxid <= event->zxid) {
        int64_t zxid = zk_history_at(history, history->durable)->zxid;

        history->durable++;
        if (zab->state == ZK_SERVER_FOLLOWING && zab->is_serving)
            zk_learner_send(zab, ZK_PACKET_ACK, zxid, ZK_STR_NULL, outputs);
    }
    if (zab->state == ZK_SERVER_LEADING && zab->phase != ZK_ZAB_LEAVING)
        zk_broadcast_ack(zab, zab->options.self, zk_zab_last_durable(zab));
}

static void epoch_saved(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    int64_t *epoch = event->is_current ? &zab->current_epoch : &zab->accepted_epoch;

    ZK_ASSERT(zab->saves_pending > 0 && event->epoch >= *epoch);
    zab->saves_pending--;
    *epoch = event->epoch;
    if (zab->phase == ZK_ZAB_LEAVING || zab->phase == ZK_ZAB_ELECTION)
        return;
    if (zab->state == ZK_SERVER_LEADING)
        zk_discovery_saved(zab, event->is_current, outputs);
    else
        zk_learner_event(zab, event, outputs);
}

/* Log and tree were truncated, or replaced by a leader's snapshot. */
static void reloaded(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    if (!zab->is_reloading || zab->is_truncating != (event->type == ZK_ZAB_RELOADED))
        return;
    zab->is_reloading = false;
    if (event->failed && (zab->is_truncating || zab->load_began)) {
        zk_error("no state is left to start from: this server has no vote until a leader has "
                 "given it one");
        zk_history_reset(&zab->history, -1);
        zab->may_vote = false;
    }
    if (zab->phase != ZK_ZAB_LEAVING)
        zk_learner_event(zab, event, outputs);
}

/* Who comes when it is not asked for is sent away. */
static bool belongs_to_a_role(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    bool has_role = zab->phase != ZK_ZAB_LEAVING && zab->phase != ZK_ZAB_ELECTION;

    if (event->type == ZK_ZAB_OPENED && (!has_role || zab->state != ZK_SERVER_LEADING))
        zk_machine_close(event->link, outputs);
    else if (event->type == ZK_ZAB_CONNECTED && (!has_role || zab->state == ZK_SERVER_LEADING))
        zk_machine_close(event->link, outputs);
    else
        return has_role;
    return false;
}

static void tick(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    if (zab->phase == ZK_ZAB_ELECTION)
        zk_election_tick(zab->election, zab->now_ms, outputs);
    else if (zab->phase == ZK_ZAB_LEAVING)
        return;
    else if (zab->state == ZK_SERVER_LEADING)
        zk_leader_tick(zab, outputs);
    else
        zk_learner_tick(zab, outputs);
}

static void shut_down(zk_zab_t *zab, zk_zab_outputs_t *outputs)
{
    zab->shuts_down = true;
    zk_machine_leave(zab, outputs);
}

void zk_zab_step(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs)
{
    zk_arena_reset(zab->arena);
    if (event->mono_ms > zab->now_ms)
        zab->now_ms = event->mono_ms;
    switch (event->type) {
    case ZK_ZAB_TICK:
        tick(zab, outputs);
        break;
    case ZK_ZAB_NOTIFICATION:
        hear_notification(zab, event, outputs);
        break;
    case ZK_ZAB_REFUSED:
        if (zab->phase == ZK_ZAB_ELECTION)
            zk_election_refused(zab->election, event->sid, zab->now_ms);
        break;
    case ZK_ZAB_LOG_SYNCED:
        log_synced(zab, event, outputs);
        break;
    case ZK_ZAB_EPOCH_SAVED:
        epoch_saved(zab, event, outputs);
        break;
    case ZK_ZAB_RELOADED:
    case ZK_ZAB_STREAMED:
        reloaded(zab, event, outputs);
        break;
    case ZK_ZAB_SHUTDOWN:
        shut_down(zab, outputs);
        break;
    case ZK_ZAB_CONNECTED:
    case ZK_ZAB_CONNECT_FAILED:
    case ZK_ZAB_OPENED:
    case ZK_ZAB_PACKET:
    case ZK_ZAB_LINK_GONE:
    case ZK_ZAB_SNAPSHOT_SENT:
    case ZK_ZAB_LOG_READ:
    case ZK_ZAB_STREAM_PART:
        if (!belongs_to_a_role(zab, event, outputs))
            break;
        if (zab->state == ZK_SERVER_LEADING)
            zk_leader_event(zab, event, outputs);
        else
            zk_learner_event(zab, event, outputs);
        break;
    }
    progress(zab, outputs);
    zk_leader_sweep(zab);
}

bool zk_machine_is_deliverable(const zk_zab_t *zab)
{
    const zk_history_t *history = &zab->history;

    if (history->delivered == history->committed || history->delivered == history->logged)
        return false;
    /* What a learner is given before it serves is applied once it is durable, not earlier. */
    return zab->phase != ZK_ZAB_SYNCHRONIZATION || history->delivered < history->durable;
}

bool zk_zab_deliver(zk_zab_t *zab, int64_t *zxid, zk_blob_t **payload, zk_zab_outputs_t *outputs)
{
    if (zab->is_reloading || !zk_machine_is_deliverable(zab)) {
        /* All that was pulled is applied now: what waited for that goes on. */
        progress(zab, outputs);
        zk_leader_sweep(zab);
        return false;
    }
    zk_history_deliver(&zab->history, zxid, payload);
    return true;
}

void zk_zab_send_packet(zk_zab_t *zab, uint64_t link, const zk_quorum_packet_t *packet,
                        zk_zab_outputs_t *outputs)
{
    zk_span_t span = {outputs->bytes->length, 0};
    zk_peer_t *peer = NULL;

    if (!zab->is_serving || (link == 0) != (zab->state != ZK_SERVER_LEADING))
        return;
    if (link != 0 &&
        ((peer = zk_leader_find(zab, link)) == NULL || peer->stage < ZK_PEER_WAIT_NEWLEADER))
        return;
    zk_record_encode(&zk_record_quorum_packet, packet, outputs->bytes);
    span.length = outputs->bytes->length - span.offset;
    if (peer != NULL)
        zk_sync_send(zab, peer, span, outputs);
    else
        zk_machine_send(zab->learner.link, span, outputs);
}

/* ---- looking in ---- */

zk_server_state_t zk_zab_state(const zk_zab_t *zab)
{
    return zab->state;
}

zk_zab_phase_t zk_zab_phase(const zk_zab_t *zab)
{
    return zab->phase;
}

bool zk_zab_is_serving(const zk_zab_t *zab)
{
    return zab->is_serving;
}

int64_t zk_zab_leader(const zk_zab_t *zab)
{
    return zab->leader_sid;
}

bool zk_zab_may_vote(const zk_zab_t *zab)
{
    return zab->may_vote;
}

int64_t zk_zab_accepted_epoch(const zk_zab_t *zab)
{
    return zab->accepted_epoch;
}

int64_t zk_zab_current_epoch(const zk_zab_t *zab)
{
    return zab->current_epoch;
}

int64_t zk_zab_last_logged(const zk_zab_t *zab)
{
    return zk_history_before(&zab->history, zab->history.logged);
}

int64_t zk_zab_last_durable(const zk_zab_t *zab)
{
    return zk_history_before(&zab->history, zab->history.durable);
}

int64_t zk_zab_last_committed(const zk_zab_t *zab)
{
    return zk_history_before(&zab->history, zab->history.committed);
}

int64_t zk_zab_last_delivered(const zk_zab_t *zab)
{
    return zk_history_before(&zab->history, zab->history.delivered);
}

size_t zk_zab_outstanding(const zk_zab_t *zab)
{
    return zab->history.tail - zab->history.delivered;
}

int64_t zk_zab_election_ms(const zk_zab_t *zab)
{
    return zab->election == NULL ? 0 : zk_election_took_ms(zab->election);
}

int32_t zk_zab_heard(const zk_zab_t *zab)
{
    return zab->election == NULL ? 0 : zk_election_heard(zab->election);
}

const char *zk_zab_check(const zk_zab_t *zab, char *text, size_t size)
{
    const char *fault = zk_history_check(&zab->history, text, size);
    bool is_settled = zab->phase == ZK_ZAB_BROADCAST || zab->phase == ZK_ZAB_ELECTION;

    if (fault != NULL)
        return fault;
    if (zab->is_serving && zab->phase != ZK_ZAB_BROADCAST) {
        snprintf(text, size, "serves in phase %d", (int)zab->phase);
        return text;
    }
    if (zab->options.is_alone || zab->saves_pending > 0)
        return NULL;
    if (zab->accepted_epoch < zab->current_epoch) {
        snprintf(text, size, "acceptedEpoch %" PRId64 " is below currentEpoch %" PRId64,
                 zab->accepted_epoch, zab->current_epoch);
        return text;
    }
    if (is_settled && zab->may_vote &&
        zk_zxid_epoch(zk_zab_last_delivered(zab)) > zab->current_epoch) {
        snprintf(text, size, "0x%" PRIx64 " is delivered in epoch %" PRId64,
                 (uint64_t)zk_zab_last_delivered(zab), zab->current_epoch);
        return text;
    }
    return NULL;
}
