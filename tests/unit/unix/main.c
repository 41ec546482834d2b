/* main.c -- the tests of what only POSIX systems have, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_process, suite_service;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_process, &suite_service, NULL};

    return zk_test_run(argc, argv, suites);
}
