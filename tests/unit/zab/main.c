/* main.c -- the tests of the zab room. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_quorum, suite_list_text, suite_vote, suite_election, suite_zab,
    suite_packets, suite_learner, suite_leader, suite_sync;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_quorum, &suite_list_text, &suite_vote,    &suite_election, &suite_leader,
        &suite_sync,   &suite_zab,       &suite_packets, &suite_learner,  NULL};

    return zk_test_run(argc, argv, suites);
}
