/* test_process.c -- what a process makes of the descriptors it was started with, and what others
 * can tell of it. */
#include "base/plat.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/zk_test.h"

/* In a child that closes FIRST to LAST and begins as a program of ours: the number that the next
 * file gets, or 99 where one of the standard three is still closed. */
static int next_descriptor_without(int first, int last)
{
    int status = 0;
    pid_t child = fork();

    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0) {
        int number;

        for (number = first; number <= last; number++)
            close(number);
        plat_process_init();
        for (number = STDIN_FILENO; number <= STDERR_FILENO; number++)
            if (fcntl(number, F_GETFD) < 0)
                _exit(99);
        _exit(open("/dev/null", O_RDONLY));
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Else the log's lines end in the next file that the server opens. */
static void an_output_that_was_closed_is_no_place_for_a_file(void)
{
    CU_ASSERT_TRUE(next_descriptor_without(STDOUT_FILENO, STDOUT_FILENO) > STDERR_FILENO);
    CU_ASSERT_TRUE(next_descriptor_without(STDIN_FILENO, STDERR_FILENO) > STDERR_FILENO);
    CU_ASSERT_NOT_EQUAL(next_descriptor_without(STDOUT_FILENO, STDOUT_FILENO), 99);
    CU_ASSERT_NOT_EQUAL(next_descriptor_without(STDIN_FILENO, STDERR_FILENO), 99);
}

/* In a container nobody may take notice of an end for a long time. */
static void a_process_that_has_ended_is_not_alive_although_its_parent_does_not_know(void)
{
    siginfo_t info;
    pid_t child = fork();

    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0)
        _exit(0);
    CU_ASSERT_EQUAL(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    CU_ASSERT_FALSE(plat_process_alive(child));
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    CU_ASSERT_TRUE(plat_process_alive(getpid()));
}

static void a_process_names_its_program(void)
{
    const char *own = plat_process_path(zk_test_pool());

    CU_ASSERT_PTR_NOT_NULL_FATAL(own);
    CU_ASSERT_STRING_EQUAL(plat_process_program(getpid(), zk_test_pool()), own);
    CU_ASSERT_PTR_NULL(plat_process_program(0x7fffffff, zk_test_pool()));
}

static atomic_int reloads; /* raised by the thread that waits for signals */

static void count_reload(void *baton)
{
    CU_ASSERT_PTR_EQUAL(&reloads, baton);
    atomic_fetch_add(&reloads, 1);
}

static void ignore_stop(void *baton, const char *reason)
{
    (void)baton;
    (void)reason;
}

static void hanging_up_is_a_wish_to_reload(void)
{
    int i;

    plat_reload_raise(); /* nobody listens yet */
    CU_ASSERT_EQUAL_FATAL(plat_stop_listen(ignore_stop, NULL), APR_SUCCESS);
    kill(getpid(), SIGHUP);
    usleep(50000);
    CU_ASSERT_EQUAL(atomic_load(&reloads), 0);
    plat_reload_listen(count_reload, &reloads);
    kill(getpid(), SIGHUP);
    for (i = 0; i < 500 && atomic_load(&reloads) == 0; i++)
        usleep(10000);
    CU_ASSERT_EQUAL(atomic_load(&reloads), 1);
}

/* In a child whose output is a file that somebody renames, as logrotate does. */
static void an_output_is_opened_anew_under_its_old_name(void)
{
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/out.log", NULL);
    const char *old = apr_pstrcat(zk_test_pool(), path, ".1", NULL);
    struct stat first, second;
    int status = 0;
    pid_t child = fork();

    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0) {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
        const char *known;

        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        known = plat_output_path(zk_test_pool());
        if (known == NULL || strcmp(known, path) != 0 || write(STDOUT_FILENO, "12", 2) != 2 ||
            rename(path, old) != 0 || plat_output_reopen(known) != APR_SUCCESS ||
            write(STDOUT_FILENO, "3", 1) != 1 || write(STDERR_FILENO, "456", 3) != 3)
            _exit(1);
        /* a place that cannot be had changes nothing */
        if (plat_output_reopen("/nonexistent/out.log") == APR_SUCCESS ||
            write(STDOUT_FILENO, "7", 1) != 1)
            _exit(2);
        _exit(0);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL_FATAL(stat(old, &first), 0);
    CU_ASSERT_EQUAL_FATAL(stat(path, &second), 0);
    CU_ASSERT_EQUAL(first.st_size, 2);
    CU_ASSERT_EQUAL(second.st_size, 5);
}

/* A person at the other end of the terminal MASTER, who types KEYS once nothing is shown any more.
 */
static void type_unseen(int master, const char *keys)
{
    struct termios mode;
    int tries;

    for (tries = 0; tries < 1000; tries++) {
        if (tcgetattr(master, &mode) == 0 && (mode.c_lflag & (tcflag_t)ECHO) == 0)
            break;
        usleep(10 * 1000);
    }
    _exit(write(master, keys, strlen(keys)) == (ssize_t)strlen(keys) ? 0 : 1);
}

/* What plat_input_read_secret makes of KEYS at a terminal: in SECRET, and whether any of them, or
 * none, was SHOWN. */
static bool read_at_terminal(char *secret, size_t size, const char *keys, bool *shown)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct pollfd answer = {.fd = master, .events = POLLIN};
    int own = dup(STDIN_FILENO);
    struct termios after;
    int status = 0;
    int slave;
    pid_t person;
    bool got;

    CU_ASSERT_TRUE_FATAL(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CU_ASSERT_TRUE_FATAL(slave >= 0 && dup2(slave, STDIN_FILENO) == STDIN_FILENO);
    person = fork();
    if (person == 0)
        type_unseen(master, keys);
    got = plat_input_read_secret(secret, size);
    CU_ASSERT_EQUAL(waitpid(person, &status, 0), person);
    CU_ASSERT_EQUAL(status, 0);
    *shown = poll(&answer, 1, 100) != 0;
    CU_ASSERT_EQUAL(tcgetattr(slave, &after), 0);
    CU_ASSERT_TRUE((after.c_lflag & ECHO) != 0 && (after.c_lflag & ISIG) != 0);
    dup2(own, STDIN_FILENO);
    close(own);
    close(slave);
    close(master);
    clearerr(stdin);
    return got;
}

static void a_password_is_not_shown_by_the_terminal(void)
{
    char secret[64];
    bool shown = true;

    CU_ASSERT_TRUE(read_at_terminal(secret, sizeof(secret), "pass \xc3\xa9 word\n", &shown));
    CU_ASSERT_STRING_EQUAL(secret, "pass \xc3\xa9 word");
    CU_ASSERT_FALSE(shown);
}

static void ctrl_c_is_no_password(void)
{
    char secret[64];
    bool shown = true;

    CU_ASSERT_FALSE(read_at_terminal(secret, sizeof(secret), "half\x03\n", &shown));
    CU_ASSERT_STRING_EQUAL(secret, "");
    CU_ASSERT_FALSE(shown);
}

static const zk_test_t tests[] = {
    {"an output that was closed is no place for a file",
     an_output_that_was_closed_is_no_place_for_a_file},
    {"a process that has ended is not alive although its parent does not know",
     a_process_that_has_ended_is_not_alive_although_its_parent_does_not_know},
    {"a process names its program", a_process_names_its_program},
    {"hanging up is a wish to reload", hanging_up_is_a_wish_to_reload},
    {"an output is opened anew under its old name", an_output_is_opened_anew_under_its_old_name},
    {"a password is not shown by the terminal", a_password_is_not_shown_by_the_terminal},
    {"Ctrl+C is no password", ctrl_c_is_no_password},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_process, "unix/process", tests, NULL, NULL);
