/* test_fourlw.c -- which words run, and the short replies byte for byte. */
#include "admin/environment.h"

#include <string.h>

#include <apr_strings.h>

#include "admin_fixture.h"

static void ruok_answers_without_a_line_end(void)
{
    CU_ASSERT_STRING_EQUAL(ask("ruok"), "imok");
}

static void isro_tells_the_three_states(void)
{
    CU_ASSERT_STRING_EQUAL(ask("isro"), "rw");
    source.is_read_only = true;
    CU_ASSERT_STRING_EQUAL(ask("isro"), "ro");
    source.is_serving = false;
    CU_ASSERT_STRING_EQUAL(ask("isro"), "null");
}

static void the_trace_mask_is_kept(void)
{
    zk_fourlw_result_t result;

    CU_ASSERT_STRING_EQUAL(ask("gtmk"), "306");
    CU_ASSERT_STRING_EQUAL(ask_as(1, "stmk", "\0\0\0", 3, &result), "");
    CU_ASSERT_EQUAL(result, ZK_FOURLW_MORE);
    CU_ASSERT_STRING_EQUAL(ask_as(1, "stmk", "\0\0\0\0\0\0\0\372", 8, &result), "250");
    CU_ASSERT_EQUAL(result, ZK_FOURLW_ANSWERED);
    CU_ASSERT_STRING_EQUAL(ask("gtmk"), "250");
    CU_ASSERT_STRING_EQUAL(ask_as(1, "stmk", "\377\377\377\377\377\377\377\377", 8, &result), "-1");
}

static void srvr_is_upstreams_text(void)
{
    const char *wanted =
        apr_pstrcat(zk_test_pool(), "Zookeeper version: ", zk_environment_version(),
                    "\nLatency min/avg/max: 0/0.0/0\nReceived: 1\nSent: 0\n"
                    "Connections: 0\nOutstanding: 0\nZxid: 0x0\n"
                    "Mode: standalone\nNode count: 5\n",
                    NULL);

    CU_ASSERT_STRING_EQUAL(ask("srvr"), wanted);
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "\nReceived: 2\nSent: 1\n"));
}

static void a_read_only_server_says_so(void)
{
    source.is_read_only = true;
    source.server_state = "read-only";
    CU_ASSERT_PTR_NOT_NULL(
        strstr(ask("srvr"), " UTC\nREAD-ONLY mode; serving only read-only clients\nLatency"));
}

static void srvr_shows_zxid_and_latency_of_work_done(void)
{
    uint64_t client = client_connect(3);

    client_create_ephemeral(client, "/a");
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "Latency min/avg/max: 0/0.0/0\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "Zxid: 0x2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "Node count: 6\n"));
}

static void conf_and_dirs_come_from_the_server(void)
{
    CU_ASSERT_STRING_EQUAL(ask("conf"), "clientPort=2181\n");
    CU_ASSERT_STRING_EQUAL(ask("dirs"), "datadir_size: 457\nlogdir_size: 67109358\n");
}

static void envi_lists_the_environment(void)
{
    const char *text = ask("envi");

    CU_ASSERT_EQUAL(strncmp(text, "Environment:\nzookeeper.version=3.9.5-paddock-", 45), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\njava.compiler=<NA>\nos.name="));
    CU_ASSERT_EQUAL(text[strlen(text) - 1], '\n');
}

static void hash_is_empty_before_the_first_hundred_and_twentyeighth_zxid(void)
{
    uint64_t client = client_connect(1);

    client_create_ephemeral(client, "/a");
    CU_ASSERT_STRING_EQUAL(ask("hash"), "");
    for (int i = 0; i < 126; i++)
        client_set_data(client, "/a");
    CU_ASSERT_EQUAL(strncmp(ask("hash"), "80: ", 4), 0);
    CU_ASSERT_PTR_NULL(strstr(ask("hash"), "0x"));
}

static void resets_are_confirmed_and_begin_the_count_again(void)
{
    uint64_t client = client_connect(1);

    client_create_ephemeral(client, "/a");
    zk_counter_add(&source.metrics->unrecoverable_error_count, 3);
    CU_ASSERT_STRING_EQUAL(ask("srst"), "Server stats reset.\n");
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "Received: 1\nSent: 1\n"));
    CU_ASSERT_EQUAL(source.metrics->unrecoverable_error_count, 0);
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "commit_count"), "0");
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "cnt_updatelatency"), "0");
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "znode_count"), "6");
    CU_ASSERT_STRING_EQUAL(ask("crst"), "Connection stats reset.\n");
}

/* ---- who may ask ---- */

static const char *refusal(const char *word)
{
    return apr_pstrcat(zk_test_pool(), word,
                       " is not executed because it is not in the whitelist.\n", NULL);
}

static void without_a_whitelist_only_srvr_runs(void)
{
    static const char *const others[] = {"conf", "cons", "crst", "dirs", "dump", "envi",
                                         "gtmk", "hash", "isro", "mntr", "ruok", "srst",
                                         "stat", "stmk", "wchc", "wchp", "wchs"};

    source.whitelist = NULL;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        CU_ASSERT_STRING_EQUAL(ask(others[i]), refusal(others[i]));
    CU_ASSERT_EQUAL(strncmp(ask("srvr"), "Zookeeper version: ", 19), 0);
}

static void elements_of_the_list_are_trimmed_and_whole(void)
{
    source.whitelist = " ruok ,\tmntr,st,,isroo";
    CU_ASSERT_STRING_EQUAL(ask("ruok"), "imok");
    CU_ASSERT_EQUAL(strncmp(ask("mntr"), "zk_version\t", 11), 0);
    CU_ASSERT_STRING_EQUAL(ask("stat"), refusal("stat"));
    CU_ASSERT_STRING_EQUAL(ask("isro"), refusal("isro"));
    CU_ASSERT_FALSE(zk_fourlw_is_allowed(words, "conf"));
}

static void a_star_allows_all_wherever_it_stands(void)
{
    source.whitelist = "ruok, * ,stat";
    CU_ASSERT_STRING_EQUAL(ask("gtmk"), "306");
    CU_ASSERT_TRUE(zk_fourlw_is_allowed(words, "wchc"));
}

static void isro_is_allowed_where_read_only_servers_are(void)
{
    source.whitelist = "ruok";
    CU_ASSERT_STRING_EQUAL(ask("isro"), refusal("isro"));
    source.is_read_only_enabled = true;
    CU_ASSERT_STRING_EQUAL(ask("isro"), "rw");
}

static void other_bytes_are_no_word(void)
{
    static const char *const others[] = {"lead", "RUOK", "GET ", "ruo ", "\0\0\0\54"};
    zk_fourlw_result_t result;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        CU_ASSERT_STRING_EQUAL(ask_as(1, others[i], "", 0, &result), "");
        CU_ASSERT_EQUAL(result, ZK_FOURLW_UNKNOWN);
    }
}

static void telnets_farewell_is_refused_or_a_bad_length(void)
{
    zk_fourlw_result_t result;

    ask_as(1, "\377\364\377\375", "", 0, &result);
    CU_ASSERT_EQUAL(result, ZK_FOURLW_UNKNOWN);
    source.whitelist = "";
    CU_ASSERT_STRING_EQUAL(ask_as(1, "\377\364\377\375", "", 0, &result), refusal("telnet close"));
}

static void a_server_that_does_not_serve_says_so_except_for_five_words(void)
{
    static const char *const quiet[] = {"conf", "cons", "crst", "dirs", "dump", "mntr",
                                        "srst", "srvr", "stat", "wchc", "wchp", "wchs"};
    zk_fourlw_result_t result;

    source.is_serving = false;
    for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
        CU_ASSERT_STRING_EQUAL(ask(quiet[i]),
                               "This ZooKeeper instance is not currently serving requests\n");
    CU_ASSERT_STRING_EQUAL(ask("hash"),
                           "This ZooKeeper instance is not currently serving requests");
    CU_ASSERT_STRING_EQUAL(ask("ruok"), "imok");
    CU_ASSERT_STRING_EQUAL(ask("gtmk"), "306");
    CU_ASSERT_STRING_EQUAL(ask("isro"), "null");
    CU_ASSERT_EQUAL(strncmp(ask("envi"), "Environment:\n", 13), 0);
    CU_ASSERT_STRING_EQUAL(ask_as(1, "stmk", "\0\0\0\0\0\0\0\2", 8, &result), "2");
}

static const zk_test_t tests[] = {
    {"ruok answers without a line end", ruok_answers_without_a_line_end},
    {"isro tells the three states", isro_tells_the_three_states},
    {"the trace mask is kept", the_trace_mask_is_kept},
    {"srvr is upstream's text", srvr_is_upstreams_text},
    {"a read-only server says so", a_read_only_server_says_so},
    {"srvr shows zxid and latency of work done", srvr_shows_zxid_and_latency_of_work_done},
    {"conf and dirs come from the server", conf_and_dirs_come_from_the_server},
    {"envi lists the environment", envi_lists_the_environment},
    {"hash is empty before the first 128th zxid",
     hash_is_empty_before_the_first_hundred_and_twentyeighth_zxid},
    {"resets are confirmed and begin the count again",
     resets_are_confirmed_and_begin_the_count_again},
    {"without a whitelist only srvr runs", without_a_whitelist_only_srvr_runs},
    {"elements of the list are trimmed and whole", elements_of_the_list_are_trimmed_and_whole},
    {"a star allows all wherever it stands", a_star_allows_all_wherever_it_stands},
    {"isro is allowed where read-only servers are", isro_is_allowed_where_read_only_servers_are},
    {"other bytes are no word", other_bytes_are_no_word},
    {"telnet's farewell is refused or a bad length", telnets_farewell_is_refused_or_a_bad_length},
    {"a server that does not serve says so except for five words",
     a_server_that_does_not_serve_says_so_except_for_five_words},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_fourlw, "admin/fourlw", tests, fixture_setup, fixture_teardown);
