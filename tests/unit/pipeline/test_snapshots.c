/* test_snapshots.c -- a snapshot leaves in steps while writes go on, and is of one zxid all the
 * same. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

static peer_t *peer;

static void restart_with(int32_t snap_count)
{
    world_options()->snap_count = snap_count;
    world_restart();
    peer = peer_connect();
}

static void write_until_a_snapshot_begins(void)
{
    int i;

    for (i = 0; i < 1000 && !world_snapshot_running(); i++)
        peer_create(peer, "/s-", "data", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_TRUE_FATAL(world_snapshot_running());
}

static void finish_the_snapshot(void)
{
    int i;

    for (i = 0; i < 10000 && world_snapshot_running(); i++)
        world_snapshot_room();
    CU_ASSERT_FALSE_FATAL(world_snapshot_running());
}

static void records_trigger_a_snapshot_between_half_the_limit_and_all_of_it(void)
{
    restart_with(100);
    write_until_a_snapshot_begins();
    CU_ASSERT_TRUE(world_logged() > 50 && world_logged() <= 101);
    CU_ASSERT_EQUAL(world_rolls(), 1);
}

static void bytes_trigger_a_snapshot_too(void)
{
    world_options()->snap_bytes_max = 10000;
    restart_with(1000000);
    write_until_a_snapshot_begins();
    CU_ASSERT_TRUE(world_logged() > 30 && world_logged() < 100);
}

/* ---- the same state, whatever happens meanwhile ---- */

enum { ZNODES = 5000 };

/* Writes whose zxids follow each other, the same in every run, until ZXID or until a snapshot
 * begins. */
static void write_up_to(int64_t zxid)
{
    char path[64];

    while (world_logged() < zxid && !world_snapshot_running()) {
        int i = (int)world_logged();

        snprintf(path, sizeof(path), "/n%d", i <= ZNODES ? i : i * 7 % ZNODES + 1);
        if (i <= ZNODES)
            peer_create(peer, path, "some data that takes room", i % 3 == 0);
        else
            peer_set(peer, path, "more", -1);
    }
}

/* Whatever may happen to a tree while a snapshot of it is taken. */
static void disturb_until_finished(void)
{
    zk_random_t random;
    char path[64];
    int i;

    zk_random_seed(&random, 3);
    for (i = 0; world_snapshot_running(); i++) {
        snprintf(path, sizeof(path), "/n%d", 1 + (int)zk_random_below(&random, ZNODES));
        if (i % 100 == 0)
            world_snapshot_room();
        else if (i % 3 == 0)
            peer_delete(peer, path, -1);
        else if (i % 3 == 1)
            peer_create(peer, "/late-", "born after", ZK_CREATE_PERSISTENT_SEQUENTIAL);
        else
            peer_set(peer, path, "changed meanwhile", -1);
        CU_ASSERT_TRUE_FATAL(i < 100000);
    }
}

static int compare_views(const void *a, const void *b)
{
    return zk_str_compare(*(const zk_str_t *)a, *(const zk_str_t *)b);
}

/* The znodes of a snapshot body, sorted; returns how many. */
static int32_t znodes_of(const zk_buffer_t *body, zk_str_t *znodes)
{
    zk_reader_t reader = zk_reader(zk_buffer_bytes(body), zk_buffer_size(body));
    int32_t count = zk_read_int(&reader);
    zk_acl_vector_t acl;
    int32_t found = 0;

    zk_read_raw(&reader, (size_t)count * 12);
    for (count = zk_read_int(&reader); count > 0; count--) {
        zk_read_long(&reader);
        for (acl.count = zk_read_int(&reader); acl.count > 0; acl.count--) {
            zk_read_int(&reader);
            zk_read_str(&reader);
            zk_read_str(&reader);
        }
    }
    for (;;) {
        const char *begin = (const char *)reader.at;
        zk_str_t path = zk_read_str(&reader);

        CU_ASSERT_FALSE_FATAL(reader.failed || found > ZNODES + 10);
        if (zk_str_equal_c(path, "/"))
            break;
        zk_read_str(&reader);
        zk_read_raw(&reader, 8 + 60);
        znodes[found++] = zk_str_n(begin, (size_t)((const char *)reader.at - begin));
    }
    CU_ASSERT_EQUAL(zk_reader_left(&reader), 0);
    qsort(znodes, (size_t)found, sizeof(*znodes), compare_views);
    return found;
}

static void the_snapshot_is_the_state_where_it_began(void)
{
    static zk_str_t expected_znodes[ZNODES + 16];
    static zk_str_t znodes[ZNODES + 16];
    zk_buffer_t expected = ZK_BUFFER_INIT;
    int64_t zxid;
    uint64_t digest;
    int32_t count;
    int32_t i;

    world_check_every_step(false);
    restart_with(14000);
    write_up_to(INT64_MAX); /* when does it begin?  The next run will do the same. */
    zxid = world_snapshot_zxid();
    CU_ASSERT_TRUE_FATAL(zxid > ZNODES + 1000);
    restart_with(14000);
    write_up_to(zxid);
    zk_replica_snapshot_now(world_replica(), &expected, &zxid, &digest);
    write_up_to(INT64_MAX);
    CU_ASSERT_EQUAL(world_snapshot_zxid(), zxid);
    disturb_until_finished();
    CU_ASSERT_EQUAL(world_snapshot_digest(), digest);
    CU_ASSERT_TRUE(world_snapshot_chunk_max() <= 300 * 1024);
    count = znodes_of(&expected, expected_znodes);
    CU_ASSERT_EQUAL_FATAL(znodes_of(world_snapshot_bytes(), znodes), count);
    for (i = 0; i < count; i++)
        CU_ASSERT_TRUE(zk_str_equal(znodes[i], expected_znodes[i]));
    zk_buffer_free(&expected);
}

static void sessions_come_first_and_only_those_of_the_zxid(void)
{
    zk_reader_t reader;

    restart_with(100);
    peer_connect();
    world_auto_sync(false);
    while (!world_snapshot_running()) {
        peer_t *late = peer_open();

        peer_send_connect(late, 0, NULL, 10000,
                          0); /* proposed, never applied before the snapshot */
        peer_hang_up(late);
        CU_ASSERT_TRUE_FATAL(world_logged() < 200);
    }
    reader =
        zk_reader(zk_buffer_bytes(world_snapshot_bytes()), zk_buffer_size(world_snapshot_bytes()));
    CU_ASSERT_EQUAL(zk_read_int(&reader), 2);
    CU_ASSERT_EQUAL(zk_read_long(&reader), peer_session(peer));
    CU_ASSERT_EQUAL(zk_read_int(&reader), 10000);
}

static void no_second_snapshot_begins_before_the_first_is_done(void)
{
    int i;

    restart_with(20);
    write_until_a_snapshot_begins();
    finish_the_snapshot();
    for (i = 0; i < 100; i++)
        peer_create(peer, "/s-", "data", ZK_CREATE_PERSISTENT_SEQUENTIAL);
    CU_ASSERT_TRUE(world_rolls() > 2); /* the log rolls all the same */
    CU_ASSERT_FALSE(world_snapshot_running());
    CU_ASSERT_EQUAL(world_snapshots_finished(), 1);
    world_snapshot_done(false);
    write_until_a_snapshot_begins();
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->snapshots, 1);
}

static void a_failed_snapshot_is_given_up_and_the_next_may_come(void)
{
    restart_with(20);
    write_until_a_snapshot_begins();
    world_snapshot_done(true);
    world_snapshot_room();
    CU_ASSERT_EQUAL(world_snapshots_finished(), 0);
    CU_ASSERT_EQUAL(zk_replica_stats(world_replica())->snapshots, 0);
}

static void ticks_alone_finish_a_snapshot(void)
{
    restart_with(100);
    write_until_a_snapshot_begins();
    world_pass(5000);
    CU_ASSERT_EQUAL(world_snapshots_finished(), 1);
}

static const zk_test_t tests[] = {
    {"records trigger a snapshot between half the limit and all of it",
     records_trigger_a_snapshot_between_half_the_limit_and_all_of_it},
    {"bytes trigger a snapshot too", bytes_trigger_a_snapshot_too},
    {"the snapshot is the state where it began", the_snapshot_is_the_state_where_it_began},
    {"sessions come first and only those of the zxid",
     sessions_come_first_and_only_those_of_the_zxid},
    {"no second snapshot begins before the first is done",
     no_second_snapshot_begins_before_the_first_is_done},
    {"a failed snapshot is given up and the next may come",
     a_failed_snapshot_is_given_up_and_the_next_may_come},
    {"ticks alone finish a snapshot", ticks_alone_finish_a_snapshot},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshots, "pipeline/snapshots", tests, world_setup, world_teardown);
