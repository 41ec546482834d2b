/* disk.h -- the calls that change the disk, in one place, so that tests can make any one of them
 * fail.
 *
 * Every promise of the store hangs on what happens when a write, a sync or a rename does not
 * succeed.  Tests give a store a counter; the call that counts it down fails, a write after putting
 * half of its bytes into the file. */
#ifndef ZK_STORE_DISK_H
#define ZK_STORE_DISK_H

#include <stddef.h>
#include <stdint.h>
#include <apr_file_io.h>

typedef struct zk_disk_faults {
    int64_t countdown; /* the call that brings it to 0 fails, and all later ones too */
    int64_t calls;     /* made so far */
    apr_status_t status;
} zk_disk_faults_t;

/* FAULTS may be NULL in all of these, and is outside tests. */
apr_status_t zk_disk_open(apr_file_t **file, const char *path, apr_int32_t flags,
                          zk_disk_faults_t *faults, apr_pool_t *pool);
apr_status_t zk_disk_write(apr_file_t *file, const void *data, size_t size,
                           zk_disk_faults_t *faults);
apr_status_t zk_disk_sync(apr_file_t *file, zk_disk_faults_t *faults);
apr_status_t zk_disk_cut(apr_file_t *file, int64_t bytes, zk_disk_faults_t *faults);
apr_status_t zk_disk_replace(const char *from, const char *to, zk_disk_faults_t *faults);
apr_status_t zk_disk_remove(const char *path, zk_disk_faults_t *faults, apr_pool_t *pool);
apr_status_t zk_disk_sync_dir(const char *path, zk_disk_faults_t *faults);

#endif
