/* source.h -- what four-letter words and metrics look at, gathered from all rooms; and the numbers
 * that only the body knows: how long syncs, snapshots and the start took. */
#ifndef ZK_SERVER_SOURCE_H
#define ZK_SERVER_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "config/config.h"
#include "net/net.h"
#include "pipeline/replica.h"
#include "server/disk_thread.h"
#include "server/snapshot_thread.h"
#include "store/store.h"

typedef struct zk_source zk_source_t;

/* All pointers must outlive the source, which lives in POOL. */
zk_source_t *zk_source_create(const zk_config_t *config, zk_store_t *store, zk_replica_t *replica,
                              zk_net_t *net, apr_pool_t *pool);

void zk_source_set_clocks(zk_source_t *source, int64_t wall_ms, int64_t mono_ms);
void zk_source_set_port(zk_source_t *source, uint16_t port);
void zk_source_set_serving(zk_source_t *source, bool serving);

/* A member of an ensemble: look at the replica for what this server is now. */
void zk_source_update(zk_source_t *source);

/* What this server is, in one line for a service manager, such as "standalone"; the role is the
 * first word. */
void zk_source_describe(const zk_source_t *source, char *text, size_t size);

/* A record of BYTES bytes is appended; as leader, that is a proposal. */
void zk_source_proposed(zk_source_t *source, size_t bytes);

/* A connection began with WORD: answer and close it when it is one of ours (see
 * zk_net_handlers_t.word). */
bool zk_source_answer_word(zk_source_t *source, uint64_t client, uint32_t word, zk_str_t argument);

/* Figures of the other threads and of the start. */
void zk_source_log_synced(zk_source_t *source, const zk_disk_report_t *report);
void zk_source_snapshot_taken(zk_source_t *source, const zk_snapshot_report_t *report);
/* The start took TOOK_MS, SNAPSHOT_MS of them for the snapshot and the rest for the txns behind it.
 */
void zk_source_loaded(zk_source_t *source, const zk_store_loaded_t *loaded, int64_t snapshot_ms,
                      int64_t took_ms);

#endif
