/* test_txnlog.c -- zktool txnlog: dump, recovery, chop. */
#include "tool_fixture.h"

#include <string.h>

#include "tool/tool.h"

static const char *small_log(void)
{
    return join(zk_untar_golden("java-3.9/small"), "data/version-2/log.1");
}

/* The log with one bit flipped in the payload of the record of zxid 0x5a. */
static const char *flipped_log(void)
{
    return join(zk_untar_golden("java-3.8/flipped-byte"), "data/version-2/log.57");
}

static void every_record_is_one_line_in_upstreams_form(void)
{
    ran_t ran = run_tool("", "txnlog", small_log(), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "ZooKeeper Transactional Log File with dbid 0 txnlog format version 2\n");
    contains(ran.out, " session 0x100003374630000 cxid 0x0 zxid 0x1 createSession 3600000\n");
    contains(ran.out, " cxid 0x1 zxid 0x2 create /a,hello,[31,s{'world,'anyone}\n],false,1\n");
    contains(ran.out, " cxid 0x2 zxid 0x3 setData /a,bye,1\n");
    contains(ran.out, " zxid 0x5 error -111\nEOF reached after 5 txns.\n");
}

static void each_type_has_its_form(void)
{
    const char *dir = zk_untar_golden("java-3.8/standalone");
    ran_t ran = run_tool("", "txnlog", join(dir, "data/version-2/log.1c"), NULL);

    contains(ran.out,
             "createContainer /cont/unused,never had a child,[31,s{'world,'anyone}\n],1\n");
    contains(ran.out, "createTTL /ttl/keep,kept,[31,s{'world,'anyone}\n],1,1099511627775\n");
    contains(ran.out, "delete '/cont/gone/child\n");
    contains(ran.out, "closeSession v{'/live/b1,'/live/b2}\n");
    contains(ran.out, "closeSession v{}\n");
    ran = run_tool("", "txnlog", join(dir, "data/version-2/log.2c"), NULL);
    contains(ran.out, "setACL '/acl/changed,v{s{17,s{'world,'anyone}}},1\n");
    ran = run_tool("", "txnlog", join(dir, "data/version-2/log.37"), NULL);
    contains(ran.out, "create:/multi/a,1,[31,s{'world,'anyone}\n],false,1;");
    contains(ran.out, ";check:'/ver,8;setData:/multi/a,changed in the same multi,1;");
    contains(ran.out, " multi error:-101;error:-2\n");
    ran = run_tool("", "txnlog", join(dir, "data/version-2/log.57"), "--upstream-dates", NULL);
    contains(ran.out, "/26, ");
}

static void a_bad_checksum_is_shown_and_reading_goes_on(void)
{
    ran_t ran = run_tool("", "txnlog", flipped_log(), NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "CRC ERROR - ");
    contains(ran.out, "EOF reached after 6 txns.\n");
}

static void recovery_repairs_without_asking_when_told(void)
{
    const char *log = flipped_log();
    const char *fixed = apr_pstrcat(zk_test_pool(), log, ".fixed", NULL);
    ran_t ran = run_tool("", "txnlog", "-r", "-y", log, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "CRC FIXED - ");
    contains(ran.out, "has been written with 1 fixed CRC error(s)\n");
    CU_ASSERT_EQUAL(zk_test_size(fixed), 16 + (64 << 20));
    ran = run_tool("", "txnlog", fixed, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    CU_ASSERT_PTR_NULL(strstr(ran.out, "CRC"));
    contains(ran.out, "EOF reached after 6 txns.\n");
    ran = run_tool("", "txnlog", "-ry", log, NULL); /* never over an older one */
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "already exists");
}

static void recovery_asks(void)
{
    const char *log = flipped_log();
    const char *fixed = apr_pstrcat(zk_test_pool(), log, ".fixed", NULL);
    ran_t ran = run_tool("maybe\nabort\n", "txnlog", "--recover", log, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Would you like to fix it (Yes/No/Abort) ? Would");
    contains(ran.err, "Recovery aborted.");
    CU_ASSERT_FALSE(zk_test_exists(fixed));
    ran = run_tool("no\n", "txnlog", "--recover", log, NULL);
    contains(ran.out, "with 0 fixed CRC error(s)\n");
    contains(run_tool("", "txnlog", fixed, NULL).out, "CRC ERROR - ");
}

static void recovery_of_a_torn_log_leaves_out_the_torn_record(void)
{
    const char *log = flipped_log();
    const char *fixed = apr_pstrcat(zk_test_pool(), log, ".fixed", NULL);
    ran_t ran;

    cut(log, 600);
    ran = run_tool("", "txnlog", log, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "Last transaction was partial.\n");
    ran = run_tool("", "txnlog", "-r", "-y", log, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    ran = run_tool("", "txnlog", fixed, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "EOF reached after 5 txns.\n");
}

static void an_impossible_length_ends_recovery_and_leaves_nothing(void)
{
    const char *log = small_log();
    ran_t ran;

    flip(log, 0x51 + 4, 0x80); /* the second record's length */
    ran = run_tool("", "txnlog", "-r", "-y", log, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "Unreasonable length");
    CU_ASSERT_FALSE(zk_test_exists(apr_pstrcat(zk_test_pool(), log, ".fixed", NULL)));
}

static void a_chop_keeps_what_is_up_to_the_zxid(void)
{
    const char *log = small_log();
    ran_t ran = run_tool("", "txnlog", "-c", "-z", "0x3", log, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Chopping at 3 new log has 3 records\n");
    ran = run_tool("", "txnlog", apr_pstrcat(zk_test_pool(), log, ".chopped3", NULL), NULL);
    contains(ran.out, "EOF reached after 3 txns.\n");
    CU_ASSERT_EQUAL(run_tool("", "txnlog", log, "--chop", "--zxid", "04", NULL).code, ZK_TOOL_OK);
    CU_ASSERT_TRUE(zk_test_exists(apr_pstrcat(zk_test_pool(), log, ".chopped4", NULL)));
}

static void a_chop_works_right_before_damage(void)
{
    const char *log = flipped_log();
    ran_t ran = run_tool("", "txnlog", "-c", "-z", "0x59", log, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_OK);
    contains(ran.out, "Chopping at 59 new log has 3 records\n");
}

static void a_chop_that_fails_leaves_nothing(void)
{
    static const char *const zxids[] = {"0x7", "5", "0", "0x5b"};
    const char *logs[] = {small_log(), small_log(), small_log(), flipped_log()};
    size_t i;

    for (i = 0; i < 4; i++) {
        ran_t ran = run_tool("", "txnlog", "-c", "-z", zxids[i], logs[i], NULL);

        CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
        contains(ran.out, "Got exception: Failed to chop log.");
    }
    CU_ASSERT_FALSE(zk_test_exists(apr_pstrcat(zk_test_pool(), logs[0], ".chopped7", NULL)));
    CU_ASSERT_FALSE(zk_test_exists(apr_pstrcat(zk_test_pool(), logs[0], ".chopped5", NULL)));
    CU_ASSERT_FALSE(zk_test_exists(apr_pstrcat(zk_test_pool(), logs[0], ".chopped0", NULL)));
    CU_ASSERT_FALSE(zk_test_exists(apr_pstrcat(zk_test_pool(), logs[3], ".chopped91", NULL)));
    CU_ASSERT_EQUAL(run_tool("", "txnlog", "-c", "-z", "x", logs[0], NULL).code, ZK_TOOL_INVALID);
}

static void words_and_files_that_do_not_fit_are_refused(void)
{
    const char *log = small_log();
    ran_t ran = run_tool("", "txnlog", "-q", log, NULL);

    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "Unrecognized option: -q\n");
    CU_ASSERT_EQUAL(run_tool("", "txnlog", NULL).code, ZK_TOOL_FAILED);
    CU_ASSERT_EQUAL(run_tool("", "txnlog", "-h", NULL).code, ZK_TOOL_OK);
    ran = run_tool("", "txnlog", zk_test_path("nosuch"), NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_FAILED);
    contains(ran.err, "File doesn't exist or not readable: ");
    flip(log, 1, 1);
    ran = run_tool("", "txnlog", log, NULL);
    CU_ASSERT_EQUAL(ran.code, ZK_TOOL_INVALID);
    contains(ran.err, "Invalid magic number for log.1\n");
}

static const zk_test_t tests[] = {
    {"every record is one line in upstream's form", every_record_is_one_line_in_upstreams_form},
    {"each type has its form", each_type_has_its_form},
    {"a bad checksum is shown and reading goes on", a_bad_checksum_is_shown_and_reading_goes_on},
    {"recovery repairs without asking when told", recovery_repairs_without_asking_when_told},
    {"recovery asks", recovery_asks},
    {"recovery of a torn log leaves out the torn record",
     recovery_of_a_torn_log_leaves_out_the_torn_record},
    {"an impossible length ends recovery and leaves nothing",
     an_impossible_length_ends_recovery_and_leaves_nothing},
    {"a chop keeps what is up to the zxid", a_chop_keeps_what_is_up_to_the_zxid},
    {"a chop works right before damage", a_chop_works_right_before_damage},
    {"a chop that fails leaves nothing", a_chop_that_fails_leaves_nothing},
    {"words and files that do not fit are refused", words_and_files_that_do_not_fit_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_txnlog, "tool/txnlog", tests, NULL, NULL);
