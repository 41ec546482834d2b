/* txnlog_write.c -- the transaction log: the only promise that survives a power cut.
 *
 * Records are appended to log.<first zxid in hex> and become durable in groups: many appends into
 * memory, then one write and one sync.  We never report success before the sync that covers a
 * record has returned, and after a failed write or sync we stop for good, because the kernel may
 * have dropped the very pages it failed to write.
 *
 * Invariants
 *   1. zxids never decrease from record to record.
 *   2. a file is created with truncation (one of that name holds at most a torn first record) and
 * its header is written before the padding.
 *   3. the file's name is made durable, by a sync of the directory, before the first sync of it
 * returns.
 *   4. bytes behind the last record are zeros.
 *   5. failed != APR_SUCCESS: nothing is written any more.
 *
 * Format and padding: FileTxnLog.java, FilePadding.java; the sizes come out as upstream's, so that
 * a limit on the size of logs means the same. */
#include "store/datadir.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "store/txnlog_read.h"

/* Upstream looks this far ahead before it pads. */
#define PADDING_AHEAD_BYTES 4096
/* What is kept of the buffer's memory between syncs. */
#define BUFFER_KEEP_BYTES ((size_t)4 << 20)
/* Releases up to 3.5.6 believe this much by default (1048575 + 1024). */
#define OLDEST_READER_BYTES 1049599

struct zk_txnlog {
    zk_store_t *store;
    apr_pool_t *pool;
    apr_pool_t *file_pool; /* cleared with each file */
    apr_file_t *file;      /* NULL: the next append creates one */
    const char *path;
    zk_buffer_t buffer;     /* records not yet written */
    int64_t written;        /* bytes of the file that are header and records */
    int64_t padded;         /* its size including the padding asked for */
    int64_t allocated;      /* the padding really made */
    int64_t finished_bytes; /* of files rolled since zk_txnlog_roll */
    int64_t last_zxid;
    int64_t record_bytes_max;
    int64_t carried_ns; /* time of a sync that a roll needed */
    bool any;           /* last_zxid means something */
    bool unsynced;      /* the file has bytes that no sync covers */
    bool name_durable;
    bool padding_failed; /* said once */
    apr_status_t failed;
};

int64_t zk_store_record_bytes_max(const zk_store_options_t *options)
{
    int64_t ours = options->record_bytes_max;
    int64_t oldest = ours / 2 + 1024; /* jute.maxbuffer + 1024 where extrasize is the default */

    if (oldest < OLDEST_READER_BYTES)
        oldest = OLDEST_READER_BYTES;
    return oldest < ours ? oldest : ours;
}

static apr_status_t free_log(void *data)
{
    zk_txnlog_t *log = data;

    zk_buffer_free(&log->buffer);
    return APR_SUCCESS;
}

apr_status_t zk_txnlog_open(zk_txnlog_t **log, zk_store_t *store, apr_pool_t *pool)
{
    zk_txnlog_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv;

    made->store = store;
    made->pool = pool;
    made->buffer = ZK_BUFFER_INIT;
    made->record_bytes_max = store->options.record_bytes_max;
    rv = apr_pool_create(&made->file_pool, pool);
    if (rv != APR_SUCCESS)
        return rv;
    apr_pool_cleanup_register(pool, made, free_log, apr_pool_cleanup_null);
    *log = made;
    return APR_SUCCESS;
}

/* Remember that LOG is of no more use. */
static apr_status_t fail(zk_txnlog_t *log, apr_status_t rv)
{
    ZK_ASSERT(rv != APR_SUCCESS);
    log->failed = rv;
    return rv;
}

static apr_status_t refuse_failed(const zk_txnlog_t *log, zk_note_t *note)
{
    return zk_note(note, log->failed, "an earlier write to the transaction log failed");
}

int64_t zk_txnlog_padded_size(int64_t position, int64_t size, int64_t step)
{
    if (step <= 0 || position + PADDING_AHEAD_BYTES < size)
        return size;
    if (position > size) {
        size = position + step;
        return size - size % step;
    }
    return size + step;
}

/* Padding only saves time, so a full disk is for the write that needs it to find. */
static void make_padding(zk_txnlog_t *log)
{
    apr_status_t rv;
    char text[128];

    if (log->allocated >= log->padded)
        return;
    rv = plat_file_preallocate(log->file, log->padded);
    log->allocated = log->padded;
    if (rv == APR_SUCCESS || log->padding_failed)
        return;
    log->padding_failed = true;
    zk_warn("Cannot preallocate %" PRId64 " bytes for %s: %s", log->padded, log->path,
            zk_status_text(rv, text, sizeof(text)));
}

/* Write the buffered records behind those in the file. */
static apr_status_t write_buffer(zk_txnlog_t *log, zk_note_t *note)
{
    size_t size = zk_buffer_size(&log->buffer);
    apr_status_t rv;

    if (size == 0)
        return APR_SUCCESS;
    ZK_ASSERT(log->file != NULL);
    make_padding(log);
    log->unsynced = true;
    rv = zk_disk_write(log->file, zk_buffer_bytes(&log->buffer), size, log->store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, fail(log, rv), "cannot write to '%s' at offset %" PRId64, log->path,
                       log->written);
    log->written += (int64_t)size;
    zk_buffer_clear(&log->buffer);
    zk_buffer_shrink(&log->buffer, BUFFER_KEEP_BYTES);
    return APR_SUCCESS;
}

static void warn_if_slow(const zk_txnlog_t *log, int64_t took_ns)
{
    int64_t took_ms = took_ns / 1000000;

    if (took_ms > log->store->options.fsync_warning_ms)
        zk_warn("fsync-ing the write ahead log in %s took %" PRId64
                "ms which will adversely effect operation latency.File size is %" PRId64
                " bytes. See the ZooKeeper troubleshooting guide",
                log->store->options.sync_thread_name, took_ms, log->padded);
}

/* Write and sync the current file; adds the time the sync took to carried_ns. */
static apr_status_t sync_file(zk_txnlog_t *log, zk_note_t *note)
{
    apr_status_t rv = write_buffer(log, note);
    int64_t began;

    if (rv != APR_SUCCESS || !log->unsynced)
        return rv;
    if (log->store->options.force_sync) {
        began = plat_monotonic_ns();
        rv = zk_disk_sync(log->file, log->store->faults);
        began = plat_monotonic_ns() - began;
        if (rv != APR_SUCCESS)
            return zk_note(note, fail(log, rv), "cannot sync '%s'", log->path);
        log->carried_ns += began;
        warn_if_slow(log, began);
    }
    if (!log->name_durable) {
        rv = zk_disk_sync_dir(log->store->log_dir, log->store->faults);
        if (rv != APR_SUCCESS)
            return zk_note(note, fail(log, rv), "cannot sync directory '%s'", log->store->log_dir);
        log->name_durable = true;
    }
    log->unsynced = false;
    return APR_SUCCESS;
}

static int64_t current_bytes(const zk_txnlog_t *log)
{
    int64_t filled = log->written + (int64_t)zk_buffer_size(&log->buffer);

    if (log->file == NULL)
        return 0;
    return filled > log->padded ? filled : log->padded;
}

static apr_status_t close_file(zk_txnlog_t *log, zk_note_t *note)
{
    apr_status_t rv;

    log->finished_bytes += current_bytes(log);
    rv = apr_file_close(log->file);
    log->file = NULL;
    if (rv != APR_SUCCESS)
        return zk_note(note, fail(log, rv), "cannot close '%s'", log->path);
    return APR_SUCCESS;
}

/* A file of the name that is to be created may hold a torn record, which was never promised, and is
 * begun again.  One that holds a whole record should have been loaded: then something is very
 * wrong, and nothing is overwritten. */
static apr_status_t refuse_to_overwrite(const zk_txnlog_t *log, zk_note_t *note)
{
    zk_txnlog_reader_t *reader;
    zk_txnlog_item_t item = {.find = ZK_TXNLOG_END};
    apr_finfo_t info;

    if (apr_stat(&info, log->path, APR_FINFO_SIZE, log->file_pool) != APR_SUCCESS)
        return APR_SUCCESS;
    if (zk_txnlog_reader_open(&reader, log->path, log->store->options.record_bytes_max,
                              log->file_pool, NULL) != APR_SUCCESS)
        return APR_SUCCESS;
    if (zk_txnlog_next(reader, &item, NULL) != APR_SUCCESS)
        item.find = ZK_TXNLOG_END;
    zk_txnlog_reader_close(reader);
    if (item.find != ZK_TXNLOG_RECORD)
        return APR_SUCCESS;
    return zk_note(note, ZK_E_CORRUPT,
                   "log file '%s' already holds the record of zxid 0x%" PRIx64
                   " and is not overwritten",
                   log->path, (uint64_t)item.zxid);
}

/* Create log.<ZXID> and write its header. */
static apr_status_t create_file(zk_txnlog_t *log, int64_t zxid, zk_note_t *note)
{
    uint8_t header[ZK_TXNLOG_HEADER_BYTES];
    apr_status_t rv;

    ZK_ASSERT(log->file == NULL && zk_buffer_size(&log->buffer) == 0);
    apr_pool_clear(log->file_pool);
    log->path = apr_psprintf(log->file_pool, "%s/log.%" APR_UINT64_T_HEX_FMT, log->store->log_dir,
                             (uint64_t)zxid);
    rv = refuse_to_overwrite(log, note);
    if (rv != APR_SUCCESS)
        return fail(log, rv);
    zk_info("Creating new log file: log.%" PRIx64, (uint64_t)zxid);
    rv =
        zk_disk_open(&log->file, log->path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                     log->store->faults, log->file_pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, fail(log, rv), "cannot create log file '%s'", log->path);
    zk_put_u32(header, ZK_TXNLOG_MAGIC);
    zk_put_u32(header + 4, ZK_TXNLOG_VERSION);
    zk_put_u64(header + 8, 0);
    rv = zk_disk_write(log->file, header, sizeof(header), log->store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, fail(log, rv), "cannot write the header of '%s'", log->path);
    log->written = sizeof(header);
    log->padded = sizeof(header);
    log->allocated = sizeof(header);
    log->name_durable = false;
    log->unsynced = true;
    return APR_SUCCESS;
}

apr_status_t zk_txnlog_append(zk_txnlog_t *log, int64_t zxid, const void *payload, size_t size,
                              zk_note_t *note)
{
    uint8_t *at;
    apr_status_t rv;

    if (log->failed != APR_SUCCESS)
        return refuse_failed(log, note);
    ZK_ASSERT(size >= ZK_TXN_HEADER_BYTES && zxid >= 0);
    ZK_ASSERT((int64_t)zk_get_u64((const uint8_t *)payload + 12) == zxid);
    if ((uint64_t)size > (uint64_t)log->record_bytes_max)
        return zk_note(note, ZK_E_TOO_LARGE,
                       "record of zxid 0x%" PRIx64 " has %zu bytes, more than the %" PRId64
                       " that this server can read back",
                       (uint64_t)zxid, size, log->record_bytes_max);
    if (log->any && zxid < log->last_zxid)
        return zk_note(note, APR_EINVAL,
                       "record of zxid 0x%" PRIx64 " comes after that of 0x%" PRIx64,
                       (uint64_t)zxid, (uint64_t)log->last_zxid);
    if (log->file == NULL) {
        rv = create_file(log, zxid, note);
        if (rv != APR_SUCCESS)
            return rv;
    }
    log->padded = zk_txnlog_padded_size(log->written + (int64_t)zk_buffer_size(&log->buffer),
                                        log->padded, log->store->options.preallocate_bytes);
    at = zk_buffer_extend(&log->buffer, size + ZK_TXNLOG_RECORD_OVERHEAD);
    zk_put_u64(at, (uint64_t)adler32(1, payload, (uInt)size));
    zk_put_u32(at + 8, (uint32_t)size);
    memcpy(at + 12, payload, size);
    at[12 + size] = ZK_TXNLOG_END_BYTE;
    log->last_zxid = zxid;
    log->any = true;
    return APR_SUCCESS;
}

apr_status_t zk_txnlog_sync(zk_txnlog_t *log, int64_t *sync_ns, zk_note_t *note)
{
    int64_t limit = log->store->options.log_bytes_max;
    apr_status_t rv = APR_SUCCESS;

    *sync_ns = 0;
    if (log->failed != APR_SUCCESS)
        return refuse_failed(log, note);
    if (log->file != NULL)
        rv = sync_file(log, note);
    *sync_ns = log->carried_ns;
    log->carried_ns = 0;
    if (rv == APR_SUCCESS && log->file != NULL && limit > 0 && current_bytes(log) > limit)
        rv = close_file(log, note);
    return rv;
}

/* A failure here is kept: the next append or sync reports it. */
void zk_txnlog_roll(zk_txnlog_t *log)
{
    if (log->failed == APR_SUCCESS && log->file != NULL && sync_file(log, NULL) == APR_SUCCESS)
        close_file(log, NULL);
    log->finished_bytes = 0;
}

int64_t zk_txnlog_bytes(const zk_txnlog_t *log)
{
    return log->finished_bytes + current_bytes(log);
}

void zk_txnlog_close(zk_txnlog_t *log)
{
    if (log->file != NULL)
        apr_file_close(log->file);
    log->file = NULL;
    zk_buffer_free(&log->buffer);
    if (log->failed == APR_SUCCESS)
        log->failed = ZK_E_CLOSED;
}
