/* pid_file.c -- see pid_file.h.
 *
 * Written in place, because the directory (say, /run) may allow no other name.  A reader in between
 * finds an empty file, which reads like none. */
#include "verbs/pid_file.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

enum { PID_FILE_BYTES_MAX = 64 };

int64_t zk_pid_file_read(const char *path, apr_pool_t *scratch)
{
    char text[PID_FILE_BYTES_MAX + 1];
    apr_size_t size = 0;
    apr_file_t *file;
    char *end = NULL;
    apr_int64_t pid;

    if (apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, scratch) != APR_SUCCESS)
        return 0;
    apr_file_read_full(file, text, PID_FILE_BYTES_MAX, &size);
    apr_file_close(file);
    text[size] = '\0';
    pid = apr_strtoi64(text, &end, 10);
    while (*end == ' ' || *end == '\r' || *end == '\n' || *end == '\t')
        end++;
    return *end == '\0' && end != text && pid > 0 && pid <= UINT32_MAX ? pid : 0;
}

apr_status_t zk_pid_file_write(const char *path, int64_t pid, apr_pool_t *scratch, zk_note_t *note)
{
    apr_file_t *file;
    apr_status_t closed;
    apr_status_t rv;

    ZK_ASSERT(pid > 0);
    rv = apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                       APR_FPROT_OS_DEFAULT, scratch);
    if (rv == APR_SUCCESS) {
        const char *text = apr_psprintf(scratch, "%" APR_INT64_T_FMT, pid);

        rv = apr_file_write_full(file, text, strlen(text), NULL);
        closed = apr_file_close(file);
        rv = rv != APR_SUCCESS ? rv : closed;
    }
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write the pid file '%s'", path);
    return APR_SUCCESS;
}

void zk_pid_file_remove(const char *path, int64_t pid, apr_pool_t *scratch)
{
    if (zk_pid_file_read(path, scratch) == pid)
        apr_file_remove(path, scratch);
}
