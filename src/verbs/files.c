/* files.c -- see files.h. */
#include "verbs/files.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

bool zk_verb_is_directory(const char *path, apr_pool_t *scratch)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_TYPE, scratch) == APR_SUCCESS &&
           info.filetype == APR_DIR;
}

bool zk_verb_is_there(const char *path, apr_pool_t *scratch)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_TYPE, scratch) == APR_SUCCESS;
}

static apr_status_t remove_content(const char *path, apr_pool_t *scratch, zk_note_t *note)
{
    apr_pool_t *pass;
    apr_finfo_t info;
    apr_dir_t *dir;
    apr_status_t rv = apr_dir_open(&dir, path, scratch);

    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot read '%s'", path);
    apr_pool_create(&pass, scratch);
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME, dir)) == APR_SUCCESS || rv == APR_INCOMPLETE) {
        apr_pool_clear(pass);
        if (strcmp(info.name, ".") == 0 || strcmp(info.name, "..") == 0)
            continue;
        rv = zk_verb_remove_tree(apr_pstrcat(pass, path, "/", info.name, NULL), pass, note);
        if (rv != APR_SUCCESS)
            break;
    }
    apr_dir_close(dir);
    apr_pool_destroy(pass);
    return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
}

apr_status_t zk_verb_remove_tree(const char *path, apr_pool_t *scratch, zk_note_t *note)
{
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_LINK, scratch);

    if (APR_STATUS_IS_ENOENT(rv))
        return APR_SUCCESS;
    if (rv == APR_SUCCESS && info.filetype == APR_DIR) {
        rv = remove_content(path, scratch, note);
        if (rv != APR_SUCCESS)
            return rv;
        rv = apr_dir_remove(path, scratch);
    } else if (rv == APR_SUCCESS) {
        rv = apr_file_remove(path, scratch);
    }
    return rv == APR_SUCCESS ? rv : zk_note(note, rv, "cannot remove '%s'", path);
}

apr_status_t zk_verb_make_directory(const char *path, apr_pool_t *scratch, zk_note_t *note)
{
    apr_status_t rv = apr_dir_make_recursive(path, APR_FPROT_OS_DEFAULT, scratch);

    if (rv == APR_SUCCESS && !zk_verb_is_directory(path, scratch))
        rv = APR_ENOTDIR; /* a file of that name satisfies APR */
    return rv == APR_SUCCESS ? rv : zk_note(note, rv, "cannot create the directory '%s'", path);
}

apr_status_t zk_verb_write_file(const char *path, const char *text, apr_pool_t *scratch,
                                zk_note_t *note)
{
    apr_file_t *file;
    apr_status_t closed;
    apr_status_t rv = apr_file_open(
        &file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
        APR_FPROT_OS_DEFAULT, scratch);

    if (rv == APR_SUCCESS) {
        rv = apr_file_write_full(file, text, strlen(text), NULL);
        closed = apr_file_close(file);
        rv = rv != APR_SUCCESS ? rv : closed;
    }
    return rv == APR_SUCCESS ? rv : zk_note(note, rv, "cannot write '%s'", path);
}
