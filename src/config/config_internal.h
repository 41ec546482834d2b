/* config_internal.h -- what the files of this room share; no other room includes it. */
#ifndef ZK_CONFIG_CONFIG_INTERNAL_H
#define ZK_CONFIG_CONFIG_INTERNAL_H

#include "config/config.h"
#include "config/value.h"

#define ZK_CONFIG_PROPERTY_PREFIX "zookeeper."

typedef enum config_source {
    CONFIG_FILE,
    CONFIG_PROPERTY,
    CONFIG_EITHER,
    CONFIG_DEFINE
} config_source_t;

typedef enum config_type {
    CONFIG_TYPE_INT,
    CONFIG_TYPE_LONG,
    CONFIG_TYPE_DECODED,
    CONFIG_TYPE_DECODED_LONG,
    CONFIG_TYPE_REAL,
    CONFIG_TYPE_REAL_LENIENT,
    CONFIG_TYPE_BOOL,
    CONFIG_TYPE_LENIENT,
    CONFIG_TYPE_EXACT,
    CONFIG_TYPE_TEXT,
    CONFIG_TYPE_PATH
} config_type_t;

/* A row of config.def that has a field. */
typedef struct config_key {
    config_type_t type;
    config_source_t source;
    const char *key;
    size_t offset;  /* of the field in zk_config_t */
    int64_t number; /* default of whole numbers and of truth */
    double real;
    const char *text;
    int64_t min, max;
    const char *word; /* EXACT */
    bool meaning;
} config_key_t;

/* What a key of zoo.cfg without a field is. */
typedef enum config_name {
    CONFIG_NAME_UNKNOWN,
    CONFIG_NAME_KNOWN,
    CONFIG_NAME_IDLE,
    CONFIG_NAME_RENAMED
} config_name_t;

/* Where a value was written, for messages: file and line, or the command line. */
typedef struct config_place {
    const char *file; /* NULL: a -D property */
    int line;
    const char *key;
    const char *raw; /* as written; NULL when not from a file */
    bool has_single_backslash;
} config_place_t;

/* ---- keys.c: the table ---- */
const config_key_t *zk_config_keys(size_t *count);
const config_key_t *zk_config_key_find(const char *key);
config_name_t zk_config_name_find(const char *key, const char **effective);
/* A known name that KEY was probably meant to be, or NULL. */
const char *zk_config_name_like(const char *key);
void zk_config_set_defaults(zk_config_t *config);
/* Set the field of KEY from VALUE, which was written at PLACE. */
apr_status_t zk_config_set(zk_config_t *config, const config_key_t *key, const char *value,
                           const config_place_t *place, zk_note_t *note);

/* ---- path.c ---- */
/* Refuse a Windows path in single backslashes; warn of other lost backslashes and of relative
 * paths. */
apr_status_t zk_config_check_path(zk_config_t *config, const char *value,
                                  const config_place_t *place, zk_note_t *note);

/* ---- members.c ---- */
/* server.*, group* and weight* of PROPERTIES (each key once) into MEMBERS. */
apr_status_t zk_config_read_members(zk_config_members_t *members,
                                    const apr_array_header_t *properties, const char *file,
                                    bool multi_address, apr_pool_t *pool, zk_note_t *note);
bool zk_config_is_member_key(const char *key);

/* ---- check.c ---- */
/* What only one key allows, beyond its type. */
apr_status_t zk_config_check_entry(const config_key_t *key, const char *value,
                                   const config_place_t *place, zk_note_t *note);
/* Everything that involves more than one key; computes what follows from them. */
apr_status_t zk_config_check(zk_config_t *config, const char *name, zk_note_t *note);
/* The same for what concerns the ensemble; needs members and server_id. */
apr_status_t zk_config_check_ensemble(zk_config_t *config, const char *name, zk_note_t *note);

/* ---- config.c ---- */
#define CONFIG_KEYS_MAX 10000
/* Apply every key of TEXT, then every property; no check of more than one key yet. */
apr_status_t zk_config_apply_text(zk_config_t *config, const char *name, const char *text,
                                  size_t size, zk_note_t *note);
void zk_config_say(zk_config_t *config, zk_log_level_t level, const char *format, ...)
    ZK_PRINTF(3, 4);
/* Write "PLACE: sentence" into NOTE and return ZK_E_CONFIG. */
apr_status_t zk_config_refuse(const config_place_t *place, zk_note_t *note, const char *format, ...)
    ZK_PRINTF(3, 4);
const zk_config_property_t *zk_config_property_find(const zk_config_t *config, const char *name);
/* PROPERTIES with only the last of several equal keys, in file order. */
apr_array_header_t *zk_config_last_ones(const apr_array_header_t *properties, apr_pool_t *pool);
/* Where KEY was written: in zoo.cfg, called NAME, or nowhere in particular. */
config_place_t zk_config_place(const zk_config_t *config, const char *name, const char *key);

#endif
