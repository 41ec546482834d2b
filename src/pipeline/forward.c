/* forward.c -- a learner's side of what its clients write.
 *
 * A write is decoded here to its end, so that the leader never gets one that it could not propose,
 * and sent on as a REQUEST with the identities of its client.  The leader makes exactly one txn of
 * each, in the order in which they arrive, so the oldest request here belongs to the next txn that
 * bears its session, cxid and type; txns of other servers lie between them.  Clients number their
 * requests anew after they reconnect: what this server had logged before it forwarded a request
 * cannot be its txn.
 *
 * With each answer to the leader's ping go the sessions that showed signs of life here, as many as
 * fit a packet that any leader reads; the others wait for the next.
 *
 * A request whose client is gone stays in flight until its txn comes.  When the role ends all that
 * is in flight is dropped with its clients.
 *
 * Facts: upstream FollowerRequestProcessor, CommitProcessor, Learner (request, ping,
 * validateSession), LearnerSessionTracker.java; quorum notes, sections 9.3, 9.4, 10. */
#include "pipeline/mind.h"

#include <inttypes.h>

#include "wire/codec.h"

enum { REQUEST_HEAD_BYTES = 16, TOUCH_BYTES = 12 };

/* Send a REQUEST; IDENTITIES may be NULL. */
static void send_request(zk_replica_t *replica, int64_t session_id, int32_t cxid, int32_t type,
                         const zk_identities_t *identities, const void *body, size_t size)
{
    zk_buffer_t *packet = &replica->packet;
    zk_id_vector_t authinfo = {-1, NULL};
    int32_t i;

    zk_buffer_clear(packet);
    zk_write_long(packet, session_id);
    zk_write_int(packet, cxid);
    zk_write_int(packet, type);
    zk_write_raw(packet, body, size);
    if (identities != NULL) {
        authinfo.count = zk_identities_count(identities);
        authinfo.items =
            zk_arena_alloc(replica->arena, ((size_t)authinfo.count + 1) * sizeof(*authinfo.items));
        for (i = 0; i < authinfo.count; i++)
            authinfo.items[i] = zk_identities_at(identities, i);
    }
    zk_links_send(replica, 0, ZK_PACKET_REQUEST, -1,
                  zk_str_n((const char *)zk_buffer_bytes(packet), zk_buffer_size(packet)),
                  &authinfo);
}

/* REQUEST (NULL: nobody waits) is on its way. */
static void push(zk_replica_t *replica, zk_request_t *request, zk_session_t *session, int32_t cxid,
                 int32_t type)
{
    int64_t logged = zk_zab_last_logged(replica->zab);
    int64_t delivered = zk_zab_last_delivered(replica->zab);
    zk_flight_t flight = {.zxid = logged > delivered ? logged : delivered,
                          .request = request,
                          .session_id = session->id,
                          .cxid = cxid,
                          .type = type};

    zk_flight_push(replica, &flight, session);
}

void zk_forward_write(zk_replica_t *replica, zk_client_t *client, int32_t xid, int32_t type,
                      zk_reader_t *reader, size_t frame_bytes)
{
    zk_session_t *session = client->session;
    zk_request_t *request;
    uint8_t *kinds = NULL;
    int32_t count = 0;

    if (!zk_prepare_decodes(replica, type, *reader, &kinds, &count)) {
        zk_order_answer(replica, client, xid, type, ZK_ZXID_LAST_APPLIED, ZK_CODE_MARSHALLING_ERROR,
                        false);
        return;
    }
    request = zk_order_add(replica, client, ZK_REQUEST_WRITE, xid, type, frame_bytes);
    if (count > 0) {
        request->frame_bytes = count;
        request->frame = zk_malloc((size_t)count);
        memcpy(request->frame, kinds, (size_t)count);
    }
    push(replica, request, session, xid, type);
    send_request(replica, session->id, xid, type, client->identities, reader->at,
                 zk_reader_left(reader));
}

void zk_forward_create_session(zk_replica_t *replica, zk_request_t *request, zk_session_t *session)
{
    uint8_t timeout[4];

    zk_put_u32(timeout, (uint32_t)session->timeout_ms);
    push(replica, request, session, 0, ZK_OP_CREATE_SESSION);
    send_request(replica, session->id, 0, ZK_OP_CREATE_SESSION, NULL, timeout, sizeof(timeout));
}

void zk_forward_close_session(zk_replica_t *replica, zk_client_t *client, zk_session_t *session,
                              int32_t xid)
{
    zk_request_t *request =
        zk_order_add(replica, client, ZK_REQUEST_WRITE, xid, ZK_OP_CLOSE_SESSION, 0);

    zk_session_set_closing(replica->sessions, session);
    push(replica, request, session, xid, ZK_OP_CLOSE_SESSION);
    send_request(replica, session->id, xid, ZK_OP_CLOSE_SESSION, client->identities, "", 0);
}

void zk_forward_sync(zk_replica_t *replica, zk_client_t *client, int32_t xid, zk_reader_t reader)
{
    send_request(replica, client->session_id, xid, ZK_OP_SYNC, client->identities, reader.at,
                 zk_reader_left(&reader));
}

void zk_forward_revalidate(zk_replica_t *replica, const zk_client_t *client)
{
    char data[12];

    zk_put_u64((uint8_t *)data, (uint64_t)client->session_id);
    zk_put_u32((uint8_t *)data + 8, (uint32_t)client->timeout_ms);
    zk_links_send(replica, 0, ZK_PACKET_REVALIDATE, -1, zk_str_n(data, sizeof(data)), NULL);
}

bool zk_forward_match(zk_replica_t *replica, const zk_txn_header_t *header, zk_flight_t *flight)
{
    const zk_flight_t *head;

    if (zk_flights_count(replica) == 0)
        return false;
    head = &replica->flights[replica->flights_head & (replica->flights_capacity - 1)];
    if (head->session_id != header->client_id || head->cxid != header->cxid ||
        header->zxid <= head->zxid || (header->type != head->type && header->type != ZK_OP_ERROR))
        return false;
    *flight = *head;
    replica->flights_head++;
    return true;
}

/* ---- what the leader says ---- */

static void answer_ping(zk_replica_t *replica, const zk_quorum_packet_t *packet)
{
    zk_buffer_t *touched = &replica->touched;
    size_t size = (size_t)replica->options.learner_touches_max * TOUCH_BYTES;
    zk_reader_t reader;

    if (size > zk_buffer_size(touched))
        size = zk_buffer_size(touched);
    reader = zk_reader(zk_buffer_bytes(touched), size);
    while (zk_reader_left(&reader) >= TOUCH_BYTES) {
        zk_session_t *session = zk_session_find(replica->sessions, zk_read_long(&reader));

        (void)zk_read_int(&reader);
        if (session != NULL)
            session->touched = false;
    }
    zk_links_send(replica, 0, ZK_PACKET_PING, packet->zxid,
                  size == 0 ? zk_str("") : zk_str_n((const char *)zk_buffer_bytes(touched), size),
                  NULL);
    zk_buffer_consume(touched, size);
}

static void take_revalidation(zk_replica_t *replica, zk_str_t data)
{
    zk_reader_t reader = zk_reader(data.data, zk_str_size(data));
    int64_t id;

    if (zk_str_size(data) < 9) {
        zk_warn("Leader's word on a session has %zu bytes", zk_str_size(data));
        return;
    }
    id = zk_read_long(&reader);
    zk_session_revalidated(replica, id, reader.at[0] != 0);
}

void zk_forward_packet(zk_replica_t *replica, const zk_quorum_packet_t *packet)
{
    if (packet->type == ZK_PACKET_PING) {
        answer_ping(replica, packet);
        return;
    }
    if (replica->role != ZK_ROLE_LEARNER)
        return;
    if (packet->type == ZK_PACKET_REVALIDATE)
        take_revalidation(replica, packet->data);
    else if (packet->type == ZK_PACKET_SYNC)
        zk_syncs_answered(replica);
}
