/* test_ensemble.c -- three whole servers in this process, which elect, follow and come back. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/plat.h"
#include "client/requests.h"
#include "lib/texts.h"
#include "server/server.h"

enum { SERVERS = 3, WAIT_MS = 30000 };

typedef struct member {
    apr_pool_t *pool; /* NULL: not running */
    zk_server_t *server;
    apr_thread_t *thread;
    int exit_code;
} member_t;

static member_t members[SERVERS + 1]; /* by sid */
static const char *dir;
static int base_port;

static void setup(void)
{
    static int run;

    memset(members, 0, sizeof(members));
    dir = zk_test_dir();
    base_port = 22140 + 10 * (run++ % 10);
}

static zk_config_t *configure(int sid)
{
    apr_pool_t *pool = zk_test_pool();
    const char *home = apr_psprintf(pool, "%s/%d", dir, sid);
    const char *path = apr_pstrcat(pool, home, "/zoo.cfg", NULL);
    zk_config_t *config = zk_config_create(pool);
    zk_note_t note = {""};

    apr_dir_make_recursive(home, APR_FPROT_OS_DEFAULT, pool);
    zk_test_write_text(apr_pstrcat(pool, home, "/myid", NULL), apr_psprintf(pool, "%d", sid));
    zk_test_write_text(path,
                       apr_psprintf(pool,
                                    "tickTime=200\ninitLimit=20\nsyncLimit=10\ndataDir=%s\n"
                                    "clientPort=0\nclientPortAddress=127.0.0.1\npreAllocSize=64\n"
                                    "4lw.commands.whitelist=mntr,srvr\n"
                                    "server.1=127.0.0.1:%d:%d\nserver.2=127.0.0.1:%d:%d\n"
                                    "server.3=127.0.0.1:%d:%d\n",
                                    home, base_port + 1, base_port + 4, base_port + 2,
                                    base_port + 5, base_port + 3, base_port + 6));
    CU_ASSERT_EQUAL_FATAL(zk_config_load_file(config, path, &note), APR_SUCCESS);
    CU_ASSERT_TRUE(config->distributed);
    return config;
}

static void *APR_THREAD_FUNC run_member(apr_thread_t *self, void *baton)
{
    member_t *member = baton;

    member->exit_code = zk_server_run(member->server);
    (void)self;
    return NULL;
}

static void start(int sid)
{
    member_t *member = &members[sid];
    zk_note_t note = {""};
    int code;

    apr_pool_create_ex(&member->pool, NULL, zk_pool_abort, NULL);
    if (zk_server_create(&member->server, configure(sid), &code, member->pool, &note) !=
        APR_SUCCESS)
        CU_FAIL_FATAL("a member does not start");
    CU_ASSERT_EQUAL_FATAL(
        apr_thread_create(&member->thread, NULL, run_member, member, zk_test_pool()), APR_SUCCESS);
}

static void stop(int sid)
{
    member_t *member = &members[sid];
    apr_status_t ignored;

    if (member->pool == NULL)
        return;
    zk_server_stop(member->server, "test");
    apr_thread_join(&ignored, member->thread);
    CU_ASSERT_EQUAL(member->exit_code, ZK_EXIT_OK);
    apr_pool_destroy(member->pool);
    member->pool = NULL;
}

static void teardown(void)
{
    int sid;

    for (sid = 1; sid <= SERVERS; sid++)
        stop(sid);
}

/* A client of member SID alone; the test fails when it serves nobody for half a minute. */
static zk_client_t *client_of(int sid)
{
    const zk_client_options_t options = {.timeout_ms = 8000};
    zk_client_t *client = NULL;
    zk_note_t note = {""};
    const char *hosts =
        apr_psprintf(zk_test_pool(), "127.0.0.1:%u", (unsigned)zk_server_port(members[sid].server));

    CU_ASSERT_EQUAL_FATAL(zk_client_create(&client, hosts, &options, zk_test_pool(), &note),
                          APR_SUCCESS);
    CU_ASSERT_TRUE_FATAL(zk_client_wait_connected(client, WAIT_MS));
    return client;
}

static int32_t create(zk_client_t *client, const char *path, const char *data)
{
    zk_arena_t *arena = zk_arena_create();
    zk_str_t created;
    int32_t code = zk_client_create_node(client, zk_str(path), zk_str(data), zk_client_acl_open(),
                                         0, -1, &created, arena);

    zk_arena_destroy(arena);
    return code;
}

/* Whether CLIENT reads DATA at PATH, now or within the time that a follower may lag. */
static bool reads(zk_client_t *client, const char *path, const char *data)
{
    zk_arena_t *arena = zk_arena_create();
    int64_t end_ms = plat_monotonic_ms() + 5000;
    bool right = false;

    while (!right && plat_monotonic_ms() < end_ms) {
        zk_str_t got = ZK_STR_NULL;
        zk_stat_t stat;

        right = zk_client_get_data(client, zk_str(path), false, &got, &stat, arena) == 0 &&
                zk_str_equal_c(got, data);
        if (!right)
            apr_sleep(20000);
    }
    zk_arena_destroy(arena);
    return right;
}

static void what_one_member_takes_all_others_show(void)
{
    zk_client_t *clients[SERVERS + 1];
    int sid;

    for (sid = 1; sid <= SERVERS; sid++)
        start(sid);
    for (sid = 1; sid <= SERVERS; sid++)
        clients[sid] = client_of(sid);
    for (sid = 1; sid <= SERVERS; sid++)
        CU_ASSERT_EQUAL(create(clients[sid], apr_psprintf(zk_test_pool(), "/by%d", sid), "x"), 0);
    for (sid = 1; sid <= SERVERS; sid++) {
        CU_ASSERT_TRUE(reads(clients[sid], "/by1", "x"));
        CU_ASSERT_TRUE(reads(clients[sid], "/by2", "x"));
        CU_ASSERT_TRUE(reads(clients[sid], "/by3", "x"));
        zk_client_destroy(clients[sid]);
    }
}

static void two_of_three_go_on_and_the_third_catches_up(void)
{
    zk_client_t *client;
    int i;

    start(1);
    start(2);
    client = client_of(1);
    for (i = 0; i < 20; i++)
        CU_ASSERT_EQUAL(create(client, apr_psprintf(zk_test_pool(), "/n%d", i), "v"), 0);
    zk_client_destroy(client);
    start(3); /* fresh: gets all of it */
    client = client_of(3);
    CU_ASSERT_TRUE(reads(client, "/n19", "v"));
    zk_client_destroy(client);
    stop(2); /* led so far */
    client = client_of(1);
    CU_ASSERT_EQUAL(create(client, "/after", "v"), 0);
    zk_client_destroy(client);
    start(2);
    client = client_of(2);
    CU_ASSERT_TRUE(reads(client, "/after", "v"));
    zk_client_destroy(client);
}

static void all_may_stop_and_nothing_is_lost(void)
{
    zk_client_t *client;
    int sid;

    for (sid = 1; sid <= SERVERS; sid++)
        start(sid);
    client = client_of(1);
    CU_ASSERT_EQUAL(create(client, "/kept", "v"), 0);
    zk_client_destroy(client);
    for (sid = 1; sid <= SERVERS; sid++)
        stop(sid);
    for (sid = 1; sid <= SERVERS; sid++)
        start(sid);
    client = client_of(3);
    CU_ASSERT_TRUE(reads(client, "/kept", "v"));
    zk_client_destroy(client);
}

static void a_member_with_damaged_data_is_given_it_anew(void)
{
    zk_client_t *client;
    const char *log;
    apr_file_t *file;
    apr_off_t where = 16 + 20;
    int sid;

    for (sid = 1; sid <= SERVERS; sid++)
        start(sid);
    client = client_of(1);
    CU_ASSERT_EQUAL(create(client, "/kept", "v"), 0);
    CU_ASSERT_EQUAL(create(client, "/kept2", "v"), 0);
    zk_client_destroy(client);
    stop(1);
    log = apr_psprintf(zk_test_pool(), "%s/1/version-2/log.100000001", dir);
    CU_ASSERT_EQUAL_FATAL(apr_file_open(&file, log, APR_FOPEN_WRITE | APR_FOPEN_READ,
                                        APR_FPROT_OS_DEFAULT, zk_test_pool()),
                          APR_SUCCESS);
    apr_file_seek(file, APR_SET, &where);
    apr_file_puts("damage", file);
    apr_file_close(file);
    start(1);
    client = client_of(1);
    CU_ASSERT_TRUE(reads(client, "/kept2", "v"));
    zk_client_destroy(client);
}

/* What member SID answers to WORD. */
static const char *ask(int sid, const char *word)
{
    char *text = apr_pcalloc(zk_test_pool(), 65536);
    apr_size_t size = strlen(word);
    apr_size_t used = 0;
    apr_sockaddr_t *address;
    apr_socket_t *socket;

    CU_ASSERT_EQUAL_FATAL(apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET,
                                                zk_server_port(members[sid].server), 0,
                                                zk_test_pool()),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        apr_socket_create(&socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool()),
        APR_SUCCESS);
    apr_socket_timeout_set(socket, (apr_interval_time_t)WAIT_MS * 1000);
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(socket, address), APR_SUCCESS);
    CU_ASSERT_EQUAL(apr_socket_send(socket, word, &size), APR_SUCCESS);
    for (size = 65535; size > 0; used += size, size = 65535 - used)
        if (apr_socket_recv(socket, text + used, &size) != APR_SUCCESS)
            break;
    apr_socket_close(socket);
    return text;
}

/* Is the figure behind KEY in MNTR above 0? */
static bool counts(const char *mntr, const char *key)
{
    const char *at = strstr(mntr, key);

    return at != NULL && apr_atoi64(at + strlen(key)) > 0;
}

static void each_member_tells_of_its_election_and_the_leader_of_its_proposals(void)
{
    int leaders = 0;
    int sid;

    for (sid = 1; sid <= SERVERS; sid++)
        start(sid);
    for (sid = 1; sid <= SERVERS; sid++)
        zk_client_destroy(client_of(sid)); /* sessions: something is proposed */
    for (sid = 1; sid <= SERVERS; sid++) {
        const char *mntr = ask(sid, "mntr");
        const char *srvr = ask(sid, "srvr");

        CU_ASSERT_TRUE(counts(mntr, "\nzk_looking_count\t"));
        CU_ASSERT_TRUE(counts(mntr, "\nzk_cnt_election_time\t"));
        CU_ASSERT_TRUE(counts(mntr, "\nzk_cnt_unavailable_time\t"));
        if (strstr(srvr, "Mode: leader\n") == NULL) {
            CU_ASSERT_PTR_NULL(strstr(srvr, "Proposal sizes"));
            CU_ASSERT_PTR_NULL(strstr(mntr, "zk_pending_syncs"));
            continue;
        }
        leaders++;
        CU_ASSERT_PTR_NOT_NULL(strstr(srvr, "Proposal sizes last/min/max: "));
        CU_ASSERT_PTR_NULL(strstr(srvr, "Proposal sizes last/min/max: -1"));
        CU_ASSERT_PTR_NOT_NULL(strstr(mntr, "\nzk_pending_syncs\t0\n"));
    }
    CU_ASSERT_EQUAL(leaders, 1);
}

static const zk_test_t tests[] = {
    {"each member tells of its election and the leader of its proposals",
     each_member_tells_of_its_election_and_the_leader_of_its_proposals},
    {"what one member takes, all others show", what_one_member_takes_all_others_show},
    {"two of three go on, and the third catches up", two_of_three_go_on_and_the_third_catches_up},
    {"all may stop, and nothing is lost", all_may_stop_and_nothing_is_lost},
    {"a member with damaged data is given it anew", a_member_with_damaged_data_is_given_it_anew},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_ensemble, "server/ensemble", tests, setup, teardown);
