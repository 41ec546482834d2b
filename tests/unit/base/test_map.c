/* test_map.c -- both maps: contents against a plain model, and the order of iteration. */
#include "base/map.h"

#include <stdio.h>

#include "base/random.h"
#include "lib/zk_test.h"

#define KEYS 500

static int values[KEYS];

static void a_key_is_found_until_it_is_removed(void)
{
    zk_map64_t map = ZK_MAP64_INIT;

    CU_ASSERT_PTR_NULL(zk_map64_get(&map, 1));
    CU_ASSERT_PTR_NULL(zk_map64_remove(&map, 1));
    CU_ASSERT_PTR_NULL(zk_map64_set(&map, 1, &values[0]));
    CU_ASSERT_PTR_EQUAL(zk_map64_set(&map, 1, &values[1]), &values[0]);
    CU_ASSERT_PTR_EQUAL(zk_map64_get(&map, 1), &values[1]);
    CU_ASSERT_EQUAL(zk_map64_count(&map), 1);
    CU_ASSERT_PTR_EQUAL(zk_map64_remove(&map, 1), &values[1]);
    CU_ASSERT_PTR_NULL(zk_map64_get(&map, 1));
    CU_ASSERT_EQUAL(zk_map64_count(&map), 0);
    zk_map64_free(&map);
}

static void iteration_is_in_order_of_insertion(void)
{
    zk_map64_t map = ZK_MAP64_INIT;
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;
    uint64_t expected = 1;
    uint64_t key;

    for (key = 1; key <= 1000; key++)
        zk_map64_set(&map, key * 0x100000001, &values[0]);
    for (key = 2; key <= 1000; key += 2)
        zk_map64_remove(&map, key * 0x100000001);
    zk_map64_set(&map, 2 * 0x100000001ULL, &values[1]); /* again: now it is the youngest */
    while ((entry = zk_map64_next(&map, &cursor)) != NULL && expected < 1000) {
        CU_ASSERT_EQUAL(entry->key, expected * 0x100000001);
        expected += 2;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
    CU_ASSERT_EQUAL(entry->key, 2 * 0x100000001ULL);
    CU_ASSERT_PTR_NULL(zk_map64_next(&map, &cursor));
    zk_map64_free(&map);
}

static void entries_may_be_removed_during_the_walk(void)
{
    zk_map64_t map = ZK_MAP64_INIT;
    zk_map64_entry_t *entry;
    uint32_t cursor = 0;
    uint64_t key;
    int seen = 0;

    for (key = 0; key < 100; key++)
        zk_map64_set(&map, key, &values[0]);
    while ((entry = zk_map64_next(&map, &cursor)) != NULL) {
        zk_map64_remove(&map, entry->key);
        seen++;
    }
    CU_ASSERT_EQUAL(seen, 100);
    CU_ASSERT_EQUAL(zk_map64_count(&map), 0);
    zk_map64_free(&map);
}

static void random_changes_agree_with_a_plain_table(void)
{
    zk_map64_t map = ZK_MAP64_INIT;
    void *model[KEYS] = {NULL};
    zk_random_t random;
    int differences = 0;
    int i;

    zk_random_seed(&random, 1);
    for (i = 0; i < 200000; i++) {
        /* phases of growth and of decline, so that rebuilds of both kinds happen */
        uint64_t key = zk_random_below(&random, KEYS);
        void *value = &values[zk_random_below(&random, KEYS)];
        bool set = zk_random_below(&random, 10) < (i / 5000 % 2 == 0 ? 7u : 2u);
        void *before = set ? zk_map64_set(&map, key, value) : zk_map64_remove(&map, key);

        differences += before != model[key];
        model[key] = set ? value : NULL;
    }
    for (i = 0; i < KEYS; i++)
        differences += zk_map64_get(&map, (uint64_t)i) != model[i];
    CU_ASSERT_EQUAL(differences, 0);
    zk_map64_free(&map);
}

static void a_small_set_that_churns_needs_little_memory(void)
{
    zk_map64_t map = ZK_MAP64_INIT;
    uint64_t key;

    for (key = 0; key < 100000; key++) {
        zk_map64_set(&map, key, &values[0]);
        if (key >= 10)
            zk_map64_remove(&map, key - 10);
    }
    CU_ASSERT_EQUAL(zk_map64_count(&map), 10);
    CU_ASSERT_TRUE(map.capacity <= 64);
    zk_map64_free(&map);
}

static void memory_follows_a_set_that_became_small(void)
{
    zk_map64_t map = ZK_MAP64_INIT;
    uint32_t largest;
    uint64_t key;

    for (key = 0; key < 100000; key++)
        zk_map64_set(&map, key, &values[0]);
    largest = map.capacity;
    for (key = 10; key < 100000; key++)
        zk_map64_remove(&map, key);
    for (key = 0; key < 1000000; key++) {
        zk_map64_set(&map, 1000000 + key, &values[0]);
        zk_map64_remove(&map, 1000000 + key);
    }
    CU_ASSERT_TRUE(map.capacity < largest / 64);
    CU_ASSERT_PTR_EQUAL(zk_map64_get(&map, 9), &values[0]);
    zk_map64_free(&map);
}

static void string_keys_are_copied_and_compared_by_bytes(void)
{
    zk_map_str_t map = ZK_MAP_STR_INIT;
    char key[] = "/app/one";

    zk_map_str_set(&map, zk_str(key), &values[0]);
    key[5] = 'X';
    CU_ASSERT_PTR_EQUAL(zk_map_str_get(&map, zk_str("/app/one")), &values[0]);
    CU_ASSERT_PTR_NULL(zk_map_str_get(&map, zk_str(key)));
    zk_map_str_set(&map, zk_str_n("a\0b", 3), &values[1]);
    zk_map_str_set(&map, zk_str_n("a\0c", 3), &values[2]);
    zk_map_str_set(&map, zk_str(""), &values[3]);
    CU_ASSERT_PTR_EQUAL(zk_map_str_get(&map, zk_str_n("a\0b", 3)), &values[1]);
    CU_ASSERT_PTR_EQUAL(zk_map_str_get(&map, zk_str_n("a\0c", 3)), &values[2]);
    CU_ASSERT_PTR_NULL(zk_map_str_get(&map, zk_str("a")));
    CU_ASSERT_PTR_EQUAL(zk_map_str_get(&map, zk_str("")), &values[3]);
    CU_ASSERT_EQUAL(zk_map_str_count(&map), 4);
    zk_map_str_free(&map);
}

static void string_keys_agree_with_a_plain_table(void)
{
    zk_map_str_t map = ZK_MAP_STR_INIT;
    void *model[KEYS] = {NULL};
    zk_random_t random;
    int differences = 0;
    int i;

    zk_random_seed(&random, 2);
    for (i = 0; i < 100000; i++) {
        uint64_t number = zk_random_below(&random, KEYS);
        void *value = &values[zk_random_below(&random, KEYS)];
        bool set = zk_random_below(&random, 10) < (i / 5000 % 2 == 0 ? 7u : 2u);
        char key[32];
        void *before;

        snprintf(key, sizeof(key), "/app/znode-%03d", (int)number);
        before =
            set ? zk_map_str_set(&map, zk_str(key), value) : zk_map_str_remove(&map, zk_str(key));
        differences += before != model[number];
        model[number] = set ? value : NULL;
    }
    CU_ASSERT_EQUAL(differences, 0);
    zk_map_str_free(&map);
}

static void string_keys_iterate_in_order_of_insertion(void)
{
    static const char *const keys[] = {"zoo", "ant", "mule"};
    zk_map_str_t map = ZK_MAP_STR_INIT;
    zk_map_str_entry_t *entry;
    uint32_t cursor = 0;
    size_t i = 0;

    zk_map_str_set(&map, zk_str("gone"), &values[0]);
    for (i = 0; i < 3; i++)
        zk_map_str_set(&map, zk_str(keys[i]), &values[i]);
    CU_ASSERT_PTR_EQUAL(zk_map_str_remove(&map, zk_str("gone")), &values[0]);
    for (i = 0; (entry = zk_map_str_next(&map, &cursor)) != NULL && i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(entry->key, keys[i]);
        CU_ASSERT_PTR_EQUAL(entry->value, &values[i]);
    }
    CU_ASSERT_EQUAL(i, 3);
    zk_map_str_free(&map);
}

static void the_hash_tells_size_seed_and_every_byte_apart(void)
{
    uint8_t bytes[33] = {0};
    uint64_t plain = zk_hash_bytes(bytes, 33, 0);
    size_t i;

    CU_ASSERT_NOT_EQUAL(plain, zk_hash_bytes(bytes, 32, 0));
    CU_ASSERT_NOT_EQUAL(plain, zk_hash_bytes(bytes, 33, 1));
    for (i = 0; i < 33; i++) {
        bytes[i] = 1;
        CU_ASSERT_NOT_EQUAL(plain, zk_hash_bytes(bytes, 33, 0));
        bytes[i] = 0;
    }
}

static const zk_test_t tests[] = {
    {"a key is found until it is removed", a_key_is_found_until_it_is_removed},
    {"iteration is in order of insertion", iteration_is_in_order_of_insertion},
    {"entries may be removed during the walk", entries_may_be_removed_during_the_walk},
    {"random changes agree with a plain table", random_changes_agree_with_a_plain_table},
    {"a small set that churns needs little memory", a_small_set_that_churns_needs_little_memory},
    {"memory follows a set that became small", memory_follows_a_set_that_became_small},
    {"string keys are copied and compared by bytes", string_keys_are_copied_and_compared_by_bytes},
    {"string keys agree with a plain table", string_keys_agree_with_a_plain_table},
    {"string keys iterate in order of insertion", string_keys_iterate_in_order_of_insertion},
    {"the hash tells size, seed and every byte apart",
     the_hash_tells_size_seed_and_every_byte_apart},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_map, "base/map", tests, NULL, NULL);
