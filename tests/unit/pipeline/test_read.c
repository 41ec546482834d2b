/* test_read.c -- what this server answers from what it has. */
#include "world.h"

#include <string.h>

static peer_t *peer;

static void setup(void)
{
    world_setup();
    peer = peer_connect();
}

static frame_t ask_path(int32_t op, const char *path)
{
    zk_sync_request_t request = {zk_str(path)}; /* one string */

    return peer_answer(peer, peer_send(peer, op, &zk_record_sync_request, &request));
}

static void a_fresh_server_shows_the_built_in_znodes(void)
{
    zk_stat_t stat;

    CU_ASSERT_EQUAL(peer_exists(peer, "/", false, &stat), ZK_CODE_OK);
    CU_ASSERT_EQUAL(stat.cversion, -1);
    CU_ASSERT_EQUAL(stat.num_children, 1);
    CU_ASSERT_EQUAL(peer_exists(peer, "/zookeeper", false, &stat), ZK_CODE_OK);
    CU_ASSERT_EQUAL(stat.cversion, -2);
    CU_ASSERT_EQUAL(peer_get(peer, "/zookeeper/config", false, NULL, &stat), ZK_CODE_OK);
    CU_ASSERT_EQUAL(stat.data_length, 0);
}

static void the_empty_path_is_the_root(void)
{
    frame_t frame;

    peer_set(peer, "/", "r", -1);
    frame = peer_answer(peer, peer_post_get(peer, "", false));
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "r"));
}

static void a_missing_znode_beats_missing_permission(void)
{
    peer_create_as(peer, ZK_OP_CREATE, "/w", acl_of(ZK_PERM_WRITE, "world", "anyone"), 0, 0);
    CU_ASSERT_EQUAL(peer_get(peer, "/none", false, NULL, NULL), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(peer_get(peer, "/w", false, NULL, NULL), ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(peer_exists(peer, "/w", false, NULL), ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(peer_children(peer, "/w", false), ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(ask_path(ZK_OP_GET_ALL_CHILDREN_NUMBER, "/w").err, ZK_CODE_NO_AUTH);
    CU_ASSERT_EQUAL(ask_path(ZK_OP_GET_ACL, "/w").err, ZK_CODE_NO_AUTH);
}

static void null_paths_are_marshalling_errors_except_where_they_mean_all(void)
{
    CU_ASSERT_EQUAL(peer_exists(peer, NULL, false, NULL), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(peer_get(peer, NULL, false, NULL, NULL), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(ask_path(ZK_OP_GET_ACL, NULL).err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(ask_path(ZK_OP_GET_EPHEMERALS, NULL).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(ask_path(ZK_OP_SYNC, NULL).err, ZK_CODE_OK);
}

static void short_bodies_are_marshalling_errors(void)
{
    static const int32_t ops[] = {3, 4, 6, 8, 9, 12, 17, 18, 22, 101, 103, 104, 105, 106};
    size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
        CU_ASSERT_EQUAL(peer_answer(peer, peer_send_raw(peer, ops[i], "\0\0\0\5/a", 6)).err,
                        ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_FALSE(peer_is_closed(peer));
}

static void a_nul_in_the_path_of_exists_is_a_bad_argument(void)
{
    CU_ASSERT_EQUAL(peer_answer(peer, peer_send_raw(peer, ZK_OP_EXISTS, "\0\0\0\3/\0a\0", 8)).err,
                    ZK_CODE_BAD_ARGUMENTS);
}

static void bytes_behind_a_request_are_ignored(void)
{
    CU_ASSERT_EQUAL(peer_answer(peer, peer_send_raw(peer, ZK_OP_EXISTS, "\0\0\0\1/\0more", 10)).err,
                    ZK_CODE_OK);
}

static void children_are_all_listed(void)
{
    zk_get_children_request_t request = {zk_str("/p"), false};
    zk_get_children2_response_t response;
    frame_t frame;

    peer_create(peer, "/p", "", 0);
    peer_create(peer, "/p/a", "", 0);
    peer_create(peer, "/p/b", "", 0);
    frame = peer_answer(
        peer, peer_send(peer, ZK_OP_GET_CHILDREN2, &zk_record_get_children_request, &request));
    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_get_children2_response, &response, &frame.body, world_arena()));
    CU_ASSERT_EQUAL(response.children.count, 2);
    CU_ASSERT_EQUAL(response.stat.num_children, 2);
    CU_ASSERT_EQUAL(zk_reader_left(&frame.body), 0);
}

static void all_descendants_are_counted(void)
{
    frame_t frame;

    peer_create(peer, "/p", "", 0);
    peer_create(peer, "/p/a", "", 0);
    peer_create(peer, "/p/a/x", "", 0);
    frame = ask_path(ZK_OP_GET_ALL_CHILDREN_NUMBER, "/p");
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 2);
    frame = ask_path(ZK_OP_GET_ALL_CHILDREN_NUMBER, "/");
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 6);
    frame = ask_path(ZK_OP_GET_ALL_CHILDREN_NUMBER, "");
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 7);
}

static int32_t ephemerals_count(const char *prefix)
{
    frame_t frame = ask_path(ZK_OP_GET_EPHEMERALS, prefix);
    zk_get_ephemerals_response_t response;

    CU_ASSERT_TRUE_FATAL(zk_record_decode(&zk_record_get_ephemerals_response, &response,
                                          &frame.body, world_arena()));
    return response.ephemerals.count;
}

static void only_the_own_ephemerals_with_the_prefix_are_listed(void)
{
    peer_t *other = peer_connect();

    peer_create(peer, "/e", "", ZK_CREATE_EPHEMERAL);
    peer_create(peer, "/ex", "", ZK_CREATE_EPHEMERAL);
    peer_create(peer, "/f", "", ZK_CREATE_EPHEMERAL);
    peer_create(other, "/e2", "", ZK_CREATE_EPHEMERAL);
    CU_ASSERT_EQUAL(ephemerals_count("/e"), 2);
    CU_ASSERT_EQUAL(ephemerals_count("/"), 3);
    CU_ASSERT_EQUAL(ephemerals_count(" "), 3);
    CU_ASSERT_EQUAL(ephemerals_count(NULL), 3);
    CU_ASSERT_EQUAL(ephemerals_count("/nothing"), 0);
}

/* ---- getACL ---- */

static zk_get_acl_response_t acl_seen_by(peer_t *who, const char *path)
{
    zk_get_acl_request_t request = {zk_str(path)};
    zk_get_acl_response_t response;
    frame_t frame =
        peer_answer(who, peer_send(who, ZK_OP_GET_ACL, &zk_record_get_acl_request, &request));

    CU_ASSERT_EQUAL_FATAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_get_acl_response, &response, &frame.body, world_arena()));
    CU_ASSERT_EQUAL(zk_reader_left(&frame.body), 0);
    return response;
}

static void password_digests_are_masked_for_those_without_admin(void) /* CVE-2019-0201 */
{
    zk_acl_t entries[] = {
        {ZK_PERM_ALL, {zk_str("digest"), zk_str("u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=")}},
        {ZK_PERM_READ, {zk_str("world"), zk_str("anyone")}},
        {ZK_PERM_READ, {zk_str("ip"), zk_str("10.0.0.1")}}};
    zk_acl_vector_t acl = {3, entries};
    zk_get_acl_response_t seen;

    CU_ASSERT_EQUAL(peer_create_as(peer, ZK_OP_CREATE, "/a", acl, 0, 0), ZK_CODE_OK);
    seen = acl_seen_by(peer, "/a");
    CU_ASSERT_EQUAL(seen.acl.count, 3);
    CU_ASSERT_TRUE(zk_str_equal_c(seen.acl.items[0].id.id, "u:x"));
    CU_ASSERT_TRUE(zk_str_equal_c(seen.acl.items[2].id.id, "10.0.0.1"));
    CU_ASSERT_EQUAL(peer_auth(peer, "digest", "u:p"), ZK_CODE_OK);
    seen = acl_seen_by(peer, "/a");
    CU_ASSERT_TRUE(zk_str_equal_c(seen.acl.items[0].id.id, "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
}

static void an_open_acl_is_told_as_one_entry(void)
{
    zk_get_acl_response_t seen = acl_seen_by(peer, "/");

    CU_ASSERT_EQUAL(seen.acl.count, 1);
    CU_ASSERT_EQUAL(seen.acl.items[0].perms, ZK_PERM_ALL);
    CU_ASSERT_TRUE(zk_str_equal_c(seen.acl.items[0].id.scheme, "world"));
}

/* ---- multiRead ---- */

static void multi_read_answers_each_and_goes_on_after_errors(void)
{
    zk_get_data_request_t a = {zk_str("/a"), true};
    zk_get_data_request_t none = {zk_str("/none"), false};
    zk_get_children_request_t root = {zk_str("/"), true};
    zk_buffer_t body = ZK_BUFFER_INIT;
    frame_t frame;

    peer_create(peer, "/a", "d", 0);
    zk_multi_header_encode(&body, ZK_OP_GET_DATA, false, -1);
    zk_record_encode(&zk_record_get_data_request, &a, &body);
    zk_multi_header_encode(&body, ZK_OP_GET_DATA, false, -1);
    zk_record_encode(&zk_record_get_data_request, &none, &body);
    zk_multi_header_encode(&body, ZK_OP_GET_CHILDREN, false, -1);
    zk_record_encode(&zk_record_get_children_request, &root, &body);
    zk_multi_end_encode(&body);
    frame = peer_answer(
        peer, peer_send_raw(peer, ZK_OP_MULTI_READ, zk_buffer_bytes(&body), zk_buffer_size(&body)));
    zk_buffer_free(&body);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), ZK_OP_GET_DATA);
    zk_read_raw(&frame.body, 5);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&frame.body), "d"));
    zk_read_raw(&frame.body, 68);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), -1);
    zk_read_raw(&frame.body, 1);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), ZK_CODE_NO_NODE);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), ZK_OP_GET_CHILDREN);
    zk_read_raw(&frame.body, 5);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), 2);
    /* and it set no watch */
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
}

static void a_write_in_a_multi_read_is_refused_with_a_body(void)
{
    zk_delete_request_t del = {zk_str("/a"), -1};
    zk_buffer_t body = ZK_BUFFER_INIT;
    frame_t frame;

    zk_multi_header_encode(&body, ZK_OP_DELETE, false, -1);
    zk_record_encode(&zk_record_delete_request, &del, &body);
    zk_multi_end_encode(&body);
    frame = peer_answer(
        peer, peer_send_raw(peer, ZK_OP_MULTI_READ, zk_buffer_bytes(&body), zk_buffer_size(&body)));
    zk_buffer_free(&body);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(zk_reader_left(&frame.body), 9);
}

static void a_null_path_breaks_a_multi_read_off(void)
{
    zk_get_data_request_t root = {zk_str("/"), false};
    zk_get_data_request_t null = {ZK_STR_NULL, false};
    zk_buffer_t body = ZK_BUFFER_INIT;
    frame_t frame;

    zk_multi_header_encode(&body, ZK_OP_GET_DATA, false, -1);
    zk_record_encode(&zk_record_get_data_request, &root, &body);
    zk_multi_header_encode(&body, ZK_OP_GET_DATA, false, -1);
    zk_record_encode(&zk_record_get_data_request, &null, &body);
    zk_multi_end_encode(&body);
    frame = peer_answer(
        peer, peer_send_raw(peer, ZK_OP_MULTI_READ, zk_buffer_bytes(&body), zk_buffer_size(&body)));
    zk_buffer_free(&body);
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(zk_read_int(&frame.body), ZK_OP_GET_DATA);
    CU_ASSERT_EQUAL(zk_reader_left(&frame.body), 5 + 4 + 68 + 9);
}

/* ---- identities ---- */

static void who_am_i_lists_the_connections_identities(void)
{
    zk_whoami_response_t response;
    frame_t frame;

    peer_auth(peer, "digest", "bob:pw");
    frame = peer_answer(peer, peer_send(peer, ZK_OP_WHO_AM_I, NULL, NULL));
    CU_ASSERT_TRUE_FATAL(
        zk_record_decode(&zk_record_whoami_response, &response, &frame.body, world_arena()));
    CU_ASSERT_EQUAL(response.client_info.count, 2);
    CU_ASSERT_TRUE(zk_str_equal_c(response.client_info.items[0].auth_scheme, "ip"));
    CU_ASSERT_TRUE(zk_str_equal_c(response.client_info.items[0].user, "127.0.0.1"));
    CU_ASSERT_TRUE(zk_str_equal_c(response.client_info.items[1].user, "bob"));
}

static void enforced_auth_refuses_everything_else_and_closes(void)
{
    frame_t frame;

    world_options()->auth.enforce_enabled = true;
    world_options()->auth.enforce_schemes = "digest";
    world_restart();
    peer = peer_connect();
    frame = peer_answer(peer, peer_send(peer, ZK_OP_PING, NULL, NULL));
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_SESSION_CLOSED_REQUIRE_SASL_AUTH);
    CU_ASSERT_EQUAL(frame.zxid, 0);
    CU_ASSERT_TRUE(peer_is_closed(peer));
    peer = peer_connect();
    CU_ASSERT_EQUAL(peer_auth(peer, "digest", "u:p"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(peer_ping(peer), ZK_CODE_OK);
}

static void replies_are_counted(void)
{
    const zk_replica_stats_t *stats = zk_replica_stats(world_replica());
    int64_t before = stats->packets_sent;

    peer_ping(peer);
    peer_exists(peer, "/", false, NULL);
    CU_ASSERT_EQUAL(stats->packets_sent, before + 2);
    CU_ASSERT_EQUAL(stats->packets_received, before + 2);
    CU_ASSERT_EQUAL(stats->response_last_bytes, 16 + 68);
    CU_ASSERT_EQUAL(stats->outstanding, 0);
}

/* Thousands of names of 1 MB make a list that no frame holds: that must not end the server. */
static void lists_too_long_for_a_frame_are_refused(void)
{
    zk_get_children_request_t request = {zk_str("/"), true};
    zk_get_ephemerals_request_t ephemerals = {zk_str("/")};
    char path[300];
    frame_t frame;
    int i;

    world_options()->reply_bytes_max = 2000;
    world_restart();
    world_auto_sync(true);
    peer = peer_connect();
    memset(path, 'n', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = 0;
    for (i = 0; i < 9; i++) {
        path[1] = (char)('a' + i);
        CU_ASSERT_EQUAL(peer_create(peer, path, "", ZK_CREATE_EPHEMERAL), ZK_CODE_OK);
    }
    frame = peer_answer(
        peer, peer_send(peer, ZK_OP_GET_CHILDREN, &zk_record_get_children_request, &request));
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(frame.size, 16);
    CU_ASSERT_EQUAL(zk_watch_count(zk_replica_watches(world_replica())), 0);
    frame = peer_answer(peer, peer_send(peer, ZK_OP_GET_EPHEMERALS,
                                        &zk_record_get_ephemerals_request, &ephemerals));
    CU_ASSERT_EQUAL(frame.err, ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(frame.size, 16);
    CU_ASSERT_EQUAL(peer_children(peer, "/zookeeper", false), ZK_CODE_OK);
    world_options()->reply_bytes_max = 0;
}

static const zk_test_t tests[] = {
    {"a fresh server shows the built-in znodes", a_fresh_server_shows_the_built_in_znodes},
    {"the empty path is the root", the_empty_path_is_the_root},
    {"a missing znode beats missing permission", a_missing_znode_beats_missing_permission},
    {"null paths are marshalling errors except where they mean all",
     null_paths_are_marshalling_errors_except_where_they_mean_all},
    {"short bodies are marshalling errors", short_bodies_are_marshalling_errors},
    {"a NUL in the path of exists is a bad argument",
     a_nul_in_the_path_of_exists_is_a_bad_argument},
    {"bytes behind a request are ignored", bytes_behind_a_request_are_ignored},
    {"children are all listed", children_are_all_listed},
    {"all descendants are counted", all_descendants_are_counted},
    {"only the own ephemerals with the prefix are listed",
     only_the_own_ephemerals_with_the_prefix_are_listed},
    {"CVE-2019-0201: password digests are masked for those without ADMIN",
     password_digests_are_masked_for_those_without_admin},
    {"an open ACL is told as one entry", an_open_acl_is_told_as_one_entry},
    {"multiRead answers each and goes on after errors",
     multi_read_answers_each_and_goes_on_after_errors},
    {"a write in a multiRead is refused with a body",
     a_write_in_a_multi_read_is_refused_with_a_body},
    {"a null path breaks a multiRead off", a_null_path_breaks_a_multi_read_off},
    {"whoAmI lists the connection's identities", who_am_i_lists_the_connections_identities},
    {"enforced auth refuses everything else and closes",
     enforced_auth_refuses_everything_else_and_closes},
    {"replies are counted", replies_are_counted},
    {"lists too long for a frame are refused", lists_too_long_for_a_frame_are_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_read, "pipeline/read", tests, setup, world_teardown);
