/* import_command.c -- import: lines of an export (dump.h) become znodes again.
 *
 * A file is read twice: first to see that every line is understood and that the last one is there,
 * so nothing is imported of a file that is damaged anywhere.  Standard input can only be read once;
 * each of its lines is understood in full or not used at all.
 *
 * Znodes are created in the order of the lines, many requests on their way at once.  After a
 * failure no more are sent; those that were on their way are waited for and counted.
 *
 * Counters of sequential names are raised when all znodes are there (counter.h): each znode counts
 * the children that were created under it in any case, so only what is missing is added. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/plat.h"
#include "client/path.h"
#include "client/requests.h"
#include "cli/commands.h"
#include "cli/counter.h"
#include "cli/dump.h"
#include "cli/lines.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/opcode.h"

enum {
    REQUESTS_MAX = 256, /* on their way, and bytes of their lines */
    REQUEST_BYTES_MAX = 8 * 1024 * 1024,
    LARGE_BYTES =
        256 * 1024, /* goes alone: the server may hang up on it, and the others are safe */
    NOTES_MAX = 10, /* ephemerals that are named one by one */
    GAP_DEFAULT = 1000000,
    STEP_MS = 100
};

/* An ancestor of the znode of the current line. */
typedef struct open_znode {
    char *path; /* malloc's: there are as many as znodes, but few at a time */
    int32_t next_sequence;
    int64_t children; /* that were sent: its counter is at least that */
} open_znode_t;

/* A counter that may have to be raised. */
typedef struct raise {
    const char *path;
    int32_t next_sequence;
} raise_t;

typedef struct importing {
    zk_shell_t *shell;
    const char *name; /* of the file, for messages */
    zk_cli_lines_t lines;
    zk_arena_t *arena; /* of one line */
    bool skips;
    bool overwrites;
    bool takes_ephemerals;
    int32_t gap_max;

    /* where we are in the lines */
    const char *target; /* what ROOT becomes; NULL: the same */
    const char *root;   /* NULL before the first znode */
    bool has_first;
    bool has_last;
    int64_t znodes;

    /* what was sent and what came of it */
    int waiting;
    size_t waiting_bytes;
    int64_t created;
    int64_t overwritten;
    int64_t skipped;
    int64_t ephemerals;
    apr_array_header_t *open;   /* of open_znode_t */
    apr_array_header_t *raises; /* of raise_t */

    /* the failure with the lowest line */
    bool has_failed;
    int64_t failed_line;
    int32_t failed_code;
    const char *failed_path;
    zk_note_t note;
} import_t;

/* One znode on its way. */
typedef struct item {
    import_t *import;
    int64_t line;
    int waiting;
    int32_t code;
    bool is_overwriting;
    zk_buffer_t text; /* the line, where it may be needed again */
    size_t bytes;
    char *path;
} item_t;

/* ---- failures ---- */

/* Remember the failure of LINE with CODE at PATH. */
static void fail(import_t *import, int64_t line, int32_t code, const char *path)
{
    if (import->has_failed && import->failed_line <= line)
        return;
    import->has_failed = true;
    import->failed_line = line;
    import->failed_code = code;
    import->failed_path = apr_pstrdup(import->shell->scratch, path);
}

/* What to do about CODE, or NULL. */
static const char *hint_of(int32_t code)
{
    switch (code) {
    case ZK_CODE_NODE_EXISTS:
        return "-s leaves znodes that exist as they are, -o gives them data and ACL of the file";
    case ZK_CODE_NO_NODE:
        return "-p creates the parents of the first znode; others need a line of their own before";
    case ZK_CODE_NO_AUTH:
        return "addauth as somebody who may create there (and change data and ACL, with -o)";
    case ZK_CODE_INVALID_ACL:
        return "the server does not know a scheme of the acl, or does not accept an id";
    case ZK_CODE_UNIMPLEMENTED:
        return "the server has no such kind (for ttl it needs extendedTypesEnabled=true)";
    case ZK_CODE_NO_CHILDREN_FOR_EPHEMERALS:
        return "delete the ephemeral znode above it first";
    case ZK_CODE_CONNECTION_LOSS:
    case ZK_CODE_SESSION_EXPIRED:
        return "nobody knows whether it was done; import again with -s or -o (a server also hangs "
               "up on a znode that is larger than its jute.maxbuffer)";
    default:
        return NULL;
    }
}

static void print_counts(const import_t *import, zk_buffer_t *out)
{
    zk_buffer_printf(out, "%" PRId64 " znodes created", import->created);
    if (import->overwritten > 0)
        zk_buffer_printf(out, ", %" PRId64 " overwritten", import->overwritten);
    if (import->skipped > 0)
        zk_buffer_printf(out, ", %" PRId64 " left as they were", import->skipped);
    if (import->ephemerals > 0)
        zk_buffer_printf(out, ", %" PRId64 " ephemeral left out", import->ephemerals);
}

static int complain_of_znode(import_t *import)
{
    zk_buffer_t *err = &import->shell->err;
    const char *hint = hint_of(import->failed_code);

    zk_buffer_printf(err, "import: %s line %" PRId64 ": ", import->name, import->failed_line);
    zk_cli_print_error(err, import->failed_code, import->failed_path, import->shell->dialect);
    zk_buffer_printf(err, "\n");
    if (hint != NULL)
        zk_buffer_printf(err, "hint: %s\n", hint);
    zk_buffer_printf(err, "import: stopped; ");
    print_counts(import, err);
    zk_buffer_printf(err, "\n");
    return ZK_CLI_FAILED;
}

/* NOTE says what is wrong with the line that was read last. */
static int complain_of_line(import_t *import, bool was_used)
{
    zk_buffer_t *err = &import->shell->err;

    zk_buffer_printf(err, "import: %s", import->name);
    if (import->lines.number > 0)
        zk_buffer_printf(err, " line %" PRId64, import->lines.number);
    zk_buffer_printf(err, ": %s\n", import->note.text);
    if (was_used) {
        zk_buffer_printf(err, "import: stopped; ");
        print_counts(import, err);
        zk_buffer_printf(err, "\n");
    } else {
        zk_buffer_printf(err, "import: nothing was imported\n");
    }
    return ZK_CLI_FAILED;
}

/* ---- understanding ---- */

/* Where PATH of the file goes, in the line's arena. */
static const char *map_path(const import_t *import, zk_str_t path)
{
    const char *rest = import->root[1] == '\0' ? path.data : path.data + strlen(import->root);
    const char *target = import->target != NULL ? import->target : import->root;
    zk_buffer_t joined = ZK_BUFFER_INIT;
    const char *mapped;

    if (target[1] == '\0')
        target = "";
    if (rest[0] == '/' && rest[1] == '\0')
        rest = ""; /* the root itself */
    zk_buffer_printf(&joined, "%s%s", target, rest);
    if (zk_buffer_size(&joined) == 0)
        zk_buffer_append(&joined, "/", 1);
    mapped = zk_arena_copy(import->arena, zk_buffer_bytes(&joined), zk_buffer_size(&joined));
    zk_buffer_free(&joined);
    return mapped;
}

/* Put DUMP, just read, where it belongs in the file. */
static bool place(import_t *import, const zk_cli_dump_t *dump)
{
    zk_note_t *note = &import->note;

    if (import->has_last) {
        zk_note(note, APR_SUCCESS, "something stands behind the last line");
        return false;
    }
    switch (dump->line) {
    case ZK_CLI_LINE_FIRST:
        if (import->has_first || import->root != NULL) {
            zk_note(note, APR_SUCCESS, "a first line in the middle of the file");
            return false;
        }
        import->has_first = true;
        import->root = apr_pstrdup(import->shell->scratch, dump->root.data);
        return true;
    case ZK_CLI_LINE_LAST:
        if (dump->znodes != import->znodes)
            zk_note(note, APR_SUCCESS,
                    "this line counts %" PRId64 " znodes, but %" PRId64 " were read", dump->znodes,
                    import->znodes);
        import->has_last = true;
        return dump->znodes == import->znodes;
    case ZK_CLI_LINE_ZNODE:
        if (import->root == NULL)
            import->root = apr_pstrdup(import->shell->scratch, dump->path.data);
        import->znodes++;
        if (zk_cli_is_below(dump->path, zk_str(import->root)))
            return true;
        zk_note(note, APR_SUCCESS, "%s is not below %s", dump->path.data, import->root);
        return false;
    }
    return false;
}

/* Read the next line that is not empty; false at the end or with a sentence in the note. */
static bool next_dump(import_t *import, zk_cli_dump_t *dump, zk_str_t *line, bool *is_wrong)
{
    *is_wrong = false;
    while (zk_cli_lines_next(&import->lines, line)) {
        size_t size = zk_str_size(*line);
        size_t at = 0;

        if (import->lines.number == 1 && zk_str_starts_with(*line, "\xef\xbb\xbf"))
            at = 3; /* as editors of Windows begin a file */
        while (at < size && strchr(" \t\r", line->data[at]) != NULL && line->data[at] != '\0')
            at++;
        if (at == size)
            continue;
        *line = zk_str_n(line->data + at, size - at);
        zk_arena_reset(import->arena);
        *is_wrong =
            !zk_cli_dump_read(dump, *line, import->arena, &import->note) || !place(import, dump);
        return !*is_wrong;
    }
    return false;
}

/* The lines have ended: whether they were all there. */
static bool check_end(import_t *import)
{
    char why[128];

    if (import->lines.rv == APR_ENOSPC) {
        zk_note(&import->note, APR_SUCCESS, "the line is longer than any znode");
    } else if (import->lines.rv != APR_SUCCESS) {
        apr_strerror(import->lines.rv, why, sizeof(why));
        zk_note(&import->note, APR_SUCCESS, "cannot read on: %s", why);
    } else if (import->has_first && !import->has_last) {
        zk_note(&import->note, APR_SUCCESS,
                "the file ends without its last line, so it was cut off (to import what there is, "
                "remove the first line)");
    } else if (import->znodes == 0 && !import->has_last) {
        zk_note(&import->note, APR_SUCCESS, "no znode in it");
    } else {
        return true;
    }
    return false;
}

static void begin_lines(import_t *import)
{
    import->root = NULL;
    import->has_first = false;
    import->has_last = false;
    import->znodes = 0;
}

/* The first pass over a file. */
static bool check_file(import_t *import)
{
    zk_cli_dump_t dump;
    zk_str_t line;
    bool is_wrong;

    begin_lines(import);
    while (next_dump(import, &dump, &line, &is_wrong))
        zk_cli_show_progress(import->shell, "import: checked %ld lines",
                             (long)import->lines.number);
    return !is_wrong && (plat_interrupt_seen() || check_end(import));
}

/* ---- sending ---- */

static void free_item(item_t *item)
{
    item->import->waiting--;
    item->import->waiting_bytes -= item->bytes;
    zk_buffer_free(&item->text);
    zk_free(item->path);
    zk_free(item);
}

static void submit(item_t *item, int32_t opcode, const zk_record_desc_t *desc, const void *record,
                   zk_client_done_fn_t *done)
{
    zk_client_request_t request = {opcode, desc, record, ZK_STR_NULL, ZK_WATCH_NONE, ZK_STR_NULL};

    item->waiting++;
    zk_client_submit(item->import->shell->client, &request, done, item);
}

static void on_overwritten(void *baton, int32_t code, zk_str_t body)
{
    item_t *item = baton;

    (void)body;
    if (code != ZK_CODE_OK && item->code == ZK_CODE_OK)
        item->code = code;
    if (--item->waiting > 0)
        return;
    if (item->code == ZK_CODE_OK)
        item->import->overwritten++;
    else
        fail(item->import, item->line, item->code, item->path);
    free_item(item);
}

/* The znode of ITEM exists: give it data and ACL of its line. */
static void overwrite(item_t *item)
{
    import_t *import = item->import;
    zk_arena_t *arena = zk_arena_create();
    zk_cli_dump_t dump;
    zk_note_t note;
    bool is_read = zk_cli_dump_read(
        &dump, zk_str_n((const char *)zk_buffer_bytes(&item->text), zk_buffer_size(&item->text)),
        arena, &note);
    zk_str_t path =
        zk_client_path_absolute(zk_client_chroot(import->shell->client), zk_str(item->path), arena);
    zk_set_data_request_t data = {path, dump.data, -1};
    zk_set_acl_request_t acl = {path, dump.acl, -1};

    ZK_ASSERT(is_read); /* as it was before */
    item->waiting = 1;  /* until both are sent */
    submit(item, ZK_OP_SET_DATA, &zk_record_set_data_request, &data, on_overwritten);
    submit(item, ZK_OP_SET_ACL, &zk_record_set_acl_request, &acl, on_overwritten);
    zk_arena_destroy(arena);
    on_overwritten(item, ZK_CODE_OK, zk_str(""));
}

static void on_created(void *baton, int32_t code, zk_str_t body)
{
    item_t *item = baton;
    import_t *import = item->import;
    bool exists = code == ZK_CODE_NODE_EXISTS;

    (void)body;
    if (exists && import->overwrites) {
        overwrite(item);
        return;
    }
    if (code == ZK_CODE_OK)
        import->created++;
    else if (exists && (import->skips || item->path[1] == '\0')) /* the root always exists */
        import->skipped++;
    else
        fail(import, item->line, code, item->path);
    free_item(item);
}

static void create(import_t *import, const zk_cli_dump_t *dump, const char *path, zk_str_t line)
{
    item_t *item = zk_calloc(1, sizeof(*item));
    zk_create_ttl_request_t ttl = {zk_client_path_absolute(zk_client_chroot(import->shell->client),
                                                           zk_str(path), import->arena),
                                   dump->data, dump->acl, ZK_CREATE_TTL, dump->ttl_ms};
    zk_create_request_t request = {ttl.path, dump->data, dump->acl, ZK_CREATE_PERSISTENT};

    item->import = import;
    item->line = import->lines.number;
    item->text = ZK_BUFFER_INIT;
    item->bytes = zk_str_size(line);
    item->path = zk_malloc(strlen(path) + 1);
    memcpy(item->path, path, strlen(path) + 1);
    if (import->overwrites)
        zk_buffer_append(&item->text, line.data, zk_str_size(line));
    import->waiting++;
    import->waiting_bytes += item->bytes;
    if (dump->kind == ZK_CLI_KIND_TTL) {
        submit(item, ZK_OP_CREATE_TTL, &zk_record_create_ttl_request, &ttl, on_created);
    } else if (dump->kind == ZK_CLI_KIND_CONTAINER) {
        request.flags = ZK_CREATE_CONTAINER;
        submit(item, ZK_OP_CREATE_CONTAINER, &zk_record_create_request, &request, on_created);
    } else {
        submit(item, ZK_OP_CREATE, &zk_record_create_request, &request, on_created);
    }
}

/* Give the session its time until fewer than COUNT requests are on their way. */
static void wait_below(import_t *import, int count)
{
    while (import->waiting > 0 &&
           (import->waiting >= count || import->waiting_bytes >= REQUEST_BYTES_MAX)) {
        zk_cli_show_progress(import->shell, "import: %ld lines", (long)import->lines.number);
        zk_client_step(import->shell->client, STEP_MS);
    }
}

/* ---- counters ---- */

/* The innermost open znode has all its children: keep its counter in mind where they are too few.
 */
static void close_znode(import_t *import)
{
    open_znode_t *closed = apr_array_pop(import->open);

    if (closed->next_sequence > closed->children) {
        raise_t *raise = &APR_ARRAY_PUSH(import->raises, raise_t);

        raise->path = apr_pstrdup(import->shell->scratch, closed->path);
        raise->next_sequence = closed->next_sequence;
    }
    zk_free(closed->path);
}

/* PATH comes next: close what it is not below, count it with its parent, open it. */
static void open_znode(import_t *import, const char *path, int32_t next_sequence)
{
    apr_array_header_t *open = import->open;
    open_znode_t znode = {NULL, next_sequence, 0};
    size_t parent = (size_t)(strrchr(path, '/') - path);

    while (open->nelts > 0 &&
           !zk_cli_is_below(zk_str(path),
                            zk_str(APR_ARRAY_IDX(open, open->nelts - 1, open_znode_t).path)))
        close_znode(import);
    if (open->nelts > 0) {
        open_znode_t *above = &APR_ARRAY_IDX(open, open->nelts - 1, open_znode_t);

        if (strlen(above->path) == (parent > 0 ? parent : 1))
            above->children++;
    }
    znode.path = zk_malloc(strlen(path) + 1);
    memcpy(znode.path, path, strlen(path) + 1);
    APR_ARRAY_PUSH(open, open_znode_t) = znode;
}

/* Raise the counters that are too low.  True unless one could not be. */
static bool raise_counters(import_t *import)
{
    zk_buffer_t *err = &import->shell->err;
    bool is_done = true;
    int i;

    for (i = 0; i < import->raises->nelts && !plat_interrupt_seen(); i++) {
        const raise_t *raise = &APR_ARRAY_IDX(import->raises, i, raise_t);
        bool is_too_far;
        int32_t next = 0;
        int32_t code = zk_cli_raise_counter(import->shell, raise->path, raise->next_sequence,
                                            import->gap_max, &next, &is_too_far);

        if (code == ZK_CODE_OK && !is_too_far)
            continue;
        is_done = false;
        zk_buffer_printf(err, "import: the counter of %s is not %" PRId32 " as in the file: ",
                         raise->path, raise->next_sequence);
        if (is_too_far)
            zk_buffer_printf(err, "it is %" PRId32 ", and -g %" PRId32 " would be needed\n", next,
                             raise->next_sequence - next);
        else
            zk_cli_finish(import->shell, code, raise->path);
    }
    return is_done;
}

/* ---- the command ---- */

static void leave_ephemeral(import_t *import, const char *path)
{
    zk_buffer_t *err = &import->shell->err;

    if (import->ephemerals++ < NOTES_MAX)
        zk_buffer_printf(err, "import: %s line %" PRId64 ": %s is ephemeral and left out\n",
                         import->name, import->lines.number, path);
    else if (import->ephemerals == NOTES_MAX + 1)
        zk_buffer_printf(err, "import: more ephemerals are left out (-e makes them persistent)\n");
}

/* With -p: create what is missing above PATH. */
static int32_t make_parents(import_t *import, const char *path)
{
    zk_shell_t *shell = import->shell;
    const char *slash = path;

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        const char *parent = apr_pstrmemdup(shell->scratch, path, (size_t)(slash - path));
        int32_t code;

        zk_arena_reset(shell->arena);
        code =
            zk_client_create_node(shell->client, zk_str(parent), ZK_STR_NULL, zk_client_acl_open(),
                                  ZK_CREATE_PERSISTENT, 0, NULL, shell->arena);
        if (code != ZK_CODE_OK && code != ZK_CODE_NODE_EXISTS) {
            fail(import, import->lines.number, code, parent);
            return code;
        }
    }
    return ZK_CODE_OK;
}

/* The second pass over a file, or the only one over standard input. */
static bool import_lines(import_t *import, bool makes_parents)
{
    zk_cli_dump_t dump;
    zk_str_t line;
    bool is_wrong = false;
    bool is_large;

    begin_lines(import);
    while (!import->has_failed && next_dump(import, &dump, &line, &is_wrong)) {
        const char *path;

        if (dump.line != ZK_CLI_LINE_ZNODE)
            continue;
        path = map_path(import, dump.path);
        if (makes_parents && make_parents(import, path) != ZK_CODE_OK)
            break;
        makes_parents = false;
        if (dump.kind == ZK_CLI_KIND_EPHEMERAL && !import->takes_ephemerals) {
            leave_ephemeral(import, path);
            continue;
        }
        open_znode(import, path, dump.next_sequence);
        is_large = zk_str_size(line) > LARGE_BYTES;
        wait_below(import, is_large ? 1 : REQUESTS_MAX);
        if (import->has_failed)
            break;
        create(import, &dump, path, line);
        wait_below(import, is_large ? 1 : REQUESTS_MAX);
    }
    wait_below(import, 1);
    while (import->open->nelts > 0)
        close_znode(import);
    return !is_wrong;
}

static int finish(import_t *import, bool is_understood)
{
    zk_buffer_t *err = &import->shell->err;
    bool counters_are_kept;

    if (import->has_failed)
        return complain_of_znode(import);
    if (plat_interrupt_seen())
        is_understood = true; /* so far */
    else if (is_understood)
        is_understood = check_end(import);
    if (!is_understood)
        return complain_of_line(import, true);
    counters_are_kept = raise_counters(import);
    zk_buffer_printf(err, plat_interrupt_seen() ? "import: interrupted; " : "Imported ");
    if (!plat_interrupt_seen())
        zk_buffer_printf(err, "%s: ", import->name);
    print_counts(import, err);
    zk_buffer_printf(err, "\n");
    return counters_are_kept ? ZK_CLI_OK : ZK_CLI_FAILED;
}

static int run(import_t *import, const zk_cli_arguments_t *arguments)
{
    bool only_checks = zk_cli_has(arguments, "n");

    if (import->lines.file != NULL || only_checks) {
        if (!check_file(import))
            return complain_of_line(import, false);
        if (only_checks) {
            zk_buffer_printf(&import->shell->err, "%s: %" PRId64 " znodes below %s, all well\n",
                             import->name, import->znodes, import->root);
            return ZK_CLI_OK;
        }
        if (zk_cli_lines_rewind(&import->lines) != APR_SUCCESS)
            return zk_cli_complain(import->shell, "import: the file cannot be read twice");
    }
    return finish(import, import_lines(import, zk_cli_has(arguments, "p")));
}

static bool take_arguments(import_t *import, const zk_cli_arguments_t *arguments, const char **file)
{
    zk_shell_t *shell = import->shell;
    const zk_cli_words_t *words = &arguments->words;
    const char *gap = zk_cli_option(arguments, "g");
    int64_t gap_max = GAP_DEFAULT;

    if (words->count > 2 || (words->count == 0 && plat_input_is_terminal())) {
        zk_cli_usage(shell, "import");
        return false;
    }
    *file = words->count > 0 && strcmp(words->items[0], "-") != 0 ? words->items[0] : NULL;
    if (*file == NULL && shell->options.command.count == 0) {
        zk_cli_complain(shell, "import: name a file (standard input is read here only by "
                               "`zkcli import` with the command on zkcli's own command line)");
        return false;
    }
    if (gap != NULL && !zk_cli_parse_number(&gap_max, gap, 0, INT32_MAX)) {
        zk_cli_complain(shell, "-g argument must be an int value");
        return false;
    }
    import->skips = zk_cli_has(arguments, "s");
    import->overwrites = zk_cli_has(arguments, "o");
    import->takes_ephemerals = zk_cli_has(arguments, "e");
    import->gap_max = (int32_t)gap_max;
    import->target = words->count > 1 ? words->items[1] : NULL;
    import->name = *file != NULL ? *file : "standard input";
    if (import->skips && import->overwrites) {
        zk_cli_complain(shell, "import: -s and -o exclude each other");
        return false;
    }
    return import->target == NULL || zk_cli_path_is_valid(shell, import->target, false);
}

int zk_cli_run_import(zk_shell_t *shell, const zk_cli_arguments_t *arguments)
{
    import_t import = {.shell = shell};
    const char *file;
    apr_status_t rv;
    char why[128];
    int exit_code;

    if (!take_arguments(&import, arguments, &file))
        return ZK_CLI_FAILED;
    rv = zk_cli_lines_open(&import.lines, shell, file);
    if (rv != APR_SUCCESS) {
        apr_strerror(rv, why, sizeof(why));
        zk_buffer_printf(&shell->err, "import: cannot read '%s': %s\n", import.name, why);
        return ZK_CLI_FAILED;
    }
    import.arena = zk_arena_create();
    import.open = apr_array_make(shell->scratch, 16, sizeof(open_znode_t));
    import.raises = apr_array_make(shell->scratch, 16, sizeof(raise_t));
    exit_code = run(&import, arguments);
    zk_cli_lines_close(&import.lines);
    zk_arena_destroy(import.arena);
    return exit_code;
}
