/* plat_service.c -- being a service of Windows, and telling its manager about services.
 *
 * States of our process [who moves it]
 *   START_PENDING  the manager has called our entry             [service_entry]
 *   RUNNING        the server answers clients                    [plat_service_ready]
 *   STOP_PENDING   a stop was asked for, or the server ends      [on_control,
 * plat_service_stopping] STOPPED        the body has returned, with its exit code [service_entry]
 *
 * While pending, a thread moves the checkpoint each second, so that the manager sees us work
 * however large the snapshot to load.  The manager takes STOPPED with an exit code other than 0 for
 * a failure and applies the recovery actions set at installation. */
#include "plat_win.h"

#include "base/plat_service.h"

#include <stdlib.h>
#include <string.h>

#include <aclapi.h>
#include <apr_cstr.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/plat.h"

#define PENDING_HINT_MS (30 * 1000)
#define PENDING_STEP_MS 1000
#define SHUTDOWN_MS (60 * 1000)
#define SERVICES_BYTES_MAX (256 * 1024) /* the most that one enumeration call takes */
#define QUERY_PAUSE_MS 50
#define ACCEPTED (SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN)

/* The manager calls entries without an argument of ours; a process is one service at most. */
static struct {
    SRWLOCK lock; /* of all below */
    SERVICE_STATUS_HANDLE handle;
    SERVICE_STATUS status;
    wchar_t *name;
    plat_service_body_fn_t *body;
    void *baton;
    int exit_code;
} service = {.lock = SRWLOCK_INIT};

/* Tell the manager STATE, unless we are already past it. */
static void report(DWORD state, DWORD hint_ms)
{
    AcquireSRWLockExclusive(&service.lock);
    if (service.handle != NULL && service.status.dwCurrentState != SERVICE_STOPPED &&
        !(state == SERVICE_RUNNING && service.status.dwCurrentState == SERVICE_STOP_PENDING)) {
        if (state == service.status.dwCurrentState && state != SERVICE_RUNNING)
            service.status.dwCheckPoint++;
        else
            service.status.dwCheckPoint =
                state == SERVICE_RUNNING || state == SERVICE_STOPPED ? 0 : 1;
        service.status.dwCurrentState = state;
        service.status.dwWaitHint = hint_ms;
        service.status.dwControlsAccepted = state == SERVICE_STOPPED ? 0 : ACCEPTED;
        SetServiceStatus(service.handle, &service.status);
    }
    ReleaseSRWLockExclusive(&service.lock);
}

static DWORD WINAPI on_control(DWORD control, DWORD event, LPVOID data, LPVOID context)
{
    (void)event;
    (void)data;
    (void)context;
    switch (control) {
    case SERVICE_CONTROL_STOP:
        report(SERVICE_STOP_PENDING, PENDING_HINT_MS);
        plat_stop_raise("service stop");
        return NO_ERROR;
    case SERVICE_CONTROL_PRESHUTDOWN:
        report(SERVICE_STOP_PENDING, PENDING_HINT_MS);
        plat_stop_raise("system shutdown");
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static DWORD WINAPI move_checkpoint(LPVOID ended)
{
    while (WaitForSingleObject(ended, PENDING_STEP_MS) == WAIT_TIMEOUT) {
        AcquireSRWLockExclusive(&service.lock);
        if (service.status.dwCurrentState == SERVICE_START_PENDING ||
            service.status.dwCurrentState == SERVICE_STOP_PENDING) {
            service.status.dwCheckPoint++;
            SetServiceStatus(service.handle, &service.status);
        }
        ReleaseSRWLockExclusive(&service.lock);
    }
    return 0;
}

static void WINAPI service_entry(DWORD argc, LPWSTR *argv)
{
    HANDLE ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, move_checkpoint, ended, 0, NULL);
    int exit_code;

    (void)argc;
    (void)argv;
    AcquireSRWLockExclusive(&service.lock);
    service.handle = RegisterServiceCtrlHandlerExW(service.name, on_control, NULL);
    service.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    ReleaseSRWLockExclusive(&service.lock);
    report(SERVICE_START_PENDING, PENDING_HINT_MS);

    exit_code = service.body(service.baton);

    SetEvent(ended);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(ended);
    AcquireSRWLockExclusive(&service.lock);
    service.exit_code = exit_code;
    if (exit_code != 0) {
        service.status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
        service.status.dwServiceSpecificExitCode = (DWORD)exit_code;
    }
    ReleaseSRWLockExclusive(&service.lock);
    report(SERVICE_STOPPED, 0);
}

apr_status_t plat_service_run(int *exit_code, const char *name, plat_service_body_fn_t *body,
                              void *baton)
{
    SERVICE_TABLE_ENTRYW table[2];
    apr_status_t rv = APR_SUCCESS;

    ZK_ASSERT(service.body == NULL);
    service.name = plat_win_wide(name);
    if (service.name == NULL)
        return APR_EINVAL;
    service.body = body;
    service.baton = baton;
    memset(table, 0, sizeof(table));
    table[0].lpServiceName = service.name;
    table[0].lpServiceProc = service_entry;
    if (!StartServiceCtrlDispatcherW(table))
        rv = plat_win_last_error();
    *exit_code = service.exit_code;
    service.body = NULL;
    zk_free(service.name);
    return rv;
}

void plat_service_ready(void)
{
    report(SERVICE_RUNNING, 0);
}

void plat_service_stopping(int within_ms)
{
    report(SERVICE_STOP_PENDING, (DWORD)within_ms);
}

void plat_service_tell(const char *text)
{
    (void)text;
}

int64_t plat_service_watchdog_ms(void)
{
    return 0;
}

void plat_service_alive(void)
{
}

/* --- the manager ---------------------------------------------------------------------------- */

static const struct {
    DWORD state;
    plat_service_state_t ours;
} states[] = {
    {SERVICE_STOPPED, PLAT_SERVICE_STOPPED},
    {SERVICE_START_PENDING, PLAT_SERVICE_STARTING},
    {SERVICE_CONTINUE_PENDING, PLAT_SERVICE_STARTING},
    {SERVICE_STOP_PENDING, PLAT_SERVICE_STOPPING},
};

/* The manager and one of its services, opened together and closed together. */
struct door {
    SC_HANDLE manager;
    SC_HANDLE service;
};

static void door_close(struct door *door)
{
    if (door->service != NULL)
        CloseServiceHandle(door->service);
    if (door->manager != NULL)
        CloseServiceHandle(door->manager);
}

/* Open service NAME for ACCESS.  A service that does not exist is DOOR->service NULL with the
 * status APR_ENOENT; whatever the result, door_close follows. */
static apr_status_t door_open(struct door *door, const char *name, DWORD manager_access,
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
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_FAILURE_ACTIONS, &actions);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_DESCRIPTION, &description);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_SERVICE_SID_INFO, &sid);
    ChangeServiceConfig2W(handle, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required);
}

/* The strings of SERVICE in UTF-16. */
struct wide_service {
    wchar_t *name, *title, *description, *line, *account;
};

static bool widen(struct wide_service *out, const plat_service_t *in, apr_pool_t *scratch)
{
    const char *account = in->account;

    if (account == NULL)
        account = apr_pstrcat(scratch, "NT SERVICE\\", in->name, NULL);
    out->name = plat_win_wide(in->name);
    out->title = plat_win_wide(in->title);
    out->description = plat_win_wide(in->description);
    out->line = plat_win_command_line(in->argv, scratch);
    out->account = plat_win_wide(account);
    return out->name != NULL && out->title != NULL && out->description != NULL &&
           out->line != NULL && out->account != NULL;
}

static void wide_service_free(struct wide_service *text)
{
    zk_free(text->name);
    zk_free(text->title);
    zk_free(text->description);
    zk_free(text->line);
    zk_free(text->account);
}

static apr_status_t create_or_change(struct door *door, const struct wide_service *text,
                                     DWORD start)
{
    static const wchar_t network[] = L"Tcpip\0Afd\0"; /* what must run before us; two NULs end it */

    if (door->service == NULL) {
        door->service = CreateServiceW(door->manager, text->name, text->title, SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, start, SERVICE_ERROR_NORMAL,
                                       text->line, NULL, NULL, network, text->account, L"");
        return door->service != NULL ? APR_SUCCESS : plat_win_last_error();
    }
    if (!ChangeServiceConfigW(door->service, SERVICE_WIN32_OWN_PROCESS, start, SERVICE_ERROR_NORMAL,
                              text->line, NULL, NULL, network, text->account, L"", text->title))
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
    struct door door;
    apr_status_t rv;

    if (!widen(&text, description, scratch)) {
        wide_service_free(&text);
        return zk_note(note, APR_EINVAL, "service '%s': not UTF-8, or too long", description->name);
    }
    rv = door_open(&door, description->name, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE,
                   SERVICE_ALL_ACCESS, note);
    if (rv == APR_SUCCESS || rv == APR_ENOENT) {
        rv = create_or_change(&door, &text, starts[description->start]);
        if (rv == APR_SUCCESS)
            set_details(door.service, description, text.description);
        else
            zk_note(note, rv, "cannot install service '%s'", description->name);
    }
    door_close(&door);
    wide_service_free(&text);
    return rv;
}

apr_status_t plat_service_remove(const char *name, zk_note_t *note)
{
    struct door door;
    apr_status_t rv = door_open(&door, name, SC_MANAGER_CONNECT, DELETE, note);

    if (rv == APR_SUCCESS && !DeleteService(door.service))
        rv = zk_note(note, plat_win_last_error(), "cannot remove service '%s'", name);
    door_close(&door);
    return rv;
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
        if (goal == SERVICE_RUNNING && status.dwCurrentState == SERVICE_STOPPED)
            return zk_note(note, APR_EGENERAL, "service '%s' ended with code %lu", name,
                           status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                               ? status.dwServiceSpecificExitCode
                               : status.dwWin32ExitCode);
        if (plat_monotonic_ms() >= give_up_ms)
            return zk_note(note, APR_TIMEUP, "service '%s' takes longer than %d ms", name,
                           within_ms);
        Sleep(QUERY_PAUSE_MS);
    }
}

apr_status_t plat_service_start(const char *name, int within_ms, zk_note_t *note)
{
    struct door door;
    apr_status_t rv =
        door_open(&door, name, SC_MANAGER_CONNECT, SERVICE_START | SERVICE_QUERY_STATUS, note);

    if (rv == APR_SUCCESS && !StartServiceW(door.service, 0, NULL) &&
        GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
        rv = zk_note(note, plat_win_last_error(), "cannot start service '%s'", name);
    if (rv == APR_SUCCESS)
        rv = await_state(door.service, name, SERVICE_RUNNING, within_ms, note);
    door_close(&door);
    return rv;
}

apr_status_t plat_service_stop(const char *name, int within_ms, zk_note_t *note)
{
    SERVICE_STATUS status;
    struct door door;
    DWORD error = NO_ERROR;
    apr_status_t rv =
        door_open(&door, name, SC_MANAGER_CONNECT, SERVICE_STOP | SERVICE_QUERY_STATUS, note);

    if (rv == APR_SUCCESS && !ControlService(door.service, SERVICE_CONTROL_STOP, &status))
        error = GetLastError();
    /* Already stopping is as good as told to; already stopped is what we want. */
    if (error != NO_ERROR && error != ERROR_SERVICE_NOT_ACTIVE &&
        error != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
        rv = zk_note(note, plat_win_status(error), "cannot stop service '%s'", name);
    if (rv == APR_SUCCESS)
        rv = await_state(door.service, name, SERVICE_STOPPED, within_ms, note);
    door_close(&door);
    return rv;
}

apr_status_t plat_service_query(plat_service_state_t *state, int64_t *pid, const char *name,
                                zk_note_t *note)
{
    SERVICE_STATUS_PROCESS status;
    struct door door;
    apr_status_t rv = door_open(&door, name, SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS, note);
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
    door_close(&door);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

/* --- what it may touch ---------------------------------------------------------------------- */

apr_status_t plat_service_grant(const char *account, const char *path, bool write, zk_note_t *note)
{
    wchar_t *wide_account = plat_win_wide(account);
    wchar_t *wide_path = plat_win_wide_path(path);
    PSECURITY_DESCRIPTOR descriptor = NULL;
    EXPLICIT_ACCESSW grant;
    PACL before = NULL;
    PACL after = NULL;
    DWORD error = ERROR_INVALID_NAME;

    memset(&grant, 0, sizeof(grant));
    grant.grfAccessPermissions = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    if (write)
        grant.grfAccessPermissions |= FILE_GENERIC_WRITE | DELETE | FILE_DELETE_CHILD;
    grant.grfAccessMode = GRANT_ACCESS;
    grant.grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT;
    grant.Trustee.TrusteeForm = TRUSTEE_IS_NAME;
    grant.Trustee.ptstrName = wide_account;
    if (wide_account != NULL && wide_path != NULL)
        error = GetNamedSecurityInfoW(wide_path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                      NULL, &before, NULL, &descriptor);
    if (error == ERROR_SUCCESS)
        error = SetEntriesInAclW(1, &grant, before, &after);
    if (error == ERROR_SUCCESS)
        error = SetNamedSecurityInfoW(wide_path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                      NULL, after, NULL);
    LocalFree(after);
    LocalFree(descriptor);
    zk_free(wide_account);
    zk_free(wide_path);
    if (error != ERROR_SUCCESS)
        return zk_note(note, plat_win_status(error), "cannot give '%s' access to '%s'", account,
                       path);
    return APR_SUCCESS;
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

apr_status_t plat_service_config(const char **command, plat_service_start_t *start,
                                 const char *name, apr_pool_t *pool, zk_note_t *note)
{
    QUERY_SERVICE_CONFIGW *config = NULL;
    struct door door;
    apr_status_t rv = door_open(&door, name, SC_MANAGER_CONNECT, SERVICE_QUERY_CONFIG, note);
    DWORD bytes = 0;

    if (rv == APR_SUCCESS) {
        QueryServiceConfigW(door.service, NULL, 0, &bytes);
        config = zk_malloc(bytes);
        if (!QueryServiceConfigW(door.service, config, bytes, &bytes))
            rv = zk_note(note, plat_win_last_error(), "cannot query service '%s'", name);
    }
    if (rv == APR_SUCCESS) {
        *command = plat_win_narrow(config->lpBinaryPathName, pool);
        if (config->dwStartType == SERVICE_DISABLED)
            *start = PLAT_SERVICE_DISABLED;
        else if (config->dwStartType != SERVICE_AUTO_START)
            *start = PLAT_SERVICE_DEMAND;
        else
            *start = is_delayed(door.service) ? PLAT_SERVICE_DELAYED : PLAT_SERVICE_AUTOMATIC;
    }
    zk_free(config);
    door_close(&door);
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
