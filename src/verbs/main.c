/* main.c -- zkserver: arguments to a verb or to a configuration, configuration to a running server,
 * signals to a stop.
 *
 * The process ends with upstream's exit codes and says on stderr, in upstream's words, what kind of
 * failure it was; the log has the whole sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/plat_service.h"
#include "config/config.h"
#include "server/banner.h"
#include "server/server.h"
#include "server/stopper.h"
#include "verbs/as_service.h"
#include "verbs/instance.h"
#include "verbs/pid_file.h"
#include "verbs/verbs.h"

static zk_stopper_t stopper = ZK_STOPPER_INIT; /* signals outlive every pool */

static void on_stop(void *baton, const char *reason)
{
    (void)baton;
    zk_stopper_stop(&stopper, reason);
}

/* End with CODE because of WHY: one line for people on stderr, the reason in the log. */
static int give_up(int code, apr_status_t why, const zk_note_t *note)
{
    const char *what = "Unexpected exception, exiting abnormally";
    plat_service_event_t event = PLAT_SERVICE_EVENT_FAILED;

    if (code == ZK_EXIT_CONFIG) {
        what = "Invalid config, exiting abnormally";
        event = PLAT_SERVICE_EVENT_CONFIG;
    } else if (code == ZK_EXIT_DATA_DIR) {
        what = "Unable to access datadir, exiting abnormally";
        event = PLAT_SERVICE_EVENT_DATA_DIR;
    } else if (plat_status_is_port_taken(why)) {
        event = PLAT_SERVICE_EVENT_PORT;
    }
    zk_error("%s: %s", what, note->text);
    zk_error("Exiting JVM with code %d", code);
    fprintf(stderr, "%s: %s\n", what, note->text);
    plat_service_report(event, note->text);
    return code;
}

static apr_status_t load_default(zk_config_t *config, apr_pool_t *pool, zk_note_t *note)
{
    const char *file = zk_instance_default_file(pool);
    const char *dir = plat_state_dir("paddock", pool);

    if (file != NULL)
        return zk_config_load_file(config, file, note);
    if (dir == NULL)
        return zk_note(note, ZK_E_CONFIG,
                       "no configuration given, and this user has no home directory for the data: "
                       "name a configuration file, or a port and a data directory");
    return zk_config_default(config, apr_pstrcat(pool, dir, "/data", NULL), note);
}

static apr_status_t load_plain(zk_config_t *config, int count, const char *const *plain,
                               apr_pool_t *pool, zk_note_t *note)
{
    if (count == 0)
        return load_default(config, pool, note);
    if (count == 1)
        return zk_config_load_file(config, plain[0], note);
    return zk_config_load_arguments(config, count, plain, note);
}

/* What is left of the arguments after the -D ones decides where the configuration comes from.
 * --pidfile comes from `start`, which waits for that file, and wins over the configuration. */
static apr_status_t load_config(zk_config_t *config, const char **pid_file, int argc,
                                const char *const *argv, apr_pool_t *pool, zk_note_t *note)
{
    const char *plain[5];
    int count = 0;
    apr_status_t rv;
    int i;

    zk_config_define_environment(config);
    for (i = 1; i < argc; i++) {
        if (zk_config_define_argument(config, argv[i]))
            continue;
        if (strcmp(argv[i], "--pidfile") == 0 && i + 1 < argc) {
            *pid_file = argv[++i];
            continue;
        }
        if (count == 4)
            return zk_note(note, ZK_E_USAGE, "too many arguments: '%s' is the fifth", argv[i]);
        plain[count++] = argv[i];
    }
    rv = load_plain(config, count, plain, pool, note);
    if (*pid_file != NULL)
        config->pid_file = *pid_file;
    return rv;
}

/* What a reload looks at; SIGHUP has no argument of ours. */
static struct {
    const char *config_file; /* NULL: there is none */
    const char *output;      /* NULL: our output is no file */
} reloading;

/* Open the log anew, for whoever has renamed it, and say whether the configuration is one to start
 * with; a change in it takes effect at the next start.  On the signals' thread. */
static void on_reload(void *baton)
{
    zk_note_t note = {""};
    apr_status_t rv = APR_SUCCESS;
    zk_config_t *config;
    apr_pool_t *pool;

    (void)baton;
    plat_service_reloading();
    zk_log_name_thread("signals");
    if (reloading.output != NULL)
        rv = plat_output_reopen(reloading.output);
    if (zk_as_service_log() != NULL)
        zk_log_file_reopen(zk_as_service_log());
    if (rv != APR_SUCCESS)
        zk_warn("%s cannot be opened anew: the log goes on where it was", reloading.output);
    if (reloading.config_file != NULL) {
        apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
        config = zk_config_create(pool);
        zk_config_define_environment(config);
        if (zk_config_load_file(config, reloading.config_file, &note) == APR_SUCCESS)
            zk_info("Reload: %s is in order; what has changed in it takes effect at the next start",
                    reloading.config_file);
        else
            zk_error("Reload: %s would not start a server: %s", reloading.config_file, note.text);
        apr_pool_destroy(pool);
    }
    plat_service_reloaded();
}

/* Clients may come: say so.  Somebody waits for a file that was asked for by argument; one that the
 * configuration names is worth a warning. */
static apr_status_t write_pid_file(const zk_config_t *config, bool needed, apr_pool_t *pool,
                                   zk_note_t *note)
{
    if (config->pid_file == NULL ||
        zk_pid_file_write(config->pid_file, plat_process_id(), pool, note) == APR_SUCCESS)
        return APR_SUCCESS;
    if (needed)
        return APR_EGENERAL;
    zk_warn("%s", note->text);
    return APR_SUCCESS;
}

static int serve(const zk_config_t *config, bool pid_file_needed, apr_pool_t *pool)
{
    zk_note_t note = {""};
    int code = ZK_EXIT_UNEXPECTED;
    zk_server_t *server;
    apr_pool_t *server_pool;
    apr_status_t rv;

    zk_banner_log(config);
    if (config->distributed)
        zk_info("Starting quorum peer, myid=%" PRId64, config->server_id);
    else
        zk_info("Starting server");
    plat_open_files_raise();
    apr_pool_create_ex(&server_pool, pool, zk_pool_abort, NULL);
    rv = zk_server_create(&server, config, &code, server_pool, &note);
    if (rv != APR_SUCCESS)
        return give_up(code, rv, &note);
    rv = write_pid_file(config, pid_file_needed, pool, &note);
    if (rv != APR_SUCCESS)
        zk_server_stop(server, "no pid file");
    zk_stopper_set_server(&stopper, server);
    reloading.config_file = config->file;
    plat_reload_listen(on_reload, NULL);
    code = zk_server_run(server);
    zk_stopper_set_server(&stopper, NULL);
    apr_pool_destroy(server_pool);
    if (config->pid_file != NULL)
        zk_pid_file_remove(config->pid_file, plat_process_id(), pool);
    if (rv != APR_SUCCESS)
        return give_up(ZK_EXIT_UNEXPECTED, APR_EGENERAL, &note);
    if (code == ZK_EXIT_OK)
        zk_info("Exiting normally");
    else
        zk_error("Exiting JVM with code %d", code);
    return code;
}

static int run_server(int argc, const char *const *argv)
{
    zk_note_t note = {""};
    const char *pid_file = NULL;
    zk_config_t *config;
    apr_pool_t *pool;
    apr_status_t rv;
    int code;

    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    zk_log_setup(stdout, ZK_LOG_INFO, -1);
    zk_log_use_journal(plat_service_has_journal());
    reloading.output = plat_output_path(pool);
    zk_log_name_thread("main");
    plat_stop_listen(on_stop, NULL);
    config = zk_config_create(pool);
    rv = load_config(config, &pid_file, argc, argv, pool, &note);
    zk_log_setup(stdout, ZK_LOG_INFO, config->server_id);
    zk_config_log(config);
    if (rv == ZK_E_USAGE) {
        zk_error("Invalid arguments, exiting abnormally: %s", note.text);
        fprintf(stderr, "Invalid arguments, exiting abnormally: %s\n", note.text);
        fputs("Usage: zkserver [configfile | port datadir [ticktime] [maxcnxns]], or see --help\n",
              stderr);
        return ZK_EXIT_CONFIG;
    }
    code = rv == APR_SUCCESS ? serve(config, pid_file != NULL, pool)
                             : give_up(ZK_EXIT_CONFIG, rv, &note);
    fflush(stdout);
    apr_pool_destroy(pool);
    return code;
}

static int run(int argc, const char *const *argv)
{
    zk_verbs_t verbs = {stdout, stderr, run_server, NULL};
    int code;

    if (zk_as_service_wanted(argc, argv)) {
        plat_stop_listen(on_stop, NULL); /* a stop may come before there is a server */
        return zk_as_service_run(argc, argv, run_server);
    }
    apr_pool_create_ex(&verbs.pool, NULL, zk_pool_abort, NULL);
    if (zk_verbs_wanted(argc, argv, verbs.pool))
        code = zk_verbs_run(&verbs, argc, argv);
    else
        code = run_server(argc, argv);
    apr_pool_destroy(verbs.pool);
    if (fflush(stdout) != 0 && code == ZK_EXIT_OK)
        code = ZK_EXIT_UNEXPECTED;
    return code;
}

int main(int argc, const char *const *argv, const char *const *env)
{
    int code;

    plat_process_init();
    if (apr_app_initialize(&argc, &argv, &env) != APR_SUCCESS) {
        fputs("zkserver: cannot initialise APR\n", stderr);
        return ZK_EXIT_UNEXPECTED;
    }
    code = run(argc, argv);
    apr_terminate();
    return code;
}
