/* packets.c -- a learner's link is a stream of bytes; here it is cut into packets and snapshot
 * parts. */
#include "sim/packets.h"

#include <string.h>

#include "store/snapshot_body.h"
#include "wire/codec.h"

#define PACKET_ACK 3
#define PACKET_SNAP 15
#define SIGNATURE "\0\0\0\nBenWasHere"
#define SIGNATURE_BYTES (sizeof(SIGNATURE) - 1)

/* Bytes of the packet at the start of SIZE bytes at DATA; 0: not whole yet. */
static size_t packet_bytes(const uint8_t *data, size_t size)
{
    zk_reader_t reader = zk_reader(data, size);
    int32_t count, i;

    zk_read_int(&reader);
    zk_read_long(&reader);
    zk_read_str(&reader);
    count = zk_read_int(&reader);
    for (i = 0; i < count && !reader.failed; i++) {
        zk_read_str(&reader);
        zk_read_str(&reader);
    }
    return reader.failed ? 0 : size - zk_reader_left(&reader);
}

void sim_packets_sent(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                      const uint8_t *bytes, size_t size)
{
    while (size > 0 && !sim->failed) {
        size_t used;

        if (conn->sends_stream[side]) {
            const uint8_t *end = memmem(bytes, size, SIGNATURE, SIGNATURE_BYTES);

            if (end == NULL)
                return;
            conn->sends_stream[side] = false;
            used = (size_t)(end - bytes) + SIGNATURE_BYTES;
        } else {
            used = packet_bytes(bytes, size);
            if (used == 0) {
                sim_fail(sim, "server %" PRId64 " sends a part of a packet", server->sid);
                return;
            }
            sim_check_packet(sim, server, bytes, used);
            conn->sends_stream[side] = zk_get_u32(bytes) == PACKET_SNAP;
        }
        bytes += used;
        size -= used;
    }
}

bool sim_packets_is_first_ack(const sim_t *sim, const sim_server_t *server, const uint8_t *bytes)
{
    return zk_get_u32(bytes) == PACKET_ACK && (uint32_t)zk_get_u64(bytes + 4) == 0 &&
           !sim_server_serves(sim, server);
}

static void give_part(sim_t *sim, sim_server_t *server, sim_conn_t *conn, const uint8_t *bytes,
                      size_t size, bool last)
{
    zk_event_t event = {.type = ZK_EVENT_PEER_STREAM,
                        .link = conn->id,
                        .bytes = zk_str_n((const char *)bytes, size),
                        .last = last};

    sim_server_step(sim, server, &event);
}

/* Take what is whole of the stream.  False: more bytes are needed. */
static bool take_stream(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side)
{
    zk_buffer_t *inbox = &conn->inbox[side];
    zk_snapshot_body_t *body = conn->stream[side];
    zk_blob_t *copy;
    size_t used = 0;
    zk_note_t note;

    if (zk_snapshot_body_feed(body, zk_buffer_bytes(inbox), zk_buffer_size(inbox), &used, &note) !=
        APR_SUCCESS) {
        sim_fail(sim, "server %" PRId64 " gets a stream that is no snapshot", server->sid);
        return false;
    }
    if (body->part != ZK_SNAPSHOT_DONE) {
        if (used == 0)
            return false;
        copy = zk_blob_copy(zk_buffer_bytes(inbox), used);
        zk_buffer_consume(inbox, used);
        give_part(sim, server, conn, copy->bytes, copy->size, false);
        zk_blob_release(copy);
        return false;
    }
    if (zk_buffer_size(inbox) <
        used + SIGNATURE_BYTES) { /* the rest is fed again, as if it were new */
        zk_buffer_append(&conn->held[side], zk_buffer_bytes(inbox), used);
        zk_buffer_consume(inbox, used);
        return false;
    }
    if (memcmp(zk_buffer_bytes(inbox) + used, SIGNATURE, SIGNATURE_BYTES) != 0) {
        sim_fail(sim, "server %" PRId64 " gets a snapshot without its signature", server->sid);
        return false;
    }
    zk_buffer_append(&conn->held[side], zk_buffer_bytes(inbox), used);
    zk_buffer_consume(inbox, used + SIGNATURE_BYTES);
    zk_snapshot_body_free(body);
    zk_free(body);
    conn->stream[side] = NULL;
    copy = zk_blob_copy(zk_buffer_bytes(&conn->held[side]), zk_buffer_size(&conn->held[side]));
    zk_buffer_clear(&conn->held[side]);
    give_part(sim, server, conn, copy->bytes, copy->size, true);
    zk_blob_release(copy);
    return true;
}

static bool take_packet(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side)
{
    static const zk_store_sink_t nowhere;
    zk_buffer_t *inbox = &conn->inbox[side];
    size_t size = packet_bytes(zk_buffer_bytes(inbox), zk_buffer_size(inbox));
    zk_event_t event = {.type = ZK_EVENT_PEER_PACKET, .link = conn->id};
    zk_blob_t *copy;

    if (size == 0)
        return false;
    copy = zk_blob_copy(zk_buffer_bytes(inbox), size);
    zk_buffer_consume(inbox, size);
    if (zk_get_u32(copy->bytes) == PACKET_SNAP) {
        conn->stream[side] = zk_calloc(1, sizeof(zk_snapshot_body_t));
        zk_snapshot_body_init(conn->stream[side], &nowhere, 4 * 1024 * 1024);
    }
    event.bytes = zk_str_n((const char *)copy->bytes, copy->size);
    sim_server_step(sim, server, &event);
    zk_blob_release(copy);
    return true;
}

void sim_packets_received(sim_t *sim, sim_server_t *server, sim_conn_t *conn, int side,
                          const zk_blob_t *bytes)
{
    uint64_t life = server->life;

    zk_buffer_append(&conn->inbox[side], bytes->bytes, bytes->size);
    while (!sim->failed && server->up && server->life == life && conn->open[side] &&
           zk_buffer_size(&conn->inbox[side]) > 0) {
        bool more = conn->stream[side] != NULL ? take_stream(sim, server, conn, side)
                                               : take_packet(sim, server, conn, side);

        if (!more)
            return;
    }
}

void sim_packets_free(sim_conn_t *conn)
{
    int side;

    for (side = 0; side < 2; side++) {
        zk_buffer_free(&conn->inbox[side]);
        zk_buffer_free(&conn->held[side]);
        if (conn->stream[side] != NULL) {
            zk_snapshot_body_free(conn->stream[side]);
            zk_free(conn->stream[side]);
        }
    }
}
