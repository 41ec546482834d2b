/* walk.h -- a snapshot of a live tree, taken in bounded steps while writes go on, and still of one
 * zxid.
 *
 * The walk visits znodes in preorder, a batch per step.  A znode that changes or goes before the
 * walk reaches it leaves its old image with the walk; one born after the start is skipped.  So the
 * snapshot holds exactly the state at the zxid where the walk began, however long it takes.  Images
 * of deleted znodes come at the end, parents first.  Several walks may run side by side, each of
 * its own zxid. */
#ifndef ZK_TREE_WALK_H
#define ZK_TREE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "tree/tree.h"

typedef struct zk_walk zk_walk_t;

/* Begin at the tree's present state.  The ACL table as of now is encoded first.  Never NULL; all
 * walks must have ended when the tree is destroyed or loaded anew. */
zk_walk_t *zk_walk_begin(zk_tree_t *tree);

/* Append the next part of the snapshot body (ACL table, then znodes, then the end marker "/") to
 * BUFFER: stop after about MAX_BYTES or MAX_ZNODES.  Returns true while there is more. */
bool zk_walk_step(zk_walk_t *walk, zk_buffer_t *buffer, size_t max_bytes, size_t max_znodes);

/* zxid and digest of the state that the walk shows. */
int64_t zk_walk_zxid(const zk_walk_t *walk);
uint64_t zk_walk_digest(const zk_walk_t *walk);

/* End it, finished or not. */
void zk_walk_end(zk_walk_t *walk);

#endif
