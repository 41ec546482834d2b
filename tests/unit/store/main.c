/* main.c -- the tests of store, a suite per file. */
#include <string.h>

#include "lib/zk_test.h"
#include "store_fixture.h"

extern const zk_test_suite_t suite_aside, suite_log_part, suite_datadir, suite_epoch_file,
    suite_golden, suite_purge, suite_recover, suite_snappy, suite_snapshot_body,
    suite_snapshot_read, suite_snapshot_stream, suite_snapshot_write, suite_truncate,
    suite_txnlog_read, suite_txnlog_write;

/* As the second process of the lock's test: exit 0 when the lock on DIR is refused. */
static int try_lock(const char *dir)
{
    zk_store_options_t options = {
        .data_dir = dir, .autocreate_dirs = true, .record_bytes_max = 1048575};
    apr_pool_t *pool;
    zk_store_t *store;

    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return 3;
    return zk_store_open(&store, &options, pool, NULL) == ZK_E_LOCKED ? 0 : 4;
}

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_datadir,       &suite_epoch_file,    &suite_snappy,         &suite_snapshot_stream,
        &suite_snapshot_body, &suite_snapshot_read, &suite_snapshot_write, &suite_txnlog_read,
        &suite_txnlog_write,  &suite_recover,       &suite_truncate,       &suite_purge,
        &suite_aside,         &suite_log_part,      &suite_golden,         NULL};

    if (argc == 3 && strcmp(argv[1], "--try-lock") == 0)
        return try_lock(argv[2]);
    return zk_test_run(argc, argv, suites);
}
