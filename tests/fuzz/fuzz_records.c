/* fuzz_records.c -- the codec, for all kinds of records: the first byte selects the kind, the rest
 * is the encoded record.
 *
 * What decodes must encode to as many bytes as were read, decode again, be equal, and print. */
#include "fuzz.h"

#include "wire/codec.h"
#include "wire/describe.h"

static size_t count_kinds(void)
{
    size_t count = 0;

    while (zk_record_all[count] != NULL)
        count++;
    return count;
}

static void check_decoded(const zk_record_desc_t *desc, const void *record, size_t bytes,
                          zk_arena_t *arena)
{
    zk_buffer_t encoded = ZK_BUFFER_INIT;
    zk_buffer_t text = ZK_BUFFER_INIT;
    void *again = zk_arena_calloc(arena, 1, zk_record_struct_bytes(desc));
    zk_reader_t reader;

    zk_record_encode(desc, record, &encoded);
    ZK_ASSERT(zk_buffer_size(&encoded) == bytes);
    reader = zk_reader(zk_buffer_bytes(&encoded), bytes);
    ZK_ASSERT(zk_record_decode(desc, again, &reader, arena));
    ZK_ASSERT(zk_reader_left(&reader) == 0);
    ZK_ASSERT(zk_record_equal(desc, record, again));
    zk_record_print(desc, record, &text);
    ZK_ASSERT(zk_buffer_size(&text) > 2);
    zk_buffer_free(&encoded);
    zk_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const zk_record_desc_t *desc;
    zk_arena_t *arena;
    zk_reader_t reader;
    void *record;

    if (size == 0)
        return 0;
    desc = zk_record_all[data[0] % count_kinds()];
    arena = zk_arena_create();
    record = zk_arena_calloc(arena, 1, zk_record_struct_bytes(desc));
    reader = zk_reader(data + 1, size - 1);
    if (zk_record_decode(desc, record, &reader, arena))
        check_decoded(desc, record, size - 1 - zk_reader_left(&reader), arena);
    else
        ZK_ASSERT(reader.failed);
    zk_arena_destroy(arena);
    return 0;
}
