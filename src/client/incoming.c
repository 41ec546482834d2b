/* incoming.c -- what the server sends: read, cut into frames, each handed to the file whose it is.
 *
 *   in the handshake        the grant or refusal of a session   session.c
 *   xid of a notification   an event                            events.c
 *   xid of a credential     its judgement                       credentials.c
 *   xid of a ping, of watches set again                         nothing: that it came is all
 *   any other xid           the answer to a request             calls.c
 *
 * A frame that answers nothing that was asked drops the link: after it nobody knows what the next
 * bytes mean, and a new connection starts afresh.
 *
 * Invariants
 *   1. A frame is handled when all of it is there; memory grows with the bytes that arrived.
 *   2. Whatever is called may take the link down, which empties the buffer: nothing of the frame is
 * touched after that. */
#include "client/handle.h"

#include "base/plat.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

enum { READ_BYTES = 64 * 1024 };

/* A credential that is refused ends the session. */
static void on_auth(zk_client_t *client, int32_t code)
{
    if (!zk_credentials_judge(client, code))
        zk_link_lose(client, "an answer to no credential");
    else if (code != ZK_CODE_OK)
        zk_client_end_session(client, ZK_CLIENT_AUTH_FAILED, ZK_CLIENT_EVENT_AUTH_FAILED,
                              ZK_CODE_AUTH_FAILED);
}

static void on_frame(zk_client_t *client, zk_reader_t *reader)
{
    zk_reply_header_t header;

    if (client->phase == LINK_HANDSHAKE) {
        zk_client_take_grant(client, reader);
        return;
    }
    if (!zk_record_decode(&zk_record_reply_header, &header, reader, NULL)) {
        zk_link_lose(client, "a reply does not decode");
        return;
    }
    switch (header.xid) {
    case ZK_XID_NOTIFICATION:
        zk_events_take(client, header.zxid, reader);
        break;
    case ZK_XID_AUTH:
        on_auth(client, header.err);
        break;
    case ZK_XID_PING:
    case ZK_XID_SET_WATCHES:
        break;
    default:
        if (!zk_calls_answer(client, &header, reader))
            zk_link_lose(client, "an answer is out of order");
    }
}

/* Cut and handle the frames read so far.  The link may go down meanwhile, which empties the buffer.
 */
static void handle_frames(zk_client_t *client)
{
    while (client->phase != LINK_DOWN) {
        zk_frame_t frame;
        zk_reader_t reader;
        zk_frame_scan_t scan = zk_frame_scan(&frame, zk_buffer_bytes(&client->in),
                                             zk_buffer_size(&client->in), client->frame_bytes_max);

        if (scan == ZK_FRAME_PARTIAL)
            return;
        if (scan == ZK_FRAME_REFUSED) {
            zk_link_lose(client, "the length of a frame is not acceptable");
            return;
        }
        reader = zk_frame_reader(&frame);
        on_frame(client, &reader);
        if (client->phase != LINK_DOWN)
            zk_buffer_consume(&client->in, frame.bytes);
    }
}

void zk_incoming_read(zk_client_t *client)
{
    apr_size_t size = READ_BYTES;
    uint8_t *at = zk_buffer_extend(&client->in, READ_BYTES);
    apr_status_t rv = apr_socket_recv(client->socket, (char *)at, &size);

    if (rv != APR_SUCCESS && size == READ_BYTES)
        size = 0;
    client->in.length -= READ_BYTES - size;
    if (size > 0) {
        client->heard_at_ms = plat_monotonic_ms();
        handle_frames(client);
    } else if (APR_STATUS_IS_EOF(rv)) {
        zk_link_lose(client, "the server closed the connection");
    } else if (!APR_STATUS_IS_EAGAIN(rv) && !APR_STATUS_IS_EINTR(rv)) {
        char text[128];

        zk_link_lose(client, zk_status_text(rv, text, sizeof(text)));
    }
}
