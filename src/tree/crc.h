/* crc.h -- private to tree/: CRC-32 of short pieces. */
#ifndef ZK_TREE_CRC_H
#define ZK_TREE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 (zlib's crc32) of what gave CRC, followed by SIZE bytes at DATA; 0 for nothing yet. */
uint32_t zk_crc_add(uint32_t crc, const void *data, size_t size);

#endif
