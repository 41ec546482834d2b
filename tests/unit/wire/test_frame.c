/* test_frame.c -- cutting frames and writing them. */
#include "wire/frame.h"

#include <string.h>

#include "lib/zk_test.h"
#include "wire/opcode.h"
#include "wire_fixture.h"

static void a_whole_frame_is_a_view_into_the_bytes_given(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("00000002 abcd 00000001 ef", &size);
    zk_frame_t frame;

    CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes, size, 100), ZK_FRAME_WHOLE);
    CU_ASSERT_PTR_EQUAL(frame.body, bytes + 4);
    CU_ASSERT_EQUAL(frame.length, 2);
    CU_ASSERT_EQUAL(frame.bytes, 6);
    CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes + 6, size - 6, 100), ZK_FRAME_WHOLE);
    CU_ASSERT_EQUAL(frame.body[0], 0xef);
}

static void a_partial_frame_tells_how_many_bytes_it_wants(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("00000003 abcdef", &size);
    zk_frame_t frame;
    size_t cut;

    for (cut = 0; cut < size; cut++) {
        CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes, cut, 100), ZK_FRAME_PARTIAL);
        CU_ASSERT_EQUAL(frame.bytes, cut < 4 ? 4 : 7);
        CU_ASSERT_PTR_NULL(frame.body);
    }
}

static void a_length_is_refused_by_sign_and_ceiling_before_its_bytes_arrive(void)
{
    static const struct {
        const char *bytes;
        int32_t length;
    } cases[] = {{"ffffffff", -1},       {"80000000", INT32_MIN}, {"00000000", 0},
                 {"00100000", 0x100000}, {"7fffffff", INT32_MAX}, {"47455420", 0x47455420}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size;
        const uint8_t *bytes = wire_hex(cases[i].bytes, &size);
        zk_frame_t frame;

        CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes, size, ZK_FRAME_BYTES_MAX_DEFAULT),
                        ZK_FRAME_REFUSED);
        CU_ASSERT_EQUAL(frame.length, cases[i].length);
    }
}

static void the_ceiling_is_inclusive(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("000fffff", &size);
    zk_frame_t frame;

    CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes, size, ZK_FRAME_BYTES_MAX_DEFAULT),
                    ZK_FRAME_PARTIAL);
    CU_ASSERT_EQUAL(frame.bytes, (size_t)0xfffff + 4);
    CU_ASSERT_EQUAL(zk_frame_scan(&frame, bytes, size, ZK_FRAME_BYTES_MAX_DEFAULT - 1),
                    ZK_FRAME_REFUSED);
}

static void a_frame_is_written_around_what_is_appended_even_when_the_buffer_moves(void)
{
    zk_buffer_t *buffer = wire_buffer();
    char large[5000];
    zk_frame_t frame;
    size_t mark;

    memset(large, 'x', sizeof(large));
    zk_buffer_append(buffer, "sent-already", 12);
    zk_buffer_append(buffer, "ab", 2);
    zk_buffer_consume(buffer, 12);
    mark = zk_frame_begin(buffer);
    CU_ASSERT_EQUAL(mark, 2);
    zk_buffer_append(buffer, large, sizeof(large));
    zk_frame_end(buffer, mark);
    CU_ASSERT_EQUAL(zk_buffer_size(buffer), 2 + 4 + sizeof(large));
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(buffer), "ab", 2), 0);
    CU_ASSERT_EQUAL(zk_frame_scan(&frame, zk_buffer_bytes(buffer) + 2, zk_buffer_size(buffer) - 2,
                                  ZK_FRAME_BYTES_MAX_DEFAULT),
                    ZK_FRAME_WHOLE);
    CU_ASSERT_EQUAL(frame.length, sizeof(large));
}

static void a_cancelled_frame_leaves_what_was_there_before(void)
{
    zk_buffer_t *buffer = wire_buffer();
    size_t mark;

    zk_buffer_append(buffer, "ab", 2);
    mark = zk_frame_begin(buffer);
    zk_buffer_append(buffer, "cd", 2);
    zk_frame_cancel(buffer, mark);
    CU_ASSERT_TRUE(wire_buffer_is(buffer, "6162"));
}

static void replies_and_requests_equal_the_recorded_frames(void)
{
    zk_create_response_t created = {zk_str("/a")};
    zk_get_data_request_t get = {zk_str("/a"), true};

    zk_frame_append_reply(wire_buffer(), 1, 2, 0, &zk_record_create_response, &created);
    zk_frame_append_reply(wire_buffer(), 4, 4, -110, NULL, NULL);
    zk_frame_append_request(wire_buffer(), 3, ZK_OP_GET_DATA, &zk_record_get_data_request, &get);
    zk_frame_append_request(wire_buffer(), ZK_XID_PING, ZK_OP_PING, NULL, NULL);
    CU_ASSERT_TRUE(wire_buffer_is(wire_buffer(),
                                  "00000016 00000001 0000000000000002 00000000 00000002 2f61"
                                  "00000010 00000004 0000000000000004 ffffff92"
                                  "0000000f 00000003 00000004 00000002 2f61 01"
                                  "00000008 fffffffe 0000000b"));
}

static const zk_test_t tests[] = {
    {"a whole frame is a view into the bytes given", a_whole_frame_is_a_view_into_the_bytes_given},
    {"a partial frame tells how many bytes it wants",
     a_partial_frame_tells_how_many_bytes_it_wants},
    {"a length is refused by sign and ceiling before its bytes arrive",
     a_length_is_refused_by_sign_and_ceiling_before_its_bytes_arrive},
    {"the ceiling is inclusive", the_ceiling_is_inclusive},
    {"a frame is written around what is appended even when the buffer moves",
     a_frame_is_written_around_what_is_appended_even_when_the_buffer_moves},
    {"a cancelled frame leaves what was there before",
     a_cancelled_frame_leaves_what_was_there_before},
    {"replies and requests equal the recorded frames",
     replies_and_requests_equal_the_recorded_frames},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_frame, "wire/frame", tests, wire_setup, wire_teardown);
