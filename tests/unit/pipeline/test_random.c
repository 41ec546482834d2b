/* test_random.c -- several clients do everything at once, by seed, and the replica proves its
 * invariants after every step.
 *
 * Records become durable late and in groups, clients vanish and come back, sessions expire,
 * snapshots run, and at the end a second replica that replays the log has the same tree. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "session/session.h"

enum { CLIENTS = 6, STEPS = 1500 };

typedef struct actor {
    peer_t *peer;
    int64_t session_id;
    int64_t last_event_zxid;
    int32_t expected_xid; /* of the next ordinary reply */
} actor_t;

static actor_t actors[CLIENTS];
static zk_random_t rng;

static uint64_t below(uint64_t bound)
{
    return zk_random_below(&rng, bound);
}

static const char *some_path(void)
{
    static const char *const paths[] = {
        "/a",   "/b",       "/a/x",   "/a/y",       "/a/x/1", "/b/z",   "/c",
        "/c/e", "/a/y/2",   "/c/e/f", "/d",         "/",      "/d/q",   "/a//x",
        "/e/",  "/b/z/w/v", "",       "/zookeeper", "/f",     "/f/seq", "/f/seq-"};

    return paths[below(sizeof(paths) / sizeof(paths[0]))];
}

static void reconnect(actor_t *actor)
{
    uint8_t password[16];

    if (actor->peer != NULL)
        peer_hang_up(actor->peer);
    actor->peer = peer_open();
    if (actor->session_id != 0 && below(4) != 0) {
        zk_session_password(actor->session_id, password);
        if (below(8) == 0)
            password[0] ^= 1;
    } else {
        actor->session_id = 0;
    }
    peer_send_connect(actor->peer, actor->session_id, actor->session_id == 0 ? NULL : password,
                      (int32_t)below(50000), 0);
    actor->expected_xid = 0; /* the ConnectResponse comes first */
}

static void post_multi(peer_t *peer)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;
    uint64_t count = below(5);
    uint64_t i;

    for (i = 0; i < count; i++) {
        zk_create_request_t create = {zk_str(some_path()), zk_str("m"), acl_open(),
                                      (int32_t)below(4)};
        zk_set_data_request_t set = {zk_str(some_path()), zk_str("mm"), -1};
        zk_delete_request_t del = {zk_str(some_path()), -1};
        zk_check_version_request_t check = {zk_str(some_path()), -1};

        switch (below(4)) {
        case 0:
            zk_multi_header_encode(&frame, below(2) == 0 ? ZK_OP_CREATE : ZK_OP_CREATE2, false, -1);
            zk_record_encode(&zk_record_create_request, &create, &frame);
            break;
        case 1:
            zk_multi_header_encode(&frame, ZK_OP_SET_DATA, false, -1);
            zk_record_encode(&zk_record_set_data_request, &set, &frame);
            break;
        case 2:
            zk_multi_header_encode(&frame, ZK_OP_DELETE, false, -1);
            zk_record_encode(&zk_record_delete_request, &del, &frame);
            break;
        default:
            zk_multi_header_encode(&frame, ZK_OP_CHECK, false, -1);
            zk_record_encode(&zk_record_check_version_request, &check, &frame);
            break;
        }
    }
    zk_multi_end_encode(&frame);
    peer_send_raw(peer, ZK_OP_MULTI, zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
}

static void post_create_any(peer_t *peer)
{
    static const int32_t ops[] = {ZK_OP_CREATE, ZK_OP_CREATE2, ZK_OP_CREATE_CONTAINER,
                                  ZK_OP_CREATE_TTL};
    int32_t op = ops[below(4)];
    int32_t flags = (int32_t)below(8);
    zk_acl_vector_t acl =
        below(6) == 0 ? acl_of((int32_t)below(32), "ip", "127.0.0.1") : acl_open();
    zk_create_request_t create = {zk_str(some_path()), zk_str("data"), acl, flags};
    zk_create_ttl_request_t ttl = {zk_str(some_path()), zk_str("data"), acl, flags,
                                   (int64_t)below(30000)};

    if (op == ZK_OP_CREATE_TTL)
        peer_send(peer, op, &zk_record_create_ttl_request, &ttl);
    else
        peer_send(peer, op, &zk_record_create_request, &create);
}

static void post_garbage(peer_t *peer)
{
    uint8_t bytes[40];
    static const int32_t ops[] = {1,  2,  3,  4,  5,  6,  7,   8,   9,   12,  14,  15,
                                  16, 17, 18, 19, 21, 22, 101, 103, 104, 105, 106, 107};
    size_t i;

    for (i = 0; i < sizeof(bytes); i++)
        bytes[i] = below(3) == 0 ? (uint8_t)below(256) : 0;
    peer_send_raw(peer, ops[below(sizeof(ops) / sizeof(ops[0]))], bytes, below(sizeof(bytes)));
}

static void act(actor_t *actor)
{
    peer_t *peer = actor->peer;
    zk_set_acl_request_t set_acl = {zk_str(some_path()), acl_open(), -1};
    zk_set_watches_t watches;
    zk_str_t path;

    switch (below(14)) {
    case 0:
    case 1:
        peer_post_create(peer, some_path(), "v", (int32_t)below(4));
        break;
    case 2:
        post_create_any(peer);
        break;
    case 3:
        peer_post_delete(peer, some_path(), (int32_t)below(3) - 1);
        break;
    case 4:
    case 5:
        peer_post_set(peer, some_path(), "w", (int32_t)below(3) - 1);
        break;
    case 6:
        post_multi(peer);
        break;
    case 7:
        peer_post_get(peer, some_path(), below(2) == 0);
        break;
    case 8: {
        zk_get_children_request_t request = {zk_str(some_path()), below(2) == 0};

        peer_send(peer, below(2) == 0 ? ZK_OP_GET_CHILDREN : ZK_OP_EXISTS,
                  &zk_record_get_children_request, &request);
        break;
    }
    case 9: {
        zk_add_watch_request_t request = {zk_str(some_path()), (int32_t)below(3)};

        peer_send(peer, ZK_OP_ADD_WATCH, &zk_record_add_watch_request, &request);
        break;
    }
    case 10:
        peer_send(peer, ZK_OP_SET_ACL, &zk_record_set_acl_request, &set_acl);
        break;
    case 11:
        path = zk_str(some_path());
        watches.relative_zxid = (int64_t)below((uint64_t)world_synced() + 1);
        watches.data_watches = (zk_str_vector_t){1, &path};
        watches.exist_watches = (zk_str_vector_t){1, &path};
        watches.child_watches = (zk_str_vector_t){1, &path};
        peer_send(peer, ZK_OP_SET_WATCHES, &zk_record_set_watches, &watches);
        break;
    case 12:
        if (below(10) == 0)
            peer_post_close(peer);
        else
            peer_send(peer, ZK_OP_PING, NULL, NULL);
        break;
    default:
        post_garbage(peer);
        break;
    }
}

/* Replies come in the order of requests, and nothing speaks of what is not durable. */
static void read_inbox(actor_t *actor)
{
    zk_connect_response_t response;
    frame_t frame;

    if (actor->expected_xid == 0) {
        if (!peer_next_response(actor->peer, &response))
            return;
        actor->session_id = response.session_id;
        actor->expected_xid = 1;
        actor->last_event_zxid = 0;
    }
    while ((frame = peer_next(actor->peer)).present) {
        CU_ASSERT_TRUE(frame.zxid <= world_synced());
        if (frame.xid == ZK_XID_NOTIFICATION) {
            if (frame.zxid > 0) {
                CU_ASSERT_TRUE(frame.zxid >= actor->last_event_zxid);
                actor->last_event_zxid = frame.zxid;
            }
        } else if (frame.xid != ZK_XID_PING) {
            CU_ASSERT_EQUAL(frame.xid, actor->expected_xid);
            actor->expected_xid++;
            CU_ASSERT_TRUE(frame.zxid >= actor->last_event_zxid);
        }
    }
}

static void sync_some(void)
{
    int64_t gap = world_logged() - world_synced();

    if (gap > 0 && below(3) == 0)
        world_sync_to(world_synced() + 1 + (int64_t)below((uint64_t)gap));
}

static void one_step(void)
{
    actor_t *actor = &actors[below(CLIENTS)];
    size_t i;

    if (actor->peer == NULL || peer_is_closed(actor->peer) || below(60) == 0)
        reconnect(actor);
    else
        act(actor);
    sync_some();
    if (below(12) == 0)
        world_pass((int64_t)below(1500));
    if (below(5) == 0)
        world_snapshot_room();
    if (world_snapshot_waits())
        world_snapshot_done(below(8) == 0);
    for (i = 0; i < CLIENTS; i++)
        if (actors[i].peer != NULL)
            read_inbox(&actors[i]);
}

static void run(uint64_t seed)
{
    uint64_t digest;
    int64_t count;
    int i;

    printf("seed %llu ", (unsigned long long)seed);
    zk_random_seed(&rng, seed);
    memset(actors, 0, sizeof(actors));
    world_options()->snap_count = 60;
    world_options()->outstanding_max = 10;
    world_options()->container_check_ms = 3000;
    world_options()->enforce_quota = seed % 2 == 0;
    world_restart();
    world_auto_sync(false);
    for (i = 0; i < STEPS; i++)
        one_step();
    world_sync();
    digest = zk_tree_digest(zk_replica_tree(world_replica()));
    count = zk_tree_count(zk_replica_tree(world_replica()));
    world_recover();
    CU_ASSERT_EQUAL(zk_tree_digest(zk_replica_tree(world_replica())), digest);
    CU_ASSERT_EQUAL(zk_tree_count(zk_replica_tree(world_replica())), count);
}

static void any_mix_of_clients_keeps_every_invariant(void)
{
    const char *more = getenv("ZK_TEST_SEEDS"); /* how many, for a long night */
    uint64_t count = more == NULL ? 12 : strtoull(more, NULL, 10);
    uint64_t seed;

    for (seed = 1; seed <= count; seed++)
        run(seed);
    printf("\n");
}

static const zk_test_t tests[] = {
    {"any mix of clients keeps every invariant", any_mix_of_clients_keeps_every_invariant},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_random, "pipeline/random", tests, world_setup, world_teardown);
