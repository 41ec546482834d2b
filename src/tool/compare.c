/* compare.c -- zktool compare: where two snapshots differ, by the size of subtrees, level by level.
 *
 * Sessions, ACLs, stats and the content of data are not compared, as upstream does not.
 *
 * Facts: SnapshotComparer.java. */
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/plat.h"
#include "tool/snapshot_tree.h"
#include "tool/text.h"

/* The znodes of one level, by path. */
typedef struct level {
    zk_snapshot_node_t **nodes;
    uint32_t count;
} level_t;

typedef struct side {
    zk_snapshot_tree_t *tree;
    level_t *levels;
    int levels_count;
} side_t;

typedef struct compare_job {
    zk_tool_t *tool;
    const char *files[2];
    const char *thresholds[2]; /* bytes, nodes */
    int64_t bytes;
    int64_t nodes;
    bool debug;
    bool interactive;
    side_t left;
    side_t right;
} compare_job_t;

/* ---- words ---- */

static void print_usage(FILE *to)
{
    fputs("usage: zktool compare -l LEFT -r RIGHT -b BYTETHRESHOLD -n NODETHRESHOLD [-d] [-i]\n"
          " -b,--bytes <BYTETHRESHOLD>   (Required) The node data delta size threshold, in bytes, "
          "for "
          "printing the node.\n"
          " -d,--debug                   Use debug output.\n"
          " -i,--interactive             Enter interactive mode.\n"
          " -l,--left <LEFT>             (Required) The left snapshot file.\n"
          " -n,--nodes <NODETHRESHOLD>   (Required) The descendant node delta size threshold, in "
          "nodes, for printing the node.\n"
          " -r,--right <RIGHT>           (Required) The right snapshot file.\n",
          to);
}

static bool is_word(const char *word, const char *brief, const char *full)
{
    return strcmp(word, brief) == 0 || strcmp(word, full) == 0;
}

/* Returns the word that is not understood, or NULL. */
static const char *take_words(compare_job_t *job, int argc, const char *const *argv)
{
    static const char *const names[4][2] = {
        {"-l", "--left"}, {"-r", "--right"}, {"-b", "--bytes"}, {"-n", "--nodes"}};
    const char **values[4] = {&job->files[0], &job->files[1], &job->thresholds[0],
                              &job->thresholds[1]};
    int i;
    int k;

    for (i = 0; i < argc; i++) {
        if (is_word(argv[i], "-d", "--debug")) {
            job->debug = true;
            continue;
        }
        if (is_word(argv[i], "-i", "--interactive")) {
            job->interactive = true;
            continue;
        }
        for (k = 0; k < 4 && !is_word(argv[i], names[k][0], names[k][1]); k++)
            ;
        if (k == 4 || i + 1 == argc)
            return argv[i];
        *values[k] = argv[++i];
    }
    return NULL;
}

static bool parse_number(const char *text, int64_t *value)
{
    char *end;

    errno = 0;
    *value = (int64_t)strtoll(text, &end, 10);
    return *end == '\0' && end != text && errno == 0 && *value >= INT_MIN && *value <= INT_MAX;
}

/* All four required words must be there. */
static bool has_all(const compare_job_t *job)
{
    const char *missing[4];
    int count = 0;
    int i;

    if (job->files[0] == NULL)
        missing[count++] = "l";
    if (job->files[1] == NULL)
        missing[count++] = "r";
    if (job->thresholds[0] == NULL)
        missing[count++] = "b";
    if (job->thresholds[1] == NULL)
        missing[count++] = "n";
    if (count == 0)
        return true;
    fprintf(job->tool->err, "Missing required option%s: ", count > 1 ? "s" : "");
    for (i = 0; i < count; i++)
        fprintf(job->tool->err, "%s%s", i == 0 ? "" : ", ", missing[i]);
    fputs("\n", job->tool->err);
    return false;
}

/* ---- reading ---- */

static int compare_paths(const void *a, const void *b)
{
    return zk_str_compare((*(zk_snapshot_node_t *const *)a)->path,
                          (*(zk_snapshot_node_t *const *)b)->path);
}

static void fill_levels(side_t *side, apr_pool_t *pool)
{
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    int i;

    side->levels_count = side->tree->depth_max + 1;
    side->levels = apr_pcalloc(pool, (apr_size_t)side->levels_count * sizeof(level_t));
    while ((entry = zk_map_str_next(&side->tree->nodes, &cursor)) != NULL)
        side->levels[((const zk_snapshot_node_t *)entry->value)->depth].count++;
    for (i = 0; i < side->levels_count; i++) {
        side->levels[i].nodes =
            apr_palloc(pool, side->levels[i].count * sizeof(zk_snapshot_node_t *));
        side->levels[i].count = 0;
    }
    cursor = 0;
    while ((entry = zk_map_str_next(&side->tree->nodes, &cursor)) != NULL) {
        zk_snapshot_node_t *node = entry->value;
        level_t *level = &side->levels[node->depth];

        level->nodes[level->count++] = node;
    }
    for (i = 0; i < side->levels_count; i++)
        qsort(side->levels[i].nodes, side->levels[i].count, sizeof(zk_snapshot_node_t *),
              compare_paths);
}

static bool read_side(const compare_job_t *job, side_t *side, const char *file)
{
    int64_t began = plat_monotonic_ns();
    zk_note_t note = {""};

    if (zk_snapshot_tree_read(&side->tree, file, false, job->tool->pool, &note) != APR_SUCCESS) {
        fprintf(job->tool->err, "%s\n", note.text);
        return false;
    }
    fprintf(job->tool->out, "Deserialized snapshot in %s in %f seconds\n", zk_tool_base_name(file),
            (double)(plat_monotonic_ns() - began) / 1e9);
    began = plat_monotonic_ns();
    fill_levels(side, job->tool->pool);
    fprintf(job->tool->out, "Processed data tree in %f seconds\n",
            (double)(plat_monotonic_ns() - began) / 1e9);
    return true;
}

static void print_side(const compare_job_t *job, const side_t *side)
{
    int i;

    fprintf(job->tool->out, "Node count: %" PRIu32 "\nTotal size: %" PRId64 "\nMax depth: %d\n",
            zk_map_str_count(&side->tree->nodes), side->tree->root->subtree_bytes,
            side->levels_count);
    for (i = 0; i < side->levels_count; i++)
        fprintf(job->tool->out, "Count of nodes at depth %d: %" PRIu32 "\n", i,
                side->levels[i].count);
    putc('\n', job->tool->out);
}

/* ---- comparing ---- */

static void put_path(const compare_job_t *job, const zk_snapshot_node_t *node)
{
    zk_tool_put_text(job->tool->out, node->path);
}

static void print_one(const compare_job_t *job, const zk_snapshot_node_t *node, const char *name)
{
    FILE *out = job->tool->out;

    if (node->subtree_bytes > job->bytes || node->descendants_count > job->nodes) {
        fputs("Node ", out);
        put_path(job, node);
        fprintf(out,
                " found only in %s tree. Descendant size: %" PRId64 ". Descendant count: %" PRId64
                "\n",
                name, node->subtree_bytes, node->descendants_count);
    } else if (job->debug || job->interactive) {
        fprintf(out, "Filtered %s node ", name);
        put_path(job, node);
        fprintf(out, " of size %" PRId64 "\n", node->subtree_bytes);
    }
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static void print_both(const compare_job_t *job, const zk_snapshot_node_t *left,
                       const zk_snapshot_node_t *right)
{
    FILE *out = job->tool->out;
    int64_t bytes = right->subtree_bytes - left->subtree_bytes;
    int64_t nodes = right->descendants_count - left->descendants_count;

    if (magnitude(bytes) > job->bytes || magnitude(nodes) > job->nodes) {
        fputs("Node ", out);
        put_path(job, left);
        fprintf(out, " found in both trees. Delta: %" PRId64 " bytes, %" PRId64 " descendants\n",
                bytes, nodes);
    } else if (job->debug || job->interactive) {
        fputs("Filtered node ", out);
        put_path(job, left);
        fprintf(out, " of left size %" PRId64 ", right size %" PRId64 "\n", left->subtree_bytes,
                right->subtree_bytes);
    }
}

/* Order of the two paths, said aloud in debug mode. */
static int order_of(const compare_job_t *job, const zk_snapshot_node_t *left,
                    const zk_snapshot_node_t *right)
{
    int order = zk_str_compare(left->path, right->path);

    if (job->debug) {
        fputs("Comparing ", job->tool->out);
        put_path(job, left);
        fputs(" to ", job->tool->out);
        put_path(job, right);
        fprintf(job->tool->out, "\n%s\n",
                order < 0   ? "left is less"
                : order > 0 ? "right is less"
                            : "same");
    }
    return order;
}

static void compare_levels(const compare_job_t *job, level_t left, level_t right)
{
    uint32_t i = 0;
    uint32_t k = 0;

    while (i < left.count || k < right.count) {
        int order = i == left.count    ? 1
                    : k == right.count ? -1
                                       : order_of(job, left.nodes[i], right.nodes[k]);

        if (order < 0) {
            print_one(job, left.nodes[i++], "left");
        } else if (order > 0) {
            print_one(job, right.nodes[k++], "right");
        } else {
            print_both(job, left.nodes[i], right.nodes[k]);
            i++;
            k++;
        }
    }
}

static level_t level_of(const side_t *side, int depth)
{
    static const level_t none = {NULL, 0};

    return depth < side->levels_count ? side->levels[depth] : none;
}

static void print_thresholds(const compare_job_t *job)
{
    fprintf(job->tool->out,
            "Printing analysis for nodes difference larger than %" PRId64
            " bytes or node count difference larger than %" PRId64 ".\n",
            job->bytes, job->nodes);
}

static void compare_depth(const compare_job_t *job, int depth)
{
    fprintf(job->tool->out, "Analysis for depth %d\n", depth);
    compare_levels(job, level_of(&job->left, depth), level_of(&job->right, depth));
}

static void compare_subtrees(const compare_job_t *job, const char *path)
{
    const zk_snapshot_node_t *left = zk_snapshot_tree_find(job->left.tree, path);
    const zk_snapshot_node_t *right = zk_snapshot_tree_find(job->right.tree, path);
    level_t below[2] = {{NULL, 0}, {NULL, 0}};

    fprintf(job->tool->out, "Analysis for node %s\n", path);
    if (left == NULL && right == NULL) {
        fprintf(job->tool->out, "Path %s is neither found in left tree nor right tree.\n", path);
        return;
    }
    if (left != NULL)
        below[0] = (level_t){left->children, left->children_count};
    if (right != NULL)
        below[1] = (level_t){right->children, right->children_count};
    compare_levels(job, below[0], below[1]);
}

/* One answer of the user; *DEPTH is the level that Enter shows next. */
static void take_answer(const compare_job_t *job, const char *line, int *depth, int depth_max)
{
    int64_t wanted;

    if (line[0] == '\0') {
        compare_depth(job, (*depth)++);
    } else if (line[0] == '/') {
        compare_subtrees(job, line);
    } else if (!parse_number(line, &wanted)) {
        fprintf(job->tool->out,
                "Input %s is not valid. Depth must be in range [0, %d]. Path must be an absolute "
                "path which starts with '/'.\n",
                line, depth_max - 1);
    } else if (wanted < 0 || wanted >= depth_max) {
        fprintf(job->tool->out, "Depth must be in range [0, %d]\n", depth_max - 1);
    } else {
        *depth = (int)wanted;
        compare_depth(job, *depth);
    }
}

static void compare_interactively(const compare_job_t *job, int depth_max)
{
    char line[4096];
    int depth = 0;

    while (depth < depth_max) {
        fprintf(
            job->tool->out,
            "Current depth is %d\n"
            "- Press enter to move to print current depth layer;\n"
            "- Type a number to jump to and print all nodes at a given depth;\n"
            "- Enter an ABSOLUTE path to print the immediate subtree of a node. Path must start "
            "with '/'.\n",
            depth);
        fflush(job->tool->out);
        if (fgets(line, sizeof(line), job->tool->in) == NULL)
            return;
        line[strcspn(line, "\r\n")] = '\0';
        print_thresholds(job);
        take_answer(job, line, &depth, depth_max);
        putc('\n', job->tool->out);
    }
}

int zk_tool_compare(zk_tool_t *tool, int argc, const char *const *argv)
{
    compare_job_t job = {.tool = tool};
    const char *bad = take_words(&job, argc, argv);
    int depth_max;
    int i;

    if (bad != NULL)
        fprintf(tool->err, "Unrecognized option: %s\n", bad);
    if (bad != NULL || !has_all(&job)) {
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    if (!parse_number(job.thresholds[0], &job.bytes) ||
        !parse_number(job.thresholds[1], &job.nodes)) {
        fprintf(tool->err, "thresholds are numbers\n");
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    fputs("Successfully parsed options!\n", tool->out);
    if (!read_side(&job, &job.left, job.files[0]) || !read_side(&job, &job.right, job.files[1]))
        return ZK_TOOL_FAILED;
    print_side(&job, &job.left);
    print_side(&job, &job.right);
    depth_max = job.left.levels_count > job.right.levels_count ? job.left.levels_count
                                                               : job.right.levels_count;
    if (job.interactive) {
        compare_interactively(&job, depth_max);
    } else {
        print_thresholds(&job);
        for (i = 0; i < depth_max; i++)
            compare_depth(&job, i);
    }
    fputs("All layers compared.\n", tool->out);
    return ZK_TOOL_OK;
}
