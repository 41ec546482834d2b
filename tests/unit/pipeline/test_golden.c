/* test_golden.c -- frames captured from a running 3.9.5 server, answered byte for byte.
 *
 * The session ids and the times of the capture come from its clock, so the clock here is set to
 * what it showed. */
#include "world.h"

#include <string.h>

#define CAPTURE_CREATE_A INT64_C(0x1a202d050fb)
#define CAPTURE_CREATE_S INT64_C(0x1a202d05114)
#define CAPTURE_MULTI INT64_C(0x1a202d05142)

static void golden_setup(void)
{
    world_setup();
    world_set_wall(0x1c82df); /* becomes the first session id */
    world_restart();
}

static peer_t *captured_session(void)
{
    peer_t *peer = peer_open();

    peer_send_hex(peer, "0000002d 00000000 0000000000000000 00007530 0000000000000000 00000010"
                        " 00000000000000000000000000000000 00");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000025 00000000 00007530 0100001c82df0000 00000010"
                                      " d369bb3764d2f870693828fb4da33cb7 00"));
    return peer;
}

static void a_new_session_is_welcomed_byte_for_byte(void)
{
    captured_session();
}

static void a_renewal_with_a_wrong_password_is_refused_byte_for_byte(void)
{
    peer_t *peer;

    captured_session();
    peer = peer_open();
    peer_send_hex(peer, "0000002d 00000000 0000000000000000 00007530 0100001c82df0000 00000010"
                        " 00000000000000000000000000000000 00");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000025 00000000 00000000 0000000000000000 00000010"
                                      " 00000000000000000000000000000000 00"));
    CU_ASSERT_TRUE(peer_is_closed(peer));
}

static void create_a(peer_t *peer)
{
    world_set_wall(CAPTURE_CREATE_A);
    peer_send_hex(peer, "00000033 00000001 00000001 00000002 2f61 00000002 6869 00000001 0000001f"
                        " 00000005 776f726c64 00000006 616e796f6e65 00000000");
}

static void create_s(peer_t *peer)
{
    world_set_wall(CAPTURE_CREATE_S);
    peer_send_hex(peer, "00000034 00000002 0000000f 00000005 2f612f732d 00000000 00000001 0000001f"
                        " 00000005 776f726c64 00000006 616e796f6e65 00000003");
}

static void creates_reads_errors_and_pings_answer_byte_for_byte(void)
{
    peer_t *peer = captured_session();

    create_a(peer);
    CU_ASSERT_TRUE(peer_next_is(peer, "00000016 00000001 0000000000000002 00000000 00000002 2f61"));
    create_s(peer);
    CU_ASSERT_TRUE(peer_next_is(
        peer, "00000067 00000002 0000000000000003 00000000 0000000f 2f612f732d30303030303030303030"
              " 0000000000000003 0000000000000003 000001a202d05114 000001a202d05114 00000000"
              " 00000000 00000000 0100001c82df0000 00000000 00000000 0000000000000003"));
    peer_send_hex(peer, "0000000f 00000003 00000004 00000002 2f61 01");
    CU_ASSERT_TRUE(peer_next_is(
        peer, "0000005a 00000003 0000000000000003 00000000 00000002 6869"
              " 0000000000000002 0000000000000002 000001a202d050fb 000001a202d050fb 00000000"
              " 00000001 00000000 0000000000000000 00000002 00000001 0000000000000003"));
    peer_send_hex(peer, "00000033 00000004 00000001 00000002 2f61 00000002 6869 00000001 0000001f"
                        " 00000005 776f726c64 00000006 616e796f6e65 00000000");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000010 00000004 0000000000000004 ffffff92"));
    peer_send_hex(peer, "00000008 fffffffe 0000000b");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000010 fffffffe 0000000000000004 00000000"));
}

/* Bring the server to where frames 7 to 10 of the capture begin: /a at version 1, zxid 6. */
static peer_t *at_zxid_6(void)
{
    peer_t *peer = captured_session();

    create_a(peer);
    create_s(peer);
    peer_next(peer);
    peer_next(peer);
    while (world_logged() < 5)
        CU_ASSERT_EQUAL(peer_create(peer, "/a", "", 0), ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(peer_get(peer, "/a", true, NULL, NULL), ZK_CODE_OK);
    world_set_wall(CAPTURE_MULTI);
    peer_post_set(peer, "/a", "x", -1);
    CU_ASSERT_TRUE(peer_next_is(peer,
                                "0000001e ffffffff 0000000000000006 00000000 00000003 00000003"
                                " 00000002 2f61"));
    peer_next(peer);
    return peer;
}

static void multis_that_succeed_and_fail_answer_byte_for_byte(void)
{
    peer_t *peer = at_zxid_6();

    peer_send_hex(peer,
                  "0000003c 00000005 0000000e 0000000d 00 ffffffff 00000002 2f61 00000001"
                  " 00000005 00 ffffffff 00000002 2f61 00000001 78 ffffffff ffffffff 01 ffffffff");
    CU_ASSERT_TRUE(peer_next_is(
        peer, "0000006f 00000005 0000000000000007 00000000 0000000d 00 00000000"
              " 00000005 00 00000000 0000000000000002 0000000000000007 000001a202d050fb"
              " 000001a202d05142 00000002 00000001 00000000 0000000000000000 00000001 00000001"
              " 0000000000000003 ffffffff 01 ffffffff"));
    peer_send_hex(peer, "00000069 00000006 0000000e 00000001 00 ffffffff 00000002 2f62 00000000"
                        " 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000"
                        " 0000000d 00 ffffffff 00000002 2f61 00000009"
                        " 00000002 00 ffffffff 00000002 2f61 ffffffff ffffffff 01 ffffffff");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000040 00000006 0000000000000008 00000000"
                                      " ffffffff 00 00000000 00000000 ffffffff 00 ffffff99 ffffff99"
                                      " ffffffff 00 fffffffe fffffffe ffffffff 01 ffffffff"));
}

static void watches_auth_and_identities_answer_byte_for_byte(void)
{
    peer_t *peer = at_zxid_6();
    frame_t frame;

    peer_send_hex(peer, "00000012 00000007 0000006a 00000002 2f61 00000001");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000014 00000007 0000000000000006 00000000 00000000"));
    peer_send_hex(
        peer, "00000020 fffffffc 00000064 00000000 00000006 646967657374 00000006 626f623a7077");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000010 fffffffc 0000000000000000 00000000"));
    peer_send_hex(peer, "00000008 00000008 0000006b");
    frame = peer_next(peer);
    CU_ASSERT_EQUAL(frame.size, 0x38); /* the two identities come in no promised order */
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 2);
}

static void a_missed_change_is_replayed_byte_for_byte(void)
{
    peer_t *peer = at_zxid_6();

    peer_send_hex(peer, "00000022 fffffff8 00000065 0000000000000000 00000001 00000002 2f61"
                        " 00000000 00000000");
    CU_ASSERT_TRUE(peer_next_is(peer, "0000001e ffffffff ffffffffffffffff 00000000 00000003"
                                      " 00000003 00000002 2f61"));
    CU_ASSERT_TRUE(peer_next_is(peer, "00000010 fffffff8 0000000000000006 00000000"));
}

static void closing_tells_of_the_sessions_own_ephemerals_first(void)
{
    peer_t *peer = captured_session();

    create_a(peer);
    create_s(peer);
    peer_next(peer);
    peer_next(peer);
    CU_ASSERT_EQUAL(peer_add_watch(peer, "/a", ZK_ADD_WATCH_RECURSIVE), ZK_CODE_OK);
    peer_send_hex(peer, "00000008 00000004 fffffff5");
    CU_ASSERT_TRUE(peer_next_is(peer, "0000002b ffffffff 0000000000000004 00000000 00000002"
                                      " 00000003 0000000f 2f612f732d30303030303030303030"));
    CU_ASSERT_TRUE(peer_next_is(peer, "00000010 00000004 0000000000000004 00000000"));
    CU_ASSERT_TRUE(peer_is_closed(peer));
}

static void a_sasl_token_without_sasl_gets_a_null_token(void)
{
    peer_t *peer = captured_session();

    peer_send_hex(peer, "0000000c 00000001 00000066 00000000");
    CU_ASSERT_TRUE(peer_next_is(peer, "00000014 00000001 0000000000000000 00000000 ffffffff"));
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static const zk_test_t tests[] = {
    {"a new session is welcomed byte for byte", a_new_session_is_welcomed_byte_for_byte},
    {"a renewal with a wrong password is refused byte for byte",
     a_renewal_with_a_wrong_password_is_refused_byte_for_byte},
    {"creates, reads, errors and pings answer byte for byte",
     creates_reads_errors_and_pings_answer_byte_for_byte},
    {"multis that succeed and fail answer byte for byte",
     multis_that_succeed_and_fail_answer_byte_for_byte},
    {"watches, auth and identities answer byte for byte",
     watches_auth_and_identities_answer_byte_for_byte},
    {"a missed change is replayed byte for byte", a_missed_change_is_replayed_byte_for_byte},
    {"closing tells of the session's own ephemerals first",
     closing_tells_of_the_sessions_own_ephemerals_first},
    {"a SASL token without SASL gets a null token", a_sasl_token_without_sasl_gets_a_null_token},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_golden, "pipeline/golden", tests, golden_setup, world_teardown);
