/* learner_link.c -- the links of the quorum port, those that learners open and the one we dial.
 *
 * What comes in is cut into whole QuorumPackets; behind a SNAP on a link that we dialled comes the
 * raw stream, which is handed out in parts until its end.  What goes out gathers and is written
 * once per pass.
 *
 *   OPEN -> CLOSING      we want it closed, output may be waiting   [zk_peers_close]
 *   CLOSING -> LINGER    output written, sending side shut down     [write_link]
 *   any -> BROKEN        the peer's end, an error, bad bytes, patience ended [break_link]
 *   BROKEN, told         freed                                      [zk_peers_learner_tick]
 *
 * A link is shut down before it is closed, or bytes of the peer that we have not read would turn
 * the close into a reset, which can destroy our last packet on its way. */
#include "peer/peer_internal.h"

#include <string.h>

#include "base/log.h"

enum { PACKET_SNAP = 15 };

static zk_learner_link_t *find_link(const zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link;

    for (link = peers->learners; link != NULL && link->number != number; link = link->next)
        ;
    return link;
}

static zk_learner_link_t *find_open(const zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link = find_link(peers, number);

    return link != NULL && link->state == ZK_LEARNER_OPEN ? link : NULL;
}

static void watch(zk_learner_link_t *link)
{
    unsigned want = 0;

    if (link->state == ZK_LEARNER_BROKEN)
        return;
    if (link->state == ZK_LEARNER_LINGER || link->state == ZK_LEARNER_CLOSING || !link->paused)
        want |= ZK_NET_GUEST_READ;
    if (link->blocked)
        want |= ZK_NET_GUEST_WRITE;
    zk_net_guest_want(link->guest, want);
}

/* The socket goes at once, the news and the memory with the next tick. */
static void break_link(zk_learner_link_t *link)
{
    if (link->state == ZK_LEARNER_BROKEN)
        return;
    link->state = ZK_LEARNER_BROKEN;
    link->peers->learner_dirty = true;
    zk_net_guest_remove(link->guest);
    link->guest = NULL;
    (void)apr_socket_close(link->socket);
}

static void refuse(zk_learner_link_t *link, const char *why)
{
    zk_warn("Closing the connection with /%s:%u (quorum port): %s", link->ip, (unsigned)link->port,
            why);
    break_link(link);
}

/* ---- in ---- */

/* One look at what came in the stream; returns bytes done with.  *AGAIN: there may be more. */
static size_t deliver_stream(zk_learner_link_t *link, const uint8_t *data, size_t size, bool *again)
{
    zk_peers_t *peers = link->peers;
    zk_note_t note = {""};
    size_t part;
    size_t used;
    zk_stream_scan_t found = zk_peer_stream_feed(&link->stream, data, size, &part, &used, &note);
    bool last = found == ZK_STREAM_LAST;

    *again = last;
    if (found == ZK_STREAM_REFUSED) {
        refuse(link, note.text);
        return size;
    }
    if (last) {
        zk_peer_stream_end(&link->stream);
        link->in_stream = false;
    }
    if (part > 0)
        peers->handlers.stream(peers->handlers.baton, link->number,
                               zk_str_n((const char *)data, part), last);
    link->needed = size - used + 1;
    return used;
}

static size_t deliver_packet(zk_learner_link_t *link, const uint8_t *data, size_t size, bool *again)
{
    zk_peers_t *peers = link->peers;
    size_t needed;

    *again = false;
    switch (zk_packet_scan(data, size, peers->options.record_bytes_max, &needed)) {
    case ZK_PACKET_PARTIAL:
        link->needed = needed;
        return 0;
    case ZK_PACKET_REFUSED:
        refuse(link, "a packet bears a length that is not believed");
        return size;
    case ZK_PACKET_WHOLE:
        break;
    }
    if (link->dialled && zk_get_u32(data) == PACKET_SNAP) {
        zk_peer_stream_begin(&link->stream, peers->options.record_bytes_max);
        link->in_stream = true;
    }
    *again = true;
    peers->handlers.packet(peers->handlers.baton, link->number,
                           zk_str_n((const char *)data, needed));
    return needed;
}

/* Hand out what is whole among SIZE bytes at DATA; returns bytes done with. */
static size_t deliver(zk_learner_link_t *link, const uint8_t *data, size_t size)
{
    size_t used = 0;
    bool again = true;

    link->delivering = true;
    link->needed = 1;
    while (again && used < size && link->state == ZK_LEARNER_OPEN && !link->paused)
        used += link->in_stream ? deliver_stream(link, data + used, size - used, &again)
                                : deliver_packet(link, data + used, size - used, &again);
    link->delivering = false;
    return used;
}

static void deliver_waiting(zk_learner_link_t *link)
{
    size_t size = zk_buffer_size(&link->in);

    link->waiting = false;
    if (size < link->needed || link->paused || link->state != ZK_LEARNER_OPEN)
        return;
    zk_buffer_consume(&link->in, deliver(link, zk_buffer_bytes(&link->in), size));
    if (zk_buffer_size(&link->in) == 0)
        zk_buffer_shrink(&link->in, 0);
}

static void take_input(zk_learner_link_t *link, const uint8_t *data, size_t size)
{
    size_t used;

    if (zk_buffer_size(&link->in) > 0) {
        zk_buffer_append(&link->in, data, size);
        deliver_waiting(link);
        return;
    }
    used = deliver(link, data, size);
    if (used < size && link->state == ZK_LEARNER_OPEN)
        zk_buffer_append(&link->in, data + used, size - used);
}

static void read_link(zk_learner_link_t *link)
{
    size_t size;
    apr_status_t rv = zk_peers_receive(link->peers, link->socket, &size);
    char reason[128];

    if (APR_STATUS_IS_EAGAIN(rv) || APR_STATUS_IS_EINTR(rv))
        return;
    if (rv == APR_SUCCESS) {
        if (link->state == ZK_LEARNER_OPEN)
            take_input(link, link->peers->input, size);
        return;
    }
    if (link->state == ZK_LEARNER_OPEN)
        zk_info("The connection with /%s:%u (quorum port) has ended: %s", link->ip,
                (unsigned)link->port, zk_status_text(rv, reason, sizeof(reason)));
    break_link(link);
}

/* ---- out ---- */

static void write_link(zk_learner_link_t *link)
{
    zk_peers_t *peers = link->peers;

    if (link->state == ZK_LEARNER_BROKEN || link->state == ZK_LEARNER_LINGER)
        return;
    if (zk_peers_write(link->socket, &link->out, &link->blocked) != APR_SUCCESS) {
        if (link->state == ZK_LEARNER_OPEN)
            zk_info("The connection with /%s:%u (quorum port) takes no more", link->ip,
                    (unsigned)link->port);
        break_link(link);
        return;
    }
    if (!link->blocked && link->state == ZK_LEARNER_CLOSING) {
        (void)apr_socket_shutdown(link->socket, APR_SHUTDOWN_WRITE);
        link->state = ZK_LEARNER_LINGER;
        peers->learner_dirty = true;
    }
    watch(link);
}

static bool is_drained(const zk_learner_link_t *link)
{
    return link->awaited && link->state == ZK_LEARNER_OPEN && zk_buffer_size(&link->out) == 0;
}

static void link_ready(void *baton, unsigned what)
{
    zk_learner_link_t *link = baton;

    if ((what & ZK_NET_GUEST_WRITE) != 0)
        write_link(link);
    if (link->state != ZK_LEARNER_BROKEN && (what & ZK_NET_GUEST_READ) != 0)
        read_link(link);
}

/* ---- birth ---- */

static zk_learner_link_t *make_link(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool,
                                    bool dialled)
{
    zk_learner_link_t *link = zk_calloc(1, sizeof(*link));

    link->peers = peers;
    link->pool = pool;
    link->socket = socket;
    link->dialled = dialled;
    link->needed = 1;
    zk_endpoint_of(socket, link->ip, &link->port);
    if (zk_net_guest_add(&link->guest, peers->net, socket, ZK_NET_GUEST_READ, link_ready, link,
                         NULL) != APR_SUCCESS) {
        (void)apr_socket_close(socket);
        apr_pool_destroy(pool);
        zk_free(link);
        return NULL;
    }
    link->number = peers->next_number++;
    link->next = peers->learners;
    peers->learners = link;
    peers->learners_count++;
    return link;
}

void zk_peers_learner_enter(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool)
{
    zk_learner_link_t *link = NULL;

    if (peers->learners_count < ZK_PEER_LEARNERS_MAX &&
        zk_endpoint_tune(socket, false) == APR_SUCCESS) {
        link = make_link(peers, socket, pool, false);
    } else {
        (void)apr_socket_close(socket);
        apr_pool_destroy(pool);
    }
    if (link != NULL)
        peers->handlers.opened(peers->handlers.baton, link->number, zk_str(link->ip));
}

void zk_peers_listen(zk_peers_t *peers)
{
    zk_doorway_t *door;

    peers->listening = true;
    for (door = peers->quorum_doors; door != NULL; door = door->next) {
        door->next_try_ms = 0;
        zk_doorway_open(door, peers->now_ms);
    }
}

void zk_peers_unlisten(zk_peers_t *peers)
{
    zk_doorway_t *door;

    peers->listening = false;
    for (door = peers->quorum_doors; door != NULL; door = door->next)
        zk_doorway_close(door);
}

/* ---- reaching the leader ---- */

static void end_leader_dial(zk_leader_dial_t *leader)
{
    if (leader->dial != NULL)
        zk_dial_drop(leader->dial);
    leader->dial = NULL;
    leader->active = false;
}

/* Until the next try; the quick ones are not counted. */
static int32_t next_pause_ms(zk_peers_t *peers)
{
    zk_leader_dial_t *leader = &peers->leader;
    int32_t pause_ms = ZK_PEER_QUICK_PAUSE_MS << leader->quick_tries;

    if (leader->quick_tries == ZK_PEER_QUICK_TRIES ||
        pause_ms >= peers->options.leader_retry_delay_ms)
        return peers->options.leader_retry_delay_ms;
    leader->quick_tries++;
    leader->tries--;
    return pause_ms;
}

static void leader_done(void *baton)
{
    zk_peers_t *peers = baton;
    zk_leader_dial_t *leader = &peers->leader;
    char shown[ZK_PEER_SHOWN_BYTES];
    char reason[128];
    zk_learner_link_t *link;
    apr_socket_t *socket;
    apr_pool_t *pool;

    if (zk_dial_state(leader->dial) == ZK_DIAL_CONNECTED) {
        socket = zk_dial_take(leader->dial, &pool);
        end_leader_dial(leader);
        link = make_link(peers, socket, pool, true);
        if (link != NULL)
            peers->handlers.connected(peers->handlers.baton, link->number);
        else
            leader->failed = true;
        return;
    }
    zk_warn("Unexpected exception, tries=%d, connecting to %s: %s",
            leader->tries + leader->quick_tries - 1, zk_dial_show(leader->dial, shown),
            zk_status_text(zk_dial_status(leader->dial), reason, sizeof(reason)));
    zk_dial_drop(leader->dial);
    leader->dial = NULL;
    leader->next_try_ms = peers->now_ms + next_pause_ms(peers);
    if (leader->tries >= ZK_PEER_CONNECT_TRIES || leader->next_try_ms >= leader->deadline_ms) {
        end_leader_dial(leader);
        leader->failed = true;
    }
}

static void try_leader(zk_peers_t *peers)
{
    zk_leader_dial_t *leader = &peers->leader;
    const zk_peer_member_t *member = zk_peers_member(peers, leader->sid);
    zk_endpoint_t targets[ZK_PEER_ADDRESSES_MAX];
    int count = 0;
    int32_t i;

    for (i = 0; member != NULL && i < member->addresses_count && count < ZK_PEER_ADDRESSES_MAX;
         i++) {
        size_t length = strlen(member->addresses[i].host);

        if (length >= sizeof(targets[0].host))
            continue;
        memcpy(targets[count].host, member->addresses[i].host, length + 1);
        targets[count++].port = member->addresses[i].quorum_port;
    }
    if (count == 0) {
        zk_warn("Couldn't find the leader with id = %" PRId64, leader->sid);
        end_leader_dial(leader);
        leader->failed = true;
        return;
    }
    leader->tries++;
    leader->dial =
        zk_dial_start(peers, targets, count, false, leader->deadline_ms, leader_done, peers);
}

void zk_peers_connect(zk_peers_t *peers, int64_t sid)
{
    zk_leader_dial_t *leader = &peers->leader;

    end_leader_dial(leader);
    *leader = (zk_leader_dial_t){.active = true,
                                 .sid = sid,
                                 .deadline_ms = peers->now_ms + peers->options.leader_connect_ms};
    try_leader(peers);
}

static bool tick_leader(zk_peers_t *peers)
{
    zk_leader_dial_t *leader = &peers->leader;

    if (leader->active && leader->dial != NULL)
        zk_dial_tick(leader->dial, peers->now_ms);
    else if (leader->active && peers->now_ms >= leader->next_try_ms)
        try_leader(peers);
    if (leader->failed) {
        leader->failed = false;
        peers->handlers.connect_failed(peers->handlers.baton);
    }
    return leader->active || leader->failed;
}

/* ---- what the user asks for ---- */

void zk_peers_send(zk_peers_t *peers, uint64_t number, const void *bytes, size_t size)
{
    zk_learner_link_t *link = find_open(peers, number);

    if (link == NULL || size == 0)
        return;
    if (zk_buffer_size(&link->out) + size > peers->options.output_bytes_max) {
        refuse(link, "it does not read what it is sent");
        return;
    }
    zk_buffer_append(&link->out, bytes, size);
    peers->learner_dirty = true;
}

size_t zk_peers_output_bytes(const zk_peers_t *peers, uint64_t number)
{
    const zk_learner_link_t *link = find_open(peers, number);

    return link != NULL ? zk_buffer_size(&link->out) : 0;
}

bool zk_peers_is_open(const zk_peers_t *peers, uint64_t number)
{
    return find_open(peers, number) != NULL;
}

void zk_peers_await_drained(zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link = find_open(peers, number);

    if (link == NULL)
        return;
    link->awaited = true;
    peers->learner_dirty = true;
}

void zk_peers_close(zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link;

    if (number == 0) {
        end_leader_dial(&peers->leader);
        peers->leader.failed = false;
        return;
    }
    link = find_open(peers, number);
    if (link == NULL)
        return;
    link->state = ZK_LEARNER_CLOSING;
    link->deadline_ms = peers->now_ms + ZK_PEER_CLOSE_MS;
    peers->learner_dirty = true;
    watch(link);
}

void zk_peers_pause(zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link = find_open(peers, number);

    if (link == NULL)
        return;
    link->paused = true;
    watch(link);
}

void zk_peers_resume(zk_peers_t *peers, uint64_t number)
{
    zk_learner_link_t *link = find_open(peers, number);

    if (link == NULL || !link->paused)
        return;
    link->paused = false;
    link->waiting = true;
    link->needed = 1;
    peers->learner_dirty = true;
    watch(link);
}

/* ---- the rhythm ---- */

void zk_peers_learner_flush(zk_peers_t *peers)
{
    zk_learner_link_t *link;

    if (!peers->learner_dirty)
        return;
    peers->learner_dirty = false;
    for (link = peers->learners; link != NULL; link = link->next) {
        if (!link->blocked && (zk_buffer_size(&link->out) > 0 || link->state == ZK_LEARNER_CLOSING))
            write_link(link);
        if (link->waiting || is_drained(link) || (link->state >= ZK_LEARNER_LINGER && !link->told))
            zk_net_wake(peers->net); /* the next tick has something to tell */
    }
}

/* Tell what has ended and free it. */
static void bury_broken(zk_peers_t *peers)
{
    zk_learner_link_t *link;
    zk_learner_link_t **at = &peers->learners;

    for (link = peers->learners; link != NULL; link = link->next) {
        if (link->state < ZK_LEARNER_LINGER || link->told)
            continue;
        link->told = true;
        peers->handlers.gone(peers->handlers.baton, link->number);
    }
    while (*at != NULL) {
        link = *at;
        if (link->state != ZK_LEARNER_BROKEN || !link->told) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        peers->learners_count--;
        zk_peer_stream_end(&link->stream);
        zk_buffer_free(&link->in);
        zk_buffer_free(&link->out);
        apr_pool_destroy(link->pool);
        zk_free(link);
    }
}

bool zk_peers_learner_tick(zk_peers_t *peers)
{
    zk_learner_link_t *link;
    zk_doorway_t *door;
    bool busy;

    busy = tick_leader(peers);
    for (door = peers->quorum_doors; peers->listening && door != NULL; door = door->next)
        busy = !zk_doorway_open(door, peers->now_ms) || busy;
    for (link = peers->learners; link != NULL; link = link->next) {
        if (link->waiting)
            deliver_waiting(link);
        if (is_drained(link)) {
            link->awaited = false;
            peers->handlers.drained(peers->handlers.baton, link->number);
        }
        if (link->state != ZK_LEARNER_CLOSING && link->state != ZK_LEARNER_LINGER)
            continue;
        busy = true;
        if (peers->now_ms >= link->deadline_ms)
            break_link(link);
    }
    bury_broken(peers);
    return busy;
}

bool zk_peers_learner_is_idle(const zk_peers_t *peers)
{
    const zk_learner_link_t *link;

    for (link = peers->learners; link != NULL; link = link->next)
        if (link->state == ZK_LEARNER_CLOSING ||
            (link->state == ZK_LEARNER_OPEN && zk_buffer_size(&link->out) > 0))
            return false;
    return true;
}

void zk_peers_learner_destroy(zk_peers_t *peers)
{
    zk_learner_link_t *link;

    end_leader_dial(&peers->leader);
    for (link = peers->learners; link != NULL; link = link->next) {
        break_link(link);
        link->told = true;
    }
    bury_broken(peers);
}
