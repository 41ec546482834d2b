/* events.c -- what the caller is told without having asked: the session's states and the events its
 * watches wait for.
 *
 * A server's event is passed on only if a watch waits for it: after a reconnect a server may know
 * of a watch that was forgotten here meanwhile.  Which watches there are is watches.c; here they
 * meet the caller, for whom paths begin below the chroot.  Watches that are removed at the caller's
 * own wish are told as events too, of types that no server sends, as Java's client does it.
 *
 * Facts: upstream ClientCnxn.java (EventThread), ZKWatchManager.java. */
#include "client/handle.h"

#include "client/path.h"
#include "wire/codec.h"
#include "wire/opcode.h"

void zk_events_tell_session(zk_client_t *client, int32_t state)
{
    zk_client_event_t event = {ZK_EVENT_TYPE_NONE, state, ZK_STR_NULL, -1};

    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

void zk_events_take(zk_client_t *client, int64_t zxid, zk_reader_t *reader)
{
    zk_watcher_event_t wire;
    zk_client_event_t event;

    if (!zk_record_decode(&zk_record_watcher_event, &wire, reader, NULL))
        return;
    if (!zk_watches_fire(&client->watches, wire.type, wire.path))
        return;
    event.type = wire.type;
    event.state = wire.state;
    event.path = zk_client_path_relative(client->hosts->chroot, wire.path);
    event.zxid = zxid;
    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

/* Tell that a watch on PATH was removed, in the state the connection is in. */
static void tell_removed(zk_client_t *client, int32_t type, zk_str_t path)
{
    zk_client_event_t event = {
        type, client->phase == LINK_UP ? ZK_CLIENT_EVENT_CONNECTED : ZK_CLIENT_EVENT_DISCONNECTED,
        zk_client_path_relative(client->hosts->chroot, path), -1};

    if (client->options.event != NULL)
        client->options.event(client->options.event_baton, &event);
}

bool zk_client_has_watch(const zk_client_t *client, zk_watch_kind_t kind, zk_str_t path)
{
    return zk_watches_has(&client->watches, kind, path);
}

bool zk_client_forget_watches(zk_client_t *client, zk_str_t path, int32_t type)
{
    zk_watches_t *watches = &client->watches;
    bool any = type == ZK_WATCHER_ANY;
    bool child =
        (any || type == ZK_WATCHER_CHILDREN) && zk_watches_remove(watches, ZK_WATCH_CHILD, path);
    bool data = (any || type == ZK_WATCHER_DATA) && zk_watches_remove(watches, ZK_WATCH_DATA, path);
    bool exist =
        (any || type == ZK_WATCHER_DATA) && zk_watches_remove(watches, ZK_WATCH_EXIST, path);
    bool persistent = (any || type == ZK_WATCHER_PERSISTENT) &&
                      zk_watches_remove(watches, ZK_WATCH_PERSISTENT, path);
    bool recursive = (any || type == ZK_WATCHER_PERSISTENT_RECURSIVE) &&
                     zk_watches_remove(watches, ZK_WATCH_RECURSIVE, path);

    if (child)
        tell_removed(client, ZK_CLIENT_EVENT_CHILD_WATCH_REMOVED, path);
    if (data || exist)
        tell_removed(client, ZK_CLIENT_EVENT_DATA_WATCH_REMOVED, path);
    if (persistent || recursive)
        tell_removed(client, ZK_CLIENT_EVENT_PERSISTENT_WATCH_REMOVED, path);
    return child || data || exist || persistent || recursive;
}
