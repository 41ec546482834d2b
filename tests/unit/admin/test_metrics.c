/* test_metrics.c -- the keys of mntr, their form, and where the values come from. */
#include "admin/metrics.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "admin_fixture.h"
#include "base/plat.h"
#include "lib/texts.h"

static const char *const wanted_keys[] = {
#include "mntr_keys.inc"
};
#define WANTED_COUNT ((int)(sizeof(wanted_keys) / sizeof(wanted_keys[0])))

static const char *average(int64_t total, int64_t count)
{
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_metrics_print_average(total, count, &out);
    return zk_test_take_buffer(&out);
}

static void averages_look_like_javas_doubles(void)
{
    CU_ASSERT_STRING_EQUAL(average(0, 0), "0.0");
    CU_ASSERT_STRING_EQUAL(average(5, 2), "2.5");
    CU_ASSERT_STRING_EQUAL(average(103, 12), "8.5833");
    CU_ASSERT_STRING_EQUAL(average(2, 3), "0.6667");
    CU_ASSERT_STRING_EQUAL(average(100, 1), "100.0");
    CU_ASSERT_STRING_EQUAL(average(1, 32), "0.0313");    /* 0.03125 exactly: half goes up */
    CU_ASSERT_STRING_EQUAL(average(3, 20000), "1.0E-4"); /* 0.00015 lies below the half */
    CU_ASSERT_STRING_EQUAL(average(1, 1000), "0.001");
    CU_ASSERT_STRING_EQUAL(average(7, 10000), "7.0E-4");
    CU_ASSERT_STRING_EQUAL(average(19999999, 2), "9999999.5");
    CU_ASSERT_STRING_EQUAL(average(10000000, 1), "1.0E7");
    CU_ASSERT_STRING_EQUAL(average(123456789, 1), "1.23456789E8");
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of MNTR, sorted, without "zk_"; *COUNT of them. */
static const char **keys_of(const char *mntr, int *count)
{
    const char **keys = apr_pcalloc(zk_test_pool(), 2000 * sizeof(char *));
    const char *at;

    *count = 0;
    for (at = mntr; *at != '\0'; at = strchr(at, '\n') + 1) {
        CU_ASSERT_EQUAL_FATAL(strncmp(at, "zk_", 3), 0);
        keys[(*count)++] = apr_pstrmemdup(zk_test_pool(), at + 3, strcspn(at + 3, "\t"));
    }
    qsort((void *)keys, (size_t)*count, sizeof(*keys), compare_text);
    return keys;
}

static void the_keys_are_exactly_upstreams(void)
{
    int count;
    const char **keys = keys_of(ask("mntr"), &count);

    CU_ASSERT_EQUAL(count, WANTED_COUNT);
    for (int i = 0; i < count && i < WANTED_COUNT; i++)
        CU_ASSERT_STRING_EQUAL(keys[i], wanted_keys[i]);
}

/* As the strictest reader takes it: ^zk_(\w[\w.\-]*)\s+([\w.\-]+), and exactly one TAB. */
static void every_line_is_a_key_a_tab_and_a_value(void)
{
    const char *at;

    client_connect(1);
    for (at = ask("mntr"); *at != '\0'; at++) {
        const char *key = at + 3;
        size_t length = strcspn(key, "\t");

        CU_ASSERT_EQUAL_FATAL(strncmp(at, "zk_", 3), 0);
        for (size_t i = 0; i < length; i++)
            CU_ASSERT_TRUE(isalnum((unsigned char)key[i]) || strchr("_.-", key[i]) != NULL);
        at = key + length;
        CU_ASSERT_EQUAL_FATAL(*at, '\t');
        at++;
        CU_ASSERT_TRUE(isalnum((unsigned char)*at) || *at == '-');
        CU_ASSERT_EQUAL(strcspn(at, "\n"), strcspn(at, "\n\t"));
        at += strcspn(at, "\n");
    }
}

static void what_old_tools_need_stands_in_the_first_two_kilobytes(void)
{
    static const char *const early[] = {"version",
                                        "server_state",
                                        "avg_latency",
                                        "max_latency",
                                        "min_latency",
                                        "packets_received",
                                        "packets_sent",
                                        "num_alive_connections",
                                        "outstanding_requests",
                                        "znode_count",
                                        "watch_count",
                                        "ephemerals_count",
                                        "approximate_data_size",
                                        "open_file_descriptor_count",
                                        "max_file_descriptor_count"};
    const char *mntr = apr_pstrndup(zk_test_pool(), ask("mntr"), 2048);

    CU_ASSERT_EQUAL(strncmp(mntr, "zk_version\t3.9.5-paddock-", 25), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(mntr, " UTC\nzk_server_state\tstandalone\nzk_avg_latency\t"));
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
        CU_ASSERT_PTR_NOT_NULL(mntr_value(mntr, early[i]));
}

static void a_member_of_an_ensemble_shows_more(void)
{
    const char *mntr;

    source.server_state = "leader";
    source.peer_state = "leading - broadcast";
    mntr = ask("mntr");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(mntr, "zk_server_state\tleader\nzk_peer_state\tleading - broadcast\n"));
    CU_ASSERT_PTR_NOT_NULL(mntr_value(mntr, "quorum_size"));
    CU_ASSERT_PTR_NOT_NULL(mntr_value(mntr, "learners"));
    source.server_state = "follower";
    CU_ASSERT_PTR_NULL(mntr_value(ask("mntr"), "learners"));
    CU_ASSERT_PTR_NULL(mntr_value(ask("mntr"), "observer_master_id"));
    source.server_state = "observer";
    source.peer_state = "observing - broadcast";
    CU_ASSERT_PTR_NOT_NULL(
        strstr(ask("mntr"), "zk_peer_state\tobserving - broadcast\nzk_observer_master_id\t"));
}

static void work_shows_in_the_figures(void)
{
    uint64_t client = client_connect(1);
    const char *mntr;

    client_create_ephemeral(client, "/e");
    client_watch_data(client, "/e");
    client_set_data(client, "/e");
    mntr = ask("mntr");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "znode_count"), "6");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "ephemerals_count"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "global_sessions"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "watch_count"), "0");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "commit_count"), "3");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "connection_request_count"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "cnt_updatelatency"), "3");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "cnt_readlatency"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "cnt_node_changed_watch_count"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "avg_node_changed_watch_count"), "1.0");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "packets_received"), "5");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "uptime"), "4134");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "max_client_response_size"), "84");
    CU_ASSERT_EQUAL(atoll(mntr_value(mntr, "open_file_descriptor_count")), plat_open_files_count());
}

static void summaries_of_the_body_are_printed(void)
{
    const char *mntr;

    zk_summary_add(&source.metrics->fsynctime, 3);
    zk_summary_add(&source.metrics->fsynctime, 8);
    zk_reservoir_add(&source.metrics->quorum_ack_latency, 12);
    mntr = ask("mntr");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "avg_fsynctime"), "5.5");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "min_fsynctime"), "3");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "max_fsynctime"), "8");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "cnt_fsynctime"), "2");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "sum_fsynctime"), "11");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "p999_quorum_ack_latency"), "12");
}

static void a_long_reply_counts_as_several_packets(void)
{
    size_t size = strlen(ask("mntr"));

    CU_ASSERT_TRUE(size > 16384 && size <= 24576);
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "packets_sent"), "3");
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "packets_received"), "3");
}

static void sets_print_a_line_per_key(void)
{
    zk_metrics_t *metrics = source.metrics;
    const char *mntr;

    zk_counter_set_add(&metrics->quota_exceeded_error_per_namespace, zk_str("app"), 2);
    zk_counter_set_add(&metrics->quota_exceeded_error_per_namespace, zk_str("app"), 1);
    zk_summary_set_add(&metrics->write_per_namespace, zk_str("app"), 30);
    zk_reservoir_set_add(&metrics->ack_latency, zk_str("2"), 9);
    mntr = ask("mntr");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "app_quota_exceeded_error_per_namespace"), "3");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "avg_app_write_per_namespace"), "30.0");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "p50_2_ack_latency"), "9");
    zk_metrics_reset(metrics, &source);
    CU_ASSERT_PTR_NULL(mntr_value(ask("mntr"), "avg_app_write_per_namespace"));
}

static void a_set_has_a_greatest_number_of_keys(void)
{
    zk_metric_set_t *set = &source.metrics->quota_exceeded_error_per_namespace;
    const int64_t *other;

    for (int i = 0; i < ZK_METRIC_KEYS_MAX + 50; i++)
        zk_counter_set_add(set, zk_str(apr_itoa(zk_test_pool(), i)), 1);
    CU_ASSERT_EQUAL(zk_map_str_count(&set->by_key), ZK_METRIC_KEYS_MAX + 1);
    other = zk_map_str_get(&set->by_key, zk_str("other"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    CU_ASSERT_EQUAL(*other, 50);
}

static void the_table_names_each_metric_once_with_help(void)
{
    int count;
    const zk_metric_row_t *rows = zk_metrics_table(&count);

    CU_ASSERT_TRUE(count > 150);
    for (int i = 0; i < count; i++) {
        CU_ASSERT_NOT_EQUAL(rows[i].help[0], '\0');
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(rows[i].name, rows[j].name);
    }
}

static void local_sessions_are_counted_apart(void)
{
    zk_session_table_t *sessions = zk_replica_sessions(source.replica);
    const char *mntr;

    client_connect(1);
    zk_session_add_local(sessions, 0x71, 10000);
    zk_session_add_local(sessions, 0x72, 10000);
    zk_session_propose(sessions, 0x73, 10000); /* not applied: upstream counts neither */
    mntr = ask("mntr");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "global_sessions"), "1");
    CU_ASSERT_STRING_EQUAL(mntr_value(mntr, "local_sessions"), "2");
}

static const zk_test_t tests[] = {
    {"local sessions are counted apart", local_sessions_are_counted_apart},
    {"averages look like Java's doubles", averages_look_like_javas_doubles},
    {"the keys are exactly upstream's", the_keys_are_exactly_upstreams},
    {"every line is a key, a TAB and a value", every_line_is_a_key_a_tab_and_a_value},
    {"what old tools need stands in the first two kilobytes",
     what_old_tools_need_stands_in_the_first_two_kilobytes},
    {"a member of an ensemble shows more", a_member_of_an_ensemble_shows_more},
    {"work shows in the figures", work_shows_in_the_figures},
    {"summaries of the body are printed", summaries_of_the_body_are_printed},
    {"a long reply counts as several packets", a_long_reply_counts_as_several_packets},
    {"sets print a line per key", sets_print_a_line_per_key},
    {"a set has a greatest number of keys", a_set_has_a_greatest_number_of_keys},
    {"the table names each metric once with help", the_table_names_each_metric_once_with_help},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_metrics, "admin/metrics", tests, fixture_setup, fixture_teardown);
