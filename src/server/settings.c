/* settings.c -- see settings.h.  Defaults that depend on other keys are resolved here or, where the
 * configuration prints them, in config.c. */
#include "server/settings.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "server/ensemble.h"

enum {
    /* Output that one connection may leave unread before we stop reading its requests: a few of the
     * largest replies, and sixty times that is what one address can make us hold. */
    OUTPUT_BYTES_MAX = 4 * 1024 * 1024,
    RETAIN_COUNT_MIN = 3,
    /* Descriptors that connections never get: a dozen are open from the start, then come the files
     * of logs, snapshots and purging. */
    FILES_RESERVED = 32,
    /* ... and those of each other member: an election link, one being made, a quorum link. */
    MEMBER_RESERVED = 3
};

int32_t zk_settings_sockets_max(int64_t open_files_max, int32_t members)
{
    int64_t reserved = FILES_RESERVED + MEMBER_RESERVED * (int64_t)members;

    if (open_files_max < 0 || open_files_max > INT32_MAX)
        return 0;
    if (reserved > open_files_max / 2)
        reserved = open_files_max / 2;
    return open_files_max - reserved < 1 ? 1 : (int32_t)(open_files_max - reserved);
}

void zk_settings_store(zk_store_options_t *options, const zk_config_t *config)
{
    int64_t extra =
        config->record_extra_bytes < 0 ? config->frame_bytes_max : config->record_extra_bytes;

    *options = (zk_store_options_t){
        .data_dir = config->data_dir_absolute,
        .log_dir = config->data_log_dir_absolute,
        .autocreate_dirs = config->data_dir_autocreate,
        .autocreate_db = config->db_autocreate,
        .trust_empty_snapshot = config->trust_empty_snapshot,
        .force_sync = config->force_sync,
        .preallocate_bytes = config->log_prealloc_kb * 1024,
        .log_bytes_max = config->log_size_limit_kb * 1024,
        .record_bytes_max = (int64_t)config->frame_bytes_max + (extra < 1024 ? 1024 : extra),
        .fsync_warning_ms = config->fsync_warning_ms,
        .sync_thread_name =
            config->distributed
                ? apr_psprintf(config->pool, "SyncThread:%" APR_INT64_T_FMT, config->server_id)
                : NULL,
    };
    switch (config->compression) {
    case ZK_CONFIG_COMPRESS_NONE:
        options->snapshot_compression = ZK_COMPRESSION_NONE;
        break;
    case ZK_CONFIG_COMPRESS_GZIP:
        options->snapshot_compression = ZK_COMPRESSION_GZIP;
        break;
    case ZK_CONFIG_COMPRESS_SNAPPY:
        options->snapshot_compression = ZK_COMPRESSION_SNAPPY;
        break;
    }
}

void zk_settings_net(zk_net_options_t *options, const zk_config_t *config)
{
    *options = (zk_net_options_t){
        .frame_bytes_max = config->frame_bytes_max,
        .per_address_max = config->connections_per_ip_max,
        .connections_max = config->connections_max,
        .sockets_max = zk_settings_sockets_max(plat_open_files_max(),
                                               config->distributed ? config->members.count : 0),
        .sessionless_timeout_ms = config->sessionless_timeout_ms,
        .tcp_keepalive = config->client_keepalive,
        .output_bytes_max = OUTPUT_BYTES_MAX,
    };
}

static void auth_settings(zk_auth_config_t *auth, const zk_config_t *config)
{
    *auth = (zk_auth_config_t){
        .digest_enabled = config->digest_auth_enabled,
        .digest_algorithm = config->digest_auth_algorithm,
        .super_digest = config->super_digest,
        .skip_acl = config->skip_acl,
        .ensemble_names = config->ensemble_names,
        .enforce_enabled = config->enforce_auth_enabled || config->require_sasl,
        .enforce_schemes = config->require_sasl ? "sasl" : config->enforce_auth_schemes,
    };
}

/* The brain must refuse what the log would: a record that cannot be appended ends the server. */
static int32_t record_bytes_max(const zk_config_t *config)
{
    zk_store_options_t store;
    int64_t bytes;

    zk_settings_store(&store, config);
    bytes = zk_store_record_bytes_max(&store);
    return bytes > INT32_MAX ? INT32_MAX : (int32_t)bytes;
}

/* A leader's records have to be read back by this server only. */
static int64_t proposal_bytes_max(const zk_config_t *config)
{
    zk_store_options_t store;

    zk_settings_store(&store, config);
    return store.record_bytes_max;
}

void zk_settings_replica(zk_replica_options_t *options, const zk_config_t *config)
{
    uint64_t seed = 0;

    if (plat_random_bytes(&seed, sizeof(seed)) != APR_SUCCESS)
        seed = (uint64_t)plat_monotonic_ns();
    *options = (zk_replica_options_t){
        .server_id = 1,
        .random_seed = seed,
        .tick_ms = config->tick_ms,
        .session_timeout_min_ms = config->session_timeout_min_ms,
        .session_timeout_max_ms = config->session_timeout_max_ms,
        .snap_count = config->snap_count,
        .snap_bytes_max = config->snap_size_limit_kb * 1024,
        .extended_types_enabled = config->extended_types_enabled,
        .emulate_353_ttl = config->emulate_353_ttl,
        .digest_enabled = config->digest_enabled,
        .enforce_quota = config->enforce_quota,
        .reconfig_enabled = config->reconfig_enabled,
        .outstanding_max = config->outstanding_max,
        .record_bytes_max = record_bytes_max(config),
        .proposal_bytes_max = proposal_bytes_max(config),
        .throttled_op_wait_ms = config->throttled_op_wait_ms,
        .large_request_threshold = config->large_request_threshold,
        .large_request_bytes_max = config->large_request_bytes_max,
        .container_check_ms = config->container_check_ms,
        .container_max_per_minute = config->container_per_minute_max,
        .container_never_used_ms = config->container_never_used_ms,
        .connection_tokens = config->connection_tokens,
        .connection_fill_ms = config->connection_fill_ms,
        .connection_fill_count = config->connection_fill_count,
    };
    auth_settings(&options->auth, config);
    if (config->distributed)
        zk_ensemble_settings(options, config);
}

apr_status_t zk_settings_listen(zk_net_t *net, const zk_config_t *config, uint16_t *port,
                                zk_note_t *note)
{
    apr_status_t rv;

    if (config->secure_client_port >= 0)
        return zk_note(
            note, ZK_E_UNSUPPORTED,
            "secureClientPort=%d is set, but this version has no TLS: remove the key and "
            "let clients use clientPort",
            config->secure_client_port);
    if (config->client_port < 0)
        return zk_note(
            note, ZK_E_CONFIG,
            "no client port: set clientPort in %s (2181 is usual), or clients cannot connect",
            config->file != NULL ? config->file : "the configuration");
    if (config->client_address == NULL)
        zk_info("binding to port 0.0.0.0/0.0.0.0:%d", config->client_port);
    else
        zk_info("binding to port /%s:%d", config->client_address, config->client_port);
    rv = zk_net_listen(net, config->client_address, (uint16_t)config->client_port,
                       config->listen_backlog, port, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (config->client_port == 0)
        zk_info("bound to port %u", (unsigned)*port);
    return APR_SUCCESS;
}

int zk_settings_retain_count(const zk_config_t *config)
{
    return config->snap_retain_count < RETAIN_COUNT_MIN ? RETAIN_COUNT_MIN
                                                        : config->snap_retain_count;
}

int64_t zk_settings_purge_interval_ms(const zk_config_t *config)
{
    return config->purge_interval_hours <= 0 ? 0
                                             : (int64_t)config->purge_interval_hours * 3600 * 1000;
}
