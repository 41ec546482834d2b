/* main.c -- the tests of net, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_address, suite_conn, suite_guest, suite_listener, suite_loop,
    suite_rate_log;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_address, &suite_rate_log, &suite_conn, &suite_listener,
        &suite_loop,    &suite_guest,    NULL};

    return zk_test_run(argc, argv, suites);
}
