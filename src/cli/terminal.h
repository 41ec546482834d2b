/* terminal.h -- lines from a person at a terminal that an editor can drive. */
#ifndef ZK_CLI_TERMINAL_H
#define ZK_CLI_TERMINAL_H

#include "cli/shell.h"

/* Open the editor as SHELL->edit and give it the lines of earlier runs; false when there is none
 * here. */
bool zk_terminal_open(zk_shell_t *shell);

/* Read lines and run them until quit, the end of input, or Ctrl-C on an empty line. */
void zk_terminal_run(zk_shell_t *shell);

#endif
