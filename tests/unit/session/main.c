/* main.c -- the tests of the session room. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_password, suite_session, suite_expiry;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_password, &suite_session, &suite_expiry,
                                                    NULL};

    return zk_test_run(argc, argv, suites);
}
