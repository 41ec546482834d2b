/* test_load.c -- what the directory holds becomes the tree, and a fresh one gets its snapshot. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>

#include "lib/texts.h"
#include "server/load.h"
#include "wire/opcode.h"
#include "wire/txn.h"

typedef struct loading {
    zk_store_t *store;
    zk_replica_t *replica;
    zk_source_t *source;
    apr_pool_t *pool; /* gone, the directory is free again */
} loading_t;

static loading_t open_dir(const char *dir)
{
    const zk_store_options_t store_options = {
        .data_dir = dir,
        .autocreate_dirs = true,
        .autocreate_db = true,
        .force_sync = true,
        .preallocate_bytes = 65536,
        .record_bytes_max = 2 * 1024 * 1024,
        .fsync_warning_ms = 1000,
    };
    const zk_replica_options_t replica_options = {
        .server_id = 1,
        .tick_ms = 1000,
        .session_timeout_min_ms = 2000,
        .session_timeout_max_ms = 20000,
        .snap_count = 1000,
        .digest_enabled = true,
        .record_bytes_max = 1024 * 1024,
    };
    loading_t loading = {NULL, NULL, NULL, NULL};
    zk_note_t note;

    apr_pool_create_ex(&loading.pool, NULL, zk_pool_abort, NULL);
    CU_ASSERT_EQUAL_FATAL(zk_store_open(&loading.store, &store_options, loading.pool, &note),
                          APR_SUCCESS);
    loading.replica = zk_replica_create(&replica_options);
    loading.source = zk_source_create(zk_config_create(loading.pool), loading.store,
                                      loading.replica, NULL, loading.pool);
    return loading;
}

static void close_dir(loading_t *loading)
{
    apr_pool_destroy(loading->pool);
    zk_replica_destroy(loading->replica);
}

static const char *load(const loading_t *loading, apr_status_t expected)
{
    zk_note_t *note = apr_pcalloc(zk_test_pool(), sizeof(*note));

    int64_t last_zxid;

    CU_ASSERT_EQUAL(zk_load(loading->store, loading->replica, loading->source, &last_zxid, note),
                    expected);
    return note->text;
}

/* A log with one record: create PATH as zxid 1, and DIGEST where it is not 0. */
static void log_create(const loading_t *loading, const char *path, int64_t digest)
{
    zk_txn_decoded_t txn = {.header = {.zxid = 1, .type = ZK_OP_CREATE, .time = 1, .cxid = 1}};
    zk_buffer_t record = ZK_BUFFER_INIT;
    zk_txnlog_t *log = NULL;
    zk_note_t note;
    int64_t sync_ns;

    txn.body.create.path = zk_str(path);
    txn.body.create.data = zk_str("kept");
    txn.body.create.acl.count = -1;
    txn.body.create.parent_cversion = 1;
    txn.has_digest = digest != 0;
    txn.digest.version = 2;
    txn.digest.tree_digest = digest;
    zk_txn_encode(&txn, &record);
    CU_ASSERT_EQUAL_FATAL(zk_txnlog_open(&log, loading->store, zk_test_pool()), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        zk_txnlog_append(log, 1, zk_buffer_bytes(&record), zk_buffer_size(&record), &note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(zk_txnlog_sync(log, &sync_ns, &note), APR_SUCCESS);
    zk_txnlog_close(log);
    zk_buffer_free(&record);
}

/* Readers of the format refuse logs that no snapshot precedes. */
static void a_fresh_directory_gets_a_snapshot_once(void)
{
    const char *dir = zk_test_dir();
    loading_t loading = open_dir(dir);
    apr_finfo_t first, second;

    load(&loading, APR_SUCCESS);
    close_dir(&loading);
    CU_ASSERT_EQUAL(apr_stat(&first, zk_test_path("version-2/snapshot.0"),
                             APR_FINFO_INODE | APR_FINFO_MTIME, zk_test_pool()),
                    APR_SUCCESS);
    loading = open_dir(dir);
    load(&loading, APR_SUCCESS);
    close_dir(&loading);
    apr_stat(&second, zk_test_path("version-2/snapshot.0"), APR_FINFO_INODE | APR_FINFO_MTIME,
             zk_test_pool());
    CU_ASSERT_EQUAL(first.mtime, second.mtime);
    CU_ASSERT_EQUAL(first.inode, second.inode);
}

static void what_was_logged_is_in_the_tree(void)
{
    const char *dir = zk_test_dir();
    loading_t loading = open_dir(dir);

    load(&loading, APR_SUCCESS);
    log_create(&loading, "/logged", 0);
    close_dir(&loading);
    loading = open_dir(dir);
    load(&loading, APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(zk_tree_find(zk_replica_tree(loading.replica), zk_str("/logged")));
    CU_ASSERT_EQUAL(zk_tree_last_zxid(zk_replica_tree(loading.replica)), 1);
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("version-2/snapshot.1")));
    close_dir(&loading);
}

/* Old releases counted some fields otherwise; the data itself is what its checksums say. */
static void a_digest_that_disagrees_is_said_and_not_fatal(void)
{
    const char *dir = zk_test_dir();
    loading_t loading = open_dir(dir);
    const char *lines;

    load(&loading, APR_SUCCESS);
    log_create(&loading, "/logged", 12345);
    close_dir(&loading);
    loading = open_dir(dir);
    zk_test_begin_log(ZK_LOG_ERROR);
    load(&loading, APR_SUCCESS);
    lines = zk_test_end_log();
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "digest mismatch on txn: 0x1 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "12345"));
    CU_ASSERT_PTR_NOT_NULL(zk_tree_find(zk_replica_tree(loading.replica), zk_str("/logged")));
    close_dir(&loading);
}

static void damage_refuses_and_tells_what_to_do(void)
{
    const char *dir = zk_test_dir();
    loading_t loading = open_dir(dir);
    apr_file_t *file = NULL;
    apr_off_t offset = 40;
    const char *note;

    load(&loading, APR_SUCCESS);
    close_dir(&loading);
    CU_ASSERT_EQUAL_FATAL(apr_file_open(&file, zk_test_path("version-2/snapshot.0"),
                                        APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_BINARY, 0,
                                        zk_test_pool()),
                          APR_SUCCESS);
    apr_file_seek(file, APR_SET, &offset);
    apr_file_putc('x', file);
    apr_file_close(file);
    loading = open_dir(dir);
    note = load(&loading, ZK_E_NO_SNAPSHOT);
    CU_ASSERT_PTR_NOT_NULL(strstr(note, "zktool check"));
    close_dir(&loading);
}

static const zk_test_t tests[] = {
    {"a fresh directory gets a snapshot, once", a_fresh_directory_gets_a_snapshot_once},
    {"what was logged is in the tree", what_was_logged_is_in_the_tree},
    {"a digest that disagrees is said and not fatal",
     a_digest_that_disagrees_is_said_and_not_fatal},
    {"damage refuses and tells what to do", damage_refuses_and_tells_what_to_do},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_load, "server/load", tests, NULL, NULL);
