/* buffer.h -- a growable run of bytes: an output queue of a connection, a record being encoded.
 *
 * Owned by whoever initialised it; memory is malloc's, not a pool's, because its size follows
 * traffic. Bytes between `start` and `length` are the content; consuming from the front moves
 * `start`, and the space is reused when the buffer runs empty or must grow. */
#ifndef ZK_BASE_BUFFER_H
#define ZK_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct zk_buffer {
    uint8_t *data;   /* NULL until first used */
    size_t start;    /* offset of the first byte not yet consumed */
    size_t length;   /* offset behind the last byte */
    size_t capacity; /* bytes allocated */
} zk_buffer_t;

/* Ceiling of one buffer, content and growth: the most that a length in jute can say. */
#define ZK_BUFFER_BYTES_MAX ((size_t)1 << 31)

#define ZK_BUFFER_INIT ((zk_buffer_t){NULL, 0, 0, 0})

/* First byte of the content, and how many there are. */
static inline uint8_t *zk_buffer_bytes(const zk_buffer_t *buffer)
{
    return buffer->start > 0 ? buffer->data + buffer->start : buffer->data;
}

static inline size_t zk_buffer_size(const zk_buffer_t *buffer)
{
    return buffer->length - buffer->start;
}

/* Make room for SIZE more bytes (slow path of zk_buffer_extend). */
void zk_buffer_grow(zk_buffer_t *buffer, size_t size);

/* Append SIZE bytes of undefined content and return where they begin; the caller fills them at
 * once. The pointer is good until the next call that extends. */
static inline uint8_t *zk_buffer_extend(zk_buffer_t *buffer, size_t size)
{
    uint8_t *at;

    if (buffer->capacity - buffer->length < size)
        zk_buffer_grow(buffer, size);
    at = buffer->data + buffer->length;
    buffer->length += size;
    return at;
}

/* Append SIZE bytes from DATA. */
void zk_buffer_append(zk_buffer_t *buffer, const void *data, size_t size);

/* Append text as printf does, without the final NUL. */
void zk_buffer_printf(zk_buffer_t *buffer, const char *format, ...) ZK_PRINTF(2, 3);
void zk_buffer_vprintf(zk_buffer_t *buffer, const char *format, va_list arguments);

/* Drop SIZE bytes from the front (SIZE <= zk_buffer_size). */
void zk_buffer_consume(zk_buffer_t *buffer, size_t size);

/* Forget the content, keep the memory. */
static inline void zk_buffer_clear(zk_buffer_t *buffer)
{
    buffer->start = 0;
    buffer->length = 0;
}

/* Give the memory back when more than KEEP bytes are held and the content is empty. */
void zk_buffer_shrink(zk_buffer_t *buffer, size_t keep);

/* Free the memory; BUFFER is then as ZK_BUFFER_INIT. */
void zk_buffer_free(zk_buffer_t *buffer);

#endif
