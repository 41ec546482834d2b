/* test_pending.c -- the overlay says what will be, and forgets what came to nothing. */
#include "lib/zk_test.h"

#include "base/arena.h"
#include "pipeline/pending.h"
#include "tree/digest.h"

static zk_tree_t *tree;
static zk_pending_t pending;
static zk_arena_t *arena;
static zk_acl_vector_t open_acl;
static zk_acl_t open_entry;

static void setup(void)
{
    static const zk_tree_options_t options = {.emulate_353_ttl = false, .hash_seed = 1};

    tree = zk_tree_create(&options);
    arena = zk_arena_create();
    zk_pending_init(&pending, tree, true);
    open_entry = (zk_acl_t){31, {zk_str("world"), zk_str("anyone")}};
    open_acl = (zk_acl_vector_t){1, &open_entry};
}

static void teardown(void)
{
    char text[200];

    CU_ASSERT_PTR_NULL(zk_pending_check(&pending, text, sizeof(text)));
    zk_pending_free(&pending);
    CU_ASSERT_PTR_NULL(zk_tree_check(tree, text, sizeof(text)));
    zk_tree_destroy(tree);
    zk_arena_destroy(arena);
}

static void create(int64_t zxid, const char *path, int64_t owner)
{
    zk_prospect_t parent;

    zk_pending_begin(&pending, zxid, 100);
    zk_pending_look(&pending, zk_str("/"), &parent);
    zk_pending_create(&pending, zk_str(path), zk_str("d"), &open_acl, owner,
                      parent.stat.cversion + 1);
    zk_pending_keep(&pending);
}

static void apply_create(int64_t zxid, const char *path, int64_t owner, int32_t cversion)
{
    zk_txn_decoded_t txn;

    memset(&txn, 0, sizeof(txn));
    txn.header.type = 1;
    txn.header.zxid = zxid;
    txn.header.time = 100;
    txn.header.client_id = owner;
    txn.body.create.path = zk_str(path);
    txn.body.create.data = zk_str("d");
    txn.body.create.acl = open_acl;
    txn.body.create.ephemeral = owner != 0;
    txn.body.create.parent_cversion = cversion;
    CU_ASSERT_EQUAL(zk_tree_apply(tree, &txn, arena), ZK_CODE_OK);
    zk_pending_applied(&pending, zxid);
}

static void an_untouched_path_is_as_in_the_tree(void)
{
    zk_prospect_t prospect;

    CU_ASSERT_TRUE(zk_pending_look(&pending, zk_str("/zookeeper"), &prospect));
    CU_ASSERT_EQUAL(prospect.num_children, 2);
    CU_ASSERT_FALSE(zk_pending_look(&pending, zk_str("/none"), &prospect));
}

static void both_names_of_the_root_see_the_same_change(void)
{
    zk_prospect_t prospect;

    create(1, "/a", 0);
    CU_ASSERT_TRUE(zk_pending_look(&pending, zk_str("/"), &prospect));
    CU_ASSERT_EQUAL(prospect.num_children, 2);
    CU_ASSERT_EQUAL(prospect.stat.pzxid, 1);
    CU_ASSERT_TRUE(zk_pending_look(&pending, zk_str(""), &prospect));
    CU_ASSERT_EQUAL(prospect.num_children, 2);
    apply_create(1, "/a", 0, 1);
}

static void the_digest_foreseen_is_the_digest_after_applying(void)
{
    uint64_t foreseen;

    create(1, "/a", 0);
    foreseen = pending.digest;
    CU_ASSERT_NOT_EQUAL(foreseen, zk_tree_digest(tree));
    apply_create(1, "/a", 0, 1);
    CU_ASSERT_EQUAL(foreseen, zk_tree_digest(tree));
}

static void a_change_is_forgotten_when_the_last_that_touched_it_is_applied(void)
{
    create(1, "/a", 0);
    create(2, "/b", 0);
    CU_ASSERT_EQUAL(pending.count, 3); /* /a, /b and the root */
    apply_create(1, "/a", 0, 1);
    CU_ASSERT_EQUAL(pending.count, 2);
    apply_create(2, "/b", 0, 2);
    CU_ASSERT_EQUAL(pending.count, 0);
}

static void a_rollback_leaves_everything_as_it_was(void)
{
    zk_prospect_t prospect;
    uint64_t digest;

    create(1, "/a", 0);
    digest = pending.digest;
    zk_pending_begin(&pending, 2, 200);
    zk_pending_set_data(&pending, zk_str("/a"), zk_str("other"), 1);
    zk_pending_delete(&pending, zk_str("/a"));
    zk_pending_create(&pending, zk_str("/a"), zk_str("new"), &open_acl, 77, 2);
    zk_pending_create(&pending, zk_str("/b"), zk_str("new"), &open_acl, 0, 3);
    zk_pending_rollback(&pending);
    CU_ASSERT_EQUAL(pending.digest, digest);
    CU_ASSERT_TRUE(zk_pending_look(&pending, zk_str("/a"), &prospect));
    CU_ASSERT_EQUAL(prospect.stat.version, 0);
    CU_ASSERT_EQUAL(prospect.stat.ephemeral_owner, 0);
    CU_ASSERT_FALSE(zk_pending_look(&pending, zk_str("/b"), &prospect));
    CU_ASSERT_EQUAL(zk_pending_ephemerals(&pending, 77, arena).count, 0);
    apply_create(1, "/a", 0, 1);
    CU_ASSERT_EQUAL(pending.count, 0);
}

static void ephemerals_in_the_tree_and_in_flight_are_each_listed_once(void)
{
    zk_str_vector_t paths;

    create(1, "/old", 77);
    apply_create(1, "/old", 77, 1);
    create(2, "/new", 77);
    create(3, "/others", 78);
    zk_pending_begin(&pending, 4, 200);
    zk_pending_set_data(&pending, zk_str("/old"), zk_str("touched"), 1);
    zk_pending_keep(&pending);
    paths = zk_pending_ephemerals(&pending, 77, arena);
    CU_ASSERT_EQUAL(paths.count, 2);
    zk_pending_begin(&pending, 5, 200);
    zk_pending_delete(&pending, zk_str("/old"));
    zk_pending_keep(&pending);
    paths = zk_pending_ephemerals(&pending, 77, arena);
    CU_ASSERT_EQUAL_FATAL(paths.count, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(paths.items[0], "/new"));
}

static void a_parents_version_only_grows(void)
{
    zk_prospect_t root;
    uint64_t foreseen;
    zk_txn_decoded_t txn;

    /* the count of creates has wrapped: neither it nor pzxid moves */
    zk_pending_begin(&pending, 1, 100);
    zk_pending_create(&pending, zk_str("/a"), zk_str("d"), &open_acl, 0, INT32_MIN);
    zk_pending_keep(&pending);
    zk_pending_look(&pending, zk_str("/"), &root);
    CU_ASSERT_EQUAL(root.stat.cversion, 0);
    CU_ASSERT_EQUAL(root.stat.pzxid, 0);
    foreseen = pending.digest;
    memset(&txn, 0, sizeof(txn));
    apply_create(1, "/a", 0, INT32_MIN);
    CU_ASSERT_EQUAL(foreseen, zk_tree_digest(tree));
}

static void long_paths_and_many_changes_are_kept_apart(void)
{
    char path[600];
    zk_prospect_t prospect;
    int i;

    for (i = 0; i < 600; i++) {
        memset(path, 'x', sizeof(path));
        path[0] = '/';
        path[1 + i % 590] = '\0';
        if (!zk_pending_look(&pending, zk_str(path), &prospect) && path[1] != '\0')
            create(i + 1, path, 0);
    }
    CU_ASSERT_EQUAL(pending.count, 590);
}

static const zk_test_t tests[] = {
    {"an untouched path is as in the tree", an_untouched_path_is_as_in_the_tree},
    {"both names of the root see the same change", both_names_of_the_root_see_the_same_change},
    {"the digest foreseen is the digest after applying",
     the_digest_foreseen_is_the_digest_after_applying},
    {"a change is forgotten when the last that touched it is applied",
     a_change_is_forgotten_when_the_last_that_touched_it_is_applied},
    {"a rollback leaves everything as it was", a_rollback_leaves_everything_as_it_was},
    {"ephemerals in the tree and in flight are each listed once",
     ephemerals_in_the_tree_and_in_flight_are_each_listed_once},
    {"a parent's version only grows", a_parents_version_only_grows},
    {"long paths and many changes are kept apart", long_paths_and_many_changes_are_kept_apart},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_pending, "pipeline/pending", tests, setup, teardown);
