/* test_configuration.c -- the file of -client-configuration. */
#include "cli/configuration.h"

#include <string.h>
#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static zk_cli_configuration_t configuration;
static zk_buffer_t complaints;
static zk_note_t note;

static void setup(void)
{
    complaints = ZK_BUFFER_INIT;
    note.text[0] = '\0';
}

static void teardown(void)
{
    zk_buffer_free(&complaints);
}

/* Read a file that holds TEXT. */
static bool read_text(const char *text)
{
    const char *name = zk_test_path("client.properties");

    zk_test_write_text(name, text);
    zk_buffer_clear(&complaints);
    return zk_cli_read_configuration(&configuration, name, &complaints, zk_test_pool(), &note);
}

static void a_wish_for_tls_is_refused(void)
{
    CU_ASSERT_FALSE(read_text("zookeeper.client.secure = TRUE\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "has no TLS"));
    CU_ASSERT_TRUE(read_text("zookeeper.client.secure=true\nzookeeper.client.secure=false\n"));
    CU_ASSERT_TRUE(read_text("zookeeper.ssl.keyStore.location=/x\n# comment\n"));
    CU_ASSERT_EQUAL(zk_buffer_size(&complaints), 0);
}

static void what_has_no_effect_is_said(void)
{
    const char *text;

    CU_ASSERT_TRUE(read_text("zookeeper.sasl.client=false\n\nzookeeper.request.timeout=5\n"));
    text = apr_pstrmemdup(zk_test_pool(), (const char *)zk_buffer_bytes(&complaints),
                          zk_buffer_size(&complaints));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "line 3: zookeeper.request.timeout has no effect"));
    CU_ASSERT_PTR_NULL(strstr(text, "sasl"));
}

static void the_size_of_answers_is_a_number(void)
{
    CU_ASSERT_TRUE(read_text("jute.maxbuffer=100000000\n"));
    CU_ASSERT_EQUAL(configuration.frame_bytes_max, 100000000);
    CU_ASSERT_FALSE(read_text("jute.maxbuffer=10MB\n"));
    CU_ASSERT_FALSE(read_text("jute.maxbuffer=-1\n"));
}

static void a_file_that_is_not_there_is_named(void)
{
    CU_ASSERT_FALSE(
        zk_cli_read_configuration(&configuration, "/none/x", &complaints, zk_test_pool(), &note));
    CU_ASSERT_PTR_NOT_NULL(strstr(note.text, "'/none/x'"));
}

static const zk_test_t tests[] = {
    {"a wish for TLS is refused", a_wish_for_tls_is_refused},
    {"what has no effect is said", what_has_no_effect_is_said},
    {"the size of answers is a number", the_size_of_answers_is_a_number},
    {"a file that is not there is named", a_file_that_is_not_there_is_named},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_configuration, "cli/configuration", tests, setup, teardown);
