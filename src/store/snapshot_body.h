/* snapshot_body.h -- decodes the body of a snapshot as it arrives: sessions, ACLs, znodes, the end
 * mark "/".
 *
 * The body is the same in a file and on its way to a learner, so this decoder is fed with bytes and
 * does not care where they come from.  It takes whole items only and keeps nothing: bytes it did
 * not take are offered again, with more behind them. */
#ifndef ZK_STORE_SNAPSHOT_BODY_H
#define ZK_STORE_SNAPSHOT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "store/store.h"

typedef enum zk_snapshot_part {
    ZK_SNAPSHOT_SESSIONS_COUNT,
    ZK_SNAPSHOT_SESSIONS,
    ZK_SNAPSHOT_ACLS_COUNT,
    ZK_SNAPSHOT_ACLS,
    ZK_SNAPSHOT_NODES,
    ZK_SNAPSHOT_DONE
} zk_snapshot_part_t;

typedef struct zk_snapshot_body {
    const zk_store_sink_t *sink; /* session, acl, node are used; each may be NULL */
    zk_snapshot_part_t part;
    int32_t left;             /* items of the current table still to come */
    int64_t string_bytes_max; /* lengths above are not believed */
    size_t needed;            /* bytes to offer before another try is of use */
    int64_t nodes_count;
    bool sink_failed; /* the status came from the sink, not from the bytes */
    zk_arena_t *arena;
} zk_snapshot_body_t;

void zk_snapshot_body_init(zk_snapshot_body_t *body, const zk_store_sink_t *sink,
                           int64_t string_bytes_max);
void zk_snapshot_body_free(zk_snapshot_body_t *body);

/* Decode the whole items among SIZE bytes at DATA; *USED says how many bytes they took.  The body
 * is complete when BODY->part is ZK_SNAPSHOT_DONE; bytes behind it are not touched.  When not
 * complete, offer at least BODY->needed bytes next, beginning with those not used.  ZK_E_CORRUPT
 * for bytes that cannot be a snapshot; a sink's status is passed on. */
apr_status_t zk_snapshot_body_feed(zk_snapshot_body_t *body, const uint8_t *data, size_t size,
                                   size_t *used, zk_note_t *note);

#endif
