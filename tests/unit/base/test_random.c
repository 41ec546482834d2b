/* test_random.c -- the seeded generator. */
#include "base/random.h"

#include "lib/zk_test.h"

static void the_generator_is_xoshiro256_starstar(void)
{
    /* State {1, 2, 3, 4}: the first outputs of the authors' reference program. */
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240ULL};
    zk_random_t random = {{1, 2, 3, 4}};
    size_t i;

    for (i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(zk_random_next(&random), expected[i]);
}

static void a_seed_repeats_its_run(void)
{
    zk_random_t a;
    zk_random_t b;
    int i;

    zk_random_seed(&a, 42);
    zk_random_seed(&b, 42);
    for (i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(zk_random_next(&a), zk_random_next(&b));
    zk_random_seed(&b, 43);
    CU_ASSERT_NOT_EQUAL(zk_random_next(&a), zk_random_next(&b));
}

static void seed_zero_works_like_any_other(void)
{
    zk_random_t random;

    zk_random_seed(&random, 0);
    CU_ASSERT_NOT_EQUAL(zk_random_next(&random), zk_random_next(&random));
}

static void values_below_a_bound_are_spread_evenly(void)
{
    zk_random_t random;
    int counts[7] = {0};
    int i;

    zk_random_seed(&random, 7);
    for (i = 0; i < 70000; i++)
        counts[zk_random_below(&random, 7)]++;
    for (i = 0; i < 7; i++)
        CU_ASSERT_TRUE(counts[i] > 9500 && counts[i] < 10500);
    CU_ASSERT_EQUAL(zk_random_below(&random, 1), 0);
    CU_ASSERT_TRUE(zk_random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static const zk_test_t tests[] = {
    {"the generator is xoshiro256**", the_generator_is_xoshiro256_starstar},
    {"a seed repeats its run", a_seed_repeats_its_run},
    {"seed zero works like any other", seed_zero_works_like_any_other},
    {"values below a bound are spread evenly", values_below_a_bound_are_spread_evenly},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_random, "base/random", tests, NULL, NULL);
