/* server_internal.h -- what the files of one server share; no other room includes it.
 *
 *   create.c    a server is put together, piece by piece, and freed
 *   server.c    the loop of the brain's thread, from the first pass to the exit code
 *   events.c    in: what sockets, links and the other threads have to say becomes events
 *   actions.c   out: what the brain says is carried out
 *
 * All of it runs on the brain's thread, creation before the loop and the rest inside a pass, but
 * for zk_server_stop and the waking of the loop, which other threads call. */
#ifndef ZK_SERVER_SERVER_INTERNAL_H
#define ZK_SERVER_SERVER_INTERNAL_H

#include <stdatomic.h>

#include "base/plat_service.h"
#include "net/net.h"
#include "peer/peer.h"
#include "pipeline/replica.h"
#include "server/disk_thread.h"
#include "server/manager.h"
#include "server/server.h"
#include "server/snapshot_thread.h"
#include "server/source.h"
#include "store/store.h"

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

/* ---- server.c ---- */

/* The times of this pass are those of now. */
void zk_server_read_clocks(zk_server_t *server);

/* End with EXIT_CODE, because of WHY in THREAD: from now on the brain hears nothing and nothing is
 * sent.  EVENT is for the system's event log.  Only the first failure counts. */
void zk_server_fail(zk_server_t *server, int exit_code, plat_service_event_t event,
                    const char *thread, const char *why);

/* ---- actions.c ---- */

/* Let the brain hear EVENT, at the time of this pass, and carry out what it says to that; nothing
 * after a failure. */
void zk_server_step(zk_server_t *server, zk_event_t *event);

/* Carry out server->actions and empty them. */
void zk_server_carry_out(zk_server_t *server);

/* ---- events.c ---- */

/* What connections of clients bring, for zk_net_create. */
zk_net_handlers_t zk_server_client_handlers(zk_server_t *server);

/* EVENT of a link to another server, for zk_ensemble_open; BATON is the server. */
void zk_server_peer_event(void *baton, zk_event_t *event);

/* Let the links do what is due, where there are any, and note when they want to be asked again. */
void zk_server_tick_peers(zk_server_t *server);

/* Take what the disk thread, then the snapshot thread, has reported since. */
void zk_server_take_reports(zk_server_t *server);

#endif
