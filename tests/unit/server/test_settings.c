/* test_settings.c -- what each room is told, from the keys that say so. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_strings.h>

#include "base/log.h"
#include "lib/texts.h"
#include "server/ensemble.h"
#include "server/settings.h"

static zk_config_t *load(const char *text)
{
    zk_config_t *config = zk_config_create(zk_test_pool());
    zk_note_t note = {""};

    CU_ASSERT_EQUAL_FATAL(zk_config_load_text(config, "test", text, strlen(text), &note),
                          APR_SUCCESS);
    return config;
}

static void sizes_are_told_in_bytes(void)
{
    zk_store_options_t store;
    zk_replica_options_t replica;
    zk_config_t *config = load(
        "dataDir=/d\nclientPort=1\npreAllocSize=64\nsnapSizeLimitInKb=8\ntxnLogSizeLimitInKb=5\n");

    zk_settings_store(&store, config);
    zk_settings_replica(&replica, config);
    CU_ASSERT_EQUAL(store.preallocate_bytes, 64 * 1024);
    CU_ASSERT_EQUAL(store.log_bytes_max, 5 * 1024);
    CU_ASSERT_EQUAL(replica.snap_bytes_max, 8 * 1024);
}

/* A record holds a request and some more: whatever is accepted must be readable at the next start.
 */
static void what_is_logged_can_be_read_again(void)
{
    zk_store_options_t store;
    zk_replica_options_t replica;
    zk_net_options_t net;
    zk_config_t *config = load("dataDir=/d\nclientPort=1\n");

    zk_settings_store(&store, config);
    zk_settings_replica(&replica, config);
    zk_settings_net(&net, config);
    CU_ASSERT_EQUAL(net.frame_bytes_max, 1048575);
    CU_ASSERT_TRUE(replica.record_bytes_max >= net.frame_bytes_max);
    CU_ASSERT_TRUE(store.record_bytes_max >= replica.record_bytes_max);
    CU_ASSERT_EQUAL(replica.proposal_bytes_max, store.record_bytes_max);
}

static zk_config_t *load_member(const char *more)
{
    const char *dir = zk_test_dir();
    const char *text =
        apr_pstrcat(zk_test_pool(), "dataDir=", dir,
                    "\nclientPort=2181\ninitLimit=10\nsyncLimit=5\ntickTime=1000\n"
                    "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888:observer\n"
                    "server.4=d:2888:3888;2181\n",
                    more, NULL);
    const char *path = zk_test_path("zoo.cfg");
    zk_config_t *config = zk_config_create(zk_test_pool());
    zk_note_t note = {""};

    zk_test_write_text(zk_test_path("myid"), "2");
    zk_test_write_text(path, text);
    CU_ASSERT_EQUAL_FATAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    return config;
}

static void a_member_is_told_who_votes_and_how_long_to_wait(void)
{
    zk_replica_options_t replica;
    zk_note_t note;
    zk_config_t *config = load_member("leaderServes=no\nlocalSessionsEnabled=true\n");

    CU_ASSERT_EQUAL(zk_ensemble_check(config, &note), APR_SUCCESS);
    zk_settings_replica(&replica, config);
    CU_ASSERT_TRUE(replica.in_ensemble);
    CU_ASSERT_EQUAL(replica.server_id, 2);
    CU_ASSERT_FALSE(replica.leader_serves);
    CU_ASSERT_TRUE(replica.local_sessions_enabled);
    CU_ASSERT_EQUAL(replica.zab.self, 2);
    CU_ASSERT_FALSE(replica.zab.is_observer);
    CU_ASSERT_EQUAL_FATAL(replica.zab.voters.count, 3);
    CU_ASSERT_EQUAL(replica.zab.voters.sids[2], 4);
    CU_ASSERT_EQUAL(replica.zab.tick_ms, 1000);
    CU_ASSERT_EQUAL(replica.zab.init_limit, 10);
    CU_ASSERT_EQUAL(replica.zab.sync_limit, 5);
    CU_ASSERT_TRUE(replica.zab.observer_logs);
    CU_ASSERT_EQUAL(replica.zab.epoch_wait_max_ms, 2000);
    CU_ASSERT_TRUE(zk_str_equal_c(replica.zab.config_text,
                                  "server.1=a:2888:3888:participant\n"
                                  "server.2=b:2888:3888:participant\n"
                                  "server.3=c:2888:3888:observer\n"
                                  "server.4=d:2888:3888:participant;0.0.0.0:2181\n"
                                  "version=0"));
}

static void groups_and_weights_reach_the_quorum(void)
{
    zk_replica_options_t replica;

    zk_settings_replica(&replica, load_member("group.1=1:2\ngroup.2=4\nweight.1=3\n"));
    CU_ASSERT_TRUE(replica.zab.voters.is_hierarchical);
    CU_ASSERT_EQUAL(zk_quorum_weight(&replica.zab.voters, 1), 3);
    CU_ASSERT_EQUAL(zk_quorum_weight(&replica.zab.voters, 4), 1);
}

static void secrets_between_servers_that_we_cannot_keep_are_refused(void)
{
    zk_note_t note;

    CU_ASSERT_EQUAL(zk_ensemble_check(load_member("sslQuorum=true\n"), &note), ZK_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(zk_ensemble_check(load_member("quorum.auth.enableSasl=true\n"), &note),
                    ZK_E_UNSUPPORTED);
}

/* Where extrasize is below jute.maxbuffer the log takes less than a frame holds. */
static void the_brain_proposes_nothing_that_the_log_refuses(void)
{
    static const char *const sizes[][2] = {{"1048575", "-1"},      {"1000", "-1"},
                                           {"4194304", "-1"},      {"4194304", "1024"},
                                           {"4194304", "1048576"}, {"2147479551", "2147483647"}};
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        zk_config_t *config = zk_config_create(zk_test_pool());
        const char *text = "dataDir=/d\nclientPort=1\n";
        zk_store_options_t store;
        zk_replica_options_t replica;
        zk_note_t note;

        zk_config_define(config, "jute.maxbuffer", sizes[i][0]);
        zk_config_define(config, "zookeeper.jute.maxbuffer.extrasize", sizes[i][1]);
        CU_ASSERT_EQUAL_FATAL(zk_config_load_text(config, "test", text, strlen(text), &note),
                              APR_SUCCESS);
        zk_settings_store(&store, config);
        zk_settings_replica(&replica, config);
        CU_ASSERT_TRUE(replica.record_bytes_max >= 1000);
        CU_ASSERT_TRUE(replica.record_bytes_max <= zk_store_record_bytes_max(&store));
    }
}

static void a_directory_of_its_own_for_the_log_is_passed_on(void)
{
    const zk_config_t *config = load("dataDir=/d\nclientPort=1\ndataLogDir=/l\n");
    zk_store_options_t store;

    zk_settings_store(&store, config);
    CU_ASSERT_STRING_EQUAL(store.data_dir, config->data_dir_absolute);
    CU_ASSERT_STRING_EQUAL(store.log_dir, config->data_log_dir_absolute);
    CU_ASSERT_STRING_NOT_EQUAL(store.log_dir, store.data_dir);
    config = load("dataDir=/d\nclientPort=1\n");
    zk_settings_store(&store, config);
    CU_ASSERT_STRING_EQUAL(store.log_dir, config->data_dir_absolute);
}

static void sessions_last_between_two_and_twenty_ticks(void)
{
    zk_replica_options_t replica;

    zk_settings_replica(&replica, load("dataDir=/d\nclientPort=1\ntickTime=100\n"));
    CU_ASSERT_EQUAL(replica.tick_ms, 100);
    CU_ASSERT_EQUAL(replica.session_timeout_min_ms, 200);
    CU_ASSERT_EQUAL(replica.session_timeout_max_ms, 2000);
}

static void purging_is_on_unless_it_is_switched_off(void)
{
    CU_ASSERT_EQUAL(zk_settings_purge_interval_ms(load("dataDir=/d\nclientPort=1\n")), 3600000);
    CU_ASSERT_EQUAL(zk_settings_purge_interval_ms(
                        load("dataDir=/d\nclientPort=1\nautopurge.purgeInterval=0\n")),
                    0);
    CU_ASSERT_EQUAL(
        zk_settings_retain_count(load("dataDir=/d\nclientPort=1\nautopurge.snapRetainCount=1\n")),
        3);
}

/* Sixty connections that ask for large znodes and read nothing must not fill the memory. */
static void what_one_address_leaves_unread_stays_small(void)
{
    zk_net_options_t net;

    zk_settings_net(&net, load("dataDir=/d\nclientPort=1\n"));
    CU_ASSERT_EQUAL(net.per_address_max, 60);
    CU_ASSERT_TRUE(net.output_bytes_max >= (size_t)net.frame_bytes_max);
    CU_ASSERT_TRUE((size_t)net.per_address_max * net.output_bytes_max <= (size_t)256 << 20);
}

static void connections_leave_descriptors_for_files(void)
{
    CU_ASSERT_EQUAL(zk_settings_sockets_max(1024, 0), 1024 - 32);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(1024, 7), 1024 - 32 - 21);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(64, 0), 32);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(40, 0), 20);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(0, 0), 1);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(-1, 0), 0);
    CU_ASSERT_EQUAL(zk_settings_sockets_max(INT64_MAX, 0), 0);
}

static void without_a_client_port_the_note_tells_which_key_to_set(void)
{
    zk_note_t note = {""};
    uint16_t port;

    CU_ASSERT_EQUAL(zk_settings_listen(NULL, load("dataDir=/d\n"), &port, &note), ZK_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "clientPort"));
}

static void a_port_for_tls_is_refused_not_ignored(void)
{
    zk_note_t note = {""};
    uint16_t port;

    CU_ASSERT_EQUAL(zk_settings_listen(NULL, load("dataDir=/d\nclientPort=1\nsecureClientPort=2\n"),
                                       &port, &note),
                    ZK_E_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "secureClientPort=2"));
}

static const zk_test_t tests[] = {
    {"sizes are told in bytes", sizes_are_told_in_bytes},
    {"what is logged can be read again", what_is_logged_can_be_read_again},
    {"the brain proposes nothing that the log refuses",
     the_brain_proposes_nothing_that_the_log_refuses},
    {"a directory of its own for the log is passed on",
     a_directory_of_its_own_for_the_log_is_passed_on},
    {"sessions last between two and twenty ticks", sessions_last_between_two_and_twenty_ticks},
    {"purging is on unless it is switched off", purging_is_on_unless_it_is_switched_off},
    {"what one address leaves unread stays small", what_one_address_leaves_unread_stays_small},
    {"connections leave descriptors for files", connections_leave_descriptors_for_files},
    {"without a client port the note tells which key to set",
     without_a_client_port_the_note_tells_which_key_to_set},
    {"a port for TLS is refused, not ignored", a_port_for_tls_is_refused_not_ignored},
    {"a member is told who votes and how long to wait",
     a_member_is_told_who_votes_and_how_long_to_wait},
    {"groups and weights reach the quorum", groups_and_weights_reach_the_quorum},
    {"secrets between servers that we cannot keep are refused",
     secrets_between_servers_that_we_cannot_keep_are_refused},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_settings, "server/settings", tests, NULL, NULL);
