/* test_stopper.c -- a wish to stop, before there is a server, twice, and after its end. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_strings.h>

#include "server/stopper.h"

static zk_server_t *create(apr_pool_t *pool)
{
    zk_config_t *config = zk_config_create(zk_test_pool());
    const char *text = apr_psprintf(zk_test_pool(),
                                    "dataDir=%s\nclientPort=0\nclientPortAddress=127.0.0.1\n"
                                    "preAllocSize=64\n",
                                    zk_test_dir());
    zk_server_t *server = NULL;
    zk_note_t note = {""};
    int code;

    CU_ASSERT_EQUAL_FATAL(zk_config_load_text(config, "test", text, strlen(text), &note),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(zk_server_create(&server, config, &code, pool, &note), APR_SUCCESS);
    return server;
}

/* Would serve for ever if the wish were lost. */
static void a_stop_during_the_start_is_not_forgotten(void)
{
    zk_stopper_t stopper = ZK_STOPPER_INIT;
    apr_pool_t *pool = NULL;
    zk_server_t *server;

    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    zk_stopper_stop(&stopper, "early");
    server = create(pool);
    zk_stopper_set_server(&stopper, server);
    CU_ASSERT_EQUAL(zk_server_run(server), ZK_EXIT_OK);
    apr_pool_destroy(pool);
}

static void a_second_stop_finds_no_server_that_has_ended(void)
{
    zk_stopper_t stopper = ZK_STOPPER_INIT;
    apr_pool_t *pool = NULL;
    zk_server_t *server;

    apr_pool_create_ex(&pool, NULL, zk_pool_abort, NULL);
    server = create(pool);
    zk_stopper_set_server(&stopper, server);
    zk_stopper_stop(&stopper, "once");
    zk_stopper_stop(&stopper, "twice");
    CU_ASSERT_EQUAL(zk_server_run(server), ZK_EXIT_OK);
    zk_stopper_set_server(&stopper, NULL);
    apr_pool_destroy(pool);
    zk_stopper_stop(&stopper, "too late");
    CU_ASSERT_STRING_EQUAL(stopper.reason, "once");
}

static const zk_test_t tests[] = {
    {"a stop during the start is not forgotten", a_stop_during_the_start_is_not_forgotten},
    {"a second stop finds no server that has ended", a_second_stop_finds_no_server_that_has_ended},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_stopper, "server/stopper", tests, NULL, NULL);
