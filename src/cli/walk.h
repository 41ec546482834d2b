/* walk.h -- a subtree znode by znode, with many questions on their way at once.
 *
 * The order is that of a drawing: a znode, then its children by name, each with all below it.
 * Questions about the next znodes in that order are sent before those before them are answered, so
 * a walk takes about as long as the server needs to answer, not a round trip for each znode.
 *
 * It is not a snapshot: others may change the tree meanwhile.  A znode that goes away before it is
 * visited is passed over, except the root. */
#ifndef ZK_CLI_WALK_H
#define ZK_CLI_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/shell.h"
#include "wire/records.h"

typedef struct zk_cli_znode {
    zk_str_t path; /* ends with a NUL */
    int depth;     /* 0 is the root of the walk */
    bool is_last;  /* of its siblings */
    bool is_cut;   /* it has children that the walk does not visit */
    int32_t code;  /* OK, or why it cannot be read: NO_AUTH; then only what is above is set */
    zk_stat_t stat;
    zk_str_t data;       /* where asked for */
    zk_acl_vector_t acl; /* where asked for */
} zk_cli_znode_t;

/* Everything in ZNODE is good during the call.  False ends the walk. */
typedef bool zk_cli_walk_fn_t(zk_shell_t *shell, const zk_cli_znode_t *znode, void *baton);

/* PATH ends with a NUL and is good during the call, which may ask the server for more. */
typedef void zk_cli_visit_fn_t(zk_shell_t *shell, zk_str_t path, void *baton);

typedef struct zk_cli_walk {
    bool wants_data;
    bool wants_acl;
    bool watches;             /* leave a child watch on each znode */
    zk_cli_visit_fn_t *child; /* called for each child of a znode right after its visit, or NULL */
    int depth_max;            /* -1: no limit */
    const char *without;      /* a path below which, and itself, nothing is visited; or NULL */
    const char *title;        /* before the progress: "export" */
} zk_cli_walk_t;

/* Visit ROOT and what is below it.  Output of VISIT is written while the walk goes on.  Returns
 * ZK_CODE_OK, also when VISIT, Ctrl+C (plat_interrupt_seen) or a refused write ended it; else the
 * code of a failure and, in the scratch pool, the path in *WHERE. */
int32_t zk_cli_walk(zk_shell_t *shell, const char *root, const zk_cli_walk_t *options,
                    zk_cli_walk_fn_t *visit, void *baton, const char **where);

/* Visit the descendants of ROOT: all children of a znode before any grandchild, by name, leaving a
 * child watch on each znode where WATCH; none where there is no ROOT.  Returns ZK_CODE_OK, or the
 * code of a listing that failed and in *WHERE its path. */
int32_t zk_cli_visit_below(zk_shell_t *shell, const char *root, bool watch,
                           zk_cli_visit_fn_t *visit, void *baton, const char **where);

#endif
