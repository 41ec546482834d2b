/* test_log_part.c -- the part of the log that a learner lacks. */
#include <inttypes.h>

#include "store_fixture.h"

static zk_note_t note;

typedef struct seen {
    int64_t first, last;
    int count;
    int at_most;
} seen_t;

static bool record(void *baton, int64_t zxid, zk_str_t payload)
{
    seen_t *seen = baton;

    CU_ASSERT_TRUE(payload.length > 32);
    CU_ASSERT_EQUAL((int64_t)zk_get_u64(payload.data + 12), zxid);
    if (seen->count++ == 0)
        seen->first = zxid;
    seen->last = zxid;
    return seen->count != seen->at_most;
}

static seen_t seen;

static apr_status_t read_above(int64_t zxid)
{
    seen = (seen_t){0};
    return zk_store_read_log(fixture_store(), zxid, record, &seen, zk_test_pool(), &note);
}

static void logs_of_two_epochs(void)
{
    fixture_write_log(fixture_store(), 0x100000001, 0x100000005);
    fixture_write_log(fixture_store(), 0x100000006, 0x100000009);
    fixture_write_log(fixture_store(), 0x300000001, 0x300000004);
}

static void all_records_above_come_in_order_across_files(void)
{
    logs_of_two_epochs();
    CU_ASSERT_EQUAL(read_above(0x100000003), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 10);
    CU_ASSERT_EQUAL(seen.first, 0x100000004);
    CU_ASSERT_EQUAL(seen.last, 0x300000004);
    CU_ASSERT_EQUAL(read_above(0x100000009), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.first, 0x300000001);
    CU_ASSERT_EQUAL(read_above(0x300000004), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 0);
}

static void a_record_that_is_not_there_leads_nowhere(void)
{
    logs_of_two_epochs();
    CU_ASSERT_EQUAL(read_above(0x10000000a), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x200000001), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x300000005), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x1), ZK_E_NOT_FOUND);
}

static void the_beginning_of_an_epoch_is_a_place_to_go_on_from(void)
{
    logs_of_two_epochs();
    CU_ASSERT_EQUAL(read_above(0), APR_SUCCESS); /* a fresh server */
    CU_ASSERT_EQUAL(seen.count, 13);
    CU_ASSERT_EQUAL(read_above(0x100000000), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 13);
    CU_ASSERT_EQUAL(read_above(0x200000000), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.first, 0x300000001);
    CU_ASSERT_EQUAL(read_above(0x300000000), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 4);
}

static void a_log_that_begins_later_is_of_no_use(void)
{
    fixture_write_log(fixture_store(), 0x100000004, 0x100000009);
    CU_ASSERT_EQUAL(read_above(0), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x100000000), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x100000003), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x100000004), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 5);
}

static void a_gap_is_of_no_use(void)
{
    fixture_write_log(fixture_store(), 0x100000001, 0x100000003);
    fixture_write_log(fixture_store(), 0x100000005, 0x100000006);
    CU_ASSERT_EQUAL(read_above(0x100000001), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x100000005), APR_SUCCESS);
}

static void no_log_at_all_is_of_no_use(void)
{
    CU_ASSERT_EQUAL(read_above(0), ZK_E_NOT_FOUND);
}

static void the_caller_may_end_it(void)
{
    logs_of_two_epochs();
    seen = (seen_t){.at_most = 2};
    CU_ASSERT_EQUAL(
        zk_store_read_log(fixture_store(), 0x100000001, record, &seen, zk_test_pool(), &note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.last, 0x100000003);
}

static void superseded_logs_are_not_read(void)
{
    logs_of_two_epochs();
    fixture_write_snapshot(fixture_store(), 0x400000000, 1, 0x300000004);
    CU_ASSERT_EQUAL(zk_store_install(fixture_store(), 0x400000000, zk_test_pool(), &note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(read_above(0x300000001), ZK_E_NOT_FOUND);
    fixture_write_log(fixture_store(), 0x400000001, 0x400000002);
    CU_ASSERT_EQUAL(read_above(0x300000004), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x400000000), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 2);
}

/* ZOOKEEPER-2846: a crash came between a leader's snapshot and the putting aside of what it
 * replaced. */
static void a_log_from_before_an_installed_snapshot_leads_nowhere(void)
{
    logs_of_two_epochs();
    fixture_write_snapshot(fixture_store(), 0x400000000, 1, 0x300000004);
    fixture_write_log(fixture_store(), 0x400000001, 0x400000002);
    CU_ASSERT_EQUAL(read_above(0x300000001), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x300000004), ZK_E_NOT_FOUND);
    CU_ASSERT_EQUAL(read_above(0x400000000), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 2);
    CU_ASSERT_EQUAL(read_above(0x400000001), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 1);
}

static void a_snapshot_of_what_is_logged_is_not_in_the_way(void)
{
    logs_of_two_epochs();
    fixture_write_snapshot(fixture_store(), 0x100000009, 1, 0x100000009);
    CU_ASSERT_EQUAL(read_above(0x100000003), APR_SUCCESS);
    CU_ASSERT_EQUAL(seen.count, 10);
}

static const zk_test_t tests[] = {
    {"all records above come in order, across files", all_records_above_come_in_order_across_files},
    {"a record that is not there leads nowhere", a_record_that_is_not_there_leads_nowhere},
    {"the beginning of an epoch is a place to go on from",
     the_beginning_of_an_epoch_is_a_place_to_go_on_from},
    {"a log that begins later is of no use", a_log_that_begins_later_is_of_no_use},
    {"a gap is of no use", a_gap_is_of_no_use},
    {"no log at all is of no use", no_log_at_all_is_of_no_use},
    {"the caller may end it", the_caller_may_end_it},
    {"superseded logs are not read", superseded_logs_are_not_read},
    {"a log from before an installed snapshot leads nowhere (2846)",
     a_log_from_before_an_installed_snapshot_leads_nowhere},
    {"a snapshot of what is logged is not in the way",
     a_snapshot_of_what_is_logged_is_not_in_the_way},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_log_part, "store/log_part", tests, NULL, fixture_close);
