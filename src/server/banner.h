/* banner.h -- the first lines of the log: what we are and where we run. */
#ifndef ZK_SERVER_BANNER_H
#define ZK_SERVER_BANNER_H

#include "config/config.h"

/* Log `Server environment:key=value` for each key of upstream's list. */
void zk_banner_log(const zk_config_t *config);

#endif
