/* idle.c -- keys that are read and checked like any other, and on which this version does not act.
 *
 * Nobody shall believe to have switched on what is not there: each such key is said once at a
 * start, with what happens instead, unless its value asks for that anyway.  Keys that upstream
 * itself does nothing with any more, or that make no sense outside a JVM, are rows of config.def.
 */
#include "config/config_internal.h"

#include <string.h>

/* A key (or, ending in a dot, all keys that begin so) that this version takes and does not act on.
 */
typedef struct idle {
    const char *key;
    const char *neutral; /* the value that asks for what this version does anyway; NULL: none */
    const char *why;
} idle_t;

static const char *const no_admin_server = "there is no AdminServer, use four-letter words";
static const char *const no_provider = "metrics are had from mntr, no port is opened for them";
static const char *const plain_bucket = "connection_throttle_tokens is a plain bucket";
static const char *const any_learner =
    "any number of learners is brought up to date, each as fast as it reads";
static const char *const no_sasl = "there is no SASL";
static const char *const syncs_at_once = "records are synced as they come, many at a time";

/* Only a member of an ensemble has use for these. */
#define LOCAL_SESSIONS "localSessions"

static const idle_t idle_keys[] = {
    {"audit.enable", "false", "no audit log is written"},
    {LOCAL_SESSIONS "Enabled", "false", "every session is a global one"},
    {LOCAL_SESSIONS "UpgradingEnabled", "false", "every session is a global one"},
    {"observer.reconnectDelayMs", "0", "an observer looks again within 200 ms"},
    {"leader.maxConcurrentSnapSyncs", "10", any_learner},
    {"leader.maxConcurrentDiffSyncs", "100", any_learner},
    {"request_throttle_max_requests", "0", "globalOutstandingLimit bounds what is in process"},
    {"connection_throttle_freeze_time", "-1", plain_bucket},
    {"connection_throttle_drop_increase", NULL, plain_bucket},
    {"connection_throttle_drop_decrease", NULL, plain_bucket},
    {"connection_throttle_decrease_ratio", "0", plain_bucket},
    {"connection_throttle_weight_enabled", "false", plain_bucket},
    {"enableEagerACLCheck", "false", "ACLs are checked where writes are ordered"},
    {"flushDelay", "0", syncs_at_once},
    {"maxWriteQueuePollTime", NULL, syncs_at_once},
    {"client.portUnification", "false", "there is no TLS"},
    {"java.security.auth.login.config", NULL, no_sasl},
    {"allowSaslFailedClients", "false", no_sasl},
    {"authProvider.", NULL, "the schemes are world, auth, ip, digest and ensemble"},
    {"jvm.pause.monitor", "false", "there is no JVM that pauses"},
    {"admin.enableServer", "false", no_admin_server},
    {"admin.", NULL, no_admin_server},
    {"metricsProvider.className", "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
     no_provider},
    {"metricsProvider.", NULL, no_provider},
};

/* Values stay unsaid: some are secrets. */
static void warn_if_idle(const zk_config_t *config, const char *key, const char *value)
{
    size_t i;

    if (config->distributed && strncmp(key, LOCAL_SESSIONS, strlen(LOCAL_SESSIONS)) == 0)
        return;
    for (i = 0; i < sizeof(idle_keys) / sizeof(idle_keys[0]); i++) {
        const idle_t *idle = &idle_keys[i];
        size_t length = strlen(idle->key);
        bool is_prefix = idle->key[length - 1] == '.';

        if (is_prefix ? strncmp(idle->key, key, length) != 0 : strcmp(idle->key, key) != 0)
            continue;
        if (idle->neutral == NULL || strcmp(idle->neutral, value) != 0)
            zk_warn("%s is set and has no effect in this version: %s", key, idle->why);
        return;
    }
}

static bool is_in_file(const zk_config_t *config, const char *key)
{
    int i;

    for (i = 0; i < config->entries->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(config->entries, i, zk_property_t).key, key) == 0)
            return true;
    return false;
}

/* What the file says, then what only -D says. */
static void warn_of_idle_keys(const zk_config_t *config)
{
    static const char prefix[] = ZK_CONFIG_PROPERTY_PREFIX;
    int i;

    for (i = 0; i < config->entries->nelts; i++) {
        const zk_property_t *entry = &APR_ARRAY_IDX(config->entries, i, zk_property_t);

        warn_if_idle(config, entry->key, entry->value);
    }
    for (i = 0; i < config->properties->nelts; i++) {
        const zk_config_property_t *property =
            &APR_ARRAY_IDX(config->properties, i, zk_config_property_t);
        const char *key = property->name;

        if (strncmp(key, prefix, sizeof(prefix) - 1) == 0)
            key += sizeof(prefix) - 1;
        if (property->line == 0 && !is_in_file(config, key))
            warn_if_idle(config, key, property->value);
    }
}

void zk_config_warn_of_idle(const zk_config_t *config)
{
    warn_of_idle_keys(config);
    if (config->io_threads > 0)
        zk_warn("ioThreads=%d has no effect in this version: one thread reads all sockets and "
                "answers; remove the key or set it to 0",
                (int)config->io_threads);
}
