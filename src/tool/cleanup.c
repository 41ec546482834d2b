/* cleanup.c -- zktool cleanup: remove what no start will need, as a server's own purge does.
 *
 * Safe beside a running server: the newest snapshots and every log they need stay.
 *
 * Facts: PurgeTxnLog.java.  Its order of words (directories first) is understood as well. */
#include "tool/tool.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/properties.h"
#include "store/datadir.h"
#include "tool/text.h"

enum { CONFIG_BYTES_MAX = 1 << 20 };

typedef struct cleanup_words {
    const char *config;  /* of --config; NULL without */
    const char *dirs[2]; /* DATALOGDIR, SNAPDIR */
    int dirs_count;
    const char *count_text;
    bool dry_run;
    zk_time_form_t form;
} cleanup_words_t;

static int refuse(zk_tool_t *tool)
{
    fputs(
        "Usage:\n"
        "PurgeTxnLog dataLogDir [snapDir] -n count\n"
        "\tdataLogDir -- path to the txn log directory\n"
        "\tsnapDir -- path to the snapshot directory\n"
        "\tcount -- the number of old snaps/logs you want to keep, value should be greater than or "
        "equal to 3\n",
        tool->out);
    return ZK_TOOL_FAILED;
}

static apr_status_t read_config(char **text, size_t *size, const char *path, apr_pool_t *pool,
                                zk_note_t *note)
{
    apr_file_t *file;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool);

    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot read '%s'", path);
    *text = apr_palloc(pool, CONFIG_BYTES_MAX);
    rv = apr_file_read_full(file, *text, CONFIG_BYTES_MAX, size);
    apr_file_close(file);
    if (rv == APR_SUCCESS)
        return zk_note(note, ZK_E_CONFIG, "'%s' is too long for a configuration", path);
    return APR_STATUS_IS_EOF(rv) ? APR_SUCCESS : zk_note(note, rv, "cannot read '%s'", path);
}

static bool take_words(cleanup_words_t *words, int argc, const char *const *argv)
{
    int i;

    for (i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-n") == 0) {
            if (i + 1 == argc)
                return false;
            words->count_text = argv[++i];
        } else if (strcmp(argv[i], "--config") == 0) {
            if (i + 1 == argc)
                return false;
            words->config = argv[++i];
        } else if (strcmp(argv[i], "--dry-run") == 0) {
            words->dry_run = true;
        } else if (argv[i][0] == '-' || words->dirs_count == 2) {
            return false;
        } else {
            words->dirs[words->dirs_count++] = argv[i];
        }
    }
    return (words->dirs_count > 0) != (words->config != NULL) && words->count_text != NULL;
}

/* The directories that configuration WORDS->config names; says why there are none. */
static bool take_config(zk_tool_t *tool, cleanup_words_t *words)
{
    zk_note_t note = {""};
    apr_array_header_t *entries;
    const char *data_dir = NULL;
    const char *log_dir = NULL;
    char *text = NULL;
    size_t size = 0;
    int i;

    if (read_config(&text, &size, words->config, tool->pool, &note) != APR_SUCCESS ||
        zk_properties_parse(&entries, text, size, tool->pool, &note) != APR_SUCCESS) {
        fprintf(tool->err, "%s\n", note.text);
        return false;
    }
    for (i = 0; i < entries->nelts; i++) {
        const zk_property_t *entry = &APR_ARRAY_IDX(entries, i, zk_property_t);

        if (strcmp(entry->key, "dataDir") == 0)
            data_dir = entry->value;
        else if (strcmp(entry->key, "dataLogDir") == 0)
            log_dir = entry->value;
    }
    if (data_dir == NULL || *data_dir == '\0') {
        fprintf(tool->err, "dataDir is not set in '%s'\n", words->config);
        return false;
    }
    if (log_dir != NULL && *log_dir != '\0')
        words->dirs[words->dirs_count++] = log_dir;
    words->dirs[words->dirs_count++] = data_dir;
    return true;
}

static void print_removed(void *baton, const char *path, apr_time_t mtime)
{
    zk_tool_t *tool = baton;

    fprintf(tool->out, "Removing file: %s\t%s\n",
            zk_tool_time((int64_t)(mtime / 1000), ZK_TIME_SECONDS, tool->pool), path);
}

/* The version-2 below DIR, or DIR where that is its name already. */
static const char *data_dir_of(zk_tool_t *tool, const char *dir)
{
    apr_finfo_t info;
    const char *below = apr_pstrcat(tool->pool, dir, "/" ZK_STORE_VERSION_DIR, NULL);

    if (strcmp(zk_tool_base_name(dir), ZK_STORE_VERSION_DIR) == 0 &&
        apr_stat(&info, below, APR_FINFO_TYPE, tool->pool) != APR_SUCCESS)
        return dir;
    return below;
}

int zk_tool_cleanup(zk_tool_t *tool, int argc, const char *const *argv)
{
    cleanup_words_t words = {.dirs_count = 0};
    zk_note_t note = {""};
    apr_finfo_t info;
    const char *log_dir;
    const char *snapshot_dir;
    char *end;
    long count;
    int i;
    apr_status_t rv;

    if (!take_words(&words, argc, argv))
        return refuse(tool);
    if (words.config != NULL && !take_config(tool, &words))
        return ZK_TOOL_FAILED;
    for (i = 0; i < words.dirs_count; i++)
        if (apr_stat(&info, words.dirs[i], APR_FINFO_TYPE, tool->pool) != APR_SUCCESS) {
            fprintf(tool->err, "Path '%s' does not exist. \n", words.dirs[i]);
            return refuse(tool);
        }
    errno = 0;
    count = strtol(words.count_text, &end, 10);
    if (*end != '\0' || end == words.count_text || errno != 0 || count > INT_MAX ||
        count < INT_MIN) {
        fprintf(tool->err, "'%s' can not be parsed to integer.\n", words.count_text);
        return refuse(tool);
    }
    if (count < 3) {
        fprintf(tool->err, "count should be greater than or equal to 3\n");
        return refuse(tool);
    }
    log_dir = data_dir_of(tool, words.dirs[0]);
    snapshot_dir = words.dirs_count == 2 ? data_dir_of(tool, words.dirs[1]) : log_dir;
    rv = (words.dry_run ? zk_store_purge_rehearse : zk_store_purge)(
        snapshot_dir, log_dir, (int)count, print_removed, tool, tool->pool, &note);
    if (rv != APR_SUCCESS) {
        fprintf(tool->err, "%s\n", note.text);
        return ZK_TOOL_FAILED;
    }
    return ZK_TOOL_OK;
}
