/* log.h -- log lines in the layout that operators' tools already parse:
 *
 *   2026-11-22 10:21:12,104 [myid:2] - INFO  [main:o.a.z.s.q.QuorumPeerConfig@177] - message
 *
 * date with comma milliseconds, myid or empty, level in five places, thread name and origin,
 * message. Ours has the room and file in the place of the class: [main:config/check@177]. Control
 * characters of a message are written as \xNN, so that a client cannot forge lines. Lines go to one
 * sink (stdout unless told otherwise), one write per line, from any thread. */
#ifndef ZK_BASE_LOG_H
#define ZK_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef enum zk_log_level {
    ZK_LOG_TRACE,
    ZK_LOG_DEBUG,
    ZK_LOG_INFO,
    ZK_LOG_WARN,
    ZK_LOG_ERROR
} zk_log_level_t;

/* Start-up, before other threads exist: where lines go (a file opened for append by the caller, who
 * keeps it open), lowest level written, and the server's id (-1: none, printed as `[myid:]`). */
void zk_log_setup(FILE *sink, zk_log_level_t lowest, int64_t my_id);

/* Start-up: lines go to systemd's journal, which keeps time and level itself: <6> instead of the
 * date. */
void zk_log_use_journal(bool journal);

/* Name shown for the calling thread; TEXT must outlive the thread. */
void zk_log_name_thread(const char *text);

/* Start-up: call BEFORE(BATON) before each line is written, on the thread that writes it; it makes
 * room on a terminal that shows something else.  It must not log. */
void zk_log_announce(void (*before)(void *baton), void *baton);

/* Start-up: give each line to WRITE(BATON) instead of a sink, on the thread that logs it, several
 * at a time.  NULL: to the sink again. */
typedef void zk_log_write_fn_t(void *baton, const char *bytes, size_t size);
void zk_log_send(zk_log_write_fn_t *write, void *baton);

bool zk_log_enabled(zk_log_level_t level);

/* Write one line; FILE is __FILE__ of the caller, shortened to room/file. */
void zk_log_write(zk_log_level_t level, const char *file, int line, const char *format, ...)
    ZK_PRINTF(4, 5);

#define zk_log(level, ...)                                                                         \
    (zk_log_enabled(level) ? zk_log_write(level, __FILE__, __LINE__, __VA_ARGS__) : (void)0)
#define zk_debug(...) zk_log(ZK_LOG_DEBUG, __VA_ARGS__)
#define zk_info(...) zk_log(ZK_LOG_INFO, __VA_ARGS__)
#define zk_warn(...) zk_log(ZK_LOG_WARN, __VA_ARGS__)
#define zk_error(...) zk_log(ZK_LOG_ERROR, __VA_ARGS__)

#endif
