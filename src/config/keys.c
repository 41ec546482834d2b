/* keys.c -- the table of keys, and how one value reaches its field.
 *
 * Invariants
 *   1. Every row of config.def with a field is one element of `keys`; nothing else knows the fields
 * by key.
 *   2. A field changes only through zk_config_set, which has checked the value, or by a check that
 * says so.
 */
#include "config/config_internal.h"

#include <inttypes.h>
#include <string.h>
#include <apr_strings.h>

#define FIELD(name) offsetof(zk_config_t, name)
#define NUMBER_KEY(kind, source, key, field, default_value, min, max)                              \
    {CONFIG_TYPE_##kind,                                                                           \
     CONFIG_##source,                                                                              \
     key,                                                                                          \
     FIELD(field),                                                                                 \
     default_value,                                                                                \
     0,                                                                                            \
     NULL,                                                                                         \
     min,                                                                                          \
     max,                                                                                          \
     NULL,                                                                                         \
     false},
#define REAL_KEY(kind, source, key, field, default_value)                                          \
    {CONFIG_TYPE_##kind,                                                                           \
     CONFIG_##source,                                                                              \
     key,                                                                                          \
     FIELD(field),                                                                                 \
     0,                                                                                            \
     default_value,                                                                                \
     NULL,                                                                                         \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     false},
#define TEXT_KEY(kind, source, key, field, default_value)                                          \
    {CONFIG_TYPE_##kind,                                                                           \
     CONFIG_##source,                                                                              \
     key,                                                                                          \
     FIELD(field),                                                                                 \
     0,                                                                                            \
     0,                                                                                            \
     default_value,                                                                                \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     false},

static const config_key_t keys[] = {
#define ZK_CONFIG_INT(source, key, field, def, min, max)                                           \
    NUMBER_KEY(INT, source, key, field, def, min, max)
#define ZK_CONFIG_LONG(source, key, field, def, min, max)                                          \
    NUMBER_KEY(LONG, source, key, field, def, min, max)
#define ZK_CONFIG_DECODED(source, key, field, def, min, max)                                       \
    NUMBER_KEY(DECODED, source, key, field, def, min, max)
#define ZK_CONFIG_DECODED_LONG(source, key, field, def, min, max)                                  \
    NUMBER_KEY(DECODED_LONG, source, key, field, def, min, max)
#define ZK_CONFIG_REAL(source, key, field, def) REAL_KEY(REAL, source, key, field, def)
#define ZK_CONFIG_REAL_LENIENT(source, key, field, def)                                            \
    REAL_KEY(REAL_LENIENT, source, key, field, def)
#define ZK_CONFIG_BOOL(source, key, field, def) NUMBER_KEY(BOOL, source, key, field, def, 0, 1)
#define ZK_CONFIG_LENIENT(source, key, field, def)                                                 \
    NUMBER_KEY(LENIENT, source, key, field, def, 0, 1)
#define ZK_CONFIG_EXACT(source, key, field, def, word, meaning)                                    \
    {CONFIG_TYPE_EXACT, CONFIG_##source, key, FIELD(field), def, 0, NULL, 0, 1, word, meaning},
#define ZK_CONFIG_TEXT(source, key, field, def) TEXT_KEY(TEXT, source, key, field, def)
#define ZK_CONFIG_PATH(source, key, field, def) TEXT_KEY(PATH, source, key, field, def)
#include "config/config.def"
};

typedef struct name_row {
    const char *key;
    config_name_t is;
    const char *effective;
} name_row_t;

static const name_row_t names[] = {
#define ZK_CONFIG_KNOWN(key) {key, CONFIG_NAME_KNOWN, NULL},
#define ZK_CONFIG_IDLE(key) {key, CONFIG_NAME_IDLE, NULL},
#define ZK_CONFIG_RENAMED(key, effective) {key, CONFIG_NAME_RENAMED, effective},
#include "config/config.def"
};

static const char *const prefixes[] = {
#define ZK_CONFIG_KNOWN_PREFIX(prefix) prefix,
#include "config/config.def"
};

const config_key_t *zk_config_keys(size_t *count)
{
    *count = sizeof(keys) / sizeof(keys[0]);
    return keys;
}

const config_key_t *zk_config_key_find(const char *key)
{
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(keys[i].key, key) == 0)
            return &keys[i];
    return NULL;
}

config_name_t zk_config_name_find(const char *key, const char **effective)
{
    size_t i;

    *effective = NULL;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].key, key) == 0) {
            *effective = names[i].effective;
            return names[i].is;
        }
    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(prefixes[i], key, strlen(prefixes[i])) == 0)
            return CONFIG_NAME_KNOWN;
    return CONFIG_NAME_UNKNOWN;
}

/* Whether A and B differ only in case, or in one letter that is missing, added, changed or swapped
 * with its neighbour. */
static bool is_near(const char *a, const char *b)
{
    size_t na = strlen(a);
    size_t nb = strlen(b);
    size_t head = 0;
    size_t tail = 0;

    if (zk_config_same_word(a, b))
        return true;
    if (na < 5 || nb < 5 || na > nb + 1 || nb > na + 1)
        return false;
    while (a[head] != '\0' && a[head] == b[head])
        head++;
    while (tail < na - head && tail < nb - head && a[na - 1 - tail] == b[nb - 1 - tail])
        tail++;
    if (na - head - tail <= 1 && nb - head - tail <= 1)
        return true;
    return na == nb && na - head - tail == 2 && a[head] == b[head + 1] && a[head + 1] == b[head];
}

const char *zk_config_name_like(const char *key)
{
    size_t i;

    if (strncmp(key, ZK_CONFIG_PROPERTY_PREFIX, strlen(ZK_CONFIG_PROPERTY_PREFIX)) == 0)
        key += strlen(ZK_CONFIG_PROPERTY_PREFIX);
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].source != CONFIG_DEFINE && is_near(key, keys[i].key))
            return keys[i].key;
    if (zk_config_same_word(key, "4lw.command.whitelist") ||
        zk_config_same_word(key, "4lw.whitelist"))
        return "4lw.commands.whitelist";
    return NULL;
}

/* ---- fields ---- */

static void store_number(zk_config_t *config, const config_key_t *key, int64_t value)
{
    char *field = (char *)config + key->offset;

    switch (key->type) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_DECODED:
        *(int32_t *)(void *)field = (int32_t)value;
        break;
    case CONFIG_TYPE_LONG:
    case CONFIG_TYPE_DECODED_LONG:
        *(int64_t *)(void *)field = value;
        break;
    case CONFIG_TYPE_BOOL:
    case CONFIG_TYPE_LENIENT:
    case CONFIG_TYPE_EXACT:
        *(bool *)(void *)field = value != 0;
        break;
    default: /* a field that holds no number */
        ZK_ASSERT(key->type == CONFIG_TYPE_INT);
    }
}

static void store_real(zk_config_t *config, const config_key_t *key, double value)
{
    *(double *)(void *)((char *)config + key->offset) = value;
}

static void store_text(zk_config_t *config, const config_key_t *key, const char *value)
{
    *(const char **)(void *)((char *)config + key->offset) = value;
}

void zk_config_set_defaults(zk_config_t *config)
{
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const config_key_t *key = &keys[i];

        if (key->type == CONFIG_TYPE_TEXT || key->type == CONFIG_TYPE_PATH)
            store_text(config, key, key->text);
        else if (key->type == CONFIG_TYPE_REAL || key->type == CONFIG_TYPE_REAL_LENIENT)
            store_real(config, key, key->real);
        else
            store_number(config, key, key->number);
    }
}

/* ---- values ---- */

static bool is_port(const config_key_t *key)
{
    return key->type == CONFIG_TYPE_INT && key->max == 65535;
}

static apr_status_t set_strict(zk_config_t *config, const config_key_t *key, const char *value,
                               const config_place_t *place, zk_note_t *note)
{
    bool is_long = key->type == CONFIG_TYPE_LONG;
    int64_t number = 0;

    if (!zk_config_parse_int(value, &number, is_long ? INT64_MIN : INT32_MIN,
                             is_long ? INT64_MAX : INT32_MAX))
        return zk_config_refuse(place, note,
                                "For input string: \"%s\" (a whole number from %" PRId64
                                " to %" PRId64 " is expected)",
                                value, key->min, key->max);
    if (number >= key->min && number <= key->max) {
        store_number(config, key, number);
        return APR_SUCCESS;
    }
    if (is_port(key))
        return zk_config_refuse(place, note,
                                "port out of range:%s (%" PRId64 " to %" PRId64 " is allowed)",
                                value, key->min, key->max);
    if (number == 0 && strcmp(key->key, "tickTime") == 0)
        return zk_config_refuse(place, note,
                                "tickTime is not set (%" PRId64 " to %" PRId64 " is allowed)",
                                key->min, key->max);
    return zk_config_refuse(place, note,
                            "%s is out of range (%" PRId64 " to %" PRId64 " is allowed)", value,
                            key->min, key->max);
}

static void set_decoded(zk_config_t *config, const config_key_t *key, const char *value)
{
    bool is_long = key->type == CONFIG_TYPE_DECODED_LONG;
    int64_t number = 0;
    int64_t nearest;

    if (!zk_config_decode_int(value, &number, is_long ? INT64_MIN : INT32_MIN,
                              is_long ? INT64_MAX : INT32_MAX)) {
        zk_config_say(config, ZK_LOG_WARN,
                      "%s is not a valid value for %s, which keeps its default of %" PRId64, value,
                      key->key, key->number);
        store_number(config, key, key->number);
        return;
    }
    nearest = number < key->min ? key->min : number > key->max ? key->max : number;
    if (nearest != number && strcmp(key->key, "snapCount") == 0)
        zk_config_say(config, ZK_LOG_WARN,
                      "SnapCount should be 2 or more. Now, snapCount is reset to 2");
    else if (nearest != number)
        zk_config_say(config, ZK_LOG_WARN,
                      "%s=%s is out of range (%" PRId64 " to %" PRId64 " is allowed), %" PRId64
                      " is used",
                      key->key, value, key->min, key->max, nearest);
    store_number(config, key, nearest);
}

static apr_status_t set_real(zk_config_t *config, const config_key_t *key, const char *value,
                             const config_place_t *place, zk_note_t *note)
{
    double number = 0;

    if (zk_config_parse_real(value, &number)) {
        store_real(config, key, number);
        return APR_SUCCESS;
    }
    if (key->type == CONFIG_TYPE_REAL)
        return zk_config_refuse(place, note,
                                "For input string: \"%s\" (a decimal fraction is expected)", value);
    zk_config_say(config, ZK_LOG_ERROR,
                  "%s is not a valid value for %s, which keeps its default of %g", value, key->key,
                  key->real);
    store_real(config, key, key->real);
    return APR_SUCCESS;
}

static apr_status_t set_bool(zk_config_t *config, const config_key_t *key, const char *value,
                             const config_place_t *place, zk_note_t *note)
{
    bool yes = zk_config_same_word(value, "true");

    if (!yes && !zk_config_same_word(value, "false"))
        return zk_config_refuse(place, note, "Invalid option %s for %s. Choose 'true' or 'false.'",
                                value, key->key);
    store_number(config, key, yes);
    return APR_SUCCESS;
}

static void set_lenient(zk_config_t *config, const config_key_t *key, const char *value)
{
    bool yes = zk_config_same_word(value, "true");

    if (!yes && !zk_config_same_word(value, "false"))
        zk_config_say(config, ZK_LOG_WARN, "%s=%s is neither true nor false and counts as false",
                      key->key, value);
    store_number(config, key, yes);
}

apr_status_t zk_config_set(zk_config_t *config, const config_key_t *key, const char *value,
                           const config_place_t *place, zk_note_t *note)
{
    apr_status_t rv = APR_SUCCESS;

    switch (key->type) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_LONG:
        return set_strict(config, key, value, place, note);
    case CONFIG_TYPE_DECODED:
    case CONFIG_TYPE_DECODED_LONG:
        set_decoded(config, key, value);
        break;
    case CONFIG_TYPE_REAL:
    case CONFIG_TYPE_REAL_LENIENT:
        return set_real(config, key, value, place, note);
    case CONFIG_TYPE_BOOL:
        return set_bool(config, key, value, place, note);
    case CONFIG_TYPE_LENIENT:
        set_lenient(config, key, value);
        break;
    case CONFIG_TYPE_EXACT:
        store_number(config, key, strcmp(value, key->word) == 0 ? key->meaning : !key->meaning);
        break;
    case CONFIG_TYPE_PATH:
        rv = zk_config_check_path(config, value, place, note);
        if (rv != APR_SUCCESS)
            return rv;
        store_text(config, key, apr_pstrdup(config->pool, value));
        break;
    case CONFIG_TYPE_TEXT:
        store_text(config, key, apr_pstrdup(config->pool, value));
        break;
    }
    return APR_SUCCESS;
}
