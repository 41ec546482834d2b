/* test_codec.c -- the codec against frames recorded from upstream's server, against itself, and
 * against damaged bytes. */
#include "wire/codec.h"

#include <string.h>

#include "lib/zk_test.h"
#include "wire/describe.h"
#include "wire/frame.h"
#include "wire_fixture.h"

/* ---- golden frames: recorded between a client and upstream's server 3.9.5 ---- */

typedef struct golden_frame {
    const char *name;
    const zk_record_desc_t *header; /* NULL: handshake */
    const zk_record_desc_t *record; /* NULL: no body */
    const char *bytes;
} golden_frame_t;

#define REQUEST &zk_record_request_header
#define REPLY &zk_record_reply_header

static const golden_frame_t golden_frames[] = {
    {"connect request", NULL, &zk_record_connect_request,
     "0000002d 00000000 0000000000000000 00007530 0000000000000000 00000010 "
     "00000000000000000000000000000000 00"},
    {"connect response", NULL, &zk_record_connect_response,
     "00000025 00000000 00007530 0100001c82df0000 00000010 d369bb3764d2f870693828fb4da33cb7 00"},
    {"connect refused", NULL, &zk_record_connect_response,
     "00000025 00000000 00000000 0000000000000000 00000010 00000000000000000000000000000000 00"},
    {"create", REQUEST, &zk_record_create_request,
     "00000033 00000001 00000001 00000002 2f61 00000002 6869 00000001 0000001f 00000005 "
     "776f726c64 00000006 616e796f6e65 00000000"},
    {"create reply", REPLY, &zk_record_create_response,
     "00000016 00000001 0000000000000002 00000000 00000002 2f61"},
    {"create2", REQUEST, &zk_record_create_request,
     "00000034 00000002 0000000f 00000005 2f612f732d 00000000 00000001 0000001f 00000005 "
     "776f726c64 00000006 616e796f6e65 00000003"},
    {"create2 reply", REPLY, &zk_record_create2_response,
     "00000067 00000002 0000000000000003 00000000 0000000f 2f612f732d30303030303030303030 "
     "0000000000000003 0000000000000003 000001a202d05114 000001a202d05114 00000000 00000000 "
     "00000000 0100001c82df0000 00000000 00000000 0000000000000003"},
    {"getData", REQUEST, &zk_record_get_data_request,
     "0000000f 00000003 00000004 00000002 2f61 01"},
    {"getData reply", REPLY, &zk_record_get_data_response,
     "0000005a 00000003 0000000000000003 00000000 00000002 6869 "
     "0000000000000002 0000000000000002 000001a202d050fb 000001a202d050fb 00000000 00000001 "
     "00000000 0000000000000000 00000002 00000001 0000000000000003"},
    {"error reply", REPLY, NULL, "00000010 00000004 0000000000000004 ffffff92"},
    {"ping", REQUEST, NULL, "00000008 fffffffe 0000000b"},
    {"ping reply", REPLY, NULL, "00000010 fffffffe 0000000000000004 00000000"},
    {"watch event", REPLY, &zk_record_watcher_event,
     "0000001e ffffffff 0000000000000006 00000000 00000003 00000003 00000002 2f61"},
    {"watch event of 3.8", REPLY, &zk_record_watcher_event,
     "0000002b ffffffff ffffffffffffffff 00000000 00000001 00000003 0000000f "
     "2f7731373935333432383537333636"},
    {"addWatch", REQUEST, &zk_record_add_watch_request,
     "00000012 00000007 0000006a 00000002 2f61 00000001"},
    {"addWatch reply", REPLY, &zk_record_error_response,
     "00000014 00000007 0000000000000008 00000000 00000000"},
    {"auth", REQUEST, &zk_record_auth_packet,
     "00000020 fffffffc 00000064 00000000 00000006 646967657374 00000006 626f623a7077"},
    {"auth reply", REPLY, NULL, "00000010 fffffffc 0000000000000000 00000000"},
    {"whoAmI", REQUEST, NULL, "00000008 00000008 0000006b"},
    {"whoAmI reply", REPLY, &zk_record_whoami_response,
     "00000038 00000008 0000000000000008 00000000 00000002 00000006 646967657374 00000003 626f62 "
     "00000002 6970 00000009 3132372e302e302e31"},
    {"setWatches", REQUEST, &zk_record_set_watches,
     "00000022 fffffff8 00000065 0000000000000000 00000001 00000002 2f61 00000000 00000000"},
    {"closeSession", REQUEST, NULL, "00000008 00000004 fffffff5"},
    {"sasl", REQUEST, &zk_record_get_sasl_request, "0000000c 00000001 00000066 00000000"},
    {"sasl reply", REPLY, &zk_record_set_sasl_response,
     "00000014 00000001 0000000000000000 00000000 ffffffff"},
};

static void check_golden(const golden_frame_t *golden)
{
    size_t size;
    const uint8_t *bytes = wire_hex(golden->bytes, &size);
    zk_buffer_t *out = wire_buffer();
    zk_frame_t frame;
    zk_reader_t reader;
    size_t mark;
    void *header = NULL;
    void *record = NULL;

    CU_ASSERT_EQUAL_FATAL(zk_frame_scan(&frame, bytes, size, ZK_FRAME_BYTES_MAX_DEFAULT),
                          ZK_FRAME_WHOLE);
    reader = zk_frame_reader(&frame);
    zk_buffer_clear(out);
    mark = zk_frame_begin(out);
    if (golden->header != NULL) {
        header = zk_arena_alloc(wire_arena(), zk_record_struct_bytes(golden->header));
        CU_ASSERT_TRUE_FATAL(zk_record_decode(golden->header, header, &reader, wire_arena()));
        zk_record_encode(golden->header, header, out);
    }
    if (golden->record != NULL) {
        record = zk_arena_alloc(wire_arena(), zk_record_struct_bytes(golden->record));
        CU_ASSERT_TRUE_FATAL(zk_record_decode(golden->record, record, &reader, wire_arena()));
        zk_record_encode(golden->record, record, out);
    }
    zk_frame_end(out, mark);
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
    CU_ASSERT_TRUE(wire_buffer_is(out, golden->bytes));
}

static void every_golden_frame_decodes_and_encodes_to_the_same_bytes(void)
{
    size_t i;

    for (i = 0; i < sizeof(golden_frames) / sizeof(golden_frames[0]); i++)
        check_golden(&golden_frames[i]);
}

static void the_golden_get_data_reply_has_the_values_that_were_sent(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(golden_frames[8].bytes, &size);
    zk_reader_t reader = zk_reader(bytes + 20, size - 20);
    zk_get_data_response_t reply;

    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_get_data_response, &reply, &reader, wire_arena()));
    CU_ASSERT_TRUE(zk_str_equal_c(reply.data, "hi"));
    CU_ASSERT_EQUAL(reply.stat.czxid, 2);
    CU_ASSERT_EQUAL(reply.stat.mzxid, 2);
    CU_ASSERT_EQUAL(reply.stat.ctime, 0x1a202d050fb);
    CU_ASSERT_EQUAL(reply.stat.version, 0);
    CU_ASSERT_EQUAL(reply.stat.cversion, 1);
    CU_ASSERT_EQUAL(reply.stat.ephemeral_owner, 0);
    CU_ASSERT_EQUAL(reply.stat.data_length, 2);
    CU_ASSERT_EQUAL(reply.stat.num_children, 1);
    CU_ASSERT_EQUAL(reply.stat.pzxid, 3);
}

static void the_golden_create_request_has_the_values_that_were_sent(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(golden_frames[3].bytes, &size);
    zk_reader_t reader = zk_reader(bytes + 12, size - 12);
    zk_create_request_t request;

    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_create_request, &request, &reader, wire_arena()));
    CU_ASSERT_TRUE(zk_str_equal_c(request.path, "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(request.data, "hi"));
    CU_ASSERT_EQUAL_FATAL(request.acl.count, 1);
    CU_ASSERT_EQUAL(request.acl.items[0].perms, 31);
    CU_ASSERT_TRUE(zk_str_equal_c(request.acl.items[0].id.scheme, "world"));
    CU_ASSERT_TRUE(zk_str_equal_c(request.acl.items[0].id.id, "anyone"));
    CU_ASSERT_EQUAL(request.flags, 0);
}

/* ---- against itself ---- */

static void check_round_trip(const zk_record_desc_t *desc)
{
    void *record = wire_random_record(desc);
    void *copy = zk_arena_calloc(wire_arena(), 1, zk_record_struct_bytes(desc));
    zk_buffer_t again = ZK_BUFFER_INIT;
    zk_buffer_t *bytes = wire_buffer();
    zk_reader_t reader;

    zk_buffer_clear(bytes);
    zk_record_encode(desc, record, bytes);
    reader = zk_reader(zk_buffer_bytes(bytes), zk_buffer_size(bytes));
    CU_ASSERT_TRUE_FATAL(zk_record_decode(desc, copy, &reader, wire_arena()));
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
    CU_ASSERT_TRUE(zk_record_equal(desc, record, copy));
    zk_record_encode(desc, copy, &again);
    CU_ASSERT_EQUAL_FATAL(zk_buffer_size(&again), zk_buffer_size(bytes));
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&again), zk_buffer_bytes(bytes), zk_buffer_size(bytes)),
                    0);
    zk_buffer_free(&again);
}

static void random_records_of_all_kinds_survive_a_round_trip(void)
{
    size_t kind;
    int round;

    for (round = 0; round < 200; round++) {
        for (kind = 0; zk_record_all[kind] != NULL; kind++)
            check_round_trip(zk_record_all[kind]);
        zk_arena_reset(wire_arena());
    }
}

static void there_are_seventy_two_kinds_and_each_has_fields_in_order(void)
{
    size_t kind;
    uint16_t i;

    for (kind = 0; zk_record_all[kind] != NULL; kind++) {
        const zk_record_desc_t *desc = zk_record_all[kind];

        CU_ASSERT_TRUE(desc->field_count > 0);
        CU_ASSERT_TRUE(desc->bytes_min > 0);
        CU_ASSERT_EQUAL(zk_record_name(desc), desc->name);
        for (i = 1; i < desc->field_count; i++)
            CU_ASSERT_TRUE(desc->fields[i - 1].offset < desc->fields[i].offset);
    }
    CU_ASSERT_EQUAL(kind, 72);
    CU_ASSERT_EQUAL(zk_record_stat.bytes_min, 68);
    CU_ASSERT_TRUE(zk_record_stat.is_fixed);
    CU_ASSERT_EQUAL(zk_record_txn_header.bytes_min, 32);
    CU_ASSERT_FALSE(zk_record_get_data_response.is_fixed);
}

static void a_record_that_differs_in_one_field_is_not_equal(void)
{
    zk_acl_t items[2] = {{31, {zk_str("world"), zk_str("anyone")}},
                         {1, {zk_str("ip"), zk_str("127.0.0.1")}}};
    zk_set_acl_request_t a = {zk_str("/a"), {2, items}, 7};
    zk_set_acl_request_t b = a;
    zk_acl_t changed[2] = {items[0], items[1]};

    CU_ASSERT_TRUE(zk_record_equal(&zk_record_set_acl_request, &a, &b));
    changed[1].id.id = zk_str("127.0.0.2");
    b.acl.items = changed;
    CU_ASSERT_FALSE(zk_record_equal(&zk_record_set_acl_request, &a, &b));
    b = a;
    b.acl.count = 1;
    CU_ASSERT_FALSE(zk_record_equal(&zk_record_set_acl_request, &a, &b));
    b = a;
    b.version = 8;
    CU_ASSERT_FALSE(zk_record_equal(&zk_record_set_acl_request, &a, &b));
    b = a;
    b.path = ZK_STR_NULL;
    CU_ASSERT_FALSE(zk_record_equal(&zk_record_set_acl_request, &a, &b));
}

static void printing_shows_names_values_null_and_escapes(void)
{
    zk_acl_t item = {31, {zk_str("world"), zk_str("any\"one")}};
    zk_create_request_t request = {zk_str_n("/a\n", 3), ZK_STR_NULL, {1, &item}, 2};
    zk_str_t child = zk_str("c\\");
    zk_get_children_response_t children = {{1, &child}};
    zk_get_data_request_t get = {zk_str(""), true};
    zk_buffer_t *out = wire_buffer();

    zk_record_print(&zk_record_create_request, &request, out);
    zk_record_print(&zk_record_get_children_response, &children, out);
    zk_record_print(&zk_record_get_data_request, &get, out);
    zk_buffer_append(out, "", 1);
    CU_ASSERT_STRING_EQUAL(
        (const char *)zk_buffer_bytes(out),
        "create_request{path=\"/a\\x0a\", data=null, acl=[acl{perms=31, "
        "id=id{scheme=\"world\", id=\"any\\\"one\"}}], flags=2}"
        "get_children_response{children=[\"c\\\\\"]}get_data_request{path=\"\", watch=true}");
}

/* ---- what upstream's reader allows ---- */

static void null_and_empty_are_different_values(void)
{
    zk_set_data_request_t request;
    size_t size;
    const uint8_t *bytes = wire_hex("00000000 ffffffff 00000001", &size);
    zk_reader_t reader = zk_reader(bytes, size);

    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_set_data_request, &request, &reader, wire_arena()));
    CU_ASSERT_EQUAL(request.path.length, 0);
    CU_ASSERT_FALSE(zk_str_is_null(request.path));
    CU_ASSERT_TRUE(zk_str_is_null(request.data));
    zk_record_encode(&zk_record_set_data_request, &request, wire_buffer());
    CU_ASSERT_TRUE(wire_buffer_is(wire_buffer(), "00000000 ffffffff 00000001"));
}

static void vector_count_minus_one_is_null_and_other_negative_counts_are_empty(void)
{
    static const struct {
        const char *bytes;
        int32_t count;
    } cases[] = {{"ffffffff", -1}, {"fffffffe", 0}, {"80000000", 0}, {"00000000", 0}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size;
        const uint8_t *bytes = wire_hex(cases[i].bytes, &size);
        zk_reader_t strings_reader = zk_reader(bytes, size);
        zk_reader_t records_reader = strings_reader;
        zk_get_children_response_t strings;
        zk_multi_txn_t records;

        CU_ASSERT_TRUE(zk_record_decode(&zk_record_get_children_response, &strings, &strings_reader,
                                        wire_arena()));
        CU_ASSERT_EQUAL(strings.children.count, cases[i].count);
        CU_ASSERT_TRUE(
            zk_record_decode(&zk_record_multi_txn, &records, &records_reader, wire_arena()));
        CU_ASSERT_EQUAL(records.txns.count, cases[i].count);
    }
}

static void any_nonzero_byte_is_true(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("00000000 05", &size);
    zk_reader_t reader = zk_reader(bytes, size);
    zk_exists_request_t request;

    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_exists_request, &request, &reader, wire_arena()));
    CU_ASSERT_TRUE(request.watch);
    zk_record_encode(&zk_record_exists_request, &request, wire_buffer());
    CU_ASSERT_TRUE(wire_buffer_is(wire_buffer(), "00000000 01"));
}

static void bytes_behind_a_record_are_left_to_the_reader(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("00000001 61 ffff", &size);
    zk_reader_t reader = zk_reader(bytes, size);
    zk_sync_request_t request;

    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_sync_request, &request, &reader, wire_arena()));
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 2);
}

/* ---- damage ---- */

static void a_record_cut_at_any_byte_is_refused(void)
{
    size_t kind;
    int round;
    size_t cut;

    for (kind = 0; zk_record_all[kind] != NULL; kind++) {
        const zk_record_desc_t *desc = zk_record_all[kind];
        void *copy = zk_arena_calloc(wire_arena(), 1, zk_record_struct_bytes(desc));

        for (round = 0; round < 4; round++) {
            zk_buffer_t *bytes = wire_buffer();

            zk_buffer_clear(bytes);
            zk_record_encode(desc, wire_random_record(desc), bytes);
            for (cut = 0; cut < zk_buffer_size(bytes); cut++) {
                /* An exact copy, so that the address sanitizer sees a read behind the end. */
                uint8_t *exact = zk_malloc(cut + 1);
                zk_reader_t reader = zk_reader(exact + 1, cut);

                memcpy(exact + 1, zk_buffer_bytes(bytes), cut);
                CU_ASSERT_FALSE(zk_record_decode(desc, copy, &reader, wire_arena()));
                CU_ASSERT_TRUE(reader.failed);
                zk_free(exact);
            }
        }
        zk_arena_reset(wire_arena());
    }
}

/* Flip up to four bits in a random record and decode it.  Whatever comes out must encode to what
 * was read, up to booleans and negative counts, so its size is compared only. */
static void flip_and_decode(const zk_record_desc_t *desc)
{
    zk_buffer_t *bytes = wire_buffer();
    zk_buffer_t again = ZK_BUFFER_INIT;
    zk_random_t *random = wire_random();
    void *copy = zk_arena_calloc(wire_arena(), 1, zk_record_struct_bytes(desc));
    uint64_t flips = 1 + zk_random_below(random, 4);
    const void *mark;
    zk_reader_t reader;
    uint8_t *exact;
    size_t size;

    zk_buffer_clear(bytes);
    zk_record_encode(desc, wire_random_record(desc), bytes);
    size = zk_buffer_size(bytes);
    exact = zk_malloc(size);
    memcpy(exact, zk_buffer_bytes(bytes), size);
    for (; flips > 0; flips--)
        exact[zk_random_below(random, size)] ^= (uint8_t)(1U << zk_random_below(random, 8));
    reader = zk_reader(exact, size);
    mark = wire_arena_mark();
    if (zk_record_decode(desc, copy, &reader, wire_arena())) {
        zk_record_encode(desc, copy, &again);
        CU_ASSERT_EQUAL(zk_buffer_size(&again), size - zk_reader_left(&reader));
    }
    CU_ASSERT_TRUE(wire_arena_used(mark) <= 5 * size + 128);
    zk_buffer_free(&again);
    zk_free(exact);
}

static void flipped_bits_are_refused_or_decoded_within_the_bytes_and_memory_given(void)
{
    size_t kind;
    int round;

    for (round = 0; round < 300; round++)
        for (kind = 0; zk_record_all[kind] != NULL; kind++) {
            flip_and_decode(zk_record_all[kind]);
            zk_arena_reset(wire_arena());
        }
}

static void a_huge_count_is_refused_before_memory_is_asked_for(void)
{
    static const char *const counts[] = {"7fffffff 00000000", "00000002 00000000",
                                         "10000000 00000000 00000000"};
    size_t i;

    for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        size_t size;
        const uint8_t *bytes = wire_hex(counts[i], &size);
        zk_reader_t reader = zk_reader(bytes, size);
        const void *mark = wire_arena_mark();
        zk_get_children_response_t response;

        CU_ASSERT_FALSE(
            zk_record_decode(&zk_record_get_children_response, &response, &reader, wire_arena()));
        CU_ASSERT_TRUE(wire_arena_used(mark) <= 16);
    }
}

static void a_vector_may_not_use_the_bytes_of_the_fields_behind_it(void)
{
    /* One ACL has at least 12 bytes; 12 follow the count, but 4 of them are the version. */
    size_t size;
    const uint8_t *bytes = wire_hex("ffffffff 00000001 00000000 ffffffff ffffffff", &size);
    zk_reader_t reader = zk_reader(bytes, size);
    zk_set_acl_request_t request;

    CU_ASSERT_FALSE(zk_record_decode(&zk_record_set_acl_request, &request, &reader, wire_arena()));
}

static void lengths_below_minus_one_are_refused(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("fffffffe 00000000", &size);
    zk_reader_t reader = zk_reader(bytes, size);
    zk_sync_request_t request;

    CU_ASSERT_FALSE(zk_record_decode(&zk_record_sync_request, &request, &reader, wire_arena()));
}

static void a_failed_reader_decodes_nothing(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex("00000000", &size);
    zk_reader_t reader = zk_reader(bytes, size);
    zk_sync_request_t request;

    reader.failed = true;
    CU_ASSERT_FALSE(zk_record_decode(&zk_record_sync_request, &request, &reader, wire_arena()));
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 4);
}

/* ---- handshake ---- */

#define CONNECT_FIXED "00000000 0000000000000007 00007530 0000000000000000 00000002 abcd"

static void a_connect_request_without_read_only_is_from_an_old_client(void)
{
    static const struct {
        const char *bytes;
        bool has_read_only;
        bool read_only;
    } cases[] = {{CONNECT_FIXED, false, false},
                 {CONNECT_FIXED "00", true, false},
                 {CONNECT_FIXED "01", true, true},
                 {CONNECT_FIXED "01ffff", true, true}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size;
        const uint8_t *bytes = wire_hex(cases[i].bytes, &size);
        zk_reader_t reader = zk_reader(bytes, size);
        zk_connect_request_t request;
        bool has_read_only;

        CU_ASSERT_TRUE_FATAL(zk_connect_request_decode(&request, &has_read_only, &reader));
        CU_ASSERT_EQUAL(has_read_only, cases[i].has_read_only);
        CU_ASSERT_EQUAL(request.read_only, cases[i].read_only);
        CU_ASSERT_EQUAL(request.last_zxid_seen, 7);
        CU_ASSERT_EQUAL(request.time_out, 30000);
        CU_ASSERT_EQUAL(request.passwd.length, 2);
    }
}

static void a_connect_request_cut_short_is_refused(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(CONNECT_FIXED, &size);
    zk_connect_request_t request;
    bool has_read_only;
    size_t cut;

    for (cut = 0; cut < size; cut++) {
        zk_reader_t reader = zk_reader(bytes, cut);

        CU_ASSERT_FALSE(zk_connect_request_decode(&request, &has_read_only, &reader));
        CU_ASSERT_FALSE(has_read_only);
    }
}

static void the_connect_response_mirrors_whether_read_only_was_sent(void)
{
    zk_connect_response_t response = {0, 30000, 0x0100001c82df0000, zk_str("0123456789abcdef"),
                                      true};

    zk_connect_response_encode(&response, true, wire_buffer());
    CU_ASSERT_EQUAL(zk_buffer_size(wire_buffer()), 37);
    zk_buffer_clear(wire_buffer());
    zk_connect_response_encode(&response, false, wire_buffer());
    CU_ASSERT_TRUE(wire_buffer_is(wire_buffer(), "00000000 00007530 0100001c82df0000 00000010 "
                                                 "30313233343536373839616263646566"));
}

static const zk_test_t tests[] = {
    {"every golden frame decodes and encodes to the same bytes",
     every_golden_frame_decodes_and_encodes_to_the_same_bytes},
    {"the golden getData reply has the values that were sent",
     the_golden_get_data_reply_has_the_values_that_were_sent},
    {"the golden create request has the values that were sent",
     the_golden_create_request_has_the_values_that_were_sent},
    {"random records of all kinds survive a round trip",
     random_records_of_all_kinds_survive_a_round_trip},
    {"there are 72 kinds and each has its fields in order",
     there_are_seventy_two_kinds_and_each_has_fields_in_order},
    {"a record that differs in one field is not equal",
     a_record_that_differs_in_one_field_is_not_equal},
    {"printing shows names, values, null and escapes",
     printing_shows_names_values_null_and_escapes},
    {"null and empty are different values", null_and_empty_are_different_values},
    {"vector count -1 is null and other negative counts are empty",
     vector_count_minus_one_is_null_and_other_negative_counts_are_empty},
    {"any non-zero byte is true", any_nonzero_byte_is_true},
    {"bytes behind a record are left to the reader", bytes_behind_a_record_are_left_to_the_reader},
    {"a record cut at any byte is refused", a_record_cut_at_any_byte_is_refused},
    {"flipped bits are refused or decoded within the bytes and memory given",
     flipped_bits_are_refused_or_decoded_within_the_bytes_and_memory_given},
    {"a huge count is refused before memory is asked for",
     a_huge_count_is_refused_before_memory_is_asked_for},
    {"a vector may not use the bytes of the fields behind it",
     a_vector_may_not_use_the_bytes_of_the_fields_behind_it},
    {"lengths below -1 are refused", lengths_below_minus_one_are_refused},
    {"a failed reader decodes nothing", a_failed_reader_decodes_nothing},
    {"a connect request without readOnly is from an old client",
     a_connect_request_without_read_only_is_from_an_old_client},
    {"a connect request cut short is refused", a_connect_request_cut_short_is_refused},
    {"the connect response mirrors whether readOnly was sent",
     the_connect_response_mirrors_whether_read_only_was_sent},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_codec, "wire/codec", tests, wire_setup, wire_teardown);
