/* test_hosts.c -- the connect string. */
#include "client/hosts.h"

#include <string.h>

#include "lib/zk_test.h"

static zk_hosts_t *parse(const char *text)
{
    zk_hosts_t *hosts = NULL;
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_hosts_parse(&hosts, text, zk_test_pool(), &note), APR_SUCCESS);
    return hosts;
}

static void hosts_ports_and_chroot_are_told_apart(void)
{
    zk_hosts_t *hosts = parse("a:1,b,c:,d:65535/app/x");

    CU_ASSERT_EQUAL_FATAL(hosts->count, 4);
    CU_ASSERT_STRING_EQUAL(hosts->items[0].name, "a");
    CU_ASSERT_EQUAL(hosts->items[0].port, 1);
    CU_ASSERT_STRING_EQUAL(hosts->items[1].name, "b");
    CU_ASSERT_EQUAL(hosts->items[1].port, 2181);
    CU_ASSERT_EQUAL(hosts->items[2].port, 2181);
    CU_ASSERT_EQUAL(hosts->items[3].port, 65535);
    CU_ASSERT_STRING_EQUAL(hosts->chroot, "/app/x");
}

static void a_lone_slash_is_no_chroot(void)
{
    CU_ASSERT_STRING_EQUAL(parse("h:1/")->chroot, "");
    CU_ASSERT_STRING_EQUAL(parse("h:1")->chroot, "");
}

static void blanks_and_empty_parts_are_dropped(void)
{
    zk_hosts_t *hosts = parse(" a:1 ,, b ,");

    CU_ASSERT_EQUAL_FATAL(hosts->count, 2);
    CU_ASSERT_STRING_EQUAL(hosts->items[0].name, "a");
    CU_ASSERT_STRING_EQUAL(hosts->items[1].name, "b");
}

static void ipv6_addresses_may_stand_in_brackets(void)
{
    zk_hosts_t *hosts = parse("[::1]:2182,[fe80::1],::1");

    CU_ASSERT_EQUAL_FATAL(hosts->count, 3);
    CU_ASSERT_STRING_EQUAL(hosts->items[0].name, "::1");
    CU_ASSERT_EQUAL(hosts->items[0].port, 2182);
    CU_ASSERT_STRING_EQUAL(hosts->items[1].name, "fe80::1");
    CU_ASSERT_EQUAL(hosts->items[1].port, 2181);
    CU_ASSERT_STRING_EQUAL(hosts->items[2].name, "::1");
    CU_ASSERT_EQUAL(hosts->items[2].port, 2181);
}

static void bad_connect_strings_are_refused_with_the_known_sentences(void)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {{"", "A HostProvider may not be empty!"},
                 {",", "A HostProvider may not be empty!"},
                 {"h:x", "Invalid port in connect string: h:x"},
                 {"h:65536", "Invalid port in connect string: h:65536"},
                 {"h:-1", "Invalid port in connect string: h:-1"},
                 {"h:1/x/", "Path must not end with / character"},
                 {"h:1//", "Path must not end with / character"}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_hosts_t *hosts;
        zk_note_t note;

        CU_ASSERT_EQUAL(zk_hosts_parse(&hosts, cases[i].text, zk_test_pool(), &note), ZK_E_USAGE);
        CU_ASSERT_STRING_EQUAL(note.text, cases[i].sentence);
    }
}

static void turns_go_round_and_a_shuffle_keeps_every_host(void)
{
    zk_hosts_t *hosts = parse("a,b,c,d");
    zk_random_t random;
    int seen[4] = {0, 0, 0, 0};
    int i;

    CU_ASSERT_STRING_EQUAL(zk_hosts_take(hosts)->name, "a");
    CU_ASSERT_STRING_EQUAL(zk_hosts_take(hosts)->name, "b");
    zk_random_seed(&random, 7);
    zk_hosts_shuffle(hosts, &random);
    for (i = 0; i < 8; i++)
        seen[zk_hosts_take(hosts)->name[0] - 'a']++;
    for (i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(seen[i], 2);
}

static const zk_test_t tests[] = {
    {"hosts, ports and chroot are told apart", hosts_ports_and_chroot_are_told_apart},
    {"a lone slash is no chroot", a_lone_slash_is_no_chroot},
    {"blanks and empty parts are dropped", blanks_and_empty_parts_are_dropped},
    {"IPv6 addresses may stand in brackets", ipv6_addresses_may_stand_in_brackets},
    {"bad connect strings are refused with the known sentences",
     bad_connect_strings_are_refused_with_the_known_sentences},
    {"turns go round, and a shuffle keeps every host",
     turns_go_round_and_a_shuffle_keeps_every_host},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_hosts, "client/hosts", tests, NULL, NULL);
