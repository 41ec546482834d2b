/* hints.c -- see hints.h.
 *
 * The words themselves are left alone: a no-break space may well be data, so it is only mentioned
 * once something has failed. */
#include "cli/hints.h"

#include <string.h>

#include "cli/output.h"

typedef enum place { AT_START, ANYWHERE } place_t;

static const struct {
    uint32_t first; /* range of characters */
    uint32_t last;
    place_t place;
    const char *hint;
} table[] = {
    {0x2010, 0x2015, AT_START, "starts with a typographic dash, not with \"-\""},
    {0x2212, 0x2212, AT_START, "starts with a minus sign, not with \"-\""},
    {0xff0d, 0xff0d, AT_START, "starts with a wide dash, not with \"-\""},
    {0x2018, 0x201f, AT_START, "starts with a typographic quote; only ' and \" group words"},
    {0x00a0, 0x00a0, ANYWHERE, "holds a no-break space, which does not separate words"},
    {0x3000, 0x3000, ANYWHERE, "holds a wide space, which does not separate words"},
    {0x2000, 0x200d, ANYWHERE, "holds a typographic space, which does not separate words"},
    {0xfeff, 0xfeff, ANYWHERE, "holds an invisible character (U+FEFF)"},
};

/* What is unusual about POINT at AT in its word, or NULL. */
static const char *judge(uint32_t point, size_t at)
{
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (point >= table[i].first && point <= table[i].last &&
            (at == 0 || table[i].place == ANYWHERE))
            return table[i].hint;
    return NULL;
}

void zk_cli_hint_typography(zk_buffer_t *out, const zk_cli_words_t *words)
{
    int i;

    for (i = 0; i < words->count; i++) {
        const uint8_t *word = (const uint8_t *)words->items[i];
        size_t size = strlen(words->items[i]);
        size_t length;
        size_t at;

        for (at = 0; at < size; at += length) {
            const char *hint = judge(zk_cli_take_character(word + at, size - at, &length), at);

            if (hint == NULL)
                continue;
            zk_buffer_printf(out, "hint: \"%.60s\" %s\n", words->items[i], hint);
            return; /* one is enough: the rest of the line is likely the same */
        }
    }
}
