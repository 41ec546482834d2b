/* test_idle.c -- what a start says of keys that have no effect. */
#include "config_fixture.h"

#include <string.h>

#include "lib/texts.h"

/* What zk_config_warn_of_idle logs about LINES. */
static const char *warned(const char *lines)
{
    config_accepted(lines);
    zk_test_begin_log(ZK_LOG_INFO);
    zk_config_warn_of_idle(config);
    return zk_test_end_log();
}

static int count_warnings(const char *lines)
{
    int count = 0;

    while ((lines = strstr(lines, "WARN ")) != NULL) {
        count++;
        lines++;
    }
    return count;
}

static void keys_without_effect_are_said_once_each(void)
{
    const char *lines =
        warned("audit.enable=true\nlocalSessionsEnabled=true\n"
               "request_throttle_max_requests=5\nconnection_throttle_freeze_time=7\n"
               "admin.serverPort=9090\nmetricsProvider.httpPort=7000\n"
               "metricsProvider.ssl.keyStore.password=hidden\n");

    CU_ASSERT_EQUAL(count_warnings(lines), 7);
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "audit.enable is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "localSessionsEnabled is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "admin.serverPort is set and has no effect"));
    CU_ASSERT_PTR_NULL(strstr(lines, "hidden"));
    CU_ASSERT_STRING_EQUAL(warned("admin.enableServer=false\n"
                                  "audit.enable=false\nmetricsProvider.className="
                                  "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider\n"),
                           "");
}

static void throttles_of_learners_that_do_nothing_are_said(void)
{
    const char *lines =
        warned("observer.reconnectDelayMs=500\n"
               "leader.maxConcurrentSnapSyncs=2\nleader.maxConcurrentDiffSyncs=2\n");

    CU_ASSERT_EQUAL(count_warnings(lines), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "observer.reconnectDelayMs is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "leader.maxConcurrentSnapSyncs is set and has no effect"));
    CU_ASSERT_STRING_EQUAL(warned("leader.maxConcurrentSnapSyncs=10\n"), "");
}

static void threads_that_do_not_exist_yet_are_said_once(void)
{
    const char *lines = warned("ioThreads=4\n");
    const char *first = strstr(lines, "WARN");

    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "ioThreads=4"));
    CU_ASSERT_PTR_NULL(strstr(first + 1, "WARN"));
    CU_ASSERT_STRING_EQUAL(warned("ioThreads=0\n"), "");
    CU_ASSERT_STRING_EQUAL(warned(""), "");
}

static const zk_test_t tests[] = {
    {"throttles of learners that do nothing are said",
     throttles_of_learners_that_do_nothing_are_said},
    {"keys without effect are said once each", keys_without_effect_are_said_once_each},
    {"threads that do not exist yet are said once", threads_that_do_not_exist_yet_are_said_once},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_idle, "config/idle", tests, config_setup, NULL);
