/* multi.h -- the irregular list of multi and multiRead: header, record, header, record, ..., end marker.
 *
 * Facts: upstream MultiOperationRecord.java, MultiResponse.java; client-visible rules in the protocol notes. */
#ifndef ZK_WIRE_MULTI_H
#define ZK_WIRE_MULTI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/records.h"

/* One operation of a multi, with the record its type names. */
typedef struct zk_multi_op {
    int32_t type; /* a zk_opcode_t, normalised as upstream's reader does */
    union {
        zk_create_request_t create; /* types 1, 15, 19 */
        zk_create_ttl_request_t create_ttl;
        zk_delete_request_t delete_;
        zk_set_data_request_t set_data;
        zk_check_version_request_t check;
        zk_get_data_request_t get_data; /* multiRead */
        zk_get_children_request_t get_children;
    } request;
} zk_multi_op_t;

typedef struct zk_multi_request {
    int32_t count;
    zk_multi_op_t *ops; /* in the arena */
} zk_multi_request_t;

typedef enum zk_multi_kind { ZK_MULTI_WRITE, ZK_MULTI_READ } zk_multi_kind_t;

/* Decode the body of opcode 14 (KIND write) or 22 (KIND read).  Sub-requests are normalised: create and
 * create2 with flag 4 become createContainer, createTTL with a non-TTL flag becomes create; TTL flags under
 * 1, 15, 19 and unknown flags fail.  Returns false on undecodable bytes or a sub-opcode that KIND does not
 * allow; for multiRead a write sub-op does not fail the decoding: *INVALID_AT then gives its index (else -1)
 * and COUNT stops there, because upstream answers the reads before it.  INVALID_AT may be NULL for writes. */
bool zk_multi_decode(zk_multi_request_t *request, zk_multi_kind_t kind, int32_t *invalid_at,
                     zk_reader_t *reader, zk_arena_t *arena);

/* Append one header of the list: TYPE, not done, ERR. */
void zk_multi_header_encode(zk_buffer_t *buffer, int32_t type, bool done, int32_t err);

/* Append the end marker {-1, done, -1}. */
void zk_multi_end_encode(zk_buffer_t *buffer);

/* Append an error entry: header {-1, not done, ERR} and ErrorResponse{ERR}. */
void zk_multi_error_encode(zk_buffer_t *buffer, int32_t err);

#endif
