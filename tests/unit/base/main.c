/* main.c -- the tests of base, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_arena, suite_blob, suite_buffer, suite_bytes, suite_log,
    suite_map, suite_plat, suite_properties, suite_queue, suite_random, suite_status, suite_summary;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_status, &suite_bytes,      &suite_buffer, &suite_blob, &suite_map,
        &suite_arena,  &suite_properties, &suite_random, &suite_log,  &suite_queue,
        &suite_plat,   &suite_summary,    NULL};

    return zk_test_run(argc, argv, suites);
}
