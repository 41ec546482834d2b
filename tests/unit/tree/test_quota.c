/* test_quota.c -- texts, usage kept by the tree, checks. */
#include "tree/quota.h"

#include <string.h>

#include "tree_fixture.h"

static bool parses(const char *text, int64_t count, int64_t bytes, int64_t count_hard,
                   int64_t bytes_hard)
{
    zk_quota_track_t track;

    return zk_quota_parse(&track, zk_str(text)) && track.count == count && track.bytes == bytes &&
           track.count_hard == count_hard && track.bytes_hard == bytes_hard;
}

static bool refused(const char *text)
{
    zk_quota_track_t track;

    return !zk_quota_parse(&track, zk_str(text));
}

static void texts_of_all_versions_are_read(void)
{
    CU_ASSERT_TRUE(parses("count=5,bytes=7", 5, 7, -1, -1));
    CU_ASSERT_TRUE(parses("count=5,bytes=-1=;byteHardLimit=9;countHardLimit=10", 5, -1, 10, 9));
    CU_ASSERT_TRUE(parses("", -1, -1, -1, -1));
    CU_ASSERT_TRUE(parses("bytes=+3;;,count=007,", 7, 3, -1, -1));
    CU_ASSERT_TRUE(parses("count==5", -1, -1, -1, -1));
    CU_ASSERT_TRUE(parses("count=5=6", 5, -1, -1, -1));
    CU_ASSERT_TRUE(parses("other=1,=2", -1, -1, -1, -1));
    CU_ASSERT_TRUE(parses("count=9223372036854775807", INT64_MAX, -1, -1, -1));
    CU_ASSERT_TRUE(parses("count=-9223372036854775808", INT64_MIN, -1, -1, -1));
}

static void texts_that_java_cannot_read_are_refused(void)
{
    CU_ASSERT_TRUE(refused(NULL));
    CU_ASSERT_TRUE(refused("x"));
    CU_ASSERT_TRUE(refused("count"));
    CU_ASSERT_TRUE(refused("count="));
    CU_ASSERT_TRUE(refused("="));
    CU_ASSERT_TRUE(refused("count=x"));
    CU_ASSERT_TRUE(refused("count= 5"));
    CU_ASSERT_TRUE(refused(",count=5"));
    CU_ASSERT_TRUE(refused("count=9223372036854775808"));
    CU_ASSERT_TRUE(refused("count=-"));
}

static void usage_is_printed_for_old_readers(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_quota_track_t track = {3, 20, -1, -1};

    zk_quota_print(&track, &buffer);
    zk_buffer_append(&buffer, "", 1);
    CU_ASSERT_STRING_EQUAL((char *)buffer.data, "count=3,bytes=20");
    zk_buffer_clear(&buffer);
    track.bytes_hard = 9;
    zk_quota_print(&track, &buffer);
    zk_buffer_append(&buffer, "", 1);
    CU_ASSERT_STRING_EQUAL((char *)buffer.data,
                           "count=3,bytes=20=;byteHardLimit=9;countHardLimit=-1");
    zk_buffer_free(&buffer);
}

/* A quota on /a with LIMITS, and what leads to it. */
static void set_quota(const char *limits)
{
    fixture_create("/zookeeper/quota/a", NULL);
    fixture_create("/zookeeper/quota/a/zookeeper_limits", limits);
    fixture_create("/zookeeper/quota/a/zookeeper_stats", "count=0,bytes=0");
}

static bool usage_is(const char *text)
{
    return fixture_data_is("/zookeeper/quota/a/zookeeper_stats", text);
}

static void usage_begins_with_a_count_of_the_subtree(void)
{
    fixture_create("/a", "12345");
    fixture_create("/a/b", "123");
    set_quota("count=10,bytes=-1");
    CU_ASSERT_TRUE(usage_is("count=2,bytes=8"));
}

static void usage_follows_create_set_and_delete(void)
{
    zk_stat_t before;
    uint64_t digest;

    fixture_create("/a", "");
    set_quota("count=10,bytes=-1");
    before = fixture_stat("/zookeeper/quota/a/zookeeper_stats");
    fixture_heard();
    digest = zk_tree_digest(fixture_tree());
    fixture_create("/a/b", "123");
    CU_ASSERT_TRUE(usage_is("count=2,bytes=3"));
    fixture_set("/a/b", "1", 1);
    CU_ASSERT_TRUE(usage_is("count=2,bytes=1"));
    fixture_set("/a", "1234567890", 1);
    CU_ASSERT_TRUE(usage_is("count=2,bytes=11"));
    fixture_create("/ab", "outside");
    CU_ASSERT_TRUE(usage_is("count=2,bytes=11"));
    fixture_delete("/a/b");
    CU_ASSERT_TRUE(usage_is("count=1,bytes=10"));
    CU_ASSERT_STRING_EQUAL(fixture_heard(), "created /a/b; children /a; changed /a/b; changed /a; "
                                            "created /ab; children /; deleted /a/b; children /a; ");
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper/quota/a/zookeeper_stats").mzxid, before.mzxid);
    CU_ASSERT_EQUAL(fixture_stat("/zookeeper/quota/a/zookeeper_stats").version, 0);
    CU_ASSERT_NOT_EQUAL(zk_tree_digest(fixture_tree()), digest);
}

static void only_the_deepest_quota_counts(void)
{
    fixture_create("/a", "");
    fixture_create("/a/b", "");
    set_quota("count=10,bytes=-1");
    fixture_create("/zookeeper/quota/a/b", NULL);
    fixture_create("/zookeeper/quota/a/b/zookeeper_limits", "count=5,bytes=-1");
    fixture_create("/zookeeper/quota/a/b/zookeeper_stats", "count=0,bytes=0");
    fixture_create("/a/b/c", "123");
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/quota/a/b/zookeeper_stats", "count=2,bytes=3"));
    CU_ASSERT_TRUE(usage_is("count=2,bytes=0"));
    fixture_create("/a/d", "1");
    CU_ASSERT_TRUE(usage_is("count=3,bytes=1"));
}

static void a_quota_ends_with_its_limits(void)
{
    fixture_create("/a", "");
    set_quota("count=10,bytes=-1");
    fixture_delete("/zookeeper/quota/a/zookeeper_limits");
    fixture_create("/a/b", "123");
    CU_ASSERT_TRUE(usage_is("count=1,bytes=0"));
}

static void usage_that_cannot_be_read_is_counted_afresh(void)
{
    fixture_create("/a", "12");
    set_quota("count=10,bytes=-1");
    fixture_set("/zookeeper/quota/a/zookeeper_stats", "garbage", 1);
    fixture_create("/a/b", "3");
    CU_ASSERT_TRUE(usage_is("count=2,bytes=3"));
    fixture_set("/zookeeper/quota/a/zookeeper_stats", NULL, 2);
    fixture_delete("/a/b");
    CU_ASSERT_TRUE(usage_is("count=1,bytes=2"));
}

static void a_quota_on_the_root_stays_inactive(void)
{
    fixture_create("/zookeeper/quota/zookeeper_limits", "count=1,bytes=-1");
    fixture_create("/zookeeper/quota/zookeeper_stats", "count=0,bytes=0");
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/quota/zookeeper_stats", "count=6,bytes=31"));
    fixture_create("/a", "1");
    CU_ASSERT_TRUE(fixture_data_is("/zookeeper/quota/zookeeper_stats", "count=6,bytes=31"));
}

static void limits_in_a_snapshot_are_active_and_counted(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_buffer_t message = ZK_BUFFER_INIT;
    zk_tree_t *loaded;

    fixture_create("/a", "12");
    fixture_create("/a/b", "345");
    set_quota("count=1,bytes=-1=;byteHardLimit=-1;countHardLimit=2");
    fixture_set("/zookeeper/quota/a/zookeeper_stats", "count=77,bytes=0", 1);
    fixture_walk(fixture_tree(), &buffer, 3);
    loaded = fixture_load(buffer.data, zk_buffer_size(&buffer), 9);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded);
    CU_ASSERT_TRUE(zk_str_equal_c(
        zk_znode_data(zk_tree_find(loaded, zk_str("/zookeeper/quota/a/zookeeper_stats"))),
        "count=2,bytes=5"));
    CU_ASSERT_EQUAL(zk_quota_check(loaded, zk_str("/a/c"), 1, 0, true, &message),
                    ZK_CODE_QUOTA_EXCEEDED);
    zk_tree_destroy(loaded);
    zk_buffer_free(&buffer);
    zk_buffer_free(&message);
}

static zk_code_t check(const char *path, int64_t count, int64_t bytes, bool enforce,
                       const char *message)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_code_t code = zk_quota_check(fixture_tree(), zk_str(path), count, bytes, enforce, &buffer);

    zk_buffer_append(&buffer, "", 1);
    CU_ASSERT_STRING_EQUAL((char *)buffer.data, message);
    zk_buffer_free(&buffer);
    return code;
}

static void hard_limits_refuse_only_when_enforced(void)
{
    fixture_create("/a", "12");
    set_quota("count=1,bytes=4=;byteHardLimit=6;countHardLimit=2");
    CU_ASSERT_EQUAL(check("/a/b", 1, 4, true, ""), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check("/b", 100, 100, true, ""), ZK_CODE_OK);
    CU_ASSERT_EQUAL(
        check("/a/b", 2, 0, true, "Quota exceeded: /a [current count=3, hardCountLimit=2]"),
        ZK_CODE_QUOTA_EXCEEDED);
    CU_ASSERT_EQUAL(
        check("/a", 0, 5, true, "Quota exceeded: /a [current bytes=7, hardByteLimit=6]"),
        ZK_CODE_QUOTA_EXCEEDED);
    CU_ASSERT_EQUAL(
        check("/a", 0, 5, false, "Quota exceeded: /a [current bytes=7, hardByteLimit=6]"),
        ZK_CODE_OK);
}

static void a_soft_limit_only_says_so(void)
{
    fixture_create("/a", "12");
    set_quota("count=1,bytes=4");
    CU_ASSERT_EQUAL(check("/a/b", 1, 3, true,
                          "Quota exceeded: /a [current count=2, softCountLimit=1]; "
                          "Quota exceeded: /a [current bytes=5, softByteLimit=4]"),
                    ZK_CODE_OK);
}

static void shrinking_writes_are_refused_while_still_over(void)
{
    fixture_create("/a", "1234567890");
    set_quota("count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=-1");
    CU_ASSERT_EQUAL(
        check("/a", 0, -1, true, "Quota exceeded: /a [current bytes=9, hardByteLimit=5]"),
        ZK_CODE_QUOTA_EXCEEDED);
    CU_ASSERT_EQUAL(check("/a", 0, 0, true, ""), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check("/a", 0, -5, true, ""), ZK_CODE_OK);
}

static void garbage_in_the_limits_is_an_error_when_enforced(void)
{
    fixture_create("/a", "");
    set_quota("garbage");
    CU_ASSERT_EQUAL(check("/a/b", 1, 0, true, ""), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(check("/a/b", 1, 0, false, ""), ZK_CODE_OK);
}

static bool refuses(const char *path, const char *data, bool is_create)
{
    return zk_quota_refuses(zk_str(path), zk_str(data), is_create);
}

static void poison_is_refused_before_it_is_proposed(void)
{
    CU_ASSERT_TRUE(refuses("/zookeeper/quota/zookeeper_limits", "count=1,bytes=1", true));
    CU_ASSERT_FALSE(refuses("/zookeeper/quota/zookeeper_limits", "count=1,bytes=1", false));
    CU_ASSERT_TRUE(refuses("/zookeeper/quota/a/zookeeper_limits", "garbage", true));
    CU_ASSERT_TRUE(refuses("/zookeeper/quota/a/zookeeper_limits", "garbage", false));
    CU_ASSERT_TRUE(refuses("/zookeeper/quota/a/zookeeper_stats", "garbage", false));
    CU_ASSERT_TRUE(refuses("/zookeeper/quota/a/zookeeper_stats", NULL, false));
    CU_ASSERT_FALSE(refuses("/zookeeper/quota/a/zookeeper_stats", "garbage", true));
    CU_ASSERT_FALSE(refuses("/zookeeper/quota/a/other", "garbage", true));
    CU_ASSERT_FALSE(refuses("/zookeeper/quota", "garbage", false));
    CU_ASSERT_FALSE(refuses("/a/zookeeper_limits", "garbage", true));
}

static void count_visit(void *baton, zk_str_t path, const zk_quota_track_t *limits,
                        const zk_quota_track_t *usage)
{
    CU_ASSERT_TRUE(zk_str_equal_c(path, "/a"));
    CU_ASSERT_EQUAL(limits->count, 9);
    CU_ASSERT_EQUAL(usage->count, 1);
    ++*(int *)baton;
}

static void active_quotas_are_visited(void)
{
    int visits = 0;

    fixture_create("/a", "12");
    set_quota("count=9,bytes=4");
    zk_quota_visit(fixture_tree(), count_visit, &visits);
    CU_ASSERT_EQUAL(visits, 1);
}

static const zk_test_t tests[] = {
    {"texts of all versions are read", texts_of_all_versions_are_read},
    {"texts that Java cannot read are refused", texts_that_java_cannot_read_are_refused},
    {"usage is printed for old readers", usage_is_printed_for_old_readers},
    {"usage begins with a count of the subtree", usage_begins_with_a_count_of_the_subtree},
    {"usage follows create, set and delete", usage_follows_create_set_and_delete},
    {"only the deepest quota counts", only_the_deepest_quota_counts},
    {"a quota ends with its limits", a_quota_ends_with_its_limits},
    {"usage that cannot be read is counted afresh", usage_that_cannot_be_read_is_counted_afresh},
    {"a quota on the root stays inactive", a_quota_on_the_root_stays_inactive},
    {"limits in a snapshot are active and counted", limits_in_a_snapshot_are_active_and_counted},
    {"hard limits refuse only when enforced", hard_limits_refuse_only_when_enforced},
    {"a soft limit only says so", a_soft_limit_only_says_so},
    {"shrinking writes are refused while still over",
     shrinking_writes_are_refused_while_still_over},
    {"garbage in the limits is an error when enforced",
     garbage_in_the_limits_is_an_error_when_enforced},
    {"poison is refused before it is proposed", poison_is_refused_before_it_is_proposed},
    {"active quotas are visited", active_quotas_are_visited},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_quota, "tree/quota", tests, tree_setup, tree_teardown);
