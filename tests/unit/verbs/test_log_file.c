/* test_log_file.c -- log files that are put aside when they have grown. */
#include "verbs/log_file.h"

#include <string.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "lib/texts.h"
#include "lib/zk_test.h"

static zk_note_t note;

static zk_log_file_t *open_file(const char *path, int64_t bytes_max)
{
    zk_log_file_t *file = NULL;

    CU_ASSERT_EQUAL_FATAL(zk_log_file_open(&file, path, bytes_max, zk_test_pool(), &note),
                          APR_SUCCESS);
    return file;
}

static void write_line(zk_log_file_t *file, const char *line)
{
    zk_log_file_write(file, line, strlen(line));
}

static void lines_are_appended_and_directories_made(void)
{
    const char *path = zk_test_path("a/b c/server.log");

    write_line(open_file(path, 1000), "one\n");
    write_line(open_file(path, 1000), "two\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "one\ntwo\n");
}

static void a_line_that_does_not_fit_begins_a_new_file(void)
{
    const char *path = zk_test_path("server.log");
    zk_log_file_t *file = open_file(path, 10);

    write_line(file, "12345\n");
    write_line(file, "678\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "12345\n678\n");
    write_line(file, "9\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "9\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(zk_test_path("server.log.1")), "12345\n678\n");
    write_line(file, "longer than a file may be\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "longer than a file may be\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(zk_test_path("server.log.2")), "12345\n678\n");
}

static void only_so_many_old_files_are_kept(void)
{
    const char *path = zk_test_path("server.log");
    zk_log_file_t *file = open_file(path, 3);
    int i;

    for (i = 0; i < ZK_LOG_FILES_KEPT + 4; i++)
        write_line(file, apr_psprintf(zk_test_pool(), "%02d\n", i));
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "08\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(zk_test_path("server.log.1")), "07\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(zk_test_path("server.log.5")), "03\n");
    CU_ASSERT_FALSE(zk_test_exists(zk_test_path("server.log.6")));
}

static void a_moved_file_is_made_anew_when_it_is_opened_again(void)
{
    const char *path = zk_test_path("server.log");
    zk_log_file_t *file = open_file(path, 1000);

    write_line(file, "one\n");
    CU_ASSERT_EQUAL_FATAL(plat_file_replace(path, zk_test_path("moved")), APR_SUCCESS);
    zk_log_file_reopen(file);
    write_line(file, "two\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(path), "two\n");
    CU_ASSERT_STRING_EQUAL_FATAL(zk_test_read_text(zk_test_path("moved")), "one\n");
}

static void the_log_goes_where_it_is_sent(void)
{
    const char *path = zk_test_path("server.log");

    zk_log_send(zk_log_file_write, open_file(path, 1000));
    zk_log_write(ZK_LOG_ERROR, "src/server/x.c", 7, "one %d", 1);
    zk_log_send(NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(zk_test_read_text(path), "server/x@7] - one 1\n"));
}

static void a_directory_that_cannot_be_made_is_named(void)
{
    zk_log_file_t *file = NULL;

    write_line(open_file(zk_test_path("plain"), 1000), "x\n");
    CU_ASSERT_NOT_EQUAL(
        zk_log_file_open(&file, zk_test_path("plain/server.log"), 1000, zk_test_pool(), &note),
        APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "plain/server.log"));
}

static const zk_test_t tests[] = {
    {"lines are appended and directories made", lines_are_appended_and_directories_made},
    {"a line that does not fit begins a new file", a_line_that_does_not_fit_begins_a_new_file},
    {"only so many old files are kept", only_so_many_old_files_are_kept},
    {"a moved file is made anew when it is opened again",
     a_moved_file_is_made_anew_when_it_is_opened_again},
    {"the log goes where it is sent", the_log_goes_where_it_is_sent},
    {"a directory that cannot be made is named", a_directory_that_cannot_be_made_is_named},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_log_file, "verbs/log_file", tests, NULL, NULL);
