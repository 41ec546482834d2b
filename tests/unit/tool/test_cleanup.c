/* test_cleanup.c -- zktool cleanup. */
#include "tool_fixture.h"

#include <stdio.h>

#include "tool/tool.h"

static void old_files_go_and_are_named(void)
{
    const char *dir = join(zk_untar_golden("java-3.8/standalone"), "data");
    ran_t ran = run_tool("", "cleanup", "-n", "3", "--dry-run", dir, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "\t");
    CU_ASSERT_TRUE(zk_test_exists(join(dir, "version-2/snapshot.0")));
    ran = run_tool("", "cleanup", dir, "-n", "3", NULL); /* upstream's order */
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Removing file: ");
    contains(ran.out, "/version-2/snapshot.2a\n");
    CU_ASSERT_FALSE(zk_test_exists(join(dir, "version-2/snapshot.0")));
    CU_ASSERT_FALSE(zk_test_exists(join(dir, "version-2/log.1c")));
    CU_ASSERT_TRUE(zk_test_exists(join(dir, "version-2/log.2c")));
    CU_ASSERT_TRUE(zk_test_exists(join(dir, "version-2/snapshot.35")));
    CU_ASSERT_EQUAL(run_tool("", "check", dir, NULL).code, ZK_TOOL_OK);
}

static void separate_directories_are_taken_in_upstreams_order(void)
{
    const char *dir = zk_untar_golden("java-3.9/quorum1");
    ran_t ran = run_tool("", "cleanup", "-n", "5", join(dir, "datalog"), join(dir, "data"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    CU_ASSERT_STRING_EQUAL(ran.out, "");
}

static void wrong_words_are_refused(void)
{
    const char *dir = join(zk_untar_golden("java-3.9/small"), "data");
    ran_t ran = run_tool("", "cleanup", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.out, "Usage:\nPurgeTxnLog dataLogDir [snapDir] -n count\n\tdataLogDir");
    ran = run_tool("", "cleanup", dir, "-n", "2", NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "count should be greater than or equal to 3\n");
    ran = run_tool("", "cleanup", dir, "-n", "three", NULL);
    contains(ran.err, "'three' can not be parsed to integer.\n");
    ran = run_tool("", "cleanup", join(dir, "nosuch"), "-n", "3", NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "does not exist. \n");
}

static const char *write_config(const char *text)
{
    const char *path = zk_test_path("a zoo.cfg");

    zk_test_write_text(path, text);
    return path;
}

static void a_configuration_names_the_directories(void)
{
    const char *dir = join(zk_untar_golden("java-3.8/standalone"), "data");
    const char *config = write_config(apr_psprintf(zk_test_pool(), " dataDir = %s \n", dir));
    ran_t ran = run_tool("", "cleanup", "--config", config, "-n", "3", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "/version-2/snapshot.2a\n");
    dir = zk_untar_golden("java-3.9/quorum1");
    config = write_config(apr_psprintf(zk_test_pool(), "dataLogDir=%s\ndataDir=%s\n",
                                       join(dir, "datalog"), join(dir, "data")));
    CU_ASSERT_EQUAL(run_tool("", "cleanup", "--config", config, "-n", "5", NULL).code, ZK_TOOL_OK);
    ran = run_tool("", "cleanup", "--config", config, NULL);
    contains(ran.out, "Usage:");
    ran = run_tool("", "cleanup", "--config", config, dir, "-n", "3", NULL);
    contains(ran.out, "Usage:");
}

static void a_configuration_without_directories_is_refused(void)
{
    ran_t ran = run_tool("", "cleanup", "--config", write_config("x=y\n"), "-n", "3", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "dataDir is not set in '");
    ran = run_tool("", "cleanup", "--config", zk_test_path("none"), "-n", "3", NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "none'");
}

static const zk_test_t tests[] = {
    {"old files go and are named", old_files_go_and_are_named},
    {"separate directories are taken in upstream's order",
     separate_directories_are_taken_in_upstreams_order},
    {"a configuration names the directories", a_configuration_names_the_directories},
    {"a configuration without directories is refused",
     a_configuration_without_directories_is_refused},
    {"wrong words are refused", wrong_words_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_cleanup, "tool/cleanup", tests, NULL, NULL);
