/* test_manager.c -- what a service manager is told, and how often.  What it hears is in
 * tests/unit/unix/test_service.c, what it does with it in tests/packages. */
#include "lib/zk_test.h"

#include <string.h>
#include <apr_strings.h>

#include "server/manager.h"

static void a_role_is_told_when_it_changes_and_once_per_second_at_most(void)
{
    zk_manager_t manager = {0};

    zk_manager_ready(&manager, 5000, "standalone");
    CU_ASSERT_STRING_EQUAL(manager.told, "standalone");
    CU_ASSERT_FALSE(zk_manager_may_tell(&manager, 5999));
    zk_manager_tell(&manager, 5999, "leading");
    CU_ASSERT_STRING_EQUAL(manager.told, "standalone");
    CU_ASSERT_TRUE(zk_manager_may_tell(&manager, 6000));
    zk_manager_tell(&manager, 6000, "leading");
    CU_ASSERT_STRING_EQUAL(manager.told, "leading");
    CU_ASSERT_FALSE(zk_manager_may_tell(&manager, 6999));
}

static void a_role_that_stays_is_looked_at_once_per_second_too(void)
{
    zk_manager_t manager = {0};

    zk_manager_ready(&manager, 0, "standalone");
    zk_manager_tell(&manager, 1500, "standalone");
    CU_ASSERT_FALSE(zk_manager_may_tell(&manager, 2499));
    CU_ASSERT_TRUE(zk_manager_may_tell(&manager, 2500));
}

static void a_long_role_is_cut_and_not_told_again_and_again(void)
{
    char text[2 * ZK_MANAGER_TEXT_BYTES];
    zk_manager_t manager = {0};

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    zk_manager_ready(&manager, 0, text);
    CU_ASSERT_EQUAL(strlen(manager.told), ZK_MANAGER_TEXT_BYTES - 1);
    zk_manager_tell(&manager, 1000, text);
    CU_ASSERT_EQUAL(strlen(manager.told), ZK_MANAGER_TEXT_BYTES - 1);
}

static void the_role_is_told_again_after_a_load(void)
{
    zk_manager_t manager = {0};

    zk_manager_ready(&manager, 0, "following server 2");
    zk_manager_loaded(&manager);
    CU_ASSERT_STRING_EQUAL(manager.told, "");
    zk_manager_tell(&manager, 1000, "following server 2");
    CU_ASSERT_STRING_EQUAL(manager.told, "following server 2");
}

static void a_server_that_ends_tells_no_role(void)
{
    zk_manager_t manager = {0};

    zk_manager_ready(&manager, 0, "leading");
    zk_manager_stopping(&manager);
    CU_ASSERT_FALSE(zk_manager_may_tell(&manager, 1000000));
}

static void a_quorum_is_news_when_it_is_lost_and_when_it_is_back(void)
{
    zk_manager_t manager = {0};

    CU_ASSERT_PTR_NULL(zk_manager_quorum(&manager, false));
    CU_ASSERT_PTR_NULL(zk_manager_quorum(&manager, true));
    CU_ASSERT_PTR_NULL(zk_manager_quorum(&manager, true));
    CU_ASSERT_STRING_EQUAL(zk_manager_quorum(&manager, false), "lost");
    CU_ASSERT_PTR_NULL(zk_manager_quorum(&manager, false));
    CU_ASSERT_STRING_EQUAL(zk_manager_quorum(&manager, true), "regained");
}

static void damage_that_did_not_keep_the_data_from_loading_is_told(void)
{
    zk_store_loaded_t loaded = {.has_snapshot = true};
    char text[256];

    CU_ASSERT_FALSE(zk_manager_describe_damage(&loaded, text, sizeof(text)));
    loaded.torn_tail = true;
    CU_ASSERT_TRUE(zk_manager_describe_damage(&loaded, text, sizeof(text)));
    CU_ASSERT_STRING_EQUAL(text,
                           "the end of the log, an unfinished transaction, which was cut off");
    loaded.damaged_snapshot = true;
    CU_ASSERT_TRUE(zk_manager_describe_damage(&loaded, text, sizeof(text)));
    CU_ASSERT_TRUE(strncmp(text, "a snapshot, for which", 21) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "taken; the end of the log"));
    loaded.torn_tail = false;
    CU_ASSERT_TRUE(zk_manager_describe_damage(&loaded, text, sizeof(text)));
    CU_ASSERT_PTR_NULL(strstr(text, ";"));
}

static void signs_of_life_come_at_a_third_of_the_interval(void)
{
    zk_manager_t manager = {.alive_every_ms = 1000};

    zk_manager_alive(&manager, 100);
    CU_ASSERT_EQUAL(manager.next_alive_ms, 1100);
    zk_manager_alive(&manager, 1099);
    CU_ASSERT_EQUAL(manager.next_alive_ms, 1100);
    zk_manager_alive(&manager, 1500);
    CU_ASSERT_EQUAL(manager.next_alive_ms, 2500);
}

static const char *described(const zk_progress_t *progress)
{
    char text[ZK_MANAGER_TEXT_BYTES];

    zk_progress_describe(progress, text, sizeof(text));
    return apr_pstrdup(zk_test_pool(), text);
}

static void a_load_is_told_in_percent_of_the_file(void)
{
    zk_progress_t progress = {.name = "snapshot.1a", .bytes_total = 10000};

    CU_ASSERT_STRING_EQUAL(described(&progress), "loading snapshot.1a (0 %)");
    zk_progress_znode(&progress, 4124);
    CU_ASSERT_STRING_EQUAL(described(&progress), "loading snapshot.1a (42 %)");
    zk_progress_znode(&progress, 1000000); /* more than the file: a snapshot of another kind */
    CU_ASSERT_STRING_EQUAL(described(&progress), "loading snapshot.1a (100 %)");
    zk_progress_txn(&progress);
    CU_ASSERT_STRING_EQUAL(described(&progress),
                           "loading the log above snapshot.1a (1 transactions)");
}

static void a_load_of_unknown_size_is_told_in_znodes(void)
{
    zk_progress_t progress = {.name = "snapshot.0"};

    zk_progress_znode(&progress, 1);
    zk_progress_znode(&progress, 1);
    CU_ASSERT_STRING_EQUAL(described(&progress), "loading snapshot.0 (2 znodes)");
}

static const zk_test_t tests[] = {
    {"a role is told when it changes, and once per second at most",
     a_role_is_told_when_it_changes_and_once_per_second_at_most},
    {"a role that stays is looked at once per second too",
     a_role_that_stays_is_looked_at_once_per_second_too},
    {"a long role is cut and not told again and again",
     a_long_role_is_cut_and_not_told_again_and_again},
    {"the role is told again after a load", the_role_is_told_again_after_a_load},
    {"a server that ends tells no role", a_server_that_ends_tells_no_role},
    {"a quorum is news when it is lost and when it is back",
     a_quorum_is_news_when_it_is_lost_and_when_it_is_back},
    {"damage that did not keep the data from loading is told",
     damage_that_did_not_keep_the_data_from_loading_is_told},
    {"signs of life come at a third of the interval",
     signs_of_life_come_at_a_third_of_the_interval},
    {"a load is told in percent of the file", a_load_is_told_in_percent_of_the_file},
    {"a load of unknown size is told in znodes", a_load_of_unknown_size_is_told_in_znodes},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_manager, "server/manager", tests, NULL, NULL);
