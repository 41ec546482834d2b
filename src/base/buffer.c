/* buffer.c -- growth, text and release of the growable buffer.
 *
 * Memory doubles, so that appending costs a constant per byte; before it grows, content that was
 * already consumed from the front is squeezed out when that alone frees half of the memory.
 *
 * Invariants
 *   1. start <= length <= capacity; data is NULL exactly when capacity is 0.
 *   2. capacity never passes ZK_BUFFER_BYTES_MAX.  Whoever fills a buffer from input has bounded it
 * long before; reaching the ceiling is our mistake and ends the process.
 */
#include "base/buffer.h"

#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 256

static size_t grown_capacity(size_t capacity, size_t needed)
{
    size_t grown = capacity > 0 ? capacity : FIRST_CAPACITY;

    while (grown < needed)
        grown = grown > ZK_BUFFER_BYTES_MAX / 2 ? ZK_BUFFER_BYTES_MAX : grown * 2;
    return grown;
}

void zk_buffer_grow(zk_buffer_t *buffer, size_t size)
{
    size_t content = buffer->length - buffer->start;

    ZK_ASSERT(buffer->start <= buffer->length && buffer->length <= buffer->capacity);
    ZK_ASSERT(size <= ZK_BUFFER_BYTES_MAX && content <= ZK_BUFFER_BYTES_MAX - size);
    if (buffer->start > 0 && content <= buffer->capacity / 2) {
        if (content > 0)
            memmove(buffer->data, buffer->data + buffer->start, content);
        buffer->start = 0;
        buffer->length = content;
    }
    if (buffer->capacity - buffer->length >= size)
        return;
    if (buffer->start > 0) { /* mostly full: the copy into the larger memory squeezes as well */
        size_t capacity = grown_capacity(buffer->capacity, content + size);
        uint8_t *data = zk_malloc(capacity);

        memcpy(data, buffer->data + buffer->start, content);
        zk_free(buffer->data);
        buffer->data = data;
        buffer->capacity = capacity;
        buffer->start = 0;
        buffer->length = content;
        return;
    }
    buffer->capacity = grown_capacity(buffer->capacity, content + size);
    buffer->data = zk_realloc(buffer->data, buffer->capacity);
}

void zk_buffer_append(zk_buffer_t *buffer, const void *data, size_t size)
{
    if (size > 0)
        memcpy(zk_buffer_extend(buffer, size), data, size);
}

void zk_buffer_vprintf(zk_buffer_t *buffer, const char *format, va_list arguments)
{
    va_list again;
    size_t room = buffer->capacity - buffer->length;
    int written;

    va_copy(again, arguments);
    written =
        vsnprintf(room > 0 ? (char *)buffer->data + buffer->length : NULL, room, format, arguments);
    ZK_ASSERT(written >= 0);
    if ((size_t)written >= room) { /* the final NUL needs a place too */
        zk_buffer_grow(buffer, (size_t)written + 1);
        room = buffer->capacity - buffer->length;
        written = vsnprintf((char *)buffer->data + buffer->length, room, format, again);
        ZK_ASSERT(written >= 0 && (size_t)written < room);
    }
    va_end(again);
    buffer->length += (size_t)written;
}

void zk_buffer_printf(zk_buffer_t *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    zk_buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void zk_buffer_consume(zk_buffer_t *buffer, size_t size)
{
    ZK_ASSERT(size <= zk_buffer_size(buffer));
    buffer->start += size;
    if (buffer->start == buffer->length)
        zk_buffer_clear(buffer);
}

void zk_buffer_shrink(zk_buffer_t *buffer, size_t keep)
{
    if (buffer->start == buffer->length && buffer->capacity > keep)
        zk_buffer_free(buffer);
}

void zk_buffer_free(zk_buffer_t *buffer)
{
    zk_free(buffer->data);
    *buffer = ZK_BUFFER_INIT;
}
