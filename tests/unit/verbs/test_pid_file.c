/* test_pid_file.c -- numbers in a file, and files that are none. */
#include "verbs/pid_file.h"

#include <string.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

/* The number in a file that holds TEXT. */
static int64_t read_number(const char *text)
{
    const char *path = zk_test_path("pid");

    zk_test_write_text(path, text);
    return zk_pid_file_read(path, zk_test_pool());
}

static void what_was_written_is_read(void)
{
    const char *path = zk_test_path("pid");
    zk_note_t note = {""};

    CU_ASSERT_EQUAL(zk_pid_file_write(path, 1234567, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_pid_file_write(path, 42, zk_test_pool(), &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_pid_file_read(path, zk_test_pool()), 42);
}

static void a_line_feed_of_other_scripts_is_accepted(void)
{
    CU_ASSERT_EQUAL(read_number("4711\n"), 4711);
    CU_ASSERT_EQUAL(read_number("4711 \r\n"), 4711);
}

static void what_is_no_process_id_is_nobody(void)
{
    static const char *const texts[] = {"",    "\n",  "x",          "12x",
                                        "-1",  "0",   "1 2",        "99999999999",
                                        "0x1", "1.5", "4294967296", "99999999999999999999999"};
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_EQUAL(read_number(texts[i]), 0);
    CU_ASSERT_EQUAL(zk_pid_file_read(zk_test_path("none"), zk_test_pool()), 0);
}

static void only_the_process_s_own_file_is_removed(void)
{
    const char *path = zk_test_path("pid");
    zk_note_t note = {""};

    zk_pid_file_write(path, 7, zk_test_pool(), &note);
    zk_pid_file_remove(path, 8, zk_test_pool());
    CU_ASSERT_EQUAL(zk_pid_file_read(path, zk_test_pool()), 7);
    zk_pid_file_remove(path, 7, zk_test_pool());
    CU_ASSERT_EQUAL(zk_pid_file_read(path, zk_test_pool()), 0);
}

static void a_file_that_cannot_be_written_is_named(void)
{
    zk_note_t note = {""};

    CU_ASSERT_NOT_EQUAL(zk_pid_file_write(zk_test_path("none/pid"), 7, zk_test_pool(), &note),
                        APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "none/pid"));
}

static const zk_test_t tests[] = {
    {"what was written is read", what_was_written_is_read},
    {"a line feed of other scripts is accepted", a_line_feed_of_other_scripts_is_accepted},
    {"what is no process id is nobody", what_is_no_process_id_is_nobody},
    {"only the process's own file is removed", only_the_process_s_own_file_is_removed},
    {"a file that cannot be written is named", a_file_that_cannot_be_written_is_named},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_pid_file, "verbs/pid_file", tests, NULL, NULL);
