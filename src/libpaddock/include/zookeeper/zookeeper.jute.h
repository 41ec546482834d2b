/* zookeeper.jute.h -- the records that the API hands out, with their constructors and destructors.
 *
 * allocate_X_vector gives VECTOR room for COUNT empty elements and returns 0; deallocate_X frees
 * what RECORD holds, not RECORD itself.  All memory in them is of malloc's. */
#ifndef ZOOKEEPER_JUTE_H_
#define ZOOKEEPER_JUTE_H_

#include "recordio.h"

#ifdef __cplusplus
extern "C" {
#endif

struct Id {
    char *scheme; /* "world", "auth", "digest", "ip", "x509", ... */
    char *id;
};

struct Id_vector {
    int32_t count;
    struct Id *data;
};

struct ACL {
    int32_t perms; /* ZOO_PERM_* */
    struct Id id;
};

struct ACL_vector {
    int32_t count;
    struct ACL *data;
};

struct Stat {
    int64_t czxid; /* of the creation */
    int64_t mzxid; /* of the last change of data */
    int64_t ctime; /* both in milliseconds since 1970 */
    int64_t mtime;
    int32_t version;        /* changes of data */
    int32_t cversion;       /* changes of the set of children */
    int32_t aversion;       /* changes of the ACL */
    int64_t ephemeralOwner; /* session, 0 where the node is not ephemeral */
    int32_t dataLength;
    int32_t numChildren;
    int64_t pzxid; /* of the last change of the set of children */
};

struct String_vector {
    int32_t count;
    char **data;
};

struct ClientInfo {
    char *auth_scheme;
    char *user;
};

struct ClientInfo_vector {
    int32_t count;
    struct ClientInfo *data;
};

ZOOAPI void deallocate_Id(struct Id *record);
ZOOAPI int allocate_Id_vector(struct Id_vector *vector, int32_t count);
ZOOAPI int deallocate_Id_vector(struct Id_vector *vector);
ZOOAPI void deallocate_ACL(struct ACL *record);
ZOOAPI int allocate_ACL_vector(struct ACL_vector *vector, int32_t count);
ZOOAPI int deallocate_ACL_vector(struct ACL_vector *vector);
ZOOAPI void deallocate_Stat(struct Stat *record);
ZOOAPI int allocate_String_vector(struct String_vector *vector, int32_t count);
ZOOAPI int deallocate_String_vector(struct String_vector *vector);
ZOOAPI void deallocate_ClientInfo(struct ClientInfo *record);
ZOOAPI int allocate_ClientInfo_vector(struct ClientInfo_vector *vector, int32_t count);
ZOOAPI int deallocate_ClientInfo_vector(struct ClientInfo_vector *vector);

#ifdef __cplusplus
}
#endif

#endif
