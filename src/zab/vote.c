/* vote.c -- what an election message says, and which of two votes is better.
 *
 * The message grew with the releases: 28 bytes at first, 40 with the peer epoch and a version, and
 * since then a text with the sender's server list.  Both directions stand here side by side.  What
 * a peer of any release since 3.4.6 sends is taken; a text that does not fit the frame makes the
 * frame void, and so does a round that no number of elections leads to: ours is raised to it, and
 * has to be counted on.
 *
 * Facts: upstream FastLeaderElection.java (WorkerReceiver, buildMsg); quorum notes, section 5.1. */
#include "zab/election.h"

enum {
    OLDEST_BYTES = 28, /* state, leader, zxid, round */
    EPOCH_BYTES = 40,  /* and the peer epoch, and an int that means nothing alone */
    NOTIFICATION_VERSION = 2
};

#define ROUND_MAX (INT64_C(1) << 62)

static void read_config_text(zk_notification_t *notification, zk_reader_t *reader)
{
    if (notification->version < NOTIFICATION_VERSION)
        return;
    notification->config_text = zk_read_str(reader);
    if (zk_str_is_null(notification->config_text))
        reader->failed = true;
}

bool zk_notification_decode(zk_notification_t *notification, zk_str_t bytes)
{
    size_t size = zk_str_size(bytes);
    zk_reader_t reader = zk_reader(bytes.data, size);
    int32_t state;

    if (size < OLDEST_BYTES || (size > OLDEST_BYTES && size < EPOCH_BYTES))
        return false;
    notification->config_text = ZK_STR_NULL;
    notification->version = 0;
    state = zk_read_int(&reader);
    notification->vote.leader = zk_read_long(&reader);
    notification->vote.zxid = zk_read_long(&reader);
    notification->vote.round = zk_read_long(&reader);
    notification->vote.peer_epoch = notification->vote.zxid >> 32;
    if (size >= EPOCH_BYTES)
        notification->vote.peer_epoch = zk_read_long(&reader);
    if (size > EPOCH_BYTES + 3) {
        notification->version = zk_read_int(&reader);
        read_config_text(notification, &reader);
    }
    if (reader.failed || state < ZK_SERVER_LOOKING || state > ZK_SERVER_OBSERVING ||
        notification->vote.round > ROUND_MAX)
        return false;
    notification->state = (zk_server_state_t)state;
    return true;
}

void zk_notification_encode(const zk_notification_t *notification, zk_buffer_t *buffer)
{
    zk_write_int(buffer, (int32_t)notification->state);
    zk_write_long(buffer, notification->vote.leader);
    zk_write_long(buffer, notification->vote.zxid);
    zk_write_long(buffer, notification->vote.round);
    zk_write_long(buffer, notification->vote.peer_epoch);
    zk_write_int(buffer, NOTIFICATION_VERSION);
    if (zk_str_is_null(notification->config_text))
        zk_write_int(buffer, 0);
    else
        zk_write_str(buffer, notification->config_text);
}

bool zk_vote_is_better(const zk_quorum_t *voters, const zk_vote_t *a, const zk_vote_t *b)
{
    if (zk_quorum_weight(voters, a->leader) == 0)
        return false;
    if (a->peer_epoch != b->peer_epoch)
        return a->peer_epoch > b->peer_epoch;
    if (a->zxid != b->zxid)
        return a->zxid > b->zxid;
    return a->leader > b->leader;
}
