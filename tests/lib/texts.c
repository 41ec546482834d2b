/* texts.c -- see texts.h.
 *
 * Everything is binary: on no system does a line end in more than was written. */
#include "lib/texts.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/zk_test.h"

static FILE *log_sink; /* what zk_test_begin_log opened, else NULL */

const char *zk_test_path(const char *name)
{
    return apr_pstrcat(zk_test_pool(), zk_test_dir(), "/", name, NULL);
}

bool zk_test_exists(const char *path)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_TYPE, zk_test_pool()) == APR_SUCCESS;
}

int64_t zk_test_size(const char *path)
{
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_SIZE, zk_test_pool()) != APR_SUCCESS)
        return -1;
    return info.size;
}

void zk_test_write(const char *path, const void *bytes, size_t size)
{
    apr_file_t *file;
    apr_status_t rv;

    rv = apr_file_open(&file, path,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
                       APR_FPROT_OS_DEFAULT, zk_test_pool());
    if (rv == APR_SUCCESS) {
        if (size > 0)
            rv = apr_file_write_full(file, bytes, size, NULL);
        apr_file_close(file);
    }
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
}

void zk_test_write_text(const char *path, const char *text)
{
    zk_test_write(path, text, strlen(text));
}

uint8_t *zk_test_read(const char *path, size_t *size)
{
    uint8_t *bytes = NULL;
    apr_finfo_t info;
    apr_file_t *file;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                       zk_test_pool());
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
        if (rv == APR_SUCCESS) {
            *size = (size_t)info.size;
            bytes = apr_palloc(zk_test_pool(), *size + 1);
            bytes[*size] = 0;
            rv = *size > 0 ? apr_file_read_full(file, bytes, *size, NULL) : APR_SUCCESS;
        }
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS)
        printf("\n    not read: %s\n", path);
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
    return bytes;
}

char *zk_test_read_text(const char *path)
{
    size_t size;

    return (char *)zk_test_read(path, &size);
}

FILE *zk_test_open_stream(const char *name)
{
    FILE *stream = fopen(zk_test_path(name), "w+b");

    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    return stream;
}

/* All that STREAM holds, which stays open, at its end. */
static const char *read_stream(FILE *stream)
{
    char *text;
    long size;

    fseek(stream, 0, SEEK_END);
    size = ftell(stream);
    CU_ASSERT_TRUE_FATAL(size >= 0);
    text = apr_pcalloc(zk_test_pool(), (apr_size_t)size + 1);
    rewind(stream);
    CU_ASSERT_EQUAL(fread(text, 1, (size_t)size, stream), (size_t)size);
    fseek(stream, 0, SEEK_END);
    return text;
}

const char *zk_test_take_stream(FILE *stream)
{
    const char *text = read_stream(stream);

    fclose(stream);
    return text;
}

const char *zk_test_buffer_text(const zk_buffer_t *buffer)
{
    size_t size = zk_buffer_size(buffer);

    /* apr_pstrmemdup would hand back the NULL of a buffer that nothing was written to */
    return size > 0 ? apr_pstrmemdup(zk_test_pool(), (const char *)zk_buffer_bytes(buffer), size)
                    : "";
}

const char *zk_test_take_buffer(zk_buffer_t *buffer)
{
    const char *text = zk_test_buffer_text(buffer);

    zk_buffer_free(buffer);
    return text;
}

void zk_test_begin_log(zk_log_level_t level)
{
    log_sink = zk_test_open_stream("logged.txt");
    zk_log_setup(log_sink, level, -1);
}

const char *zk_test_logged(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(log_sink);
    return read_stream(log_sink);
}

const char *zk_test_end_log(void)
{
    FILE *sink = log_sink;

    if (sink == NULL)
        return "";
    log_sink = NULL;
    zk_test_setup_log();
    return zk_test_take_stream(sink);
}
