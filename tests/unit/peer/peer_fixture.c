/* peer_fixture.c -- see peer_fixture.h. */
#include "peer_fixture.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/plat.h"

fixture_server_t servers[FIXTURE_SERVERS + 1];

static const zk_peer_address_t addresses[FIXTURE_SERVERS + 1] = {
    {"", 0, 0},
    {"127.0.0.1", QUORUM_PORT(1), ELECTION_PORT(1)},
    {"localhost", QUORUM_PORT(2), ELECTION_PORT(2)},
    {"127.0.0.1", QUORUM_PORT(3), ELECTION_PORT(3)}};

static const zk_peer_member_t members[FIXTURE_SERVERS] = {
    {1, &addresses[1], 1}, {2, &addresses[2], 1}, {3, &addresses[3], 1}};

static void hear(fixture_server_t *server, const char *text)
{
    size_t used = strlen(server->heard);

    snprintf(server->heard + used, sizeof(server->heard) - used, "%s;", text);
}

static void on_notification(void *baton, int64_t sid, zk_str_t bytes)
{
    fixture_server_t *server = baton;
    char text[200];

    server->notifications++;
    snprintf(text, sizeof(text), "%d:%.*s", (int)sid, bytes.length > 100 ? 100 : bytes.length,
             bytes.data);
    hear(server, text);
}

static void on_connected(void *baton, uint64_t link)
{
    fixture_server_t *server = baton;

    server->connected++;
    server->link = link;
}

static void on_connect_failed(void *baton)
{
    ((fixture_server_t *)baton)->connect_failed++;
}

static void on_opened(void *baton, uint64_t link, zk_str_t address)
{
    fixture_server_t *server = baton;

    (void)address;
    server->opened++;
    server->link = link;
}

static void on_packet(void *baton, uint64_t link, zk_str_t bytes)
{
    fixture_server_t *server = baton;
    char text[40];

    (void)link;
    server->packets++;
    snprintf(text, sizeof(text), "P%d:%d", (int)zk_get_u32(bytes.data), (int)bytes.length);
    hear(server, text);
}

static void on_stream(void *baton, uint64_t link, zk_str_t bytes, bool last)
{
    fixture_server_t *server = baton;

    server->stream_bytes += bytes.length;
    server->streams_done += last;
    if (server->pause_streams)
        zk_peers_pause(server->peers, link);
}

static void on_drained(void *baton, uint64_t link)
{
    (void)link;
    ((fixture_server_t *)baton)->drained++;
}

static void on_refused(void *baton, int64_t sid)
{
    fixture_server_t *server = baton;

    server->refused++;
    server->refused_sid = sid;
}

static void on_gone(void *baton, uint64_t link)
{
    (void)link;
    ((fixture_server_t *)baton)->gone++;
}

static void no_client(void *baton, uint64_t client, zk_str_t address, uint16_t port)
{
    (void)baton;
    (void)client;
    (void)address;
    (void)port;
}

static void no_frame(void *baton, uint64_t client, zk_str_t bytes)
{
    (void)baton;
    (void)client;
    (void)bytes;
}

static bool no_word(void *baton, uint64_t client, uint32_t word, zk_str_t argument)
{
    (void)baton;
    (void)client;
    (void)word;
    (void)argument;
    return false;
}

static void no_gone(void *baton, uint64_t client, zk_net_gone_t why)
{
    (void)baton;
    (void)client;
    (void)why;
}

void peer_setup(void)
{
    memset(servers, 0, sizeof(servers));
}

void peer_start(int sid, int listed)
{
    fixture_server_t *server = &servers[sid];
    const zk_net_options_t net_options = {.frame_bytes_max = 1000};
    const zk_net_handlers_t net_handlers = {NULL, no_client, no_frame, no_word, no_gone};
    const zk_peers_options_t options = {.self = sid,
                                        .members = members,
                                        .members_count = sid > listed ? FIXTURE_SERVERS : listed,
                                        .connect_timeout_ms = 2000,
                                        .handshake_timeout_ms = 300,
                                        .leader_connect_ms = 3000,
                                        .leader_retry_delay_ms = 20,
                                        .bind_retries = 3,
                                        .record_bytes_max = 1 << 20,
                                        .output_bytes_max = 64 << 20};
    const zk_peers_handlers_t handlers = {
        server,    on_notification, on_connected, on_connect_failed, on_opened,
        on_packet, on_stream,       on_drained,   on_gone,           on_refused};
    zk_note_t note = {""};

    memset(server, 0, sizeof(*server));
    apr_pool_create_ex(&server->pool, NULL, zk_pool_abort, NULL);
    CU_ASSERT_EQUAL_FATAL(
        zk_net_create(&server->net, &net_options, &net_handlers, server->pool, &note), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        zk_peers_create(&server->peers, &options, &handlers, server->net, server->pool, &note),
        APR_SUCCESS);
}

void peer_stop(int sid)
{
    if (servers[sid].pool != NULL)
        apr_pool_destroy(servers[sid].pool);
    servers[sid].pool = NULL;
}

void peer_teardown(void)
{
    int sid;

    for (sid = 1; sid <= FIXTURE_SERVERS; sid++)
        peer_stop(sid);
}

void peer_pump(void)
{
    int sid;

    for (sid = 1; sid <= FIXTURE_SERVERS; sid++) {
        if (servers[sid].pool == NULL)
            continue;
        zk_peers_flush(servers[sid].peers);
        zk_net_pass(servers[sid].net, 1);
        zk_peers_tick(servers[sid].peers, plat_monotonic_ms());
    }
}

bool peer_pump_until(const int *value, int wanted)
{
    int64_t end_ms = plat_monotonic_ms() + 10000;

    while (*value < wanted && plat_monotonic_ms() < end_ms)
        peer_pump();
    return *value >= wanted;
}

void peer_say(int from, int to, const char *text)
{
    zk_peers_notify(servers[from].peers, to, text, strlen(text));
}

apr_socket_t *peer_plain(uint16_t port)
{
    apr_pool_t *pool = zk_test_pool();
    apr_sockaddr_t *address;
    apr_socket_t *socket;

    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, port, 0, pool);
    apr_socket_create(&socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool);
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(socket, address), APR_SUCCESS);
    apr_socket_timeout_set(socket, 0);
    return socket;
}

size_t peer_plain_read(apr_socket_t *socket, void *bytes, size_t size)
{
    int64_t end_ms = plat_monotonic_ms() + 5000;
    size_t got = 0;

    while (got < size && plat_monotonic_ms() < end_ms) {
        apr_size_t length = size - got;
        apr_status_t rv = apr_socket_recv(socket, (char *)bytes + got, &length);

        if (APR_STATUS_IS_EAGAIN(rv)) {
            peer_pump();
            continue;
        }
        if (rv != APR_SUCCESS || length == 0)
            break;
        got += length;
    }
    return got;
}
