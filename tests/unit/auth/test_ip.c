/* test_ip.c -- addresses and prefixes of both families, as upstream 3.9.5 reads them. */
#include "auth/provider.h"
#include "lib/zk_test.h"

static bool valid(const char *expression)
{
    return zk_ip_is_valid(zk_str(expression));
}

static bool matches(const char *address, const char *expression)
{
    return zk_ip_matches(zk_str(address), zk_str(expression));
}

static void four_decimal_parts_are_an_address(void)
{
    CU_ASSERT_TRUE(valid("10.0.0.1"));
    CU_ASSERT_TRUE(valid("255.255.255.255"));
    CU_ASSERT_TRUE(valid("+1.02.003.0"));
    CU_ASSERT_FALSE(valid("256.0.0.1"));
    CU_ASSERT_FALSE(valid("10.0.0"));
    CU_ASSERT_FALSE(valid("10.0.0.1.2"));
    CU_ASSERT_FALSE(valid("10..0.1"));
    CU_ASSERT_FALSE(valid("10.0.0.-1"));
    CU_ASSERT_FALSE(valid("10.0.0.1 "));
    CU_ASSERT_FALSE(valid("localhost"));
    CU_ASSERT_FALSE(valid(""));
}

static void bits_end_where_the_family_ends(void)
{
    CU_ASSERT_TRUE(valid("10.0.0.0/0"));
    CU_ASSERT_TRUE(valid("10.0.0.0/32"));
    CU_ASSERT_TRUE(valid("10.0.0.0/+08"));
    CU_ASSERT_FALSE(valid("10.0.0.0/33"));
    CU_ASSERT_FALSE(valid("10.0.0.0/"));
    CU_ASSERT_FALSE(valid("10.0.0.0/-1"));
    CU_ASSERT_FALSE(valid("10.0.0.0/8/8"));
    CU_ASSERT_FALSE(valid("10.0.0.0/99999999999999999999"));
    CU_ASSERT_TRUE(valid("::/128"));
    CU_ASSERT_FALSE(valid("::/129"));
}

static void groups_of_hex_digits_are_an_address(void)
{
    CU_ASSERT_TRUE(valid("0:0:0:0:0:0:0:1"));
    CU_ASSERT_TRUE(valid("2001:DB8::1"));
    CU_ASSERT_TRUE(valid("::"));
    CU_ASSERT_TRUE(valid("1::"));
    CU_ASSERT_TRUE(valid("1:2:3:4:5:6:7::"));
    CU_ASSERT_FALSE(valid("1:2:3:4:5:6:7"));
    CU_ASSERT_FALSE(valid("1:2:3:4:5:6:7:8:9"));
    CU_ASSERT_FALSE(valid("1:2:3:4:5:6:7:8::"));
    CU_ASSERT_FALSE(valid("1::2::3"));
    CU_ASSERT_FALSE(valid("12345::"));
    CU_ASSERT_FALSE(valid("g::"));
    CU_ASSERT_FALSE(valid(":1"));
    CU_ASSERT_FALSE(valid(":::"));
    CU_ASSERT_FALSE(valid("::ffff:1.2.3.4"));
    CU_ASSERT_FALSE(valid("fe80::1%eth0"));
}

static void a_prefix_matches_what_shares_its_bits(void)
{
    CU_ASSERT_TRUE(matches("10.1.2.3", "10.1.2.3"));
    CU_ASSERT_FALSE(matches("10.1.2.4", "10.1.2.3"));
    CU_ASSERT_TRUE(matches("10.1.2.4", "10.1.0.0/16"));
    CU_ASSERT_TRUE(matches("10.1.130.4", "10.1.128.0/17"));
    CU_ASSERT_FALSE(matches("10.1.127.4", "10.1.128.0/17"));
    CU_ASSERT_TRUE(matches("1.2.3.4", "200.0.0.1/0"));
    CU_ASSERT_TRUE(matches("2001:db8:0:0:0:0:0:7", "2001:db8::/32"));
    CU_ASSERT_FALSE(matches("2001:db9:0:0:0:0:0:7", "2001:db8::/32"));
    CU_ASSERT_TRUE(matches("0:0:0:0:0:0:0:1", "::1"));
}

static void families_never_match_each_other(void)
{
    CU_ASSERT_FALSE(matches("1.2.3.4", "::/0"));
    CU_ASSERT_FALSE(matches("0:0:0:0:0:0:0:1", "0.0.0.0/0"));
    CU_ASSERT_FALSE(matches("fe80:0:0:0:0:0:0:1%eth0", "fe80::/10"));
}

static const zk_test_t tests[] = {
    {"four decimal parts are an address", four_decimal_parts_are_an_address},
    {"bits end where the family ends", bits_end_where_the_family_ends},
    {"groups of hex digits are an address", groups_of_hex_digits_are_an_address},
    {"a prefix matches what shares its bits", a_prefix_matches_what_shares_its_bits},
    {"families never match each other", families_never_match_each_other},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_ip, "auth/ip", tests, NULL, NULL);
