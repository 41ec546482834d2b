/* test_acl.c -- interned lists: sharing, ids that are never reused, unknown lists, permission. */
#include <string.h>
#include <time.h>

#include "tree/acl.h"
#include "tree_fixture.h"

static zk_acl_table_t *table;

static void setup(void)
{
    tree_setup();
    table = zk_acl_table_create();
}

static void teardown(void)
{
    zk_acl_table_destroy(table);
    tree_teardown();
}

static void equal_lists_are_one(void)
{
    zk_acl_list_t *a = zk_acl_intern(table, fixture_acl(1, "digest", "u:x"));
    zk_acl_list_t *b = zk_acl_intern(table, fixture_acl(1, "digest", "u:x"));
    zk_acl_list_t *c = zk_acl_intern(table, fixture_acl(2, "digest", "u:x"));

    CU_ASSERT_PTR_EQUAL(a, b);
    CU_ASSERT_PTR_NOT_EQUAL(a, c);
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 2);
    zk_acl_release(table, a);
    zk_acl_release(table, b);
    zk_acl_release(table, c);
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 0);
}

static void the_open_list_is_not_in_the_table(void)
{
    zk_acl_list_t *open = zk_acl_intern(table, fixture_open_acl());
    zk_acl_list_t *same = zk_acl_intern(table, fixture_acl(31, "world", "anyone"));

    CU_ASSERT_EQUAL(open->id, -1);
    CU_ASSERT_PTR_EQUAL(open, same);
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 0);
    zk_acl_release(table, open);
}

static void an_id_is_never_given_twice(void)
{
    zk_acl_list_t *a = zk_acl_intern(table, fixture_acl(1, "ip", "1.2.3.4"));
    int64_t id = a->id;
    uint32_t slot = a->slot;

    zk_acl_release(table, a);
    a = zk_acl_intern(table, fixture_acl(1, "ip", "1.2.3.4"));
    CU_ASSERT_TRUE(a->id > id);
    CU_ASSERT_EQUAL(a->slot, slot);
    zk_acl_release(table, a);
}

static void many_lists_are_told_apart(void)
{
    zk_acl_list_t *lists[1000];
    int32_t i;

    for (i = 0; i < 1000; i++)
        lists[i] = zk_acl_intern(table, fixture_acl(i, "world", "anyone"));
    for (i = 0; i < 1000; i++) {
        CU_ASSERT_EQUAL(lists[i]->acl.items[0].perms, i);
        CU_ASSERT_PTR_EQUAL(zk_acl_at(table, lists[i]->slot), lists[i]);
        zk_acl_release(table, lists[i]);
    }
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 0);
}

static void the_encoded_table_has_ids_ascending(void)
{
    zk_buffer_t buffer = ZK_BUFFER_INIT;
    zk_acl_list_t *a = zk_acl_intern(table, fixture_acl(1, "world", "anyone"));
    zk_acl_list_t *b = zk_acl_intern(table, fixture_acl(2, "world", "anyone"));
    zk_acl_list_t *c;
    zk_reader_t reader;

    zk_acl_release(table, a);
    c = zk_acl_intern(table, fixture_acl(3, "world", "anyone")); /* takes a's slot */
    zk_acl_table_encode(table, &buffer);
    reader = zk_reader(buffer.data, zk_buffer_size(&buffer));
    CU_ASSERT_EQUAL(zk_read_int(&reader), 2);
    CU_ASSERT_EQUAL(zk_read_long(&reader), b->id);
    CU_ASSERT_EQUAL(zk_read_int(&reader), 1);
    CU_ASSERT_EQUAL(zk_read_int(&reader), 2);
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&reader), "world"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_read_str(&reader), "anyone"));
    CU_ASSERT_EQUAL(zk_read_long(&reader), c->id);
    zk_buffer_free(&buffer);
    zk_acl_release(table, b);
    zk_acl_release(table, c);
}

static void loaded_ids_lead_to_their_lists(void)
{
    zk_acl_list_t *list;

    zk_acl_load(table, 7, fixture_acl(1, "ip", "1.1.1.1"));
    zk_acl_load(table, 9, fixture_acl(2, "ip", "1.1.1.1"));
    list = zk_acl_by_id(table, 9);
    CU_ASSERT_EQUAL(list->acl.items[0].perms, 2);
    CU_ASSERT_EQUAL(zk_acl_by_id(table, -1)->id, -1);
    zk_acl_load_end(table);
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 1); /* 7 was not used */
    CU_ASSERT_EQUAL(list->references, 1);
    zk_acl_release(table, list);
}

static void the_last_definition_of_an_id_holds(void)
{
    zk_acl_list_t *list;

    zk_acl_load(table, 7, fixture_acl(1, "ip", "1.1.1.1"));
    zk_acl_load(table, 7, fixture_acl(4, NULL, NULL));
    list = zk_acl_by_id(table, 7);
    CU_ASSERT_EQUAL(list->acl.items[0].perms, 4);
    CU_ASSERT_TRUE(zk_str_is_null(list->acl.items[0].id.scheme));
    zk_acl_load_end(table);
    CU_ASSERT_EQUAL(zk_acl_table_count(table), 1);
    zk_acl_release(table, list);
}

/* ZOOKEEPER-4689: the id of a list the snapshot did not define must not become another list's. */
static void an_undefined_id_denies_all_and_is_nobody_elses(void)
{
    zk_auth_config_t config = {.digest_enabled = true};
    zk_identities_t *identities = zk_identities_for_address(zk_str("127.0.0.1"));
    zk_acl_list_t *unknown = zk_acl_by_id(table, 5);
    zk_acl_list_t *again = zk_acl_by_id(table, 5);
    zk_acl_list_t *other;

    CU_ASSERT_PTR_EQUAL(unknown, again);
    CU_ASSERT_TRUE(unknown->unknown);
    CU_ASSERT_EQUAL(zk_acl_unknown_count(table), 1);
    zk_acl_load_end(table);
    CU_ASSERT_FALSE(zk_acl_allows(&config, unknown, ZK_PERM_ALL, identities));
    other = zk_acl_intern(table, fixture_acl(0, "world", "anyone"));
    CU_ASSERT_PTR_NOT_EQUAL(other, unknown);
    CU_ASSERT_NOT_EQUAL(other->id, unknown->id);
    zk_acl_release(table, other);
    zk_acl_release(table, unknown);
    zk_acl_release(table, again);
    zk_identities_release(identities);
}

static bool allows(const zk_acl_vector_t *acl, int32_t perm, const char *super_id)
{
    zk_auth_config_t config = {.digest_enabled = true};
    zk_identities_t *address = zk_identities_for_address(zk_str("10.0.0.9"));
    zk_identities_t *all = super_id == NULL
                               ? zk_identities_hold(address)
                               : zk_identities_with(address, zk_str("super"), zk_str(super_id));
    zk_acl_list_t *list = zk_acl_intern(table, acl);
    bool allowed = zk_acl_allows(&config, list, perm, all);

    zk_acl_release(table, list);
    zk_identities_release(all);
    zk_identities_release(address);
    return allowed;
}

static void one_common_bit_is_enough(void)
{
    CU_ASSERT_TRUE(
        allows(fixture_acl(ZK_PERM_READ, "world", "anyone"), ZK_PERM_READ | ZK_PERM_ADMIN, NULL));
    CU_ASSERT_FALSE(allows(fixture_acl(ZK_PERM_READ, "world", "anyone"), ZK_PERM_WRITE, NULL));
    CU_ASSERT_TRUE(allows(fixture_acl(ZK_PERM_WRITE, "ip", "10.0.0.0/8"), ZK_PERM_WRITE, NULL));
    CU_ASSERT_FALSE(allows(fixture_acl(ZK_PERM_WRITE, "ip", "11.0.0.0/8"), ZK_PERM_WRITE, NULL));
    CU_ASSERT_TRUE(allows(fixture_open_acl(), ZK_PERM_ALL, NULL));
}

static void super_and_skip_acl_and_an_empty_list_allow_all(void)
{
    zk_auth_config_t config = {.skip_acl = true};
    zk_identities_t *identities = zk_identities_for_address(zk_str("10.0.0.9"));
    zk_acl_vector_t empty = {0, NULL};
    zk_acl_list_t *list = zk_acl_intern(table, fixture_acl(0, "world", "anyone"));

    CU_ASSERT_TRUE(allows(fixture_acl(0, "world", "anyone"), ZK_PERM_ADMIN, ""));
    CU_ASSERT_TRUE(allows(&empty, ZK_PERM_ADMIN, NULL));
    CU_ASSERT_TRUE(zk_acl_allows(&config, list, ZK_PERM_ADMIN, identities));
    zk_acl_release(table, list);
    zk_identities_release(identities);
}

/* What is remembered of it must never be another's answer, nor that to another question. */
static void a_long_list_answers_each_for_himself(void)
{
    zk_auth_config_t config = {.digest_enabled = true};
    enum { ENTRIES = 1000 };
    static zk_acl_t items[ENTRIES];
    zk_acl_vector_t acl = {ENTRIES, items};
    zk_identities_t *member = zk_identities_for_address(zk_str("10.0.0.1"));
    zk_identities_t *stranger = zk_identities_for_address(zk_str("10.0.0.2"));
    zk_acl_list_t *list;
    int i;

    for (i = 0; i < ENTRIES; i++)
        items[i] = (zk_acl_t){ZK_PERM_READ, {zk_str("ip"), zk_str("11.0.0.1")}};
    items[ENTRIES - 1].id.id = zk_str("10.0.0.1");
    list = zk_acl_intern(table, &acl);
    for (i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(zk_acl_allows(&config, list, ZK_PERM_READ, member));
        CU_ASSERT_TRUE(zk_acl_allows(&config, list, ZK_PERM_READ, member));
        CU_ASSERT_FALSE(zk_acl_allows(&config, list, ZK_PERM_WRITE, member));
        CU_ASSERT_FALSE(zk_acl_allows(&config, list, ZK_PERM_READ, stranger));
    }
    zk_identities_release(member);
    for (i = 0; i < 3; i++) { /* sets at addresses that were used before */
        member = zk_identities_for_address(zk_str(i == 1 ? "10.0.0.1" : "10.0.0.9"));
        CU_ASSERT_EQUAL(zk_acl_allows(&config, list, ZK_PERM_READ, member), i == 1);
        zk_identities_release(member);
    }
    zk_identities_release(stranger);
    zk_acl_release(table, list);
}

static void a_long_list_is_not_compared_for_each_question(void)
{
    zk_auth_config_t config = {.digest_enabled = true};
    enum { ENTRIES = 20000, QUESTIONS = 20000 };
    static zk_acl_t items[ENTRIES];
    zk_acl_vector_t acl = {ENTRIES, items};
    zk_identities_t *stranger = zk_identities_for_address(zk_str("10.0.0.2"));
    zk_acl_list_t *list;
    clock_t began;
    int i;

    for (i = 0; i < ENTRIES; i++)
        items[i] = (zk_acl_t){ZK_PERM_READ, {zk_str("ip"), zk_str("11.0.0.1")}};
    list = zk_acl_intern(table, &acl);
    began = clock();
    for (i = 0; i < QUESTIONS && clock() - began < CLOCKS_PER_SEC; i++)
        CU_ASSERT_FALSE(zk_acl_allows(&config, list, ZK_PERM_READ, stranger));
    CU_ASSERT_EQUAL(i, QUESTIONS);
    zk_identities_release(stranger);
    zk_acl_release(table, list);
}

static const zk_test_t tests[] = {
    {"equal lists are one", equal_lists_are_one},
    {"the open list is not in the table", the_open_list_is_not_in_the_table},
    {"an id is never given twice", an_id_is_never_given_twice},
    {"many lists are told apart", many_lists_are_told_apart},
    {"the encoded table has ids ascending", the_encoded_table_has_ids_ascending},
    {"loaded ids lead to their lists", loaded_ids_lead_to_their_lists},
    {"the last definition of an id holds", the_last_definition_of_an_id_holds},
    {"ZOOKEEPER-4689: an undefined id denies all and is nobody else's",
     an_undefined_id_denies_all_and_is_nobody_elses},
    {"one common bit is enough", one_common_bit_is_enough},
    {"a long list answers each for himself", a_long_list_answers_each_for_himself},
    {"a long list is not compared for each question",
     a_long_list_is_not_compared_for_each_question},
    {"super, skipACL and an empty list allow all", super_and_skip_acl_and_an_empty_list_allow_all},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_acl, "tree/acl", tests, setup, teardown);
