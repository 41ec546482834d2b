/* emit.c -- what a step hands back: actions, and replies encoded where they will be sent from.
 *
 * A reply is written once, straight into actions->bytes.  Replies to one client that follow each
 * other become one SEND, so a pipelining client costs one write. */
#include "pipeline/mind.h"

#include <inttypes.h>

#include "wire/codec.h"
#include "wire/frame.h"

enum { FIRST_ACTIONS = 64, BYTES_KEPT = 4 * 1024 * 1024 };

void zk_actions_init(zk_actions_t *actions)
{
    memset(actions, 0, sizeof(*actions));
    actions->bytes = ZK_BUFFER_INIT;
}

void zk_actions_clear(zk_actions_t *actions)
{
    size_t i;

    for (i = 0; i < actions->count; i++)
        zk_blob_release(actions->items[i].blob);
    actions->count = 0;
    zk_buffer_clear(&actions->bytes);
    zk_buffer_shrink(&actions->bytes, BYTES_KEPT);
}

void zk_actions_free(zk_actions_t *actions)
{
    zk_actions_clear(actions);
    zk_free(actions->items);
    zk_buffer_free(&actions->bytes);
    zk_actions_init(actions);
}

zk_action_t *zk_emit(zk_replica_t *replica, zk_action_type_t type, uint64_t client)
{
    zk_actions_t *actions = replica->actions;
    zk_action_t *action;

    ZK_ASSERT(actions != NULL);
    if (actions->count == actions->capacity) {
        actions->capacity = actions->capacity == 0 ? FIRST_ACTIONS : actions->capacity * 2;
        actions->items = zk_realloc(actions->items, actions->capacity * sizeof(*actions->items));
    }
    action = &actions->items[actions->count++];
    memset(action, 0, sizeof(*action));
    action->type = type;
    action->client = client;
    return action;
}

void zk_emit_send(zk_replica_t *replica, zk_client_t *client, size_t offset, size_t length)
{
    zk_actions_t *actions = replica->actions;
    zk_action_t *last = actions->count == 0 ? NULL : &actions->items[actions->count - 1];

    ZK_ASSERT(client->state != ZK_CLIENT_CLOSED);
    client->sent++;
    replica->stats.packets_sent++;
    if (last != NULL && last->type == ZK_ACTION_SEND && last->client == client->handle &&
        last->offset + last->length == offset) {
        last->length += length;
        return;
    }
    last = zk_emit(replica, ZK_ACTION_SEND, client->handle);
    last->offset = offset;
    last->length = length;
}

size_t zk_reply_begin(zk_replica_t *replica, int32_t xid, int64_t zxid, int32_t err)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    size_t mark = zk_buffer_size(bytes);
    uint8_t *at = zk_buffer_extend(bytes, ZK_FRAME_PREFIX_BYTES + 16);

    zk_put_u32(at + 4, (uint32_t)xid);
    zk_put_u64(at + 8, (uint64_t)zxid);
    zk_put_u32(at + 16, (uint32_t)err);
    return mark;
}

void zk_reply_end(zk_replica_t *replica, zk_client_t *client, size_t mark)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    size_t length = zk_buffer_size(bytes) - mark;
    zk_replica_stats_t *stats = &replica->stats;

    zk_frame_end(bytes, mark);
    zk_emit_send(replica, client, mark, length);
    stats->response_last_bytes = (int64_t)length - ZK_FRAME_PREFIX_BYTES;
    stats->response_bytes += stats->response_last_bytes;
    if (stats->response_min_bytes < 0 || stats->response_last_bytes < stats->response_min_bytes)
        stats->response_min_bytes = stats->response_last_bytes;
    if (stats->response_last_bytes > stats->response_max_bytes)
        stats->response_max_bytes = stats->response_last_bytes;
}

void zk_reply_plain(zk_replica_t *replica, zk_client_t *client, int32_t xid, int64_t zxid,
                    int32_t err)
{
    zk_reply_end(replica, client, zk_reply_begin(replica, xid, zxid, err));
}

static void count_client(zk_client_t *client, int64_t latency_ms)
{
    client->last_latency_ms = latency_ms;
    if (client->latency_count == 0 || latency_ms < client->min_latency_ms)
        client->min_latency_ms = latency_ms;
    if (latency_ms > client->max_latency_ms)
        client->max_latency_ms = latency_ms;
    client->total_latency_ms += latency_ms;
    client->latency_count++;
}

/* Whether requests of TYPE go through the log: their latency is counted apart from that of reads.
 */
static bool is_logged(int32_t type)
{
    switch (type) {
    case ZK_OP_CHECK:
    case ZK_OP_DELETE_CONTAINER:
    case ZK_OP_CREATE_SESSION:
    case ZK_OP_CLOSE_SESSION:
        return true;
    default:
        return zk_prepare_is_write(type);
    }
}

void zk_count_answer(zk_replica_t *replica, zk_client_t *client, int32_t type, int32_t xid,
                     int64_t zxid, int64_t received_mono_ms)
{
    zk_replica_stats_t *stats = &replica->stats;
    int64_t latency_ms = replica->mono_ms - received_mono_ms;

    if (latency_ms < 0)
        latency_ms = 0;
    if (stats->latency_count == 0 || latency_ms < stats->latency_min_ms)
        stats->latency_min_ms = latency_ms;
    if (latency_ms > stats->latency_max_ms)
        stats->latency_max_ms = latency_ms;
    stats->latency_total_ms += latency_ms;
    stats->latency_count++;
    zk_reservoir_add(is_logged(type) ? &stats->update_latency : &stats->read_latency, latency_ms);
    client->last_op = type;
    client->last_cxid = xid;
    if (zxid != 0)
        client->last_zxid = zxid;
    client->last_response_mono_ms = replica->mono_ms;
    count_client(client, latency_ms);
}

bool zk_pace_allows(const zk_replica_t *replica, zk_log_pace_t *pace, int64_t *left_out)
{
    if (replica->mono_ms < pace->next_mono_ms) {
        pace->left_out++;
        return false;
    }
    pace->next_mono_ms = replica->mono_ms + 1000;
    *left_out = pace->left_out;
    pace->left_out = 0;
    return true;
}
