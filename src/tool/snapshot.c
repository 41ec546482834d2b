/* snapshot.c -- zktool snapshot: print the znodes and sessions of a snapshot.
 *
 * The whole file is read and its seals verified before the first line; upstream prints what it can
 * of a damaged one. Znodes come depth first, children by name.
 *
 * Facts: SnapshotFormatter.java. */
#include "tool/tool.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_time.h>

#include "base/plat.h"
#include "store/datadir.h"
#include "tool/snapshot_tree.h"
#include "tool/text.h"

typedef struct printer {
    FILE *out;
    apr_pool_t *scratch;
    bool with_data;
    int64_t last_zxid;
    int inode;
} printer_t;

static void print_usage(FILE *to)
{
    fputs("USAGE: SnapshotFormatter [-d|-json] snapshot_file\n"
          "       -d dump the data for each znode\n"
          "       -json dump znode info in json format\n",
          to);
}

/* Java's %#016x: sixteen characters with the 0x. */
static void print_hex(FILE *out, const char *name, int64_t value)
{
    fprintf(out, "  %s = 0x%014" PRIx64 "\n", name, (uint64_t)value);
}

static void print_time(const printer_t *printer, const char *name, int64_t ms)
{
    fprintf(printer->out, "  %s = %s\n", name, zk_tool_time(ms, ZK_TIME_DATE, printer->scratch));
}

static void print_node(printer_t *printer, const zk_snapshot_node_t *node)
{
    const zk_stat_persisted_t *stat = &node->stat;
    FILE *out = printer->out;

    fputs("----\n", out);
    zk_tool_put_text(out, node->path.length == 0 ? zk_str("/") : node->path);
    putc('\n', out);
    print_hex(out, "cZxid", stat->czxid);
    print_time(printer, "ctime", stat->ctime);
    print_hex(out, "mZxid", stat->mzxid);
    print_time(printer, "mtime", stat->mtime);
    print_hex(out, "pZxid", stat->pzxid);
    fprintf(out,
            "  cversion = %" PRId32 "\n  dataVersion = %" PRId32 "\n  aclVersion = %" PRId32 "\n",
            stat->cversion, stat->version, stat->aversion);
    print_hex(out, "ephemeralOwner", stat->ephemeral_owner);
    if (printer->with_data) {
        fputs("  data = ", out);
        zk_tool_put_base64(out, node->data);
        putc('\n', out);
    } else {
        fprintf(out, "  dataLength = %" PRId32 "\n", node->data_length);
    }
    apr_pool_clear(printer->scratch);
}

static void print_nodes(printer_t *printer, const zk_snapshot_node_t *node)
{
    uint32_t i;

    print_node(printer, node);
    if (node->stat.mzxid > printer->last_zxid)
        printer->last_zxid = node->stat.mzxid;
    if (node->stat.pzxid > printer->last_zxid)
        printer->last_zxid = node->stat.pzxid;
    for (i = 0; i < node->children_count; i++)
        print_nodes(printer, node->children[i]);
}

/* Ephemerals of each session, counted once for all. */
static void print_sessions(const printer_t *printer, const zk_snapshot_tree_t *tree)
{
    zk_map64_t counts = ZK_MAP64_INIT;
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    size_t i;

    while ((entry = zk_map_str_next(&tree->nodes, &cursor)) != NULL) {
        uint64_t owner = (uint64_t)((const zk_snapshot_node_t *)entry->value)->stat.ephemeral_owner;

        uintptr_t count = (uintptr_t)zk_map64_get(&counts, owner);

        if (owner != 0)
            zk_map64_set(&counts, owner, (void *)(count + 1));
    }
    fputs("Session Details (sid, timeout, ephemeralCount):\n", printer->out);
    for (i = 0; i < tree->sessions_count; i++) {
        uint64_t id = (uint64_t)tree->sessions[i].id;

        fprintf(printer->out, "0x%014" PRIx64 ", %" PRId32 ", %zu\n", id,
                tree->sessions[i].timeout_ms, (size_t)(uintptr_t)zk_map64_get(&counts, id));
    }
    zk_map64_free(&counts);
}

static void print_json(printer_t *printer, const zk_snapshot_node_t *node)
{
    uint32_t i;

    fprintf(printer->out, ",%s{\"name\":\"", node->children_count > 0 ? "[" : "");
    zk_tool_put_json(printer->out, zk_snapshot_node_name(node));
    fprintf(printer->out, "\",\"asize\":%" PRId32 ",\"dsize\":%" PRId32 ",\"dev\":0,\"ino\":%d}",
            node->data_length, node->data_length, ++printer->inode);
    for (i = 0; i < node->children_count; i++)
        print_json(printer, node->children[i]);
    if (node->children_count > 0)
        putc(']', printer->out);
}

static int print_snapshot(zk_tool_t *tool, const char *file, bool with_data, bool as_json)
{
    printer_t printer = {.out = tool->out, .with_data = with_data, .inode = 1000};
    zk_snapshot_tree_t *tree;
    zk_note_t note = {""};
    int64_t zxid;

    apr_pool_create(&printer.scratch, tool->pool);
    if (zk_snapshot_tree_read(&tree, file, with_data, tool->pool, &note) != APR_SUCCESS) {
        fprintf(tool->err, "%s\n", note.text);
        return ZK_TOOL_FAILED;
    }
    if (as_json) {
        fprintf(tool->out,
                "[1,0,{\"progname\":\"SnapshotFormatter.java\",\"progver\":\"0.01\","
                "\"timestamp\":%" PRId64 "}",
                plat_wall_ms());
        print_json(&printer, tree->root);
        putc(']', tool->out);
        return ZK_TOOL_OK;
    }
    fprintf(tool->out, "ZNode Details (count=%" PRIu32 "):\n", zk_map_str_count(&tree->nodes) + 1);
    if (zk_data_name_parse(zk_tool_base_name(file), "snapshot", &zxid, NULL))
        printer.last_zxid = zxid;
    print_nodes(&printer, tree->root);
    fputs("----\n", tool->out);
    print_sessions(&printer, tree);
    fprintf(tool->out, "----\nLast zxid: 0x%" PRIx64 "\n", (uint64_t)printer.last_zxid);
    return ZK_TOOL_OK;
}

int zk_tool_snapshot(zk_tool_t *tool, int argc, const char *const *argv)
{
    const char *file = NULL;
    bool with_data = false;
    bool as_json = false;
    apr_finfo_t info;
    char *full;
    int i;

    for (i = 0; i < argc && file == NULL; i++) {
        if (strcmp(argv[i], "-d") == 0)
            with_data = true;
        else if (strcmp(argv[i], "-json") == 0)
            as_json = true;
        else
            file = argv[i];
    }
    if (file == NULL || i != argc) {
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    if (apr_stat(&info, file, APR_FINFO_TYPE, tool->pool) != APR_SUCCESS) {
        if (apr_filepath_merge(&full, NULL, file, 0, tool->pool) != APR_SUCCESS)
            full = (char *)(uintptr_t)file;
        fprintf(tool->err, "File '%s' does not exist.\n", full);
        return ZK_TOOL_INVALID;
    }
    if (with_data && as_json) {
        fprintf(tool->err,
                "Cannot specify both data dump (-d) and json mode (-json) in same call\n");
        return ZK_TOOL_INVALID;
    }
    return print_snapshot(tool, file, with_data, as_json);
}
