/* main.c -- the tests of verbs, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_cluster, suite_log_file, suite_pid_file, suite_verbs;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_cluster, &suite_log_file,
                                                    &suite_pid_file, &suite_verbs, NULL};

    return zk_test_run(argc, argv, suites);
}
