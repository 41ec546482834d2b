/* purge.c -- removes snapshots and logs that no start will need.
 *
 * The newest snapshots are kept, and every log from the one that holds the record behind the oldest
 * of them.  Only a snapshot whose seals all verify counts as one to keep; upstream counts any that
 * merely looks whole, and so can remove the last good one (ZOOKEEPER-3644).  A name that does not
 * parse is somebody else's file and stays.
 *
 * What a leader's snapshot has superseded goes as soon as there is a good snapshot.
 *
 * Order: snapshots before logs, each from the oldest, so that a crash on the way leaves a directory
 * that loads.
 *
 * Facts: PurgeTxnLog.java. */
#include "store/datadir.h"

#include <limits.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "store/snapshot_read.h"

#define RETAIN_COUNT_MIN 3

typedef struct purge {
    void (*removed)(void *baton, const char *path, apr_time_t mtime);
    void *baton;
    bool for_show; /* remove nothing */
    apr_pool_t *scratch;
    zk_note_t *note;
} purge_t;

static bool is_good(const zk_data_file_t *file, apr_pool_t *scratch)
{
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_snapshot_info_t info;

    return zk_snapshot_looks_whole(file->path, scratch) &&
           zk_snapshot_read(file->path, INT32_MAX, &nothing, &info, scratch, NULL) == APR_SUCCESS;
}

/* Remove the files of LIST before zxid BELOW, except the one at index KEEP. */
static apr_status_t remove_below(const purge_t *purge, const zk_data_file_t *list, size_t count,
                                 int64_t below, size_t keep, const char *dir)
{
    bool any = false;
    size_t i;
    apr_status_t rv = APR_SUCCESS;

    for (i = 0; i < count && list[i].zxid < below; i++) {
        if (i >= keep)
            continue;
        if (purge->removed != NULL)
            purge->removed(purge->baton, list[i].path, list[i].mtime);
        if (purge->for_show)
            continue;
        rv = apr_file_remove(list[i].path, purge->scratch);
        if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv))
            return zk_note(purge->note, rv, "cannot remove '%s'", list[i].path);
        any = true;
    }
    rv = any ? plat_dir_sync(dir) : APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return zk_note(purge->note, rv, "cannot sync directory '%s'", dir);
    return APR_SUCCESS;
}

/* Remove what a leader's snapshot has superseded. */
static apr_status_t remove_superseded(const purge_t *purge, const char *dir)
{
    static const char suffix[] = ZK_STORE_SUPERSEDED;
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&handle, dir, purge->scratch);

    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return zk_note(purge->note, rv, "cannot list directory '%s'", dir);
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME, handle)) == APR_SUCCESS ||
           rv == APR_INCOMPLETE) {
        size_t length = strlen(info.name);
        const char *path;

        if (length < sizeof(suffix) || strcmp(info.name + length + 1 - sizeof(suffix), suffix) != 0)
            continue;
        if (strncmp(info.name, "log-", 4) != 0 && strncmp(info.name, "snapshot-", 9) != 0)
            continue;
        path = apr_pstrcat(purge->scratch, dir, "/", info.name, NULL);
        if (apr_stat(&info, path, APR_FINFO_MTIME, purge->scratch) != APR_SUCCESS)
            continue;
        if (purge->removed != NULL)
            purge->removed(purge->baton, path, info.mtime);
        if (!purge->for_show)
            (void)apr_file_remove(path, purge->scratch);
    }
    apr_dir_close(handle);
    return APR_SUCCESS;
}

static apr_status_t run_purge(const purge_t *purge, const char *snapshot_dir, const char *log_dir,
                              int retain_count)
{
    const zk_data_file_t *snapshots;
    const zk_data_file_t *logs;
    size_t snapshots_count;
    size_t logs_count;
    size_t i;
    size_t keep = 0;
    int wanted = retain_count < RETAIN_COUNT_MIN ? RETAIN_COUNT_MIN : retain_count;
    int good = 0;
    int64_t oldest = -1; /* zxid of the oldest snapshot kept */
    apr_status_t rv;

    rv = zk_data_files_list(&snapshots, &snapshots_count, snapshot_dir, "snapshot", purge->scratch,
                            purge->note);
    if (rv == APR_SUCCESS)
        rv = zk_data_files_list(&logs, &logs_count, log_dir, "log", purge->scratch, purge->note);
    if (rv != APR_SUCCESS)
        return rv;
    for (i = snapshots_count; i > 0 && good < wanted; i--)
        if (is_good(&snapshots[i - 1], purge->scratch)) {
            good++;
            oldest = snapshots[i - 1].zxid;
        }
    if (good == 0)
        return APR_SUCCESS;
    rv = remove_superseded(purge, snapshot_dir);
    if (rv == APR_SUCCESS && strcmp(snapshot_dir, log_dir) != 0)
        rv = remove_superseded(purge, log_dir);
    if (rv != APR_SUCCESS)
        return rv;
    for (i = 0; i < logs_count && logs[i].zxid <= oldest; i++)
        if (i == 0 || logs[i].zxid != logs[i - 1].zxid)
            keep = i; /* holds the record behind that snapshot, or ends before it */
    rv = remove_below(purge, snapshots, snapshots_count, oldest, SIZE_MAX, snapshot_dir);
    if (rv == APR_SUCCESS)
        rv = remove_below(purge, logs, logs_count, oldest, keep, log_dir);
    return rv;
}

apr_status_t zk_store_purge(const char *snapshot_dir, const char *log_dir, int retain_count,
                            void (*removed)(void *baton, const char *path, apr_time_t mtime),
                            void *baton, apr_pool_t *scratch, zk_note_t *note)
{
    const purge_t purge = {removed, baton, false, scratch, note};

    return run_purge(&purge, snapshot_dir, log_dir, retain_count);
}

apr_status_t
zk_store_purge_rehearse(const char *snapshot_dir, const char *log_dir, int retain_count,
                        void (*removed)(void *baton, const char *path, apr_time_t mtime),
                        void *baton, apr_pool_t *scratch, zk_note_t *note)
{
    const purge_t purge = {removed, baton, true, scratch, note};

    return run_purge(&purge, snapshot_dir, log_dir, retain_count);
}

apr_status_t zk_store_purge_own(zk_store_t *store, int retain_count,
                                void (*removed)(void *baton, const char *path, apr_time_t mtime),
                                void *baton, apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t rv;

    zk_store_hold_files(store);
    rv = zk_store_purge(store->snapshot_dir, store->log_dir, retain_count, removed, baton, scratch,
                        note);
    zk_store_let_files_go(store);
    return rv;
}
