/* test_list_text.c -- the voters in a server list's text, and lists that could elect two leaders.
 */
#include "lib/zk_test.h"

#include <stdio.h>
#include <string.h>

#include "zab/list_text.h"

#define LINE(n) "server." #n "=127.0.0.1:288" #n ":388" #n ":participant;127.0.0.1:218" #n "\n"

static const char three[] = LINE(1) LINE(2) LINE(3) "version=0";
static const char six[] = LINE(1) LINE(2) LINE(3) LINE(4) LINE(5) LINE(6) "version=0";

static zk_quorum_t voters_of(const char *text)
{
    zk_quorum_t voters = {.count = 0};

    CU_ASSERT_TRUE_FATAL(zk_list_text_voters(&voters, zk_str(text)));
    return voters;
}

static void participants_are_voters_and_observers_are_not(void)
{
    zk_quorum_t voters = voters_of("server.12=a:1:2:participant;b:3\nserver.3=[::1]:1:2\n"
                                   "server.5=a:1:2|c:1:2:OBSERVER;0.0.0.0:2181\nversion=1f");

    CU_ASSERT_EQUAL_FATAL(voters.count, 2);
    CU_ASSERT_EQUAL(voters.sids[0], 3);
    CU_ASSERT_EQUAL(voters.sids[1], 12);
}

static void groups_and_weights_make_the_rule_hierarchical(void)
{
    zk_quorum_t voters = voters_of(LINE(1) LINE(2) LINE(3) "group.1=1:2\ngroup.2=3\nweight.2=5\n"
                                                           "version=0");

    CU_ASSERT_TRUE(voters.is_hierarchical);
    CU_ASSERT_EQUAL(zk_quorum_weight(&voters, 2), 5);
    CU_ASSERT_EQUAL(zk_quorum_weight(&voters, 1), 1);
    CU_ASSERT_EQUAL(voters.groups[2], 2);
}

static void a_text_that_names_no_voter_is_not_believed(void)
{
    static const char *const texts[] = {"",
                                        "version=0",
                                        "server.=a:1:2",
                                        "server.x=a:1:2",
                                        "server.1",
                                        "server.1:a:1",
                                        "server.99999999999999999999=a:1:2",
                                        "server.1=a:1:2:observer",
                                        "server.1=a:1:2\ngroup.1=1:\n",
                                        "server.1=a:1:2\nweight.1=heavy\n",
                                        "server.1=a:1:2\nweight.1=281474976710657\n"};
    zk_quorum_t voters;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_FALSE(zk_list_text_voters(&voters, zk_str(texts[i])));
    CU_ASSERT_FALSE(zk_list_text_voters(&voters, ZK_STR_NULL));
}

static void more_servers_than_a_quorum_holds_are_refused(void)
{
    char text[300 * 32];
    size_t used = 0;
    zk_quorum_t voters;
    int i;

    for (i = 1; i <= ZK_QUORUM_VOTERS_MAX + 1; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "server.%d=a:1:2\n", i);
    CU_ASSERT_FALSE(zk_list_text_voters(&voters, zk_str(text)));
}

/* Can servers under THEIRS elect a leader without those of OURS named by the digits of TAKEN? */
static bool could_split(const char *ours, const char *taken, const char *theirs)
{
    zk_quorum_t our_voters = voters_of(ours);
    zk_quorum_t their_voters = voters_of(theirs);
    bool agrees[ZK_QUORUM_VOTERS_MAX] = {false};

    for (; *taken != '\0'; taken++)
        agrees[zk_quorum_place(&our_voters, *taken - '0')] = true;
    return zk_quorum_could_split(&our_voters, agrees, &their_voters);
}

static void lists_whose_quorums_need_not_meet_could_split(void)
{
    static const char four[] = LINE(1) LINE(2) LINE(3) LINE(4);
    static const char last_three[] = LINE(4) LINE(5) LINE(6);

    CU_ASSERT_TRUE(could_split(three, "12", six));
    CU_ASSERT_TRUE(could_split(six, "3456", three));
    CU_ASSERT_FALSE(could_split(six, "13456", three)); /* server 2 alone is no quorum of three */
    CU_ASSERT_FALSE(could_split(three, "12", four));
    CU_ASSERT_FALSE(could_split(last_three, "456", six));
    CU_ASSERT_TRUE(could_split(last_three, "45", six));
    CU_ASSERT_FALSE(could_split(three, "12", three));
}

static void sameness_looks_at_voters_and_rule_only(void)
{
    zk_quorum_t a = voters_of(three);
    zk_quorum_t b = voters_of("server.3=x:1:2\nserver.1=y:1:2\nserver.2=z:1:2");
    zk_quorum_t c = voters_of(six);

    CU_ASSERT_TRUE(zk_quorum_is_same(&a, &b));
    CU_ASSERT_FALSE(zk_quorum_is_same(&a, &c));
    zk_quorum_set_group(&b, 1, 1, 2);
    CU_ASSERT_FALSE(zk_quorum_is_same(&a, &b));
}

static const zk_test_t tests[] = {
    {"participants are voters and observers are not",
     participants_are_voters_and_observers_are_not},
    {"groups and weights make the rule hierarchical",
     groups_and_weights_make_the_rule_hierarchical},
    {"a text that names no voter is not believed", a_text_that_names_no_voter_is_not_believed},
    {"more servers than a quorum holds are refused", more_servers_than_a_quorum_holds_are_refused},
    {"lists whose quorums need not meet could split",
     lists_whose_quorums_need_not_meet_could_split},
    {"sameness looks at voters and rule only", sameness_looks_at_voters_and_rule_only},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_list_text, "zab/list_text", tests, NULL, NULL);
