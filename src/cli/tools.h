/* tools.h -- what the commands share: complaints, arguments with a meaning, walking a tree.
 *
 * A command returns its exit code.  Results go to shell->out, "Created" and every complaint to
 * shell->err, as upstream does.  Paths are checked before anything is sent. */
#ifndef ZK_CLI_TOOLS_H
#define ZK_CLI_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/shell.h"
#include "wire/records.h"

/* Show the usage of command NAME; returns the exit code of a failure. */
int zk_cli_usage(zk_shell_t *shell, const char *name);

/* Say SENTENCE; returns the exit code of a failure. */
int zk_cli_complain(zk_shell_t *shell, const char *sentence);

/* Say more than upstream does, on a line of its own; nothing in dialects of 3.4. */
void zk_cli_hint(zk_shell_t *shell, const char *sentence);

/* The hint for a znode PATH that could not be created because its parent is missing. */
void zk_cli_hint_parent(zk_shell_t *shell, const char *path);

/* The hint for a connection that was lost over a request of BYTES, if that may be why. */
void zk_cli_hint_size(zk_shell_t *shell, int32_t code, size_t bytes);

/* The exit code for result CODE of an operation at PATH, with the sentence where it is not OK. */
int zk_cli_finish(zk_shell_t *shell, int32_t code, const char *path);

/* False after a complaint about PATH. */
bool zk_cli_path_is_valid(zk_shell_t *shell, const char *path, bool is_sequential);

/* The version to expect: option -v, else positional WORD (as 3.4 wrote it) where it is a number,
 * else -1.  False after a complaint. */
bool zk_cli_take_version(zk_shell_t *shell, const zk_cli_arguments_t *arguments, int word,
                         int32_t *version);

/* Whether a watch is wanted: option -w, or any second positional (as 3.4 wrote it), which gets the
 * sentence DEPRECATION. */
bool zk_cli_take_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                       const char *deprecation);

/* A form of ZooKeeper 3.4 was typed: say once to a person in a newer dialect that there is another.
 */
void zk_cli_note_old_form(zk_shell_t *shell);

/* The same, and say SENTENCE about the old form, where the dialect does. */
void zk_cli_deprecate(zk_shell_t *shell, const char *sentence);

/* The stat block where option -s was given, or where the dialect shows it always. */
void zk_cli_print_stat_of_era(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                              const zk_stat_t *stat);

/* The stat block where option -s was given. */
void zk_cli_print_stat_if_asked(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                                const zk_stat_t *stat);

/* Say "Not connected" where there is no session (history and printwatches do, after their answer).
 */
void zk_cli_tell_if_closed(zk_shell_t *shell);

bool zk_cli_equal_ignoring_case(const char *a, const char *b);

/* For qsort of zk_str_t. */
int zk_cli_compare_names(const void *a, const void *b);

/* Whether PATH is ROOT or below it; never where ROOT is null. */
bool zk_cli_is_below(zk_str_t path, zk_str_t root);

/* PARENT/CHILD, with a NUL behind, until the command ends. */
zk_str_t zk_cli_join_path(zk_shell_t *shell, zk_str_t parent, zk_str_t child);

#endif
