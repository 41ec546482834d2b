/* verbs.c -- words to a verb: the table, the lines that all verbs share, and the verbs of a line.
 *
 * A first word that is no verb may still be meant as one.  `zkserver CONFIG` is allowed, so a word
 * is taken for a mistyped verb only when it consists of small letters and no file bears the name.
 *
 * Standard output carries what upstream's scripts print there, byte for byte; reasons, which they
 * do not give, go to standard error. */
#include "verbs/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "base/plat_service.h"
#include "config/config.h"
#include "verbs/service.h"
#include "verbs/verbs_internal.h"

typedef int run_fn_t(zk_verbs_t *verbs, const zk_verb_words_t *words,
                     const zk_instance_t *instance);

typedef struct verb {
    const char *name;
    run_fn_t *run;
    bool header;          /* prints `Using config` first */
    bool needs_data;      /* refuses without data directories when they are not to be created */
    run_fn_t *of_service; /* what it does to a server that is a service; NULL: the same */
} verb_t;

/* ---- verbs of a few lines ---- */

static int print_version(zk_verbs_t *verbs, const zk_verb_words_t *words,
                         const zk_instance_t *instance)
{
    (void)words;
    (void)instance;
    fprintf(verbs->out, "Apache ZooKeeper, version 3.9.5 (Paddock %s)\n", PADDOCK_VERSION);
    return ZK_VERB_OK;
}

static int print_upgrade(zk_verbs_t *verbs, const zk_verb_words_t *words,
                         const zk_instance_t *instance)
{
    (void)words;
    (void)instance;
    fputs("upgrade is not needed: data of ZooKeeper 3.4 and later is read as it is\n", verbs->out);
    return ZK_VERB_OK;
}

/* Services are installed by packages elsewhere, so only Windows is told. */
static const char *service_usage(zk_verbs_t *verbs, const char *script)
{
    if (!plat_service_can_install())
        return "";
    return apr_pstrcat(verbs->pool, "       ", script,
                       " {install|config} [-n NAME] [-start auto|delayed|demand|disabled] "
                       "[-recovery on|off]\n"
                       "           [-user ACCOUNT [-password -]] [-display TEXT] "
                       "[-Dname=value ...] [CONFIG]\n       ",
                       script, " {uninstall|start|stop|restart|status} [-n NAME] [CONFIG]\n       ",
                       script, " list\n", NULL);
}

static void print_usage(zk_verbs_t *verbs, FILE *to)
{
    const char *script = zk_instance_environment("ZOO_SCRIPT", verbs->pool);

    if (script == NULL)
        script = "zkserver";
    fprintf(to,
            "Usage: %s [--config <conf-dir>] "
            "{start|start-foreground|stop|version|restart|status|print-cmd}\n"
            "       %s [--config <conf-dir>] VERB [-Dname=value ...] [CONFIG]\n"
            "       %s [--config <conf-dir>] status --wait SECONDS [CONFIG]\n"
            "       %s initialize [--configfile=F] [--myid=N] [--force [--yes]]\n"
            "       %s pseudo-cluster {N|start|stop|status|restart ID|check|destroy} [DIR]\n"
            "%s"
            "       zkserver {live|ready|--check} [CONFIG]\n"
            "       zkserver [--pidfile F] [-Dname=value ...] "
            "[CONFIG | port datadir [ticktime] [maxcnxns]]\n"
            "\n"
            "The last form runs a server in the foreground and logs to standard output; without "
            "arguments it\nreads ../conf/zoo.cfg; where there is none its port is 2181 and its "
            "data is below the user's state\ndirectory.  -Dname=value sets a property, as do the "
            "environment's SERVER_JVMFLAGS.\n",
            script, script, script, script, script, service_usage(verbs, script));
}

static int print_help(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance)
{
    (void)words;
    (void)instance;
    print_usage(verbs, verbs->out);
    return ZK_VERB_OK;
}

/* WORD between double quotes, as a shell takes it. */
static void print_quoted(FILE *to, const char *word)
{
    fputc('"', to);
    for (; *word != '\0'; word++) {
        if (strchr("\"$`", *word) != NULL || (*word == '\\' && strchr("\"$`\\", word[1]) != NULL))
            fputc('\\', to);
        fputc(*word, to);
    }
    fputc('"', to);
}

static int print_command(zk_verbs_t *verbs, const zk_verb_words_t *words,
                         const zk_instance_t *instance)
{
    const char *const *argv = zk_verb_command(verbs, words, instance);
    size_t i;

    for (i = 0; argv[i] != NULL; i++) {
        print_quoted(verbs->out, argv[i]);
        fputc(' ', verbs->out);
    }
    fputs(">> ", verbs->out);
    print_quoted(verbs->out, instance->output_file);
    fputs(" 2>&1 < /dev/null\n", verbs->out);
    return ZK_VERB_OK;
}

static int start_foreground(zk_verbs_t *verbs, const zk_verb_words_t *words,
                            const zk_instance_t *instance)
{
    apr_array_header_t *argv = apr_array_make(verbs->pool, 4, sizeof(const char *));
    const char *program = plat_process_path(verbs->pool);

    APR_ARRAY_PUSH(argv, const char *) = program != NULL ? program : "zkserver";
    apr_array_cat(argv, words->defines);
    APR_ARRAY_PUSH(argv, const char *) = instance->config_file;
    fflush(verbs->err);
    return verbs->serve(argv->nelts, (const char *const *)argv->elts);
}

apr_status_t zk_verb_load(zk_config_t **config, zk_verbs_t *verbs, const zk_verb_words_t *words,
                          const zk_instance_t *instance, zk_note_t *note)
{
    int i;

    *config = zk_config_create(verbs->pool);
    zk_config_define_environment(*config);
    for (i = 0; i < words->defines->nelts; i++)
        zk_config_define_argument(*config, APR_ARRAY_IDX(words->defines, i, const char *));
    return zk_config_load_file(*config, instance->config_file, note);
}

/* For service managers, before a start: say what is wrong with CONFIG, or what it amounts to. */
static int check_config(zk_verbs_t *verbs, const zk_verb_words_t *words,
                        const zk_instance_t *instance)
{
    zk_config_t *config;
    zk_note_t note = {""};

    if (zk_verb_load(&config, verbs, words, instance, &note) != APR_SUCCESS) {
        fprintf(verbs->err, "Invalid config: %s\n", note.text);
        return ZK_VERB_USAGE;
    }
    fprintf(verbs->out, "%s: ok (", instance->config_file);
    if (config->distributed)
        fprintf(verbs->out, "server %" PRId64 " of %d, ", config->server_id, config->members.count);
    fprintf(verbs->out, "client port %d)\n", config->client_port);
    return ZK_VERB_OK;
}

/* Upstream's order: the old server's lines, then the new one's, each with its header.  A server
 * that does not stop is not started twice. */
static int restart(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    bool service = words->service != NULL;
    int code;

    fprintf(verbs->err, "Using config: %s\n", instance->config_file);
    fflush(verbs->err);
    code = (service ? zk_service_stop : zk_verb_stop)(verbs, words, instance);
    if (code != ZK_VERB_OK)
        return code;
    fprintf(verbs->err, "Using config: %s\n", instance->config_file);
    fflush(verbs->err);
    return (service ? zk_service_start : zk_verb_start)(verbs, words, instance);
}

/* As init scripts have it: what has changed in the configuration takes effect, which is a restart
 * of a server that runs, and nothing for one that does not. */
static int force_reload(zk_verbs_t *verbs, const zk_verb_words_t *words,
                        const zk_instance_t *instance)
{
    return (zk_instance_process(instance, NULL) == 0 ? zk_verb_stop : restart)(verbs, words,
                                                                               instance);
}

static const verb_t verb_table[] = {
    {"start", zk_verb_start, true, true, zk_service_start},
    {"start-foreground", start_foreground, true, true, NULL},
    {"stop", zk_verb_stop, true, true, zk_service_stop},
    {"restart", restart, true, true, restart},
    {"force-reload", force_reload, true, true, restart},
    {"status", zk_verb_status, true, true, zk_service_status},
    {"install", zk_verb_install, false, false, NULL},
    {"config", zk_verb_config, false, false, zk_verb_config},
    {"list", zk_verb_list, false, false, NULL},
    {"uninstall", zk_verb_uninstall, false, false, zk_verb_uninstall},
    {"pseudo-cluster", zk_verb_cluster, false, false, NULL},
    {"live", zk_verb_live, false, false, NULL},
    {"ready", zk_verb_ready, false, false, NULL},
    {"print-cmd", print_command, true, true, NULL},
    {"version", print_version, true, false, NULL},
    {"--version", print_version, false, false, NULL},
    {"initialize", zk_verb_initialize, false, false, NULL},
    {"upgrade", print_upgrade, true, false, NULL},
    {"--check", check_config, false, false, NULL},
    {"help", print_help, false, false, NULL},
    {"--help", print_help, false, false, NULL},
    {"-h", print_help, false, false, NULL},
};

static const verb_t *find_verb(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof(verb_table) / sizeof(verb_table[0]); i++)
        if (strcmp(verb_table[i].name, word) == 0)
            return &verb_table[i];
    return NULL;
}

const char *const *zk_verb_command(zk_verbs_t *verbs, const zk_verb_words_t *words,
                                   const zk_instance_t *instance)
{
    apr_array_header_t *argv = apr_array_make(verbs->pool, 8, sizeof(const char *));
    const char *program = plat_process_path(verbs->pool);

    APR_ARRAY_PUSH(argv, const char *) = program != NULL ? program : "zkserver";
    if (instance->pid_file != NULL) {
        APR_ARRAY_PUSH(argv, const char *) = "--pidfile";
        APR_ARRAY_PUSH(argv, const char *) = instance->pid_file;
    }
    apr_array_cat(argv, words->defines);
    APR_ARRAY_PUSH(argv, const char *) = instance->config_file;
    APR_ARRAY_PUSH(argv, const char *) = NULL;
    return (const char *const *)argv->elts;
}

/* ---- words ---- */

static bool is_define(const char *word)
{
    return strncmp(word, "-D", 2) == 0;
}

/* Small letters and hyphens, as in a verb, and no file of that name. */
static bool looks_like_a_verb(const char *word, apr_pool_t *scratch)
{
    apr_finfo_t info;

    return word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0' &&
           apr_stat(&info, word, APR_FINFO_TYPE, scratch) != APR_SUCCESS;
}

bool zk_verbs_wanted(int argc, const char *const *argv, apr_pool_t *scratch)
{
    int i = 1;

    while (i < argc && is_define(argv[i]))
        i++;
    if (i >= argc)
        return false;
    if (strcmp(argv[i], "--config") == 0 || find_verb(argv[i]) != NULL)
        return true;
    return i + 1 == argc && looks_like_a_verb(argv[i], scratch);
}

static bool take_seconds(int *seconds, const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < 0 || value > 86400)
        return false;
    *seconds = (int)value;
    return true;
}

/* Whether VERB may be told by -n which service it is about. */
static bool takes_name(const verb_t *verb)
{
    return verb->of_service != NULL || verb->run == zk_verb_install;
}

/* Sort the words behind the verb; NULL, or the one that is wrong. */
static const char *sort_words(zk_verb_words_t *words, const verb_t *verb, int argc,
                              const char *const *argv)
{
    int i;

    for (i = 0; i < argc; i++) {
        if (is_define(argv[i])) {
            APR_ARRAY_PUSH(words->defines, const char *) = argv[i];
        } else if (verb->run == zk_verb_initialize || verb->run == zk_verb_cluster) {
            APR_ARRAY_PUSH(words->rest, const char *) = argv[i];
        } else if (verb->run == zk_verb_status && strcmp(argv[i], "--wait") == 0 && i + 1 < argc) {
            if (!take_seconds(&words->wait_seconds, argv[++i]))
                return argv[i];
        } else if (takes_name(verb) && strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            words->service = argv[++i];
        } else if ((verb->run == zk_verb_install || verb->run == zk_verb_config) &&
                   argv[i][0] == '-' && i + 1 < argc) {
            APR_ARRAY_PUSH(words->rest, const char *) = argv[i++];
            APR_ARRAY_PUSH(words->rest, const char *) = argv[i];
        } else if (argv[i][0] == '-' || words->config != NULL) {
            return argv[i];
        } else {
            words->config = argv[i];
        }
    }
    return NULL;
}

/* Whether INSTANCE's data directories are there, when the environment forbids to create them. */
static bool has_data(zk_verbs_t *verbs, const zk_instance_t *instance)
{
    const char *const dirs[] = {instance->data_dir, instance->data_log_dir};
    static const char *const kinds[] = {"data", "txnlog"};
    size_t i;

    if (zk_instance_environment("ZOO_DATADIR_AUTOCREATE_DISABLE", verbs->pool) == NULL)
        return true;
    for (i = 0; i < 2; i++) {
        apr_finfo_t info;

        if (dirs[i] != NULL &&
            (apr_stat(&info, apr_pstrcat(verbs->pool, dirs[i], "/version-2", NULL), APR_FINFO_TYPE,
                      verbs->pool) != APR_SUCCESS ||
             info.filetype != APR_DIR)) {
            fprintf(verbs->out,
                    "ZooKeeper %s directory is missing at %s fix the path or run initialize\n",
                    kinds[i], dirs[i]);
            return false;
        }
    }
    return true;
}

static int refuse(zk_verbs_t *verbs, const char *word, const char *what)
{
    if (word != NULL)
        fprintf(verbs->err, "zkserver: '%s' %s\n", word, what);
    print_usage(verbs, verbs->err);
    return ZK_VERB_USAGE;
}

int zk_verbs_run(zk_verbs_t *verbs, int argc, const char *const *argv)
{
    zk_verb_words_t words = {.config_dir = NULL};
    const zk_instance_t *instance;
    const verb_t *verb;
    const char *wrong;
    run_fn_t *run;
    int at = 1;
    int code;

    words.defines = apr_array_make(verbs->pool, 4, sizeof(const char *));
    words.rest = apr_array_make(verbs->pool, 4, sizeof(const char *));
    for (; at < argc && is_define(argv[at]); at++)
        APR_ARRAY_PUSH(words.defines, const char *) = argv[at];
    if (at + 1 < argc && strcmp(argv[at], "--config") == 0) {
        words.config_dir = argv[at + 1];
        at += 2;
    }
    if (at >= argc)
        return refuse(verbs, NULL, NULL);
    verb = find_verb(argv[at]);
    if (verb == NULL)
        return refuse(verbs, argv[at], "is neither a verb nor a configuration file");
    wrong = sort_words(&words, verb, argc - at - 1, argv + at + 1);
    if (wrong != NULL)
        return refuse(verbs, wrong, "has no meaning here");
    instance = verb->run == check_config && words.config != NULL
                   ? zk_instance_at(words.config, verbs->pool)
                   : zk_instance_find(words.config_dir, words.config, verbs->pool);
    if (verb->of_service != NULL) {
        code = zk_service_find(verbs, &words, &instance,
                               verb->of_service == verb->run && !verb->header);
        if (code != ZK_VERB_OK)
            return code;
    }
    if (verb->header)
        fprintf(verbs->err, "Using config: %s\n", instance->config_file);
    fflush(verbs->err);
    if (verb->needs_data && !has_data(verbs, instance))
        return ZK_VERB_FAILED;
    run = verb->of_service != NULL && words.service != NULL ? verb->of_service : verb->run;
    return run(verbs, &words, instance);
}
