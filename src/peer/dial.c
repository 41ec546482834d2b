/* dial.c -- one attempt to reach a server at any of its addresses.
 *
 * Names are looked up first.  Addresses are then tried one after the other, the next when the last
 * one failed or has been silent for a quarter of a second; the first that answers is taken and the
 * others are given up.  A server seldom has more than one address that works, so trying all at once
 * would mostly produce connections that are closed without a word. */
#include "peer/peer_internal.h"

#include <string.h>

#include "base/log.h"

typedef struct
try {
    struct zk_dial *dial;
    apr_pool_t *pool; /* NULL: given up */
    apr_socket_t *socket;
    zk_net_guest_t *guest;
    char ip[ZK_PEER_IP_BYTES];
    int target;
}
try_t;

struct zk_dial {
    zk_peers_t *peers;
    zk_endpoint_t targets[ZK_PEER_ADDRESSES_MAX];
    int targets_count;
    bool keepalive;
    int64_t deadline_ms;
    zk_lookup_t *lookup; /* until it is done */
    try_t tries[ZK_PEER_ADDRESSES_MAX];
    int tries_count; /* known addresses */
    int begun;       /* of them */
    int64_t begun_ms;
    int shown; /* the try that zk_dial_show tells of; -1: none */
    zk_dial_state_t state;
    apr_status_t status;
    void (*done)(void *baton);
    void *baton;
};

static void give_up_try(try_t *one)
{
    if (one->pool == NULL)
        return;
    if (one->guest != NULL)
        zk_net_guest_remove(one->guest);
    one->guest = NULL;
    apr_pool_destroy(one->pool); /* closes the socket */
    one->pool = NULL;
    one->socket = NULL;
}

static void end(zk_dial_t *dial, zk_dial_state_t state)
{
    int i;

    if (dial->state != ZK_DIAL_UNDER_WAY)
        return;
    dial->state = state;
    for (i = 0; i < dial->tries_count; i++)
        if (state != ZK_DIAL_CONNECTED || i != dial->shown)
            give_up_try(&dial->tries[i]);
    dial->done(dial->baton); /* may drop the dial */
}

static void try_ready(void *baton, unsigned what)
{
    try_t *one = baton;
    zk_dial_t *dial = one->dial;
    apr_status_t rv = zk_endpoint_connected(one->socket);

    dial->shown = (int)(one - dial->tries);
    if (rv == APR_SUCCESS && (what & ZK_NET_GUEST_WRITE) != 0) {
        zk_net_guest_remove(one->guest);
        one->guest = NULL;
        end(dial, ZK_DIAL_CONNECTED);
        return;
    }
    if (rv == APR_SUCCESS)
        return;
    dial->status = rv;
    give_up_try(one);
    dial->begun_ms = 0; /* the next one's turn */
    zk_dial_tick(dial, dial->peers->now_ms);
}

/* Begin with the next address; false when there is none left. */
static bool begin_next(zk_dial_t *dial)
{
    while (dial->begun < dial->tries_count) {
        try_t *one = &dial->tries[dial->begun++];
        apr_status_t rv;

        dial->shown = dial->begun - 1;
        one->pool = zk_peers_subpool(dial->peers);
        rv = zk_endpoint_connect(&one->socket, one->ip, dial->targets[one->target].port,
                                 dial->keepalive, one->pool);
        if (rv == APR_SUCCESS)
            rv = zk_net_guest_add(&one->guest, dial->peers->net, one->socket, ZK_NET_GUEST_WRITE,
                                  try_ready, one, NULL);
        if (rv == APR_SUCCESS)
            return true;
        dial->status = rv;
        give_up_try(one);
    }
    return false;
}

static void take_lookup(zk_dial_t *dial)
{
    const zk_found_address_t *found;
    int i;

    dial->tries_count = zk_lookup_found(dial->lookup, &found);
    for (i = 0; i < dial->tries_count; i++) {
        dial->tries[i] = (try_t){.dial = dial, .target = found[i].target};
        memcpy(dial->tries[i].ip, found[i].ip, sizeof(found[i].ip));
    }
    zk_lookup_drop(dial->lookup);
    dial->lookup = NULL;
    if (dial->tries_count == 0)
        dial->status = ZK_E_NOT_FOUND;
}

static bool any_under_way(const zk_dial_t *dial)
{
    int i;

    for (i = 0; i < dial->begun; i++)
        if (dial->tries[i].pool != NULL)
            return true;
    return false;
}

void zk_dial_tick(zk_dial_t *dial, int64_t now_ms)
{
    if (dial->state != ZK_DIAL_UNDER_WAY)
        return;
    if (now_ms >= dial->deadline_ms) {
        dial->status = dial->status != APR_SUCCESS ? dial->status : APR_TIMEUP;
        end(dial, ZK_DIAL_FAILED);
        return;
    }
    if (dial->lookup != NULL && zk_lookup_is_done(dial->lookup))
        take_lookup(dial);
    if (dial->lookup != NULL)
        return;
    if (dial->begun == 0 || now_ms - dial->begun_ms >= ZK_PEER_STAGGER_MS) {
        dial->begun_ms = now_ms;
        begin_next(dial);
    }
    if (!any_under_way(dial) && !begin_next(dial))
        end(dial, ZK_DIAL_FAILED);
}

zk_dial_t *zk_dial_start(zk_peers_t *peers, const zk_endpoint_t *targets, int count, bool keepalive,
                         int64_t deadline_ms, void (*done)(void *baton), void *baton)
{
    zk_dial_t *dial = zk_calloc(1, sizeof(*dial));
    int i;

    ZK_ASSERT(count > 0);
    dial->peers = peers;
    dial->targets_count = count < ZK_PEER_ADDRESSES_MAX ? count : ZK_PEER_ADDRESSES_MAX;
    for (i = 0; i < dial->targets_count; i++)
        dial->targets[i] = targets[i];
    dial->keepalive = keepalive;
    dial->deadline_ms = deadline_ms;
    dial->shown = -1;
    dial->done = done;
    dial->baton = baton;
    dial->lookup = zk_lookup_start(peers->resolver, dial->targets, dial->targets_count);
    if (zk_lookup_is_done(dial->lookup)) {
        take_lookup(dial);
        dial->begun_ms = peers->now_ms;
        begin_next(dial); /* a failure is told by the next tick */
    }
    return dial;
}

zk_dial_state_t zk_dial_state(const zk_dial_t *dial)
{
    return dial->state;
}

apr_socket_t *zk_dial_take(zk_dial_t *dial, apr_pool_t **pool)
{
    try_t *one = &dial->tries[dial->shown];
    apr_socket_t *socket = one->socket;

    ZK_ASSERT(dial->state == ZK_DIAL_CONNECTED && one->pool != NULL);
    *pool = one->pool;
    one->pool = NULL;
    one->socket = NULL;
    return socket;
}

const char *zk_dial_show(const zk_dial_t *dial, char text[ZK_PEER_SHOWN_BYTES])
{
    const try_t *one = dial->shown >= 0 ? &dial->tries[dial->shown] : NULL;
    const zk_endpoint_t *target = &dial->targets[one != NULL ? one->target : 0];

    return zk_endpoint_show(text, target->host, one != NULL ? one->ip : NULL, target->port);
}

apr_status_t zk_dial_status(const zk_dial_t *dial)
{
    return dial->status;
}

void zk_dial_drop(zk_dial_t *dial)
{
    int i;

    if (dial->lookup != NULL)
        zk_lookup_drop(dial->lookup);
    for (i = 0; i < dial->tries_count; i++)
        give_up_try(&dial->tries[i]);
    zk_free(dial);
}
