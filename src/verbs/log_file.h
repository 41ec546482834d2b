/* log_file.h -- a log file of our own that is put aside when it has grown.
 *
 * For a server whose output nobody else keeps: a Windows service has none.  Old files get the
 * numbers 1 (newest) and up behind their name. */
#ifndef ZK_VERBS_LOG_FILE_H
#define ZK_VERBS_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <apr_pools.h>

#include "base/status.h"

/* A log file or a server's output above this is put aside; so many old ones are kept. */
enum { ZK_LOG_FILE_BYTES_MAX = 16 * 1024 * 1024, ZK_LOG_FILES_KEPT = 5 };

typedef struct zk_log_file zk_log_file_t;

/* Append to file PATH, making it and its directory; put it aside above BYTES_MAX.  In POOL.  Fills
 * NOTE. */
apr_status_t zk_log_file_open(zk_log_file_t **file, const char *path, int64_t bytes_max,
                              apr_pool_t *pool, zk_note_t *note);

/* Append one line, from any thread.  FILE is a zk_log_file_t, as zk_log_send wants it.  A line that
 * cannot be written is lost: a full disk must not end the server here. */
void zk_log_file_write(void *file, const char *bytes, size_t size);

/* Open the file by its name again: somebody may have moved it. */
void zk_log_file_reopen(zk_log_file_t *file);

/* Give file PATH the number 1, and those that have numbers the next, if it is above BYTES_MAX. */
void zk_log_file_rotate(const char *path, int64_t bytes_max, apr_pool_t *scratch);

#endif
