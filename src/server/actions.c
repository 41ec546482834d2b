/* actions.c -- what the brain says, carried out.  It decides nothing, but how much of the log is
 * worth reading for a learner: only here files and configuration are both at hand.
 *
 * Actions are carried out right after the step that gave them, in their order, so a PAUSE takes
 * effect before the next frame of the same connection is cut.  They are only handed over: output
 * gathers in the connections and is written once per pass, work for the other threads gathers in
 * their queues.
 *
 * A blob that is handed over is cleared in its action; what is left is released with the actions.
 */
#include "server/server_internal.h"

#include "base/status.h"

/* A part of the log for a learner, read from disk: never more than this, which is what zab lets
 * into a link at once, nor than the share of a snapshot that snapshotSizeFactor says. */
#define LOG_PART_BYTES_MAX ((int64_t)128 * 1024 * 1024)
#define LOG_PART_BYTES_MIN ((int64_t)1024 * 1024)

/* How much of the log is worth reading for a learner: a snapshot is the alternative. */
static int64_t log_part_bytes(const zk_server_t *server)
{
    double factor = server->config->snapshot_size_factor;
    int64_t snapshots = 0;
    int64_t logs = 0;
    apr_pool_t *scratch;
    double bytes;

    if (factor < 0)
        return -1;
    apr_pool_create_ex(&scratch, server->pool, zk_pool_abort, NULL);
    (void)zk_store_sizes(server->store, &snapshots, &logs, scratch);
    apr_pool_destroy(scratch);
    bytes = factor * (double)snapshots;
    if (bytes < (double)LOG_PART_BYTES_MIN)
        return LOG_PART_BYTES_MIN;
    return bytes > (double)LOG_PART_BYTES_MAX ? LOG_PART_BYTES_MAX : (int64_t)bytes;
}

/* What only a member of an ensemble is told to do. */
static void carry_out_for_member(zk_server_t *server, const zk_action_t *action,
                                 const uint8_t *bytes)
{
    ZK_ASSERT(server->peers != NULL);
    switch (action->type) {
    case ZK_ACTION_NOTIFY:
        zk_peers_notify(server->peers, action->sid, bytes, action->length);
        break;
    case ZK_ACTION_LISTEN:
        zk_peers_listen(server->peers);
        break;
    case ZK_ACTION_UNLISTEN:
        zk_peers_unlisten(server->peers);
        break;
    case ZK_ACTION_CONNECT_LEADER:
        zk_peers_connect(server->peers, action->sid);
        break;
    case ZK_ACTION_PEER_SEND:
        zk_peers_send(server->peers, action->link, bytes, action->length);
        if (action->tells_drained)
            zk_peers_await_drained(server->peers, action->link);
        break;
    case ZK_ACTION_PEER_CLOSE:
        zk_peers_close(server->peers, action->link);
        break;
    case ZK_ACTION_SAVE_EPOCH:
        zk_disk_thread_save_epoch(server->disk, action->epoch, action->is_current);
        break;
    case ZK_ACTION_READ_LOG:
        zk_disk_thread_read_log(server->disk, action->zxid, action->link, log_part_bytes(server));
        break;
    case ZK_ACTION_TRUNCATE_LOG:
        zk_disk_thread_truncate(server->disk, action->zxid);
        break;
    case ZK_ACTION_INSTALL_SNAPSHOT:
        zk_disk_thread_install(server->disk, action->zxid);
        break;
    case ZK_ACTION_SNAPSHOT_ABORT:
        zk_snapshot_thread_abort(server->snapshots);
        break;
    default:
        ZK_ASSERT(false); /* an action that nobody knows */
    }
}

void zk_server_carry_out(zk_server_t *server)
{
    zk_actions_t *actions = &server->actions;
    size_t i;

    for (i = 0; i < actions->count; i++) {
        zk_action_t *action = &actions->items[i];

        switch (action->type) {
        case ZK_ACTION_SEND:
            zk_net_send(server->net, action->client, actions->bytes.data + action->offset,
                        action->length);
            break;
        case ZK_ACTION_CLOSE:
            zk_net_close(server->net, action->client);
            break;
        case ZK_ACTION_PAUSE:
            zk_net_pause(server->net, action->client);
            break;
        case ZK_ACTION_RESUME:
            zk_net_resume(server->net, action->client);
            break;
        case ZK_ACTION_APPEND_LOG:
            if (server->peers != NULL)
                zk_source_proposed(server->source, action->blob->size);
            zk_disk_thread_append(server->disk, action->blob);
            action->blob = NULL;
            break;
        case ZK_ACTION_ROLL_LOG:
            zk_disk_thread_roll(server->disk);
            break;
        case ZK_ACTION_SNAPSHOT_BEGIN:
            zk_snapshot_thread_begin(server->snapshots, action->zxid, action->is_received);
            break;
        case ZK_ACTION_SNAPSHOT_CHUNK:
            zk_snapshot_thread_chunk(server->snapshots, action->blob);
            action->blob = NULL;
            break;
        case ZK_ACTION_SNAPSHOT_END:
            zk_snapshot_thread_end(server->snapshots, action->digest);
            break;
        case ZK_ACTION_DRAINED:
            server->drained = true;
            break;
        default:
            carry_out_for_member(server, action, actions->bytes.data + action->offset);
            break;
        }
    }
    zk_actions_clear(actions);
}

void zk_server_step(zk_server_t *server, zk_event_t *event)
{
    if (server->failed)
        return;
    event->wall_ms = server->wall_ms;
    event->mono_ms = server->mono_ms;
    zk_replica_step(server->replica, event, &server->actions);
    if (server->actions.count > 0)
        zk_server_carry_out(server);
}
