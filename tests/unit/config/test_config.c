/* test_config.c -- keys, value rules, properties, paths and cross-checks of zoo.cfg, and what conf
 * prints. */
#include "config/config.h"

#include <stdio.h>
#include <string.h>
#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/zk_test.h"

#define FILE_NAME "zoo.cfg"
#define BASE "dataDir=/var/lib/zk\nclientPort=2181\n"

static zk_config_t *config;
static zk_note_t note;

static void fresh(void)
{
    config = zk_config_create(zk_test_pool());
    note.text[0] = '\0';
}

/* Load BASE and LINES, which begin in line 3. */
static apr_status_t load(const char *lines)
{
    const char *text = apr_pstrcat(zk_test_pool(), BASE, lines, NULL);

    return zk_config_load_text(config, FILE_NAME, text, strlen(text), &note);
}

static void accepted(const char *lines)
{
    apr_status_t rv;

    fresh();
    rv = load(lines);
    if (rv != APR_SUCCESS)
        printf("\n    <%s> refused: %s\n", lines, note.text);
    CU_ASSERT_EQUAL_FATAL(rv, APR_SUCCESS);
}

/* BASE and LINES are refused, and the note holds WHERE and WHAT. */
static void refused(const char *lines, const char *where, const char *what)
{
    apr_status_t rv;
    bool said;

    fresh();
    rv = load(lines);
    said = strstr(note.text, where) != NULL && strstr(note.text, what) != NULL;
    if (rv != ZK_E_CONFIG || !said)
        printf("\n    <%s> gave: %s\n", lines, note.text);
    CU_ASSERT_EQUAL(rv, ZK_E_CONFIG);
    CU_ASSERT_TRUE(said);
}

/* How many messages of LEVEL contain TEXT. */
static int said(zk_log_level_t level, const char *text)
{
    int count = 0;
    int i;

    for (i = 0; i < config->messages->nelts; i++) {
        const zk_config_message_t *message =
            &APR_ARRAY_IDX(config->messages, i, zk_config_message_t);

        count += message->level == level && strstr(message->text, text) != NULL;
    }
    return count;
}

static int warnings(void)
{
    return said(ZK_LOG_WARN, "");
}

/* ---- defaults ---- */

static void the_smallest_file_gets_every_default(void)
{
    accepted("");
    CU_ASSERT_EQUAL(config->tick_ms, 3000);
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/var/lib/zk");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "/var/lib/zk");
    CU_ASSERT_EQUAL(config->client_port, 2181);
    CU_ASSERT_PTR_NULL(config->client_address);
    CU_ASSERT_EQUAL(config->secure_client_port, -1);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, 60);
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 6000);
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 60000);
    CU_ASSERT_EQUAL(config->snap_count, 100000);
    CU_ASSERT_EQUAL(config->frame_bytes_max, 0xfffff);
    CU_ASSERT_EQUAL(config->record_extra_bytes, 0xfffff);
    CU_ASSERT_EQUAL(config->io_threads, -1);
    CU_ASSERT_TRUE(config->force_sync);
    CU_ASSERT_TRUE(config->digest_enabled);
    CU_ASSERT_FALSE(config->skip_acl);
    CU_ASSERT_FALSE(config->distributed);
    CU_ASSERT_EQUAL(config->members.count, 0);
    CU_ASSERT_EQUAL(warnings(), 0);
}

static void defaults_are_safe_where_upstream_s_are_not(void)
{
    accepted("");
    CU_ASSERT_EQUAL(config->purge_interval_hours, 1);
    CU_ASSERT_EQUAL(config->snap_retain_count, 3);
    CU_ASSERT_STRING_EQUAL(config->admin_address, "127.0.0.1");
    CU_ASSERT_TRUE(config->extended_types_enabled);
    CU_ASSERT_TRUE(zk_config_allows_word(config, "ruok"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "srvr"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "isro"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "mntr"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "wchc"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "wchp"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "dump"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "cons"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "srst"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "crst"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "stmk"));
}

static void the_default_configuration_needs_no_file(void)
{
    fresh();
    CU_ASSERT_EQUAL(zk_config_default(config, "/var/lib/paddock", &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->client_port, 2181);
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/var/lib/paddock");
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 60000);
    CU_ASSERT_EQUAL(warnings(), 0);
}

/* ---- rules of values ---- */

static void a_whole_number_is_decimal_and_in_range(void)
{
    accepted("tickTime=+2000\nmaxClientCnxns=-1");
    CU_ASSERT_EQUAL(config->tick_ms, 2000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, -1);
    refused("tickTime=abc", "'zoo.cfg', line 3, key 'tickTime'", "For input string: \"abc\"");
    refused("tickTime=0x10", "line 3", "For input string: \"0x10\"");
    refused("tickTime=", "line 3", "For input string: \"\"");
    refused("tickTime=2147483648", "line 3", "For input string: \"2147483648\"");
    refused("tickTime=2000 # ms", "line 3", "For input string: \"2000 # ms\"");
    refused("tickTime=-5", "key 'tickTime'", "(1 to 2147483647 is allowed)");
    refused("tickTime=0", "key 'tickTime'", "tickTime is not set");
    refused("\n\nioThreads=65", "line 5, key 'ioThreads'", "(-1 to 64 is allowed)");
}

static void a_port_is_at_most_65535(void)
{
    refused("clientPort=99999", "line 3, key 'clientPort'", "port out of range:99999");
    refused("clientPort=-1", "key 'clientPort'", "(0 to 65535 is allowed)");
    refused("admin.serverPort=70000", "line 3, key 'admin.serverPort'", "port out of range:70000");
    accepted("clientPort=0\nadmin.serverPort=0");
    CU_ASSERT_EQUAL(config->client_port, 0);
}

static void lenient_numbers_decode_hexadecimal_and_octal(void)
{
    accepted("snapCount=0x1F4\nglobalOutstandingLimit=#ff\nmaxCnxns=017\nmaxBatchSize=0");
    CU_ASSERT_EQUAL(config->snap_count, 500);
    CU_ASSERT_EQUAL(config->outstanding_max, 255);
    CU_ASSERT_EQUAL(config->connections_max, 15);
    CU_ASSERT_EQUAL(config->sync_batch_max, 0);
    CU_ASSERT_EQUAL(warnings(), 0);
}

static void a_lenient_number_that_does_not_parse_is_the_default_with_a_warning(void)
{
    accepted("snapCount=many\nglobalOutstandingLimit=08\nmaxResponseCacheSize=3000000000");
    CU_ASSERT_EQUAL(config->snap_count, 100000);
    CU_ASSERT_EQUAL(config->outstanding_max, 1000);
    CU_ASSERT_EQUAL(config->response_cache_entries, 400);
    CU_ASSERT_EQUAL(warnings(), 3);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "many is not a valid value for snapCount"), 1);
}

static void a_lenient_number_out_of_range_is_moved_into_it_with_a_warning(void)
{
    accepted("snapCount=1\nmaxCnxns=-5\ncommitLogCount=7");
    CU_ASSERT_EQUAL(config->snap_count, 2);
    CU_ASSERT_EQUAL(config->connections_max, 0);
    CU_ASSERT_EQUAL(config->commit_log_count, 500);
    CU_ASSERT_EQUAL(
        said(ZK_LOG_WARN, "SnapCount should be 2 or more. Now, snapCount is reset to 2"), 1);
    CU_ASSERT_EQUAL(warnings(), 3);
}

static void there_are_four_rules_for_truth(void)
{
    accepted("standaloneEnabled=TRUE\nreconfigEnabled=False");
    CU_ASSERT_TRUE(config->standalone_enabled);
    CU_ASSERT_FALSE(config->reconfig_enabled);
    refused("quorumListenOnAllIPs=yes", "line 3, key 'quorumListenOnAllIPs'",
            "Invalid option yes for quorumListenOnAllIPs. Choose 'true' or 'false.'");

    accepted("digest.enabled=yes\nenforceQuota=TrUe");
    CU_ASSERT_FALSE(config->digest_enabled);
    CU_ASSERT_TRUE(config->enforce_quota);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "digest.enabled=yes is neither true nor false"), 1);

    accepted("forceSync=No\nskipACL=YES\nleaderServes=false");
    CU_ASSERT_TRUE(config->force_sync);
    CU_ASSERT_FALSE(config->skip_acl);
    CU_ASSERT_TRUE(config->leader_serves);
    accepted("forceSync=no\nskipACL=yes\nleaderServes=no");
    CU_ASSERT_FALSE(config->force_sync);
    CU_ASSERT_TRUE(config->skip_acl);
    CU_ASSERT_FALSE(config->leader_serves);

    accepted("admin.enableServer=False");
    CU_ASSERT_TRUE(config->admin_enabled);
    accepted("admin.enableServer=false");
    CU_ASSERT_FALSE(config->admin_enabled);
}

static void fractions_are_strict_or_lenient_by_key(void)
{
    accepted("snapshotSizeFactor=0.5\nconnection_throttle_drop_increase=1e-3");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(config->connection_drop_increase, 0.001, 1e-9);
    accepted("snapshotSizeFactor=half");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.33, 1e-9);
    CU_ASSERT_EQUAL(said(ZK_LOG_ERROR, "half is not a valid value"), 1);
    accepted("snapshotSizeFactor=1.5");
    CU_ASSERT_DOUBLE_EQUAL(config->snapshot_size_factor, 0.33, 1e-9);
    CU_ASSERT_EQUAL(warnings(), 1);
    accepted("snapshotSizeFactor=-1");
    CU_ASSERT_TRUE(config->snapshot_size_factor < 0);
    refused("connection_throttle_drop_increase=lots", "line 3",
            "For input string: \"lots\" (a decimal fraction is expected)");
}

/* ---- which keys ---- */

static void the_last_of_equal_keys_counts_and_is_told(void)
{
    accepted("clientPort=2182\ntickTime=1\ntickTime=2\ntickTime=3");
    CU_ASSERT_EQUAL(config->client_port, 2182);
    CU_ASSERT_EQUAL(config->tick_ms, 3);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "'clientPort' in line 2 has no effect, line 3 sets it"), 1);
    CU_ASSERT_EQUAL(warnings(), 3);
}

static void unknown_keys_pass_with_one_warning_each_and_become_properties(void)
{
    accepted("acme.colour=blue\n//note=x\nsecret.token=hunter2");
    CU_ASSERT_EQUAL(warnings(), 3);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "unknown key 'acme.colour' in line 3"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "hunter2"), 0);
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.acme.colour"), "blue");
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.//note"), "x");
}

static void a_mistyped_key_is_answered_with_the_right_one(void)
{
    accepted("Autopurge.purgeInterval=5\n4lw.command.whitelist=*\nzookeeper.snapCount=5\n"
             "tickTme=1\ninitLimti=5");
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "did you mean 'autopurge.purgeInterval'?"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "did you mean '4lw.commands.whitelist'?"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "did you mean 'snapCount'?"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "did you mean 'tickTime'?"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "did you mean 'initLimit'?"), 1);
    CU_ASSERT_EQUAL(warnings(), 5);
    CU_ASSERT_EQUAL(config->purge_interval_hours, 1);
    CU_ASSERT_EQUAL(config->snap_count, 100000);
    CU_ASSERT_EQUAL(config->tick_ms, 3000);
}

static void documented_names_without_effect_are_told_with_the_effective_one(void)
{
    accepted("requestThrottleLimit=5\nconnectionMaxTokens=7");
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "'request_throttle_max_requests' has"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "'connection_throttle_tokens' has"), 1);
    CU_ASSERT_EQUAL(config->throttle_requests_max, 0);
    CU_ASSERT_EQUAL(config->connection_tokens, 0);
}

static void keys_that_only_a_define_sets_are_told_in_the_file(void)
{
    accepted("jute.maxbuffer=4194304\nreadonlymode.enabled=true");
    CU_ASSERT_EQUAL(config->frame_bytes_max, 0xfffff);
    CU_ASSERT_FALSE(config->read_only_mode);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "-Djute.maxbuffer="), 1);
    CU_ASSERT_EQUAL(warnings(), 2);
}

static void keys_for_java_alone_are_accepted_with_one_line(void)
{
    accepted("serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
             "watchManagerName=org.apache.zookeeper.server.watch.WatchManagerOptimized\n"
             "ssl.keyStore.password=x\nauthProvider.1=org.example.Y");
    CU_ASSERT_EQUAL(warnings(), 0);
    CU_ASSERT_EQUAL(said(ZK_LOG_INFO, "'serverCnxnFactory' in line 3 is accepted"), 1);
}

/* ---- properties ---- */

static void defines_count_and_the_file_overrides_them(void)
{
    fresh();
    zk_config_define_flags(config, "-Xmx1g -Dzookeeper.snapCount=10 -Djute.maxbuffer=0x400000\t"
                                   "-Dzookeeper.maxCnxns=5 -Dflag");
    CU_ASSERT_EQUAL(load("snapCount=20"), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->snap_count, 20);
    CU_ASSERT_EQUAL(config->connections_max, 5);
    CU_ASSERT_EQUAL(config->frame_bytes_max, 0x400000);
    CU_ASSERT_EQUAL(config->record_extra_bytes, 0x400000);
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.snapCount"), "20");
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "flag"), "");
    CU_ASSERT_PTR_NULL(zk_config_property(config, "snapCount"));
    CU_ASSERT_EQUAL(said(ZK_LOG_INFO, "Options for a JVM have no effect: -Xmx1g"), 1);
    CU_ASSERT_EQUAL(config->properties->nelts, 4);
}

static void a_define_is_an_argument_of_its_own_form(void)
{
    fresh();
    CU_ASSERT_TRUE(zk_config_define_argument(config, "-Da.b=c=d"));
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "a.b"), "c=d");
    CU_ASSERT_FALSE(zk_config_define_argument(config, "-D"));
    CU_ASSERT_FALSE(zk_config_define_argument(config, "-D=x"));
    CU_ASSERT_FALSE(zk_config_define_argument(config, "zoo.cfg"));
}

static void a_bad_define_is_refused_by_name(void)
{
    fresh();
    zk_config_define(config, "zookeeper.cnxTimeout", "soon");
    CU_ASSERT_EQUAL(load(""), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "-Dzookeeper.cnxTimeout: For input string: \"soon\""));
    refused("cnxTimeout=soon", "line 3, key 'cnxTimeout'", "For input string: \"soon\"");
}

static void both_spellings_of_the_fsync_threshold_are_read(void)
{
    fresh();
    zk_config_define(config, "fsync.warningthresholdms", "20");
    CU_ASSERT_EQUAL(load(""), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->fsync_warning_ms, 20);
    fresh();
    zk_config_define(config, "fsync.warningthresholdms", "20");
    CU_ASSERT_EQUAL(load("fsync.warningthresholdms=30"), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->fsync_warning_ms, 30);
}

static void the_environment_seeds_properties(void)
{
    apr_pool_t *pool = zk_test_pool();

    fresh();
    apr_env_set("SERVER_JVMFLAGS", "-Dzookeeper.maxCnxns=1 -Dzookeeper.snapCount=7", pool);
    apr_env_set("JVMFLAGS", "-Dzookeeper.maxCnxns=2", pool);
    apr_env_set("ZOO_DATADIR_AUTOCREATE_DISABLE", "1", pool);
    zk_config_define_environment(config);
    apr_env_delete("SERVER_JVMFLAGS", pool);
    apr_env_delete("JVMFLAGS", pool);
    apr_env_delete("ZOO_DATADIR_AUTOCREATE_DISABLE", pool);
    CU_ASSERT_EQUAL(load(""), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->connections_max, 2);
    CU_ASSERT_EQUAL(config->snap_count, 7);
    CU_ASSERT_FALSE(config->data_dir_autocreate);
}

/* ---- paths ---- */

static void a_windows_path_in_single_backslashes_is_refused_with_the_right_spelling(void)
{
    refused("dataDir=E:\\zk\\data", "'zoo.cfg', line 3, key 'dataDir'",
            "write 'E:\\\\zk\\\\data' or 'E:/zk/data'");
    refused("dataDir=E:\\data", "key 'dataDir'", "write 'E:\\\\data' or 'E:/data'");
    refused("dataDir=C:\\temp\\new", "key 'dataDir'", "write 'C:\\\\temp\\\\new' or 'C:/temp/new'");
    refused("dataLogDir=\\\\srv\\share", "key 'dataLogDir'",
            "write '\\\\\\\\srv\\\\share' or '//srv/share'");
    refused("pidFile=\\run\\zk.pid", "key 'pidFile'", "write '\\\\run\\\\zk.pid' or '/run/zk.pid'");
    refused("ssl.keyStore.location=C:\\keys\\a.pem", "key 'ssl.keyStore.location'",
            "write 'C:\\\\keys\\\\a.pem'");
    refused("dataDir=E:\\zk\\\\data", "key 'dataDir'", "write 'E:\\\\zk\\\\data' or 'E:/zk/data'");
    refused("dataDir=C:\\zk\\\nclientPort=2181", "key 'dataDir'",
            "(a backslash at the end of a line joins it with the next one)");
    refused("dataDir=C:\\users", "'zoo.cfg': line 3", "Malformed \\uxxxx encoding.");
}

static void a_well_spelled_path_is_taken_as_it_is(void)
{
    accepted("dataDir=E:\\\\zk\\\\data\ndataLogDir=E:/zk/log");
    CU_ASSERT_STRING_EQUAL(config->data_dir, "E:\\zk\\data");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "E:/zk/log");
    accepted("dataDir=/srv/with\\ blank");
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/srv/with blank");
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "is written '/srv/with\\ blank' and read as"), 1);
}

static void letters_beyond_ascii_are_told_how_they_are_read(void)
{
    accepted("dataLogDir=/srv/zo\xc3\xab");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "/srv/zo\xc3\x83\xc2\xab");
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "line 3 has letters beyond ASCII, and is read as '/srv/zo"),
                    1);
    accepted("dataLogDir=/srv/zo\\u00eb");
    CU_ASSERT_STRING_EQUAL(config->data_log_dir, "/srv/zo\xc3\xab");
    CU_ASSERT_EQUAL(warnings(), 0);
}

static void a_relative_path_is_told(void)
{
    accepted("dataDir=data");
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "data is relative. Prepend ./ to indicate"), 1);
    accepted("dataLogDir=./data");
    CU_ASSERT_EQUAL(warnings(), 0);
    accepted("dataLogDir=x");
    CU_ASSERT_EQUAL(warnings(), 1);
}

static void no_data_directory_is_refused(void)
{
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_text(config, FILE_NAME, "clientPort=1\n", 13, &note),
                    ZK_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(note.text, "'zoo.cfg': dataDir is not set");
    refused("dataDir=", "zoo.cfg", "dataDir is not set");
}

/* ---- checks of several keys ---- */

static void addresses_need_their_ports(void)
{
    fresh();
    CU_ASSERT_EQUAL(
        zk_config_load_text(config, FILE_NAME, "dataDir=/d\nclientPortAddress=h\n", 31, &note),
        ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        note.text, "line 2, key 'clientPortAddress': clientPortAddress is set but clientPort "
                   "is not set"));
    refused("secureClientPortAddress=h", "line 3",
            "secureClientPortAddress is set but secureClientPort is not set");
    refused("secureClientPort=2181", "key 'secureClientPort'", "are both 2181");
    accepted("clientPortAddress=127.0.0.1");
    CU_ASSERT_STRING_EQUAL(config->client_address, "127.0.0.1");
    CU_ASSERT_EQUAL(said(ZK_LOG_INFO, "clientPortAddress is 127.0.0.1:2181"), 1);
    CU_ASSERT_EQUAL(said(ZK_LOG_INFO, "secureClientPort is not set"), 1);
}

static void session_timeouts_follow_the_tick_and_keep_their_order(void)
{
    accepted("tickTime=500");
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 1000);
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 10000);
    accepted("minSessionTimeout=100\nmaxSessionTimeout=200");
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 100);
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 200);
    refused("minSessionTimeout=9000\nmaxSessionTimeout=8000", "line 3, key 'minSessionTimeout'",
            "minSessionTimeout must not be larger than maxSessionTimeout");
    refused("tickTime=2000000000", "key 'tickTime'", "out of range");
}

static void retained_snapshots_are_never_fewer_than_three(void)
{
    accepted("autopurge.snapRetainCount=2\nautopurge.purgeInterval=0");
    CU_ASSERT_EQUAL(config->snap_retain_count, 3);
    CU_ASSERT_EQUAL(config->purge_interval_hours, 0);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "Invalid autopurge.snapRetainCount: 2. Defaulting to 3"), 1);
}

static void words_with_few_values_are_checked(void)
{
    refused("electionAlg=1", "line 3", "Invalid electionAlg value. Only 3 is supported.");
    accepted("electionAlg=3");
    refused("peerType=foo", "line 3", "Unrecognised peertype: foo");
    accepted("peerType=Participant");
    refused("metricsProvider.className=org.example.X", "line 3",
            "metrics provider class was not found");
    accepted("metricsProvider.className=org.apache.zookeeper.metrics.prometheus."
             "PrometheusMetricsProvider\nmetricsProvider.httpPort=7001");
    CU_ASSERT_EQUAL(config->metrics_port, 7001);
    refused("nio.numSelectorThreads=0", "line 3", "numSelectorThreads must be at least 1");
}

static void compression_is_known_by_name(void)
{
    accepted("snapshot.compression.method=GZ");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_GZIP);
    accepted("snapshot.compression.method=snappy");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_SNAPPY);
    accepted("snapshot.compression.method=zip");
    CU_ASSERT_EQUAL(config->compression, ZK_CONFIG_COMPRESS_NONE);
    CU_ASSERT_EQUAL(warnings(), 1);
}

static void sasl_between_servers_is_all_or_nothing(void)
{
    refused("quorum.auth.serverRequireSasl=true", "line 3",
            "quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.serverRequireSasl");
    refused("quorum.auth.learnerRequireSasl=true", "line 3",
            "quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.learnerRequireSasl");
    refused("quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=true", "line 4",
            "quorum.auth.learnerRequireSasl is disabled, so cannot enable "
            "quorum.auth.serverRequireSasl");
}

static void enforced_authentication_names_schemes_that_exist(void)
{
    refused("enforce.auth.enabled=true", "line 3",
            "zookeeper.enforce.auth.enabled is true zookeeper.enforce.auth.schemes must be  "
            "configured.");
    refused("enforce.auth.enabled=true\nenforce.auth.schemes=digest,foo", "line 4",
            "Authentication scheme foo is not available.");
    accepted("enforce.auth.enabled=true\nenforce.auth.schemes=digest, x509");
    CU_ASSERT_TRUE(config->enforce_auth_enabled);
    accepted("sessionRequireClientSASLAuth=true");
    CU_ASSERT_STRING_EQUAL(config->enforce_auth_schemes, "sasl");
}

static void the_list_of_words_is_trimmed_and_may_be_a_star(void)
{
    accepted("4lw.commands.whitelist= stat , ruok");
    CU_ASSERT_TRUE(zk_config_allows_word(config, "stat"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "ruok"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "srvr"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "mntr"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "isro"));
    accepted("4lw.commands.whitelist=*");
    CU_ASSERT_TRUE(zk_config_allows_word(config, "wchc"));
    accepted("4lw.commands.whitelist=");
    CU_ASSERT_FALSE(zk_config_allows_word(config, "ruok"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "srvr"));
}

/* ---- the old command line ---- */

static void two_to_four_arguments_are_a_configuration(void)
{
    static const char *const arguments[] = {"2182", "/data/zk", "1000", "9"};
    static const char *const bad[] = {"port", "/data"};

    fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 2, arguments, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->client_port, 2182);
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/data/zk");
    CU_ASSERT_EQUAL(config->tick_ms, 3000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, 0);
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 4, arguments, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->tick_ms, 1000);
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 2000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, 9);
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 1, arguments, &note), ZK_E_USAGE);
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 2, bad, &note), ZK_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "For input string: \"port\""));
}

/* ---- files ---- */

static const char *write_file(const char *name, const char *text)
{
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/", name, NULL);
    apr_file_t *file;

    CU_ASSERT_EQUAL_FATAL(
        apr_file_open(&file, path,
                      APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, zk_test_pool()),
        APR_SUCCESS);
    apr_file_write_full(file, text, strlen(text), NULL);
    apr_file_close(file);
    return path;
}

/* PATH as it may stand in zoo.cfg on every system. */
static const char *slashed(const char *path)
{
    char *copy = apr_pstrdup(zk_test_pool(), path);
    char *at;

    for (at = copy; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    return copy;
}

static const char *ensemble_file(const char *more)
{
    return write_file("zoo.cfg",
                      apr_pstrcat(zk_test_pool(), "dataDir=", slashed(zk_test_dir()),
                                  "\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n", more, NULL));
}

#define THREE "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n"

static void a_directory_is_not_a_configuration(void)
{
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, zk_test_dir(), &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "is a directory"));
}

static void a_missing_file_is_named(void)
{
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, "/nowhere/zoo.cfg", &note), ZK_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(note.text, "/nowhere/zoo.cfg file is missing");
}

static void a_file_is_read_with_its_myid(void)
{
    const char *path = ensemble_file(THREE);

    write_file("myid", "2\n9\n");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->server_id, 2);
    CU_ASSERT_TRUE(config->distributed);
    CU_ASSERT_STRING_EQUAL(config->file, path);
    CU_ASSERT_EQUAL(said(ZK_LOG_INFO, "Reading configuration from: "), 1);
}

static void an_ensemble_needs_a_myid_that_is_a_number(void)
{
    const char *path = ensemble_file(THREE);

    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "myid file is missing"));
    write_file("myid", "one\n");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "serverid one is not a number"));
    write_file("myid", "\xff\xfe"
                       "1");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "UTF-16"));
    write_file("myid", "3 \r\n"); /* what `echo 3 > myid` writes on Windows */
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->server_id, 3);
    CU_ASSERT_EQUAL(said(ZK_LOG_WARN, "has blanks around the number"), 1);
}

static void the_dynamic_file_holds_the_server_list(void)
{
    const char *dynamic = write_file("zoo.cfg.dynamic.1a", THREE);
    const char *path = ensemble_file(
        apr_pstrcat(zk_test_pool(), "dynamicConfigFile=", slashed(dynamic), "\n", NULL));

    write_file("myid", "1");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->members.count, 3);
    CU_ASSERT_EQUAL(config->members.version, 0x1a);
    CU_ASSERT_TRUE(config->distributed);

    write_file("zoo.cfg.dynamic.1a", THREE "version=1\n");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "dynamic file shouldn't have version inside"));
    write_file("zoo.cfg.dynamic.1a", THREE "tickTime=1\n");
    fresh();
    CU_ASSERT_EQUAL(zk_config_load_file(config, path, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "Unrecognised parameter: tickTime"));
    refused("server.1=a:1:2\ndynamicConfigFile=/d/zoo.cfg.dynamic", "line 3, key 'server.1'",
            "parameter: server.1 must be in a separate dynamic config file");
}

/* ---- conf ---- */

static const char *printed(const zk_config_facts_t *facts)
{
    zk_buffer_t out = ZK_BUFFER_INIT;
    const char *text;

    zk_config_print(config, facts, &out);
    text =
        apr_pstrmemdup(zk_test_pool(), (const char *)zk_buffer_bytes(&out), zk_buffer_size(&out));
    zk_buffer_free(&out);
    return text;
}

/* DIRECTORY/version-2 as the system writes it from its root. */
static const char *version_dir(const char *directory)
{
    char *path = NULL;

    CU_ASSERT_EQUAL_FATAL(
        apr_filepath_merge(&path, NULL, apr_pstrcat(zk_test_pool(), directory, "/version-2", NULL),
                           APR_FILEPATH_NATIVE, zk_test_pool()),
        APR_SUCCESS);
    return path;
}

static void conf_of_a_standalone_server_ends_after_its_id(void)
{
    const zk_config_facts_t facts = {2181, -1, 658, 67108880, 0, false};
    const char *expected =
        apr_pstrcat(zk_test_pool(),
                    "clientPort=2181\nsecureClientPort=-1\ndataDir=", version_dir("/var/lib/zk"),
                    "\ndataDirSize=658\ndataLogDir=", version_dir("/var/lib/zk-log"),
                    "\ndataLogSize=67108880\n"
                    "tickTime=2000\n"
                    "maxClientCnxns=60\n"
                    "minSessionTimeout=4000\n"
                    "maxSessionTimeout=40000\n"
                    "clientPortListenBacklog=-1\n"
                    "serverId=0\n",
                    NULL);

    accepted("dataLogDir=/var/lib/zk-log/\ntickTime=2000\n");
    CU_ASSERT_STRING_EQUAL(printed(&facts), expected);
}

static void conf_of_an_ensemble_member_lists_the_members(void)
{
    zk_config_facts_t facts = {2181, -1, 0, 0, 2, false};
    const char *text;

    fresh();
    config->server_id = 2;
    CU_ASSERT_EQUAL_FATAL(load("initLimit=10\nsyncLimit=5\n"
                               "server.4=zk4:2888:3888:observer\n"
                               "server.2=zk2:2888:3888\nserver.1=zk1:2888:3888\n"),
                          APR_SUCCESS);
    text = strstr(printed(&facts), "serverId=");
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, "serverId=2\n"
                                 "initLimit=10\n"
                                 "syncLimit=5\n"
                                 "electionAlg=3\n"
                                 "electionPort=3888\n"
                                 "quorumPort=2888\n"
                                 "peerType=0\n"
                                 "membership: \n"
                                 "server.1=zk1:2888:3888:participant\n"
                                 "server.2=zk2:2888:3888:participant\n"
                                 "server.4=zk4:2888:3888:observer\n"
                                 "version=0");
    facts.read_only = true;
    CU_ASSERT_PTR_NULL(strstr(printed(&facts), "membership"));
}

static const zk_test_t tests[] = {
    {"the smallest file gets every default", the_smallest_file_gets_every_default},
    {"defaults are safe where upstream's are not", defaults_are_safe_where_upstream_s_are_not},
    {"the default configuration needs no file", the_default_configuration_needs_no_file},
    {"a whole number is decimal and in range", a_whole_number_is_decimal_and_in_range},
    {"a port is at most 65535", a_port_is_at_most_65535},
    {"lenient numbers decode hexadecimal and octal", lenient_numbers_decode_hexadecimal_and_octal},
    {"a lenient number that does not parse is the default, with a warning",
     a_lenient_number_that_does_not_parse_is_the_default_with_a_warning},
    {"a lenient number out of range is moved into it, with a warning",
     a_lenient_number_out_of_range_is_moved_into_it_with_a_warning},
    {"there are four rules for truth", there_are_four_rules_for_truth},
    {"fractions are strict or lenient by key", fractions_are_strict_or_lenient_by_key},
    {"the last of equal keys counts and is told", the_last_of_equal_keys_counts_and_is_told},
    {"unknown keys pass with one warning each and become properties",
     unknown_keys_pass_with_one_warning_each_and_become_properties},
    {"a mistyped key is answered with the right one",
     a_mistyped_key_is_answered_with_the_right_one},
    {"documented names without effect are told with the effective one",
     documented_names_without_effect_are_told_with_the_effective_one},
    {"keys that only a define sets are told in the file",
     keys_that_only_a_define_sets_are_told_in_the_file},
    {"keys for Java alone are accepted with one line",
     keys_for_java_alone_are_accepted_with_one_line},
    {"defines count and the file overrides them", defines_count_and_the_file_overrides_them},
    {"a define is an argument of its own form", a_define_is_an_argument_of_its_own_form},
    {"a bad define is refused by name", a_bad_define_is_refused_by_name},
    {"both spellings of the fsync threshold are read",
     both_spellings_of_the_fsync_threshold_are_read},
    {"the environment seeds properties", the_environment_seeds_properties},
    {"a Windows path in single backslashes is refused with the right spelling",
     a_windows_path_in_single_backslashes_is_refused_with_the_right_spelling},
    {"a well spelled path is taken as it is", a_well_spelled_path_is_taken_as_it_is},
    {"letters beyond ASCII are told how they are read",
     letters_beyond_ascii_are_told_how_they_are_read},
    {"a relative path is told", a_relative_path_is_told},
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
    {"the list of words is trimmed and may be a star",
     the_list_of_words_is_trimmed_and_may_be_a_star},
    {"two to four arguments are a configuration", two_to_four_arguments_are_a_configuration},
    {"a directory is not a configuration", a_directory_is_not_a_configuration},
    {"a missing file is named", a_missing_file_is_named},
    {"a file is read with its myid", a_file_is_read_with_its_myid},
    {"an ensemble needs a myid that is a number", an_ensemble_needs_a_myid_that_is_a_number},
    {"the dynamic file holds the server list", the_dynamic_file_holds_the_server_list},
    {"conf of a standalone server ends after its id",
     conf_of_a_standalone_server_ends_after_its_id},
    {"conf of an ensemble member lists the members", conf_of_an_ensemble_member_lists_the_members},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_config, "config/config", tests, NULL, NULL);
