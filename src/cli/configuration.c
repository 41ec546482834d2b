/* configuration.c -- see configuration.h.  Facts: upstream ZKClientConfig.java, ZKConfig.java. */
#include "cli/configuration.h"

#include <stdlib.h>
#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/properties.h"
#include "cli/arguments.h"
#include "cli/tools.h"

enum { FILE_BYTES_MAX = 1024 * 1024 };

/* Properties that change what upstream's client does and have no effect here, when set to VALUE
 * (any where NULL). All others, zookeeper.ssl.* among them, matter only together with these. */
static const struct {
    const char *key;
    const char *value;
    const char *why;
} without_effect[] = {
    {"zookeeper.sasl.client", "true", "SASL is not supported; addauth gives other credentials"},
    {"zookeeper.request.timeout", NULL,
     "an answer is waited for as long as the session lives (-timeout)"},
    {"zookeeper.disableAutoWatchReset", "true", "watches are always set again after a reconnect"},
};

/* The text of file NAME, in POOL. */
static const char *read_file(const char *name, size_t *size, apr_pool_t *pool, zk_note_t *note)
{
    apr_file_t *file;
    char *text = apr_palloc(pool, FILE_BYTES_MAX + 1);
    apr_status_t rv =
        apr_file_open(&file, name, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool);

    *size = FILE_BYTES_MAX + 1;
    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(file, text, *size, size);
        rv = APR_STATUS_IS_EOF(rv) ? APR_SUCCESS : rv;
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS) {
        zk_note(note, rv, "cannot read -client-configuration '%s'", name);
        return NULL;
    }
    if (*size > FILE_BYTES_MAX) {
        zk_note(note, APR_SUCCESS, "-client-configuration '%s' is longer than %d bytes", name,
                FILE_BYTES_MAX);
        return NULL;
    }
    return text;
}

/* As Boolean.parseBoolean. */
static bool is_true(const char *value)
{
    return zk_cli_equal_ignoring_case(value, "true");
}

static void complain_of(const char *name, const zk_property_t *property, zk_buffer_t *complaints)
{
    size_t i;

    for (i = 0; i < sizeof(without_effect) / sizeof(without_effect[0]); i++)
        if (strcmp(property->key, without_effect[i].key) == 0 &&
            (without_effect[i].value == NULL || is_true(property->value)))
            zk_buffer_printf(complaints, "note: %s line %d: %s has no effect: %s\n", name,
                             property->line, property->key, without_effect[i].why);
}

bool zk_cli_read_configuration(zk_cli_configuration_t *configuration, const char *name,
                               zk_buffer_t *complaints, apr_pool_t *pool, zk_note_t *note)
{
    apr_array_header_t *properties;
    bool is_secure = false;
    const char *text;
    size_t size;
    int i;

    configuration->frame_bytes_max = 0;
    text = read_file(name, &size, pool, note);
    if (text == NULL || zk_properties_parse(&properties, text, size, pool, note) != APR_SUCCESS)
        return false;
    for (i = 0; i < properties->nelts; i++) {
        const zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);
        int64_t bytes;

        complain_of(name, property, complaints);
        if (strcmp(property->key, "zookeeper.client.secure") == 0)
            is_secure = is_true(property->value);
        if (strcmp(property->key, "jute.maxbuffer") != 0)
            continue;
        if (!zk_cli_parse_number(&bytes, property->value, 1, INT32_MAX)) {
            zk_note(note, APR_SUCCESS, "%s line %d: jute.maxbuffer must be a number from 1 to %d",
                    name, property->line, INT32_MAX);
            return false;
        }
        configuration->frame_bytes_max = (int32_t)bytes;
    }
    if (!is_secure)
        return true;
    zk_note(note, APR_SUCCESS,
            "%s asks for zookeeper.client.secure=true, but zkcli has no TLS: connect to a port "
            "without TLS, or through a TLS tunnel, with that line removed",
            name);
    return false;
}
