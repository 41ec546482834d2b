/* tree_commands.c -- tree and find: a subtree as a drawing, and its znodes that match. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_fnmatch.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "cli/walk.h"
#include "wire/code.h"

enum { DEPTH_MAX = 1000000 };

/* Option NAME as a number from 0 to MAX into *VALUE; false after a complaint. */
static bool take_number(zk_shell_t *shell, const zk_cli_arguments_t *arguments, const char *name,
                        int64_t max, int64_t *value)
{
    const char *text = zk_cli_option(arguments, name);

    if (text == NULL || zk_cli_parse_number(value, text, 0, max))
        return true;
    zk_buffer_printf(&shell->err, "-%s must be a number from 0 to %" PRId64 "\n", name, max);
    return false;
}

/* How a walk that ended with CODE is told; REFUSED znodes could not be read. */
static int finish_walk(zk_shell_t *shell, int32_t code, const char *where, int64_t refused)
{
    if (code == ZK_CODE_SYSTEM_ERROR)
        return zk_cli_complain(shell, "too many znodes to keep in mind; name a smaller subtree");
    if (code != ZK_CODE_OK)
        return zk_cli_finish(shell, code, where);
    return refused > 0 ? ZK_CLI_FAILED : ZK_CLI_OK;
}

/* ---- tree ---- */

typedef struct drawing {
    bool shows_stat;
    zk_buffer_t lasts; /* by depth: whether the znode there is the last of its siblings */
    int64_t znodes;
    int64_t ephemerals;
    int64_t refused;
} drawing_t;

static void draw_branches(zk_shell_t *shell, drawing_t *drawing, const zk_cli_znode_t *znode)
{
    size_t depth = (size_t)znode->depth;
    uint8_t *lasts;
    size_t i;

    drawing->lasts.length =
        drawing->lasts.start +
        (zk_buffer_size(&drawing->lasts) < depth ? zk_buffer_size(&drawing->lasts) : depth);
    *zk_buffer_extend(&drawing->lasts, 1) = znode->is_last;
    lasts = zk_buffer_bytes(&drawing->lasts);
    if (depth == 0)
        return;
    zk_cli_set_colour(shell, ZK_CLI_DIM);
    for (i = 1; i < depth; i++)
        zk_buffer_printf(&shell->out, lasts[i] ? "    " : "│   ");
    zk_buffer_printf(&shell->out, znode->is_last ? "└── " : "├── ");
    zk_cli_set_colour(shell, ZK_CLI_PLAIN);
}

static void draw_stat(zk_shell_t *shell, const zk_stat_t *stat)
{
    zk_cli_set_colour(shell, ZK_CLI_DIM);
    zk_buffer_printf(&shell->out, "  [%" PRId32 " bytes, version %" PRId32 ", mtime ",
                     stat->data_length, stat->version);
    zk_cli_print_date(&shell->out, stat->mtime);
    if (stat->ephemeral_owner != 0)
        zk_buffer_printf(&shell->out, ", ephemeral 0x%" PRIx64, (uint64_t)stat->ephemeral_owner);
    zk_buffer_printf(&shell->out, "]");
    zk_cli_set_colour(shell, ZK_CLI_PLAIN);
}

static bool draw_znode(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton)
{
    drawing_t *drawing = baton;
    const char *name = znode->depth == 0 ? znode->path.data : strrchr(znode->path.data, '/') + 1;
    bool is_ephemeral = znode->code == ZK_CODE_OK && znode->stat.ephemeral_owner != 0;

    draw_branches(shell, drawing, znode);
    zk_cli_set_colour(shell, is_ephemeral ? ZK_CLI_YELLOW : ZK_CLI_PLAIN);
    zk_buffer_printf(&shell->out, "%s", name);
    zk_cli_set_colour(shell, ZK_CLI_PLAIN);
    if (znode->code != ZK_CODE_OK)
        zk_buffer_printf(&shell->out, "  [reading it is not permitted]");
    else if (drawing->shows_stat)
        draw_stat(shell, &znode->stat);
    if (znode->is_cut)
        zk_buffer_printf(&shell->out, "  (%" PRId32 " children)", znode->stat.num_children);
    zk_buffer_printf(&shell->out, "\n");
    drawing->znodes++;
    drawing->ephemerals += is_ephemeral;
    drawing->refused += znode->code != ZK_CODE_OK;
    return true;
}

int zk_cli_run_tree(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;
    const char *root = words->count > 0 ? words->items[0] : "/";
    drawing_t drawing = {.shows_stat = zk_cli_has(arguments, "s")};
    zk_cli_walk_t options = {.depth_max = -1, .title = "tree"};
    const char *where = "";
    int64_t depth = -1;
    int32_t code;

    if (words->count > 1)
        return zk_cli_usage(shell, "tree");
    if (!take_number(shell, arguments, "d", DEPTH_MAX, &depth) ||
        !zk_cli_path_is_valid(shell, root, false))
        return ZK_CLI_FAILED;
    options.depth_max = (int)depth;
    drawing.lasts = ZK_BUFFER_INIT;
    code = zk_cli_walk(shell, root, &options, draw_znode, &drawing, &where);
    zk_buffer_free(&drawing.lasts);
    if (code == ZK_CODE_OK && !plat_interrupt_seen()) {
        zk_buffer_printf(&shell->out, "\n%" PRId64 " znode%s", drawing.znodes,
                         drawing.znodes == 1 ? "" : "s");
        if (drawing.ephemerals > 0)
            zk_buffer_printf(&shell->out, ", %" PRId64 " ephemeral", drawing.ephemerals);
        zk_buffer_printf(&shell->out, "\n");
    }
    return finish_walk(shell, code, where, drawing.refused);
}

/* ---- find ---- */

typedef enum wanted_kind { ANY_KIND, EPHEMERAL_KIND, PERSISTENT_KIND } wanted_kind_t;

typedef struct search {
    const char *name; /* of the last element, a pattern; or NULL */
    const char *path; /* of the whole path, a pattern; or NULL */
    const char *text; /* somewhere in the data; or NULL */
    wanted_kind_t kind;
    int64_t larger; /* more bytes of data than that; -1: any */
    int64_t left;   /* matches still wanted */
    int64_t refused;
} search_t;

static bool holds_text(zk_str_t data, const char *text)
{
    const char *at = data.data;
    size_t left = zk_str_size(data);
    size_t size = strlen(text);

    if (size == 0)
        return true;
    while (left >= size && (at = memchr(at, text[0], left - size + 1)) != NULL) {
        if (memcmp(at, text, size) == 0)
            return true;
        at++;
        left = (size_t)(data.data + zk_str_size(data) - at);
    }
    return false;
}

static bool is_match(const search_t *search, const zk_cli_znode_t *znode)
{
    const char *name = strrchr(znode->path.data, '/') + 1;
    bool is_ephemeral = znode->stat.ephemeral_owner != 0;

    if (search->name != NULL && apr_fnmatch(search->name, name, 0) != APR_SUCCESS)
        return false;
    if (search->path != NULL && apr_fnmatch(search->path, znode->path.data, 0) != APR_SUCCESS)
        return false;
    if (znode->code != ZK_CODE_OK) /* nothing more is known of it */
        return search->text == NULL && search->kind == ANY_KIND && search->larger < 0;
    if (search->kind != ANY_KIND && is_ephemeral != (search->kind == EPHEMERAL_KIND))
        return false;
    if (znode->stat.data_length <= search->larger)
        return false;
    return search->text == NULL || holds_text(znode->data, search->text);
}

static bool find_znode(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton)
{
    search_t *search = baton;

    if (znode->code != ZK_CODE_OK) {
        search->refused++;
        zk_buffer_printf(&shell->err, "find: %s: reading it is not permitted\n", znode->path.data);
    }
    if (is_match(search, znode)) {
        const char *name = strrchr(znode->path.data, '/') + 1;

        zk_buffer_append(&shell->out, znode->path.data, (size_t)(name - znode->path.data));
        zk_cli_set_colour(shell, search->name != NULL ? ZK_CLI_GREEN : ZK_CLI_PLAIN);
        zk_buffer_printf(&shell->out, "%s", name);
        zk_cli_set_colour(shell, ZK_CLI_PLAIN);
        zk_buffer_printf(&shell->out, "\n");
        search->left--;
    }
    return search->left > 0;
}

static bool take_kind(zk_shell_t *shell, const zk_cli_arguments_t *arguments, search_t *search)
{
    const char *kind = zk_cli_option(arguments, "kind");

    if (kind == NULL)
        return true;
    if (strcmp(kind, "ephemeral") == 0)
        search->kind = EPHEMERAL_KIND;
    else if (strcmp(kind, "persistent") == 0)
        search->kind = PERSISTENT_KIND;
    else
        zk_cli_complain(shell, "-kind must be ephemeral or persistent");
    return search->kind != ANY_KIND;
}

int zk_cli_run_find(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    const zk_cli_words_t *words = &arguments->words;
    zk_cli_walk_t options = {.depth_max = -1, .title = "find"};
    search_t search = {.larger = -1, .left = INT64_MAX};
    const char *where = "";
    int64_t depth = -1;
    const char *root;
    int32_t code;

    if (words->count != 1)
        return zk_cli_usage(shell, "find");
    root = words->items[0];
    search.name = zk_cli_option(arguments, "name");
    search.path = zk_cli_option(arguments, "path");
    search.text = zk_cli_option(arguments, "data");
    if (!take_number(shell, arguments, "d", DEPTH_MAX, &depth) ||
        !take_number(shell, arguments, "larger", INT32_MAX, &search.larger) ||
        !take_number(shell, arguments, "n", INT32_MAX, &search.left) ||
        !take_kind(shell, arguments, &search) || !zk_cli_path_is_valid(shell, root, false))
        return ZK_CLI_FAILED;
    if (search.left == 0)
        return ZK_CLI_OK;
    options.depth_max = (int)depth;
    options.wants_data = search.text != NULL;
    code = zk_cli_walk(shell, root, &options, find_znode, &search, &where);
    return finish_walk(shell, code, where, search.refused);
}
