/* plat_services.c -- telling the service control manager about services: which there are, what they
 * run, start and stop.
 *
 * Facts: the service functions of Windows 7.  Of these, wine keeps no recovery actions and looks
 * no virtual accounts up; where that matters the code says so. */
#include "plat_win.h"

#include "base/plat_service.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/plat.h"

#define SHUTDOWN_MS (60 * 1000)
#define SERVICES_BYTES_MAX (256 * 1024) /* the most that one enumeration call takes */
#define QUERY_PAUSE_MS 50

/* --- the manager ---------------------------------------------------------------------------- */

bool plat_service_can_install(void)
{
    return true;
}

static const struct {
    DWORD state;
    plat_service_state_t ours;
} states[] = {
    {SERVICE_STOPPED, PLAT_SERVICE_STOPPED},
    {SERVICE_START_PENDING, PLAT_SERVICE_STARTING},
    {SERVICE_CONTINUE_PENDING, PLAT_SERVICE_STARTING},
    {SERVICE_STOP_PENDING, PLAT_SERVICE_STOPPING},
};

void plat_win_door_close(plat_win_door_t *door)
{
    if (door->service != NULL)
        CloseServiceHandle(door->service);
    if (door->manager != NULL)
        CloseServiceHandle(door->manager);
}

apr_status_t plat_win_door_open(plat_win_door_t *door, const char *name, DWORD manager_access,
                                DWORD access, zk_note_t *note)
{
    wchar_t *wide_name = plat_win_wide(name);
    apr_status_t rv = APR_SUCCESS;
    DWORD error;

    memset(door, 0, sizeof(*door));
    if (wide_name == NULL)
        return zk_note(note, APR_EINVAL, "service name '%s' is not valid", name);
    door->manager = OpenSCManagerW(NULL, NULL, manager_access);
    if (door->manager == NULL) {
        rv = zk_note(note, plat_win_last_error(), "cannot reach the service control manager");
    } else {
        door->service = OpenServiceW(door->manager, wide_name, access);
        error = door->service == NULL ? GetLastError() : NO_ERROR;
        if (error == ERROR_SERVICE_DOES_NOT_EXIST)
            rv = zk_note(note, APR_ENOENT, "there is no service '%s'", name);
        else if (error != NO_ERROR)
            rv = zk_note(note, plat_win_status(error), "cannot open service '%s'", name);
    }
    zk_free(wide_name);
    return rv;
}

static bool query(SC_HANDLE handle, SERVICE_STATUS_PROCESS *status)
{
    DWORD bytes;

    return QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, (LPBYTE)status, sizeof(*status),
                                &bytes);
}

plat_win_change_fn_t *plat_win_change = ChangeServiceConfig2W;

/* What CreateService has no argument for.  A service without these still runs, and older systems do
 * not know all of them, so failures are not ours to report. */
static void set_details(SC_HANDLE handle, const plat_service_t *wanted, const wchar_t *text)
{
    wchar_t privileges[] = L"SeChangeNotifyPrivilege\0"; /* two NULs end the list */
    SC_ACTION steps[3] = {
        {SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, 30000}, {SC_ACTION_NONE, 0}};
    SERVICE_FAILURE_ACTIONSW actions;
    SERVICE_FAILURE_ACTIONS_FLAG flag = {wanted->recovery};
    SERVICE_PRESHUTDOWN_INFO shutdown = {SHUTDOWN_MS};
    SERVICE_DESCRIPTIONW description = {(LPWSTR)(uintptr_t)text};
    SERVICE_DELAYED_AUTO_START_INFO delayed = {wanted->start == PLAT_SERVICE_DELAYED};
    SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
    SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges};

    memset(&actions, 0, sizeof(actions));
    actions.dwResetPeriod = 10 * 60;
    actions.cActions = wanted->recovery ? 3 : 0;
    actions.lpsaActions = steps;
    plat_win_change(handle, SERVICE_CONFIG_FAILURE_ACTIONS, &actions);
    plat_win_change(handle, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag);
    plat_win_change(handle, SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown);
    plat_win_change(handle, SERVICE_CONFIG_DESCRIPTION, &description);
    plat_win_change(handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
    plat_win_change(handle, SERVICE_CONFIG_SERVICE_SID_INFO, &sid);
    plat_win_change(handle, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required);
}

/* The strings of SERVICE in UTF-16. */
struct wide_service {
    wchar_t *name, *title, *description, *line, *account, *password;
};

static bool widen(struct wide_service *out, const plat_service_t *in, apr_pool_t *scratch)
{
    const char *account =
        in->account != NULL ? in->account : plat_win_own_account(in->name, scratch);

    out->name = plat_win_wide(in->name);
    out->title = plat_win_wide(in->title);
    out->description = plat_win_wide(in->description);
    out->line = plat_win_command_line(in->argv, scratch);
    out->account = plat_win_wide(account);
    out->password = plat_win_wide(in->password != NULL ? in->password : "");
    return out->name != NULL && out->title != NULL && out->description != NULL &&
           out->line != NULL && out->account != NULL && out->password != NULL;
}

static void wide_service_free(struct wide_service *text)
{
    zk_free(text->name);
    zk_free(text->title);
    zk_free(text->description);
    zk_free(text->line);
    zk_free(text->account);
    if (text->password != NULL)
        SecureZeroMemory(text->password, wcslen(text->password) * sizeof(*text->password));
    zk_free(text->password);
}

/* A change leaves the account and its password alone unless KEEP_ACCOUNT is false: the system would
 * take an empty password for a new one. */
static apr_status_t create_or_change(plat_win_door_t *door, const struct wide_service *text,
                                     DWORD start, bool keep_account)
{
    static const wchar_t network[] = L"Tcpip\0Afd\0"; /* what must run before us; two NULs end it */

    if (door->service == NULL) {
        door->service =
            CreateServiceW(door->manager, text->name, text->title, SERVICE_ALL_ACCESS,
                           SERVICE_WIN32_OWN_PROCESS, start, SERVICE_ERROR_NORMAL, text->line, NULL,
                           NULL, network, text->account, text->password);
        return door->service != NULL ? APR_SUCCESS : plat_win_last_error();
    }
    if (!ChangeServiceConfigW(door->service, SERVICE_WIN32_OWN_PROCESS, start, SERVICE_ERROR_NORMAL,
                              text->line, NULL, NULL, network, keep_account ? NULL : text->account,
                              keep_account ? NULL : text->password, text->title))
        return plat_win_last_error();
    return APR_SUCCESS;
}

/* By plat_service_start_t. */
static const DWORD starts[] = {SERVICE_AUTO_START, SERVICE_AUTO_START, SERVICE_DEMAND_START,
                               SERVICE_DISABLED};

apr_status_t plat_service_install(const plat_service_t *description, apr_pool_t *scratch,
                                  zk_note_t *note)
{
    struct wide_service text;
    plat_win_door_t door;
    apr_status_t rv;

    if (!widen(&text, description, scratch)) {
        wide_service_free(&text);
        return zk_note(note, APR_EINVAL, "service '%s': not UTF-8, or too long", description->name);
    }
    rv =
        plat_win_door_open(&door, description->name, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE,
                           SERVICE_ALL_ACCESS, note);
    if (rv == APR_SUCCESS || rv == APR_ENOENT) {
        rv = create_or_change(&door, &text, starts[description->start],
                              description->account == NULL);
        if (rv == APR_SUCCESS) {
            set_details(door.service, description, text.description);
            plat_win_add_event_source(text.name, description->argv[0]);
        } else {
            zk_note(note, rv, "cannot install service '%s'", description->name);
        }
    }
    plat_win_door_close(&door);
    wide_service_free(&text);
    return rv;
}

apr_status_t plat_service_remove(const char *name, zk_note_t *note)
{
    plat_win_door_t door;
    apr_status_t rv = plat_win_door_open(&door, name, SC_MANAGER_CONNECT, DELETE, note);

    if (rv == APR_SUCCESS && !DeleteService(door.service))
        rv = zk_note(note, plat_win_last_error(), "cannot remove service '%s'", name);
    else if (rv == APR_SUCCESS)
        plat_win_forget_service(name);
    plat_win_door_close(&door);
    return rv;
}

static DWORD exit_code_of(const SERVICE_STATUS_PROCESS *status)
{
    return status->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
               ? status->dwServiceSpecificExitCode
               : status->dwWin32ExitCode;
}

/* Wait for service NAME to reach GOAL.  A service that stops while we wait for it to run has
 * failed. */
static apr_status_t await_state(SC_HANDLE handle, const char *name, DWORD goal, int within_ms,
                                zk_note_t *note)
{
    int64_t give_up_ms = plat_monotonic_ms() + within_ms;
    SERVICE_STATUS_PROCESS status;

    for (;;) {
        if (!query(handle, &status))
            return zk_note(note, plat_win_last_error(), "cannot query service '%s'", name);
        if (status.dwCurrentState == goal)
            return APR_SUCCESS;
        if (goal == SERVICE_RUNNING && status.dwCurrentState == SERVICE_STOPPED) {
            zk_note(note, APR_SUCCESS, "service '%s' ended with code %lu", name,
                    exit_code_of(&status));
            return APR_EGENERAL;
        }
        if (plat_monotonic_ms() >= give_up_ms)
            return zk_note(note, APR_TIMEUP, "service '%s' takes longer than %d ms", name,
                           within_ms);
        Sleep(QUERY_PAUSE_MS);
    }
}

/* Whether SERVICE has run and told why it ended.  The manager of wine says timeout of a service
 * that has reported its end before the manager looks, which is the time of a port that is taken. */
static bool has_told_its_end(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;

    return query(service, &status) && status.dwCurrentState == SERVICE_STOPPED &&
           status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR;
}

apr_status_t plat_service_start(const char *name, int within_ms, zk_note_t *note)
{
    plat_win_door_t door;
    DWORD error = NO_ERROR;
    apr_status_t rv = plat_win_door_open(&door, name, SC_MANAGER_CONNECT,
                                         SERVICE_START | SERVICE_QUERY_STATUS, note);

    if (rv == APR_SUCCESS && !StartServiceW(door.service, 0, NULL))
        error = GetLastError();
    if (error != NO_ERROR && error != ERROR_SERVICE_ALREADY_RUNNING &&
        !(error == ERROR_SERVICE_REQUEST_TIMEOUT && has_told_its_end(door.service)))
        rv = zk_note(note, plat_win_status(error), "cannot start service '%s'", name);
    if (rv == APR_SUCCESS)
        rv = await_state(door.service, name, SERVICE_RUNNING, within_ms, note);
    plat_win_door_close(&door);
    return rv;
}

apr_status_t plat_service_stop(const char *name, int within_ms, zk_note_t *note)
{
    SERVICE_STATUS status;
    plat_win_door_t door;
    DWORD error = NO_ERROR;
    apr_status_t rv = plat_win_door_open(&door, name, SC_MANAGER_CONNECT,
                                         SERVICE_STOP | SERVICE_QUERY_STATUS, note);

    if (rv == APR_SUCCESS && !ControlService(door.service, SERVICE_CONTROL_STOP, &status))
        error = GetLastError();
    /* Already stopping is as good as told to; already stopped is what we want. */
    if (error != NO_ERROR && error != ERROR_SERVICE_NOT_ACTIVE &&
        error != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
        rv = zk_note(note, plat_win_status(error), "cannot stop service '%s'", name);
    if (rv == APR_SUCCESS)
        rv = await_state(door.service, name, SERVICE_STOPPED, within_ms, note);
    plat_win_door_close(&door);
    return rv;
}

apr_status_t plat_service_query(plat_service_state_t *state, int64_t *pid, const char *name,
                                zk_note_t *note)
{
    SERVICE_STATUS_PROCESS status;
    plat_win_door_t door;
    apr_status_t rv =
        plat_win_door_open(&door, name, SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS, note);
    size_t i;

    memset(&status, 0, sizeof(status));
    *state = PLAT_SERVICE_ABSENT;
    if (rv == APR_SUCCESS && !query(door.service, &status))
        rv = zk_note(note, plat_win_last_error(), "cannot query service '%s'", name);
    else if (rv == APR_SUCCESS)
        *state = PLAT_SERVICE_RUNNING; /* or one of the paused states, which ours never enters */
    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (rv == APR_SUCCESS && states[i].state == status.dwCurrentState)
            *state = states[i].ours;
    if (pid != NULL)
        *pid = (int64_t)status.dwProcessId;
    plat_win_door_close(&door);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

/* --- which there are ------------------------------------------------------------------------ */

static bool is_delayed(SC_HANDLE handle)
{
    SERVICE_DELAYED_AUTO_START_INFO delayed = {FALSE};
    DWORD bytes;

    return QueryServiceConfig2W(handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (LPBYTE)&delayed,
                                sizeof(delayed), &bytes) &&
           delayed.fDelayedAutostart;
}

/* The configuration of service NAME, freed by zk_free; DOOR stays open when it is there. */
static apr_status_t read_config(QUERY_SERVICE_CONFIGW **config, plat_win_door_t *door,
                                const char *name, zk_note_t *note)
{
    apr_status_t rv =
        plat_win_door_open(door, name, SC_MANAGER_CONNECT, SERVICE_QUERY_CONFIG, note);
    DWORD bytes = 0;

    *config = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    QueryServiceConfigW(door->service, NULL, 0, &bytes);
    *config = zk_malloc(bytes > 0 ? bytes : sizeof(**config));
    if (!QueryServiceConfigW(door->service, *config, bytes, &bytes))
        rv = zk_note(note, plat_win_last_error(), "cannot query service '%s'", name);
    return rv;
}

static plat_service_start_t start_of(SC_HANDLE handle, const QUERY_SERVICE_CONFIGW *config)
{
    if (config->dwStartType == SERVICE_DISABLED)
        return PLAT_SERVICE_DISABLED;
    if (config->dwStartType != SERVICE_AUTO_START)
        return PLAT_SERVICE_DEMAND;
    return is_delayed(handle) ? PLAT_SERVICE_DELAYED : PLAT_SERVICE_AUTOMATIC;
}

apr_status_t plat_service_config(const char **command, plat_service_start_t *start,
                                 const char *name, apr_pool_t *pool, zk_note_t *note)
{
    QUERY_SERVICE_CONFIGW *config;
    plat_win_door_t door;
    apr_status_t rv = read_config(&config, &door, name, note);

    if (rv == APR_SUCCESS) {
        *command = plat_win_narrow(config->lpBinaryPathName, pool);
        *start = start_of(door.service, config);
    }
    zk_free(config);
    plat_win_door_close(&door);
    return rv;
}

/* What QueryServiceConfig2 says of LEVEL, in a buffer freed by zk_free; NULL when it does not. */
static void *query_more(SC_HANDLE handle, DWORD level)
{
    DWORD bytes = 0;
    BYTE *buffer;

    QueryServiceConfig2W(handle, level, NULL, 0, &bytes);
    if (bytes == 0)
        return NULL;
    buffer = zk_calloc(1, bytes);
    if (QueryServiceConfig2W(handle, level, buffer, bytes, &bytes))
        return buffer;
    zk_free(buffer);
    return NULL;
}

static const char *description_of(SC_HANDLE handle, apr_pool_t *pool)
{
    SERVICE_DESCRIPTIONW *description = query_more(handle, SERVICE_CONFIG_DESCRIPTION);
    const char *text = "";

    if (description != NULL && description->lpDescription != NULL)
        text = plat_win_narrow(description->lpDescription, pool);
    zk_free(description);
    return text;
}

apr_status_t plat_service_settings(plat_service_t *settings, bool *recovery_known, const char *name,
                                   apr_pool_t *pool, zk_note_t *note)
{
    SERVICE_FAILURE_ACTIONSW *actions = NULL;
    QUERY_SERVICE_CONFIGW *config;
    plat_win_door_t door;
    apr_status_t rv = read_config(&config, &door, name, note);

    if (rv == APR_SUCCESS) {
        memset(settings, 0, sizeof(*settings));
        actions = query_more(door.service, SERVICE_CONFIG_FAILURE_ACTIONS);
        settings->name = apr_pstrdup(pool, name);
        settings->title = plat_win_narrow(config->lpDisplayName, pool);
        settings->description = description_of(door.service, pool);
        settings->account = plat_win_narrow(config->lpServiceStartName, pool);
        settings->start = start_of(door.service, config);
        settings->recovery = actions != NULL && actions->cActions > 0;
        if (recovery_known != NULL)
            *recovery_known = actions != NULL;
    }
    zk_free(actions);
    zk_free(config);
    plat_win_door_close(&door);
    return rv;
}

/* Whether the command line COMMAND begins with the executable PATH, quoted as we quote it. */
static bool runs(const char *command, const char *path)
{
    size_t length = strlen(path);

    return command[0] == '"' && apr_cstr_casecmpn(command + 1, path, length) == 0 &&
           command[1 + length] == '"';
}

static int by_name(const void *left, const void *right)
{
    return apr_cstr_casecmp(*(const char *const *)left, *(const char *const *)right);
}

/* Add to NAMES those of the COUNT services that run PATH.  One that vanishes meanwhile is left out.
 */
static void add_those_that_run(apr_array_header_t *names, const char *path,
                               const ENUM_SERVICE_STATUS_PROCESSW *services, DWORD count)
{
    plat_service_start_t start;
    const char *command;
    const char *name;
    DWORD i;

    for (i = 0; i < count; i++) {
        name = plat_win_narrow(services[i].lpServiceName, names->pool);
        if (plat_service_config(&command, &start, name, names->pool, NULL) == APR_SUCCESS &&
            runs(command, path))
            APR_ARRAY_PUSH(names, const char *) = name;
    }
}

apr_status_t plat_service_list(const char *const **names, const char *path, apr_pool_t *pool,
                               zk_note_t *note)
{
    SC_HANDLE manager =
        OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    apr_array_header_t *found = apr_array_make(pool, 8, sizeof(const char *));
    BYTE *buffer;
    DWORD needed, count;
    DWORD resume = 0;
    DWORD error = manager != NULL ? ERROR_MORE_DATA : GetLastError();

    buffer = zk_malloc(SERVICES_BYTES_MAX);
    while (error == ERROR_MORE_DATA) {
        count = 0;
        error =
            EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                                  buffer, SERVICES_BYTES_MAX, &needed, &count, &resume, NULL)
                ? ERROR_SUCCESS
                : GetLastError();
        if (error == ERROR_SUCCESS || error == ERROR_MORE_DATA)
            add_those_that_run(found, path, (const ENUM_SERVICE_STATUS_PROCESSW *)(void *)buffer,
                               count);
        if (count == 0)
            break;
    }
    zk_free(buffer);
    if (manager != NULL)
        CloseServiceHandle(manager);
    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status(error), "cannot list the services");
    qsort(found->elts, (size_t)found->nelts, sizeof(const char *), by_name);
    APR_ARRAY_PUSH(found, const char *) = NULL;
    *names = (const char *const *)(void *)found->elts;
    return APR_SUCCESS;
}
