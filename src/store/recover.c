/* recover.c -- from files to state: the newest good snapshot, then every log record above it, into
 * a sink.
 *
 * Damage is judged by what it could have cost.  A write that was cut by a crash was never
 * acknowledged: its remains are a torn tail, which is cut off and logged.  Anything else is
 * corruption, and a server that goes on after corruption forgets acknowledged writes; so it
 * refuses, names the place, and changes nothing.
 *
 *   the last file ends in a record cut short, in zeros, or without its end byte     torn, unless a
 * whole record with a later zxid stands behind it checksum or length wrong in the last file,
 * nothing but padding behind           torn the same in an older file, or with anything behind
 * corruption a record cut short in an older file, the next file goes on with the next zxid leftover
 * of a crash: go on good checksum, body does not decode corruption a zxid lower than the one
 * before, or a jump within an epoch                     corruption the last file has no whole
 * header, or is all zeros                              crash at its creation: removed
 *
 * A snapshot that was written to its end and is damaged may be passed over for an older one only if
 * the logs reach as far as it did; one that was never finished counts for nothing.
 *
 * Facts: FileTxnSnapLog.java (restore), FileSnap.java (deserialize), FileTxnLog.java
 * (FileTxnIterator). */
#include "store/recover.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "store/datadir.h"
#include "store/snapshot_read.h"
#include "store/txnlog_read.h"

/* Snapshots that are tried, as upstream. */
#define CANDIDATES_MAX 100

typedef struct replay {
    zk_store_t *store;
    const zk_store_sink_t *sink;
    zk_store_loaded_t *loaded;
    apr_pool_t *scratch;
    zk_note_t *note;
    bool repair;            /* may cut and remove */
    zk_data_file_t install; /* what alone is the state when an install is not finished; path NULL */
    int64_t seen_zxid;      /* of the last record read, applied or not; -1: none */
    int64_t damaged_zxid;   /* of the newest damaged snapshot passed over; -1: none */
    bool first_is_free;     /* any first zxid will do */
    const char *stopped_in; /* the file before the current one, and where its records ended */
    int64_t stopped_at;
} replay_t;

static int64_t epoch_of(int64_t zxid)
{
    return (int64_t)((uint64_t)zxid >> 32);
}

static bool follows(int64_t before, int64_t zxid)
{
    return zxid == before + 1 ||
           (epoch_of(zxid) > epoch_of(before) && (zxid & INT64_C(0xffffffff)) == 1);
}

bool zk_store_is_first_zxid(int64_t zxid)
{
    return zxid == 1 || zxid == INT64_C(0x100000001);
}

apr_status_t zk_store_cut_file(zk_store_t *store, const char *path, int64_t bytes,
                               apr_pool_t *scratch, zk_note_t *note)
{
    apr_file_t *file;
    apr_status_t closed;
    apr_status_t rv;

    rv = zk_disk_open(&file, path, APR_FOPEN_READ | APR_FOPEN_WRITE, store->faults, scratch);
    if (rv == APR_SUCCESS)
        rv = zk_disk_cut(file, bytes, store->faults);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync(file, store->faults);
    if (file != NULL) {
        closed = apr_file_close(file);
        rv = rv != APR_SUCCESS ? rv : closed;
    }
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot cut '%s' at offset %" PRId64, path, bytes);
    return APR_SUCCESS;
}

/* The refusal: where, what, and what helps. */
static apr_status_t refuse(replay_t *replay, const char *path, int64_t offset, int64_t zxid,
                           const char *why)
{
    int64_t good = replay->seen_zxid > 0 ? replay->seen_zxid : 0;

    return zk_note(
        replay->note, ZK_E_CORRUPT,
        "log file '%s' is damaged at offset %" PRId64 " (zxid 0x%" PRIx64
        "): %s; nothing was changed. Look at it with 'zktool txnlog %s'; to give up what "
        "follows zxid 0x%" PRIx64 ", put in its place what 'zktool txnlog -c -z 0x%" PRIx64
        " %s' makes; a member of an ensemble may also start from an empty directory",
        path, offset, (uint64_t)zxid, why, path, (uint64_t)good, (uint64_t)good, path);
}

/* ---- records ---- */

/* A new epoch hides what the old one lost: look whether the file before had more than was read. */
static apr_status_t check_stop(replay_t *replay)
{
    const char *path = replay->stopped_in;
    zk_txnlog_reader_t *reader;
    zk_txnlog_behind_t behind;
    apr_status_t rv;

    if (path == NULL)
        return APR_SUCCESS;
    rv = zk_txnlog_reader_open(&reader, path, replay->store->options.record_bytes_max,
                               replay->scratch, replay->note);
    if (rv != APR_SUCCESS)
        return rv;
    rv =
        zk_txnlog_look_behind(reader, replay->stopped_at, replay->seen_zxid, &behind, replay->note);
    zk_txnlog_reader_close(reader);
    if (rv == APR_SUCCESS && behind.has_record)
        rv = refuse(replay, path, replay->stopped_at, behind.zxid,
                    "records follow that cannot be reached");
    return rv;
}

static apr_status_t check_order(replay_t *replay, const char *path, const zk_txnlog_item_t *item)
{
    int64_t before = replay->loaded->last_zxid;

    if (item->zxid < replay->seen_zxid)
        return refuse(replay, path, item->offset, item->zxid,
                      "its zxid is lower than the one before");
    if (item->zxid > ZK_ZXID_MAX)
        return refuse(replay, path, item->offset, item->zxid, "no server counts that far");
    if (item->zxid <= replay->loaded->snapshot_zxid || item->zxid == before)
        return APR_SUCCESS;
    if (replay->first_is_free && replay->loaded->txns_count == 0)
        return APR_SUCCESS;
    if (!follows(before, item->zxid))
        return zk_note(replay->note, ZK_E_CORRUPT,
                       "transactions are missing: after zxid 0x%" PRIx64 " comes 0x%" PRIx64
                       " in log file '%s' at offset %" PRId64
                       "; nothing was changed. Look at the directory with 'zktool check %s %s'",
                       (uint64_t)before, (uint64_t)item->zxid, path, item->offset,
                       replay->store->options.data_dir, replay->store->log_parent);
    if (item->zxid != before + 1)
        return check_stop(replay);
    return APR_SUCCESS;
}

static apr_status_t take_record(replay_t *replay, const char *path, const zk_txnlog_item_t *item)
{
    apr_status_t rv = check_order(replay, path, item);

    if (rv != APR_SUCCESS)
        return rv;
    replay->seen_zxid = item->zxid;
    replay->stopped_in = NULL;
    if (item->zxid <= replay->loaded->snapshot_zxid)
        return APR_SUCCESS;
    if (replay->sink->txn != NULL) {
        rv = replay->sink->txn(replay->sink->baton, &item->txn, item->payload);
        if (rv != APR_SUCCESS)
            return zk_note(replay->note, rv,
                           "record of zxid 0x%" PRIx64 " in '%s' at offset %" PRId64
                           " was not accepted",
                           (uint64_t)item->zxid, path, item->offset);
    }
    replay->loaded->last_zxid = item->zxid;
    replay->loaded->txns_count++;
    return APR_SUCCESS;
}

/* ---- the end of a file ---- */

static apr_status_t cut_tail(replay_t *replay, const char *path, const zk_txnlog_item_t *item)
{
    replay->loaded->torn_tail = true;
    zk_warn(
        "Last transaction was partial: log file %s is torn at offset %" PRId64
        ", in the record%s 0x%" PRIx64 "; %s there",
        path, item->offset, item->has_zxid ? " of zxid" : " after zxid",
        (uint64_t)(item->has_zxid ? item->zxid : (replay->seen_zxid > 0 ? replay->seen_zxid : 0)),
        replay->repair ? "cut" : "to be cut");
    if (!replay->repair)
        return APR_SUCCESS;
    return zk_store_cut_file(replay->store, path, item->offset, replay->scratch, replay->note);
}

/* Records of PATH end with ITEM, which is not a good one.  Decide what that means. */
static apr_status_t judge_end(replay_t *replay, zk_txnlog_reader_t *reader, const char *path,
                              const zk_txnlog_item_t *item, bool is_last)
{
    zk_txnlog_behind_t behind;
    int64_t from = item->offset;
    const char *why = NULL;
    bool strict = false; /* anything but padding behind is corruption */
    apr_status_t rv;

    switch (item->find) {
    case ZK_TXNLOG_BAD_BODY:
        return refuse(replay, path, item->offset, item->zxid,
                      "the checksum is right but the transaction does not decode");
    case ZK_TXNLOG_BAD_CHECKSUM:
        why = "the checksum is wrong";
        if (!is_last)
            return refuse(replay, path, item->offset, item->zxid, why);
        from = item->end_offset;
        strict = true;
        break;
    case ZK_TXNLOG_BAD_LENGTH:
        why = "the length is impossible";
        from = item->offset + 12;
        strict = true;
        break;
    case ZK_TXNLOG_PARTIAL:
        why = "a record is cut short, but whole ones follow";
        from = item->offset + 1;
        break;
    case ZK_TXNLOG_END:
    case ZK_TXNLOG_RECORD:
        why = "records end, but whole ones follow";
        break;
    }
    if (is_last || strict) {
        rv = zk_txnlog_look_behind(reader, from, replay->seen_zxid, &behind, replay->note);
        if (rv != APR_SUCCESS)
            return rv;
        if (behind.has_record || (strict && !behind.only_zeros))
            return refuse(replay, path, item->offset, item->has_zxid ? item->zxid : behind.zxid,
                          why);
        if (is_last && (item->find != ZK_TXNLOG_END || !behind.only_zeros))
            return cut_tail(replay, path, item);
    }
    replay->stopped_in = path;
    replay->stopped_at = from;
    return APR_SUCCESS;
}

static bool is_all_zero(const char *path, apr_pool_t *scratch)
{
    char *block = apr_palloc(scratch, 65536);
    apr_file_t *file;
    bool zero = true;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                      scratch) != APR_SUCCESS)
        return false;
    while (zero) {
        apr_size_t got = 65536;
        apr_size_t i;
        apr_status_t rv = apr_file_read(file, block, &got);

        if (APR_STATUS_IS_EOF(rv))
            break;
        zero = rv == APR_SUCCESS;
        for (i = 0; zero && i < got; i++)
            zero = block[i] == 0;
    }
    apr_file_close(file);
    return zero;
}

/* A crash can leave the newest file without a header; nothing in it was ever promised. */
static apr_status_t remove_stillborn(replay_t *replay, const char *path)
{
    apr_status_t rv = APR_SUCCESS;

    zk_warn("Delete empty tail log file to recover from corruption file: %s", path);
    if (!replay->repair)
        return APR_SUCCESS;
    rv = zk_disk_remove(path, replay->store->faults, replay->scratch);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync_dir(replay->store->log_dir, replay->store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(replay->note, rv, "cannot remove '%s'", path);
    return APR_SUCCESS;
}

static apr_status_t replay_file(replay_t *replay, const zk_data_file_t *file, bool is_last)
{
    zk_txnlog_reader_t *reader;
    zk_txnlog_item_t item;
    apr_status_t rv;

    if (is_last &&
        (file->bytes < ZK_TXNLOG_HEADER_BYTES || is_all_zero(file->path, replay->scratch)))
        return remove_stillborn(replay, file->path);
    rv = zk_txnlog_reader_open(&reader, file->path, replay->store->options.record_bytes_max,
                               replay->scratch, replay->note);
    while (rv == APR_SUCCESS) {
        rv = zk_txnlog_next(reader, &item, replay->note);
        if (rv != APR_SUCCESS)
            break;
        if (item.find != ZK_TXNLOG_RECORD) {
            rv = judge_end(replay, reader, file->path, &item, is_last);
            break;
        }
        rv = take_record(replay, file->path, &item);
    }
    if (reader != NULL)
        zk_txnlog_reader_close(reader);
    return rv;
}

/* Files that hold records above the snapshot: those with a name above it and the one before.  Of
 * several files with one zxid only the one with the plainest name is read: the others are output of
 * a tool. */
static apr_status_t replay_logs(replay_t *replay, const zk_data_file_t *files, size_t count)
{
    size_t first = 0;
    size_t last = count;
    size_t i;
    apr_status_t rv = APR_SUCCESS;

    for (i = 0; i < count; i++)
        if (files[i].zxid <= replay->loaded->snapshot_zxid &&
            (i == 0 || files[i].zxid != files[i - 1].zxid))
            first = i;
    while (last > 1 && files[last - 1].zxid == files[last - 2].zxid)
        last--;
    for (i = first; rv == APR_SUCCESS && i < count; i++) {
        if (i > 0 && files[i].zxid == files[i - 1].zxid) {
            zk_warn("Ignoring %s: another log file begins at the same zxid", files[i].path);
            continue;
        }
        rv = replay_file(replay, &files[i], i + 1 == last);
    }
    return rv;
}

/* ---- snapshots ---- */

static apr_status_t begin(replay_t *replay, int64_t zxid)
{
    apr_status_t rv;

    replay->loaded->snapshot_zxid = zxid;
    replay->loaded->last_zxid = zxid;
    if (replay->sink->begin == NULL)
        return APR_SUCCESS;
    rv = replay->sink->begin(replay->sink->baton, zxid);
    if (rv != APR_SUCCESS)
        return zk_note(replay->note, rv, "cannot begin to load snapshot of zxid 0x%" PRIx64,
                       (uint64_t)zxid);
    return APR_SUCCESS;
}

/* Try one snapshot.  *GOOD is false when it is damaged, and the next may be tried. */
static apr_status_t load_snapshot(replay_t *replay, const zk_data_file_t *file, bool *good)
{
    zk_snapshot_info_t info;
    apr_status_t rv;

    *good = false;
    zk_info("Reading snapshot %s", file->path);
    rv = begin(replay, file->zxid);
    if (rv != APR_SUCCESS)
        return rv;
    rv = zk_snapshot_read(file->path, replay->store->options.record_bytes_max, replay->sink, &info,
                          replay->scratch, replay->note);
    if (rv == APR_SUCCESS && replay->sink->snapshot_end != NULL) {
        rv = replay->sink->snapshot_end(replay->sink->baton, file->zxid, info.digest_zxid,
                                        info.digest_version, info.digest);
        info.sink_failed = rv != APR_SUCCESS;
        if (info.sink_failed)
            zk_note(replay->note, rv, "snapshot '%s' was not accepted", file->path);
    }
    if (info.sink_failed && rv != ZK_E_CORRUPT)
        return rv;
    if (rv != APR_SUCCESS) {
        zk_warn("problem reading snap file %s: %s", file->path,
                replay->note != NULL ? replay->note->text : "");
        if (!info.incomplete && file->zxid > replay->damaged_zxid)
            replay->damaged_zxid = file->zxid;
        replay->loaded->damaged_snapshot = replay->damaged_zxid >= 0;
        return APR_SUCCESS;
    }
    *good = true;
    return APR_SUCCESS;
}

/* Load the newest good snapshot.  *FOUND is false when there is not even a candidate. */
static apr_status_t load_newest(replay_t *replay, bool *found)
{
    const zk_data_file_t *files;
    size_t count;
    size_t tried = 0;
    bool good = false;
    apr_status_t rv = zk_data_files_list(&files, &count, replay->store->snapshot_dir, "snapshot",
                                         replay->scratch, replay->note);

    *found = false;
    if (replay->install.path != NULL) {
        files = &replay->install;
        count = 1;
    }
    while (rv == APR_SUCCESS && !good && count > 0 && tried < CANDIDATES_MAX) {
        count--;
        if (!zk_snapshot_looks_whole(files[count].path, replay->scratch))
            continue;
        tried++;
        rv = load_snapshot(replay, &files[count], &good);
    }
    *found = good;
    if (rv == APR_SUCCESS && !good && tried > 0)
        return zk_note(replay->note, ZK_E_NO_SNAPSHOT,
                       "none of the %zu snapshots in '%s' is good; look at them with 'zktool check "
                       "%s %s'",
                       tried, replay->store->snapshot_dir, replay->store->options.data_dir,
                       replay->store->log_parent);
    return rv;
}

/* ---- no snapshot ---- */

/* The marker of an operator who knows that this server's data may be empty. */
static apr_status_t take_initialize_marker(replay_t *replay, bool *found)
{
    const char *places[2] = {replay->store->log_parent, replay->store->options.data_dir};
    apr_finfo_t info;
    size_t i;

    *found = false;
    for (i = 0; i < 2; i++) {
        const char *path = apr_pstrcat(replay->scratch, places[i], "/initialize", NULL);
        apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE, replay->scratch);

        if (rv != APR_SUCCESS)
            continue;
        *found = true;
        zk_info("Initialize file found, an empty database will not block voting participation");
        if (!replay->repair)
            continue;
        rv = zk_disk_remove(path, replay->store->faults, replay->scratch);
        if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv))
            return zk_note(replay->note, rv, "cannot remove '%s'", path);
    }
    return APR_SUCCESS;
}

/* Logs alone are enough when they begin with the first transaction of all, or when told so. */
static apr_status_t begin_without_snapshot(replay_t *replay, const zk_data_file_t *logs,
                                           size_t logs_count, bool initialize)
{
    zk_store_t *store = replay->store;
    bool trusted = store->options.trust_empty_snapshot;
    apr_status_t rv;

    if (logs_count > 0 && !trusted && !zk_store_is_first_zxid(logs[0].zxid))
        return zk_note(replay->note, ZK_E_NO_SNAPSHOT,
                       "no snapshot found in '%s', but there are log entries in '%s', the first of "
                       "zxid 0x%" PRIx64 "; restore a snapshot, or set "
                       "zookeeper.snapshot.trust.empty=true if there never was one",
                       store->snapshot_dir, store->log_dir, (uint64_t)logs[0].zxid);
    replay->first_is_free = trusted;
    rv = begin(replay, 0);
    if (rv == APR_SUCCESS && logs_count == 0) {
        replay->loaded->fresh = true;
        if (!initialize && !store->options.autocreate_db)
            replay->loaded->last_zxid = -1;
    }
    return rv;
}

static apr_status_t check_reach(replay_t *replay)
{
    if (replay->damaged_zxid <= replay->loaded->last_zxid)
        return APR_SUCCESS;
    return zk_note(replay->note, ZK_E_CORRUPT,
                   "snapshot of zxid 0x%" PRIx64
                   " in '%s' is damaged, and the logs reach only to 0x%" PRIx64
                   "; look at the directory with 'zktool check %s %s'",
                   (uint64_t)replay->damaged_zxid, replay->store->snapshot_dir,
                   (uint64_t)replay->loaded->last_zxid, replay->store->options.data_dir,
                   replay->store->log_parent);
}

/* After a crash of the process alone the last records may be in the system's memory only, unsynced
 * but readable.  They are about to be trusted, so they are made durable first. */
static apr_status_t settle_tail(replay_t *replay)
{
    zk_store_t *store = replay->store;
    const zk_data_file_t *logs;
    apr_file_t *file;
    size_t count;
    apr_status_t closed;
    apr_status_t rv =
        zk_data_files_list(&logs, &count, store->log_dir, "log", replay->scratch, replay->note);

    if (rv != APR_SUCCESS || count == 0)
        return rv;
    rv = zk_disk_open(&file, logs[count - 1].path, APR_FOPEN_READ | APR_FOPEN_WRITE, store->faults,
                      replay->scratch);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync(file, store->faults);
    if (file != NULL) {
        closed = apr_file_close(file);
        rv = rv != APR_SUCCESS ? rv : closed;
    }
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync_dir(store->log_dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(replay->note, rv, "cannot sync '%s'", logs[count - 1].path);
    return APR_SUCCESS;
}

/* An install that a crash broke off is finished before anything is believed.  Who only looks reads
 * what would then be there. */
static apr_status_t take_install(replay_t *replay)
{
    zk_store_t *store = replay->store;
    apr_status_t rv =
        zk_store_install_under_way(store, &replay->install, replay->scratch, replay->note);

    if (rv != APR_SUCCESS || replay->install.path == NULL)
        return rv;
    replay->loaded->install_pending = true;
    zk_warn("The install of a leader's snapshot was broken off and is to be finished: %s",
            replay->install.path);
    if (!replay->repair)
        return APR_SUCCESS;
    replay->install.path = NULL;
    zk_store_hold_files(store);
    rv = zk_store_finish_install(store, replay->scratch, replay->note);
    zk_store_let_files_go(store);
    return rv;
}

static apr_status_t load(zk_store_t *store, const zk_store_sink_t *sink, bool repair,
                         zk_store_loaded_t *loaded, apr_pool_t *scratch, zk_note_t *note)
{
    replay_t replay = {.store = store,
                       .sink = sink,
                       .loaded = loaded,
                       .scratch = scratch,
                       .note = note,
                       .repair = repair,
                       .seen_zxid = -1,
                       .damaged_zxid = -1};
    const zk_data_file_t *logs;
    size_t logs_count = 0;
    bool initialize;
    bool found = false;
    apr_status_t rv;

    memset(loaded, 0, sizeof(*loaded));
    rv = take_install(&replay);
    if (rv == APR_SUCCESS)
        rv = load_newest(&replay, &found);
    loaded->has_snapshot = found;
    if (rv == APR_SUCCESS)
        rv = take_initialize_marker(&replay, &initialize);
    if (rv == APR_SUCCESS)
        rv = zk_data_files_list(&logs, &logs_count, store->log_dir, "log", scratch, note);
    if (replay.install.path != NULL)
        logs_count = 0;
    if (rv == APR_SUCCESS && !found)
        rv = begin_without_snapshot(&replay, logs, logs_count, initialize);
    if (rv == APR_SUCCESS && logs_count > 0)
        rv = replay_logs(&replay, logs, logs_count);
    if (rv == APR_SUCCESS)
        rv = check_reach(&replay);
    if (rv == APR_SUCCESS && repair && store->options.force_sync)
        rv = settle_tail(&replay);
    if (rv == APR_SUCCESS && !found && loaded->txns_count == 0)
        loaded->fresh = true;
    return rv;
}

apr_status_t zk_store_load(zk_store_t *store, const zk_store_sink_t *sink,
                           zk_store_loaded_t *loaded, apr_pool_t *scratch, zk_note_t *note)
{
    return load(store, sink, true, loaded, scratch, note);
}

apr_status_t zk_store_rehearse(zk_store_t *store, const zk_store_sink_t *sink,
                               zk_store_loaded_t *loaded, apr_pool_t *scratch, zk_note_t *note)
{
    return load(store, sink, false, loaded, scratch, note);
}
