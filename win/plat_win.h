/* plat_win.h -- what the files of this folder share: text, paths and errors at the system's edge.
 */
#ifndef ZK_WIN_PLAT_WIN_H
#define ZK_WIN_PLAT_WIN_H

#include <wchar.h>

/* Before APR, which includes a windows.h so lean that later headers of the system lack types. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

#include <apr_errno.h>
#include <apr_pools.h>

/* UTF-16 of UTF8; NULL when it is not UTF-8 or above the system's limit.  Freed by zk_free. */
wchar_t *plat_win_wide(const char *utf8);

/* UTF-8 of WIDE in POOL; "" when it is not UTF-16. */
char *plat_win_narrow(const wchar_t *wide, apr_pool_t *pool);

/* UTF-16 of the path UTF8, in the long form where the system needs it.  NULL and freed as above. */
wchar_t *plat_win_wide_path(const char *utf8);

/* ARGV (ended by NULL) as one line that the C runtime splits into the same again.  NULL and freed
 * as above. */
wchar_t *plat_win_command_line(const char *const *argv, apr_pool_t *scratch);

/* ERROR as a status, never APR_SUCCESS; GetLastError as a status. */
apr_status_t plat_win_status(DWORD error);
apr_status_t plat_win_last_error(void);

#endif
