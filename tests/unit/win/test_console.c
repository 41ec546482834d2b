/* test_console.c -- what the console's events do to a process that listens for a wish to stop.
 *
 * No program can send itself the closing of its window or a logoff, so the handler is called as the
 * system does it: on a thread of its own. */
#include "win/plat_win.h"

#include <string.h>

#include "base/plat.h"
#include "lib/zk_test.h"

enum { WITHIN_MS = 10000, STAYS_MS = 300 };

static HANDLE asked;
static const char *reason_given;

static void note_reason(void *baton, const char *reason)
{
    (void)baton;
    reason_given = reason;
    SetEvent(asked);
}

static void setup(void)
{
    if (asked == NULL)
        asked = CreateEventW(NULL, FALSE, FALSE, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(asked);
    ResetEvent(asked);
    reason_given = NULL;
    (void)plat_stop_listen(note_reason, NULL); /* once per process */
}

static DWORD WINAPI handle(LPVOID event)
{
    return plat_win_on_console_event(*(const DWORD *)event) ? 1 : 2;
}

/* The system ends the process when its handler returns from EVENT, or a few seconds later: it must
 * ask for a stop, as REASON, and not return while that is carried out. */
static void asks_and_stays(DWORD event, const char *reason)
{
    HANDLE thread = CreateThread(NULL, 0, handle, &event, 0, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(thread);
    CU_ASSERT_EQUAL(WaitForSingleObject(asked, WITHIN_MS), WAIT_OBJECT_0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reason_given);
    CU_ASSERT_STRING_EQUAL(reason_given, reason);
    CU_ASSERT_EQUAL(WaitForSingleObject(thread, STAYS_MS), WAIT_TIMEOUT);
    TerminateThread(thread, 0); /* it sleeps, and holds nothing */
    WaitForSingleObject(thread, WITHIN_MS);
    CloseHandle(thread);
}

static void closing_the_window_stops_in_good_order(void)
{
    asks_and_stays(CTRL_CLOSE_EVENT, "console closed");
}

static void logging_off_stops_in_good_order(void)
{
    asks_and_stays(CTRL_LOGOFF_EVENT, "user logged off");
}

static void shutting_down_stops_in_good_order(void)
{
    asks_and_stays(CTRL_SHUTDOWN_EVENT, "system shutdown");
}

static void ctrl_c_and_ctrl_break_ask_and_let_the_console_go_on(void)
{
    CU_ASSERT_TRUE(plat_win_on_console_event(CTRL_C_EVENT));
    CU_ASSERT_STRING_EQUAL(reason_given, "Ctrl+C");
    CU_ASSERT_TRUE(plat_win_on_console_event(CTRL_BREAK_EVENT));
    CU_ASSERT_STRING_EQUAL(reason_given, "Ctrl+Break");
}

static void an_event_that_nobody_knows_is_left_to_the_system(void)
{
    CU_ASSERT_FALSE(plat_win_on_console_event(77));
    CU_ASSERT_PTR_NULL(reason_given);
}

static const zk_test_t tests[] = {
    {"closing the window stops in good order", closing_the_window_stops_in_good_order},
    {"logging off stops in good order", logging_off_stops_in_good_order},
    {"shutting down stops in good order", shutting_down_stops_in_good_order},
    {"Ctrl+C and Ctrl+Break ask, and let the console go on",
     ctrl_c_and_ctrl_break_ask_and_let_the_console_go_on},
    {"an event that nobody knows is left to the system",
     an_event_that_nobody_knows_is_left_to_the_system},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_console, "win/console", tests, setup, NULL);
