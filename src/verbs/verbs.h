/* verbs.h -- what zkServer.sh and zkServer.cmd do, in the program itself: start, stop, status and
 * the rest, with upstream's words, lines and exit codes.
 *
 * The scripts only find the program and pass their words on, so the verbs behave the same on every
 * system, and `zkserver start` is the same as `zkServer.sh start`.
 *
 * Facts: bin/zkServer.sh, bin/zkServer-initialize.sh; what differs on purpose is in README.md. */
#ifndef ZK_VERBS_VERBS_H
#define ZK_VERBS_VERBS_H

#include <stdbool.h>
#include <stdio.h>
#include <apr_pools.h>

/* Run a server in this process with ARGV as its command line; the exit code. */
typedef int zk_verbs_serve_fn_t(int argc, const char *const *argv);

typedef struct zk_verbs {
    FILE *out;
    FILE *err;
    zk_verbs_serve_fn_t *serve;
    apr_pool_t *pool;
} zk_verbs_t;

/* Whether ARGV asks for a verb; otherwise it is the command line of a server. */
bool zk_verbs_wanted(int argc, const char *const *argv, apr_pool_t *scratch);

/* Do what ARGV asks for; the exit code. */
int zk_verbs_run(zk_verbs_t *verbs, int argc, const char *const *argv);

#endif
