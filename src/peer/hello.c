/* hello.c -- the first message on a connection of the election port: who calls, and where from.
 *
 *   long version   -65536 (V1) or -65535 (V2); a value >= 0 is the sid of a server before 3.5
 *   long sid
 *   int n, n bytes "host:port", in V2 several of them joined by '|'; IPv6 in brackets
 *
 * It is built as one run of bytes, because upstream reads the text with a single read and refuses a
 * message that comes in parts; as readers we wait for all of it.
 *
 * Facts: QuorumCnxManager.java (InitialMessage.parse), quorum notes, section 4.2. */
#include "peer/peer_internal.h"

#include <string.h>

#define VERSION_1 INT64_C(-65536)
#define VERSION_2 INT64_C(-65535)

enum { FIXED_BYTES = 20 };

void zk_hello_write(zk_buffer_t *out, int64_t sid, const zk_peer_address_t *addresses, int count,
                    bool multi_address)
{
    size_t length_at;
    int i;

    zk_write_long(out, multi_address ? VERSION_2 : VERSION_1);
    zk_write_long(out, sid);
    length_at = zk_buffer_size(out);
    zk_write_int(out, 0);
    for (i = 0; i < (multi_address ? count : 1); i++)
        zk_buffer_printf(out, strchr(addresses[i].host, ':') != NULL ? "%s[%s]:%u" : "%s%s:%u",
                         i > 0 ? "|" : "", addresses[i].host, (unsigned)addresses[i].election_port);
    zk_put_u32(zk_buffer_bytes(out) + length_at,
               (uint32_t)(zk_buffer_size(out) - length_at - sizeof(int32_t)));
}

/* "host:port" or "[host]:port" at TEXT into TO; false when it is neither, or leads nowhere. */
static bool read_endpoint(zk_endpoint_t *to, const char *text, size_t length)
{
    size_t colon = length;
    uint32_t port = 0;
    size_t i;

    while (colon > 0 && text[colon - 1] != ':')
        colon--;
    if (colon < 2 || colon == length || length - colon > 5)
        return false;
    for (i = colon; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    length = colon - 1;
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (port == 0 || port > UINT16_MAX || length == 0 || length >= sizeof(to->host) ||
        memchr(text, '\0', length) != NULL)
        return false;
    memcpy(to->host, text, length);
    to->host[length] = '\0';
    to->port = (uint16_t)port;
    return !zk_endpoint_is_wildcard(to->host);
}

static void read_endpoints(zk_hello_t *hello, const char *text, size_t length)
{
    size_t begin = 0;
    size_t i;

    for (i = 0; i <= length; i++) {
        if (i < length && text[i] != '|')
            continue;
        if (hello->from_count < ZK_PEER_ADDRESSES_MAX &&
            read_endpoint(&hello->from[hello->from_count], text + begin, i - begin))
            hello->from_count++;
        begin = i + 1;
    }
}

zk_hello_scan_t zk_hello_read(zk_hello_t *hello, const uint8_t *data, size_t size)
{
    zk_reader_t reader = zk_reader(data, size);
    int64_t version = zk_read_long(&reader);
    int32_t length;
    const uint8_t *text;

    hello->from_count = 0;
    hello->has_addresses = false;
    if (reader.failed)
        return ZK_HELLO_PARTIAL;
    if (version >= 0) {
        hello->sid = version;
        hello->bytes = sizeof(int64_t);
        return ZK_HELLO_WHOLE;
    }
    if (version != VERSION_1 && version != VERSION_2)
        return ZK_HELLO_REFUSED;
    hello->sid = zk_read_long(&reader);
    length = zk_read_int(&reader);
    if (reader.failed)
        return ZK_HELLO_PARTIAL;
    if (length < 1 || length > ZK_PEER_HELLO_BYTES_MAX)
        return ZK_HELLO_REFUSED;
    text = zk_read_raw(&reader, (size_t)length);
    if (text == NULL)
        return ZK_HELLO_PARTIAL;
    hello->has_addresses = true;
    hello->bytes = FIXED_BYTES + (size_t)length;
    read_endpoints(hello, (const char *)text, (size_t)length);
    return ZK_HELLO_WHOLE;
}
