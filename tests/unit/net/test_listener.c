/* test_listener.c -- who comes in, who is turned away, and how peers are named. */
#include <string.h>

#include "net_fixture.h"

static void the_peer_is_named_by_its_plain_address(void)
{
    apr_sockaddr_t *local = NULL;
    apr_socket_t *client;

    fixture_start();
    client = client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    CU_ASSERT_EQUAL_FATAL(apr_socket_addr_get(&local, APR_LOCAL, client), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture.address, "127.0.0.1");
    CU_ASSERT_EQUAL(fixture.peer_port, local->port);
    CU_ASSERT_EQUAL(zk_net_peer_port(fixture.net, fixture.last_opened), local->port);
}

static void every_address_means_ipv6_as_well(void)
{
    apr_sockaddr_t *address = NULL;
    apr_socket_t *client = NULL;

    fixture_start();
    if (apr_sockaddr_info_get(&address, "::1", APR_UNSPEC, fixture.port, 0, zk_test_pool()) !=
            APR_SUCCESS ||
        apr_socket_create(&client, address->family, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool()) !=
            APR_SUCCESS ||
        apr_socket_connect(client, address) != APR_SUCCESS)
        return; /* no IPv6 on this machine */
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    CU_ASSERT_STRING_EQUAL(fixture.address, "0:0:0:0:0:0:0:1");
}

static void one_address_above_its_limit_is_closed_without_a_byte(void)
{
    apr_socket_t *first;
    apr_socket_t *third;

    fixture.options.per_address_max = 2;
    fixture_start();
    first = client_connect();
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 2));
    third = client_connect();
    CU_ASSERT_EQUAL(client_read_end(third), APR_EOF);
    CU_ASSERT_EQUAL(fixture.opened, 2);
    CU_ASSERT_EQUAL(zk_net_rejected(fixture.net), 1);
    apr_socket_close(first);
    CU_ASSERT_TRUE(pump_until(&fixture.gone, 1));
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 3));
    CU_ASSERT_EQUAL(zk_net_rejected(fixture.net), 1);
}

static void words_count_toward_the_limit(void)
{
    apr_socket_t *second;

    fixture.options.per_address_max = 1;
    fixture_start();
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    second = client_connect();
    client_write(second, "ruok", 4);
    CU_ASSERT_NOT_EQUAL(client_read_end(second), APR_SUCCESS);
    CU_ASSERT_EQUAL(fixture.words, 0);
}

static void all_together_above_the_limit_are_closed_too(void)
{
    apr_socket_t *second;

    fixture.options.connections_max = 1;
    fixture_start();
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    second = client_connect();
    CU_ASSERT_EQUAL(client_read_end(second), APR_EOF);
    CU_ASSERT_EQUAL(zk_net_rejected(fixture.net), 1);
    CU_ASSERT_EQUAL(zk_net_count(fixture.net), 1);
}

/* Lingering ones hold a descriptor too, so they count until they are really gone. */
static void descriptors_kept_for_files_are_not_given_to_connections(void)
{
    apr_socket_t *first;
    apr_socket_t *second;

    fixture.options.sockets_max = 1;
    fixture.close_each = true;
    fixture_start();
    first = client_connect();
    client_write_frame(first, "close me");
    CU_ASSERT_TRUE(pump_until(&fixture.gone, 1));
    CU_ASSERT_EQUAL(zk_net_count(fixture.net), 0);
    second = client_connect();
    CU_ASSERT_EQUAL(client_read_end(second), APR_EOF);
    CU_ASSERT_EQUAL(fixture.opened, 1);
    CU_ASSERT_EQUAL(zk_net_rejected(fixture.net), 1);
    apr_socket_close(first);
    pump(5);
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 2));
}

static void a_port_in_use_is_refused_with_a_sentence(void)
{
    zk_note_t note;
    uint16_t bound = 0;

    fixture_start();
    CU_ASSERT_NOT_EQUAL(zk_net_listen(fixture.net, NULL, fixture.port, -1, &bound, &note),
                        APR_SUCCESS);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "cannot listen on"));
}

static void one_host_alone_can_be_listened_on(void)
{
    zk_note_t note;
    uint16_t bound = 0;

    fixture_start();
    CU_ASSERT_EQUAL_FATAL(zk_net_listen(fixture.net, "127.0.0.1", 0, 5, &bound, &note),
                          APR_SUCCESS);
    CU_ASSERT_NOT_EQUAL(bound, 0);
    CU_ASSERT_NOT_EQUAL(bound, fixture.port);
    fixture.port = bound;
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
}

/* Most systems know it by both families, and the IPv6 one first. */
static void localhost_can_be_reached_by_ipv4(void)
{
    zk_note_t note;
    uint16_t bound = 0;

    fixture_start();
    CU_ASSERT_EQUAL_FATAL(zk_net_listen(fixture.net, "localhost", 0, 5, &bound, &note),
                          APR_SUCCESS);
    fixture.port = bound;
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    CU_ASSERT_STRING_EQUAL(fixture.address, "127.0.0.1");
}

static void after_stopping_nobody_comes_in_and_those_inside_stay(void)
{
    apr_sockaddr_t *address = NULL;
    apr_socket_t *late = NULL;
    apr_socket_t *client;

    fixture_start();
    client = client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    zk_net_stop_listening(fixture.net);
    CU_ASSERT_EQUAL_FATAL(
        apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, fixture.port, 0, zk_test_pool()),
        APR_SUCCESS);
    apr_socket_create(&late, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool());
    CU_ASSERT_NOT_EQUAL(apr_socket_connect(late, address), APR_SUCCESS);
    client_write_frame(client, "still here");
    CU_ASSERT_TRUE(pump_until_frames(1));
}

static const zk_test_t tests[] = {
    {"the peer is named by its plain address", the_peer_is_named_by_its_plain_address},
    {"every address means IPv6 as well", every_address_means_ipv6_as_well},
    {"one address above its limit is closed without a byte",
     one_address_above_its_limit_is_closed_without_a_byte},
    {"words count toward the limit", words_count_toward_the_limit},
    {"all together above the limit are closed too", all_together_above_the_limit_are_closed_too},
    {"descriptors kept for files are not given to connections",
     descriptors_kept_for_files_are_not_given_to_connections},
    {"a port in use is refused with a sentence", a_port_in_use_is_refused_with_a_sentence},
    {"one host alone can be listened on", one_host_alone_can_be_listened_on},
    {"localhost can be reached by IPv4", localhost_can_be_reached_by_ipv4},
    {"after stopping nobody comes in and those inside stay",
     after_stopping_nobody_comes_in_and_those_inside_stay},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_listener, "net/listener", tests, fixture_setup, fixture_teardown);
