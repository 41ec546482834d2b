/* blob.h -- counted immutable bytes that several owners, also in different threads, may hold.
 *
 * A log record travels from the brain to the disk thread and stays with the proposal; a snapshot
 * chunk goes from the brain to the writer.  The count is atomic; the bytes never change once
 * shared. */
#ifndef ZK_BASE_BLOB_H
#define ZK_BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>

typedef struct zk_blob {
    uint32_t references; /* touched only by zk_blob_hold and zk_blob_release */
    uint32_t size;
    uint8_t bytes[];
} zk_blob_t;

/* A blob of SIZE bytes of undefined content with one reference, the caller's, who fills it before
 * sharing it.  SIZE must be below 2^31. */
zk_blob_t *zk_blob_create(size_t size);

/* The same, filled from DATA. */
zk_blob_t *zk_blob_copy(const void *data, size_t size);

/* One reference more; returns BLOB. */
zk_blob_t *zk_blob_hold(zk_blob_t *blob);

/* One reference less; the last one frees it.  NULL is accepted. */
void zk_blob_release(zk_blob_t *blob);

#endif
