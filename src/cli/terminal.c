/* terminal.c -- see terminal.h. */
#include "cli/terminal.h"

#include <string.h>
#include "base/log.h"
#include "client/client.h"
#include "cli/complete.h"
#include "cli/history.h"

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

static void recall(void *baton, const char *line)
{
    zk_edit_remember(baton, line);
}

void zk_terminal_run(zk_shell_t *shell)
{
    const char *path = zk_history_path(shell->pool);
    zk_edit_result_t result;
    const char *line;

    if (path != NULL)
        zk_history_load(path, recall, shell->edit, shell->scratch);
    do {
        shell->is_editing = true;
        result = zk_edit_read(shell->edit, &line);
        shell->is_editing = false;
        if (result != ZK_EDIT_LINE)
            continue;
        if (line[strspn(line, " \t")] != '\0') {
            zk_edit_remember(shell->edit, line);
            if (path != NULL)
                zk_history_keep(path, line, shell->scratch);
        }
        zk_shell_run_line(shell, line);
    } while (!shell->is_quitting && (result == ZK_EDIT_LINE || result == ZK_EDIT_DISCARDED));
}
