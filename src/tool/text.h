/* text.h -- how the tools write times, strings and bytes. */
#ifndef ZK_TOOL_TEXT_H
#define ZK_TOOL_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <apr_pools.h>

#include "base/bytes.h"

/* The forms of a time, all in the local zone. */
typedef enum zk_time_form {
    ZK_TIME_ISO,      /* 2026-11-22 18:17:57.104 */
    ZK_TIME_SECONDS,  /* 2026-11-22 18:17:57 */
    ZK_TIME_UPSTREAM, /* 11/22/26, 6:17:57 PM CST */
    ZK_TIME_DATE      /* Sun Nov 22 18:17:57 CST 2026, as java.util.Date prints */
} zk_time_form_t;

/* Text of the time MS milliseconds after 1970, in POOL. */
const char *zk_tool_time(int64_t ms, zk_time_form_t form, apr_pool_t *pool);

/* Write STR as UTF-8; bytes that are not, and control characters besides tab and line feed, as
 * \xNN.  Null is written as nothing. */
void zk_tool_put_text(FILE *to, zk_str_t str);

/* Write STR as base64. */
void zk_tool_put_base64(FILE *to, zk_str_t str);

/* Write STR as the inside of a JSON string. */
void zk_tool_put_json(FILE *to, zk_str_t str);

/* The last part of a path. */
const char *zk_tool_base_name(const char *path);

#endif
