/* test_dialect.c -- versions, and what was true in each. */
#include "cli/dialect.h"

#include "lib/zk_test.h"

static zk_dialect_t parse(const char *text)
{
    zk_dialect_t dialect = -1;

    return zk_dialect_parse(&dialect, text) ? dialect : -1;
}

static void versions_are_two_or_three_numbers(void)
{
    CU_ASSERT_EQUAL(parse("3.9.5"), 3009005);
    CU_ASSERT_EQUAL(parse("3.8"), 3008999);
    CU_ASSERT_EQUAL(parse("3.4"), 3004006);
    CU_ASSERT_EQUAL(parse("3.4.14"), 3004014);
    CU_ASSERT_EQUAL(parse("3"), -1);
    CU_ASSERT_EQUAL(parse(""), -1);
    CU_ASSERT_EQUAL(parse("3.4."), -1);
    CU_ASSERT_EQUAL(parse("3.4.5.6"), -1);
    CU_ASSERT_EQUAL(parse("3.x"), -1);
    CU_ASSERT_EQUAL(parse("3.4.1000"), -1);
}

static void features_begin_and_end_with_their_releases(void)
{
    static const struct {
        const char *version;
        zk_dialect_feature_t feature;
        bool has;
    } cases[] = {
        {"3.4.6", ZK_DIALECT_KEEP_QUOTES, true},   {"3.4.7", ZK_DIALECT_KEEP_QUOTES, false},
        {"3.5.1", ZK_DIALECT_KEEP_QUOTES, true},   {"3.5.2", ZK_DIALECT_KEEP_QUOTES, false},
        {"3.4.14", ZK_DIALECT_STAT_ALWAYS, true},  {"3.5.0", ZK_DIALECT_STAT_ALWAYS, false},
        {"3.5.5", ZK_DIALECT_SYNC_RETURNED, true}, {"3.5.6", ZK_DIALECT_SYNC_RETURNED, false},
        {"3.5.2", ZK_DIALECT_NOT_FOUND, false},    {"3.5.3", ZK_DIALECT_NOT_FOUND, true},
        {"3.6.2", ZK_DIALECT_OLD_NO_AUTH, true},   {"3.6.3", ZK_DIALECT_OLD_NO_AUTH, false},
        {"3.8", ZK_DIALECT_EVENT_ZXID, false},     {"3.9.0", ZK_DIALECT_EVENT_ZXID, true},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_EQUAL(zk_dialect_has(parse(cases[i].version), cases[i].feature), cases[i].has);
    CU_ASSERT_FALSE(zk_dialect_has(ZK_DIALECT_DEFAULT, ZK_DIALECT_KEEP_QUOTES));
    CU_ASSERT_TRUE(zk_dialect_has(ZK_DIALECT_DEFAULT, ZK_DIALECT_EVENT_ZXID));
}

static const zk_test_t tests[] = {
    {"versions are two or three numbers", versions_are_two_or_three_numbers},
    {"features begin and end with their releases", features_begin_and_end_with_their_releases},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_dialect, "cli/dialect", tests, NULL, NULL);
