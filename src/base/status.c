/* status.c -- texts of our statuses, notes, assertions, and memory that never runs out quietly.
 *
 * Invariants
 *   1. A note always ends with a NUL; a sentence that does not fit is cut, never overrun.
 *   2. No function here returns NULL for lack of memory: the process ends with a message instead,
 * because a half-done step of the brain cannot be undone and peers have the data.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 256

static const char *own_text(apr_status_t rv)
{
    switch (rv) {
#define ZK_STATUS_CASE(name, number, text)                                                         \
    case name:                                                                                     \
        return text;
        ZK_STATUS_TABLE(ZK_STATUS_CASE)
#undef ZK_STATUS_CASE
    default:
        return NULL;
    }
}

const char *zk_status_text(apr_status_t rv, char *buffer, size_t size)
{
    const char *own = own_text(rv);
    size_t end;

    ZK_ASSERT(size > 0);
    if (own != NULL)
        snprintf(buffer, size, "%s", own);
    else if (rv == APR_SUCCESS)
        snprintf(buffer, size, "success");
    else
        apr_strerror(rv, buffer, size);
    /* Windows ends its sentences with a full stop and blanks; ours go on. */
    end = strlen(buffer);
    while (end > 0 && strchr(" .\r\n", buffer[end - 1]) != NULL)
        buffer[--end] = '\0';
    return buffer;
}

apr_status_t zk_note(zk_note_t *note, apr_status_t rv, const char *format, ...)
{
    va_list arguments;
    char reason[TEXT_BYTES];
    size_t used;

    if (note == NULL)
        return rv;
    va_start(arguments, format);
    vsnprintf(note->text, sizeof(note->text), format, arguments);
    va_end(arguments);
    if (rv == APR_SUCCESS || own_text(rv) != NULL)
        return rv;
    used = strlen(note->text);
    snprintf(note->text + used, sizeof(note->text) - used, ": %s",
             zk_status_text(rv, reason, sizeof(reason)));
    return rv;
}

apr_status_t zk_note_prefix(zk_note_t *note, apr_status_t rv, const char *format, ...)
{
    va_list arguments;
    char inner[ZK_NOTE_BYTES];
    size_t used;

    if (note == NULL)
        return rv;
    memcpy(inner, note->text, sizeof(inner));
    inner[sizeof(inner) - 1] = '\0';
    va_start(arguments, format);
    vsnprintf(note->text, sizeof(note->text), format, arguments);
    va_end(arguments);
    used = strlen(note->text);
    snprintf(note->text + used, sizeof(note->text) - used, ": %s", inner);
    return rv;
}

void zk_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    fflush(stderr);
    abort();
}

#if defined(__GNUC__)
__attribute__((noreturn, cold))
#endif
static void
out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: %llu bytes refused\n", (unsigned long long)size);
    fflush(stderr);
    abort();
}

void *zk_malloc(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory == NULL)
        out_of_memory(size);
    return memory;
}

void *zk_calloc(size_t count, size_t size)
{
    void *memory;

    if (count == 0 || size == 0)
        count = size = 1;
    memory = calloc(count, size); /* checks the product itself */
    if (memory == NULL)
        out_of_memory(count > SIZE_MAX / size ? SIZE_MAX : count * size);
    return memory;
}

void *zk_realloc(void *memory, size_t size)
{
    void *grown = realloc(memory, size > 0 ? size : 1);

    if (grown == NULL)
        out_of_memory(size);
    return grown;
}

void zk_free(void *memory)
{
    free(memory);
}

int zk_pool_abort(int rv)
{
    (void)rv;
    out_of_memory(0);
}
