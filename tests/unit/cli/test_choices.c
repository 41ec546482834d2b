/* test_choices.c -- what Tab makes of its candidates. */
#include "cli/choices.h"

#include <string.h>
#include <apr_strings.h>

#include "lib/zk_test.h"

/* What WORD grows to with the candidates ITEMS, or "list". */
static const char *grow(const char *word, const char **items)
{
    zk_edit_choices_t choices = {0, 0, items};
    zk_buffer_t text = ZK_BUFFER_INIT;
    const char *result = "list";

    while (items[choices.count] != NULL)
        choices.count++;
    if (zk_choices_grow(&text, &choices, word, strlen(word)))
        result = apr_pstrmemdup(zk_test_pool(), (const char *)zk_buffer_bytes(&text),
                                zk_buffer_size(&text));
    zk_buffer_free(&text);
    return result;
}

static void one_candidate_is_taken_with_a_blank_behind(void)
{
    const char *items[] = {"/zookeeper", NULL};

    CU_ASSERT_STRING_EQUAL(grow("/zo", items), "/zookeeper ");
    CU_ASSERT_STRING_EQUAL(grow("/zookeeper", items), "/zookeeper ");
}

static void several_give_what_they_have_in_common_and_then_a_list(void)
{
    const char *items[] = {"/app/one", "/app/other", NULL};

    CU_ASSERT_STRING_EQUAL(grow("/app/", items), "/app/o");
    CU_ASSERT_STRING_EQUAL(grow("/app/o", items), "list");
}

static void quotes_that_all_need_replace_what_was_typed(void)
{
    const char *all[] = {"\"/my app\"", "\"/my box\"", NULL};
    const char *some[] = {"\"/my app\"", "/mybox", NULL};

    CU_ASSERT_STRING_EQUAL(grow("/my", all), "\"/my ");
    CU_ASSERT_STRING_EQUAL(grow("/my", some), "list");
}

static void what_they_have_in_common_ends_with_a_whole_character(void)
{
    /* two characters that share their first two bytes */
    const char *items[] = {"/\xe4\xb8\xad", "/\xe4\xb8\xae", NULL};

    CU_ASSERT_STRING_EQUAL(grow("", items), "/");
    CU_ASSERT_STRING_EQUAL(grow("/", items), "list");
}

static void check_list(const char **items, int count, int columns, const char *expected)
{
    zk_edit_choices_t choices = {0, count, items};
    zk_buffer_t text = ZK_BUFFER_INIT;

    zk_choices_list(&text, &choices, columns);
    zk_buffer_append(&text, "", 1);
    CU_ASSERT_STRING_EQUAL((const char *)zk_buffer_bytes(&text), expected);
    zk_buffer_free(&text);
}

static void candidates_are_listed_in_columns_read_downwards(void)
{
    const char *items[] = {"get", "getAcl", "ls", "set", "stat"};

    check_list(items, 5, 80, "get     getAcl  ls      set     stat\n");
    check_list(items, 5, 16, "get     set\ngetAcl  stat\nls\n");
    check_list(items, 2, 3, "get\ngetAcl\n");
}

static void columns_stay_straight_beside_wide_characters(void)
{
    const char *items[] = {"/\xe4\xb8\xad", "/abcd", "/e", "/f"};

    check_list(items, 4, 14, "/\xe4\xb8\xad    /e\n/abcd  /f\n");
}

static const zk_test_t tests[] = {
    {"one candidate is taken with a blank behind", one_candidate_is_taken_with_a_blank_behind},
    {"several give what they have in common, and then a list",
     several_give_what_they_have_in_common_and_then_a_list},
    {"quotes that all need replace what was typed", quotes_that_all_need_replace_what_was_typed},
    {"what they have in common ends with a whole character",
     what_they_have_in_common_ends_with_a_whole_character},
    {"candidates are listed in columns, read downwards",
     candidates_are_listed_in_columns_read_downwards},
    {"columns stay straight beside wide characters", columns_stay_straight_beside_wide_characters},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_choices, "cli/choices", tests, NULL, NULL);
