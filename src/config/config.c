/* config.c -- from the text of zoo.cfg to fields and properties.
 *
 * Upstream knows two kinds of keys.  Some are read from the file; every other key K becomes the
 * process property `zookeeper.K`, which other classes read by name, and which overrides one given
 * with -D because it is set later. We do the same with a list of properties in place of the
 * process: first the keys of the file are applied, then each key of config.def that is a property
 * is looked up in the list.
 *
 * Invariants
 *   1. Of equal keys the last one counts, and one message says so.
 *   2. Every key of the file that has no effect is named in exactly one message; no value of an
 * unknown key is, since it may be a secret.
 */
#include "config/config_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <apr_env.h>
#include <apr_strings.h>

#include "base/map.h"

zk_config_t *zk_config_create(apr_pool_t *pool)
{
    zk_config_t *config = apr_pcalloc(pool, sizeof(*config));

    config->pool = pool;
    config->properties = apr_array_make(pool, 16, sizeof(zk_config_property_t));
    config->entries = apr_array_make(pool, 16, sizeof(zk_property_t));
    config->messages = apr_array_make(pool, 16, sizeof(zk_config_message_t));
    config->server_id = -1;
    zk_config_set_defaults(config);
    return config;
}

/* ---- messages ---- */

void zk_config_say(zk_config_t *config, zk_log_level_t level, const char *format, ...)
{
    zk_config_message_t message = {level, NULL};
    zk_buffer_t text = ZK_BUFFER_INIT;
    va_list arguments;

    va_start(arguments, format);
    zk_buffer_vprintf(&text, format, arguments); /* APR's own printf knows no PRId64 on Windows */
    va_end(arguments);
    message.text =
        apr_pstrmemdup(config->pool, (const char *)zk_buffer_bytes(&text), zk_buffer_size(&text));
    zk_buffer_free(&text);
    APR_ARRAY_PUSH(config->messages, zk_config_message_t) = message;
}

void zk_config_log(zk_config_t *config)
{
    int i;

    for (i = 0; i < config->messages->nelts; i++) {
        const zk_config_message_t *message =
            &APR_ARRAY_IDX(config->messages, i, zk_config_message_t);

        zk_log(message->level, "%s", message->text);
    }
    apr_array_clear(config->messages);
}

apr_status_t zk_config_refuse(const config_place_t *place, zk_note_t *note, const char *format, ...)
{
    char sentence[ZK_NOTE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    if (place->file == NULL)
        return zk_note(note, ZK_E_CONFIG, "-D%s: %s", place->key, sentence);
    if (place->key == NULL)
        return zk_note(note, ZK_E_CONFIG, "'%s': %s", place->file, sentence);
    if (place->line == 0)
        return zk_note(note, ZK_E_CONFIG, "'%s', key '%s': %s", place->file, place->key, sentence);
    return zk_note(note, ZK_E_CONFIG, "'%s', line %d, key '%s': %s", place->file, place->line,
                   place->key, sentence);
}

config_place_t zk_config_place(const zk_config_t *config, const char *name, const char *key)
{
    config_place_t place = {name, 0, key, NULL, false};
    int i;

    for (i = 0; i < config->entries->nelts; i++) {
        const zk_property_t *entry = &APR_ARRAY_IDX(config->entries, i, zk_property_t);

        if (strcmp(entry->key, key) == 0)
            place.line = entry->line;
    }
    return place;
}

/* ---- properties ---- */

const zk_config_property_t *zk_config_property_find(const zk_config_t *config, const char *name)
{
    int i;

    for (i = 0; i < config->properties->nelts; i++) {
        const zk_config_property_t *property =
            &APR_ARRAY_IDX(config->properties, i, zk_config_property_t);

        if (strcmp(property->name, name) == 0)
            return property;
    }
    return NULL;
}

const char *zk_config_property(const zk_config_t *config, const char *name)
{
    const zk_config_property_t *property = zk_config_property_find(config, name);

    return property != NULL ? property->value : NULL;
}

static void define(zk_config_t *config, const char *name, const char *value, int line)
{
    zk_config_property_t property = {name, apr_pstrdup(config->pool, value), line};
    int i;

    for (i = 0; i < config->properties->nelts; i++) {
        zk_config_property_t *old = &APR_ARRAY_IDX(config->properties, i, zk_config_property_t);

        if (strcmp(old->name, name) == 0) {
            old->value = property.value;
            old->line = line;
            return;
        }
    }
    property.name = apr_pstrdup(config->pool, name);
    APR_ARRAY_PUSH(config->properties, zk_config_property_t) = property;
}

void zk_config_define(zk_config_t *config, const char *name, const char *value)
{
    define(config, name, value, 0);
}

bool zk_config_define_argument(zk_config_t *config, const char *argument)
{
    const char *equals;

    if (strncmp(argument, "-D", 2) != 0 || argument[2] == '\0' || argument[2] == '=')
        return false;
    equals = strchr(argument, '=');
    if (equals == NULL)
        define(config, argument + 2, "", 0);
    else
        define(config, apr_pstrmemdup(config->pool, argument + 2, (size_t)(equals - argument - 2)),
               equals + 1, 0);
    return true;
}

void zk_config_define_flags(zk_config_t *config, const char *flags)
{
    char *rest = apr_pstrdup(config->pool, flags);
    char *state = NULL;
    char *word;
    const char *passed = NULL;

    for (word = apr_strtok(rest, " \t\r\n\f\v", &state); word != NULL;
         word = apr_strtok(NULL, " \t\r\n\f\v", &state)) {
        if (zk_config_define_argument(config, word))
            continue;
        passed = passed == NULL ? word : apr_pstrcat(config->pool, passed, " ", word, NULL);
    }
    if (passed != NULL)
        zk_config_say(config, ZK_LOG_INFO, "Options for a JVM have no effect: %s", passed);
}

void zk_config_define_environment(zk_config_t *config)
{
    static const char *const flags[] = {"SERVER_JVMFLAGS", "JVMFLAGS"};
    char *value = NULL;
    size_t i;

    if (apr_env_get(&value, "ZOO_DATADIR_AUTOCREATE_DISABLE", config->pool) == APR_SUCCESS &&
        *value != '\0')
        zk_config_define(config, "zookeeper.datadir.autocreate", "false");
    for (i = 0; i < 2; i++)
        if (apr_env_get(&value, flags[i], config->pool) == APR_SUCCESS)
            zk_config_define_flags(config, value);
}

/* ---- keys of the file ---- */

apr_array_header_t *zk_config_last_ones(const apr_array_header_t *properties, apr_pool_t *pool)
{
    apr_array_header_t *unique = apr_array_make(pool, properties->nelts, sizeof(zk_property_t));
    zk_map_str_t last = ZK_MAP_STR_INIT;
    int i;

    for (i = 0; i < properties->nelts; i++) {
        zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);
        zk_map_str_set(&last, zk_str(property->key), property);
    }
    for (i = 0; i < properties->nelts; i++) {
        zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);

        if (zk_map_str_get(&last, zk_str(property->key)) == property)
            APR_ARRAY_PUSH(unique, zk_property_t) = *property;
    }
    zk_map_str_free(&last);
    return unique;
}

static void say_duplicates(zk_config_t *config, const apr_array_header_t *all)
{
    int i;

    if (all->nelts == config->entries->nelts)
        return;
    for (i = 0; i < all->nelts; i++) {
        const zk_property_t *one = &APR_ARRAY_IDX(all, i, zk_property_t);
        config_place_t last = zk_config_place(config, NULL, one->key);

        if (last.line != one->line)
            zk_config_say(config, ZK_LOG_WARN,
                          "key '%s' in line %d has no effect, line %d sets it again", one->key,
                          one->line, last.line);
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);

    return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

static void say_unknown(zk_config_t *config, const zk_property_t *entry)
{
    const char *like = zk_config_name_like(entry->key);

    if (like != NULL)
        zk_config_say(config, ZK_LOG_WARN,
                      "unknown key '%s' in line %d has no effect; did you mean '%s'?", entry->key,
                      entry->line, like);
    else
        zk_config_say(config, ZK_LOG_WARN,
                      "unknown key '%s' in line %d only sets property 'zookeeper.%s'", entry->key,
                      entry->line, entry->key);
}

/* A key that becomes a property: say what there is to say about it. */
static void say_about(zk_config_t *config, const zk_property_t *entry)
{
    const config_key_t *key = zk_config_key_find(entry->key);
    const char *effective;

    if (key != NULL) {
        if (key->source == CONFIG_DEFINE)
            zk_config_say(config, ZK_LOG_WARN,
                          "key '%s' in line %d has no effect: it is a property without prefix, set "
                          "with -D%s=... on the command line or in JVMFLAGS",
                          entry->key, entry->line, entry->key);
        return;
    }
    if (zk_config_is_member_key(entry->key) || strcmp(entry->key, "version") == 0)
        return;
    switch (zk_config_name_find(entry->key, &effective)) {
    case CONFIG_NAME_KNOWN:
        break;
    case CONFIG_NAME_IDLE:
        zk_config_say(config, ZK_LOG_INFO, "key '%s' in line %d is accepted and has no effect here",
                      entry->key, entry->line);
        break;
    case CONFIG_NAME_RENAMED:
        zk_config_say(config, ZK_LOG_WARN, "key '%s' in line %d has no effect; '%s' has",
                      entry->key, entry->line, effective);
        break;
    case CONFIG_NAME_UNKNOWN:
        say_unknown(config, entry);
        break;
    }
}

static apr_status_t apply_entry(zk_config_t *config, const char *name, const zk_property_t *entry,
                                zk_note_t *note)
{
    const config_place_t place = {name, entry->line, entry->key, entry->raw_value,
                                  entry->has_single_backslash};
    const config_key_t *key = zk_config_key_find(entry->key);
    apr_status_t rv;

    if (key != NULL && key->source == CONFIG_FILE) {
        rv = zk_config_set(config, key, entry->value, &place, note);
        return rv != APR_SUCCESS ? rv : zk_config_check_entry(key, entry->value, &place, note);
    }
    if (ends_with(entry->key, ".location") || ends_with(entry->key, "Path")) {
        rv = zk_config_check_path(config, entry->value, &place, note);
        if (rv != APR_SUCCESS)
            return rv;
    }
    say_about(config, entry);
    define(config, apr_pstrcat(config->pool, ZK_CONFIG_PROPERTY_PREFIX, entry->key, NULL),
           entry->value, entry->line);
    return APR_SUCCESS;
}

static const zk_config_property_t *property_of(const zk_config_t *config, const config_key_t *key)
{
    const char *prefixed = apr_pstrcat(config->pool, ZK_CONFIG_PROPERTY_PREFIX, key->key, NULL);
    const zk_config_property_t *property = NULL;

    if (key->source != CONFIG_DEFINE)
        property = zk_config_property_find(config, prefixed);
    if (property == NULL && key->source != CONFIG_PROPERTY)
        property = zk_config_property_find(config, key->key);
    return property;
}

/* Every key of the table that is a property gets its value from the list. */
static apr_status_t apply_properties(zk_config_t *config, const char *name, zk_note_t *note)
{
    size_t count;
    const config_key_t *keys = zk_config_keys(&count);
    const char *sync;
    size_t i;

    for (i = 0; i < count; i++) {
        const zk_config_property_t *property;
        config_place_t place = {NULL, 0, keys[i].key, NULL, false};
        apr_status_t rv;

        if (keys[i].source == CONFIG_FILE)
            continue;
        property = property_of(config, &keys[i]);
        if (property == NULL)
            continue;
        place.line = property->line;
        if (property->line > 0)
            place.file = name;
        else
            place.key = property->name;
        rv = zk_config_set(config, &keys[i], property->value, &place, note);
        if (rv != APR_SUCCESS)
            return rv;
    }
    sync = zk_config_property(config, "zookeeper.observer.syncEnabled");
    if (sync != NULL)
        config->observer_sync_enabled = zk_config_same_word(sync, "true");
    return APR_SUCCESS;
}

/* With a dynamic file the server list must be there and not here. */
static apr_status_t check_separation(const zk_config_t *config, const char *name, zk_note_t *note)
{
    int i;

    if (config->dynamic_config_file == NULL)
        return APR_SUCCESS;
    for (i = 0; i < config->entries->nelts; i++) {
        const zk_property_t *entry = &APR_ARRAY_IDX(config->entries, i, zk_property_t);
        const config_place_t place = {name, entry->line, entry->key, NULL, false};

        if (zk_config_is_member_key(entry->key))
            return zk_config_refuse(&place, note,
                                    "parameter: %s must be in a separate dynamic config file",
                                    entry->key);
    }
    return APR_SUCCESS;
}

apr_status_t zk_config_apply_text(zk_config_t *config, const char *name, const char *text,
                                  size_t size, zk_note_t *note)
{
    apr_array_header_t *all;
    apr_status_t rv = zk_properties_parse(&all, text, size, config->pool, note);
    int i;

    if (rv != APR_SUCCESS)
        return zk_note_prefix(note, rv, "'%s'", name);
    if (all->nelts > CONFIG_KEYS_MAX)
        return zk_note(note, ZK_E_CONFIG, "'%s': more than %d keys", name, CONFIG_KEYS_MAX);
    config->entries = zk_config_last_ones(all, config->pool);
    say_duplicates(config, all);
    for (i = 0; i < config->entries->nelts; i++) {
        rv = apply_entry(config, name, &APR_ARRAY_IDX(config->entries, i, zk_property_t), note);
        if (rv != APR_SUCCESS)
            return rv;
    }
    rv = check_separation(config, name, note);
    return rv == APR_SUCCESS ? apply_properties(config, name, note) : rv;
}

apr_status_t zk_config_load_text(zk_config_t *config, const char *name, const char *text,
                                 size_t size, zk_note_t *note)
{
    apr_status_t rv = zk_config_apply_text(config, name, text, size, note);

    if (rv == APR_SUCCESS)
        rv = zk_config_check(config, name, note);
    if (rv == APR_SUCCESS && config->dynamic_config_file == NULL)
        rv = zk_config_read_members(&config->members, config->entries, name,
                                    config->multi_address_enabled, config->pool, note);
    if (rv == APR_SUCCESS)
        rv = zk_config_check_ensemble(config, name, note);
    return rv;
}

/* ---- without a file ---- */

apr_status_t zk_config_load_arguments(zk_config_t *config, int count, const char *const *arguments,
                                      zk_note_t *note)
{
    static const char *const keys[] = {"clientPort", "dataDir", "tickTime", "maxClientCnxns"};
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (count < 2 || count > 4)
        return zk_note(note, ZK_E_USAGE,
                       "%d arguments; expected: configfile | port datadir [ticktime] [maxcnxns]",
                       count);
    config->connections_per_ip_max = 0;
    for (i = 0; i < count && rv == APR_SUCCESS; i++) {
        const config_place_t place = {"command line", 0, keys[i], NULL, false};

        rv = zk_config_set(config, zk_config_key_find(keys[i]), arguments[i], &place, note);
    }
    if (rv == APR_SUCCESS)
        rv = apply_properties(config, "command line", note);
    if (rv == APR_SUCCESS)
        rv = zk_config_check(config, "command line", note);
    return rv == ZK_E_CONFIG ? ZK_E_USAGE : rv;
}

apr_status_t zk_config_default(zk_config_t *config, const char *data_dir, zk_note_t *note)
{
    apr_status_t rv;

    config->client_port = 2181;
    config->data_dir = apr_pstrdup(config->pool, data_dir);
    rv = apply_properties(config, "default configuration", note);
    return rv == APR_SUCCESS ? zk_config_check(config, "default configuration", note) : rv;
}
