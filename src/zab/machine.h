/* machine.h -- what the files of this room share: the state of one server's part.
 *
 *   zab.c        the door: events to whom they concern, roles begun and ended
 *   discovery.c  agree on the new epoch         (both ends)
 *   sync.c       DIFF, TRUNC or SNAP            (leader's end)
 *   broadcast.c  propose, count acks, commit    (leader's end)
 *   leader.c     learners that come and go, timers, confirmation of leadership
 *   learner.c    synchronisation and broadcast at the other end
 *   observer.c   what is different for those without a vote */
#ifndef ZK_ZAB_MACHINE_H
#define ZK_ZAB_MACHINE_H

#include "base/arena.h"
#include "base/random.h"
#include "wire/packet.h"
#include "zab/election.h"
#include "zab/history.h"
#include "zab/outputs.h"
#include "zab/zab.h"

/* ---- the leader's view of one learner ---- */

typedef enum zk_peer_stage {
    ZK_PEER_OPENED,         /* connected; said nothing yet */
    ZK_PEER_WAIT_EPOCH,     /* introduced itself; the epoch is not fixed yet */
    ZK_PEER_WAIT_ACK,       /* got LEADERINFO */
    ZK_PEER_WAIT_SYNC,      /* sent ACKEPOCH; waits until discovery is over */
    ZK_PEER_WAIT_COMMIT,    /* holds what is not committed yet; waits until it is */
    ZK_PEER_READING_LOG,    /* waits for READ_LOG */
    ZK_PEER_WAIT_SNAP,      /* is to get a SNAP as soon as all that is committed is delivered */
    ZK_PEER_SNAPSHOT,       /* the stream is being sent; all else waits in `queue` */
    ZK_PEER_WAIT_NEWLEADER, /* got NEWLEADER */
    ZK_PEER_ACKED,          /* acked it; waits until the leader serves */
    ZK_PEER_SERVED          /* got UPTODATE */
} zk_peer_stage_t;

typedef struct zk_peer {
    uint64_t link;
    int64_t sid;
    bool is_observer;
    bool is_gone; /* swept at the end of the step */
    zk_peer_stage_t stage;
    int64_t accepted_epoch;
    int64_t last_zxid;     /* from ACKEPOCH */
    int64_t early_acked;   /* acks before its NEWLEADER ACK, counted from then on */
    int64_t heard_ms;      /* its last packet */
    int64_t deadline_tick; /* alive until then */
    zk_buffer_t queue;     /* behind the stream of a SNAP */
    zk_buffer_t held;      /* broadcasts between NEWLEADER and UPTODATE */
    int64_t watched_zxid;  /* a proposal it has not acked; 0: none */
    int64_t watched_ms;    /* when it was sent */
    int64_t sent_zxid;     /* the last proposal sent, and when */
    int64_t sent_ms;
    uint64_t pings_sent, pings_answered; /* since UPTODATE */
    uint64_t round_ping; /* which answer counts for the round of confirmation; 0: none */
} zk_peer_t;

typedef struct zk_leader {
    int64_t epoch;
    bool is_epoch_chosen; /* acceptedEpoch is being saved, or is */
    bool is_epoch_fixed;  /* it is durable */
    bool is_elected;      /* a quorum acked the epoch: currentEpoch is being saved, or is */
    int64_t began_ms;
    int64_t phase_ms; /* begin of what init_limit bounds */
    bool voter_left;
    int64_t summary_epoch, summary_zxid;
    bool connecting[ZK_QUORUM_VOTERS_MAX], electing[ZK_QUORUM_VOTERS_MAX],
        newleader[ZK_QUORUM_VOTERS_MAX]; /* by place */
    int64_t acked[ZK_QUORUM_VOTERS_MAX];
    int64_t last_proposed;
    zk_peer_t **peers;
    size_t count, capacity;
    int64_t tick, next_tick_ms, next_ping_ms;
    int64_t confirm_asked; /* the last ticket given */
    int64_t confirm_round; /* the ticket that the round under way is for */
    bool is_round_open;
} zk_leader_t;

/* ---- a learner's view of its leader ---- */

typedef enum zk_learner_stage {
    ZK_LEARNER_CONNECTING,
    ZK_LEARNER_GREETED,         /* introduced itself */
    ZK_LEARNER_SAVING_ACCEPTED, /* the new epoch */
    ZK_LEARNER_ACKED_EPOCH,     /* waits for DIFF, TRUNC or SNAP */
    ZK_LEARNER_SYNCING,
    ZK_LEARNER_NEWLEADER, /* got it; waits until the history is durable and delivered */
    ZK_LEARNER_SAVING_CURRENT,
    ZK_LEARNER_ACKED, /* waits for UPTODATE */
    ZK_LEARNER_SERVING
} zk_learner_stage_t;

typedef struct zk_learner {
    zk_learner_stage_t stage;
    uint64_t link; /* 0: none */
    int64_t epoch;
    bool repeats_epoch; /* it was accepted before: ACKEPOCH says -1 */
    bool is_diff;       /* the leader's history goes on behind ours, and it sends the difference */
    int64_t snap_zxid;  /* of the snapshot taken over in this role; -1: none */
    int64_t heard_ms;
    bool reports_parts;   /* more of the stream is to come, so a stalled one is noticed */
    size_t initial;       /* position behind the initial history, once NEWLEADER has come */
    zk_buffer_t deferred; /* packets that came while reloading: int length, bytes */
} zk_learner_t;

struct zk_zab {
    zk_zab_options_t options;
    zk_election_t *election;
    zk_arena_t *arena; /* of one step */
    zk_random_t random;
    zk_server_state_t state;
    zk_zab_phase_t phase;
    int64_t leader_sid;
    bool is_serving;
    bool may_vote;
    bool asks_for_snapshot; /* the next leader is told that nothing is here; once */
    int64_t doubted_zxid;   /* a difference behind this one was refused once; 0: none */
    bool shuts_down, is_stopped;
    int64_t now_ms;
    int64_t look_ms;                       /* do not look before */
    int64_t accepted_epoch, current_epoch; /* durable */
    int32_t saves_pending;
    bool is_reloading; /* TRUNCATE or RECEIVE_SNAPSHOT is under way */
    bool is_truncating;
    int64_t truncate_zxid;
    bool load_began;         /* zk_zab_load_begin was called meanwhile */
    int64_t epoch_seen;      /* the highest acceptedEpoch of a voter */
    int64_t stepped_down_ms; /* when we last made room for it; INT64_MIN: never */
    zk_history_t history;
    zk_leader_t lead;
    zk_learner_t learner;
};

/* ---- outputs ---- */

/* Encode a packet behind outputs->bytes; SPAN says where it lies. */
typedef struct zk_span {
    size_t offset, length;
} zk_span_t;
zk_span_t zk_machine_encode(zk_zab_outputs_t *outputs, int32_t type, int64_t zxid, zk_str_t data);
void zk_machine_send(uint64_t link, zk_span_t span, zk_zab_outputs_t *outputs);
void zk_machine_save_epoch(zk_zab_t *zab, int64_t epoch, bool is_current,
                           zk_zab_outputs_t *outputs);
void zk_machine_close(uint64_t link, zk_zab_outputs_t *outputs);
/* Hand PACKET to the pipeline. */
void zk_machine_upward(int64_t sid, uint64_t link, const zk_quorum_packet_t *packet,
                       zk_zab_outputs_t *outputs);

/* End the role: why is logged by the caller. */
void zk_machine_leave(zk_zab_t *zab, zk_zab_outputs_t *outputs);
/* From now on clients are served. */
void zk_machine_serve(zk_zab_t *zab, int64_t epoch, zk_zab_outputs_t *outputs);
/* Log every proposal before POSITION that is not. */
void zk_machine_append(zk_zab_t *zab, size_t position, zk_zab_outputs_t *outputs);
/* May something be delivered now? */
bool zk_machine_is_deliverable(const zk_zab_t *zab);
static inline int64_t zk_machine_ms(const zk_zab_t *zab, int32_t ticks)
{
    return (int64_t)ticks * zab->options.tick_ms;
}

/* ---- discovery.c ---- */

void zk_discovery_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_discovery_info(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                       zk_zab_outputs_t *outputs);
void zk_discovery_ack_epoch(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                            zk_zab_outputs_t *outputs);
void zk_discovery_saved(zk_zab_t *zab, bool is_current, zk_zab_outputs_t *outputs);
void zk_discovery_greet(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_discovery_leader_info(zk_zab_t *zab, const zk_quorum_packet_t *packet,
                              zk_zab_outputs_t *outputs);
void zk_discovery_answer(zk_zab_t *zab, zk_zab_outputs_t *outputs);

/* ---- sync.c ---- */

void zk_sync_begin(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs);
void zk_sync_log_read(zk_zab_t *zab, zk_peer_t *peer, const zk_zab_log_part_t *part,
                      zk_zab_outputs_t *outputs);
void zk_sync_snapshot_sent(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs);
void zk_sync_up_to_date(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs);
/* Go on with what waited for commits and deliveries. */
void zk_sync_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs);
/* Send SPAN to PEER, or keep it back as long as its stage asks for that. */
void zk_sync_send(zk_zab_t *zab, zk_peer_t *peer, zk_span_t span, zk_zab_outputs_t *outputs);

/* ---- broadcast.c ---- */

void zk_broadcast_ack(zk_zab_t *zab, int64_t sid, int64_t zxid);
void zk_broadcast_commit(zk_zab_t *zab, zk_zab_outputs_t *outputs);

/* ---- leader.c ---- */

void zk_leader_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_leader_begin_alone(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_leader_end(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_leader_event(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs);
void zk_leader_packet(zk_zab_t *zab, zk_peer_t *peer, const zk_quorum_packet_t *packet,
                      zk_zab_outputs_t *outputs);
void zk_leader_tick(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_leader_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_leader_count_newleader(zk_zab_t *zab, int64_t sid, zk_zab_outputs_t *outputs);
void zk_leader_drop(zk_zab_t *zab, zk_peer_t *peer, zk_zab_outputs_t *outputs);
void zk_leader_sweep(zk_zab_t *zab);
zk_peer_t *zk_leader_find(const zk_zab_t *zab, uint64_t link);
bool zk_leader_has_quorum(const zk_zab_t *zab, const bool *agrees);

/* ---- learner.c, observer.c ---- */

void zk_learner_begin(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_learner_end(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_learner_event(zk_zab_t *zab, const zk_zab_event_t *event, zk_zab_outputs_t *outputs);
void zk_learner_tick(zk_zab_t *zab, zk_zab_outputs_t *outputs);
void zk_learner_progress(zk_zab_t *zab, zk_zab_outputs_t *outputs);
/* Send one packet to our leader. */
void zk_learner_send(zk_zab_t *zab, int32_t type, int64_t zxid, zk_str_t data,
                     zk_zab_outputs_t *outputs);
/* A proposal has come: keep it.  False when it does not follow the one before: the role is over. */
bool zk_learner_take(zk_zab_t *zab, int64_t zxid, zk_str_t payload, zk_zab_outputs_t *outputs);
/* Decode BYTES; NULL when they do not. */
const zk_quorum_packet_t *zk_machine_decode(zk_zab_t *zab, zk_str_t bytes);

/* An INFORM, in any stage. */
void zk_observer_inform(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs);
/* A packet of the broadcast to an observer. */
void zk_observer_packet(zk_zab_t *zab, const zk_quorum_packet_t *packet, zk_zab_outputs_t *outputs);

#endif
