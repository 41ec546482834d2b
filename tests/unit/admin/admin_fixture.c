/* admin_fixture.c -- see admin_fixture.h.  Frames are built by hand: four fields need no codec. */
#include "admin_fixture.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/plat.h"
#include "lib/texts.h"
#include "wire/frame.h"
#include "wire/opcode.h"

zk_admin_facts_t source;
zk_fourlw_t *words;
static zk_actions_t actions;
static int32_t next_xid;

static void on_opened(void *baton, uint64_t client, zk_str_t address, uint16_t port)
{
    (void)baton;
    (void)client;
    (void)address;
    (void)port;
}

static void on_frame(void *baton, uint64_t client, zk_str_t bytes)
{
    (void)baton;
    (void)client;
    (void)bytes;
}

static bool on_word(void *baton, uint64_t client, uint32_t word, zk_str_t argument)
{
    (void)baton;
    (void)client;
    (void)word;
    (void)argument;
    return false;
}

static void on_gone(void *baton, uint64_t client, zk_net_gone_t why)
{
    (void)baton;
    (void)client;
    (void)why;
}

static void print_config(void *baton, zk_buffer_t *out)
{
    (void)baton;
    zk_buffer_printf(out, "clientPort=2181\n");
}

static void directory_bytes(void *baton, int64_t *data_bytes, int64_t *log_bytes)
{
    (void)baton;
    *data_bytes = 457;
    *log_bytes = 67109358;
}

static void step(zk_event_t event)
{
    int64_t synced = 0;

    event.wall_ms = source.wall_ms;
    event.mono_ms = source.mono_ms;
    zk_replica_step(source.replica, &event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        if (actions.items[i].type == ZK_ACTION_APPEND_LOG)
            synced = actions.items[i].zxid;
    }
    zk_actions_clear(&actions);
    if (synced != 0)
        step((zk_event_t){.type = ZK_EVENT_LOG_SYNCED, .zxid = synced});
}

static void create_net(void)
{
    zk_net_options_t options = {.frame_bytes_max = 0xfffff};
    zk_net_handlers_t handlers = {NULL, on_opened, on_frame, on_word, on_gone};
    zk_note_t note;

    CU_ASSERT_EQUAL_FATAL(zk_net_create(&source.net, &options, &handlers, zk_test_pool(), &note),
                          APR_SUCCESS);
}

static void create_replica(void)
{
    zk_replica_options_t options = {
        .server_id = 1,
        .random_seed = 1,
        .tick_ms = 2000,
        .session_timeout_min_ms = 4000,
        .session_timeout_max_ms = 40000,
        .snap_count = 100000,
        .digest_enabled = true,
        .outstanding_max = 1000,
        .record_bytes_max = 0xfffff,
        .large_request_threshold = -1,
        .container_check_ms = 60000,
        .container_max_per_minute = 10000,
        .auth = {.digest_enabled = true, .digest_algorithm = "SHA1"},
    };

    source.replica = zk_replica_create(&options);
    zk_replica_start(source.replica, source.wall_ms, source.mono_ms);
}

void fixture_setup(void)
{
    next_xid = 1;
    zk_actions_init(&actions);
    source = (zk_admin_facts_t){
        .whitelist = "*",
        .is_serving = true,
        .server_state = "standalone",
        .wall_ms = FIXTURE_WALL_MS,
        .mono_ms = FIXTURE_MONO_MS,
        .started_mono_ms = FIXTURE_MONO_MS - 4134,
        .sessionless_timeout_ms = 10000,
        .print_config = print_config,
        .directory_bytes = directory_bytes,
        .metrics = zk_metrics_create(),
    };
    create_net();
    create_replica();
    words = zk_fourlw_create(&source, zk_test_pool());
}

void fixture_teardown(void)
{
    zk_replica_destroy(source.replica);
    zk_metrics_destroy(source.metrics);
    zk_actions_free(&actions);
}

const char *ask_as(uint64_t client, const char *word, const void *argument, size_t size,
                   zk_fourlw_result_t *result)
{
    zk_buffer_t out = ZK_BUFFER_INIT;

    *result = zk_fourlw_reply(words, client, zk_get_u32(word), zk_str_n(argument, size), &out);
    return zk_test_take_buffer(&out);
}

const char *ask(const char *word)
{
    zk_fourlw_result_t result;
    const char *text = ask_as(UINT64_MAX, word, "", 0, &result);

    CU_ASSERT_EQUAL(result, ZK_FOURLW_ANSWERED);
    return text;
}

uint64_t client_open(uint32_t slot)
{
    uint64_t client = (uint64_t)1 << 32 | slot;
    char address[24];

    snprintf(address, sizeof(address), "10.0.0.%u", slot);
    step((zk_event_t){.type = ZK_EVENT_CLIENT_OPENED, .client = client, .bytes = zk_str(address)});
    return client;
}

static void send_frame(uint64_t client, const zk_buffer_t *frame)
{
    step((zk_event_t){.type = ZK_EVENT_CLIENT_FRAME,
                      .client = client,
                      .bytes =
                          zk_str_n((const char *)zk_buffer_bytes(frame), zk_buffer_size(frame))});
}

uint64_t client_connect(uint32_t slot)
{
    static const char zeros[16];
    uint64_t client = client_open(slot);
    zk_buffer_t frame = ZK_BUFFER_INIT;

    zk_write_int(&frame, 0);
    zk_write_long(&frame, 0);
    zk_write_int(&frame, 10000);
    zk_write_long(&frame, 0);
    zk_write_str(&frame, zk_str_n(zeros, 16));
    zk_write_bool(&frame, false);
    send_frame(client, &frame);
    zk_buffer_free(&frame);
    CU_ASSERT_NOT_EQUAL(session_of(client), 0);
    return client;
}

int64_t session_of(uint64_t client)
{
    return zk_replica_session_of(source.replica, (uint32_t)client);
}

static void begin_request(zk_buffer_t *frame, int32_t type, const char *path)
{
    *frame = ZK_BUFFER_INIT;
    zk_write_int(frame, next_xid++);
    zk_write_int(frame, type);
    zk_write_str(frame, zk_str(path));
}

void client_create_ephemeral(uint64_t client, const char *path)
{
    zk_buffer_t frame;

    begin_request(&frame, ZK_OP_CREATE, path);
    zk_write_str(&frame, zk_str("x"));
    zk_write_int(&frame, 1);
    zk_write_int(&frame, ZK_PERM_ALL);
    zk_write_str(&frame, zk_str("world"));
    zk_write_str(&frame, zk_str("anyone"));
    zk_write_int(&frame, ZK_CREATE_EPHEMERAL);
    send_frame(client, &frame);
    zk_buffer_free(&frame);
}

static void watch(uint64_t client, int32_t type, const char *path)
{
    zk_buffer_t frame;

    begin_request(&frame, type, path);
    zk_write_bool(&frame, true);
    send_frame(client, &frame);
    zk_buffer_free(&frame);
}

void client_watch_data(uint64_t client, const char *path)
{
    watch(client, ZK_OP_EXISTS, path);
}

void client_watch_children(uint64_t client, const char *path)
{
    watch(client, ZK_OP_GET_CHILDREN, path);
}

void client_set_data(uint64_t client, const char *path)
{
    zk_buffer_t frame;

    begin_request(&frame, ZK_OP_SET_DATA, path);
    zk_write_str(&frame, zk_str("yy"));
    zk_write_int(&frame, -1);
    send_frame(client, &frame);
    zk_buffer_free(&frame);
}

void pass_time(int64_t ms)
{
    source.wall_ms += ms;
    source.mono_ms += ms;
}

const char *mntr_value(const char *mntr, const char *key)
{
    const char *wanted = apr_pstrcat(zk_test_pool(), "zk_", key, "\t", NULL);
    const char *at = mntr;

    while (at != NULL && *at != '\0') {
        if (strncmp(at, wanted, strlen(wanted)) == 0) {
            at += strlen(wanted);
            return apr_pstrmemdup(zk_test_pool(), at, strcspn(at, "\n"));
        }
        at = strchr(at, '\n');
        if (at != NULL)
            at++;
    }
    return NULL;
}
