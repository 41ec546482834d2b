/* store_fixture.c -- see store_fixture.h. */
#include "store_fixture.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_tables.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/opcode.h"
#include "wire/txn.h"

static zk_store_t *usual;
static apr_pool_t *usual_pool;

zk_store_options_t fixture_options(void)
{
    zk_store_options_t options = {
        .data_dir = zk_test_dir(),
        .autocreate_dirs = true,
        .autocreate_db = true,
        .force_sync = true,
        .preallocate_bytes = 8192,
        .record_bytes_max = 2097150,
        .fsync_warning_ms = 60000,
    };

    return options;
}

zk_store_t *fixture_open(const zk_store_options_t *options, apr_pool_t **pool)
{
    zk_store_t *store = NULL;
    zk_note_t note = {""};
    apr_status_t rv;

    apr_pool_create(pool, zk_test_pool());
    rv = zk_store_open(&store, options, *pool, &note);
    if (rv != APR_SUCCESS)
        CU_FAIL_FATAL("the store does not open");
    return store;
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    usual = NULL;
    usual_pool = NULL;
    return APR_SUCCESS;
}

zk_store_t *fixture_store(void)
{
    zk_store_options_t options = fixture_options();

    if (usual == NULL) {
        usual = fixture_open(&options, &usual_pool);
        apr_pool_cleanup_register(usual_pool, NULL, forget, apr_pool_cleanup_null);
    }
    return usual;
}

void fixture_close(void)
{
    if (usual_pool != NULL)
        apr_pool_destroy(usual_pool);
}

const uint8_t *fixture_payload(int64_t zxid, size_t data_size, size_t *size)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_txn_decoded_t txn;
    char *data = apr_palloc(zk_test_pool(), data_size + 1);
    const uint8_t *copy;

    memset(data, 'a' + (int)(zxid % 26), data_size);
    memset(&txn, 0, sizeof(txn));
    txn.header.client_id = 0x100000000000001;
    txn.header.cxid = (int32_t)zxid;
    txn.header.zxid = zxid;
    txn.header.time = 1700000000000 + (zxid & 0xffffffff);
    txn.header.type = ZK_OP_SET_DATA;
    txn.body.set_data.path = zk_str("/n");
    txn.body.set_data.data = zk_str_n(data, data_size);
    txn.body.set_data.version = (int32_t)zxid;
    txn.has_digest = true;
    txn.digest.version = 2;
    txn.digest.tree_digest = (zxid & 0xffffffff) * 3;
    zk_txn_encode(&txn, &buffer);
    *size = zk_buffer_size(&buffer);
    copy = apr_pmemdup(zk_test_pool(), zk_buffer_bytes(&buffer), *size);
    zk_buffer_free(&buffer);
    return copy;
}

apr_status_t fixture_append(zk_txnlog_t *log, int64_t from, int64_t to)
{
    int64_t took_ns;
    int64_t zxid;
    apr_status_t rv = APR_SUCCESS;

    for (zxid = from; rv == APR_SUCCESS && zxid <= to; zxid++) {
        size_t size;
        const uint8_t *payload = fixture_payload(zxid, 20, &size);

        rv = zk_txnlog_append(log, zxid, payload, size, NULL);
    }
    return rv == APR_SUCCESS ? zk_txnlog_sync(log, &took_ns, NULL) : rv;
}

void fixture_write_log(zk_store_t *store, int64_t from, int64_t to)
{
    apr_pool_t *pool;
    zk_txnlog_t *log;

    apr_pool_create(&pool, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(zk_txnlog_open(&log, store, pool), APR_SUCCESS);
    CU_ASSERT_EQUAL(fixture_append(log, from, to), APR_SUCCESS);
    zk_txnlog_close(log);
    apr_pool_destroy(pool);
}

static void put_node(zk_buffer_t *buffer, const char *path, int64_t mzxid)
{
    uint8_t *stat;

    zk_write_str(buffer, zk_str(path));
    zk_write_str(buffer, zk_str("some value"));
    zk_write_long(buffer, 1);
    stat = zk_buffer_extend(buffer, 60);
    memset(stat, 0, 60);
    zk_put_u64(stat + 8, (uint64_t)mzxid);
}

typedef apr_status_t begin_t(zk_snapshot_writer_t **writer, zk_store_t *store, int64_t zxid,
                             apr_pool_t *pool, zk_note_t *note);

static apr_status_t write_snapshot(begin_t *begin, zk_store_t *store, int64_t zxid, int nodes_count,
                                   int64_t mzxid)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    zk_snapshot_writer_t *writer;
    apr_pool_t *pool;
    const char *name;
    int64_t bytes;
    apr_status_t rv;
    int i;

    apr_pool_create(&pool, zk_test_pool());
    zk_write_int(&body, 1);
    zk_write_long(&body, 0x100000000000001);
    zk_write_int(&body, 30000);
    zk_write_int(&body, 1);
    zk_write_long(&body, 1);
    zk_write_int(&body, 1);
    zk_write_int(&body, 31);
    zk_write_str(&body, zk_str("world"));
    zk_write_str(&body, zk_str("anyone"));
    put_node(&body, "", 0);
    for (i = 0; i < nodes_count; i++)
        put_node(&body, apr_psprintf(pool, "/node-%06d", i), i + 1 == nodes_count ? mzxid : 0);
    zk_write_str(&body, zk_str("/"));
    rv = begin(&writer, store, zxid, pool, NULL);
    if (rv == APR_SUCCESS) {
        size_t half = zk_buffer_size(&body) / 2;

        rv = zk_snapshot_append(writer, zk_buffer_bytes(&body), half, NULL);
        if (rv == APR_SUCCESS)
            rv = zk_snapshot_append(writer, zk_buffer_bytes(&body) + half,
                                    zk_buffer_size(&body) - half, NULL);
        if (rv == APR_SUCCESS)
            rv = zk_snapshot_finish(writer, zxid * 7, &name, &bytes, NULL);
        else
            zk_snapshot_abort(writer);
    }
    zk_buffer_free(&body);
    apr_pool_destroy(pool);
    return rv;
}

apr_status_t fixture_write_snapshot(zk_store_t *store, int64_t zxid, int nodes_count, int64_t mzxid)
{
    return write_snapshot(zk_snapshot_begin, store, zxid, nodes_count, mzxid);
}

apr_status_t fixture_receive_snapshot(zk_store_t *store, int64_t zxid, int nodes_count,
                                      int64_t mzxid)
{
    return write_snapshot(zk_snapshot_receive, store, zxid, nodes_count, mzxid);
}

/* ---- loading ---- */

static apr_status_t on_begin(void *baton, int64_t zxid)
{
    fixture_poured_t *poured = baton;

    poured->begun++;
    poured->begun_zxid = zxid;
    poured->sessions = poured->acls = poured->nodes = 0;
    return APR_SUCCESS;
}

static apr_status_t on_session(void *baton, int64_t session_id, int32_t timeout_ms)
{
    fixture_poured_t *poured = baton;

    CU_ASSERT(session_id != 0 && timeout_ms > 0);
    poured->sessions++;
    return APR_SUCCESS;
}

static apr_status_t on_acl(void *baton, int64_t acl_id, const zk_acl_vector_t *acl)
{
    fixture_poured_t *poured = baton;

    CU_ASSERT(acl_id > 0 && acl->count > 0);
    poured->acls++;
    return APR_SUCCESS;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    fixture_poured_t *poured = baton;

    (void)path;
    (void)data;
    (void)acl_id;
    (void)stat;
    poured->nodes++;
    return poured->fail_node;
}

static apr_status_t on_end(void *baton, int64_t zxid, int64_t digest_zxid, int32_t digest_version,
                           int64_t digest)
{
    fixture_poured_t *poured = baton;

    (void)zxid;
    (void)digest_version;
    poured->ended++;
    poured->digest_zxid = digest_zxid;
    poured->digest = digest;
    return APR_SUCCESS;
}

static apr_status_t on_txn(void *baton, const zk_txn_decoded_t *txn, zk_str_t payload)
{
    fixture_poured_t *poured = baton;

    CU_ASSERT(payload.length >= 32);
    if (poured->txns == 0)
        poured->first_zxid = txn->header.zxid;
    else if (txn->header.zxid <= poured->last_zxid)
        poured->in_order = false;
    poured->last_zxid = txn->header.zxid;
    poured->txns++;
    return APR_SUCCESS;
}

zk_store_sink_t fixture_sink(fixture_poured_t *poured)
{
    zk_store_sink_t sink = {poured, on_begin, on_session, on_acl, on_node, on_end, on_txn};

    memset(poured, 0, sizeof(*poured));
    poured->in_order = true;
    return sink;
}

apr_status_t fixture_load(zk_store_t *store, fixture_poured_t *poured)
{
    zk_store_sink_t sink = fixture_sink(poured);
    apr_pool_t *scratch;
    apr_status_t rv;

    apr_pool_create(&scratch, zk_test_pool());
    rv = zk_store_load(store, &sink, &poured->loaded, scratch, &poured->note);
    apr_pool_destroy(scratch);
    return rv;
}

/* ---- files ---- */

const char *fixture_path(const char *name)
{
    return apr_pstrcat(zk_test_pool(), zk_test_dir(), "/version-2/", name, NULL);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *fixture_names(const char *dir, const char *prefix)
{
    apr_array_header_t *names = apr_array_make(zk_test_pool(), 8, sizeof(const char *));
    apr_dir_t *handle;
    apr_finfo_t info;

    if (apr_dir_open(&handle, dir, zk_test_pool()) != APR_SUCCESS)
        return "";
    while (apr_dir_read(&info, APR_FINFO_NAME, handle) == APR_SUCCESS)
        if (strncmp(info.name, prefix, strlen(prefix)) == 0)
            APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(zk_test_pool(), info.name);
    apr_dir_close(handle);
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), compare_names);
    return apr_array_pstrcat(zk_test_pool(), names, ' ');
}

const char *fixture_log_names(const char *prefix)
{
    return fixture_names(zk_store_log_dir(fixture_store()), prefix);
}
