/* test_roles.c -- how roles begin and end: full epochs, shutdowns, orphans, reading only. */
#include "trio.h"
static void begin_three(void)
{
    trio_begin(3, 0);
}
static const zk_test_t tests[] = {
    {NULL, NULL}};

ZK_TEST_SUITE(suite_roles, "pipeline/roles", tests, begin_three, trio_end);
