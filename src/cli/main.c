/* main.c -- zkcli: hands over to the shell. */
#include <stdlib.h>
#include <apr_general.h>

#include "base/plat.h"
#include "cli/shell.h"

int main(int argc, const char *const *argv, const char *const *environment)
{
    int exit_code;

    plat_process_init();
    if (apr_app_initialize(&argc, &argv, &environment) != APR_SUCCESS)
        return EXIT_FAILURE;
    exit_code = zk_shell_main(argc, argv);
    apr_terminate();
    return exit_code;
}
