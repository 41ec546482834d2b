/* edit_none.c -- line editing on Windows is the console's own: arrows, F7, recalled lines. */
#include "cli/edit.h"

#include <windows.h>

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
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info))
        return 80;
    return info.srWindow.Right - info.srWindow.Left + 1;
}

bool zk_edit_output_is_terminal(bool error)
{
    HANDLE handle = GetStdHandle(error ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
    DWORD mode;

    return handle != INVALID_HANDLE_VALUE && handle != NULL && GetConsoleMode(handle, &mode);
}
