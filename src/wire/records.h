/* records.h -- the jute records as C structs, generated from records.def.
 *
 * Strings and buffers are views (zk_str_t) into the bytes that were decoded, or into whatever the caller of
 * the encoder points them at: a decoded record is good as long as those bytes.  Vectors have their items in
 * the arena given to the decoder.  count -1 is jute's null vector.
 *
 * A record X gives zk_X_t, zk_X_vector_t and the descriptor zk_record_X for wire/codec.h. */
#ifndef ZK_WIRE_RECORDS_H
#define ZK_WIRE_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct zk_str_vector {
    int32_t count; /* -1: null */
    zk_str_t *items;
} zk_str_vector_t;

typedef struct zk_record_desc zk_record_desc_t;

#define ZK_RECORD(r) typedef struct zk_##r {
#define ZK_F_BOOL(r, f) bool f;
#define ZK_F_INT(r, f) int32_t f;
#define ZK_F_LONG(r, f) int64_t f;
#define ZK_F_STRING(r, f) zk_str_t f;
#define ZK_F_BYTES(r, f) zk_str_t f;
#define ZK_F_RECORD(r, f, type) zk_##type##_t f;
#define ZK_F_STRINGS(r, f) zk_str_vector_t f;
#define ZK_F_VECTOR(r, f, type) zk_##type##_vector_t f;
#define ZK_END(r)                                                                                  \
    }                                                                                              \
    zk_##r##_t;                                                                                    \
    typedef struct zk_##r##_vector {                                                               \
        int32_t count;                                                                             \
        zk_##r##_t *items;                                                                         \
    } zk_##r##_vector_t;                                                                           \
    extern const zk_record_desc_t zk_record_##r;
#include "wire/records.def"
#undef ZK_RECORD
#undef ZK_F_BOOL
#undef ZK_F_INT
#undef ZK_F_LONG
#undef ZK_F_STRING
#undef ZK_F_BYTES
#undef ZK_F_RECORD
#undef ZK_F_STRINGS
#undef ZK_F_VECTOR
#undef ZK_END

#endif
