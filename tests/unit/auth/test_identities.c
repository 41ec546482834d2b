/* test_identities.c -- sets of identities are immutable and counted. */
#include "auth/scheme.h"
#include "lib/zk_test.h"

#include <stdio.h>

static zk_identities_t *fresh;

static void setup(void)
{
    fresh = zk_identities_for_address(zk_str("10.0.0.1"));
}

static void teardown(void)
{
    zk_identities_release(fresh);
}

static void a_fresh_connection_is_its_address(void)
{
    zk_id_t id = zk_identities_at(fresh, 0);

    CU_ASSERT_EQUAL(zk_identities_count(fresh), 1);
    CU_ASSERT_TRUE(zk_str_equal_c(id.scheme, "ip"));
    CU_ASSERT_TRUE(zk_str_equal_c(id.id, "10.0.0.1"));
    CU_ASSERT_FALSE(zk_identities_is_super(fresh));
}

static void adding_leaves_the_old_set_as_it_was(void)
{
    zk_identities_t *larger = zk_identities_with(fresh, zk_str("digest"), zk_str("u:x"));

    CU_ASSERT_EQUAL(zk_identities_count(fresh), 1);
    CU_ASSERT_EQUAL(zk_identities_count(larger), 2);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_identities_at(larger, 1).id, "u:x"));
    zk_identities_release(larger);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_identities_at(fresh, 0).id, "10.0.0.1"));
}

static void adding_what_is_there_gives_the_same_set(void)
{
    zk_identities_t *same = zk_identities_with(fresh, zk_str("ip"), zk_str("10.0.0.1"));

    CU_ASSERT_PTR_EQUAL(same, fresh);
    zk_identities_release(same);
}

static void super_is_noticed_whatever_its_id(void)
{
    zk_identities_t *with = zk_identities_with(fresh, zk_str("super"), zk_str(""));

    CU_ASSERT_TRUE(zk_identities_is_super(with));
    zk_identities_release(with);
}

static void a_held_set_outlives_its_first_owner(void)
{
    zk_identities_t *set = zk_identities_for_address(zk_str("::1"));
    zk_identities_t *held = zk_identities_hold(set);

    zk_identities_release(set);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_identities_at(held, 0).id, "::1"));
    zk_identities_release(held);
}

static void what_a_server_names_is_taken_up_to_a_bound(void)
{
    enum { COUNT = 65536 };
    zk_id_t *ids = zk_calloc(COUNT, sizeof(*ids));
    char(*text)[8] = zk_calloc(COUNT, sizeof(*text));
    zk_identities_t *set;
    bool all;
    int i;

    for (i = 0; i < COUNT; i++) {
        snprintf(text[i], sizeof(text[i]), "%d", i);
        ids[i] = (zk_id_t){zk_str(i == 0 ? "ip" : "x"), zk_str(text[i])};
    }
    set = zk_identities_of(ids, 3, &all);
    CU_ASSERT_TRUE(all);
    CU_ASSERT_EQUAL(zk_identities_count(set), 3);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_identities_at(set, 0).id, "0"));
    zk_identities_release(set);
    set = zk_identities_of(ids + 1, 1, &all); /* no address: an empty one */
    CU_ASSERT_TRUE(all);
    CU_ASSERT_EQUAL(zk_identities_count(set), 2);
    zk_identities_release(set);
    set = zk_identities_of(NULL, -1, &all);
    CU_ASSERT_TRUE(all);
    CU_ASSERT_EQUAL(zk_identities_count(set), 1);
    zk_identities_release(set);
    set = zk_identities_of(ids, COUNT, &all); /* adding one by one would take half a minute */
    CU_ASSERT_FALSE(all);
    CU_ASSERT_EQUAL(zk_identities_count(set), 1024);
    zk_identities_release(set);
    zk_free(ids);
    zk_free(text);
}

static const zk_test_t tests[] = {
    {"a fresh connection is its address", a_fresh_connection_is_its_address},
    {"adding leaves the old set as it was", adding_leaves_the_old_set_as_it_was},
    {"adding what is there gives the same set", adding_what_is_there_gives_the_same_set},
    {"super is noticed whatever its id", super_is_noticed_whatever_its_id},
    {"a held set outlives its first owner", a_held_set_outlives_its_first_owner},
    {"what a server names is taken up to a bound", what_a_server_names_is_taken_up_to_a_bound},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_identities, "auth/identities", tests, setup, teardown);
