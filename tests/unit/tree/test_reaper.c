/* test_reaper.c -- which containers and TTL znodes are candidates. */
#include "tree/reaper.h"

#include <stdio.h>

#include "tree_fixture.h"

static void add_name(void *baton, const zk_znode_t *znode)
{
    zk_buffer_printf(baton, "%.*s ", (int)zk_znode_name(znode).length, zk_znode_name(znode).data);
}

/* Names of all candidates at NOW_MS, looked for MAX at a time. */
static const char *candidates(int64_t now_ms, int64_t never_used_ms, int32_t max)
{
    zk_reaper_limits_t limits = {never_used_ms};
    zk_buffer_t names = ZK_BUFFER_INIT;
    uint32_t cursor = 0;
    const char *text;

    do
        zk_reaper_candidates(fixture_tree(), &limits, now_ms, &cursor, max, add_name, &names);
    while (cursor != 0);
    text = zk_arena_copy(fixture_arena(), names.data, zk_buffer_size(&names));
    zk_buffer_free(&names);
    return text;
}

static void a_container_goes_after_its_last_child(void)
{
    fixture_create_container("/c");
    CU_ASSERT_STRING_EQUAL(candidates(999999, 0, 10), "");
    fixture_create("/c/x", "");
    CU_ASSERT_STRING_EQUAL(candidates(999999, 0, 10), "");
    fixture_delete("/c/x");
    CU_ASSERT_STRING_EQUAL(candidates(999999, 0, 10), "c ");
    fixture_delete("/c");
    CU_ASSERT_STRING_EQUAL(candidates(999999, 0, 10), "");
}

static void a_container_never_used_waits_for_its_limit(void)
{
    fixture_create_container("/c"); /* mtime 1001 */
    CU_ASSERT_STRING_EQUAL(candidates(1001 + 500, 500, 10), "");
    CU_ASSERT_STRING_EQUAL(candidates(1001 + 501, 500, 10), "c ");
}

static void a_ttl_znode_goes_when_it_was_not_written_for_its_ttl(void)
{
    fixture_create_ttl("/t", 100); /* mtime 1001 */
    CU_ASSERT_STRING_EQUAL(candidates(1101, 0, 10), "");
    CU_ASSERT_STRING_EQUAL(candidates(1102, 0, 10), "t ");
    fixture_set("/t", "again", 1); /* mtime 1002 */
    CU_ASSERT_STRING_EQUAL(candidates(1102, 0, 10), "");
    fixture_create("/t/x", "");
    CU_ASSERT_STRING_EQUAL(candidates(9999, 0, 10), "");
    fixture_delete("/t/x");
    CU_ASSERT_STRING_EQUAL(candidates(9999, 0, 10), "t ");
}

static void others_are_never_candidates(void)
{
    fixture_create("/p", "");
    fixture_create_ephemeral("/e");
    fixture_create_ttl("/longest", ZK_TTL_MAX_MS);
    CU_ASSERT_STRING_EQUAL(candidates(INT64_C(99999999), 1, 10), "");
}

static void a_round_goes_on_behind_its_cursor(void)
{
    zk_reaper_limits_t limits = {0};
    zk_buffer_t names = ZK_BUFFER_INIT;
    uint32_t cursor = 0;
    char path[20];
    int i;

    for (i = 0; i < 5; i++) {
        snprintf(path, sizeof(path), "/t%d", i);
        fixture_create_ttl(path, 1);
    }
    CU_ASSERT_STRING_EQUAL(candidates(9999, 0, 2), "t0 t1 t2 t3 t4 ");
    CU_ASSERT_EQUAL(
        zk_reaper_candidates(fixture_tree(), &limits, 9999, &cursor, 2, add_name, &names), 2);
    CU_ASSERT_NOT_EQUAL(cursor, 0);
    fixture_delete("/t0");
    fixture_delete("/t2");
    CU_ASSERT_EQUAL(
        zk_reaper_candidates(fixture_tree(), &limits, 9999, &cursor, 9, add_name, &names), 2);
    CU_ASSERT_EQUAL(cursor, 0);
    zk_buffer_append(&names, "", 1);
    CU_ASSERT_STRING_EQUAL((char *)names.data, "t0 t1 t3 t4 ");
    zk_buffer_free(&names);
}

static void one_call_looks_at_a_bounded_number(void)
{
    zk_reaper_limits_t limits = {0};
    zk_buffer_t names = ZK_BUFFER_INIT;
    uint32_t cursor = 0;
    char path[20];
    int i;

    for (i = 0; i < 3000; i++) {
        snprintf(path, sizeof(path), "/c%d", i);
        fixture_create_container(path); /* none is due */
    }
    CU_ASSERT_EQUAL(
        zk_reaper_candidates(fixture_tree(), &limits, 9999, &cursor, 1, add_name, &names), 0);
    CU_ASSERT_NOT_EQUAL(cursor, 0);
    CU_ASSERT_EQUAL(
        zk_reaper_candidates(fixture_tree(), &limits, 9999, &cursor, 1, add_name, &names), 0);
    CU_ASSERT_EQUAL(cursor, 0);
    zk_buffer_free(&names);
}

static const zk_test_t tests[] = {
    {"a container goes after its last child", a_container_goes_after_its_last_child},
    {"a container never used waits for its limit", a_container_never_used_waits_for_its_limit},
    {"a TTL znode goes when it was not written for its TTL",
     a_ttl_znode_goes_when_it_was_not_written_for_its_ttl},
    {"others are never candidates", others_are_never_candidates},
    {"a round goes on behind its cursor", a_round_goes_on_behind_its_cursor},
    {"one call looks at a bounded number", one_call_looks_at_a_bounded_number},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_reaper, "tree/reaper", tests, tree_setup, tree_teardown);
