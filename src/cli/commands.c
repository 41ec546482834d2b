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

enum { NAME_BYTES_MAX = 32, NO_GUESS = 99 };

/* How many letters must be added, dropped or changed to make B of A, whatever their case; NO_GUESS
 * for names too long to be commands. */
static int letters_apart(const char *a, const char *b)
{
    int row[NAME_BYTES_MAX + 1];
    int length = (int)strlen(b);
    int i;
    int j;

    if (length > NAME_BYTES_MAX || strlen(a) > NAME_BYTES_MAX)
        return NO_GUESS;
    for (j = 0; j <= length; j++)
        row[j] = j;
    for (i = 1; a[i - 1] != '\0'; i++) {
        int diagonal = row[0];

        row[0] = i;
        for (j = 1; j <= length; j++) {
            int change = diagonal + (apr_tolower(a[i - 1]) != apr_tolower(b[j - 1]));
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[length];
}

/* What people type who know other shells. */
static const char *translate_foreign(const char *name)
{
    static const char *const words[][2] = {
        {"exit", "quit"},  {"bye", "quit"},     {"cat", "get"},      {"rm", "delete"},
        {"del", "delete"}, {"mkdir", "create"}, {"touch", "create"}, {"dir", "ls"},
        {"list", "ls"},    {"put", "set"},      {"exists", "stat"},  {"rmdir", "delete"},
    };
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (zk_cli_equal_ignoring_case(words[i][0], name))
            return words[i][1];
    return NULL;
}

/* How far NAME is from COMMAND: beginnings of names are near, and one letter in three may be wrong.
 */
static int distance(const char *name, const zk_cli_command_t *command)
{
    int length = (int)strlen(name);
    int apart = letters_apart(name, command->name);

    if (length >= 3 && strncmp(command->name, name, (size_t)length) == 0)
        return 1;
    return apart <= length / 3 ? apart : NO_GUESS;
}

const zk_cli_command_t *zk_cli_guess_command(const char *name)
{
    const char *foreign = translate_foreign(name);
    const zk_cli_command_t *guess = NULL;
    const zk_cli_command_t *command;
    int least = NO_GUESS;

    if (foreign != NULL)
        return zk_cli_find_command(foreign);
    for (command = zk_cli_commands; command->name != NULL; command++) {
        int apart = distance(name, command);

        if (apart > least || apart == NO_GUESS)
            continue;
        guess = apart < least ? command : NULL; /* two are as near: no guess */
        least = apart;
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
