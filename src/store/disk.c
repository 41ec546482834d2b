/* disk.c -- writes, syncs and renames, each able to fail on demand.  After the first failure on
 * demand every later call fails as well, as with a disk that is gone: what the caller still tries
 * must not matter. */
#include "store/disk.h"

#include "base/plat.h"

static apr_status_t fault(zk_disk_faults_t *faults)
{
    if (faults == NULL)
        return APR_SUCCESS;
    faults->calls++;
    if (faults->countdown > 0)
        faults->countdown--;
    return faults->countdown == 0 ? faults->status : APR_SUCCESS;
}

apr_status_t zk_disk_open(apr_file_t **file, const char *path, apr_int32_t flags,
                          zk_disk_faults_t *faults, apr_pool_t *pool)
{
    apr_status_t rv = fault(faults);

    *file = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    return apr_file_open(file, path, flags | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool);
}

apr_status_t zk_disk_write(apr_file_t *file, const void *data, size_t size,
                           zk_disk_faults_t *faults)
{
    apr_status_t rv = fault(faults);

    if (rv != APR_SUCCESS) {
        apr_file_write_full(file, data, size / 2, NULL);
        return rv;
    }
    return apr_file_write_full(file, data, size, NULL);
}

apr_status_t zk_disk_sync(apr_file_t *file, zk_disk_faults_t *faults)
{
    apr_status_t rv = fault(faults);

    return rv != APR_SUCCESS ? rv : plat_file_datasync(file);
}

apr_status_t zk_disk_cut(apr_file_t *file, int64_t bytes, zk_disk_faults_t *faults)
{
    apr_status_t rv = fault(faults);

    return rv != APR_SUCCESS ? rv : apr_file_trunc(file, (apr_off_t)bytes);
}

apr_status_t zk_disk_replace(const char *from, const char *to, zk_disk_faults_t *faults)
{
    apr_status_t rv = fault(faults);

    return rv != APR_SUCCESS ? rv : plat_file_replace(from, to);
}

apr_status_t zk_disk_remove(const char *path, zk_disk_faults_t *faults, apr_pool_t *pool)
{
    apr_status_t rv = fault(faults);

    return rv != APR_SUCCESS ? rv : apr_file_remove(path, pool);
}

apr_status_t zk_disk_sync_dir(const char *path, zk_disk_faults_t *faults)
{
    apr_status_t rv = fault(faults);

    return rv != APR_SUCCESS ? rv : plat_dir_sync(path);
}
