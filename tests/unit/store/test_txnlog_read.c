/* test_txnlog_read.c -- one file, record by record. */
#include "store_fixture.h"

#include <string.h>

#include "store/txnlog_read.h"

/* Bytes of a log with records FROM..TO and padding. */
static uint8_t *make_log(int64_t from, int64_t to, size_t *size)
{
    const char *name = apr_psprintf(zk_test_pool(), "log.%x", (unsigned)from);

    fixture_write_log(fixture_store(), from, to);
    return zk_test_read(fixture_path(name), size);
}

static zk_txnlog_reader_t *open_bytes(const uint8_t *bytes, size_t size)
{
    zk_txnlog_reader_t *reader = NULL;

    zk_txnlog_reader_open_memory(&reader, bytes, size, 2097150, zk_test_pool(), NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
    return reader;
}

/* Records read before something else is found; that goes to ITEM. */
static int count_records(const uint8_t *bytes, size_t size, zk_txnlog_item_t *item)
{
    zk_txnlog_reader_t *reader = open_bytes(bytes, size);
    int count = 0;

    while (zk_txnlog_next(reader, item, NULL) == APR_SUCCESS && item->find == ZK_TXNLOG_RECORD)
        count++;
    zk_txnlog_reader_close(reader);
    return count;
}

static void records_come_with_their_positions(void)
{
    size_t size;
    uint8_t *bytes = make_log(5, 7, &size);
    zk_txnlog_reader_t *reader = open_bytes(bytes, size);
    zk_txnlog_item_t item;
    int64_t offset = 16;
    int64_t zxid;

    CU_ASSERT_EQUAL(zk_txnlog_reader_version(reader), 2);
    CU_ASSERT_EQUAL(zk_txnlog_reader_dbid(reader), 0);
    for (zxid = 5; zxid <= 7; zxid++) {
        CU_ASSERT_EQUAL(zk_txnlog_next(reader, &item, NULL), APR_SUCCESS);
        CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_RECORD);
        CU_ASSERT_EQUAL(item.offset, offset);
        CU_ASSERT_EQUAL(item.zxid, zxid);
        CU_ASSERT_EQUAL(item.txn.header.zxid, zxid);
        CU_ASSERT_EQUAL(item.txn.digest.tree_digest, zxid * 3);
        CU_ASSERT_EQUAL(item.end_offset, offset + 13 + item.length);
        CU_ASSERT_EQUAL(bytes[item.end_offset - 1], 'B');
        offset = item.end_offset;
    }
    CU_ASSERT_EQUAL(zk_txnlog_next(reader, &item, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_END);
    CU_ASSERT_EQUAL(item.offset, offset);
    CU_ASSERT_EQUAL(zk_txnlog_next(reader, &item, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_END);
    CU_ASSERT_EQUAL(item.offset, offset);
}

static void a_header_must_be_whole_and_right(void)
{
    zk_txnlog_reader_t *reader;
    size_t size;
    uint8_t *bytes = make_log(1, 1, &size);
    size_t length;

    for (length = 0; length < 16; length++)
        CU_ASSERT_EQUAL(
            zk_txnlog_reader_open_memory(&reader, bytes, length, 1000, zk_test_pool(), NULL),
            ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(zk_txnlog_reader_open_memory(&reader, bytes, 16, 1000, zk_test_pool(), NULL),
                    APR_SUCCESS);
    bytes[2] ^= 1;
    CU_ASSERT_EQUAL(zk_txnlog_reader_open_memory(&reader, bytes, size, 1000, zk_test_pool(), NULL),
                    ZK_E_CORRUPT);
}

static void a_file_cut_anywhere_ends_in_whole_records(void)
{
    zk_txnlog_item_t item;
    size_t size;
    uint8_t *bytes = make_log(1, 3, &size);
    size_t length;
    size_t record = 13 + 32 + 4 + 2 + 4 + 20 + 4 + 12;

    for (length = 16; length <= 16 + 3 * record; length++) {
        int count = count_records(bytes, length, &item);
        size_t over = (length - 16) % record;

        CU_ASSERT_EQUAL(count, (int)((length - 16) / record));
        CU_ASSERT_EQUAL(item.find, over < 12 ? ZK_TXNLOG_END : ZK_TXNLOG_PARTIAL);
        CU_ASSERT_EQUAL((size_t)item.offset, 16 + (size_t)count * record);
    }
}

static void each_kind_of_damage_is_told_apart(void)
{
    zk_txnlog_item_t item;
    size_t size;
    uint8_t *bytes = make_log(1, 3, &size);
    size_t second = 16 + 13 + 78;

    bytes[second + 40] ^= 4;
    CU_ASSERT_EQUAL(count_records(bytes, size, &item), 1);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_BAD_CHECKSUM);
    CU_ASSERT_NOT_EQUAL((uint32_t)item.checksum, item.computed);
    bytes[second + 40] ^= 4;
    bytes[second + 8] = 0xff;
    CU_ASSERT_EQUAL(count_records(bytes, size, &item), 1);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_BAD_LENGTH);
    bytes[second + 8] = 0x7f;
    CU_ASSERT_EQUAL(count_records(bytes, size, &item), 1);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_BAD_LENGTH);
    bytes[second + 8] = 0;
    bytes[second + 12 + 78] = 0;
    CU_ASSERT_EQUAL(count_records(bytes, size, &item), 1);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_PARTIAL);
    CU_ASSERT_EQUAL(item.zxid, 2);
}

static void reading_goes_on_behind_a_bad_checksum(void)
{
    zk_txnlog_item_t item;
    size_t size;
    uint8_t *bytes = make_log(1, 3, &size);
    zk_txnlog_reader_t *reader;

    bytes[16 + 13 + 78 + 40] ^= 4;
    reader = open_bytes(bytes, size);
    zk_txnlog_next(reader, &item, NULL);
    zk_txnlog_next(reader, &item, NULL);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_BAD_CHECKSUM);
    zk_txnlog_next(reader, &item, NULL);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_RECORD);
    CU_ASSERT_EQUAL(item.zxid, 3);
}

static void what_stands_behind_is_found(void)
{
    zk_txnlog_behind_t behind;
    size_t size;
    uint8_t *bytes = make_log(1, 3, &size);
    zk_txnlog_reader_t *reader = open_bytes(bytes, size);
    int64_t record = 13 + 78;

    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, 17, 1, &behind, NULL), APR_SUCCESS);
    CU_ASSERT_TRUE(behind.has_record && !behind.only_zeros);
    CU_ASSERT_EQUAL(behind.offset, 16 + record);
    CU_ASSERT_EQUAL(behind.zxid, 2);
    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, 17, 2, &behind, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(behind.zxid, 3);
    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, 17, 3, &behind, NULL), APR_SUCCESS);
    CU_ASSERT_TRUE(!behind.has_record && !behind.only_zeros);
    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, 16 + 3 * record, 1, &behind, NULL), APR_SUCCESS);
    CU_ASSERT_TRUE(!behind.has_record && behind.only_zeros);
    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, (int64_t)size, 1, &behind, NULL), APR_SUCCESS);
    CU_ASSERT_TRUE(!behind.has_record && behind.only_zeros);
    CU_ASSERT_EQUAL(zk_txnlog_look_behind(reader, (int64_t)size + 9, 1, &behind, NULL),
                    APR_SUCCESS);
    CU_ASSERT_TRUE(behind.only_zeros);
}

static void a_good_checksum_over_a_short_body_is_told(void)
{
    static uint8_t bytes[16 + 13 + 40] = {'Z', 'K', 'L', 'G', 0, 0, 0, 2};
    zk_txnlog_item_t item;

    bytes[16 + 8 + 3] = 40;
    bytes[16 + 12 + 27] = 1; /* zxid, low byte of the four above: any */
    bytes[16 + 12 + 31] = 1; /* type create, but no body */
    bytes[16 + 12 + 40] = 'B';
    {
        size_t a = 1;
        size_t b = 0;
        int i;

        for (i = 0; i < 40; i++) {
            a = (a + bytes[28 + i]) % 65521;
            b = (b + a) % 65521;
        }
        zk_put_u32(bytes + 20, (uint32_t)(b << 16 | a));
    }
    CU_ASSERT_EQUAL(count_records(bytes, sizeof(bytes), &item), 0);
    CU_ASSERT_EQUAL(item.find, ZK_TXNLOG_BAD_BODY);
}

static const zk_test_t tests[] = {
    {"records come with their positions", records_come_with_their_positions},
    {"a header must be whole and right", a_header_must_be_whole_and_right},
    {"a file cut anywhere ends in whole records", a_file_cut_anywhere_ends_in_whole_records},
    {"each kind of damage is told apart", each_kind_of_damage_is_told_apart},
    {"reading goes on behind a bad checksum", reading_goes_on_behind_a_bad_checksum},
    {"what stands behind is found", what_stands_behind_is_found},
    {"a good checksum over a short body is told", a_good_checksum_over_a_short_body_is_told},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_txnlog_read, "store/txnlog_read", tests, NULL, fixture_close);
