/* test_arguments.c -- lines to words, words to options.  The rows are those of the CLI notes, seen
 * with upstream. */
#include "cli/arguments.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "lib/zk_test.h"

/* The words of LINE joined with '|'. */
static const char *split(const char *line)
{
    zk_cli_words_t words;
    const char *joined = "";
    int i;

    zk_cli_split_line(&words, line, false, zk_test_pool());
    for (i = 0; i < words.count; i++)
        joined = apr_pstrcat(zk_test_pool(), joined, i > 0 ? "|" : "", words.items[i], NULL);
    return joined;
}

static void lines_are_split_as_upstream_does(void)
{
    static const struct {
        const char *line;
        const char *words;
    } cases[] = {
        {"create /a \"x y\"", "create|/a|x y"},
        {"create /a 'say \"hi\"'", "create|/a|say \"hi\""},
        {"create /a \"\"", "create|/a|"},
        {"\"ls\" '/'", "ls|/"},
        {"create /a it's", "create|/a|it's"},
        {"create /a a\"b c\"d", "create|/a|a\"b|c\"d"},
        {"create /a \"a\\\"b\"", "create|/a|a\\|b\""},
        {"create /a a\\ b", "create|/a|a\\|b"},
        {"create /a \"ab\"cd", "create|/a|ab|cd"},
        {"create /a 'abc", "create|/a|abc"},
        {"create /a \"abc def", "create|/a|abc|def"},
        {"  ls\t / ", "ls|/"},
        {"# text", "#|text"},
        {"", ""},
        {"   ", ""},
        {"\"", ""},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_STRING_EQUAL(split(cases[i].line), cases[i].words);
}

static void quotes_are_data_where_they_are_kept(void)
{
    zk_cli_words_t words;

    zk_cli_split_line(&words, " create  /a \"b\tc\" d\" ''", true, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(words.count, 5);
    CU_ASSERT_STRING_EQUAL(words.items[0], "create");
    CU_ASSERT_STRING_EQUAL(words.items[2], "\"b\tc\"");
    CU_ASSERT_STRING_EQUAL(words.items[3], "d\"");
    CU_ASSERT_STRING_EQUAL(words.items[4], "''");
}

static void many_short_words_fit(void)
{
    zk_cli_words_t words;
    char line[201];
    size_t i;

    for (i = 0; i < 200; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    line[200] = '\0';
    zk_cli_split_line(&words, line, false, zk_test_pool());
    CU_ASSERT_EQUAL(words.count, 100);
    memset(line, '"', 200);
    zk_cli_split_line(&words, line, false, zk_test_pool());
    CU_ASSERT_EQUAL(words.count, 100);
}

/* "-name=value" per option, then the positionals, all joined with '|'; or the sentence after '!'.
 */
static const char *parse(const char *spec, const char *line)
{
    zk_cli_arguments_t arguments;
    zk_cli_words_t words;
    zk_note_t note;
    const char *joined = "";
    int i;

    zk_cli_split_line(&words, line, false, zk_test_pool());
    if (!zk_cli_parse_arguments(&arguments, &words, spec, zk_test_pool(), &note))
        return apr_pstrcat(zk_test_pool(), "!", note.text, NULL);
    for (i = 0; i < arguments.count; i++)
        joined = apr_pstrcat(zk_test_pool(), joined, *joined != '\0' ? "|" : "", "-",
                             arguments.options[i].name, "=", arguments.options[i].value, NULL);
    for (i = 0; i < arguments.words.count; i++)
        joined = apr_pstrcat(zk_test_pool(), joined, *joined != '\0' ? "|" : "",
                             arguments.words.items[i], NULL);
    return joined;
}

static void options_stand_anywhere_bundle_and_take_arguments_in_three_ways(void)
{
    static const struct {
        const char *spec;
        const char *line;
        const char *expected;
    } cases[] = {
        {"s w", "get /a -s", "-s=|/a"},
        {"s v: b", "set /a x -v 3", "-v=3|/a|x"},
        {"b:", "deleteall /a -b 100", "-b=100|/a"},
        {"s w R", "ls -sw /a", "-s=|-w=|/a"},
        {"s e c t:", "create -es /q-", "-e=|-s=|/q-"},
        {"s e c t:", "create -st 5 /q-", "-s=|-t=5|/q-"},
        {"v:", "delete -v3 /a", "-v=3|/a"},
        {"v:", "delete -v=3 /a", "-v=3|/a"},
        {"v:", "delete -v -3 /a", "-v=-3|/a"},
        {"s v: b", "set /a -- -x", "/a|-x"},
        {"s v: b", "set -v 1 -v 2 /a x", "-v=1|/a|x"},
        {"s v: b", "set /a -", "/a|-"},
        {"s v: b", "set /a b c", "/a|b|c"},
        {"add: s", "reconfig -add A -s", "-add=A|-s="},
        {"add: s", "reconfig --add=A", "-add=A"},
        {"s v: b", "set /a -5", "/a|-5"},
        {"s v: b", "set /a -x", "!Unrecognized option: -x"},
        {"s w", "get -sq /a", "!Unrecognized option: -sq"},
        {"s w", "get -s=1 /a", "!Unrecognized option: -s=1"},
        {"s e c t:", "create -t", "!Missing argument for option: t"},
        {"s e c t:", "create -t -s /a", "!Missing argument for option: t"},
        {"", "close now", "now"},
        {"add:+ remove:+", "reconfig -add A -add=B -remove 1", "-add=A,B|-remove=1"},
        {"add:+ remove:+", "reconfig --add A --add B -remove 4", "-add=A,B|-remove=4"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_STRING_EQUAL(parse(cases[i].spec, cases[i].line), cases[i].expected);
}

static void repeating_an_option_without_end_does_no_harm(void)
{
    CU_ASSERT_STRING_EQUAL(parse("s", "get -sssssssssssssssssssssss -s -s -s /a"), "-s=|/a");
}

static void numbers_are_decimal_and_within_their_bounds(void)
{
    int64_t number = 0;

    CU_ASSERT_TRUE(zk_cli_parse_number(&number, "-7", INT32_MIN, INT32_MAX));
    CU_ASSERT_EQUAL(number, -7);
    CU_ASSERT_TRUE(zk_cli_parse_number(&number, "2147483647", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "2147483648", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "99999999999999999999", INT64_MIN, INT64_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "x", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "1x", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, " 1", INT32_MIN, INT32_MAX));
    CU_ASSERT_FALSE(zk_cli_parse_number(&number, "-", INT32_MIN, INT32_MAX));
}

static const zk_test_t tests[] = {
    {"lines are split as upstream does", lines_are_split_as_upstream_does},
    {"quotes are data where they are kept", quotes_are_data_where_they_are_kept},
    {"many short words fit", many_short_words_fit},
    {"options stand anywhere, bundle, and take arguments in three ways",
     options_stand_anywhere_bundle_and_take_arguments_in_three_ways},
    {"repeating an option without end does no harm", repeating_an_option_without_end_does_no_harm},
    {"numbers are decimal and within their bounds", numbers_are_decimal_and_within_their_bounds},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_arguments, "cli/arguments", tests, NULL, NULL);
