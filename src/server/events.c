/* events.c -- what sockets, links and the other threads have to say, as events for the brain.
 *
 * Each of them is one step, at once: the handlers of connections and links are called from within
 * zk_net_pass and zk_peers_tick, and the loop asks for the reports.  Not all of it is passed on: a
 * link that brings a snapshot faster than the disk takes it is read no further until the writer has
 * caught up, and a failure of the disk that concerns more than the job that met it ends the server.
 *
 * Invariant: LOG_SYNCED is given to the brain only for reports of the disk thread that succeeded;
 * after a failed one the brain gets no further event and nothing more is sent: what was not
 * acknowledged stays so. */
#include "server/server_internal.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/status.h"
#include "server/load.h"

/* ---- connections of clients ---- */

static void client_opened(void *baton, uint64_t client, zk_str_t address, uint16_t port)
{
    zk_event_t event = {
        .type = ZK_EVENT_CLIENT_OPENED, .client = client, .port = port, .bytes = address};

    zk_server_step(baton, &event);
}

static void client_frame(void *baton, uint64_t client, zk_str_t bytes)
{
    zk_server_t *server = baton;
    zk_event_t event = {.type = ZK_EVENT_CLIENT_FRAME, .client = client, .bytes = bytes};

    zk_server_step(server, &event);
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
    zk_server_step(server, &event);
}

static bool client_word(void *baton, uint64_t client, uint32_t word, zk_str_t argument)
{
    zk_server_t *server = baton;

    return zk_source_answer_word(server->source, client, word, argument);
}

zk_net_handlers_t zk_server_client_handlers(zk_server_t *server)
{
    const zk_net_handlers_t handlers = {server, client_opened, client_frame, client_word,
                                        client_gone};

    return handlers;
}

/* ---- links to other servers ---- */

/* An event of a link.  A snapshot that comes faster than the disk takes it is read no further. */
void zk_server_peer_event(void *baton, zk_event_t *event)
{
    zk_server_t *server = baton;

    zk_server_step(server, event);
    if (event->type == ZK_EVENT_PEER_STREAM && zk_snapshot_thread_is_behind(server->snapshots)) {
        server->paused_link = event->link;
        zk_peers_pause(server->peers, event->link);
    }
}

void zk_server_tick_peers(zk_server_t *server)
{
    if (server->peers == NULL)
        return;
    if (server->paused_link != 0 && !zk_snapshot_thread_is_behind(server->snapshots)) {
        zk_peers_resume(server->peers, server->paused_link);
        server->paused_link = 0;
    }
    server->peers_due_ms = zk_peers_tick(server->peers, server->mono_ms);
    if (zk_peers_is_deaf(server->peers))
        zk_server_fail(
            server, ZK_EXIT_ELECTION_PORT, PLAT_SERVICE_EVENT_PORT, "ListenerHandler",
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
    zk_server_read_clocks(server);
    event.failed = rv != APR_SUCCESS;
    if (event.failed)
        zk_error("Unable to load database on disk: %s; a leader has to give this server its state",
                 note.text);
    else
        event.zxid = last_zxid;
    zk_server_step(server, &event);
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
    zk_server_step(server, &event);
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
        zk_server_fail(server, ZK_EXIT_UNEXPECTED, PLAT_SERVICE_EVENT_DISK,
                       zk_store_sync_thread_name(server->store), report->note.text);
        return;
    }
    switch (report->kind) {
    case ZK_DISK_SYNCED:
        zk_source_log_synced(server->source, report);
        event.type = ZK_EVENT_LOG_SYNCED;
        zk_server_step(server, &event);
        break;
    case ZK_DISK_EPOCH_SAVED:
        event.type = ZK_EVENT_EPOCH_SAVED;
        event.epoch = report->epoch;
        event.is_current = report->is_current;
        zk_server_step(server, &event);
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

        zk_server_step(server, &event);
        if (report->is_aborted)
            zk_info("The snapshot of zxid 0x%" PRIx64 " was broken off", (uint64_t)report->zxid);
        else if (report->status != APR_SUCCESS)
            zk_server_fail(server, ZK_EXIT_SNAPSHOT, PLAT_SERVICE_EVENT_DISK, "Snapshot Thread",
                           report->note.text);
        else
            zk_source_snapshot_taken(server->source, report);
        zk_free(report);
    }
}

void zk_server_take_reports(zk_server_t *server)
{
    take_disk_reports(server);
    take_snapshot_reports(server);
}
