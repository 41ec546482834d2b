/* test_hello.c -- the initial message of the election port. */
#include <string.h>

#include "lib/zk_test.h"
#include "peer/peer_internal.h"

static zk_buffer_t bytes;
static zk_hello_t hello;

static void setup(void)
{
    bytes = ZK_BUFFER_INIT;
}

static void teardown(void)
{
    zk_buffer_free(&bytes);
}

/* As captured from 3.9.5. */
static const uint8_t version_1[] =
    "\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
    "\x00\x00\x00\x0f"
    "127.0.0.1:22832";
static const uint8_t version_2[] =
    "\xff\xff\xff\xff\xff\xff\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"
    "\x00\x00\x00\x1f"
    "127.0.0.1:22831|127.0.0.2:22831";

static void ours_is_upstreams_byte_for_byte_in_both_versions(void)
{
    const zk_peer_address_t one[] = {{"127.0.0.1", 1, 22832}};
    const zk_peer_address_t two[] = {{"127.0.0.1", 1, 22831}, {"127.0.0.2", 1, 22831}};

    zk_hello_write(&bytes, 2, one, 1, false);
    CU_ASSERT_EQUAL_FATAL(zk_buffer_size(&bytes), sizeof(version_1) - 1);
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&bytes), version_1, sizeof(version_1) - 1), 0);
    zk_buffer_clear(&bytes);
    zk_hello_write(&bytes, 1, two, 2, true);
    CU_ASSERT_EQUAL_FATAL(zk_buffer_size(&bytes), sizeof(version_2) - 1);
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&bytes), version_2, sizeof(version_2) - 1), 0);
}

static void a_message_is_whole_only_with_its_last_byte(void)
{
    size_t size;

    for (size = 0; size < sizeof(version_2) - 1; size++)
        CU_ASSERT_EQUAL(zk_hello_read(&hello, version_2, size), ZK_HELLO_PARTIAL);
    CU_ASSERT_EQUAL(zk_hello_read(&hello, version_2, size), ZK_HELLO_WHOLE);
    CU_ASSERT_EQUAL(hello.sid, 1);
    CU_ASSERT_EQUAL(hello.bytes, size);
    CU_ASSERT_EQUAL_FATAL(hello.from_count, 2);
    CU_ASSERT_STRING_EQUAL(hello.from[1].host, "127.0.0.2");
    CU_ASSERT_EQUAL(hello.from[1].port, 22831);
}

static void read_text(const char *text)
{
    zk_buffer_clear(&bytes);
    zk_write_long(&bytes, -65535);
    zk_write_long(&bytes, 7);
    zk_write_str(&bytes, zk_str(text));
    CU_ASSERT_EQUAL(zk_hello_read(&hello, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes)),
                    ZK_HELLO_WHOLE);
}

static void an_ipv6_address_stands_in_brackets(void)
{
    const zk_peer_address_t one[] = {{"::1", 1, 3888}};

    zk_hello_write(&bytes, 2, one, 1, false);
    CU_ASSERT_EQUAL(zk_hello_read(&hello, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes)),
                    ZK_HELLO_WHOLE);
    CU_ASSERT_EQUAL_FATAL(hello.from_count, 1);
    CU_ASSERT_STRING_EQUAL(hello.from[0].host, "::1");
    CU_ASSERT_EQUAL(hello.from[0].port, 3888);
}

static void addresses_that_lead_nowhere_are_passed_over(void)
{
    read_text("0.0.0.0:3888|[::]:3888|[0:0:0:0:0:0:0:0]:3888|a:0|b:65536|c:12x|:5|zoo2:3888|d");
    CU_ASSERT_EQUAL_FATAL(hello.from_count, 1);
    CU_ASSERT_STRING_EQUAL(hello.from[0].host, "zoo2");
}

static void lengths_and_versions_that_cannot_be_are_refused(void)
{
    static const int32_t lengths[] = {0, -1, 2049, INT32_MAX, INT32_MIN};
    size_t i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        zk_buffer_clear(&bytes);
        zk_write_long(&bytes, -65536);
        zk_write_long(&bytes, 7);
        zk_write_int(&bytes, lengths[i]);
        CU_ASSERT_EQUAL(zk_hello_read(&hello, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes)),
                        ZK_HELLO_REFUSED);
    }
    zk_buffer_clear(&bytes);
    zk_write_long(&bytes, -65534);
    CU_ASSERT_EQUAL(zk_hello_read(&hello, zk_buffer_bytes(&bytes), 8), ZK_HELLO_REFUSED);
}

static void an_old_server_says_only_its_id(void)
{
    zk_write_long(&bytes, 3);
    CU_ASSERT_EQUAL(zk_hello_read(&hello, zk_buffer_bytes(&bytes), 8), ZK_HELLO_WHOLE);
    CU_ASSERT_EQUAL(hello.sid, 3);
    CU_ASSERT_EQUAL(hello.bytes, 8);
    CU_ASSERT_FALSE(hello.has_addresses);
}

static const zk_test_t tests[] = {
    {"ours is upstream's, byte for byte, in both versions",
     ours_is_upstreams_byte_for_byte_in_both_versions},
    {"a message is whole only with its last byte", a_message_is_whole_only_with_its_last_byte},
    {"an IPv6 address stands in brackets", an_ipv6_address_stands_in_brackets},
    {"addresses that lead nowhere are passed over", addresses_that_lead_nowhere_are_passed_over},
    {"lengths and versions that cannot be are refused",
     lengths_and_versions_that_cannot_be_are_refused},
    {"an old server says only its id", an_old_server_says_only_its_id},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_hello, "peer/hello", tests, setup, teardown);
