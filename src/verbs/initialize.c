/* initialize.c -- `initialize`: data directories for a new server.
 *
 * Makes version-2 in dataDir and dataLogDir, writes myid, and leaves the empty file `initialize`,
 * which tells a new member of an ensemble that its empty database may vote.
 *
 * Invariants
 *   1. Without --force nothing that is there is changed.
 *   2. With it, not while a process holds one of the directories, and at a terminal only after a
 *      yes.
 *
 * Facts: bin/zkServer-initialize.sh. */
#include "verbs/verbs_internal.h"

#include <string.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "config/value.h"
#include "store/datadir.h"
#include "verbs/files.h"

typedef struct options {
    const char *config_file;
    const char *my_id;
    bool force;
    bool yes;
} options_t;

static int print_usage(zk_verbs_t *verbs, const zk_instance_t *instance, int code)
{
    const char *script = zk_instance_environment("ZOO_SCRIPT", verbs->pool);

    fprintf(
        verbs->out,
        "usage: %s <parameters>\n"
        "  Optional parameters:\n"
        "     -h                                                    Display this message\n"
        "     --help                                                Display this message\n"
        "     --configfile=%-40s ZooKeeper config file\n"
        "     --myid=#                                              Set the myid to be used, if "
        "any (1-255)\n"
        "     --force                                               Force creation of the "
        "data/txnlog dirs\n"
        "     --yes                                                 Do not ask before --force\n",
        script != NULL ? script : "zkserver initialize", instance->config_file);
    return code;
}

/* The value of option NAME at WORDS[*AT], which is `NAME=value` or `NAME value`; NULL when it is
 * another word. */
static const char *value_of(const apr_array_header_t *words, int *at, const char *name)
{
    const char *word = APR_ARRAY_IDX(words, *at, const char *);
    size_t length = strlen(name);

    if (strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '=' && word[length + 1] != '\0')
        return word + length + 1;
    if (word[length] != '\0' || *at + 1 >= words->nelts)
        return NULL;
    return APR_ARRAY_IDX(words, ++*at, const char *);
}

/* False for a wrong word, which is in *WRONG, and for a wish to see the usage (*WRONG is NULL). */
static bool take_options(options_t *options, const apr_array_header_t *words, const char **wrong)
{
    int i;

    *wrong = NULL;
    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        const char *value;

        if (strcmp(word, "--force") == 0) {
            options->force = true;
        } else if (strcmp(word, "--yes") == 0) {
            options->yes = true;
        } else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
            return false;
        } else if ((value = value_of(words, &i, "--configfile")) != NULL) {
            options->config_file = value;
        } else if ((value = value_of(words, &i, "--myid")) != NULL) {
            options->my_id = value;
        } else {
            *wrong = word;
            return false;
        }
    }
    return true;
}

/* ---- directories ---- */

/* An empty version-2 in DIR, and no myid. */
static apr_status_t renew(const char *dir, apr_pool_t *pool, zk_note_t *note)
{
    const char *version_dir = apr_pstrcat(pool, dir, "/" ZK_STORE_VERSION_DIR, NULL);
    apr_status_t rv = zk_verb_remove_tree(apr_pstrcat(pool, dir, "/myid", NULL), pool, note);

    if (rv == APR_SUCCESS)
        rv = zk_verb_remove_tree(version_dir, pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    return zk_verb_make_directory(version_dir, pool, note);
}

/* ---- the verb ---- */

/* Whether the directories are free to be made (anew); says why not. */
static bool may_go_on(zk_verbs_t *verbs, const options_t *options, const zk_instance_t *instance)
{
    const char *const dirs[] = {instance->data_dir, instance->data_log_dir};
    static const char *const kinds[] = {"data", "txnlog"};
    size_t i;

    for (i = 0; i < 2; i++) {
        if (dirs[i] == NULL ||
            !zk_verb_is_directory(apr_pstrcat(verbs->pool, dirs[i], "/" ZK_STORE_VERSION_DIR, NULL),
                                  verbs->pool))
            continue;
        if (!options->force) {
            fprintf(verbs->out,
                    "ZooKeeper %s directory already exists at %s (or use --force to force "
                    "re-initialization)\n",
                    kinds[i], dirs[i]);
            return false;
        }
        if (zk_instance_holds_lock(dirs[i], verbs->pool)) {
            fprintf(verbs->err, "a server is using %s; stop it first\n", dirs[i]);
            return false;
        }
        if (!options->yes && plat_input_is_terminal()) {
            char answer[16];

            fprintf(verbs->err, "Delete all data in %s? (yes/no) ", dirs[i]);
            fflush(verbs->err);
            if (!plat_input_read_line(answer, sizeof(answer)) || strcmp(answer, "yes") != 0)
                return false;
        }
    }
    return true;
}

static apr_status_t make_all(zk_verbs_t *verbs, const options_t *options,
                             const zk_instance_t *instance, zk_note_t *note)
{
    const char *dir = instance->data_dir;
    apr_status_t rv = renew(dir, verbs->pool, note);

    if (rv == APR_SUCCESS && instance->data_log_dir != NULL)
        rv = renew(instance->data_log_dir, verbs->pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (options->my_id != NULL) {
        fprintf(verbs->out, "Using myid of %s\n", options->my_id);
        rv = zk_verb_write_file(apr_pstrcat(verbs->pool, dir, "/myid", NULL),
                                apr_pstrcat(verbs->pool, options->my_id, "\n", NULL), verbs->pool,
                                note);
    } else {
        fprintf(verbs->out,
                "No myid provided, be sure to specify it in %s/myid if using non-standalone\n",
                dir);
    }
    if (rv == APR_SUCCESS)
        rv = zk_verb_write_file(apr_pstrcat(verbs->pool, dir, "/initialize", NULL), "", verbs->pool,
                                note);
    return rv;
}

int zk_verb_initialize(zk_verbs_t *verbs, const zk_verb_words_t *words,
                       const zk_instance_t *instance)
{
    options_t options = {.config_file = NULL};
    zk_note_t note = {""};
    const char *wrong;
    int64_t number;

    if (!take_options(&options, words->rest, &wrong)) {
        if (wrong != NULL)
            fprintf(verbs->out, "Unknown option: %s\n", wrong);
        return print_usage(verbs, instance, wrong != NULL ? ZK_VERB_FAILED : ZK_VERB_OK);
    }
    if (options.config_file != NULL)
        instance = zk_instance_at(options.config_file, verbs->pool);
    if (options.my_id != NULL && !zk_config_parse_int(options.my_id, &number, 0, INT64_MAX)) {
        fprintf(verbs->err, "--myid: '%s' is not the number of a server\n", options.my_id);
        return ZK_VERB_FAILED;
    }
    if (instance->unreadable.text[0] != '\0') {
        fprintf(verbs->out, "Unable to find config file at %s\n", instance->config_file);
        fprintf(verbs->err, "%s\n", instance->unreadable.text);
        return ZK_VERB_FAILED;
    }
    if (instance->data_dir == NULL) {
        fprintf(verbs->out, "Unable to determine dataDir from %s\n", instance->config_file);
        return ZK_VERB_FAILED;
    }
    if (options.force)
        fputs("Force enabled, data/txnlog directories will be re-initialized\n", verbs->out);
    fflush(verbs->out);
    if (!may_go_on(verbs, &options, instance))
        return ZK_VERB_FAILED;
    if (make_all(verbs, &options, instance, &note) != APR_SUCCESS) {
        fprintf(verbs->err, "%s\n", note.text);
        return ZK_VERB_FAILED;
    }
    return ZK_VERB_OK;
}
