/* test_summary.c -- zktool summary. */
#include "tool_fixture.h"

#include <string.h>

#include "tool/tool.h"

static const char *snapshot(void)
{
    return join(zk_untar_golden("java-3.8/standalone"), "data/version-2/snapshot.55");
}

static void sums_go_up_and_lines_go_down_to_the_depth(void)
{
    const char *file = snapshot();
    ran_t ran = run_tool("", "summary", file, "/", "1", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    CU_ASSERT_EQUAL(
        strncmp(ran.out, " /\n   children: 54\n   data: 91288\n-- /acl\n--   children: 5\n", 52),
        0);
    CU_ASSERT_PTR_NULL(strstr(ran.out, "---- /"));
    ran = run_tool("", "summary", file, "/", "0", NULL);
    contains(ran.out, "---- /zookeeper/quota\n----   children: 3\n");
    ran = run_tool("", "summary", file, "/cont", "0", NULL);
    CU_ASSERT_STRING_EQUAL(ran.out, " /cont\n   children: 3\n   data: 28\n-- /cont/used\n"
                                    "--   children: 1\n--   data: 11\n\n");
}

static void wrong_words_are_refused(void)
{
    const char *file = snapshot();

    CU_ASSERT_EQUAL(run_tool("", "summary", file, "/", NULL).code, ZK_TOOL_INVALID);
    CU_ASSERT_EQUAL(run_tool("", "summary", file, "/", "x", NULL).code, ZK_TOOL_INVALID);
    CU_ASSERT_EQUAL(run_tool("", "summary", file, "/nosuch", "0", NULL).code, ZK_TOOL_FAILED);
    CU_ASSERT_EQUAL(run_tool("", "summary", "nosuch", "/", "0", NULL).code, ZK_TOOL_FAILED);
}

static const zk_test_t tests[] = {
    {"sums go up, and lines go down to the depth", sums_go_up_and_lines_go_down_to_the_depth},
    {"wrong words are refused", wrong_words_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_summary, "tool/summary", tests, NULL, NULL);
