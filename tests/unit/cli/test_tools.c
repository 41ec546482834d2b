/* test_tools.c -- what commands share that needs no server: subtrees, bare results, lines of files.
 */
#include "cli/tools.h"

#include <string.h>
#include <apr_strings.h>

#include "cli/commands.h"
#include "cli/lines.h"
#include "lib/zk_test.h"

static bool below(const char *path, const char *root)
{
    return zk_cli_is_below(zk_str(path), zk_str(root));
}

static void a_path_is_below_whole_elements_only(void)
{
    CU_ASSERT_TRUE(below("/a", "/a"));
    CU_ASSERT_TRUE(below("/a/b", "/a"));
    CU_ASSERT_FALSE(below("/ab", "/a"));
    CU_ASSERT_FALSE(below("/", "/a"));
    CU_ASSERT_TRUE(below("/a", "/"));
    CU_ASSERT_TRUE(below("/", "/"));
    CU_ASSERT_FALSE(zk_cli_is_below(zk_str("/a"), ZK_STR_NULL));
}

static bool is_bare(const char *line)
{
    zk_cli_words_t words;

    zk_cli_split_line(&words, line, false, zk_test_pool());
    return zk_cli_is_bare(&words);
}

static void results_for_programs_come_alone(void)
{
    CU_ASSERT_TRUE(is_bare("export /"));
    CU_ASSERT_TRUE(is_bare("get --json /a"));
    CU_ASSERT_TRUE(is_bare("ls /a -json"));
    CU_ASSERT_FALSE(is_bare("ls /a"));
    CU_ASSERT_FALSE(is_bare("set /a --json"));
    CU_ASSERT_FALSE(is_bare("get -- --json"));
    CU_ASSERT_FALSE(is_bare("nothing --json"));
    CU_ASSERT_FALSE(is_bare(""));
}

static void lines_of_a_file_come_one_by_one(void)
{
    static zk_shell_t shell;
    const char *name = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/lines", NULL);
    zk_cli_lines_t lines;
    apr_file_t *file;
    zk_str_t line;
    int i;

    apr_file_open(&file, name, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                  APR_FPROT_OS_DEFAULT, zk_test_pool());
    apr_file_puts("one\n\n", file);
    for (i = 0; i < 10000; i++)
        apr_file_puts("0123456789 and more ", file);
    apr_file_puts("\nlast", file);
    apr_file_close(file);
    shell.scratch = zk_test_pool();
    CU_ASSERT_EQUAL_FATAL(zk_cli_lines_open(&lines, &shell, name), APR_SUCCESS);
    for (i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(zk_cli_lines_next(&lines, &line));
        CU_ASSERT_TRUE(zk_str_equal_c(line, "one"));
        CU_ASSERT_TRUE(zk_cli_lines_next(&lines, &line));
        CU_ASSERT_EQUAL(line.length, 0);
        CU_ASSERT_TRUE(zk_cli_lines_next(&lines, &line));
        CU_ASSERT_EQUAL(line.length, 200000);
        CU_ASSERT_TRUE(zk_cli_lines_next(&lines, &line));
        CU_ASSERT_TRUE(zk_str_equal_c(line, "last"));
        CU_ASSERT_EQUAL(lines.number, 4);
        CU_ASSERT_FALSE(zk_cli_lines_next(&lines, &line));
        CU_ASSERT_EQUAL(lines.rv, APR_SUCCESS);
        CU_ASSERT_EQUAL(zk_cli_lines_rewind(&lines), APR_SUCCESS);
    }
    zk_cli_lines_close(&lines);
}

static const zk_test_t tests[] = {
    {"a path is below whole elements only", a_path_is_below_whole_elements_only},
    {"results for programs come alone", results_for_programs_come_alone},
    {"lines of a file come one by one", lines_of_a_file_come_one_by_one},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_tools, "cli/tools", tests, NULL, NULL);
