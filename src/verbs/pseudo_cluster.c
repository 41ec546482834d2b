/* pseudo_cluster.c -- `pseudo-cluster`: an ensemble on one machine with one command.
 *
 *   pseudo-cluster N [DIR] [--port P] [--data DIR] [--no-start | --services]
 *                                                  lay out N servers, start them, show who leads
 *   pseudo-cluster start|stop|status [DIR]         all of them
 *   pseudo-cluster restart ID [DIR]                one of them
 *   pseudo-cluster check [DIR | CONFIG CONFIG ...] mistakes in their configurations
 *   pseudo-cluster destroy [DIR] [--yes]           stop them and remove their directories
 *
 * --services, on Windows, makes each a service, Paddock-1 and so on, which the verbs then are
 * about.
 *
 * Each server is an instance like any other: what `start` and `stop` do to one is done to each, and
 * a single one answers to `zkServer.sh status DIR/2/zoo.cfg` as well. */
#include "verbs/verbs_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/plat.h"
#include "base/plat_service.h"
#include "config/value.h"
#include "verbs/cluster.h"
#include "verbs/files.h"
#include "verbs/service.h"

enum {
    LEADER_MS_MAX = 30000, /* from the last start until everyone has a role */
    POLL_MS = 100,
    CLIENT_PORT_DEFAULT = 2181
};

static const char default_dir[] = "pseudo-cluster";

typedef struct cluster_words {
    const char *what;           /* a number or a word */
    const char *id;             /* of restart */
    apr_array_header_t *places; /* of const char * */
    const char *data_dir;
    int port;
    bool no_start;
    bool services;
    bool yes;
} cluster_words_t;

static int fail(zk_verbs_t *verbs, const zk_note_t *note)
{
    fflush(verbs->out);
    fprintf(verbs->err, "%s\n", note->text);
    return ZK_VERB_FAILED;
}

static int usage(zk_verbs_t *verbs, const char *word, const char *why)
{
    if (word != NULL)
        fprintf(verbs->err, "pseudo-cluster: '%s' %s\n", word, why);
    fputs(
        "usage: pseudo-cluster N [DIR] [--port P] [--data DIR] [--no-start | --services]\n"
        "       pseudo-cluster {start|stop|status} [DIR]\n"
        "       pseudo-cluster restart ID [DIR]\n"
        "       pseudo-cluster check [DIR | CONFIG CONFIG ...]\n"
        "       pseudo-cluster destroy [DIR] [--yes]\n"
        "DIR is ./pseudo-cluster where it is not given; P, the client port of server 1, is 2181.\n",
        verbs->err);
    return ZK_VERB_USAGE;
}

/* ---- words ---- */

/* A small number in WORD, to *NUMBER (which may be NULL). */
static bool take_number(const char *word, int *number)
{
    int64_t value;

    if (!zk_config_parse_int(word, &value, 0, 1000000))
        return false;
    if (number != NULL)
        *number = (int)value;
    return true;
}

/* NULL, or the word that is wrong. */
static const char *take_words(cluster_words_t *words, const apr_array_header_t *rest)
{
    int i;

    for (i = 0; i < rest->nelts; i++) {
        const char *word = APR_ARRAY_IDX(rest, i, const char *);
        const char *next = i + 1 < rest->nelts ? APR_ARRAY_IDX(rest, i + 1, const char *) : NULL;

        if (strcmp(word, "--no-start") == 0) {
            words->no_start = true;
        } else if (strcmp(word, "--services") == 0) {
            words->services = true;
        } else if (strcmp(word, "--yes") == 0) {
            words->yes = true;
        } else if (strcmp(word, "--port") == 0 && next != NULL && take_number(next, &words->port)) {
            i++;
        } else if (strcmp(word, "--data") == 0 && next != NULL) {
            words->data_dir = next;
            i++;
        } else if (word[0] == '-') {
            return word;
        } else if (words->what == NULL) {
            words->what = word;
        } else if (strcmp(words->what, "restart") == 0 && words->id == NULL) {
            words->id = word;
        } else if (words->places->nelts > 0 && strcmp(words->what, "check") != 0) {
            return word;
        } else {
            APR_ARRAY_PUSH(words->places, const char *) = word;
        }
    }
    return NULL;
}

/* A server reads its dataDir from wherever it is started, so the place is made absolute. */
static const char *absolute(const char *path, apr_pool_t *pool)
{
    char *whole = NULL;
    apr_status_t rv =
        apr_filepath_merge(&whole, NULL, path, APR_FILEPATH_NATIVE | APR_FILEPATH_TRUENAME, pool);

    return rv == APR_SUCCESS || APR_STATUS_IS_EPATHWILD(rv) ? whole : path;
}

static const char *place_of(const cluster_words_t *words, apr_pool_t *pool)
{
    return absolute(words->places->nelts > 0 ? APR_ARRAY_IDX(words->places, 0, const char *)
                                             : default_dir,
                    pool);
}

/* ---- what they are ---- */

static const char *port_of(const zk_instance_t *instance)
{
    const char *port = zk_instance_value(instance, "clientPort");

    return port != NULL ? port : "?";
}

static void print_member(zk_verbs_t *verbs, const zk_cluster_member_t *member, const char *mode)
{
    int64_t pid = zk_instance_process(member->instance, NULL);

    if (pid == 0)
        pid = zk_instance_owner(member->instance); /* a service keeps no pid file */
    fprintf(verbs->out, "server %s  client port %s  ", member->name, port_of(member->instance));
    if (pid == 0)
        fputs("not running\n", verbs->out);
    else
        fprintf(verbs->out, "%s (process %" PRId64 ")\n",
                mode != NULL ? mode : "not serving: no quorum, or still starting", pid);
}

/* Does everyone have a role, and one of them that of the leader? */
static bool all_serve(const zk_cluster_t *cluster, apr_pool_t *scratch)
{
    bool has_leader = false;
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const char *mode =
            zk_verb_mode(APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t).instance, scratch);

        if (mode == NULL)
            return false;
        has_leader |= strcmp(mode, "leader") == 0 || strcmp(mode, "standalone") == 0;
    }
    return has_leader;
}

static bool await_roles(const zk_cluster_t *cluster, apr_pool_t *pool)
{
    int64_t end_ms = plat_monotonic_ms() + LEADER_MS_MAX;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    while (!all_serve(cluster, scratch)) {
        if (plat_monotonic_ms() >= end_ms)
            return false;
        apr_sleep((apr_interval_time_t)POLL_MS * 1000);
        apr_pool_clear(scratch);
    }
    return true;
}

static void print_connect_line(zk_verbs_t *verbs, const zk_cluster_t *cluster)
{
    const char *script = zk_instance_environment("ZOO_SCRIPT", verbs->pool);
    size_t length = script == NULL ? 0 : strlen(script);
    bool is_cmd = length > 4 && strcmp(script + length - 4, ".cmd") == 0;
    int i;

    fprintf(verbs->out, "connect with: zkCli.%s -server ", is_cmd ? "cmd" : "sh");
    for (i = 0; i < cluster->members->nelts; i++)
        fprintf(verbs->out, "%slocalhost:%s", i > 0 ? "," : "",
                port_of(APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t).instance));
    fputc('\n', verbs->out);
}

static int show(zk_verbs_t *verbs, const zk_cluster_t *cluster)
{
    int serving = 0;
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);
        const char *mode = zk_verb_mode(member->instance, verbs->pool);

        serving += mode != NULL ? 1 : 0;
        print_member(verbs, member, mode);
    }
    return serving == cluster->members->nelts ? ZK_VERB_OK : ZK_VERB_FAILED;
}

/* ---- doing it to each ---- */

typedef int member_fn_t(zk_verbs_t *verbs, const zk_verb_words_t *words,
                        const zk_instance_t *instance);

static int for_each(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_cluster_t *cluster,
                    member_fn_t *run)
{
    int code = ZK_VERB_OK;
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);
        int result;

        fprintf(verbs->out, "server %s: ", member->name);
        result = run(verbs, words, member->instance);
        code = code != ZK_VERB_OK ? code : result;
    }
    return code;
}

/* Do RUN to INSTANCE, or OF_SERVICE where a service runs it. */
static int run_either(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const zk_instance_t *instance, member_fn_t *run, member_fn_t *of_service)
{
    zk_verb_words_t own = {.defines = apr_array_copy(verbs->pool, words->defines),
                           .rest = apr_array_make(verbs->pool, 1, sizeof(const char *))};
    int code = zk_service_find(verbs, &own, &instance, false);

    if (code != ZK_VERB_OK)
        return code;
    return (own.service != NULL ? of_service : run)(verbs, &own, instance);
}

static int start_member(zk_verbs_t *verbs, const zk_verb_words_t *words,
                        const zk_instance_t *instance)
{
    return run_either(verbs, words, instance, zk_verb_start, zk_service_start);
}

static int stop_member(zk_verbs_t *verbs, const zk_verb_words_t *words,
                       const zk_instance_t *instance)
{
    return run_either(verbs, words, instance, zk_verb_stop, zk_service_stop);
}

static int retire_member(zk_verbs_t *verbs, const zk_verb_words_t *words,
                         const zk_instance_t *instance)
{
    return run_either(verbs, words, instance, zk_verb_stop, zk_service_retire);
}

static int install_members(zk_verbs_t *verbs, const zk_verb_words_t *words,
                           const zk_cluster_t *cluster)
{
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);
        zk_verb_words_t own = {.defines = words->defines,
                               .rest = apr_array_make(verbs->pool, 1, sizeof(const char *)),
                               .service = apr_pstrcat(verbs->pool, "Paddock-", member->name, NULL)};
        int code = zk_verb_install(verbs, &own, member->instance);

        if (code != ZK_VERB_OK)
            return code;
    }
    return ZK_VERB_OK;
}

static int start_one(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    if (zk_instance_process(instance, NULL) == 0)
        return start_member(verbs, words, instance);
    fputs("already running\n", verbs->out);
    return ZK_VERB_OK;
}

static int start_all(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_cluster_t *cluster)
{
    int code;

    if (zk_cluster_check(cluster, verbs->err, verbs->pool) > 0)
        return ZK_VERB_FAILED;
    code = for_each(verbs, words, cluster, start_one);
    if (code != ZK_VERB_OK)
        return code;
    if (!await_roles(cluster, verbs->pool))
        fprintf(verbs->err,
                "after %d seconds not every server has found a leader; their logs are in the "
                "directories `logs` beside their configurations\n",
                LEADER_MS_MAX / 1000);
    code = show(verbs, cluster);
    print_connect_line(verbs, cluster);
    return code;
}

static int lay_out(zk_verbs_t *verbs, const zk_verb_words_t *words,
                   const cluster_words_t *cluster_words)
{
    zk_cluster_plan_t plan = {.dir = place_of(cluster_words, verbs->pool),
                              .client_port = cluster_words->port};
    zk_cluster_t *cluster;
    zk_note_t note = {""};
    int code;

    if (cluster_words->services && !plat_service_can_install()) {
        zk_note(&note, APR_SUCCESS, "services are installed by packages on this system");
        return fail(verbs, &note);
    }
    take_number(cluster_words->what, &plan.count);
    if (cluster_words->data_dir != NULL)
        plan.data_dir = absolute(cluster_words->data_dir, verbs->pool);
    if (zk_cluster_lay_out(&plan, verbs->pool, &note) != APR_SUCCESS ||
        zk_cluster_find(&cluster, plan.dir, verbs->pool, &note) != APR_SUCCESS)
        return fail(verbs, &note);
    fprintf(verbs->out, "%d servers laid out below %s\n", plan.count, plan.dir);
    fflush(verbs->out);
    code = cluster_words->services ? install_members(verbs, words, cluster) : ZK_VERB_OK;
    if (code != ZK_VERB_OK || cluster_words->no_start)
        return code;
    return start_all(verbs, words, cluster);
}

static int restart_one(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_cluster_t *cluster,
                       const char *id)
{
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);
        int code;

        if (strcmp(member->name, id) != 0)
            continue;
        code = stop_member(verbs, words, member->instance);
        if (code == ZK_VERB_OK)
            code = start_member(verbs, words, member->instance);
        if (code == ZK_VERB_OK)
            await_roles(cluster, verbs->pool);
        return code == ZK_VERB_OK ? show(verbs, cluster) : code;
    }
    fprintf(verbs->err, "there is no server '%s' below %s\n", id, cluster->dir);
    return ZK_VERB_FAILED;
}

static int destroy(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_cluster_t *cluster,
                   bool yes)
{
    zk_note_t note = {""};
    int i;

    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);

        if (!zk_cluster_is_laid_out(member, verbs->pool)) {
            fprintf(verbs->err,
                    "%s was not laid out by pseudo-cluster, so nothing here is removed\n",
                    member->instance->config_file);
            return ZK_VERB_FAILED;
        }
    }
    if (!yes && !plat_input_is_terminal()) {
        fprintf(verbs->err,
                "nobody can be asked here: say --yes to stop %d servers and delete all they have "
                "below %s\n",
                cluster->members->nelts, cluster->dir);
        return ZK_VERB_FAILED;
    }
    if (!yes) {
        char answer[16];

        fprintf(verbs->err, "Stop %d servers and delete all they have below %s? (yes/no) ",
                cluster->members->nelts, cluster->dir);
        fflush(verbs->err);
        if (!plat_input_read_line(answer, sizeof(answer)) || strcmp(answer, "yes") != 0)
            return ZK_VERB_FAILED;
    }
    if (for_each(verbs, words, cluster, retire_member) != ZK_VERB_OK)
        return ZK_VERB_FAILED;
    for (i = 0; i < cluster->members->nelts; i++) {
        const zk_cluster_member_t *member =
            &APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t);

        if (member->instance->data_dir != NULL &&
            zk_verb_remove_tree(member->instance->data_dir, verbs->pool, &note) != APR_SUCCESS)
            return fail(verbs, &note);
        if (zk_verb_remove_tree(apr_pstrcat(verbs->pool, cluster->dir, "/", member->name, NULL),
                                verbs->pool, &note) != APR_SUCCESS)
            return fail(verbs, &note);
    }
    apr_dir_remove(cluster->dir, verbs->pool); /* unless something else is in it */
    fprintf(verbs->out, "%d servers removed\n", cluster->members->nelts);
    return ZK_VERB_OK;
}

static int check(zk_verbs_t *verbs, const zk_cluster_t *cluster)
{
    int mistakes = zk_cluster_check(cluster, verbs->out, verbs->pool);

    if (mistakes == 0)
        fprintf(verbs->out, "%d configurations, no mistakes found\n", cluster->members->nelts);
    return mistakes == 0 ? ZK_VERB_OK : ZK_VERB_FAILED;
}

/* ---- the verb ---- */

static int on_cluster(zk_verbs_t *verbs, const zk_verb_words_t *words,
                      const cluster_words_t *cluster_words)
{
    const apr_array_header_t *places = cluster_words->places;
    const char *what = cluster_words->what;
    zk_cluster_t *cluster;
    zk_note_t note = {""};

    if (strcmp(what, "check") == 0 && places->nelts > 0 &&
        !zk_verb_is_directory(APR_ARRAY_IDX(places, 0, const char *), verbs->pool))
        return check(verbs, zk_cluster_of_files((const char *const *)places->elts, places->nelts,
                                                verbs->pool));
    if (zk_cluster_find(&cluster, place_of(cluster_words, verbs->pool), verbs->pool, &note) !=
        APR_SUCCESS)
        return fail(verbs, &note);
    if (strcmp(what, "check") == 0)
        return check(verbs, cluster);
    if (strcmp(what, "start") == 0)
        return start_all(verbs, words, cluster);
    if (strcmp(what, "stop") == 0)
        return for_each(verbs, words, cluster, stop_member);
    if (strcmp(what, "status") == 0)
        return show(verbs, cluster);
    if (strcmp(what, "destroy") == 0)
        return destroy(verbs, words, cluster, cluster_words->yes);
    return restart_one(verbs, words, cluster, cluster_words->id);
}

int zk_verb_cluster(zk_verbs_t *verbs, const zk_verb_words_t *words, const zk_instance_t *instance)
{
    static const char *const known[] = {"start", "stop", "status", "restart", "check", "destroy"};
    cluster_words_t cluster_words = {.port = CLIENT_PORT_DEFAULT};
    const char *wrong;
    size_t i;

    (void)instance;
    cluster_words.places = apr_array_make(verbs->pool, 3, sizeof(const char *));
    wrong = take_words(&cluster_words, words->rest);
    if (wrong != NULL)
        return usage(verbs, wrong,
                     strcmp(wrong, "--port") == 0   ? "needs a port's number behind it"
                     : strcmp(wrong, "--data") == 0 ? "needs a directory behind it"
                                                    : "has no meaning here");
    if (cluster_words.what == NULL)
        return usage(verbs, NULL, NULL);
    if (take_number(cluster_words.what, NULL))
        return lay_out(verbs, words, &cluster_words);
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], cluster_words.what) == 0)
            break;
    if (i == sizeof(known) / sizeof(known[0]))
        return usage(verbs, cluster_words.what,
                     "is neither a number of servers nor a verb of these");
    if (strcmp(cluster_words.what, "restart") == 0 && cluster_words.id == NULL)
        return usage(verbs, "restart", "wants the number of a server");
    return on_cluster(verbs, words, &cluster_words);
}
