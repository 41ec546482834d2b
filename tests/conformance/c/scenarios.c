/*
 * Scenarios with the upstream C client library (libzookeeper_mt).
 *
 *     scenarios HOST:PORT CONTROL-PORT [WORD]
 *
 * Started by run.py, which describes the transcript. The program prints only what must be the
 * same on every server: session ids become "mine" or "other", zxids become comparisons.
 *
 * Invariants
 *  1. Every wait is bounded; what does not come is printed as UNEXPECTED.
 *  2. Callbacks only record, under one lock; printing is done by the main thread.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

#define WAIT_MS 15000
#define MAX_EVENTS 64
#define MAX_CLIENTS 8

static const char *g_hosts;
static int g_control;
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

typedef struct client {
    zhandle_t *zh;
    int state;
    char events[MAX_EVENTS][160];
    int event_count;
} client_t;

static client_t g_clients[MAX_CLIENTS];
static int g_client_count;

/* ---- transcript ---------------------------------------------------------------------- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

static const char *stat_text(zhandle_t *zh, const struct Stat *s)
{
    static char text[4][200];
    static int next;
    char *out = text[next++ % 4];
    const char *owner = "none";

    if (s->ephemeralOwner != 0)
        owner = s->ephemeralOwner == zoo_client_id(zh)->client_id ? "mine" : "other";
    snprintf(out, sizeof text[0],
             "stat(v%d c%d a%d owner=%s len=%d children=%d touched=%d children-changed=%d)",
             s->version, s->cversion, s->aversion, owner, s->dataLength, s->numChildren,
             s->mzxid != s->czxid, s->pzxid != s->czxid);
    return out;
}

static void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};

    nanosleep(&t, NULL);
}

/* ---- clients and events -------------------------------------------------------------- */

static void record(client_t *c, const char *kind, int type, int state, const char *path)
{
    pthread_mutex_lock(&g_lock);
    if (c->event_count < MAX_EVENTS)
        snprintf(c->events[c->event_count++], sizeof c->events[0], "%s type=%d state=%d %s", kind,
                 type, state, path);
    pthread_mutex_unlock(&g_lock);
}

static void on_event(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    client_t *c = context;

    (void)zh;
    if (type == ZOO_SESSION_EVENT) {
        pthread_mutex_lock(&g_lock);
        c->state = state;
        pthread_mutex_unlock(&g_lock);
        return;
    }
    record(c, "global", type, state, path);
}

static void on_watch(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    (void)zh;
    if (type != ZOO_SESSION_EVENT)
        record(context, "watch", type, state, path);
}

static int state_of(client_t *c)
{
    pthread_mutex_lock(&g_lock);
    int state = c->state;
    pthread_mutex_unlock(&g_lock);
    return state;
}

static int await_state(client_t *c, int state)
{
    for (int ms = 0; ms < WAIT_MS; ms += 5) {
        if (state_of(c) == state)
            return 1;
        pause_ms(5);
    }
    say("UNEXPECTED: state %d does not come, is %d", state, state_of(c));
    return 0;
}

static client_t *open_client(const char *chroot, const clientid_t *id, int timeout)
{
    char where[300];
    client_t *c = &g_clients[g_client_count++ % MAX_CLIENTS];

    memset(c, 0, sizeof *c);
    snprintf(where, sizeof where, "%s%s", g_hosts, chroot);
    c->zh = zookeeper_init(where, on_event, timeout, id, c, 0);
    if (!c->zh) {
        say("UNEXPECTED: zookeeper_init failed");
        exit(1);
    }
    if (!id)
        await_state(c, ZOO_CONNECTED_STATE);
    return c;
}

static client_t *client(void)
{
    return open_client("", NULL, 10000);
}

static int close_client(client_t *c)
{
    int rc = c->zh ? zookeeper_close(c->zh) : ZOK;

    c->zh = NULL;
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Waits for so many events, and a little for one too many; prints them. */
static void take_events(client_t *c, int count, int sorted)
{
    for (int ms = 0; ms < WAIT_MS; ms += 5) {
        pthread_mutex_lock(&g_lock);
        int have = c->event_count;
        pthread_mutex_unlock(&g_lock);
        if (have >= count)
            break;
        pause_ms(5);
    }
    pause_ms(50);
    pthread_mutex_lock(&g_lock);
    say("%sevents %d", c->event_count == count ? "" : "UNEXPECTED ", c->event_count);
    if (sorted)
        qsort(c->events, (size_t)c->event_count, sizeof c->events[0], by_text);
    for (int i = 0; i < c->event_count; i++)
        say("  %s", c->events[i]);
    c->event_count = 0;
    pthread_mutex_unlock(&g_lock);
}

static void control(const char *word)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)g_control)};
    char answer[200] = "";
    int s = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0 ||
        dprintf(s, "%s\n", word) < 0 || read(s, answer, sizeof answer - 1) <= 0 ||
        strncmp(answer, "ok", 2) != 0)
        say("UNEXPECTED control answer %s", answer);
    close(s);
}

/* ---- small calls that print ---------------------------------------------------------- */

static void make(client_t *c, const char *path, const char *data, int mode)
{
    char name[200] = "";
    struct Stat stat;
    int rc = zoo_create2(c->zh, path, data, data ? (int)strlen(data) : -1, &ZOO_OPEN_ACL_UNSAFE,
                         mode, name, sizeof name, &stat);

    say("create %s mode %d: %s %s %s", path, mode, zerror(rc), rc == ZOK ? name : "",
        rc == ZOK ? stat_text(c->zh, &stat) : "");
}

static void show(client_t *c, const char *path)
{
    char data[200];
    int size = sizeof data - 1;
    struct Stat stat;
    int rc = zoo_get(c->zh, path, 0, data, &size, &stat);

    if (rc != ZOK) {
        say("get %s: %s", path, zerror(rc));
        return;
    }
    data[size < 0 ? 0 : size] = 0;
    say("get %s: %s size %d %s", path, size < 0 ? "null" : data, size, stat_text(c->zh, &stat));
}

static void show_children(client_t *c, const char *path)
{
    struct String_vector names;
    struct Stat stat;
    int rc = zoo_get_children2(c->zh, path, 0, &names, &stat);

    if (rc != ZOK) {
        say("children %s: %s", path, zerror(rc));
        return;
    }
    for (int i = 0; i < names.count; i++) {
        for (int j = i + 1; j < names.count; j++) {
            if (strcmp(names.data[j], names.data[i]) < 0) {
                char *swap = names.data[i];
                names.data[i] = names.data[j];
                names.data[j] = swap;
            }
        }
    }
    printf("children %s:", path);
    for (int i = 0; i < names.count; i++)
        printf(" %s", names.data[i]);
    say(" %s", stat_text(c->zh, &stat));
    deallocate_String_vector(&names);
}

static void show_acl(client_t *c, const char *path)
{
    struct ACL_vector acl;
    struct Stat stat;
    int rc = zoo_get_acl(c->zh, path, &acl, &stat);

    printf("acl %s: %s", path, zerror(rc));
    for (int i = 0; rc == ZOK && i < acl.count; i++)
        printf(" %d:%s:%s", acl.data[i].perms, acl.data[i].id.scheme, acl.data[i].id.id);
    say("%s", "");
    if (rc == ZOK)
        deallocate_ACL_vector(&acl);
}

/* ---- scenarios ----------------------------------------------------------------------- */

static void nodes_of_every_mode(void)
{
    client_t *c = client();
    char name[200];
    struct Stat stat;

    for (int mode = 0; mode <= 4; mode++) {
        char path[40];
        snprintf(path, sizeof path, "/c1-%d-", mode);
        make(c, path, mode == 1 ? NULL : "data", mode);
    }
    int rc = zoo_create2_ttl(c->zh, "/c1-ttl", "t", 1, &ZOO_OPEN_ACL_UNSAFE,
                             ZOO_PERSISTENT_WITH_TTL, 60000, name, sizeof name, &stat);
    say("ttl: %s %s %s", zerror(rc), name, rc == ZOK ? stat_text(c->zh, &stat) : "");
    rc = zoo_create_ttl(c->zh, "/c1-ttl-", "t", 1, &ZOO_OPEN_ACL_UNSAFE,
                        ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 60000, name, sizeof name);
    say("ttl sequential: %s %s", zerror(rc), name);
    rc = zoo_create_ttl(c->zh, "/c1-ttl0", "t", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 0,
                        name, sizeof name);
    say("ttl of zero: %s", zerror(rc));
    rc = zoo_create(c->zh, "/c1-plain", "p", 1, &ZOO_OPEN_ACL_UNSAFE, 0, name, sizeof name);
    say("plain create: %s %s", zerror(rc), name);
    show(c, "/c1-0-");
    show(c, "/c1-1-");
    show(c, "/c1-4-");
    close_client(c);
}

static void what_fails_says_why(void)
{
    client_t *c = client();

    make(c, "/c2", "x", 0);
    make(c, "/c2", "x", 0);
    make(c, "/c2/e", "x", ZOO_EPHEMERAL);
    make(c, "/c2/e/below", "x", 0);
    make(c, "/c2/none/below", "x", 0);
    make(c, "/c2//bad", "x", 0);
    say("delete with children: %s", zerror(zoo_delete(c->zh, "/c2", -1)));
    say("delete missing: %s", zerror(zoo_delete(c->zh, "/c2/none", -1)));
    say("delete wrong version: %s", zerror(zoo_delete(c->zh, "/c2/e", 3)));
    say("set wrong version: %s", zerror(zoo_set(c->zh, "/c2", "y", 1, 5)));
    say("set: %s", zerror(zoo_set(c->zh, "/c2", "y", 1, 0)));
    say("exists missing: %s", zerror(zoo_exists(c->zh, "/c2/none", 0, NULL)));
    show(c, "/c2");
    show(c, "/c2/none");
    show_children(c, "/c2");
    show_children(c, "/c2/none");
    show_acl(c, "/c2/none");
    close_client(c);
}

static void versions_and_null_data(void)
{
    client_t *c = client();
    struct Stat stat;

    make(c, "/c3", NULL, 0);
    show(c, "/c3");
    for (int i = 0; i < 3; i++) {
        int rc = zoo_set2(c->zh, "/c3", "12345", i, i, &stat);
        say("set: %s %s", zerror(rc), rc == ZOK ? stat_text(c->zh, &stat) : "");
    }
    say("set null: %s", zerror(zoo_set(c->zh, "/c3", NULL, -1, -1)));
    show(c, "/c3");
    for (int i = 0; i < 4; i++)
        make(c, "/c3/s-", "", ZOO_SEQUENCE);
    say("delete: %s", zerror(zoo_delete(c->zh, "/c3/s-0000000001", 0)));
    make(c, "/c3/s-", "", ZOO_SEQUENCE);
    show_children(c, "/c3");
    close_client(c);
}

static void acls_and_identities(void)
{
    client_t *c = client(), *other = client();
    char digest[] = "digest", id[] = "bob:ikIaKsbtGweaHnb/jKn7OHqbunM=", world[] = "world",
         anyone[] = "anyone", nosuch[] = "nosuch";
    struct ACL entries[] = {{ZOO_PERM_ALL, {digest, id}}, {ZOO_PERM_READ, {world, anyone}}};
    struct ACL_vector both = {2, entries}, only = {1, entries};
    struct ACL bad_entry[] = {{ZOO_PERM_ALL, {nosuch, anyone}}};
    struct ACL_vector bad = {1, bad_entry};

    say("auth: %d", zoo_add_auth(c->zh, "digest", "bob:pw", 6, NULL, NULL));
    say("create: %s", zerror(zoo_create(c->zh, "/c4", "s", 1, &only, 0, NULL, 0)));
    say("by auth: %s", zerror(zoo_create(c->zh, "/c4a", "s", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0)));
    say("by auth of nobody: %s",
        zerror(zoo_create(other->zh, "/c4b", "s", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0)));
    say("bad acl: %s", zerror(zoo_create(c->zh, "/c4c", "s", 1, &bad, 0, NULL, 0)));
    show(c, "/c4");
    show(other, "/c4");
    show_acl(c, "/c4a");
    show_acl(other, "/c4a");
    say("set by other: %s", zerror(zoo_set(other->zh, "/c4", "x", 1, -1)));
    say("open it: %s", zerror(zoo_set_acl(c->zh, "/c4", 0, &both)));
    say("wrong version: %s", zerror(zoo_set_acl(c->zh, "/c4", 0, &both)));
    show(other, "/c4");
    show_acl(other, "/c4");
    say("super: %d", zoo_add_auth(other->zh, "digest", "super:secret", 12, NULL, NULL));
    show_acl(other, "/c4a");
    close_client(c);
    close_client(other);
}

static void watches_fire_once_and_in_order(void)
{
    client_t *c = client(), *other = client();
    struct Stat stat;
    struct String_vector names;
    char data[10];
    int size = sizeof data;

    make(c, "/c5", "x", 0);
    zoo_wget(c->zh, "/c5", on_watch, c, data, &size, &stat);
    zoo_wexists(c->zh, "/c5/new", on_watch, c, &stat);
    zoo_set(other->zh, "/c5", "1", 1, -1);
    zoo_set(other->zh, "/c5", "2", 1, -1);
    zoo_create(other->zh, "/c5/new", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    take_events(c, 2, 0);
    if (zoo_wget_children(c->zh, "/c5", on_watch, c, &names) == ZOK)
        deallocate_String_vector(&names);
    zoo_wexists(c->zh, "/c5/new", on_watch, c, &stat);
    zoo_delete(other->zh, "/c5/new", -1);
    take_events(c, 2, 0);
    zoo_exists(c->zh, "/c5", 1, &stat);
    zoo_delete(other->zh, "/c5", -1);
    take_events(c, 1, 0);
    close_client(c);
    close_client(other);
}

static void removed_watches_do_not_fire(void)
{
    client_t *c = client(), *other = client();
    struct Stat stat;
    char data[10];
    int size = sizeof data;

    make(c, "/c6", "x", 0);
    zoo_wget(c->zh, "/c6", on_watch, c, data, &size, &stat);
    say("remove: %s", zerror(zoo_remove_watches(c->zh, "/c6", ZWATCHTYPE_DATA, on_watch, c, 0)));
    take_events(c, 0, 0);
    zoo_set(other->zh, "/c6", "1", 1, -1);
    take_events(c, 0, 0);
    say("remove again: %s",
        zerror(zoo_remove_watches(c->zh, "/c6", ZWATCHTYPE_DATA, on_watch, c, 0)));
    zoo_wexists(c->zh, "/c6", on_watch, c, &stat);
    say("remove all: %s", zerror(zoo_remove_all_watches(c->zh, "/c6", ZWATCHTYPE_ANY, 0)));
    take_events(c, 0, 0);
    close_client(c);
    close_client(other);
}

static void multis_happen_wholly_or_not_at_all(void)
{
    client_t *c = client();
    zoo_op_t ops[6];
    zoo_op_result_t results[6];
    char first[100], second[100];
    struct Stat stat;

    memset(results, 0, sizeof results);
    make(c, "/c7", "x", 0);
    zoo_create_op_init(&ops[0], "/c7/a", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, first, sizeof first);
    zoo_create_op_init(&ops[1], "/c7/s-", "2", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL,
                       second, sizeof second);
    zoo_check_op_init(&ops[2], "/c7", 0);
    zoo_set_op_init(&ops[3], "/c7", "yy", 2, 0, &stat);
    zoo_check_op_init(&ops[4], "/c7", 1);
    zoo_delete_op_init(&ops[5], "/c7/a", 0);
    say("good: %s", zerror(zoo_multi(c->zh, 6, ops, results)));
    for (int i = 0; i < 6; i++)
        say("  %s", zerror(results[i].err));
    say("  %s %s %s", first, second, stat_text(c->zh, &stat));
    zoo_check_op_init(&ops[2], "/c7", 44);
    say("bad: %s", zerror(zoo_multi(c->zh, 6, ops, results)));
    for (int i = 0; i < 6; i++)
        say("  %s", zerror(results[i].err));
    show_children(c, "/c7");
    show(c, "/c7");
    close_client(c);
}

typedef struct tally {
    int done;
    int bad;
    int last;
    int out_of_order;
} tally_t;

static tally_t g_tally;

static void on_created(int rc, const char *name, const void *data)
{
    int index = (int)(long)data;

    (void)name;
    pthread_mutex_lock(&g_lock);
    g_tally.done++;
    g_tally.bad += rc != ZOK;
    g_tally.out_of_order += index != g_tally.last + 1;
    g_tally.last = index;
    pthread_mutex_unlock(&g_lock);
}

static void on_data(int rc, const char *value, int size, const struct Stat *stat, const void *data)
{
    (void)value;
    on_created(rc == ZOK && size == 5 && stat->version == 0 ? ZOK : ZAPIERROR, NULL, data);
}

static void asynchronous_calls_complete_in_order(void)
{
    client_t *c = client();
    char path[60];

    memset(&g_tally, 0, sizeof g_tally);
    make(c, "/c8", "x", 0);
    for (int i = 1; i <= 400; i++) {
        snprintf(path, sizeof path, "/c8/n%04d", (i + 1) / 2);
        if (i % 2)
            zoo_acreate(c->zh, path, "12345", 5, &ZOO_OPEN_ACL_UNSAFE, 0, on_created,
                        (void *)(long)i);
        else
            zoo_aget(c->zh, path, 0, on_data, (void *)(long)i);
    }
    zoo_async(c->zh, "/c8", on_created, (void *)401L);
    for (int ms = 0; ms < WAIT_MS; ms += 5) {
        pthread_mutex_lock(&g_lock);
        int done = g_tally.done;
        pthread_mutex_unlock(&g_lock);
        if (done == 401)
            break;
        pause_ms(5);
    }
    say("done %d bad %d out of order %d", g_tally.done, g_tally.bad, g_tally.out_of_order);
    close_client(c);
}

static void a_session_survives_a_restart(void)
{
    static const char *const how[] = {"restart", "crash"};

    for (int i = 0; i < 2; i++) {
        client_t *c = client(), *other = client();
        struct Stat stat;
        char path[40];

        snprintf(path, sizeof path, "/c9-%s", how[i]);
        make(c, path, "mine", ZOO_EPHEMERAL);
        zoo_wexists(c->zh, "/c9-later", on_watch, c, &stat);
        int64_t before = zoo_client_id(c->zh)->client_id;
        control(how[i]);
        await_state(c, ZOO_CONNECTED_STATE);
        int rc = ZCONNECTIONLOSS;
        for (int tries = 0; rc != ZOK && tries < 200; tries++) {
            rc = zoo_exists(c->zh, path, 0, &stat);
            if (rc != ZOK)
                pause_ms(50);
        }
        say("%s: %s same session %d %s", how[i], zerror(rc),
            zoo_client_id(c->zh)->client_id == before, stat_text(c->zh, &stat));
        for (int tries = 0; tries < 200 && zoo_exists(other->zh, "/", 0, NULL) != ZOK; tries++)
            pause_ms(50);
        make(other, "/c9-later", "", 0);
        take_events(c, 1, 0);
        zoo_delete(other->zh, "/c9-later", -1);
        close_client(c);
        say("gone: %s", zerror(zoo_exists(other->zh, path, 0, NULL)));
        close_client(other);
    }
}

static void a_closed_session_is_refused(void)
{
    client_t *c = client(), *watcher = client();
    clientid_t id = *zoo_client_id(c->zh);
    struct Stat stat;

    make(c, "/c10", "", ZOO_EPHEMERAL);
    zoo_wexists(watcher->zh, "/c10", on_watch, watcher, &stat);
    say("close: %s", zerror(close_client(c)));
    take_events(watcher, 1, 0);
    client_t *late = open_client("", &id, 10000);
    await_state(late, ZOO_EXPIRED_SESSION_STATE);
    say("expired %d unrecoverable %d", zoo_state(late->zh) == ZOO_EXPIRED_SESSION_STATE,
        is_unrecoverable(late->zh) == ZINVALIDSTATE);
    close_client(late);
    close_client(watcher);
}

static void an_unknown_scheme_fails_the_client(void)
{
    client_t *c = client();

    zoo_add_auth(c->zh, "nosuch", "x", 1, NULL, NULL);
    await_state(c, ZOO_AUTH_FAILED_STATE);
    say("afterwards: %s", zerror(zoo_exists(c->zh, "/", 0, NULL)));
    close_client(c);
}

static void a_chroot_and_the_configuration(void)
{
    client_t *c = client();
    char data[400];
    int size = sizeof data;
    struct Stat stat;

    make(c, "/c12", "x", 0);
    client_t *inner = open_client("/c12", NULL, 10000);
    make(inner, "/in", "i", 0);
    show(inner, "/");
    show(c, "/c12/in");
    int rc = zoo_getconfig(c->zh, 0, data, &size, &stat);
    say("config: %s size %d version %d", zerror(rc), size, stat.version);
    size = sizeof data;
    say("reconfig: %s",
        zerror(zoo_reconfig(c->zh, "server.5=h:1:2;3", NULL, NULL, -1, data, &size, &stat)));
    close_client(inner);
    close_client(c);
}

static void empty_containers_and_old_ttl_nodes_go(void)
{
    client_t *c = client();
    struct Stat stat;

    make(c, "/c13", "", ZOO_CONTAINER);
    make(c, "/c13/child", "", 0);
    zoo_create_ttl(c->zh, "/c13t", "t", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 50, NULL,
                   0);
    zoo_wexists(c->zh, "/c13", on_watch, c, &stat);
    zoo_wexists(c->zh, "/c13t", on_watch, c, &stat);
    say("delete: %s", zerror(zoo_delete(c->zh, "/c13/child", -1)));
    take_events(c, 2, 1);
    close_client(c);
}

typedef struct scenario {
    const char *name;
    void (*run)(void);
} scenario_t;

static const scenario_t scenarios[] = {
    {"nodes of every mode", nodes_of_every_mode},
    {"what fails says why", what_fails_says_why},
    {"versions and null data", versions_and_null_data},
    {"acls and identities", acls_and_identities},
    {"watches fire once and in order", watches_fire_once_and_in_order},
    {"removed watches do not fire", removed_watches_do_not_fire},
    {"multis happen wholly or not at all", multis_happen_wholly_or_not_at_all},
    {"asynchronous calls complete in order", asynchronous_calls_complete_in_order},
    {"a session survives a restart", a_session_survives_a_restart},
    {"a closed session is refused", a_closed_session_is_refused},
    {"an unknown scheme fails the client", an_unknown_scheme_fails_the_client},
    {"a chroot and the configuration", a_chroot_and_the_configuration},
    {"empty containers and old ttl nodes go", empty_containers_and_old_ttl_nodes_go},
};

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s HOST:PORT CONTROL-PORT [WORD]\n", argv[0]);
        return 2;
    }
    g_hosts = argv[1];
    g_control = atoi(argv[2]);
    zoo_set_debug_level(0);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (argc > 3 && !strstr(scenarios[i].name, argv[3]))
            continue;
        say("== %s", scenarios[i].name);
        scenarios[i].run();
    }
    return 0;
}
