/* check.c -- what one key cannot know: ports and their addresses, limits in order, the shape
 * of the ensemble.
 *
 * Texts are upstream's where it has one, with the values behind it.
 */
#include "config/config_internal.h"

#include <inttypes.h>
#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#define SNAP_RETAIN_MIN 3
#define EXTRA_BYTES_MIN 1024
#define BIND_RETRIES_DEFAULT 3
#define SNAPSHOT_FACTOR_DEFAULT 0.33
#define TTL_SERVER_ID_MAX 254

apr_status_t zk_config_check_entry(const config_key_t *key, const char *value,
                                   const config_place_t *place, zk_note_t *note)
{
    static const char *const metrics[] = {
        "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
        "org.apache.zookeeper.metrics.impl.NullMetricsProvider",
        "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"};
    int64_t algorithm;

    if (strcmp(key->key, "electionAlg") == 0 && !zk_config_parse_int(value, &algorithm, 3, 3))
        return zk_config_refuse(place, note, "Invalid electionAlg value. Only 3 is supported.");
    if (strcmp(key->key, "peerType") == 0 && !zk_config_same_word(value, "participant") &&
        !zk_config_same_word(value, "observer"))
        return zk_config_refuse(place, note,
                                "Unrecognised peertype: %s ('participant' or 'observer' is "
                                "expected)",
                                value);
    if (strcmp(key->key, "metricsProvider.className") == 0) {
        size_t i = 0;

        while (i < 3 && strcmp(metrics[i], value) != 0)
            i++;
        if (i == 3)
            return zk_config_refuse(place, note,
                                    "metrics provider class was not found: '%s' ('%s', '%s' or "
                                    "'%s' is expected)",
                                    value, metrics[0], metrics[1], metrics[2]);
    }
    return APR_SUCCESS;
}

/* ---- one server ---- */

static apr_status_t check_quorum_sasl(zk_config_t *config, const char *name, zk_note_t *note)
{
    config_place_t server = zk_config_place(config, name, "quorum.auth.serverRequireSasl");
    config_place_t learner = zk_config_place(config, name, "quorum.auth.learnerRequireSasl");

    if (!config->quorum_sasl && config->quorum_server_sasl)
        return zk_config_refuse(
            &server, note, "quorum.auth.enableSasl is disabled, so cannot enable %s", server.key);
    if (!config->quorum_sasl && config->quorum_learner_sasl)
        return zk_config_refuse(
            &learner, note, "quorum.auth.enableSasl is disabled, so cannot enable %s", learner.key);
    if (!config->quorum_learner_sasl && config->quorum_server_sasl)
        return zk_config_refuse(&server, note,
                                "quorum.auth.learnerRequireSasl is disabled, so cannot enable %s",
                                server.key);
    return APR_SUCCESS;
}

/* PATH from the root on, with the system's separators; PATH itself when the system cannot tell, as
 * for a drive that is not there, which whoever opens the directory will report. */
static const char *absolute(const zk_config_t *config, const char *path)
{
    char *merged = NULL;

    if (apr_filepath_merge(&merged, NULL, path, APR_FILEPATH_NATIVE, config->pool) != APR_SUCCESS)
        return path;
    return merged;
}

static apr_status_t check_directories(zk_config_t *config, const char *name, zk_note_t *note)
{
    const config_place_t nowhere = {name, 0, NULL, NULL, false};

    if (config->data_dir == NULL || *config->data_dir == '\0')
        return zk_config_refuse(&nowhere, note, "dataDir is not set");
    if (config->data_log_dir == NULL || *config->data_log_dir == '\0')
        config->data_log_dir = config->data_dir;
    config->data_dir_absolute = absolute(config, config->data_dir);
    config->data_log_dir_absolute = absolute(config, config->data_log_dir);
    return APR_SUCCESS;
}

static apr_status_t check_port(zk_config_t *config, const char *name, int32_t port,
                               const char *port_key, const char *address, const char *address_key,
                               zk_note_t *note)
{
    if (port >= 0) {
        zk_config_say(config, ZK_LOG_INFO, "%s is %s:%" PRId32, address_key,
                      address != NULL ? address : "0.0.0.0", port);
        return APR_SUCCESS;
    }
    zk_config_say(config, ZK_LOG_INFO, "%s is not set", port_key);
    if (address != NULL) {
        const config_place_t place = zk_config_place(config, name, address_key);

        return zk_config_refuse(&place, note, "%s is set but %s is not set", address_key, port_key);
    }
    return APR_SUCCESS;
}

static apr_status_t check_ports(zk_config_t *config, const char *name, zk_note_t *note)
{
    const config_place_t admin = zk_config_place(config, name, "admin.serverPort");
    apr_status_t rv;

    if (config->client_address != NULL && *config->client_address == '\0')
        config->client_address = NULL;
    if (config->secure_client_address != NULL && *config->secure_client_address == '\0')
        config->secure_client_address = NULL;
    rv = check_port(config, name, config->client_port, "clientPort", config->client_address,
                    "clientPortAddress", note);
    if (rv == APR_SUCCESS)
        rv = check_port(config, name, config->secure_client_port, "secureClientPort",
                        config->secure_client_address, "secureClientPortAddress", note);
    if (rv != APR_SUCCESS)
        return rv;
    if (config->client_port > 0 && config->client_port == config->secure_client_port) {
        const config_place_t place = zk_config_place(config, name, "secureClientPort");

        return zk_config_refuse(&place, note, "clientPort and secureClientPort are both %" PRId32,
                                config->client_port);
    }
    if (config->admin_enabled && (config->admin_port < 0 || config->admin_port > 65535))
        return zk_config_refuse(&admin, note,
                                "port out of range:%" PRId32 " (0 to 65535 is allowed)",
                                config->admin_port);
    if (config->observer_master_port <= 0)
        zk_config_say(config, ZK_LOG_INFO, "observerMasterPort is not set");
    else
        zk_config_say(config, ZK_LOG_INFO, "observerMasterPort is %" PRId32,
                      config->observer_master_port);
    return APR_SUCCESS;
}

static apr_status_t check_timeouts(zk_config_t *config, const char *name, zk_note_t *note)
{
    const config_place_t tick = zk_config_place(config, name, "tickTime");
    const config_place_t min = zk_config_place(config, name, "minSessionTimeout");
    int64_t ticks_max = INT32_MAX / config->tick_ms;

    if (config->session_timeout_max_ms == -1) {
        if (ticks_max < 20)
            return zk_config_refuse(&tick, note,
                                    "%" PRId32 " is out of range: 20 ticks, the default of "
                                    "maxSessionTimeout, are more than %d ms (1 to %d is allowed)",
                                    config->tick_ms, INT32_MAX, INT32_MAX / 20);
        config->session_timeout_max_ms = config->tick_ms * 20;
    }
    if (config->session_timeout_min_ms == -1)
        config->session_timeout_min_ms = ticks_max < 2 ? INT32_MAX : config->tick_ms * 2;
    if (config->session_timeout_min_ms > config->session_timeout_max_ms)
        return zk_config_refuse(&min, note,
                                "minSessionTimeout must not be larger than maxSessionTimeout "
                                "(%" PRId32 " ms and %" PRId32 " ms)",
                                config->session_timeout_min_ms, config->session_timeout_max_ms);
    return APR_SUCCESS;
}

static apr_status_t check_authentication(zk_config_t *config, const char *name, zk_note_t *note)
{
    static const char *const schemes[] = {"digest", "ip", "x509", "sasl", "ensemble", "key"};
    const config_place_t place = zk_config_place(config, name, "enforce.auth.schemes");
    const config_place_t enabled = zk_config_place(config, name, "enforce.auth.enabled");
    apr_array_header_t *pieces;
    int i;

    if (config->require_sasl) {
        config->enforce_auth_enabled = true;
        config->enforce_auth_schemes = "sasl";
    }
    if (!config->enforce_auth_enabled)
        return APR_SUCCESS;
    if (config->enforce_auth_schemes == NULL || *config->enforce_auth_schemes == '\0')
        return zk_config_refuse(&enabled, note,
                                "zookeeper.enforce.auth.enabled is true "
                                "zookeeper.enforce.auth.schemes must be  configured.");
    pieces = zk_config_split(config->enforce_auth_schemes, ',', config->pool);
    for (i = 0; i < pieces->nelts; i++) {
        const char *scheme = zk_config_trim(APR_ARRAY_IDX(pieces, i, const char *), config->pool);
        size_t known = 0;

        while (known < 6 && strcmp(schemes[known], scheme) != 0)
            known++;
        if (known == 6)
            return zk_config_refuse(&place, note, "Authentication scheme %s is not available.",
                                    scheme);
    }
    return APR_SUCCESS;
}

static apr_status_t check_threads(zk_config_t *config, const char *name, zk_note_t *note)
{
    const config_place_t place = zk_config_place(config, name, "nio.numSelectorThreads");

    if (config->selector_threads < 1 &&
        zk_config_property(config, "zookeeper.nio.numSelectorThreads") != NULL)
        return zk_config_refuse(&place, note, "numSelectorThreads must be at least 1");
    return APR_SUCCESS;
}

/* Values that upstream corrects and goes on with. */
static void correct_values(zk_config_t *config)
{
    const char *method = config->snapshot_compression;

    if (config->snap_retain_count < SNAP_RETAIN_MIN) {
        zk_config_say(config, ZK_LOG_WARN,
                      "Invalid autopurge.snapRetainCount: %" PRId32 ". Defaulting to %d",
                      config->snap_retain_count, SNAP_RETAIN_MIN);
        config->snap_retain_count = SNAP_RETAIN_MIN;
    }
    if (config->election_bind_retries < 0) {
        zk_config_say(config, ZK_LOG_INFO,
                      "electionPortBindRetry=%" PRId32 " is negative, the default of %d is used",
                      config->election_bind_retries, BIND_RETRIES_DEFAULT);
        config->election_bind_retries = BIND_RETRIES_DEFAULT;
    }
    if (config->snapshot_size_factor > 1) {
        zk_config_say(config, ZK_LOG_WARN,
                      "snapshotSizeFactor=%g is above 1, the default of %g is used",
                      config->snapshot_size_factor, SNAPSHOT_FACTOR_DEFAULT);
        config->snapshot_size_factor = SNAPSHOT_FACTOR_DEFAULT;
    }
    if (config->record_extra_bytes < 0)
        config->record_extra_bytes = config->frame_bytes_max;
    if (config->record_extra_bytes < EXTRA_BYTES_MIN)
        config->record_extra_bytes = EXTRA_BYTES_MIN;
    if (config->write_queue_poll_ms < 0)
        config->write_queue_poll_ms = config->flush_delay_ms / 3;
    if (config->connection_weight_global < config->connection_weight_local)
        config->connection_weight_global = config->connection_weight_local;
    if (config->connection_weight_renew < config->connection_weight_local)
        config->connection_weight_renew = config->connection_weight_local;
    if (zk_config_same_word(method, "gz"))
        config->compression = ZK_CONFIG_COMPRESS_GZIP;
    else if (zk_config_same_word(method, "snappy"))
        config->compression = ZK_CONFIG_COMPRESS_SNAPPY;
    else if (*method != '\0')
        zk_config_say(config, ZK_LOG_WARN,
                      "snapshot.compression.method=%s is neither 'gz' nor 'snappy', snapshots are "
                      "not compressed",
                      method);
}

apr_status_t zk_config_check(zk_config_t *config, const char *name, zk_note_t *note)
{
    apr_status_t rv = check_quorum_sasl(config, name, note);

    if (rv == APR_SUCCESS)
        rv = check_directories(config, name, note);
    if (rv == APR_SUCCESS)
        rv = check_ports(config, name, note);
    if (rv == APR_SUCCESS)
        rv = check_timeouts(config, name, note);
    if (rv == APR_SUCCESS)
        rv = check_authentication(config, name, note);
    if (rv == APR_SUCCESS)
        rv = check_threads(config, name, note);
    if (rv == APR_SUCCESS)
        correct_values(config);
    return rv;
}

/* ---- the ensemble ---- */

static apr_status_t check_voters(zk_config_t *config, const char *name, zk_note_t *note)
{
    const config_place_t place = {name, 0, NULL, NULL, false};
    const zk_config_members_t *members = &config->members;

    if (members->voters == 0) {
        if (!config->standalone_enabled)
            return zk_config_refuse(&place, note,
                                    "standaloneEnabled = false then number of participants should "
                                    "be >0");
        if (members->observers > 0)
            return zk_config_refuse(&place, note,
                                    "Observers w/o participants is an invalid configuration");
        return APR_SUCCESS;
    }
    if (members->voters == 1 && config->standalone_enabled) {
        zk_config_say(config, ZK_LOG_ERROR,
                      "Invalid configuration, only one server specified (ignoring)");
        if (members->observers > 0)
            return zk_config_refuse(&place, note,
                                    "Observers w/o quorum is an invalid configuration");
        return APR_SUCCESS;
    }
    if (members->voters <= 2)
        zk_config_say(config, ZK_LOG_WARN,
                      "No server failure will be tolerated. You need at least 3 servers.");
    else if (members->voters % 2 == 0)
        zk_config_say(config, ZK_LOG_WARN,
                      "Non-optimal configuration, consider an odd number of servers.");
    return APR_SUCCESS;
}

static bool is_any_address(const char *host)
{
    return host == NULL || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ||
           strcmp(host, "0:0:0:0:0:0:0:0") == 0;
}

/* clientPort of the file and the client part of this server's own line must agree; either serves
 * alone. */
static apr_status_t join_client_ports(zk_config_t *config, zk_config_member_t *me, const char *name,
                                      zk_note_t *note)
{
    const config_place_t place = zk_config_place(config, name, "clientPort");

    if (me->client_port < 0) {
        if (config->client_port >= 0) {
            me->client_host = config->client_address != NULL ? config->client_address : "0.0.0.0";
            me->client_port = config->client_port;
            me->client_from_static = true;
        }
        return APR_SUCCESS;
    }
    if (config->client_port >= 0 && (config->client_port != me->client_port ||
                                     (!is_any_address(config->client_address) &&
                                      strcmp(config->client_address, me->client_host) != 0)))
        return zk_config_refuse(
            &place, note,
            "client address for this server (id = %" PRId64 ") in static config file is %s:%" PRId32
            " is different from client address found in dynamic file: "
            "%s:%" PRId32,
            me->sid, config->client_address != NULL ? config->client_address : "0.0.0.0",
            config->client_port, me->client_host, me->client_port);
    config->client_port = me->client_port;
    config->client_address = is_any_address(me->client_host) ? NULL : me->client_host;
    return APR_SUCCESS;
}

static void settle_role(zk_config_t *config, const zk_config_member_t *me)
{
    bool by_type = zk_config_same_word(config->peer_type, "observer");

    config->observer = me != NULL && me->observer;
    if (config->observer != by_type)
        zk_config_say(config, ZK_LOG_WARN,
                      "Peer type from servers list (%s) doesn't match peerType (%s). Defaulting to "
                      "servers list.",
                      config->observer ? "OBSERVER" : "PARTICIPANT",
                      by_type ? "OBSERVER" : "PARTICIPANT");
}

static apr_status_t check_limit(zk_config_t *config, const char *name, const char *key,
                                int32_t ticks, zk_note_t *note)
{
    const config_place_t place = zk_config_place(config, name, key);

    if (ticks == 0)
        return zk_config_refuse(&place, note, "%s is not set (1 to %d is allowed)", key,
                                INT32_MAX / config->tick_ms);
    if (ticks > INT32_MAX / config->tick_ms)
        return zk_config_refuse(&place, note,
                                "%" PRId32 " ticks are more than %d ms (1 to %d is allowed)", ticks,
                                INT32_MAX, INT32_MAX / config->tick_ms);
    return APR_SUCCESS;
}

static apr_status_t check_server_id(zk_config_t *config, const zk_config_member_t *me,
                                    const char *name, zk_note_t *note)
{
    const config_place_t place = {name, 0, NULL, NULL, false};
    const config_place_t types = zk_config_place(config, name, "extendedTypesEnabled");

    if (config->server_id == -1)
        return zk_config_refuse(&place, note,
                                "myid file is missing: '%s/myid' must hold the number N of this "
                                "server's line server.N",
                                config->data_dir);
    if (me == NULL)
        zk_config_say(config, ZK_LOG_WARN, "server.%" PRId64 ", this server, is not in its list",
                      config->server_id);
    if (!config->extended_types_enabled || config->server_id <= TTL_SERVER_ID_MAX)
        return APR_SUCCESS;
    if (zk_config_property(config, "zookeeper.extendedTypesEnabled") != NULL)
        return zk_config_refuse(&types, note,
                                "extendedTypesEnabled is true but Server ID is too large. Cannot "
                                "be larger than %d",
                                TTL_SERVER_ID_MAX);
    zk_config_say(config, ZK_LOG_WARN,
                  "server id %" PRId64 " is larger than %d, so extendedTypesEnabled is off",
                  config->server_id, TTL_SERVER_ID_MAX);
    config->extended_types_enabled = false;
    return APR_SUCCESS;
}

apr_status_t zk_config_check_ensemble(zk_config_t *config, const char *name, zk_note_t *note)
{
    zk_config_members_t *members = &config->members;
    zk_config_member_t *me = NULL;
    apr_status_t rv = check_voters(config, name, note);

    if (rv != APR_SUCCESS)
        return rv;
    config->distributed =
        members->voters > 1 || (!config->standalone_enabled && members->count > 0);
    if (config->server_id != -1)
        me = (zk_config_member_t *)(uintptr_t)zk_config_member(members, config->server_id);
    if (me != NULL)
        rv = join_client_ports(config, me, name, note);
    if (rv == APR_SUCCESS)
        settle_role(config, me);
    if (rv != APR_SUCCESS || !config->distributed)
        return rv;
    rv = check_limit(config, name, "initLimit", config->init_limit_ticks, note);
    if (rv == APR_SUCCESS)
        rv = check_limit(config, name, "syncLimit", config->sync_limit_ticks, note);
    if (rv == APR_SUCCESS && config->connect_limit_ticks > 0)
        rv = check_limit(config, name, "connectToLearnerMasterLimit", config->connect_limit_ticks,
                         note);
    if (rv == APR_SUCCESS)
        rv = check_server_id(config, me, name, note);
    return rv;
}
