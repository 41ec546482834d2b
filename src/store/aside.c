/* aside.c -- puts data files aside that must not be loaded again, without removing them at once.
 *
 * Two reasons.  A leader's snapshot has replaced what we had, which may have been another history
 * (ZOOKEEPER-2846): `superseded`, removed by the next purge.  Or the data does not load: `damaged`,
 * kept for people to look at.  Upstream and we read every name that begins with `log.` or
 * `snapshot.`, whatever comes behind, so the first dot goes too: log.5 becomes log-5.superseded.
 *
 * An install is decided by one rename: tmp-snapshot.received-snapshot.<zxid>, whole and synced,
 * becomes install-snapshot.<zxid>.  Before it the old files are the state, untouched, and a start
 * removes what was received; after it the file of that name alone is the state, whatever else lies
 * there, and a start goes on where the crash came.  Releases and tools that know nothing of it pass
 * over the name.
 *
 *   1. Everything that could be loaded is put aside, and both directories are synced, before the
 *      snapshot gets its name snapshot.<zxid>.  A name with old logs beside it would be a mixture:
 *      their records above the zxid, which may be of another history, would be replayed onto it.
 *   2. Directories are synced also where nothing was found to rename: an earlier attempt may have
 *      renamed, and not come as far as the sync.
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

/* Put the files of KIND in DIR aside, newest first; then sync DIR. */
static apr_status_t put_kind_aside(const zk_store_t *store, const char *dir, const char *kind,
                                   const char *suffix, int32_t *count, apr_pool_t *scratch,
                                   zk_note_t *note)
{
    const zk_data_file_t *files;
    size_t i;
    apr_status_t rv = zk_data_files_list(&files, &i, dir, kind, scratch, note);

    for (; rv == APR_SUCCESS && i > 0; i--) {
        rv = put_aside(store, dir, &files[i - 1], suffix, scratch, note);
        *count += rv == APR_SUCCESS;
    }
    if (rv != APR_SUCCESS)
        return rv;
    rv = zk_disk_sync_dir(dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", dir);
    return APR_SUCCESS;
}

/* ---- installing ---- */

/* The file in the snapshot directory whose name is PREFIX and then a snapshot's of WANTED (-1: of
 * any zxid); FILE->path NULL without one. */
static apr_status_t find(const zk_store_t *store, const char *prefix, int64_t wanted,
                         zk_data_file_t *file, apr_pool_t *pool, zk_note_t *note)
{
    size_t length = strlen(prefix);
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&handle, store->snapshot_dir, pool);

    memset(file, 0, sizeof(*file));
    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot list directory '%s'", store->snapshot_dir);
    while (file->path == NULL &&
           ((rv = apr_dir_read(&info, APR_FINFO_NAME, handle)) == APR_SUCCESS ||
            rv == APR_INCOMPLETE)) {
        if (strncmp(info.name, prefix, length) != 0 ||
            !zk_data_name_parse(info.name + length, "snapshot", &file->zxid, &file->parts) ||
            (wanted >= 0 && file->zxid != wanted))
            continue;
        file->name = apr_pstrdup(pool, info.name);
        file->path = apr_pstrcat(pool, store->snapshot_dir, "/", info.name, NULL);
    }
    apr_dir_close(handle);
    if (file->path == NULL && !APR_STATUS_IS_ENOENT(rv))
        return zk_note(note, rv, "cannot list directory '%s'", store->snapshot_dir);
    return APR_SUCCESS;
}

apr_status_t zk_store_install_under_way(const zk_store_t *store, zk_data_file_t *file,
                                        apr_pool_t *pool, zk_note_t *note)
{
    return find(store, ZK_STORE_INSTALL_PREFIX, -1, file, pool, note);
}

/* Rename FROM to NAME in the snapshot directory, durably. */
static apr_status_t rename_durably(const zk_store_t *store, const char *from, const char *name,
                                   apr_pool_t *scratch, zk_note_t *note)
{
    const char *to = apr_pstrcat(scratch, store->snapshot_dir, "/", name, NULL);
    apr_status_t rv = zk_disk_replace(from, to, store->faults);

    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot rename '%s' to '%s'", from, to);
    rv = zk_disk_sync_dir(store->snapshot_dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", store->snapshot_dir);
    return APR_SUCCESS;
}

apr_status_t zk_store_finish_install(zk_store_t *store, apr_pool_t *scratch, zk_note_t *note)
{
    static const char suffix[] = ZK_STORE_SUPERSEDED;
    zk_data_file_t file;
    int32_t count = 0;
    apr_status_t rv = zk_store_install_under_way(store, &file, scratch, note);

    if (rv != APR_SUCCESS || file.path == NULL)
        return rv;
    /* Found is not durable: the rename may have been the last before the process ended. */
    rv = zk_disk_sync_dir(store->snapshot_dir, store->faults);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", store->snapshot_dir);
    rv = put_kind_aside(store, store->log_dir, "log", suffix, &count, scratch, note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->snapshot_dir, "snapshot", suffix, &count, scratch, note);
    if (rv == APR_SUCCESS)
        rv = rename_durably(store, file.path, file.name + strlen(ZK_STORE_INSTALL_PREFIX), scratch,
                            note);
    return rv;
}

/* From now on the snapshot of ZXID, received or here before, is the state. */
static apr_status_t decide(zk_store_t *store, int64_t zxid, apr_pool_t *scratch, zk_note_t *note)
{
    const char *prefix = ZK_STORE_RECEIVED_PREFIX;
    zk_data_file_t file;
    apr_status_t rv = find(store, prefix, zxid, &file, scratch, note);

    if (rv == APR_SUCCESS && file.path == NULL) {
        prefix = "";
        rv = find(store, prefix, zxid, &file, scratch, note);
    }
    if (rv != APR_SUCCESS)
        return rv;
    if (file.path == NULL)
        return zk_note(note, APR_ENOENT, "there is no snapshot of zxid 0x%" PRIx64 " in '%s'",
                       (uint64_t)zxid, store->snapshot_dir);
    return rename_durably(
        store, file.path,
        apr_pstrcat(scratch, ZK_STORE_INSTALL_PREFIX, file.name + strlen(prefix), NULL), scratch,
        note);
}

apr_status_t zk_store_install(zk_store_t *store, int64_t zxid, apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t rv;

    zk_store_hold_files(store);
    rv = zk_store_finish_install(store, scratch, note); /* of an earlier one, which was decided */
    if (rv == APR_SUCCESS)
        rv = decide(store, zxid, scratch, note);
    if (rv == APR_SUCCESS)
        rv = zk_store_finish_install(store, scratch, note);
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
        rv = put_kind_aside(store, store->snapshot_dir, "snapshot", suffix, count, scratch, note);
    if (rv == APR_SUCCESS)
        rv = put_kind_aside(store, store->log_dir, "log", suffix, count, scratch, note);
    return rv;
}
