/* test_election.c -- one connection per pair of servers, and a queue of one. */
#include <string.h>

#include <apr_time.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/plat.h"
#include "lib/texts.h"
#include "peer_fixture.h"

static void the_smaller_id_is_dialled_back_and_both_are_heard(void)
{
    peer_start(1, 3);
    peer_start(2, 3);
    peer_say(1, 2, "from one");
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
    peer_say(2, 1, "from two");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[2].heard, "1:from one;");
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "2:from two;");
}

static void the_larger_id_keeps_what_it_dialled(void)
{
    peer_start(1, 3);
    peer_start(3, 3);
    peer_say(3, 1, "a");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    peer_say(1, 3, "b");
    CU_ASSERT_TRUE(peer_pump_until(&servers[3].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[3].heard, "1:b;");
}

/* Connections that were accepted, by their lines in what was logged. */
static int callers(void)
{
    const char *at;
    int count = 0;

    for (at = zk_test_logged(); (at = strstr(at, "Received connection request")) != NULL; at++)
        count++;
    return count;
}

/* Its second call would end the link that its first has brought about, and so on. */
static void the_smaller_id_waits_to_be_dialled_after_its_first_call(void)
{
    int i;

    zk_test_begin_log(ZK_LOG_INFO);
    peer_start(1, 3);
    peer_start(2, 3);
    peer_say(1, 2, "first");
    for (i = 0; i < 200 && servers[2].notifications == 0; i++) {
        peer_say(1, 2, "and more");
        peer_pump();
    }
    for (i = 0; i < 200; i++)
        peer_pump();
    CU_ASSERT_EQUAL(callers(), 2); /* one call of the smaller, one of the larger */
    CU_ASSERT_PTR_NOT_NULL(strstr(servers[2].heard, "1:and more;"));
}

static void what_waits_is_replaced_by_what_comes_later(void)
{
    peer_start(1, 3);
    peer_start(2, 3);
    peer_say(2, 1, "old");
    peer_say(2, 1, "older");
    peer_say(2, 1, "newest");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "2:newest;");
}

static void the_last_message_is_sent_again_when_a_link_comes_up(void)
{
    peer_start(1, 3);
    peer_start(2, 3);
    peer_say(2, 1, "vote");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    peer_stop(1);
    peer_pump();
    peer_start(1, 3);
    peer_say(1, 2, "hello again");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "2:vote;");
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
}

static void a_server_that_is_down_is_reached_by_a_later_message(void)
{
    int i;

    peer_start(3, 3);
    peer_say(3, 2, "lost");
    for (i = 0; i < 50; i++)
        peer_pump();
    peer_start(2, 3);
    peer_say(3, 2, "found");
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[2].heard, "3:found;");
}

/* An initial message of SID that names an address nobody listens at, unless TEXT says other. */
static void greet(apr_socket_t *socket, int64_t sid, const char *text)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    apr_size_t size;

    zk_write_long(&bytes, -65536);
    zk_write_long(&bytes, sid);
    zk_write_str(&bytes, zk_str(text));
    size = zk_buffer_size(&bytes);
    apr_socket_send(socket, (const char *)zk_buffer_bytes(&bytes), &size);
    zk_buffer_free(&bytes);
}

static void a_server_whose_process_has_ended_is_known_to_be_gone(void)
{
    peer_start(1, 3);
    peer_start(2, 3);
    peer_say(1, 2, "hello");
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
    peer_stop(2);
    peer_say(1, 2, "are you there"); /* the link is not yet known to be broken */
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].refused, 1));
    CU_ASSERT_EQUAL(servers[1].refused_sid, 2);
}

static void a_stranger_with_a_larger_id_is_heard_and_answered(void)
{
    apr_socket_t *socket;
    char answer[9];
    apr_size_t size = 7;

    peer_start(2, 3);
    socket = peer_plain(ELECTION_PORT(2));
    greet(socket, 77, "127.0.0.1:22099");
    apr_socket_send(socket, "\0\0\0\3abc", &size);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[2].heard, "77:abc;");
    peer_say(2, 77, "hello");
    CU_ASSERT_EQUAL(peer_plain_read(socket, answer, 9), 9);
    CU_ASSERT_EQUAL(memcmp(answer, "\0\0\0\5hello", 9), 0);
    apr_socket_close(socket);
}

static void a_stranger_with_a_smaller_id_is_dialled_where_it_says_it_is(void)
{
    apr_socket_t *socket;
    char byte;

    peer_start(1, 3); /* plays the stranger's door */
    peer_start(2, 3);
    socket = peer_plain(ELECTION_PORT(2));
    greet(socket, 0, "127.0.0.1:22011");
    peer_say(2, 0, "there you are");
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "2:there you are;");
    CU_ASSERT_EQUAL(peer_plain_read(socket, &byte, 1), 0); /* the loser is closed */
    apr_socket_close(socket);
}

static void strangers_that_have_gone_leave_room_for_others(void)
{
    int sid;

    peer_start(2, 3);
    for (sid = 100; sid < 500; sid++) {
        apr_socket_t *socket = peer_plain(ELECTION_PORT(2));
        int before = servers[2].notifications;
        apr_size_t size = 5;

        greet(socket, sid, "127.0.0.1:22099");
        apr_socket_send(socket, "\0\0\0\1x", &size);
        CU_ASSERT_TRUE_FATAL(peer_pump_until(&servers[2].notifications, before + 1));
        apr_socket_close(socket);
    }
}

static void our_own_id_and_nonsense_are_turned_away(void)
{
    static const char nonsense[] = "GET / HTTP/1.1\r\n\r\n and more";
    apr_socket_t *socket;
    apr_size_t size = 20;
    char byte;

    zk_log_setup(stdout, ZK_LOG_ERROR + 1, -1);
    peer_start(2, 3);
    socket = peer_plain(ELECTION_PORT(2));
    greet(socket, 2, "127.0.0.1:22099");
    CU_ASSERT_EQUAL(peer_plain_read(socket, &byte, 1), 0);
    apr_socket_close(socket);
    socket = peer_plain(ELECTION_PORT(2));
    greet(socket, 3, "127.0.0.1:22099");
    apr_socket_send(socket, "\x00\x08\x00\x01 too long a frame", &size);
    CU_ASSERT_EQUAL(peer_plain_read(socket, &byte, 1), 0);
    apr_socket_close(socket);
    socket = peer_plain(ELECTION_PORT(2));
    size = sizeof(nonsense) - 1;
    apr_socket_send(socket, nonsense, &size);
    peer_plain_read(socket, &byte, 1);
    CU_ASSERT_EQUAL(servers[2].notifications, 0);
    apr_socket_close(socket);
}

static void a_caller_that_says_nothing_is_not_waited_for(void)
{
    int64_t begin_ms = plat_monotonic_ms();
    apr_socket_t *socket;
    char byte;

    peer_start(2, 3);
    socket = peer_plain(ELECTION_PORT(2));
    CU_ASSERT_EQUAL(peer_plain_read(socket, &byte, 1), 0);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin_ms >= 290);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin_ms < 3000);
    apr_socket_close(socket);
}

static void a_message_in_many_pieces_is_understood(void)
{
    static const char bytes[] = "\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03"
                                "\x00\x00\x00\x0f"
                                "127.0.0.1:22099"
                                "\x00\x00\x00\x02ok";
    apr_socket_t *socket;
    size_t i;

    peer_start(2, 3);
    socket = peer_plain(ELECTION_PORT(2));
    for (i = 0; i < sizeof(bytes) - 1; i++) {
        apr_size_t one = 1;

        apr_socket_send(socket, bytes + i, &one);
        peer_pump();
    }
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].notifications, 1));
    CU_ASSERT_STRING_EQUAL(servers[2].heard, "3:ok;");
    apr_socket_close(socket);
}

static void a_port_that_is_taken_is_tried_again(void)
{
    int64_t end_ms = plat_monotonic_ms() + 10000;

    zk_log_setup(stdout, ZK_LOG_ERROR + 1, -1);
    peer_start(1, 3);
    servers[2] = servers[1];
    peer_start(1, 3); /* the same ports again */
    CU_ASSERT_FALSE(zk_peers_is_deaf(servers[1].peers));
    peer_stop(2);
    peer_start(2, 3);
    while (servers[1].notifications == 0 && plat_monotonic_ms() < end_ms) {
        peer_say(2, 1, "x");
        peer_pump();
        apr_sleep(1000);
    }
    CU_ASSERT_TRUE(servers[1].notifications > 0);
}

static const zk_test_t tests[] = {
    {"the smaller id is dialled back, and both are heard",
     the_smaller_id_is_dialled_back_and_both_are_heard},
    {"the larger id keeps what it dialled", the_larger_id_keeps_what_it_dialled},
    {"the smaller id waits to be dialled after its first call",
     the_smaller_id_waits_to_be_dialled_after_its_first_call},
    {"what waits is replaced by what comes later", what_waits_is_replaced_by_what_comes_later},
    {"the last message is sent again when a link comes up",
     the_last_message_is_sent_again_when_a_link_comes_up},
    {"a server that is down is reached by a later message",
     a_server_that_is_down_is_reached_by_a_later_message},
    {"a server whose process has ended is known to be gone",
     a_server_whose_process_has_ended_is_known_to_be_gone},
    {"a stranger with a larger id is heard and answered",
     a_stranger_with_a_larger_id_is_heard_and_answered},
    {"a stranger with a smaller id is dialled where it says it is",
     a_stranger_with_a_smaller_id_is_dialled_where_it_says_it_is},
    {"strangers that have gone leave room for others",
     strangers_that_have_gone_leave_room_for_others},
    {"our own id and nonsense are turned away", our_own_id_and_nonsense_are_turned_away},
    {"a caller that says nothing is not waited for", a_caller_that_says_nothing_is_not_waited_for},
    {"a message in many pieces is understood", a_message_in_many_pieces_is_understood},
    {"a port that is taken is tried again", a_port_that_is_taken_is_tried_again},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_election, "peer/election_link", tests, peer_setup, peer_teardown);
