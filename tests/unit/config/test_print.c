/* test_print.c -- what the word conf shows, and which words are allowed. */
#include "config_fixture.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "lib/texts.h"

static const char *printed(const zk_config_facts_t *facts)
{
    zk_buffer_t out = ZK_BUFFER_INIT;

    zk_config_print(config, facts, &out);
    return zk_test_take_buffer(&out);
}

/* DIRECTORY/version-2 as the system writes it from its root. */
static const char *version_dir(const char *directory)
{
    char *path = NULL;

    CU_ASSERT_EQUAL_FATAL(
        apr_filepath_merge(&path, NULL, apr_pstrcat(zk_test_pool(), directory, "/version-2", NULL),
                           APR_FILEPATH_NATIVE, zk_test_pool()),
        APR_SUCCESS);
    return path;
}

static void conf_of_a_standalone_server_ends_after_its_id(void)
{
    const zk_config_facts_t facts = {2181, -1, 658, 67108880, 0, false};
    const char *expected =
        apr_pstrcat(zk_test_pool(),
                    "clientPort=2181\nsecureClientPort=-1\ndataDir=", version_dir("/var/lib/zk"),
                    "\ndataDirSize=658\ndataLogDir=", version_dir("/var/lib/zk-log"),
                    "\ndataLogSize=67108880\n"
                    "tickTime=2000\n"
                    "maxClientCnxns=60\n"
                    "minSessionTimeout=4000\n"
                    "maxSessionTimeout=40000\n"
                    "clientPortListenBacklog=-1\n"
                    "serverId=0\n",
                    NULL);

    config_accepted("dataLogDir=/var/lib/zk-log/\ntickTime=2000\n");
    CU_ASSERT_STRING_EQUAL(printed(&facts), expected);
}

static void conf_of_an_ensemble_member_lists_the_members(void)
{
    zk_config_facts_t facts = {2181, -1, 0, 0, 2, false};
    const char *text;

    config_fresh();
    config->server_id = 2;
    CU_ASSERT_EQUAL_FATAL(config_load("initLimit=10\nsyncLimit=5\n"
                                      "server.4=zk4:2888:3888:observer\n"
                                      "server.2=zk2:2888:3888\nserver.1=zk1:2888:3888\n"),
                          APR_SUCCESS);
    text = strstr(printed(&facts), "serverId=");
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, "serverId=2\n"
                                 "initLimit=10\n"
                                 "syncLimit=5\n"
                                 "electionAlg=3\n"
                                 "electionPort=3888\n"
                                 "quorumPort=2888\n"
                                 "peerType=0\n"
                                 "membership: \n"
                                 "server.1=zk1:2888:3888:participant\n"
                                 "server.2=zk2:2888:3888:participant\n"
                                 "server.4=zk4:2888:3888:observer\n"
                                 "version=0");
    facts.read_only = true;
    CU_ASSERT_PTR_NULL(strstr(printed(&facts), "membership"));
}

static void the_list_of_words_is_trimmed_and_may_be_a_star(void)
{
    config_accepted("4lw.commands.whitelist= stat , ruok");
    CU_ASSERT_TRUE(zk_config_allows_word(config, "stat"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "ruok"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "srvr"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "mntr"));
    CU_ASSERT_FALSE(zk_config_allows_word(config, "isro"));
    config_accepted("4lw.commands.whitelist=*");
    CU_ASSERT_TRUE(zk_config_allows_word(config, "wchc"));
    config_accepted("4lw.commands.whitelist=");
    CU_ASSERT_FALSE(zk_config_allows_word(config, "ruok"));
    CU_ASSERT_TRUE(zk_config_allows_word(config, "srvr"));
}

static const zk_test_t tests[] = {
    {"conf of a standalone server ends after its id",
     conf_of_a_standalone_server_ends_after_its_id},
    {"conf of an ensemble member lists the members", conf_of_an_ensemble_member_lists_the_members},
    {"the list of words is trimmed and may be a star",
     the_list_of_words_is_trimmed_and_may_be_a_star},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_print, "config/print", tests, config_setup, NULL);
