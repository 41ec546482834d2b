/* output.c -- see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <apr_env.h>

#include "base/plat.h"
#include "cli/edit.h"
#include "cli/shell.h"

enum { PROGRESS_AFTER_MS = 500, PROGRESS_EVERY_MS = 200, PROGRESS_BYTES_MAX = 200 };

typedef struct mark {
    size_t at;
    zk_cli_colour_t colour;
} mark_t;

/* ---- masks ---- */

/* Bytes of the sequence that FIRST begins, and the least character that needs as many. */
static size_t sequence_bytes(uint8_t first, uint32_t *least)
{
    if (first < 0x80) {
        *least = 0;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        *least = 0x80;
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *least = 0x800;
        return 3;
    }
    *least = 0x10000;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

uint32_t zk_cli_take_character(const uint8_t *at, size_t left, size_t *bytes)
{
    uint32_t least;
    size_t length = sequence_bytes(at[0], &least);
    uint32_t point = length <= 1 ? at[0] : at[0] & (0x7fu >> length);
    size_t i;

    *bytes = 1;
    if (length == 0 || length > left)
        return 0xfffd;
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0xfffd;
        point = point << 6 | (at[i] & 0x3fu);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0xfffd;
    *bytes = length;
    return point;
}

/* Characters that change what stands around them. */
bool zk_cli_is_masked(uint32_t point)
{
    if (point < 0x20)
        return point != '\n' && point != '\t';
    return (point >= 0x7f && point <= 0x9f) || point == 0x61c || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

void zk_cli_mask(zk_buffer_t *to, const void *text, size_t size)
{
    const uint8_t *bytes = text;
    size_t at;
    size_t length;

    for (at = 0; at < size; at += length) {
        uint32_t point = zk_cli_take_character(bytes + at, size - at, &length);

        if (point == '\r' && at + 1 < size && bytes[at + 1] == '\n')
            zk_buffer_append(to, "\r", 1); /* a line end as Windows writes it */
        else if (zk_cli_is_masked(point))
            zk_buffer_printf(to, point < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)point);
        else if (point == 0xfffd)
            zk_buffer_append(to, "\xef\xbf\xbd", 3);
        else
            zk_buffer_append(to, bytes + at, length);
    }
}

/* ---- writing ---- */

static void note_failure(zk_shell_t *shell, FILE *file)
{
    if (file != stdout || shell->output.has_failed)
        return;
    shell->output.has_failed = true;
    shell->output.has_no_reader = errno == EPIPE;
}

static void write_bytes(zk_shell_t *shell, FILE *file, const void *bytes, size_t size)
{
    if (fwrite(bytes, 1, size, file) != size)
        note_failure(shell, file);
}

static void write_masked(zk_shell_t *shell, FILE *file, const uint8_t *bytes, size_t size)
{
    zk_buffer_t masked = ZK_BUFFER_INIT;

    zk_cli_mask(&masked, bytes, size);
    if (zk_buffer_size(&masked) > 0)
        write_bytes(shell, file, zk_buffer_bytes(&masked), zk_buffer_size(&masked));
    zk_buffer_free(&masked);
}

static void write_colour(zk_shell_t *shell, zk_cli_colour_t colour)
{
    static const char *const sequences[ZK_CLI_COLOURS] = {"\x1b[0m",  "\x1b[2m",  "\x1b[31m",
                                                          "\x1b[32m", "\x1b[33m", "\x1b[34m"};

    write_bytes(shell, stdout, sequences[colour], strlen(sequences[colour]));
}

/* What waits for standard output, piece by piece where it changes colour. */
static void write_coloured(zk_shell_t *shell)
{
    zk_buffer_t *marks = &shell->output.marks;
    const uint8_t *bytes = zk_buffer_bytes(&shell->out);
    size_t at = 0;

    while (zk_buffer_size(marks) >= sizeof(mark_t)) {
        mark_t mark;

        memcpy(&mark, zk_buffer_bytes(marks), sizeof(mark));
        zk_buffer_consume(marks, sizeof(mark));
        write_masked(shell, stdout, bytes + at, mark.at - at);
        write_colour(shell, mark.colour);
        at = mark.at;
    }
    write_masked(shell, stdout, bytes + at, zk_buffer_size(&shell->out) - at);
}

static void write_out(zk_shell_t *shell, zk_buffer_t *buffer, FILE *file, bool is_terminal)
{
    if (zk_buffer_size(buffer) == 0)
        return;
    zk_cli_end_progress(shell);
    if (!is_terminal)
        write_bytes(shell, file, zk_buffer_bytes(buffer), zk_buffer_size(buffer));
    else if (file == stdout)
        write_coloured(shell);
    else
        write_masked(shell, file, zk_buffer_bytes(buffer), zk_buffer_size(buffer));
    if (fflush(file) != 0)
        note_failure(shell, file);
    zk_buffer_clear(buffer);
}

void zk_shell_flush(zk_shell_t *shell)
{
    if (shell->is_gathering)
        return;
    write_out(shell, &shell->out, stdout, shell->output.out_is_terminal);
    zk_buffer_clear(&shell->output.marks);
    write_out(shell, &shell->err, stderr, shell->output.err_is_terminal);
}

/* ---- colours ---- */

void zk_cli_output_init(zk_shell_t *shell, bool no_colour)
{
    zk_cli_output_t *output = &shell->output;
    char *text;

    plat_output_keep_bytes();
    output->out_is_terminal = zk_edit_output_is_terminal(false);
    output->err_is_terminal = zk_edit_output_is_terminal(true);
    if (apr_env_get(&text, "NO_COLOR", shell->pool) == APR_SUCCESS && text[0] != '\0')
        no_colour = true;
    output->has_colour = !no_colour && plat_output_takes_escapes(false);
}

void zk_cli_output_free(zk_shell_t *shell)
{
    zk_buffer_free(&shell->output.marks);
}

void zk_cli_set_colour(zk_shell_t *shell, zk_cli_colour_t colour)
{
    mark_t mark = {zk_buffer_size(&shell->out), colour};

    ZK_ASSERT(colour < ZK_CLI_COLOURS);
    if (!shell->output.has_colour || colour == shell->output.colour)
        return;
    shell->output.colour = colour;
    zk_buffer_append(&shell->output.marks, &mark, sizeof(mark));
}

/* ---- progress ---- */

void zk_cli_begin_progress(zk_shell_t *shell)
{
    shell->output.began_ms = plat_monotonic_ms();
    shell->output.progress_due_ms = shell->output.began_ms + PROGRESS_AFTER_MS;
}

void zk_cli_show_progress(zk_shell_t *shell, const char *format, ...)
{
    char text[PROGRESS_BYTES_MAX];
    int columns = zk_edit_columns() - 1;
    int64_t now_ms;
    va_list arguments;
    int length;

    if (!shell->output.err_is_terminal || shell->is_gathering)
        return;
    now_ms = plat_monotonic_ms();
    if (now_ms < shell->output.progress_due_ms)
        return;
    shell->output.progress_due_ms = now_ms + PROGRESS_EVERY_MS;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    zk_cli_end_progress(shell);
    length = (int)strlen(text);
    length = length > columns ? columns : length;
    if (length <= 0)
        return;
    fprintf(stderr, "%.*s", length, text);
    fflush(stderr);
    shell->output.progress_columns = length;
}

void zk_cli_end_progress(zk_shell_t *shell)
{
    if (shell->output.progress_columns == 0)
        return;
    fprintf(stderr, "\r%*s\r", shell->output.progress_columns, "");
    fflush(stderr);
    shell->output.progress_columns = 0;
}
