/* quota_commands.c -- setquota, listquota, delquota.
 *
 * A quota of /a is kept in znodes: /zookeeper/quota/a/zookeeper_limits holds what is allowed,
 * zookeeper_stats beside it what is used, which the server keeps up.  Quotas do not nest.  Several
 * messages here are not failures: the exit code stays 0, as upstream has it.
 *
 * Facts: upstream SetQuotaCommand.java, ListQuotaCommand.java, DelQuotaCommand.java, Quotas.java.
 */
#include <inttypes.h>
#include <string.h>
#include <apr_strings.h>

#include "client/requests.h"
#include "cli/commands.h"
#include "cli/quota.h"
#include "cli/tools.h"
#include "cli/walk.h"
#include "wire/code.h"
#include "wire/opcode.h"

#define QUOTA_ROOT "/zookeeper/quota"

static const char *quota_path(zk_shell_t *shell, const char *path, const char *leaf)
{
    return apr_pstrcat(shell->scratch, QUOTA_ROOT, path, leaf, NULL);
}

static int32_t read_quota(zk_shell_t *shell, zk_quota_t *quota, const char *path)
{
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), false, &data, NULL, shell->arena);

    if (code == ZK_CODE_OK)
        zk_quota_parse(quota, data);
    return code;
}

/* The text of QUOTA in the shell's arena. */
static zk_str_t quota_text(zk_shell_t *shell, const zk_quota_t *quota)
{
    zk_buffer_t text = ZK_BUFFER_INIT;
    zk_str_t copy;

    zk_quota_print(quota, &text);
    copy = zk_str_n(zk_arena_copy(shell->arena, zk_buffer_bytes(&text), zk_buffer_size(&text)),
                    zk_buffer_size(&text));
    zk_buffer_free(&text);
    return copy;
}

/* Only one limit at a time. */
static int refuse_second_option(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                                const char *command)
{
    zk_buffer_printf(&shell->err,
                     "The option '%s' was specified but an option from this group has already been "
                     "selected: '%s'\n",
                     arguments->options[1].name, arguments->options[0].name);
    return zk_cli_usage(shell, command);
}

/* ---- setquota ---- */

static const char not_a_number[] = "NumberFormatException happens when parsing the option value";

/* Read the one limit that was given into QUOTA.  Returns a sentence, or NULL when all is well. */
static const char *take_limit(const zk_cli_arguments_t *arguments, zk_quota_t *quota)
{
    const char *count = zk_cli_option(arguments, "n");
    const char *bytes = zk_cli_option(arguments, "b");
    bool is_hard = count == NULL && bytes == NULL;
    int64_t value;

    *quota = (zk_quota_t){-1, -1, -1, -1, true, true};
    if (is_hard) {
        count = zk_cli_option(arguments, "N");
        bytes = zk_cli_option(arguments, "B");
    }
    if (!zk_cli_parse_number(&value, count != NULL ? count : bytes,
                             count != NULL ? INT32_MIN : INT64_MIN,
                             count != NULL ? INT32_MAX : INT64_MAX))
        return not_a_number;
    if (count != NULL && value <= 0)
        return "the num quota must be greater than zero";
    if (count == NULL && value < 0)
        return "the bytes quota must be greater than or equal to zero";
    *(count != NULL ? (is_hard ? &quota->count_hard : &quota->count)
                    : (is_hard ? &quota->bytes_hard : &quota->bytes)) = value;
    return NULL;
}

/* Whether the quota znode PATH exists and holds limits. */
static int32_t holds_limits(zk_shell_t *shell, const char *path, bool *holds)
{
    zk_str_vector_t children;
    int32_t code =
        zk_client_get_children(shell->client, zk_str(path), false, &children, NULL, shell->arena);
    int32_t i;

    *holds = false;
    for (i = 0; code == ZK_CODE_OK && i < children.count; i++)
        if (zk_str_equal_c(children.items[i], "zookeeper_limits"))
            *holds = true;
    return code == ZK_CODE_NO_NODE ? ZK_CODE_OK : code;
}

typedef struct limits_below {
    const char *path;  /* of the quota znode that is about to be made */
    const char *found; /* the first other one below it */
} limits_below_t;

static void find_limits(zk_shell_t *shell, zk_str_t path, void *baton)
{
    limits_below_t *below = baton;
    const char *end = strrchr(path.data, '/');

    if (below->found == NULL && strcmp(end, "/zookeeper_limits") == 0 &&
        (size_t)(end - path.data) != strlen(below->path))
        below->found = apr_pstrmemdup(shell->scratch, path.data, (apr_size_t)(end - path.data));
}

/* Refuse a quota below or above another.  Returns a sentence, or NULL; *CODE is not OK when the
 * server did not answer. */
static const char *find_conflict(zk_shell_t *shell, const char *path, int32_t *code)
{
    limits_below_t below = {quota_path(shell, path, ""), NULL};
    const char *slash = path;
    const char *where;

    *code = zk_cli_visit_below(shell, below.path, false, find_limits, &below, &where);
    if (*code != ZK_CODE_OK)
        return NULL;
    if (below.found != NULL)
        return apr_psprintf(shell->scratch, "%s has a child %s which has a quota", path,
                            below.found + strlen(QUOTA_ROOT));
    while ((slash = strchr(slash + 1, '/')) != NULL) {
        const char *parent = apr_pstrmemdup(shell->scratch, path, (apr_size_t)(slash - path));
        bool holds;

        *code = holds_limits(shell, quota_path(shell, parent, ""), &holds);
        if (*code != ZK_CODE_OK)
            return NULL;
        if (holds)
            return apr_psprintf(shell->scratch, "%s has a parent %s which has a quota", path,
                                parent);
    }
    return NULL;
}

/* Create PATH with DATA; that it exists already is fine. */
static int32_t ensure(zk_shell_t *shell, const char *path, zk_str_t data)
{
    int32_t code = zk_client_create_node(shell->client, zk_str(path), data, zk_client_acl_open(),
                                         ZK_CREATE_PERSISTENT, 0, NULL, shell->arena);

    return code == ZK_CODE_NODE_EXISTS ? ZK_CODE_OK : code;
}

/* Create the znodes above the limits of PATH. */
static int32_t ensure_parents(zk_shell_t *shell, const char *path)
{
    const char *whole = quota_path(shell, path, "/");
    const char *slash = whole;
    int32_t code = ZK_CODE_OK;

    while (code == ZK_CODE_OK && (slash = strchr(slash + 1, '/')) != NULL)
        code = ensure(shell, apr_pstrmemdup(shell->scratch, whole, (apr_size_t)(slash - whole)),
                      ZK_STR_NULL);
    return code;
}

static void warn_of_use(zk_shell_t *shell, const zk_quota_t *limit, const zk_quota_t *use)
{
    if ((limit->count > -1 && limit->count < use->count) ||
        (limit->count_hard > -1 && limit->count_hard < use->count))
        zk_buffer_printf(
            &shell->out,
            "[Warning]: the count quota you create is less than the existing count:%" PRId64 "\n",
            use->count);
    if ((limit->bytes > -1 && limit->bytes < use->bytes) ||
        (limit->bytes_hard > -1 && limit->bytes_hard < use->bytes))
        zk_buffer_printf(
            &shell->out,
            "[Warning]: the bytes quota you create is less than the existing bytes:%" PRId64 "\n",
            use->bytes);
}

/* Put the limit that QUOTA sets into the znodes of PATH. */
static int32_t write_quota(zk_shell_t *shell, const char *path, const zk_quota_t *quota)
{
    const char *limits = quota_path(shell, path, "/zookeeper_limits");
    const char *stats = quota_path(shell, path, "/zookeeper_stats");
    zk_quota_t now = *quota;
    zk_quota_t use = {0, 0, -1, -1, false, false};
    int32_t code = read_quota(shell, &now, limits);
    bool is_new = code == ZK_CODE_NO_NODE;

    if (code == ZK_CODE_OK) {
        now.count = quota->count > -1 ? quota->count : now.count;
        now.bytes = quota->bytes > -1 ? quota->bytes : now.bytes;
        now.count_hard = quota->count_hard > -1 ? quota->count_hard : now.count_hard;
        now.bytes_hard = quota->bytes_hard > -1 ? quota->bytes_hard : now.bytes_hard;
        now.has_count_hard = now.has_count_hard || quota->count_hard > -1;
        now.has_bytes_hard = now.has_bytes_hard || quota->bytes_hard > -1;
    } else if (is_new) {
        code = ensure_parents(shell, path);
        if (code == ZK_CODE_OK)
            code = ensure(shell, limits, quota_text(shell, &now));
        if (code == ZK_CODE_OK)
            code = ensure(shell, stats, quota_text(shell, &use));
    }
    if (code == ZK_CODE_OK)
        code = read_quota(shell, &use, stats);
    if (code != ZK_CODE_OK)
        return code;
    warn_of_use(shell, &now, &use);
    if (is_new)
        return ZK_CODE_OK;
    return zk_client_set_data(shell->client, zk_str(limits), quota_text(shell, &now), -1, NULL,
                              shell->arena);
}

int zk_cli_run_set_quota(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    const char *sentence;
    zk_quota_t quota;
    zk_stat_t stat;
    int32_t code;

    if (arguments->count == 0) {
        zk_cli_complain(shell, "Missing required option: [-n num soft quota, -b bytes soft quota, "
                               "-N num hard quota, -B bytes hard quota]");
        return zk_cli_usage(shell, "setquota");
    }
    if (arguments->count > 1)
        return refuse_second_option(shell, arguments, "setquota");
    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "setquota");
    path = arguments->words.items[0];
    sentence = strncmp(path, QUOTA_ROOT, strlen(QUOTA_ROOT)) == 0
                   ? "cannot set a quota under the path: " QUOTA_ROOT
                   : take_limit(arguments, &quota);
    if (sentence != NULL) {
        zk_cli_complain(shell, sentence);
        if (sentence == not_a_number)
            zk_cli_hint(shell, apr_psprintf(shell->scratch,
                                            "\"%.60s\" is not a whole number, or too large",
                                            arguments->options[0].value));
        return ZK_CLI_OK;
    }
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_QUOTA_COMMENT))
        zk_buffer_printf(&shell->err, "Comment: the parts are option -%s val %s path %s\n",
                         arguments->options[0].name, arguments->options[0].value, path);
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_exists(shell->client, zk_str(path), false, &stat, shell->arena);
    if (code == ZK_CODE_NO_NODE)
        return zk_cli_complain(shell, apr_pstrcat(shell->scratch, path, " does not exist.", NULL));
    if (code == ZK_CODE_OK && strcmp(path, "/") == 0)
        return zk_cli_complain(shell, "Path must not end with / character");
    sentence = code == ZK_CODE_OK ? find_conflict(shell, path, &code) : NULL;
    if (sentence != NULL)
        return zk_cli_complain(shell, sentence);
    if (code == ZK_CODE_OK)
        code = write_quota(shell, path, &quota);
    return zk_cli_finish(shell, code, path);
}

/* ---- listquota, delquota ---- */

/* These take a PATH without its slash, as upstream's do, and find nothing. */
static void hint_slash(zk_shell_t *shell, const char *path)
{
    if (*path != '/')
        zk_cli_hint(shell, apr_psprintf(shell->scratch, "paths begin with \"/\": /%s", path));
}

static void print_quota(zk_shell_t *shell, const char *what, const char *path,
                        const zk_quota_t *quota)
{
    zk_buffer_printf(&shell->out, "Output %s for %s ", what, path);
    zk_quota_print(quota, &shell->out);
    zk_buffer_append(&shell->out, "\n", 1);
}

int zk_cli_run_list_quota(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    const char *limits;
    zk_quota_t limit;
    zk_quota_t use;
    int32_t code;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "listquota");
    path = arguments->words.items[0];
    limits = quota_path(shell, path, "/zookeeper_limits");
    zk_buffer_printf(&shell->err, "absolute path is %s\n", limits);
    zk_shell_flush(shell); /* before the results */
    if (!zk_cli_path_is_valid(shell, limits, false))
        return ZK_CLI_FAILED;
    code = read_quota(shell, &limit, limits);
    if (code == ZK_CODE_OK)
        code = read_quota(shell, &use, quota_path(shell, path, "/zookeeper_stats"));
    if (code == ZK_CODE_NO_NODE) {
        zk_buffer_printf(&shell->err, "quota for %s does not exist.\n", path);
        hint_slash(shell, path);
        return ZK_CLI_OK;
    }
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, limits);
    print_quota(shell, "quota", path, &limit);
    print_quota(shell, "stat", path, &use);
    return ZK_CLI_OK;
}

/* Delete the quota znode PATH and its parents while they have no children. */
static int32_t trim(zk_shell_t *shell, const char *path)
{
    while (strcmp(path, QUOTA_ROOT) != 0) {
        zk_str_vector_t children;
        int32_t code = zk_client_get_children(shell->client, zk_str(path), false, &children, NULL,
                                              shell->arena);

        if (code != ZK_CODE_OK || children.count > 0)
            return code;
        code = zk_client_delete(shell->client, zk_str(path), -1, shell->arena);
        if (code != ZK_CODE_OK)
            return code;
        path = apr_pstrmemdup(shell->scratch, path, (apr_size_t)(strrchr(path, '/') - path));
    }
    return ZK_CODE_OK;
}

static int32_t delete_quota(zk_shell_t *shell, const char *path)
{
    const char *parent = quota_path(shell, path, "");
    zk_str_vector_t children;
    int32_t code =
        zk_client_get_children(shell->client, zk_str(parent), false, &children, NULL, shell->arena);
    int32_t i;

    for (i = 0; code == ZK_CODE_OK && i < children.count; i++)
        code = zk_client_delete(shell->client,
                                zk_cli_join_path(shell, zk_str(parent), children.items[i]), -1,
                                shell->arena);
    return code == ZK_CODE_OK ? trim(shell, parent) : code;
}

int zk_cli_run_del_quota(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    const char *limits;
    zk_quota_t limit;
    int32_t code;

    if (arguments->count > 1)
        return refuse_second_option(shell, arguments, "delquota");
    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "delquota");
    path = arguments->words.items[0];
    limits = quota_path(shell, path, "/zookeeper_limits");
    if (!zk_cli_path_is_valid(shell, limits, false))
        return ZK_CLI_FAILED;
    code = read_quota(shell, &limit, limits);
    if (code == ZK_CODE_NO_NODE) {
        zk_buffer_printf(&shell->out, "Quota does not exist for %s\n", path);
        hint_slash(shell, path);
        return ZK_CLI_OK;
    }
    if (code == ZK_CODE_OK && arguments->count == 0)
        return zk_cli_finish(shell, delete_quota(shell, path), path);
    limit.count = zk_cli_has(arguments, "n") ? -1 : limit.count;
    limit.bytes = zk_cli_has(arguments, "b") ? -1 : limit.bytes;
    limit.count_hard = zk_cli_has(arguments, "N") ? -1 : limit.count_hard;
    limit.bytes_hard = zk_cli_has(arguments, "B") ? -1 : limit.bytes_hard;
    limit.has_count_hard = limit.has_count_hard || zk_cli_has(arguments, "N");
    limit.has_bytes_hard = limit.has_bytes_hard || zk_cli_has(arguments, "B");
    if (code == ZK_CODE_OK)
        code = zk_client_set_data(shell->client, zk_str(limits), quota_text(shell, &limit), -1,
                                  NULL, shell->arena);
    return zk_cli_finish(shell, code, limits);
}
