/* load.h -- start-up: pour the store into the replica. */
#ifndef ZK_SERVER_LOAD_H
#define ZK_SERVER_LOAD_H

#include "base/status.h"
#include "pipeline/replica.h"
#include "server/source.h"
#include "store/store.h"

/* Load STORE into REPLICA, and give a directory without a snapshot its first one before anything is
 * logged, because readers refuse logs that no snapshot precedes.  Times and counts go to SOURCE,
 * the zxid it ends at to *LAST_ZXID (-1: an empty database that may not vote).  On failure NOTE
 * says what to do. */
apr_status_t zk_load(zk_store_t *store, zk_replica_t *replica, zk_source_t *source,
                     int64_t *last_zxid, zk_note_t *note);

#endif
