/* queue.h -- the bounded meeting place of two threads: many may put, one takes.
 *
 * Items are pointers.  A full queue refuses, which is the back-pressure: the caller stops reading
 * its socket, or waits.  Wake-ups are coalesced: only the put that finds the taker asleep calls
 * `wake`, because some wake-up channels block their caller after tens of thousands of undrained
 * calls. */
#ifndef ZK_BASE_QUEUE_H
#define ZK_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/status.h"

typedef struct zk_queue zk_queue_t;

/* A queue of at most CAPACITY items in POOL.  WAKE(WAKE_BATON) is called, outside the lock and from
 * the putting thread, when an item arrives while the taker has declared itself asleep; NULL where
 * the taker blocks in zk_queue_take. */
apr_status_t zk_queue_create(zk_queue_t **queue, size_t capacity, void (*wake)(void *baton),
                             void *wake_baton, apr_pool_t *pool);

/* Put ITEM (not NULL), which then belongs to the taker.  ZK_E_FULL when there is no room,
 * ZK_E_CLOSED after zk_queue_close. */
apr_status_t zk_queue_put(zk_queue_t *queue, void *item);

/* As zk_queue_put, but waits for room.  Never to be called by the thread that takes. */
apr_status_t zk_queue_put_wait(zk_queue_t *queue, void *item);

/* Take up to MAX items into ITEMS without waiting; returns how many. */
size_t zk_queue_take_some(zk_queue_t *queue, void **items, size_t max);

/* As above, but when the queue is empty wait for an item or for zk_queue_close; 0 only once closed
 * and empty. */
size_t zk_queue_take_wait(zk_queue_t *queue, void **items, size_t max);

/* The taker is about to sleep in its own poll: declare it.  Returns false when items are waiting,
 * in which case it must not sleep.  Pairs with the wake function. */
bool zk_queue_sleep(zk_queue_t *queue);

/* Items waiting now (for statistics). */
size_t zk_queue_length(const zk_queue_t *queue);

/* No more puts; a waiting taker wakes. */
void zk_queue_close(zk_queue_t *queue);

#endif
