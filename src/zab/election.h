/* election.h -- fast leader election: whose history is the longest, and who has heard so.
 *
 * Every server votes for the best candidate it has heard of, better meaning a higher
 * (peer epoch, zxid, id), and tells everyone whenever its vote changes.  When a quorum has the same
 * vote and nothing better comes for a moment, the election is over.  Who finds the others already
 * following or leading joins them instead.  Rounds keep votes of different elections apart.
 *
 * Facts: upstream FastLeaderElection.java; quorum notes, section 5. */
#ifndef ZK_ZAB_ELECTION_H
#define ZK_ZAB_ELECTION_H

#include "zab/zab.h"

typedef struct zk_vote {
    int64_t leader;
    int64_t zxid;
    int64_t round; /* electionEpoch */
    int64_t peer_epoch;
} zk_vote_t;

/* One message of the election port. */
typedef struct zk_notification {
    zk_server_state_t state; /* of the sender */
    zk_vote_t vote;
    int32_t version;      /* 0 in the short forms */
    zk_str_t config_text; /* null where the form has none */
} zk_notification_t;

/* Decode a frame body in any of the forms that upstream takes; false: ignore it. */
bool zk_notification_decode(zk_notification_t *notification, zk_str_t bytes);
void zk_notification_encode(const zk_notification_t *notification, zk_buffer_t *buffer);

/* A total order: is A a better candidate than B? Ids that weigh nothing in VOTERS never are. */
bool zk_vote_is_better(const zk_quorum_t *voters, const zk_vote_t *a, const zk_vote_t *b);

typedef struct zk_election zk_election_t;

/* OPTIONS stay the caller's (zab's own copy). */
zk_election_t *zk_election_create(const zk_zab_options_t *options);
void zk_election_destroy(zk_election_t *election);

/* Enter LOOKING with what this server could offer as a leader: its last durable ZXID (-1: it may
 * not vote nor be voted for) and its currentEpoch. */
void zk_election_begin(zk_election_t *election, int64_t zxid, int64_t peer_epoch, int64_t mono_ms,
                       zk_zab_outputs_t *outputs);

/* A frame from SID, in any state: answers what is to be answered, counts it while LOOKING.  Returns
 * true when a voter of the vote that made us the leader looks for another one. */
bool zk_election_receive(zk_election_t *election, int64_t sid, zk_str_t bytes, int64_t mono_ms,
                         zk_zab_outputs_t *outputs);

/* There is no process of server SID now: nobody needs to wait for its vote. */
void zk_election_refused(zk_election_t *election, int64_t sid, int64_t mono_ms);

/* Resends and the quiet moment before a decision. */
void zk_election_tick(zk_election_t *election, int64_t mono_ms, zk_zab_outputs_t *outputs);

/* Is there a decision?  From then on the state is no more LOOKING, and *VOTE is the current vote.
 */
bool zk_election_is_decided(const zk_election_t *election, zk_vote_t *vote);
zk_server_state_t zk_election_state(const zk_election_t *election);

/* This server serves in EPOCH: its answers to those who look say so. */
void zk_election_synced(zk_election_t *election, int64_t epoch);

int64_t zk_election_took_ms(const zk_election_t *election);

/* Voters whose vote is known in this election, this server's own included. */
int32_t zk_election_heard(const zk_election_t *election);

#endif
