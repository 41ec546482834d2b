/* server.c -- see server.h.  The loop of the brain's thread:
 *
 *   sockets -> events -> zk_replica_step -> actions -> sockets, disk thread, snapshot thread
 *
 * Actions are carried out right after the step that gave them, so a PAUSE takes effect before the
 * next frame of the same connection is cut.  Output gathers in the connections and is written once
 * per pass.
 *
 * Invariants
 *   1. The replica is touched by the thread in zk_server_run only.
 *   2. LOG_SYNCED is given to the brain only for reports of the disk thread that succeeded; after a
 * failed one the brain gets no further event and nothing more is sent: what was not acknowledged
 * stays so. */
#include "server/server.h"

#include <inttypes.h>

#include <stdatomic.h>
#include <stdio.h>

#include <apr_strings.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "base/plat_service.h"
#include "net/net.h"
#include "pipeline/replica.h"
#include "server/disk_thread.h"
#include "server/ensemble.h"
#include "server/load.h"
#include "server/manager.h"
#include "server/settings.h"
#include "server/snapshot_thread.h"
#include "server/source.h"

enum {
    /* Longest sleep of the loop: the tick needs one event per quarter. */
    PASS_MS_MAX = 1000,
    /* After a stop: how long connections may take to receive their last bytes. */
    DRAIN_MS_MAX = 5000,
    /* ... and how long a member of an ensemble may take to leave its role. */
    LEAVE_MS_MAX = 20000,
    /* A member looks at its timers at least this often. */
    MEMBER_TICK_MS = 50
};

/* A part of the log for a learner, read from disk: never more than this, nor than the share of a
 * snapshot that snapshotSizeFactor says. */
#define LOG_PART_BYTES_MAX ((int64_t)256 * 1024 * 1024)
#define LOG_PART_BYTES_MIN ((int64_t)1024 * 1024)

struct zk_server {
    const zk_config_t *config;
    apr_pool_t *pool;
    zk_store_t *store;
    zk_replica_t *replica;
    zk_net_t *net;
    zk_peers_t *peers;    /* NULL: alone */
    uint64_t paused_link; /* brings a snapshot faster than the disk takes it; 0: none */
    int32_t peers_due_ms;
    zk_disk_thread_t *disk;
    zk_snapshot_thread_t *snapshots;
    zk_source_t *source; /* what four-letter words look at */
    zk_manager_t manager;
    zk_actions_t actions;
    uint16_t port;
    int64_t wall_ms, mono_ms; /* of this pass */
    int32_t tick_quarter_ms;
    int64_t next_tick_ms, next_purge_ms, purge_interval_ms;
    _Atomic(const char *) stop_reason; /* NULL: nobody asked */
    bool stopping, drained;
    int64_t leave_by_ms;
    bool failed;
    int exit_code;
};

static void read_clocks(zk_server_t *server)
{
    server->wall_ms = plat_wall_ms();
    server->mono_ms = plat_monotonic_ms();
    zk_source_set_clocks(server->source, server->wall_ms, server->mono_ms);
}

static void fail(zk_server_t *server, int exit_code, plat_service_event_t event, const char *thread,
                 const char *why)
{
    if (server->failed)
        return;
    server->failed = true;
    server->exit_code = exit_code;
    zk_error("Severe unrecoverable error, from thread : %s: %s", thread, why);
    zk_info("Thread %s exits, error code %d", thread, exit_code);
    plat_service_report(event, why);
}

/* ---- actions ---- */

/* How much of the log is worth reading for a learner: a snapshot is the alternative. */
static int64_t log_part_bytes(const zk_server_t *server)
{
    double factor = server->config->snapshot_size_factor;
    int64_t snapshots = 0;
    int64_t logs = 0;
    apr_pool_t *scratch;
    double bytes;

    if (factor < 0)
        return -1;
    apr_pool_create_ex(&scratch, server->pool, zk_pool_abort, NULL);
    (void)zk_store_sizes(server->store, &snapshots, &logs, scratch);
    apr_pool_destroy(scratch);
    bytes = factor * (double)snapshots;
    if (bytes < (double)LOG_PART_BYTES_MIN)
        return LOG_PART_BYTES_MIN;
    return bytes > (double)LOG_PART_BYTES_MAX ? LOG_PART_BYTES_MAX : (int64_t)bytes;
}

/* What only a member of an ensemble is told to do. */
static void carry_out_for_member(zk_server_t *server, const zk_action_t *action,
                                 const uint8_t *bytes)
{
    ZK_ASSERT(server->peers != NULL);
    switch (action->type) {
    case ZK_ACTION_NOTIFY:
        zk_peers_notify(server->peers, action->sid, bytes, action->length);
        break;
    case ZK_ACTION_LISTEN:
        zk_peers_listen(server->peers);
        break;
    case ZK_ACTION_UNLISTEN:
        zk_peers_unlisten(server->peers);
        break;
    case ZK_ACTION_CONNECT_LEADER:
        zk_peers_connect(server->peers, action->sid);
        break;
    case ZK_ACTION_PEER_SEND:
        zk_peers_send(server->peers, action->link, bytes, action->length);
        if (action->tells_drained)
            zk_peers_await_drained(server->peers, action->link);
        break;
    case ZK_ACTION_PEER_CLOSE:
        zk_peers_close(server->peers, action->link);
        break;
    case ZK_ACTION_SAVE_EPOCH:
        zk_disk_thread_save_epoch(server->disk, action->epoch, action->is_current);
        break;
    case ZK_ACTION_READ_LOG:
        zk_disk_thread_read_log(server->disk, action->zxid, action->link, log_part_bytes(server));
        break;
    case ZK_ACTION_TRUNCATE_LOG:
        zk_disk_thread_truncate(server->disk, action->zxid);
        break;
    case ZK_ACTION_INSTALL_SNAPSHOT:
        zk_disk_thread_install(server->disk, action->zxid);
        break;
    case ZK_ACTION_SNAPSHOT_ABORT:
        zk_snapshot_thread_abort(server->snapshots);
        break;
    default:
        ZK_ASSERT(false); /* an action that nobody knows */
    }
}

static void carry_out(zk_server_t *server)
{
    zk_actions_t *actions = &server->actions;
    size_t i;

    for (i = 0; i < actions->count; i++) {
        zk_action_t *action = &actions->items[i];

        switch (action->type) {
        case ZK_ACTION_SEND:
            zk_net_send(server->net, action->client, actions->bytes.data + action->offset,
                        action->length);
            break;
        case ZK_ACTION_CLOSE:
            zk_net_close(server->net, action->client);
            break;
        case ZK_ACTION_PAUSE:
            zk_net_pause(server->net, action->client);
            break;
        case ZK_ACTION_RESUME:
            zk_net_resume(server->net, action->client);
            break;
        case ZK_ACTION_APPEND_LOG:
            if (server->peers != NULL)
                zk_source_proposed(server->source, action->blob->size);
            zk_disk_thread_append(server->disk, action->blob);
            action->blob = NULL;
            break;
        case ZK_ACTION_ROLL_LOG:
            zk_disk_thread_roll(server->disk);
            break;
        case ZK_ACTION_SNAPSHOT_BEGIN:
            zk_snapshot_thread_begin(server->snapshots, action->zxid, action->is_received);
            break;
        case ZK_ACTION_SNAPSHOT_CHUNK:
            zk_snapshot_thread_chunk(server->snapshots, action->blob);
            action->blob = NULL;
            break;
        case ZK_ACTION_SNAPSHOT_END:
            zk_snapshot_thread_end(server->snapshots, action->digest);
            break;
        case ZK_ACTION_DRAINED:
            server->drained = true;
            break;
        default:
            carry_out_for_member(server, action, actions->bytes.data + action->offset);
            break;
        }
    }
    zk_actions_clear(actions);
}

static void step(zk_server_t *server, zk_event_t *event)
{
    if (server->failed)
        return;
    event->wall_ms = server->wall_ms;
    event->mono_ms = server->mono_ms;
    zk_replica_step(server->replica, event, &server->actions);
    if (server->actions.count > 0)
        carry_out(server);
}

/* ---- sockets ---- */

static void client_opened(void *baton, uint64_t client, zk_str_t address, uint16_t port)
{
    zk_event_t event = {
        .type = ZK_EVENT_CLIENT_OPENED, .client = client, .port = port, .bytes = address};

    step(baton, &event);
}

static void client_frame(void *baton, uint64_t client, zk_str_t bytes)
{
    zk_server_t *server = baton;
    zk_event_t event = {.type = ZK_EVENT_CLIENT_FRAME, .client = client, .bytes = bytes};

    step(server, &event);
    if (zk_replica_session_of(server->replica, (uint32_t)client) != 0)
        zk_net_set_established(server->net, client);
}

/* The two endings that operators look for. */
static void log_gone(const zk_server_t *server, uint64_t client, zk_net_gone_t why)
{
    uint64_t session = (uint64_t)zk_replica_session_of(server->replica, (uint32_t)client);
    char address[ZK_NET_ADDRESS_BYTES];

    if (why == ZK_NET_GONE_BAD_FRAME)
        zk_warn("Close of session 0x%" PRIx64, session);
    if (why == ZK_NET_GONE_PEER && zk_net_peer_address(server->net, client, address))
        zk_info("Unable to read additional data from client, it probably closed the socket: "
                "address = /%s:%u, session = 0x%" PRIx64,
                address, zk_net_peer_port(server->net, client), session);
}

static void client_gone(void *baton, uint64_t client, zk_net_gone_t why)
{
    zk_server_t *server = baton;
    zk_event_t event = {.type = ZK_EVENT_CLIENT_GONE, .client = client};

    log_gone(server, client, why);
    step(server, &event);
}

static bool client_word(void *baton, uint64_t client, uint32_t word, zk_str_t argument)
{
    zk_server_t *server = baton;

    return zk_source_answer_word(server->source, client, word, argument);
}

/* ---- links to other servers ---- */

/* An event of a link.  A snapshot that comes faster than the disk takes it is read no further. */
static void peer_event(void *baton, zk_event_t *event)
{
    zk_server_t *server = baton;

    step(server, event);
    if (event->type == ZK_EVENT_PEER_STREAM && zk_snapshot_thread_is_behind(server->snapshots)) {
        server->paused_link = event->link;
        zk_peers_pause(server->peers, event->link);
    }
}

static void tick_peers(zk_server_t *server)
{
    if (server->peers == NULL)
        return;
    if (server->paused_link != 0 && !zk_snapshot_thread_is_behind(server->snapshots)) {
        zk_peers_resume(server->peers, server->paused_link);
        server->paused_link = 0;
    }
    server->peers_due_ms = zk_peers_tick(server->peers, server->mono_ms);
    if (zk_peers_is_deaf(server->peers))
        fail(server, ZK_EXIT_ELECTION_PORT, PLAT_SERVICE_EVENT_PORT, "ListenerHandler",
             "As I'm leaving the listener thread, I won't be able to participate in leader "
             "election any longer");
}

/* ---- reports of the other threads ---- */

/* The files have been changed as a leader wants them: load what they hold now. */
static void reload(zk_server_t *server, const zk_disk_report_t *report)
{
    zk_event_t event = {.type = ZK_EVENT_RELOADED, .zxid = report->zxid};
    zk_note_t note = report->note;
    apr_status_t rv = report->status;
    int64_t last_zxid = -1;

    if (rv == APR_SUCCESS)
        rv = zk_load(server->store, server->replica, server->source, &last_zxid, &note);
    zk_manager_loaded(&server->manager);
    read_clocks(server);
    event.failed = rv != APR_SUCCESS;
    if (event.failed)
        zk_error("Unable to load database on disk: %s; a leader has to give this server its state",
                 note.text);
    else
        event.zxid = last_zxid;
    step(server, &event);
}

static void take_log_part(zk_server_t *server, const zk_disk_report_t *report)
{
    const zk_zab_log_part_t part = {.zxids = report->zxids,
                                    .payloads = report->payloads,
                                    .count = report->payloads_count,
                                    .usable = report->status == APR_SUCCESS};
    zk_event_t event = {.type = ZK_EVENT_LOG_READ, .link = report->link, .log = &part};

    if (!part.usable)
        zk_info("The log is of no use to this learner: %s",
                report->status == ZK_E_TOO_LARGE ? "it lacks too much" : report->note.text);
    step(server, &event);
}

/* Failures that only the job itself suffers from. */
static bool is_survivable(const zk_disk_report_t *report)
{
    return report->kind == ZK_DISK_LOG_READ ||
           (report->kind != ZK_DISK_SYNCED && report->kind != ZK_DISK_EPOCH_SAVED &&
            (report->status == ZK_E_NO_SNAPSHOT || report->status == ZK_E_CORRUPT));
}

static void take_disk_report(zk_server_t *server, const zk_disk_report_t *report)
{
    zk_event_t event = {.zxid = report->zxid};

    if (report->status != APR_SUCCESS && !is_survivable(report)) {
        fail(server, ZK_EXIT_UNEXPECTED, PLAT_SERVICE_EVENT_DISK,
             zk_store_sync_thread_name(server->store), report->note.text);
        return;
    }
    switch (report->kind) {
    case ZK_DISK_SYNCED:
        zk_source_log_synced(server->source, report);
        event.type = ZK_EVENT_LOG_SYNCED;
        step(server, &event);
        break;
    case ZK_DISK_EPOCH_SAVED:
        event.type = ZK_EVENT_EPOCH_SAVED;
        event.epoch = report->epoch;
        event.is_current = report->is_current;
        step(server, &event);
        break;
    case ZK_DISK_TRUNCATED:
    case ZK_DISK_INSTALLED:
        reload(server, report);
        break;
    case ZK_DISK_LOG_READ:
        take_log_part(server, report);
        break;
    }
}

static void take_disk_reports(zk_server_t *server)
{
    zk_disk_report_t *report;

    while ((report = zk_disk_thread_report(server->disk)) != NULL) {
        take_disk_report(server, report);
        zk_disk_report_free(report);
    }
}

static void take_snapshot_reports(zk_server_t *server)
{
    zk_snapshot_report_t *report;

    while ((report = zk_snapshot_thread_report(server->snapshots)) != NULL) {
        zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_DONE,
                            .zxid = report->zxid,
                            .failed = report->status != APR_SUCCESS};

        step(server, &event);
        if (report->is_aborted)
            zk_info("The snapshot of zxid 0x%" PRIx64 " was broken off", (uint64_t)report->zxid);
        else if (report->status != APR_SUCCESS)
            fail(server, ZK_EXIT_SNAPSHOT, PLAT_SERVICE_EVENT_DISK, "Snapshot Thread",
                 report->note.text);
        else
            zk_source_snapshot_taken(server->source, report);
        zk_free(report);
    }
}

/* One more batch of the snapshot walk per pass, while the writer keeps up. */
static bool feed_snapshot(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_ROOM};

    if (!zk_snapshot_thread_has_room(server->snapshots))
        return false;
    step(server, &event);
    return zk_snapshot_thread_has_room(server->snapshots);
}

/* What the last step had no room for.  Returns whether there is still more. */
static bool take_up_rest(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (!zk_replica_has_more(server->replica))
        return false;
    step(server, &event);
    return zk_replica_has_more(server->replica);
}

/* ---- the loop ---- */

static void tick(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (server->mono_ms >= server->next_tick_ms) {
        server->next_tick_ms = server->mono_ms + server->tick_quarter_ms;
        step(server, &event);
    }
    if (server->purge_interval_ms > 0 && server->mono_ms >= server->next_purge_ms) {
        server->next_purge_ms = server->mono_ms + server->purge_interval_ms;
        zk_snapshot_thread_purge(server->snapshots);
    }
}

static void begin_stop(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_SHUTDOWN};

    server->stopping = true;
    zk_manager_stopping(&server->manager);
    zk_info("Shutting down (%s)", atomic_load(&server->stop_reason));
    zk_net_stop_listening(server->net);
    server->leave_by_ms = server->mono_ms + LEAVE_MS_MAX;
    step(server, &event);
}

/* A member that waits for others on its way out does not wait for ever. */
static bool is_leaving_too_long(const zk_server_t *server)
{
    return server->stopping && server->peers != NULL && server->mono_ms >= server->leave_by_ms;
}

/* How long the next pass may sleep: not at all while another thread has news, or there is MORE to
 * do here. */
static int32_t pass_ms(zk_server_t *server, bool more)
{
    int64_t left = server->next_tick_ms - plat_monotonic_ms();

    if (more || !zk_disk_thread_may_sleep(server->disk) ||
        !zk_snapshot_thread_may_sleep(server->snapshots))
        return 0;
    if (left < 0)
        return 0;
    if (server->peers != NULL && left > server->peers_due_ms)
        left = server->peers_due_ms;
    return left > PASS_MS_MAX ? PASS_MS_MAX : (int32_t)left;
}

/* A sign of life, and what we are where that has changed. */
static void tell_manager(zk_server_t *server)
{
    char text[ZK_MANAGER_TEXT_BYTES];

    zk_manager_alive(&server->manager, server->mono_ms);
    if (!zk_manager_may_tell(&server->manager, server->mono_ms))
        return;
    zk_source_describe(server->source, text, sizeof(text));
    zk_manager_tell(&server->manager, server->mono_ms, text);
}

/* A quorum that a member had and has no more, or has again: for the event log. */
static void tell_quorum(zk_server_t *server)
{
    bool has_quorum =
        zk_replica_is_serving(server->replica) && !zk_replica_is_read_only(server->replica);
    char text[ZK_MANAGER_TEXT_BYTES], now[ZK_MANAGER_TEXT_BYTES];
    const char *news;

    if (server->stopping || server->failed)
        return;
    news = zk_manager_quorum(&server->manager, has_quorum);
    if (news == NULL)
        return;
    zk_source_describe(server->source, now, sizeof(now));
    snprintf(text, sizeof(text), "%s, %.*s", news, (int)sizeof(text) - 16, now);
    plat_service_report(PLAT_SERVICE_EVENT_QUORUM, text);
}

static void one_pass(zk_server_t *server)
{
    bool more_snapshot = feed_snapshot(server);
    bool more_answers = take_up_rest(server);

    zk_net_flush(server->net);
    if (server->peers != NULL)
        zk_peers_flush(server->peers);
    if (zk_net_pass(server->net, pass_ms(server, more_snapshot || more_answers)) != APR_SUCCESS)
        fail(server, ZK_EXIT_UNEXPECTED, PLAT_SERVICE_EVENT_FAILED, "main",
             "the poll of sockets failed");
    read_clocks(server);
    tick_peers(server);
    take_disk_reports(server);
    take_snapshot_reports(server);
    tick(server);
    if (server->peers != NULL) {
        zk_source_update(server->source);
        tell_quorum(server);
    }
    tell_manager(server);
    if (!server->stopping && atomic_load(&server->stop_reason) != NULL)
        begin_stop(server);
}

/* Let the last answers leave, within a bound. */
static void flush_connections(zk_server_t *server)
{
    int64_t end_ms = plat_monotonic_ms() + DRAIN_MS_MAX;

    while ((!zk_net_is_idle(server->net) ||
            (server->peers != NULL && !zk_peers_is_idle(server->peers))) &&
           plat_monotonic_ms() < end_ms) {
        zk_net_flush(server->net);
        if (server->peers != NULL)
            zk_peers_flush(server->peers);
        if (zk_net_pass(server->net, 10) != APR_SUCCESS)
            return;
        if (server->peers != NULL)
            (void)zk_peers_tick(server->peers, plat_monotonic_ms());
    }
}

int zk_server_run(zk_server_t *server)
{
    char text[ZK_MANAGER_TEXT_BYTES];

    read_clocks(server);
    zk_source_describe(server->source, text, sizeof(text));
    zk_manager_ready(&server->manager, server->mono_ms, text);
    server->next_tick_ms = server->mono_ms;
    server->next_purge_ms = server->mono_ms;
    while (!server->drained && !server->failed && !is_leaving_too_long(server))
        one_pass(server);
    if (is_leaving_too_long(server) && !server->drained)
        zk_warn("The role in the ensemble did not end within %d s: stopping without it",
                LEAVE_MS_MAX / 1000);
    if (!server->failed)
        flush_connections(server);
    zk_disk_thread_stop(server->disk);
    zk_snapshot_thread_stop(server->snapshots);
    return server->exit_code;
}

void zk_server_stop(zk_server_t *server, const char *reason)
{
    atomic_store(&server->stop_reason, reason);
    zk_net_wake(server->net);
}

uint16_t zk_server_port(const zk_server_t *server)
{
    return server->port;
}

/* ---- creation ---- */

static void wake(void *baton)
{
    zk_server_t *server = baton;

    zk_net_wake(server->net);
}

/* After the wait and before the first frame: what comes now comes at this time, not at that of the
 * last pass. */
static void woke(void *baton)
{
    read_clocks(baton);
}

static apr_status_t open_port(zk_server_t *server, zk_note_t *note)
{
    const zk_net_handlers_t handlers = {server, client_opened, client_frame, client_word,
                                        client_gone};
    zk_net_options_t options;
    apr_status_t rv;

    zk_settings_net(&options, server->config);
    rv = zk_net_create(&server->net, &options, &handlers, server->pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    zk_net_set_woke(server->net, woke);
    return zk_settings_listen(server->net, server->config, &server->port, note);
}

static apr_status_t start_threads(zk_server_t *server, zk_note_t *note)
{
    apr_status_t rv;

    rv = zk_disk_thread_start(&server->disk, server->store, wake, server, server->pool, note);
    if (rv == APR_SUCCESS)
        rv = zk_snapshot_thread_start(&server->snapshots, server->store,
                                      zk_settings_retain_count(server->config), wake, server,
                                      server->pool, note);
    return rv;
}

static apr_status_t release(void *baton)
{
    zk_server_t *server = baton;

    if (server->replica != NULL)
        zk_replica_destroy(server->replica);
    zk_actions_free(&server->actions);
    return APR_SUCCESS;
}

static void log_created(const zk_server_t *server, const zk_replica_options_t *options)
{
    zk_info("Created server with tickTime %d ms minSessionTimeout %d ms maxSessionTimeout %d ms "
            "clientPortListenBacklog %d dataLogdir %s snapdir %s",
            options->tick_ms, options->session_timeout_min_ms, options->session_timeout_max_ms,
            server->config->listen_backlog, zk_store_log_dir(server->store),
            zk_store_snapshot_dir(server->store));
}

/* Data that does not load keeps a member from voting, not from coming back: it is put aside, and a
 * leader gives this server the state anew. */
static apr_status_t load_member(zk_server_t *server, int64_t *last_zxid, zk_note_t *note)
{
    apr_pool_t *scratch;
    int32_t count = 0;
    apr_status_t rv = zk_load(server->store, server->replica, server->source, last_zxid, note);

    if (rv != ZK_E_CORRUPT && rv != ZK_E_NO_SNAPSHOT)
        return rv;
    zk_error("Unable to load database on disk: %s", note->text);
    apr_pool_create_ex(&scratch, server->pool, zk_pool_abort, NULL);
    rv = zk_store_set_aside(server->store, &count, scratch, note);
    apr_pool_destroy(scratch);
    if (rv != APR_SUCCESS)
        return rv;
    zk_note(note, APR_SUCCESS,
            "%d files were put aside (renamed, ending in .damaged); this server has no vote until "
            "a leader has given it the state anew",
            (int)count);
    zk_error("%s", note->text);
    plat_service_report(PLAT_SERVICE_EVENT_RECOVERED, note->text);
    return zk_load(server->store, server->replica, server->source, last_zxid, note);
}

static apr_status_t join_ensemble(zk_server_t *server, zk_note_t *note)
{
    int64_t accepted_epoch;
    int64_t current_epoch;
    int64_t last_zxid = 0;
    apr_pool_t *scratch;
    bool may_vote = true;
    apr_status_t rv = load_member(server, &last_zxid, note);

    if (rv != APR_SUCCESS)
        return rv;
    apr_pool_create_ex(&scratch, server->pool, zk_pool_abort, NULL);
    rv = zk_epoch_load(server->store, last_zxid, &accepted_epoch, &current_epoch, scratch, note);
    if (rv == APR_SUCCESS)
        rv = zk_store_may_vote(server->store, &may_vote, scratch, note);
    apr_pool_destroy(scratch);
    if (rv == APR_SUCCESS)
        rv = zk_ensemble_open(&server->peers, server->config, server->net, peer_event, server,
                              server->pool, note);
    if (rv == APR_SUCCESS)
        rv = start_threads(server, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (last_zxid < 0)
        may_vote = false;
    if (!may_vote)
        zk_warn("This server has no state that counts: it follows, and votes once it has one");
    read_clocks(server);
    zk_replica_join(server->replica, accepted_epoch, current_epoch, may_vote, server->wall_ms,
                    server->mono_ms, &server->actions);
    carry_out(server);
    zk_source_update(server->source);
    return APR_SUCCESS;
}

static apr_status_t start_alone(zk_server_t *server, zk_note_t *note)
{
    int64_t last_zxid;
    apr_status_t rv = zk_load(server->store, server->replica, server->source, &last_zxid, note);

    if (rv == APR_SUCCESS)
        rv = start_threads(server, note);
    if (rv != APR_SUCCESS)
        return rv;
    zk_replica_start(server->replica, server->wall_ms, server->mono_ms);
    zk_source_set_serving(server->source, true);
    return APR_SUCCESS;
}

apr_status_t zk_server_create(zk_server_t **out, const zk_config_t *config, int *exit_code,
                              apr_pool_t *pool, zk_note_t *note)
{
    zk_server_t *server = apr_pcalloc(pool, sizeof(*server));
    zk_replica_options_t replica_options;
    zk_store_options_t store_options;
    apr_status_t rv;

    zk_config_warn_of_idle(config);
    server->config = config;
    server->pool = pool;
    zk_actions_init(&server->actions);
    apr_pool_cleanup_register(pool, server, release, apr_pool_cleanup_null);

    *exit_code = ZK_EXIT_CONFIG;
    rv = config->distributed ? zk_ensemble_check(config, note) : APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    *exit_code = ZK_EXIT_DATA_DIR;
    zk_settings_store(&store_options, config);
    rv = zk_store_open(&server->store, &store_options, pool, note);
    if (rv != APR_SUCCESS)
        return rv;
    *exit_code = ZK_EXIT_UNEXPECTED;
    rv = open_port(server, note);
    if (rv == ZK_E_CONFIG || rv == ZK_E_UNSUPPORTED)
        *exit_code = ZK_EXIT_CONFIG;
    if (rv != APR_SUCCESS)
        return rv;
    zk_settings_replica(&replica_options, config);
    server->tick_quarter_ms = replica_options.tick_ms / 4 > 0 ? replica_options.tick_ms / 4 : 1;
    if (config->distributed && server->tick_quarter_ms > MEMBER_TICK_MS)
        server->tick_quarter_ms = MEMBER_TICK_MS;
    server->purge_interval_ms = zk_settings_purge_interval_ms(config);
    server->replica = zk_replica_create(&replica_options);
    server->source = zk_source_create(config, server->store, server->replica, server->net, pool);
    zk_source_set_port(server->source, server->port);
    log_created(server, &replica_options);
    read_clocks(server);
    rv = config->distributed ? join_ensemble(server, note) : start_alone(server, note);
    if (rv != APR_SUCCESS)
        return rv;
    *exit_code = ZK_EXIT_OK;
    *out = server;
    return APR_SUCCESS;
}
