/* test_expiry.c -- sessions end at the end of a tick, once. */
#include "lib/zk_test.h"

#include "base/random.h"
#include "session/session.h"

static zk_session_table_t *table;
static int64_t expired_ids[1000];
static int expired_count;

static void setup(void)
{
    table = zk_session_table_create(2000);
    expired_count = 0;
}

static void teardown(void)
{
    char text[200];

    CU_ASSERT_PTR_NULL(zk_session_check(table, text, sizeof(text)));
    zk_session_table_destroy(table);
}

static void note(void *baton, zk_session_t *session)
{
    (void)baton;
    expired_ids[expired_count++] = session->id;
}

static int32_t expire(int64_t mono_ms)
{
    return zk_session_expire(table, mono_ms, note, NULL);
}

static void a_session_lives_for_its_timeout_and_at_most_a_tick_more(void)
{
    zk_session_touch(table, zk_session_add(table, 1, 4000), 10100);
    CU_ASSERT_EQUAL(expire(14100), 0);
    CU_ASSERT_EQUAL(expire(15999), 0);
    CU_ASSERT_EQUAL(expire(16000), 1);
    CU_ASSERT_EQUAL(expired_ids[0], 1);
}

static void a_timeout_that_ends_on_a_tick_gets_the_next_one(void)
{
    zk_session_touch(table, zk_session_add(table, 1, 4000), 10000);
    CU_ASSERT_EQUAL(expire(14000), 0);
    CU_ASSERT_EQUAL(expire(16000), 1);
}

static void a_session_expires_once(void)
{
    zk_session_touch(table, zk_session_add(table, 1, 4000), 0);
    CU_ASSERT_EQUAL(expire(100000), 1);
    CU_ASSERT_EQUAL(expire(200000), 0);
    CU_ASSERT_PTR_NOT_NULL(zk_session_find(table, 1)); /* the table keeps it until it is closed */
}

static void touching_puts_the_end_off(void)
{
    zk_session_t *session = zk_session_add(table, 1, 4000);

    zk_session_touch(table, session, 0);
    zk_session_touch(table, session, 5000);
    CU_ASSERT_EQUAL(expire(6000), 0);
    CU_ASSERT_EQUAL(expire(10000), 1);
}

static void a_closing_session_is_touched_no_more(void)
{
    zk_session_t *session = zk_session_add(table, 1, 4000);

    zk_session_touch(table, session, 0);
    zk_session_set_closing(table, session);
    zk_session_touch(table, session, 100);
    CU_ASSERT_EQUAL(session->expires_mono_ms, 0);
    CU_ASSERT_EQUAL(expire(100000), 0);
}

static void a_shorter_timeout_of_a_new_connection_counts(void)
{
    zk_session_t *session = zk_session_add(table, 1, 20000);

    zk_session_touch(table, session, 0);
    session->touch_ms = 4000;
    zk_session_touch(table, session, 100);
    CU_ASSERT_EQUAL(expire(6000), 1);
}

static int64_t shown_times[8];
static uint32_t shown_counts[8];
static int shown;

static void show(void *baton, int64_t expires_mono_ms, const zk_session_t *const *sessions,
                 uint32_t count)
{
    (void)baton;
    (void)sessions;
    shown_times[shown] = expires_mono_ms;
    shown_counts[shown++] = count;
}

static void buckets_are_shown_earliest_first(void)
{
    shown = 0;
    zk_session_touch(table, zk_session_add(table, 1, 30000), 0);
    zk_session_touch(table, zk_session_add(table, 2, 4000), 0);
    zk_session_touch(table, zk_session_add(table, 3, 4000), 100);
    zk_session_visit_buckets(table, show, NULL);
    CU_ASSERT_EQUAL(shown, 2);
    CU_ASSERT_EQUAL(shown_times[0], 6000);
    CU_ASSERT_EQUAL(shown_counts[0], 2);
    CU_ASSERT_EQUAL(shown_times[1], 32000);
}

static void any_order_of_touches_expires_everyone_in_time(void)
{
    zk_random_t random;
    char text[200];
    int64_t now = 0;
    int64_t id;
    int i;

    zk_random_seed(&random, 11);
    for (id = 1; id <= 50; id++)
        zk_session_touch(
            table, zk_session_add(table, id, 1000 + (int32_t)zk_random_below(&random, 20000)), now);
    for (i = 0; i < 3000; i++) {
        int before = expired_count;

        now += (int64_t)zk_random_below(&random, 700);
        id = 1 + (int64_t)zk_random_below(&random, 50);
        if (zk_session_find(table, id) != NULL)
            zk_session_touch(table, zk_session_find(table, id), now);
        expire(now);
        for (; before < expired_count; before++)
            zk_session_remove(table, expired_ids[before]);
        CU_ASSERT_PTR_NULL_FATAL(zk_session_check(table, text, sizeof(text)));
    }
    expire(now + 100000);
    CU_ASSERT_EQUAL(expired_count, 50);
}

static const zk_test_t tests[] = {
    {"a session lives for its timeout and at most a tick more",
     a_session_lives_for_its_timeout_and_at_most_a_tick_more},
    {"a timeout that ends on a tick gets the next one",
     a_timeout_that_ends_on_a_tick_gets_the_next_one},
    {"a session expires once", a_session_expires_once},
    {"touching puts the end off", touching_puts_the_end_off},
    {"a closing session is touched no more", a_closing_session_is_touched_no_more},
    {"a shorter timeout of a new connection counts", a_shorter_timeout_of_a_new_connection_counts},
    {"buckets are shown earliest first", buckets_are_shown_earliest_first},
    {"any order of touches expires everyone in time",
     any_order_of_touches_expires_everyone_in_time},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_expiry, "session/expiry", tests, setup, teardown);
