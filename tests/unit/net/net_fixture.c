/* net_fixture.c -- see net_fixture.h. */
#include "net_fixture.h"

#include <string.h>

#include <apr_strings.h>

#include "base/plat.h"

#define PUMPS_MAX 2000

net_fixture_t fixture;

static void on_opened(void *baton, uint64_t client, zk_str_t address, uint16_t port)
{
    (void)baton;
    fixture.opened++;
    fixture.last_opened = client;
    fixture.peer_port = port;
    memcpy(fixture.address, address.data, (size_t)address.length);
    fixture.address[address.length] = '\0';
}

static void on_frame(void *baton, uint64_t client, zk_str_t bytes)
{
    (void)baton;
    fixture.frames++;
    fixture.frame_bytes += bytes.length;
    if (fixture.keep) {
        zk_buffer_append(&fixture.heard, bytes.data, (size_t)bytes.length);
        zk_buffer_append(&fixture.heard, ";", 1);
    }
    if (fixture.echo_bytes > 0) {
        char *reply = zk_calloc(1, fixture.echo_bytes);
        memset(reply, 'e', fixture.echo_bytes);
        zk_net_send(fixture.net, client, reply, fixture.echo_bytes);
        zk_free(reply);
    }
    if (fixture.pause_each)
        zk_net_pause(fixture.net, client);
    if (fixture.close_each) {
        zk_net_send(fixture.net, client, "bye", 3);
        zk_net_close(fixture.net, client);
    }
}

static bool on_word(void *baton, uint64_t client, uint32_t word, zk_str_t argument)
{
    (void)baton;
    if (word == 0x72756f6b) { /* ruok */
        fixture.words++;
        zk_net_send(fixture.net, client, "imok", 4);
        zk_net_close(fixture.net, client);
        return true;
    }
    if (word == 0x73746d6b && argument.length >= 8) { /* stmk */
        fixture.words++;
        memcpy(fixture.argument, argument.data, 8);
        zk_net_send(fixture.net, client, "250", 3);
        zk_net_close(fixture.net, client);
        return true;
    }
    return false;
}

static void on_gone(void *baton, uint64_t client, zk_net_gone_t why)
{
    (void)baton;
    fixture.gone++;
    fixture.gone_by[why]++;
    fixture.last_gone = client;
}

void fixture_setup(void)
{
    memset(&fixture, 0, sizeof(fixture));
    plat_process_init();
    fixture.keep = true;
    fixture.options.frame_bytes_max = 0xfffff;
    fixture.options.sessionless_timeout_ms = 60000;
    fixture.options.output_bytes_max = (size_t)1 << 20;
}

void fixture_start(void)
{
    zk_net_handlers_t handlers = {NULL, on_opened, on_frame, on_word, on_gone};
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(
        zk_net_create(&fixture.net, &fixture.options, &handlers, zk_test_pool(), &note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(zk_net_listen(fixture.net, NULL, 0, -1, &fixture.port, &note),
                          APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL_FATAL(fixture.port, 0);
}

void fixture_teardown(void)
{
    zk_buffer_free(&fixture.heard);
}

void pump(int count)
{
    for (int i = 0; i < count; i++)
        CU_ASSERT_EQUAL_FATAL(zk_net_pass(fixture.net, 1), APR_SUCCESS);
}

bool pump_until(const int *value, int wanted)
{
    for (int i = 0; i < PUMPS_MAX && *value < wanted; i++)
        pump(1);
    return *value >= wanted;
}

bool pump_until_frames(int64_t wanted)
{
    for (int i = 0; i < PUMPS_MAX && fixture.frames < wanted; i++)
        pump(1);
    return fixture.frames >= wanted;
}

apr_socket_t *client_connect(void)
{
    apr_sockaddr_t *address = NULL;
    apr_socket_t *client = NULL;

    CU_ASSERT_EQUAL_FATAL(
        apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, fixture.port, 0, zk_test_pool()),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        apr_socket_create(&client, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool()),
        APR_SUCCESS);
    apr_socket_opt_set(client, APR_TCP_NODELAY, 1);
    apr_socket_timeout_set(client, apr_time_from_sec(5));
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(client, address), APR_SUCCESS);
    return client;
}

/* Writes are tried without waiting and passes run in between, so that more than the kernel's
 * buffers hold can be written from this one thread. */
void client_write(apr_socket_t *client, const void *bytes, size_t size)
{
    const char *at = bytes;
    int tries = 0;

    apr_socket_timeout_set(client, 0);
    while (size > 0 && tries++ < PUMPS_MAX) {
        apr_size_t length = size;
        apr_status_t rv = apr_socket_send(client, at, &length);

        if (rv != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(rv))
            break;
        if (rv != APR_SUCCESS)
            length = 0;
        at += length;
        size -= length;
        if (size > 0)
            pump(1);
    }
    CU_ASSERT_EQUAL(size, 0);
}

void client_write_frame(apr_socket_t *client, const char *text)
{
    char prefix[4];
    size_t size = strlen(text);

    zk_put_u32(prefix, (uint32_t)size);
    client_write(client, prefix, 4);
    client_write(client, text, size);
}

bool client_read(apr_socket_t *client, void *bytes, size_t size)
{
    char *at = bytes;
    int tries = 0;

    apr_socket_timeout_set(client, 0);
    while (size > 0 && tries++ < PUMPS_MAX) {
        apr_size_t length = size;
        apr_status_t rv = apr_socket_recv(client, at, &length);

        if (APR_STATUS_IS_EAGAIN(rv)) {
            pump(1);
            continue;
        }
        if (rv != APR_SUCCESS)
            return false;
        at += length;
        size -= length;
    }
    return size == 0;
}

apr_status_t client_read_end(apr_socket_t *client)
{
    char byte;

    apr_socket_timeout_set(client, 0);
    for (int i = 0; i < PUMPS_MAX; i++) {
        apr_size_t length = 1;
        apr_status_t rv = apr_socket_recv(client, &byte, &length);

        if (!APR_STATUS_IS_EAGAIN(rv))
            return rv;
        pump(1);
    }
    return APR_TIMEUP;
}

const char *heard_text(void)
{
    return apr_pstrmemdup(zk_test_pool(), (const char *)zk_buffer_bytes(&fixture.heard),
                          zk_buffer_size(&fixture.heard));
}
