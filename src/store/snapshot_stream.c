/* snapshot_stream.c -- takes compression off a snapshot that is read, and puts it on one that is
 * written.
 *
 * Reading: gzip through zlib, several members in a row as upstream accepts them; the snappy stream
 * block by block, and a second stream head in the place of a block's length starts over.  Sizes
 * that a file claims are bounded before memory is asked for.
 *
 * Writing: one gzip member with the header that Java writes, or the snappy stream in blocks of 32
 * KiB.  Output is gathered and written in large pieces.
 *
 * Facts: SnapStream.java; snappy-java's SnappyInputStream.java and SnappyOutputStream.java. */
#include "store/snapshot_stream.h"

#include <inttypes.h>
#include <string.h>

#include <apr_strings.h>
#include <zlib.h>

#include "base/bytes.h"
#include "store/datadir.h"
#include "store/snappy.h"

#define INPUT_BYTES ((size_t)256 << 10)
#define OUTPUT_BYTES ((size_t)256 << 10)
/* No writer makes blocks anywhere near this; a larger claim is damage. */
#define SNAPPY_CLAIM_BYTES_MAX ((uint32_t)64 << 20)

static const uint8_t snappy_head[16] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                        0,    0,   0,   1,   0,   0,   0,   1};

/* ---- raw input ---- */

struct zk_snapshot_stream {
    const char *path;
    zk_compression_t compression;
    apr_file_t *file;      /* NULL: memory */
    const uint8_t *memory; /* what is left of it */
    size_t memory_left;
    uint8_t *input; /* compressed bytes not yet used, for gzip */
    z_stream zip;
    bool zip_open;
    bool zip_inside; /* within a member */
    bool zip_any;    /* a member was read whole */
    uint8_t *packed; /* one snappy block */
    size_t packed_capacity;
    uint8_t *block; /* the same unpacked */
    size_t block_capacity;
    size_t block_at;
    size_t block_end;
};

/* Up to SIZE raw bytes; *GOT is less only at the end. */
static apr_status_t read_raw(zk_snapshot_stream_t *stream, void *to, size_t size, size_t *got,
                             zk_note_t *note)
{
    apr_size_t done = 0;
    apr_status_t rv;

    if (stream->file == NULL) {
        *got = size < stream->memory_left ? size : stream->memory_left;
        if (*got > 0)
            memcpy(to, stream->memory, *got);
        stream->memory += *got;
        stream->memory_left -= *got;
        return APR_SUCCESS;
    }
    rv = apr_file_read_full(stream->file, to, size, &done);
    *got = done;
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv))
        return zk_note(note, rv, "cannot read '%s'", stream->path);
    return APR_SUCCESS;
}

static apr_status_t close_stream(void *data)
{
    zk_snapshot_stream_t *stream = data;

    if (stream->zip_open)
        inflateEnd(&stream->zip);
    stream->zip_open = false;
    if (stream->file != NULL)
        apr_file_close(stream->file);
    stream->file = NULL;
    zk_free(stream->input);
    zk_free(stream->packed);
    zk_free(stream->block);
    stream->input = NULL;
    stream->packed = NULL;
    stream->block = NULL;
    return APR_SUCCESS;
}

static apr_status_t ended_early(const zk_snapshot_stream_t *stream, zk_note_t *note)
{
    zk_note(note, ZK_E_CORRUPT, "'%s' ends in the middle of its compressed data", stream->path);
    return APR_EOF;
}

/* ---- gzip ---- */

static apr_status_t start_gzip(zk_snapshot_stream_t *stream, zk_note_t *note)
{
    stream->input = zk_malloc(INPUT_BYTES);
    if (inflateInit2(&stream->zip, 15 + 16) != Z_OK)
        return zk_note(note, APR_ENOMEM, "cannot start zlib");
    stream->zip_open = true;
    return APR_SUCCESS;
}

/* Have input; sets *END when the file has none left. */
static apr_status_t fill_gzip(zk_snapshot_stream_t *stream, bool *end, zk_note_t *note)
{
    size_t got = 0;
    apr_status_t rv = APR_SUCCESS;

    *end = false;
    if (stream->zip.avail_in > 0)
        return APR_SUCCESS;
    rv = read_raw(stream, stream->input, INPUT_BYTES, &got, note);
    stream->zip.next_in = stream->input;
    stream->zip.avail_in = (uInt)got;
    *end = got == 0;
    return rv;
}

static apr_status_t read_gzip(zk_snapshot_stream_t *stream, void *to, size_t size, size_t *got,
                              zk_note_t *note)
{
    uInt room = size > INT32_MAX ? INT32_MAX : (uInt)size;
    bool end;
    int result;

    stream->zip.next_out = to;
    stream->zip.avail_out = room;
    while (stream->zip.avail_out > 0) {
        apr_status_t rv = fill_gzip(stream, &end, note);

        if (rv != APR_SUCCESS)
            return rv;
        if (end && (stream->zip_inside || !stream->zip_any))
            return ended_early(stream, note);
        if (end || (!stream->zip_inside && stream->zip_any && stream->zip.next_in[0] != 0x1f))
            break; /* behind the last member anything is ignored, as Java does */
        stream->zip_inside = true;
        result = inflate(&stream->zip, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            stream->zip_inside = false;
            stream->zip_any = true;
            inflateReset(&stream->zip);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return zk_note(note, ZK_E_CORRUPT, "'%s' is not valid gzip: %s", stream->path,
                           stream->zip.msg != NULL ? stream->zip.msg : "damaged");
        }
    }
    *got = room - stream->zip.avail_out;
    return APR_SUCCESS;
}

/* ---- snappy ---- */

static apr_status_t bad_snappy(const zk_snapshot_stream_t *stream, const char *why, zk_note_t *note)
{
    return zk_note(note, ZK_E_CORRUPT, "'%s' is not a valid snappy stream: %s", stream->path, why);
}

static apr_status_t start_snappy(zk_snapshot_stream_t *stream, zk_note_t *note)
{
    uint8_t head[sizeof(snappy_head)];
    size_t got;
    apr_status_t rv = read_raw(stream, head, sizeof(head), &got, note);

    if (rv != APR_SUCCESS)
        return rv;
    if (got < sizeof(head))
        return ended_early(stream, note);
    if (memcmp(head, snappy_head, 8) != 0)
        return bad_snappy(stream, "wrong magic number", note);
    return APR_SUCCESS;
}

/* Length of the next block into *SIZE; 0 at the end of the stream. */
static apr_status_t next_snappy_size(zk_snapshot_stream_t *stream, uint32_t *size, zk_note_t *note)
{
    uint8_t bytes[12];
    size_t got;
    apr_status_t rv;

    for (;;) {
        *size = 0;
        rv = read_raw(stream, bytes, 4, &got, note);
        if (rv != APR_SUCCESS || got < 4)
            return rv; /* an end within the length is a quiet end, as in Java */
        *size = zk_get_u32(bytes);
        if (*size != zk_get_u32(snappy_head))
            break;
        rv = read_raw(stream, bytes, sizeof(bytes), &got, note);
        if (rv != APR_SUCCESS)
            return rv;
        if (got < sizeof(bytes))
            return ended_early(stream, note);
    }
    if (*size > SNAPPY_CLAIM_BYTES_MAX)
        return bad_snappy(stream, "a block is too long", note);
    return APR_SUCCESS;
}

static apr_status_t next_snappy_block(zk_snapshot_stream_t *stream, bool *end, zk_note_t *note)
{
    uint32_t size;
    uint32_t length;
    size_t header_bytes;
    size_t got;
    apr_status_t rv = next_snappy_size(stream, &size, note);

    *end = false;
    if (rv != APR_SUCCESS)
        return rv;
    if (size == 0) {
        *end = true;
        return APR_SUCCESS;
    }
    if (stream->packed_capacity < size) {
        stream->packed = zk_realloc(stream->packed, size);
        stream->packed_capacity = size;
    }
    rv = read_raw(stream, stream->packed, size, &got, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (got < size)
        return ended_early(stream, note);
    if (!zk_snappy_length(stream->packed, size, &length, &header_bytes) ||
        length > SNAPPY_CLAIM_BYTES_MAX)
        return bad_snappy(stream, "a block claims an impossible length", note);
    if (stream->block_capacity < length) {
        stream->block = zk_realloc(stream->block, length);
        stream->block_capacity = length;
    }
    stream->block_at = 0;
    stream->block_end = length;
    if (!zk_snappy_unpack(stream->packed, size, stream->block, length))
        return bad_snappy(stream, "a block does not unpack", note);
    return APR_SUCCESS;
}

static apr_status_t read_snappy(zk_snapshot_stream_t *stream, uint8_t *to, size_t size, size_t *got,
                                zk_note_t *note)
{
    bool end = false;

    *got = 0;
    while (*got < size) {
        size_t have = stream->block_end - stream->block_at;
        size_t part = have < size - *got ? have : size - *got;

        if (have == 0) {
            apr_status_t rv = next_snappy_block(stream, &end, note);

            if (rv != APR_SUCCESS)
                return rv;
            if (end)
                return APR_SUCCESS;
            continue;
        }
        memcpy(to + *got, stream->block + stream->block_at, part);
        stream->block_at += part;
        *got += part;
    }
    return APR_SUCCESS;
}

/* ---- one face ---- */

static apr_status_t start_stream(zk_snapshot_stream_t **out, zk_snapshot_stream_t *stream,
                                 apr_pool_t *pool, zk_note_t *note)
{
    apr_status_t rv = APR_SUCCESS;

    apr_pool_cleanup_register(pool, stream, close_stream, apr_pool_cleanup_null);
    if (stream->compression == ZK_COMPRESSION_GZIP)
        rv = start_gzip(stream, note);
    else if (stream->compression == ZK_COMPRESSION_SNAPPY)
        rv = start_snappy(stream, note);
    if (rv != APR_SUCCESS)
        close_stream(stream);
    else
        *out = stream;
    return rv;
}

apr_status_t zk_snapshot_stream_open(zk_snapshot_stream_t **stream, const char *path,
                                     apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_stream_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv;

    *stream = NULL;
    made->path = apr_pstrdup(pool, path);
    made->compression = zk_data_name_compression(path);
    rv = apr_file_open(&made->file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                       pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot open snapshot '%s'", path);
    return start_stream(stream, made, pool, note);
}

apr_status_t zk_snapshot_stream_open_memory(zk_snapshot_stream_t **stream, const void *data,
                                            size_t size, zk_compression_t compression,
                                            apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_stream_t *made = apr_pcalloc(pool, sizeof(*made));

    *stream = NULL;
    made->path = "(memory)";
    made->compression = compression;
    made->memory = data;
    made->memory_left = size;
    return start_stream(stream, made, pool, note);
}

apr_status_t zk_snapshot_stream_read(zk_snapshot_stream_t *stream, void *to, size_t size,
                                     size_t *got, zk_note_t *note)
{
    *got = 0;
    if (stream->compression == ZK_COMPRESSION_GZIP)
        return read_gzip(stream, to, size, got, note);
    if (stream->compression == ZK_COMPRESSION_SNAPPY)
        return read_snappy(stream, to, size, got, note);
    return read_raw(stream, to, size, got, note);
}

void zk_snapshot_stream_close(zk_snapshot_stream_t *stream)
{
    close_stream(stream);
}

/* ---- writing ---- */

struct zk_snapshot_pack {
    apr_file_t *file;
    zk_disk_faults_t *faults;
    zk_compression_t compression;
    zk_buffer_t pending; /* plain and snappy: bytes not yet cut into blocks or written */
    zk_buffer_t output;  /* compressed, not yet written */
    z_stream zip;
    bool zip_open;
    int64_t bytes;
};

static apr_status_t free_pack(void *data)
{
    zk_snapshot_pack_t *pack = data;

    if (pack->zip_open)
        deflateEnd(&pack->zip);
    pack->zip_open = false;
    zk_buffer_free(&pack->pending);
    zk_buffer_free(&pack->output);
    return APR_SUCCESS;
}

apr_status_t zk_snapshot_pack_open(zk_snapshot_pack_t **pack, apr_file_t *file,
                                   zk_compression_t compression, zk_disk_faults_t *faults,
                                   apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_pack_t *made = apr_pcalloc(pool, sizeof(*made));

    made->file = file;
    made->faults = faults;
    made->compression = compression;
    made->pending = ZK_BUFFER_INIT;
    made->output = ZK_BUFFER_INIT;
    apr_pool_cleanup_register(pool, made, free_pack, apr_pool_cleanup_null);
    if (compression == ZK_COMPRESSION_GZIP) {
        if (deflateInit2(&made->zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            return zk_note(note, APR_ENOMEM, "cannot start zlib");
        made->zip_open = true;
    } else if (compression == ZK_COMPRESSION_SNAPPY) {
        zk_buffer_append(&made->output, snappy_head, sizeof(snappy_head));
    }
    *pack = made;
    return APR_SUCCESS;
}

static apr_status_t write_out(zk_snapshot_pack_t *pack, const void *data, size_t size,
                              zk_note_t *note)
{
    apr_status_t rv;

    if (size == 0)
        return APR_SUCCESS;
    rv = zk_disk_write(pack->file, data, size, pack->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write snapshot");
    pack->bytes += (int64_t)size;
    return APR_SUCCESS;
}

static apr_status_t flush_output(zk_snapshot_pack_t *pack, size_t at_least, zk_note_t *note)
{
    apr_status_t rv;

    if (zk_buffer_size(&pack->output) < at_least)
        return APR_SUCCESS;
    rv = write_out(pack, zk_buffer_bytes(&pack->output), zk_buffer_size(&pack->output), note);
    zk_buffer_clear(&pack->output);
    return rv;
}

static apr_status_t deflate_all(zk_snapshot_pack_t *pack, const void *data, size_t size, int flush,
                                zk_note_t *note)
{
    int result;

    ZK_ASSERT(size <= INT32_MAX);
    pack->zip.next_in = (Bytef *)(uintptr_t)data;
    pack->zip.avail_in = (uInt)size;
    do {
        apr_status_t rv;

        pack->zip.next_out = zk_buffer_extend(&pack->output, OUTPUT_BYTES);
        pack->zip.avail_out = OUTPUT_BYTES;
        result = deflate(&pack->zip, flush);
        ZK_ASSERT(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
        pack->output.length -= pack->zip.avail_out;
        rv = flush_output(pack, OUTPUT_BYTES, note);
        if (rv != APR_SUCCESS)
            return rv;
    } while (pack->zip.avail_out == 0 || (flush == Z_FINISH && result != Z_STREAM_END));
    return APR_SUCCESS;
}

/* Pack whole blocks of what is pending, and the rest too when LAST. */
static apr_status_t pack_blocks(zk_snapshot_pack_t *pack, bool last, zk_note_t *note)
{
    size_t size;

    while ((size = zk_buffer_size(&pack->pending)) >= (last ? 1 : ZK_SNAPPY_BLOCK_BYTES)) {
        size_t at = zk_buffer_size(&pack->output);
        apr_status_t rv;

        size = size > ZK_SNAPPY_BLOCK_BYTES ? ZK_SNAPPY_BLOCK_BYTES : size;
        zk_write_int(&pack->output, 0);
        zk_snappy_pack(zk_buffer_bytes(&pack->pending), size, &pack->output);
        zk_put_u32(zk_buffer_bytes(&pack->output) + at,
                   (uint32_t)(zk_buffer_size(&pack->output) - at - 4));
        zk_buffer_consume(&pack->pending, size);
        rv = flush_output(pack, OUTPUT_BYTES, note);
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

apr_status_t zk_snapshot_pack_write(zk_snapshot_pack_t *pack, const void *data, size_t size,
                                    zk_note_t *note)
{
    apr_status_t rv;

    if (pack->compression == ZK_COMPRESSION_GZIP)
        return deflate_all(pack, data, size, Z_NO_FLUSH, note);
    if (pack->compression == ZK_COMPRESSION_SNAPPY) {
        zk_buffer_append(&pack->pending, data, size);
        return pack_blocks(pack, false, note);
    }
    if (size < OUTPUT_BYTES) {
        zk_buffer_append(&pack->output, data, size);
        return flush_output(pack, OUTPUT_BYTES, note);
    }
    rv = flush_output(pack, 1, note);
    return rv != APR_SUCCESS ? rv : write_out(pack, data, size, note);
}

apr_status_t zk_snapshot_pack_finish(zk_snapshot_pack_t *pack, zk_note_t *note)
{
    apr_status_t rv = APR_SUCCESS;

    if (pack->compression == ZK_COMPRESSION_GZIP)
        rv = deflate_all(pack, "", 0, Z_FINISH, note);
    else if (pack->compression == ZK_COMPRESSION_SNAPPY)
        rv = pack_blocks(pack, true, note);
    if (rv == APR_SUCCESS)
        rv = flush_output(pack, 1, note);
    return rv;
}

int64_t zk_snapshot_pack_bytes(const zk_snapshot_pack_t *pack)
{
    return pack->bytes;
}
