/* plat.h -- all that APR lacks, and nothing else.
 *
 * Bodies are in unix/plat_unix.c and win/plat_win.c, one of which is compiled; what is the same
 * everywhere is in plat.c.  Shared code contains no test for an operating system: where it wants
 * one, a function is missing here.
 *
 * Rules
 *   1. Paths and names are UTF-8 with '/' or the system's own separator, as in APR.
 *   2. Failures are apr_status_t, so APR's tests (APR_STATUS_IS_ENOENT and kin) work on them.
 *   3. Nothing here logs or aborts.
 *
 * What APR already does well enough, and is therefore absent: exclusive whole-file locks
 * (apr_file_lock with APR_FLOCK_NONBLOCK answers APR_STATUS_IS_EAGAIN to a second holder, of this
 * or another process), threads, sockets, directories, UTF-8 argv (apr_app_initialize). */
#ifndef ZK_BASE_PLAT_H
#define ZK_BASE_PLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <apr_errno.h>
#include <apr_file_io.h>
#include <apr_network_io.h>
#include <apr_pools.h>

/* --- time ----------------------------------------------------------------------------------- */

/* A clock that only goes forward, from an arbitrary start, unaffected by changes of the date. */
int64_t plat_monotonic_ns(void);
int64_t plat_monotonic_ms(void);

/* Milliseconds since 1970 UTC, as ctime and mtime of znodes.  May jump. */
int64_t plat_wall_ms(void);

#define PLAT_ZONE_BYTES 16

typedef struct plat_local_time {
    int year;    /* 2026 */
    int month;   /* 1 to 12 */
    int day;     /* 1 to 31 */
    int weekday; /* 0 is Sunday */
    int hour, minute, second;
    char zone[PLAT_ZONE_BYTES]; /* as Java prints it: "UTC", "CST", "CEST"; "GMT+03:30" for a zone
                                   without a short name */
} plat_local_time_t;

/* The date and time of WALL_MS on the user's clock, which the environment's TZ may set.  Returns
 * false for times beyond the system's calendar. */
bool plat_local_time(plat_local_time_t *local, int64_t wall_ms);

/* The name of a zone MINUTES east of Greenwich that has no other. */
void plat_zone_print_offset(char zone[PLAT_ZONE_BYTES], int minutes);

/* --- files ---------------------------------------------------------------------------------- */

/* Make the names created, renamed or removed in directory PATH durable.  Where the file system
 * keeps its own journal of names and offers no such call (some on Windows), success once PATH is
 * seen to be a directory. */
apr_status_t plat_dir_sync(const char *path);

/* Write FILE's buffered bytes and have the device make them durable, with the length needed to read
 * them back; other attributes may lag.  After a failure the bytes must be taken for lost: the
 * kernel may have dropped them, and a second call may then report success. */
apr_status_t plat_file_datasync(apr_file_t *file);

/* Extend FILE to BYTES with zeros that already occupy disk space where the file system can do that,
 * so that later appends find room and cheaper syncs.  A file that is longer keeps its length.  The
 * file position is not moved; FILE must be open for writing and hold no buffered bytes. */
apr_status_t plat_file_preallocate(apr_file_t *file, int64_t bytes);

/* Give file FROM the name TO, replacing a file of that name in one step: a reader sees the old or
 * the new file, never none.  Durable only after plat_dir_sync of the directory.  On Windows TO must
 * not be open without delete sharing (APR's files share); a scanner that holds it for a moment is
 * waited for, up to a second. */
apr_status_t plat_file_replace(const char *from, const char *to);

/* --- sockets -------------------------------------------------------------------------------- */

/* Whether SO_REUSEADDR lets a process take a port that another one is listening on (Windows),
 * rather than only one that waits out old connections.  A listener then does without it. */
bool plat_socket_reuse_steals(void);

/* Before binding a listening SOCKET: nobody may share its port with us.  No more than success where
 * that is so anyway. */
apr_status_t plat_socket_own_port(apr_socket_t *socket);

/* Whether RV, from bind or listen, says that the port is taken; APR 1.7 has no name for that. */
bool plat_status_is_port_taken(apr_status_t rv);

/* --- process -------------------------------------------------------------------------------- */

/* First in main: writing to a closed socket or pipe is an error code and not a signal, hanging up
 * the terminal does not end us, an input or output that we were started without leads nowhere,
 * crashes open no dialogue box, and a console shows UTF-8. */
void plat_process_init(void);

int64_t plat_process_id(void);

/* The path of the running executable, in POOL; NULL when the system does not tell. */
const char *plat_process_path(apr_pool_t *pool);

/* Called when the process is asked to stop.  REASON is a static word or two for the log, such as
 * "SIGTERM" or "console closed". */
typedef void plat_stop_fn_t(void *baton, const char *reason);

/* From now on SIGTERM, SIGINT, the console's Ctrl+C, Ctrl+Break, close and shutdown events, and
 * plat_process_stop from another process, call FN(BATON) instead of ending the process.  FN runs on
 * a thread of its own, never in a signal handler, so it may lock and allocate, but should only pass
 * the wish on; it may be called again if the user insists.  Once per process, else APR_EEXIST. */
apr_status_t plat_stop_listen(plat_stop_fn_t *fn, void *baton);

/* Call the function given to plat_stop_listen on the calling thread, with REASON (static), as if
 * the system had asked.  For service control managers.  Nothing happens before plat_stop_listen. */
void plat_stop_raise(const char *reason);

/* From the time of plat_stop_listen on, SIGHUP (on Windows a service's wish to read its parameters
 * anew) calls FN(BATON) on a thread of its own; without a listener it does nothing. */
typedef void plat_reload_fn_t(void *baton);
void plat_reload_listen(plat_reload_fn_t *fn, void *baton);

/* Call the function given to plat_reload_listen, if any, on the calling thread. */
void plat_reload_raise(void);

/* The file that standard output goes to, in POOL; NULL when it is none, or the system does not
 * tell. To be asked at start: afterwards somebody may have renamed it. */
const char *plat_output_path(apr_pool_t *pool);

/* Send standard output, and standard error if it goes to the same file, to file PATH from now on,
 * which is appended to, or made.  On failure all stays as it is. */
apr_status_t plat_output_reopen(const char *path);

/* Ask process PID, which uses plat_stop_listen, to stop (SIGTERM; on Windows an event that bears
 * the process id).  APR_STATUS_IS_ESRCH-like: plat_process_alive tells whether PID is there at all.
 */
apr_status_t plat_process_stop(int64_t pid);

/* End process PID at once. */
apr_status_t plat_process_kill(int64_t pid);

/* Whether a process PID exists (of any user) and has not ended: one that only waits for its parent
 * to take notice does not count. */
bool plat_process_alive(int64_t pid);

/* The path of the program that process PID runs, in POOL, perhaps with words of the system's behind
 * it; NULL when the system does not tell us. */
const char *plat_process_program(int64_t pid, apr_pool_t *pool);

/* Start ARGV (ended by NULL; ARGV[0] is a path) as a process that outlives us and our terminal,
 * with input from nowhere and both outputs appended to file OUTPUT; of our other files and sockets
 * it inherits none, so nobody waits for them to be closed.  Its id goes to PID. */
apr_status_t plat_process_spawn(int64_t *pid, const char *const *argv, const char *output,
                                apr_pool_t *scratch);

/* --- threads -------------------------------------------------------------------------------- */

/* A thread that either is joined or may outlive everything: what APR's threads, which live in a
 * pool that must outlive them, cannot do. */
typedef struct plat_thread {
    uintptr_t handle;
} plat_thread_t;

/* Run RUN(BATON) on a new thread; join or detach it exactly once. */
apr_status_t plat_thread_start(plat_thread_t *thread, void (*run)(void *baton), void *baton);

/* Wait until THREAD has ended. */
void plat_thread_join(plat_thread_t thread);

/* Nobody will wait for THREAD, which may be the calling one. */
void plat_thread_detach(plat_thread_t thread);

/* Whether THREAD is the calling one. */
bool plat_thread_is_current(plat_thread_t thread);

/* --- figures -------------------------------------------------------------------------------- */

/* Open files and sockets (handles on Windows) of this process, and how many it may have; -1
 * unknown. */
int64_t plat_open_files_count(void);
int64_t plat_open_files_max(void);

/* Raise the limit of open files as far as this user may, as the JVM does.  Returns the new limit.
 */
int64_t plat_open_files_raise(void);

/* Bytes of this process in physical memory; -1 unknown. */
int64_t plat_memory_resident_bytes(void);

/* Processors this process may run on, at least 1. */
int plat_cpu_count(void);

/* --- surroundings --------------------------------------------------------------------------- */

/* Where programs of the current user keep state: $XDG_STATE_HOME or ~/.local/state, %LOCALAPPDATA%
 * on Windows, with "/NAME" added.  Not created here.  NULL when the user has no home. */
const char *plat_state_dir(const char *name, apr_pool_t *pool);

/* Show NAME for the calling thread in debuggers and process lists, which may cut it to 15 bytes. */
void plat_thread_set_name(const char *name);

/* Whether standard input is a terminal (a person types). */
bool plat_input_is_terminal(void);

/* Read one line of standard input as UTF-8 into LINE (SIZE at least 2, always terminated), without
 * its line end.  Returns false at the end of input.  A longer line is returned in pieces, of which
 * all but the last have SIZE - 1 bytes. */
bool plat_input_read_line(char *line, size_t size);

/* The same for a password: a terminal does not show what is typed, nor the line end.  Ctrl+C is no
 * password: false, where it does not end the process. */
bool plat_input_read_secret(char *line, size_t size);

/* Ctrl+C sets a flag instead of ending the process, from hold to release; whoever insists ends it,
 * with exit code 130.  No two holds at a time; for the thread that reads commands. */
void plat_interrupt_hold(void);
bool plat_interrupt_seen(void);
void plat_interrupt_release(void);

/* Standard output keeps its bytes: on Windows, no CR before a LF; and at a console both outputs
 * show UTF-8, and are flushed only by fflush.  To be called before anything is written. */
void plat_output_keep_bytes(void);

/* Whether standard output, or else standard error, is a terminal that acts on escape sequences
 * (colours); on Windows it is asked to. */
bool plat_output_takes_escapes(bool error);

/* --- secrets and digests -------------------------------------------------------------------- */

/* Fill BYTES with randomness fit for keys and passwords. */
apr_status_t plat_random_bytes(void *bytes, size_t length);

typedef enum plat_digest_kind {
    PLAT_DIGEST_MD5,
    PLAT_DIGEST_SHA1,
    PLAT_DIGEST_SHA256,
    PLAT_DIGEST_SHA384,
    PLAT_DIGEST_SHA512,
    PLAT_DIGEST_KINDS
} plat_digest_kind_t;

#define PLAT_DIGEST_BYTES_MAX 64

/* The digest that ALG names.  Java's spellings in any case, with or without the hyphen: "MD5",
 * "SHA", "SHA1", "SHA-1", "SHA-256", "SHA-384", "SHA-512".  Returns false for any other name. */
bool plat_digest_find(plat_digest_kind_t *kind, const char *alg);

/* Digest LENGTH bytes at DATA (may be NULL when LENGTH is 0) with the algorithm that ALG names,
 * into OUT and its size into OUT_LENGTH.  APR_ENOTIMPL for an unknown name. */
apr_status_t plat_digest(const char *alg, const void *data, size_t length,
                         uint8_t out[PLAT_DIGEST_BYTES_MAX], size_t *out_length);

/* The same by KIND.  Safe from any thread. */
apr_status_t plat_digest_kind(plat_digest_kind_t kind, const void *data, size_t length,
                              uint8_t out[PLAT_DIGEST_BYTES_MAX], size_t *out_length);

#endif
