/* test_golden.c -- directories of real Java servers, compared with what Java served from them. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include <apr_file_io.h>

#include "lib/json.h"
#include "lib/untar.h"
#include "store/recover.h"
#include "store_view.h"

static const char *const good_cases[] = {
    "java-3.4/default-prealloc",
    "java-3.4/standalone",
    "java-3.5/standalone",
    "java-3.8/default-prealloc",
    "java-3.8/quorum1",
    "java-3.8/small",
    "java-3.8/standalone",
    "java-3.8/standalone-gz",
    "java-3.8/standalone-snappy",
    "java-3.8/torn-padded",
    "java-3.8/torn-tail",
    "java-3.9/quorum1",
    "java-3.9/small",
    "java-3.9/standalone",
    "java-3.9/standalone-gz",
};

static const zk_json_t *expected_of(const char *name)
{
    const zk_json_t *expected =
        zk_json_read(apr_pstrcat(zk_test_pool(), ZK_GOLDEN_DIR, "/", name, ".expected.json", NULL),
                     zk_test_pool());

    CU_ASSERT_PTR_NOT_NULL_FATAL(expected);
    return expected;
}

/* Open the directory unpacked at DIR. */
static zk_store_t *open_golden(const char *dir, apr_pool_t **pool)
{
    zk_store_options_t options = fixture_options();

    options.data_dir = apr_pstrcat(zk_test_pool(), dir, "/data", NULL);
    options.log_dir = apr_pstrcat(zk_test_pool(), dir, "/datalog", NULL);
    if (!zk_test_exists(options.log_dir))
        options.log_dir = NULL;
    return fixture_open(&options, pool);
}

static void load_and_compare(const char *name)
{
    const char *dir = zk_untar_golden(name);
    view_t *view = view_create(zk_test_pool());
    zk_store_sink_t sink = view_sink(view);
    zk_store_loaded_t loaded;
    zk_note_t note = {""};
    apr_pool_t *pool;
    zk_store_t *store = open_golden(dir, &pool);
    apr_status_t rv = zk_store_load(store, &sink, &loaded, pool, &note);

    if (rv != APR_SUCCESS)
        fprintf(stderr, "%s: %s\n", name, note.text);
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
    CU_ASSERT_EQUAL(loaded.torn_tail, strstr(name, "torn") != NULL);
    view_compare(view, expected_of(name), name);
    apr_pool_destroy(pool);
}

#define GOOD_CASE(number)                                                                          \
    static void good_case_##number(void)                                                           \
    {                                                                                              \
        load_and_compare(good_cases[number]);                                                      \
    }
GOOD_CASE(0)
GOOD_CASE(1)
GOOD_CASE(2)
GOOD_CASE(3)
GOOD_CASE(4)
GOOD_CASE(5)
GOOD_CASE(6)
GOOD_CASE(7)
GOOD_CASE(8)
GOOD_CASE(9)
GOOD_CASE(10)
GOOD_CASE(11)
GOOD_CASE(12)
GOOD_CASE(13)
GOOD_CASE(14)

static void a_flipped_byte_refuses_until_the_log_is_cut(void)
{
    const char *name = "java-3.8/flipped-byte";
    const zk_json_t *expected = expected_of(name);
    const zk_json_t *damage = zk_json_get(expected, "damage");
    const char *dir = zk_untar_golden(name);
    view_t *view = view_create(zk_test_pool());
    zk_store_sink_t sink = view_sink(view);
    zk_store_loaded_t loaded;
    zk_note_t note = {""};
    apr_pool_t *pool;
    zk_store_t *store = open_golden(dir, &pool);
    const char *offset =
        apr_psprintf(pool, "offset %d", (int)zk_json_get_int(damage, "recordOffset"));
    const char *path =
        apr_pstrcat(pool, zk_store_log_dir(store), "/", zk_json_get(damage, "file")->text, NULL);

    CU_ASSERT_EQUAL(zk_store_load(store, &sink, &loaded, pool, &note), ZK_E_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, offset));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "zxid 0x5a"));
    CU_ASSERT_EQUAL(
        zk_store_cut_file(store, path, zk_json_get_int(damage, "recordOffset"), pool, &note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_store_load(store, &sink, &loaded, pool, &note), APR_SUCCESS);
    view_compare(view, zk_json_get(expected, "ifCutAtDamage"), name);
    apr_pool_destroy(pool);
}

/* Load from snapshot FILE and the logs of the directory unpacked at DIR. */
static void load_from(const zk_data_file_t *file, const char *dir, const char *name)
{
    view_t *view = view_create(zk_test_pool());
    zk_store_sink_t sink = view_sink(view);
    zk_store_loaded_t loaded;
    apr_pool_t *pool;
    zk_store_t *store = open_golden(dir, &pool);

    CU_ASSERT_EQUAL(zk_store_load(store, &sink, &loaded, pool, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(loaded.snapshot_zxid, file->zxid);
    view_compare(view, expected_of(name), name);
    apr_pool_destroy(pool);
}

/* Upstream's snapshots are fuzzy, and the logs above repair each. */
static void every_snapshot_of_a_directory_leads_to_the_same_state(void)
{
    static const char *const cases[] = {"java-3.5/standalone", "java-3.8/standalone",
                                        "java-3.9/standalone-gz"};
    size_t i;

    for (i = 0; i < 3; i++) {
        const char *dir = zk_untar_golden(cases[i]);
        const zk_data_file_t *files;
        size_t count;

        zk_data_files_list(&files, &count,
                           apr_pstrcat(zk_test_pool(), dir, "/data/version-2", NULL), "snapshot",
                           zk_test_pool(), NULL);
        CU_ASSERT(count > 3);
        for (; count > 0; count--) {
            load_from(&files[count - 1], dir, cases[i]);
            apr_file_remove(files[count - 1].path, zk_test_pool());
        }
    }
}

static void epoch_files_of_an_ensemble_are_read(void)
{
    apr_pool_t *pool;
    zk_store_t *store = open_golden(zk_untar_golden("java-3.9/quorum1"), &pool);
    int64_t accepted;
    int64_t current;

    CU_ASSERT_EQUAL(zk_epoch_read(&accepted, store, "acceptedEpoch", pool, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_epoch_read(&current, store, "currentEpoch", pool, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(accepted, 2);
    CU_ASSERT_EQUAL(current, 2);
    apr_pool_destroy(pool);
}

static const zk_test_t tests[] = {
    {"java-3.4/default-prealloc is served as Java does", good_case_0},
    {"java-3.4/standalone is served as Java does", good_case_1},
    {"java-3.5/standalone is served as Java does", good_case_2},
    {"java-3.8/default-prealloc is served as Java does", good_case_3},
    {"java-3.8/quorum1 is served as Java does", good_case_4},
    {"java-3.8/small is served as Java does", good_case_5},
    {"java-3.8/standalone is served as Java does", good_case_6},
    {"java-3.8/standalone-gz is served as Java does", good_case_7},
    {"java-3.8/standalone-snappy is served as Java does", good_case_8},
    {"java-3.8/torn-padded is served as Java does", good_case_9},
    {"java-3.8/torn-tail is served as Java does", good_case_10},
    {"java-3.9/quorum1 is served as Java does", good_case_11},
    {"java-3.9/small is served as Java does", good_case_12},
    {"java-3.9/standalone is served as Java does", good_case_13},
    {"java-3.9/standalone-gz is served as Java does", good_case_14},
    {"a flipped byte refuses until the log is cut", a_flipped_byte_refuses_until_the_log_is_cut},
    {"every snapshot of a directory leads to the same state",
     every_snapshot_of_a_directory_leads_to_the_same_state},
    {"epoch files of an ensemble are read", epoch_files_of_an_ensemble_are_read},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_golden, "store/golden", tests, NULL, fixture_close);
