/* test_snapshot_stream.c -- where the stream behind a SNAP ends. */
#include <string.h>

#include "lib/zk_test.h"
#include "peer/peer_internal.h"

static zk_buffer_t bytes;
static zk_peer_stream_t stream;
static size_t body;

static void write_znode(const char *path, size_t data_bytes)
{
    char *data = zk_calloc(1, data_bytes + 1);

    zk_write_str(&bytes, zk_str(path));
    zk_write_str(&bytes, zk_str_n(data, data_bytes));
    zk_write_long(&bytes, -1);
    memset(zk_buffer_extend(&bytes, 60), 0, 60);
    zk_free(data);
}

static void setup(void)
{
    bytes = ZK_BUFFER_INIT;
    memset(&stream, 0, sizeof(stream));
    zk_write_int(&bytes, 1);
    zk_write_long(&bytes, 0x100);
    zk_write_int(&bytes, 4000);
    zk_write_int(&bytes, 0);
    write_znode("", 0);
    write_znode("/a", 500);
    write_znode("/a/b", 3);
    zk_write_str(&bytes, zk_str("/"));
    body = zk_buffer_size(&bytes);
    zk_write_str(&bytes, zk_str("BenWasHere"));
    zk_peer_stream_begin(&stream, 1 << 20);
}

static void teardown(void)
{
    zk_peer_stream_end(&stream);
    zk_buffer_free(&bytes);
}

/* Feed all bytes STEP at a time; what came out must be the body, its end last. */
static void feed_in_steps(size_t step)
{
    size_t size = zk_buffer_size(&bytes);
    size_t done = 0;
    size_t have = 0;
    size_t given = 0;
    size_t part;
    size_t used;
    bool last = false;

    zk_peer_stream_begin(&stream, 1 << 20);
    while (!last && have < size) {
        zk_stream_scan_t found;

        have = have + step < size ? have + step : size;
        found = zk_peer_stream_feed(&stream, zk_buffer_bytes(&bytes) + done, have - done, &part,
                                    &used, NULL);
        CU_ASSERT_NOT_EQUAL_FATAL(found, ZK_STREAM_REFUSED);
        given += part;
        done += used;
        last = found == ZK_STREAM_LAST;
        CU_ASSERT_TRUE(last || given < body);
    }
    CU_ASSERT_TRUE(last);
    CU_ASSERT_EQUAL(given, body);
    CU_ASSERT_EQUAL(done, body + 14);
}

static void the_body_comes_out_whole_whatever_the_pieces(void)
{
    size_t step;

    zk_buffer_extend(&bytes, 20); /* the next packet is not touched */
    memset(zk_buffer_bytes(&bytes) + body + 14, 0, 20);
    for (step = 1; step < 900; step++)
        feed_in_steps(step);
}

static void a_wrong_signature_ends_the_stream(void)
{
    size_t part;
    size_t used;

    zk_buffer_bytes(&bytes)[body + 13]++;
    CU_ASSERT_EQUAL(zk_peer_stream_feed(&stream, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes),
                                        &part, &used, NULL),
                    ZK_STREAM_REFUSED);
}

static void lengths_that_cannot_be_end_the_stream(void)
{
    size_t part;
    size_t used;

    zk_put_u32(zk_buffer_bytes(&bytes), 0xfffffffe);
    CU_ASSERT_EQUAL(zk_peer_stream_feed(&stream, zk_buffer_bytes(&bytes), zk_buffer_size(&bytes),
                                        &part, &used, NULL),
                    ZK_STREAM_REFUSED);
}

static const zk_test_t tests[] = {
    {"the body comes out whole, whatever the pieces", the_body_comes_out_whole_whatever_the_pieces},
    {"a wrong signature ends the stream", a_wrong_signature_ends_the_stream},
    {"lengths that cannot be end the stream", lengths_that_cannot_be_end_the_stream},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_snapshot_stream, "peer/snapshot_stream", tests, setup, teardown);
