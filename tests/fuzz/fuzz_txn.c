/* fuzz_txn.c -- payloads of log records, and the entries of a multi among them.
 *
 * What decodes is written once and read again; from then on writing must change nothing. */
#include "fuzz.h"

#include <string.h>

#include "wire/codec.h"
#include "wire/opcode.h"
#include "wire/txn.h"

static void check_entries(const zk_multi_txn_t *multi, zk_arena_t *arena)
{
    int32_t i;

    for (i = 0; i < multi->txns.count; i++) {
        const zk_txn_t *entry = &multi->txns.items[i];
        zk_buffer_t encoded = ZK_BUFFER_INIT;
        zk_txn_body_t body;
        zk_reader_t reader;

        if (zk_str_is_null(entry->data))
            continue;
        reader = zk_reader(entry->data.data, zk_str_size(entry->data));
        if (zk_txn_decode_body(&body, entry->type, &reader, arena))
            zk_txn_encode_body(&body, entry->type, &encoded);
        zk_buffer_free(&encoded);
    }
}

/* A closeSession with a list of two empty paths and no digest looks like one with a digest alone,
 * and is read as that; no server writes it. */
static bool is_ambiguous(const zk_txn_decoded_t *txn)
{
    return txn->header.type == ZK_OP_CLOSE_SESSION && !txn->has_digest &&
           txn->body.close_session.paths2_delete.count == 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    zk_arena_t *arena = zk_arena_create();
    zk_buffer_t first = ZK_BUFFER_INIT;
    zk_buffer_t second = ZK_BUFFER_INIT;
    zk_txn_decoded_t txn;

    if (zk_txn_decode(&txn, data, size, arena) && !is_ambiguous(&txn)) {
        if (txn.header.type == ZK_OP_MULTI)
            check_entries(&txn.body.multi, arena);
        zk_txn_encode(&txn, &first);
        ZK_ASSERT(zk_txn_decode(&txn, zk_buffer_bytes(&first), zk_buffer_size(&first), arena));
        zk_txn_encode(&txn, &second);
        ZK_ASSERT(zk_buffer_size(&first) == zk_buffer_size(&second));
        ZK_ASSERT(
            memcmp(zk_buffer_bytes(&first), zk_buffer_bytes(&second), zk_buffer_size(&first)) == 0);
    }
    zk_buffer_free(&first);
    zk_buffer_free(&second);
    zk_arena_destroy(arena);
    return 0;
}
