/* test_moves.c -- sessions that move while their writes are under way.
 *
 * Some clients number their requests anew after they reconnect, so a write of the old connection
 * and one of the new bear the same session, number and type.  Each is answered with its own. */
#include <string.h>

#include "trio.h"

static bool is_path(const answer_t *answer, const char *path)
{
    zk_reader_t reader = zk_reader(answer->body, answer->size);

    return answer->present && answer->err == ZK_CODE_OK &&
           zk_str_equal_c(zk_read_str(&reader), path);
}

static void hold_disks(int voters, bool on)
{
    int i;

    for (i = 0; i < voters; i++)
        if (i != trio_leader())
            trio_hold_disk(i, on);
}

/* A write of a session at server FROM is under way; the session moves to TO and writes again. */
static void write_and_move(int voters, int from, int to)
{
    guest_t *old = guest_connect(from);
    guest_t *moved;
    answer_t answer;
    int32_t first, second = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(old);
    hold_disks(voters, true);
    first = guest_post_create(old, "/first", "", 0);
    trio_move();
    CU_ASSERT_FALSE(guest_next(old).present);
    guest_leave(old);
    moved = guest_renew(to, old);
    if (guest_is_welcome(moved)) { /* otherwise it is not read from yet */
        second = guest_post_create(moved, "/second", "", 0);
        trio_move();
    }
    hold_disks(voters, false);
    trio_run(500);
    CU_ASSERT_TRUE(guest_is_welcome(moved));
    if (second == 0) {
        second = guest_post_create(moved, "/second", "", 0);
        trio_run(500);
    }
    CU_ASSERT_EQUAL(first, second);
    answer = guest_next(moved);
    CU_ASSERT_EQUAL(answer.xid, second);
    CU_ASSERT_TRUE(is_path(&answer, "/second"));
    CU_ASSERT_TRUE(trio_has(to, "/first"));
    CU_ASSERT_FALSE(guest_next(moved).present);
}

static void a_write_is_answered_with_its_own_txn_on_a_follower(void)
{
    trio_start_all();
    write_and_move(3, trio_follower(0), trio_follower(1));
}

static void a_write_is_answered_with_its_own_txn_on_the_leader(void)
{
    trio_start_all();
    write_and_move(3, trio_follower(0), trio_leader());
}

static void a_write_is_answered_with_its_own_txn_on_an_observer(void)
{
    trio_end();
    trio_begin(4, 1);
    trio_start_all();
    write_and_move(3, trio_leader() == 0 ? 1 : 0, 3);
}

static const zk_test_t tests[] = {
    {"a write is answered with its own txn on a follower",
     a_write_is_answered_with_its_own_txn_on_a_follower},
    {"a write is answered with its own txn on the leader",
     a_write_is_answered_with_its_own_txn_on_the_leader},
    {"a write is answered with its own txn on an observer",
     a_write_is_answered_with_its_own_txn_on_an_observer},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_moves, "pipeline/moves", tests, trio_begin_three, trio_end);
