/* check.c -- zktool check: verify every file of a data directory, and say what a server would do
 * with it.
 *
 * Reads only.  First each file by itself: snapshots with all seals, logs record by record.  Then a
 * rehearsal of a start by the code that starts a server.  Exit codes: 0 all is well; 1 a server
 * would start, but something was found; 2 a server would refuse, or the words are wrong. */
#include "tool/tool.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "store/datadir.h"
#include "store/recover.h"
#include "store/snapshot_read.h"
#include "store/txnlog_read.h"
#include "tool/text.h"

#define STRING_BYTES_MAX ((int64_t)1 << 30)

typedef struct check_job {
    zk_tool_t *tool;
    zk_store_t *store;
    int findings;
} check_job_t;

static void found(check_job_t *job, const char *text)
{
    fprintf(job->tool->out, "    %s\n", text);
    job->findings++;
}

/* ---- snapshots ---- */

static void check_snapshot(check_job_t *job, const zk_data_file_t *file, apr_pool_t *pool)
{
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_snapshot_info_t info;
    zk_note_t note = {""};
    apr_status_t rv;

    fprintf(job->tool->out, "  %s: %" PRId64 " bytes", file->name, file->bytes);
    rv = zk_snapshot_read(file->path, STRING_BYTES_MAX, &nothing, &info, pool, &note);
    if (rv != APR_SUCCESS) {
        fprintf(job->tool->out, ", %s\n", info.incomplete ? "never finished" : "DAMAGED");
        found(job, note.text);
        return;
    }
    fprintf(job->tool->out, ", %" PRId64 " znodes", info.nodes_count);
    if (info.has_digest && info.digest_zxid != 0)
        fprintf(job->tool->out, ", digest %" PRIu64 " of zxid 0x%" PRIx64, (uint64_t)info.digest,
                (uint64_t)info.digest_zxid);
    fputs(", good\n", job->tool->out);
    if (!zk_snapshot_looks_whole(file->path, pool))
        found(job, "but a server will not take it: it does not look whole");
}

static apr_status_t check_snapshots(check_job_t *job, zk_note_t *note)
{
    const zk_data_file_t *files;
    size_t count;
    size_t i;
    apr_pool_t *pool;
    apr_status_t rv = zk_data_files_list(&files, &count, zk_store_snapshot_dir(job->store),
                                         "snapshot", job->tool->pool, note);

    if (rv != APR_SUCCESS)
        return rv;
    fprintf(job->tool->out, "snapshots in %s: %zu\n", zk_store_snapshot_dir(job->store), count);
    apr_pool_create(&pool, job->tool->pool);
    for (i = 0; i < count; i++) {
        check_snapshot(job, &files[i], pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return APR_SUCCESS;
}

/* ---- logs ---- */

typedef struct log_sum {
    int64_t count;
    int64_t first_zxid;
    int64_t last_zxid;
} log_sum_t;

static void report_item(check_job_t *job, zk_txnlog_reader_t *reader, const zk_txnlog_item_t *item,
                        const log_sum_t *sum, apr_pool_t *pool)
{
    zk_txnlog_behind_t behind = {.only_zeros = true};
    const char *what = NULL;

    switch (item->find) {
    case ZK_TXNLOG_PARTIAL:
        what = "a record is cut short";
        break;
    case ZK_TXNLOG_BAD_LENGTH:
        what = "a length is impossible";
        break;
    case ZK_TXNLOG_BAD_CHECKSUM:
        what = "a checksum is wrong";
        break;
    case ZK_TXNLOG_BAD_BODY:
        what = "the checksum is right, but the transaction does not decode";
        break;
    case ZK_TXNLOG_END:
        what = "records end before";
        break;
    case ZK_TXNLOG_RECORD:
        return;
    }
    if (item->find == ZK_TXNLOG_END || item->find == ZK_TXNLOG_PARTIAL ||
        item->find == ZK_TXNLOG_BAD_LENGTH)
        zk_txnlog_look_behind(reader, item->offset + 1, sum->count > 0 ? sum->last_zxid : -1,
                              &behind, NULL);
    if (item->find == ZK_TXNLOG_END && behind.only_zeros)
        return;
    if (item->find == ZK_TXNLOG_END && !behind.has_record)
        what = "bytes that are not zero stand behind the last record";
    found(job,
          apr_psprintf(
              pool, "offset %" APR_INT64_T_FMT "%s: %s%s", item->offset,
              item->has_zxid
                  ? apr_psprintf(pool, " (zxid 0x%" APR_UINT64_T_HEX_FMT ")", (uint64_t)item->zxid)
                  : "",
              what,
              behind.has_record ? apr_psprintf(pool,
                                               "; a whole record of zxid 0x%" APR_UINT64_T_HEX_FMT
                                               " stands at offset %" APR_INT64_T_FMT,
                                               (uint64_t)behind.zxid, behind.offset)
                                : ""));
}

static void check_order(check_job_t *job, const zk_txnlog_item_t *item, const log_sum_t *sum,
                        apr_pool_t *pool)
{
    if (sum->count == 0 || item->zxid == sum->last_zxid || item->zxid == sum->last_zxid + 1)
        return;
    if (item->zxid > sum->last_zxid && (item->zxid >> 32) > (sum->last_zxid >> 32) &&
        (item->zxid & INT64_C(0xffffffff)) == 1)
        return;
    found(job, apr_psprintf(pool,
                            "offset %" APR_INT64_T_FMT ": zxid 0x%" APR_UINT64_T_HEX_FMT
                            " follows 0x%" APR_UINT64_T_HEX_FMT,
                            item->offset, (uint64_t)item->zxid, (uint64_t)sum->last_zxid));
}

/* Read all records of a log; what is wrong is said as it is met. */
static void check_log(check_job_t *job, const zk_data_file_t *file, apr_pool_t *pool)
{
    zk_txnlog_reader_t *reader;
    zk_txnlog_item_t item;
    log_sum_t sum = {0, 0, 0};
    zk_note_t note = {""};
    bool more = true;
    apr_status_t rv;

    fprintf(job->tool->out, "  %s: %" PRId64 " bytes\n", file->name, file->bytes);
    rv = zk_txnlog_reader_open(&reader, file->path, job->store->options.record_bytes_max, pool,
                               &note);
    while (rv == APR_SUCCESS && more) {
        rv = zk_txnlog_next(reader, &item, &note);
        if (rv != APR_SUCCESS)
            break;
        report_item(job, reader, &item, &sum, pool);
        more = item.find == ZK_TXNLOG_RECORD || item.find == ZK_TXNLOG_BAD_CHECKSUM ||
               item.find == ZK_TXNLOG_BAD_BODY;
        if (item.find != ZK_TXNLOG_RECORD)
            continue;
        check_order(job, &item, &sum, pool);
        if (sum.count++ == 0)
            sum.first_zxid = item.zxid;
        sum.last_zxid = item.zxid;
    }
    if (rv != APR_SUCCESS) {
        found(job, note.text);
        return;
    }
    if (sum.count > 0)
        fprintf(job->tool->out,
                "    %" PRId64 " transactions, zxid 0x%" PRIx64 " to 0x%" PRIx64 "\n", sum.count,
                (uint64_t)sum.first_zxid, (uint64_t)sum.last_zxid);
    else
        fputs("    no transactions\n", job->tool->out);
    if (sum.count > 0 && sum.first_zxid != file->zxid)
        found(job, "its name is not the zxid of its first record");
}

static apr_status_t check_logs(check_job_t *job, zk_note_t *note)
{
    const zk_data_file_t *files;
    size_t count;
    size_t i;
    apr_pool_t *pool;
    apr_status_t rv = zk_data_files_list(&files, &count, zk_store_log_dir(job->store), "log",
                                         job->tool->pool, note);

    if (rv != APR_SUCCESS)
        return rv;
    fprintf(job->tool->out, "logs in %s: %zu\n", zk_store_log_dir(job->store), count);
    apr_pool_create(&pool, job->tool->pool);
    for (i = 0; i < count; i++) {
        check_log(job, &files[i], pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return APR_SUCCESS;
}

/* ---- a start ---- */

static void check_lock(const check_job_t *job)
{
    const char *path = apr_pstrcat(job->tool->pool, zk_store_snapshot_dir(job->store),
                                   "/" ZK_STORE_LOCK_NAME, NULL);
    apr_file_t *file;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_WRITE, APR_FPROT_OS_DEFAULT,
                      job->tool->pool) != APR_SUCCESS)
        return;
    if (APR_STATUS_IS_EAGAIN(apr_file_lock(file, APR_FLOCK_EXCLUSIVE | APR_FLOCK_NONBLOCK)))
        fputs("a server is using this directory: what is being written may look torn\n",
              job->tool->out);
    apr_file_close(file);
}

/* An ensemble's server also refuses epochs that contradict its zxids. */
static apr_status_t check_epochs(check_job_t *job, int64_t last_zxid, zk_note_t *note)
{
    apr_pool_t *pool = job->tool->pool;
    int64_t epoch = last_zxid >> 32;
    int64_t accepted;
    int64_t current;
    int64_t renewed;
    apr_status_t rv = zk_epoch_read(&current, job->store, "currentEpoch", pool, note);

    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    fprintf(job->tool->out, "  currentEpoch %" PRId64 ", epoch of the last zxid %" PRId64 "\n",
            current, epoch);
    if (epoch > current) {
        if (zk_epoch_read(&renewed, job->store, "currentEpoch.tmp", pool, NULL) != APR_SUCCESS ||
            renewed < epoch)
            return zk_note(note, ZK_E_CORRUPT,
                           "the current epoch, %" PRId64
                           ", is older than the last zxid, 0x%" PRIx64,
                           current, (uint64_t)last_zxid);
        current = renewed;
    }
    rv = zk_epoch_read(&accepted, job->store, "acceptedEpoch", pool, note);
    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    fprintf(job->tool->out, "  acceptedEpoch %" PRId64 "\n", accepted);
    if (accepted < current)
        return zk_note(note, ZK_E_CORRUPT,
                       "the accepted epoch, %" PRId64 ", is less than the current epoch, %" PRId64,
                       accepted, current);
    return APR_SUCCESS;
}

static apr_status_t rehearse(check_job_t *job, zk_note_t *note)
{
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_store_loaded_t loaded;
    FILE *out = job->tool->out;
    apr_status_t rv = zk_store_check_misplaced(job->store, job->tool->pool, note);

    if (rv == APR_SUCCESS)
        rv = zk_store_rehearse(job->store, &nothing, &loaded, job->tool->pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (loaded.fresh && loaded.txns_count == 0)
        fputs("a server would begin with an empty tree\n", out);
    else
        fprintf(out,
                "a server would load snapshot of zxid 0x%" PRIx64 " and %" PRId64
                " transactions, up to zxid 0x%" PRIx64 "\n",
                (uint64_t)loaded.snapshot_zxid, loaded.txns_count, (uint64_t)loaded.last_zxid);
    if (loaded.install_pending)
        fputs("  after finishing the install of a leader's snapshot, which was broken off: "
              "install-snapshot.* alone is the state\n",
              out);
    if (loaded.torn_tail)
        fputs("  and cut a torn record off the end of the last log\n", out);
    return check_epochs(job, loaded.last_zxid, note);
}

/* DIR without a last version-2, which users point at as well. */
static const char *parent_of(const char *dir, apr_pool_t *pool)
{
    const char *name = zk_tool_base_name(dir);

    if (strcmp(name, ZK_STORE_VERSION_DIR) != 0)
        return dir;
    return name == dir ? "." : apr_pstrmemdup(pool, dir, (apr_size_t)(name - dir - 1));
}

int zk_tool_check(zk_tool_t *tool, int argc, const char *const *argv)
{
    zk_store_options_t options = {.autocreate_db = true, .record_bytes_max = STRING_BYTES_MAX};
    check_job_t job = {.tool = tool};
    zk_note_t note = {""};
    apr_finfo_t info;
    int i;
    apr_status_t rv;

    if (argc < 1 || argc > 2 || argv[0][0] == '-') {
        fprintf(tool->err, "usage: zktool check DATADIR [DATALOGDIR]\n");
        return ZK_TOOL_INVALID;
    }
    for (i = 0; i < argc; i++)
        if (apr_stat(&info, argv[i], APR_FINFO_TYPE, tool->pool) != APR_SUCCESS ||
            info.filetype != APR_DIR) {
            fprintf(tool->err, "'%s' is not a directory\n", argv[i]);
            return ZK_TOOL_INVALID;
        }
    options.data_dir = parent_of(argv[0], tool->pool);
    options.log_dir = argc == 2 ? parent_of(argv[1], tool->pool) : NULL;
    zk_store_describe(&job.store, &options, tool->pool);
    check_lock(&job);
    rv = check_snapshots(&job, &note);
    if (rv == APR_SUCCESS)
        rv = check_logs(&job, &note);
    if (rv == APR_SUCCESS)
        rv = rehearse(&job, &note);
    if (rv != APR_SUCCESS) {
        fprintf(tool->out, "a server would refuse to start: %s\n", note.text);
        return ZK_TOOL_INVALID;
    }
    if (job.findings > 0)
        fprintf(tool->out, "findings: %d\n", job.findings);
    return job.findings > 0 ? ZK_TOOL_FAILED : ZK_TOOL_OK;
}
