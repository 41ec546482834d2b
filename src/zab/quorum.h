/* quorum.h -- when enough voters agree.
 *
 * A quorum here is a majority of the voters; any two majorities share a member, which is all that the
 * broadcast relies on.  A weighted or hierarchical rule would change zk_quorum_reached and nothing
 * else. */
#ifndef ZK_ZAB_QUORUM_H
#define ZK_ZAB_QUORUM_H

#include <stdbool.h>
#include <stdint.h>

#define ZK_QUORUM_VOTERS_MAX 255

typedef struct zk_quorum {
    int32_t count;
    int64_t sids[ZK_QUORUM_VOTERS_MAX]; /* ascending, distinct */
} zk_quorum_t;

/* The COUNT voters in SIDS (any order, at least one, at most ZK_QUORUM_VOTERS_MAX; doubles count once). */
void zk_quorum_set(zk_quorum_t *quorum, const int64_t *sids, int32_t count);

/* Place of voter SID, or -1: observers and strangers have no vote. */
int32_t zk_quorum_place(const zk_quorum_t *quorum, int64_t sid);

/* Is the set of voters with AGREES[place] a quorum? */
bool zk_quorum_reached(const zk_quorum_t *quorum, const bool *agrees);

#endif
