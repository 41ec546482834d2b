/* plat_win.h -- what the files of this folder share: text, paths and errors at the system's edge.
 */
#ifndef ZK_WIN_PLAT_WIN_H
#define ZK_WIN_PLAT_WIN_H

#include <stdbool.h>
#include <wchar.h>

/* Before APR, which includes a windows.h so lean that later headers of the system lack types. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

#include <apr_errno.h>
#include <apr_pools.h>

#include "base/status.h"

/* UTF-16 of UTF8; NULL when it is not UTF-8 or above the system's limit.  Freed by zk_free. */
wchar_t *plat_win_wide(const char *utf8);

/* UTF-8 of WIDE in POOL; "" when it is not UTF-16. */
char *plat_win_narrow(const wchar_t *wide, apr_pool_t *pool);

/* UTF-16 of the path UTF8, in the long form where the system needs it.  NULL and freed as above. */
wchar_t *plat_win_wide_path(const char *utf8);

/* ARGV (ended by NULL) as one line that the C runtime splits into the same again.  NULL and freed
 * as above. */
wchar_t *plat_win_command_line(const char *const *argv, apr_pool_t *scratch);

/* Whether this process runs as a service. */
bool plat_win_is_service(void);

/* The manager and one of its services, opened together and closed together. */
typedef struct plat_win_door {
    SC_HANDLE manager;
    SC_HANDLE service;
} plat_win_door_t;

/* Open service NAME for ACCESS.  A service that does not exist is DOOR->service NULL with the
 * status APR_ENOENT; whatever the result, plat_win_door_close follows. */
apr_status_t plat_win_door_open(plat_win_door_t *door, const char *name, DWORD manager_access,
                                DWORD access, zk_note_t *note);
void plat_win_door_close(plat_win_door_t *door);

/* The account that a service has for itself, in POOL. */
const char *plat_win_own_account(const char *name, apr_pool_t *pool);

/* ChangeServiceConfig2W, or what a test has put in its place: not every system keeps what it is
 * told, so only the call itself shows it. */
typedef BOOL WINAPI plat_win_change_fn_t(SC_HANDLE service, DWORD level, LPVOID info);
extern plat_win_change_fn_t *plat_win_change;

/* The console's handler after plat_stop_listen.  It returns from EVENT only where the process may
 * go on, or end at once, afterwards. */
BOOL WINAPI plat_win_on_console_event(DWORD event);

/* Let the event log find the texts of service NAME's events in PROGRAM. */
void plat_win_add_event_source(const wchar_t *name, const char *program);

/* Take back what we wrote about service NAME outside the service manager's keep. */
void plat_win_forget_service(const char *name);

/* ERROR as a status, never APR_SUCCESS; GetLastError as a status. */
apr_status_t plat_win_status(DWORD error);
apr_status_t plat_win_last_error(void);

#endif
