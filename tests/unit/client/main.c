/* main.c -- the tests of the client room. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_hosts, suite_path, suite_watches, suite_handle;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_hosts, &suite_path, &suite_watches,
                                                    &suite_handle, NULL};

    return zk_test_run(argc, argv, suites);
}
