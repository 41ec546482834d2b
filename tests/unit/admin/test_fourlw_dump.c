/* test_fourlw_dump.c -- connections, sessions, ephemerals and watches as text, byte for byte. */
#include <inttypes.h>
#include <string.h>

#include <apr_strings.h>

#include "admin_fixture.h"

static const char *id_text(uint64_t client)
{
    return apr_psprintf(zk_test_pool(), "0x%" APR_UINT64_T_HEX_FMT, (uint64_t)session_of(client));
}

static void cons_without_anybody_is_one_empty_line(void)
{
    CU_ASSERT_STRING_EQUAL(ask("cons"), "\n");
}

static void cons_shows_a_session_in_full(void)
{
    uint64_t client = client_connect(5);
    const char *wanted;

    pass_time(7);
    client_create_ephemeral(client, "/a");
    client_watch_data(client, "/a");
    wanted = apr_psprintf(zk_test_pool(),
                          " /10.0.0.5:0[0](queued=0,recved=3,sent=3,sid=%s,lop=EXIS,"
                          "est=%" APR_INT64_T_FMT ",to=10000,lcxid=0x2,lzxid=0x2,"
                          "lresp=%" APR_INT64_T_FMT ",llat=0,minlat=0,avglat=0,maxlat=0)\n\n",
                          id_text(client), FIXTURE_WALL_MS, FIXTURE_MONO_MS + 7);
    CU_ASSERT_STRING_EQUAL(ask("cons"), wanted);
}

static void cons_after_crst_shows_nothing_done_yet(void)
{
    uint64_t client = client_connect(5);
    const char *wanted;

    client_create_ephemeral(client, "/a");
    ask("crst");
    wanted = apr_psprintf(zk_test_pool(),
                          " /10.0.0.5:0[0](queued=0,recved=0,sent=0,sid=%s,lop=NA,"
                          "est=%" APR_INT64_T_FMT ",to=10000,lzxid=0xffffffffffffffff,lresp=0,"
                          "llat=0,minlat=0,avglat=0,maxlat=0)\n\n",
                          id_text(client), FIXTURE_WALL_MS);
    CU_ASSERT_STRING_EQUAL(ask("cons"), wanted);
}

static void the_asking_connection_is_listed_with_its_word(void)
{
    uint64_t asker = client_open(2);
    zk_fourlw_result_t result;

    CU_ASSERT_STRING_EQUAL(ask_as(asker, "cons", "", 0, &result),
                           " /10.0.0.2:0[0](queued=0,recved=1,sent=0)\n\n");
}

static void stat_lists_clients_in_brief_between_version_and_figures(void)
{
    const char *text;

    client_connect(4);
    text = ask("stat");
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " UTC\nClients:\n"
                                        " /10.0.0.4:0[0](queued=0,recved=1,sent=1)\n"
                                        "\nLatency min/avg/max: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Mode: standalone\nNode count: 5\n"));
}

static void dump_of_an_idle_server_shows_three_empty_sets(void)
{
    CU_ASSERT_STRING_EQUAL(ask("dump"), "SessionTracker dump:\n"
                                        "Session Sets (0)/(0):\n"
                                        "ephemeral nodes dump:\n"
                                        "Sessions with Ephemerals (0):\n"
                                        "Connections dump:\n"
                                        "Connections Sets (0)/(0):\n");
}

static void dump_groups_sessions_and_connections_by_the_time_they_expire(void)
{
    uint64_t first = client_connect(1);
    uint64_t second;
    const char *wanted;

    client_create_ephemeral(first, "/e1");
    client_create_ephemeral(first, "/e2");
    pass_time(3000);
    second = client_connect(2);
    client_create_ephemeral(second, "/e3");
    client_open(3);
    wanted = apr_psprintf(zk_test_pool(),
                          "SessionTracker dump:\n"
                          "Session Sets (2)/(2):\n"
                          "1 expire at Sun Nov 22 10:19:14 UTC 2026:\n"
                          "\t%s\n"
                          "1 expire at Sun Nov 22 10:19:16 UTC 2026:\n"
                          "\t%s\n"
                          "ephemeral nodes dump:\n"
                          "Sessions with Ephemerals (2):\n"
                          "%s:\n\t/e1\n\t/e2\n"
                          "%s:\n\t/e3\n"
                          "Connections dump:\n"
                          "Connections Sets (1)/(3):\n"
                          "3 expire at Sun Nov 22 10:19:22 UTC 2026:\n"
                          "\tip: null sessionId: %s\n"
                          "\tip: null sessionId: %s\n"
                          "\tip: null sessionId: 0x0\n",
                          id_text(first), id_text(second), id_text(first), id_text(second),
                          id_text(first), id_text(second));
    CU_ASSERT_STRING_EQUAL(ask("dump"), wanted);
}

/* Whether TEXT has the line HEAD followed by exactly the indented lines A and B (NULL: only A), in
 * any order. */
static bool has_group(const char *text, const char *head, const char *a, const char *b)
{
    apr_pool_t *pool = zk_test_pool();
    const char *whole = apr_pstrcat(pool, "\n", text, NULL);
    const char *ab = apr_pstrcat(pool, "\n", head, "\n\t", a, "\n", NULL);
    const char *ba = ab;
    const char *at;

    if (b != NULL) {
        ab = apr_pstrcat(pool, "\n", head, "\n\t", a, "\n\t", b, "\n", NULL);
        ba = apr_pstrcat(pool, "\n", head, "\n\t", b, "\n\t", a, "\n", NULL);
    }
    at = strstr(whole, ab);
    if (at == NULL)
        at = strstr(whole, ba);
    return at != NULL && at[strlen(ab)] != '\t';
}

static void watches_are_counted_and_listed_both_ways(void)
{
    uint64_t first = client_connect(1);
    uint64_t second = client_connect(2);

    CU_ASSERT_STRING_EQUAL(ask("wchs"), "0 connections watching 0 paths\nTotal watches:0\n");
    CU_ASSERT_STRING_EQUAL(ask("wchc"), "\n");
    CU_ASSERT_STRING_EQUAL(ask("wchp"), "\n");
    client_watch_data(first, "/x");
    client_watch_data(first, "/y");
    client_watch_data(second, "/x");
    client_watch_children(second, "/");
    CU_ASSERT_STRING_EQUAL(ask("wchs"), "2 connections watching 2 paths\nTotal watches:3\n");
    CU_ASSERT_TRUE(has_group(ask("wchc"), id_text(first), "/x", "/y"));
    CU_ASSERT_TRUE(has_group(ask("wchc"), id_text(second), "/x", NULL));
    CU_ASSERT_TRUE(has_group(ask("wchp"), "/x", id_text(first), id_text(second)));
    CU_ASSERT_TRUE(has_group(ask("wchp"), "/y", id_text(first), NULL));
    CU_ASSERT_STRING_EQUAL(ask("wchc") + strlen(ask("wchc")) - 2, "\n\n");
    CU_ASSERT_STRING_EQUAL(mntr_value(ask("mntr"), "watch_count"), "4");
}

static void a_listing_that_is_too_long_is_cut_and_says_so(void)
{
    uint64_t client = client_connect(1);
    char path[2000];
    const char *text;
    size_t size;

    memset(path, 'p', sizeof(path));
    for (int i = 0; i < 5000; i++) {
        int length = apr_snprintf(path, sizeof(path), "/%d", i);
        path[length] = 'p';
        zk_watch_add(zk_replica_watches(source.replica), (uint32_t)client,
                     zk_str_n(path, sizeof(path)), ZK_WATCH_DATA);
    }
    text = ask("wchc");
    size = strlen(text);
    CU_ASSERT_TRUE(size > ZK_FOURLW_BYTES_MAX);
    CU_ASSERT_TRUE(size < ZK_FOURLW_BYTES_MAX + 4096);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n(cut here: the whole is too long)\n"));
    CU_ASSERT_TRUE(strlen(ask("wchp")) < ZK_FOURLW_BYTES_MAX + 4096);
}

static void a_leader_shows_the_sizes_of_its_proposals(void)
{
    CU_ASSERT_PTR_NULL(strstr(ask("srvr"), "Proposal sizes"));
    source.server_state = "leader";
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("srvr"), "Proposal sizes last/min/max: -1/-1/-1\n"));
    source.proposals_count = 3;
    source.last_proposal_bytes = 48;
    source.min_proposal_bytes = 32;
    source.max_proposal_bytes = 1000;
    CU_ASSERT_PTR_NOT_NULL(strstr(ask("stat"), "Proposal sizes last/min/max: 48/32/1000\n"));
    source.server_state = "follower";
    CU_ASSERT_PTR_NULL(strstr(ask("srvr"), "Proposal sizes"));
}

static const zk_test_t tests[] = {
    {"a leader shows the sizes of its proposals", a_leader_shows_the_sizes_of_its_proposals},
    {"cons without anybody is one empty line", cons_without_anybody_is_one_empty_line},
    {"cons shows a session in full", cons_shows_a_session_in_full},
    {"cons after crst shows nothing done yet", cons_after_crst_shows_nothing_done_yet},
    {"the asking connection is listed with its word",
     the_asking_connection_is_listed_with_its_word},
    {"stat lists clients in brief between version and figures",
     stat_lists_clients_in_brief_between_version_and_figures},
    {"dump of an idle server shows three empty sets",
     dump_of_an_idle_server_shows_three_empty_sets},
    {"dump groups sessions and connections by the time they expire",
     dump_groups_sessions_and_connections_by_the_time_they_expire},
    {"watches are counted and listed both ways", watches_are_counted_and_listed_both_ways},
    {"a listing that is too long is cut and says so",
     a_listing_that_is_too_long_is_cut_and_says_so},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_fourlw_dump, "admin/fourlw_dump", tests, fixture_setup, fixture_teardown);
