/* fuzz_export_line.c -- a line of an export is understood in full or refused; what was understood
 * is written and read again as the same; and what a terminal shows of any bytes is printable. */
#include "fuzz.h"

#include <string.h>

#include "cli/dump.h"
#include "cli/output.h"
#include "wire/codec.h"

static void check_mask(const uint8_t *data, size_t size)
{
    zk_buffer_t shown = ZK_BUFFER_INIT;
    size_t i;

    zk_cli_mask(&shown, data, size);
    for (i = 0; i < zk_buffer_size(&shown); i++) {
        uint8_t byte = zk_buffer_bytes(&shown)[i];

        ZK_ASSERT((byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\t' ||
                  (byte == '\r' && zk_buffer_bytes(&shown)[i + 1] == '\n'));
    }
    zk_buffer_free(&shown);
}

static void check_same(const zk_cli_dump_t *a, const zk_cli_dump_t *b)
{
    int32_t i;

    ZK_ASSERT(a->line == b->line);
    if (a->line != ZK_CLI_LINE_ZNODE)
        return;
    ZK_ASSERT(zk_str_equal(a->path, b->path) && zk_str_equal(a->data, b->data));
    ZK_ASSERT(a->kind == b->kind && a->next_sequence == b->next_sequence);
    ZK_ASSERT(a->acl.count == b->acl.count && a->acl.count > 0);
    for (i = 0; i < a->acl.count; i++)
        ZK_ASSERT(zk_record_equal(&zk_record_acl, &a->acl.items[i], &b->acl.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    zk_arena_t *arena = zk_arena_create();
    zk_buffer_t line = ZK_BUFFER_INIT;
    zk_cli_dump_t dump;
    zk_cli_dump_t again;
    zk_note_t note;

    check_mask(data, size);
    if (zk_cli_dump_read(&dump, zk_str_n((const char *)data, size), arena, &note)) {
        zk_cli_dump_write(&line, &dump);
        ZK_ASSERT(zk_cli_dump_read(
            &again, zk_str_n((const char *)zk_buffer_bytes(&line), zk_buffer_size(&line)), arena,
            &note));
        check_same(&dump, &again);
    }
    zk_buffer_free(&line);
    zk_arena_destroy(arena);
    return 0;
}
