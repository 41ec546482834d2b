/* create.c -- a server is put together: ports, stored data, threads, and a brain that knows both.
 *
 *   configuration -> data directory locked -> client port bound -> brain made -> data loaded ->
 *   (member: epochs read, election ports bound) -> threads started -> brain started
 *
 * The port is bound before the data is loaded, so that one that is taken is told at once and not
 * after minutes of loading; nobody is served before the first pass.  The threads of disk and
 * snapshots come late: what fails before them finds no work under way, and the pool's cleanups undo
 * the rest.
 *
 * Facts: upstream ExitCode.java, for the code that each stage fails with. */
#include "server/server_internal.h"

#include "base/log.h"
#include "base/status.h"
#include "server/ensemble.h"
#include "server/load.h"
#include "server/settings.h"

/* A member looks at its timers at least this often. */
enum { MEMBER_TICK_MS = 50 };

/* ---- ports and threads ---- */

static void wake(void *baton)
{
    zk_server_t *server = baton;

    zk_net_wake(server->net);
}

/* After the wait and before the first frame: what comes now comes at this time, not at that of the
 * last pass. */
static void woke(void *baton)
{
    zk_server_read_clocks(baton);
}

static apr_status_t open_port(zk_server_t *server, zk_note_t *note)
{
    const zk_net_handlers_t handlers = zk_server_client_handlers(server);
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

/* ---- stored data, alone or as a member ---- */

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
        rv = zk_ensemble_open(&server->peers, server->config, server->net, zk_server_peer_event,
                              server, server->pool, note);
    if (rv == APR_SUCCESS)
        rv = start_threads(server, note);
    if (rv != APR_SUCCESS)
        return rv;
    if (last_zxid < 0)
        may_vote = false;
    if (!may_vote)
        zk_warn("This server has no state that counts: it follows, and votes once it has one");
    zk_server_read_clocks(server);
    zk_replica_join(server->replica, accepted_epoch, current_epoch, may_vote, server->wall_ms,
                    server->mono_ms, &server->actions);
    zk_server_carry_out(server);
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

/* ---- the whole ---- */

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
    zk_server_read_clocks(server);
    rv = config->distributed ? join_ensemble(server, note) : start_alone(server, note);
    if (rv != APR_SUCCESS)
        return rv;
    *exit_code = ZK_EXIT_OK;
    *out = server;
    return APR_SUCCESS;
}
