/* arena.c -- bump allocation in a chain of chunks.
 *
 * Chunks are filled in order; a reset starts again at the first one.  A chunk that is too small for
 * a request is skipped until the next reset, and a new chunk of sufficient size is linked behind
 * it.  Between passes up to KEEP_BYTES stay allocated, so a warm arena asks the system for nothing.
 *
 * Invariants
 *   1. `current` is in the chain, and every chunk behind it is empty.
 *   2. Every pointer handed out is aligned for any type and lies in a chunk at or before `current`.
 */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/sanitize.h"
#include "base/status.h"

#define CHUNK_BYTES ((size_t)64 * 1024)
#define KEEP_BYTES ((size_t)1024 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

typedef struct chunk {
    struct chunk *next;
    size_t capacity;
    size_t used;
    _Alignas(max_align_t) uint8_t bytes[];
} chunk_t;

struct zk_arena {
    chunk_t *first;
    chunk_t *current;
};

static chunk_t *create_chunk(size_t size)
{
    size_t capacity = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    chunk_t *chunk = zk_malloc(sizeof(*chunk) + capacity);

    chunk->next = NULL;
    chunk->capacity = capacity;
    chunk->used = 0;
    ZK_POISON(chunk->bytes, capacity);
    return chunk;
}

static void destroy_chunk(chunk_t *chunk)
{
    ZK_UNPOISON(chunk->bytes, chunk->capacity);
    zk_free(chunk);
}

zk_arena_t *zk_arena_create(void)
{
    zk_arena_t *arena = zk_malloc(sizeof(*arena));

    arena->first = create_chunk(CHUNK_BYTES);
    arena->current = arena->first;
    return arena;
}

void zk_arena_destroy(zk_arena_t *arena)
{
    chunk_t *chunk;

    if (arena == NULL)
        return;
    chunk = arena->first;
    while (chunk != NULL) {
        chunk_t *next = chunk->next;
        destroy_chunk(chunk);
        chunk = next;
    }
    zk_free(arena);
}

/* Make a chunk with room for SIZE the current one. */
static void next_chunk(zk_arena_t *arena, size_t size)
{
    chunk_t *next = arena->current->next;

    if (next == NULL || next->capacity < size) {
        next = create_chunk(size);
        next->next = arena->current->next;
        arena->current->next = next;
    }
    arena->current = next;
    ZK_ASSERT(next->used == 0);
}

void *zk_arena_alloc(zk_arena_t *arena, size_t size)
{
    chunk_t *chunk = arena->current;
    size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    void *memory;

    ZK_ASSERT(rounded >= size);
    if (rounded == 0)
        rounded = ALIGNMENT;
    if (chunk->capacity - chunk->used < rounded) {
        next_chunk(arena, rounded);
        chunk = arena->current;
    }
    memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    ZK_UNPOISON(memory, size);
    return memory;
}

void *zk_arena_calloc(zk_arena_t *arena, size_t count, size_t size)
{
    void *memory;

    ZK_ASSERT(size == 0 || count <= SIZE_MAX / size);
    memory = zk_arena_alloc(arena, count * size);
    memset(memory, 0, count * size);
    return memory;
}

char *zk_arena_copy(zk_arena_t *arena, const void *data, size_t size)
{
    char *copy;

    ZK_ASSERT(size < SIZE_MAX);
    copy = zk_arena_alloc(arena, size + 1);
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

void zk_arena_reset(zk_arena_t *arena)
{
    chunk_t **link = &arena->first;
    size_t kept = 0;

    while (*link != NULL) {
        chunk_t *chunk = *link;

        if (kept + chunk->capacity > KEEP_BYTES) { /* never the first: create made it small */
            *link = chunk->next;
            destroy_chunk(chunk);
            continue;
        }
        kept += chunk->capacity;
        if (chunk->used > 0)
            ZK_POISON(chunk->bytes, chunk->used);
        chunk->used = 0;
        link = &chunk->next;
    }
    arena->current = arena->first;
}
