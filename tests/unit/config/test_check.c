/* test_check.c -- what several keys must be together, and words with few values. */
#include "config_fixture.h"

#include <string.h>

static void no_data_directory_is_refused(void)
{
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_text(config, "zoo.cfg", "clientPort=1\n", 13, &note),
                    ZK_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(note.text, "'zoo.cfg': dataDir is not set");
    config_refused("dataDir=", "zoo.cfg", "dataDir is not set");
}

static void addresses_need_their_ports(void)
{
    config_fresh();
    CU_ASSERT_EQUAL(
        zk_config_load_text(config, "zoo.cfg", "dataDir=/d\nclientPortAddress=h\n", 31, &note),
        ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        note.text, "line 2, key 'clientPortAddress': clientPortAddress is set but clientPort "
                   "is not set"));
    config_refused("secureClientPortAddress=h", "line 3",
                   "secureClientPortAddress is set but secureClientPort is not set");
    config_refused("secureClientPort=2181", "key 'secureClientPort'", "are both 2181");
    config_accepted("clientPortAddress=127.0.0.1");
    CU_ASSERT_STRING_EQUAL(config->client_address, "127.0.0.1");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_INFO, "clientPortAddress is 127.0.0.1:2181"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_INFO, "secureClientPort is not set"), 1);
}

static void session_timeouts_follow_the_tick_and_keep_their_order(void)
{
    config_accepted("tickTime=500");
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 1000);
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 10000);
    config_accepted("minSessionTimeout=100\nmaxSessionTimeout=200");
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 100);
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 200);
    config_refused("minSessionTimeout=9000\nmaxSessionTimeout=8000",
                   "line 3, key 'minSessionTimeout'",
                   "minSessionTimeout must not be larger than maxSessionTimeout");
    config_refused("tickTime=2000000000", "key 'tickTime'", "out of range");
}

static void retained_snapshots_are_never_fewer_than_three(void)
{
    config_accepted("autopurge.snapRetainCount=2\nautopurge.purgeInterval=0");
    CU_ASSERT_EQUAL(config->snap_retain_count, 3);
    CU_ASSERT_EQUAL(config->purge_interval_hours, 0);
    CU_ASSERT_EQUAL(
        config_said(ZK_LOG_WARN, "Invalid autopurge.snapRetainCount: 2. Defaulting to 3"), 1);
}

static void words_with_few_values_are_checked(void)
{
    config_refused("electionAlg=1", "line 3", "Invalid electionAlg value. Only 3 is supported.");
    config_accepted("electionAlg=3");
    config_refused("peerType=foo", "line 3", "Unrecognised peertype: foo");
    config_accepted("peerType=Participant");
    config_refused("metricsProvider.className=org.example.X", "line 3",
                   "metrics provider class was not found");
    config_accepted("metricsProvider.className=org.apache.zookeeper.metrics.prometheus."
                    "PrometheusMetricsProvider\nmetricsProvider.httpPort=7001");
    CU_ASSERT_EQUAL(config->metrics_port, 7001);
    config_refused("nio.numSelectorThreads=0", "line 3", "numSelectorThreads must be at least 1");
}

static void compression_is_known_by_name(void)
{
    config_accepted("snapshot.compression.method=GZ");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_GZIP);
    config_accepted("snapshot.compression.method=snappy");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_SNAPPY);
    config_accepted("snapshot.compression.method=zip");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_NONE);
    CU_ASSERT_EQUAL(config_warnings(), 1);
}

static void sasl_between_servers_is_all_or_nothing(void)
{
    config_refused(
        "quorum.auth.serverRequireSasl=true", "line 3",
        "quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.serverRequireSasl");
    config_refused(
        "quorum.auth.learnerRequireSasl=true", "line 3",
        "quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.learnerRequireSasl");
    config_refused("quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=true", "line 4",
                   "quorum.auth.learnerRequireSasl is disabled, so cannot enable "
                   "quorum.auth.serverRequireSasl");
}

static void enforced_authentication_names_schemes_that_exist(void)
{
    config_refused("enforce.auth.enabled=true", "line 3",
                   "zookeeper.enforce.auth.enabled is true zookeeper.enforce.auth.schemes must be  "
                   "configured.");
    config_refused("enforce.auth.enabled=true\nenforce.auth.schemes=digest,foo", "line 4",
                   "Authentication scheme foo is not available.");
    config_accepted("enforce.auth.enabled=true\nenforce.auth.schemes=digest, x509");
    CU_ASSERT_TRUE(config->enforce_auth_enabled);
    config_accepted("sessionRequireClientSASLAuth=true");
    CU_ASSERT_STRING_EQUAL(config->enforce_auth_schemes, "sasl");
}

static const zk_test_t tests[] = {
    {"no data directory is refused", no_data_directory_is_refused},
    {"addresses need their ports", addresses_need_their_ports},
    {"session timeouts follow the tick and keep their order",
     session_timeouts_follow_the_tick_and_keep_their_order},
    {"retained snapshots are never fewer than three",
     retained_snapshots_are_never_fewer_than_three},
    {"words with few values are checked", words_with_few_values_are_checked},
    {"compression is known by name", compression_is_known_by_name},
    {"SASL between servers is all or nothing", sasl_between_servers_is_all_or_nothing},
    {"enforced authentication names schemes that exist",
     enforced_authentication_names_schemes_that_exist},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_check, "config/check", tests, config_setup, NULL);
