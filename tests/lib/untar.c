/* untar.c -- a ustar reader over zlib's gzread; pax headers are skipped, as ours say nothing but
 * times. */
#include "lib/untar.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <zlib.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

#define BLOCK_BYTES 512
#define CHUNK_BYTES 65536

typedef struct header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char rest[82];
    char prefix[155];
    char pad[12];
} header_t;

_Static_assert(sizeof(header_t) == BLOCK_BYTES, "a header is one block");

static bool is_zero(const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Copy SIZE bytes of the archive into FILE, seeking over zeros. */
static apr_status_t copy_out(gzFile from, apr_file_t *file, int64_t size)
{
    char chunk[CHUNK_BYTES];
    int64_t at = 0;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && at < size) {
        unsigned part = size - at > CHUNK_BYTES ? CHUNK_BYTES : (unsigned)(size - at);
        apr_off_t where = (apr_off_t)at;

        if (gzread(from, chunk, part) != (int)part)
            return APR_EOF;
        if (!is_zero(chunk, part)) {
            rv = apr_file_seek(file, APR_SET, &where);
            if (rv == APR_SUCCESS)
                rv = apr_file_write_full(file, chunk, part, NULL);
        }
        at += part;
    }
    return rv == APR_SUCCESS ? apr_file_trunc(file, (apr_off_t)size) : rv;
}

static apr_status_t unpack_file(gzFile from, const char *path, int64_t size, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');
    int64_t padding = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
    apr_file_t *file;
    apr_status_t rv;

    rv = apr_dir_make_recursive(apr_pstrmemdup(pool, path, (apr_size_t)(slash - path)),
                                APR_FPROT_OS_DEFAULT, pool);
    if (rv == APR_SUCCESS)
        rv = apr_file_open(
            &file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
            APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS)
        return rv;
    rv = copy_out(from, file, size);
    apr_file_close(file);
    if (rv == APR_SUCCESS && padding > 0 && gzseek(from, (z_off_t)padding, SEEK_CUR) < 0)
        rv = APR_EOF;
    return rv;
}

static apr_status_t unpack_one(gzFile from, const header_t *header, const char *to,
                               apr_pool_t *pool)
{
    const char *name = apr_pstrndup(pool, header->name, sizeof(header->name));
    int64_t size =
        (int64_t)strtoull(apr_pstrndup(pool, header->size, sizeof(header->size)), NULL, 8);

    if (header->type == 'x' || header->type == 'g') { /* finer times and the like */
        int64_t blocks = (size + BLOCK_BYTES - 1) / BLOCK_BYTES;

        return gzseek(from, (z_off_t)(blocks * BLOCK_BYTES), SEEK_CUR) < 0 ? APR_EOF : APR_SUCCESS;
    }
    if (header->prefix[0] != 0)
        return APR_ENOTIMPL;
    if (strstr(name, "..") != NULL || name[0] == '/')
        return APR_EBADPATH;
    if (header->type == '5')
        return apr_dir_make_recursive(apr_pstrcat(pool, to, "/", name, NULL), APR_FPROT_OS_DEFAULT,
                                      pool);
    if (header->type != '0' && header->type != 0)
        return APR_ENOTIMPL;
    return unpack_file(from, apr_pstrcat(pool, to, "/", name, NULL), size, pool);
}

apr_status_t zk_untar(const char *archive, const char *to, apr_pool_t *pool)
{
    gzFile from = gzopen(archive, "rb");
    header_t header;
    apr_status_t rv = APR_SUCCESS;

    if (from == NULL)
        return APR_ENOENT;
    while (rv == APR_SUCCESS) {
        int got = gzread(from, &header, sizeof(header));

        if (got != (int)sizeof(header)) {
            rv = APR_EOF;
            break;
        }
        if (header.name[0] == 0) /* two blocks of zeros end the archive */
            break;
        rv = unpack_one(from, &header, to, pool);
    }
    gzclose(from);
    return rv;
}

const char *zk_untar_golden(const char *name)
{
    const char *to = zk_test_path(name);
    const char *archive = zk_test_golden(apr_pstrcat(zk_test_pool(), name, ".tar.gz", NULL));

    CU_ASSERT_EQUAL_FATAL(apr_dir_make_recursive(to, APR_FPROT_OS_DEFAULT, zk_test_pool()),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(zk_untar(archive, to, zk_test_pool()), APR_SUCCESS);
    return to;
}
