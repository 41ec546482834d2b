/* txn_text.c -- transactions as text, field by field in upstream's forms.
 *
 * Two forms are mixed there, and so here: creates and setData are joined by hand, with the ACL list
 * as Java prints a list; the others are jute's text form, in which a string begins with a quote and
 * escapes what would break a line. The entries of a multi are decoded, where upstream prints their
 * raw bytes.
 *
 * Facts: TxnLogToolkit.java, ToStringOutputArchive.java. */
#include "tool/txn_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "wire/opcode.h"

/* jute's text form of a string. */
static void put_jute_string(FILE *to, zk_str_t str)
{
    static const char special[] = "\n\r,}%";
    size_t i;
    size_t from = 0;
    size_t size = zk_str_size(str);

    putc('\'', to);
    for (i = 0; i < size; i++) {
        char c = str.data[i];

        if (c != 0 && strchr(special, c) == NULL)
            continue;
        zk_tool_put_text(to, zk_str_n(str.data + from, i - from));
        fprintf(to, "%%%02X", (unsigned)(unsigned char)c);
        from = i + 1;
    }
    zk_tool_put_text(to, zk_str_n(str.data + from, size - from));
}

static void put_id(FILE *to, const zk_id_t *id)
{
    fputs("s{", to);
    put_jute_string(to, id->scheme);
    putc(',', to);
    put_jute_string(to, id->id);
    putc('}', to);
}

/* As Java prints a list of records, each of which ends its line. */
static void put_acl_list(FILE *to, const zk_acl_vector_t *acl)
{
    int32_t i;

    if (acl->count < 0) {
        fputs("null", to);
        return;
    }
    putc('[', to);
    for (i = 0; i < acl->count; i++) {
        fprintf(to, "%s%" PRId32 ",", i == 0 ? "" : ", ", acl->items[i].perms);
        put_id(to, &acl->items[i].id);
        putc('\n', to);
    }
    putc(']', to);
}

static void put_acl_vector(FILE *to, const zk_acl_vector_t *acl)
{
    int32_t i;

    fputs("v{", to);
    for (i = 0; i < acl->count; i++) {
        fprintf(to, "%ss{%" PRId32 ",", i == 0 ? "" : ",", acl->items[i].perms);
        put_id(to, &acl->items[i].id);
        putc('}', to);
    }
    putc('}', to);
}

static void put_path_and_data(FILE *to, zk_str_t path, zk_str_t data)
{
    zk_tool_put_text(to, path);
    putc(',', to);
    zk_tool_put_text(to, data);
    putc(',', to);
}

static void put_type(FILE *to, int32_t type)
{
    const char *name = zk_opcode_name(type);

    if (name != NULL)
        fputs(name, to);
    else
        fprintf(to, "unknown %" PRId32, type);
}

static void put_body(FILE *to, int32_t type, const zk_txn_body_t *body);

static void put_multi(FILE *to, const zk_multi_txn_t *multi)
{
    zk_arena_t *arena = zk_arena_create();
    int32_t i;

    for (i = 0; i < multi->txns.count; i++) {
        const zk_txn_t *entry = &multi->txns.items[i];
        zk_reader_t reader = zk_reader(entry->data.data, zk_str_size(entry->data));
        zk_txn_body_t body;

        if (i > 0)
            putc(';', to);
        put_type(to, entry->type);
        putc(':', to);
        if (zk_txn_decode_body(&body, entry->type, &reader, arena))
            put_body(to, entry->type, &body);
        else
            zk_tool_put_text(to, entry->data);
        zk_arena_reset(arena);
    }
    zk_arena_destroy(arena);
}

static void put_closed(FILE *to, const zk_str_vector_t *paths)
{
    int32_t i;

    if (paths->count < 0) /* the record had no body */
        return;
    fputs("v{", to);
    for (i = 0; i < paths->count; i++) {
        if (i > 0)
            putc(',', to);
        put_jute_string(to, paths->items[i]);
    }
    putc('}', to);
}

static void put_body(FILE *to, int32_t type, const zk_txn_body_t *body)
{
    switch (type) {
    case ZK_OP_CREATE:
    case ZK_OP_CREATE2:
        put_path_and_data(to, body->create.path, body->create.data);
        put_acl_list(to, &body->create.acl);
        fprintf(to, ",%s,%" PRId32, body->create.ephemeral ? "true" : "false",
                body->create.parent_cversion);
        break;
    case ZK_OP_CREATE_CONTAINER:
        put_path_and_data(to, body->create_container.path, body->create_container.data);
        put_acl_list(to, &body->create_container.acl);
        fprintf(to, ",%" PRId32, body->create_container.parent_cversion);
        break;
    case ZK_OP_CREATE_TTL:
        put_path_and_data(to, body->create_ttl.path, body->create_ttl.data);
        put_acl_list(to, &body->create_ttl.acl);
        fprintf(to, ",%" PRId32 ",%" PRId64, body->create_ttl.parent_cversion,
                body->create_ttl.ttl);
        break;
    case ZK_OP_SET_DATA:
    case ZK_OP_RECONFIG:
        put_path_and_data(to, body->set_data.path, body->set_data.data);
        fprintf(to, "%" PRId32, body->set_data.version);
        break;
    case ZK_OP_DELETE:
    case ZK_OP_DELETE_CONTAINER:
        put_jute_string(to, body->delete_.path);
        break;
    case ZK_OP_SET_ACL:
        put_jute_string(to, body->set_acl.path);
        putc(',', to);
        put_acl_vector(to, &body->set_acl.acl);
        fprintf(to, ",%" PRId32, body->set_acl.version);
        break;
    case ZK_OP_CHECK:
        put_jute_string(to, body->check.path);
        fprintf(to, ",%" PRId32, body->check.version);
        break;
    case ZK_OP_CREATE_SESSION:
        fprintf(to, "%" PRId32, body->create_session.time_out);
        break;
    case ZK_OP_CLOSE_SESSION:
        put_closed(to, &body->close_session.paths2_delete);
        break;
    case ZK_OP_ERROR:
        fprintf(to, "%" PRId32, body->error.err);
        break;
    case ZK_OP_MULTI:
        put_multi(to, &body->multi);
        break;
    default:
        break;
    }
}

void zk_tool_put_txn(FILE *to, const zk_txn_decoded_t *txn, zk_time_form_t form,
                     apr_pool_t *scratch)
{
    const zk_txn_header_t *header = &txn->header;

    fprintf(to, "%s session 0x%" PRIx64 " cxid 0x%" PRIx32 " zxid 0x%" PRIx64 " ",
            zk_tool_time(header->time, form, scratch), (uint64_t)header->client_id,
            (uint32_t)header->cxid, (uint64_t)header->zxid);
    put_type(to, header->type);
    putc(' ', to);
    put_body(to, header->type, &txn->body);
    putc('\n', to);
}
