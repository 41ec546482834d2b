/* beyond.c -- what libpaddock offers beyond upstream's C API, against a real server.
 *
 *     beyond HOST:PORT
 *
 * Runs everything on a threaded handle and then on one without threads, whose synchronous calls
 * work too.  Prints 'all well' at the end; a failed assertion says where. */
#undef NDEBUG
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define THREADED
#include <zookeeper/zookeeper.h>

int zookeeper_process(zhandle_t *zh, int events);

#define SECONDS 20

static int has_threads;
static zhandle_t *zh;
static atomic_int told;
static atomic_int events;

static void wait_for(atomic_int *counter, int count)
{
    time_t end = time(NULL) + SECONDS;
    struct timespec pause = {0, 2000000};

    while (*counter < count) {
        assert(time(NULL) < end);
        if (!has_threads)
            zookeeper_process(zh, 0);
        nanosleep(&pause, NULL);
    }
}

static void create(const char *path, int mode)
{
    assert(zoo_create(zh, path, "x", 1, &ZOO_OPEN_ACL_UNSAFE, mode, NULL, 0) == ZOK);
}

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)handle;
    (void)state;
    (void)path;
    (void)context;
    events += type != ZOO_SESSION_EVENT;
}

static void on_strings(int rc, const struct String_vector *strings, const void *data)
{
    (void)data;
    assert(rc == ZOK && strings->count == 1 && strcmp(strings->data[0], "/beyond/e") == 0);
    told++;
}

static void on_number(int rc, int number, const void *data)
{
    (void)data;
    assert(rc == ZOK && number == 2);
    told++;
}

static void on_infos(int rc, const struct ClientInfo_vector *infos, const void *data)
{
    (void)data;
    assert(rc == ZOK && infos->count >= 1 && infos->data[0].auth_scheme != NULL);
    told++;
}

static void on_reads(int rc, int count, const zoo_read_result_t *results, const void *data)
{
    (void)data;
    assert(rc == ZOK && count == 3);
    assert(results[0].err == ZOK && results[0].data_len == 1 && results[0].data[0] == 'x');
    assert(results[1].err == ZNONODE);
    assert(results[2].err == ZOK && results[2].children.count == 2);
    told++;
}

static void on_void(int rc, const void *data)
{
    (void)data;
    assert(rc == ZOK);
    told++;
}

static void check_questions(void)
{
    static const zoo_read_op_t ops[] = {{ZOO_GETDATA_OP, "/beyond"},
                                        {ZOO_GETDATA_OP, "/beyond/none"},
                                        {ZOO_GETCHILDREN_OP, "/beyond"}};
    struct String_vector paths;
    struct ClientInfo_vector infos;
    zoo_read_result_t results[3];
    int number;

    told = 0;
    create("/beyond", 0);
    create("/beyond/e", 1);
    create("/beyond/p", 0);
    assert(zoo_get_ephemerals(zh, "/beyond", &paths) == ZOK);
    assert(paths.count == 1 && strcmp(paths.data[0], "/beyond/e") == 0);
    deallocate_String_vector(&paths);
    assert(zoo_aget_ephemerals(zh, "/", on_strings, NULL) == ZOK);
    assert(zoo_get_all_children_number(zh, "/beyond", &number) == ZOK && number == 2);
    assert(zoo_aget_all_children_number(zh, "/beyond", on_number, NULL) == ZOK);
    assert(zoo_whoami(zh, &infos) == ZOK && infos.count >= 1);
    deallocate_ClientInfo_vector(&infos);
    assert(zoo_awhoami(zh, on_infos, NULL) == ZOK);
    assert(zoo_multi_read(zh, 3, ops, results) == ZOK);
    assert(results[0].err == ZOK && results[0].data_len == 1 && results[0].stat.version == 0);
    assert(results[1].err == ZNONODE && results[1].data == NULL);
    assert(results[2].err == ZOK && results[2].children.count == 2);
    zoo_free_read_results(3, results);
    assert(zoo_amulti_read(zh, 3, ops, on_reads, NULL) == ZOK);
    assert(zoo_sync(zh, "/beyond") == ZOK);
    wait_for(&told, 4);
}

static void check_watches(void)
{
    events = 0;
    assert(zoo_add_watch(zh, "/beyond", ZOO_ADD_WATCH_RECURSIVE, on_event, NULL) == ZOK);
    assert(zoo_set(zh, "/beyond/p", "y", 1, -1) == ZOK);
    create("/beyond/p/q", 0);
    assert(zoo_delete(zh, "/beyond/p/q", -1) == ZOK);
    wait_for(&events, 3);
    told = 0;
    assert(zoo_aadd_watch(zh, "/beyond/e", ZOO_ADD_WATCH_PERSISTENT, on_event, &events, on_void,
                          NULL) == ZOK);
    wait_for(&told, 1);
    assert(zoo_remove_all_watches(zh, "/beyond", ZWATCHTYPE_ANY, 0) == ZOK);
    assert(zoo_remove_all_watches(zh, "/beyond/e", ZWATCHTYPE_ANY, 1) == ZOK);
    assert(zoo_remove_all_watches(zh, "/beyond", ZWATCHTYPE_ANY, 0) == ZNOWATCHER);
    events = 0;
    assert(zoo_set(zh, "/beyond/p", "z", 1, -1) == ZOK);
    assert(zoo_sync(zh, "/") == ZOK);
    assert(events == 0);
}

static void check_modes(void)
{
    char path[64];
    struct Stat stat;

    assert(zoo_create2_ttl(zh, "/beyond/t-", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                           ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 60000, path, sizeof(path),
                           &stat) == ZOK);
    assert(strncmp(path, "/beyond/t-00", 12) == 0 && stat.version == 0);
    assert(zoo_create_ttl(zh, "/beyond/x", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 0,
                          NULL, 0) == ZBADARGUMENTS);
    create("/beyond/c", ZOO_CONTAINER);
    assert(zoo_delete(zh, "/beyond/c", -1) == ZOK);
    assert(zoo_delete(zh, path, -1) == ZOK);
}

static void check_multi(void)
{
    zoo_op_t ops[3];
    zoo_op_result_t results[3];
    char first[32];
    char second[8];
    struct Stat stat;

    zoo_create2_op_init(&ops[0], "/beyond/m", "", -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, first,
                        sizeof(first));
    zoo_create_op_init(&ops[1], "/beyond/k", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, second,
                       sizeof(second));
    zoo_set_op_init(&ops[2], "/beyond/p", "w", 1, -1, &stat);
    assert(zoo_multi(zh, 3, ops, results) == ZOK);
    assert(strcmp(first, "/beyond/m") == 0 && strcmp(second, "/beyond") == 0);
    assert(results[2].err == ZOK && stat.version >= 1);
    zoo_delete_op_init(&ops[0], "/beyond/m", -1);
    zoo_check_op_init(&ops[1], "/beyond/p", 1000);
    zoo_delete_op_init(&ops[2], "/beyond/k", -1);
    assert(zoo_multi(zh, 3, ops, results) == ZBADVERSION);
    assert(results[0].err == ZOK && results[1].err == ZBADVERSION);
    assert(results[2].err == ZRUNTIMEINCONSISTENCY);
    zoo_check_op_init(&ops[1], "/beyond/p", -1);
    assert(zoo_multi(zh, 3, ops, results) == ZOK);
}

static void check_session(const char *hosts)
{
    char more[256];

    assert(zoo_add_auth_sync(zh, "digest", "u:p", 3) == ZOK);
    snprintf(more, sizeof(more), "%s,127.0.0.1:1", hosts);
    assert(zoo_set_servers(zh, more) == ZOK);
    assert(zoo_set_servers(zh, ",") == ZBADARGUMENTS);
    assert(zoo_sync(zh, "/") == ZOK || zoo_sync(zh, "/") == ZOK); /* may have moved */
    assert(strncmp(zoo_get_current_server(zh), "127.0.0.1:", 10) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    for (has_threads = 1; has_threads >= 0; has_threads--) {
        zh = zookeeper_init(argv[1], on_event, 10000, NULL, NULL, has_threads ? 0 : ZOO_EVENT_LOOP);
        assert(zh != NULL);
        check_questions();
        check_watches();
        check_modes();
        check_multi();
        check_session(argv[1]);
        assert(zoo_delete(zh, "/beyond/p", -1) == ZOK && zoo_delete(zh, "/beyond/e", -1) == ZOK);
        assert(zoo_delete(zh, "/beyond", -1) == ZOK);
        assert(zookeeper_close(zh) == ZOK);
    }
    puts("all well");
    return 0;
}
