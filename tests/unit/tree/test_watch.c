/* test_watch.c -- who hears what; upstream's rules at 3.9.5, and a naive model over random
 * operations. */
#include "tree/watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/random.h"
#include "lib/zk_test.h"
#include "wire/opcode.h"

static zk_watch_table_t *table;
static zk_buffer_t heard;

static void setup(void)
{
    table = zk_watch_create();
    zk_watch_seed(table, 5);
    heard = ZK_BUFFER_INIT;
}

static void teardown(void)
{
    char text[100];

    CU_ASSERT_PTR_NULL(zk_watch_check(table, text, sizeof(text)));
    zk_watch_destroy(table);
    zk_buffer_free(&heard);
}

static void hear(void *baton, uint32_t client)
{
    (void)baton;
    zk_buffer_printf(&heard, "%u ", client);
}

/* Fire, and compare the clients told. */
static bool tells(int event_type, const char *path, const char *clients)
{
    bool same;
    int32_t told;
    int32_t spaces = 0;
    const char *at;

    zk_buffer_clear(&heard);
    told = zk_watch_trigger(table, event_type, zk_str(path), hear, NULL);
    zk_buffer_append(&heard, "", 1);
    same = strcmp((char *)heard.data, clients) == 0;
    for (at = clients; *at != 0; at++)
        spaces += *at == ' ';
    return same && told == spaces;
}

static void add(uint32_t client, const char *path, unsigned modes)
{
    zk_watch_add(table, client, zk_str(path), modes);
}

static void a_one_shot_watch_fires_once(void)
{
    add(1, "/a", ZK_WATCH_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", ""));
    CU_ASSERT_EQUAL(zk_watch_count(table), 0);
}

static void events_look_in_their_own_table(void)
{
    add(1, "/a", ZK_WATCH_DATA);
    add(2, "/a", ZK_WATCH_CHILD);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a", "2 "));
    add(2, "/a", ZK_WATCH_CHILD);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/a", "1 "));
    add(1, "/a", ZK_WATCH_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DELETED, "/a", "2 1 "));
    CU_ASSERT_EQUAL(zk_watch_count(table), 0);
}

static void a_deletion_reaches_a_client_once_and_consumes_both(void)
{
    add(1, "/a", ZK_WATCH_DATA);
    add(1, "/a", ZK_WATCH_CHILD);
    CU_ASSERT_EQUAL(zk_watch_count(table), 2);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DELETED, "/a", "1 "));
    CU_ASSERT_EQUAL(zk_watch_count(table), 0);
}

static void registration_is_idempotent(void)
{
    add(1, "/a", ZK_WATCH_DATA);
    add(1, "/a", ZK_WATCH_DATA);
    CU_ASSERT_EQUAL(zk_watch_count(table), 1);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
}

static void persistent_watches_stay(void)
{
    add(1, "/a", ZK_WATCH_PERSISTENT_DATA | ZK_WATCH_PERSISTENT_CHILD);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DELETED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a/b", ""));
    CU_ASSERT_EQUAL(zk_watch_count(table), 2);
}

static void a_recursive_watch_hears_all_below_but_children(void)
{
    add(1, "/a", ZK_WATCH_RECURSIVE);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/a/b/c", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DELETED, "/a/b", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a", ""));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CHILDREN_CHANGED, "/a/b", ""));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/ab", ""));
    add(2, "/", ZK_WATCH_RECURSIVE);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/a/b", "1 2 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/", "2 "));
}

static void many_matches_of_one_client_are_one_event(void)
{
    add(1, "/", ZK_WATCH_RECURSIVE);
    add(1, "/a", ZK_WATCH_RECURSIVE);
    add(1, "/a/b", ZK_WATCH_RECURSIVE | ZK_WATCH_DATA | ZK_WATCH_PERSISTENT_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a/b", "1 "));
    CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str("/a/b")),
                    ZK_WATCH_RECURSIVE | ZK_WATCH_PERSISTENT_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a/b", "1 "));
}

static void modes_of_one_client_live_side_by_side(void)
{
    add(1, "/a", ZK_WATCH_DATA);
    add(1, "/a", ZK_WATCH_PERSISTENT_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/a", "1 "));
    CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str("/a")), ZK_WATCH_PERSISTENT_DATA);
}

static void clients_are_told_in_order_of_registration(void)
{
    add(3, "/a", ZK_WATCH_DATA);
    add(1, "/a", ZK_WATCH_DATA);
    add(2, "/a", ZK_WATCH_PERSISTENT_DATA);
    add(9, "/a", ZK_WATCH_DATA);
    zk_watch_remove_client(table, 1);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/a", "3 2 9 "));
}

static void removal_takes_only_what_is_named(void)
{
    add(1, "/a", ZK_WATCH_DATA | ZK_WATCH_CHILD | ZK_WATCH_RECURSIVE);
    CU_ASSERT_EQUAL(zk_watch_remove(table, 1, zk_str("/a"), ZK_WATCH_CHILD), ZK_WATCH_CHILD);
    CU_ASSERT_EQUAL(zk_watch_remove(table, 1, zk_str("/a"), ZK_WATCH_CHILD), 0);
    CU_ASSERT_EQUAL(zk_watch_remove(table, 2, zk_str("/a"), ZK_WATCH_DATA), 0);
    CU_ASSERT_EQUAL(zk_watch_remove(table, 1, zk_str("/b"), ZK_WATCH_DATA), 0);
    CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str("/a")), ZK_WATCH_DATA | ZK_WATCH_RECURSIVE);
    CU_ASSERT_EQUAL(zk_watch_remove(table, 1, zk_str("/a"), 31),
                    ZK_WATCH_DATA | ZK_WATCH_RECURSIVE);
    CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str("/a")), 0);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DELETED, "/a", ""));
}

static void a_client_takes_its_watches_along(void)
{
    char path[20];
    int i;

    for (i = 0; i < 1000; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        add(1, path, ZK_WATCH_DATA);
        add(2, path, ZK_WATCH_CHILD | ZK_WATCH_RECURSIVE);
    }
    CU_ASSERT_EQUAL(zk_watch_count(table), 3000);
    zk_watch_remove_client(table, 2);
    CU_ASSERT_EQUAL(zk_watch_count(table), 1000);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_CREATED, "/7/x", ""));
    zk_watch_remove_client(table, 1);
    zk_watch_remove_client(table, 1);
    CU_ASSERT_EQUAL(zk_watch_count(table), 0);
}

static void a_clients_memory_follows_its_watches(void)
{
    char path[20];
    int i;

    for (i = 0; i < 1000; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        add(1, path, ZK_WATCH_DATA);
    }
    for (i = 0; i < 995; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, path, "1 "));
    }
    for (; i < 1000; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str(path)), ZK_WATCH_DATA);
    }
}

static void the_empty_path_is_a_path_of_its_own(void)
{
    add(1, "", ZK_WATCH_DATA);
    CU_ASSERT_TRUE(tells(ZK_EVENT_TYPE_DATA_CHANGED, "/", ""));
    CU_ASSERT_EQUAL(zk_watch_modes(table, 1, zk_str("")), ZK_WATCH_DATA);
}

static void counts_follow_the_data_table(void)
{
    add(1, "/a", ZK_WATCH_DATA | ZK_WATCH_CHILD);
    add(1, "/b", ZK_WATCH_CHILD);
    add(2, "/a", ZK_WATCH_PERSISTENT_DATA);
    CU_ASSERT_EQUAL(zk_watch_count(table), 4);
    CU_ASSERT_EQUAL(zk_watch_data_count(table), 2);
    CU_ASSERT_EQUAL(zk_watch_data_paths(table), 1);
    CU_ASSERT_EQUAL(zk_watch_data_clients(table), 2);
}

static void list(void *baton, uint32_t client, zk_str_t path)
{
    zk_buffer_printf(baton, "%u%.*s ", client, (int)path.length, path.data);
}

static void listings_are_grouped(void)
{
    zk_buffer_t text = ZK_BUFFER_INIT;

    add(1, "/a", ZK_WATCH_DATA);
    add(2, "/b", ZK_WATCH_DATA);
    add(2, "/a", ZK_WATCH_RECURSIVE);
    add(1, "/c", ZK_WATCH_CHILD);
    zk_watch_visit_by_path(table, list, &text);
    zk_buffer_append(&text, "", 1);
    CU_ASSERT_STRING_EQUAL((char *)text.data, "1/a 2/a 2/b ");
    zk_buffer_clear(&text);
    zk_watch_visit_by_client(table, list, &text);
    zk_buffer_append(&text, "", 1);
    CU_ASSERT_TRUE(strcmp((char *)text.data, "1/a 2/b 2/a ") == 0 ||
                   strcmp((char *)text.data, "1/a 2/a 2/b ") == 0);
    zk_buffer_free(&text);
}

/* ---- the model: a matrix of modes ---- */

#define CLIENTS 12
#define PATHS 9

static const char *const model_paths[PATHS] = {"/",     "/a", "/a/b", "/a/b/c", "/a/d",
                                               "/a/bc", "/e", "/e/f", "/x"};
static unsigned model[CLIENTS][PATHS];
static bool told_by_table[CLIENTS];
static int told_twice;

static void note(void *baton, uint32_t client)
{
    (void)baton;
    told_twice += told_by_table[client];
    told_by_table[client] = true;
}

static bool is_below(const char *path, const char *top)
{
    size_t size = strcmp(top, "/") == 0 ? 0 : strlen(top);

    return strcmp(path, top) != 0 && strncmp(path, top, size) == 0 && path[size] == '/';
}

static bool model_fires(int client, int path, int event_type)
{
    unsigned data = ZK_WATCH_DATA | ZK_WATCH_PERSISTENT_DATA | ZK_WATCH_RECURSIVE;
    unsigned child = ZK_WATCH_CHILD | ZK_WATCH_PERSISTENT_CHILD;
    bool in_data = event_type != ZK_EVENT_TYPE_CHILDREN_CHANGED;
    bool in_child =
        event_type == ZK_EVENT_TYPE_CHILDREN_CHANGED || event_type == ZK_EVENT_TYPE_DELETED;
    unsigned *modes = &model[client][path];
    bool fires = (in_data && (*modes & data) != 0) || (in_child && (*modes & child) != 0);
    int i;

    if (in_data)
        *modes &= ~(unsigned)ZK_WATCH_DATA;
    if (in_child)
        *modes &= ~(unsigned)ZK_WATCH_CHILD;
    for (i = 0; i < PATHS && in_data; i++)
        fires |= (model[client][i] & ZK_WATCH_RECURSIVE) != 0 &&
                 is_below(model_paths[path], model_paths[i]);
    return fires;
}

static void trigger_both(int path, int event_type)
{
    int client;

    memset(told_by_table, 0, sizeof(told_by_table));
    zk_watch_trigger(table, event_type, zk_str(model_paths[path]), note, NULL);
    for (client = 0; client < CLIENTS; client++)
        CU_ASSERT_EQUAL(told_by_table[client], model_fires(client, path, event_type));
}

static void random_operations_agree_with_a_naive_model(void)
{
    zk_random_t random;
    char text[100];
    int step;

    zk_random_seed(&random, 42);
    memset(model, 0, sizeof(model));
    told_twice = 0;
    for (step = 0; step < 20000; step++) {
        int client = (int)zk_random_below(&random, CLIENTS);
        int path = (int)zk_random_below(&random, PATHS);
        unsigned modes = (unsigned)zk_random_below(&random, 32);
        uint64_t choice = zk_random_below(&random, 20);

        if (choice < 8) {
            zk_watch_add(table, (uint32_t)client, zk_str(model_paths[path]), modes);
            model[client][path] |= modes;
        } else if (choice < 12) {
            unsigned removed =
                zk_watch_remove(table, (uint32_t)client, zk_str(model_paths[path]), modes);

            CU_ASSERT_EQUAL(removed, model[client][path] & modes);
            model[client][path] &= ~modes;
        } else if (choice < 19) {
            trigger_both(path, 1 + (int)(modes % 4));
        } else {
            zk_watch_remove_client(table, (uint32_t)client);
            memset(model[client], 0, sizeof(model[client]));
        }
        CU_ASSERT_EQUAL(zk_watch_modes(table, (uint32_t)client, zk_str(model_paths[path])),
                        model[client][path]);
        if (step % 16 == 0)
            CU_ASSERT_PTR_NULL(zk_watch_check(table, text, sizeof(text)));
    }
    CU_ASSERT_EQUAL(told_twice, 0);
}

/* CPU time in which CLIENT comes to watch COUNT paths that begin with PREFIX. */
static clock_t time_to_watch(uint32_t client, const char *prefix, int count)
{
    clock_t began = clock();
    char path[40];
    int i;

    for (i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/%s%d", prefix, i);
        add(client, path, ZK_WATCH_DATA);
    }
    return clock() - began;
}

/* Clients that come back set thousands of watches at once; whoever was there before them left path
 * numbers in an order that must not cost them a quadratic time. */
static void who_comes_after_a_client_with_many_watches_is_as_fast(void)
{
    clock_t first = time_to_watch(1, "a", 20000);
    clock_t again;

    zk_watch_remove_client(table, 1);
    again = time_to_watch(1, "b", 20000);
    CU_ASSERT_TRUE(again < 10 * first + CLOCKS_PER_SEC / 10);
}

static const zk_test_t tests[] = {
    {"a one-shot watch fires once", a_one_shot_watch_fires_once},
    {"events look in their own table", events_look_in_their_own_table},
    {"a deletion reaches a client once and consumes both",
     a_deletion_reaches_a_client_once_and_consumes_both},
    {"registration is idempotent", registration_is_idempotent},
    {"persistent watches stay", persistent_watches_stay},
    {"a recursive watch hears all below but children",
     a_recursive_watch_hears_all_below_but_children},
    {"many matches of one client are one event", many_matches_of_one_client_are_one_event},
    {"modes of one client live side by side", modes_of_one_client_live_side_by_side},
    {"clients are told in order of registration", clients_are_told_in_order_of_registration},
    {"removal takes only what is named", removal_takes_only_what_is_named},
    {"a client takes its watches along", a_client_takes_its_watches_along},
    {"a client's memory follows its watches", a_clients_memory_follows_its_watches},
    {"who comes after a client with many watches is as fast",
     who_comes_after_a_client_with_many_watches_is_as_fast},
    {"the empty path is a path of its own", the_empty_path_is_a_path_of_its_own},
    {"counts follow the data table", counts_follow_the_data_table},
    {"listings are grouped", listings_are_grouped},
    {"random operations agree with a naive model", random_operations_agree_with_a_naive_model},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_watch, "tree/watch", tests, setup, teardown);
