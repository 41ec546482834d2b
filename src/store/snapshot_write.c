/* snapshot_write.c -- a snapshot gets its name only when it is whole and durable.
 *
 * Written as tmp-snapshot.<zxid>, a name that neither we nor upstream take for a snapshot; then
 * seals, sync, rename, sync of the directory.  Upstream writes most of its snapshots straight under
 * their name and unsynced, and depends on the missing end to recognise an unfinished one.
 *
 * One that comes from a leader may be of another history than the files here, so it does not get
 * its name from us: it stays tmp-snapshot.received-snapshot.<zxid>, synced, until it is installed
 * (aside.c).
 *
 * The file is synced every few megabytes on the way, so that no long stretch of dirty pages piles
 * up in front of the log's syncs.
 *
 * The tail is the one of 3.9 (digest and last zxid, each with a seal); older releases ignore what
 * they do not know. */
#include "store/datadir.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "store/snapshot_read.h"
#include "store/snapshot_stream.h"

#define SYNC_EVERY_BYTES ((int64_t)8 << 20)
#define DIGEST_VERSION 2

struct zk_snapshot_writer {
    zk_store_t *store;
    apr_pool_t *pool;
    int64_t zxid;
    const char *temp;
    const char *name; /* at the end: of a received one the temporary name */
    bool received;
    apr_file_t *file; /* NULL once closed */
    zk_snapshot_pack_t *pack;
    uint32_t adler;
    int64_t synced_bytes;
    apr_status_t failed;
};

static const char *extension(zk_compression_t compression)
{
    switch (compression) {
    case ZK_COMPRESSION_GZIP:
        return ".gz";
    case ZK_COMPRESSION_SNAPPY:
        return ".snappy";
    case ZK_COMPRESSION_NONE:
        break;
    }
    return "";
}

/* Bytes that the running checksum covers. */
static apr_status_t put(zk_snapshot_writer_t *writer, const void *bytes, size_t size,
                        zk_note_t *note)
{
    apr_status_t rv = zk_snapshot_pack_write(writer->pack, bytes, size, note);

    writer->adler = (uint32_t)adler32_z(writer->adler, bytes, size);
    if (rv != APR_SUCCESS)
        return zk_note_prefix(note, rv, "'%s'", writer->temp);
    return APR_SUCCESS;
}

static apr_status_t begin(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                          bool received, apr_pool_t *pool, zk_note_t *note)
{
    zk_snapshot_writer_t *made = apr_pcalloc(pool, sizeof(*made));
    uint8_t header[ZK_SNAPSHOT_HEADER_BYTES];
    apr_status_t rv;

    ZK_ASSERT(zxid >= 0);
    *writer = NULL;
    made->store = store;
    made->pool = pool;
    made->zxid = zxid;
    made->adler = 1;
    made->received = received;
    made->name = apr_psprintf(pool, "%s/%s%" APR_UINT64_T_HEX_FMT "%s", store->snapshot_dir,
                              received ? ZK_STORE_RECEIVED_PREFIX "snapshot." : "snapshot.",
                              (uint64_t)zxid, extension(store->options.snapshot_compression));
    made->temp = received ? made->name
                          : apr_psprintf(pool, "%s/" ZK_STORE_TEMP_PREFIX "%" APR_UINT64_T_HEX_FMT,
                                         store->snapshot_dir, (uint64_t)zxid);
    zk_info("Snapshotting: 0x%" PRIx64 " to %s", (uint64_t)zxid, made->name);
    rv = zk_disk_open(&made->file, made->temp,
                      APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE, store->faults, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot create snapshot '%s'", made->temp);
    rv = zk_snapshot_pack_open(&made->pack, made->file, store->options.snapshot_compression,
                               store->faults, pool, note);
    if (rv == APR_SUCCESS) {
        zk_put_u32(header, ZK_SNAPSHOT_MAGIC);
        zk_put_u32(header + 4, ZK_SNAPSHOT_VERSION);
        zk_put_u64(header + 8, UINT64_MAX);
        rv = put(made, header, sizeof(header), note);
    }
    if (rv != APR_SUCCESS) {
        zk_snapshot_abort(made);
        return rv;
    }
    *writer = made;
    return APR_SUCCESS;
}

apr_status_t zk_snapshot_begin(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                               apr_pool_t *pool, zk_note_t *note)
{
    return begin(writer, store, zxid, false, pool, note);
}

apr_status_t zk_snapshot_receive(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                                 apr_pool_t *pool, zk_note_t *note)
{
    return begin(writer, store, zxid, true, pool, note);
}

apr_status_t zk_snapshot_append(zk_snapshot_writer_t *writer, const void *bytes, size_t size,
                                zk_note_t *note)
{
    apr_status_t rv;

    if (writer->failed != APR_SUCCESS)
        return zk_note(note, writer->failed, "an earlier write to '%s' failed", writer->temp);
    ZK_ASSERT(writer->file != NULL);
    rv = put(writer, bytes, size, note);
    if (rv == APR_SUCCESS &&
        zk_snapshot_pack_bytes(writer->pack) - writer->synced_bytes >= SYNC_EVERY_BYTES) {
        rv = zk_disk_sync(writer->file, writer->store->faults);
        writer->synced_bytes = zk_snapshot_pack_bytes(writer->pack);
        if (rv != APR_SUCCESS)
            zk_note(note, rv, "cannot sync '%s'", writer->temp);
    }
    writer->failed = rv;
    return rv;
}

static apr_status_t put_seal(zk_snapshot_writer_t *writer, zk_note_t *note)
{
    uint8_t seal[ZK_SNAPSHOT_SEAL_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, '/'};

    zk_put_u64(seal, writer->adler);
    return put(writer, seal, sizeof(seal), note);
}

static apr_status_t put_tail(zk_snapshot_writer_t *writer, int64_t digest, zk_note_t *note)
{
    uint8_t bytes[20];
    apr_status_t rv = put_seal(writer, note);

    zk_put_u64(bytes, digest == 0 ? 0 : (uint64_t)writer->zxid); /* 0, 2, 0: there is none */
    zk_put_u32(bytes + 8, DIGEST_VERSION);
    zk_put_u64(bytes + 12, (uint64_t)digest);
    if (rv == APR_SUCCESS)
        rv = put(writer, bytes, 20, note);
    if (rv == APR_SUCCESS)
        rv = put_seal(writer, note);
    zk_put_u64(bytes, (uint64_t)writer->zxid); /* our snapshots are exact */
    if (rv == APR_SUCCESS)
        rv = put(writer, bytes, 8, note);
    if (rv == APR_SUCCESS)
        rv = put_seal(writer, note);
    if (rv == APR_SUCCESS)
        rv = zk_snapshot_pack_finish(writer->pack, note);
    return rv;
}

/* Sync, close, give the name, sync the directory. */
static apr_status_t publish(zk_snapshot_writer_t *writer, zk_note_t *note)
{
    apr_status_t rv = zk_disk_sync(writer->file, writer->store->faults);
    apr_status_t closed = apr_file_close(writer->file);

    writer->file = NULL;
    rv = rv != APR_SUCCESS ? rv : closed;
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync '%s'", writer->temp);
    if (writer->received)
        return APR_SUCCESS;
    rv = zk_disk_replace(writer->temp, writer->name, writer->store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot rename '%s' to '%s'", writer->temp, writer->name);
    rv = zk_disk_sync_dir(writer->store->snapshot_dir, writer->store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", writer->store->snapshot_dir);
    return APR_SUCCESS;
}

apr_status_t zk_snapshot_finish(zk_snapshot_writer_t *writer, int64_t digest, const char **name,
                                int64_t *bytes, zk_note_t *note)
{
    apr_status_t rv = writer->failed;

    if (rv != APR_SUCCESS)
        zk_note(note, rv, "an earlier write to '%s' failed", writer->temp);
    else
        rv = put_tail(writer, digest, note);
    if (rv == APR_SUCCESS)
        rv = publish(writer, note);
    if (rv != APR_SUCCESS) {
        zk_snapshot_abort(writer);
        return rv;
    }
    writer->failed = ZK_E_CLOSED;
    *name = writer->name;
    *bytes = zk_snapshot_pack_bytes(writer->pack);
    return APR_SUCCESS;
}

void zk_snapshot_abort(zk_snapshot_writer_t *writer)
{
    if (writer->file != NULL)
        apr_file_close(writer->file);
    writer->file = NULL;
    apr_file_remove(writer->temp, writer->pool);
    if (writer->failed == APR_SUCCESS)
        writer->failed = ZK_E_CLOSED;
}
