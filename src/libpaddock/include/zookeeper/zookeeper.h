/* zookeeper.h -- ZooKeeper's C API, as libpaddock offers it.
 *
 * A program that uses upstream's header of this name (3.9.5) compiles unchanged; what was added
 * begins with zoo_ too and stands at the end of the file.
 *
 * Two styles of use
 *   threaded (link with paddock, or zookeeper_mt)
 *       zookeeper_init starts two threads: one moves bytes, the other calls watchers and
 *       completions, one at a time, in the order in which the server sent what they tell.
 *   event loop (link with paddock_st, or zookeeper_st)
 *       no threads: the program waits for what zookeeper_interest tells it to wait for and calls
 *       zookeeper_process, which calls watchers and completions.  All from one thread.
 *
 * Rules
 *   1. A completion is called exactly once for each asynchronous call that returned ZOK; where no
 *      answer can come any more with ZCONNECTIONLOSS, ZSESSIONEXPIRED, ZAUTHFAILED or ZCLOSING.
 *   2. A request that was sent and not answered when the connection is lost is never sent again:
 *      whether it was done is not known.
 *   3. Every function may be called from a watcher or completion, zookeeper_close and the
 *      synchronous calls too.  Threaded handles may be used from any number of threads.
 *   4. Arguments of watchers and completions are good during the call only.
 *   5. Paths are absolute, and below the chroot of the connect string if there is one.
 *   6. Calls return ZBADARGUMENTS for a missing handle or bad path and ZINVALIDSTATE once the
 *      session is over, without calling the completion. */
#ifndef ZOOKEEPER_H_
#define ZOOKEEPER_H_

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ctype.h>

#if defined(WIN32) || defined(__MINGW32__) || defined(_MSC_VER)
#define ZOO_SOCKET_T_ SOCKET
#include <winsock2.h> /* before ws2tcpip.h */
#include <ws2tcpip.h>
#else
#define ZOO_SOCKET_T_ int
#include <sys/socket.h>
#include <sys/time.h>
#endif

#include "proto.h"
#include "recordio.h"
#include "zookeeper.jute.h"
#include "zookeeper_version.h"

/* Results.  Positive ones are numbers of errno. */
enum ZOO_ERRORS {
    ZOK = 0,
    ZSYSTEMERROR = -1,          /* down to ZAPIERROR: something broke */
    ZRUNTIMEINCONSISTENCY = -2, /* in a multi: an operation after the one that failed */
    ZDATAINCONSISTENCY = -3,
    ZCONNECTIONLOSS = -4,   /* no answer; whether the request was done is not known */
    ZMARSHALLINGERROR = -5, /* a message does not decode */
    ZUNIMPLEMENTED = -6,
    ZOPERATIONTIMEOUT = -7,
    ZBADARGUMENTS = -8,
    ZINVALIDSTATE = -9, /* the session is over, or the call does not fit its state */
    ZUNKNOWNSESSION = -12,
    ZNEWCONFIGNOQUORUM = -13,
    ZRECONFIGINPROGRESS = -14,
    ZSSLCONNECTIONERROR = -15,
    ZAPIERROR = -100, /* below: the server's answers */
    ZNONODE = -101,
    ZNOAUTH = -102,
    ZBADVERSION = -103,
    ZNOCHILDRENFOREPHEMERALS = -108,
    ZNODEEXISTS = -110,
    ZNOTEMPTY = -111,
    ZSESSIONEXPIRED = -112,
    ZINVALIDCALLBACK = -113,
    ZINVALIDACL = -114,
    ZAUTHFAILED = -115,
    ZCLOSING = -116, /* zookeeper_close came first */
    ZNOTHING = -117, /* no failure: nothing was there to process */
    ZSESSIONMOVED = -118,
    ZNOTREADONLY = -119, /* a write, sent to a read-only server */
    ZEPHEMERALONLOCALSESSION = -120,
    ZNOWATCHER = -121,
    ZREQUESTTIMEOUT = -122, /* zoo_set_request_timeout */
    ZRECONFIGDISABLED = -123,
    ZSESSIONCLOSEDREQUIRESASLAUTH = -124,
    ZQUOTAEXCEEDED = -125,
    ZTHROTTLEDOP = -127 /* not done; try again later */
};

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ZOO_LOG_LEVEL_ERROR = 1,
    ZOO_LOG_LEVEL_WARN = 2,
    ZOO_LOG_LEVEL_INFO = 3,
    ZOO_LOG_LEVEL_DEBUG = 4
} ZooLogLevel;

/* ---- constants ---- */

/* Permissions of an ACL, to be joined by |. */
extern ZOOAPI const int ZOO_PERM_READ;
extern ZOOAPI const int ZOO_PERM_WRITE;
extern ZOOAPI const int ZOO_PERM_CREATE;
extern ZOOAPI const int ZOO_PERM_DELETE;
extern ZOOAPI const int ZOO_PERM_ADMIN;
extern ZOOAPI const int ZOO_PERM_ALL;

/* Where the ensemble's membership is read. */
#define ZOO_CONFIG_NODE "/zookeeper/config"

/* Flags of zookeeper_init: a read-only server will do; do not log the environment; no threads,
 * whatever library this is (beyond upstream). */
#define ZOO_READONLY 1
#define ZOO_NO_LOG_CLIENTENV 2
#define ZOO_EVENT_LOOP 4

extern ZOOAPI struct Id ZOO_ANYONE_ID_UNSAFE;        /* everybody */
extern ZOOAPI struct Id ZOO_AUTH_IDS;                /* in an ACL: whoever this session is */
extern ZOOAPI struct ACL_vector ZOO_OPEN_ACL_UNSAFE; /* everybody may do everything */
extern ZOOAPI struct ACL_vector ZOO_READ_ACL_UNSAFE; /* everybody may read */
extern ZOOAPI struct ACL_vector ZOO_CREATOR_ALL_ACL; /* the creator may do everything */

/* What to wait for, and what has happened: zookeeper_interest, zookeeper_process. */
extern ZOOAPI const int ZOOKEEPER_WRITE;
extern ZOOAPI const int ZOOKEEPER_READ;

/* Kinds of node to create. */
extern ZOOAPI const int ZOO_PERSISTENT;
extern ZOOAPI const int ZOO_EPHEMERAL; /* ends with the session */
extern ZOOAPI const int ZOO_PERSISTENT_SEQUENTIAL;
extern ZOOAPI const int ZOO_EPHEMERAL_SEQUENTIAL;
extern ZOOAPI const int ZOO_CONTAINER;           /* goes when its last child has gone */
extern ZOOAPI const int ZOO_PERSISTENT_WITH_TTL; /* goes when unchanged and childless for long */
extern ZOOAPI const int ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL;
extern ZOOAPI const int ZOO_SEQUENCE; /* old: a bit to be joined to the first two */

/* States of the connection: zoo_state, and STATE of a watcher. */
extern ZOOAPI const int ZOO_EXPIRED_SESSION_STATE;
extern ZOOAPI const int ZOO_AUTH_FAILED_STATE;
extern ZOOAPI const int ZOO_CONNECTING_STATE;
extern ZOOAPI const int ZOO_ASSOCIATING_STATE;
extern ZOOAPI const int ZOO_CONNECTED_STATE;
extern ZOOAPI const int ZOO_READONLY_STATE;
extern ZOOAPI const int ZOO_SSL_CONNECTING_STATE;
extern ZOOAPI const int ZOO_NOTCONNECTED_STATE;

/* TYPE of a watcher. */
extern ZOOAPI const int ZOO_CREATED_EVENT; /* of a node that was looked for by exists */
extern ZOOAPI const int ZOO_DELETED_EVENT;
extern ZOOAPI const int ZOO_CHANGED_EVENT;     /* its data */
extern ZOOAPI const int ZOO_CHILD_EVENT;       /* the set of its children */
extern ZOOAPI const int ZOO_SESSION_EVENT;     /* STATE has changed; all watchers are told */
extern ZOOAPI const int ZOO_NOTWATCHING_EVENT; /* no longer sent by any server */

/* ---- types ---- */

/* A session with an ensemble. */
typedef struct _zhandle zhandle_t;

/* Files for TLS; no function of this library takes one yet. */
typedef struct _zcert {
    char *certstr;
    char *ca;
    char *cert;
    char *key;
    char *passwd;
} zcert_t;

typedef struct _zsock {
    ZOO_SOCKET_T_ sock;
    zcert_t *cert;
} zsock_t;

/* What proves that a session is ours: keep both parts to continue it from another process. */
typedef struct {
    int64_t client_id;
    char passwd[16];
} clientid_t;

/* One operation of a multi; fill it with the functions below. */
typedef struct zoo_op {
    int type;
    union {
        struct {
            const char *path;
            const char *data;
            int datalen;
            char *buf;
            int buflen;
            const struct ACL_vector *acl;
            int flags;
            int64_t ttl;
        } create_op;
        struct {
            const char *path;
            int version;
        } delete_op;
        struct {
            const char *path;
            const char *data;
            int datalen;
            int version;
            struct Stat *stat;
        } set_op;
        struct {
            const char *path;
            int version;
        } check_op;
    };
} zoo_op_t;

/* What became of it. */
typedef struct zoo_op_result {
    int err;
    char *value;       /* create: the buffer given, now with the path */
    int valuelen;      /* bytes in it, the NUL included */
    struct Stat *stat; /* set: the structure given, now filled */
} zoo_op_result_t;

/* Called for an event: TYPE is ZOO_*_EVENT, STATE ZOO_*_STATE, PATH the node or "" for the session.
 * WATCHERCTX is what was given together with the function. */
typedef void (*watcher_fn)(zhandle_t *zh, int type, int state, const char *path, void *watcherCtx);

/* Takes one line for the log, without its end. */
typedef void (*log_callback_fn)(const char *message);

/* Completions: RC is a result, the rest is good where it is ZOK and NULL or 0 otherwise; DATA is
 * what was given with the call. */
typedef void (*void_completion_t)(int rc, const void *data);
typedef void (*stat_completion_t)(int rc, const struct Stat *stat, const void *data);
typedef void (*data_completion_t)(int rc, const char *value, int value_len, const struct Stat *stat,
                                  const void *data);
typedef void (*strings_completion_t)(int rc, const struct String_vector *strings, const void *data);
typedef void (*strings_stat_completion_t)(int rc, const struct String_vector *strings,
                                          const struct Stat *stat, const void *data);
typedef void (*string_completion_t)(int rc, const char *value, const void *data);
typedef void (*string_stat_completion_t)(int rc, const char *string, const struct Stat *stat,
                                         const void *data);
typedef void (*acl_completion_t)(int rc, struct ACL_vector *acl, struct Stat *stat,
                                 const void *data);

/* ---- the session ---- */

/* A handle for the servers of HOST, "host:port,host:port/chroot"; connecting goes on behind the
 * caller's back, or in zookeeper_interest and zookeeper_process.  FN (may be NULL) with CONTEXT is
 * told of the session and of events of watches set by a flag.  RECV_TIMEOUT is the session timeout
 * asked for, in ms.  CLIENTID continues a session; NULL begins one.  FLAGS: ZOO_READONLY and so on.
 * NULL with errno EINVAL for a HOST that is no list of servers, ENOMEM where a thread cannot be
 * had. */
ZOOAPI zhandle_t *zookeeper_init(const char *host, watcher_fn fn, int recv_timeout,
                                 const clientid_t *clientid, void *context, int flags);

/* The same; log lines of the handle go to LOG_CALLBACK unless it is NULL. */
ZOOAPI zhandle_t *zookeeper_init2(const char *host, watcher_fn fn, int recv_timeout,
                                  const clientid_t *clientid, void *context, int flags,
                                  log_callback_fn log_callback);

/* End the session and free ZH, waiting a few seconds at most for the server's word.  Requests
 * without answer complete with ZCLOSING before this returns.  Must be the last call for ZH. */
ZOOAPI int zookeeper_close(zhandle_t *zh);

/* Close the socket of ZSOCK. */
ZOOAPI void close_zsock(zsock_t *zsock);

/* Id and password; id 0 before there is a session.  Good as long as ZH. */
ZOOAPI const clientid_t *zoo_client_id(zhandle_t *zh);

/* The session timeout in ms: the server's once connected, before that the one asked for. */
ZOOAPI int zoo_recv_timeout(zhandle_t *zh);

ZOOAPI const void *zoo_get_context(zhandle_t *zh);
ZOOAPI void zoo_set_context(zhandle_t *zh, void *context);

/* Replace the handle's watcher; watches that are set keep the old one, which is returned. */
ZOOAPI watcher_fn zoo_set_watcher(zhandle_t *zh, watcher_fn newFn);

/* Address of the server that holds the session, in ADDR, which has room for *ADDR_LEN bytes; NULL
 * when there is none. */
ZOOAPI struct sockaddr *zookeeper_get_connected_host(zhandle_t *zh, struct sockaddr *addr,
                                                     socklen_t *addr_len);

/* Use the servers of HOSTS from now on.  A handle whose server is not among them moves; when there
 * are more than before, some handles move by chance, so that the load spreads. */
ZOOAPI int zoo_set_servers(zhandle_t *zh, const char *hosts);

/* Kept for upstream's sake: names are resolved anew at every attempt to connect, whatever
 * DELAY_MS. */
ZOOAPI int zoo_set_servers_resolution_delay(zhandle_t *zh, int delay_ms);

/* Pass over the server whose turn it is next. */
ZOOAPI void zoo_cycle_next_server(zhandle_t *zh);

/* "host:port" of the server in use or tried last, "" before that; good until the next call of this
 * function for ZH. */
ZOOAPI const char *zoo_get_current_server(zhandle_t *zh);

/* 1: handles made from now on try servers in the order of their list, 0: in random order. */
ZOOAPI void zoo_deterministic_conn_order(int yesOrNo);

/* One of ZOO_*_STATE. */
ZOOAPI int zoo_state(zhandle_t *zh);

/* ZINVALIDSTATE when the session has expired or was refused, else ZOK. */
ZOOAPI int is_unrecoverable(zhandle_t *zh);

/* Add the CERTLEN bytes at CERT as a credential of SCHEME; sent again on every new connection.
 * COMPLETION (may be NULL) is told what the server thinks of it. */
ZOOAPI int zoo_add_auth(zhandle_t *zh, const char *scheme, const char *cert, int certLen,
                        void_completion_t completion, const void *data);

/* The text for result C. */
ZOOAPI const char *zerror(int c);

/* Process-wide: the level of log lines, and where they go (stderr unless told otherwise). */
ZOOAPI void zoo_set_debug_level(ZooLogLevel logLevel);
ZOOAPI void zoo_set_log_stream(FILE *logStream);

/* Per handle: where its lines go instead. */
ZOOAPI log_callback_fn zoo_get_log_callback(const zhandle_t *zh);
ZOOAPI void zoo_set_log_callback(zhandle_t *zh, log_callback_fn callback);

/* ---- event loop ---- */
#ifndef THREADED

/* What to wait for: the socket in *FD (-1: none now), ZOOKEEPER_READ and ZOOKEEPER_WRITE in
 * *INTEREST, and in *TV the longest time until zookeeper_process must be called. */
ZOOAPI int zookeeper_interest(zhandle_t *zh, ZOO_SOCKET_T_ *fd, int *interest, struct timeval *tv);

/* Do what is due, EVENTS having happened to the socket (0: only time has passed), and call watchers
 * and completions. */
ZOOAPI int zookeeper_process(zhandle_t *zh, int events);

#endif

/* ---- asynchronous calls ----
 *
 * Return ZOK when the request is on its way.  VALUE may be NULL with VALUELEN -1 for null data.
 * MODE is one of the kinds of node, TTL its life in ms for the two modes that have one, else -1.
 * VERSION -1 is any.  WATCH not 0 sets a watch with the handle's watcher and context; the w forms
 * set one with WATCHER and WATCHERCTX unless WATCHER is NULL. */

/* RC: ZNODEEXISTS, ZNONODE (the parent), ZNOAUTH, ZNOCHILDRENFOREPHEMERALS, ZINVALIDACL. */
ZOOAPI int zoo_acreate(zhandle_t *zh, const char *path, const char *value, int valuelen,
                       const struct ACL_vector *acl, int mode, string_completion_t completion,
                       const void *data);
ZOOAPI int zoo_acreate_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                           const struct ACL_vector *acl, int mode, int64_t ttl,
                           string_completion_t completion, const void *data);
ZOOAPI int zoo_acreate2(zhandle_t *zh, const char *path, const char *value, int valuelen,
                        const struct ACL_vector *acl, int mode, string_stat_completion_t completion,
                        const void *data);
ZOOAPI int zoo_acreate2_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                            const struct ACL_vector *acl, int mode, int64_t ttl,
                            string_stat_completion_t completion, const void *data);

/* RC: ZNONODE, ZNOAUTH, ZBADVERSION, ZNOTEMPTY. */
ZOOAPI int zoo_adelete(zhandle_t *zh, const char *path, int version, void_completion_t completion,
                       const void *data);

/* RC: ZNONODE, when the watch is set all the same and waits for the creation. */
ZOOAPI int zoo_aexists(zhandle_t *zh, const char *path, int watch, stat_completion_t completion,
                       const void *data);
ZOOAPI int zoo_awexists(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                        stat_completion_t completion, const void *data);

/* RC: ZNONODE, ZNOAUTH. */
ZOOAPI int zoo_aget(zhandle_t *zh, const char *path, int watch, data_completion_t completion,
                    const void *data);
ZOOAPI int zoo_awget(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                     data_completion_t completion, const void *data);

/* The membership of the ensemble as text; the chroot does not apply. */
ZOOAPI int zoo_agetconfig(zhandle_t *zh, int watch, data_completion_t completion, const void *data);
ZOOAPI int zoo_awgetconfig(zhandle_t *zh, watcher_fn watcher, void *watcherCtx,
                           data_completion_t completion, const void *data);

/* Change the membership: by JOINING and LEAVING, or to MEMBERS, the others NULL; only from
 * configuration VERSION unless that is -1.  The completion is given the new membership. */
ZOOAPI int zoo_areconfig(zhandle_t *zh, const char *joining, const char *leaving,
                         const char *members, int64_t version, data_completion_t dc,
                         const void *data);

/* RC: ZNONODE, ZNOAUTH, ZBADVERSION. */
ZOOAPI int zoo_aset(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version,
                    stat_completion_t completion, const void *data);

/* Names of the children, without their parent's path and in no order.  RC: ZNONODE, ZNOAUTH. */
ZOOAPI int zoo_aget_children(zhandle_t *zh, const char *path, int watch,
                             strings_completion_t completion, const void *data);
ZOOAPI int zoo_awget_children(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                              strings_completion_t completion, const void *data);
ZOOAPI int zoo_aget_children2(zhandle_t *zh, const char *path, int watch,
                              strings_stat_completion_t completion, const void *data);
ZOOAPI int zoo_awget_children2(zhandle_t *zh, const char *path, watcher_fn watcher,
                               void *watcherCtx, strings_stat_completion_t completion,
                               const void *data);

/* Wait until this session's server has seen all that the leader had done when it was asked. */
ZOOAPI int zoo_async(zhandle_t *zh, const char *path, string_completion_t completion,
                     const void *data);

ZOOAPI int zoo_aget_acl(zhandle_t *zh, const char *path, acl_completion_t completion,
                        const void *data);

/* VERSION is the stat's aversion. */
ZOOAPI int zoo_aset_acl(zhandle_t *zh, const char *path, int version, struct ACL_vector *acl,
                        void_completion_t completion, const void *data);

/* Do COUNT operations, all or none.  RC is that of the operation that failed.  OPS and RESULTS and
 * what they point to must last until the completion. */
ZOOAPI int zoo_amulti(zhandle_t *zh, int count, const zoo_op_t *ops, zoo_op_result_t *results,
                      void_completion_t completion, const void *data);

/* Fill OP.  PATH_BUFFER takes the created path, cut to PATH_BUFFER_LEN bytes. */
ZOOAPI void zoo_create_op_init(zoo_op_t *op, const char *path, const char *value, int valuelen,
                               const struct ACL_vector *acl, int mode, char *path_buffer,
                               int path_buffer_len);
ZOOAPI void zoo_create2_op_init(zoo_op_t *op, const char *path, const char *value, int valuelen,
                                const struct ACL_vector *acl, int mode, char *path_buffer,
                                int path_buffer_len);
ZOOAPI void zoo_delete_op_init(zoo_op_t *op, const char *path, int version);
ZOOAPI void zoo_set_op_init(zoo_op_t *op, const char *path, const char *buffer, int buflen,
                            int version, struct Stat *stat);
ZOOAPI void zoo_check_op_init(zoo_op_t *op, const char *path, int version);

/* Which watches of a path: on its children, on its data and existence, all of them, and the two
 * kinds that zoo_add_watch sets (beyond upstream). */
typedef enum {
    ZWATCHTYPE_CHILD = 1,
    ZWATCHTYPE_DATA = 2,
    ZWATCHTYPE_ANY = 3,
    ZWATCHTYPE_PERSISTENT = 4,
    ZWATCHTYPE_PERSISTENT_RECURSIVE = 5
} ZooWatcherType;

/* Remove WATCHER with WATCHERCTX from the watches of WTYPE on PATH, or all of them.  LOCAL not 0:
 * do not ask the server, it is done when this returns.  ZNOWATCHER where there is none.  COMPLETION
 * is the function itself: its type, upstream's, says otherwise. */
ZOOAPI int zoo_aremove_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype,
                               watcher_fn watcher, void *watcherCtx, int local,
                               void_completion_t *completion, const void *data);
ZOOAPI int zoo_aremove_all_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, int local,
                                   void_completion_t *completion, const void *data);

/* Synchronous. */
ZOOAPI int zoo_remove_all_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype, int local);

/* ---- synchronous calls: as above, and return the result ----
 *
 * The created path goes into PATH_BUFFER, cut to PATH_BUFFER_LEN bytes with its NUL; it may be
 * NULL.  STAT may be NULL.  *BUFFER_LEN is the room in BUFFER and becomes the bytes of data put
 * there (cut where they do not fit: the stat tells how many there are), -1 for null data.  Free
 * strings by deallocate_String_vector and ACLs by deallocate_ACL_vector. */
#ifdef THREADED

ZOOAPI int zoo_create(zhandle_t *zh, const char *path, const char *value, int valuelen,
                      const struct ACL_vector *acl, int mode, char *path_buffer,
                      int path_buffer_len);
ZOOAPI int zoo_create_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                          const struct ACL_vector *acl, int mode, int64_t ttl, char *path_buffer,
                          int path_buffer_len);
ZOOAPI int zoo_create2(zhandle_t *zh, const char *path, const char *value, int valuelen,
                       const struct ACL_vector *acl, int mode, char *path_buffer,
                       int path_buffer_len, struct Stat *stat);
ZOOAPI int zoo_create2_ttl(zhandle_t *zh, const char *path, const char *value, int valuelen,
                           const struct ACL_vector *acl, int mode, int64_t ttl, char *path_buffer,
                           int path_buffer_len, struct Stat *stat);
ZOOAPI int zoo_delete(zhandle_t *zh, const char *path, int version);
ZOOAPI int zoo_exists(zhandle_t *zh, const char *path, int watch, struct Stat *stat);
ZOOAPI int zoo_wexists(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                       struct Stat *stat);
ZOOAPI int zoo_get(zhandle_t *zh, const char *path, int watch, char *buffer, int *buffer_len,
                   struct Stat *stat);
ZOOAPI int zoo_wget(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                    char *buffer, int *buffer_len, struct Stat *stat);
ZOOAPI int zoo_getconfig(zhandle_t *zh, int watch, char *buffer, int *buffer_len,
                         struct Stat *stat);
ZOOAPI int zoo_wgetconfig(zhandle_t *zh, watcher_fn watcher, void *watcherCtx, char *buffer,
                          int *buffer_len, struct Stat *stat);
ZOOAPI int zoo_reconfig(zhandle_t *zh, const char *joining, const char *leaving,
                        const char *members, int64_t version, char *buffer, int *buffer_len,
                        struct Stat *stat);
ZOOAPI int zoo_set(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version);
ZOOAPI int zoo_set2(zhandle_t *zh, const char *path, const char *buffer, int buflen, int version,
                    struct Stat *stat);
ZOOAPI int zoo_get_children(zhandle_t *zh, const char *path, int watch,
                            struct String_vector *strings);
ZOOAPI int zoo_wget_children(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                             struct String_vector *strings);
ZOOAPI int zoo_get_children2(zhandle_t *zh, const char *path, int watch,
                             struct String_vector *strings, struct Stat *stat);
ZOOAPI int zoo_wget_children2(zhandle_t *zh, const char *path, watcher_fn watcher, void *watcherCtx,
                              struct String_vector *strings, struct Stat *stat);
ZOOAPI int zoo_get_acl(zhandle_t *zh, const char *path, struct ACL_vector *acl, struct Stat *stat);
ZOOAPI int zoo_set_acl(zhandle_t *zh, const char *path, int version, const struct ACL_vector *acl);
ZOOAPI int zoo_multi(zhandle_t *zh, int count, const zoo_op_t *ops, zoo_op_result_t *results);
ZOOAPI int zoo_remove_watches(zhandle_t *zh, const char *path, ZooWatcherType wtype,
                              watcher_fn watcher, void *watcherCtx, int local);

#endif

/* ==== beyond upstream ====
 *
 * The synchronous ones among these work on event-loop handles too: they process events until their
 * answer is there. */

typedef void (*number_completion_t)(int rc, int number, const void *data);
typedef void (*client_infos_completion_t)(int rc, const struct ClientInfo_vector *infos,
                                          const void *data);

/* A watch that stays after its events: on PATH and its children, or on all below it too. */
typedef enum { ZOO_ADD_WATCH_PERSISTENT = 0, ZOO_ADD_WATCH_RECURSIVE = 1 } ZooAddWatchMode;

ZOOAPI int zoo_aadd_watch(zhandle_t *zh, const char *path, ZooAddWatchMode mode, watcher_fn watcher,
                          void *watcherCtx, void_completion_t completion, const void *data);
ZOOAPI int zoo_add_watch(zhandle_t *zh, const char *path, ZooAddWatchMode mode, watcher_fn watcher,
                         void *watcherCtx);

/* Paths of this session's ephemerals that begin with PREFIX. */
ZOOAPI int zoo_aget_ephemerals(zhandle_t *zh, const char *prefix, strings_completion_t completion,
                               const void *data);
ZOOAPI int zoo_get_ephemerals(zhandle_t *zh, const char *prefix, struct String_vector *paths);

/* How many nodes there are below PATH, of all generations. */
ZOOAPI int zoo_aget_all_children_number(zhandle_t *zh, const char *path,
                                        number_completion_t completion, const void *data);
ZOOAPI int zoo_get_all_children_number(zhandle_t *zh, const char *path, int *number);

/* As whom the server knows this session. */
ZOOAPI int zoo_awhoami(zhandle_t *zh, client_infos_completion_t completion, const void *data);
ZOOAPI int zoo_whoami(zhandle_t *zh, struct ClientInfo_vector *infos);

/* One read of a multiRead: TYPE is ZOO_GETDATA_OP or ZOO_GETCHILDREN_OP. */
typedef struct zoo_read_op {
    int type;
    const char *path;
} zoo_read_op_t;

/* Its result: each has its own ERR.  DATA of a get (its length -1: null) with STAT; CHILDREN of a
 * get children. */
typedef struct zoo_read_result {
    int err;
    char *data;
    int data_len;
    struct Stat stat;
    struct String_vector children;
} zoo_read_result_t;

typedef void (*reads_completion_t)(int rc, int count, const zoo_read_result_t *results,
                                   const void *data);

/* COUNT reads of one state of the tree.  zoo_free_read_results frees what RESULTS hold. */
ZOOAPI int zoo_amulti_read(zhandle_t *zh, int count, const zoo_read_op_t *ops,
                           reads_completion_t completion, const void *data);
ZOOAPI int zoo_multi_read(zhandle_t *zh, int count, const zoo_read_op_t *ops,
                          zoo_read_result_t *results);
ZOOAPI void zoo_free_read_results(int count, zoo_read_result_t *results);

/* Synchronous forms of zoo_async and zoo_add_auth. */
ZOOAPI int zoo_sync(zhandle_t *zh, const char *path);
ZOOAPI int zoo_add_auth_sync(zhandle_t *zh, const char *scheme, const char *cert, int certLen);

/* Requests made from now on that have no answer after TIMEOUT_MS complete with ZREQUESTTIMEOUT;
 * they may still be done.  0, the default: wait as long as the connection lives. */
ZOOAPI int zoo_set_request_timeout(zhandle_t *zh, int timeout_ms);

/* At most LIMIT requests (default 100000, 0: no limit) wait for their answers.  On a threaded
 * handle the next one blocks until there is room; on an event-loop handle it returns ZTHROTTLEDOP.
 */
ZOOAPI int zoo_set_outstanding_limit(zhandle_t *zh, int limit);

/* In a watcher: the zxid of the change it is told of, -1 where the server does not say. */
ZOOAPI int64_t zoo_event_zxid(zhandle_t *zh);

#ifdef __cplusplus
}
#endif

#endif
