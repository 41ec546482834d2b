/* commands.c -- what each command does: check its arguments, ask the server, print.
 *
 * A command returns its exit code.  Results go to shell->out, "Created" and every complaint to
 * shell->err, as upstream does.  Paths are checked before anything is sent.  Facts: upstream
 * cli/XCommand.java, one per command. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "client/path.h"
#include "client/requests.h"
#include "cli/print.h"
#include "wire/code.h"
#include "wire/opcode.h"

#define TTL_MS_MAX INT64_C(1099511627775)

#define ZK_CLI_COMMAND(name, function, syntax, options, help, needs_session)                       \
    static int run_##function(zk_shell_t *shell, const zk_cli_arguments_t *arguments);
#include "cli/commands.def"
#undef ZK_CLI_COMMAND

const zk_cli_command_t zk_cli_commands[] = {
#define ZK_CLI_COMMAND(name, function, syntax, options, help, needs_session)                       \
    {name, run_##function, syntax, options, help, needs_session},
#include "cli/commands.def"
#undef ZK_CLI_COMMAND
    {NULL, NULL, NULL, NULL, NULL, false}};

const zk_cli_command_t *zk_cli_find_command(const char *name)
{
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static bool equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && apr_tolower(*a) == apr_tolower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const zk_cli_command_t *zk_cli_guess_command(const char *name)
{
    const zk_cli_command_t *guess = NULL;
    const zk_cli_command_t *command;

    for (command = zk_cli_commands; command->name != NULL; command++)
        if (equal_ignoring_case(command->name, name)) {
            if (guess != NULL)
                return NULL;
            guess = command;
        }
    return guess;
}

void zk_cli_print_usage(zk_buffer_t *out)
{
    const zk_cli_command_t *command;

    zk_buffer_printf(
        out, "ZooKeeper -server host:port -client-configuration properties-file cmd args\n");
    for (command = zk_cli_commands; command->name != NULL; command++)
        zk_buffer_printf(out, "\t%s %s\n", command->name, command->syntax);
}

void zk_cli_print_command_usage(zk_buffer_t *out, const zk_cli_command_t *command)
{
    zk_buffer_printf(out, "%s %s\n", command->name, command->syntax);
    if (command->help != NULL)
        zk_buffer_printf(out, "%s\n", command->help);
}

/* ---- complaints ---- */

static int usage(zk_shell_t *shell, const char *name)
{
    zk_cli_print_command_usage(&shell->err, zk_cli_find_command(name));
    return ZK_CLI_FAILED;
}

static int complain(zk_shell_t *shell, const char *sentence)
{
    zk_buffer_printf(&shell->err, "%s\n", sentence);
    return ZK_CLI_FAILED;
}

/* The exit code for result CODE of an operation at PATH, with the sentence where it is not OK. */
static int finish(zk_shell_t *shell, int32_t code, const char *path)
{
    if (code == ZK_CODE_OK)
        return ZK_CLI_OK;
    zk_cli_print_error(&shell->err, code, path);
    zk_buffer_append(&shell->err, "\n", 1);
    return ZK_CLI_FAILED;
}

static bool path_is_valid(zk_shell_t *shell, const char *path, bool is_sequential)
{
    zk_note_t note;

    if (zk_client_path_check(zk_str(path), is_sequential, &note))
        return true;
    complain(shell, note.text);
    return false;
}

/* The version to expect: option -v, else positional WORD (as 3.4 wrote it) where it is a number,
 * else -1.  False after a complaint. */
static bool take_version(zk_shell_t *shell, const zk_cli_arguments_t *arguments, int word,
                         int32_t *version)
{
    const char *text = zk_cli_option(arguments, "v");
    int64_t number = -1;

    if (text != NULL && !zk_cli_parse_number(&number, text, INT32_MIN, INT32_MAX)) {
        complain(shell, "-v must be an int value");
        return false;
    }
    if (text == NULL && arguments->words.count > word)
        zk_cli_parse_number(&number, arguments->words.items[word], INT32_MIN, INT32_MAX);
    *version = (int32_t)number;
    return true;
}

/* Whether a watch is wanted: option -w, or any second positional (as 3.4 wrote it). */
static bool take_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                       const char *deprecation)
{
    if (arguments->words.count > 1) {
        complain(shell, deprecation);
        return true;
    }
    return zk_cli_has(arguments, "w");
}

static void print_stat_if_asked(zk_shell_t *shell, const zk_cli_arguments_t *arguments,
                                const zk_stat_t *stat)
{
    if (zk_cli_has(arguments, "s"))
        zk_cli_print_stat(&shell->out, stat);
}

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
        complain(shell, "Unable to create ephemeral node on a local session");
    if (code == ZK_CODE_INVALID_ACL) {
        zk_cli_print_code(&shell->err, code, path);
        zk_buffer_append(&shell->err, "\n", 1);
    }
    exit_code = finish(shell, code, path);
    if (code == ZK_CODE_UNIMPLEMENTED && has_ttl)
        complain(shell, "(server key extendedTypesEnabled=true is needed for TTL nodes)");
    return exit_code;
}

static int run_create(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;
    zk_acl_vector_t acl = zk_client_acl_open();
    const char *sentence;
    zk_str_t created;
    int32_t flags;
    int64_t ttl_ms;
    int32_t code;

    if (words->count < 1)
        return usage(shell, "create");
    sentence = take_create_mode(arguments, &flags, &ttl_ms);
    if (sentence != NULL)
        return complain(shell, sentence);
    if (words->count > 2)
        zk_cli_parse_acl(&acl, words->items[2], &shell->err, shell->arena);
    if (!path_is_valid(shell, words->items[0], zk_cli_has(arguments, "s")))
        return ZK_CLI_FAILED;
    if (acl.count == 0) {
        complain(shell, "KeeperErrorCode = InvalidACL");
        return finish(shell, ZK_CODE_INVALID_ACL, "null");
    }
    code = zk_client_create_node(shell->client, zk_str(words->items[0]),
                                 zk_str(words->count > 1 ? words->items[1] : NULL), acl, flags,
                                 ttl_ms, &created, shell->arena);
    if (code != ZK_CODE_OK)
        return finish_create(shell, code, words->items[0], zk_cli_has(arguments, "t"));
    zk_buffer_printf(&shell->err, "Created %.*s\n", (int)created.length, created.data);
    return ZK_CLI_OK;
}

static int run_delete(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t version;

    if (arguments->words.count < 1)
        return usage(shell, "delete");
    path = arguments->words.items[0];
    if (arguments->words.count > 1)
        complain(shell, "'delete path [version]' has been deprecated. Please use 'delete [-v "
                        "version] path' instead.");
    if (!take_version(shell, arguments, 1, &version) || !path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    return finish(shell, zk_client_delete(shell->client, zk_str(path), version, shell->arena),
                  path);
}

/* ---- data ---- */

static int run_get(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_stat_t stat;
    zk_str_t data;
    int32_t code;
    bool watch;

    if (arguments->words.count < 1)
        return usage(shell, "get");
    path = arguments->words.items[0];
    watch = take_watch(shell, arguments,
                       "'get path [watch]' has been deprecated. Please use 'get [-s] [-w] path' "
                       "instead.");
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_data(shell->client, zk_str(path), watch, &data, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return finish(shell, code, path);
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
    print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

static int run_set(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_str_t data;
    zk_stat_t stat;
    int32_t version;
    int32_t code;

    if (arguments->words.count < 2)
        return usage(shell, "set");
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
            return complain(shell, "Invalid base64 data");
    }
    if (!take_version(shell, arguments, 2, &version) || !path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_set_data(shell->client, zk_str(path), data, version, &stat, shell->arena);
    if (code == ZK_CODE_OK)
        print_stat_if_asked(shell, arguments, &stat);
    return finish(shell, code, path);
}

static int run_stat(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    zk_stat_t stat;
    int32_t code;
    bool watch;

    if (arguments->words.count < 1)
        return usage(shell, "stat");
    path = arguments->words.items[0];
    watch =
        take_watch(shell, arguments,
                   "'stat path [watch]' has been deprecated. Please use 'stat [-w] path' instead.");
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_exists(shell->client, zk_str(path), watch, &stat, shell->arena);
    if (code == ZK_CODE_OK)
        zk_cli_print_stat(&shell->out, &stat);
    return finish(shell, code, path);
}

/* ---- children ---- */

static int compare_names(const void *a, const void *b)
{
    return zk_str_compare(*(const zk_str_t *)a, *(const zk_str_t *)b);
}

static zk_str_t join_path(zk_shell_t *shell, zk_str_t parent, zk_str_t child)
{
    bool is_root = parent.length == 1;

    return zk_str(apr_psprintf(shell->scratch, "%.*s/%.*s", is_root ? 0 : (int)parent.length,
                               parent.data, (int)child.length, child.data));
}

typedef void visit_fn_t(zk_shell_t *shell, zk_str_t path, void *baton);

/* Visit the descendants of PATH: all children of a znode before any grandchild.  A znode that is
 * deleted meanwhile is passed over.  The list of znodes still to be looked into replaces recursion,
 * whose depth the server would decide. */
static int32_t visit_below(zk_shell_t *shell, zk_str_t root, bool watch, visit_fn_t *visit,
                           void *baton)
{
    apr_array_header_t *stack = apr_array_make(shell->scratch, 16, sizeof(zk_str_t));

    APR_ARRAY_PUSH(stack, zk_str_t) = root;
    while (stack->nelts > 0) {
        zk_str_t path = *(zk_str_t *)apr_array_pop(stack);
        zk_str_vector_t children;
        int32_t code;
        int32_t i;

        zk_arena_reset(shell->arena);
        code = zk_client_get_children(shell->client, path, watch, &children, NULL, shell->arena);
        if (code == ZK_CODE_NO_NODE)
            continue;
        if (code != ZK_CODE_OK)
            return code;
        if (children.count > 1)
            qsort(children.items, (size_t)children.count, sizeof(zk_str_t), compare_names);
        for (i = 0; i < children.count; i++)
            children.items[i] = join_path(shell, path, children.items[i]);
        for (i = children.count - 1; i >= 0; i--)
            APR_ARRAY_PUSH(stack, zk_str_t) = children.items[i];
        for (i = 0; i < children.count; i++) /* after the last use of what is in the arena */
            visit(shell, APR_ARRAY_IDX(stack, stack->nelts - 1 - i, zk_str_t), baton);
    }
    return ZK_CODE_OK;
}

static void print_path(zk_shell_t *shell, zk_str_t path, void *baton)
{
    (void)baton;
    zk_buffer_append(&shell->out, path.data, zk_str_size(path));
    zk_buffer_append(&shell->out, "\n", 1);
}

static int list_below(zk_shell_t *shell, const char *path, bool watch)
{
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), watch, &data, NULL, shell->arena);

    if (code == ZK_CODE_OK) {
        print_path(shell, zk_str(path), NULL);
        code = visit_below(shell, zk_str(path), watch, print_path, NULL);
    }
    return finish(shell, code, path);
}

static int run_ls(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_str_vector_t children;
    const char *path;
    zk_stat_t stat;
    int32_t code;
    bool watch;

    if (zk_cli_has(arguments, "?"))
        zk_buffer_printf(&shell->out, "usage: ls [options] path\n -?   help\n -R   recurse\n"
                                      " -s   stat\n -w   watch\n");
    watch = take_watch(shell, arguments,
                       "'ls path [watch]' has been deprecated. Please use 'ls [-w] path' instead.");
    if (arguments->words.count < 1)
        return usage(shell, "ls");
    path = arguments->words.items[0];
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    if (zk_cli_has(arguments, "R"))
        return list_below(shell, path, watch);
    code =
        zk_client_get_children(shell->client, zk_str(path), watch, &children, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return finish(shell, code, path);
    zk_cli_print_list(&shell->out, &children);
    print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

static int run_get_all_children_number(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t count;
    int32_t code;

    if (arguments->words.count < 1)
        return usage(shell, "getAllChildrenNumber");
    path = arguments->words.items[0];
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_count_descendants(shell->client, zk_str(path), &count, shell->arena);
    if (code == ZK_CODE_OK)
        zk_buffer_printf(&shell->out, "%d\n", (int)count);
    return finish(shell, code, path);
}

static int run_get_ephemerals(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *prefix = arguments->words.count > 0 ? arguments->words.items[0] : "/";
    zk_str_vector_t paths;
    int32_t code;

    if (!path_is_valid(shell, prefix, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_ephemerals(shell->client, zk_str(prefix), &paths, shell->arena);
    if (code == ZK_CODE_OK)
        zk_cli_print_list(&shell->out, &paths);
    return finish(shell, code, prefix);
}

/* ---- access ---- */

static int run_get_acl(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_acl_vector_t acl;
    const char *path;
    zk_stat_t stat;
    int32_t code;

    if (arguments->words.count < 1)
        return usage(shell, "getAcl");
    path = arguments->words.items[0];
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_get_acl(shell->client, zk_str(path), &acl, &stat, shell->arena);
    if (code != ZK_CODE_OK)
        return finish(shell, code, path);
    zk_cli_print_acl(&shell->out, &acl);
    print_stat_if_asked(shell, arguments, &stat);
    return ZK_CLI_OK;
}

typedef struct acl_change {
    zk_acl_vector_t acl;
    int32_t version;
    zk_arena_t *arena; /* of each call; the shell's holds the list being walked */
} acl_change_t;

static void set_acl_of(zk_shell_t *shell, zk_str_t path, void *baton)
{
    acl_change_t *change = baton;
    int32_t code =
        zk_client_set_acl(shell->client, path, change->acl, change->version, NULL, change->arena);

    if (code != ZK_CODE_OK) /* no line end, as upstream */
        zk_cli_print_code(&shell->out, code, path.data);
    zk_arena_reset(change->arena);
}

/* setAcl -R: PATH and everything below it; znodes that refuse are named and passed over. */
static int set_acl_below(zk_shell_t *shell, const char *path, const char *text, int32_t version)
{
    zk_buffer_t repeated = ZK_BUFFER_INIT; /* complaints that were made once already */
    zk_arena_t *kept = zk_arena_create();
    acl_change_t change = {{0, NULL}, version, zk_arena_create()};
    zk_str_t data;
    int32_t code =
        zk_client_get_data(shell->client, zk_str(path), false, &data, NULL, shell->arena);

    zk_cli_parse_acl(&change.acl, text, &repeated, kept);
    if (code == ZK_CODE_OK) {
        set_acl_of(shell, zk_str(path), &change);
        code = visit_below(shell, zk_str(path), false, set_acl_of, &change);
    }
    zk_buffer_free(&repeated);
    zk_arena_destroy(change.arena);
    zk_arena_destroy(kept);
    return finish(shell, code, path);
}

static int run_set_acl(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_acl_vector_t acl;
    const char *path;
    zk_stat_t stat;
    int32_t version;
    int32_t code;

    if (arguments->words.count < 2)
        return usage(shell, "setAcl");
    path = arguments->words.items[0];
    zk_cli_parse_acl(&acl, arguments->words.items[1], &shell->err, shell->arena);
    if (!take_version(shell, arguments, 2, &version) || !path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    if (acl.count == 0) {
        finish(shell, ZK_CODE_INVALID_ACL, "null");
        if (arguments->words.count > 2)
            complain(shell, "hint: the ACL must be one argument: scheme:id:perm");
        return ZK_CLI_FAILED;
    }
    if (zk_cli_has(arguments, "R"))
        return set_acl_below(shell, path, arguments->words.items[1], version);
    code = zk_client_set_acl(shell->client, zk_str(path), acl, version, &stat, shell->arena);
    if (code == ZK_CODE_OK)
        print_stat_if_asked(shell, arguments, &stat);
    return finish(shell, code, path);
}

static int run_add_auth(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;

    if (words->count < 1)
        return usage(shell, "addauth");
    zk_client_authenticate(shell->client, words->items[0],
                           zk_str(words->count > 1 ? words->items[1] : NULL));
    return ZK_CLI_OK;
}

static int run_whoami(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_client_info_vector_t identities;
    int32_t code = zk_client_whoami(shell->client, &identities, shell->arena);
    int32_t i;

    (void)arguments;
    if (code != ZK_CODE_OK)
        return finish(shell, code, "");
    zk_buffer_printf(&shell->out, "Auth scheme: User\n");
    for (i = 0; i < identities.count; i++)
        zk_buffer_printf(&shell->out, "%.*s: %.*s\n", (int)identities.items[i].auth_scheme.length,
                         identities.items[i].auth_scheme.data, (int)identities.items[i].user.length,
                         identities.items[i].user.data);
    return ZK_CLI_OK;
}

/* ---- watches, sync ---- */

static int run_add_watch(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *mode = zk_cli_option(arguments, "m");
    int32_t number = ZK_ADD_WATCH_RECURSIVE;
    const char *path;

    if (arguments->words.count != 1)
        return usage(shell, "addWatch");
    if (mode != NULL && equal_ignoring_case(mode, "PERSISTENT"))
        number = ZK_ADD_WATCH_PERSISTENT;
    else if (mode != NULL && !equal_ignoring_case(mode, "PERSISTENT_RECURSIVE"))
        return usage(shell, "addWatch");
    path = arguments->words.items[0];
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    return finish(shell, zk_client_add_watch(shell->client, zk_str(path), number, shell->arena),
                  path);
}

static int run_print_watches(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    if (arguments->words.count == 0)
        zk_buffer_printf(&shell->out, "printwatches is %s\n", shell->print_watches ? "on" : "off");
    else
        shell->print_watches = strcmp(arguments->words.items[0], "on") == 0;
    return ZK_CLI_OK;
}

static int run_sync(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *path;
    int32_t code;

    if (arguments->words.count < 1)
        return usage(shell, "sync");
    path = arguments->words.items[0];
    if (!path_is_valid(shell, path, false))
        return ZK_CLI_FAILED;
    code = zk_client_sync(shell->client, zk_str(path), shell->arena);
    if (code == ZK_CODE_OK)
        zk_buffer_printf(&shell->out, "Sync is OK\n");
    else
        zk_buffer_printf(&shell->out, "Sync has failed. rc=%d\n", (int)code);
    return ZK_CLI_OK;
}

/* ---- the shell itself ---- */

static int run_close(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    (void)arguments;
    zk_client_close(shell->client);
    return ZK_CLI_OK;
}

static int run_connect(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const char *connect = arguments->words.count > 0 ? arguments->words.items[0] : shell->connect;

    return zk_shell_connect(shell, connect) ? ZK_CLI_OK : ZK_CLI_FAILED;
}

static int run_quit(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    (void)arguments;
    shell->is_quitting = true;
    return shell->exit_code;
}

static int run_version(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    if (arguments->words.count > 0)
        return usage(shell, "version");
    zk_buffer_printf(&shell->out, "ZooKeeper CLI version: 3.9.5 (Paddock %s)\n", PADDOCK_VERSION);
    return ZK_CLI_OK;
}

static int run_history(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    int i;

    (void)arguments;
    for (i = shell->count > 10 ? shell->count - 10 : 0; i <= shell->count; i++) {
        const char *line = zk_shell_history(shell, i);

        if (line != NULL)
            zk_buffer_printf(&shell->out, "%d - %s\n", i, line);
    }
    return ZK_CLI_OK;
}

static int run_redo(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    zk_cli_words_t words;
    const char *line;
    char *end;
    long number;

    if (arguments->words.count == 0)
        return ZK_CLI_OK;
    number = strtol(arguments->words.items[0], &end, 0);
    if (end == arguments->words.items[0] || *end != '\0')
        return usage(shell, "redo");
    line = number >= 0 && number < shell->count ? zk_shell_history(shell, (int)number) : NULL;
    if (line == NULL)
        return complain(shell, "Command index out of range");
    zk_cli_split_line(&words, line, shell->scratch);
    if (words.count > 0 && strcmp(words.items[0], "redo") == 0)
        return complain(shell, "No redoing redos");
    zk_shell_remember(shell, apr_pstrdup(shell->scratch, line));
    return words.count > 0 ? zk_shell_run(shell, &words) : ZK_CLI_OK;
}

static int run_help(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_command_t *command;

    if (arguments->words.count == 0) {
        zk_cli_print_usage(&shell->out);
        return ZK_CLI_OK;
    }
    command = zk_cli_find_command(arguments->words.items[0]);
    if (command == NULL) {
        zk_buffer_printf(&shell->err, "Command not found: Command not found %s\n",
                         arguments->words.items[0]);
        return ZK_CLI_UNKNOWN;
    }
    zk_cli_print_command_usage(&shell->out, command);
    return ZK_CLI_OK;
}
