/* test_server.c -- a whole server in this process, talked to over loopback. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_file_info.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "client/requests.h"
#include "lib/texts.h"
#include "server/server.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/opcode.h"

typedef struct running {
    apr_pool_t *pool;
    zk_server_t *server;
    apr_thread_t *thread;
    int exit_code;
} running_t;

static void *APR_THREAD_FUNC run_server(apr_thread_t *self, void *baton)
{
    running_t *running = baton;

    running->exit_code = zk_server_run(running->server);
    (void)self;
    return NULL;
}

static zk_config_t *make_config(const char *dir, const char *more)
{
    zk_config_t *config = zk_config_create(zk_test_pool());
    const char *text = apr_psprintf(zk_test_pool(),
                                    "tickTime=500\ndataDir=%s\nclientPort=0\n"
                                    "clientPortAddress=127.0.0.1\npreAllocSize=64\n%s",
                                    dir, more);
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_config_load_text(config, "test", text, strlen(text), &note),
                          APR_SUCCESS);
    return config;
}

static running_t *start(const char *dir, const char *more)
{
    running_t *running = apr_pcalloc(zk_test_pool(), sizeof(*running));
    zk_note_t note = {""};
    int code;

    apr_pool_create_ex(&running->pool, NULL, zk_pool_abort, NULL);
    CU_ASSERT_EQUAL_FATAL(
        zk_server_create(&running->server, make_config(dir, more), &code, running->pool, &note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        apr_thread_create(&running->thread, NULL, run_server, running, zk_test_pool()),
        APR_SUCCESS);
    return running;
}

static void stop(running_t *running)
{
    apr_status_t ignored;

    zk_server_stop(running->server, "test");
    apr_thread_join(&ignored, running->thread);
    CU_ASSERT_EQUAL(running->exit_code, ZK_EXIT_OK);
    apr_pool_destroy(running->pool);
}

static zk_client_t *connect_to(const running_t *running)
{
    zk_client_options_t options = {.timeout_ms = 5000};
    zk_client_t *client = NULL;
    zk_note_t note = {""};
    const char *hosts =
        apr_psprintf(zk_test_pool(), "127.0.0.1:%u", (unsigned)zk_server_port(running->server));

    CU_ASSERT_EQUAL_FATAL(zk_client_create(&client, hosts, &options, zk_test_pool(), &note),
                          APR_SUCCESS);
    CU_ASSERT_TRUE_FATAL(zk_client_wait_connected(client, 10000));
    return client;
}

static void a_write_survives_a_stop(void)
{
    zk_arena_t *arena = zk_arena_create();
    const char *dir = zk_test_dir();
    running_t *running = start(dir, "");
    zk_client_t *client = connect_to(running);
    zk_str_t created, data;
    zk_stat_t stat;

    CU_ASSERT_EQUAL(zk_client_create_node(client, zk_str("/kept"), zk_str("value"),
                                          zk_client_acl_open(), 0, -1, &created, arena),
                    0);
    zk_client_destroy(client);
    stop(running);

    running = start(dir, "");
    client = connect_to(running);
    CU_ASSERT_EQUAL(zk_client_get_data(client, zk_str("/kept"), false, &data, &stat, arena), 0);
    CU_ASSERT_TRUE(zk_str_equal_c(data, "value"));
    zk_client_destroy(client);
    stop(running);
    zk_arena_destroy(arena);
}

/* Readers of the format refuse logs that no snapshot precedes. */
static void a_fresh_directory_has_a_snapshot_before_any_log(void)
{
    const char *dir = zk_test_dir();
    running_t *running = start(dir, "");

    CU_ASSERT_TRUE(zk_test_exists(zk_test_path("version-2/snapshot.0")));
    stop(running);
}

static void a_second_server_on_the_same_directory_is_refused(void)
{
    const char *dir = zk_test_dir();
    running_t *running = start(dir, "");
    zk_server_t *second = NULL;
    zk_note_t note = {""};
    int code = 0;

    CU_ASSERT_EQUAL(zk_server_create(&second, make_config(dir, ""), &code, zk_test_pool(), &note),
                    ZK_E_LOCKED);
    CU_ASSERT_EQUAL(code, ZK_EXIT_DATA_DIR);
    /* the name, because a path may come back with the system's own separators */
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, strrchr(dir, '/') + 1));
    stop(running);
}

static void a_port_in_use_is_said(void)
{
    const char *dir = zk_test_dir();
    running_t *running = start(apr_pstrcat(zk_test_pool(), dir, "/a", NULL), "");
    unsigned port = zk_server_port(running->server);
    zk_server_t *second = NULL;
    zk_note_t note = {""};
    int code = 0;
    zk_config_t *config = make_config(apr_pstrcat(zk_test_pool(), dir, "/b", NULL), "");

    config->client_port = (int32_t)port;
    CU_ASSERT_NOT_EQUAL(zk_server_create(&second, config, &code, zk_test_pool(), &note),
                        APR_SUCCESS);
    CU_ASSERT_EQUAL(code, ZK_EXIT_UNEXPECTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, apr_psprintf(zk_test_pool(), "%u", port)));
    stop(running);
}

/* A key that must change is a matter of the configuration, for whoever looks at the exit code. */
static void a_configuration_without_a_client_port_is_refused_as_such(void)
{
    zk_config_t *config = make_config(zk_test_dir(), "");
    zk_server_t *server = NULL;
    zk_note_t note = {""};
    int code = 0;

    config->client_port = -1;
    CU_ASSERT_EQUAL(zk_server_create(&server, config, &code, zk_test_pool(), &note), ZK_E_CONFIG);
    CU_ASSERT_EQUAL(code, ZK_EXIT_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "clientPort"));
}

static apr_size_t ask_word(uint16_t port, const char *word, char *reply, apr_size_t size)
{
    apr_pool_t *pool = zk_test_pool();
    apr_sockaddr_t *address;
    apr_socket_t *socket;
    apr_size_t length = strlen(word), got = 0;

    CU_ASSERT_EQUAL_FATAL(apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, port, 0, pool),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(apr_socket_create(&socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, pool),
                          APR_SUCCESS);
    apr_socket_timeout_set(socket, 10 * APR_USEC_PER_SEC);
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(socket, address), APR_SUCCESS);
    apr_socket_send(socket, word, &length);
    for (;;) {
        apr_size_t n = size - 1 - got;

        if (n == 0 || apr_socket_recv(socket, reply + got, &n) != APR_SUCCESS || n == 0)
            break;
        got += n;
    }
    reply[got] = '\0';
    apr_socket_close(socket);
    return got;
}

static void four_letter_words_are_answered(void)
{
    running_t *running = start(zk_test_dir(), "");
    char reply[4096];

    ask_word(zk_server_port(running->server), "ruok", reply, sizeof(reply));
    CU_ASSERT_STRING_EQUAL(reply, "imok");
    ask_word(zk_server_port(running->server), "srvr", reply, sizeof(reply));
    CU_ASSERT_PTR_NOT_NULL(strstr(reply, "Mode: standalone\n"));
    ask_word(zk_server_port(running->server), "cons", reply, sizeof(reply));
    CU_ASSERT_STRING_EQUAL(reply, "cons is not executed because it is not in the whitelist.\n");
    stop(running);
}

/* Small snapCount: snapshots are taken while writes go on, and the directory opens again. */
static void snapshots_are_taken_under_writes(void)
{
    zk_arena_t *arena = zk_arena_create();
    const char *dir = zk_test_dir();
    running_t *running = start(dir, "snapCount=20\n");
    zk_client_t *client = connect_to(running);
    zk_str_vector_t children;
    zk_stat_t stat;
    zk_str_t created;
    int i;

    for (i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(zk_client_create_node(client, zk_str("/s-"), zk_str("x"),
                                              zk_client_acl_open(), 2, -1, &created, arena),
                        0);
    zk_client_destroy(client);
    stop(running);
    running = start(dir, "snapCount=20\n");
    client = connect_to(running);
    CU_ASSERT_EQUAL(zk_client_get_children(client, zk_str("/"), false, &children, &stat, arena), 0);
    CU_ASSERT_EQUAL(children.count, 101);
    zk_client_destroy(client);
    stop(running);
    zk_arena_destroy(arena);
}

static void put_request(zk_buffer_t *out, int32_t xid, int32_t type, const char *path)
{
    size_t mark = zk_frame_begin(out);

    zk_write_int(out, xid);
    zk_write_int(out, type);
    zk_write_str(out, zk_str(path));
    if (type == ZK_OP_SET_DATA) {
        zk_write_int(out, 0);
        zk_write_int(out, -1);
    } else {
        zk_write_bool(out, false);
    }
    zk_frame_end(out, mark);
}

static void put_handshake(zk_buffer_t *out)
{
    static const char nothing[45] = {[14] = 0x7f, [27] = 16};
    size_t mark = zk_frame_begin(out);

    zk_buffer_append(out, nothing, sizeof(nothing));
    zk_frame_end(out, mark);
}

/* How many whole frames come to SOCKET before ten seconds pass without a byte, WANTED at most. */
static int count_frames(apr_socket_t *socket, int wanted)
{
    zk_buffer_t in = ZK_BUFFER_INIT;
    int frames = 0;

    apr_socket_timeout_set(socket, 10 * APR_USEC_PER_SEC);
    while (frames < wanted) {
        apr_size_t n = 65536;
        zk_frame_t frame;

        if (apr_socket_recv(socket, (char *)zk_buffer_extend(&in, 65536), &n) != APR_SUCCESS)
            break;
        in.length -= 65536 - n;
        while (zk_frame_scan(&frame, zk_buffer_bytes(&in), zk_buffer_size(&in), 1 << 24) ==
               ZK_FRAME_WHOLE) {
            zk_buffer_consume(&in, frame.bytes);
            frames++;
        }
    }
    zk_buffer_free(&in);
    return frames;
}

/* Long ticks: what one step had no room for must not wait for the next of them. */
static void many_large_answers_behind_a_write_come_without_a_pause(void)
{
    zk_arena_t *arena = zk_arena_create();
    running_t *running = start(zk_test_dir(), "tickTime=100000\n");
    zk_client_t *client = connect_to(running);
    char *large = apr_pcalloc(zk_test_pool(), 1000000);
    zk_buffer_t out = ZK_BUFFER_INIT;
    apr_sockaddr_t *address;
    apr_socket_t *socket;
    zk_str_t created;
    apr_size_t size;
    int i;

    CU_ASSERT_EQUAL(zk_client_create_node(client, zk_str("/large"), zk_str_n(large, 1000000),
                                          zk_client_acl_open(), 0, -1, &created, arena),
                    0);
    zk_client_destroy(client);
    put_handshake(&out);
    put_request(&out, 1, ZK_OP_SET_DATA, "/none");
    for (i = 2; i <= 60; i++)
        put_request(&out, i, ZK_OP_GET_DATA, "/large");
    apr_sockaddr_info_get(&address, "127.0.0.1", APR_INET, zk_server_port(running->server), 0,
                          zk_test_pool());
    apr_socket_create(&socket, APR_INET, SOCK_STREAM, APR_PROTO_TCP, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(apr_socket_connect(socket, address), APR_SUCCESS);
    size = zk_buffer_size(&out);
    apr_socket_send(socket, (const char *)zk_buffer_bytes(&out), &size);
    CU_ASSERT_EQUAL(count_frames(socket, 61), 61);
    apr_socket_close(socket);
    zk_buffer_free(&out);
    stop(running);
    zk_arena_destroy(arena);
}

static const zk_test_t tests[] = {
    {"a write survives a stop", a_write_survives_a_stop},
    {"a fresh directory has a snapshot before any log",
     a_fresh_directory_has_a_snapshot_before_any_log},
    {"a second server on the same directory is refused",
     a_second_server_on_the_same_directory_is_refused},
    {"a port in use is said", a_port_in_use_is_said},
    {"a configuration without a client port is refused as such",
     a_configuration_without_a_client_port_is_refused_as_such},
    {"four-letter words are answered", four_letter_words_are_answered},
    {"snapshots are taken under writes", snapshots_are_taken_under_writes},
    {"many large answers behind a write come without a pause",
     many_large_answers_behind_a_write_come_without_a_pause},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_server, "server/server", tests, NULL, NULL);
