/* output.h -- what leaves zkcli: masked at a terminal, unchanged in a pipe; colours; progress.
 *
 * Invariants
 *   1. To a terminal go only printable characters, line feeds, tabs and what this file itself
 *      writes: names and data of znodes cannot move the cursor, set a title or recolour anything.
 *   2. To a pipe or file go the bytes of the command, without colours and progress.
 *   3. A colour is not in the buffer but beside it, so nothing in the buffer can be taken for one.
 *   4. Progress is one line of standard error; it is gone before anything else is written. */
#ifndef ZK_CLI_OUTPUT_H
#define ZK_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

typedef struct zk_shell zk_shell_t;

typedef enum zk_cli_colour {
    ZK_CLI_PLAIN,
    ZK_CLI_DIM,
    ZK_CLI_RED,
    ZK_CLI_GREEN,
    ZK_CLI_YELLOW,
    ZK_CLI_BLUE,
    ZK_CLI_COLOURS
} zk_cli_colour_t;

typedef struct zk_cli_output {
    bool out_is_terminal; /* standard output */
    bool err_is_terminal;
    bool has_colour;
    zk_cli_colour_t colour;  /* of what is appended next */
    bool has_failed;         /* a write was refused: nobody reads any more, or the disk is full */
    bool has_no_reader;      /* the former */
    zk_buffer_t marks;       /* colours, by their offset in what waits for standard output */
    int progress_columns;    /* of the line shown now; 0 for none */
    int64_t began_ms;        /* when the command began, on the monotonic clock */
    int64_t progress_due_ms; /* when the next line may be shown */
} zk_cli_output_t;

/* Look at both outputs; colours where standard output is a terminal that knows them, unless the
 * user wants NO_COLOUR or NO_COLOR is set to something. */
void zk_cli_output_init(zk_shell_t *shell, bool no_colour);

void zk_cli_output_free(zk_shell_t *shell);

/* Write what OUT holds to standard output, then what ERR holds to standard error. */
void zk_shell_flush(zk_shell_t *shell);

/* What is appended to shell->out from now on has COLOUR, where there are colours. */
void zk_cli_set_colour(zk_shell_t *shell, zk_cli_colour_t colour);

/* A command begins: progress is shown when it takes long. */
void zk_cli_begin_progress(zk_shell_t *shell);

/* Show how far a long command is, a few times a second at a terminal and never elsewhere.  The text
 * is printable ASCII and made by us. */
void zk_cli_show_progress(zk_shell_t *shell, const char *format, ...) ZK_PRINTF(2, 3);

/* Take it away; also done by zk_shell_flush. */
void zk_cli_end_progress(zk_shell_t *shell);

/* Append TEXT to TO as a terminal may see it: control characters, and those that reorder text, as
 * \xNN or \uNNNN, bytes that are not UTF-8 as U+FFFD. */
void zk_cli_mask(zk_buffer_t *to, const void *text, size_t size);

/* Whether POINT is a control character or reorders text; line feed and tab do not count. */
bool zk_cli_is_masked(uint32_t point);

/* The character at AT and its BYTES; 0xfffd and 1 where the bytes are not UTF-8.  LEFT > 0. */
uint32_t zk_cli_take_character(const uint8_t *at, size_t left, size_t *bytes);

#endif
