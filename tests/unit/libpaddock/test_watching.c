/* test_watching.c -- who is told of which event, what is sent again after a reconnect, and what a
 * removal asks of the server. */
#include <stdatomic.h>
#include <string.h>

#define THREADED
#include <zookeeper/zookeeper.h>

#include <apr_time.h>

#include "lib/zk_test.h"
#include "script.h"
#include "wire/codec.h"
#include "wire/opcode.h"

enum { MANY = 5000 };

static zhandle_t *zh;
static atomic_int sessions; /* connected events */
static atomic_int first;    /* events at each watcher */
static atomic_int second;
static atomic_int last_type;
static atomic_llong last_zxid;

static void on_session(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)handle;
    (void)path;
    (void)context;
    if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE)
        sessions++;
}

static void count_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)state;
    (void)path;
    if (type == ZOO_SESSION_EVENT)
        return;
    last_type = type;
    last_zxid = zoo_event_zxid(handle);
    (*(atomic_int *)context)++;
}

/* Answers to reads; existence is denied below /none. */
static script_verdict_t reads(int32_t opcode, zk_reader_t *request, int32_t *code,
                              zk_buffer_t *body)
{
    zk_stat_t stat;
    zk_str_t path = zk_read_str(request);

    memset(&stat, 0, sizeof(stat));
    if (opcode == ZK_OP_GET_CHILDREN) {
        zk_write_int(body, 0);
    } else if (opcode == ZK_OP_EXISTS && zk_str_starts_with(path, "/none")) {
        *code = ZNONODE;
    } else if (opcode == ZK_OP_GET_DATA || opcode == ZK_OP_EXISTS) {
        if (opcode == ZK_OP_GET_DATA)
            zk_write_int(body, -1);
        zk_record_encode(&zk_record_stat, &stat, body);
    }
    return SCRIPT_ANSWER;
}

static void setup(void)
{
    script_options_t options = {reads, false, 0, 0};
    char hosts[64];

    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    sessions = 0;
    first = 0;
    second = 0;
    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d", script_start(&options));
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zh);
}

static void teardown(void)
{
    zookeeper_close(zh);
    script_stop();
}

static bool is_first_told(void)
{
    return first >= 1;
}

static bool is_second_told(void)
{
    return second >= 1;
}

static bool is_back(void)
{
    return sessions >= 2 && zoo_delete(zh, "/barrier", -1) == ZOK;
}

static int wget(const char *path, atomic_int *counter)
{
    char data[4];
    int length = sizeof(data);
    int rc = zoo_wget(zh, path, count_event, counter, data, &length, NULL);

    if (rc == ZOK)
        CU_ASSERT_EQUAL(length, -1);
    return rc;
}

static void a_watcher_is_told_once_however_often_it_waits(void)
{
    struct String_vector children;

    CU_ASSERT_EQUAL(wget("/a", &first), ZOK);
    CU_ASSERT_EQUAL(wget("/a", &first), ZOK);
    CU_ASSERT_EQUAL(zoo_wget_children(zh, "/a", count_event, &first, &children), ZOK);
    deallocate_String_vector(&children);
    CU_ASSERT_EQUAL(wget("/a", &second), ZOK);
    script_event(ZK_EVENT_TYPE_DELETED, "/a");
    CU_ASSERT_TRUE(script_wait(is_second_told));
    script_event(ZK_EVENT_TYPE_DELETED, "/a");
    CU_ASSERT_EQUAL(zoo_delete(zh, "/barrier", -1), ZOK);
    CU_ASSERT_EQUAL(first, 1);
    CU_ASSERT_EQUAL(second, 1);
    CU_ASSERT_EQUAL(last_type, ZOO_DELETED_EVENT);
    CU_ASSERT_EQUAL(last_zxid, 42);
}

static void a_node_that_is_not_there_is_watched_by_exists_only(void)
{
    CU_ASSERT_EQUAL(zoo_wexists(zh, "/none", count_event, &first, NULL), ZNONODE);
    script_event(ZK_EVENT_TYPE_CREATED, "/none");
    CU_ASSERT_TRUE(script_wait(is_first_told));
    CU_ASSERT_EQUAL(last_type, ZOO_CREATED_EVENT);
}

static void recursive_watches_hear_of_all_below_and_stay(void)
{
    CU_ASSERT_EQUAL(zoo_add_watch(zh, "/r", ZOO_ADD_WATCH_RECURSIVE, count_event, &first), ZOK);
    CU_ASSERT_EQUAL(zoo_add_watch(zh, "/r", ZOO_ADD_WATCH_PERSISTENT, count_event, &second), ZOK);
    script_event(ZK_EVENT_TYPE_CREATED, "/r/a/b");
    script_event(ZK_EVENT_TYPE_DELETED, "/r/a/b");
    script_event(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/r");
    CU_ASSERT_TRUE(script_wait(is_second_told));
    CU_ASSERT_EQUAL(first, 2);
    CU_ASSERT_EQUAL(second, 1);
    CU_ASSERT_EQUAL(zoo_remove_all_watches(zh, "/r", ZWATCHTYPE_PERSISTENT_RECURSIVE, 0), ZOK);
    CU_ASSERT_EQUAL(script_seen().last_opcode, ZK_OP_REMOVE_WATCHES);
    CU_ASSERT_EQUAL(zoo_remove_all_watches(zh, "/r", ZWATCHTYPE_PERSISTENT_RECURSIVE, 0),
                    ZNOWATCHER);
}

static void only_the_last_watcher_is_removed_from_the_server(void)
{
    wget("/a", &first);
    wget("/a", &second);
    CU_ASSERT_EQUAL(zoo_remove_watches(zh, "/a", ZWATCHTYPE_CHILD, count_event, &first, 0),
                    ZNOWATCHER);
    CU_ASSERT_EQUAL(zoo_remove_watches(zh, "/a", ZWATCHTYPE_DATA, count_event, &first, 0), ZOK);
    CU_ASSERT_EQUAL(script_seen().last_opcode, ZK_OP_CHECK_WATCHES);
    CU_ASSERT_EQUAL(zoo_remove_watches(zh, "/a", ZWATCHTYPE_ANY, count_event, &second, 0), ZOK);
    CU_ASSERT_EQUAL(script_seen().last_opcode, ZK_OP_REMOVE_WATCHES);
    wget("/b", &first);
    CU_ASSERT_EQUAL(zoo_remove_watches(zh, "/b", ZWATCHTYPE_DATA, count_event, &first, 1), ZOK);
    CU_ASSERT_EQUAL(script_seen().last_opcode, ZK_OP_GET_DATA);
    script_event(ZK_EVENT_TYPE_DATA_CHANGED, "/a");
    script_event(ZK_EVENT_TYPE_DATA_CHANGED, "/b");
    CU_ASSERT_EQUAL(zoo_delete(zh, "/barrier", -1), ZOK);
    CU_ASSERT_EQUAL(first + second, 0);
}

static void ignore_data(int rc, const char *value, int length, const struct Stat *stat,
                        const void *data)
{
    (void)value;
    (void)length;
    (void)stat;
    (void)data;
    CU_ASSERT_EQUAL(rc, ZOK);
}

static void many_watches_come_back_in_frames_below_the_limit(void)
{
    char path[160];
    int i;

    for (i = 0; i < MANY; i++) {
        snprintf(path, sizeof(path), "/%0100d", i);
        CU_ASSERT_EQUAL(zoo_awget(zh, path, count_event, &first, ignore_data, NULL), ZOK);
    }
    CU_ASSERT_EQUAL(zoo_add_watch(zh, "/p", ZOO_ADD_WATCH_PERSISTENT, count_event, &second), ZOK);
    CU_ASSERT_EQUAL(zoo_wexists(zh, "/none", count_event, &first, NULL), ZNONODE);
    script_drop();
    CU_ASSERT_TRUE(script_wait(is_back));
    CU_ASSERT_EQUAL(script_seen().watch_paths, MANY + 2);
    CU_ASSERT_TRUE(script_seen().watch_frames >= 4);
    CU_ASSERT_TRUE(script_seen().watch_frame_bytes < 132 * 1024);
    script_event(ZK_EVENT_TYPE_CREATED, "/none");
    CU_ASSERT_TRUE(script_wait(is_first_told));
}

static const zk_test_t tests[] = {
    {"a watcher is told once however often it waits",
     a_watcher_is_told_once_however_often_it_waits},
    {"a node that is not there is watched by exists only",
     a_node_that_is_not_there_is_watched_by_exists_only},
    {"recursive watches hear of all below and stay", recursive_watches_hear_of_all_below_and_stay},
    {"only the last watcher is removed from the server",
     only_the_last_watcher_is_removed_from_the_server},
    {"many watches come back in frames below the limit",
     many_watches_come_back_in_frames_below_the_limit},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_watching, "libpaddock/watching", tests, setup, teardown);
