/* main.c -- the tests of the pipeline room. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_golden, suite_clients, suite_session_ops, suite_pending,
    suite_prepare, suite_multi, suite_order, suite_read, suite_watching, suite_throttle,
    suite_snapshots, suite_reap, suite_recovery, suite_lessons, suite_words, suite_random,
    suite_ensemble, suite_proposals, suite_roles, suite_streams, suite_moves, suite_upward;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_golden,
                                                    &suite_clients,
                                                    &suite_session_ops,
                                                    &suite_pending,
                                                    &suite_prepare,
                                                    &suite_multi,
                                                    &suite_order,
                                                    &suite_read,
                                                    &suite_watching,
                                                    &suite_throttle,
                                                    &suite_snapshots,
                                                    &suite_reap,
                                                    &suite_recovery,
                                                    &suite_lessons,
                                                    &suite_words,
                                                    &suite_random,
                                                    &suite_ensemble,
                                                    &suite_proposals,
                                                    &suite_roles,
                                                    &suite_streams,
                                                    &suite_moves,
                                                    &suite_upward,
                                                    NULL};

    return zk_test_run(argc, argv, suites);
}
