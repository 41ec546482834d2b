/* test_json.c -- JSON written and read, the lines of an export, and masks. */
#include "cli/json.h"

#include <string.h>
#include <apr_strings.h>

#include "cli/dump.h"
#include "cli/output.h"
#include "lib/json.h"
#include "lib/texts.h"
#include "lib/zk_test.h"
#include "wire/opcode.h"

static zk_buffer_t out;
static zk_arena_t *arena;
static zk_note_t note;

static void setup(void)
{
    out = ZK_BUFFER_INIT;
    arena = zk_arena_create();
    note.text[0] = '\0';
}

static void teardown(void)
{
    zk_buffer_free(&out);
    zk_arena_destroy(arena);
}

static void strings_are_escaped_to_printable_characters(void)
{
    zk_cli_json_string(&out, zk_str("a\"b\\c/\n\t\r \x01\x7f\xc2\x9b\xe2\x80\xae\xff 数据"));
    CU_ASSERT_STRING_EQUAL(
        zk_test_take_buffer(&out),
        "\"a\\\"b\\\\c/\\n\\t\\r \\u0001\\u007f\\u009b\\u202e\\ufffd \xe6\x95\xb0\xe6\x8d\xae\"");
    zk_cli_json_string(&out, ZK_STR_NULL);
    CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), "\"\"");
}

static void data_is_text_only_where_it_can_be_read_as_text(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *json;
    } cases[] = {
        {"", 0, "\"data\":\"\""},
        {"a\nb", 3, "\"data\":\"a\\nb\""},
        {"\xef\xbf\xbd", 3, "\"data\":\"\xef\xbf\xbd\""}, /* U+FFFD itself is text */
        {"a\0b", 3, "\"dataBase64\":\"YQBi\""},
        {"\x1b", 1, "\"dataBase64\":\"Gw==\""},
        {"\xff", 1, "\"dataBase64\":\"/w==\""},
        {"\xc2\x80", 2, "\"dataBase64\":\"woA=\""},
        {"\xc0\x80", 2, "\"dataBase64\":\"wIA=\""},     /* overlong */
        {"\xed\xa0\x80", 3, "\"dataBase64\":\"7aCA\""}, /* a surrogate */
        {"\xf4\x90\x80\x80", 4, "\"dataBase64\":\"9JCAgA==\""},
        {"\xe6\x95", 2, "\"dataBase64\":\"5pU=\""}, /* cut off */
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_cli_json_data(&out, zk_str_n(cases[i].bytes, cases[i].size), false);
        CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), cases[i].json);
    }
    zk_cli_json_data(&out, ZK_STR_NULL, true);
    CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), "\"data\":null");
    zk_cli_json_data(&out, zk_str("x"), true);
    CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), "\"dataBase64\":\"eA==\"");
}

static void numbers_of_64_bits_are_strings(void)
{
    zk_stat_t stat = {1, INT64_MIN, 3, 4, 5, 6, 7, -1, 9, 10, 11};

    zk_cli_json_stat(&out, &stat);
    CU_ASSERT_STRING_EQUAL(
        zk_test_take_buffer(&out),
        "{\"czxid\":\"0x1\",\"mzxid\":\"0x8000000000000000\",\"ctime\":3,\"mtime\":4,"
        "\"version\":5,\"cversion\":6,\"aversion\":7,\"ephemeralOwner\":"
        "\"0xffffffffffffffff\",\"dataLength\":9,\"numChildren\":10,\"pzxid\":"
        "\"0xb\"}");
}

static bool read_string(const char *text, zk_str_t *value)
{
    zk_cli_json_t json = zk_cli_json_reader(zk_str(text), arena, &note);

    *value = zk_cli_json_take_string(&json);
    return zk_cli_json_finish(&json);
}

static void strings_are_read_with_their_escapes(void)
{
    zk_str_t value;

    CU_ASSERT_TRUE(read_string(" \"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\" ", &value));
    CU_ASSERT_STRING_EQUAL(value.data, "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
    CU_ASSERT_TRUE(read_string("\"a\\u0000b\"", &value));
    CU_ASSERT_EQUAL(value.length, 3);
}

static void malformed_strings_are_refused(void)
{
    static const char *const cases[] = {"",
                                        "\"",
                                        "\"a",
                                        "\"\\",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"\\ud800\"",
                                        "\"\\ud800\\n\"",
                                        "\"\\ud800\\u0041\"",
                                        "\"\\udc00\"",
                                        "\"\xff\"",
                                        "\"\n\"",
                                        "\"\\u123",
                                        "a"};
    zk_str_t value;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        note.text[0] = '\0';
        CU_ASSERT_FALSE(read_string(cases[i], &value));
        CU_ASSERT_EQUAL(strncmp(note.text, "column ", 7), 0);
    }
}

static bool read_integer(const char *text, int64_t *value)
{
    zk_cli_json_t json = zk_cli_json_reader(zk_str(text), arena, &note);

    *value = zk_cli_json_take_integer(&json, -5, INT32_MAX);
    return zk_cli_json_finish(&json);
}

static void integers_are_whole_and_within_bounds(void)
{
    static const char *const wrong[] = {
        "", "-", "1.0", "1e3", "-6", "007", "0x1", "2147483648", "99999999999999999999"};
    int64_t value;
    size_t i;

    CU_ASSERT_TRUE(read_integer("2147483647", &value));
    CU_ASSERT_EQUAL(value, INT32_MAX);
    CU_ASSERT_TRUE(read_integer("-5", &value));
    CU_ASSERT_EQUAL(value, -5);
    CU_ASSERT_TRUE(read_integer("0", &value));
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        CU_ASSERT_FALSE(read_integer(wrong[i], &value));
}

/* ---- lines of an export ---- */

static zk_acl_t acl_entries[] = {{ZK_PERM_ALL, {{"world", 5}, {"anyone", 6}}},
                                 {ZK_PERM_READ, {{"digest", 6}, {"u:a,b=", 6}}}};

static zk_cli_dump_t make_dump(void)
{
    zk_cli_dump_t dump = {.line = ZK_CLI_LINE_ZNODE, .kind = ZK_CLI_KIND_TTL, .ttl_ms = 77};

    dump.path = zk_str("/a/\xe6\x95\xb0 \"q\"");
    dump.data = zk_str_n("\0\x01", 2);
    dump.acl.count = 2;
    dump.acl.items = acl_entries;
    dump.next_sequence = 12;
    return dump;
}

static void a_line_that_was_written_is_read_as_it_was(void)
{
    zk_cli_dump_t dump = make_dump();
    zk_cli_dump_t read;

    zk_cli_dump_write(&out, &dump);
    CU_ASSERT_TRUE_FATAL(zk_cli_dump_read(&read, zk_str(zk_test_take_buffer(&out)), arena, &note));
    CU_ASSERT_EQUAL(read.line, ZK_CLI_LINE_ZNODE);
    CU_ASSERT_TRUE(zk_str_equal(read.path, dump.path));
    CU_ASSERT_EQUAL(read.kind, ZK_CLI_KIND_TTL);
    CU_ASSERT_EQUAL(read.ttl_ms, 77);
    CU_ASSERT_TRUE(zk_str_equal(read.data, dump.data));
    CU_ASSERT_EQUAL(read.next_sequence, 12);
    CU_ASSERT_EQUAL_FATAL(read.acl.count, 2);
    CU_ASSERT_TRUE(zk_str_equal(read.acl.items[1].id.id, acl_entries[1].id.id));
    CU_ASSERT_EQUAL(read.acl.items[1].perms, ZK_PERM_READ);
}

static void other_readers_of_json_understand_a_line(void)
{
    zk_cli_dump_t dump = make_dump();
    const zk_json_t *json;

    dump.kind = ZK_CLI_KIND_EPHEMERAL;
    dump.owner = 0x1000000000000001;
    dump.data = zk_str("x\ty");
    zk_cli_dump_write(&out, &dump);
    json = zk_json_parse((const char *)zk_buffer_bytes(&out), zk_buffer_size(&out) - 1,
                         zk_test_pool());
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_STRING_EQUAL(zk_json_get(json, "data")->text, "x\ty");
    CU_ASSERT_STRING_EQUAL(zk_json_get(json, "kind")->text, "ephemeral");
    CU_ASSERT_EQUAL(zk_json_get_int(json, "owner"), 0x1000000000000001);
    CU_ASSERT_EQUAL(zk_json_get(json, "acl")->count, 2);
}

/* However a line is cut or changed in one byte, it is understood in full or refused. */
static void a_damaged_line_is_never_half_understood(void)
{
    zk_cli_dump_t dump = make_dump();
    zk_cli_dump_t read;
    const char *text;
    size_t size;
    size_t i;

    zk_cli_dump_write(&out, &dump);
    text = zk_test_take_buffer(&out);
    size = strlen(text) - 1;
    for (i = 0; i < size; i++) {
        char *changed = apr_pstrdup(zk_test_pool(), text);

        CU_ASSERT_FALSE(zk_cli_dump_read(&read, zk_str_n(text, i), arena, &note));
        changed[i] ^= 0x10;
        if (!zk_cli_dump_read(&read, zk_str(changed), arena, &note))
            continue;
        CU_ASSERT_EQUAL(read.line, ZK_CLI_LINE_ZNODE);
        CU_ASSERT_TRUE(read.path.length > 0 && read.acl.count > 0);
    }
}

static void the_counter_is_told_by_the_stat(void)
{
    static const struct {
        int64_t created;
        int32_t children;
    } cases[] = {{0, 0}, {1, 1}, {5, 2}, {1000000, 0}, {1500000000, 3}, {2147483647, 1}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_stat_t stat = {0};

        stat.cversion = (int32_t)(uint32_t)(cases[i].created * 2 - cases[i].children);
        stat.num_children = cases[i].children;
        CU_ASSERT_EQUAL(zk_cli_next_sequence(&stat), cases[i].created);
    }
}

/* ---- masks ---- */

static void a_terminal_sees_no_control_characters(void)
{
    static const struct {
        const char *bytes;
        const char *shown;
    } cases[] = {
        {"plain\ttext\n", "plain\ttext\n"},
        {"\x1b[31m", "\\x1b[31m"},
        {"a\r\nb\rc", "a\r\nb\\x0dc"},
        {"\x07\x08\x7f", "\\x07\\x08\\x7f"},
        {"\xc2\x9b", "\\x9b"},
        {"\x9b", "\xef\xbf\xbd"},
        {"\xe2\x80\xae", "\\u202e"},
        {"\xe6\x95\xb0\xf0\x9f\x98\x80", "\xe6\x95\xb0\xf0\x9f\x98\x80"},
        {"\xe6\x95", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xef\xbf\xbd", "\xef\xbf\xbd"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_cli_mask(&out, cases[i].bytes, strlen(cases[i].bytes));
        CU_ASSERT_STRING_EQUAL(zk_test_take_buffer(&out), cases[i].shown);
    }
}

static const zk_test_t tests[] = {
    {"strings are escaped to printable characters", strings_are_escaped_to_printable_characters},
    {"data is text only where it can be read as text",
     data_is_text_only_where_it_can_be_read_as_text},
    {"numbers of 64 bits are strings", numbers_of_64_bits_are_strings},
    {"strings are read with their escapes", strings_are_read_with_their_escapes},
    {"malformed strings are refused", malformed_strings_are_refused},
    {"integers are whole and within bounds", integers_are_whole_and_within_bounds},
    {"a line that was written is read as it was", a_line_that_was_written_is_read_as_it_was},
    {"other readers of JSON understand a line", other_readers_of_json_understand_a_line},
    {"a damaged line is never half understood", a_damaged_line_is_never_half_understood},
    {"the counter is told by the stat", the_counter_is_told_by_the_stat},
    {"a terminal sees no control characters", a_terminal_sees_no_control_characters},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_json, "cli/json", tests, setup, teardown);
