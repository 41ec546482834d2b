/* syncs.c -- a sync is answered when everything committed before it is applied here.
 *
 * On a learner it goes to the leader and comes back behind the commits it is about.  The leader
 * answers once its last proposal of that moment is applied AND a quorum has said since that it
 * still follows: a leader that was deposed and does not know it yet would otherwise vouch for an
 * old state.  A standalone server has nobody to ask.
 *
 * They are answered in order of arrival, each in its client's order.
 *
 * An observer asks for one of its own before it welcomes a session that moved here.  It hears of
 * txns when they are committed; one that the session proposed elsewhere and that comes later could
 * be taken for the answer to a request of the same number here (clients may count anew).
 *
 * Facts: upstream Leader.processSync, LearnerSyncRequest.java,
 * Learner/FollowerZooKeeperServer.sync.
 */
#include "base/mutation.h"
#include "pipeline/mind.h"

enum { FIRST_SYNCS = 64 };

static zk_sync_t *sync_at(const zk_replica_t *replica, size_t position)
{
    return &replica->syncs[position & (replica->syncs_capacity - 1)];
}

static void push(zk_replica_t *replica, const zk_sync_t *sync)
{
    if (replica->syncs_tail - replica->syncs_head == replica->syncs_capacity) {
        size_t capacity = replica->syncs_capacity == 0 ? FIRST_SYNCS : replica->syncs_capacity * 2;
        zk_sync_t *ring = zk_malloc(capacity * sizeof(*ring));
        size_t i;

        for (i = replica->syncs_head; i != replica->syncs_tail; i++)
            ring[i & (capacity - 1)] = *sync_at(replica, i);
        zk_free(replica->syncs);
        replica->syncs = ring;
        replica->syncs_capacity = capacity;
    }
    *sync_at(replica, replica->syncs_tail) = *sync;
    replica->syncs_tail++;
    replica->stats.pending_syncs++;
}

bool zk_syncs_wait(const zk_replica_t *replica)
{
    return replica->options.in_ensemble &&
           (replica->role == ZK_ROLE_LEADER || replica->role == ZK_ROLE_LEARNER);
}

/* One question to the quorum serves all syncs of a step. */
static int64_t confirm(zk_replica_t *replica)
{
    if (replica->confirm_ticket < 0) {
        replica->confirm_ticket = zk_zab_confirm(replica->zab, &replica->outputs);
        zk_links_carry_out(replica);
    }
    return replica->confirm_ticket;
}

static void push_for_leader(zk_replica_t *replica, zk_request_t *request, uint64_t link)
{
    zk_sync_t sync = {.request = request, .link = link};

    sync.zxid = zk_zab_last_logged(replica->zab);
    sync.ticket = confirm(replica);
    push(replica, &sync);
}

void zk_syncs_ask(zk_replica_t *replica, zk_client_t *client, int32_t xid, zk_reader_t *reader,
                  size_t frame_bytes)
{
    zk_request_t *request =
        zk_order_add(replica, client, ZK_REQUEST_SYNC, xid, ZK_OP_SYNC, frame_bytes);
    zk_sync_t sync = {.request = request};

    zk_throttle_sync_begins(replica, client);
    request->identities = zk_identities_hold(client->identities);
    request->frame_bytes = (int32_t)zk_reader_left(reader);
    request->frame = zk_malloc((size_t)request->frame_bytes + 1);
    memcpy(request->frame, reader->at, (size_t)request->frame_bytes);
    if (replica->role == ZK_ROLE_LEADER) {
        push_for_leader(replica, request, 0);
        return;
    }
    push(replica, &sync);
    zk_forward_sync(replica, client, xid, *reader);
}

void zk_syncs_ask_to_renew(zk_replica_t *replica, zk_client_t *client)
{
    static const uint8_t root[] = {0, 0, 0, 1, '/'};
    zk_sync_t sync = {.renews = client->handle, .is_own = true};

    push(replica, &sync);
    zk_forward_sync(replica, client, 0, zk_reader(root, sizeof(root)));
}

void zk_syncs_ask_for(zk_replica_t *replica, uint64_t link)
{
    push_for_leader(replica, NULL, link);
}

void zk_syncs_answered(zk_replica_t *replica)
{
    size_t i;

    for (i = replica->syncs_head; i != replica->syncs_tail; i++) {
        zk_sync_t *sync = sync_at(replica, i);

        if (sync->is_confirmed)
            continue;
        sync->is_confirmed = true;
        sync->zxid = zk_zab_last_committed(replica->zab);
        return;
    }
    zk_warn("Leader answers a sync that nobody asked for");
}

void zk_syncs_forget(zk_replica_t *replica, uint64_t link)
{
    size_t i;

    for (i = replica->syncs_head; i != replica->syncs_tail; i++)
        if (sync_at(replica, i)->link == link)
            sync_at(replica, i)->link = 0;
}

void zk_syncs_drop(zk_replica_t *replica)
{
    for (; replica->syncs_head != replica->syncs_tail; replica->syncs_head++) {
        zk_request_t *request = sync_at(replica, replica->syncs_head)->request;

        if (request == NULL)
            continue;
        ZK_ASSERT(request->client == NULL);
        zk_order_free_request(replica, request);
    }
    replica->stats.pending_syncs = 0;
}

static bool is_through(const zk_replica_t *replica, const zk_sync_t *sync)
{
    bool confirmed = replica->role == ZK_ROLE_LEADER ? sync->ticket <= replica->confirmed_ticket
                                                     : sync->is_confirmed;

    return (confirmed || (replica->role == ZK_ROLE_LEADER && ZK_MUTATION(sync_without_quorum))) &&
           zk_zab_last_delivered(replica->zab) >= sync->zxid;
}

/* The answer of REQUEST may go, in its client's order. */
static void let_through(zk_replica_t *replica, zk_request_t *request)
{
    zk_client_t *client = request->client;

    if (client == NULL) {
        zk_order_free_request(replica, request);
        return;
    }
    request->kind = ZK_REQUEST_READ;
    zk_order_run(replica, client);
}

void zk_syncs_run(zk_replica_t *replica)
{
    while (replica->syncs_head != replica->syncs_tail) {
        zk_sync_t sync = *sync_at(replica, replica->syncs_head);

        if (!is_through(replica, &sync))
            return;
        replica->syncs_head++;
        replica->stats.pending_syncs--;
        if (sync.request != NULL)
            let_through(replica, sync.request);
        else if (sync.is_own)
            zk_session_caught_up(replica, sync.renews);
        else if (sync.link != 0) {
            zk_upward_landed(replica, sync.link, 0);
            zk_links_send(replica, sync.link, ZK_PACKET_SYNC, 0, ZK_STR_NULL, NULL);
        }
    }
}
