/* test_password.c -- ids and passwords as running servers gave them out. */
#include "lib/zk_test.h"

#include <stdio.h>
#include <string.h>

#include "session/session.h"

static void password_text(int64_t id, char text[33])
{
    uint8_t password[16];
    int i;

    zk_session_password(id, password);
    for (i = 0; i < 16; i++)
        snprintf(text + i * 2, 3, "%02x", password[i]);
}

static void passwords_are_those_of_running_servers(void)
{
    static const struct {
        uint64_t id;
        const char *password;
    } vectors[] = {{0x1, "054cc74a37327db215e702e20c73f005"},
                   {0xabcd, "0630ce6bda6e0e1e6a313d3c4d5d18ec"},
                   {0x0100000f1de60000, "383cf13a652506b5d6755350b6b851fa"},
                   {0x0100000f1e3f0000, "736b58d58443c8db09239ede6d49bd8c"},
                   {0x0100001c82df0000, "d369bb3764d2f870693828fb4da33cb7"},
                   {0x0100001712090000, "1dbb35d0e6ea4d5ec37340d09fc4d8fa"}};
    char text[33];
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        password_text((int64_t)vectors[i].id, text);
        CU_ASSERT_STRING_EQUAL(text, vectors[i].password);
    }
}

static void only_the_low_48_bits_of_an_id_count(void)
{
    char low[33];
    char high[33];

    password_text((int64_t)UINT64_C(0xfe00000000000001), high);
    password_text(1, low);
    CU_ASSERT_STRING_EQUAL(high, low);
    password_text((int64_t)UINT64_C(0xffff00000000abcd), high);
    password_text(0xabcd, low);
    CU_ASSERT_STRING_EQUAL(high, low);
}

static void a_password_matches_only_its_own_id(void)
{
    uint8_t password[16];
    zk_str_t view;

    zk_session_password(0xabcd, password);
    view = zk_str_n((const char *)password, 16);
    CU_ASSERT_TRUE(zk_session_password_matches(0xabcd, view));
    CU_ASSERT_FALSE(zk_session_password_matches(0xabce, view));
    password[15] ^= 1;
    CU_ASSERT_FALSE(zk_session_password_matches(0xabcd, view));
}

static void a_short_or_null_password_never_matches(void)
{
    uint8_t password[16];

    zk_session_password(5, password);
    CU_ASSERT_FALSE(zk_session_password_matches(5, zk_str_n((const char *)password, 15)));
    CU_ASSERT_FALSE(zk_session_password_matches(5, ZK_STR_NULL));
}

static void id_zero_has_no_password(void)
{
    uint8_t password[16];

    zk_session_password(0, password);
    CU_ASSERT_FALSE(zk_session_password_matches(0, zk_str_n((const char *)password, 16)));
}

static void the_first_id_has_server_clock_and_counter(void)
{
    CU_ASSERT_EQUAL(zk_session_first_id(1, 0x1c82df), INT64_C(0x0100001c82df0000));
    CU_ASSERT_EQUAL((uint64_t)zk_session_first_id(254, 1), UINT64_C(0xfe00000000010000));
    /* only forty bits of the clock */
    CU_ASSERT_EQUAL(zk_session_first_id(2, INT64_C(0x7f0123456789)), INT64_C(0x0201234567890000));
}

static void the_mark_of_containers_is_never_an_id(void)
{
    CU_ASSERT_EQUAL((uint64_t)zk_session_first_id(128, 0), UINT64_C(0x8000000000000001));
}

static const zk_test_t tests[] = {
    {"passwords are those of running servers", passwords_are_those_of_running_servers},
    {"only the low 48 bits of an id count", only_the_low_48_bits_of_an_id_count},
    {"a password matches only its own id", a_password_matches_only_its_own_id},
    {"a short or null password never matches", a_short_or_null_password_never_matches},
    {"id zero has no password", id_zero_has_no_password},
    {"the first id has server, clock and counter", the_first_id_has_server_clock_and_counter},
    {"the mark of containers is never an id", the_mark_of_containers_is_never_an_id},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_password, "session/password", tests, NULL, NULL);
