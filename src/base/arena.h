/* arena.h -- scratch memory of one pass: bump allocation, freed all at once, no system call after
 * warm-up.
 *
 * The brain decodes requests and builds replies in one; zk_arena_reset at the top of each step.
 * Pointers from it die there. */
#ifndef ZK_BASE_ARENA_H
#define ZK_BASE_ARENA_H

#include <stddef.h>

typedef struct zk_arena zk_arena_t;

zk_arena_t *zk_arena_create(void);
void zk_arena_destroy(zk_arena_t *arena);

/* SIZE bytes aligned for any type, undefined content. */
void *zk_arena_alloc(zk_arena_t *arena, size_t size);

/* COUNT * SIZE zeroed bytes; aborts on overflow (the caller has checked counts against bytes left).
 */
void *zk_arena_calloc(zk_arena_t *arena, size_t count, size_t size);

/* A copy of SIZE bytes with a NUL behind. */
char *zk_arena_copy(zk_arena_t *arena, const void *data, size_t size);

/* Forget everything; keeps at most a bounded amount of memory for the next pass. */
void zk_arena_reset(zk_arena_t *arena);

#endif
