/* peers.c -- see peer.h: the parts of the room in their order. */
#include "peer/peer_internal.h"

#include <string.h>

#include "base/log.h"
#include "base/plat.h"

const zk_peer_member_t *zk_peers_member(const zk_peers_t *peers, int64_t sid)
{
    int32_t i;

    for (i = 0; i < peers->options.members_count; i++)
        if (peers->options.members[i].sid == sid)
            return &peers->options.members[i];
    return NULL;
}

apr_pool_t *zk_peers_subpool(zk_peers_t *peers)
{
    apr_pool_t *pool;

    apr_pool_create_ex(&pool, peers->pool, zk_pool_abort, NULL);
    return pool;
}

apr_status_t zk_peers_receive(zk_peers_t *peers, apr_socket_t *socket, size_t *size)
{
    apr_size_t length = ZK_PEER_READ_BYTES;
    apr_status_t rv = apr_socket_recv(socket, (char *)peers->input, &length);

    *size = length;
    if (rv == APR_SUCCESS && length == 0)
        return APR_EOF;
    return length > 0 ? APR_SUCCESS : rv;
}

apr_status_t zk_peers_write(apr_socket_t *socket, zk_buffer_t *out, bool *blocked)
{
    apr_size_t length = zk_buffer_size(out);
    apr_status_t rv;

    *blocked = false;
    if (length == 0)
        return APR_SUCCESS;
    rv = apr_socket_send(socket, (const char *)zk_buffer_bytes(out), &length);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv))
        return rv;
    if (rv != APR_SUCCESS)
        length = 0;
    zk_buffer_consume(out, length);
    *blocked = zk_buffer_size(out) > 0;
    if (!*blocked)
        zk_buffer_shrink(out, ZK_PEER_READ_BYTES);
    return APR_SUCCESS;
}

/* ---- creation ---- */

static apr_status_t release(void *baton)
{
    zk_peers_t *peers = baton;
    zk_doorway_t *door;

    for (door = peers->election_doors; door != NULL; door = door->next)
        zk_doorway_close(door);
    for (door = peers->quorum_doors; door != NULL; door = door->next)
        zk_doorway_close(door);
    zk_peers_election_destroy(peers);
    zk_peers_learner_destroy(peers);
    zk_resolver_destroy(peers->resolver);
    zk_buffer_free(&peers->hello);
    zk_free(peers->input);
    return APR_SUCCESS;
}

/* One door per own address, or per port where every address is meant; two addresses may share a
 * port. */
static void add_door(zk_peers_t *peers, zk_doorway_t **doors, const char *kind, const char *host,
                     uint16_t port, int32_t tries,
                     void (*enter)(zk_peers_t *peers, apr_socket_t *socket, apr_pool_t *pool))
{
    zk_doorway_t *door;

    if (peers->options.listen_on_all_ips || zk_endpoint_is_wildcard(host))
        host = NULL;
    for (door = *doors; door != NULL; door = door->next)
        if (door->port == port &&
            (door->host == NULL || host == NULL || strcmp(door->host, host) == 0))
            return;
    door = apr_pcalloc(peers->pool, sizeof(*door));
    door->peers = peers;
    door->kind = kind;
    door->host = host;
    door->port = port;
    door->tries_left = tries;
    door->enter = enter;
    door->next = *doors;
    *doors = door;
}

static void add_doors(zk_peers_t *peers)
{
    int32_t tries = peers->options.bind_retries > 0 ? peers->options.bind_retries : -1;
    int32_t i;

    for (i = 0; i < peers->self->addresses_count; i++) {
        const zk_peer_address_t *address = &peers->self->addresses[i];

        add_door(peers, &peers->election_doors, "election", address->host, address->election_port,
                 tries, zk_peers_election_enter);
        add_door(peers, &peers->quorum_doors, "quorum", address->host, address->quorum_port, -1,
                 zk_peers_learner_enter);
    }
}

apr_status_t zk_peers_create(zk_peers_t **out, const zk_peers_options_t *options,
                             const zk_peers_handlers_t *handlers, zk_net_t *net, apr_pool_t *pool,
                             zk_note_t *note)
{
    zk_peers_t *peers = apr_pcalloc(pool, sizeof(*peers));
    zk_doorway_t *door;

    ZK_ASSERT(handlers->notification != NULL && handlers->packet != NULL);
    peers->options = *options;
    peers->handlers = *handlers;
    peers->net = net;
    peers->self = zk_peers_member(peers, options->self);
    if (peers->self == NULL)
        return zk_note(note, ZK_E_CONFIG, "My id %" PRId64 " not in the peer list", options->self);
    apr_pool_create_ex(&peers->pool, pool, zk_pool_abort, NULL);
    peers->resolver = zk_resolver_create(net);
    peers->input = zk_malloc(ZK_PEER_READ_BYTES);
    peers->now_ms = plat_monotonic_ms();
    peers->next_number = 1;
    zk_hello_write(&peers->hello, options->self, peers->self->addresses,
                   peers->self->addresses_count, options->multi_address);
    apr_pool_pre_cleanup_register(peers->pool, peers, release);
    add_doors(peers);
    for (door = peers->election_doors; door != NULL; door = door->next)
        zk_doorway_open(door, peers->now_ms);
    *out = peers;
    return APR_SUCCESS;
}

/* ---- the rhythm ---- */

void zk_peers_flush(zk_peers_t *peers)
{
    zk_peers_election_flush(peers);
    zk_peers_learner_flush(peers);
}

int32_t zk_peers_tick(zk_peers_t *peers, int64_t mono_ms)
{
    bool busy;

    peers->now_ms = mono_ms;
    busy = zk_peers_election_tick(peers);
    busy = zk_peers_learner_tick(peers) || busy;
    if (peers->leader.active && peers->leader.dial == NULL &&
        peers->leader.next_try_ms < mono_ms + ZK_PEER_TICK_MS)
        return peers->leader.next_try_ms > mono_ms ? (int32_t)(peers->leader.next_try_ms - mono_ms)
                                                   : 1;
    return busy ? ZK_PEER_TICK_MS : ZK_PEER_IDLE_MS;
}

bool zk_peers_is_idle(const zk_peers_t *peers)
{
    return zk_peers_election_is_idle(peers) && zk_peers_learner_is_idle(peers);
}

bool zk_peers_is_deaf(const zk_peers_t *peers)
{
    const zk_doorway_t *door;

    for (door = peers->election_doors; door != NULL; door = door->next)
        if (!zk_doorway_gave_up(door))
            return false;
    return peers->election_doors != NULL;
}
