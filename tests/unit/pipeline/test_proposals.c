/* test_proposals.c -- what a leader proposes is looked at before it is logged. */
#include "trio.h"

#include <string.h>

/* Offsets in a PROPOSAL packet: type, zxid, length, then the txn's header and body. */
enum { TXN_AT = 16, ZXID_LOW_AT = TXN_AT + 19, TYPE_AT = TXN_AT + 28, BODY_AT = TXN_AT + 32 };

static int32_t kind; /* what is done to each proposal */

static void spoil(uint8_t *packet, size_t size)
{
    if (zk_get_u32(packet) != ZK_PACKET_PROPOSAL || size < BODY_AT + 8)
        return;
    switch (kind) {
    case 0: /* a kind of txn that nobody knows */
        zk_put_u32(packet + TYPE_AT, 99);
        break;
    case 1: /* a path that is longer than the record */
        zk_put_u32(packet + BODY_AT, 0x7fffffff);
        break;
    case 2: /* another zxid inside */
        packet[ZXID_LOW_AT] ^= 0x40;
        break;
    default: /* the first operation of a multi is unknown */
        if (zk_get_u32(packet + TYPE_AT) == ZK_OP_MULTI)
            zk_put_u32(packet + BODY_AT + 4, 99);
        break;
    }
}

static void post_multi(guest_t *guest)
{
    zk_acl_t open = {31, {zk_str("world"), zk_str("anyone")}};
    zk_create_request_t create = {zk_str("/multi"), zk_str("v"), {1, &open}, 0};
    zk_buffer_t body = ZK_BUFFER_INIT;

    zk_multi_header_encode(&body, ZK_OP_CREATE2, false, -1);
    zk_record_encode(&zk_record_create_request, &create, &body);
    zk_multi_end_encode(&body);
    guest_post_raw(guest, ZK_OP_MULTI, zk_buffer_bytes(&body), zk_buffer_size(&body));
    zk_buffer_free(&body);
}

static int64_t logged(int member)
{
    return zk_zab_last_logged(zk_replica_zab(trio_replica(member)));
}

static void what_does_not_decode_is_never_logged_and_the_link_ends(void)
{
    static const char *const paths[] = {"/a", "/b", "/c"};
    guest_t *guest;
    int64_t before;
    int leader;
    int i;

    trio_start_all();
    for (kind = 0; kind < 4; kind++) {
        leader = trio_leader();
        guest = guest_connect(leader);
        CU_ASSERT_PTR_NOT_NULL_FATAL(guest);
        before = logged(leader);
        trio_tamper(spoil);
        if (kind == 3)
            post_multi(guest);
        else
            guest_post_create(guest, paths[kind], "", 0);
        trio_move();
        CU_ASSERT_EQUAL(logged(leader), before + 1);
        for (i = 0; i < 3; i++)
            if (i != leader) {
                CU_ASSERT_EQUAL(logged(i), before);
                CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(i)));
            }
        CU_ASSERT_FALSE(guest_next(guest).present);
        trio_tamper(NULL);
        trio_run(20000);
        CU_ASSERT_TRUE_FATAL(trio_settle(3));
        CU_ASSERT_TRUE(guest_is_closed(guest));
    }
}

static void an_observer_refuses_it_as_well(void)
{
    guest_t *guest;
    int64_t before;

    trio_end();
    trio_begin(3, 1);
    trio_start_all();
    guest = guest_connect(trio_leader());
    before = logged(2);
    kind = 0;
    trio_tamper(spoil);
    guest_post_create(guest, "/a", "", 0);
    trio_move();
    CU_ASSERT_EQUAL(logged(2), before);
    trio_tamper(NULL);
    trio_run(20000);
    CU_ASSERT_TRUE(trio_settle(3));
}

/* A leader may be configured to take more. */
static void what_we_could_not_read_back_is_never_logged(void)
{
    char data[3001];
    guest_t *guest;
    int64_t before;
    int small;

    memset(data, 'x', sizeof(data) - 1);
    data[sizeof(data) - 1] = '\0';
    trio_start_all();
    small = trio_follower(0);
    trio_stop(small);
    trio_options()->proposal_bytes_max = 3000;
    trio_start(small);
    CU_ASSERT_TRUE_FATAL(trio_settle(3));
    guest = guest_connect(trio_leader());
    CU_ASSERT_EQUAL(guest_create(guest, "/fits", "", 0).err, ZK_CODE_OK);
    CU_ASSERT_TRUE(trio_has(small, "/fits"));
    before = logged(small);
    CU_ASSERT_EQUAL(guest_create(guest, "/large", data, 0).err, ZK_CODE_OK);
    CU_ASSERT_EQUAL(logged(small), before);
    CU_ASSERT_FALSE(zk_replica_is_serving(trio_replica(small)));
    CU_ASSERT_TRUE(zk_replica_is_serving(trio_replica(trio_follower(0))));
}

static const zk_test_t tests[] = {
    {"what does not decode is never logged and the link ends",
     what_does_not_decode_is_never_logged_and_the_link_ends},
    {"an observer refuses it as well", an_observer_refuses_it_as_well},
    {"what we could not read back is never logged", what_we_could_not_read_back_is_never_logged},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_proposals, "pipeline/proposals", tests, trio_begin_three, trio_end);
