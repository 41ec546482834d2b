/* choices.c -- see choices.h. */
#include "cli/choices.h"

#include <string.h>

#include "cli/line.h"

enum { COLUMN_GAP = 2 };

/* Bytes that all choices begin with, whole characters. */
static size_t common_length(const zk_edit_choices_t *choices)
{
    size_t length = strlen(choices->items[0]);
    int i;

    for (i = 1; i < choices->count; i++) {
        size_t same = 0;

        while (same < length && choices->items[0][same] == choices->items[i][same])
            same++;
        length = same;
    }
    while (length > 0 && ((unsigned char)choices->items[0][length] & 0xc0) == 0x80)
        length--;
    return length;
}

bool zk_choices_grow(zk_buffer_t *text, const zk_edit_choices_t *choices, const char *word,
                     size_t size)
{
    size_t common;

    ZK_ASSERT(choices->count > 0);
    common = common_length(choices);
    if (choices->count > 1 && common <= size && strncmp(word, choices->items[0], common) == 0)
        return false;
    zk_buffer_append(text, choices->items[0], common);
    if (choices->count == 1)
        zk_buffer_append(text, " ", 1);
    return true;
}

static int width_of(const char *text)
{
    size_t size = strlen(text);
    uint32_t code;
    int width = 0;

    while (size > 0) {
        size_t length = zk_line_decode(text, size, &code);

        width += zk_line_width(code);
        text += length;
        size -= length;
    }
    return width;
}

void zk_choices_list(zk_buffer_t *text, const zk_edit_choices_t *choices, int columns)
{
    int widest = 0;
    int across;
    int down;
    int row;
    int i;

    for (i = 0; i < choices->count; i++) {
        int width = width_of(choices->items[i]);

        widest = width > widest ? width : widest;
    }
    across = columns / (widest + COLUMN_GAP);
    across = across < 1 ? 1 : across;
    down = (choices->count + across - 1) / across;
    for (row = 0; row < down; row++) {
        for (i = row; i < choices->count; i += down) {
            bool is_last = i + down >= choices->count;

            zk_buffer_printf(text, "%s%*s", choices->items[i],
                             is_last ? 0 : widest + COLUMN_GAP - width_of(choices->items[i]), "");
        }
        zk_buffer_append(text, "\n", 1);
    }
}
