/* main.c -- the tests of tool, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_tool, suite_txnlog, suite_snapshot, suite_check, suite_cleanup,
    suite_compare, suite_summary, suite_text;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_tool,     &suite_text,    &suite_txnlog,
                                                    &suite_snapshot, &suite_check,   &suite_cleanup,
                                                    &suite_compare,  &suite_summary, NULL};

    return zk_test_run(argc, argv, suites);
}
