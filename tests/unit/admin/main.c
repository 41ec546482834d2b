/* main.c -- the tests of admin, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_environment, suite_fourlw, suite_fourlw_dump, suite_metrics;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_environment, &suite_fourlw,
                                                    &suite_fourlw_dump, &suite_metrics, NULL};

    return zk_test_run(argc, argv, suites);
}
