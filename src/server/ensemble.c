/* ensemble.c -- see ensemble.h.
 *
 * Facts: QuorumPeerMain.java (runFromConfig), QuorumPeer.java (getServerState, getPeerState);
 * quorum notes, section 3. */
#include "server/ensemble.h"

#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"

enum {
    /* A leader whose voters look again does not wait for them to the end of initLimit. */
    EPOCH_WAIT_TICKS = 2
};

/* Proposals kept in memory for learners that come back. */
#define HISTORY_BYTES_MAX ((int64_t)64 * 1024 * 1024)
/* What may wait for one learner: while it is synchronised, and in its socket. */
#define LINK_BYTES_MAX ((int64_t)256 * 1024 * 1024)

apr_status_t zk_ensemble_check(const zk_config_t *config, zk_note_t *note)
{
    if (config->ssl_quorum || config->ssl_quorum_port_unification)
        return zk_note(note, ZK_E_UNSUPPORTED,
                       "sslQuorum or portUnification is set, but this version has no TLS between "
                       "servers: remove the keys on all servers, and keep their network private");
    if (config->quorum_sasl)
        return zk_note(note, ZK_E_UNSUPPORTED,
                       "quorum.auth.enableSasl is set, but this version has no SASL between "
                       "servers: remove the key on all servers, and keep their network private");
    if (config->members.voters > ZK_QUORUM_VOTERS_MAX)
        return zk_note(note, ZK_E_CONFIG, "%d voters are listed, and at most %d can be",
                       config->members.voters, ZK_QUORUM_VOTERS_MAX);
    if (config->election_algorithm != 3)
        zk_warn("electionAlg=%d is not known, fast leader election (3) is used",
                config->election_algorithm);
    if (config->observer_master_port > 0)
        zk_warn("observerMasterPort is set and has no effect in this version: observers follow the "
                "leader");
    return APR_SUCCESS;
}

/* ---- for the brain ---- */

static void set_voters(zk_quorum_t *quorum, const zk_config_members_t *members)
{
    int64_t sids[ZK_QUORUM_VOTERS_MAX];
    int32_t count = 0;
    int32_t i;

    for (i = 0; i < members->count && count < ZK_QUORUM_VOTERS_MAX; i++)
        if (!members->items[i].observer)
            sids[count++] = members->items[i].sid;
    zk_quorum_set(quorum, sids, count);
    for (i = 0; members->hierarchical && i < members->count; i++)
        if (!members->items[i].observer)
            zk_quorum_set_group(quorum, members->items[i].sid, members->items[i].group,
                                members->items[i].weight);
}

static zk_str_t config_text(const zk_config_t *config)
{
    zk_buffer_t text = ZK_BUFFER_INIT;
    zk_str_t copy;

    zk_config_print_members(&config->members, &text);
    copy = zk_str_n(
        apr_pstrmemdup(config->pool, (const char *)zk_buffer_bytes(&text), zk_buffer_size(&text)),
        zk_buffer_size(&text));
    zk_buffer_free(&text);
    return copy;
}

void zk_ensemble_settings(zk_replica_options_t *options, const zk_config_t *config)
{
    zk_zab_options_t *zab = &options->zab;

    options->server_id = config->server_id;
    options->in_ensemble = true;
    options->leader_serves = config->leader_serves;
    options->local_sessions_enabled = config->local_sessions_enabled;
    options->local_sessions_upgrading = config->local_sessions_upgrading;
    options->read_only_mode = config->read_only_mode;
    *zab = (zk_zab_options_t){
        .self = config->server_id,
        .is_observer = config->observer,
        .config_text = config_text(config),
        .config_version = config->members.version,
        .tick_ms = config->tick_ms,
        .init_limit = config->init_limit_ticks,
        .sync_limit = config->sync_limit_ticks,
        .connect_limit = config->connect_limit_ticks,
        .notification_min_ms = config->notification_min_ms,
        .notification_max_ms = config->notification_max_ms,
        .epoch_wait_max_ms = config->epoch_wait_max_ms >= 0 ? config->epoch_wait_max_ms
                                                            : EPOCH_WAIT_TICKS * config->tick_ms,
        .observer_logs = config->observer_sync_enabled,
        .force_snapshot_sync = config->force_snapshot_sync,
        .history_count_max = config->commit_log_count,
        .history_bytes_max = HISTORY_BYTES_MAX,
        .link_bytes_max = LINK_BYTES_MAX,
        .random_seed = options->random_seed + 1,
    };
    set_voters(&zab->voters, &config->members);
}

/* ---- for the links ---- */

typedef struct caller {
    void (*step)(void *baton, zk_event_t *event);
    void *baton;
} caller_t;

static void call(void *baton, zk_event_t event)
{
    caller_t *caller = baton;

    caller->step(caller->baton, &event);
}

static const char *state_name(int32_t state)
{
    static const char *const names[] = {"LOOKING", "FOLLOWING", "LEADING", "OBSERVING"};

    return state >= 0 && state <= 3 ? names[state] : "unknown";
}

/* What upstream's operators read to see an election. */
static void log_notification(int64_t sid, zk_str_t bytes)
{
    zk_reader_t reader = zk_reader(bytes.data, zk_str_size(bytes));
    int32_t state = zk_read_int(&reader);
    int64_t leader = zk_read_long(&reader);
    int64_t zxid = zk_read_long(&reader);
    int64_t round = zk_read_long(&reader);
    int64_t epoch = zk_read_long(&reader);
    int32_t version = zk_read_int(&reader);

    zk_info("Notification: n.sid:%" PRId64 ", n.state:%s, n.leader:%" PRId64 ", n.round:0x%" PRIx64
            ", n.peerEpoch:0x%" PRIx64 ", n.zxid:0x%" PRIx64 ", message format version:0x%" PRIx32,
            sid, state_name(state), leader, (uint64_t)round, (uint64_t)epoch, (uint64_t)zxid,
            (uint32_t)version);
}

static void on_notification(void *baton, int64_t sid, zk_str_t bytes)
{
    log_notification(sid, bytes);
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_NOTIFICATION, .sid = sid, .bytes = bytes});
}

static void on_connected(void *baton, uint64_t link)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_CONNECTED, .link = link});
}

static void on_connect_failed(void *baton)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_CONNECT_FAILED});
}

static void on_opened(void *baton, uint64_t link, zk_str_t address)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_OPENED, .link = link, .bytes = address});
}

static void on_packet(void *baton, uint64_t link, zk_str_t bytes)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_PACKET, .link = link, .bytes = bytes});
}

static void on_stream(void *baton, uint64_t link, zk_str_t bytes, bool last)
{
    call(baton,
         (zk_event_t){.type = ZK_EVENT_PEER_STREAM, .link = link, .bytes = bytes, .last = last});
}

static void on_drained(void *baton, uint64_t link)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_DRAINED, .link = link});
}

static void on_refused(void *baton, int64_t sid)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_REFUSED, .sid = sid});
}

static void on_gone(void *baton, uint64_t link)
{
    call(baton, (zk_event_t){.type = ZK_EVENT_PEER_GONE, .link = link});
}

static zk_peer_member_t *list_members(const zk_config_members_t *members, apr_pool_t *pool)
{
    zk_peer_member_t *list = apr_pcalloc(pool, (size_t)members->count * sizeof(*list));
    int32_t i;
    int32_t j;

    for (i = 0; i < members->count; i++) {
        const zk_config_member_t *from = &members->items[i];
        zk_peer_address_t *addresses =
            apr_pcalloc(pool, (size_t)from->addresses_count * sizeof(*addresses));

        for (j = 0; j < from->addresses_count; j++)
            addresses[j] = (zk_peer_address_t){from->addresses[j].host,
                                               (uint16_t)from->addresses[j].quorum_port,
                                               (uint16_t)from->addresses[j].election_port};
        list[i] = (zk_peer_member_t){from->sid, addresses, from->addresses_count};
    }
    return list;
}

static int32_t ticks_ms(int32_t ticks, int32_t tick_ms)
{
    int64_t ms = (int64_t)ticks * tick_ms;

    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

apr_status_t zk_ensemble_open(zk_peers_t **peers, const zk_config_t *config, zk_net_t *net,
                              void (*step)(void *baton, zk_event_t *event), void *baton,
                              apr_pool_t *pool, zk_note_t *note)
{
    caller_t *caller = apr_pcalloc(pool, sizeof(*caller));
    const zk_peers_handlers_t handlers = {
        caller,    on_notification, on_connected, on_connect_failed, on_opened,
        on_packet, on_stream,       on_drained,   on_gone,           on_refused};
    int32_t connect_ticks =
        config->connect_limit_ticks > 0 ? config->connect_limit_ticks : config->init_limit_ticks;
    int32_t extra =
        config->record_extra_bytes < 0 ? config->frame_bytes_max : config->record_extra_bytes;
    zk_peers_options_t options = {
        .self = config->server_id,
        .members = list_members(&config->members, pool),
        .members_count = config->members.count,
        .listen_on_all_ips = config->quorum_listen_on_all,
        .multi_address = config->multi_address_enabled,
        .connect_timeout_ms = config->election_connect_timeout_ms,
        .handshake_timeout_ms = config->election_read_timeout_ms >= 0
                                    ? config->election_read_timeout_ms
                                    : ticks_ms(config->sync_limit_ticks, config->tick_ms),
        .leader_connect_ms = ticks_ms(connect_ticks, config->tick_ms),
        .leader_retry_delay_ms = config->leader_retry_ms,
        .bind_retries = config->election_bind_retries,
        .tcp_keepalive = config->election_keepalive,
        .record_bytes_max = (int64_t)config->frame_bytes_max + (extra < 1024 ? 1024 : extra),
        .output_bytes_max = (size_t)LINK_BYTES_MAX,
    };

    caller->step = step;
    caller->baton = baton;
    return zk_peers_create(peers, &options, &handlers, net, pool, note);
}

/* ---- for people ---- */

const char *zk_ensemble_role(const zk_replica_t *replica)
{
    if (zk_replica_is_serving(replica) && zk_replica_is_read_only(replica))
        return "read-only";
    switch (zk_zab_state(zk_replica_zab(replica))) {
    case ZK_SERVER_LEADING:
        return "leader";
    case ZK_SERVER_FOLLOWING:
        return "follower";
    case ZK_SERVER_OBSERVING:
        return "observer";
    case ZK_SERVER_LOOKING:
        break;
    }
    return "leaderelection";
}

const char *zk_ensemble_peer_state(const zk_replica_t *replica)
{
    /* By state and by phase. */
    static const char *const texts[4][3] = {
        {"looking", "looking", "looking"},
        {"following - discovery", "following - synchronization", "following - broadcast"},
        {"leading - discovery", "leading - synchronization", "leading - broadcast"},
        {"observing - discovery", "observing - synchronization", "observing - broadcast"}};
    const zk_zab_t *zab = zk_replica_zab(replica);

    switch (zk_zab_phase(zab)) {
    case ZK_ZAB_DISCOVERY:
        return texts[zk_zab_state(zab)][0];
    case ZK_ZAB_SYNCHRONIZATION:
        return texts[zk_zab_state(zab)][1];
    case ZK_ZAB_BROADCAST:
        return texts[zk_zab_state(zab)][2];
    case ZK_ZAB_ELECTION:
    case ZK_ZAB_LEAVING:
        break;
    }
    return texts[0][0];
}
