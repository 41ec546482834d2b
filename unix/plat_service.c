/* plat_service.c -- being a service of systemd, without its library.
 *
 * The protocol is one datagram per message to a socket of the file system, or of the abstract name
 * space when the name begins with '@' (sd_notify(3)).  A message that cannot be sent is dropped:
 * the manager's time limits are its answer to silence. */
#include "base/plat_service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/plat.h"

static void notify(const char *message)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    size_t length = name != NULL ? strlen(name) : 0;
    int sock;

    if (length < 2 || length >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@'))
        return;
    sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return;
    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    sendto(sock, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT,
           (const struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(sock);
}

apr_status_t plat_service_run(int *exit_code, const char *name, plat_service_body_fn_t *body,
                              void *baton)
{
    (void)exit_code;
    (void)name;
    (void)body;
    (void)baton;
    return APR_ENOTIMPL;
}

void plat_service_starting(int within_ms, const char *text)
{
    char message[256];

    snprintf(message, sizeof(message), "EXTEND_TIMEOUT_USEC=%lld\nSTATUS=%.*s",
             (long long)within_ms * 1000, (int)strcspn(text, "\n"), text);
    notify(message);
}

void plat_service_ready(void)
{
    char message[64];

    snprintf(message, sizeof(message), "READY=1\nMAINPID=%lld", (long long)plat_process_id());
    notify(message);
}

void plat_service_stopping(int within_ms)
{
    char message[96];

    snprintf(message, sizeof(message), "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%lld",
             (long long)within_ms * 1000);
    notify(message);
}

void plat_service_tell(const char *text)
{
    char message[256];

    snprintf(message, sizeof(message), "STATUS=%.*s", (int)strcspn(text, "\n"), text);
    notify(message);
}

void plat_service_report(plat_service_event_t event, const char *text)
{
    (void)event;
    (void)text;
}

int64_t plat_service_watchdog_ms(void)
{
    const char *interval_us = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");

    if (interval_us == NULL || (pid != NULL && atoll(pid) != plat_process_id()))
        return 0;
    return atoll(interval_us) > 0 ? atoll(interval_us) / 2000 : 0;
}

void plat_service_alive(void)
{
    notify("WATCHDOG=1");
}

void plat_service_reloading(void)
{
    char message[64];

    snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)plat_monotonic_ns() / 1000);
    notify(message);
}

void plat_service_reloaded(void)
{
    notify("READY=1");
}

/* The variable names device and inode of the journal's stream; a child whose output was sent
 * elsewhere still has it. */
bool plat_service_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char ours[64];
    struct stat info;

    if (stream == NULL || fstat(STDOUT_FILENO, &info) != 0)
        return false;
    snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)info.st_dev,
             (unsigned long long)info.st_ino);
    return strcmp(stream, ours) == 0;
}

/* --- the manager ---------------------------------------------------------------------------- */

bool plat_service_can_install(void)
{
    return false;
}

static apr_status_t not_here(zk_note_t *note)
{
    zk_note(note, APR_SUCCESS, "services are installed by packages on this system");
    return APR_ENOTIMPL;
}

apr_status_t plat_service_install(const plat_service_t *service, apr_pool_t *scratch,
                                  zk_note_t *note)
{
    (void)service;
    (void)scratch;
    return not_here(note);
}

apr_status_t plat_service_remove(const char *name, zk_note_t *note)
{
    (void)name;
    return not_here(note);
}

apr_status_t plat_service_start(const char *name, int within_ms, zk_note_t *note)
{
    (void)name;
    (void)within_ms;
    return not_here(note);
}

apr_status_t plat_service_stop(const char *name, int within_ms, zk_note_t *note)
{
    (void)name;
    (void)within_ms;
    return not_here(note);
}

apr_status_t plat_service_query(plat_service_state_t *state, int64_t *pid, const char *name,
                                zk_note_t *note)
{
    (void)state;
    (void)pid;
    (void)name;
    return not_here(note);
}

apr_status_t plat_service_grant(const char *account, const char *path, bool write, zk_note_t *note)
{
    (void)account;
    (void)path;
    (void)write;
    return not_here(note);
}

bool plat_service_sees(const char *path)
{
    (void)path;
    return true;
}

apr_status_t plat_service_revoke(const char *account, const char *path, zk_note_t *note)
{
    (void)account;
    (void)path;
    return not_here(note);
}

apr_status_t plat_service_settings(plat_service_t *settings, bool *recovery_known, const char *name,
                                   apr_pool_t *pool, zk_note_t *note)
{
    (void)settings;
    (void)recovery_known;
    (void)name;
    (void)pool;
    return not_here(note);
}

apr_status_t plat_service_set_parameters(const char *name,
                                         const plat_service_parameters_t *parameters,
                                         apr_pool_t *scratch, zk_note_t *note)
{
    (void)name;
    (void)parameters;
    (void)scratch;
    return not_here(note);
}

apr_status_t plat_service_parameters(plat_service_parameters_t *parameters, const char *name,
                                     apr_pool_t *pool, zk_note_t *note)
{
    (void)parameters;
    (void)name;
    (void)pool;
    return not_here(note);
}

apr_status_t plat_service_config(const char **command, plat_service_start_t *start,
                                 const char *name, apr_pool_t *pool, zk_note_t *note)
{
    (void)command;
    (void)start;
    (void)name;
    (void)pool;
    return not_here(note);
}

apr_status_t plat_service_list(const char *const **names, const char *path, apr_pool_t *pool,
                               zk_note_t *note)
{
    (void)names;
    (void)path;
    (void)pool;
    return not_here(note);
}
