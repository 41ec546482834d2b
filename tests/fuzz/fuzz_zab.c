/* fuzz_zab.c -- what other servers say to one that looks for a leader, follows or leads.
 *
 * The first byte chooses the role that the server has when the input begins; the rest is a script
 * of small operations, so that inputs get past the first packet: packets of any type with zxids
 * close to those in use, raw bytes, election frames, time, links that come and go, a disk that
 * waits.  Its disk and tree are played here and do what is asked.  After every step the server
 * proves its invariants. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "wire/packet.h"
#include "zab/election.h"
#include "zab/outputs.h"
#include "zab/zab.h"

enum { SELF = 3, LEADER = 2, TICK_MS = 100, EVENTS_MAX = 256, STEPS_MAX = 4096, LINKS = 4 };

typedef struct world {
    zk_zab_t *zab;
    zk_buffer_t bytes;
    zk_zab_event_t events[EVENTS_MAX]; /* of the disk, in order */
    int head, tail;
    bool holds_disk, fails;
    uint64_t to_leader; /* link; 0: none */
    uint64_t links[LINKS];
    uint64_t next_link;
    int64_t now_ms, steps;
} world_t;

typedef struct script {
    const uint8_t *at;
    size_t left;
} script_t;

static uint8_t take(script_t *script)
{
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->at++;
}

/* ---- the disk, the tree and the links ---- */

static void later(world_t *world, zk_zab_event_t event)
{
    ZK_ASSERT(world->tail - world->head < EVENTS_MAX);
    world->events[world->tail++ % EVENTS_MAX] = event;
}

static void link_goes(world_t *world, uint64_t link)
{
    int i;

    if (world->to_leader == link)
        world->to_leader = 0;
    for (i = 0; i < LINKS; i++)
        if (world->links[i] == link)
            world->links[i] = 0;
    later(world, (zk_zab_event_t){.type = ZK_ZAB_LINK_GONE, .link = link});
}

static void carry_out(world_t *world, const zk_zab_output_t *output)
{
    switch (output->type) {
    case ZK_ZAB_CONNECT:
        world->to_leader = world->next_link++;
        later(world, (zk_zab_event_t){.type = ZK_ZAB_CONNECTED, .link = world->to_leader});
        break;
    case ZK_ZAB_CLOSE:
        if (output->link != 0)
            link_goes(world, output->link);
        break;
    case ZK_ZAB_SAVE_EPOCH:
        later(world, (zk_zab_event_t){.type = ZK_ZAB_EPOCH_SAVED,
                                      .epoch = output->epoch,
                                      .is_current = output->is_current});
        break;
    case ZK_ZAB_APPEND:
        later(world, (zk_zab_event_t){.type = ZK_ZAB_LOG_SYNCED, .zxid = output->zxid});
        break;
    case ZK_ZAB_TRUNCATE:
        later(world, (zk_zab_event_t){.type = ZK_ZAB_RELOADED, .zxid = output->zxid});
        break;
    case ZK_ZAB_RECEIVE_SNAPSHOT:
        later(world, (zk_zab_event_t){
                         .type = ZK_ZAB_STREAMED, .link = output->link, .zxid = output->zxid});
        break;
    case ZK_ZAB_SEND_SNAPSHOT:
        later(world, (zk_zab_event_t){.type = ZK_ZAB_SNAPSHOT_SENT, .link = output->link});
        break;
    case ZK_ZAB_READ_LOG:
        later(world, (zk_zab_event_t){.type = ZK_ZAB_LOG_READ, .link = output->link});
        break;
    default:
        break;
    }
}

static void settle_outputs(world_t *world, zk_zab_outputs_t *outputs)
{
    char text[256];
    zk_blob_t *payload;
    int64_t zxid;
    int64_t before = zk_zab_last_delivered(world->zab);
    size_t i;

    for (;;) {
        for (i = 0; i < outputs->count; i++)
            carry_out(world, &outputs->items[i]);
        zk_zab_outputs_clear(outputs);
        if (!zk_zab_deliver(world->zab, &zxid, &payload, outputs))
            break;
        ZK_ASSERT(zxid > before);
        before = zxid;
        zk_blob_release(payload);
    }
    for (i = 0; i < outputs->count; i++)
        carry_out(world, &outputs->items[i]);
    zk_zab_outputs_free(outputs);
    zk_buffer_clear(&world->bytes);
    ZK_ASSERT(zk_zab_check(world->zab, text, sizeof(text)) == NULL);
}

static void step(world_t *world, zk_zab_event_t event)
{
    zk_zab_outputs_t outputs = {NULL, 0, 0, &world->bytes};

    event.mono_ms = world->now_ms;
    world->steps++;
    zk_zab_step(world->zab, &event, &outputs);
    settle_outputs(world, &outputs);
}

/* What was asked of disk and links happens; a step may ask for more. */
static void settle(world_t *world)
{
    while (!world->holds_disk && world->head < world->tail && world->steps < STEPS_MAX) {
        zk_zab_event_t event = world->events[world->head++ % EVENTS_MAX];

        if (event.type == ZK_ZAB_RELOADED || event.type == ZK_ZAB_STREAMED) {
            event.failed = world->fails;
            if (!event.failed)
                zk_zab_load_begin(world->zab, event.zxid);
        }
        step(world, event);
    }
}

/* ---- what others say ---- */

static void say(world_t *world, uint64_t link, int32_t type, int64_t zxid, zk_str_t data)
{
    zk_buffer_t packet = ZK_BUFFER_INIT;

    zk_write_int(&packet, type);
    zk_write_long(&packet, zxid);
    zk_write_str(&packet, data);
    zk_write_int(&packet, -1);
    step(world, (zk_zab_event_t){.type = ZK_ZAB_PACKET,
                                 .link = link,
                                 .bytes = zk_str_n((const char *)packet.data, packet.length)});
    zk_buffer_free(&packet);
    settle(world);
}

static void vote(world_t *world, int64_t from, zk_server_state_t state, int64_t leader)
{
    zk_notification_t notification = {
        .state = state, .vote = {leader, 0, 1, 0}, .config_text = zk_str("version=0")};
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_notification_encode(&notification, &frame);
    step(world, (zk_zab_event_t){.type = ZK_ZAB_NOTIFICATION,
                                 .sid = from,
                                 .bytes = zk_str_n((const char *)frame.data, frame.length)});
    zk_buffer_free(&frame);
    settle(world);
}

static void tick(world_t *world, int64_t ms)
{
    world->now_ms += ms;
    step(world, (zk_zab_event_t){.type = ZK_ZAB_TICK});
    settle(world);
}

static uint64_t open_link(world_t *world, int place)
{
    uint64_t link = world->next_link++;

    world->links[place] = link;
    step(world, (zk_zab_event_t){.type = ZK_ZAB_OPENED, .link = link});
    settle(world);
    return link;
}

/* Bytes that the script has; views into it. */
static zk_str_t take_bytes(script_t *script, size_t size)
{
    zk_str_t bytes;

    if (size > script->left)
        size = script->left;
    bytes = zk_str_n((const char *)script->at, size);
    script->at += size;
    script->left -= size;
    return bytes;
}

static void say_something(world_t *world, script_t *script, uint64_t link)
{
    uint8_t type = take(script);
    uint8_t zxid = take(script);
    uint8_t size = take(script);
    int64_t epoch = (zxid >> 5) & 3;
    zk_str_t data = size == 255 ? ZK_STR_NULL : take_bytes(script, size % 32);

    say(world, link, type % 21, zxid == 255 ? -1 : epoch << 32 | (zxid & 31), data);
}

static void propose(world_t *world)
{
    int64_t zxid;
    zk_zab_outputs_t outputs = {NULL, 0, 0, &world->bytes};
    zk_blob_t *blob;

    if (zk_zab_state(world->zab) != ZK_SERVER_LEADING || !zk_zab_is_serving(world->zab))
        return;
    zxid = zk_zab_next_zxid(world->zab);
    blob = zk_blob_copy("12345678", 8);
    zk_zab_propose(world->zab, zxid, blob, &outputs);
    zk_blob_release(blob);
    later(world, (zk_zab_event_t){.type = ZK_ZAB_LOG_SYNCED, .zxid = zxid});
    settle_outputs(world, &outputs);
    settle(world);
}

static void act(world_t *world, script_t *script)
{
    uint8_t what = take(script);
    int place = what >> 4 & (LINKS - 1);
    uint64_t link = world->to_leader != 0 ? world->to_leader : world->links[place];

    switch (what & 15) {
    case 0:
        tick(world, take(script) * 10);
        break;
    case 1: {
        zk_str_t frame = take_bytes(script, take(script) % 64);

        step(world,
             (zk_zab_event_t){.type = ZK_ZAB_NOTIFICATION, .sid = 1 + place % 2, .bytes = frame});
        settle(world);
        break;
    }
    case 2:
        if (link != 0) {
            zk_str_t bytes = take_bytes(script, take(script) % 64);

            step(world, (zk_zab_event_t){.type = ZK_ZAB_PACKET, .link = link, .bytes = bytes});
            settle(world);
        }
        break;
    case 3:
        if (world->links[place] == 0)
            open_link(world, place);
        break;
    case 4:
        if (link != 0) {
            link_goes(world, link);
            settle(world);
        }
        break;
    case 5:
        world->holds_disk = world->tail - world->head < EVENTS_MAX / 2 && !world->holds_disk;
        settle(world);
        break;
    case 6:
        world->fails = !world->fails;
        break;
    case 7:
        vote(world, 1 + place % 2, (zk_server_state_t)(place % 4), 1 + take(script) % 4);
        break;
    case 8:
        propose(world);
        break;
    default:
        if (link != 0)
            say_something(world, script, link);
        break;
    }
    if (world->tail - world->head > EVENTS_MAX / 2) { /* no disk waits for ever */
        world->holds_disk = false;
        settle(world);
    }
}

/* ---- the three beginnings ---- */

static void begin(world_t *world, bool may_vote)
{
    int64_t voters[] = {1, 2, 3};
    zk_zab_options_t options = {.self = SELF,
                                .config_text = zk_str("version=0"),
                                .tick_ms = TICK_MS,
                                .init_limit = 10,
                                .sync_limit = 5,
                                .notification_min_ms = 200,
                                .notification_max_ms = 1600,
                                .trunc_peers = true,
                                .history_count_max = 8,
                                .link_bytes_max = 4096};
    zk_zab_outputs_t outputs = {NULL, 0, 0, &world->bytes};

    zk_quorum_set(&options.voters, voters, 3);
    world->next_link = 1;
    world->now_ms = 1000;
    world->zab = zk_zab_create(&options);
    zk_zab_load_begin(world->zab, 0);
    zk_zab_start(world->zab, 0, 0, may_vote, world->now_ms, &outputs);
    settle_outputs(world, &outputs);
    settle(world);
}

static void begin_following(world_t *world)
{
    static const char version[4] = {0, 1, 0, 0};

    vote(world, 1, ZK_SERVER_FOLLOWING, LEADER);
    vote(world, LEADER, ZK_SERVER_LEADING, LEADER);
    tick(world, 10);
    if (world->to_leader != 0)
        say(world, world->to_leader, ZK_PACKET_LEADERINFO, INT64_C(1) << 32, zk_str_n(version, 4));
}

static void begin_leading(world_t *world)
{
    static const char nothing[4];
    char info[20] = {0};
    uint64_t link;

    vote(world, 1, ZK_SERVER_LOOKING, SELF);
    vote(world, 2, ZK_SERVER_LOOKING, SELF);
    tick(world, 300);
    info[7] = 1;
    link = open_link(world, 0);
    say(world, link, ZK_PACKET_FOLLOWERINFO, 0, zk_str_n(info, sizeof(info)));
    say(world, link, ZK_PACKET_ACKEPOCH, 0, zk_str_n(nothing, 4));
    say(world, link, ZK_PACKET_ACK, INT64_C(1) << 32, ZK_STR_NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_quiet;
    world_t world = {.bytes = ZK_BUFFER_INIT};
    script_t script = {data, size};
    uint8_t kind = take(&script);

    if (!is_quiet)
        zk_log_setup(fopen("/dev/null", "w"), ZK_LOG_ERROR, -1);
    is_quiet = true;
    begin(&world, (kind & 4) == 0);
    if (kind % 4 == 1)
        begin_following(&world);
    else if (kind % 4 == 2)
        begin_leading(&world);
    while (script.left > 0 && world.steps < STEPS_MAX / 2)
        act(&world, &script);
    zk_zab_destroy(world.zab);
    zk_buffer_free(&world.bytes);
    return 0;
}
