/* ensemble.h -- what the configuration says of the ensemble, for the brain and for the links; and
 * the links' news as events.
 *
 * The server list is fixed while a server runs: reconfiguration is not part of this version. */
#ifndef ZK_SERVER_ENSEMBLE_H
#define ZK_SERVER_ENSEMBLE_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "config/config.h"
#include "net/net.h"
#include "peer/peer.h"
#include "pipeline/replica.h"

/* Refuse what a member would need and this version has not.  Fills NOTE, ZK_E_UNSUPPORTED. */
apr_status_t zk_ensemble_check(const zk_config_t *config, zk_note_t *note);

/* Fill the ensemble's part of OPTIONS from CONFIG; memory from CONFIG's pool. */
void zk_ensemble_settings(zk_replica_options_t *options, const zk_config_t *config);

/* Bind the election ports; what the links bring becomes an event for STEP(BATON), which is called
 * from the pass of NET and from zk_peers_tick.  Memory from POOL. */
apr_status_t zk_ensemble_open(zk_peers_t **peers, const zk_config_t *config, zk_net_t *net,
                              void (*step)(void *baton, zk_event_t *event), void *baton,
                              apr_pool_t *pool, zk_note_t *note);

/* What this server is, as upstream's words have it: "leader", "follower", "observer", "read-only",
 * or "leaderelection" while there is no leader. */
const char *zk_ensemble_role(const zk_replica_t *replica);
/* The same as zk_peer_state of mntr: "following - broadcast". */
const char *zk_ensemble_peer_state(const zk_replica_t *replica);

#endif
