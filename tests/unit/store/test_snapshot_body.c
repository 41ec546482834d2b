/* test_snapshot_body.c -- the body, fed in pieces. */
#include "store_fixture.h"

#include <string.h>

#include "base/bytes.h"
#include "store/snapshot_body.h"
#include "store/snapshot_read.h"

/* The body of a snapshot with a few nodes: what stands between header and first seal. */
static const uint8_t *make_body(size_t *size)
{
    const uint8_t *bytes;

    fixture_write_snapshot(fixture_store(), 5, 4, 5);
    bytes = zk_test_read(fixture_path("snapshot.5"), size);
    *size -= ZK_SNAPSHOT_HEADER_BYTES + ZK_SNAPSHOT_SEAL_BYTES + 54;
    return bytes + ZK_SNAPSHOT_HEADER_BYTES;
}

static void bytes_may_come_one_at_a_time(void)
{
    fixture_poured_t poured;
    zk_store_sink_t sink = fixture_sink(&poured);
    zk_snapshot_body_t body;
    size_t size;
    const uint8_t *bytes = make_body(&size);
    size_t from = 0;
    size_t to;

    zk_snapshot_body_init(&body, &sink, 1048575);
    for (to = 0; to <= size; to++) {
        size_t used;

        CU_ASSERT_EQUAL_FATAL(zk_snapshot_body_feed(&body, bytes + from, to - from, &used, NULL),
                              APR_SUCCESS);
        from += used;
        CU_ASSERT_EQUAL(body.part == ZK_SNAPSHOT_DONE, to == size);
        CU_ASSERT(body.part == ZK_SNAPSHOT_DONE || body.needed > to - from);
    }
    CU_ASSERT_EQUAL(from, size);
    CU_ASSERT_EQUAL(poured.sessions, 1);
    CU_ASSERT_EQUAL(poured.acls, 1);
    CU_ASSERT_EQUAL(poured.nodes, 5);
    zk_snapshot_body_free(&body);
}

static void bytes_behind_the_end_are_left_alone(void)
{
    fixture_poured_t poured;
    zk_store_sink_t sink = fixture_sink(&poured);
    zk_snapshot_body_t body;
    size_t size;
    const uint8_t *bytes = make_body(&size);
    size_t used;

    zk_snapshot_body_init(&body, &sink, 1048575);
    CU_ASSERT_EQUAL(zk_snapshot_body_feed(&body, bytes, size + 13, &used, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(used, size);
    CU_ASSERT_EQUAL(body.part, ZK_SNAPSHOT_DONE);
    zk_snapshot_body_free(&body);
}

static apr_status_t feed(const void *bytes, size_t size)
{
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_snapshot_body_t body;
    size_t used;
    apr_status_t rv;

    zk_snapshot_body_init(&body, &nothing, 1000);
    rv = zk_snapshot_body_feed(&body, bytes, size, &used, NULL);
    zk_snapshot_body_free(&body);
    return rv;
}

static void impossible_counts_and_lengths_are_damage(void)
{
    CU_ASSERT_EQUAL(feed("\xff\xff\xff\xff", 4), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\x80\0\0\0", 8), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\xff\xff\xff\xff", 20), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\0\xff\xff\xff\xff", 12), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\0\0\0\4\0", 12), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xfe", 16), ZK_E_CORRUPT);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0", 16), ZK_E_CORRUPT);
}

static void a_lying_count_costs_no_memory(void)
{
    /* Two thousand million sessions, and as many ACL entries: it only waits for more bytes. */
    CU_ASSERT_EQUAL(feed("\x7f\xff\xff\xff", 4), APR_SUCCESS);
    CU_ASSERT_EQUAL(feed("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\x7f\xff\xff\xff", 20), APR_SUCCESS);
}

static void a_status_of_the_sink_is_passed_on(void)
{
    fixture_poured_t poured;
    zk_store_sink_t sink = fixture_sink(&poured);
    zk_snapshot_body_t body;
    size_t size;
    const uint8_t *bytes = make_body(&size);
    size_t used;

    poured.fail_node = APR_EGENERAL;
    zk_snapshot_body_init(&body, &sink, 1048575);
    CU_ASSERT_EQUAL(zk_snapshot_body_feed(&body, bytes, size, &used, NULL), APR_EGENERAL);
    CU_ASSERT_TRUE(body.sink_failed);
    CU_ASSERT_EQUAL(poured.nodes, 1);
    zk_snapshot_body_free(&body);
}

static const zk_test_t tests[] = {
    {"bytes may come one at a time", bytes_may_come_one_at_a_time},
    {"bytes behind the end are left alone", bytes_behind_the_end_are_left_alone},
    {"impossible counts and lengths are damage", impossible_counts_and_lengths_are_damage},
    {"a lying count costs no memory", a_lying_count_costs_no_memory},
    {"a status of the sink is passed on", a_status_of_the_sink_is_passed_on},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshot_body, "store/snapshot_body", tests, NULL, fixture_close);
