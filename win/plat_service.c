/* plat_service.c -- being a service of Windows.
 *
 * States of our process [who moves it]
 *   START_PENDING  the manager has called our entry             [service_entry]
 *   RUNNING        the server answers clients                    [plat_service_ready]
 *   STOP_PENDING   a stop was asked for, or the server ends      [on_control,
 * plat_service_stopping] STOPPED        the body has returned, with its exit code [service_entry]
 *
 * While pending, a thread moves the checkpoint each second, so that the manager sees us work
 * however large the snapshot to load.  The manager takes STOPPED with an exit code other than 0 for
 * a failure and applies the recovery actions set at installation.
 *
 * Installing and asking for services is in plat_services.c. */
#include "plat_win.h"

#include "base/plat_service.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/plat.h"

#define PENDING_HINT_MS (30 * 1000)
#define PENDING_STEP_MS 1000
#define ACCEPTED                                                                                   \
    (SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PRESHUTDOWN |                  \
     SERVICE_ACCEPT_PARAMCHANGE)
#define ROLE_BYTES_MAX 32

/* The manager calls entries without an argument of ours; a process is one service at most. */
static struct {
    SRWLOCK lock; /* of all below */
    SERVICE_STATUS_HANDLE handle;
    SERVICE_STATUS status;
    wchar_t *name;
    plat_service_body_fn_t *body;
    void *baton;
    int exit_code;
    HANDLE events;             /* NULL without */
    bool ready;                /* clients were let in */
    char role[ROLE_BYTES_MAX]; /* the first word of what was told last */
} service = {.lock = SRWLOCK_INIT};

bool plat_win_is_service(void)
{
    return service.body != NULL;
}

/* --- the event log -------------------------------------------------------------------------- */

/* The severity is part of an event's number, as in events.mc. */
static WORD kind_of(plat_service_event_t event, DWORD *number)
{
    if (event < PLAT_SERVICE_EVENT_CONFIG) {
        *number = 0x40000000u | (DWORD)event;
        return EVENTLOG_INFORMATION_TYPE;
    }
    if (event == PLAT_SERVICE_EVENT_QUORUM || event == PLAT_SERVICE_EVENT_RECOVERED) {
        *number = 0x80000000u | (DWORD)event;
        return EVENTLOG_WARNING_TYPE;
    }
    *number = 0xC0000000u | (DWORD)event;
    return EVENTLOG_ERROR_TYPE;
}

void plat_service_report(plat_service_event_t event, const char *text)
{
    LPCWSTR strings[1];
    wchar_t *wide;
    DWORD number;
    WORD kind;

    if (service.events == NULL)
        return;
    kind = kind_of(event, &number);
    wide = plat_win_wide(text);
    strings[0] = wide != NULL ? wide : L"";
    ReportEventW(service.events, kind, 0, number, NULL, 1, 0, strings, NULL);
    zk_free(wide);
}

/* --- states --------------------------------------------------------------------------------- */

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
    case SERVICE_CONTROL_SHUTDOWN:
    case SERVICE_CONTROL_PRESHUTDOWN:
        report(SERVICE_STOP_PENDING, PENDING_HINT_MS);
        plat_stop_raise("system shutdown");
        return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
        plat_reload_raise();
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
    char text[64] = "in good order";
    int exit_code;

    (void)argc;
    (void)argv;
    AcquireSRWLockExclusive(&service.lock);
    service.handle = RegisterServiceCtrlHandlerExW(service.name, on_control, NULL);
    service.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    service.events = RegisterEventSourceW(NULL, service.name);
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
    if (exit_code != 0)
        snprintf(text, sizeof(text), "with exit code %d", exit_code);
    plat_service_report(PLAT_SERVICE_EVENT_STOPPED, text);
    if (service.events != NULL)
        DeregisterEventSource(service.events);
    service.events = NULL;
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
    char text[64];

    report(SERVICE_RUNNING, 0);
    if (service.ready)
        return;
    service.ready = true;
    snprintf(text, sizeof(text), "process %lld", (long long)plat_process_id());
    plat_service_report(PLAT_SERVICE_EVENT_STARTED, text);
}

void plat_service_stopping(int within_ms)
{
    report(SERVICE_STOP_PENDING, (DWORD)within_ms);
}

void plat_service_tell(const char *text)
{
    char role[ROLE_BYTES_MAX];

    apr_cpystrn(role, text, sizeof(role));
    role[strcspn(role, " ,:\n")] = '\0';
    if (strcmp(role, service.role) == 0)
        return;
    memcpy(service.role, role, sizeof(role));
    plat_service_report(PLAT_SERVICE_EVENT_ROLE, text);
}

int64_t plat_service_watchdog_ms(void)
{
    return 0;
}

void plat_service_alive(void)
{
}

/* A starting service's checkpoint is moved by a thread, and reloads are not reported here. */
void plat_service_starting(int within_ms, const char *text)
{
    (void)within_ms;
    (void)text;
}

void plat_service_reloading(void)
{
}

void plat_service_reloaded(void)
{
}

bool plat_service_has_journal(void)
{
    return false;
}
