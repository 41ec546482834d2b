/* config_commands.c -- config and reconfig: who belongs to the ensemble.
 *
 * The membership is text, a `server.N=...` line each and `version=HEX` last.  Lines are shown in
 * the order of N, where upstream shows them in no order.  Facts: upstream GetConfigCommand.java,
 * ConfigUtils.java, ReconfigCommand.java. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/properties.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "wire/code.h"

enum { CONFIG_BYTES_MAX = 1024 * 1024 };

/* ---- the text ---- */

/* The number of a server's line; lines that are not of a server come last, in their order. */
static int64_t line_number(const char *line)
{
    return strncmp(line, "server.", 7) == 0 ? strtoll(line + 7, NULL, 10) : INT64_MAX;
}

/* The lines of DATA, servers by number. */
static apr_array_header_t *sort_lines(zk_shell_t *shell, zk_str_t data)
{
    apr_array_header_t *lines = apr_array_make(shell->scratch, 8, sizeof(char *));
    char *text = apr_pstrmemdup(shell->scratch, data.data, zk_str_size(data));
    char *line;
    char *last;
    int i;

    for (line = apr_strtok(text, "\r\n", &last); line != NULL;
         line = apr_strtok(NULL, "\r\n", &last)) {
        APR_ARRAY_PUSH(lines, const char *) = line;
        for (i = lines->nelts - 1;
             i > 0 && line_number(APR_ARRAY_IDX(lines, i - 1, char *)) > line_number(line); i--)
            APR_ARRAY_IDX(lines, i, char *) = APR_ARRAY_IDX(lines, i - 1, char *);
        APR_ARRAY_IDX(lines, i, char *) = line;
    }
    return lines;
}

static void print_config(zk_shell_t *shell, zk_str_t data)
{
    apr_array_header_t *lines = sort_lines(shell, data);
    int i;

    for (i = 0; i < lines->nelts; i++)
        zk_buffer_printf(&shell->out, "%s%s", i > 0 ? "\n" : "", APR_ARRAY_IDX(lines, i, char *));
    zk_buffer_append(&shell->out, "\n", 1);
}

/* `VERSION HOST:PORT,...`: where clients connect. */
static void print_client_config(zk_shell_t *shell, zk_str_t data)
{
    apr_array_header_t *lines = sort_lines(shell, data);
    const char *version = "";
    const char *list = "";
    bool is_first = true;
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, char *);
        const char *client = strchr(line, ';');

        if (strncmp(line, "version=", 8) == 0)
            version = line + 8;
        if (strncmp(line, "server.", 7) != 0)
            continue;
        client = client == NULL ? "" : client + 1;
        if (*client != '\0' && strchr(client, ':') == NULL)
            client = apr_pstrcat(shell->scratch, "0.0.0.0:", client, NULL);
        list = apr_pstrcat(shell->scratch, list, is_first ? "" : ",", client, NULL);
        is_first = false;
    }
    zk_buffer_printf(&shell->out, "%s %s\n", version, list);
}

int zk_cli_run_config(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_str_t data;
    zk_stat_t stat;
    int32_t code =
        zk_client_get_config(shell->client, zk_cli_has(arguments, "w"), &data, &stat, shell->arena);

    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, "/zookeeper/config");
    if (zk_cli_has(arguments, "c"))
        print_client_config(shell, data);
    else
        print_config(shell, zk_str_is_null(data) ? zk_str("null") : data);
    zk_cli_print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

/* ---- reconfig ---- */

/* The server lines of a dynamic configuration file. */
static apr_status_t read_members(zk_shell_t *shell, const char *path, const char **members,
                                 zk_note_t *note)
{
    apr_array_header_t *properties;
    apr_finfo_t info;
    apr_file_t *file;
    apr_size_t size;
    char *text;
    int i;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, shell->scratch);

    *members = "";
    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot read '%s'", path);
    if (info.size > CONFIG_BYTES_MAX)
        return zk_note(note, ZK_E_TOO_LARGE, "'%s' is too large", path);
    size = (apr_size_t)info.size;
    text = apr_palloc(shell->scratch, size + 1);
    if (size > 0)
        rv = apr_file_read_full(file, text, size, &size);
    if (rv == APR_SUCCESS)
        rv = zk_properties_parse(&properties, text, size, shell->scratch, note);
    else
        zk_note(note, rv, "cannot read '%s'", path);
    for (i = 0; rv == APR_SUCCESS && i < properties->nelts; i++) {
        const zk_property_t *property = &APR_ARRAY_IDX(properties, i, zk_property_t);

        if (strcmp(property->key, "version") != 0)
            *members = apr_pstrcat(shell->scratch, *members, property->key, "=", property->value,
                                   "\n", NULL);
    }
    return rv;
}

static zk_str_t lower_case(zk_shell_t *shell, const char *text)
{
    char *copy = apr_pstrdup(shell->scratch, text != NULL ? text : "");
    char *at;

    for (at = copy; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return text != NULL ? zk_str(copy) : ZK_STR_NULL;
}

/* What is wrong with the combination of options, or NULL. */
static const char *find_wrong_options(const zk_cli_arguments_t *arguments, int64_t *version)
{
    bool is_whole = zk_cli_has(arguments, "file") || zk_cli_has(arguments, "members");
    bool is_change = zk_cli_has(arguments, "add") || zk_cli_has(arguments, "remove");
    const char *text = zk_cli_option(arguments, "v");
    char *end;

    *version = -1;
    if (text != NULL) {
        errno = 0;
        *version = strtoll(text, &end, 16);
        if (end == text || *end != '\0' || errno != 0)
            return "-v must be followed by a long (configuration version)";
    }
    if (is_whole && is_change)
        return "Can't use -file or -members together with -add or -remove (mixing incremental and "
               "non-incremental modes is not allowed)";
    if (zk_cli_has(arguments, "file") && zk_cli_has(arguments, "members"))
        return "Can't use -file and -members together (conflicting non-incremental modes)";
    return NULL;
}

int zk_cli_run_reconfig(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *file = zk_cli_option(arguments, "file");
    zk_str_t joining = lower_case(shell, zk_cli_option(arguments, "add"));
    zk_str_t leaving = lower_case(shell, zk_cli_option(arguments, "remove"));
    zk_str_t members = lower_case(shell, zk_cli_option(arguments, "members"));
    const char *sentence;
    int64_t version;
    zk_str_t config;
    zk_stat_t stat;
    int32_t code;

    if (file == NULL && zk_str_is_null(joining) && zk_str_is_null(leaving) &&
        zk_str_is_null(members))
        return zk_cli_usage(shell, "reconfig");
    if (arguments->words.count > 0) /* half of what was meant must not be done */
        return zk_cli_complain(shell,
                               apr_psprintf(shell->scratch,
                                            "Unexpected word: %s (options begin with a plain '-')",
                                            arguments->words.items[0]));
    sentence = find_wrong_options(arguments, &version);
    if (sentence != NULL)
        return zk_cli_complain(shell, sentence);
    if (file != NULL) {
        zk_note_t note = {""};
        const char *text;
        char reason[120];
        apr_status_t rv = read_members(shell, file, &text, &note);

        if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv)) /* as upstream: the name twice */
            return zk_cli_complain(shell,
                                   apr_psprintf(shell->scratch, "Error processing %s%s (%s)", file,
                                                file, apr_strerror(rv, reason, sizeof(reason))));
        if (rv != APR_SUCCESS)
            return zk_cli_complain(
                shell, apr_psprintf(shell->scratch, "Error processing %s: %s", file, note.text));
        members = zk_str(text);
    }
    code = zk_client_reconfig(shell->client, joining, leaving, members, version, &config, &stat,
                              shell->arena);
    if (code != ZK_CODE_OK) {
        zk_cli_finish(shell, code, "");
        if (code == ZK_CODE_CONNECTION_LOSS)
            zk_cli_complain(shell, "whether it was committed is not known: run config");
        return ZK_CLI_FAILED;
    }
    zk_buffer_printf(&shell->out, "Committed new configuration:\n");
    print_config(shell, config);
    zk_cli_print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}
