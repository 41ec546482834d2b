/* throttle.c -- everything bounded: requests in process, large requests, new connections.
 *
 * With more requests in process than the limit, or more than 256 MiB of them, no more is read from
 * a client that waits for an answer already; others may still begin.  A read that waits behind a
 * write counts with what it will answer: all that waits may be answered at once, to clients that do
 * not read it.  For the same reason the waiting reads of one client may answer 4 MiB before it is
 * paused, however little is in process otherwise.  Reading goes on when a
 * quarter of the limit is free again, or when the client has its answers: TCP does the rest, nobody
 * gets an error.
 *
 * From a client whose sync is under way nothing is read at all: a write behind it could be applied
 * before the sync is through, and its answer has to come after.
 *
 * Facts: upstream ServerCnxn.incrOutstandingAndCheckThrottle, ZooKeeperServer.shouldThrottle,
 * checkRequestSizeWhenReceivingMessage, BlueThrottle.java, RequestThrottler.java. */
#include "pipeline/mind.h"

/* What the waiting reads of one client may answer: the same that it may leave unread. */
#define CLIENT_ANSWERS_MAX (INT64_C(4) * 1024 * 1024)
#define IN_PROCESS_BYTES_MAX (INT64_C(256) * 1024 * 1024)

/* Is more in process than SHARE quarters of the limits? */
static bool is_above(const zk_replica_t *replica, int64_t share)
{
    int64_t limit = replica->options.outstanding_max;

    return (limit > 0 && replica->stats.outstanding > limit * share / 4) ||
           replica->bytes_in_process > IN_PROCESS_BYTES_MAX / 4 * share;
}

void zk_throttle_added(zk_replica_t *replica, zk_client_t *client)
{
    if (client->paused || !is_above(replica, 4))
        return;
    client->paused = true;
    client->paused_prev = NULL;
    client->paused_next = replica->paused_first;
    if (client->paused_next != NULL)
        client->paused_next->paused_prev = client;
    replica->paused_first = client;
    if (!client->gorged && client->syncs == 0)
        zk_emit(replica, ZK_ACTION_PAUSE, client->handle);
}

void zk_throttle_expect(zk_replica_t *replica, zk_request_t *request, int64_t bytes)
{
    zk_client_t *client = request->client;

    if (bytes > INT32_MAX - request->bytes)
        bytes = INT32_MAX - request->bytes;
    request->bytes += (int32_t)bytes;
    request->answer_bytes = (int32_t)bytes;
    replica->bytes_in_process += bytes;
    client->answer_bytes += bytes;
    zk_throttle_added(replica, client);
    if (client->answer_bytes <= CLIENT_ANSWERS_MAX || client->gorged)
        return;
    client->gorged = true;
    if (!client->paused && client->syncs == 0)
        zk_emit(replica, ZK_ACTION_PAUSE, client->handle);
}

void zk_throttle_forget(zk_replica_t *replica, zk_client_t *client)
{
    if (!client->paused)
        return;
    if (client->paused_prev != NULL)
        client->paused_prev->paused_next = client->paused_next;
    else
        replica->paused_first = client->paused_next;
    if (client->paused_next != NULL)
        client->paused_next->paused_prev = client->paused_prev;
    client->paused_next = NULL;
    client->paused_prev = NULL;
    client->paused = false;
}

static void resume(zk_replica_t *replica, zk_client_t *client)
{
    zk_throttle_forget(replica, client);
    if (!client->gorged && client->syncs == 0)
        zk_emit(replica, ZK_ACTION_RESUME, client->handle);
}

void zk_throttle_eased(zk_replica_t *replica, zk_client_t *client)
{
    if (replica->actions == NULL)
        return;
    if (client != NULL && client->gorged && client->answer_bytes <= CLIENT_ANSWERS_MAX / 2) {
        client->gorged = false;
        if (!client->paused && client->syncs == 0)
            zk_emit(replica, ZK_ACTION_RESUME, client->handle);
    }
    if (replica->paused_first == NULL)
        return;
    if (client != NULL && client->paused && client->outstanding == 0)
        resume(replica, client);
    if (is_above(replica, 3))
        return;
    while (replica->paused_first != NULL)
        resume(replica, replica->paused_first);
}

void zk_throttle_sync_begins(zk_replica_t *replica, zk_client_t *client)
{
    if (client->syncs++ == 0 && !client->paused && !client->gorged)
        zk_emit(replica, ZK_ACTION_PAUSE, client->handle);
}

void zk_throttle_sync_ends(zk_replica_t *replica, zk_client_t *client)
{
    if (client->syncs > 0 && --client->syncs == 0 && !client->paused && !client->gorged)
        zk_emit(replica, ZK_ACTION_RESUME, client->handle);
}

static bool is_large(const zk_replica_t *replica, size_t bytes)
{
    return replica->options.large_request_threshold >= 0 &&
           (int64_t)bytes > replica->options.large_request_threshold;
}

bool zk_throttle_admits(zk_replica_t *replica, size_t bytes)
{
    if (!is_large(replica, bytes) || replica->large_bytes_in_process + (int64_t)bytes <=
                                         replica->options.large_request_bytes_max)
        return true;
    replica->stats.large_rejected++;
    return false;
}

int32_t zk_throttle_large(const zk_replica_t *replica, size_t bytes)
{
    return is_large(replica, bytes) ? (int32_t)bytes : 0;
}

bool zk_throttle_takes_connection(zk_replica_t *replica)
{
    const zk_replica_options_t *options = &replica->options;
    int64_t fill_ms = options->connection_fill_ms > 0 ? options->connection_fill_ms : 1;
    int64_t rounds;

    if (options->connection_tokens <= 0) {
        zk_summary_add(&replica->stats.token_deficit, 0);
        return true;
    }
    rounds = (replica->mono_ms - replica->tokens_filled_ms) / fill_ms;
    if (rounds > 0) {
        replica->tokens_filled_ms += rounds * fill_ms;
        if (rounds > options->connection_tokens)
            rounds = options->connection_tokens;
        replica->tokens += rounds * options->connection_fill_count;
        if (replica->tokens > options->connection_tokens)
            replica->tokens = options->connection_tokens;
    }
    if (replica->tokens <= 0)
        return false;
    replica->tokens--;
    zk_summary_add(&replica->stats.token_deficit, options->connection_tokens - replica->tokens);
    return true;
}

bool zk_throttle_is_stale(const zk_replica_t *replica, int32_t type, int64_t received_mono_ms)
{
    int32_t wait_ms = replica->options.throttled_op_wait_ms;

    return wait_ms > 0 && type != ZK_OP_PING && replica->mono_ms - received_mono_ms > wait_ms;
}
