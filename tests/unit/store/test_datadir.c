/* test_datadir.c -- names, places and the lock. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_thread_proc.h>

#include "base/plat.h"

static int64_t zxid_of(const char *name, const char *kind)
{
    int64_t zxid = -1;

    return zk_data_name_parse(name, kind, &zxid, NULL) ? zxid : -1;
}

static void names_are_parsed_as_upstream_does(void)
{
    CU_ASSERT_EQUAL(zxid_of("log.1f", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("log.1F", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("log.001f", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("log.+1f", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("log.1f.", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("log.1f.fixed", "log"), 0x1f);
    CU_ASSERT_EQUAL(zxid_of("snapshot.0", "snapshot"), 0);
    CU_ASSERT_EQUAL(zxid_of("snapshot.100000002.gz", "snapshot"), 0x100000002);
    CU_ASSERT_EQUAL(zxid_of("log.7fffffffffffffff", "log"), INT64_MAX);
}

static void names_that_are_not_data_files_are_refused(void)
{
    static const char *const names[] = {"log",
                                        "log.",
                                        "log..1",
                                        "log.x",
                                        "logs.1",
                                        "log.-1",
                                        "log.8000000000000000",
                                        "alog.1",
                                        "log.1 ",
                                        "log.0x1",
                                        "snapshot.1",
                                        "tmp-log.1",
                                        "log.+",
                                        "log.10000000000000000"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        CU_ASSERT_EQUAL(zxid_of(names[i], "log"), -1);
}

static void the_last_part_of_a_name_tells_the_compression(void)
{
    CU_ASSERT_EQUAL(zk_data_name_compression("snapshot.5"), ZK_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(zk_data_name_compression("a.gz/snapshot.5"), ZK_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(zk_data_name_compression("snapshot.5.gz"), ZK_COMPRESSION_GZIP);
    CU_ASSERT_EQUAL(zk_data_name_compression("snapshot.5.GZ"), ZK_COMPRESSION_GZIP);
    CU_ASSERT_EQUAL(zk_data_name_compression("snapshot.5.bak.snappy"), ZK_COMPRESSION_SNAPPY);
    CU_ASSERT_EQUAL(zk_data_name_compression("snapshot.5.gz.bak"), ZK_COMPRESSION_NONE);
}

static void files_are_listed_by_zxid_not_by_name(void)
{
    const zk_data_file_t *files;
    size_t count;

    fixture_store();
    zk_test_write(fixture_path("log.a"), "x", 1);
    zk_test_write(fixture_path("log.9"), "xx", 2);
    zk_test_write(fixture_path("log.10"), "", 0);
    zk_test_write(fixture_path("log.a.fixed"), "", 0);
    zk_test_write(fixture_path("log.foo"), "", 0);
    apr_dir_make(fixture_path("log.11"), APR_FPROT_OS_DEFAULT, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(zk_data_files_list(&files, &count, zk_store_log_dir(fixture_store()),
                                             "log", zk_test_pool(), NULL),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(count, 4);
    CU_ASSERT_STRING_EQUAL(files[0].name, "log.9");
    CU_ASSERT_EQUAL(files[0].bytes, 2);
    CU_ASSERT_STRING_EQUAL(files[1].name, "log.a");
    CU_ASSERT_STRING_EQUAL(files[2].name, "log.a.fixed");
    CU_ASSERT_STRING_EQUAL(files[3].name, "log.10");
}

static void a_second_store_on_the_same_directory_is_refused(void)
{
    zk_store_options_t options = fixture_options();
    zk_store_t *second = NULL;
    zk_note_t note = {""};

    fixture_store();
    CU_ASSERT_EQUAL(zk_store_open(&second, &options, zk_test_pool(), &note), ZK_E_LOCKED);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, ZK_STORE_LOCK_NAME));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(note.text, apr_psprintf(zk_test_pool(), "in use by process %" APR_INT64_T_FMT " ",
                                       plat_process_id())));
    fixture_close();
    CU_ASSERT_EQUAL(zk_store_open(&second, &options, zk_test_pool(), &note), APR_SUCCESS);
}

static void a_second_process_on_the_same_directory_is_refused(void)
{
    const char *program = plat_process_path(zk_test_pool());
    const char *arguments[] = {program, "--try-lock", zk_test_dir(), NULL};
    apr_procattr_t *attributes;
    apr_proc_t process;
    apr_exit_why_e why;
    int code = -1;

    CU_ASSERT_PTR_NOT_NULL_FATAL(program);
    fixture_store();
    apr_procattr_create(&attributes, zk_test_pool());
    apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
    CU_ASSERT_EQUAL_FATAL(
        apr_proc_create(&process, program, arguments, NULL, attributes, zk_test_pool()),
        APR_SUCCESS);
    apr_proc_wait(&process, &code, &why, APR_WAIT);
    CU_ASSERT_EQUAL(code, 0);
}

static void the_log_directory_is_locked_too(void)
{
    zk_store_options_t first = fixture_options();
    zk_store_options_t second = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;

    first.data_dir = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/a", NULL);
    second.data_dir = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/b", NULL);
    first.log_dir = second.log_dir = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/log", NULL);
    fixture_open(&first, &pool);
    CU_ASSERT_EQUAL(zk_store_open(&store, &second, zk_test_pool(), NULL), ZK_E_LOCKED);
}

static void missing_directories_are_created_only_when_allowed(void)
{
    zk_store_options_t options = fixture_options();
    zk_store_t *store;
    zk_note_t note = {""};

    options.data_dir = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/deep/er", NULL);
    options.autocreate_dirs = false;
    CU_ASSERT_NOT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_FALSE(zk_test_exists(options.data_dir));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "autocreate"));
    options.autocreate_dirs = true;
    CU_ASSERT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_TRUE(zk_test_exists(zk_store_snapshot_dir(store)));
    CU_ASSERT_STRING_EQUAL(zk_store_snapshot_dir(store), zk_store_log_dir(store));
}

static void misplaced_files_are_refused(void)
{
    zk_store_options_t options = fixture_options();
    const char *logs = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/logs", NULL);
    zk_store_t *store;
    zk_note_t note = {""};

    fixture_store();
    fixture_close();
    zk_test_write(fixture_path("log.5"), "", 0);
    CU_ASSERT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), &note), APR_SUCCESS);
    options.log_dir = logs;
    CU_ASSERT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "log.5"));
    apr_file_remove(fixture_path("log.5"), zk_test_pool());
    zk_test_write(apr_pstrcat(zk_test_pool(), logs, "/version-2/snapshot.5", NULL), "", 0);
    CU_ASSERT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "snapshot.5"));
}

static void one_directory_by_two_names_is_not_two_directories(void)
{
    zk_store_options_t options = fixture_options();
    zk_store_t *store;

    fixture_store();
    fixture_close();
    zk_test_write(fixture_path("log.5"), "", 0);
    options.log_dir = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/.", NULL);
    CU_ASSERT_EQUAL(zk_store_open(&store, &options, zk_test_pool(), NULL), APR_SUCCESS);
}

static void unfinished_snapshots_are_removed_at_open(void)
{
    fixture_store();
    fixture_close();
    zk_test_write(fixture_path("tmp-snapshot.5"), "half", 4);
    zk_test_write(fixture_path("unrelated"), "", 0);
    fixture_store();
    CU_ASSERT_FALSE(zk_test_exists(fixture_path("tmp-snapshot.5")));
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("unrelated")));
}

static int64_t size_of_owner(void)
{
    size_t size;

    zk_test_read(fixture_path(ZK_STORE_OWNER_NAME), &size);
    return (int64_t)size;
}

static void sizes_are_the_bytes_of_all_files(void)
{
    int64_t snapshots;
    int64_t logs;

    zk_test_write(apr_pstrcat(zk_test_pool(), zk_store_log_dir(fixture_store()), "/log.1", NULL),
                  "12345", 5);
    CU_ASSERT_EQUAL(zk_store_sizes(fixture_store(), &snapshots, &logs, zk_test_pool()),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(snapshots, 5 + size_of_owner());
    CU_ASSERT_EQUAL(logs, snapshots);
}

static const zk_test_t tests[] = {
    {"names are parsed as upstream does", names_are_parsed_as_upstream_does},
    {"names that are not data files are refused", names_that_are_not_data_files_are_refused},
    {"the last part of a name tells the compression",
     the_last_part_of_a_name_tells_the_compression},
    {"files are listed by zxid, not by name", files_are_listed_by_zxid_not_by_name},
    {"a second store on the same directory is refused",
     a_second_store_on_the_same_directory_is_refused},
    {"a second process on the same directory is refused",
     a_second_process_on_the_same_directory_is_refused},
    {"the log directory is locked too", the_log_directory_is_locked_too},
    {"missing directories are created only when allowed",
     missing_directories_are_created_only_when_allowed},
    {"misplaced files are refused", misplaced_files_are_refused},
    {"one directory by two names is not two directories",
     one_directory_by_two_names_is_not_two_directories},
    {"unfinished snapshots are removed at open", unfinished_snapshots_are_removed_at_open},
    {"sizes are the bytes of all files", sizes_are_the_bytes_of_all_files},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_datadir, "store/datadir", tests, NULL, fixture_close);
