/* queue.c -- a bounded ring that many threads fill and one empties, without a lock on the usual
 * path.
 *
 * A putter claims the next position by moving `tail` on, writes its item into that place of the
 * ring and then stamps the place with position + 1.  The taker reads places in order for as long as
 * their stamp is the one it expects, and moves `head` on once per batch; places before `head` may
 * be claimed again.  The mutex is touched only to sleep: by a taker without items, or by a putter
 * without room.
 *
 * Sleeping without a lost wake-up: a sleeper first raises its flag, then looks once more; a waker
 * first makes its change, then looks at the flag.  Whichever comes second sees the other.  All of
 * these go through APR's atomics, which order them.
 *
 * Invariants
 *   1. head <= tail <= head + capacity, as positions modulo 2^31.  Bit 31 of `tail` says closed, so
 * that closing and claiming exclude each other: a claim that succeeded is always taken.
 *   2. Only the taker writes `head`; a place is written only by the putter that claimed it.
 */
#include "base/queue.h"

#include <string.h>
#include <apr_atomic.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "base/sanitize.h"

#define POSITION_MASK 0x7fffffffu
#define CLOSED_BIT 0x80000000u
#define CAPACITY_MAX ((size_t)1 << 24)
#define CACHE_LINE 64

enum { AWAKE = 0, ASLEEP_IN_POLL = 1, ASLEEP_IN_TAKE = 2 };

typedef struct place {
    uint32_t stamp;
    void *item;
} place_t;

struct zk_queue {
    place_t *ring;
    uint32_t ring_mask;
    uint32_t capacity;
    void (*wake)(void *baton);
    void *wake_baton;
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *arrived; /* the taker waits here */
    apr_thread_cond_t *room;    /* putters wait here */
    char gap_tail[CACHE_LINE];
    uint32_t tail;
    char gap_head[CACHE_LINE];
    uint32_t head;
    char gap_sleepers[CACHE_LINE];
    uint32_t asleep;  /* of the taker: one of the words above */
    uint32_t waiting; /* putters that wait for room */
};

static apr_status_t destroy_queue(void *baton)
{
    zk_queue_t *queue = baton;

    zk_free(queue->ring);
    queue->ring = NULL;
    return APR_SUCCESS;
}

apr_status_t zk_queue_create(zk_queue_t **queue, size_t capacity, void (*wake)(void *baton),
                             void *wake_baton, apr_pool_t *pool)
{
    zk_queue_t *made = apr_pcalloc(pool, sizeof(*made));
    uint32_t places = 2;
    apr_status_t rv;

    ZK_ASSERT(capacity > 0 && capacity <= CAPACITY_MAX);
    while (places < capacity)
        places *= 2;
    made->ring_mask = places - 1;
    made->capacity = (uint32_t)capacity;
    made->wake = wake;
    made->wake_baton = wake_baton;
    rv = apr_thread_mutex_create(&made->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS)
        rv = apr_thread_cond_create(&made->arrived, pool);
    if (rv == APR_SUCCESS)
        rv = apr_thread_cond_create(&made->room, pool);
    if (rv != APR_SUCCESS)
        return rv;
    made->ring = zk_calloc(places, sizeof(*made->ring));
    apr_pool_cleanup_register(pool, made, destroy_queue, apr_pool_cleanup_null);
    *queue = made;
    return APR_SUCCESS;
}

/* An item or the close has become visible: end the taker's sleep, if it sleeps. */
static void wake_taker(zk_queue_t *queue)
{
    if (apr_atomic_read32(&queue->asleep) == AWAKE)
        return;
    switch (apr_atomic_xchg32(&queue->asleep, AWAKE)) {
    case ASLEEP_IN_POLL:
        if (queue->wake != NULL)
            queue->wake(queue->wake_baton);
        break;
    case ASLEEP_IN_TAKE:
        apr_thread_mutex_lock(queue->mutex);
        apr_thread_cond_signal(queue->arrived);
        apr_thread_mutex_unlock(queue->mutex);
        break;
    default: /* another putter was faster */
        break;
    }
}

/* Take the next position, or say why not. */
static apr_status_t claim(zk_queue_t *queue, uint32_t *position)
{
    uint32_t tail = apr_atomic_read32(&queue->tail);

    for (;;) {
        uint32_t next = (tail + 1) & POSITION_MASK;
        uint32_t seen;

        if ((tail & CLOSED_BIT) != 0)
            return ZK_E_CLOSED;
        if (((tail - apr_atomic_read32(&queue->head)) & POSITION_MASK) >= queue->capacity) {
            seen = apr_atomic_read32(&queue->tail);
            if (seen == tail)
                return ZK_E_FULL;
            tail = seen; /* old news: head had passed it */
            continue;
        }
        seen = apr_atomic_cas32(&queue->tail, next, tail);
        if (seen == tail) {
            *position = tail;
            return APR_SUCCESS;
        }
        tail = seen;
    }
}

apr_status_t zk_queue_put(zk_queue_t *queue, void *item)
{
    uint32_t position;
    place_t *place;
    apr_status_t rv;

    ZK_ASSERT(item != NULL);
    rv = claim(queue, &position);
    if (rv != APR_SUCCESS)
        return rv;
    ZK_ORDER_ACQUIRE(&queue->head);
    place = &queue->ring[position & queue->ring_mask];
    place->item = item;
    ZK_ORDER_RELEASE(&place->stamp);
    apr_atomic_xchg32(&place->stamp, position + 1); /* before the look at `asleep` */
    wake_taker(queue);
    return APR_SUCCESS;
}

static bool is_full(zk_queue_t *queue)
{
    uint32_t tail = apr_atomic_read32(&queue->tail);
    uint32_t used = (tail - apr_atomic_read32(&queue->head)) & POSITION_MASK;

    return (tail & CLOSED_BIT) == 0 && used >= queue->capacity;
}

apr_status_t zk_queue_put_wait(zk_queue_t *queue, void *item)
{
    apr_status_t rv;

    while ((rv = zk_queue_put(queue, item)) == ZK_E_FULL) {
        apr_thread_mutex_lock(queue->mutex);
        apr_atomic_inc32(&queue->waiting); /* before the second look at the room */
        if (is_full(queue))
            apr_thread_cond_wait(queue->room, queue->mutex);
        apr_atomic_dec32(&queue->waiting);
        apr_thread_mutex_unlock(queue->mutex);
    }
    return rv;
}

static void wake_putters(zk_queue_t *queue)
{
    if (apr_atomic_read32(&queue->waiting) == 0)
        return;
    apr_thread_mutex_lock(queue->mutex);
    apr_thread_cond_broadcast(queue->room);
    apr_thread_mutex_unlock(queue->mutex);
}

size_t zk_queue_take_some(zk_queue_t *queue, void **items, size_t max)
{
    uint32_t head = apr_atomic_read32(&queue->head);
    size_t taken = 0;

    while (taken < max) {
        place_t *place = &queue->ring[head & queue->ring_mask];

        if (apr_atomic_read32(&place->stamp) != head + 1)
            break;
        ZK_ORDER_ACQUIRE(&place->stamp);
        items[taken++] = place->item;
        head = (head + 1) & POSITION_MASK;
    }
    if (taken > 0) {
        ZK_ORDER_RELEASE(&queue->head);
        apr_atomic_xchg32(&queue->head, head); /* before the look at `waiting` */
        wake_putters(queue);
    }
    return taken;
}

static bool has_item(zk_queue_t *queue)
{
    uint32_t head = apr_atomic_read32(&queue->head);

    return apr_atomic_read32(&queue->ring[head & queue->ring_mask].stamp) == head + 1;
}

/* Closed, and every claimed position was taken. */
static bool is_finished(zk_queue_t *queue)
{
    uint32_t tail = apr_atomic_read32(&queue->tail);

    return tail == (apr_atomic_read32(&queue->head) | CLOSED_BIT);
}

size_t zk_queue_take_wait(zk_queue_t *queue, void **items, size_t max)
{
    ZK_ASSERT(max > 0);
    for (;;) {
        size_t taken = zk_queue_take_some(queue, items, max);

        if (taken > 0)
            return taken;
        if (is_finished(queue))
            return 0;
        if ((apr_atomic_read32(&queue->tail) & CLOSED_BIT) != 0) {
            apr_thread_yield(); /* a putter is between its claim and its stamp */
            continue;
        }
        apr_thread_mutex_lock(queue->mutex);
        apr_atomic_xchg32(&queue->asleep, ASLEEP_IN_TAKE);
        if (has_item(queue) || (apr_atomic_read32(&queue->tail) & CLOSED_BIT) != 0)
            apr_atomic_xchg32(&queue->asleep, AWAKE);
        while (apr_atomic_read32(&queue->asleep) != AWAKE)
            apr_thread_cond_wait(queue->arrived, queue->mutex);
        apr_thread_mutex_unlock(queue->mutex);
    }
}

bool zk_queue_sleep(zk_queue_t *queue)
{
    apr_atomic_xchg32(&queue->asleep, ASLEEP_IN_POLL);
    if (!has_item(queue) && (apr_atomic_read32(&queue->tail) & CLOSED_BIT) == 0)
        return true;
    apr_atomic_xchg32(&queue->asleep, AWAKE);
    return false;
}

size_t zk_queue_length(const zk_queue_t *queue)
{
    /* APR's reads take a pointer to what may change, though they change nothing. */
    zk_queue_t *self = (zk_queue_t *)(uintptr_t)queue;
    uint32_t head = apr_atomic_read32(&self->head);
    uint32_t tail = apr_atomic_read32(&self->tail);

    return (tail - head) & POSITION_MASK;
}

void zk_queue_close(zk_queue_t *queue)
{
    uint32_t tail = apr_atomic_read32(&queue->tail);

    for (;;) {
        uint32_t seen;

        if ((tail & CLOSED_BIT) != 0)
            return;
        seen = apr_atomic_cas32(&queue->tail, tail | CLOSED_BIT, tail);
        if (seen == tail)
            break;
        tail = seen;
    }
    wake_taker(queue);
    apr_thread_mutex_lock(queue->mutex);
    apr_thread_cond_broadcast(queue->room);
    apr_thread_mutex_unlock(queue->mutex);
}
