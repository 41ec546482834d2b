/* start.c -- `start` and `stop`: a server in the background, and its end.
 *
 *   start   check the configuration -> make directories -> spawn -> wait until the pid file names
 *           the new process (it is ready), or the process ends (its output says why)
 *   stop    ask the process to stop -> wait until it has gone -> remove the pid file
 *
 * Upstream looks once after a second and does not look at all after a stop, so its `start` may
 * report a server that fails a moment later, and `stop; start` may find the port taken.  Here both
 * return when it is done: a `start` is over when clients may come, a `stop` when the ports are
 * free.
 *
 * Invariant: nothing is signalled that zk_instance_process does not take for this server. */
#include "verbs/verbs_internal.h"

#include <inttypes.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/plat.h"
#include "config/config.h"
#include "verbs/log_file.h"
#include "verbs/pid_file.h"

enum {
    START_MS_MAX = 30000, /* then it is still loading, which is said */
    STOP_MS_MAX = 60000,
    POLL_MS = 20,
    /* As much of a failed server's output is looked at. */
    REASON_BYTES_MAX = 256 * 1024
};

static void sleep_ms(int ms)
{
    apr_sleep((apr_interval_time_t)ms * 1000);
}

/* End the line of the verb with RESULT, and say REASON for people. */
static int finish(zk_verbs_t *verbs, int code, const char *result, const char *reason)
{
    fprintf(verbs->out, "%s\n", result);
    fflush(verbs->out);
    if (reason != NULL && *reason != '\0')
        fprintf(verbs->err, "%s\n", reason);
    fflush(verbs->err);
    return code;
}

/* ---- before a start ---- */

static apr_status_t make_parent(const char *path, apr_pool_t *pool, zk_note_t *note)
{
    char *dir = apr_pstrdup(pool, path);
    char *end = dir + strlen(dir);
    apr_finfo_t info;
    apr_status_t rv;

    while (end > dir && *end != '/' && *end != '\\')
        end--;
    if (end == dir)
        return APR_SUCCESS;
    *end = '\0';
    rv = apr_dir_make_recursive(dir, APR_FPROT_OS_DEFAULT, pool);
    if (rv == APR_SUCCESS && apr_stat(&info, dir, APR_FINFO_TYPE, pool) == APR_SUCCESS &&
        info.filetype != APR_DIR)
        rv = APR_ENOTDIR; /* a file of that name satisfies APR */
    return rv == APR_SUCCESS ? rv : zk_note(note, rv, "cannot create the directory '%s'", dir);
}

static int64_t size_of(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_SIZE, pool) == APR_SUCCESS ? info.size : 0;
}

/* Whether file PATH can be written, found out before there is a process that needs it; makes its
 * directory. */
static apr_status_t try_file(const char *path, apr_pool_t *pool, zk_note_t *note)
{
    apr_file_t *file;
    apr_status_t rv = make_parent(path, pool, note);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE, APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot write '%s'", path);
    apr_file_close(file);
    return APR_SUCCESS;
}

/* ---- the reason of a failed start ---- */

/* The message of LINE when it is a log line of level ERROR, else NULL. */
static const char *error_of(const char *line)
{
    const char *level = strstr(line, "] - ERROR [");
    const char *message = level != NULL ? strstr(level + 11, "] - ") : NULL;

    return message != NULL ? message + 4 : NULL;
}

/* What the output file says behind offset FROM: the first line with which the server gave up, else
 * the first error of its log, else its last line, which may be a loader's or a sanitizer's. */
const char *zk_verb_find_reason(const char *path, int64_t from, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, REASON_BYTES_MAX + 1);
    const char *error = NULL;
    const char *last = "";
    apr_off_t offset = from;
    apr_size_t size = 0;
    apr_file_t *file;
    char *line;
    char *state = NULL;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool) !=
        APR_SUCCESS)
        return "";
    if (apr_file_seek(file, APR_SET, &offset) == APR_SUCCESS)
        apr_file_read_full(file, text, REASON_BYTES_MAX, &size);
    apr_file_close(file);
    text[size] = '\0';
    for (line = apr_strtok(text, "\r\n", &state); line != NULL;
         line = apr_strtok(NULL, "\r\n", &state)) {
        const char *message = error_of(line);

        if (message == NULL && strstr(line, ", exiting abnormally") != NULL)
            return line;
        if (error == NULL)
            error = message;
        last = line;
    }
    return error != NULL ? error : last;
}

/* ---- start ---- */

/* Wait for process PID to be ready, or to end. */
static int await_start(zk_verbs_t *verbs, const zk_instance_t *instance, int64_t pid, int64_t from)
{
    int64_t end_ms = plat_monotonic_ms() + START_MS_MAX;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, verbs->pool);
    while (plat_monotonic_ms() < end_ms) {
        apr_pool_clear(scratch);
        if (zk_pid_file_read(instance->pid_file, scratch) == pid)
            return finish(verbs, ZK_VERB_OK, "STARTED", NULL);
        if (!plat_process_alive(pid))
            return finish(verbs, ZK_VERB_FAILED, "FAILED TO START",
                          apr_psprintf(scratch, "%s\n(more in %s)",
                                       zk_verb_find_reason(instance->output_file, from, scratch),
                                       instance->output_file));
        sleep_ms(POLL_MS);
    }
    return finish(verbs, ZK_VERB_OK, "STARTED",
                  apr_psprintf(scratch,
                               "(process %" APR_INT64_T_FMT
                               " is up, but still not ready after %d seconds; see %s)",
                               (apr_int64_t)pid, START_MS_MAX / 1000, instance->output_file));
}

static int spawn(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    zk_note_t note = {""};
    int64_t pid = 0;
    int64_t from;
    apr_status_t rv;

    if (try_file(instance->output_file, verbs->pool, &note) != APR_SUCCESS)
        return finish(verbs, ZK_VERB_FAILED, "FAILED TO START",
                      apr_pstrcat(verbs->pool, note.text, "; set ZOO_LOG_DIR", NULL));
    zk_log_file_rotate(instance->output_file, ZK_LOG_FILE_BYTES_MAX, verbs->pool);
    from = size_of(instance->output_file, verbs->pool);
    rv = plat_process_spawn(&pid, zk_verb_command(verbs, words, instance), instance->output_file,
                            verbs->pool);
    if (rv != APR_SUCCESS) {
        zk_note(&note, rv, "cannot run the server with its output to '%s'", instance->output_file);
        return finish(verbs, ZK_VERB_FAILED, "SERVER DID NOT START", note.text);
    }
    return await_start(verbs, instance, pid, from);
}

int zk_verb_start(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    zk_note_t note = {""};
    zk_config_t *config;
    int64_t running = zk_instance_process(instance, NULL);

    fputs("Starting zookeeper ... ", verbs->out);
    fflush(verbs->out);
    if (running != 0)
        return finish(verbs, ZK_VERB_FAILED,
                      apr_psprintf(verbs->pool, "already running as process %" APR_INT64_T_FMT ".",
                                   (apr_int64_t)running),
                      NULL);
    if (zk_verb_load(&config, verbs, words, instance, &note) != APR_SUCCESS)
        return finish(
            verbs, ZK_VERB_FAILED, "FAILED TO START",
            apr_pstrcat(verbs->pool, "Invalid config, exiting abnormally: ", note.text, NULL));
    if (instance->pid_file == NULL)
        return finish(verbs, ZK_VERB_FAILED, "FAILED TO START", "dataDir is not set");
    if (try_file(instance->pid_file, verbs->pool, &note) != APR_SUCCESS)
        return finish(verbs, ZK_VERB_FAILED, "FAILED TO WRITE PID", note.text);
    apr_file_remove(instance->pid_file, verbs->pool);
    return spawn(verbs, words, instance);
}

/* ---- stop ---- */

static int await_stop(zk_verbs_t *verbs, const zk_instance_t *instance, int64_t pid)
{
    int64_t end_ms = plat_monotonic_ms() + STOP_MS_MAX;

    while (plat_process_alive(pid)) {
        if (plat_monotonic_ms() >= end_ms)
            return finish(verbs, ZK_VERB_FAILED, "FAILED TO STOP",
                          apr_psprintf(verbs->pool,
                                       "process %" APR_INT64_T_FMT
                                       " was asked to stop and is still there "
                                       "after %d seconds",
                                       (apr_int64_t)pid, STOP_MS_MAX / 1000));
        sleep_ms(POLL_MS);
    }
    zk_pid_file_remove(instance->pid_file, pid, verbs->pool);
    return finish(verbs, ZK_VERB_OK, "STOPPED", NULL);
}

/* A server may run without a pid file: in the foreground, or under a service manager, which would
 * start it again. */
static const char *not_started_here(zk_verbs_t *verbs, const zk_instance_t *instance)
{
    int64_t owner = zk_instance_owner(instance);

    if (owner == 0)
        return NULL;
    return apr_psprintf(verbs->pool,
                        "(process %" APR_INT64_T_FMT
                        " uses %s, but was not started by `start`; stop it where it was started)",
                        (apr_int64_t)owner, instance->data_dir);
}

/* Why nobody was asked to stop although there was a pid file. */
static const char *not_running(zk_verbs_t *verbs, const zk_instance_t *instance, int64_t stale)
{
    if (stale == 0)
        return apr_psprintf(verbs->pool,
                            "(it was not running: %s, removed now, held no process id)",
                            instance->pid_file);
    return apr_psprintf(verbs->pool,
                        "(it was not running: process %" APR_INT64_T_FMT
                        " of %s, removed now, is not this server)",
                        (apr_int64_t)stale, instance->pid_file);
}

int zk_verb_stop(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    zk_note_t note = {""};
    apr_finfo_t info;
    int64_t stale = 0;
    int64_t pid = zk_instance_process(instance, &stale);
    apr_status_t rv;

    (void)words;
    fputs("Stopping zookeeper ... ", verbs->out);
    fflush(verbs->out);
    if (instance->pid_file == NULL)
        return finish(
            verbs, ZK_VERB_FAILED, "FAILED TO STOP",
            instance->unreadable.text[0] != '\0'
                ? instance->unreadable.text
                : apr_pstrcat(verbs->pool, "dataDir is not set in ", instance->config_file, NULL));
    if (apr_stat(&info, instance->pid_file, APR_FINFO_TYPE, verbs->pool) != APR_SUCCESS)
        return finish(verbs, ZK_VERB_OK,
                      apr_psprintf(verbs->pool, "no zookeeper to stop (could not find file %s)",
                                   instance->pid_file),
                      not_started_here(verbs, instance));
    if (pid == 0) {
        apr_file_remove(instance->pid_file, verbs->pool);
        return finish(verbs, ZK_VERB_OK, "STOPPED", not_running(verbs, instance, stale));
    }
    rv = plat_process_stop(pid);
    if (rv != APR_SUCCESS && plat_process_alive(pid)) {
        zk_note(&note, rv, "cannot ask process %" PRId64 " to stop", pid);
        return finish(verbs, ZK_VERB_FAILED, "FAILED TO STOP", note.text);
    }
    return await_stop(verbs, instance, pid);
}
