/* wire_fixture.h -- what the tests of the wire room share: hexadecimal text, random records, a
 * counted arena. */
#ifndef WIRE_FIXTURE_H
#define WIRE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/random.h"
#include "wire/records.h"

/* Before and after each test: an arena, an empty buffer, a generator with a fixed seed. */
void wire_setup(void);
void wire_teardown(void);
zk_arena_t *wire_arena(void);
zk_buffer_t *wire_buffer(void);
zk_random_t *wire_random(void);

/* The bytes that TEXT spells (hex digits, spaces ignored), in zk_test_pool(). */
uint8_t *wire_hex(const char *text, size_t *size);

/* True when BUFFER holds exactly the bytes that TEXT spells; prints both when not. */
bool wire_buffer_is(const zk_buffer_t *buffer, const char *text);

/* A random record of kind DESC in the arena: nulls, empties, extremes, short vectors. */
void *wire_random_record(const zk_record_desc_t *desc);

/* Bytes the arena has handed out since the MARK that wire_arena_mark gave; SIZE_MAX when it had to
 * ask the system, which no test input justifies. */
const void *wire_arena_mark(void);
size_t wire_arena_used(const void *mark);

#endif
