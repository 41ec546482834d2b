/* test_walk.c -- a walk shows the state at its start, whatever happens while it goes on. */
#include "tree/walk.h"

#include <stdio.h>
#include <string.h>

#include "tree_fixture.h"

/* Take the rest of WALK, load it, and compare with what EXPECTED says the tree was. */
static void finish_and_compare(zk_walk_t *walk, zk_buffer_t *bytes, const zk_buffer_t *expected)
{
    zk_buffer_t got = ZK_BUFFER_INIT;
    uint64_t digest = zk_walk_digest(walk);
    int64_t zxid = zk_walk_zxid(walk);
    zk_tree_t *loaded;

    while (zk_walk_step(walk, bytes, 300, 3))
        ;
    zk_walk_end(walk);
    loaded = fixture_load(bytes->data, zk_buffer_size(bytes), zxid);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded);
    fixture_print(loaded, &got);
    CU_ASSERT_EQUAL(zk_buffer_size(&got), zk_buffer_size(expected));
    CU_ASSERT_TRUE(zk_buffer_size(&got) == zk_buffer_size(expected) &&
                   memcmp(got.data, expected->data, zk_buffer_size(&got)) == 0);
    CU_ASSERT_EQUAL(zk_tree_digest(loaded), digest);
    zk_tree_destroy(loaded);
    zk_buffer_free(&got);
}

static void plant(void)
{
    fixture_create("/a", "1");
    fixture_create("/a/b", "2");
    fixture_create_full(ZK_OP_CREATE, "/a/b/c", "3", fixture_acl(1, "ip", "1.1.1.1"), -1);
    fixture_create_ephemeral("/a/e");
    fixture_create_container("/c");
    fixture_create("/n", NULL);
}

static void a_quiet_tree_comes_back_the_same(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_tree_t *loaded;
    size_t step;

    plant();
    for (step = 1; step < 12; step++) {
        zk_buffer_clear(&bytes);
        fixture_walk(fixture_tree(), &bytes, step);
        loaded = fixture_load(bytes.data, zk_buffer_size(&bytes), fixture_zxid());
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded);
        CU_ASSERT_TRUE(fixture_same(fixture_tree(), loaded));
        CU_ASSERT_EQUAL(zk_tree_ephemerals_count(loaded), 1);
        zk_tree_destroy(loaded);
    }
    zk_buffer_free(&bytes);
}

/* Begin a walk, take STEPS znodes, run CHANGE, finish and compare with the state before. */
static void walk_around(size_t steps, void (*change)(void))
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_buffer_t expected = ZK_BUFFER_INIT;
    zk_walk_t *walk;

    plant();
    fixture_print(fixture_tree(), &expected);
    walk = zk_walk_begin(fixture_tree());
    zk_walk_step(walk, &bytes, 100000, steps);
    change();
    CU_ASSERT_PTR_NULL(fixture_check());
    finish_and_compare(walk, &bytes, &expected);
    CU_ASSERT_PTR_NULL(fixture_check());
    zk_buffer_free(&bytes);
    zk_buffer_free(&expected);
}

static void around_every_step(void (*change)(void))
{
    size_t steps;

    for (steps = 1; steps < 12; steps++) {
        walk_around(steps, change);
        tree_teardown();
        tree_setup();
    }
}

static void set_all(void)
{
    fixture_set("/a", "changed", 1);
    fixture_set("/a/b", NULL, 1);
    fixture_set("/a/b/c", "changed", 1);
    fixture_set("/a/b", "changed twice", 2);
    fixture_set("/n", "no more null", 1);
}

static void delete_all(void)
{
    fixture_delete("/a/b/c");
    fixture_delete("/a/b");
    fixture_close_session(NULL);
    fixture_delete("/a");
    fixture_delete("/n");
    fixture_delete("/c");
}

static void change_then_delete(void)
{
    set_all();
    delete_all();
}

static void delete_and_create_again(void)
{
    delete_all();
    plant();
    fixture_create("/a/b/c/d", "deeper");
}

static void only_create(void)
{
    fixture_create("/0", "new");
    fixture_create("/0/1", "new");
    fixture_create("/a/0", "new");
    fixture_create("/a/b/c/d", "new");
    fixture_create("/a/b/c/d/e", "new");
    fixture_create_full(ZK_OP_CREATE, "/z", "new", fixture_acl(7, "ip", "9.9.9.9"), -1);
}

static void change_lists(void)
{
    fixture_set_acl("/a", fixture_acl(7, "ip", "9.9.9.9"), 1);
    fixture_set_acl("/a/b/c", fixture_acl(7, "ip", "8.8.8.8"), 1); /* the old list is unused now */
    fixture_create_full(ZK_OP_CREATE, "/z", "new", fixture_acl(1, "ip", "1.1.1.1"), -1);
    fixture_set_acl("/n", fixture_acl(1, "ip", "1.1.1.1"), 1);
}

static void changes_ahead_of_the_walk_are_not_in_it(void)
{
    around_every_step(set_all);
}

static void deletions_ahead_of_the_walk_are_not_in_it(void)
{
    around_every_step(delete_all);
}

static void a_change_and_then_a_deletion_are_not_in_it(void)
{
    around_every_step(change_then_delete);
}

static void znodes_born_again_are_the_old_ones_in_it(void)
{
    around_every_step(delete_and_create_again);
}

static void births_are_not_in_it(void)
{
    around_every_step(only_create);
}

static void acl_lists_are_those_of_the_start(void)
{
    around_every_step(change_lists);
}

static void quota_usage_is_that_of_the_start(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_tree_t *loaded;
    zk_walk_t *walk;

    fixture_create("/a", "12");
    fixture_create("/zookeeper/quota/a", NULL);
    fixture_create("/zookeeper/quota/a/zookeeper_stats", "");
    walk = zk_walk_begin(fixture_tree());
    fixture_create("/zookeeper/quota/a/zookeeper_limits", "count=1,bytes=1");
    fixture_create("/a/b", "3");
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/quota/a/zookeeper_stats", "count=2,bytes=3"));
    while (zk_walk_step(walk, &bytes, 1000, 10))
        ;
    zk_walk_end(walk);
    loaded = fixture_load(bytes.data, zk_buffer_size(&bytes), 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded);
    CU_ASSERT_TRUE(zk_str_equal_c(
        zk_znode_data(zk_tree_find(loaded, zk_str("/zookeeper/quota/a/zookeeper_stats"))),
        "count=1,bytes=2"));
    zk_tree_destroy(loaded);
    zk_buffer_free(&bytes);
}

/* What a learner gets from the wire may be anything: it loads to a sound tree or not at all. */
static void damaged_bytes_never_make_an_unsound_tree(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_buffer_t damaged = ZK_BUFFER_INIT;
    zk_random_t random;
    int loaded = 0;
    int i;

    plant();
    fixture_walk(fixture_tree(), &bytes, 10);
    zk_random_seed(&random, 5);
    for (i = 0; i < 3000; i++) {
        size_t size = zk_buffer_size(&bytes);
        zk_tree_t *tree;
        char text[200];
        int flips = 1 + (int)zk_random_below(&random, 4);

        zk_buffer_clear(&damaged);
        zk_buffer_append(&damaged, bytes.data, size);
        while (flips-- > 0)
            damaged.data[zk_random_below(&random, size)] = (uint8_t)zk_random_next(&random);
        tree =
            fixture_load(damaged.data, size - (i % 3 == 0 ? zk_random_below(&random, size) : 0), 1);
        if (tree == NULL)
            continue;
        loaded++;
        CU_ASSERT_PTR_NULL(zk_tree_check(tree, text, sizeof(text)));
        zk_tree_destroy(tree);
    }
    CU_ASSERT_TRUE(loaded > 100 && loaded < 3000);
    zk_buffer_free(&bytes);
    zk_buffer_free(&damaged);
}

static void each_of_several_walks_shows_its_own_start(void)
{
    static void (*const changes[])(void) = {set_all, only_create, delete_all};
    zk_buffer_t bytes[3] = {ZK_BUFFER_INIT, ZK_BUFFER_INIT, ZK_BUFFER_INIT};
    zk_buffer_t expected[3] = {ZK_BUFFER_INIT, ZK_BUFFER_INIT, ZK_BUFFER_INIT};
    zk_walk_t *walks[3];
    size_t i;

    plant();
    for (i = 0; i < 3; i++) {
        fixture_print(fixture_tree(), &expected[i]);
        walks[i] = zk_walk_begin(fixture_tree());
        zk_walk_step(walks[i], &bytes[i], 100000, 2 * i + 1);
        changes[i]();
    }
    CU_ASSERT_PTR_NULL(fixture_check());
    finish_and_compare(walks[1], &bytes[1], &expected[1]);
    finish_and_compare(walks[0], &bytes[0], &expected[0]);
    finish_and_compare(walks[2], &bytes[2], &expected[2]);
    CU_ASSERT_PTR_NULL(fixture_check());
    for (i = 0; i < 3; i++) {
        zk_buffer_free(&bytes[i]);
        zk_buffer_free(&expected[i]);
    }
}

static void an_abandoned_walk_leaves_nothing_behind(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_walk_t *walk;

    plant();
    walk = zk_walk_begin(fixture_tree());
    zk_walk_step(walk, &bytes, 1000, 3);
    change_then_delete();
    change_lists();
    zk_walk_end(walk);
    CU_ASSERT_PTR_NULL(fixture_check());
    fixture_delete("/z");
    CU_ASSERT_EQUAL(zk_acl_table_count(zk_tree_acls(fixture_tree())), 1);
    zk_buffer_free(&bytes);
}

static void a_step_is_bounded(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_walk_t *walk;
    char path[20];
    int births;
    int steps = 0;

    for (births = 0; births < 1000; births++) {
        snprintf(path, sizeof(path), "/%d", births);
        fixture_create(path, "0123456789");
    }
    walk = zk_walk_begin(fixture_tree());
    zk_walk_step(walk, &bytes, 1000000, 10);
    CU_ASSERT_TRUE(zk_buffer_size(&bytes) < 10 * 150);
    for (births = 0; births < 5000; births++) {
        snprintf(path, sizeof(path), "/0/%d", births); /* in the way of the walk, to be skipped */
        fixture_create(path, "x");
        zk_arena_reset(fixture_arena());
    }
    fixture_heard();
    zk_buffer_clear(&bytes);
    while (zk_walk_step(walk, &bytes, 500, 1000000)) {
        CU_ASSERT_TRUE(zk_buffer_size(&bytes) < 500 + 150);
        zk_buffer_clear(&bytes);
        steps++;
    }
    CU_ASSERT_TRUE(steps > 100);
    zk_walk_end(walk);
    zk_buffer_free(&bytes);
}

static const zk_test_t tests[] = {
    {"a quiet tree comes back the same", a_quiet_tree_comes_back_the_same},
    {"changes ahead of the walk are not in it", changes_ahead_of_the_walk_are_not_in_it},
    {"deletions ahead of the walk are not in it", deletions_ahead_of_the_walk_are_not_in_it},
    {"a change and then a deletion are not in it", a_change_and_then_a_deletion_are_not_in_it},
    {"znodes born again are the old ones in it", znodes_born_again_are_the_old_ones_in_it},
    {"births are not in it", births_are_not_in_it},
    {"ACL lists are those of the start", acl_lists_are_those_of_the_start},
    {"quota usage is that of the start", quota_usage_is_that_of_the_start},
    {"damaged bytes never make an unsound tree", damaged_bytes_never_make_an_unsound_tree},
    {"each of several walks shows its own start", each_of_several_walks_shows_its_own_start},
    {"an abandoned walk leaves nothing behind", an_abandoned_walk_leaves_nothing_behind},
    {"a step is bounded", a_step_is_bounded},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_walk, "tree/walk", tests, tree_setup, tree_teardown);
