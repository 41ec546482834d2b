/* main.c -- the tests of config, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_compare, suite_config, suite_idle, suite_members;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_compare, &suite_config, &suite_idle,
                                                    &suite_members, NULL};

    return zk_test_run(argc, argv, suites);
}
