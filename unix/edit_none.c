/* edit_none.c -- line editing where libedit is missing: none. */
#include "cli/edit.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/status.h"

zk_edit_t *zk_edit_open(const zk_edit_hooks_t *hooks, apr_pool_t *pool)
{
    (void)hooks;
    (void)pool;
    return NULL;
}

zk_edit_result_t zk_edit_read(zk_edit_t *edit, const char **line)
{
    (void)line;
    ZK_ASSERT(edit != NULL); /* there never is one */
    return ZK_EDIT_END;
}

bool zk_edit_leave(zk_edit_t *edit, bool later)
{
    (void)edit;
    (void)later;
    return false;
}

void zk_edit_remember(zk_edit_t *edit, const char *line)
{
    (void)edit;
    (void)line;
}

int zk_edit_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool zk_edit_output_is_terminal(bool error)
{
    return isatty(error ? STDERR_FILENO : STDOUT_FILENO) != 0;
}
