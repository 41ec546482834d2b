/* test_snappy.c -- raw snappy blocks. */
#include "lib/zk_test.h"

#include <string.h>

#include "base/random.h"
#include "base/status.h"
#include "store/snappy.h"

static bool comes_back(const uint8_t *data, size_t size, size_t *packed_bytes)
{
    zk_buffer_t packed = ZK_BUFFER_INIT;
    uint8_t *back = zk_malloc(size + 1);
    uint32_t length = 0;
    size_t header_bytes = 0;
    bool same;

    zk_snappy_pack(data, size, &packed);
    *packed_bytes = zk_buffer_size(&packed);
    same = zk_snappy_length(zk_buffer_bytes(&packed), *packed_bytes, &length, &header_bytes) &&
           length == size &&
           zk_snappy_unpack(zk_buffer_bytes(&packed), *packed_bytes, back, length) &&
           memcmp(back, data, size) == 0;
    zk_free(back);
    zk_buffer_free(&packed);
    return same;
}

static void what_is_packed_comes_back(void)
{
    static uint8_t data[ZK_SNAPPY_BLOCK_BYTES];
    static const size_t sizes[] = {0,  1,   3,   4,   5,    59,    60,   61,
                                   62, 255, 256, 257, 1000, 32767, 32768};
    zk_random_t random;
    size_t packed_bytes;
    size_t i;
    size_t j;
    unsigned alphabet;

    zk_random_seed(&random, 20240607);
    for (alphabet = 1; alphabet <= 256; alphabet *= 4)
        for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            for (j = 0; j < sizes[i]; j++)
                data[j] = (uint8_t)zk_random_below(&random, alphabet);
            CU_ASSERT_TRUE(comes_back(data, sizes[i], &packed_bytes));
        }
}

static void repetition_becomes_small(void)
{
    static uint8_t data[ZK_SNAPPY_BLOCK_BYTES];
    size_t packed_bytes;
    size_t i;

    for (i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)("/some/path/"[i % 11]);
    CU_ASSERT_TRUE(comes_back(data, sizeof(data), &packed_bytes));
    CU_ASSERT(packed_bytes < sizeof(data) / 10);
}

static void every_kind_of_element_is_understood(void)
{
    /* "abcdabcdabcdabcd" and more, with copies of one, two and four bytes of offset and long
     * literals. */
    static const uint8_t one[] = {8, 3 << 2, 'a', 'b', 'c', 'd', 1, 4};
    static const uint8_t two[] = {8, 3 << 2, 'a', 'b', 'c', 'd', (3 << 2) | 2, 4, 0};
    static const uint8_t four[] = {8, 3 << 2, 'a', 'b', 'c', 'd', (3 << 2) | 3, 4, 0, 0, 0};
    static const uint8_t overlap[] = {9, 0, 'x', (7 << 2) | 2, 1, 0};
    static const uint8_t longer[] = {4, 60 << 2, 3, 'a', 'b', 'c', 'd'};
    static const uint8_t longest[] = {4, 63 << 2, 3, 0, 0, 0, 'a', 'b', 'c', 'd'};
    uint8_t to[16];

    CU_ASSERT(zk_snappy_unpack(one, sizeof(one), to, 8) && memcmp(to, "abcdabcd", 8) == 0);
    CU_ASSERT(zk_snappy_unpack(two, sizeof(two), to, 8) && memcmp(to, "abcdabcd", 8) == 0);
    CU_ASSERT(zk_snappy_unpack(four, sizeof(four), to, 8) && memcmp(to, "abcdabcd", 8) == 0);
    CU_ASSERT(zk_snappy_unpack(overlap, sizeof(overlap), to, 9) && memcmp(to, "xxxxxxxxx", 9) == 0);
    CU_ASSERT(zk_snappy_unpack(longer, sizeof(longer), to, 4) && memcmp(to, "abcd", 4) == 0);
    CU_ASSERT(zk_snappy_unpack(longest, sizeof(longest), to, 4) && memcmp(to, "abcd", 4) == 0);
}

static void damage_is_refused(void)
{
    static const uint8_t no_offset[] = {8, 3 << 2, 'a', 'b', 'c', 'd', 1, 0};
    static const uint8_t before_start[] = {8, 3 << 2, 'a', 'b', 'c', 'd', 1, 5};
    static const uint8_t too_much[] = {4, 4 << 2, 'a', 'b', 'c', 'd', 'e'};
    static const uint8_t too_little[] = {8, 3 << 2, 'a', 'b', 'c', 'd'};
    static const uint8_t cut[] = {4, 3 << 2, 'a', 'b'};
    static const uint8_t cut_tag[] = {4, 61 << 2, 3};
    uint32_t length;
    size_t header_bytes;
    uint8_t to[16];

    CU_ASSERT_FALSE(zk_snappy_unpack(no_offset, sizeof(no_offset), to, 8));
    CU_ASSERT_FALSE(zk_snappy_unpack(before_start, sizeof(before_start), to, 8));
    CU_ASSERT_FALSE(zk_snappy_unpack(too_much, sizeof(too_much), to, 4));
    CU_ASSERT_FALSE(zk_snappy_unpack(too_little, sizeof(too_little), to, 8));
    CU_ASSERT_FALSE(zk_snappy_unpack(cut, sizeof(cut), to, 4));
    CU_ASSERT_FALSE(zk_snappy_unpack(cut_tag, sizeof(cut_tag), to, 4));
    CU_ASSERT_FALSE(
        zk_snappy_length((const uint8_t *)"\xff\xff\xff\xff\xff", 5, &length, &header_bytes));
    CU_ASSERT_FALSE(zk_snappy_length((const uint8_t *)"\xff", 1, &length, &header_bytes));
}

static void random_bytes_never_pass_the_ends(void)
{
    uint8_t data[40];
    uint8_t *to = zk_malloc(64);
    zk_random_t random;
    int round;

    zk_random_seed(&random, 99);
    for (round = 0; round < 20000; round++) {
        size_t size = 1 + (size_t)zk_random_below(&random, sizeof(data) - 1);
        size_t i;

        for (i = 1; i < size; i++)
            data[i] = (uint8_t)zk_random_next(&random);
        data[0] = 64;
        zk_snappy_unpack(data, size, to, 64); /* the sanitizers watch */
    }
    zk_free(to);
}

static const zk_test_t tests[] = {
    {"what is packed comes back", what_is_packed_comes_back},
    {"repetition becomes small", repetition_becomes_small},
    {"every kind of element is understood", every_kind_of_element_is_understood},
    {"damage is refused", damage_is_refused},
    {"random bytes never pass the ends", random_bytes_never_pass_the_ends},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_snappy, "store/snappy", tests, NULL, NULL);
