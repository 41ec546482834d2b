/* client.c -- a client: sessions, requests and watches as a good client library has them.
 *
 * Frames are real.  A client keeps its session over connections to any server, sets its watches
 * again, pings, and gives up a connection that says nothing for two thirds of its timeout.  Every
 * answer goes through client_check.c. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "session/session.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/multi.h"
#include "wire/opcode.h"
#include "sim/client_check.h"

static void think(sim_t *sim, void *object, uint64_t life, uint64_t b);
static void go_on(sim_t *sim, sim_client_t *client);

void sim_register_path(char *path, int number)
{
    snprintf(path, SIM_PATH_BYTES, "/r%d", number);
}

int sim_register_of(zk_str_t path)
{
    if (path.length != 3 || path.data[0] != '/' || path.data[1] != 'r')
        return -1;
    return path.data[2] - '0';
}

/* ---- sending ---- */

static void send_frame(sim_t *sim, sim_client_t *client, zk_buffer_t *frame)
{
    client->sent_us = sim->now_us;
    sim_conn_send(sim, client->conn, 0, SIM_MESSAGE_BYTES,
                  zk_blob_copy(zk_buffer_bytes(frame), zk_buffer_size(frame)));
    zk_buffer_free(frame);
}

static void send_request(sim_t *sim, sim_client_t *client, int32_t xid, int32_t opcode,
                         const zk_record_desc_t *desc, const void *record)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, xid);
    zk_write_int(&frame, opcode);
    if (desc != NULL)
        zk_record_encode(desc, record, &frame);
    send_frame(sim, client, &frame);
}

static void send_handshake(sim_t *sim, sim_client_t *client)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, 0);
    zk_write_long(&frame, client->last_zxid);
    zk_write_int(&frame, sim->config.session_timeout_ms);
    zk_write_long(&frame, client->session_id);
    zk_write_str(&frame, zk_str_n((const char *)client->password, 16));
    zk_write_bool(&frame, false);
    send_frame(sim, client, &frame);
}

/* ---- connecting ---- */

void sim_client_drop(sim_t *sim, sim_client_t *client, bool silent)
{
    if (client->conn != NULL)
        sim_conn_close(sim, client->conn, 0, silent);
    client->conn = NULL;
    client->state = SIM_CLIENT_IDLE;
    client->ops_count = 0; /* nobody will ever know */
    client->synced_floor = -1;
    client->watches_settled = false;
    zk_buffer_clear(&client->inbox);
}

static void dial(sim_t *sim, sim_client_t *client)
{
    client->server = (int)zk_random_below(&sim->client_random, (uint64_t)sim->servers_count);
    if (client->server + 1 == client->avoids)
        client->server = (client->server + 1) % sim->servers_count;
    client->conn =
        sim_connect(sim, SIM_CONN_CLIENT, sim_client_place(client->index), client->server);
    client->state = SIM_CLIENT_CONNECTING;
    client->heard_us = sim->now_us;
    send_handshake(sim, client);
}

/* ---- asking ---- */

static sim_op_t *begin_op(sim_t *sim, sim_client_t *client, sim_op_kind_t kind)
{
    sim_op_t *op = &client->ops[client->ops_count++];

    memset(op, 0, sizeof(*op));
    op->kind = kind;
    op->xid = client->next_xid++;
    op->asked_us = sim->now_us;
    op->floor_zxid = sim->history.acknowledged;
    return op;
}

static void make_value(sim_client_t *client, char value[40])
{
    snprintf(value, 40, "c%d-%" PRId64, client->index, client->values++);
}

static zk_acl_vector_t open_acl(void)
{
    static zk_acl_t acl;

    acl.perms = ZK_PERM_ALL;
    acl.id.scheme = zk_str("world");
    acl.id.id = zk_str("anyone");
    return (zk_acl_vector_t){1, &acl};
}

static void ask_create(sim_t *sim, sim_client_t *client, sim_op_t *op, int32_t flags)
{
    char value[40];
    zk_create_request_t request = {zk_str(op->path), ZK_STR_NULL, open_acl(), flags};

    make_value(client, value);
    request.data = zk_str(value);
    send_request(sim, client, op->xid, ZK_OP_CREATE, &zk_record_create_request, &request);
}

static void ask_set(sim_t *sim, sim_client_t *client, sim_op_t *op, int32_t version)
{
    char value[40];
    zk_set_data_request_t request = {zk_str(op->path), ZK_STR_NULL, version};

    make_value(client, value);
    request.data = zk_str(value);
    send_request(sim, client, op->xid, ZK_OP_SET_DATA, &zk_record_set_data_request, &request);
}

static void ask_multi(sim_t *sim, sim_client_t *client, sim_op_t *op, int32_t version)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;
    char value[40];
    zk_set_data_request_t set = {zk_str(op->path), ZK_STR_NULL, version};
    zk_set_data_request_t other = {zk_str(op->path2), ZK_STR_NULL, -1};

    make_value(client, value);
    set.data = other.data = zk_str(value);
    zk_write_int(&frame, op->xid);
    zk_write_int(&frame, ZK_OP_MULTI);
    zk_multi_header_encode(&frame, ZK_OP_SET_DATA, false, -1);
    zk_record_encode(&zk_record_set_data_request, &set, &frame);
    zk_multi_header_encode(&frame, ZK_OP_SET_DATA, false, -1);
    zk_record_encode(&zk_record_set_data_request, &other, &frame);
    zk_multi_end_encode(&frame);
    send_frame(sim, client, &frame);
}

static void ask_delete(sim_t *sim, sim_client_t *client, sim_op_t *op, int32_t version)
{
    zk_delete_request_t request = {zk_str(op->path), version};

    send_request(sim, client, op->xid, ZK_OP_DELETE, &zk_record_delete_request, &request);
}

static void ask_read(sim_t *sim, sim_client_t *client, sim_op_t *op)
{
    zk_get_data_request_t request = {zk_str(op->path), op->watch}; /* all three are path, watch */
    int32_t opcode = op->kind == SIM_OP_EXISTS     ? ZK_OP_EXISTS
                     : op->kind == SIM_OP_CHILDREN ? ZK_OP_GET_CHILDREN
                                                   : ZK_OP_GET_DATA;

    /* Alone, every read is of now; in an ensemble only what follows a sync has a promise. */
    if (sim->config.in_ensemble)
        op->floor_zxid = client->synced_floor;
    send_request(sim, client, op->xid, opcode, &zk_record_get_data_request, &request);
}

static void ask_sync(sim_t *sim, sim_client_t *client, sim_op_t *op)
{
    zk_sync_request_t request = {zk_str("/")};

    send_request(sim, client, op->xid, ZK_OP_SYNC, &zk_record_sync_request, &request);
    client->synced_floor = op->floor_zxid; /* for what is asked behind it */
}

static void ask_add_watch(sim_t *sim, sim_client_t *client, sim_op_t *op)
{
    zk_add_watch_request_t request = {zk_str(op->path), op->mode};

    send_request(sim, client, op->xid, ZK_OP_ADD_WATCH, &zk_record_add_watch_request, &request);
}

static int draw_kind(sim_t *sim)
{
    int sum = 0, i;
    uint64_t drawn;

    for (i = 0; i < SIM_OP_KINDS; i++)
        sum += sim->config.op_weights[i];
    drawn = zk_random_below(&sim->client_random, (uint64_t)sum);
    for (i = 0; i < SIM_OP_KINDS; i++) {
        if (drawn < (uint64_t)sim->config.op_weights[i])
            return i;
        drawn -= (uint64_t)sim->config.op_weights[i];
    }
    return SIM_OP_GET;
}

static void close_session(sim_t *sim, sim_client_t *client)
{
    sim_op_t *op = begin_op(sim, client, SIM_OP_CLOSE);

    send_request(sim, client, op->xid, ZK_OP_CLOSE_SESSION, NULL, NULL);
}

static void draw_paths(sim_t *sim, sim_op_t *op)
{
    static const char *const parents[] = {"/", "/s", "/e"};

    sim_register_path(op->path, (int)zk_random_below(&sim->client_random, SIM_REGISTERS));
    do
        sim_register_path(op->path2, (int)zk_random_below(&sim->client_random, SIM_REGISTERS));
    while (strcmp(op->path, op->path2) == 0);
    if (op->kind == SIM_OP_CHILDREN)
        snprintf(op->path, sizeof(op->path), "%s",
                 parents[zk_random_below(&sim->client_random, 3)]);
    if (op->kind == SIM_OP_CREATE && sim_percent(&sim->client_random, 20))
        snprintf(op->path, sizeof(op->path), "%s",
                 sim_percent(&sim->client_random, 50) ? "/s" : "/e");
    if (op->kind == SIM_OP_SEQUENTIAL)
        snprintf(op->path, sizeof(op->path), "/s/x-");
    op->watch = sim_percent(&sim->client_random, 40);
    op->mode =
        sim_percent(&sim->client_random, 50) ? ZK_ADD_WATCH_PERSISTENT : ZK_ADD_WATCH_RECURSIVE;
}

/* One of the two kinds per path, so that what is to be heard is beyond doubt. */
static bool watches_persistently(const sim_client_t *client, const char *path)
{
    int i;

    for (i = 0; i < client->watches_count; i++)
        if (client->watches[i].kind >= SIM_WATCH_PERSISTENT &&
            strcmp(client->watches[i].path, path) == 0)
            return true;
    for (i = 0; i + 1 < client->ops_count; i++)
        if (client->ops[i].kind == SIM_OP_ADD_WATCH && strcmp(client->ops[i].path, path) == 0)
            return true;
    return false;
}

static void ask(sim_t *sim, sim_client_t *client)
{
    int kind = !client->only_reads                    ? draw_kind(sim)
               : sim_percent(&sim->client_random, 50) ? SIM_OP_SYNC
                                                      : SIM_OP_GET;
    sim_op_t *op;
    int32_t version;

    if (kind == SIM_OP_MOVE) {
        sim_client_drop(sim, client, sim_percent(&sim->client_random, 20));
        return;
    }
    if (kind == SIM_OP_CLOSE) {
        close_session(sim, client);
        return;
    }
    if (kind == SIM_OP_DELETE_OWN && client->own_count == 0)
        kind = SIM_OP_EPHEMERAL;
    if ((kind == SIM_OP_SEQUENTIAL || kind == SIM_OP_EPHEMERAL) &&
        client->own_count >= SIM_OWN_MAX - 4)
        kind = SIM_OP_DELETE_OWN;
    op = begin_op(sim, client, (sim_op_kind_t)kind);
    draw_paths(sim, op);
    version =
        client->versions[sim_register_of(zk_str(op->path)) >= 0 ? sim_register_of(zk_str(op->path))
                                                                : 0];
    if (op->kind == SIM_OP_ADD_WATCH && watches_persistently(client, op->path))
        op->kind = SIM_OP_GET;
    switch (op->kind) {
    case SIM_OP_CREATE:
        ask_create(sim, client, op, ZK_CREATE_PERSISTENT);
        break;
    case SIM_OP_SEQUENTIAL:
        ask_create(sim, client, op,
                   sim_percent(&sim->client_random, 50) ? ZK_CREATE_PERSISTENT_SEQUENTIAL
                                                        : ZK_CREATE_EPHEMERAL_SEQUENTIAL);
        break;
    case SIM_OP_EPHEMERAL:
        snprintf(op->path, sizeof(op->path), "/e/c%d-%" PRId64, client->index, client->values);
        ask_create(sim, client, op, ZK_CREATE_EPHEMERAL);
        break;
    case SIM_OP_SET:
        ask_set(sim, client, op, version);
        break;
    case SIM_OP_SET_ANY:
        ask_set(sim, client, op, -1);
        break;
    case SIM_OP_DELETE:
        ask_delete(sim, client, op, sim_percent(&sim->client_random, 50) ? version : -1);
        break;
    case SIM_OP_DELETE_OWN:
        memcpy(op->path, client->own[--client->own_count], SIM_PATH_BYTES);
        ask_delete(sim, client, op, -1);
        break;
    case SIM_OP_MULTI:
        ask_multi(sim, client, op, sim_percent(&sim->client_random, 70) ? version : -1);
        break;
    case SIM_OP_SYNC:
        ask_sync(sim, client, op);
        break;
    case SIM_OP_ADD_WATCH:
        ask_add_watch(sim, client, op);
        break;
    default:
        ask_read(sim, client, op);
        break;
    }
}

/* ---- the rhythm ---- */

static void look_after(sim_t *sim, sim_client_t *client)
{
    int64_t timeout_us =
        (int64_t)(client->timeout_ms > 0 ? client->timeout_ms : sim->config.session_timeout_ms) *
        SIM_MS;

    if (client->state == SIM_CLIENT_IDLE) {
        dial(sim, client);
    } else if (sim->now_us - client->heard_us > timeout_us * 2 / 3) {
        sim_trace(sim, "client %d gives up its connection", client->index);
        sim_client_drop(sim, client, false);
    } else if (client->state == SIM_CLIENT_CONNECTED &&
               sim->now_us - client->sent_us > timeout_us / 3) {
        client->ping_us = sim->now_us;
        send_request(sim, client, ZK_XID_PING, ZK_OP_PING, NULL, NULL);
    }
}

static void go_on(sim_t *sim, sim_client_t *client)
{
    int64_t pause_us =
        (int64_t)sim_between(&sim->client_random, 1, (uint64_t)sim->config.think_us * 2);

    sim_at(sim, sim->now_us + pause_us, think, client, client->life, 0);
}

static void think(sim_t *sim, void *object, uint64_t life, uint64_t b)
{
    sim_client_t *client = object;

    (void)b;
    if (client->life != life)
        return;
    look_after(sim, client);
    if (client->state == SIM_CLIENT_CONNECTED && !client->stopping &&
        client->ops_count < sim->config.outstanding_max && client->ops_count < SIM_OPS_MAX &&
        (client->ops_count == 0 || client->ops[client->ops_count - 1].kind != SIM_OP_CLOSE))
        ask(sim, client);
    go_on(sim, client);
}

/* ---- watches after a reconnection ---- */

static void set_watches_again(sim_t *sim, sim_client_t *client)
{
    zk_str_t paths[5][SIM_WATCHES_MAX];
    zk_set_watches2_t record = {.relative_zxid = client->last_zxid};
    zk_str_vector_t *const vectors[5] = {&record.data_watches, &record.exist_watches,
                                         &record.child_watches, &record.persistent_watches,
                                         &record.persistent_recursive_watches};
    int i;

    if (client->watches_count == 0) {
        client->watches_settled = true;
        return;
    }
    for (i = 0; i < 5; i++)
        *vectors[i] = (zk_str_vector_t){0, paths[i]};
    for (i = 0; i < client->watches_count; i++) {
        sim_watch_t *watch = &client->watches[i];
        zk_str_vector_t *vector = vectors[watch->kind];

        vector->items[vector->count++] = zk_str(watch->path);
    }
    send_request(sim, client, ZK_XID_SET_WATCHES, ZK_OP_SET_WATCHES2, &zk_record_set_watches2,
                 &record);
}

/* ---- answers ---- */

static void begin_session_anew(sim_client_t *client)
{
    client->session_id = 0;
    memset(client->password, 0, sizeof(client->password));
    client->watches_count = 0;
    client->own_count = 0;
}

static void connected(sim_t *sim, sim_client_t *client, const uint8_t *bytes, size_t size)
{
    zk_reader_t reader = zk_reader(bytes, size);
    zk_connect_response_t response;

    zk_arena_reset(sim->arena);
    if (!zk_record_decode(&zk_record_connect_response, &response, &reader, sim->arena)) {
        sim_fail(sim, "client %d got a handshake that does not decode", client->index);
        return;
    }
    sim_trace(sim, "client %d has session 0x%" PRIx64 " at server %d", client->index,
              (uint64_t)response.session_id, client->server + 1);
    if (response.session_id == 0) {
        sim_check_told_expired(sim, client);
        sim->stats.expired++;
        begin_session_anew(client);
        sim_client_drop(sim, client, false);
        return;
    }
    if (client->session_id != 0 && response.session_id != client->session_id)
        sim_fail(sim, "client %d asked for session 0x%" PRIx64 " and was given 0x%" PRIx64,
                 client->index, (uint64_t)client->session_id, (uint64_t)response.session_id);
    client->session_id = response.session_id;
    client->timeout_ms = response.time_out;
    if (response.passwd.length == 16)
        memcpy(client->password, response.passwd.data, 16);
    client->state = SIM_CLIENT_CONNECTED;
    set_watches_again(sim, client);
}

static void take_reply(sim_t *sim, sim_client_t *client, const uint8_t *bytes, size_t size)
{
    zk_reader_t reader = zk_reader(bytes, size);
    int32_t xid = zk_read_int(&reader);
    int64_t zxid = zk_read_long(&reader);
    int32_t err = zk_read_int(&reader);
    sim_op_t op;

    if (reader.failed) {
        sim_fail(sim, "client %d got a frame of %zu bytes", client->index, size);
        return;
    }
    if (xid == ZK_XID_NOTIFICATION) {
        sim_client_event(sim, client, &reader);
        return;
    }
    sim_client_saw(sim, client, xid, zxid);
    if (xid == ZK_XID_PING) {
        client->touched_us =
            client->ping_us > client->touched_us ? client->ping_us : client->touched_us;
        return;
    }
    if (xid == ZK_XID_SET_WATCHES) {
        sim_client_watches_set(sim, client, zxid);
        return;
    }
    if (client->ops_count == 0 || client->ops[0].xid != xid) {
        sim_fail(sim, "I14: client %d expects an answer to %d and gets one to %d", client->index,
                 client->ops_count > 0 ? client->ops[0].xid : 0, xid);
        return;
    }
    op = client->ops[0];
    memmove(client->ops, client->ops + 1, (size_t)--client->ops_count * sizeof(op));
    client->answers++;
    client->touched_us = op.asked_us > client->touched_us ? op.asked_us : client->touched_us;
    sim->stats.answers++;
    sim_client_answered(sim, client, &op, zxid, err, &reader);
    if (op.kind == SIM_OP_CLOSE) {
        begin_session_anew(client);
        sim_client_drop(sim, client, false);
    }
}

void sim_client_receive(sim_t *sim, sim_client_t *client, sim_conn_t *conn,
                        const sim_message_t *message)
{
    zk_frame_t frame;

    if (conn != client->conn)
        return;
    if (message->kind == SIM_MESSAGE_END) {
        sim_client_drop(sim, client, true);
        return;
    }
    if (message->kind != SIM_MESSAGE_BYTES)
        return;
    client->heard_us = sim->now_us;
    zk_buffer_append(&client->inbox, message->bytes->bytes, message->bytes->size);
    while (!sim->failed && conn == client->conn &&
           zk_frame_scan(&frame, zk_buffer_bytes(&client->inbox), zk_buffer_size(&client->inbox),
                         INT32_MAX) == ZK_FRAME_WHOLE) {
        zk_blob_t *copy = zk_blob_copy(frame.body, (size_t)frame.length);

        zk_buffer_consume(&client->inbox, frame.bytes);
        if (client->state == SIM_CLIENT_CONNECTING)
            connected(sim, client, copy->bytes, copy->size);
        else
            take_reply(sim, client, copy->bytes, copy->size);
        zk_blob_release(copy);
    }
}

void sim_client_create(sim_t *sim, int index)
{
    sim_client_t *client = &sim->clients[index];

    client->index = index;
    client->next_xid = 1;
    client->synced_floor = -1;
    client->life = 1;
    go_on(sim, client);
}

void sim_client_free(sim_client_t *client)
{
    zk_buffer_free(&client->inbox);
}
