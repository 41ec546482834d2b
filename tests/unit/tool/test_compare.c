/* test_compare.c -- zktool compare. */
#include "tool_fixture.h"

#include <string.h>

#include "tool/tool.h"

static const char *left;
static const char *right;

static void two_snapshots(void)
{
    const char *dir = join(zk_untar_golden("java-3.8/standalone"), "data/version-2");

    left = join(dir, "snapshot.1a");
    right = join(dir, "snapshot.55");
}

static void differences_above_the_thresholds_are_printed(void)
{
    ran_t ran = run_tool("", "compare", "-l", left, "-r", right, "-b", "2", "-n", "1", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Successfully parsed options!\nDeserialized snapshot in snapshot.1a in ");
    contains(ran.out, "Node count: 27\nTotal size: 91108\nMax depth: 4\nCount of nodes at depth 0: "
                      "1\n");
    contains(ran.out, "Printing analysis for nodes difference larger than 2 bytes or node count "
                      "difference larger than 1.\nAnalysis for depth 0\n"
                      "Node  found in both trees. Delta: 180 bytes, 28 descendants\n");
    contains(ran.out, "Node /acl found only in right tree. Descendant size: 5. Descendant count: "
                      "5\n");
    contains(ran.out, "Node /live found in both trees. Delta: -2 bytes, -2 descendants\n");
    contains(ran.out, "\nAll layers compared.\n");
    CU_ASSERT_PTR_NULL(strstr(ran.out, "Filtered"));
}

static void debug_says_what_was_filtered(void)
{
    ran_t ran = run_tool("", "compare", "-l", right, "-r", left, "-b", "2", "-n", "1", "-d", NULL);

    contains(ran.out, "Comparing  to \nsame\n");
    contains(ran.out, "left is less\n");
    contains(ran.out, "Filtered left node ");
    contains(ran.out, "Filtered node /seq of left size ");
}

static void interactive_mode_answers(void)
{
    ran_t ran = run_tool("\n9\nx\n/app\n/nosuch\n2\n", "compare", "--left", left, "--right", right,
                         "--bytes", "2", "--nodes", "1", "-i", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK); /* the end of the input ends it */
    contains(ran.out, "Current depth is 0\n- Press enter");
    contains(ran.out, "Depth must be in range [0, 4]\n");
    contains(ran.out, "Input x is not valid.");
    contains(ran.out, "Analysis for node /app\n");
    contains(ran.out, "Node /app/after-quota found only in right tree.");
    contains(ran.out, "Path /nosuch is neither found in left tree nor right tree.\n");
    contains(ran.out, "Analysis for depth 2\n");
}

static void wrong_words_are_refused(void)
{
    ran_t ran = run_tool("", "compare", "-l", left, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "Missing required options: r, b, n\n");
    CU_ASSERT_EQUAL(run_tool("", "compare", "-q", NULL).code, ZK_TOOL_INVALID);
    CU_ASSERT_EQUAL(
        run_tool("", "compare", "-l", left, "-r", "nosuch", "-b", "1", "-n", "1", NULL).code,
        ZK_TOOL_FAILED);
}

static const zk_test_t tests[] = {
    {"differences above the thresholds are printed", differences_above_the_thresholds_are_printed},
    {"debug says what was filtered", debug_says_what_was_filtered},
    {"interactive mode answers", interactive_mode_answers},
    {"wrong words are refused", wrong_words_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_compare, "tool/compare", tests, two_snapshots, NULL);
