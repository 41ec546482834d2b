/* test_multi.c -- the multi list: recorded bodies, upstream's normalisation, damage. */
#include "wire/multi.h"

#include <string.h>

#include "lib/zk_test.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"
#include "wire_fixture.h"

#define WORLD "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65"
#define END "ffffffff 01 ffffffff"
#define CREATE_B "00000001 00 ffffffff 00000002 2f62 00000000 " WORLD " 00000000"
#define CHECK_A9 "0000000d 00 ffffffff 00000002 2f61 00000009"
#define DELETE_A "00000002 00 ffffffff 00000002 2f61 ffffffff"
#define SET_A "00000005 00 ffffffff 00000002 2f61 00000001 78 ffffffff"
#define GET_DATA_A "00000004 00 ffffffff 00000002 2f61 01"
#define GET_CHILDREN_A "00000008 00 ffffffff 00000002 2f61 01"

static bool decode(zk_multi_request_t *request, zk_multi_kind_t kind, int32_t *invalid_at,
                   const char *text)
{
    size_t size;
    const uint8_t *bytes = wire_hex(text, &size);
    zk_reader_t reader = zk_reader(bytes, size);
    bool decoded = zk_multi_decode(request, kind, invalid_at, &reader, wire_arena());

    CU_ASSERT_EQUAL(decoded, !reader.failed);
    return decoded;
}

static void the_recorded_multi_has_the_operations_that_were_sent(void)
{
    zk_multi_request_t request;

    CU_ASSERT_TRUE_FATAL(
        decode(&request, ZK_MULTI_WRITE, NULL, CREATE_B CHECK_A9 DELETE_A SET_A END));
    CU_ASSERT_EQUAL_FATAL(request.count, 4);
    CU_ASSERT_EQUAL(request.ops[0].type, ZK_OP_CREATE);
    CU_ASSERT_TRUE(zk_str_equal_c(request.ops[0].request.create.path, "/b"));
    CU_ASSERT_EQUAL(request.ops[0].request.create.acl.count, 1);
    CU_ASSERT_EQUAL(request.ops[1].type, ZK_OP_CHECK);
    CU_ASSERT_EQUAL(request.ops[1].request.check.version, 9);
    CU_ASSERT_EQUAL(request.ops[2].type, ZK_OP_DELETE);
    CU_ASSERT_EQUAL(request.ops[2].request.delete_.version, -1);
    CU_ASSERT_EQUAL(request.ops[3].type, ZK_OP_SET_DATA);
    CU_ASSERT_TRUE(zk_str_equal_c(request.ops[3].request.set_data.data, "x"));
}

static void the_recorded_success_body_is_written_to_the_byte(void)
{
    zk_set_data_response_t set = {{2, 7, 0x1a202d050fb, 0x1a202d05142, 2, 1, 0, 0, 1, 1, 3}};
    zk_buffer_t *out = wire_buffer();
    size_t mark = zk_frame_begin(out);

    zk_reply_header_encode(out, 5, 7, 0);
    zk_multi_header_encode(out, ZK_OP_CHECK, false, 0);
    zk_multi_header_encode(out, ZK_OP_SET_DATA, false, 0);
    zk_record_encode(&zk_record_set_data_response, &set, out);
    zk_multi_end_encode(out);
    zk_frame_end(out, mark);
    CU_ASSERT_TRUE(wire_buffer_is(
        out, "0000006f 00000005 0000000000000007 00000000 "
             "0000000d 00 00000000 "
             "00000005 00 00000000 0000000000000002 0000000000000007 000001a202d050fb "
             "000001a202d05142 00000002 00000001 00000000 0000000000000000 00000001 00000001 "
             "0000000000000003 "
             "ffffffff 01 ffffffff"));
}

static void the_recorded_failure_body_is_written_to_the_byte(void)
{
    zk_buffer_t *out = wire_buffer();
    size_t mark = zk_frame_begin(out);

    zk_reply_header_encode(out, 6, 8, 0);
    zk_multi_error_encode(out, 0);
    zk_multi_error_encode(out, -103);
    zk_multi_error_encode(out, -2);
    zk_multi_end_encode(out);
    zk_frame_end(out, mark);
    CU_ASSERT_TRUE(wire_buffer_is(out, "00000040 00000006 0000000000000008 00000000 "
                                       "ffffffff 00 00000000 00000000 "
                                       "ffffffff 00 ffffff99 ffffff99 "
                                       "ffffffff 00 fffffffe fffffffe "
                                       "ffffffff 01 ffffffff"));
}

static void an_empty_list_is_accepted(void)
{
    zk_multi_request_t request;
    int32_t invalid_at = 5;

    CU_ASSERT_TRUE(decode(&request, ZK_MULTI_WRITE, NULL, END));
    CU_ASSERT_EQUAL(request.count, 0);
    CU_ASSERT_TRUE(decode(&request, ZK_MULTI_READ, &invalid_at, END));
    CU_ASSERT_EQUAL(invalid_at, -1);
}

static void done_ends_the_list_whatever_the_rest_of_the_header_says(void)
{
    zk_multi_request_t request;

    CU_ASSERT_TRUE(decode(&request, ZK_MULTI_WRITE, NULL, DELETE_A "00000063 07 00000000 abcd"));
    CU_ASSERT_EQUAL(request.count, 1);
}

#define CREATE_AS(op, flags) op " 00 ffffffff 00000002 2f62 00000000 " WORLD flags END
#define CREATE_TTL(flags, ttl) "00000015 00 ffffffff 00000002 2f62 00000000 " WORLD flags ttl END

static void creates_are_normalised_as_upstreams_reader_does(void)
{
    static const struct {
        const char *bytes;
        int32_t type; /* 0: refused */
        int32_t flags;
    } cases[] = {
        {CREATE_AS("00000001", "00000003"), ZK_OP_CREATE, 3},
        {CREATE_AS("0000000f", "00000001"), ZK_OP_CREATE2, 1},
        {CREATE_AS("00000001", "00000004"), ZK_OP_CREATE_CONTAINER, 4},
        {CREATE_AS("0000000f", "00000004"), ZK_OP_CREATE_CONTAINER, 4},
        {CREATE_AS("00000013", "00000004"), ZK_OP_CREATE_CONTAINER, 4},
        {CREATE_AS("00000013", "00000002"), ZK_OP_CREATE_CONTAINER, 2},
        {CREATE_AS("00000001", "00000005"), 0, 0},
        {CREATE_AS("0000000f", "00000006"), 0, 0},
        {CREATE_AS("00000013", "00000005"), 0, 0},
        {CREATE_AS("00000001", "00000007"), 0, 0},
        {CREATE_AS("00000001", "ffffffff"), 0, 0},
        {CREATE_TTL("00000005", "0000000000000064"), ZK_OP_CREATE_TTL, 5},
        {CREATE_TTL("00000006", "0000000000000064"), ZK_OP_CREATE_TTL, 6},
        {CREATE_TTL("00000001", "0000000000000064"), ZK_OP_CREATE, 1},
        {CREATE_TTL("00000004", "0000000000000064"), ZK_OP_CREATE_CONTAINER, 4},
        {CREATE_TTL("00000009", "0000000000000064"), 0, 0},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_multi_request_t request;
        bool decoded = decode(&request, ZK_MULTI_WRITE, NULL, cases[i].bytes);

        CU_ASSERT_EQUAL(decoded, cases[i].type != 0);
        if (!decoded)
            continue;
        CU_ASSERT_EQUAL(request.ops[0].type, cases[i].type);
        if (cases[i].type == ZK_OP_CREATE_TTL) {
            CU_ASSERT_EQUAL(request.ops[0].request.create_ttl.flags, cases[i].flags);
            CU_ASSERT_EQUAL(request.ops[0].request.create_ttl.ttl, 100);
        } else {
            CU_ASSERT_EQUAL(request.ops[0].request.create.flags, cases[i].flags);
            CU_ASSERT_TRUE(zk_str_equal_c(request.ops[0].request.create.path, "/b"));
        }
    }
}

static void a_create_without_acl_is_refused(void)
{
    zk_multi_request_t request;

    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL,
                           "00000001 00 ffffffff 00000002 2f62 00000000 ffffffff 00000000" END));
}

/* As 3.9.5, which fails before it checks the first operation. */
static void a_null_path_anywhere_fails_the_whole_list(void)
{
    zk_multi_request_t request;

    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL,
                           DELETE_A "00000005 00 ffffffff ffffffff 00000001 78 ffffffff" END));
    CU_ASSERT_FALSE(
        decode(&request, ZK_MULTI_WRITE, NULL, "0000000d 00 ffffffff ffffffff 00000009" END));
    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL,
                           CHECK_A9 "00000002 00 ffffffff ffffffff 00000009" END));
}

static void operations_outside_the_list_are_refused(void)
{
    zk_multi_request_t request;
    int32_t invalid_at;

    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL,
                           "00000007 00 ffffffff 00000002 2f61 ffffffff ffffffff" END));
    CU_ASSERT_FALSE(
        decode(&request, ZK_MULTI_WRITE, NULL, "00000014 00 ffffffff 00000002 2f61" END));
    CU_ASSERT_FALSE(
        decode(&request, ZK_MULTI_READ, &invalid_at, "00000003 00 ffffffff 00000002 2f61 01" END));
    CU_ASSERT_FALSE(
        decode(&request, ZK_MULTI_READ, &invalid_at, "0000000c 00 ffffffff 00000002 2f61 01" END));
}

static void reads_and_writes_do_not_mix(void)
{
    zk_multi_request_t request;
    int32_t invalid_at;

    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL, GET_DATA_A END));
    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_WRITE, NULL, DELETE_A GET_DATA_A END));
    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_READ, &invalid_at, GET_DATA_A DELETE_A END));
}

static void a_list_of_writes_under_multi_read_decodes_and_names_the_first_as_invalid(void)
{
    zk_multi_request_t request;
    int32_t invalid_at = -1;

    CU_ASSERT_TRUE(decode(&request, ZK_MULTI_READ, &invalid_at, DELETE_A SET_A END));
    CU_ASSERT_EQUAL(invalid_at, 0);
    CU_ASSERT_EQUAL(request.count, 0);
    CU_ASSERT_FALSE(decode(&request, ZK_MULTI_READ, &invalid_at, DELETE_A));
}

static void reads_in_a_list_set_no_watch(void)
{
    zk_multi_request_t request;
    int32_t invalid_at;

    CU_ASSERT_TRUE_FATAL(
        decode(&request, ZK_MULTI_READ, &invalid_at, GET_DATA_A GET_CHILDREN_A END));
    CU_ASSERT_EQUAL(invalid_at, -1);
    CU_ASSERT_EQUAL_FATAL(request.count, 2);
    CU_ASSERT_EQUAL(request.ops[0].type, ZK_OP_GET_DATA);
    CU_ASSERT_FALSE(request.ops[0].request.get_data.watch);
    CU_ASSERT_EQUAL(request.ops[1].type, ZK_OP_GET_CHILDREN);
    CU_ASSERT_FALSE(request.ops[1].request.get_children.watch);
    CU_ASSERT_TRUE(zk_str_equal_c(request.ops[1].request.get_children.path, "/a"));
}

static void a_long_list_keeps_every_operation_in_order(void)
{
    zk_buffer_t *bytes = wire_buffer();
    zk_multi_request_t request;
    zk_reader_t reader;
    int32_t i;

    for (i = 0; i < 1000; i++) {
        zk_delete_request_t op = {zk_str("/x"), i};

        zk_multi_header_encode(bytes, ZK_OP_DELETE, false, -1);
        zk_record_encode(&zk_record_delete_request, &op, bytes);
    }
    zk_multi_end_encode(bytes);
    reader = zk_reader(zk_buffer_bytes(bytes), zk_buffer_size(bytes));
    CU_ASSERT_TRUE_FATAL(zk_multi_decode(&request, ZK_MULTI_WRITE, NULL, &reader, wire_arena()));
    CU_ASSERT_EQUAL_FATAL(request.count, 1000);
    for (i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(request.ops[i].request.delete_.version, i);
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
}

static void a_list_cut_at_any_byte_is_refused(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(CREATE_B CHECK_A9 DELETE_A SET_A END, &size);
    size_t cut;

    for (cut = 0; cut < size; cut++) {
        uint8_t *exact = zk_malloc(cut + 1);
        zk_reader_t reader = zk_reader(exact + 1, cut);
        zk_multi_request_t request;

        memcpy(exact + 1, bytes, cut);
        CU_ASSERT_FALSE(zk_multi_decode(&request, ZK_MULTI_WRITE, NULL, &reader, wire_arena()));
        zk_free(exact);
    }
}

static void flipped_bits_take_no_more_memory_than_the_list_justifies(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(CREATE_B CHECK_A9 DELETE_A SET_A CREATE_B END, &size);
    int round;

    for (round = 0; round < 20000; round++) {
        uint8_t *exact = zk_malloc(size);
        zk_reader_t reader = zk_reader(exact, size);
        zk_multi_request_t request;
        const void *mark = wire_arena_mark();
        int i;

        memcpy(exact, bytes, size);
        for (i = 0; i < 3; i++)
            exact[zk_random_below(wire_random(), size)] ^=
                (uint8_t)(1U << zk_random_below(wire_random(), 8));
        if (zk_multi_decode(&request, ZK_MULTI_WRITE, NULL, &reader, wire_arena()))
            CU_ASSERT_TRUE(request.count <= 5);
        CU_ASSERT_TRUE(wire_arena_used(mark) <= 10 * size);
        zk_free(exact);
        zk_arena_reset(wire_arena());
    }
}

static const zk_test_t tests[] = {
    {"the recorded multi has the operations that were sent",
     the_recorded_multi_has_the_operations_that_were_sent},
    {"the recorded success body is written to the byte",
     the_recorded_success_body_is_written_to_the_byte},
    {"the recorded failure body is written to the byte",
     the_recorded_failure_body_is_written_to_the_byte},
    {"an empty list is accepted", an_empty_list_is_accepted},
    {"done ends the list whatever the rest of the header says",
     done_ends_the_list_whatever_the_rest_of_the_header_says},
    {"creates are normalised as upstream's reader does",
     creates_are_normalised_as_upstreams_reader_does},
    {"a create without ACL is refused", a_create_without_acl_is_refused},
    {"a null path anywhere fails the whole list", a_null_path_anywhere_fails_the_whole_list},
    {"operations outside the list are refused", operations_outside_the_list_are_refused},
    {"reads and writes do not mix", reads_and_writes_do_not_mix},
    {"a list of writes under multiRead decodes and names the first as invalid",
     a_list_of_writes_under_multi_read_decodes_and_names_the_first_as_invalid},
    {"reads in a list set no watch", reads_in_a_list_set_no_watch},
    {"a long list keeps every operation in order", a_long_list_keeps_every_operation_in_order},
    {"a list cut at any byte is refused", a_list_cut_at_any_byte_is_refused},
    {"flipped bits take no more memory than the list justifies",
     flipped_bits_take_no_more_memory_than_the_list_justifies},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_multi, "wire/multi", tests, wire_setup, wire_teardown);
