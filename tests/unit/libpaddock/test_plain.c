/* test_plain.c -- what needs no server: structures, texts, refusals. */
#include <errno.h>
#include <string.h>

#define THREADED
#include <zookeeper/zookeeper.h>
#include <zookeeper/zookeeper_log.h>

#include "lib/zk_test.h"

static char logged[512];

static void keep_line(const char *line)
{
    snprintf(logged, sizeof(logged), "%s", line);
}

static void vectors_are_made_empty_and_freed_with_what_they_hold(void)
{
    struct String_vector strings;
    struct ACL_vector acl;

    CU_ASSERT_EQUAL(allocate_String_vector(&strings, 3), 0);
    CU_ASSERT_EQUAL(strings.count, 3);
    CU_ASSERT_PTR_NULL(strings.data[2]);
    strings.data[1] = strdup("x");
    CU_ASSERT_EQUAL(deallocate_String_vector(&strings), 0);
    CU_ASSERT_PTR_NULL(strings.data);
    allocate_ACL_vector(&acl, 1);
    acl.data[0].id.scheme = strdup("world");
    deallocate_ACL_vector(&acl);
    CU_ASSERT_PTR_NULL(acl.data);
    allocate_String_vector(&strings, 0);
    CU_ASSERT_PTR_NULL(strings.data);
    deallocate_String_vector(&strings);
}

static void results_have_texts(void)
{
    CU_ASSERT_STRING_EQUAL(zerror(ZOK), "ok");
    CU_ASSERT_STRING_EQUAL(zerror(ZNONODE), "no node");
    CU_ASSERT_STRING_EQUAL(zerror(-9999), "unknown error");
    CU_ASSERT_STRING_EQUAL(zerror(ENOENT), strerror(ENOENT));
}

static void a_bad_list_of_servers_gives_no_handle(void)
{
    errno = 0;
    CU_ASSERT_PTR_NULL(zookeeper_init2("", NULL, 1000, NULL, NULL, 0, keep_line));
    CU_ASSERT_EQUAL(errno, EINVAL);
    errno = 0;
    CU_ASSERT_PTR_NULL(zookeeper_init2("host:port", NULL, 1000, NULL, NULL, 0, keep_line));
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(logged, "host:port"));
    CU_ASSERT_PTR_NULL(zookeeper_init2(NULL, NULL, 1000, NULL, NULL, 0, keep_line));
}

static void missing_handles_and_bad_paths_are_refused(void)
{
    char data[4];
    int length = sizeof(data);

    CU_ASSERT_EQUAL(zookeeper_close(NULL), ZBADARGUMENTS);
    CU_ASSERT_EQUAL(zoo_get(NULL, "/a", 0, data, &length, NULL), ZBADARGUMENTS);
    CU_ASSERT_EQUAL(zoo_adelete(NULL, "/a", -1, NULL, NULL), ZBADARGUMENTS);
    CU_ASSERT_EQUAL(zoo_amulti(NULL, 0, NULL, NULL, NULL, NULL), ZBADARGUMENTS);
    CU_ASSERT_EQUAL(zoo_set_servers(NULL, "a:1"), ZBADARGUMENTS);
    CU_ASSERT_EQUAL(zoo_add_auth(NULL, "digest", "a:b", 3, NULL, NULL), ZBADARGUMENTS);
}

static void numbers_turn_into_network_order(void)
{
    int64_t swapped = zoo_htonll(0x0102030405060708);

    CU_ASSERT_EQUAL(((const unsigned char *)&swapped)[0], 1);
    CU_ASSERT_EQUAL(((const unsigned char *)&swapped)[7], 8);
}

static const zk_test_t tests[] = {
    {"vectors are made empty and freed with what they hold",
     vectors_are_made_empty_and_freed_with_what_they_hold},
    {"results have texts", results_have_texts},
    {"a bad list of servers gives no handle", a_bad_list_of_servers_gives_no_handle},
    {"missing handles and bad paths are refused", missing_handles_and_bad_paths_are_refused},
    {"numbers turn into network order", numbers_turn_into_network_order},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_plain, "libpaddock/plain", tests, NULL, NULL);
