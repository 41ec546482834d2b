/* election.c -- see election.h.
 *
 *   from      on                                                   to
 *   (role)    zk_election_begin                                    LOOKING   [vote for myself]
 *   LOOKING   a better vote of this round, or any of a later one   LOOKING   [take_over]
 *   LOOKING   a quorum has my vote, nothing better for a moment    decided   [settle]
 *   LOOKING   a quorum follows a leader, and the leader says so    decided   [join]
 *
 * While LOOKING everyone's latest vote of this round is in `votes`; what servers that are not
 * LOOKING say is in `settled`, whatever their round.  Messages may be lost or come twice: votes are
 * states, not steps, and are told again with growing pauses.
 *
 * Beyond upstream
 *   - When all voters agree there is nobody left who could know better: no waiting.  After the
 * first election that includes those whose processes have ended, such as the leader that was
 * killed.
 *   - Lists that contradict each other: a leader is not settled on while somebody outside its
 * quorum goes by a list under which the servers outside that quorum could elect another one.
 * Upstream then gets two leaders that both commit; here nobody is elected until the operator brings
 * the lists in line, and the log says so.
 *
 * Invariants
 *   1. proposal.round == round while LOOKING; the own vote is in `votes` if this server is a voter.
 *   2. A decision is for a vote that a quorum of our list has.
 *
 * Facts: upstream FastLeaderElection.java; quorum notes, sections 5 and 15. */
#include "zab/election.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "zab/list_text.h"
#include "zab/outputs.h"

enum {
    FINALIZE_WAIT_MS = 200,
    OBSERVER_ASKS = 16, /* the longest pause of an observer, in shortest ones */
    STRANGERS_MAX = 64  /* servers outside our list whose lists are remembered */
};

/* What one voter said last. */
typedef struct ballot {
    bool is_set;
    zk_server_state_t state;
    int32_t version;
    zk_vote_t vote;
} ballot_t;

/* A list other than ours, and who goes by it. */
typedef struct foreign_list {
    int64_t sid;
    int64_t heard_mono_ms; /* 0: it has come into line since */
    zk_str_t text;         /* ours to free */
} foreign_list_t;

struct zk_election {
    const zk_zab_options_t *options;
    zk_server_state_t state;
    int64_t round;
    zk_vote_t proposal; /* while LOOKING */
    zk_vote_t own;      /* what this server could offer when the election began */
    zk_vote_t current;  /* of the last decision; told to those who look while we do not */
    bool is_decided;
    ballot_t votes[ZK_QUORUM_VOTERS_MAX];   /* by place in the voter list */
    ballot_t settled[ZK_QUORUM_VOTERS_MAX]; /* the same */
    bool leads_by[ZK_QUORUM_VOTERS_MAX];    /* whose votes made this server the leader */
    bool is_absent[ZK_QUORUM_VOTERS_MAX];   /* its process has ended, and it was not heard since */
    bool is_answered[ZK_QUORUM_VOTERS_MAX]; /* it was told our proposal once more */
    bool has_served;        /* a decision was made before: who was to come had its time */
    int64_t settle_mono_ms; /* when the quorum's vote is final; 0: there is none */
    int64_t resend_mono_ms;
    int64_t resend_wait_ms;
    int64_t began_mono_ms;
    int64_t took_ms;
    foreign_list_t *foreign;
    int32_t foreign_count, foreign_capacity;
    bool held_back_said; /* in this election */
};

zk_election_t *zk_election_create(const zk_zab_options_t *options)
{
    zk_election_t *election = zk_calloc(1, sizeof(*election));

    election->options = options;
    election->state = ZK_SERVER_LOOKING;
    election->current = (zk_vote_t){options->self, -1, 0, -1};
    return election;
}

void zk_election_destroy(zk_election_t *election)
{
    int32_t i;

    if (election == NULL)
        return;
    for (i = 0; i < election->foreign_count; i++)
        zk_free((void *)(uintptr_t)election->foreign[i].text.data);
    zk_free(election->foreign);
    zk_free(election);
}

static int32_t own_place(const zk_election_t *election)
{
    return zk_quorum_place(&election->options->voters, election->options->self);
}

/* ---- telling ---- */

static void tell(zk_election_t *election, int64_t sid, const zk_vote_t *vote,
                 zk_zab_outputs_t *outputs)
{
    zk_notification_t notification = {
        .state = election->state, .vote = *vote, .config_text = election->options->config_text};
    zk_zab_output_t *output = zk_zab_output(outputs, ZK_ZAB_NOTIFY);

    output->sid = sid;
    output->offset = outputs->bytes->length;
    zk_notification_encode(&notification, outputs->bytes);
    output->length = outputs->bytes->length - output->offset;
}

static void count_own(zk_election_t *election, int64_t mono_ms);

/* Tell every voter our vote, ourselves included. */
static void broadcast(zk_election_t *election, int64_t mono_ms, zk_zab_outputs_t *outputs)
{
    const zk_quorum_t *voters = &election->options->voters;
    int32_t i;

    for (i = 0; i < voters->count; i++)
        if (voters->sids[i] != election->options->self)
            tell(election, voters->sids[i], &election->proposal, outputs);
    count_own(election, mono_ms);
}

/* ---- lists that are not ours ---- */

static void warn_of_list(const zk_election_t *election, int64_t sid, zk_str_t text)
{
    zk_quorum_t theirs;

    if (!zk_list_text_voters(&theirs, text))
        zk_warn("server %" PRId64
                " sends a server list that does not parse; its members are unknown",
                sid);
    else if (!zk_quorum_is_same(&theirs, &election->options->voters))
        zk_warn(
            "server %" PRId64
            " runs with another server list than this server (%d voters there, %d "
            "here): finish the change on all servers, one server at a time, the leader last.  Its "
            "list: %.*s",
            sid, theirs.count, election->options->voters.count, text.length, text.data);
}

static foreign_list_t *find_foreign(zk_election_t *election, int64_t sid)
{
    int32_t i;

    for (i = 0; i < election->foreign_count; i++)
        if (election->foreign[i].sid == sid)
            return &election->foreign[i];
    return NULL;
}

static foreign_list_t *add_foreign(zk_election_t *election, int64_t sid)
{
    foreign_list_t *list;

    if (election->foreign_count == ZK_QUORUM_VOTERS_MAX + STRANGERS_MAX)
        return NULL;
    if (election->foreign_count == election->foreign_capacity) {
        election->foreign_capacity =
            election->foreign_capacity == 0 ? 4 : election->foreign_capacity * 2;
        election->foreign = zk_realloc(election->foreign, (size_t)election->foreign_capacity *
                                                              sizeof(*election->foreign));
    }
    list = &election->foreign[election->foreign_count++];
    *list = (foreign_list_t){.sid = sid, .text = ZK_STR_NULL};
    return list;
}

/* Remember the list of SID where it is not ours; a server that came into line is forgotten. */
static void note_list(zk_election_t *election, int64_t sid, const zk_notification_t *notification,
                      int64_t mono_ms)
{
    zk_str_t text = notification->config_text;
    foreign_list_t *list = find_foreign(election, sid);
    char *copy;

    if (zk_str_is_null(text) || zk_str_equal(text, election->options->config_text)) {
        if (list != NULL)
            list->heard_mono_ms = 0;
        return;
    }
    if (list == NULL)
        list = add_foreign(election, sid);
    if (list == NULL)
        return;
    list->heard_mono_ms = mono_ms;
    if (zk_str_equal(list->text, text))
        return;
    warn_of_list(election, sid, text);
    copy = zk_malloc(zk_str_size(text) + 1);
    memcpy(copy, text.data, zk_str_size(text));
    zk_free((void *)(uintptr_t)list->text.data);
    list->text = zk_str_n(copy, zk_str_size(text));
}

/* Who, outside the quorum TAKEN, goes by a list under which another leader could be elected? A
 * server that lives tells its list again within the longest pause between two messages. */
static const foreign_list_t *find_split(const zk_election_t *election, const bool *taken,
                                        int64_t mono_ms)
{
    int64_t patience_ms = 2 * (int64_t)election->options->notification_max_ms;
    const zk_quorum_t *voters = &election->options->voters;
    zk_quorum_t theirs;
    int32_t i;

    for (i = 0; i < election->foreign_count; i++) {
        const foreign_list_t *list = &election->foreign[i];
        int32_t place = zk_quorum_place(voters, list->sid);

        if (list->heard_mono_ms == 0 || mono_ms - list->heard_mono_ms > patience_ms ||
            (place >= 0 && taken[place]))
            continue;
        if (zk_list_text_voters(&theirs, list->text) && !zk_quorum_is_same(&theirs, voters) &&
            zk_quorum_could_split(voters, taken, &theirs))
            return list;
    }
    return NULL;
}

/* ---- counting ---- */

/* The rule by which two votes are the same depends on who casts them. */
static bool is_same_vote(const ballot_t *ballot, const ballot_t *sought)
{
    const zk_vote_t *a = &ballot->vote;
    const zk_vote_t *b = &sought->vote;

    if (!ballot->is_set || a->leader != b->leader)
        return false;
    if (ballot->state == ZK_SERVER_LOOKING || sought->state == ZK_SERVER_LOOKING)
        return a->zxid == b->zxid && a->round == b->round && a->peer_epoch == b->peer_epoch;
    if ((ballot->version > 0) != (sought->version > 0))
        return true;
    return a->peer_epoch == b->peer_epoch;
}

static bool find_quorum(const zk_election_t *election, const ballot_t *ballots,
                        const ballot_t *sought, bool *agrees)
{
    const zk_quorum_t *voters = &election->options->voters;
    int32_t i;

    for (i = 0; i < voters->count; i++)
        agrees[i] = is_same_vote(&ballots[i], sought);
    return zk_quorum_reached(voters, agrees);
}

static bool all_agree(const zk_election_t *election, const bool *agrees)
{
    int32_t i;

    for (i = 0; i < election->options->voters.count; i++)
        if (!agrees[i] && !(election->has_served && election->is_absent[i]))
            return false;
    return true;
}

static void decide(zk_election_t *election, const zk_vote_t *vote, const bool *agrees,
                   int64_t mono_ms)
{
    election->current = *vote;
    election->is_decided = true;
    election->has_served = true;
    election->settle_mono_ms = 0;
    election->took_ms = mono_ms - election->began_mono_ms;
    if (vote->leader == election->options->self) {
        election->state = ZK_SERVER_LEADING;
        memcpy(election->leads_by, agrees, sizeof(election->leads_by));
    } else {
        election->state =
            election->options->is_observer ? ZK_SERVER_OBSERVING : ZK_SERVER_FOLLOWING;
    }
}

/* Does a quorum have our vote? Then it is final soon, at once when nobody is left to object, but
 * not while two leaders could come of it. */
static void settle(zk_election_t *election, int64_t mono_ms)
{
    const ballot_t sought = {true, ZK_SERVER_LOOKING, 0, election->proposal};
    const foreign_list_t *split;
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};

    if (election->options->is_observer ||
        !find_quorum(election, election->votes, &sought, agrees)) {
        election->settle_mono_ms = 0;
        return;
    }
    if (election->settle_mono_ms == 0)
        election->settle_mono_ms = mono_ms + FINALIZE_WAIT_MS;
    if (mono_ms < election->settle_mono_ms && !all_agree(election, agrees))
        return;
    split = find_split(election, agrees, mono_ms);
    if (split == NULL) {
        decide(election, &election->proposal, agrees, mono_ms);
        return;
    }
    if (!election->held_back_said)
        zk_error(
            "no leader is elected: server %" PRId64
            " goes by a server list under which the servers "
            "that do not vote with this one could elect a second leader.  Bring the lists of all "
            "servers in line.  Its list: %.*s",
            split->sid, split->text.length, split->text.data);
    election->held_back_said = true;
}

static void count_own(zk_election_t *election, int64_t mono_ms)
{
    int32_t place = own_place(election);

    if (place < 0 || election->own.zxid == -1)
        return;
    election->votes[place] = (ballot_t){true, ZK_SERVER_LOOKING, 0, election->proposal};
    settle(election, mono_ms);
}

/* ---- messages while LOOKING ---- */

static void take_over(zk_election_t *election, const zk_vote_t *vote, int64_t mono_ms,
                      zk_zab_outputs_t *outputs)
{
    election->proposal = *vote;
    election->proposal.round = election->round;
    election->settle_mono_ms = 0;
    memset(election->is_answered, 0, sizeof(election->is_answered));
    broadcast(election, mono_ms, outputs);
}

static void hear_looking(zk_election_t *election, int32_t place,
                         const zk_notification_t *notification, int64_t mono_ms,
                         zk_zab_outputs_t *outputs)
{
    const zk_quorum_t *voters = &election->options->voters;
    const zk_vote_t *vote = &notification->vote;
    bool is_better = zk_vote_is_better(voters, vote, &election->proposal);

    if (election->own.zxid == -1 || vote->zxid == -1 || election->options->is_observer)
        return;
    if (election->settle_mono_ms != 0 && !election->held_back_said && !is_better &&
        vote->round > election->round)
        return; /* it comes too late to change our mind, and will join us */
    if (vote->round < election->round)
        return;
    if (vote->round > election->round) {
        election->round = vote->round;
        memset(election->votes, 0, sizeof(election->votes));
        take_over(election, zk_vote_is_better(voters, vote, &election->own) ? vote : &election->own,
                  mono_ms, outputs);
    } else if (is_better) {
        take_over(election, vote, mono_ms, outputs);
    }
    if (election->is_decided)
        return;
    election->votes[place] = (ballot_t){true, ZK_SERVER_LOOKING, 0, *vote};
    /* Who votes for less may have heard ours while it still followed somebody: then it was lost. */
    if (!election->is_answered[place] && zk_vote_is_better(voters, &election->proposal, vote)) {
        election->is_answered[place] = true;
        tell(election, voters->sids[place], &election->proposal, outputs);
    }
    settle(election, mono_ms);
}

/* Does the leader named by SOUGHT itself say that it leads?  If it is this server: does it follow
 * from a vote of this very round, and is what was voted for still there? */
static bool leader_says_so(const zk_election_t *election, const ballot_t *ballots,
                           const ballot_t *sought)
{
    int32_t place = zk_quorum_place(&election->options->voters, sought->vote.leader);

    if (sought->vote.leader == election->options->self)
        return sought->vote.round == election->round && election->own.zxid != -1;
    return place >= 0 && ballots[place].is_set && ballots[place].state == ZK_SERVER_LEADING;
}

/* SENDER follows or leads: is there a leader to join? */
static void join(zk_election_t *election, int32_t place, const zk_notification_t *notification,
                 int64_t mono_ms)
{
    const ballot_t said = {true, notification->state, notification->version, notification->vote};
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};

    if (said.vote.round == election->round) {
        election->votes[place] = said;
        election->votes[place].version = 0;
        if (find_quorum(election, election->votes, &said, agrees) &&
            leader_says_so(election, election->votes, &said)) {
            decide(election, &said.vote, agrees, mono_ms);
            return;
        }
    }
    election->settled[place] = said;
    if (find_quorum(election, election->settled, &said, agrees) &&
        leader_says_so(election, election->settled, &said)) {
        election->round = said.vote.round;
        decide(election, &said.vote, agrees, mono_ms);
    }
}

static void hear(zk_election_t *election, int64_t sid, const zk_notification_t *notification,
                 int64_t mono_ms, zk_zab_outputs_t *outputs)
{
    const zk_quorum_t *voters = &election->options->voters;
    int32_t place = zk_quorum_place(voters, sid);

    if (place < 0 || zk_quorum_place(voters, notification->vote.leader) < 0) {
        zk_debug("vote of server %" PRId64 " for %" PRId64
                 " does not count: not both are voters here",
                 sid, notification->vote.leader);
        return;
    }
    switch (notification->state) {
    case ZK_SERVER_LOOKING:
        hear_looking(election, place, notification, mono_ms, outputs);
        break;
    case ZK_SERVER_FOLLOWING:
    case ZK_SERVER_LEADING:
        join(election, place, notification, mono_ms);
        break;
    case ZK_SERVER_OBSERVING:
        break;
    }
}

/* ---- the door ---- */

void zk_election_begin(zk_election_t *election, int64_t zxid, int64_t peer_epoch, int64_t mono_ms,
                       zk_zab_outputs_t *outputs)
{
    const zk_zab_options_t *options = election->options;

    election->state = ZK_SERVER_LOOKING;
    election->is_decided = false;
    election->held_back_said = false;
    election->round++;
    election->own = (zk_vote_t){options->self, zxid, election->round, peer_epoch};
    if (options->is_observer)
        election->own = (zk_vote_t){INT64_MIN, INT64_MIN, election->round, INT64_MIN};
    else if (own_place(election) < 0)
        election->own.leader = INT64_MIN;
    if (election->current.zxid == -1)
        election->current = election->own;
    memset(election->votes, 0, sizeof(election->votes));
    memset(election->settled, 0, sizeof(election->settled));
    memset(election->is_absent, 0, sizeof(election->is_absent));
    memset(election->is_answered, 0, sizeof(election->is_answered));
    election->began_mono_ms = mono_ms;
    election->settle_mono_ms = 0;
    election->resend_wait_ms = options->notification_min_ms;
    election->resend_mono_ms = mono_ms + election->resend_wait_ms;
    election->proposal = election->own;
    zk_info("New election. My id = %" PRId64 ", proposed zxid=0x%" PRIx64, options->self,
            (uint64_t)election->own.zxid);
    broadcast(election, mono_ms, outputs);
}

bool zk_election_receive(zk_election_t *election, int64_t sid, zk_str_t bytes, int64_t mono_ms,
                         zk_zab_outputs_t *outputs)
{
    int32_t place = zk_quorum_place(&election->options->voters, sid);
    zk_notification_t notification;

    if (!zk_notification_decode(&notification, bytes)) {
        zk_warn("Got a short or unreadable notification of %d bytes from server %" PRId64,
                bytes.length, sid);
        return false;
    }
    note_list(election, sid, &notification, mono_ms);
    if (place >= 0)
        election->is_absent[place] = false;
    if (place < 0) {
        zk_vote_t vote = election->current;

        vote.round = election->round;
        tell(election, sid, &vote, outputs);
        return false;
    }
    if (election->state == ZK_SERVER_LOOKING) {
        /* An observer's vote does not count, and who is answered answers an observer at once: the
         * two would never stop. */
        if (notification.state == ZK_SERVER_LOOKING && notification.vote.round < election->round &&
            !election->options->is_observer)
            tell(election, sid, &election->proposal, outputs);
        hear(election, sid, &notification, mono_ms, outputs);
        return false;
    }
    if (notification.state != ZK_SERVER_LOOKING || election->options->is_observer)
        return false; /* what an observer says is ignored, and answered again */
    tell(election, sid, &election->current, outputs);
    return election->state == ZK_SERVER_LEADING && election->leads_by[place];
}

void zk_election_refused(zk_election_t *election, int64_t sid, int64_t mono_ms)
{
    int32_t place = zk_quorum_place(&election->options->voters, sid);

    if (place < 0 || election->state != ZK_SERVER_LOOKING)
        return;
    election->is_absent[place] = true;
    if (election->settle_mono_ms != 0)
        settle(election, mono_ms);
}

/* Voters tell each other when an election has ended; an observer learns of it by asking only. */
static int64_t longest_wait_ms(const zk_election_t *election)
{
    const zk_zab_options_t *options = election->options;
    int64_t asking_ms = OBSERVER_ASKS * (int64_t)options->notification_min_ms;

    return options->is_observer && asking_ms < options->notification_max_ms
               ? asking_ms
               : options->notification_max_ms;
}

void zk_election_tick(zk_election_t *election, int64_t mono_ms, zk_zab_outputs_t *outputs)
{
    if (election->state != ZK_SERVER_LOOKING)
        return;
    if (election->settle_mono_ms != 0 && mono_ms >= election->settle_mono_ms) {
        settle(election, mono_ms);
        if (election->is_decided)
            return;
    }
    if (mono_ms < election->resend_mono_ms)
        return;
    election->resend_wait_ms *= 2;
    if (election->resend_wait_ms > longest_wait_ms(election))
        election->resend_wait_ms = longest_wait_ms(election);
    election->resend_mono_ms = mono_ms + election->resend_wait_ms;
    zk_info("Notification time out: %" PRId64 " ms", election->resend_wait_ms);
    broadcast(election, mono_ms, outputs);
}

bool zk_election_is_decided(const zk_election_t *election, zk_vote_t *vote)
{
    if (election->is_decided)
        *vote = election->current;
    return election->is_decided;
}

zk_server_state_t zk_election_state(const zk_election_t *election)
{
    return election->state;
}

void zk_election_synced(zk_election_t *election, int64_t epoch)
{
    election->current.peer_epoch = epoch;
}

int64_t zk_election_took_ms(const zk_election_t *election)
{
    return election->took_ms;
}

int32_t zk_election_heard(const zk_election_t *election)
{
    int32_t count = 0;
    int32_t place;

    for (place = 0; place < ZK_QUORUM_VOTERS_MAX; place++)
        if (election->votes[place].is_set || election->settled[place].is_set)
            count++;
    return count;
}
