/* test_text.c -- times, strings and bytes for people. */
#include "tool_fixture.h"

#include <stdio.h>
#include <string.h>

#include "tool/text.h"

static const char *written(void (*put)(FILE *to, zk_str_t str), zk_str_t str)
{
    FILE *file = zk_test_open_stream("text");

    put(file, str);
    return zk_test_take_stream(file);
}

static void text_keeps_utf8_and_escapes_the_rest(void)
{
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_text, zk_str("gr\xc3\xbc\xc3\x9f \xe6\x97\xa5")),
                           "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_text, zk_str("\xff\x1b[2J\n")), "\\xFF\\x1B[2J\n");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_text, zk_str("\xc0\x80\xed\xa0\x80")),
                           "\\xC0\\x80\\xED\\xA0\\x80");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_text, zk_str("cut \xe6\x97")), "cut \\xE6\\x97");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_text, ZK_STR_NULL), "");
}

static void base64_is_the_usual(void)
{
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_base64, zk_str("")), "");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_base64, zk_str("f")), "Zg==");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_base64, zk_str("fo")), "Zm8=");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_base64, zk_str("foobar")), "Zm9vYmFy");
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_base64, zk_str("\xff\xfe")), "//4=");
}

static void json_strings_are_escaped(void)
{
    CU_ASSERT_STRING_EQUAL(written(zk_tool_put_json, zk_str("a\"b\\c\n\xff")),
                           "a\\\"b\\\\c\\u000A\xef\xbf\xbd");
}

static void times_have_their_forms(void)
{
    const char *iso = zk_tool_time(1700000000123, ZK_TIME_ISO, zk_test_pool());

    CU_ASSERT_EQUAL(strlen(iso), 23);
    CU_ASSERT_EQUAL(strncmp(iso, "2023-11-1", 9), 0);
    contains(iso, ".123");
    CU_ASSERT_EQUAL(
        strncmp(zk_tool_time(1700000000123, ZK_TIME_UPSTREAM, zk_test_pool()), "11/1", 4), 0);
    contains(zk_tool_time(1700000000123, ZK_TIME_DATE, zk_test_pool()), " Nov 1");
    CU_ASSERT_PTR_NOT_NULL(zk_tool_time(INT64_MAX, ZK_TIME_ISO, zk_test_pool()));
    CU_ASSERT_PTR_NOT_NULL(zk_tool_time(INT64_MIN, ZK_TIME_DATE, zk_test_pool()));
}

static void the_last_part_of_a_path_is_its_name(void)
{
    CU_ASSERT_STRING_EQUAL(zk_tool_base_name("/a/b/log.1"), "log.1");
    CU_ASSERT_STRING_EQUAL(zk_tool_base_name("E:\\zk\\log.1"), "log.1");
    CU_ASSERT_STRING_EQUAL(zk_tool_base_name("log.1"), "log.1");
}

static const zk_test_t tests[] = {
    {"text keeps UTF-8 and escapes the rest", text_keeps_utf8_and_escapes_the_rest},
    {"base64 is the usual", base64_is_the_usual},
    {"JSON strings are escaped", json_strings_are_escaped},
    {"times have their forms", times_have_their_forms},
    {"the last part of a path is its name", the_last_part_of_a_path_is_its_name},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_text, "tool/text", tests, NULL, NULL);
