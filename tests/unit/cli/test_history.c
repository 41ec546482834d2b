/* test_history.c -- lines of earlier runs: where they are kept, which are, and how many. */
#include "cli/history.h"

#include <stdio.h>
#include <string.h>
#include <apr_env.h>
#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static const char *file_in_test_dir(void)
{
    return apr_pstrcat(zk_test_pool(), zk_test_dir(), "/lines", NULL);
}

typedef struct taken {
    int count;
    const char *first;
    const char *last;
} taken_t;

static void take(void *baton, const char *line)
{
    taken_t *taken = baton;

    if (taken->count++ == 0)
        taken->first = apr_pstrdup(zk_test_pool(), line);
    taken->last = apr_pstrdup(zk_test_pool(), line);
}

static taken_t load(const char *path)
{
    taken_t taken = {0, NULL, NULL};

    zk_history_load(path, take, &taken, zk_test_pool());
    return taken;
}

static void without_being_asked_nothing_is_kept(void)
{
    apr_env_delete("ZKCLI_HISTORY", zk_test_pool());
    CU_ASSERT_PTR_NULL(zk_history_path(zk_test_pool()));
    apr_env_set("ZKCLI_HISTORY", "off", zk_test_pool());
    CU_ASSERT_PTR_NULL(zk_history_path(zk_test_pool()));
    apr_env_set("ZKCLI_HISTORY", "", zk_test_pool());
    CU_ASSERT_PTR_NULL(zk_history_path(zk_test_pool()));
}

static void on_is_the_users_state_directory_and_all_else_a_file(void)
{
    const char *path;

    apr_env_set("XDG_STATE_HOME", zk_test_dir(), zk_test_pool());
    apr_env_set("LOCALAPPDATA", zk_test_dir(), zk_test_pool());
    apr_env_set("ZKCLI_HISTORY", "on", zk_test_pool());
    path = zk_history_path(zk_test_pool());
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CU_ASSERT_PTR_NOT_NULL(strstr(path, "paddock/zkcli_history"));
    zk_history_keep(path, "ls /", zk_test_pool());
    CU_ASSERT_EQUAL(load(path).count, 1);
    apr_env_set("ZKCLI_HISTORY", "/some/file", zk_test_pool());
    CU_ASSERT_STRING_EQUAL(zk_history_path(zk_test_pool()), "/some/file");
    apr_env_delete("ZKCLI_HISTORY", zk_test_pool());
}

static void lines_that_may_hold_a_password_are_secret(void)
{
    static const char *const secret[] = {
        "addauth digest joe:pw",    "  addauth digest joe:pw",     "\"addauth\" 'digest' joe:pw",
        "ADDAUTH sasl joe:pw",      "adauth digest joe:pw",        "setAcl /a auth:joe:pw:crwda",
        "create /a x digest:j:h:r", "setAcl -R /a digest:joe:h:r",
    };
    static const char *const open[] = {"ls /", "get /author", "create /a addauth",
                                       "setAcl /a world:anyone:r"};
    size_t i;

    for (i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
        CU_ASSERT_TRUE(zk_history_is_secret(secret[i]));
    for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        CU_ASSERT_FALSE(zk_history_is_secret(open[i]));
}

static void kept_lines_come_back_in_order_without_the_secret_ones(void)
{
    const char *path = file_in_test_dir();
    taken_t taken;

    CU_ASSERT_EQUAL(load(path).count, 0);
    zk_history_keep(path, "ls /", zk_test_pool());
    zk_history_keep(path, "addauth digest joe:pw", zk_test_pool());
    zk_history_keep(path, " get /private", zk_test_pool());
    zk_history_keep(path, "get /\xe4\xb8\xad", zk_test_pool());
    taken = load(path);
    CU_ASSERT_EQUAL_FATAL(taken.count, 2);
    CU_ASSERT_STRING_EQUAL(taken.first, "ls /");
    CU_ASSERT_STRING_EQUAL(taken.last, "get /\xe4\xb8\xad");
}

static void a_file_that_grew_too_long_keeps_its_newest_lines(void)
{
    const char *path = file_in_test_dir();
    const char *line = apr_pstrcat(zk_test_pool(), "set /a ", NULL);
    char *filler = apr_palloc(zk_test_pool(), 1001);
    taken_t taken;
    int i;

    memset(filler, 'x', 1000);
    filler[1000] = '\0';
    for (i = 0; i < 300; i++)
        zk_history_keep(path, apr_psprintf(zk_test_pool(), "%s%s%d", line, filler, i),
                        zk_test_pool());
    taken = load(path);
    CU_ASSERT_TRUE(taken.count > 200 && taken.count < 300);
    CU_ASSERT_EQUAL(strncmp(taken.first, line, strlen(line)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(taken.last, "x299"));
    CU_ASSERT_TRUE(zk_test_size(path) > 0);
    CU_ASSERT_TRUE(zk_test_size(path) <= ZK_HISTORY_BYTES_MAX);
    CU_ASSERT_EQUAL(load(path).count, taken.count);
}

static const zk_test_t tests[] = {
    {"without being asked, nothing is kept", without_being_asked_nothing_is_kept},
    {"'on' is the user's state directory, and all else a file",
     on_is_the_users_state_directory_and_all_else_a_file},
    {"lines that may hold a password are secret", lines_that_may_hold_a_password_are_secret},
    {"kept lines come back in order, without the secret ones",
     kept_lines_come_back_in_order_without_the_secret_ones},
    {"a file that grew too long keeps its newest lines",
     a_file_that_grew_too_long_keeps_its_newest_lines},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_history, "cli/history", tests, NULL, NULL);
