/* test_scheme.c -- authentication, matching, the fix-up of ACLs, names and enforcement. */
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "auth/provider.h"
#include "auth/scheme.h"
#include "lib/zk_test.h"

static zk_auth_config_t config;
static zk_identities_t *identities;
static zk_arena_t *arena;

static void setup(void)
{
    config = (zk_auth_config_t){.digest_enabled = true};
    identities = zk_identities_for_address(zk_str("127.0.0.1"));
    arena = zk_arena_create();
}

static void teardown(void)
{
    zk_identities_release(identities);
    zk_arena_destroy(arena);
}

static zk_auth_outcome_t authenticate(const char *scheme, const char *auth)
{
    return zk_auth_authenticate(&config, &identities, zk_str(scheme), zk_str(auth));
}

static bool has(const char *scheme, const char *id)
{
    int32_t i;

    for (i = 0; i < zk_identities_count(identities); i++)
        if (zk_str_equal_c(zk_identities_at(identities, i).scheme, scheme) &&
            zk_str_equal_c(zk_identities_at(identities, i).id, id))
            return true;
    return false;
}

static zk_acl_t entry(int32_t perms, const char *scheme, const char *id)
{
    return (zk_acl_t){perms, {zk_str(scheme), zk_str(id)}};
}

static zk_code_t fix(zk_acl_vector_t *fixed, zk_acl_t *entries, int32_t count)
{
    zk_acl_vector_t list = {count, entries};

    return zk_auth_fix_acl(&config, fixed, &list, identities, arena);
}

static zk_code_t fix_one(int32_t perms, const char *scheme, const char *id)
{
    zk_acl_t one = entry(perms, scheme, id);
    zk_acl_vector_t fixed;

    return fix(&fixed, &one, 1);
}

static void digest_adds_an_identity(void)
{
    CU_ASSERT_EQUAL(authenticate("digest", "u:p"), ZK_AUTH_OK);
    CU_ASSERT_TRUE(has("digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
    CU_ASSERT_TRUE(has("ip", "127.0.0.1"));
    CU_ASSERT_EQUAL(authenticate("digest", "u:p"), ZK_AUTH_OK);
    CU_ASSERT_EQUAL(zk_identities_count(identities), 2);
}

static void the_super_digest_makes_super_as_well(void)
{
    config.super_digest = "super:D/InIHSb7yEEbrWz8b9l71RjZJU=";
    CU_ASSERT_EQUAL(authenticate("digest", "super:tesT"), ZK_AUTH_OK);
    CU_ASSERT_FALSE(zk_identities_is_super(identities));
    CU_ASSERT_EQUAL(authenticate("digest", "super:test"), ZK_AUTH_OK);
    CU_ASSERT_TRUE(has("super", ""));
    CU_ASSERT_TRUE(has("digest", "super:D/InIHSb7yEEbrWz8b9l71RjZJU="));
}

static void what_is_no_scheme_fails(void)
{
    CU_ASSERT_EQUAL(authenticate("world", "anyone"), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate("super", ""), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate("auth", ""), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate("ensemble", "x"), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate(NULL, "x"), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate("digest", NULL), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(authenticate("ip", NULL), ZK_AUTH_OK);
    config.digest_enabled = false;
    CU_ASSERT_EQUAL(authenticate("digest", "u:p"), ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(zk_identities_count(identities), 1);
}

static void a_wrong_ensemble_name_closes_without_a_word(void)
{
    config.ensemble_names = "red, blue";
    CU_ASSERT_EQUAL(authenticate("ensemble", "blue"), ZK_AUTH_OK);
    CU_ASSERT_EQUAL(authenticate("ensemble", ""), ZK_AUTH_OK);
    CU_ASSERT_EQUAL(authenticate("ensemble", NULL), ZK_AUTH_OK);
    CU_ASSERT_EQUAL(authenticate("ensemble", "green"), ZK_AUTH_CLOSE_SILENTLY);
    CU_ASSERT_EQUAL(zk_identities_count(identities), 1);
}

static void a_connection_gathers_a_bounded_number_of_identities(void)
{
    zk_auth_outcome_t outcome = ZK_AUTH_OK;
    int i;

    for (i = 0; i <= ZK_AUTH_IDENTITIES_MAX && outcome == ZK_AUTH_OK; i++)
        outcome = authenticate("digest", apr_psprintf(zk_test_pool(), "u%d:p", i));
    CU_ASSERT_EQUAL(outcome, ZK_AUTH_FAILED);
    CU_ASSERT_EQUAL(i, ZK_AUTH_IDENTITIES_MAX);
}

static void identities_do_not_gather_more_text_than_fits(void)
{
    static char credential[60001];
    int32_t i;

    memset(credential, 'u', sizeof(credential) - 1);
    for (i = 0; i < 4; i++) {
        credential[0] = (char)('a' + i);
        CU_ASSERT_EQUAL(authenticate("digest", credential), i == 0 ? ZK_AUTH_OK : ZK_AUTH_FAILED);
    }
    CU_ASSERT_EQUAL(zk_identities_count(identities), 2);
}

/* What a connection has gathered costs nothing where no entry speaks of it. */
static void many_identities_do_not_slow_plain_lists(void)
{
    zk_acl_t one = entry(31, "world", "anyone");
    zk_acl_vector_t fixed;
    clock_t began;
    int i;

    for (i = 0; i < 1000; i++)
        authenticate("digest", apr_psprintf(zk_test_pool(), "u%d:p", i));
    began = clock();
    for (i = 0; i < 100000 && clock() - began < CLOCKS_PER_SEC; i++) {
        zk_arena_reset(arena);
        CU_ASSERT_EQUAL(fix(&fixed, &one, 1), ZK_CODE_OK);
    }
    CU_ASSERT_EQUAL(i, 100000);
}

static bool match(const char *scheme, const char *id)
{
    zk_id_t wanted = {zk_str(scheme), zk_str(id)};

    return zk_auth_matches(&config, &wanted, identities);
}

static void entries_match_by_the_rule_of_their_scheme(void)
{
    authenticate("digest", "u:p");
    CU_ASSERT_TRUE(match("world", "anyone"));
    CU_ASSERT_FALSE(match("world", "nobody"));
    CU_ASSERT_TRUE(match("ip", "127.0.0.0/8"));
    CU_ASSERT_FALSE(match("ip", "10.0.0.0/8"));
    CU_ASSERT_TRUE(match("digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
    CU_ASSERT_FALSE(match("digest", "u:jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
    CU_ASSERT_FALSE(match("digest", NULL));
    CU_ASSERT_FALSE(match("sasl", "u"));
    CU_ASSERT_FALSE(match(NULL, "u"));
    config.digest_enabled = false;
    CU_ASSERT_FALSE(match("digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
}

static void a_list_loses_repetitions_and_keeps_its_order(void)
{
    zk_acl_t entries[] = {entry(1, "world", "anyone"), entry(31, "digest", "a:b"),
                          entry(1, "world", "anyone"), entry(2, "world", "anyone")};
    zk_acl_vector_t fixed;

    CU_ASSERT_EQUAL(fix(&fixed, entries, 4), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixed.count, 3);
    CU_ASSERT_EQUAL(fixed.items[0].perms, 1);
    CU_ASSERT_EQUAL(fixed.items[1].perms, 31);
    CU_ASSERT_EQUAL(fixed.items[2].perms, 2);
}

static void auth_becomes_the_authenticated_identities(void)
{
    zk_acl_t entries[] = {entry(7, "auth", "ignored"), entry(1, "world", "anyone")};
    zk_acl_vector_t fixed;

    CU_ASSERT_EQUAL(fix(&fixed, entries, 2), ZK_CODE_INVALID_ACL); /* an address is none */
    authenticate("digest", "u:p");
    authenticate("digest", "q:r");
    CU_ASSERT_EQUAL(fix(&fixed, entries, 2), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fixed.count, 3);
    CU_ASSERT_EQUAL(fixed.items[0].perms, 7);
    CU_ASSERT_TRUE(zk_str_equal_c(fixed.items[0].id.id, "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
    CU_ASSERT_TRUE(zk_str_equal_c(fixed.items[1].id.id, "q:2cmNiQsCVw+bI6ZNi2cPh8iUBno="));
    CU_ASSERT_TRUE(zk_str_equal_c(fixed.items[2].id.scheme, "world"));
}

static void a_bad_entry_fails_the_whole_list(void)
{
    zk_acl_t entries[] = {entry(1, "world", "anyone"), entry(1, "digest", "a")};
    zk_acl_vector_t fixed;

    CU_ASSERT_EQUAL(fix(&fixed, entries, 2), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix(&fixed, entries, 0), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix(&fixed, NULL, -1), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, "world", "someone"), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, "sasl", "bob"), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, "x509", "CN=bob"), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, "super", ""), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, NULL, "anyone"), ZK_CODE_INVALID_ACL);
    CU_ASSERT_EQUAL(fix_one(1, "nothing", NULL), ZK_CODE_INVALID_ACL);
}

static void a_null_id_is_the_error_upstream_answers(void)
{
    CU_ASSERT_EQUAL(fix_one(1, "world", NULL), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(fix_one(1, "digest", NULL), ZK_CODE_MARSHALLING_ERROR);
    CU_ASSERT_EQUAL(fix_one(1, "ip", NULL), ZK_CODE_MARSHALLING_ERROR);
}

static void permission_bits_are_kept_as_given(void)
{
    CU_ASSERT_EQUAL(fix_one(0, "world", "anyone"), ZK_CODE_OK);
    CU_ASSERT_EQUAL(fix_one(-1, "ip", "1.2.3.4/5"), ZK_CODE_OK);
}

static void user_names_hide_what_is_secret(void)
{
    zk_id_t digest = {zk_str("digest"), zk_str("u:hash")};
    zk_id_t super = {zk_str("super"), zk_str("x")};
    zk_id_t ip = {zk_str("ip"), zk_str("::1")};

    CU_ASSERT_TRUE(zk_str_equal_c(zk_auth_user_name(&digest), "u"));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_auth_user_name(&super), ""));
    CU_ASSERT_TRUE(zk_str_equal_c(zk_auth_user_name(&ip), "::1"));
}

static void enforcement_wants_one_of_the_schemes(void)
{
    CU_ASSERT_TRUE(zk_auth_enforced_ok(&config, identities));
    config.enforce_enabled = true;
    CU_ASSERT_FALSE(zk_auth_enforced_ok(&config, identities));
    config.enforce_schemes = "sasl , digest";
    CU_ASSERT_FALSE(zk_auth_enforced_ok(&config, identities));
    authenticate("digest", "u:p");
    CU_ASSERT_TRUE(zk_auth_enforced_ok(&config, identities));
}

static const zk_test_t tests[] = {
    {"digest adds an identity", digest_adds_an_identity},
    {"the super digest makes super as well", the_super_digest_makes_super_as_well},
    {"what is no scheme fails", what_is_no_scheme_fails},
    {"a wrong ensemble name closes without a word", a_wrong_ensemble_name_closes_without_a_word},
    {"a connection gathers a bounded number of identities",
     a_connection_gathers_a_bounded_number_of_identities},
    {"entries match by the rule of their scheme", entries_match_by_the_rule_of_their_scheme},
    {"a list loses repetitions and keeps its order", a_list_loses_repetitions_and_keeps_its_order},
    {"auth becomes the authenticated identities", auth_becomes_the_authenticated_identities},
    {"a bad entry fails the whole list", a_bad_entry_fails_the_whole_list},
    {"a null id is the error upstream answers", a_null_id_is_the_error_upstream_answers},
    {"permission bits are kept as given", permission_bits_are_kept_as_given},
    {"user names hide what is secret", user_names_hide_what_is_secret},
    {"enforcement wants one of the schemes", enforcement_wants_one_of_the_schemes},
    {"many identities do not slow plain lists", many_identities_do_not_slow_plain_lists},
    {"identities do not gather more text than fits", identities_do_not_gather_more_text_than_fits},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_scheme, "auth/scheme", tests, setup, teardown);
