/* service.c -- which service of Windows a verb is about, and what `list`, `start`, `stop`,
 * `restart` and `status` mean for it.
 *
 *   which service?   -n NAME says it; else the one that runs this configuration; else none, and the
 *                    verb is about a server in the background, as on other systems
 *
 * How a service comes and goes is in service_install.c.  Elsewhere than on Windows the platform has
 * no such functions, and says who has. */
#include "verbs/service_internal.h"

#include <string.h>
#include <apr_cstr.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "base/plat_service.h"
#include "config/config.h"
#include "verbs/as_service.h"

enum { START_MS_MAX = 60000 };

static const char *const state_names[] = {"not installed", "stopped", "starting", "running",
                                          "stopping"};

/* ---- failures ---- */

int zk_service_refused(zk_verbs_t *verbs, apr_status_t rv, const zk_note_t *note)
{
    fflush(verbs->out);
    if (APR_STATUS_IS_EACCES(rv))
        fputs("Failed to open the Windows service manager: access denied. Run this from an "
              "Administrator prompt.\n",
              verbs->err);
    else
        fprintf(verbs->err, "%s\n", note->text);
    return ZK_VERB_FAILED;
}

static int unknown(zk_verbs_t *verbs, const char *name)
{
    fflush(verbs->out);
    fprintf(verbs->err, "No installed service named '%s'.\n", name);
    return ZK_VERB_FAILED;
}

/* ---- which service ---- */

const char *zk_service_absolute(const char *path, apr_pool_t *pool)
{
    char *full = NULL;

    if (apr_filepath_merge(&full, NULL, path, APR_FILEPATH_TRUENAME | APR_FILEPATH_NATIVE, pool) !=
        APR_SUCCESS)
        return path;
    return full;
}

/* The service of this installation that runs the configuration FILE (absolute); NULL without. */
const char *zk_service_of(const char *file, apr_pool_t *pool)
{
    plat_service_parameters_t parameters;
    const char *program = plat_process_path(pool);
    const char *const *names = NULL;

    if (program == NULL || plat_service_list(&names, program, pool, NULL) != APR_SUCCESS)
        return NULL;
    for (; *names != NULL; names++)
        if (plat_service_parameters(&parameters, *names, pool, NULL) == APR_SUCCESS &&
            apr_cstr_casecmp(parameters.config_file, file) == 0)
            return *names;
    return NULL;
}

/* The instance that PARAMETERS describe, with its log as output and its words as defines. */
static const zk_instance_t *instance_of(zk_verbs_t *verbs, zk_verb_words_t *words,
                                        const plat_service_parameters_t *parameters)
{
    zk_instance_t *instance;
    size_t i;

    instance = zk_instance_at(parameters->config_file, verbs->pool);
    if (parameters->log_file != NULL)
        instance->output_file = parameters->log_file;
    for (i = 0; parameters->args[i] != NULL; i++)
        APR_ARRAY_PUSH(words->defines, const char *) = parameters->args[i];
    return instance;
}

int zk_service_find(zk_verbs_t *verbs, zk_verb_words_t *words, const zk_instance_t **instance,
                    bool needed)
{
    const char *file = zk_service_absolute((*instance)->config_file, verbs->pool);
    plat_service_state_t state = PLAT_SERVICE_ABSENT;
    plat_service_parameters_t parameters;
    zk_note_t note = {""};
    apr_status_t rv;

    if (words->config != NULL)
        words->config = file;
    if (words->service == NULL)
        words->service = zk_service_of(file, verbs->pool);
    if (words->service == NULL && !needed)
        return ZK_VERB_OK;
    if (words->service == NULL)
        words->service = ZK_SERVICE_DEFAULT_NAME;
    rv = plat_service_query(&state, NULL, words->service, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    if (state == PLAT_SERVICE_ABSENT)
        return unknown(verbs, words->service);
    rv = plat_service_parameters(&parameters, words->service, verbs->pool, &note);
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    *instance = instance_of(verbs, words, &parameters);
    rv = zk_as_service_enter_home(verbs->pool, &note);
    return rv == APR_SUCCESS ? ZK_VERB_OK : zk_service_refused(verbs, rv, &note);
}

/* ---- list ---- */

int zk_verb_list(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    const char *program = plat_process_path(verbs->pool);
    const char *const *names = NULL;
    zk_note_t note = {""};
    apr_status_t rv = plat_service_list(&names, program != NULL ? program : "", verbs->pool, &note);

    (void)words;
    (void)instance;
    if (rv != APR_SUCCESS)
        return zk_service_refused(verbs, rv, &note);
    if (*names == NULL)
        fputs("No service runs this installation; `install` makes one.\n", verbs->out);
    for (; *names != NULL; names++) {
        plat_service_parameters_t parameters = {"(its parameters are missing)", NULL, NULL};
        plat_service_state_t state = PLAT_SERVICE_ABSENT;
        plat_service_t settings = {.name = *names};
        const char *mode = NULL;
        int64_t pid = 0;

        plat_service_query(&state, &pid, *names, NULL);
        plat_service_settings(&settings, NULL, *names, verbs->pool, NULL);
        if (plat_service_parameters(&parameters, *names, verbs->pool, NULL) == APR_SUCCESS &&
            state == PLAT_SERVICE_RUNNING)
            mode = zk_verb_mode(zk_instance_at(parameters.config_file, verbs->pool), verbs->pool);
        fprintf(verbs->out, "%s: %s%s%s, %s, %s\n", *names, state_names[state],
                mode != NULL ? ", " : "", mode != NULL ? mode : "",
                zk_service_start_text(settings.start), parameters.config_file);
    }
    return ZK_VERB_OK;
}

/* ---- start, stop, status ---- */

int zk_service_start(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    plat_service_state_t state = PLAT_SERVICE_ABSENT;
    zk_note_t note = {""};
    zk_config_t *config;
    int64_t pid = 0;
    int64_t from = 0;
    apr_finfo_t info;
    apr_status_t rv;

    fputs("Starting zookeeper ... ", verbs->out);
    fflush(verbs->out);
    if (plat_service_query(&state, &pid, words->service, NULL) == APR_SUCCESS &&
        state == PLAT_SERVICE_RUNNING) {
        fprintf(verbs->out, "already running as process %" PRId64 ".\n", pid);
        return ZK_VERB_OK;
    }
    if (zk_verb_load(&config, verbs, words, instance, &note) != APR_SUCCESS) {
        fputs("FAILED TO START\n", verbs->out);
        fflush(verbs->out);
        fprintf(verbs->err, "Invalid config, exiting abnormally: %s\n", note.text);
        return ZK_VERB_FAILED;
    }
    if (apr_stat(&info, instance->output_file, APR_FINFO_SIZE, verbs->pool) == APR_SUCCESS)
        from = info.size;
    rv = plat_service_start(words->service, START_MS_MAX, &note);
    if (rv == APR_SUCCESS) {
        fputs("STARTED\n", verbs->out);
        return ZK_VERB_OK;
    }
    if (APR_STATUS_IS_TIMEUP(rv)) {
        fputs("STARTED\n", verbs->out);
        fflush(verbs->out);
        fprintf(verbs->err,
                "(it is still loading its data after %d seconds; `status` tells when it serves)\n",
                START_MS_MAX / 1000);
        return ZK_VERB_OK;
    }
    fputs("FAILED TO START\n", verbs->out);
    if (APR_STATUS_IS_EACCES(rv))
        return zk_service_refused(verbs, rv, &note);
    fflush(verbs->out);
    fprintf(verbs->err, "%s\n%s\n(more in %s)\n", note.text,
            zk_verb_find_reason(instance->output_file, from, verbs->pool), instance->output_file);
    return ZK_VERB_FAILED;
}

int zk_service_stop(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    plat_service_state_t state = PLAT_SERVICE_ABSENT;
    zk_note_t note = {""};
    apr_status_t rv;

    (void)instance;
    fputs("Stopping zookeeper ... ", verbs->out);
    fflush(verbs->out);
    if (plat_service_query(&state, NULL, words->service, NULL) == APR_SUCCESS &&
        state == PLAT_SERVICE_STOPPED) {
        fprintf(verbs->out, "The '%s' service is not started.\n", words->service);
        return ZK_VERB_OK;
    }
    rv = plat_service_stop(words->service, ZK_SERVICE_STOP_MS_MAX, &note);
    fputs(rv == APR_SUCCESS ? "STOPPED\n" : "FAILED TO STOP\n", verbs->out);
    fflush(verbs->out);
    return rv == APR_SUCCESS ? ZK_VERB_OK : zk_service_refused(verbs, rv, &note);
}

int zk_service_status(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance)
{
    plat_service_state_t state = PLAT_SERVICE_ABSENT;
    plat_service_t settings = {.name = NULL};
    int code = zk_verb_status(verbs, words, instance);
    int64_t pid = 0;

    if (plat_service_query(&state, &pid, words->service, NULL) != APR_SUCCESS ||
        plat_service_settings(&settings, NULL, words->service, verbs->pool, NULL) != APR_SUCCESS)
        return code;
    fprintf(verbs->out, "Service '%s': %s", words->service, state_names[state]);
    if (pid != 0)
        fprintf(verbs->out, ", process %" PRId64, pid);
    fprintf(verbs->out, ", %s\n", zk_service_start_text(settings.start));
    return code;
}
