/* shell_commands.c -- connection, history and help: what is about zkcli itself. */
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

int zk_cli_run_close(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    (void)arguments;
    zk_client_close(shell->client);
    return ZK_CLI_OK;
}

int zk_cli_run_connect(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *connect = arguments->words.count > 0 ? arguments->words.items[0] : shell->connect;

    return zk_shell_connect(shell, connect) ? ZK_CLI_OK : ZK_CLI_FAILED;
}

int zk_cli_run_quit(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    (void)arguments;
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_QUITTING))
        zk_buffer_printf(&shell->out, "Quitting...\n");
    shell->is_quitting = true;
    return shell->exit_code;
}

int zk_cli_run_compat(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *name;

    if (arguments->words.count == 0) {
        zk_buffer_printf(&shell->out, "compat is %s\n", shell->dialect_name);
        return ZK_CLI_OK;
    }
    name = arguments->words.items[0];
    if (!zk_dialect_parse(&shell->dialect, name))
        return zk_cli_usage(shell, "compat");
    shell->dialect_name = apr_pstrdup(shell->pool, name);
    if (shell->client != NULL)
        zk_shell_spell_log(shell, shell->client);
    return ZK_CLI_OK;
}

int zk_cli_run_version(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    if (arguments->words.count > 0)
        return zk_cli_usage(shell, "version");
    zk_buffer_printf(&shell->out, "ZooKeeper CLI version: 3.9.5 (Paddock %s)\n", PADDOCK_VERSION);
    return ZK_CLI_OK;
}

/* What upstream says behind the answer of a command that needs no session, when there is none. */
void zk_cli_tell_if_closed(zk_shell_t *shell)
{
    if (shell->client != NULL && !zk_client_is_alive(shell->client))
        zk_buffer_printf(&shell->out, "Not connected\n");
}

int zk_cli_run_history(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    int i;

    (void)arguments;
    for (i = shell->count > 10 ? shell->count - 10 : 0; i <= shell->count; i++) {
        const char *line = zk_shell_history(shell, i);

        if (line != NULL)
            zk_buffer_printf(&shell->out, "%d - %s\n", i, line);
    }
    zk_cli_tell_if_closed(shell);
    return ZK_CLI_OK;
}

int zk_cli_run_redo(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_cli_words_t words;
    const char *line;
    char *end;
    long number;

    if (arguments->words.count == 0)
        return ZK_CLI_OK;
    number = strtol(arguments->words.items[0], &end, 0);
    if (end == arguments->words.items[0] || *end != '\0')
        return zk_cli_usage(shell, "redo");
    line = number >= 0 && number < shell->count ? zk_shell_history(shell, (int)number) : NULL;
    if (line == NULL)
        return zk_cli_complain(shell, "Command index out of range");
    zk_cli_split_line(&words, line, zk_dialect_has(shell->dialect, ZK_DIALECT_KEEP_QUOTES),
                      shell->scratch);
    if (words.count > 0 && strcmp(words.items[0], "redo") == 0)
        return zk_cli_complain(shell, "No redoing redos");
    zk_shell_remember(shell, apr_pstrdup(shell->scratch, line));
    return words.count > 0 ? zk_shell_run(shell, &words) : ZK_CLI_OK;
}

int zk_cli_run_help(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_command_t *command;

    if (arguments->words.count == 0) {
        zk_cli_print_usage(&shell->out);
        zk_buffer_append(&shell->out, "\n", 1);
        zk_cli_print_extras(&shell->out);
        return ZK_CLI_OK;
    }
    if (strcmp(arguments->words.items[0], "extras") == 0) {
        zk_cli_print_extras(&shell->out);
        return ZK_CLI_OK;
    }
    command = zk_cli_find_command(arguments->words.items[0]);
    if (command == NULL) {
        zk_buffer_printf(&shell->err, "Command not found: Command not found %s\n",
                         arguments->words.items[0]);
        return ZK_CLI_UNKNOWN;
    }
    zk_cli_print_command_usage(&shell->out, command);
    return ZK_CLI_OK;
}
