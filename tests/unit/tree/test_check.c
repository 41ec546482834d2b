/* test_check.c -- the proof of the invariants notices what is broken. */
#include <stdio.h>
#include <string.h>

#include "tree/znode.h"
#include "tree_fixture.h"

static void plant(void)
{
    fixture_create("/a", "1");
    fixture_create("/a/b", "2");
    fixture_create("/a/c", "3");
    fixture_create_ephemeral("/e");
    fixture_create_container("/k");
    CU_ASSERT_PTR_NULL(fixture_check());
}

static zk_znode_t *find(const char *path)
{
    return zk_tree_find(fixture_tree(), zk_str(path));
}

static bool says(const char *words)
{
    const char *sentence = fixture_check();

    if (sentence == NULL || strstr(sentence, words) == NULL)
        printf("    said: %s\n", sentence == NULL ? "nothing" : sentence);
    return sentence != NULL && strstr(sentence, words) != NULL;
}

static void wrong_sums_are_noticed(void)
{
    zk_tree_t *tree = fixture_tree();

    plant();
    tree->digest++;
    CU_ASSERT_TRUE(says("digest is"));
    tree->digest--;
    tree->approximate_bytes++;
    CU_ASSERT_TRUE(says("approximate bytes"));
    tree->approximate_bytes--;
    tree->ephemerals_count++;
    CU_ASSERT_TRUE(says("ephemerals, counted"));
    tree->ephemerals_count--;
    tree->index.count++;
    CU_ASSERT_TRUE(says("in the index"));
    tree->index.count--;
}

static void a_changed_stat_is_noticed(void)
{
    plant();
    find("/a/b")->mzxid++;
    CU_ASSERT_TRUE(says("digest is"));
    find("/a/b")->mzxid--;
    find("/a/b")->digest_base++;
    CU_ASSERT_TRUE(says("digest base of '/a/b'"));
    find("/a/b")->digest_base--;
}

static void a_torn_list_of_children_is_noticed(void)
{
    zk_znode_t *first;
    uint32_t parent;

    plant();
    first = zk_znode_first_child(find("/a"));
    first->prev++;
    CU_ASSERT_TRUE(says("children and counts"));
    first->prev--;
    parent = first->parent;
    first->parent = zk_znode_slot(find("/e"));
    CU_ASSERT_TRUE(says("is torn"));
    first->parent = parent;
}

static void a_znode_missing_in_the_index_is_noticed(void)
{
    zk_znode_t *znode;
    uint32_t hash;

    plant();
    znode = find("/a/c");
    hash = zk_znode_link_at(fixture_tree(), zk_znode_slot(znode))->hash;
    zk_index_remove(fixture_tree(), znode);
    CU_ASSERT_TRUE(says("'/a/c' is not found"));
    zk_index_add(fixture_tree(), znode, hash);
}

static void owners_and_sets_that_disagree_are_noticed(void)
{
    zk_tree_t *tree = fixture_tree();
    zk_znode_t *container;

    plant();
    find("/e")->owner++;
    CU_ASSERT_TRUE(says("'/e' is not in its session's set"));
    find("/e")->owner--;
    container = find("/k");
    zk_map64_remove(&tree->reaped, zk_znode_slot(container));
    CU_ASSERT_TRUE(says("'/k' is not in the set"));
    zk_map64_set(&tree->reaped, zk_znode_slot(container), container);
    zk_map64_set(&tree->reaped, 999999, container);
    CU_ASSERT_TRUE(says("in the set"));
    zk_map64_remove(&tree->reaped, 999999);
}

static void a_miscounted_acl_is_noticed(void)
{
    zk_acl_list_t *list;

    fixture_create_full(ZK_OP_CREATE, "/a", "", fixture_acl(1, "ip", "1.1.1.1"), -1);
    fixture_create_full(ZK_OP_CREATE, "/b", "", fixture_acl(1, "ip", "1.1.1.1"), -1);
    list = zk_acl_at(zk_tree_acls(fixture_tree()), find("/a")->acl);
    list->references--;
    CU_ASSERT_TRUE(says("ACL lists are used"));
    list->references++;
}

static const zk_test_t tests[] = {
    {"wrong sums are noticed", wrong_sums_are_noticed},
    {"a changed stat is noticed", a_changed_stat_is_noticed},
    {"a torn list of children is noticed", a_torn_list_of_children_is_noticed},
    {"a znode missing in the index is noticed", a_znode_missing_in_the_index_is_noticed},
    {"owners and sets that disagree are noticed", owners_and_sets_that_disagree_are_noticed},
    {"a miscounted ACL is noticed", a_miscounted_acl_is_noticed},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_check, "tree/check", tests, tree_setup, tree_teardown);
