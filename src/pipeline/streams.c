/* streams.c -- whole snapshots between servers.
 *
 * Out: the session table, then a walk of the tree as it is now, end mark and signature, in parts of
 * bounded size; the next part is encoded when the one before is written, so that a slow learner
 * costs no memory.  Writes go on meanwhile; several learners may be served at once.
 *
 * In: the parts go to the snapshot writer as they come.  Only when the whole snapshot is durable
 * under its final name does it replace what this server had; a link that ends before leaves
 * everything as it was.
 *
 *   NONE -- SNAP --> STREAM -- last part --> FINISH -- SNAPSHOT_DONE --> INSTALL -- RELOADED -->
 * NONE |  link ends: SNAPSHOT_ABORT            (failed: zab is told, NONE)
 *                      v
 *                    NONE
 *
 * A link that ends in FINISH or INSTALL ends too late: the snapshot takes effect, zab hears of that
 * and then of the end. */
#include "pipeline/mind.h"

#include "base/buffer.h"

#define PART_BYTES ((size_t)256 * 1024)
#define PART_ZNODES ((size_t)2048)

/* ---- out ---- */

/* What was encoded behind MARK goes out on LINK. */
static void send_part(zk_replica_t *replica, uint64_t link, size_t mark)
{
    zk_action_t *send = zk_emit(replica, ZK_ACTION_PEER_SEND, 0);

    send->link = link;
    send->offset = mark;
    send->length = zk_buffer_size(&replica->actions->bytes) - mark;
    send->tells_drained = true;
}

static void encode_part(zk_replica_t *replica, zk_outgoing_t *outgoing)
{
    zk_buffer_t *bytes = &replica->actions->bytes;

    if (zk_walk_step(outgoing->walk, bytes, PART_BYTES, PART_ZNODES))
        return;
    zk_write_str(bytes, zk_str("BenWasHere"));
    zk_walk_end(outgoing->walk);
    outgoing->walk = NULL;
}

void zk_streams_send(zk_replica_t *replica, uint64_t link)
{
    zk_outgoing_t *outgoing = zk_calloc(1, sizeof(*outgoing));
    size_t mark = zk_buffer_size(&replica->actions->bytes);

    outgoing->link = link;
    outgoing->walk = zk_walk_begin(replica->tree);
    outgoing->next = replica->outgoing;
    replica->outgoing = outgoing;
    zk_session_table_encode(replica->sessions, &replica->actions->bytes);
    encode_part(replica, outgoing);
    send_part(replica, link, mark);
}

/* Unlink and free the one that *AT is. */
static void forget(zk_outgoing_t **at)
{
    zk_outgoing_t *outgoing = *at;

    *at = outgoing->next;
    if (outgoing->walk != NULL)
        zk_walk_end(outgoing->walk);
    zk_free(outgoing);
}

bool zk_streams_drained(zk_replica_t *replica, uint64_t link)
{
    zk_outgoing_t **at = &replica->outgoing;
    size_t mark = zk_buffer_size(&replica->actions->bytes);

    while (*at != NULL && (*at)->link != link)
        at = &(*at)->next;
    if (*at == NULL)
        return false;
    if ((*at)->walk == NULL) {
        forget(at);
        return true;
    }
    encode_part(replica, *at);
    send_part(replica, link, mark);
    return false;
}

void zk_streams_stop(zk_replica_t *replica, uint64_t link)
{
    zk_outgoing_t **at = &replica->outgoing;

    while (*at != NULL)
        if (link == 0 || (*at)->link == link)
            forget(at);
        else
            at = &(*at)->next;
}

/* ---- in ---- */

void zk_streams_receive(zk_replica_t *replica, uint64_t link, int64_t zxid)
{
    zk_action_t *begin;

    ZK_ASSERT(replica->role == ZK_ROLE_NONE && replica->incoming.phase == ZK_INCOMING_NONE);
    zk_snapshots_abort(replica);
    replica->incoming = (zk_incoming_t){ZK_INCOMING_STREAM, link, zxid, false};
    begin = zk_emit(replica, ZK_ACTION_SNAPSHOT_BEGIN, 0);
    begin->zxid = zxid;
    begin->is_received = true;
}

void zk_streams_part(zk_replica_t *replica, const zk_event_t *event)
{
    zk_incoming_t *incoming = &replica->incoming;
    zk_action_t *action;

    if (incoming->phase != ZK_INCOMING_STREAM || incoming->link != event->link)
        return;
    if (zk_str_size(event->bytes) > 0) {
        action = zk_emit(replica, ZK_ACTION_SNAPSHOT_CHUNK, 0);
        action->zxid = incoming->zxid;
        action->is_received = true;
        action->blob = zk_blob_copy(event->bytes.data, zk_str_size(event->bytes));
    }
    if (!event->last)
        return;
    action = zk_emit(replica, ZK_ACTION_SNAPSHOT_END, 0);
    action->zxid = incoming->zxid;
    action->is_received = true;
    incoming->phase = ZK_INCOMING_FINISH;
}

bool zk_streams_link_ends(zk_replica_t *replica, uint64_t link, bool is_gone)
{
    zk_incoming_t *incoming = &replica->incoming;

    if (incoming->phase == ZK_INCOMING_NONE || incoming->link != link)
        return true;
    if (incoming->phase == ZK_INCOMING_STREAM) {
        /* SNAPSHOT_DONE says that it failed, and zab hears so: it waits for that before it looks
         * for another leader. */
        zk_emit(replica, ZK_ACTION_SNAPSHOT_ABORT, 0)->zxid = incoming->zxid;
        incoming->phase = ZK_INCOMING_FINISH;
    }
    incoming->link_gone = incoming->link_gone || is_gone;
    return false;
}

/* The stream has come to what it could; tell zab. */
static void over(zk_replica_t *replica, bool failed)
{
    zk_incoming_t incoming = replica->incoming;
    zk_zab_event_t step = {
        .type = ZK_ZAB_STREAMED, .link = incoming.link, .zxid = incoming.zxid, .failed = failed};

    replica->incoming.phase = ZK_INCOMING_NONE;
    zk_links_step(replica, &step);
    if (incoming.link_gone) {
        step = (zk_zab_event_t){.type = ZK_ZAB_LINK_GONE, .link = incoming.link};
        zk_links_step(replica, &step);
    }
}

bool zk_streams_event(zk_replica_t *replica, const zk_event_t *event)
{
    zk_incoming_t *incoming = &replica->incoming;

    if (event->type == ZK_EVENT_RELOADED) {
        if (incoming->phase != ZK_INCOMING_INSTALL)
            return false;
        replica->has_state = !event->failed;
        over(replica, event->failed);
        return true;
    }
    if (incoming->phase != ZK_INCOMING_FINISH && incoming->phase != ZK_INCOMING_STREAM)
        return false;
    if (event->failed || incoming->phase == ZK_INCOMING_STREAM) {
        over(replica, true);
        return true;
    }
    incoming->phase = ZK_INCOMING_INSTALL;
    zk_emit(replica, ZK_ACTION_INSTALL_SNAPSHOT, 0)->zxid = incoming->zxid;
    return true;
}
