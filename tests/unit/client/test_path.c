/* test_path.c -- the client's path rules and the chroot. */
#include "client/path.h"

#include <string.h>

#include "lib/zk_test.h"

static void paths_are_judged_with_the_sentences_users_know(void)
{
    static const struct {
        const char *path;
        bool is_sequential;
        const char *sentence; /* NULL: accepted */
    } cases[] = {
        {"/", false, NULL},
        {"/a/b", false, NULL},
        {"/a.b/..c/d..", false, NULL},
        {"/zookeeper", false, NULL},
        {"/\xe4\xb8\xad\xe6\x96\x87", false, NULL},
        {"/q/", true, NULL},
        {"/q/.", true, NULL},
        {"/", true, NULL},
        {"", false, "Path length must be > 0"},
        {"", true, "Path must start with / character"},
        {"x", false, "Path must start with / character"},
        {"/x/", false, "Path must not end with / character"},
        {"/x//y", false, "Invalid path string \"/x//y\" caused by empty node name specified @3"},
        {"//x", false, "Invalid path string \"//x\" caused by empty node name specified @1"},
        {"/q//", true, "Invalid path string \"/q//\" caused by empty node name specified @3"},
        {"/.", false, "Invalid path string \"/.\" caused by relative paths not allowed @1"},
        {"/x/./y", false, "Invalid path string \"/x/./y\" caused by relative paths not allowed @3"},
        {"/x/..", false, "Invalid path string \"/x/..\" caused by relative paths not allowed @4"},
        {"/a\x01", false, "Invalid path string \"/a\x01\" caused by invalid character @2"},
        {"/a\x7f", false, "Invalid path string \"/a\x7f\" caused by invalid character @2"},
        {"/\xe4\xb8\xad\xef\xbf\xbd", false,
         "Invalid path string \"/\xe4\xb8\xad\xef\xbf\xbd\" caused by invalid character @2"},
        {"/\xf0\x9f\x98\x80", false,
         "Invalid path string \"/\xf0\x9f\x98\x80\" caused by invalid character @1"},
        {"/\xff", false, "Invalid path string \"/\xff\" caused by invalid character @1"},
        {"/\xc0\x80", false, "Invalid path string \"/\xc0\x80\" caused by invalid character @1"},
        {"/\xe4\xb8", false, "Invalid path string \"/\xe4\xb8\" caused by invalid character @1"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        zk_note_t note = {""};
        bool accepted = zk_client_path_check(zk_str(cases[i].path), cases[i].is_sequential, &note);

        CU_ASSERT_EQUAL(accepted, cases[i].sentence == NULL);
        if (cases[i].sentence != NULL)
            CU_ASSERT_STRING_EQUAL(note.text, cases[i].sentence);
    }
}

static void a_null_character_is_named(void)
{
    zk_note_t note;

    CU_ASSERT_FALSE(zk_client_path_check(zk_str_n("/a\0b", 4), false, &note));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "null character not allowed @2"));
}

static void the_chroot_is_put_before_and_taken_off(void)
{
    zk_arena_t *arena = zk_arena_create();

    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_absolute("", zk_str("/a"), arena), "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_absolute("/c", zk_str("/a"), arena), "/c/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_absolute("/c", zk_str("/"), arena), "/c"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_relative("", zk_str("/a")), "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_relative("/c", zk_str("/c/a")), "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_relative("/c", zk_str("/c")), "/"));
    zk_arena_destroy(arena);
}

static void a_path_outside_the_chroot_is_left_alone(void)
{
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_relative("/c", zk_str("/zookeeper/config")),
                                  "/zookeeper/config"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_client_path_relative("/c", zk_str("/cd")), "/cd"));
}

static const zk_test_t tests[] = {
    {"paths are judged with the sentences users know",
     paths_are_judged_with_the_sentences_users_know},
    {"a null character is named", a_null_character_is_named},
    {"the chroot is put before and taken off", the_chroot_is_put_before_and_taken_off},
    {"a path outside the chroot is left alone", a_path_outside_the_chroot_is_left_alone},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_path, "client/path", tests, NULL, NULL);
