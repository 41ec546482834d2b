/* test_path.c -- values that are paths: lost backslashes, letters beyond ASCII, and where a
 * relative one leads. */
#include "config_fixture.h"

static void a_windows_path_in_single_backslashes_is_refused_with_the_right_spelling(void)
{
    config_refused("dataDir=E:\\zk\\data", "'zoo.cfg', line 3, key 'dataDir'",
                   "write 'E:\\\\zk\\\\data' or 'E:/zk/data'");
    config_refused("dataDir=E:\\data", "key 'dataDir'", "write 'E:\\\\data' or 'E:/data'");
    config_refused("dataDir=C:\\temp\\new", "key 'dataDir'",
                   "write 'C:\\\\temp\\\\new' or 'C:/temp/new'");
    config_refused("dataLogDir=\\\\srv\\share", "key 'dataLogDir'",
                   "write '\\\\\\\\srv\\\\share' or '//srv/share'");
    config_refused("pidFile=\\run\\zk.pid", "key 'pidFile'",
                   "write '\\\\run\\\\zk.pid' or '/run/zk.pid'");
    config_refused("ssl.keyStore.location=C:\\keys\\a.pem", "key 'ssl.keyStore.location'",
                   "write 'C:\\\\keys\\\\a.pem'");
    config_refused("dataDir=E:\\zk\\\\data", "key 'dataDir'",
                   "write 'E:\\\\zk\\\\data' or 'E:/zk/data'");
    config_refused("dataDir=C:\\zk\\\nclientPort=2181", "key 'dataDir'",
                   "(a backslash at the end of a line joins it with the next one)");
    config_refused("dataDir=C:\\users", "'zoo.cfg': line 3", "Malformed \\uxxxx encoding.");
}

static void a_well_spelled_path_is_taken_as_it_is(void)
{
    config_accepted("dataDir=E:\\\\zk\\\\data\ndataLogDir=E:/zk/log");
    CU_ASSERT_STRING_EQUAL(config->data_dir, "E:\\zk\\data");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "E:/zk/log");
    config_accepted("dataDir=/srv/with\\ blank");
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/srv/with blank");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "is written '/srv/with\\ blank' and read as"), 1);
}

static void letters_beyond_ascii_are_told_how_they_are_read(void)
{
    config_accepted("dataLogDir=/srv/zo\xc3\xab");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "/srv/zo\xc3\x83\xc2\xab");
    CU_ASSERT_EQUAL(
        config_said(ZK_LOG_WARN, "line 3 has letters beyond ASCII, and is read as '/srv/zo"), 1);
    config_accepted("dataLogDir=/srv/zo\\u00eb");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "/srv/zo\xc3\xab");
    CU_ASSERT_EQUAL(config_warnings(), 0);
}

static void a_relative_path_is_told(void)
{
    config_accepted("dataDir=data");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "data is relative. Prepend ./ to indicate"), 1);
    config_accepted("dataLogDir=./data");
    CU_ASSERT_EQUAL(config_warnings(), 0);
    config_accepted("dataLogDir=x");
    CU_ASSERT_EQUAL(config_warnings(), 1);
}

static const zk_test_t tests[] = {
    {"a Windows path in single backslashes is refused with the right spelling",
     a_windows_path_in_single_backslashes_is_refused_with_the_right_spelling},
    {"a well spelled path is taken as it is", a_well_spelled_path_is_taken_as_it_is},
    {"letters beyond ASCII are told how they are read",
     letters_beyond_ascii_are_told_how_they_are_read},
    {"a relative path is told", a_relative_path_is_told},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_path, "config/path", tests, config_setup, NULL);
