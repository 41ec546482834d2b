/* test_session.c -- the table: who is in it, in which order, and what a snapshot shows of it. */
#include "lib/zk_test.h"

#include <string.h>

#include "session/session.h"

static zk_session_table_t *table;

static void setup(void)
{
    table = zk_session_table_create(2000);
}

static void teardown(void)
{
    char text[200];

    CU_ASSERT_PTR_NULL(zk_session_check(table, text, sizeof(text)));
    zk_session_table_destroy(table);
}

static void a_session_is_found_by_its_id_until_it_is_removed(void)
{
    zk_session_t *session = zk_session_add(table, 42, 6000);

    CU_ASSERT_PTR_EQUAL(zk_session_find(table, 42), session);
    CU_ASSERT_EQUAL(session->timeout_ms, 6000);
    zk_session_remove(table, 42);
    CU_ASSERT_PTR_NULL(zk_session_find(table, 42));
    CU_ASSERT_EQUAL(zk_session_count(table), 0);
}

static void adding_twice_finds_the_first(void)
{
    zk_session_t *session = zk_session_add(table, 42, 6000);

    CU_ASSERT_PTR_EQUAL(zk_session_add(table, 42, 8000), session);
    CU_ASSERT_EQUAL(zk_session_count(table), 1);
}

static void a_snapshot_shows_applied_sessions_in_order_of_creation(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_reader_t reader;

    zk_session_add(table, 9, 1000);
    zk_session_propose(table, 5, 2000);
    zk_session_add(table, 7, 3000);
    zk_session_table_encode(table, &bytes);
    reader = zk_reader(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes));
    CU_ASSERT_EQUAL(zk_read_int(&reader), 2);
    CU_ASSERT_EQUAL(zk_read_long(&reader), 9);
    CU_ASSERT_EQUAL(zk_read_int(&reader), 1000);
    CU_ASSERT_EQUAL(zk_read_long(&reader), 7);
    CU_ASSERT_EQUAL(zk_read_int(&reader), 3000);
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
    zk_buffer_free(&bytes);
}

static void a_proposed_session_becomes_applied_by_adding_it(void)
{
    zk_session_t *session = zk_session_propose(table, 5, 2000);

    CU_ASSERT_FALSE(session->applied);
    CU_ASSERT_PTR_EQUAL(zk_session_add(table, 5, 2000), session);
    CU_ASSERT_TRUE(session->applied);
}

static void clearing_leaves_nothing(void)
{
    int64_t id;

    for (id = 1; id <= 100; id++)
        zk_session_touch(table, zk_session_add(table, id, 4000), id * 100);
    zk_session_clear(table);
    CU_ASSERT_EQUAL(zk_session_count(table), 0);
}

static const zk_test_t tests[] = {{"a session is found by its id until it is removed",
                                   a_session_is_found_by_its_id_until_it_is_removed},
                                  {"adding twice finds the first", adding_twice_finds_the_first},
                                  {"a snapshot shows applied sessions in order of creation",
                                   a_snapshot_shows_applied_sessions_in_order_of_creation},
                                  {"a proposed session becomes applied by adding it",
                                   a_proposed_session_becomes_applied_by_adding_it},
                                  {"clearing leaves nothing", clearing_leaves_nothing},
                                  {NULL, NULL}};

ZK_TEST_SUITE(suite_session, "session/session", tests, setup, teardown);
