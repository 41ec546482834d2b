/* test_quota.c -- the text of a quota; the rows are texts that upstream wrote. */
#include "cli/quota.h"

#include "lib/texts.h"
#include "lib/zk_test.h"

/* TEXT read and written again. */
static const char *again(const char *text)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    zk_quota_t quota;

    zk_quota_parse(&quota, zk_str(text));
    zk_quota_print(&quota, &out);
    return zk_test_take_buffer(&out);
}

static void texts_of_all_versions_survive_reading_and_writing(void)
{
    static const char *const texts[] = {"count=5,bytes=-1",
                                        "count=2,bytes=-1=;byteHardLimit=-1;countHardLimit=-1",
                                        "count=2,bytes=5=;byteHardLimit=20;countHardLimit=3",
                                        "count=0,bytes=0", "count=1,bytes=2=;countHardLimit=3"};
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_STRING_EQUAL(again(texts[i]), texts[i]);
}

static void what_is_not_named_or_no_number_is_no_limit(void)
{
    CU_ASSERT_STRING_EQUAL(again(""), "count=-1,bytes=-1");
    CU_ASSERT_STRING_EQUAL(again("bytes=7"), "count=-1,bytes=7");
    CU_ASSERT_STRING_EQUAL(again("count=,bytes=x"), "count=-1,bytes=-1");
    CU_ASSERT_STRING_EQUAL(again("nonsense;;==,count"), "count=-1,bytes=-1");
    CU_ASSERT_STRING_EQUAL(again("count=99999999999999999999,bytes=1"),
                           "count=9223372036854775807,bytes=1");
}

static void the_four_limits_are_told_apart(void)
{
    zk_quota_t quota;

    zk_quota_parse(&quota, zk_str("count=1,bytes=2=;byteHardLimit=3;countHardLimit=4"));
    CU_ASSERT_EQUAL(quota.count, 1);
    CU_ASSERT_EQUAL(quota.bytes, 2);
    CU_ASSERT_EQUAL(quota.bytes_hard, 3);
    CU_ASSERT_EQUAL(quota.count_hard, 4);
}

static const zk_test_t tests[] = {
    {"texts of all versions survive reading and writing",
     texts_of_all_versions_survive_reading_and_writing},
    {"what is not named, or no number, is no limit", what_is_not_named_or_no_number_is_no_limit},
    {"the four limits are told apart", the_four_limits_are_told_apart},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_quota, "cli/quota", tests, NULL, NULL);
