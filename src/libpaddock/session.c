/* session.c -- requests on their way in, answers and events on their way out.
 *
 * The picture and the invariants are in session.h. */
#include "libpaddock/session.h"

#include <limits.h>
#include <string.h>

#include <zookeeper/zookeeper_log.h>

#include "client/path.h"
#include "wire/code.h"
#include "wire/opcode.h"

enum { STUCK_MS = 1000 };

void zk_session_lock(zhandle_t *zh)
{
    ZK_ASSERT(apr_thread_mutex_lock(zh->lock) == APR_SUCCESS);
}

void zk_session_unlock(zhandle_t *zh)
{
    ZK_ASSERT(apr_thread_mutex_unlock(zh->lock) == APR_SUCCESS);
}

static void push(zk_request_list_t *list, zk_request_t *request)
{
    request->next = NULL;
    *list->end = request;
    list->end = &request->next;
}

static zk_request_t *pop(zk_request_list_t *list)
{
    zk_request_t *request = list->first;

    if (request != NULL) {
        list->first = request->next;
        if (list->first == NULL)
            list->end = &list->first;
    }
    return request;
}

/* ---- the caller's side ---- */

static bool is_full(const zhandle_t *zh)
{
    return zh->outstanding_max > 0 && zh->outstanding >= zh->outstanding_max;
}

/* Wait for news of the calls inside.  IS_PRESSING: answers must be read for it.  Under the lock. */
static void wait_inside(zhandle_t *zh, bool is_pressing)
{
    zh->callers++;
    zh->callers_pressing += is_pressing;
    if (is_pressing && zh->is_held)
        zk_client_wake(zh->client);
    apr_thread_cond_wait(zh->calls, zh->lock);
    zh->callers_pressing -= is_pressing;
    zh->callers--;
}

/* Whether another request may come in; on a threaded handle, when it may.  Under the lock. */
static int wait_for_room(zhandle_t *zh)
{
    bool is_callback = zh->is_threaded && plat_thread_is_current(zh->deliverer);
    int rc;

    while (zh->is_threaded && is_full(zh) && !zh->is_closing && !zk_state_is_final(zh->state))
        wait_inside(zh, is_callback);
    if (zh->is_closing) {
        apr_thread_cond_broadcast(zh->calls); /* the one who closes may wait for us */
        rc = ZINVALIDSTATE;
    } else if (zk_state_is_final(zh->state)) {
        rc = ZINVALIDSTATE;
    } else if (is_full(zh)) {
        rc = ZTHROTTLEDOP;
    } else {
        rc = ZOK;
    }
    return rc;
}

/* Put REQUEST into the inbox.  Under the lock. */
static int enter(zhandle_t *zh, zk_request_t *request)
{
    bool is_first;
    int rc = wait_for_room(zh);

    if (rc != ZOK)
        return rc;
    if (zh->request_timeout_ms > 0)
        request->deadline_ms = plat_monotonic_ms() + zh->request_timeout_ms;
    is_first = zh->inbox.first == NULL;
    push(&zh->inbox, request);
    zh->outstanding++;
    if (is_first && zh->is_threaded)
        zk_client_wake(zh->client);
    return ZOK;
}

int zk_session_submit(zhandle_t *zh, zk_request_t *request, zk_completion_fn_t *completion,
                      const void *data)
{
    int rc;

    request->completion = completion;
    request->data = data;
    zk_session_lock(zh);
    rc = enter(zh, request);
    zk_session_unlock(zh);
    if (rc != ZOK)
        zk_request_free(request);
    return rc;
}

/* Wait for the answer as a threaded handle does.  Under the lock. */
static void wait_for_answer(zhandle_t *zh, zk_request_t *const *request)
{
    while (!(*request)->is_done)
        wait_inside(zh, true);
    if (zh->is_closing)
        apr_thread_cond_broadcast(zh->calls);
}

int zk_session_call(zhandle_t *zh, zk_request_t **request)
{
    int rc;

    (*request)->is_sync = true;
    (*request)->holder = request;
    zk_session_lock(zh);
    rc = enter(zh, *request);
    if (rc == ZOK && zh->is_threaded)
        wait_for_answer(zh, request);
    zk_session_unlock(zh);
    while (rc == ZOK && !(*request)->is_done)
        zk_session_turn(zh, INT_MAX);
    return rc == ZOK ? (*request)->code : rc;
}

/* ---- the I/O thread's side ---- */

static void link_live(zhandle_t *zh, zk_request_t *request)
{
    request->live_next = zh->live;
    request->live_before = NULL;
    if (zh->live != NULL)
        zh->live->live_before = request;
    zh->live = request;
    if (zh->deadline_next_ms == 0 || request->deadline_ms < zh->deadline_next_ms)
        zh->deadline_next_ms = request->deadline_ms;
}

static void unlink_live(zhandle_t *zh, zk_request_t *request)
{
    if (request->live_before != NULL)
        request->live_before->live_next = request->live_next;
    else
        zh->live = request->live_next;
    if (request->live_next != NULL)
        request->live_next->live_before = request->live_before;
}

/* Set or remove the watch that REQUEST, answered with its code, was about. */
static void settle_watch(zhandle_t *zh, zk_request_t *request)
{
    zk_watch_kind_t kind = request->watch;
    bool is_last = false;
    char *owned;
    zk_str_t path;

    if (request->watch_path == NULL)
        return;
    if (request->watch_type == 0) {
        if (request->code == ZK_CODE_NO_NODE && request->opcode == ZK_OP_EXISTS)
            kind = ZK_WATCH_EXIST;
        else if (request->code != ZK_CODE_OK)
            return;
        zk_session_lock(zh);
        zk_watchers_add(zh, kind, request->watch_path, request->watcher);
        zk_session_unlock(zh);
        return;
    }
    if (request->code != ZK_CODE_OK)
        return;
    zk_session_lock(zh);
    if (request->errand == ZK_ERRAND_REQUEST &&
        zk_watchers_have(zh, request->watch_path, request->watch_type, request->watcher, &is_last))
        zk_watchers_remove(zh, request->watch_path, request->watch_type, request->watcher);
    zk_session_unlock(zh);
    if (is_last || request->errand == ZK_ERRAND_FORGET) {
        path = zk_request_path(zh, request->watch_path, &owned);
        zk_client_forget_watches(zh->client, path, request->watch_type);
        zk_free(owned);
    }
}

/* About what REQUEST, an answer or an event, occupies. */
static size_t weigh(const zk_request_t *request)
{
    return sizeof(*request) + zk_buffer_size(&request->answer) + zk_buffer_size(&request->body);
}

/* Queue ITEM for the deliverer.  Under the lock. */
static void post(zhandle_t *zh, zk_request_t *item)
{
    push(&zh->outbox, item);
    zh->outbox_bytes += weigh(item);
    apr_thread_cond_signal(zh->deliveries);
}

/* REQUEST has its answer: hand it to whoever is to know. */
static void hand_over(zhandle_t *zh, zk_request_t *request)
{
    zk_session_lock(zh);
    zh->outstanding--;
    if (request->is_sync) {
        *request->holder = request;
        request->is_done = true;
    } else {
        post(zh, request);
    }
    if (request->is_sync || zh->outstanding_max > 0)
        apr_thread_cond_broadcast(zh->calls);
    zk_session_unlock(zh);
}

static void on_done(void *baton, int32_t code, zk_str_t body)
{
    zk_request_t *request = baton;
    zhandle_t *zh = request->zh;

    if (request->is_told) {
        zk_request_free(request);
        return;
    }
    if (request->deadline_ms != 0)
        unlink_live(zh, request);
    request->code = zh->is_ending && code == ZK_CODE_SESSION_EXPIRED ? ZCLOSING : code;
    zk_buffer_append(&request->answer, body.data, zk_str_size(body));
    settle_watch(zh, request);
    hand_over(zh, request);
}

/* Answer, in the place of REQUEST, that its time is over; REQUEST becomes a husk. */
static void expire(zhandle_t *zh, zk_request_t *request)
{
    zk_request_t *told = zk_malloc(sizeof(*told));

    unlink_live(zh, request);
    *told = *request;
    told->code = ZREQUESTTIMEOUT;
    told->watch_path = NULL; /* stays with the husk, as does all that is owned */
    told->text = NULL;
    told->body = ZK_BUFFER_INIT;
    told->answer = ZK_BUFFER_INIT;
    request->types = NULL;
    request->results = NULL;
    request->is_told = true;
    hand_over(zh, told);
}

static void check_deadlines(zhandle_t *zh)
{
    int64_t now = plat_monotonic_ms();
    zk_request_t *request = zh->live;
    int64_t next = 0;

    if (zh->deadline_next_ms == 0 || now < zh->deadline_next_ms)
        return;
    while (request != NULL) {
        zk_request_t *after = request->live_next;

        if (request->deadline_ms <= now)
            expire(zh, request);
        else if (next == 0 || request->deadline_ms < next)
            next = request->deadline_ms;
        request = after;
    }
    zh->deadline_next_ms = next;
}

static void send_request(zhandle_t *zh, zk_request_t *request)
{
    zk_client_request_t wire = {request->opcode, NULL, NULL, {NULL, 0}, ZK_WATCH_NONE, {NULL, 0}};
    char *owned = NULL;

    wire.raw =
        zk_str_n((const char *)zk_buffer_bytes(&request->body), zk_buffer_size(&request->body));
    if (request->watch_path != NULL && request->watch_type == 0) {
        wire.watch = request->watch;
        wire.watch_path = zk_request_path(zh, request->watch_path, &owned);
    }
    if (request->deadline_ms != 0)
        link_live(zh, request);
    zk_client_submit(zh->client, &wire, on_done, request);
    zk_free(owned);
}

static void run_errand(zhandle_t *zh, zk_request_t *request)
{
    zk_str_t body =
        zk_str_n((const char *)zk_buffer_bytes(&request->body), zk_buffer_size(&request->body));
    zk_note_t note;

    switch (request->errand) {
    case ZK_ERRAND_REQUEST:
        send_request(zh, request);
        return;
    case ZK_ERRAND_AUTH:
        request->deadline_ms = 0; /* it is replayed until it has been judged */
        zk_client_submit_auth(zh->client, request->text, request->body_is_null ? ZK_STR_NULL : body,
                              on_done, request);
        return;
    case ZK_ERRAND_SERVERS:
        if (zk_client_set_servers(zh->client, request->text, zh->is_shuffled, &note) != APR_SUCCESS)
            request->code = ZBADARGUMENTS;
        break;
    case ZK_ERRAND_NEXT_SERVER:
        zk_client_next_server(zh->client);
        break;
    case ZK_ERRAND_FORGET:
        settle_watch(zh, request);
        break;
    }
    hand_over(zh, request);
}

static void empty_inbox(zhandle_t *zh)
{
    zk_request_list_t taken;
    zk_request_t *request;

    zk_session_lock(zh);
    taken = zh->inbox;
    zh->inbox.first = NULL;
    zh->inbox.end = &zh->inbox.first;
    zk_session_unlock(zh);
    while ((request = taken.first) != NULL) {
        taken.first = request->next;
        run_errand(zh, request);
    }
}

/* Copy what other threads ask for out of the client. */
static void publish(zhandle_t *zh)
{
    const zk_host_t *host = zk_client_server(zh->client);
    apr_sockaddr_t *address = zk_client_address(zh->client);
    bool is_ipv6 = host != NULL && strchr(host->name, ':') != NULL;

    zk_session_lock(zh);
    zh->client_id.client_id = zk_client_session_id(zh->client);
    memcpy(zh->client_id.passwd, zk_client_password(zh->client), sizeof(zh->client_id.passwd));
    zh->timeout_ms = zk_client_timeout_ms(zh->client);
    if (host != NULL)
        snprintf(zh->server, sizeof(zh->server), is_ipv6 ? "[%s]:%u" : "%s:%u", host->name,
                 (unsigned)host->port);
    zh->address_bytes = 0;
    if (address != NULL && (size_t)address->salen <= sizeof(zh->address)) {
        memcpy(&zh->address, &address->sa, (size_t)address->salen);
        zh->address_bytes = (socklen_t)address->salen;
    }
    zk_session_unlock(zh);
}

/* What zoo_state says to the client's STATE of an event. */
static int state_of(int32_t event_state)
{
    switch (event_state) {
    case ZK_CLIENT_EVENT_CONNECTED:
        return ZOO_CONNECTED_STATE;
    case ZK_CLIENT_EVENT_CONNECTED_READ_ONLY:
        return ZOO_READONLY_STATE;
    case ZK_CLIENT_EVENT_AUTH_FAILED:
        return ZOO_AUTH_FAILED_STATE;
    case ZK_CLIENT_EVENT_EXPIRED:
        return ZOO_EXPIRED_SESSION_STATE;
    default:
        return ZOO_CONNECTING_STATE;
    }
}

static zk_request_t *make_event(zhandle_t *zh, int32_t type, int32_t state, const char *path,
                                int64_t zxid)
{
    zk_request_t *event = zk_calloc(1, sizeof(*event));

    event->zh = zh;
    event->kind = ZK_REPLY_EVENT;
    event->event_type = type;
    event->event_state = state;
    event->event_zxid = zxid;
    event->text = zk_malloc(strlen(path) + 1);
    memcpy(event->text, path, strlen(path) + 1);
    return event;
}

static void on_session_event(zhandle_t *zh, int32_t event_state)
{
    int state = state_of(event_state);
    zk_request_t *event;

    if (event_state == ZK_CLIENT_EVENT_CLOSED)
        return;
    zk_session_log(zh, ZOO_LOG_LEVEL_INFO, "session 0x%llx: state %d",
                   (unsigned long long)zk_client_session_id(zh->client), state);
    publish(zh);
    event = make_event(zh, ZOO_SESSION_EVENT, state, "", -1);
    zk_session_lock(zh);
    zh->state = state;
    zk_watchers_all(zh, &event->watchers);
    post(zh, event);
    apr_thread_cond_broadcast(zh->calls); /* who waits for room must see a final state */
    zk_session_unlock(zh);
}

void zk_session_on_event(void *baton, const zk_client_event_t *from)
{
    zhandle_t *zh = baton;
    zk_request_t *event;
    char *path;

    if (from->type == ZK_EVENT_TYPE_NONE) {
        on_session_event(zh, from->state);
        return;
    }
    if (from->type > ZK_EVENT_TYPE_CHILDREN_CHANGED || zh->is_ending)
        return; /* a watch was removed, or closing set it off: upstream's C client does not tell */
    path = zk_malloc(zk_str_size(from->path) + 1);
    memcpy(path, from->path.data, zk_str_size(from->path));
    path[zk_str_size(from->path)] = '\0';
    event = make_event(zh, from->type, from->state, path, from->zxid);
    zk_session_lock(zh);
    zk_watchers_fire(zh, from->type, path, &event->watchers);
    if (event->watchers.count > 0) {
        post(zh, event);
        event = NULL;
    }
    zk_session_unlock(zh);
    if (event != NULL)
        zk_request_free(event);
    zk_free(path);
}

/* Decide whether to read on, or to wait until more has been delivered.  Someone who waits for room
 * may keep a callback from going on, by a lock of the program's say: when nothing has been
 * delivered for a while, that waiting presses, too. */
static void hold_or_read(zhandle_t *zh)
{
    int64_t now = plat_monotonic_ms();

    zk_session_lock(zh);
    zh->is_held =
        zh->is_threaded && !zh->is_closing && zh->callers_pressing == 0 &&
        zh->outbox_bytes > (zh->is_held ? ZK_OUTBOX_BYTES_MAX / 2 : ZK_OUTBOX_BYTES_MAX) &&
        (zh->callers == 0 || now - zh->delivered_at_ms < STUCK_MS);
    zk_client_pause(zh->client, zh->is_held);
    zk_session_unlock(zh);
}

void zk_session_turn(zhandle_t *zh, int64_t wait_ms)
{
    empty_inbox(zh);
    hold_or_read(zh);
    check_deadlines(zh);
    if (zh->deadline_next_ms != 0) {
        int64_t left = zh->deadline_next_ms - plat_monotonic_ms();

        wait_ms = left < 0 ? 0 : left < wait_ms ? left : wait_ms;
    }
    zk_client_step(zh->client, wait_ms);
    check_deadlines(zh);
    publish(zh);
}

void zk_session_end(zhandle_t *zh)
{
    empty_inbox(zh);
    zh->is_ending = true;
    zk_client_close(zh->client);
}

/* ---- the deliverer's side ---- */

static void deliver(zhandle_t *zh, zk_request_t *item)
{
    int i;

    zh->delivering++;
    if (item->kind != ZK_REPLY_EVENT) {
        zk_request_complete(item);
    } else {
        for (i = 0; i < item->watchers.count; i++) {
            zh->event_zxid = item->event_zxid;
            item->watchers.items[i].fn(zh, item->event_type, item->event_state, item->text,
                                       item->watchers.items[i].context);
        }
    }
    zh->delivering--;
    zk_request_free(item);
}

int zk_session_deliver_all(zhandle_t *zh)
{
    int count = 0;

    for (;;) {
        zk_request_t *item;

        zk_session_lock(zh);
        item = pop(&zh->outbox);
        zh->delivered_at_ms = plat_monotonic_ms();
        if (item != NULL)
            zh->outbox_bytes -= weigh(item);
        if (zh->is_held && zh->outbox_bytes <= ZK_OUTBOX_BYTES_MAX / 2)
            zk_client_wake(zh->client);
        zk_session_unlock(zh);
        if (item == NULL)
            return count;
        deliver(zh, item);
        count++;
    }
}

void zk_session_free(zhandle_t *zh)
{
    ZK_ASSERT(zh->inbox.first == NULL && zh->outbox.first == NULL && zh->outbox_bytes == 0);
    zk_client_destroy(zh->client);
    zk_watchers_free(zh);
    zk_free(zh->chroot);
    apr_pool_destroy(zh->pool);
    zk_free(zh);
}
