/* test_session.c -- requests, completions and the end of handles, against a scripted server. */
#include <stdatomic.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_time.h>

#include "base/plat.h"
#include "libpaddock/session.h"
#include "lib/zk_test.h"
#include "script.h"
#include "wire/codec.h"
#include "wire/opcode.h"

int zookeeper_interest(zhandle_t *zh, ZOO_SOCKET_T_ *fd, int *interest, struct timeval *tv);
int zookeeper_process(zhandle_t *zh, int events);

static zhandle_t *zh;
static atomic_int state;      /* of the last session event */
static atomic_int told;       /* completions called */
static atomic_int codes[128]; /* by the number given with the request */
static atomic_int counts[128];
static atomic_int closed;
static script_options_t options;

static void on_session(zhandle_t *handle, int type, int new_state, const char *path, void *context)
{
    (void)handle;
    (void)path;
    (void)context;
    if (type == ZOO_SESSION_EVENT)
        state = new_state;
}

static void on_void(int rc, const void *data)
{
    int number = *(const int *)data;

    codes[number] = rc;
    counts[number]++;
    told++;
}

static const int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static void connect_to(const char *suffix, int flags)
{
    char hosts[64];

    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d%s", script_start(&options), suffix);
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, flags);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zh);
}

static bool is_connected(void)
{
    return state == ZOO_CONNECTED_STATE;
}

static bool has_lost_and_found(void)
{
    return state == ZOO_CONNECTED_STATE && script_seen().connections >= 2;
}

static bool is_told(void)
{
    return told >= 1;
}

static void setup(void)
{
    int i;

    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    memset(&options, 0, sizeof(options));
    state = 0;
    told = 0;
    closed = 0;
    for (i = 0; i < 128; i++) {
        codes[i] = 1;
        counts[i] = 0;
    }
    zh = NULL;
}

static void teardown(void)
{
    if (zh != NULL)
        zookeeper_close(zh);
    script_stop();
}

static void close_now(void)
{
    CU_ASSERT_EQUAL(zookeeper_close(zh), ZOK);
    zh = NULL;
}

/* ---- threads ---- */

/* How many threads this process has, 0 where the system does not show them. */
static int thread_count(void)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    int count = 0;

    if (apr_dir_open(&dir, "/proc/self/task", zk_test_pool()) != APR_SUCCESS)
        return 0;
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS)
        count += info.name[0] != '.';
    apr_dir_close(dir);
    return count;
}

static int threads_before;

static bool are_threads_gone(void)
{
    return thread_count() <= threads_before;
}

static void a_closed_handle_leaves_no_thread(void)
{
    char hosts[64];

    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d", script_start(&options));
    threads_before = thread_count();
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_EQUAL(zoo_client_id(zh)->client_id, 0x1234);
    CU_ASSERT_EQUAL(zoo_recv_timeout(zh), 6000);
    close_now();
    CU_ASSERT_TRUE(script_wait(are_threads_gone));
    CU_ASSERT_EQUAL(script_seen().last_opcode, ZK_OP_CLOSE_SESSION);
}

/* ---- lost connections ---- */

static script_verdict_t drop_deletes(int32_t opcode, zk_reader_t *request, int32_t *code,
                                     zk_buffer_t *body)
{
    (void)request;
    (void)code;
    (void)body;
    return opcode == ZK_OP_DELETE ? SCRIPT_DROP : SCRIPT_ANSWER;
}

static void a_request_in_flight_fails_once_when_the_connection_is_lost(void)
{
    options.handler = drop_deletes;
    connect_to("", 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_EQUAL(zoo_adelete(zh, "/a", -1, on_void, &numbers[1]), ZOK);
    CU_ASSERT_TRUE(script_wait(is_told));
    CU_ASSERT_EQUAL(codes[1], ZCONNECTIONLOSS);
    CU_ASSERT_TRUE(script_wait(has_lost_and_found));
    CU_ASSERT_EQUAL(script_seen().session_asked, 0x1234);
    CU_ASSERT_EQUAL(zoo_set_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE), ZOK);
    close_now();
    CU_ASSERT_EQUAL(counts[1], 1);
}

static void an_expired_session_ends_requests_and_refuses_more(void)
{
    options.handler = drop_deletes;
    options.refuse_from = 2;
    connect_to("", 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    zoo_adelete(zh, "/a", -1, on_void, &numbers[1]);
    CU_ASSERT_TRUE(script_wait(is_told));
    while (is_unrecoverable(zh) == ZOK)
        apr_sleep(1000);
    CU_ASSERT_EQUAL(zoo_state(zh), ZOO_EXPIRED_SESSION_STATE);
    CU_ASSERT_EQUAL(zoo_adelete(zh, "/a", -1, on_void, &numbers[2]), ZINVALIDSTATE);
    CU_ASSERT_EQUAL(zoo_delete(zh, "/a", -1), ZINVALIDSTATE);
    close_now();
    CU_ASSERT_EQUAL(counts[1], 1);
    CU_ASSERT_EQUAL(counts[2], 0);
}

/* ---- callbacks that call back ---- */

static script_verdict_t silent_about_deletes(int32_t opcode, zk_reader_t *request, int32_t *code,
                                             zk_buffer_t *body)
{
    (void)request;
    (void)code;
    (void)body;
    return opcode == ZK_OP_DELETE ? SCRIPT_SILENT : SCRIPT_ANSWER;
}

static void call_within(int rc, const void *data)
{
    on_void(rc, data);
    codes[5] = zoo_set_acl(zh, "/b", -1, &ZOO_OPEN_ACL_UNSAFE);
    closed = 1;
}

static bool is_closed(void)
{
    return closed != 0;
}

static void a_completion_may_call_synchronously(void)
{
    connect_to("", 0);
    zoo_aset_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE, call_within, &numbers[1]);
    CU_ASSERT_TRUE(script_wait(is_closed));
    CU_ASSERT_EQUAL(codes[5], ZOK);
}

static void close_within(int rc, const void *data)
{
    zoo_adelete(zh, "/pending", -1, on_void, &numbers[7]);
    on_void(rc, data);
    codes[6] = zookeeper_close(zh);
    closed = 1;
}

static void a_completion_may_close_the_handle(void)
{
    char hosts[64];

    options.handler = silent_about_deletes;
    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d", script_start(&options));
    threads_before = thread_count();
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, 0);
    zoo_aset_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE, close_within, &numbers[1]);
    CU_ASSERT_TRUE(script_wait(is_closed));
    zh = NULL;
    CU_ASSERT_EQUAL(codes[6], ZOK);
    CU_ASSERT_EQUAL(codes[7], ZCLOSING);
    CU_ASSERT_EQUAL(counts[7], 1);
    CU_ASSERT_TRUE(script_wait(are_threads_gone));
}

static void call_and_wait(void *baton)
{
    (void)baton;
    codes[8] = zoo_delete(zh, "/never", -1);
    closed = 1;
}

static bool is_asked(void)
{
    return script_seen().requests >= 1;
}

static void a_caller_that_waits_is_let_go_by_close(void)
{
    plat_thread_t caller;

    options.handler = silent_about_deletes;
    connect_to("", 0);
    plat_thread_start(&caller, call_and_wait, NULL);
    CU_ASSERT_TRUE(script_wait(is_asked));
    close_now();
    plat_thread_join(caller);
    CU_ASSERT_EQUAL(codes[8], ZCLOSING);
}

/* ---- bounds ---- */

static void a_request_without_answer_ends_at_its_deadline(void)
{
    options.handler = silent_about_deletes;
    connect_to("", 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_EQUAL(zoo_set_request_timeout(zh, 50), ZOK);
    CU_ASSERT_EQUAL(zoo_delete(zh, "/a", -1), ZREQUESTTIMEOUT);
    zoo_adelete(zh, "/a", -1, on_void, &numbers[1]);
    CU_ASSERT_TRUE(script_wait(is_told));
    CU_ASSERT_EQUAL(codes[1], ZREQUESTTIMEOUT);
    script_drop();
    CU_ASSERT_TRUE(script_wait(has_lost_and_found));
    CU_ASSERT_EQUAL(counts[1], 1);
}

static void requests_beyond_the_limit_wait_for_room(void)
{
    int i;

    connect_to("", 0);
    CU_ASSERT_EQUAL(zoo_set_outstanding_limit(zh, 2), ZOK);
    for (i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(zoo_adelete(zh, "/a", -1, on_void, &numbers[i]), ZOK);
    close_now();
    for (i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(counts[i], 1);
}

/* ---- credentials ---- */

static void credentials_are_judged_once_and_sent_again_after_a_reconnect(void)
{
    connect_to("", 0);
    CU_ASSERT_EQUAL(zoo_add_auth(zh, "digest", "a:b", 3, on_void, &numbers[1]), ZOK);
    CU_ASSERT_EQUAL(zoo_add_auth_sync(zh, "digest", "c:d", 3), ZOK);
    script_drop();
    CU_ASSERT_TRUE(script_wait(has_lost_and_found));
    CU_ASSERT_EQUAL(zoo_delete(zh, "/a", -1), ZOK);
    CU_ASSERT_EQUAL(script_seen().auths, 4);
    CU_ASSERT_EQUAL(counts[1], 1);
    CU_ASSERT_EQUAL(codes[1], ZOK);
}

static void a_refused_credential_ends_the_session(void)
{
    options.auth_code = ZAUTHFAILED;
    connect_to("", 0);
    CU_ASSERT_EQUAL(zoo_add_auth_sync(zh, "digest", "a:b", 3), ZAUTHFAILED);
    while (zoo_state(zh) != ZOO_AUTH_FAILED_STATE)
        apr_sleep(1000);
    CU_ASSERT_EQUAL(zoo_delete(zh, "/a", -1), ZINVALIDSTATE);
}

/* ---- paths and answers ---- */

static script_verdict_t create_answers(int32_t opcode, zk_reader_t *request, int32_t *code,
                                       zk_buffer_t *body)
{
    zk_str_t path = zk_read_str(request);

    (void)code;
    if (opcode == ZK_OP_CREATE)
        zk_write_str(body, zk_str_equal_c(path, "/root/a") ? path : zk_str("/wrong"));
    return SCRIPT_ANSWER;
}

static void the_chroot_goes_before_paths_and_comes_off_answers(void)
{
    char created[32] = "";
    char cut[2] = "";

    options.handler = create_answers;
    connect_to("/root", 0);
    CU_ASSERT_EQUAL(zoo_create(zh, "/a", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, created,
                               sizeof(created)),
                    ZOK);
    CU_ASSERT_STRING_EQUAL(created, "/a");
    CU_ASSERT_EQUAL(
        zoo_create(zh, "/a", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, cut, sizeof(cut)), ZOK);
    CU_ASSERT_STRING_EQUAL(cut, "/");
    CU_ASSERT_EQUAL(zoo_create(zh, "a", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, NULL, 0),
                    ZBADARGUMENTS);
}

static void an_answer_that_does_not_decode_is_a_marshalling_error(void)
{
    char data[8];
    int length = sizeof(data);

    connect_to("", 0);
    CU_ASSERT_EQUAL(zoo_get(zh, "/a", 0, data, &length, NULL), ZMARSHALLINGERROR);
}

static void a_read_only_server_shows_in_the_state(void)
{
    options.is_read_only = true;
    connect_to("", ZOO_READONLY);
    while (state == 0)
        apr_sleep(1000);
    CU_ASSERT_EQUAL(state, ZOO_READONLY_STATE);
    CU_ASSERT_EQUAL(zoo_state(zh), ZOO_READONLY_STATE);
}

/* ---- servers ---- */

static void all_addresses_of_a_name_are_tried(void)
{
    char hosts[64];

    /* the server listens on the IPv4 address only, and the name may have two */
    snprintf(hosts, sizeof(hosts), "localhost:%d", script_start(&options));
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_STRING_EQUAL(zoo_get_current_server(zh), hosts);
}

static bool is_cut_off(void)
{
    return state == ZOO_CONNECTING_STATE;
}

static void a_new_list_of_servers_is_used_at_once_and_keeps_the_session(void)
{
    char hosts[64];
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d", script_start(&options));
    zh = zookeeper_init(hosts, on_session, 6000, NULL, NULL, 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_PTR_NOT_NULL(zookeeper_get_connected_host(zh, (struct sockaddr *)&address, &size));
    CU_ASSERT_EQUAL(zoo_set_servers(zh, hosts), ZOK);
    CU_ASSERT_EQUAL(script_seen().connections, 1);
    CU_ASSERT_EQUAL(zoo_set_servers(zh, "127.0.0.1:1"), ZOK);
    CU_ASSERT_TRUE(script_wait(is_cut_off));
    CU_ASSERT_EQUAL(zoo_delete(zh, "/a", -1), ZCONNECTIONLOSS);
    size = sizeof(address);
    CU_ASSERT_PTR_NULL(zookeeper_get_connected_host(zh, (struct sockaddr *)&address, &size));
    CU_ASSERT_EQUAL(zoo_set_servers(zh, hosts), ZOK);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_EQUAL(script_seen().session_asked, 0x1234);
    CU_ASSERT_EQUAL(zoo_set_servers(zh, "a:b"), ZBADARGUMENTS);
}

static void a_session_is_continued_with_its_id_and_password(void)
{
    clientid_t id = {0x1234, {0}};
    char hosts[64];

    memcpy(id.passwd, "sixteen bytes ..", sizeof(id.passwd));
    snprintf(hosts, sizeof(hosts), "127.0.0.1:%d", script_start(&options));
    zh = zookeeper_init(hosts, on_session, 6000, &id, NULL, 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    CU_ASSERT_EQUAL(script_seen().session_asked, 0x1234);
    CU_ASSERT_EQUAL(memcmp(zoo_client_id(zh)->passwd, id.passwd, sizeof(id.passwd)), 0);
}

/* ---- event loop ---- */

/* Turn the handle until CONDITION. */
static bool turn_until(bool (*condition)(void))
{
    int64_t end = plat_monotonic_ms() + 10000;

    while (!condition()) {
        struct timeval wait;
        ZOO_SOCKET_T_ fd;
        int interest;

        if (plat_monotonic_ms() >= end ||
            zookeeper_interest(zh, &fd, &interest, &wait) == ZBADARGUMENTS)
            return false;
        zookeeper_process(zh, interest);
        if (!condition())
            apr_sleep(1000);
    }
    return true;
}

static void an_event_loop_handle_calls_back_in_process_only(void)
{
    connect_to("", ZOO_EVENT_LOOP);
    CU_ASSERT_EQUAL(zoo_adelete(zh, "/a", -1, on_void, &numbers[1]), ZOK);
    apr_sleep(50000);
    CU_ASSERT_EQUAL(told, 0);
    CU_ASSERT_TRUE(turn_until(is_told));
    CU_ASSERT_EQUAL(codes[1], ZOK);
    CU_ASSERT_EQUAL(zoo_delete(zh, "/b", -1), ZOK);
    zoo_set_outstanding_limit(zh, 1);
    CU_ASSERT_EQUAL(zoo_adelete(zh, "/c", -1, on_void, &numbers[2]), ZOK);
    CU_ASSERT_EQUAL(zoo_adelete(zh, "/d", -1, on_void, &numbers[3]), ZTHROTTLEDOP);
    close_now();
    CU_ASSERT_EQUAL(counts[2], 1);
    CU_ASSERT_EQUAL(counts[3], 0);
}

static void an_event_loop_handle_may_be_closed_by_a_callback(void)
{
    connect_to("", ZOO_EVENT_LOOP);
    zoo_aset_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE, close_within, &numbers[1]);
    CU_ASSERT_TRUE(turn_until(is_closed));
    zh = NULL;
    CU_ASSERT_EQUAL(counts[1], 1);
    CU_ASSERT_EQUAL(counts[7], 1);
}

/* ---- callbacks slower than the server ---- */

enum { BULK_BYTES = 256 * 1024, BULK_CALLS = 120 };

static atomic_int bulk_told;
static atomic_bool bulk_blocks; /* completions wait while it is set */
static atomic_bool bulk_calls;  /* the first completion calls within */
static atomic_bool bulk_closes; /* the handle is being closed */
static atomic_int bulk_code;

static script_verdict_t answer_bulk(int32_t opcode, zk_reader_t *request, int32_t *code,
                                    zk_buffer_t *body)
{
    zk_stat_t stat = {0};

    (void)request;
    (void)code;
    if (opcode != ZK_OP_GET_DATA)
        return SCRIPT_ANSWER;
    zk_write_int(body, BULK_BYTES);
    memset(zk_buffer_extend(body, BULK_BYTES), 'x', BULK_BYTES);
    zk_record_encode(&zk_record_stat, &stat, body);
    return SCRIPT_ANSWER;
}

static void on_bulk(int rc, const char *value, int length, const struct Stat *stat,
                    const void *data)
{
    (void)value;
    (void)stat;
    (void)data;
    CU_ASSERT_TRUE(rc == ZOK || (rc == ZCLOSING && bulk_closes)); /* the time for it is limited */
    CU_ASSERT_TRUE(length == BULK_BYTES || rc != ZOK);
    while (bulk_blocks)
        apr_sleep(1000);
    if (bulk_told == 0 && bulk_calls)
        bulk_code = zoo_set_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE);
    bulk_told++;
}

static size_t outbox_bytes(void)
{
    size_t bytes;

    zk_session_lock(zh);
    bytes = zh->outbox_bytes;
    zk_session_unlock(zh);
    return bytes;
}

static bool is_held(void)
{
    bool held;

    zk_session_lock(zh);
    held = zh->is_held;
    zk_session_unlock(zh);
    return held;
}

static bool is_all_bulk_told(void)
{
    return bulk_told == BULK_CALLS;
}

/* Ask for more than the outbox holds, with completions that wait. */
static void ask_for_bulk(void)
{
    int i;

    options.handler = answer_bulk;
    bulk_told = 0;
    bulk_calls = false;
    bulk_closes = false;
    bulk_code = 1;
    bulk_blocks = true;
    connect_to("", 0);
    CU_ASSERT_TRUE(script_wait(is_connected));
    for (i = 0; i < BULK_CALLS; i++)
        CU_ASSERT_EQUAL(zoo_aget(zh, "/a", 0, on_bulk, NULL), ZOK);
    CU_ASSERT_TRUE(script_wait(is_held));
}

static void slow_callbacks_stop_the_reading(void)
{
    ask_for_bulk();
    apr_sleep(300000);
    CU_ASSERT_TRUE(outbox_bytes() > ZK_OUTBOX_BYTES_MAX);
    CU_ASSERT_TRUE(outbox_bytes() < ZK_OUTBOX_BYTES_MAX + 2 * BULK_BYTES);
    bulk_blocks = false;
    CU_ASSERT_TRUE(script_wait(is_all_bulk_told));
    CU_ASSERT_EQUAL(outbox_bytes(), 0);
    CU_ASSERT_EQUAL(zoo_state(zh), ZOO_CONNECTED_STATE);
}

static void a_synchronous_call_is_answered_whatever_is_undelivered(void)
{
    ask_for_bulk();
    CU_ASSERT_EQUAL(zoo_set_acl(zh, "/a", -1, &ZOO_OPEN_ACL_UNSAFE), ZOK);
    bulk_blocks = false;
    CU_ASSERT_TRUE(script_wait(is_all_bulk_told));
}

static void a_callback_may_call_when_reading_has_stopped(void)
{
    ask_for_bulk();
    bulk_calls = true;
    bulk_blocks = false;
    CU_ASSERT_TRUE(script_wait(is_all_bulk_told));
    CU_ASSERT_EQUAL(bulk_code, ZOK);
}

static void a_handle_is_closed_although_reading_has_stopped(void)
{
    ask_for_bulk();
    bulk_blocks = false;
    bulk_closes = true;
    close_now();
    CU_ASSERT_EQUAL(bulk_told, BULK_CALLS);
}

static const zk_test_t tests[] = {
    {"a closed handle leaves no thread", a_closed_handle_leaves_no_thread},
    {"a request in flight fails once when the connection is lost",
     a_request_in_flight_fails_once_when_the_connection_is_lost},
    {"an expired session ends requests and refuses more",
     an_expired_session_ends_requests_and_refuses_more},
    {"a completion may call synchronously", a_completion_may_call_synchronously},
    {"a completion may close the handle", a_completion_may_close_the_handle},
    {"a caller that waits is let go by close", a_caller_that_waits_is_let_go_by_close},
    {"a request without answer ends at its deadline",
     a_request_without_answer_ends_at_its_deadline},
    {"requests beyond the limit wait for room", requests_beyond_the_limit_wait_for_room},
    {"credentials are judged once and sent again after a reconnect",
     credentials_are_judged_once_and_sent_again_after_a_reconnect},
    {"a refused credential ends the session", a_refused_credential_ends_the_session},
    {"the chroot goes before paths and comes off answers",
     the_chroot_goes_before_paths_and_comes_off_answers},
    {"an answer that does not decode is a marshalling error",
     an_answer_that_does_not_decode_is_a_marshalling_error},
    {"a read-only server shows in the state", a_read_only_server_shows_in_the_state},
    {"all addresses of a name are tried", all_addresses_of_a_name_are_tried},
    {"a new list of servers is used at once and keeps the session",
     a_new_list_of_servers_is_used_at_once_and_keeps_the_session},
    {"a session is continued with its id and password",
     a_session_is_continued_with_its_id_and_password},
    {"an event-loop handle calls back in process only",
     an_event_loop_handle_calls_back_in_process_only},
    {"an event-loop handle may be closed by a callback",
     an_event_loop_handle_may_be_closed_by_a_callback},
    {"slow callbacks stop the reading", slow_callbacks_stop_the_reading},
    {"a synchronous call is answered whatever is undelivered",
     a_synchronous_call_is_answered_whatever_is_undelivered},
    {"a callback may call when reading has stopped", a_callback_may_call_when_reading_has_stopped},
    {"a handle is closed although reading has stopped",
     a_handle_is_closed_although_reading_has_stopped},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_session, "libpaddock/session", tests, setup, teardown);
