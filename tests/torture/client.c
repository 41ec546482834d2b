/* client.c -- the client library under torture: load, watches and handles that come and go, while
 * client.py kills the server and mistreats the connections.
 *
 *     torture_client PROXIED DIRECT
 *
 * Prints "running", runs until standard input ends, then lets everything come to rest, checks and
 * prints "all well ..." or ends with a sentence and exit code 1.
 *
 * What must hold
 *   1. Every asynchronous call that was taken completes exactly once, whatever happened to its
 *      connection.
 *   2. A watch that was set fires after the node changes, once, also when connections were lost in
 *      between; a recursive watch hears of a node that is created at the end.
 *   3. Handles closed in their own callbacks end, with all their threads.
 *   4. No session is lost: the storms are shorter than its timeout.
 *
 * PROXIED is where the mistreated handles connect; DIRECT is the server itself, for the handle that
 * changes nodes. */
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>

#define THREADED
#include <zookeeper/zookeeper.h>

int zookeeper_interest(zhandle_t *zh, int *fd, int *interest, struct timeval *tv);
int zookeeper_process(zhandle_t *zh, int events);

enum {
    CALLS_MAX = 4 * 1024 * 1024,
    IN_FLIGHT_MAX = 100,
    WATCHED = 40,
    SESSION_MS = 30000,
    REST_MS = 90000,
    NODES = 50
};

static const char *proxied;
static const char *direct;
static atomic_int stopping;
static atomic_uchar answers[CALLS_MAX]; /* how often each call has completed */
static atomic_uint calls;               /* taken */
static atomic_uint completed;
static atomic_uint lost; /* of them with ZCONNECTIONLOSS */
static atomic_uint failed;
static atomic_uint handles;

typedef struct watched {
    atomic_int armed;
    atomic_int asked;
    atomic_int fired;
    int index;
} watched_t;

static watched_t watched[WATCHED];
static atomic_int recursive_set;
static atomic_int recursive_told; /* of the last node */
static atomic_uint events;

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    _exit(1);
}

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int count_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    int count = 0;

    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count;
}

static void on_session(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    (void)zh;
    (void)path;
    (void)context;
    if (type == ZOO_SESSION_EVENT &&
        (state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE))
        die("a session ended in state %d", state);
}

static zhandle_t *open_handle(const char *hosts, int flags)
{
    zhandle_t *zh = zookeeper_init(hosts, on_session, SESSION_MS, NULL, NULL, flags);

    if (zh == NULL)
        die("no handle");
    handles++;
    return zh;
}

/* ---- load: every call completes once ---- */

typedef struct load {
    zhandle_t *zh;
    atomic_int in_flight;
} load_t;

typedef struct call {
    load_t *load;
    unsigned number;
} call_t;

static void complete(int rc, const void *data)
{
    call_t *call = (call_t *)data;

    if (atomic_fetch_add(&answers[call->number], 1) != 0)
        die("call %u completed twice", call->number);
    completed++;
    if (rc == ZCONNECTIONLOSS)
        lost++;
    else if (rc != ZOK && rc != ZNONODE && rc != ZNODEEXISTS && rc != ZCLOSING)
        failed++;
    call->load->in_flight--;
    free(call);
}

static void on_stat(int rc, const struct Stat *stat, const void *data)
{
    (void)stat;
    complete(rc, data);
}

static void on_data(int rc, const char *value, int length, const struct Stat *stat,
                    const void *data)
{
    if (rc == ZOK && (length < 0 || value[length] != '\0' || stat->dataLength != length))
        die("data that does not fit its stat");
    complete(rc, data);
}

static void on_string(int rc, const char *value, const void *data)
{
    if (rc == ZOK && strncmp(value, "/torture/n", 10) != 0)
        die("a path that was not asked for: %s", value);
    complete(rc, data);
}

static void on_strings(int rc, const struct String_vector *strings, const void *data)
{
    if (rc == ZOK && strings->count < 1)
        die("no children");
    complete(rc, data);
}

static void make_call(load_t *load, unsigned random)
{
    call_t *call = malloc(sizeof(*call));
    char path[64];
    char data[2000];
    int rc;

    snprintf(path, sizeof(path), "/torture/n%u", random / 16 % NODES);
    memset(data, 'x', sizeof(data));
    call->load = load;
    call->number = atomic_fetch_add(&calls, 1);
    if (call->number >= CALLS_MAX)
        die("more calls than there is room to count");
    load->in_flight++;
    switch (random % 6) {
    case 0:
        rc = zoo_acreate(load->zh, path, data, (int)(random / 64 % sizeof(data)),
                         &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, on_string, call);
        break;
    case 1:
        rc = zoo_adelete(load->zh, path, -1, complete, call);
        break;
    case 2:
        rc = zoo_aset(load->zh, path, data, (int)(random / 64 % sizeof(data)), -1, on_stat, call);
        break;
    case 3:
        rc = zoo_aget_children(load->zh, "/torture", 0, on_strings, call);
        break;
    case 4:
        rc = zoo_aexists(load->zh, path, 0, on_stat, call);
        break;
    default:
        rc = zoo_aget(load->zh, path, 0, on_data, call);
        break;
    }
    if (rc != ZOK)
        die("a call was refused: %s", zerror(rc));
}

static void *run_load(void *baton)
{
    load_t *load = baton;
    unsigned random = (unsigned)(uintptr_t)load;

    while (!stopping) {
        random = random * 1103515245 + 12345;
        if (load->in_flight < IN_FLIGHT_MAX)
            make_call(load, random >> 8);
        else
            pause_ms(1);
        if (random >> 8 & 1)
            pause_ms(1);
    }
    return NULL;
}

/* The same with a handle that has no threads. */
static void *run_event_load(void *baton)
{
    load_t *load = baton;
    unsigned random = 17;
    int64_t end = 0;

    while (!stopping || (load->in_flight > 0 && now_ms() < end)) {
        struct pollfd wait = {-1, 0, 0};
        struct timeval time;
        int interest;
        int timeout_ms;

        if (!stopping && load->in_flight < IN_FLIGHT_MAX / 4) {
            random = random * 1103515245 + 12345;
            make_call(load, random >> 8);
        }
        if (!stopping)
            end = now_ms() + REST_MS;
        zookeeper_interest(load->zh, &wait.fd, &interest, &time);
        wait.events = (short)((interest & ZOOKEEPER_READ ? POLLIN : 0) |
                              (interest & ZOOKEEPER_WRITE ? POLLOUT : 0));
        timeout_ms = (int)(time.tv_sec * 1000 + time.tv_usec / 1000);
        poll(&wait, 1, timeout_ms < 20 ? timeout_ms : 20);
        zookeeper_process(load->zh, interest);
    }
    zookeeper_close(load->zh);
    return NULL;
}

/* ---- watches ---- */

static zhandle_t *watching;

static void on_watch(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    watched_t *node = context;

    (void)zh;
    (void)state;
    if (type == ZOO_SESSION_EVENT)
        return;
    events++;
    if (atomic_exchange(&node->armed, 0) != 1)
        die("a watch of %s fired that was not set", path);
    node->fired++;
}

static void on_armed(int rc, const char *value, int length, const struct Stat *stat,
                     const void *data)
{
    watched_t *node = (watched_t *)data;

    (void)value;
    (void)length;
    (void)stat;
    if (rc == ZOK && atomic_exchange(&node->armed, 1) != 0)
        die("a watch was set twice");
    /* the servers of an ensemble need not be equally far */
    if (rc != ZOK && rc != ZCONNECTIONLOSS && rc != ZCLOSING && rc != ZNONODE)
        die("a watch could not be set: %s", zerror(rc));
    node->asked = 0;
}

static void on_recursive(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    (void)zh;
    (void)state;
    (void)context;
    if (type == ZOO_CREATED_EVENT && strcmp(path, "/torture/last") == 0)
        recursive_told++;
}

static void *run_arming(void *baton)
{
    char path[64];
    int i;

    (void)baton;
    while (stopping < 2) {
        if (!recursive_set &&
            zoo_add_watch(watching, "/torture", ZOO_ADD_WATCH_RECURSIVE, on_recursive, NULL) == ZOK)
            recursive_set = 1;
        for (i = 0; i < WATCHED; i++) {
            if (watched[i].armed || watched[i].asked)
                continue;
            snprintf(path, sizeof(path), "/torture-watched/%d", i);
            watched[i].asked = 1;
            if (zoo_awget(watching, path, on_watch, &watched[i], on_armed, &watched[i]) != ZOK)
                die("a watch was refused");
        }
        pause_ms(5);
    }
    return NULL;
}

/* Change node INDEX until the server has said that it did. */
static void change(zhandle_t *zh, int index)
{
    char path[64];
    int64_t end = now_ms() + REST_MS;
    int rc;

    snprintf(path, sizeof(path), "/torture-watched/%d", index);
    while ((rc = zoo_set(zh, path, "y", 1, -1)) != ZOK) {
        if (rc != ZCONNECTIONLOSS || now_ms() > end)
            die("a node cannot be changed: %s", zerror(rc));
        pause_ms(20);
    }
}

/* Wait until the watch that is set, or one after it, has fired more than BEFORE times. */
static void expect_fire(int index, int before)
{
    int64_t end = now_ms() + REST_MS;

    while (watched[index].fired <= before) {
        if (now_ms() > end)
            die("the watch of node %d did not fire: set %d, asked %d", index, watched[index].armed,
                watched[index].asked);
        pause_ms(2);
    }
}

static void *run_changes(void *baton)
{
    zhandle_t *zh = baton;
    int index = 0;

    while (!stopping) {
        index = (index + 7) % WATCHED;
        if (watched[index].armed) {
            int before = watched[index].fired;

            if (!watched[index].armed)
                continue; /* fired just now, and is not this thread's doing */
            change(zh, index);
            expect_fire(index, before);
        }
        pause_ms(5);
    }
    return NULL;
}

/* ---- handles that come and go ---- */

typedef struct visit {
    zhandle_t *zh;
    load_t load;
    atomic_int closed;
} visit_t;

static void close_here(int rc, const struct Stat *stat, const void *data)
{
    visit_t *visit = (visit_t *)data;
    int i;

    (void)rc;
    (void)stat;
    for (i = 0; i < 5; i++)
        make_call(&visit->load, (unsigned)i * 97);
    zookeeper_close(visit->zh);
    visit->closed = 1;
}

static void *run_visits(void *baton)
{
    (void)baton;
    while (!stopping) {
        visit_t *visit = calloc(1, sizeof(*visit));

        visit->zh = open_handle(proxied, 0);
        visit->load.zh = visit->zh;
        if (zoo_aexists(visit->zh, "/torture", 1, close_here, visit) != ZOK)
            die("a call on a new handle was refused");
        while (!visit->closed)
            pause_ms(2);
        if (visit->load.in_flight != 0)
            die("%d calls did not complete before their handle was closed", visit->load.in_flight);
        free(visit);
        pause_ms(20);
    }
    return NULL;
}

/* ---- all together ---- */

static void create_node(zhandle_t *zh, const char *path)
{
    int64_t end = now_ms() + REST_MS;
    int rc;

    while ((rc = zoo_create(zh, path, "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, NULL, 0)) !=
               ZOK &&
           rc != ZNODEEXISTS) {
        if (now_ms() > end)
            die("%s cannot be created: %s", path, zerror(rc));
        pause_ms(20);
    }
}

static void prepare(zhandle_t *zh)
{
    char path[64];
    int i;

    create_node(zh, "/torture");
    create_node(zh, "/torture-watched");
    create_node(zh, "/torture/n-stays");
    for (i = 0; i < WATCHED; i++) {
        snprintf(path, sizeof(path), "/torture-watched/%d", i);
        create_node(zh, path);
        watched[i].index = i;
    }
}

/* All watches are set again and fire once more. */
static void check_watches(zhandle_t *changer)
{
    int64_t end = now_ms() + REST_MS;
    int i;

    for (i = 0; i < WATCHED; i++) {
        while (!watched[i].armed) {
            if (now_ms() > end)
                die("the watch of node %d was never set again", i);
            pause_ms(2);
        }
        {
            int before = watched[i].fired;

            change(changer, i);
            expect_fire(i, before);
        }
    }
    create_node(changer, "/torture/last");
    while (!recursive_told) {
        if (now_ms() > end)
            die("the recursive watch is deaf");
        pause_ms(2);
    }
}

int main(int argc, char **argv)
{
    static load_t loads[3];
    pthread_t threads[6];
    zhandle_t *changer;
    int threads_before;
    int64_t end;
    unsigned i;
    char c;

    if (argc != 3)
        return 2;
    proxied = argv[1];
    direct = argv[2];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zookeeper_close(open_handle(direct, 0)); /* sanitizers have threads too, from then on */
    pause_ms(200);
    threads_before = count_threads();
    changer = open_handle(direct, 0);
    prepare(changer);
    watching = open_handle(proxied, 0);
    for (i = 0; i < 2; i++)
        loads[i].zh = open_handle(proxied, 0);
    loads[2].zh = open_handle(proxied, ZOO_EVENT_LOOP);
    pthread_create(&threads[0], NULL, run_load, &loads[0]);
    pthread_create(&threads[1], NULL, run_load, &loads[1]);
    pthread_create(&threads[2], NULL, run_event_load, &loads[2]);
    pthread_create(&threads[3], NULL, run_arming, NULL);
    pthread_create(&threads[4], NULL, run_changes, changer);
    pthread_create(&threads[5], NULL, run_visits, NULL);
    puts("running");
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
    stopping = 1;
    for (i = 0; i < 6; i++) {
        if (i != 3)
            pthread_join(threads[i], NULL);
    }
    check_watches(changer);
    stopping = 2;
    pthread_join(threads[3], NULL);
    zookeeper_close(loads[0].zh); /* with calls in flight: they complete all the same */
    end = now_ms() + REST_MS;
    while (loads[1].in_flight > 0 && now_ms() < end)
        pause_ms(5);
    zookeeper_close(loads[1].zh);
    zookeeper_close(watching);
    zookeeper_close(changer);
    for (i = 0; i < calls; i++) {
        if (answers[i] != 1)
            die("call %u completed %d times", i, answers[i]);
    }
    if (completed != calls || failed != 0)
        die("%u calls, %u completed, %u failed", calls, completed, failed);
    end = now_ms() + 10000;
    while (count_threads() > threads_before && now_ms() < end)
        pause_ms(10);
    if (count_threads() > threads_before)
        die("%d threads are left, there were %d", count_threads(), threads_before);
    printf("all well: %u calls, %u of them lost, %u events, %u handles\n", calls, lost, events,
           handles);
    return 0;
}
