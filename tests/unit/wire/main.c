/* main.c -- the tests of the wire room. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_code, suite_opcode, suite_codec, suite_frame, suite_multi,
    suite_txn;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_code, &suite_opcode, &suite_codec, &suite_frame, &suite_multi, &suite_txn, NULL};

    return zk_test_run(argc, argv, suites);
}
