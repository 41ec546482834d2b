/* lines.c -- see lines.h.
 *
 * Standard input may be silent for longer than a session lives, so a thread reads it and the caller
 * gives the session its time meanwhile.  The thread cannot be stopped in a read; it is left alone
 * with what it needs when the caller gives up. */
#include "cli/lines.h"

#include <string.h>

#include "base/plat.h"
#include "client/client.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    CHUNKS_MAX = 16,
    LINE_BYTES_MAX = 64 * 1024 * 1024, /* far more than a server takes */
    STEP_MS = 100
};

typedef struct chunk {
    size_t size; /* 0: the end */
    apr_status_t rv;
    char bytes[];
} chunk_t;

typedef struct feeder {
    zk_queue_t *chunks;
    apr_file_t *file;
} feeder_t;

static void wake_client(void *baton)
{
    zk_shell_t *shell = baton;

    apr_thread_mutex_lock(shell->client_lock);
    zk_client_wake(shell->client);
    apr_thread_mutex_unlock(shell->client_lock);
}

static void read_chunks(void *baton)
{
    feeder_t *feeder = baton;
    bool has_ended = false;

    while (!has_ended) {
        chunk_t *chunk = zk_malloc(sizeof(*chunk) + CHUNK_BYTES);
        apr_size_t size = CHUNK_BYTES;

        chunk->rv = apr_file_read(feeder->file, chunk->bytes, &size);
        chunk->size = chunk->rv == APR_SUCCESS ? size : 0;
        has_ended = chunk->size == 0;
        if (zk_queue_put_wait(feeder->chunks, chunk) != APR_SUCCESS) {
            zk_free(chunk);
            return;
        }
    }
}

static apr_status_t open_input(zk_cli_lines_t *lines)
{
    apr_pool_t *pool = lines->shell->pool; /* the thread may outlive the command */
    feeder_t *feeder = apr_palloc(pool, sizeof(*feeder));
    plat_thread_t thread;
    apr_status_t rv = apr_file_open_stdin(&feeder->file, pool);

    if (rv == APR_SUCCESS)
        rv = zk_queue_create(&lines->chunks, CHUNKS_MAX, wake_client, lines->shell, pool);
    feeder->chunks = lines->chunks;
    if (rv == APR_SUCCESS)
        rv = plat_thread_start(&thread, read_chunks, feeder);
    if (rv == APR_SUCCESS)
        plat_thread_detach(thread);
    lines->shell->has_stray_thread = true;
    return rv;
}

apr_status_t zk_cli_lines_open(zk_cli_lines_t *lines, zk_shell_t *shell, const char *name)
{
    memset(lines, 0, sizeof(*lines));
    lines->shell = shell;
    lines->buffer = ZK_BUFFER_INIT;
    if (name == NULL)
        return open_input(lines);
    return apr_file_open(&lines->file, name, APR_FOPEN_READ | APR_FOPEN_BINARY,
                         APR_FPROT_OS_DEFAULT, shell->scratch);
}

/* Take what comes next of standard input; waits for it. */
static void take_chunk(zk_cli_lines_t *lines)
{
    chunk_t *chunk;
    void *item;

    while (zk_queue_take_some(lines->chunks, &item, 1) == 0) {
        if (plat_interrupt_seen()) {
            lines->has_ended = true;
            return;
        }
        if (zk_queue_sleep(lines->chunks))
            zk_client_step(lines->shell->client, STEP_MS);
    }
    chunk = item;
    zk_buffer_append(&lines->buffer, chunk->bytes, chunk->size);
    lines->has_ended = chunk->size == 0;
    if (lines->has_ended && !APR_STATUS_IS_EOF(chunk->rv))
        lines->rv = chunk->rv;
    zk_free(chunk);
}

static void read_more(zk_cli_lines_t *lines)
{
    apr_size_t size = CHUNK_BYTES;
    apr_status_t rv;
    uint8_t *at;

    if (lines->chunks != NULL) {
        take_chunk(lines);
        return;
    }
    at = zk_buffer_extend(&lines->buffer, CHUNK_BYTES);
    rv = apr_file_read(lines->file, at, &size);
    lines->buffer.length -= CHUNK_BYTES - (rv == APR_SUCCESS ? size : 0);
    lines->has_ended = rv != APR_SUCCESS;
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv))
        lines->rv = rv;
}

bool zk_cli_lines_next(zk_cli_lines_t *lines, zk_str_t *line)
{
    size_t searched = 0;

    zk_buffer_consume(&lines->buffer, lines->taken);
    lines->taken = 0;
    for (;;) {
        const uint8_t *bytes = zk_buffer_bytes(&lines->buffer);
        size_t size = zk_buffer_size(&lines->buffer);
        const uint8_t *end =
            size > searched ? memchr(bytes + searched, '\n', size - searched) : NULL;

        if (plat_interrupt_seen() || lines->rv != APR_SUCCESS)
            return false;
        if (end != NULL || (lines->has_ended && size > 0)) {
            size_t length = end != NULL ? (size_t)(end - bytes) : size;

            *line = zk_str_n((const char *)bytes, length);
            lines->taken = length + (end != NULL ? 1 : 0);
            lines->number++;
            return true;
        }
        if (lines->has_ended)
            return false;
        if (size > LINE_BYTES_MAX) {
            lines->number++;
            lines->rv = APR_ENOSPC;
            return false;
        }
        searched = size;
        read_more(lines);
    }
}

apr_status_t zk_cli_lines_rewind(zk_cli_lines_t *lines)
{
    apr_off_t start = 0;

    ZK_ASSERT(lines->file != NULL);
    zk_buffer_clear(&lines->buffer);
    lines->taken = 0;
    lines->has_ended = false;
    lines->number = 0;
    return apr_file_seek(lines->file, APR_SET, &start);
}

void zk_cli_lines_close(zk_cli_lines_t *lines)
{
    if (lines->file != NULL)
        apr_file_close(lines->file);
    zk_buffer_free(&lines->buffer);
}
