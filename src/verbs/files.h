/* files.h -- files and directories as the verbs handle them: made, written, removed. */
#ifndef ZK_VERBS_FILES_H
#define ZK_VERBS_FILES_H

#include <stdbool.h>
#include <apr_pools.h>

#include "base/status.h"

bool zk_verb_is_directory(const char *path, apr_pool_t *scratch);
bool zk_verb_is_there(const char *path, apr_pool_t *scratch);

/* Remove PATH and, where it is a directory, all in it; a link is removed and not followed.  What is
 * not there is no failure. */
apr_status_t zk_verb_remove_tree(const char *path, apr_pool_t *scratch, zk_note_t *note);

/* Make directory PATH and those above it. */
apr_status_t zk_verb_make_directory(const char *path, apr_pool_t *scratch, zk_note_t *note);

/* Write TEXT as the whole of file PATH. */
apr_status_t zk_verb_write_file(const char *path, const char *text, apr_pool_t *scratch,
                                zk_note_t *note);

#endif
