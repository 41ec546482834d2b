/* watch_commands.c -- watches, whether they are shown, and sync. */
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "client/path.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/opcode.h"

int zk_cli_run_add_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *mode = zk_cli_option(arguments, "m");
    int32_t number = ZK_ADD_WATCH_RECURSIVE;
    const char *path;

    if (arguments->words.count != 1)
        return zk_cli_usage(shell, "addWatch");
    if (mode != NULL && zk_cli_equal_ignoring_case(mode, "PERSISTENT"))
        number = ZK_ADD_WATCH_PERSISTENT;
    else if (mode != NULL && !zk_cli_equal_ignoring_case(mode, "PERSISTENT_RECURSIVE"))
        return zk_cli_usage(shell, "addWatch");
    path = arguments->words.items[0];
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    return zk_cli_finish(
        shell, zk_client_add_watch(shell->client, zk_str(path), number, shell->arena), path);
}

int zk_cli_run_remove_watches(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    static const struct {
        const char *option;
        int32_t type;
    } types[] = {{"c", ZK_WATCHER_CHILDREN},
                 {"d", ZK_WATCHER_DATA},
                 {"p", ZK_WATCHER_PERSISTENT},
                 {"r", ZK_WATCHER_PERSISTENT_RECURSIVE},
                 {"a", ZK_WATCHER_ANY}};
    int32_t type = ZK_WATCHER_ANY;
    const char *path;
    int i;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "removewatches");
    path = arguments->words.items[0];
    for (i = (int)(sizeof(types) / sizeof(types[0])) - 1; i >= 0; i--)
        if (zk_cli_has(arguments, types[i].option))
            type = types[i].type;
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    return zk_cli_finish(shell,
                         zk_client_remove_watches(shell->client, zk_str(path), type,
                                                  zk_cli_has(arguments, "l"), shell->arena),
                         path);
}

int zk_cli_run_print_watches(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    if (arguments->words.count == 0)
        zk_buffer_printf(&shell->out, "printwatches is %s\n", shell->print_watches ? "on" : "off");
    else
        shell->print_watches = strcmp(arguments->words.items[0], "on") == 0;
    zk_cli_tell_if_closed(shell);
    return ZK_CLI_OK;
}

int zk_cli_run_sync(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t code;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "sync");
    path = arguments->words.items[0];
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_sync(shell->client, zk_str(path), shell->arena);
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_SYNC_RETURNED))
        zk_buffer_printf(&shell->out, "Sync returned %d\n", (int)code);
    else if (code == ZK_CODE_OK)
        zk_buffer_printf(&shell->out, "Sync is OK\n");
    else
        zk_buffer_printf(&shell->out, "Sync has failed. rc=%d\n", (int)code);
    return ZK_CLI_OK;
}
