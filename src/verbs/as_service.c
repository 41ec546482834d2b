/* as_service.c -- see as_service.h.
 *
 *   parameters of the service -> working directory -> log file -> the server, as in the foreground
 *
 * What goes wrong before there is a log goes to the event log. */
#include "verbs/as_service.h"

#include <stdio.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/plat_service.h"
#include "server/server.h"

/* A process is one service at most. */
static struct {
    const char *name;
    zk_verbs_serve_fn_t *serve;
    zk_log_file_t *log;
} me;

bool zk_as_service_wanted(int argc, const char *const *argv)
{
    return argc > 1 && strcmp(argv[1], "--service") == 0;
}

zk_log_file_t *zk_as_service_log(void)
{
    return me.log;
}

/* The folder above that of PROGRAM, in POOL. */
static const char *home_of(const char *program, apr_pool_t *pool)
{
    char *path = apr_pstrdup(pool, program);
    int levels;
    char *end;

    for (levels = 0; levels < 2; levels++) {
        end = path + strlen(path);
        while (end > path && *end != '/' && *end != '\\')
            end--;
        *end = '\0';
    }
    /* A program right below the root of a drive. */
    return strlen(path) < 3 ? apr_pstrcat(pool, path, "/", NULL) : path;
}

apr_status_t zk_as_service_enter_home(apr_pool_t *scratch, zk_note_t *note)
{
    const char *program = plat_process_path(scratch);
    const char *home = program != NULL ? home_of(program, scratch) : NULL;
    apr_status_t rv = home != NULL ? apr_filepath_set(home, scratch) : APR_ENOENT;

    return rv == APR_SUCCESS ? rv
                             : zk_note(note, rv, "cannot enter the folder '%s'",
                                       home != NULL ? home : "of this program");
}

/* What the manager is told when the service could not become a server. */
static int fail(plat_service_event_t event, int code, const zk_note_t *note)
{
    plat_service_report(event, note->text);
    return code;
}

static int body(void *baton)
{
    plat_service_parameters_t parameters = {NULL, NULL, NULL};
    apr_array_header_t *argv;
    zk_note_t note = {""};
    apr_pool_t *pool;
    size_t i;

    (void)baton;
    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    if (plat_service_parameters(&parameters, me.name, pool, &note) != APR_SUCCESS)
        return fail(PLAT_SERVICE_EVENT_CONFIG, ZK_EXIT_CONFIG, &note);
    if (zk_as_service_enter_home(pool, &note) != APR_SUCCESS)
        return fail(PLAT_SERVICE_EVENT_FAILED, ZK_EXIT_UNEXPECTED, &note);
    if (parameters.log_file != NULL) {
        if (zk_log_file_open(&me.log, parameters.log_file, ZK_LOG_FILE_BYTES_MAX, pool, &note) !=
            APR_SUCCESS)
            return fail(PLAT_SERVICE_EVENT_DISK, ZK_EXIT_UNEXPECTED, &note);
        zk_log_send(zk_log_file_write, me.log);
    }
    argv = apr_array_make(pool, 4, sizeof(const char *));
    APR_ARRAY_PUSH(argv, const char *) = "zkserver";
    for (i = 0; parameters.args[i] != NULL; i++)
        APR_ARRAY_PUSH(argv, const char *) = parameters.args[i];
    APR_ARRAY_PUSH(argv, const char *) = parameters.config_file;
    return me.serve(argv->nelts, (const char *const *)(void *)argv->elts);
    /* The pool stays: other threads may log until the process ends. */
}

int zk_as_service_run(int argc, const char *const *argv, zk_verbs_serve_fn_t *serve)
{
    int code = ZK_EXIT_UNEXPECTED;

    if (argc != 4 || strcmp(argv[2], "-n") != 0) {
        fputs("Usage: zkserver --service -n NAME, for the service manager only\n", stderr);
        return ZK_EXIT_CONFIG;
    }
    me.name = argv[3];
    me.serve = serve;
    if (plat_service_run(&code, me.name, body, NULL) != APR_SUCCESS) {
        fputs("--service is for the service manager; run zkServer.cmd instead\n", stderr);
        return ZK_EXIT_CONFIG;
    }
    return code;
}
