/* walk.c -- see walk.h.
 *
 * Entries form a list in the order of visits.  Where the answer about a znode's children arrives,
 * they are put behind it; the head is visited once all about it is known.  Questions are asked
 * about the first WINDOW entries, as long as what waits to be visited is not too large.
 *
 * Answers come through callbacks that may outlive an impatient walk: then the last one frees it. */
#include "cli/walk.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "client/path.h"
#include "client/requests.h"
#include "cli/tools.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/opcode.h"

enum {
    WINDOW = 64,
    HELD_BYTES_MAX = 32 * 1024 * 1024,
    LISTED_MAX = 10 * 1000 * 1000, /* znodes known and not yet visited */
    OUT_BYTES_MAX = 64 * 1024,     /* output that waits */
    RETRIES_MAX = 30,              /* of one znode, about a second each */
    STEP_MS = 100,
    PATIENCE_MS = 5000 /* for answers that nobody needs any more */
};

typedef struct walk walk_t;

typedef struct entry {
    struct entry *next;
    walk_t *walk;
    int depth;
    int waiting; /* answers to come */
    int retries;
    bool is_last;
    bool is_asked;
    bool is_listed; /* its children are in the list */
    bool is_cut;
    int32_t code; /* the first failure */
    zk_stat_t stat;
    zk_buffer_t data; /* bodies of answers */
    zk_buffer_t acl;
    size_t size; /* of path */
    char path[]; /* and a NUL */
} entry_t;

struct walk {
    zk_shell_t *shell;
    const zk_cli_walk_t *options;
    entry_t *first;
    zk_arena_t *arena;
    int waiting; /* answers to come, to all entries */
    int listed;
    size_t held_bytes;
    bool is_abandoned;
    bool is_too_large;
};

/* ---- entries ---- */

static entry_t *make_entry(walk_t *walk, zk_str_t parent, zk_str_t name, int depth)
{
    size_t prefix = parent.length == 1 ? 0 : zk_str_size(parent);
    size_t size = prefix + 1 + zk_str_size(name);
    entry_t *entry = zk_calloc(1, sizeof(*entry) + size + 1);

    entry->walk = walk;
    entry->depth = depth;
    entry->data = ZK_BUFFER_INIT;
    entry->acl = ZK_BUFFER_INIT;
    entry->size = size;
    memcpy(entry->path, parent.data, prefix);
    entry->path[prefix] = '/';
    memcpy(entry->path + prefix + 1, name.data, zk_str_size(name));
    walk->listed++;
    return entry;
}

static zk_str_t path_of(const entry_t *entry)
{
    return zk_str_n(entry->path, entry->size);
}

static void free_entry(entry_t *entry)
{
    walk_t *walk = entry->walk;

    walk->held_bytes -= zk_buffer_size(&entry->data) + zk_buffer_size(&entry->acl);
    walk->listed--;
    zk_buffer_free(&entry->data);
    zk_buffer_free(&entry->acl);
    zk_free(entry);
}

static void free_walk(walk_t *walk)
{
    entry_t *entry;

    while ((entry = walk->first) != NULL) {
        walk->first = entry->next;
        free_entry(entry);
    }
    zk_arena_destroy(walk->arena);
    zk_free(walk);
}

/* ---- answers ---- */

/* Count the answer with CODE to a question about ENTRY; true when its body is wanted. */
static bool take_answer(entry_t *entry, int32_t code)
{
    walk_t *walk = entry->walk;

    entry->waiting--;
    walk->waiting--;
    if (walk->is_abandoned) {
        if (walk->waiting == 0)
            free_walk(walk);
        return false;
    }
    if (code != ZK_CODE_OK && entry->code == ZK_CODE_OK)
        entry->code = code;
    return code == ZK_CODE_OK;
}

static void hold(entry_t *entry, zk_buffer_t *buffer, zk_str_t body)
{
    entry->walk->held_bytes -= zk_buffer_size(buffer);
    zk_buffer_clear(buffer);
    zk_buffer_append(buffer, body.data, zk_str_size(body));
    entry->walk->held_bytes += zk_str_size(body);
}

/* Put CHILDREN behind ENTRY in the order of their names. */
static void insert_children(entry_t *entry, zk_str_vector_t *children)
{
    walk_t *walk = entry->walk;
    entry_t **end = &entry->next;
    entry_t *after = entry->next;
    entry_t *child = NULL;
    int32_t i;

    if (entry->is_listed)
        return; /* asked for again after the connection was lost */
    entry->is_listed = true;
    if (walk->listed + children->count > LISTED_MAX) {
        walk->is_too_large = true;
        return;
    }
    if (children->count > 1)
        qsort(children->items, (size_t)children->count, sizeof(zk_str_t), zk_cli_compare_names);
    for (i = 0; i < children->count; i++) {
        child = make_entry(walk, path_of(entry), children->items[i], entry->depth + 1);
        if (walk->options->without != NULL && strcmp(child->path, walk->options->without) == 0) {
            free_entry(child);
            continue;
        }
        *end = child;
        end = &child->next;
    }
    *end = after;
    if (end != &entry->next) {
        for (child = entry->next; child->next != after; child = child->next)
            ;
        child->is_last = true;
    }
}

static void on_children(void *baton, int32_t code, zk_str_t body)
{
    entry_t *entry = baton;
    zk_get_children2_response_t answer;
    zk_reader_t reader = zk_reader(body.data, zk_str_size(body));

    if (!take_answer(entry, code))
        return;
    zk_arena_reset(entry->walk->arena);
    if (!zk_record_decode(&zk_record_get_children2_response, &answer, &reader,
                          entry->walk->arena)) {
        entry->code = ZK_CODE_MARSHALLING_ERROR;
        return;
    }
    entry->stat = answer.stat;
    insert_children(entry, &answer.children);
}

/* At the deepest level only the stat is asked for. */
static void on_exists(void *baton, int32_t code, zk_str_t body)
{
    entry_t *entry = baton;
    zk_exists_response_t answer;
    zk_reader_t reader = zk_reader(body.data, zk_str_size(body));

    if (!take_answer(entry, code))
        return;
    if (!zk_record_decode(&zk_record_exists_response, &answer, &reader, NULL)) {
        entry->code = ZK_CODE_MARSHALLING_ERROR;
        return;
    }
    entry->stat = answer.stat;
    entry->is_cut = answer.stat.num_children > 0;
}

static void on_data(void *baton, int32_t code, zk_str_t body)
{
    entry_t *entry = baton;

    if (take_answer(entry, code))
        hold(entry, &entry->data, body);
}

static void on_acl(void *baton, int32_t code, zk_str_t body)
{
    entry_t *entry = baton;

    if (take_answer(entry, code))
        hold(entry, &entry->acl, body);
}

/* ---- questions ---- */

static void submit(entry_t *entry, int32_t opcode, const zk_record_desc_t *desc, const void *record,
                   zk_client_done_fn_t *done, zk_str_t watch)
{
    zk_client_request_t request = {
        opcode, desc, record, ZK_STR_NULL, zk_str_is_null(watch) ? ZK_WATCH_NONE : ZK_WATCH_CHILD,
        watch};

    entry->waiting++;
    entry->walk->waiting++;
    zk_client_submit(entry->walk->shell->client, &request, done, entry);
}

static void ask(entry_t *entry)
{
    walk_t *walk = entry->walk;
    const zk_cli_walk_t *options = walk->options;
    zk_get_data_request_t request; /* path and watch, as four of the requests have them */
    zk_str_t path;

    zk_arena_reset(walk->arena);
    path =
        zk_client_path_absolute(zk_client_chroot(walk->shell->client), path_of(entry), walk->arena);
    request.path = path;
    request.watch = false;
    entry->is_asked = true;
    entry->code = ZK_CODE_OK;
    entry->waiting++; /* an answer may come at once, but not the last one */
    walk->waiting++;
    if (options->depth_max >= 0 && entry->depth >= options->depth_max) {
        zk_exists_request_t exists = {path, false};

        submit(entry, ZK_OP_EXISTS, &zk_record_exists_request, &exists, on_exists, ZK_STR_NULL);
    } else {
        zk_get_children2_request_t children = {path, options->watches};

        submit(entry, ZK_OP_GET_CHILDREN2, &zk_record_get_children2_request, &children, on_children,
               options->watches ? path : ZK_STR_NULL);
    }
    if (options->wants_data)
        submit(entry, ZK_OP_GET_DATA, &zk_record_get_data_request, &request, on_data, ZK_STR_NULL);
    if (options->wants_acl) {
        zk_get_acl_request_t acl = {path};

        submit(entry, ZK_OP_GET_ACL, &zk_record_get_acl_request, &acl, on_acl, ZK_STR_NULL);
    }
    entry->waiting--;
    walk->waiting--;
}

static void ask_ahead(walk_t *walk)
{
    entry_t *entry = walk->first;
    int i;

    for (i = 0; i < WINDOW && entry != NULL; i++, entry = entry->next)
        if (!entry->is_asked && (i == 0 || walk->held_bytes < HELD_BYTES_MAX))
            ask(entry);
}

/* ---- visits ---- */

/* Decode what is held of ENTRY into ZNODE; the arena is the walk's. */
static int32_t fill_znode(entry_t *entry, zk_cli_znode_t *znode)
{
    walk_t *walk = entry->walk;
    zk_reader_t reader;

    znode->path = path_of(entry);
    znode->depth = entry->depth;
    znode->is_last = entry->is_last;
    znode->is_cut = entry->is_cut;
    znode->code = entry->code;
    znode->stat = entry->stat;
    znode->data = ZK_STR_NULL;
    znode->acl.count = 0;
    znode->acl.items = NULL;
    zk_arena_reset(walk->arena);
    if (entry->code != ZK_CODE_OK)
        return ZK_CODE_OK;
    if (walk->options->wants_data) {
        zk_get_data_response_t answer;

        reader = zk_reader(zk_buffer_bytes(&entry->data), zk_buffer_size(&entry->data));
        if (!zk_record_decode(&zk_record_get_data_response, &answer, &reader, walk->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        znode->data = answer.data;
    }
    if (walk->options->wants_acl) {
        zk_get_acl_response_t answer;

        reader = zk_reader(zk_buffer_bytes(&entry->acl), zk_buffer_size(&entry->acl));
        if (!zk_record_decode(&zk_record_get_acl_response, &answer, &reader, walk->arena))
            return ZK_CODE_MARSHALLING_ERROR;
        znode->acl = answer.acl;
    }
    return ZK_CODE_OK;
}

/* Call `child` for the children of ENTRY.  More znodes may come between them meanwhile, none goes.
 */
static void tell_children(walk_t *walk, const entry_t *entry, void *baton)
{
    const entry_t *at;

    for (at = entry->next; at != NULL && at->depth > entry->depth; at = at->next)
        if (at->depth == entry->depth + 1)
            walk->options->child(walk->shell, path_of(at), baton);
}

/* The head is known: visit it.  False ends the walk, with a failure in *CODE. */
static bool visit_first(walk_t *walk, zk_cli_walk_fn_t *visit, void *baton, int32_t *code)
{
    entry_t *entry = walk->first;
    zk_cli_znode_t znode;

    if (entry->code == ZK_CODE_NO_NODE && entry->depth > 0)
        return true;
    if (entry->code != ZK_CODE_OK && entry->code != ZK_CODE_NO_AUTH) {
        *code = entry->code;
        return false;
    }
    *code = fill_znode(entry, &znode);
    if (*code != ZK_CODE_OK || !visit(walk->shell, &znode, baton))
        return false;
    if (walk->options->child != NULL)
        tell_children(walk, entry, baton);
    return true;
}

/* Whether the head is to be asked about once more: the connection was lost on the way. */
static bool must_ask_again(const walk_t *walk, int visited)
{
    return visited > 0 && walk->first->code == ZK_CODE_CONNECTION_LOSS &&
           walk->first->retries < RETRIES_MAX && zk_client_is_alive(walk->shell->client);
}

static void leave(walk_t *walk)
{
    int64_t until = plat_monotonic_ms() + PATIENCE_MS;

    zk_cli_end_progress(walk->shell);
    while (walk->waiting > 0 && plat_monotonic_ms() < until)
        zk_client_step(walk->shell->client, STEP_MS);
    if (walk->waiting == 0)
        free_walk(walk);
    else
        walk->is_abandoned = true;
}

static void drop_first(walk_t *walk)
{
    entry_t *entry = walk->first;

    walk->first = entry->next;
    free_entry(entry);
}

int32_t zk_cli_walk(zk_shell_t *shell, const char *root, const zk_cli_walk_t *options,
                    zk_cli_walk_fn_t *visit, void *baton, const char **where)
{
    walk_t *walk = zk_calloc(1, sizeof(*walk));
    int32_t code = ZK_CODE_OK;
    int visited = 0;

    walk->shell = shell;
    walk->options = options;
    walk->arena = zk_arena_create();
    walk->first = make_entry(walk, zk_str("/"), zk_str(root + 1), 0);
    walk->first->is_last = true;
    while (walk->first != NULL && !plat_interrupt_seen() && !shell->output.has_failed) {
        ask_ahead(walk);
        if (walk->first->waiting > 0) {
            zk_shell_flush(shell);
            zk_cli_show_progress(shell, "%s: %d znodes", options->title, visited);
            zk_client_step(shell->client, STEP_MS);
            continue;
        }
        if (must_ask_again(walk, visited)) {
            walk->first->retries++;
            walk->first->is_asked = false;
            continue;
        }
        if (walk->is_too_large)
            code = ZK_CODE_SYSTEM_ERROR;
        if (code != ZK_CODE_OK || !visit_first(walk, visit, baton, &code)) {
            *where = apr_pstrdup(shell->scratch, walk->first->path);
            break;
        }
        visited++;
        drop_first(walk);
        if (zk_buffer_size(&shell->out) > OUT_BYTES_MAX)
            zk_shell_flush(shell);
    }
    leave(walk);
    return code;
}

/* ---- all below ---- */

typedef struct listing {
    zk_cli_visit_fn_t *visit;
    void *baton;
    const char *refused; /* a znode that may not be listed, or NULL */
} listing_t;

static bool list_znode(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton)
{
    listing_t *listing = baton;

    if (znode->code != ZK_CODE_OK)
        listing->refused = apr_pstrdup(shell->scratch, znode->path.data);
    return znode->code == ZK_CODE_OK;
}

static void list_child(zk_shell_t *shell, zk_str_t path, void *baton)
{
    listing_t *listing = baton;

    listing->visit(shell, path, listing->baton);
}

int32_t zk_cli_visit_below(zk_shell_t *shell, const char *root, bool watch,
                           zk_cli_visit_fn_t *visit, void *baton, const char **where)
{
    zk_cli_walk_t options = {
        .depth_max = -1, .title = "listing", .watches = watch, .child = list_child};
    listing_t listing = {visit, baton, NULL};
    int32_t code = zk_cli_walk(shell, root, &options, list_znode, &listing, where);

    if (code == ZK_CODE_NO_NODE) /* of the root: there is nothing below it */
        return ZK_CODE_OK;
    if (code != ZK_CODE_OK || listing.refused == NULL)
        return code;
    *where = listing.refused;
    return ZK_CODE_NO_AUTH;
}
