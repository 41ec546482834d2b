/* json.h -- reads a JSON document into a tree in a pool: for the expectations beside the golden
 * data.
 *
 * Only for tests: the whole document is in memory, numbers keep their text so that 64-bit values
 * stay exact, and a malformed document is NULL. */
#ifndef ZK_TEST_JSON_H
#define ZK_TEST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <apr_pools.h>

typedef enum zk_json_kind {
    ZK_JSON_NULL,
    ZK_JSON_BOOL,
    ZK_JSON_NUMBER,
    ZK_JSON_STRING,
    ZK_JSON_ARRAY,
    ZK_JSON_OBJECT
} zk_json_kind_t;

typedef struct zk_json {
    zk_json_kind_t kind;
    bool truth;            /* of a BOOL */
    const char *text;      /* of a STRING in UTF-8, or of a NUMBER as written; NUL-terminated */
    size_t length;         /* of text */
    const char *key;       /* where this is a member of an object */
    struct zk_json *first; /* member or element */
    struct zk_json *next;  /* sibling */
    size_t count;          /* of members or elements */
} zk_json_t;

/* Parse SIZE bytes at TEXT; NULL when they are not one JSON value. */
const zk_json_t *zk_json_parse(const char *text, size_t size, apr_pool_t *pool);

/* The same for file PATH; NULL also when it cannot be read. */
const zk_json_t *zk_json_read(const char *path, apr_pool_t *pool);

/* Member KEY of OBJECT, or NULL. */
const zk_json_t *zk_json_get(const zk_json_t *object, const char *key);

/* A number, or a string such as "0x1f" or "42", as 64 bits; values above INT64_MAX wrap.  0 for
 * anything else. */
int64_t zk_json_int(const zk_json_t *value);

/* zk_json_int of member KEY. */
int64_t zk_json_get_int(const zk_json_t *object, const char *key);

/* Decode base64 STRING into POOL; *SIZE receives its bytes. */
const uint8_t *zk_json_base64(const zk_json_t *string, size_t *size, apr_pool_t *pool);

#endif
