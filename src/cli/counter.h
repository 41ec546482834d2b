/* counter.h -- the counter behind sequential names, raised through what every client may do.
 *
 * The server counts the children ever created under a znode and never lets a client set that count;
 * creating a child and deleting it again is the only way up.  Both are done in one transaction,
 * many times over, so that no other client ever sees the child. */
#ifndef ZK_CLI_COUNTER_H
#define ZK_CLI_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/shell.h"

/* Raise the counter of PATH, so that its next sequential child gets at least the number TARGET.
 * *NEXT is the number that it gets now.  Where more than GAP_MAX are missing, nothing is done and
 * *IS_TOO_FAR true.  Returns the code of the first failure; Ctrl+C ends it early with OK. */
int32_t zk_cli_raise_counter(zk_shell_t *shell, const char *path, int32_t target, int32_t gap_max,
                             int32_t *next, bool *is_too_far);

#endif
