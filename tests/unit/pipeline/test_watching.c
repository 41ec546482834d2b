/* test_watching.c -- who is told what, when, and in which order. */
#include "world.h"

static peer_t *peer;
static peer_t *other;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
    other = peer_connect();
}

static bool is_silent(peer_t *who)
{
    return !peer_has_frame(who);
}

static void an_own_event_comes_before_the_answer_to_the_write(void)
{
    int32_t xid;

    peer_create(peer, "/a", "", 0);
    peer_get(peer, "/a", true, NULL, NULL);
    xid = peer_post_set(peer, "/a", "1", -1);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
    peer_set(peer, "/a", "2", -1);
    CU_ASSERT_TRUE(is_silent(peer)); /* one shot */
}

static void an_event_bears_the_zxid_of_its_change(void)
{
    frame_t frame;

    peer_create(peer, "/a", "", 0);
    peer_exists(peer, "/a", true, NULL);
    peer_set(other, "/a", "1", -1);
    frame = peer_next(peer);
    CU_ASSERT_EQUAL(frame.xid, ZK_XID_NOTIFICATION);
    CU_ASSERT_EQUAL(frame.zxid, world_logged());
}

static void exists_waits_for_what_is_not_there_and_get_does_not(void)
{
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", true, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_get(peer, "/b", true, NULL, NULL), ZK_CODE_NO_NODE);
    peer_create(other, "/a", "", 0);
    peer_create(other, "/b", "", 0);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void a_deletion_is_told_once_however_many_watches(void)
{
    peer_create(peer, "/a", "", 0);
    peer_get(peer, "/a", true, NULL, NULL);
    peer_exists(peer, "/a", true, NULL);
    peer_children(peer, "/a", true);
    peer_children(peer, "/", true);
    peer_delete(other, "/a", -1);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DELETED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/"));
    CU_ASSERT_TRUE(is_silent(peer));
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
}

static void a_persistent_watch_hears_everything_of_its_znode(void)
{
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_PERSISTENT);
    peer_create(other, "/a", "", 0);
    peer_set(other, "/a", "1", -1);
    peer_create(other, "/a/b", "", 0);
    peer_set(other, "/a/b", "1", -1);
    peer_delete(other, "/a/b", -1);
    peer_delete(other, "/a", -1);
    peer_create(other, "/a", "", 0);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DELETED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void a_recursive_watch_hears_descendants_and_no_child_events(void)
{
    peer_create(peer, "/a", "", 0);
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_RECURSIVE);
    peer_create(other, "/a/b", "", 0);
    peer_create(other, "/a/b/c", "", 0);
    peer_set(other, "/a/b/c", "1", -1);
    peer_create(other, "/ab", "", 0);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a/b"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a/b/c"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a/b/c"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void a_recursive_and_a_child_watch_both_hear_a_new_child(void)
{
    peer_create(peer, "/a", "", 0);
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_RECURSIVE);
    peer_children(peer, "/a", true);
    peer_create(other, "/a/b", "", 0);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a/b"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void one_shot_and_persistent_live_side_by_side(void)
{
    peer_create(peer, "/a", "", 0);
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_PERSISTENT);
    peer_get(peer, "/a", true, NULL, NULL);
    peer_set(other, "/a", "1", -1);
    peer_set(other, "/a", "2", -1);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void who_may_not_read_is_not_told(void) /* CVE-2024-23944 */
{
    zk_acl_vector_t secret = acl_of(ZK_PERM_ALL, "digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=");

    peer_auth(other, "digest", "u:p");
    peer_add_watch(peer, "/", ZK_ADD_WATCH_RECURSIVE);
    peer_add_watch(other, "/", ZK_ADD_WATCH_RECURSIVE);
    CU_ASSERT_EQUAL(peer_create_as(other, ZK_OP_CREATE, "/s", secret, 0, 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_create_as(other, ZK_OP_CREATE, "/s/t", secret, 0, 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_delete(other, "/s/t", -1), ZK_CODE_OK);
    CU_ASSERT_TRUE(is_silent(peer));
    CU_ASSERT_EQUAL(peer_create(other, "/open", "", 0), ZK_CODE_OK);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/open"));
}

static void a_one_shot_watch_is_used_up_even_where_nothing_is_told(void)
{
    peer_exists(peer, "/s", true, NULL);
    peer_create_as(other, ZK_OP_CREATE, "/s",
                   acl_of(ZK_PERM_ALL & ~ZK_PERM_READ, "world", "anyone"), 0, 0);
    CU_ASSERT_TRUE(is_silent(peer));
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
}

static void a_change_of_acl_tells_nobody(void)
{
    peer_create(peer, "/a", "", 0);
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_PERSISTENT);
    peer_set_acl(other, "/a", acl_open(), -1);
    CU_ASSERT_TRUE(is_silent(peer));
}

static void watches_go_with_their_connection(void)
{
    peer_exists(peer, "/a", true, NULL);
    peer_add_watch(peer, "/", ZK_ADD_WATCH_RECURSIVE);
    peer_hang_up(peer);
    peer_create(other, "/a", "", 0);
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
}

/* ---- checkWatches, removeWatches ---- */

static int32_t check(int32_t op, const char *path, int32_t type)
{
    zk_check_watches_request_t request = {zk_str(path), type};

    return peer_answer(peer, peer_send(peer, op, &zk_record_check_watches_request, &request)).err;
}

static void watches_are_checked_and_removed_by_type(void)
{
    peer_create(peer, "/a", "", 0);
    peer_get(peer, "/a", true, NULL, NULL);
    peer_add_watch(peer, "/a", ZK_ADD_WATCH_PERSISTENT);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_DATA), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_CHILDREN), ZK_CODE_NO_WATCHER);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_PERSISTENT), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_PERSISTENT_RECURSIVE),
                    ZK_CODE_NO_WATCHER);
    CU_ASSERT_EQUAL(check(ZK_OP_REMOVE_WATCHES, "/a", ZK_WATCHER_DATA), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check(ZK_OP_REMOVE_WATCHES, "/a", ZK_WATCHER_DATA), ZK_CODE_NO_WATCHER);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_ANY), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check(ZK_OP_REMOVE_WATCHES, "/a", ZK_WATCHER_ANY), ZK_CODE_OK);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", ZK_WATCHER_ANY), ZK_CODE_NO_WATCHER);
    CU_ASSERT_EQUAL(check(ZK_OP_CHECK_WATCHES, "/a", 6), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(check(ZK_OP_REMOVE_WATCHES, NULL, ZK_WATCHER_DATA), ZK_CODE_NO_WATCHER);
    peer_set(other, "/a", "1", -1);
    CU_ASSERT_TRUE(is_silent(peer));
}

static void add_watch_takes_two_modes_and_any_path(void)
{
    CU_ASSERT_EQUAL(peer_add_watch(peer, "/none//", 0), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_add_watch(peer, "/a", 2), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(peer_add_watch(peer, "/a", -1), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(peer_add_watch(peer, NULL, 0), ZK_CODE_MARSHALLING_ERROR);
}

/* ---- setWatches ---- */

static zk_str_vector_t list(const char *path)
{
    zk_str_t *item = zk_arena_alloc(world_arena(), sizeof(*item));

    *item = zk_str(path);
    return (zk_str_vector_t){path == NULL ? 0 : 1, item};
}

static int32_t set_watches(int64_t relative_zxid, const char *data, const char *exist,
                           const char *child, const char *persistent, const char *recursive)
{
    zk_set_watches2_t request = {relative_zxid, list(data),       list(exist),
                                 list(child),   list(persistent), list(recursive)};

    return peer_send(peer, ZK_OP_SET_WATCHES2, &zk_record_set_watches2, &request);
}

static void set_watches_tells_what_was_missed(void)
{
    int64_t seen;
    int32_t xid;
    int i;

    peer_create(other, "/changed", "", 0);
    peer_create(other, "/parent", "", 0);
    seen = world_logged();
    peer_set(other, "/changed", "1", -1);
    peer_create(other, "/parent/new", "", 0);
    xid = set_watches(seen, "/changed", NULL, "/parent", NULL, NULL);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/changed"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/parent"));
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
    xid = set_watches(seen, "/gone", "/parent", "/gone", NULL, NULL);
    for (i = 0; i < 3; i++)
        CU_ASSERT_TRUE(peer_next_is_event(peer,
                                          i == 1 ? ZK_EVENT_TYPE_CREATED : ZK_EVENT_TYPE_DELETED,
                                          i == 1 ? "/parent" : "/gone"));
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
}

static void set_watches_registers_what_is_as_it_was(void)
{
    int64_t seen;

    peer_create(other, "/a", "", 0);
    seen = world_logged();
    peer_answer(peer, set_watches(seen, "/a", "/none", "/a", "/p", "/r"));
    peer_set(other, "/a", "1", -1);
    peer_create(other, "/a/b", "", 0);
    peer_create(other, "/none", "", 0);
    peer_create(other, "/p", "", 0);
    peer_create(other, "/r", "", 0);
    peer_create(other, "/r/x", "", 0);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/none"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/p"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/r"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/r/x"));
    CU_ASSERT_TRUE(is_silent(peer));
}

static void a_null_list_is_a_marshalling_error_after_the_lists_before_it(void)
{
    zk_set_watches_t request = {0, list("/a"), {-1, NULL}, list("/b")};

    peer_create(other, "/a", "", 0);
    peer_send(peer, ZK_OP_SET_WATCHES, &zk_record_set_watches, &request);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_EQUAL(peer_next(peer).err, ZK_CODE_MARSHALLING_ERROR);
}

static void one_event_for_many_is_sent_to_each(void)
{
    peer_t *third = peer_connect();

    peer_create(peer, "/a", "", 0);
    peer_get(peer, "/a", true, NULL, NULL);
    peer_get(third, "/a", true, NULL, NULL);
    peer_set(other, "/a", "1", -1);
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(third, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(is_silent(other));
}

static const zk_test_t tests[] = {
    {"an own event comes before the answer to the write",
     an_own_event_comes_before_the_answer_to_the_write},
    {"an event bears the zxid of its change", an_event_bears_the_zxid_of_its_change},
    {"exists waits for what is not there and get does not",
     exists_waits_for_what_is_not_there_and_get_does_not},
    {"a deletion is told once however many watches", a_deletion_is_told_once_however_many_watches},
    {"a persistent watch hears everything of its znode",
     a_persistent_watch_hears_everything_of_its_znode},
    {"a recursive watch hears descendants and no child events",
     a_recursive_watch_hears_descendants_and_no_child_events},
    {"a recursive and a child watch both hear a new child",
     a_recursive_and_a_child_watch_both_hear_a_new_child},
    {"one-shot and persistent live side by side", one_shot_and_persistent_live_side_by_side},
    {"CVE-2024-23944: who may not read is not told", who_may_not_read_is_not_told},
    {"a one-shot watch is used up even where nothing is told",
     a_one_shot_watch_is_used_up_even_where_nothing_is_told},
    {"a change of ACL tells nobody", a_change_of_acl_tells_nobody},
    {"watches go with their connection", watches_go_with_their_connection},
    {"watches are checked and removed by type", watches_are_checked_and_removed_by_type},
    {"addWatch takes two modes and any path", add_watch_takes_two_modes_and_any_path},
    {"setWatches tells what was missed", set_watches_tells_what_was_missed},
    {"setWatches registers what is as it was", set_watches_registers_what_is_as_it_was},
    {"a null list is a marshalling error after the lists before it",
     a_null_list_is_a_marshalling_error_after_the_lists_before_it},
    {"one event for many is sent to each", one_event_for_many_is_sent_to_each},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_watching, "pipeline/watching", tests, setup, world_teardown);
