/* store.h -- the one door to the disk: data directory, transaction log, snapshots, recovery, purge.
 *
 * The store does what it is told and decides nothing about transactions.  It speaks bytes of the
 * Java format (ZKLG and ZKSN, version 2) and knows no brain room: what it reads goes out through a
 * sink, what it writes comes in as encoded records and snapshot chunks.  All calls block; the
 * server makes them from its disk and snapshot threads, one thread per object at a time.
 *
 * A failed write or sync is final: the object refuses every later call with the same status,
 * because the kernel may have dropped the very pages it failed to write. */
#ifndef ZK_STORE_STORE_H
#define ZK_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/blob.h"
#include "base/status.h"
#include "wire/records.h"
#include "wire/txn.h"

typedef enum zk_compression {
    ZK_COMPRESSION_NONE,
    ZK_COMPRESSION_GZIP,
    ZK_COMPRESSION_SNAPPY
} zk_compression_t;

typedef struct zk_store_options {
    const char *data_dir;      /* snapshots in <data_dir>/version-2, myid */
    const char *log_dir;       /* logs in <log_dir>/version-2; NULL: data_dir */
    bool autocreate_dirs;      /* zookeeper.datadir.autocreate */
    bool autocreate_db;        /* zookeeper.db.autocreate */
    bool trust_empty_snapshot; /* zookeeper.snapshot.trust.empty */
    bool force_sync;           /* zookeeper.forceSync */
    int64_t preallocate_bytes; /* zookeeper.preAllocSize in bytes; <= 0: off */
    int64_t log_bytes_max;     /* zookeeper.txnLogSizeLimitInKb in bytes; <= 0: off */
    int64_t record_bytes_max;  /* jute.maxbuffer + extrasize: ceiling of a length read */
    int64_t fsync_warning_ms;  /* fsync.warningthresholdms */
    zk_compression_t snapshot_compression;
    const char *sync_thread_name; /* in the warning about a slow sync; NULL: "SyncThread:0" */
} zk_store_options_t;

typedef struct zk_store zk_store_t;

/* Check and create the directories, refuse misplaced files (logs in the snapshot directory and the
 * reverse when they differ), and take the lock that keeps a second server out (ZK_E_LOCKED).  STORE
 * lives in POOL; destroying POOL releases the lock. */
apr_status_t zk_store_open(zk_store_t **store, const zk_store_options_t *options, apr_pool_t *pool,
                           zk_note_t *note);

/* <data_dir>/version-2 and <log_dir>/version-2, and the bytes of all files in each. */
const char *zk_store_snapshot_dir(const zk_store_t *store);
const char *zk_store_log_dir(const zk_store_t *store);
/* What upstream calls the thread that writes the log: options' sync_thread_name, "SyncThread:0" for
 * a server alone. */
const char *zk_store_sync_thread_name(const zk_store_t *store);
apr_status_t zk_store_sizes(const zk_store_t *store, int64_t *snapshot_bytes, int64_t *log_bytes,
                            apr_pool_t *scratch);

/* ---- recovery ---- */

/* Where recovery pours what it reads.  Views and arrays are good during the call only.  A callback
 * that returns other than APR_SUCCESS stops the load with that status. */
typedef struct zk_store_sink {
    void *baton;
    /* A snapshot attempt (or a fresh tree, ZXID 0) begins: forget everything from an earlier
     * attempt. */
    apr_status_t (*begin)(void *baton, int64_t zxid);
    apr_status_t (*session)(void *baton, int64_t session_id, int32_t timeout_ms);
    apr_status_t (*acl)(void *baton, int64_t acl_id, const zk_acl_vector_t *acl);
    /* Parents come before children; the root's PATH is empty.  ACL_ID as in the file (-1: open). */
    apr_status_t (*node)(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                         const zk_stat_persisted_t *stat);
    /* The snapshot is whole and its seals are good.  DIGEST_ZXID 0 where it has no digest. */
    apr_status_t (*snapshot_end)(void *baton, int64_t zxid, int64_t digest_zxid,
                                 int32_t digest_version, int64_t digest);
    /* One log record above the snapshot, in order.  PAYLOAD is its encoded form (header, body,
     * digest). */
    apr_status_t (*txn)(void *baton, const zk_txn_decoded_t *txn, zk_str_t payload);
} zk_store_sink_t;

typedef struct zk_store_loaded {
    int64_t snapshot_zxid; /* name of the snapshot loaded; 0 for a fresh tree */
    int64_t last_zxid;     /* of the last record replayed, else snapshot_zxid */
    int64_t txns_count;    /* records replayed */
    bool fresh;            /* there was no data at all */
    bool has_snapshot;     /* a snapshot file was loaded, not only a fresh tree */
    bool torn_tail;        /* the last log ended in a torn record, which was cut */
    bool install_pending;  /* an install that a crash broke off was finished, or would be */
    bool damaged_snapshot; /* a newer one was damaged; the logs reach as far without it */
} zk_store_loaded_t;

/* Load the newest good snapshot and the logs above it into SINK.  A torn tail of the last log is
 * cut and logged; damage elsewhere refuses with ZK_E_CORRUPT and a note that names file, offset,
 * zxid and the zktool command that helps.  Also refuses a gap of zxids, logs without snapshot
 * (unless trusted or beginning at the first zxid), and snapshots none of which loads. */
apr_status_t zk_store_load(zk_store_t *store, const zk_store_sink_t *sink,
                           zk_store_loaded_t *loaded, apr_pool_t *scratch, zk_note_t *note);

/* ---- transaction log ---- */

typedef struct zk_txnlog zk_txnlog_t;

/* A log writer; the first append creates a new file log.<zxid>.  LOG lives in POOL. */
apr_status_t zk_txnlog_open(zk_txnlog_t **log, zk_store_t *store, apr_pool_t *pool);

/* Append PAYLOAD (encoded txn, SIZE bytes) as ZXID, which must not be lower than any before.
 * Buffered: neither written nor durable until zk_txnlog_sync returns. */
apr_status_t zk_txnlog_append(zk_txnlog_t *log, int64_t zxid, const void *payload, size_t size,
                              zk_note_t *note);

/* Write and sync all that was appended (one write, one fdatasync).  *SYNC_NS receives the time the
 * sync took, for the warning and the metrics.  Afterwards rolls the file when log_bytes_max is
 * exceeded. */
apr_status_t zk_txnlog_sync(zk_txnlog_t *log, int64_t *sync_ns, zk_note_t *note);

/* The next append begins a new file (after a snapshot was begun).  Syncs what the current one still
 * owes; a failure is reported by the next append or sync.  zk_txnlog_bytes starts again from 0. */
void zk_txnlog_roll(zk_txnlog_t *log);

/* Bytes of the current file including padding, and of the files finished since the last
 * zk_txnlog_roll. */
int64_t zk_txnlog_bytes(const zk_txnlog_t *log);

/* Longest record that this server should make of its own accord under OPTIONS: what the oldest
 * release that may have to read the directory believes (jute.maxbuffer + 1024), and never more than
 * we believe ourselves.  zk_txnlog_append takes up to that (options' record_bytes_max), because a
 * leader of another release may propose more. */
int64_t zk_store_record_bytes_max(const zk_store_options_t *options);

/* Close without syncing what was not synced. */
void zk_txnlog_close(zk_txnlog_t *log);

/* Cut the logs after the last record <= ZXID, and remove snapshots that hold anything newer.  No
 * log writer may be open; open a new one afterwards.  ZK_E_NO_SNAPSHOT, with nothing changed, when
 * no snapshot would be left to start from.  Also to be called after a snapshot of ZXID came from a
 * leader: what the logs hold above it is of another history. */
apr_status_t zk_store_truncate(zk_store_t *store, int64_t zxid, apr_pool_t *scratch,
                               zk_note_t *note);

/* The snapshot of ZXID that came from a leader (zk_snapshot_receive, finished) becomes the state,
 * and every log and every other snapshot is put aside (renamed, log.5 to log-5.superseded; purge
 * removes them), because they may hold another history.  A crash on the way leaves all of the old
 * state or all of the new one for zk_store_load.  Without a received one snapshot.<ZXID> is taken;
 * APR_ENOENT without either.  No log writer may be open. */
apr_status_t zk_store_install(zk_store_t *store, int64_t zxid, apr_pool_t *scratch,
                              zk_note_t *note);

/* The data does not load: put all of it aside (log.5 becomes log-5.damaged) so that a leader can
 * give this server a new state.  The epochs stay, and until zk_store_has_state a restart knows that
 * what it finds does not count.  *COUNT receives how many files there were. */
apr_status_t zk_store_set_aside(zk_store_t *store, int32_t *count, apr_pool_t *scratch,
                                zk_note_t *note);

/* *MAY_VOTE false: data was put aside since, and no leader has given a new state. */
apr_status_t zk_store_may_vote(zk_store_t *store, bool *may_vote, apr_pool_t *scratch,
                               zk_note_t *note);

/* A leader has given this server a state, which is durable. */
apr_status_t zk_store_has_state(zk_store_t *store, apr_pool_t *scratch, zk_note_t *note);

/* Read the records above ZXID, oldest first, into RECORD(BATON, zxid, payload) until it returns
 * false or the log ends.  Only durable records are seen: call between syncs.  ZK_E_NOT_FOUND when
 * the log no longer reaches back to ZXID (its record, or the beginning of its epoch, is not there)
 * or a record is missing in between. */
apr_status_t zk_store_read_log(zk_store_t *store, int64_t zxid,
                               bool (*record)(void *baton, int64_t zxid, zk_str_t payload),
                               void *baton, apr_pool_t *scratch, zk_note_t *note);

/* ---- snapshots ---- */

typedef struct zk_snapshot_writer zk_snapshot_writer_t;

/* Begin tmp-snapshot.<zxid>; nothing has the final name before zk_snapshot_finish.  WRITER lives in
 * POOL. */
apr_status_t zk_snapshot_begin(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                               apr_pool_t *pool, zk_note_t *note);

/* The same for a snapshot that comes from a leader: zk_snapshot_finish makes it durable, but it
 * counts for nothing before zk_store_install, and does not outlive a restart until then. */
apr_status_t zk_snapshot_receive(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                                 apr_pool_t *pool, zk_note_t *note);

/* Append SIZE bytes of the body: session table, ACL table, nodes, end marker "/", exactly as they
 * stand between header and first seal (which is also the form sent to learners). */
apr_status_t zk_snapshot_append(zk_snapshot_writer_t *writer, const void *bytes, size_t size,
                                zk_note_t *note);

/* Write seals, DIGEST (of the tree at ZXID; 0: none is kept) and the last processed zxid, sync,
 * rename, sync the directory.  NAME (in the writer's pool) receives the path of the finished file,
 * BYTES its size. */
apr_status_t zk_snapshot_finish(zk_snapshot_writer_t *writer, int64_t digest, const char **name,
                                int64_t *bytes, zk_note_t *note);

/* Give up: remove the temporary file. */
void zk_snapshot_abort(zk_snapshot_writer_t *writer);

/* ---- small files ---- */

/* acceptedEpoch and currentEpoch; APR_ENOENT when missing, ZK_E_CORRUPT when not a number. */
apr_status_t zk_epoch_read(int64_t *epoch, const zk_store_t *store, const char *name,
                           apr_pool_t *scratch, zk_note_t *note);
apr_status_t zk_epoch_save(const zk_store_t *store, const char *name, int64_t epoch,
                           apr_pool_t *scratch, zk_note_t *note);

/* Both epochs at the start of a member of an ensemble whose data ends at LAST_ZXID (-1: there is
 * none).  A file that is missing is made, with the epoch of LAST_ZXID; a currentEpoch that a crash
 * left behind the data is raised to it, as far as acceptedEpoch allows.  ZK_E_CORRUPT where the two
 * contradict each other or the data. */
apr_status_t zk_epoch_load(const zk_store_t *store, int64_t last_zxid, int64_t *accepted,
                           int64_t *current, apr_pool_t *scratch, zk_note_t *note);

/* ---- purge ---- */

/* Keep the newest RETAIN_COUNT (at least 3) snapshots whose seals all verify and the logs they
 * need; remove older ones.  REMOVED(BATON, path, mtime) is called for each before it goes. */
apr_status_t zk_store_purge(const char *snapshot_dir, const char *log_dir, int retain_count,
                            void (*removed)(void *baton, const char *path, apr_time_t mtime),
                            void *baton, apr_pool_t *scratch, zk_note_t *note);

/* The same for the directories of an open STORE, from any thread: it waits while they are truncated
 * or installed into. */
apr_status_t zk_store_purge_own(zk_store_t *store, int retain_count,
                                void (*removed)(void *baton, const char *path, apr_time_t mtime),
                                void *baton, apr_pool_t *scratch, zk_note_t *note);

/* The same as zk_store_purge, but only says what would go. */
apr_status_t
zk_store_purge_rehearse(const char *snapshot_dir, const char *log_dir, int retain_count,
                        void (*removed)(void *baton, const char *path, apr_time_t mtime),
                        void *baton, apr_pool_t *scratch, zk_note_t *note);

#endif
