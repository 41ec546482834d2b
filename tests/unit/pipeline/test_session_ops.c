/* test_session_ops.c -- how sessions begin, move to another connection, and end. */
#include "world.h"

#include <string.h>

#include "session/session.h"

static peer_t *renewed(int64_t session_id, int32_t timeout_ms)
{
    peer_t *peer = peer_open();
    uint8_t password[16];

    zk_session_password(session_id, password);
    peer_send_connect(peer, session_id, password, timeout_ms, 0);
    return peer;
}

static bool is_refused(peer_t *peer)
{
    static const uint8_t zeros[16];
    zk_connect_response_t response;

    return peer_next_response(peer, &response) && response.time_out == 0 &&
           response.session_id == 0 && response.passwd.length == 16 &&
           memcmp(response.passwd.data, zeros, 16) == 0 && peer_is_closed(peer);
}

static int32_t negotiated(int32_t asked)
{
    peer_t *peer = peer_open();
    zk_connect_response_t response;

    peer_send_connect(peer, 0, NULL, asked, 0);
    CU_ASSERT_TRUE_FATAL(peer_next_response(peer, &response));
    return response.time_out;
}

static void timeouts_are_kept_between_the_limits(void)
{
    CU_ASSERT_EQUAL(negotiated(10000), 10000);
    CU_ASSERT_EQUAL(negotiated(0), 4000);
    CU_ASSERT_EQUAL(negotiated(-5), 4000);
    CU_ASSERT_EQUAL(negotiated(1000000), 40000);
}

static void a_session_is_a_txn(void)
{
    peer_t *peer = peer_connect();
    zk_txn_decoded_t txn = world_record(world_logged());

    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_CREATE_SESSION);
    CU_ASSERT_EQUAL(txn.header.client_id, peer_session(peer));
    CU_ASSERT_EQUAL(txn.header.cxid, 0);
    CU_ASSERT_EQUAL(txn.body.create_session.time_out, 10000);
}

static void the_welcome_waits_for_the_disk(void)
{
    peer_t *peer = peer_open();
    zk_connect_response_t response;

    world_auto_sync(false);
    peer_send_connect(peer, 0, NULL, 10000, 0);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
}

static void requests_may_follow_the_connect_request_at_once(void)
{
    peer_t *peer = peer_open();
    zk_auth_packet_t packet = {0, zk_str("digest"), zk_str("u:p")};
    zk_connect_response_t response;
    int32_t auth;
    int32_t create;
    int32_t get;

    world_auto_sync(false);
    peer_send_connect(peer, 0, NULL, 10000, 0);
    auth = peer_send(peer, ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    create = peer_post_create(peer, "/a", "", ZK_CREATE_EPHEMERAL);
    get = peer_post_get(peer, "/a", false);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
    CU_ASSERT_EQUAL(peer_next(peer).xid, auth);
    CU_ASSERT_EQUAL(peer_next(peer).xid, create);
    CU_ASSERT_EQUAL(peer_next(peer).xid, get);
}

static void ids_follow_each_other(void)
{
    int64_t first = peer_session(peer_connect());

    CU_ASSERT_EQUAL(peer_session(peer_connect()), first + 1);
    CU_ASSERT_EQUAL(first >> 56, 1);
}

static void who_has_seen_more_than_we_have_is_sent_away(void)
{
    peer_t *peer = peer_open();
    int64_t logged = world_logged();

    peer_send_connect(peer, 0, NULL, 10000, logged + 1);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_FALSE(peer_has_frame(peer));
    peer = peer_open();
    peer_send_connect(peer, 0, NULL, 10000, logged);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    peer = peer_open();
    peer_send_connect(peer, 0, NULL, 10000, -1);
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static void garbage_instead_of_a_connect_request_closes(void)
{
    peer_t *peer = peer_open();

    peer_send_bytes(peer, "12345", 5);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_FALSE(peer_has_frame(peer));
}

static void a_frame_without_a_whole_header_closes(void)
{
    peer_t *peer = peer_connect();

    peer_send_bytes(peer, "1234567", 7);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_FALSE(peer_has_frame(peer));
}

static void a_second_connect_request_is_an_unknown_opcode(void)
{
    peer_t *peer = peer_connect();
    frame_t frame;

    peer_send_connect(peer, 0, NULL, 10000, 0);
    frame = peer_next(peer);
    CU_ASSERT_EQUAL(frame.xid, 0);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_UNIMPLEMENTED);
    CU_ASSERT_TRUE(peer_is_closed(peer));
}

static void an_old_client_gets_no_read_only_byte(void)
{
    peer_t *peer = peer_open();
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, 0);
    zk_write_long(&frame, 0);
    zk_write_int(&frame, 10000);
    zk_write_long(&frame, 0);
    zk_write_int(&frame, -1); /* and may send no password */
    peer_send_bytes(peer, zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
    CU_ASSERT_TRUE(peer_has_frame(peer));
    CU_ASSERT_FALSE(peer_is_closed(peer));
    CU_ASSERT_EQUAL(zk_replica_session_of(world_replica(), peer_slot(peer)) == 0, false);
}

/* ---- renewing ---- */

static void a_renewed_session_keeps_its_ephemerals_and_closes_the_old_connection(void)
{
    peer_t *old = peer_connect();
    peer_t *peer;
    zk_connect_response_t response;

    peer_create(old, "/e", "", ZK_CREATE_EPHEMERAL);
    peer = renewed(peer_session(old), 12000);
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
    CU_ASSERT_EQUAL(response.session_id, peer_session(old));
    CU_ASSERT_EQUAL(response.time_out, 12000);
    CU_ASSERT_TRUE(peer_is_closed(old));
    CU_ASSERT_FALSE(peer_has_frame(old));
    CU_ASSERT_EQUAL(peer_exists(peer, "/e", false, NULL), ZK_CODE_OK);
}

static void a_wrong_password_is_refused_and_leaves_the_living_connection_alone(void)
{
    peer_t *old = peer_connect();
    peer_t *thief = peer_open();

    peer_send_connect(thief, peer_session(old), NULL, 10000, 0);
    CU_ASSERT_TRUE(is_refused(thief));
    CU_ASSERT_FALSE(peer_is_closed(old));
    CU_ASSERT_EQUAL(peer_ping(old), ZK_CODE_OK);
}

static void an_unknown_session_is_refused(void)
{
    CU_ASSERT_TRUE(is_refused(renewed(0x1234, 10000)));
}

static void a_renewed_connection_starts_without_watches_and_identities(void)
{
    peer_t *old = peer_connect();
    peer_t *peer;
    zk_connect_response_t response;

    peer_auth(old, "digest", "u:p");
    peer_exists(old, "/a", true, NULL);
    peer_create_as(old, ZK_OP_CREATE, "/s", acl_of(31, "auth", ""), 0, 0);
    peer = renewed(peer_session(old), 10000);
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
    CU_ASSERT_EQUAL(peer_get(peer, "/s", false, NULL, NULL), ZK_CODE_NO_AUTH);
    peer_create(peer, "/a", "", 0);
    CU_ASSERT_FALSE(peer_has_frame(peer));
}

static void a_renewed_session_reads_what_it_wrote_on_the_old_connection(void)
{
    peer_t *old = peer_connect();
    peer_t *peer;
    zk_connect_response_t response;
    int32_t xid;

    world_auto_sync(false);
    peer_post_create(old, "/mine", "", 0);
    peer = renewed(peer_session(old), 10000);
    xid = peer_post_get(peer, "/mine", false);
    CU_ASSERT_FALSE(peer_has_frame(peer));
    world_sync();
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_OK);
}

static void a_renewal_that_waits_is_welcomed_before_its_own_next_write_is_answered(void)
{
    peer_t *old = peer_connect();
    peer_t *peer;
    zk_connect_response_t response;
    int32_t xid;

    world_auto_sync(false);
    peer_post_create(old, "/mine", "", 0);
    peer = renewed(peer_session(old), 10000);
    xid = peer_post_set(peer, "/mine", "1", -1);
    world_sync(); /* both in one go */
    CU_ASSERT_TRUE(peer_next_response(peer, &response));
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_OK);
}

/* ---- ending ---- */

static void closing_answers_closes_and_takes_the_ephemerals(void)
{
    peer_t *peer = peer_connect();
    peer_t *other = peer_connect();
    zk_txn_decoded_t txn;
    zk_stat_t stat;
    int32_t xid;

    peer_create(peer, "/p", "", 0);
    peer_create(peer, "/p/e", "", ZK_CREATE_EPHEMERAL);
    peer_create(peer, "/p/f", "", ZK_CREATE_EPHEMERAL);
    xid = peer_post_close(peer);
    CU_ASSERT_EQUAL(peer_answer(peer, xid).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_EQUAL(peer_exists(other, "/p", false, &stat), ZK_CODE_OK);
    CU_ASSERT_EQUAL(stat.num_children, 0);
    txn = world_record(world_logged());
    CU_ASSERT_EQUAL(txn.header.type, ZK_OP_CLOSE_SESSION);
    CU_ASSERT_EQUAL(txn.header.cxid, xid);
    CU_ASSERT_EQUAL(txn.body.close_session.paths2_delete.count, 2);
    CU_ASSERT_EQUAL(stat.pzxid, world_logged());
    CU_ASSERT_TRUE(is_refused(renewed(peer_session(peer), 10000)));
}

static void ephemerals_in_flight_go_with_the_session(void) /* ZOOKEEPER-2355, 4541 */
{
    peer_t *peer = peer_connect();
    peer_t *other = peer_connect();
    int32_t del;

    peer_create(peer, "/gone", "", ZK_CREATE_EPHEMERAL);
    peer_create(peer, "/moved", "", ZK_CREATE_EPHEMERAL);
    world_auto_sync(false);
    peer_post_create(peer, "/new", "", ZK_CREATE_EPHEMERAL);
    peer_post_create(peer, "/stays", "", 0);
    del = peer_post_delete(other, "/gone", -1);
    peer_post_delete(other, "/moved", -1);
    peer_post_create(other, "/moved", "", 0);
    peer_post_close(peer);
    world_sync();
    world_auto_sync(true);
    peer_answer(other, del);
    peer_answer(other, del + 1);
    peer_answer(other, del + 2);
    CU_ASSERT_EQUAL(world_record(world_logged()).body.close_session.paths2_delete.count, 1);
    CU_ASSERT_EQUAL(peer_exists(other, "/new", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_exists(other, "/gone", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_exists(other, "/stays", false, NULL), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_exists(other, "/moved", false, NULL), ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
}

static void requests_behind_the_close_are_dropped(void)
{
    peer_t *peer = peer_connect();
    int64_t logged;
    int32_t xid;

    world_auto_sync(false);
    xid = peer_post_close(peer);
    logged = world_logged();
    peer_post_create(peer, "/never", "", ZK_CREATE_EPHEMERAL);
    peer_post_get(peer, "/", false);
    CU_ASSERT_EQUAL(world_logged(), logged);
    world_sync();
    CU_ASSERT_EQUAL(peer_next(peer).xid, xid);
    CU_ASSERT_FALSE(peer_has_frame(peer));
}

static void a_silent_session_expires_without_a_word(void)
{
    peer_t *peer = peer_connect();
    peer_t *other;

    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    world_pass(9500);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    world_pass(4000);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    CU_ASSERT_FALSE(peer_has_frame(peer));
    other = peer_connect();
    CU_ASSERT_EQUAL(peer_exists(other, "/e", false, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->sessions_expired, 1);
    CU_ASSERT_TRUE(is_refused(renewed(peer_session(peer), 10000)));
}

static void any_request_keeps_a_session_alive(void)
{
    peer_t *peer = peer_connect();
    int i;

    for (i = 0; i < 10; i++) {
        world_pass(5000);
        CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
    }
}

static void a_session_without_connection_expires_too(void)
{
    peer_t *peer = peer_connect();

    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    peer_hang_up(peer);
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(world_replica())), 1);
    world_pass(14000);
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(world_replica())), 0);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(world_replica())), 0);
}

static void a_server_that_did_not_run_expires_nobody_at_once(void)
{
    peer_t *peer = peer_connect();
    peer_t *silent = peer_connect();

    world_sleep(60000);
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK); /* what lay in its socket comes first */
    world_pass(500);
    CU_ASSERT_FALSE(peer_is_closed(silent));
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
    world_pass(9000);
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
    world_pass(4000);
    CU_ASSERT_FALSE(peer_is_closed(peer));
    CU_ASSERT_TRUE(peer_is_closed(silent));
}

static void an_expiring_session_cannot_be_renewed(void)
{
    peer_t *peer = peer_connect();

    peer_hang_up(peer);
    world_auto_sync(false);
    world_pass(14000); /* its close is proposed, not applied */
    CU_ASSERT_TRUE(is_refused(renewed(peer_session(peer), 10000)));
}

static void other_watchers_hear_of_an_expired_sessions_ephemerals(void)
{
    peer_t *peer = peer_connect();
    peer_t *other = peer_open();
    zk_connect_response_t response;

    peer_send_connect(other, 0, NULL, 40000, 0);
    peer_next_response(other, &response);
    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    peer_exists(other, "/e", true, NULL);
    world_pass(14000);
    CU_ASSERT_TRUE(peer_next_is_event(other, ZK_EVENT_TYPE_DELETED, "/e"));
}

static const zk_test_t tests[] = {
    {"timeouts are kept between the limits", timeouts_are_kept_between_the_limits},
    {"a session is a txn", a_session_is_a_txn},
    {"the welcome waits for the disk", the_welcome_waits_for_the_disk},
    {"requests may follow the ConnectRequest at once",
     requests_may_follow_the_connect_request_at_once},
    {"ids follow each other", ids_follow_each_other},
    {"who has seen more than we have is sent away", who_has_seen_more_than_we_have_is_sent_away},
    {"garbage instead of a ConnectRequest closes", garbage_instead_of_a_connect_request_closes},
    {"a frame without a whole header closes", a_frame_without_a_whole_header_closes},
    {"a second ConnectRequest is an unknown opcode", a_second_connect_request_is_an_unknown_opcode},
    {"an old client gets no read-only byte", an_old_client_gets_no_read_only_byte},
    {"a renewed session keeps its ephemerals and closes the old connection",
     a_renewed_session_keeps_its_ephemerals_and_closes_the_old_connection},
    {"a wrong password is refused and leaves the living connection alone",
     a_wrong_password_is_refused_and_leaves_the_living_connection_alone},
    {"an unknown session is refused", an_unknown_session_is_refused},
    {"a renewed connection starts without watches and identities",
     a_renewed_connection_starts_without_watches_and_identities},
    {"a renewed session reads what it wrote on the old connection",
     a_renewed_session_reads_what_it_wrote_on_the_old_connection},
    {"a renewal that waits is welcomed before its own next write is answered",
     a_renewal_that_waits_is_welcomed_before_its_own_next_write_is_answered},
    {"closing answers, closes and takes the ephemerals",
     closing_answers_closes_and_takes_the_ephemerals},
    {"ZOOKEEPER-2355, 4541: ephemerals in flight go with the session",
     ephemerals_in_flight_go_with_the_session},
    {"requests behind the close are dropped", requests_behind_the_close_are_dropped},
    {"a silent session expires without a word", a_silent_session_expires_without_a_word},
    {"any request keeps a session alive", any_request_keeps_a_session_alive},
    {"a session without connection expires too", a_session_without_connection_expires_too},
    {"a server that did not run expires nobody at once",
     a_server_that_did_not_run_expires_nobody_at_once},
    {"an expiring session cannot be renewed", an_expiring_session_cannot_be_renewed},
    {"other watchers hear of an expired session's ephemerals",
     other_watchers_hear_of_an_expired_sessions_ephemerals},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_session_ops, "pipeline/session_ops", tests, world_setup, world_teardown);
