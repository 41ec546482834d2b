/* loop.c -- one thread, one pollset, one pass at a time.
 *
 * A pass tells what ended since the last one, waits, reads every readable connection once, lets
 * handlers run, looks at the timers, and writes what gathered, once per connection.  The pollset's
 * entries are left alone on that path: they change only when a write does not fit or reading must
 * stop.
 *
 * Waking: the poster that finds the flag clear writes to the pollset's pipe, all others see it set.
 * The flag is cleared after the wait and before the caller looks at its queues, so nothing posted
 * before that is missed.
 *
 * Timers are first-in-first-out lists, one per patience, so that finding what is due looks at heads
 * only. */
#include "net/net_internal.h"

#include <string.h>

#include <apr_atomic.h>

#include "base/log.h"
#include "base/plat.h"
#include "net/stream.h"

void zk_net_list_push(zk_net_list_t *list, uint64_t client)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        list->items = zk_realloc(list->items, list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = client;
}

/* End of the pool: close what is open, without telling anyone. */
static apr_status_t destroy(void *data)
{
    zk_net_t *net = data;

    for (uint32_t i = 0; i < net->slots_used; i++) {
        zk_conn_t *conn = net->slots[i];
        if (conn->state != ZK_CONN_FREE && conn->state != ZK_CONN_BROKEN)
            zk_stream_close(conn);
        zk_buffer_free(&conn->in);
        zk_buffer_free(&conn->out);
        zk_free(conn);
    }
    for (size_t i = 0; i < net->spares_count; i++)
        zk_buffer_free(&net->spares[i]);
    zk_free(net->slots);
    zk_free(net->free_slots);
    zk_free(net->dirty.items);
    zk_free(net->ready.items);
    zk_free(net->gone.items);
    zk_free(net->input);
    zk_map_str_free(&net->by_address);
    zk_guest_free_all(net);
    return APR_SUCCESS;
}

apr_status_t zk_net_create(zk_net_t **net, const zk_net_options_t *options,
                           const zk_net_handlers_t *handlers, apr_pool_t *pool, zk_note_t *note)
{
    zk_net_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv;

    ZK_ASSERT(options->frame_bytes_max > 0);
    ZK_ASSERT(handlers->opened != NULL && handlers->frame != NULL);
    ZK_ASSERT(handlers->word != NULL && handlers->gone != NULL);
    rv = apr_pool_create_ex(&made->pool, pool, zk_pool_abort, NULL);
    if (rv == APR_SUCCESS)
        rv = apr_pool_create_ex(&made->accept_scratch, made->pool, zk_pool_abort, NULL);
    if (rv == APR_SUCCESS)
        rv = apr_pollset_create(&made->pollset, ZK_NET_POLL_MAX, made->pool,
                                APR_POLLSET_WAKEABLE | APR_POLLSET_NOCOPY);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot create a pollset");
    made->options = *options;
    made->handlers = *handlers;
    made->by_address = ZK_MAP_STR_INIT;
    made->input = zk_malloc(ZK_NET_READ_BYTES);
    made->now_ms = plat_monotonic_ms();
    apr_pool_cleanup_register(made->pool, made, destroy, apr_pool_cleanup_null);
    *net = made;
    return APR_SUCCESS;
}

void zk_net_wake(zk_net_t *net)
{
    if (apr_atomic_cas32(&net->woken, 1, 0) == 0)
        (void)apr_pollset_wakeup(net->pollset);
}

/* ---- one pass ---- */

static void tell_gone(zk_net_t *net)
{
    /* A handler may close other connections, never add to this list. */
    for (size_t i = 0; i < net->gone.count; i++) {
        zk_conn_t *conn = zk_conn_find(net, net->gone.items[i]);

        if (conn == NULL || conn->told)
            continue;
        ZK_ASSERT(conn->state == ZK_CONN_BROKEN || conn->state == ZK_CONN_LINGER);
        conn->told = true;
        net->handlers.gone(net->handlers.baton, net->gone.items[i], conn->why);
        if (conn->state == ZK_CONN_BROKEN)
            zk_conn_release(net, conn);
    }
    net->gone.count = 0;
}

static void deliver_ready(zk_net_t *net)
{
    size_t count = net->ready.count;

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        zk_conn_t *conn = zk_conn_find(net, net->ready.items[i]);

        if (conn == NULL)
            continue;
        conn->in_ready = false;
        if (conn->state == ZK_CONN_OPEN)
            zk_conn_deliver_waiting(net, conn);
    }
    /* What handlers made ready meanwhile is for the next pass. */
    memmove(net->ready.items, net->ready.items + count,
            (net->ready.count - count) * sizeof(*net->ready.items));
    net->ready.count -= count;
}

void zk_net_flush(zk_net_t *net)
{
    for (size_t i = 0; i < net->dirty.count; i++) {
        zk_conn_t *conn = zk_conn_find(net, net->dirty.items[i]);

        if (conn == NULL)
            continue;
        conn->in_dirty = false;
        if (!conn->blocked)
            zk_conn_flush(net, conn);
    }
    net->dirty.count = 0;
}

/* Carry out what is due; returns ms until the next is, -1: nothing waits. */
static int64_t run_timers(zk_net_t *net)
{
    const zk_conn_timers_t *lists[] = {&net->sessionless, &net->lingering, &net->closing};
    int64_t wait_ms;
    zk_conn_t *conn;

    while ((conn = net->sessionless.first) != NULL && conn->deadline_ms <= net->now_ms) {
        net->sessionless_expired++;
        zk_conn_drop(net, conn, ZK_NET_GONE_IDLE);
    }
    while ((conn = net->lingering.first) != NULL && conn->deadline_ms <= net->now_ms)
        zk_conn_end_linger(net, conn);
    while ((conn = net->closing.first) != NULL && conn->deadline_ms <= net->now_ms)
        zk_conn_drop(net, conn, ZK_NET_GONE_OURS);
    wait_ms = zk_listener_wake_rested(net);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        conn = lists[i]->first;
        if (conn != NULL && (wait_ms < 0 || conn->deadline_ms - net->now_ms < wait_ms))
            wait_ms = conn->deadline_ms - net->now_ms;
    }
    return wait_ms;
}

static void hand_out(zk_net_t *net, const apr_pollfd_t *found, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        zk_net_kind_t kind = *(const zk_net_kind_t *)found[i].client_data;

        if (kind == ZK_NET_KIND_LISTENER) {
            zk_listener_t *listener = found[i].client_data;
            if (listener->registered)
                zk_listener_accept(net, listener);
            continue;
        }
        if (kind == ZK_NET_KIND_GUEST) {
            zk_guest_event(found[i].client_data, found[i].rtnevents);
            continue;
        }
        ZK_ASSERT(kind == ZK_NET_KIND_CONN);
        zk_conn_event(net, found[i].client_data, found[i].rtnevents);
    }
}

apr_status_t zk_net_pass(zk_net_t *net, int32_t timeout_ms)
{
    const apr_pollfd_t *found = NULL;
    apr_int32_t count = 0;
    int64_t wait_ms;
    int64_t due_ms;
    apr_status_t rv;

    ZK_ASSERT(!net->in_pass);
    net->in_pass = true;
    net->now_ms = plat_monotonic_ms();
    zk_net_flush(net);
    tell_gone(net);
    due_ms = run_timers(net);
    wait_ms = timeout_ms;
    if (due_ms >= 0 && (wait_ms < 0 || due_ms < wait_ms))
        wait_ms = due_ms;
    if (net->ready.count > 0 || net->gone.count > 0 || net->dirty.count > 0)
        wait_ms = 0;
    rv = apr_pollset_poll(net->pollset, wait_ms < 0 ? -1 : wait_ms * 1000, &count, &found);
    apr_atomic_xchg32(&net->woken, 0);
    net->now_ms = plat_monotonic_ms();
    if (rv != APR_SUCCESS) {
        count = 0;
        if (APR_STATUS_IS_EINTR(rv) || APR_STATUS_IS_TIMEUP(rv))
            rv = APR_SUCCESS;
    }
    if (net->woke != NULL)
        net->woke(net->handlers.baton);
    deliver_ready(net);
    hand_out(net, found, count);
    zk_guest_bury(net);
    zk_net_flush(net);
    tell_gone(net);
    net->in_pass = false;
    return rv;
}

/* ---- figures ---- */

int32_t zk_net_count(const zk_net_t *net)
{
    return net->count;
}

int64_t zk_net_bytes_received(const zk_net_t *net)
{
    return net->bytes_received;
}

int64_t zk_net_rejected(const zk_net_t *net)
{
    return net->rejected;
}

int64_t zk_net_sessionless_expired(const zk_net_t *net)
{
    return net->sessionless_expired;
}

int64_t zk_net_dropped(const zk_net_t *net)
{
    return net->dropped;
}

void zk_net_set_woke(zk_net_t *net, void (*woke)(void *baton))
{
    net->woke = woke;
}

bool zk_net_is_idle(const zk_net_t *net)
{
    for (uint32_t i = 0; i < net->slots_used; i++) {
        const zk_conn_t *conn = net->slots[i];

        if (conn->state == ZK_CONN_CLOSING || conn->state == ZK_CONN_LINGER)
            return false;
        if (conn->state == ZK_CONN_OPEN && zk_buffer_size(&conn->out) > 0)
            return false;
    }
    return true;
}
