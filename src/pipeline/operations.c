/* operations.c -- one create, delete, setData, setACL or check against the state that is not yet
 * applied.
 *
 * The first check that fails decides.  Each zk_prepare_X function checks everything first and edits
 * the pending state last, so a failing one has changed nothing.  What upstream's servers would log
 * and then die of is refused with -8: create modes that do not fit their opcode, a quota on the
 * root, quota texts that do not parse.
 *
 * Facts: upstream PrepRequestProcessor.java (pRequest2Txn, pRequest2TxnCreate); protocol notes,
 * sections 9 and 23. */
#include "pipeline/mind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree/path.h"
#include "tree/quota.h"
#include "wire/codec.h"

enum { SEQUENCE_BYTES = 12 };

static bool allows(const zk_replica_t *replica, const zk_prospect_t *prospect, int32_t perm,
                   const zk_asker_t *asker)
{
    return zk_acl_allows(&replica->options.auth, prospect->acl, perm, asker->identities);
}

static int32_t next_int(int32_t value)
{
    return (int32_t)((uint32_t)value + 1u);
}

/* ---- create ---- */

static bool is_ttl_mode(int32_t flags)
{
    return flags == ZK_CREATE_TTL || flags == ZK_CREATE_TTL_SEQUENTIAL;
}

static bool is_sequential(int32_t flags)
{
    return flags == ZK_CREATE_PERSISTENT_SEQUENTIAL || flags == ZK_CREATE_EPHEMERAL_SEQUENTIAL ||
           flags == ZK_CREATE_TTL_SEQUENTIAL;
}

static bool is_ephemeral(int32_t flags)
{
    return flags == ZK_CREATE_EPHEMERAL || flags == ZK_CREATE_EPHEMERAL_SEQUENTIAL;
}

/* Do FLAGS and TTL fit opcode TYPE? */
static zk_code_t check_mode(const zk_replica_t *replica, int32_t type, int32_t flags, int64_t ttl)
{
    if (flags < ZK_CREATE_PERSISTENT || flags > ZK_CREATE_TTL_SEQUENTIAL)
        return ZK_CODE_BAD_ARGUMENTS;
    if (is_ttl_mode(flags) && !replica->options.extended_types_enabled)
        return ZK_CODE_UNIMPLEMENTED;
    if (is_ttl_mode(flags) != (type == ZK_OP_CREATE_TTL))
        return ZK_CODE_BAD_ARGUMENTS;
    if (is_ttl_mode(flags) && (ttl < 1 || ttl > ZK_TTL_MAX_MS))
        return ZK_CODE_BAD_ARGUMENTS;
    if ((flags == ZK_CREATE_CONTAINER) != (type == ZK_OP_CREATE_CONTAINER))
        return ZK_CODE_BAD_ARGUMENTS;
    return ZK_CODE_OK;
}

/* PATH with the next number below its parent. */
static zk_str_t sequence_path(zk_replica_t *replica, zk_str_t path, int32_t number)
{
    size_t size = zk_str_size(path);
    char *text = zk_arena_alloc(replica->arena, size + SEQUENCE_BYTES);
    int digits;

    memcpy(text, path.data, size);
    digits = snprintf(text + size, SEQUENCE_BYTES, "%010d", number);
    ZK_ASSERT(digits >= 10 && digits < SEQUENCE_BYTES);
    return zk_str_n(text, size + (size_t)digits);
}

static zk_code_t check_quota(zk_replica_t *replica, zk_str_t path, int64_t count_delta,
                             int64_t bytes_delta)
{
    zk_code_t code;

    if (!replica->options.enforce_quota)
        return ZK_CODE_OK;
    zk_buffer_clear(&replica->text);
    code = zk_quota_check(replica->tree, path, count_delta, bytes_delta, true, &replica->text);
    if (zk_buffer_size(&replica->text) > 0)
        zk_say_quota(replica, &replica->text);
    if (code == ZK_CODE_QUOTA_EXCEEDED)
        replica->stats.quota_exceeded++;
    return code;
}

bool zk_prepare_is_owned(const zk_replica_t *replica, const zk_prospect_t *prospect)
{
    return zk_owner_kind(prospect->stat.ephemeral_owner, replica->options.emulate_353_ttl, NULL) ==
           ZK_ZNODE_EPHEMERAL;
}

/* Everything between the mode and the edit; *PATH becomes the final one. */
static zk_code_t check_create(zk_replica_t *replica, const zk_asker_t *asker,
                              const zk_create_ttl_request_t *create, zk_str_t *path,
                              zk_acl_vector_t *acl, int32_t *parent_cversion)
{
    zk_prospect_t parent;
    zk_prospect_t znode;
    zk_code_t code;

    if (zk_str_is_null(create->path))
        return ZK_CODE_MARSHALLING_ERROR;
    if (!zk_path_has_parent_form(create->path))
        return ZK_CODE_BAD_ARGUMENTS;
    code = zk_auth_fix_acl(&replica->options.auth, acl, &create->acl, asker->identities,
                           replica->arena);
    if (code != ZK_CODE_OK)
        return code;
    if (!zk_pending_look(&replica->pending, zk_path_parent(create->path), &parent))
        return ZK_CODE_NO_NODE;
    if (!allows(replica, &parent, ZK_PERM_CREATE, asker))
        return ZK_CODE_NO_AUTH;
    *path = create->path;
    if (is_sequential(create->flags))
        *path = sequence_path(replica, create->path, parent.stat.cversion);
    if (!zk_path_is_valid(*path))
        return ZK_CODE_BAD_ARGUMENTS;
    if (zk_pending_look(&replica->pending, *path, &znode))
        return ZK_CODE_NODE_EXISTS;
    if (zk_prepare_is_owned(replica, &parent))
        return ZK_CODE_NO_CHILDREN_FOR_EPHEMERALS;
    if (zk_quota_refuses(*path, create->data, true))
        return ZK_CODE_BAD_ARGUMENTS;
    *parent_cversion = next_int(parent.stat.cversion);
    return check_quota(replica, *path, 1, (int64_t)zk_str_size(create->data));
}

static int64_t owner_of(const zk_asker_t *asker, int32_t type,
                        const zk_create_ttl_request_t *create)
{
    if (type == ZK_OP_CREATE_CONTAINER)
        return ZK_OWNER_CONTAINER;
    if (type == ZK_OP_CREATE_TTL)
        return zk_owner_for_ttl(create->ttl);
    return is_ephemeral(create->flags) ? asker->session_id : 0;
}

static void fill_create(zk_txn_body_t *body, int32_t type, const zk_create_ttl_request_t *create,
                        zk_str_t path, const zk_acl_vector_t *acl, int32_t parent_cversion)
{
    if (type == ZK_OP_CREATE_CONTAINER) {
        body->create_container.path = path;
        body->create_container.data = create->data;
        body->create_container.acl = *acl;
        body->create_container.parent_cversion = parent_cversion;
    } else if (type == ZK_OP_CREATE_TTL) {
        body->create_ttl.path = path;
        body->create_ttl.data = create->data;
        body->create_ttl.acl = *acl;
        body->create_ttl.parent_cversion = parent_cversion;
        body->create_ttl.ttl = create->ttl;
    } else {
        body->create.path = path;
        body->create.data = create->data;
        body->create.acl = *acl;
        body->create.ephemeral = is_ephemeral(create->flags);
        body->create.parent_cversion = parent_cversion;
    }
}

zk_code_t zk_prepare_create(zk_replica_t *replica, const zk_asker_t *asker, int32_t type,
                            const zk_create_ttl_request_t *create, zk_txn_body_t *body,
                            int32_t *txn_type)
{
    zk_acl_vector_t acl;
    zk_str_t path;
    int32_t parent_cversion;
    zk_code_t code;

    code = check_mode(replica, type, create->flags, create->ttl);
    if (code == ZK_CODE_OK)
        code = check_create(replica, asker, create, &path, &acl, &parent_cversion);
    if (code != ZK_CODE_OK)
        return code;
    zk_pending_create(&replica->pending, path, create->data, &acl, owner_of(asker, type, create),
                      parent_cversion);
    fill_create(body, type, create, path, &acl, parent_cversion);
    *txn_type = type;
    return ZK_CODE_OK;
}

/* ---- delete, setData, setACL, check ---- */

static bool version_fits(int32_t wanted, int32_t current)
{
    return wanted == -1 || wanted == current;
}

zk_code_t zk_prepare_delete(zk_replica_t *replica, const zk_asker_t *asker,
                            const zk_delete_request_t *request, zk_txn_body_t *body)
{
    zk_prospect_t parent;
    zk_prospect_t znode;

    if (zk_str_is_null(request->path))
        return ZK_CODE_MARSHALLING_ERROR;
    if (!zk_path_has_parent_form(request->path) || zk_path_is_special(request->path))
        return ZK_CODE_BAD_ARGUMENTS;
    if (!zk_pending_look(&replica->pending, zk_path_parent(request->path), &parent))
        return ZK_CODE_NO_NODE;
    if (!allows(replica, &parent, ZK_PERM_DELETE, asker))
        return ZK_CODE_NO_AUTH;
    if (!zk_pending_look(&replica->pending, request->path, &znode))
        return ZK_CODE_NO_NODE;
    if (!version_fits(request->version, znode.stat.version))
        return ZK_CODE_BAD_VERSION;
    if (znode.num_children > 0)
        return ZK_CODE_NOT_EMPTY;
    zk_pending_delete(&replica->pending, request->path);
    body->delete_.path = request->path;
    return ZK_CODE_OK;
}

zk_code_t zk_prepare_set_data(zk_replica_t *replica, const zk_asker_t *asker,
                              const zk_set_data_request_t *request, zk_txn_body_t *body)
{
    zk_prospect_t znode;
    zk_code_t code;

    if (!zk_path_is_valid(request->path)) /* nor is a null one */
        return ZK_CODE_BAD_ARGUMENTS;
    if (!zk_pending_look(&replica->pending, request->path, &znode))
        return ZK_CODE_NO_NODE;
    if (!allows(replica, &znode, ZK_PERM_WRITE, asker))
        return ZK_CODE_NO_AUTH;
    if (zk_quota_refuses(request->path, request->data, false))
        return ZK_CODE_BAD_ARGUMENTS;
    code = check_quota(replica, request->path, 0,
                       (int64_t)zk_str_size(request->data) - znode.data_length);
    if (code != ZK_CODE_OK)
        return code;
    if (!version_fits(request->version, znode.stat.version))
        return ZK_CODE_BAD_VERSION;
    body->set_data.path = request->path;
    body->set_data.data = request->data;
    body->set_data.version = next_int(znode.stat.version);
    zk_pending_set_data(&replica->pending, request->path, request->data, body->set_data.version);
    return ZK_CODE_OK;
}

zk_code_t zk_prepare_set_acl(zk_replica_t *replica, const zk_asker_t *asker,
                             const zk_set_acl_request_t *request, zk_txn_body_t *body)
{
    zk_prospect_t znode;
    zk_code_t code;

    if (!zk_path_is_valid(request->path)) /* nor is a null one */
        return ZK_CODE_BAD_ARGUMENTS;
    code = zk_auth_fix_acl(&replica->options.auth, &body->set_acl.acl, &request->acl,
                           asker->identities, replica->arena);
    if (code != ZK_CODE_OK)
        return code;
    if (!zk_pending_look(&replica->pending, request->path, &znode))
        return ZK_CODE_NO_NODE;
    if (!allows(replica, &znode, ZK_PERM_ADMIN, asker))
        return ZK_CODE_NO_AUTH;
    if (!version_fits(request->version, znode.stat.aversion))
        return ZK_CODE_BAD_VERSION;
    body->set_acl.path = request->path;
    body->set_acl.version = next_int(znode.stat.aversion);
    zk_pending_set_acl(&replica->pending, request->path, &body->set_acl.acl, body->set_acl.version);
    return ZK_CODE_OK;
}

zk_code_t zk_prepare_check(zk_replica_t *replica, const zk_asker_t *asker,
                           const zk_check_version_request_t *request, zk_txn_body_t *body)
{
    zk_prospect_t znode;

    if (!zk_path_is_valid(request->path)) /* nor is a null one */
        return ZK_CODE_BAD_ARGUMENTS;
    if (!zk_pending_look(&replica->pending, request->path, &znode))
        return ZK_CODE_NO_NODE;
    if (!allows(replica, &znode, ZK_PERM_READ, asker))
        return ZK_CODE_NO_AUTH;
    if (!version_fits(request->version, znode.stat.version))
        return ZK_CODE_BAD_VERSION;
    body->check.path = request->path;
    body->check.version = next_int(znode.stat.version);
    return ZK_CODE_OK;
}
