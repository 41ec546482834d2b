/* main.c -- the tests of the library. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_session, suite_watching, suite_plain;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_plain, &suite_session, &suite_watching,
                                                    NULL};

    return zk_test_run(argc, argv, suites);
}
