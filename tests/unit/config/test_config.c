/* test_config.c -- from text to fields: defaults, which keys count, properties, and the old command
 * line. */
#include "config_fixture.h"

#include <string.h>
#include <apr_env.h>

static void the_smallest_file_gets_every_default(void)
{
    config_accepted("");
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
    CU_ASSERT_EQUAL(config_warnings(), 0);
}

static void defaults_are_safe_where_upstream_s_are_not(void)
{
    config_accepted("");
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
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_default(config, "/var/lib/paddock", &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->client_port, 2181);
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/var/lib/paddock");
    CU_ASSERT_EQUAL(config->session_timeout_max_ms, 60000);
    CU_ASSERT_EQUAL(config_warnings(), 0);
}

/* ---- keys of the file ---- */

static void the_last_of_equal_keys_counts_and_is_told(void)
{
    config_accepted("clientPort=2182\ntickTime=1\ntickTime=2\ntickTime=3");
    CU_ASSERT_EQUAL(config->client_port, 2182);
    CU_ASSERT_EQUAL(config->tick_ms, 3);
    CU_ASSERT_EQUAL(
        config_said(ZK_LOG_WARN, "'clientPort' in line 2 has no effect, line 3 sets it"), 1);
    CU_ASSERT_EQUAL(config_warnings(), 3);
}

static void unknown_keys_pass_with_one_warning_each_and_become_properties(void)
{
    config_accepted("acme.colour=blue\n//note=x\nsecret.token=hunter2");
    CU_ASSERT_EQUAL(config_warnings(), 3);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "unknown key 'acme.colour' in line 3"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "hunter2"), 0);
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.acme.colour"), "blue");
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.//note"), "x");
}

static void documented_names_without_effect_are_told_with_the_effective_one(void)
{
    config_accepted("requestThrottleLimit=5\nconnectionMaxTokens=7");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "'request_throttle_max_requests' has"), 1);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "'connection_throttle_tokens' has"), 1);
    CU_ASSERT_EQUAL(config->throttle_requests_max, 0);
    CU_ASSERT_EQUAL(config->connection_tokens, 0);
}

static void keys_that_only_a_define_sets_are_told_in_the_file(void)
{
    config_accepted("jute.maxbuffer=4194304\nreadonlymode.enabled=true");
    CU_ASSERT_EQUAL(config->frame_bytes_max, 0xfffff);
    CU_ASSERT_FALSE(config->read_only_mode);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "-Djute.maxbuffer="), 1);
    CU_ASSERT_EQUAL(config_warnings(), 2);
}

static void keys_for_java_alone_are_accepted_with_one_line(void)
{
    config_accepted("serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
                    "watchManagerName=org.apache.zookeeper.server.watch.WatchManagerOptimized\n"
                    "ssl.keyStore.password=x\nauthProvider.1=org.example.Y");
    CU_ASSERT_EQUAL(config_warnings(), 0);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_INFO, "'serverCnxnFactory' in line 3 is accepted"), 1);
}

/* ---- properties ---- */

static void defines_count_and_the_file_overrides_them(void)
{
    config_fresh();
    zk_config_define_flags(config, "-Xmx1g -Dzookeeper.snapCount=10 -Djute.maxbuffer=0x400000\t"
                                   "-Dzookeeper.maxCnxns=5 -Dflag");
    CU_ASSERT_EQUAL(config_load("snapCount=20"), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->snap_count, 20);
    CU_ASSERT_EQUAL(config->connections_max, 5);
    CU_ASSERT_EQUAL(config->frame_bytes_max, 0x400000);
    CU_ASSERT_EQUAL(config->record_extra_bytes, 0x400000);
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "zookeeper.snapCount"), "20");
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "flag"), "");
    CU_ASSERT_PTR_NULL(zk_config_property(config, "snapCount"));
    CU_ASSERT_EQUAL(config_said(ZK_LOG_INFO, "Options for a JVM have no effect: -Xmx1g"), 1);
    CU_ASSERT_EQUAL(config->properties->nelts, 4);
}

static void a_define_is_an_argument_of_its_own_form(void)
{
    config_fresh();
    CU_ASSERT_TRUE(zk_config_define_argument(config, "-Da.b=c=d"));
    CU_ASSERT_STRING_EQUAL(zk_config_property(config, "a.b"), "c=d");
    CU_ASSERT_FALSE(zk_config_define_argument(config, "-D"));
    CU_ASSERT_FALSE(zk_config_define_argument(config, "-D=x"));
    CU_ASSERT_FALSE(zk_config_define_argument(config, "zoo.cfg"));
}

static void a_bad_define_is_refused_by_name(void)
{
    config_fresh();
    zk_config_define(config, "zookeeper.cnxTimeout", "soon");
    CU_ASSERT_EQUAL(config_load(""), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "-Dzookeeper.cnxTimeout: For input string: \"soon\""));
    config_refused("cnxTimeout=soon", "line 3, key 'cnxTimeout'", "For input string: \"soon\"");
}

static void both_spellings_of_the_fsync_threshold_are_read(void)
{
    config_fresh();
    zk_config_define(config, "fsync.warningthresholdms", "20");
    CU_ASSERT_EQUAL(config_load(""), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->fsync_warning_ms, 20);
    config_fresh();
    zk_config_define(config, "fsync.warningthresholdms", "20");
    CU_ASSERT_EQUAL(config_load("fsync.warningthresholdms=30"), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->fsync_warning_ms, 30);
}

static void the_environment_seeds_properties(void)
{
    apr_pool_t *pool = zk_test_pool();

    config_fresh();
    apr_env_set("SERVER_JVMFLAGS", "-Dzookeeper.maxCnxns=1 -Dzookeeper.snapCount=7", pool);
    apr_env_set("JVMFLAGS", "-Dzookeeper.maxCnxns=2", pool);
    apr_env_set("ZOO_DATADIR_AUTOCREATE_DISABLE", "1", pool);
    zk_config_define_environment(config);
    apr_env_delete("SERVER_JVMFLAGS", pool);
    apr_env_delete("JVMFLAGS", pool);
    apr_env_delete("ZOO_DATADIR_AUTOCREATE_DISABLE", pool);
    CU_ASSERT_EQUAL(config_load(""), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->connections_max, 2);
    CU_ASSERT_EQUAL(config->snap_count, 7);
    CU_ASSERT_FALSE(config->data_dir_autocreate);
}

/* ---- the old command line ---- */

static void two_to_four_arguments_are_a_configuration(void)
{
    static const char *const arguments[] = {"2182", "/data/zk", "1000", "9"};
    static const char *const bad[] = {"port", "/data"};

    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 2, arguments, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->client_port, 2182);
    CU_ASSERT_STRING_EQUAL(config->data_dir, "/data/zk");
    CU_ASSERT_EQUAL(config->tick_ms, 3000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, 0);
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 4, arguments, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL(config->tick_ms, 1000);
    CU_ASSERT_EQUAL(config->session_timeout_min_ms, 2000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, 9);
    config_fresh();
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 1, arguments, &note), ZK_E_USAGE);
    CU_ASSERT_EQUAL(zk_config_load_arguments(config, 2, bad, &note), ZK_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "For input string: \"port\""));
}

static const zk_test_t tests[] = {
    {"the smallest file gets every default", the_smallest_file_gets_every_default},
    {"defaults are safe where upstream's are not", defaults_are_safe_where_upstream_s_are_not},
    {"the default configuration needs no file", the_default_configuration_needs_no_file},
    {"the last of equal keys counts and is told", the_last_of_equal_keys_counts_and_is_told},
    {"unknown keys pass with one warning each and become properties",
     unknown_keys_pass_with_one_warning_each_and_become_properties},
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
    {"two to four arguments are a configuration", two_to_four_arguments_are_a_configuration},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_config, "config/config", tests, config_setup, NULL);
