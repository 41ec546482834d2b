/* truncate.c -- forgets transactions that a new leader does not have.
 *
 * The logs are cut behind the last record that stays.  A snapshot that holds anything newer would
 * bring the cut transactions back, so it goes too; its name alone does not tell, because upstream's
 * snapshots are fuzzy and may hold effects of later transactions than the one they are named after
 * (ZOOKEEPER-4837).
 *
 * Order: first look at everything and decide; then remove snapshots, newest first, then logs,
 * newest first, then cut. A crash on the way leaves a directory that loads some state from before
 * the truncation, and the leader asks again.
 *
 * Facts: FileTxnLog.java (truncate), ZKDatabase.java (truncateLog). */
#include "store/datadir.h"

#include <inttypes.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "store/recover.h"
#include "store/snapshot_read.h"
#include "store/txnlog_read.h"

/* ---- does a snapshot hold anything newer? ---- */

static apr_status_t see_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                             const zk_stat_persisted_t *stat)
{
    int64_t *newest = baton;

    (void)path;
    (void)data;
    (void)acl_id;
    if (stat->czxid > *newest)
        *newest = stat->czxid;
    if (stat->mzxid > *newest)
        *newest = stat->mzxid;
    if (stat->pzxid > *newest)
        *newest = stat->pzxid;
    return APR_SUCCESS;
}

/* True when the snapshot is whole and holds nothing above ZXID. */
static bool snapshot_stays(const zk_store_t *store, const zk_data_file_t *file, int64_t zxid,
                           apr_pool_t *scratch)
{
    int64_t newest = file->zxid;
    zk_store_sink_t sink = {.baton = &newest, .node = see_node};
    zk_snapshot_info_t info;

    if (file->zxid > zxid || !zk_snapshot_looks_whole(file->path, scratch))
        return false;
    if (zk_snapshot_read(file->path, store->options.record_bytes_max, &sink, &info, scratch,
                         NULL) != APR_SUCCESS)
        return false;
    return newest <= zxid && (!info.has_digest || info.digest_zxid <= zxid) &&
           (!info.has_last_zxid || info.last_zxid <= zxid);
}

/* ---- where to cut ---- */

/* Offset in FILE behind the last record that is not above ZXID; *LAST receives that record's zxid.
 */
static apr_status_t find_cut(const zk_store_t *store, const zk_data_file_t *file, int64_t zxid,
                             int64_t *cut, bool *anything, apr_pool_t *scratch, zk_note_t *note)
{
    zk_txnlog_reader_t *reader;
    zk_txnlog_item_t item;
    zk_txnlog_behind_t behind = {.has_record = false};
    int64_t last = -1;
    apr_status_t rv;

    *anything = false;
    rv = zk_txnlog_reader_open(&reader, file->path, store->options.record_bytes_max, scratch, note);
    if (rv != APR_SUCCESS)
        return rv;
    for (;;) {
        rv = zk_txnlog_next(reader, &item, note);
        *cut = item.offset;
        if (rv != APR_SUCCESS || item.find != ZK_TXNLOG_RECORD || item.zxid > zxid)
            break;
        last = item.zxid;
    }
    /* What cannot be reached must not be cut off when it is to stay. */
    if (rv == APR_SUCCESS && (item.find == ZK_TXNLOG_PARTIAL || item.find == ZK_TXNLOG_END))
        rv = zk_txnlog_look_behind(reader, item.offset + 1, last, &behind, note);
    zk_txnlog_reader_close(reader);
    if (rv != APR_SUCCESS)
        return rv;
    if (item.find == ZK_TXNLOG_BAD_CHECKSUM || item.find == ZK_TXNLOG_BAD_BODY ||
        item.find == ZK_TXNLOG_BAD_LENGTH || (behind.has_record && behind.zxid <= zxid))
        return zk_note(note, ZK_E_CORRUPT,
                       "log file '%s' is damaged at offset %" PRId64
                       ", before the place to truncate it; look at it with 'zktool txnlog %s'",
                       file->path, item.offset, file->path);
    *anything = item.find != ZK_TXNLOG_END;
    return APR_SUCCESS;
}

static apr_status_t remove_file(const zk_store_t *store, const char *path, apr_pool_t *scratch,
                                zk_note_t *note)
{
    apr_status_t rv = zk_disk_remove(path, store->faults, scratch);

    zk_info("Removing file: %s", path);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv))
        return zk_note(note, rv, "cannot remove '%s'", path);
    return APR_SUCCESS;
}

static apr_status_t sync_dir(const zk_store_t *store, const char *dir, zk_note_t *note)
{
    apr_status_t rv = zk_disk_sync_dir(dir, store->faults);

    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", dir);
    return APR_SUCCESS;
}

/* How many of the snapshots, the oldest ones, may stay.  Snapshots are taken one at a time, so
 * below one that holds nothing newer there is none that does. */
static size_t count_staying(const zk_store_t *store, const zk_data_file_t *files, size_t count,
                            int64_t zxid, apr_pool_t *scratch)
{
    while (count > 0 && !snapshot_stays(store, &files[count - 1], zxid, scratch))
        count--;
    return count;
}

static apr_status_t truncate_files(zk_store_t *store, int64_t zxid, apr_pool_t *scratch,
                                   zk_note_t *note)
{
    const zk_data_file_t *snapshots;
    const zk_data_file_t *logs;
    size_t snapshots_count;
    size_t logs_count;
    size_t staying;
    size_t i;
    int64_t cut = 0;
    size_t kept; /* logs that begin at ZXID or before */
    bool must_cut = false;
    apr_status_t rv;

    rv = zk_data_files_list(&snapshots, &snapshots_count, store->snapshot_dir, "snapshot", scratch,
                            note);
    if (rv == APR_SUCCESS)
        rv = zk_data_files_list(&logs, &logs_count, store->log_dir, "log", scratch, note);
    if (rv != APR_SUCCESS)
        return rv;
    for (kept = logs_count; kept > 0 && logs[kept - 1].zxid > zxid; kept--)
        ;
    staying = count_staying(store, snapshots, snapshots_count, zxid, scratch);
    if (staying == 0 && !(kept > 0 && zk_store_is_first_zxid(logs[0].zxid)))
        return zk_note(note, ZK_E_NO_SNAPSHOT,
                       "no snapshot in '%s' is old enough to truncate to zxid 0x%" PRIx64,
                       store->snapshot_dir, (uint64_t)zxid);
    if (kept > 0)
        rv = find_cut(store, &logs[kept - 1], zxid, &cut, &must_cut, scratch, note);
    if (rv == ZK_E_CORRUPT && staying > 0 && snapshots[staying - 1].zxid == zxid) {
        kept--; /* a good snapshot of just this zxid needs no log */
        rv = APR_SUCCESS;
    }
    for (i = snapshots_count; rv == APR_SUCCESS && i > staying; i--)
        rv = remove_file(store, snapshots[i - 1].path, scratch, note);
    if (rv == APR_SUCCESS && staying < snapshots_count)
        rv = sync_dir(store, store->snapshot_dir, note);
    for (i = logs_count; rv == APR_SUCCESS && i > kept; i--)
        rv = remove_file(store, logs[i - 1].path, scratch, note);
    if (rv == APR_SUCCESS && kept < logs_count)
        rv = sync_dir(store, store->log_dir, note);
    if (rv == APR_SUCCESS && must_cut)
        rv = zk_store_cut_file(store, logs[kept - 1].path, cut, scratch, note);
    return rv;
}

apr_status_t zk_store_truncate(zk_store_t *store, int64_t zxid, apr_pool_t *scratch,
                               zk_note_t *note)
{
    apr_status_t rv;

    zk_store_hold_files(store);
    rv = truncate_files(store, zxid, scratch, note);
    zk_store_let_files_go(store);
    return rv;
}
