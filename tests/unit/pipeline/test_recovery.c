/* test_recovery.c -- what a server knows after a restart is what it had answered for. */
#include "world.h"

#include <string.h>

#include "session/session.h"

static peer_t *peer;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
}

static peer_t *renew(int64_t session_id)
{
    uint8_t password[16];
    zk_connect_response_t response;
    peer_t *again = peer_open();

    zk_session_password(session_id, password);
    peer_send_connect(again, session_id, password, 10000, 0);
    CU_ASSERT_TRUE_FATAL(peer_next_response(again, &response));
    CU_ASSERT_EQUAL(response.session_id, session_id);
    return again;
}

static void replaying_the_log_gives_the_same_tree(void)
{
    uint64_t digest;

    peer_create(peer, "/a", "1", 0);
    peer_create(peer, "/a/s-", "2", 2);
    peer_set(peer, "/a", "3", -1);
    peer_delete(peer, "/none", -1);
    peer_create_as(peer, ZK_OP_CREATE_TTL, "/t", acl_open(), ZK_CREATE_TTL, 5000);
    peer_create_as(peer, ZK_OP_CREATE_CONTAINER, "/c", acl_open(), ZK_CREATE_CONTAINER, 0);
    peer_set_acl(peer, "/t", acl_of(1, "world", "anyone"), -1);
    digest = zk_tree_digest(zk_replica_tree(world_replica()));
    world_recover(); /* compares the digest of every record */
    CU_ASSERT_EQUAL(zk_tree_digest(zk_replica_tree(world_replica())), digest);
    CU_ASSERT_EQUAL(zk_tree_last_zxid(zk_replica_tree(world_replica())), world_logged());
}

static void a_session_outlives_a_restart(void)
{
    int64_t id = peer_session(peer);

    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    world_recover();
    peer = renew(id);
    CU_ASSERT_EQUAL(peer_exists(peer, "/e", false, NULL), ZK_CODE_OK);
}

static void after_a_restart_every_session_has_its_full_timeout(void)
{
    world_pass(8000);
    world_recover();
    world_pass(9500);
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(world_replica())), 1);
    world_pass(4000);
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(world_replica())), 0);
}

static void ids_given_before_a_restart_are_not_given_again(void)
{
    int64_t id = peer_session(peer);

    world_recover(); /* by a clock that has not moved */
    CU_ASSERT_NOT_EQUAL(peer_session(peer_connect()), id);
}

static void zxids_go_on_where_the_log_ends(void)
{
    int64_t logged;

    peer_create(peer, "/a", "", 0);
    logged = world_logged();
    world_recover();
    peer = peer_connect();
    CU_ASSERT_EQUAL(world_logged(), logged + 1);
}

/* ---- snapshots through the load calls ---- */

static const zk_stat_persisted_t no_stat;

static zk_replica_t *loaded_replica(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    zk_stat_persisted_t ephemeral = no_stat;
    bool digest_ok;

    ephemeral.ephemeral_owner = 0x77;
    zk_replica_load_begin(replica, 5);
    CU_ASSERT_TRUE(zk_replica_load_session(replica, 0x55, 6000));
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str(""), zk_str(""), -1, &no_stat));
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str("/e"), zk_str(""), -1, &ephemeral));
    ephemeral.ephemeral_owner = 0x55;
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str("/f"), zk_str(""), -1, &ephemeral));
    CU_ASSERT_TRUE(zk_replica_load_snapshot_end(replica, 5, 0, 0, 0, &digest_ok));
    CU_ASSERT_TRUE(digest_ok);
    return replica;
}

static void ephemerals_of_unknown_sessions_are_dropped_at_the_start(void)
{
    zk_replica_t *replica = loaded_replica();
    char text[200];

    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(replica)), 2);
    zk_replica_start(replica, 1000, 1000);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(replica)), 1);
    CU_ASSERT_PTR_NOT_NULL(zk_tree_find(zk_replica_tree(replica), zk_str("/f")));
    CU_ASSERT_PTR_NULL(zk_replica_check(replica, text, sizeof(text)));
    zk_replica_destroy(replica);
}

static void each_attempt_to_load_starts_from_nothing(void)
{
    zk_replica_t *replica = loaded_replica();

    zk_replica_load_begin(replica, 3);
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(replica)), 0);
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(replica)), 0);
    CU_ASSERT_PTR_NULL(zk_tree_find(zk_replica_tree(replica), zk_str("/e")));
    zk_replica_destroy(replica);
}

static void values_that_no_server_writes_are_damage(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    bool digest_ok;

    zk_replica_load_begin(replica, 5);
    CU_ASSERT_FALSE(zk_replica_load_session(replica, 0, 6000));
    CU_ASSERT_FALSE(zk_replica_load_session(replica, 0x55, -1));
    CU_ASSERT_FALSE(zk_replica_load_session(replica, 0x55, INT32_MIN));
    CU_ASSERT_TRUE(zk_replica_load_session(replica, 0x55, INT32_MAX));
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str(""), zk_str(""), -1, &no_stat));
    CU_ASSERT_FALSE(zk_replica_load_snapshot_end(replica, INT64_MAX, 0, 0, 0, &digest_ok));
    zk_replica_destroy(replica);
}

static void replay_session(zk_replica_t *replica, int64_t session_id, int32_t timeout_ms)
{
    zk_txn_decoded_t txn;

    memset(&txn, 0, sizeof(txn));
    txn.header.type = ZK_OP_CREATE_SESSION;
    txn.header.zxid = zk_tree_last_zxid(zk_replica_tree(replica)) + 1;
    txn.header.client_id = session_id;
    txn.body.create_session.time_out = timeout_ms;
    CU_ASSERT_TRUE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
}

static void sessions_of_a_strange_log_do_no_harm(void)
{
    zk_replica_t *replica = loaded_replica();
    char text[200];

    replay_session(replica, 0x66, INT32_MIN);
    replay_session(replica, 0x67, -4000);
    replay_session(replica, 0, 4000);
    zk_replica_start(replica, 1000, 3000);
    CU_ASSERT_PTR_NULL(zk_replica_check(replica, text, sizeof(text)));
    CU_ASSERT_EQUAL(zk_session_count(zk_replica_sessions(replica)), 3);
    zk_replica_destroy(replica);
}

static void below_the_ephemeral(zk_replica_t *replica, const char *path, int64_t owner)
{
    zk_stat_persisted_t stat = no_stat;

    stat.ephemeral_owner = owner;
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str(path), zk_str(""), -1, &stat));
}

/* No server creates them, a file may hold them. */
static void children_of_an_ephemeral_go_with_it(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    zk_event_t event = {.type = ZK_EVENT_TICK, .wall_ms = 30000, .mono_ms = 30000};
    zk_actions_t actions;
    bool digest_ok;
    char text[200];

    zk_replica_load_begin(replica, 5);
    zk_replica_load_session(replica, 0x55, 6000);
    below_the_ephemeral(replica, "", 0);
    below_the_ephemeral(replica, "/f", 0x55);
    below_the_ephemeral(replica, "/f/own", 0x55);
    below_the_ephemeral(replica, "/f/own/plain", 0);
    below_the_ephemeral(replica, "/f/plain", 0);
    below_the_ephemeral(replica, "/f/plain/own", 0x55);
    CU_ASSERT_TRUE(zk_replica_load_snapshot_end(replica, 5, 0, 0, 0, &digest_ok));
    zk_replica_start(replica, 1000, 1000);
    zk_actions_init(&actions);
    for (event.mono_ms = 1000; event.mono_ms < 12000; event.mono_ms += 500)
        zk_replica_step(replica, &event, &actions);
    event.type = ZK_EVENT_LOG_SYNCED;
    event.zxid = 6;
    zk_replica_step(replica, &event, &actions);
    CU_ASSERT_PTR_NULL(zk_tree_find(zk_replica_tree(replica), zk_str("/f")));
    CU_ASSERT_EQUAL(zk_tree_ephemerals_count(zk_replica_tree(replica)), 0);
    CU_ASSERT_EQUAL(zk_replica_stats(replica)->digest_mismatches, 0);
    CU_ASSERT_PTR_NULL(zk_replica_check(replica, text, sizeof(text)));
    zk_actions_free(&actions);
    zk_replica_destroy(replica);
}

static void a_snapshot_without_parent_or_root_is_damaged(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    bool digest_ok;

    zk_replica_load_begin(replica, 5);
    CU_ASSERT_TRUE(zk_replica_load_znode(replica, zk_str(""), zk_str(""), -1, &no_stat));
    CU_ASSERT_FALSE(zk_replica_load_znode(replica, zk_str("/no/parent"), zk_str(""), -1, &no_stat));
    zk_replica_load_begin(replica, 5);
    CU_ASSERT_FALSE(zk_replica_load_snapshot_end(replica, 5, 0, 0, 0, &digest_ok));
    zk_replica_destroy(replica);
}

/* A snapshot of 5 with no znode but the root, whose DIGEST is of DIGEST_ZXID; whether the two
 * agree. */
static bool load_root(zk_replica_t *replica, int64_t digest_zxid, int64_t digest)
{
    bool digest_ok;

    zk_replica_load_begin(replica, 5);
    zk_replica_load_znode(replica, zk_str(""), zk_str(""), -1, &no_stat);
    CU_ASSERT_TRUE(zk_replica_load_snapshot_end(replica, 5, digest_zxid, 2, digest, &digest_ok));
    return digest_ok;
}

static void a_snapshot_digest_of_its_own_zxid_is_compared(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    uint64_t digest;

    CU_ASSERT_FALSE(load_root(replica, 5, 1));
    digest = zk_tree_digest(zk_replica_tree(replica));
    CU_ASSERT_TRUE(load_root(replica, 5, (int64_t)digest));
    zk_replica_destroy(replica);
}

/* A txn as it stands in a log: a session begins; with a digest that says 0. */
static zk_txn_decoded_t session_txn(int64_t zxid)
{
    zk_txn_decoded_t txn;

    memset(&txn, 0, sizeof(txn));
    txn.header.zxid = zxid;
    txn.header.type = ZK_OP_CREATE_SESSION;
    txn.header.client_id = 9;
    txn.body.create_session.time_out = 4000;
    txn.has_digest = true;
    txn.digest.version = 2;
    return txn;
}

static void digests_inside_a_fuzzy_snapshots_reach_are_not_compared(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    zk_txn_decoded_t txn = session_txn(6);

    CU_ASSERT_TRUE(load_root(replica, 7, 99));
    CU_ASSERT_TRUE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
    txn.header.zxid = 7;
    CU_ASSERT_FALSE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
    CU_ASSERT_EQUAL(zk_replica_stats(replica)->digest_mismatches, 1);
    zk_replica_destroy(replica);
}

static void behind_a_snapshot_without_digest_they_are_compared_from_the_first_that_agrees(void)
{
    zk_replica_t *replica = zk_replica_create(world_options());
    zk_txn_decoded_t txn = session_txn(6);

    /* As a snapshot that came from a leader is kept: with the place of a digest and none in it. */
    CU_ASSERT_TRUE(load_root(replica, 0, 0));
    CU_ASSERT_TRUE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
    txn.header.zxid = 7;
    txn.digest.tree_digest = (int64_t)zk_tree_digest(zk_replica_tree(replica));
    CU_ASSERT_TRUE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
    txn.header.zxid = 8;
    txn.digest.tree_digest++;
    CU_ASSERT_FALSE(zk_replica_load_txn(replica, &txn, zk_str_n(NULL, 0)));
    CU_ASSERT_EQUAL(zk_replica_stats(replica)->digest_mismatches, 1);
    zk_replica_destroy(replica);
}

static const zk_test_t tests[] = {
    {"replaying the log gives the same tree", replaying_the_log_gives_the_same_tree},
    {"a session outlives a restart", a_session_outlives_a_restart},
    {"after a restart every session has its full timeout",
     after_a_restart_every_session_has_its_full_timeout},
    {"ids given before a restart are not given again",
     ids_given_before_a_restart_are_not_given_again},
    {"zxids go on where the log ends", zxids_go_on_where_the_log_ends},
    {"ephemerals of unknown sessions are dropped at the start",
     ephemerals_of_unknown_sessions_are_dropped_at_the_start},
    {"each attempt to load starts from nothing", each_attempt_to_load_starts_from_nothing},
    {"a snapshot without parent or root is damaged", a_snapshot_without_parent_or_root_is_damaged},
    {"a snapshot digest of its own zxid is compared",
     a_snapshot_digest_of_its_own_zxid_is_compared},
    {"behind a snapshot without digest they are compared from the first that agrees",
     behind_a_snapshot_without_digest_they_are_compared_from_the_first_that_agrees},
    {"digests inside a fuzzy snapshot's reach are not compared",
     digests_inside_a_fuzzy_snapshots_reach_are_not_compared},
    {"children of an ephemeral go with it", children_of_an_ephemeral_go_with_it},
    {"values that no server writes are damage", values_that_no_server_writes_are_damage},
    {"sessions of a strange log do no harm", sessions_of_a_strange_log_do_no_harm},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_recovery, "pipeline/recovery", tests, setup, world_teardown);
