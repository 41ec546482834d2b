/* datadir.h -- names and places of the data files; for the store's own files and for zktool.
 *
 * A name is split at every dot, as upstream does (Util.java, SnapStream.java): part 0 says the
 * kind, part 1 is the zxid in hex, the last part selects the compression of a snapshot.  Anything
 * that does not parse is not a data file. */
#ifndef ZK_STORE_DATADIR_H
#define ZK_STORE_DATADIR_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_file_info.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include <apr_thread_mutex.h>

#include "store/disk.h"
#include "store/store.h"

#define ZK_STORE_VERSION_DIR "version-2"
#define ZK_STORE_LOCK_NAME "paddock.lock"
#define ZK_STORE_OWNER_NAME "paddock.owner" /* process id of the lock's holder */
#define ZK_STORE_TEMP_PREFIX "tmp-snapshot."
#define ZK_STORE_RECEIVED_PREFIX "tmp-snapshot.received-" /* from a leader, whole or not */
#define ZK_STORE_INSTALL_PREFIX "install-" /* before snapshot.<zxid>: it alone is the state */
#define ZK_STORE_SUPERSEDED ".superseded"  /* put aside: a leader's snapshot is in its place */
#define ZK_STORE_NO_VOTE                                                                           \
    "paddock.novote"                /* what is here does not count, see zk_store_set_aside         \
                                     */
#define ZK_STORE_DAMAGED ".damaged" /* put aside: did not load */

struct zk_store {
    zk_store_options_t options; /* strings copied into pool */
    const char *log_parent;     /* parent of the logs' version-2 */
    const char *snapshot_dir;
    const char *log_dir;
    bool separate;             /* the two are different directories */
    zk_disk_faults_t *faults;  /* NULL except in tests */
    apr_thread_mutex_t *files; /* whoever decides which files stay; NULL where only one looks */
    apr_pool_t *pool;
};

typedef struct zk_data_file {
    const char *name;
    const char *path;
    int64_t zxid;
    int64_t bytes;
    apr_time_t mtime;
    int parts; /* of the name; 2 for a plain one */
} zk_data_file_t;

/* Parse NAME as KIND ("log" or "snapshot").  Returns false when it is not a data file of that kind;
 * else *ZXID is not negative and *PARTS (may be NULL) is the number of parts of the name. */
bool zk_data_name_parse(const char *name, const char *kind, int64_t *zxid, int *parts);

/* Compression that the last part of NAME (a path will do) stands for. */
zk_compression_t zk_data_name_compression(const char *name);

/* All data files of KIND in DIR, ascending by zxid (at the same zxid the plainest name first), in
 * POOL.  A missing directory is an empty list. */
apr_status_t zk_data_files_list(const zk_data_file_t **files, size_t *count, const char *dir,
                                const char *kind, apr_pool_t *pool, zk_note_t *note);

/* The snapshot whose install was decided and not finished, in POOL; FILE->path NULL without one. */
apr_status_t zk_store_install_under_way(const zk_store_t *store, zk_data_file_t *file,
                                        apr_pool_t *pool, zk_note_t *note);

/* Finish that install, if there is one. */
apr_status_t zk_store_finish_install(zk_store_t *store, apr_pool_t *scratch, zk_note_t *note);

/* While one thread decides which files stay, no other removes any. */
void zk_store_hold_files(zk_store_t *store);
void zk_store_let_files_go(zk_store_t *store);

/* STORE's directories from OPTIONS without creating, locking or checking anything: for tools that
 * look. */
void zk_store_describe(zk_store_t **store, const zk_store_options_t *options, apr_pool_t *pool);

/* Refuse logs in the snapshot directory and snapshots in the log directory. */
apr_status_t zk_store_check_misplaced(const zk_store_t *store, apr_pool_t *scratch,
                                      zk_note_t *note);

#endif
