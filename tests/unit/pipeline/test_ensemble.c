/* test_ensemble.c -- stories of a few servers that are one service. */
#include <stdio.h>
#include <string.h>

#include "trio.h"

/* ---- writes ---- */

static void what_a_client_of_a_follower_writes_is_everywhere(void)
{
    guest_t *guest;

    trio_start_all();
    guest = guest_connect(trio_follower(0));
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "x", 0).err, ZK_CODE_OK);
    trio_run(100);
    CU_ASSERT_TRUE(trio_all_have("/a"));
    CU_ASSERT_EQUAL((uint64_t)guest_session(guest) >> 56, (uint64_t)trio_follower(0) + 1);
}

/* Ask the same of the leader's and of a follower's client; the answers differ in nothing but what
 * their own txn gives. */
static void an_answer_does_not_tell_which_server_gave_it(void)
{
    guest_t *guests[2];
    answer_t made[2];
    answer_t failed[2];
    int i;

    trio_start_all();
    guests[0] = guest_connect(trio_leader());
    guests[1] = guest_connect(trio_follower(0));
    for (i = 0; i < 2; i++) {
        made[i] = guest_create(guests[i], i == 0 ? "/a" : "/b", "x", 0);
        failed[i] = guest_create(guests[i], i == 0 ? "/a" : "/b", "x", 0);
        CU_ASSERT_EQUAL(failed[i].zxid, made[i].zxid + 1);
    }
    CU_ASSERT_EQUAL(made[0].err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(made[1].err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(made[0].size, made[1].size);
    CU_ASSERT_EQUAL(failed[0].err, ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(failed[1].err, ZK_CODE_NODE_EXISTS);
    CU_ASSERT_EQUAL(failed[0].size, 0);
    CU_ASSERT_EQUAL(failed[1].size, 0);
}

static size_t put_multi(zk_buffer_t *body, const char *first, const char *second)
{
    zk_acl_t open = {31, {zk_str("world"), zk_str("anyone")}};
    zk_create_request_t create = {zk_str(first), zk_str("v"), {1, &open}, 0};
    zk_delete_request_t remove = {zk_str(second), -1};

    zk_buffer_clear(body);
    zk_multi_header_encode(body, ZK_OP_CREATE2, false, -1);
    zk_record_encode(&zk_record_create_request, &create, body);
    zk_multi_header_encode(body, ZK_OP_DELETE, false, -1);
    zk_record_encode(&zk_record_delete_request, &remove, body);
    zk_multi_end_encode(body);
    return zk_buffer_size(body);
}

static void a_multi_is_answered_the_same_by_a_follower(void)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    guest_t *guests[2];
    answer_t good[2];
    answer_t bad[2];
    int i;

    trio_start_all();
    guests[0] = guest_connect(trio_leader());
    guests[1] = guest_connect(trio_follower(0));
    for (i = 0; i < 2; i++) {
        guest_create(guests[i], "/old", "", 0);
        put_multi(&body, i == 0 ? "/a" : "/b", "/old");
        guest_post_raw(guests[i], ZK_OP_MULTI, zk_buffer_bytes(&body), zk_buffer_size(&body));
        trio_move();
        good[i] = guest_next(guests[i]);
        put_multi(&body, i == 0 ? "/c" : "/d", "/none");
        guest_post_raw(guests[i], ZK_OP_MULTI, zk_buffer_bytes(&body), zk_buffer_size(&body));
        trio_move();
        bad[i] = guest_next(guests[i]);
    }
    CU_ASSERT_EQUAL(good[0].size, good[1].size);
    CU_ASSERT_TRUE(good[0].size > 68);
    CU_ASSERT_EQUAL_FATAL(bad[0].size, bad[1].size);
    CU_ASSERT_EQUAL(memcmp(bad[0].body, bad[1].body, bad[0].size), 0);
    zk_buffer_free(&body);
}

static void a_read_behind_a_write_sees_it_on_a_follower(void)
{
    guest_t *guest;
    int32_t create, get;
    answer_t answer;

    trio_start_all();
    guest = guest_connect(trio_follower(0));
    create = guest_post_create(guest, "/a", "hello", 0);
    get = guest_post_get(guest, "/a");
    CU_ASSERT_FALSE(guest_next(guest).present);
    trio_move();
    CU_ASSERT_EQUAL(guest_next(guest).xid, create);
    answer = guest_next(guest);
    CU_ASSERT_EQUAL(answer.xid, get);
    CU_ASSERT_EQUAL(answer.err, ZK_CODE_OK);
}

static void a_malformed_write_is_answered_here_and_stops_nobody(void)
{
    static const uint8_t half[] = {0, 0, 0, 9, '/', 'x'};
    guest_t *guest;
    int64_t logged;
    answer_t answer;

    trio_start_all();
    guest = guest_connect(trio_follower(0));
    logged = zk_zab_last_logged(zk_replica_zab(trio_replica(trio_leader())));
    guest_post_raw(guest, ZK_OP_CREATE, half, sizeof(half));
    trio_move();
    answer = guest_next(guest);
    CU_ASSERT_EQUAL(answer.err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(zk_zab_last_logged(zk_replica_zab(trio_replica(trio_leader()))), logged);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
}

static void nothing_is_answered_without_a_quorum(void)
{
    guest_t *guest;
    int leader;

    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(leader);
    trio_isolate(leader);
    guest_post_create(guest, "/a", "", 0);
    trio_move();
    CU_ASSERT_FALSE(guest_next(guest).present);
    trio_run(20000);
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_FALSE(guest_next(guest).present);
    CU_ASSERT_NOT_EQUAL(trio_leader(), leader);
    trio_reconnect(leader);
    CU_ASSERT_TRUE(trio_settle(3));
    CU_ASSERT_FALSE(trio_has(leader, "/a"));
}

static void what_was_acknowledged_outlives_the_leader(void)
{
    guest_t *guest;
    guest_t *again;
    int leader;

    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(trio_follower(0));
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
    trio_stop(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_TRUE(trio_has(trio_leader(), "/a"));
    again = guest_renew(trio_follower(0), guest);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(again));
    CU_ASSERT_EQUAL(guest_create(again, "/b", "", 0).err, ZK_CODE_OK);
    trio_start(leader);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_TRUE(trio_all_have("/a") && trio_all_have("/b"));
}

/* ---- sessions ---- */

static void the_leader_ends_the_silent_session_of_a_follower(void)
{
    guest_t *silent;
    guest_t *alive;
    int i;

    trio_start_all();
    silent = guest_connect(trio_follower(0));
    alive = guest_connect(trio_follower(0));
    guest_create(silent, "/s", "", ZK_CREATE_EPHEMERAL);
    guest_create(alive, "/l", "", ZK_CREATE_EPHEMERAL);
    for (i = 0; i < 5; i++) {
        trio_run(3000);
        guest_post_ping(alive);
    }
    CU_ASSERT_TRUE(guest_is_closed(silent));
    CU_ASSERT_FALSE(guest_is_closed(alive));
    CU_ASSERT_FALSE(trio_has(0, "/s") || trio_has(1, "/s") || trio_has(2, "/s"));
    CU_ASSERT_TRUE(trio_all_have("/l"));
}

static void a_session_moves_and_its_old_connection_ends(void)
{
    guest_t *old;
    guest_t *moved;

    trio_start_all();
    old = guest_connect(trio_follower(0));
    guest_create(old, "/e", "", ZK_CREATE_EPHEMERAL);
    moved = guest_renew(trio_follower(1), old);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(moved));
    CU_ASSERT_EQUAL(guest_session(moved), guest_session(old));
    CU_ASSERT_FALSE(guest_create(old, "/late", "", 0).present);
    CU_ASSERT_TRUE(guest_is_closed(old));
    CU_ASSERT_EQUAL(guest_create(moved, "/new", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_all_have("/e") && trio_all_have("/new"));
    CU_ASSERT_FALSE(trio_has(0, "/late"));
}

static void a_session_moves_to_the_leader_and_back(void)
{
    guest_t *old;
    guest_t *moved;
    guest_t *back;

    trio_start_all();
    old = guest_connect(trio_follower(0));
    moved = guest_renew(trio_leader(), old);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(moved));
    back = guest_renew(trio_follower(1), moved);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(back));
    CU_ASSERT_TRUE(guest_is_closed(moved));
    CU_ASSERT_EQUAL(guest_create(back, "/a", "", 0).err, ZK_CODE_OK);
}

static void a_session_that_is_over_is_not_renewed_by_a_follower(void)
{
    guest_t *guest;
    guest_t *late;

    trio_start_all();
    guest = guest_connect(trio_follower(0));
    guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL);
    guest_post_close(guest);
    trio_move();
    CU_ASSERT_EQUAL(guest_next(guest).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_FALSE(trio_has(0, "/e") || trio_has(1, "/e") || trio_has(2, "/e"));
    late = guest_renew(trio_follower(0), guest);
    CU_ASSERT_FALSE(guest_is_welcome(late));
    CU_ASSERT_TRUE(guest_is_closed(late));
}

/* ---- sync ---- */

static void a_sync_is_answered_behind_the_writes_before_it(void)
{
    guest_t *guest;
    int32_t create, sync, get;
    int role;

    trio_start_all();
    for (role = 0; role < 2; role++) {
        guest = guest_connect(role == 0 ? trio_leader() : trio_follower(0));
        create = guest_post_create(guest, role == 0 ? "/a" : "/b", "", 0);
        sync = guest_post_sync(guest, "/");
        get = guest_post_get(guest, "/a");
        trio_move();
        CU_ASSERT_EQUAL(guest_next(guest).xid, create);
        CU_ASSERT_EQUAL(guest_next(guest).xid, sync);
        CU_ASSERT_EQUAL(guest_next(guest).xid, get);
        CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(trio_leader()))->pending_syncs, 0);
    }
}

/* The quorum may be asked about the sync for longer than the write takes. */
static void a_write_behind_a_sync_is_answered_behind_it(void)
{
    guest_t *guest;
    int32_t sync, create, get, close;
    int role;

    trio_start_all();
    for (role = 0; role < 2; role++) {
        guest = guest_connect(role == 0 ? trio_leader() : trio_follower(0));
        sync = guest_post_sync(guest, "/");
        create = guest_post_create(guest, role == 0 ? "/a" : "/b", "", 0);
        get = guest_post_get(guest, role == 0 ? "/a" : "/b");
        close = guest_post_close(guest);
        trio_move();
        CU_ASSERT_EQUAL(guest_next(guest).xid, sync);
        CU_ASSERT_EQUAL(guest_next(guest).xid, create);
        CU_ASSERT_EQUAL(guest_next(guest).xid, get);
        CU_ASSERT_EQUAL(guest_next(guest).xid, close);
        CU_ASSERT_TRUE(guest_is_closed(guest));
    }
}

/* The leader still believes that it leads; it must not vouch for what it has. */
static void a_leader_that_hears_nobody_answers_no_sync(void)
{
    guest_t *guest;
    int leader;

    trio_start_all();
    leader = trio_leader();
    guest = guest_connect(leader);
    CU_ASSERT_EQUAL(guest_sync(guest).err, ZK_CODE_OK);
    trio_isolate(leader);
    CU_ASSERT_FALSE(guest_sync(guest).present);
    trio_run(20000);
    CU_ASSERT_FALSE(guest_next(guest).present);
    CU_ASSERT_TRUE(guest_is_closed(guest));
}

/* ---- coming and going ---- */

static void a_new_member_is_given_a_snapshot(void)
{
    guest_t *guest;
    int fresh;

    trio_start_all();
    guest = guest_connect(trio_leader());
    guest_create(guest, "/a", "hello", 0);
    guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL);
    fresh = trio_follower(0);
    trio_stop(fresh);
    trio_wipe(fresh);
    trio_start(fresh);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_TRUE(trio_all_have("/a") && trio_all_have("/e"));
    CU_ASSERT_EQUAL(guest_create(guest, "/b", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_has(fresh, "/b"));
    CU_ASSERT_PTR_NOT_NULL(
        zk_session_find(zk_replica_sessions(trio_replica(fresh)), guest_session(guest)));
}

static void an_observer_serves_and_has_no_vote(void)
{
    guest_t *guest;

    trio_end();
    trio_begin(3, 1);
    trio_start_all();
    CU_ASSERT_NOT_EQUAL(trio_leader(), 2);
    guest = guest_connect(2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(guest_sync(guest).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_all_have("/a"));
    CU_ASSERT_EQUAL(zk_zab_observers(zk_replica_zab(trio_replica(trio_leader()))), 1);
}

/* ---- reading only, local sessions ---- */

static void without_a_quorum_reads_are_answered_to_who_agreed(void)
{
    guest_t *guest;
    guest_t *other;

    trio_options()->read_only_mode = true;
    trio_start_all();
    guest = guest_connect(0);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "x", 0).err, ZK_CODE_OK);
    trio_stop(1);
    trio_stop(2);
    trio_run(30000);
    CU_ASSERT_TRUE(zk_replica_is_read_only(trio_replica(0)));
    other = guest_connect(0);
    CU_ASSERT_PTR_NULL(other);
    guest = guest_open(0);
    guest_hello(guest, 0, true);
    CU_ASSERT_TRUE_FATAL(guest_is_welcome(guest));
    CU_ASSERT_TRUE(guest_is_read_only(guest));
    CU_ASSERT_EQUAL(guest_get(guest, "/a").err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(guest_create(guest, "/b", "", 0).err, ZK_CODE_NOT_READ_ONLY);
    trio_start(1);
    CU_ASSERT_TRUE_FATAL(trio_settle(2));
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_FALSE(zk_replica_is_read_only(trio_replica(0)));
}

static void a_local_session_costs_no_txn_until_it_owns_something(void)
{
    guest_t *guest;
    int64_t before;
    int64_t id;

    trio_options()->local_sessions_enabled = true;
    trio_options()->local_sessions_upgrading = true;
    trio_start_all();
    before = zk_replica_stats(trio_replica(trio_leader()))->proposals;
    guest = guest_connect(trio_follower(0));
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    id = guest_session(guest);
    CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(trio_leader()))->proposals, before);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(trio_leader()))->proposals, before + 1);
    CU_ASSERT_PTR_NULL(zk_session_find(zk_replica_sessions(trio_replica(trio_leader())), id));
    CU_ASSERT_EQUAL(guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL).err, ZK_CODE_OK);
    CU_ASSERT_PTR_NOT_NULL(zk_session_find(zk_replica_sessions(trio_replica(trio_leader())), id));
    trio_run(15000);
    CU_ASSERT_TRUE(guest_is_closed(guest));
    CU_ASSERT_FALSE(trio_has(0, "/e") || trio_has(1, "/e") || trio_has(2, "/e"));
}

static void a_local_session_owns_nothing_where_it_may_not_grow(void)
{
    guest_t *guest;

    trio_options()->local_sessions_enabled = true;
    trio_start_all();
    guest = guest_connect(trio_follower(0));
    CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
    CU_ASSERT_EQUAL(guest_create(guest, "/e", "", ZK_CREATE_EPHEMERAL).err,
                    ZK_CODE_EPHEMERAL_ON_LOCAL_SESSION);
    CU_ASSERT_EQUAL(guest_create(guest, "/a", "", 0).err, ZK_CODE_OK);
    trio_run(15000);
    CU_ASSERT_TRUE(guest_is_closed(guest));
}

/* More than one part of a stream. */
static void write_much(int member)
{
    guest_t *guest = guest_connect(member);
    char *data = zk_malloc(20001);
    char path[16];
    int i;

    memset(data, 'x', 20000);
    data[20000] = '\0';
    for (i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "/much%d", i);
        CU_ASSERT_EQUAL(guest_create(guest, path, data, 0).err, ZK_CODE_OK);
    }
    zk_free(data);
}

/* It had left its role and waited for ever for the end of the stream. */
static void who_loses_its_leader_in_the_middle_of_a_snapshot_looks_for_another(void)
{
    int leader;
    int fresh;

    trio_options()->zab.force_snapshot_sync = true;
    trio_start_all();
    leader = trio_leader();
    fresh = trio_follower(0);
    write_much(leader);
    trio_stop(fresh);
    trio_wipe(fresh);
    trio_hold_streams(true);
    trio_start(fresh);
    trio_run(1000);
    CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(fresh)));
    trio_stop(leader);
    trio_hold_streams(false);
    CU_ASSERT_TRUE(trio_settle(2));
    CU_ASSERT_TRUE(trio_has(fresh, "/much39"));
}

/* The last eight bytes of a record in a PROPOSAL are the digest, and no identities follow. */
static void spoil_digest(uint8_t *packet, size_t size)
{
    if (zk_get_u32(packet) == ZK_PACKET_PROPOSAL)
        packet[size - 5] ^= 1;
}

/* Nobody says how much of what follows it a snapshot of upstream's holds; but all of that was
 * committed before the learner was told that it is up to date, and there the doubt must end. */
static void digests_are_compared_from_where_a_learner_is_up_to_date(void)
{
    guest_t *guest;
    int fresh;

    trio_options()->zab.force_snapshot_sync = true;
    trio_start_all();
    fresh = trio_follower(0);
    guest = guest_connect(trio_leader());
    trio_stop(fresh);
    trio_wipe(fresh);
    trio_start(fresh);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    CU_ASSERT_TRUE_FATAL(trio_snapshots_received(fresh) > 0);
    trio_tamper(spoil_digest);
    CU_ASSERT_EQUAL(guest_create(guest, "/first", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(fresh))->digest_mismatches, 1);
    trio_tamper(NULL);
    CU_ASSERT_EQUAL(guest_create(guest, "/second", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_replica_stats(trio_replica(fresh))->digest_mismatches, 1);
    CU_ASSERT_TRUE(trio_has(fresh, "/first") && trio_has(fresh, "/second"));
}

static const zk_test_t tests[] = {
    {"what a client of a follower writes is everywhere",
     what_a_client_of_a_follower_writes_is_everywhere},
    {"an answer does not tell which server gave it", an_answer_does_not_tell_which_server_gave_it},
    {"a multi is answered the same by a follower", a_multi_is_answered_the_same_by_a_follower},
    {"a read behind a write sees it on a follower", a_read_behind_a_write_sees_it_on_a_follower},
    {"a malformed write is answered here and stops nobody",
     a_malformed_write_is_answered_here_and_stops_nobody},
    {"nothing is answered without a quorum", nothing_is_answered_without_a_quorum},
    {"what was acknowledged outlives the leader", what_was_acknowledged_outlives_the_leader},
    {"the leader ends the silent session of a follower",
     the_leader_ends_the_silent_session_of_a_follower},
    {"a session moves and its old connection ends", a_session_moves_and_its_old_connection_ends},
    {"a session moves to the leader and back", a_session_moves_to_the_leader_and_back},
    {"a session that is over is not renewed by a follower",
     a_session_that_is_over_is_not_renewed_by_a_follower},
    {"a sync is answered behind the writes before it",
     a_sync_is_answered_behind_the_writes_before_it},
    {"a write behind a sync is answered behind it", a_write_behind_a_sync_is_answered_behind_it},
    {"a leader that hears nobody answers no sync", a_leader_that_hears_nobody_answers_no_sync},
    {"a new member is given a snapshot", a_new_member_is_given_a_snapshot},
    {"an observer serves and has no vote", an_observer_serves_and_has_no_vote},
    {"without a quorum reads are answered to who agreed",
     without_a_quorum_reads_are_answered_to_who_agreed},
    {"a local session costs no txn until it owns something",
     a_local_session_costs_no_txn_until_it_owns_something},
    {"a local session owns nothing where it may not grow",
     a_local_session_owns_nothing_where_it_may_not_grow},
    {"who loses its leader in the middle of a snapshot looks for another",
     who_loses_its_leader_in_the_middle_of_a_snapshot_looks_for_another},
    {"digests are compared from where a learner is up to date",
     digests_are_compared_from_where_a_learner_is_up_to_date},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_ensemble, "pipeline/ensemble", tests, trio_begin_three, trio_end);
