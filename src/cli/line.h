/* line.h -- a line while it is edited: its text, a cursor, what was cut, and earlier lines.
 *
 * Pure: no key, no screen, no system.  win/edit_console.c reads keys, changes a zk_line_t and
 * paints it; on POSIX libedit has its own.
 *
 * Invariants
 *   1. The text is UTF-8 with a NUL behind; the cursor stands at the start of a character or at the
 *      end.  A character is a code point with the marks that combine with it.
 *   2. A function that had nothing to do returns false and changes nothing: a reason to beep. */
#ifndef ZK_CLI_LINE_H
#define ZK_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ZK_LINE_BYTES_MAX = 2 * 1024 * 1024, /* more than a server takes */
    ZK_LINE_RECALLED_MAX = 1000
};

typedef struct zk_line {
    char *text;
    size_t size;
    size_t cursor; /* in bytes */
    size_t capacity;
    char *cut; /* what was cut last, or NULL */
    char *recalled[ZK_LINE_RECALLED_MAX];
    int count;   /* lines ever remembered, the same twice in a row once */
    int back;    /* how many lines back the text was taken from; 0: it was typed */
    char *typed; /* what had been typed when the walk back began, or NULL */
} zk_line_t;

/* An empty line in zeroed memory; zk_line_free releases all it came to hold. */
void zk_line_init(zk_line_t *line);
void zk_line_free(zk_line_t *line);

/* Begin another line: empty, with nothing recalled. */
void zk_line_begin(zk_line_t *line);

/* Put SIZE bytes of UTF-8 at the cursor, which goes behind them.  False when the line would grow
 * beyond ZK_LINE_BYTES_MAX. */
bool zk_line_insert(zk_line_t *line, const char *bytes, size_t size);

/* Put TEXT in the place of the bytes from offset START to the cursor. */
bool zk_line_replace(zk_line_t *line, size_t start, const char *text, size_t size);

bool zk_line_left(zk_line_t *line);
bool zk_line_right(zk_line_t *line);
bool zk_line_home(zk_line_t *line);
bool zk_line_end(zk_line_t *line);

/* To the beginning of this word or the one before, to the end of this or the next. */
bool zk_line_word_left(zk_line_t *line);
bool zk_line_word_right(zk_line_t *line);

/* Erase the character before the cursor; at the cursor; all. */
bool zk_line_erase_before(zk_line_t *line);
bool zk_line_erase_at(zk_line_t *line);
bool zk_line_clear(zk_line_t *line);

/* Cut all before the cursor, all from it on, or back to the blank before the word; paste what was
 * cut last. */
bool zk_line_cut_before(zk_line_t *line);
bool zk_line_cut_after(zk_line_t *line);
bool zk_line_cut_word(zk_line_t *line);
bool zk_line_paste(zk_line_t *line);

/* TEXT can be recalled from now on; not a second time where it is the same as the last. */
void zk_line_remember(zk_line_t *line, const char *text);

/* Show the line before the one shown, or after it; behind the last is what was being typed. */
bool zk_line_older(zk_line_t *line);
bool zk_line_newer(zk_line_t *line);

/* Bytes of the code point at the start of TEXT (SIZE at least 1), which goes to *CODE; bytes that
 * are not UTF-8 are each one U+FFFD. */
size_t zk_line_decode(const char *text, size_t size, uint32_t *code);

/* Columns of a terminal that CODE takes: 0, 1 or 2; control characters are shown as ^X. */
int zk_line_width(uint32_t code);

/* Where text goes on a terminal that is COLUMNS wide. */
typedef struct zk_line_place {
    int row;
    int column;
} zk_line_place_t;

/* Move PLACE past a character of WIDTH columns, which is first moved to the next row where it does
 * not fit.  A full row puts the place on the next. */
void zk_line_advance(zk_line_place_t *place, int width, int columns);

#endif
