/* test_members.c -- server.N, groups, weights, and the shape of an ensemble. */
#include "config_fixture.h"

#include <string.h>
#include <apr_strings.h>

#include "lib/texts.h"

#define BASE "dataDir=/var/lib/zk\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n"
#define TWO_MORE "server.8=y:2888:3888\nserver.9=z:2888:3888\n"

static void setup(void)
{
    config_begin(BASE, 1);
}

/* LINES, which begin in line 5, are refused with WHAT. */
static void refused(const char *lines, const char *what)
{
    config_refused(lines, "'zoo.cfg'", what);
}

/* One server.1 with VALUE among others is refused, with file, line and key. */
static void refused_server(const char *value, const char *what)
{
    config_refused(apr_pstrcat(zk_test_pool(), "server.1=", value, "\n" TWO_MORE, NULL),
                   "'zoo.cfg', line 5, key 'server.1'", what);
}

static const char *printed(const zk_config_members_t *members)
{
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_config_print_members(members, &out);
    return zk_test_take_buffer(&out);
}

/* ---- one server ---- */

static void a_server_line_has_host_ports_role_and_client(void)
{
    const zk_config_member_t *member;

    config_accepted("server.1=zk1:2888:3888;2181\nserver.2=zk2:2889:3889:Observer;10.0.0.2:2182\n"
                    "server.3=[fe80::1]:2888:3888:PARTICIPANT;[::1]:2183\n"
                    "server.4=d:2888:3888 \n");
    CU_ASSERT_EQUAL(config->members.count, 4);
    CU_ASSERT_EQUAL(config->members.voters, 3);
    CU_ASSERT_EQUAL(config->members.observers, 1);
    member = zk_config_member(&config->members, 2);
    CU_ASSERT_TRUE(member->observer);
    CU_ASSERT_STRING_EQUAL(member->addresses[0].host, "zk2");
    CU_ASSERT_EQUAL(member->addresses[0].quorum_port, 2889);
    CU_ASSERT_EQUAL(member->addresses[0].election_port, 3889);
    CU_ASSERT_STRING_EQUAL(member->client_host, "10.0.0.2");
    CU_ASSERT_EQUAL(member->client_port, 2182);
    member = zk_config_member(&config->members, 3);
    CU_ASSERT_STRING_EQUAL(member->addresses[0].host, "fe80::1");
    CU_ASSERT_STRING_EQUAL(member->client_host, "::1");
    CU_ASSERT_EQUAL(zk_config_member(&config->members, 4)->client_port, -1);
    CU_ASSERT_PTR_NULL(zk_config_member(&config->members, 5));
    CU_ASSERT_STRING_EQUAL(printed(&config->members),
                           "server.1=zk1:2888:3888:participant;0.0.0.0:2181\n"
                           "server.2=zk2:2889:3889:observer;10.0.0.2:2182\n"
                           "server.3=[fe80::1]:2888:3888:participant;[::1]:2183\n"
                           "server.4=d:2888:3888:participant\n"
                           "version=0");
}

static void a_malformed_server_line_is_refused_with_upstreams_text(void)
{
    refused_server("a", "a does not have the form server_config or server_config;client_config");
    refused_server("a:2888", "a:2888 does not have the form");
    refused_server("a:1:2:participant:x", "does not have the form");
    refused_server("a:1:2;1;2", "does not have the form");
    refused_server("a:1:2;h:1:2", "does not have the form");
    refused_server(":1:2", "does not have the form");
    refused_server("", "does not have the form");
    refused_server("a:x:3888", "Address unresolved: a:x");
    refused_server("a:2888:", "does not have the form");
    refused_server("a:2888:3888;y", "Address unresolved: 0.0.0.0:y");
    refused_server("a:2888:99999", "port out of range:99999");
    refused_server("a:2888:2888",
                   "Client and election port must be different! Please update the configuration "
                   "file on server.1");
    refused_server("a:1:2:leader", "Unrecognised peertype: leader");
    refused_server("[::1:1:2", "[::1:1:2 starts with '[' but has no matching ']:'");
    refused_server("[::1]:", "[::1]: doesn't have a port after colon");
    refused_server("[::1]", "does not have the form");
    refused("server.x=a:1:2\n", "For input string: \"x\"");
}

static void several_addresses_need_the_feature_and_one_role(void)
{
    refused_server("a:1:2|b:1:2", "Multiple address feature is disabled, but multiple addresses "
                                  "were specified for sid 1");
    refused("server.1=a:1:2:observer|b:1:2:participant\nmultiAddress.enabled=true\n" TWO_MORE,
            "Multiple addresses should have similar roles: OBSERVER vs PARTICIPANT");
    config_accepted("server.1=b:1:2|a:3:4;2181\nmultiAddress.enabled=true\n" TWO_MORE);
    CU_ASSERT_EQUAL(config->members.items[0].addresses_count, 2);
    CU_ASSERT_EQUAL(
        strncmp(printed(&config->members), "server.1=a:3:4|b:1:2:participant;0.0.0.0:2181\n", 46),
        0);
}

/* ---- the ensemble ---- */

static void three_servers_are_an_ensemble(void)
{
    config_accepted("server.1=a:2888:3888\n" TWO_MORE);
    CU_ASSERT_TRUE(config->distributed);
    CU_ASSERT_FALSE(config->observer);
    CU_ASSERT_EQUAL(config_warnings(), 0);
}

static void one_server_is_standalone_unless_told_otherwise(void)
{
    config_accepted("server.1=a:2888:3888\n");
    CU_ASSERT_FALSE(config->distributed);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_ERROR, "Invalid configuration, only one server specified"),
                    1);
    config_accepted("server.1=a:2888:3888\nstandaloneEnabled=false\n");
    CU_ASSERT_TRUE(config->distributed);
    refused("server.1=a:2888:3888\nserver.2=b:2888:3888:observer\n",
            "Observers w/o quorum is an invalid configuration");
    refused("server.2=b:2888:3888:observer\n",
            "Observers w/o participants is an invalid configuration");
    refused("standaloneEnabled=false\n", "standaloneEnabled = false then number of participants");
}

static void even_numbers_of_voters_are_told(void)
{
    config_accepted("server.1=a:1:2\nserver.2=b:1:2\n");
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "No server failure will be tolerated."), 1);
    config_accepted("server.1=a:1:2\nserver.2=b:1:2\n" TWO_MORE);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "consider an odd number of servers"), 1);
}

static void an_ensemble_needs_its_limits_and_an_id(void)
{
    refused("initLimit=0\nserver.1=a:1:2\n" TWO_MORE, "initLimit is not set");
    refused("syncLimit=0\nserver.1=a:1:2\n" TWO_MORE, "syncLimit is not set");
    refused("initLimit=2000000\nserver.1=a:1:2\n" TWO_MORE, "is allowed");
    config_begin(BASE, -1);
    refused("server.1=a:1:2\n" TWO_MORE, "myid file is missing");
    config_accepted("initLimit=0\nsyncLimit=0\n"); /* standalone needs neither */
}

static void the_server_list_decides_the_role(void)
{
    config_begin(BASE, 2);
    config_accepted("server.1=a:1:2\nserver.2=b:1:2:observer\n" TWO_MORE);
    CU_ASSERT_TRUE(config->observer);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "Peer type from servers list (OBSERVER) doesn't match "
                                             "peerType (PARTICIPANT). Defaulting to servers list."),
                    1);
    config_accepted("server.1=a:1:2\nserver.2=b:1:2:observer\npeerType=observer\n" TWO_MORE);
    CU_ASSERT_TRUE(config->observer);
    CU_ASSERT_EQUAL(config_said(ZK_LOG_WARN, "Peer type"), 0);
}

static void the_own_line_and_client_port_must_agree(void)
{
    config_accepted("server.1=a:1:2;10.0.0.1:2181\n" TWO_MORE);
    CU_ASSERT_EQUAL(config->client_port, 2181);
    CU_ASSERT_STRING_EQUAL(config->client_address, "10.0.0.1");
    refused("server.1=a:1:2;2182\n" TWO_MORE,
            "client address for this server (id = 1) in static config file is 0.0.0.0:2181 is "
            "different from client address found in dynamic file: 0.0.0.0:2182");
    refused("clientPortAddress=10.0.0.9\nserver.1=a:1:2;10.0.0.1:2181\n" TWO_MORE,
            "is 10.0.0.9:2181 is different");
    config_accepted("server.1=a:1:2\n" TWO_MORE);
    CU_ASSERT_TRUE(config->members.items[0].client_from_static);
    CU_ASSERT_EQUAL(config->members.items[0].client_port, 2181);
}

static void a_large_id_turns_ttl_znodes_off_unless_they_were_asked_for(void)
{
    config_begin(BASE, 255);
    config_accepted("server.255=a:1:2\n" TWO_MORE);
    CU_ASSERT_FALSE(config->extended_types_enabled);
    refused("server.255=a:1:2\nextendedTypesEnabled=true\n" TWO_MORE,
            "extendedTypesEnabled is true but Server ID is too large. Cannot be larger than 254");
}

/* ---- groups and weights ---- */

static void groups_and_weights_are_kept_and_printed(void)
{
    const char *text = "server.1=a:2888:3888:participant\n"
                       "server.8=y:2888:3888:participant\n"
                       "server.9=z:2888:3888:participant\n"
                       "group.1=1:8\n"
                       "group.2=9\n"
                       "weight.1=1\n"
                       "weight.8=0\n"
                       "weight.9=1\n"
                       "version=100000000";
    zk_config_members_t members;

    config_accepted("server.1=a:2888:3888\n" TWO_MORE "group.2=9\ngroup.1=8:1\nweight.8=0\n");
    CU_ASSERT_TRUE(config->members.hierarchical);
    CU_ASSERT_EQUAL(zk_config_member(&config->members, 8)->weight, 0);
    CU_ASSERT_EQUAL(zk_config_member(&config->members, 9)->weight, 1);
    CU_ASSERT_EQUAL(zk_config_member(&config->members, 9)->group, 2);
    config->members.version = 0x100000000;
    CU_ASSERT_STRING_EQUAL(printed(&config->members), text);
    CU_ASSERT_EQUAL(zk_config_parse_members(&members, "text", text, strlen(text), true, false,
                                            zk_test_pool(), &note),
                    APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(printed(&members), text);
}

static void every_voter_is_in_one_group(void)
{
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:8\n", "Server 9is not in a group");
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:8:9\ngroup.2=1\n",
            "Server 1is in multiple groups");
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:8:9:7\n", "has no line server.7");
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:x\n", "For input string: \"x\"");
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:8:9\nweight.1=-1\n", "is negative");
    refused("server.1=a:1:2\n" TWO_MORE "group.1=1:8:9\nweight.1=281474976710657\n",
            "a weight of 281474976710657 is too large (0 to 281474976710656 is allowed)");
    config_accepted("server.1=a:1:2\n" TWO_MORE "group.1=1:8:9\nweight.1=281474976710656\n");
    config_accepted("server.1=a:1:2\nserver.2=b:1:2:observer\n" TWO_MORE "group.1=1:8:9\n");
}

static void the_version_is_hexadecimal(void)
{
    config_accepted("version=1f\n");
    CU_ASSERT_EQUAL(config->members.version, 0x1f);
    refused("version=xyz\n", "For input string: \"xyz\"");
}

static const zk_test_t tests[] = {
    {"a server line has host, ports, role and client",
     a_server_line_has_host_ports_role_and_client},
    {"a malformed server line is refused with upstream's text",
     a_malformed_server_line_is_refused_with_upstreams_text},
    {"several addresses need the feature and one role",
     several_addresses_need_the_feature_and_one_role},
    {"three servers are an ensemble", three_servers_are_an_ensemble},
    {"one server is standalone unless told otherwise",
     one_server_is_standalone_unless_told_otherwise},
    {"even numbers of voters are told", even_numbers_of_voters_are_told},
    {"an ensemble needs its limits and an id", an_ensemble_needs_its_limits_and_an_id},
    {"the server list decides the role", the_server_list_decides_the_role},
    {"the own line and clientPort must agree", the_own_line_and_client_port_must_agree},
    {"a large id turns TTL znodes off unless they were asked for",
     a_large_id_turns_ttl_znodes_off_unless_they_were_asked_for},
    {"groups and weights are kept and printed", groups_and_weights_are_kept_and_printed},
    {"every voter is in one group", every_voter_is_in_one_group},
    {"the version is hexadecimal", the_version_is_hexadecimal},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_members, "config/members", tests, setup, NULL);
