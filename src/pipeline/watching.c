/* watching.c -- watches as clients set, check and remove them, and the events that come of them.
 *
 * An event is encoded once and sent to everyone who watches and may READ the znode at the moment of
 * the change: its own ACL for created, deleted and changed, the parent's for a change of children.
 * Who may not is not told, and a one-shot watch is used up all the same.
 *
 * Facts: upstream DataTree.setWatches, WatchManager.java, NIOServerCnxn.process; protocol notes,
 * section 14. */
#include "base/mutation.h"
#include "pipeline/mind.h"

#include "wire/codec.h"
#include "wire/frame.h"

static const unsigned persistent_modes = ZK_WATCH_PERSISTENT_DATA | ZK_WATCH_PERSISTENT_CHILD;
static const unsigned all_modes = ZK_WATCH_DATA | ZK_WATCH_CHILD | ZK_WATCH_PERSISTENT_DATA |
                                  ZK_WATCH_PERSISTENT_CHILD | ZK_WATCH_RECURSIVE;

/* ---- events ---- */

static zk_str_t shown_path(zk_str_t path)
{
    return zk_str_size(path) == 0 ? zk_str("/") : path;
}

/* Append the frame of an event; returns where it begins. */
static size_t put_event(zk_replica_t *replica, int event_type, zk_str_t path, int64_t zxid)
{
    zk_buffer_t *bytes = &replica->actions->bytes;
    size_t mark = zk_reply_begin(replica, ZK_XID_NOTIFICATION, zxid, ZK_CODE_OK);

    zk_write_int(bytes, event_type);
    zk_write_int(bytes, ZK_STATE_SYNC_CONNECTED);
    zk_write_str(bytes, path);
    zk_frame_end(bytes, mark);
    return mark;
}

typedef struct firing {
    zk_replica_t *replica;
    int event_type;
    zk_str_t path;
    const zk_acl_list_t *acl;
    int64_t zxid;
    bool encoded;
    size_t offset;
    size_t length;
} firing_t;

static void fire(void *baton, uint32_t slot)
{
    firing_t *firing = baton;
    zk_replica_t *replica = firing->replica;
    zk_client_t *client = zk_client_by_slot(replica, slot);

    ZK_ASSERT(client != NULL && client->state != ZK_CLIENT_CLOSED);
    if (firing->acl != NULL &&
        !zk_acl_allows(&replica->options.auth, firing->acl, ZK_PERM_READ, client->identities))
        return;
    if (!firing->encoded) {
        firing->offset = put_event(replica, firing->event_type, firing->path, firing->zxid);
        firing->length = zk_buffer_size(&replica->actions->bytes) - firing->offset;
        firing->encoded = true;
    }
    zk_emit_send(replica, client, firing->offset, firing->length);
    replica->stats.watch_fired[firing->event_type]++;
    replica->stats.watch_bytes += (int64_t)firing->length - ZK_FRAME_PREFIX_BYTES;
}

void zk_watching_changed(void *baton, int event_type, zk_str_t path, const zk_acl_list_t *acl,
                         int64_t zxid)
{
    zk_replica_t *replica = baton;
    firing_t firing = {replica, event_type, shown_path(path), acl, zxid, false, 0, 0};
    int32_t told;

    if (replica->actions == NULL)
        return; /* recovery: nobody is connected yet */
    told = zk_watch_trigger(replica->watches, event_type, firing.path, fire, &firing);
    if (told > 0)
        zk_summary_add(&replica->stats.watch_told[event_type], told);
}

/* ---- setWatches ---- */

static void replay(zk_replica_t *replica, zk_client_t *client, int event_type, zk_str_t path)
{
    size_t mark = put_event(replica, event_type, path, -1);

    zk_emit_send(replica, client, mark, zk_buffer_size(&replica->actions->bytes) - mark);
    replica->stats.watch_fired[event_type]++;
}

typedef enum list_kind {
    LIST_DATA,
    LIST_EXIST,
    LIST_CHILD,
    LIST_PERSISTENT,
    LIST_RECURSIVE
} list_kind_t;

/* What happened to PATH while its watch was away?  0: nothing, register MODES. */
static int missed_event(const zk_replica_t *replica, list_kind_t kind, zk_str_t path,
                        int64_t relative_zxid, unsigned *modes)
{
    const zk_znode_t *znode = zk_tree_find(replica->tree, path);

    switch (kind) {
    case LIST_DATA:
        *modes = ZK_WATCH_DATA;
        if (znode == NULL)
            return ZK_EVENT_TYPE_DELETED;
        return zk_znode_mzxid(znode) > relative_zxid ? ZK_EVENT_TYPE_DATA_CHANGED : 0;
    case LIST_EXIST:
        *modes = ZK_WATCH_DATA;
        return znode != NULL ? ZK_EVENT_TYPE_CREATED : 0;
    case LIST_CHILD:
        *modes = ZK_WATCH_CHILD;
        if (znode == NULL)
            return ZK_EVENT_TYPE_DELETED;
        return zk_znode_pzxid(znode) > relative_zxid ? ZK_EVENT_TYPE_CHILDREN_CHANGED : 0;
    case LIST_PERSISTENT:
        *modes = persistent_modes;
        return 0;
    case LIST_RECURSIVE:
        *modes = ZK_WATCH_RECURSIVE;
        return 0;
    }
    return 0;
}

/* False where the list, or a path in it, is null. */
static bool set_list(zk_replica_t *replica, zk_client_t *client, list_kind_t kind,
                     const zk_str_vector_t *paths, int64_t relative_zxid)
{
    int32_t i;

    if (paths->count < 0)
        return false;
    for (i = 0; i < paths->count; i++) {
        unsigned modes = 0;
        int event_type;

        if (zk_str_is_null(paths->items[i]))
            return false;
        event_type = missed_event(replica, kind, paths->items[i], relative_zxid, &modes);
        if (event_type != 0 && !ZK_MUTATION(missed_event_not_told))
            replay(replica, client, event_type, paths->items[i]);
        else
            zk_watch_add(replica->watches, zk_client_slot(client), paths->items[i], modes);
    }
    return true;
}

static zk_code_t set_watches(zk_replica_t *replica, zk_client_t *client, int32_t type,
                             zk_reader_t *reader)
{
    zk_set_watches2_t set;
    zk_set_watches_t old;

    if (type == ZK_OP_SET_WATCHES2) {
        if (!zk_record_decode(&zk_record_set_watches2, &set, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
    } else {
        if (!zk_record_decode(&zk_record_set_watches, &old, reader, replica->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        memset(&set, 0, sizeof(set));
        set.relative_zxid = old.relative_zxid;
        set.data_watches = old.data_watches;
        set.exist_watches = old.exist_watches;
        set.child_watches = old.child_watches;
    }
    if (!set_list(replica, client, LIST_DATA, &set.data_watches, set.relative_zxid) ||
        !set_list(replica, client, LIST_EXIST, &set.exist_watches, set.relative_zxid) ||
        !set_list(replica, client, LIST_CHILD, &set.child_watches, set.relative_zxid) ||
        !set_list(replica, client, LIST_PERSISTENT, &set.persistent_watches, set.relative_zxid) ||
        !set_list(replica, client, LIST_RECURSIVE, &set.persistent_recursive_watches,
                  set.relative_zxid))
        return ZK_CODE_MARSHALLING_ERROR;
    return ZK_CODE_OK;
}

/* ---- addWatch, checkWatches, removeWatches ---- */

static zk_code_t add_watch(zk_replica_t *replica, zk_client_t *client, zk_reader_t *reader)
{
    zk_add_watch_request_t request;

    if (!zk_record_decode(&zk_record_add_watch_request, &request, reader, replica->arena) ||
        zk_str_is_null(request.path))
        return ZK_CODE_MARSHALLING_ERROR;
    if (request.mode != ZK_ADD_WATCH_PERSISTENT && request.mode != ZK_ADD_WATCH_RECURSIVE)
        return ZK_CODE_MARSHALLING_ERROR;
    zk_watch_add(replica->watches, zk_client_slot(client), request.path,
                 request.mode == ZK_ADD_WATCH_PERSISTENT ? persistent_modes : ZK_WATCH_RECURSIVE);
    return ZK_CODE_OK;
}

/* The modes that a WatcherType speaks of; 0: there is no such type. */
static unsigned modes_of(int32_t type)
{
    switch (type) {
    case ZK_WATCHER_CHILDREN:
        return ZK_WATCH_CHILD;
    case ZK_WATCHER_DATA:
        return ZK_WATCH_DATA;
    case ZK_WATCHER_ANY:
        return all_modes;
    case ZK_WATCHER_PERSISTENT:
        return persistent_modes;
    case ZK_WATCHER_PERSISTENT_RECURSIVE:
        return ZK_WATCH_RECURSIVE;
    default:
        return 0;
    }
}

static zk_code_t check_or_remove(zk_replica_t *replica, zk_client_t *client, bool removes,
                                 zk_reader_t *reader)
{
    zk_check_watches_request_t request; /* removeWatches has the same fields */
    uint32_t slot = zk_client_slot(client);
    unsigned modes;
    unsigned found;

    if (!zk_record_decode(&zk_record_check_watches_request, &request, reader, replica->arena))
        return ZK_CODE_MARSHALLING_ERROR;
    modes = modes_of(request.type);
    if (modes == 0)
        return ZK_CODE_MARSHALLING_ERROR;
    if (zk_str_is_null(request.path))
        return ZK_CODE_NO_WATCHER; /* nobody can watch it */
    if (removes)
        found = zk_watch_remove(replica->watches, slot, request.path, modes);
    else if (request.type == ZK_WATCHER_PERSISTENT)
        found = zk_watch_modes(replica->watches, slot, request.path) & ZK_WATCH_PERSISTENT_DATA;
    else
        found = zk_watch_modes(replica->watches, slot, request.path) & modes;
    return found != 0 ? ZK_CODE_OK : ZK_CODE_NO_WATCHER;
}

static void answer_add_watch(zk_replica_t *replica, zk_client_t *client, int32_t xid,
                             zk_reader_t *reader)
{
    zk_code_t code = add_watch(replica, client, reader);
    size_t mark = zk_reply_begin(replica, xid, zk_replica_last_zxid(replica), (int32_t)code);

    if (code == ZK_CODE_OK)
        zk_write_int(&replica->actions->bytes, 0); /* an ErrorResponse that says no error */
    zk_reply_end(replica, client, mark);
}

bool zk_answer_watching(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                        zk_reader_t *reader)
{
    zk_code_t code;

    switch (type) {
    case ZK_OP_ADD_WATCH:
        answer_add_watch(replica, client, xid, reader);
        return true;
    case ZK_OP_SET_WATCHES:
    case ZK_OP_SET_WATCHES2:
        code = set_watches(replica, client, type, reader);
        break;
    case ZK_OP_CHECK_WATCHES:
    case ZK_OP_REMOVE_WATCHES:
        code = check_or_remove(replica, client, type == ZK_OP_REMOVE_WATCHES, reader);
        break;
    default:
        return false;
    }
    zk_reply_plain(replica, client, xid, zk_replica_last_zxid(replica), (int32_t)code);
    return true;
}
