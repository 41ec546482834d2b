/* main.c -- the tests of peer, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_hello, suite_packet_scan, suite_snapshot_stream, suite_election,
    suite_learner;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_hello,           &suite_packet_scan,
                                                    &suite_snapshot_stream, &suite_election,
                                                    &suite_learner,         NULL};

    return zk_test_run(argc, argv, suites);
}
