/* codec.h -- one decoder, encoder, printer and comparer for all records, driven by their descriptors.
 *
 * The decoder never believes a count or a length: a vector's count is checked against the bytes left divided
 * by the least size of an element before memory is asked for. */
#ifndef ZK_WIRE_CODEC_H
#define ZK_WIRE_CODEC_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/records.h"

/* Decode one record of kind DESC from READER into RECORD (a zk_X_t of that kind).  Strings are views into the
 * reader's bytes, vectors come from ARENA.  Bytes left behind the record are not an error (the protocol
 * ignores them).  Returns false, with READER failed, when the bytes end early or a length is not believable;
 * RECORD is then not to be used. */
bool zk_record_decode(const zk_record_desc_t *desc, void *record, zk_reader_t *reader,
                      zk_arena_t *arena);

/* Append RECORD of kind DESC to BUFFER. */
void zk_record_encode(const zk_record_desc_t *desc, const void *record, zk_buffer_t *buffer);

/* Append a readable form to BUFFER: name{field=value, ...}; null as `null`, bytes escaped. */
void zk_record_print(const zk_record_desc_t *desc, const void *record, zk_buffer_t *buffer);

/* True when A and B of kind DESC have equal content. */
bool zk_record_equal(const zk_record_desc_t *desc, const void *a, const void *b);

/* Name of the record, as in records.def, and bytes of its struct. */
const char *zk_record_name(const zk_record_desc_t *desc);
size_t zk_record_struct_bytes(const zk_record_desc_t *desc);

/* All descriptors in the order of records.def, ended by NULL: for tests and fuzzing. */
extern const zk_record_desc_t *const zk_record_all[];

/* The handshake is irregular: readOnly is absent from old clients.  Decodes the five fixed fields and, when a
 * byte is left, readOnly; *HAS_READ_ONLY tells which (the reply must mirror it). */
bool zk_connect_request_decode(zk_connect_request_t *request, bool *has_read_only,
                               zk_reader_t *reader);

/* Append the reply to the handshake, without readOnly for an old client. */
void zk_connect_response_encode(const zk_connect_response_t *response, bool has_read_only,
                                zk_buffer_t *buffer);

/* Append a 12- or 16-byte header by hand: the two records every frame has. */
static inline void zk_reply_header_encode(zk_buffer_t *buffer, int32_t xid, int64_t zxid,
                                          int32_t err)
{
    uint8_t *at = zk_buffer_extend(buffer, 16);
    zk_put_u32(at, (uint32_t)xid);
    zk_put_u64(at + 4, (uint64_t)zxid);
    zk_put_u32(at + 12, (uint32_t)err);
}

#endif
