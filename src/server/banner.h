/* banner.h -- the version and the first lines of the log: where we run. */
#ifndef ZK_SERVER_BANNER_H
#define ZK_SERVER_BANNER_H

#include "config/config.h"

/* "3.9.5-paddock-<version>, built on <date>": what version lines show. */
const char *zk_banner_version(void);

/* Log `Server environment:key=value` for each key of upstream's list. */
void zk_banner_log(const zk_config_t *config);

#endif
