/* load.c -- see load.h.  The callbacks only translate; what is damaged was judged by the store,
 * what cannot be by the replica. */
#include "server/load.h"

#include <apr_strings.h>

#include "base/log.h"
#include "base/plat.h"
#include "base/plat_service.h"
#include "server/manager.h"

typedef struct loader {
    zk_replica_t *replica;
    int64_t digest_mismatches;
    int64_t snapshot_end_ms; /* when its snapshot was in, monotonic */
    const zk_store_t *store;
    apr_pool_t *scratch;
    zk_progress_t progress;
} loader_t;

static apr_status_t on_begin(void *baton, int64_t zxid)
{
    loader_t *loader = baton;

    zk_replica_load_begin(loader->replica, zxid);
    zk_progress_begin(&loader->progress, loader->store, zxid, loader->scratch);
    return APR_SUCCESS;
}

static apr_status_t on_session(void *baton, int64_t session_id, int32_t timeout_ms)
{
    loader_t *loader = baton;

    return zk_replica_load_session(loader->replica, session_id, timeout_ms) ? APR_SUCCESS
                                                                            : ZK_E_CORRUPT;
}

static apr_status_t on_acl(void *baton, int64_t acl_id, const zk_acl_vector_t *acl)
{
    loader_t *loader = baton;

    return zk_replica_load_acl(loader->replica, acl_id, acl) ? APR_SUCCESS : ZK_E_CORRUPT;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    loader_t *loader = baton;

    zk_progress_znode(&loader->progress, (int64_t)path.length + data.length);
    return zk_replica_load_znode(loader->replica, path, data, acl_id, stat) ? APR_SUCCESS
                                                                            : ZK_E_CORRUPT;
}

static apr_status_t on_snapshot_end(void *baton, int64_t zxid, int64_t digest_zxid,
                                    int32_t digest_version, int64_t digest)
{
    loader_t *loader = baton;
    bool digest_ok = true;

    loader->snapshot_end_ms = plat_monotonic_ms();
    if (!zk_replica_load_snapshot_end(loader->replica, zxid, digest_zxid, digest_version, digest,
                                      &digest_ok))
        return ZK_E_CORRUPT;
    if (!digest_ok) {
        loader->digest_mismatches++;
        zk_error("The digest in the snapshot 0x%" PRIx64 " does not agree with the tree it holds",
                 (uint64_t)zxid);
    }
    return APR_SUCCESS;
}

static apr_status_t on_txn(void *baton, const zk_txn_decoded_t *txn, zk_str_t payload)
{
    loader_t *loader = baton;

    zk_progress_txn(&loader->progress);
    if (!zk_replica_load_txn(loader->replica, txn, payload) && loader->digest_mismatches++ == 0)
        zk_error("First digest mismatch on txn: 0x%" PRIx64
                 " of type %d, expected digest is %" PRIu64 ", actual digest is %" PRIu64,
                 (uint64_t)txn->header.zxid, txn->header.type, (uint64_t)txn->digest.tree_digest,
                 zk_tree_digest(zk_replica_tree(loader->replica)));
    return APR_SUCCESS;
}

/* Write the present state as a snapshot, before serving. */
static apr_status_t first_snapshot(zk_store_t *store, zk_replica_t *replica, apr_pool_t *scratch,
                                   zk_note_t *note)
{
    zk_snapshot_writer_t *writer;
    zk_buffer_t body = ZK_BUFFER_INIT;
    const char *name;
    int64_t zxid, bytes;
    uint64_t digest;
    apr_status_t rv;

    zk_replica_snapshot_now(replica, &body, &zxid, &digest);
    rv = zk_snapshot_begin(&writer, store, zxid, scratch, note);
    if (rv == APR_SUCCESS) {
        rv = zk_snapshot_append(writer, zk_buffer_bytes(&body), zk_buffer_size(&body), note);
        if (rv == APR_SUCCESS)
            rv = zk_snapshot_finish(writer, (int64_t)digest, &name, &bytes, note);
        else
            zk_snapshot_abort(writer);
    }
    zk_buffer_free(&body);
    return rv;
}

apr_status_t zk_load(zk_store_t *store, zk_replica_t *replica, zk_source_t *source,
                     int64_t *last_zxid, zk_note_t *note)
{
    loader_t loader = {.replica = replica, .store = store};
    const zk_store_sink_t sink = {&loader, on_begin,        on_session, on_acl,
                                  on_node, on_snapshot_end, on_txn};
    zk_store_loaded_t loaded = {0};
    int64_t began_ms = plat_monotonic_ms();
    char damage[256];
    apr_pool_t *scratch;
    apr_status_t rv;

    apr_pool_create_ex(&scratch, NULL, zk_pool_abort, NULL);
    loader.scratch = scratch;
    rv = zk_store_load(store, &sink, &loaded, scratch, note);
    if (rv == APR_SUCCESS) {
        int64_t took_ms = plat_monotonic_ms() - began_ms;
        int64_t snapshot_ms = loaded.has_snapshot ? loader.snapshot_end_ms - began_ms : 0;

        zk_info("%" PRId64 " txns loaded in %" PRId64 " ms", loaded.txns_count,
                took_ms - snapshot_ms);
        zk_info("Snapshot loaded in %" PRId64 " ms, highest zxid is 0x%" PRIx64
                ", digest is %" PRIu64,
                took_ms, (uint64_t)loaded.last_zxid, zk_tree_digest(zk_replica_tree(replica)));
        if (zk_manager_describe_damage(&loaded, damage, sizeof(damage)))
            plat_service_report(PLAT_SERVICE_EVENT_RECOVERED, damage);
        *last_zxid = loaded.last_zxid;
        zk_source_loaded(source, &loaded, snapshot_ms, took_ms);
        if (!loaded.has_snapshot)
            rv = first_snapshot(store, replica, scratch, note);
    }
    apr_pool_destroy(scratch);
    return rv;
}
