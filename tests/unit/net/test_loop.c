/* test_loop.c -- waiting, waking, timers, and many connections. */
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/plat.h"
#include "net_fixture.h"

static void *APR_THREAD_FUNC wake_later(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    apr_sleep(apr_time_from_msec(30));
    zk_net_wake(fixture.net);
    return NULL;
}

static void another_thread_ends_the_wait(void)
{
    apr_thread_t *thread = NULL;
    apr_status_t result;
    int64_t begin = plat_monotonic_ms();

    fixture_start();
    CU_ASSERT_EQUAL_FATAL(apr_thread_create(&thread, NULL, wake_later, NULL, zk_test_pool()),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_net_pass(fixture.net, 20000), APR_SUCCESS);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin < 10000);
    apr_thread_join(&result, thread);
}

static void a_wake_before_the_pass_ends_that_pass_and_no_other(void)
{
    int64_t begin;

    fixture_start();
    zk_net_wake(fixture.net);
    begin = plat_monotonic_ms();
    zk_net_pass(fixture.net, 20000);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin < 10000);
    begin = plat_monotonic_ms();
    zk_net_pass(fixture.net, 50);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin >= 45);
}

static void waking_without_end_never_blocks_the_caller(void)
{
    fixture_start();
    for (int i = 0; i < 200000; i++)
        zk_net_wake(fixture.net);
    CU_ASSERT_EQUAL(zk_net_pass(fixture.net, 1000), APR_SUCCESS);
    zk_net_wake(fixture.net);
    CU_ASSERT_EQUAL(zk_net_pass(fixture.net, 1000), APR_SUCCESS);
}

static void a_connection_without_a_session_is_closed_in_time(void)
{
    apr_socket_t *idle;
    apr_socket_t *user;

    fixture.options.sessionless_timeout_ms = 60;
    fixture_start();
    user = client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    zk_net_set_established(fixture.net, fixture.last_opened);
    idle = client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 2));
    CU_ASSERT_EQUAL(fixture.gone, 0);
    CU_ASSERT_EQUAL(client_read_end(idle), APR_EOF);
    CU_ASSERT_TRUE(pump_until(&fixture.gone_by[ZK_NET_GONE_IDLE], 1));
    CU_ASSERT_EQUAL(zk_net_sessionless_expired(fixture.net), 1);
    client_write_frame(user, "alive");
    CU_ASSERT_TRUE(pump_until_frames(1));
    CU_ASSERT_EQUAL(fixture.gone, 1);
}

static void the_wait_ends_when_a_timer_is_due(void)
{
    int64_t begin;

    fixture.options.sessionless_timeout_ms = 100;
    fixture_start();
    client_connect();
    CU_ASSERT_TRUE(pump_until(&fixture.opened, 1));
    begin = plat_monotonic_ms();
    for (int i = 0; i < 5 && fixture.gone == 0; i++)
        zk_net_pass(fixture.net, 20000);
    CU_ASSERT_EQUAL(fixture.gone, 1);
    CU_ASSERT_TRUE(plat_monotonic_ms() - begin < 10000);
}

static void thousands_come_and_go_and_slots_are_used_again(void)
{
    enum { ROUNDS = 3 };
    static apr_socket_t *clients[2000];
    int64_t limit = plat_open_files_raise();
    int many = limit > 0 && limit < 4200 ? (int)limit / 2 - 50 : 2000;
    uint32_t slot_max = 0;

    fixture.keep = false;
    fixture_start();
    for (int round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < many; i++) {
            clients[i] = client_connect();
            client_write_frame(clients[i], "hello");
            if (i % 100 == 99)
                pump(2);
        }
        CU_ASSERT_TRUE(pump_until(&fixture.opened, many * round));
        CU_ASSERT_TRUE(pump_until_frames((int64_t)many * round));
        CU_ASSERT_EQUAL(zk_net_count(fixture.net), many);
        if ((uint32_t)fixture.last_opened > slot_max)
            slot_max = (uint32_t)fixture.last_opened;
        for (int i = 0; i < many; i++)
            apr_socket_close(clients[i]);
        CU_ASSERT_TRUE(pump_until(&fixture.gone, many * round));
        CU_ASSERT_EQUAL(zk_net_count(fixture.net), 0);
    }
    CU_ASSERT_TRUE(slot_max < (uint32_t)many);
}

static const zk_test_t tests[] = {
    {"another thread ends the wait", another_thread_ends_the_wait},
    {"a wake before the pass ends that pass and no other",
     a_wake_before_the_pass_ends_that_pass_and_no_other},
    {"waking without end never blocks the caller", waking_without_end_never_blocks_the_caller},
    {"a connection without a session is closed in time",
     a_connection_without_a_session_is_closed_in_time},
    {"the wait ends when a timer is due", the_wait_ends_when_a_timer_is_due},
    {"thousands come and go and slots are used again",
     thousands_come_and_go_and_slots_are_used_again},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_loop, "net/loop", tests, fixture_setup, fixture_teardown);
