/* test_snapshot_stream.c -- compression on and off. */
#include "store_fixture.h"

#include <string.h>

#include <apr_file_io.h>
#include <zlib.h>

#include "base/random.h"
#include "store/snapshot_stream.h"

static const zk_compression_t kinds[] = {ZK_COMPRESSION_NONE, ZK_COMPRESSION_GZIP,
                                         ZK_COMPRESSION_SNAPPY};
static const char *const names[] = {"/f", "/f.gz", "/f.snappy"};

static uint8_t *make_data(size_t size)
{
    uint8_t *data = apr_palloc(zk_test_pool(), size + 1);
    zk_random_t random;
    size_t i;

    zk_random_seed(&random, size);
    for (i = 0; i < size; i++)
        data[i] = (uint8_t)(zk_random_below(&random, 4) == 0 ? zk_random_next(&random) : i / 7);
    return data;
}

/* Pack SIZE bytes into file KIND in pieces; its path. */
static const char *pack(size_t kind, const uint8_t *data, size_t size, size_t piece)
{
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), names[kind], NULL);
    apr_pool_t *pool;
    apr_file_t *file;
    zk_snapshot_pack_t *packer;
    size_t at;

    apr_pool_create(&pool, zk_test_pool());
    CU_ASSERT_EQUAL_FATAL(zk_disk_open(&file, path,
                                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                                       NULL, pool),
                          APR_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(zk_snapshot_pack_open(&packer, file, kinds[kind], NULL, pool, NULL),
                          APR_SUCCESS);
    for (at = 0; at < size; at += piece)
        CU_ASSERT_EQUAL(
            zk_snapshot_pack_write(packer, data + at, size - at < piece ? size - at : piece, NULL),
            APR_SUCCESS);
    CU_ASSERT_EQUAL(zk_snapshot_pack_finish(packer, NULL), APR_SUCCESS);
    apr_pool_destroy(pool);
    return path;
}

/* Read PATH to its end in pieces; *SIZE gets what came, at most LIMIT. */
static apr_status_t unpack(const char *path, uint8_t *to, size_t limit, size_t piece, size_t *size)
{
    zk_snapshot_stream_t *stream;
    apr_pool_t *pool;
    size_t got = 0;
    apr_status_t rv;

    *size = 0;
    apr_pool_create(&pool, zk_test_pool());
    rv = zk_snapshot_stream_open(&stream, path, pool, NULL);
    while (rv == APR_SUCCESS) {
        size_t room = limit - *size < piece ? limit - *size : piece;

        rv =
            room == 0 ? APR_SUCCESS : zk_snapshot_stream_read(stream, to + *size, room, &got, NULL);
        if (rv != APR_SUCCESS || got == 0 || room == 0)
            break;
        *size += got;
    }
    apr_pool_destroy(pool);
    return rv;
}

static void what_is_written_is_read_back(void)
{
    static const size_t sizes[] = {0, 1, 5000, 32768, 32769, 1000000};
    size_t i;
    size_t kind;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (kind = 0; kind < 3; kind++) {
            uint8_t *data = make_data(sizes[i]);
            uint8_t *back = apr_palloc(zk_test_pool(), sizes[i] + 10);
            const char *path = pack(kind, data, sizes[i], 30011);
            size_t size;

            CU_ASSERT_EQUAL(unpack(path, back, sizes[i] + 10, 7001, &size), APR_SUCCESS);
            CU_ASSERT_EQUAL(size, sizes[i]);
            CU_ASSERT_EQUAL(memcmp(back, data, sizes[i]), 0);
        }
}

static void gzip_begins_as_javas_does(void)
{
    size_t size;
    const uint8_t *bytes = zk_test_read(pack(1, make_data(100), 100, 100), &size);

    CU_ASSERT_EQUAL(memcmp(bytes, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00", 9), 0);
}

static void a_truncated_gzip_file_is_noticed_at_every_length(void)
{
    uint8_t *data = make_data(3000);
    uint8_t *back = apr_palloc(zk_test_pool(), 3010);
    const char *path = pack(1, data, 3000, 3000);
    size_t whole;
    const uint8_t *bytes = zk_test_read(path, &whole);
    size_t length;
    size_t size;

    for (length = 0; length < whole; length++) {
        zk_test_write(path, bytes, length);
        CU_ASSERT(APR_STATUS_IS_EOF(unpack(path, back, 3010, 500, &size)));
    }
}

static void several_gzip_members_are_one_stream(void)
{
    uint8_t back[64];
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/m.gz", NULL);
    gzFile file;
    size_t size;
    int i;

    for (i = 0; i < 3; i++) {
        file = gzopen(path, "ab");
        gzputs(file, "member ");
        gzclose(file);
    }
    CU_ASSERT_EQUAL(unpack(path, back, sizeof(back), 5, &size), APR_SUCCESS);
    CU_ASSERT_EQUAL(size, 21);
    CU_ASSERT_EQUAL(memcmp(back, "member member member ", 21), 0);
}

static void a_second_snappy_stream_goes_on_from_the_first(void)
{
    size_t one;
    const uint8_t *bytes = zk_test_read(pack(2, (const uint8_t *)"first ", 6, 6), &one);
    uint8_t *both = apr_palloc(zk_test_pool(), one * 2);
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/two.snappy", NULL);
    uint8_t back[32];
    size_t size;

    memcpy(both, bytes, one);
    memcpy(both + one, bytes, one);
    zk_test_write(path, both, one * 2);
    CU_ASSERT_EQUAL(unpack(path, back, sizeof(back), 32, &size), APR_SUCCESS);
    CU_ASSERT_EQUAL(size, 12);
    CU_ASSERT_EQUAL(memcmp(back, "first first ", 12), 0);
}

static void a_snappy_block_that_claims_too_much_is_refused(void)
{
    static const uint8_t huge_block[] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y',  0,    0,    0,
                                         0,    1,   0,   0,   0,   1,   0x7f, 0xff, 0xff, 0xff};
    static const uint8_t huge_claim[] = {0x82, 'S', 'N',  'A',  'P',  'P',  'Y', 0, 0,
                                         0,    0,   1,    0,    0,    0,    1,   0, 0,
                                         0,    6,   0xff, 0xff, 0xff, 0xff, 7,   0};
    static const uint8_t cut_block[] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0,
                                        1,    0,   0,   0,   1,   0,   0,   0, 9, 4};
    const char *path = apr_pstrcat(zk_test_pool(), zk_test_dir(), "/bad.snappy", NULL);
    uint8_t back[32];
    size_t size;

    zk_test_write(path, huge_block, sizeof(huge_block));
    CU_ASSERT_EQUAL(unpack(path, back, sizeof(back), 32, &size), ZK_E_CORRUPT);
    zk_test_write(path, huge_claim, sizeof(huge_claim));
    CU_ASSERT_EQUAL(unpack(path, back, sizeof(back), 32, &size), ZK_E_CORRUPT);
    zk_test_write(path, cut_block, sizeof(cut_block));
    CU_ASSERT(APR_STATUS_IS_EOF(unpack(path, back, sizeof(back), 32, &size)));
    zk_test_write(path, "not snappy at all", 17);
    CU_ASSERT_EQUAL(unpack(path, back, sizeof(back), 32, &size), ZK_E_CORRUPT);
}

static const zk_test_t tests[] = {
    {"what is written is read back", what_is_written_is_read_back},
    {"gzip begins as Java's does", gzip_begins_as_javas_does},
    {"a truncated gzip file is noticed at every length",
     a_truncated_gzip_file_is_noticed_at_every_length},
    {"several gzip members are one stream", several_gzip_members_are_one_stream},
    {"a second snappy stream goes on from the first",
     a_second_snappy_stream_goes_on_from_the_first},
    {"a snappy block that claims too much is refused",
     a_snappy_block_that_claims_too_much_is_refused},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snapshot_stream, "store/snapshot_stream", tests, NULL, NULL);
