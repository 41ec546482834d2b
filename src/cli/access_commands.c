/* access_commands.c -- ACLs, credentials and who we are to the server. */
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "client/path.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "cli/walk.h"
#include "wire/code.h"
#include "wire/opcode.h"

int zk_cli_run_get_acl(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_acl_vector_t acl;
    const char *path;
    zk_stat_t stat;
    int32_t code;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "getAcl");
    path = arguments->words.items[0];
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_acl(shell->client, zk_str(path), &acl, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, path);
    if (zk_cli_has(arguments, "json")) {
        zk_cli_begin_json(&shell->out, path);
        zk_buffer_printf(&shell->out, "\"acl\":");
        zk_cli_json_acl(&shell->out, &acl);
        zk_cli_end_json(&shell->out, &stat);
        return ZK_CLI_OK;
    }
    zk_cli_print_acl(&shell->out, &acl);
    zk_cli_print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

static void keep_path(zk_shell_t *shell, zk_str_t path, void *baton)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, const char *) =
        apr_pstrdup(shell->scratch, path.data);
}

/* setAcl -R: PATH and everything below it; znodes that refuse are named and passed over.  All is
 * listed before anything is changed, because the change may forbid us to list. */
static int set_acl_below(zk_shell_t *shell, const char *path, const char *text, int32_t version)
{
    apr_array_header_t *paths = apr_array_make(shell->scratch, 64, sizeof(const char *));
    zk_buffer_t repeated = ZK_BUFFER_INIT; /* complaints that were made once already */
    zk_arena_t *kept = zk_arena_create();
    zk_acl_vector_t acl;
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), false, &data, NULL, shell->arena);
    int i;

    keep_path(shell, zk_str(path), paths);
    if (code == ZK_CODE_OK)
        code = zk_cli_visit_below(shell, path, false, keep_path, paths, &path);
    zk_cli_parse_acl(&acl, text, &repeated, kept);
    for (i = 0; i < paths->nelts && code == ZK_CODE_OK; i++) {
        const char *at = APR_ARRAY_IDX(paths, i, const char *);
        int32_t refused;

        zk_cli_show_progress(shell, "setAcl: %d of %d znodes", i, paths->nelts);
        zk_arena_reset(shell->arena);
        refused = zk_client_set_acl(shell->client, zk_str(at), acl, version, NULL, shell->arena);
        if (refused != ZK_CODE_OK) /* no line end, as upstream */
            zk_cli_print_code(&shell->out, refused, at);
    }
    zk_buffer_free(&repeated);
    zk_arena_destroy(kept);
    return zk_cli_finish(shell, code, path);
}

int zk_cli_run_set_acl(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_acl_vector_t acl;
    const char *path;
    zk_stat_t stat;
    int32_t version;
    int32_t code;

    if (arguments->words.count < 2)
        return zk_cli_usage(shell, "setAcl");
    path = arguments->words.items[0];
    zk_cli_parse_acl(&acl, arguments->words.items[1], &shell->err, shell->arena);
    if (!zk_cli_take_version(shell, arguments, 2, &version) ||
        !zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    if (acl.count == 0) {
        zk_cli_finish(shell, ZK_CODE_INVALID_ACL, "null");
        if (arguments->words.count > 2)
            zk_cli_complain(shell, "hint: the ACL must be one argument: scheme:id:perm");
        return ZK_CLI_FAILED;
    }
    if (zk_cli_has(arguments, "R"))
        return set_acl_below(shell, path, arguments->words.items[1], version);
    code = zk_client_set_acl(shell->client, zk_str(path), acl, version, &stat, shell->arena);
    if (code == ZK_CODE_OK)
        zk_cli_print_stat_of_era(shell, arguments, &stat);
    return zk_cli_finish(shell, code, path);
}

int zk_cli_run_add_auth(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;

    if (words->count < 1)
        return zk_cli_usage(shell, "addauth");
    zk_client_authenticate(shell->client, words->items[0],
                           zk_str(words->count > 1 ? words->items[1] : NULL));
    return ZK_CLI_OK;
}

int zk_cli_run_whoami(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_client_info_vector_t identities;
    int32_t code = zk_client_whoami(shell->client, &identities, shell->arena);
    int32_t i;

    (void)arguments;
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, "");
    zk_buffer_printf(&shell->out, "Auth scheme: User\n");
    for (i = 0; i < identities.count; i++)
        zk_buffer_printf(&shell->out, "%.*s: %.*s\n", (int)identities.items[i].auth_scheme.length,
                         identities.items[i].auth_scheme.data, (int)identities.items[i].user.length,
                         identities.items[i].user.data);
    return ZK_CLI_OK;
}
