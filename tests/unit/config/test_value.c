/* test_value.c -- numbers as Java reads them. */
#include "config_fixture.h"

static void a_whole_number_is_decimal_and_in_range(void)
{
    config_accepted("tickTime=+2000\nmaxClientCnxns=-1");
    CU_ASSERT_EQUAL(config->tick_ms, 2000);
    CU_ASSERT_EQUAL(config->connections_per_ip_max, -1);
    config_refused("tickTime=abc", "'zoo.cfg', line 3, key 'tickTime'",
                   "For input string: \"abc\"");
    config_refused("tickTime=0x10", "line 3", "For input string: \"0x10\"");
    config_refused("tickTime=", "line 3", "For input string: \"\"");
    config_refused("tickTime=2147483648", "line 3", "For input string: \"2147483648\"");
    config_refused("tickTime=2000 # ms", "line 3", "For input string: \"2000 # ms\"");
    config_refused("tickTime=-5", "key 'tickTime'", "(1 to 2147483647 is allowed)");
    config_refused("tickTime=0", "key 'tickTime'", "tickTime is not set");
    config_refused("\n\nioThreads=65", "line 5, key 'ioThreads'", "(-1 to 64 is allowed)");
}

static void lenient_numbers_decode_hexadecimal_and_octal(void)
{
    config_accepted("snapCount=0x1F4\nglobalOutstandingLimit=#ff\nmaxCnxns=017\nmaxBatchSize=0");
    CU_ASSERT_EQUAL(config->snap_count, 500);
    CU_ASSERT_EQUAL(config->outstanding_max, 255);
    CU_ASSERT_EQUAL(config->connections_max, 15);
    CU_ASSERT_EQUAL(config->sync_batch_max, 0);
    CU_ASSERT_EQUAL(config_warnings(), 0);
}

static void a_lenient_number_that_does_not_parse_is_the_default_with_a_warning(void)
{
    config_accepted("snapCount=many\nglobalOutstandingLimit=08\nmaxResponseCacheSize=3000000000");
    CU_ASSERT_EQUAL(config->snap_count, 100000);
    CU_ASSERT_EQUAL(config->outstanding_max, 1000);
    CU_ASSERT_EQUAL(config->response_cache_entries, 400);
    CU_ASSERT_EQUAL(config_warnings(), 3);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "many is not a valid value for snapCount"), 1);
}

static const zk_test_t tests[] = {
    {"a whole number is decimal and in range", a_whole_number_is_decimal_and_in_range},
    {"lenient numbers decode hexadecimal and octal", lenient_numbers_decode_hexadecimal_and_octal},
    {"a lenient number that does not parse is the default, with a warning",
     a_lenient_number_that_does_not_parse_is_the_default_with_a_warning},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_value, "config/value", tests, config_setup, NULL);
