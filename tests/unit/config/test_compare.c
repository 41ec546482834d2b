/* test_compare.c -- what is found when the configurations of one ensemble are read side by side. */
#include "config/config.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/texts.h"
#include "lib/zk_test.h"

static const char *files[2];

/* Two servers that fit together; LINES are of the second only. */
static void write_two(const char *lines)
{
    apr_pool_t *pool = zk_test_pool();
    const char *dir = zk_test_dir();
    int id;

    for (id = 1; id <= 2; id++) {
        const char *data_dir = apr_psprintf(pool, "%s/data%d", dir, id);

        apr_dir_make(data_dir, APR_FPROT_OS_DEFAULT, pool);
        zk_test_write_text(apr_pstrcat(pool, data_dir, "/myid", NULL), id == 1 ? "1\n" : "2\n");
        files[id - 1] = apr_psprintf(pool, "%s/%d.cfg", dir, id);
        zk_test_write_text(files[id - 1],
                           apr_psprintf(pool,
                                        "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=%s\n"
                                        "clientPort=%d\nserver.1=localhost:2888:3888\n"
                                        "server.2=localhost:2889:3889\n%s",
                                        data_dir, 2180 + id, id == 2 ? lines : ""));
    }
}

/* What is said of the two, which are MISTAKES. */
static const char *compared(int mistakes)
{
    FILE *out = zk_test_open_stream("said.txt");

    CU_ASSERT_EQUAL(zk_config_compare(files, 2, out, zk_test_pool()), mistakes);
    return zk_test_take_stream(out);
}

static void two_that_fit_together_have_no_mistakes(void)
{
    write_two("");
    CU_ASSERT_STRING_EQUAL(compared(0), "");
}

static void lists_that_differ_are_said_from_both_sides(void)
{
    const char *text;

    write_two("server.2=otherhost:2889:3889\n");
    text = compared(2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.cfg: the line 'server.2=localhost:2889:3889"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "2.cfg: the line 'server.2=otherhost:2889:3889"));
}

static void a_port_of_both_is_found(void)
{
    write_two("clientPort=2181\n");
    CU_ASSERT_PTR_NOT_NULL(strstr(compared(1), "port 2181 is used twice: clientPort of "));
}

static void one_that_does_not_load_is_said_and_the_other_is_still_looked_at(void)
{
    const char *text;

    write_two("clientPort=none\n");
    text = compared(1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "2.cfg"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "clientPort"));
}

static const zk_test_t tests[] = {
    {"two that fit together have no mistakes", two_that_fit_together_have_no_mistakes},
    {"lists that differ are said from both sides", lists_that_differ_are_said_from_both_sides},
    {"a port of both is found", a_port_of_both_is_found},
    {"one that does not load is said, and the other is still looked at",
     one_that_does_not_load_is_said_and_the_other_is_still_looked_at},
    {NULL, NULL},
};

ZK_TEST_SUITE(suite_compare, "config/compare", tests, NULL, NULL);
