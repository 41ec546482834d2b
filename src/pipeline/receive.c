/* receive.c -- what a client's frame is, and who deals with it.
 *
 * Every frame keeps its session alive.  Auth packets take effect here, when they are read;
 * everything after them is asked with the new identities, everything before with the old ones.
 * Writes are prepared at once, whatever else the client waits for; reads are answered at once
 * unless the client has an earlier request open.
 *
 * Facts: upstream ZooKeeperServer.processPacket, Request.isValid. */
#include "base/mutation.h"
#include "pipeline/mind.h"

#include "wire/codec.h"

enum { REQUEST_HEADER_BYTES = 8 };

static void receive_auth(zk_replica_t *replica, zk_client_t *client, int32_t xid,
                         zk_reader_t *reader)
{
    zk_auth_packet_t packet;

    if (!zk_record_decode(&zk_record_auth_packet, &packet, reader, replica->arena)) {
        zk_client_finish(replica, client);
        return;
    }
    zk_say_auth_packet(replica, client);
    switch (zk_auth_authenticate(&replica->options.auth, &client->identities, packet.scheme,
                                 packet.auth)) {
    case ZK_AUTH_OK:
        zk_say_auth_ok(replica, client, packet.scheme);
        zk_order_answer(replica, client, xid, ZK_OP_AUTH, 0, ZK_CODE_OK, false);
        break;
    case ZK_AUTH_FAILED:
        zk_say_auth_failed(replica, packet.scheme);
        zk_order_answer(replica, client, xid, ZK_OP_AUTH, 0, ZK_CODE_AUTH_FAILED, true);
        break;
    case ZK_AUTH_CLOSE_SILENTLY:
        zk_client_finish(replica, client);
        break;
    }
}

static void receive_sasl(zk_replica_t *replica, zk_client_t *client, int32_t xid,
                         zk_reader_t *reader)
{
    zk_get_sasl_request_t request;

    if (!zk_record_decode(&zk_record_get_sasl_request, &request, reader, replica->arena)) {
        zk_client_finish(replica, client);
        return;
    }
    zk_order_answer_sasl(replica, client, xid);
}

static bool sync_decodes(zk_replica_t *replica, zk_reader_t reader)
{
    zk_sync_request_t request;

    return zk_record_decode(&zk_record_sync_request, &request, &reader, replica->arena);
}

static void receive_read(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                         zk_reader_t *reader, size_t frame_bytes)
{
    zk_request_t *request;

    if (type == ZK_OP_SYNC && zk_syncs_wait(replica) && sync_decodes(replica, *reader)) {
        zk_syncs_ask(replica, client, xid, reader, frame_bytes);
        return;
    }
    if (client->first == NULL || ZK_MUTATION(read_overtakes_write)) {
        zk_answer_read(replica, client, client->identities, xid, type, reader);
        zk_count_answer(replica, client, type, xid, zk_replica_last_zxid(replica),
                        replica->mono_ms);
        return;
    }
    request = zk_order_add(replica, client, ZK_REQUEST_READ, xid, type, frame_bytes);
    request->identities = zk_identities_hold(client->identities);
    zk_throttle_expect(replica, request, zk_read_expect(replica, client, type, *reader));
    request->frame_bytes = (int32_t)zk_reader_left(reader);
    if (request->frame_bytes > 0) {
        request->frame = zk_malloc((size_t)request->frame_bytes);
        memcpy(request->frame, reader->at, (size_t)request->frame_bytes);
    }
}

static void receive_write(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                          zk_reader_t *reader, size_t frame_bytes)
{
    if (!zk_locals_admit(replica, client, xid, type, *reader))
        return;
    if (replica->role == ZK_ROLE_LEARNER)
        zk_forward_write(replica, client, xid, type, reader, frame_bytes);
    else
        zk_prepare_write(replica, client, xid, type, reader, frame_bytes);
}

static void receive_close(zk_replica_t *replica, zk_client_t *client, int32_t xid)
{
    if (client->session->local || replica->role == ZK_ROLE_READ_ONLY)
        zk_locals_close(replica, client, xid);
    else if (replica->role == ZK_ROLE_LEARNER)
        zk_forward_close_session(replica, client, client->session, xid);
    else
        zk_prepare_close_session(replica, client, client->session, xid);
}

/* A request of an established (or connecting) session. */
static void receive_request(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                            zk_reader_t *reader, size_t frame_bytes)
{
    if (replica->role == ZK_ROLE_READ_ONLY && (zk_prepare_is_write(type) || type == ZK_OP_SYNC)) {
        zk_order_answer(replica, client, xid, type, ZK_ZXID_LAST_APPLIED, ZK_CODE_NOT_READ_ONLY,
                        false);
    } else if (zk_read_is(type)) {
        receive_read(replica, client, xid, type, reader, frame_bytes);
    } else if (zk_prepare_is_write(type)) {
        receive_write(replica, client, xid, type, reader, frame_bytes);
    } else if (type == ZK_OP_CLOSE_SESSION) {
        receive_close(replica, client, xid);
    } else {
        zk_order_answer(replica, client, xid, type, -1, ZK_CODE_UNIMPLEMENTED, true);
    }
}

void zk_receive_frame(zk_replica_t *replica, const zk_event_t *event)
{
    zk_client_t *client = zk_client_find(replica, event->client);
    size_t frame_bytes = zk_str_size(event->bytes);
    zk_reader_t reader = zk_reader(event->bytes.data, frame_bytes);
    int32_t xid;
    int32_t type;

    if (client == NULL || client->state == ZK_CLIENT_CLOSED || client->doomed ||
        replica->shutting_down)
        return;
    client->received++;
    replica->stats.packets_received++;
    replica->stats.bytes_received += (int64_t)frame_bytes;
    if (!zk_role_takes_clients(replica)) {
        zk_client_finish(replica, client);
        return;
    }
    if (client->state == ZK_CLIENT_NEW) {
        zk_session_connect(replica, client, event->bytes);
        return;
    }
    if (frame_bytes < REQUEST_HEADER_BYTES || !zk_throttle_admits(replica, frame_bytes)) {
        zk_client_finish(replica, client);
        return;
    }
    xid = zk_read_int(&reader);
    type = zk_read_int(&reader);
    if (type == ZK_OP_AUTH) {
        receive_auth(replica, client, xid, &reader);
        return;
    }
    if (type == ZK_OP_SASL) {
        receive_sasl(replica, client, xid, &reader);
        return;
    }
    if (!zk_auth_enforced_ok(&replica->options.auth, client->identities)) {
        zk_say_not_authenticated(replica, client);
        zk_order_answer(replica, client, xid, type, 0, ZK_CODE_SESSION_CLOSED_REQUIRE_SASL_AUTH,
                        true);
        return;
    }
    if (client->session == NULL || client->session->closing)
        return; /* its session ends; what it still asks is not answered */
    zk_session_alive(replica, client->session);
    receive_request(replica, client, xid, type, &reader, frame_bytes);
}
