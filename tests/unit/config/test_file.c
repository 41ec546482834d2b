/* test_file.c -- zoo.cfg, the dynamic file it names, and myid, read from a disk. */
#include "config_fixture.h"

#include <string.h>
#include <apr_strings.h>

#include "lib/texts.h"

#define THREE "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n"

static const char *write_file(const char *name, const char *text)
{
    const char *path = zk_test_path(name);

    zk_test_write_text(path, text);
    return path;
}

/* PATH as it may stand in zoo.cfg on every system. */
static const char *slashed(const char *path)
{
    char *copy = apr_pstrdup(zk_test_pool(), path);
    char *at;

    for (at = copy; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    return copy;
}

static const char *ensemble_file(const char *more)
{
    return write_file("zoo.cfg",
                      apr_pstrcat(zk_test_pool(), "dataDir=", slashed(zk_test_dir()),
                                  "\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n", more, NULL));
}

static void a_directory_is_not_a_configuration(void)
{
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, zk_test_dir(), &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "is a directory"));
}

static void a_missing_file_is_named(void)
{
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, "/nowhere/zoo.cfg", &note), ZK_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(note.text, "/nowhere/zoo.cfg file is missing");
}

static void a_file_is_read_with_its_myid(void)
{
    const char *path = ensemble_file(THREE);

    write_file("myid", "2\n9\n");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->server_id, 2);
    CU_ASSERT_TRUE(config->distributed);
    CU_ASSERT_STRING_EQUAL(config->file, path);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_INFO, "Reading configuration from: "), 1);
}

static void an_ensemble_needs_a_myid_that_is_a_number(void)
{
    const char *path = ensemble_file(THREE);

    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "myid file is missing"));
    write_file("myid", "one\n");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "serverid one is not a number"));
    write_file("myid", "\xff\xfe"
                       "1");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "UTF-16"));
    write_file("myid", "3 \r\n"); /* what `echo 3 > myid` writes on Windows */
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->server_id, 3);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "has blanks around the number"), 1);
}

static void the_dynamic_file_holds_the_server_list(void)
{
    const char *dynamic = write_file("zoo.cfg.dynamic.1a", THREE);
    const char *path = ensemble_file(
        apr_pstrcat(zk_test_pool(), "dynamicConfigFile=", slashed(dynamic), "\n", NULL));

    write_file("myid", "1");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->members.count, 3);
    CU_ASSERT_EQUAL(config->members.version, 0x1a);
    CU_ASSERT_TRUE(config->distributed);

    write_file("zoo.cfg.dynamic.1a", THREE "version=1\n");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "dynamic file shouldn't have version inside"));
    write_file("zoo.cfg.dynamic.1a", THREE "tickTime=1\n");
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "Unrecognised parameter: tickTime"));
    config_refused("server.1=a:1:2\ndynamicConfigFile=/d/zoo.cfg.dynamic", "line 3, key 'server.1'",
                   "parameter: server.1 must be in a separate dynamic config file");
}

static const zk_test_t tests[] = {
    {"a directory is not a configuration", a_directory_is_not_a_configuration},
    {"a missing file is named", a_missing_file_is_named},
    {"a file is read with its myid", a_file_is_read_with_its_myid},
    {"an ensemble needs a myid that is a number", an_ensemble_needs_a_myid_that_is_a_number},
    {"the dynamic file holds the server list", the_dynamic_file_holds_the_server_list},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_file, "config/file", tests, config_setup, NULL);
