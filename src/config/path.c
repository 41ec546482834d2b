/* path.c -- guards for values that are paths.
 *
 * zoo.cfg has the escapes of java.util.Properties, so `E:\zk\data` means `E:zkdata`: upstream
 * starts with an empty database in a directory nobody meant.  We neither follow it there nor guess:
 * a path that was visibly written for Windows with single backslashes is refused, with both correct
 * spellings in the message.
 */
#include "config/config_internal.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Written like `E:\zk`, `E:zk\data`, `\\srv\share` or `\zk`. */
static bool looks_like_windows(const char *raw)
{
    return (is_letter(raw[0]) && raw[1] == ':') || raw[0] == '\\';
}

/* RAW as it was meant: every run of backslashes one separator, two at the start of a share.
 * SEPARATOR is how one is to be written. */
static const char *spelled(const char *raw, const char *separator, apr_pool_t *pool)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    const char *text;
    const char *at = raw;

    if (raw[0] == '\\' && raw[1] == '\\')
        zk_buffer_printf(&out, "%s", separator);
    while (*at != '\0') {
        if (*at == '\\') {
            zk_buffer_printf(&out, "%s", separator);
            at += strspn(at, "\\");
        } else {
            zk_buffer_append(&out, at++, 1);
        }
    }
    text = apr_pstrmemdup(pool, (const char *)zk_buffer_bytes(&out), zk_buffer_size(&out));
    zk_buffer_free(&out);
    return text;
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

static bool is_relative(const char *path, apr_pool_t *pool)
{
    const char *root;
    const char *rest = path;

    /* on Windows `/data` is incomplete, but it is not relative to where we happen to run */
    return APR_STATUS_IS_ERELATIVE(apr_filepath_root(&root, &rest, 0, pool));
}

apr_status_t zk_config_check_path(zk_config_t *config, const char *value,
                                  const config_place_t *place, zk_note_t *note)
{
    if (place->has_single_backslash) {
        const char *raw = zk_config_trim(place->raw, config->pool);

        if (looks_like_windows(raw))
            return zk_config_refuse(
                place, note,
                "'%s' has single backslashes and would be read as '%s'; write '%s' or '%s'%s", raw,
                value, spelled(raw, "\\\\", config->pool), spelled(raw, "/", config->pool),
                strchr(raw, '=') != NULL
                    ? " (a backslash at the end of a line joins it with the next one)"
                    : "");
        zk_config_say(config, ZK_LOG_WARN,
                      "%s in line %d is written '%s' and read as '%s': a backslash in a path is "
                      "written \\\\ or /",
                      place->key, place->line, raw, value);
    }
    if (place->raw != NULL && !is_ascii(place->raw)) /* NULL: no file has it */
        zk_config_say(config, ZK_LOG_WARN,
                      "%s in line %d has letters beyond ASCII, and is read as '%s': this file is "
                      "ISO-8859-1, for Java's server as well. Write such a letter as \\u and its "
                      "code, as \\u00eb",
                      place->key, place->line, value);
    if (*value != '\0' && is_relative(value, config->pool) && strncmp(value, "./", 2) != 0 &&
        strncmp(value, ".\\", 2) != 0)
        zk_config_say(config, ZK_LOG_WARN,
                      "%s is relative. Prepend ./ to indicate that you're sure!", value);
    return APR_SUCCESS;
}
