/* test_guest.c -- sockets of others in the same pass. */
#include <string.h>

#include <apr_network_io.h>

#include "net_fixture.h"

typedef struct visit {
    zk_net_guest_t *guest;
    struct visit *victim; /* removed at the first call, may be itself */
    int reads, writes;
} visit_t;

static apr_socket_t *ends[2][2]; /* two pairs of connected sockets */
static visit_t visits[2];

static void setup(void)
{
    memset(visits, 0, sizeof(visits));
    fixture_setup();
    fixture_start();
}

static void connect_pair(apr_socket_t **pair)
{
    apr_pool_t *pool = zk_test_pool();
    apr_sockaddr_t *address;
    apr_socket_t *listener;

    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, 0, 0, pool);
    apr_socket_create(&listener, APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool);
    CU_ASSERT_EQUAL_FATAL(apr_socket_bind(listener, address), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_listen(listener, 1), APR_SUCCESS);
    apr_socket_addr_get(&address, APR_LOCAL, listener);
    apr_socket_create(&pair[0], APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool);
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(pair[0], address), APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_accept(&pair[1], listener, pool), APR_SUCCESS);
    apr_socket_close(listener);
    apr_socket_timeout_set(pair[1], 0);
}

static void ready(void *baton, unsigned what)
{
    visit_t *visit = baton;
    char bytes[64];
    apr_size_t size = sizeof(bytes);

    visit->reads += (what & ZK_NET_GUEST_READ) != 0;
    visit->writes += (what & ZK_NET_GUEST_WRITE) != 0;
    if (visit->victim != NULL) {
        zk_net_guest_remove(visit->victim->guest);
        visit->victim->guest = NULL;
        visit->victim->victim = NULL;
        visit->victim = NULL;
    }
    if (visit->guest != NULL && visit == &visits[0])
        (void)apr_socket_recv(ends[0][1], bytes, &size);
}

static void add(int i, unsigned want)
{
    connect_pair(ends[i]);
    CU_ASSERT_EQUAL_FATAL(
        zk_net_guest_add(&visits[i].guest, fixture.net, ends[i][1], want, ready, &visits[i], NULL),
        APR_SUCCESS);
}

static void say(int i)
{
    apr_size_t size = 1;

    apr_socket_send(ends[i][0], "x", &size);
}

static void take_away(void)
{
    for (int i = 0; i < 2; i++) {
        if (visits[i].guest != NULL)
            zk_net_guest_remove(visits[i].guest);
        visits[i].guest = NULL;
    }
}

static void a_guest_hears_that_bytes_came_and_no_more_once_they_are_read(void)
{
    add(0, ZK_NET_GUEST_READ);
    pump(2);
    CU_ASSERT_EQUAL(visits[0].reads, 0);
    say(0);
    CU_ASSERT_TRUE(pump_until(&visits[0].reads, 1));
    pump(3);
    CU_ASSERT_EQUAL(visits[0].reads, 1);
    CU_ASSERT_EQUAL(visits[0].writes, 0);
    take_away();
}

static void interest_can_be_changed_and_withdrawn(void)
{
    add(1, 0);
    say(1);
    pump(3);
    CU_ASSERT_EQUAL(visits[1].reads + visits[1].writes, 0);
    zk_net_guest_want(visits[1].guest, ZK_NET_GUEST_WRITE);
    pump(3);
    CU_ASSERT_TRUE(visits[1].writes >= 1);
    CU_ASSERT_EQUAL(visits[1].reads, 0);
    zk_net_guest_want(visits[1].guest, ZK_NET_GUEST_READ);
    CU_ASSERT_TRUE(pump_until(&visits[1].reads, 3)); /* nobody reads it: level-triggered */
    take_away();
}

static void the_end_of_the_other_side_is_something_to_read(void)
{
    add(0, ZK_NET_GUEST_READ);
    apr_socket_close(ends[0][0]);
    CU_ASSERT_TRUE(pump_until(&visits[0].reads, 1));
    take_away();
}

static void a_guest_may_remove_itself_while_it_is_called(void)
{
    add(0, ZK_NET_GUEST_READ);
    visits[0].victim = &visits[0];
    say(0);
    CU_ASSERT_TRUE(pump_until(&visits[0].reads, 1));
    say(0);
    pump(3);
    CU_ASSERT_EQUAL(visits[0].reads, 1);
}

static void a_guest_removed_by_another_in_the_same_pass_is_not_called(void)
{
    add(0, ZK_NET_GUEST_READ);
    add(1, ZK_NET_GUEST_READ);
    visits[0].victim = &visits[1];
    visits[1].victim = &visits[0];
    say(0);
    say(1);
    for (int i = 0; i < 1000 && visits[0].reads + visits[1].reads == 0; i++)
        pump(1);
    pump(3);
    /* Whoever came first removed the other. */
    CU_ASSERT_TRUE((visits[0].guest == NULL) != (visits[1].guest == NULL));
    CU_ASSERT_TRUE((visits[0].reads == 0) != (visits[1].reads == 0));
    take_away();
}

static void clients_are_served_beside_guests(void)
{
    apr_socket_t *client;

    add(0, ZK_NET_GUEST_READ);
    fixture.keep = true;
    client = client_connect();
    client_write_frame(client, "hello");
    say(0);
    CU_ASSERT_TRUE(pump_until(&visits[0].reads, 1));
    CU_ASSERT_TRUE(pump_until_frames(1));
    apr_socket_close(client);
    take_away();
}

static const zk_test_t tests[] = {
    {"a guest hears that bytes came, and no more once they are read",
     a_guest_hears_that_bytes_came_and_no_more_once_they_are_read},
    {"interest can be changed and withdrawn", interest_can_be_changed_and_withdrawn},
    {"the end of the other side is something to read",
     the_end_of_the_other_side_is_something_to_read},
    {"a guest may remove itself while it is called", a_guest_may_remove_itself_while_it_is_called},
    {"a guest removed by another in the same pass is not called",
     a_guest_removed_by_another_in_the_same_pass_is_not_called},
    {"clients are served beside guests", clients_are_served_beside_guests},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_guest, "net/guest", tests, setup, fixture_teardown);
