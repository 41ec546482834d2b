/* test_status.c -- notes, texts of statuses, and zeroed memory. */
#include "base/status.h"

#include <stdint.h>
#include <string.h>

#include "lib/zk_test.h"

static void our_own_status_has_our_text(void)
{
    char text[64];

    CU_ASSERT_STRING_EQUAL(zk_status_text(ZK_E_CORRUPT, text, sizeof(text)),
                           "stored data is damaged");
    CU_ASSERT_STRING_EQUAL(zk_status_text(ZK_E_USAGE, text, sizeof(text)), "wrong arguments");
    CU_ASSERT_TRUE(ZK_E_CORRUPT > APR_OS_START_USERERR);
}

static void a_status_of_apr_has_its_text(void)
{
    char text[128];

    zk_status_text(APR_ENOENT, text, sizeof(text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "No such file"));
    CU_ASSERT_PTR_NULL(strchr(" .\r\n", text[strlen(text) - 1]));
    CU_ASSERT_STRING_EQUAL(zk_status_text(APR_SUCCESS, text, sizeof(text)), "success");
}

static void a_note_returns_its_status_and_adds_the_reason(void)
{
    zk_note_t note;

    CU_ASSERT_EQUAL(zk_note(&note, APR_ENOENT, "cannot open '%s'", "a"), APR_ENOENT);
    CU_ASSERT_EQUAL(strncmp(note.text, "cannot open 'a': No such file", 29), 0);
}

static void a_note_with_our_own_status_is_complete_as_it_stands(void)
{
    zk_note_t note;

    CU_ASSERT_EQUAL(zk_note(&note, ZK_E_CONFIG, "line %d", 7), ZK_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(note.text, "line 7");
    CU_ASSERT_EQUAL(zk_note(&note, APR_SUCCESS, "fine"), APR_SUCCESS);
    CU_ASSERT_STRING_EQUAL(note.text, "fine");
}

static void a_prefix_goes_before_the_sentence(void)
{
    zk_note_t note;

    zk_note(&note, ZK_E_CORRUPT, "bad byte at %d", 3);
    CU_ASSERT_EQUAL(zk_note_prefix(&note, ZK_E_CORRUPT, "file '%s'", "log.1"), ZK_E_CORRUPT);
    CU_ASSERT_STRING_EQUAL(note.text, "file 'log.1': bad byte at 3");
}

static void a_sentence_that_does_not_fit_is_cut(void)
{
    zk_note_t note;
    char longer[ZK_NOTE_BYTES * 2];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    zk_note(&note, APR_ENOENT, "%s", longer);
    CU_ASSERT_EQUAL(strlen(note.text), ZK_NOTE_BYTES - 1);
    zk_note_prefix(&note, ZK_E_CORRUPT, "outer");
    CU_ASSERT_EQUAL(strlen(note.text), ZK_NOTE_BYTES - 1);
    CU_ASSERT_EQUAL(strncmp(note.text, "outer: xxx", 10), 0);
}

static void no_note_is_no_problem(void)
{
    CU_ASSERT_EQUAL(zk_note(NULL, ZK_E_FULL, "nobody reads this"), ZK_E_FULL);
    CU_ASSERT_EQUAL(zk_note_prefix(NULL, ZK_E_FULL, "nor this"), ZK_E_FULL);
}

static void memory_of_no_size_is_still_memory(void)
{
    void *a = zk_malloc(0);
    uint8_t *b = zk_calloc(3, 5);
    uint8_t zeros[15] = {0};

    CU_ASSERT_PTR_NOT_NULL(a);
    CU_ASSERT_EQUAL(memcmp(b, zeros, 15), 0);
    b = zk_realloc(b, 4000);
    CU_ASSERT_EQUAL(memcmp(b, zeros, 15), 0);
    zk_free(a);
    zk_free(b);
    zk_free(NULL);
}

static const zk_test_t tests[] = {
    {"our own status has our text", our_own_status_has_our_text},
    {"a status of APR has its text", a_status_of_apr_has_its_text},
    {"a note returns its status and adds the reason",
     a_note_returns_its_status_and_adds_the_reason},
    {"a note with our own status is complete as it stands",
     a_note_with_our_own_status_is_complete_as_it_stands},
    {"a prefix goes before the sentence", a_prefix_goes_before_the_sentence},
    {"a sentence that does not fit is cut", a_sentence_that_does_not_fit_is_cut},
    {"no note is no problem", no_note_is_no_problem},
    {"memory of no size is still memory", memory_of_no_size_is_still_memory},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_status, "base/status", tests, NULL, NULL);
