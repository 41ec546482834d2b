/* test_handle.c -- the session against a scripted server on the loopback address, all in one
 * thread: the test steps the client, reads what it sent, answers, and steps it again. */
#include "client/client.h"
#include "client/lookup.h"

#include <stdatomic.h>
#include <string.h>
#include <apr_network_io.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "lib/zk_test.h"
#include "wire/code.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

static apr_socket_t *listener;
static apr_socket_t *served; /* the accepted connection */
static zk_client_t *client;
static zk_arena_t *arena;
static zk_buffer_t received;
static zk_client_ask_fn_t *ask_before;
static char events[1024]; /* "state/type/path " per event */

typedef struct outcome {
    int count;
    int32_t code;
    char body[64];
} outcome_t;

static void on_event(void *baton, const zk_client_event_t *event)
{
    size_t used = strlen(events);

    (void)baton;
    snprintf(events + used, sizeof(events) - used, "%d/%d/%.*s ", (int)event->state,
             (int)event->type, (int)zk_str_size(event->path), event->path.data);
}

static void on_done(void *baton, int32_t code, zk_str_t body)
{
    outcome_t *outcome = baton;

    outcome->count++;
    outcome->code = code;
    snprintf(outcome->body, sizeof(outcome->body), "%.*s", (int)zk_str_size(body), body.data);
}

static apr_port_t listen_port(void)
{
    apr_sockaddr_t *address;

    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, 0, 0, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(
        apr_socket_create(&listener, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool()),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_bind(listener, address), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_listen(listener, 5), APR_SUCCESS);
    apr_socket_timeout_set(listener, 5000000);
    apr_socket_addr_get(&address, APR_LOCAL, listener);
    return address->port;
}

static void create_client(const char *chroot)
{
    zk_client_options_t options = {.timeout_ms = 10000, .seed = 1, .event = on_event};
    const char *connect =
        apr_psprintf(zk_test_pool(), "127.0.0.1:%u%s", (unsigned)listen_port(), chroot);
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_client_create(&client, connect, &options, zk_test_pool(), &note),
                          APR_SUCCESS);
}

static void setup(void)
{
    arena = zk_arena_create();
    ask_before = zk_client_ask;
    received = ZK_BUFFER_INIT;
    events[0] = '\0';
    served = NULL;
    listener = NULL;
    client = NULL;
}

static void teardown(void)
{
    if (client != NULL)
        zk_client_destroy(client);
    if (served != NULL)
        apr_socket_close(served);
    if (listener != NULL)
        apr_socket_close(listener);
    zk_client_ask = ask_before;
    zk_buffer_free(&received);
    zk_arena_destroy(arena);
}

/* ---- the server's side ---- */

static void server_send(const void *data, size_t size)
{
    apr_size_t sent = size;

    CU_ASSERT_EQUAL(apr_socket_send(served, data, &sent), APR_SUCCESS);
    CU_ASSERT_EQUAL(sent, size);
}

/* The next frame that the client sent, stepping it meanwhile. */
static zk_reader_t server_read(void)
{
    zk_frame_t frame;
    uint8_t *copy;
    int tries;

    for (tries = 0; tries < 200; tries++) {
        apr_size_t size = 4096;
        uint8_t *at;

        if (zk_frame_scan(&frame, zk_buffer_bytes(&received), zk_buffer_size(&received), 65536) ==
            ZK_FRAME_WHOLE)
            break;
        zk_client_step(client, 10);
        at = zk_buffer_extend(&received, size);
        if (apr_socket_recv(served, (char *)at, &size) != APR_SUCCESS)
            size = 0;
        received.length -= 4096 - size;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame.body);
    copy = zk_arena_alloc(arena, (size_t)frame.length);
    memcpy(copy, frame.body, (size_t)frame.length);
    zk_buffer_consume(&received, frame.bytes);
    return zk_reader(copy, (size_t)frame.length);
}

/* Accept the client's connection and return its handshake. */
static zk_connect_request_t server_accept(void)
{
    zk_connect_request_t request;
    zk_reader_t reader;
    int tries;

    if (served != NULL)
        apr_socket_close(served);
    served = NULL;
    zk_buffer_clear(&received);
    apr_socket_timeout_set(listener, 0);
    for (tries = 0; served == NULL && tries < 300; tries++) {
        zk_client_step(client, 10);
        apr_socket_accept(&served, listener, zk_test_pool());
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(served);
    apr_socket_timeout_set(served, 10000);
    reader = server_read();
    CU_ASSERT_TRUE(zk_record_decode(&zk_record_connect_request, &request, &reader, arena));
    return request;
}

static void server_welcome(int32_t timeout_ms, int64_t session_id, bool read_only)
{
    zk_connect_response_t response = {0, timeout_ms, session_id, zk_str("0123456789abcdef"),
                                      read_only};
    zk_buffer_t frame = ZK_BUFFER_INIT;
    size_t mark = zk_frame_begin(&frame);

    zk_connect_response_encode(&response, true, &frame);
    zk_frame_end(&frame, mark);
    server_send(zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
    zk_client_step(client, 1000);
}

static void server_grant(int32_t timeout_ms, int64_t session_id)
{
    server_welcome(timeout_ms, session_id, false);
}

static void server_reply(int32_t xid, int64_t zxid, int32_t err, const zk_record_desc_t *desc,
                         const void *record)
{
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_frame_append_reply(&frame, xid, zxid, err, desc, record);
    server_send(zk_buffer_bytes(&frame), zk_buffer_size(&frame));
    zk_buffer_free(&frame);
    zk_client_step(client, 1000);
}

static zk_request_header_t server_read_header(zk_reader_t *reader)
{
    zk_request_header_t header = {0, 0};

    *reader = server_read();
    CU_ASSERT_TRUE(zk_record_decode(&zk_record_request_header, &header, reader, arena));
    return header;
}

static void connect_session(const char *chroot)
{
    create_client(chroot);
    server_accept();
    server_grant(10000, 0x1234);
    CU_ASSERT_EQUAL_FATAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
}

static void submit_get(outcome_t *outcome, const char *path, bool watch)
{
    zk_get_data_request_t record = {zk_str(path), watch};
    zk_client_request_t request = {
        ZK_OP_GET_DATA, &zk_record_get_data_request,           &record,
        ZK_STR_NULL,    watch ? ZK_WATCH_DATA : ZK_WATCH_NONE, record.path};

    zk_client_submit(client, &request, on_done, outcome);
}

/* ---- tests ---- */

static void a_new_session_is_asked_for_and_announced(void)
{
    zk_connect_request_t request;

    create_client("");
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
    request = server_accept();
    CU_ASSERT_EQUAL(request.session_id, 0);
    CU_ASSERT_EQUAL(request.time_out, 10000);
    CU_ASSERT_EQUAL(request.passwd.length, 16);
    server_grant(8000, 0x1234);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
    CU_ASSERT_EQUAL(zk_client_session_id(client), 0x1234);
    CU_ASSERT_STRING_EQUAL(events, "3/-1/ ");
}

static void requests_are_answered_in_order_with_their_bodies(void)
{
    outcome_t first = {0, 0, ""};
    outcome_t second = {0, 0, ""};
    zk_reader_t reader;
    zk_error_response_t body = {0x41424344};

    create_client("");
    submit_get(&first, "/a", false); /* waits for the session */
    server_accept();
    server_grant(10000, 1);
    submit_get(&second, "/b", false);
    CU_ASSERT_EQUAL(server_read_header(&reader).xid, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&reader), "/a"));
    CU_ASSERT_EQUAL(server_read_header(&reader).xid, 2);
    server_reply(1, 5, 0, &zk_record_error_response, &body);
    CU_ASSERT_EQUAL(first.count, 1);
    CU_ASSERT_STRING_EQUAL(first.body, "ABCD");
    CU_ASSERT_EQUAL(second.count, 0);
    server_reply(2, 5, ZK_CODE_NO_NODE, NULL, NULL);
    CU_ASSERT_EQUAL(second.count, 1);
    CU_ASSERT_EQUAL(second.code, ZK_CODE_NO_NODE);
}

static void an_answer_out_of_order_drops_the_connection_and_fails_the_request(void)
{
    outcome_t outcome = {0, 0, ""};

    connect_session("");
    submit_get(&outcome, "/a", false);
    server_read();
    server_reply(7, 5, 0, NULL, NULL);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.code, ZK_CODE_CONNECTION_LOSS);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
    CU_ASSERT_STRING_EQUAL(events, "3/-1/ 0/-1/ ");
}

static void a_lost_connection_is_replaced_with_the_same_session(void)
{
    outcome_t outcome = {0, 0, ""};
    zk_connect_request_t request;

    connect_session("");
    submit_get(&outcome, "/a", false);
    server_read();
    server_reply(1, 99, ZK_CODE_NO_NODE, NULL, NULL);
    request = server_accept(); /* closes the old connection first */
    CU_ASSERT_EQUAL(request.session_id, 0x1234);
    CU_ASSERT_EQUAL(request.last_zxid_seen, 99);
    CU_ASSERT_TRUE(zk_str_equal_c(request.passwd, "0123456789abcdef"));
    server_grant(10000, 0x1234);
    CU_ASSERT_STRING_EQUAL(events, "3/-1/ 0/-1/ 3/-1/ ");
}

static void credentials_and_watches_are_sent_again_before_requests(void)
{
    outcome_t outcome = {0, 0, ""};
    zk_reader_t reader;
    zk_set_watches_t watches;

    connect_session("");
    zk_client_add_auth(client, "digest", zk_str("u:p"));
    CU_ASSERT_EQUAL(server_read_header(&reader).type, ZK_OP_AUTH);
    server_reply(ZK_XID_AUTH, 0, 0, NULL, NULL);
    CU_ASSERT_EQUAL(zk_client_auth_waiting(client), 0);
    submit_get(&outcome, "/a", true);
    server_read();
    server_reply(1, 5, 0, NULL, NULL);
    server_accept();
    submit_get(&outcome, "/b", false);
    server_grant(10000, 0x1234);
    CU_ASSERT_EQUAL(server_read_header(&reader).type, ZK_OP_AUTH);
    CU_ASSERT_EQUAL(server_read_header(&reader).type, ZK_OP_SET_WATCHES);
    CU_ASSERT_TRUE(zk_record_decode(&zk_record_set_watches, &watches, &reader, arena));
    CU_ASSERT_EQUAL_FATAL(watches.data_watches.count, 1);
    CU_ASSERT_TRUE(zk_str_equal_c(watches.data_watches.items[0], "/a"));
    CU_ASSERT_EQUAL(server_read_header(&reader).type, ZK_OP_GET_DATA);
}

static void an_event_reaches_us_once_and_without_the_chroot(void)
{
    zk_watcher_event_t event = {ZK_EVENT_TYPE_DATA_CHANGED, ZK_STATE_SYNC_CONNECTED,
                                zk_str("/app/a")};
    outcome_t outcome = {0, 0, ""};

    connect_session("/app");
    submit_get(&outcome, "/app/a", true);
    server_read();
    server_reply(1, 5, 0, NULL, NULL);
    events[0] = '\0';
    server_reply(ZK_XID_NOTIFICATION, 6, 0, &zk_record_watcher_event, &event);
    server_reply(ZK_XID_NOTIFICATION, 7, 0, &zk_record_watcher_event, &event);
    CU_ASSERT_STRING_EQUAL(events, "3/3//a ");
}

static void forgotten_watches_are_told_once_by_kind(void)
{
    outcome_t outcome = {0, 0, ""};

    connect_session("/app");
    submit_get(&outcome, "/app/a", true);
    server_read();
    server_reply(1, 5, 0, NULL, NULL);
    events[0] = '\0';
    CU_ASSERT_FALSE(zk_client_forget_watches(client, zk_str("/app/a"), ZK_WATCHER_CHILDREN));
    CU_ASSERT_FALSE(zk_client_forget_watches(client, zk_str("/a"), ZK_WATCHER_ANY));
    CU_ASSERT_TRUE(zk_client_forget_watches(client, zk_str("/app/a"), ZK_WATCHER_ANY));
    CU_ASSERT_FALSE(zk_client_forget_watches(client, zk_str("/app/a"), ZK_WATCHER_ANY));
    CU_ASSERT_STRING_EQUAL(events, "3/5//a ");
}

static void an_expired_session_ends_the_client_and_its_requests(void)
{
    outcome_t outcome = {0, 0, ""};
    outcome_t late = {0, 0, ""};

    create_client("");
    submit_get(&outcome, "/a", false);
    server_accept();
    server_grant(0, 0);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CLOSED);
    CU_ASSERT_FALSE(zk_client_is_alive(client));
    CU_ASSERT_EQUAL(outcome.code, ZK_CODE_SESSION_EXPIRED);
    CU_ASSERT_STRING_EQUAL(events, "-112/-1/ ");
    submit_get(&late, "/a", false);
    CU_ASSERT_EQUAL(late.code, ZK_CODE_SESSION_EXPIRED);
}

static void a_refused_credential_ends_the_client(void)
{
    connect_session("");
    zk_client_add_auth(client, "bogus", ZK_STR_NULL);
    server_read();
    server_reply(ZK_XID_AUTH, 0, ZK_CODE_AUTH_FAILED, NULL, NULL);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_AUTH_FAILED);
    CU_ASSERT_STRING_EQUAL(events, "3/-1/ 4/-1/ ");
}

static void an_idle_session_is_kept_alive_by_pings(void)
{
    zk_reader_t reader;
    zk_request_header_t header;
    int64_t begin;

    create_client("");
    server_accept();
    server_grant(300, 1); /* a ping is due after 100 ms */
    begin = plat_monotonic_ms();
    header = server_read_header(&reader);
    CU_ASSERT_EQUAL(header.xid, ZK_XID_PING);
    CU_ASSERT_EQUAL(header.type, ZK_OP_PING);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin >= 50);
}

static void a_silent_server_is_given_up(void)
{
    int64_t until;

    create_client("");
    server_accept();
    server_grant(300, 1);
    until = plat_monotonic_ms() + 5000;
    while (zk_client_state(client) == ZK_CLIENT_CONNECTED && plat_monotonic_ms() < until)
        zk_client_step(client, 50);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
    CU_ASSERT_STRING_EQUAL(events, "3/-1/ 0/-1/ ");
}

static void requests_fail_when_no_server_can_be_reached(void)
{
    outcome_t outcome = {0, 0, ""};

    create_client("");
    apr_socket_close(listener);
    listener = NULL;
    submit_get(&outcome, "/a", false);
    zk_client_step(client, 1000);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.code, ZK_CODE_CONNECTION_LOSS);
    CU_ASSERT_EQUAL(zk_client_failed_rounds(client), 1);
    CU_ASSERT_STRING_EQUAL(events, "");
}

static void a_frame_of_impossible_length_drops_the_connection(void)
{
    connect_session("");
    server_send("\xff\xff\xff\xff", 4);
    zk_client_step(client, 1000);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
}

static void a_reply_that_arrives_byte_by_byte_is_put_together(void)
{
    outcome_t outcome = {0, 0, ""};
    zk_buffer_t frame = ZK_BUFFER_INIT;
    size_t i;

    connect_session("");
    submit_get(&outcome, "/a", false);
    server_read();
    zk_frame_append_reply(&frame, 1, 5, 0, NULL, NULL);
    for (i = 0; i < zk_buffer_size(&frame); i++) {
        CU_ASSERT_EQUAL(outcome.count, 0);
        server_send(zk_buffer_bytes(&frame) + i, 1);
        zk_client_step(client, 1000);
    }
    CU_ASSERT_EQUAL(outcome.count, 1);
    zk_buffer_free(&frame);
}

/* ---- names ---- */

enum { LOOKUP_MS = 100, LOOKUP_TRIES_MAX = 60 * 1000 };

static atomic_int asked;
static atomic_int answered;
static atomic_bool silent; /* the name server does not answer for now */

/* A name server that takes its time for slow names. */
static apr_status_t ask_slowly(apr_sockaddr_t **address, const char *name, uint16_t port,
                               apr_pool_t *pool)
{
    bool is_slow = strstr(name, "slow") != NULL;
    apr_status_t rv;
    int tries;

    asked += is_slow;
    if (is_slow)
        apr_sleep(LOOKUP_MS * 1000);
    for (tries = 0; is_slow && silent && tries < LOOKUP_TRIES_MAX; tries++)
        apr_sleep(1000);
    rv = apr_sockaddr_info_get(address, "127.0.0.1", APR_UNSPEC, port, 0, pool);
    answered += is_slow;
    return rv;
}

static void create_client_of(const char *connect, int32_t timeout_ms, bool is_silent)
{
    zk_client_options_t options = {.timeout_ms = timeout_ms, .seed = 1, .event = on_event};
    zk_note_t note;

    asked = 0;
    answered = 0;
    silent = is_silent;
    zk_client_ask = ask_slowly;
    CU_ASSERT_EQUAL_FATAL(zk_client_create(&client, connect, &options, zk_test_pool(), &note),
                          APR_SUCCESS);
}

/* Step the client for MS. */
static void step_for(int64_t ms)
{
    int64_t until = plat_monotonic_ms() + ms;

    while (plat_monotonic_ms() < until)
        zk_client_step(client, 20);
}

/* The one lookup that the client has begun, on a thread that may not have run yet, ends. */
static void end_lookup(void)
{
    int tries;

    silent = false;
    for (tries = 0; answered == 0 && tries < LOOKUP_TRIES_MAX; tries++)
        apr_sleep(1000);
    CU_ASSERT_EQUAL(answered, 1);
    CU_ASSERT_EQUAL(asked, 1);
}

static void a_slow_lookup_blocks_no_step(void)
{
    create_client_of(apr_psprintf(zk_test_pool(), "slow.example:%u", (unsigned)listen_port()),
                     10000, true);
    zk_client_step(client, 20);
    zk_client_step(client, 20);
    CU_ASSERT_EQUAL(answered, 0);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
    silent = false;
    server_accept();
    server_grant(10000, 0x1234);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
    CU_ASSERT_EQUAL(asked, 1);
}

static void a_lookup_is_looked_after_by_a_loop_of_the_callers(void)
{
    apr_os_sock_t os_socket;
    int64_t wait_ms;
    bool reads;
    bool writes;

    create_client_of("slow.example:1", 10000, true);
    zk_client_step(client, 0);
    CU_ASSERT_FALSE(zk_client_interest(client, &os_socket, &reads, &writes, &wait_ms));
    CU_ASSERT_TRUE(wait_ms < 200); /* nothing but time wakes such a loop */
    zk_client_destroy(client);
    client = NULL;
    end_lookup();
}

static void a_lookup_wakes_the_step_that_waits(void)
{
    int64_t begin = plat_monotonic_ms();

    create_client_of(apr_psprintf(zk_test_pool(), "slow.example:%u", (unsigned)listen_port()),
                     10000, false);
    zk_client_step(client, 9000);
    zk_client_step(client, 9000);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin < 5000);
}

static void other_servers_are_tried_during_a_lookup(void)
{
    const char *port = apr_psprintf(zk_test_pool(), "%u", (unsigned)listen_port());

    create_client_of(apr_pstrcat(zk_test_pool(), "slow.example:1,127.0.0.1:", port, NULL), 200,
                     true);
    server_accept();
    CU_ASSERT_EQUAL(answered, 0);
    end_lookup();
}

static void a_name_is_asked_for_once_at_a_time(void)
{
    create_client_of("slow.example:1", 40, true);
    step_for(200);
    CU_ASSERT_EQUAL(asked, 1);
    zk_client_destroy(client);
    client = NULL;
    end_lookup();
}

static void a_paused_client_reads_nothing_and_is_not_silent(void)
{
    outcome_t outcome = {0, 0, ""};

    create_client("");
    server_accept();
    server_grant(300, 1);
    submit_get(&outcome, "/a", false);
    server_read();
    zk_client_pause(client, true);
    server_reply(1, 5, 0, NULL, NULL);
    step_for(600);
    CU_ASSERT_EQUAL(outcome.count, 0);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
    zk_client_pause(client, false);
    zk_client_step(client, 1000);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
}

/* ---- read-only servers ---- */

static void grant_read_only(void)
{
    server_welcome(10000, 0x77, true);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED_READ_ONLY);
}

/* Wait for the question whether the other server writes, and answer it. */
static void answer_probe(const char *answer)
{
    apr_socket_t *probed = NULL;
    char question[5] = "";
    apr_size_t size = 4;
    int tries;

    for (tries = 0; probed == NULL && tries < 300; tries++) {
        zk_client_step(client, 10);
        apr_socket_accept(&probed, listener, zk_test_pool());
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(probed);
    zk_client_step(client, 100);
    apr_socket_timeout_set(probed, 1000000);
    CU_ASSERT_EQUAL(apr_socket_recv(probed, question, &size), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(question, "isro");
    size = strlen(answer);
    apr_socket_send(probed, answer, &size);
    zk_client_step(client, 1000);
    apr_socket_close(probed);
}

static void a_client_of_a_read_only_server_moves_to_one_that_writes(void)
{
    zk_client_options_t options = {
        .timeout_ms = 10000, .seed = 1, .event = on_event, .read_only = true};
    const char *port = apr_psprintf(zk_test_pool(), "%u", (unsigned)listen_port());
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(
        zk_client_create(&client,
                         apr_pstrcat(zk_test_pool(), "127.0.0.1:", port, ",127.0.0.1:", port, NULL),
                         &options, zk_test_pool(), &note),
        APR_SUCCESS);
    server_accept();
    grant_read_only();
    answer_probe("ro");
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED_READ_ONLY);
    answer_probe("rw");
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTING);
    CU_ASSERT_EQUAL(server_accept().session_id, 0);
    server_grant(10000, 0x1234);
    CU_ASSERT_EQUAL(zk_client_state(client), ZK_CLIENT_CONNECTED);
    CU_ASSERT_STRING_EQUAL(events, "5/-1/ 0/-1/ 3/-1/ ");
}

static const zk_test_t tests[] = {
    {"a new session is asked for and announced", a_new_session_is_asked_for_and_announced},
    {"requests are answered in order with their bodies",
     requests_are_answered_in_order_with_their_bodies},
    {"an answer out of order drops the connection and fails the request",
     an_answer_out_of_order_drops_the_connection_and_fails_the_request},
    {"a lost connection is replaced with the same session",
     a_lost_connection_is_replaced_with_the_same_session},
    {"credentials and watches are sent again before requests",
     credentials_and_watches_are_sent_again_before_requests},
    {"an event reaches us once and without the chroot",
     an_event_reaches_us_once_and_without_the_chroot},
    {"forgotten watches are told once, by kind", forgotten_watches_are_told_once_by_kind},
    {"an expired session ends the client and its requests",
     an_expired_session_ends_the_client_and_its_requests},
    {"a refused credential ends the client", a_refused_credential_ends_the_client},
    {"an idle session is kept alive by pings", an_idle_session_is_kept_alive_by_pings},
    {"a silent server is given up", a_silent_server_is_given_up},
    {"requests fail when no server can be reached", requests_fail_when_no_server_can_be_reached},
    {"a frame of impossible length drops the connection",
     a_frame_of_impossible_length_drops_the_connection},
    {"a reply that arrives byte by byte is put together",
     a_reply_that_arrives_byte_by_byte_is_put_together},
    {"a slow lookup blocks no step", a_slow_lookup_blocks_no_step},
    {"a lookup is looked after by a loop of the caller's",
     a_lookup_is_looked_after_by_a_loop_of_the_callers},
    {"a lookup wakes the step that waits", a_lookup_wakes_the_step_that_waits},
    {"other servers are tried during a lookup", other_servers_are_tried_during_a_lookup},
    {"a name is asked for once at a time", a_name_is_asked_for_once_at_a_time},
    {"a paused client reads nothing and is not silent",
     a_paused_client_reads_nothing_and_is_not_silent},
    {"a client of a read-only server moves to one that writes",
     a_client_of_a_read_only_server_moves_to_one_that_writes},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_handle, "client/handle", tests, setup, teardown);
