/* test_model.c -- random txns on the tree and on a model too simple to be wrong, the invariants
 * proved after each; walks begun, stepped and ended in between must show the state they began with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tree/digest.h"
#include "tree/path.h"
#include "tree_fixture.h"

#define PATHS 84 /* three levels of four names */
#define STEPS 6000
#define SEEDS 4

typedef struct model_znode {
    bool exists;
    char path[16];
    char data[16]; /* "-" stands for null */
    int32_t acl;   /* permission bits of its one entry; 31: open */
    zk_stat_persisted_t stat;
} model_znode_t;

static model_znode_t model[PATHS]; /* parents before children */
static zk_stat_persisted_t model_root;
static zk_random_t rnd;

static int below(int bound)
{
    return (int)zk_random_below(&rnd, (uint64_t)bound);
}

/* ---- the model ---- */

static void model_begin(void)
{
    static const char names[] = "abcd";
    int count = 0;
    int i;

    memset(model, 0, sizeof(model));
    memset(&model_root, 0, sizeof(model_root));
    for (i = 0; i < 4; i++)
        snprintf(model[count++].path, 16, "/%c", names[i]);
    for (i = 0; i < 16; i++)
        snprintf(model[count++].path, 16, "/%c/%c", names[i / 4], names[i % 4]);
    for (i = 0; i < 64; i++)
        snprintf(model[count++].path, 16, "/%c/%c/%c", names[i / 16], names[i / 4 % 4],
                 names[i % 4]);
    CU_ASSERT_EQUAL_FATAL(count, PATHS);
}

static model_znode_t *model_find(const char *path, size_t size)
{
    int i;

    for (i = 0; i < PATHS; i++)
        if (strlen(model[i].path) == size && memcmp(model[i].path, path, size) == 0)
            return &model[i];
    return NULL;
}

/* The stat of ZNODE's parent, NULL when there is none. */
static zk_stat_persisted_t *model_parent(const model_znode_t *znode)
{
    size_t size = (size_t)(strrchr(znode->path, '/') - znode->path);
    model_znode_t *parent;

    if (size == 0)
        return &model_root;
    parent = model_find(znode->path, size);
    return parent->exists ? &parent->stat : NULL;
}

static int32_t model_children(const char *path)
{
    size_t size = strcmp(path, "/") == 0 ? 0 : strlen(path);
    int32_t count = 0;
    int i;

    for (i = 0; i < PATHS; i++)
        count += model[i].exists && strncmp(model[i].path, path, size) == 0 &&
                 model[i].path[size] == '/' && strchr(model[i].path + size + 1, '/') == NULL;
    return count + (size == 0); /* /zookeeper */
}

static zk_code_t model_create(model_znode_t *znode, const char *data, int32_t acl, int64_t owner,
                              int32_t parent_cversion, int64_t zxid, int64_t time_ms)
{
    zk_stat_persisted_t *parent = model_parent(znode);

    if (parent == NULL)
        return ZK_CODE_NO_NODE;
    if (parent_cversion == -1)
        parent_cversion = parent->cversion + 1;
    if (parent_cversion > parent->cversion) {
        parent->cversion = parent_cversion;
        parent->pzxid = zxid;
    }
    znode->acl = acl;
    if (znode->exists)
        return ZK_CODE_NODE_EXISTS;
    znode->exists = true;
    snprintf(znode->data, sizeof(znode->data), "%s", data);
    memset(&znode->stat, 0, sizeof(znode->stat));
    znode->stat.czxid = znode->stat.mzxid = znode->stat.pzxid = zxid;
    znode->stat.ctime = znode->stat.mtime = time_ms;
    znode->stat.ephemeral_owner = owner;
    return ZK_CODE_OK;
}

static zk_code_t model_delete(model_znode_t *znode, int64_t zxid)
{
    zk_stat_persisted_t *parent = model_parent(znode);
    size_t size = strlen(znode->path);
    int i;

    if (parent == NULL)
        return ZK_CODE_NO_NODE;
    if (zxid > parent->pzxid)
        parent->pzxid = zxid;
    if (!znode->exists)
        return ZK_CODE_NO_NODE;
    for (i = 0; i < PATHS; i++)
        if (strncmp(model[i].path, znode->path, size) == 0 &&
            (model[i].path[size] == '/' || model[i].path[size] == 0))
            model[i].exists = false;
    return ZK_CODE_OK;
}

static uint64_t model_digest(void)
{
    zk_tree_t *fresh = zk_tree_create(NULL);
    uint64_t digest = zk_tree_digest(fresh);
    zk_stat_persisted_t zero = {.czxid = 0};
    uint32_t root = zk_digest_base(zk_str(""), zk_str(""));
    int i;

    digest -= zk_digest_znode(root, &zero);
    digest += zk_digest_znode(root, &model_root);
    for (i = 0; i < PATHS; i++)
        if (model[i].exists)
            digest += zk_digest_znode(
                zk_digest_base(zk_str(model[i].path), strcmp(model[i].data, "-") == 0
                                                          ? ZK_STR_NULL
                                                          : zk_str(model[i].data)),
                &model[i].stat);
    zk_tree_destroy(fresh);
    return digest;
}

/* ---- comparing ---- */

static bool same_stat(const zk_stat_persisted_t *a, const zk_stat_persisted_t *b)
{
    return a->czxid == b->czxid && a->mzxid == b->mzxid && a->pzxid == b->pzxid &&
           a->ctime == b->ctime && a->mtime == b->mtime && a->version == b->version &&
           a->cversion == b->cversion && a->aversion == b->aversion &&
           a->ephemeral_owner == b->ephemeral_owner;
}

static bool model_agrees_on(const model_znode_t *expected)
{
    const zk_znode_t *znode = zk_tree_find(fixture_tree(), zk_str(expected->path));
    const char *data = strcmp(expected->data, "-") == 0 ? NULL : expected->data;
    zk_stat_persisted_t stat;

    if (znode == NULL || !expected->exists)
        return (znode != NULL) == expected->exists;
    zk_znode_stat_persisted(znode, &stat);
    return same_stat(&stat, &expected->stat) && zk_str_equal_c(zk_znode_data(znode), data) &&
           zk_znode_acl(znode)->acl.items[0].perms == expected->acl &&
           zk_znode_num_children(znode) == model_children(expected->path);
}

static bool model_agrees(void)
{
    zk_stat_persisted_t root = fixture_stored("/");
    bool agrees = same_stat(&root, &model_root) &&
                  model_digest() == zk_tree_digest(fixture_tree()) &&
                  fixture_stat("/").num_children == model_children("/");
    int i;

    for (i = 0; i < PATHS; i++)
        agrees = agrees && model_agrees_on(&model[i]);
    return agrees;
}

/* ---- random txns on both ---- */

static zk_code_t random_create(model_znode_t *znode)
{
    static const int32_t types[] = {ZK_OP_CREATE, ZK_OP_CREATE2, ZK_OP_CREATE_CONTAINER,
                                    ZK_OP_CREATE_TTL};
    const char *data = below(4) == 0 ? "-" : below(2) == 0 ? "data" : "";
    int32_t perms = below(3) == 0 ? 31 : below(5);
    int32_t parent_cversion = below(2) == 0 ? -1 : below(40);
    zk_txn_header_t header;
    zk_txn_body_t body;
    zk_acl_t entry = {perms, {zk_str("world"), zk_str("anyone")}};
    zk_acl_vector_t acl = {1, &entry};
    zk_str_t path = zk_str(znode->path);
    zk_str_t bytes = strcmp(data, "-") == 0 ? ZK_STR_NULL : zk_str(data);
    int64_t owner = 0;
    zk_code_t code;

    fixture_set_session(1 + below(3));
    header = fixture_header(types[below(4)]);
    if (header.type == ZK_OP_CREATE_CONTAINER) {
        body.create_container = (zk_create_container_txn_t){path, bytes, acl, parent_cversion};
        owner = ZK_OWNER_CONTAINER;
    } else if (header.type == ZK_OP_CREATE_TTL) {
        int64_t ttl = below(3) - 1;

        body.create_ttl = (zk_create_ttl_txn_t){path, bytes, acl, parent_cversion, ttl};
        owner = ttl > 0 ? zk_owner_for_ttl(ttl) : 0;
    } else {
        body.create = (zk_create_txn_t){path, bytes, acl, below(2) == 0, parent_cversion};
        owner = body.create.ephemeral ? header.client_id : 0;
    }
    code = fixture_apply(&header, &body);
    CU_ASSERT_EQUAL(
        code, model_create(znode, data, perms, owner, parent_cversion, header.zxid, header.time));
    return code;
}

static void random_delete(model_znode_t *znode)
{
    zk_code_t code;

    if (znode->exists && model_children(znode->path) > 0 && below(10) > 0)
        return; /* subtrees go now and then only, or the tree stays small */
    code = fixture_delete(znode->path);
    CU_ASSERT_EQUAL(code, model_delete(znode, fixture_zxid()));
}

static void random_set(model_znode_t *znode)
{
    const char *data = below(4) == 0 ? "-" : below(2) == 0 ? "longer data" : "atad";
    int32_t version = below(100);
    zk_code_t code = fixture_set(znode->path, strcmp(data, "-") == 0 ? NULL : data, version);

    CU_ASSERT_EQUAL(code, znode->exists ? ZK_CODE_OK : ZK_CODE_NO_NODE);
    if (!znode->exists)
        return;
    snprintf(znode->data, sizeof(znode->data), "%s", data);
    znode->stat.version = version;
    znode->stat.mzxid = fixture_zxid();
    znode->stat.mtime = 1000 + fixture_zxid();
}

static void random_set_acl(model_znode_t *znode)
{
    int32_t perms = below(3) == 0 ? 31 : below(5);
    zk_code_t code = fixture_set_acl(znode->path, fixture_acl(perms, "world", "anyone"), 5);

    CU_ASSERT_EQUAL(code, znode->exists ? ZK_CODE_OK : ZK_CODE_NO_NODE);
    if (znode->exists) {
        znode->acl = perms;
        znode->stat.aversion = 5;
    }
}

static void random_close_session(void)
{
    int64_t session = 1 + below(3);
    int i;

    fixture_set_session(session);
    CU_ASSERT_EQUAL(fixture_close_session(NULL), ZK_CODE_OK);
    for (i = PATHS - 1; i >= 0; i--)
        if (model[i].exists && model[i].stat.ephemeral_owner == session)
            model_delete(&model[i], fixture_zxid());
    CU_ASSERT_EQUAL(zk_tree_session_ephemerals_count(fixture_tree(), session), 0);
}

static void random_txn(void)
{
    model_znode_t *znode = &model[below(PATHS)];
    int choice = below(100);

    if (choice < 50)
        random_create(znode);
    else if (choice < 68)
        random_delete(znode);
    else if (choice < 85)
        random_set(znode);
    else if (choice < 97)
        random_set_acl(znode);
    else
        random_close_session();
}

/* ---- walks in between ---- */

#define WALKS 3

typedef struct running_walk {
    zk_walk_t *walk; /* NULL: none runs */
    zk_buffer_t walked;
    zk_buffer_t expected;
} running_walk_t;

static running_walk_t walks[WALKS];
static int walks_finished;

static void begin_walk(running_walk_t *running)
{
    zk_buffer_clear(&running->walked);
    zk_buffer_clear(&running->expected);
    fixture_print(fixture_tree(), &running->expected);
    running->walk = zk_walk_begin(fixture_tree());
    CU_ASSERT_EQUAL(zk_walk_zxid(running->walk), fixture_zxid());
}

static void give_up_walk(running_walk_t *running)
{
    zk_walk_end(running->walk);
    running->walk = NULL;
}

static void end_walk(running_walk_t *running)
{
    zk_buffer_t got = ZK_BUFFER_INIT;
    uint64_t digest = zk_walk_digest(running->walk);
    zk_tree_t *loaded = fixture_load(running->walked.data, zk_buffer_size(&running->walked),
                                     zk_walk_zxid(running->walk));

    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded);
    fixture_print(loaded, &got);
    CU_ASSERT_TRUE(zk_buffer_size(&got) == zk_buffer_size(&running->expected) &&
                   memcmp(got.data, running->expected.data, zk_buffer_size(&got)) == 0);
    CU_ASSERT_EQUAL(zk_tree_digest(loaded), digest);
    zk_tree_destroy(loaded);
    zk_buffer_free(&got);
    give_up_walk(running);
    walks_finished++;
}

static void advance_walk(running_walk_t *running)
{
    if (running->walk == NULL) {
        if (below(20) == 0)
            begin_walk(running);
    } else if (below(3) == 0) {
        if (!zk_walk_step(running->walk, &running->walked, 1000, 1 + (size_t)below(6)))
            end_walk(running);
    } else if (below(200) == 0) {
        give_up_walk(running);
    }
}

static void run(uint64_t seed)
{
    int step;
    int i;

    zk_random_seed(&rnd, seed);
    model_begin();
    for (step = 0; step < STEPS; step++) {
        const char *broken;

        random_txn();
        for (i = 0; i < WALKS; i++)
            advance_walk(&walks[i]);
        broken = fixture_check();
        CU_ASSERT_PTR_NULL(broken);
        if (broken != NULL || (step % 8 == 0 && !model_agrees())) {
            printf("    seed %" PRIu64 " step %d: %s\n", seed, step,
                   broken != NULL ? broken : "the model disagrees");
            CU_FAIL("see above");
            break;
        }
        fixture_heard();
        zk_arena_reset(fixture_arena());
    }
    for (i = 0; i < WALKS; i++)
        give_up_walk(&walks[i]);
}

static void random_txns_agree_with_a_naive_model(void)
{
    uint64_t seed;

    int i;

    walks_finished = 0;
    for (seed = 1; seed <= SEEDS; seed++) {
        run(seed);
        tree_teardown();
        tree_setup();
    }
    CU_ASSERT_TRUE(walks_finished > 50);
    for (i = 0; i < WALKS; i++) {
        zk_buffer_free(&walks[i].walked);
        zk_buffer_free(&walks[i].expected);
    }
}

static const zk_test_t tests[] = {
    {"random txns agree with a naive model, and walks with their start",
     random_txns_agree_with_a_naive_model},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_model, "tree/model", tests, tree_setup, tree_teardown);
