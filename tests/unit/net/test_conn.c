/* test_conn.c -- bytes to frames, answers to bytes, and the ways a connection ends. */
#include <string.h>

#include <apr_strings.h>

#include "net_fixture.h"

static void setup(void)
{
    fixture_setup();
    fixture_start();
}

/* ---- frames ---- */

static void a_frame_that_comes_byte_by_byte_is_delivered_once_whole(void)
{
    static const char bytes[] = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd'};
    apr_socket_t *client = client_connect();

    for (size_t i = 0; i < sizeof(bytes); i++) {
        client_write(client, bytes + i, 1);
        pump(3);
        CU_ASSERT_EQUAL(fixture.frames, i < 6 ? 0 : i < 11 ? 1 : 2);
    }
    CU_ASSERT_STRING_EQUAL(heard_text(), "abc;d;");
}

static void many_frames_in_one_write_arrive_in_order(void)
{
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    zk_buffer_t wanted = ZK_BUFFER_INIT;
    apr_socket_t *client = client_connect();

    for (int i = 0; i < 20000; i++) {
        char text[16];
        int size = snprintf(text, sizeof(text), "%d", i);
        zk_write_int(&bytes, size);
        zk_write_raw(&bytes, text, (size_t)size);
        zk_write_raw(&wanted, text, (size_t)size);
        zk_write_raw(&wanted, ";", 1);
    }
    client_write(client, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes));
    CU_ASSERT_TRUE(pump_until_frames(20000));
    CU_ASSERT_EQUAL_FATAL(zk_buffer_size(&fixture.heard), zk_buffer_size(&wanted));
    CU_ASSERT_EQUAL(
        memcmp(zk_buffer_bytes(&fixture.heard), zk_buffer_bytes(&wanted), zk_buffer_size(&wanted)),
        0);
    CU_ASSERT_EQUAL(zk_net_bytes_received(fixture.net), (int64_t)zk_buffer_size(&bytes));
    zk_buffer_free(&bytes);
    zk_buffer_free(&wanted);
}

static void a_frame_of_the_greatest_length_is_taken(void)
{
    size_t size = (size_t)fixture.options.frame_bytes_max;
    char *bytes = zk_calloc(1, size + 4);
    apr_socket_t *client = client_connect();

    zk_put_u32(bytes, (uint32_t)size);
    client_write(client, bytes, size + 4);
    client_write_frame(client, "next");
    CU_ASSERT_TRUE(pump_until_frames(2));
    CU_ASSERT_EQUAL(fixture.frame_bytes, (int64_t)size + 4);
    CU_ASSERT_EQUAL(fixture.gone, 0);
    zk_free(bytes);
}

static void refused(uint32_t length)
{
    int gone = fixture.gone_by[ZK_NET_GONE_BAD_FRAME];
    int64_t frames = fixture.frames;
    char prefix[4];
    apr_socket_t *client = client_connect();

    zk_put_u32(prefix, length);
    client_write(client, prefix, 4);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_BAD_FRAME], gone + 1));
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    CU_ASSERT_EQUAL(fixture.frames, frames);
}

static void lengths_that_are_zero_negative_or_too_great_close_without_a_byte(void)
{
    refused(0);
    refused(0xffffffffu);
    refused(0x80000000u);
    refused((uint32_t)fixture.options.frame_bytes_max + 1);
    refused(0x47455420u); /* GET and a blank */
    refused(0x6c656164u); /* lead, no longer a word */
    CU_ASSERT_EQUAL(zk_net_count(fixture.net), 0);
}

static void a_bad_length_after_good_frames_delivers_those_first(void)
{
    static const char bytes[] = {0, 0, 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 1, 'b'};
    apr_socket_t *client = client_connect();

    client_write(client, bytes, sizeof(bytes));
    CU_ASSERT_TRUE(pump_until(&fixture.gone, 1));
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;");
    CU_ASSERT_EQUAL(fixture.gone_by[ZK_NET_GONE_BAD_FRAME], 1);
}

/* ---- words ---- */

static void a_word_in_segments_is_answered_and_closed(void)
{
    char reply[4];
    apr_socket_t *client = client_connect();

    client_write(client, "r", 1);
    pump(3);
    client_write(client, "uo", 2);
    pump(3);
    CU_ASSERT_EQUAL(fixture.words, 0);
    client_write(client, "k\n", 2);
    CU_ASSERT_TRUE(client_read(client, reply, 4));
    CU_ASSERT_EQUAL(memcmp(reply, "imok", 4), 0);
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    CU_ASSERT_EQUAL(fixture.words, 1);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_OURS], 1));
}

static void a_word_is_answered_though_the_sender_ended_its_side(void)
{
    char reply[4];
    apr_socket_t *client = client_connect();

    client_write(client, "ruok", 4);
    apr_socket_shutdown(client, APR_SHUTDOWN_WRITE);
    CU_ASSERT_TRUE(client_read(client, reply, 4));
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
}

static void a_word_with_an_argument_waits_for_all_of_it(void)
{
    char reply[3];
    apr_socket_t *client = client_connect();

    client_write(client, "stmk", 4);
    pump(3);
    client_write(client, "\0\0\0", 3);
    pump(3);
    CU_ASSERT_EQUAL(fixture.words, 0);
    CU_ASSERT_EQUAL(fixture.gone, 0);
    client_write(client, "\0\0\0\0\372", 5);
    CU_ASSERT_TRUE(client_read(client, reply, 3));
    CU_ASSERT_EQUAL(memcmp(fixture.argument, "\0\0\0\0\0\0\0\372", 8), 0);
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
}

static void a_word_after_the_first_frame_is_a_length(void)
{
    apr_socket_t *client = client_connect();

    client_write_frame(client, "hello");
    CU_ASSERT_TRUE(pump_until_frames(1));
    client_write(client, "ruok", 4);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_BAD_FRAME], 1));
    CU_ASSERT_EQUAL(fixture.words, 0);
}

/* ---- pause and back-pressure ---- */

static void a_paused_connection_delivers_nothing_until_resumed(void)
{
    apr_socket_t *client = client_connect();

    fixture.pause_each = true;
    client_write_frame(client, "a");
    client_write_frame(client, "b");
    client_write_frame(client, "c");
    CU_ASSERT_TRUE(pump_until_frames(1));
    pump(5);
    CU_ASSERT_EQUAL(fixture.frames, 1);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened) & 1u, 0);
    zk_net_resume(fixture.net, fixture.last_opened);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened) & 1u, 1);
    CU_ASSERT_TRUE(pump_until_frames(2));
    pump(5);
    CU_ASSERT_EQUAL(fixture.frames, 2);
    fixture.pause_each = false;
    zk_net_resume(fixture.net, fixture.last_opened);
    CU_ASSERT_TRUE(pump_until_frames(3));
    client_write_frame(client, "d");
    CU_ASSERT_TRUE(pump_until_frames(4));
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;b;c;d;");
}

static void frames_already_read_wait_while_paused(void)
{
    static const char bytes[] = {0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b', 0, 0, 0, 2, 'c'};
    apr_socket_t *client = client_connect();

    fixture.pause_each = true;
    client_write(client, bytes, sizeof(bytes));
    CU_ASSERT_TRUE(pump_until_frames(1));
    pump(5);
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;");
    zk_net_resume(fixture.net, fixture.last_opened);
    pump(2);
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;b;");
    client_write(client, "c", 1);
    fixture.pause_each = false;
    zk_net_resume(fixture.net, fixture.last_opened);
    CU_ASSERT_TRUE(pump_until_frames(3));
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;b;cc;");
}

static void a_paused_peer_that_leaves_is_noticed_when_resumed(void)
{
    apr_socket_t *client = client_connect();

    fixture.pause_each = true;
    client_write_frame(client, "a");
    CU_ASSERT_TRUE(pump_until_frames(1));
    apr_socket_close(client);
    pump(5);
    zk_net_resume(fixture.net, fixture.last_opened);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_PEER], 1));
}

static void a_peer_that_does_not_read_is_not_read_from(void)
{
    enum { FRAMES = 400, REPLY = 64 * 1024 };
    char *reply = zk_malloc(REPLY);
    zk_buffer_t bytes = ZK_BUFFER_INIT;
    int64_t delivered;
    int read = 0;
    apr_socket_t *client;

    fixture.echo_bytes = REPLY;
    client = client_connect();
    for (int i = 0; i < FRAMES; i++) {
        zk_write_int(&bytes, 1);
        zk_write_raw(&bytes, "x", 1);
    }
    client_write(client, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes));
    pump(100);
    delivered = fixture.frames;
    CU_ASSERT_TRUE(delivered > 0);
    CU_ASSERT_TRUE(delivered < FRAMES);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened), 2);
    pump(100);
    CU_ASSERT_EQUAL(fixture.frames, delivered);
    while (read < FRAMES && client_read(client, reply, REPLY))
        read++;
    CU_ASSERT_EQUAL(read, FRAMES);
    CU_ASSERT_EQUAL(fixture.frames, FRAMES);
    pump(3);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened), 1);
    zk_buffer_free(&bytes);
    zk_free(reply);
}

/* ---- endings ---- */

static void the_last_bytes_arrive_although_input_is_unread(void)
{
    enum { JUNK = 600 * 1024 };
    char *junk = zk_calloc(1, JUNK);
    char reply[4];
    apr_socket_t *client = client_connect();

    memcpy(junk, "ruok", 4);
    client_write(client, junk, JUNK);
    CU_ASSERT_TRUE(client_read(client, reply, 4));
    CU_ASSERT_EQUAL(memcmp(reply, "imok", 4), 0);
    client_write(client, junk, 1024);
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    zk_free(junk);
}

static void a_close_writes_what_was_sent_before_and_delivers_no_more_frames(void)
{
    char reply[3];
    apr_socket_t *client = client_connect();

    fixture.close_each = true;
    client_write_frame(client, "a");
    client_write_frame(client, "b");
    CU_ASSERT_TRUE(client_read(client, reply, 3));
    CU_ASSERT_EQUAL(memcmp(reply, "bye", 3), 0);
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    CU_ASSERT_STRING_EQUAL(heard_text(), "a;");
    CU_ASSERT_EQUAL(fixture.gone_by[ZK_NET_GONE_OURS], 1);
    CU_ASSERT_EQUAL(zk_net_count(fixture.net), 0);
}

static void a_large_answer_is_written_whole_before_the_close(void)
{
    enum { REPLY = 8 * 1024 * 1024 };
    char *reply = zk_malloc(REPLY);
    char bye[3];
    apr_socket_t *client = client_connect();

    fixture.echo_bytes = REPLY;
    fixture.close_each = true;
    client_write_frame(client, "a");
    CU_ASSERT_TRUE(client_read(client, reply, REPLY));
    CU_ASSERT_TRUE(client_read(client, bye, 3));
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    CU_ASSERT_EQUAL(fixture.gone_by[ZK_NET_GONE_OURS], 1);
    zk_free(reply);
}

static void an_answer_after_the_pass_goes_out_with_flush(void)
{
    char reply[5];
    apr_socket_t *client = client_connect();
    apr_size_t length = 5;

    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    zk_net_send(fixture.net, fixture.last_opened, "later", 5);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened), 3);
    zk_net_flush(fixture.net);
    CU_ASSERT_EQUAL(zk_net_interest(fixture.net, fixture.last_opened), 1);
    apr_socket_timeout_set(client, apr_time_from_sec(5));
    CU_ASSERT_EQUAL(apr_socket_recv(client, reply, &length), APR_SUCCESS);
    CU_ASSERT_EQUAL(length, 5);
}

static void gone_is_told_by_a_pass_and_never_by_flush(void)
{
    apr_socket_t *client = client_connect();

    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    zk_net_close(fixture.net, fixture.last_opened);
    zk_net_flush(fixture.net);
    CU_ASSERT_EQUAL(fixture.gone, 0);
    CU_ASSERT_EQUAL(zk_net_count(fixture.net), 0);
    pump(1);
    CU_ASSERT_EQUAL(fixture.gone, 1);
    CU_ASSERT_EQUAL(fixture.last_gone, fixture.last_opened);
    CU_ASSERT_EQUAL(client_read_end(client), APR_EOF);
    pump(3);
    CU_ASSERT_EQUAL(fixture.gone, 1);
}

static void a_late_answer_never_reaches_the_next_tenant_of_the_slot(void)
{
    apr_socket_t *first = client_connect();
    apr_socket_t *second;
    uint64_t old;
    char reply[3];

    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    old = fixture.last_opened;
    apr_socket_close(first);
    CU_ASSERT_TRUE(pump_until(&fixture.gone, 1));
    second = client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 2));
    CU_ASSERT_EQUAL((uint32_t)fixture.last_opened, (uint32_t)old);
    CU_ASSERT_NOT_EQUAL(fixture.last_opened, old);
    zk_net_send(fixture.net, old, "old", 3);
    zk_net_close(fixture.net, old);
    zk_net_pause(fixture.net, old);
    CU_ASSERT_EQUAL(zk_net_peer_port(fixture.net, old), 0);
    zk_net_send(fixture.net, fixture.last_opened, "new", 3);
    CU_ASSERT_TRUE(client_read(second, reply, 3));
    CU_ASSERT_EQUAL(memcmp(reply, "new", 3), 0);
    CU_ASSERT_EQUAL(fixture.gone, 1);
}

static void sending_to_a_number_that_never_was_does_nothing(void)
{
    zk_net_send(fixture.net, UINT64_MAX, "x", 1);
    zk_net_close(fixture.net, 12345);
    zk_net_resume(fixture.net, 0);
    pump(2);
    CU_ASSERT_EQUAL(fixture.gone, 0);
}

static void a_peer_that_leaves_is_reported_once(void)
{
    apr_socket_t *client = client_connect();

    client_write_frame(client, "a");
    CU_ASSERT_TRUE(pump_until_frames(1));
    apr_socket_close(client);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_PEER], 1));
    pump(5);
    CU_ASSERT_EQUAL(fixture.gone, 1);
}

static const zk_test_t tests[] = {
    {"a frame that comes byte by byte is delivered once whole",
     a_frame_that_comes_byte_by_byte_is_delivered_once_whole},
    {"many frames in one write arrive in order", many_frames_in_one_write_arrive_in_order},
    {"a frame of the greatest length is taken", a_frame_of_the_greatest_length_is_taken},
    {"lengths that are zero, negative or too great close without a byte",
     lengths_that_are_zero_negative_or_too_great_close_without_a_byte},
    {"a bad length after good frames delivers those first",
     a_bad_length_after_good_frames_delivers_those_first},
    {"a word in segments is answered and closed", a_word_in_segments_is_answered_and_closed},
    {"a word is answered though the sender ended its side",
     a_word_is_answered_though_the_sender_ended_its_side},
    {"a word with an argument waits for all of it", a_word_with_an_argument_waits_for_all_of_it},
    {"a word after the first frame is a length", a_word_after_the_first_frame_is_a_length},
    {"a paused connection delivers nothing until resumed",
     a_paused_connection_delivers_nothing_until_resumed},
    {"frames already read wait while paused", frames_already_read_wait_while_paused},
    {"a paused peer that leaves is noticed when resumed",
     a_paused_peer_that_leaves_is_noticed_when_resumed},
    {"a peer that does not read is not read from", a_peer_that_does_not_read_is_not_read_from},
    {"the last bytes arrive although input is unread",
     the_last_bytes_arrive_although_input_is_unread},
    {"a close writes what was sent before and delivers no more frames",
     a_close_writes_what_was_sent_before_and_delivers_no_more_frames},
    {"a large answer is written whole before the close",
     a_large_answer_is_written_whole_before_the_close},
    {"an answer after the pass goes out with flush", an_answer_after_the_pass_goes_out_with_flush},
    {"gone is told by a pass and never by flush", gone_is_told_by_a_pass_and_never_by_flush},
    {"a late answer never reaches the next tenant of the slot",
     a_late_answer_never_reaches_the_next_tenant_of_the_slot},
    {"sending to a number that never was does nothing",
     sending_to_a_number_that_never_was_does_nothing},
    {"a peer that leaves is reported once", a_peer_that_leaves_is_reported_once},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_conn, "net/conn", tests, setup, fixture_teardown);
