/* test_znode.c -- many znodes, long names, big data, reuse of slots. */
#include <string.h>

#include <apr_strings.h>

#include "tree/znode.h"
#include "tree_fixture.h"

static void a_znode_takes_104_bytes(void)
{
    CU_ASSERT_EQUAL(sizeof(zk_znode_t) + sizeof(zk_znode_link_t), 104);
}

static void fifty_thousand_znodes_are_found_each(void)
{
    char path[40];
    int missing = 0;
    int i;

    for (i = 0; i < 50000; i++) {
        snprintf(path, sizeof(path), i % 100 == 0 ? "/n%d" : "/n%d/m%d", i - i % 100, i);
        fixture_create(path, "v");
        zk_arena_reset(fixture_arena());
    }
    fixture_heard();
    for (i = 0; i < 50000; i++) {
        snprintf(path, sizeof(path), i % 100 == 0 ? "/n%d" : "/n%d/m%d", i - i % 100, i);
        missing += !fixture_exists(path);
        missing += fixture_exists("/nothing");
    }
    CU_ASSERT_EQUAL(missing, 0);
    CU_ASSERT_EQUAL(fixture_stat("/").num_children, 501);
    CU_ASSERT_PTR_NULL(fixture_check());
}

static void slots_are_used_again(void)
{
    uint32_t used;
    int i;

    fixture_create("/a", "v");
    used = fixture_tree()->slab.used;
    for (i = 0; i < 1000; i++) {
        fixture_delete("/a");
        fixture_create("/a", "v");
    }
    CU_ASSERT_EQUAL(fixture_tree()->slab.used, used);
}

static void names_of_every_length_come_back(void)
{
    static const size_t sizes[] = {1, 254, 255, 256, 100000};
    char *path = apr_pcalloc(zk_test_pool(), 100002);
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const zk_znode_t *znode;

        memset(path, 0, 100002);
        memset(path, 'n', sizes[i] + 1);
        path[0] = '/';
        CU_ASSERT_EQUAL(fixture_create(path, "some data"), ZK_CODE_OK);
        znode = zk_tree_find(fixture_tree(), zk_str(path));
        CU_ASSERT_PTR_NOT_NULL_FATAL(znode);
        CU_ASSERT_TRUE(zk_str_equal(zk_znode_name(znode), zk_str(path + 1)));
        CU_ASSERT_TRUE(fixture_data_is(path, "some data"));
        fixture_set(path, "some more data", 1);
        CU_ASSERT_TRUE(zk_str_equal(zk_znode_name(znode), zk_str(path + 1)));
        CU_ASSERT_TRUE(fixture_data_is(path, "some more data"));
    }
}

static void null_and_empty_data_stay_different(void)
{
    fixture_create("/null", NULL);
    fixture_create("/empty", "");
    CU_ASSERT_TRUE(fixture_data_is("/null", NULL));
    CU_ASSERT_TRUE(fixture_data_is("/empty", ""));
    fixture_set("/null", "", 1);
    fixture_set("/empty", NULL, 1);
    CU_ASSERT_TRUE(fixture_data_is("/null", ""));
    CU_ASSERT_TRUE(fixture_data_is("/empty", NULL));
    CU_ASSERT_EQUAL(fixture_stat("/empty").data_length, 0);
}

static void children_are_counted_through_any_order_of_deaths(void)
{
    static const char *const paths[] = {"/p/a", "/p/b", "/p/c", "/p/d"};
    int first;
    int i;

    fixture_create("/p", "");
    for (first = 0; first < 4; first++) {
        for (i = 0; i < 4; i++)
            fixture_create(paths[i], "");
        for (i = 0; i < 4; i++) {
            CU_ASSERT_EQUAL(fixture_stat("/p").num_children, 4 - i);
            fixture_delete(paths[(first + i) % 4]);
            CU_ASSERT_PTR_NULL(fixture_check());
        }
    }
    CU_ASSERT_EQUAL(fixture_stat("/p").num_children, 0);
    CU_ASSERT_EQUAL(fixture_stat("/p").cversion, 32);
}

static const zk_test_t tests[] = {
    {"a znode takes 104 bytes", a_znode_takes_104_bytes},
    {"fifty thousand znodes are found, each", fifty_thousand_znodes_are_found_each},
    {"slots are used again", slots_are_used_again},
    {"names of every length come back", names_of_every_length_come_back},
    {"null and empty data stay different", null_and_empty_data_stay_different},
    {"children are counted through any order of deaths",
     children_are_counted_through_any_order_of_deaths},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_znode, "tree/znode", tests, tree_setup, tree_teardown);
