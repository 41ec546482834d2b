/* test_print.c -- the texts that scripts and tutorials know. */
#include "cli/print.h"

#include <string.h>
#include <apr_env.h>
#include <apr_strings.h>

#include "base/plat.h"
#include "lib/texts.h"
#include "lib/zk_test.h"

static zk_buffer_t out;
static zk_arena_t *arena;

static void setup(void)
{
    apr_env_set("TZ", "UTC0", zk_test_pool());
    out = ZK_BUFFER_INIT;
    arena = zk_arena_create();
}

static void teardown(void)
{
    zk_buffer_free(&out);
    zk_arena_destroy(arena);
}

/* What was printed since the last call. */
static const char *printed(void)
{
    return zk_test_take_buffer(&out);
}

static void a_stat_block_has_its_eleven_lines(void)
{
    zk_stat_t stat = {8,
                      (int64_t)0xffa202d3af010001,
                      1795342923000,
                      1795342923000,
                      3,
                      -1,
                      0,
                      0x100000f48620003,
                      24,
                      2,
                      0x20000000a};

    const char *created;

    zk_cli_print_date(&out, stat.ctime);
    created = printed();
    zk_cli_print_stat(&out, &stat);
    CU_ASSERT_STRING_EQUAL(printed(), apr_pstrcat(zk_test_pool(), "cZxid = 0x8\nctime = ", created,
                                                  "\nmZxid = 0xffa202d3af010001\nmtime = ", created,
                                                  "\npZxid = 0x20000000a\n"
                                                  "cversion = -1\n"
                                                  "dataVersion = 3\n"
                                                  "aclVersion = 0\n"
                                                  "ephemeralOwner = 0x100000f48620003\n"
                                                  "dataLength = 24\n"
                                                  "numChildren = 2\n",
                                                  NULL));
}

static void dates_have_english_names_and_the_zone_before_the_year(void)
{
    static const struct {
        int64_t time_ms;
        const char *text;
    } cases[] = {{-1, "Wed Dec 31 23:59:59 UTC 1969"},
                 {0, "Thu Jan 01 00:00:00 UTC 1970"},
                 {951782400999, "Tue Feb 29 00:00:00 UTC 2000"},
                 {1795342923000, "Sun Nov 22 10:22:03 UTC 2026"}};
    plat_local_time_t local;
    size_t i;

    if (!plat_local_time(&local, 0) || strcmp(local.zone, "UTC") != 0)
        return; /* a system whose zone the environment does not set */
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_cli_print_date(&out, cases[i].time_ms);
        CU_ASSERT_STRING_EQUAL(printed(), cases[i].text);
    }
}

static void a_date_beyond_the_calendar_is_a_number(void)
{
    const char *text;

    zk_cli_print_date(&out, INT64_MAX);
    text = printed();
    CU_ASSERT_TRUE(strcmp(text, "9223372036854775807") == 0 || strlen(text) > 20);
}

static void lists_are_sorted_upper_case_first(void)
{
    zk_str_t items[] = {{"b", 1}, {"a", 1}, {"C", 1}, {"a1", 2}};
    zk_str_vector_t list = {4, items};
    zk_str_vector_t empty = {0, NULL};

    zk_cli_print_list(&out, &list);
    zk_cli_print_list(&out, &empty);
    CU_ASSERT_STRING_EQUAL(printed(), "[C, a, a1, b]\n[]\n");
}

static void acls_print_over_two_lines_with_letters_in_fixed_order(void)
{
    zk_acl_t items[] = {{31, {{"world", 5}, {"anyone", 6}}},
                        {9, {{"ip", 2}, {"10.0.0.0/8", 10}}},
                        {0, {{"digest", 6}, {"u1:x", 4}}}};
    zk_acl_vector_t acl = {3, items};

    zk_cli_print_acl(&out, &acl);
    CU_ASSERT_STRING_EQUAL(printed(), "'world,'anyone\n: cdrwa\n'ip,'10.0.0.0/8\n: dr\n"
                                      "'digest,'u1:x\n: \n");
}

/* "perms scheme id;" per entry, then the complaints. */
static const char *parse_acl(const char *text)
{
    zk_buffer_t complaints = ZK_BUFFER_INIT;
    zk_acl_vector_t acl;
    int32_t i;

    zk_cli_parse_acl(&acl, text, &complaints, arena);
    for (i = 0; i < acl.count; i++)
        zk_buffer_printf(&out, "%d %.*s %.*s;", (int)acl.items[i].perms,
                         (int)acl.items[i].id.scheme.length, acl.items[i].id.scheme.data,
                         (int)acl.items[i].id.id.length, acl.items[i].id.id.data);
    zk_buffer_append(&out, zk_buffer_bytes(&complaints), zk_buffer_size(&complaints));
    zk_buffer_free(&complaints);
    return printed();
}

static void acls_are_read_between_first_and_last_colon(void)
{
    CU_ASSERT_STRING_EQUAL(parse_acl("world:anyone:cdrwa"), "31 world anyone;");
    CU_ASSERT_STRING_EQUAL(parse_acl("auth::crwad"), "31 auth ;");
    CU_ASSERT_STRING_EQUAL(parse_acl("ip:::1:r,digest:u:HASH=:cd"), "1 ip ::1;12 digest u:HASH=;");
    CU_ASSERT_STRING_EQUAL(parse_acl("world:anyone:,,"), "0 world anyone;");
    CU_ASSERT_STRING_EQUAL(parse_acl("world:anyone"),
                           "world:anyone does not have the form scheme:id:perm\n");
    CU_ASSERT_STRING_EQUAL(parse_acl("x,world:anyone:r"),
                           "1 world anyone;x does not have the form scheme:id:perm\n");
    CU_ASSERT_STRING_EQUAL(parse_acl("world:anyone:rz"), "1 world anyone;Unknown perm type: z\n");
    CU_ASSERT_STRING_EQUAL(parse_acl(""), " does not have the form scheme:id:perm\n");
    CU_ASSERT_STRING_EQUAL(parse_acl(","), "");
}

static void events_print_with_their_empty_lines(void)
{
    zk_client_event_t connected = {-1, 3, ZK_STR_NULL, -1};
    zk_client_event_t changed = {4, 3, {"/workers", 8}, 118};
    zk_client_event_t expired = {-1, -112, ZK_STR_NULL, -1};

    zk_cli_print_event(&out, &connected, ZK_DIALECT_DEFAULT);
    CU_ASSERT_STRING_EQUAL(printed(), "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None "
                                      "path:null zxid: -1\n");
    zk_cli_print_event(&out, &changed, ZK_DIALECT_DEFAULT);
    CU_ASSERT_STRING_EQUAL(printed(), "\nWATCHER::\n\nWatchedEvent state:SyncConnected "
                                      "type:NodeChildrenChanged path:/workers zxid: 118\n");
    zk_cli_print_event(&out, &expired, ZK_DIALECT_DEFAULT);
    CU_ASSERT_PTR_NOT_NULL(strstr(printed(), "state:Expired type:None path:null"));
}

static void hex_dumps_have_a_frame_and_rows_of_sixteen(void)
{
    zk_cli_print_hex(&out, zk_str("22"));
    CU_ASSERT_STRING_EQUAL(
        printed(), "         +-------------------------------------------------+\n"
                   "         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n"
                   "+--------+-------------------------------------------------+----------------+\n"
                   "|00000000| 32 32                                           |22              |\n"
                   "+--------+-------------------------------------------------+----------------"
                   "+\n");
    zk_cli_print_hex(&out, zk_str("0123456789abcde\n\xff"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(printed(),
               "|00000000| 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 0a |0123456789abcde.|\n"
               "|00000010| ff                                              |.               |\n"));
    zk_cli_print_hex(&out, zk_str(""));
    CU_ASSERT_STRING_EQUAL(printed(), "\n");
}

static void base64_goes_both_ways_and_refuses_what_it_is_not(void)
{
    static const struct {
        const char *data;
        const char *text;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"\xfb\xff", "+/8="}};
    static const char *const refused[] = {"Z", "Z===", "Zg=", "Zm9v!", "not base64", "=", "===="};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_cli_print_base64(&out, zk_str(cases[i].data));
        CU_ASSERT_STRING_EQUAL(printed(), apr_pstrcat(zk_test_pool(), cases[i].text, "\n", NULL));
        CU_ASSERT_TRUE(zk_cli_decode_base64(&out, cases[i].text));
        CU_ASSERT_STRING_EQUAL(printed(), cases[i].data);
    }
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        CU_ASSERT_FALSE(zk_cli_decode_base64(&out, refused[i]));
        printed();
    }
    CU_ASSERT_TRUE(zk_cli_decode_base64(&out, "Zg")); /* padding may be left out */
    CU_ASSERT_STRING_EQUAL(printed(), "f");
}

static void errors_have_the_sentences_users_know(void)
{
    static const struct {
        int32_t code;
        const char *path;
        const char *text;
    } cases[] = {
        {-101, "/a", "Node does not exist: /a"},
        {-110, "/a", "Node already exists: /a"},
        {-111, "/a", "Node not empty: /a"},
        {-108, "/a", "Ephemerals cannot have children: /a"},
        {-103, "/a", "version No is not valid : /a"},
        {-102, "/a", "Insufficient permission : /a"},
        {-102, "", "Insufficient permission : "},
        {-114, "null", "Acl is not valid : null"},
        {-8, "/", "Arguments are not valid : /"},
        {-119, "/a", "Not a read-only call: /a"},
        {-125, "/a", "Quota has exceeded : /a"},
        {-4, "/a", "KeeperErrorCode = ConnectionLoss for /a"},
        {-4, "", "KeeperErrorCode = ConnectionLoss"},
        {-6, "/a", "KeeperErrorCode = Unimplemented for /a"},
        {-112, "/a", "KeeperErrorCode = Session expired for /a"},
        {-122, "/a", "KeeperErrorCode = Unknown error REQUESTTIMEOUT for /a"},
        {-999, "/a", "KeeperErrorCode = Unknown error -999 for /a"},
        {-14, "",
         "Another reconfiguration is in progress -- concurrent reconfigs not supported "
         "(yet)"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_cli_print_error(&out, cases[i].code, cases[i].path, ZK_DIALECT_DEFAULT);
        CU_ASSERT_STRING_EQUAL(printed(), cases[i].text);
    }
}

static void older_dialects_have_their_own_words(void)
{
    zk_client_event_t changed = {4, 3, {"/workers", 8}, 118};

    zk_cli_print_event(&out, &changed, 3008999);
    CU_ASSERT_STRING_EQUAL(printed(), "\nWATCHER::\n\nWatchedEvent state:SyncConnected "
                                      "type:NodeChildrenChanged path:/workers\n");
    zk_cli_print_error(&out, -102, "/a", 3004006);
    CU_ASSERT_STRING_EQUAL(printed(), "Authentication is not valid : /a");
}

/* As transcripts of 3.4.5 on Java 8 show them. */
static void the_old_order_of_children_is_that_of_a_hash_table(void)
{
    zk_str_t items[] = {
        {"assign", 6}, {"master", 6}, {"tasks", 5}, {"workers", 7}, {"zookeeper", 9}};
    zk_str_t java[] = {{"zookeeper", 9}, {"assign", 6}, {"master", 6}};
    zk_str_t two[] = {{"master", 6}, {"zookeeper", 9}};
    zk_str_vector_t list = {5, items};
    zk_str_vector_t as_java_lists = {3, java};
    zk_str_vector_t short_list = {2, two};
    zk_str_vector_t empty = {0, NULL};

    zk_cli_print_list_java(&out, &list);
    zk_cli_print_list_java(&out, &short_list);
    zk_cli_print_list_java(&out, &empty);
    zk_cli_print_list_java(&out, &as_java_lists);
    CU_ASSERT_STRING_EQUAL(printed(), "[zookeeper, workers, tasks, master, assign]\n[zookeeper, "
                                      "master]\n[]\n[zookeeper, master, assign]\n");
}

static const zk_test_t tests[] = {
    {"a stat block has its eleven lines", a_stat_block_has_its_eleven_lines},
    {"dates have English names and the zone before the year",
     dates_have_english_names_and_the_zone_before_the_year},
    {"a date beyond the calendar is a number", a_date_beyond_the_calendar_is_a_number},
    {"lists are sorted, upper case first", lists_are_sorted_upper_case_first},
    {"ACLs print over two lines, with letters in fixed order",
     acls_print_over_two_lines_with_letters_in_fixed_order},
    {"ACLs are read between first and last colon", acls_are_read_between_first_and_last_colon},
    {"events print with their empty lines", events_print_with_their_empty_lines},
    {"hex dumps have a frame and rows of sixteen", hex_dumps_have_a_frame_and_rows_of_sixteen},
    {"base64 goes both ways and refuses what it is not",
     base64_goes_both_ways_and_refuses_what_it_is_not},
    {"errors have the sentences users know", errors_have_the_sentences_users_know},
    {"older dialects have their own words", older_dialects_have_their_own_words},
    {"the old order of children is that of a hash table",
     the_old_order_of_children_is_that_of_a_hash_table},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_print, "cli/print", tests, setup, teardown);
