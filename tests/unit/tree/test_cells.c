/* test_cells.c -- pieces of every size keep their bytes; pages change their size when empty. */
#include "tree/cells.h"

#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "base/status.h"
#include "lib/zk_test.h"

#define PIECES 3000

static zk_cells_t cells;

static void setup(void)
{
    memset(&cells, 0, sizeof(cells));
}

static void teardown(void)
{
    zk_cells_clear(&cells);
}

static bool is_filled(const uint8_t *piece, size_t size, uint8_t with)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (piece[i] != with)
            return false;
    return true;
}

static void pieces_of_random_sizes_keep_their_bytes(void)
{
    static uint8_t *pieces[PIECES];
    static size_t sizes[PIECES];
    zk_random_t random;
    int damaged = 0;
    int i;

    memset(pieces, 0, sizeof(pieces));
    zk_random_seed(&random, 3);
    for (i = 0; i < 60000; i++) {
        size_t at = (size_t)zk_random_below(&random, PIECES);

        if (pieces[at] != NULL) {
            damaged += !is_filled(pieces[at], sizes[at], (uint8_t)at);
            zk_cells_free(&cells, pieces[at], sizes[at]);
        }
        sizes[at] = (size_t)zk_random_below(&random, ZK_CELL_BYTES_MAX + 30);
        pieces[at] = zk_cells_alloc(&cells, sizes[at]);
        damaged += (uintptr_t)pieces[at] % 8 != 0;
        memset(pieces[at], (int)(uint8_t)at, sizes[at]);
    }
    CU_ASSERT_EQUAL(damaged, 0);
    for (i = 0; i < PIECES; i++)
        zk_cells_free(&cells, pieces[i], sizes[i]);
    for (i = 0; i < ZK_CELL_CLASSES; i++)
        CU_ASSERT_PTR_NULL(cells.partial[i]);
}

/* As when all data of a tree grows: the memory of the small must serve the large. */
static void empty_pages_serve_other_sizes(void)
{
    static void *pieces[20000];
    uint32_t pages;
    int i;

    for (i = 0; i < 20000; i++)
        pieces[i] = zk_cells_alloc(&cells, 40);
    pages = cells.pages_count;
    for (i = 0; i < 20000; i++)
        zk_cells_free(&cells, pieces[i], 40);
    for (i = 0; i < 9000; i++)
        pieces[i] = zk_cells_alloc(&cells, 80);
    CU_ASSERT_EQUAL(cells.pages_count, pages);
    for (i = 0; i < 9000; i++)
        zk_cells_free(&cells, pieces[i], 80);
}

static void holes_in_full_pages_are_filled_again(void)
{
    static void *pieces[20000];
    uint32_t pages;
    int i;

    for (i = 0; i < 20000; i++)
        pieces[i] = zk_cells_alloc(&cells, 100);
    pages = cells.pages_count;
    for (i = 0; i < 20000; i += 2)
        zk_cells_free(&cells, pieces[i], 100);
    for (i = 0; i < 20000; i += 2)
        pieces[i] = zk_cells_alloc(&cells, 100);
    CU_ASSERT_EQUAL(cells.pages_count, pages);
    for (i = 0; i < 20000; i++)
        zk_cells_free(&cells, pieces[i], 100);
}

static void small_pieces_cost_little_more_than_themselves(void)
{
    static void *pieces[20000];
    int i;

    for (i = 0; i < 20000; i++)
        pieces[i] = zk_cells_alloc(&cells, 145);
    CU_ASSERT_TRUE((double)cells.pages_count * 16384 / 20000 < 165);
    for (i = 0; i < 20000; i++)
        zk_cells_free(&cells, pieces[i], 145);
}

static void null_is_accepted(void)
{
    zk_cells_free(&cells, NULL, 7);
    CU_ASSERT_EQUAL(cells.pages_count, 0);
}

static const zk_test_t tests[] = {
    {"pieces of random sizes keep their bytes", pieces_of_random_sizes_keep_their_bytes},
    {"empty pages serve other sizes", empty_pages_serve_other_sizes},
    {"holes in full pages are filled again", holes_in_full_pages_are_filled_again},
    {"small pieces cost little more than themselves",
     small_pieces_cost_little_more_than_themselves},
    {"null is accepted", null_is_accepted},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_cells, "tree/cells", tests, setup, teardown);
