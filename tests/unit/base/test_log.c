/* test_log.c -- the layout of log lines, and that no client can forge one. */
#include "base/log.h"

#include <ctype.h>
#include <string.h>

#include "lib/zk_test.h"

static FILE *sink;
static char text[65536];

static void open_sink(void)
{
    sink = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(sink);
    zk_log_setup(sink, ZK_LOG_INFO, -1);
}

static void close_sink(void)
{
    zk_log_setup(NULL, ZK_LOG_INFO, -1);
    zk_log_name_thread(NULL);
    fclose(sink);
}

/* All that was written so far. */
static const char *written(void)
{
    size_t size;

    rewind(sink);
    size = fread(text, 1, sizeof(text) - 1, sink);
    text[size] = '\0';
    return text;
}

/* LINE begins like `2026-11-22 10:21:12,104 `; returns what follows. */
static const char *after_date(const char *line)
{
    static const char shape[] = "dddd-dd-dd dd:dd:dd,ddd ";
    size_t i;

    for (i = 0; i < sizeof(shape) - 1; i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)line[i]) : line[i] != shape[i])
            return "no date";
    return line + i;
}

static void a_line_has_the_layout_that_tools_parse(void)
{
    zk_log_write(ZK_LOG_INFO, "/build/src/server/config.c", 177, "clientPort is %d", 2181);
    CU_ASSERT_STRING_EQUAL(after_date(written()),
                           "[myid:] - INFO  [main:server/config@177] - clientPort is 2181\n");
}

static void the_id_and_the_thread_are_shown(void)
{
    zk_log_setup(sink, ZK_LOG_INFO, 2);
    zk_log_name_thread("disk");
    zk_log_write(ZK_LOG_ERROR, "src\\store\\txnlog_write.c", 9, "x");
    CU_ASSERT_STRING_EQUAL(after_date(written()),
                           "[myid:2] - ERROR [disk:store/txnlog_write@9] - x\n");
}

static void the_macro_names_this_file(void)
{
    zk_warn("careful");
    CU_ASSERT_PTR_NOT_NULL(strstr(written(), " - WARN  [main:base/test_log@"));
}

static void levels_below_the_lowest_are_not_written(void)
{
    zk_debug("quiet");
    CU_ASSERT_STRING_EQUAL(written(), "");
    CU_ASSERT_FALSE(zk_log_enabled(ZK_LOG_DEBUG));
    zk_log_setup(sink, ZK_LOG_DEBUG, -1);
    CU_ASSERT_TRUE(zk_log_enabled(ZK_LOG_DEBUG));
    zk_debug("audible");
    CU_ASSERT_PTR_NOT_NULL(strstr(written(), " - DEBUG ["));
}

static void control_characters_are_shown_and_cannot_forge_a_line(void)
{
    zk_info("path '%s'", "a\nb\r\t\x1b[2J\x7f \xc2\x9b caf\xc3\xa9 \\x");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(written(), "path 'a\\x0ab\\x0d\t\\x1b[2J\\x7f \\x9b caf\xc3\xa9 \\x'\n"));
    CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + strlen(text) - 1);
}

static void a_very_long_message_is_one_bounded_line(void)
{
    static char longer[40000];

    memset(longer, 'z', sizeof(longer) - 1);
    zk_info("%s", longer);
    zk_info("next");
    written();
    CU_ASSERT_PTR_NOT_NULL_FATAL(strchr(text, '\n'));
    CU_ASSERT_TRUE(strchr(text, '\n') - text > 16384);
    CU_ASSERT_TRUE(strchr(text, '\n') - text < 16600);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "] - next\n"));
}

static void a_message_longer_than_usual_is_complete(void)
{
    static char longer[3000];
    const char *start;

    memset(longer, 'z', sizeof(longer) - 1);
    zk_info("<%s>", longer);
    start = strchr(written(), '<');
    CU_ASSERT_PTR_NOT_NULL_FATAL(start);
    CU_ASSERT_EQUAL(strcspn(start, ">"), 3000);
}

static void the_journal_gets_the_level_in_the_place_of_the_date(void)
{
    zk_log_use_journal(true);
    zk_log_write(ZK_LOG_WARN, "src/a/b.c", 1, "slow");
    zk_log_write(ZK_LOG_ERROR, "src/a/b.c", 2, "bad\n<0>forged");
    CU_ASSERT_STRING_EQUAL(written(), "<4>[myid:] - WARN  [main:a/b@1] - slow\n"
                                      "<3>[myid:] - ERROR [main:a/b@2] - bad\\x0a<0>forged\n");
    zk_log_use_journal(false);
}

static const zk_test_t tests[] = {
    {"a line has the layout that tools parse", a_line_has_the_layout_that_tools_parse},
    {"the id and the thread are shown", the_id_and_the_thread_are_shown},
    {"the macro names this file", the_macro_names_this_file},
    {"levels below the lowest are not written", levels_below_the_lowest_are_not_written},
    {"control characters are shown and cannot forge a line",
     control_characters_are_shown_and_cannot_forge_a_line},
    {"a very long message is one bounded line", a_very_long_message_is_one_bounded_line},
    {"a message longer than usual is complete", a_message_longer_than_usual_is_complete},
    {"the journal gets the level in the place of the date",
     the_journal_gets_the_level_in_the_place_of_the_date},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_log, "base/log", tests, open_sink, close_sink);
