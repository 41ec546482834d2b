/* fuzz_frame.c -- a connection's bytes cut into frames, and the handshake in each of them.
 *
 * The stream is cut twice, once whole and once byte by byte as a slow peer would send it; both must
 * give the same frames. */
#include "fuzz.h"

#include <string.h>

#include "wire/codec.h"
#include "wire/frame.h"

enum { FRAME_BYTES_MAX = 4096, FRAMES_MAX = 64 };

typedef struct cut {
    size_t begin[FRAMES_MAX];
    size_t count;
    zk_frame_scan_t last;
} cut_t;

static void cut_whole(cut_t *cut, const uint8_t *data, size_t size)
{
    size_t at = 0;

    cut->count = 0;
    for (;;) {
        zk_frame_t frame;

        cut->last = zk_frame_scan(&frame, data + at, size - at, FRAME_BYTES_MAX);
        if (cut->last != ZK_FRAME_WHOLE || cut->count == FRAMES_MAX)
            return;
        ZK_ASSERT(frame.body == data + at + ZK_FRAME_PREFIX_BYTES);
        ZK_ASSERT(frame.length > 0 && frame.length <= FRAME_BYTES_MAX);
        ZK_ASSERT(frame.bytes <= size - at);
        cut->begin[cut->count++] = at;
        at += frame.bytes;
    }
}

static void cut_slowly(cut_t *cut, const uint8_t *data, size_t size)
{
    size_t at = 0;
    size_t have = 0;

    cut->count = 0;
    cut->last = ZK_FRAME_PARTIAL;
    for (have = 0; have <= size && cut->last != ZK_FRAME_REFUSED; have++) {
        zk_frame_t frame;

        cut->last = zk_frame_scan(&frame, data + at, have - at, FRAME_BYTES_MAX);
        if (cut->last == ZK_FRAME_PARTIAL) {
            ZK_ASSERT(frame.bytes > have - at);
        } else if (cut->last == ZK_FRAME_WHOLE) {
            if (cut->count == FRAMES_MAX)
                return;
            cut->begin[cut->count++] = at;
            at += frame.bytes;
            ZK_ASSERT(at == have);
            cut->last = ZK_FRAME_PARTIAL;
        }
    }
}

static void check_handshake(const uint8_t *data, size_t size)
{
    zk_reader_t reader = zk_reader(data, size);
    zk_connect_request_t request;
    zk_buffer_t reply = ZK_BUFFER_INIT;
    bool has_read_only;
    size_t mark;

    if (!zk_connect_request_decode(&request, &has_read_only, &reader))
        return;
    ZK_ASSERT(has_read_only || !request.read_only);
    mark = zk_frame_begin(&reply);
    zk_connect_response_encode(
        &(zk_connect_response_t){0, request.time_out, request.session_id, request.passwd, false},
        has_read_only, &reply);
    zk_frame_end(&reply, mark);
    ZK_ASSERT(zk_buffer_size(&reply) ==
              24 + zk_str_size(request.passwd) + (has_read_only ? 1U : 0U));
    zk_buffer_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cut_t whole;
    cut_t slow;

    cut_whole(&whole, data, size);
    cut_slowly(&slow, data, size);
    ZK_ASSERT(whole.count == slow.count);
    ZK_ASSERT(memcmp(whole.begin, slow.begin, whole.count * sizeof(whole.begin[0])) == 0);
    ZK_ASSERT(whole.count == FRAMES_MAX || whole.last == slow.last);
    if (size > 4)
        check_handshake(data + 4, size - 4);
    return 0;
}
