/* frame.c -- cutting frames out of a run of bytes, and appending them.
 *
 * A mark is an offset into the buffer's content, not into its memory, because growing may move the
 * content to the front. */
#include "wire/frame.h"

#include "wire/codec.h"

zk_frame_scan_t zk_frame_scan(zk_frame_t *frame, const void *data, size_t size, int32_t bytes_max)
{
    frame->body = NULL;
    frame->length = 0;
    frame->bytes = ZK_FRAME_PREFIX_BYTES;
    if (size < ZK_FRAME_PREFIX_BYTES)
        return ZK_FRAME_PARTIAL;
    frame->length = (int32_t)zk_get_u32(data);
    if (frame->length <= 0 || frame->length > bytes_max)
        return ZK_FRAME_REFUSED;
    frame->bytes = ZK_FRAME_PREFIX_BYTES + (size_t)frame->length;
    if (size < frame->bytes)
        return ZK_FRAME_PARTIAL;
    frame->body = (const uint8_t *)data + ZK_FRAME_PREFIX_BYTES;
    return ZK_FRAME_WHOLE;
}

size_t zk_frame_begin(zk_buffer_t *buffer)
{
    size_t mark = zk_buffer_size(buffer);

    zk_put_u32(zk_buffer_extend(buffer, ZK_FRAME_PREFIX_BYTES), 0);
    return mark;
}

void zk_frame_end(zk_buffer_t *buffer, size_t mark)
{
    size_t length;

    ZK_ASSERT(zk_buffer_size(buffer) >= mark + ZK_FRAME_PREFIX_BYTES);
    length = zk_buffer_size(buffer) - mark - ZK_FRAME_PREFIX_BYTES;
    ZK_ASSERT(length <= INT32_MAX);
    zk_put_u32(zk_buffer_bytes(buffer) + mark, (uint32_t)length);
}

void zk_frame_cancel(zk_buffer_t *buffer, size_t mark)
{
    ZK_ASSERT(zk_buffer_size(buffer) >= mark + ZK_FRAME_PREFIX_BYTES);
    buffer->length = buffer->start + mark;
}

void zk_frame_append_reply(zk_buffer_t *buffer, int32_t xid, int64_t zxid, int32_t err,
                           const zk_record_desc_t *desc, const void *record)
{
    size_t mark = zk_frame_begin(buffer);

    zk_reply_header_encode(buffer, xid, zxid, err);
    if (desc != NULL)
        zk_record_encode(desc, record, buffer);
    zk_frame_end(buffer, mark);
}

void zk_frame_append_request(zk_buffer_t *buffer, int32_t xid, int32_t opcode,
                             const zk_record_desc_t *desc, const void *record)
{
    size_t mark = zk_frame_begin(buffer);

    zk_write_int(buffer, xid);
    zk_write_int(buffer, opcode);
    if (desc != NULL)
        zk_record_encode(desc, record, buffer);
    zk_frame_end(buffer, mark);
}
