/* session.h -- what a zhandle_t is, and how a request travels through it.
 *
 *   caller            I/O thread                         deliverer
 *   zk_session_submit
 *     inbox  ------>  zk_client_submit ... answer
 *                     registers the watch
 *                     outbox  ----------------------->   decode, completion, free
 *   zk_session_call
 *     inbox  ------>  ... answer, wakes the caller: decoded there
 *
 * An event-loop handle has neither thread: the caller's does the work of all three, that of the I/O
 * thread in zookeeper_interest and zookeeper_process, that of the deliverer at the end of the
 * latter, when nothing of the client is on the stack any more.
 *
 * Invariants
 *   1. zk_client_t is touched by the I/O thread only (wake excepted).
 *   2. No callback of the program runs on the I/O thread or under the lock.
 *   3. A request is in exactly one place: inbox, client, outbox, or its caller's hands; therefore
 *      its completion is called once.
 *   4. A request that ran past its deadline leaves a husk in the client, which is freed when its
 *      answer comes or the link is lost.
 *   5. What waits in the outbox of a threaded handle is bounded: while callbacks are slower than
 * the server, nothing is read, unless a call waits inside that only an answer can end.
 *   6. The handle is freed by the thread that closes it, and when that is the deliverer, after the
 *      callback that called zookeeper_close has returned. */
#ifndef ZK_LIBPADDOCK_SESSION_H
#define ZK_LIBPADDOCK_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_network_io.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#define THREADED 1
#include <zookeeper/zookeeper.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/plat.h"
#include "client/client.h"

/* What the body of an answer is, and with it the type of the completion. */
typedef enum zk_reply_kind {
    ZK_REPLY_VOID,         /* nothing: void_completion_t */
    ZK_REPLY_STAT,         /* stat_completion_t */
    ZK_REPLY_DATA,         /* data_completion_t */
    ZK_REPLY_STRINGS,      /* strings_completion_t */
    ZK_REPLY_STRINGS_STAT, /* strings_stat_completion_t */
    ZK_REPLY_EPHEMERALS,   /* strings_completion_t, paths */
    ZK_REPLY_PATH,         /* string_completion_t, of a create or sync */
    ZK_REPLY_PATH_OF_STAT, /* the same, of a create that answers with a stat */
    ZK_REPLY_PATH_STAT,    /* string_stat_completion_t */
    ZK_REPLY_ACL,          /* acl_completion_t */
    ZK_REPLY_MULTI,        /* void_completion_t */
    ZK_REPLY_READS,        /* reads_completion_t */
    ZK_REPLY_NUMBER,       /* number_completion_t */
    ZK_REPLY_CLIENT_INFOS, /* client_infos_completion_t */
    ZK_REPLY_EVENT         /* no answer at all: an event on its way to watchers */
} zk_reply_kind_t;

typedef struct zk_watcher {
    watcher_fn fn;
    void *context;
} zk_watcher_t;

typedef struct zk_watcher_list {
    int count;
    int capacity;
    zk_watcher_t *items;
} zk_watcher_list_t;

/* What the I/O thread is to do with something from the inbox. */
typedef enum zk_errand {
    ZK_ERRAND_REQUEST,
    ZK_ERRAND_AUTH,    /* text is the scheme, body the credential */
    ZK_ERRAND_FORGET,  /* the client's watches of watch_type on watch_path */
    ZK_ERRAND_SERVERS, /* text is the new connect string */
    ZK_ERRAND_NEXT_SERVER
} zk_errand_t;

typedef void zk_completion_fn_t(void); /* cast to what the kind of reply says */

typedef struct zk_request zk_request_t;

struct zk_request {
    zk_request_t *next; /* in inbox or outbox */
    zhandle_t *zh;
    zk_errand_t errand;
    zk_reply_kind_t kind;
    int32_t opcode;
    zk_buffer_t body;
    char *text;
    bool body_is_null;

    /* the watch it sets or removes; the path as the program knows it, NULL where there is none */
    zk_watch_kind_t watch;
    char *watch_path;
    zk_watcher_t watcher;
    int32_t watch_type; /* ZK_WATCHER_* to be removed, 0: set one */

    zk_completion_fn_t *completion;
    const void *data;
    int count; /* multi: operations and results */
    zoo_op_result_t *results;
    int32_t *types;

    /* the answer */
    bool is_sync;          /* a caller waits for is_done */
    zk_request_t **holder; /* its pointer, set to what bears the answer */
    bool is_done;
    bool is_told; /* past its deadline; a husk */
    int32_t code;
    zk_buffer_t answer;
    int64_t deadline_ms; /* 0: none */
    zk_request_t *live_next;
    zk_request_t *live_before;

    /* an event */
    int32_t event_type;
    int32_t event_state;
    int64_t event_zxid;
    zk_watcher_list_t watchers;
};

typedef struct zk_request_list {
    zk_request_t *first;
    zk_request_t **end;
} zk_request_list_t;

#define ZK_SERVER_BYTES 280

struct _zhandle {
    apr_pool_t *pool;
    zk_client_t *client;
    bool is_threaded;
    bool is_shuffled;
    char *chroot; /* "" where there is none */
    plat_thread_t io_thread;
    plat_thread_t deliverer;

    /* the I/O thread's own */
    zk_request_t *live; /* requests in the client that have a deadline */
    int64_t deadline_next_ms;
    bool is_ending;

    /* the deliverer's own */
    int64_t event_zxid;
    int delivering; /* callbacks of the program on the stack */
    bool is_orphan; /* closed by a callback: free it when that returns */

    apr_thread_mutex_t *lock; /* guards all below */
    apr_thread_cond_t *calls; /* an answer for a caller, room for a request, a caller gone */
    apr_thread_cond_t *deliveries;
    zk_request_list_t inbox;
    zk_request_list_t outbox;
    int outstanding;
    int outstanding_max; /* 0: no limit */
    int request_timeout_ms;
    int callers;          /* threads inside that come back to the handle after waiting */
    int callers_pressing; /* of them, those for whom answers must be read whatever is undelivered */
    size_t outbox_bytes;  /* about what it occupies */
    int64_t delivered_at_ms;
    bool is_held; /* nothing is read because of it */
    bool is_closing;
    bool is_io_done;
    watcher_fn watcher;
    void *context;
    log_callback_fn log;
    int state;
    clientid_t client_id;
    clientid_t client_id_shown; /* the copy zoo_client_id gives out */
    int timeout_ms;
    char server[ZK_SERVER_BYTES];
    char server_shown[ZK_SERVER_BYTES];
    struct sockaddr_storage address;
    socklen_t address_bytes;               /* 0: not connected */
    zk_map_str_t watchers[ZK_WATCH_KINDS]; /* path -> zk_watcher_list_t */
};

/* ---- session.c ---- */

/* Queue REQUEST, which is then the session's, and call COMPLETION(DATA) when it ends.  When the
 * result is not ZOK, REQUEST is freed and nothing is called. */
int zk_session_submit(zhandle_t *zh, zk_request_t *request, zk_completion_fn_t *completion,
                      const void *data);

/* Queue *REQUEST and wait until it ends; returns its code.  *REQUEST stays the caller's, who must
 * not copy the pointer before: it may be another one afterwards. */
int zk_session_call(zhandle_t *zh, zk_request_t **request);

/* Do what the inbox says and what deadlines demand, give the client a turn of at most WAIT_MS and
 * take over its state.  I/O thread. */
void zk_session_turn(zhandle_t *zh, int64_t wait_ms);

/* What the outbox may occupy before reading stops, up to one more portion from the socket; it goes
 * on at half of that. */
#define ZK_OUTBOX_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* Close the client; all that is outstanding goes to the outbox or its caller.  I/O thread. */
void zk_session_end(zhandle_t *zh);

/* Call what the outbox says until it is empty or the handle was closed by a callback.  Returns how
 * many. */
int zk_session_deliver_all(zhandle_t *zh);

/* Free ZH, of which nobody knows any more. */
void zk_session_free(zhandle_t *zh);

/* The events of the client, as zk_client_event_fn_t. */
void zk_session_on_event(void *baton, const zk_client_event_t *event);

/* Lock and unlock, which cannot fail. */
void zk_session_lock(zhandle_t *zh);
void zk_session_unlock(zhandle_t *zh);

/* The state of the session is one of no return. */
static inline bool zk_state_is_final(int state)
{
    return state < 0;
}

/* ---- threads.c ---- */

apr_status_t zk_threads_start(zhandle_t *zh);

/* Close ZH by way of its threads. */
void zk_threads_close(zhandle_t *zh);

/* ---- watchers.c: all under the lock ---- */

void zk_watchers_add(zhandle_t *zh, zk_watch_kind_t kind, const char *path, zk_watcher_t watcher);

/* Whether WATCHER (its fn NULL: any) is set for TYPE (ZK_WATCHER_*) on PATH; *IS_LAST tells whether
 * no other one would be left of any of these kinds. */
bool zk_watchers_have(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher,
                      bool *is_last);

/* Remove them. */
void zk_watchers_remove(zhandle_t *zh, const char *path, int32_t type, zk_watcher_t watcher);

/* Take out who is to be told of an event of TYPE at PATH, each once; one-shot watches are used up.
 */
void zk_watchers_fire(zhandle_t *zh, int32_t type, const char *path, zk_watcher_list_t *list);

/* Everybody, each once, the handle's own watcher first: for events of the session. */
void zk_watchers_all(zhandle_t *zh, zk_watcher_list_t *list);

void zk_watchers_free(zhandle_t *zh);

/* ---- requests.c ---- */

zk_request_t *zk_request_create(zhandle_t *zh, int32_t opcode, zk_reply_kind_t kind);
void zk_request_free(zk_request_t *request);

/* Whether PATH may be sent and the session lives: ZOK, ZBADARGUMENTS or ZINVALIDSTATE. */
int zk_request_check(zhandle_t *zh, const char *path, int mode);

/* PATH with the chroot before it; *OWNED, to be freed, is NULL where there is no chroot. */
zk_str_t zk_request_path(const zhandle_t *zh, const char *path, char **owned);

/* The answer, decoded: structures of the public API, in the arena. */
typedef struct zk_answer {
    int rc;
    bool is_null;     /* null data */
    const char *text; /* data or path, NUL-terminated */
    int bytes;
    struct Stat stat;
    struct String_vector strings;
    struct ACL_vector acl;
    struct ClientInfo_vector infos;
    int number;
    zoo_read_result_t *reads;
} zk_answer_t;

/* Decode REQUEST's answer; results of a multi go where they belong.  ANSWER's rc is that of the
 * request, or ZMARSHALLINGERROR. */
void zk_request_decode(zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena);

/* A reader over the body of its answer. */
zk_reader_t zk_request_reader(const zk_request_t *request);

/* Decode and call the completion. */
void zk_request_complete(zk_request_t *request);

/* multi.c: decode the answers of multi and multiRead; the code of the whole. */
int zk_multi_answer(zk_request_t *request);
int zk_reads_answer(zk_request_t *request, zk_answer_t *answer, zk_arena_t *arena);

/* ---- strings.c: copies ---- */

void zk_copy_stat(struct Stat *to, const zk_stat_t *from);
struct String_vector zk_copy_strings(const zk_str_vector_t *from, const char *chroot,
                                     zk_arena_t *arena);

/* Copies of malloc's, for the caller of a synchronous call to free. */
char *zk_own_text(const char *text);
void zk_own_strings(struct String_vector *to, const struct String_vector *from);
void zk_own_acl(struct ACL_vector *to, const struct ACL_vector *from);
void zk_own_infos(struct ClientInfo_vector *to, const struct ClientInfo_vector *from);

/* ---- which of the two libraries this is ---- */

extern const bool zk_library_is_threaded;

/* 0 for handles made now: servers in the order of their list. */
extern bool zk_library_shuffles;

/* Log a line of the session. */
#define zk_session_log(zh, level, ...)                                                             \
    (logLevel >= (level)                                                                           \
         ? log_message(zoo_get_log_callback(zh), level, __LINE__, __func__, __VA_ARGS__)           \
         : (void)0)

#endif
