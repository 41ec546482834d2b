/* test_digest.c -- ids of the scheme digest; the expected hashes come from the Java server. */
#include "auth/provider.h"
#include "lib/zk_test.h"

static zk_arena_t *arena;

static void setup(void)
{
    arena = zk_arena_create();
}

static void teardown(void)
{
    zk_arena_destroy(arena);
}

static bool gives(const char *algorithm, const char *credential, const char *id)
{
    zk_auth_config_t config = {.digest_enabled = true, .digest_algorithm = algorithm};

    return zk_str_equal_c(zk_auth_digest_id(&config, zk_str(credential), arena), id);
}

static void ids_are_those_of_the_java_server(void)
{
    CU_ASSERT_TRUE(gives(NULL, "u:p", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="));
    CU_ASSERT_TRUE(gives("SHA1", "q:r", "q:2cmNiQsCVw+bI6ZNi2cPh8iUBno="));
    CU_ASSERT_TRUE(gives("SHA1", "super:test", "super:D/InIHSb7yEEbrWz8b9l71RjZJU="));
    CU_ASSERT_TRUE(gives("SHA1", "bob:pw", "bob:ikIaKsbtGweaHnb/jKn7OHqbunM="));
}

static void a_credential_without_colon_is_its_own_user(void)
{
    CU_ASSERT_TRUE(gives(NULL, "zz", "zz:19rK4sloOIlgv4lwCAqYDtXF3Lc="));
    CU_ASSERT_TRUE(gives(NULL, "", ":2jmj7l5rSw0yVb/vlWAYkK/YBwk="));
}

static void another_algorithm_gives_a_longer_id(void)
{
    /* openssl dgst -sha256 says the same */
    CU_ASSERT_TRUE(gives("SHA-256", "u:p", "u:/Y8xRBngpX5duYn15uUqIRaIaCviy5TEwSk419hCwuA="));
}

static void an_unknown_algorithm_gives_null(void)
{
    zk_auth_config_t config = {.digest_enabled = true, .digest_algorithm = "CRC-8"};

    CU_ASSERT_TRUE(zk_str_is_null(zk_auth_digest_id(&config, zk_str("u:p"), arena)));
}

static void an_acl_id_has_exactly_two_parts(void)
{
    CU_ASSERT_TRUE(zk_digest_id_is_valid(zk_str("a:b")));
    CU_ASSERT_TRUE(zk_digest_id_is_valid(zk_str(":b")));
    CU_ASSERT_TRUE(zk_digest_id_is_valid(zk_str("a:b:")));
    CU_ASSERT_FALSE(zk_digest_id_is_valid(zk_str("a")));
    CU_ASSERT_FALSE(zk_digest_id_is_valid(zk_str("a:")));
    CU_ASSERT_FALSE(zk_digest_id_is_valid(zk_str("a:b:c")));
    CU_ASSERT_FALSE(zk_digest_id_is_valid(zk_str("::b")));
    CU_ASSERT_FALSE(zk_digest_id_is_valid(zk_str("")));
}

static const zk_test_t tests[] = {
    {"ids are those of the Java server", ids_are_those_of_the_java_server},
    {"a credential without colon is its own user", a_credential_without_colon_is_its_own_user},
    {"another algorithm gives a longer id", another_algorithm_gives_a_longer_id},
    {"an unknown algorithm gives null", an_unknown_algorithm_gives_null},
    {"an ACL id has exactly two parts", an_acl_id_has_exactly_two_parts},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_digest, "auth/digest", tests, setup, teardown);
