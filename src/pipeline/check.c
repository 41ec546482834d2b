/* check.c -- proof that a replica is in order: every room's own proof, and what ties them together.
 */
#include "pipeline/mind.h"

#include <inttypes.h>
#include <stdio.h>

/* What is wrong with CLIENT in SLOT, or NULL; *REQUESTS grows by those in its queue. */
static const char *client_fault(const zk_replica_t *replica, const zk_client_t *client,
                                uint32_t slot, int64_t *requests)
{
    const zk_request_t *request;
    const zk_request_t *last = NULL;
    uint64_t flight = replica->flights_head;
    int32_t outstanding = 0;

    if (zk_client_slot(client) != slot)
        return "sits in another's slot";
    if (client->state == ZK_CLIENT_CLOSED && (client->session != NULL || client->first != NULL))
        return "is closed and still holds something";
    if (client->session != NULL &&
        (zk_session_find(replica->sessions, client->session_id) != client->session ||
         !client->session->attached || client->session->client != client->handle))
        return "and its session disagree";
    for (request = client->first; request != NULL; request = request->next) {
        if (request->client != client)
            return "has another's request in its queue";
        if (request->kind == ZK_REQUEST_WRITE || request->kind == ZK_REQUEST_CONNECT) {
            if (request->flight <= flight || request->flight > replica->flights_tail)
                return "has writes out of order in its queue";
            flight = request->flight;
        }
        outstanding++;
        last = request;
        (*requests)++;
    }
    if (last != client->last || outstanding != client->outstanding)
        return "has miscounted its queue";
    if (!client->is_backlogged && client->first != NULL &&
        (client->first->kind == ZK_REQUEST_READ || client->first->kind == ZK_REQUEST_DONE ||
         client->first->kind == ZK_REQUEST_ANSWERED))
        return "waits for an answer that could be given";
    return NULL;
}

static const char *clients_fault(const zk_replica_t *replica, int64_t *requests, char *text,
                                 size_t size)
{
    uint32_t slot;

    for (slot = 0; slot < replica->clients_capacity; slot++) {
        const zk_client_t *client = replica->clients[slot];
        const char *fault;

        if (client == NULL)
            continue;
        fault = client_fault(replica, client, slot, requests);
        if (fault != NULL) {
            snprintf(text, size, "client %u %s", slot, fault);
            return text;
        }
    }
    return NULL;
}

/* Is what LOAD counts what its learner has under way? */
static bool load_is_right(const zk_replica_t *replica, const zk_learner_load_t *load)
{
    int64_t requests = 0;
    int64_t bytes = 0;
    size_t i;

    for (i = replica->flights_head; i != replica->flights_tail; i++) {
        const zk_flight_t *flight = &replica->flights[i & (replica->flights_capacity - 1)];

        requests += flight->link == load->link ? 1 : 0;
        bytes += flight->link == load->link ? flight->bytes : 0;
    }
    for (i = replica->syncs_head; i != replica->syncs_tail; i++)
        requests += replica->syncs[i & (replica->syncs_capacity - 1)].link == load->link ? 1 : 0;
    return requests == load->requests && bytes == load->bytes;
}

/* What ties zab to the rest. */
static const char *ensemble_fault(const zk_replica_t *replica, char *text, size_t size)
{
    size_t i;

    if (replica->role == ZK_ROLE_LEADER &&
        zk_flights_count(replica) != zk_zab_outstanding(replica->zab)) {
        snprintf(text, size, "%zu txns wait here, %zu in zab", zk_flights_count(replica),
                 zk_zab_outstanding(replica->zab));
        return text;
    }
    if (replica->role != ZK_ROLE_LEADER && replica->role != ZK_ROLE_LEARNER &&
        zk_flights_count(replica) + (replica->syncs_tail - replica->syncs_head) > 0) {
        snprintf(text, size, "something is under way without a leader");
        return text;
    }
    for (i = 0; i < replica->loads_count; i++)
        if (!load_is_right(replica, &replica->loads[i])) {
            snprintf(text, size, "what link %" PRIu64 " has under way is miscounted",
                     replica->loads[i].link);
            return text;
        }
    if (zk_zab_last_delivered(replica->zab) >= 0 && !replica->truncating &&
        replica->incoming.phase != ZK_INCOMING_INSTALL &&
        zk_zab_last_delivered(replica->zab) != zk_replica_last_zxid(replica)) {
        snprintf(text, size, "delivered 0x%" PRIx64 ", applied 0x%" PRIx64,
                 (uint64_t)zk_zab_last_delivered(replica->zab),
                 (uint64_t)zk_replica_last_zxid(replica));
        return text;
    }
    return NULL;
}

const char *zk_replica_check(zk_replica_t *replica, char *text, size_t size)
{
    int64_t requests = 0;
    const char *fault;
    size_t i;

    if ((fault = zk_tree_check(replica->tree, text, size)) != NULL ||
        (fault = zk_watch_check(replica->watches, text, size)) != NULL ||
        (fault = zk_session_check(replica->sessions, text, size)) != NULL)
        return fault;
    if (!replica->started)
        return NULL; /* what follows counts from the end of recovery */
    if ((fault = zk_zab_check(replica->zab, text, size)) != NULL ||
        (fault = clients_fault(replica, &requests, text, size)) != NULL)
        return fault;
    if (replica->role == ZK_ROLE_LEADER &&
        (fault = zk_pending_check(&replica->pending, text, size)) != NULL)
        return fault;
    for (i = replica->flights_head; i != replica->flights_tail; i++) {
        const zk_request_t *request = replica->flights[i & (replica->flights_capacity - 1)].request;

        requests += request != NULL && request->client == NULL ? 1 : 0;
    }
    for (i = replica->syncs_head; i != replica->syncs_tail; i++) {
        const zk_request_t *request = replica->syncs[i & (replica->syncs_capacity - 1)].request;

        requests += request != NULL && request->client == NULL ? 1 : 0;
    }
    if (requests != replica->stats.outstanding) {
        snprintf(text, size, "%" PRId64 " requests are open, %" PRId64 " are counted", requests,
                 replica->stats.outstanding);
        return text;
    }
    return ensemble_fault(replica, text, size);
}
