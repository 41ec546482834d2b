/* test_path.c -- what is a path; boundary characters as the Java server has them. */
#include "lib/zk_test.h"
#include "tree/path.h"

static bool valid(const char *path)
{
    return zk_path_is_valid(zk_str(path));
}

static void ordinary_paths_are_valid(void)
{
    CU_ASSERT_TRUE(valid("/"));
    CU_ASSERT_TRUE(valid("/a"));
    CU_ASSERT_TRUE(valid("/a/b c:\\d"));
    CU_ASSERT_TRUE(valid("/.../.x/..x/x../x."));
    CU_ASSERT_TRUE(valid("/\xc3\xa4\xe2\x82\xac"));
}

static void form_is_checked(void)
{
    CU_ASSERT_FALSE(valid(NULL));
    CU_ASSERT_FALSE(valid(""));
    CU_ASSERT_FALSE(valid("a"));
    CU_ASSERT_FALSE(valid("/a/"));
    CU_ASSERT_FALSE(valid("//a"));
    CU_ASSERT_FALSE(valid("/a//b"));
    CU_ASSERT_FALSE(valid("/."));
    CU_ASSERT_FALSE(valid("/.."));
    CU_ASSERT_FALSE(valid("/a/./b"));
    CU_ASSERT_FALSE(valid("/a/../b"));
    CU_ASSERT_FALSE(valid("/a/.."));
    CU_ASSERT_FALSE(zk_path_is_valid(zk_str_n("/a\0b", 4)));
}

static void forbidden_characters_end_where_java_ends_them(void)
{
    CU_ASSERT_FALSE(valid("/\x01"));
    CU_ASSERT_FALSE(valid("/\x1f"));
    CU_ASSERT_TRUE(valid("/\x20"));
    CU_ASSERT_TRUE(valid("/\x7e"));
    CU_ASSERT_FALSE(valid("/\x7f"));
    CU_ASSERT_FALSE(valid("/\xc2\x80"));
    CU_ASSERT_FALSE(valid("/\xc2\x9f"));
    CU_ASSERT_TRUE(valid("/\xc2\xa0"));
    CU_ASSERT_TRUE(valid("/\xed\x9f\xbf"));      /* U+D7FF */
    CU_ASSERT_FALSE(valid("/\xee\x80\x80"));     /* U+E000 */
    CU_ASSERT_FALSE(valid("/\xef\xa3\xbf"));     /* U+F8FF */
    CU_ASSERT_TRUE(valid("/\xef\xa4\x80"));      /* U+F900 */
    CU_ASSERT_TRUE(valid("/\xef\xbf\xaf"));      /* U+FFEF */
    CU_ASSERT_FALSE(valid("/\xef\xbf\xb0"));     /* U+FFF0 */
    CU_ASSERT_FALSE(valid("/\xef\xbf\xbd"));     /* U+FFFD */
    CU_ASSERT_FALSE(valid("/\xf0\x9f\x90\xb4")); /* a surrogate pair in Java */
}

static void malformed_utf8_is_refused(void)
{
    CU_ASSERT_FALSE(valid("/\x80"));
    CU_ASSERT_FALSE(valid("/\xc3"));
    CU_ASSERT_FALSE(valid("/\xc0\xaf"));
    CU_ASSERT_FALSE(valid("/\xe0\x9f\xbf"));
    CU_ASSERT_FALSE(valid("/\xe2\x82/x"));
    CU_ASSERT_FALSE(valid("/\xed\xa0\x80"));
}

static void parents_and_names_are_views(void)
{
    CU_ASSERT_TRUE(zk_str_equal_c(zk_path_parent(zk_str("/a")), ""));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_path_parent(zk_str("/a/b")), "/a"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_path_name(zk_str("/a/b")), "b"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_path_name(zk_str("/a/")), ""));
}

static void the_weak_rule_wants_a_slash_and_no_nul(void)
{
    CU_ASSERT_TRUE(zk_path_has_parent_form(zk_str("a/")));
    CU_ASSERT_FALSE(zk_path_has_parent_form(zk_str("a")));
    CU_ASSERT_FALSE(zk_path_has_parent_form(zk_str("")));
    CU_ASSERT_FALSE(zk_path_has_parent_form(zk_str(NULL)));
    CU_ASSERT_FALSE(zk_path_has_parent_form(zk_str_n("/\0", 2)));
}

static void whole_components_decide_what_is_within(void)
{
    CU_ASSERT_TRUE(zk_path_is_within(zk_str("/a/b"), zk_str("/a")));
    CU_ASSERT_TRUE(zk_path_is_within(zk_str("/a"), zk_str("/a")));
    CU_ASSERT_FALSE(zk_path_is_within(zk_str("/ab"), zk_str("/a")));
    CU_ASSERT_FALSE(zk_path_is_within(zk_str("/"), zk_str("/a")));
    CU_ASSERT_TRUE(zk_path_is_within(zk_str("/a"), zk_str("/")));
}

static void four_paths_are_special(void)
{
    CU_ASSERT_TRUE(zk_path_is_special(zk_str("/")));
    CU_ASSERT_TRUE(zk_path_is_special(zk_str("/zookeeper")));
    CU_ASSERT_TRUE(zk_path_is_special(zk_str("/zookeeper/quota")));
    CU_ASSERT_TRUE(zk_path_is_special(zk_str("/zookeeper/config")));
    CU_ASSERT_FALSE(zk_path_is_special(zk_str("/zookeeper/quota/a")));
    CU_ASSERT_FALSE(zk_path_is_special(zk_str("")));
}

static const zk_test_t tests[] = {
    {"ordinary paths are valid", ordinary_paths_are_valid},
    {"form is checked", form_is_checked},
    {"forbidden characters end where Java ends them",
     forbidden_characters_end_where_java_ends_them},
    {"malformed UTF-8 is refused", malformed_utf8_is_refused},
    {"parents and names are views", parents_and_names_are_views},
    {"the weak rule wants a slash and no NUL", the_weak_rule_wants_a_slash_and_no_nul},
    {"whole components decide what is within", whole_components_decide_what_is_within},
    {"four paths are special", four_paths_are_special},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_path, "tree/path", tests, NULL, NULL);
