/* snapshot_read.c -- header, body, seals: what makes a snapshot good.
 *
 * A seal is the Adler-32 of all uncompressed bytes before it, running on from seal to seal.
 * Optional parts behind the first seal carry no mark, so how many bytes are left tells which they
 * are:
 *
 *      0  nothing                          3.4, 3.5, or digests off
 *     33  digest, seal                     3.6 to 3.8
 *     54  digest, seal, last zxid, seal    3.9
 *     21  last zxid, seal                  3.9 with digests off
 *
 * Bytes pass through one window in large blocks; the checksum is taken over what was consumed just
 * before the window moves, while it is still in the cache.
 *
 * Facts: FileSnap.java, SnapStream.java.  Proof: tests/golden. */
#include "store/snapshot_read.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <zlib.h>

#include "base/bytes.h"
#include "store/datadir.h"
#include "store/snapshot_body.h"

#define WINDOW_BYTES ((size_t)1 << 20)
/* The longest tail behind the first seal, and one byte more to notice a longer one. */
#define TAIL_BYTES_MAX 54

static const uint8_t end_mark[5] = {0, 0, 0, 1, '/'};

typedef struct window {
    zk_snapshot_stream_t *stream;
    const char *name;
    uint8_t *bytes;
    size_t capacity;
    size_t start;  /* of what is not yet consumed */
    size_t end;    /* of what is there */
    size_t summed; /* bytes before this are in the checksum */
    int64_t base;  /* uncompressed offset of bytes[0] */
    uint32_t adler;
} window_t;

static void sum_to(window_t *window, size_t to)
{
    ZK_ASSERT(window->summed <= to && to <= window->end);
    window->adler = (uint32_t)adler32(window->adler, window->bytes + window->summed,
                                      (uInt)(to - window->summed));
    window->summed = to;
}

/* Get more bytes behind those that are not consumed; *GREW is false at the end of the stream. */
static apr_status_t grow(window_t *window, bool *grew, zk_note_t *note)
{
    size_t have = window->end - window->start;
    size_t got;
    apr_status_t rv;

    sum_to(window, window->start);
    if (window->start > 0) {
        memmove(window->bytes, window->bytes + window->start, have);
        window->base += (int64_t)window->start;
        window->start = 0;
        window->summed = 0;
        window->end = have;
    }
    if (window->end == window->capacity) { /* doubled only when that much was really there */
        window->capacity *= 2;
        window->bytes = zk_realloc(window->bytes, window->capacity);
    }
    rv = zk_snapshot_stream_read(window->stream, window->bytes + window->end,
                                 window->capacity - window->end, &got, note);
    window->end += got;
    *grew = got > 0;
    return rv;
}

/* At least SIZE bytes; APR_EOF with a note when there are fewer. */
static apr_status_t need(window_t *window, size_t size, const char *what, zk_note_t *note)
{
    while (window->end - window->start < size) {
        bool grew;
        apr_status_t rv = grow(window, &grew, note);

        if (rv != APR_SUCCESS)
            return rv;
        if (!grew) {
            zk_note(note, ZK_E_CORRUPT, "snapshot '%s' ends inside its %s, after %" PRId64 " bytes",
                    window->name, what, window->base + (int64_t)window->end);
            return APR_EOF;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t read_header(window_t *window, zk_note_t *note)
{
    const uint8_t *at;
    apr_status_t rv = need(window, ZK_SNAPSHOT_HEADER_BYTES, "header", note);

    if (rv != APR_SUCCESS)
        return rv;
    at = window->bytes + window->start;
    if (zk_get_u32(at) != ZK_SNAPSHOT_MAGIC)
        return zk_note(note, ZK_E_CORRUPT,
                       "snapshot '%s' begins with 0x%08" PRIx32
                       ", which is not a snapshot's magic number",
                       window->name, zk_get_u32(at));
    window->start += ZK_SNAPSHOT_HEADER_BYTES;
    return APR_SUCCESS;
}

static apr_status_t read_body(window_t *window, zk_snapshot_body_t *body, zk_note_t *note)
{
    for (;;) {
        zk_note_t inner = {""};
        bool grew = true;
        size_t used;
        size_t left;
        apr_status_t rv = zk_snapshot_body_feed(body, window->bytes + window->start,
                                                window->end - window->start, &used, &inner);

        window->start += used;
        if (rv != APR_SUCCESS)
            return zk_note(note, rv, "snapshot '%s' is %s at offset %" PRId64 ": %s", window->name,
                           body->sink_failed ? "not acceptable" : "damaged",
                           window->base + (int64_t)window->start, inner.text);
        if (body->part == ZK_SNAPSHOT_DONE)
            return APR_SUCCESS;
        left = window->end - window->start;
        while (rv == APR_SUCCESS && grew && window->end - window->start < body->needed)
            rv = grow(window, &grew, note);
        if (rv == APR_SUCCESS && window->end - window->start == left)
            rv = need(window, left + 1, "body", note); /* says where it ended */
        if (rv != APR_SUCCESS)
            return rv;
    }
}

static apr_status_t read_seal(window_t *window, int number, zk_note_t *note)
{
    const uint8_t *at;
    apr_status_t rv = need(window, ZK_SNAPSHOT_SEAL_BYTES, "seal", note);

    if (rv != APR_SUCCESS)
        return rv;
    sum_to(window, window->start);
    at = window->bytes + window->start;
    if (zk_get_u64(at) != window->adler ||
        memcmp(at + sizeof(uint64_t), end_mark, sizeof(end_mark)) != 0)
        return zk_note(note, ZK_E_CORRUPT,
                       "snapshot '%s' is damaged: seal %d at offset %" PRId64 " says 0x%08" PRIx64
                       ", the bytes say 0x%08" PRIx32,
                       window->name, number, window->base + (int64_t)window->start, zk_get_u64(at),
                       window->adler);
    window->start += ZK_SNAPSHOT_SEAL_BYTES;
    return APR_SUCCESS;
}

static void read_digest(window_t *window, zk_snapshot_info_t *info)
{
    const uint8_t *at = window->bytes + window->start;

    info->has_digest = true;
    info->digest_zxid = (int64_t)zk_get_u64(at);
    info->digest_version = (int32_t)zk_get_u32(at + 8);
    info->digest = (int64_t)zk_get_u64(at + 12);
    window->start += 20;
}

/* The parts behind the first seal. */
static apr_status_t read_tail(window_t *window, zk_snapshot_info_t *info, zk_note_t *note)
{
    bool grew = true;
    size_t left;
    int seal = 2;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && grew && window->end - window->start <= TAIL_BYTES_MAX)
        rv = grow(window, &grew, note);
    if (rv != APR_SUCCESS)
        return rv;
    left = window->end - window->start;
    if (left != 0 && left != 21 && left != 33 && left != 54) {
        info->incomplete = left < 54;
        return zk_note(note, ZK_E_CORRUPT,
                       "snapshot '%s' has %zu%s bytes behind its first seal, which no release "
                       "writes",
                       window->name, left, left > TAIL_BYTES_MAX ? " or more" : "");
    }
    if (left >= 33) {
        read_digest(window, info);
        rv = read_seal(window, seal++, note);
        left -= 33;
    }
    if (rv == APR_SUCCESS && left > 0) {
        info->has_last_zxid = true;
        info->last_zxid = (int64_t)zk_get_u64(window->bytes + window->start);
        window->start += 8;
        rv = read_seal(window, seal, note);
    }
    return rv;
}

apr_status_t zk_snapshot_read_stream(zk_snapshot_stream_t *stream, const char *name,
                                     int64_t string_bytes_max, const zk_store_sink_t *sink,
                                     zk_snapshot_info_t *info, zk_note_t *note)
{
    zk_snapshot_body_t body;
    window_t window = {.stream = stream, .name = name, .capacity = WINDOW_BYTES, .adler = 1};
    apr_status_t rv;

    memset(info, 0, sizeof(*info));
    window.bytes = zk_malloc(window.capacity);
    zk_snapshot_body_init(&body, sink, string_bytes_max);
    rv = read_header(&window, note);
    if (rv == APR_SUCCESS)
        rv = read_body(&window, &body, note);
    if (rv == APR_SUCCESS)
        rv = read_seal(&window, 1, note);
    if (rv == APR_SUCCESS)
        rv = read_tail(&window, info, note);
    if (APR_STATUS_IS_EOF(rv)) {
        info->incomplete = true;
        rv = ZK_E_CORRUPT;
    }
    info->bytes = window.base + (int64_t)window.start;
    info->nodes_count = body.nodes_count;
    info->sink_failed = body.sink_failed;
    zk_snapshot_body_free(&body);
    zk_free(window.bytes);
    return rv;
}

apr_status_t zk_snapshot_read(const char *path, int64_t string_bytes_max,
                              const zk_store_sink_t *sink, zk_snapshot_info_t *info,
                              apr_pool_t *scratch, zk_note_t *note)
{
    zk_snapshot_stream_t *stream;
    apr_pool_t *pool;
    apr_status_t rv;

    memset(info, 0, sizeof(*info));
    apr_pool_create(&pool, scratch);
    rv = zk_snapshot_stream_open(&stream, path, pool, note);
    if (rv == APR_SUCCESS)
        rv = zk_snapshot_read_stream(stream, path, string_bytes_max, sink, info, note);
    else if (APR_STATUS_IS_EOF(rv)) {
        info->incomplete = true;
        rv = ZK_E_CORRUPT;
    }
    apr_pool_destroy(pool);
    return rv;
}

/* SIZE bytes of FILE at OFFSET from WHENCE equal EXPECTED. */
static bool bytes_are(apr_file_t *file, apr_seek_where_t whence, apr_off_t offset,
                      const void *expected, size_t size)
{
    uint8_t bytes[8];

    ZK_ASSERT(size <= sizeof(bytes));
    return apr_file_seek(file, whence, &offset) == APR_SUCCESS &&
           apr_file_read_full(file, bytes, size, NULL) == APR_SUCCESS &&
           memcmp(bytes, expected, size) == 0;
}

bool zk_snapshot_looks_whole(const char *path, apr_pool_t *scratch)
{
    static const uint8_t gzip[2] = {0x1f, 0x8b};
    static const uint8_t snappy[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    apr_finfo_t info;
    apr_file_t *file;
    bool whole = false;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                      scratch) != APR_SUCCESS)
        return false;
    if (apr_file_info_get(&info, APR_FINFO_SIZE, file) == APR_SUCCESS) {
        switch (zk_data_name_compression(path)) {
        case ZK_COMPRESSION_GZIP:
            whole = bytes_are(file, APR_SET, 0, gzip, sizeof(gzip));
            break;
        case ZK_COMPRESSION_SNAPPY:
            whole = bytes_are(file, APR_SET, 0, snappy, sizeof(snappy));
            break;
        case ZK_COMPRESSION_NONE:
            whole = info.size >= 10 && bytes_are(file, APR_END, -5, end_mark, sizeof(end_mark));
            break;
        }
    }
    apr_file_close(file);
    return whole;
}
