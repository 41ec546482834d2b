/* as_service.h -- this process as a service of Windows: `zkserver --service -n NAME`, which is what
 * the service manager calls.
 *
 * Which server that is was written down when the service was installed (plat_service_parameters).
 */
#ifndef ZK_VERBS_AS_SERVICE_H
#define ZK_VERBS_AS_SERVICE_H

#include <stdbool.h>
#include <apr_pools.h>

#include "verbs/log_file.h"
#include "verbs/verbs.h"

/* Whether ARGV is what the service manager calls us with. */
bool zk_as_service_wanted(int argc, const char *const *argv);

/* Be that service: SERVE is called on a thread of the manager's, with the command line of its
 * server; the exit code. */
int zk_as_service_run(int argc, const char *const *argv, zk_verbs_serve_fn_t *serve);

/* The log of the running service; NULL when this process is none. */
zk_log_file_t *zk_as_service_log(void);

/* From now on relative paths are taken from the folder that holds `bin`: a service starts in a
 * folder of the system's, and means the same files as whoever installed it. */
apr_status_t zk_as_service_enter_home(apr_pool_t *scratch, zk_note_t *note);

#endif
