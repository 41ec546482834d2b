/* tools.c -- see tools.h. */
#include "cli/tools.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "client/path.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "wire/code.h"

/* jute.maxbuffer of a server that says nothing else. */
enum { REQUEST_BYTES_USUAL = 0xfffff };

/* ---- complaints ---- */

int zk_cli_usage(zk_shell_t *shell, const char *name)
{
    zk_cli_print_command_usage(&shell->err, zk_cli_find_command(name));
    return ZK_CLI_FAILED;
}

int zk_cli_complain(zk_shell_t *shell, const char *sentence)
{
    zk_buffer_printf(&shell->err, "%s\n", sentence);
    return ZK_CLI_FAILED;
}

void zk_cli_hint(zk_shell_t *shell, const char *sentence)
{
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_DEPRECATION))
        zk_buffer_printf(&shell->err, "hint: %s\n", sentence);
}

/* A znode was not found: the reason may be that there is not even the root. */
static bool is_chroot_missing(zk_shell_t *shell)
{
    zk_stat_t stat;

    return *zk_client_chroot(shell->client) != '\0' &&
           zk_client_exists(shell->client, zk_str("/"), false, &stat, shell->arena) ==
               ZK_CODE_NO_NODE;
}

void zk_cli_hint_parent(zk_shell_t *shell, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash != NULL && slash != path && !is_chroot_missing(shell))
        zk_cli_hint(shell, apr_psprintf(shell->scratch, "create its parent %.*s first",
                                        (int)(slash - path), path));
}

void zk_cli_hint_size(zk_shell_t *shell, int32_t code, size_t bytes)
{
    if (code == ZK_CODE_CONNECTION_LOSS && bytes > REQUEST_BYTES_USUAL)
        zk_cli_hint(shell, apr_psprintf(shell->scratch,
                                        "a server takes no request of more than jute.maxbuffer, by "
                                        "default %d bytes; this one had %" APR_SIZE_T_FMT,
                                        REQUEST_BYTES_USUAL, bytes));
}

int zk_cli_finish(zk_shell_t *shell, int32_t code, const char *path)
{
    if (code == ZK_CODE_OK)
        return ZK_CLI_OK;
    zk_cli_print_error(&shell->err, code, path, shell->dialect);
    zk_buffer_append(&shell->err, "\n", 1);
    if (code == ZK_CODE_NO_NODE && is_chroot_missing(shell))
        zk_cli_hint(shell,
                    apr_psprintf(shell->scratch,
                                 "the chroot %s does not exist; connect without it and create it",
                                 zk_client_chroot(shell->client)));
    return ZK_CLI_FAILED;
}

bool zk_cli_path_is_valid(zk_shell_t *shell, const char *path, bool is_sequential)
{
    zk_note_t note;

    if (zk_client_path_check(zk_str(path), is_sequential, &note))
        return true;
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_COMMAND_FAILED))
        zk_buffer_printf(&shell->err, "Command failed: java.lang.IllegalArgumentException: ");
    zk_cli_complain(shell, note.text);
    return false;
}

bool zk_cli_take_version(zk_shell_t *shell, const zk_cli_arguments_t *arguments, int word,
                         int32_t *version)
{
    const char *text = zk_cli_option(arguments, "v");
    int64_t number = -1;

    if (text != NULL && !zk_cli_parse_number(&number, text, INT32_MIN, INT32_MAX)) {
        zk_cli_complain(shell, "-v must be an int value");
        return false;
    }
    if (text == NULL && arguments->words.count > word)
        zk_cli_parse_number(&number, arguments->words.items[word], INT32_MIN, INT32_MAX);
    *version = (int32_t)number;
    return true;
}

bool zk_cli_take_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                       const char *deprecation)
{
    if (arguments->words.count > 1) {
        zk_cli_deprecate(shell, deprecation);
        return true;
    }
    return zk_cli_has(arguments, "w");
}

void zk_cli_note_old_form(zk_shell_t *shell)
{
    if (!shell->is_terminal || shell->old_form_noted ||
        !zk_dialect_has(shell->dialect, ZK_DIALECT_DEPRECATION))
        return;
    shell->old_form_noted = true;
    zk_cli_complain(shell, "note: ZooKeeper 3.4 syntax accepted; start with -compat 3.4 to see "
                           "output as 3.4 printed it");
    zk_shell_flush(shell);
}

void zk_cli_deprecate(zk_shell_t *shell, const char *sentence)
{
    zk_cli_note_old_form(shell);
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_DEPRECATION))
        zk_cli_complain(shell, sentence);
    zk_shell_flush(shell); /* before the results */
}

void zk_cli_print_stat_of_era(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                              const zk_stat_t *stat)
{
    if (zk_cli_has(arguments, "s") || zk_dialect_has(shell->dialect, ZK_DIALECT_STAT_ALWAYS))
        zk_cli_print_stat(&shell->out, stat);
}

void zk_cli_print_stat_if_asked(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                                const zk_stat_t *stat)
{
    if (zk_cli_has(arguments, "s"))
        zk_cli_print_stat(&shell->out, stat);
}

/* ---- paths ---- */

int zk_cli_compare_names(const void *a, const void *b)
{
    return zk_str_compare(*(const zk_str_t *)a, *(const zk_str_t *)b);
}

bool zk_cli_is_below(zk_str_t path, zk_str_t root)
{
    size_t size = zk_str_size(root);

    if (size == 1)
        return true; /* the root of all */
    return size > 0 && zk_str_size(path) >= size && memcmp(path.data, root.data, size) == 0 &&
           (zk_str_size(path) == size || path.data[size] == '/');
}

zk_str_t zk_cli_join_path(zk_shell_t *shell, zk_str_t parent, zk_str_t child)
{
    bool is_root = parent.length == 1;

    return zk_str(apr_psprintf(shell->scratch, "%.*s/%.*s", is_root ? 0 : (int)parent.length,
                               parent.data, (int)child.length, child.data));
}
