/* aside.c -- puts data files aside that must not be loaded again, without removing them at once.
 *
 * Two reasons.  A leader's snapshot has replaced what we had, which may have been another history
 * (ZOOKEEPER-2846): `superseded`, removed by the next purge.  Or the data does not load: `damaged`,
 * kept for people to look at.  Upstream and we read every name that begins with `log.` or
 * `snapshot.`, whatever comes behind, so the first dot goes too: log.5 becomes log-5.superseded.
 *
 * Order of an install: snapshots above the new one, newest first; then logs, newest first; then the
 * older snapshots.  A crash on the way leaves the new snapshot, perhaps with records above it that
 * this server had before, which is no more than what it could vote for before.
 *
 * Facts: Util.java (getZxidFromName); quorum notes, sections 8.4 and 8.8. */
#include "store/datadir.h"

#include <inttypes.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"

static apr_status_t put_aside(const zk_store_t *store, const char *dir, const zk_data_file_t *file,
                              const char *suffix, apr_pool_t *scratch, zk_note_t *note)
{
    char *name = apr_pstrcat(scratch, file->name, suffix, NULL);
    const char *to;
    apr_status_t rv;

    *strchr(name, '.') = '-';
    to = apr_pstrcat(scratch, dir, "/", name, NULL);
    rv = zk_disk_replace(file->path, to, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot rename '%s' to '%s'", file->path, to);
    zk_info("Put aside: %s is now %s", file->path, name);
    return APR_SUCCESS;
}

/* Put the files of KIND in DIR with FROM <= zxid <= TO aside, newest first, except SPARED; then
 * sync DIR. */
static apr_status_t put_kind_aside(const zk_store_t *store, const char *dir, const char *kind,
                                   int64_t from, int64_t to, int64_t spared, const char *suffix,
                                   int32_t *count, apr_pool_t *scratch, zk_note_t *note)
{
    const zk_data_file_t *files;
    size_t i;
    apr_status_t rv = zk_data_files_list(&files, &i, dir, kind, scratch, note);
    int32_t before = *count;

    for (; rv == APR_SUCCESS && i > 0; i--) {
        const zk_data_file_t *file = &files[i - 1];

        if (file->zxid < from || file->zxid > to || file->zxid == spared)
            continue;
        rv = put_aside(store, dir, file, suffix, scratch, note);
        *count += rv == APR_SUCCESS;
    }
    if (rv != APR_SUCCESS || *count == before)
        return rv;
    rv = zk_disk_sync_dir(dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", dir);
    return APR_SUCCESS;
}

apr_status_t zk_store_install(zk_store_t *store, int64_t zxid, apr_pool_t *scratch, zk_note_t *note)
{
    static const char suffix[] = ZK_STORE_SUPERSEDED;
    int32_t count = 0;
    apr_status_t rv;

    zk_store_hold_files(store);
    rv = put_kind_aside(store, store->snapshot_dir, "snapshot", zxid, INT64_MAX, zxid, suffix,
                        &count, scratch, note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->log_dir, "log", 0, INT64_MAX, -1, suffix, &count, scratch,
                            note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->snapshot_dir, "snapshot", 0, zxid, zxid, suffix, &count,
                            scratch, note);
    zk_store_let_files_go(store);
    return rv;
}

/* ---- a server whose data was put aside has no vote ---- */

static const char *marker(const zk_store_t *store, apr_pool_t *scratch)
{
    return apr_pstrcat(scratch, store->snapshot_dir, "/" ZK_STORE_NO_VOTE, NULL);
}

static apr_status_t write_marker(const zk_store_t *store, apr_pool_t *scratch, zk_note_t *note)
{
    const char *path = marker(store, scratch);
    apr_file_t *file = NULL;
    apr_status_t rv =
        zk_disk_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE, store->faults, scratch);

    if (rv == APR_SUCCESS)
        rv = zk_disk_sync(file, store->faults);
    if (file != NULL)
        (void)apr_file_close(file);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync_dir(store->snapshot_dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write '%s'", path);
    return APR_SUCCESS;
}

apr_status_t zk_store_may_vote(zk_store_t *store, bool *may_vote, apr_pool_t *scratch,
                               zk_note_t *note)
{
    const char *path = marker(store, scratch);
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE, scratch);

    *may_vote = APR_STATUS_IS_ENOENT(rv);
    if (rv != APR_SUCCESS && !*may_vote)
        return zk_note(note, rv, "cannot look at '%s'", path);
    return APR_SUCCESS;
}

apr_status_t zk_store_has_state(zk_store_t *store, apr_pool_t *scratch, zk_note_t *note)
{
    const char *path = marker(store, scratch);
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE, scratch);

    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    rv = zk_disk_remove(path, store->faults, scratch);
    if (rv == APR_SUCCESS)
        rv = zk_disk_sync_dir(store->snapshot_dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot remove '%s'", path);
    return APR_SUCCESS;
}

apr_status_t zk_store_set_aside(zk_store_t *store, int32_t *count, apr_pool_t *scratch,
                                zk_note_t *note)
{
    static const char suffix[] = ZK_STORE_DAMAGED;
    apr_status_t rv;

    *count = 0;
    rv = write_marker(store, scratch, note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->snapshot_dir, "snapshot", 0, INT64_MAX, -1, suffix, count,
                            scratch, note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->log_dir, "log", 0, INT64_MAX, -1, suffix, count, scratch,
                            note);
    return rv;
}
