/* test_arena.c -- scratch memory of one pass. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "lib/zk_test.h"

static zk_arena_t *arena;

static void create_arena(void)
{
    arena = zk_arena_create();
}

static void destroy_arena(void)
{
    zk_arena_destroy(arena);
}

static void pieces_are_aligned_and_apart(void)
{
    uint8_t *pieces[1000];
    size_t i;
    size_t wrong = 0;

    for (i = 0; i < 1000; i++) {
        pieces[i] = zk_arena_alloc(arena, i);
        memset(pieces[i], (int)(i % 251), i);
        wrong += (uintptr_t)pieces[i] % _Alignof(max_align_t) != 0;
    }
    for (i = 1; i < 1000; i++)
        wrong += pieces[i][0] != i % 251 || pieces[i][i - 1] != i % 251;
    CU_ASSERT_EQUAL(wrong, 0);
}

static void a_large_piece_has_a_chunk_of_its_own(void)
{
    char *small = zk_arena_copy(arena, "small", 5);
    uint8_t *large = zk_arena_calloc(arena, 1000, 1000);
    char *after = zk_arena_copy(arena, "after", 5);

    CU_ASSERT_EQUAL(large[0], 0);
    CU_ASSERT_EQUAL(large[999999], 0);
    memset(large, 0xff, 1000000);
    CU_ASSERT_STRING_EQUAL(small, "small");
    CU_ASSERT_STRING_EQUAL(after, "after");
}

static void a_copy_ends_with_a_nul(void)
{
    CU_ASSERT_STRING_EQUAL(zk_arena_copy(arena, "abcdef", 3), "abc");
    CU_ASSERT_STRING_EQUAL(zk_arena_copy(arena, NULL, 0), "");
}

static void a_warm_arena_hands_out_the_same_memory(void)
{
    void *first[40];
    int pass;
    size_t i;
    size_t moved = 0;

    for (pass = 0; pass < 10; pass++) {
        for (i = 0; i < 40; i++) {
            void *piece = zk_arena_alloc(arena, 10000);

            if (pass == 0)
                first[i] = piece;
            moved += piece != first[i];
        }
        zk_arena_reset(arena);
    }
    CU_ASSERT_EQUAL(moved, 0);
}

static void zeroed_memory_is_zero_after_a_reset_too(void)
{
    uint8_t *piece;

    memset(zk_arena_alloc(arena, 5000), 0xaa, 5000);
    zk_arena_reset(arena);
    piece = zk_arena_calloc(arena, 5, 1000);
    CU_ASSERT_EQUAL(piece[0], 0);
    CU_ASSERT_EQUAL(piece[4999], 0);
}

static void many_passes_of_changing_size_keep_working(void)
{
    size_t pass;

    for (pass = 1; pass < 200; pass++) {
        size_t i;

        for (i = 0; i < pass; i++)
            memset(zk_arena_alloc(arena, pass * 97), (int)pass, pass * 97);
        zk_arena_reset(arena);
    }
    CU_ASSERT_PTR_NOT_NULL(zk_arena_alloc(arena, 1));
}

static const zk_test_t tests[] = {
    {"pieces are aligned and apart", pieces_are_aligned_and_apart},
    {"a large piece has a chunk of its own", a_large_piece_has_a_chunk_of_its_own},
    {"a copy ends with a NUL", a_copy_ends_with_a_nul},
    {"a warm arena hands out the same memory", a_warm_arena_hands_out_the_same_memory},
    {"zeroed memory is zero after a reset too", zeroed_memory_is_zero_after_a_reset_too},
    {"many passes of changing size keep working", many_passes_of_changing_size_keep_working},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_arena, "base/arena", tests, create_arena, destroy_arena);
