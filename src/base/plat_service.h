/* plat_service.h -- being a service: of Windows' service control manager, or of systemd.
 *
 * The server does the same under both: it runs a body, says when it is ready and when it is
 * stopping, and gets the wish to stop through plat_stop_listen.  Who listens differs:
 *
 *   Windows   the manager calls our entry on a thread of its own; states are reported to it
 *   systemd   Type=notify: datagrams to the socket that $NOTIFY_SOCKET names, else nothing
 *
 * Installing is a verb of the program on Windows only; elsewhere packages bring unit files. */
#ifndef ZK_BASE_PLAT_SERVICE_H
#define ZK_BASE_PLAT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_errno.h>
#include <apr_pools.h>

#include "base/status.h"

/* What a service does from start to end; the result is its exit code, 0 for an end in good order.
 */
typedef int plat_service_body_fn_t(void *baton);

/* Run BODY(BATON) as the service NAME, which must be what the manager started this process for.
 * EXIT_CODE gets its result after it has ended and the manager knows.  Only one in a process.
 *
 * APR_ENOTIMPL, without running anything, where services are ordinary processes (all but Windows);
 * another failure when no manager started us. */
apr_status_t plat_service_run(int *exit_code, const char *name, plat_service_body_fn_t *body,
                              void *baton);

/* We are starting, as far as TEXT (one line) says, and the next such call or plat_service_ready
 * comes within WITHIN_MS: systemd would otherwise lose patience with a large snapshot. */
void plat_service_starting(int within_ms, const char *text);

/* Clients may come now.  Callable anywhere; nothing happens when nobody manages us. */
void plat_service_ready(void);

/* We are ending, which may take up to WITHIN_MS more. */
void plat_service_stopping(int within_ms);

/* Show TEXT (one line) to who asks for our state.  systemd keeps the last one; Windows has no place
 * for it, so there a change of its first word (the role) goes to the event log. */
void plat_service_tell(const char *text);

/* What administrators look for in the event log, by its number there. */
typedef enum plat_service_event {
    PLAT_SERVICE_EVENT_STARTED = 1, /* these three are written by the functions above */
    PLAT_SERVICE_EVENT_STOPPED = 2,
    PLAT_SERVICE_EVENT_ROLE = 3,
    PLAT_SERVICE_EVENT_CONFIG = 10, /* the configuration is not valid */
    PLAT_SERVICE_EVENT_DATA_DIR = 11,
    PLAT_SERVICE_EVENT_PORT = 12, /* taken by another program */
    PLAT_SERVICE_EVENT_DISK = 13, /* a write or sync failed */
    PLAT_SERVICE_EVENT_QUORUM = 14,
    PLAT_SERVICE_EVENT_RECOVERED = 15, /* from damaged files */
    PLAT_SERVICE_EVENT_FAILED = 16     /* anything else that ended us */
} plat_service_event_t;

/* Write TEXT to the system's event log under the name of the service that we are.  Callable
 * anywhere; nothing happens when we are none, and outside Windows, where the journal has it all. */
void plat_service_report(plat_service_event_t event, const char *text);

/* Half of the interval in which the manager wants to hear plat_service_alive, in ms; 0 for never.
 */
int64_t plat_service_watchdog_ms(void);
void plat_service_alive(void);

/* We read our configuration and open our logs anew, and are done with it. */
void plat_service_reloading(void);
void plat_service_reloaded(void);

/* Whether our standard output is systemd's journal, which keeps the time of a line itself and takes
 * its level from a number before it. */
bool plat_service_has_journal(void);

/* --- the manager, Windows only: APR_ENOTIMPL elsewhere
 * -------------------------------------------- */

/* Whether services are installed by us: the functions below. */
bool plat_service_can_install(void);

typedef enum plat_service_start {
    PLAT_SERVICE_AUTOMATIC,
    PLAT_SERVICE_DELAYED, /* automatic, a little after the system's own services */
    PLAT_SERVICE_DEMAND,
    PLAT_SERVICE_DISABLED
} plat_service_start_t;

typedef struct plat_service {
    const char *name;        /* unique, as in "net start NAME" */
    const char *title;       /* for people */
    const char *description; /* a sentence */
    const char *const *argv; /* what runs; ARGV[0] an absolute path; ended by NULL */
    const char *account;     /* one without password, such as "NT AUTHORITY\\LocalService" or
                                "LocalSystem"; NULL: the service's own, "NT SERVICE\\NAME", or
                                when a service is changed the one it has */
    const char *password;    /* of an account that needs one, else NULL */
    plat_service_start_t start;
    bool recovery; /* start again after it ended other than in good order */
} plat_service_t;

typedef enum plat_service_state {
    PLAT_SERVICE_ABSENT,
    PLAT_SERVICE_STOPPED,
    PLAT_SERVICE_STARTING,
    PLAT_SERVICE_RUNNING,
    PLAT_SERVICE_STOPPING
} plat_service_state_t;

/* Install SERVICE, or change the one of that name to this.  Recovery starts it again after 5
 * seconds and once more after 30, and forgets failures after ten minutes without one.  It waits for
 * the network, has no privileges beyond the ordinary ones and a minute to stop when the system
 * shuts down.  Needs an administrator, else APR_STATUS_IS_EACCES.  Fills NOTE. */
apr_status_t plat_service_install(const plat_service_t *service, apr_pool_t *scratch,
                                  zk_note_t *note);

/* Let ACCOUNT (as in plat_service_t; "NT SERVICE\\NAME" once that is installed) read, and with
 * WRITE change, the directory PATH and all below it. */
apr_status_t plat_service_grant(const char *account, const char *path, bool write, zk_note_t *note);

/* Whether a service would find the absolute PATH: it has none of the drive letters that a user
 * maps.  True when that cannot be told. */
bool plat_service_sees(const char *path);

/* Take back all that ACCOUNT was granted on PATH, before its service is removed. */
apr_status_t plat_service_revoke(const char *account, const char *path, zk_note_t *note);

/* What the service NAME is set to: every field of SETTINGS but argv and password, in POOL.
 * RECOVERY_KNOWN (may be NULL) tells whether the system keeps recovery actions at all. */
apr_status_t plat_service_settings(plat_service_t *settings, bool *recovery_known, const char *name,
                                   apr_pool_t *pool, zk_note_t *note);

/* Which server a service runs: kept by the system beside the service, and gone with it. */
typedef struct plat_service_parameters {
    const char *config_file; /* absolute */
    const char *log_file;    /* absolute */
    const char *const *args; /* further words for the server, such as -Dname=value; ended by NULL */
} plat_service_parameters_t;

/* Keep PARAMETERS for service NAME, which is installed; and read them back into POOL.  Any user may
 * read them; APR_STATUS_IS_ENOENT when there are none. */
apr_status_t plat_service_set_parameters(const char *name,
                                         const plat_service_parameters_t *parameters,
                                         apr_pool_t *scratch, zk_note_t *note);
apr_status_t plat_service_parameters(plat_service_parameters_t *parameters, const char *name,
                                     apr_pool_t *pool, zk_note_t *note);

/* Remove the service NAME, which should be stopped: a running one vanishes when it ends. */
apr_status_t plat_service_remove(const char *name, zk_note_t *note);

/* Start or stop the service NAME and wait up to WITHIN_MS for it to be running or stopped;
 * APR_TIMEUP after that.  Success when it already is. */
apr_status_t plat_service_start(const char *name, int within_ms, zk_note_t *note);
apr_status_t plat_service_stop(const char *name, int within_ms, zk_note_t *note);

/* The state of service NAME, and its process id into PID (may be NULL; 0 when it has none). */
apr_status_t plat_service_query(plat_service_state_t *state, int64_t *pid, const char *name,
                                zk_note_t *note);

/* What service NAME runs, as a command line in POOL, and when. */
apr_status_t plat_service_config(const char **command, plat_service_start_t *start,
                                 const char *name, apr_pool_t *pool, zk_note_t *note);

/* The names of all services whose executable is PATH, sorted, ended by NULL, in POOL. */
apr_status_t plat_service_list(const char *const **names, const char *path, apr_pool_t *pool,
                               zk_note_t *note);

#endif
