/* fuzz_txnlog.c -- a whole log file: header, records, padding, damage.
 *
 * Each input is read twice: as it is, and with its checksums and end bytes put right, because a
 * fuzzer does not guess an Adler-32.  The reader must end, go forward, stay within the file, and
 * call a record whole only when its checksum and end byte say so.  Where it stops, the look behind
 * must agree with the bytes. */
#include "fuzz.h"

#include <string.h>
#include <apr_general.h>
#include <zlib.h>

#include "store/txnlog_read.h"

enum { RECORD_BYTES_MAX = 65536 };

static void check_record(const zk_txnlog_item_t *item, const uint8_t *data, size_t size)
{
    size_t length = zk_str_size(item->payload);

    ZK_ASSERT(item->decoded && item->has_zxid);
    ZK_ASSERT(item->txn.header.zxid == item->zxid);
    ZK_ASSERT(item->length == (int64_t)length && length <= RECORD_BYTES_MAX);
    ZK_ASSERT(item->end_offset == item->offset + ZK_TXNLOG_RECORD_OVERHEAD + item->length);
    ZK_ASSERT(item->end_offset <= (int64_t)size);
    ZK_ASSERT(data[item->end_offset - 1] == ZK_TXNLOG_END_BYTE);
    ZK_ASSERT((uint64_t)item->checksum ==
              adler32(1, (const Bytef *)item->payload.data, (uInt)length));
}

static void check_behind(zk_txnlog_reader_t *reader, int64_t offset, const uint8_t *data,
                         size_t size)
{
    zk_txnlog_behind_t behind;
    zk_note_t note;
    bool only_zeros = true;
    size_t at;

    if (offset < 0 || offset > (int64_t)size)
        return;
    ZK_ASSERT(zk_txnlog_look_behind(reader, offset, 0, &behind, &note) == APR_SUCCESS);
    for (at = (size_t)offset; at < size; at++)
        if (data[at] != 0)
            only_zeros = false;
    ZK_ASSERT(behind.only_zeros == only_zeros);
    ZK_ASSERT(!behind.has_record || (behind.offset >= offset && behind.zxid > 0));
}

/* Read to the end; returns whether the file ended properly. */
static void read_all(zk_txnlog_reader_t *reader, const uint8_t *data, size_t size)
{
    int64_t last_offset = 0;
    zk_txnlog_item_t item;
    zk_note_t note;
    size_t items;

    for (items = 0; items <= size; items++) {
        ZK_ASSERT(zk_txnlog_next(reader, &item, &note) == APR_SUCCESS);
        ZK_ASSERT(item.offset > last_offset && item.offset <= (int64_t)size);
        last_offset = item.offset;
        if (item.find == ZK_TXNLOG_RECORD)
            check_record(&item, data, size);
        else if (item.find != ZK_TXNLOG_BAD_CHECKSUM && item.find != ZK_TXNLOG_BAD_BODY)
            break;
    }
    ZK_ASSERT(items <= size);
    if (size % 16 == 0) /* looking behind takes megabytes: not each time */
        check_behind(reader, item.offset, data, size);
}

static void read_file(const uint8_t *data, size_t size, apr_pool_t *root)
{
    zk_txnlog_reader_t *reader;
    apr_pool_t *pool;
    zk_note_t note;
    apr_status_t rv;

    apr_pool_create(&pool, root);
    rv = zk_txnlog_reader_open_memory(&reader, data, size, RECORD_BYTES_MAX, pool, &note);
    if (rv == APR_SUCCESS) {
        read_all(reader, data, size);
        zk_txnlog_reader_close(reader);
    } else {
        ZK_ASSERT(rv == ZK_E_CORRUPT);
    }
    apr_pool_destroy(pool);
}

/* Give the file a good magic, and each record in it a good checksum and end byte. */
static void repair(uint8_t *data, size_t size)
{
    size_t at = ZK_TXNLOG_HEADER_BYTES;

    if (size < ZK_TXNLOG_HEADER_BYTES)
        return;
    zk_put_u32(data, ZK_TXNLOG_MAGIC);
    while (size - at >= ZK_TXNLOG_RECORD_OVERHEAD) {
        uint32_t length = zk_get_u32(data + at + 8);

        if (length == 0 || length > size - at - ZK_TXNLOG_RECORD_OVERHEAD)
            return;
        zk_put_u64(data + at, adler32(1, data + at + 12, length));
        data[at + 12 + length] = ZK_TXNLOG_END_BYTE;
        at += ZK_TXNLOG_RECORD_OVERHEAD + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *root;
    uint8_t *copy;

    if (root == NULL) {
        ZK_ASSERT(apr_initialize() == APR_SUCCESS);
        apr_pool_create(&root, NULL);
    }
    read_file(data, size, root);
    copy = zk_malloc(size + 1);
    if (size > 0)
        memcpy(copy, data, size);
    repair(copy, size);
    read_file(copy, size, root);
    zk_free(copy);
    return 0;
}
