/* test_queue.c -- the bounded queue: order, refusal, sleeping and waking, closing; alone and with
 * threads. */
#include "base/queue.h"

#include <apr_atomic.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "lib/zk_test.h"

#define PUTTERS 3
#define ITEMS_PER_PUTTER 30000

static int items[16];
static uint32_t wakes;

static void count_wake(void *baton)
{
    apr_atomic_inc32(baton);
}

static zk_queue_t *create_queue(size_t capacity)
{
    zk_queue_t *queue = NULL;

    wakes = 0;
    CU_ASSERT_EQUAL_FATAL(zk_queue_create(&queue, capacity, count_wake, &wakes, zk_test_pool()),
                          APR_SUCCESS);
    return queue;
}

static void items_come_out_in_the_order_they_went_in(void)
{
    zk_queue_t *queue = create_queue(8);
    void *taken[8];
    int round;

    for (round = 0; round < 100; round++) { /* many laps around the ring */
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[0]), APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[1]), APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[2]), APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_queue_length(queue), 3);
        CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 2), 2);
        CU_ASSERT_PTR_EQUAL(taken[0], &items[0]);
        CU_ASSERT_PTR_EQUAL(taken[1], &items[1]);
        CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 8), 1);
        CU_ASSERT_PTR_EQUAL(taken[0], &items[2]);
        CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 8), 0);
    }
}

static void a_full_queue_refuses_at_exactly_its_capacity(void)
{
    static const size_t capacities[] = {1, 2, 3, 5, 16};
    size_t i;

    for (i = 0; i < 5; i++) {
        zk_queue_t *queue = create_queue(capacities[i]);
        void *taken[16];
        size_t n;

        for (n = 0; n < capacities[i]; n++)
            CU_ASSERT_EQUAL(zk_queue_put(queue, &items[n]), APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[0]), ZK_E_FULL);
        CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 1), 1);
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[0]), APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_queue_put(queue, &items[0]), ZK_E_FULL);
        CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 16), capacities[i]);
    }
}

static void only_the_put_that_finds_the_taker_asleep_wakes_it(void)
{
    zk_queue_t *queue = create_queue(8);
    void *taken[8];

    zk_queue_put(queue, &items[0]);
    CU_ASSERT_EQUAL(wakes, 0);
    CU_ASSERT_FALSE(zk_queue_sleep(queue)); /* an item waits */
    CU_ASSERT_EQUAL(zk_queue_take_some(queue, taken, 8), 1);
    CU_ASSERT_TRUE(zk_queue_sleep(queue));
    zk_queue_put(queue, &items[1]);
    zk_queue_put(queue, &items[2]);
    zk_queue_put(queue, &items[3]);
    CU_ASSERT_EQUAL(wakes, 1);
}

static void closing_refuses_puts_wakes_the_taker_and_leaves_the_items(void)
{
    zk_queue_t *queue = create_queue(8);
    void *taken[8];

    CU_ASSERT_TRUE(zk_queue_sleep(queue));
    zk_queue_close(queue);
    CU_ASSERT_EQUAL(wakes, 1);
    CU_ASSERT_FALSE(zk_queue_sleep(queue));
    CU_ASSERT_EQUAL(zk_queue_put(queue, &items[0]), ZK_E_CLOSED);
    CU_ASSERT_EQUAL(zk_queue_put_wait(queue, &items[0]), ZK_E_CLOSED);
    CU_ASSERT_EQUAL(zk_queue_take_wait(queue, taken, 8), 0);

    queue = create_queue(8);
    zk_queue_put(queue, &items[0]);
    zk_queue_close(queue);
    zk_queue_close(queue);
    CU_ASSERT_EQUAL(zk_queue_length(queue), 1);
    CU_ASSERT_EQUAL(zk_queue_take_wait(queue, taken, 8), 1);
    CU_ASSERT_EQUAL(zk_queue_take_wait(queue, taken, 8), 0);
}

/* ---- with threads ---- */

typedef struct putter {
    zk_queue_t *queue;
    uint32_t next[ITEMS_PER_PUTTER]; /* the items: numbers that must arrive in order */
    apr_status_t result;
} putter_t;

static void *APR_THREAD_FUNC put_all(apr_thread_t *thread, void *baton)
{
    putter_t *putter = baton;
    uint32_t i;

    (void)thread;
    for (i = 0; i < ITEMS_PER_PUTTER && putter->result == APR_SUCCESS; i++)
        putter->result = zk_queue_put_wait(putter->queue, &putter->next[i]);
    return NULL;
}

static putter_t putters[PUTTERS];

static void start_putters(zk_queue_t *queue, apr_thread_t **threads)
{
    size_t i;

    for (i = 0; i < PUTTERS; i++) {
        uint32_t n;

        putters[i].queue = queue;
        putters[i].result = APR_SUCCESS;
        for (n = 0; n < ITEMS_PER_PUTTER; n++)
            putters[i].next[n] = n;
        CU_ASSERT_EQUAL_FATAL(
            apr_thread_create(&threads[i], NULL, put_all, &putters[i], zk_test_pool()),
            APR_SUCCESS);
    }
}

static void join_all(apr_thread_t **threads, size_t count)
{
    apr_status_t result;
    size_t i;

    for (i = 0; i < count; i++)
        apr_thread_join(&result, threads[i]);
}

/* Which putter's array ITEM lies in. */
static size_t owner_of(const uint32_t *item)
{
    size_t i = 0;

    while (i < PUTTERS && !(item >= putters[i].next && item < putters[i].next + ITEMS_PER_PUTTER))
        i++;
    return i;
}

static void nothing_is_lost_or_reordered_between_threads(void)
{
    apr_thread_t *threads[PUTTERS];
    uint32_t expected[PUTTERS + 1] = {0};
    zk_queue_t *queue = NULL;
    void *taken[7];
    size_t total = 0;
    size_t wrong = 0;

    zk_queue_create(&queue, 13, NULL, NULL, zk_test_pool()); /* small: both sides must wait */
    start_putters(queue, threads);
    while (total < (size_t)PUTTERS * ITEMS_PER_PUTTER) {
        size_t n = zk_queue_take_wait(queue, taken, 7);
        size_t i;

        for (i = 0; i < n; i++) {
            const uint32_t *item = taken[i];
            size_t owner = owner_of(item);

            wrong += owner == PUTTERS || *item != expected[owner];
            expected[owner]++;
        }
        total += n;
    }
    join_all(threads, PUTTERS);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(zk_queue_length(queue), 0);
}

static void *APR_THREAD_FUNC close_soon(apr_thread_t *thread, void *baton)
{
    (void)thread;
    apr_sleep(20000);
    zk_queue_close(baton);
    return NULL;
}

static void closing_ends_the_wait_of_the_taker(void)
{
    zk_queue_t *queue = NULL;
    apr_thread_t *closer;
    void *taken[1];

    zk_queue_create(&queue, 4, NULL, NULL, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(apr_thread_create(&closer, NULL, close_soon, queue, zk_test_pool()),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_queue_take_wait(queue, taken, 1), 0);
    join_all(&closer, 1);
}

static void closing_ends_the_wait_of_the_putters(void)
{
    apr_thread_t *threads[PUTTERS];
    zk_queue_t *queue = NULL;
    void *taken[16];
    size_t total = 0;
    size_t n;
    size_t i;

    zk_queue_create(&queue, 16, NULL, NULL, zk_test_pool());
    start_putters(queue, threads);
    apr_sleep(5000); /* the queue is full by now, or will be: nobody takes */
    zk_queue_close(queue);
    join_all(threads, PUTTERS);
    for (i = 0; i < PUTTERS; i++)
        CU_ASSERT_EQUAL(putters[i].result, ZK_E_CLOSED);
    while ((n = zk_queue_take_wait(queue, taken, 16)) > 0)
        total += n;
    CU_ASSERT_TRUE(total <= 16);
}

static const zk_test_t tests[] = {
    {"items come out in the order they went in", items_come_out_in_the_order_they_went_in},
    {"a full queue refuses at exactly its capacity", a_full_queue_refuses_at_exactly_its_capacity},
    {"only the put that finds the taker asleep wakes it",
     only_the_put_that_finds_the_taker_asleep_wakes_it},
    {"closing refuses puts, wakes the taker and leaves the items",
     closing_refuses_puts_wakes_the_taker_and_leaves_the_items},
    {"nothing is lost or reordered between threads", nothing_is_lost_or_reordered_between_threads},
    {"closing ends the wait of the taker", closing_ends_the_wait_of_the_taker},
    {"closing ends the wait of the putters", closing_ends_the_wait_of_the_putters},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_queue, "base/queue", tests, NULL, NULL);
