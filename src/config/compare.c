/* compare.c -- mistakes in the configurations of one ensemble, found before a server starts.
 *
 * Each server reads its own file only, so no server can see that two of them do not fit together;
 * upstream then shows elections that never end, or two leaders.  Here all files are read at once.
 * Ports are compared only among servers whose hosts are written the same. */
#include "config/config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <apr_strings.h>

#include "base/buffer.h"

typedef struct checker {
    const char *const *files;
    int count;
    const zk_config_t **configs; /* by place; NULL: it does not load */
    FILE *out;
    int mistakes;
    apr_pool_t *pool;
} checker_t;

static void complain(checker_t *checker, const char *format, ...) ZK_PRINTF(2, 3);

static void complain(checker_t *checker, const char *format, ...)
{
    va_list arguments;

    checker->mistakes++;
    va_start(arguments, format);
    vfprintf(checker->out, format, arguments);
    va_end(arguments);
    fputc('\n', checker->out);
}

/* ---- one file ---- */

static void load_one(checker_t *checker, int place)
{
    zk_config_t *config = zk_config_create(checker->pool);
    zk_note_t note = {""};

    if (zk_config_load_file(config, checker->files[place], &note) != APR_SUCCESS) {
        complain(checker, "%s: %s", checker->files[place], note.text);
        return;
    }
    checker->configs[place] = config;
    if (!config->distributed && checker->count == 1)
        return;
    if (!config->distributed)
        complain(checker, "%s: it names no other servers, so this one would run alone",
                 checker->files[place]);
    else if (zk_config_member(&config->members, config->server_id) == NULL)
        complain(checker, "%s: its myid is %" PRId64 ", but there is no line server.%" PRId64,
                 checker->files[place], config->server_id, config->server_id);
}

/* ---- two files ---- */

static const char *list_text(const zk_config_t *config, apr_pool_t *pool)
{
    zk_buffer_t text = ZK_BUFFER_INIT;
    const char *copy;

    zk_config_print_members(&config->members, &text);
    copy = apr_pstrmemdup(pool, (const char *)zk_buffer_bytes(&text), zk_buffer_size(&text));
    zk_buffer_free(&text);
    return copy;
}

/* The first line of A that is not in B. */
static const char *first_difference(const char *a, const char *b, apr_pool_t *pool)
{
    char *state = NULL;
    char *line;

    for (line = apr_strtok(apr_pstrdup(pool, a), "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        const char *at = strstr(b, line);

        if (at == NULL || (at != b && at[-1] != '\n') ||
            (at[strlen(line)] != '\n' && at[strlen(line)] != '\0'))
            return line;
    }
    return NULL;
}

/* The client part of a server's own line comes from its clientPort, and only its own file has it.
 */
static const char *without_client_parts(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text);
    char *to = copy;

    while (*text != '\0') {
        if (*text == ';')
            text += strcspn(text, "\n");
        else
            *to++ = *text++;
    }
    *to = '\0';
    return copy;
}

static void compare_lists(checker_t *checker, int a, int b)
{
    const char *first =
        without_client_parts(list_text(checker->configs[a], checker->pool), checker->pool);
    const char *second =
        without_client_parts(list_text(checker->configs[b], checker->pool), checker->pool);
    const char *only_first = first_difference(first, second, checker->pool);
    const char *only_second = first_difference(second, first, checker->pool);

    if (only_first != NULL)
        complain(checker,
                 "%s: the line '%s' is not in %s; the lists of all servers must be the same",
                 checker->files[a], only_first, checker->files[b]);
    if (only_second != NULL)
        complain(checker,
                 "%s: the line '%s' is not in %s; the lists of all servers must be the same",
                 checker->files[b], only_second, checker->files[a]);
}

static void compare_two(checker_t *checker, int a, int b)
{
    const zk_config_t *first = checker->configs[a];
    const zk_config_t *second = checker->configs[b];

    if (first->server_id >= 0 && first->server_id == second->server_id)
        complain(checker, "%s and %s: both are server %" PRId64 " by their myid files",
                 checker->files[a], checker->files[b], first->server_id);
    if (strcmp(first->data_dir_absolute, second->data_dir_absolute) == 0)
        complain(checker, "%s and %s: both use the dataDir %s", checker->files[a],
                 checker->files[b], first->data_dir_absolute);
    if (first->tick_ms != second->tick_ms || first->init_limit_ticks != second->init_limit_ticks ||
        first->sync_limit_ticks != second->sync_limit_ticks)
        complain(checker, "%s and %s: tickTime, initLimit or syncLimit differ", checker->files[a],
                 checker->files[b]);
    compare_lists(checker, a, b);
}

/* ---- ports ---- */

typedef struct used_port {
    const char *host;
    int port;
    const char *what;
} used_port_t;

/* Is one host the same machine as another? As it is written; a wildcard is every one. */
static bool meets(const char *a, const char *b)
{
    static const char *const all[] = {"0.0.0.0", "::", "*"};
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(a, all[i]) == 0 || strcmp(b, all[i]) == 0)
            return true;
    return strcmp(a, b) == 0;
}

static void use_port(checker_t *checker, apr_array_header_t *used, const char *host, int port,
                     const char *what)
{
    int i;

    if (port <= 0)
        return;
    for (i = 0; i < used->nelts; i++) {
        const used_port_t *before = &APR_ARRAY_IDX(used, i, used_port_t);

        if (before->port == port && meets(before->host, host))
            complain(checker, "port %d is used twice: %s, and %s", port, before->what, what);
    }
    *(used_port_t *)apr_array_push(used) = (used_port_t){host, port, what};
}

static void check_ports(checker_t *checker)
{
    apr_array_header_t *used = apr_array_make(checker->pool, 16, sizeof(used_port_t));
    const zk_config_t *lists = NULL;
    int i, k;

    for (i = 0; i < checker->count; i++) {
        const zk_config_t *config = checker->configs[i];

        if (config == NULL)
            continue;
        lists = config;
        use_port(checker, used, config->client_address != NULL ? config->client_address : "0.0.0.0",
                 config->client_port,
                 apr_pstrcat(checker->pool, "clientPort of ", checker->files[i], NULL));
    }
    for (i = 0; lists != NULL && i < lists->members.count; i++) {
        const zk_config_member_t *member = &lists->members.items[i];

        for (k = 0; k < member->addresses_count; k++) {
            const zk_config_address_t *address = &member->addresses[k];

            use_port(checker, used, address->host, address->quorum_port,
                     apr_psprintf(checker->pool, "the leader's port of server.%" APR_INT64_T_FMT,
                                  (apr_int64_t)member->sid));
            use_port(checker, used, address->host, address->election_port,
                     apr_psprintf(checker->pool, "the election's port of server.%" APR_INT64_T_FMT,
                                  (apr_int64_t)member->sid));
        }
    }
}

/* ---- the whole ---- */

int zk_config_compare(const char *const *files, int count, FILE *out, apr_pool_t *pool)
{
    checker_t checker = {files, count, NULL, out, 0, pool};
    int before = -1; /* lists are compared with the one before, so a difference is said once */
    int i, k;

    checker.configs = apr_pcalloc(pool, (apr_size_t)count * sizeof(*checker.configs));
    for (i = 0; i < count; i++)
        load_one(&checker, i);
    for (i = 0; i < count; i++) {
        if (checker.configs[i] == NULL)
            continue;
        if (before >= 0)
            compare_two(&checker, before, i);
        for (k = 0; k < before; k++)
            if (checker.configs[k] != NULL && checker.configs[k]->server_id >= 0 &&
                checker.configs[k]->server_id == checker.configs[i]->server_id)
                complain(&checker, "%s and %s: both are server %" PRId64 " by their myid files",
                         files[k], files[i], checker.configs[i]->server_id);
        before = i;
    }
    check_ports(&checker);
    return checker.mistakes;
}
