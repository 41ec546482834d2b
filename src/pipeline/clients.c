/* clients.c -- connections, by slot.
 *
 * Slots are small and reused by whoever owns the sockets; the generation above them tells a late
 * event for an old connection from one for its successor.  A client that was told to CLOSE stays in
 * its slot until GONE comes, deaf and dumb. */
#include "pipeline/mind.h"

enum { FIRST_CLIENTS = 64 };

#define SLOTS_MAX (1u << 24)

zk_client_t *zk_client_by_slot(const zk_replica_t *replica, uint32_t slot)
{
    return slot < replica->clients_capacity ? replica->clients[slot] : NULL;
}

zk_client_t *zk_client_find(const zk_replica_t *replica, uint64_t handle)
{
    zk_client_t *client = zk_client_by_slot(replica, (uint32_t)handle);

    return client != NULL && client->handle == handle ? client : NULL;
}

static void make_room(zk_replica_t *replica, uint32_t slot)
{
    uint32_t capacity = replica->clients_capacity;

    if (slot < capacity)
        return;
    ZK_ASSERT(slot < SLOTS_MAX);
    capacity = capacity == 0 ? FIRST_CLIENTS : capacity;
    while (capacity <= slot)
        capacity *= 2;
    replica->clients = zk_realloc(replica->clients, capacity * sizeof(zk_client_t *));
    memset(replica->clients + replica->clients_capacity, 0,
           (capacity - replica->clients_capacity) * sizeof(zk_client_t *));
    replica->clients_capacity = capacity;
}

static char *copy_text(zk_str_t text)
{
    char *copy = zk_malloc(zk_str_size(text) + 1);

    if (zk_str_size(text) > 0)
        memcpy(copy, text.data, zk_str_size(text));
    copy[zk_str_size(text)] = '\0';
    return copy;
}

void zk_client_opened(zk_replica_t *replica, const zk_event_t *event)
{
    uint32_t slot = (uint32_t)event->client;
    zk_client_t *client;

    make_room(replica, slot);
    ZK_ASSERT(replica->clients[slot] == NULL);
    client = zk_calloc(1, sizeof(*client));
    client->handle = event->client;
    client->address = copy_text(event->bytes);
    client->port = event->port;
    client->identities = zk_identities_for_address(zk_str(client->address));
    client->established_wall_ms = event->wall_ms;
    client->last_response_mono_ms = event->mono_ms;
    client->last_cxid = -1;
    client->last_zxid = -1;
    replica->clients[slot] = client;
}

/* Everything that ties CLIENT to the rest of the replica. */
static void let_go(zk_replica_t *replica, zk_client_t *client)
{
    zk_order_drop(replica, client);
    zk_throttle_forget(replica, client);
    zk_watch_remove_client(replica->watches, zk_client_slot(client));
    if (client->session != NULL) {
        ZK_ASSERT(client->session->client == client->handle);
        client->session->attached = false;
        if (client->session->local && client->session->closing)
            zk_session_remove(replica->sessions, client->session->id);
        client->session = NULL;
    }
}

void zk_client_finish(zk_replica_t *replica, zk_client_t *client)
{
    if (client->state == ZK_CLIENT_CLOSED)
        return;
    let_go(replica, client);
    client->state = ZK_CLIENT_CLOSED;
    zk_emit(replica, ZK_ACTION_CLOSE, client->handle);
}

static void free_client(zk_client_t *client)
{
    zk_identities_release(client->identities);
    zk_free(client->address);
    zk_free(client);
}

void zk_client_gone(zk_replica_t *replica, uint64_t handle)
{
    zk_client_t *client = zk_client_find(replica, handle);

    if (client == NULL)
        return;
    let_go(replica, client);
    replica->clients[zk_client_slot(client)] = NULL;
    free_client(client);
}

void zk_clients_free(zk_replica_t *replica)
{
    uint32_t slot;

    for (slot = 0; slot < replica->clients_capacity; slot++)
        if (replica->clients[slot] != NULL)
            zk_client_gone(replica, replica->clients[slot]->handle);
    zk_free(replica->clients);
    replica->clients = NULL;
    replica->clients_capacity = 0;
}

/* ---- looking in ---- */

void zk_replica_visit_clients(zk_replica_t *replica,
                              void (*visit)(void *baton, const zk_client_view_t *view), void *baton)
{
    uint32_t slot;

    for (slot = 0; slot < replica->clients_capacity; slot++) {
        const zk_client_t *client = replica->clients[slot];
        zk_client_view_t view;

        if (client == NULL)
            continue;
        memset(&view, 0, sizeof(view));
        view.client = client->handle;
        view.address = zk_str(client->address);
        view.session_id = client->session_id;
        view.timeout_ms = client->timeout_ms;
        view.established_wall_ms = client->established_wall_ms;
        view.outstanding = client->outstanding;
        view.received = client->received;
        view.sent = client->sent;
        view.last_op = client->last_op;
        view.last_cxid = client->last_cxid;
        view.last_zxid = client->last_zxid;
        view.last_response_mono_ms = client->last_response_mono_ms;
        view.last_latency_ms = client->last_latency_ms;
        view.min_latency_ms = client->min_latency_ms;
        view.max_latency_ms = client->max_latency_ms;
        view.total_latency_ms = client->total_latency_ms;
        view.latency_count = client->latency_count;
        view.paused = client->paused || client->gorged || client->syncs > 0;
        visit(baton, &view);
    }
}

int64_t zk_replica_session_of(const zk_replica_t *replica, uint32_t client_slot)
{
    const zk_client_t *client = zk_client_by_slot(replica, client_slot);

    return client == NULL ? 0 : client->session_id;
}

void zk_replica_reset_client_stats(zk_replica_t *replica)
{
    uint32_t slot;

    for (slot = 0; slot < replica->clients_capacity; slot++) {
        zk_client_t *client = replica->clients[slot];

        if (client == NULL)
            continue;
        client->received = 0;
        client->sent = 0;
        client->last_op = 0;
        client->last_cxid = -1;
        client->last_zxid = -1;
        client->last_response_mono_ms = 0;
        client->last_latency_ms = 0;
        client->min_latency_ms = 0;
        client->max_latency_ms = 0;
        client->total_latency_ms = 0;
        client->latency_count = 0;
    }
}
