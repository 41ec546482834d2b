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

/* Nine voters in three groups of three; AGREES names the agreeing ones by their digits. */
static bool groups_reach(const int64_t weights[9], const char *agreeing)
{
    static const int64_t sids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};
    zk_quorum_t quorum;
    int32_t i;

    zk_quorum_set(&quorum, sids, 9);
    for (i = 0; i < 9; i++)
        zk_quorum_set_group(&quorum, sids[i], 10 + i / 3, weights[i]);
    for (; *agreeing != '\0'; agreeing++)
        agrees[zk_quorum_place(&quorum, *agreeing - '0')] = true;
    return zk_quorum_reached(&quorum, agrees);
}

static void a_hierarchical_quorum_is_more_than_half_of_the_weight_in_most_groups(void)
{
    static const int64_t equal[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const int64_t heavy[] = {3, 1, 1, 1, 1, 1, 1, 1, 1};

    CU_ASSERT_TRUE(groups_reach(equal, "1245"));
    CU_ASSERT_FALSE(groups_reach(equal, "12347")); /* one group only */
    CU_ASSERT_FALSE(groups_reach(equal, "147"));
    CU_ASSERT_TRUE(groups_reach(heavy, "145"));
    CU_ASSERT_FALSE(groups_reach(heavy, "2345"));
    CU_ASSERT_FALSE(groups_reach(equal, ""));
}

static void a_group_without_weight_does_not_count(void)
{
    static const int64_t weights[] = {1, 1, 1, 1, 1, 1, 0, 0, 0};

    CU_ASSERT_FALSE(groups_reach(weights, "12789"));
    CU_ASSERT_TRUE(groups_reach(weights, "1245"));
}

static void the_heaviest_weights_add_up(void)
{
    static const int64_t weights[] = {
        ZK_QUORUM_WEIGHT_MAX, ZK_QUORUM_WEIGHT_MAX, ZK_QUORUM_WEIGHT_MAX, 0, 0, 0, 0, 0, 0};

    CU_ASSERT_TRUE(groups_reach(weights, "12"));
    CU_ASSERT_FALSE(groups_reach(weights, "1"));
}

static const zk_test_t tests[] = {
    {"a hierarchical quorum is more than half of the weight in most groups",
     a_hierarchical_quorum_is_more_than_half_of_the_weight_in_most_groups},
    {"a group without weight does not count", a_group_without_weight_does_not_count},
    {"a quorum is more than half", a_quorum_is_more_than_half},
    {"voters have places and strangers have none", voters_have_places_and_strangers_have_none},
    {"the heaviest weights add up", the_heaviest_weights_add_up},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_quorum, "zab/quorum", tests, NULL, NULL);
