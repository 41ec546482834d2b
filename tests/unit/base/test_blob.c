/* test_blob.c -- counted bytes, also between threads. */
#include "base/blob.h"

#include <string.h>
#include <apr_thread_proc.h>

#include "lib/zk_test.h"

#define ROUNDS 20000

static void a_copy_holds_the_same_bytes(void)
{
    zk_blob_t *blob = zk_blob_copy("abc", 3);

    CU_ASSERT_EQUAL(blob->size, 3);
    CU_ASSERT_EQUAL(memcmp(blob->bytes, "abc", 3), 0);
    zk_blob_release(blob);
}

static void nothing_can_be_counted_too(void)
{
    zk_blob_t *blob = zk_blob_copy(NULL, 0);

    CU_ASSERT_EQUAL(blob->size, 0);
    zk_blob_release(blob);
    zk_blob_release(NULL);
}

static void the_bytes_live_as_long_as_one_holder(void)
{
    zk_blob_t *blob = zk_blob_copy("x", 1);

    CU_ASSERT_PTR_EQUAL(zk_blob_hold(blob), blob);
    CU_ASSERT_EQUAL(blob->references, 2);
    zk_blob_release(blob);
    CU_ASSERT_EQUAL(blob->references, 1);
    CU_ASSERT_EQUAL(blob->bytes[0], 'x');
    zk_blob_release(blob);
}

static void *APR_THREAD_FUNC hold_and_release(apr_thread_t *thread, void *baton)
{
    zk_blob_t *blob = baton;
    int i;

    (void)thread;
    for (i = 0; i < ROUNDS; i++)
        zk_blob_release(zk_blob_hold(blob));
    zk_blob_release(blob);
    return NULL;
}

static void counting_from_several_threads_loses_nothing(void)
{
    zk_blob_t *blob = zk_blob_copy("shared", 6);
    apr_thread_t *threads[3];
    apr_status_t result;
    size_t i;

    for (i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(apr_thread_create(&threads[i], NULL, hold_and_release,
                                                zk_blob_hold(blob), zk_test_pool()),
                              APR_SUCCESS);
    for (i = 0; i < 3; i++)
        apr_thread_join(&result, threads[i]);
    CU_ASSERT_EQUAL(blob->references, 1);
    zk_blob_release(blob);
}

static const zk_test_t tests[] = {
    {"a copy holds the same bytes", a_copy_holds_the_same_bytes},
    {"nothing can be counted too", nothing_can_be_counted_too},
    {"the bytes live as long as one holder", the_bytes_live_as_long_as_one_holder},
    {"counting from several threads loses nothing", counting_from_several_threads_loses_nothing},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_blob, "base/blob", tests, NULL, NULL);
