/* terminal.c -- see terminal.h.
 *
 * Lines of earlier runs are in a file that only the user may read: $ZKCLI_HISTORY, or
 * paddock/zkcli_history in the user's state directory; ZKCLI_HISTORY set to nothing keeps none.
 * Each line is appended when it is run, so that several zkcli side by side do not undo each other.
 * Lines that begin with a blank, and addauth, whose words are secrets, are not written. */
#include "cli/terminal.h"

#include <string.h>
#include <apr_env.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "client/client.h"
#include "cli/complete.h"

/* A file that grew beyond this is begun anew with what was read of it. */
enum { HISTORY_BYTES_MAX = 256 * 1024 };

/* ---- lines of earlier runs ---- */

/* Where they are, or NULL when none are kept. */
static const char *history_path(apr_pool_t *pool)
{
    const char *directory;
    char *path;

    if (apr_env_get(&path, "ZKCLI_HISTORY", pool) == APR_SUCCESS)
        return path[0] != '\0' ? path : NULL;
    directory = plat_state_dir("paddock", pool);
    if (directory == NULL ||
        apr_dir_make_recursive(directory, APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE,
                               pool) != APR_SUCCESS)
        return NULL;
    return apr_pstrcat(pool, directory, "/zkcli_history", NULL);
}

static apr_file_t *open_history(const char *path, apr_int32_t flags, apr_pool_t *pool)
{
    apr_file_t *file;

    return apr_file_open(&file, path, flags, APR_FPROT_UREAD | APR_FPROT_UWRITE, pool) ==
                   APR_SUCCESS
               ? file
               : NULL;
}

/* Give the editor the lines of FILE, from the last HISTORY_BYTES_MAX bytes. */
static void load_history(zk_edit_t *edit, const char *path, apr_pool_t *pool)
{
    apr_file_t *file = open_history(path, APR_FOPEN_READ | APR_FOPEN_BINARY, pool);
    char *text;
    char *line;
    char *end;
    apr_off_t at = 0;
    apr_size_t size = HISTORY_BYTES_MAX;

    if (file == NULL)
        return;
    text = apr_palloc(pool, size + 1);
    apr_file_seek(file, APR_END, &at);
    at = at > HISTORY_BYTES_MAX ? at - HISTORY_BYTES_MAX : 0;
    apr_file_seek(file, APR_SET, &at);
    if (apr_file_read_full(file, text, size, &size) != APR_SUCCESS && size == 0) {
        apr_file_close(file);
        return;
    }
    text[size] = '\0';
    line = at > 0 && strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : text;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        zk_edit_remember(edit, line);
    }
    apr_file_close(file);
}

static void keep_line(const char *path, const char *line, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_size_t size;
    const char *text;

    if (path == NULL || line[0] == ' ' || strncmp(line, "addauth", 7) == 0)
        return;
    file = open_history(
        path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND | APR_FOPEN_BINARY, pool);
    if (file == NULL)
        return;
    text = apr_pstrcat(pool, line, "\n", NULL);
    size = strlen(text);
    apr_file_write_full(file, text, size, NULL); /* a convenience: nobody waits for it to work */
    apr_file_close(file);
}

/* ---- what the editor asks for ---- */

static const char *prompt_hook(void *baton)
{
    return zk_shell_prompt(baton);
}

static bool interest_hook(void *baton, apr_os_sock_t *os_socket, bool *reads, bool *writes,
                          int64_t *wait_ms)
{
    zk_shell_t *shell = baton;

    return zk_client_interest(shell->client, os_socket, reads, writes, wait_ms);
}

static void step_hook(void *baton)
{
    zk_shell_t *shell = baton;

    zk_client_step(shell->client, 0);
}

static void complete_hook(void *baton, const char *line, size_t cursor, zk_edit_choices_t *choices)
{
    zk_cli_complete(baton, line, cursor, choices);
}

/* A log line is about to be written to the same terminal. */
static void leave_for_log(void *baton)
{
    zk_shell_t *shell = baton;

    zk_cli_end_progress(shell);
    if (!shell->is_editing || !zk_edit_leave(shell->edit, false))
        return;
    fputs("\n", stdout);
    fflush(stdout);
}

bool zk_terminal_open(zk_shell_t *shell)
{
    zk_edit_hooks_t *hooks = apr_palloc(shell->pool, sizeof(*hooks));

    hooks->baton = shell;
    hooks->prompt = prompt_hook;
    hooks->interest = interest_hook;
    hooks->step = step_hook;
    hooks->complete = complete_hook;
    shell->edit = zk_edit_open(hooks, shell->pool);
    zk_log_announce(leave_for_log, shell);
    return shell->edit != NULL;
}

void zk_terminal_run(zk_shell_t *shell)
{
    const char *path = history_path(shell->pool);
    zk_edit_result_t result;
    const char *line;

    if (path != NULL)
        load_history(shell->edit, path, shell->scratch);
    do {
        shell->is_editing = true;
        result = zk_edit_read(shell->edit, &line);
        shell->is_editing = false;
        if (result != ZK_EDIT_LINE)
            continue;
        if (line[strspn(line, " \t")] != '\0') {
            zk_edit_remember(shell->edit, line);
            keep_line(path, line, shell->scratch);
        }
        zk_shell_run_line(shell, line);
    } while (!shell->is_quitting && (result == ZK_EDIT_LINE || result == ZK_EDIT_DISCARDED));
}
