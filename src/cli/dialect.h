/* dialect.h -- which release's output is wanted.
 *
 * Input is one grammar, the union of all eras, always on.  A dialect selects output, and whether
 * quotes are kept: that alone gives one line two meanings, so it is never guessed.  What differs
 * between releases is one table, features by release; nothing else asks for a version.
 *
 * Facts: upstream's CLI from 3.4.5 to 3.9.5, as the CLI notes record it. */
#ifndef ZK_CLI_DIALECT_H
#define ZK_CLI_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

/* major * 1000000 + minor * 1000 + patch */
typedef int32_t zk_dialect_t;

#define ZK_DIALECT_DEFAULT 3009999

typedef enum zk_dialect_feature {
    ZK_DIALECT_KEEP_QUOTES,    /* words end at blanks only, quotes are data */
    ZK_DIALECT_STAT_ALWAYS,    /* get, set and setAcl show the stat block unasked */
    ZK_DIALECT_QUITTING,       /* quit says so */
    ZK_DIALECT_COMMAND_FAILED, /* "Command failed: java.lang...: " before a bad path */
    ZK_DIALECT_JAVA_ORDER,     /* ls in the order of a hash table instead of sorted */
    ZK_DIALECT_QUOTA_COMMENT,  /* setquota repeats its options */
    ZK_DIALECT_NO_REDRAW,      /* the prompt is not shown again after an event */
    ZK_DIALECT_SYNC_RETURNED,  /* "Sync returned 0" for "Sync is OK" */
    ZK_DIALECT_SESSIONID,      /* log lines say sessionid for session id */
    ZK_DIALECT_DEPRECATION,    /* old forms are complained of */
    ZK_DIALECT_NOT_FOUND,      /* a last line names an unknown command */
    ZK_DIALECT_CLOSED_EVENT,   /* an event tells that we closed the session */
    ZK_DIALECT_OLD_NO_AUTH,    /* "Authentication is not valid : P" */
    ZK_DIALECT_EVENT_ZXID      /* events end with the zxid */
} zk_dialect_feature_t;

/* Parse TEXT such as "3.4", "3.4.9" or "3.9.5".  Without a patch number the last patch is meant;
 * "3.4" means 3.4.6, because tutorials of that time were made with it.  False when it is no
 * version. */
bool zk_dialect_parse(zk_dialect_t *dialect, const char *text);

bool zk_dialect_has(zk_dialect_t dialect, zk_dialect_feature_t feature);

#endif
