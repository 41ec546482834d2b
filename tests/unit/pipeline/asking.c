/* asking.c -- requests of a test's client, and waiting for their answers. */
#include "world.h"

#include <string.h>

zk_acl_vector_t acl_of(int32_t perms, const char *scheme, const char *id)
{
    zk_acl_t *acl = zk_arena_alloc(world_arena(), sizeof(*acl));
    zk_acl_vector_t vector = {1, acl};

    acl->perms = perms;
    acl->id.scheme = zk_str(scheme);
    acl->id.id = zk_str(id);
    return vector;
}

zk_acl_vector_t acl_open(void)
{
    return acl_of(ZK_PERM_ALL, "world", "anyone");
}

int32_t peer_post_create(peer_t *peer, const char *path, const char *data, int32_t flags)
{
    zk_create_request_t request = {zk_str(path), zk_str(data), acl_open(), flags};

    return peer_send(peer, ZK_OP_CREATE, &zk_record_create_request, &request);
}

int32_t peer_create(peer_t *peer, const char *path, const char *data, int32_t flags)
{
    return peer_answer(peer, peer_post_create(peer, path, data, flags)).err;
}

int32_t peer_create_named(peer_t *peer, const char *path, int32_t flags, char *name)
{
    frame_t frame = peer_answer(peer, peer_post_create(peer, path, "", flags));

    if (frame.err == ZK_CODE_OK) {
        zk_str_t created = zk_read_str(&frame.body);

        CU_ASSERT_FALSE_FATAL(frame.body.failed || created.length > 63);
        memcpy(name, created.data, (size_t)created.length);
        name[created.length] = '\0';
    }
    return frame.err;
}

int32_t peer_create_as(peer_t *peer, int32_t op, const char *path, zk_acl_vector_t acl,
                       int32_t flags, int64_t ttl)
{
    zk_create_request_t request = {zk_str(path), zk_str("x"), acl, flags};
    zk_create_ttl_request_t with_ttl = {zk_str(path), zk_str("x"), acl, flags, ttl};

    if (op == ZK_OP_CREATE_TTL)
        return peer_answer(peer, peer_send(peer, op, &zk_record_create_ttl_request, &with_ttl)).err;
    return peer_answer(peer, peer_send(peer, op, &zk_record_create_request, &request)).err;
}

int32_t peer_post_delete(peer_t *peer, const char *path, int32_t version)
{
    zk_delete_request_t request = {zk_str(path), version};

    return peer_send(peer, ZK_OP_DELETE, &zk_record_delete_request, &request);
}

int32_t peer_delete(peer_t *peer, const char *path, int32_t version)
{
    return peer_answer(peer, peer_post_delete(peer, path, version)).err;
}

int32_t peer_post_set(peer_t *peer, const char *path, const char *data, int32_t version)
{
    zk_set_data_request_t request = {zk_str(path), zk_str(data), version};

    return peer_send(peer, ZK_OP_SET_DATA, &zk_record_set_data_request, &request);
}

int32_t peer_set(peer_t *peer, const char *path, const char *data, int32_t version)
{
    return peer_answer(peer, peer_post_set(peer, path, data, version)).err;
}

int32_t peer_set_acl(peer_t *peer, const char *path, zk_acl_vector_t acl, int32_t version)
{
    zk_set_acl_request_t request = {zk_str(path), acl, version};

    return peer_answer(peer, peer_send(peer, ZK_OP_SET_ACL, &zk_record_set_acl_request, &request))
        .err;
}

static void read_stat(frame_t *frame, zk_stat_t *stat)
{
    zk_stat_t ignored;

    if (frame->err == ZK_CODE_OK)
        CU_ASSERT_TRUE_FATAL(zk_record_decode(&zk_record_stat, stat == NULL ? &ignored : stat,
                                              &frame->body, world_arena()));
}

int32_t peer_exists(peer_t *peer, const char *path, bool watch, zk_stat_t *stat)
{
    zk_exists_request_t request = {zk_str(path), watch};
    frame_t frame =
        peer_answer(peer, peer_send(peer, ZK_OP_EXISTS, &zk_record_exists_request, &request));

    read_stat(&frame, stat);
    return frame.err;
}

int32_t peer_post_get(peer_t *peer, const char *path, bool watch)
{
    zk_get_data_request_t request = {zk_str(path), watch};

    return peer_send(peer, ZK_OP_GET_DATA, &zk_record_get_data_request, &request);
}

int32_t peer_get(peer_t *peer, const char *path, bool watch, char *data, zk_stat_t *stat)
{
    frame_t frame = peer_answer(peer, peer_post_get(peer, path, watch));

    if (frame.err == ZK_CODE_OK) {
        zk_str_t content = zk_read_str(&frame.body);

        if (data != NULL) {
            CU_ASSERT_TRUE_FATAL(zk_str_size(content) < 64);
            memcpy(data, content.data == NULL ? "" : content.data, zk_str_size(content));
            data[zk_str_size(content)] = '\0';
        }
        read_stat(&frame, stat);
    }
    return frame.err;
}

int32_t peer_children(peer_t *peer, const char *path, bool watch)
{
    zk_get_children_request_t request = {zk_str(path), watch};

    return peer_answer(
               peer, peer_send(peer, ZK_OP_GET_CHILDREN, &zk_record_get_children_request, &request))
        .err;
}

int32_t peer_add_watch(peer_t *peer, const char *path, int32_t mode)
{
    zk_add_watch_request_t request = {zk_str(path), mode};

    return peer_answer(peer,
                       peer_send(peer, ZK_OP_ADD_WATCH, &zk_record_add_watch_request, &request))
        .err;
}

int32_t peer_auth(peer_t *peer, const char *scheme, const char *credential)
{
    zk_auth_packet_t packet = {0, zk_str(scheme), zk_str(credential)};

    return peer_answer(peer, peer_send(peer, ZK_OP_AUTH, &zk_record_auth_packet, &packet)).err;
}

int32_t peer_ping(peer_t *peer)
{
    return peer_answer(peer, peer_send(peer, ZK_OP_PING, NULL, NULL)).err;
}

int32_t peer_post_close(peer_t *peer)
{
    return peer_send(peer, ZK_OP_CLOSE_SESSION, NULL, NULL);
}
