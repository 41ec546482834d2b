/* test_recover.c -- what a start makes of every kind of directory. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>

#include "store/recover.h"
#include "store/txnlog_read.h"

#define RECORD 91 /* bytes of a fixture's record in the file */

static fixture_poured_t poured;

static apr_status_t load(void)
{
    return fixture_load(fixture_store(), &poured);
}

static void an_empty_directory_is_fresh(void)
{
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_TRUE(poured.loaded.fresh);
    CU_ASSERT_FALSE(poured.loaded.has_snapshot);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 0);
    CU_ASSERT_EQUAL(poured.begun, 1);
    CU_ASSERT_EQUAL(poured.begun_zxid, 0);
    CU_ASSERT_EQUAL(poured.ended, 0);
}

static void an_empty_database_may_not_vote_unless_allowed(void)
{
    const char *marker = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/initialize", NULL);
    zk_store_options_t options = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;

    options.autocreate_db = false;
    store = fixture_open(&options, &pool);
    CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, -1);
    zk_test_write(marker, "", 0);
    CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 0);
    CU_ASSERT_FALSE(zk_test_exists(marker));
    apr_pool_destroy(pool);
}

static void the_newest_good_snapshot_is_loaded_and_the_log_above_it(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_log(store, 1, 10);
    fixture_write_snapshot(store, 3, 1, 3);
    fixture_write_snapshot(store, 7, 2, 7);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.snapshot_zxid, 7);
    CU_ASSERT_TRUE(poured.loaded.has_snapshot);
    CU_ASSERT_EQUAL(poured.first_zxid, 8);
    CU_ASSERT_EQUAL(poured.loaded.txns_count, 3);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 10);
    CU_ASSERT_EQUAL(poured.ended, 1);
    CU_ASSERT_EQUAL(poured.digest_zxid, 7);
}

static void a_damaged_snapshot_is_passed_over_when_the_logs_reach_as_far(void)
{
    zk_store_t *store = fixture_store();
    size_t size;
    uint8_t *bytes;

    fixture_write_log(store, 1, 10);
    fixture_write_snapshot(store, 3, 1, 3);
    fixture_write_snapshot(store, 7, 2, 7);
    bytes = zk_test_read(fixture_path("snapshot.7"), &size);
    bytes[size / 2] ^= 1;
    zk_test_write(fixture_path("snapshot.7"), bytes, size);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.begun, 2);
    CU_ASSERT_EQUAL(poured.loaded.snapshot_zxid, 3);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 10);
    CU_ASSERT_TRUE(poured.loaded.damaged_snapshot);
}

static void a_damaged_snapshot_is_not_passed_over_when_state_would_be_lost(void)
{
    zk_store_t *store = fixture_store();
    size_t size;
    uint8_t *bytes;

    fixture_write_log(store, 1, 10);
    fixture_write_snapshot(store, 3, 1, 3);
    fixture_write_snapshot(store, 50, 2, 50);
    bytes = zk_test_read(fixture_path("snapshot.32"), &size);
    bytes[size / 2] ^= 1;
    zk_test_write(fixture_path("snapshot.32"), bytes, size);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "0x32"));
    bytes[size / 2] ^= 1; /* but one that was never finished counts for nothing */
    memcpy(bytes + 60, "\0\0\0\1/", 5);
    zk_test_write(fixture_path("snapshot.32"), bytes, 65);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
}

static void snapshots_none_of_which_is_good_are_refused(void)
{
    fixture_store();
    fixture_write_log(fixture_store(), 1, 10);
    zk_test_write(fixture_path("snapshot.7"), "ZKSN\0\0\0\2........\0\0\0\1/", 21);
    CU_ASSERT_EQUAL(load(), ZK_E_NO_SNAPSHOT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "zktool check"));
}

static void an_attempt_begins_from_nothing(void)
{
    zk_store_t *store = fixture_store();
    size_t size;
    uint8_t *bytes;

    fixture_write_snapshot(store, 3, 1, 3);
    fixture_write_snapshot(store, 4, 9, 4);
    bytes = zk_test_read(fixture_path("snapshot.4"), &size);
    bytes[size - 60] ^= 1; /* within the first seal: all nodes are poured before it is noticed */
    zk_test_write(fixture_path("snapshot.4"), bytes, size);
    fixture_write_log(store, 1, 4);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.begun, 2);
    CU_ASSERT_EQUAL(poured.nodes, 2);
    CU_ASSERT_EQUAL(poured.sessions, 1);
}

static void a_status_of_the_sink_stops_the_load(void)
{
    zk_store_sink_t sink = fixture_sink(&poured);

    fixture_write_snapshot(fixture_store(), 3, 1, 3);
    fixture_write_snapshot(fixture_store(), 4, 1, 4);
    poured.fail_node = APR_EGENERAL;
    CU_ASSERT_EQUAL(zk_store_load(fixture_store(), &sink, &poured.loaded, zk_test_pool(), NULL),
                    APR_EGENERAL);
    CU_ASSERT_EQUAL(poured.begun, 1);
}

/* ---- torn tails ---- */

/* Records 1..3 behind snapshot 0; bytes of log.1 that may be changed, its size in *SIZE. */
static uint8_t *three_records(size_t *size)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 0, 1, 0);
    fixture_write_log(store, 1, 3);
    return zk_test_read(fixture_path("log.1"), size);
}

static void a_tail_torn_at_any_byte_of_the_last_record_is_cut(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);
    size_t length;
    size_t left;

    for (length = 16 + 2 * RECORD; length < 16 + 3 * RECORD; length++) {
        zk_test_write(fixture_path("log.1"), bytes, length);
        CU_ASSERT_EQUAL(load(), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 2);
        zk_test_read(fixture_path("log.1"), &left);
        CU_ASSERT_EQUAL(poured.loaded.torn_tail, left < length);
        if (length >= 16 + 2 * RECORD + 12)
            CU_ASSERT_EQUAL(left, 16 + 2 * RECORD);
        CU_ASSERT_EQUAL(load(), APR_SUCCESS); /* and is then a good file */
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 2);
        CU_ASSERT_FALSE(poured.loaded.torn_tail);
    }
}

static void a_tail_zeroed_from_any_byte_of_the_last_record_is_cut(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);
    size_t from;

    for (from = 16 + 3 * RECORD - 1; from >= 16 + 2 * RECORD; from--) {
        bytes[from] = 0;
        zk_test_write(fixture_path("log.1"), bytes, size);
        CU_ASSERT_EQUAL(load(), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 2);
    }
    zk_test_read(fixture_path("log.1"), &size);
    CU_ASSERT_FALSE(poured.loaded.torn_tail); /* all zero: plain padding */
}

static void a_flipped_bit_in_the_last_record_is_a_torn_tail(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);
    size_t i;

    for (i = 16 + 2 * RECORD; i < 16 + 3 * RECORD; i++) {
        bytes[i] ^= 0x10;
        zk_test_write(fixture_path("log.1"), bytes, size);
        /* A length that leads elsewhere may look worse than torn; it never looks good. */
        if (load() == APR_SUCCESS) {
            CU_ASSERT_EQUAL(poured.loaded.last_zxid, 2);
        } else {
            CU_ASSERT(i >= 16 + 2 * RECORD + 8 && i < 16 + 2 * RECORD + 12);
        }
        bytes[i] ^= 0x10;
    }
}

static void a_flipped_bit_in_a_middle_record_refuses_and_changes_nothing(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);
    size_t i;
    int bit;

    for (i = 16 + RECORD; i < 16 + 2 * RECORD; i++)
        for (bit = 0; bit < 8; bit += 3) {
            size_t after;

            bytes[i] ^= (uint8_t)(1 << bit);
            zk_test_write(fixture_path("log.1"), bytes, size);
            CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
            CU_ASSERT_EQUAL(memcmp(zk_test_read(fixture_path("log.1"), &after), bytes, size), 0);
            CU_ASSERT_EQUAL(after, size);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
}

static void the_refusal_names_file_offset_zxid_and_command(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    bytes[16 + RECORD + 60] ^= 1;
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, fixture_path("log.1")));
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "offset 107"));
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "zxid 0x2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "zktool txnlog -c -z 0x1"));
}

static void a_hole_of_zeros_before_whole_records_refuses(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    memset(bytes + 16 + RECORD, 0, RECORD);
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
}

static void damage_in_an_older_file_refuses(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    fixture_write_log(fixture_store(), 4, 5);
    bytes[16 + 2 * RECORD + 60] ^= 1; /* the last record, but not of the last file */
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
}

static void a_torn_tail_followed_by_a_file_that_goes_on_is_a_leftover(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    fixture_write_log(fixture_store(), 3, 5); /* zxid 3 was handed out again */
    zk_test_write(fixture_path("log.1"), bytes, 16 + 2 * RECORD + 50);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 5);
    CU_ASSERT_FALSE(poured.loaded.torn_tail);
    zk_test_read(fixture_path("log.1"), &size);
    CU_ASSERT_EQUAL(size, 16 + 2 * RECORD + 50); /* left as it is */
}

static void records_lost_before_a_new_epoch_are_noticed(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    fixture_write_log(fixture_store(), 0x100000001, 0x100000002);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 5);
    bytes[16 + RECORD + 8 + 3] ^= 64; /* the second record's length */
    zk_test_write(fixture_path("log.1"), bytes, size);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    zk_test_write(fixture_path("log.1"), bytes, 16 + RECORD + 40); /* nothing whole behind */
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
}

/* ---- order ---- */

static void a_gap_within_an_epoch_refuses(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 0, 1, 0);
    fixture_write_log(store, 1, 3);
    fixture_write_log(store, 5, 6);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "after zxid 0x3 comes 0x5"));
}

static void a_gap_behind_the_snapshot_refuses(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 2, 1, 2);
    fixture_write_log(store, 4, 6);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
}

static void a_new_epoch_must_begin_at_its_first_zxid(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 0, 1, 0);
    fixture_write_log(store, 1, 3);
    fixture_write_log(store, 0x200000002, 0x200000003);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
}

static void zxids_that_go_back_refuse(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 0, 1, 0);
    fixture_write_log(store, 1, 5);
    fixture_write_log(store, 3, 6);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
}

static void a_zxid_that_leaves_no_room_refuses(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_snapshot(store, 0, 1, 0);
    fixture_write_log(store, 1, 3);
    fixture_write_log(store, 0x7fffffff00000001, 0x7fffffff00000002);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "no server counts that far"));
}

static void the_same_zxid_twice_is_taken(void)
{
    zk_store_t *store = fixture_store();
    apr_pool_t *pool;
    zk_txnlog_t *log;

    apr_pool_create(&pool, zk_test_pool());
    zk_txnlog_open(&log, store, pool);
    fixture_append(log, 1, 2);
    fixture_append(log, 2, 3);
    apr_pool_destroy(pool);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 4);
}

/* ---- odd files ---- */

static void an_empty_last_log_is_removed(void)
{
    static const char zeros[5000];
    zk_store_t *store = fixture_store();
    size_t length;

    fixture_write_log(store, 1, 3);
    for (length = 0; length < 16; length++) {
        zk_test_write(fixture_path("log.4"), "ZKLG\0\0\0\2\0\0\0\0\0\0\0\0", length);
        CU_ASSERT_EQUAL(load(), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.txns, 3);
        CU_ASSERT_FALSE(zk_test_exists(fixture_path("log.4")));
    }
    zk_test_write(fixture_path("log.4"), zeros, sizeof(zeros)); /* preallocated, header lost */
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_FALSE(zk_test_exists(fixture_path("log.4")));
}

static void a_log_with_a_header_only_is_fine(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_log(store, 1, 3);
    zk_test_write(fixture_path("log.4"), "ZKLG\0\0\0\2\0\0\0\0\0\0\0\0", 16);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("log.4")));
}

static void a_log_that_is_not_one_refuses(void)
{
    zk_store_t *store = fixture_store();

    fixture_write_log(store, 1, 3);
    zk_test_write(fixture_path("log.4"), "this is not a transaction log", 29);
    CU_ASSERT_EQUAL(load(), ZK_E_CORRUPT);
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("log.4")));
}

static void logs_without_a_snapshot_are_taken_from_the_first_zxid_on(void)
{
    fixture_write_log(fixture_store(), 1, 3);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
    CU_ASSERT_FALSE(poured.loaded.fresh);
    CU_ASSERT_FALSE(poured.loaded.has_snapshot);
}

static void logs_without_a_snapshot_are_refused_otherwise(void)
{
    zk_store_options_t options = fixture_options();
    apr_pool_t *pool;
    zk_store_t *store;

    fixture_write_log(fixture_store(), 5, 7);
    CU_ASSERT_EQUAL(load(), ZK_E_NO_SNAPSHOT);
    CU_ASSERT_PTR_NOT_NULL(strstr(poured.note.text, "trust.empty"));
    fixture_close();
    options.trust_empty_snapshot = true;
    store = fixture_open(&options, &pool);
    CU_ASSERT_EQUAL(fixture_load(store, &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
    apr_pool_destroy(pool);
}

static void output_of_a_tool_beside_its_source_is_ignored(void)
{
    size_t size;
    uint8_t *bytes = three_records(&size);

    zk_test_write(fixture_path("log.1.fixed"), bytes, size);
    zk_test_write(fixture_path("log.1.chopped2"), bytes, 16 + 2 * RECORD);
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
    apr_file_remove(fixture_path("log.1"), zk_test_pool()); /* in its place it is read */
    apr_file_remove(fixture_path("log.1.chopped2"), zk_test_pool());
    CU_ASSERT_EQUAL(load(), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 3);
}

static void a_rehearsal_changes_nothing(void)
{
    zk_store_sink_t sink = fixture_sink(&poured);
    size_t size;
    size_t after;
    uint8_t *bytes = three_records(&size);

    zk_test_write(fixture_path("log.1"), bytes, 16 + 2 * RECORD + 30);
    CU_ASSERT_EQUAL(zk_store_rehearse(fixture_store(), &sink, &poured.loaded, zk_test_pool(), NULL),
                    APR_SUCCESS);
    CU_ASSERT_TRUE(poured.loaded.torn_tail);
    zk_test_read(fixture_path("log.1"), &after);
    CU_ASSERT_EQUAL(after, 16 + 2 * RECORD + 30);
    zk_test_write(fixture_path("log.1"), "ZK", 2);
    CU_ASSERT_EQUAL(zk_store_rehearse(fixture_store(), &sink, &poured.loaded, zk_test_pool(), NULL),
                    APR_SUCCESS);
    CU_ASSERT_TRUE(zk_test_exists(fixture_path("log.1")));
}

static void a_cut_that_fails_anywhere_can_be_done_again(void)
{
    apr_status_t rv = APR_EGENERAL;
    int64_t n;
    size_t size;
    uint8_t *bytes = three_records(&size);

    for (n = 1; rv != APR_SUCCESS && n < 20; n++) {
        zk_disk_faults_t faults = {n, 0, APR_ENOSPC};

        zk_test_write(fixture_path("log.1"), bytes, 16 + 2 * RECORD + 30);
        fixture_store()->faults = &faults;
        rv = load();
        fixture_store()->faults = NULL;
        CU_ASSERT_EQUAL(load(), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.txns, 2);
    }
    CU_ASSERT_EQUAL(n, 8); /* open, cut, sync; then the tail: open, sync, directory */
}

static const zk_test_t tests[] = {
    {"an empty directory is fresh", an_empty_directory_is_fresh},
    {"an empty database may not vote unless allowed",
     an_empty_database_may_not_vote_unless_allowed},
    {"the newest good snapshot is loaded and the log above it",
     the_newest_good_snapshot_is_loaded_and_the_log_above_it},
    {"a damaged snapshot is passed over when the logs reach as far",
     a_damaged_snapshot_is_passed_over_when_the_logs_reach_as_far},
    {"a damaged snapshot is not passed over when state would be lost",
     a_damaged_snapshot_is_not_passed_over_when_state_would_be_lost},
    {"snapshots none of which is good are refused", snapshots_none_of_which_is_good_are_refused},
    {"an attempt begins from nothing", an_attempt_begins_from_nothing},
    {"a status of the sink stops the load", a_status_of_the_sink_stops_the_load},
    {"a tail torn at any byte of the last record is cut",
     a_tail_torn_at_any_byte_of_the_last_record_is_cut},
    {"a tail zeroed from any byte of the last record is cut",
     a_tail_zeroed_from_any_byte_of_the_last_record_is_cut},
    {"a flipped bit in the last record is a torn tail",
     a_flipped_bit_in_the_last_record_is_a_torn_tail},
    {"a flipped bit in a middle record refuses and changes nothing",
     a_flipped_bit_in_a_middle_record_refuses_and_changes_nothing},
    {"the refusal names file, offset, zxid and command",
     the_refusal_names_file_offset_zxid_and_command},
    {"a hole of zeros before whole records refuses", a_hole_of_zeros_before_whole_records_refuses},
    {"damage in an older file refuses", damage_in_an_older_file_refuses},
    {"a torn tail followed by a file that goes on is a leftover",
     a_torn_tail_followed_by_a_file_that_goes_on_is_a_leftover},
    {"records lost before a new epoch are noticed", records_lost_before_a_new_epoch_are_noticed},
    {"a gap within an epoch refuses", a_gap_within_an_epoch_refuses},
    {"a gap behind the snapshot refuses", a_gap_behind_the_snapshot_refuses},
    {"a new epoch must begin at its first zxid", a_new_epoch_must_begin_at_its_first_zxid},
    {"zxids that go back refuse", zxids_that_go_back_refuse},
    {"a zxid that leaves no room refuses", a_zxid_that_leaves_no_room_refuses},
    {"the same zxid twice is taken", the_same_zxid_twice_is_taken},
    {"an empty last log is removed", an_empty_last_log_is_removed},
    {"a log with a header only is fine", a_log_with_a_header_only_is_fine},
    {"a log that is not one refuses", a_log_that_is_not_one_refuses},
    {"logs without a snapshot are taken from the first zxid on",
     logs_without_a_snapshot_are_taken_from_the_first_zxid_on},
    {"logs without a snapshot are refused otherwise",
     logs_without_a_snapshot_are_refused_otherwise},
    {"output of a tool beside its source is ignored",
     output_of_a_tool_beside_its_source_is_ignored},
    {"a rehearsal changes nothing", a_rehearsal_changes_nothing},
    {"a cut that fails anywhere can be done again", a_cut_that_fails_anywhere_can_be_done_again},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_recover, "store/recover", tests, NULL, fixture_close);
