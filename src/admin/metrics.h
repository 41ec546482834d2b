/* metrics.h -- every number that monitoring tools know, from one table, printed as `mntr`.
 *
 * metrics.def names each metric once, with kind and help, in the order in which they are printed.
 * Counters and summaries are members of zk_metrics_t, added to with zk_counter_add, zk_summary_add
 * and zk_reservoir_add by the thread that owns the replica.  What the replica, the tree or the
 * sockets count themselves is fetched when somebody asks.  Gauges are always fetched.
 *
 * Facts: upstream ServerMetrics.java, ZooKeeperServer.registerMetrics, DefaultMetricsProvider.java.
 */
#ifndef ZK_ADMIN_METRICS_H
#define ZK_ADMIN_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/summary.h"

typedef enum zk_metric_kind {
    ZK_METRIC_GAUGE,
    ZK_METRIC_GAUGE_REAL,
    ZK_METRIC_GAUGE_SET,
    ZK_METRIC_COUNTER,
    ZK_METRIC_COUNTER_SET,
    ZK_METRIC_SUMMARY,
    ZK_METRIC_RESERVOIR, /* upstream's "advanced": with percentiles */
    ZK_METRIC_SUMMARY_SET,
    ZK_METRIC_RESERVOIR_SET
} zk_metric_kind_t;

/* Which servers show a gauge. */
typedef enum zk_metric_where {
    ZK_METRIC_ALL,
    ZK_METRIC_ENSEMBLE,
    ZK_METRIC_LEADER
} zk_metric_where_t;

/* One row of metrics.def. */
typedef struct zk_metric_row {
    const char *name;
    zk_metric_kind_t kind;
    zk_metric_where_t where;
    const char *help;
} zk_metric_row_t;

/* Figures by key (namespace, server id), in order of first appearance; at most ZK_METRIC_KEYS_MAX
 * keys, then all further ones share "other". */
#define ZK_METRIC_KEYS_MAX 1000
typedef struct zk_metric_set {
    zk_map_str_t by_key;
} zk_metric_set_t;

typedef struct zk_metrics {
#define ZK_COUNTER(name, help) int64_t name;
#define ZK_COUNTER_SET(name, help) zk_metric_set_t name;
#define ZK_SUMMARY(name, help) zk_summary_t name;
#define ZK_RESERVOIR(name, help) zk_reservoir_t name;
#define ZK_SUMMARY_SET(name, help) zk_metric_set_t name;
#define ZK_RESERVOIR_SET(name, help) zk_metric_set_t name;
#include "admin/metrics.def"
    /* What others count and cannot set back: their value at the last reset. */
    int64_t base_rejected;
    int64_t base_dropped;
    int64_t base_sessionless_expired;
} zk_metrics_t;

struct zk_admin_facts;

/* Fresh figures, malloced. */
zk_metrics_t *zk_metrics_create(void);
void zk_metrics_destroy(zk_metrics_t *metrics);

/* Hot path. */
static inline void zk_counter_add(int64_t *counter, int64_t value)
{
    *counter += value;
}

/* One more value for KEY of a set. */
void zk_counter_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value);
void zk_summary_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value);
void zk_reservoir_set_add(zk_metric_set_t *set, zk_str_t key, int64_t value);

/* `srst`: counters and summaries begin again, gauges do not. */
void zk_metrics_reset(zk_metrics_t *metrics, const struct zk_admin_facts *source);

/* Append every metric that SOURCE's server has as lines "zk_<key>TAB<value>".  WORDS_RECEIVED and
 * WORDS_SENT are packets of four-letter words, which no replica sees. */
void zk_metrics_print_mntr(const struct zk_admin_facts *source, int64_t words_received,
                           int64_t words_sent, zk_buffer_t *out);

/* The table, for printers of other forms; *COUNT receives its length. */
const zk_metric_row_t *zk_metrics_table(int *count);

/* TOTAL / COUNT rounded to four decimals, half up, as Java prints a double ("0.0", "2.5",
 * "8.5833"); 0.0 when COUNT is 0. */
void zk_metrics_print_average(int64_t total, int64_t count, zk_buffer_t *out);

#endif
