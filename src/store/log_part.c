/* log_part.c -- the part of the log that a learner lacks.
 *
 * It is of use only without a gap: it begins with the very record the learner has last, or, where
 * the learner has nothing of an epoch yet, with something older than that epoch or with the first
 * record of all; and each record follows the one before.  Logs of another history are not in the
 * way, because zk_store_install has put them aside; where a crash kept it from that, a snapshot
 * lies between their last record and the first of the new history, which no snapshot of our own
 * does (ZOOKEEPER-2846).
 *
 * Records behind the last sync may be cut short; they end the part.
 *
 * Facts: TxnLogProposalIterator.java, LearnerHandler.java; quorum notes, sections 8.3 and 8.4. */
#include "store/datadir.h"

#include <inttypes.h>

#include "store/recover.h"
#include "store/txnlog_read.h"

typedef struct part {
    int64_t after;
    int64_t seen;  /* zxid of the record before; -1: none */
    bool anchored; /* what comes now is known to follow what the learner has */
    bool ended;    /* the caller wants no more */
    const zk_data_file_t *snapshots;
    size_t snapshots_count;
    bool (*record)(void *baton, int64_t zxid, zk_str_t payload);
    void *baton;
} part_t;

static bool follows(int64_t before, int64_t zxid)
{
    return zxid == before + 1 || (zxid >> 32 > before >> 32 && (zxid & INT64_C(0xffffffff)) == 1);
}

/* Whether AFTER is where an epoch begins, before its first record. */
static bool is_epoch_start(int64_t after)
{
    return (after & INT64_C(0xffffffff)) == 0;
}

/* Has a snapshot replaced what was logged up to BEFORE, and ZXID is of what came then?  It does not
 * matter to who has all that the snapshot holds. */
static bool is_replaced(const part_t *part, int64_t before, int64_t zxid)
{
    int64_t above = before > part->after ? before : part->after;
    size_t i;

    for (i = 0; zxid != before + 1 && i < part->snapshots_count; i++)
        if (part->snapshots[i].zxid > above && part->snapshots[i].zxid < zxid)
            return true;
    return false;
}

/* One more record; false when the part is of no use. */
static bool take(part_t *part, const zk_txnlog_item_t *item)
{
    int64_t before = part->seen;

    if (item->zxid == before)
        return true;
    part->seen = item->zxid;
    if (before != -1 && (!follows(before, item->zxid) || is_replaced(part, before, item->zxid)))
        return false;
    if (item->zxid <= part->after) {
        part->anchored = item->zxid == part->after || is_epoch_start(part->after);
        return true;
    }
    if (!part->anchored && is_epoch_start(part->after))
        part->anchored = item->zxid == part->after + 1 ||
                         (part->after == 0 && zk_store_is_first_zxid(item->zxid));
    if (!part->anchored)
        return false;
    part->ended = !part->record(part->baton, item->zxid, item->payload);
    return true;
}

/* *USABLE false: there is a gap, or damage. */
static apr_status_t read_file(zk_store_t *store, part_t *part, const char *path, bool *usable,
                              apr_pool_t *scratch, zk_note_t *note)
{
    zk_txnlog_reader_t *reader;
    zk_txnlog_item_t item;
    apr_status_t rv =
        zk_txnlog_reader_open(&reader, path, store->options.record_bytes_max, scratch, note);

    if (rv != APR_SUCCESS)
        return rv;
    while (*usable && !part->ended) {
        rv = zk_txnlog_next(reader, &item, note);
        if (rv != APR_SUCCESS || item.find == ZK_TXNLOG_END || item.find == ZK_TXNLOG_PARTIAL)
            break;
        *usable = item.find == ZK_TXNLOG_RECORD && take(part, &item);
    }
    zk_txnlog_reader_close(reader);
    return rv;
}

apr_status_t zk_store_read_log(zk_store_t *store, int64_t zxid,
                               bool (*record)(void *baton, int64_t zxid, zk_str_t payload),
                               void *baton, apr_pool_t *scratch, zk_note_t *note)
{
    part_t part = {.after = zxid, .seen = -1, .record = record, .baton = baton};
    const zk_data_file_t *files;
    size_t count;
    size_t i;
    size_t first = 0;
    bool usable = true;
    apr_status_t rv = zk_data_files_list(&files, &count, store->log_dir, "log", scratch, note);

    if (rv == APR_SUCCESS)
        rv = zk_data_files_list(&part.snapshots, &part.snapshots_count, store->snapshot_dir,
                                "snapshot", scratch, note);
    for (i = 0; i < count; i++)
        if (files[i].zxid <= zxid && (i == 0 || files[i].zxid != files[i - 1].zxid))
            first = i;
    for (i = first; rv == APR_SUCCESS && usable && !part.ended && i < count; i++)
        if (i == 0 || files[i].zxid != files[i - 1].zxid)
            rv = read_file(store, &part, files[i].path, &usable, scratch, note);
    if (rv == APR_SUCCESS && (!usable || !part.anchored))
        rv = zk_note(note, ZK_E_NOT_FOUND, "the log does not lead on from zxid 0x%" PRIx64,
                     (uint64_t)zxid);
    return rv;
}
