/* file.c -- the files of a configuration: zoo.cfg, the dynamic file it names, and myid.
 *
 * myid is read before it is known whether the server belongs to an ensemble, as upstream does: a
 * damaged one is reported even where nobody needs it.
 */
#include "config/config_internal.h"

#include <inttypes.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

apr_status_t zk_config_read_whole(const char *path, char **text, size_t *size, apr_pool_t *pool,
                                  zk_note_t *note)
{
    apr_file_t *file = NULL;
    apr_finfo_t info;
    apr_status_t rv;

    /* By name, because some systems refuse to open a directory as a file. */
    if (apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS && info.filetype == APR_DIR)
        return zk_note(note, ZK_E_CONFIG, "'%s' is a directory; name the file in it", path);
    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool);
    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, file);
    if (rv != APR_SUCCESS) {
        if (file != NULL)
            apr_file_close(file);
        return zk_note(note, rv, "cannot read '%s'", path);
    }
    /* Pipes and growing files have no length to trust: read up to the ceiling and one more. */
    *text = apr_palloc(pool, ZK_CONFIG_FILE_BYTES_MAX + 1);
    *size = 0;
    rv = apr_file_read_full(file, *text, ZK_CONFIG_FILE_BYTES_MAX + 1, size);
    apr_file_close(file);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv))
        return zk_note(note, rv, "cannot read '%s'", path);
    if (*size > ZK_CONFIG_FILE_BYTES_MAX)
        return zk_note(note, ZK_E_CONFIG, "'%s' has more than %d bytes", path,
                       (int)ZK_CONFIG_FILE_BYTES_MAX);
    return APR_SUCCESS;
}

/* The number in LINE, which stands in myid file PATH, becomes the server's id. */
static apr_status_t set_server_id(zk_config_t *config, const char *path, const char *line,
                                  zk_note_t *note)
{
    const char *trimmed = zk_config_trim(line, config->pool);
    bool is_utf16 = strncmp(line, "\xff\xfe", 2) == 0 || strncmp(line, "\xfe\xff", 2) == 0;

    if (is_utf16)
        return zk_note(note, ZK_E_CONFIG,
                       "'%s': the file is UTF-16, as some shells write it; save the number as "
                       "plain text",
                       path);
    if (!zk_config_parse_int(trimmed, &config->server_id, INT64_MIN, INT64_MAX))
        return zk_note(note, ZK_E_CONFIG, "'%s': serverid %s is not a number", path, line);
    if (strcmp(trimmed, line) != 0)
        zk_config_say(config, ZK_LOG_WARN,
                      "'%s' has blanks around the number; a Java server would not start with it",
                      path);
    return APR_SUCCESS;
}

static apr_status_t read_my_id(zk_config_t *config, zk_note_t *note)
{
    const char *path = apr_pstrcat(config->pool, config->data_dir, "/myid", NULL);
    apr_finfo_t info;
    char *text = NULL;
    size_t size = 0;
    apr_status_t rv;

    if (apr_stat(&info, path, APR_FINFO_TYPE, config->pool) != APR_SUCCESS ||
        info.filetype != APR_REG)
        return APR_SUCCESS; /* a standalone server needs none */
    rv = zk_config_read_whole(path, &text, &size, config->pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    text[size < ZK_CONFIG_FILE_BYTES_MAX ? size : ZK_CONFIG_FILE_BYTES_MAX] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    return set_server_id(config, path, text, note);
}

/* The version in the name of a dynamic file: `zoo.cfg.dynamic.100000000` is 0x100000000; 0 where
 * there is none. */
static int64_t version_in_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    int64_t version = 0;

    if (dot == NULL || dot[1] == '\0' || strlen(dot + 1) > 16 ||
        strspn(dot + 1, "0123456789abcdefABCDEF") != strlen(dot + 1))
        return 0;
    for (dot++; *dot != '\0'; dot++) {
        int digit = *dot <= '9' ? *dot - '0' : (*dot | 0x20) - 'a' + 10;

        if (version > (INT64_MAX >> 4))
            return 0;
        version = version * 16 + digit;
    }
    return version;
}

static apr_status_t read_dynamic(zk_config_t *config, zk_note_t *note)
{
    const char *path = config->dynamic_config_file;
    char *text = NULL;
    size_t size = 0;
    apr_status_t rv = zk_config_read_whole(path, &text, &size, config->pool, note);

    if (rv == APR_SUCCESS)
        rv = zk_config_parse_members(&config->members, path, text, size, false,
                                     config->multi_address_enabled, config->pool, note);
    if (rv == APR_SUCCESS)
        config->members.version = version_in_name(path);
    return rv;
}

apr_status_t zk_config_load_file(zk_config_t *config, const char *path, zk_note_t *note)
{
    char *text = NULL;
    size_t size = 0;
    apr_status_t rv;

    config->file = apr_pstrdup(config->pool, path);
    zk_config_say(config, ZK_LOG_INFO, "Reading configuration from: %s", path);
    rv = zk_config_read_whole(path, &text, &size, config->pool, note);
    if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv))
        return zk_note(note, ZK_E_CONFIG, "%s file is missing", path);
    if (rv == APR_SUCCESS)
        rv = zk_config_apply_text(config, path, text, size, note);
    if (rv == APR_SUCCESS)
        rv = zk_config_check(config, path, note);
    if (rv == APR_SUCCESS && config->dynamic_config_file != NULL)
        rv = read_dynamic(config, note);
    else if (rv == APR_SUCCESS)
        rv = zk_config_read_members(&config->members, config->entries, path,
                                    config->multi_address_enabled, config->pool, note);
    if (rv == APR_SUCCESS)
        rv = read_my_id(config, note);
    if (rv == APR_SUCCESS)
        rv = zk_config_check_ensemble(config, path, note);
    return rv;
}
