/* events.c -- an event-loop program as they are written for upstream's header: select, interest,
 * process.
 *
 *     events HOST:PORT
 *
 * Creates a node, watches it, changes it, reads it and deletes it, each step begun by the callback
 * of the one before, and closes the handle inside the last callback. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

#define SECONDS 20

static int watched;
static int changed;
static int finished;

static void on_deleted(int rc, const void *data)
{
    zhandle_t *zh = (zhandle_t *)data;

    assert(rc == ZOK && changed == 1);
    finished = 1;
    assert(zookeeper_close(zh) == ZOK);
}

static void on_watch(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    if (type == ZOO_SESSION_EVENT)
        return;
    assert(type == ZOO_CHANGED_EVENT && state == ZOO_CONNECTED_STATE);
    assert(strcmp(path, "/events") == 0 && context == &changed);
    changed++;
    assert(zoo_adelete(zh, path, -1, on_deleted, zh) == ZOK);
}

static void on_data(int rc, const char *value, int length, const struct Stat *stat,
                    const void *data)
{
    zhandle_t *zh = (zhandle_t *)data;

    assert(rc == ZOK && length == 3 && memcmp(value, "abc", 3) == 0 && stat->version == 0);
    watched = 1;
    assert(zoo_aset(zh, "/events", "xyz", 3, 0, NULL, NULL) == ZOK);
}

static void on_created(int rc, const char *path, const void *data)
{
    zhandle_t *zh = (zhandle_t *)data;

    assert(rc == ZOK && strcmp(path, "/events") == 0);
    assert(zoo_awget(zh, "/events", on_watch, &changed, on_data, zh) == ZOK);
}

static void on_session(zhandle_t *zh, int type, int state, const char *path, void *context)
{
    (void)path;
    (void)context;
    if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE)
        assert(zoo_acreate(zh, "/events", "abc", 3, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, on_created,
                           zh) == ZOK);
}

int main(int argc, char **argv)
{
    time_t end = time(NULL) + SECONDS;
    zhandle_t *zh;

    if (argc != 2)
        return 2;
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zh = zookeeper_init(argv[1], on_session, 10000, NULL, NULL, 0);
    assert(zh != NULL);
    while (!finished) {
        struct timeval wait;
        fd_set reads;
        fd_set writes;
        int interest = 0;
        int events = 0;
        int fd = -1;

        assert(time(NULL) < end);
        assert(zookeeper_interest(zh, &fd, &interest, &wait) == ZOK);
        FD_ZERO(&reads);
        FD_ZERO(&writes);
        if (fd != -1 && (interest & ZOOKEEPER_READ) != 0)
            FD_SET(fd, &reads);
        if (fd != -1 && (interest & ZOOKEEPER_WRITE) != 0)
            FD_SET(fd, &writes);
        if (select(fd + 1, &reads, &writes, NULL, &wait) > 0) {
            events |= FD_ISSET(fd, &reads) ? ZOOKEEPER_READ : 0;
            events |= FD_ISSET(fd, &writes) ? ZOOKEEPER_WRITE : 0;
        }
        zookeeper_process(zh, events);
    }
    assert(watched == 1);
    puts("all well");
    return 0;
}
