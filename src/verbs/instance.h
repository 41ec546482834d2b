/* instance.h -- which server a verb is about: its configuration file, its directories and its
 * process.
 *
 * The rules are those of upstream's scripts, so that a call of zkServer.sh means the same server
 * here.  The file is read leniently: a server must be stopped, and asked for its state, although
 * somebody has spoilt its zoo.cfg meanwhile.  Whether it is a good configuration is for the real
 * parser, which `start` asks. */
#ifndef ZK_VERBS_INSTANCE_H
#define ZK_VERBS_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/status.h"

typedef struct zk_instance {
    const char *config_file; /* as shown, and as handed to the server */
    const char *log_dir;
    const char *output_file;     /* what a server in the background prints */
    apr_array_header_t *entries; /* of zk_property_t: the file; empty when it cannot be read */
    zk_note_t unreadable;        /* why, then */
    const char *data_dir;        /* NULL: the file does not say */
    const char *data_log_dir;    /* NULL likewise */
    const char *pid_file;        /* NULL when nothing tells where */
    apr_pool_t *pool;
} zk_instance_t;

/* Find and read the instance that CONFIG_DIR (of --config) and CONFIG (the word behind the verb)
 * name; both may be NULL, and then the environment decides (ZOOCFGDIR, ZOOCFG), and then the place
 * of the programs (ZOOBINDIR, else where this one is).  Also read: ZOO_LOG_DIR, ZOO_LOG_FILE,
 * ZOOPIDFILE.  Never fails; what could not be found out is NULL. */
zk_instance_t *zk_instance_find(const char *config_dir, const char *config, apr_pool_t *pool);

/* The configuration of a server that is started without any word: the file that ZOOCFG names, else
 * the one that zk_instance_find would take if it is there, else NULL. */
const char *zk_instance_default_file(apr_pool_t *pool);

/* The instance whose configuration is FILE, taken as it is. */
zk_instance_t *zk_instance_at(const char *file, apr_pool_t *pool);

/* The value of KEY in the file, the last one where it stands twice; NULL when missing or empty. */
const char *zk_instance_value(const zk_instance_t *instance, const char *key);

/* The environment's NAME, NULL when missing or empty. */
const char *zk_instance_environment(const char *name, apr_pool_t *pool);

/* The entries of properties file PATH, in POOL; empty when it cannot be read, with NOTE filled. */
apr_array_header_t *zk_instance_read_entries(const char *path, apr_pool_t *pool, zk_note_t *note);

/* The value of KEY among ENTRIES, as zk_instance_value. */
const char *zk_instance_entry(const apr_array_header_t *entries, const char *key);

/* The process of this instance as far as its pid file tells: 0 when there is none.  *STALE (may be
 * NULL) is then the id in a file that names no server of this instance any more, else 0. */
int64_t zk_instance_process(const zk_instance_t *instance, int64_t *stale);

/* Whether a process holds data directory DIR (the parent of version-2). */
bool zk_instance_holds_lock(const char *dir, apr_pool_t *scratch);

/* The process that holds the data directory, however it was started; 0 when there is none or it is
 * not known. */
int64_t zk_instance_owner(const zk_instance_t *instance);

#endif
