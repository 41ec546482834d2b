/* test_quorum.c -- more than half of the voters, and nobody else. */
#include "lib/zk_test.h"

#include "zab/quorum.h"

static bool reached(int32_t voters, int32_t agreeing)
{
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};
    int64_t sids[ZK_QUORUM_VOTERS_MAX];
    zk_quorum_t quorum;
    int32_t i;

    for (i = 0; i < voters; i++) {
        sids[i] = voters - i;
        agrees[i] = i < agreeing;
    }
    zk_quorum_set(&quorum, sids, voters);
    return zk_quorum_reached(&quorum, agrees);
}

static void a_quorum_is_more_than_half(void)
{
    CU_ASSERT_FALSE(reached(1, 0));
    CU_ASSERT_TRUE(reached(1, 1));
    CU_ASSERT_FALSE(reached(2, 1));
    CU_ASSERT_TRUE(reached(2, 2));
    CU_ASSERT_FALSE(reached(3, 1));
    CU_ASSERT_TRUE(reached(3, 2));
    CU_ASSERT_FALSE(reached(4, 2));
    CU_ASSERT_TRUE(reached(5, 3));
    CU_ASSERT_FALSE(reached(255, 127));
    CU_ASSERT_TRUE(reached(255, 128));
}

static void voters_have_places_and_strangers_have_none(void)
{
    static const int64_t sids[] = {30, 10, 20, 10};
    zk_quorum_t quorum;

    zk_quorum_set(&quorum, sids, 4);
    CU_ASSERT_EQUAL(quorum.count, 3);
    CU_ASSERT_EQUAL(zk_quorum_place(&quorum, 10), 0);
    CU_ASSERT_EQUAL(zk_quorum_place(&quorum, 20), 1);
    CU_ASSERT_EQUAL(zk_quorum_place(&quorum, 30), 2);
    CU_ASSERT_EQUAL(zk_quorum_place(&quorum, 15), -1);
    CU_ASSERT_EQUAL(zk_quorum_place(&quorum, 40), -1);
}

static const zk_test_t tests[] = {
    {"a quorum is more than half", a_quorum_is_more_than_half},
    {"voters have places and strangers have none", voters_have_places_and_strangers_have_none},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_quorum, "zab/quorum", tests, NULL, NULL);
