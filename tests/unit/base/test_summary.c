/* test_summary.c -- figures of a stream, and percentiles of a sample of it. */
#include "base/summary.h"

#include "lib/zk_test.h"

static const double quantiles[] = {0.5, 0.95, 0.99, 0.999};

static void an_empty_summary_is_all_zero(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t values[4] = {7, 7, 7, 7};

    zk_reservoir_percentiles(&reservoir, quantiles, 4, values);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(values[i], 0);
    CU_ASSERT_PTR_NULL(reservoir.values);
}

static void least_and_greatest_hold_for_negative_values_too(void)
{
    zk_summary_t summary = {0, 0, 0, 0};

    zk_summary_add(&summary, -5);
    CU_ASSERT_EQUAL(summary.max, -5);
    zk_summary_add(&summary, -9);
    zk_summary_add(&summary, -7);
    CU_ASSERT_EQUAL(summary.min, -9);
    CU_ASSERT_EQUAL(summary.max, -5);
    CU_ASSERT_EQUAL(summary.count, 3);
    CU_ASSERT_EQUAL(summary.total, -21);
}

static void percentiles_interpolate_and_round_half_up(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t values[4];

    for (int i = 100; i >= 1; i--)
        zk_reservoir_add(&reservoir, i);
    zk_reservoir_percentiles(&reservoir, quantiles, 4, values);
    CU_ASSERT_EQUAL(values[0], 51);  /* 50.5 */
    CU_ASSERT_EQUAL(values[1], 96);  /* 95.95 */
    CU_ASSERT_EQUAL(values[2], 100); /* 99.99 */
    CU_ASSERT_EQUAL(values[3], 100); /* behind the last */
    zk_reservoir_free(&reservoir);
}

static void one_value_is_every_percentile(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t values[4];

    zk_reservoir_add(&reservoir, 8);
    zk_reservoir_percentiles(&reservoir, quantiles, 4, values);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(values[i], 8);
    zk_reservoir_free(&reservoir);
}

static void half_of_a_negative_value_is_rounded_up(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t value;

    zk_reservoir_add(&reservoir, -3);
    zk_reservoir_add(&reservoir, -2);
    zk_reservoir_percentiles(&reservoir, quantiles, 1, &value);
    CU_ASSERT_EQUAL(value, -2); /* -2.5 */
    zk_reservoir_free(&reservoir);
}

static void a_long_stream_leaves_a_fair_sample(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t values[4];

    for (int i = 0; i < 200000; i++)
        zk_reservoir_add(&reservoir, i);
    zk_reservoir_percentiles(&reservoir, quantiles, 4, values);
    CU_ASSERT_TRUE(values[0] > 90000 && values[0] < 110000);
    CU_ASSERT_TRUE(values[1] > 186000 && values[1] < 194000);
    CU_ASSERT_EQUAL(reservoir.summary.count, 200000);
    zk_reservoir_free(&reservoir);
}

static void a_reset_forgets_the_sample(void)
{
    zk_reservoir_t reservoir = {{0, 0, 0, 0}, NULL, 0};
    int64_t value;

    for (int i = 0; i < 5000; i++)
        zk_reservoir_add(&reservoir, 1000);
    zk_reservoir_reset(&reservoir);
    zk_reservoir_add(&reservoir, 2);
    zk_reservoir_percentiles(&reservoir, quantiles, 1, &value);
    CU_ASSERT_EQUAL(value, 2);
    CU_ASSERT_EQUAL(reservoir.summary.max, 2);
    zk_reservoir_free(&reservoir);
}

static const zk_test_t tests[] = {
    {"an empty summary is all zero", an_empty_summary_is_all_zero},
    {"least and greatest hold for negative values too",
     least_and_greatest_hold_for_negative_values_too},
    {"percentiles interpolate and round half up", percentiles_interpolate_and_round_half_up},
    {"one value is every percentile", one_value_is_every_percentile},
    {"half of a negative value is rounded up", half_of_a_negative_value_is_rounded_up},
    {"a long stream leaves a fair sample", a_long_stream_leaves_a_fair_sample},
    {"a reset forgets the sample", a_reset_forgets_the_sample},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_summary, "base/summary", tests, NULL, NULL);
