/* main.c -- the tests of the room tree. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_cells, suite_check, suite_crc, suite_path, suite_digest,
    suite_acl, suite_tree, suite_znode, suite_apply, suite_replay, suite_quota, suite_reaper,
    suite_walk, suite_watch, suite_model, suite_golden;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_cells, &suite_check, &suite_crc,   &suite_path,   &suite_digest, &suite_acl,
        &suite_tree,  &suite_znode, &suite_apply, &suite_replay, &suite_quota,  &suite_reaper,
        &suite_walk,  &suite_watch, &suite_model, &suite_golden, NULL};

    return zk_test_run(argc, argv, suites);
}
