/* snapshot_read.h -- a whole snapshot from a file or from memory into a sink, with every seal
 * verified. */
#ifndef ZK_STORE_SNAPSHOT_READ_H
#define ZK_STORE_SNAPSHOT_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "store/snapshot_stream.h"
#include "store/store.h"

#define ZK_SNAPSHOT_MAGIC 0x5a4b534eu /* "ZKSN" */
#define ZK_SNAPSHOT_VERSION 2
#define ZK_SNAPSHOT_HEADER_BYTES 16
/* Checksum and the string "/" behind it. */
#define ZK_SNAPSHOT_SEAL_BYTES 13

typedef struct zk_snapshot_info {
    int64_t nodes_count;
    int64_t bytes; /* uncompressed, up to where reading stopped */
    bool has_digest;
    int64_t digest_zxid; /* 0: none yet */
    int32_t digest_version;
    int64_t digest;
    bool has_last_zxid; /* the section of 3.9 */
    int64_t last_zxid;
    bool incomplete;  /* it ended early: it was never written to its end */
    bool sink_failed; /* the status is the sink's */
} zk_snapshot_info_t;

/* Read STREAM, called NAME in messages, into SINK (session, acl, node; each may be NULL).  Strings
 * longer than STRING_BYTES_MAX are not believed.  ZK_E_CORRUPT unless every seal is good; the sink
 * may have got much before that is known.  INFO is filled in any case. */
apr_status_t zk_snapshot_read_stream(zk_snapshot_stream_t *stream, const char *name,
                                     int64_t string_bytes_max, const zk_store_sink_t *sink,
                                     zk_snapshot_info_t *info, zk_note_t *note);

/* The same for file PATH. */
apr_status_t zk_snapshot_read(const char *path, int64_t string_bytes_max,
                              const zk_store_sink_t *sink, zk_snapshot_info_t *info,
                              apr_pool_t *scratch, zk_note_t *note);

/* Upstream's cheap check, which chooses the candidates: magic of a compressed file, or the end mark
 * of a plain one. False also for files that cannot be read. */
bool zk_snapshot_looks_whole(const char *path, apr_pool_t *scratch);

#endif
