/* main.c -- the tests of the command line. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_arguments, suite_dialect, suite_print, suite_commands,
    suite_quota, suite_shell, suite_line, suite_choices, suite_history;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_arguments, &suite_dialect, &suite_print,   &suite_commands, &suite_quota,
        &suite_shell,     &suite_line,    &suite_choices, &suite_history,  NULL};

    return zk_test_run(argc, argv, suites);
}
