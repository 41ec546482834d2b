/* opcode.h -- operation codes, reserved xids, create modes, event types: the numbers of the client protocol.
 *
 * Facts: upstream ZooDefs.java, CreateMode.java, Watcher.java at 3.9.5. */
#ifndef ZK_WIRE_OPCODE_H
#define ZK_WIRE_OPCODE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum zk_opcode {
    ZK_OP_NOTIFICATION = 0,
    ZK_OP_CREATE = 1,
    ZK_OP_DELETE = 2,
    ZK_OP_EXISTS = 3,
    ZK_OP_GET_DATA = 4,
    ZK_OP_SET_DATA = 5,
    ZK_OP_GET_ACL = 6,
    ZK_OP_SET_ACL = 7,
    ZK_OP_GET_CHILDREN = 8,
    ZK_OP_SYNC = 9,
    ZK_OP_PING = 11,
    ZK_OP_GET_CHILDREN2 = 12,
    ZK_OP_CHECK = 13,
    ZK_OP_MULTI = 14,
    ZK_OP_CREATE2 = 15,
    ZK_OP_RECONFIG = 16,
    ZK_OP_CHECK_WATCHES = 17,
    ZK_OP_REMOVE_WATCHES = 18,
    ZK_OP_CREATE_CONTAINER = 19,
    ZK_OP_DELETE_CONTAINER = 20,
    ZK_OP_CREATE_TTL = 21,
    ZK_OP_MULTI_READ = 22,
    ZK_OP_AUTH = 100,
    ZK_OP_SET_WATCHES = 101,
    ZK_OP_SASL = 102,
    ZK_OP_GET_EPHEMERALS = 103,
    ZK_OP_GET_ALL_CHILDREN_NUMBER = 104,
    ZK_OP_SET_WATCHES2 = 105,
    ZK_OP_ADD_WATCH = 106,
    ZK_OP_WHO_AM_I = 107,
    ZK_OP_ERROR = -1,
    ZK_OP_CREATE_SESSION = -10,
    ZK_OP_CLOSE_SESSION = -11
} zk_opcode_t;

enum { ZK_XID_NOTIFICATION = -1, ZK_XID_PING = -2, ZK_XID_AUTH = -4, ZK_XID_SET_WATCHES = -8 };

/* CreateRequest.flags */
enum {
    ZK_CREATE_PERSISTENT = 0,
    ZK_CREATE_EPHEMERAL = 1,
    ZK_CREATE_PERSISTENT_SEQUENTIAL = 2,
    ZK_CREATE_EPHEMERAL_SEQUENTIAL = 3,
    ZK_CREATE_CONTAINER = 4,
    ZK_CREATE_TTL = 5,
    ZK_CREATE_TTL_SEQUENTIAL = 6
};

/* WatcherEvent.type */
enum {
    ZK_EVENT_TYPE_NONE = -1,
    ZK_EVENT_TYPE_CREATED = 1,
    ZK_EVENT_TYPE_DELETED = 2,
    ZK_EVENT_TYPE_DATA_CHANGED = 3,
    ZK_EVENT_TYPE_CHILDREN_CHANGED = 4
};
enum { ZK_STATE_SYNC_CONNECTED = 3 };

/* AddWatchRequest.mode */
enum { ZK_ADD_WATCH_PERSISTENT = 0, ZK_ADD_WATCH_RECURSIVE = 1 };

/* CheckWatchesRequest.type, RemoveWatchesRequest.type */
enum {
    ZK_WATCHER_CHILDREN = 1,
    ZK_WATCHER_DATA = 2,
    ZK_WATCHER_ANY = 3,
    ZK_WATCHER_PERSISTENT = 4,
    ZK_WATCHER_PERSISTENT_RECURSIVE = 5
};

/* ACL permission bits */
enum {
    ZK_PERM_READ = 1,
    ZK_PERM_WRITE = 2,
    ZK_PERM_CREATE = 4,
    ZK_PERM_DELETE = 8,
    ZK_PERM_ADMIN = 16,
    ZK_PERM_ALL = 31
};

/* Lower-case name of OPCODE as upstream's tools print it ("create", "setData"), NULL when unknown. */
const char *zk_opcode_name(int32_t opcode);

/* Four- to six-letter abbreviation of the last operation in `cons` output ("GETC"), "NA" when unknown. */
const char *zk_opcode_abbreviation(int32_t opcode);

#endif
