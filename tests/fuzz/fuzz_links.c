/* fuzz_links.c -- what other servers send: packets, the stream behind a SNAP, initial messages.
 *
 * The first byte chooses.  Each kind is read once whole and once byte by byte, as a slow peer would
 * send it; both must find the same ends. */
#include "fuzz.h"

#include <string.h>

#include "peer/peer_internal.h"

enum { STRING_BYTES_MAX = 4096, PACKETS_MAX = 64 };

static size_t cut_whole(const uint8_t *data, size_t size, size_t *ends, zk_packet_scan_t *last)
{
    size_t count = 0;
    size_t at = 0;

    do {
        size_t needed;

        *last = zk_packet_scan(data + at, size - at, STRING_BYTES_MAX, &needed);
        if (*last == ZK_PACKET_PARTIAL)
            ZK_ASSERT(needed > size - at);
        if (*last != ZK_PACKET_WHOLE)
            break;
        ZK_ASSERT(needed >= 20 && needed <= size - at);
        at += needed;
        ends[count++] = at;
    } while (count < PACKETS_MAX);
    return count;
}

static void packets(const uint8_t *data, size_t size)
{
    size_t ends[PACKETS_MAX];
    zk_packet_scan_t last;
    size_t count = cut_whole(data, size, ends, &last);
    size_t have;
    size_t seen = 0;
    size_t at = 0;

    for (have = 0; have <= size && seen < count; have++) {
        size_t needed;

        switch (zk_packet_scan(data + at, have - at, STRING_BYTES_MAX, &needed)) {
        case ZK_PACKET_WHOLE:
            at += needed;
            ZK_ASSERT(at == have && at == ends[seen]);
            seen++;
            break;
        case ZK_PACKET_PARTIAL:
            ZK_ASSERT(needed > have - at);
            break;
        case ZK_PACKET_REFUSED:
            ZK_ASSERT(false); /* refused in pieces what was whole */
        }
    }
    ZK_ASSERT(seen == count);
}

/* Returns the length of the body, -1 when there is none. */
static int64_t stream_in_steps(const uint8_t *data, size_t size, size_t step)
{
    zk_peer_stream_t stream = {.begun = false};
    zk_stream_scan_t found = ZK_STREAM_MORE;
    size_t have = 0;
    size_t done = 0;
    int64_t body = 0;

    zk_peer_stream_begin(&stream, STRING_BYTES_MAX);
    while (found == ZK_STREAM_MORE && have < size) {
        size_t part;
        size_t used;

        have = size - have < step ? size : have + step;
        found = zk_peer_stream_feed(&stream, data + done, have - done, &part, &used, NULL);
        ZK_ASSERT(part <= used && used <= have - done);
        done += used;
        body += (int64_t)part;
    }
    zk_peer_stream_end(&stream);
    return found == ZK_STREAM_LAST ? body : -1;
}

static void hello(const uint8_t *data, size_t size)
{
    static zk_hello_t read;
    size_t have;

    for (have = 0; have < size; have++) {
        zk_hello_scan_t found = zk_hello_read(&read, data, have);
        int i;

        if (found == ZK_HELLO_PARTIAL)
            continue;
        if (found == ZK_HELLO_WHOLE)
            ZK_ASSERT(read.bytes == have && read.from_count <= ZK_PEER_ADDRESSES_MAX);
        for (i = 0; found == ZK_HELLO_WHOLE && i < read.from_count; i++)
            ZK_ASSERT(strlen(read.from[i].host) > 0 && read.from[i].port > 0);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        packets(data + 1, size - 1);
        break;
    case 1:
        ZK_ASSERT(stream_in_steps(data + 1, size - 1, size) ==
                  stream_in_steps(data + 1, size - 1, 1));
        break;
    default:
        hello(data + 1, size - 1);
        break;
    }
    return 0;
}
