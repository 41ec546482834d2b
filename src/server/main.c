/* main.c -- zkserver: arguments to configuration, configuration to a running server, signals to a
 * stop.
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
#include "server/banner.h"
#include "server/config.h"
#include "server/server.h"
#include "server/stopper.h"

static zk_stopper_t stopper = ZK_STOPPER_INIT; /* signals outlive every pool */

static const char usage[] =
    "Usage: zkserver [-Dname=value ...] [configfile | port datadir [ticktime] [maxcnxns]]\n"
    "       zkserver version | --help\n"
    "\n"
    "Runs in the foreground and logs to standard output.  Without arguments: port 2181, data below "
    "the\n"
    "user's state directory.  -Dname=value sets a property, as do the environment's "
    "SERVER_JVMFLAGS.\n";

static void on_stop(void *baton, const char *reason)
{
    (void)baton;
    zk_stopper_stop(&stopper, reason);
}

/* End with CODE: one line for people on stderr, the reason in the log. */
static int give_up(int code, const zk_note_t *note)
{
    const char *what = "Unexpected exception, exiting abnormally";

    if (code == ZK_EXIT_CONFIG)
        what = "Invalid config, exiting abnormally";
    else if (code == ZK_EXIT_DATA_DIR)
        what = "Unable to access datadir, exiting abnormally";
    zk_error("%s: %s", what, note->text);
    zk_error("Exiting JVM with code %d", code);
    fprintf(stderr, "%s: %s\n", what, note->text);
    return code;
}

static apr_status_t load_default(zk_config_t *config, apr_pool_t *pool, zk_note_t *note)
{
    const char *dir = plat_state_dir("paddock", pool);

    if (dir == NULL)
        return zk_note(note, ZK_E_CONFIG,
                       "no configuration given, and this user has no home directory for the data: "
                       "name a configuration file, or a port and a data directory");
    return zk_config_default(config, apr_pstrcat(pool, dir, "/data", NULL), note);
}

/* What is left of the arguments after the -D ones decides where the configuration comes from. */
static apr_status_t load_config(zk_config_t *config, int argc, const char *const *argv,
                                apr_pool_t *pool, zk_note_t *note)
{
    const char *plain[5];
    int count = 0;
    int i;

    zk_config_define_environment(config);
    for (i = 1; i < argc; i++) {
        if (zk_config_define_argument(config, argv[i]))
            continue;
        if (count == 4)
            return zk_note(note, ZK_E_USAGE, "too many arguments: '%s' is the fifth", argv[i]);
        plain[count++] = argv[i];
    }
    if (count == 0)
        return load_default(config, pool, note);
    if (count == 1)
        return zk_config_load_file(config, plain[0], note);
    return zk_config_load_arguments(config, count, plain, note);
}

static void write_pid_file(const zk_config_t *config, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_status_t rv;

    if (config->pid_file == NULL)
        return;
    rv = apr_file_open(&file, config->pid_file,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                       APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS) {
        zk_warn("cannot write the pid file '%s'", config->pid_file);
        return;
    }
    apr_file_printf(file, "%" APR_INT64_T_FMT, (apr_int64_t)plat_process_id());
    apr_file_close(file);
}

static int serve(const zk_config_t *config, apr_pool_t *pool)
{
    zk_note_t note = {""};
    int code = ZK_EXIT_UNEXPECTED;
    zk_server_t *server;
    apr_pool_t *server_pool;

    zk_banner_log(config);
    if (config->distributed) {
        zk_note(&note, ZK_E_UNSUPPORTED,
                "%s lists %d servers, but this version runs alone: remove the server.N lines, or "
                "run the "
                "ensemble with the servers it has now",
                config->file != NULL ? config->file : "the configuration", config->members.count);
        return give_up(ZK_EXIT_CONFIG, &note);
    }
    zk_info("Starting server");
    plat_open_files_raise();
    apr_pool_create_ex(&server_pool, pool, zk_pool_abort, NULL);
    if (zk_server_create(&server, config, &code, server_pool, &note) != APR_SUCCESS)
        return give_up(code, &note);
    write_pid_file(config, pool);
    zk_stopper_set_server(&stopper, server);
    code = zk_server_run(server);
    zk_stopper_set_server(&stopper, NULL);
    apr_pool_destroy(server_pool);
    if (config->pid_file != NULL)
        apr_file_remove(config->pid_file, pool);
    if (code == ZK_EXIT_OK)
        zk_info("Exiting normally");
    else
        zk_error("Exiting JVM with code %d", code);
    return code;
}

static int run(int argc, const char *const *argv)
{
    zk_note_t note = {""};
    zk_config_t *config;
    apr_pool_t *pool;
    apr_status_t rv;
    int code;

    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return ZK_EXIT_OK;
    }
    if (argc == 2 && (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0)) {
        printf("Paddock, version: %s\n", zk_banner_version());
        return ZK_EXIT_OK;
    }
    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    zk_log_setup(stdout, ZK_LOG_INFO, -1);
    zk_log_name_thread("main");
    plat_stop_listen(on_stop, NULL);
    config = zk_config_create(pool);
    rv = load_config(config, argc, argv, pool, &note);
    zk_log_setup(stdout, ZK_LOG_INFO, config->server_id);
    zk_config_log(config);
    if (rv == ZK_E_USAGE) {
        zk_error("Invalid arguments, exiting abnormally: %s", note.text);
        fprintf(stderr, "Invalid arguments, exiting abnormally: %s\n%s", note.text, usage);
        return ZK_EXIT_CONFIG;
    }
    code = rv == APR_SUCCESS ? serve(config, pool) : give_up(ZK_EXIT_CONFIG, &note);
    fflush(stdout);
    apr_pool_destroy(pool);
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
