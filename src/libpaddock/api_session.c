/* api_session.c -- the handle: made, asked about, told, closed. */
#include "libpaddock/build.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <apr_general.h>
#include <apr_portable.h>

#include <zookeeper/zookeeper_log.h>

#include "base/log.h"
#include "wire/opcode.h"

enum { OUTSTANDING_MAX = 100000 };

bool zk_library_shuffles = true;

/* Once per process: APR, and the rooms below do not write to the program's output. */
static void init_library(void)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    static bool is_done;

    while (atomic_flag_test_and_set(&busy))
        ;
    if (!is_done) {
        apr_initialize();
        zk_log_setup(stderr, (zk_log_level_t)(ZK_LOG_ERROR + 1), -1);
        is_done = true;
    }
    atomic_flag_clear(&busy);
}

/* A handle without client and threads. */
static zhandle_t *make_handle(apr_pool_t *pool, watcher_fn fn, int recv_timeout, void *context,
                              int flags, log_callback_fn log)
{
    zhandle_t *zh = zk_calloc(1, sizeof(*zh));
    int kind;

    zh->pool = pool;
    zh->is_threaded = zk_library_is_threaded && (flags & ZOO_EVENT_LOOP) == 0;
    zh->is_shuffled = zk_library_shuffles;
    zh->watcher = fn;
    zh->context = context;
    zh->log = log;
    zh->timeout_ms = recv_timeout;
    zh->state = ZOO_CONNECTING_STATE;
    zh->outstanding_max = OUTSTANDING_MAX;
    zh->event_zxid = -1;
    zh->inbox.end = &zh->inbox.first;
    zh->outbox.end = &zh->outbox.first;
    for (kind = 0; kind < ZK_WATCH_KINDS; kind++)
        zh->watchers[kind] = ZK_MAP_STR_INIT;
    ZK_ASSERT(apr_thread_mutex_create(&zh->lock, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS);
    ZK_ASSERT(apr_thread_cond_create(&zh->calls, pool) == APR_SUCCESS);
    ZK_ASSERT(apr_thread_cond_create(&zh->deliveries, pool) == APR_SUCCESS);
    return zh;
}

/* Give ZH its client for HOST; false with a line in the log. */
static bool make_client(zhandle_t *zh, const char *host, const clientid_t *clientid, int flags)
{
    zk_client_options_t options = {.timeout_ms = zh->timeout_ms,
                                   .read_only = (flags & ZOO_READONLY) != 0,
                                   .blocks_in_lookup = !zh->is_threaded,
                                   .event = zk_session_on_event,
                                   .event_baton = zh};
    zk_note_t note = {0};
    apr_status_t rv;

    plat_random_bytes(&options.seed, sizeof(options.seed));
    rv = zk_client_create(&zh->client, host, &options, zh->pool, &note);
    if (rv == APR_SUCCESS && !zh->is_shuffled)
        rv = zk_client_set_servers(zh->client, host, false, &note);
    if (rv != APR_SUCCESS) {
        zk_session_log(zh, ZOO_LOG_LEVEL_ERROR, "'%s' is no list of servers", host);
        return false;
    }
    zh->chroot = zk_own_text(zk_client_chroot(zh->client));
    if (clientid != NULL && clientid->client_id != 0) {
        zk_client_resume(zh->client, clientid->client_id, clientid->passwd);
        zh->client_id = *clientid;
    }
    return true;
}

zhandle_t *zookeeper_init(const char *host, watcher_fn fn, int recv_timeout,
                          const clientid_t *clientid, void *context, int flags)
{
    return zookeeper_init2(host, fn, recv_timeout, clientid, context, flags, NULL);
}

zhandle_t *zookeeper_init2(const char *host, watcher_fn fn, int recv_timeout,
                           const clientid_t *clientid, void *context, int flags,
                           log_callback_fn log_callback)
{
    apr_pool_t *pool;
    zhandle_t *zh;

    init_library();
    if (host == NULL || *host == '\0') {
        errno = EINVAL;
        return NULL;
    }
    apr_pool_create(&pool, NULL);
    zh = make_handle(pool, fn, recv_timeout, context, flags, log_callback);
    zk_session_log(zh, ZOO_LOG_LEVEL_INFO, "connecting to %s, session timeout %d ms", host,
                   recv_timeout);
    if (!make_client(zh, host, clientid, flags)) {
        zk_free(zh);
        apr_pool_destroy(pool);
        errno = EINVAL;
        return NULL;
    }
    if (zh->is_threaded && zk_threads_start(zh) != APR_SUCCESS) {
        zk_session_free(zh);
        errno = ENOMEM;
        return NULL;
    }
    return zh;
}

int zookeeper_close(zhandle_t *zh)
{
    bool was_closing;

    if (zh == NULL)
        return ZBADARGUMENTS;
    zk_session_lock(zh);
    was_closing = zh->is_closing;
    zh->is_closing = true;
    if (zh->is_threaded && !was_closing)
        zk_client_wake(zh->client);
    apr_thread_cond_broadcast(zh->calls);
    zk_session_unlock(zh);
    if (was_closing)
        return ZINVALIDSTATE;
    zk_session_log(zh, ZOO_LOG_LEVEL_INFO, "closing session 0x%llx",
                   (unsigned long long)zh->client_id.client_id);
    if (zh->is_threaded) {
        zk_threads_close(zh);
        return ZOK;
    }
    zk_session_end(zh);
    zk_session_deliver_all(zh);
    if (zh->delivering > 0)
        zh->is_orphan = true;
    else
        zk_session_free(zh);
    return ZOK;
}

/* Close a socket of the system's by way of APR, which knows how on each. */
static void close_socket(ZOO_SOCKET_T_ socket)
{
    apr_os_sock_t os_socket = (apr_os_sock_t)socket;
    apr_socket_t *wrapped = NULL;
    apr_pool_t *pool;

    init_library();
    apr_pool_create(&pool, NULL);
    if (apr_os_sock_put(&wrapped, &os_socket, pool) == APR_SUCCESS)
        apr_socket_close(wrapped);
    apr_pool_destroy(pool);
}

void close_zsock(zsock_t *zsock)
{
    if (zsock == NULL)
        return;
    close_socket(zsock->sock);
    zsock->sock = (ZOO_SOCKET_T_)-1;
}

/* ---- questions ---- */

const clientid_t *zoo_client_id(zhandle_t *zh)
{
    zk_session_lock(zh);
    if (memcmp(&zh->client_id_shown, &zh->client_id, sizeof(zh->client_id)) != 0)
        zh->client_id_shown = zh->client_id;
    zk_session_unlock(zh);
    return &zh->client_id_shown;
}

int zoo_recv_timeout(zhandle_t *zh)
{
    int timeout_ms;

    zk_session_lock(zh);
    timeout_ms = zh->timeout_ms;
    zk_session_unlock(zh);
    return timeout_ms;
}

const void *zoo_get_context(zhandle_t *zh)
{
    const void *context;

    zk_session_lock(zh);
    context = zh->context;
    zk_session_unlock(zh);
    return context;
}

void zoo_set_context(zhandle_t *zh, void *context)
{
    if (zh == NULL)
        return;
    zk_session_lock(zh);
    zh->context = context;
    zk_session_unlock(zh);
}

watcher_fn zoo_set_watcher(zhandle_t *zh, watcher_fn newFn)
{
    watcher_fn before;

    zk_session_lock(zh);
    before = zh->watcher;
    zh->watcher = newFn;
    zk_session_unlock(zh);
    return before;
}

int zoo_state(zhandle_t *zh)
{
    int state;

    if (zh == NULL)
        return 0;
    zk_session_lock(zh);
    state = zh->state;
    zk_session_unlock(zh);
    return state;
}

int is_unrecoverable(zhandle_t *zh)
{
    return zk_state_is_final(zoo_state(zh)) ? ZINVALIDSTATE : ZOK;
}

struct sockaddr *zookeeper_get_connected_host(zhandle_t *zh, struct sockaddr *addr,
                                              socklen_t *addr_len)
{
    bool known;

    if (zh == NULL || addr == NULL || addr_len == NULL)
        return NULL;
    zk_session_lock(zh);
    known = zh->address_bytes > 0 && zh->address_bytes <= *addr_len;
    if (known) {
        memcpy(addr, &zh->address, (size_t)zh->address_bytes);
        *addr_len = zh->address_bytes;
    }
    zk_session_unlock(zh);
    return known ? addr : NULL;
}

const char *zoo_get_current_server(zhandle_t *zh)
{
    zk_session_lock(zh);
    memcpy(zh->server_shown, zh->server, sizeof(zh->server_shown));
    zk_session_unlock(zh);
    return zh->server_shown;
}

int64_t zoo_event_zxid(zhandle_t *zh)
{
    return zh->event_zxid;
}

/* ---- orders ---- */

int zoo_set_servers(zhandle_t *zh, const char *hosts)
{
    zk_request_t *errand;
    zk_answer_t answer;

    if (zh == NULL || hosts == NULL)
        return ZBADARGUMENTS;
    errand = zk_request_create(zh, 0, ZK_REPLY_VOID);
    errand->errand = ZK_ERRAND_SERVERS;
    errand->text = zk_own_text(hosts);
    return zk_build_call(zh, errand, &answer, NULL);
}

int zoo_set_servers_resolution_delay(zhandle_t *zh, int delay_ms)
{
    return zh == NULL || delay_ms < -1 ? ZBADARGUMENTS : ZOK;
}

void zoo_cycle_next_server(zhandle_t *zh)
{
    zk_request_t *errand = zk_request_create(zh, 0, ZK_REPLY_VOID);

    errand->errand = ZK_ERRAND_NEXT_SERVER;
    zk_session_submit(zh, errand, NULL, NULL);
}

void zoo_deterministic_conn_order(int yesOrNo)
{
    zk_library_shuffles = yesOrNo == 0;
}

static int build_auth(zhandle_t *zh, const char *scheme, const char *cert, int certLen,
                      zk_request_t **made)
{
    int rc = scheme == NULL ? ZBADARGUMENTS : zk_request_check(zh, "/", 0);
    zk_str_t credential = zk_build_bytes(cert, certLen);

    if (rc != ZOK)
        return rc;
    *made = zk_request_create(zh, ZK_OP_AUTH, ZK_REPLY_VOID);
    (*made)->errand = ZK_ERRAND_AUTH;
    (*made)->text = zk_own_text(scheme);
    (*made)->body_is_null = zk_str_is_null(credential);
    zk_buffer_append(&(*made)->body, credential.data, zk_str_size(credential));
    return ZOK;
}

int zoo_add_auth(zhandle_t *zh, const char *scheme, const char *cert, int certLen,
                 void_completion_t completion, const void *data)
{
    zk_request_t *request;
    int rc = build_auth(zh, scheme, cert, certLen, &request);

    return rc != ZOK ? rc : zk_session_submit(zh, request, (zk_completion_fn_t *)completion, data);
}

int zoo_add_auth_sync(zhandle_t *zh, const char *scheme, const char *cert, int certLen)
{
    zk_request_t *request;
    zk_answer_t answer;
    int rc = build_auth(zh, scheme, cert, certLen, &request);

    return rc != ZOK ? rc : zk_build_call(zh, request, &answer, NULL);
}

int zoo_set_request_timeout(zhandle_t *zh, int timeout_ms)
{
    if (zh == NULL || timeout_ms < 0)
        return ZBADARGUMENTS;
    zk_session_lock(zh);
    zh->request_timeout_ms = timeout_ms;
    zk_session_unlock(zh);
    return ZOK;
}

int zoo_set_outstanding_limit(zhandle_t *zh, int limit)
{
    if (zh == NULL || limit < 0)
        return ZBADARGUMENTS;
    zk_session_lock(zh);
    zh->outstanding_max = limit;
    apr_thread_cond_broadcast(zh->calls);
    zk_session_unlock(zh);
    return ZOK;
}

log_callback_fn zoo_get_log_callback(const zhandle_t *zh)
{
    zhandle_t *locked = (zhandle_t *)(uintptr_t)zh; /* upstream's const, which a lock cannot keep */
    log_callback_fn log;

    if (zh == NULL)
        return NULL;
    zk_session_lock(locked);
    log = zh->log;
    zk_session_unlock(locked);
    return log;
}

void zoo_set_log_callback(zhandle_t *zh, log_callback_fn callback)
{
    if (zh == NULL)
        return;
    zk_session_lock(zh);
    zh->log = callback;
    zk_session_unlock(zh);
}
