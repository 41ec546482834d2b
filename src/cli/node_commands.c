/* node_commands.c -- create, delete, data and children: what touches znodes themselves. */
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

#define TTL_MS_MAX INT64_C(1099511627775)

/* deleteall: znodes in one request unless -b says otherwise, and bytes of their paths. */
enum { DELETE_BATCH_DEFAULT = 1000, DELETE_BYTES_MAX = 512 * 1024 };

/* ---- create, delete ---- */

/* Check the modes of create and work out flags and TTL.  Returns a sentence, or NULL when all is
 * well. */
static const char *take_create_mode(const zk_cli_arguments_t *arguments, int32_t *flags,
                                    int64_t *ttl_ms)
{
    const char *ttl = zk_cli_option(arguments, "t");
    bool is_ephemeral = zk_cli_has(arguments, "e");
    bool is_sequential = zk_cli_has(arguments, "s");
    bool is_container = zk_cli_has(arguments, "c");

    *ttl_ms = 0;
    if (is_container && (is_ephemeral || is_sequential))
        return "-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.";
    if (ttl != NULL && !zk_cli_parse_number(ttl_ms, ttl, INT64_MIN, INT64_MAX))
        return "-t argument must be a long value";
    if (ttl != NULL && is_ephemeral)
        return "TTLs cannot be used with Ephemeral znodes";
    if (ttl != NULL && is_container)
        return "TTLs cannot be used with Container znodes";
    if (ttl != NULL && (*ttl_ms <= 0 || *ttl_ms > TTL_MS_MAX))
        return "ttl must be positive and cannot be larger than: 1099511627775";
    if (is_container)
        *flags = ZK_CREATE_CONTAINER;
    else if (ttl != NULL)
        *flags = is_sequential ? ZK_CREATE_TTL_SEQUENTIAL : ZK_CREATE_TTL;
    else if (is_ephemeral)
        *flags = is_sequential ? ZK_CREATE_EPHEMERAL_SEQUENTIAL : ZK_CREATE_EPHEMERAL;
    else
        *flags = is_sequential ? ZK_CREATE_PERSISTENT_SEQUENTIAL : ZK_CREATE_PERSISTENT;
    return NULL;
}

/* What create says before the usual sentence, or behind it. */
static int finish_create(zk_shell_t *shell, int32_t code, const char *path, bool has_ttl)
{
    int exit_code;

    if (code == ZK_CODE_EPHEMERAL_ON_LOCAL_SESSION)
        zk_cli_complain(shell, "Unable to create ephemeral node on a local session");
    if (code == ZK_CODE_INVALID_ACL) {
        zk_cli_print_code(&shell->err, code, path);
        zk_buffer_append(&shell->err, "\n", 1);
    }
    exit_code = zk_cli_finish(shell, code, path);
    if (code == ZK_CODE_NO_NODE)
        zk_cli_hint_parent(shell, path);
    if (code == ZK_CODE_UNIMPLEMENTED && has_ttl)
        zk_cli_complain(shell, "(server key extendedTypesEnabled=true is needed for TTL nodes)");
    return exit_code;
}

int zk_cli_run_create(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;
    zk_acl_vector_t acl = zk_client_acl_open();
    const char *sentence;
    zk_str_t created;
    int32_t flags;
    int64_t ttl_ms;
    int32_t code;

    if (words->count < 1)
        return zk_cli_usage(shell, "create");
    sentence = take_create_mode(arguments, &flags, &ttl_ms);
    if (sentence != NULL)
        return zk_cli_complain(shell, sentence);
    if (words->count > 2)
        zk_cli_parse_acl(&acl, words->items[2], &shell->err, shell->arena);
    if (!zk_cli_path_is_valid(shell, words->items[0], zk_cli_has(arguments, "s")))
        return ZK_CLI_FAILED;
    if (acl.count == 0) {
        zk_cli_complain(shell, "KeeperErrorCode = InvalidACL");
        return zk_cli_finish(shell, ZK_CODE_INVALID_ACL, "null");
    }
    code = zk_client_create_node(shell->client, zk_str(words->items[0]),
                                 zk_str(words->count > 1 ? words->items[1] : NULL), acl, flags,
                                 ttl_ms, &created, shell->arena);
    if (code != ZK_CODE_OK) {
        int exit_code = finish_create(shell, code, words->items[0], zk_cli_has(arguments, "t"));

        zk_cli_hint_size(shell, code,
                         strlen(words->items[0]) +
                             (words->count > 1 ? strlen(words->items[1]) : 0));
        return exit_code;
    }
    zk_buffer_printf(&shell->err, "Created %.*s\n", (int)created.length, created.data);
    return ZK_CLI_OK;
}

int zk_cli_run_delete(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t version;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "delete");
    path = arguments->words.items[0];
    if (arguments->words.count > 1)
        zk_cli_deprecate(shell,
                         "'delete path [version]' has been deprecated. Please use 'delete [-v "
                         "version] path' instead.");
    if (!zk_cli_take_version(shell, arguments, 1, &version) ||
        !zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    return zk_cli_finish(
        shell, zk_client_delete(shell->client, zk_str(path), version, shell->arena), path);
}

/* ---- deleteall ---- */

typedef struct listing {
    apr_array_header_t *tree; /* of zk_str_t, parents before children */
    const char *refused;      /* a znode whose children may not be listed, or NULL */
} listing_t;

static bool list_znode(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton)
{
    listing_t *listing = baton;
    const char *path = apr_pstrdup(shell->scratch, znode->path.data);

    APR_ARRAY_PUSH(listing->tree, zk_str_t) = zk_str(path);
    if (znode->code != ZK_CODE_OK)
        listing->refused = path;
    return listing->refused == NULL;
}

/* List ROOT and everything below it. */
static int32_t list_tree(zk_shell_t *shell, listing_t *listing, const char *root,
                         const char **where)
{
    zk_cli_walk_t options = {.depth_max = -1, .title = "deleteall"};
    int32_t code = zk_cli_walk(shell, root, &options, list_znode, listing, where);

    if (code == ZK_CODE_OK && listing->refused != NULL) {
        *where = listing->refused;
        return ZK_CODE_NO_AUTH;
    }
    return code;
}

/* Delete the LEFT last paths of TREE and fewer, in one request of up to BATCH paths and a bounded
 * number of bytes. Returns how many are left. */
static int delete_batch(zk_shell_t *shell, const apr_array_header_t *tree, int left, int64_t batch,
                        int32_t *code)
{
    zk_str_t *paths = apr_palloc(shell->scratch, (size_t)left * sizeof(zk_str_t));
    size_t bytes = 0;
    int32_t count = 0;

    while (left > 0 && count < batch && bytes < DELETE_BYTES_MAX) {
        paths[count] = APR_ARRAY_IDX(tree, --left, zk_str_t);
        bytes += zk_str_size(paths[count++]);
    }
    zk_arena_reset(shell->arena);
    *code = zk_client_delete_all(shell->client, paths, count, shell->arena);
    return left;
}

static void show_deleted(zk_shell_t *shell, const apr_array_header_t *tree, int left)
{
    zk_cli_show_progress(shell, "deleteall: %d of %d znodes deleted", tree->nelts - left,
                         tree->nelts);
}

static int delete_in_batches(zk_shell_t *shell, const apr_array_header_t *tree, int64_t batch)
{
    int left = tree->nelts;
    int32_t code = ZK_CODE_OK;

    while (left > 0 && code == ZK_CODE_OK) {
        show_deleted(shell, tree, left);
        left = delete_batch(shell, tree, left, batch, &code);
    }
    if (code != ZK_CODE_OK)
        return zk_cli_complain(shell, "Failed to delete some node(s) in the subtree!");
    return ZK_CLI_OK;
}

static int delete_one_by_one(zk_shell_t *shell, const apr_array_header_t *tree)
{
    int i;

    for (i = tree->nelts - 1; i >= 0; i--) {
        zk_str_t path = APR_ARRAY_IDX(tree, i, zk_str_t);
        int32_t code;

        show_deleted(shell, tree, i + 1);
        zk_arena_reset(shell->arena);
        code = zk_client_delete(shell->client, path, -1, shell->arena);
        if (code != ZK_CODE_OK)
            return zk_cli_finish(shell, code, path.data);
    }
    return ZK_CLI_OK;
}

int zk_cli_run_delete_all(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *text = zk_cli_option(arguments, "b");
    listing_t listing = {apr_array_make(shell->scratch, 64, sizeof(zk_str_t)), NULL};
    const char *where = "";
    int64_t batch = DELETE_BATCH_DEFAULT;
    int32_t code;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "deleteall");
    if (text != NULL && !zk_cli_parse_number(&batch, text, INT32_MIN, INT32_MAX))
        return zk_cli_complain(shell, "-b argument must be an int value");
    if (!zk_cli_path_is_valid(shell, arguments->words.items[0], false))
        return ZK_CLI_FAILED;
    code = list_tree(shell, &listing, arguments->words.items[0], &where);
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, where);
    return batch > 0 ? delete_in_batches(shell, listing.tree, batch)
                     : delete_one_by_one(shell, listing.tree);
}

/* ---- data ---- */

static int print_data_json(zk_shell_t *shell, const zk_cli_arguments_t *arguments, const char *path,
                           zk_str_t data, const zk_stat_t *stat)
{
    if (zk_cli_has(arguments, "x"))
        return zk_cli_complain(shell, "-x and --json exclude each other");
    zk_cli_begin_json(&shell->out, path);
    zk_cli_json_data(&shell->out, data, zk_cli_has(arguments, "b"));
    zk_cli_end_json(&shell->out, stat);
    return ZK_CLI_OK;
}

int zk_cli_run_get(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_stat_t stat;
    zk_str_t data;
    int32_t code;
    bool watch;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "get");
    path = arguments->words.items[0];
    watch =
        zk_cli_take_watch(shell, arguments,
                          "'get path [watch]' has been deprecated. Please use 'get [-s] [-w] path' "
                          "instead.");
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_data(shell->client, zk_str(path), watch, &data, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, path);
    if (zk_cli_has(arguments, "json"))
        return print_data_json(shell, arguments, path, data, &stat);
    if (zk_str_is_null(data))
        data = zk_str("null");
    if (zk_cli_has(arguments, "x")) {
        zk_cli_print_hex(&shell->out, data);
    } else if (zk_cli_has(arguments, "b")) {
        zk_cli_print_base64(&shell->out, data);
    } else {
        zk_buffer_append(&shell->out, data.data, zk_str_size(data));
        zk_buffer_append(&shell->out, "\n", 1);
    }
    zk_cli_print_stat_of_era(shell, arguments, &stat);
    return ZK_CLI_OK;
}

int zk_cli_run_set(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_str_t data;
    zk_stat_t stat;
    int32_t version;
    int32_t code;

    if (arguments->words.count < 2)
        return zk_cli_usage(shell, "set");
    if (arguments->words.count > 2)
        zk_cli_note_old_form(shell);
    path = arguments->words.items[0];
    data = zk_str(arguments->words.items[1]);
    if (zk_cli_has(arguments, "b")) {
        zk_buffer_t decoded = ZK_BUFFER_INIT;
        bool is_base64 = zk_cli_decode_base64(&decoded, data.data);

        data = zk_str_n(
            zk_arena_copy(shell->arena, zk_buffer_bytes(&decoded), zk_buffer_size(&decoded)),
            zk_buffer_size(&decoded));
        zk_buffer_free(&decoded);
        if (!is_base64)
            return zk_cli_complain(shell, "Invalid base64 data");
    }
    if (!zk_cli_take_version(shell, arguments, 2, &version) ||
        !zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_set_data(shell->client, zk_str(path), data, version, &stat, shell->arena);
    if (code == ZK_CODE_OK) {
        zk_cli_print_stat_of_era(shell, arguments, &stat);
        return ZK_CLI_OK;
    }
    zk_cli_finish(shell, code, path);
    zk_cli_hint_size(shell, code, strlen(path) + zk_str_size(data));
    return ZK_CLI_FAILED;
}

int zk_cli_run_stat(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_stat_t stat;
    int32_t code;
    bool watch;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "stat");
    path = arguments->words.items[0];
    watch = zk_cli_take_watch(
        shell, arguments,
        "'stat path [watch]' has been deprecated. Please use 'stat [-w] path' instead.");
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_exists(shell->client, zk_str(path), watch, &stat, shell->arena);
    if (code == ZK_CODE_OK && zk_cli_has(arguments, "json")) {
        zk_cli_begin_json(&shell->out, path);
        zk_buffer_printf(&shell->out, "\"stat\":");
        zk_cli_json_stat(&shell->out, &stat);
        zk_buffer_printf(&shell->out, "}\n");
    } else if (code == ZK_CODE_OK) {
        zk_cli_print_stat(&shell->out, &stat);
    }
    return zk_cli_finish(shell, code, path);
}

/* ---- children ---- */

/* What is listed may be large: it is written in pieces. */
enum { LIST_BYTES_MAX = 64 * 1024 };

static void print_path(zk_shell_t *shell, zk_str_t path, void *baton)
{
    (void)baton;
    zk_buffer_append(&shell->out, path.data, zk_str_size(path));
    zk_buffer_append(&shell->out, "\n", 1);
    if (zk_buffer_size(&shell->out) > LIST_BYTES_MAX)
        zk_shell_flush(shell);
}

static void add_path_json(zk_shell_t *shell, zk_str_t path, void *baton)
{
    zk_buffer_t *paths = baton;

    (void)shell;
    if (zk_buffer_size(paths) > 0)
        zk_buffer_append(paths, ",", 1);
    zk_cli_json_string(paths, path);
}

/* ls -R --json: nothing is printed before all of it is known. */
static int list_below_json(zk_shell_t *shell, const char *path, bool watch)
{
    zk_buffer_t paths = ZK_BUFFER_INIT;
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), watch, &data, NULL, shell->arena);

    if (code == ZK_CODE_OK) {
        add_path_json(shell, zk_str(path), &paths);
        code = zk_cli_visit_below(shell, path, watch, add_path_json, &paths, &path);
    }
    if (code == ZK_CODE_OK) {
        zk_cli_begin_json(&shell->out, path);
        zk_buffer_printf(&shell->out, "\"paths\":[");
        zk_buffer_append(&shell->out, zk_buffer_bytes(&paths), zk_buffer_size(&paths));
        zk_buffer_printf(&shell->out, "]}\n");
    }
    zk_buffer_free(&paths);
    return zk_cli_finish(shell, code, path);
}

static void print_children_json(zk_shell_t *shell, const char *path, zk_str_vector_t *children,
                                const zk_stat_t *stat)
{
    int32_t i;

    if (children->count > 1)
        qsort(children->items, (size_t)children->count, sizeof(zk_str_t), zk_cli_compare_names);
    zk_cli_begin_json(&shell->out, path);
    zk_buffer_printf(&shell->out, "\"children\":[");
    for (i = 0; i < children->count; i++) {
        if (i > 0)
            zk_buffer_append(&shell->out, ",", 1);
        zk_cli_json_string(&shell->out, children->items[i]);
    }
    zk_buffer_append(&shell->out, "]", 1);
    zk_cli_end_json(&shell->out, stat);
}

static int list_below(zk_shell_t *shell, const char *path, bool watch)
{
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), watch, &data, NULL, shell->arena);

    if (code == ZK_CODE_OK) {
        print_path(shell, zk_str(path), NULL);
        code = zk_cli_visit_below(shell, path, watch, print_path, NULL, &path);
    }
    return zk_cli_finish(shell, code, path);
}

int zk_cli_run_ls(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_str_vector_t children;
    const char *path;
    zk_stat_t stat;
    int32_t code;
    bool watch;

    if (zk_cli_has(arguments, "?"))
        zk_buffer_printf(&shell->out, "usage: ls [options] path\n -?   help\n -R   recurse\n"
                                      " -s   stat\n -w   watch\n");
    watch = zk_cli_take_watch(
        shell, arguments,
        "'ls path [watch]' has been deprecated. Please use 'ls [-w] path' instead.");
    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "ls");
    path = arguments->words.items[0];
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    if (zk_cli_has(arguments, "R"))
        return zk_cli_has(arguments, "json") ? list_below_json(shell, path, watch)
                                             : list_below(shell, path, watch);
    code =
        zk_client_get_children(shell->client, zk_str(path), watch, &children, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, path);
    if (zk_cli_has(arguments, "json")) {
        print_children_json(shell, path, &children, &stat);
        return ZK_CLI_OK;
    }
    if (zk_dialect_has(shell->dialect, ZK_DIALECT_JAVA_ORDER))
        zk_cli_print_list_java(&shell->out, &children);
    else
        zk_cli_print_list(&shell->out, &children);
    zk_cli_print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

int zk_cli_run_get_all_children_number(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t count;
    int32_t code;

    if (arguments->words.count < 1)
        return zk_cli_usage(shell, "getAllChildrenNumber");
    path = arguments->words.items[0];
    if (!zk_cli_path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_count_descendants(shell->client, zk_str(path), &count, shell->arena);
    if (code == ZK_CODE_OK)
        zk_buffer_printf(&shell->out, "%d\n", (int)count);
    return zk_cli_finish(shell, code, path);
}

int zk_cli_run_get_ephemerals(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *prefix = arguments->words.count > 0 ? arguments->words.items[0] : "/";
    zk_str_vector_t paths;
    int32_t code;

    if (!zk_cli_path_is_valid(shell, prefix, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_ephemerals(shell->client, zk_str(prefix), &paths, shell->arena);
    if (code == ZK_CODE_OK)
        zk_cli_print_list(&shell->out, &paths);
    return zk_cli_finish(shell, code, prefix);
}
