/* read.c -- requests that this server answers from what it has: decoded in place, looked up,
 * encoded straight into the bytes to send.
 *
 * Every reply carries the last applied zxid.  Permission is checked with the identities that the
 * connection had when the request was read.
 *
 * Facts: upstream FinalRequestProcessor.java; protocol notes, sections 10, 11.3 and 15.6. */
#include "pipeline/mind.h"

bool zk_read_is(int32_t type)
{
    switch (type) {
    case ZK_OP_EXISTS:
    case ZK_OP_GET_DATA:
    case ZK_OP_GET_ACL:
    case ZK_OP_GET_CHILDREN:
    case ZK_OP_SYNC:
    case ZK_OP_PING:
    case ZK_OP_GET_CHILDREN2:
    case ZK_OP_CHECK_WATCHES:
    case ZK_OP_REMOVE_WATCHES:
    case ZK_OP_MULTI_READ:
    case ZK_OP_SET_WATCHES:
    case ZK_OP_SET_WATCHES2:
    case ZK_OP_GET_EPHEMERALS:
    case ZK_OP_GET_ALL_CHILDREN_NUMBER:
    case ZK_OP_ADD_WATCH:
    case ZK_OP_WHO_AM_I:
        return true;
    default:
        return false;
    }
}

/* One read under way. */
typedef struct ask {
    zk_replica_t *replica;
    zk_client_t *client;
    const zk_identities_t *identities;
    int32_t xid;
    int64_t zxid;
} ask_t;

static void fail(const ask_t *ask, zk_code_t code)
{
    zk_reply_plain(ask->replica, ask->client, ask->xid, ask->zxid, (int32_t)code);
}

static size_t begin(const ask_t *ask)
{
    return zk_reply_begin(ask->replica, ask->xid, ask->zxid, ZK_CODE_OK);
}

static void end(const ask_t *ask, size_t mark)
{
    zk_reply_end(ask->replica, ask->client, mark);
}

static zk_buffer_t *bytes_of(const ask_t *ask)
{
    return &ask->replica->actions->bytes;
}

static bool allows(const ask_t *ask, const zk_znode_t *znode, int32_t perm)
{
    return zk_acl_allows(&ask->replica->options.auth, zk_znode_acl(znode), perm, ask->identities);
}

static void watch(const ask_t *ask, zk_str_t path, unsigned modes)
{
    zk_watch_add(ask->replica->watches, zk_client_slot(ask->client), path, modes);
}

/* The znode at PATH that the asker may PERM; NULL with *CODE otherwise. */
static const zk_znode_t *find(const ask_t *ask, zk_str_t path, int32_t perm, zk_code_t *code)
{
    const zk_znode_t *znode;

    *code = ZK_CODE_MARSHALLING_ERROR;
    if (zk_str_is_null(path))
        return NULL;
    *code = ZK_CODE_NO_NODE;
    znode = zk_tree_find(ask->replica->tree, path);
    if (znode == NULL)
        return NULL;
    *code = ZK_CODE_NO_AUTH;
    return allows(ask, znode, perm) ? znode : NULL;
}

/* ---- exists, getData ---- */

static void answer_exists(const ask_t *ask, zk_str_t path, bool wants_watch)
{
    const zk_znode_t *znode;
    zk_code_t code;
    size_t mark;

    if (!zk_str_is_null(path) && zk_str_size(path) > 0 &&
        memchr(path.data, '\0', zk_str_size(path)) != NULL) {
        fail(ask, ZK_CODE_BAD_ARGUMENTS);
        return;
    }
    znode = find(ask, path, ZK_PERM_READ, &code);
    if (wants_watch && (znode != NULL || code == ZK_CODE_NO_NODE))
        watch(ask, path, ZK_WATCH_DATA);
    if (znode == NULL) {
        fail(ask, code);
        return;
    }
    mark = begin(ask);
    zk_put_znode_stat(bytes_of(ask), znode);
    end(ask, mark);
}

static void answer_get_data(const ask_t *ask, zk_str_t path, bool wants_watch)
{
    zk_code_t code;
    const zk_znode_t *znode = find(ask, path, ZK_PERM_READ, &code);
    size_t mark;

    if (znode == NULL) {
        fail(ask, code);
        return;
    }
    if (wants_watch)
        watch(ask, path, ZK_WATCH_DATA);
    mark = begin(ask);
    zk_write_str(bytes_of(ask), zk_znode_data(znode));
    zk_put_znode_stat(bytes_of(ask), znode);
    end(ask, mark);
}

/* ---- children ---- */

/* Has the reply since MARK become longer than one may be? */
static bool is_too_long(const ask_t *ask, size_t mark)
{
    return (int64_t)(zk_buffer_size(bytes_of(ask)) - mark) > ask->replica->options.reply_bytes_max;
}

/* Take back what was written since MARK. */
static void take_back(const ask_t *ask, size_t mark)
{
    zk_buffer_t *bytes = bytes_of(ask);

    bytes->length -= zk_buffer_size(bytes) - mark;
}

/* False, and nothing written, when the list is too long for the reply that began at MARK. */
static bool put_children(const ask_t *ask, size_t mark, const zk_znode_t *znode)
{
    zk_buffer_t *bytes = bytes_of(ask);
    size_t begin_at = zk_buffer_size(bytes);
    const zk_znode_t *child;

    zk_write_int(bytes, zk_znode_num_children(znode));
    for (child = zk_znode_first_child(znode); child != NULL; child = zk_znode_next_sibling(child)) {
        zk_write_str(bytes, zk_znode_name(child));
        if (is_too_long(ask, mark)) {
            take_back(ask, begin_at);
            return false;
        }
    }
    return true;
}

static void answer_children(const ask_t *ask, zk_str_t path, bool wants_watch, bool wants_stat)
{
    zk_code_t code;
    const zk_znode_t *znode = find(ask, path, ZK_PERM_READ, &code);
    size_t mark;

    if (znode == NULL) {
        fail(ask, code);
        return;
    }
    mark = begin(ask);
    if (!put_children(ask, mark, znode)) {
        take_back(ask, mark);
        fail(ask, ZK_CODE_MARSHALLING_ERROR);
        return;
    }
    if (wants_watch)
        watch(ask, path, ZK_WATCH_CHILD);
    if (wants_stat)
        zk_put_znode_stat(bytes_of(ask), znode);
    end(ask, mark);
}

static void answer_all_children_number(const ask_t *ask, zk_str_t path)
{
    zk_code_t code;
    const zk_znode_t *znode = find(ask, path, ZK_PERM_READ, &code);
    size_t mark;

    if (znode == NULL) {
        fail(ask, code);
        return;
    }
    mark = begin(ask);
    /* the root's second name counts the root as well */
    zk_write_int(bytes_of(ask),
                 zk_tree_descendants(ask->replica->tree, znode) + (zk_str_size(path) == 0 ? 1 : 0));
    end(ask, mark);
}

/* ---- getACL ---- */

/* Without ADMIN nobody sees the digest of a password. */
static void put_masked(zk_buffer_t *bytes, const zk_id_t *id)
{
    const char *colon = id->id.length > 0 ? memchr(id->id.data, ':', zk_str_size(id->id)) : NULL;
    size_t kept;

    if (colon == NULL || !zk_str_equal_c(id->scheme, "digest")) {
        zk_write_str(bytes, id->id);
        return;
    }
    kept = (size_t)(colon - id->id.data);
    zk_write_int(bytes, (int32_t)(kept + 2));
    zk_write_raw(bytes, id->id.data, kept);
    zk_write_raw(bytes, ":x", 2);
}

static void answer_get_acl(const ask_t *ask, zk_str_t path)
{
    zk_code_t code;
    const zk_znode_t *znode = find(ask, path, ZK_PERM_READ | ZK_PERM_ADMIN, &code);
    const zk_acl_vector_t *acl;
    bool sees_all;
    size_t mark;
    int32_t i;

    if (znode == NULL) {
        fail(ask, code);
        return;
    }
    sees_all = allows(ask, znode, ZK_PERM_ADMIN);
    acl = &zk_znode_acl(znode)->acl;
    mark = begin(ask);
    zk_write_int(bytes_of(ask), acl->count);
    for (i = 0; i < acl->count; i++) {
        zk_write_int(bytes_of(ask), acl->items[i].perms);
        zk_write_str(bytes_of(ask), acl->items[i].id.scheme);
        if (sees_all)
            zk_write_str(bytes_of(ask), acl->items[i].id.id);
        else
            put_masked(bytes_of(ask), &acl->items[i].id);
    }
    zk_put_znode_stat(bytes_of(ask), znode);
    end(ask, mark);
}

/* ---- getEphemerals, whoAmI, sync ---- */

typedef struct listing {
    const ask_t *ask;
    zk_str_t prefix;
    size_t mark; /* of the reply */
    int32_t count;
} listing_t;

static void list_ephemeral(void *baton, zk_znode_t *znode)
{
    listing_t *listing = baton;
    zk_buffer_t *text = &listing->ask->replica->text;
    size_t prefix = zk_str_size(listing->prefix);
    size_t size;

    if (is_too_long(listing->ask, listing->mark))
        return;
    zk_buffer_clear(text);
    zk_znode_path(znode, text);
    size = zk_buffer_size(text);
    if (size < prefix ||
        (prefix > 0 && memcmp(zk_buffer_bytes(text), listing->prefix.data, prefix) != 0))
        return;
    zk_write_str(bytes_of(listing->ask), zk_str_n((const char *)zk_buffer_bytes(text), size));
    listing->count++;
}

static bool is_blank(zk_str_t text)
{
    size_t i;

    for (i = 0; i < zk_str_size(text); i++)
        if ((unsigned char)text.data[i] > ' ')
            return false;
    return true;
}

static void answer_ephemerals(const ask_t *ask, zk_str_t prefix)
{
    size_t mark = begin(ask);
    listing_t listing = {ask, is_blank(prefix) ? zk_str_n("", 0) : prefix, mark, 0};
    size_t at = zk_buffer_size(bytes_of(ask));

    zk_write_int(bytes_of(ask), 0);
    zk_tree_visit_ephemerals(ask->replica->tree, ask->client->session_id, list_ephemeral, &listing);
    if (is_too_long(ask, mark)) {
        take_back(ask, mark);
        fail(ask, ZK_CODE_MARSHALLING_ERROR);
        return;
    }
    zk_put_u32(zk_buffer_bytes(bytes_of(ask)) + at, (uint32_t)listing.count);
    end(ask, mark);
}

static void answer_who_am_i(const ask_t *ask)
{
    int32_t count = zk_identities_count(ask->identities);
    size_t mark = begin(ask);
    int32_t i;

    zk_write_int(bytes_of(ask), count);
    for (i = 0; i < count; i++) {
        zk_id_t id = zk_identities_at(ask->identities, i);

        zk_write_str(bytes_of(ask), id.scheme);
        zk_write_str(bytes_of(ask), zk_auth_user_name(&id));
    }
    end(ask, mark);
}

static void answer_sync(const ask_t *ask, zk_str_t path)
{
    size_t mark = begin(ask);

    zk_write_str(bytes_of(ask), path);
    end(ask, mark);
}

/* ---- multiRead ---- */

enum { ERR_OFFSET = 16 }; /* of the error in a reply: prefix, xid and zxid come before it */

/* False, and nothing written, when the reply that began at MARK would become too long. */
static bool put_read(const ask_t *ask, size_t mark, const zk_multi_op_t *op)
{
    zk_buffer_t *bytes = bytes_of(ask);
    size_t begin_at = zk_buffer_size(bytes);
    zk_code_t code;
    /* both requests begin with the path */
    const zk_znode_t *znode = find(ask, op->request.get_data.path, ZK_PERM_READ, &code);

    if (znode == NULL) {
        zk_multi_error_encode(bytes, (int32_t)code);
        return true;
    }
    zk_multi_header_encode(bytes, op->type, false, 0);
    if (op->type == ZK_OP_GET_DATA) {
        zk_write_str(bytes, zk_znode_data(znode));
        zk_put_znode_stat(bytes, znode);
    } else if (!put_children(ask, mark, znode)) {
        take_back(ask, begin_at);
        return false;
    }
    return true;
}

static void answer_multi_read(const ask_t *ask, zk_reader_t *reader)
{
    zk_multi_request_t multi;
    int32_t invalid_at;
    size_t mark;
    int32_t i;

    if (!zk_multi_decode(&multi, ZK_MULTI_READ, &invalid_at, reader, ask->replica->arena)) {
        fail(ask, ZK_CODE_MARSHALLING_ERROR);
        return;
    }
    mark = zk_reply_begin(ask->replica, ask->xid, ask->zxid, ZK_CODE_OK);
    for (i = 0; i < multi.count; i++) {
        /* a null path or too long an answer breaks off: what was read so far is told, under an
         * error */
        if (zk_str_is_null(multi.ops[i].request.get_data.path) ||
            zk_buffer_size(bytes_of(ask)) - mark > ZK_MULTI_READ_BYTES_MAX ||
            !put_read(ask, mark, &multi.ops[i]))
            break;
    }
    if (invalid_at >= 0 || i < multi.count)
        zk_put_u32(zk_buffer_bytes(bytes_of(ask)) + mark + ERR_OFFSET,
                   (uint32_t)ZK_CODE_MARSHALLING_ERROR);
    zk_multi_end_encode(bytes_of(ask));
    end(ask, mark);
}

/* ---- how much ---- */

enum { ANSWER_BYTES = 128, CHILD_BYTES = 64 }; /* of a small answer; of a name in a list */

static int64_t expect_in_tree(const zk_replica_t *replica, int32_t type, zk_str_t path)
{
    const zk_znode_t *znode = zk_tree_find(replica->tree, path);

    if (znode == NULL)
        return ANSWER_BYTES;
    if (type == ZK_OP_GET_DATA)
        return ANSWER_BYTES + (int64_t)zk_str_size(zk_znode_data(znode));
    return ANSWER_BYTES + (int64_t)zk_znode_num_children(znode) * CHILD_BYTES;
}

/* About how much a read of TYPE at PATH will answer, once the writes now pending are applied. */
static int64_t expect_at(zk_replica_t *replica, int32_t type, zk_str_t path)
{
    zk_prospect_t znode;

    if (zk_str_is_null(path))
        return ANSWER_BYTES;
    if (replica->role != ZK_ROLE_LEADER) /* only a leader knows what is pending */
        return expect_in_tree(replica, type, path);
    if (!zk_pending_look(&replica->pending, path, &znode))
        return ANSWER_BYTES;
    if (type == ZK_OP_GET_DATA)
        return ANSWER_BYTES + (int64_t)znode.data_length;
    return ANSWER_BYTES + (int64_t)znode.num_children * CHILD_BYTES;
}

int64_t zk_read_expect(zk_replica_t *replica, const zk_client_t *client, int32_t type,
                       zk_reader_t reader)
{
    zk_multi_request_t multi;
    int64_t bytes = ANSWER_BYTES;
    int32_t i;

    switch (type) {
    case ZK_OP_GET_DATA:
    case ZK_OP_GET_CHILDREN:
    case ZK_OP_GET_CHILDREN2:
        return expect_at(replica, type, zk_read_str(&reader));
    case ZK_OP_GET_EPHEMERALS:
        return ANSWER_BYTES +
               (int64_t)zk_tree_session_ephemerals_count(replica->tree, client->session_id) *
                   CHILD_BYTES;
    case ZK_OP_MULTI_READ:
        if (!zk_multi_decode(&multi, ZK_MULTI_READ, &i, &reader, replica->arena))
            return ANSWER_BYTES;
        for (i = 0; i < multi.count && bytes < (int64_t)ZK_MULTI_READ_BYTES_MAX; i++)
            bytes += expect_at(replica, multi.ops[i].type, multi.ops[i].request.get_data.path);
        return bytes;
    default:
        return ANSWER_BYTES;
    }
}

/* ---- the one door ---- */

/* Requests of one path, or a path and a flag. */
static void answer_path(const ask_t *ask, int32_t type, zk_reader_t *reader)
{
    zk_str_t path = zk_read_str(reader);
    bool flag = false;

    if (type == ZK_OP_EXISTS || type == ZK_OP_GET_DATA || type == ZK_OP_GET_CHILDREN ||
        type == ZK_OP_GET_CHILDREN2)
        flag = zk_read_bool(reader);
    if (reader->failed) {
        fail(ask, ZK_CODE_MARSHALLING_ERROR);
        return;
    }
    switch (type) {
    case ZK_OP_EXISTS:
        answer_exists(ask, path, flag);
        break;
    case ZK_OP_GET_DATA:
        answer_get_data(ask, path, flag);
        break;
    case ZK_OP_GET_CHILDREN:
    case ZK_OP_GET_CHILDREN2:
        answer_children(ask, path, flag, type == ZK_OP_GET_CHILDREN2);
        break;
    case ZK_OP_GET_ACL:
        answer_get_acl(ask, path);
        break;
    case ZK_OP_GET_ALL_CHILDREN_NUMBER:
        answer_all_children_number(ask, path);
        break;
    case ZK_OP_GET_EPHEMERALS:
        answer_ephemerals(ask, path);
        break;
    default:
        ZK_ASSERT(type == ZK_OP_SYNC);
        answer_sync(ask, path);
        break;
    }
}

void zk_answer_read(zk_replica_t *replica, zk_client_t *client, const zk_identities_t *identities,
                    int32_t xid, int32_t type, zk_reader_t *reader)
{
    ask_t ask = {replica, client, identities, xid, zk_replica_last_zxid(replica)};

    switch (type) {
    case ZK_OP_PING:
        zk_reply_plain(replica, client, ZK_XID_PING, ask.zxid, ZK_CODE_OK);
        break;
    case ZK_OP_WHO_AM_I:
        answer_who_am_i(&ask);
        break;
    case ZK_OP_MULTI_READ:
        answer_multi_read(&ask, reader);
        break;
    default:
        if (!zk_answer_watching(replica, client, xid, type, reader))
            answer_path(&ask, type, reader);
        break;
    }
}
