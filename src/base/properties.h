/* properties.h -- the text format of zoo.cfg: java.util.Properties, to the letter.
 *
 * Bytes are ISO-8859-1; keys end at the first unescaped `=`, `:` or white space; `\` continues
 * lines and escapes; a malformed \u aborts.  zoo.cfg's reader then trims keys and values
 * (characters up to 0x20). What a user wrote in single backslashes is recorded, because on Windows
 * it is the classic mistake. */
#ifndef ZK_BASE_PROPERTIES_H
#define ZK_BASE_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/status.h"

typedef struct zk_property {
    const char *key;           /* decoded, UTF-8 (a Latin-1 byte above 0x7f becomes two bytes) */
    const char *value;         /* decoded and trimmed, UTF-8 */
    const char *raw_value;     /* as written, continuation lines joined, for messages */
    int line;                  /* 1-based line on which the key begins */
    bool has_single_backslash; /* a `\` in the value other than in `\\` or before the code of
                                  what is not ASCII: also that of `\t` */
} zk_property_t;

/* Parse SIZE bytes of TEXT; *PROPERTIES (in POOL) receives one element per line entry in file
 * order, duplicates included (the last one wins).  ZK_E_CONFIG and a note with the line for a
 * malformed \u escape. */
apr_status_t zk_properties_parse(apr_array_header_t **properties, const char *text, size_t size,
                                 apr_pool_t *pool, zk_note_t *note);

#endif
