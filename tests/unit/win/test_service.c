/* test_service.c -- the service functions against a real service control manager.
 *
 * The executable installs itself: started as "run NAME MANNER" it is the service, otherwise the
 * tests. Needs an administrator, else the tests that install pass without having run, and say so.
 */
/* Before APR, which includes a windows.h so lean that its own headers lack types. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include "base/plat_service.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/plat.h"
#include "win/plat_win.h"
#include "lib/zk_test.h"

#define WITHIN_MS 20000

/* --- the service ---------------------------------------------------------------------------- */

static volatile int stop_wanted;

static void note_stop(void *baton, const char *reason)
{
    (void)baton;
    (void)reason;
    stop_wanted = 1;
}

static int serve(void *baton)
{
    const char *manner = baton;
    int i;

    if (strcmp(manner, "fails") == 0)
        return 42;
    if (plat_stop_listen(note_stop, NULL) != APR_SUCCESS)
        return 1;
    /* A user who logs off is nothing to a service, and its manager tells it of a shutdown. */
    if (!plat_win_on_console_event(CTRL_LOGOFF_EVENT) ||
        !plat_win_on_console_event(CTRL_SHUTDOWN_EVENT) || stop_wanted)
        return 2;
    plat_service_ready();
    for (i = 0; i < 6000 && !stop_wanted; i++)
        apr_sleep(10 * 1000);
    plat_service_stopping(5000);
    apr_sleep(100 * 1000);
    return 0;
}

/* --- the tests ------------------------------------------------------------------------------ */

static const char *service_name;
static const char *service_title;
static zk_note_t note;

static bool install(const char *manner)
{
    const char *argv[] = {plat_process_path(zk_test_pool()), "run", service_name, manner, NULL};
    plat_service_t service = {.name = service_name,
                              .title = service_title,
                              .description = "Is gone in a moment.",
                              .argv = argv,
                              .account = "LocalSystem",
                              .start = PLAT_SERVICE_DEMAND};
    apr_status_t rv = plat_service_install(&service, zk_test_pool(), &note);

    if (APR_STATUS_IS_EACCES(rv)) {
        printf("(not an administrator: not run) ");
        return false;
    }
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
    return true;
}

static plat_service_state_t state_now(int64_t *pid)
{
    plat_service_state_t state = PLAT_SERVICE_ABSENT;

    CU_ASSERT_EQUAL(plat_service_query(&state, pid, service_name, &note), APR_SUCCESS);
    return state;
}

/* Services that an interrupted run left behind would keep their names. */
static void remove_leftovers(void)
{
    const char *const *names = NULL;

    if (plat_service_list(&names, plat_process_path(zk_test_pool()), zk_test_pool(), &note) !=
        APR_SUCCESS)
        return;
    for (; *names != NULL; names++)
        plat_service_remove(*names, &note);
}

static void setup(void)
{
    memset(&note, 0, sizeof(note));
    remove_leftovers();
    memset(&note, 0, sizeof(note));
    service_name = apr_psprintf(zk_test_pool(), "PaddockTest%d", (int)plat_process_id());
    service_title = apr_psprintf(zk_test_pool(), "Paddock's \"test\" %d", (int)plat_process_id());
}

static void a_service_that_was_never_installed_is_absent(void)
{
    CU_ASSERT_EQUAL(state_now(NULL), PLAT_SERVICE_ABSENT);
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(plat_service_start(service_name, 0, &note)));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, service_name));
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(plat_service_stop(service_name, 0, &note)));
    CU_ASSERT_TRUE(APR_STATUS_IS_ENOENT(plat_service_remove(service_name, &note)));
}

static void a_service_starts_runs_and_stops(void)
{
    int64_t pid = 0;

    if (!install("well"))
        return;
    CU_ASSERT_EQUAL(state_now(NULL), PLAT_SERVICE_STOPPED);
    CU_ASSERT_EQUAL(plat_service_start(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(state_now(&pid), PLAT_SERVICE_RUNNING);
    CU_ASSERT_TRUE(pid > 0);
    CU_ASSERT_TRUE(plat_process_alive(pid));
    CU_ASSERT_EQUAL(plat_service_start(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_stop(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(state_now(NULL), PLAT_SERVICE_STOPPED);
    CU_ASSERT_EQUAL(plat_service_stop(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(state_now(NULL), PLAT_SERVICE_ABSENT);
}

/* --- what the manager is told, whether it keeps it or not --- */

static struct {
    int calls;
    SERVICE_FAILURE_ACTIONSW failure;
    SC_ACTION actions[8];
    SERVICE_FAILURE_ACTIONS_FLAG flag;
    SERVICE_PRESHUTDOWN_INFO preshutdown;
    SERVICE_DELAYED_AUTO_START_INFO delayed;
    SERVICE_SID_INFO sid;
    wchar_t privileges[64];
    wchar_t description[64];
} told;

static BOOL WINAPI take_down(SC_HANDLE handle, DWORD level, LPVOID info)
{
    const SERVICE_REQUIRED_PRIVILEGES_INFOW *required = info;
    const SERVICE_DESCRIPTIONW *description = info;

    (void)handle;
    told.calls++;
    switch (level) {
    case SERVICE_CONFIG_FAILURE_ACTIONS:
        told.failure = *(const SERVICE_FAILURE_ACTIONSW *)info;
        CU_ASSERT_TRUE_FATAL(told.failure.cActions <= 8);
        memcpy(told.actions, told.failure.lpsaActions, told.failure.cActions * sizeof(SC_ACTION));
        break;
    case SERVICE_CONFIG_FAILURE_ACTIONS_FLAG:
        told.flag = *(const SERVICE_FAILURE_ACTIONS_FLAG *)info;
        break;
    case SERVICE_CONFIG_PRESHUTDOWN_INFO:
        told.preshutdown = *(const SERVICE_PRESHUTDOWN_INFO *)info;
        break;
    case SERVICE_CONFIG_DELAYED_AUTO_START_INFO:
        told.delayed = *(const SERVICE_DELAYED_AUTO_START_INFO *)info;
        break;
    case SERVICE_CONFIG_SERVICE_SID_INFO:
        told.sid = *(const SERVICE_SID_INFO *)info;
        break;
    case SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO:
        memcpy(told.privileges, required->pmszRequiredPrivileges,
               (wcslen(required->pmszRequiredPrivileges) + 2) * sizeof(wchar_t));
        break;
    case SERVICE_CONFIG_DESCRIPTION:
        wcsncpy(told.description, description->lpDescription, 63);
        break;
    default:
        CU_FAIL("a setting that nobody asked for");
    }
    return TRUE;
}

/* Install the service with START and RECOVERY, and take down what the manager is told. */
static bool install_telling(plat_service_start_t start, bool recovery)
{
    const char *argv[] = {plat_process_path(zk_test_pool()), "run", service_name, "well", NULL};
    plat_service_t service = {.name = service_name,
                              .title = service_title,
                              .description = "Is gone in a moment.",
                              .argv = argv,
                              .account = "LocalSystem",
                              .start = start,
                              .recovery = recovery};
    plat_win_change_fn_t *before = plat_win_change;
    apr_status_t rv;

    memset(&told, 0, sizeof(told));
    plat_win_change = take_down;
    rv = plat_service_install(&service, zk_test_pool(), &note);
    plat_win_change = before;
    if (APR_STATUS_IS_EACCES(rv)) {
        printf("(not an administrator: not run) ");
        return false;
    }
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
    return true;
}

static void recovery_restarts_after_5_seconds_and_30_and_then_no_more(void)
{
    if (!install_telling(PLAT_SERVICE_AUTOMATIC, true))
        return;
    CU_ASSERT_EQUAL(told.calls, 7);
    CU_ASSERT_EQUAL(told.failure.dwResetPeriod, 600); /* seconds */
    CU_ASSERT_PTR_NULL(told.failure.lpRebootMsg);
    CU_ASSERT_PTR_NULL(told.failure.lpCommand);
    CU_ASSERT_EQUAL_FATAL(told.failure.cActions, 3);
    CU_ASSERT_EQUAL(told.actions[0].Type, SC_ACTION_RESTART);
    CU_ASSERT_EQUAL(told.actions[0].Delay, 5000); /* milliseconds */
    CU_ASSERT_EQUAL(told.actions[1].Type, SC_ACTION_RESTART);
    CU_ASSERT_EQUAL(told.actions[1].Delay, 30000);
    CU_ASSERT_EQUAL(told.actions[2].Type, SC_ACTION_NONE);
    CU_ASSERT_TRUE(told.flag.fFailureActionsOnNonCrashFailures);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void without_recovery_the_manager_is_told_of_no_action(void)
{
    if (!install_telling(PLAT_SERVICE_AUTOMATIC, false))
        return;
    CU_ASSERT_EQUAL(told.failure.cActions, 0);
    CU_ASSERT_PTR_NOT_NULL(told.failure.lpsaActions); /* NULL would leave what was set before */
    CU_ASSERT_FALSE(told.flag.fFailureActionsOnNonCrashFailures);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void the_manager_is_told_of_shutdown_privileges_and_a_delayed_start(void)
{
    if (!install_telling(PLAT_SERVICE_DELAYED, true))
        return;
    CU_ASSERT_EQUAL(told.preshutdown.dwPreshutdownTimeout, 60000);
    CU_ASSERT_TRUE(told.delayed.fDelayedAutostart);
    CU_ASSERT_EQUAL(told.sid.dwServiceSidType, SERVICE_SID_TYPE_UNRESTRICTED);
    CU_ASSERT_EQUAL(wcscmp(told.privileges, L"SeChangeNotifyPrivilege"), 0);
    CU_ASSERT_EQUAL(told.privileges[wcslen(told.privileges) + 1], L'\0');
    CU_ASSERT_EQUAL(wcscmp(told.description, L"Is gone in a moment."), 0);
    CU_ASSERT_TRUE(install_telling(PLAT_SERVICE_AUTOMATIC, true));
    CU_ASSERT_FALSE(told.delayed.fDelayedAutostart);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void a_service_that_fails_to_start_is_reported_with_its_code(void)
{
    if (!install("fails"))
        return;
    CU_ASSERT_NOT_EQUAL(plat_service_start(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "42"));
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void installing_again_changes_the_service(void)
{
    if (!install("fails"))
        return;
    CU_ASSERT_TRUE(install("well"));
    CU_ASSERT_EQUAL(plat_service_start(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_stop(service_name, WITHIN_MS, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void an_installed_service_tells_what_it_runs(void)
{
    const char *path = plat_process_path(zk_test_pool());
    const char *const *names = NULL;
    plat_service_start_t start = PLAT_SERVICE_DISABLED;
    const char *command = "";

    if (!install("well"))
        return;
    CU_ASSERT_EQUAL(plat_service_config(&command, &start, service_name, zk_test_pool(), &note),
                    APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(command, apr_psprintf(zk_test_pool(), "\"%s\" \"run\" \"%s\" \"well\"",
                                                 path, service_name));
    CU_ASSERT_EQUAL(start, PLAT_SERVICE_DEMAND);
    CU_ASSERT_EQUAL_FATAL(plat_service_list(&names, path, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(names[0]);
    CU_ASSERT_STRING_EQUAL(names[0], service_name);
    CU_ASSERT_PTR_NULL(names[1]);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_list(&names, path, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_PTR_NULL(names[0]);
}

static void settings_are_read_back_and_a_change_keeps_the_account(void)
{
    const char *argv[] = {plat_process_path(zk_test_pool()), "run", service_name, "well", NULL};
    plat_service_t service = {.name = service_name,
                              .title = service_title,
                              .description = "Is gone, soon.",
                              .argv = argv,
                              .start = PLAT_SERVICE_DISABLED,
                              .recovery = true};
    plat_service_t read = {.name = NULL};
    bool recovery_known = false;

    if (!install("well"))
        return;
    CU_ASSERT_EQUAL(plat_service_install(&service, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        plat_service_settings(&read, &recovery_known, service_name, zk_test_pool(), &note),
        APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(read.title, service_title);
    CU_ASSERT_STRING_EQUAL(read.description, "Is gone, soon.");
    CU_ASSERT_STRING_EQUAL(read.account, "LocalSystem");
    CU_ASSERT_EQUAL(read.start, PLAT_SERVICE_DISABLED);
    CU_ASSERT_TRUE(read.recovery || !recovery_known);
    if (!recovery_known)
        printf("(this system keeps no recovery actions) ");
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void parameters_are_kept_until_the_service_is_removed(void)
{
    const char *args[] = {"-Da=b c", "-Dname=Zo\xc3\xab", NULL};
    plat_service_parameters_t parameters = {"E:\\a b\\zoo.cfg", "E:\\a b\\x.log", args};
    plat_service_parameters_t read = {NULL, NULL, NULL};

    if (!install("well"))
        return;
    CU_ASSERT_NOT_EQUAL(plat_service_parameters(&read, service_name, zk_test_pool(), &note),
                        APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_set_parameters(service_name, &parameters, zk_test_pool(), &note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(plat_service_parameters(&read, service_name, zk_test_pool(), &note),
                          APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(read.config_file, parameters.config_file);
    CU_ASSERT_STRING_EQUAL(read.log_file, parameters.log_file);
    CU_ASSERT_STRING_EQUAL(read.args[0], args[0]);
    CU_ASSERT_STRING_EQUAL(read.args[1], args[1]);
    CU_ASSERT_PTR_NULL(read.args[2]);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(plat_service_parameters(&read, service_name, zk_test_pool(), &note),
                        APR_SUCCESS);
}

static void the_account_of_a_service_gets_rights_and_loses_them(void)
{
    const char *account = apr_pstrcat(zk_test_pool(), "NT SERVICE\\", service_name, NULL);

    CU_ASSERT_NOT_EQUAL(plat_service_grant(account, zk_test_dir(), true, &note), APR_SUCCESS);
    if (!install("well"))
        return;
    CU_ASSERT_EQUAL(plat_service_grant(account, zk_test_dir(), true, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_revoke(account, zk_test_dir(), &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(plat_service_remove(service_name, &note), APR_SUCCESS);
}

static void a_service_sees_the_drives_of_the_system_only(void)
{
    CU_ASSERT_TRUE(plat_service_sees("C:\\"));
    CU_ASSERT_TRUE(plat_service_sees("\\\\server\\share\\a"));
    CU_ASSERT_TRUE(plat_service_sees(""));
    CU_ASSERT_TRUE(DefineDosDeviceW(DDD_RAW_TARGET_PATH, L"R:", L"\\??\\C:\\windows"));
    CU_ASSERT_FALSE(plat_service_sees("R:\\zk"));
    CU_ASSERT_TRUE(DefineDosDeviceW(DDD_REMOVE_DEFINITION, L"R:", NULL));
}

static void a_directory_can_be_opened_to_an_account(void)
{
    CU_ASSERT_EQUAL(plat_service_grant("NT AUTHORITY\\LOCAL SERVICE", zk_test_dir(), true, &note),
                    APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(plat_service_grant("NT SERVICE\\no such one", zk_test_dir(), true, &note),
                        APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "no such one"));
}

static void a_process_that_no_manager_started_cannot_be_a_service(void)
{
    char manner[] = "well";
    int exit_code = 0;

    CU_ASSERT_NOT_EQUAL(plat_service_run(&exit_code, service_name, serve, manner), APR_SUCCESS);
    plat_service_ready();
    plat_service_stopping(0);
}

static const zk_test_t tests[] = {
    {"a service that was never installed is absent", a_service_that_was_never_installed_is_absent},
    {"a service starts, runs and stops", a_service_starts_runs_and_stops},
    {"recovery restarts after 5 seconds and 30 and then no more",
     recovery_restarts_after_5_seconds_and_30_and_then_no_more},
    {"without recovery the manager is told of no action",
     without_recovery_the_manager_is_told_of_no_action},
    {"the manager is told of shutdown, privileges and a delayed start",
     the_manager_is_told_of_shutdown_privileges_and_a_delayed_start},
    {"a service that fails to start is reported with its code",
     a_service_that_fails_to_start_is_reported_with_its_code},
    {"installing again changes the service", installing_again_changes_the_service},
    {"an installed service tells what it runs", an_installed_service_tells_what_it_runs},
    {"settings are read back, and a change keeps the account",
     settings_are_read_back_and_a_change_keeps_the_account},
    {"parameters are kept until the service is removed",
     parameters_are_kept_until_the_service_is_removed},
    {"the account of a service gets rights and loses them",
     the_account_of_a_service_gets_rights_and_loses_them},
    {"a service sees the drives of the system only", a_service_sees_the_drives_of_the_system_only},
    {"a directory can be opened to an account", a_directory_can_be_opened_to_an_account},
    {"a process that no manager started cannot be a service",
     a_process_that_no_manager_started_cannot_be_a_service},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_service, "win/service", tests, setup, NULL);

extern const zk_test_suite_t suite_console;

int main(int argc, const char *const *argv)
{
    static const zk_test_suite_t *const suites[] = {&suite_console, &suite_service, NULL};
    char manner[16];
    int exit_code = 1;

    if (argc < 4 || strcmp(argv[1], "run") != 0)
        return zk_test_run(argc, argv, suites);
    apr_cpystrn(manner, argv[3], sizeof(manner));
    if (apr_initialize() != APR_SUCCESS ||
        plat_service_run(&exit_code, argv[2], serve, manner) != APR_SUCCESS)
        return 1;
    return exit_code;
}
