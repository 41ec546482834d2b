/* test_rate_log.c -- the first of a kind at once, its repetitions counted. */
#include "net/net_internal.h"

#include <string.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static void setup(void)
{
    zk_test_begin_log(ZK_LOG_INFO);
}

static int lines(const char *all)
{
    int count = 0;

    for (; *all != '\0'; all++)
        count += *all == '\n';
    return count;
}

static void a_message_appears_at_once_and_its_repetitions_are_counted(void)
{
    zk_rate_log_t log = {"", 0, 0};
    const char *text;

    zk_rate_log_warn(&log, 1000, "no room");
    for (int i = 0; i < 40; i++)
        zk_rate_log_warn(&log, 1010, "no room");
    text = zk_test_logged();
    CU_ASSERT_EQUAL(lines(text), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Message:no room Value:null"));
    zk_rate_log_warn(&log, 1100, "no room");
    text = zk_test_logged();
    CU_ASSERT_EQUAL(lines(text), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "[41 times] Message: no room\n"));
}

static void another_message_first_tells_what_was_counted(void)
{
    zk_rate_log_t log = {"", 0, 0};
    const char *text;

    zk_rate_log_warn(&log, 5, "one");
    zk_rate_log_warn(&log, 6, "one");
    zk_rate_log_warn(&log, 7, "two");
    text = zk_test_logged();
    CU_ASSERT_EQUAL(lines(text), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "- Message: one\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "- Message:two Value:null\n"));
}

static void a_message_longer_than_the_memory_is_still_counted(void)
{
    zk_rate_log_t log = {"", 0, 0};
    char big[600];

    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    zk_rate_log_warn(&log, 5, big);
    zk_rate_log_warn(&log, 6, big);
    CU_ASSERT_EQUAL(log.count, 1);
}

static const zk_test_t tests[] = {
    {"a message appears at once and its repetitions are counted",
     a_message_appears_at_once_and_its_repetitions_are_counted},
    {"another message first tells what was counted", another_message_first_tells_what_was_counted},
    {"a message longer than the memory is still counted",
     a_message_longer_than_the_memory_is_still_counted},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_rate_log, "net/rate_log", tests, setup, NULL);
