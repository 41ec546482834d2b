/* cells.c -- small pieces of memory in size classes.  See cells.h.
 *
 * Invariants
 *   1. A page is in its class's list of partial pages exactly while it has room, or in the
 *      spare list.
 *   2. live + free + never used cells of a page are its capacity; a page with live 0 is spare.
 *
 * Under the address sanitizer free cells are poisoned, and a live one is open for as many bytes as
 * were asked for. */
#include "tree/cells.h"

#include <string.h>

#include "base/sanitize.h"
#include "base/status.h"

#define PAGE_BYTES ((size_t)16 * 1024)
#define PAGES_PER_BLOCK_FIRST 4u
#define PAGES_PER_BLOCK 64u

struct zk_cell_page {
    zk_cell_page_t *next;
    zk_cell_page_t *prev;
    uint8_t *free; /* chain of freed cells */
    uint16_t class_number;
    uint16_t live;
    uint16_t used; /* cells ever given out since the page got its class */
    uint16_t capacity;
    uint8_t bytes[];
};

static unsigned class_of(size_t size)
{
    return size == 0 ? 0 : (unsigned)((size - 1) / 8);
}

static zk_cell_page_t *page_of(void *piece)
{
    return (zk_cell_page_t *)((uintptr_t)piece & ~(uintptr_t)(PAGE_BYTES - 1));
}

static void push(zk_cell_page_t **list, zk_cell_page_t *page)
{
    page->prev = NULL;
    page->next = *list;
    if (*list != NULL)
        (*list)->prev = page;
    *list = page;
}

static void take_out(zk_cell_page_t **list, zk_cell_page_t *page)
{
    if (page->prev != NULL)
        page->prev->next = page->next;
    else
        *list = page->next;
    if (page->next != NULL)
        page->next->prev = page->prev;
}

static void add_block(zk_cells_t *cells)
{
    uint32_t count = cells->blocks_count == 0 ? PAGES_PER_BLOCK_FIRST : PAGES_PER_BLOCK;
    uint8_t *block = zk_malloc((count + 1) * PAGE_BYTES);
    uintptr_t at = ((uintptr_t)block + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);

    cells->blocks = zk_realloc(cells->blocks, ((size_t)cells->blocks_count + 1) * sizeof(void *));
    cells->blocks[cells->blocks_count++] = block;
    cells->pages_count += count;
    while (count > 0)
        push(&cells->spare, (zk_cell_page_t *)(at + --count * PAGE_BYTES));
}

static zk_cell_page_t *open_page(zk_cells_t *cells, unsigned class_number)
{
    zk_cell_page_t *page;

    if (cells->spare == NULL)
        add_block(cells);
    page = cells->spare;
    take_out(&cells->spare, page);
    page->free = NULL;
    page->class_number = (uint16_t)class_number;
    page->live = 0;
    page->used = 0;
    page->capacity =
        (uint16_t)((PAGE_BYTES - sizeof(zk_cell_page_t)) / (((size_t)class_number + 1) * 8));
    push(&cells->partial[class_number], page);
    ZK_POISON(page->bytes, PAGE_BYTES - sizeof(zk_cell_page_t));
    return page;
}

void *zk_cells_alloc(zk_cells_t *cells, size_t size)
{
    unsigned class_number = class_of(size);
    zk_cell_page_t *page;
    uint8_t *cell;

    if (size > ZK_CELL_BYTES_MAX)
        return zk_malloc(size);
    page = cells->partial[class_number];
    if (page == NULL)
        page = open_page(cells, class_number);
    cell = page->free;
    if (cell != NULL) {
        ZK_UNPOISON(cell, sizeof(page->free));
        memcpy(&page->free, cell, sizeof(page->free));
        ZK_POISON(cell, sizeof(page->free));
    } else {
        cell = page->bytes + (size_t)page->used++ * (class_number + 1) * 8;
    }
    if (++page->live == page->capacity)
        take_out(&cells->partial[class_number], page);
    ZK_UNPOISON(cell, size);
    return cell;
}

void zk_cells_free(zk_cells_t *cells, void *piece, size_t size)
{
    unsigned class_number = class_of(size);
    zk_cell_page_t *page;

    if (piece == NULL)
        return;
    if (size > ZK_CELL_BYTES_MAX) {
        zk_free(piece);
        return;
    }
    page = page_of(piece);
    ZK_ASSERT(page->class_number == class_number && page->live > 0);
    if (page->live == page->capacity)
        push(&cells->partial[class_number], page);
    ZK_UNPOISON(piece, sizeof(page->free));
    memcpy(piece, &page->free, sizeof(page->free));
    ZK_POISON(piece, ((size_t)class_number + 1) * 8);
    page->free = piece;
    if (--page->live > 0)
        return;
    take_out(&cells->partial[class_number], page);
    push(&cells->spare, page);
}

void zk_cells_clear(zk_cells_t *cells)
{
    uint32_t i;

    for (i = 0; i < cells->blocks_count; i++) {
        size_t pages = i == 0 ? PAGES_PER_BLOCK_FIRST : PAGES_PER_BLOCK;

        ZK_UNPOISON(cells->blocks[i], (pages + 1) * PAGE_BYTES);
        zk_free(cells->blocks[i]);
    }
    zk_free(cells->blocks);
    memset(cells, 0, sizeof(*cells));
}
