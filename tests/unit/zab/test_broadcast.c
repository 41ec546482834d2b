/* test_broadcast.c -- nothing is delivered before a quorum has it, and everything in order. */
#include "lib/zk_test.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "zab/broadcast.h"

static zk_broadcast_t *zab;

static void begin(int32_t voters, int64_t last_zxid)
{
    static const int64_t sids[] = {1, 2, 3, 4, 5};
    zk_quorum_t quorum;

    zk_quorum_set(&quorum, sids, voters);
    zab = zk_broadcast_create(1, &quorum, last_zxid);
}

static void teardown(void)
{
    zk_broadcast_destroy(zab);
    zab = NULL;
}

static int64_t propose(void)
{
    int64_t zxid = zk_broadcast_next_zxid(zab);
    char text[32];
    zk_blob_t *payload;

    snprintf(text, sizeof(text), "%lld", (long long)zxid);
    payload = zk_blob_copy(text, strlen(text));
    zk_broadcast_propose(zab, zxid, payload);
    zk_blob_release(payload);
    return zxid;
}

/* The zxid of the next delivery, whose payload must be the one proposed with it; 0: none. */
static int64_t deliver(void)
{
    int64_t zxid;
    zk_blob_t *payload;
    char text[32];
    char note[200];

    if (!zk_broadcast_deliver(zab, &zxid, &payload))
        return 0;
    snprintf(text, sizeof(text), "%lld", (long long)zxid);
    CU_ASSERT_TRUE(payload->size == strlen(text) &&
                   memcmp(payload->bytes, text, payload->size) == 0);
    zk_blob_release(payload);
    CU_ASSERT_PTR_NULL(zk_broadcast_check(zab, note, sizeof(note)));
    return zxid;
}

static void alone_the_own_log_is_the_quorum(void)
{
    begin(1, 7);
    CU_ASSERT_EQUAL(propose(), 8);
    CU_ASSERT_EQUAL(deliver(), 0);
    zk_broadcast_acked(zab, 1, 8);
    CU_ASSERT_EQUAL(deliver(), 8);
    CU_ASSERT_EQUAL(deliver(), 0);
    CU_ASSERT_EQUAL(zk_broadcast_last_committed(zab), 8);
}

static void of_three_two_are_needed(void)
{
    begin(3, 0);
    propose();
    zk_broadcast_acked(zab, 1, 1);
    CU_ASSERT_EQUAL(deliver(), 0);
    zk_broadcast_acked(zab, 3, 1);
    CU_ASSERT_EQUAL(deliver(), 1);
}

static void the_leaders_own_log_is_not_needed_when_others_have_it(void)
{
    begin(3, 0);
    propose();
    zk_broadcast_acked(zab, 2, 1);
    zk_broadcast_acked(zab, 3, 1);
    CU_ASSERT_EQUAL(deliver(), 1);
}

static void an_ack_covers_everything_before_it(void)
{
    begin(1, 0);
    propose();
    propose();
    propose();
    zk_broadcast_acked(zab, 1, 2);
    CU_ASSERT_EQUAL(deliver(), 1);
    CU_ASSERT_EQUAL(deliver(), 2);
    CU_ASSERT_EQUAL(deliver(), 0);
    CU_ASSERT_EQUAL(zk_broadcast_outstanding(zab), 1);
}

static void observers_and_repeated_acks_do_not_count(void)
{
    begin(3, 0);
    propose();
    zk_broadcast_acked(zab, 2, 1);
    zk_broadcast_acked(zab, 2, 1);
    zk_broadcast_acked(zab, 9, 1);
    CU_ASSERT_EQUAL(deliver(), 0);
}

static void an_older_ack_takes_nothing_back(void)
{
    begin(1, 0);
    propose();
    propose();
    zk_broadcast_acked(zab, 1, 2);
    zk_broadcast_acked(zab, 1, 1);
    CU_ASSERT_EQUAL(deliver(), 1);
    CU_ASSERT_EQUAL(deliver(), 2);
}

static void any_order_of_acks_delivers_all_in_order(void)
{
    zk_random_t random;
    int64_t acked[6] = {0};
    int64_t expected = 1;
    int64_t zxid;
    char text[200];
    int i;

    begin(5, 0);
    zk_random_seed(&random, 5);
    for (i = 0; i < 20000; i++) {
        int64_t sid = 1 + (int64_t)zk_random_below(&random, 5);
        int64_t gap = zk_broadcast_last_proposed(zab) - acked[sid];

        if (zk_random_below(&random, 3) == 0)
            propose();
        if (gap > 0) {
            acked[sid] += 1 + (int64_t)zk_random_below(&random, (uint64_t)gap);
            zk_broadcast_acked(zab, sid, acked[sid]);
        }
        while ((zxid = deliver()) != 0) {
            int behind = 0;
            int voter;

            CU_ASSERT_EQUAL_FATAL(zxid, expected);
            expected++;
            for (voter = 1; voter <= 5; voter++)
                behind += acked[voter] >= zxid ? 1 : 0;
            CU_ASSERT_TRUE(behind >= 3);
        }
    }
    CU_ASSERT_PTR_NULL(zk_broadcast_check(zab, text, sizeof(text)));
    CU_ASSERT_TRUE(expected > 5000);
}

static const zk_test_t tests[] = {
    {"alone, the own log is the quorum", alone_the_own_log_is_the_quorum},
    {"of three, two are needed", of_three_two_are_needed},
    {"the leader's own log is not needed when others have it",
     the_leaders_own_log_is_not_needed_when_others_have_it},
    {"an ack covers everything before it", an_ack_covers_everything_before_it},
    {"observers and repeated acks do not count", observers_and_repeated_acks_do_not_count},
    {"an older ack takes nothing back", an_older_ack_takes_nothing_back},
    {"any order of acks delivers all in order", any_order_of_acks_delivers_all_in_order},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_broadcast, "zab/broadcast", tests, NULL, teardown);
