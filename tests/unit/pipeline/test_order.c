/* test_order.c -- a session's requests are answered in order, and no sooner than they may be. */
#include "world.h"

#include <string.h>

static peer_t *peer;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
    world_auto_sync(false);
}

static void nothing_is_answered_before_its_record_is_durable(void)
{
    int32_t xid = peer_post_create(peer, "/a", "", 0);

    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_pass(1000);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_OK);
}

static void a_sync_up_to_one_record_answers_just_that(void)
{
    int32_t first = peer_post_create(peer, "/a", "", 0);
    int32_t second = peer_post_create(peer, "/b", "", 0);

    world_sync_to(world_logged() - 1);
    CU_ASSERT_EQUAL(peer_answer(peer, first).err, ZK_CODE_OK);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, second).err, ZK_CODE_OK);
}

static void a_read_waits_for_the_sessions_own_write_and_sees_it(void)
{
    int32_t write = peer_post_create(peer, "/a", "mine", 0);
    int32_t read = peer_post_get(peer, "/a", false);
    frame_t frame;

    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    frame = peer_answer(peer, read);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "mine"));
    CU_ASSERT_EQUAL(frame.zxid, world_logged());
}

static void a_read_does_not_wait_for_others_and_does_not_see_their_undurable_writes(void)
{
    peer_t *other;

    world_auto_sync(true);
    other = peer_connect();
    world_auto_sync(false);
    peer_post_create(peer, "/a", "", 0);
    CU_ASSERT_EQUAL(peer_exists(other, "/a", false, NULL), ZK_CODE_NO_NODE);
}

static void reads_between_writes_see_just_the_writes_before_them(void)
{
    char text[8];
    int32_t xids[6];
    int i;

    xids[0] = peer_post_create(peer, "/a", "0", 0);
    xids[1] = peer_post_get(peer, "/a", false);
    xids[2] = peer_post_set(peer, "/a", "1", -1);
    xids[3] = peer_post_get(peer, "/a", false);
    xids[4] = peer_post_set(peer, "/a", "2", -1);
    xids[5] = peer_post_get(peer, "/a", false);
    world_sync();
    for (i = 0; i < 6; i++) {
        frame_t frame = peer_answer(peer, xids[i]);

        CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
        if (i % 2 == 0)
            continue;
        text[0] = (char)('0' + i / 2);
        text[1] = '\0';
        CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), text));
    }
}

static void writes_do_not_wait_for_one_another(void)
{
    int i;
    int64_t before = world_logged();

    for (i = 0; i < 50; i++)
        peer_post_create(peer, "/s-", "", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_EQUAL(world_logged(), before + 50);
}

static void pings_and_errors_keep_their_place(void)
{
    int32_t write = peer_post_create(peer, "/a", "", 0);
    int32_t bad = peer_send_raw(peer, ZK_OP_SET_DATA, "", 0);
    int32_t write2 = peer_post_create(peer, "/b", "", 0);
    frame_t frame;

    peer_send(peer, ZK_OP_PING, NULL, NULL);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, bad).err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(peer_answer(peer, write2).err, ZK_CODE_OK);
    frame = peer_answer(peer, ZK_XID_PING);
    CU_ASSERT_EQUAL(frame.zxid, world_logged());
}

static void an_unknown_opcode_closes_after_what_came_before(void)
{
    int32_t write = peer_post_create(peer, "/a", "", 0);
    int32_t bad = peer_send_raw(peer, 4711, "", 0);

    peer_post_create(peer, "/never", "", 0);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, bad).err, ZK_CODE_UNIMPLEMENTED);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    world_auto_sync(true);
    CU_ASSERT_EQUAL(peer_exists(peer_connect(), "/never", false, NULL), ZK_CODE_NO_NODE);
}

static void a_waiting_read_uses_the_identities_it_was_asked_with(void)
{
    zk_create_request_t secret = {zk_str("/secret"), zk_str("s"),
                                  acl_of(ZK_PERM_ALL, "digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="),
                                  0};
    zk_auth_packet_t packet = {0, zk_str("digest"), zk_str("u:p")};
    int32_t write = peer_send(peer, ZK_OP_CREATE, &zk_record_create_request, &secret);
    int32_t before = peer_post_get(peer, "/secret", false);
    int32_t auth = peer_send(peer, ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    int32_t after = peer_post_get(peer, "/secret", false);

    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, before).err, ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(peer_answer(peer, auth).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_answer(peer, after).err, ZK_CODE_OK);
}

static void a_failed_auth_is_answered_in_its_place_and_closes(void)
{
    zk_auth_packet_t packet = {0, zk_str("nosuch"), zk_str("u:p")};
    int32_t write = peer_post_create(peer, "/a", "", 0);
    int32_t auth = peer_send(peer, ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    frame_t frame;

    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, write).err, ZK_CODE_OK);
    frame = peer_answer(peer, auth);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_AUTH_FAILED);
    CU_ASSERT_EQUAL(frame.zxid, 0);
    CU_ASSERT_TRUE(peer_is_closed(peer));
}

static void a_client_that_hangs_up_leaves_its_writes_to_be_done(void)
{
    peer_t *other;

    peer_post_create(peer, "/a", "", 0);
    peer_post_get(peer, "/a", false);
    peer_hang_up(peer);
    world_sync();
    world_auto_sync(true);
    other = peer_connect();
    CU_ASSERT_EQUAL(peer_exists(other, "/a", false, NULL), ZK_CODE_OK);
}

static void sync_answers_with_its_path_behind_earlier_writes(void)
{
    zk_sync_request_t request = {zk_str("/anything//")};
    int32_t write = peer_post_create(peer, "/a", "", 0);
    int32_t sync = peer_send(peer, ZK_OP_SYNC, &zk_record_sync_request, &request);
    frame_t frame;

    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    peer_answer(peer, write);
    frame = peer_answer(peer, sync);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "/anything//"));
}

static void shutting_down_finishes_what_was_accepted_and_no_more(void)
{
    int32_t xid = peer_post_create(peer, "/a", "", 0);
    int64_t logged = world_logged();

    world_event(ZK_EVENT_SHUTDOWN);
    CU_ASSERT_FALSE(world_drained());
    peer_post_create(peer, "/late", "", 0);
    CU_ASSERT_EQUAL(world_logged(), logged);
    world_sync();
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(world_drained());
}

enum { LARGE = 1000000, MANY = 60 };

static int frames_of(peer_t *who)
{
    int count = 0;

    while (peer_next(who).present)
        count++;
    return count;
}

static void a_flood_of_answers_is_spread_over_steps(void)
{
    char *data = apr_palloc(zk_test_pool(), LARGE + 1);
    int answered;
    int steps = 0;
    int i;

    memset(data, 'x', LARGE);
    data[LARGE] = '\0';
    world_auto_sync(true);
    CU_ASSERT_EQUAL(peer_create(peer, "/large", data, 0), ZK_CODE_OK);
    world_auto_sync(false);
    peer_post_create(peer, "/before", "", 0);
    for (i = 0; i < MANY; i++)
        peer_post_get(peer, "/large", false);
    peer_post_create(peer, "/after", "", 0);
    world_sync(); /* makes both writes durable; only the first may be answered yet */
    answered = frames_of(peer);
    CU_ASSERT_TRUE(answered > 10 && answered < 20);
    while (answered < MANY + 2 && steps++ < 10) {
        int more;

        world_event(ZK_EVENT_TICK);
        more = frames_of(peer);
        CU_ASSERT_TRUE(more > 0 && more < 20);
        answered += more;
    }
    CU_ASSERT_EQUAL(answered, MANY + 2);
    CU_ASSERT_TRUE(steps >= 3);
}

static void a_client_in_the_backlog_may_hang_up(void)
{
    char *data = apr_palloc(zk_test_pool(), LARGE + 1);
    peer_t *other;
    int i;

    memset(data, 'x', LARGE);
    data[LARGE] = '\0';
    world_auto_sync(true);
    other = peer_connect();
    CU_ASSERT_EQUAL(peer_create(peer, "/large", data, 0), ZK_CODE_OK);
    world_auto_sync(false);
    peer_post_create(peer, "/p", "", 0);
    peer_post_create(other, "/o", "", 0);
    for (i = 0; i < MANY; i++) {
        peer_post_get(peer, "/large", false);
        peer_post_get(other, "/large", false);
    }
    world_sync();
    peer_hang_up(peer);
    for (i = 0; i < 10; i++)
        world_event(ZK_EVENT_TICK);
    CU_ASSERT_EQUAL(frames_of(other), MANY + 1);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->outstanding, 0);
}

static const zk_test_t tests[] = {
    {"nothing is answered before its record is durable",
     nothing_is_answered_before_its_record_is_durable},
    {"a sync up to one record answers just that", a_sync_up_to_one_record_answers_just_that},
    {"a read waits for the session's own write and sees it",
     a_read_waits_for_the_sessions_own_write_and_sees_it},
    {"a read does not wait for others and does not see their undurable writes",
     a_read_does_not_wait_for_others_and_does_not_see_their_undurable_writes},
    {"reads between writes see just the writes before them",
     reads_between_writes_see_just_the_writes_before_them},
    {"writes do not wait for one another", writes_do_not_wait_for_one_another},
    {"pings and errors keep their place", pings_and_errors_keep_their_place},
    {"an unknown opcode closes after what came before",
     an_unknown_opcode_closes_after_what_came_before},
    {"a waiting read uses the identities it was asked with",
     a_waiting_read_uses_the_identities_it_was_asked_with},
    {"a failed auth is answered in its place and closes",
     a_failed_auth_is_answered_in_its_place_and_closes},
    {"a client that hangs up leaves its writes to be done",
     a_client_that_hangs_up_leaves_its_writes_to_be_done},
    {"sync answers with its path behind earlier writes",
     sync_answers_with_its_path_behind_earlier_writes},
    {"shutting down finishes what was accepted and no more",
     shutting_down_finishes_what_was_accepted_and_no_more},
    {"a flood of answers is spread over steps", a_flood_of_answers_is_spread_over_steps},
    {"a client in the backlog may hang up", a_client_in_the_backlog_may_hang_up},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_order, "pipeline/order", tests, setup, world_teardown);
