/* main.c -- the tests of server, a suite per file. */
#include "lib/zk_test.h"

extern const zk_test_suite_t suite_disk_thread, suite_ensemble, suite_load, suite_manager,
    suite_server, suite_settings, suite_snapshot_thread, suite_stopper;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {
        &suite_disk_thread,     &suite_ensemble, &suite_load,
        &suite_manager,         &suite_server,   &suite_settings,
        &suite_snapshot_thread, &suite_stopper,  NULL};

    return zk_test_run(argc, argv, suites);
}
