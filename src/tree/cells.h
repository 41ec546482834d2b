/* cells.h -- private to tree/: small pieces of memory in size classes, eight bytes apart.
 *
 * A million znodes have a million short texts, and malloc would add 8 to 23 bytes to each.  Here a
 * page of 16 KB holds cells of one size; its address gives the page, so a cell has no header.  A
 * page without live cells can serve any other size.  Pages come in blocks and go back all at once.
 * Pieces above ZK_CELL_BYTES_MAX are malloc's. */
#ifndef ZK_TREE_CELLS_H
#define ZK_TREE_CELLS_H

#include <stddef.h>
#include <stdint.h>

#define ZK_CELL_BYTES_MAX 512
#define ZK_CELL_CLASSES (ZK_CELL_BYTES_MAX / 8)

typedef struct zk_cell_page zk_cell_page_t;

typedef struct zk_cells {
    zk_cell_page_t *partial[ZK_CELL_CLASSES]; /* pages with room, by class */
    zk_cell_page_t *spare;                    /* pages of no class */
    void **blocks;
    uint32_t blocks_count;
    uint32_t pages_count;
} zk_cells_t;

/* SIZE bytes of undefined content, aligned for 64-bit numbers; size 0 gives a piece too. */
void *zk_cells_alloc(zk_cells_t *cells, size_t size);

/* Give back PIECE (may be NULL), which was asked for with SIZE. */
void zk_cells_free(zk_cells_t *cells, void *piece, size_t size);

/* Give all pages back at once; pieces above the maximum must have been freed one by one.  CELLS is
 * then empty. */
void zk_cells_clear(zk_cells_t *cells);

#endif
