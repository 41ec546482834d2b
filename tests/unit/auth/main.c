/* main.c -- the tests of the room auth. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_digest;
extern const zk_test_suite_t suite_identities;
extern const zk_test_suite_t suite_ip;
extern const zk_test_suite_t suite_scheme;

int main(int argc, const char *const *argv)
{
    const zk_test_suite_t *const suites[] = {&suite_digest, &suite_identities, &suite_ip,
                                             &suite_scheme, NULL};

    return zk_test_run(argc, argv, suites);
}
