/* tool.h -- zktool: what one does to data files without a server.
 *
 * One executable, one file per subcommand; a subcommand reads its words, writes to the streams it
 * is given and returns the exit code.  Texts are upstream's where upstream has such a tool, so that
 * what reads them goes on reading; exit codes are not zero when something failed, and a failure
 * leaves no half-made file behind. */
#ifndef ZK_TOOL_TOOL_H
#define ZK_TOOL_TOOL_H

#include <stdio.h>
#include <apr_pools.h>

typedef struct zk_tool {
    FILE *in;
    FILE *out;
    FILE *err;
    apr_pool_t *pool;
} zk_tool_t;

enum {
    ZK_TOOL_OK = 0,
    ZK_TOOL_FAILED = 1, /* upstream's UNEXPECTED_ERROR */
    ZK_TOOL_INVALID = 2 /* upstream's INVALID_INVOCATION */
};

/* Run the subcommand that ARGV[1] names with the words behind it; the exit code. */
int zk_tool_run(zk_tool_t *tool, int argc, const char *const *argv);

/* The subcommands: ARGV[0] is the first word behind the subcommand. */
int zk_tool_txnlog(zk_tool_t *tool, int argc, const char *const *argv);
int zk_tool_snapshot(zk_tool_t *tool, int argc, const char *const *argv);
int zk_tool_cleanup(zk_tool_t *tool, int argc, const char *const *argv);
int zk_tool_check(zk_tool_t *tool, int argc, const char *const *argv);
int zk_tool_compare(zk_tool_t *tool, int argc, const char *const *argv);
int zk_tool_summary(zk_tool_t *tool, int argc, const char *const *argv);

#endif
