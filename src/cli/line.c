/* line.c -- see line.h.
 *
 * Widths follow Unicode's East Asian Width in its large blocks, which is what terminals do; the
 * rarely used rest counts as one column. */
#include "cli/line.h"

#include <string.h>

#include "base/status.h"

/* ---- characters ---- */

size_t zk_line_decode(const char *text, size_t size, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : 0;
    size_t i;

    ZK_ASSERT(size > 0);
    if (length == 0 && bytes[0] >= 0xe0 && bytes[0] < 0xf5)
        length = bytes[0] < 0xf0 ? 3 : 4;
    *code = 0xfffd;
    if (length == 0 || length > size)
        return 1;
    for (i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 1;
    *code = length == 1 ? bytes[0] : bytes[0] & (0xffU >> (length + 1));
    for (i = 1; i < length; i++)
        *code = *code << 6 | (bytes[i] & 0x3fU);
    if ((*code & 0xfffff800U) == 0xd800)
        *code = 0xfffd; /* half a character of UTF-16 */
    return length;
}

typedef struct range {
    uint32_t first;
    uint32_t last;
} range_t;

static bool is_in(uint32_t code, const range_t *ranges, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

int zk_line_width(uint32_t code)
{
    static const range_t combining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                        {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
                                        {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x20d0, 0x20ff},
                                        {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};
    static const range_t wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                                   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
                                   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                                   {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

    if (code < 0x20 || code == 0x7f)
        return 2;
    if (code < 0x300)
        return 1;
    if (is_in(code, combining, sizeof(combining) / sizeof(combining[0])))
        return 0;
    return is_in(code, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

void zk_line_advance(zk_line_place_t *place, int width, int columns)
{
    if (width <= columns && place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
    place->column += width;
    if (place->column >= columns) {
        place->row++;
        place->column = 0;
    }
}

/* The end of the character that begins at AT. */
static size_t after(const zk_line_t *line, size_t at)
{
    uint32_t code;

    at += zk_line_decode(line->text + at, line->size - at, &code);
    while (at < line->size) {
        size_t length = zk_line_decode(line->text + at, line->size - at, &code);

        if (zk_line_width(code) != 0)
            break;
        at += length;
    }
    return at;
}

/* The beginning of the character that ends at AT, which is not 0. */
static size_t before(const zk_line_t *line, size_t at)
{
    uint32_t code;

    do {
        size_t end = at;

        do
            at--;
        while (at > 0 && end - at < 4 && ((unsigned char)line->text[at] & 0xc0) == 0x80);
        if (zk_line_decode(line->text + at, end - at, &code) != end - at)
            at = end - 1; /* not UTF-8: byte by byte */
    } while (at > 0 && zk_line_width(code) == 0);
    return at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A word for moving about ends at a blank or a slash, so that a path is several. */
static bool is_gap(char c)
{
    return is_blank(c) || c == '/' || c == ',' || c == ':';
}

/* ---- text ---- */

static char *copy_text(const char *text, size_t size)
{
    char *copy = zk_malloc(size + 1);

    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

static void reserve(zk_line_t *line, size_t size)
{
    size_t capacity = line->capacity;

    while (capacity <= size)
        capacity *= 2;
    if (capacity != line->capacity)
        line->text = zk_realloc(line->text, capacity);
    line->capacity = capacity;
}

static void set_text(zk_line_t *line, const char *text)
{
    size_t size = strlen(text);

    reserve(line, size);
    memcpy(line->text, text, size + 1);
    line->size = size;
    line->cursor = size;
}

/* Erase the bytes from START to END; the cursor goes to START. */
static bool erase(zk_line_t *line, size_t start, size_t end)
{
    ZK_ASSERT(start <= end && end <= line->size);
    if (start == end)
        return false;
    memmove(line->text + start, line->text + end, line->size - end + 1);
    line->size -= end - start;
    line->cursor = start;
    return true;
}

static bool cut(zk_line_t *line, size_t start, size_t end)
{
    if (start == end)
        return false;
    zk_free(line->cut);
    line->cut = copy_text(line->text + start, end - start);
    return erase(line, start, end);
}

void zk_line_init(zk_line_t *line)
{
    memset(line, 0, sizeof(*line));
    line->capacity = 256;
    line->text = zk_malloc(line->capacity);
    line->text[0] = '\0';
}

void zk_line_free(zk_line_t *line)
{
    int i;

    for (i = 0; i < ZK_LINE_RECALLED_MAX; i++)
        zk_free(line->recalled[i]);
    zk_free(line->text);
    zk_free(line->cut);
    zk_free(line->typed);
    memset(line, 0, sizeof(*line));
}

void zk_line_begin(zk_line_t *line)
{
    set_text(line, "");
    line->back = 0;
    zk_free(line->typed);
    line->typed = NULL;
}

bool zk_line_insert(zk_line_t *line, const char *bytes, size_t size)
{
    if (size > ZK_LINE_BYTES_MAX - line->size)
        return false;
    reserve(line, line->size + size);
    memmove(line->text + line->cursor + size, line->text + line->cursor,
            line->size - line->cursor + 1);
    memcpy(line->text + line->cursor, bytes, size);
    line->size += size;
    line->cursor += size;
    return true;
}

bool zk_line_replace(zk_line_t *line, size_t start, const char *text, size_t size)
{
    ZK_ASSERT(start <= line->cursor);
    if (size > ZK_LINE_BYTES_MAX - (line->size - (line->cursor - start)))
        return false;
    erase(line, start, line->cursor);
    return zk_line_insert(line, text, size);
}

/* ---- the cursor ---- */

static bool go(zk_line_t *line, size_t to)
{
    bool moves = line->cursor != to;

    line->cursor = to;
    return moves;
}

bool zk_line_left(zk_line_t *line)
{
    return line->cursor > 0 && go(line, before(line, line->cursor));
}

bool zk_line_right(zk_line_t *line)
{
    return line->cursor < line->size && go(line, after(line, line->cursor));
}

bool zk_line_home(zk_line_t *line)
{
    return go(line, 0);
}

bool zk_line_end(zk_line_t *line)
{
    return go(line, line->size);
}

bool zk_line_word_left(zk_line_t *line)
{
    size_t at = line->cursor;

    while (at > 0 && is_gap(line->text[at - 1]))
        at--;
    while (at > 0 && !is_gap(line->text[at - 1]))
        at--;
    return go(line, at);
}

bool zk_line_word_right(zk_line_t *line)
{
    size_t at = line->cursor;

    while (at < line->size && is_gap(line->text[at]))
        at++;
    while (at < line->size && !is_gap(line->text[at]))
        at++;
    return go(line, at);
}

/* ---- erasing ---- */

bool zk_line_erase_before(zk_line_t *line)
{
    return line->cursor > 0 && erase(line, before(line, line->cursor), line->cursor);
}

bool zk_line_erase_at(zk_line_t *line)
{
    return line->cursor < line->size && erase(line, line->cursor, after(line, line->cursor));
}

bool zk_line_clear(zk_line_t *line)
{
    return erase(line, 0, line->size);
}

bool zk_line_cut_before(zk_line_t *line)
{
    return cut(line, 0, line->cursor);
}

bool zk_line_cut_after(zk_line_t *line)
{
    return cut(line, line->cursor, line->size);
}

bool zk_line_cut_word(zk_line_t *line)
{
    size_t at = line->cursor;

    while (at > 0 && is_blank(line->text[at - 1]))
        at--;
    while (at > 0 && !is_blank(line->text[at - 1]))
        at--;
    return cut(line, at, line->cursor);
}

bool zk_line_paste(zk_line_t *line)
{
    return line->cut != NULL && zk_line_insert(line, line->cut, strlen(line->cut));
}

/* ---- earlier lines ---- */

static char **slot_of(zk_line_t *line, int number)
{
    return &line->recalled[number % ZK_LINE_RECALLED_MAX];
}

void zk_line_remember(zk_line_t *line, const char *text)
{
    char **slot;

    if (line->count > 0 && strcmp(*slot_of(line, line->count - 1), text) == 0)
        return;
    slot = slot_of(line, line->count);
    zk_free(*slot);
    *slot = copy_text(text, strlen(text));
    line->count++;
    if (line->count == 2 * ZK_LINE_RECALLED_MAX)
        line->count = ZK_LINE_RECALLED_MAX; /* the same slots; never overflows */
}

/* Show the line BACK lines back. */
static void show(zk_line_t *line, int back)
{
    if (line->back == 0) {
        zk_free(line->typed);
        line->typed = copy_text(line->text, line->size);
    }
    line->back = back;
    set_text(line, back == 0 ? line->typed : *slot_of(line, line->count - back));
}

bool zk_line_older(zk_line_t *line)
{
    int most = line->count < ZK_LINE_RECALLED_MAX ? line->count : ZK_LINE_RECALLED_MAX;

    if (line->back >= most)
        return false;
    show(line, line->back + 1);
    return true;
}

bool zk_line_newer(zk_line_t *line)
{
    if (line->back == 0)
        return false;
    show(line, line->back - 1);
    return true;
}
