/* store_view.c -- see store_view.h.  Rules: DataTree.java (processTxn), DigestCalculator.java. */
#include "store_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/CUnit.h>

#include <apr_strings.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "wire/opcode.h"

#define ACLS_MAX 64
#define CONTAINER_OWNER INT64_MIN

typedef struct view_node {
    const char *path;
    zk_str_t data;
    const char *acl; /* "31 world anyone;" per entry */
    zk_stat_persisted_t stat;
} view_node_t;

struct view {
    apr_pool_t *pool;
    zk_map_str_t nodes;
    zk_map64_t sessions; /* timeout + 1 as a pointer */
    int64_t acl_ids[ACLS_MAX];
    const char *acls[ACLS_MAX];
    int acls_count;
    int64_t last_zxid;
    int64_t digest_zxid; /* until then the snapshot is fuzzy */
    int digests_compared;
};

static const char open_acl[] = "31 world anyone;";

static apr_status_t free_view(void *data)
{
    view_t *view = data;

    zk_map_str_free(&view->nodes);
    zk_map64_free(&view->sessions);
    return APR_SUCCESS;
}

view_t *view_create(apr_pool_t *pool)
{
    view_t *view = apr_pcalloc(pool, sizeof(*view));

    view->pool = pool;
    view->nodes = ZK_MAP_STR_INIT;
    view->sessions = ZK_MAP64_INIT;
    apr_pool_cleanup_register(pool, view, free_view, apr_pool_cleanup_null);
    return view;
}

static zk_str_t keep(const view_t *view, zk_str_t str)
{
    if (str.length > 0)
        str.data = apr_pmemdup(view->pool, str.data, (apr_size_t)str.length);
    return str;
}

static const char *acl_text(const view_t *view, const zk_acl_vector_t *acl)
{
    const char *text = "";
    int32_t i;

    if (acl->count < 0)
        return open_acl;
    for (i = 0; i < acl->count; i++)
        text = apr_psprintf(view->pool, "%s%d %.*s %.*s;", text, acl->items[i].perms,
                            (int)zk_str_size(acl->items[i].id.scheme), acl->items[i].id.scheme.data,
                            (int)zk_str_size(acl->items[i].id.id), acl->items[i].id.id.data);
    return text;
}

static view_node_t *find(const view_t *view, const char *path)
{
    return zk_map_str_get(&view->nodes, zk_str(path));
}

static view_node_t *put(view_t *view, const char *path, zk_str_t data, const char *acl)
{
    view_node_t *node = apr_pcalloc(view->pool, sizeof(*node));

    node->path = path;
    node->data = keep(view, data);
    node->acl = acl;
    zk_map_str_set(&view->nodes, zk_str(path), node);
    return node;
}

static const char *parent_path(const view_t *view, const char *path)
{
    return apr_pstrmemdup(view->pool, path, (apr_size_t)(strrchr(path, '/') - path));
}

/* ---- the sink ---- */

static apr_status_t on_begin(void *baton, int64_t zxid)
{
    view_t *view = baton;

    zk_map_str_free(&view->nodes);
    zk_map64_free(&view->sessions);
    view->nodes = ZK_MAP_STR_INIT;
    view->sessions = ZK_MAP64_INIT;
    view->acls_count = 0;
    view->last_zxid = zxid;
    view->digest_zxid = 0;
    if (zxid == 0) { /* a fresh tree; a snapshot's nodes replace these */
        put(view, "", zk_str(""), open_acl);
        put(view, "/zookeeper", zk_str(""), open_acl);
        put(view, "/zookeeper/quota", zk_str(""), open_acl);
    }
    return APR_SUCCESS;
}

static apr_status_t on_session(void *baton, int64_t session_id, int32_t timeout_ms)
{
    view_t *view = baton;

    zk_map64_set(&view->sessions, (uint64_t)session_id, (void *)((intptr_t)timeout_ms + 1));
    return APR_SUCCESS;
}

static apr_status_t on_acl(void *baton, int64_t acl_id, const zk_acl_vector_t *acl)
{
    view_t *view = baton;

    if (view->acls_count == ACLS_MAX)
        return APR_EGENERAL;
    view->acl_ids[view->acls_count] = acl_id;
    view->acls[view->acls_count++] = acl_text(view, acl);
    return APR_SUCCESS;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    view_t *view = baton;
    const char *acl = acl_id == -1 ? open_acl : "unknown";
    int i;

    for (i = 0; i < view->acls_count; i++)
        if (view->acl_ids[i] == acl_id)
            acl = view->acls[i];
    put(view, apr_pstrmemdup(view->pool, path.data, zk_str_size(path)), data, acl)->stat = *stat;
    return APR_SUCCESS;
}

static apr_status_t on_end(void *baton, int64_t zxid, int64_t digest_zxid, int32_t digest_version,
                           int64_t digest)
{
    view_t *view = baton;

    (void)digest_version;
    view->digest_zxid = digest_zxid;
    if (digest_zxid == zxid && zxid != 0) {
        CU_ASSERT_EQUAL((int64_t)view_digest(view), digest);
        view->digests_compared++;
    }
    return APR_SUCCESS;
}

/* ---- applying ---- */

static void create(view_t *view, const zk_txn_header_t *header, zk_str_t path, zk_str_t data,
                   const zk_acl_vector_t *acl, int32_t parent_cversion, int64_t owner)
{
    const char *name = apr_pstrmemdup(view->pool, path.data, zk_str_size(path));
    view_node_t *parent = find(view, parent_path(view, name));
    view_node_t *node = find(view, name);

    if (parent == NULL)
        return;
    if (parent_cversion == -1)
        parent_cversion = parent->stat.cversion + 1;
    if (parent_cversion > parent->stat.cversion) {
        parent->stat.cversion = parent_cversion;
        parent->stat.pzxid = header->zxid;
    }
    if (node != NULL) {
        node->acl = acl_text(view, acl);
        return;
    }
    node = put(view, name, data, acl_text(view, acl));
    node->stat.czxid = node->stat.mzxid = node->stat.pzxid = header->zxid;
    node->stat.ctime = node->stat.mtime = header->time;
    node->stat.ephemeral_owner = owner;
}

static void delete (view_t *view, const zk_txn_header_t *header, zk_str_t path)
{
    const char *name = apr_pstrmemdup(view->pool, path.data, zk_str_size(path));
    view_node_t *parent = find(view, parent_path(view, name));

    if (parent == NULL)
        return;
    if (header->zxid > parent->stat.pzxid)
        parent->stat.pzxid = header->zxid;
    zk_map_str_remove(&view->nodes, path);
}

static void close_session(view_t *view, const zk_txn_header_t *header, const zk_str_vector_t *paths)
{
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    int32_t i;

    zk_map64_remove(&view->sessions, (uint64_t)header->client_id);
    for (i = 0; i < paths->count; i++)
        delete (view, header, paths->items[i]);
    while ((entry = zk_map_str_next(&view->nodes, &cursor)) != NULL) {
        view_node_t *node = entry->value;

        if (node->stat.ephemeral_owner == header->client_id && header->client_id != 0)
            delete (view, header, zk_str(node->path));
    }
}

static void apply(view_t *view, const zk_txn_header_t *header, int32_t type,
                  const zk_txn_body_t *body);

static void apply_multi(view_t *view, const zk_txn_header_t *header, const zk_multi_txn_t *multi)
{
    zk_arena_t *arena = zk_arena_create();
    int32_t i;

    for (i = 0; i < multi->txns.count; i++)
        if (multi->txns.items[i].type == ZK_OP_ERROR)
            break;
    if (i == multi->txns.count)
        for (i = 0; i < multi->txns.count; i++) {
            const zk_txn_t *one = &multi->txns.items[i];
            zk_reader_t reader = zk_reader(one->data.data, zk_str_size(one->data));
            zk_txn_body_t body;

            CU_ASSERT_TRUE_FATAL(zk_txn_decode_body(&body, one->type, &reader, arena));
            apply(view, header, one->type, &body);
        }
    zk_arena_destroy(arena);
}

static void set_data(view_t *view, const zk_txn_header_t *header, const zk_set_data_txn_t *txn)
{
    view_node_t *node = zk_map_str_get(&view->nodes, txn->path);

    if (node == NULL)
        return;
    node->data = keep(view, txn->data);
    node->stat.version = txn->version;
    node->stat.mzxid = header->zxid;
    node->stat.mtime = header->time;
}

static void apply(view_t *view, const zk_txn_header_t *header, int32_t type,
                  const zk_txn_body_t *body)
{
    view_node_t *node;

    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
        create(view, header, body->create.path, body->create.data, &body->create.acl,
               body->create.parent_cversion, body->create.ephemeral ? header->client_id : 0);
        break;
    case ZK_OP_CREATE_CONTAINER:
        create(view, header, body->create_container.path, body->create_container.data,
               &body->create_container.acl, body->create_container.parent_cversion,
               CONTAINER_OWNER);
        break;
    case ZK_OP_CREATE_TTL:
        create(view, header, body->create_ttl.path, body->create_ttl.data, &body->create_ttl.acl,
               body->create_ttl.parent_cversion,
               (int64_t)(UINT64_C(0xff00000000000000) | (uint64_t)body->create_ttl.ttl));
        break;
    case ZK_OP_DELETE:
    case ZK_OP_DELETE_CONTAINER:
        delete (view, header, body->delete_.path);
        break;
    case ZK_OP_SET_DATA:
    case ZK_OP_RECONFIG:
        set_data(view, header, &body->set_data);
        break;
    case ZK_OP_SET_ACL:
        node = zk_map_str_get(&view->nodes, body->set_acl.path);
        if (node != NULL) {
            node->acl = acl_text(view, &body->set_acl.acl);
            node->stat.aversion = body->set_acl.version;
        }
        break;
    case ZK_OP_CREATE_SESSION:
        on_session(view, header->client_id, body->create_session.time_out);
        break;
    case ZK_OP_CLOSE_SESSION:
        close_session(view, header, &body->close_session.paths2_delete);
        break;
    case ZK_OP_MULTI:
        apply_multi(view, header, &body->multi);
        break;
    default: /* error, check */
        break;
    }
}

static apr_status_t on_txn(void *baton, const zk_txn_decoded_t *txn, zk_str_t payload)
{
    view_t *view = baton;

    (void)payload;
    apply(view, &txn->header, txn->header.type, &txn->body);
    view->last_zxid = txn->header.zxid;
    if (txn->has_digest && txn->header.zxid >= view->digest_zxid) {
        CU_ASSERT_EQUAL((int64_t)view_digest(view), txn->digest.tree_digest);
        view->digests_compared++;
    }
    return APR_SUCCESS;
}

zk_store_sink_t view_sink(view_t *view)
{
    zk_store_sink_t sink = {view, on_begin, on_session, on_acl, on_node, on_end, on_txn};

    return sink;
}

/* ---- digest ---- */

static uint32_t node_digest(const view_node_t *node)
{
    uint8_t bytes[60];
    uLong crc = crc32(0, (const Bytef *)node->path, (uInt)strlen(node->path));

    if (node->data.length > 0)
        crc = crc32(crc, (const Bytef *)node->data.data, (uInt)node->data.length);
    zk_put_u64(bytes, (uint64_t)node->stat.czxid);
    zk_put_u64(bytes + 8, (uint64_t)node->stat.mzxid);
    zk_put_u64(bytes + 16, (uint64_t)node->stat.pzxid);
    zk_put_u64(bytes + 24, (uint64_t)node->stat.ctime);
    zk_put_u64(bytes + 32, (uint64_t)node->stat.mtime);
    zk_put_u32(bytes + 40, (uint32_t)node->stat.version);
    zk_put_u32(bytes + 44, (uint32_t)node->stat.cversion);
    zk_put_u32(bytes + 48, (uint32_t)node->stat.aversion);
    zk_put_u64(bytes + 52, (uint64_t)node->stat.ephemeral_owner);
    return (uint32_t)crc32(crc, bytes, sizeof(bytes));
}

uint64_t view_digest(const view_t *view)
{
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    uint64_t sum = 0;

    while ((entry = zk_map_str_next(&view->nodes, &cursor)) != NULL) {
        const view_node_t *node = entry->value;

        if (strncmp(node->path, "/zookeeper/", 11) != 0)
            sum += node_digest(node);
    }
    return sum;
}

/* ---- comparing ---- */

static void differ(const char *case_name, const char *path, const char *what)
{
    fprintf(stderr, "\n%s: %s differs in %s\n", case_name, path, what);
    CU_FAIL("a znode differs");
}

static int32_t children_count(const view_t *view, const view_node_t *parent)
{
    zk_map_str_entry_t *entry;
    size_t length = strlen(parent->path);
    uint32_t cursor = 0;
    int32_t count = 0;

    while ((entry = zk_map_str_next(&view->nodes, &cursor)) != NULL) {
        const view_node_t *node = entry->value;

        if (strncmp(node->path, parent->path, length) == 0 && node->path[length] == '/' &&
            strchr(node->path + length + 1, '/') == NULL)
            count++;
    }
    return count;
}

static void compare_stat(const view_t *view, const view_node_t *node, const zk_json_t *stat,
                         const char *case_name)
{
    int32_t children = children_count(view, node);
    int64_t owner = node->stat.ephemeral_owner;
    const struct {
        const char *key;
        int64_t value;
    } fields[] = {{"czxid", node->stat.czxid},
                  {"mzxid", node->stat.mzxid},
                  {"pzxid", node->stat.pzxid},
                  {"ctime", node->stat.ctime},
                  {"mtime", node->stat.mtime},
                  {"version", node->stat.version},
                  {"cversion", 2 * (int64_t)node->stat.cversion - children},
                  {"aversion", node->stat.aversion},
                  {"numChildren", children},
                  {"dataLength", (int64_t)zk_str_size(node->data)},
                  {"ephemeralOwner", owner < 0 ? 0 : owner}};
    size_t i;

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (zk_json_get_int(stat, fields[i].key) != fields[i].value)
            differ(case_name, node->path, fields[i].key);
}

static void compare_acl(const view_t *view, const view_node_t *node, const zk_json_t *list,
                        const char *case_name)
{
    const char *text = "";
    const zk_json_t *acl;

    for (acl = list->first; acl != NULL; acl = acl->next)
        text = apr_psprintf(view->pool, "%s%" APR_INT64_T_FMT " %s %s;", text,
                            zk_json_get_int(acl, "perms"), zk_json_get(acl, "scheme")->text,
                            zk_json_get(acl, "id")->text);
    if (strcmp(text, node->acl) != 0)
        differ(case_name, node->path, "ACL");
}

static void compare_node(const view_t *view, const zk_json_t *expected, const char *case_name)
{
    const char *path = strcmp(expected->key, "/") == 0 ? "" : expected->key;
    const view_node_t *node = find(view, path);
    const zk_json_t *data = zk_json_get(expected, "data");

    if (node == NULL) {
        differ(case_name, expected->key, "being there");
        return;
    }
    if (strncmp(path, "/zookeeper/quota/", 17) == 0 && strstr(path, "zookeeper_stats") != NULL)
        return; /* kept up outside the log */
    if (strcmp(path, "/zookeeper/config") == 0 && strstr(case_name, "quorum") != NULL)
        return; /* rewritten at each start */
    if (data->kind == ZK_JSON_NULL) {
        if (!zk_str_is_null(node->data))
            differ(case_name, path, "null data");
    } else {
        size_t size;
        const uint8_t *bytes = zk_json_base64(data, &size, view->pool);

        if (!zk_str_equal(node->data, zk_str_n((const char *)bytes, size)))
            differ(case_name, path, "data");
    }
    if (zk_json_get_int(expected, "ephemeralOwnerPersisted") != node->stat.ephemeral_owner)
        differ(case_name, path, "persisted owner");
    compare_acl(view, node, zk_json_get(expected, "acl"), case_name);
    compare_stat(view, node, zk_json_get(expected, "stat"), case_name);
}

void view_compare(view_t *view, const zk_json_t *expected, const char *case_name)
{
    const zk_json_t *nodes = zk_json_get(expected, "nodes");
    const zk_json_t *sessions = zk_json_get(expected, "sessions");
    const zk_json_t *one;

    CU_ASSERT_EQUAL(view->last_zxid, zk_json_get_int(expected, "lastZxidOnLoad"));
    CU_ASSERT_EQUAL(zk_map_str_count(&view->nodes), nodes->count);
    for (one = nodes->first; one != NULL; one = one->next)
        compare_node(view, one, case_name);
    CU_ASSERT_EQUAL(zk_map64_count(&view->sessions), sessions->count);
    for (one = sessions->first; one != NULL; one = one->next)
        CU_ASSERT_EQUAL(
            (intptr_t)zk_map64_get(&view->sessions, (uint64_t)zk_json_get_int(one, "id")),
            (intptr_t)zk_json_get_int(one, "timeout") + 1);
    CU_ASSERT_EQUAL((int64_t)view_digest(view), zk_json_get_int(expected, "treeDigest"));
}
