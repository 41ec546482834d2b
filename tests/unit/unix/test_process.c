/* test_process.c -- what a process makes of the descriptors it was started with, and what others
 * can tell of it. */
#include "base/plat.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

static const zk_test_t tests[] = {
    {"an output that was closed is no place for a file",
     an_output_that_was_closed_is_no_place_for_a_file},
    {"a process that has ended is not alive although its parent does not know",
     a_process_that_has_ended_is_not_alive_although_its_parent_does_not_know},
    {"a process names its program", a_process_names_its_program},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_process, "unix/process", tests, NULL, NULL);
