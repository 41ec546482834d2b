/* value.h -- the text of a value becomes a number or a list, by Java's rules; no configuration, no
 * messages.
 *
 * Also for those who look at single keys of a zoo.cfg, spoilt as it may be, and of words on the
 * command line. */
#ifndef ZK_CONFIG_VALUE_H
#define ZK_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* The whole TEXT as a number from MIN to MAX; false, with *VALUE as it was, when it is none.  The
 * first takes decimal digits with a sign, the second what Integer.decode takes as well. */
bool zk_config_parse_int(const char *text, int64_t *value, int64_t min, int64_t max);
bool zk_config_decode_int(const char *text, int64_t *value, int64_t min, int64_t max);
bool zk_config_parse_real(const char *text, double *value);

/* Equal but for case? */
bool zk_config_same_word(const char *a, const char *b);

/* TEXT without characters up to U+0020 at its end and at its start, in POOL. */
const char *zk_config_trim(const char *text, apr_pool_t *pool);

/* Split as Java's String.split does: empty pieces at the end are dropped, the first is kept.  An
 * array of const char *. */
apr_array_header_t *zk_config_split(const char *text, char separator, apr_pool_t *pool);

#endif
