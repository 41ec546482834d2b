/* summary.c -- zktool summary: how many znodes and bytes lie below each znode of a snapshot.
 *
 * Facts: SnapshotRecursiveSummary.java. */
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "tool/snapshot_tree.h"
#include "tool/text.h"

static void print_usage(FILE *to)
{
    fputs(
        "USAGE:\n\n"
        "SnapshotRecursiveSummary  <snapshot_file>  <starting_node>  <max_depth>\n\n"
        "snapshot_file:    path to the zookeeper snapshot\n\n"
        "starting_node:    the znode at which the summary begins\n\n"
        "max_depth:        levels below it that are printed; 0: all. Sums are of everything below "
        "in any case.\n",
        to);
}

static void put_tab(FILE *out, int level)
{
    for (; level > 0; level--)
        fputs("--", out);
}

static void print_level(FILE *out, const zk_snapshot_node_t *node, int level, int depth_max)
{
    uint32_t i;

    if (node->children_count == 0 || (depth_max != 0 && level > depth_max))
        return;
    put_tab(out, level);
    putc(' ', out);
    zk_tool_put_text(out, node->path.length == 0 ? zk_str("/") : node->path);
    putc('\n', out);
    put_tab(out, level);
    fprintf(out, "   children: %" PRId64 "\n", node->descendants_count);
    put_tab(out, level);
    fprintf(out, "   data: %" PRId64 "\n", node->subtree_bytes);
    for (i = 0; i < node->children_count; i++)
        print_level(out, node->children[i], level + 1, depth_max);
}

int zk_tool_summary(zk_tool_t *tool, int argc, const char *const *argv)
{
    const zk_snapshot_node_t *start;
    zk_snapshot_tree_t *tree;
    zk_note_t note = {""};
    char *end;
    long depth_max;

    if (argc != 3) {
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    errno = 0;
    depth_max = strtol(argv[2], &end, 10);
    if (*end != '\0' || end == argv[2] || errno != 0 || depth_max < INT_MIN ||
        depth_max > INT_MAX) {
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    if (zk_snapshot_tree_read(&tree, argv[0], false, tool->pool, &note) != APR_SUCCESS) {
        fprintf(tool->err, "%s\n", note.text);
        return ZK_TOOL_FAILED;
    }
    start = zk_snapshot_tree_find(tree, argv[1]);
    if (start == NULL) {
        fprintf(tool->err, "there is no znode '%s' in '%s'\n", argv[1], argv[0]);
        return ZK_TOOL_FAILED;
    }
    print_level(tool->out, start, 0, (int)depth_max);
    putc('\n', tool->out);
    return ZK_TOOL_OK;
}
