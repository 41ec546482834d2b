/* test_learner.c -- the links of the quorum port. */
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/plat.h"
#include "peer_fixture.h"

static void send_packet(int from, int32_t type, size_t data_bytes)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;

    zk_write_int(&bytes, type);
    zk_write_long(&bytes, 7);
    zk_write_int(&bytes, (int32_t)data_bytes);
    memset(zk_buffer_extend(&bytes, data_bytes), 'x', data_bytes);
    zk_write_int(&bytes, -1);
    zk_peers_send(servers[from].peers, servers[from].link, zk_buffer_bytes(&bytes),
                  zk_buffer_size(&bytes));
    zk_buffer_free(&bytes);
}

/* 2 leads, 1 has connected. */
static void connect_both(void)
{
    peer_start(1, 3);
    peer_start(2, 3);
    zk_peers_listen(servers[2].peers);
    zk_peers_connect(servers[1].peers, 2);
    CU_ASSERT_TRUE_FATAL(peer_pump_until(&servers[1].connected, 1));
    CU_ASSERT_TRUE_FATAL(peer_pump_until(&servers[2].opened, 1));
}

static void packets_arrive_whole_and_in_order(void)
{
    connect_both();
    send_packet(1, 11, 20);
    send_packet(1, 18, 4);
    send_packet(2, 17, 4);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].packets, 2));
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].packets, 1));
    CU_ASSERT_STRING_EQUAL(servers[2].heard, "P11:40;P18:24;");
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "P17:24;");
}

static void large_packets_pass_and_their_sender_hears_when_they_are_out(void)
{
    int i;

    connect_both();
    for (i = 0; i < 20; i++)
        send_packet(2, 2, 1000000);
    CU_ASSERT_TRUE(zk_peers_output_bytes(servers[2].peers, servers[2].link) > 19000000);
    zk_peers_await_drained(servers[2].peers, servers[2].link);
    peer_pump();
    CU_ASSERT_EQUAL(servers[2].drained, 0);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].packets, 20));
    CU_ASSERT_EQUAL(servers[2].drained, 1);
    CU_ASSERT_EQUAL(zk_peers_output_bytes(servers[2].peers, servers[2].link), 0);
    CU_ASSERT_TRUE(zk_peers_is_idle(servers[2].peers));
}

static void a_leader_that_does_not_listen_is_given_up_after_five_tries(void)
{
    int64_t begin_ms = plat_monotonic_ms();

    peer_start(1, 3);
    peer_start(2, 3);
    zk_peers_connect(servers[1].peers, 2);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].connect_failed, 1));
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin_ms >= 75);
    CU_ASSERT_EQUAL(servers[1].connected, 0);
}

static void a_leader_that_begins_to_listen_between_two_tries_is_reached(void)
{
    int i;

    peer_start(1, 3);
    peer_start(2, 3);
    zk_peers_connect(servers[1].peers, 2);
    for (i = 0; i < 10; i++)
        peer_pump();
    zk_peers_listen(servers[2].peers);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].connected, 1));
    CU_ASSERT_EQUAL(servers[1].connect_failed, 0);
}

static void nobody_enters_when_we_listen_no_more_but_links_stay(void)
{
    connect_both();
    zk_peers_unlisten(servers[2].peers);
    peer_start(3, 3);
    zk_peers_connect(servers[3].peers, 2);
    CU_ASSERT_TRUE(peer_pump_until(&servers[3].connect_failed, 1));
    send_packet(1, 3, 0);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].packets, 1));
    CU_ASSERT_EQUAL(servers[2].gone, 0);
}

static void what_was_sent_before_the_close_arrives(void)
{
    connect_both();
    send_packet(2, 12, 500000);
    zk_peers_close(servers[2].peers, servers[2].link);
    send_packet(2, 13, 0);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].gone, 1));
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "P12:500020;");
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].gone, 1));
    peer_pump();
    CU_ASSERT_EQUAL(servers[2].gone, 1);
    CU_ASSERT_EQUAL(servers[1].gone, 1);
}

static void a_peer_that_reads_nothing_does_not_keep_a_closed_link(void)
{
    int64_t begin_ms = plat_monotonic_ms();
    apr_socket_t *socket;
    int i;

    peer_start(2, 3);
    zk_peers_listen(servers[2].peers);
    socket = peer_plain(QUORUM_PORT(2));
    CU_ASSERT_TRUE_FATAL(peer_pump_until(&servers[2].opened, 1));
    for (i = 0; i < 30; i++)
        send_packet(2, 2, 1000000);
    peer_pump();
    zk_peers_close(servers[2].peers, servers[2].link);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].gone, 1));
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin_ms < 4000);
    apr_socket_close(socket);
}

static void too_much_output_ends_the_link(void)
{
    int i;

    connect_both();
    for (i = 0; i < 80 && zk_peers_is_open(servers[2].peers, servers[2].link); i++)
        send_packet(2, 2, 1000000);
    CU_ASSERT_TRUE(i < 80);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].gone, 1));
}

static void a_length_that_is_not_believed_ends_the_link(void)
{
    static const uint8_t bad[] = {0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff};

    connect_both();
    zk_peers_send(servers[1].peers, servers[1].link, bad, sizeof(bad));
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].gone, 1));
    CU_ASSERT_EQUAL(servers[2].packets, 0);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].gone, 1));
}

/* A SNAP, its stream with ZNODES znodes, and NEWLEADER behind it. */
static int64_t send_snapshot(int from, int znodes)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    static const char data[900];
    char path[32];
    int64_t body;
    int i;

    send_packet(from, 15, 0);
    zk_write_int(&bytes, 0);
    zk_write_int(&bytes, 0);
    for (i = 0; i < znodes; i++) {
        snprintf(path, sizeof(path), "/n%d", i);
        zk_write_str(&bytes, zk_str(i == 0 ? "" : path));
        zk_write_str(&bytes, zk_str_n(data, sizeof(data)));
        zk_write_long(&bytes, -1);
        memset(zk_buffer_extend(&bytes, 60), 0, 60);
    }
    zk_write_str(&bytes, zk_str("/"));
    body = (int64_t)zk_buffer_size(&bytes);
    zk_write_str(&bytes, zk_str("BenWasHere"));
    zk_peers_send(servers[from].peers, servers[from].link, zk_buffer_bytes(&bytes),
                  zk_buffer_size(&bytes));
    zk_buffer_free(&bytes);
    send_packet(from, 10, 3);
    return body;
}

static void a_snapshot_is_handed_out_apart_from_packets(void)
{
    int64_t body;

    connect_both();
    body = send_snapshot(2, 2000);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].packets, 2));
    CU_ASSERT_STRING_EQUAL(servers[1].heard, "P15:20;P10:23;");
    CU_ASSERT_EQUAL(servers[1].stream_bytes, body);
    CU_ASSERT_EQUAL(servers[1].streams_done, 1);
}

static void a_paused_link_waits_and_goes_on_where_it_was(void)
{
    int64_t end_ms = plat_monotonic_ms() + 10000;
    int64_t before = -1;
    int64_t body;
    int i;

    connect_both();
    servers[1].pause_streams = true;
    body = send_snapshot(2, 3000);
    while (servers[1].streams_done == 0 && plat_monotonic_ms() < end_ms) {
        for (i = 0; i < 5; i++)
            peer_pump();
        CU_ASSERT_TRUE(servers[1].stream_bytes > before || before == -1);
        before = servers[1].stream_bytes;
        for (i = 0; i < 5; i++)
            peer_pump();
        CU_ASSERT_EQUAL(servers[1].stream_bytes, before);
        zk_peers_resume(servers[1].peers, servers[1].link);
    }
    CU_ASSERT_EQUAL(servers[1].stream_bytes, body);
    zk_peers_resume(servers[1].peers, servers[1].link);
    CU_ASSERT_TRUE(peer_pump_until(&servers[1].packets, 2));
}

static void a_snap_from_a_learner_is_a_packet_like_any_other(void)
{
    connect_both();
    send_packet(1, 15, 0);
    send_packet(1, 3, 0);
    CU_ASSERT_TRUE(peer_pump_until(&servers[2].packets, 2));
    CU_ASSERT_EQUAL(servers[2].streams_done, 0);
}

static const zk_test_t tests[] = {
    {"packets arrive whole and in order", packets_arrive_whole_and_in_order},
    {"large packets pass, and their sender hears when they are out",
     large_packets_pass_and_their_sender_hears_when_they_are_out},
    {"a leader that does not listen is given up after five tries",
     a_leader_that_does_not_listen_is_given_up_after_five_tries},
    {"a leader that begins to listen between two tries is reached",
     a_leader_that_begins_to_listen_between_two_tries_is_reached},
    {"nobody enters when we listen no more, but links stay",
     nobody_enters_when_we_listen_no_more_but_links_stay},
    {"what was sent before the close arrives", what_was_sent_before_the_close_arrives},
    {"a peer that reads nothing does not keep a closed link",
     a_peer_that_reads_nothing_does_not_keep_a_closed_link},
    {"too much output ends the link", too_much_output_ends_the_link},
    {"a length that is not believed ends the link", a_length_that_is_not_believed_ends_the_link},
    {"a snapshot is handed out apart from packets", a_snapshot_is_handed_out_apart_from_packets},
    {"a paused link waits and goes on where it was", a_paused_link_waits_and_goes_on_where_it_was},
    {"a SNAP from a learner is a packet like any other",
     a_snap_from_a_learner_is_a_packet_like_any_other},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_learner, "peer/learner_link", tests, peer_setup, peer_teardown);
