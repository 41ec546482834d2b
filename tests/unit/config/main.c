/* main.c -- the tests of config, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_check, suite_compare, suite_config, suite_file, suite_idle,
    suite_keys, suite_members, suite_path, suite_print, suite_value;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_check,   &suite_compare, &suite_config, &suite_file,  &suite_idle, &suite_keys,
        &suite_members, &suite_path,    &suite_print,  &suite_value, NULL};

    return zk_test_run(argc, argv, suites);
}
