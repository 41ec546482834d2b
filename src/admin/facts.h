/* facts.h -- where four-letter words and metrics get their facts: filled by the server, only read
 * here.
 *
 * Everything in it is looked at from the thread that owns the replica and the sockets.  Strings and
 * pointers must outlive whoever was given them; the server may change the plain values
 * between calls. */
#ifndef ZK_ADMIN_FACTS_H
#define ZK_ADMIN_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/metrics.h"
#include "base/buffer.h"
#include "net/net.h"
#include "pipeline/replica.h"

typedef struct zk_admin_facts {
    zk_replica_t *replica;
    zk_net_t *net;
    zk_metrics_t *metrics;

    const char *whitelist;     /* 4lw.commands.whitelist as configured; NULL: not set */
    bool is_read_only_enabled; /* readonlymode.enabled: `isro` is then always allowed */
    bool is_serving;           /* clients are served now */
    bool is_read_only;         /* ... by a read-only server */
    const char *server_state;  /* "standalone", "leader", ... */
    const char *peer_state;    /* as zk_peer_state prints it; NULL: no member of an ensemble */

    int32_t quorum_size; /* voters; 0 for a standalone server */
    /* Bytes of proposals made as leader; count 0 before the first. */
    int64_t proposals_count, last_proposal_bytes, min_proposal_bytes, max_proposal_bytes;

    int64_t wall_ms, mono_ms; /* as of this pass */
    int64_t started_mono_ms;  /* when the present role began */
    int32_t sessionless_timeout_ms;

    void *baton;
    /* Append the reply of `conf`. */
    void (*print_config)(void *baton, zk_buffer_t *out);
    /* Bytes of the version-2 directories of snapshots and logs. */
    void (*directory_bytes)(void *baton, int64_t *data_bytes, int64_t *log_bytes);
} zk_admin_facts_t;

#endif
