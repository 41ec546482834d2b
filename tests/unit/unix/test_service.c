/* test_service.c -- being a service of systemd: what its socket receives.
 *
 * The socket is an ordinary datagram socket of ours, so no systemd is needed. */
#include "base/plat_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/plat.h"
#include "lib/zk_test.h"

static int manager = -1;

/* Listen as the manager does: on a name of the file system, or an abstract one for '@'. */
static void listen_as_manager(const char *name)
{
    struct sockaddr_un address;
    size_t length = strlen(name);

    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    CU_ASSERT_TRUE_FATAL(length < sizeof(address.sun_path));
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    CU_ASSERT_TRUE_FATAL(manager >= 0);
    CU_ASSERT_EQUAL_FATAL(bind(manager, (const struct sockaddr *)&address,
                               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                          0);
    setenv("NOTIFY_SOCKET", name, 1);
}

/* The next message, or "" when there is none. */
static const char *heard(void)
{
    char text[512];
    ssize_t length = recv(manager, text, sizeof(text), MSG_DONTWAIT);

    return length <= 0 ? "" : apr_pstrmemdup(zk_test_pool(), text, (apr_size_t)length);
}

static void setup(void)
{
    manager = -1;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static void teardown(void)
{
    if (manager >= 0)
        close(manager);
    setup();
}

static void the_manager_hears_that_we_are_ready(void)
{
    listen_as_manager(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/notify", NULL));
    plat_service_ready();
    CU_ASSERT_STRING_EQUAL(
        heard(), apr_psprintf(zk_test_pool(), "READY=1\nMAINPID=%d", (int)plat_process_id()));
}

static void an_abstract_socket_name_works_as_well(void)
{
    listen_as_manager(apr_psprintf(zk_test_pool(), "@paddock-test-%d", (int)plat_process_id()));
    plat_service_alive();
    CU_ASSERT_STRING_EQUAL(heard(), "WATCHDOG=1");
}

static void stopping_asks_for_the_time_it_needs(void)
{
    listen_as_manager(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/notify", NULL));
    plat_service_stopping(2500);
    CU_ASSERT_STRING_EQUAL(heard(), "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=2500000");
}

/* A second line would be another assignment, such as READY=1. */
static void a_status_text_is_one_line(void)
{
    listen_as_manager(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/notify", NULL));
    plat_service_tell("serving\nREADY=1");
    CU_ASSERT_STRING_EQUAL(heard(), "STATUS=serving");
}

static void a_long_start_says_how_far_it_is_and_asks_for_time(void)
{
    listen_as_manager(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/notify", NULL));
    plat_service_starting(60000, "loading snapshot.1a (42 %)\nREADY=1");
    CU_ASSERT_STRING_EQUAL(heard(),
                           "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=loading snapshot.1a (42 %)");
}

static void a_reload_has_a_beginning_with_its_time_and_an_end(void)
{
    listen_as_manager(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/notify", NULL));
    plat_service_reloading();
    plat_service_reloaded();
    CU_ASSERT_EQUAL(strncmp(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
    CU_ASSERT_STRING_EQUAL(heard(), "READY=1");
}

/* The variable is inherited by programs whose output goes elsewhere. */
static void the_journal_is_known_by_its_stream(void)
{
    char stream[64];
    struct stat info;

    unsetenv("JOURNAL_STREAM");
    CU_ASSERT_FALSE(plat_service_has_journal());
    CU_ASSERT_EQUAL_FATAL(fstat(STDOUT_FILENO, &info), 0);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)info.st_dev,
             (unsigned long long)info.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    CU_ASSERT_TRUE(plat_service_has_journal());
    setenv("JOURNAL_STREAM", "1:2", 1);
    CU_ASSERT_FALSE(plat_service_has_journal());
    unsetenv("JOURNAL_STREAM");
}

static void nothing_happens_without_a_manager(void)
{
    plat_service_ready();
    setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
    plat_service_ready();
    setenv("NOTIFY_SOCKET", "relative", 1);
    plat_service_ready();
    CU_ASSERT_EQUAL(plat_service_watchdog_ms(), 0);
}

static void the_watchdog_interval_is_halved_and_meant_for_us(void)
{
    setenv("WATCHDOG_USEC", "3000000", 1);
    CU_ASSERT_EQUAL(plat_service_watchdog_ms(), 1500);
    setenv("WATCHDOG_PID", "1", 1);
    CU_ASSERT_EQUAL(plat_service_watchdog_ms(), 0);
    setenv("WATCHDOG_PID", apr_psprintf(zk_test_pool(), "%d", (int)plat_process_id()), 1);
    CU_ASSERT_EQUAL(plat_service_watchdog_ms(), 1500);
    setenv("WATCHDOG_USEC", "-1", 1);
    CU_ASSERT_EQUAL(plat_service_watchdog_ms(), 0);
}

static void installing_is_left_to_packages(void)
{
    zk_note_t note;

    CU_ASSERT_TRUE(APR_STATUS_IS_ENOTIMPL(plat_service_start("paddock", 0, &note)));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "packages"));
}

static const zk_test_t tests[] = {
    {"the manager hears that we are ready", the_manager_hears_that_we_are_ready},
    {"an abstract socket name works as well", an_abstract_socket_name_works_as_well},
    {"stopping asks for the time it needs", stopping_asks_for_the_time_it_needs},
    {"a status text is one line", a_status_text_is_one_line},
    {"a long start says how far it is and asks for time",
     a_long_start_says_how_far_it_is_and_asks_for_time},
    {"a reload has a beginning with its time and an end",
     a_reload_has_a_beginning_with_its_time_and_an_end},
    {"the journal is known by its stream", the_journal_is_known_by_its_stream},
    {"nothing happens without a manager", nothing_happens_without_a_manager},
    {"the watchdog interval is halved and meant for us",
     the_watchdog_interval_is_halved_and_meant_for_us},
    {"installing is left to packages", installing_is_left_to_packages},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_service, "unix/service", tests, setup, teardown);
