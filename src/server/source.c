/* source.c -- see source.h.  Everything runs in the brain's thread. */
#include "server/source.h"

#include <stdio.h>
#include <string.h>

#include "admin/facts.h"
#include "admin/fourlw.h"
#include "admin/metrics.h"
#include "base/log.h"
#include "server/ensemble.h"

enum { NS_PER_MS = 1000000 };

struct zk_source {
    zk_admin_facts_t admin;
    zk_fourlw_t *words;
    const zk_config_t *config;
    zk_store_t *store;
    apr_pool_t *pool;
    uint16_t port;
    bool was_looking, was_in_broadcast; /* as of the last update */
    int64_t looking_since_ms;
};

static void directory_bytes(void *baton, int64_t *data_bytes, int64_t *log_bytes)
{
    zk_source_t *source = baton;
    apr_pool_t *scratch;

    *data_bytes = *log_bytes = 0;
    apr_pool_create_ex(&scratch, source->pool, zk_pool_abort, NULL);
    (void)zk_store_sizes(source->store, data_bytes, log_bytes, scratch);
    apr_pool_destroy(scratch);
}

static void print_config(void *baton, zk_buffer_t *out)
{
    zk_source_t *source = baton;
    zk_config_facts_t facts = {
        .client_port = source->port,
        .secure_client_port = -1,
        .server_id = source->config->distributed ? source->config->server_id : 0,
        .read_only = source->admin.is_read_only,
    };

    directory_bytes(source, &facts.data_dir_bytes, &facts.data_log_dir_bytes);
    zk_config_print(source->config, &facts, out);
}

static apr_status_t release(void *baton)
{
    zk_source_t *source = baton;

    zk_metrics_destroy(source->admin.metrics);
    return APR_SUCCESS;
}

zk_source_t *zk_source_create(const zk_config_t *config, zk_store_t *store, zk_replica_t *replica,
                              zk_net_t *net, apr_pool_t *pool)
{
    zk_source_t *source = apr_pcalloc(pool, sizeof(*source));

    source->config = config;
    source->store = store;
    source->pool = pool;
    source->admin = (zk_admin_facts_t){
        .replica = replica,
        .net = net,
        .metrics = zk_metrics_create(),
        .whitelist = config->fourlw_words,
        .is_read_only_enabled = config->read_only_mode,
        .server_state = config->distributed ? "leaderelection" : "standalone",
        .quorum_size = config->distributed ? config->members.voters : 0,
        .peer_state = config->distributed ? "looking" : NULL,
        .sessionless_timeout_ms = config->sessionless_timeout_ms,
        .baton = source,
        .print_config = print_config,
        .directory_bytes = directory_bytes,
    };
    apr_pool_cleanup_register(pool, source, release, apr_pool_cleanup_null);
    source->words = zk_fourlw_create(&source->admin, pool);
    return source;
}

void zk_source_set_clocks(zk_source_t *source, int64_t wall_ms, int64_t mono_ms)
{
    source->admin.wall_ms = wall_ms;
    source->admin.mono_ms = mono_ms;
}

void zk_source_set_port(zk_source_t *source, uint16_t port)
{
    source->port = port;
}

void zk_source_set_serving(zk_source_t *source, bool serving)
{
    source->admin.is_serving = serving;
    source->admin.started_mono_ms = source->admin.mono_ms;
}

/* How long elections take, and how long there is no service because of them. */
static void measure_elections(zk_source_t *source)
{
    zk_metrics_t *metrics = source->admin.metrics;
    const zk_zab_t *zab = zk_replica_zab(source->admin.replica);
    bool looking = zk_zab_state(zab) == ZK_SERVER_LOOKING;
    bool in_broadcast = !looking && zk_zab_phase(zab) == ZK_ZAB_BROADCAST;

    if (looking && !source->was_looking) {
        zk_counter_add(&metrics->looking_count, 1);
        source->looking_since_ms = source->admin.mono_ms;
    }
    if (!looking && source->was_looking)
        zk_summary_add(&metrics->election_time, zk_zab_election_ms(zab));
    if (in_broadcast && !source->was_in_broadcast) {
        int64_t away_ms = source->admin.mono_ms - source->looking_since_ms;

        zk_summary_add(&metrics->unavailable_time, away_ms);
        if (zk_zab_state(zab) == ZK_SERVER_LEADING)
            zk_summary_add(&metrics->leader_unavailable_time, away_ms);
    }
    source->was_looking = looking;
    source->was_in_broadcast = in_broadcast;
}

void zk_source_update(zk_source_t *source)
{
    zk_admin_facts_t *admin = &source->admin;
    const char *peer_state = zk_ensemble_peer_state(admin->replica);
    const char *role = zk_ensemble_role(admin->replica);
    bool serving = zk_replica_is_serving(admin->replica);

    measure_elections(source);
    if (peer_state != admin->peer_state)
        zk_info("Peer state changed: %s", peer_state);
    if (serving && (!admin->is_serving || role != admin->server_state))
        admin->started_mono_ms = admin->mono_ms;
    admin->peer_state = peer_state;
    admin->server_state = role;
    admin->is_serving = serving;
    admin->is_read_only = serving && zk_replica_is_read_only(admin->replica);
}

/* The role of a member whose leader, or whose followers, are found. */
static void describe_role(const zk_source_t *source, char *text, size_t size)
{
    const zk_zab_t *zab = zk_replica_zab(source->admin.replica);
    bool in_broadcast = zk_zab_phase(zab) == ZK_ZAB_BROADCAST;

    if (zk_zab_state(zab) != ZK_SERVER_LEADING)
        snprintf(text, size, "%s server %" PRId64 "%s",
                 zk_zab_state(zab) == ZK_SERVER_OBSERVING ? "observing" : "following",
                 zk_zab_leader(zab), in_broadcast ? "" : ", synchronizing");
    else if (in_broadcast)
        snprintf(text, size, "leading, epoch %" PRId64 ", %d of %d followers in sync",
                 zk_zab_current_epoch(zab), zk_zab_synced_followers(zab),
                 source->admin.quorum_size - 1);
    else
        snprintf(text, size, "leading, waiting for followers");
}

void zk_source_describe(const zk_source_t *source, char *text, size_t size)
{
    const zk_admin_facts_t *admin = &source->admin;
    const zk_zab_t *zab = zk_replica_zab(admin->replica);

    if (admin->is_serving && admin->is_read_only)
        snprintf(text, size, "read-only: %d of %d servers", zk_zab_heard(zab), admin->quorum_size);
    else if (admin->peer_state == NULL)
        snprintf(text, size, "%s", admin->server_state);
    else if (zk_zab_state(zab) == ZK_SERVER_LOOKING)
        snprintf(text, size, "looking: %d of %d servers", zk_zab_heard(zab), admin->quorum_size);
    else
        describe_role(source, text, size);
}

void zk_source_proposed(zk_source_t *source, size_t bytes)
{
    zk_admin_facts_t *admin = &source->admin;
    int64_t size = (int64_t)bytes;

    if (strcmp(admin->server_state, "leader") != 0)
        return;
    if (admin->proposals_count++ == 0)
        admin->min_proposal_bytes = admin->max_proposal_bytes = size;
    admin->last_proposal_bytes = size;
    if (size < admin->min_proposal_bytes)
        admin->min_proposal_bytes = size;
    if (size > admin->max_proposal_bytes)
        admin->max_proposal_bytes = size;
}

bool zk_source_answer_word(zk_source_t *source, uint64_t client, uint32_t word, zk_str_t argument)
{
    return zk_fourlw_answer(source->words, client, word, argument);
}

void zk_source_log_synced(zk_source_t *source, const zk_disk_report_t *report)
{
    zk_metrics_t *metrics = source->admin.metrics;

    zk_summary_add(&metrics->fsynctime, report->sync_ns / NS_PER_MS);
    zk_summary_add(&metrics->sync_processor_batch_size, report->records);
    zk_summary_add(&metrics->sync_process_time, report->flush_ns / NS_PER_MS);
    zk_counter_add(&metrics->sync_processor_request_queued, report->records);
}

void zk_source_snapshot_taken(zk_source_t *source, const zk_snapshot_report_t *report)
{
    zk_summary_add(&source->admin.metrics->snapshottime, report->took_ms);
}

void zk_source_loaded(zk_source_t *source, const zk_store_loaded_t *loaded, int64_t snapshot_ms,
                      int64_t took_ms)
{
    zk_metrics_t *metrics = source->admin.metrics;

    zk_summary_add(&metrics->dbinittime, took_ms);
    zk_summary_add(&metrics->startup_snap_load_time, snapshot_ms);
    zk_summary_add(&metrics->startup_txns_loaded, loaded->txns_count);
    zk_summary_add(&metrics->startup_txns_load_time, took_ms - snapshot_ms);
}
