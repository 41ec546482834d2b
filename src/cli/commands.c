/* commands.c -- the table of commands, from commands.def, and the usage text.
 *
 * What each command does stands in X_commands.c, by what it is about. */
#include "cli/commands.h"

#include <string.h>
#include <apr_lib.h>

#include "cli/tools.h"

const zk_cli_command_t zk_cli_commands[] = {
#define ZK_CLI_COMMAND(name, function, syntax, options, help, needs_session, is_ours)              \
    {name, zk_cli_run_##function, syntax, options, help, needs_session, is_ours},
#include "cli/commands.def"
#undef ZK_CLI_COMMAND
    {NULL, NULL, NULL, NULL, NULL, false, false}};

const zk_cli_command_t *zk_cli_find_command(const char *name)
{
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

bool zk_cli_equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && apr_tolower(*a) == apr_tolower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const zk_cli_command_t *zk_cli_guess_command(const char *name)
{
    const zk_cli_command_t *guess = NULL;
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command->name != NULL; command++)
        if (zk_cli_equal_ignoring_case(command->name, name)) {
            if (guess != NULL)
                return NULL;
            guess = command;
        }
    return guess;
}

void zk_cli_print_usage(zk_buffer_t *out)
{
    const zk_cli_command_t *command;

    zk_buffer_printf(
        out, "ZooKeeper -server host:port -client-configuration properties-file cmd args\n");
    for (command = zk_cli_commands; command->name != NULL; command++)
        if (!command->is_ours)
            zk_buffer_printf(out, "\t%s %s\n", command->name, command->syntax);
}

/* Whether COMMAND of upstream has the option --json here. */
static bool has_json(const zk_cli_command_t *command)
{
    return !command->is_ours && strstr(command->options, "json") != NULL;
}

void zk_cli_print_extras(zk_buffer_t *out)
{
    const zk_cli_command_t *command;

    zk_buffer_printf(out, "Beyond ZooKeeper's own zkCli:\n");
    for (command = zk_cli_commands; command->name != NULL; command++)
        if (command->is_ours)
            zk_buffer_printf(out, "\t%s %s\n", command->name, command->syntax);
    for (command = zk_cli_commands; command->name != NULL; command++)
        if (has_json(command))
            zk_buffer_printf(out, "\t%s --json %s\n", command->name, command->syntax);
    zk_buffer_printf(out, "Options before the command: -compat version, -log level, -nocolor\n");
}

bool zk_cli_is_bare(const zk_cli_words_t *words)
{
    const zk_cli_command_t *command =
        words->count > 0 ? zk_cli_find_command(words->items[0]) : NULL;
    int i;

    if (command == NULL || command->is_ours)
        return command != NULL;
    for (i = 1; i < words->count && strcmp(words->items[i], "--") != 0; i++)
        if (has_json(command) &&
            (strcmp(words->items[i], "--json") == 0 || strcmp(words->items[i], "-json") == 0))
            return true;
    return false;
}

void zk_cli_print_command_usage(zk_buffer_t *out, const zk_cli_command_t *command)
{
    zk_buffer_printf(out, "%s %s\n", command->name, command->syntax);
    if (command->help != NULL)
        zk_buffer_printf(out, "%s\n", command->help);
}
