/* reaper.c -- which containers and TTL znodes have had their time.
 *
 * A container may go once it had children and has none; one that never had any only after the
 * configured time.  A TTL znode may go when it has no children and was not written for its TTL. The
 * conditions are checked again when the deletion is prepared, so a candidate is only a suggestion.
 *
 * Facts: upstream ContainerManager.java at 3.9.5. */
#include "tree/reaper.h"

#include "tree/znode.h"

/* Entries looked at in one call, so that it is short however many znodes are waiting: some 0.2 ms.
 */
#define LOOKED_AT_MAX 2048

static bool is_due(const zk_tree_t *tree, const zk_reaper_limits_t *limits, int64_t now_ms,
                   const zk_znode_t *znode)
{
    /* mtime is what a txn says: any value */
    int64_t age_ms = (int64_t)((uint64_t)now_ms - (uint64_t)znode->mtime);
    int64_t ttl_ms;
    zk_znode_kind_t kind = zk_owner_kind(znode->owner, tree->options.emulate_353_ttl, &ttl_ms);

    if (znode->first_child != 0)
        return false;
    if (kind == ZK_ZNODE_CONTAINER)
        return znode->cversion > 0 ||
               (limits->never_used_ms != 0 && age_ms > limits->never_used_ms);
    return kind == ZK_ZNODE_TTL && ttl_ms != 0 && age_ms > ttl_ms;
}

int32_t zk_reaper_candidates(const zk_tree_t *tree, const zk_reaper_limits_t *limits,
                             int64_t now_ms, uint32_t *cursor, int32_t max,
                             void (*visit)(void *baton, const zk_znode_t *znode), void *baton)
{
    int looks = LOOKED_AT_MAX;
    int32_t visited = 0;

    while (visited < max && looks-- > 0) {
        const zk_map64_entry_t *entry = zk_map64_next(&tree->reaped, cursor);

        if (entry == NULL) {
            *cursor = 0;
            break;
        }
        if (is_due(tree, limits, now_ms, entry->value)) {
            visit(baton, entry->value);
            visited++;
        }
    }
    return visited;
}
