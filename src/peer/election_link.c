/* election_link.c -- one connection per pair of servers, and a queue of one in front of it.
 *
 * The server with the larger id is the one that has dialled the connection that stays:
 *
 *   we want to talk, no link      dial, send our message; are we the smaller: end it, the other
 *                                 one dials us now; else the link is up
 *   somebody came, smaller id     end what we have with it and what it has made, and dial it, where
 *                                 its message says it is
 *   somebody came, larger id      the link is up and takes the place of an older one
 *   somebody came, our own id     a mistake in somebody's configuration: end it
 *
 * A link that ends is not made again until there is something to say.  When a link comes up, what
 * is queued goes out, or else the last message once more, since nobody knows whether it arrived.
 *
 * The smaller one does not dial twice in a row: its second message would end the very link that the
 * first has brought about, which it would take for broken and dial again, and so on.
 *
 * A server in nobody's list is served like any other: a new member has to be answered before the
 * others have it in theirs.  It is worth a warning, because a mixture of lists can split an
 * ensemble.
 *
 * Facts: QuorumCnxManager.java; quorum notes, sections 4 and 15. */
#include "peer/peer_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static void dial_remote(zk_remote_t *remote);

/* ---- remotes ---- */

static zk_remote_t *find_remote(const zk_peers_t *peers, int64_t sid)
{
    zk_remote_t *remote;

    for (remote = peers->remotes; remote != NULL && remote->sid != sid; remote = remote->next)
        ;
    return remote;
}

/* The remote SID; NULL for one stranger too many. */
static zk_remote_t *get_remote(zk_peers_t *peers, int64_t sid)
{
    zk_remote_t *remote = find_remote(peers, sid);
    const zk_peer_member_t *member = zk_peers_member(peers, sid);

    if (remote != NULL)
        return remote;
    if (member == NULL && peers->strangers >= ZK_PEER_STRANGERS_MAX)
        return NULL;
    peers->strangers += member == NULL;
    remote = zk_calloc(1, sizeof(*remote));
    remote->peers = peers;
    remote->sid = sid;
    remote->member = member;
    remote->next = peers->remotes;
    peers->remotes = remote;
    return remote;
}

static void free_remote(zk_remote_t *remote)
{
    if (remote->dial != NULL)
        zk_dial_drop(remote->dial);
    zk_buffer_free(&remote->queued);
    zk_buffer_free(&remote->last);
    zk_free(remote);
}

/* Is REMOTE somebody whom nothing connects us with any more? */
static bool is_gone_stranger(const zk_remote_t *remote)
{
    const zk_election_link_t *link = remote->peers->election_links;

    while (link != NULL && link->remote != remote)
        link = link->next;
    return remote->member == NULL && remote->dial == NULL && !remote->wanted && link == NULL;
}

/* One more stranger comes: where there are too many, one that has gone is forgotten, so that old
 * callers do not keep a new member from being heard.  Not to be called while remotes are walked
 * through, as the tick does. */
static void make_room(zk_peers_t *peers)
{
    zk_remote_t **at = &peers->remotes;
    zk_remote_t *remote;

    if (peers->strangers < ZK_PEER_STRANGERS_MAX)
        return;
    while (*at != NULL && !is_gone_stranger(*at))
        at = &(*at)->next;
    remote = *at;
    if (remote == NULL)
        return;
    *at = remote->next;
    peers->strangers--;
    free_remote(remote);
}

/* ---- links ---- */

/* The socket goes at once; the memory goes with the next tick. */
static void kill_link(zk_election_link_t *link)
{
    if (link->dead)
        return;
    link->dead = true;
    if (link->remote == NULL)
        link->peers->newcomers--;
    else if (link->remote->link == link)
        link->remote->link = NULL;
    zk_net_guest_remove(link->guest);
    link->guest = NULL;
    (void)apr_socket_close(link->socket);
}

static void queue_frame(zk_election_link_t *link, const zk_buffer_t *message)
{
    zk_write_int(&link->out, (int32_t)zk_buffer_size(message));
    zk_write_raw(&link->out, zk_buffer_bytes(message), zk_buffer_size(message));
    link->peers->election_dirty = true;
}

/* Nothing is under way to REMOTE: send what waits for it. */
static void take_queued(zk_remote_t *remote)
{
    if (!remote->has_queued || remote->link == NULL || zk_buffer_size(&remote->link->out) > 0)
        return;
    queue_frame(remote->link, &remote->queued);
    zk_buffer_clear(&remote->last);
    zk_buffer_append(&remote->last, zk_buffer_bytes(&remote->queued),
                     zk_buffer_size(&remote->queued));
    remote->has_last = true;
    remote->has_queued = false;
}

static void write_link(zk_election_link_t *link)
{
    zk_remote_t *remote = link->remote;
    int rounds = 2; /* what waits, and what was queued meanwhile */

    while (!link->dead && rounds-- > 0) {
        if (zk_peers_write(link->socket, &link->out, &link->blocked) != APR_SUCCESS) {
            kill_link(link);
            return;
        }
        if (link->blocked)
            break;
        if (link->only_hello) {
            zk_debug("Have smaller server identifier, so dropping the connection: (myId:%" PRId64
                     " --> sid:%" PRId64 ")",
                     link->peers->options.self, remote->sid);
            kill_link(link);
            return;
        }
        if (remote == NULL || remote->link != link || !remote->has_queued)
            break;
        take_queued(remote);
    }
    if (!link->dead)
        zk_net_guest_want(link->guest,
                          ZK_NET_GUEST_READ | (link->blocked ? (unsigned)ZK_NET_GUEST_WRITE : 0));
}

/* LINK is the connection with REMOTE from now on. */
static void settle(zk_election_link_t *link, zk_remote_t *remote)
{
    if (remote->link != NULL && remote->link != link)
        kill_link(remote->link);
    if (link->remote == NULL)
        link->peers->newcomers--;
    link->remote = remote;
    link->deadline_ms = 0;
    remote->link = link;
    if (remote->unreachable)
        zk_info("Channel to %" PRId64 " is open", remote->sid);
    remote->unreachable = false;
    remote->wanted = false;
    if (!remote->has_queued && remote->has_last)
        queue_frame(link, &remote->last);
    link->peers->election_dirty = true;
}

/* Somebody accepted has said who it is. */
static void welcome(zk_election_link_t *link, const zk_hello_t *hello)
{
    zk_peers_t *peers = link->peers;
    zk_remote_t *remote;
    int i;

    if (hello->sid == peers->options.self) {
        zk_warn("We got a connection request from a server with our own ID. This should be either "
                "a configuration error, or a bug. It comes from /%s:%u",
                link->ip, (unsigned)link->port);
        kill_link(link);
        return;
    }
    remote = find_remote(peers, hello->sid);
    if (remote == NULL) {
        make_room(peers);
        remote = get_remote(peers, hello->sid);
    }
    if (remote == NULL) {
        zk_warn("Too many servers that are in no list: %" PRId64 " at /%s:%u is not heard",
                hello->sid, link->ip, (unsigned)link->port);
        kill_link(link);
        return;
    }
    if (remote->member == NULL)
        zk_warn("Server %" PRId64 " at /%s:%u is not in the server list of this server; lists that "
                "differ can split an ensemble",
                hello->sid, link->ip, (unsigned)link->port);
    remote->told_count = hello->from_count;
    for (i = 0; i < hello->from_count; i++)
        remote->told[i] = hello->from[i];
    if (hello->sid > peers->options.self) {
        settle(link, remote);
        return;
    }
    if (remote->link != NULL)
        kill_link(remote->link);
    kill_link(link);
    dial_remote(remote);
}

/* Cut what came on LINK into frames and hand them out; returns bytes done with. */
static size_t deliver(zk_election_link_t *link, const uint8_t *data, size_t size)
{
    zk_peers_t *peers = link->peers;
    size_t used = 0;

    while (!link->dead && size - used >= sizeof(int32_t)) {
        int32_t length = (int32_t)zk_get_u32(data + used);

        if (length < 1 || length > ZK_PEER_FRAME_BYTES_MAX) {
            zk_warn("Received packet with invalid length %" PRId32 " from server %" PRId64
                    ": connection closed",
                    length, link->remote->sid);
            kill_link(link);
            break;
        }
        if (size - used - sizeof(int32_t) < (size_t)length)
            break;
        peers->handlers.notification(
            peers->handlers.baton, link->remote->sid,
            zk_str_n((const char *)data + used + sizeof(int32_t), (size_t)length));
        used += sizeof(int32_t) + (size_t)length;
    }
    return used;
}

static void take_input(zk_election_link_t *link, const uint8_t *data, size_t size)
{
    zk_hello_t hello;
    size_t used;

    zk_buffer_append(&link->in, data, size);
    if (link->remote == NULL) {
        switch (zk_hello_read(&hello, zk_buffer_bytes(&link->in), zk_buffer_size(&link->in))) {
        case ZK_HELLO_PARTIAL:
            return;
        case ZK_HELLO_REFUSED:
            zk_error("Initial message parsing error! From /%s:%u: connection closed", link->ip,
                     (unsigned)link->port);
            kill_link(link);
            return;
        case ZK_HELLO_WHOLE:
            zk_buffer_consume(&link->in, hello.bytes);
            welcome(link, &hello);
            break;
        }
    }
    if (link->dead || link->only_hello)
        return;
    used = deliver(link, zk_buffer_bytes(&link->in), zk_buffer_size(&link->in));
    zk_buffer_consume(&link->in, used);
    zk_buffer_shrink(&link->in, 4096);
}

static void log_broken(const zk_election_link_t *link, apr_status_t rv)
{
    char reason[128];

    if (link->remote == NULL)
        zk_warn("Exception reading or writing challenge: /%s:%u: %s", link->ip,
                (unsigned)link->port, zk_status_text(rv, reason, sizeof(reason)));
    else if (!link->only_hello)
        zk_warn("Connection broken for id %" PRId64 ", my id = %" PRId64 ": %s", link->remote->sid,
                link->peers->options.self, zk_status_text(rv, reason, sizeof(reason)));
}

/* Whether REMOTE, of a larger id, has just been told to dial us. */
static bool will_dial_us(const zk_remote_t *remote)
{
    return remote->greeted_ms != 0 &&
           remote->peers->now_ms - remote->greeted_ms < ZK_PEER_ANSWER_MS;
}

/* There is no link and there should be one. */
static void want_link(zk_remote_t *remote)
{
    if (will_dial_us(remote))
        remote->wanted = true;
    else
        dial_remote(remote);
}

/* LINK broke: what we said a moment ago may not have arrived, so say it again, or learn that there
 * is nobody to hear it. */
static void find_out(zk_election_link_t *link)
{
    zk_remote_t *remote = link->remote;

    if (remote != NULL && remote->link == NULL && !link->only_hello &&
        link->peers->now_ms - remote->notified_ms < ZK_PEER_REDIAL_MS)
        want_link(remote);
}

static void link_ready(void *baton, unsigned what)
{
    zk_election_link_t *link = baton;

    if ((what & ZK_NET_GUEST_WRITE) != 0)
        write_link(link);
    if (!link->dead && (what & ZK_NET_GUEST_READ) != 0) {
        size_t size;
        apr_status_t rv = zk_peers_receive(link->peers, link->socket, &size);

        if (APR_STATUS_IS_EAGAIN(rv) || APR_STATUS_IS_EINTR(rv))
            return;
        if (rv != APR_SUCCESS) {
            log_broken(link, rv);
            kill_link(link);
            find_out(link);
            return;
        }
        take_input(link, link->peers->input, size);
    }
}

/* SOCKET in POOL becomes a link; NULL when it cannot be waited for. */
static zk_election_link_t *make_link(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool)
{
    zk_election_link_t *link = zk_calloc(1, sizeof(*link));

    link->peers = peers;
    link->pool = pool;
    link->socket = socket;
    zk_endpoint_of(socket, link->ip, &link->port);
    if (zk_net_guest_add(&link->guest, peers->net, socket, ZK_NET_GUEST_READ, link_ready, link,
                         NULL) != APR_SUCCESS) {
        (void)apr_socket_close(socket);
        apr_pool_destroy(pool);
        zk_free(link);
        return NULL;
    }
    peers->newcomers++;
    link->next = peers->election_links;
    peers->election_links = link;
    return link;
}

void zk_peers_election_enter(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool)
{
    zk_election_link_t *link;

    if (peers->newcomers >= ZK_PEER_NEWCOMERS_MAX ||
        zk_endpoint_tune(socket, peers->options.tcp_keepalive) != APR_SUCCESS) {
        (void)apr_socket_close(socket);
        apr_pool_destroy(pool);
        return;
    }
    link = make_link(peers, socket, pool);
    if (link == NULL)
        return;
    link->deadline_ms = peers->now_ms + peers->options.handshake_timeout_ms;
    zk_info("Received connection request from /%s:%u", link->ip, (unsigned)link->port);
}

/* ---- dialling ---- */

static void log_unreachable(zk_remote_t *remote)
{
    char shown[ZK_PEER_SHOWN_BYTES];
    char reason[128];

    zk_warn("Cannot open channel to %" PRId64 " at election address %s: %s", remote->sid,
            zk_dial_show(remote->dial, shown),
            zk_status_text(zk_dial_status(remote->dial), reason, sizeof(reason)));
    remote->unreachable = true;
}

static void dial_done(void *baton)
{
    zk_remote_t *remote = baton;
    zk_peers_t *peers = remote->peers;
    zk_election_link_t *link;
    apr_socket_t *socket;
    apr_pool_t *pool;

    if (zk_dial_state(remote->dial) != ZK_DIAL_CONNECTED) {
        bool is_refused = APR_STATUS_IS_ECONNREFUSED(zk_dial_status(remote->dial));

        log_unreachable(remote);
        zk_dial_drop(remote->dial);
        remote->dial = NULL;
        if (is_refused && peers->handlers.refused != NULL)
            peers->handlers.refused(peers->handlers.baton, remote->sid);
        return;
    }
    socket = zk_dial_take(remote->dial, &pool);
    zk_dial_drop(remote->dial);
    remote->dial = NULL;
    link = make_link(peers, socket, pool);
    if (link == NULL)
        return;
    zk_buffer_append(&link->out, zk_buffer_bytes(&peers->hello), zk_buffer_size(&peers->hello));
    if (remote->sid > peers->options.self) {
        peers->newcomers--;
        link->remote = remote;
        link->only_hello = true;
        remote->greeted_ms = peers->now_ms;
        link->deadline_ms = peers->now_ms + peers->options.handshake_timeout_ms;
    } else {
        /* Our message leaves alone, in one piece: upstream reads it with one read. */
        if (zk_peers_write(link->socket, &link->out, &link->blocked) != APR_SUCCESS) {
            kill_link(link);
            return;
        }
        settle(link, remote);
    }
    write_link(link);
}

static void dial_remote(zk_remote_t *remote)
{
    zk_peers_t *peers = remote->peers;
    zk_endpoint_t targets[ZK_PEER_ADDRESSES_MAX];
    int count = 0;
    int32_t i;

    remote->wanted = false;
    if (remote->dial != NULL)
        return;
    for (; count < remote->told_count; count++)
        targets[count] = remote->told[count];
    remote->told_count = 0; /* good for this once; the configuration is asked again afterwards */
    for (i = 0; remote->member != NULL && count == 0 && i < remote->member->addresses_count &&
                i < ZK_PEER_ADDRESSES_MAX;
         i++) {
        const zk_peer_address_t *address = &remote->member->addresses[i];

        size_t length = strlen(address->host);

        if (length >= sizeof(targets[0].host))
            continue;
        memcpy(targets[count].host, address->host, length + 1);
        targets[count++].port = address->election_port;
    }
    if (count == 0) {
        zk_warn("Invalid server id: %" PRId64, remote->sid);
        return;
    }
    remote->dial =
        zk_dial_start(peers, targets, count, peers->options.tcp_keepalive,
                      peers->now_ms + peers->options.connect_timeout_ms, dial_done, remote);
}

void zk_peers_notify(zk_peers_t *peers, int64_t sid, const void *bytes, size_t size)
{
    zk_remote_t *remote;

    ZK_ASSERT(sid != peers->options.self);
    ZK_ASSERT(size > 0 && size <= ZK_PEER_FRAME_BYTES_MAX);
    remote = get_remote(peers, sid);
    if (remote == NULL)
        return;
    zk_buffer_clear(&remote->queued);
    zk_buffer_append(&remote->queued, bytes, size);
    remote->has_queued = true;
    remote->notified_ms = peers->now_ms;
    peers->election_dirty = true;
    if (remote->link == NULL)
        want_link(remote);
}

/* ---- the rhythm ---- */

void zk_peers_election_flush(zk_peers_t *peers)
{
    zk_election_link_t *link;

    if (!peers->election_dirty)
        return;
    peers->election_dirty = false;
    for (link = peers->election_links; link != NULL; link = link->next)
        if (!link->dead && !link->blocked)
            write_link(link);
}

static void free_link(zk_election_link_t *link)
{
    apr_pool_destroy(link->pool);
    zk_buffer_free(&link->in);
    zk_buffer_free(&link->out);
    zk_free(link);
}

static void bury_dead(zk_peers_t *peers)
{
    zk_election_link_t **at = &peers->election_links;

    while (*at != NULL) {
        zk_election_link_t *link = *at;

        if (!link->dead) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        free_link(link);
    }
}

bool zk_peers_election_tick(zk_peers_t *peers)
{
    zk_election_link_t *link;
    zk_remote_t *remote;
    zk_doorway_t *door;
    bool busy = false;

    for (door = peers->election_doors; door != NULL; door = door->next)
        busy = !zk_doorway_open(door, peers->now_ms) || busy;
    for (remote = peers->remotes; remote != NULL; remote = remote->next) {
        if (remote->dial != NULL)
            zk_dial_tick(remote->dial, peers->now_ms);
        if (remote->wanted && !will_dial_us(remote))
            dial_remote(remote);
        busy = busy || remote->dial != NULL || remote->wanted;
    }
    for (link = peers->election_links; link != NULL; link = link->next) {
        if (link->dead || link->deadline_ms == 0)
            continue;
        busy = true;
        if (peers->now_ms < link->deadline_ms)
            continue;
        log_broken(link, APR_TIMEUP);
        kill_link(link);
    }
    bury_dead(peers);
    return busy;
}

bool zk_peers_election_is_idle(const zk_peers_t *peers)
{
    const zk_election_link_t *link;

    for (link = peers->election_links; link != NULL; link = link->next)
        if (!link->dead && zk_buffer_size(&link->out) > 0)
            return false;
    return true;
}

void zk_peers_election_destroy(zk_peers_t *peers)
{
    zk_election_link_t *link;

    for (link = peers->election_links; link != NULL; link = link->next)
        kill_link(link);
    bury_dead(peers);
    while (peers->remotes != NULL) {
        zk_remote_t *remote = peers->remotes;

        peers->remotes = remote->next;
        free_remote(remote);
    }
}
