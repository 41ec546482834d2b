/* commands.h -- the table of commands made from commands.def. */
#ifndef ZK_CLI_COMMANDS_H
#define ZK_CLI_COMMANDS_H

#include <stdbool.h>

#include "cli/shell.h"

typedef struct zk_cli_command {
    const char *name;
    int (*run)(zk_shell_t *shell, const zk_cli_arguments_t *arguments);
    const char *syntax;
    const char *options;
    const char *help;
    bool needs_session; /* else it runs also when closed */
    bool is_ours;       /* not in the usage text */
} zk_cli_command_t;

#define ZK_CLI_COMMAND(name, function, syntax, options, help, needs_session, is_ours)              \
    int zk_cli_run_##function(zk_shell_t *shell, const zk_cli_arguments_t *arguments);
#include "cli/commands.def"
#undef ZK_CLI_COMMAND

/* In the order of commands.def, ended by a NULL name. */
extern const zk_cli_command_t zk_cli_commands[];

const zk_cli_command_t *zk_cli_find_command(const char *name);

/* The command that was meant by NAME, which is none: another case, a beginning, a slip of some
 * letters, or a word of other shells.  NULL when there is none or more than one. */
const zk_cli_command_t *zk_cli_guess_command(const char *name);

/* The usage text of all commands, upstream's to the letter. */
void zk_cli_print_usage(zk_buffer_t *out);

/* What upstream's zkCli does not have. */
void zk_cli_print_extras(zk_buffer_t *out);

/* Whether the command of WORDS prints nothing of zkcli's own to standard output: those that
 * upstream lacks, and all with --json.  What reads them wants their result and nothing else. */
bool zk_cli_is_bare(const zk_cli_words_t *words);

/* The line of one command, and its option table where it has one. */
void zk_cli_print_command_usage(zk_buffer_t *out, const zk_cli_command_t *command);

#endif
