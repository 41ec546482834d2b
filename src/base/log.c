/* log.c -- one line per message, in the layout that operators' tools parse.
 *
 * A line is put together in one buffer and handed to the sink in one piece, so lines of several
 * threads never mix.  What a client sent may be part of a message; therefore every control
 * character of it but TAB, also a line feed and the C1 controls that some terminals obey, is shown
 * as \xNN.
 *
 * Invariants
 *   1. One call writes exactly one line, ended by LF, of at most MESSAGE_BYTES_MAX characters of
 * message.
 *   2. The settings change only before other threads exist; afterwards they are read without a
 * lock.
 *
 * Layout: conf/logback.xml of upstream, pattern `%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] -
 * %m%n`.
 */
#include "base/log.h"

#include <stdarg.h>
#include <inttypes.h>
#include <string.h>
#include <apr_time.h>

#include "base/buffer.h"

#define MESSAGE_BYTES_MAX 16384
#define MESSAGE_BYTES_USUAL 1024
#define PATH_BYTES 128

static FILE *log_sink; /* NULL until set up: then stdout */
static zk_log_level_t log_lowest = ZK_LOG_INFO;
static int64_t log_my_id = -1;
static bool log_has_journal;
static void (*log_before)(void *baton);
static void *log_before_baton;
static zk_log_write_fn_t *log_write;
static void *log_write_baton;
static _Thread_local const char *thread_name;

static const char *const level_names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"};
static const int level_priorities[] = {7, 7, 6, 4, 3}; /* syslog's */

void zk_log_setup(FILE *sink, zk_log_level_t lowest, int64_t my_id)
{
    log_sink = sink;
    log_lowest = lowest;
    log_my_id = my_id;
}

void zk_log_announce(void (*before)(void *baton), void *baton)
{
    log_before = before;
    log_before_baton = baton;
}

void zk_log_use_journal(bool journal)
{
    log_has_journal = journal;
}

void zk_log_send(zk_log_write_fn_t *write, void *baton)
{
    log_write = write;
    log_write_baton = baton;
}

void zk_log_name_thread(const char *text)
{
    thread_name = text;
}

bool zk_log_enabled(zk_log_level_t level)
{
    return level >= log_lowest;
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* `.../src/config/check.c` becomes `config/check`. */
static void append_origin(zk_buffer_t *line, const char *file)
{
    const char *start = file + strlen(file);
    const char *end;
    int separators = 0;

    while (start > file && separators < 2) {
        start--;
        separators += is_separator(*start) ? 1 : 0;
    }
    if (is_separator(*start))
        start++;
    end = strrchr(start, '.');
    if (end == NULL)
        end = start + strlen(start);
    for (; start < end; start++)
        *zk_buffer_extend(line, 1) = is_separator(*start) ? (uint8_t)'/' : (uint8_t)*start;
}

static void append_escaped(zk_buffer_t *line, const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        unsigned c = (uint8_t)text[i];
        unsigned next = i + 1 < size ? (uint8_t)text[i + 1] : 0;

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            zk_buffer_printf(line, "\\x%02x", c);
        } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* a C1 control in UTF-8 */
            zk_buffer_printf(line, "\\x%02x", next);
            i++;
        } else {
            *zk_buffer_extend(line, 1) = (uint8_t)c;
        }
    }
}

static void append_date(zk_buffer_t *line)
{
    apr_time_exp_t now = {0};

    apr_time_exp_lt(&now, apr_time_now());
    zk_buffer_printf(line, "%04d-%02d-%02d %02d:%02d:%02d,%03d ", now.tm_year + 1900,
                     now.tm_mon + 1, now.tm_mday, now.tm_hour, now.tm_min, now.tm_sec,
                     now.tm_usec / 1000);
}

static void append_head(zk_buffer_t *line, zk_log_level_t level, const char *file, int number)
{
    if (log_has_journal)
        zk_buffer_printf(line, "<%d>", level_priorities[level]);
    else
        append_date(line);
    zk_buffer_printf(line, "[myid:");
    if (log_my_id >= 0)
        zk_buffer_printf(line, "%" PRId64, log_my_id);
    zk_buffer_printf(line, "] - %-5s [%s:", level_names[level],
                     thread_name != NULL ? thread_name : "main");
    append_origin(line, file);
    zk_buffer_printf(line, "@%d] - ", number);
}

void zk_log_write(zk_log_level_t level, const char *file, int line, const char *format, ...)
{
    FILE *sink = log_sink != NULL ? log_sink : stdout;
    char usual[MESSAGE_BYTES_USUAL];
    char *message = usual;
    zk_buffer_t out = ZK_BUFFER_INIT;
    va_list arguments;
    int size;

    ZK_ASSERT((unsigned)level <= ZK_LOG_ERROR);
    va_start(arguments, format);
    size = vsnprintf(usual, sizeof(usual), format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof(usual)) {
        size = size < MESSAGE_BYTES_MAX ? size : MESSAGE_BYTES_MAX;
        message = zk_malloc((size_t)size + 1);
        va_start(arguments, format);
        vsnprintf(message, (size_t)size + 1, format, arguments);
        va_end(arguments);
    }
    append_head(&out, level, file, line);
    append_escaped(&out, message, size > 0 ? (size_t)size : 0);
    *zk_buffer_extend(&out, 1) = '\n';
    if (log_before != NULL)
        log_before(log_before_baton);
    if (log_write != NULL) {
        log_write(log_write_baton, (const char *)zk_buffer_bytes(&out), zk_buffer_size(&out));
    } else {
        fwrite(zk_buffer_bytes(&out), 1, zk_buffer_size(&out), sink);
        fflush(sink);
    }
    zk_buffer_free(&out);
    if (message != usual)
        zk_free(message);
}
