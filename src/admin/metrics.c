/* metrics.c -- the table of metrics, what feeds it, and mntr.
 *
 * Three sources: zk_metrics_t itself; the replica's stats, copied into it just before printing, so
 * that each number has one owner; and gauges, fetched as the structure zk_gauges_t, which has one
 * member per row of the table.
 *
 * A namespace is the first element of a path; the quota sets add up what lies below it.  A number's
 * text is Java's: whole ones plain, others as Double.toString prints them. */
#include "admin/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/facts.h"
#include "base/plat.h"
#include "base/status.h"
#include "tree/quota.h"

static const zk_metric_row_t rows[] = {
#define ZK_GAUGE(name, where, help) {#name, ZK_METRIC_GAUGE, ZK_METRIC_##where, help},
#define ZK_GAUGE_REAL(name, where, help) {#name, ZK_METRIC_GAUGE_REAL, ZK_METRIC_##where, help},
#define ZK_GAUGE_SET(name, where, help) {#name, ZK_METRIC_GAUGE_SET, ZK_METRIC_##where, help},
#define ZK_COUNTER(name, help) {#name, ZK_METRIC_COUNTER, ZK_METRIC_ALL, help},
#define ZK_COUNTER_SET(name, help) {#name, ZK_METRIC_COUNTER_SET, ZK_METRIC_ALL, help},
#define ZK_SUMMARY(name, help) {#name, ZK_METRIC_SUMMARY, ZK_METRIC_ALL, help},
#define ZK_RESERVOIR(name, help) {#name, ZK_METRIC_RESERVOIR, ZK_METRIC_ALL, help},
#define ZK_SUMMARY_SET(name, help) {#name, ZK_METRIC_SUMMARY_SET, ZK_METRIC_ALL, help},
#define ZK_RESERVOIR_SET(name, help) {#name, ZK_METRIC_RESERVOIR_SET, ZK_METRIC_ALL, help},
#include "admin/metrics.def"
};

const zk_metric_row_t *zk_metrics_table(int *count)
{
    *count = (int)(sizeof(rows) / sizeof(rows[0]));
    return rows;
}

/* ---- sets ---- */

/* The entry of KEY, made with SIZE zero bytes where it is new. */
static void *set_entry(zk_metric_set_t *set, zk_str_t key, size_t size)
{
    void *entry = zk_map_str_get(&set->by_key, key);

    if (entry != NULL)
        return entry;
    if (zk_map_str_count(&set->by_key) >= ZK_METRIC_KEYS_MAX) {
        key = zk_str("other");
        entry = zk_map_str_get(&set->by_key, key);
        if (entry != NULL)
            return entry;
    }
    entry = zk_calloc(1, size);
    zk_map_str_set(&set->by_key, key, entry);
    return entry;
}

void zk_counter_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value)
{
    int64_t *counter = set_entry(set, key, sizeof(*counter));

    *counter += value;
}

void zk_summary_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value)
{
    zk_summary_add(set_entry(set, key, sizeof(zk_summary_t)), value);
}

void zk_reservoir_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value)
{
    zk_reservoir_add(set_entry(set, key, sizeof(zk_reservoir_t)), value);
}

static void set_free(zk_metric_set_t *set, void (*free_entry)(void *entry))
{
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;

    while ((entry = zk_map_str_next(&set->by_key, &cursor)) != NULL)
        free_entry(entry->value);
    zk_map_str_free(&set->by_key);
    set->by_key = ZK_MAP_STR_INIT;
}

static void free_reservoir_entry(void *entry)
{
    zk_reservoir_free(entry);
    zk_free(entry);
}

/* ---- life ---- */

zk_metrics_t *zk_metrics_create(void)
{
    zk_metrics_t *metrics = zk_calloc(1, sizeof(*metrics));

#define ZK_COUNTER_SET(name, help) metrics->name.by_key = ZK_MAP_STR_INIT;
#define ZK_SUMMARY_SET(name, help) metrics->name.by_key = ZK_MAP_STR_INIT;
#define ZK_RESERVOIR_SET(name, help) metrics->name.by_key = ZK_MAP_STR_INIT;
#include "admin/metrics.def"
    return metrics;
}

static void free_sets(zk_metrics_t *metrics)
{
#define ZK_COUNTER_SET(name, help) set_free(&metrics->name, zk_free);
#define ZK_SUMMARY_SET(name, help) set_free(&metrics->name, zk_free);
#define ZK_RESERVOIR_SET(name, help) set_free(&metrics->name, free_reservoir_entry);
#include "admin/metrics.def"
}

void zk_metrics_destroy(zk_metrics_t *metrics)
{
    if (metrics == NULL)
        return;
    free_sets(metrics);
#define ZK_RESERVOIR(name, help) zk_reservoir_free(&metrics->name);
#include "admin/metrics.def"
    zk_free(metrics);
}

void zk_metrics_reset(zk_metrics_t *metrics, const zk_admin_facts_t *source)
{
    free_sets(metrics);
#define ZK_COUNTER(name, help) metrics->name = 0;
#define ZK_SUMMARY(name, help) zk_summary_reset(&metrics->name);
#define ZK_RESERVOIR(name, help) zk_reservoir_reset(&metrics->name);
#include "admin/metrics.def"
    metrics->base_dropped = zk_net_dropped(source->net);
    metrics->base_rejected = zk_net_rejected(source->net);
    metrics->base_sessionless_expired = zk_net_sessionless_expired(source->net);
}

/* ---- gauges ---- */

typedef struct gauges {
#define ZK_GAUGE(name, where, help) int64_t name;
#define ZK_GAUGE_REAL(name, where, help) zk_summary_t name; /* count and total of a mean */
#include "admin/metrics.def"
} gauges_t;

/* What only members of an ensemble have. */
static void fetch_ensemble_gauges(const zk_admin_facts_t *source, gauges_t *gauges)
{
    const zk_zab_t *zab;

    if (source->peer_state == NULL)
        return;
    zab = zk_replica_zab(source->replica);
    gauges->quorum_size = source->quorum_size;
    gauges->learners = (int64_t)zk_zab_followers(zab) + zk_zab_observers(zab);
    gauges->synced_followers = zk_zab_synced_followers(zab);
    gauges->synced_observers = zk_zab_observers(zab);
    gauges->pending_syncs = zk_replica_stats(source->replica)->pending_syncs;
    gauges->leader_uptime = source->mono_ms - source->started_mono_ms;
    gauges->last_proposal_size = source->proposals_count > 0 ? source->last_proposal_bytes : -1;
    gauges->min_proposal_size = source->proposals_count > 0 ? source->min_proposal_bytes : -1;
    gauges->max_proposal_size = source->proposals_count > 0 ? source->max_proposal_bytes : -1;
}

/* Upstream's global ones are those whose createSession is applied here. */
static void count_session(void *baton, const zk_session_t *session)
{
    gauges_t *gauges = baton;

    if (session->local)
        gauges->local_sessions++;
    else if (session->applied)
        gauges->global_sessions++;
}

static void fetch_gauges(const zk_admin_facts_t *source, int64_t words_received, int64_t words_sent,
                         gauges_t *gauges)
{
    const zk_replica_stats_t *stats = zk_replica_stats(source->replica);
    const zk_tree_t *tree = zk_replica_tree(source->replica);

    memset(gauges, 0, sizeof(*gauges));
    gauges->avg_latency.count = stats->latency_count;
    gauges->avg_latency.total = stats->latency_total_ms;
    gauges->min_latency = stats->latency_min_ms;
    gauges->max_latency = stats->latency_max_ms;
    gauges->packets_received = stats->packets_received + words_received;
    gauges->packets_sent = stats->packets_sent + words_sent;
    gauges->num_alive_connections = zk_net_count(source->net);
    gauges->outstanding_requests = stats->outstanding;
    gauges->uptime = source->mono_ms - source->started_mono_ms;
    gauges->znode_count = zk_tree_count(tree);
    gauges->watch_count = zk_watch_count(zk_replica_watches(source->replica));
    gauges->ephemerals_count = zk_tree_ephemerals_count(tree);
    gauges->approximate_data_size = zk_tree_approximate_bytes(tree);
    zk_session_visit(zk_replica_sessions(source->replica), count_session, gauges);
    gauges->open_file_descriptor_count = plat_open_files_count();
    gauges->max_file_descriptor_count = plat_open_files_max();
    gauges->last_client_response_size = stats->response_last_bytes;
    gauges->max_client_response_size = stats->response_max_bytes;
    gauges->min_client_response_size = stats->response_min_bytes;
    fetch_ensemble_gauges(source, gauges);
}

/* What the replica keeps as summaries, at its place in the table. */
static const zk_summary_t *summary_of(const zk_replica_stats_t *stats, const char *name,
                                      const zk_summary_t *own)
{
    static const char *const by_type[] = {NULL, "node_created_watch_count",
                                          "node_deleted_watch_count", "node_changed_watch_count",
                                          "node_children_watch_count"};

    for (int type = 1; type <= 4; type++) {
        if (strcmp(name, by_type[type]) == 0)
            return &stats->watch_told[type];
    }
    if (strcmp(name, "connection_token_deficit") == 0)
        return &stats->token_deficit;
    return own;
}

static const zk_reservoir_t *reservoir_of(const zk_replica_stats_t *stats, const char *name,
                                          const zk_reservoir_t *own)
{
    if (strcmp(name, "readlatency") == 0)
        return &stats->read_latency;
    if (strcmp(name, "updatelatency") == 0)
        return &stats->update_latency;
    if (strcmp(name, "propagation_latency") == 0)
        return &stats->propagation_latency;
    return own;
}

/* What the replica and the sockets count. */
static void fetch_counters(const zk_admin_facts_t *source, int64_t words_received)
{
    const zk_replica_stats_t *stats = zk_replica_stats(source->replica);
    zk_metrics_t *metrics = source->metrics;

    metrics->commit_count = stats->commits;
    metrics->proposal_count = stats->proposals;
    metrics->connection_request_count = stats->connection_requests;
    metrics->connection_rejected =
        stats->connections_rejected + zk_net_rejected(source->net) - metrics->base_rejected;
    metrics->connection_revalidate_count = stats->connections_revalidated;
    metrics->bytes_received_count = /* the replica sees frames without their four bytes of length */
        stats->bytes_received + 4 * (stats->packets_received + words_received);
    metrics->sessionless_connections_expired =
        zk_net_sessionless_expired(source->net) - metrics->base_sessionless_expired;
    metrics->stale_sessions_expired = stats->sessions_expired;
    metrics->connection_drop_count = zk_net_dropped(source->net) - metrics->base_dropped;
    metrics->throttled_ops = stats->throttled_ops;
    metrics->stale_requests = stats->stale_requests;
    metrics->large_requests_rejected = stats->large_rejected;
    metrics->digest_mismatches_count = stats->digest_mismatches;
    metrics->response_bytes = stats->response_bytes;
    metrics->watch_bytes = stats->watch_bytes;
}

/* ---- printing ---- */

/* As Double.toString: plain between 10^-3 and 10^7, else with an exponent and the fewest digits
 * that tell it apart. */
static void print_large(double value, zk_buffer_t *out)
{
    char text[40];
    char *exponent;

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    exponent = strchr(text, 'e');
    zk_buffer_printf(out, "%.*sE%d", (int)(exponent - text), text,
                     (int)strtol(exponent + 1, NULL, 10));
}

void zk_metrics_print_average(int64_t total, int64_t count, zk_buffer_t *out)
{
    double average = count > 0 ? (double)total / (double)count : 0;
    char exact[400];
    char *point;
    int64_t scaled;
    char fraction[8];
    int length = 4;

    if (average >= 1e7 || average <= -1e7) {
        print_large(average, out);
        return;
    }
    /* The exact binary value decides what "half" is, so its digits are looked at, not a product. */
    snprintf(exact, sizeof(exact), "%.25f", average < 0 ? -average : average);
    point = strchr(exact, '.');
    scaled = 0;
    for (char *at = exact; at < point + 5; at++)
        if (at != point)
            scaled = scaled * 10 + (*at - '0');
    scaled += point[5] >= '5';
    if (scaled > 0 && scaled < 10) { /* below 10^-3 */
        zk_buffer_printf(out, "%s%d.0E-4", average < 0 ? "-" : "", (int)scaled);
        return;
    }
    snprintf(fraction, sizeof(fraction), "%04d", (int)(scaled % 10000));
    while (length > 1 && fraction[length - 1] == '0')
        length--;
    zk_buffer_printf(out, "%s%" PRId64 ".%.*s", average < 0 && scaled > 0 ? "-" : "",
                     scaled / 10000, length, fraction);
}

static void print_number(zk_buffer_t *out, const char *prefix, const char *name, int64_t value)
{
    zk_buffer_printf(out, "zk_%s%s\t%" PRId64 "\n", prefix, name, value);
}

static void print_average(zk_buffer_t *out, const char *prefix, const char *name,
                          const zk_summary_t *summary)
{
    zk_buffer_printf(out, "zk_%s%s\t", prefix, name);
    zk_metrics_print_average(summary->total, summary->count, out);
    zk_buffer_append(out, "\n", 1);
}

static void print_summary(zk_buffer_t *out, const char *name, const zk_summary_t *summary)
{
    print_average(out, "avg_", name, summary);
    print_number(out, "min_", name, summary->min);
    print_number(out, "max_", name, summary->max);
    print_number(out, "cnt_", name, summary->count);
    print_number(out, "sum_", name, summary->total);
}

static void print_reservoir(zk_buffer_t *out, const char *name, const zk_reservoir_t *reservoir)
{
    static const double quantiles[] = {0.5, 0.95, 0.99, 0.999};
    int64_t values[4];

    print_summary(out, name, &reservoir->summary);
    zk_reservoir_percentiles(reservoir, quantiles, 4, values);
    print_number(out, "p50_", name, values[0]);
    print_number(out, "p95_", name, values[1]);
    print_number(out, "p99_", name, values[2]);
    print_number(out, "p999_", name, values[3]);
}

/* Each entry of SET under "<key>_<name>". */
static void print_set(zk_buffer_t *out, const zk_metric_set_t *set, const char *name,
                      zk_metric_kind_t kind)
{
    const zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    zk_buffer_t full = ZK_BUFFER_INIT;

    while ((entry = zk_map_str_next(&set->by_key, &cursor)) != NULL) {
        const char *text;

        zk_buffer_clear(&full);
        zk_buffer_printf(&full, "%.*s_%s", (int)entry->key_length, entry->key, name);
        zk_buffer_append(&full, "", 1);
        text = (const char *)zk_buffer_bytes(&full);
        if (kind == ZK_METRIC_COUNTER_SET || kind == ZK_METRIC_GAUGE_SET)
            print_number(out, "", text, *(const int64_t *)entry->value);
        else if (kind == ZK_METRIC_SUMMARY_SET)
            print_summary(out, text, entry->value);
        else
            print_reservoir(out, text, entry->value);
    }
    zk_buffer_free(&full);
}

/* ---- quotas by namespace ---- */

typedef struct quota_sets {
    zk_metric_set_t count_limit, bytes_limit, count_usage, bytes_usage;
} quota_sets_t;

/* "/a/b" -> "a". */
static zk_str_t namespace_of(zk_str_t path)
{
    int32_t end = 1;

    if (path.length < 2)
        return ZK_STR_NULL;
    while (end < path.length && path.data[end] != '/')
        end++;
    return zk_str_n(path.data + 1, (size_t)(end - 1));
}

/* The limit that holds: the hard one where there is one. */
static int64_t limit(int64_t soft, int64_t hard)
{
    return hard > -1 ? hard : soft;
}

static void add_quota(void *baton, zk_str_t path, const zk_quota_track_t *limits,
                      const zk_quota_track_t *usage)
{
    quota_sets_t *sets = baton;
    zk_str_t key = namespace_of(path);

    if (zk_str_is_null(key))
        return;
    zk_counter_set_add(&sets->count_limit, key, limit(limits->count, limits->count_hard));
    zk_counter_set_add(&sets->bytes_limit, key, limit(limits->bytes, limits->bytes_hard));
    zk_counter_set_add(&sets->count_usage, key, usage->count);
    zk_counter_set_add(&sets->bytes_usage, key, usage->bytes);
}

static void print_quotas(const zk_admin_facts_t *source, zk_buffer_t *out)
{
    quota_sets_t sets = {
        {ZK_MAP_STR_INIT}, {ZK_MAP_STR_INIT}, {ZK_MAP_STR_INIT}, {ZK_MAP_STR_INIT}};

    zk_quota_visit(zk_replica_tree(source->replica), add_quota, &sets);
    print_set(out, &sets.count_limit, "quota_count_limit_per_namespace", ZK_METRIC_GAUGE_SET);
    print_set(out, &sets.bytes_limit, "quota_bytes_limit_per_namespace", ZK_METRIC_GAUGE_SET);
    print_set(out, &sets.count_usage, "quota_count_usage_per_namespace", ZK_METRIC_GAUGE_SET);
    print_set(out, &sets.bytes_usage, "quota_bytes_usage_per_namespace", ZK_METRIC_GAUGE_SET);
    set_free(&sets.count_limit, zk_free);
    set_free(&sets.bytes_limit, zk_free);
    set_free(&sets.count_usage, zk_free);
    set_free(&sets.bytes_usage, zk_free);
}

static bool is_shown(const zk_admin_facts_t *source, zk_metric_where_t where)
{
    if (where == ZK_METRIC_ENSEMBLE)
        return source->peer_state != NULL;
    if (where == ZK_METRIC_LEADER)
        return strcmp(source->server_state, "leader") == 0;
    return true;
}

void zk_metrics_print_mntr(const zk_admin_facts_t *source, int64_t words_received,
                           int64_t words_sent, zk_buffer_t *out)
{
    const zk_replica_stats_t *stats = zk_replica_stats(source->replica);
    const zk_metrics_t *metrics = source->metrics;
    gauges_t gauges;

    fetch_gauges(source, words_received, words_sent, &gauges);
    fetch_counters(source, words_received);
#define ZK_GAUGE(name, where, help)                                                                \
    if (is_shown(source, ZK_METRIC_##where))                                                       \
        print_number(out, "", #name, gauges.name);
#define ZK_GAUGE_REAL(name, where, help)                                                           \
    if (is_shown(source, ZK_METRIC_##where))                                                       \
        print_average(out, "", #name, &gauges.name);
#include "admin/metrics.def"
    print_quotas(source, out);
#define ZK_COUNTER(name, help) print_number(out, "", #name, metrics->name);
#define ZK_COUNTER_SET(name, help) print_set(out, &metrics->name, #name, ZK_METRIC_COUNTER_SET);
#include "admin/metrics.def"
#define ZK_SUMMARY(name, help) print_summary(out, #name, summary_of(stats, #name, &metrics->name));
#include "admin/metrics.def"
#define ZK_RESERVOIR(name, help)                                                                   \
    print_reservoir(out, #name, reservoir_of(stats, #name, &metrics->name));
#include "admin/metrics.def"
#define ZK_SUMMARY_SET(name, help) print_set(out, &metrics->name, #name, ZK_METRIC_SUMMARY_SET);
#define ZK_RESERVOIR_SET(name, help) print_set(out, &metrics->name, #name, ZK_METRIC_RESERVOIR_SET);
#include "admin/metrics.def"
}
