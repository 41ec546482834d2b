/* test_crc.c -- CRC-32 of pieces of every length is zlib's. */
#include "tree/crc.h"

#include <zlib.h>

#include "base/random.h"
#include "lib/zk_test.h"

static void every_length_gives_what_zlib_gives(void)
{
    uint8_t bytes[700];
    zk_random_t random;
    int differing = 0;
    size_t size;

    zk_random_seed(&random, 11);
    for (size = 0; size < sizeof(bytes); size++)
        bytes[size] = (uint8_t)zk_random_next(&random);
    for (size = 0; size < sizeof(bytes) - 8; size++)
        differing += zk_crc_add((uint32_t)size * 77, bytes + size % 8, size) !=
                     (uint32_t)crc32((uLong)(uint32_t)(size * 77), bytes + size % 8, (uInt)size);
    CU_ASSERT_EQUAL(differing, 0);
}

/* One bit at each of eight places passes through every entry of the eight tables. */
static void every_entry_of_the_tables_is_right(void)
{
    uint8_t bytes[8] = {0};
    int differing = 0;
    int place;
    int value;

    for (place = 0; place < 8; place++)
        for (value = 0; value < 256; value++) {
            bytes[place] = (uint8_t)value;
            differing += zk_crc_add(0, bytes, 8) != (uint32_t)crc32(0, bytes, 8);
            bytes[place] = 0;
        }
    CU_ASSERT_EQUAL(differing, 0);
}

static void pieces_add_up(void)
{
    CU_ASSERT_EQUAL(zk_crc_add(zk_crc_add(0, "/a/path", 7), "and data", 8),
                    zk_crc_add(0, "/a/pathand data", 15));
    CU_ASSERT_EQUAL(zk_crc_add(0, "123456789", 9), 0xcbf43926);
    CU_ASSERT_EQUAL(zk_crc_add(5, NULL, 0), 5);
}

static const zk_test_t tests[] = {
    {"every length gives what zlib gives", every_length_gives_what_zlib_gives},
    {"every entry of the tables is right", every_entry_of_the_tables_is_right},
    {"pieces add up", pieces_add_up},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_crc, "tree/crc", tests, NULL, NULL);
