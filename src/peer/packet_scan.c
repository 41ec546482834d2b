/* packet_scan.c -- where a QuorumPacket ends.
 *
 * The quorum port has no outer framing: a packet is an int, a long, a buffer and a vector of pairs
 * of strings, and its end is known only by walking through it.  Each length is judged as soon as it
 * is there, before the bytes it announces are waited for.
 *
 * Facts: zookeeper.jute (QuorumPacket); quorum notes, section 6. */
#include "peer/peer_internal.h"

enum { HEAD_BYTES = 12, IDENTITIES_MAX = 65536, IDENTITY_BYTES_MIN = 8 };

/* Walk over a string or buffer at *AT, of at most MAX bytes.  WHOLE when it is all there; otherwise
 * *AT is the offset that must be reached to know more. */
static zk_packet_scan_t walk_string(const uint8_t *data, size_t size, size_t *at, int64_t max)
{
    int32_t length;

    if (size < *at + sizeof(int32_t)) {
        *at += sizeof(int32_t);
        return ZK_PACKET_PARTIAL;
    }
    length = (int32_t)zk_get_u32(data + *at);
    *at += sizeof(int32_t);
    if (length < -1 || length > max)
        return ZK_PACKET_REFUSED;
    if (length > 0)
        *at += (size_t)length;
    return *at <= size ? ZK_PACKET_WHOLE : ZK_PACKET_PARTIAL;
}

zk_packet_scan_t zk_packet_scan(const uint8_t *data, size_t size, int64_t record_bytes_max,
                                size_t *needed)
{
    size_t at = HEAD_BYTES;
    zk_packet_scan_t found = walk_string(data, size, &at, record_bytes_max);
    size_t begin;
    int32_t count;
    int32_t i;

    *needed = at;
    if (found != ZK_PACKET_WHOLE)
        return found;
    if (size < at + sizeof(int32_t)) {
        *needed = at + sizeof(int32_t);
        return ZK_PACKET_PARTIAL;
    }
    count = (int32_t)zk_get_u32(data + at);
    at += sizeof(int32_t);
    if (count < -1 || count > IDENTITIES_MAX)
        return ZK_PACKET_REFUSED;
    begin = at;
    for (i = 0; i < 2 * count; i++) {
        found = walk_string(data, size, &at, record_bytes_max);
        if (found == ZK_PACKET_REFUSED ||
            (int64_t)(at - begin) > record_bytes_max + IDENTITY_BYTES_MIN * (int64_t)count)
            return ZK_PACKET_REFUSED;
        *needed = at;
        if (found != ZK_PACKET_WHOLE)
            return found;
    }
    *needed = at;
    return ZK_PACKET_WHOLE;
}
