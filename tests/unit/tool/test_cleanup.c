/* test_cleanup.c -- zktool cleanup. */
#include "tool_fixture.h"

#include "tool/tool.h"

static void old_files_go_and_are_named(void)
{
    const char *dir = join(unpack("java-3.8/standalone"), "data");
    ran_t ran = run_tool("", "cleanup", "-n", "3", "--dry-run", dir, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "\t");
    CU_ASSERT_TRUE(exists(join(dir, "version-2/snapshot.0")));
    ran = run_tool("", "cleanup", dir, "-n", "3", NULL); /* upstream's order */
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Removing file: ");
    contains(ran.out, "/version-2/snapshot.2a\n");
    CU_ASSERT_FALSE(exists(join(dir, "version-2/snapshot.0")));
    CU_ASSERT_FALSE(exists(join(dir, "version-2/log.1c")));
    CU_ASSERT_TRUE(exists(join(dir, "version-2/log.2c")));
    CU_ASSERT_TRUE(exists(join(dir, "version-2/snapshot.35")));
    CU_ASSERT_EQUAL(run_tool("", "check", dir, NULL).code, ZK_TOOL_OK);
}

static void separate_directories_are_taken_in_upstreams_order(void)
{
    const char *dir = unpack("java-3.9/quorum1");
    ran_t ran = run_tool("", "cleanup", "-n", "5", join(dir, "datalog"), join(dir, "data"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    CU_ASSERT_STRING_EQUAL(ran.out, "");
}

static void wrong_words_are_refused(void)
{
    const char *dir = join(unpack("java-3.9/small"), "data");
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

static const zk_test_t tests[] = {{"old files go and are named", old_files_go_and_are_named},
                                  {"separate directories are taken in upstream's order",
                                   separate_directories_are_taken_in_upstreams_order},
                                  {"wrong words are refused", wrong_words_are_refused},
                                  {NULL, NULL}};

ZK_TEST_SUITE(suite_cleanup, "tool/cleanup", tests, NULL, NULL);
