/* test_keys.c -- the rules of the table of keys: names that resemble one, and the range and kind of
 * a value. */
#include "config_fixture.h"

static void a_mistyped_key_is_answered_with_the_right_one(void)
{
    config_accepted("Autopurge.purgeInterval=5\n4lw.command.whitelist=*\nzookeeper.snapCount=5\n"
                    "tickTme=1\ninitLimti=5");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "did you mean 'autopurge.purgeInterval'?"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "did you mean '4lw.commands.whitelist'?"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "did you mean 'snapCount'?"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "did you mean 'tickTime'?"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "did you mean 'initLimit'?"), 1);
    CU_ASSERT_EQUAL(config_warnings(), 5);
    CU_ASSERT_EQUAL(config->purge_interval_hours, 1);
    CU_ASSERT_EQUAL(config->snap_count, 100000);
    CU_ASSERT_EQUAL(config->tick_ms, 3000);
}

static void a_port_is_at_most_65535(void)
{
    config_refused("clientPort=99999", "line 3, key 'clientPort'", "port out of range:99999");
    config_refused("clientPort=-1", "key 'clientPort'", "(0 to 65535 is allowed)");
    config_refused("admin.serverPort=70000", "line 3, key 'admin.serverPort'",
                   "port out of range:70000");
    config_accepted("clientPort=0\nadmin.serverPort=0");
    CU_ASSERT_EQUAL(config->client_port, 0);
}

static void a_lenient_number_out_of_range_is_moved_into_it_with_a_warning(void)
{
    config_accepted("snapCount=1\nmaxCnxns=-5\ncommitLogCount=7");
    CU_ASSERT_EQUAL(config->snap_count, 2);
    CU_ASSERT_EQUAL(config->connections_max, 0);
    CU_ASSERT_EQUAL(config->commit_log_count, 500);
    CU_ASSERT_EQUAL(
        config_said(ZK_LOG_WARN, "SnapCount should be 2 or more. Now, snapCount is reset to 2"), 1);
    CU_ASSERT_EQUAL(config_warnings(), 3);
}

static void there_are_four_rules_for_truth(void)
{
    config_accepted("standaloneEnabled=TRUE\nreconfigEnabled=False");
    CU_ASSERT_TRUE(config->standalone_enabled);
    CU_ASSERT_FALSE(config->reconfig_enabled);
    config_refused("quorumListenOnAllIPs=yes", "line 3, key 'quorumListenOnAllIPs'",
                   "Invalid option yes for quorumListenOnAllIPs. Choose 'true' or 'false.'");

    config_accepted("digest.enabled=yes\nenforceQuota=TrUe");
    CU_ASSERT_FALSE(config->digest_enabled);
    CU_ASSERT_TRUE(config->enforce_quota);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "digest.enabled=yes is neither true nor false"), 1);

    config_accepted("forceSync=No\nskipACL=YES\nleaderServes=false");
    CU_ASSERT_TRUE(config->force_sync);
    CU_ASSERT_FALSE(config->skip_acl);
    CU_ASSERT_TRUE(config->leader_serves);
    config_accepted("forceSync=no\nskipACL=yes\nleaderServes=no");
    CU_ASSERT_FALSE(config->force_sync);
    CU_ASSERT_TRUE(config->skip_acl);
    CU_ASSERT_FALSE(config->leader_serves);

    config_accepted("admin.enableServer=False");
    CU_ASSERT_TRUE(config->admin_enabled);
    config_accepted("admin.enableServer=false");
    CU_ASSERT_FALSE(config->admin_enabled);
}

static void fractions_are_strict_or_lenient_by_key(void)
{
    config_accepted("snapshotSizeFactor=0.5\nconnection_throttle_drop_increase=1e-3");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(config->connection_drop_increase, 0.001, 1e-9);
    config_accepted("snapshotSizeFactor=half");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.33, 1e-9);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_ERROR, "half is not a valid value"), 1);
    config_accepted("snapshotSizeFactor=1.5");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.33, 1e-9);
    CU_ASSERT_EQUAL(config_warnings(), 1);
    config_accepted("snapshotSizeFactor=-1");
    CU_ASSERT_TRUE(config->snapshot_size_factor < 0);
    config_refused("connection_throttle_drop_increase=lots", "line 3",
                   "For input string: \"lots\" (a decimal fraction is expected)");
}

static const zk_test_t tests[] = {
    {"a mistyped key is answered with the right one",
     a_mistyped_key_is_answered_with_the_right_one},
    {"a port is at most 65535", a_port_is_at_most_65535},
    {"a lenient number out of range is moved into it, with a warning",
     a_lenient_number_out_of_range_is_moved_into_it_with_a_warning},
    {"there are four rules for truth", there_are_four_rules_for_truth},
    {"fractions are strict or lenient by key", fractions_are_strict_or_lenient_by_key},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_keys, "config/keys", tests, config_setup, NULL);
