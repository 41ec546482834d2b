/* opcode.c -- the two names an operation has in upstream's output.
 *
 * Facts: Request.op2String for the name, FinalRequestProcessor's lastOp for the abbreviation, both
 * at 3.9.5. The abbreviation is what `cons` shows as lop=; operations that are answered before that
 * stage (auth, sasl) have none. */
#include "wire/opcode.h"

#include <stddef.h>

#define OPCODE_TABLE(X)                                                                            \
    X(ZK_OP_NOTIFICATION, "notification", "NA")                                                    \
    X(ZK_OP_CREATE, "create", "CREA")                                                              \
    X(ZK_OP_DELETE, "delete", "DELE")                                                              \
    X(ZK_OP_EXISTS, "exists", "EXIS")                                                              \
    X(ZK_OP_GET_DATA, "getData", "GETD")                                                           \
    X(ZK_OP_SET_DATA, "setData", "SETD")                                                           \
    X(ZK_OP_GET_ACL, "getACL", "GETA")                                                             \
    X(ZK_OP_SET_ACL, "setACL", "SETA")                                                             \
    X(ZK_OP_GET_CHILDREN, "getChildren", "GETC")                                                   \
    X(ZK_OP_SYNC, "sync", "SYNC")                                                                  \
    X(ZK_OP_PING, "ping", "PING")                                                                  \
    X(ZK_OP_GET_CHILDREN2, "getChildren2", "GETC")                                                 \
    X(ZK_OP_CHECK, "check", "CHEC")                                                                \
    X(ZK_OP_MULTI, "multi", "MULT")                                                                \
    X(ZK_OP_CREATE2, "create2", "CREA")                                                            \
    X(ZK_OP_RECONFIG, "reconfig", "RECO")                                                          \
    X(ZK_OP_CHECK_WATCHES, "checkWatches", "CHKW")                                                 \
    X(ZK_OP_REMOVE_WATCHES, "removeWatches", "REMW")                                               \
    X(ZK_OP_CREATE_CONTAINER, "createContainer", "CREA")                                           \
    X(ZK_OP_DELETE_CONTAINER, "deleteContainer", "DELE")                                           \
    X(ZK_OP_CREATE_TTL, "createTTL", "CREA")                                                       \
    X(ZK_OP_MULTI_READ, "multiRead", "MLTR")                                                       \
    X(ZK_OP_AUTH, "auth", "NA")                                                                    \
    X(ZK_OP_SET_WATCHES, "setWatches", "SETW")                                                     \
    X(ZK_OP_SASL, "sasl", "NA")                                                                    \
    X(ZK_OP_GET_EPHEMERALS, "getEphemerals", "GETE")                                               \
    X(ZK_OP_GET_ALL_CHILDREN_NUMBER, "getAllChildrenNumber", "GETACN")                             \
    X(ZK_OP_SET_WATCHES2, "setWatches2", "STW2")                                                   \
    X(ZK_OP_ADD_WATCH, "addWatch", "ADDW")                                                         \
    X(ZK_OP_WHO_AM_I, "whoAmI", "HOMI")                                                            \
    X(ZK_OP_ERROR, "error", "NA")                                                                  \
    X(ZK_OP_CREATE_SESSION, "createSession", "SESS")                                               \
    X(ZK_OP_CLOSE_SESSION, "closeSession", "CLOS")

const char *zk_opcode_name(int32_t opcode)
{
    switch (opcode) {
#define NAME_CASE(op, name, abbreviation)                                                          \
    case op:                                                                                       \
        return name;
        OPCODE_TABLE(NAME_CASE)
#undef NAME_CASE
    default:
        return NULL;
    }
}

const char *zk_opcode_abbreviation(int32_t opcode)
{
    switch (opcode) {
#define ABBREVIATION_CASE(op, name, abbreviation)                                                  \
    case op:                                                                                       \
        return abbreviation;
        OPCODE_TABLE(ABBREVIATION_CASE)
#undef ABBREVIATION_CASE
    default:
        return "NA";
    }
}
