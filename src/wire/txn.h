/* txn.h -- a logged transaction: header, body, digest.  One decoded form for the log, the tree and the tools.
 *
 * Facts: upstream SerializeUtils.java, FileTxnLog.java; txn bodies are records.def's *_txn. */
#ifndef ZK_WIRE_TXN_H
#define ZK_WIRE_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/records.h"

/* No server gets this far: 2^31 - 1 epochs.  What claims to be beyond is damaged, and leaves no room
 * to count on. */
#define ZK_ZXID_MAX INT64_C(0x7ffffffeffffffff)

/* The body of a transaction, as its type names it. */
typedef union zk_txn_body {
    zk_create_txn_t create; /* 1, 15; parent_cversion -1 where a V0 record had none */
    zk_create_container_txn_t create_container; /* 19 */
    zk_create_ttl_txn_t create_ttl;             /* 21 */
    zk_delete_txn_t delete_;                    /* 2, 20 */
    zk_set_data_txn_t set_data;                 /* 5, 16 */
    zk_set_acl_txn_t set_acl;                   /* 7 */
    zk_check_version_txn_t check;               /* 13, inside multi */
    zk_create_session_txn_t create_session;     /* -10 */
    zk_close_session_txn_t close_session;       /* -11; count -1 where the record had no body */
    zk_error_txn_t error;                       /* -1 */
    zk_multi_txn_t multi;                       /* 14: entries still encoded, see zk_txn_decode_body */
} zk_txn_body_t;

typedef struct zk_txn_decoded {
    zk_txn_header_t header;
    zk_txn_body_t body;
    bool has_digest;
    zk_txn_digest_t digest; /* of the tree after this txn */
} zk_txn_decoded_t;

/* Decode one whole record payload (SIZE bytes at DATA).  Views into DATA, vectors in ARENA.  False when the
 * body is shorter than its type needs or the type is unknown. */
bool zk_txn_decode(zk_txn_decoded_t *txn, const void *data, size_t size, zk_arena_t *arena);

/* Decode a body of TYPE alone (an entry of a multi). */
bool zk_txn_decode_body(zk_txn_body_t *body, int32_t type, zk_reader_t *reader, zk_arena_t *arena);

/* Append header and body, and the digest where HAS_DIGEST. */
void zk_txn_encode(const zk_txn_decoded_t *txn, zk_buffer_t *buffer);

/* Append a body of TYPE alone. */
void zk_txn_encode_body(const zk_txn_body_t *body, int32_t type, zk_buffer_t *buffer);

#endif
