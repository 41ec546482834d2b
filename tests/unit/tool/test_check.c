/* test_check.c -- zktool check. */
#include "tool_fixture.h"

#include <string.h>

#include <apr_file_io.h>

#include "tool/tool.h"

static void a_good_directory_is_good(void)
{
    const char *dir = zk_untar_golden("java-3.8/standalone");
    ran_t ran = run_tool("", "check", join(dir, "data"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "a server would load snapshot of zxid 0x55 and 7 transactions, up to zxid "
                      "0x5c\n");
    CU_ASSERT_EQUAL(run_tool("", "check", join(dir, "data/version-2"), NULL).code, ZK_TOOL_OK);
}

static void separate_directories_and_epochs_are_looked_at(void)
{
    const char *dir = zk_untar_golden("java-3.9/quorum1");
    ran_t ran = run_tool("", "check", join(dir, "data"), join(dir, "datalog"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "currentEpoch 2, epoch of the last zxid 2\n");
    contains(ran.out, "acceptedEpoch 2\n");
    apr_file_rename(join(dir, "data/version-2/currentEpoch"),
                    join(dir, "data/version-2/currentEpoch.old"), zk_test_pool());
    CU_ASSERT_EQUAL(run_tool("", "check", join(dir, "data"), join(dir, "datalog"), NULL).code,
                    ZK_TOOL_OK);
}

static void an_epoch_behind_the_zxid_is_a_refusal(void)
{
    const char *dir = zk_untar_golden("java-3.9/quorum1");
    ran_t ran;

    flip(join(dir, "data/version-2/currentEpoch"), 0, '2' ^ '1');
    ran = run_tool("", "check", join(dir, "data"), join(dir, "datalog"), NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.out, "the current epoch, 1, is older than the last zxid");
}

static void a_torn_tail_is_a_finding_and_stays(void)
{
    const char *dir = zk_untar_golden("java-3.8/torn-tail");
    const char *log = join(dir, "data/version-2/log.57");
    int64_t size = zk_test_size(log);
    ran_t ran = run_tool("", "check", join(dir, "data"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.out, "a record is cut short\n");
    contains(ran.out, "and cut a torn record off the end of the last log\n");
    CU_ASSERT_EQUAL(zk_test_size(log), size);
}

static void damage_is_a_refusal_with_its_place(void)
{
    const char *dir = zk_untar_golden("java-3.8/flipped-byte");
    ran_t ran = run_tool("", "check", join(dir, "data"), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.out, "offset 346 (zxid 0x5a): a checksum is wrong\n");
    contains(ran.out, "a server would refuse to start: ");
}

static void a_damaged_older_snapshot_is_a_finding(void)
{
    const char *dir = zk_untar_golden("java-3.8/standalone");
    ran_t ran;

    flip(join(dir, "data/version-2/snapshot.35"), 5000, 4);
    ran = run_tool("", "check", join(dir, "data"), NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.out, "snapshot.35: 95508 bytes, DAMAGED\n");
    contains(ran.out, "findings: 1\n");
}

static void a_missing_log_is_noticed(void)
{
    const char *dir = zk_untar_golden("java-3.8/standalone");
    ran_t ran;

    apr_file_remove(join(dir, "data/version-2/log.4a"), zk_test_pool());
    ran = run_tool("", "check", join(dir, "data"), NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.out, "transactions are missing: after zxid 0x55 comes 0x57");
}

static void wrong_words_are_refused(void)
{
    CU_ASSERT_EQUAL(run_tool("", "check", NULL).code, ZK_TOOL_INVALID);
    CU_ASSERT_EQUAL(run_tool("", "check", zk_test_path("nosuch"), NULL).code, ZK_TOOL_INVALID);
}

static const zk_test_t tests[] = {
    {"a good directory is good", a_good_directory_is_good},
    {"separate directories and epochs are looked at",
     separate_directories_and_epochs_are_looked_at},
    {"an epoch behind the zxid is a refusal", an_epoch_behind_the_zxid_is_a_refusal},
    {"a torn tail is a finding and stays", a_torn_tail_is_a_finding_and_stays},
    {"damage is a refusal with its place", damage_is_a_refusal_with_its_place},
    {"a damaged older snapshot is a finding", a_damaged_older_snapshot_is_a_finding},
    {"a missing log is noticed", a_missing_log_is_noticed},
    {"wrong words are refused", wrong_words_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_check, "tool/check", tests, NULL, NULL);
