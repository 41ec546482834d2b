/* service_internal.h -- shared by the files about services of Windows. */
#ifndef ZK_VERBS_SERVICE_INTERNAL_H
#define ZK_VERBS_SERVICE_INTERNAL_H

#include "base/plat_service.h"
#include "verbs/service.h"

#define ZK_SERVICE_DEFAULT_NAME "Paddock"

enum { ZK_SERVICE_STOP_MS_MAX = 60000 };

/* Say why the service manager did not do it; the exit code. */
int zk_service_refused(zk_verbs_t *verbs, apr_status_t rv, const zk_note_t *note);

/* PATH from the root, in POOL; as it is when the system cannot tell. */
const char *zk_service_absolute(const char *path, apr_pool_t *pool);

/* The service of this installation that runs the configuration FILE (absolute); NULL without. */
const char *zk_service_of(const char *file, apr_pool_t *pool);

/* START in words, as `config` and `list` show it. */
const char *zk_service_start_text(plat_service_start_t start);

#endif
