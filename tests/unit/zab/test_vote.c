/* test_vote.c -- the election message in all its forms, and the order of votes. */
#include "lib/zk_test.h"

#include <string.h>

#include "zab/election.h"

/* LOOKING, server 2 votes for itself in round 1, as a Java server sends it: the first 44 bytes. */
static const uint8_t looking[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0,   0,    0,  0,
                                  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,   0,    0,  0,
                                  0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 'a', '\n', 'b'};

static bool decode(zk_notification_t *notification, const uint8_t *bytes, size_t size)
{
    return zk_notification_decode(notification, zk_str_n((const char *)bytes, size));
}

static void a_notification_of_a_java_server_decodes_and_encodes_to_the_same_bytes(void)
{
    zk_notification_t notification;
    zk_buffer_t buffer = ZK_BUFFER_INIT;

    CU_ASSERT_TRUE_FATAL(decode(&notification, looking, sizeof(looking)));
    CU_ASSERT_EQUAL(notification.state, ZK_SERVER_LOOKING);
    CU_ASSERT_EQUAL(notification.vote.leader, 2);
    CU_ASSERT_EQUAL(notification.vote.zxid, 0);
    CU_ASSERT_EQUAL(notification.vote.round, 1);
    CU_ASSERT_EQUAL(notification.vote.peer_epoch, 0);
    CU_ASSERT_TRUE(zk_str_equal_c(notification.config_text, "a\nb"));
    zk_notification_encode(&notification, &buffer);
    CU_ASSERT_EQUAL_FATAL(zk_buffer_size(&buffer), sizeof(looking));
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&buffer), looking, sizeof(looking)), 0);
    zk_buffer_free(&buffer);
}

static void an_observers_votes_keep_their_lowest_numbers(void)
{
    zk_notification_t notification = {
        .state = ZK_SERVER_LOOKING,
        .vote = {INT64_MIN, INT64_MIN, 1, INT64_MIN},
        .config_text = zk_str("x"),
    };
    zk_notification_t again;
    zk_buffer_t buffer = ZK_BUFFER_INIT;

    zk_notification_encode(&notification, &buffer);
    CU_ASSERT_TRUE(decode(&again, zk_buffer_bytes(&buffer), zk_buffer_size(&buffer)));
    CU_ASSERT_EQUAL(again.vote.leader, INT64_MIN);
    CU_ASSERT_EQUAL(again.vote.peer_epoch, INT64_MIN);
    zk_buffer_free(&buffer);
}

static void a_round_that_cannot_be_counted_on_is_ignored(void)
{
    zk_notification_t notification;
    uint8_t bytes[sizeof(looking)];

    memcpy(bytes, looking, sizeof(bytes));
    bytes[20] = 0x40; /* the highest byte of the round */
    CU_ASSERT_FALSE(decode(&notification, bytes, sizeof(bytes)));
    bytes[20] = 0x3f;
    CU_ASSERT_TRUE(decode(&notification, bytes, sizeof(bytes)));
    memset(bytes + 20, 0xff, 8); /* of a server that has not looked yet */
    CU_ASSERT_TRUE(decode(&notification, bytes, sizeof(bytes)));
}

static void the_short_forms_of_old_releases_are_taken(void)
{
    zk_notification_t notification;
    uint8_t bytes[44] = {0};

    bytes[11] = 3; /* leader */
    bytes[15] = 7; /* epoch of the zxid */
    bytes[35] = 9; /* peer epoch */
    CU_ASSERT_TRUE_FATAL(decode(&notification, bytes, 28));
    CU_ASSERT_EQUAL(notification.vote.peer_epoch, 7);
    CU_ASSERT_EQUAL(notification.version, 0);
    CU_ASSERT_TRUE_FATAL(decode(&notification, bytes, 40));
    CU_ASSERT_EQUAL(notification.vote.peer_epoch, 9);
    CU_ASSERT_TRUE(zk_str_is_null(notification.config_text));
    bytes[39] = 1;
    CU_ASSERT_TRUE_FATAL(decode(&notification, bytes, 44));
    CU_ASSERT_EQUAL(notification.version, 1);
    CU_ASSERT_TRUE(zk_str_is_null(notification.config_text));
}

static void what_fits_no_form_is_ignored(void)
{
    zk_notification_t notification;
    uint8_t bytes[sizeof(looking)];
    size_t size;

    for (size = 0; size < 28; size++)
        CU_ASSERT_FALSE(decode(&notification, looking, size));
    CU_ASSERT_FALSE(decode(&notification, looking, 36));
    CU_ASSERT_FALSE(decode(&notification, looking, sizeof(looking) - 1)); /* the text is cut */
    memcpy(bytes, looking, sizeof(bytes));
    bytes[3] = 4; /* no such state */
    CU_ASSERT_FALSE(decode(&notification, bytes, sizeof(bytes)));
    bytes[3] = 0;
    memset(bytes + 40, 0xff, 4); /* a null text */
    CU_ASSERT_FALSE(decode(&notification, bytes, sizeof(bytes)));
    memset(bytes + 40, 0x7f, 4);
    CU_ASSERT_FALSE(decode(&notification, bytes, sizeof(bytes)));
}

static void votes_are_ordered_by_epoch_then_zxid_then_id(void)
{
    static const int64_t sids[] = {1, 2, 3};
    const zk_vote_t base = {2, 5, 1, 1};
    zk_vote_t other = base;
    zk_quorum_t voters;

    zk_quorum_set(&voters, sids, 3);
    CU_ASSERT_FALSE(zk_vote_is_better(&voters, &other, &base));
    other = (zk_vote_t){1, 0, 1, 2};
    CU_ASSERT_TRUE(zk_vote_is_better(&voters, &other, &base));
    other = (zk_vote_t){1, 6, 1, 1};
    CU_ASSERT_TRUE(zk_vote_is_better(&voters, &other, &base));
    other = (zk_vote_t){3, 5, 1, 1};
    CU_ASSERT_TRUE(zk_vote_is_better(&voters, &other, &base));
    other = (zk_vote_t){3, 4, 1, 1};
    CU_ASSERT_FALSE(zk_vote_is_better(&voters, &other, &base));
}

static void who_weighs_nothing_is_never_the_better_candidate(void)
{
    static const int64_t sids[] = {1, 2, 3};
    const zk_vote_t low = {1, 0, 1, 0};
    const zk_vote_t high = {3, 9, 1, 9};
    zk_quorum_t voters;

    zk_quorum_set(&voters, sids, 3);
    zk_quorum_set_group(&voters, 3, 1, 0);
    CU_ASSERT_FALSE(zk_vote_is_better(&voters, &high, &low));
}

static const zk_test_t tests[] = {
    {"a notification of a Java server decodes and encodes to the same bytes",
     a_notification_of_a_java_server_decodes_and_encodes_to_the_same_bytes},
    {"an observer's votes keep their lowest numbers", an_observers_votes_keep_their_lowest_numbers},
    {"a round that cannot be counted on is ignored", a_round_that_cannot_be_counted_on_is_ignored},
    {"the short forms of old releases are taken", the_short_forms_of_old_releases_are_taken},
    {"what fits no form is ignored", what_fits_no_form_is_ignored},
    {"votes are ordered by epoch, then zxid, then id",
     votes_are_ordered_by_epoch_then_zxid_then_id},
    {"who weighs nothing is never the better candidate",
     who_weighs_nothing_is_never_the_better_candidate},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_vote, "zab/vote", tests, NULL, NULL);
