/* complete.h -- what the word before the cursor can become: a command, an option or a path. */
#ifndef ZK_CLI_COMPLETE_H
#define ZK_CLI_COMPLETE_H

#include "cli/edit.h"
#include "cli/shell.h"

/* The choices for the word of LINE that ends at CURSOR, in SHELL's scratch pool.  The first word is
 * a command (the second too, after help); a word that begins with '-' an option of the command; one
 * that begins with '/' a znode, asked for from the server, which gets a second to answer.  There
 * are none for anything else, nor where the server says no. */
void zk_cli_complete(zk_shell_t *shell, const char *line, size_t cursor,
                     zk_edit_choices_t *choices);

#endif
