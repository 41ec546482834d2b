/* snapshot_stream.c -- where the stream behind a SNAP ends.
 *
 * The stream has no length: it is the body of a snapshot, whose end mark shows only to who decodes
 * it, and then a signature.  The part with the end mark is held back until the signature is seen,
 * so that nobody takes a broken stream for a whole one.
 *
 * Facts: LearnerHandler.java, Learner.java (syncWithLeader); quorum notes, section 8.5. */
#include "peer/peer_internal.h"

#include <string.h>

static const uint8_t signature[] = {0, 0, 0, 10, 'B', 'e', 'n', 'W', 'a', 's', 'H', 'e', 'r', 'e'};

static const zk_store_sink_t nobody = {.baton = NULL};

void zk_peer_stream_begin(zk_peer_stream_t *stream, int64_t record_bytes_max)
{
    zk_peer_stream_end(stream);
    zk_snapshot_body_init(&stream->body, &nobody, record_bytes_max);
    stream->begun = true;
    stream->held = 0;
}

void zk_peer_stream_end(zk_peer_stream_t *stream)
{
    if (stream->begun)
        zk_snapshot_body_free(&stream->body);
    stream->begun = false;
}

zk_stream_scan_t zk_peer_stream_feed(zk_peer_stream_t *stream, const uint8_t *data, size_t size,
                                     size_t *part, size_t *used, zk_note_t *note)
{
    size_t taken = 0;

    ZK_ASSERT(stream->begun && size >= stream->held);
    *part = *used = 0;
    if (stream->body.part != ZK_SNAPSHOT_DONE) {
        if (zk_snapshot_body_feed(&stream->body, data, size, &taken, note) != APR_SUCCESS)
            return ZK_STREAM_REFUSED;
        if (stream->body.part != ZK_SNAPSHOT_DONE) {
            *part = *used = taken;
            return ZK_STREAM_MORE;
        }
        stream->held = taken;
    }
    if (size - stream->held < sizeof(signature))
        return ZK_STREAM_MORE;
    if (memcmp(data + stream->held, signature, sizeof(signature)) != 0) {
        zk_note(note, ZK_E_MALFORMED, "the signature behind the snapshot is missing");
        return ZK_STREAM_REFUSED;
    }
    *part = stream->held;
    *used = stream->held + sizeof(signature);
    stream->held = 0;
    return ZK_STREAM_LAST;
}
