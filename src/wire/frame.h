/* frame.h -- the length prefix: every message of the client protocol is an int length and that many
 * bytes.
 *
 * Reading: net/conn.c keeps the bytes of a connection in one buffer and calls zk_frame_scan on its
 * content; a whole frame is a view into that buffer, so nothing is copied.  Writing: zk_frame_begin
 * leaves room for the length, the caller appends header and record to the same buffer, zk_frame_end
 * fills the length in.
 *
 * Facts: upstream NIOServerCnxn.readLength.  A length that is negative, zero or above the ceiling
 * ends the connection without a reply.  Four-letter words are told from lengths before this is
 * asked. */
#ifndef ZK_WIRE_FRAME_H
#define ZK_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/records.h"

/* Bytes of the length prefix. */
#define ZK_FRAME_PREFIX_BYTES 4

/* Default of jute.maxbuffer, the greatest length taken from a peer, inclusive. */
#define ZK_FRAME_BYTES_MAX_DEFAULT 0xfffff

typedef enum zk_frame_scan {
    ZK_FRAME_WHOLE,   /* a frame begins here and all of it is present */
    ZK_FRAME_PARTIAL, /* more bytes are needed */
    ZK_FRAME_REFUSED  /* the length is not acceptable; the connection is lost */
} zk_frame_scan_t;

typedef struct zk_frame {
    const uint8_t *body; /* behind the prefix; set when whole */
    int32_t length;      /* of the body; 0 until the prefix is complete */
    size_t bytes; /* prefix and body: to consume when whole, to have when partial (4 while the
                     prefix itself is short) */
} zk_frame_t;

/* Look for a frame at the start of the SIZE bytes at DATA; lengths above BYTES_MAX are refused.
 * FRAME->body points into DATA.  When refused, FRAME->length is the length as read, for the log
 * line. */
zk_frame_scan_t zk_frame_scan(zk_frame_t *frame, const void *data, size_t size, int32_t bytes_max);

/* A reader over the body of a whole frame. */
static inline zk_reader_t zk_frame_reader(const zk_frame_t *frame)
{
    return zk_reader(frame->body, (size_t)frame->length);
}

/* Reserve the prefix at the end of BUFFER.  Returns the mark for zk_frame_end or zk_frame_cancel;
 * between the two the caller may append to BUFFER but not consume from it. */
size_t zk_frame_begin(zk_buffer_t *buffer);

/* Fill in the length of the frame begun at MARK: all that was appended since. */
void zk_frame_end(zk_buffer_t *buffer, size_t mark);

/* Take the frame begun at MARK back out of BUFFER. */
void zk_frame_cancel(zk_buffer_t *buffer, size_t mark);

/* Append a whole reply: prefix, ReplyHeader and RECORD of kind DESC, or no record where DESC is
 * NULL. */
void zk_frame_append_reply(zk_buffer_t *buffer, int32_t xid, int64_t zxid, int32_t err,
                           const zk_record_desc_t *desc, const void *record);

/* Append a whole request: prefix, RequestHeader and RECORD of kind DESC, or no record where DESC is
 * NULL. */
void zk_frame_append_request(zk_buffer_t *buffer, int32_t xid, int32_t opcode,
                             const zk_record_desc_t *desc, const void *record);

#endif
