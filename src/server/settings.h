/* settings.h -- from the configuration to what each room is told: the only place where the two
 * meet. */
#ifndef ZK_SERVER_SETTINGS_H
#define ZK_SERVER_SETTINGS_H

#include <stdint.h>

#include "config/config.h"
#include "net/net.h"
#include "pipeline/replica.h"
#include "store/store.h"

/* Fill OPTIONS from CONFIG.  Strings stay the configuration's. */
void zk_settings_store(zk_store_options_t *options, const zk_config_t *config);
void zk_settings_net(zk_net_options_t *options, const zk_config_t *config);
void zk_settings_replica(zk_replica_options_t *options, const zk_config_t *config);

/* Connections that may be open at once where the system allows OPEN_FILES_MAX open files (-1:
 * unknown), in an ensemble of MEMBERS servers (0: none); 0: as many as come. */
int32_t zk_settings_sockets_max(int64_t open_files_max, int32_t members);

/* Listen where CONFIG says; *PORT is the client port that was bound. */
apr_status_t zk_settings_listen(zk_net_t *net, const zk_config_t *config, uint16_t *port,
                                zk_note_t *note);

/* Snapshots that a purge keeps; ms between purges, 0 for never. */
int zk_settings_retain_count(const zk_config_t *config);
int64_t zk_settings_purge_interval_ms(const zk_config_t *config);

#endif
