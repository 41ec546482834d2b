/* tool.c -- the table of subcommands. */
#include "tool/tool.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(zk_tool_t *tool, int argc, const char *const *argv);
    const char *words;
    const char *help;
} subcommands[] = {
    {"txnlog", zk_tool_txnlog, "[-dhrvcy] FILE [-z ZXID]",
     "print a transaction log, repair its checksums, or chop it behind a zxid"},
    {"snapshot", zk_tool_snapshot, "[-d|-json] FILE", "print a snapshot"},
    {"check", zk_tool_check, "DATADIR [DATALOGDIR]",
     "verify every file, and say what a server would do with them"},
    {"cleanup", zk_tool_cleanup, "-n COUNT {DATALOGDIR [SNAPDIR] | --config FILE} [--dry-run]",
     "remove old snapshots and logs, keeping COUNT good snapshots"},
    {"compare", zk_tool_compare, "-l LEFT -r RIGHT -b BYTES -n NODES [-d] [-i]",
     "show where two snapshots differ in size"},
    {"summary", zk_tool_summary, "FILE STARTNODE MAXDEPTH",
     "children and bytes below each znode of a snapshot"},
};

#define SUBCOMMANDS_COUNT (sizeof(subcommands) / sizeof(subcommands[0]))

static void print_usage(FILE *to)
{
    size_t i;

    fprintf(to, "usage: zktool SUBCOMMAND ...\n");
    for (i = 0; i < SUBCOMMANDS_COUNT; i++)
        fprintf(to, "  zktool %s %s\n      %s\n", subcommands[i].name, subcommands[i].words,
                subcommands[i].help);
    fprintf(to, "  zktool version\n");
}

int zk_tool_run(zk_tool_t *tool, int argc, const char *const *argv)
{
    size_t i;

    if (argc < 2) {
        print_usage(tool->err);
        return ZK_TOOL_INVALID;
    }
    for (i = 0; i < SUBCOMMANDS_COUNT; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(tool, argc - 2, argv + 2);
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        fprintf(tool->out, "Paddock zktool version %s\n", PADDOCK_VERSION);
        return ZK_TOOL_OK;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        print_usage(tool->out);
        return ZK_TOOL_OK;
    }
    fprintf(tool->err, "zktool: unknown subcommand '%s'\n", argv[1]);
    print_usage(tool->err);
    return ZK_TOOL_INVALID;
}
