/* pid_file.h -- the file that names a running server: decimal digits, no line feed, as upstream's
 * scripts write and read it.
 *
 * The server writes it when its ports are bound and its data is loaded, so for `start` the file is
 * also the sign that clients may come. */
#ifndef ZK_VERBS_PID_FILE_H
#define ZK_VERBS_PID_FILE_H

#include <stdint.h>
#include <apr_pools.h>

#include "base/status.h"

/* The process id in file PATH; blanks around it are allowed.  0 when there is no such file, or no
 * number in it that a process can have. */
int64_t zk_pid_file_read(const char *path, apr_pool_t *scratch);

/* Put process id PID into file PATH.  Fills NOTE. */
apr_status_t zk_pid_file_write(const char *path, int64_t pid, apr_pool_t *scratch, zk_note_t *note);

/* Remove file PATH if it still names PID: another server may have written it since. */
void zk_pid_file_remove(const char *path, int64_t pid, apr_pool_t *scratch);

#endif
