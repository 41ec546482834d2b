/* cluster.c -- finding the servers below a directory, laying new ones out, and having their
 * configurations looked through. */
#include "verbs/cluster.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "config/config.h"
#include "verbs/files.h"

/* ---- finding ---- */

/* Numbers by value, everything else by its letters. */
static int compare_members(const void *a, const void *b)
{
    const char *left = ((const zk_cluster_member_t *)a)->name;
    const char *right = ((const zk_cluster_member_t *)b)->name;

    if (isdigit((unsigned char)*left) && isdigit((unsigned char)*right)) {
        long first = strtol(left, NULL, 10);
        long second = strtol(right, NULL, 10);

        if (first != second)
            return first < second ? -1 : 1;
    }
    return strcmp(left, right);
}

static const char *directory_of(const char *path, apr_pool_t *pool)
{
    const char *end = path + strlen(path);

    while (end > path && *end != '/' && *end != '\\')
        end--;
    return end == path ? "." : apr_pstrmemdup(pool, path, (apr_size_t)(end - path));
}

static void add_member(zk_cluster_t *cluster, const char *name, const char *config_file,
                       apr_pool_t *pool)
{
    zk_cluster_member_t *member = apr_array_push(cluster->members);

    member->name = name;
    member->instance = zk_instance_at(config_file, pool);
    member->instance->log_dir = apr_pstrcat(pool, directory_of(config_file, pool), "/logs", NULL);
    member->instance->output_file =
        apr_pstrcat(pool, member->instance->log_dir, "/zookeeper.out", NULL);
}

static zk_cluster_t *make_cluster(const char *dir, apr_pool_t *pool)
{
    zk_cluster_t *cluster = apr_pcalloc(pool, sizeof(*cluster));

    cluster->dir = dir;
    cluster->members = apr_array_make(pool, 3, sizeof(zk_cluster_member_t));
    return cluster;
}

static void look_into(zk_cluster_t *cluster, const char *name, apr_pool_t *pool)
{
    static const char *const places[] = {"zoo.cfg", "conf/zoo.cfg"};
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *path = apr_pstrcat(pool, cluster->dir, "/", name, "/", places[i], NULL);

        if (zk_verb_is_there(path, pool)) {
            add_member(cluster, name, path, pool);
            return;
        }
    }
}

apr_status_t zk_cluster_find(zk_cluster_t **out, const char *dir, apr_pool_t *pool, zk_note_t *note)
{
    zk_cluster_t *cluster = make_cluster(dir, pool);
    apr_finfo_t info;
    apr_dir_t *listing;
    apr_status_t rv = apr_dir_open(&listing, dir, pool);

    if (rv != APR_SUCCESS)
        return zk_note(note, rv, "cannot read the directory '%s'", dir);
    while ((rv = apr_dir_read(&info, APR_FINFO_NAME, listing)) == APR_SUCCESS ||
           rv == APR_INCOMPLETE)
        if (info.name[0] != '.' && cluster->members->nelts < ZK_CLUSTER_SERVERS_MAX)
            look_into(cluster, apr_pstrdup(pool, info.name), pool);
    apr_dir_close(listing);
    if (cluster->members->nelts == 0)
        return zk_note(note, ZK_E_NOT_FOUND,
                       "'%s' holds no server: none of its directories has a zoo.cfg", dir);
    qsort(cluster->members->elts, (size_t)cluster->members->nelts, sizeof(zk_cluster_member_t),
          compare_members);
    *out = cluster;
    return APR_SUCCESS;
}

zk_cluster_t *zk_cluster_of_files(const char *const *files, int count, apr_pool_t *pool)
{
    zk_cluster_t *cluster = make_cluster(".", pool);
    int i;

    for (i = 0; i < count; i++)
        add_member(cluster, files[i], files[i], pool);
    return cluster;
}

/* ---- laying out ---- */

#define MARK "laid out by `pseudo-cluster`"

/* The character at *TEXT, which is read past; a byte that begins none stands for itself. */
static uint32_t next_character(const unsigned char **text)
{
    const unsigned char *at = *text;
    int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc2 ? 1 : 0;
    uint32_t character = more == 0 ? at[0] : at[0] & (0x3fu >> more);
    int i;

    for (i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            *text = at + 1;
            return at[0];
        }
        character = character << 6 | (at[i] & 0x3fu);
    }
    *text = at + 1 + more;
    return character;
}

/* PATH as the value of a key: what properties files take for an escape is doubled, and what is
 * beyond ASCII, which they take for Latin-1, is named by its number. */
static const char *escaped(const char *path, apr_pool_t *pool)
{
    size_t left = strlen(path) * 6 + 1;
    char *text = apr_palloc(pool, left);
    char *to = text;
    const unsigned char *at = (const unsigned char *)path;

    while (*at != '\0') {
        uint32_t character = next_character(&at);
        int length;

        if (character >= 0x10000)
            length = snprintf(to, left, "\\u%04" PRIx32 "\\u%04" PRIx32,
                              0xd800 + ((character - 0x10000) >> 10), 0xdc00 + (character & 0x3ff));
        else if (character >= 0x80)
            length = snprintf(to, left, "\\u%04" PRIx32, character);
        else
            length = snprintf(to, left, character == '\\' ? "\\\\" : "%c", (char)character);
        to += length;
        left -= (size_t)length;
    }
    *to = '\0';
    return text;
}

static const char *data_dir_of(const zk_cluster_plan_t *plan, int id, apr_pool_t *pool)
{
    char separator = strchr(plan->dir, '\\') != NULL && strchr(plan->dir, '/') == NULL ? '\\' : '/';

    if (plan->data_dir != NULL)
        return apr_psprintf(pool, "%s%c%d", plan->data_dir, separator, id);
    return apr_psprintf(pool, "%s%c%d%cdata", plan->dir, separator, id, separator);
}

static const char *config_text(const zk_cluster_plan_t *plan, int id, apr_pool_t *pool)
{
    const char *text = apr_psprintf(
        pool,
        "# Server %d of %d on this machine, " MARK ".\n"
        "\n"
        "tickTime=2000\n"
        "\n"
        "# Ticks that a server may take to connect to the leader and load its data, and to answer "
        "it.\n"
        "initLimit=10\n"
        "syncLimit=5\n"
        "\n"
        "dataDir=%s\n"
        "clientPort=%d\n"
        "admin.serverPort=%d\n"
        "\n"
        "# All servers: host, port of the leader, port of the election.  The same for each of "
        "them.\n",
        id, plan->count, escaped(data_dir_of(plan, id, pool), pool), plan->client_port + id - 1,
        plan->client_port + 2 * ZK_CLUSTER_ELECTION_DISTANCE + id - 1);
    int i;

    for (i = 1; i <= plan->count; i++)
        text = apr_psprintf(pool, "%sserver.%d=localhost:%d:%d\n", text, i,
                            plan->client_port + ZK_CLUSTER_QUORUM_DISTANCE + i - 1,
                            plan->client_port + ZK_CLUSTER_ELECTION_DISTANCE + i - 1);
    return text;
}

bool zk_cluster_is_laid_out(const zk_cluster_member_t *member, apr_pool_t *scratch)
{
    char *text = NULL;
    size_t size = 0;
    zk_note_t note;

    if (zk_config_read_whole(member->instance->config_file, &text, &size, scratch, &note) !=
        APR_SUCCESS)
        return false;
    return strstr(apr_pstrmemdup(scratch, text, size), MARK) != NULL;
}

static apr_status_t lay_out_one(const zk_cluster_plan_t *plan, int id, apr_pool_t *pool,
                                zk_note_t *note)
{
    const char *dir = apr_psprintf(pool, "%s/%d", plan->dir, id);
    const char *data_dir = data_dir_of(plan, id, pool);
    apr_status_t rv = zk_verb_make_directory(dir, pool, note);

    if (rv == APR_SUCCESS)
        rv = zk_verb_make_directory(data_dir, pool, note);
    if (rv == APR_SUCCESS)
        rv = zk_verb_write_file(apr_pstrcat(pool, data_dir, "/myid", NULL),
                                apr_psprintf(pool, "%d\n", id), pool, note);
    if (rv == APR_SUCCESS)
        rv = zk_verb_write_file(apr_pstrcat(pool, dir, "/zoo.cfg", NULL),
                                config_text(plan, id, pool), pool, note);
    return rv;
}

apr_status_t zk_cluster_lay_out(const zk_cluster_plan_t *plan, apr_pool_t *pool, zk_note_t *note)
{
    apr_status_t rv = APR_SUCCESS;
    int id;

    if (plan->count < 1 || plan->count > ZK_CLUSTER_SERVERS_MAX)
        return zk_note(note, ZK_E_USAGE, "%d servers cannot be laid out: 1 to %d can", plan->count,
                       ZK_CLUSTER_SERVERS_MAX);
    if (plan->client_port < 1 ||
        plan->client_port + 2 * ZK_CLUSTER_ELECTION_DISTANCE + plan->count > 65535)
        return zk_note(note, ZK_E_USAGE,
                       "the first client port is %d; with the ports that follow from it, it may be "
                       "1 to %d",
                       plan->client_port, 65535 - 2 * ZK_CLUSTER_ELECTION_DISTANCE - plan->count);
    for (id = 1; id <= plan->count; id++)
        if (zk_verb_is_there(apr_psprintf(pool, "%s/%d", plan->dir, id), pool))
            return zk_note(
                note, APR_EEXIST,
                "'%s/%d' is there already; start what is there with `pseudo-cluster start "
                "%s`, or remove it with `pseudo-cluster destroy %s`",
                plan->dir, id, plan->dir, plan->dir);
    for (id = 1; id <= plan->count && rv == APR_SUCCESS; id++)
        rv = lay_out_one(plan, id, pool, note);
    return rv;
}

/* ---- looking through ---- */

int zk_cluster_check(const zk_cluster_t *cluster, FILE *out, apr_pool_t *pool)
{
    int count = cluster->members->nelts;
    const char **files = apr_palloc(pool, (apr_size_t)(count + 1) * sizeof(*files));
    int i;

    for (i = 0; i < count; i++)
        files[i] = APR_ARRAY_IDX(cluster->members, i, zk_cluster_member_t).instance->config_file;
    return zk_config_compare(files, count, out, pool);
}
