/* main.c -- starts zktool: streams, a pool, and over to the table of subcommands. */
#include <stdlib.h>
#include <apr_general.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/status.h"
#include "tool/tool.h"

int main(int argc, const char *const *argv, const char *const *env)
{
    zk_tool_t tool = {stdin, stdout, stderr, NULL};
    int code;

    plat_process_init();
    if (apr_app_initialize(&argc, &argv, &env) != APR_SUCCESS)
        return ZK_TOOL_FAILED;
    atexit(apr_terminate);
    apr_pool_create_ex(&tool.pool, NULL, zk_pool_abort, NULL);
    zk_log_setup(stderr, ZK_LOG_ERROR, -1); /* the subcommands say themselves what they find */
    code = zk_tool_run(&tool, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = code == ZK_TOOL_OK ? ZK_TOOL_FAILED : code;
    return code;
}
