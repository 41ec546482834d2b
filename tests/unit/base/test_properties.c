/* test_properties.c -- zoo.cfg syntax, row by row.
 *
 * Every expectation was checked against the parser of the JDK (java.util.Properties.load, then
 * trim).
 */
#include "base/properties.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "lib/zk_test.h"

static apr_array_header_t *parse_bytes(const char *text, size_t size)
{
    apr_array_header_t *properties = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_properties_parse(&properties, text, size, zk_test_pool(), &note),
                          APR_SUCCESS);
    return properties;
}

static apr_array_header_t *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static const zk_property_t *at(const apr_array_header_t *properties, int i)
{
    CU_ASSERT_TRUE_FATAL(i < properties->nelts);
    return &APR_ARRAY_IDX(properties, i, zk_property_t);
}

/* TEXT yields EXPECTED, written as `key=value|key=value|`. */
static void check_bytes(const char *text, size_t size, const char *expected)
{
    apr_array_header_t *properties = parse_bytes(text, size);
    zk_buffer_t seen = ZK_BUFFER_INIT;
    int i;

    for (i = 0; i < properties->nelts; i++)
        zk_buffer_printf(&seen, "%s=%s|", at(properties, i)->key, at(properties, i)->value);
    zk_buffer_append(&seen, "", 1);
    if (strcmp((char *)zk_buffer_bytes(&seen), expected) != 0)
        printf("\n    text <%s>\n    gave <%s>, not <%s>\n", text, (char *)zk_buffer_bytes(&seen),
               expected);
    CU_ASSERT_STRING_EQUAL((char *)zk_buffer_bytes(&seen), expected);
    zk_buffer_free(&seen);
}

static void check(const char *text, const char *expected)
{
    check_bytes(text, strlen(text), expected);
}

static void leading_white_space_is_skipped(void)
{
    check("  k = v", "k=v|");
    check("\t\f k=v", "k=v|");
}

static void comments_begin_at_the_first_character_that_is_not_blank(void)
{
    check("# a\n! b\n  # c\nk=v", "k=v|");
    check("k=v\r\n#x\r\n", "k=v|");
}

static void comments_never_continue(void)
{
    check("# c \\\nb=1", "b=1|");
    check("! c \\\\\\\nb=1", "b=1|");
}

static void there_are_no_trailing_comments(void)
{
    check("f=4 # x", "f=4 # x|");
    check("clientPort=2181\t#x", "clientPort=2181\t#x|");
}

static void the_key_ends_at_the_first_unescaped_separator(void)
{
    check("k v", "k=v|");
    check("k:v", "k=v|");
    check("k  =  v", "k=v|");
    check("k==v", "k==v|");
    check("k=:v", "k=:v|");
    check("k : = v", "k== v|");
    check("k\tv", "k=v|");
    check("k\fv", "k=v|");
    check("server.1:h:2888:3888", "server.1=h:2888:3888|");
    check("server.1=h:2888:3888;2181", "server.1=h:2888:3888;2181|");
    check("a\\=b\\:c=d", "a=b:c=d|");
    check("a\\\\=b", "a\\=b|");
}

static void a_key_without_value_has_the_empty_value(void)
{
    check("k", "k=|");
    check("k=", "k=|");
    check("k \n", "k=|");
    check("=v", "=v|");
}

static void key_and_value_are_trimmed(void)
{
    check("clientPort=2181  \n", "clientPort=2181|");
    check("clientPort=2181\t\r\n", "clientPort=2181|");
    check("k=\\ v\\t\n", "k=v|");
    check("\\ k\\ =v", "k=v|");
    check("k=a  b", "k=a  b|");
}

static void every_kind_of_line_end_ends_a_line(void)
{
    check("a=1\nb=2\rc=3\r\nd=4", "a=1|b=2|c=3|d=4|");
    check("\n\r\r\n\n a=1", "a=1|");
}

static void an_odd_number_of_backslashes_continues_the_line(void)
{
    check("a=1\\\n  2", "a=12|");
    check("a=1\\\r\n\t2", "a=12|");
    check("a=1\\\r2", "a=12|");
    check("a=x\\\\\nb=2", "a=x\\|b=2|");
    check("a=x\\\\\\\ny", "a=x\\y|");
    check("a=1\\", "a=1|");
    check("a=1\\\n", "a=1|");
    check("ab\\\n  c=1", "abc=1|");
}

static void a_continuation_is_never_a_comment_and_may_be_empty(void)
{
    check("a=b\\\n#c", "a=b#c|");
    check("a=1\\\n\nb=2", "a=1|b=2|");
    check("a=1\\\r\n\r\nb=2", "a=1|b=2|");
    check("\\\n#c=1", ""); /* nothing to continue yet: a comment */
    check("\\\n\n#c=1", "");
    check("\\\n b=1", "b=1|");
    check("\\", "=|");
    check("\\\n", "=|");
    check("\\\r\n", "");
}

static void escapes_name_control_characters(void)
{
    check("k=a\\tb\\nc\\rd\\fe", "k=a\tb\nc\rd\fe|");
    check("k\\ x=v", "k x=v|");
    check("k=\\q\\\"\\'", "k=q\"'|");
    check("k=\\#\\!", "k=#!|");
}

static void unicode_escapes_are_utf16_units(void)
{
    check("k=\\u0041\\u00e9\\u20AC", "k=A\xc3\xa9\xe2\x82\xac|");
    check("k=\\ud83d\\uDE00", "k=\xf0\x9f\x98\x80|");
    check("k=\\ud83dx", "k=?x|");
    check("k=\\ude00\\ud83d", "k=??|");
    check("\\u0061=1", "a=1|");
    check("k=\\u00412", "k=A2|");
}

static void bytes_are_latin_1(void)
{
    check("k=\xe9", "k=\xc3\xa9|");
    check("k=caf\xc3\xa9", "k=caf\xc3\x83\xc2\xa9|");
    check("\xef\xbb\xbftickTime=1", "\xc3\xaf\xc2\xbb\xc2\xbftickTime=1|");
}

static void nul_and_control_z_are_ordinary_characters(void)
{
    check_bytes("k=a\0b\n", 6,
                "k=a\xc0\x80"
                "b|");
    check_bytes("k=a\0\n", 5, "k=a|"); /* trimmed, as are all up to U+0020 */
    check_bytes("k=\0a\n", 5, "k=a|");
    check("k=a\x1a"
          "b",
          "k=a\x1a"
          "b|");
    check("k=v\n\x1a", "k=v|=|");
}

static void a_malformed_unicode_escape_is_refused_with_its_line(void)
{
    static const char *const texts[] = {"a=1\nb=\\u41", "a=1\nd=C:\\users", "a=1\nd=C:\\zk\\unit",
                                        "a=1\nd=\\u", "\n\\u00g0=1"};
    size_t i;

    for (i = 0; i < 5; i++) {
        apr_array_header_t *properties = NULL;
        zk_note_t note = {""};

        CU_ASSERT_EQUAL(
            zk_properties_parse(&properties, texts[i], strlen(texts[i]), zk_test_pool(), &note),
            ZK_E_CONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "Malformed \\uxxxx encoding."));
        CU_ASSERT_PTR_EQUAL(strstr(note.text, "line 2"), note.text);
    }
}

static void duplicates_are_kept_in_file_order(void)
{
    check("a=1\nb=2\na\\\n=3\n\\u0061=4", "a=1|b=2|a=3|a=4|");
}

static void single_backslashes_mean_what_they_mean_in_java(void)
{
    check("dataDir=E:\\\\data\\\\zk", "dataDir=E:\\data\\zk|");
    check("dataDir=E:/data/zk", "dataDir=E:/data/zk|");
    check("dataDir=E:\\data", "dataDir=E:data|");
    check("dataDir=E:\\zk\\data", "dataDir=E:zkdata|");
    check("dataDir=C:\\temp\\new", "dataDir=C:\temp\new|");
    check("dataDir=\\\\srv\\share", "dataDir=\\srvshare|");
    check("dataDir=C:\\zk\\\nclientPort=2181", "dataDir=C:zkclientPort=2181|");
}

static void single_backslashes_are_recorded_with_the_raw_text(void)
{
    apr_array_header_t *properties = parse("a=E:\\zk\\data\nb=E:\\\\zk\nc=E:/zk\nd=x\\\n  y\\tz\n"
                                           "e=E:\\\\Zo\\u00eb\nf=E:\\u005cz\n");

    CU_ASSERT_TRUE(at(properties, 0)->has_single_backslash);
    CU_ASSERT_STRING_EQUAL(at(properties, 0)->raw_value, "E:\\zk\\data");
    CU_ASSERT_FALSE(at(properties, 1)->has_single_backslash);
    CU_ASSERT_STRING_EQUAL(at(properties, 1)->raw_value, "E:\\\\zk");
    CU_ASSERT_FALSE(at(properties, 2)->has_single_backslash);
    CU_ASSERT_TRUE(at(properties, 3)->has_single_backslash);
    CU_ASSERT_STRING_EQUAL(at(properties, 3)->raw_value, "xy\\tz");
    CU_ASSERT_FALSE(
        at(properties, 4)->has_single_backslash); /* what Java needs for an e with dots */
    CU_ASSERT_STRING_EQUAL(at(properties, 4)->value, "E:\\Zo\xc3\xab");
    CU_ASSERT_TRUE(at(properties, 5)->has_single_backslash);
}

static void lines_are_counted_from_one_where_the_key_begins(void)
{
    apr_array_header_t *properties = parse("# one\r\n\r\na=1\\\r\n2\r\n\r\n  b=2\rc=3\n");

    CU_ASSERT_EQUAL(at(properties, 0)->line, 3);
    CU_ASSERT_EQUAL(at(properties, 1)->line, 6);
    CU_ASSERT_EQUAL(at(properties, 2)->line, 7);
}

static void nothing_gives_nothing(void)
{
    check_bytes("", 0, "");
    check("   ", "");
    check("# only a comment", "");
    check(" \t\f\n\n", "");
}

static const zk_test_t tests[] = {
    {"leading white space is skipped", leading_white_space_is_skipped},
    {"comments begin at the first character that is not blank",
     comments_begin_at_the_first_character_that_is_not_blank},
    {"comments never continue", comments_never_continue},
    {"there are no trailing comments", there_are_no_trailing_comments},
    {"the key ends at the first unescaped separator",
     the_key_ends_at_the_first_unescaped_separator},
    {"a key without value has the empty value", a_key_without_value_has_the_empty_value},
    {"key and value are trimmed", key_and_value_are_trimmed},
    {"every kind of line end ends a line", every_kind_of_line_end_ends_a_line},
    {"an odd number of backslashes continues the line",
     an_odd_number_of_backslashes_continues_the_line},
    {"a continuation is never a comment and may be empty",
     a_continuation_is_never_a_comment_and_may_be_empty},
    {"escapes name control characters", escapes_name_control_characters},
    {"unicode escapes are UTF-16 units", unicode_escapes_are_utf16_units},
    {"bytes are Latin-1", bytes_are_latin_1},
    {"NUL and control-Z are ordinary characters", nul_and_control_z_are_ordinary_characters},
    {"a malformed unicode escape is refused with its line",
     a_malformed_unicode_escape_is_refused_with_its_line},
    {"duplicates are kept in file order", duplicates_are_kept_in_file_order},
    {"single backslashes mean what they mean in Java",
     single_backslashes_mean_what_they_mean_in_java},
    {"single backslashes are recorded with the raw text",
     single_backslashes_are_recorded_with_the_raw_text},
    {"lines are counted from one, where the key begins",
     lines_are_counted_from_one_where_the_key_begins},
    {"nothing gives nothing", nothing_gives_nothing},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_properties, "base/properties", tests, NULL, NULL);
