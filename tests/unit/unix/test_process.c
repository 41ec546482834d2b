/* test_process.c -- what a process makes of the descriptors it was started with. */
#include "base/plat.h"

#include <fcntl.h>
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

static const zk_test_t tests[] = {
    {"an output that was closed is no place for a file",
     an_output_that_was_closed_is_no_place_for_a_file},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_process, "unix/process", tests, NULL, NULL);
