/* bytes.h -- bounded big-endian reader and writer; nothing else in Paddock touches raw bytes.
 *
 * The reader never passes its end.  The first read that would, or that finds a length it must not
 * believe, sets `failed`, and every later read returns zero: a decoder reads all its fields and
 * looks once.  A length from the wire is a signed int: its sign is tested first, then the bytes
 * left; only then does it become a size.
 *
 * Format: jute, `BinaryInputArchive.java`.  int and long are two's complement, most significant
 * byte first; ustring and buffer are an int length and the bytes, length -1 meaning null. */
#ifndef ZK_BASE_BYTES_H
#define ZK_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

/* A view of bytes that somebody else owns.  length -1 is jute's null, which differs from empty. */
typedef struct zk_str {
    const char *data;
    int32_t length;
} zk_str_t;

#define ZK_STR_NULL ((zk_str_t){NULL, -1})

static inline zk_str_t zk_str(const char *text)
{
    zk_str_t str = {text, text == NULL ? -1 : (int32_t)strlen(text)};
    return str;
}

static inline zk_str_t zk_str_n(const char *data, size_t length)
{
    zk_str_t str = {data, (int32_t)length};
    return str;
}

static inline bool zk_str_is_null(zk_str_t str)
{
    return str.length < 0;
}

/* Bytes of STR; 0 for null. */
static inline size_t zk_str_size(zk_str_t str)
{
    return str.length > 0 ? (size_t)str.length : 0;
}

/* Equal bytes; null equals only null. */
static inline bool zk_str_equal(zk_str_t a, zk_str_t b)
{
    return a.length == b.length && (a.length <= 0 || memcmp(a.data, b.data, (size_t)a.length) == 0);
}

static inline bool zk_str_equal_c(zk_str_t a, const char *b)
{
    return zk_str_equal(a, zk_str(b));
}

/* Byte order, shorter first at equal prefix; null before all. */
int zk_str_compare(zk_str_t a, zk_str_t b);

static inline bool zk_str_starts_with(zk_str_t str, const char *prefix)
{
    size_t n = strlen(prefix);
    return n == 0 || (zk_str_size(str) >= n && memcmp(str.data, prefix, n) == 0);
}

/* ---- reading ---- */

typedef struct zk_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
} zk_reader_t;

static inline zk_reader_t zk_reader(const void *data, size_t size)
{
    const uint8_t *at = (const uint8_t *)data;
    zk_reader_t reader = {at, size == 0 ? at : at + size, false}; /* a null has no end to add to */

    return reader;
}

static inline size_t zk_reader_left(const zk_reader_t *reader)
{
    return (size_t)(reader->end - reader->at);
}

static inline const uint8_t *zk_read_raw(zk_reader_t *reader, size_t size)
{
    const uint8_t *at = reader->at;

    if (reader->failed || zk_reader_left(reader) < size) {
        reader->failed = true;
        return NULL;
    }
    reader->at += size;
    return at;
}

static inline uint32_t zk_get_u32(const void *bytes)
{
    const uint8_t *b = (const uint8_t *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

static inline uint64_t zk_get_u64(const void *bytes)
{
    return (uint64_t)zk_get_u32(bytes) << 32 | zk_get_u32((const uint8_t *)bytes + 4);
}

static inline bool zk_read_bool(zk_reader_t *reader)
{
    const uint8_t *b = zk_read_raw(reader, 1);
    return b != NULL && *b != 0;
}

static inline int32_t zk_read_int(zk_reader_t *reader)
{
    const uint8_t *b = zk_read_raw(reader, 4);
    return b == NULL ? 0 : (int32_t)zk_get_u32(b);
}

static inline int64_t zk_read_long(zk_reader_t *reader)
{
    const uint8_t *b = zk_read_raw(reader, 8);
    return b == NULL ? 0 : (int64_t)zk_get_u64(b);
}

/* A ustring or buffer as a view into the reader's bytes; null where the length is -1.  Any other
 * negative length, or one beyond the end, fails the reader. */
static inline zk_str_t zk_read_str(zk_reader_t *reader)
{
    int32_t length = zk_read_int(reader);
    zk_str_t str = ZK_STR_NULL;
    const uint8_t *b;

    if (reader->failed || length == -1)
        return str;
    if (length < 0) {
        reader->failed = true;
        return str;
    }
    b = zk_read_raw(reader, (size_t)length);
    if (b != NULL) {
        str.data = (const char *)b;
        str.length = length;
    }
    return str;
}

/* ---- writing: always to a zk_buffer_t, which grows up to its ceiling ---- */

static inline void zk_put_u32(void *bytes, uint32_t value)
{
    uint8_t *b = (uint8_t *)bytes;
    b[0] = (uint8_t)(value >> 24);
    b[1] = (uint8_t)(value >> 16);
    b[2] = (uint8_t)(value >> 8);
    b[3] = (uint8_t)value;
}

static inline void zk_put_u64(void *bytes, uint64_t value)
{
    zk_put_u32(bytes, (uint32_t)(value >> 32));
    zk_put_u32((uint8_t *)bytes + 4, (uint32_t)value);
}

static inline void zk_write_bool(zk_buffer_t *buffer, bool value)
{
    *zk_buffer_extend(buffer, 1) = value ? 1 : 0;
}

static inline void zk_write_int(zk_buffer_t *buffer, int32_t value)
{
    zk_put_u32(zk_buffer_extend(buffer, 4), (uint32_t)value);
}

static inline void zk_write_long(zk_buffer_t *buffer, int64_t value)
{
    zk_put_u64(zk_buffer_extend(buffer, 8), (uint64_t)value);
}

static inline void zk_write_raw(zk_buffer_t *buffer, const void *data, size_t size)
{
    if (size > 0)
        memcpy(zk_buffer_extend(buffer, size), data, size);
}

static inline void zk_write_str(zk_buffer_t *buffer, zk_str_t str)
{
    zk_write_int(buffer, str.length < 0 ? -1 : str.length);
    zk_write_raw(buffer, str.data, zk_str_size(str));
}

#endif
