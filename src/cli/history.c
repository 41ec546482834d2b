/* history.c -- see history.h.
 *
 * Nothing is kept unless it is asked for: what is typed here ends up in znodes and may be as
 * confidential as they are, and upstream's zkCli.sh never left such a file (DECISIONS.md).
 *
 * Only the user may read the file.  Each line is appended when it is run, so that several zkcli
 * side by side do not undo each other; a file that grew too long is replaced by its end. */
#include "cli/history.h"

#include <string.h>
#include <apr_env.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "base/status.h"
#include "cli/tools.h"

enum { MODE_FILE = APR_FPROT_UREAD | APR_FPROT_UWRITE };

const char *zk_history_path(apr_pool_t *pool)
{
    const char *directory;
    char *text;

    if (apr_env_get(&text, "ZKCLI_HISTORY", pool) != APR_SUCCESS || text[0] == '\0' ||
        strcmp(text, "off") == 0)
        return NULL;
    if (strcmp(text, "on") != 0)
        return text;
    directory = plat_state_dir("paddock", pool);
    if (directory == NULL ||
        apr_dir_make_recursive(directory, MODE_FILE | APR_FPROT_UEXECUTE, pool) != APR_SUCCESS)
        return NULL;
    return apr_pstrcat(pool, directory, "/zkcli_history", NULL);
}

bool zk_history_is_secret(const char *line)
{
    static const char command[] = "addauth";
    char word[sizeof(command)];

    line += strspn(line, " \t\"'");
    apr_cpystrn(word, line, sizeof(word));
    /* addauth digest USER:PASSWORD; setAcl PATH auth:USER:PASSWORD:PERMS; digests can be guessed */
    return zk_cli_equal_ignoring_case(word, command) || strstr(line, "digest") != NULL ||
           strstr(line, "auth:") != NULL;
}

static apr_file_t *open_file(const char *path, apr_int32_t flags, apr_pool_t *pool)
{
    apr_file_t *file;

    return apr_file_open(&file, path, flags | APR_FOPEN_BINARY, MODE_FILE, pool) == APR_SUCCESS
               ? file
               : NULL;
}

/* The last ZK_HISTORY_BYTES_MAX bytes of FILE; *IS_ALL tells whether there are no more. */
static char *read_end(apr_file_t *file, bool *is_all, apr_pool_t *pool)
{
    apr_size_t size = ZK_HISTORY_BYTES_MAX;
    char *text = apr_palloc(pool, size + 1);
    apr_off_t at = 0;

    apr_file_seek(file, APR_END, &at);
    *is_all = at <= ZK_HISTORY_BYTES_MAX;
    at = *is_all ? 0 : at - ZK_HISTORY_BYTES_MAX;
    apr_file_seek(file, APR_SET, &at);
    if (apr_file_read_full(file, text, size, &size) != APR_SUCCESS && size == 0)
        size = 0;
    text[size] = '\0';
    return text;
}

static void replace_file(const char *path, const char *text, apr_pool_t *pool)
{
    const char *fresh = apr_pstrcat(pool, path, ".new", NULL);
    apr_file_t *file =
        open_file(fresh, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE, pool);
    apr_status_t rv;

    if (file == NULL)
        return;
    rv = apr_file_write_full(file, text, strlen(text), NULL);
    apr_file_close(file);
    if (rv != APR_SUCCESS || apr_file_rename(fresh, path, pool) != APR_SUCCESS)
        apr_file_remove(fresh, pool);
}

void zk_history_load(const char *path, zk_history_fn_t *take, void *baton, apr_pool_t *scratch)
{
    apr_file_t *file = open_file(path, APR_FOPEN_READ, scratch);
    bool is_all;
    char *line;
    char *end;

    if (file == NULL)
        return;
    line = read_end(file, &is_all, scratch);
    apr_file_close(file);
    if (!is_all) {
        end = strchr(line, '\n'); /* the first line has lost its beginning */
        line = end != NULL ? end + 1 : line + strlen(line);
        replace_file(path, line, scratch);
    }
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (end > line && end[-1] == '\r') /* someone edited it on Windows */
            end[-1] = '\0';
        take(baton, line);
    }
}

void zk_history_keep(const char *path, const char *line, apr_pool_t *scratch)
{
    apr_file_t *file;
    const char *text;

    if (line[0] == ' ' || zk_history_is_secret(line))
        return;
    file = open_file(path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND, scratch);
    if (file == NULL)
        return;
    text = apr_pstrcat(scratch, line, "\n", NULL);
    apr_file_write_full(file, text, strlen(text), NULL);
    apr_file_close(file);
}
