/* config.h -- zoo.cfg, -D properties and the old command line become one checked zk_config_t.
 *
 * The keys stand in config.def, once.  Order of a start: zk_config_create, the -D properties of
 * environment and command line, then one of the zk_config_load functions, which ends with every
 * check; after it the configuration is only read.  Messages for the log are collected, because the
 * log is opened only when its place is known; the caller prints them with zk_config_log.
 *
 * A bad value never starts a server: the note names file, line, key, upstream's text and what is
 * allowed; the status is ZK_E_CONFIG (ZK_E_USAGE for the command line).  Unknown keys pass with one
 * warning each and become properties `zookeeper.KEY`, as upstream has it.
 *
 * Facts: QuorumPeerConfig.java, ServerConfig.java, QuorumPeer.QuorumServer, QuorumMaj.java,
 * QuorumHierarchical.java. */
#ifndef ZK_CONFIG_CONFIG_H
#define ZK_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/properties.h"
#include "base/status.h"

/* A property as the Java server would hold it; `system_properties` prints them all. */
typedef struct zk_config_property {
    const char *name; /* whole name, such as "zookeeper.snapCount" */
    const char *value;
    int line; /* of zoo.cfg, 0 when it came with -D */
} zk_config_property_t;

typedef struct zk_config_message {
    zk_log_level_t level;
    const char *text;
} zk_config_message_t;

typedef struct zk_config_address {
    const char *host; /* name or number, IPv6 without brackets */
    int32_t quorum_port;
    int32_t election_port;
} zk_config_address_t;

/* One server.N. */
typedef struct zk_config_member {
    int64_t sid;
    bool observer;
    zk_config_address_t *addresses; /* at least one */
    int32_t addresses_count;
    const char *client_host; /* NULL: no client address known */
    int32_t client_port;     /* -1 with it */
    bool client_from_static; /* it came from clientPort, and is not printed */
    bool has_group;
    int64_t group; /* group.G that names the server */
    bool has_weight;
    int64_t weight; /* weight.N, 1 unless set */
} zk_config_member_t;

/* A server list: of zoo.cfg itself or of the dynamic file. */
typedef struct zk_config_members {
    zk_config_member_t *items; /* by sid, ascending */
    int32_t count;
    int32_t voters; /* participants among them */
    int32_t observers;
    bool hierarchical; /* group.* or weight.* was seen */
    int64_t version;   /* of the dynamic configuration; 0 at first */
} zk_config_members_t;

typedef enum zk_config_compression {
    ZK_CONFIG_COMPRESS_NONE,
    ZK_CONFIG_COMPRESS_GZIP,
    ZK_CONFIG_COMPRESS_SNAPPY
} zk_config_compression_t;

typedef struct zk_config {
/* One field per key; see config.def for meaning, unit and default. */
#define ZK_CONFIG_INT(source, key, field, default_value, min, max) int32_t field;
#define ZK_CONFIG_LONG(source, key, field, default_value, min, max) int64_t field;
#define ZK_CONFIG_DECODED(source, key, field, default_value, min, max) int32_t field;
#define ZK_CONFIG_DECODED_LONG(source, key, field, default_value, min, max) int64_t field;
#define ZK_CONFIG_REAL(source, key, field, default_value) double field;
#define ZK_CONFIG_REAL_LENIENT(source, key, field, default_value) double field;
#define ZK_CONFIG_BOOL(source, key, field, default_value) bool field;
#define ZK_CONFIG_LENIENT(source, key, field, default_value) bool field;
#define ZK_CONFIG_EXACT(source, key, field, default_value, word, meaning) bool field;
#define ZK_CONFIG_TEXT(source, key, field, default_value) const char *field;
#define ZK_CONFIG_PATH(source, key, field, default_value) const char *field;
#include "config/config.def"

    /* What follows from the keys once they are checked. */
    const char *file;              /* path given to zk_config_load_file; NULL otherwise */
    const char *data_dir_absolute; /* data_dir and data_log_dir with the system's own separators */
    const char *data_log_dir_absolute;
    zk_config_compression_t compression; /* of new snapshots */
    zk_config_members_t members;         /* server.N; empty on a plain standalone server */
    bool distributed;                    /* take part in an ensemble */
    bool observer;                       /* this server's role there */
    int64_t server_id;                   /* of dataDir/myid; -1 when there is none */

    apr_array_header_t *properties; /* of zk_config_property_t, in order of first appearance */
    apr_array_header_t *entries;    /* of zk_property_t: zoo.cfg as read, each key once */
    apr_array_header_t *messages;   /* of zk_config_message_t */
    apr_pool_t *pool;
} zk_config_t;

/* A configuration with every default and no data directory, in POOL, which must live as long as it.
 */
zk_config_t *zk_config_create(apr_pool_t *pool);

/* ---- before loading ---- */

/* Set property NAME, as -DNAME=VALUE does.  Both are copied. */
void zk_config_define(zk_config_t *config, const char *name, const char *value);

/* True when ARGUMENT is -DNAME or -DNAME=VALUE, which is then defined. */
bool zk_config_define_argument(zk_config_t *config, const char *argument);

/* Define every -D word of FLAGS (words end at white space, as in the scripts).  Other words are for
 * a JVM and are passed over, with one message. */
void zk_config_define_flags(zk_config_t *config, const char *flags);

/* The same for ZOO_DATADIR_AUTOCREATE_DISABLE, SERVER_JVMFLAGS and JVMFLAGS of the environment;
 * later ones win. */
void zk_config_define_environment(zk_config_t *config);

/* ---- loading: one of these, once ---- */

/* Read the file PATH, the dynamic file it may name, and myid in its data directory; then check
 * everything.  Fails with ZK_E_CONFIG (also when PATH is missing), or with the file's status when
 * it cannot be read.  Fills NOTE. */
apr_status_t zk_config_load_file(zk_config_t *config, const char *path, zk_note_t *note);

/* The same for SIZE bytes of TEXT; NAME stands for the file in messages.  No other file is read:
 * config->server_id is what the caller put there, and a dynamic file is only named. */
apr_status_t zk_config_load_text(zk_config_t *config, const char *name, const char *text,
                                 size_t size, zk_note_t *note);

/* The old command line: two to four ARGUMENTS `port dataDir [tickTime [maxClientCnxns]]`,
 * standalone; without the fourth the number of connections is not limited.  Fails with ZK_E_USAGE.
 */
apr_status_t zk_config_load_arguments(zk_config_t *config, int count, const char *const *arguments,
                                      zk_note_t *note);

/* A server without any configuration file: port 2181, data in DATA_DIR, every default. */
apr_status_t zk_config_default(zk_config_t *config, const char *data_dir, zk_note_t *note);

/* ---- files ---- */

#define ZK_CONFIG_FILE_BYTES_MAX ((size_t)1 << 20)

/* The whole file PATH, at most ZK_CONFIG_FILE_BYTES_MAX, into POOL, where one byte more may be
 * written.  Fills NOTE. */
apr_status_t zk_config_read_whole(const char *path, char **text, size_t *size, apr_pool_t *pool,
                                  zk_note_t *note);

/* Look for the mistakes that operators make when they write the COUNT configuration FILES of one
 * ensemble on one machine: a line for each to OUT.  Returns how many there are. */
int zk_config_compare(const char *const *files, int count, FILE *out, apr_pool_t *pool);

/* ---- afterwards ---- */

/* Write the collected messages to the log and forget them. */
void zk_config_log(zk_config_t *config);

/* Log what CONFIG asks for and this version does not do; values are left out, as some are secrets.
 */
void zk_config_warn_of_idle(const zk_config_t *config);

/* The value of property NAME (whole name), or NULL. */
const char *zk_config_property(const zk_config_t *config, const char *name);

/* Whether four-letter word WORD is allowed: listed, or `*`, or srvr, or isro when read-only mode is
 * on. */
bool zk_config_allows_word(const zk_config_t *config, const char *word);

/* The member with SID, or NULL. */
const zk_config_member_t *zk_config_member(const zk_config_members_t *members, int64_t sid);

/* What `conf` prints besides the keys. */
typedef struct zk_config_facts {
    int32_t client_port; /* as bound, -1 when there is none */
    int32_t secure_client_port;
    int64_t data_dir_bytes; /* sizes of the version-2 directories */
    int64_t data_log_dir_bytes;
    int64_t server_id;
    bool read_only; /* serving in read-only mode: the member list is left out */
} zk_config_facts_t;

/* Append the reply of four-letter word `conf` to OUT: upstream's standalone or ensemble form. */
void zk_config_print(const zk_config_t *config, const zk_config_facts_t *facts, zk_buffer_t *out);

/* Append the canonical text of MEMBERS, as in `conf`, the dynamic file and /zookeeper/config: a
 * line each, ended by `version=HEX` without a line feed. */
void zk_config_print_members(const zk_config_members_t *members, zk_buffer_t *out);

/* Parse SIZE bytes of TEXT in that form (a dynamic file, a reconfiguration) into MEMBERS, memory
 * from POOL; NAME stands for the file in messages.  A `version` line is refused unless
 * ALLOW_VERSION. */
apr_status_t zk_config_parse_members(zk_config_members_t *members, const char *name,
                                     const char *text, size_t size, bool allow_version,
                                     bool multi_address, apr_pool_t *pool, zk_note_t *note);

#endif
