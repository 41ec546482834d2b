/* test_txn.c -- logged transactions: records of a file written by upstream's server 3.9.5, old
 * forms, damage. */
#include "wire/txn.h"

#include <string.h>
#include <zlib.h>

#include "lib/zk_test.h"
#include "wire/codec.h"
#include "wire/opcode.h"
#include "wire_fixture.h"

#define WORLD "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65"

/* Payloads of log.1, with the Adler-32 that the file has for each. */
static const char create_session_bytes[] =
    "0100003374630000 00000000 0000000000000001 000001a202e733aa fffffff6 0036ee80 "
    "00000002 0000000051c6d660";
static const char create_bytes[] =
    "0100003374630000 00000001 0000000000000002 000001a202e733bd 00000001 "
    "00000002 2f61 00000005 68656c6c6f " WORLD " 00 00000001 "
    "00000002 00000000b6480ef6";

static bool decode(zk_txn_decoded_t *txn, const char *text)
{
    size_t size;
    const uint8_t *bytes = wire_hex(text, &size);

    return zk_txn_decode(txn, bytes, size, wire_arena());
}

static bool encodes_to(const zk_txn_decoded_t *txn, const char *text)
{
    zk_buffer_clear(wire_buffer());
    zk_txn_encode(txn, wire_buffer());
    return wire_buffer_is(wire_buffer(), text);
}

static void the_recorded_create_session_reads_and_writes_to_the_byte(void)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(decode(&txn, create_session_bytes));
    CU_ASSERT_EQUAL(txn.header.client_id, 0x0100003374630000);
    CU_ASSERT_EQUAL(txn.header.cxid, 0);
    CU_ASSERT_EQUAL(txn.header.zxid, 1);
    CU_ASSERT_EQUAL(txn.header.time, 0x1a202e733aa);
    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_CREATE_SESSION);
    CU_ASSERT_EQUAL(txn.body.create_session.time_out, 3600000);
    CU_ASSERT_TRUE(txn.has_digest);
    CU_ASSERT_EQUAL(txn.digest.version, 2);
    CU_ASSERT_EQUAL(txn.digest.tree_digest, 1371985504);
    CU_ASSERT_TRUE(encodes_to(&txn, create_session_bytes));
}

static void the_recorded_create_reads_and_writes_to_the_byte(void)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(decode(&txn, create_bytes));
    CU_ASSERT_TRUE(zk_str_equal_c(txn.body.create.path, "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(txn.body.create.data, "hello"));
    CU_ASSERT_FALSE(txn.body.create.ephemeral);
    CU_ASSERT_EQUAL(txn.body.create.parent_cversion, 1);
    CU_ASSERT_EQUAL(txn.digest.tree_digest, 0xb6480ef6);
    CU_ASSERT_TRUE(encodes_to(&txn, create_bytes));
}

static void the_recorded_checksums_cover_what_is_encoded(void)
{
    static const struct {
        const char *bytes;
        uLong adler;
    } cases[] = {{create_session_bytes, 0xcab50b5c}, {create_bytes, 0x00e50d19}};
    size_t i;

    for (i = 0; i < 2; i++) {
        zk_txn_decoded_t txn;

        CU_ASSERT_TRUE_FATAL(decode(&txn, cases[i].bytes));
        zk_buffer_clear(wire_buffer());
        zk_txn_encode(&txn, wire_buffer());
        CU_ASSERT_EQUAL(
            adler32(1, zk_buffer_bytes(wire_buffer()), (uInt)zk_buffer_size(wire_buffer())),
            cases[i].adler);
    }
}

static void an_error_record_has_no_digest(void)
{
    static const char bytes[] =
        "0100003374630000 00000004 0000000000000005 000001a202e733bd ffffffff ffffff91";
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(decode(&txn, bytes));
    CU_ASSERT_EQUAL(txn.body.error.err, -111);
    CU_ASSERT_FALSE(txn.has_digest);
    CU_ASSERT_TRUE(encodes_to(&txn, bytes));
}

#define HEADER(type) "0000000000000001 00000001 0000000000000002 0000000000000003 " type

static void a_create_without_parent_cversion_is_of_an_old_log(void)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(decode(&txn, HEADER("00000001") "00000002 2f61 00000001 78 " WORLD " 01"));
    CU_ASSERT_TRUE(zk_str_equal_c(txn.body.create.path, "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(txn.body.create.data, "x"));
    CU_ASSERT_EQUAL(txn.body.create.acl.count, 1);
    CU_ASSERT_TRUE(txn.body.create.ephemeral);
    CU_ASSERT_EQUAL(txn.body.create.parent_cversion, -1);
    CU_ASSERT_FALSE(txn.has_digest);
}

static void only_create_has_the_old_form_and_only_when_it_ends_there(void)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_FALSE(decode(&txn, HEADER("0000000f") "00000002 2f61 00000001 78 " WORLD " 01"));
    CU_ASSERT_FALSE(decode(&txn, HEADER("00000001") "00000002 2f61 00000001 78 " WORLD " 01 00"));
    CU_ASSERT_FALSE(decode(&txn, HEADER("00000001") "00000002 2f61 00000001 78 " WORLD));
}

static void a_close_session_may_have_a_list_or_no_body_or_a_digest_alone(void)
{
    static const struct {
        const char *bytes;
        int32_t count;
        bool has_digest;
    } cases[] = {
        {HEADER("fffffff5"), -1, false},
        {HEADER("fffffff5") "00000002 0000000051c6d660", -1, true},
        {HEADER("fffffff5") "00000000", 0, false},
        {HEADER("fffffff5") "00000000 00000002 0000000051c6d660", 0, true},
        {HEADER("fffffff5") "00000001 00000002 2f61 00000002 0000000051c6d660", 1, true},
        {HEADER("fffffff5") "00000001 00000004 2f616263", 1, false},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_txn_decoded_t txn;

        CU_ASSERT_TRUE_FATAL(decode(&txn, cases[i].bytes));
        CU_ASSERT_EQUAL(txn.body.close_session.paths2_delete.count, cases[i].count);
        CU_ASSERT_EQUAL(txn.has_digest, cases[i].has_digest);
        if (txn.has_digest)
            CU_ASSERT_EQUAL(txn.digest.tree_digest, 1371985504);
    }
}

static void a_digest_alone_behind_close_session_is_never_written(void)
{
    zk_txn_decoded_t txn;

    CU_ASSERT_TRUE_FATAL(decode(&txn, HEADER("fffffff5") "00000002 0000000051c6d660"));
    CU_ASSERT_TRUE(encodes_to(&txn, HEADER("fffffff5") "00000000 00000002 0000000051c6d660"));
    CU_ASSERT_TRUE_FATAL(decode(&txn, HEADER("fffffff5")));
    CU_ASSERT_TRUE(encodes_to(&txn, HEADER("fffffff5")));
}

static void a_multi_keeps_its_entries_encoded_until_asked(void)
{
    zk_txn_decoded_t txn;
    zk_txn_body_t entry;
    zk_reader_t reader;

    CU_ASSERT_TRUE_FATAL(decode(&txn, HEADER("0000000e") "00000002 "
                                                         "00000002 00000006 00000002 2f61 "
                                                         "ffffffff 00000004 fffffffe "
                                                         "00000002 0000000000000009"));
    CU_ASSERT_EQUAL_FATAL(txn.body.multi.txns.count, 2);
    CU_ASSERT_EQUAL(txn.digest.tree_digest, 9);
    reader = zk_reader(txn.body.multi.txns.items[0].data.data, 6);
    CU_ASSERT_TRUE(
        zk_txn_decode_body(&entry, txn.body.multi.txns.items[0].type, &reader, wire_arena()));
    CU_ASSERT_TRUE(zk_str_equal_c(entry.delete_.path, "/a"));
    reader = zk_reader(txn.body.multi.txns.items[1].data.data, 4);
    CU_ASSERT_TRUE(
        zk_txn_decode_body(&entry, txn.body.multi.txns.items[1].type, &reader, wire_arena()));
    CU_ASSERT_EQUAL(entry.error.err, -2);
}

static void unknown_types_are_refused(void)
{
    static const char *const types[] = {"00000000", "00000003", "00000016", "7fffffff", "fffffff7"};
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t size;
        uint8_t *bytes = wire_hex(HEADER("00000000") "0000000000000000", &size);
        size_t type_size;
        zk_txn_decoded_t txn;

        memcpy(bytes + 28, wire_hex(types[i], &type_size), 4);
        CU_ASSERT_FALSE(zk_txn_decode(&txn, bytes, size, wire_arena()));
    }
}

static void a_record_cut_within_header_or_body_is_refused(void)
{
    size_t size;
    const uint8_t *bytes = wire_hex(create_bytes, &size);
    size_t v0 = size - 12 - 4; /* cut here, the record is a whole one of an old log */
    size_t cut;

    for (cut = 0; cut < size; cut++) {
        uint8_t *exact = zk_malloc(cut + 1);
        zk_txn_decoded_t txn;
        bool decoded;

        memcpy(exact + 1, bytes, cut);
        decoded = zk_txn_decode(&txn, exact + 1, cut, wire_arena());
        CU_ASSERT_EQUAL(decoded, cut == v0 || cut >= size - 12);
        if (decoded)
            CU_ASSERT_FALSE(txn.has_digest);
        zk_free(exact);
    }
}

/* Every type with a random body: what is written is read back. */
static void random_txns_of_all_types_survive_a_round_trip(void)
{
    static const struct {
        int32_t type;
        const zk_record_desc_t *desc;
    } kinds[] = {{1, &zk_record_create_txn},
                 {2, &zk_record_delete_txn},
                 {5, &zk_record_set_data_txn},
                 {7, &zk_record_set_acl_txn},
                 {13, &zk_record_check_version_txn},
                 {14, &zk_record_multi_txn},
                 {15, &zk_record_create_txn},
                 {16, &zk_record_set_data_txn},
                 {19, &zk_record_create_container_txn},
                 {20, &zk_record_delete_txn},
                 {21, &zk_record_create_ttl_txn},
                 {-1, &zk_record_error_txn},
                 {-10, &zk_record_create_session_txn},
                 {-11, &zk_record_close_session_txn}};
    int round;

    for (round = 0; round < 2000; round++) {
        size_t kind = zk_random_below(wire_random(), sizeof(kinds) / sizeof(kinds[0]));
        zk_txn_decoded_t txn;
        zk_txn_decoded_t copy;

        memset(&txn, 0, sizeof(txn));
        txn.header.zxid = (int64_t)zk_random_next(wire_random());
        txn.header.type = kinds[kind].type;
        memcpy(&txn.body, wire_random_record(kinds[kind].desc),
               zk_record_struct_bytes(kinds[kind].desc));
        if (kinds[kind].type == ZK_OP_CLOSE_SESSION &&
            txn.body.close_session.paths2_delete.count < 0)
            txn.body.close_session.paths2_delete.count = 0;
        txn.has_digest = zk_random_below(wire_random(), 2) == 1;
        txn.digest.version = 2;
        txn.digest.tree_digest = round;
        zk_buffer_clear(wire_buffer());
        zk_txn_encode(&txn, wire_buffer());
        CU_ASSERT_TRUE_FATAL(zk_txn_decode(&copy, zk_buffer_bytes(wire_buffer()),
                                           zk_buffer_size(wire_buffer()), wire_arena()));
        CU_ASSERT_TRUE(zk_record_equal(&zk_record_txn_header, &txn.header, &copy.header));
        CU_ASSERT_TRUE(zk_record_equal(kinds[kind].desc, &txn.body, &copy.body));
        CU_ASSERT_EQUAL(txn.has_digest, copy.has_digest);
        if (txn.has_digest)
            CU_ASSERT_EQUAL(copy.digest.tree_digest, round);
        zk_arena_reset(wire_arena());
    }
}

static const zk_test_t tests[] = {
    {"the recorded createSession reads and writes to the byte",
     the_recorded_create_session_reads_and_writes_to_the_byte},
    {"the recorded create reads and writes to the byte",
     the_recorded_create_reads_and_writes_to_the_byte},
    {"the recorded checksums cover what is encoded", the_recorded_checksums_cover_what_is_encoded},
    {"an error record has no digest", an_error_record_has_no_digest},
    {"a create without parentCVersion is of an old log",
     a_create_without_parent_cversion_is_of_an_old_log},
    {"only create has the old form, and only when it ends there",
     only_create_has_the_old_form_and_only_when_it_ends_there},
    {"a closeSession may have a list, or no body, or a digest alone",
     a_close_session_may_have_a_list_or_no_body_or_a_digest_alone},
    {"a digest alone behind closeSession is never written",
     a_digest_alone_behind_close_session_is_never_written},
    {"a multi keeps its entries encoded until asked",
     a_multi_keeps_its_entries_encoded_until_asked},
    {"unknown types are refused", unknown_types_are_refused},
    {"a record cut within header or body is refused",
     a_record_cut_within_header_or_body_is_refused},
    {"random txns of all types survive a round trip",
     random_txns_of_all_types_survive_a_round_trip},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_txn, "wire/txn", tests, wire_setup, wire_teardown);
