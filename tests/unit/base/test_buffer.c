/* test_buffer.c -- the growable buffer. */
#include "base/buffer.h"

#include <string.h>

#include "lib/zk_test.h"

static zk_buffer_t buffer;

static void start_empty(void)
{
    buffer = ZK_BUFFER_INIT;
}

static void free_buffer(void)
{
    zk_buffer_free(&buffer);
}

static void content_survives_growth(void)
{
    int i;

    for (i = 0; i < 10000; i++)
        zk_buffer_append(&buffer, "0123456789", 10);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 100000);
    for (i = 0; i < 100000; i++)
        if (zk_buffer_bytes(&buffer)[i] != '0' + i % 10)
            break;
    CU_ASSERT_EQUAL(i, 100000);
}

static void consuming_everything_starts_again_at_the_front(void)
{
    zk_buffer_append(&buffer, "abc", 3);
    zk_buffer_consume(&buffer, 2);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 1);
    CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[0], 'c');
    zk_buffer_consume(&buffer, 1);
    CU_ASSERT_EQUAL(buffer.start, 0);
    CU_ASSERT_EQUAL(buffer.length, 0);
}

static void a_queue_of_bounded_content_needs_bounded_memory(void)
{
    uint8_t next_in = 0;
    uint8_t next_out = 0;
    int i;

    for (i = 0; i < 100000; i++) {
        *zk_buffer_extend(&buffer, 1) = next_in++;
        if (i < 100)
            continue;
        if (zk_buffer_bytes(&buffer)[0] != next_out)
            break;
        next_out++;
        zk_buffer_consume(&buffer, 1);
    }
    CU_ASSERT_EQUAL(i, 100000);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 100);
    CU_ASSERT_TRUE(buffer.capacity <= 1024);
}

static void growth_of_a_mostly_full_buffer_drops_what_was_consumed(void)
{
    memset(zk_buffer_extend(&buffer, 256), 'a', 256);
    zk_buffer_consume(&buffer, 6);
    memset(zk_buffer_extend(&buffer, 1000), 'b', 1000);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 1250);
    CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[0], 'a');
    CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[249], 'a');
    CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[250], 'b');
}

static void printed_text_follows_without_its_nul(void)
{
    char longer[1000];

    zk_buffer_printf(&buffer, "%s=%d", "a", 1);
    zk_buffer_printf(&buffer, "%s", "");
    memset(longer, 'y', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    zk_buffer_printf(&buffer, ";%s;", longer);
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 3 + 1 + 999 + 1);
    CU_ASSERT_EQUAL(memcmp(zk_buffer_bytes(&buffer), "a=1;y", 5), 0);
    CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[1003], ';');
}

static void printed_text_may_fill_the_memory_exactly(void)
{
    size_t i;

    for (i = 0; i < 600; i++) {
        zk_buffer_printf(&buffer, "%c", 'a' + (int)(i % 26));
        CU_ASSERT_EQUAL(zk_buffer_bytes(&buffer)[i], 'a' + i % 26);
    }
    CU_ASSERT_EQUAL(zk_buffer_size(&buffer), 600);
}

static void shrinking_frees_only_an_empty_large_buffer(void)
{
    zk_buffer_extend(&buffer, 5000);
    zk_buffer_shrink(&buffer, 100);
    CU_ASSERT_TRUE(buffer.capacity >= 5000); /* not empty */
    zk_buffer_clear(&buffer);
    zk_buffer_shrink(&buffer, 1 << 20);
    CU_ASSERT_TRUE(buffer.capacity >= 5000); /* not large */
    zk_buffer_shrink(&buffer, 100);
    CU_ASSERT_EQUAL(buffer.capacity, 0);
    CU_ASSERT_PTR_NULL(buffer.data);
}

static const zk_test_t tests[] = {
    {"content survives growth", content_survives_growth},
    {"consuming everything starts again at the front",
     consuming_everything_starts_again_at_the_front},
    {"a queue of bounded content needs bounded memory",
     a_queue_of_bounded_content_needs_bounded_memory},
    {"growth of a mostly full buffer drops what was consumed",
     growth_of_a_mostly_full_buffer_drops_what_was_consumed},
    {"printed text follows without its NUL", printed_text_follows_without_its_nul},
    {"printed text may fill the memory exactly", printed_text_may_fill_the_memory_exactly},
    {"shrinking frees only an empty, large buffer", shrinking_frees_only_an_empty_large_buffer},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_buffer, "base/buffer", tests, start_empty, free_buffer);
