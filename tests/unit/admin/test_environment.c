/* test_environment.c -- the version line and the list of envi. */
#include "admin/environment.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <apr_strings.h>

#include "lib/zk_test.h"

/* Whether TEXT has the shape of FORM, where 'd' stands for a digit. */
static bool has_shape(const char *text, const char *form)
{
    for (; *form != '\0'; text++, form++) {
        if (*form == 'd' ? !isdigit((unsigned char)*text) : *text != *form)
            return false;
    }
    return true;
}

static void the_version_names_the_release_we_behave_like_and_our_own(void)
{
    const char *version = zk_environment_version();
    const char *built = strstr(version, ", built on ");

    CU_ASSERT_EQUAL(strncmp(version, "3.9.5-paddock-" PADDOCK_VERSION ", ",
                            strlen("3.9.5-paddock-" PADDOCK_VERSION ", ")),
                    0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(built);
    CU_ASSERT_TRUE(has_shape(built, ", built on dddd-dd-dd dd:dd UTC"));
    CU_ASSERT_EQUAL(strlen(built), strlen(", built on dddd-dd-dd dd:dd UTC"));
}

static void collect(void *baton, const char *key, const char *value)
{
    const char **keys = baton;

    CU_ASSERT_PTR_NOT_NULL(value);
    CU_ASSERT_NOT_EQUAL(value[0], '\0');
    *keys = apr_pstrcat(zk_test_pool(), *keys, key, " ", NULL);
}

static void the_keys_are_upstreams_in_its_order(void)
{
    const char *keys = "";

    zk_environment_visit(collect, &keys);
    CU_ASSERT_STRING_EQUAL(keys, "zookeeper.version host.name java.version java.vendor java.home "
                                 "java.class.path java.library.path java.io.tmpdir java.compiler "
                                 "os.name os.arch os.version user.name user.home user.dir "
                                 "os.memory.free os.memory.max os.memory.total ");
}

static const zk_test_t tests[] = {
    {"the version names the release we behave like and our own",
     the_version_names_the_release_we_behave_like_and_our_own},
    {"the keys are upstream's in its order", the_keys_are_upstreams_in_its_order},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_environment, "admin/environment", tests, NULL, NULL);
