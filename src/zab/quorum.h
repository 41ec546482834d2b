/* quorum.h -- when enough voters agree.
 *
 * The default rule is a majority of the voters: any two majorities share a member, which is all
 * that election and broadcast rely on.  With groups and weights the rule is hierarchical: a group
 * agrees when its agreeing members hold more than half of its weight, and more than half of the
 * groups that have any weight must agree; two such sets share a member as well.
 *
 * Facts: upstream QuorumMaj.java, QuorumHierarchical.java; quorum notes, section 12. */
#ifndef ZK_ZAB_QUORUM_H
#define ZK_ZAB_QUORUM_H

#include <stdbool.h>
#include <stdint.h>

#define ZK_QUORUM_VOTERS_MAX 255
/* The weights of all voters together fit in 64 bits with room to spare. */
#define ZK_QUORUM_WEIGHT_MAX (INT64_C(1) << 48)

typedef struct zk_quorum {
    int32_t count;
    int64_t sids[ZK_QUORUM_VOTERS_MAX];    /* ascending, distinct */
    bool is_hierarchical;                  /* groups and weights count */
    int64_t weights[ZK_QUORUM_VOTERS_MAX]; /* by place; 1 unless set */
    int64_t groups[ZK_QUORUM_VOTERS_MAX];  /* by place; group numbers are the operator's */
} zk_quorum_t;

/* The COUNT voters in SIDS (any order, at least one, at most ZK_QUORUM_VOTERS_MAX; doubles count
 * once), under the majority rule. */
void zk_quorum_set(zk_quorum_t *quorum, const int64_t *sids, int32_t count);

/* Make the rule hierarchical: voter SID (a member) belongs to GROUP with WEIGHT (0 to
 * ZK_QUORUM_WEIGHT_MAX).  To be called for every voter. */
void zk_quorum_set_group(zk_quorum_t *quorum, int64_t sid, int64_t group, int64_t weight);

/* Place of voter SID, or -1: observers and strangers have no vote. */
int32_t zk_quorum_place(const zk_quorum_t *quorum, int64_t sid);

/* Weight of SID: 1 under the majority rule, 0 for strangers. Who weighs nothing is never elected.
 */
int64_t zk_quorum_weight(const zk_quorum_t *quorum, int64_t sid);

/* Is the set of voters with AGREES[place] a quorum? */
bool zk_quorum_reached(const zk_quorum_t *quorum, const bool *agrees);

#endif
