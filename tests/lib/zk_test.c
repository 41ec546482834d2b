/* zk_test.c -- runs tables of tests under CUnit with a fresh pool and directory for each. */
#include "lib/zk_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/Basic.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "lib/texts.h"

static apr_pool_t *test_pool;
static const zk_test_suite_t *const *all_suites;
static const char *test_directory;

static void remove_tree(const char *path, apr_pool_t *pool)
{
    apr_dir_t *dir;
    apr_finfo_t info;

    if (apr_dir_open(&dir, path, pool) != APR_SUCCESS)
        return;
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, dir) == APR_SUCCESS) {
        const char *child;

        if (strcmp(info.name, ".") == 0 || strcmp(info.name, "..") == 0)
            continue;
        child = apr_pstrcat(pool, path, "/", info.name, NULL);
        if (info.filetype == APR_DIR)
            remove_tree(child, pool);
        else
            apr_file_remove(child, pool);
    }
    apr_dir_close(dir);
    apr_dir_remove(path, pool);
}

static const zk_test_suite_t *current_suite(void)
{
    CU_pSuite running = CU_get_current_suite();
    size_t i;

    for (i = 0; running != NULL && all_suites[i] != NULL; i++)
        if (strcmp(all_suites[i]->name, running->pName) == 0)
            return all_suites[i];
    return NULL;
}

static void before_each(void)
{
    const zk_test_suite_t *suite = current_suite();

    apr_pool_create(&test_pool, NULL);
    test_directory = NULL;
    zk_test_setup_log();
    if (suite != NULL && suite->setup != NULL)
        suite->setup();
}

static void after_each(void)
{
    const zk_test_suite_t *suite = current_suite();

    if (suite != NULL && suite->teardown != NULL)
        suite->teardown();
    zk_test_end_log();
    if (test_directory != NULL)
        remove_tree(test_directory, test_pool);
    apr_pool_destroy(test_pool);
    test_pool = NULL;
}

apr_pool_t *zk_test_pool(void)
{
    return test_pool;
}

const char *zk_test_dir(void)
{
    const char *base;
    char *name;
    char *at;
    apr_file_t *file;

    if (test_directory != NULL)
        return test_directory;
    if (apr_temp_dir_get(&base, test_pool) != APR_SUCCESS)
        return NULL;
    name = apr_pstrcat(test_pool, base, "/paddock-test-XXXXXX", NULL);
    /* With a drive letter, '/' separates as well and needs no escape in a configuration file. */
    for (at = name; name[0] != '\0' && name[1] == ':' && *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    /* mktemp reserves a unique file name; the directory takes its place. */
    if (apr_file_mktemp(&file, name, 0, test_pool) != APR_SUCCESS)
        return NULL;
    apr_file_close(file);
    apr_file_remove(name, test_pool);
    if (apr_dir_make(name, APR_FPROT_OS_DEFAULT, test_pool) != APR_SUCCESS)
        return NULL;
    test_directory = name;
    return test_directory;
}

void zk_test_setup_log(void)
{
    zk_log_setup(stdout, getenv("ZK_TEST_LOG") != NULL ? ZK_LOG_DEBUG : ZK_LOG_ERROR, -1);
}

static int register_suite(const zk_test_suite_t *suite)
{
    CU_pSuite handle =
        CU_add_suite_with_setup_and_teardown(suite->name, NULL, NULL, before_each, after_each);
    size_t i;

    if (handle == NULL)
        return -1;
    for (i = 0; suite->tests[i].sentence != NULL; i++)
        if (CU_add_test(handle, suite->tests[i].sentence, suite->tests[i].run) == NULL)
            return -1;
    return 0;
}

int zk_test_run(int argc, const char *const *argv, const zk_test_suite_t *const *suites)
{
    unsigned failures;
    size_t i;

    plat_process_init(); /* as our programs begin: a closed socket is an error, not the end */
    if (apr_initialize() != APR_SUCCESS || CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    all_suites = suites;
    for (i = 0; suites[i] != NULL; i++)
        if (argc < 2 || strstr(suites[i]->name, argv[1]) != NULL)
            if (register_suite(suites[i]) != 0) {
                fprintf(stderr, "cannot register %s: %s\n", suites[i]->name, CU_get_error_msg());
                return 2;
            }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    CU_basic_show_failures(CU_get_failure_list());
    failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    apr_terminate();
    return failures == 0 ? 0 : 1;
}
