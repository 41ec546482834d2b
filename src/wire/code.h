/* code.h -- results of operations as ZooKeeper's clients know them: answers, not failures.
 *
 * Facts: upstream KeeperException.java at 3.9.5. */
#ifndef ZK_WIRE_CODE_H
#define ZK_WIRE_CODE_H

#define ZK_CODE_TABLE(X)                                                                           \
    X(ZK_CODE_OK, 0, "Ok")                                                                         \
    X(ZK_CODE_SYSTEM_ERROR, -1, "SystemError")                                                     \
    X(ZK_CODE_RUNTIME_INCONSISTENCY, -2, "RuntimeInconsistency")                                   \
    X(ZK_CODE_DATA_INCONSISTENCY, -3, "DataInconsistency")                                         \
    X(ZK_CODE_CONNECTION_LOSS, -4, "ConnectionLoss")                                               \
    X(ZK_CODE_MARSHALLING_ERROR, -5, "MarshallingError")                                           \
    X(ZK_CODE_UNIMPLEMENTED, -6, "Unimplemented")                                                  \
    X(ZK_CODE_OPERATION_TIMEOUT, -7, "OperationTimeout")                                           \
    X(ZK_CODE_BAD_ARGUMENTS, -8, "BadArguments")                                                   \
    X(ZK_CODE_NEW_CONFIG_NO_QUORUM, -13, "NewConfigNoQuorum")                                      \
    X(ZK_CODE_RECONFIG_IN_PROGRESS, -14, "ReconfigInProgress")                                     \
    X(ZK_CODE_API_ERROR, -100, "APIError")                                                         \
    X(ZK_CODE_NO_NODE, -101, "NoNode")                                                             \
    X(ZK_CODE_NO_AUTH, -102, "NoAuth")                                                             \
    X(ZK_CODE_BAD_VERSION, -103, "BadVersion")                                                     \
    X(ZK_CODE_NO_CHILDREN_FOR_EPHEMERALS, -108, "NoChildrenForEphemerals")                         \
    X(ZK_CODE_NODE_EXISTS, -110, "NodeExists")                                                     \
    X(ZK_CODE_NOT_EMPTY, -111, "Directory not empty")                                              \
    X(ZK_CODE_SESSION_EXPIRED, -112, "Session expired")                                            \
    X(ZK_CODE_INVALID_CALLBACK, -113, "Invalid callback")                                          \
    X(ZK_CODE_INVALID_ACL, -114, "InvalidACL")                                                     \
    X(ZK_CODE_AUTH_FAILED, -115, "AuthFailed")                                                     \
    X(ZK_CODE_SESSION_MOVED, -118, "Session moved")                                                \
    X(ZK_CODE_NOT_READ_ONLY, -119, "Not a read-only call")                                         \
    X(ZK_CODE_EPHEMERAL_ON_LOCAL_SESSION, -120, "Ephemeral node on local session")                 \
    X(ZK_CODE_NO_WATCHER, -121, "No such watcher")                                                 \
    X(ZK_CODE_RECONFIG_DISABLED, -123, "Reconfig is disabled")                                     \
    X(ZK_CODE_SESSION_CLOSED_REQUIRE_SASL_AUTH, -124,                                              \
      "Session closed because client failed to authenticate")                                      \
    X(ZK_CODE_QUOTA_EXCEEDED, -125, "Quota has exceeded")                                          \
    X(ZK_CODE_THROTTLED_OP, -127, "Op throttled due to high load")

typedef enum zk_code {
#define ZK_CODE_ENUM(name, number, text) name = (number),
    ZK_CODE_TABLE(ZK_CODE_ENUM)
#undef ZK_CODE_ENUM
} zk_code_t;

/* Text of CODE as upstream's clients print it; "Unknown error N" is not ours to invent, so NULL when unknown. */
const char *zk_code_text(int code);

#endif
