/* test_address.c -- peers as Java prints them. */
#include "net/net_internal.h"

#include <string.h>

#include "lib/zk_test.h"

static const char *printed(const uint8_t bytes[16], uint32_t scope)
{
    static char text[ZK_NET_ADDRESS_BYTES];
    zk_net_address_t address;

    memcpy(address.bytes, bytes, 16);
    address.scope = scope;
    CU_ASSERT_EQUAL(zk_net_address_print(&address, text), strlen(text));
    return text;
}

static void ipv4_over_ipv6_is_printed_as_ipv4(void)
{
    static const uint8_t bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 255, 7};

    CU_ASSERT_STRING_EQUAL(printed(bytes, 0), "10.0.255.7");
}

static void ipv6_is_printed_in_full_without_leading_zeros(void)
{
    static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t global[16] = {0x20, 1, 0x0d, 0xb8, 0,    0, 0, 0x0a,
                                       0,    0, 0,    0,    0xab, 0, 0, 1};

    CU_ASSERT_STRING_EQUAL(printed(loopback, 0), "0:0:0:0:0:0:0:1");
    CU_ASSERT_STRING_EQUAL(printed(global, 0), "2001:db8:0:a:0:0:ab00:1");
}

static void a_link_local_address_shows_its_scope(void)
{
    static const uint8_t bytes[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};

    CU_ASSERT_STRING_EQUAL(printed(bytes, 2), "fe80:0:0:0:0:0:0:9%2");
}

static void the_longest_address_fits(void)
{
    static const uint8_t bytes[16] = {0xfe, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    CU_ASSERT_STRING_EQUAL(printed(bytes, 4294967295u),
                           "fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295");
}

static void a_socket_address_of_either_family_is_understood(void)
{
    apr_sockaddr_t *sockaddr = NULL;
    zk_net_address_t address;
    char text[ZK_NET_ADDRESS_BYTES];

    CU_ASSERT_EQUAL_FATAL(
        apr_sockaddr_info_get(&sockaddr, "192.0.2.5", APR_INET, 1, 0, zk_test_pool()), APR_SUCCESS);
    zk_net_address_from(&address, sockaddr);
    zk_net_address_print(&address, text);
    CU_ASSERT_STRING_EQUAL(text, "192.0.2.5");
#if APR_HAVE_IPV6
    if (apr_sockaddr_info_get(&sockaddr, "::ffff:192.0.2.6", APR_INET6, 1, 0, zk_test_pool()) ==
        APR_SUCCESS) {
        zk_net_address_from(&address, sockaddr);
        zk_net_address_print(&address, text);
        CU_ASSERT_STRING_EQUAL(text, "192.0.2.6");
    }
#endif
}

static const zk_test_t tests[] = {
    {"IPv4 over IPv6 is printed as IPv4", ipv4_over_ipv6_is_printed_as_ipv4},
    {"IPv6 is printed in full without leading zeros",
     ipv6_is_printed_in_full_without_leading_zeros},
    {"a link-local address shows its scope", a_link_local_address_shows_its_scope},
    {"the longest address fits", the_longest_address_fits},
    {"a socket address of either family is understood",
     a_socket_address_of_either_family_is_understood},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_address, "net/address", tests, NULL, NULL);
