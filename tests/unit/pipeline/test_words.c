/* test_words.c -- the sentences that operators' tools look for, and that no client can flood the
 * log with them. */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "lib/texts.h"
#include "session/session.h"

static void setup(void)
{
    world_setup();
    zk_test_begin_log(ZK_LOG_DEBUG);
}

static bool says(const char *sentence)
{
    bool found = strstr(zk_test_logged(), sentence) != NULL;

    if (!found)
        printf("not logged: %s\n", sentence);
    return found;
}

static void renew(int64_t session_id, bool right)
{
    uint8_t password[16];

    zk_session_password(session_id, password);
    password[0] = (uint8_t)(password[0] + (right ? 0 : 1));
    peer_send_connect(peer_open(), session_id, password, 10000, 0);
}

static void handshakes_are_told(void)
{
    peer_t *peer = peer_connect();
    char expected[200];

    snprintf(
        expected, sizeof(expected),
        "Established session 0x%llx with negotiated timeout 10000 for client /127.0.0.1:4711\n",
        (unsigned long long)peer_session(peer));
    CU_ASSERT_TRUE(says(expected));
    renew(0x1234, true);
    CU_ASSERT_TRUE(says("INFO  ") &&
                   says("Invalid session 0x1234 for client /127.0.0.1:4711, probably expired\n"));
    renew(0x1234, false);
    CU_ASSERT_TRUE(says("WARN  ") &&
                   says("Incorrect password from /127.0.0.1:4711 for session 0x1234\n"));
    peer_send_connect(peer_open(), 0x55, NULL, 10000, 0xabc);
    CU_ASSERT_TRUE(says("Refusing session(0x55) request for client /127.0.0.1:4711 as it has seen "
                        "zxid 0xabc our last zxid is 0x1 client must try another server\n"));
}

static void expiry_is_told(void)
{
    peer_t *peer = peer_connect();
    char expected[100];

    snprintf(expected, sizeof(expected), "Expiring session 0x%llx, timeout of 10000ms exceeded\n",
             (unsigned long long)peer_session(peer));
    world_pass(20000);
    CU_ASSERT_TRUE(says(expected));
}

static void authentication_is_told_without_the_credential(void)
{
    peer_t *peer = peer_connect();
    char expected[200];

    peer_auth(peer, "digest", "bob:hidden");
    CU_ASSERT_TRUE(says("got auth packet /127.0.0.1:4711\n"));
    snprintf(expected, sizeof(expected),
             "Session 0x%llx: auth success for scheme digest and address /127.0.0.1:4711\n",
             (unsigned long long)peer_session(peer));
    CU_ASSERT_TRUE(says(expected));
    peer_auth(peer, "gssapi", "hidden");
    CU_ASSERT_TRUE(says("No authentication provider for scheme: gssapi has ip digest \n"));
    CU_ASSERT_PTR_NULL(strstr(zk_test_logged(), "hidden"));
}

static void a_scheme_that_fails_is_told(void)
{
    zk_auth_packet_t packet = {0, zk_str("digest"), ZK_STR_NULL};

    peer_send(peer_connect(), ZK_OP_AUTH, &zk_record_auth_packet, &packet);
    CU_ASSERT_TRUE(says("WARN  ") && says("Authentication failed for scheme: digest\n"));
}

static void who_must_authenticate_first_is_told(void)
{
    world_options()->auth.enforce_enabled = true;
    world_options()->auth.enforce_schemes = "digest";
    world_restart();
    world_auto_sync(true);
    peer_ping(peer_connect());
    CU_ASSERT_TRUE(says("ERROR ") &&
                   says("Client authentication scheme(s) [ip] does not match with any of the "
                        "expected authentication scheme [digest], closing session.\n"));
    world_options()->auth.enforce_enabled = false;
}

/* As upstream: of everyday answers such as NoNode there is no line. */
static void refused_writes_are_told(void)
{
    peer_t *peer = peer_connect();

    peer_create(peer, "/a/b", "", 0);
    CU_ASSERT_PTR_NULL(strstr(zk_test_logged(), "user-level"));
    peer_create(peer, "/..", "", 0);
    CU_ASSERT_TRUE(says("Got user-level KeeperException when processing sessionid:0x"));
    CU_ASSERT_TRUE(says("type:create cxid:0x2 zxid:0x3 txntype:-1 reqpath:/.. Error Path:/.. "
                        "Error:KeeperErrorCode = BadArguments for /..\n"));
}

static void repetitions_are_counted_not_written(void)
{
    const char *first;
    int i;

    for (i = 0; i < 5; i++)
        renew(0x1234, true);
    first = strstr(zk_test_logged(), "probably expired\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NULL(strstr(first + 1, "probably expired"));
    world_pass(2000);
    renew(0x1234, true);
    CU_ASSERT_TRUE(says("probably expired (4 such lines left out)\n"));
}

static const zk_test_t tests[] = {
    {"handshakes are told", handshakes_are_told},
    {"expiry is told", expiry_is_told},
    {"authentication is told without the credential",
     authentication_is_told_without_the_credential},
    {"a scheme that fails is told", a_scheme_that_fails_is_told},
    {"who must authenticate first is told", who_must_authenticate_first_is_told},
    {"refused writes are told", refused_writes_are_told},
    {"repetitions are counted, not written", repetitions_are_counted_not_written},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_words, "pipeline/words", tests, setup, world_teardown);
