/* test_bytes.c -- the bounded reader and writer. */
#include "base/bytes.h"

#include "lib/zk_test.h"

static void numbers_are_written_most_significant_byte_first(void)
{
    static const uint8_t expected[] = {1,    0xff, 0xff, 0xff, 0xfe, 0x01, 0x02,
                                       0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_write_bool(&out, true);
    zk_write_int(&out, -2);
    zk_write_long(&out, 0x0102030405060708);
    CU_ASSERT_EQUAL(zk_buffer_size(&out), sizeof(expected));
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&out), expected, sizeof(expected)), 0);
    zk_buffer_free(&out);
}

static void what_was_written_is_read_again(void)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    zk_reader_t in;

    zk_write_int(&out, INT32_MIN);
    zk_write_long(&out, INT64_MIN);
    zk_write_bool(&out, false);
    zk_write_str(&out, zk_str("path"));
    zk_write_str(&out, zk_str(""));
    zk_write_str(&out, ZK_STR_NULL);
    in = zk_reader(zk_buffer_bytes(&out), zk_buffer_size(&out));
    CU_ASSERT_EQUAL(zk_read_int(&in), INT32_MIN);
    CU_ASSERT_EQUAL(zk_read_long(&in), INT64_MIN);
    CU_ASSERT_FALSE(zk_read_bool(&in));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&in), "path"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&in), ""));
    CU_ASSERT_TRUE(zk_str_is_null(zk_read_str(&in)));
    CU_ASSERT_EQUAL(zk_reader_left(&in), 0);
    CU_ASSERT_FALSE(in.failed);
    zk_buffer_free(&out);
}

static void reading_past_the_end_fails_and_stays_failed(void)
{
    static const uint8_t bytes[] = {0, 0, 0, 7, 1, 2};
    zk_reader_t in = zk_reader(bytes, sizeof(bytes));

    CU_ASSERT_EQUAL(zk_read_int(&in), 7);
    CU_ASSERT_EQUAL(zk_read_int(&in), 0);
    CU_ASSERT_TRUE(in.failed);
    CU_ASSERT_FALSE(zk_read_bool(&in)); /* a byte is left, but the reader no longer believes */
    CU_ASSERT_PTR_NULL(zk_read_raw(&in, 1));
}

static void a_length_that_cannot_be_true_fails(void)
{
    static const uint8_t below_null[] = {0xff, 0xff, 0xff, 0xfe, 0, 0};
    static const uint8_t beyond_end[] = {0, 0, 0, 3, 'a', 'b'};
    static const uint8_t largest[] = {0x7f, 0xff, 0xff, 0xff, 'a'};
    zk_reader_t in = zk_reader(below_null, sizeof(below_null));

    CU_ASSERT_TRUE(zk_str_is_null(zk_read_str(&in)));
    CU_ASSERT_TRUE(in.failed);
    in = zk_reader(beyond_end, sizeof(beyond_end));
    CU_ASSERT_TRUE(zk_str_is_null(zk_read_str(&in)));
    CU_ASSERT_TRUE(in.failed);
    in = zk_reader(largest, sizeof(largest));
    CU_ASSERT_TRUE(zk_str_is_null(zk_read_str(&in)));
    CU_ASSERT_TRUE(in.failed);
}

static void null_differs_from_empty(void)
{
    CU_ASSERT_FALSE(zk_str_equal(ZK_STR_NULL, zk_str("")));
    CU_ASSERT_TRUE(zk_str_equal(ZK_STR_NULL, zk_str(NULL)));
    CU_ASSERT_TRUE(zk_str_compare(ZK_STR_NULL, zk_str("")) < 0);
    CU_ASSERT_TRUE(zk_str_compare(zk_str(""), ZK_STR_NULL) > 0);
    CU_ASSERT_EQUAL(zk_str_compare(ZK_STR_NULL, ZK_STR_NULL), 0);
    CU_ASSERT_EQUAL(zk_str_size(ZK_STR_NULL), 0);
}

static void strings_are_ordered_by_unsigned_bytes(void)
{
    CU_ASSERT_TRUE(zk_str_compare(zk_str("a"), zk_str("b")) < 0);
    CU_ASSERT_TRUE(zk_str_compare(zk_str("ab"), zk_str("a")) > 0);
    CU_ASSERT_TRUE(zk_str_compare(zk_str("z"), zk_str("\xc3\xa9")) < 0);
    CU_ASSERT_EQUAL(zk_str_compare(zk_str("same"), zk_str_n("same!", 4)), 0);
}

static void a_prefix_is_recognised_also_in_nothing(void)
{
    CU_ASSERT_TRUE(zk_str_starts_with(zk_str("/zookeeper/quota"), "/zookeeper"));
    CU_ASSERT_FALSE(zk_str_starts_with(zk_str("/zoo"), "/zookeeper"));
    CU_ASSERT_TRUE(zk_str_starts_with(ZK_STR_NULL, ""));
    CU_ASSERT_FALSE(zk_str_starts_with(ZK_STR_NULL, "/"));
}

static const zk_test_t tests[] = {
    {"numbers are written most significant byte first",
     numbers_are_written_most_significant_byte_first},
    {"what was written is read again", what_was_written_is_read_again},
    {"reading past the end fails and stays failed", reading_past_the_end_fails_and_stays_failed},
    {"a length that cannot be true fails", a_length_that_cannot_be_true_fails},
    {"null differs from empty", null_differs_from_empty},
    {"strings are ordered by unsigned bytes", strings_are_ordered_by_unsigned_bytes},
    {"a prefix is recognised, also in nothing", a_prefix_is_recognised_also_in_nothing},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_bytes, "base/bytes", tests, NULL, NULL);
