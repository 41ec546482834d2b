/* fuzz_snapshot.c -- a whole snapshot, plain or compressed: the first byte selects which.
 *
 * Checksums are no obstacle to a fuzzer that only flips bits, because the body reaches the sink
 * before its seal is looked at: that is what is exercised here.  The sink checks what it is given.
 */
#include "fuzz.h"

#include <string.h>
#include <apr_general.h>

#include "store/snapshot_read.h"

enum { STRING_BYTES_MAX = 65536 };

typedef struct seen {
    int64_t nodes;
    int64_t acls;
    int64_t sessions;
} seen_t;

static void touch(zk_str_t str)
{
    size_t size = zk_str_size(str);
    volatile unsigned char sum = 0;
    size_t i;

    ZK_ASSERT(size <= STRING_BYTES_MAX);
    for (i = 0; i < size; i++)
        sum = (unsigned char)(sum + (unsigned char)str.data[i]);
}

static apr_status_t on_session(void *baton, int64_t session_id, int32_t timeout_ms)
{
    seen_t *seen = baton;

    (void)session_id;
    (void)timeout_ms;
    seen->sessions++;
    return APR_SUCCESS;
}

static apr_status_t on_acl(void *baton, int64_t acl_id, const zk_acl_vector_t *acl)
{
    seen_t *seen = baton;
    int32_t i;

    (void)acl_id;
    seen->acls++;
    for (i = 0; i < acl->count; i++) {
        touch(acl->items[i].id.scheme);
        touch(acl->items[i].id.id);
    }
    return APR_SUCCESS;
}

static apr_status_t on_node(void *baton, zk_str_t path, zk_str_t data, int64_t acl_id,
                            const zk_stat_persisted_t *stat)
{
    seen_t *seen = baton;

    (void)acl_id;
    (void)stat;
    seen->nodes++;
    touch(path);
    touch(data);
    return APR_SUCCESS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const zk_compression_t compressions[] = {ZK_COMPRESSION_NONE, ZK_COMPRESSION_GZIP,
                                                    ZK_COMPRESSION_SNAPPY};
    static apr_pool_t *root;
    seen_t seen = {0, 0, 0};
    zk_store_sink_t sink = {&seen, NULL, on_session, on_acl, on_node, NULL, NULL};
    zk_snapshot_stream_t *stream;
    zk_snapshot_info_t info;
    apr_pool_t *pool;
    zk_note_t note;

    if (size == 0)
        return 0;
    if (root == NULL) {
        ZK_ASSERT(apr_initialize() == APR_SUCCESS);
        apr_pool_create(&root, NULL);
    }
    apr_pool_create(&pool, root);
    memset(&info, 0, sizeof(info));
    if (zk_snapshot_stream_open_memory(&stream, data + 1, size - 1, compressions[data[0] % 3], pool,
                                       &note) == APR_SUCCESS) {
        if (zk_snapshot_read_stream(stream, "fuzz", STRING_BYTES_MAX, &sink, &info, &note) ==
            APR_SUCCESS)
            ZK_ASSERT(info.nodes_count == seen.nodes);
        ZK_ASSERT(!info.sink_failed);
        zk_snapshot_stream_close(stream);
    }
    apr_pool_destroy(pool);
    return 0;
}
