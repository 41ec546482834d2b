/* snappy.h -- raw snappy blocks: length, then literals and copies.  Format: snappy's
 * format_description.txt. */
#ifndef ZK_STORE_SNAPPY_H
#define ZK_STORE_SNAPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Upstream's stream cuts its data into blocks of this size. */
#define ZK_SNAPPY_BLOCK_BYTES 32768

/* Uncompressed length that the block of SIZE bytes at DATA announces, and where its elements begin.
 * False for a malformed length. */
bool zk_snappy_length(const uint8_t *data, size_t size, uint32_t *length, size_t *header_bytes);

/* Unpack the block of SIZE bytes at DATA into TO, which has room for exactly the LENGTH it
 * announces.  False for damage: elements that pass either end, copies from before the beginning, a
 * length that does not come out. */
bool zk_snappy_unpack(const uint8_t *data, size_t size, uint8_t *to, uint32_t length);

/* Append the packed form of SIZE bytes (at most ZK_SNAPPY_BLOCK_BYTES) at DATA to BUFFER. */
void zk_snappy_pack(const uint8_t *data, size_t size, zk_buffer_t *buffer);

#endif
