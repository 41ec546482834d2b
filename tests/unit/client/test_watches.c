/* test_watches.c -- which events somebody waits for, and setting watches again. */
#include "client/watches.h"

#include "lib/zk_test.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

static zk_watches_t watches;

static void setup(void)
{
    watches = ZK_WATCHES_INIT;
}

static void teardown(void)
{
    zk_watches_free(&watches);
}

static bool fire(int32_t type, const char *path)
{
    return zk_watches_fire(&watches, type, zk_str(path));
}

static void a_one_shot_watch_fires_once_and_for_its_kind_of_change_only(void)
{
    static const struct {
        zk_watch_kind_t kind;
        bool created, deleted, data, children;
    } cases[] = {{ZK_WATCH_DATA, true, true, true, false},
                 {ZK_WATCH_EXIST, true, true, true, false},
                 {ZK_WATCH_CHILD, false, true, false, true}};
    size_t i;
    int32_t type;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool expected[] = {false, cases[i].created, cases[i].deleted, cases[i].data,
                           cases[i].children};

        for (type = ZK_EVENT_TYPE_CREATED; type <= ZK_EVENT_TYPE_CHILDREN_CHANGED; type++) {
            zk_watches_add(&watches, cases[i].kind, zk_str("/a"));
            CU_ASSERT_FALSE(fire(type, "/b"));
            CU_ASSERT_EQUAL(fire(type, "/a"), expected[type]);
            CU_ASSERT_EQUAL(zk_watches_count(&watches), expected[type] ? 0 : 1);
        }
        teardown();
        setup();
    }
}

static void a_persistent_watch_stays_and_sees_its_path_only(void)
{
    zk_watches_add(&watches, ZK_WATCH_PERSISTENT, zk_str("/a"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_DELETED, "/a"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_CREATED, "/a"));
    CU_ASSERT_FALSE(fire(ZK_EVENT_TYPE_CREATED, "/a/b"));
}

static void a_recursive_watch_sees_everything_below_but_no_children_changed(void)
{
    zk_watches_add(&watches, ZK_WATCH_RECURSIVE, zk_str("/a"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_CREATED, "/a/b/c"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_FALSE(fire(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_FALSE(fire(ZK_EVENT_TYPE_CREATED, "/ab"));
    CU_ASSERT_FALSE(fire(ZK_EVENT_TYPE_CREATED, "/"));
    zk_watches_add(&watches, ZK_WATCH_RECURSIVE, zk_str("/"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_CREATED, "/ab"));
}

static void data_and_child_watch_on_a_deleted_znode_fire_together(void)
{
    zk_watches_add(&watches, ZK_WATCH_DATA, zk_str("/a"));
    zk_watches_add(&watches, ZK_WATCH_CHILD, zk_str("/a"));
    CU_ASSERT_TRUE(fire(ZK_EVENT_TYPE_DELETED, "/a"));
    CU_ASSERT_EQUAL(zk_watches_count(&watches), 0);
}

/* Decode the only frame in BUFFER as opcode OP into RECORD. */
static void take_request(zk_buffer_t *buffer, int32_t op, const zk_record_desc_t *desc,
                         void *record, zk_arena_t *arena)
{
    zk_request_header_t header;
    zk_frame_t frame;
    zk_reader_t reader;

    CU_ASSERT_EQUAL_FATAL(zk_frame_scan(&frame, zk_buffer_bytes(buffer), zk_buffer_size(buffer),
                                        ZK_FRAME_BYTES_MAX_DEFAULT),
                          ZK_FRAME_WHOLE);
    reader = zk_frame_reader(&frame);
    CU_ASSERT_TRUE(zk_record_decode(&zk_record_request_header, &header, &reader, arena));
    CU_ASSERT_EQUAL(header.xid, -8);
    CU_ASSERT_EQUAL(header.type, op);
    CU_ASSERT_TRUE_FATAL(zk_record_decode(desc, record, &reader, arena));
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
    zk_buffer_consume(buffer, frame.bytes);
}

static void watches_are_set_again_by_the_older_request_where_it_suffices(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_arena_t *arena = zk_arena_create();
    zk_set_watches_t request;

    zk_watches_add(&watches, ZK_WATCH_DATA, zk_str("/a"));
    zk_watches_add(&watches, ZK_WATCH_CHILD, zk_str("/b"));
    zk_watches_encode(&watches, 77, &buffer);
    take_request(&buffer, ZK_OP_SET_WATCHES, &zk_record_set_watches, &request, arena);
    CU_ASSERT_EQUAL(request.relative_zxid, 77);
    CU_ASSERT_EQUAL_FATAL(request.data_watches.count, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(request.data_watches.items[0], "/a"));
    CU_ASSERT_EQUAL(request.exist_watches.count, 0);
    CU_ASSERT_EQUAL_FATAL(request.child_watches.count, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(request.child_watches.items[0], "/b"));
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 0);
    zk_buffer_free(&buffer);
    zk_arena_destroy(arena);
}

static void persistent_watches_need_the_newer_request(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_arena_t *arena = zk_arena_create();
    zk_set_watches2_t request;

    zk_watches_add(&watches, ZK_WATCH_EXIST, zk_str("/a"));
    zk_watches_add(&watches, ZK_WATCH_RECURSIVE, zk_str("/r"));
    zk_watches_encode(&watches, 1, &buffer);
    take_request(&buffer, ZK_OP_SET_WATCHES2, &zk_record_set_watches2, &request, arena);
    CU_ASSERT_EQUAL(request.exist_watches.count, 1);
    CU_ASSERT_EQUAL(request.persistent_watches.count, 0);
    CU_ASSERT_EQUAL_FATAL(request.persistent_recursive_watches.count, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(request.persistent_recursive_watches.items[0], "/r"));
    zk_buffer_free(&buffer);
    zk_arena_destroy(arena);
}

static void many_watches_go_in_several_requests_of_bounded_size(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_arena_t *arena = zk_arena_create();
    int32_t total = 0;
    int requests = 0;
    char path[64];
    int i;

    for (i = 0; i < 10000; i++) {
        snprintf(path, sizeof(path), "/a/rather/long/path/of/a/znode/%08d", i);
        zk_watches_add(&watches, ZK_WATCH_DATA, zk_str(path));
    }
    zk_watches_encode(&watches, 1, &buffer);
    while (zk_buffer_size(&buffer) > 0 && requests < 100) {
        zk_set_watches_t request;

        CU_ASSERT_TRUE(zk_get_u32(zk_buffer_bytes(&buffer)) < 140 * 1024);
        take_request(&buffer, ZK_OP_SET_WATCHES, &zk_record_set_watches, &request, arena);
        total += request.data_watches.count;
        requests++;
    }
    CU_ASSERT_EQUAL(total, 10000);
    CU_ASSERT_TRUE(requests > 1 && requests < 10);
    zk_buffer_free(&buffer);
    zk_arena_destroy(arena);
}

static void without_watches_nothing_is_sent(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;

    zk_watches_encode(&watches, 1, &buffer);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 0);
    zk_buffer_free(&buffer);
}

static const zk_test_t tests[] = {
    {"a one-shot watch fires once and for its kind of change only",
     a_one_shot_watch_fires_once_and_for_its_kind_of_change_only},
    {"a persistent watch stays and sees its path only",
     a_persistent_watch_stays_and_sees_its_path_only},
    {"a recursive watch sees everything below but no ChildrenChanged",
     a_recursive_watch_sees_everything_below_but_no_children_changed},
    {"data and child watch on a deleted znode fire together",
     data_and_child_watch_on_a_deleted_znode_fire_together},
    {"watches are set again by the older request where it suffices",
     watches_are_set_again_by_the_older_request_where_it_suffices},
    {"persistent watches need the newer request", persistent_watches_need_the_newer_request},
    {"many watches go in several requests of bounded size",
     many_watches_go_in_several_requests_of_bounded_size},
    {"without watches nothing is sent", without_watches_nothing_is_sent},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_watches, "client/watches", tests, setup, teardown);
