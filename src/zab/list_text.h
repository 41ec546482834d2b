/* list_text.h -- the voters named by a server list in its text form, as peers send it.
 *
 * A peer may run with another list than ours: an operator changes the lists one server at a time.
 * Whether that is harmless or could end in two leaders is a question about the two voter sets, and
 * the text in a notification or in NEWLEADER is where the other one can be read.
 *
 * Facts: upstream QuorumVerifier.toString, QuorumPeerConfig.parseDynamicConfig; quorum notes,
 * section 14.2. */
#ifndef ZK_ZAB_LIST_TEXT_H
#define ZK_ZAB_LIST_TEXT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "zab/quorum.h"

/* Participants, groups and weights named by TEXT.  False when it names none, or too many, or a
 * number in it does not parse: then nothing is known about that list. */
bool zk_list_text_voters(zk_quorum_t *voters, zk_str_t text);

/* Do A and B name the same voters under the same rule? */
bool zk_quorum_is_same(const zk_quorum_t *a, const zk_quorum_t *b);

/* Could OTHER's quorums do without everyone in TAKEN (by place in OURS)? Then servers that go by
 * OTHER may elect a leader of their own while the taken ones follow ours. */
bool zk_quorum_could_split(const zk_quorum_t *ours, const bool *taken, const zk_quorum_t *other);

#endif
