/* banner.c -- see banner.h.  The lines carry the keys of `envi`, in its order, from the same place.
 */
#include "server/banner.h"

#include "admin/environment.h"
#include "base/log.h"

static void log_one(void *baton, const char *key, const char *value)
{
    (void)baton;
    zk_info("Server environment:%s=%s", key, value);
}

void zk_banner_log(const zk_config_t *config)
{
    (void)config;
    zk_environment_visit(log_one, NULL);
}
