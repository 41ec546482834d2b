/* constants.c -- the numbers and ACLs of the API that are objects, because upstream's are. */
#include "libpaddock/session.h"

const int ZOO_PERM_READ = 1;
const int ZOO_PERM_WRITE = 2;
const int ZOO_PERM_CREATE = 4;
const int ZOO_PERM_DELETE = 8;
const int ZOO_PERM_ADMIN = 16;
const int ZOO_PERM_ALL = 31;

static struct ACL open_acl[] = {{31, {(char *)"world", (char *)"anyone"}}};
static struct ACL read_acl[] = {{1, {(char *)"world", (char *)"anyone"}}};
static struct ACL creator_acl[] = {{31, {(char *)"auth", (char *)""}}};

struct Id ZOO_ANYONE_ID_UNSAFE = {(char *)"world", (char *)"anyone"};
struct Id ZOO_AUTH_IDS = {(char *)"auth", (char *)""};
struct ACL_vector ZOO_OPEN_ACL_UNSAFE = {1, open_acl};
struct ACL_vector ZOO_READ_ACL_UNSAFE = {1, read_acl};
struct ACL_vector ZOO_CREATOR_ALL_ACL = {1, creator_acl};

const int ZOOKEEPER_WRITE = 1;
const int ZOOKEEPER_READ = 2;

const int ZOO_PERSISTENT = 0;
const int ZOO_EPHEMERAL = 1;
const int ZOO_PERSISTENT_SEQUENTIAL = 2;
const int ZOO_EPHEMERAL_SEQUENTIAL = 3;
const int ZOO_CONTAINER = 4;
const int ZOO_PERSISTENT_WITH_TTL = 5;
const int ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL = 6;
const int ZOO_SEQUENCE = 2;

const int ZOO_EXPIRED_SESSION_STATE = -112;
const int ZOO_AUTH_FAILED_STATE = -113;
const int ZOO_CONNECTING_STATE = 1;
const int ZOO_ASSOCIATING_STATE = 2;
const int ZOO_CONNECTED_STATE = 3;
const int ZOO_READONLY_STATE = 5;
const int ZOO_SSL_CONNECTING_STATE = 7;
const int ZOO_NOTCONNECTED_STATE = 999;

const int ZOO_CREATED_EVENT = 1;
const int ZOO_DELETED_EVENT = 2;
const int ZOO_CHANGED_EVENT = 3;
const int ZOO_CHILD_EVENT = 4;
const int ZOO_SESSION_EVENT = -1;
const int ZOO_NOTWATCHING_EVENT = -2;

/* Which of the two libraries this is; the build says so. */
#ifndef ZK_LIBPADDOCK_IS_THREADED
#define ZK_LIBPADDOCK_IS_THREADED true
#endif
const bool zk_library_is_threaded = ZK_LIBPADDOCK_IS_THREADED;
