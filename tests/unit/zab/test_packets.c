/* test_packets.c -- the packets between servers, byte for byte as upstream's servers write them. */
#include "lib/zk_test.h"

#include <string.h>

#include "base/status.h"
#include "cluster.h"

/* Does the first packet of TYPE from FROM to TO have exactly the bytes in HEX? */
static bool is_sent(int64_t from, int64_t to, int32_t type, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = cluster_find(0, from, to, type, -2);
    size_t i = 0;

    if (at == SIZE_MAX)
        return false;
    for (; *hex != '\0'; hex++) {
        const char *high = strchr(digits, *hex);

        if (*hex == ' ')
            continue;
        if (i == cluster_trace[at].size ||
            (uint8_t)cluster_trace[at].bytes[i] !=
                (uint8_t)((high - digits) << 4 | (strchr(digits, *++hex) - digits)))
            return false;
        i++;
    }
    return i == cluster_trace[at].size;
}

static void a_fresh_ensemble_says_what_upstream_says(void)
{
    cluster_start_all(3, 3);
    CU_ASSERT_TRUE(is_sent(1, 3, ZK_PACKET_FOLLOWERINFO,
                           "0000000b 00000000 00000000 00000014 00000000 00000001 00010000 "
                           "00000000 00000000 ffffffff"));
    CU_ASSERT_TRUE(is_sent(3, 1, ZK_PACKET_LEADERINFO,
                           "00000011 00000001 00000000 00000004 00010000 ffffffff"));
    CU_ASSERT_TRUE(
        is_sent(1, 3, ZK_PACKET_ACKEPOCH, "00000012 00000000 00000000 00000004 00000000 ffffffff"));
    CU_ASSERT_TRUE(is_sent(3, 1, ZK_PACKET_DIFF, "0000000d 00000000 00000000 ffffffff ffffffff"));
    CU_ASSERT_TRUE(is_sent(3, 1, ZK_PACKET_NEWLEADER,
                           "0000000a 00000001 00000000 00000009 76657273 696f6e3d 30 ffffffff"));
    CU_ASSERT_TRUE(is_sent(1, 3, ZK_PACKET_ACK, "00000003 00000001 00000000 ffffffff ffffffff"));
    CU_ASSERT_TRUE(
        is_sent(3, 1, ZK_PACKET_UPTODATE, "0000000c ffffffff ffffffff ffffffff ffffffff"));
    CU_ASSERT_EQUAL(cluster_count(1, 3, ZK_PACKET_ACK), 2);
}

static void a_write_goes_round_in_upstreams_bytes(void)
{
    size_t at;

    cluster_start_all(3, 3);
    at = cluster_traced;
    cluster_propose(0x0102030405060708);
    cluster_settle();
    CU_ASSERT_TRUE(is_sent(3, 2, ZK_PACKET_PROPOSAL,
                           "00000002 00000001 00000001 00000008 01020304 05060708 ffffffff"));
    CU_ASSERT_NOT_EQUAL(cluster_find(at, 2, 3, ZK_PACKET_ACK, 0x100000001), SIZE_MAX);
    CU_ASSERT_TRUE(is_sent(3, 2, ZK_PACKET_COMMIT, "00000004 00000001 00000001 ffffffff ffffffff"));
    CU_ASSERT_EQUAL(cluster_trace[cluster_find(at, 2, 3, ZK_PACKET_ACK, 0x100000001)].size, 20);
}

static void an_observer_is_introduced_and_informed(void)
{
    zk_zab_options_t *options;
    int64_t sid;

    for (sid = 1; sid <= 3; sid++)
        cluster_add(sid, 3)->config_version = 0x100000003;
    options = cluster_add(4, 3);
    options->config_version = 0x100000003;
    cluster_servers[4].accepted_epoch = cluster_servers[4].current_epoch = 1;
    for (sid = 1; sid <= 4; sid++)
        cluster_start(sid);
    cluster_run(1000);
    CU_ASSERT_TRUE(is_sent(4, cluster_leader(), ZK_PACKET_OBSERVERINFO,
                           "00000010 00000001 00000000 00000014 00000000 00000004 00010000 "
                           "00000001 00000003 ffffffff"));
    cluster_propose(1);
    cluster_settle();
    CU_ASSERT_EQUAL(cluster_count(cluster_leader(), 4, ZK_PACKET_INFORM), 1);
}

static void a_ping_carries_the_last_proposal_and_an_answer_is_never_null(void)
{
    cluster_start_all(3, 3);
    cluster_propose(1);
    cluster_run(CLUSTER_TICK_MS);
    CU_ASSERT_NOT_EQUAL(cluster_find(0, 3, 1, ZK_PACKET_PING, 0x100000001), SIZE_MAX);
    CU_ASSERT_TRUE(is_sent(3, 1, ZK_PACKET_PING, "00000005 00000001 00000000 ffffffff ffffffff"));
    CU_ASSERT_TRUE(is_sent(1, 3, ZK_PACKET_PING, "00000005 00000001 00000000 00000000 ffffffff"));
}

static void a_rejoin_in_the_same_epoch_acks_with_minus_one(void)
{
    cluster_start_all(3, 3);
    cluster_propose(1);
    cluster_propose(2);
    cluster_settle();
    cluster_traced = 0;
    cluster_crash(1);
    cluster_start(1);
    cluster_run(1000);
    CU_ASSERT_TRUE(
        is_sent(1, 3, ZK_PACKET_ACKEPOCH, "00000012 00000001 00000002 00000004 ffffffff ffffffff"));
    CU_ASSERT_TRUE(is_sent(3, 1, ZK_PACKET_DIFF, "0000000d 00000001 00000002 ffffffff ffffffff"));
}

static const zk_test_t tests[] = {
    {"a fresh ensemble says what upstream says", a_fresh_ensemble_says_what_upstream_says},
    {"a write goes round in upstream's bytes", a_write_goes_round_in_upstreams_bytes},
    {"an observer is introduced and informed", an_observer_is_introduced_and_informed},
    {"a ping carries the last proposal, and an answer is never null",
     a_ping_carries_the_last_proposal_and_an_answer_is_never_null},
    {"a rejoin in the same epoch acks with -1", a_rejoin_in_the_same_epoch_acks_with_minus_one},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_packets, "zab/packets", tests, cluster_setup, cluster_teardown);
