/* snappy.c -- packs and unpacks raw snappy blocks.
 *
 * An element begins with a tag byte whose low two bits say what it is: a literal, or a copy from
 * output already there with an offset of one, two or four bytes.  Copies may overlap their own
 * output, so they go byte by byte.
 *
 * The packer looks for matches of four bytes through a small table of the last place each was seen;
 * blocks are at most 32 KiB, so every offset fits in two bytes. */
#include "store/snappy.h"

#include <string.h>

#include "base/status.h"

#define TABLE_BITS 12

bool zk_snappy_length(const uint8_t *data, size_t size, uint32_t *length, size_t *header_bytes)
{
    uint64_t value = 0;
    size_t i;

    for (i = 0; i < size && i < 5; i++) {
        value |= (uint64_t)(data[i] & 0x7f) << (7 * i);
        if ((data[i] & 0x80) == 0) {
            if (value > UINT32_MAX)
                return false;
            *length = (uint32_t)value;
            *header_bytes = i + 1;
            return true;
        }
    }
    return false;
}

/* Bytes of a little-endian number of COUNT bytes at AT. */
static uint32_t little(const uint8_t *at, size_t count)
{
    uint32_t value = 0;
    size_t i;

    for (i = 0; i < count; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

/* Length of the element at *AT and, for a copy, its offset (0: literal); *AT moves behind tag and
 * extra bytes. */
static bool read_tag(const uint8_t **at, const uint8_t *end, uint64_t *length, uint32_t *offset)
{
    static const uint8_t extra_of_copy[4] = {0, 1, 2, 4};
    uint8_t tag = *(*at)++;
    size_t left = (size_t)(end - *at);
    size_t extra = extra_of_copy[tag & 3];

    *offset = 0;
    if ((tag & 3) == 0) {
        *length = (uint64_t)(tag >> 2) + 1;
        extra = *length > 60 ? (size_t)(*length - 60) : 0;
        if (left < extra)
            return false;
        if (extra > 0)
            *length = (uint64_t)little(*at, extra) + 1;
        *at += extra;
        return true;
    }
    if (left < extra)
        return false;
    *offset = little(*at, extra);
    *at += extra;
    if ((tag & 3) == 1) {
        *length = 4 + ((tag >> 2) & 7);
        *offset |= (uint32_t)(tag >> 5) << 8;
    } else {
        *length = (uint64_t)(tag >> 2) + 1;
    }
    return *offset != 0;
}

bool zk_snappy_unpack(const uint8_t *data, size_t size, uint8_t *to, uint32_t length)
{
    const uint8_t *end = data + size;
    size_t header_bytes;
    uint32_t announced;
    uint32_t done = 0;

    if (!zk_snappy_length(data, size, &announced, &header_bytes))
        return false;
    ZK_ASSERT(announced == length);
    data += header_bytes;
    while (data < end) {
        uint64_t run;
        uint32_t offset;

        if (!read_tag(&data, end, &run, &offset) || run > length - done)
            return false;
        if (offset == 0) {
            if (run > (uint64_t)(end - data))
                return false;
            memcpy(to + done, data, (size_t)run);
            data += run;
            done += (uint32_t)run;
            continue;
        }
        if (offset > done)
            return false;
        for (; run > 0; run--, done++)
            to[done] = to[done - offset];
    }
    return done == length;
}

/* ---- packing ---- */

static void put_literal(zk_buffer_t *buffer, const uint8_t *from, size_t size)
{
    uint8_t tag[3];
    size_t tag_bytes = 1;

    if (size == 0)
        return;
    if (size <= 60) {
        tag[0] = (uint8_t)((size - 1) << 2);
    } else if (size <= 256) {
        tag[0] = 60 << 2;
        tag[1] = (uint8_t)(size - 1);
        tag_bytes = 2;
    } else {
        tag[0] = 61 << 2;
        tag[1] = (uint8_t)((size - 1) & 0xff);
        tag[2] = (uint8_t)((size - 1) >> 8);
        tag_bytes = 3;
    }
    zk_buffer_append(buffer, tag, tag_bytes);
    zk_buffer_append(buffer, from, size);
}

static void put_copy(zk_buffer_t *buffer, size_t offset, size_t size)
{
    while (size > 0) {
        size_t part = size > 64 ? 64 : size;
        uint8_t *at = zk_buffer_extend(buffer, 3);

        at[0] = (uint8_t)(((part - 1) << 2) | 2);
        at[1] = (uint8_t)(offset & 0xff);
        at[2] = (uint8_t)(offset >> 8);
        size -= part;
    }
}

static uint32_t load4(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

void zk_snappy_pack(const uint8_t *data, size_t size, zk_buffer_t *buffer)
{
    uint16_t seen[1 << TABLE_BITS] = {
        0}; /* last place of a hash; 0 doubles as none, and is checked */
    size_t literal = 0;
    size_t i = 1;
    size_t length = size;

    ZK_ASSERT(size <= ZK_SNAPPY_BLOCK_BYTES);
    while (length >= 0x80) {
        *zk_buffer_extend(buffer, 1) = (uint8_t)(length | 0x80);
        length >>= 7;
    }
    *zk_buffer_extend(buffer, 1) = (uint8_t)length;
    while (i + 4 <= size) {
        uint32_t word = load4(data + i);
        uint32_t hash = (word * 0x1e35a7bdu) >> (32 - TABLE_BITS);
        size_t candidate = seen[hash];
        size_t run = 4;

        seen[hash] = (uint16_t)i;
        if (load4(data + candidate) != word || candidate >= i) {
            i++;
            continue;
        }
        while (i + run < size && data[candidate + run] == data[i + run])
            run++;
        put_literal(buffer, data + literal, i - literal);
        put_copy(buffer, i - candidate, run);
        i += run;
        literal = i;
    }
    put_literal(buffer, data + literal, size - literal);
}
