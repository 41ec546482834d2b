/* service_install.c -- `install`, `config` and `uninstall`: how a service of Windows comes, changes
 * and goes.
 *
 *   install          test the configuration -> make directories -> create the service -> keep what
 *                    it runs -> give its account rights on those directories
 *   uninstall        stop it -> take the rights back -> remove it; the data is kept
 *
 * Invariants
 *   1. Nothing is installed for a configuration that the real parser refuses.
 *   2. A service gets rights on the installation (to read) and on its data, log and configuration
 *      directories (to change), and on nothing else.
 *   3. A service that another installation has installed is never touched. */
#include "verbs/service_internal.h"

#include <string.h>
#include <apr_cstr.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_network_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "base/plat_service.h"
#include "verbs/as_service.h"

enum {
    NAME_BYTES_MAX = 80, /* the system allows 256; file names and keys are made of it */
    PASSWORD_BYTES_MAX = 512
};

/* ---- words ---- */

static const struct {
    const char *word;
    const char *stored;
    plat_service_start_t start;
} start_words[] = {
    {"auto", "automatic start", PLAT_SERVICE_AUTOMATIC},
    {"delayed", "delayed automatic start", PLAT_SERVICE_DELAYED},
    {"demand", "started on demand", PLAT_SERVICE_DEMAND},
    {"disabled", "disabled", PLAT_SERVICE_DISABLED},
};

static const struct {
    const char *word;
    const char *account;
} account_words[] = {
    {"LocalService", "NT AUTHORITY\\LocalService"},
    {"NetworkService", "NT AUTHORITY\\NetworkService"},
    {"LocalSystem", "LocalSystem"},
};

/* What the words of install and config ask for; NULL where they say nothing. */
typedef struct wishes {
    const char *start, *user, *password, *recovery, *display;
} wishes_t;

static const char **field_of(wishes_t *wishes, const char *word)
{
    if (strcmp(word, "-start") == 0)
        return &wishes->start;
    if (strcmp(word, "-user") == 0)
        return &wishes->user;
    if (strcmp(word, "-password") == 0)
        return &wishes->password;
    if (strcmp(word, "-recovery") == 0)
        return &wishes->recovery;
    return strcmp(word, "-display") == 0 ? &wishes->display : NULL;
}

/* NULL without one: an account whose password is the empty one is none to run a service. */
static const char *read_password(zk_verbs_t *verbs)
{
    char *line = apr_palloc(verbs->pool, PASSWORD_BYTES_MAX);
    bool is_terminal = plat_input_is_terminal();
    bool got;

    if (is_terminal) {
        fputs("Password of the service's account (not shown as you type): ", verbs->out);
        fflush(verbs->out);
    }
    got = plat_input_read_secret(line, PASSWORD_BYTES_MAX);
    if (is_terminal)
        fputc('\n', verbs->out);
    return got && *line != '\0' ? line : NULL;
}

static int wrong_word(zk_verbs_t *verbs, const char *word, const char *what)
{
    fprintf(verbs->err, "zkserver: '%s' %s\n", word, what);
    return ZK_VERB_USAGE;
}

/* Sort the words of WORDS into WISHES and SERVICE; ZK_VERB_OK or what is wrong with them. */
static int read_wishes(zk_verbs_t *verbs, wishes_t *wishes, plat_service_t *service,
                       const zk_verb_words_t *words)
{
    size_t i;
    int at;

    for (at = 0; at + 1 < words->rest->nelts; at += 2) {
        const char *word = APR_ARRAY_IDX(words->rest, at, const char *);
        const char **field = field_of(wishes, word);

        if (field == NULL)
            return wrong_word(verbs, word, "has no meaning here");
        *field = APR_ARRAY_IDX(words->rest, at + 1, const char *);
    }
    if (wishes->start != NULL) {
        for (i = 0; i < 4 && strcmp(wishes->start, start_words[i].word) != 0; i++)
            continue;
        if (i == 4)
            return wrong_word(verbs, wishes->start,
                              "is no way to start: auto, delayed, demand or disabled");
        service->start = start_words[i].start;
    }
    if (wishes->recovery != NULL) {
        service->recovery = strcmp(wishes->recovery, "on") == 0;
        if (!service->recovery && strcmp(wishes->recovery, "off") != 0)
            return wrong_word(verbs, wishes->recovery, "is neither on nor off");
    }
    if (wishes->display != NULL)
        service->title = wishes->display;
    service->account = NULL;
    if (wishes->user != NULL)
        service->account = wishes->user;
    for (i = 0; wishes->user != NULL && i < sizeof(account_words) / sizeof(account_words[0]); i++)
        if (apr_cstr_casecmp(wishes->user, account_words[i].word) == 0)
            service->account = account_words[i].account;
    if (wishes->password != NULL && strcmp(wishes->password, "-") != 0)
        return wrong_word(verbs, "-password", "takes '-' only: the password is read, not given");
    if (wishes->password != NULL && wishes->user == NULL)
        return wrong_word(verbs, "-password", "needs -user");
    if (wishes->password == NULL)
        return ZK_VERB_OK;
    service->password = read_password(verbs);
    return service->password != NULL ? ZK_VERB_OK
                                     : wrong_word(verbs, "-password", "read an empty line");
}

/* A name that is also part of a file's and a key's name. */
static int check_name(zk_verbs_t *verbs, const char *name)
{
    if (*name == '\0' || strlen(name) > NAME_BYTES_MAX || strpbrk(name, "\\/:*?\"<>|%") != NULL)
        return wrong_word(verbs, name,
                          "is no name for a service: up to 80 bytes, none of "
                          "\\ / : * ? \" < > | %");
    return ZK_VERB_OK;
}

/* ---- install ---- */

static const char *host_name(apr_pool_t *pool)
{
    char *host = apr_pcalloc(pool, APRMAXHOSTLEN + 1);

    return apr_gethostname(host, APRMAXHOSTLEN, pool) == APR_SUCCESS ? host : "localhost";
}

/* PATH without its last part. */
static const char *parent_of(const char *path, apr_pool_t *pool)
{
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] != '/' && path[length - 1] != '\\')
        length--;
    return apr_pstrmemdup(pool, path, length);
}

static const char *describe(const zk_config_t *config, apr_pool_t *pool)
{
    const char *place = "standalone server";

    if (config->distributed)
        place = apr_psprintf(pool, "server %" APR_INT64_T_FMT " of %d",
                             (apr_int64_t)config->server_id, config->members.count);
    return apr_psprintf(pool,
                        "Coordination service compatible with Apache ZooKeeper: %s, client "
                        "port %d, data in %s",
                        place, config->client_port, config->data_dir_absolute);
}

/* Test the configuration aloud; NULL when it is no good. */
static zk_config_t *test_config(zk_verbs_t *verbs, const zk_verb_words_t *words,
                                const zk_instance_t *instance)
{
    zk_config_t *config;
    zk_note_t note = {""};

    fprintf(verbs->out, "Testing %s ... ", instance->config_file);
    fflush(verbs->out);
    if (zk_verb_load(&config, verbs, words, instance, &note) != APR_SUCCESS) {
        fputs("FAILED\n", verbs->out);
        fflush(verbs->out);
        fprintf(verbs->err, "Invalid config: %s\n", note.text);
        return NULL;
    }
    fputs("ok (", verbs->out);
    if (config->distributed)
        fprintf(verbs->out, "server %" PRId64 " of %d, ", config->server_id, config->members.count);
    fprintf(verbs->out, "client port %d)\n", config->client_port);
    fflush(verbs->out);
    return config;
}

/* Whether DIR (ended by a separator) is the root of a drive: rights on all of it are not for us to
 * give. */
static bool is_root(const char *dir)
{
    return strlen(dir) <= 3;
}

/* The directories that the service of CONFIG must be able to change, ended by NULL. */
static const char *const *own_dirs(const zk_config_t *config,
                                   const plat_service_parameters_t *parameters, apr_pool_t *pool)
{
    const char **dirs = apr_pcalloc(pool, 5 * sizeof(*dirs));
    size_t count = 0;

    dirs[count++] = config->data_dir_absolute;
    if (config->data_log_dir_absolute != NULL &&
        strcmp(config->data_log_dir_absolute, config->data_dir_absolute) != 0)
        dirs[count++] = config->data_log_dir_absolute;
    dirs[count++] = parent_of(parameters->log_file, pool);
    if (!is_root(parent_of(parameters->config_file, pool)))
        dirs[count++] = parent_of(parameters->config_file, pool);
    return dirs;
}

static apr_status_t make_dirs(const char *const *dirs, apr_pool_t *pool, zk_note_t *note)
{
    apr_status_t rv;

    for (; *dirs != NULL; dirs++) {
        rv = apr_dir_make_recursive(*dirs, APR_FPROT_OS_DEFAULT, pool);
        if (rv != APR_SUCCESS)
            return zk_note(note, rv, "cannot create the directory '%s'", *dirs);
    }
    return APR_SUCCESS;
}

/* A letter that a user maps is that user's alone. */
static void warn_of_mapped(zk_verbs_t *verbs, const char *name, const char *path)
{
    if (!plat_service_sees(path))
        fprintf(
            verbs->err,
            "Warning: %.2s is a letter that somebody has mapped (net use, subst), which a service "
            "does not have: '%s' will not find %s. Write the place that is behind the letter.\n",
            path, name, path);
}

/* Let the service itself, whatever its account, at what it needs.  A file system without rights
 * needs none, so a failure is said and the service stays. */
static void give_rights(zk_verbs_t *verbs, const char *name, const char *const *dirs)
{
    const char *account = apr_pstrcat(verbs->pool, "NT SERVICE\\", name, NULL);
    zk_note_t note = {""};
    const char *program = plat_process_path(verbs->pool);

    if (program != NULL &&
        plat_service_grant(account, parent_of(program, verbs->pool), false, &note) != APR_SUCCESS)
        fprintf(verbs->err, "Warning: %s\n", note.text);
    for (; *dirs != NULL; dirs++)
        if (plat_service_grant(account, *dirs, true, &note) != APR_SUCCESS)
            fprintf(verbs->err,
                    "Warning: %s. If the service does not start, give its account the right to "
                    "modify that folder, or name another account with `config -n %s -user`.\n",
                    note.text, name);
}

static void take_rights(zk_verbs_t *verbs, const char *name, const char *const *dirs)
{
    const char *account = apr_pstrcat(verbs->pool, "NT SERVICE\\", name, NULL);
    const char *program = plat_process_path(verbs->pool);

    if (program != NULL)
        plat_service_revoke(account, parent_of(program, verbs->pool), NULL);
    for (; *dirs != NULL; dirs++)
        plat_service_revoke(account, *dirs, NULL);
}

/* Why no service NAME may be installed for FILE; ZK_VERB_OK when it may. */
static int check_free(zk_verbs_t *verbs, const char *name, const char *file)
{
    plat_service_state_t state = PLAT_SERVICE_ABSENT;
    plat_service_parameters_t parameters;
    zk_note_t note = {""};
    const char *other;
    apr_status_t rv = plat_service_query(&state, NULL, name, &note);

    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    if (state != PLAT_SERVICE_ABSENT) {
        if (plat_service_parameters(&parameters, name, verbs->pool, NULL) == APR_SUCCESS)
            fprintf(verbs->err,
                    "The '%s' service is already installed (config %s). Choose another name with "
                    "-n.\n",
                    name, parameters.config_file);
        else
            fprintf(verbs->err,
                    "The '%s' service is already installed, and is none of ours. Choose another "
                    "name with -n.\n",
                    name);
        return ZK_VERB_FAILED;
    }
    other = zk_service_of(file, verbs->pool);
    if (other == NULL)
        return ZK_VERB_OK;
    fprintf(verbs->err,
            "The '%s' service runs %s already. Uninstall it first, or name another "
            "configuration.\n",
            other, file);
    return ZK_VERB_FAILED;
}

static const char *const *command_of(const char *name, apr_pool_t *pool)
{
    const char **argv = apr_pcalloc(pool, 5 * sizeof(*argv));

    argv[0] = plat_process_path(pool);
    argv[1] = "--service";
    argv[2] = "-n";
    argv[3] = name;
    return argv;
}

/* The command of a service is expanded at each start, and nothing in it can be quoted from that. */
static bool names_variable(const char *path)
{
    const char *first = strchr(path, '%');

    return first != NULL && strchr(first + 1, '%') != NULL;
}

/* Create or change the service, and then what belongs to it. */
static int apply(zk_verbs_t *verbs, plat_service_t *service, const zk_config_t *config,
                 const plat_service_parameters_t *parameters)
{
    const char *const *dirs = own_dirs(config, parameters, verbs->pool);
    zk_note_t note = {""};
    apr_status_t rv;

    service->argv = command_of(service->name, verbs->pool);
    service->description = describe(config, verbs->pool);
    if (service->argv[0] == NULL) {
        zk_note(&note, APR_SUCCESS, "the system does not tell where this program is");
        return zk_service_refused(verbs, APR_EGENERAL, &note);
    }
    if (names_variable(service->argv[0])) {
        zk_note(&note, APR_SUCCESS,
                "the system would take what stands between two '%%' in %s for the name of a "
                "variable, and not find the program: install Paddock in a folder without them",
                service->argv[0]);
        return zk_service_refused(verbs, APR_EGENERAL, &note);
    }
    rv = make_dirs(dirs, verbs->pool, &note);
    if (rv == APR_SUCCESS)
        rv = plat_service_install(service, verbs->pool, &note);
    if (rv == APR_SUCCESS)
        rv = plat_service_set_parameters(service->name, parameters, verbs->pool, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    give_rights(verbs, service->name, dirs);
    warn_of_mapped(verbs, service->name, service->argv[0]);
    for (; *dirs != NULL; dirs++)
        warn_of_mapped(verbs, service->name, *dirs);
    return ZK_VERB_OK;
}

static const char *const *list_of(const apr_array_header_t *words, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_copy(pool, words);

    APR_ARRAY_PUSH(list, const char *) = NULL;
    return (const char *const *)(void *)list->elts;
}

int zk_verb_install(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    const char *name = words->service != NULL ? words->service : ZK_SERVICE_DEFAULT_NAME;
    plat_service_t service = {.name = name, .recovery = true};
    plat_service_parameters_t parameters;
    wishes_t wishes = {NULL, NULL, NULL, NULL, NULL};
    zk_instance_t *place;
    zk_config_t *config;
    zk_note_t note = {""};
    int code;

    service.title = strcmp(name, ZK_SERVICE_DEFAULT_NAME) == 0
                        ? "Paddock coordination service"
                        : apr_psprintf(verbs->pool, "Paddock coordination service (%s)", name);
    code = read_wishes(verbs, &wishes, &service, words);
    if (code == ZK_VERB_OK)
        code = check_name(verbs, name);
    if (code != ZK_VERB_OK)
        return code;
    parameters.config_file = zk_service_absolute(instance->config_file, verbs->pool);
    parameters.log_file = apr_psprintf(verbs->pool, "%s\\zookeeper-%s-server-%s.log",
                                       zk_service_absolute(instance->log_dir, verbs->pool), name,
                                       host_name(verbs->pool));
    parameters.args = list_of(words->defines, verbs->pool);
    code = check_free(verbs, name, parameters.config_file);
    if (code != ZK_VERB_OK)
        return code;
    if (zk_as_service_enter_home(verbs->pool, &note) != APR_SUCCESS)
        return zk_service_refused(verbs, APR_EGENERAL, &note);
    place = zk_instance_at(parameters.config_file, verbs->pool);
    config = test_config(verbs, words, place);
    if (config == NULL)
        return ZK_VERB_FAILED;
    fprintf(verbs->out, "Installing the '%s' service\n", name);
    fflush(verbs->out);
    code = apply(verbs, &service, config, &parameters);
    if (code == ZK_VERB_OK)
        fprintf(verbs->out, "The '%s' service is successfully installed.\n", name);
    return code;
}

/* ---- config ---- */

const char *zk_service_start_text(plat_service_start_t start)
{
    return start_words[start].stored;
}

static void show(zk_verbs_t *verbs, const plat_service_t *service, bool recovery_known,
                 const plat_service_parameters_t *parameters, const char *command)
{
    size_t i;

    fprintf(verbs->out,
            "Name:        %s\nDisplay:     %s\nDescription: %s\nConfig:      %s\nLog:         %s\n",
            service->name, service->title, service->description, parameters->config_file,
            parameters->log_file != NULL ? parameters->log_file : "(none)");
    if (parameters->args[0] != NULL) {
        fputs("Arguments:  ", verbs->out);
        for (i = 0; parameters->args[i] != NULL; i++)
            fprintf(verbs->out, " %s", parameters->args[i]);
        fputc('\n', verbs->out);
    }
    fprintf(verbs->out, "Command:     %s\nAccount:     %s\nStart:       %s\nRecovery:    %s\n",
            command, service->account, zk_service_start_text(service->start),
            !recovery_known     ? "not kept by this system"
            : service->recovery ? "restart after 5 s, again after 30 s; forgotten after 10 min"
                                : "off");
}

int zk_verb_config(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    plat_service_t service = {.name = NULL};
    plat_service_parameters_t parameters;
    wishes_t wishes = {NULL, NULL, NULL, NULL, NULL};
    bool recovery_known = false;
    plat_service_start_t start;
    const char *command = "";
    zk_config_t *config;
    zk_note_t note = {""};
    apr_status_t rv;
    int code;

    rv = plat_service_settings(&service, &recovery_known, words->service, verbs->pool, &note);
    if (rv == APR_SUCCESS)
        rv = plat_service_config(&command, &start, words->service, verbs->pool, &note);
    if (rv == APR_SUCCESS)
        rv = plat_service_parameters(&parameters, words->service, verbs->pool, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    if (words->rest->nelts == 0 && words->config == NULL) {
        show(verbs, &service, recovery_known, &parameters, command);
        return ZK_VERB_OK;
    }
    if (!recovery_known)
        service.recovery = true; /* what install asked for; the system kept nothing to go by */
    code = read_wishes(verbs, &wishes, &service, words);
    if (code != ZK_VERB_OK)
        return code;
    if (words->config != NULL)
        parameters.config_file = words->config;
    config = test_config(verbs, words, zk_instance_at(parameters.config_file, verbs->pool));
    if (config == NULL)
        return ZK_VERB_FAILED;
    fprintf(verbs->out, "Reconfiguring the '%s' service\n", words->service);
    fflush(verbs->out);
    (void)instance;
    code = apply(verbs, &service, config, &parameters);
    if (code == ZK_VERB_OK)
        fprintf(verbs->out,
                "The '%s' service is successfully reconfigured. A change takes effect when it is "
                "started again.\n",
                words->service);
    return code;
}

/* ---- uninstall ---- */

/* Stop and remove the service that WORDS name, which runs what PARAMETERS gets, on what DATA_DIR
 * gets: NULL where nothing tells. */
static int remove_service(plat_service_parameters_t *parameters, const char **data_dir,
                          zk_verbs_t *verbs, const zk_verb_words_t *words,
                          const zk_instance_t *instance)
{
    const char *name = words->service;
    zk_config_t *config = NULL;
    zk_note_t note = {""};
    apr_status_t rv;

    *data_dir = instance->data_dir;
    rv = plat_service_parameters(parameters, name, verbs->pool, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    fprintf(verbs->out, "Removing the '%s' service\n", name);
    fflush(verbs->out);
    rv = plat_service_stop(name, ZK_SERVICE_STOP_MS_MAX, &note);
    if (rv == APR_SUCCESS && parameters->log_file != NULL &&
        zk_verb_load(&config, verbs, words, instance, &note) == APR_SUCCESS) {
        take_rights(verbs, name, own_dirs(config, parameters, verbs->pool));
        *data_dir = config->data_dir_absolute;
    }
    if (rv == APR_SUCCESS)
        rv = plat_service_remove(name, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    fprintf(verbs->out, "The '%s' service has been removed successfully.\n", name);
    return ZK_VERB_OK;
}

int zk_verb_uninstall(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance)
{
    plat_service_parameters_t parameters;
    const char *data_dir;
    int code = remove_service(&parameters, &data_dir, verbs, words, instance);

    if (code != ZK_VERB_OK)
        return code;
    fprintf(verbs->out, "Kept: %s, the data in %s%s%s\n", parameters.config_file,
            data_dir != NULL ? data_dir : "its data directory",
            parameters.log_file != NULL ? ", the log " : "",
            parameters.log_file != NULL ? parameters.log_file : "");
    return ZK_VERB_OK;
}

int zk_service_retire(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance)
{
    plat_service_parameters_t parameters;
    const char *data_dir;

    return remove_service(&parameters, &data_dir, verbs, words, instance);
}
