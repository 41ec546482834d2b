/* server.c -- see server.h.  The loop of the brain's thread:
 *
 *   sockets -> events -> zk_replica_step -> actions -> sockets, disk thread, snapshot thread
 *
 * events.c is the way in and actions.c the way out; here is what gives them their turns: how long a
 * pass may sleep, what time demands, and how it all ends.
 *
 * Invariant: the replica is touched by the thread in zk_server_run only. */
#include "server/server_internal.h"

#include <stdio.h>

#include "base/log.h"
#include "base/plat.h"

enum {
    /* Longest sleep of the loop: the tick needs one event per quarter. */
    PASS_MS_MAX = 1000,
    /* After a stop: how long connections may take to receive their last bytes. */
    DRAIN_MS_MAX = 5000,
    /* ... and how long a member of an ensemble may take to leave its role. */
    LEAVE_MS_MAX = 20000
};

void zk_server_read_clocks(zk_server_t *server)
{
    server->wall_ms = plat_wall_ms();
    server->mono_ms = plat_monotonic_ms();
    zk_source_set_clocks(server->source, server->wall_ms, server->mono_ms);
}

void zk_server_fail(zk_server_t *server, int exit_code, plat_service_event_t event,
                    const char *thread, const char *why)
{
    if (server->failed)
        return;
    server->failed = true;
    server->exit_code = exit_code;
    zk_error("Severe unrecoverable error, from thread : %s: %s", thread, why);
    zk_info("Thread %s exits, error code %d", thread, exit_code);
    plat_service_report(event, why);
}

/* ---- what the last pass left over ---- */

/* One more batch of the snapshot walk per pass, while the writer keeps up. */
static bool feed_snapshot(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_SNAPSHOT_ROOM};

    if (!zk_snapshot_thread_has_room(server->snapshots))
        return false;
    zk_server_step(server, &event);
    return zk_snapshot_thread_has_room(server->snapshots);
}

/* What the last step had no room for.  Returns whether there is still more. */
static bool take_up_rest(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (!zk_replica_has_more(server->replica))
        return false;
    zk_server_step(server, &event);
    return zk_replica_has_more(server->replica);
}

/* ---- timers ---- */

static void tick(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_TICK};

    if (server->mono_ms >= server->next_tick_ms) {
        server->next_tick_ms = server->mono_ms + server->tick_quarter_ms;
        zk_server_step(server, &event);
    }
    if (server->purge_interval_ms > 0 && server->mono_ms >= server->next_purge_ms) {
        server->next_purge_ms = server->mono_ms + server->purge_interval_ms;
        zk_snapshot_thread_purge(server->snapshots);
    }
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

/* ---- what is told of us ---- */

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

/* ---- the end ---- */

static void begin_stop(zk_server_t *server)
{
    zk_event_t event = {.type = ZK_EVENT_SHUTDOWN};

    server->stopping = true;
    zk_manager_stopping(&server->manager);
    zk_info("Shutting down (%s)", atomic_load(&server->stop_reason));
    zk_net_stop_listening(server->net);
    server->leave_by_ms = server->mono_ms + LEAVE_MS_MAX;
    zk_server_step(server, &event);
}

/* A member that waits for others on its way out does not wait for ever. */
static bool is_leaving_too_long(const zk_server_t *server)
{
    return server->stopping && server->peers != NULL && server->mono_ms >= server->leave_by_ms;
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

/* ---- the loop ---- */

static void one_pass(zk_server_t *server)
{
    bool more_snapshot = feed_snapshot(server);
    bool more_answers = take_up_rest(server);

    zk_net_flush(server->net);
    if (server->peers != NULL)
        zk_peers_flush(server->peers);
    if (zk_net_pass(server->net, pass_ms(server, more_snapshot || more_answers)) != APR_SUCCESS)
        zk_server_fail(server, ZK_EXIT_UNEXPECTED, PLAT_SERVICE_EVENT_FAILED, "main",
                       "the poll of sockets failed");
    zk_server_read_clocks(server);
    zk_server_tick_peers(server);
    zk_server_take_reports(server);
    tick(server);
    if (server->peers != NULL) {
        zk_source_update(server->source);
        tell_quorum(server);
    }
    tell_manager(server);
    if (!server->stopping && atomic_load(&server->stop_reason) != NULL)
        begin_stop(server);
}

int zk_server_run(zk_server_t *server)
{
    char text[ZK_MANAGER_TEXT_BYTES];

    zk_server_read_clocks(server);
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
