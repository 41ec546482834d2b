/* lines.h -- lines of a file, or of standard input while the session is kept alive. */
#ifndef ZK_CLI_LINES_H
#define ZK_CLI_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <apr_file_io.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/queue.h"
#include "cli/shell.h"

typedef struct zk_cli_lines {
    zk_shell_t *shell;
    apr_file_t *file;   /* or NULL */
    zk_queue_t *chunks; /* of standard input, or NULL */
    zk_buffer_t buffer; /* what was read and not yet taken */
    size_t taken;       /* bytes of the line returned last, still in front */
    bool has_ended;
    apr_status_t rv; /* of reading */
    int64_t number;  /* of the line returned last, from 1 */
} zk_cli_lines_t;

/* Open file NAME, or standard input where NAME is NULL.  What of it lives longer than the scratch
 * pool belongs to the thread that reads standard input. */
apr_status_t zk_cli_lines_open(zk_cli_lines_t *lines, zk_shell_t *shell, const char *name);

/* The next line, without its line end, good until the next call.  False at the end (rv tells how),
 * for a line that is too long (rv is APR_ENOSPC), and after Ctrl+C. */
bool zk_cli_lines_next(zk_cli_lines_t *lines, zk_str_t *line);

/* Begin anew; for files only. */
apr_status_t zk_cli_lines_rewind(zk_cli_lines_t *lines);

void zk_cli_lines_close(zk_cli_lines_t *lines);

#endif
