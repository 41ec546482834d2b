/* test_packet_scan.c -- where a QuorumPacket ends. */
#include "base/arena.h"
#include "lib/zk_test.h"
#include "peer/peer_internal.h"
#include "wire/codec.h"
#include "wire/records.h"

static zk_buffer_t bytes;

static void setup(void)
{
    bytes = ZK_BUFFER_INIT;
}

static void teardown(void)
{
    zk_buffer_free(&bytes);
}

static void encode(zk_str_t data, int identities)
{
    zk_id_t ids[3] = {{zk_str("ip"), zk_str("127.0.0.1")},
                      {zk_str("digest"), zk_str("a:b")},
                      {zk_str(""), ZK_STR_NULL}};
    zk_quorum_packet_t packet = {.type = 1, .zxid = -1, .data = data};

    packet.authinfo.count = identities;
    packet.authinfo.items = ids;
    zk_record_encode(&zk_record_quorum_packet, &packet, &bytes);
}

/* Every shorter run of bytes is partial, asks for more than it has, and never for too much. */
static void check_end(void)
{
    size_t whole = zk_buffer_size(&bytes);
    size_t needed;
    size_t size;

    zk_write_long(&bytes, 0x0102030405060708);
    for (size = 0; size < whole; size++) {
        CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), size, 1000, &needed),
                        ZK_PACKET_PARTIAL);
        CU_ASSERT_TRUE(needed > size && needed <= whole);
    }
    for (; size <= zk_buffer_size(&bytes); size++) {
        CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), size, 1000, &needed),
                        ZK_PACKET_WHOLE);
        CU_ASSERT_EQUAL(needed, whole);
    }
}

static void a_packet_ends_behind_its_last_identity(void)
{
    encode(zk_str("some bytes"), 3);
    check_end();
}

static void null_and_empty_fields_take_no_bytes(void)
{
    encode(ZK_STR_NULL, -1);
    CU_ASSERT_EQUAL(zk_buffer_size(&bytes), 20);
    check_end();
    zk_buffer_clear(&bytes);
    encode(zk_str(""), 0);
    CU_ASSERT_EQUAL(zk_buffer_size(&bytes), 20);
    check_end();
}

static void refuse_data(int32_t length)
{
    size_t needed;

    zk_buffer_clear(&bytes);
    zk_write_int(&bytes, 2);
    zk_write_long(&bytes, 1);
    zk_write_int(&bytes, length);
    CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes), 1000, &needed),
                    ZK_PACKET_REFUSED);
}

static void lengths_are_judged_before_their_bytes_come(void)
{
    size_t needed;

    refuse_data(-2);
    refuse_data(INT32_MIN);
    refuse_data(1001);
    refuse_data(INT32_MAX);
    zk_buffer_clear(&bytes);
    encode(zk_str("x"), -1);
    zk_put_u32(zk_buffer_bytes(&bytes) + zk_buffer_size(&bytes) - 4, 0x7fffffff);
    CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes), 1000, &needed),
                    ZK_PACKET_REFUSED);
    zk_put_u32(zk_buffer_bytes(&bytes) + zk_buffer_size(&bytes) - 4, 2);
    zk_write_int(&bytes, 1001);
    CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes), 1000, &needed),
                    ZK_PACKET_REFUSED);
}

static void identities_together_are_bounded(void)
{
    size_t needed;
    int i;

    zk_write_int(&bytes, 1);
    zk_write_long(&bytes, 1);
    zk_write_int(&bytes, -1);
    zk_write_int(&bytes, 3);
    for (i = 0; i < 4; i++) {
        zk_write_int(&bytes, 400);
        zk_buffer_extend(&bytes, 400);
        memset(zk_buffer_bytes(&bytes) + zk_buffer_size(&bytes) - 400, 'x', 400);
    }
    CU_ASSERT_EQUAL(zk_packet_scan(zk_buffer_bytes(&bytes), zk_buffer_size(&bytes), 1000, &needed),
                    ZK_PACKET_REFUSED);
}

static const zk_test_t tests[] = {
    {"a packet ends behind its last identity", a_packet_ends_behind_its_last_identity},
    {"null and empty fields take no bytes", null_and_empty_fields_take_no_bytes},
    {"lengths are judged before their bytes come", lengths_are_judged_before_their_bytes_come},
    {"identities together are bounded", identities_together_are_bounded},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_packet_scan, "peer/packet_scan", tests, setup, teardown);
