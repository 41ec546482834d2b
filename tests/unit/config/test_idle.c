/* test_idle.c -- what a start says of keys that have no effect. */
#include "lib/zk_test.h"

#include <stdio.h>
#include <string.h>
#include <apr_strings.h>

#include "base/log.h"
#include "config/config.h"

static zk_config_t *load(const char *text)
{
    zk_config_t *config = zk_config_create(zk_test_pool());
    zk_note_t note = {""};

    CU_ASSERT_EQUAL_FATAL(zk_config_load_text(config, "test", text, strlen(text), &note),
                          APR_SUCCESS);
    return config;
}

/* What zk_config_warn_of_idle logs about TEXT. */
static const char *warned(const char *text)
{
    char *lines = apr_pcalloc(zk_test_pool(), 4096);
    FILE *sink = fopen(apr_pstrcat(zk_test_pool(), zk_test_dir(), "/log", NULL), "w+");
    zk_config_t *config = load(text);

    CU_ASSERT_PTR_NOT_NULL_FATAL(sink);
    zk_log_setup(sink, ZK_LOG_INFO, -1);
    zk_config_warn_of_idle(config);
    zk_log_setup(stdout, ZK_LOG_ERROR, -1);
    rewind(sink);
    lines[fread(lines, 1, 4095, sink)] = '\0';
    fclose(sink);
    return lines;
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
        warned("dataDir=/d\nclientPort=1\naudit.enable=true\nlocalSessionsEnabled=true\n"
               "request_throttle_max_requests=5\nconnection_throttle_freeze_time=7\n"
               "admin.serverPort=9090\nmetricsProvider.httpPort=7000\n"
               "metricsProvider.ssl.keyStore.password=hidden\n");

    CU_ASSERT_EQUAL(count_warnings(lines), 7);
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "audit.enable is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "localSessionsEnabled is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "admin.serverPort is set and has no effect"));
    CU_ASSERT_PTR_NULL(strstr(lines, "hidden"));
    CU_ASSERT_STRING_EQUAL(warned("dataDir=/d\nclientPort=1\nadmin.enableServer=false\n"
                                  "audit.enable=false\nmetricsProvider.className="
                                  "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider\n"),
                           "");
}

static void throttles_of_learners_that_do_nothing_are_said(void)
{
    const char *lines =
        warned("dataDir=/d\nclientPort=1\nobserver.reconnectDelayMs=500\n"
               "leader.maxConcurrentSnapSyncs=2\nleader.maxConcurrentDiffSyncs=2\n");

    CU_ASSERT_EQUAL(count_warnings(lines), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "observer.reconnectDelayMs is set and has no effect"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lines, "leader.maxConcurrentSnapSyncs is set and has no effect"));
    CU_ASSERT_STRING_EQUAL(warned("dataDir=/d\nclientPort=1\nleader.maxConcurrentSnapSyncs=10\n"),
                           "");
}

static void threads_that_do_not_exist_yet_are_said_once(void)
{
    const char *lines = warned("dataDir=/d\nclientPort=1\nioThreads=4\n");
    const char *first = strstr(lines, "WARN");

    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "ioThreads=4"));
    CU_ASSERT_PTR_NULL(strstr(first + 1, "WARN"));
    CU_ASSERT_STRING_EQUAL(warned("dataDir=/d\nclientPort=1\nioThreads=0\n"), "");
    CU_ASSERT_STRING_EQUAL(warned("dataDir=/d\nclientPort=1\n"), "");
}

static const zk_test_t tests[] = {
    {"throttles of learners that do nothing are said",
     throttles_of_learners_that_do_nothing_are_said},
    {"keys without effect are said once each", keys_without_effect_are_said_once_each},
    {"threads that do not exist yet are said once", threads_that_do_not_exist_yet_are_said_once},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_idle, "config/idle", tests, NULL, NULL);
