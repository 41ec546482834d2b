/* history.h -- lines of earlier runs, in a file. */
#ifndef ZK_CLI_HISTORY_H
#define ZK_CLI_HISTORY_H

#include <stdbool.h>
#include <apr_pools.h>

/* A longer file loses its oldest lines when it is read next. */
enum { ZK_HISTORY_BYTES_MAX = 256 * 1024 };

/* Where lines are kept, by the environment variable ZKCLI_HISTORY: NULL, for nowhere, where it is
 * unset, empty or "off"; for "on" zkcli_history in the user's state directory, which is made; else
 * what it says. */
const char *zk_history_path(apr_pool_t *pool);

/* Whether LINE may hold a password: it is then kept nowhere. */
bool zk_history_is_secret(const char *line);

typedef void zk_history_fn_t(void *baton, const char *line);

/* Call TAKE(BATON) with each line of the file at PATH, the oldest first; nothing where there is no
 * such file. */
void zk_history_load(const char *path, zk_history_fn_t *take, void *baton, apr_pool_t *scratch);

/* Append LINE to the file at PATH, unless it is secret or begins with a blank.  A failure is
 * nobody's business: this is a convenience. */
void zk_history_keep(const char *path, const char *line, apr_pool_t *scratch);

#endif
