/* test_multi.c -- all or nothing, and what each operation is told. */
#include "world.h"

#include <string.h>

static peer_t *peer;
static zk_buffer_t ops;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
    ops = ZK_BUFFER_INIT;
}

static void teardown(void)
{
    zk_buffer_free(&ops);
    world_teardown();
}

/* ---- building a multi ---- */

static void add(int32_t op, const zk_record_desc_t *desc, const void *record)
{
    zk_multi_header_encode(&ops, op, false, -1);
    zk_record_encode(desc, record, &ops);
}

static void add_create_op(int32_t op, const char *path, int32_t flags)
{
    zk_create_request_t request = {zk_str(path), zk_str("m"), acl_open(), flags};

    add(op, &zk_record_create_request, &request);
}

static void add_create(const char *path, int32_t flags)
{
    add_create_op(ZK_OP_CREATE, path, flags);
}

static void add_delete(const char *path)
{
    zk_delete_request_t request = {zk_str(path), -1};

    add(ZK_OP_DELETE, &zk_record_delete_request, &request);
}

static void add_set(const char *path, const char *data)
{
    zk_set_data_request_t request = {zk_str(path), zk_str(data), -1};

    add(ZK_OP_SET_DATA, &zk_record_set_data_request, &request);
}

static void add_check(const char *path, int32_t version)
{
    zk_check_version_request_t request = {zk_str(path), version};

    add(ZK_OP_CHECK, &zk_record_check_version_request, &request);
}

static int32_t post(void)
{
    int32_t xid;

    zk_multi_end_encode(&ops);
    xid = peer_send_raw(peer, ZK_OP_MULTI, zk_buffer_bytes(&ops), zk_buffer_size(&ops));
    zk_buffer_clear(&ops);
    return xid;
}

static frame_t ask(void)
{
    return peer_answer(peer, post());
}

/* ---- reading the answer ---- */

/* The next entry is a header of TYPE with ERR. */
static bool entry_is(frame_t *frame, int32_t type, int32_t err)
{
    int32_t got = zk_read_int(&frame->body);
    bool done = zk_read_bool(&frame->body);

    return got == type && !done && zk_read_int(&frame->body) == err && !frame->body.failed;
}

static bool error_is(frame_t *frame, int32_t err)
{
    return entry_is(frame, -1, err) && zk_read_int(&frame->body) == err && !frame->body.failed;
}

static bool ends(frame_t *frame)
{
    return zk_read_int(&frame->body) == -1 && zk_read_bool(&frame->body) &&
           zk_read_int(&frame->body) == -1 && zk_reader_left(&frame->body) == 0 &&
           !frame->body.failed;
}

static zk_stat_t stat_of(frame_t *frame)
{
    zk_stat_t stat;

    CU_ASSERT_TRUE_FATAL(zk_record_decode(&zk_record_stat, &stat, &frame->body, world_arena()));
    return stat;
}

/* ---- tests ---- */

static void each_operation_sees_those_before_it(void)
{
    frame_t frame;
    zk_stat_t stat;

    add_create("/a", 0);
    add_create("/a/b", 0);
    add_set("/a", "x");
    add_check("/a", 1);
    add_delete("/a/b");
    frame = ask();
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CREATE, 0));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/a"));
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CREATE, 0));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/a/b"));
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_SET_DATA, 0));
    stat = stat_of(&frame);
    CU_ASSERT_EQUAL(stat.num_children, 1); /* as it was right then */
    CU_ASSERT_EQUAL(stat.version, 1);
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CHECK, 0));
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_DELETE, 0));
    CU_ASSERT_TRUE(ends(&frame));
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", false, &stat), ZK_CODE_OK);
    CU_ASSERT_EQUAL(stat.num_children, 0);
}

static void one_multi_has_one_zxid(void)
{
    int64_t before = world_logged();
    zk_stat_t a;
    zk_stat_t b;

    add_create("/a", 0);
    add_create("/b", 0);
    CU_ASSERT_EQUAL(ask().zxid, before + 1);
    peer_exists(peer, "/a", false, &a);
    peer_exists(peer, "/b", false, &b);
    CU_ASSERT_EQUAL(a.czxid, before + 1);
    CU_ASSERT_EQUAL(b.czxid, before + 1);
}

static void creates_with_stat_are_told_their_stat(void)
{
    zk_create_ttl_request_t ttl = {zk_str("/t"), zk_str("m"), acl_open(), ZK_CREATE_TTL, 1000};
    frame_t frame;
    zk_txn_decoded_t txn;

    add_create_op(ZK_OP_CREATE2, "/a", 0);
    add_create_op(ZK_OP_CREATE_CONTAINER, "/c", ZK_CREATE_CONTAINER);
    add(ZK_OP_CREATE_TTL, &zk_record_create_ttl_request, &ttl);
    frame = ask();
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CREATE2, 0));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/a"));
    CU_ASSERT_EQUAL(stat_of(&frame).data_length, 1);
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CREATE2, 0));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/c"));
    stat_of(&frame);
    CU_ASSERT_TRUE(entry_is(&frame, ZK_OP_CREATE2, 0));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/t"));
    stat_of(&frame);
    CU_ASSERT_TRUE(ends(&frame));
    /* logged so that old readers know it */
    txn = world_record(world_logged());
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[0].type, ZK_OP_CREATE);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[1].type, ZK_OP_CREATE_CONTAINER);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[2].type, ZK_OP_CREATE_TTL);
}

static void a_failure_undoes_everything_and_tells_each_operation(void)
{
    int64_t before;
    frame_t frame;
    zk_txn_decoded_t txn;
    uint64_t digest;

    peer_create(peer, "/x", "", 0);
    before = world_logged();
    digest = zk_tree_digest(zk_replica_tree(world_replica()));
    add_create("/a", 0);
    add_set("/x", "changed");
    add_delete("/none");
    add_create("/b", 0);
    frame = ask();
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(frame.zxid, before + 1);
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_OK));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_OK));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_NO_NODE));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_RUNTIME_INCONSISTENCY));
    CU_ASSERT_TRUE(ends(&frame));
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(zk_tree_digest(zk_replica_tree(world_replica())), digest);
    txn = world_record(before + 1);
    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_MULTI);
    CU_ASSERT_TRUE(txn.has_digest);
    CU_ASSERT_EQUAL((uint64_t)txn.digest.tree_digest, digest);
    CU_ASSERT_EQUAL(txn.body.multi.txns.count, 4);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[0].type, ZK_OP_CREATE);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[1].type, ZK_OP_SET_DATA);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[2].type, ZK_OP_ERROR);
    CU_ASSERT_EQUAL(txn.body.multi.txns.items[3].type, ZK_OP_ERROR);
}

static void a_failure_leaves_writes_in_flight_as_they_were(void)
{
    int32_t create;
    int32_t multi;
    int32_t set;

    world_auto_sync(false);
    create = peer_post_create(peer, "/a", "", 0);
    add_set("/a", "1");
    add_delete("/a");
    add_check("/none", 0);
    multi = post();
    set = peer_post_set(peer, "/a", "2", 0);
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, create).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, multi).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, set).err, ZK_CODE_OK);
}

static void sequence_numbers_are_taken_in_turn_and_given_back_on_failure(void)
{
    char name[64];
    frame_t frame;

    peer_create(peer, "/p", "", 0);
    add_create("/p/s", 2);
    add_create("/p/s", 2);
    frame = ask();
    entry_is(&frame, ZK_OP_CREATE, 0);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/p/s0000000000"));
    entry_is(&frame, ZK_OP_CREATE, 0);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/p/s0000000001"));
    add_create("/p/s", 2);
    add_delete("/none");
    ask();
    CU_ASSERT_EQUAL(peer_create_named(peer, "/p/s", 2, name), ZK_CODE_OK);
    CU_ASSERT_STRING_EQUAL(name, "/p/s0000000002");
}

static void an_empty_multi_succeeds_and_uses_a_zxid(void)
{
    int64_t before = world_logged();
    frame_t frame = ask();

    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(frame.zxid, before + 1);
    CU_ASSERT_TRUE(ends(&frame));
}

static void what_a_multi_may_not_hold_refuses_the_whole(void)
{
    zk_get_data_request_t get = {zk_str("/"), false};
    zk_set_acl_request_t acl = {zk_str("/"), acl_open(), -1};
    int64_t before = world_logged();

    add_create("/a", 0);
    add(ZK_OP_GET_DATA, &zk_record_get_data_request, &get);
    CU_ASSERT_EQUAL(ask().err, ZK_CODE_MARSHALLING_ERROR);
    add(ZK_OP_SET_ACL, &zk_record_set_acl_request, &acl);
    CU_ASSERT_EQUAL(ask().err, ZK_CODE_MARSHALLING_ERROR);
    add_create("/a", ZK_CREATE_TTL);
    CU_ASSERT_EQUAL(ask().err, ZK_CODE_MARSHALLING_ERROR);
    add_create("/a", 0);
    add_create(NULL, 0);
    CU_ASSERT_EQUAL(ask().err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(world_logged(), before);
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", false, NULL), ZK_CODE_NO_NODE);
}

static void create_and_delete_of_the_same_path_may_alternate(void)
{
    int i;

    for (i = 0; i < 3; i++) {
        add_create("/a", 0);
        add_delete("/a");
    }
    add_create("/a", ZK_CREATE_EPHEMERAL);
    ask();
    CU_ASSERT_EQUAL(peer_exists(peer, "/a", false, NULL), ZK_CODE_OK);
    peer_post_close(peer);
    CU_ASSERT_EQUAL(peer_exists(peer_connect(), "/a", false, NULL), ZK_CODE_NO_NODE);
}

static void events_come_in_order_of_operations_before_the_answer(void)
{
    int32_t xid;

    CU_ASSERT_EQUAL(peer_add_watch(peer, "/", ZK_ADD_WATCH_RECURSIVE), ZK_CODE_OK);
    add_create("/a", 0);
    add_set("/a", "1");
    add_set("/a", "2");
    add_delete("/a");
    xid = post();
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_CREATED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DATA_CHANGED, "/a"));
    CU_ASSERT_TRUE(peer_next_is_event(peer, ZK_EVENT_TYPE_DELETED, "/a"));
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
}

static void check_needs_read_permission(void)
{
    frame_t frame;

    peer_create_as(peer, ZK_OP_CREATE, "/w", acl_of(ZK_PERM_WRITE, "world", "anyone"), 0, 0);
    add_check("/w", -1);
    frame = ask();
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_NO_AUTH));
}

static void an_operation_that_makes_the_record_too_large_fails(void)
{
    char data[601];
    frame_t frame;
    int i;

    memset(data, 'x', 600);
    data[600] = '\0';
    world_options()->record_bytes_max = 2000;
    world_restart();
    peer = peer_connect();
    peer_create(peer, "/a", "", 0);
    for (i = 0; i < 5; i++)
        add_set("/a", data);
    frame = ask();
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_OK));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_OK));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_OK));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_BAD_ARGUMENTS));
    CU_ASSERT_TRUE(error_is(&frame, ZK_CODE_RUNTIME_INCONSISTENCY));
    CU_ASSERT_TRUE(ends(&frame));
    CU_ASSERT_TRUE(world_record_bytes(world_logged()) <= 2000);
    world_recover();
    peer = peer_connect();
    CU_ASSERT_EQUAL(peer_set(peer, "/a", "", 0), ZK_CODE_OK);
}

static const zk_test_t tests[] = {
    {"each operation sees those before it", each_operation_sees_those_before_it},
    {"one multi has one zxid", one_multi_has_one_zxid},
    {"creates with stat are told their stat", creates_with_stat_are_told_their_stat},
    {"a failure undoes everything and tells each operation",
     a_failure_undoes_everything_and_tells_each_operation},
    {"a failure leaves writes in flight as they were",
     a_failure_leaves_writes_in_flight_as_they_were},
    {"sequence numbers are taken in turn and given back on failure",
     sequence_numbers_are_taken_in_turn_and_given_back_on_failure},
    {"an empty multi succeeds and uses a zxid", an_empty_multi_succeeds_and_uses_a_zxid},
    {"what a multi may not hold refuses the whole", what_a_multi_may_not_hold_refuses_the_whole},
    {"create and delete of the same path may alternate",
     create_and_delete_of_the_same_path_may_alternate},
    {"events come in order of operations before the answer",
     events_come_in_order_of_operations_before_the_answer},
    {"check needs read permission", check_needs_read_permission},
    {"an operation that makes the record too large fails",
     an_operation_that_makes_the_record_too_large_fails},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_multi, "pipeline/multi", tests, setup, teardown);
