/* blob.c -- counted immutable bytes.
 *
 * Invariants
 *   1. references > 0 as long as anybody may touch the blob; the release that reaches 0 frees it.
 *   2. Whoever holds a reference may hand one on; nobody revives a blob whose count reached 0.
 */
#include "base/blob.h"

#include <string.h>
#include <apr_atomic.h>

#include "base/sanitize.h"
#include "base/status.h"

#define SIZE_LIMIT ((size_t)1 << 31)

zk_blob_t *zk_blob_create(size_t size)
{
    zk_blob_t *blob;

    ZK_ASSERT(size < SIZE_LIMIT);
    blob = zk_malloc(sizeof(*blob) + size);
    blob->references = 1;
    blob->size = (uint32_t)size;
    return blob;
}

zk_blob_t *zk_blob_copy(const void *data, size_t size)
{
    zk_blob_t *blob = zk_blob_create(size);

    if (size > 0)
        memcpy(blob->bytes, data, size);
    return blob;
}

zk_blob_t *zk_blob_hold(zk_blob_t *blob)
{
    uint32_t before = apr_atomic_inc32(&blob->references);

    ZK_ASSERT(before > 0 && before < UINT32_MAX);
    return blob;
}

void zk_blob_release(zk_blob_t *blob)
{
    if (blob == NULL)
        return;
    ZK_ORDER_RELEASE(&blob->references);
    if (apr_atomic_dec32(&blob->references) != 0)
        return;
    ZK_ORDER_ACQUIRE(&blob->references);
    zk_free(blob);
}
