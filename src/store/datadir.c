/* datadir.c -- the data directory: created, checked for files in the wrong place, locked, listed.
 *
 * Upstream takes no lock, so two servers started on one directory destroy it; we hold an operating
 * system's lock on a file of our own name in each directory.  The lock goes with the process, so a
 * crash leaves none behind.
 *
 * Facts: FileTxnSnapLog.java, Util.java, SnapStream.java. */
#include "store/datadir.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"

/* Long.parseLong(text, 16) for values that are not negative. */
static bool parse_hex(const char *text, size_t length, int64_t *value)
{
    uint64_t sum = 0;
    size_t i = 0;

    if (length > 0 && text[0] == '+')
        i = 1;
    if (i == length)
        return false;
    for (; i < length; i++) {
        int c = apr_tolower(text[i]);
        uint64_t digit;

        if (c >= '0' && c <= '9')
            digit = (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint64_t)(c - 'a') + 10;
        else
            return false;
        if (sum > (UINT64_C(0x7fffffffffffffff) - digit) / 16)
            return false;
        sum = sum * 16 + digit;
    }
    *value = (int64_t)sum;
    return true;
}

bool zk_data_name_parse(const char *name, const char *kind, int64_t *zxid, int *parts)
{
    size_t length = strlen(name);
    size_t kind_length = strlen(kind);
    const char *hex;
    const char *end;
    int count = 2;

    while (length > 0 && name[length - 1] == '.') /* trailing empty parts do not count */
        length--;
    if (length <= kind_length || memcmp(name, kind, kind_length) != 0 || name[kind_length] != '.')
        return false;
    hex = name + kind_length + 1;
    end = memchr(hex, '.', length - kind_length - 1);
    if (end == NULL)
        end = name + length;
    if (!parse_hex(hex, (size_t)(end - hex), zxid))
        return false;
    for (; end < name + length; end++)
        if (*end == '.')
            count++;
    if (parts != NULL)
        *parts = count;
    return true;
}

static bool tail_is(const char *name, size_t length, const char *text)
{
    size_t n = strlen(text);
    size_t i;

    if (length <= n || name[length - n - 1] != '.')
        return false;
    for (i = 0; i < n; i++)
        if (apr_tolower(name[length - n + i]) != text[i])
            return false;
    return true;
}

zk_compression_t zk_data_name_compression(const char *name)
{
    size_t length = strlen(name);

    while (length > 0 && name[length - 1] == '.')
        length--;
    if (tail_is(name, length, "gz"))
        return ZK_COMPRESSION_GZIP;
    if (tail_is(name, length, "snappy"))
        return ZK_COMPRESSION_SNAPPY;
    return ZK_COMPRESSION_NONE;
}

static int compare_files(const void *a, const void *b)
{
    const zk_data_file_t *left = a;
    const zk_data_file_t *right = b;

    if (left->zxid != right->zxid)
        return left->zxid < right->zxid ? -1 : 1;
    if (left->parts != right->parts)
        return left->parts < right->parts ? -1 : 1;
    return strcmp(left->name, right->name);
}

apr_status_t zk_data_files_list(const zk_data_file_t **files, size_t *count, const char *dir,
                                const char *kind, apr_pool_t *pool, zk_note_t *note)
{
    apr_array_header_t *list = apr_array_make(pool, 16, sizeof(zk_data_file_t));
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv;

    *files = NULL;
    *count = 0;
    rv = apr_dir_open(&handle, dir, pool);
    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot list directory '%s'", dir);
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME, handle)) == APR_SUCCESS ||
           rv == APR_INCOMPLETE) {
        zk_data_file_t file;

        if (!zk_data_name_parse(info.name, kind, &file.zxid, &file.parts))
            continue;
        file.name = apr_pstrdup(pool, info.name);
        file.path = apr_pstrcat(pool, dir, "/", info.name, NULL);
        if (apr_stat(&info, file.path, APR_FINFO_SIZE | APR_FINFO_MTIME | APR_FINFO_TYPE, pool) !=
                APR_SUCCESS ||
            info.filetype != APR_REG)
            continue;
        file.bytes = info.size;
        file.mtime = info.mtime;
        APR_ARRAY_PUSH(list, zk_data_file_t) = file;
    }
    apr_dir_close(handle);
    if (!APR_STATUS_IS_ENOENT(rv))
        return zk_note(note, rv, "cannot list directory '%s'", dir);
    if (list->nelts > 0)
        qsort(list->elts, (size_t)list->nelts, sizeof(zk_data_file_t), compare_files);
    *files = (const zk_data_file_t *)(void *)list->elts;
    *count = (size_t)list->nelts;
    return APR_SUCCESS;
}

void zk_store_hold_files(zk_store_t *store)
{
    if (store->files != NULL)
        (void)apr_thread_mutex_lock(store->files);
}

void zk_store_let_files_go(zk_store_t *store)
{
    if (store->files != NULL)
        (void)apr_thread_mutex_unlock(store->files);
}

/* ---- opening ---- */

static bool is_same_directory(const char *a, const char *b, apr_pool_t *pool)
{
    apr_finfo_t left;
    apr_finfo_t right;

    if (strcmp(a, b) == 0)
        return true;
    return apr_stat(&left, a, APR_FINFO_IDENT, pool) == APR_SUCCESS &&
           apr_stat(&right, b, APR_FINFO_IDENT, pool) == APR_SUCCESS && left.inode == right.inode &&
           left.device == right.device;
}

void zk_store_describe(zk_store_t **store, const zk_store_options_t *options, apr_pool_t *pool)
{
    zk_store_t *made = apr_pcalloc(pool, sizeof(*made));

    ZK_ASSERT(options->data_dir != NULL);
    made->pool = pool;
    made->options = *options;
    made->options.data_dir = apr_pstrdup(pool, options->data_dir);
    made->log_parent = apr_pstrdup(pool, options->log_dir != NULL && options->log_dir[0] != '\0'
                                             ? options->log_dir
                                             : options->data_dir);
    made->options.log_dir = made->log_parent;
    made->options.sync_thread_name = apr_pstrdup(
        pool, options->sync_thread_name != NULL ? options->sync_thread_name : "SyncThread:0");
    made->snapshot_dir = apr_pstrcat(pool, made->options.data_dir, "/" ZK_STORE_VERSION_DIR, NULL);
    made->log_dir = apr_pstrcat(pool, made->log_parent, "/" ZK_STORE_VERSION_DIR, NULL);
    made->separate = !is_same_directory(made->snapshot_dir, made->log_dir, pool);
    *store = made;
}

/* DIR exists afterwards, or the status says why not. */
static apr_status_t ensure_directory(const char *dir, const char *parent, bool autocreate,
                                     apr_pool_t *scratch, zk_note_t *note)
{
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, dir, APR_FINFO_TYPE, scratch);

    if (rv == APR_SUCCESS && info.filetype == APR_DIR)
        return APR_SUCCESS;
    if (rv == APR_SUCCESS)
        return zk_note(note, APR_ENOTDIR, "'%s' is not a directory", dir);
    if (!APR_STATUS_IS_ENOENT(rv))
        return zk_note(note, rv, "cannot look at directory '%s'", dir);
    if (!autocreate)
        return zk_note(note, rv,
                       "directory '%s' is missing and zookeeper.datadir.autocreate is false", dir);
    rv = apr_dir_make_recursive(dir, APR_FPROT_OS_DEFAULT, scratch);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot create directory '%s'", dir);
    rv = plat_dir_sync(parent);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot sync directory '%s'", parent);
    return APR_SUCCESS;
}

static apr_status_t refuse_prefix(const char *dir, const char *prefix, const char *format,
                                  apr_pool_t *scratch, zk_note_t *note)
{
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&handle, dir, scratch);

    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot list directory '%s'", dir);
    while (rv == APR_SUCCESS) {
        rv = apr_dir_read(&info, APR_FINFO_NAME, handle);
        if (rv == APR_INCOMPLETE)
            rv = APR_SUCCESS;
        if (rv == APR_SUCCESS && strncmp(info.name, prefix, strlen(prefix)) == 0) {
            zk_note(note, ZK_E_CONFIG, "%s: '%s' is in '%s'; check dataDir and dataLogDir", format,
                    info.name, dir);
            apr_dir_close(handle);
            return ZK_E_CONFIG;
        }
    }
    apr_dir_close(handle);
    return APR_SUCCESS;
}

apr_status_t zk_store_check_misplaced(const zk_store_t *store, apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t rv;

    if (!store->separate)
        return APR_SUCCESS;
    rv = refuse_prefix(store->snapshot_dir, "log.", "snapshot directory has log files", scratch,
                       note);
    if (rv != APR_SUCCESS)
        return rv;
    return refuse_prefix(store->log_dir, "snapshot.", "log directory has snapshot files", scratch,
                         note);
}

/* Say who holds the lock, for the next one to be refused.  Windows lets nobody read a locked file,
 * so this is a file of its own; it matters only while the lock is held, so a failure to write it
 * does not. */
static void name_owner(const char *dir, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, dir, "/" ZK_STORE_OWNER_NAME, NULL);
    const char *text = apr_psprintf(pool, "%" APR_INT64_T_FMT "\n", plat_process_id());
    apr_file_t *file;

    if (apr_file_open(&file, path,
                      APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, pool) != APR_SUCCESS)
        return;
    apr_file_write_full(file, text, strlen(text), NULL);
    apr_file_close(file);
}

/* The owner in words: "process 4711", or "another process" when it is not known. */
static const char *owner_of(const char *dir, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, dir, "/" ZK_STORE_OWNER_NAME, NULL);
    char text[24];
    apr_size_t length = sizeof(text) - 1;
    apr_size_t digits;
    apr_file_t *file;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool) !=
        APR_SUCCESS)
        return "another process";
    if (apr_file_read(file, text, &length) != APR_SUCCESS)
        length = 0;
    apr_file_close(file);
    text[length] = '\0';
    digits = strspn(text, "0123456789");
    text[digits] = '\0';
    return digits > 0 ? apr_pstrcat(pool, "process ", text, NULL) : "another process";
}

/* The lock lives as long as POOL, which closes the file. */
static apr_status_t take_lock(const char *dir, apr_pool_t *pool, zk_note_t *note)
{
    const char *path = apr_pstrcat(pool, dir, "/" ZK_STORE_LOCK_NAME, NULL);
    apr_file_t *file;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_CREATE,
                       APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write to directory '%s'", dir);
    rv = apr_file_lock(file, APR_FLOCK_EXCLUSIVE | APR_FLOCK_NONBLOCK);
    if (APR_STATUS_IS_EAGAIN(rv)) {
        apr_file_close(file);
        return zk_note(note, ZK_E_LOCKED, "directory '%s' is in use by %s (lock file '%s')", dir,
                       owner_of(dir, pool), path);
    }
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot lock '%s'", path);
    name_owner(dir, pool);
    return APR_SUCCESS;
}

/* A snapshot that was being written when the last process ended was never promised to anybody. */
static void remove_temporaries(const char *dir, apr_pool_t *scratch)
{
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv;

    if (apr_dir_open(&handle, dir, scratch) != APR_SUCCESS)
        return;
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME, handle)) == APR_SUCCESS ||
           rv == APR_INCOMPLETE) {
        const char *path;

        if (strncmp(info.name, ZK_STORE_TEMP_PREFIX, strlen(ZK_STORE_TEMP_PREFIX)) != 0)
            continue;
        path = apr_pstrcat(scratch, dir, "/", info.name, NULL);
        if (apr_file_remove(path, scratch) == APR_SUCCESS)
            zk_info("Removing unfinished snapshot %s", path);
    }
    apr_dir_close(handle);
}

apr_status_t zk_store_open(zk_store_t **store, const zk_store_options_t *options, apr_pool_t *pool,
                           zk_note_t *note)
{
    zk_store_t *made;
    apr_pool_t *own;
    apr_pool_t *scratch;
    apr_status_t rv;

    *store = NULL;
    ZK_ASSERT(options->record_bytes_max > 0);
    apr_pool_create(&own, pool);
    apr_pool_create(&scratch, own);
    zk_store_describe(&made, options, own);
    rv = ensure_directory(made->snapshot_dir, made->options.data_dir, options->autocreate_dirs,
                          scratch, note);
    if (rv == APR_SUCCESS)
        rv = ensure_directory(made->log_dir, made->log_parent, options->autocreate_dirs, scratch,
                              note);
    if (rv == APR_SUCCESS) {
        made->separate = !is_same_directory(made->snapshot_dir, made->log_dir, scratch);
        rv = zk_store_check_misplaced(made, scratch, note);
    }
    if (rv == APR_SUCCESS)
        rv = apr_thread_mutex_create(&made->files, APR_THREAD_MUTEX_DEFAULT, own);
    if (rv == APR_SUCCESS)
        rv = take_lock(made->snapshot_dir, own, note);
    if (rv == APR_SUCCESS && made->separate)
        rv = take_lock(made->log_dir, own, note);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(own);
        return rv;
    }
    remove_temporaries(made->snapshot_dir, scratch);
    apr_pool_destroy(scratch);
    *store = made;
    return APR_SUCCESS;
}

const char *zk_store_snapshot_dir(const zk_store_t *store)
{
    return store->snapshot_dir;
}

const char *zk_store_sync_thread_name(const zk_store_t *store)
{
    return store->options.sync_thread_name;
}

const char *zk_store_log_dir(const zk_store_t *store)
{
    return store->log_dir;
}

static apr_status_t directory_bytes(const char *dir, int64_t *bytes, apr_pool_t *scratch)
{
    apr_dir_t *handle;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&handle, dir, scratch);

    *bytes = 0;
    if (rv != APR_SUCCESS)
        return rv;
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE | APR_FINFO_SIZE, handle)) ==
               APR_SUCCESS ||
           rv == APR_INCOMPLETE)
        if ((info.valid & APR_FINFO_SIZE) != 0 && info.filetype == APR_REG)
            *bytes += info.size;
    apr_dir_close(handle);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

apr_status_t zk_store_sizes(const zk_store_t *store, int64_t *snapshot_bytes, int64_t *log_bytes,
                            apr_pool_t *scratch)
{
    apr_status_t rv = directory_bytes(store->snapshot_dir, snapshot_bytes, scratch);

    if (rv != APR_SUCCESS)
        return rv;
    return directory_bytes(store->log_dir, log_bytes, scratch);
}
