/* address.c -- a peer's IP address as Java prints it.
 *
 * IPv4 in dotted form, also when it came over an IPv6 socket; IPv6 as eight groups in hex without
 * leading zeros and without the "::" abbreviation, a link-local one with "%" and its scope.
 * Clients' ip ids, `cons` and the log all show this text.  Facts: Inet6Address.getHostAddress of
 * the JDK, and captured output. */
#include "net/net_internal.h"

#include <stdio.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void zk_net_address_from(zk_net_address_t *address, const apr_sockaddr_t *sockaddr)
{
    memset(address, 0, sizeof(*address));
#if APR_HAVE_IPV6
    if (sockaddr->family == APR_INET6) {
        memcpy(address->bytes, &sockaddr->sa.sin6.sin6_addr, sizeof(address->bytes));
        if (address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80)
            address->scope = sockaddr->sa.sin6.sin6_scope_id;
        return;
    }
#endif
    memcpy(address->bytes, v4_prefix, sizeof(v4_prefix));
    memcpy(address->bytes + sizeof(v4_prefix), &sockaddr->sa.sin.sin_addr, 4);
}

size_t zk_net_address_print(const zk_net_address_t *address, char text[ZK_NET_ADDRESS_BYTES])
{
    const uint8_t *b = address->bytes;
    size_t used = 0;
    int n;

    if (memcmp(b, v4_prefix, sizeof(v4_prefix)) == 0) {
        n = snprintf(text, ZK_NET_ADDRESS_BYTES, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        return (size_t)n;
    }
    for (int i = 0; i < 16; i += 2) {
        n = snprintf(text + used, ZK_NET_ADDRESS_BYTES - used, i > 0 ? ":%x" : "%x",
                     (unsigned)b[i] << 8 | b[i + 1]);
        used += (size_t)n;
    }
    if (address->scope != 0) {
        n = snprintf(text + used, ZK_NET_ADDRESS_BYTES - used, "%%%u", address->scope);
        used += (size_t)n;
    }
    return used;
}
