/* links.c -- where zab meets the outside: its outputs become actions, events of peers become its
 * events.
 *
 * Outputs are worked through in order, in one loop.  Dealing with one may give rise to more (a
 * learner's request becomes a proposal): those go to the end of the same list.  zab is never
 * stepped from inside the loop, because a packet in the list is good until the next step only.
 *
 * zab writes what is to be sent into actions->bytes itself, so that nothing is copied. */
#include "pipeline/mind.h"

#include "wire/codec.h"

/* ---- outputs ---- */

static void emit_bytes(zk_replica_t *replica, zk_action_type_t type, const zk_zab_output_t *output)
{
    zk_action_t *action = zk_emit(replica, type, 0);

    action->sid = output->sid;
    action->link = output->link;
    action->offset = output->offset;
    action->length = output->length;
}

static void append_log(zk_replica_t *replica, const zk_zab_output_t *output)
{
    zk_action_t *append = zk_emit(replica, ZK_ACTION_APPEND_LOG, 0);
    size_t bytes = output->blob->size;

    append->zxid = output->zxid;
    append->blob = output->blob;
    zk_snapshots_logged(replica, bytes);
}

static void save_epoch(zk_replica_t *replica, const zk_zab_output_t *output)
{
    zk_action_t *save = zk_emit(replica, ZK_ACTION_SAVE_EPOCH, 0);

    save->epoch = output->epoch;
    save->is_current = output->is_current;
}

static void close_link(zk_replica_t *replica, uint64_t link)
{
    if (link != 0) {
        zk_streams_stop(replica, link);
        zk_streams_link_ends(replica, link, false);
    }
    zk_emit(replica, ZK_ACTION_PEER_CLOSE, 0)->link = link;
}

static void truncate_log(zk_replica_t *replica, int64_t zxid)
{
    ZK_ASSERT(replica->role == ZK_ROLE_NONE);
    zk_snapshots_abort(replica);
    replica->truncating = true;
    zk_emit(replica, ZK_ACTION_TRUNCATE_LOG, 0)->zxid = zxid;
}

static void read_log(zk_replica_t *replica, const zk_zab_output_t *output)
{
    zk_action_t *read = zk_emit(replica, ZK_ACTION_READ_LOG, 0);

    read->zxid = output->zxid;
    read->link = output->link;
}

static void stopped(zk_replica_t *replica)
{
    if (replica->shutting_down && !replica->drained) {
        replica->drained = true;
        zk_emit(replica, ZK_ACTION_DRAINED, 0);
    }
}

static void upward(zk_replica_t *replica, const zk_zab_output_t *output)
{
    if (zk_zab_state(replica->zab) == ZK_SERVER_LEADING)
        zk_upward_packet(replica, output->sid, output->link, output->packet);
    else
        zk_forward_packet(replica, output->packet);
}

static void learner_gone(zk_replica_t *replica, uint64_t link)
{
    zk_streams_stop(replica, link);
    zk_upward_gone(replica, link);
}

/* What concerns the links and the disk; false where OUTPUT is none of it. */
static bool carry_out_body(zk_replica_t *replica, const zk_zab_output_t *output)
{
    switch (output->type) {
    case ZK_ZAB_NOTIFY:
        emit_bytes(replica, ZK_ACTION_NOTIFY, output);
        return true;
    case ZK_ZAB_SEND:
        emit_bytes(replica, ZK_ACTION_PEER_SEND, output);
        return true;
    case ZK_ZAB_LISTEN:
        zk_emit(replica, ZK_ACTION_LISTEN, 0);
        return true;
    case ZK_ZAB_UNLISTEN:
        zk_emit(replica, ZK_ACTION_UNLISTEN, 0);
        return true;
    case ZK_ZAB_CONNECT:
        zk_emit(replica, ZK_ACTION_CONNECT_LEADER, 0)->sid = output->sid;
        return true;
    case ZK_ZAB_CLOSE:
        close_link(replica, output->link);
        return true;
    case ZK_ZAB_SAVE_EPOCH:
        save_epoch(replica, output);
        return true;
    case ZK_ZAB_APPEND:
        append_log(replica, output);
        return true;
    case ZK_ZAB_TRUNCATE:
        truncate_log(replica, output->zxid);
        return true;
    case ZK_ZAB_READ_LOG:
        read_log(replica, output);
        return true;
    default:
        return false;
    }
}

static void carry_out(zk_replica_t *replica, const zk_zab_output_t *output)
{
    if (carry_out_body(replica, output))
        return;
    switch (output->type) {
    case ZK_ZAB_RECEIVE_SNAPSHOT:
        zk_streams_receive(replica, output->link, output->zxid);
        break;
    case ZK_ZAB_SEND_SNAPSHOT:
        zk_streams_send(replica, output->link);
        break;
    case ZK_ZAB_SERVE:
        zk_role_comes(replica);
        break;
    case ZK_ZAB_STOP_SERVING:
        zk_role_ends(replica);
        break;
    case ZK_ZAB_UPWARD:
        upward(replica, output);
        break;
    case ZK_ZAB_LEARNER_GONE:
        learner_gone(replica, output->link);
        break;
    case ZK_ZAB_CONFIRMED:
        if (output->zxid > replica->confirmed_ticket)
            replica->confirmed_ticket = output->zxid;
        break;
    case ZK_ZAB_STOPPED:
        stopped(replica);
        break;
    default:
        break;
    }
}

void zk_links_carry_out(zk_replica_t *replica)
{
    zk_zab_outputs_t *outputs = &replica->outputs;
    size_t i;

    if (replica->carrying_out)
        return; /* the loop below gets to it */
    replica->carrying_out = true;
    replica->zab_moved = replica->zab_moved || outputs->count > 0;
    for (i = 0; i < outputs->count; i++) {
        zk_zab_output_t output = outputs->items[i];

        outputs->items[i].blob = NULL; /* the action's now */
        carry_out(replica, &output);
    }
    zk_zab_outputs_clear(outputs);
    replica->carrying_out = false;
}

/* ---- packets ---- */

void zk_links_send(zk_replica_t *replica, uint64_t link, int32_t type, int64_t zxid, zk_str_t data,
                   const zk_id_vector_t *authinfo)
{
    zk_quorum_packet_t packet;

    packet.type = type;
    packet.zxid = zxid;
    packet.data = data;
    packet.authinfo.count = -1;
    packet.authinfo.items = NULL;
    if (authinfo != NULL)
        packet.authinfo = *authinfo;
    zk_zab_send_packet(replica->zab, link, &packet, &replica->outputs);
    zk_links_carry_out(replica);
}

/* ---- events ---- */

void zk_links_step(zk_replica_t *replica, zk_zab_event_t *event)
{
    ZK_ASSERT(!replica->carrying_out);
    event->mono_ms = replica->mono_ms;
    replica->zab_moved = true;
    zk_zab_step(replica->zab, event, &replica->outputs);
    zk_links_carry_out(replica);
}

static void step_of(zk_replica_t *replica, zk_zab_event_type_t type, const zk_event_t *event)
{
    zk_zab_event_t step = {.type = type,
                           .sid = event->sid,
                           .link = event->link,
                           .bytes = event->bytes,
                           .zxid = event->zxid,
                           .epoch = event->epoch,
                           .is_current = event->is_current,
                           .failed = event->failed,
                           .last = event->last,
                           .log = event->log};

    zk_links_step(replica, &step);
}

static void reloaded(zk_replica_t *replica, const zk_event_t *event)
{
    if (zk_streams_event(replica, event))
        return;
    ZK_ASSERT(replica->truncating);
    replica->truncating = false;
    replica->has_state = !event->failed;
    step_of(replica, ZK_ZAB_RELOADED, event);
}

bool zk_links_event(zk_replica_t *replica, const zk_event_t *event)
{
    switch (event->type) {
    case ZK_EVENT_PEER_NOTIFICATION:
        step_of(replica, ZK_ZAB_NOTIFICATION, event);
        return true;
    case ZK_EVENT_PEER_REFUSED:
        step_of(replica, ZK_ZAB_REFUSED, event);
        return true;
    case ZK_EVENT_PEER_CONNECTED:
        step_of(replica, ZK_ZAB_CONNECTED, event);
        return true;
    case ZK_EVENT_PEER_CONNECT_FAILED:
        step_of(replica, ZK_ZAB_CONNECT_FAILED, event);
        return true;
    case ZK_EVENT_PEER_OPENED:
        step_of(replica, ZK_ZAB_OPENED, event);
        return true;
    case ZK_EVENT_PEER_PACKET:
        step_of(replica, ZK_ZAB_PACKET, event);
        return true;
    case ZK_EVENT_PEER_STREAM:
        zk_streams_part(replica, event);
        step_of(replica, ZK_ZAB_STREAM_PART, event);
        return true;
    case ZK_EVENT_PEER_DRAINED:
        step_of(replica,
                zk_streams_drained(replica, event->link) ? ZK_ZAB_SNAPSHOT_SENT
                                                         : ZK_ZAB_STREAM_PART,
                event);
        return true;
    case ZK_EVENT_PEER_GONE:
        zk_streams_stop(replica, event->link);
        zk_upward_gone(replica, event->link);
        if (zk_streams_link_ends(replica, event->link, true))
            step_of(replica, ZK_ZAB_LINK_GONE, event);
        return true;
    case ZK_EVENT_EPOCH_SAVED:
        step_of(replica, ZK_ZAB_EPOCH_SAVED, event);
        return true;
    case ZK_EVENT_LOG_READ:
        step_of(replica, ZK_ZAB_LOG_READ, event);
        return true;
    case ZK_EVENT_RELOADED:
        reloaded(replica, event);
        return true;
    case ZK_EVENT_LOG_SYNCED:
        step_of(replica, ZK_ZAB_LOG_SYNCED, event);
        return true;
    default:
        return false;
    }
}
