/* snapshot_body.c -- sessions, ACLs and znodes out of bytes, one whole item at a time.
 *
 * The znodes are nearly all of a snapshot, so their loop works on the bytes in place: no copy and
 * no allocation for each.  Lengths are judged as everywhere: sign, then ceiling, then whether the
 * bytes are there; only what is there decides about memory, so a lying count costs nothing.
 *
 * Facts: FileSnap.java, SerializeUtils.java, DataTree.java, ReferenceCountedACLCache.java. */
#include "store/snapshot_body.h"

#include <inttypes.h>

#include "base/bytes.h"

/* StatPersisted and the ACL id before it. */
#define STAT_BYTES 60
#define SESSION_BYTES 12
#define ACL_BYTES_MIN 12
/* Room for an ACL list when strings are kept short by configuration. */
#define ACL_LIST_BYTES_MIN ((int64_t)1 << 20)

void zk_snapshot_body_init(zk_snapshot_body_t *body, const zk_store_sink_t *sink,
                           int64_t string_bytes_max)
{
    ZK_ASSERT(string_bytes_max > 0);
    body->sink = sink;
    body->part = ZK_SNAPSHOT_SESSIONS_COUNT;
    body->left = 0;
    body->string_bytes_max = string_bytes_max;
    body->needed = 4;
    body->nodes_count = 0;
    body->sink_failed = false;
    body->arena = zk_arena_create();
}

void zk_snapshot_body_free(zk_snapshot_body_t *body)
{
    zk_arena_destroy(body->arena);
    body->arena = NULL;
}

static apr_status_t from_sink(zk_snapshot_body_t *body, apr_status_t rv)
{
    body->sink_failed = rv != APR_SUCCESS;
    return rv;
}

/* The number of items of a table; the next part follows. */
static apr_status_t take_count(zk_snapshot_body_t *body, zk_reader_t *reader, zk_note_t *note)
{
    const char *what = body->part == ZK_SNAPSHOT_SESSIONS_COUNT ? "sessions" : "ACLs";

    if (zk_reader_left(reader) < 4) {
        body->needed = 4;
        return APR_SUCCESS;
    }
    body->left = zk_read_int(reader);
    if (body->left < 0)
        return zk_note(note, ZK_E_CORRUPT, "the number of %s is %" PRId32, what, body->left);
    body->part = body->part == ZK_SNAPSHOT_SESSIONS_COUNT ? ZK_SNAPSHOT_SESSIONS : ZK_SNAPSHOT_ACLS;
    return APR_SUCCESS;
}

static apr_status_t take_session(zk_snapshot_body_t *body, zk_reader_t *reader)
{
    int64_t id;
    int32_t timeout_ms;

    if (zk_reader_left(reader) < SESSION_BYTES) {
        body->needed = SESSION_BYTES;
        return APR_SUCCESS;
    }
    id = zk_read_long(reader);
    timeout_ms = zk_read_int(reader);
    body->left--;
    if (body->sink->session == NULL)
        return APR_SUCCESS;
    return from_sink(body, body->sink->session(body->sink->baton, id, timeout_ms));
}

/* One string of an ACL.  Returns false where the bytes are not all there; a bad length fails RV. */
static bool take_acl_string(const zk_snapshot_body_t *body, zk_reader_t *reader, zk_str_t *str,
                            apr_status_t *rv, zk_note_t *note)
{
    int32_t length;

    if (zk_reader_left(reader) < 4)
        return false;
    length = (int32_t)zk_get_u32(reader->at);
    if (length < -1 || length > body->string_bytes_max) {
        *rv = zk_note(note, ZK_E_CORRUPT, "an ACL has a string of %" PRId32 " bytes", length);
        return false;
    }
    *str = zk_read_str(reader);
    return !reader->failed;
}

/* Decode id and list; RV fails for bytes that cannot be an ACL.  Returns false when more are
 * needed. */
static bool decode_acl(const zk_snapshot_body_t *body, zk_reader_t *reader, int64_t *id,
                       zk_acl_vector_t *list, apr_status_t *rv, zk_note_t *note)
{
    int32_t i;

    if (zk_reader_left(reader) < 12)
        return false;
    *id = zk_read_long(reader);
    list->count = zk_read_int(reader);
    if (list->count < 0) {
        *rv = zk_note(note, ZK_E_CORRUPT, "ACL %" PRId64 " has %" PRId32 " entries", *id,
                      list->count);
        return false;
    }
    if ((size_t)list->count > zk_reader_left(reader) / ACL_BYTES_MIN)
        return false;
    list->items = zk_arena_calloc(body->arena, (size_t)list->count, sizeof(*list->items));
    for (i = 0; i < list->count; i++) {
        zk_acl_t *acl = &list->items[i];

        if (zk_reader_left(reader) < ACL_BYTES_MIN)
            return false;
        acl->perms = zk_read_int(reader);
        if (!take_acl_string(body, reader, &acl->id.scheme, rv, note) ||
            !take_acl_string(body, reader, &acl->id.id, rv, note))
            return false;
    }
    return true;
}

static apr_status_t take_acl(zk_snapshot_body_t *body, zk_reader_t *reader, zk_note_t *note)
{
    int64_t ceiling =
        body->string_bytes_max > ACL_LIST_BYTES_MIN ? body->string_bytes_max : ACL_LIST_BYTES_MIN;
    const zk_reader_t before = *reader;
    size_t had = zk_reader_left(reader);
    apr_status_t rv = APR_SUCCESS;
    zk_acl_vector_t list;
    int64_t id;

    zk_arena_reset(body->arena);
    if (!decode_acl(body, reader, &id, &list, &rv, note)) {
        if (rv == APR_SUCCESS && (uint64_t)had > (uint64_t)ceiling * 2)
            rv = zk_note(note, ZK_E_CORRUPT, "an ACL does not end within %zu bytes", had);
        *reader = before;
        body->needed = had < 4096 ? had + 64 : had * 2; /* not known: its strings lie further on */
        return rv;
    }
    body->left--;
    if (body->sink->acl == NULL)
        return APR_SUCCESS;
    return from_sink(body, body->sink->acl(body->sink->baton, id, &list));
}

static void decode_stat(zk_stat_persisted_t *stat, const uint8_t *at)
{
    stat->czxid = (int64_t)zk_get_u64(at);
    stat->mzxid = (int64_t)zk_get_u64(at + 8);
    stat->ctime = (int64_t)zk_get_u64(at + 16);
    stat->mtime = (int64_t)zk_get_u64(at + 24);
    stat->version = (int32_t)zk_get_u32(at + 32);
    stat->cversion = (int32_t)zk_get_u32(at + 36);
    stat->aversion = (int32_t)zk_get_u32(at + 40);
    stat->ephemeral_owner = (int64_t)zk_get_u64(at + 44);
    stat->pzxid = (int64_t)zk_get_u64(at + 52);
}

static apr_status_t bad_length(const zk_snapshot_body_t *body, const char *what, int32_t length,
                               zk_note_t *note)
{
    return zk_note(note, ZK_E_CORRUPT, "znode number %" PRId64 " has a %s of %" PRId32 " bytes",
                   body->nodes_count, what, length);
}

/* One znode, or the end mark. */
static apr_status_t take_node(zk_snapshot_body_t *body, zk_reader_t *reader, zk_note_t *note)
{
    const uint8_t *at = reader->at;
    size_t left = zk_reader_left(reader);
    size_t need = 4;
    zk_str_t path;
    zk_str_t data = ZK_STR_NULL;
    zk_stat_persisted_t stat;
    int64_t acl_id;
    int32_t length;

    body->needed = need;
    if (left < need)
        return APR_SUCCESS;
    length = (int32_t)zk_get_u32(at);
    if (length < 0 || length > body->string_bytes_max)
        return bad_length(body, "path", length, note);
    need += (size_t)length;
    body->needed = need;
    if (left < need)
        return APR_SUCCESS;
    path = zk_str_n((const char *)at + 4, (size_t)length);
    if (length == 1 && path.data[0] == '/') {
        reader->at += need;
        body->part = ZK_SNAPSHOT_DONE;
        return APR_SUCCESS;
    }
    body->needed = need + 4;
    if (left < need + 4)
        return APR_SUCCESS;
    length = (int32_t)zk_get_u32(at + need);
    if (length < -1 || length > body->string_bytes_max)
        return bad_length(body, "value", length, note);
    need += 4;
    if (length >= 0)
        data = zk_str_n((const char *)at + need, (size_t)length);
    need += zk_str_size(data) + 8 + STAT_BYTES;
    body->needed = need;
    if (left < need)
        return APR_SUCCESS;
    acl_id = (int64_t)zk_get_u64(at + need - STAT_BYTES - 8);
    decode_stat(&stat, at + need - STAT_BYTES);
    reader->at += need;
    body->nodes_count++;
    if (body->sink->node == NULL)
        return APR_SUCCESS;
    return from_sink(body, body->sink->node(body->sink->baton, path, data, acl_id, &stat));
}

apr_status_t zk_snapshot_body_feed(zk_snapshot_body_t *body, const uint8_t *data, size_t size,
                                   size_t *used, zk_note_t *note)
{
    zk_reader_t reader = zk_reader(data, size);
    apr_status_t rv = APR_SUCCESS;
    const uint8_t *before;
    zk_snapshot_part_t part;

    do {
        before = reader.at;
        part = body->part;
        switch (body->part) {
        case ZK_SNAPSHOT_SESSIONS_COUNT:
        case ZK_SNAPSHOT_ACLS_COUNT:
            rv = take_count(body, &reader, note);
            break;
        case ZK_SNAPSHOT_SESSIONS:
            if (body->left == 0)
                body->part = ZK_SNAPSHOT_ACLS_COUNT;
            else
                rv = take_session(body, &reader);
            break;
        case ZK_SNAPSHOT_ACLS:
            if (body->left == 0)
                body->part = ZK_SNAPSHOT_NODES;
            else
                rv = take_acl(body, &reader, note);
            break;
        case ZK_SNAPSHOT_NODES:
            rv = take_node(body, &reader, note);
            break;
        case ZK_SNAPSHOT_DONE:
            break;
        }
    } while (rv == APR_SUCCESS && (reader.at != before || body->part != part));
    *used = (size_t)(reader.at - data);
    return rv;
}
