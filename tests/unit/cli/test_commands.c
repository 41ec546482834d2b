/* test_commands.c -- the table of commands and the usage text. */
#include "cli/commands.h"

#include <string.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static void commands_are_found_by_their_exact_name(void)
{
    CU_ASSERT_STRING_EQUAL(zk_cli_find_command("getAcl")->syntax, "[-s] path");
    CU_ASSERT_PTR_NULL(zk_cli_find_command("getacl"));
    CU_ASSERT_PTR_NULL(zk_cli_find_command(""));
}

static void a_name_in_the_wrong_case_is_guessed(void)
{
    CU_ASSERT_STRING_EQUAL(zk_cli_guess_command("GETACL")->name, "getAcl");
    CU_ASSERT_STRING_EQUAL(zk_cli_guess_command("GetALLchildrennumber")->name,
                           "getAllChildrenNumber");
}

static void slips_beginnings_and_words_of_other_shells_are_guessed(void)
{
    static const char *const cases[][2] = {
        {"removewath", "removewatches"},
        {"crate", "create"},
        {"print", "printwatches"},
        {"hist", "history"},
        {"exit", "quit"},
        {"mkdir", "create"},
        {"geta", "get"},
        {"addwach", "addWatch"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const zk_cli_command_t *guess = zk_cli_guess_command(cases[i][0]);

        CU_ASSERT_STRING_EQUAL(guess != NULL ? guess->name : "", cases[i][1]);
    }
}

static void what_resembles_nothing_or_several_is_not_guessed(void)
{
    CU_ASSERT_PTR_NULL(zk_cli_guess_command("foo"));
    CU_ASSERT_PTR_NULL(zk_cli_guess_command("add"));
    CU_ASSERT_PTR_NULL(zk_cli_guess_command("x"));
    CU_ASSERT_PTR_NULL(zk_cli_guess_command(""));
    CU_ASSERT_PTR_NULL(zk_cli_guess_command("a-name-of-more-letters-than-any-command-has"));
}

static void the_table_is_in_the_order_of_the_usage_text(void)
{
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command[1].name != NULL; command++)
        CU_ASSERT_TRUE(strcmp(command[0].name, command[1].name) < 0);
}

static void the_usage_text_has_a_tab_before_each_command(void)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    const char *text;

    zk_cli_print_usage(&out);
    text = zk_test_take_buffer(&out);
    CU_ASSERT_EQUAL(
        strncmp(text,
                "ZooKeeper -server host:port -client-configuration properties-file cmd args\n", 75),
        0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n\tclose \n"));
    CU_ASSERT_PTR_NULL(strstr(text, "\thelp"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n\tcreate [-s] [-e] [-c] [-t ttl] path [data] [acl]\n"));
}

static void usage_of_one_command_ends_with_its_option_table(void)
{
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_cli_print_command_usage(&out, zk_cli_find_command("set"));
    zk_cli_print_command_usage(&out, zk_cli_find_command("sync"));
    CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), "set path data [-s] [-v version] [-b]\n"
                                                      " -b         Supply data in base64 format\n"
                                                      " -s         Print znode stats additionally\n"
                                                      " -v <arg>   Set with an expected version\n"
                                                      "\n"
                                                      "sync path\n");
}

static const zk_test_t tests[] = {
    {"commands are found by their exact name", commands_are_found_by_their_exact_name},
    {"a name in the wrong case is guessed", a_name_in_the_wrong_case_is_guessed},
    {"slips, beginnings and words of other shells are guessed",
     slips_beginnings_and_words_of_other_shells_are_guessed},
    {"what resembles nothing or several is not guessed",
     what_resembles_nothing_or_several_is_not_guessed},
    {"the table is in the order of the usage text", the_table_is_in_the_order_of_the_usage_text},
    {"the usage text has a tab before each command", the_usage_text_has_a_tab_before_each_command},
    {"usage of one command ends with its option table",
     usage_of_one_command_ends_with_its_option_table},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_commands, "cli/commands", tests, NULL, NULL);
