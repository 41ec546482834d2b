/* txnlog_read.c -- reads one log file: header, records, padding.
 *
 * Format: 16 bytes of header, then records: int64 Adler-32, int32 length, payload, byte 'B'.  The
 * checksum covers the payload only; the comment in FileTxnLog.java says more, its code does not.  A
 * length of 0 is padding, whatever the checksum.  Proof: tests/golden.
 *
 * Bytes are read in large blocks into one window, and records are decoded where they lie.  The
 * window grows to hold one record, never further than the limit on a record's length, and never
 * before the length was checked.
 *
 * Invariants
 *   1. base + (at - window) is the file offset of the next byte to be judged.
 *   2. a view handed out dies with the next call, because the window moves. */
#include "store/txnlog_read.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <zlib.h>

#include "base/arena.h"

#define WINDOW_BYTES ((size_t)1 << 20)
/* How far behind a damaged record a whole one is looked for. */
#define SEARCH_BYTES ((int64_t)16 << 20)
#define SEARCH_SUMMED_BYTES_MAX ((int64_t)256 << 20)

struct zk_txnlog_reader {
    const char *path;
    apr_file_t *file;      /* NULL: memory */
    const uint8_t *memory; /* the whole content, when there is no file */
    int64_t size;          /* of the file, as far as known: grows no more after open */
    uint8_t *window;
    size_t capacity;
    size_t start; /* of the unread bytes in window */
    size_t end;
    int64_t base; /* file offset of window[0] */
    int64_t record_bytes_max;
    int32_t version;
    int64_t dbid;
    zk_arena_t *arena;
};

/* Up to SIZE bytes of the file from OFFSET; *GOT is less only at its end. */
static apr_status_t read_at(zk_txnlog_reader_t *reader, int64_t offset, void *to, size_t size,
                            size_t *got, zk_note_t *note)
{
    apr_off_t where = (apr_off_t)offset;
    apr_size_t done = 0;
    apr_status_t rv;

    *got = 0;
    if (reader->file == NULL) {
        if (offset < reader->size) {
            int64_t left = reader->size - offset;

            *got = left < (int64_t)size ? (size_t)left : size;
            memcpy(to, reader->memory + offset, *got);
        }
        return APR_SUCCESS;
    }
    rv = apr_file_seek(reader->file, APR_SET, &where);
    if (rv == APR_SUCCESS)
        rv = apr_file_read_full(reader->file, to, size, &done);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv))
        return zk_note(note, rv, "cannot read '%s' at offset %" PRId64, reader->path, offset);
    *got = done;
    return APR_SUCCESS;
}

/* Make at least SIZE bytes available from start, fewer only at the end of the file. */
static apr_status_t fill(zk_txnlog_reader_t *reader, size_t size, zk_note_t *note)
{
    size_t have = reader->end - reader->start;
    size_t got;
    apr_status_t rv;

    if (have >= size)
        return APR_SUCCESS;
    if (reader->start > 0) {
        memmove(reader->window, reader->window + reader->start, have);
        reader->base += (int64_t)reader->start;
        reader->start = 0;
        reader->end = have;
    }
    if (reader->capacity < size || reader->window == NULL) {
        reader->capacity = size > WINDOW_BYTES ? size : WINDOW_BYTES;
        reader->window = zk_realloc(reader->window, reader->capacity);
    }
    rv = read_at(reader, reader->base + (int64_t)have, reader->window + have,
                 reader->capacity - have, &got, note);
    reader->end = have + got;
    return rv;
}

static apr_status_t close_reader(void *data)
{
    zk_txnlog_reader_t *reader = data;

    if (reader->file != NULL)
        apr_file_close(reader->file);
    reader->file = NULL;
    zk_free(reader->window);
    reader->window = NULL;
    if (reader->arena != NULL)
        zk_arena_destroy(reader->arena);
    reader->arena = NULL;
    return APR_SUCCESS;
}

static apr_status_t read_header(zk_txnlog_reader_t *reader, zk_note_t *note)
{
    const uint8_t *at;
    apr_status_t rv = fill(reader, ZK_TXNLOG_HEADER_BYTES, note);

    if (rv != APR_SUCCESS)
        return rv;
    if (reader->end < ZK_TXNLOG_HEADER_BYTES)
        return zk_note(note, ZK_E_CORRUPT, "log file '%s' ends inside its header, after %zu bytes",
                       reader->path, reader->end);
    at = reader->window;
    if (zk_get_u32(at) != ZK_TXNLOG_MAGIC)
        return zk_note(note, ZK_E_CORRUPT,
                       "log file '%s' begins with 0x%08" PRIx32
                       ", which is not a log's magic number",
                       reader->path, zk_get_u32(at));
    reader->version = (int32_t)zk_get_u32(at + 4);
    reader->dbid = (int64_t)zk_get_u64(at + 8);
    reader->start = ZK_TXNLOG_HEADER_BYTES;
    return APR_SUCCESS;
}

static apr_status_t start_reader(zk_txnlog_reader_t **out, zk_txnlog_reader_t *reader,
                                 apr_pool_t *pool, zk_note_t *note)
{
    apr_status_t rv;

    reader->arena = zk_arena_create();
    apr_pool_cleanup_register(pool, reader, close_reader, apr_pool_cleanup_null);
    rv = read_header(reader, note);
    if (rv == APR_SUCCESS)
        *out = reader;
    else
        close_reader(reader);
    return rv;
}

apr_status_t zk_txnlog_reader_open(zk_txnlog_reader_t **reader, const char *path,
                                   int64_t record_bytes_max, apr_pool_t *pool, zk_note_t *note)
{
    zk_txnlog_reader_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_finfo_t info;
    apr_status_t rv;

    ZK_ASSERT(record_bytes_max > 0);
    *reader = NULL;
    made->path = apr_pstrdup(pool, path);
    made->record_bytes_max = record_bytes_max;
    rv = apr_file_open(&made->file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                       pool);
    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, made->file);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot open log file '%s'", path);
    made->size = info.size;
    return start_reader(reader, made, pool, note);
}

apr_status_t zk_txnlog_reader_open_memory(zk_txnlog_reader_t **reader, const void *data,
                                          size_t size, int64_t record_bytes_max, apr_pool_t *pool,
                                          zk_note_t *note)
{
    zk_txnlog_reader_t *made = apr_pcalloc(pool, sizeof(*made));

    ZK_ASSERT(record_bytes_max > 0);
    *reader = NULL;
    made->path = "(memory)";
    made->record_bytes_max = record_bytes_max;
    made->memory = data;
    made->size = (int64_t)size;
    return start_reader(reader, made, pool, note);
}

void zk_txnlog_reader_close(zk_txnlog_reader_t *reader)
{
    close_reader(reader);
}

int32_t zk_txnlog_reader_version(const zk_txnlog_reader_t *reader)
{
    return reader->version;
}

int64_t zk_txnlog_reader_dbid(const zk_txnlog_reader_t *reader)
{
    return reader->dbid;
}

static void note_zxid(zk_txnlog_item_t *item, const uint8_t *payload, size_t size)
{
    item->has_zxid = size >= 20;
    item->zxid = item->has_zxid ? (int64_t)zk_get_u64(payload + 12) : 0;
}

/* The record at start is wholly in the window: judge checksum and body, and step behind it. */
static void judge_whole(zk_txnlog_reader_t *reader, zk_txnlog_item_t *item)
{
    const uint8_t *payload = reader->window + reader->start + 12;
    size_t size = (size_t)item->length;

    item->payload = zk_str_n((const char *)payload, size);
    item->computed = (uint32_t)adler32(1, payload, (uInt)size);
    item->end_offset = item->offset + item->length + ZK_TXNLOG_RECORD_OVERHEAD;
    zk_arena_reset(reader->arena);
    item->decoded = zk_txn_decode(&item->txn, payload, size, reader->arena);
    if (item->checksum != (int64_t)item->computed)
        item->find = ZK_TXNLOG_BAD_CHECKSUM;
    else
        item->find = item->decoded ? ZK_TXNLOG_RECORD : ZK_TXNLOG_BAD_BODY;
    reader->start += size + ZK_TXNLOG_RECORD_OVERHEAD;
}

apr_status_t zk_txnlog_next(zk_txnlog_reader_t *reader, zk_txnlog_item_t *item, zk_note_t *note)
{
    const uint8_t *at;
    size_t have;
    apr_status_t rv = fill(reader, 12, note);

    memset(item, 0, sizeof(*item));
    item->payload = ZK_STR_NULL;
    item->find = ZK_TXNLOG_END;
    if (rv != APR_SUCCESS)
        return rv;
    have = reader->end - reader->start;
    item->offset = reader->base + (int64_t)reader->start;
    if (have < 12)
        return APR_SUCCESS;
    at = reader->window + reader->start;
    item->checksum = (int64_t)zk_get_u64(at);
    item->length = (int32_t)zk_get_u32(at + 8);
    if (item->length == 0)
        return APR_SUCCESS;
    if (item->length < 0 || item->length > reader->record_bytes_max) {
        item->find = ZK_TXNLOG_BAD_LENGTH;
        note_zxid(item, at + 12, have - 12);
        return APR_SUCCESS;
    }
    if (item->length + ZK_TXNLOG_RECORD_OVERHEAD > reader->size - item->offset) {
        item->find = ZK_TXNLOG_PARTIAL; /* found without asking for that much memory */
        note_zxid(item, at + 12, have - 12);
        return APR_SUCCESS;
    }
    rv = fill(reader, (size_t)item->length + ZK_TXNLOG_RECORD_OVERHEAD, note);
    if (rv != APR_SUCCESS)
        return rv;
    at = reader->window + reader->start;
    have = reader->end - reader->start;
    note_zxid(item, at + 12, have - 12 < (size_t)item->length ? have - 12 : (size_t)item->length);
    if (have < (size_t)item->length + ZK_TXNLOG_RECORD_OVERHEAD ||
        at[12 + item->length] != ZK_TXNLOG_END_BYTE) {
        item->find = ZK_TXNLOG_PARTIAL;
        return APR_SUCCESS;
    }
    judge_whole(reader, item);
    return APR_SUCCESS;
}

/* ---- what stands behind ---- */

/* Offset of the first byte from OFFSET on that is not zero; the size of the file when there is
 * none. */
static apr_status_t skip_zeros(zk_txnlog_reader_t *reader, int64_t *offset, uint8_t *block,
                               zk_note_t *note)
{
    for (;;) {
        size_t got;
        size_t i = 0;
        apr_status_t rv = read_at(reader, *offset, block, WINDOW_BYTES, &got, note);

        if (rv != APR_SUCCESS || got == 0)
            return rv;
        while (got - i >= sizeof(uint64_t)) {
            uint64_t word;

            memcpy(&word, block + i, sizeof(word));
            if (word != 0)
                break;
            i += sizeof(word);
        }
        while (i < got && block[i] == 0)
            i++;
        *offset += (int64_t)i;
        if (i < got)
            return APR_SUCCESS;
    }
}

/* A whole record at AT whose zxid goes on from AFTER_ZXID: its zxid, else -1.  *SUMMED counts the
 * bytes looked at for that. */
static int64_t record_at(const uint8_t *at, size_t left, int64_t record_bytes_max,
                         int64_t after_zxid, int64_t *summed)
{
    int32_t length;
    int64_t zxid;

    if (left < ZK_TXN_HEADER_BYTES + ZK_TXNLOG_RECORD_OVERHEAD || zk_get_u32(at) != 0)
        return -1;
    length = (int32_t)zk_get_u32(at + 8);
    if (length < ZK_TXN_HEADER_BYTES || length > record_bytes_max ||
        left < (size_t)length + ZK_TXNLOG_RECORD_OVERHEAD ||
        at[12 + (size_t)length] != ZK_TXNLOG_END_BYTE)
        return -1;
    zxid = (int64_t)zk_get_u64(at + 24);
    if (zxid <= after_zxid)
        return -1;
    *summed += length;
    if (zk_get_u32(at + 4) != adler32(1, at + 12, (uInt)length))
        return -1;
    return zxid;
}

/* Look for a record in SIZE bytes at BLOCK, which stand at offset BASE. */
static void search_record(const zk_txnlog_reader_t *reader, const uint8_t *block, size_t size,
                          int64_t base, int64_t after_zxid, zk_txnlog_behind_t *behind)
{
    int64_t summed = 0; /* bytes checksummed: a file made to look full of records ends the search */
    size_t i;

    for (i = 0; i < size && summed < SEARCH_SUMMED_BYTES_MAX; i++) {
        int64_t zxid =
            record_at(block + i, size - i, reader->record_bytes_max, after_zxid, &summed);

        if (zxid < 0)
            continue;
        behind->has_record = true;
        behind->offset = base + (int64_t)i;
        behind->zxid = zxid;
        return;
    }
}

apr_status_t zk_txnlog_look_behind(zk_txnlog_reader_t *reader, int64_t offset, int64_t after_zxid,
                                   zk_txnlog_behind_t *behind, zk_note_t *note)
{
    uint8_t *block = zk_malloc(WINDOW_BYTES);
    int64_t first = offset;
    size_t got = 0;
    apr_status_t rv;

    memset(behind, 0, sizeof(*behind));
    rv = skip_zeros(reader, &first, block, note);
    behind->only_zeros = rv == APR_SUCCESS && first >= reader->size;
    if (rv == APR_SUCCESS && !behind->only_zeros) {
        int64_t left;

        first = first - 8 > offset ? first - 8 : offset; /* a record may begin with zeros */
        left = reader->size - first;
        block = zk_realloc(block, left < SEARCH_BYTES ? (size_t)left : (size_t)SEARCH_BYTES);
        rv = read_at(reader, first, block,
                     left < SEARCH_BYTES ? (size_t)left : (size_t)SEARCH_BYTES, &got, note);
        search_record(reader, block, got, first, after_zxid, behind);
    }
    zk_free(block);
    return rv;
}
