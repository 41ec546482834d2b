/* test_aside.c -- data that is put aside: superseded by a leader's snapshot, or damaged. */
#include <string.h>

#include <apr_file_io.h>

#include "store/recover.h"
#include "store_fixture.h"

static fixture_poured_t poured;
static int own_nodes;

static void remove_all(void)
{
    static const char *const all[] = {
        "log.1",      "log.6",      "snapshot.0",         "snapshot.4",
        "snapshot.8", "snapshot.7", "install-snapshot.7", "tmp-snapshot.received-snapshot.7"};
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        apr_file_remove(fixture_path(all[i]), zk_test_pool());
}

/* Our own history up to 9, and a leader's snapshot of 7. */
static void history_and_snapshot(void)
{
    remove_all();
    fixture_write_snapshot(fixture_store(), 0, 1, 0);
    fixture_write_log(fixture_store(), 1, 5);
    fixture_write_log(fixture_store(), 6, 9);
    fixture_write_snapshot(fixture_store(), 4, 1, 4);
    fixture_write_snapshot(fixture_store(), 8, 1, 8);
    fixture_receive_snapshot(fixture_store(), 7, 2, 7);
}

static apr_status_t install(int64_t zxid)
{
    return zk_store_install(fixture_store(), zxid, zk_test_pool(), &poured.note);
}

static void only_the_leaders_snapshot_is_left(void)
{
    history_and_snapshot();
    CU_ASSERT_EQUAL(install(7), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot."), "snapshot.7");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log."), "");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log-"), "log-1.superseded log-6.superseded");
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 7);
    fixture_write_log(fixture_store(), 8, 9);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 9);
}

/* What was loaded is our own history whole, which ends at 9 with one znode, or the leader's state
 * whole, which ends at 7 with two: never its znodes with our records behind them. */
static void check_is_no_mixture(void)
{
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, poured.nodes == own_nodes ? 9 : 7);
}

static void an_install_that_fails_anywhere_leaves_the_old_state_whole_or_the_new_one(void)
{
    apr_status_t rv = APR_EGENERAL;
    int64_t n;
    int old = 0;

    history_and_snapshot();
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    own_nodes = poured.nodes;
    for (n = 1; rv != APR_SUCCESS && n < 50; n++) {
        zk_disk_faults_t faults = {n, 0, APR_EGENERAL};

        history_and_snapshot();
        fixture_store()->faults = &faults;
        rv = install(7);
        fixture_store()->faults = NULL;
        check_is_no_mixture();
        old += poured.nodes == own_nodes;
        check_is_no_mixture(); /* nor at a second start */
        if (poured.nodes == own_nodes) {
            fixture_receive_snapshot(fixture_store(), 7, 2, 7);
            CU_ASSERT_EQUAL(install(7), APR_SUCCESS);
            CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        }
        CU_ASSERT_NOT_EQUAL(poured.nodes, own_nodes);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 7);
        CU_ASSERT_STRING_EQUAL(fixture_log_names("install-"), "");
    }
    CU_ASSERT(n > 7 && n < 50);
    CU_ASSERT(old > 0 && old < n - 2);
}

/* The state after an install was decided and nothing else of it was done. */
static const char *decided(void)
{
    const char *to = fixture_path("install-snapshot.7");

    history_and_snapshot();
    CU_ASSERT_EQUAL(
        apr_file_rename(fixture_path("tmp-snapshot.received-snapshot.7"), to, zk_test_pool()),
        APR_SUCCESS);
    return to;
}

static void an_install_broken_off_is_finished_at_the_next_start(void)
{
    const char *to = decided();

    check_is_no_mixture();
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 7);
    CU_ASSERT_TRUE(poured.loaded.install_pending);
    CU_ASSERT_FALSE(zk_test_exists(to));
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot."), "snapshot.7");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log."), "");
}

/* The highest zxid that a start which only looks would load; it changes nothing. */
static int64_t rehearsed(void)
{
    fixture_poured_t looked = {0};
    zk_store_sink_t sink = fixture_sink(&looked);
    zk_store_loaded_t loaded = {0};

    CU_ASSERT_EQUAL(
        zk_store_rehearse(fixture_store(), &sink, &loaded, zk_test_pool(), &looked.note),
        APR_SUCCESS);
    return loaded.last_zxid;
}

static void a_start_that_finishes_an_install_may_crash_again(void)
{
    apr_status_t rv = APR_EGENERAL;
    int64_t n;

    for (n = 1; rv != APR_SUCCESS && n < 50; n++) {
        zk_disk_faults_t faults = {n, 0, APR_EGENERAL};

        decided();
        fixture_store()->faults = &faults;
        rv = fixture_load(fixture_store(), &poured);
        fixture_close(); /* and the next one */
        CU_ASSERT_EQUAL(rehearsed(), 7);
        CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
        CU_ASSERT_EQUAL(poured.loaded.last_zxid, 7);
        CU_ASSERT_STRING_EQUAL(fixture_log_names("install-"), "");
        CU_ASSERT_STRING_EQUAL(fixture_log_names("log."), "");
    }
    CU_ASSERT(n > 7 && n < 50);
}

/* Once decided, the old state is no more: it is not what a start falls back to. */
static void a_decided_install_that_rots_is_damage(void)
{
    const char *path = decided();
    size_t size;
    uint8_t *bytes = zk_test_read(path, &size);

    bytes[size / 2] ^= 1;
    zk_test_write(path, bytes, size);
    CU_ASSERT_NOT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.txns, 0);
    CU_ASSERT_NOT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log."), "");
}

static void what_was_received_and_not_installed_is_nothing(void)
{
    history_and_snapshot();
    fixture_close(); /* the server starts again */
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_EQUAL(poured.loaded.last_zxid, 9);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("tmp-"), "");
    CU_ASSERT_NOT_EQUAL(install(7), APR_SUCCESS);
}

static int removed_count;

static void removed(void *baton, const char *path, apr_time_t mtime)
{
    (void)baton;
    (void)mtime;
    removed_count += strstr(path, ".superseded") != NULL;
}

static void a_purge_removes_what_is_superseded_and_nothing_damaged(void)
{
    const char *dir = zk_store_log_dir(fixture_store());

    history_and_snapshot();
    CU_ASSERT_EQUAL(install(7), APR_SUCCESS);
    zk_test_write(fixture_path("log-1.damaged"), "x", 1);
    zk_test_write(fixture_path("notes.superseded"), "x", 1);
    removed_count = 0;
    CU_ASSERT_EQUAL(
        zk_store_purge_rehearse(dir, dir, 3, removed, NULL, zk_test_pool(), &poured.note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL(removed_count, 5);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log-"),
                           "log-1.damaged log-1.superseded log-6.superseded");
    CU_ASSERT_EQUAL(zk_store_purge(dir, dir, 3, removed, NULL, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(removed_count, 10);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("log-"), "log-1.damaged");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("snapshot"), "snapshot.7");
    CU_ASSERT_STRING_EQUAL(fixture_log_names("notes"), "notes.superseded");
}

static void damaged_data_is_put_aside_and_the_directory_is_fresh(void)
{
    int32_t count;

    history_and_snapshot();
    CU_ASSERT_EQUAL(zk_epoch_save(fixture_store(), "currentEpoch", 3, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_store_set_aside(fixture_store(), &count, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(count, 5);
    CU_ASSERT_EQUAL(fixture_load(fixture_store(), &poured), APR_SUCCESS);
    CU_ASSERT_TRUE(poured.loaded.fresh);
    CU_ASSERT_STRING_EQUAL(fixture_log_names("currentEpoch"), "currentEpoch");
    CU_ASSERT_EQUAL(zk_store_set_aside(fixture_store(), &count, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(count, 0);
}

static void a_server_without_its_data_has_no_vote_until_it_has_a_new_state(void)
{
    int32_t count;
    bool may_vote = false;

    CU_ASSERT_EQUAL(zk_store_may_vote(fixture_store(), &may_vote, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
    CU_ASSERT_TRUE(may_vote);
    CU_ASSERT_EQUAL(zk_store_has_state(fixture_store(), zk_test_pool(), &poured.note), APR_SUCCESS);
    zk_store_set_aside(fixture_store(), &count, zk_test_pool(), &poured.note);
    zk_store_may_vote(fixture_store(), &may_vote, zk_test_pool(), &poured.note);
    CU_ASSERT_FALSE(may_vote);
    CU_ASSERT_EQUAL(zk_store_has_state(fixture_store(), zk_test_pool(), &poured.note), APR_SUCCESS);
    zk_store_may_vote(fixture_store(), &may_vote, zk_test_pool(), &poured.note);
    CU_ASSERT_TRUE(may_vote);
}

/* ---- epochs at start ---- */

static apr_status_t load_epochs(int64_t last_zxid, int64_t *accepted, int64_t *current)
{
    return zk_epoch_load(fixture_store(), last_zxid, accepted, current, zk_test_pool(),
                         &poured.note);
}

static void save(const char *name, int64_t epoch)
{
    CU_ASSERT_EQUAL(zk_epoch_save(fixture_store(), name, epoch, zk_test_pool(), &poured.note),
                    APR_SUCCESS);
}

static void missing_epochs_are_those_of_the_data(void)
{
    int64_t accepted, current;

    CU_ASSERT_EQUAL(load_epochs(0x500000003, &accepted, &current), APR_SUCCESS);
    CU_ASSERT_EQUAL(accepted, 5);
    CU_ASSERT_EQUAL(current, 5);
    CU_ASSERT_EQUAL(
        zk_epoch_read(&current, fixture_store(), "acceptedEpoch", zk_test_pool(), &poured.note),
        APR_SUCCESS);
    CU_ASSERT_EQUAL(current, 5);
}

static void a_current_epoch_behind_the_data_is_raised_as_far_as_was_accepted(void)
{
    int64_t accepted, current;

    save("acceptedEpoch", 5);
    save("currentEpoch", 4);
    CU_ASSERT_EQUAL(load_epochs(0x400000003, &accepted, &current), APR_SUCCESS);
    CU_ASSERT_EQUAL(current, 4);
    CU_ASSERT_EQUAL(load_epochs(0x500000003, &accepted, &current), APR_SUCCESS);
    CU_ASSERT_EQUAL(current, 5);
    CU_ASSERT_EQUAL(load_epochs(0x600000003, &accepted, &current), ZK_E_CORRUPT);
}

static void epochs_that_contradict_each_other_refuse(void)
{
    int64_t accepted, current;

    save("acceptedEpoch", 3);
    save("currentEpoch", 4);
    CU_ASSERT_EQUAL(load_epochs(0x300000003, &accepted, &current), ZK_E_CORRUPT);
    zk_test_write(fixture_path("acceptedEpoch"), "x", 1);
    CU_ASSERT_EQUAL(load_epochs(0x300000003, &accepted, &current), ZK_E_CORRUPT);
}

static const zk_test_t tests[] = {
    {"only the leader's snapshot is left", only_the_leaders_snapshot_is_left},
    {"an install that fails anywhere leaves the old state whole or the new one",
     an_install_that_fails_anywhere_leaves_the_old_state_whole_or_the_new_one},
    {"an install broken off is finished at the next start",
     an_install_broken_off_is_finished_at_the_next_start},
    {"a start that finishes an install may crash again",
     a_start_that_finishes_an_install_may_crash_again},
    {"a decided install that rots is damage", a_decided_install_that_rots_is_damage},
    {"what was received and not installed is nothing",
     what_was_received_and_not_installed_is_nothing},
    {"a purge removes what is superseded, and nothing damaged",
     a_purge_removes_what_is_superseded_and_nothing_damaged},
    {"damaged data is put aside and the directory is fresh",
     damaged_data_is_put_aside_and_the_directory_is_fresh},
    {"a server without its data has no vote until it has a new state",
     a_server_without_its_data_has_no_vote_until_it_has_a_new_state},
    {"missing epochs are those of the data", missing_epochs_are_those_of_the_data},
    {"a current epoch behind the data is raised as far as was accepted",
     a_current_epoch_behind_the_data_is_raised_as_far_as_was_accepted},
    {"epochs that contradict each other refuse", epochs_that_contradict_each_other_refuse},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_aside, "store/aside", tests, NULL, fixture_close);
