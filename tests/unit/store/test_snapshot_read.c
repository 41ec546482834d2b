/* test_snapshot_read.c -- seals, tails and damage. */
#include "store_fixture.h"

#include <string.h>

#include "store/snapshot_read.h"

static apr_status_t read_memory(const uint8_t *bytes, size_t size, zk_snapshot_info_t *info)
{
    static const zk_store_sink_t nothing = {.baton = NULL};
    zk_snapshot_stream_t *stream;
    apr_pool_t *pool;
    apr_status_t rv;

    apr_pool_create(&pool, zk_test_pool());
    rv = zk_snapshot_stream_open_memory(&stream, bytes, size, ZK_COMPRESSION_NONE, pool, NULL);
    if (rv == APR_SUCCESS)
        rv = zk_snapshot_read_stream(stream, "memory", 1048575, &nothing, info, NULL);
    apr_pool_destroy(pool);
    return rv;
}

/* A small snapshot of zxid 9 in memory that may be changed. */
static uint8_t *make_snapshot(size_t *size)
{
    const uint8_t *bytes;

    fixture_write_snapshot(fixture_store(), 9, 3, 9);
    bytes = zk_test_read(fixture_path("snapshot.9"), size);
    return apr_pmemdup(zk_test_pool(), bytes, *size);
}

static void the_tail_of_3_9_is_read(void)
{
    zk_snapshot_info_t info;
    size_t size;
    uint8_t *bytes = make_snapshot(&size);

    CU_ASSERT_EQUAL(read_memory(bytes, size, &info), APR_SUCCESS);
    CU_ASSERT_EQUAL(info.nodes_count, 4);
    CU_ASSERT_EQUAL((size_t)info.bytes, size);
    CU_ASSERT_TRUE(info.has_digest && info.has_last_zxid);
    CU_ASSERT_EQUAL(info.digest_zxid, 9);
    CU_ASSERT_EQUAL(info.digest_version, 2);
    CU_ASSERT_EQUAL(info.digest, 63);
    CU_ASSERT_EQUAL(info.last_zxid, 9);
}

static void shorter_tails_of_older_releases_are_read(void)
{
    zk_snapshot_info_t info;
    size_t size;
    uint8_t *bytes = make_snapshot(&size);

    CU_ASSERT_EQUAL(read_memory(bytes, size - 21, &info), APR_SUCCESS);
    CU_ASSERT_TRUE(info.has_digest && !info.has_last_zxid);
    CU_ASSERT_EQUAL(read_memory(bytes, size - 54, &info), APR_SUCCESS);
    CU_ASSERT_TRUE(!info.has_digest && !info.has_last_zxid);
}

static void any_other_length_is_damage(void)
{
    zk_snapshot_info_t info;
    size_t size;
    uint8_t *bytes = make_snapshot(&size);
    uint8_t *longer = apr_pcalloc(zk_test_pool(), size + 100);
    size_t length;

    memcpy(longer, bytes, size);
    for (length = 0; length <= size + 90; length++) {
        apr_status_t rv = read_memory(longer, length, &info);

        if (length == size || length == size - 21 || length == size - 54)
            continue;
        CU_ASSERT_EQUAL(rv, ZK_E_CORRUPT);
        if (length < size && length != size - 33) /* there it looks like the tail of 21 bytes */
            CU_ASSERT_TRUE(info.incomplete);
    }
}

static void a_flipped_bit_anywhere_is_noticed(void)
{
    zk_snapshot_info_t info;
    size_t size;
    uint8_t *bytes = make_snapshot(&size);
    size_t i;

    for (i = 0; i < size; i++) {
        apr_status_t rv;

        bytes[i] ^= (uint8_t)(1 << (i % 8));
        rv = read_memory(bytes, size, &info);
        if (rv != ZK_E_CORRUPT)
            printf("offset %u of %u\n", (unsigned)i, (unsigned)size);
        CU_ASSERT_EQUAL(rv, ZK_E_CORRUPT);
        bytes[i] ^= (uint8_t)(1 << (i % 8));
    }
    CU_ASSERT_EQUAL(read_memory(bytes, size, &info), APR_SUCCESS);
}

static void the_last_seal_covers_what_the_first_does_not(void)
{
    zk_snapshot_info_t info;
    size_t size;
    uint8_t *bytes = make_snapshot(&size);

    bytes[size - 14] ^= 1; /* the last zxid */
    CU_ASSERT_EQUAL(read_memory(bytes, size, &info), ZK_E_CORRUPT);
    bytes[size - 14] ^= 1;
    bytes[size - 40] ^= 1; /* the digest */
    CU_ASSERT_EQUAL(read_memory(bytes, size, &info), ZK_E_CORRUPT);
}

static void a_large_znode_is_larger_than_the_window(void)
{
    zk_buffer_t body = ZK_BUFFER_INIT;
    zk_snapshot_writer_t *writer;
    zk_snapshot_info_t info;
    const char *name;
    int64_t bytes;
    static const zk_store_sink_t nothing = {.baton = NULL};

    zk_write_int(&body, 0);
    zk_write_int(&body, 0);
    zk_write_str(&body, zk_str(""));
    zk_write_int(&body, 3000000);
    memset(zk_buffer_extend(&body, 3000000 + 8 + 60), 0, 3000000 + 8 + 60);
    zk_write_str(&body, zk_str("/"));
    CU_ASSERT_EQUAL_FATAL(zk_snapshot_begin(&writer, fixture_store(), 7, zk_test_pool(), NULL),
                          APR_SUCCESS);
    zk_snapshot_append(writer, zk_buffer_bytes(&body), zk_buffer_size(&body), NULL);
    CU_ASSERT_EQUAL(zk_snapshot_finish(writer, 0, &name, &bytes, NULL), APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_snapshot_read(name, 4000000, &nothing, &info, zk_test_pool(), NULL),
                    APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_snapshot_read(name, 2000000, &nothing, &info, zk_test_pool(), NULL),
                    ZK_E_CORRUPT);
    zk_buffer_free(&body);
}

static void the_cheap_check_looks_at_ends_only(void)
{
    static const uint8_t gzip[] = {0x1f, 0x8b, 8};
    static const uint8_t snappy[] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    static const uint8_t plain[] = {9, 9, 9, 9, 9, 0, 0, 0, 1, '/'};

    fixture_store();
    zk_test_write(fixture_path("snapshot.1.gz"), gzip, sizeof(gzip));
    zk_test_write(fixture_path("snapshot.1.snappy"), snappy, sizeof(snappy));
    zk_test_write(fixture_path("snapshot.1"), plain, sizeof(plain));
    zk_test_write(fixture_path("snapshot.2"), plain + 1, sizeof(plain) - 1);
    zk_test_write(fixture_path("snapshot.3"), plain, sizeof(plain) - 1);
    zk_test_write(fixture_path("snapshot.4.gz"), snappy, sizeof(snappy));
    CU_ASSERT_TRUE(zk_snapshot_looks_whole(fixture_path("snapshot.1.gz"), zk_test_pool()));
    CU_ASSERT_TRUE(zk_snapshot_looks_whole(fixture_path("snapshot.1.snappy"), zk_test_pool()));
    CU_ASSERT_TRUE(zk_snapshot_looks_whole(fixture_path("snapshot.1"), zk_test_pool()));
    CU_ASSERT_FALSE(zk_snapshot_looks_whole(fixture_path("snapshot.2"), zk_test_pool()));
    CU_ASSERT_FALSE(zk_snapshot_looks_whole(fixture_path("snapshot.3"), zk_test_pool()));
    CU_ASSERT_FALSE(zk_snapshot_looks_whole(fixture_path("snapshot.4.gz"), zk_test_pool()));
    CU_ASSERT_FALSE(zk_snapshot_looks_whole(fixture_path("snapshot.5"), zk_test_pool()));
}

static const zk_test_t tests[] = {
    {"the tail of 3.9 is read", the_tail_of_3_9_is_read},
    {"shorter tails of older releases are read", shorter_tails_of_older_releases_are_read},
    {"any other length is damage", any_other_length_is_damage},
    {"a flipped bit anywhere is noticed", a_flipped_bit_anywhere_is_noticed},
    {"the last seal covers what the first does not", the_last_seal_covers_what_the_first_does_not},
    {"a large znode is larger than the window", a_large_znode_is_larger_than_the_window},
    {"the cheap check looks at ends only", the_cheap_check_looks_at_ends_only},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshot_read, "store/snapshot_read", tests, NULL, fixture_close);
