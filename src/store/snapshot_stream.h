/* snapshot_stream.h -- the bytes of a snapshot file with its compression taken off, or put on.
 *
 * Three forms: plain, gzip (one or more RFC 1952 members), and the stream of snappy-java (its own
 * magic, then blocks with a length in front; no checksum and no end mark, which is why the
 * snapshot's seals matter). */
#ifndef ZK_STORE_SNAPSHOT_STREAM_H
#define ZK_STORE_SNAPSHOT_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <apr_file_io.h>
#include <apr_pools.h>

#include "base/buffer.h"
#include "base/status.h"
#include "store/disk.h"
#include "store/store.h"

/* ---- reading ---- */

typedef struct zk_snapshot_stream zk_snapshot_stream_t;

/* Read file PATH, whose name tells the compression.  STREAM lives in POOL. */
apr_status_t zk_snapshot_stream_open(zk_snapshot_stream_t **stream, const char *path,
                                     apr_pool_t *pool, zk_note_t *note);

/* Read SIZE bytes at DATA, which must outlive STREAM. */
apr_status_t zk_snapshot_stream_open_memory(zk_snapshot_stream_t **stream, const void *data,
                                            size_t size, zk_compression_t compression,
                                            apr_pool_t *pool, zk_note_t *note);

/* Fill TO with up to SIZE uncompressed bytes; *GOT 0 is the end.  ZK_E_CORRUPT for damage, APR_EOF
 * where the file ends inside a block. */
apr_status_t zk_snapshot_stream_read(zk_snapshot_stream_t *stream, void *to, size_t size,
                                     size_t *got, zk_note_t *note);

void zk_snapshot_stream_close(zk_snapshot_stream_t *stream);

/* ---- writing ---- */

typedef struct zk_snapshot_pack zk_snapshot_pack_t;

/* Compress into FILE (open for writing, at its beginning; stays the caller's).  PACK lives in POOL.
 */
apr_status_t zk_snapshot_pack_open(zk_snapshot_pack_t **pack, apr_file_t *file,
                                   zk_compression_t compression, zk_disk_faults_t *faults,
                                   apr_pool_t *pool, zk_note_t *note);

/* Take SIZE bytes; they reach the file in large writes. */
apr_status_t zk_snapshot_pack_write(zk_snapshot_pack_t *pack, const void *data, size_t size,
                                    zk_note_t *note);

/* Write what is held back and the end of the compressed form. */
apr_status_t zk_snapshot_pack_finish(zk_snapshot_pack_t *pack, zk_note_t *note);

/* Bytes given to the file so far. */
int64_t zk_snapshot_pack_bytes(const zk_snapshot_pack_t *pack);

#endif
