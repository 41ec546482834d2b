/* test_golden.c -- data directories written by real Java servers, replayed into the tree.
 *
 * From the fresh tree every digest that the leader wrote into a record must be ours after that
 * record; from each of the (fuzzy) snapshots the replay of the rest must end in the very znodes
 * that the Java server served.  Reading the files is a few lines here, because the store is not
 * this room's to know. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <zlib.h>

#include "lib/json.h"
#include "lib/untar.h"
#include "tree_fixture.h"
#include "wire/txn.h"

#define FILES_MAX 32
#define LOG_HEADER_BYTES 16
#define SNAPSHOT_HEADER_BYTES 16

typedef struct golden {
    const zk_json_t *expected;
    char *logs[FILES_MAX]; /* by zxid */
    int logs_count;
    char *snapshots[FILES_MAX];
    int snapshots_count;
    int64_t records;
    int64_t digests;
    int64_t without; /* records other than errors that have no digest */
    int64_t mismatches;
} golden_t;

static golden_t golden;

/* ---- files ---- */

static int64_t zxid_of_name(const char *path)
{
    return strtoll(strrchr(path, '.')[1] == 'g' ? strstr(path, "snapshot.") + 9
                                                : strrchr(path, '.') + 1,
                   NULL, 16);
}

static int compare_names(const void *a, const void *b)
{
    int64_t x = zxid_of_name(*(char *const *)a);
    int64_t y = zxid_of_name(*(char *const *)b);

    return (x > y) - (x < y);
}

static void list(const char *directory)
{
    apr_pool_t *pool = zk_test_pool();
    apr_finfo_t info;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, directory, pool) != APR_SUCCESS)
        return;
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        char *path = apr_pstrcat(pool, directory, "/", info.name, NULL);

        if (strncmp(info.name, "log.", 4) == 0 && golden.logs_count < FILES_MAX)
            golden.logs[golden.logs_count++] = path;
        if (strncmp(info.name, "snapshot.", 9) == 0 && golden.snapshots_count < FILES_MAX)
            golden.snapshots[golden.snapshots_count++] = path;
    }
    apr_dir_close(dir);
    qsort(golden.logs, (size_t)golden.logs_count, sizeof(char *), compare_names);
    qsort(golden.snapshots, (size_t)golden.snapshots_count, sizeof(char *), compare_names);
}

static bool open_golden(const char *name)
{
    apr_pool_t *pool = zk_test_pool();
    const char *archive = apr_pstrcat(pool, ZK_GOLDEN_DIR, "/", name, ".tar.gz", NULL);
    const char *json = apr_pstrcat(pool, ZK_GOLDEN_DIR, "/", name, ".expected.json", NULL);

    memset(&golden, 0, sizeof(golden));
    golden.expected = zk_json_read(json, pool);
    CU_ASSERT_PTR_NOT_NULL_FATAL(golden.expected);
    CU_ASSERT_EQUAL_FATAL(zk_untar(archive, zk_test_dir(), pool), APR_SUCCESS);
    list(apr_pstrcat(pool, zk_test_dir(), "/data/version-2", NULL));
    list(apr_pstrcat(pool, zk_test_dir(), "/datalog/version-2", NULL));
    CU_ASSERT_TRUE_FATAL(golden.logs_count > 0);
    return true;
}

/* The whole of PATH, inflated where it is gzip. */
static void read_file(const char *path, zk_buffer_t *buffer)
{
    gzFile file = gzopen(path, "rb");
    int got;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    do {
        uint8_t *at = zk_buffer_extend(buffer, 65536);

        got = gzread(file, at, 65536);
        CU_ASSERT_TRUE_FATAL(got >= 0);
        buffer->length -= 65536 - (size_t)got;
    } while (got > 0);
    gzclose(file);
}

/* ---- a snapshot and the logs above it ---- */

/* The body behind the session table up to its end marker; what follows are seals. */
static zk_tree_t *load_snapshot(const char *path)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_tree_t *tree;
    size_t begin;
    size_t tail;
    size_t size;

    read_file(path, &buffer);
    size = zk_buffer_size(&buffer);
    begin =
        SNAPSHOT_HEADER_BYTES + 4 + 12 * (size_t)zk_get_u32(buffer.data + SNAPSHOT_HEADER_BYTES);
    CU_ASSERT_TRUE_FATAL(size > begin + 5);
    for (tail = 13; tail <= 13 + 33 + 21; tail++) { /* one seal, a digest and two more, at most */
        if (size - begin <= tail + 5)
            break;
        if (memcmp(buffer.data + size - tail - 5, "\0\0\0\1/", 5) != 0)
            continue;
        tree = fixture_load(buffer.data + begin, size - tail - begin, zxid_of_name(path));
        if (tree != NULL) {
            zk_buffer_free(&buffer);
            return tree;
        }
    }
    zk_buffer_free(&buffer);
    return NULL;
}

static void apply_record(zk_tree_t *tree, const uint8_t *payload, size_t size, bool check_digest)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(zk_txn_decode(&txn, payload, size, fixture_arena()));
    if (txn.header.zxid <= zk_tree_last_zxid(tree))
        return;
    zk_tree_apply(tree, &txn, fixture_arena());
    golden.records++;
    golden.without += !txn.has_digest && txn.header.type != ZK_OP_ERROR;
    if (!check_digest || !txn.has_digest)
        return;
    golden.digests++;
    if (zk_tree_digest(tree) != (uint64_t)txn.digest.tree_digest) {
        golden.mismatches++;
        printf("    zxid %llx type %d: digest differs\n", (long long)txn.header.zxid,
               (int)txn.header.type);
    }
}

static void replay(zk_tree_t *tree, bool check_digest)
{
    int i;

    for (i = 0; i < golden.logs_count; i++) {
        zk_buffer_t buffer = ZK_BUFFER_INIT;
        zk_reader_t reader;

        read_file(golden.logs[i], &buffer);
        reader =
            zk_reader(buffer.data + LOG_HEADER_BYTES, zk_buffer_size(&buffer) - LOG_HEADER_BYTES);
        for (;;) {
            int64_t checksum = zk_read_long(&reader);
            zk_str_t payload = zk_read_str(&reader);

            if (reader.failed || (checksum == 0 && payload.length == 0))
                break;
            apply_record(tree, (const uint8_t *)payload.data, zk_str_size(payload), check_digest);
            zk_arena_reset(fixture_arena());
            (void)zk_read_raw(&reader, 1);
        }
        zk_buffer_free(&buffer);
    }
}

/* ---- what Java served ---- */

static bool stat_matches(const zk_json_t *json, const zk_stat_t *stat)
{
    return zk_json_get_int(json, "czxid") == stat->czxid &&
           zk_json_get_int(json, "mzxid") == stat->mzxid &&
           zk_json_get_int(json, "pzxid") == stat->pzxid &&
           zk_json_get_int(json, "ctime") == stat->ctime &&
           zk_json_get_int(json, "mtime") == stat->mtime &&
           zk_json_get_int(json, "version") == stat->version &&
           zk_json_get_int(json, "cversion") == stat->cversion &&
           zk_json_get_int(json, "aversion") == stat->aversion &&
           zk_json_get_int(json, "ephemeralOwner") == stat->ephemeral_owner &&
           zk_json_get_int(json, "dataLength") == stat->data_length &&
           zk_json_get_int(json, "numChildren") == stat->num_children;
}

static bool acl_matches(const zk_json_t *json, const zk_acl_list_t *list_of)
{
    const zk_json_t *entry = json->first;
    int32_t i;

    if ((int32_t)json->count != list_of->acl.count)
        return false;
    for (i = 0; i < list_of->acl.count; i++, entry = entry->next) {
        const zk_acl_t *acl = &list_of->acl.items[i];

        if (zk_json_get_int(entry, "perms") != acl->perms ||
            !zk_str_equal_c(acl->id.scheme, zk_json_get(entry, "scheme")->text) ||
            !zk_str_equal_c(acl->id.id, zk_json_get(entry, "id")->text))
            return false;
    }
    return true;
}

static bool data_matches(const zk_json_t *json, zk_str_t data)
{
    size_t size;
    const uint8_t *bytes;

    if (json->kind == ZK_JSON_NULL)
        return zk_str_is_null(data);
    bytes = zk_json_base64(json, &size, zk_test_pool());
    return bytes != NULL && data.length == (int32_t)size &&
           (size == 0 || memcmp(bytes, data.data, size) == 0);
}

/* Usage differs between servers, and the configuration is written anew at each start. */
static bool is_local(const char *path)
{
    return strcmp(path, "/zookeeper/config") == 0;
}

static bool node_matches(const zk_json_t *node, const zk_znode_t *znode)
{
    zk_stat_t stat;

    zk_znode_stat(znode, &stat);
    if (zk_json_get_int(node, "ephemeralOwnerPersisted") != zk_znode_owner(znode))
        return false;
    return stat_matches(zk_json_get(node, "stat"), &stat) &&
           acl_matches(zk_json_get(node, "acl"), zk_znode_acl(znode)) &&
           data_matches(zk_json_get(node, "data"), zk_znode_data(znode));
}

static void compare_with_java(zk_tree_t *tree)
{
    const zk_json_t *nodes = zk_json_get(golden.expected, "nodes");
    const zk_json_t *node;
    int64_t count = 1; /* the root counts twice */
    char text[200];

    for (node = nodes->first; node != NULL; node = node->next) {
        const zk_znode_t *znode = zk_tree_find(tree, zk_str(node->key));
        bool same = znode != NULL && (is_local(node->key) || node_matches(node, znode));

        count++;
        CU_ASSERT_TRUE(same);
        if (!same)
            printf("    %s differs\n", node->key);
    }
    CU_ASSERT_EQUAL(zk_tree_count(tree), count);
    CU_ASSERT_EQUAL((int64_t)zk_tree_digest(tree), zk_json_get_int(golden.expected, "treeDigest"));
    CU_ASSERT_EQUAL(zk_tree_last_zxid(tree), zk_json_get_int(golden.expected, "lastZxidOnLoad"));
    CU_ASSERT_PTR_NULL(zk_tree_check(tree, text, sizeof(text)));
}

/* ---- the tests ---- */

static void replay_from_the_beginning(const char *name, bool has_digests)
{
    zk_tree_t *tree;

    if (!open_golden(name))
        return;
    if (golden.snapshots_count > 0 && zxid_of_name(golden.snapshots[0]) == 0) {
        tree = load_snapshot(golden.snapshots[0]);
    } else { /* 3.4 wrote none before the first was due: what it began with */
        zk_stat_persisted_t zero = {.czxid = 0};

        tree = zk_tree_create(NULL);
        zk_tree_load_begin(tree);
        zk_tree_load_node(tree, zk_str(""), zk_str(""), -1, &zero);
        zk_tree_load_node(tree, zk_str("/zookeeper"), zk_str(""), -1, &zero);
        zk_tree_load_node(tree, zk_str("/zookeeper/quota"), zk_str(""), -1, &zero);
        zk_tree_load_end(tree, 0);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    replay(tree, true);
    CU_ASSERT_TRUE(golden.records > 0);
    CU_ASSERT_EQUAL(golden.mismatches, 0);
    CU_ASSERT_EQUAL(golden.digests > 0, has_digests);
    CU_ASSERT_EQUAL(golden.without == 0, has_digests);
    compare_with_java(tree);
    zk_tree_destroy(tree);
}

static void replay_from_each_snapshot(const char *name)
{
    int i;

    if (!open_golden(name))
        return;
    CU_ASSERT_TRUE(golden.snapshots_count > 0);
    for (i = 0; i < golden.snapshots_count; i++) {
        zk_tree_t *tree = load_snapshot(golden.snapshots[i]);
        zk_buffer_t bytes = ZK_BUFFER_INIT;
        zk_tree_t *again;

        CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
        replay(tree, false);
        compare_with_java(tree);
        fixture_walk(tree, &bytes, 7); /* and our own snapshot of it */
        again = fixture_load(bytes.data, zk_buffer_size(&bytes), zk_tree_last_zxid(tree));
        CU_ASSERT_PTR_NOT_NULL_FATAL(again);
        compare_with_java(again);
        zk_tree_destroy(again);
        zk_tree_destroy(tree);
        zk_buffer_free(&bytes);
    }
}

static void every_digest_of_java_3_8_is_ours(void)
{
    replay_from_the_beginning("java-3.8/standalone", true);
}

static void every_digest_of_java_3_9_is_ours(void)
{
    replay_from_the_beginning("java-3.9/standalone", true);
}

static void every_digest_of_small_logs_is_ours(void)
{
    replay_from_the_beginning("java-3.8/small", true);
}

static void every_digest_of_small_3_9_logs_is_ours(void)
{
    replay_from_the_beginning("java-3.9/small", true);
}

static void every_digest_of_an_ensemble_is_ours(void)
{
    replay_from_the_beginning("java-3.8/quorum1", true);
}

static void every_digest_of_a_3_9_ensemble_is_ours(void)
{
    replay_from_the_beginning("java-3.9/quorum1", true);
}

static void logs_of_java_3_4_end_in_its_znodes(void)
{
    replay_from_the_beginning("java-3.4/standalone", false);
}

static void logs_of_java_3_5_end_in_its_znodes(void)
{
    replay_from_the_beginning("java-3.5/standalone", false);
}

static void every_snapshot_of_java_3_4_will_do(void)
{
    replay_from_each_snapshot("java-3.4/standalone");
}

static void every_snapshot_of_java_3_5_will_do(void)
{
    replay_from_each_snapshot("java-3.5/standalone");
}

static void every_snapshot_of_java_3_8_will_do(void)
{
    replay_from_each_snapshot("java-3.8/standalone");
}

static void every_snapshot_of_java_3_9_will_do(void)
{
    replay_from_each_snapshot("java-3.9/standalone");
}

static void every_gzip_snapshot_will_do(void)
{
    replay_from_each_snapshot("java-3.9/standalone-gz");
}

static const zk_test_t tests[] = {
    {"every digest of Java 3.8 is ours", every_digest_of_java_3_8_is_ours},
    {"every digest of Java 3.9 is ours", every_digest_of_java_3_9_is_ours},
    {"every digest of small logs is ours", every_digest_of_small_logs_is_ours},
    {"every digest of small 3.9 logs is ours", every_digest_of_small_3_9_logs_is_ours},
    {"every digest of an ensemble is ours", every_digest_of_an_ensemble_is_ours},
    {"every digest of a 3.9 ensemble is ours", every_digest_of_a_3_9_ensemble_is_ours},
    {"logs of Java 3.4 end in its znodes", logs_of_java_3_4_end_in_its_znodes},
    {"logs of Java 3.5 end in its znodes", logs_of_java_3_5_end_in_its_znodes},
    {"every snapshot of Java 3.4 will do", every_snapshot_of_java_3_4_will_do},
    {"every snapshot of Java 3.5 will do", every_snapshot_of_java_3_5_will_do},
    {"every snapshot of Java 3.8 will do", every_snapshot_of_java_3_8_will_do},
    {"every snapshot of Java 3.9 will do", every_snapshot_of_java_3_9_will_do},
    {"every gzip snapshot will do", every_gzip_snapshot_will_do},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_golden, "tree/golden", tests, tree_setup, tree_teardown);
