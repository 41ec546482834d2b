/* test_line.c -- the line that is edited: each test types with the functions that keys call. */
#include "cli/line.h"

#include <stdio.h>
#include <string.h>

#include "lib/zk_test.h"

static zk_line_t line;

static void type(const char *text)
{
    CU_ASSERT_TRUE(zk_line_insert(&line, text, strlen(text)));
}

/* A fresh line with TEXT, the cursor at the bar in it. */
static void begin(const char *text)
{
    const char *bar = strchr(text, '|');

    zk_line_begin(&line);
    type(bar + 1);
    zk_line_home(&line);
    zk_line_insert(&line, text, (size_t)(bar - text));
}

/* The line, with a bar where the cursor is. */
static const char *shown(void)
{
    static char text[512];

    CU_ASSERT_EQUAL(strlen(line.text), line.size);
    snprintf(text, sizeof(text), "%.*s|%s", (int)line.cursor, line.text, line.text + line.cursor);
    return text;
}

static void set_up(void)
{
    zk_line_init(&line);
}

static void tear_down(void)
{
    zk_line_free(&line);
}

static void text_goes_in_at_the_cursor(void)
{
    begin("ls |");
    type("/");
    CU_ASSERT_STRING_EQUAL(shown(), "ls /|");
    begin("get| /a");
    type(" -s");
    CU_ASSERT_STRING_EQUAL(shown(), "get -s| /a");
}

/* What FUNCTION makes of a line; "same" where it says that there was nothing to do. */
typedef struct row {
    bool (*function)(zk_line_t *line);
    const char *before;
    const char *after;
} row_t;

static void check_rows(const row_t *rows, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        bool changes = strcmp(rows[i].before, rows[i].after) != 0;

        begin(rows[i].before);
        CU_ASSERT_EQUAL(rows[i].function(&line), changes);
        CU_ASSERT_STRING_EQUAL(shown(), rows[i].after);
    }
}

static void the_cursor_moves_by_characters_and_words(void)
{
    static const row_t rows[] = {
        {zk_line_left, "ab|c", "a|bc"},
        {zk_line_left, "|abc", "|abc"},
        {zk_line_right, "ab|c", "abc|"},
        {zk_line_right, "abc|", "abc|"},
        {zk_line_home, "ab|c", "|abc"},
        {zk_line_home, "|abc", "|abc"},
        {zk_line_end, "|abc", "abc|"},
        {zk_line_end, "abc|", "abc|"},
        {zk_line_word_left, "get /app/one|", "get /app/|one"},
        {zk_line_word_left, "get /app/|one", "get /|app/one"},
        {zk_line_word_left, "get  |", "|get  "},
        {zk_line_word_right, "|get /app/one", "get| /app/one"},
        {zk_line_word_right, "get| /app/one", "get /app|/one"},
        {zk_line_word_right, "get|", "get|"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void erasing_and_cutting_keep_the_rest(void)
{
    static const row_t rows[] = {
        {zk_line_erase_before, "ab|c", "a|c"},
        {zk_line_erase_before, "|abc", "|abc"},
        {zk_line_erase_at, "a|bc", "a|c"},
        {zk_line_erase_at, "abc|", "abc|"},
        {zk_line_clear, "ab|c", "|"},
        {zk_line_clear, "|", "|"},
        {zk_line_cut_before, "get /a| x", "| x"},
        {zk_line_cut_before, "|get", "|get"},
        {zk_line_cut_after, "get| /a", "get|"},
        {zk_line_cut_after, "get|", "get|"},
        {zk_line_cut_word, "get /app/one |", "get |"},
        {zk_line_cut_word, "get /app/o|ne", "get |ne"},
        {zk_line_cut_word, "|get", "|get"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void what_was_cut_can_be_pasted_again_and_again(void)
{
    begin("get /a|");
    CU_ASSERT_FALSE(zk_line_paste(&line));
    zk_line_cut_word(&line);
    CU_ASSERT_TRUE(zk_line_paste(&line));
    CU_ASSERT_TRUE(zk_line_paste(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "get /a/a|");
    begin("|x"); /* also in a later line */
    CU_ASSERT_TRUE(zk_line_paste(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "/a|x");
}

static void a_character_beyond_ascii_is_one_step(void)
{
    static const row_t rows[] = {
        {zk_line_left, "/\xe4\xb8\xad\xe6\x96\x87|", "/\xe4\xb8\xad|\xe6\x96\x87"},
        {zk_line_right, "/|\xe4\xb8\xad\xe6\x96\x87", "/\xe4\xb8\xad|\xe6\x96\x87"},
        {zk_line_erase_before, "\xf0\x9f\x90\x8e|x", "|x"},
        {zk_line_erase_at, "|\xf0\x9f\x90\x8ex", "|x"},
        /* e and a combining accent are one character */
        {zk_line_left, "cafe\xcc\x81|", "caf|e\xcc\x81"},
        {zk_line_right, "caf|e\xcc\x81", "cafe\xcc\x81|"},
        {zk_line_erase_before, "e\xcc\x81|s", "|s"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void bytes_that_are_not_utf8_are_steps_of_their_own(void)
{
    static const row_t rows[] = {
        {zk_line_left, "a\xff\xfe|", "a\xff|\xfe"},
        {zk_line_right, "|\xe4\xb8", "\xe4|\xb8"},
        {zk_line_left, "\x80\x80\x80\x80\x80|", "\x80\x80\x80\x80|\x80"},
        {zk_line_erase_before, "\x80|", "|"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_word_is_replaced_by_what_completes_it(void)
{
    begin("get /zo| x");
    CU_ASSERT_TRUE(zk_line_replace(&line, 4, "/zookeeper", 10));
    CU_ASSERT_STRING_EQUAL(shown(), "get /zookeeper| x");
}

static void a_line_that_would_grow_too_long_stays_as_it_is(void)
{
    static char much[ZK_LINE_BYTES_MAX];

    memset(much, 'x', sizeof(much));
    begin("a|b");
    CU_ASSERT_FALSE(zk_line_insert(&line, much, sizeof(much) - 1));
    CU_ASSERT_FALSE(zk_line_replace(&line, 0, much, sizeof(much)));
    CU_ASSERT_STRING_EQUAL(shown(), "a|b");
    CU_ASSERT_TRUE(zk_line_insert(&line, much, sizeof(much) - 2));
    CU_ASSERT_EQUAL(line.size, ZK_LINE_BYTES_MAX);
}

static void earlier_lines_come_back_and_what_was_typed_is_kept(void)
{
    zk_line_remember(&line, "ls /");
    zk_line_remember(&line, "get /a");
    begin("se|t");
    CU_ASSERT_TRUE(zk_line_older(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "get /a|");
    CU_ASSERT_TRUE(zk_line_older(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "ls /|");
    CU_ASSERT_FALSE(zk_line_older(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "ls /|");
    CU_ASSERT_TRUE(zk_line_newer(&line));
    CU_ASSERT_TRUE(zk_line_newer(&line));
    CU_ASSERT_STRING_EQUAL(shown(), "set|");
    CU_ASSERT_FALSE(zk_line_newer(&line));
}

static void a_line_typed_twice_in_a_row_is_recalled_once(void)
{
    zk_line_remember(&line, "ls /");
    zk_line_remember(&line, "get /a");
    zk_line_remember(&line, "get /a");
    begin("|");
    zk_line_older(&line);
    zk_line_older(&line);
    CU_ASSERT_STRING_EQUAL(shown(), "ls /|");
}

static void only_so_many_lines_are_recalled(void)
{
    char text[32];
    int recalled = 0;
    int i;

    for (i = 0; i < 3 * ZK_LINE_RECALLED_MAX + 7; i++) {
        snprintf(text, sizeof(text), "get /n%d", i);
        zk_line_remember(&line, text);
    }
    begin("|");
    while (zk_line_older(&line))
        recalled++;
    CU_ASSERT_EQUAL(recalled, ZK_LINE_RECALLED_MAX);
    CU_ASSERT_STRING_EQUAL(line.text, "get /n2007");
    while (zk_line_newer(&line))
        recalled--;
    CU_ASSERT_EQUAL(recalled, 0);
    CU_ASSERT_STRING_EQUAL(line.text, "");
}

static void columns_are_those_of_a_terminal(void)
{
    CU_ASSERT_EQUAL(zk_line_width('a'), 1);
    CU_ASSERT_EQUAL(zk_line_width('\t'), 2);
    CU_ASSERT_EQUAL(zk_line_width(0xe9), 1);
    CU_ASSERT_EQUAL(zk_line_width(0x301), 0);
    CU_ASSERT_EQUAL(zk_line_width(0x4e2d), 2);
    CU_ASSERT_EQUAL(zk_line_width(0xd55c), 2);
    CU_ASSERT_EQUAL(zk_line_width(0x1f40e), 2);
}

static void a_wide_character_does_not_straddle_two_rows(void)
{
    zk_line_place_t place = {0, 8};

    zk_line_advance(&place, 1, 10);
    zk_line_advance(&place, 2, 10); /* one column is left */
    CU_ASSERT_EQUAL(place.row, 1);
    CU_ASSERT_EQUAL(place.column, 2);
}

static void a_full_row_puts_the_cursor_on_the_next(void)
{
    zk_line_place_t place = {0, 8};

    zk_line_advance(&place, 2, 10);
    CU_ASSERT_EQUAL(place.row, 1);
    CU_ASSERT_EQUAL(place.column, 0);
}

static const zk_test_t tests[] = {
    {"text goes in at the cursor", text_goes_in_at_the_cursor},
    {"the cursor moves by characters and words", the_cursor_moves_by_characters_and_words},
    {"erasing and cutting keep the rest", erasing_and_cutting_keep_the_rest},
    {"what was cut can be pasted again and again", what_was_cut_can_be_pasted_again_and_again},
    {"a character beyond ASCII is one step", a_character_beyond_ascii_is_one_step},
    {"bytes that are not UTF-8 are steps of their own",
     bytes_that_are_not_utf8_are_steps_of_their_own},
    {"a word is replaced by what completes it", a_word_is_replaced_by_what_completes_it},
    {"a line that would grow too long stays as it is",
     a_line_that_would_grow_too_long_stays_as_it_is},
    {"earlier lines come back and what was typed is kept",
     earlier_lines_come_back_and_what_was_typed_is_kept},
    {"a line typed twice in a row is recalled once", a_line_typed_twice_in_a_row_is_recalled_once},
    {"only so many lines are recalled", only_so_many_lines_are_recalled},
    {"columns are those of a terminal", columns_are_those_of_a_terminal},
    {"a wide character does not straddle two rows", a_wide_character_does_not_straddle_two_rows},
    {"a full row puts the cursor on the next", a_full_row_puts_the_cursor_on_the_next},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_line, "cli/line", tests, set_up, tear_down);
