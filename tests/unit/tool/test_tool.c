/* test_tool.c -- the table of subcommands. */
#include "tool_fixture.h"

#include "tool/tool.h"

static void help_names_every_subcommand(void)
{
    static const char *const names[] = {"txnlog",  "snapshot", "check",
                                        "cleanup", "compare",  "summary"};
    ran_t ran = run_tool("", "help", NULL);
    size_t i;

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        contains(ran.out, names[i]);
}

static void an_unknown_subcommand_is_refused(void)
{
    ran_t ran = run_tool("", "nosuch", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "'nosuch'");
    CU_ASSERT_EQUAL(run_tool("", NULL).code, ZK_TOOL_INVALID);
}

static void the_version_is_told(void)
{
    ran_t ran = run_tool("", "version", NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, PADDOCK_VERSION);
}

static const zk_test_t tests[] = {
    {"help names every subcommand", help_names_every_subcommand},
    {"an unknown subcommand is refused", an_unknown_subcommand_is_refused},
    {"the version is told", the_version_is_told},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_tool, "tool/tool", tests, NULL, NULL);
