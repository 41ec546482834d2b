/* test_snapshot.c -- zktool snapshot. */
#include "tool_fixture.h"

#include <string.h>

#include "lib/json.h"
#include "tool/tool.h"

static const char *small_snapshot(void)
{
    return join(zk_untar_golden("java-3.9/small"), "data/version-2/snapshot.5");
}

static void znodes_and_sessions_are_printed_in_upstreams_form(void)
{
    ran_t ran = run_tool("", "snapshot", small_snapshot(), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "ZNode Details (count=7):\n----\n/\n  cZxid = 0x00000000000000\n");
    contains(ran.out, "----\n/a\n  cZxid = 0x00000000000002\n");
    contains(ran.out, "  cversion = 1\n  dataVersion = 1\n  aclVersion = 0\n"
                      "  ephemeralOwner = 0x00000000000000\n  dataLength = 3\n----\n/a/b\n");
    contains(ran.out, "  ephemeralOwner = 0x100003374630000\n  dataLength = 0\n");
    contains(ran.out, "----\nSession Details (sid, timeout, ephemeralCount):\n"
                      "0x100003374630000, 3600000, 1\n----\nLast zxid: 0x5\n");
}

static void data_is_printed_as_base64(void)
{
    ran_t ran = run_tool("", "snapshot", "-d", small_snapshot(), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "  data = Ynll\n");
    CU_ASSERT_PTR_NULL(strstr(ran.out, "dataLength"));
}

static void json_is_json(void)
{
    ran_t ran = run_tool("", "snapshot", "-json", small_snapshot(), NULL);
    const zk_json_t *json = zk_json_parse(ran.out, strlen(ran.out), zk_test_pool());

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_EQUAL(json->count, 4);
    contains(ran.out, ",[{\"name\":\"/\",\"asize\":0,\"dsize\":0,\"dev\":0,\"ino\":1001},"
                      "[{\"name\":\"a\",\"asize\":3,\"dsize\":3,\"dev\":0,\"ino\":1002},"
                      "{\"name\":\"b\",\"asize\":0,\"dsize\":0,\"dev\":0,\"ino\":1003}],");
}

static void compressed_snapshots_are_read_by_their_names(void)
{
    const char *gz =
        join(zk_untar_golden("java-3.9/standalone-gz"), "data/version-2/snapshot.57.gz");
    const char *snappy =
        join(zk_untar_golden("java-3.8/standalone-snappy"), "data/version-2/snapshot.53.snappy");

    contains(run_tool("", "snapshot", gz, NULL).out, "\nLast zxid: 0x5");
    contains(run_tool("", "snapshot", snappy, NULL).out, "/app/\xe6\x97\xa5\xe6\x9c\xac");
}

static void a_damaged_snapshot_is_refused(void)
{
    const char *file = small_snapshot();
    ran_t ran;

    flip(file, 0x80, 1);
    ran = run_tool("", "snapshot", file, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "seal 1");
    CU_ASSERT_STRING_EQUAL(ran.out, "");
}

static void words_that_do_not_fit_are_refused(void)
{
    const char *file = small_snapshot();
    ran_t ran = run_tool("", "snapshot", "-d", "-json", file, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "Cannot specify both data dump (-d) and json mode (-json) in same call\n");
    ran = run_tool("", "snapshot", NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "USAGE: SnapshotFormatter [-d|-json] snapshot_file\n");
    CU_ASSERT_EQUAL(run_tool("", "snapshot", file, "-d", NULL).code, ZK_TOOL_INVALID);
    ran = run_tool("", "snapshot", zk_test_path("nosuch"), NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "nosuch' does not exist.\n");
}

static const zk_test_t tests[] = {
    {"znodes and sessions are printed in upstream's form",
     znodes_and_sessions_are_printed_in_upstreams_form},
    {"data is printed as base64", data_is_printed_as_base64},
    {"JSON is JSON", json_is_json},
    {"compressed snapshots are read by their names", compressed_snapshots_are_read_by_their_names},
    {"a damaged snapshot is refused", a_damaged_snapshot_is_refused},
    {"words that do not fit are refused", words_that_do_not_fit_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshot, "tool/snapshot", tests, NULL, NULL);
