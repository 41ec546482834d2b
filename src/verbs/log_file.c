/* log_file.c -- see log_file.h.
 *
 * Invariants
 *   1. The file and its pool are touched by the holder of the mutex only.
 *   2. A line is never split over two files. */
#include "verbs/log_file.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "base/plat.h"

struct zk_log_file {
    const char *path;
    int64_t bytes_max;
    int64_t bytes;
    apr_file_t *file;      /* NULL: it could not be opened, which is tried again at the next line */
    apr_pool_t *file_pool; /* of what one opening needs */
    apr_thread_mutex_t *mutex;
};

static int64_t size_of(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_SIZE, pool) == APR_SUCCESS ? info.size : 0;
}

void zk_log_file_rotate(const char *path, int64_t bytes_max, apr_pool_t *scratch)
{
    int i;

    if (size_of(path, scratch) <= bytes_max)
        return;
    for (i = ZK_LOG_FILES_KEPT - 1; i >= 1; i--)
        plat_file_replace(apr_psprintf(scratch, "%s.%d", path, i),
                          apr_psprintf(scratch, "%s.%d", path, i + 1));
    plat_file_replace(path, apr_psprintf(scratch, "%s.1", path));
}

static void make_parent(const char *path, apr_pool_t *pool)
{
    char *dir = apr_pstrdup(pool, path);
    char *end = dir + strlen(dir);

    while (end > dir && *end != '/' && *end != '\\')
        end--;
    *end = '\0';
    if (end > dir)
        apr_dir_make_recursive(dir, APR_FPROT_OS_DEFAULT, pool);
}

/* Open the file, put aside first if it is above BYTES_MAX. */
static apr_status_t open_again(zk_log_file_t *file, int64_t bytes_max)
{
    apr_status_t rv;

    apr_pool_clear(file->file_pool); /* closes the one before */
    file->file = NULL;
    zk_log_file_rotate(file->path, bytes_max, file->file_pool);
    make_parent(file->path, file->file_pool);
    rv = apr_file_open(&file->file, file->path,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND, APR_FPROT_OS_DEFAULT,
                       file->file_pool);
    if (rv != APR_SUCCESS)
        file->file = NULL;
    file->bytes = size_of(file->path, file->file_pool);
    return rv;
}

apr_status_t zk_log_file_open(zk_log_file_t **out, const char *path, int64_t bytes_max,
                              apr_pool_t *pool, zk_note_t *note)
{
    zk_log_file_t *file = apr_pcalloc(pool, sizeof(*file));
    apr_status_t rv;

    file->path = apr_pstrdup(pool, path);
    file->bytes_max = bytes_max;
    apr_pool_create_ex(&file->file_pool, pool, zk_pool_abort, NULL);
    rv = apr_thread_mutex_create(&file->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS)
        rv = open_again(file, bytes_max);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write the log file '%s'", path);
    *out = file;
    return APR_SUCCESS;
}

void zk_log_file_write(void *baton, const char *bytes, size_t size)
{
    zk_log_file_t *file = baton;
    int64_t room = file->bytes_max - (int64_t)size;

    apr_thread_mutex_lock(file->mutex);
    if (file->file == NULL || (file->bytes > 0 && file->bytes > room))
        open_again(file, room > 0 ? room : 0);
    if (file->file != NULL && apr_file_write_full(file->file, bytes, size, NULL) == APR_SUCCESS)
        file->bytes += (int64_t)size;
    apr_thread_mutex_unlock(file->mutex);
}

void zk_log_file_reopen(zk_log_file_t *file)
{
    apr_thread_mutex_lock(file->mutex);
    open_again(file, file->bytes_max);
    apr_thread_mutex_unlock(file->mutex);
}
