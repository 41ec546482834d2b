/* trio_guest.c -- the clients of trio.h. */
#include "trio_guest.h"

guest_t *guest_open(int number)
{
    guest_t *guest = trio_new_guest(number);
    zk_event_t event = {.type = ZK_EVENT_CLIENT_OPENED, .client = guest->handle};

    event.bytes = zk_str("127.0.0.1");
    trio_step(number, &event);
    return guest;
}

static void send_frame(guest_t *guest, const zk_buffer_t *frame)
{
    zk_event_t event = {.type = ZK_EVENT_CLIENT_FRAME, .client = guest->handle};

    if (guest->closed || guest->gone)
        return;
    event.bytes = zk_str_n((const char *)zk_buffer_bytes(frame), zk_buffer_size(frame));
    trio_step(guest->member, &event);
}

static void hello(guest_t *guest, int64_t session_id, int64_t seen, bool read_only)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, 0);
    zk_write_long(&frame, seen);
    zk_write_int(&frame, 10000);
    zk_write_long(&frame, session_id);
    zk_session_password(session_id, guest->password);
    zk_write_str(&frame, zk_str_n((const char *)guest->password, 16));
    zk_write_raw(&frame, read_only ? "\1" : "\0", 1);
    send_frame(guest, &frame);
    zk_buffer_free(&frame);
}

void guest_hello(guest_t *guest, int64_t session_id, bool read_only)
{
    hello(guest, session_id, 0, read_only);
}

void guest_hello_seen(guest_t *guest, int64_t session_id, int64_t zxid)
{
    hello(guest, session_id, zxid, false);
}

/* The next frame behind its prefix. */
static zk_reader_t next_frame(guest_t *guest, bool *present)
{
    const uint8_t *bytes = zk_buffer_bytes(&guest->inbox);
    size_t left = zk_buffer_size(&guest->inbox) - guest->taken;
    size_t size;

    *present = left >= 4;
    if (!*present)
        return zk_reader("", 0);
    size = zk_get_u32(bytes + guest->taken);
    CU_ASSERT_TRUE_FATAL(left >= 4 + size);
    guest->taken += 4 + size;
    return zk_reader(bytes + guest->taken - size, size);
}

bool guest_is_welcome(guest_t *guest)
{
    bool present;
    zk_reader_t reader;

    if (!guest->answered) {
        reader = next_frame(guest, &present);
        if (!present)
            return false;
        guest->answered = true;
        (void)zk_read_int(&reader);
        (void)zk_read_int(&reader);
        guest->session = zk_read_long(&reader);
        (void)zk_read_str(&reader);
        guest->read_only = reader.at[0] != 0;
    }
    return guest->session != 0;
}

guest_t *guest_connect(int number)
{
    guest_t *guest = guest_open(number);

    guest_hello(guest, 0, false);
    trio_move();
    return guest_is_welcome(guest) ? guest : NULL;
}

guest_t *guest_renew(int number, const guest_t *old)
{
    guest_t *guest = guest_open(number);

    guest_hello(guest, old->session, false);
    trio_move();
    return guest;
}

bool guest_is_read_only(const guest_t *guest)
{
    return guest->read_only;
}

bool guest_is_closed(const guest_t *guest)
{
    return guest->closed;
}

void guest_leave(guest_t *guest)
{
    zk_event_t event = {.type = ZK_EVENT_CLIENT_GONE, .client = guest->handle};

    if (guest->gone)
        return;
    guest->gone = guest->closed = true;
    trio_step(guest->member, &event);
}

int64_t guest_session(const guest_t *guest)
{
    return guest->session;
}

int32_t guest_post_raw(guest_t *guest, int32_t op, const void *body, size_t size)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;
    int32_t xid = op == ZK_OP_PING ? ZK_XID_PING : ++guest->xid;

    zk_write_int(&frame, xid);
    zk_write_int(&frame, op);
    zk_write_raw(&frame, body, size);
    send_frame(guest, &frame);
    zk_buffer_free(&frame);
    return xid;
}

int32_t guest_post(guest_t *guest, int32_t op, const zk_record_desc_t *desc, const void *record)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    int32_t xid;

    zk_record_encode(desc, record, &body);
    xid = guest_post_raw(guest, op, zk_buffer_bytes(&body), zk_buffer_size(&body));
    zk_buffer_free(&body);
    return xid;
}

int32_t guest_post_create(guest_t *guest, const char *path, const char *data, int32_t flags)
{
    zk_acl_t open = {31, {zk_str("world"), zk_str("anyone")}};
    zk_create_request_t request = {zk_str(path), zk_str(data), {1, &open}, flags};

    return guest_post(guest, ZK_OP_CREATE2, &zk_record_create_request, &request);
}

int32_t guest_post_get(guest_t *guest, const char *path)
{
    zk_get_data_request_t request = {zk_str(path), false};

    return guest_post(guest, ZK_OP_GET_DATA, &zk_record_get_data_request, &request);
}

int32_t guest_post_sync(guest_t *guest, const char *path)
{
    zk_sync_request_t request = {zk_str(path)};

    return guest_post(guest, ZK_OP_SYNC, &zk_record_sync_request, &request);
}

int32_t guest_post_close(guest_t *guest)
{
    return guest_post_raw(guest, ZK_OP_CLOSE_SESSION, "", 0);
}

int32_t guest_post_ping(guest_t *guest)
{
    return guest_post_raw(guest, ZK_OP_PING, "", 0);
}

answer_t guest_next(guest_t *guest)
{
    answer_t answer = {.err = INT32_MIN};
    zk_reader_t reader = next_frame(guest, &answer.present);

    if (!answer.present)
        return answer;
    answer.xid = zk_read_int(&reader);
    answer.zxid = zk_read_long(&reader);
    answer.err = zk_read_int(&reader);
    answer.body = reader.at;
    answer.size = zk_reader_left(&reader);
    return answer;
}

answer_t guest_create(guest_t *guest, const char *path, const char *data, int32_t flags)
{
    guest_post_create(guest, path, data, flags);
    trio_move();
    return guest_next(guest);
}

answer_t guest_get(guest_t *guest, const char *path)
{
    guest_post_get(guest, path);
    trio_move();
    return guest_next(guest);
}

answer_t guest_sync(guest_t *guest)
{
    guest_post_sync(guest, "/");
    trio_move();
    return guest_next(guest);
}
