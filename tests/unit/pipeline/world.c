/* world.c -- a body made of arrays. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "session/session.h"
#include "wire/frame.h"

struct peer {
    uint64_t handle;
    bool used, closed, gone, paused;
    int32_t next_xid;
    int64_t session_id;
    zk_buffer_t inbox;
};

#define RECORDS_MAX 200000

static struct {
    zk_replica_options_t options;
    zk_replica_t *replica;
    zk_actions_t actions;
    zk_arena_t *arena;
    int64_t wall_ms, mono_ms;
    int64_t synced;
    bool auto_sync, drained, quiet;
    zk_blob_t **records; /* by zxid */
    int64_t logged;
    int rolls;
    peer_t peers[WORLD_CLIENTS_MAX];
    uint32_t generation;
    /* snapshot */
    bool snapshot_running, snapshot_waits;
    int snapshots_finished;
    zk_buffer_t snapshot;
    int64_t snapshot_zxid;
    uint64_t snapshot_digest;
    size_t snapshot_chunk_max;
} world;

/* ---- carrying out actions ---- */

static peer_t *peer_of(uint64_t handle)
{
    peer_t *peer = &world.peers[(uint32_t)handle];

    CU_ASSERT_TRUE_FATAL(peer->used && peer->handle == handle);
    return peer;
}

static void append_log(zk_action_t *action)
{
    CU_ASSERT_TRUE_FATAL(action->zxid == world.logged + 1 && action->zxid < RECORDS_MAX);
    world.records[action->zxid] = action->blob;
    world.logged = action->zxid;
    action->blob = NULL;
}

static void append_chunk(const zk_action_t *action)
{
    CU_ASSERT_TRUE_FATAL(world.snapshot_running);
    zk_buffer_append(&world.snapshot, action->blob->bytes, action->blob->size);
    if (action->blob->size > world.snapshot_chunk_max)
        world.snapshot_chunk_max = action->blob->size;
}

static void carry_out(zk_action_t *action)
{
    peer_t *peer;

    switch (action->type) {
    case ZK_ACTION_SEND:
        peer = peer_of(action->client);
        CU_ASSERT_FALSE_FATAL(peer->closed || peer->gone);
        zk_buffer_append(&peer->inbox, zk_buffer_bytes(&world.actions.bytes) + action->offset,
                         action->length);
        break;
    case ZK_ACTION_CLOSE:
        peer_of(action->client)->closed = true;
        break;
    case ZK_ACTION_PAUSE:
        CU_ASSERT_FALSE(peer_of(action->client)->paused);
        peer_of(action->client)->paused = true;
        break;
    case ZK_ACTION_RESUME:
        CU_ASSERT_TRUE(peer_of(action->client)->paused);
        peer_of(action->client)->paused = false;
        break;
    case ZK_ACTION_APPEND_LOG:
        append_log(action);
        break;
    case ZK_ACTION_ROLL_LOG:
        world.rolls++;
        break;
    case ZK_ACTION_SNAPSHOT_BEGIN:
        CU_ASSERT_FALSE(world.snapshot_running);
        world.snapshot_running = true;
        world.snapshot_zxid = action->zxid;
        world.snapshot_chunk_max = 0;
        zk_buffer_clear(&world.snapshot);
        break;
    case ZK_ACTION_SNAPSHOT_CHUNK:
        append_chunk(action);
        break;
    case ZK_ACTION_SNAPSHOT_END:
        world.snapshot_running = false;
        world.snapshot_digest = action->digest;
        world.snapshot_waits = true;
        world.snapshots_finished++;
        break;
    case ZK_ACTION_DRAINED:
        world.drained = true;
        break;
    default:
        break; /* of members of an ensemble */
    }
}

static void step(zk_event_t event)
{
    char text[256];
    const char *fault;
    size_t i;

    event.wall_ms = world.wall_ms;
    event.mono_ms = world.mono_ms;
    zk_actions_clear(&world.actions);
    zk_replica_step(world.replica, &event, &world.actions);
    for (i = 0; i < world.actions.count; i++)
        carry_out(&world.actions.items[i]);
    if (world.quiet)
        return;
    fault = zk_replica_check(world.replica, text, sizeof(text));
    if (fault != NULL)
        fprintf(stderr, "replica check: %s\n", fault);
    CU_ASSERT_PTR_NULL_FATAL(fault);
}

static void step_and_sync(zk_event_t event)
{
    step(event);
    if (world.auto_sync)
        world_sync();
}

/* ---- life ---- */

static void forget_log(void)
{
    int64_t zxid;

    for (zxid = 1; zxid <= world.logged; zxid++)
        zk_blob_release(world.records[zxid]);
    world.logged = 0;
    world.synced = 0;
}

static void forget_peers(void)
{
    int i;

    for (i = 0; i < WORLD_CLIENTS_MAX; i++) {
        zk_buffer_free(&world.peers[i].inbox);
        memset(&world.peers[i], 0, sizeof(world.peers[i]));
    }
}

static void default_options(zk_replica_options_t *options)
{
    memset(options, 0, sizeof(*options));
    options->server_id = 1;
    options->random_seed = 7;
    options->tick_ms = 2000;
    options->session_timeout_min_ms = 4000;
    options->session_timeout_max_ms = 40000;
    options->snap_count = 1000000;
    options->extended_types_enabled = true;
    options->digest_enabled = true;
    options->outstanding_max = 1000;
    options->record_bytes_max = 0xfffff * 2;
    options->large_request_threshold = -1;
    options->large_request_bytes_max = 100 * 1024 * 1024;
    options->container_check_ms = 60000;
    options->container_max_per_minute = 10000;
    options->auth.digest_enabled = true;
    options->auth.digest_algorithm = "SHA1";
}

static void begin_life(void)
{
    world.replica = zk_replica_create(&world.options);
    zk_replica_load_begin(world.replica, 0);
}

void world_setup(void)
{
    memset(&world, 0, sizeof(world));
    default_options(&world.options);
    zk_actions_init(&world.actions);
    world.arena = zk_arena_create();
    world.records = zk_calloc(RECORDS_MAX, sizeof(zk_blob_t *));
    world.wall_ms = INT64_C(1700000000000);
    world.mono_ms = 1000000;
    world.auto_sync = true;
    begin_life();
    zk_replica_start(world.replica, world.wall_ms, world.mono_ms);
}

void world_teardown(void)
{
    forget_peers();
    zk_replica_destroy(world.replica);
    zk_actions_free(&world.actions);
    forget_log();
    zk_free(world.records);
    zk_buffer_free(&world.snapshot);
    zk_arena_destroy(world.arena);
}

zk_replica_options_t *world_options(void)
{
    return &world.options;
}

static void end_life(void)
{
    forget_peers();
    zk_replica_destroy(world.replica);
    world.snapshot_running = false;
    world.snapshot_waits = false;
    world.snapshots_finished = 0;
    world.rolls = 0;
}

void world_restart(void)
{
    end_life();
    forget_log();
    begin_life();
    zk_replica_start(world.replica, world.wall_ms, world.mono_ms);
}

void world_recover(void)
{
    int64_t zxid;

    end_life();
    begin_life();
    for (zxid = 1; zxid <= world.logged; zxid++) {
        zk_txn_decoded_t txn = world_record(zxid);

        CU_ASSERT_TRUE(zk_replica_load_txn(world.replica, &txn, zk_str_n(NULL, 0)));
    }
    world.synced = world.logged;
    zk_replica_start(world.replica, world.wall_ms, world.mono_ms);
}

zk_replica_t *world_replica(void)
{
    return world.replica;
}

void world_auto_sync(bool on)
{
    world.auto_sync = on;
}

void world_sync_to(int64_t zxid)
{
    zk_event_t event = {.type = ZK_EVENT_LOG_SYNCED, .zxid = zxid};

    world.synced = zxid;
    step(event);
}

void world_sync(void)
{
    while (world.synced < world.logged)
        world_sync_to(world.logged);
}

int64_t world_logged(void)
{
    return world.logged;
}

int64_t world_synced(void)
{
    return world.synced;
}

zk_txn_decoded_t world_record(int64_t zxid)
{
    zk_txn_decoded_t txn;
    const zk_blob_t *blob;

    CU_ASSERT_TRUE_FATAL(zxid > 0 && zxid <= world.logged);
    blob = world.records[zxid];
    CU_ASSERT_TRUE_FATAL(zk_txn_decode(&txn, blob->bytes, blob->size, world.arena));
    return txn;
}

size_t world_record_bytes(int64_t zxid)
{
    return world.records[zxid]->size;
}

void world_pass(int64_t ms)
{
    while (ms > 0) {
        int64_t part = ms < 500 ? ms : 500;

        world.wall_ms += part;
        world.mono_ms += part;
        ms -= part;
        step_and_sync((zk_event_t){.type = ZK_EVENT_TICK});
    }
}

void world_sleep(int64_t ms)
{
    world.wall_ms += ms;
    world.mono_ms += ms;
}

void world_set_wall(int64_t wall_ms)
{
    world.wall_ms = wall_ms;
}

int64_t world_wall(void)
{
    return world.wall_ms;
}

void world_step(zk_event_t event)
{
    step_and_sync(event);
}

void world_event(zk_event_type_t type)
{
    step_and_sync((zk_event_t){.type = type});
}

zk_arena_t *world_arena(void)
{
    return world.arena;
}

bool world_drained(void)
{
    return world.drained;
}

int world_rolls(void)
{
    return world.rolls;
}

void world_check_every_step(bool on)
{
    world.quiet = !on;
}

/* ---- snapshots ---- */

bool world_snapshot_running(void)
{
    return world.snapshot_running;
}

int world_snapshots_finished(void)
{
    return world.snapshots_finished;
}

bool world_snapshot_waits(void)
{
    return world.snapshot_waits;
}

void world_snapshot_room(void)
{
    step_and_sync((zk_event_t){.type = ZK_EVENT_SNAPSHOT_ROOM});
}

void world_snapshot_done(bool failed)
{
    world.snapshot_waits = false;
    step_and_sync((zk_event_t){
        .type = ZK_EVENT_SNAPSHOT_DONE, .zxid = world.snapshot_zxid, .failed = failed});
}

const zk_buffer_t *world_snapshot_bytes(void)
{
    return &world.snapshot;
}

int64_t world_snapshot_zxid(void)
{
    return world.snapshot_zxid;
}

uint64_t world_snapshot_digest(void)
{
    return world.snapshot_digest;
}

size_t world_snapshot_chunk_max(void)
{
    return world.snapshot_chunk_max;
}

/* ---- clients ---- */

peer_t *peer_open(void)
{
    uint32_t slot = 0;
    peer_t *peer;
    zk_event_t event = {.type = ZK_EVENT_CLIENT_OPENED, .port = 4711};

    while (slot < WORLD_CLIENTS_MAX && world.peers[slot].used)
        slot++;
    CU_ASSERT_TRUE_FATAL(slot < WORLD_CLIENTS_MAX);
    peer = &world.peers[slot];
    memset(peer, 0, sizeof(*peer));
    peer->used = true;
    peer->handle = (uint64_t)++world.generation << 32 | slot;
    peer->next_xid = 1;
    event.client = peer->handle;
    event.bytes = zk_str("127.0.0.1");
    step_and_sync(event);
    return peer;
}

peer_t *peer_connect(void)
{
    peer_t *peer = peer_open();
    zk_connect_response_t response;

    peer_send_connect(peer, 0, NULL, 10000, 0);
    CU_ASSERT_TRUE_FATAL(peer_next_response(peer, &response));
    CU_ASSERT_TRUE_FATAL(response.session_id != 0);
    peer->session_id = response.session_id;
    return peer;
}

bool peer_is_closed(const peer_t *peer)
{
    return peer->closed;
}

bool peer_is_paused(const peer_t *peer)
{
    return peer->paused;
}

int64_t peer_session(const peer_t *peer)
{
    return peer->session_id;
}

uint32_t peer_slot(const peer_t *peer)
{
    return (uint32_t)peer->handle;
}

void peer_hang_up(peer_t *peer)
{
    zk_event_t event = {.type = ZK_EVENT_CLIENT_GONE, .client = peer->handle};

    zk_buffer_free(&peer->inbox);
    peer->gone = true;
    step_and_sync(event);
    peer->used = false;
}

void peer_send_bytes(peer_t *peer, const void *bytes, size_t size)
{
    zk_event_t event = {.type = ZK_EVENT_CLIENT_FRAME, .client = peer->handle};
    char *copy = zk_malloc(size); /* of this size, so that a sanitizer sees any overrun */

    memcpy(copy, bytes, size);
    event.bytes = zk_str_n(copy, size);
    step(event);
    memset(copy, 0xdd, size); /* and anything that is kept too long is garbage */
    zk_free(copy);
    if (world.auto_sync)
        world_sync();
}

static uint8_t *unhex(const char *text, size_t *size)
{
    uint8_t *bytes = apr_palloc(zk_test_pool(), strlen(text) / 2 + 1);
    int half = -1;

    *size = 0;
    for (; *text != '\0'; text++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, *text);

        if (at == NULL)
            continue;
        if (half < 0) {
            half = (int)(at - digits);
        } else {
            bytes[(*size)++] = (uint8_t)(half * 16 + (int)(at - digits));
            half = -1;
        }
    }
    return bytes;
}

void peer_send_hex(peer_t *peer, const char *text)
{
    size_t size;
    uint8_t *bytes = unhex(text, &size);

    CU_ASSERT_EQUAL_FATAL(zk_get_u32(bytes) + 4, size);
    peer_send_bytes(peer, bytes + 4, size - 4);
}

int32_t peer_send_raw(peer_t *peer, int32_t op, const void *body, size_t size)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;
    int32_t xid = op == ZK_OP_PING ? ZK_XID_PING : peer->next_xid++;

    zk_write_int(&frame, xid);
    zk_write_int(&frame, op);
    zk_write_raw(&frame, body, size);
    peer_send_bytes(peer, zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
    return xid;
}

int32_t peer_send(peer_t *peer, int32_t op, const zk_record_desc_t *desc, const void *record)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    int32_t xid;

    if (desc != NULL)
        zk_record_encode(desc, record, &body);
    xid = peer_send_raw(peer, op, zk_buffer_bytes(&body), zk_buffer_size(&body));
    zk_buffer_free(&body);
    return xid;
}

void peer_send_connect(peer_t *peer, int64_t session_id, const uint8_t *password,
                       int32_t timeout_ms, int64_t last_zxid_seen)
{
    static const uint8_t zeros[16];
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, 0);
    zk_write_long(&frame, last_zxid_seen);
    zk_write_int(&frame, timeout_ms);
    zk_write_long(&frame, session_id);
    zk_write_str(&frame, zk_str_n((const char *)(password == NULL ? zeros : password), 16));
    zk_write_bool(&frame, false);
    peer->session_id = session_id;
    peer_send_bytes(peer, zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
}

bool peer_has_frame(const peer_t *peer)
{
    return zk_buffer_size(&peer->inbox) > 0;
}

/* The bytes of the next frame, which leave the inbox; good until the test ends. */
static bool take(peer_t *peer, const uint8_t **bytes, size_t *size)
{
    zk_frame_t frame;

    if (zk_frame_scan(&frame, zk_buffer_bytes(&peer->inbox), zk_buffer_size(&peer->inbox),
                      INT32_MAX) != ZK_FRAME_WHOLE)
        return false;
    *bytes = apr_pmemdup(zk_test_pool(), frame.body, (size_t)frame.length);
    *size = (size_t)frame.length;
    zk_buffer_consume(&peer->inbox, frame.bytes);
    return true;
}

frame_t peer_next(peer_t *peer)
{
    frame_t frame;

    memset(&frame, 0, sizeof(frame));
    if (!take(peer, &frame.bytes, &frame.size))
        return frame;
    CU_ASSERT_TRUE_FATAL(frame.size >= 16);
    frame.present = true;
    frame.body = zk_reader(frame.bytes, frame.size);
    frame.xid = zk_read_int(&frame.body);
    frame.zxid = zk_read_long(&frame.body);
    frame.err = zk_read_int(&frame.body);
    return frame;
}

static void print_hex(const char *what, const uint8_t *bytes, size_t size)
{
    size_t i;

    fprintf(stderr, "%s ", what);
    for (i = 0; i < size; i++)
        fprintf(stderr, "%02x", bytes[i]);
    fprintf(stderr, "\n");
}

bool peer_next_is(peer_t *peer, const char *text)
{
    size_t expected_size;
    uint8_t *expected = unhex(text, &expected_size);
    const uint8_t *bytes = NULL;
    size_t size = 0;

    if (take(peer, &bytes, &size) && size + 4 == expected_size && zk_get_u32(expected) == size &&
        memcmp(bytes, expected + 4, size) == 0)
        return true;
    print_hex("expected", expected, expected_size);
    print_hex("got   ....", bytes, size);
    return false;
}

bool peer_next_is_event(peer_t *peer, int type, const char *path)
{
    frame_t frame = peer_next(peer);
    zk_watcher_event_t event;

    if (!frame.present || frame.xid != ZK_XID_NOTIFICATION || frame.err != 0)
        return false;
    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_watcher_event, &event, &frame.body, world.arena));
    return event.type == type && event.state == ZK_STATE_SYNC_CONNECTED &&
           zk_str_equal_c(event.path, path);
}

bool peer_next_response(peer_t *peer, zk_connect_response_t *response)
{
    const uint8_t *bytes;
    size_t size;
    zk_reader_t reader;

    if (!take(peer, &bytes, &size))
        return false;
    reader = zk_reader(bytes, size);
    return zk_record_decode(&zk_record_connect_response, response, &reader, world.arena);
}

frame_t peer_answer(peer_t *peer, int32_t xid)
{
    frame_t frame = peer_next(peer);

    while (frame.present && frame.xid == ZK_XID_NOTIFICATION)
        frame = peer_next(peer);
    CU_ASSERT_TRUE_FATAL(frame.present);
    CU_ASSERT_EQUAL_FATAL(frame.xid, xid);
    return frame;
}
